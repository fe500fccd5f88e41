/*
 * exif: what goes and what stays of a JPEG and a PNG; every cut file is refused, not read past.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/exif.h"

static const char soi[] = "\xff\xd8";
static const char app0[] = "\xff\xe0\x00\x07"
			   "JFIF"
			   "\x00";
static const char com[] = "\xff\xfe\x00\x0a"
			  "Hoa was ";
/* Stuffed bytes, a restart and a fill byte belong to the scan. */
static const char scan[] = "\xff\xda\x00\x03\x01"
			   "picture \xff\x00 \xff\xd3 \xff\xff\x00 bytes"
			   "\xff\xd9";
static const char bytes[] = "picture \xff\x00 \xff\xd3 \xff\xff\x00 bytes\xff\xd9";

/* Exif with GPS words and orientation 6, little endian. */
static const uint8_t exif[] = {0xff, 0xe1, 0, 36, 'E', 'x', 'i', 'f',  0,    0,   'I', 'I', 42,
			       0,    8,    0, 0,  0,   1,   0,   0x12, 0x01, 3,   0,   1,   0,
			       0,    0,    6, 0,  0,   0,   'G', 'P',  'S',  ' ', '1', '0'};

static void add(struct buf *b, const void *p, size_t n)
{
	buf_add(b, p, n);
}

static void jpeg(struct buf *b)
{
	buf_init(b, 4096);
	add(b, soi, 2);
	add(b, app0, 9);
	add(b, exif, sizeof(exif));
	add(b, com, 12);
	add(b, scan, sizeof(scan) - 1);
}

static bool holds_bytes(const struct buf *b, const void *what, size_t n)
{

	for (size_t i = 0; i + n <= b->len; i++)
		if (memcmp(b->p + i, what, n) == 0)
			return true;
	return false;
}

static bool holds(const struct buf *b, const char *what)
{
	return holds_bytes(b, what, strlen(what));
}

static void test_jpeg(void **state)
{
	struct buf in, out, twice;

	(void)state;
	jpeg(&in);
	buf_init(&out, 4096);
	buf_init(&twice, 4096);
	assert_string_equal(exif_type(span_buf(&in)), "image/jpeg");
	assert_int_equal(exif_strip(span_buf(&in), &out, NULL), RC_OK);
	assert_true(holds(&out, "JFIF"));
	assert_false(holds(&out, "GPS"));
	assert_false(holds(&out, "Hoa"));
	assert_true(holds_bytes(&out, bytes, sizeof(bytes) - 1)); /* the picture as it was */
	assert_true(holds(&out, "Exif"));                           /* only which side is up */
	assert_int_equal(exif_strip(span_buf(&out), &twice, NULL), RC_OK);
	assert_true(span_eq(span_buf(&out), span_buf(&twice)));
	buf_free(&in);
	buf_free(&out);
	buf_free(&twice);
}

static void segment(struct buf *b, uint8_t marker, const char *body, size_t n)
{
	const uint8_t head[] = {0xff, marker, (uint8_t)((n + 2) >> 8), (uint8_t)(n + 2)};

	add(b, head, sizeof(head));
	add(b, body, n);
}

/* What cameras, phones and editors hide where: none of it may get through, the profile and the picture do. */
static void test_every_hiding_place(void **state)
{
	static const struct {
		uint8_t marker;
		const char *body;
		size_t n;
	} places[] = {
#define BODY(text) text, sizeof(text) - 1
	    {0xe1, BODY("http://ns.adobe.com/xap/1.0/\0<x:xmpmeta SECRET/>")},
	    {0xe1, BODY("http://ns.adobe.com/xmp/extension/\0SECRET")},
	    {0xe1, BODY("Exif\0\0MM\0*\0\0\0\x08\0\0SECRET")},
	    {0xe2, BODY("MPF\0SECRET")},
	    {0xe2, BODY("FPXR\0SECRET")},
	    {0xe2, BODY("SECRET")},
	    {0xe3, BODY("Meta\0SECRET")},
	    {0xec, BODY("Ducky SECRET")},
	    {0xed, BODY("Photoshop 3.0\0" "8BIM SECRET")},
	    {0xef, BODY("SECRET")},
	    {0xfe, BODY("SECRET")},
#undef BODY
	};
	struct buf in, out;

	(void)state;
	buf_init(&in, 8192);
	buf_init(&out, 8192);
	add(&in, soi, 2);
	add(&in, app0, 9);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		segment(&in, places[i].marker, places[i].body, places[i].n);
	segment(&in, 0xe2, "ICC_PROFILE\0\x01\x01 colours", 22);
	segment(&in, 0xee, "Adobe\0d", 7);
	add(&in, scan, sizeof(scan) - 1);
	add(&in, "SECRET film", 11);
	assert_int_equal(exif_strip(span_buf(&in), &out, NULL), RC_OK);
	assert_true(holds(&in, "SECRET"));
	assert_false(holds(&out, "SECRET"));
	assert_true(holds(&out, "colours"));
	assert_true(holds(&out, "Adobe"));
	assert_true(holds_bytes(&out, bytes, sizeof(bytes) - 1));
	buf_free(&in);
	buf_free(&out);
}

/* Several scans, with tables, and what hides between them; a second picture behind the first, with its own place. */
static void test_several_scans_and_pictures(void **state)
{
	struct buf in, out, one;

	(void)state;
	buf_init(&in, 8192);
	buf_init(&out, 8192);
	jpeg(&one);
	add(&in, soi, 2);
	segment(&in, 0xc2, "progressive", 11);
	add(&in, scan, sizeof(scan) - 3); /* without its end */
	segment(&in, 0xc4, "tables", 6);
	segment(&in, 0xfe, "SECRET", 6);
	add(&in, scan, sizeof(scan) - 1);
	add(&in, one.p, one.len);
	assert_int_equal(exif_strip(span_buf(&in), &out, NULL), RC_OK);
	assert_true(holds(&out, "progressive"));
	assert_true(holds(&out, "tables"));
	assert_false(holds(&out, "SECRET"));
	assert_false(holds(&out, "GPS"));
	assert_false(holds(&out, "JFIF")); /* of the second picture */
	assert_int_equal(out.len, 2 + 15 + (sizeof(scan) - 3) + 10 + (sizeof(scan) - 1));
	buf_free(&in);
	buf_free(&out);
	buf_free(&one);
}

static void chunk(struct buf *b, const char *type, const char *text)
{
	const uint8_t len[4] = {0, 0, 0, (uint8_t)strlen(text)};

	add(b, len, 4);
	add(b, type, 4);
	add(b, text, strlen(text));
	add(b, "crc!", 4);
}

static void test_png(void **state)
{
	struct buf in, out;

	(void)state;
	buf_init(&in, 4096);
	buf_init(&out, 4096);
	add(&in, "\x89PNG\r\n\x1a\n", 8);
	chunk(&in, "IHDR", "0123456789abc");
	chunk(&in, "tEXt", "Author Hoa");
	chunk(&in, "eXIf", "GPS");
	chunk(&in, "zTXt", "Hoa zip");
	chunk(&in, "iTXt", "XML:com.adobe.xmp Hoa");
	chunk(&in, "tIME", "Hoa 1234");
	chunk(&in, "iCCP", "colours");
	chunk(&in, "IDAT", "pixels");
	chunk(&in, "IEND", "");
	add(&in, "Hoa's film", 10);
	assert_int_equal(exif_strip(span_buf(&in), &out, NULL), RC_OK);
	assert_false(holds(&out, "Hoa"));
	assert_false(holds(&out, "GPS"));
	assert_true(holds(&out, "pixels"));
	assert_true(holds(&out, "colours"));
	assert_int_equal(out.len, in.len - (12 + 10) - (12 + 3) - (12 + 7) - (12 + 21) - (12 + 8) - 10);
	buf_free(&in);
	buf_free(&out);
}

static void test_cut_anywhere(void **state)
{
	struct buf in;

	(void)state;
	jpeg(&in);
	for (size_t n = 0; n < in.len; n++) {
		uint8_t *copy = malloc(n ? n : 1); /* so that reading past the end is seen */
		struct buf out;

		assert_non_null(copy);
		memcpy(copy, in.p, n);
		buf_init(&out, 4096);
		enum rc rc = exif_strip(span_of(copy, n), &out, NULL);
		assert_true(rc == RC_INPUT || n > in.len - sizeof(scan));
		buf_free(&out);
		free(copy);
	}
	buf_free(&in);
}

static void test_other_files(void **state)
{
	struct err why = {0};
	struct buf out;

	(void)state;
	buf_init(&out, 4096);
	assert_int_equal(exif_strip(span_str("GIF89a"), &out, &why), RC_INPUT);
	assert_string_equal(why.key, "exif.type");
	assert_int_equal(exif_strip(span_str("%PDF-1.7 whole"), &out, &why), RC_OK);
	assert_true(span_eq_str(span_buf(&out), "%PDF-1.7 whole"));
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_jpeg),
	    cmocka_unit_test(test_every_hiding_place),
	    cmocka_unit_test(test_several_scans_and_pictures),
	    cmocka_unit_test(test_png),
	    cmocka_unit_test(test_cut_anywhere),
	    cmocka_unit_test(test_other_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
