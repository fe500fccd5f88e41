/*
 * anew: the state of an entity built from its entries alone, one after the other in the order
 * of the log. Clauses M11, M21. Not here: which entries count.
 */
#ifndef KK_COLLECTOR_ANEW_H
#define KK_COLLECTOR_ANEW_H

#include "sync/merge.h"

struct anew {
	struct merge_state *state;
	uint8_t (*id)[ENTRY_ID_LEN]; /* of those added so far */
	size_t n;
};

enum rc anew_begin(struct anew *ret, struct err *reterr);
/* The next entry that counts; central: keyring_central of its author (M8). Into a review only the first goes. */
enum rc anew_add(struct anew *a, const struct entry *e, bool central, struct err *reterr);
void anew_end(struct anew *a); /* frees the state too, unless it was taken */

#endif
