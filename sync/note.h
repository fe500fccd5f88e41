/*
 * note: checkpoints as C2SP signed notes, cosignatures, policies, receipts.
 *
 * Clauses L4-L8, K11's neighbours for texts of keys. Formats: C2SP signed-note,
 * tlog-checkpoint, tlog-cosignature (cosignature/v1); sigsum proof version 2 and
 * policy files. Not here: fetching or storing them.
 */
#ifndef KK_SYNC_NOTE_H
#define KK_SYNC_NOTE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/crypt.h"
#include "lib/err.h"
#include "sync/tree.h"

enum { NOTE_WITNESS_MAX = 16, NOTE_NAME_LEN = 101, NOTE_ORIGIN_LEN = 84, NOTE_TEXT_MAX = 8192 };
enum { NOTE_LINES = 5 }; /* of a note without cosignatures */
enum { NOTE_RECEIPT_MAX = 16384 }; /* bytes: 64 hashes, 16 cosignatures and room */

struct note_cosig {
	char name[NOTE_NAME_LEN];
	uint8_t keyid[4];
	uint64_t time; /* unix seconds */
	uint8_t sig[CRYPT_SIG_LEN];
};

/* A checkpoint whose log signature has been verified. */
struct note {
	uint8_t log[CRYPT_PK_LEN]; /* whose it is */
	uint64_t size;
	uint8_t root[TREE_HASH];
	uint8_t sig[CRYPT_SIG_LEN]; /* the log's */
	struct note_cosig cosig[NOTE_WITNESS_MAX];
	size_t ncosig; /* lines of that shape; verified only by note_quorum */
};

/* Whom to trust: the log's key and its witnesses (K8, L7). */
struct note_witness {
	char name[NOTE_NAME_LEN];
	uint8_t key[CRYPT_PK_LEN];
};
struct note_policy {
	uint8_t log[CRYPT_PK_LEN];
	struct note_witness witness[NOTE_WITNESS_MAX];
	size_t nwitness;
	size_t quorum; /* 0: none asked for */
};

/*
 * May a witness be called that? 1 to 100 printable ASCII characters without space, `+`
 * (C2SP signed-note), `"` and `\`; not "none", which policies give a meaning.
 */
bool note_name_ok(struct span name);

void note_origin(const uint8_t logkey[CRYPT_PK_LEN], char ret[NOTE_ORIGIN_LEN]);
/* The hash of the log's key an origin names; the text has the form note_open lets through. */
void note_origin_hash(const char origin[NOTE_ORIGIN_LEN], uint8_t ret[CRYPT_HASH_LEN]);
void note_epoch(const uint8_t logkey[CRYPT_PK_LEN], char ret[5]); /* L11 */

/* Append the note signed by the log. */
enum rc note_sign(struct crypt_signer *log, uint64_t size, const uint8_t root[TREE_HASH],
                  struct buf *out, struct err *reterr);
/* Parse and verify the log's signature. RC_REFUSED "L4" / "L5" with note.* keys. */
enum rc note_open(struct span text, const uint8_t logkey[CRYPT_PK_LEN], struct note *ret,
                  struct err *reterr);
/* Append the note as the log signed it, without further lines: for a text that note_open takes. */
void note_strip(struct span text, struct buf *out);
/* Append one cosignature line by a witness to *out. */
enum rc note_cosign(struct crypt_signer *witness, const char *name, uint64_t time_s,
                    const uint8_t logkey[CRYPT_PK_LEN], uint64_t size,
                    const uint8_t root[TREE_HASH], struct buf *out, struct err *reterr);
/*
 * How many different witnesses of the policy validly cosigned; *ok = at least
 * quorum. *rettime: the quorum-th latest valid cosignature's time, 0 without.
 */
size_t note_quorum(const struct note *n, const struct note_policy *p, bool *ok, uint64_t *rettime);

/* sigsum policy text (L7): both ways. */
enum rc note_policy_write(const struct note_policy *p, struct buf *out, struct err *reterr);
enum rc note_policy_read(struct span text, struct note_policy *ret, struct err *reterr);

/* OpenSSH line "ssh-ed25519 … comment LF" of a public key: both ways. */
void note_sshkey_write(const uint8_t pk[CRYPT_PK_LEN], const char *comment, struct buf *out);
enum rc note_sshkey_read(struct span text, uint8_t retpk[CRYPT_PK_LEN], struct err *reterr);

/* Append "cosignature=KEYHASH TIME SIGNATURE LF" of each witness of the policy that validly signed (L6). */
void note_cosignatures_write(const struct note *n, const struct note_policy *policy,
                             struct buf *out);

/*
 * Receipt (L6): the proof text for one leaf. Only cosignatures of the policy's
 * witnesses go in.
 */
enum rc note_receipt_write(const uint8_t keyhash[CRYPT_HASH_LEN], const uint8_t sig[CRYPT_SIG_LEN],
                           uint64_t index, const struct note *n, const struct note_policy *policy,
                           const struct tree_proof *inclusion, struct buf *out,
                           struct err *reterr);
/*
 * What sigsum-verify does: the payload is in a log of the policy, signed by author,
 * proof as given. RC_REFUSED with E21, L2, L4, L5, L6, L8. *retindex may be NULL.
 */
enum rc note_receipt_check(struct span payload, struct span proof, const uint8_t author[CRYPT_PK_LEN],
                           const struct note_policy *policy, uint64_t *retindex,
                           struct err *reterr);

#endif
