/*
 * note_body: what logs and witnesses sign, shared by notes and receipts. Clauses L4-L6.
 * Inside sync/note* only; everybody else opens whole notes and receipts. Only sync/explain and sync/cosign take
 * what has been read and not yet verified: to say which part of it does not hold, and to look up whose it is.
 */
#ifndef KK_SYNC_NOTE_BODY_H
#define KK_SYNC_NOTE_BODY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "sync/note.h"

enum { NOTE_BODY_MAX = 256 }; /* bytes of a body, with the lines a cosignature puts before */

/* Append the three lines of the body; size is at most INT64_MAX. */
void note_body(const uint8_t logkey[CRYPT_PK_LEN], uint64_t size, const uint8_t root[TREE_HASH],
	       struct buf *out);
/* The log's signature over the body. */
bool note_body_verify(const uint8_t sig[CRYPT_SIG_LEN], const uint8_t logkey[CRYPT_PK_LEN],
		      uint64_t size, const uint8_t root[TREE_HASH]);
/* A witness's signature over time and body. */
bool note_body_cosigned(const uint8_t sig[CRYPT_SIG_LEN], uint64_t time,
			const uint8_t witness[CRYPT_PK_LEN], const uint8_t logkey[CRYPT_PK_LEN],
			uint64_t size, const uint8_t root[TREE_HASH]);
/* Is this line of the note a valid cosignature of that witness, under whatever name? */
bool note_body_cosig_of(const struct note *n, const struct note_cosig *c,
			const struct note_witness *w);
/* Does the line name that witness key, whether or not its signature holds? */
bool note_body_cosig_names(const struct note_cosig *c, const uint8_t key[CRYPT_PK_LEN]);

/* A note whose form is right and whose signatures nobody has looked at. */
struct note_text {
	char origin[NOTE_ORIGIN_LEN];
	uint8_t keyid[4]; /* of the log's line */
	struct note n;    /* log is zeros */
};
/* RC_REFUSED "L4", "L5" for the form. */
enum rc note_body_parse(struct span text, struct note_text *ret, struct err *reterr);
/* "L4": is it this log's, and signed by it? */
enum rc note_body_check(const struct note_text *t, const uint8_t logkey[CRYPT_PK_LEN],
			struct err *reterr);

/* A receipt whose form is right and that nobody has checked (L6). */
struct note_receipt {
	uint8_t log[CRYPT_HASH_LEN], keyhash[CRYPT_HASH_LEN];
	uint8_t sig[CRYPT_SIG_LEN], logsig[CRYPT_SIG_LEN];
	uint64_t size, index;
	uint8_t root[TREE_HASH];
	struct span cosigs; /* the lines, in the text */
	struct tree_proof inclusion;
};
bool note_receipt_parse(struct span text, struct note_receipt *ret);
/* Walk r->cosigs: the next cosignature; false at the end. */
bool note_receipt_cosig(struct span *rest, uint8_t rethash[CRYPT_HASH_LEN], uint64_t *rettime,
			uint8_t retsig[CRYPT_SIG_LEN]);

#endif
