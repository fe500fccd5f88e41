/*
 * odata: what a client of OData 4.0 asks and is told: sets of columns, $filter, the options of a query, rows as
 * JSON, $metadata (CSDL XML), links to the next page. OData Version 4.01 Part 1 and 2, CSDL XML, JSON Format
 * (OASIS), of which this is the part a spreadsheet uses to read.
 *
 * Errors: RC_INPUT where the question is wrong, RC_USAGE where it is right but not offered here (an answer of
 * 501), RC_LIMIT where it is too large. Does NOT know HTTP, where rows come from, or any word a person reads.
 */
#ifndef KK_LIB_ODATA_H
#define KK_LIB_ODATA_H

#include "lib/buf.h"
#include "lib/limits.h"

#define ODATA_NAMESPACE "kiemke"

enum odata_type {
	ODATA_STRING,  /* Edm.String; codes, too: leading zeros stay */
	ODATA_INT,     /* Edm.Int64; đồng */
	ODATA_DECIMAL, /* Edm.Decimal: a canonical one (lib/num) */
	ODATA_BOOL,    /* Edm.Boolean */
	ODATA_DATE,    /* Edm.Date: "2026-11-25" */
	ODATA_TIME,    /* Edm.DateTimeOffset: unix s, written at +07:00 */
	ODATA_TYPES
};
enum odata_flag {
	ODATA_KEY = 1, /* in the order of the columns; rows come in the order of the keys */
	ODATA_FULL = 2 /* never null; a key is not, either */
};

struct odata_column {
	const char *name;
	enum odata_type type;
	unsigned flags;    /* enum odata_flag */
	const char *label; /* what it means, for people; NULL: nothing */
};
struct odata_set {
	const char *name;
	const char *label;
	const struct odata_column *column;
	size_t n; /* at most LIMIT_ODATA_COLUMNS */
};
/* The column of that name; SIZE_MAX: none. */
size_t odata_column(const struct odata_set *set, struct span name);

/* n: of ODATA_INT, ODATA_BOOL (0, 1), ODATA_TIME; text: of the others, UTF-8. */
struct odata_value {
	bool null;
	int64_t n;
	const char *text;
};
/* A row: the value of any of its columns; text is valid until the next value is asked for. */
struct odata_row {
	struct odata_value (*get)(void *ctx, size_t column);
	void *ctx;
};

/* ---- $filter ---- */

struct odata_filter; /* in the arena it was parsed into */

/*
 * or, and, not, brackets; eq ne gt ge lt le between a column and a literal (null, true, 'text', 12, 12.5,
 * 2026-11-25, 2026-11-25T08:30:00Z); a column of truth alone; contains, startswith, endswith, which compare as people
 * search: without marks and case. Anything else of OData is RC_USAGE "odata.filter_lacks" {near, at}. RC_INPUT
 * "odata.filter_syntax" {near, at}, "odata.filter_column" {near, at}, "odata.filter_type" {near, at}; RC_LIMIT
 * "odata.filter_terms", "odata.filter_deep" {max}.
 */
enum rc odata_filter_parse(const struct odata_set *set, struct span text, struct arena *mem,
			   const struct odata_filter **ret, struct err *reterr);
/* Both; each may be NULL, which takes every row. */
enum rc odata_filter_both(const struct odata_filter *a, const struct odata_filter *b, struct arena *mem,
			  const struct odata_filter **ret, struct err *reterr);
/* Does it take the row? What is null is compared as OData says: null, which is not true. */
bool odata_filter_fits(const struct odata_filter *f, const struct odata_row *row);
/* A value the column has in every row taken, where the filter says so plainly (eq, joined by and). */
bool odata_filter_pins(const struct odata_filter *f, size_t column, struct odata_value *ret);
/* Bounds, both inclusive, that it puts on a column of whole numbers or times likewise; else left as they are. */
void odata_filter_range(const struct odata_filter *f, size_t column, int64_t *lo, int64_t *hi);

/* ---- one question ---- */

struct odata_query {
	const struct odata_set *set;
	const struct odata_filter *filter; /* NULL: none */
	bool select[LIMIT_ODATA_COLUMNS];
	bool selected; /* by $select; else all */
	int64_t top;   /* -1: all */
	int64_t skip;
	bool count, down; /* $orderby KEY desc */
	const char *token; /* $skiptoken: the keys of the row before; NULL: from the start */
	const char *format; /* $format; NULL */
	const char *text[8]; /* of each option as it was given, for the next page */
	struct arena mem;
};

/*
 * The options of a query as it stands behind '?'. set NULL: of a service document or $metadata, which take $format
 * alone. RC_INPUT "odata.twice" {name}, "odata.unknown" {name}, "odata.value" {name}, "odata.column" {name};
 * RC_USAGE "odata.lacks" {name}, "odata.order" {name: the keys}; RC_LIMIT; those of odata_filter_parse. Free with
 * odata_query_free, also after an error.
 */
enum rc odata_query_parse(const struct odata_set *set, struct span query, struct odata_query *ret,
			  struct err *reterr);
void odata_query_free(struct odata_query *q);
/* What stands in brackets behind a set, 12 or 'a' or Week='a',Code='b', joined to the filter. RC_INPUT "odata.key". */
enum rc odata_query_key(struct odata_query *q, struct span key, struct err *reterr);
/* The address of what follows: base ends in '/'; top and skip are what is left of them. */
void odata_query_next(const struct odata_query *q, const char *base, const char *token, int64_t top,
		      int64_t skip, struct buf *out);
/* The i-th key of a token ("2026-W48,01201"): its text into ret; false: there is none, or it is longer. */
bool odata_query_token(const char *token, size_t i, char *ret, size_t len);

/* ---- what is said ---- */

/* The keys of a row as a token. */
void odata_write_token(const struct odata_set *set, const struct odata_row *row, struct buf *out);
/* {"a":1,…} of the columns asked for. large: whole numbers and decimals as strings (IEEE754Compatible). */
void odata_write_row(const struct odata_query *q, const struct odata_row *row, bool large, struct buf *out);
/* "BASE$metadata#SET" with the columns asked for. */
void odata_write_context(const struct odata_query *q, const char *base, bool one, struct buf *out);
void odata_write_service(const struct odata_set *set, size_t n, const char *base, struct buf *out);
void odata_write_csdl(const struct odata_set *set, size_t n, struct buf *out);

#endif
