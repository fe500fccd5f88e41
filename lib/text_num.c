/*
 * text_num: numbers as typed and shown in Vietnam: dots group thousands, a comma begins
 * the fraction (see text.h). Not here: the wire's numbers (lib/num).
 */
#include "lib/text.h"

#include <string.h>

#include "lib/num.h"

/* A typed number taken apart; digits of the whole part without dots. */
struct typed {
	bool neg;
	char whole[24];
	size_t nwhole;
	struct span frac; /* digits after the comma; len 0: no comma */
};

static enum rc bad(struct err *reterr, const char *key, struct span s)
{
	char shown[ERR_ARG_LEN];
	size_t n = s.len < sizeof(shown) - 1 ? s.len : sizeof(shown) - 1;

	while (n > 0 && n < s.len && (s.p[n] & 0xc0) == 0x80)
		n--;
	if (n > 0)
		memcpy(shown, s.p, n);
	shown[n] = '\0';
	return err_set(reterr, RC_INPUT, NULL, key, "value", shown, NULL);
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* Are the dots of `whole` all where they group by three, or absent? */
static bool well_grouped(struct span whole)
{
	size_t run = 0;
	bool dotted = false;

	for (size_t i = 0; i < whole.len; i++) {
		if (is_digit(whole.p[i])) {
			run++;
			continue;
		}
		if (dotted ? run != 3 : run < 1 || run > 3 || whole.p[0] == '0')
			return false;
		dotted = true;
		run = 0;
	}
	return !dotted || run == 3;
}

/* The digits of `whole` without dots and leading zeros; a number too long to fit stays too long. */
static void take_digits(struct span whole, struct typed *t)
{
	for (size_t i = 0; i < whole.len; i++) {
		if (!is_digit(whole.p[i]))
			continue;
		if (t->nwhole == 1 && t->whole[0] == '0')
			t->nwhole = 0;
		if (t->nwhole < sizeof(t->whole))
			t->whole[t->nwhole++] = (char)whole.p[i];
	}
}

static enum rc take_apart(struct span s, struct typed *t, struct err *reterr)
{
	struct span all = s = span_trim(s, " \t");

	*t = (struct typed){.neg = s.len > 0 && s.p[0] == '-'};
	if (t->neg)
		s = span_of(s.p + 1, s.len - 1);
	if (s.len == 0)
		return bad(reterr, all.len == 0 ? "text.num_empty" : "text.num_char", all);
	const uint8_t *comma = memchr(s.p, ',', s.len);
	struct span whole = comma ? span_of(s.p, (size_t)(comma - s.p)) : s;
	if (comma)
		t->frac = span_of(comma + 1, s.len - whole.len - 1);
	for (size_t i = 0; i < t->frac.len; i++)
		if (!is_digit(t->frac.p[i]))
			return bad(reterr, "text.num_char", all);
	for (size_t i = 0; i < whole.len; i++)
		if (!is_digit(whole.p[i]) && whole.p[i] != '.')
			return bad(reterr, "text.num_char", all);
	if (whole.len == 0 || (comma && t->frac.len == 0))
		return bad(reterr, "text.num_char", all);
	if (!well_grouped(whole))
		return bad(reterr, "text.num_group", all);
	take_digits(whole, t);
	return RC_OK;
}

static enum rc out_of_range(int64_t min, int64_t max, struct err *reterr)
{
	char lo[TEXT_NUM_LEN], hi[TEXT_NUM_LEN];

	text_int_fmt(min, lo);
	text_int_fmt(max, hi);
	return err_set(reterr, RC_LIMIT, NULL, "text.num_range", "min", lo, "max", hi, NULL);
}

/* Canonical text of sign, whole part and (trimmed) fraction in out; false when too long. */
static bool canonical(const struct typed *t, char out[NUM_DEC_LEN])
{
	struct span frac = t->frac;
	size_t n = 0;

	while (frac.len > 0 && frac.p[frac.len - 1] == '0')
		frac.len--;
	bool zero = t->nwhole == 1 && t->whole[0] == '0' && frac.len == 0;
	if (t->nwhole + frac.len + 3 > NUM_DEC_LEN)
		return false;
	if (t->neg && !zero)
		out[n++] = '-';
	memcpy(out + n, t->whole, t->nwhole);
	n += t->nwhole;
	if (frac.len > 0) {
		out[n++] = '.';
		memcpy(out + n, frac.p, frac.len);
		n += frac.len;
	}
	out[n] = '\0';
	return true;
}

enum rc text_int(struct span s, int64_t min, int64_t max, int64_t *ret, struct err *reterr)
{
	struct typed t;
	char text[NUM_DEC_LEN];
	enum rc rc = take_apart(s, &t, reterr);

	if (rc != RC_OK)
		return rc;
	if (t.frac.len > 0)
		return bad(reterr, "text.num_places", span_trim(s, " \t"));
	if (!canonical(&t, text) || num_i64(span_str(text), min, max, ret) != RC_OK)
		return out_of_range(min, max, reterr);
	return RC_OK;
}

enum rc text_dec(struct span s, unsigned places, char out[NUM_DEC_LEN], struct err *reterr)
{
	struct typed t;
	char text[NUM_DEC_LEN];
	int64_t scaled, unit = 1;
	enum rc rc = take_apart(s, &t, reterr);

	if (rc != RC_OK)
		return rc;
	if (t.frac.len > places)
		return bad(reterr, "text.num_places", span_trim(s, " \t"));
	for (unsigned i = 0; i < places; i++)
		unit *= 10;
	if (!canonical(&t, text) || num_dec(span_str(text), places, &scaled) != RC_OK)
		return out_of_range(-(INT64_MAX / unit), INT64_MAX / unit, reterr);
	num_dec_str(scaled, places, out);
	return RC_OK;
}

/* Copy digits into out with a dot before every third from the end; the end. */
static char *group(const char *digits, size_t n, char *out)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			*out++ = '.';
		*out++ = digits[i];
	}
	return out;
}

void text_int_fmt(int64_t v, char out[TEXT_NUM_LEN])
{
	char text[NUM_I64_LEN];
	const char *p = text;

	num_str(v, text);
	if (*p == '-')
		*out++ = *p++;
	*group(p, strlen(p), out) = '\0';
}

enum rc text_dec_fmt(struct span s, char out[TEXT_NUM_LEN], struct err *reterr)
{
	int64_t scaled;
	char text[NUM_DEC_LEN];

	if (num_dec(s, NUM_DEC_PLACES, &scaled) != RC_OK)
		return bad(reterr, "text.num_char", s);
	num_dec_str(scaled, NUM_DEC_PLACES, text);
	const char *p = text, *dot = strchr(text, '.');
	if (*p == '-')
		*out++ = *p++;
	out = group(p, dot ? (size_t)(dot - p) : strlen(p), out);
	if (dot) {
		*out++ = ',';
		for (dot++; *dot; dot++)
			*out++ = *dot;
	}
	*out = '\0';
	return RC_OK;
}
