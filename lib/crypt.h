/*
 * crypt: hashes, signatures, sealing: all that libsodium does for us.
 *
 * SHA-256/512 (FIPS 180-4), Ed25519 detached (RFC 8032, cofactorless), X25519 sealed
 * boxes, secretstream, Argon2id. Secrets live in guarded memory (struct
 * crypt_secret) that is unreadable except while open. Call crypt_init first.
 * Not here: what is signed (sync/sign), who may sign (sync/admit), files.
 */
#ifndef KK_LIB_CRYPT_H
#define KK_LIB_CRYPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"

enum {
	CRYPT_HASH_LEN = 32,   /* SHA-256 */
	CRYPT_HASH512_LEN = 64,
	CRYPT_SEED_LEN = 32,   /* Ed25519 seed (RFC 8032 private key) */
	CRYPT_PK_LEN = 32,     /* Ed25519 public key */
	CRYPT_SIG_LEN = 64,
	CRYPT_BOX_LEN = 32,    /* X25519 key, public or secret */
	CRYPT_BOX_OVER = 48,   /* bytes a sealed box adds */
	CRYPT_STREAM_KEY = 32,
	CRYPT_STREAM_HEAD = 24,
	CRYPT_STREAM_OVER = 17 /* bytes a stream chunk adds */
};

/* Once per process, before anything else; later calls do nothing. RC_INTERNAL "crypt.init". */
enum rc crypt_init(struct err *reterr);

/*
 * Check this build against published vectors: SHA-256, RFC 8032 section 7.1, and the
 * twelve Ed25519 edge cases of "Taming the many EdDSAs" (eprint 2020/1244) with the verdicts of
 * libsodium 1.0.18. RC_INTERNAL "crypt.selftest" (argument `case`). A collector
 * calls it at start: a library that verifies otherwise would split the log.
 */
enum rc crypt_selftest(struct err *reterr);

/* ---- hashes ---- */
void crypt_sha256(const void *p, size_t len, uint8_t out[CRYPT_HASH_LEN]);
/* SHA-256(a || b), for domain prefixes and tree nodes. */
void crypt_sha256_2(struct span a, struct span b, uint8_t out[CRYPT_HASH_LEN]);
void crypt_sha512(const void *p, size_t len, uint8_t out[CRYPT_HASH512_LEN]);

/* HMAC-SHA256 (RFC 2104) over all parts one after the other; a key of any length. */
void crypt_hmac_sha256(struct span key, const struct span *part, size_t npart,
		       uint8_t out[CRYPT_HASH_LEN]);

/* Streaming: init, add any number of times, end once. On the stack; nothing to free. */
struct crypt_sha256 {
	_Alignas(16) uint8_t state[128];
};
struct crypt_sha512 {
	_Alignas(16) uint8_t state[256];
};
void crypt_sha256_init(struct crypt_sha256 *h);
void crypt_sha256_add(struct crypt_sha256 *h, const void *p, size_t len);
void crypt_sha256_end(struct crypt_sha256 *h, uint8_t out[CRYPT_HASH_LEN]);
void crypt_sha512_init(struct crypt_sha512 *h);
void crypt_sha512_add(struct crypt_sha512 *h, const void *p, size_t len);
void crypt_sha512_end(struct crypt_sha512 *h, uint8_t out[CRYPT_HASH512_LEN]);

/* ---- small things ---- */
void crypt_random(void *p, size_t len);
bool crypt_equal(const void *a, const void *b, size_t len); /* constant time */
void crypt_wipe(void *p, size_t len);                       /* not optimised away */

/* ---- guarded memory ---- */

/*
 * A secret of fixed length on pages of its own: guard pages around it, locked
 * into memory where the system allows, unreadable while closed, wiped when freed.
 */
struct crypt_secret;

/* Copy p (the caller wipes its own). RC_LIMIT "crypt.secret_len" for 0 or > LIMIT_SECRET; RC_NOMEM. */
enum rc crypt_secret_new(const void *p, size_t len, struct crypt_secret **ret, struct err *reterr);
enum rc crypt_secret_random(size_t len, struct crypt_secret **ret, struct err *reterr);
void crypt_secret_free(struct crypt_secret *s);
size_t crypt_secret_len(const struct crypt_secret *s);
/*
 * Make readable, and unreadable again; every open has its close. Calls nest and
 * several threads may hold a secret open at once.
 */
const uint8_t *crypt_secret_open(struct crypt_secret *s);
void crypt_secret_close(struct crypt_secret *s);

/* ---- Ed25519 ---- */

/* A key that can sign; its secret is guarded. May sign from several threads. */
struct crypt_signer;

/* From a 32-byte seed; seed stays the caller's. RC_INPUT "crypt.seed" for another length; RC_NOMEM. */
enum rc crypt_signer_new(struct crypt_secret *seed, struct crypt_signer **ret, struct err *reterr);
/* The same from plain bytes (vectors, tests). */
enum rc crypt_signer_seed(const uint8_t seed[CRYPT_SEED_LEN], struct crypt_signer **ret,
                          struct err *reterr);
void crypt_signer_free(struct crypt_signer *s);
const uint8_t *crypt_signer_pk(const struct crypt_signer *s); /* 32 bytes, borrowed */
void crypt_sign(struct crypt_signer *s, struct span msg, uint8_t sig[CRYPT_SIG_LEN]);

/*
 * Cofactorless check as libsodium 1.0.18: also refuses s >= L, a small-order R or
 * key and a non-canonical key. Same verdict for every caller (crypt_selftest).
 */
bool crypt_verify(const uint8_t sig[CRYPT_SIG_LEN], struct span msg,
                  const uint8_t pk[CRYPT_PK_LEN]);

/*
 * Is this a key to enrol? Canonical encoding of a point on the curve, in the
 * prime-order subgroup (so neither small nor mixed order). RC_REFUSED "crypt.key_point".
 */
enum rc crypt_pk_check(const uint8_t pk[CRYPT_PK_LEN], struct err *reterr);

/* ---- X25519 sealed boxes (bundles) ---- */

/* The X25519 twin of an Ed25519 key: public (RC_REFUSED "crypt.key_point") and secret. */
enum rc crypt_box_pk(const uint8_t pk[CRYPT_PK_LEN], uint8_t out[CRYPT_BOX_LEN],
                     struct err *reterr);
enum rc crypt_box_sk(struct crypt_signer *s, struct crypt_secret **ret, struct err *reterr);
/* Public half of an X25519 secret. */
enum rc crypt_box_public(struct crypt_secret *sk, uint8_t out[CRYPT_BOX_LEN], struct err *reterr);

/* crypto_box_seal: anybody can seal to pk, only sk opens; the sender stays unnamed. */
enum rc crypt_box_seal(struct span msg, const uint8_t pk[CRYPT_BOX_LEN], struct buf *out,
                       struct err *reterr);
/* RC_DENIED "crypt.box" when it is not for this key or was changed. */
enum rc crypt_box_open(struct span sealed, struct crypt_secret *sk, struct buf *out,
                       struct err *reterr);

/* ---- secretstream (XChaCha20-Poly1305): a long file in chunks, cut or reordered is noticed ---- */
struct crypt_stream {
	_Alignas(16) uint8_t state[64]; /* wiped by the chunk marked final, or crypt_stream_wipe */
};
enum rc crypt_stream_push_init(struct crypt_stream *st, struct crypt_secret *key,
                               uint8_t head[CRYPT_STREAM_HEAD], struct err *reterr);
/* Append the sealed chunk (len + CRYPT_STREAM_OVER) to *out. chunk.len <= LIMIT_STREAM_CHUNK. */
enum rc crypt_stream_push(struct crypt_stream *st, struct span chunk, bool final, struct buf *out,
                          struct err *reterr);
enum rc crypt_stream_pull_init(struct crypt_stream *st, struct crypt_secret *key,
                               const uint8_t head[CRYPT_STREAM_HEAD], struct err *reterr);
/* RC_REFUSED "crypt.stream". A file whose last chunk does not give *retfinal was cut. */
enum rc crypt_stream_pull(struct crypt_stream *st, struct span sealed, struct buf *out,
                          bool *retfinal, struct err *reterr);
void crypt_stream_wipe(struct crypt_stream *st);

/* ---- sealing a small secret by PIN or passphrase ---- */

struct crypt_kdf {
	uint32_t ops;     /* Argon2id passes */
	uint32_t mem_kib; /* KiB */
};
extern const struct crypt_kdf crypt_kdf_default; /* about 1 s on an office PC, 64 MiB */
extern const struct crypt_kdf crypt_kdf_least;   /* the smallest libsodium takes: tests only */
/*
 * What a new seal of this build takes: crypt_kdf_default, or crypt_kdf_least in a build for tests
 * (KK_QUICK_PIN), whose --version says so. A sealed file carries its own.
 */
const struct crypt_kdf *crypt_kdf(void);

/*
 * Append the sealed form of `secret` to *out:
 *   "kks1" | flags u8 | ops u32be | mem_kib u32be | salt 16 | nonce 24 | XSalsa20-Poly1305(secret)
 * Key = Argon2id13(pin, salt), and when os_secret is not NULL (flag 1) BLAKE2b(os_secret)
 * keyed with that. RC_INPUT "crypt.pin_empty"; RC_LIMIT "crypt.pin_long"; RC_NOMEM.
 * Takes the time params say; the memory is returned before it answers.
 */
enum rc crypt_seal(struct crypt_secret *secret, struct span pin, struct crypt_secret *os_secret,
                   const struct crypt_kdf *params, struct buf *out, struct err *reterr);
/*
 * RC_DENIED "crypt.pin_wrong" (or changed bytes: the two cannot be told apart); RC_CORRUPT
 * "crypt.seal_form" for bytes that were never sealed or parameters past LIMIT_KDF_*;
 * RC_UNAVAILABLE "crypt.os_secret" when sealed with an OS secret and none is given.
 */
enum rc crypt_unseal(struct span sealed, struct span pin, struct crypt_secret *os_secret,
                     struct crypt_secret **ret, struct err *reterr);

#endif
