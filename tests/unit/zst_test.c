/*
 * zst_test: round trips, the cap against bombs and lying headers, and damaged frames.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/limits.h"
#include "lib/zst.h"

/* Lines that look like entries, or noise. */
static void fill(struct buf *b, size_t len, bool noise)
{
	uint32_t x = 1;

	while (b->len < len) {
		x = x * 1664525 + 1013904223;
		if (noise)
			buf_add_char(b, (char)(x >> 24));
		else
			buf_addf(b, "{\"v\":\"kk1\",\"seq\":%u,\"condition\":\"hong\"}\n", x >> 20);
	}
	b->p[b->len = len] = 0;
}

static void test_round_trip(void **state)
{
	static const size_t sizes[] = {1, 2, 100, 16383, 16384, 16385, 200000};
	static const int levels[] = {1, ZST_LEVEL, 19};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (size_t k = 0; k < 6; k++) {
			struct buf in, packed, out;
			buf_init(&in, LIMIT_MIB);
			buf_init(&packed, LIMIT_MIB);
			buf_init(&out, LIMIT_MIB);
			fill(&in, sizes[i], k % 2);
			assert_int_equal(zst_compress(span_buf(&in), levels[k / 2], &packed, NULL),
					 RC_OK);
			if (k % 2 == 0 && sizes[i] > 1000)
				assert_true(packed.len < in.len / 3);
			buf_add_str(&out, "before");
			assert_int_equal(zst_decompress(span_buf(&packed), sizes[i], &out, NULL),
					 RC_OK);
			assert_int_equal(out.len, 6 + in.len);
			assert_memory_equal(out.p + 6, in.p, in.len);
			buf_free(&in);
			buf_free(&packed);
			buf_free(&out);
		}
	}
}

static void test_empty(void **state)
{
	struct buf packed, out;

	(void)state;
	buf_init(&packed, 100);
	buf_init(&out, 100);
	assert_int_equal(zst_compress(span_of(NULL, 0), ZST_LEVEL, &packed, NULL), RC_OK);
	assert_true(packed.len > 0);
	assert_int_equal(zst_decompress(span_buf(&packed), 0, &out, NULL), RC_OK);
	assert_int_equal(out.len, 0);
	buf_free(&packed);
	buf_free(&out);
}

static void check_refused(struct span in, size_t max, enum rc rc, const char *key)
{
	struct buf out;
	struct err e = {0};

	buf_init(&out, LIMIT_HTTP_INFLATED);
	buf_add_str(&out, "kept");
	assert_int_equal(zst_decompress(in, max, &out, &e), rc);
	assert_string_equal(e.key, key);
	assert_true(span_eq_str(span_buf(&out), "kept"));
	buf_free(&out);
}

/* 64 MiB of zeros in a few kilobytes: stopped at the cap, wherever it lies. */
static void test_bomb(void **state)
{
	struct buf packed, out;
	size_t size = 64 * LIMIT_MIB;
	uint8_t *zeros = calloc(1, size);

	(void)state;
	assert_non_null(zeros);
	buf_init(&packed, LIMIT_MIB);
	assert_int_equal(zst_compress(span_of(zeros, size), ZST_LEVEL, &packed, NULL), RC_OK);
	free(zeros);
	assert_true(packed.len < 10000);
	check_refused(span_buf(&packed), LIMIT_HTTP_INFLATED, RC_LIMIT, "zst.too_large");
	check_refused(span_buf(&packed), 0, RC_LIMIT, "zst.too_large");
	/* inflates to exactly one byte more than allowed */
	buf_reset(&packed);
	buf_init(&out, 2000);
	fill(&out, 1001, false);
	assert_int_equal(zst_compress(span_buf(&out), ZST_LEVEL, &packed, NULL), RC_OK);
	check_refused(span_buf(&packed), 1000, RC_LIMIT, "zst.too_large");
	buf_free(&packed);
	buf_free(&out);
}

/*
 * A frame written by hand: magic, descriptor 0xc0 (8-byte content size, a window byte), the size, then
 * one raw block. The size is a lie.
 */
static void test_lying_header(void **state)
{
	uint8_t frame[] = {0x28, 0xb5, 0x2f, 0xfd, 0xc0, 0x00, 0, 0,   0,   0,
			   0,    0,    0,    0x10, 0x19, 0,    0, 'a', 'b', 'c'};

	(void)state;
	/* claims 2^60 bytes: neither believed nor allocated */
	check_refused(span_of(frame, sizeof(frame)), LIMIT_HTTP_INFLATED, RC_REFUSED,
		      "zst.corrupt");
	/* claims 3, and is 3: the same frame is fine when it does not lie */
	memset(frame + 6, 0, 8);
	frame[6] = 3;
	struct buf out;
	buf_init(&out, 10);
	assert_int_equal(zst_decompress(span_of(frame, sizeof(frame)), 3, &out, NULL), RC_OK);
	assert_true(span_eq_str(span_buf(&out), "abc"));
	buf_free(&out);
	/* a window of 2 GiB, in a frame that does not say its size, is not given */
	uint8_t wide[] = {0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x19, 0, 0, 'a', 'b', 'c'};
	check_refused(span_of(wide, sizeof(wide)), 3, RC_REFUSED, "zst.corrupt");
	wide[5] = 0;
	buf_init(&out, 10);
	assert_int_equal(zst_decompress(span_of(wide, sizeof(wide)), 3, &out, NULL), RC_OK);
	assert_true(span_eq_str(span_buf(&out), "abc"));
	buf_free(&out);
}

static void test_damaged(void **state)
{
	struct buf in, packed;

	(void)state;
	buf_init(&in, LIMIT_MIB);
	buf_init(&packed, LIMIT_MIB);
	fill(&in, 5000, false);
	assert_int_equal(zst_compress(span_buf(&in), ZST_LEVEL, &packed, NULL), RC_OK);
	for (size_t n = 0; n < packed.len; n++)
		check_refused(span_of(packed.p, n), 5000, RC_REFUSED, "zst.corrupt");
	size_t len = packed.len;
	buf_add_char(&packed, '\n');
	check_refused(span_buf(&packed), 5000, RC_REFUSED, "zst.corrupt");
	packed.len = len;
	/* two frames are not one; a skippable frame is none */
	struct buf twice;
	buf_init(&twice, LIMIT_MIB);
	buf_add_span(&twice, span_buf(&packed));
	buf_add_span(&twice, span_buf(&packed));
	check_refused(span_buf(&twice), 10000, RC_REFUSED, "zst.corrupt");
	check_refused(span_of("\x50\x2a\x4d\x18\0\0\0\0", 8), 100, RC_REFUSED, "zst.corrupt");
	check_refused(span_str("{\"v\":1}"), 100, RC_REFUSED, "zst.corrupt");
	check_refused(span_of(NULL, 0), 100, RC_REFUSED, "zst.corrupt");
	packed.p[0] ^= 1;
	check_refused(span_buf(&packed), 5000, RC_REFUSED, "zst.corrupt");
	buf_free(&in);
	buf_free(&packed);
	buf_free(&twice);
}

static void test_output_ceiling(void **state)
{
	struct buf packed, out;
	struct err e = {0};

	(void)state;
	buf_init(&packed, 5);
	assert_int_equal(zst_compress(span_str("hello hello"), ZST_LEVEL, &packed, &e), RC_LIMIT);
	assert_string_equal(e.key, "buf.ceiling");
	buf_free(&packed);
	buf_init(&packed, 100);
	buf_init(&out, 5);
	assert_int_equal(zst_compress(span_str("hello hello"), ZST_LEVEL, &packed, NULL), RC_OK);
	assert_int_equal(zst_decompress(span_buf(&packed), 100, &out, &e), RC_LIMIT);
	assert_string_equal(e.key, "buf.ceiling");
	buf_free(&packed);
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_round_trip), cmocka_unit_test(test_empty),
	    cmocka_unit_test(test_bomb),       cmocka_unit_test(test_lying_header),
	    cmocka_unit_test(test_damaged),    cmocka_unit_test(test_output_ceiling),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
