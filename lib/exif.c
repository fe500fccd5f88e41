/*
 * exif: photos without what a camera writes into them. Walks segments and chunks by their
 * lengths and copies the others. Does NOT look into the picture.
 */
#include "lib/exif.h"

#include <string.h>

#include "lib/codec.h"

enum {
	RST0 = 0xd0,
	RST7 = 0xd7,
	SOI = 0xd8,
	EOI = 0xd9,
	SOS = 0xda,
	COM = 0xfe,
	APP0 = 0xe0,
	APP1 = 0xe1,
	APP2 = 0xe2,
	APP14 = 0xee,
	APP15 = 0xef,
	TAG_ORIENTATION = 0x0112,
	IFD_ENTRY = 12
};

static const uint8_t png_magic[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

const char *exif_type(struct span f)
{
	if (f.len >= 3 && f.p[0] == 0xff && f.p[1] == SOI && f.p[2] == 0xff)
		return "image/jpeg";
	if (f.len >= sizeof(png_magic) && memcmp(f.p, png_magic, sizeof(png_magic)) == 0)
		return "image/png";
	if (span_starts(f, "%PDF-"))
		return "application/pdf";
	return NULL;
}

static enum rc broken(struct err *reterr)
{
	return err_set(reterr, RC_INPUT, NULL, "exif.broken", NULL);
}

/* ---- JPEG ---- */

/* A number of a TIFF block, which says itself which end comes first. */
static unsigned get16(const uint8_t *p, bool big)
{
	return big ? codec_get_be16(p) : codec_get_le16(p);
}

static uint32_t get32(const uint8_t *p, bool big)
{
	return big ? codec_get_be32(p) : codec_get_le32(p);
}

/* Orientation 1 to 8 out of the body of an APP1 segment; 0 when it says none. */
static unsigned orientation(struct span app1)
{
	struct span tiff;
	uint32_t at;
	bool big;

	if (app1.len < 14 || memcmp(app1.p, "Exif\0\0", 6) != 0)
		return 0;
	tiff = span_of(app1.p + 6, app1.len - 6);
	big = tiff.p[0] == 'M';
	at = get32(tiff.p + 4, big);
	if (at > tiff.len - 2 || tiff.len < 10)
		return 0;
	for (size_t n = get16(tiff.p + at, big), i = 0; i < n; i++) {
		size_t entry = at + 2 + i * IFD_ENTRY;
		if (entry + IFD_ENTRY > tiff.len)
			return 0;
		if (get16(tiff.p + entry, big) == TAG_ORIENTATION) {
			unsigned v = get16(tiff.p + entry + 8, big);
			return v <= 8 ? v : 0;
		}
	}
	return 0;
}

/* An APP1 that holds the orientation and nothing else. */
static void add_orientation(struct buf *out, unsigned v)
{
	uint8_t app1[] = {0xff, APP1, 0, 34, 'E', 'x', 'i', 'f', 0,    0,    'M', 'M',
			  0,    42,   0, 0,  0,   8,   0,   1,   0x01, 0x12, 0,   3,
			  0,    0,    0, 1,  0,   0,   0,   0,   0,    0,    0,   0};

	app1[29] = (uint8_t)v;
	buf_add(out, app1, sizeof(app1));
}

/* body: of the segment. Of APP2 a colour profile stays; a list of further pictures (MPF) goes with them. */
static bool goes(unsigned marker, struct span body)
{
	static const char icc[] = "ICC_PROFILE";

	if (marker == APP2)
		return body.len < sizeof(icc) || memcmp(body.p, icc, sizeof(icc)) != 0;
	return marker == COM || (marker >= APP1 && marker <= APP15 && marker != APP14);
}

/*
 * Where the scan that begins at `at` ends: at the next marker that is none of its own (a stuffed
 * FF 00, a restart, a fill byte); at the end of the file for a picture that was cut there.
 */
static size_t scan_end(struct span f, size_t at)
{
	while (at + 1 < f.len) {
		unsigned next = f.p[at + 1];

		if (f.p[at] == 0xff && next != 0 && next != 0xff && !(next >= RST0 && next <= RST7))
			return at;
		at++;
	}
	return f.len;
}

static enum rc strip_jpeg(struct span f, struct buf *out, struct err *reterr)
{
	size_t at = 2;
	bool scanned = false;

	buf_add(out, f.p, 2);
	while (at + 2 <= f.len && f.p[at] == 0xff) {
		unsigned marker = f.p[at + 1], v;
		size_t len;

		if (marker == 0xff) { /* a fill byte */
			at++;
			continue;
		}
		if (marker == EOI) {
			buf_add(out, f.p + at, 2);
			break;
		}
		len = at + 4 <= f.len ? codec_get_be16(f.p + at + 2) : 0;
		if (len < 2 || at + 2 + len > f.len)
			return broken(reterr);
		if (marker == SOS) {
			size_t end = scan_end(f, at + 2 + len);

			buf_add(out, f.p + at, end - at);
			at = end;
			scanned = true;
			if (end == f.len)
				break;
			continue;
		}
		v = marker == APP1 ? orientation(span_of(f.p + at + 4, len - 2)) : 0;
		if (v > 1)
			add_orientation(out, v);
		else if (!goes(marker, span_of(f.p + at + 4, len - 2)))
			buf_add(out, f.p + at, len + 2);
		at += len + 2;
	}
	return scanned ? buf_check(out, reterr) : broken(reterr);
}

/* ---- PNG ---- */

static bool chunk_goes(const uint8_t *type)
{
	static const char gone[][5] = {"eXIf", "tEXt", "zTXt", "iTXt", "tIME"};

	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
		if (memcmp(type, gone[i], 4) == 0)
			return true;
	return false;
}

static enum rc strip_png(struct span f, struct buf *out, struct err *reterr)
{
	size_t at = sizeof(png_magic);

	buf_add(out, png_magic, sizeof(png_magic));
	while (at + 12 <= f.len) {
		size_t len = codec_get_be32(f.p + at);

		if (len > f.len - at - 12)
			return broken(reterr);
		if (!chunk_goes(f.p + at + 4))
			buf_add(out, f.p + at, len + 12);
		if (memcmp(f.p + at + 4, "IEND", 4) == 0)
			return buf_check(out, reterr);
		at += len + 12;
	}
	return broken(reterr);
}

enum rc exif_strip(struct span file, struct buf *out, struct err *reterr)
{
	const char *type = exif_type(file);

	if (!type)
		return err_set(reterr, RC_INPUT, NULL, "exif.type", NULL);
	if (strcmp(type, "image/jpeg") == 0)
		return strip_jpeg(file, out, reterr);
	if (strcmp(type, "image/png") == 0)
		return strip_png(file, out, reterr);
	buf_add_span(out, file);
	return buf_check(out, reterr);
}
