/*
 * entry_read: readers of one value inside a payload that json_scan let through.
 *
 * A `raw` is a value's own bytes, quotes and brackets included. Each reader answers
 * true or false; the caller knows which clause is broken. Clauses E9, E14-E18 for
 * the forms of values. Nothing here allocates. Not here: whole entries (sync/entry),
 * bytes that have not been scanned.
 */
#ifndef KK_SYNC_ENTRY_READ_H
#define KK_SYNC_ENTRY_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "sync/entry.h"

/* A string that is b64u of exactly len bytes. */
bool entry_read_b64u(struct span raw, void *ret, size_t len);
/* An integer in [min, max]. */
bool entry_read_int(struct span raw, int64_t min, int64_t max, int64_t *ret);
/* The string "value", byte for byte. */
bool entry_read_eq(struct span raw, const char *value);
/* A string of min to max characters (Unicode code points of its value). */
bool entry_read_chars(struct span raw, size_t min, size_t max);
/* E14 */
bool entry_read_scope(struct span raw, char ret[ENTRY_SCOPE_LEN]);
/* E15 */
bool entry_read_uuid(struct span raw, uint8_t ret[16]);
/* [a-z][a-z0-9_]{0,max-1}, without quotes: names of fields (48) and forms (32). */
bool entry_read_name(struct span inner, size_t max);
/* E16: name without suffix, and version. */
bool entry_read_kind(struct span raw, char retname[ENTRY_KIND_LEN], unsigned *retversion);
/* An array of min to max different entry ids, in their order; ret may be NULL. */
bool entry_read_ids(struct span raw, size_t min, size_t max, uint8_t (*ret)[ENTRY_ID_LEN],
		    size_t *retn);
/* E10: seq and prev belong together; ret is zeros at seq 0. */
bool entry_read_prev(struct span raw, int64_t seq, uint8_t ret[ENTRY_ID_LEN]);

/* A blob reference (E18). type and name are raw strings in the payload. */
struct entry_blob {
	uint8_t sha256[32];
	int64_t size; /* bytes */
	struct span type, name;
};
bool entry_read_blob(struct span raw, struct entry_blob *ret);

/*
 * Walk an array: *rest is its raw value at first; each call cuts one item off.
 * False at the end, or when *rest is no array.
 *   for (struct span rest = raw, item; entry_read_item(&rest, &item);) …
 */
bool entry_read_item(struct span *rest, struct span *ret);
/*
 * Walk an object with known members: *rest is its raw value at first; true and the
 * value when the next member is called `name`. entry_read_end after the last.
 */
bool entry_read_member(struct span *rest, const char *name, struct span *ret);
bool entry_read_end(struct span rest);

#endif
