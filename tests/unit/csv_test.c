/*
 * csv: delimiters, quotes, breaks within cells, byte order mark, bad text; writing back.
 */
#include "lib/csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static enum rc rows(const char *text, char sep, struct buf *out, struct err *e)
{
	struct csv c;
	enum rc rc = csv_open(&c, span_str(text), e);

	if (rc != RC_OK)
		return rc;
	if (sep)
		assert_int_equal(c.delimiter, sep);
	while ((rc = csv_row(&c, e)) == RC_OK) {
		buf_addf(out, "%d:", (int)c.line);
		for (size_t i = 0; i < c.n; i++)
			buf_addf(out, "[%s]", c.cell[i]);
	}
	csv_close(&c);
	return rc;
}

static void check(const char *text, char sep, const char *want)
{
	struct buf out;
	struct err e;

	buf_init(&out, 4096);
	assert_int_equal(rows(text, sep, &out, &e), RC_NOTFOUND);
	assert_string_equal(e.key, "csv.end");
	assert_string_equal(out.p ? (const char *)out.p : "", want);
	buf_free(&out);
}

static void test_rows(void **state)
{
	(void)state;
	check("", 0, "");
	check("a;b\r\nc;d\r\n", ';', "1:[a][b]2:[c][d]");
	check("\xef\xbb\xbf"
	      "a,b\nc,d",
	      ',', "1:[a][b]2:[c][d]");
	check("a\tb\n\n\nc\t\n", '\t', "1:[a][b]4:[c][]");
	check("\"x;y\";\"say \"\"hi\"\"\"\nz;w\n", ';', "1:[x;y][say \"hi\"]2:[z][w]");
	check("a;\"two\nlines\"\nb;c\n", ';', "1:[a][two\nlines]3:[b][c]");
	check("a,b;c;d\n", ';', "1:[a,b][c][d]");
	check("00004;Hòa Khê\n", ';', "1:[00004][Hòa Khê]");
}

static void check_bad(const char *text, const char *key, const char *line)
{
	struct buf out;
	struct err e;

	buf_init(&out, 4096);
	assert_int_equal(rows(text, 0, &out, &e), RC_INPUT);
	assert_string_equal(e.key, key);
	assert_string_equal(err_arg(&e, "line"), line);
	buf_free(&out);
}

static void test_bad(void **state)
{
	(void)state;
	check_bad("a;b\n\"never", "csv.quote", "2");
	check_bad("a;b\n\"x\"y;z\n", "csv.quote", "2");
	check_bad("a;b\nc;\xff\n", "csv.utf8", "2");
}

static void test_many_cells(void **state)
{
	struct csv c;
	struct err e;
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	for (int i = 0; i < CSV_CELLS; i++)
		buf_add_char(&b, ';');
	assert_int_equal(csv_open(&c, span_buf(&b), &e), RC_OK);
	assert_int_equal(csv_row(&c, &e), RC_LIMIT);
	csv_close(&c);
	buf_free(&b);
}

static void test_add(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4096);
	csv_add(&b, "plain", ';');
	buf_add_char(&b, ';');
	csv_add(&b, "a;b", ';');
	buf_add_char(&b, ';');
	csv_add(&b, "q\"q", ';');
	buf_add_char(&b, ';');
	csv_add(&b, "a,b", ';');
	assert_string_equal((const char *)b.p, "plain;\"a;b\";\"q\"\"q\";a,b");
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_bad),
	    cmocka_unit_test(test_many_cells),
	    cmocka_unit_test(test_add),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
