/*
 * odata: $filter against a row, each operator, type and refusal; the options; keys; the next page; $metadata.
 */
#include "lib/odata.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct odata_column columns[] = {
    {"Week", ODATA_STRING, ODATA_KEY, NULL}, {"No", ODATA_INT, ODATA_KEY, "Số <1> & \"2\""},
    {"d", ODATA_DECIMAL, 0, NULL},	     {"b", ODATA_BOOL, ODATA_FULL, NULL},
    {"day", ODATA_DATE, 0, NULL},	     {"at", ODATA_TIME, 0, NULL},
    {"none", ODATA_STRING, 0, NULL},	     {"name", ODATA_STRING, 0, NULL},
};
enum { COLUMNS = sizeof(columns) / sizeof(columns[0]) };
static const struct odata_set set = {"t", "Bảng", columns, COLUMNS};

static struct odata_value get(void *ctx, size_t column)
{
	static const struct odata_value row[COLUMNS] = {
	    {.text = "2026-W48"}, {.n = 12}, {.text = "-12.5"}, {.n = 1}, {.text = "2026-11-25"},
	    {.n = 1795570200 /* 08:30 at +07:00 */}, {.null = true}, {.text = "Trạm Y tế Đống Đa"},
	};

	(void)ctx;
	return row[column];
}
static const struct odata_row row = {get, NULL};

/* Does what a source is led by leave the row in that fits? */
static bool keeps(const struct odata_filter *f, bool fits)
{
	int64_t lo = INT64_MIN, hi = INT64_MAX;
	struct odata_value v;

	odata_filter_range(f, 1, &lo, &hi);
	return !fits || (lo <= 12 && hi >= 12 && (!odata_filter_pins(f, 1, &v) || v.n == 12));
}

static void test_fits(void **state)
{
	static const struct {
		const char *text;
		bool fits;
	} rows[] = {
	    {"No eq 12", true}, {"No eq 12.0", true}, {"No eq 12.5", false}, {"No ne 12", false}, {"No gt 11", true},
	    {"No ge 12", true}, {"No eq 012", true}, {"No ge -0012", true}, {"No le 0012", true}, {"No lt 12", false}, {"No le 12", true}, {"11 lt No", true}, {"13 le No", false},
	    {"No lt 99999999999999999999", true}, {"No gt -99999999999999999999.5", true},
	    {"d eq -12.50", true}, {"d lt -12.49", true}, {"d gt -100", true}, {"d lt 0", true}, {"d gt -12.5", false},
	    {"b", true}, {"not b", false}, {"b eq true", true}, {"b ne true", false}, {"true", true}, {"false", false},
	    {"null", false}, {"not null", false}, {"null or b", true}, {"null and b", false}, {"not (null and false)", true},
	    {"day eq 2026-11-25", true}, {"day lt 2026-12-01", true}, {"day gt 2026-11-25", false},
	    {"at eq 2026-11-25T01:30:00Z", true}, {"at eq 2026-11-25T08:30+07:00", true},
	    {"at lt 2026-11-25T08:30:01+07:00", true}, {"at ge 2026-11-24T20:30:00.999-05:00", true},
	    {"none eq null", true}, {"none ne null", false}, {"none eq 'x'", false}, {"none ne 'x'", true},
	    {"none gt 'a'", false}, {"not (none gt 'a')", true}, {"contains(none,'x')", false},
	    {"not contains(none,'x')", false}, {"null ne name", true},
	    {"contains(name,'y te')", true}, {"contains(name,'ĐỐNG')", true}, {"startswith(name,'trạm')", true},
	    {"startswith(name,'y')", false}, {"endswith(name,'Da')", true}, {"endswith(name,'tram')", false},
	    {"contains(name,'')", true}, {"name eq 'Trạm Y tế Đống Đa'", true}, {"name eq 'tram y te dong da'", false},
	    {"name ne 'it''s'", true}, {"Week ge '2026-W10'", true},
	    {"No eq 1 or No eq 12 and b", true}, {"(No eq 12 or b) and not b", false}, {"not(No eq 1)and b", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct odata_filter *f = NULL;
		struct arena mem;
		struct err e;

		arena_init(&mem, LIMIT_ODATA_MEM);
		if (odata_filter_parse(&set, span_str(rows[i].text), &mem, &f, &e) != RC_OK)
			fail_msg("%s: %s", rows[i].text, e.key);
		if (odata_filter_fits(f, &row) != rows[i].fits)
			fail_msg("%s", rows[i].text);
		if (!keeps(f, rows[i].fits))
			fail_msg("%s: the keys looked at leave the row out", rows[i].text);
		arena_free(&mem);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *key, *near;
		enum rc rc;
	} rows[] = {
	    {"", "odata.filter_syntax", "", RC_INPUT}, {"No eq", "odata.filter_syntax", "", RC_INPUT},
	    {"No eq 12)", "odata.filter_syntax", ")", RC_INPUT}, {"(No eq 12", "odata.filter_syntax", "", RC_INPUT},
	    {"No eq 12 12", "odata.filter_syntax", "12", RC_INPUT}, {"name eq 'a", "odata.filter_syntax", "", RC_INPUT},
	    {"xx eq 1", "odata.filter_column", "xx", RC_INPUT}, {"No eq 012x", "odata.filter_column", "012x", RC_INPUT},
	    {"No EQ 1", "odata.filter_type", "No", RC_INPUT}, {"No eq 'a'", "odata.filter_type", "'", RC_INPUT},
	    {"name eq 1", "odata.filter_type", "1", RC_INPUT}, {"day eq 2026-11-25T00:00Z", "odata.filter_type", "2026-11-25T00:00Z", RC_INPUT},
	    {"No", "odata.filter_type", "No", RC_INPUT}, {"contains(No,'a')", "odata.filter_type", "No", RC_INPUT},
	    {"contains name", "odata.filter_syntax", "name", RC_INPUT}, {"day eq 2026-02-30", "odata.filter_column", "2026-02-30", RC_INPUT},
	    {"No add 1 eq 2", "odata.filter_lacks", "add", RC_USAGE}, {"No in (1,2)", "odata.filter_lacks", "in", RC_USAGE},
	    {"tolower(name) eq 'a'", "odata.filter_lacks", "tolower", RC_USAGE}, {"a/b eq 1", "odata.filter_lacks", "a/b", RC_USAGE},
	    {"No eq d", "odata.filter_lacks", "d", RC_USAGE}, {"1 eq 1", "odata.filter_lacks", "1", RC_USAGE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct odata_filter *f = NULL;
		struct arena mem;
		struct err e = {.rc = RC_OK};

		arena_init(&mem, LIMIT_ODATA_MEM);
		if (odata_filter_parse(&set, span_str(rows[i].text), &mem, &f, &e) != rows[i].rc || f ||
		    strcmp(e.key, rows[i].key) != 0 || strcmp(err_arg(&e, "near"), rows[i].near) != 0)
			fail_msg("%s: %s near %s", rows[i].text, e.key, err_arg(&e, "near"));
		arena_free(&mem);
	}
}

static void check_query(const char *text, enum rc rc, const char *key)
{
	struct odata_query q;
	struct err e = {.rc = RC_OK};

	if (odata_query_parse(&set, span_str(text), &q, &e) != rc || strcmp(e.key, key) != 0)
		fail_msg("%s: %s", text, e.key);
	odata_query_free(&q);
}

static void test_options(void **state)
{
	struct odata_query q;

	(void)state;
	assert_int_equal(odata_query_parse(&set, span_str("%24top=3&$skip=2&lang=en&$count=true&$select=No,%20d&"
							   "$orderby=Week+desc,No%20desc&$filter=b&$skiptoken=a,1"),
					   &q, NULL),
			 RC_OK);
	assert_true(q.top == 3 && q.skip == 2 && q.count && q.down && q.selected && q.filter && q.select[1] &&
		    q.select[2] && !q.select[0]);
	assert_string_equal(q.token, "a,1");
	odata_query_free(&q);
	check_query("$filter=%4", RC_INPUT, "odata.escape");
	check_query("$filter=%ff", RC_INPUT, "odata.escape");
	check_query("$filter=%00", RC_INPUT, "odata.escape");
	check_query("$orderby=Week", RC_USAGE, "odata.order");
	check_query("$orderby=Week,No%20desc", RC_USAGE, "odata.order");
	check_query("$orderby=Week%20up,No", RC_INPUT, "odata.value");
	check_query("$select=a/b", RC_USAGE, "odata.lacks");
	check_query("$top=9007199254740992", RC_LIMIT, "odata.large");
	check_query("$top=-1", RC_INPUT, "odata.value");
	check_query("$expand=a", RC_USAGE, "odata.lacks");
	check_query("$a=1", RC_INPUT, "odata.unknown");
	check_query("$count=true&$count=true", RC_INPUT, "odata.twice");
}

static void test_named(void **state)
{
	struct odata_query q;
	struct err e = {.rc = RC_OK};

	(void)state;
	assert_int_equal(odata_query_parse(&set, span_str("$select=Week,Xy"), &q, &e), RC_INPUT);
	assert_string_equal(err_arg(&e, "name"), "Xy");
	odata_query_free(&q);
}

static void test_next(void **state)
{
	struct odata_query q;
	struct buf out;

	(void)state;
	buf_init(&out, LIMIT_ODATA_MEM);
	assert_int_equal(odata_query_parse(&set, span_str("$filter=name%20eq%20'a%26b'&$count=true&$top=9&$skip=5"), &q, NULL), RC_OK);
	odata_query_next(&q, "https://x/odata/", "2026-W48,12", 4, 0, &out);
	assert_string_equal((const char *)out.p, "https://x/odata/t?%24skiptoken=2026-W48,12&%24filter="
						 "name%20eq%20%27a%26b%27&%24top=4");
	odata_query_free(&q);
	buf_free(&out);
}

static enum rc key(const char *text, bool *retfits)
{
	struct odata_query q;
	enum rc rc;

	assert_int_equal(odata_query_parse(&set, span_str(""), &q, NULL), RC_OK);
	rc = odata_query_key(&q, span_str(text), NULL);
	*retfits = rc == RC_OK && odata_filter_fits(q.filter, &row);
	odata_query_free(&q);
	return rc;
}

static void test_keys(void **state)
{
	bool fits;

	(void)state;
	assert_int_equal(key("Week='2026-W48',No=12", &fits), RC_OK);
	assert_true(fits);
	assert_int_equal(key("No=13,Week='2026-W48'", &fits), RC_OK);
	assert_false(fits);
	assert_int_equal(key("", &fits), RC_INPUT);
	assert_int_equal(key("12", &fits), RC_INPUT);
	assert_int_equal(key("Week='a'", &fits), RC_INPUT);
	assert_int_equal(key("Week='a',Week='a'", &fits), RC_INPUT);
	assert_int_equal(key("Week='a',No=1 or b", &fits), RC_INPUT);
}

static void test_written(void **state)
{
	struct odata_query q;
	struct buf out;

	(void)state;
	buf_init(&out, LIMIT_ODATA_PAGE);
	assert_int_equal(odata_query_parse(&set, span_str("$select=*"), &q, NULL), RC_OK);
	odata_write_row(&q, &row, false, &out);
	assert_string_equal((const char *)out.p,
			    "{\"Week\":\"2026-W48\",\"No\":12,\"d\":-12.5,\"b\":true,\"day\":\"2026-11-25\","
			    "\"at\":\"2026-11-25T08:30:00+07:00\",\"none\":null,\"name\":\"Trạm Y tế Đống Đa\"}");
	buf_reset(&out);
	odata_write_csdl(&set, 1, &out);
	assert_non_null(strstr((const char *)out.p, "<Property Name=\"No\" Type=\"Edm.Int64\" Nullable=\"false\">"
						    "<Annotation Term=\"Core.Description\" String=\"Số &lt;1&gt; &amp; &quot;2&quot;\"/>"));
	assert_non_null(strstr((const char *)out.p, "<Key><PropertyRef Name=\"Week\"/><PropertyRef Name=\"No\"/></Key>"));
	odata_query_free(&q);
	buf_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_fits), cmocka_unit_test(test_refused), cmocka_unit_test(test_options),
	    cmocka_unit_test(test_named),
	    cmocka_unit_test(test_next), cmocka_unit_test(test_keys),	 cmocka_unit_test(test_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
