/*
 * codec_test: hex, both base64 alphabets and UUIDs: RFC 4648 vectors, every length round trip,
 * and the texts that must be refused because another text means the same bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/codec.h"

static void test_rfc4648(void **state)
{
	static const struct {
		const char *bytes, *b64, *b64u, *hex;
	} cases[] = {
	    {"", "", "", ""},
	    {"f", "Zg==", "Zg", "66"},
	    {"fo", "Zm8=", "Zm8", "666f"},
	    {"foo", "Zm9v", "Zm9v", "666f6f"},
	    {"foob", "Zm9vYg==", "Zm9vYg", "666f6f62"},
	    {"fooba", "Zm9vYmE=", "Zm9vYmE", "666f6f6261"},
	    {"foobar", "Zm9vYmFy", "Zm9vYmFy", "666f6f626172"},
	    {"\xfb\xff\xbf", "+/+/", "-_-_", "fbffbf"},
	};
	char text[64];
	uint8_t back[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = strlen(cases[i].bytes);
		codec_b64(cases[i].bytes, n, text);
		assert_string_equal(text, cases[i].b64);
		assert_int_equal(strlen(text), CODEC_B64_LEN(n));
		assert_true(codec_b64_exact(span_str(text), back, n));
		assert_memory_equal(back, cases[i].bytes, n);
		codec_b64u(cases[i].bytes, n, text);
		assert_string_equal(text, cases[i].b64u);
		assert_int_equal(strlen(text), CODEC_B64U_LEN(n));
		assert_true(codec_b64u_exact(span_str(text), back, n));
		assert_memory_equal(back, cases[i].bytes, n);
		codec_hex(cases[i].bytes, n, text);
		assert_string_equal(text, cases[i].hex);
		assert_true(codec_hex_exact(span_str(text), back, n));
		assert_memory_equal(back, cases[i].bytes, n);
	}
}

/* Every length from 0 to 300, by the buffer versions, which work in pieces. */
static void test_round_trip(void **state)
{
	static const struct {
		void (*enc)(struct buf *, const void *, size_t);
		bool (*dec)(struct span, struct buf *);
		bool (*exact)(struct span, void *, size_t);
	} codecs[] = {
	    {codec_hex_buf, codec_hex_dec, codec_hex_exact},
	    {codec_b64u_buf, codec_b64u_dec, codec_b64u_exact},
	    {codec_b64_buf, codec_b64_dec, codec_b64_exact},
	};
	uint8_t bytes[300], back[300];

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i * 151 + 7);
	for (size_t c = 0; c < 3; c++) {
		for (size_t n = 0; n <= sizeof(bytes); n++) {
			struct buf text, out;
			buf_init(&text, 1000);
			buf_init(&out, 1000);
			codecs[c].enc(&text, bytes, n);
			assert_true(codecs[c].dec(span_buf(&text), &out));
			assert_true(span_eq(span_buf(&out), span_of(bytes, n)));
			assert_true(codecs[c].exact(span_buf(&text), back, n));
			assert_memory_equal(back, bytes, n);
			assert_false(codecs[c].exact(span_buf(&text), back, n + 1));
			assert_false(n > 0 && codecs[c].exact(span_buf(&text), back, n - 1));
			buf_free(&text);
			buf_free(&out);
		}
	}
}

static void test_refused(void **state)
{
	static const struct {
		bool (*dec)(struct span, struct buf *);
		const char *text;
	} bad[] = {
	    {codec_hex_dec, "a"},        {codec_hex_dec, "AB"},     {codec_hex_dec, "aB"},
	    {codec_hex_dec, "0g"},       {codec_hex_dec, "0 "},     {codec_hex_dec, " 0"},
	    {codec_hex_dec, "0x"},       {codec_hex_dec, "00\n"},   {codec_b64u_dec, "A"},
	    {codec_b64u_dec, "AAAAA"},   {codec_b64u_dec, "AA=="},  {codec_b64u_dec, "AAA="},
	    {codec_b64u_dec, "AB"},      {codec_b64u_dec, "AAB"},   {codec_b64u_dec, "A+AA"},
	    {codec_b64u_dec, "A/AA"},    {codec_b64u_dec, "AA A"},  {codec_b64u_dec, "AAA\n"},
	    {codec_b64u_dec, "AAAđ"},    {codec_b64_dec, "AA"},     {codec_b64_dec, "AAA"},
	    {codec_b64_dec, "AA="},      {codec_b64_dec, "A==="},   {codec_b64_dec, "===="},
	    {codec_b64_dec, "AA=A"},     {codec_b64_dec, "=AAA"},   {codec_b64_dec, "AB=="},
	    {codec_b64_dec, "AAB="},     {codec_b64_dec, "A-AA"},   {codec_b64_dec, "A_AA"},
	    {codec_b64_dec, "AAAA===="}, {codec_b64_dec, "AAAA\n"}, {codec_b64_dec, "AA==AAAA"},
	};
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	buf_add_char(&out, '!');
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (bad[i].dec(span_str(bad[i].text), &out))
			fail_msg("accepted: %s", bad[i].text);
		assert_true(span_eq_str(span_buf(&out), "!"));
	}
	buf_free(&out);
}

/* Of all two-character ends of a group, only those without spare bits pass. */
static void test_spare_bits(void **state)
{
	static const char abc[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	unsigned ok1 = 0, ok2 = 0;
	uint8_t out[2];

	(void)state;
	for (int i = 0; i < 64; i++) {
		ok1 += codec_b64u_exact(span_of((char[]){'A', abc[i]}, 2), out, 1);
		ok2 += codec_b64u_exact(span_of((char[]){'A', 'A', abc[i]}, 3), out, 2);
	}
	assert_int_equal(ok1, 4);
	assert_int_equal(ok2, 16);
}

static void test_untouched_on_failure(void **state)
{
	uint8_t out[32], was[32];
	char text[65];

	(void)state;
	memset(was, 0xa5, sizeof(was));
	memcpy(out, was, sizeof(was));
	memset(text, '0', 64);
	text[63] = 'X';
	assert_false(codec_hex_32(span_of(text, 64), out));
	memset(text, 'A', 43);
	text[42] = 'B';
	assert_false(codec_b64u_32(span_of(text, 43), out));
	assert_false(codec_b64_32(span_of(text, 43), out));
	assert_false(codec_uuid_dec(span_str("019a9c1e-7c00-7a11-8b22-0123456789aX"), out));
	assert_memory_equal(out, was, sizeof(was));
	text[42] = 'A';
	assert_true(codec_b64u_32(span_of(text, 43), out));
}

static void test_sizes(void **state)
{
	(void)state;
	assert_int_equal(CODEC_B64U_LEN(8), CODEC_B64U_8);
	assert_int_equal(CODEC_B64U_LEN(16), CODEC_B64U_16);
	assert_int_equal(CODEC_B64U_LEN(32), CODEC_B64U_32);
	assert_int_equal(CODEC_B64U_LEN(64), CODEC_B64U_64);
	assert_int_equal(CODEC_B64_LEN(32), 44);
	assert_int_equal(CODEC_HEX_LEN(32), 64);
}

static void test_uuid(void **state)
{
	static const char text[] = "019a9c1e-7c00-7a11-8b22-0123456789ab";
	static const char *const bad[] = {
	    "",
	    "019a9c1e-7c00-7a11-8b22-0123456789a",
	    "019a9c1e-7c00-7a11-8b22-0123456789abc",
	    "019A9C1E-7c00-7a11-8b22-0123456789ab",
	    "019a9c1e-7c00-7a11-8b22-0123456789aB",
	    "019a9c1e07c00-7a11-8b22-0123456789ab",
	    "019a9c1e-7c0-07a11-8b22-0123456789ab",
	    "{19a9c1e-7c00-7a11-8b22-0123456789a}",
	    "019a9c1e7c007a118b220123456789ab----",
	    "g19a9c1e-7c00-7a11-8b22-0123456789ab",
	};
	uint8_t id[16];
	char back[CODEC_UUID_LEN + 1];

	(void)state;
	assert_true(codec_uuid_dec(span_str(text), id));
	assert_memory_equal(id, "\x01\x9a\x9c\x1e\x7c\x00\x7a\x11\x8b\x22\x01\x23\x45\x67\x89\xab",
			    16);
	assert_int_equal(codec_uuid_version(id), 7);
	codec_uuid(id, back);
	assert_string_equal(back, text);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(codec_uuid_dec(span_str(bad[i]), id));
	memset(id, 0xff, sizeof(id));
	codec_uuid_stamp(id, 8);
	codec_uuid(id, back);
	assert_string_equal(back, "ffffffff-ffff-8fff-bfff-ffffffffffff");
	memset(id, 0, sizeof(id));
	codec_uuid_stamp(id, 7);
	codec_uuid(id, back);
	assert_string_equal(back, "00000000-0000-7000-8000-000000000000");
}

static void test_integers(void **state)
{
	uint8_t p[9] = {0};

	(void)state;
	codec_put_be64(p + 1, 0x0102030405060708);
	assert_memory_equal(p, "\0\1\2\3\4\5\6\7\10", 9);
	assert_int_equal(codec_get_be64(p + 1), 0x0102030405060708);
	assert_int_equal(codec_get_be32(p + 1), 0x01020304);
	assert_int_equal(codec_get_be16(p + 1), 0x0102);
	assert_int_equal(codec_get_le64(p + 1), 0x0807060504030201);
	assert_int_equal(codec_get_le32(p + 1), 0x04030201);
	assert_int_equal(codec_get_le16(p + 1), 0x0201);
	codec_put_le64(p, UINT64_C(0xfffefdfcfbfaf9f8));
	assert_memory_equal(p, "\xf8\xf9\xfa\xfb\xfc\xfd\xfe\xff", 8);
	assert_true(codec_get_le64(p) == UINT64_C(0xfffefdfcfbfaf9f8));
	assert_true(codec_get_be64(p) == UINT64_C(0xf8f9fafbfcfdfeff));
	codec_put_be32(p, 0xdeadbeef);
	codec_put_be16(p + 4, 0xcafe);
	assert_memory_equal(p, "\xde\xad\xbe\xef\xca\xfe", 6);
	codec_put_le32(p, 0xdeadbeef);
	codec_put_le16(p + 4, 0xcafe);
	assert_memory_equal(p, "\xef\xbe\xad\xde\xfe\xca", 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rfc4648), cmocka_unit_test(test_round_trip),
	    cmocka_unit_test(test_refused), cmocka_unit_test(test_spare_bits),
	    cmocka_unit_test(test_sizes),   cmocka_unit_test(test_untouched_on_failure),
	    cmocka_unit_test(test_uuid),    cmocka_unit_test(test_integers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
