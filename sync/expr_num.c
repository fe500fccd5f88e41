/*
 * expr_num: the values of expressions and their exact decimal arithmetic.
 *
 * A number is an integer of 128 bits counting 10^-9, at most 10^18 either way: đồng
 * far beyond 2^53 and hundredths of a square metre stay exact, and 0.1 + 0.2 = 0.3.
 * docs/decisions/0003-expression-numbers.md says why. Nothing here knows syntax.
 */
#include "sync/expr.h"

#include <stdio.h>

#include "lib/text.h"
#include "sync/expr_part.h"

enum { MAX_DIGITS = 18, MINUTES_A_DAY = 1440, DATE_LEN = 10, DATETIME_LEN = 16 };

struct expr_value expr_string(struct span s)
{
	return (struct expr_value){.type = EXPR_STRING, .str = s};
}

struct expr_value expr_bool(bool b)
{
	return (struct expr_value){.type = EXPR_BOOL, .b = b};
}

struct expr_value expr_integer(int64_t v)
{
	return (struct expr_value){.type = EXPR_NUMBER, .num = (expr_num)v * EXPR_ONE};
}

struct expr_value expr_empty(void)
{
	return expr_string(span_str(""));
}

bool expr_is_empty(const struct expr_value *v)
{
	return (v->type == EXPR_STRING && v->str.len == 0) || (v->type == EXPR_SET && v->n == 0);
}

bool expr_truth(const struct expr_value *v)
{
	switch (v->type) {
	case EXPR_BOOL: return v->b;
	case EXPR_NUMBER: return v->num != 0;
	case EXPR_STRING: return v->str.len > 0;
	case EXPR_SET: return v->n > 0;
	}
	return false;
}

static bool is_digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

/* Digits before the point, as a number; false when there are too many. */
static bool read_whole(struct span s, size_t *pos, expr_num *ret)
{
	size_t digits = 0;
	expr_num v = 0;

	for (; *pos < s.len && is_digit(s.p[*pos]); (*pos)++) {
		v = v * 10 + (s.p[*pos] - '0');
		if (v != 0 && ++digits > MAX_DIGITS)
			return false;
	}
	*ret = v * EXPR_ONE;
	return true;
}

/* Digits after the point; the tenth rounds, those after it do not count. */
static expr_num read_fraction(struct span s, size_t *pos)
{
	expr_num v = 0;
	expr_num unit = EXPR_ONE / 10;

	for (; *pos < s.len && is_digit(s.p[*pos]); (*pos)++) {
		if (unit > 0)
			v += (s.p[*pos] - '0') * unit;
		else if (unit == 0 && s.p[*pos] >= '5')
			v++;
		unit = unit > 0 ? unit / 10 : -1;
	}
	return v;
}

enum rc expr_decimal(struct span s, struct expr_value *ret)
{
	size_t pos = 0, start;
	bool negative;
	expr_num v = 0;

	s = span_trim(s, " \t\n\r");
	negative = s.len > 0 && s.p[0] == '-';
	if (negative)
		s = span_of(s.p + 1, s.len - 1);
	if (!read_whole(s, &pos, &v))
		return RC_LIMIT;
	start = pos;
	if (pos < s.len && s.p[pos] == '.') {
		pos++;
		v += read_fraction(s, &pos);
		if (pos == 1) /* "." alone */
			return RC_INPUT;
	}
	if (pos != s.len || (start == 0 && pos == 0))
		return RC_INPUT;
	*ret = (struct expr_value){.type = EXPR_NUMBER, .num = negative ? -v : v};
	return RC_OK;
}

/* "2026-11-25" or "2026-11-25T08:30" as days since 1970, the time as a fraction. */
static bool date_number(struct span s, expr_num *ret)
{
	int64_t days;
	int hour, minute;

	if ((s.len != DATE_LEN && s.len != DATETIME_LEN) || s.p[4] != '-' ||
	    text_days(span_of(s.p, DATE_LEN), &days, NULL) != RC_OK)
		return false;
	*ret = (expr_num)days * EXPR_ONE;
	if (s.len == DATE_LEN)
		return true;
	if (s.p[10] != 'T' || !is_digit(s.p[11]) || !is_digit(s.p[12]) || s.p[13] != ':' ||
	    !is_digit(s.p[14]) || !is_digit(s.p[15]))
		return false;
	hour = (s.p[11] - '0') * 10 + (s.p[12] - '0');
	minute = (s.p[14] - '0') * 10 + (s.p[15] - '0');
	if (hour > 23 || minute > 59)
		return false;
	*ret += (expr_num)(hour * 60 + minute) * EXPR_ONE / MINUTES_A_DAY;
	return true;
}

bool expr_number(const struct expr_value *v, expr_num *ret)
{
	struct expr_value parsed;

	switch (v->type) {
	case EXPR_NUMBER: *ret = v->num; return true;
	case EXPR_BOOL: *ret = v->b ? EXPR_ONE : 0; return true;
	case EXPR_SET: return v->n == 1 && expr_number(&v->item[0], ret);
	case EXPR_STRING: break;
	}
	if (date_number(v->str, ret))
		return true;
	if (expr_decimal(v->str, &parsed) != RC_OK)
		return false;
	*ret = parsed.num;
	return true;
}

bool expr_whole(const struct expr_value *v, int64_t *ret)
{
	expr_num num;

	if (v->type == EXPR_BOOL || !expr_number(v, &num) || num % EXPR_ONE != 0)
		return false;
	*ret = (int64_t)(num / EXPR_ONE); /* at most 10^18 */
	return true;
}

static bool in_range(expr_num v)
{
	return v <= EXPR_TOP && v >= -EXPR_TOP;
}

/* a / b, half away from zero; b > 0. */
static expr_num divide_rounded(expr_num a, expr_num b)
{
	expr_num q = a / b, r = a % b;

	if (r < 0)
		r = -r;
	if (r >= b - r)
		q += a < 0 ? -1 : 1;
	return q;
}

bool expr_num_add(expr_num a, expr_num b, expr_num *ret)
{
	expr_num sum = a + b; /* 2 * 10^27 is far below 2^127 */

	if (!in_range(sum))
		return false;
	*ret = sum;
	return true;
}

bool expr_num_mul(expr_num a, expr_num b, expr_num *ret)
{
	expr_num whole, v;

	/* a = whole + fraction; the fraction's part is at most 10^9 * 10^27 */
	if (__builtin_mul_overflow(a / EXPR_ONE, b, &whole) || !in_range(whole))
		return false;
	v = whole + divide_rounded(a % EXPR_ONE * b, EXPR_ONE);
	if (!in_range(v))
		return false;
	*ret = v;
	return true;
}

bool expr_num_div(expr_num a, expr_num b, expr_num *ret)
{
	expr_num v;

	if (b == 0)
		return false;
	v = a * EXPR_ONE; /* at most 10^36 */
	v = b < 0 ? divide_rounded(-v, -b) : divide_rounded(v, b);
	if (!in_range(v))
		return false;
	*ret = v;
	return true;
}

enum rc expr_round(expr_num v, int places, expr_num *ret)
{
	expr_num unit = EXPR_ONE, rounded;

	if (places < EXPR_NUM_ROUND_MIN || places > EXPR_NUM_PLACES)
		return RC_INPUT;
	for (; places > 0; places--)
		unit /= 10;
	for (; places < 0; places++)
		unit *= 10;
	rounded = divide_rounded(v, unit) * unit;
	if (!in_range(rounded))
		return RC_LIMIT;
	*ret = rounded;
	return RC_OK;
}

void expr_num_text(expr_num v, char out[EXPR_NUM_LEN])
{
	expr_num size = v < 0 ? -v : v;
	int fraction = (int)(size % EXPR_ONE);
	size_t len;

	/* |v| <= 10^18, so 19 digits at most */
	len = (size_t)snprintf(out, EXPR_NUM_LEN, "%s%lld", v < 0 ? "-" : "",
	                       (long long)(size / EXPR_ONE));
	if (fraction == 0)
		return;
	len += (size_t)snprintf(out + len, EXPR_NUM_LEN - len, ".%09d", fraction);
	while (out[len - 1] == '0')
		out[--len] = '\0';
}

void expr_text(const struct expr_value *v, struct buf *out)
{
	char num[EXPR_NUM_LEN];

	switch (v->type) {
	case EXPR_STRING: buf_add_span(out, v->str); return;
	case EXPR_BOOL: buf_add_str(out, v->b ? "true" : "false"); return;
	case EXPR_NUMBER:
		expr_num_text(v->num, num);
		buf_add_str(out, num);
		return;
	case EXPR_SET: break;
	}
	for (size_t i = 0; i < v->n; i++) {
		if (i > 0)
			buf_add_char(out, ' ');
		expr_text(&v->item[i], out);
	}
}
