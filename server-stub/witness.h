/*
 * witness: a process that remembers, of each log it follows, the largest checkpoint it cosigned, and cosigns
 * another one only if it extends that. Clauses W2, W3, L5. It has a home and a key of its own, knows notes and trees
 * and nothing of entries, and believes no collector a word that is not signed and proven. What it cosigned
 * is on disk before it answers. One file, witness.db, and keys/witness.key. Thread-safe.
 */
#ifndef KK_COLLECTOR_WITNESS_H
#define KK_COLLECTOR_WITNESS_H

#include "lib/clock.h"
#include "lib/err.h"
#include "lib/json.h"
#include "sync/cosign.h"

struct witness;

enum { WITNESS_LOGS_MAX = 1024, WITNESS_EVIDENCE_MAX = 64 /* texts kept of one log */ };

/*
 * Open or (create) make a witness in folder home. clock is borrowed. RC_NOTFOUND "witness.none" when home is no
 * witness's and create is false.
 */
enum rc witness_open(struct witness **ret, const char *home, bool create, const struct clock *clock,
		     struct err *reterr);
void witness_free(struct witness *w);
/* Make its key and name it (K8). RC_EXISTS "witness.exists"; RC_INPUT "note.name". */
enum rc witness_init(struct witness *w, const char *home, const char *name, struct err *reterr);
/* "" and NULL before witness_init. Borrowed. */
const char *witness_name(const struct witness *w);
const uint8_t *witness_key(const struct witness *w);

/* Follow the log of that key. *retnew false: it does already. RC_LIMIT "witness.logs"; RC_REFUSED K1. */
enum rc witness_follow(struct witness *w, const uint8_t key[CRYPT_PK_LEN], bool *retnew,
		       struct err *reterr);

/*
 * Take a request of add-checkpoint and append the answer's body; *ret tells the status. RC_OK
 * also when it refuses: then *retwhy tells people why. Anything else: nothing was cosigned (503).
 */
enum rc witness_add(struct witness *w, struct span body, enum cosign_verdict *ret, struct buf *out,
		    struct err *retwhy, struct err *reterr);
/*
 * Append the last checkpoint cosigned of the log with that hash of its key, with the cosignature.
 * RC_NOTFOUND "witness.unknown" / "witness.no_checkpoint".
 */
enum rc witness_checkpoint(struct witness *w, const uint8_t hash[CRYPT_HASH_LEN], struct buf *out,
			   struct err *reterr);

/* {name, key, logs: [{origin, key, size, at, evidence}], answers: {"200": n …} since the start, commits}. */
enum rc witness_state(struct witness *w, struct json **ret, struct err *reterr);

#endif
