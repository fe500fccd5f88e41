/*
 * crypt_test: hashes, Ed25519 against published vectors (tests/vectors/ed25519_edge.txt), guarded
 * memory, sealed boxes, streams and sealing by PIN: what opens, and all that must not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/codec.h"
#include "lib/crypt.h"
#include "lib/limits.h"
#include "lib/os.h"

static int setup(void **state)
{
	(void)state;
	return crypt_init(NULL) == RC_OK ? 0 : -1;
}

static void check_hex(const uint8_t *got, size_t len, const char *want)
{
	char text[200];

	codec_hex(got, len, text);
	assert_string_equal(text, want);
}

static void unhex(const char *text, void *out, size_t len)
{
	assert_true(codec_hex_exact(span_str(text), out, len));
}

/* ------------------------------------------------------------------- hashes */

static void test_hashes(void **state)
{
	static const char two[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	uint8_t h[64];

	(void)state;
	crypt_sha256(NULL, 0, h);
	check_hex(h, 32, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	crypt_sha256("abc", 3, h);
	check_hex(h, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	crypt_sha256(two, strlen(two), h);
	check_hex(h, 32, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	crypt_sha256_2(span_of(two, 20), span_str(two + 20), h);
	check_hex(h, 32, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	crypt_sha256_2(span_of(NULL, 0), span_str("abc"), h);
	check_hex(h, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	crypt_sha512("abc", 3, h);
	check_hex(h, 64,
		  "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		  "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

/* RFC 4231, 4.2 to 4.8: test 5 keeps 16 bytes. The data comes whole and cut in two. */
static void test_hmac(void **state)
{
	static const struct {
		const char *key, *data, *mac;
	} v[] = {
	    {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "Hi There",
	     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
	    {"4a656665", "what do ya want for nothing?",
	     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
	    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "\xdd*50",
	     "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
	    {"0102030405060708090a0b0c0d0e0f10111213141516171819", "\xcd*50",
	     "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
	    {"0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c", "Test With Truncation",
	     "a3b6167473100ee06e0c796c2955552b"},
	    {"aa*131", "Test Using Larger Than Block-Size Key - Hash Key First",
	     "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
	    {"aa*131",
	     "This is a test using a larger than block-size key and a larger than block-size data. "
	     "The key needs to be hashed before being used by the HMAC algorithm.",
	     "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		uint8_t key[131], data[200], mac[32], want[32];
		size_t nkey = strlen(v[i].key) / 2, ndata = strlen(v[i].data), n = strlen(v[i].mac) / 2;

		memset(key, 0xaa, sizeof(key));
		if (strcmp(v[i].key, "aa*131") == 0)
			nkey = sizeof(key);
		else
			unhex(v[i].key, key, nkey);
		memcpy(data, v[i].data, ndata);
		if (ndata == 4 && data[1] == '*') { /* fifty of the first */
			memset(data, data[0], 50);
			ndata = 50;
		}
		unhex(v[i].mac, want, n);
		for (size_t cut = 0; cut <= ndata; cut += ndata / 3) {
			const struct span part[] = {span_of(data, cut), span_of(data + cut, ndata - cut)};

			crypt_hmac_sha256(span_of(key, nkey), part, 2, mac);
			assert_memory_equal(mac, want, n);
		}
	}
}

static void test_streaming(void **state)
{
	struct crypt_sha256 s;
	struct crypt_sha512 w;
	uint8_t data[1000], one[64], many[64];

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (uint8_t)(i * 7);
	for (size_t step = 1; step < 300; step += 37) {
		crypt_sha256_init(&s);
		crypt_sha512_init(&w);
		for (size_t at = 0; at < sizeof(data); at += step) {
			size_t n = sizeof(data) - at < step ? sizeof(data) - at : step;
			crypt_sha256_add(&s, data + at, n);
			crypt_sha512_add(&w, data + at, n);
		}
		crypt_sha256_add(&s, NULL, 0);
		crypt_sha256_end(&s, many);
		crypt_sha256(data, sizeof(data), one);
		assert_memory_equal(one, many, 32);
		crypt_sha512_end(&w, many);
		crypt_sha512(data, sizeof(data), one);
		assert_memory_equal(one, many, 64);
	}
}

static void test_small_things(void **state)
{
	uint8_t a[32] = {0}, b[32] = {0};

	(void)state;
	assert_true(crypt_equal(a, b, 32));
	crypt_random(a, 32);
	assert_false(crypt_equal(a, b, 32));
	crypt_random(b, 32);
	assert_false(crypt_equal(a, b, 32));
	assert_true(crypt_equal(a, b, 0));
	crypt_wipe(a, 32);
	for (size_t i = 0; i < 32; i++)
		assert_int_equal(a[i], 0);
}

/* ------------------------------------------------------------------ Ed25519 */

static void test_selftest(void **state)
{
	struct err e = {0};

	(void)state;
	assert_int_equal(crypt_selftest(&e), RC_OK);
	assert_string_equal(e.key, "");
}

static void test_edge_vectors(void **state)
{
	FILE *f = fopen("tests/vectors/ed25519_edge.txt", "rb");
	char line[600];
	int count = 0, accepted = 0;

	(void)state;
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		uint8_t msg[32], pk[32], sig[64];
		char verdict[8], m[65], p[65], s[129];
		int n;
		if (line[0] == '#')
			continue;
		assert_int_equal(sscanf(line, "%d %7s %64s %64s %128s", &n, verdict, m, p, s), 5);
		assert_int_equal(n, count++);
		unhex(m, msg, 32);
		unhex(p, pk, 32);
		unhex(s, sig, 64);
		bool want = strcmp(verdict, "accept") == 0;
		assert_true(want || strcmp(verdict, "refuse") == 0);
		if (crypt_verify(sig, span_of(msg, 32), pk) != want)
			fail_msg("case %d is not to %s", n, verdict);
		accepted += want;
		/* all of them are keys with a torsion part or no canonical encoding: none may be enrolled,
		 * but for 6 and 7, whose fault is in S alone */
		assert_int_equal(crypt_pk_check(pk, NULL), n == 6 || n == 7 ? RC_OK : RC_REFUSED);
	}
	fclose(f);
	assert_int_equal(count, 12);
	assert_int_equal(accepted, 1);
}

static struct crypt_signer *signer_of(uint8_t fill)
{
	uint8_t seed[CRYPT_SEED_LEN];
	struct crypt_signer *s = NULL;

	memset(seed, fill, sizeof(seed));
	assert_int_equal(crypt_signer_seed(seed, &s, NULL), RC_OK);
	return s;
}

/* Any bit of message, signature or key changed: refused. */
static void test_every_bit(void **state)
{
	struct crypt_signer *s = signer_of(1);
	uint8_t msg[56], sig[64], pk[32];

	(void)state;
	memset(msg, 'm', sizeof(msg));
	memcpy(pk, crypt_signer_pk(s), 32);
	check_hex(pk, 32, "8a88e3dd7409f195fd52db2d3cba5d72ca6709bf1d94121bf3748801b40f6f5c");
	crypt_sign(s, span_of(msg, sizeof(msg)), sig);
	assert_true(crypt_verify(sig, span_of(msg, sizeof(msg)), pk));
	assert_false(crypt_verify(sig, span_of(msg, sizeof(msg) - 1), pk));
	assert_false(crypt_verify(sig, span_of(NULL, 0), pk));
	struct {
		uint8_t *p;
		size_t len;
	} parts[] = {{msg, sizeof(msg)}, {sig, sizeof(sig)}, {pk, sizeof(pk)}};
	for (size_t k = 0; k < 3; k++) {
		for (size_t bit = 0; bit < parts[k].len * 8; bit++) {
			parts[k].p[bit / 8] ^= (uint8_t)(1u << (bit % 8));
			if (crypt_verify(sig, span_of(msg, sizeof(msg)), pk))
				fail_msg("bit %zu of part %zu", bit, k);
			parts[k].p[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		}
	}
	assert_true(crypt_verify(sig, span_of(msg, sizeof(msg)), pk));
	crypt_signer_free(s);
	crypt_signer_free(NULL);
}

static void test_pk_check(void **state)
{
	/* the eight small-order points, those with y >= p among them, and what is no point */
	static const char *const bad[] = {
	    "0100000000000000000000000000000000000000000000000000000000000000",
	    "0000000000000000000000000000000000000000000000000000000000000000",
	    "0000000000000000000000000000000000000000000000000000000000000080",
	    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
	    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
	    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
	    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
	    "0100000000000000000000000000000000000000000000000000000000000080",
	    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	    "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
	    "0200000000000000000000000000000000000000000000000000000000000000",
	};
	struct crypt_signer *s = signer_of(9);
	uint8_t pk[32];
	struct err e = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		unhex(bad[i], pk, 32);
		if (crypt_pk_check(pk, &e) != RC_REFUSED)
			fail_msg("taken for a key: %s", bad[i]);
		assert_string_equal(e.key, "crypt.key_point");
	}
	assert_int_equal(crypt_pk_check(crypt_signer_pk(s), NULL), RC_OK);
	crypt_signer_free(s);
}

/* ----------------------------------------------------------- guarded memory */

static void test_secret(void **state)
{
	struct crypt_secret *s = NULL, *r = NULL;
	struct err e = {0};

	(void)state;
	assert_int_equal(crypt_secret_new("0123456789", 10, &s, NULL), RC_OK);
	assert_int_equal(crypt_secret_len(s), 10);
	const uint8_t *p = crypt_secret_open(s);
	assert_memory_equal(p, "0123456789", 10);
	assert_ptr_equal(crypt_secret_open(s), p);
	crypt_secret_close(s);
	assert_memory_equal(p, "0123456789", 10); /* one holder is left */
	crypt_secret_close(s);
	assert_memory_equal(crypt_secret_open(s), "0123456789", 10);
	crypt_secret_close(s);
	crypt_secret_free(s);
	assert_int_equal(crypt_secret_random(32, &r, NULL), RC_OK);
	uint8_t zero[32] = {0};
	assert_memory_not_equal(crypt_secret_open(r), zero, 32);
	crypt_secret_free(r); /* also while open */
	crypt_secret_free(NULL);
	assert_int_equal(crypt_secret_new("", 0, &s, &e), RC_LIMIT);
	assert_string_equal(e.key, "crypt.secret_len");
	assert_int_equal(crypt_secret_random(LIMIT_SECRET + 1, &s, &e), RC_LIMIT);
}

/* Permissions of the memory at p as the system tells them ("r--p"); "" where it does not tell. */
static void permissions(const void *p, char out[5])
{
	FILE *f = fopen("/proc/self/maps", "r");
	char line[512];

	out[0] = '\0';
	while (f && fgets(line, sizeof(line), f)) {
		unsigned long from, to;
		char perm[5];
		if (sscanf(line, "%lx-%lx %4s", &from, &to, perm) == 3 && (uintptr_t)p >= from &&
		    (uintptr_t)p < to)
			memcpy(out, perm, sizeof(perm));
	}
	if (f)
		fclose(f);
}

static void test_secret_is_unreadable(void **state)
{
	struct crypt_secret *s;
	char open[5], closed[5];

	(void)state;
	assert_int_equal(crypt_secret_new("0123456789", 10, &s, NULL), RC_OK);
	const uint8_t *p = crypt_secret_open(s);
	permissions(p, open);
	crypt_secret_close(s);
	permissions(p, closed);
	crypt_secret_free(s);
	if (open[0] == '\0')
		skip();
	assert_string_equal(open, "r--p");
	assert_string_equal(closed, "---p");
}

/* Several threads sign with one key at once: its memory opens and closes under all of them. */
struct work {
	struct crypt_signer *signer;
	uint8_t want[CRYPT_SIG_LEN];
	unsigned wrong;
};

static void sign_often(void *arg)
{
	struct work *w = arg;
	uint8_t sig[CRYPT_SIG_LEN];

	for (int i = 0; i < 200; i++) {
		crypt_sign(w->signer, span_str("msg"), sig);
		w->wrong += memcmp(sig, w->want, sizeof(sig)) != 0;
	}
}

static void test_signing_threads(void **state)
{
	struct crypt_signer *s = signer_of(3);
	struct os_thread *thread[4];
	struct work work[4];

	(void)state;
	for (int i = 0; i < 4; i++) {
		work[i] = (struct work){.signer = s};
		crypt_sign(s, span_str("msg"), work[i].want);
		assert_int_equal(os_thread_start(&thread[i], sign_often, &work[i], NULL), RC_OK);
	}
	for (int i = 0; i < 4; i++) {
		os_thread_join(thread[i]);
		assert_int_equal(work[i].wrong, 0);
	}
	crypt_signer_free(s);
}

static void test_signer_from_secret(void **state)
{
	uint8_t seed[33];
	struct crypt_secret *secret, *wrong;
	struct crypt_signer *a, *b = signer_of(2);
	struct err e = {0};

	(void)state;
	memset(seed, 2, sizeof(seed));
	assert_int_equal(crypt_secret_new(seed, 32, &secret, NULL), RC_OK);
	assert_int_equal(crypt_secret_new(seed, 33, &wrong, NULL), RC_OK);
	assert_int_equal(crypt_signer_new(secret, &a, NULL), RC_OK);
	assert_memory_equal(crypt_signer_pk(a), crypt_signer_pk(b), 32);
	assert_int_equal(crypt_signer_new(wrong, &a, &e), RC_INPUT);
	assert_string_equal(e.key, "crypt.seed");
	crypt_secret_free(secret);
	crypt_secret_free(wrong);
	crypt_signer_free(a);
	crypt_signer_free(b);
}

/* ------------------------------------------------------------- sealed boxes */

static void test_box(void **state)
{
	struct crypt_signer *alice = signer_of(1), *bob = signer_of(2);
	struct crypt_secret *alice_sk, *bob_sk;
	uint8_t pk[32], pk2[32];
	struct buf box, out;
	struct err e = {0};

	(void)state;
	assert_int_equal(crypt_box_pk(crypt_signer_pk(alice), pk, NULL), RC_OK);
	assert_int_equal(crypt_box_sk(alice, &alice_sk, NULL), RC_OK);
	assert_int_equal(crypt_box_sk(bob, &bob_sk, NULL), RC_OK);
	assert_int_equal(crypt_box_public(alice_sk, pk2, NULL), RC_OK);
	assert_memory_equal(pk, pk2, 32);
	buf_init(&box, 1000);
	buf_init(&out, 1000);
	assert_int_equal(crypt_box_seal(span_str("thư kín"), pk, &box, NULL), RC_OK);
	assert_int_equal(box.len, strlen("thư kín") + CRYPT_BOX_OVER);
	assert_int_equal(crypt_box_open(span_buf(&box), alice_sk, &out, NULL), RC_OK);
	assert_true(span_eq_str(span_buf(&out), "thư kín"));
	assert_int_equal(crypt_box_open(span_buf(&box), bob_sk, &out, &e), RC_DENIED);
	assert_string_equal(e.key, "crypt.box");
	for (size_t n = 0; n < box.len; n++)
		assert_int_equal(crypt_box_open(span_of(box.p, n), alice_sk, &out, NULL),
				 RC_DENIED);
	for (size_t i = 0; i < box.len; i++) {
		box.p[i] ^= 0x10;
		assert_int_equal(crypt_box_open(span_buf(&box), alice_sk, &out, NULL), RC_DENIED);
		box.p[i] ^= 0x10;
	}
	assert_true(span_eq_str(span_buf(&out), "thư kín"));
	buf_reset(&box);
	buf_reset(&out);
	assert_int_equal(crypt_box_seal(span_of(NULL, 0), pk, &box, NULL), RC_OK);
	assert_int_equal(crypt_box_open(span_buf(&box), alice_sk, &out, NULL), RC_OK);
	assert_int_equal(out.len, 0);
	memset(pk, 0, 32);
	assert_int_equal(crypt_box_pk(pk, pk2, &e), RC_REFUSED);
	assert_string_equal(e.key, "crypt.key_point");
	assert_int_equal(crypt_box_seal(span_str("x"), pk, &box, NULL), RC_REFUSED);
	buf_free(&box);
	buf_free(&out);
	crypt_secret_free(alice_sk);
	crypt_secret_free(bob_sk);
	crypt_signer_free(alice);
	crypt_signer_free(bob);
}

/* ------------------------------------------------------------- secretstream */

enum { CHUNKS = 4 };
static const char *const chunk_text[CHUNKS] = {"một", "", "hai", "ba"};

static void seal_chunks(struct crypt_secret *key, uint8_t head[CRYPT_STREAM_HEAD],
			struct buf sealed[CHUNKS])
{
	struct crypt_stream st;

	assert_int_equal(crypt_stream_push_init(&st, key, head, NULL), RC_OK);
	for (int i = 0; i < CHUNKS; i++) {
		buf_init(&sealed[i], 1000);
		assert_int_equal(crypt_stream_push(&st, span_str(chunk_text[i]), i == CHUNKS - 1,
						   &sealed[i], NULL),
				 RC_OK);
		assert_int_equal(sealed[i].len, strlen(chunk_text[i]) + CRYPT_STREAM_OVER);
	}
}

/* Chunks opened, in the order given, until one is refused. */
static int open_chunks(struct crypt_secret *key, const uint8_t head[CRYPT_STREAM_HEAD],
		       struct buf sealed[CHUNKS], const int order[CHUNKS], bool *retfinal)
{
	struct crypt_stream st;
	struct err e = {0};
	struct buf out;
	int n = 0;

	*retfinal = false;
	assert_int_equal(crypt_stream_pull_init(&st, key, head, NULL), RC_OK);
	buf_init(&out, 1000);
	for (; n < CHUNKS; n++) {
		buf_reset(&out);
		enum rc rc =
		    crypt_stream_pull(&st, span_buf(&sealed[order[n]]), &out, retfinal, &e);
		if (rc != RC_OK) {
			assert_int_equal(rc, RC_REFUSED);
			assert_string_equal(e.key, "crypt.stream");
			assert_int_equal(out.len, 0);
			break;
		}
		assert_true(span_eq_str(span_buf(&out), chunk_text[order[n]]));
		assert_int_equal(*retfinal, order[n] == CHUNKS - 1);
	}
	buf_free(&out);
	crypt_stream_wipe(&st);
	return n;
}

static void test_stream(void **state)
{
	struct crypt_secret *key, *other;
	uint8_t head[CRYPT_STREAM_HEAD];
	struct buf sealed[CHUNKS];
	bool final;

	(void)state;
	assert_int_equal(crypt_secret_random(CRYPT_STREAM_KEY, &key, NULL), RC_OK);
	assert_int_equal(crypt_secret_random(CRYPT_STREAM_KEY, &other, NULL), RC_OK);
	seal_chunks(key, head, sealed);
	assert_int_equal(open_chunks(key, head, sealed, (int[]){0, 1, 2, 3}, &final), 4);
	assert_true(final);
	assert_int_equal(open_chunks(key, head, sealed, (int[]){0, 2, 1, 3}, &final), 1);
	assert_int_equal(open_chunks(key, head, sealed, (int[]){1, 0, 2, 3}, &final), 0);
	assert_int_equal(open_chunks(key, head, sealed, (int[]){0, 1, 1, 3}, &final), 2);
	assert_int_equal(open_chunks(key, head, sealed, (int[]){0, 1, 3, 3}, &final), 2);
	assert_false(final);
	assert_int_equal(open_chunks(other, head, sealed, (int[]){0, 1, 2, 3}, &final), 0);
	sealed[2].p[5] ^= 1;
	assert_int_equal(open_chunks(key, head, sealed, (int[]){0, 1, 2, 3}, &final), 2);
	sealed[2].p[5] ^= 1;
	sealed[2].len--;
	assert_int_equal(open_chunks(key, head, sealed, (int[]){0, 1, 2, 3}, &final), 2);
	sealed[2].len = 3;
	assert_int_equal(open_chunks(key, head, sealed, (int[]){0, 1, 2, 3}, &final), 2);
	head[0] ^= 1;
	assert_int_equal(open_chunks(key, head, sealed, (int[]){0, 1, 2, 3}, &final), 0);
	for (int i = 0; i < CHUNKS; i++)
		buf_free(&sealed[i]);
	crypt_secret_free(key);
	crypt_secret_free(other);
}

static void test_stream_limits(void **state)
{
	struct crypt_secret *key, *shorter;
	struct crypt_stream st;
	uint8_t head[CRYPT_STREAM_HEAD], *big = calloc(1, LIMIT_STREAM_CHUNK + 1);
	struct buf out;
	struct err e = {0};

	(void)state;
	assert_non_null(big);
	assert_int_equal(crypt_secret_random(CRYPT_STREAM_KEY, &key, NULL), RC_OK);
	assert_int_equal(crypt_secret_random(16, &shorter, NULL), RC_OK);
	assert_int_equal(crypt_stream_push_init(&st, shorter, head, &e), RC_INPUT);
	assert_int_equal(crypt_stream_pull_init(&st, shorter, head, &e), RC_INPUT);
	assert_int_equal(crypt_stream_push_init(&st, key, head, NULL), RC_OK);
	buf_init(&out, LIMIT_MIB);
	assert_int_equal(crypt_stream_push(&st, span_of(big, LIMIT_STREAM_CHUNK + 1), true, &out,
					   &e),
			 RC_LIMIT);
	assert_int_equal(crypt_stream_push(&st, span_of(big, LIMIT_STREAM_CHUNK), true, &out, &e),
			 RC_OK);
	uint8_t zero[sizeof(st)] = {0};
	assert_memory_equal(&st, zero, sizeof(st)); /* wiped by the final chunk */
	buf_free(&out);
	free(big);
	crypt_secret_free(key);
	crypt_secret_free(shorter);
}

/* ----------------------------------------------------------- sealing by PIN */

static enum rc unseal(struct span sealed, const char *pin, struct crypt_secret *os, const char *key)
{
	struct crypt_secret *s = NULL;
	struct err e = {0};
	enum rc rc = crypt_unseal(sealed, span_str(pin), os, &s, &e);

	assert_string_equal(e.key, key);
	if (rc != RC_OK) {
		assert_null(s);
		return rc;
	}
	assert_int_equal(crypt_secret_len(s), 6);
	assert_memory_equal(crypt_secret_open(s), "secret", 6);
	crypt_secret_close(s);
	crypt_secret_free(s);
	return rc;
}

static void test_seal(void **state)
{
	struct crypt_secret *secret, *os, *other;
	struct buf plain, with_os, again;

	(void)state;
	assert_int_equal(crypt_secret_new("secret", 6, &secret, NULL), RC_OK);
	assert_int_equal(crypt_secret_random(32, &os, NULL), RC_OK);
	assert_int_equal(crypt_secret_random(32, &other, NULL), RC_OK);
	buf_init(&plain, 1000);
	buf_init(&with_os, 1000);
	buf_init(&again, 1000);
	assert_int_equal(crypt_seal(secret, span_str("246810"), NULL, &crypt_kdf_least, &plain,
				    NULL),
			 RC_OK);
	assert_int_equal(crypt_seal(secret, span_str("246810"), NULL, &crypt_kdf_least, &again,
				    NULL),
			 RC_OK);
	assert_int_equal(crypt_seal(secret, span_str("246810"), os, &crypt_kdf_least, &with_os,
				    NULL),
			 RC_OK);
	/* magic, flags, parameters; salt and nonce never twice; the secret not to be seen */
	assert_memory_equal(plain.p, "kks1\0\0\0\0\1\0\0\0\10", 13);
	assert_int_equal(plain.len, 13 + 16 + 24 + 16 + 6);
	assert_memory_not_equal(plain.p + 13, again.p + 13, 16);
	assert_memory_not_equal(plain.p + 29, again.p + 29, 24);
	assert_int_equal(unseal(span_buf(&plain), "246810", NULL, ""), RC_OK);
	assert_int_equal(unseal(span_buf(&plain), "246810", os, ""), RC_OK);
	assert_int_equal(unseal(span_buf(&plain), "246811", NULL, "crypt.pin_wrong"), RC_DENIED);
	assert_int_equal(unseal(span_buf(&plain), "24681", NULL, "crypt.pin_wrong"), RC_DENIED);
	assert_int_equal(unseal(span_buf(&with_os), "246810", os, ""), RC_OK);
	assert_int_equal(unseal(span_buf(&with_os), "246810", other, "crypt.pin_wrong"), RC_DENIED);
	assert_int_equal(unseal(span_buf(&with_os), "246811", os, "crypt.pin_wrong"), RC_DENIED);
	assert_int_equal(unseal(span_buf(&with_os), "246810", NULL, "crypt.os_secret"),
			 RC_UNAVAILABLE);
	/* the flag cannot be taken off */
	with_os.p[4] = 0;
	assert_int_equal(unseal(span_buf(&with_os), "246810", NULL, "crypt.pin_wrong"), RC_DENIED);
	buf_free(&plain);
	buf_free(&with_os);
	buf_free(&again);
	crypt_secret_free(secret);
	crypt_secret_free(os);
	crypt_secret_free(other);
}

/* Every bit changed and every cut: never opened, and never more memory than the limit. */
static void test_seal_damaged(void **state)
{
	struct crypt_secret *secret, *s = NULL;
	struct buf b;

	(void)state;
	assert_int_equal(crypt_secret_new("secret", 6, &secret, NULL), RC_OK);
	buf_init(&b, 1000);
	assert_int_equal(crypt_seal(secret, span_str("1"), NULL, &crypt_kdf_least, &b, NULL),
			 RC_OK);
	for (size_t n = 0; n < b.len; n++)
		assert_int_not_equal(crypt_unseal(span_of(b.p, n), span_str("1"), NULL, &s, NULL),
				     RC_OK);
	for (size_t bit = 0; bit < b.len * 8; bit++) {
		/* the high bits of ops and mem would only cost time within the limits */
		if (bit / 8 >= 5 && bit / 8 < 13 && bit / 8 != 5 && bit / 8 != 9)
			continue;
		b.p[bit / 8] ^= (uint8_t)(1u << (bit % 8));
		assert_int_not_equal(crypt_unseal(span_buf(&b), span_str("1"), NULL, &s, NULL),
				     RC_OK);
		b.p[bit / 8] ^= (uint8_t)(1u << (bit % 8));
	}
	static const struct {
		uint32_t ops, mem_kib;
	} bad[] = {{0, 8}, {LIMIT_KDF_OPS + 1, 8},     {1, 0},
		   {1, 7}, {1, LIMIT_KDF_MEM_KIB + 1}, {UINT32_MAX, UINT32_MAX}};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		codec_put_be32(b.p + 5, bad[i].ops);
		codec_put_be32(b.p + 9, bad[i].mem_kib);
		assert_int_equal(unseal(span_buf(&b), "1", NULL, "crypt.seal_form"), RC_CORRUPT);
	}
	/* two passes where there was one: another key */
	codec_put_be32(b.p + 5, 2);
	codec_put_be32(b.p + 9, 8);
	assert_int_equal(unseal(span_buf(&b), "1", NULL, "crypt.pin_wrong"), RC_DENIED);
	codec_put_be32(b.p + 5, 1);
	assert_int_equal(unseal(span_buf(&b), "1", NULL, ""), RC_OK);
	buf_free(&b);
	crypt_secret_free(secret);
}

static void test_pin_limits(void **state)
{
	struct crypt_secret *secret;
	char pin[LIMIT_PIN + 1];
	struct buf b;
	struct err e = {0};

	(void)state;
	memset(pin, '9', sizeof(pin));
	assert_int_equal(crypt_secret_new("secret", 6, &secret, NULL), RC_OK);
	buf_init(&b, 1000);
	assert_int_equal(crypt_seal(secret, span_of(NULL, 0), NULL, &crypt_kdf_least, &b, &e),
			 RC_INPUT);
	assert_string_equal(e.key, "crypt.pin_empty");
	assert_int_equal(crypt_seal(secret, span_of(pin, sizeof(pin)), NULL, &crypt_kdf_least, &b,
				    &e),
			 RC_LIMIT);
	assert_string_equal(e.key, "crypt.pin_long");
	assert_int_equal(b.len, 0);
	assert_int_equal(crypt_seal(secret, span_of(pin, LIMIT_PIN), NULL, &crypt_kdf_least, &b,
				    &e),
			 RC_OK);
	struct crypt_secret *s = NULL;
	assert_int_equal(crypt_unseal(span_buf(&b), span_of(pin, LIMIT_PIN), NULL, &s, NULL),
			 RC_OK);
	crypt_secret_free(s);
	assert_int_equal(unseal(span_buf(&b), "", NULL, "crypt.pin_empty"), RC_INPUT);
	buf_free(&b);
	crypt_secret_free(secret);
}

/* What protects real keys is not the tests' minimum. */
static void test_kdf_params(void **state)
{
	(void)state;
	assert_true(crypt_kdf_default.mem_kib >= 64 * 1024);
	assert_true(crypt_kdf_default.ops >= 8);
	assert_true(crypt_kdf_default.mem_kib <= LIMIT_KDF_MEM_KIB);
	assert_true(crypt_kdf_default.ops <= LIMIT_KDF_OPS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_hashes),
	    cmocka_unit_test(test_hmac),
	    cmocka_unit_test(test_streaming),
	    cmocka_unit_test(test_small_things),
	    cmocka_unit_test(test_selftest),
	    cmocka_unit_test(test_edge_vectors),
	    cmocka_unit_test(test_every_bit),
	    cmocka_unit_test(test_pk_check),
	    cmocka_unit_test(test_secret),
	    cmocka_unit_test(test_secret_is_unreadable),
	    cmocka_unit_test(test_signing_threads),
	    cmocka_unit_test(test_signer_from_secret),
	    cmocka_unit_test(test_box),
	    cmocka_unit_test(test_stream),
	    cmocka_unit_test(test_stream_limits),
	    cmocka_unit_test(test_seal),
	    cmocka_unit_test(test_seal_damaged),
	    cmocka_unit_test(test_pin_limits),
	    cmocka_unit_test(test_kdf_params),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
