/*
 * seen: which values an author had before her (E17): a write replaces those, and not what came from elsewhere while she
 * typed; that stands beside it, as two values. Lists are JSON arrays of entry ids (b64u). Not here: screens.
 */
#ifndef KK_AGENT_SEEN_H
#define KK_AGENT_SEEN_H

#include <stdbool.h>

#include "lib/buf.h"
#include "lib/json.h"
#include "sync/merge.h"

/* The entries of every live value of a record, each once; the caller's. */
struct json *seen_all(const struct merge_state *s);
/* Add to the list the entries of the field's live values. */
void seen_add(struct json *seen, const struct merge_state *s, const char *field);
/* Is every live value of the field among them? */
bool seen_covers(const struct json *seen, const struct merge_state *s, const char *field);
/*
 * after: what a write names (retire_after), of which that stays which was seen. Where nothing is left of it, what was
 * seen is named, at most LIMIT_ENTRY_AFTER: somebody else replaced it meanwhile, and the write is not blind (A9).
 */
enum rc seen_after(const struct json *seen, struct buf *after, struct err *reterr);

#endif
