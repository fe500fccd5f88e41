/*
 * agent_op_import: the sample register and files that go wrong: old alphabets, bad rows,
 * rows that are here already, ten thousand rows in one transaction.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/import.h"
#include "agent/ops.h"
#include "lib/csv.h"
#include "lib/db.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "tests/support/desk.h"
#include "tests/support/zipped.h"

enum { MANY = 10000 };

/* clang-format off */
#define HEAD \
	"Mã tài sản;Tên tài sản;Mã đơn vị quan hệ ngân sách;Loại tài sản;Đơn vị tính;Số lượng;" \
	"Năm đưa vào sử dụng;Căn cứ xác định giá trị;Tình trạng;Hiện trạng sử dụng;Số sê-ri\r\n"
/* clang-format on */
#define REST ";0045101;Máy móc, thiết bị;Cái;1.234;2024;so_ke_toan;tot;dung_muc_dich;"

static struct desk desk;

static int open_desk(void **state)
{
	(void)state;
	desk_open(&desk, 1);
	return 0;
}

static int close_desk(void **state)
{
	(void)state;
	desk_close(&desk);
	return 0;
}

static int64_t num(const struct json *o, const char *name)
{
	int64_t v = -1;

	assert_true(json_get_int(o, name, &v));
	return v;
}

static char *sample(const char *name)
{
	char *path = NULL, rel[128];

	snprintf(rel, sizeof(rel), "tests/sample/register/%s", name);
	assert_int_equal(os_path_absolute(&path, rel, NULL), RC_OK);
	return path;
}

/* A file in the desk's folder; the path is the caller's. */
static char *file(const char *name, struct span bytes)
{
	char *path = NULL;

	assert_int_equal(os_path_join(&path, desk.home, name, NULL), RC_OK);
	assert_int_equal(os_file_write(path, bytes, OS_REPLACE, NULL), RC_OK);
	return path;
}

static void test_preview_keeps_nothing(void **state)
{
	char *path = sample("assets.csv");
	int64_t before = desk_entries(&desk);
	struct json *out;

	(void)state;
	keys_lock(desk.agent.keys); /* looking needs no PIN */
	out = desk_run(&desk, &op_import, RC_OK, "{'kind':'asset','file':'%s'}", path);
	assert_int_equal(num(out, "rows"), 133);
	assert_int_equal(num(out, "new"), 133);
	assert_int_equal(num(out, "refused"), 0);
	assert_int_equal(num(out, "applied"), 0);
	assert_int_equal(json_len(json_get_arr(out, "ignored_columns")), 0);
	assert_int_equal(desk_entries(&desk), before);
	json_free(out);
	free(path);
}

static void test_sample_register(void **state)
{
	char *assets = sample("assets.csv"), *premises = sample("facilities.csv");
	int64_t before = desk_entries(&desk);
	struct json *out;

	(void)state;
	out =
	    desk_run(&desk, &op_import, RC_OK,
		     "{'kind':'facility','file':'%s','apply':true,'pin':'" DESK_PIN "'}", premises);
	assert_int_equal(num(out, "applied"), 18);
	json_free(out);
	out =
	    desk_run(&desk, &op_import, RC_OK, "{'kind':'asset','file':'%s','apply':true}", assets);
	assert_int_equal(num(out, "applied"), 133);
	assert_true(json_len(json_get_arr(out, "warnings")) > 0); /* two with one serial number */
	json_free(out);
	assert_int_equal(desk_entries(&desk), before + 151);
	/* the same files again change nothing */
	out =
	    desk_run(&desk, &op_import, RC_OK, "{'kind':'asset','file':'%s','apply':true}", assets);
	assert_int_equal(num(out, "applied"), 0);
	assert_int_equal(num(out, "skipped"), 133);
	json_free(out);
	out = desk_run(&desk, &op_import, RC_OK,
		       "{'kind':'facility','file':'%s','apply':true,'update':true}", premises);
	assert_int_equal(num(out, "applied"), 0);
	json_free(out);
	assert_int_equal(desk_entries(&desk), before + 151);
	free(assets);
	free(premises);
}

static void test_values_as_written_here(void **state)
{
	struct json *out = desk_run(&desk, &op_search, RC_OK,
				    "{'words':['quyền sử dụng đất trụ sở ubnd xã hòa khê']}");
	const struct json *item = json_at(json_get_arr(out, "items"), 0), *f;
	struct json *show;
	int64_t v = 0;

	(void)state;
	assert_non_null(item);
	show = desk_run(&desk, &op_show, RC_OK, "{'id':'%s'}", json_get_str(item, "id"));
	f = json_get(show, "fields");
	assert_string_equal(json_get_str(json_get(f, "asset_code"), "value"), "0045101-000014");
	assert_true(json_int(json_get(json_get(f, "quantity"), "value"), &v));
	assert_int_equal(v, 6240); /* 6.240 */
	assert_true(json_int(json_get(json_get(f, "cost_budget"), "value"), &v));
	assert_int_equal(v, 18720000000);
	assert_string_equal(json_get_str(json_get(f, "value_date"), "value"), "2025-12-31");
	json_free(show);
	json_free(out);
}

static void test_bad_rows_are_told(void **state)
{
	char *from = sample("bad.csv"), *path, refused[4096];
	struct json *out;
	struct buf text;
	struct csv csv;
	size_t rows = 0;

	(void)state;
	buf_init(&text, LIMIT_INPUT_FILE);
	assert_int_equal(os_file_read(from, &text, NULL), RC_OK);
	path = file("bad.csv", span_buf(&text));
	out = desk_run(&desk, &op_import, RC_OK, "{'kind':'asset','file':'%s','apply':true}", path);
	assert_int_equal(num(out, "applied"), 3);
	assert_int_equal(num(out, "refused"), 8);
	assert_int_equal(op_import.verdict(out), RC_INPUT);
	for (const struct json *r = json_first(json_get_arr(out, "refusals")); r; r = json_next(r))
		assert_true(strlen(json_get_str(r, "text")) > 10);
	json_free(out);
	snprintf(refused, sizeof(refused), "%s.refused.csv", path);
	buf_reset(&text);
	assert_int_equal(os_file_read(refused, &text, NULL), RC_OK);
	assert_int_equal(csv_open(&csv, span_buf(&text), NULL), RC_OK);
	while (csv_row(&csv, NULL) == RC_OK) {
		assert_int_equal(csv.n, 30); /* its 28 columns, the line, the reason */
		rows++;
	}
	assert_int_equal(rows, 9);
	csv_close(&csv);
	/* mended, it can be imported as it is: line and reason are not taken for fields */
	out = desk_run(&desk, &op_import, RC_OK, "{'kind':'asset','file':'%s'}", refused);
	assert_int_equal(num(out, "refused"), 8);
	assert_int_equal(json_len(json_get_arr(out, "ignored_columns")), 2);
	json_free(out);
	buf_free(&text);
	free(path);
	free(from);
}

static void test_rows_that_are_here(void **state)
{
	static const char text[] = HEAD "0045101-000700;Máy chiếu" REST "A1\r\n";
	static const char next[] = HEAD "0045101-000700;Máy chiếu hội trường" REST "A1\r\n"
					"0045101-000700;Máy chiếu khác" REST "A2\r\n";
	char *path = file("here.csv", span_str(text));
	struct json *out;

	(void)state;
	json_free(
	    desk_run(&desk, &op_import, RC_OK, "{'kind':'asset','file':'%s','apply':true}", path));
	free(path);
	path = file("here.csv", span_str(next));
	out = desk_run(&desk, &op_import, RC_OK, "{'kind':'asset','file':'%s','apply':true}", path);
	assert_int_equal(num(out, "skipped"), 2);
	assert_int_equal(num(out, "applied"), 0);
	json_free(out);
	out = desk_run(&desk, &op_import, RC_OK,
		       "{'kind':'asset','file':'%s','apply':true,'update':true}", path);
	assert_int_equal(num(out, "changed"), 2);
	json_free(out);
	free(path);
}

static void test_heads(void **state)
{
	static const struct {
		const char *text, *key;
	} bad[] = {
	    {"", "import.empty"},
	    {"name;Tên tài sản\n1;2\n", "import.column_twice"},
	    {"name\n\"x\n", "csv.quote"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char *path = file("head.csv", span_str(bad[i].text));
		desk_run(&desk, &op_import, RC_INPUT, "{'kind':'asset','file':'%s'}", path);
		assert_string_equal(desk.err.key, bad[i].key);
		free(path);
	}
	desk_run(&desk, &op_import, RC_NOTFOUND, "{'kind':'asset','file':'/nowhere/x.csv'}");
	desk_run(&desk, &op_import, RC_INPUT, "{'kind':'facility_check','file':'/nowhere/x.csv'}");
	assert_string_equal(desk.err.key, "import.not_register");
}

static void test_unknown_columns_are_asked_about(void **state)
{
	char *path =
	    file("odd.csv", span_str("Bảng kê tài sản;\r\nngày 1;\r\ncột a;cột b\r\nBàn;ccdc\r\n"));
	struct json *out = desk_run(&desk, &op_import, RC_OK, "{'kind':'asset','file':'%s'}", path);

	(void)state;
	assert_string_equal(json_get_str(out, "ask"), "columns");
	json_free(out);
	desk_run(&desk, &op_import, RC_INPUT, "{'kind':'asset','file':'%s','apply':true}", path);
	assert_string_equal(desk.err.key, "import.no_columns");
	out = desk_run(&desk, &op_import, RC_OK,
		       "{'kind':'asset','file':'%s','match':{'cột a':'name','cột "
		       "b':'class'},'fill':{'unit_code':"
		       "'0045101','uom':'cai','quantity':'1','use_year':'2020','value_basis':'so_"
		       "ke_toan','condition':"
		       "'tot','use_state':'dung_muc_dich'}}",
		       path);
	assert_int_equal(num(out, "new"), 1);
	assert_int_equal(num(out, "head"), 3);
	assert_true(json_len(json_get_arr(out, "missing")) > 0); /* no column: filled */
	assert_string_equal(json_get_str(json_at(json_get_arr(out, "columns"), 0), "sample"),
			    "Bàn");
	json_free(out);
	desk_run(&desk, &op_import, RC_INPUT, "{'kind':'asset','file':'%s','head':9}", path);
	assert_string_equal(desk.err.key, "import.head");
	free(path);
}

static void test_an_old_alphabet_is_shown_and_asked_about(void **state)
{
	struct json *out;
	const struct json *first;
	struct buf text;
	char *path;

	(void)state;
	buf_init(&text, LIMIT_INPUT_FILE);
	buf_add_str(&text, "asset_code;name;unit_code;class;uom;quantity;use_year;value_basis;"
			   "condition;use_state;serial\r\n");
	buf_add_str(&text,
		    "0045101-000800;M\xb8y vi t\xddnh \xae\xd3 b\xb5n l\xb5m vi\xd6"
		    "c;0045101;may_moc_thiet_bi;cai;1;2024;so_ke_toan;tot;dung_muc_dich;TC1\r\n");
	path = file("tcvn3.csv", span_buf(&text));
	out = desk_run(&desk, &op_import, RC_OK, "{'kind':'asset','file':'%s'}", path);
	assert_string_equal(json_get_str(out, "ask"), "encoding");
	assert_string_equal(json_get_str(json_get(out, "source"), "guess"), "tcvn3");
	first = json_at(json_get_arr(out, "samples"), 0);
	assert_string_equal(json_get_str(first, "tcvn3"), "Máy vi tính để bàn làm việc");
	assert_string_equal(json_get_str(first, "text"), "M¸y vi tÝnh ®Ó bµn lµm viÖc");
	assert_int_equal(num(out, "rows"), 0);
	json_free(out);
	desk_run(&desk, &op_import, RC_INPUT, "{'kind':'asset','file':'%s','apply':true}", path);
	assert_string_equal(desk.err.key, "import.tcvn3");
	out = desk_run(&desk, &op_import, RC_OK,
		       "{'kind':'asset','file':'%s','encoding':'tcvn3','apply':true}", path);
	assert_int_equal(num(out, "applied"), 1);
	assert_string_equal(json_str(json_at(json_get_arr(out, "preview"), 0)),
			    "Máy vi tính để bàn làm việc · 0045101-000800");
	json_free(out);
	buf_free(&text);
	free(path);
}

static void test_other_files(void **state)
{
	static const struct {
		const char *text, *key;
	} bad[] = {
	    {"\xff\xfe"
	     "a",
	     "import.utf16"},
	    {"Tr\xc3\xa1\xc2\xbb\xc2\xa5 s\xc3\xa1\xc2\xbb\xc2\x9f "
	     "x\xc3\x83\xc2\xa3 m\xc3\xa1\xc2\xbb\xc2\x9bi",
	     "import.twice"},
	    {"x\x80y", "import.encoding"},
	    {"PK\x03\x04 nothing", "zip.broken"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char *path = file("other", span_str(bad[i].text));

		desk_run(&desk, &op_import, RC_INPUT, "{'kind':'asset','file':'%s'}", path);
		assert_string_equal(desk.err.key, bad[i].key);
		free(path);
	}
}

#define T(text) "<c t=\"inlineStr\"><is><t>" text "</t></is></c>"
#define N(n)    "<c><v>" n "</v></c>"

static void test_a_workbook(void **state)
{
	static const char rows[] = "<row r=\"1\">" T(
	    "BẢNG KÊ TÀI SẢN NĂM 2025") "</row><row r=\"3\">" T("Mã tài sản") T("Tên tài sản")
	    T("Mã đơn vị quan hệ ngân sách") T("Loại tài sản") T("Đơn vị tính") T("Số lượng") T(
		"Năm đưa vào sử dụng") T("Căn cứ xác định giá trị") T("Tình trạng")
		T("Hiện trạng sử dụng") T("Nguyên giá từ ngân sách nhà nước") T(
		    "Ngày đưa vào sử dụng")
		    T("Ghi chú") "</row>"
				 "<row r=\"4\">" T("0045101-900900") T("Máy chiếu") T("0045101") T(
				     "Máy móc, thiết bị") T("Cái") N("1") N("2024") T("so_ke_toan")
				     T("tot") T("dung_muc_dich")
					 N("1.45E7") "<c s=\"1\"><v>45352</v></c>" T(
					     "00004") "</row>"
						      "<row r=\"5\">" T("0045101-900901") T(
							  "Màn chiếu") N("45101")
							  T("Máy móc, thiết bị") T("Cái") N("1") N(
							      "2024") T("so_ke_toan") T("tot")
							      T("dung_muc_dich") "</row>"
										 "<row r=\"6\">" T(
										     "0045101-"
										     "000902") T("L"
												 "o"
												 "a")
										     T("0045101") T(
											 "ccdc")
											 T("Cái") "<c t=\"e\"><v>#REF!</v></c>" N(
											     "2024")
											     T("so_"
											       "ke_"
											       "toa"
											       "n") T(
												 "t"
												 "o"
												 "t")
												 T("d"
												   "u"
												   "n"
												   "g"
												   "_"
												   "m"
												   "u"
												   "c"
												   "_"
												   "d"
												   "i"
												   "c"
												   "h") "</row>";
	struct zipped z;
	struct json *out, *show;
	const struct json *f;
	int64_t v = 0;
	char *path;

	(void)state;
	zipped_book(&z, span_str(rows), NULL, false);
	path = file("book.xlsx", span_buf(&z.bytes));
	zipped_free(&z);
	desk_run(&desk, &op_import, RC_INPUT, "{'kind':'asset','file':'%s','sheet':'Ẩn'}", path);
	assert_string_equal(desk.err.key, "import.no_sheet");
	out =
	    desk_run(&desk, &op_import, RC_OK,
		     "{'kind':'asset','file':'%s','sheet':'Sổ','apply':true,'refused':true}", path);
	assert_int_equal(num(out, "applied"), 1);
	assert_int_equal(num(out, "refused"),
			 2); /* a code that lost its zeros, and what Excel could not compute */
	assert_int_equal(num(out, "head"), 3);
	assert_int_equal(num(json_at(json_get_arr(out, "columns"), 2), "numbers"), 1);
	assert_non_null(strstr(json_get_str(out, "refused_rows"), "#REF!"));
	assert_string_equal(json_get_str(json_get(out, "source"), "type"), "xlsx");
	json_free(out);
	show = desk_run(&desk, &op_show, RC_OK, "{'id':'0045101-900900'}");
	f = json_get(show, "fields");
	assert_string_equal(json_get_str(json_get(f, "use_date"), "value"), "2024-03-01");
	assert_string_equal(json_get_str(json_get(f, "note"), "value"), "00004");
	assert_true(json_int(json_get(json_get(f, "cost_budget"), "value"), &v));
	assert_int_equal(v, 14500000);
	json_free(show);
	free(path);
}

/* Ten thousand rows: one transaction, and the store holds. */
static void test_many_rows(void **state)
{
	struct buf text;
	struct json *out;
	char *path;
	int64_t before = desk_entries(&desk);
	struct db_stats was, is;

	(void)state;
	buf_init(&text, LIMIT_INPUT_FILE);
	buf_add_str(&text, HEAD);
	for (int i = 0; i < MANY; i++)
		buf_addf(&text, "0099999-%06d;Ghế số %d" REST "\r\n", i, i);
	path = file("many.csv", span_buf(&text));
	buf_free(&text);
	was = db_stats(store_db(desk.agent.store));
	out = desk_run(&desk, &op_import, RC_OK, "{'kind':'asset','file':'%s','apply':true}", path);
	is = db_stats(store_db(desk.agent.store));
	assert_int_equal(num(out, "applied"), MANY);
	assert_int_equal(desk_entries(&desk), before + MANY);
	assert_int_equal(is.commits, was.commits + 1);
	json_free(out);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_preview_keeps_nothing),
	    cmocka_unit_test(test_sample_register),
	    cmocka_unit_test(test_values_as_written_here),
	    cmocka_unit_test(test_bad_rows_are_told),
	    cmocka_unit_test(test_rows_that_are_here),
	    cmocka_unit_test(test_heads),
	    cmocka_unit_test(test_unknown_columns_are_asked_about),
	    cmocka_unit_test(test_an_old_alphabet_is_shown_and_asked_about),
	    cmocka_unit_test(test_other_files),
	    cmocka_unit_test(test_a_workbook),
	    cmocka_unit_test(test_many_rows),
	};

	return cmocka_run_group_tests(tests, open_desk, close_desk);
}
