/*
 * fork: two entries of one feed with one number, as both programs show them. Clauses A9,
 * A11, A15. A copied PC, or one that was set back to an image, wrote both; the lines
 * themselves are the proof. Not here: finding them (the stores), keeping both (merge).
 */
#ifndef KK_SYNC_FORK_H
#define KK_SYNC_FORK_H

#include "lib/json.h"
#include "lib/lang.h"
#include "sync/keyring.h"

/* One of the entries, as the store has it. */
struct fork_side {
	const struct entry *e;
	int64_t index;       /* log index, -1: none */
	int64_t received_at; /* unix s, the clock of the store that shows it */
	bool own;            /* written by a clerk of this very PC */
};
/*
 * Add a side to the array `all` of forks; sides of one fork come one after the other. A fork is {feed,
 * seq, scope, who, title, author, device, device_name, own, since, entries}; author and
 * device are fingerprints ("" unknown), since the latest arrival; each of entries is {entry, index, at,
 * received_at, line}.
 */
void fork_add(struct json *all, const struct keyring *k, const struct fork_side *side);
/* {"forks":[…]} for people; a line that says so when there is none. */
void fork_print(const struct lang *lang, const struct json *out, struct buf *text);

#endif
