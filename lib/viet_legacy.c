/*
 * viet_legacy: tables of TCVN3 and VNI, the guess, and the reading (see viet_legacy.h).
 *
 * TCVN3 (TCVN 5712:1993, VN3) has one sign a letter. VNI has a few letters with one sign (ơ ư đ and the
 * i's), and else a sign behind a vowel that says its mark and tone at once: a then å is ẩ.
 */
#include "lib/viet_legacy.h"

#include <string.h>

#include "lib/text.h"

enum { ODD_MIN = 3, LATIN = 256 };

static const char *const names[] = {"unicode", "tcvn3", "vni", "twice"};

const char *viet_legacy_name(enum viet_legacy from)
{
	return names[from];
}

enum viet_legacy viet_legacy_named(const char *name)
{
	for (size_t i = 0; i < VIET_TWICE; i++)
		if (strcmp(names[i], name) == 0)
			return (enum viet_legacy)i;
	return VIET_LEGACY_N;
}

/* ---- letters of a text, in UTF-8 or as single bytes ---- */

struct letters {
	const uint8_t *p, *end;
	bool utf8;
};

static struct letters letters_of(struct span text)
{
	return (struct letters){text.p, text.p + text.len, text_is_utf8(text)};
}

static bool next(struct letters *l, uint32_t *ret)
{
	static const uint8_t first[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	size_t n;

	if (l->p >= l->end)
		return false;
	n = l->utf8 ? text_utf8_step(l->p, l->end) : 1;
	*ret = l->utf8 ? l->p[0] & first[n] : l->p[0];
	for (size_t i = 1; i < n; i++)
		*ret = *ret << 6 | (l->p[i] & 0x3fU);
	l->p += n;
	return true;
}

static void put(struct buf *out, uint32_t c)
{
	if (c < 0x80) {
		buf_add_char(out, (char)c);
	} else if (c < 0x800) {
		buf_add_char(out, (char)(0xc0 | c >> 6));
		buf_add_char(out, (char)(0x80 | (c & 0x3f)));
	} else {
		if (c < 0x10000) {
			buf_add_char(out, (char)(0xe0 | c >> 12));
		} else {
			buf_add_char(out, (char)(0xf0 | c >> 18));
			buf_add_char(out, (char)(0x80 | (c >> 12 & 0x3f)));
		}
		buf_add_char(out, (char)(0x80 | (c >> 6 & 0x3f)));
		buf_add_char(out, (char)(0x80 | (c & 0x3f)));
	}
}

/* ---- the guess ---- */

static bool is_ascii_letter(uint32_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Signs TCVN3 puts where its letters are, that text in Latin hardly has beside a letter. */
static bool is_tcvn(uint32_t c)
{
	return (c >= 0xa8 && c <= 0xae) || (c >= 0xb5 && c <= 0xb9) || (c >= 0xbb && c <= 0xbe) ||
	       c == 0xc6 || c == 0xc7 || c == 0xcb || c == 0xcf || c == 0xd1 || c == 0xd6 ||
	       c == 0xd7 || c == 0xd8 || c == 0xde || c == 0xf7;
}

/* Letters VNI writes behind a vowel. */
static bool is_vni(uint32_t c)
{
	return c == 0xf8 || c == 0xd8 || c == 0xfb || c == 0xdb || c == 0xef || c == 0xcf ||
	       c == 0xe4 || c == 0xc4 || c == 0xeb || c == 0xe5;
}

static bool is_vietnamese(uint32_t c)
{
	return (c >= 0x1ea0 && c <= 0x1ef9) || c == 0x110 || c == 0x111 || c == 0x102 ||
	       c == 0x103 || c == 0x1a0 || c == 0x1a1 || c == 0x1af || c == 0x1b0;
}

struct count {
	size_t tcvn, vni, twice, vietnamese;
};

static void count_one(struct count *n, uint32_t before, uint32_t c)
{
	n->vietnamese += is_vietnamese(c);
	if (before == 0xe1 && (c == 0xba || c == 0xbb))
		n->twice++;
	else if (is_tcvn(c) && is_ascii_letter(before))
		n->tcvn++;
	else if (is_vni(c) && before > 0 && before < 0x80 && strchr("aeouAEOU", (int)before))
		n->vni++;
}

enum viet_legacy viet_legacy_guess(struct span text)
{
	struct letters l = letters_of(text);
	struct count n = {0};
	uint32_t c, before = ' ';

	while (next(&l, &c)) {
		count_one(&n, before, c);
		before = c;
	}
	if (l.utf8 && n.twice >= ODD_MIN)
		return VIET_TWICE;
	if (n.tcvn >= ODD_MIN && n.tcvn > n.vietnamese && n.tcvn >= n.vni)
		return VIET_TCVN3;
	if (n.vni >= ODD_MIN && n.vni > n.vietnamese)
		return VIET_VNI;
	return VIET_UNICODE;
}

/* ---- TCVN3 ---- */

/* From 0xa1; 0: no letter of the alphabet. */
static const uint16_t tcvn3[] = {
    /* a1 */ 0x102,
    0xc2,
    0xca,
    0xd4,
    0x1a0,
    0x1af,
    0x110, /* Ă Â Ê Ô Ơ Ư Đ */
    /* a8 */ 0x103,
    0xe2,
    0xea,
    0xf4,
    0x1a1,
    0x1b0,
    0x111, /* ă â ê ô ơ ư đ */
    /* af */ 0,
    0,
    0,
    0,
    0,
    0,
    /* b5 */ 0xe0,
    0x1ea3,
    0xe3,
    0xe1,
    0x1ea1,
    0, /* à ả ã á ạ */
    /* bb */ 0x1eb1,
    0x1eb3,
    0x1eb5,
    0x1eaf,
    0,
    0,
    0,
    0,
    0,
    0,
    0, /* ằ ẳ ẵ ắ */
    /* c6 */ 0x1eb7,
    0x1ea7,
    0x1ea9,
    0x1eab,
    0x1ea5,
    0x1ead, /* ặ ầ ẩ ẫ ấ ậ */
    /* cc */ 0xe8,
    0,
    0x1ebb,
    0x1ebd,
    0xe9,
    0x1eb9, /* è ẻ ẽ é ẹ */
    /* d2 */ 0x1ec1,
    0x1ec3,
    0x1ec5,
    0x1ebf,
    0x1ec7, /* ề ể ễ ế ệ */
    /* d7 */ 0xec,
    0x1ec9,
    0,
    0,
    0,
    0x129,
    0xed,
    0x1ecb, /* ì ỉ ĩ í ị */
    /* df */ 0xf2,
    0,
    0x1ecf,
    0xf5,
    0xf3,
    0x1ecd, /* ò ỏ õ ó ọ */
    /* e5 */ 0x1ed3,
    0x1ed5,
    0x1ed7,
    0x1ed1,
    0x1ed9, /* ồ ổ ỗ ố ộ */
    /* ea */ 0x1edd,
    0x1edf,
    0x1ee1,
    0x1edb,
    0x1ee3, /* ờ ở ỡ ớ ợ */
    /* ef */ 0xf9,
    0,
    0x1ee7,
    0x169,
    0xfa,
    0x1ee5, /* ù ủ ũ ú ụ */
    /* f5 */ 0x1eeb,
    0x1eed,
    0x1eef,
    0x1ee9,
    0x1ef1, /* ừ ử ữ ứ ự */
    /* fa */ 0x1ef3,
    0x1ef7,
    0x1ef9,
    0xfd,
    0x1ef5, /* ỳ ỷ ỹ ý ỵ */
};

static uint32_t from_tcvn3(uint32_t c)
{
	const size_t n = sizeof(tcvn3) / sizeof(tcvn3[0]);

	return c >= 0xa1 && c - 0xa1 < n && tcvn3[c - 0xa1] ? tcvn3[c - 0xa1] : c;
}

/* ---- VNI ---- */

/* A vowel with the letters each sign makes of it, in the order of `signs`; 0: none. */
struct vowel {
	uint16_t base;
	uint16_t with[16];
};

/* Small signs: tones of the plain vowel, then circumflex and its tones, then breve and its tones. */
static const uint8_t signs[16] = {0xf9, 0xf8, 0xfb,
				  0xf5, 0xef, /* sắc huyền hỏi ngã nặng */
				  0xe2, 0xe1, 0xe0,
				  0xe5, 0xe3, 0xe4, /* â: ngang sắc huyền hỏi ngã nặng */
				  0xea, 0xe9, 0xe8,
				  0xfa, 0xfc}; /* ă: ngang sắc huyền hỏi ngã; nặng below */
enum { BREVE_DOT = 0xeb };

static const struct vowel vowels[] = {
    {'a',
     {0xe1, 0xe0, 0x1ea3, 0xe3, 0x1ea1, 0xe2, 0x1ea5, 0x1ea7, 0x1ea9, 0x1eab, 0x1ead, 0x103, 0x1eaf,
      0x1eb1, 0x1eb3, 0x1eb5}},
    {'A',
     {0xc1, 0xc0, 0x1ea2, 0xc3, 0x1ea0, 0xc2, 0x1ea4, 0x1ea6, 0x1ea8, 0x1eaa, 0x1eac, 0x102, 0x1eae,
      0x1eb0, 0x1eb2, 0x1eb4}},
    {'e', {0xe9, 0xe8, 0x1ebb, 0x1ebd, 0x1eb9, 0xea, 0x1ebf, 0x1ec1, 0x1ec3, 0x1ec5, 0x1ec7}},
    {'E', {0xc9, 0xc8, 0x1eba, 0x1ebc, 0x1eb8, 0xca, 0x1ebe, 0x1ec0, 0x1ec2, 0x1ec4, 0x1ec6}},
    {'o', {0xf3, 0xf2, 0x1ecf, 0xf5, 0x1ecd, 0xf4, 0x1ed1, 0x1ed3, 0x1ed5, 0x1ed7, 0x1ed9}},
    {'O', {0xd3, 0xd2, 0x1ece, 0xd5, 0x1ecc, 0xd4, 0x1ed0, 0x1ed2, 0x1ed4, 0x1ed6, 0x1ed8}},
    {0xf4, {0x1edb, 0x1edd, 0x1edf, 0x1ee1, 0x1ee3}}, /* ơ, drawn at ô */
    {0xd4, {0x1eda, 0x1edc, 0x1ede, 0x1ee0, 0x1ee2}},
    {'u', {0xfa, 0xf9, 0x1ee7, 0x169, 0x1ee5}},
    {'U', {0xda, 0xd9, 0x1ee6, 0x168, 0x1ee4}},
    {0xf6, {0x1ee9, 0x1eeb, 0x1eed, 0x1eef, 0x1ef1}}, /* ư, drawn at ö */
    {0xd6, {0x1ee8, 0x1eea, 0x1eec, 0x1eee, 0x1ef0}},
    {'y', {0xfd, 0x1ef3, 0x1ef7, 0x1ef9}},
    {'Y', {0xdd, 0x1ef2, 0x1ef6, 0x1ef8}},
};

/* Letters of one sign. */
static const uint16_t alone[][2] = {
    {0xf4, 0x1a1}, {0xd4, 0x1a0},  {0xf6, 0x1b0},  {0xd6, 0x1af},  {0xf1, 0x111},  {0xd1, 0x110},
    {0xed, 0xed},  {0xec, 0xec},   {0xe6, 0x1ec9}, {0xf3, 0x129},  {0xf2, 0x1ecb}, {0xcd, 0xcd},
    {0xcc, 0xcc},  {0xc6, 0x1ec8}, {0xd3, 0x128},  {0xd2, 0x1eca}, {0xee, 0x1ef5}, {0xce, 0x1ef4},
};

/* What a vowel and the sign behind it are; 0: nothing. A capital sign is the small one. */
static uint32_t joined(uint32_t base, uint32_t sign)
{
	if (sign >= 0xc0 && sign < 0xe0)
		sign += 0x20;
	if (sign == BREVE_DOT)
		return base == 'a' ? 0x1eb7 : base == 'A' ? 0x1eb6 : 0;
	for (size_t i = 0; i < sizeof(vowels) / sizeof(vowels[0]); i++)
		for (size_t k = 0; vowels[i].base == base && k < sizeof(signs); k++)
			if (signs[k] == sign)
				return vowels[i].with[k];
	return 0;
}

static uint32_t from_vni(uint32_t c)
{
	for (size_t i = 0; i < sizeof(alone) / sizeof(alone[0]); i++)
		if (alone[i][0] == c)
			return alone[i][1];
	return c;
}

static void read_vni(struct letters *l, struct buf *out)
{
	uint32_t c, ahead, both;
	bool more = next(l, &c);

	while (more) {
		more = next(l, &ahead);
		both = more ? joined(c, ahead) : 0;
		put(out, both ? both : from_vni(c));
		if (both)
			more = next(l, &ahead);
		c = ahead;
	}
}

/* ---- reading ---- */

/* Letters of the alphabet that Latin has too. */
static bool is_shared(uint32_t c)
{
	static const uint8_t shared[] = {0xe0, 0xe1, 0xe2, 0xe3, 0xe8, 0xe9, 0xea, 0xec,
					 0xed, 0xf2, 0xf3, 0xf4, 0xf5, 0xf9, 0xfa, 0xfd};
	uint32_t small = c >= 0xc0 && c < 0xe0 ? c + 0x20 : c;

	return small < LATIN && memchr(shared, (int)small, sizeof(shared));
}

bool viet_legacy_is_unicode(struct span text)
{
	struct letters l = letters_of(text);
	bool other = false;
	uint32_t c;

	while (l.utf8 && next(&l, &c)) {
		if (is_vietnamese(c))
			return true;
		other = other || (c >= 0x80 && c < LATIN && !is_shared(c));
	}
	return l.utf8 && !other;
}

enum rc viet_legacy_read(enum viet_legacy from, struct span text, struct buf *out,
			 struct err *reterr)
{
	struct letters l = letters_of(text);
	uint32_t c;

	if (from == VIET_VNI)
		read_vni(&l, out);
	else
		while (next(&l, &c))
			put(out, from == VIET_TCVN3 ? from_tcvn3(c) : c);
	return buf_check(out, reterr);
}
