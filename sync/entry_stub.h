/*
 * entry_stub: the form of an erased entry's line (E26). Inside sync/entry* only: what
 * entry_stub_parse makes has no author yet, and its signature is not verified; users open
 * stubs with entry_open like any other line.
 */
#ifndef KK_SYNC_ENTRY_STUB_H
#define KK_SYNC_ENTRY_STUB_H

#include <stdbool.h>

#include "sync/entry.h"

/* Has the line the shape of a stub: 43 characters that are an id, and a space, where a payload begins? */
bool entry_stub_is(struct span line);
/* The erase's line within one that has that shape. */
struct span entry_stub_by(struct span line);
/*
 * Everything but key and keyhash. by: the erase, opened from entry_stub_by(line). The line
 * is copied. RC_REFUSED "E26" "entry.stub"; RC_NOMEM. The caller frees *ret.
 */
enum rc entry_stub_parse(struct span line, const struct entry *by, struct entry **ret,
			 struct err *reterr);

#endif
