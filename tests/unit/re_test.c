/*
 * re_test: whole-string matching, ASCII digits, and the bounds a hostile pattern meets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/limits.h"
#include "lib/re.h"

static void test_match(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool match;
	} cases[] = {
	    {"\\d{7}", "1154985", true},
	    {"\\d{7}", "11549851", false},
	    {"\\d{7}", "x1154985", false},
	    {"\\d{7}", "1154985\n", false},
	    {"^\\d{7}$", "1154985", true},
	    {"^\\d{7}$", "1154985\n", false},
	    {"\\d{7}-\\d{6}", "1154985-000140", true},
	    {"\\d", "٣", false},
	    {"a|ab", "ab", true},
	    {"ab|a", "a", true},
	    {"", "", true},
	    {"", "a", false},
	    {".", "đ", true},
	    {"..", "đ", false},
	    {"[à-ỹ]+", "ệ", true},
	    {"(?i)m'drắk", "M'DRẮK", true},
	    {"a*", "aaa", true},
	    {"\\p{Lu}\\p{Ll}+", "Đống", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct re *re = NULL;
		bool match = !cases[i].match;
		assert_int_equal(re_compile(span_str(cases[i].pattern), &re, NULL), RC_OK);
		assert_int_equal(re_match(re, span_str(cases[i].text), &match, NULL), RC_OK);
		if (match != cases[i].match)
			fail_msg("%s against %s", cases[i].pattern, cases[i].text);
		re_free(re);
	}
}

static void test_bad_pattern(void **state)
{
	static const char *const bad[] = {"(",   "[a",  "a{2,1}", "*a", "\\", "(?<n>a)(?<n>b)",
					  "\\C", "\xff"};
	struct re *re = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err e = {0};
		assert_int_equal(re_compile(span_str(bad[i]), &re, &e), RC_INPUT);
		assert_string_equal(e.key, "re.syntax");
		assert_non_null(err_arg(&e, "at"));
		assert_true(strlen(err_arg(&e, "detail")) > 0);
		assert_null(re);
	}
	char big[LIMIT_RE_PATTERN + 1];
	struct err e = {0};
	memset(big, 'a', sizeof(big));
	assert_int_equal(re_compile(span_of(big, sizeof(big)), &re, &e), RC_LIMIT);
	assert_string_equal(e.key, "re.too_long");
	assert_int_equal(re_compile(span_of(big, sizeof(big) - 1), &re, &e), RC_OK);
	re_free(re);
	re_free(NULL);
}

/* Patterns that would backtrack for hours end at a bound. */
static void test_bounds(void **state)
{
	static const char *const slow[] = {"(a+)+b", "(a|a)*b", "(a|aa)+c", "(.*)*(.*)*(.*)*x"};
	char text[60];

	(void)state;
	memset(text, 'a', sizeof(text));
	for (size_t i = 0; i < sizeof(slow) / sizeof(slow[0]); i++) {
		struct re *re = NULL;
		struct err e = {0};
		bool match = true;
		assert_int_equal(re_compile(span_str(slow[i]), &re, NULL), RC_OK);
		/* a pattern may also be seen to fail before it starts; what counts is that it ends */
		enum rc rc = re_match(re, span_of(text, sizeof(text)), &match, &e);
		if (rc == RC_OK)
			assert_false(match);
		else
			assert_string_equal(e.key, "re.limit");
		re_free(re);
	}
	struct re *re = NULL;
	struct err e = {0};
	bool match = true;
	assert_int_equal(re_compile(span_str("(a|a)*[bc]"), &re, NULL), RC_OK);
	assert_int_equal(re_match(re, span_of(text, sizeof(text)), &match, &e), RC_LIMIT);
	assert_string_equal(e.key, "re.limit");
	assert_true(match);
	assert_int_equal(re_match(re, span_str("a\xff"), &match, &e), RC_INPUT);
	assert_string_equal(e.key, "text.utf8");
	re_free(re);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_match),
	    cmocka_unit_test(test_bad_pattern),
	    cmocka_unit_test(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
