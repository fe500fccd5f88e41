/*
 * text: normal form, search key and sorting key (see text.h), over utf8proc; the
 * only file with utf8proc.h. Numbers are in text_num.c, dates in text_date.c.
 */
#include "lib/text.h"

#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "lib/limits.h"

bool text_is_utf8(struct span s)
{
	const uint8_t *p = s.p, *end = s.len > 0 ? p + s.len : p;

	while (p < end) {
		size_t n = text_utf8_step(p, end);
		if (n == 0)
			return false;
		p += n;
	}
	return true;
}

size_t text_chars(struct span s)
{
	const uint8_t *p = s.p, *end = s.len > 0 ? p + s.len : p;
	size_t count = 0;

	while (p < end) {
		size_t n = text_utf8_step(p, end);
		if (n == 0)
			break;
		p += n;
		count++;
	}
	return count;
}

static bool is_ascii(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] >= 0x80)
			return false;
	return true;
}

/* utf8proc_map over valid UTF-8; *ret is malloc'ed. */
static enum rc map(struct span s, unsigned options, struct span *ret, struct err *reterr)
{
	utf8proc_uint8_t *out = NULL;
	utf8proc_ssize_t n =
	    utf8proc_map(s.len > 0 ? s.p : (const uint8_t *)"", (utf8proc_ssize_t)s.len, &out,
			 (utf8proc_option_t)options);

	if (n == UTF8PROC_ERROR_NOMEM || n == UTF8PROC_ERROR_OVERFLOW)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	if (n < 0)
		return err_set(reterr, RC_INPUT, NULL, "text.utf8", NULL);
	*ret = span_of(out, (size_t)n);
	return RC_OK;
}

static void map_free(struct span s)
{
	free((void *)(uintptr_t)s.p);
}

static enum rc admit(struct span s, struct err *reterr)
{
	if (s.len > LIMIT_TEXT)
		return err_num(reterr, RC_LIMIT, NULL, "text.too_long", "max",
			       (long long)LIMIT_TEXT);
	if (!text_is_utf8(s))
		return err_set(reterr, RC_INPUT, NULL, "text.utf8", NULL);
	return RC_OK;
}

bool text_is_nfc(struct span s)
{
	struct span nfc;

	if (is_ascii(s))
		return true;
	if (!text_is_utf8(s) || map(s, UTF8PROC_STABLE | UTF8PROC_COMPOSE, &nfc, NULL) != RC_OK)
		return false;
	bool same = span_eq(s, nfc);
	map_free(nfc);
	return same;
}

enum rc text_nfc(struct span s, struct buf *out, struct err *reterr)
{
	struct span nfc;
	enum rc rc = admit(s, reterr);

	if (rc == RC_OK)
		rc = map(s, UTF8PROC_STABLE | UTF8PROC_COMPOSE, &nfc, reterr);
	if (rc != RC_OK)
		return rc;
	buf_add_span(out, nfc);
	map_free(nfc);
	return buf_check(out, reterr);
}

/* ------------------------------------------------------- spaces and the fold */

/* Next code point of valid UTF-8. */
static utf8proc_int32_t next_char(const uint8_t **p, const uint8_t *end)
{
	utf8proc_int32_t c;
	utf8proc_ssize_t n = utf8proc_iterate(*p, end - *p, &c);

	*p += n > 0 ? n : 1;
	return n > 0 ? c : 0xfffd;
}

static void add_char(struct buf *out, utf8proc_int32_t c)
{
	utf8proc_uint8_t piece[4];

	buf_add(out, piece, (size_t)utf8proc_encode_char(c, piece));
}

static bool is_space(utf8proc_int32_t c)
{
	utf8proc_category_t cat = utf8proc_category(c);

	return cat == UTF8PROC_CATEGORY_ZS || cat == UTF8PROC_CATEGORY_CC ||
	       cat == UTF8PROC_CATEGORY_ZL || cat == UTF8PROC_CATEGORY_ZP;
}

/* Invisible characters that spreadsheets and web pages leave behind. */
static bool is_litter(utf8proc_int32_t c)
{
	return c == 0x200b || c == 0xfeff || c == 0x00ad;
}

/* Cut spaces from the end of what was appended since `from`. */
static void trim_end(struct buf *b, size_t from)
{
	while (b->len > from && (b->p[b->len - 1] == ' ' || b->p[b->len - 1] == '\n'))
		b->p[--b->len] = 0;
}

/* One line feed: spaces before it go, and it is dropped at the very beginning. */
static void add_line(struct buf *b)
{
	while (b->len > 0 && b->p[b->len - 1] == ' ')
		b->p[--b->len] = 0;
	if (b->len > 0)
		buf_add_char(b, '\n');
}

static void clean_into(struct span s, bool lines, struct buf *b)
{
	const uint8_t *p = s.p, *end = s.len > 0 ? p + s.len : p;

	while (p < end) {
		utf8proc_int32_t c = next_char(&p, end);
		if (lines && c == '\r' && p < end && *p == '\n')
			continue;
		if (lines && (c == '\n' || c == '\r')) {
			add_line(b);
		} else if (is_space(c)) {
			if (b->len > 0 && b->p[b->len - 1] != ' ' && b->p[b->len - 1] != '\n')
				buf_add_char(b, ' ');
		} else if (!is_litter(c)) {
			add_char(b, c);
		}
	}
	trim_end(b, 0);
}

enum rc text_clean(struct span s, bool lines, struct buf *out, struct err *reterr)
{
	struct buf b;
	enum rc rc = admit(s, reterr);

	if (rc != RC_OK)
		return rc;
	buf_init(&b, LIMIT_TEXT);
	clean_into(s, lines, &b);
	rc = buf_check(&b, reterr);
	if (rc == RC_OK)
		rc = text_nfc(span_buf(&b), out, reterr);
	buf_free(&b);
	return rc;
}

/* Characters that do not decompose, or that people type in place of another. */
static utf8proc_int32_t fold_char(utf8proc_int32_t c)
{
	static const struct {
		uint16_t from;
		char to;
	} same[] = {
	    {0x0111, 'd'},  {0x2018, '\''}, {0x2019, '\''}, {0x02bc, '\''}, {0x2032, '\''},
	    {0x00b4, '\''}, {0x0060, '\''}, {0x2010, '-'},  {0x2011, '-'},  {0x2012, '-'},
	    {0x2013, '-'},  {0x2014, '-'},  {0x2212, '-'},
	};

	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if (c == same[i].from)
			return same[i].to;
	return c;
}

enum rc text_fold(struct span s, struct buf *out, struct err *reterr)
{
	struct span bare;
	enum rc rc = admit(s, reterr);

	if (rc == RC_OK)
		rc = map(s,
			 UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_STRIPMARK |
			     UTF8PROC_CASEFOLD | UTF8PROC_IGNORE,
			 &bare, reterr);
	if (rc != RC_OK)
		return rc;
	size_t from = out->len;
	for (const uint8_t *p = bare.p, *end = p + bare.len; p < end;) {
		utf8proc_int32_t c = next_char(&p, end);
		if (!is_space(c))
			add_char(out, fold_char(c));
		else if (out->len > from && out->p[out->len - 1] != ' ')
			buf_add_char(out, ' ');
	}
	if (!out->failed)
		trim_end(out, from);
	map_free(bare);
	return buf_check(out, reterr);
}

/* ---------------------------------------------------------------- sort keys */

/*
 * Key: letters, 0x02, tones, 0x02, cases. Weights of letters, bytes: space 3, ASCII
 * punctuation 4.., digits 36.., the alphabet 46..; any other character is its own
 * UTF-8, which sorts after. Keys are valid UTF-8 without NUL, so they fit a TEXT column.
 */
enum { LEVEL_SEP = 2, PART_SEP = 1, W_SPACE = 3, W_PUNCT = 4, W_DIGIT = 36, W_ALPHA = 46 };

/* The alphabet in order; letters with a mark of their own as (base, mark). */
static const struct {
	uint16_t base, mark;
} alphabet[] = {
    {'a', 0}, {'a', 0x306}, {'a', 0x302}, {'b', 0}, {'c', 0}, {'d', 0},     {0x111, 0},
    {'e', 0}, {'e', 0x302}, {'f', 0},     {'g', 0}, {'h', 0}, {'i', 0},     {'j', 0},
    {'k', 0}, {'l', 0},     {'m', 0},     {'n', 0}, {'o', 0}, {'o', 0x302}, {'o', 0x31b},
    {'p', 0}, {'q', 0},     {'r', 0},     {'s', 0}, {'t', 0}, {'u', 0},     {'u', 0x31b},
    {'v', 0}, {'w', 0},     {'x', 0},     {'y', 0}, {'z', 0},
};

/* Tones in dictionary order after ngang: huyền hỏi ngã sắc nặng. */
static const uint16_t tones[] = {0x300, 0x309, 0x303, 0x301, 0x323};

struct sort_char {
	utf8proc_int32_t base; /* lower case, without marks */
	utf8proc_int32_t mark; /* breve, circumflex or horn, else 0 */
	uint8_t tone;          /* 0..5 */
	bool upper;
};

/* Read a base character and the marks after it, from decomposed text. */
static struct sort_char sort_next(const uint8_t **p, const uint8_t *end)
{
	utf8proc_int32_t c = next_char(p, end);
	struct sort_char r = {.base = utf8proc_tolower(c)};

	r.upper = r.base != c;
	while (*p < end) {
		const uint8_t *q = *p;
		utf8proc_int32_t m = next_char(&q, end);
		if (utf8proc_category(m) != UTF8PROC_CATEGORY_MN)
			break;
		if (m == 0x306 || m == 0x302 || m == 0x31b)
			r.mark = m;
		for (uint8_t i = 0; i < sizeof(tones) / sizeof(tones[0]); i++)
			if (m == tones[i])
				r.tone = (uint8_t)(i + 1);
		*p = q;
	}
	return r;
}

/* Weight of an ASCII character that is no letter. */
static uint8_t sort_ascii(int c)
{
	if (c <= ' ' || c == 0x7f)
		return W_SPACE;
	if (c >= '0' && c <= '9')
		return (uint8_t)(W_DIGIT + c - '0');
	int rank = c - '!';
	if (c > '9')
		rank -= 10;
	if (c > 'Z')
		rank -= 26;
	if (c > 'z')
		rank -= 26;
	return (uint8_t)(W_PUNCT + rank);
}

static void sort_primary(struct buf *out, const struct sort_char *c)
{
	size_t plain = 0;

	for (size_t i = 0; i < sizeof(alphabet) / sizeof(alphabet[0]); i++) {
		if (c->base != alphabet[i].base)
			continue;
		if (c->mark == alphabet[i].mark) {
			buf_add_char(out, (char)(W_ALPHA + i));
			return;
		}
		plain = plain ? plain : i + 1;
	}
	if (plain)
		buf_add_char(out, (char)(W_ALPHA + plain - 1));
	else if (c->base < 0x80)
		buf_add_char(out, (char)sort_ascii(c->base));
	else
		add_char(out, c->base);
}

/*
 * A level without the plain weights at its end: two keys get as far as a level only with as many
 * characters each, and what stands behind a level is less than any weight.
 */
static struct span sort_trim(const struct buf *level)
{
	size_t n = level->len;

	while (n > 0 && level->p[n - 1] == W_SPACE)
		n--;
	return span_of(level->p, n);
}

enum rc text_sort_key(struct span s, struct buf *out, struct err *reterr)
{
	struct span nfd;
	struct buf tone, cases;
	enum rc rc = admit(s, reterr);

	if (rc == RC_OK)
		rc = map(s, UTF8PROC_STABLE | UTF8PROC_DECOMPOSE, &nfd, reterr);
	if (rc != RC_OK)
		return rc;
	buf_init(&tone, 4 * LIMIT_TEXT);
	buf_init(&cases, 4 * LIMIT_TEXT);
	for (const uint8_t *p = nfd.p, *end = p + nfd.len; p < end;) {
		struct sort_char c = sort_next(&p, end);
		sort_primary(out, &c);
		buf_add_char(&tone, (char)(W_SPACE + c.tone));
		buf_add_char(&cases, (char)(W_SPACE + c.upper));
	}
	buf_add_char(out, LEVEL_SEP);
	buf_add_span(out, sort_trim(&tone));
	buf_add_char(out, LEVEL_SEP);
	buf_add_span(out, sort_trim(&cases));
	rc = buf_check(&tone, reterr);
	if (rc == RC_OK)
		rc = buf_check(&cases, reterr);
	if (rc == RC_OK)
		rc = buf_check(out, reterr);
	buf_free(&tone);
	buf_free(&cases);
	map_free(nfd);
	return rc;
}

enum rc text_name_key(struct span s, struct buf *out, struct err *reterr)
{
	struct buf b;

	buf_init(&b, LIMIT_TEXT);
	enum rc rc = text_clean(s, false, &b, reterr);
	if (rc == RC_OK) {
		size_t last = b.len;
		while (last > 0 && b.p[last - 1] != ' ')
			last--;
		rc = text_sort_key(span_of(b.p + last, b.len - last), out, reterr);
		if (rc == RC_OK) {
			buf_add_char(out, PART_SEP);
			rc = text_sort_key(span_of(b.p, last > 0 ? last - 1 : 0), out, reterr);
		}
	}
	buf_free(&b);
	return rc;
}
