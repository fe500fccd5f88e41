/*
 * due_test: the period of each kind of schedule at its edges (ends of weeks, months, years, a 29th of
 * February), what is in force, whom it concerns, which records belong to a period.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "sync/due.h"

/* A JSON object written with ' for ". */
static struct json *object(const char *text)
{
	char copy[512];
	struct json *o = NULL;
	size_t n = strlen(text);

	assert_true(n < sizeof(copy));
	memcpy(copy, text, n + 1);
	for (size_t i = 0; i < n; i++)
		copy[i] = copy[i] == '\'' ? '"' : copy[i];
	assert_int_equal(json_parse(span_str(copy), NULL, &o, NULL), RC_OK);
	return o;
}

static int64_t at(const char *text)
{
	int64_t t = 0;

	assert_int_equal(text_time(span_str(text), &t, NULL), RC_OK);
	return t;
}

/* from "": not in force. */
static void expect(const char *schedule, const char *now, const char *from, const char *until,
		   const char *due)
{
	struct json *s = object(schedule);
	char got[TEXT_TIME_LEN];
	struct due_period p;

	if (!from[0]) {
		assert_false(due_period(s, at(now), &p));
	} else {
		assert_true(due_period(s, at(now), &p));
		assert_string_equal(p.from, from);
		assert_string_equal(p.until, until);
		text_time_fmt(p.due_at, got);
		assert_string_equal(got, due);
	}
	json_free(s);
}

#define WEEKLY "{'period':'hang_tuan','due_weekday':'5','due_hour':17}"

static void weekly(void **state)
{
	(void)state;
	expect(WEEKLY, "2026-11-23 00:00", "2026-11-23", "2026-11-30", "27/11/2026 17:00");
	expect(WEEKLY, "2026-11-29 23:59", "2026-11-23", "2026-11-30", "27/11/2026 17:00");
	expect(WEEKLY, "2026-11-22 23:59", "2026-11-16", "2026-11-23", "20/11/2026 17:00");
	expect(WEEKLY, "2027-01-02 12:00", "2026-12-28", "2027-01-04", "01/01/2027 17:00");
	expect("{'period':'hang_tuan','due_hour':17}", "2026-11-23 00:00", "", "", "");
	expect("{'period':'hang_tuan','due_weekday':'8','due_hour':17}", "2026-11-23 00:00", "", "",
	       "");
}

static void by_month(void **state)
{
	(void)state;
	expect("{'period':'hang_thang','due_day':31,'due_hour':8}", "2028-02-01 00:00",
	       "2028-02-01", "2028-03-01", "29/02/2028 08:00");
	expect("{'period':'hang_thang','due_day':5,'due_hour':0}", "2026-12-31 23:59", "2026-12-01",
	       "2027-01-01", "05/12/2026 00:00");
	expect("{'period':'hang_thang','due_day':9,'due_hour':0}", "2026-09-09 09:09", "2026-09-01",
	       "2026-10-01", "09/09/2026 00:00");
	expect("{'period':'hang_quy','due_day':31,'due_hour':23}", "2026-10-01 00:00", "2026-10-01",
	       "2027-01-01", "31/12/2026 23:00");
	expect("{'period':'hang_quy','due_day':31,'due_hour':23}", "2026-06-30 23:59", "2026-04-01",
	       "2026-07-01", "30/06/2026 23:00");
	expect("{'period':'hang_nam','due_day':30,'due_month':2,'due_hour':12}", "2027-07-01 00:00",
	       "2027-01-01", "2028-01-01", "28/02/2027 12:00");
	expect("{'period':'hang_nam','due_day':30,'due_hour':12}", "2027-07-01 00:00", "", "", "");
	expect("{'period':'hang_thang','due_hour':12}", "2027-07-01 00:00", "", "", "");
}

/* What the form does not take asks for nothing; the outside recount has the same rule. clause: R12 */
static void of_no_form(void **state)
{
	static const char *const s[] = {"{'period':'hang_tuan','due_weekday':'3x'}", "{'period':'hang_tuan','due_weekday':3}",
					"{'period':'hang_tuan','due_weekday':'3','due_hour':24}",
					"{'period':'hang_tuan','due_weekday':'3','due_hour':4294967296}",
					"{'period':'hang_thang','due_day':0}", "{'period':'hang_thang','due_day':32}",
					"{'period':'hang_nam','due_day':1,'due_month':13}",
					"{'period':'hang_nam','due_day':1,'due_month':0}",
					"{'period':'mot_lan','due_date':'20261125'}", "{'period':5}"};

	(void)state;
	for (size_t i = 0; i < sizeof(s) / sizeof(s[0]); i++)
		expect(s[i], "2026-11-23 00:00", "", "", "");
	expect("{'period':'hang_tuan','due_weekday':'3','due_hour':'24','starts_on':'mai','ends_on':5}", "2026-11-23 00:00",
	       "2026-11-23", "2026-11-30", "25/11/2026 00:00");
}

static void one_time(void **state)
{
	static const char s[] =
	    "{'period':'mot_lan','due_date':'2027-01-15','due_hour':17,'starts_on':'2026-12-01'}";

	(void)state;
	expect(s, "2026-11-30 23:59", "", "", "");
	expect(s, "2026-12-01 00:00", "2026-12-01", "2027-01-16", "15/01/2027 17:00");
	expect(s, "2027-03-01 08:00", "2026-12-01", "2027-03-02",
	       "15/01/2027 17:00"); /* late, not over */
	expect("{'period':'mot_lan','due_hour':17}", "2026-12-01 00:00", "", "", "");
}

static void in_force(void **state)
{
	static const char s[] = "{'period':'hang_tuan','due_weekday':'3','due_hour':12,"
				"'starts_on':'2026-11-02','ends_on':'2026-11-30'}";

	(void)state;
	expect(s, "2026-11-01 23:59", "", "", "");
	expect(s, "2026-11-02 00:00", "2026-11-02", "2026-11-09", "04/11/2026 12:00");
	expect(s, "2026-11-30 23:59", "2026-11-30", "2026-12-07", "02/12/2026 12:00");
	expect(s, "2026-12-01 00:00", "", "", "");
	expect("{}", "2026-12-01 00:00", "", "", "");
	expect("{'period':'bao_gio'}", "2026-12-01 00:00", "", "", "");
}

static void concerns(void **state)
{
	static const struct {
		const char *scopes, *province;
		bool ours;
	} t[] = {
	    {"{'scopes':['*']}", NULL, true},      {"{'scopes':['00007','00004']}", NULL, true},
	    {"{'scopes':['00007']}", "01", false}, {"{'scopes':['01']}", "01", true},
	    {"{'scopes':['01']}", "02", false},    {"{'scopes':['01']}", NULL, false},
	    {"{'scopes':[]}", "01", false},        {"{}", "01", false}};

	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct json *s = object(t[i].scopes);

		assert_int_equal(due_concerns(s, "00004", t[i].province), t[i].ours);
		json_free(s);
	}
}

static void holds(void **state)
{
	static const struct {
		const char *fields;
		bool in;
	} t[] = {{"{'week':'2026-W48'}", true},
		 {"{'week':'2026-W47','checked_at':'2026-11-24T10:00'}", false},
		 {"{'checked_at':'2026-11-23T00:00'}", true},
		 {"{'checked_at':'2026-11-29T23:59'}", true},
		 {"{'checked_at':'2026-11-30T00:00'}", false},
		 {"{'checked_at':'2026-11-22T23:59'}", false},
		 {"{'counted_at':'2026-11-25T08:00'}", true},
		 {"{'checked_at':'2026'}", false},
		 {"{}", false}};
	struct json *s = object(WEEKLY);
	struct due_period p;

	(void)state;
	assert_true(due_period(s, at("2026-11-26 08:00"), &p));
	json_free(s);
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		s = object(t[i].fields);
		assert_int_equal(due_holds(&p, s), t[i].in);
		json_free(s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(weekly),   cmocka_unit_test(by_month), cmocka_unit_test(of_no_form),
	    cmocka_unit_test(one_time),
	    cmocka_unit_test(in_force), cmocka_unit_test(concerns), cmocka_unit_test(holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
