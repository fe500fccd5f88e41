/*
 * buf_test: spans, buffers with their ceiling, arenas; and err, the refusals they report.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/buf.h"
#include "lib/err.h"

/* Under a sanitizer, an allocation too large gives NULL as it does without one. */
const char *__asan_default_options(void);
const char *__tsan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}
const char *__tsan_default_options(void)
{
	return "allocator_may_return_null=1";
}

/* -------------------------------------------------------------------- spans */

static void test_span_compare(void **state)
{
	static const struct {
		const char *a, *b;
		int order;
	} cases[] = {
	    {"", "", 0},    {"", "a", -1}, {"a", "", 1},         {"a", "a", 0},
	    {"a", "b", -1}, {"b", "a", 1}, {"a", "aa", -1},      {"ab", "aa", 1},
	    {"z", "đ", -1}, {"đ", "z", 1}, {"\x7f", "\x80", -1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct span a = span_str(cases[i].a), b = span_str(cases[i].b);
		assert_int_equal(span_cmp(a, b), cases[i].order);
		assert_int_equal(span_eq(a, b), cases[i].order == 0);
		assert_int_equal(span_eq_str(a, cases[i].b), cases[i].order == 0);
	}
	assert_true(span_eq(span_of(NULL, 0), span_of("x", 0)));
	assert_int_equal(span_cmp(span_of(NULL, 0), span_of("x", 1)), -1);
	assert_int_equal(span_str(NULL).len, 0);
}

static void test_span_starts(void **state)
{
	(void)state;
	assert_true(span_starts(span_str("kk1 x"), "kk1"));
	assert_true(span_starts(span_str("kk1"), "kk1"));
	assert_true(span_starts(span_str("kk1"), ""));
	assert_true(span_starts(span_of(NULL, 0), ""));
	assert_false(span_starts(span_str("kk"), "kk1"));
	assert_false(span_starts(span_str("Kk1"), "kk1"));
}

static void test_span_trim(void **state)
{
	static const struct {
		const char *s, *blanks, *want;
	} rows[] = {{"  a b ", " ", "a b"}, {"\ta ", " ", "\ta"}, {"\ta ", " \t", "a"}, {"   ", " ", ""}, {"", " ", ""}, {" a ", "", " a "}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_true(span_eq_str(span_trim(span_str(rows[i].s), rows[i].blanks), rows[i].want));
	assert_int_equal(span_trim(span_of(NULL, 0), " ").len, 0);
	assert_int_equal(span_trim(span_of("\0a", 2), " ").len, 2); /* the end of the list of blanks is none */
}

static void test_span_line(void **state)
{
	struct span rest = span_str("one\n\ntwo\r\nlast"), line = span_str("untouched");
	static const char *const want[] = {"one", "", "two\r"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		assert_true(span_line(&rest, &line));
		assert_true(span_eq_str(line, want[i]));
	}
	assert_false(span_line(&rest, &line));
	assert_true(span_eq_str(rest, "last"));
	assert_true(span_eq_str(line, "two\r"));
	rest = span_of(NULL, 0);
	assert_false(span_line(&rest, &line));
}

static void test_span_dup(void **state)
{
	char *s = span_dup(span_of("abcdef", 3)), *empty = span_dup(span_of(NULL, 0));

	(void)state;
	assert_string_equal(s, "abc");
	assert_string_equal(empty, "");
	free(s);
	free(empty);
}

/* ------------------------------------------------------------------ buffers */

static void test_buf_add(void **state)
{
	struct buf b;
	size_t len;

	(void)state;
	buf_init(&b, 1000);
	assert_null(b.p);
	buf_add_str(&b, "a");
	buf_add_char(&b, ' ');
	buf_add_int(&b, INT64_MIN);
	buf_add_char(&b, ' ');
	buf_add_int(&b, INT64_MAX);
	buf_add_char(&b, ' ');
	buf_add_int(&b, 0);
	buf_add_span(&b, span_of("xyz", 2));
	buf_addf(&b, "[%d|%s]", -5, "đ");
	assert_int_equal(buf_check(&b, NULL), RC_OK);
	assert_string_equal((char *)b.p, "a -9223372036854775808 9223372036854775807 0xy[-5|đ]");
	assert_int_equal(b.len, strlen((char *)b.p));
	char *s = buf_take(&b, &len);
	assert_int_equal(len, strlen(s));
	assert_null(b.p);
	assert_int_equal(b.len, 0);
	free(s);
	s = buf_take(&b, NULL);
	assert_string_equal(s, "");
	free(s);
	buf_free(NULL);
}

static void test_buf_ceiling(void **state)
{
	struct buf b;
	struct err e = {0};

	(void)state;
	buf_init(&b, 10);
	buf_add(&b, "0123456789", 10);
	assert_int_equal(buf_check(&b, NULL), RC_OK);
	buf_add(&b, "", 0);
	assert_int_equal(buf_check(&b, NULL), RC_OK);
	buf_add_char(&b, 'x');
	assert_int_equal(buf_check(&b, &e), RC_LIMIT);
	assert_string_equal(e.key, "buf.ceiling");
	assert_string_equal(err_arg(&e, "max"), "10");
	assert_string_equal((char *)b.p, "0123456789");
	/* it stays failed, and what was there stays there, until it is reset */
	buf_reset(&b);
	assert_int_equal(buf_check(&b, NULL), RC_OK);
	assert_string_equal((char *)b.p, "");
	buf_add_str(&b, "12345678901");
	buf_add_str(&b, "1");
	assert_true(b.failed);
	assert_int_equal(b.len, 0);
	assert_null(buf_take(&b, NULL));
	buf_init(&b, 0);
	buf_add(&b, "", 0);
	assert_int_equal(buf_check(&b, NULL), RC_OK);
	buf_add_char(&b, 'x');
	assert_int_equal(buf_check(&b, NULL), RC_LIMIT);
	buf_free(&b);
}

/* Every length up to a few doublings arrives whole. */
static void test_buf_growth(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 5000);
	for (int i = 0; i < 5000; i++)
		buf_add_char(&b, (char)('a' + i % 26));
	assert_int_equal(b.len, 5000);
	assert_true(b.cap <= 5001);
	for (int i = 0; i < 5000; i++)
		assert_int_equal(b.p[i], 'a' + i % 26);
	assert_int_equal(b.p[5000], 0);
	buf_free(&b);
	assert_int_equal(b.max, 5000);
}

static void test_buf_no_memory(void **state)
{
	struct buf b;
	struct err e = {0};
	static const char one[1];

	(void)state;
	/* more than an address space has: the allocation fails, not the ceiling */
	buf_init(&b, SIZE_MAX - 1);
	b.len = 0;
	buf_add(&b, one, (size_t)1 << 62);
	assert_int_equal(buf_check(&b, &e), RC_NOMEM);
	assert_string_equal(e.key, "buf.memory");
	buf_free(&b);
}

static void test_buf_addf_long(void **state)
{
	struct buf b;
	char text[2001];

	(void)state;
	memset(text, 'q', sizeof(text) - 1);
	text[2000] = '\0';
	buf_init(&b, 2002);
	buf_addf(&b, "<%s>", text);
	assert_int_equal(b.len, 2002);
	assert_int_equal(b.p[2001], '>');
	buf_addf(&b, "%s", text);
	assert_int_equal(buf_check(&b, NULL), RC_LIMIT);
	buf_free(&b);
}

/* A secret buffer moves by copying; contents are the same. */
static void test_buf_secret(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	b.secret = true;
	for (int i = 0; i < 100; i++)
		buf_addf(&b, "%02d", i);
	assert_int_equal(b.len, 200);
	assert_memory_equal(b.p + 198, "99", 3);
	buf_reset(&b);
	for (int i = 0; i < 200; i++)
		assert_int_equal(b.p[i], 0);
	buf_free(&b);
	assert_true(b.secret);
}

/* ------------------------------------------------------------------- arenas */

static void test_arena(void **state)
{
	struct arena a;
	char *kept[200];

	(void)state;
	arena_init(&a, 100000);
	for (int i = 0; i < 200; i++) {
		char text[8] = {(char)('a' + i % 26), (char)('0' + i % 10)};
		kept[i] = arena_str(&a, span_str(text));
		assert_non_null(kept[i]);
		assert_int_equal((uintptr_t)kept[i] % _Alignof(max_align_t), 0);
		uint8_t *zero = arena_alloc(&a, 33);
		for (int k = 0; k < 33; k++)
			assert_int_equal(zero[k], 0);
		memset(zero, 0xff, 33);
	}
	for (int i = 0; i < 200; i++)
		assert_true(kept[i][0] == 'a' + i % 26 && kept[i][1] == '0' + i % 10 &&
			    !kept[i][2]);
	assert_memory_equal(arena_copy(&a, "xyz", 3), "xyz", 3);
	uint8_t *big = arena_alloc(&a, 50000);
	assert_non_null(big);
	big[49999] = 1;
	assert_null(arena_alloc(&a, 50000));
	assert_null(arena_alloc(&a, SIZE_MAX));
	assert_null(arena_str(&a, span_of("", SIZE_MAX)));
	assert_non_null(arena_alloc(&a, 0));
	arena_free(&a);
	assert_int_equal(a.used, 0);
	assert_non_null(arena_alloc(&a, 90000));
	arena_free(&a);
	arena_free(NULL);
}

/* ---------------------------------------------------------------------- err */

static void test_err_set(void **state)
{
	struct err e;

	(void)state;
	memset(&e, 0xff, sizeof(e));
	assert_int_equal(err_set(&e, RC_REFUSED, "E7", "a.b", "x", "1", "y", "hai", NULL),
			 RC_REFUSED);
	assert_int_equal(e.rc, RC_REFUSED);
	assert_string_equal(e.clause, "E7");
	assert_string_equal(e.key, "a.b");
	assert_int_equal(e.nargs, 2);
	assert_string_equal(err_arg(&e, "y"), "hai");
	assert_null(err_arg(&e, "z"));
	/* an argument may be borrowed from the error that is being replaced */
	err_set(&e, RC_IO, NULL, "c.d", "again", err_arg(&e, "y"), NULL);
	assert_string_equal(e.clause, "");
	assert_string_equal(err_arg(&e, "again"), "hai");
	assert_int_equal(err_num(&e, RC_LIMIT, NULL, "n", "at", -12345678901234LL), RC_LIMIT);
	assert_string_equal(err_arg(&e, "at"), "-12345678901234");
	err_clear(&e);
	assert_int_equal(e.rc, RC_OK);
	assert_null(err_arg(&e, "at"));
	assert_int_equal(err_set(NULL, RC_FULL, "E1", "k", NULL), RC_FULL);
	assert_int_equal(err_num(NULL, RC_FULL, "E1", "k", "n", 1), RC_FULL);
	err_clear(NULL);
	err_add(NULL, "a", "b");
	assert_null(err_arg(NULL, "a"));
}

static void test_err_fits(void **state)
{
	struct err e;
	char wide[400];

	(void)state;
	/* "đ" is two bytes: 159 bytes hold 79 of them, never half of one */
	for (size_t i = 0; i + 2 < sizeof(wide); i += 2)
		memcpy(wide + i, "đ", 3);
	err_set(&e, RC_INPUT, "LONGCLAUSE", "k", "v", wide, NULL);
	assert_int_equal(strlen(err_arg(&e, "v")), 158);
	assert_string_equal(e.clause, "LONGCLA");
	for (int i = 0; i < 2 * ERR_ARGS; i++)
		err_add(&e, "n", "x");
	assert_int_equal(e.nargs, ERR_ARGS);
	err_set(&e, RC_INPUT, NULL, "k", "v", (const char *)NULL, NULL);
	assert_string_equal(err_arg(&e, "v"), "");
}

static void test_err_table(void **state)
{
	static const struct {
		enum rc rc;
		const char *name;
		int status;
	} want[] = {
	    {RC_OK, "ok", 0},
	    {RC_USAGE, "usage", 64},
	    {RC_INPUT, "input", 65},
	    {RC_REFUSED, "refused", 65},
	    {RC_NOTFOUND, "notfound", 66},
	    {RC_EXISTS, "exists", 73},
	    {RC_CONFLICT, "conflict", 65},
	    {RC_UNAVAILABLE, "unavailable", 69},
	    {RC_REMOTE, "remote", 76},
	    {RC_INTERNAL, "internal", 70},
	    {RC_NOMEM, "nomem", 71},
	    {RC_IO, "io", 74},
	    {RC_FULL, "full", 74},
	    {RC_BUSY, "busy", 75},
	    {RC_LIMIT, "limit", 65},
	    {RC_DENIED, "denied", 77},
	    {RC_CORRUPT, "corrupt", 65},
	};

	(void)state;
	assert_int_equal(sizeof(want) / sizeof(want[0]), RC_N);
	for (size_t i = 0; i < RC_N; i++) {
		assert_int_equal(want[i].rc, i);
		assert_string_equal(err_name(want[i].rc), want[i].name);
		assert_int_equal(err_exit(want[i].rc), want[i].status);
	}
	assert_string_equal(err_name(RC_N), "internal");
	assert_int_equal(err_exit(RC_N), 70);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_span_compare),  cmocka_unit_test(test_span_starts),
	    cmocka_unit_test(test_span_trim),
	    cmocka_unit_test(test_span_line),     cmocka_unit_test(test_span_dup),
	    cmocka_unit_test(test_buf_add),       cmocka_unit_test(test_buf_ceiling),
	    cmocka_unit_test(test_buf_growth),    cmocka_unit_test(test_buf_no_memory),
	    cmocka_unit_test(test_buf_addf_long), cmocka_unit_test(test_buf_secret),
	    cmocka_unit_test(test_arena),         cmocka_unit_test(test_err_set),
	    cmocka_unit_test(test_err_fits),      cmocka_unit_test(test_err_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
