/*
 * expr: what each operator and function accepts, gives and refuses; exact money and areas;
 * unanswered fields; ceilings; and mutated texts that must never do harm (SEED=, ROUNDS=).
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
#include "lib/num.h"
#include "sync/expr.h"
#include "tests/support/rng.h"

enum { NOW = 1795395600 }; /* 2026-11-23 01:00 UTC = 08:00 in Vietnam */

/* ---- an environment of a few names ---- */

static enum rc set_value(const char *const *text, size_t n, bool numbers, struct arena *mem,
			 struct expr_value *ret)
{
	struct expr_value *item = arena_alloc(mem, (n + 1) * sizeof(*item));

	if (item == NULL)
		return RC_NOMEM;
	for (size_t i = 0; i < n; i++) {
		item[i] = expr_string(span_str(text[i]));
		if (numbers && text[i][0] != '\0')
			(void)expr_decimal(span_str(text[i]), &item[i]);
	}
	*ret = (struct expr_value){.type = EXPR_SET, .item = item, .n = n};
	return RC_OK;
}

static enum rc get(void *ctx, struct span name, struct arena *mem, struct expr_value *ret,
		   struct err *reterr)
{
	static const struct {
		const char *name, *text;
	} texts[] = {{"ten", "Nguyễn Thị Ê-đê"}, {"ma", "00004"},	  {"trong", ""},
		     {"ngay", "2026-11-25"},	 {"luc", "2026-11-25T08:30"}, {"dt", "12.5"},
		     {"ds", "a b cc"},		 {".", "tot"},		  {"x-y.z", "nc"},
		     {"cha.so", "7"}};
	static const char *const qty[] = {"3", "", "0.1", "0.2"};
	static const char *const dates[] = {"2026-02-01", "2025-12-31", ""};
	static const char *const chosen[] = {"xuong_cap", "thieu_mang"};
	static const char *const blank[] = {"", ""};

	if (ctx != NULL)
		return err_set(reterr, RC_IO, NULL, "test.env", NULL);
	*ret = expr_empty();
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (span_eq_str(name, texts[i].name))
			*ret = expr_string(span_str(texts[i].text));
	if (span_eq_str(name, "bon"))
		*ret = expr_integer(4);
	if (span_eq_str(name, "lon"))
		*ret = expr_integer(INT64_C(9007199254740991));
	if (span_eq_str(name, "khong"))
		*ret = expr_integer(0);
	if (span_eq_str(name, "dung"))
		*ret = expr_bool(true);
	if (span_eq_str(name, "sai"))
		*ret = expr_bool(false);
	if (span_eq_str(name, "dong.sl"))
		return set_value(qty, 4, true, mem, ret);
	if (span_eq_str(name, "dong.ngay"))
		return set_value(dates, 3, false, mem, ret);
	if (span_eq_str(name, "dong.trong"))
		return set_value(blank, 2, false, mem, ret);
	if (span_eq_str(name, "dong.khong"))
		return set_value(NULL, 0, false, mem, ret);
	if (span_eq_str(name, "chon"))
		return set_value(chosen, 2, false, mem, ret);
	return RC_OK;
}

static enum rc evaluate(const char *text, struct buf *out, struct err *e)
{
	const struct expr_env env = {.get = get, .now_s = NOW};
	struct expr *x = NULL;
	struct expr_value v;
	struct arena mem;
	enum rc rc = expr_compile(span_str(text), &x, e);

	if (rc != RC_OK)
		return rc;
	arena_init(&mem, LIMIT_EXPR_MEM);
	rc = expr_eval(x, &env, &mem, &v, e);
	if (rc == RC_OK)
		expr_text(&v, out);
	arena_free(&mem);
	expr_free(x);
	return rc;
}

struct row {
	const char *text, *want;
};

static void check(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct buf out;
		struct err e;
		const char *got;

		err_clear(&e);
		buf_init(&out, LIMIT_EXPR_STRING);
		if (evaluate(rows[i].text, &out, &e) != RC_OK)
			fail_msg("%s: %s at %s", rows[i].text, e.key, err_arg(&e, "col"));
		got = out.p != NULL ? (const char *)out.p : "";
		if (strcmp(got, rows[i].want) != 0)
			fail_msg("%s: got \"%s\", want \"%s\"", rows[i].text, got, rows[i].want);
		buf_free(&out);
	}
}

#define CHECK(rows) check(rows, sizeof(rows) / sizeof((rows)[0]))

/* ---- numbers ---- */

static void test_exact(void **state)
{
	static const struct row rows[] = {
	    {"0.1 + 0.2", "0.3"},
	    {"0.1 + 0.2 = 0.3", "true"},
	    {"1.10 - 1.1", "0"},
	    {"0.07 * 100 = 7", "true"},
	    {"${lon}", "9007199254740991"},
	    {"${lon} + ${lon}", "18014398509481982"},
	    {"${lon} - 9007199254740990", "1"},
	    {"${lon} * 100 - 1", "900719925474099099"},
	    {"28657244000 + 1", "28657244001"},
	    {"28657244000 * 0.1429", "4095120167.6"},
	    /* TT 141/2025: 14.99 million at 14.29 %: six years and the rest */
	    {"14990000 * 14.29 div 100", "2142071"},
	    {"round(14990000 * 14.29 div 100)", "2142071"},
	    {"round(14990000 * (14.29 div 100))", "2142071"},
	    {"14990000 - 6 * round(14990000 * 14.29 div 100)", "2137574"},
	    {"1 div 3", "0.333333333"},
	    {"2 div 3", "0.666666667"},
	    {"-2 div 3", "-0.666666667"},
	    {"2 div -3", "-0.666666667"},
	    {"1 div 8", "0.125"},
	    {"3320 div 3321 * 100 < 100", "true"},
	    {"0.000000001 * 0.5", "0.000000001"},
	    {"0.000000001 * 0.4", "0"},
	    {"-0.000000001 * 0.5", "-0.000000001"},
	    {"7 mod 3", "1"},
	    {"-7 mod 3", "-1"},
	    {"7 mod -3", "1"},
	    {"0.5 mod 0.2", "0.1"},
	    {"1 div 0", ""},
	    {"1 mod 0", ""},
	    {".5 + 1", "1.5"},
	    {"007", "7"},
	    {"-0", "0"},
	    {"- - 3", "3"},
	    {"--3", "3"},
	    {"2 - -3", "5"},
	    {"2 - 3 - 4", "-5"},
	    {"2 + 3 * 4", "14"},
	    {"(2 + 3) * 4", "20"},
	    {"100 div 10 div 2", "5"},
	    {"-2 * 3", "-6"},
	    {"999999999999999999", "999999999999999999"},
	    {"999999999999999999 + 1", "1000000000000000000"},
	    {"0.123456789", "0.123456789"},
	};

	(void)state;
	CHECK(rows);
}

static void test_too_large(void **state)
{
	static const struct {
		const char *text;
		const char *col;
	} rows[] = {
	    {"999999999999999999 + 2", "20"},
	    {"${lon} * ${lon}", "8"},
	    {"999999999999999999 * 999999999999999999", "20"},
	    {"1 + 999999999999999999 div 0.1", "24"},
	    {"sum(999999999999999999, 999999999999999999)", "1"},
	    {"round(999999999999999999, -15) * 2", "32"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf out;
		struct err e;

		buf_init(&out, 100);
		assert_int_equal(evaluate(rows[i].text, &out, &e), RC_LIMIT);
		assert_string_equal(e.key, "expr.overflow");
		assert_string_equal(err_arg(&e, "col"), rows[i].col);
		buf_free(&out);
	}
}

static void test_number_functions(void **state)
{
	static const struct row rows[] = {
	    {"int(3.7)", "3"},
	    {"int(-3.7)", "-3"},
	    {"int('12.9')", "12"},
	    {"int('x')", ""},
	    {"int((16 + 14) div 15)", "2"}, /* 1 per 15, rounded up */
	    {"int((15 + 14) div 15)", "1"},
	    {"int((0 + 14) div 15)", "0"},
	    {"int((15 + 2) div 3)", "5"},
	    {"round(2.5)", "3"},
	    {"round(-2.5)", "-3"},
	    {"round(2.4999)", "2"},
	    {"round(1234.565, 2)", "1234.57"},
	    {"round(1234.564, 2)", "1234.56"},
	    {"round(1234567, -3)", "1235000"},
	    {"round(999999999999999999, -18)", "1000000000000000000"},
	    {"round(999999999999999999, -19)", "0"},
	    {"round(5, -1000000)", "0"},
	    {"round(1.5, 1000000)", "1.5"},
	    {"round('', 2)", ""},
	    {"round(1.5, '')", ""},
	    {"number('  12.50 ')", "12.5"},
	    {"number('1.234.567')", ""},
	    {"number('1e5')", ""},
	    {"number('-')", ""},
	    {"number('.')", ""},
	    {"number('5.')", "5"},
	    {"number(${ma})", "4"},
	    {"number(${trong})", ""},
	    {"number(true())", "1"},
	    {"number('99999999999999999999')", ""},
	    {"sum(1, 2.5, '3')", "6.5"},
	    {"sum(${dong.sl})", "3.3"},
	    {"sum(${dong.sl}, 1)", "4.3"},
	    {"sum(${dong.khong})", "0"},
	    {"sum(${dong.trong})", ""},
	    {"sum(${trong}, ${trong})", ""},
	    {"sum(${trong}, 0)", "0"},
	    {"sum(1, 'abc')", ""},
	    {"min(${dong.sl})", "0.1"},
	    {"max(${dong.sl})", "3"},
	    {"max('10', '9')", "10"},
	    {"min(-1, 0)", "-1"},
	    {"min(${dong.ngay})", "2025-12-31"},
	    {"max(${dong.ngay}, '2026-02-02')", "2026-02-02"},
	    {"max(${trong})", ""},
	    {"max(${dong.khong})", ""},
	    {"max(1, 'a')", ""},
	    {"count(${dong.sl})", "4"},
	    {"count(${dong.khong})", "0"},
	    {"count(${bon}, ${trong}, ${chon})", "3"},
	};

	(void)state;
	CHECK(rows);
}

/* ---- unanswered fields, comparison, logic ---- */

static void test_empty(void **state)
{
	static const struct row rows[] = {
	    {"${trong}", ""},
	    {"${chua_co}", ""},
	    {"${trong} = ''", "true"},
	    {"${trong} != ''", "false"},
	    {"${trong} = 0", "false"},
	    {"${trong} != 0", "true"},
	    {"${trong} < 1", "false"},
	    {"${trong} >= 0", "false"},
	    {"${trong} + 1", ""},
	    {"1 - ${trong}", ""},
	    {"-${trong}", ""},
	    {"(${trong} + 1) = ''", "true"},
	    {"${trong} = false()", "false"},
	    {"not(${trong})", "true"},
	    {"coalesce(${trong}, 0) + 1", "1"},
	    {"${khong} = ''", "false"},
	    {"${sai} = ''", "false"},
	    {"string-length(${trong})", "0"},
	    {"if(${trong}, 1, 2)", "2"},
	};

	(void)state;
	CHECK(rows);
}

static void test_comparison(void **state)
{
	static const struct row rows[] = {
	    {"1 = 1.0", "true"},
	    {"'1' = 1.0", "true"},
	    {"'1' = '1.0'", "false"}, /* two texts are compared as texts */
	    {"${ma} = '4'", "false"},
	    {"${ma} = 4", "true"},
	    {"'a' = 'a'", "true"},
	    {"'a' != 'A'", "true"},
	    {"'abc' = 5", "false"},
	    {"'abc' != 5", "true"},
	    {"'a' < 'b'", "false"}, /* texts have no order */
	    {"'a' >= 'a'", "false"},
	    {"2 < 10", "true"},
	    {"'2' < '10'", "true"},
	    {"2 <= 2", "true"},
	    {"3 > 2", "true"},
	    {"2 >= 3", "false"},
	    {"1 < 2 = true()", "true"},
	    {"${dung} = true()", "true"},
	    {"${dung} = 'true'", "true"},
	    {"${sai} = 'false'", "true"},
	    {"${sai} != 'true'", "true"},
	    {"${dung} = 1", "true"},
	    {"${dung} = 2", "false"},
	    {"${ngay} = '2026-11-25'", "true"},
	    {"${ngay} > '2026-11-24'", "true"},
	    {"${ngay} <= '2026-11-24'", "false"},
	    {"${luc} > ${ngay}", "true"},
	    {"${luc} < '2026-11-25T08:31'", "true"},
	    {"'2026-02-30' > '2026-02-01'", "false"}, /* no such day */
	    {"${dong.sl} = 3", "true"},		       /* some member is */
	    {"${dong.sl} = 4", "false"},
	    {"${dong.sl} > 2", "true"},
	    {"2 < ${dong.sl}", "true"},
	    {"${dong.sl} = ''", "true"},
	    {"${dong.khong} = ''", "false"},
	    {"${dong.khong} != 1", "false"},
	    {"${chon} = 'thieu_mang'", "true"},
	    {"${chon} = 'khac'", "false"},
	    {"${chon} = ${chon}", "true"},
	    {"${chon} != ''", "true"},
	};

	(void)state;
	CHECK(rows);
}

static void test_logic(void **state)
{
	static const struct row rows[] = {
	    {"true() or false()", "true"},
	    {"false() or false()", "false"},
	    {"true() and false()", "false"},
	    {"1 and 'x'", "true"},
	    {"0 or ''", "false"},
	    {"true() or true() and false()", "true"}, /* and binds tighter */
	    {"(true() or true()) and false()", "false"},
	    {"1 = 1 and 2 = 3 or 4 = 4", "true"},
	    {"not(1 = 1)", "false"},
	    {"not(${chon})", "false"},
	    {"if(2 > 1, 'a', 'b')", "a"},
	    {"if(false(), 'a', 'b')", "b"},
	    {"if(true(), 1, 999999999999999999 * 9)", "1"}, /* the other branch is not run */
	    {"true() or 999999999999999999 * 9 > 1", "true"},
	    {"false() and 999999999999999999 * 9 > 1", "false"},
	    {"coalesce(${trong}, '', 'c', 'd')", "c"},
	    {"coalesce(${trong})", ""},
	    {"coalesce(${khong}, 5)", "0"},
	    {"coalesce(1, 999999999999999999 * 9)", "1"},
	    {"true()", "true"},
	    {"\tfalse( )\n", "false"},
	};

	(void)state;
	CHECK(rows);
}

/* ---- text, choices, dates ---- */

static void test_text(void **state)
{
	static const struct row rows[] = {
	    {"'nháy \"đôi\"'", "nháy \"đôi\""},
	    {"\"nháy 'đơn'\"", "nháy 'đơn'"},
	    {"''", ""},
	    {".", "tot"},
	    {". = 'tot'", "true"},
	    {".='tot'", "true"},
	    {"${x-y.z}", "nc"},
	    {"${cha.so} * 2", "14"},
	    {"string-length('Ê-đê')", "4"},
	    {"string-length(12.50)", "4"},
	    {"concat('a', 1, true(), ${trong}, ${chon})", "a1truexuong_cap thieu_mang"},
	    {"concat('x')", "x"},
	    {"contains(${ten}, 'Thị')", "true"},
	    {"contains(${ten}, 'thị')", "false"},
	    {"contains('abc', '')", "true"},
	    {"contains('', 'a')", "false"},
	    {"contains('aab', 'ab')", "true"},
	    {"starts-with(${ma}, '000')", "true"},
	    {"starts-with(${ma}, '0004')", "false"},
	    {"starts-with('a', 'ab')", "false"},
	    {"starts-with('a', '')", "true"},
	    {"regex(${ma}, '[0-9]{5}')", "true"},
	    {"regex(${ma}, '[0-9]{4}')", "false"}, /* the whole of it */
	    {"regex('Ê', '.')", "true"},
	    {"regex('1154985-000140', '^\\d{7}-\\d{6}$')", "true"},
	    {"selected(${chon}, 'xuong_cap')", "true"},
	    {"selected(${chon}, 'xuong')", "false"},
	    {"selected(${ds}, 'cc')", "true"},
	    {"selected(${ds}, 'c')", "false"},
	    {"selected(${ds}, '')", "false"},
	    {"selected(${trong}, '')", "false"},
	    {"selected(., 'tot')", "true"},
	    {"count-selected(${chon})", "2"},
	    {"count-selected(${ds})", "3"},
	    {"count-selected('  a   b ')", "2"},
	    {"count-selected(${trong})", "0"},
	};

	(void)state;
	CHECK(rows);
}

static void test_dates(void **state)
{
	static const struct row rows[] = {
	    {"today()", "2026-11-23"},
	    {"now()", "2026-11-23T08:00"},
	    {"${ngay} > today()", "true"},
	    {"${luc} > now()", "true"},
	    {"today() - '2026-11-20'", "3"},
	    {"number('1970-01-02')", "1"},
	    {"number('1970-01-02T12:00')", "1.5"},
	    {"number('1969-12-31')", "-1"},
	    {"format-date(${ngay}, '%d/%m/%Y')", "25/11/2026"},
	    {"format-date(${luc}, '%e/%n/%y %H:%M')", "25/11/26 08:30"},
	    {"format-date(${luc}, '%h giờ')", "8 giờ"},
	    {"format-date(today() + 7, '%Y-%m-%d')", "2026-11-30"},
	    {"format-date(${ngay}, '%G-W%V')", "2026-W48"},
	    {"format-date('2027-01-01', '%G-W%V')", "2026-W53"},
	    {"format-date('1969-12-31', '%Y-%m-%d %H:%M')", "1969-12-31 00:00"},
	    {"format-date('2026-11-25T23:59', '%H:%M %%')", "23:59 %"},
	    {"format-date(${trong}, '%Y')", ""},
	    {"format-date('25/11/2026', '%Y')", ""},
	    {"format-date(99999999, '%Y')", ""},
	    {"format-date(-99999999999999999, '%Y')", ""},
	    {"int(format-date(today(), '%Y')) + 1", "2027"},
	};

	(void)state;
	CHECK(rows);
}

/* ---- refusals ---- */

static void test_refused(void **state)
{
	static const struct {
		const char *text, *key, *col;
	} rows[] = {
	    {"", "expr.empty", "1"},
	    {"  \t", "expr.empty", "1"},
	    {"1 / 2", "expr.slash", "3"},
	    {"./x", "expr.slash", "2"},
	    {"${a}/${b}", "expr.slash", "5"},
	    {"//a", "expr.slash", "1"},
	    {"${a} @ 1", "expr.char", "6"},
	    {"[1]", "expr.char", "1"},
	    {"a | b", "expr.word", "1"},
	    {"1 | 2", "expr.char", "3"},
	    {"!1", "expr.char", "1"},
	    {"1 == 2", "expr.operand", "4"},
	    {"1 <> 2", "expr.operand", "4"},
	    {"1 =< 2", "expr.operand", "4"},
	    {"1 − 2", "expr.operator", "3"},
	    {"..", "expr.char", "1"},
	    {".a", "expr.char", "1"},
	    {"tot", "expr.word", "1"},
	    {"${a} = tot", "expr.word", "8"},
	    {"đúng", "expr.word", "1"},
	    {"$a", "expr.name", "1"},
	    {"${}", "expr.name", "1"},
	    {"${1a}", "expr.name", "1"},
	    {"${a b}", "expr.name", "1"},
	    {"${ a}", "expr.name", "1"},
	    {"${a", "expr.name", "1"},
	    {"$", "expr.name", "1"},
	    {"'abc", "expr.quote", "1"},
	    {"1 + \"abc", "expr.quote", "5"},
	    {"12abc", "expr.number", "1"},
	    {"1e5", "expr.number", "1"},
	    {"1.2.3", "expr.number", "1"},
	    {"1.", "expr.number", "1"},
	    {"0.1234567891", "expr.number", "1"},
	    {"1234567890123456789", "expr.number", "1"},
	    {"1 +", "expr.operand", "4"},
	    {"+ 1", "expr.operand", "1"},
	    {"* 2", "expr.operand", "1"},
	    {"()", "expr.operand", "2"},
	    {"1 and and 2", "expr.word", "7"},
	    {"1 2", "expr.operator", "3"},
	    {"${a} ${b}", "expr.operator", "6"},
	    {"1 xor 2", "expr.operator", "3"},
	    {"1 AND 2", "expr.operator", "3"},
	    {"${a}div 2", "expr.spaces", "5"},
	    {"4 div(2)", "expr.spaces", "3"},
	    {"4 mod'2'", "expr.spaces", "3"},
	    {"(1)and 2", "expr.spaces", "4"},
	    {"1 or", "expr.spaces", "3"},
	    {"4 div2", "expr.operator", "3"},
	    {"(1", "expr.bracket", "3"},
	    {"1)", "expr.bracket", "2"},
	    {"concat('a' 'b')", "expr.bracket", "12"},
	    {"concat('a',)", "expr.operand", "12"},
	    {"concat('a'", "expr.bracket", "11"},
	    {"string(1)", "expr.function", "1"},
	    {"1 + floor(2)", "expr.function", "5"},
	    {"Count(1)", "expr.function", "1"},
	    {"and(1)", "expr.function", "1"},
	    {"today(1)", "expr.args", "1"},
	    {"if(1, 2)", "expr.args", "1"},
	    {"if(1, 2, 3, 4)", "expr.args", "1"},
	    {"1 + round()", "expr.args", "5"},
	    {"round(1, 2, 3)", "expr.args", "1"},
	    {"selected('a')", "expr.args", "1"},
	    {"sum()", "expr.args", "1"},
	    {"regex('a', ${b})", "expr.pattern", "12"},
	    {"regex('a', 5)", "expr.pattern", "12"},
	    {"regex('a', '(')", "expr.pattern", "12"},
	    {"format-date('a', ${b})", "expr.format", "18"},
	    {"format-date('a', '%Q')", "expr.format", "18"},
	    {"format-date('a', 'x%')", "expr.format", "18"},
	    {"'\xff'", "expr.utf8", "1"},
	    {"count(${a}[x=1])", "expr.char", "11"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct expr *x = NULL;
		struct err e;

		err_clear(&e);
		if (expr_compile(span_str(rows[i].text), &x, &e) != RC_INPUT)
			fail_msg("%s: not refused", rows[i].text);
		assert_null(x);
		if (strcmp(e.key, rows[i].key) != 0 || strcmp(err_arg(&e, "col"), rows[i].col) != 0)
			fail_msg("%s: %s at %s, want %s at %s", rows[i].text, e.key,
				 err_arg(&e, "col"), rows[i].key, rows[i].col);
	}
}

static void test_refusal_says(void **state)
{
	struct expr *x = NULL;
	struct err e;

	(void)state;
	assert_int_equal(expr_compile(span_str("1 + floor(2)"), &x, &e), RC_INPUT);
	assert_string_equal(err_arg(&e, "near"), "floor");
	assert_int_equal(expr_compile(span_str("round(1, 2, 3)"), &x, &e), RC_INPUT);
	assert_string_equal(err_arg(&e, "want"), "1-2");
	assert_int_equal(expr_compile(span_str("sum()"), &x, &e), RC_INPUT);
	assert_string_equal(err_arg(&e, "want"), "1+");
	assert_int_equal(expr_compile(span_str("if(1)"), &x, &e), RC_INPUT);
	assert_string_equal(err_arg(&e, "want"), "3");
	assert_int_equal(expr_compile(span_str("1 − 2"), &x, &e), RC_INPUT);
	assert_string_equal(err_arg(&e, "near"), "−"); /* the whole character */
	assert_int_equal(expr_compile(span_str("1 +"), &x, NULL), RC_INPUT);
}

/* ---- ceilings ---- */

static char *repeat(const char *head, const char *part, size_t n, const char *middle,
		    const char *tail)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_add_str(&b, head);
	for (size_t i = 0; i < n; i++)
		buf_add_str(&b, part);
	buf_add_str(&b, middle);
	for (size_t i = 0; i < n; i++)
		buf_add_str(&b, tail);
	return buf_take(&b, NULL);
}

static void expect_limit(char *text, const char *key)
{
	struct expr *x = NULL;
	struct err e;

	assert_non_null(text);
	assert_int_equal(expr_compile(span_str(text), &x, &e), RC_LIMIT);
	assert_string_equal(e.key, key);
	free(text);
}

static void test_ceilings(void **state)
{
	struct buf out;
	struct err e;
	char *chain = repeat("1 = 1", " or 1 = 2", 200, "", "");

	(void)state;
	buf_init(&out, 100);
	assert_int_equal(evaluate(chain, &out, &e), RC_OK); /* a chain of or is not deep */
	assert_string_equal((const char *)out.p, "true");
	buf_free(&out);
	free(chain);
	expect_limit(repeat("", "(", 1000, "1", ")"), "expr.too_deep");
	expect_limit(repeat("", "not(", 500, "1", ")"), "expr.too_deep");
	expect_limit(repeat("", "-", 1000, "1", ""), "expr.too_deep");
	expect_limit(repeat("1", "+1", 100, "", ""), "expr.too_deep");
	expect_limit(repeat("sum(1", ",1", 1100, ")", ""), "expr.too_many");
	expect_limit(repeat("", "a", LIMIT_EXPR_TEXT + 1, "", ""), "expr.too_long");
}

/* A set of many members. */
static enum rc get_many(void *ctx, struct span name, struct arena *mem, struct expr_value *ret,
			struct err *reterr)
{
	size_t n = *(const size_t *)ctx;
	struct expr_value *item = arena_alloc(mem, n * sizeof(*item));

	(void)name;
	if (item == NULL)
		return err_set(reterr, RC_NOMEM, NULL, "expr.memory", NULL);
	for (size_t i = 0; i < n; i++)
		item[i] = expr_integer((int64_t)i);
	*ret = (struct expr_value){.type = EXPR_SET, .item = item, .n = n};
	return RC_OK;
}

static enum rc run_many(const char *text, size_t n, bool *ret, struct err *e)
{
	const struct expr_env env = {.get = get_many, .ctx = &n, .now_s = NOW};
	struct expr *x = NULL;
	enum rc rc;

	assert_int_equal(expr_compile(span_str(text), &x, e), RC_OK);
	rc = expr_test(x, &env, ret, e);
	expr_free(x);
	return rc;
}

static void test_bounded_run(void **state)
{
	struct err e;
	bool b = false;

	(void)state;
	assert_int_equal(run_many("sum(${a}) = 1999000", 2000, &b, &e), RC_OK);
	assert_true(b);
	assert_int_equal(run_many("${a} = -1", 2000, &b, &e), RC_OK);
	assert_false(b);
	assert_int_equal(run_many("${a} = ${b}", 2000, &b, &e), RC_OK); /* found at once */
	assert_true(b);
	assert_int_equal(run_many("count(${a}) = 2000 and max(${a}) = 1999", 2000, &b, &e), RC_OK);
	assert_true(b);
	assert_int_equal(run_many("sum(${a}) = 1", 1000000, &b, &e), RC_NOMEM);
	assert_string_equal(e.key, "expr.memory");
}

/* Two sets without a common member: the product of both is looked at, up to the ceiling. */
static enum rc get_two(void *ctx, struct span name, struct arena *mem, struct expr_value *ret,
		       struct err *reterr)
{
	size_t n = 1000;
	enum rc rc = get_many(&n, name, mem, ret, reterr);

	(void)ctx;
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		((struct expr_value *)(uintptr_t)ret->item)[i] =
		    expr_integer((int64_t)i + (name.p[0] == 'b' ? 5000 : 0));
	return rc;
}

static void test_steps(void **state)
{
	const struct expr_env env = {.get = get_two, .now_s = NOW};
	struct expr *x = NULL;
	struct err e;
	bool b;

	(void)state;
	assert_int_equal(expr_compile(span_str("${a} = ${b}"), &x, &e), RC_OK);
	assert_int_equal(expr_test(x, &env, &b, &e), RC_LIMIT);
	assert_string_equal(e.key, "expr.steps");
	expr_free(x);
}

static void test_env_error(void **state)
{
	int any = 1;
	const struct expr_env env = {.get = get, .ctx = &any, .now_s = NOW};
	struct expr *x = NULL;
	struct err e;
	bool b = true;

	(void)state;
	assert_int_equal(expr_compile(span_str("1 = 1 and ${a} = 1"), &x, &e), RC_OK);
	assert_int_equal(expr_test(x, &env, &b, &e), RC_IO);
	assert_string_equal(e.key, "test.env");
	assert_true(b); /* untouched */
	expr_free(x);
}

/* ---- names and values ---- */

static void test_names(void **state)
{
	struct expr *x = NULL;
	struct err e;
	size_t col;

	(void)state;
	assert_int_equal(
	    expr_compile(span_str("${a} + ${kind.b} > ${a} and ${c-d.e} = ''"), &x, &e), RC_OK);
	assert_int_equal(expr_names(x), 3);
	assert_true(span_eq_str(expr_name(x, 0, &col), "a"));
	assert_int_equal(col, 1);
	assert_true(span_eq_str(expr_name(x, 1, &col), "kind.b"));
	assert_int_equal(col, 8);
	assert_true(span_eq_str(expr_name(x, 2, NULL), "c-d.e"));
	assert_false(expr_uses_self(x));
	assert_true(span_eq_str(expr_source(x), "${a} + ${kind.b} > ${a} and ${c-d.e} = ''"));
	expr_free(x);
	assert_int_equal(expr_compile(span_str(". > 1"), &x, &e), RC_OK);
	assert_int_equal(expr_names(x), 0);
	assert_true(expr_uses_self(x));
	expr_free(x);
	expr_free(NULL);
}

static void test_values(void **state)
{
	struct expr_value v, half = expr_empty();
	char text[EXPR_NUM_LEN];
	expr_num num;
	int64_t n = 77;

	(void)state;
	assert_int_equal(expr_decimal(span_str("-12.50"), &v), RC_OK);
	expr_num_text(v.num, text);
	assert_string_equal(text, "-12.5");
	assert_int_equal(expr_decimal(span_str("0.0000000005"), &v), RC_OK);
	expr_num_text(v.num, text);
	assert_string_equal(text, "0.000000001"); /* text rounds; a literal is refused */
	assert_int_equal(expr_decimal(span_str("0.00000000049999"), &v), RC_OK);
	assert_true(v.num == 0);
	assert_int_equal(expr_decimal(span_str("1000000000000000000"), &v), RC_LIMIT);
	assert_int_equal(expr_decimal(span_str("000000000000000000000001"), &v), RC_OK);
	assert_true(expr_whole(&v, &n) && n == 1);
	assert_int_equal(expr_decimal(span_str("1,5"), &v), RC_INPUT);
	assert_int_equal(expr_decimal(span_str(""), &v), RC_INPUT);
	assert_int_equal(expr_decimal(span_str("0.5"), &half), RC_OK);
	assert_false(expr_whole(&half, &n));
	assert_int_equal(n, 1);
	v = expr_bool(true);
	assert_false(expr_whole(&v, &n)); /* a yes is no count */
	assert_int_equal(expr_round(half.num, 0, &num), RC_OK);
	assert_int_equal(expr_round(half.num, 10, &num), RC_INPUT);
	v = expr_integer(INT64_C(-9007199254740991));
	expr_num_text(v.num, text);
	assert_string_equal(text, "-9007199254740991");
}

/* ---- mutated texts ---- */

static void run_any(struct span text)
{
	const struct expr_env env = {.get = get, .now_s = NOW};
	struct expr *x = NULL;
	struct expr_value v;
	struct arena mem;
	struct buf out;
	struct err e;
	uint64_t col;
	enum rc rc;

	err_clear(&e);
	rc = expr_compile(text, &x, &e);
	if (rc != RC_OK) {
		assert_true(rc == RC_INPUT || rc == RC_LIMIT);
		assert_true(strncmp(e.key, "expr.", 5) == 0);
		assert_non_null(err_arg(&e, "col"));
		assert_int_equal(num_u64(span_str(err_arg(&e, "col")), 1, text.len + 1, &col), RC_OK);
		return;
	}
	arena_init(&mem, LIMIT_EXPR_MEM);
	buf_init(&out, LIMIT_EXPR_STRING);
	rc = expr_eval(x, &env, &mem, &v, &e);
	assert_true(rc == RC_OK || rc == RC_LIMIT || rc == RC_NOMEM);
	if (rc == RC_OK)
		expr_text(&v, &out);
	buf_free(&out);
	arena_free(&mem);
	expr_free(x);
}

static void test_mutations(void **state)
{
	static const char *const seeds[] = {
	    "if(${a} = 'x' and not(. > 5), concat('a', \"b\", ${ten}), round(14990000 * 14.29 div 100, 2))",
	    "sum(${dong.sl}) - -3.25 mod 2 >= int('12') or selected(${chon}, 'xuong_cap')",
	    "regex(${ma}, '^[0-9]{5}$') and format-date(today(), '%G-W%V') != coalesce(${trong}, now())",
	    "((((1 + 2) * 3) - 4) div 5) < max(1, min(${dong.ngay}), count-selected(${ds}))",
	};
	static const char pieces[] = "()+-*/=<>!,.'\"${}ab1 \tdivmodandorđ%\\[]|@";
	const char *rounds_text = getenv("ROUNDS");
	uint64_t rounds = 4000, seed_number;
	char text[512];

	(void)state;
	if (rounds_text != NULL)
		assert_int_equal(num_u64(span_str(rounds_text), 1, 100000000, &rounds), RC_OK);
	seed_number = rng_seed(20261123);
	for (uint64_t r = 0; r < rounds; r++) {
		struct rng rng = rng_case(seed_number, r);
		const char *seed = seeds[rng_below(&rng, 4)];
		size_t len = strlen(seed), changes = 1 + rng_below(&rng, 5);

		memcpy(text, seed, len);
		for (; changes > 0 && len > 0; changes--) {
			size_t at = rng_below(&rng, len), n = 1 + rng_below(&rng, 12);

			if (n > len - at)
				n = len - at;
			switch (rng_below(&rng, 4)) {
			case 0: text[at] = pieces[rng_below(&rng, sizeof(pieces) - 1)]; break;
			case 1: text[at] = (char)(uint8_t)rng_below(&rng, 256); break;
			case 2: /* cut a piece */
				memmove(text + at, text + at + n, len - at - n);
				len -= n;
				break;
			default: /* double a piece */
				if (len + n > sizeof(text))
					break;
				memmove(text + at + n, text + at, len - at);
				len += n;
			}
		}
		run_any(span_of(text, len));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_exact),	    cmocka_unit_test(test_too_large),
	    cmocka_unit_test(test_number_functions), cmocka_unit_test(test_empty),
	    cmocka_unit_test(test_comparison),	    cmocka_unit_test(test_logic),
	    cmocka_unit_test(test_text),	    cmocka_unit_test(test_dates),
	    cmocka_unit_test(test_refused),	    cmocka_unit_test(test_refusal_says),
	    cmocka_unit_test(test_ceilings),	    cmocka_unit_test(test_bounded_run),
	    cmocka_unit_test(test_steps),	    cmocka_unit_test(test_env_error),
	    cmocka_unit_test(test_names),	    cmocka_unit_test(test_values),
	    cmocka_unit_test(test_mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
