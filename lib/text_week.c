/*
 * text_week: weeks as people write and say them (see text.h). The shapes that are understood are one
 * table; words are compared by their search key, so that marks and capitals do not matter.
 * What a week is, is text_date.c's.
 */
#include <stdio.h>
#include <string.h>

#include "lib/limits.h"
#include "lib/text.h"

enum { FIGURES = 7, SHAPE_LEN = 32, FIGURE_DIGITS = 4 };

/* A text with each run of digits as #, and the numbers. */
struct figures {
	char shape[SHAPE_LEN];
	int v[FIGURES];
	size_t n;
};

/* Which of the numbers are the week's, its year, the first of a day, month and year; -1: none. */
static const struct shape {
	const char *text;
	int no, year, day;
} shapes[] = {
    {"#/#", 0, 1, -1},
    {"tuan #/#", 0, 1, -1},
    {"tuan # nam #", 0, 1, -1},
    {"tuan # (#/# - #/#/#)", 0, -1, 3},
    {"tuan # (#/#/# - #/#/#)", 0, -1, 4},
    {"week #/#", 0, 1, -1},
    {"week # of #", 0, 1, -1},
    {"week # (#/# - #/#/#)", 0, -1, 3},
    {"week # (#/#/# - #/#/#)", 0, -1, 4},
    {"#/#/#", -1, -1, 0},
};

static bool take_figure(const uint8_t **p, const uint8_t *end, struct figures *f)
{
	const uint8_t *from = *p;
	int v = 0;

	while (*p < end && **p >= '0' && **p <= '9' && *p - from < FIGURE_DIGITS)
		v = v * 10 + (*(*p)++ - '0');
	if (f->n == FIGURES || (*p < end && **p >= '0' && **p <= '9'))
		return false;
	f->v[f->n++] = v;
	return true;
}

static bool take_apart(struct span s, struct figures *f)
{
	const uint8_t *p = s.p, *end = s.p + s.len;
	size_t len = 0;

	*f = (struct figures){.n = 0};
	while (p < end && len + 1 < SHAPE_LEN) {
		bool figure = *p >= '0' && *p <= '9';
		f->shape[len++] = figure ? '#' : (char)*p;
		if (!figure)
			p++;
		else if (!take_figure(&p, end, f))
			return false;
	}
	f->shape[len] = '\0';
	return p == end;
}

static const struct shape *shape_of(const struct figures *f)
{
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		if (strcmp(shapes[i].text, f->shape) == 0)
			return &shapes[i];
	return NULL;
}

/* The week of a day, month and year. */
static bool week_of_day(const int v[3], char out[TEXT_WEEK_LEN])
{
	char typed[3 * (FIGURE_DIGITS + 1)], iso[TEXT_DATE_LEN];

	snprintf(typed, sizeof(typed), "%d/%d/%d", v[0], v[1], v[2]);
	return text_date(span_str(typed), iso, NULL) == RC_OK &&
	       text_week(span_str(iso), out, NULL) == RC_OK;
}

/* The number is that of the last day's week, and the first day is in it, too. */
static bool is_week(const struct figures *f, const struct shape *s, const char week[TEXT_WEEK_LEN],
		    char out[TEXT_WEEK_LEN])
{
	const int from[3] = {f->v[1], f->v[2], f->v[s->day == 4 ? 3 : 5]};
	char first[TEXT_WEEK_LEN];

	if (!week_of_day(from, first) || strcmp(first, week) != 0 ||
	    f->v[s->no] != (week[6] - '0') * 10 + (week[7] - '0'))
		return false;
	memcpy(out, week, TEXT_WEEK_LEN);
	return true;
}

static bool read_figures(const struct figures *f, char out[TEXT_WEEK_LEN])
{
	const struct shape *s = shape_of(f);
	char week[TEXT_WEEK_LEN] = "", no[3];

	if (!s || (s->day >= 0 && !week_of_day(f->v + s->day, week)))
		return false;
	if (s->year >= 0)
		snprintf(week, sizeof(week), "%04d-W", f->v[s->year] % 10000);
	if (s->no >= 0 && s->day >= 0) /* both are said: they must be the same */
		return is_week(f, s, week, out);
	if (s->no >= 0 && f->v[s->no] < 100) {
		snprintf(no, sizeof(no), "%02d", f->v[s->no] % 100);
		memcpy(week + 6, no, sizeof(no));
	}
	if ((s->no >= 0 && f->v[s->no] > 99) || !text_is_week(span_str(week)))
		return false;
	memcpy(out, week, TEXT_WEEK_LEN);
	return true;
}

enum rc text_week_read(struct span s, char out[TEXT_WEEK_LEN], struct err *reterr)
{
	char week[TEXT_WEEK_LEN], monday[TEXT_DATE_LEN];
	struct figures f;
	struct buf key;
	enum rc rc;

	buf_init(&key, LIMIT_TEXT);
	rc = text_fold(s, &key, reterr);
	if (rc == RC_OK && take_apart(span_buf(&key), &f) && read_figures(&f, week)) {
		memcpy(out, week, TEXT_WEEK_LEN);
	} else if (rc == RC_OK) {
		rc = text_week_monday(s, monday, reterr); /* as it is kept; else it says what is wrong */
		if (rc == RC_OK)
			snprintf(out, TEXT_WEEK_LEN, "%.*s", (int)s.len, (const char *)s.p);
	}
	buf_free(&key);
	return rc;
}

enum rc text_week_say(struct span week, struct text_week *ret, struct err *reterr)
{
	char monday[TEXT_DATE_LEN], sunday[TEXT_DATE_LEN];
	int64_t days;
	enum rc rc = text_week_monday(week, monday, reterr);

	if (rc == RC_OK)
		rc = text_days(span_str(monday), &days, reterr);
	if (rc == RC_OK)
		rc = text_days_date(days + 6, sunday, reterr);
	if (rc == RC_OK)
		rc = text_date_fmt(span_str(monday), ret->from, reterr);
	if (rc == RC_OK)
		rc = text_date_fmt(span_str(sunday), ret->to, reterr);
	if (rc != RC_OK)
		return rc;
	if (memcmp(monday, sunday, 4) == 0) /* the year is said once */
		ret->from[5] = '\0';
	snprintf(ret->no, sizeof(ret->no), "%.2s", (const char *)week.p + (week.p[6] == '0' ? 7 : 6));
	if (week.p[6] == '0')
		ret->no[1] = '\0';
	return RC_OK;
}
