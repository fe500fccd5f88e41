/*
 * stand: does a check count, and what was decided about it. Clauses M12, M17, M19, read from the
 * archive as it is. Not here: whether its bytes are sound (proof).
 */
#ifndef KK_COLLECTOR_STAND_H
#define KK_COLLECTOR_STAND_H

#include "lib/json.h"
#include "server-stub/archive.h"
#include "sync/decision.h"
#include "sync/matter.h"

enum stand_state {
	STAND_RECEIVED,
	STAND_APPROVED,
	STAND_RETURNED,
	STAND_REJECTED,
	STAND_DISPUTED,   /* nobody has chosen between it and other corrections */
	STAND_SUPERSEDED, /* another counts in its place */
	STAND_N
};
/* "received" … "superseded"; *ret of a name. */
const char *stand_name(enum stand_state s);
bool stand_parse(const char *name, enum stand_state *ret);
extern const char *const stand_names[STAND_N + 1]; /* for arguments; NULL behind the last */

/* States of what can still be decided about: what was returned or does not count waits for nobody. */
#define STAND_WAITING (1U << STAND_RECEIVED | 1U << STAND_APPROVED)

struct stand {
	enum stand_state state;
	bool decided;             /* the three below say something */
	struct decision decision; /* in force */
	uint8_t review[16];       /* which says so */
	bool locked;              /* by it (M19) */
	bool after;               /* made after what it corrects was approved by the centre (M19) */
};
/* e: the record; line: those it hangs together with by corrections, NULL for a kind that has none. */
enum rc stand_of(struct archive_reader *r, const struct form_set *forms,
		    const struct archive_entity *e, const struct matter_line *line,
		    struct stand *ret, struct err *reterr);
/* Does it wait for somebody of that level: has nobody of it, or of one above it, decided about what counts? */
bool stand_waits(const struct stand *st, enum decision_level level);
/*
 * Is a review of that level and with that outcome taken? RC_CONFLICT "M19" "review.above": a higher level has
 * decided; "M12" "review.superseded": nobody approves what another counts in the place of.
 */
enum rc stand_takes(const struct stand *st, enum decision_level level, enum decision_state says,
		    struct err *reterr);
/* Id of the entry at a record's last index: what a review made now is bound to (M19). Zeros without one. */
enum rc stand_newest(struct archive_reader *r, int64_t last_index, uint8_t ret[ENTRY_ID_LEN],
		     struct err *reterr);
/* With its line, read for it alone. */
enum rc stand_read(struct archive_reader *r, const struct form_set *forms,
		      const struct archive_entity *e, struct stand *ret, struct err *reterr);
/*
 * What the review in force says, into o: "review" (id), "reason", "comments": [{"field","text"} …]. Nothing
 * without one.
 */
enum rc stand_reason(struct archive_reader *r, const struct archive_entity *e,
			const struct stand *st, struct json *o, struct err *reterr);

#endif
