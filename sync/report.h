/*
 * report: the weekly report as a function of the log. Clauses R1-R9.
 *
 * Fed with the verified entries of the leaves below a checkpoint: with the authority entries and the issues before
 * (report_learn), and with all (report_add); who judges is asked at the end, because a key revoked late counts for
 * what it wrote early (A12). Or, by who keeps what the records say (report_fact), with that. What comes out
 * depends on these leaves, the week and the catalogue they name, and on nothing else; the collector and
 * whoever checks it run this same code, tests/outside/report.py another. Not here: where the
 * entries come from, who signed the checkpoint, what a screen says of it.
 */
#ifndef KK_SYNC_REPORT_H
#define KK_SYNC_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/text.h"
#include "sync/entry.h"
#include "sync/keyring.h"
#include "sync/tree.h"

#define REPORT_KIND "report" /* kind of an issue (R1) */

struct report;

/*
 * The report of ISO week `week` from the first `size` leaves of a log whose root of keys is
 * `root`. RC_INPUT "text.week_form", RC_NOMEM. Caller frees *ret.
 */
enum rc report_new(const uint8_t root[CRYPT_PK_LEN], int64_t size, const char *week,
		   struct report **ret, struct err *reterr);
void report_free(struct report *r);

/*
 * Every entry that report_learns, with its index, in any order; others do nothing. Then report_settle: keys and
 * issues as of the leaves. An index not below size is left out. RC_NOMEM, RC_LIMIT.
 */
bool report_learns(const struct entry *e);
enum rc report_learn(struct report *r, const struct entry *e, int64_t index, struct err *reterr);
/* tree: of the log, with at least `size` leaves; it says which issues are of this log (R8). */
enum rc report_settle(struct report *r, const struct tree_reader *tree, struct err *reterr);

/*
 * Before report_finish: every entry, index 0 to size - 1 in order. RC_REFUSED "R2" "report.order" for
 * another index.
 */
enum rc report_add(struct report *r, const struct entry *e, int64_t index, struct err *reterr);

/*
 * Instead of report_add, after report_settle, in this order. report_prefix: how many leaves prefix 0 (this issue) and
 * 1 (the issue before) have; -1: there is none. report_stands: the root of the leaves.
 * report_entry: all entries of each record whose fact is not known as of a prefix (bits), by index; report_read; then
 * report_take: the facts of all others. report_asks says how many entries are named by checks; of those that are in
 * the log report_here tells the index (others do nothing). A fact is as of a prefix when nothing at or above its
 * size has changed it, an authority entry included. RC_NOMEM.
 */
struct report_fact;
int64_t report_prefix(const struct report *r, size_t i);
void report_stands(struct report *r, const uint8_t root[TREE_HASH]);
enum rc report_entry(struct report *r, unsigned prefixes, const struct entry *e, int64_t index,
		     struct err *reterr);
enum rc report_read(struct report *r, struct err *reterr);
enum rc report_take(struct report *r, size_t i, const struct report_fact *f, struct err *reterr);
enum rc report_asks(struct report *r, size_t *retn, struct err *reterr);
enum rc report_here(struct report *r, const uint8_t id[ENTRY_ID_LEN], int64_t index, struct err *reterr);

/* Where the bytes of a blob are; whatever is read is hashed before it is used. */
struct report_blobs {
	void *ctx;
	enum rc (*read)(void *ctx, const uint8_t sha[CRYPT_HASH_LEN], struct buf *out,
			struct err *reterr);
};
/*
 * After the last of them. RC_REFUSED "R2" "report.short": entries are missing; RC_NOTFOUND "R3"
 * "report.no_catalogue"; RC_REFUSED "R3" "report.catalogue" {line}, "report.blob" {sha256}.
 */
enum rc report_finish(struct report *r, const struct report_blobs *blobs, struct err *reterr);

/* ---- keys and leaves ---- */

/* Keys as of the leaves; after report_settle. Borrowed. */
const struct keyring *report_keyring(const struct report *r);
/* Root of the leaves; after report_finish or report_stands. */
void report_root(const struct report *r, uint8_t ret[TREE_HASH]);
/* The i-th catalogue needed, after report_finish; false past the end. */
bool report_needs(const struct report *r, size_t i, uint8_t retsha[CRYPT_HASH_LEN]);

/* An issue (R1) as its entity stands. */
struct report_issue {
	char week[TEXT_WEEK_LEN];
	int64_t size;
	uint8_t root[TREE_HASH];
	uint8_t csv[CRYPT_HASH_LEN];
	char previous[TEXT_WEEK_LEN]; /* "": the first */
};
/* Fields of an issue, in the order of its form. Caller frees; NULL: no memory. */
struct json *report_issue_json(const struct report_issue *i);
/* Of an entry's or entity's fields; false when one is missing or has another form. */
bool report_issue_read(const struct json *fields, struct report_issue *ret);
void report_issue_id(const char *week, uint8_t ret[16]);
/* Is an entity of that id, whose first admitted entry says i and has that index, an issue (R1)? */
bool report_issue_is(const struct report_issue *i, const uint8_t id[16], int64_t index);
/* The issue before, by the leaves (R8): of the greatest week below this one's; NULL: none. */
const struct report_issue *report_previous(const struct report *r);

/* ---- the figures, after report_finish ---- */

enum report_figure {
	REPORT_UNITS,      /* (1) communes of the catalogue */
	REPORT_REPORTED,   /* (2) */
	REPORT_DECLARED,   /* (3) */
	REPORT_VERIFIED,   /* (4) */
	REPORT_SHORT,      /* (5) */
	REPORT_UNKNOWN,    /* (6), with the next */
	REPORT_UNVERIFIED, /* of (6): declared adequate, not approved */
	REPORT_NO_CAR,     /* (7) */
	REPORT_CAR_EXEMPT, /* not entitled to a car: not in (7) */
	REPORT_POOR,       /* (8) communes with equipment below quality */
	REPORT_PLACES,     /* (9) */
	REPORT_HANDLED,    /* (10), of which the six below */
	REPORT_TO_OFFICE,
	REPORT_TO_SERVICE,
	REPORT_TO_HEALTH,
	REPORT_TO_SCHOOL,
	REPORT_TO_CULTURE,
	REPORT_TO_OTHER,
	REPORT_REMAINING,  /* (11) */
	REPORT_UNDECIDED,  /* places with two values of surplus_status: in (9) only */
	REPORT_VERIFIED_CHANGE, /* (12) of (4); 0 without an issue before */
	REPORT_VERIFIED_FIX,    /* of it data correction */
	REPORT_HANDLED_CHANGE,  /* (12) of (10) */
	REPORT_HANDLED_FIX,
	REPORT_OBSTACLES, /* (13) communes that name some */
	REPORT_FIGURES
};
/* Its name in answers: "verified". */
const char *report_figure_name(enum report_figure f);

struct report_row {
	const char *code, *name; /* of a province; "" places of no commune of the catalogue, or all */
	int64_t v[REPORT_FIGURES];
};
/* Provinces by code, then, if there are such places, the row with code ""; NULL past the end. */
const struct report_row *report_row(const struct report *r, size_t i);
const struct report_row *report_total(const struct report *r);

enum report_class {
	REPORT_IS_VERIFIED = 4,
	REPORT_IS_SHORT = 5,
	REPORT_IS_UNKNOWN = 6
};
struct report_unit {
	const char *code, *name, *province;
	enum report_class class;
	bool unverified; /* of class 6: declared adequate */
	bool returned, undecided; /* of class 6: why the statement that is there does not stand */
	int64_t due, done; /* what was to be handed in by the week, and what of it is there */
	const char *obstacles; /* NULL: none */
};
/* Communes by code; NULL past the end. */
const struct report_unit *report_unit(const struct report *r, size_t i);

/*
 * Everything a finished report has to say, so that it can be said again when an erase has taken what it was
 * made of: in parts that each fit a document (LIMIT_JSON_TEXT), however many communes name however long
 * obstacles. *at: 0 at first, then as the call before left it. Caller frees; NULL: no memory.
 */
struct json *report_kept(const struct report *r, size_t *at);
/* Does another part follow this one? */
bool report_kept_more(const struct json *part);
/*
 * The report of that week and size as report_kept told it: rows, total, communes, root and the week of the
 * issue before; nothing can be fed to it. Takes the n > 0 parts over, and the array, also on failure.
 * RC_CORRUPT "report.kept", RC_NOMEM. Caller frees *ret.
 */
enum rc report_of_kept(struct json **part, size_t n, const char *week, int64_t size, struct report **ret,
		       struct err *reterr);

/* Append the CSV (R9) and give its hash: what an issue names. */
enum rc report_csv(const struct report *r, struct buf *out, uint8_t retsha[CRYPT_HASH_LEN],
		   struct err *reterr);
/* {"week","size","root","csv","previous","columns","total":{…},"total_cells","rows":[…]}: figures by
   name, and as cells of the columns. Caller frees. */
struct json *report_json(const struct report *r, const uint8_t csv[CRYPT_HASH_LEN]);

#endif
