/*
 * num_test: canonical integers and decimals at their edges, and all that is nearly one.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/num.h"

static void test_i64(void **state)
{
	static const struct {
		const char *text;
		int64_t min, max;
		enum rc rc;
		int64_t value;
	} cases[] = {
	    {"0", 0, 0, RC_OK, 0},
	    {"7", 0, 9, RC_OK, 7},
	    {"-7", -9, 9, RC_OK, -7},
	    {"9223372036854775807", INT64_MIN, INT64_MAX, RC_OK, INT64_MAX},
	    {"-9223372036854775808", INT64_MIN, INT64_MAX, RC_OK, INT64_MIN},
	    {"-9223372036854775807", INT64_MIN, INT64_MAX, RC_OK, -INT64_MAX},
	    {"9223372036854775808", INT64_MIN, INT64_MAX, RC_LIMIT, 0},
	    {"-9223372036854775809", INT64_MIN, INT64_MAX, RC_LIMIT, 0},
	    {"99999999999999999999999999", INT64_MIN, INT64_MAX, RC_LIMIT, 0},
	    {"18446744073709551616", INT64_MIN, INT64_MAX, RC_LIMIT, 0},
	    {"10", 0, 9, RC_LIMIT, 0},
	    {"-1", 0, 9, RC_LIMIT, 0},
	    {"5", 6, 9, RC_LIMIT, 0},
	    {"", 0, 9, RC_INPUT, 0},
	    {"-", -9, 9, RC_INPUT, 0},
	    {"+1", 0, 9, RC_INPUT, 0},
	    {"-0", -9, 9, RC_INPUT, 0},
	    {"00", 0, 9, RC_INPUT, 0},
	    {"01", 0, 9, RC_INPUT, 0},
	    {"-01", -9, 9, RC_INPUT, 0},
	    {" 1", 0, 9, RC_INPUT, 0},
	    {"1 ", 0, 9, RC_INPUT, 0},
	    {"1\n", 0, 9, RC_INPUT, 0},
	    {"--1", -9, 9, RC_INPUT, 0},
	    {"0x1", 0, 9, RC_INPUT, 0},
	    {"1e1", 0, 99, RC_INPUT, 0},
	    {"1.0", 0, 9, RC_INPUT, 0},
	    {"1.000", 0, 9999, RC_INPUT, 0},
	    {"99999999999999999999999999x", 0, 9, RC_INPUT, 0},
	    {"１", 0, 9, RC_INPUT, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t v = 4711;
		enum rc rc = num_i64(span_str(cases[i].text), cases[i].min, cases[i].max, &v);
		if (rc != cases[i].rc)
			fail_msg("%s: %s", cases[i].text, err_name(rc));
		assert_true(v == (rc == RC_OK ? cases[i].value : 4711));
	}
	int64_t v = 4711;
	assert_int_equal(num_i64(span_of("1\0", 2), 0, 9, &v), RC_INPUT);
	assert_int_equal(num_i64(span_of("123", 2), 0, 99, &v), RC_OK);
	assert_int_equal(v, 12);
}

static void test_u64(void **state)
{
	uint64_t v = 4711;

	(void)state;
	assert_int_equal(num_u64(span_str("18446744073709551615"), 0, UINT64_MAX, &v), RC_OK);
	assert_true(v == UINT64_MAX);
	assert_int_equal(num_u64(span_str("18446744073709551616"), 0, UINT64_MAX, &v), RC_LIMIT);
	assert_int_equal(num_u64(span_str("18446744073709551620"), 0, UINT64_MAX, &v), RC_LIMIT);
	assert_int_equal(num_u64(span_str("-1"), 0, UINT64_MAX, &v), RC_INPUT);
	assert_int_equal(num_u64(span_str("-0"), 0, UINT64_MAX, &v), RC_INPUT);
	assert_int_equal(num_u64(span_str("3"), 0, 2, &v), RC_LIMIT);
	assert_int_equal(num_u64(span_str("0"), 1, 2, &v), RC_LIMIT);
	assert_int_equal(num_u64(span_str("9"), 0, 3, &v), RC_LIMIT);
	assert_true(v == UINT64_MAX);
	assert_int_equal(num_u64(span_str("0"), 0, 0, &v), RC_OK);
	assert_true(v == 0);
}

static void test_str(void **state)
{
	static const int64_t values[] = {0,  1,         -1,        9,         10,        -10,
					 99, INT64_MAX, INT64_MIN, INT32_MIN, 1000000007};
	char got[NUM_I64_LEN], want[32];

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		int64_t back;
		num_str(values[i], got);
		snprintf(want, sizeof(want), "%" PRId64, values[i]);
		assert_string_equal(got, want);
		assert_int_equal(num_i64(span_str(got), INT64_MIN, INT64_MAX, &back), RC_OK);
		assert_true(back == values[i]);
	}
}

static void test_dec(void **state)
{
	static const struct {
		const char *text;
		unsigned places;
		enum rc rc;
		int64_t value;
	} cases[] = {
	    {"0", 2, RC_OK, 0},
	    {"12.5", 2, RC_OK, 1250},
	    {"12.05", 2, RC_OK, 1205},
	    {"-0.05", 2, RC_OK, -5},
	    {"0.000001", 6, RC_OK, 1},
	    {"7", 0, RC_OK, 7},
	    {"92233720368547758.07", 2, RC_OK, INT64_MAX},
	    {"-92233720368547758.08", 2, RC_OK, INT64_MIN},
	    {"92233720368547758.08", 2, RC_LIMIT, 0},
	    {"-92233720368547758.09", 2, RC_LIMIT, 0},
	    {"9223372036854775808", 0, RC_LIMIT, 0},
	    {"92233720368547759", 2, RC_LIMIT, 0},
	    {"12.505", 2, RC_INPUT, 0},
	    {"12.50", 2, RC_INPUT, 0},
	    {"12.0", 2, RC_INPUT, 0},
	    {"12.", 2, RC_INPUT, 0},
	    {".5", 2, RC_INPUT, 0},
	    {"-.5", 2, RC_INPUT, 0},
	    {"1.5", 0, RC_INPUT, 0},
	    {"-0", 2, RC_INPUT, 0},
	    {"-0.0", 2, RC_INPUT, 0},
	    {"012.5", 2, RC_INPUT, 0},
	    {"00.5", 2, RC_INPUT, 0},
	    {"1,5", 2, RC_INPUT, 0},
	    {"1.2.3", 4, RC_INPUT, 0},
	    {"1.-5", 2, RC_INPUT, 0},
	    {"1e5", 2, RC_INPUT, 0},
	    {"", 2, RC_INPUT, 0},
	    {".", 2, RC_INPUT, 0},
	    {"-", 2, RC_INPUT, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t v = 4711;
		char back[NUM_DEC_LEN];
		enum rc rc = num_dec(span_str(cases[i].text), cases[i].places, &v);
		if (rc != cases[i].rc)
			fail_msg("%s: %s", cases[i].text, err_name(rc));
		assert_true(v == (rc == RC_OK ? cases[i].value : 4711));
		if (rc == RC_OK) {
			num_dec_str(v, cases[i].places, back);
			assert_string_equal(back, cases[i].text);
		}
	}
}

/* Whatever the scaled value, its text is canonical and comes back. */
static void test_dec_round_trip(void **state)
{
	uint64_t x = 88172645463325252;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char text[NUM_DEC_LEN];
		int64_t v, back;
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		v = (int64_t)(x >> (i % 64));
		v = i % 2 ? v : -(v / 2);
		for (unsigned places = 0; places <= NUM_DEC_PLACES; places++) {
			num_dec_str(v, places, text);
			assert_true(strlen(text) < NUM_DEC_LEN);
			assert_int_equal(num_dec(span_str(text), places, &back), RC_OK);
			assert_true(back == v);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_i64),
	    cmocka_unit_test(test_u64),
	    cmocka_unit_test(test_str),
	    cmocka_unit_test(test_dec),
	    cmocka_unit_test(test_dec_round_trip),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
