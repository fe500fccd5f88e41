/*
 * buf: spans, growing buffers, arenas. Growth doubles up to the ceiling; a failed
 * append leaves what was there before it and marks the buffer.
 * Not here: parsing. Wiping is by volatile stores, since lib/crypt (libsodium)
 * stands above this file.
 */
#include "lib/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUF_FIRST = 64, ARENA_BLOCK = 4096 };

struct arena_block {
	struct arena_block *next;
	size_t len, cap; /* bytes of data[] used and there */
	_Alignas(max_align_t) unsigned char data[];
};

struct span span_str(const char *s)
{
	return span_of(s, s ? strlen(s) : 0);
}

bool span_eq(struct span a, struct span b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

bool span_eq_str(struct span a, const char *s)
{
	return span_eq(a, span_str(s));
}

int span_cmp(struct span a, struct span b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int c = n > 0 ? memcmp(a.p, b.p, n) : 0;

	if (c != 0)
		return c < 0 ? -1 : 1;
	return (a.len > b.len) - (a.len < b.len);
}

bool span_starts(struct span a, const char *prefix)
{
	size_t n = strlen(prefix);

	return a.len >= n && (n == 0 || memcmp(a.p, prefix, n) == 0);
}

bool span_line(struct span *rest, struct span *retline)
{
	const uint8_t *lf = rest->len > 0 ? memchr(rest->p, '\n', rest->len) : NULL;

	if (!lf)
		return false;
	size_t n = (size_t)(lf - rest->p);
	*retline = span_of(rest->p, n);
	*rest = span_of(lf + 1, rest->len - n - 1);
	return true;
}

struct span span_trim(struct span s, const char *blanks)
{
	const size_t n = strlen(blanks);

	while (s.len > 0 && memchr(blanks, s.p[0], n))
		s = span_of(s.p + 1, s.len - 1);
	while (s.len > 0 && memchr(blanks, s.p[s.len - 1], n))
		s.len--;
	return s;
}

char *span_dup(struct span s)
{
	char *d = s.len < SIZE_MAX ? malloc(s.len + 1) : NULL;

	if (!d)
		return NULL;
	if (s.len > 0)
		memcpy(d, s.p, s.len);
	d[s.len] = '\0';
	return d;
}

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){.max = max};
}

static void buf_wipe(uint8_t *p, size_t len)
{
	volatile uint8_t *v = p;

	while (len-- > 0)
		*v++ = 0;
}

void buf_free(struct buf *b)
{
	if (!b)
		return;
	if (b->secret && b->p)
		buf_wipe(b->p, b->cap);
	free(b->p);
	*b = (struct buf){.max = b->max, .secret = b->secret};
}

void buf_reset(struct buf *b)
{
	if (b->secret && b->p)
		buf_wipe(b->p, b->len);
	b->len = 0;
	b->failed = b->nomem = false;
	if (b->p)
		b->p[0] = 0;
}

/* Make room for `need` bytes of content and the terminator. A secret never goes through realloc. */
static bool buf_grow(struct buf *b, size_t need)
{
	size_t cap = b->cap > 0 ? b->cap : BUF_FIRST;

	while (cap < need + 1)
		cap = cap > SIZE_MAX / 2 ? need + 1 : cap * 2;
	if (b->max < SIZE_MAX && cap > b->max + 1)
		cap = b->max + 1;
	uint8_t *p = b->secret ? malloc(cap) : realloc(b->p, cap);
	if (!p)
		return false;
	if (b->secret && b->p) {
		memcpy(p, b->p, b->len);
		buf_wipe(b->p, b->cap);
		free(b->p);
	}
	b->p = p;
	b->cap = cap;
	return true;
}

void buf_add(struct buf *b, const void *p, size_t len)
{
	if (b->failed || (len == 0 && b->p))
		return;
	if (len > b->max - b->len || b->len + len == SIZE_MAX) {
		b->failed = true;
		return;
	}
	if (b->len + len + 1 > b->cap && !buf_grow(b, b->len + len)) {
		b->failed = b->nomem = true;
		return;
	}
	if (len > 0)
		memcpy(b->p + b->len, p, len);
	b->len += len;
	b->p[b->len] = 0;
}

void buf_add_span(struct buf *b, struct span s)
{
	buf_add(b, s.p, s.len);
}

void buf_add_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_add_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_add_int(struct buf *b, int64_t v)
{
	char text[24];
	char *p = text + sizeof(text);
	uint64_t u = v < 0 ? (uint64_t)0 - (uint64_t)v : (uint64_t)v;

	do {
		*--p = (char)('0' + u % 10);
		u /= 10;
	} while (u > 0);
	if (v < 0)
		*--p = '-';
	buf_add(b, p, (size_t)(text + sizeof(text) - p));
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	char text[512];
	va_list ap, again;

	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0) {
		b->failed = true;
	} else if ((size_t)n < sizeof(text)) {
		buf_add(b, text, (size_t)n);
	} else if ((size_t)n > b->max - b->len) {
		b->failed = true;
	} else {
		char *big = malloc((size_t)n + 1);
		if (big && vsnprintf(big, (size_t)n + 1, fmt, again) == n)
			buf_add(b, big, (size_t)n);
		else
			b->failed = b->nomem = true;
		if (big && b->secret)
			buf_wipe((uint8_t *)big, (size_t)n);
		free(big);
	}
	va_end(again);
	if (b->secret)
		buf_wipe((uint8_t *)text, sizeof(text));
}

enum rc buf_check(const struct buf *b, struct err *reterr)
{
	if (!b->failed)
		return RC_OK;
	if (b->nomem)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	return err_num(reterr, RC_LIMIT, NULL, "buf.ceiling", "max", (long long)b->max);
}

char *buf_take(struct buf *b, size_t *retlen)
{
	if (!b->failed && !b->p)
		buf_add(b, "", 0);
	if (b->failed) {
		buf_free(b);
		return NULL;
	}
	char *p = (char *)b->p;
	if (retlen)
		*retlen = b->len;
	*b = (struct buf){.max = b->max, .secret = b->secret};
	return p;
}

void arena_init(struct arena *a, size_t max)
{
	*a = (struct arena){.max = max};
}

void *arena_alloc(struct arena *a, size_t len)
{
	const size_t align = _Alignof(max_align_t);

	if (len > a->max - a->used || len > SIZE_MAX - align - sizeof(struct arena_block))
		return NULL;
	len = (len + align - 1) / align * align;
	struct arena_block *b = a->head;
	if (!b || len > b->cap - b->len) {
		size_t cap = len > ARENA_BLOCK ? len : ARENA_BLOCK;
		struct arena_block *fresh = calloc(1, sizeof(*fresh) + cap);
		if (!fresh)
			return NULL;
		fresh->cap = cap;
		fresh->next = b;
		a->head = fresh;
		b = fresh;
	}
	void *p = b->data + b->len;
	b->len += len;
	a->used = len > a->max - a->used ? a->max : a->used + len;
	return p;
}

void *arena_copy(struct arena *a, const void *p, size_t len)
{
	void *d = arena_alloc(a, len);

	if (d && len > 0)
		memcpy(d, p, len);
	return d;
}

char *arena_str(struct arena *a, struct span s)
{
	char *d = s.len < SIZE_MAX ? arena_alloc(a, s.len + 1) : NULL;

	if (d && s.len > 0)
		memcpy(d, s.p, s.len);
	return d;
}

void arena_free(struct arena *a)
{
	struct arena_block *b = a ? a->head : NULL;

	while (b) {
		struct arena_block *next = b->next;
		free(b);
		b = next;
	}
	if (a)
		*a = (struct arena){.max = a->max};
}
