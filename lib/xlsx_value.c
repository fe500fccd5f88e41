/*
 * xlsx_value: numbers and days of sheets (see xlsx_value.h). Digits are moved as text: a double
 * would show 0.1 + 0.2 as Excel never does.
 */
#include "lib/xlsx_value.h"

#include <stdio.h>
#include <string.h>

#include "lib/num.h"
#include "lib/text.h"

enum {
	DIGITS = 15, /* that Excel shows */
	EXP_MAX = 30,
	DAY_1970 = 25569,     /* serial of 1970-01-01 in the calendar from 1900 */
	DAYS_1904 = 1462,     /* between the two calendars */
	SERIAL_MAX = 2958465, /* 31/12/9999 */
	LEAP_1900 = 60,       /* the day 29/02/1900 that never was */
	DAY_MINUTES = 24 * 60
};

/* ---- formats ---- */

enum xlsx_value_kind xlsx_value_builtin(int64_t id)
{
	bool day = (id >= 14 && id <= 17) || id == 22 || (id >= 27 && id <= 31) || id == 36 ||
		   (id >= 50 && id <= 58);

	return day ? XLSX_VALUE_DATE : XLSX_VALUE_NUMBER;
}

/*
 * A day has d or y outside of quotes, brackets and escapes ("[$-42A]dd/mm/yyyy;@"); General, 0.00 and
 * "Đồng" in quotes have none.
 */
enum xlsx_value_kind xlsx_value_format(const char *code)
{
	for (const char *p = code; *p && *p != ';'; p++) {
		if (*p == '"' || *p == '[') {
			const char *end = strchr(p + 1, *p == '"' ? '"' : ']');

			if (!end)
				return XLSX_VALUE_NUMBER;
			p = end;
		} else if ((*p == '\\' || *p == '_' || *p == '*') && p[1]) {
			p++;
		} else if (strchr("dDyY", *p)) {
			return XLSX_VALUE_DATE;
		}
	}
	return XLSX_VALUE_NUMBER;
}

/* ---- numbers ---- */

/* 0.d1d2d3… times 10^exp, without leading or trailing zeros; no digits: zero. */
struct digits {
	bool minus;
	char d[DIGITS];
	int n, exp;
};

/* Round half up at the last digit kept. */
static void round_up(struct digits *x)
{
	int i = x->n - 1;

	for (; i >= 0 && x->d[i] == '9'; i--)
		x->d[i] = '0';
	if (i >= 0) {
		x->d[i]++;
		return;
	}
	x->d[0] = '1'; /* 999 -> 1000 */
	x->n = 1;
	x->exp++;
}

static bool exponent(const uint8_t *p, const uint8_t *end, int *ret)
{
	int64_t v;

	if (p < end && *p == '+')
		p++;
	while (p + 1 < end && *p == '0') /* E+07 */
		p++;
	if (num_i64(span_of(p, (size_t)(end - p)), -999, 999, &v) != RC_OK)
		return false;
	*ret = (int)v;
	return true;
}

static bool read_digits(struct span raw, struct digits *x)
{
	const uint8_t *p = raw.p, *end = raw.p + raw.len;
	bool point = false, any = false;
	int cut = -1; /* first digit beyond those kept */

	*x = (struct digits){.n = 0};
	if (p < end && (*p == '-' || *p == '+'))
		x->minus = *p++ == '-';
	for (; p < end && (*p == '.' || (*p >= '0' && *p <= '9')); p++) {
		if (*p == '.') {
			if (point)
				return false;
			point = true;
			continue;
		}
		any = true;
		if (x->n > 0 || *p != '0') {
			if (x->n < DIGITS)
				x->d[x->n++] = (char)*p;
			else if (cut < 0)
				cut = *p - '0';
			x->exp += !point;
		} else {
			x->exp -= point; /* 0.00d */
		}
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		int e;

		if (!exponent(p + 1, end, &e))
			return false;
		x->exp += e;
		p = end;
	}
	if (cut >= 5)
		round_up(x);
	while (x->n > 0 && x->d[x->n - 1] == '0')
		x->n--;
	return any && p == end && x->exp <= EXP_MAX && x->exp >= -EXP_MAX;
}

bool xlsx_value_number(struct span raw, struct buf *out)
{
	struct digits x;

	if (!read_digits(raw, &x)) {
		buf_add_span(out, raw);
		return false;
	}
	if (x.n == 0) {
		buf_add_char(out, '0');
		return true;
	}
	if (x.minus)
		buf_add_char(out, '-');
	if (x.exp <= 0)
		buf_add_char(out, '0');
	for (int i = 0; i < x.exp; i++)
		buf_add_char(out, i < x.n ? x.d[i] : '0');
	if (x.n > x.exp)
		buf_add_char(out, ',');
	for (int i = x.exp; i < 0; i++)
		buf_add_char(out, '0');
	for (int i = x.exp > 0 ? x.exp : 0; i < x.n; i++)
		buf_add_char(out, x.d[i]);
	return true;
}

/* ---- days ---- */

static void add_day(int64_t days, int64_t minute, struct buf *out)
{
	char iso[TEXT_DATE_LEN], day[TEXT_DATE_LEN];

	if (text_days_date(days, iso, NULL) != RC_OK ||
	    text_date_fmt(span_str(iso), day, NULL) != RC_OK)
		return;
	buf_add_str(out, day);
	if (minute > 0)
		buf_addf(out, " %02d:%02d", (int)(minute / 60), (int)(minute % 60));
}

/* Whole days and minutes of a serial. */
static bool read_serial(struct span raw, int64_t *retday, int64_t *retminute)
{
	struct digits x;
	int64_t day = 0, part = 0, scale = 1;

	if (!read_digits(raw, &x) || x.minus || x.exp > 7)
		return false;
	for (int i = 0; i < x.exp; i++)
		day = day * 10 + (i < x.n ? x.d[i] - '0' : 0);
	for (int i = x.exp; i < x.exp + 9; i++) { /* nine digits of the day's part */
		scale *= 10;
		part = part * 10 + (i >= 0 && i < x.n ? x.d[i] - '0' : 0);
		if (i - x.exp == 8)
			break;
	}
	*retminute = (part * DAY_MINUTES + scale / 2) / scale;
	*retday = day + *retminute / DAY_MINUTES;
	*retminute %= DAY_MINUTES;
	return true;
}

bool xlsx_value_date(struct span raw, bool from_1904, struct buf *out)
{
	int64_t day, minute;
	size_t before = out->len;

	if (!read_serial(raw, &day, &minute))
		return false;
	if (from_1904)
		day += DAYS_1904;
	else if (day == 0 || day == LEAP_1900)
		return false;
	else if (day < LEAP_1900)
		day++;
	if (day > SERIAL_MAX)
		return false;
	add_day(day - DAY_1970, minute, out);
	return out->len > before;
}

void xlsx_value_iso(struct span raw, struct buf *out)
{
	char day[TEXT_DATE_LEN];
	bool has_time = raw.len >= 16 && raw.p[10] == 'T';

	if (raw.len < 10 || text_date_fmt(span_of(raw.p, 10), day, NULL) != RC_OK) {
		buf_add_span(out, raw);
		return;
	}
	buf_add_str(out, day);
	if (has_time && memcmp(raw.p + 11, "00:00", 5) != 0) {
		buf_add_char(out, ' ');
		buf_add_span(out, span_of(raw.p + 11, 5));
	}
}
