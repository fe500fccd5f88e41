/*
 * retire: a thing written off on one PC while somebody edits it on another. Clause M16.
 *
 * The merge keeps both, field by field; what it cannot tell is that the one did not know of
 * the other. So an entry that writes off names all it saw, and an entry that edits names
 * the state of the books it saw; who is named by neither side did not know. Pure. Not here:
 * the merge (sync/merge), how it is shown (sync/view).
 */
#ifndef KK_SYNC_RETIRE_H
#define KK_SYNC_RETIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "sync/form.h"
#include "sync/merge.h"

/* The field that says whether a thing is in the books, and the value that it is not. */
#define RETIRE_FIELD "lifecycle"
#define RETIRE_VALUE "da_giam"

/* Do all live values of `lifecycle` say written off? */
bool retire_is(const struct merge_state *s);
/*
 * Append what a write of these fields (NULL-terminated) names in `after`: the siblings it
 * replaces (merge_after), then, where the form has `lifecycle`, what M16 adds. At most
 * LIMIT_ENTRY_AFTER. f NULL: siblings only.
 */
enum rc retire_after(const struct merge_state *s, const struct form *f, const char *const *field,
		     struct buf *retids, struct err *reterr);
/*
 * in: the admitted entries of the entity that s was made of. ret[i] (may be NULL): in[i] has a live
 * value of another field, while what wrote off did not know it, nor it that. Returns how many.
 */
size_t retire_unaware(const struct merge_state *s, const struct merge_input *const *in, size_t n,
		      bool *ret);

#endif
