/*
 * buf: spans and growing byte buffers with a ceiling.
 *
 * A span is a borrowed, read-only run of bytes, not NUL-terminated; bytes from
 * a peer or a file that have not been verified are only ever a span. A buf owns
 * its bytes and never grows past `max`; once an append has failed (ceiling or
 * memory) the buf is `failed`, later appends do nothing, and one check at the
 * end is enough.
 */
#ifndef KK_LIB_BUF_H
#define KK_LIB_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

struct span {
	const uint8_t *p;
	size_t len; /* bytes */
};

struct buf {
	uint8_t *p;   /* always NUL-terminated at p[len] once non-NULL */
	size_t len;   /* bytes used */
	size_t cap;   /* bytes allocated, including the terminator */
	size_t max;   /* ceiling for len, bytes */
	bool failed;  /* an append did not fit */
	bool nomem;   /* failed for want of memory rather than at the ceiling */
	bool secret;  /* wiped when moved or freed */
};

/* Span constructors; the bytes stay the caller's. */
static inline struct span span_of(const void *p, size_t len)
{
	return (struct span){(const uint8_t *)p, len};
}
struct span span_str(const char *s); /* without the NUL */
static inline struct span span_buf(const struct buf *b)
{
	return (struct span){b->p, b->len};
}

bool span_eq(struct span a, struct span b);
bool span_eq_str(struct span a, const char *s);
int span_cmp(struct span a, struct span b); /* bytewise, shorter first */
bool span_starts(struct span a, const char *prefix);

/*
 * Cut the next line off *rest: *retline is the bytes before LF, *rest moves
 * past it. False when there is no LF in *rest (then nothing moves).
 */
bool span_line(struct span *rest, struct span *retline);
/* Without the bytes of `blanks` at both ends. */
struct span span_trim(struct span s, const char *blanks);

/* Copy as a NUL-terminated string the caller frees; NULL when out of memory. */
char *span_dup(struct span s);

void buf_init(struct buf *b, size_t max);
void buf_free(struct buf *b);  /* wipes when secret; b may be used again after buf_init */
void buf_reset(struct buf *b); /* len = 0, failed = false, memory kept */

void buf_add(struct buf *b, const void *p, size_t len);
void buf_add_span(struct buf *b, struct span s);
void buf_add_str(struct buf *b, const char *s);
void buf_add_char(struct buf *b, char c);
void buf_add_int(struct buf *b, int64_t v); /* decimal, locale-free */
void buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* RC_OK, or RC_LIMIT / RC_NOMEM with key "buf.ceiling" / "buf.memory". */
enum rc buf_check(const struct buf *b, struct err *reterr);

/* Give the bytes to the caller (NUL-terminated, freed with free()); b is empty after. NULL if failed. */
char *buf_take(struct buf *b, size_t *retlen);

/*
 * An arena: many small allocations freed together. Zeroed memory, aligned for
 * any type. NULL when out of memory or past max.
 */
struct arena {
	struct arena_block *head;
	size_t used, max; /* bytes */
};
void arena_init(struct arena *a, size_t max);
void *arena_alloc(struct arena *a, size_t len);
void *arena_copy(struct arena *a, const void *p, size_t len);
char *arena_str(struct arena *a, struct span s); /* NUL-terminated copy */
void arena_free(struct arena *a);

#endif
