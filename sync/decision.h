/*
 * decision: which of the reviews of a record is in force, and what an approval by the centre means for a
 * correction of it. Clause M19. Pure: from reviews as they stand (M21), with their place in the log.
 * Not here: storage; who may decide at which level (sync/kinds).
 */
#ifndef KK_SYNC_DECISION_H
#define KK_SYNC_DECISION_H

#include <stdbool.h>
#include <stdint.h>

#include "sync/form.h"
#include "sync/merge.h"

#define DECISION_KIND   "review"
#define DECISION_TARGET "target" /* in a review or a task: the id of the record it is about */
#define DECISION_LEVEL  "level"
#define DECISION_SEEN   "target_entry" /* in a review: the entry of the record that its author read */

enum decision_state { DECISION_RECEIVED, DECISION_APPROVED, DECISION_RETURNED, DECISION_REJECTED };
/* A higher one goes before a lower one. */
enum decision_level { DECISION_NOBODY, DECISION_COMMUNE, DECISION_PROVINCE, DECISION_CENTRE };

struct decision {
	enum decision_state state;
	enum decision_level level;
	int64_t index; /* of the review's entry (M21); -1: not in the log yet */
	bool bound;    /* it names an entry: */
	uint8_t seen[ENTRY_ID_LEN]; /* zeros where what it names is no id */
};

/* "received" "approved" "returned" "rejected". */
const char *decision_state_name(enum decision_state s);
enum decision_state decision_state_of(const char *name); /* anything else is RECEIVED */
/* "" "commune" "province" "centre"; anything else is DECISION_NOBODY. */
const char *decision_level_name(enum decision_level l);
enum decision_level decision_level_of(const char *name);

/* What a review says by its fields; one that was erased says nothing (RECEIVED, by NOBODY). */
struct decision decision_of(const struct json *fields, int64_t index);
/* The same of its state. form: of its kind. RC_NOMEM. */
enum rc decision_read(const struct merge_state *review, const struct form *form, int64_t index,
		      struct decision *ret, struct err *reterr);
/*
 * Does it speak of the record as it stands? last: the admitted entry of the record with the highest index (or
 * that is in no log yet). One that names no entry speaks of whatever stands.
 */
bool decision_speaks(const struct decision *d, const uint8_t last[ENTRY_ID_LEN]);
/* Does a go before b? */
bool decision_over(const struct decision *a, const struct decision *b);
/* Does it lock what it is about: approved by the centre? */
bool decision_locks(const struct decision *d);
/* Is a correction whose first entry stands at that index (-1: nowhere yet) made after it? */
bool decision_before(const struct decision *d, int64_t first);

#endif
