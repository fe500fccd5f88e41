/*
 * json_scan: the strict scanner of json.h, one pass and no allocation.
 *
 * A loop, not recursion: the open containers are on a fixed stack. Keys carry a
 * hash of their decoded bytes (in tok.n) and each open object a 64-bit filter of
 * the hashes seen, so most keys are known to be new without walking the others.
 * Not here: the tree (json.c).
 */
#include "lib/json.h"

#include <assert.h>
#include <string.h>

#include "lib/limits.h"
#include "lib/num.h"
#include "lib/text.h"

const struct json_rules json_rules_entry = {
    .max_len = LIMIT_ENTRY_PAYLOAD,
    .depth = LIMIT_ENTRY_DEPTH,
    .max_members = LIMIT_ENTRY_MEMBERS,
    .compact = true,
    .shortest_escapes = true,
};

const struct json_rules json_rules_tree = {
    .max_len = LIMIT_JSON_TEXT,
    .depth = LIMIT_JSON_DEPTH,
    .max_members = LIMIT_JSON_MEMBERS,
};

/* An open container. */
struct level {
	uint32_t tok;  /* its token */
	uint64_t seen; /* objects: bit (hash & 63) of each key so far */
	uint32_t last[64]; /* where that bit is set: the last such key */
};

struct scan {
	const uint8_t *base, *p, *end;
	const struct json_rules *rules;
	struct json_tok *tok;
	size_t n, max;
	struct level level[LIMIT_JSON_STACK];
	unsigned depth; /* open containers */
	struct err *err;
};

static enum rc refuse(const struct scan *s, const uint8_t *at, const char *key)
{
	return err_num(s->err, RC_REFUSED, NULL, key, "at", at - s->base);
}

/* A new token starting at s->p; NULL when the tape is full. */
static struct json_tok *push(struct scan *s, enum json_type type)
{
	if (s->n >= s->max)
		return NULL;
	struct json_tok *t = &s->tok[s->n++];
	*t = (struct json_tok){.off = (uint32_t)(s->p - s->base), .type = (uint8_t)type};
	t->next = (uint32_t)s->n;
	return t;
}

static bool is_space(uint8_t c)
{
	return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Move to the next byte that is not white space; RC_REFUSED at the end of the text. */
static enum rc skip(struct scan *s)
{
	while (s->p < s->end && is_space(*s->p)) {
		if (s->rules->compact)
			return refuse(s, s->p, "json.space");
		s->p++;
	}
	return s->p < s->end ? RC_OK : refuse(s, s->p, "json.cut");
}

/* ------------------------------------------------------------------ strings */

/* Four hex digits at p (any case); -1 when they are not. */
static int hex4(const uint8_t *p)
{
	int v = 0;

	for (int i = 0; i < 4; i++) {
		int c = p[i] | 0x20;
		if (p[i] >= '0' && p[i] <= '9')
			v = v << 4 | (p[i] - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (c - 'a' + 10);
		else
			return -1;
	}
	return v;
}

/* The escape letter of a control character that has one, else 0. */
static char short_escape(int c)
{
	switch (c) {
	case '\b': return 'b';
	case '\f': return 'f';
	case '\n': return 'n';
	case '\r': return 'r';
	case '\t': return 't';
	default: return 0;
	}
}

/* Is \uXXXX at p (a backslash) the shortest form of code unit u? */
static bool shortest_u(const uint8_t *p, int u)
{
	return u < 0x20 && !short_escape(u) && !(p[5] >= 'A' && p[5] <= 'F');
}

/* \uXXXX at s->p (a backslash, a whole text behind it is not sure): check and pass. */
static enum rc escape_u(struct scan *s)
{
	const uint8_t *at = s->p;

	if (s->end - at < 6)
		return refuse(s, at,
			      memchr(at, '"', (size_t)(s->end - at)) ? "json.escape" : "json.cut");
	int u = hex4(at + 2);
	if (u < 0)
		return refuse(s, at, "json.escape");
	if (u == 0)
		return refuse(s, at, "json.nul");
	s->p += 6;
	if (u >= 0xd800 && u <= 0xdfff) {
		int low = -1;
		if (u < 0xdc00 && s->end - at >= 12 && at[6] == '\\' && at[7] == 'u')
			low = hex4(at + 8);
		if (low < 0xdc00 || low > 0xdfff)
			return refuse(s, at, "json.surrogate");
		s->p += 6;
	}
	if (s->rules->shortest_escapes && !shortest_u(at, u))
		return refuse(s, at, "json.escape_form");
	return RC_OK;
}

static enum rc escape(struct scan *s)
{
	if (s->end - s->p < 2)
		return refuse(s, s->end, "json.cut");
	uint8_t c = s->p[1];
	if (c == 'u')
		return escape_u(s);
	if (c == 0 || !strchr("\"\\/bfnrt", c))
		return refuse(s, s->p, "json.escape");
	if (c == '/' && s->rules->shortest_escapes)
		return refuse(s, s->p, "json.escape_form");
	s->p += 2;
	return RC_OK;
}

/* Any byte of a string that is not plain ASCII: an escape, a control, or UTF-8. */
static enum rc odd_byte(struct scan *s, struct json_tok *t)
{
	if (*s->p == '\\') {
		t->escaped = true;
		return escape(s);
	}
	if (*s->p < 0x20)
		return refuse(s, s->p, "json.control");
	size_t n = text_utf8_step(s->p, s->end);
	if (n == 0)
		return refuse(s, s->p, "json.utf8");
	s->p += n;
	return RC_OK;
}

/* Are the eight bytes at p all plain: ASCII from 0x20 on, no quote, no backslash? (SWAR) */
static bool plain8(const uint8_t *p)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), high = ones << 7;
	uint64_t x;

	memcpy(&x, p, sizeof(x));
	uint64_t quote = x ^ ones * '"', slash = x ^ ones * '\\';
	return ((x | (x - ones * 0x20) | (quote - ones) | (slash - ones)) & high) == 0;
}

/* A string at s->p, which is a quote. */
static enum rc string(struct scan *s, struct json_tok **rett)
{
	struct json_tok *t = push(s, JSON_STRING);

	if (!t)
		return refuse(s, s->p, "json.tokens");
	s->p++;
	for (;;) {
		while (s->end - s->p >= 8 && plain8(s->p))
			s->p += 8;
		while (s->p < s->end && *s->p >= 0x20 && *s->p < 0x80 && *s->p != '"' &&
		       *s->p != '\\')
			s->p++;
		if (s->p >= s->end)
			return refuse(s, s->end, "json.cut");
		if (*s->p == '"')
			break;
		enum rc rc = odd_byte(s, t);
		if (rc != RC_OK)
			return rc;
	}
	s->p++;
	t->len = (uint32_t)(s->p - s->base) - t->off;
	*rett = t;
	return RC_OK;
}

static size_t put_utf8(uint32_t c, uint8_t out[4])
{
	if (c < 0x80) {
		out[0] = (uint8_t)c;
		return 1;
	}
	size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		out[i] = (uint8_t)(0x80 | (c & 0x3f));
	out[0] = (uint8_t)((0xf00U >> n & 0xf0U) | c);
	return n;
}

/*
 * Decode the next unit (one raw byte or one escape) of a string that was scanned.
 * Returns the bytes written to out.
 */
static size_t unit(const uint8_t **p, uint8_t out[4])
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";

	if (**p != '\\') {
		out[0] = *(*p)++;
		return 1;
	}
	uint8_t c = (*p)[1];
	if (c != 'u') {
		const char *at = strchr(from, c);
		out[0] = at ? (uint8_t)to[at - from] : c;
		*p += 2;
		return 1;
	}
	uint32_t u = (uint32_t)hex4(*p + 2);
	*p += 6;
	if (u >= 0xd800 && u <= 0xdbff) {
		u = 0x10000 + ((u - 0xd800) << 10) + ((uint32_t)hex4(*p + 2) - 0xdc00);
		*p += 6;
	}
	return put_utf8(u, out);
}

/* FNV-1a over the decoded bytes. */
static uint32_t key_hash(struct span inner, bool escaped)
{
	uint32_t h = 2166136261U;
	uint8_t piece[4];

	if (!escaped) {
		for (size_t i = 0; i < inner.len; i++)
			h = (h ^ inner.p[i]) * 16777619U;
		return h;
	}
	for (const uint8_t *p = inner.p, *end = p + inner.len; p < end;) {
		size_t n = unit(&p, piece);
		for (size_t i = 0; i < n; i++)
			h = (h ^ piece[i]) * 16777619U;
	}
	return h;
}

/* Equality of the decoded values, where at least one has an escape. */
static bool same_decoded(struct span a, struct span b)
{
	const uint8_t *pa = a.p, *ea = pa + a.len, *pb = b.p, *eb = pb + b.len;
	uint8_t ba[4], bb[4];
	size_t na = 0, nb = 0, ia = 0, ib = 0;

	for (;;) {
		if (ia == na) {
			na = pa < ea ? unit(&pa, ba) : 0;
			ia = 0;
		}
		if (ib == nb) {
			nb = pb < eb ? unit(&pb, bb) : 0;
			ib = 0;
		}
		if (na == 0 || nb == 0)
			return na == nb;
		if (ba[ia++] != bb[ib++])
			return false;
	}
}

static bool same_key(struct span text, const struct json_tok *a, const struct json_tok *b)
{
	struct span sa = json_tok_inner(text, a), sb = json_tok_inner(text, b);

	if (a->n != b->n)
		return false;
	return a->escaped || b->escaped ? same_decoded(sa, sb) : span_eq(sa, sb);
}

/* Is the key just scanned (the last token) already a member of the object? */
static bool duplicate(struct scan *s, struct level *lv)
{
	struct span text = span_of(s->base, (size_t)(s->end - s->base));
	struct json_tok *key = &s->tok[s->n - 1];
	unsigned h = key->n & 63;
	uint32_t like = lv->seen >> h & 1 ? lv->last[h] : 0; /* token 0 is no key */

	key->next = like;
	lv->seen |= (uint64_t)1 << h;
	lv->last[h] = (uint32_t)(s->n - 1);
	for (; like > 0; like = s->tok[like].next)
		if (same_key(text, &s->tok[like], key))
			return true;
	return false;
}

/* A member's key and colon. */
static enum rc key(struct scan *s)
{
	struct level *lv = &s->level[s->depth - 1];
	struct json_tok *t;
	enum rc rc = skip(s);

	if (rc != RC_OK)
		return rc;
	const uint8_t *at = s->p;
	if (*at != '"')
		return refuse(s, at, "json.syntax");
	if (s->tok[lv->tok].n >= s->rules->max_members)
		return refuse(s, at, "json.members");
	rc = string(s, &t);
	if (rc != RC_OK)
		return rc;
	struct span inner = span_of(at + 1, t->len - 2);
	t->n = key_hash(inner, t->escaped);
	if (duplicate(s, lv))
		return refuse(s, at, "json.duplicate");
	s->tok[lv->tok].n++;
	rc = skip(s);
	if (rc != RC_OK)
		return rc;
	if (*s->p != ':')
		return refuse(s, s->p, "json.syntax");
	s->p++;
	return RC_OK;
}

/* ------------------------------------------------------------------ scalars */

static enum rc integer(struct scan *s)
{
	const uint8_t *at = s->p, *digits = at + (*at == '-');
	struct json_tok *t = push(s, JSON_INT);
	uint64_t v = 0;

	if (!t)
		return refuse(s, at, "json.tokens");
	for (s->p = digits; s->p < s->end && *s->p >= '0' && *s->p <= '9'; s->p++)
		if (v <= (uint64_t)NUM_SAFE_MAX)
			v = v * 10 + (uint64_t)(*s->p - '0');
	if (s->p == digits)
		return refuse(s, s->p, s->p == s->end ? "json.cut" : "json.syntax");
	if (*digits == '0' && s->p - digits > 1)
		return refuse(s, at, "json.leading_zero");
	if (s->p < s->end && *s->p == '.')
		return refuse(s, s->p, "json.fraction");
	if (s->p < s->end && (*s->p | 0x20) == 'e')
		return refuse(s, s->p, "json.exponent");
	if (v == 0 && *at == '-')
		return refuse(s, at, "json.minus_zero");
	if (v > (uint64_t)NUM_SAFE_MAX)
		return refuse(s, at, "json.int_range");
	t->len = (uint32_t)(s->p - at);
	return RC_OK;
}

static enum rc word(struct scan *s, const char *text, enum json_type type)
{
	const uint8_t *at = s->p;
	struct json_tok *t = push(s, type);

	if (!t)
		return refuse(s, at, "json.tokens");
	for (; *text; text++, s->p++) {
		if (s->p == s->end)
			return refuse(s, s->p, "json.cut");
		if (*s->p != (uint8_t)*text)
			return refuse(s, s->p, "json.syntax");
	}
	t->len = (uint32_t)(s->p - at);
	return RC_OK;
}

/* --------------------------------------------------------------- containers */

static void close_level(struct scan *s)
{
	struct json_tok *t = &s->tok[s->level[--s->depth].tok];

	s->p++;
	t->len = (uint32_t)(s->p - s->base) - t->off;
	t->next = (uint32_t)s->n;
}

static uint8_t closer(const struct scan *s)
{
	return s->tok[s->level[s->depth - 1].tok].type == JSON_OBJECT ? '}' : ']';
}

/* What must come before the next value inside the innermost container. */
static enum rc lead(struct scan *s)
{
	struct json_tok *t = &s->tok[s->level[s->depth - 1].tok];

	if (t->type == JSON_OBJECT)
		return key(s);
	t->n++;
	return RC_OK;
}

/* '{' or '[': *retopen = whether a value is expected next (false: it was empty). */
static enum rc open_level(struct scan *s, enum json_type type, bool *retopen)
{
	if (s->depth >= s->rules->depth || s->depth >= LIMIT_JSON_STACK)
		return refuse(s, s->p, "json.depth");
	if (!push(s, type))
		return refuse(s, s->p, "json.tokens");
	s->level[s->depth].tok = (uint32_t)(s->n - 1);
	s->level[s->depth++].seen = 0; /* `last` says nothing without it */
	s->p++;
	enum rc rc = skip(s);
	if (rc != RC_OK)
		return rc;
	*retopen = *s->p != closer(s);
	if (*retopen)
		return lead(s);
	close_level(s);
	return RC_OK;
}

static enum rc value(struct scan *s, bool *retopen)
{
	struct json_tok *t;
	enum rc rc = skip(s);

	*retopen = false;
	if (rc != RC_OK)
		return rc;
	switch (*s->p) {
	case '"': return string(s, &t);
	case '{': return open_level(s, JSON_OBJECT, retopen);
	case '[': return open_level(s, JSON_ARRAY, retopen);
	case 't': return word(s, "true", JSON_TRUE);
	case 'f': return word(s, "false", JSON_FALSE);
	case 'n': return word(s, "null", JSON_NULL);
	default: break;
	}
	if (*s->p == '-' || (*s->p >= '0' && *s->p <= '9'))
		return integer(s);
	return refuse(s, s->p, "json.syntax");
}

/* After a value: close what closes; stop at a comma (a value follows) or at depth 0. */
static enum rc tail(struct scan *s)
{
	while (s->depth > 0) {
		enum rc rc = skip(s);
		if (rc != RC_OK)
			return rc;
		if (*s->p == ',') {
			s->p++;
			return lead(s);
		}
		if (*s->p != closer(s))
			return refuse(s, s->p, "json.syntax");
		close_level(s);
	}
	return RC_OK;
}

static enum rc document(struct scan *s)
{
	bool open;
	enum rc rc;

	do {
		rc = value(s, &open);
		if (rc == RC_OK && !open)
			rc = tail(s);
	} while (rc == RC_OK && s->depth > 0);
	if (rc != RC_OK)
		return rc;
	while (!s->rules->compact && s->p < s->end && is_space(*s->p))
		s->p++;
	return s->p == s->end ? RC_OK : refuse(s, s->p, "json.trailing");
}

static bool blank(struct span text)
{
	for (size_t i = 0; i < text.len; i++)
		if (!is_space(text.p[i]))
			return false;
	return true;
}

enum rc json_scan(struct span text, const struct json_rules *rules, struct json_tok *tok,
		  size_t ntok_max, size_t *retn, struct err *reterr)
{
	struct scan s;

	assert(rules->depth <= LIMIT_JSON_STACK);
	/* Not an initialiser: it would clear the whole stack for each entry. */
	s.base = s.p = text.p;
	s.end = text.len > 0 ? text.p + text.len : text.p;
	s.rules = rules;
	s.tok = tok;
	s.n = 0;
	s.max = ntok_max;
	s.depth = 0;
	s.err = reterr;
	if (text.len > rules->max_len || text.len >= UINT32_MAX)
		return err_num(reterr, RC_REFUSED, NULL, "json.too_long", "at",
			       (long long)rules->max_len);
	if (text.len == 0 || (!rules->compact && blank(text)))
		return refuse(&s, s.p, "json.empty");
	enum rc rc = document(&s);
	if (rc == RC_OK)
		*retn = s.n;
	return rc;
}

/* ------------------------------------------------------------------- tokens */

bool json_tok_eq(struct span text, const struct json_tok *t, const char *value)
{
	uint8_t piece[4];

	if (t->type != JSON_STRING)
		return false;
	struct span in = json_tok_inner(text, t);
	if (!t->escaped)
		return span_eq_str(in, value);
	size_t left = strlen(value);
	for (const uint8_t *p = in.p, *end = p + in.len; p < end;) {
		size_t n = unit(&p, piece);
		if (n > left || memcmp(piece, value, n) != 0)
			return false;
		value += n;
		left -= n;
	}
	return left == 0;
}

void json_tok_str(struct span text, const struct json_tok *t, struct buf *out)
{
	struct span in = json_tok_inner(text, t);
	uint8_t piece[4];

	assert(t->type == JSON_STRING);
	if (!t->escaped) {
		buf_add_span(out, in);
		return;
	}
	for (const uint8_t *p = in.p, *end = p + in.len; p < end;) {
		const uint8_t *run = p;
		while (p < end && *p != '\\')
			p++;
		buf_add(out, run, (size_t)(p - run));
		if (p < end)
			buf_add(out, piece, unit(&p, piece));
	}
}

int64_t json_tok_int(struct span text, const struct json_tok *t)
{
	int64_t v = 0;
	enum rc rc = num_i64(json_tok_raw(text, t), -NUM_SAFE_MAX, NUM_SAFE_MAX, &v);

	assert(t->type == JSON_INT && rc == RC_OK);
	(void)rc;
	return v;
}

size_t json_tok_find(struct span text, const struct json_tok *tok, size_t obj, const char *name)
{
	if (tok[obj].type != JSON_OBJECT)
		return 0;
	for (size_t k = obj + 1; k < tok[obj].next; k = tok[k + 1].next)
		if (json_tok_eq(text, &tok[k], name))
			return k + 1;
	return 0;
}

/* -------------------------------------------------------------------- write */

static void add_escape(struct buf *out, uint8_t c)
{
	char letter = short_escape(c);

	if (c == '"' || c == '\\')
		letter = (char)c;
	if (letter) {
		buf_add(out, (char[2]){'\\', letter}, 2);
		return;
	}
	static const char hex[] = "0123456789abcdef";
	buf_add(out, (char[6]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]}, 6);
}

void json_add_escaped(struct buf *out, struct span s)
{
	const uint8_t *p = s.p, *end = s.len > 0 ? p + s.len : p;

	buf_add_char(out, '"');
	while (p < end) {
		const uint8_t *run = p;
		while (p < end && *p >= 0x20 && *p != '"' && *p != '\\') {
			size_t n = text_utf8_step(p, end);
			if (n == 0) {
				out->failed = true;
				return;
			}
			p += n;
		}
		buf_add(out, run, (size_t)(p - run));
		if (p < end)
			add_escape(out, *p++);
	}
	buf_add_char(out, '"');
}

void json_add_escaped_str(struct buf *out, const char *s)
{
	json_add_escaped(out, span_str(s));
}
