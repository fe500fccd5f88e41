/*
 * explain: what unverified bytes say, and which clause of FORMAT.md each part keeps or breaks.
 *
 * For a line, a payload alone, a checkpoint note or a receipt: every member with its value, every
 * check with its clause, never stopping at the first fault where the next check is still
 * possible. The parsers are those of sync/entry and sync/note; a check that only a store could
 * make (who is certified, what the log holds) is not made. Needs no store and no network.
 */
#ifndef KK_SYNC_EXPLAIN_H
#define KK_SYNC_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/crypt.h"
#include "lib/err.h"
#include "lib/json.h"

enum explain_kind {
	EXPLAIN_AUTO, /* by the first bytes */
	EXPLAIN_LINE,
	EXPLAIN_PAYLOAD,
	EXPLAIN_NOTE,
	EXPLAIN_RECEIPT,
	EXPLAIN_STUB, /* only by the first bytes */
	EXPLAIN_KIND_N
};
/* "auto" "line" "payload" "note" "receipt" "stub". */
const char *explain_kind_name(enum explain_kind kind);
bool explain_kind_parse(struct span name, enum explain_kind *ret);

struct explain_in {
	struct span bytes; /* a line with its LF; a payload with or without one */
	enum explain_kind kind;
	/*
	 * Keys to check signatures with: of authors, logs, witnesses. Each check takes the one that
	 * the bytes name; a single key is a claim, and bytes that name another break it.
	 */
	const uint8_t (*key)[CRYPT_PK_LEN];
	size_t nkey;
	struct span payload; /* of a receipt; empty: none */
};

/*
 * *ret, which the caller frees:
 *   {"kind":"line","ok":true,"broken":0,"unchecked":0,
 *    "members":[{"name":"feed","value":…,"means":"25/11/2026 08:30"}…],
 *    "checks":[{"clause":"E1","ok":true|false|"unchecked","detail":{"key":…,"args":{…}}}…],
 *    "computed":{"id":…,"key":…,"fingerprint":…,"leaf_hash":…,"epoch":…,"erased":…}}
 * Members of `set` are called "set.NAME". `ok` is true when none is broken; `unchecked` is the number
 * of those nobody could make; `detail` is a message of lib/lang, left out when all is well.
 * Only RC_NOMEM fails.
 */
enum rc explain_bytes(const struct explain_in *in, struct json **ret, struct err *reterr);

/* A public key as people have it: b64u, hex, or "ssh-ed25519 …". RC_USAGE "explain.key_form". */
enum rc explain_key(struct span text, uint8_t retpk[CRYPT_PK_LEN], struct err *reterr);

#endif
