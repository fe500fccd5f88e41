/*
 * num: strict canonical decimals (see num.h). Nothing here reads the C locale.
 */
#include "lib/num.h"

#include <string.h>

/* Digits without a leading zero, at most `max`. RC_INPUT or RC_LIMIT as num_u64. */
static enum rc num_digits(struct span text, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;
	bool over = false;

	if (text.len == 0 || (text.len > 1 && text.p[0] == '0'))
		return RC_INPUT;
	for (size_t i = 0; i < text.len; i++) {
		unsigned d = (unsigned)text.p[i] - '0';
		if (d > 9)
			return RC_INPUT;
		if (over || v > (max - d) / 10 || d > max)
			over = true;
		else
			v = v * 10 + d;
	}
	if (over)
		return RC_LIMIT;
	*ret = v;
	return RC_OK;
}

enum rc num_u64(struct span text, uint64_t min, uint64_t max, uint64_t *ret)
{
	uint64_t v;
	enum rc rc = num_digits(text, max, &v);

	if (rc == RC_OK && v < min)
		rc = RC_LIMIT;
	if (rc == RC_OK)
		*ret = v;
	return rc;
}

enum rc num_i64(struct span text, int64_t min, int64_t max, int64_t *ret)
{
	bool neg = text.len > 0 && text.p[0] == '-';
	uint64_t u;

	if (neg)
		text = span_of(text.p + 1, text.len - 1);
	enum rc rc = num_digits(text, (uint64_t)INT64_MAX + (neg ? 1 : 0), &u);
	if (rc != RC_OK)
		return rc;
	if (neg && u == 0)
		return RC_INPUT;
	int64_t v = neg ? -(int64_t)(u - 1) - 1 : (int64_t)u;
	if (v < min || v > max)
		return RC_LIMIT;
	*ret = v;
	return RC_OK;
}

/* v in decimal, right-aligned before `end`; the first character. */
static char *num_put(uint64_t v, char *end)
{
	do {
		*--end = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	return end;
}

static uint64_t num_abs(int64_t v)
{
	return v < 0 ? (uint64_t)0 - (uint64_t)v : (uint64_t)v;
}

void num_str(int64_t v, char out[NUM_I64_LEN])
{
	char text[NUM_I64_LEN];
	char *end = text + sizeof(text);
	char *p = num_put(num_abs(v), end);

	if (v < 0)
		*--p = '-';
	memcpy(out, p, (size_t)(end - p));
	out[end - p] = '\0';
}

static uint64_t num_pow10(unsigned n)
{
	uint64_t v = 1;

	while (n-- > 0)
		v *= 10;
	return v;
}

enum rc num_dec(struct span text, unsigned places, int64_t *ret)
{
	bool neg = text.len > 0 && text.p[0] == '-';
	uint64_t whole, frac = 0, limit = (uint64_t)INT64_MAX + (neg ? 1 : 0);

	if (neg)
		text = span_of(text.p + 1, text.len - 1);
	const uint8_t *dot = text.len > 0 ? memchr(text.p, '.', text.len) : NULL;
	struct span head = dot ? span_of(text.p, (size_t)(dot - text.p)) : text;
	unsigned got = 0;
	if (dot) {
		struct span tail = span_of(dot + 1, text.len - head.len - 1);
		if (tail.len == 0 || tail.len > places || tail.p[tail.len - 1] == '0')
			return RC_INPUT;
		for (size_t i = 0; i < tail.len; i++) {
			unsigned d = (unsigned)tail.p[i] - '0';
			if (d > 9)
				return RC_INPUT;
			frac = frac * 10 + d;
		}
		got = (unsigned)tail.len;
	}
	enum rc rc = num_digits(head, limit, &whole);
	if (rc != RC_OK)
		return rc;
	if (neg && whole == 0 && frac == 0)
		return RC_INPUT;
	frac *= num_pow10(places - got);
	if (whole > (limit - frac) / num_pow10(places))
		return RC_LIMIT;
	uint64_t v = whole * num_pow10(places) + frac;
	*ret = neg ? -(int64_t)(v - 1) - 1 : (int64_t)v;
	return RC_OK;
}

void num_dec_str(int64_t scaled, unsigned places, char out[NUM_DEC_LEN])
{
	uint64_t u = num_abs(scaled);
	char text[NUM_DEC_LEN];
	char *end = text + sizeof(text), *p = end;

	while (places > 0 && u % 10 == 0) {
		u /= 10;
		places--;
	}
	for (unsigned i = 0; i < places; i++) {
		*--p = (char)('0' + u % 10);
		u /= 10;
	}
	if (places > 0)
		*--p = '.';
	p = num_put(u, p);
	if (scaled < 0)
		*--p = '-';
	memcpy(out, p, (size_t)(end - p));
	out[end - p] = '\0';
}
