/*
 * odata_walk: one question on its way through the rows of a table: what a source of rows needs to know, and the
 * page that is filled. Sources give rows in the order of the keys and begin behind q->token; the page takes
 * those that fit.
 */
#ifndef KK_COLLECTOR_ODATA_WALK_H
#define KK_COLLECTOR_ODATA_WALK_H

#include "lib/odata.h"
#include "lib/op.h"
#include "server-stub/archive.h"
#include "server-stub/collector.h"
#include "server-stub/odata_issue.h"
#include "sync/form.h"

enum {
	ODATA_TOKEN = 128,
	ODATA_VISITS = 50000, /* rows looked at for one page; the page ends with a link to the rest */
	ODATA_LOADS = 5000,   /* records read for one page */
	ODATA_MAKES = 2,      /* issues of a report made for one page or count */
	ODATA_COUNT_VISITS = 10000000, /* the same for a count, which is one answer: more is refused */
	ODATA_COUNT_LOADS = 200000
};

struct odata_walk {
	struct collector *col;
	const struct op_call *call; /* whose eyes (who.h), which language */
	const struct ingest_snapshot *snap;
	struct odata_issues *issues;
	const struct odata_query *q;
	const struct form *form; /* of a kind; NULL */
	int64_t visits, loads;   /* what is left of them */
	int64_t makes;           /* what is left of them */
	bool counting;           /* for one number: no page ends early */
	bool more;               /* rows are left behind the token */
	char token[ODATA_TOKEN]; /* keys of the last row done with, or the first key alone of what comes; "": none */
	bool (*take)(struct odata_walk *w, const struct odata_row *row); /* false: enough */
};

/* The column by that name, which the set has. */
size_t odata_walk_column(const struct odata_walk *w, const char *name);
/* May another row be looked at? False: the page ends behind the one with number done. */
bool odata_walk_on(struct odata_walk *w, int64_t done);
/* The number in the token of a set with one whole number as key, else otherwise. RC_INPUT "odata.token". */
enum rc odata_walk_number(const struct odata_walk *w, int64_t otherwise, int64_t *ret, struct err *reterr);
/* Is the row, whose keys are texts, behind the token? */
bool odata_walk_behind(const struct odata_walk *w, const struct odata_row *row);

/* ---- the page ---- */

struct odata_page {
	struct buf rows; /* JSON, with commas between */
	size_t n;
	int64_t top, skip; /* what is left of them */
	bool more;
	char token[ODATA_TOKEN];
};
/* room: rows at most. RC_LIMIT, errors of the archive. rows is freed by the caller, also after an error. */
enum rc odata_walk_page(struct odata_walk *w, enum rc (*walk)(struct odata_walk *w, struct err *reterr),
			size_t room, bool large, struct odata_page *ret, struct err *reterr);
/* How many rows fit the filter, whatever $top and $skip say. RC_LIMIT "odata.count_many" {max}. */
enum rc odata_walk_count(struct odata_walk *w, enum rc (*walk)(struct odata_walk *w, struct err *reterr),
			 int64_t *ret, struct err *reterr);

#endif
