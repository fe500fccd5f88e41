/*
 * bundle_test: the vectors that tests/vectors/make_bundle.py made, byte for byte; what our own
 * writer makes; and that no cut, no changed bit and no exchanged chunk of it is taken.
 * clause: B1 B2 B3 B4 B5 B6 B7
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
#include "lib/json.h"
#include "sync/bundle.h"
#include "tests/support/rng.h"

enum { FILE_MAX = 4 * 1024 * 1024, BIG = 5 * 1024 * 1024 };

static const char *str(const struct json *v, const char *name)
{
	const char *s = json_get_str(v, name);

	if (!s)
		fail_msg("%s: no text %s", json_get_str(v, "name"), name);
	return s;
}

static struct crypt_signer *signer(uint8_t fill)
{
	uint8_t seed[CRYPT_SEED_LEN];
	struct crypt_signer *s = NULL;

	memset(seed, fill, sizeof(seed));
	assert_int_equal(crypt_signer_seed(seed, &s, NULL), RC_OK);
	return s;
}

/* ---- vectors ---- */

static void add_file(const struct json *all, const struct json *v, struct buf *out)
{
	int64_t size;

	if (!json_get(v, "of")) {
		assert_true(codec_hex_dec(span_str(str(v, "hex")), out));
		return;
	}
	for (const struct json *o = json_first(all); o; o = json_next(o))
		if (strcmp(str(o, "name"), str(v, "of")) == 0)
			assert_true(codec_hex_dec(span_str(str(o, "hex")), out));
	assert_true(out->len > 0);
	if (json_get_int(v, "size", &size))
		out->len = (size_t)size;
	for (const struct json *p = json_first(json_get_arr(v, "patch")); p; p = json_next(p)) {
		int64_t at = -1;

		assert_true(json_int(json_at(p, 0), &at) && (size_t)at < out->len);
		assert_true(codec_hex_exact(span_str(json_str(json_at(p, 1))), out->p + at, 1));
	}
	if (json_get(v, "more"))
		assert_true(codec_hex_dec(span_str(str(v, "more")), out));
}

static void compare_parts(struct bundle_reader *r, const struct json *parts)
{
	const struct json *p = json_first(parts);
	enum bundle_type type;
	uint64_t len;

	for (;; p = json_next(p)) {
		struct crypt_sha256 h;
		uint8_t hash[32], want[32];
		struct span s = {NULL, 1};
		int64_t n = 0;

		assert_int_equal(bundle_next(r, &type, &len, NULL), RC_OK);
		if (type == BUNDLE_SEAL)
			break;
		assert_non_null(p);
		crypt_sha256_init(&h);
		while (s.len > 0) {
			assert_int_equal(bundle_piece(r, &s, NULL), RC_OK);
			assert_true(s.len <= BUNDLE_CHUNK);
			crypt_sha256_add(&h, s.p, s.len);
		}
		crypt_sha256_end(&h, hash);
		assert_true(json_int(json_at(p, 0), &n) && n == (int64_t)type);
		assert_true(json_int(json_at(p, 1), &n) && n == (int64_t)len);
		assert_true(codec_hex_32(span_str(json_str(json_at(p, 2))), want));
		assert_memory_equal(hash, want, sizeof(hash));
	}
	assert_null(p);
}

/* The head comes out as the same bytes again. */
static void compare_head(const struct bundle_head *h, const struct json *want)
{
	char *text = json_print(want);
	struct buf b;

	buf_init(&b, 4096);
	assert_int_equal(bundle_head_write(h, &b, NULL), RC_OK);
	assert_true(span_eq_str(span_buf(&b), text));
	buf_free(&b);
	free(text);
}

static enum rc run_bundle(const struct json *all, const struct json *v, struct err *err)
{
	uint8_t seed[CRYPT_SEED_LEN], hash[CRYPT_HASH_LEN];
	struct crypt_signer *key = NULL;
	struct crypt_secret *box = NULL;
	struct bundle_reader *r = NULL;
	struct bundle_source src;
	struct span file;
	struct buf b;

	buf_init(&b, FILE_MAX);
	add_file(all, v, &b);
	file = span_buf(&b);
	src = bundle_source_span(&file);
	assert_true(codec_hex_32(span_str(str(v, "seed")), seed));
	assert_int_equal(crypt_signer_seed(seed, &key, NULL), RC_OK);
	assert_int_equal(crypt_box_sk(key, &box, NULL), RC_OK);
	enum rc rc = bundle_open(&r, &src, box, err);
	if (rc == RC_OK) {
		assert_int_equal(bundle_size(r), file.len);
		crypt_sha256(file.p, file.len, hash);
		assert_memory_equal(bundle_hash(r), hash, sizeof(hash));
		compare_head(bundle_head(r), json_get(v, "head"));
		compare_parts(r, json_get(v, "parts"));
		assert_int_equal(bundle_rewind(r, NULL), RC_OK);
		compare_parts(r, json_get(v, "parts"));
	}
	bundle_reader_free(r);
	crypt_secret_free(box);
	crypt_signer_free(key);
	buf_free(&b);
	return rc;
}

static enum rc run_number(const struct json *v, struct err *err)
{
	char number[BUNDLE_NUMBER];
	uint8_t hash[32];

	assert_true(codec_hex_32(span_str(str(v, "hash")), hash));
	bundle_number(hash, number);
	return strcmp(number, str(v, "number")) == 0
		   ? RC_OK
		   : err_set(err, RC_REFUSED, "B6", "wrong", NULL);
}

static bool run_one(const struct json *all, const struct json *v)
{
	struct err err = {0};
	bool accept, good;
	enum rc rc;

	assert_true(json_get_bool(v, "accept", &accept));
	rc = strcmp(str(v, "kind"), "number") == 0 ? run_number(v, &err) : run_bundle(all, v, &err);
	good = accept ? rc == RC_OK
		      : (rc == RC_REFUSED || rc == RC_DENIED) &&
			    strcmp(err.clause, str(v, "refused")) == 0;
	if (!good)
		print_message("%s, %s: %s %s %s\n", str(v, "clause"), str(v, "name"), err_name(rc),
			      err.clause, err.key);
	return good;
}

static void vectors(void **state)
{
	FILE *f = fopen("tests/vectors/bundle.json", "rb");
	uint8_t *text = malloc(FILE_MAX);
	struct json *all = NULL;
	size_t n = 0, bad = 0;

	(void)state;
	if (!f || !text)
		fail_msg("tests/vectors/bundle.json is not there (tests run in the source root)");
	size_t len = fread(text, 1, FILE_MAX, f);
	fclose(f);
	assert_int_equal(json_parse(span_of(text, len), NULL, &all, NULL), RC_OK);
	for (const struct json *v = json_first(all); v; v = json_next(v), n++)
		bad += !run_one(all, v);
	print_message("bundle.json: %zu vectors\n", n);
	assert_true(n > 100);
	assert_int_equal(bad, 0);
	json_free(all);
	free(text);
}

/* ---- our own ---- */

struct sink {
	struct buf b;
	size_t greatest; /* bytes given away at once */
};

static enum rc put(void *ctx, struct span bytes, struct err *reterr)
{
	struct sink *s = ctx;

	s->greatest = bytes.len > s->greatest ? bytes.len : s->greatest;
	buf_add_span(&s->b, bytes);
	return buf_check(&s->b, reterr);
}

struct pair {
	struct crypt_signer *from, *to;
	struct crypt_secret *box;
	uint8_t pk[CRYPT_BOX_LEN];
	struct bundle_head head;
};

static void pair_init(struct pair *p)
{
	*p = (struct pair){.from = signer(1), .to = signer(2)};
	assert_int_equal(crypt_box_sk(p->to, &p->box, NULL), RC_OK);
	assert_int_equal(crypt_box_pk(crypt_signer_pk(p->to), p->pk, NULL), RC_OK);
	memcpy(p->head.from, crypt_signer_pk(p->from), CRYPT_PK_LEN);
	memcpy(p->head.scope, "00004", 6);
	memcpy(p->head.name, "Xã Mẫu", sizeof("Xã Mẫu"));
}

static void pair_free(struct pair *p)
{
	crypt_secret_free(p->box);
	crypt_signer_free(p->from);
	crypt_signer_free(p->to);
}

/* One part of `len` bytes from a repeating pattern, in pieces of `step`. */
static void write_file(struct pair *p, size_t len, size_t step, struct sink *s,
		       uint8_t rethash[CRYPT_HASH_LEN])
{
	struct bundle_writer *w = NULL;
	uint8_t *piece = malloc(step);

	assert_non_null(piece);
	for (size_t i = 0; i < step; i++)
		piece[i] = (uint8_t)(i * 7);
	assert_int_equal(bundle_begin(&w, put, s, p->pk, &p->head, NULL), RC_OK);
	assert_int_equal(bundle_part(w, BUNDLE_BLOB, len, NULL), RC_OK);
	for (size_t at = 0; at < len; at += step) {
		size_t n = len - at < step ? len - at : step;

		assert_int_equal(bundle_add(w, span_of(piece, n), NULL), RC_OK);
	}
	assert_int_equal(bundle_end(w, p->from, rethash, NULL), RC_OK);
	bundle_writer_free(w);
	free(piece);
}

static enum rc open_file(struct pair *p, struct span file, struct bundle_reader **ret,
			 struct err *err)
{
	struct bundle_source src = bundle_source_span(&file);
	struct bundle_reader *r = NULL;
	enum rc rc = bundle_open(&r, &src, p->box, err);

	if (ret)
		*ret = r;
	else
		bundle_reader_free(r);
	return rc;
}

/* Neither end holds more than a chunk, however large a part is. */
static void large(void **state)
{
	struct sink s = {.greatest = 0};
	uint8_t hash[CRYPT_HASH_LEN], file_hash[CRYPT_HASH_LEN];
	struct bundle_reader *r = NULL;
	struct bundle_source src;
	enum bundle_type type;
	struct pair p;
	struct span file, piece = {NULL, 1};
	uint64_t len, seen = 0;

	(void)state;
	pair_init(&p);
	buf_init(&s.b, 2 * BIG);
	write_file(&p, BIG, 100000, &s, hash);
	assert_true(s.greatest <= BUNDLE_CHUNK + CRYPT_STREAM_OVER);
	file = span_buf(&s.b);
	crypt_sha256(file.p, file.len, file_hash);
	assert_memory_equal(hash, file_hash, sizeof(hash));
	src = bundle_source_span(&file);
	assert_int_equal(bundle_open(&r, &src, p.box, NULL), RC_OK);
	assert_int_equal(bundle_next(r, &type, &len, NULL), RC_OK);
	assert_int_equal(type, BUNDLE_BLOB);
	assert_int_equal(len, BIG);
	while (piece.len > 0) {
		assert_int_equal(bundle_piece(r, &piece, NULL), RC_OK);
		assert_true(piece.len <= BUNDLE_CHUNK);
		seen += piece.len;
	}
	assert_int_equal(seen, BIG);
	assert_int_equal(bundle_next(r, &type, &len, NULL), RC_OK);
	assert_int_equal(type, BUNDLE_SEAL);
	bundle_reader_free(r);
	buf_free(&s.b);
	pair_free(&p);
}

/* Any cut, any changed bit, any two chunks exchanged: refused with a clause, before a part is given out. */
static void harmed(void **state)
{
	uint64_t seed = rng_seed(20261129);
	struct sink s = {.greatest = 0};
	uint8_t hash[CRYPT_HASH_LEN], *copy;
	struct pair p;

	(void)state;
	pair_init(&p);
	buf_init(&s.b, BIG);
	write_file(&p, 3 * BUNDLE_CHUNK, 5000, &s, hash);
	copy = malloc(s.b.len);
	assert_non_null(copy);
	assert_int_equal(open_file(&p, span_buf(&s.b), NULL, NULL), RC_OK);
	for (uint64_t i = 0; i < 300; i++) {
		struct rng r = rng_case(seed, i);
		size_t at = (size_t)(rng_next(&r) % s.b.len), len = s.b.len;
		struct err err = {0};
		enum rc rc;

		if (i % 3 == 0)
			at %= BUNDLE_OUTSIDE;
		memcpy(copy, s.b.p, s.b.len);
		if (i % 2 == 0)
			copy[at] = (uint8_t)(copy[at] ^ 1U << rng_next(&r) % 8);
		else
			len = at;
		rc = open_file(&p, span_of(copy, len), NULL, &err);
		assert_true(rc == RC_REFUSED || rc == RC_DENIED);
		assert_int_equal(err.clause[0], 'B');
	}
	memcpy(copy, s.b.p, s.b.len);
	memcpy(copy + BUNDLE_OUTSIDE, s.b.p + BUNDLE_OUTSIDE + BUNDLE_CHUNK + CRYPT_STREAM_OVER,
	       BUNDLE_CHUNK + CRYPT_STREAM_OVER);
	memcpy(copy + BUNDLE_OUTSIDE + BUNDLE_CHUNK + CRYPT_STREAM_OVER, s.b.p + BUNDLE_OUTSIDE,
	       BUNDLE_CHUNK + CRYPT_STREAM_OVER);
	assert_int_equal(open_file(&p, span_of(copy, s.b.len), NULL, NULL), RC_REFUSED);
	free(copy);
	buf_free(&s.b);
	pair_free(&p);
}

/* A file that changes between the two readings gives no more than was verified. */
static void exchanged_meanwhile(void **state)
{
	struct sink a = {.greatest = 0}, b = {.greatest = 0};
	uint8_t hash[CRYPT_HASH_LEN];
	struct bundle_reader *r = NULL;
	struct bundle_source src;
	struct pair p;
	struct span file;
	struct err err = {0};

	(void)state;
	pair_init(&p);
	buf_init(&a.b, BIG);
	buf_init(&b.b, BIG);
	write_file(&p, 1000, 1000, &a, hash);
	write_file(&p, 1000, 500, &b, hash);
	file = span_buf(&a.b);
	src = bundle_source_span(&file);
	assert_int_equal(bundle_open(&r, &src, p.box, NULL), RC_OK);
	file = span_buf(&b.b);
	assert_int_equal(bundle_rewind(r, &err), RC_REFUSED);
	assert_string_equal(err.clause, "B2");
	bundle_reader_free(r);
	buf_free(&a.b);
	buf_free(&b.b);
	pair_free(&p);
}

/* Nothing of what is inside can be read outside; two files of the same content differ. */
static void says_nothing(void **state)
{
	struct sink a = {.greatest = 0}, b = {.greatest = 0};
	uint8_t hash[CRYPT_HASH_LEN], other[CRYPT_HASH_LEN];
	struct pair p;

	(void)state;
	pair_init(&p);
	buf_init(&a.b, BIG);
	buf_init(&b.b, BIG);
	write_file(&p, 1000, 1000, &a, hash);
	write_file(&p, 1000, 1000, &b, other);
	assert_int_equal(a.b.len, b.b.len);
	assert_memory_not_equal(hash, other, sizeof(hash));
	for (size_t i = 0; i + 9 < a.b.len; i++)
		if (memcmp(a.b.p + i, "00004", 5) == 0 || memcmp(a.b.p + i, "request", 7) == 0 ||
		    memcmp(a.b.p + i, "Xã", 3) == 0 ||
		    memcmp(a.b.p + i, "\x00\x07\x0e\x15\x1c\x23", 6) == 0)
			fail_msg("plain bytes at %zu", i);
	buf_free(&a.b);
	buf_free(&b.b);
	pair_free(&p);
}

/* A writer cannot be made to break the format. */
static void writer_limits(void **state)
{
	struct sink s = {.greatest = 0};
	struct bundle_writer *w = NULL;
	uint8_t hash[CRYPT_HASH_LEN];
	struct pair p;

	(void)state;
	pair_init(&p);
	buf_init(&s.b, BIG);
	assert_int_equal(bundle_begin(&w, put, &s, p.pk, &p.head, NULL), RC_OK);
	assert_int_equal(bundle_part(w, BUNDLE_BLOB, 32, NULL), RC_LIMIT);
	assert_int_equal(bundle_part(w, BUNDLE_BLOB, (uint64_t)65 << 20, NULL), RC_LIMIT);
	assert_int_equal(bundle_part(w, BUNDLE_SEAL, 64, NULL), RC_INTERNAL);
	assert_int_equal(bundle_part(w, BUNDLE_REQUEST, 10, NULL), RC_OK);
	assert_int_equal(bundle_part(w, BUNDLE_REQUEST, 10, NULL), RC_INTERNAL);
	assert_int_equal(bundle_end(w, p.from, hash, NULL), RC_INTERNAL);
	assert_int_equal(bundle_add(w, span_str("12345678901"), NULL), RC_INTERNAL);
	assert_int_equal(bundle_add(w, span_str("1234567890"), NULL), RC_OK);
	assert_int_equal(bundle_end(w, p.to, hash, NULL), RC_INTERNAL);
	assert_int_equal(bundle_end(w, p.from, hash, NULL), RC_OK);
	assert_int_equal(open_file(&p, span_buf(&s.b), NULL, NULL), RC_OK);
	bundle_writer_free(w);
	buf_free(&s.b);
	pair_free(&p);
}

static int setup(void **state)
{
	(void)state;
	return crypt_init(NULL) == RC_OK ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(vectors),      cmocka_unit_test(large),
	    cmocka_unit_test(harmed),       cmocka_unit_test(exchanged_meanwhile),
	    cmocka_unit_test(says_nothing), cmocka_unit_test(writer_limits),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
