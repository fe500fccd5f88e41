/*
 * httpsig: request signatures, the fixed profile of RFC 9421. Clauses P2-P6.
 * Pure: takes and gives header values. Not here: sending, key lookup, nonce memory.
 */
#ifndef KK_SYNC_HTTPSIG_H
#define KK_SYNC_HTTPSIG_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/crypt.h"
#include "lib/err.h"

enum { HTTPSIG_NONCE = 16, HTTPSIG_WINDOW_S = 300, HTTPSIG_REPLAY_S = 600 };

/* What is signed of a request. Strings NUL-terminated; query without "?", "" for none. */
struct httpsig_req {
	const char *method;
	const char *authority;     /* as in the URL or the Host header; normalised here (P3) */
	const char *path, *query;
	const char *digest;        /* Content-Digest value, NULL without a body */
	const char *upload_offset; /* PATCH only, else NULL */
	bool plain;                /* over http, whose own port is 80; https has 443 */
};
struct httpsig {
	uint8_t key[CRYPT_PK_LEN];
	uint8_t nonce[HTTPSIG_NONCE];
	int64_t created;
	uint8_t sig[CRYPT_SIG_LEN];
};

/* "sha-256=:…:" of the body as sent (P2). */
enum { HTTPSIG_DIGEST_LEN = 64 };
void httpsig_digest(struct span body, char ret[HTTPSIG_DIGEST_LEN]);

/* Sign: appends the values of Signature-Input and Signature. */
enum rc httpsig_sign(const struct httpsig_req *r, struct crypt_signer *key, int64_t created,
                     const uint8_t nonce[HTTPSIG_NONCE], struct buf *retinput, struct buf *retsig,
                     struct err *reterr);
/* Parse strictly; nothing is verified yet. RC_REFUSED "P3" httpsig.*. */
enum rc httpsig_parse(struct span input, struct span signature, const struct httpsig_req *r,
                      struct httpsig *ret, struct err *reterr);
/* Verify a parsed signature over the request. RC_REFUSED "P4" "httpsig.signature". */
enum rc httpsig_verify(const struct httpsig *s, const struct httpsig_req *r, struct err *reterr);
/* P5: RC_REFUSED "P5" "httpsig.clock" with now. */
enum rc httpsig_fresh(const struct httpsig *s, int64_t now, struct err *reterr);

#endif
