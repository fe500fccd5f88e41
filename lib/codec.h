/*
 * codec: the text forms of bytes, and fixed-width integers.
 *
 * hex (lower case only), base64url without padding (RFC 4648 section 5), base64
 * with padding (section 4), UUID text (RFC 9562, lower case only). Decoders are
 * strict, so that one value has exactly one text: upper-case hex, missing or
 * needless padding and non-zero spare bits are refused. They answer true or
 * false and nothing else; the caller knows which clause is broken.
 * Nothing here knows of keys or entries.
 */
#ifndef KK_LIB_CODEC_H
#define KK_LIB_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

/* Characters (without the NUL) that n bytes need. */
#define CODEC_HEX_LEN(n)  ((size_t)(n) * 2)
#define CODEC_B64U_LEN(n) (((size_t)(n) * 4 + 2) / 3)
#define CODEC_B64_LEN(n)  (((size_t)(n) + 2) / 3 * 4)

enum {
	CODEC_UUID_LEN = 36, /* characters of a UUID */
	CODEC_B64U_8 = 11,   /* characters of 8, 16, 32, 64 bytes in base64url */
	CODEC_B64U_16 = 22,
	CODEC_B64U_32 = 43,
	CODEC_B64U_64 = 86
};

/* Encode into a caller's buffer of CODEC_*_LEN(len) + 1 characters; NUL-terminated. */
void codec_hex(const void *p, size_t len, char *out);
void codec_b64u(const void *p, size_t len, char *out);
void codec_b64(const void *p, size_t len, char *out);

/* Encode at the end of *b (which fails by its own ceiling). */
void codec_hex_buf(struct buf *b, const void *p, size_t len);
void codec_b64u_buf(struct buf *b, const void *p, size_t len);
void codec_b64_buf(struct buf *b, const void *p, size_t len);

/*
 * Decode text that must give exactly `len` bytes. False (out untouched) on any
 * other length, a foreign character, wrong padding, or spare bits that are not 0.
 */
bool codec_hex_exact(struct span text, void *out, size_t len);
bool codec_b64u_exact(struct span text, void *out, size_t len);
bool codec_b64_exact(struct span text, void *out, size_t len);

/* The sizes in use: id/key/hash 32, signature 64, feed and salt 16, key prefix 8. */
static inline bool codec_b64u_16(struct span text, uint8_t out[16])
{
	return codec_b64u_exact(text, out, 16);
}
static inline bool codec_b64u_32(struct span text, uint8_t out[32])
{
	return codec_b64u_exact(text, out, 32);
}
static inline bool codec_b64u_64(struct span text, uint8_t out[64])
{
	return codec_b64u_exact(text, out, 64);
}
static inline bool codec_hex_32(struct span text, uint8_t out[32])
{
	return codec_hex_exact(text, out, 32);
}
static inline bool codec_b64_32(struct span text, uint8_t out[32])
{
	return codec_b64_exact(text, out, 32);
}

/*
 * Decode text of any length, appending the bytes to *out. False on bad text
 * (*out unchanged). Room and memory are the buf's: check buf_check afterwards.
 */
bool codec_hex_dec(struct span text, struct buf *out);
bool codec_b64u_dec(struct span text, struct buf *out);
bool codec_b64_dec(struct span text, struct buf *out);

/* UUID text, 8-4-4-4-12 lower-case hex. Any version and variant is let through. */
void codec_uuid(const uint8_t id[16], char out[CODEC_UUID_LEN + 1]);
bool codec_uuid_dec(struct span text, uint8_t out[16]);
/* Version nibble of a UUID, 0..15. */
static inline unsigned codec_uuid_version(const uint8_t id[16])
{
	return (unsigned)id[6] >> 4;
}
/* Stamp version (1..15) and the RFC 9562 variant on 16 bytes. */
static inline void codec_uuid_stamp(uint8_t id[16], unsigned version)
{
	id[6] = (uint8_t)((id[6] & 0x0fU) | (version << 4));
	id[8] = (uint8_t)((id[8] & 0x3fU) | 0x80U);
}

/* Fixed-width integers, big endian (be) and little endian (le); p need not be aligned. */
static inline void codec_put_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}
static inline void codec_put_be32(uint8_t *p, uint32_t v)
{
	codec_put_be16(p, (uint16_t)(v >> 16));
	codec_put_be16(p + 2, (uint16_t)v);
}
static inline void codec_put_be64(uint8_t *p, uint64_t v)
{
	codec_put_be32(p, (uint32_t)(v >> 32));
	codec_put_be32(p + 4, (uint32_t)v);
}
static inline uint16_t codec_get_be16(const uint8_t *p)
{
	return (uint16_t)((unsigned)p[0] << 8 | p[1]);
}
static inline uint32_t codec_get_be32(const uint8_t *p)
{
	return (uint32_t)codec_get_be16(p) << 16 | codec_get_be16(p + 2);
}
static inline uint64_t codec_get_be64(const uint8_t *p)
{
	return (uint64_t)codec_get_be32(p) << 32 | codec_get_be32(p + 4);
}
static inline void codec_put_le16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}
static inline void codec_put_le32(uint8_t *p, uint32_t v)
{
	codec_put_le16(p, (uint16_t)v);
	codec_put_le16(p + 2, (uint16_t)(v >> 16));
}
static inline void codec_put_le64(uint8_t *p, uint64_t v)
{
	codec_put_le32(p, (uint32_t)v);
	codec_put_le32(p + 4, (uint32_t)(v >> 32));
}
static inline uint16_t codec_get_le16(const uint8_t *p)
{
	return (uint16_t)((unsigned)p[1] << 8 | p[0]);
}
static inline uint32_t codec_get_le32(const uint8_t *p)
{
	return (uint32_t)codec_get_le16(p + 2) << 16 | codec_get_le16(p);
}
static inline uint64_t codec_get_le64(const uint8_t *p)
{
	return (uint64_t)codec_get_le32(p + 4) << 32 | codec_get_le32(p);
}

#endif
