/*
 * sheet_test: a workbook that lib/sheet writes is read back by lib/xlsx, which shares no code with it;
 * the same calls give the same bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "lib/limits.h"
#include "lib/os.h"
#include "lib/sheet.h"
#include "lib/xlsx.h"

static void write_book(const char *path)
{
	struct sheet *s = NULL;

	assert_int_equal(sheet_new(&s, path, "Báo cáo", 1795588800, NULL), RC_OK);
	sheet_page(s, "Tuần này", 1);
	sheet_text(s, 0, 0, SHEET_HEAD, "Mã xã");
	sheet_text(s, 0, 1, SHEET_HEAD, "Tỷ lệ <%> & \"khác\"");
	sheet_text(s, 1, 0, SHEET_CELL, "00004");
	sheet_number(s, 1, 1, SHEET_TENTHS, 946);
	sheet_number(s, 1, 2, SHEET_COUNT, 28657244000);
	sheet_text(s, 2, 0, SHEET_CELL, "=1+1");
	sheet_text(s, 2, 1, SHEET_CELL, "");
	sheet_number(s, 2, 2, SHEET_SUM_COUNT, -3);
	sheet_page(s, "Trống", 0);
	assert_int_equal(sheet_close(s, NULL), RC_OK);
}

static void read_file(const char *path, struct buf *out)
{
	buf_init(out, LIMIT_INPUT_FILE);
	assert_int_equal(os_file_read(path, out, NULL), RC_OK);
}

static void test_read_back(void **state)
{
	char *dir = NULL, *one = NULL, *two = NULL;
	const struct xlsx_row *row;
	struct xlsx *x = NULL;
	struct buf a, b;

	(void)state;
	assert_int_equal(os_dir_temp(&dir, "sheet_test", NULL), RC_OK);
	assert_int_equal(os_path_join(&one, dir, "a.xlsx", NULL), RC_OK);
	assert_int_equal(os_path_join(&two, dir, "b.xlsx", NULL), RC_OK);
	write_book(one);
	write_book(two);
	read_file(one, &a);
	read_file(two, &b);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.p, b.p, a.len);
	assert_int_equal(xlsx_open(&x, span_buf(&a), NULL), RC_OK);
	assert_string_equal(xlsx_sheet_name(x, 0), "Tuần này");
	assert_string_equal(xlsx_sheet_name(x, 1), "Trống");
	assert_int_equal(xlsx_sheet(x, 0, NULL), RC_OK);
	assert_int_equal(xlsx_row(x, &row, NULL), RC_OK);
	assert_string_equal(row->cell[1], "Tỷ lệ <%> & \"khác\"");
	assert_int_equal(xlsx_row(x, &row, NULL), RC_OK);
	assert_int_equal(row->type[0], XLSX_TEXT);
	assert_string_equal(row->cell[0], "00004");
	assert_int_equal(row->type[1], XLSX_NUMBER);
	assert_string_equal(row->cell[1], "94,6");
	assert_string_equal(row->cell[2], "28657244000");
	assert_int_equal(xlsx_row(x, &row, NULL), RC_OK);
	assert_int_equal(row->type[0], XLSX_TEXT); /* nothing is computed */
	assert_string_equal(row->cell[0], "=1+1");
	assert_string_equal(row->cell[2], "-3");
	assert_int_equal(xlsx_row(x, &row, NULL), RC_NOTFOUND);
	xlsx_free(x);
	buf_free(&a);
	buf_free(&b);
	assert_int_equal(os_dir_remove(dir, NULL), RC_OK);
	free(one);
	free(two);
	free(dir);
}

static void test_failure(void **state)
{
	struct sheet *s = NULL;
	struct err e;

	(void)state;
	assert_int_equal(sheet_new(&s, "/nowhere/at/all.xlsx", "Báo cáo", 0, NULL), RC_OK);
	sheet_page(s, "Một", 0);
	sheet_page(s, "Một", 0); /* the same name again */
	sheet_text(s, 0, 0, SHEET_TEXT, "nothing to write on");
	assert_int_equal(sheet_close(s, &e), RC_IO);
	assert_string_equal(e.key, "sheet.failed");
	assert_int_equal(sheet_new(&s, "/nowhere/at/all.xlsx", "Báo cáo", 0, NULL), RC_OK);
	sheet_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_read_back),
	    cmocka_unit_test(test_failure),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
