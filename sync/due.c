/*
 * due: see due.h. ISO dates compare as text, so a period is two texts.
 */
#include "sync/due.h"

#include <stdio.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/num.h"

enum { MINUTES = 60, WEEK = 7, MONTHS = 12, QUARTER = 3, DAYS = 31, HOURS = 24 };

static bool days_of(const char *iso, int64_t *ret)
{
	return iso && text_days(span_str(iso), ret, NULL) == RC_OK;
}

static bool date_of(int64_t days, char ret[TEXT_DATE_LEN])
{
	return text_days_date(days, ret, NULL) == RC_OK;
}

/* The first of a month, counted from January of year 0. */
static bool month_days(int64_t month, int64_t *ret)
{
	char iso[TEXT_DATE_LEN + 8];

	snprintf(iso, sizeof(iso), "%04d-%02d-01", (int)(month / MONTHS),
		 (int)(month % MONTHS) + 1);
	return days_of(iso, ret);
}

/* A day of a month, its last one when it is shorter. */
static bool day_of(int64_t month, int64_t day, int64_t *ret)
{
	int64_t first, next;

	if (!month_days(month, &first) || !month_days(month + 1, &next))
		return false;
	*ret = first + day - 1 < next ? first + day - 1 : next - 1;
	return true;
}

/* Days from, until and due of a period. */
struct days {
	int64_t from, until, due;
};

static bool weekly(const struct json *s, int64_t today, struct days *ret)
{
	const char *weekday = json_get_str(s, "due_weekday");
	char iso[TEXT_DATE_LEN], week[TEXT_WEEK_LEN];

	if (!weekday || weekday[0] < '1' || weekday[0] > '7' || weekday[1] || !date_of(today, iso) ||
	    text_week(span_str(iso), week, NULL) != RC_OK ||
	    text_week_monday(span_str(week), iso, NULL) != RC_OK || !days_of(iso, &ret->from))
		return false;
	ret->until = ret->from + WEEK;
	ret->due = ret->from + weekday[0] - '1';
	return true;
}

/* Periods of n months; the month due is the last, or the `due_month` of a year. */
static bool monthly(const struct json *s, int64_t today, int64_t n, struct days *ret)
{
	char iso[TEXT_DATE_LEN];
	int64_t day = 0, year = 0, month = 0, first, due;

	if (!json_get_int(s, "due_day", &day) || day < 1 || day > DAYS || !date_of(today, iso) ||
	    num_i64(span_of(iso, 4), 0, 9999, &year) != RC_OK ||
	    num_i64(iso[5] == '0' ? span_of(iso + 6, 1) : span_of(iso + 5, 2), 1, MONTHS, &month) !=
		RC_OK)
		return false;
	first = (year * MONTHS + month - 1) / n * n;
	due = first + n - 1;
	if (n == MONTHS) {
		if (!json_get_int(s, "due_month", &due) || due < 1 || due > MONTHS)
			return false;
		due += first - 1;
	}
	return month_days(first, &ret->from) && month_days(first + n, &ret->until) &&
	       day_of(due, day, &ret->due);
}

/* From its first day on; late is not over. */
static bool once(const struct json *s, int64_t today, struct days *ret)
{
	if (!days_of(json_get_str(s, "due_date"), &ret->due))
		return false;
	if (!days_of(json_get_str(s, "starts_on"), &ret->from))
		ret->from = 0;
	ret->until = (today > ret->due ? today : ret->due) + 1;
	return true;
}

static bool in_force(const struct json *s, int64_t today)
{
	int64_t starts, ends;

	if (days_of(json_get_str(s, "starts_on"), &starts) && today < starts)
		return false;
	return !days_of(json_get_str(s, "ends_on"), &ends) || today <= ends;
}

static bool find(const struct json *s, int64_t today, struct days *ret)
{
	static const struct {
		const char *period;
		int64_t months;
	} by_month[] = {{"hang_thang", 1}, {"hang_quy", QUARTER}, {"hang_nam", MONTHS}};
	const char *period = json_get_str(s, "period");

	if (!period)
		return false;
	for (size_t i = 0; i < sizeof(by_month) / sizeof(by_month[0]); i++)
		if (strcmp(period, by_month[i].period) == 0)
			return monthly(s, today, by_month[i].months, ret);
	if (strcmp(period, "hang_tuan") == 0)
		return weekly(s, today, ret);
	return strcmp(period, "mot_lan") == 0 && once(s, today, ret);
}

bool due_period(const struct json *schedule, int64_t now, struct due_period *ret)
{
	char iso[TEXT_DATE_LEN];
	struct due_period p;
	struct days d = {0};
	int64_t today, hour = 0;

	text_time_date(now, iso);
	if (!days_of(iso, &today) || !in_force(schedule, today) || !find(schedule, today, &d))
		return false;
	json_get_int(schedule, "due_hour", &hour);
	if (hour < 0 || hour >= HOURS || !date_of(d.due, iso) ||
	    text_time_of(span_str(iso), (int)hour * MINUTES, &p.due_at, NULL) != RC_OK ||
	    !date_of(d.from, p.from) || !date_of(d.until, p.until) ||
	    text_week(span_str(p.from), p.week, NULL) != RC_OK)
		return false;
	*ret = p;
	return true;
}

bool due_concerns(const struct json *schedule, const char *scope, const char *province)
{
	for (const struct json *s = json_first(json_get_arr(schedule, "scopes")); s;
	     s = json_next(s)) {
		const char *code = json_str(s);

		if (code && (strcmp(code, "*") == 0 || strcmp(code, scope) == 0 ||
			     (province && strcmp(code, province) == 0)))
			return true;
	}
	return false;
}

bool due_on(const struct due_period *p, const char *day)
{
	return day[0] && strcmp(day, p->from) >= 0 && strcmp(day, p->until) < 0;
}

bool due_holds(const struct due_period *p, const struct json *fields)
{
	const char *week = json_get_str(fields, "week"), *at = json_get_str(fields, "checked_at");
	char day[TEXT_DATE_LEN];

	if (week)
		return strcmp(week, p->week) == 0;
	if (!at)
		at = json_get_str(fields, "counted_at");
	if (!at || strlen(at) < TEXT_DATE_LEN - 1)
		return false;
	memcpy(day, at, TEXT_DATE_LEN - 1); /* "2026-11-25T08:30" */
	day[TEXT_DATE_LEN - 1] = '\0';
	return due_on(p, day);
}
