/*
 * xlsx: cells of every kind, days of both calendars, numbers as Excel shows them; files that attack.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/limits.h"
#include "lib/xlsx.h"
#include "lib/xlsx_value.h"
#include "tests/support/zipped.h"

#define STRINGS                                                           \
	"<si><t>Mã tài sản</t></si><si><r><t>Trạm </t></r><r><t>Y " \
	"tế</t></r><rPh><t>x</t></rPh></si>"                            \
	"<si><t xml:space=\"preserve\"> a &amp; b </t></si>"

static struct xlsx *book(struct zipped *z, const char *rows, bool from_1904)
{
	struct xlsx *x = NULL;
	struct err why = {0};

	zipped_book(z, span_str(rows), STRINGS, from_1904);
	if (xlsx_open(&x, span_buf(&z->bytes), &why) != RC_OK)
		fail_msg("%s", why.key);
	assert_string_equal(xlsx_sheet_name(x, 0), "Sổ");
	assert_null(xlsx_sheet_name(x, 1)); /* the hidden one is none */
	assert_int_equal(xlsx_sheet(x, 0, NULL), RC_OK);
	return x;
}

static void close_book(struct xlsx *x, struct zipped *z)
{
	xlsx_free(x);
	zipped_free(z);
}

static const struct xlsx_row *next(struct xlsx *x)
{
	const struct xlsx_row *row = NULL;

	assert_int_equal(xlsx_row(x, &row, NULL), RC_OK);
	return row;
}

static void rows_come_as_a_person_would_type_them(void **state)
{
	const struct xlsx_row *row;
	struct zipped z;
	struct xlsx *x = book(
	    &z,
	    "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"C1\" t=\"s\"><v>1</v></c></row>"
	    "<row r=\"2\"/><row r=\"3\"><c r=\"A3\"/></row>"
	    "<row r=\"5\"><c r=\"A5\" t=\"inlineStr\"><is><t>00004</t></is></c><c "
	    "r=\"B5\"><v>4</v></c>"
	    "<c r=\"C5\" s=\"1\"><v>45987</v></c><c r=\"D5\" s=\"2\"><v>45987.604166666664</v></c>"
	    "<c r=\"E5\" t=\"b\"><v>1</v></c><c r=\"F5\" t=\"e\"><v>#REF!</v></c>"
	    "<c r=\"G5\" t=\"str\"><f>A1</f><v>Đất</v></c><c "
	    "r=\"H5\"><v>0.30000000000000004</v></c>"
	    "<c r=\"I5\" t=\"s\"><v>2</v></c><c r=\"J5\" "
	    "t=\"d\"><v>2025-11-26T00:00:00</v></c></row>"
	    "<row><c><v>1.2E7</v></c><c><v>-1234567.5</v></c></row>",
	    false);
	static const char *const want[] = {"00004",   "4",         "26/11/2025", "26/11/2025 14:30",
					   "1",       "#REF!",     "Đất",        "0,3",
					   " a & b ", "26/11/2025"};
	static const enum xlsx_type type[] = {XLSX_TEXT, XLSX_NUMBER, XLSX_DATE, XLSX_DATE,
					      XLSX_BOOL, XLSX_ERROR,  XLSX_TEXT, XLSX_NUMBER,
					      XLSX_TEXT, XLSX_DATE};

	(void)state;
	row = next(x);
	assert_int_equal(row->n, 3);
	assert_string_equal(row->cell[0], "Mã tài sản");
	assert_string_equal(row->cell[1], "");
	assert_string_equal(row->cell[2], "Trạm Y tế");
	row = next(x);
	assert_int_equal(row->line, 5);
	assert_int_equal(row->n, 10);
	for (size_t i = 0; i < row->n; i++) {
		assert_string_equal(row->cell[i], want[i]);
		assert_int_equal(row->type[i], type[i]);
	}
	row = next(x);
	assert_int_equal(row->line, 6);
	assert_string_equal(row->cell[0], "12000000");
	assert_string_equal(row->cell[1], "-1234567,5");
	assert_int_equal(xlsx_row(x, &row, NULL), RC_NOTFOUND);
	assert_int_equal(xlsx_sheet(x, 0, NULL), RC_OK); /* from the beginning */
	assert_string_equal(next(x)->cell[0], "Mã tài sản");
	close_book(x, &z);
}

static void numbers_have_the_digits_excel_shows(void **state)
{
	static const char *const pair[][2] = {
	    {"0", "0"},
	    {"-0", "0"},
	    {"1234567", "1234567"},
	    {"0.1", "0,1"},
	    {"1.5E-3", "0,0015"},
	    {"9.9999999999999995E+22", "100000000000000000000000"},
	    {"12345678901234567", "12345678901234600"},
	    {"14499999.999999998", "14500000"},
	    {"0.00001", "0,00001"},
	    {"100", "100"},
	    {"+7", "7"},
	    {"18720000000", "18720000000"},
	    {"2.5E+0", "2,5"},
	};
	static const char *const bad[] = {"", ".", "-", "1.2.3", "1e", "1E999", "x", "1 2", "0x10"};
	struct buf b;

	(void)state;
	buf_init(&b, LIMIT_KIB);
	for (size_t i = 0; i < sizeof(pair) / sizeof(pair[0]); i++) {
		buf_reset(&b);
		assert_true(xlsx_value_number(span_str(pair[i][0]), &b));
		assert_true(span_eq_str(span_buf(&b), pair[i][1]));
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		buf_reset(&b);
		assert_false(xlsx_value_number(span_str(bad[i]), &b));
		assert_true(span_eq_str(span_buf(&b), bad[i]));
	}
	buf_free(&b);
}

static void days_are_of_the_calendar_of_the_file(void **state)
{
	static const struct {
		const char *raw;
		bool from_1904;
		const char *want; /* NULL: no day */
	} day[] = {
	    {"1", false, "01/01/1900"},
	    {"59", false, "28/02/1900"},
	    {"60", false, NULL},
	    {"61", false, "01/03/1900"},
	    {"25569", false, "01/01/1970"},
	    {"0", false, NULL},
	    {"0", true, "01/01/1904"},
	    {"44525", true, "26/11/2025"},
	    {"45987", false, "26/11/2025"},
	    {"45987.99999", false, "27/11/2025"},
	    {"45987.5", false, "26/11/2025 12:00"},
	    {"2958465", false, "31/12/9999"},
	    {"2958466", false, NULL},
	    {"-1", false, NULL},
	    {"45987.000347222222", false, "26/11/2025"},
	    {"9e99", false, NULL},
	};
	struct buf b;

	(void)state;
	buf_init(&b, LIMIT_KIB);
	for (size_t i = 0; i < sizeof(day) / sizeof(day[0]); i++) {
		buf_reset(&b);
		assert_int_equal(xlsx_value_date(span_str(day[i].raw), day[i].from_1904, &b),
				 day[i].want != NULL);
		assert_true(span_eq_str(span_buf(&b), day[i].want ? day[i].want : ""));
	}
	buf_free(&b);
}

static void a_format_tells_a_day_from_a_number(void **state)
{
	static const char *const days[] = {"dd/mm/yyyy", "[$-42A]d/m/yy;@", "yyyy\\-mm\\-dd",
					   "m/d/yy h:mm"};
	static const char *const numbers[] = {"General",        "#,##0",  "0.00",
					      "#,##0\" đồng\"", "[Red]0", "\"day\"0",
					      "_(* #,##0_)",    "\\d0",   "0.00E+00",
					      "[h]:mm"};

	(void)state;
	for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++)
		assert_int_equal(xlsx_value_format(days[i]), XLSX_VALUE_DATE);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		assert_int_equal(xlsx_value_format(numbers[i]), XLSX_VALUE_NUMBER);
}

static void assert_refused(struct zipped *z, enum rc rc, const char *key)
{
	const struct xlsx_row *row;
	struct xlsx *x = NULL;
	struct err why = {0};
	enum rc got = xlsx_open(&x, span_buf(&z->bytes), &why);

	if (got == RC_OK)
		got = xlsx_sheet(x, 0, &why);
	while (got == RC_OK)
		got = xlsx_row(x, &row, &why);
	assert_string_equal(why.key, key);
	assert_int_equal(got, rc);
	xlsx_free(x);
	zipped_free(z);
}

static void what_attacks_is_refused(void **state)
{
	struct zipped z;
	struct buf deep;

	(void)state;
	zipped_book(&z, span_str("<row></c></row>"), NULL, false);
	assert_refused(&z, RC_INPUT, "xlsx.xml");
	zipped_book(&z, span_str("<row><c r=\"IW1\"><v>1</v></c></row>"), NULL, false);
	assert_refused(&z, RC_LIMIT, "csv.cells");
	buf_init(&deep, LIMIT_MIB);
	for (int i = 0; i < 100; i++)
		buf_add_str(&deep, "<a>");
	zipped_book(&z, span_buf(&deep), NULL, false);
	assert_refused(&z, RC_LIMIT, "xlsx.limit");
	buf_reset(&deep);
	buf_add_str(&deep, "<row><c t=\"str\"><v>");
	for (int i = 0; i < XLSX_CELL_MAX / 8 + 1; i++)
		buf_add_str(&deep, "aaaaaaaa");
	buf_add_str(&deep, "</v></c></row>");
	zipped_book(&z, span_buf(&deep), NULL, false);
	assert_refused(&z, RC_LIMIT, "xlsx.limit");
	buf_free(&deep);
	zipped_init(&z);
	zipped_add(&z, "_rels/.rels", span_str("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>"));
	zipped_end(&z);
	assert_refused(&z, RC_INPUT, "xlsx.dtd");
	zipped_init(&z);
	zipped_add(&z, "word/document.xml", span_str("<a/>"));
	zipped_end(&z);
	assert_refused(&z, RC_INPUT, "xlsx.none");
	zipped_book(&z, span_str("<row><c><v>1</v></c></row>"), NULL, false);
	for (size_t i = 0; i + 5 < z.bytes.len; i++)
		if (memcmp(z.bytes.p + i, "<v>1<", 5) == 0)
			z.bytes.p[i + 3] = '7'; /* the checksum of the member tells */
	assert_refused(&z, RC_INPUT, "zip.broken");
	zipped_book(&z, span_str(""), NULL, false);
	z.bytes.len -= 30;
	assert_refused(&z, RC_INPUT, "zip.broken");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(rows_come_as_a_person_would_type_them),
	    cmocka_unit_test(numbers_have_the_digits_excel_shows),
	    cmocka_unit_test(days_are_of_the_calendar_of_the_file),
	    cmocka_unit_test(a_format_tells_a_day_from_a_number),
	    cmocka_unit_test(what_attacks_is_refused),
	};

	return cmocka_run_group_tests_name("xlsx", tests, NULL, NULL);
}
