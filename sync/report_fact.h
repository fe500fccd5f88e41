/*
 * report_fact: what a record says as far as a weekly report asks, in few bytes. Clauses R2, R4, R7.
 *
 * The fields a report reads of each kind, as their merged state shows them by the policies of version 1.
 * A fact follows from the admitted entries of its record and from nothing else; who keeps facts beside
 * merged states (the collector) makes an issue from them without opening an entry. Not here: which
 * records count (report_read.c).
 */
#ifndef KK_SYNC_REPORT_FACT_H
#define KK_SYNC_REPORT_FACT_H

#include "sync/form.h"
#include "sync/merge.h"

enum report_kind {
	REPORT_PLACE,     /* facility */
	REPORT_STATEMENT, /* weekly_statement */
	REPORT_VISIT,     /* facility_check */
	REPORT_EQUIPMENT, /* equipment_check */
	REPORT_INVENTORY,
	REPORT_LINE,      /* equipment_line */
	REPORT_REVIEW,
	REPORT_CHOICE,
	REPORT_SCHEDULE,
	REPORT_CATALOGUE,
	REPORT_MERGER,
	REPORT_ISSUE,
	REPORT_KIND_N
};
enum { REPORT_FIELDS = 10 }; /* at most, of one kind */

struct report_fact {
	enum report_kind kind;
	char scope[ENTRY_SCOPE_LEN];
	uint8_t id[16];
	int64_t first, last;                 /* lowest and highest index of its admitted entries */
	uint8_t newest[ENTRY_ID_LEN];        /* id of the one at last; zeros where nobody asks (report_fact_bound) */
	bool undecided;                      /* two values of what decides (R4, R7) */
	struct span value[REPORT_FIELDS];    /* wire values in the order of the table; empty: none shown */
};

/* Kind by the name of its form; REPORT_KIND_N: none that matters. */
enum report_kind report_fact_kind(const char *name);
const char *report_fact_name(enum report_kind k);
/* The i-th field that is read of a kind; NULL past the end. */
const char *report_fact_field(enum report_kind k, size_t i);
/* Can a fact of this kind be kept? Of the others, which are few, a report reads the entries. */
bool report_fact_kept(enum report_kind k);
/* Does a review speak of one entry of this kind (M19), so that `newest` is asked for? */
bool report_fact_bound(enum report_kind k);

/*
 * The values that a merged state shows, packed: appended to *out. Other fields of the state do not
 * matter. forms: with version 1 of the built-in ones. RC_NOMEM, RC_LIMIT.
 */
enum rc report_fact_show(enum report_kind k, const struct merge_state *s, const struct form_set *forms,
			 struct buf *out, bool *retundecided, struct err *reterr);
/* The same of the fields of one entry, of which nothing has been replaced. */
void report_fact_pack(enum report_kind k, const struct entry_field *field, size_t n, struct buf *out);
/* Borrowed from says. False: these are no packed values of that kind. */
bool report_fact_unpack(enum report_kind k, struct span says, struct span value[REPORT_FIELDS]);

/* ---- reading ---- */

/* Value of a field of the kind's table; empty when it is not shown. */
struct span report_fact_value(const struct report_fact *f, const char *field);
/* Is it that string? */
bool report_fact_says(const struct report_fact *f, const char *field, const char *value);
/* The string as text, cut off at len - 1 bytes; "" for anything but a string. *retwhole: it was not; may be NULL. */
void report_fact_text(const struct report_fact *f, const char *field, char *ret, size_t len, bool *retwhole);
bool report_fact_uuid(const struct report_fact *f, const char *field, uint8_t ret[16]);
/* All values as an object the caller frees; NULL when out of memory. */
struct json *report_fact_json(const struct report_fact *f);

#endif
