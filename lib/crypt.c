/*
 * crypt: everything libsodium does for us (see crypt.h); the only file with sodium.h.
 * Self-test vectors are in crypt_selftest.c, which needs only crypt.h.
 */
#include "lib/crypt.h"

#include <assert.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"

static_assert(sizeof(crypto_hash_sha256_state) <= sizeof(struct crypt_sha256), "sha256 state");
static_assert(sizeof(crypto_hash_sha512_state) <= sizeof(struct crypt_sha512), "sha512 state");
static_assert(sizeof(crypto_secretstream_xchacha20poly1305_state) <= sizeof(struct crypt_stream),
	      "stream state");
static_assert(CRYPT_BOX_OVER == crypto_box_SEALBYTES, "sealed box");
static_assert(CRYPT_STREAM_OVER == crypto_secretstream_xchacha20poly1305_ABYTES, "stream");
static_assert(CRYPT_STREAM_HEAD == crypto_secretstream_xchacha20poly1305_HEADERBYTES, "stream");
static_assert(CRYPT_STREAM_KEY == crypto_secretstream_xchacha20poly1305_KEYBYTES, "stream");

enum rc crypt_init(struct err *reterr)
{
	if (sodium_init() < 0)
		return err_set(reterr, RC_INTERNAL, NULL, "crypt.init", NULL);
	return RC_OK;
}

static enum rc no_memory(struct err *reterr)
{
	return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
}

/* libsodium wants a pointer even for no bytes. */
static const uint8_t *some(struct span s)
{
	return s.len > 0 ? s.p : (const uint8_t *)"";
}

/* ------------------------------------------------------------------- hashes */

void crypt_sha256(const void *p, size_t len, uint8_t out[CRYPT_HASH_LEN])
{
	crypto_hash_sha256(out, some(span_of(p, len)), len);
}

void crypt_sha256_2(struct span a, struct span b, uint8_t out[CRYPT_HASH_LEN])
{
	crypto_hash_sha256_state st;

	crypto_hash_sha256_init(&st);
	crypto_hash_sha256_update(&st, some(a), a.len);
	crypto_hash_sha256_update(&st, some(b), b.len);
	crypto_hash_sha256_final(&st, out);
}

void crypt_hmac_sha256(struct span key, const struct span *part, size_t npart,
		       uint8_t out[CRYPT_HASH_LEN])
{
	crypto_auth_hmacsha256_state st;

	crypto_auth_hmacsha256_init(&st, some(key), key.len);
	for (size_t i = 0; i < npart; i++)
		crypto_auth_hmacsha256_update(&st, some(part[i]), part[i].len);
	crypto_auth_hmacsha256_final(&st, out);
	sodium_memzero(&st, sizeof(st));
}

void crypt_sha512(const void *p, size_t len, uint8_t out[CRYPT_HASH512_LEN])
{
	crypto_hash_sha512(out, some(span_of(p, len)), len);
}

void crypt_sha256_init(struct crypt_sha256 *h)
{
	crypto_hash_sha256_init((void *)h->state);
}

void crypt_sha256_add(struct crypt_sha256 *h, const void *p, size_t len)
{
	crypto_hash_sha256_update((void *)h->state, some(span_of(p, len)), len);
}

void crypt_sha256_end(struct crypt_sha256 *h, uint8_t out[CRYPT_HASH_LEN])
{
	crypto_hash_sha256_final((void *)h->state, out);
}

void crypt_sha512_init(struct crypt_sha512 *h)
{
	crypto_hash_sha512_init((void *)h->state);
}

void crypt_sha512_add(struct crypt_sha512 *h, const void *p, size_t len)
{
	crypto_hash_sha512_update((void *)h->state, some(span_of(p, len)), len);
}

void crypt_sha512_end(struct crypt_sha512 *h, uint8_t out[CRYPT_HASH512_LEN])
{
	crypto_hash_sha512_final((void *)h->state, out);
}

void crypt_random(void *p, size_t len)
{
	randombytes_buf(p, len);
}

bool crypt_equal(const void *a, const void *b, size_t len)
{
	return len == 0 || sodium_memcmp(a, b, len) == 0;
}

void crypt_wipe(void *p, size_t len)
{
	if (len > 0)
		sodium_memzero(p, len);
}

/* ----------------------------------------------------------- guarded memory */

struct crypt_secret {
	uint8_t *p; /* sodium_malloc: guard pages, locked, wiped when freed */
	size_t len; /* bytes */
	unsigned opens;
	atomic_flag lock; /* held only around a change of protection */
};

/* A secret whose memory is still writable; secret_close_first makes it unreadable. */
static enum rc secret_alloc(size_t len, struct crypt_secret **ret, struct err *reterr)
{
	if (len == 0 || len > LIMIT_SECRET)
		return err_set(reterr, RC_LIMIT, NULL, "crypt.secret_len", NULL);
	struct crypt_secret *s = calloc(1, sizeof(*s));
	if (!s)
		return no_memory(reterr);
	s->p = sodium_malloc(len);
	if (!s->p) {
		free(s);
		return no_memory(reterr);
	}
	s->len = len;
	atomic_flag_clear(&s->lock);
	*ret = s;
	return RC_OK;
}

static void secret_close_first(struct crypt_secret *s)
{
	int failed = sodium_mprotect_noaccess(s->p);

	assert(!failed);
	(void)failed;
}

enum rc crypt_secret_new(const void *p, size_t len, struct crypt_secret **ret, struct err *reterr)
{
	struct crypt_secret *s;
	enum rc rc = secret_alloc(len, &s, reterr);

	if (rc != RC_OK)
		return rc;
	memcpy(s->p, p, len);
	secret_close_first(s);
	*ret = s;
	return RC_OK;
}

enum rc crypt_secret_random(size_t len, struct crypt_secret **ret, struct err *reterr)
{
	struct crypt_secret *s;
	enum rc rc = secret_alloc(len, &s, reterr);

	if (rc != RC_OK)
		return rc;
	randombytes_buf(s->p, len);
	secret_close_first(s);
	*ret = s;
	return RC_OK;
}

void crypt_secret_free(struct crypt_secret *s)
{
	if (!s)
		return;
	sodium_free(s->p); /* makes it writable, wipes, unmaps */
	free(s);
}

size_t crypt_secret_len(const struct crypt_secret *s)
{
	return s->len;
}

static void secret_lock(struct crypt_secret *s)
{
	while (atomic_flag_test_and_set_explicit(&s->lock, memory_order_acquire))
		continue;
}

static void secret_unlock(struct crypt_secret *s)
{
	atomic_flag_clear_explicit(&s->lock, memory_order_release);
}

const uint8_t *crypt_secret_open(struct crypt_secret *s)
{
	secret_lock(s);
	if (s->opens++ == 0) {
		int failed = sodium_mprotect_readonly(s->p);
		assert(!failed);
		(void)failed;
	}
	secret_unlock(s);
	return s->p;
}

void crypt_secret_close(struct crypt_secret *s)
{
	secret_lock(s);
	assert(s->opens > 0);
	if (--s->opens == 0)
		secret_close_first(s);
	secret_unlock(s);
}

/* ------------------------------------------------------------------ Ed25519 */

struct crypt_signer {
	uint8_t pk[CRYPT_PK_LEN];
	struct crypt_secret
	    *sk; /* seed || pk, libsodium's form: saves a scalar product per signature */
};

enum rc crypt_signer_seed(const uint8_t seed[CRYPT_SEED_LEN], struct crypt_signer **ret,
			  struct err *reterr)
{
	struct crypt_signer *s = calloc(1, sizeof(*s));

	if (!s)
		return no_memory(reterr);
	enum rc rc = secret_alloc(crypto_sign_SECRETKEYBYTES, &s->sk, reterr);
	if (rc != RC_OK) {
		free(s);
		return rc;
	}
	crypto_sign_seed_keypair(s->pk, s->sk->p, seed);
	secret_close_first(s->sk);
	*ret = s;
	return RC_OK;
}

enum rc crypt_signer_new(struct crypt_secret *seed, struct crypt_signer **ret, struct err *reterr)
{
	if (seed->len != CRYPT_SEED_LEN)
		return err_set(reterr, RC_INPUT, NULL, "crypt.seed", NULL);
	enum rc rc = crypt_signer_seed(crypt_secret_open(seed), ret, reterr);
	crypt_secret_close(seed);
	return rc;
}

void crypt_signer_free(struct crypt_signer *s)
{
	if (!s)
		return;
	crypt_secret_free(s->sk);
	free(s);
}

const uint8_t *crypt_signer_pk(const struct crypt_signer *s)
{
	return s->pk;
}

void crypt_sign(struct crypt_signer *s, struct span msg, uint8_t sig[CRYPT_SIG_LEN])
{
	crypto_sign_detached(sig, NULL, some(msg), msg.len, crypt_secret_open(s->sk));
	crypt_secret_close(s->sk);
}

bool crypt_verify(const uint8_t sig[CRYPT_SIG_LEN], struct span msg, const uint8_t pk[CRYPT_PK_LEN])
{
	return crypto_sign_verify_detached(sig, some(msg), msg.len, pk) == 0;
}

static enum rc bad_key(struct err *reterr)
{
	return err_set(reterr, RC_REFUSED, NULL, "crypt.key_point", NULL);
}

enum rc crypt_pk_check(const uint8_t pk[CRYPT_PK_LEN], struct err *reterr)
{
	return crypto_core_ed25519_is_valid_point(pk) ? RC_OK : bad_key(reterr);
}

/* ------------------------------------------------------------- sealed boxes */

enum rc crypt_box_pk(const uint8_t pk[CRYPT_PK_LEN], uint8_t out[CRYPT_BOX_LEN], struct err *reterr)
{
	uint8_t x[CRYPT_BOX_LEN];

	if (crypto_sign_ed25519_pk_to_curve25519(x, pk) != 0)
		return bad_key(reterr);
	memcpy(out, x, sizeof(x));
	return RC_OK;
}

enum rc crypt_box_sk(struct crypt_signer *s, struct crypt_secret **ret, struct err *reterr)
{
	struct crypt_secret *x;
	enum rc rc = secret_alloc(CRYPT_BOX_LEN, &x, reterr);

	if (rc != RC_OK)
		return rc;
	crypto_sign_ed25519_sk_to_curve25519(x->p, crypt_secret_open(s->sk));
	crypt_secret_close(s->sk);
	secret_close_first(x);
	*ret = x;
	return RC_OK;
}

enum rc crypt_box_public(struct crypt_secret *sk, uint8_t out[CRYPT_BOX_LEN], struct err *reterr)
{
	if (sk->len != CRYPT_BOX_LEN)
		return err_set(reterr, RC_INPUT, NULL, "crypt.seed", NULL);
	crypto_scalarmult_base(out, crypt_secret_open(sk));
	crypt_secret_close(sk);
	return RC_OK;
}

enum rc crypt_box_seal(struct span msg, const uint8_t pk[CRYPT_BOX_LEN], struct buf *out,
		       struct err *reterr)
{
	uint8_t *c = malloc(msg.len + CRYPT_BOX_OVER);

	if (!c)
		return no_memory(reterr);
	enum rc rc = RC_OK;
	if (crypto_box_seal(c, some(msg), msg.len, pk) == 0)
		buf_add(out, c, msg.len + CRYPT_BOX_OVER);
	else
		rc = bad_key(reterr);
	free(c);
	return rc == RC_OK ? buf_check(out, reterr) : rc;
}

enum rc crypt_box_open(struct span sealed, struct crypt_secret *sk, struct buf *out,
		       struct err *reterr)
{
	uint8_t pk[CRYPT_BOX_LEN];
	enum rc rc = crypt_box_public(sk, pk, reterr);

	if (rc != RC_OK)
		return rc;
	if (sealed.len < CRYPT_BOX_OVER)
		return err_set(reterr, RC_DENIED, NULL, "crypt.box", NULL);
	size_t len = sealed.len - CRYPT_BOX_OVER;
	uint8_t *m = malloc(len + 1);
	if (!m)
		return no_memory(reterr);
	if (crypto_box_seal_open(m, sealed.p, sealed.len, pk, crypt_secret_open(sk)) == 0)
		buf_add(out, m, len);
	else
		rc = err_set(reterr, RC_DENIED, NULL, "crypt.box", NULL);
	crypt_secret_close(sk);
	crypt_wipe(m, len);
	free(m);
	return rc == RC_OK ? buf_check(out, reterr) : rc;
}

/* ------------------------------------------------------------- secretstream */

static crypto_secretstream_xchacha20poly1305_state *stream(struct crypt_stream *st)
{
	return (void *)st->state;
}

enum rc crypt_stream_push_init(struct crypt_stream *st, struct crypt_secret *key,
			       uint8_t head[CRYPT_STREAM_HEAD], struct err *reterr)
{
	if (key->len != CRYPT_STREAM_KEY)
		return err_set(reterr, RC_INPUT, NULL, "crypt.seed", NULL);
	crypto_secretstream_xchacha20poly1305_init_push(stream(st), head, crypt_secret_open(key));
	crypt_secret_close(key);
	return RC_OK;
}

enum rc crypt_stream_push(struct crypt_stream *st, struct span chunk, bool final, struct buf *out,
			  struct err *reterr)
{
	if (chunk.len > LIMIT_STREAM_CHUNK)
		return err_num(reterr, RC_LIMIT, NULL, "buf.ceiling", "max",
			       (long long)LIMIT_STREAM_CHUNK);
	uint8_t *c = malloc(chunk.len + CRYPT_STREAM_OVER);
	if (!c)
		return no_memory(reterr);
	crypto_secretstream_xchacha20poly1305_push(
	    stream(st), c, NULL, some(chunk), chunk.len, NULL, 0,
	    final ? crypto_secretstream_xchacha20poly1305_TAG_FINAL
		  : crypto_secretstream_xchacha20poly1305_TAG_MESSAGE);
	buf_add(out, c, chunk.len + CRYPT_STREAM_OVER);
	free(c);
	if (final)
		crypt_stream_wipe(st);
	return buf_check(out, reterr);
}

enum rc crypt_stream_pull_init(struct crypt_stream *st, struct crypt_secret *key,
			       const uint8_t head[CRYPT_STREAM_HEAD], struct err *reterr)
{
	if (key->len != CRYPT_STREAM_KEY)
		return err_set(reterr, RC_INPUT, NULL, "crypt.seed", NULL);
	int failed = crypto_secretstream_xchacha20poly1305_init_pull(stream(st), head,
								     crypt_secret_open(key));
	crypt_secret_close(key);
	return failed ? err_set(reterr, RC_REFUSED, NULL, "crypt.stream", NULL) : RC_OK;
}

enum rc crypt_stream_pull(struct crypt_stream *st, struct span sealed, struct buf *out,
			  bool *retfinal, struct err *reterr)
{
	unsigned char tag;

	if (sealed.len < CRYPT_STREAM_OVER || sealed.len > LIMIT_STREAM_CHUNK + CRYPT_STREAM_OVER)
		return err_set(reterr, RC_REFUSED, NULL, "crypt.stream", NULL);
	size_t len = sealed.len - CRYPT_STREAM_OVER;
	uint8_t *m = malloc(len + 1);
	if (!m)
		return no_memory(reterr);
	int failed = crypto_secretstream_xchacha20poly1305_pull(stream(st), m, NULL, &tag, sealed.p,
								sealed.len, NULL, 0);
	if (!failed)
		buf_add(out, m, len);
	crypt_wipe(m, len);
	free(m);
	if (failed)
		return err_set(reterr, RC_REFUSED, NULL, "crypt.stream", NULL);
	enum rc rc = buf_check(out, reterr);
	if (rc != RC_OK)
		return rc;
	*retfinal = tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL;
	if (*retfinal)
		crypt_stream_wipe(st);
	return RC_OK;
}

void crypt_stream_wipe(struct crypt_stream *st)
{
	crypt_wipe(st, sizeof(*st));
}

/* ----------------------------------------------------------- sealing by PIN */

/* Offsets of the sealed form (crypt.h). */
enum {
	SEAL_FLAGS = 4,
	SEAL_OPS = 5,
	SEAL_MEM = 9,
	SEAL_SALT = 13,
	SEAL_NONCE = SEAL_SALT + crypto_pwhash_SALTBYTES,
	SEAL_HEAD = SEAL_NONCE + crypto_secretbox_NONCEBYTES,
	SEAL_WITH_OS = 1
};
static const char seal_magic[4] = {'k', 'k', 's', '1'};

const struct crypt_kdf crypt_kdf_default = {.ops = 24, .mem_kib = 64 * 1024};
const struct crypt_kdf crypt_kdf_least = {.ops = 1, .mem_kib = 8};

const struct crypt_kdf *crypt_kdf(void)
{
#ifdef KK_QUICK_PIN
	return &crypt_kdf_least;
#else
	return &crypt_kdf_default;
#endif
}

static enum rc pin_check(struct span pin, struct err *reterr)
{
	if (pin.len == 0)
		return err_set(reterr, RC_INPUT, NULL, "crypt.pin_empty", NULL);
	if (pin.len > LIMIT_PIN)
		return err_num(reterr, RC_LIMIT, NULL, "crypt.pin_long", "max", LIMIT_PIN);
	return RC_OK;
}

/* The secretbox key of a header, PIN and OS secret, in guarded memory. */
static enum rc seal_key(const uint8_t head[SEAL_HEAD], struct span pin,
			struct crypt_secret *os_secret, struct crypt_secret **ret,
			struct err *reterr)
{
	struct crypt_secret *k;
	uint8_t mixed[crypto_secretbox_KEYBYTES];
	enum rc rc = secret_alloc(crypto_secretbox_KEYBYTES, &k, reterr);

	if (rc != RC_OK)
		return rc;
	if (crypto_pwhash(k->p, k->len, (const char *)pin.p, pin.len, head + SEAL_SALT,
			  codec_get_be32(head + SEAL_OPS),
			  (size_t)codec_get_be32(head + SEAL_MEM) * 1024,
			  crypto_pwhash_ALG_ARGON2ID13) != 0) {
		crypt_secret_free(k);
		return no_memory(reterr);
	}
	if (os_secret) {
		crypto_generichash(mixed, sizeof(mixed), crypt_secret_open(os_secret),
				   os_secret->len, k->p, k->len);
		crypt_secret_close(os_secret);
		memcpy(k->p, mixed, sizeof(mixed));
		crypt_wipe(mixed, sizeof(mixed));
	}
	secret_close_first(k);
	*ret = k;
	return RC_OK;
}

enum rc crypt_seal(struct crypt_secret *secret, struct span pin, struct crypt_secret *os_secret,
		   const struct crypt_kdf *params, struct buf *out, struct err *reterr)
{
	uint8_t head[SEAL_HEAD], box[LIMIT_SECRET + crypto_secretbox_MACBYTES];
	struct crypt_secret *key;
	enum rc rc = pin_check(pin, reterr);

	if (rc != RC_OK)
		return rc;
	assert(params->ops <= LIMIT_KDF_OPS && params->mem_kib <= LIMIT_KDF_MEM_KIB);
	memcpy(head, seal_magic, sizeof(seal_magic));
	head[SEAL_FLAGS] = os_secret ? SEAL_WITH_OS : 0;
	codec_put_be32(head + SEAL_OPS, params->ops);
	codec_put_be32(head + SEAL_MEM, params->mem_kib);
	randombytes_buf(head + SEAL_SALT, SEAL_HEAD - SEAL_SALT);
	rc = seal_key(head, pin, os_secret, &key, reterr);
	if (rc != RC_OK)
		return rc;
	crypto_secretbox_easy(box, crypt_secret_open(secret), secret->len, head + SEAL_NONCE,
			      crypt_secret_open(key));
	crypt_secret_close(secret);
	crypt_secret_close(key);
	crypt_secret_free(key);
	buf_add(out, head, sizeof(head));
	buf_add(out, box, secret->len + crypto_secretbox_MACBYTES);
	return buf_check(out, reterr);
}

static bool seal_form(struct span s)
{
	if (s.len <= SEAL_HEAD + crypto_secretbox_MACBYTES ||
	    s.len > SEAL_HEAD + crypto_secretbox_MACBYTES + LIMIT_SECRET ||
	    memcmp(s.p, seal_magic, sizeof(seal_magic)) != 0 || s.p[SEAL_FLAGS] > SEAL_WITH_OS)
		return false;
	uint32_t ops = codec_get_be32(s.p + SEAL_OPS), mem = codec_get_be32(s.p + SEAL_MEM);
	return ops >= 1 && ops <= LIMIT_KDF_OPS && mem >= 8 && mem <= LIMIT_KDF_MEM_KIB;
}

enum rc crypt_unseal(struct span sealed, struct span pin, struct crypt_secret *os_secret,
		     struct crypt_secret **ret, struct err *reterr)
{
	struct crypt_secret *key = NULL, *s = NULL;
	enum rc rc = pin_check(pin, reterr);

	if (rc != RC_OK)
		return rc;
	if (!seal_form(sealed))
		return err_set(reterr, RC_CORRUPT, NULL, "crypt.seal_form", NULL);
	bool with_os = sealed.p[SEAL_FLAGS] == SEAL_WITH_OS;
	if (with_os && !os_secret)
		return err_set(reterr, RC_UNAVAILABLE, NULL, "crypt.os_secret", NULL);
	rc = secret_alloc(sealed.len - SEAL_HEAD - crypto_secretbox_MACBYTES, &s, reterr);
	if (rc != RC_OK)
		return rc;
	rc = seal_key(sealed.p, pin, with_os ? os_secret : NULL, &key, reterr);
	if (rc == RC_OK) {
		if (crypto_secretbox_open_easy(s->p, sealed.p + SEAL_HEAD, sealed.len - SEAL_HEAD,
					       sealed.p + SEAL_NONCE, crypt_secret_open(key)) != 0)
			rc = err_set(reterr, RC_DENIED, NULL, "crypt.pin_wrong", NULL);
		crypt_secret_close(key);
	}
	crypt_secret_free(key);
	if (rc != RC_OK) {
		crypt_secret_free(s);
		return rc;
	}
	secret_close_first(s);
	*ret = s;
	return RC_OK;
}
