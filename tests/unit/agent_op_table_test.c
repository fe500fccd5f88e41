/*
 * agent_op_table: a register as a table: Vietnamese order, filters by label and by record, words and
 * spoiled codes, two values and what is to be sent, linked records, pages that meet.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/ops.h"
#include "tests/support/desk.h"

enum { ASSETS = 7, TEXT = 1024 };

#define REST                                                                                \
	"'unit_code':'0045101','uom':'cai','quantity':'1','use_year':'2021','value_basis':" \
	"'so_ke_toan','lifecycle':'dang_theo_doi','use_state':'dung_muc_dich'"

/* name, class, cost, condition, the rest */
static const char *const asset[ASSETS][5] = {
    {"Đầu máy", "may_moc_thiet_bi", "2.000.000", "tot", ",'serial':'DD12AA34'"},
    {"Ấm đun nước", "ccdc", "", "tot", ""},
    {"Đất Trạm Y tế Hoà Khê", "quyen_sd_dat", "10.000.000", "tot",
     ",'asset_code':'0045101-000123'"},
    {"an toàn lao động", "ccdc", "1", "kem", ""},
    {"Dây nối", "ccdc", "300.000", "hong", ""},
    {"Ăng ten", "may_moc_thiet_bi", "9.000.000", "tot", ""},
    {"Bàn họp", "huu_hinh_khac", "900.000", "tot", ""},
};

static struct desk desk;
static char *id[ASSETS], *house;

static char *keep_id(struct json *out)
{
	const struct json *r = json_at(json_get_arr(out, "records"), 0);
	char *copy;

	assert_non_null(json_get_str(r, "id"));
	assert_string_equal(json_get_str(r, "state"), "sealed");
	copy = span_dup(span_str(json_get_str(r, "id")));
	json_free(out);
	return copy;
}

static int open_desk(void **state)
{
	(void)state;
	desk_open(&desk, 1);
	house = keep_id(
	    desk_run(&desk, &op_record, RC_OK,
		     "{'kind':'facility','fields':{'name':'Trụ sở UBND','unit_code':'0045101',"
		     "'facility_type':'tru_so','commune_code':'00004','address':'Thôn Đông',"
		     "'land_cert':'co','surplus_status':'khong'}}"));
	for (size_t i = 0; i < ASSETS; i++) {
		char more[TEXT];

		snprintf(more, sizeof(more), "%s%s%s%s", asset[i][4],
			 asset[i][2][0] ? ",'cost_budget':'" : "", asset[i][2],
			 asset[i][2][0] ? "'" : "");
		id[i] = keep_id(desk_run(
		    &desk, &op_record, RC_OK,
		    "{'kind':'asset','fields':{'name':'%s','class':'%s','condition':'%s'," REST
		    "%s%s%s%s}}",
		    asset[i][0], asset[i][1], asset[i][3], more, i < 3 ? ",'facility_id':'" : "",
		    i < 3 ? house : "", i < 3 ? "'" : ""));
	}
	return 0;
}

static int close_desk(void **state)
{
	(void)state;
	for (size_t i = 0; i < ASSETS; i++)
		free(id[i]);
	free(house);
	desk_close(&desk);
	return 0;
}

static int64_t num(const struct json *o, const char *name)
{
	int64_t v = -1;

	assert_true(json_get_int(o, name, &v));
	return v;
}

/* Names of the rows, "|" between; the answer is freed. */
static void assert_rows(struct json *out, int64_t total, const char *names)
{
	char all[TEXT] = "";

	for (const struct json *x = json_first(json_get_arr(out, "items")); x; x = json_next(x)) {
		const struct json *c = json_get(json_get(x, "cells"), "name");

		snprintf(all + strlen(all), sizeof(all) - strlen(all), "%s%s", all[0] ? "|" : "",
			 json_get_str(c, "text"));
	}
	assert_string_equal(all, names);
	assert_int_equal(num(out, "total"), total);
	json_free(out);
}

#define TABLE_BY "{'kind':'asset','columns':['name'],%s,'down':%s"
#define TABLE(rest) desk_run(&desk, &op_table, RC_OK, "{'kind':'asset','columns':['name']" rest "}")

static void names_stand_in_the_order_of_the_alphabet(void **state)
{
	(void)state;
	assert_rows(
	    TABLE(""), ASSETS,
	    "an toàn lao động|Ăng ten|Ấm đun nước|Bàn họp|Dây nối|Đất Trạm Y tế Hoà Khê|Đầu máy");
	assert_rows(TABLE(",'down':true,'limit':2"), ASSETS, "Đầu máy|Đất Trạm Y tế Hoà Khê");
}

static void numbers_and_lists_have_an_order_of_their_own_and_nothing_is_last(void **state)
{
	(void)state;
	assert_rows(
	    TABLE(",'sort':'original_cost'"), ASSETS,
	    "an toàn lao động|Dây nối|Bàn họp|Đầu máy|Ăng ten|Đất Trạm Y tế Hoà Khê|Ấm đun nước");
	assert_rows(
	    TABLE(",'sort':'original_cost','down':true"), ASSETS,
	    "Đất Trạm Y tế Hoà Khê|Ăng ten|Đầu máy|Bàn họp|Dây nối|an toàn lao động|Ấm đun nước");
	assert_rows(TABLE(",'sort':'condition','down':true,'limit':3"), ASSETS,
		    "Dây nối|an toàn lao động|Ăng ten");
	assert_rows(TABLE(",'sort':'facility_id','limit':3"), ASSETS,
		    "Ấm đun nước|Đất Trạm Y tế Hoà Khê|Đầu máy");
}

static void a_filter_takes_a_value_a_label_or_a_record(void **state)
{
	(void)state;
	assert_rows(TABLE(",'where':{'class':'ccdc','condition':'tot'}"), 1, "Ấm đun nước");
	assert_rows(TABLE(",'where':{'Loại tài sản':'Máy móc, thiết bị'}"), 2, "Ăng ten|Đầu máy");
}

static void a_filter_by_a_facility(void **state)
{
	(void)state;
	assert_rows(desk_run(&desk, &op_table, RC_OK,
			     "{'kind':'asset','columns':['name'],'where':{'facility_id':'%s'}}",
			     house),
		    3, "Ấm đun nước|Đất Trạm Y tế Hoà Khê|Đầu máy");
	assert_rows(TABLE(",'where':{'facility_id':''},'limit':1"), 4, "an toàn lao động");
}

static void words_are_found_however_they_are_typed(void **state)
{
	static const char *const typed[] = {
	    "tram y te",      "Trạm Y Tế",      "dat",          "hòa khê", "hoà", "HOA KHE",
	    "0045101-000123", "0045101 000123", "quyen su dung"};
	struct json *out;

	(void)state;
	for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++)
		assert_rows(desk_run(&desk, &op_table, RC_OK,
				     "{'kind':'asset','columns':['name'],'words':'%s'}", typed[i]),
			    1, "Đất Trạm Y tế Hoà Khê");
	assert_rows(TABLE(",'words':'Đ12Â34'"), 1, "Đầu máy"); /* a scanner's DD12AA34, spoiled */
	out = TABLE(",'words':'dd12aa34'");
	assert_string_equal(json_get_str(out, "code"), id[0]);
	json_free(out);
	out = TABLE(",'words':'may'");
	assert_null(json_get(out, "code"));
	json_free(out);
	assert_rows(TABLE(",'words':'khong co gi'"), 0, "");
	assert_rows(TABLE(",'words':'may','where':{'class':'ccdc'}"), 0, "");
}

static void pages_meet_and_go_on_behind_a_record(void **state)
{
	struct json *out;

	(void)state;
	assert_rows(TABLE(",'limit':3,'offset':3"), ASSETS,
		    "Bàn họp|Dây nối|Đất Trạm Y tế Hoà Khê");
	assert_rows(TABLE(",'limit':3,'offset':7"), ASSETS, "");
	out = desk_run(&desk, &op_table, RC_OK,
		       "{'kind':'asset','columns':['name'],'limit':2,'after':'%s'}", id[1]);
	assert_int_equal(num(out, "offset"), 3);
	assert_rows(out, ASSETS, "Bàn họp|Dây nối");
}

static void append_names(struct json *out, char *all, size_t size)
{
	for (const struct json *x = json_first(json_get_arr(out, "items")); x; x = json_next(x)) {
		const struct json *c = json_get(json_get(x, "cells"), "name");

		snprintf(all + strlen(all), size - strlen(all), "%s|", json_get_str(c, "text"));
	}
	json_free(out);
}

/* Only the matches up to the end of a page are kept: pages of n must be the whole order in pieces. */
static void any_page_of_any_order_is_that_part_of_it(void **state)
{
	static const char *const order[] = {"'sort':'name'",	      "'sort':'original_cost'",
					    "'sort':'condition'",     "'sort':'class'",
					    "'sort':'facility_id'",   "'values':false",
					    "'words':'a'"};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(order) / sizeof(order[0]); i++)
		for (int n = 1; n <= ASSETS; n++) {
			const char *by = order[i / 2], *down = i % 2 ? "true" : "false";
			char whole[TEXT] = "", parts[TEXT] = "";

			append_names(desk_run(&desk, &op_table, RC_OK, TABLE_BY "}", by, down), whole,
				     sizeof(whole));
			for (int at = 0; at < ASSETS; at += n)
				append_names(desk_run(&desk, &op_table, RC_OK,
						      TABLE_BY ",'offset':%d,'limit':%d}", by, down, at,
						      n),
					     parts, sizeof(parts));
			assert_true(strlen(whole) > 40);
			assert_string_equal(parts, whole);
		}
}

static void the_choices_come_with_their_numbers(void **state)
{
	struct json *out = TABLE(",'values':true,'limit':1");
	const struct json *class =
	    json_get_arr(json_get(json_get(out, "values"), "class"), "choices");
	const struct json *where =
	    json_get_arr(json_get(json_get(out, "values"), "facility_id"), "choices");

	(void)state;
	assert_int_equal(json_len(class), 4);
	assert_string_equal(json_get_str(json_at(class, 0), "value"), "may_moc_thiet_bi");
	assert_string_equal(json_get_str(json_at(class, 3), "text"),
			    "Công cụ, dụng cụ (dưới 10 triệu đồng)");
	assert_int_equal(num(json_at(class, 3), "n"), 3);
	assert_int_equal(json_len(where), 2);
	assert_string_equal(json_get_str(json_at(where, 0), "text"), "Trụ sở UBND");
	assert_int_equal(num(json_at(where, 0), "n"), 3);
	assert_string_equal(json_get_str(json_at(where, 1), "value"), "");
	json_free(out);
}

static void a_cell_is_as_people_read_it(void **state)
{
	struct json *out =
	    desk_run(&desk, &op_table, RC_OK,
		     "{'kind':'asset','columns':['Nguyên giá','facility_id','class'],"
		     "'words':'Đầu máy'}");
	const struct json *cells = json_get(json_at(json_get_arr(out, "items"), 0), "cells");
	const struct json *col = json_at(json_get_arr(out, "columns"), 0);

	(void)state;
	assert_string_equal(json_get_str(json_get(cells, "original_cost"), "text"), "2.000.000");
	assert_string_equal(json_get_str(json_get(cells, "facility_id"), "text"), "Trụ sở UBND");
	assert_string_equal(json_get_str(json_get(cells, "class"), "text"), "Máy móc, thiết bị");
	assert_string_equal(json_get_str(col, "type"), "derived");
	assert_string_equal(json_get_str(col, "unit"), "đồng");
	json_free(out);
}

static void what_is_to_be_sent_is_marked_until_it_has_gone(void **state)
{
	struct json *out;

	(void)state;
	out = TABLE(",'unsent':true,'limit':1");
	assert_int_equal(num(json_at(json_get_arr(out, "items"), 0), "unsent"), 1);
	assert_rows(out, ASSETS, "an toàn lao động");
	desk_sync(&desk);
	assert_rows(TABLE(",'unsent':true"), 0, "");
	json_free(desk_run(
	    &desk, &op_record, RC_OK,
	    "{'kind':'asset','id':'%s','fields':{'condition':'trung_binh'},'reason':'Xem'}",
	    id[4]));
	assert_rows(TABLE(",'unsent':true"), 1, "Dây nối");
	assert_rows(TABLE(",'where':{'condition':'hong'}"), 0, "");
}

static void linked_records_are_one_row_found_by_the_words_of_both(void **state)
{
	struct json *out;

	(void)state;
	json_free(desk_run(&desk, &op_link, RC_OK, "{'id':'%s','other':'%s','reason':'Một bộ'}",
			   id[6], id[5]));
	out = TABLE("");
	assert_int_equal(num(out, "total"), ASSETS - 1);
	assert_int_equal(num(out, "all"), ASSETS - 1);
	json_free(out);
	out = TABLE(",'words':'ban hop ang ten'");
	assert_int_equal(num(json_at(json_get_arr(out, "items"), 0), "records"), 2);
	assert_int_equal(num(out, "total"), 1);
	json_free(out);
}

static void what_it_cannot_show_is_told(void **state)
{
	(void)state;
	desk_run(&desk, &op_table, RC_NOTFOUND, "{'kind':'nowhere'}");
	desk_run(&desk, &op_table, RC_INPUT, "{'kind':'equipment_check'}");
	assert_string_equal(desk.err.key, "table.not_register");
	desk_run(&desk, &op_table, RC_INPUT, "{'kind':'asset','sort':'nowhere'}");
	assert_string_equal(desk.err.key, "form.no_field");
	desk_run(&desk, &op_table, RC_INPUT, "{'kind':'asset','where':{'class':'xe tăng'}}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_stand_in_the_order_of_the_alphabet),
	    cmocka_unit_test(numbers_and_lists_have_an_order_of_their_own_and_nothing_is_last),
	    cmocka_unit_test(a_filter_takes_a_value_a_label_or_a_record),
	    cmocka_unit_test(a_filter_by_a_facility),
	    cmocka_unit_test(words_are_found_however_they_are_typed),
	    cmocka_unit_test(pages_meet_and_go_on_behind_a_record),
	    cmocka_unit_test(any_page_of_any_order_is_that_part_of_it),
	    cmocka_unit_test(the_choices_come_with_their_numbers),
	    cmocka_unit_test(a_cell_is_as_people_read_it),
	    cmocka_unit_test(what_is_to_be_sent_is_marked_until_it_has_gone),
	    cmocka_unit_test(linked_records_are_one_row_found_by_the_words_of_both),
	    cmocka_unit_test(what_it_cannot_show_is_told),
	};

	return cmocka_run_group_tests_name("agent_op_table", tests, open_desk, close_desk);
}
