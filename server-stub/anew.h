/*
 * anew: the state of an entity built from its entries alone, one after the other in the order
 * of the log, and what one says of itself by those before it. Clauses A9, M11, M21. Not here: which entries count.
 */
#ifndef KK_COLLECTOR_ANEW_H
#define KK_COLLECTOR_ANEW_H

#include "sync/keyring.h"
#include "sync/merge.h"

struct anew {
	struct merge_state *state;
	uint8_t (*id)[ENTRY_ID_LEN]; /* of those added so far */
	size_t n;
};

/* The flags (A9) that follow from the entries of the entity that count: others become them when a key is revoked. */
enum { ANEW_FLAGS = KEYRING_FLAG_BLIND | KEYRING_FLAG_AGAIN };

/*
 * The next entry that counts, onto a state; central: keyring_central of its author (M8); present: as merge_apply.
 * *retflags: which of ANEW_FLAGS it has. *retmerged false: of a kind that is its first entry (M21), s is as before.
 */
enum rc anew_apply(struct merge_state *s, const struct entry *e, bool central, const bool *present,
		   unsigned *retflags, bool *retmerged, struct err *reterr);

enum rc anew_begin(struct anew *ret, struct err *reterr);
/* The same onto what was added before. retflags may be NULL. */
enum rc anew_add(struct anew *a, const struct entry *e, bool central, unsigned *retflags, struct err *reterr);
void anew_end(struct anew *a); /* frees the state too, unless it was taken */

#endif
