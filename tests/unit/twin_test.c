/*
 * twin: what two records of one thing share, however it is written, and what tells nothing.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/limits.h"
#include "sync/twin.h"

static void key(const char *kind, size_t rule, const char *rec, char out[128])
{
	struct json *o = NULL;
	struct buf b;

	buf_init(&b, LIMIT_TEXT);
	assert_int_equal(json_parse(span_str(rec), NULL, &o, NULL), RC_OK);
	twin_key(kind, rule, o, &b);
	assert_true(b.len < 128);
	memcpy(out, b.len ? (const char *)b.p : "", b.len);
	out[b.len] = 0;
	buf_free(&b);
	json_free(o);
}

static void a_value_is_the_same_however_it_is_written(void **state)
{
	static const struct {
		const char *kind;
		size_t rule;
		const char *a, *b;
		bool same;
	} cases[] = {
	    {"asset", 0, "{\"asset_code\":\"0045101-000001\"}", "{\"asset_code\":\"0045101 000001\"}", true},
	    {"asset", 0, "{\"asset_code\":\"0045101-000001\"}", "{\"asset_code\":\"0045101-000002\"}", false},
	    {"asset", 1, "{\"serial\":\"VN3K-0117\"}", "{\"serial\":\" vn3k 0117\"}", true},
	    {"asset", 2, "{\"plate_no\":\"29A-123.45\"}", "{\"plate_no\":\"29a 12345\"}", true},
	    {"asset", 2, "{\"plate_no\":\"29Đ-123.45\"}", "{\"plate_no\":\"29D 12345\"}", true},
	    {"facility", 0, "{\"map_sheet\":\"07\",\"parcel\":\"118\"}",
	     "{\"map_sheet\":\"7\",\"parcel\":\"0118\"}", true},
	    {"facility", 0, "{\"map_sheet\":\"7\",\"parcel\":\"118\"}",
	     "{\"map_sheet\":\"71\",\"parcel\":\"18\"}", false},
	};
	char a[128], b[128];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		key(cases[i].kind, cases[i].rule, cases[i].a, a);
		key(cases[i].kind, cases[i].rule, cases[i].b, b);
		assert_true(a[0] && b[0]);
		assert_int_equal(strcmp(a, b) == 0, cases[i].same);
	}
}

static void what_says_that_there_is_none_tells_nothing(void **state)
{
	static const struct {
		const char *kind;
		size_t rule;
		const char *rec;
	} cases[] = {
	    {"asset", 1, "{\"serial\":\"Không\"}"},    {"asset", 1, "{\"serial\":\"không có\"}"},
	    {"asset", 1, "{\"serial\":\"N/A\"}"},      {"asset", 1, "{\"serial\":\"--\"}"},
	    {"asset", 1, "{\"serial\":\"12\"}"},       {"asset", 1, "{\"serial\":\"000\"}"},
	    {"asset", 1, "{\"serial\":null}"},         {"asset", 1, "{}"},
	    {"asset", 2, "{\"plate_no\":\"chưa có\"}"}, {"facility", 0, "{\"map_sheet\":\"7\"}"},
	    {"facility", 0, "{\"map_sheet\":\"7\",\"parcel\":\"\"}"},
	    {"facility", 1, "{\"map_sheet\":\"7\",\"parcel\":\"1\"}"}, /* there is no such rule */
	};
	char text[128];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		key(cases[i].kind, cases[i].rule, cases[i].rec, text);
		assert_string_equal(text, "");
	}
	assert_null(twin_field("facility", 1));
	assert_string_equal(twin_field("asset", 0), "asset_code");
	assert_true(twin_names("asset", 0) && !twin_names("asset", 1) && !twin_names("inventory", 0));
}

/* Groups as "1 2 serial plate_no | ". */
static enum rc take(void *arg, const int64_t *no, size_t n, const struct json *reasons,
		    struct err *reterr)
{
	struct buf *out = arg;

	for (size_t i = 0; i < n; i++)
		buf_addf(out, "%d ", (int)no[i]);
	for (const struct json *r = json_first(reasons); r; r = json_next(r))
		buf_addf(out, "%s ", json_get_str(r, "field"));
	buf_add_str(out, "| ");
	return buf_check(out, reterr);
}

/* clause: M15 */
static void groups_are_found_once_with_all_reasons(void **state)
{
	static const struct {
		const char *scope, *kind, *rec;
		int64_t head;
	} recs[] = {
	    {"00004", "asset", "{\"serial\":\"ABC1\",\"plate_no\":\"29A12345\"}", 1},
	    {"00004", "asset", "{\"serial\":\"abc-1\",\"plate_no\":\"29A-123.45\"}", 2},
	    {"00007", "asset", "{\"serial\":\"ABC1\"}", 3},     /* another commune's */
	    {"00004", "asset", "{\"serial\":\"XYZ9\"}", 4},
	    {"00004", "asset", "{\"serial\":\"xyz9\"}", 4},     /* linked already */
	    {"00004", "asset", "{\"serial\":\"LLL7\",\"asset_code\":\"0045101-000001\"}", 6},
	    {"00004", "asset", "{\"serial\":\"LLL7\"}", 7},
	    {"00004", "asset", "{\"asset_code\":\"0045101-000001\"}", 8},
	};
	struct twin_search *s = NULL;
	struct buf out;

	(void)state;
	buf_init(&out, LIMIT_KIB);
	assert_int_equal(twin_search_new(&s, NULL), RC_OK);
	for (size_t i = 0; i < sizeof(recs) / sizeof(recs[0]); i++) {
		struct json *o = NULL;
		assert_int_equal(json_parse(span_str(recs[i].rec), NULL, &o, NULL), RC_OK);
		assert_int_equal(twin_search_add(s, recs[i].scope, recs[i].kind, o, (int64_t)i + 1,
						 recs[i].head, NULL),
				 RC_OK);
		json_free(o);
	}
	assert_int_equal(twin_search_each(s, take, &out, NULL), RC_OK);
	assert_string_equal((const char *)out.p,
			    "6 8 asset_code | 1 2 plate_no serial | 6 7 serial | ");
	buf_free(&out);
	twin_search_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_value_is_the_same_however_it_is_written),
	    cmocka_unit_test(what_says_that_there_is_none_tells_nothing),
	    cmocka_unit_test(groups_are_found_once_with_all_reasons),
	};

	return cmocka_run_group_tests_name("twin", tests, NULL, NULL);
}
