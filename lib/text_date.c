/*
 * text_date: days, weeks and clock times (see text.h). The calendar is computed (days
 * from civil, Howard Hinnant), never asked of the C library: that would obey TZ.
 * Clock times are at +07:00.
 */
#include "lib/text.h"

#include <string.h>

enum { YEAR_MIN = 1800, YEAR_MAX = 9999, DAY_S = 86400, ZONE_S = 7 * 3600 };

struct civil {
	int y, m, d;
};

static int64_t days_of(struct civil c)
{
	int64_t y = c.y - (c.m <= 2);
	int64_t era = y / 400; /* years are positive */
	int64_t yoe = y - era * 400;
	int64_t doy = (153 * (c.m + (c.m > 2 ? -3 : 9)) + 2) / 5 + c.d - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

/* days within years YEAR_MIN..YEAR_MAX only */
static struct civil civil_of(int64_t days)
{
	int64_t z = days + 719468, era = z / 146097, doe = z - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	int64_t m = mp < 10 ? mp + 3 : mp - 9;

	return (struct civil){.y = (int)(yoe + era * 400 + (m <= 2)),
			      .m = (int)m,
			      .d = (int)(doy - (153 * mp + 2) / 5 + 1)};
}

static bool in_range(int64_t days)
{
	return days >= days_of((struct civil){YEAR_MIN, 1, 1}) &&
	       days <= days_of((struct civil){YEAR_MAX, 12, 31});
}

static bool is_day(struct civil c)
{
	static const uint8_t len[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (c.y < YEAR_MIN || c.y > YEAR_MAX || c.m < 1 || c.m > 12 || c.d < 1)
		return false;
	bool leap = c.y % 4 == 0 && (c.y % 100 != 0 || c.y % 400 == 0);
	return c.d <= len[c.m - 1] + (c.m == 2 && leap);
}

/* Between min and max digits at *p (moved past them) as a number; false when there are not. */
static bool digits(const uint8_t **p, const uint8_t *end, int min, int max, int *ret)
{
	int n = 0, v = 0;

	for (; *p < end && **p >= '0' && **p <= '9' && n < max; (*p)++, n++)
		v = v * 10 + (**p - '0');
	*ret = v;
	return n >= min;
}

static bool sign(const uint8_t **p, const uint8_t *end, uint8_t c)
{
	return *p < end && *(*p)++ == c;
}

/* "yyyy-mm-dd" and nothing else; the day need not exist. */
static bool iso_form(struct span s, struct civil *c)
{
	const uint8_t *p = s.p, *end = p + s.len;

	return s.len == 10 && digits(&p, end, 4, 4, &c->y) && sign(&p, end, '-') &&
	       digits(&p, end, 2, 2, &c->m) && sign(&p, end, '-') && digits(&p, end, 2, 2, &c->d) &&
	       p == end;
}

/* d/m/yyyy with '/', '-' or '.' twice. */
static bool local_form(struct span s, struct civil *c)
{
	const uint8_t *p = s.p, *end = p + s.len;

	if (s.len < 8 || !digits(&p, end, 1, 2, &c->d) || p == end)
		return false;
	uint8_t sep = *p;
	return (sep == '/' || sep == '-' || sep == '.') && sign(&p, end, sep) &&
	       digits(&p, end, 1, 2, &c->m) && sign(&p, end, sep) && digits(&p, end, 4, 4, &c->y) &&
	       p == end;
}

static enum rc bad(struct err *reterr, const char *key, struct span s)
{
	char shown[32];
	size_t n = s.len < sizeof(shown) - 1 ? s.len : sizeof(shown) - 1;

	while (n > 0 && n < s.len && (s.p[n] & 0xc0) == 0x80)
		n--;
	if (n > 0)
		memcpy(shown, s.p, n);
	shown[n] = '\0';
	return err_set(reterr, RC_INPUT, NULL, key, "value", shown, NULL);
}

static enum rc read_iso(struct span s, struct civil *c, struct err *reterr)
{
	if (!iso_form(s, c))
		return bad(reterr, "text.date_form", s);
	return is_day(*c) ? RC_OK : bad(reterr, "text.date_day", s);
}

/* v as n digits and the character `after`; the place behind it. */
static char *put(char *out, int v, int n, char after)
{
	for (int i = n - 1; i >= 0; i--, v /= 10)
		out[i] = (char)('0' + v % 10);
	out[n] = after;
	return out + n + 1;
}

static void put_iso(struct civil c, char out[TEXT_DATE_LEN])
{
	put(put(put(out, c.y, 4, '-'), c.m, 2, '-'), c.d, 2, '\0');
}

/* "dd/mm/yyyy" and the character `after`; the place behind it. */
static char *put_local(struct civil c, char *out, char after)
{
	return put(put(put(out, c.d, 2, '/'), c.m, 2, '/'), c.y, 4, after);
}

bool text_is_date(struct span s)
{
	struct civil c;

	return iso_form(s, &c) && is_day(c);
}

enum rc text_date(struct span s, char out[TEXT_DATE_LEN], struct err *reterr)
{
	struct civil c;

	s = span_trim(s, " ");
	if (!iso_form(s, &c) && !local_form(s, &c))
		return bad(reterr, "text.date_form", s);
	if (!is_day(c))
		return bad(reterr, "text.date_day", s);
	put_iso(c, out);
	return RC_OK;
}

enum rc text_date_fmt(struct span iso, char out[TEXT_DATE_LEN], struct err *reterr)
{
	struct civil c;
	enum rc rc = read_iso(iso, &c, reterr);

	if (rc == RC_OK)
		put_local(c, out, '\0');
	return rc;
}

enum rc text_days(struct span iso, int64_t *retdays, struct err *reterr)
{
	struct civil c;
	enum rc rc = read_iso(iso, &c, reterr);

	if (rc == RC_OK)
		*retdays = days_of(c);
	return rc;
}

enum rc text_days_date(int64_t days, char out[TEXT_DATE_LEN], struct err *reterr)
{
	if (!in_range(days))
		return err_num(reterr, RC_LIMIT, NULL, "text.date_range", "value", days);
	put_iso(civil_of(days), out);
	return RC_OK;
}

/* Day and second of the day at +07:00; false when the year is out of range. */
static bool local_time(int64_t unix_s, int64_t *retdays, int *retsecond)
{
	if (unix_s < -INT64_C(1000000000000) || unix_s > INT64_C(1000000000000))
		return false;
	int64_t t = unix_s + ZONE_S;
	int64_t days = t / DAY_S - (t % DAY_S < 0);
	*retdays = days;
	*retsecond = (int)(t - days * DAY_S);
	return in_range(days);
}

void text_time_fmt(int64_t unix_s, char out[TEXT_TIME_LEN])
{
	int64_t days;
	int second;

	if (!local_time(unix_s, &days, &second)) {
		memcpy(out, "?", 2);
		return;
	}
	out = put_local(civil_of(days), out, ' ');
	put(put(out, second / 3600, 2, ':'), second / 60 % 60, 2, '\0');
}

void text_time_date(int64_t unix_s, char out[TEXT_DATE_LEN])
{
	int64_t days;
	int second;

	if (local_time(unix_s, &days, &second))
		put_iso(civil_of(days), out);
	else
		memcpy(out, "?", 2);
}

enum rc text_time_of(struct span iso, int minute, int64_t *retunix_s, struct err *reterr)
{
	int64_t days;
	enum rc rc = text_days(iso, &days, reterr);

	if (rc != RC_OK)
		return rc;
	if (minute < 0 || minute >= 24 * 60)
		return err_num(reterr, RC_INPUT, NULL, "text.time_form", "value", minute);
	*retunix_s = days * DAY_S + (int64_t)minute * 60 - ZONE_S;
	return RC_OK;
}

enum rc text_time(struct span s, int64_t *retunix_s, struct err *reterr)
{
	char iso[TEXT_DATE_LEN];
	int h, m;

	s = span_trim(s, " ");
	size_t cut = 0;
	while (cut < s.len && s.p[cut] != ' ' && s.p[cut] != 'T')
		cut++;
	if (cut == s.len)
		return bad(reterr, "text.time_form", s);
	enum rc rc = text_date(span_of(s.p, cut), iso, reterr);
	if (rc != RC_OK)
		return rc;
	const uint8_t *p = s.p + cut + 1, *end = s.p + s.len;
	if (!digits(&p, end, 1, 2, &h) || !sign(&p, end, ':') || !digits(&p, end, 2, 2, &m) ||
	    p != end || h > 23 || m > 59)
		return bad(reterr, "text.time_form", s);
	return text_time_of(span_str(iso), h * 60 + m, retunix_s, reterr);
}

/* Monday = 0; 1970-01-01 was a Thursday. */
static int weekday(int64_t days)
{
	return (int)(((days + 3) % 7 + 7) % 7);
}

/* The week belongs to the year its Thursday is in. */
static void put_week(int64_t days, char out[TEXT_WEEK_LEN])
{
	int64_t thursday = days - weekday(days) + 3;
	struct civil c = civil_of(thursday);
	int64_t first = days_of((struct civil){c.y, 1, 1});

	out = put(out, c.y, 4, '-');
	*out++ = 'W';
	put(out, (int)((thursday - first) / 7 + 1), 2, '\0');
}

enum rc text_week(struct span iso, char out[TEXT_WEEK_LEN], struct err *reterr)
{
	int64_t days;
	enum rc rc = text_days(iso, &days, reterr);

	if (rc == RC_OK)
		put_week(days, out);
	return rc;
}

void text_time_week(int64_t unix_s, char out[TEXT_WEEK_LEN])
{
	int64_t days;
	int second;

	if (local_time(unix_s, &days, &second))
		put_week(days, out);
	else
		memcpy(out, "?", 2);
}

/* Monday of "yyyy-Www" in days; false when the text is no week that exists. */
static bool week_monday(struct span s, int64_t *retdays)
{
	const uint8_t *p = s.p, *end = p + s.len;
	int year, week;
	char again[TEXT_WEEK_LEN];

	if (s.len != TEXT_WEEK_LEN - 1 || !digits(&p, end, 4, 4, &year) || !sign(&p, end, '-') ||
	    !sign(&p, end, 'W') || !digits(&p, end, 2, 2, &week) || year <= YEAR_MIN ||
	    year >= YEAR_MAX || week < 1)
		return false;
	int64_t jan4 = days_of((struct civil){year, 1, 4}); /* always in week 1 */
	int64_t monday = jan4 - weekday(jan4) + 7 * (int64_t)(week - 1);
	put_week(monday, again);
	if (!span_eq_str(s, again))
		return false;
	*retdays = monday;
	return true;
}

bool text_is_week(struct span s)
{
	int64_t days;

	return week_monday(s, &days);
}

enum rc text_week_monday(struct span week, char out[TEXT_DATE_LEN], struct err *reterr)
{
	int64_t days;

	if (!week_monday(week, &days))
		return bad(reterr, "text.week_form", week);
	put_iso(civil_of(days), out);
	return RC_OK;
}
