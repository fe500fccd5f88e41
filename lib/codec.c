/*
 * codec: hex, base64url, base64 and UUID text, strict (see codec.h).
 * Both base64 alphabets share one encoder and one decoder, told apart by a table.
 */
#include "lib/codec.h"

#include <string.h>

static const char hex_digits[] = "0123456789abcdef";

/* An alphabet: characters by value, whether '=' fills the last group of four, and whose it is not. */
struct codec_abc {
	const char *chars;
	bool padded;
	uint8_t foreign; /* flag in b64_table of the other alphabet's characters */
};
enum { ONLY_URL = 0x40, ONLY_STD = 0x80, NONE = 0xff };

static const struct codec_abc abc_url = {
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", false, ONLY_STD};
static const struct codec_abc abc_std = {
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", true, ONLY_URL};

void codec_hex(const void *p, size_t len, char *out)
{
	const uint8_t *b = p;

	for (size_t i = 0; i < len; i++) {
		*out++ = hex_digits[b[i] >> 4];
		*out++ = hex_digits[b[i] & 15];
	}
	*out = '\0';
}

static int hex_val(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool hex_decode(const uint8_t *text, uint8_t *out, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int hi = hex_val(text[2 * i]), lo = hex_val(text[2 * i + 1]);
		if (hi < 0 || lo < 0)
			return false;
		if (out)
			out[i] = (uint8_t)(hi << 4 | lo);
	}
	return true;
}

bool codec_hex_exact(struct span text, void *out, size_t len)
{
	/* Looked at twice, so that out is untouched by bad text. */
	if (text.len / 2 != len || text.len % 2 != 0 || !hex_decode(text.p, NULL, len))
		return false;
	return hex_decode(text.p, out, len);
}

static void b64_encode(const struct codec_abc *abc, const uint8_t *p, size_t len, char *out)
{
	for (; len >= 3; p += 3, len -= 3) {
		uint32_t v = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];
		*out++ = abc->chars[v >> 18];
		*out++ = abc->chars[v >> 12 & 63];
		*out++ = abc->chars[v >> 6 & 63];
		*out++ = abc->chars[v & 63];
	}
	if (len > 0) {
		uint32_t v = (uint32_t)p[0] << 16 | (len > 1 ? (uint32_t)p[1] << 8 : 0);
		*out++ = abc->chars[v >> 18];
		*out++ = abc->chars[v >> 12 & 63];
		if (len > 1)
			*out++ = abc->chars[v >> 6 & 63];
		for (size_t i = len; abc->padded && i < 3; i++)
			*out++ = '=';
	}
	*out = '\0';
}

/* Value of each ASCII character, with ONLY_URL or ONLY_STD where one alphabet has it; 0xff = NONE. */
/* clang-format off */
static const uint8_t b64_table[128] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbe, 0xff, 0x7e, 0xff, 0xbf,
    0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e,
    0x0f, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18, 0x19, 0xff, 0xff, 0xff, 0xff, 0x7f,
    0xff, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27, 0x28,
    0x29, 0x2a, 0x2b, 0x2c, 0x2d, 0x2e, 0x2f, 0x30, 0x31, 0x32, 0x33, 0xff, 0xff, 0xff, 0xff, 0xff,
};
/* clang-format on */

/* 0..63, or more for what is not in the alphabet. */
static unsigned b64_val(const struct codec_abc *abc, uint8_t c)
{
	unsigned v = c < 128 ? b64_table[c] : NONE;

	return v & abc->foreign ? NONE : v & 63; /* NONE has both flags */
}

/* Length of what text of `len` characters (padding aside) decodes to; SIZE_MAX if none does. */
static size_t b64_bytes(size_t len)
{
	return len % 4 == 1 ? SIZE_MAX : len / 4 * 3 + (len % 4 > 0 ? len % 4 - 1 : 0);
}

/* Take the padding off *text, which must be exactly as long as RFC 4648 says. */
static bool b64_unpad(const struct codec_abc *abc, struct span *text)
{
	if (!abc->padded)
		return true;
	if (text->len % 4 != 0)
		return false;
	for (int i = 0; i < 2 && text->len > 0 && text->p[text->len - 1] == '='; i++)
		text->len--;
	return true;
}

/* Decode text without padding into out (or only check, out NULL). */
static bool b64_decode(const struct codec_abc *abc, struct span text, uint8_t *out)
{
	uint32_t acc = 0;
	unsigned bits = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned v = b64_val(abc, text.p[i]);
		if (v > 63)
			return false;
		acc = (acc << 6 | v) & 0xffff;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			if (out)
				*out++ = (uint8_t)(acc >> bits);
		}
	}
	return (acc & ((1U << bits) - 1)) == 0;
}

static bool b64_exact(const struct codec_abc *abc, struct span text, void *out, size_t len)
{
	uint8_t room[64];

	if (!b64_unpad(abc, &text) || b64_bytes(text.len) != len)
		return false;
	if (len > sizeof(room)) /* looked at twice, so that out is untouched by bad text */
		return b64_decode(abc, text, NULL) && b64_decode(abc, text, out);
	if (!b64_decode(abc, text, room))
		return false;
	if (len > 0)
		memcpy(out, room, len);
	return true;
}

void codec_b64u(const void *p, size_t len, char *out)
{
	b64_encode(&abc_url, p, len, out);
}

void codec_b64(const void *p, size_t len, char *out)
{
	b64_encode(&abc_std, p, len, out);
}

bool codec_b64u_exact(struct span text, void *out, size_t len)
{
	return b64_exact(&abc_url, text, out, len);
}

bool codec_b64_exact(struct span text, void *out, size_t len)
{
	return b64_exact(&abc_std, text, out, len);
}

void codec_hex_buf(struct buf *b, const void *p, size_t len)
{
	const uint8_t *in = p;
	char text[2 * 64 + 1];

	for (size_t n; len > 0; in += n, len -= n) {
		n = len < 64 ? len : 64;
		codec_hex(in, n, text);
		buf_add(b, text, CODEC_HEX_LEN(n));
	}
}

/* Whole groups of three bytes at a time, so that only the last piece has a short group. */
static void b64_buf(const struct codec_abc *abc, struct buf *b, const void *p, size_t len)
{
	const uint8_t *in = p;
	char text[4 * 32 + 1];

	for (size_t n; len > 0; in += n, len -= n) {
		n = len < 96 ? len : 96;
		b64_encode(abc, in, n, text);
		buf_add_str(b, text);
	}
}

void codec_b64u_buf(struct buf *b, const void *p, size_t len)
{
	b64_buf(&abc_url, b, p, len);
}

void codec_b64_buf(struct buf *b, const void *p, size_t len)
{
	b64_buf(&abc_std, b, p, len);
}

bool codec_hex_dec(struct span text, struct buf *out)
{
	if (text.len % 2 != 0 || !hex_decode(text.p, NULL, text.len / 2))
		return false;
	for (size_t i = 0; i < text.len; i += 2) {
		uint8_t byte;
		hex_decode(text.p + i, &byte, 1);
		buf_add(out, &byte, 1);
	}
	return true;
}

static bool b64_dec(const struct codec_abc *abc, struct span text, struct buf *out)
{
	uint8_t piece[96];

	if (!b64_unpad(abc, &text) || b64_bytes(text.len) == SIZE_MAX ||
	    !b64_decode(abc, text, NULL))
		return false;
	for (size_t n; text.len > 0; text.p += n, text.len -= n) {
		n = text.len < 128 ? text.len : 128;
		b64_decode(abc, span_of(text.p, n), piece);
		buf_add(out, piece, b64_bytes(n));
	}
	return true;
}

bool codec_b64u_dec(struct span text, struct buf *out)
{
	return b64_dec(&abc_url, text, out);
}

bool codec_b64_dec(struct span text, struct buf *out)
{
	return b64_dec(&abc_std, text, out);
}

/* Bytes of the five groups of a UUID. */
static const uint8_t uuid_groups[] = {4, 2, 2, 2, 6};

void codec_uuid(const uint8_t id[16], char out[CODEC_UUID_LEN + 1])
{
	for (size_t g = 0; g < sizeof(uuid_groups); g++) {
		if (g > 0)
			*out++ = '-';
		codec_hex(id, uuid_groups[g], out);
		out += CODEC_HEX_LEN(uuid_groups[g]);
		id += uuid_groups[g];
	}
}

bool codec_uuid_dec(struct span text, uint8_t out[16])
{
	uint8_t id[16];
	size_t at = 0, n = 0;

	if (text.len != CODEC_UUID_LEN)
		return false;
	for (size_t g = 0; g < sizeof(uuid_groups); g++) {
		if (g > 0 && text.p[at++] != '-')
			return false;
		if (!hex_decode(text.p + at, id + n, uuid_groups[g]))
			return false;
		at += CODEC_HEX_LEN(uuid_groups[g]);
		n += uuid_groups[g];
	}
	memcpy(out, id, sizeof(id));
	return true;
}
