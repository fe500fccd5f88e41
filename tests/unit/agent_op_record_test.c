/*
 * agent_op_record: recording, editing, drafts, submitting, correcting, deciding, as the
 * command line and the API do it; what is refused, and in which words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/author.h"
#include "agent/ops.h"
#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "tests/support/desk.h"

#define ASSET                                                                                        \
	"'unit_code':'0045101','name':'%s','class':'Máy móc, thiết bị','uom':'Cái',"          \
	"'quantity':'1','use_year':'2024','value_basis':'Theo sổ kế toán','condition':'Tốt'," \
	"'use_state':'Còn sử dụng được, đúng mục đích'"

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

static const struct json *first(const struct json *out)
{
	const struct json *r = json_at(json_get_arr(out, "records"), 0);

	assert_non_null(r);
	return r;
}

static bool saved(const struct json *out)
{
	bool v = false;

	assert_true(json_get_bool(out, "saved", &v));
	return v;
}

static const char *state_of(const struct json *out)
{
	return json_get_str(first(out), "state");
}

/* A copy of the id, freed by the caller. */
static char *id_of(const struct json *out)
{
	const char *id = json_get_str(first(out), "id");

	assert_non_null(id);
	return span_dup(span_str(id));
}

/* Does an error, warning or todo name this field? */
static bool names(const struct json *out, const char *list, const char *field)
{
	for (const struct json *x = json_first(json_get_arr(first(out), list)); x; x = json_next(x))
		if (strcmp(json_get_str(x, "field"), field) == 0)
			return true;
	return false;
}

static char *new_asset(const char *name)
{
	struct json *out =
	    desk_run(&desk, &op_record, RC_OK, "{'kind':'asset','fields':{" ASSET "}}", name);
	char *id = id_of(out);

	assert_true(saved(out));
	json_free(out);
	return id;
}

/* Text and raw value of a field as shown. */
static void assert_shown(const char *id, const char *field, const char *want)
{
	struct json *out = desk_run(&desk, &op_show, RC_OK, "{'id':'%s'}", id);
	const char *text = json_get_str(json_get(json_get(out, "fields"), field), "text");

	if (!text || strcmp(text, want) != 0)
		fail_msg("%s is “%s”, not “%s”", field, text ? text : "(none)", want);
	json_free(out);
}

/* ---- registers ---- */

static void test_register_is_sealed_at_once(void **state)
{
	int64_t before = desk_entries(&desk);
	struct json *out;
	char *id;

	(void)state;
	out =
	    desk_run(&desk, &op_record, RC_OK,
		     "{'kind':'Tài sản công','fields':{" ASSET
		     ",'cost_budget':'1.234.567','Số sê-ri':'SN 1','asset_code':'0045101-000042'}}",
		     "Máy in");
	assert_true(saved(out));
	assert_string_equal(state_of(out), "sealed");
	assert_int_equal(desk_entries(&desk), before + 1);
	id = id_of(out);
	assert_shown(id, "cost_budget", "1.234.567");
	assert_shown(id, "original_cost", "1.234.567");
	assert_shown(id, "lifecycle", "Đang theo dõi"); /* the form's default */
	assert_shown("0045101-000042", "serial", "SN 1");
	assert_shown(id + strlen(id) - 8, "serial", "SN 1"); /* by the end of its id */
	json_free(out);
	free(id);
}

static void test_errors_name_the_field_and_keep_nothing(void **state)
{
	int64_t before = desk_entries(&desk);
	struct json *out =
	    desk_run(&desk, &op_record, RC_OK,
		     "{'kind':'asset','fields':{" ASSET
		     ",'cost_budget':'1.23','decrease_reason':'ban_chuyen_nhuong','nowhere':'1'}}",
		     "Máy chiếu");

	(void)state;
	assert_false(saved(out));
	assert_string_equal(state_of(out), "refused");
	assert_true(names(out, "errors", "cost_budget"));
	assert_int_equal(op_record.verdict(out), RC_INPUT);
	assert_int_equal(desk_entries(&desk), before);
	json_free(out);
}

static void test_edit_writes_only_what_changed(void **state)
{
	char *id = new_asset("Máy quét");
	int64_t before = desk_entries(&desk);
	struct json *out, *h;
	const struct json *c;

	(void)state;
	out = desk_run(&desk, &op_record, RC_OK,
		       "{'kind':'asset','id':'%s','fields':{'name':'Máy quét','condition':'hong'}}",
		       id);
	assert_string_equal(state_of(out), "sealed");
	json_free(out);
	assert_int_equal(desk_entries(&desk), before + 1);
	h = desk_run(&desk, &op_history, RC_OK, "{'id':'%s','field':'condition'}", id);
	assert_int_equal(json_len(json_get_arr(h, "changes")), 2);
	c = json_at(json_get_arr(h, "changes"), 1);
	assert_string_equal(json_get_str(c, "new_text"), "Hỏng");
	assert_string_equal(json_get_str(json_at(json_get_arr(c, "old"), 0), "text"), "Tốt");
	assert_string_equal(json_get_str(c, "who"), "Nguyễn Văn An");
	json_free(h);
	h = desk_run(&desk, &op_history, RC_OK, "{'id':'%s','field':'Tên tài sản'}", id);
	assert_int_equal(json_len(json_get_arr(h, "changes")), 1);
	json_free(h);
	out = desk_run(&desk, &op_record, RC_OK,
		       "{'kind':'asset','id':'%s','fields':{'condition':'Hỏng'}}", id);
	assert_string_equal(state_of(out), "unchanged");
	assert_int_equal(desk_entries(&desk), before + 1);
	json_free(out);
	free(id);
}

static void test_field_without_ground_is_emptied(void **state)
{
	char *id = new_asset("Tủ sắt");
	struct json *out, *show;

	(void)state;
	out = desk_run(&desk, &op_record, RC_OK,
		       "{'kind':'asset','id':'%s','fields':{'lifecycle':'da_giam','decrease_reason'"
		       ":'thanh_ly'}}",
		       id);
	assert_string_equal(state_of(out), "sealed");
	json_free(out);
	out = desk_run(&desk, &op_record, RC_OK,
		       "{'kind':'asset','id':'%s','fields':{'lifecycle':'dang_theo_doi'}}", id);
	assert_string_equal(state_of(out), "sealed");
	assert_string_equal(json_str(json_at(json_get_arr(first(out), "emptied"), 0)),
			    "Lý do giảm");
	json_free(out);
	show = desk_run(&desk, &op_show, RC_OK, "{'id':'%s'}", id);
	assert_int_equal(json_kind(json_get(json_get(json_get(show, "fields"), "decrease_reason"),
					    "value")),
			 JSON_NULL);
	json_free(show);
	free(id);
}

static void test_twins_are_pointed_out(void **state)
{
	struct json *out;

	(void)state;
	out = desk_run(&desk, &op_record, RC_OK,
		       "{'kind':'asset','fields':{" ASSET ",'serial':'TWIN-7'}}", "Máy A");
	assert_int_equal(json_len(json_get_arr(first(out), "warnings")), 0);
	json_free(out);
	out = desk_run(&desk, &op_record, RC_OK,
		       "{'kind':'asset','fields':{" ASSET ",'serial':'twin-7'}}", "Máy B");
	assert_true(saved(out)); /* a warning never blocks */
	assert_true(names(out, "warnings", "serial"));
	json_free(out);
}

static void test_scope_is_filled_in(void **state)
{
	struct json *out = desk_run(
	    &desk, &op_record, RC_OK,
	    "{'kind':'facility','fields':{'name':'Trạm Y tế Đống Đa','address':'Thôn 1',"
	    "'facility_type':'Trạm y tế','land_cert':'Đã có giấy','surplus_status':'Không dôi dư',"
	    "'land_area':'1.234,5','built_year':'1998'}}");
	char *id;

	(void)state;
	if (!saved(out))
		fail_msg("%s", json_print(out));
	id = id_of(out);
	assert_shown(id, "commune_code", DESK_SCOPE);
	assert_shown(id, "land_area", "1.234,5");
	json_free(out);
	free(id);
}

static void test_all_or_none(void **state)
{
	int64_t before = desk_entries(&desk);
	char file[4096];
	struct json *out;

	(void)state;
	snprintf(file, sizeof(file),
		 "{\\\"kind\\\":\\\"asset\\\",\\\"fields\\\":{\\\"name\\\":\\\"A\\\"}}\\n"
		 "{\\\"kind\\\":\\\"asset\\\",\\\"fields\\\":{\\\"name\\\":\\\"B\\\"}}\\n");
	out = desk_run(&desk, &op_record, RC_OK, "{'file':'%s'}", file);
	assert_false(saved(out));
	assert_int_equal(json_len(json_get_arr(out, "records")), 2);
	assert_int_equal(desk_entries(&desk), before);
	json_free(out);
	desk_run(&desk, &op_record, RC_INPUT, "{'file':'[1]'}");
	assert_string_equal(desk.err.key, "record.file_object");
	desk_run(&desk, &op_record, RC_USAGE, "{'fields':{'name':'A'}}");
	desk_run(&desk, &op_record, RC_NOTFOUND, "{'kind':'nothing'}");
	desk_run(&desk, &op_record, RC_DENIED, "{'kind':'review','fields':{}}");
	assert_string_equal(desk.err.clause, "K9");
}

static void test_sessions_meet_in_one_line(void **state)
{
	struct json *out;
	char *asset = new_asset("Bàn họp"), *session;

	(void)state;
	out = desk_run(&desk, &op_record, RC_OK,
		       "{'kind':'inventory','fields':{'unit_name':'UBND xã','unit_code':'0045101',"
		       "'cut_off':'01/01/2026 00:00','counted_at':'05/01/2026 08:00'}}");
	assert_string_equal(state_of(out), "sealed");
	session = id_of(out);
	json_free(out);
	out = desk_run(&desk, &op_record, RC_OK,
		       "{'kind':'inventory_line','parent':'%s','fields':{'asset':'%s'}}", session,
		       asset);
	if (!saved(out))
		fail_msg("%s", json_print(out));
	json_free(out);
	out = desk_run(&desk, &op_list, RC_OK, "{'parent':'%s'}", session);
	assert_int_equal(json_len(json_get_arr(out, "items")), 1);
	assert_string_equal(json_get_str(json_at(json_get_arr(out, "items"), 0), "title"),
			    "Bàn họp");
	assert_shown(json_get_str(json_at(json_get_arr(out, "items"), 0), "id"), "book_qty", "1");
	json_free(out);
	desk_run(&desk, &op_record, RC_EXISTS,
		 "{'kind':'inventory_line','parent':'%s','fields':{'asset':'%s'}}", session, asset);
	free(session);
	free(asset);
}

/* ---- drafts ---- */

static char *new_draft(void)
{
	struct json *out = desk_run(
	    &desk, &op_record, RC_OK,
	    "{'kind':'equipment_check','fields':{'unit_code':'0045101','staff_approved':'46'}}");
	char *id = id_of(out);

	assert_true(saved(out));
	assert_string_equal(state_of(out), "draft");
	assert_true(names(out, "todo", "staff_present"));
	json_free(out);
	return id;
}

static void line(const char *draft, const char *type, const char *working)
{
	json_free(desk_run(
	    &desk, &op_record, RC_OK,
	    "{'kind':'equipment_line','parent':'%s','fields':{'equip_type':'%s','qty_on_hand':'2',"
	    "'qty_working':'%s','qty_broken':'0','qty_needed':'2','quality':'dap_ung'}}",
	    draft, type, working));
}

static void test_draft_grows_and_is_submitted(void **state)
{
	char *draft = new_draft(), *id;
	int64_t before = desk_entries(&desk);
	struct json *out;
	int64_t lines = 0;

	(void)state;
	line(draft, "may_in", "1");
	line(draft, "Máy in", "2"); /* the same line again: its value is replaced */
	line(draft, "photocopy", "2");
	assert_int_equal(desk_entries(&desk), before); /* nothing is sealed yet */
	out = desk_run(&desk, &op_submit, RC_OK, "{'id':'%s'}", draft);
	assert_false(saved(out));
	assert_true(names(out, "errors", "staff_present"));
	assert_int_equal(op_submit.verdict(out), RC_INPUT);
	json_free(out);
	assert_int_equal(desk_entries(&desk), before);
	json_free(
	    desk_run(&desk, &op_record, RC_OK,
		     "{'kind':'equipment_check','id':'%.13s','fields':{'staff_present':'43'}}",
		     draft));
	out = desk_run(&desk, &op_submit, RC_OK, "{'id':'%s'}", draft);
	if (!saved(out))
		fail_msg("%s", json_print(out));
	assert_string_equal(state_of(out), "submitted");
	assert_true(json_get_int(first(out), "lines", &lines));
	assert_int_equal(lines, 2);
	assert_int_equal(desk_entries(&desk), before + 3);
	id = id_of(out);
	assert_string_equal(id, draft);
	json_free(out);
	assert_shown(id, "checker_name", "Nguyễn Văn An"); /* filled in with the clerk */
	out = desk_run(&desk, &op_show, RC_OK, "{'id':'%s'}", id);
	assert_int_equal(json_len(json_get_arr(out, "lines")), 2);
	json_free(out);
	desk_run(&desk, &op_submit, RC_NOTFOUND, "{'id':'%s'}", draft);
	desk_run(&desk, &op_record, RC_CONFLICT,
		 "{'kind':'equipment_check','id':'%s','fields':{'staff_present':'1'}}", id);
	assert_string_equal(desk.err.clause, "M12");
	free(draft);
	free(id);
}

static void test_draft_loses_a_line_and_goes(void **state)
{
	char *draft = new_draft();
	struct json *out;

	(void)state;
	line(draft, "may_in", "1");
	json_free(desk_run(&desk, &op_record, RC_OK,
			   "{'kind':'equipment_line','parent':'%s','discard':true,'fields':{'equip_"
			   "type':'may_in'}}",
			   draft));
	out = desk_run(&desk, &op_show, RC_OK, "{'id':'%s'}", draft);
	assert_int_equal(json_len(json_get_arr(out, "lines")), 0);
	assert_string_equal(json_get_str(out, "state"), "draft");
	json_free(out);
	out = desk_run(&desk, &op_list, RC_OK, "{'drafts':true}");
	assert_int_equal(json_len(json_get_arr(out, "drafts")), 1);
	json_free(out);
	json_free(desk_run(&desk, &op_record, RC_OK,
			   "{'kind':'equipment_check','id':'%s','discard':true}", draft));
	out = desk_run(&desk, &op_list, RC_OK, "{'drafts':true}");
	assert_int_equal(json_len(json_get_arr(out, "drafts")), 0);
	json_free(out);
	free(draft);
}

static void test_bad_submit_stays_a_draft(void **state)
{
	struct json *out = desk_run(
	    &desk, &op_record, RC_OK,
	    "{'kind':'weekly_statement','submit':true,'fields':{'week':'2026-W40','car':'co'}}");
	char *id = id_of(out);

	(void)state;
	assert_false(saved(out));
	assert_string_equal(state_of(out), "draft");
	assert_true(names(out, "errors", "contact_name"));
	json_free(out);
	out = desk_run(&desk, &op_show, RC_OK, "{'id':'%s'}", id);
	assert_string_equal(json_get_str(out, "state"), "draft");
	json_free(out);
	json_free(desk_run(&desk, &op_record, RC_OK,
			   "{'kind':'weekly_statement','id':'%s','discard':true}", id));
	free(id);
}

#define WEEK                                                                 \
	"'declared_adequate':'co','car':'co','contact_name':'Trần Đức " \
	"Ân','contact_phone':'0900045101'"

static void test_statement_has_one_id_a_week(void **state)
{
	struct json *out;
	char *id;

	(void)state;
	out = desk_run(&desk, &op_record, RC_OK,
		       "{'kind':'weekly_statement','submit':true,'fields':{'week':'2026-W48'," WEEK
		       "}}");
	if (!saved(out))
		fail_msg("%s", json_print(out));
	id = id_of(out);
	assert_int_equal(id[14], '8'); /* a UUID made of scope and week (E23) */
	json_free(out);
	desk_run(&desk, &op_record, RC_EXISTS,
		 "{'kind':'weekly_statement','submit':true,'fields':{'week':'2026-W48'," WEEK "}}");
	assert_string_equal(desk.err.key, "submit.exists");
	out = desk_run(
	    &desk, &op_correct, RC_OK,
	    "{'id':'%s','reason':'Nhầm số điện thoại','fields':{'contact_phone':'0900045102'}}",
	    id);
	if (!saved(out))
		fail_msg("%s", json_print(out));
	assert_int_equal(json_get_str(first(out), "id")[14], '7');
	json_free(out);
	free(id);
}

/* ---- corrections ---- */

static char *submitted(void)
{
	char *draft = new_draft();
	struct json *out;

	line(draft, "may_in", "2");
	line(draft, "photocopy", "2");
	out = desk_run(
	    &desk, &op_record, RC_OK,
	    "{'kind':'equipment_check','id':'%s','submit':true,'fields':{'staff_present':'43'}}",
	    draft);
	if (!saved(out))
		fail_msg("%s", json_print(out));
	json_free(out);
	return draft;
}

static void test_correction_copies_and_changes(void **state)
{
	char *old = submitted(), *id;
	struct json *out, *show;
	const struct json *f;
	bool found = false;

	(void)state;
	out = desk_run(&desk, &op_correct, RC_OK,
		       "{'id':'%s','reason':'Đếm "
		       "lại','fields':{'staff_present':'44','may_in.qty_on_hand':'3','may_in.qty_"
		       "working':'3'}}",
		       old);
	if (!saved(out))
		fail_msg("%s", json_print(out));
	id = id_of(out);
	assert_string_not_equal(id, old);
	json_free(out);
	show = desk_run(&desk, &op_show, RC_OK, "{'id':'%s'}", id);
	f = json_get(show, "fields");
	assert_string_equal(json_get_str(json_get(f, "staff_present"), "text"), "44");
	assert_string_equal(json_get_str(json_get(f, "staff_approved"), "text"), "46");
	assert_string_equal(json_get_str(json_get(f, "reason"), "text"), "Đếm lại");
	assert_string_equal(json_get_str(json_get(f, "supersedes"), "value"), old);
	assert_int_equal(json_len(json_get_arr(show, "lines")), 2);
	for (const struct json *l = json_first(json_get_arr(show, "lines")); l; l = json_next(l))
		if (strcmp(json_get_str(json_get(json_get(l, "fields"), "equip_type"), "value"),
			   "may_in") == 0) {
			assert_string_equal(
			    json_get_str(json_get(json_get(l, "fields"), "qty_working"), "text"),
			    "3");
			found = true;
		}
	assert_true(found);
	json_free(show);
	desk_run(&desk, &op_correct, RC_CONFLICT,
		 "{'id':'%s','reason':'x','fields':{'staff_present':'45'}}", old);
	assert_string_equal(desk.err.key, "correct.superseded");
	show = desk_run(&desk, &op_show, RC_OK, "{'id':'%s'}", old);
	assert_string_equal(json_str(json_at(json_get_arr(show, "superseded_by"), 0)), id);
	json_free(show);
	free(old);
	free(id);
}

static void test_correction_is_checked(void **state)
{
	char *old = submitted(), *asset = new_asset("Xe máy");
	int64_t before = desk_entries(&desk);
	struct json *out;

	(void)state;
	out = desk_run(&desk, &op_correct, RC_OK,
		       "{'id':'%s','reason':'x','fields':{'staff_present':'-1'}}", old);
	assert_false(saved(out));
	assert_int_equal(desk_entries(&desk), before);
	json_free(out);
	desk_run(&desk, &op_correct, RC_INPUT, "{'id':'%s','reason':'x','fields':{'name':'y'}}",
		 asset);
	assert_string_equal(desk.err.key, "correct.not_check");
	desk_run(&desk, &op_correct, RC_USAGE, "{'id':'%s','fields':{'staff_present':'1'}}", old);
	free(old);
	free(asset);
}

/* ---- two values ---- */

/* What another PC wrote at the same time: it replaces only what this one began with. */
static void rival(const char *id, const char *field, const char *value)
{
	struct store_entity *e = NULL;
	struct json *set = json_object();
	struct author *a = NULL;
	struct err why = {0};

	assert_int_equal(store_entity_find(desk.agent.store, "asset", id, &e, &why), RC_OK);
	json_set_str(set, field, value);
	assert_int_equal(author_open(&desk.agent, NULL, NULL, &a, &why), RC_OK);
	assert_int_equal(author_set(a, e->scope, "asset", 1, e->id, set, span_of(NULL, 0), NULL, &why),
			 RC_OK);
	assert_int_equal(author_keep(a, &why), RC_OK);
	author_free(a);
	json_free(set);
	store_entity_free(e);
}

static void test_two_values_are_shown_and_decided(void **state)
{
	char *id = new_asset("Máy phát điện"), *text;
	struct json *out;
	const struct json *f;

	(void)state;
	rival(id, "condition", "hong");
	out = desk_run(&desk, &op_conflicts, RC_OK, "{'id':'%s'}", id);
	f = json_at(json_get_arr(json_at(json_get_arr(out, "conflicts"), 0), "fields"), 0);
	assert_string_equal(json_get_str(f, "field"), "condition");
	assert_int_equal(json_len(json_get_arr(f, "siblings")), 2);
	assert_int_equal(json_len(json_get_arr(f, "mine")), 2);
	text = desk_print(&desk, &op_conflicts, out);
	assert_non_null(strstr(text, "Hỏng"));
	assert_non_null(strstr(text, "Tốt"));
	assert_null(strstr(text, "hong"));
	free(text);
	json_free(out);
	out = desk_run(&desk, &op_list, RC_OK, "{'conflicts':true}");
	assert_int_equal(json_len(json_get_arr(out, "items")), 1);
	json_free(out);
	desk_run(&desk, &op_resolve, RC_USAGE, "{'id':'%s','fields':{'condition':'hong'}}", id);
	out = desk_run(&desk, &op_resolve, RC_OK,
		       "{'id':'%s','fields':{'condition':'hong'},'reason':'Đã thử máy'}", id);
	assert_string_equal(state_of(out), "sealed");
	json_free(out);
	out = desk_run(&desk, &op_conflicts, RC_OK, "{}");
	assert_int_equal(json_len(json_get_arr(out, "conflicts")), 0);
	json_free(out);
	assert_shown(id, "condition", "Hỏng");
	/* a decision can be taken back, though only one value stands now */
	json_free(desk_run(&desk, &op_resolve, RC_OK,
			   "{'id':'%s','fields':{'condition':'tot'},'reason':'Máy đã chạy lại'}",
			   id));
	assert_shown(id, "condition", "Tốt");
	out = desk_run(&desk, &op_history, RC_OK, "{'id':'%s','field':'condition'}", id);
	assert_int_equal(json_len(json_get_arr(out, "changes")), 4); /* nothing is lost */
	f = json_at(json_get_arr(out, "changes"), 2);
	assert_int_equal(json_len(json_get_arr(f, "old")), 2);
	assert_string_equal(json_get_str(f, "reason"), "Đã thử máy");
	json_free(out);
	free(id);
}

/* ---- search ---- */

static void test_search_folds(void **state)
{
	static const char *const words[] = {"'tram y te dong da'", "'TRẠM','Đống'", "'đống'",
					    "'dong da'"};
	struct json *out;

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		out = desk_run(&desk, &op_search, RC_OK, "{'words':[%s]}", words[i]);
		assert_int_equal(json_len(json_get_arr(out, "items")), 1);
		json_free(out);
	}
	out = desk_run(&desk, &op_search, RC_OK, "{'words':['không có gì như vậy']}");
	assert_int_equal(json_len(json_get_arr(out, "items")), 0);
	json_free(out);
	desk_run(&desk, &op_search, RC_NOTFOUND, "{'words':['a'],'kind':'nothing'}");
	desk_run(&desk, &op_show, RC_NOTFOUND, "{'id':'khong-co'}");
	desk_run(&desk, &op_history, RC_NOTFOUND, "{'id':'ffffffffffff'}");
}

/* What a ref names may be said as people say it. */
static void test_ref_by_name(void **state)
{
	char *id;
	struct json *out =
	    desk_run(&desk, &op_record, RC_OK,
		     "{'kind':'asset','fields':{" ASSET ",'facility_id':'tram y te Dong Da'}}",
		     "Giường");

	(void)state;
	if (!saved(out))
		fail_msg("%s", json_print(out));
	id = id_of(out);
	assert_shown(id, "facility_id", "Trạm Y tế Đống Đa");
	json_free(out);
	out =
	    desk_run(&desk, &op_record, RC_OK,
		     "{'kind':'asset','fields':{" ASSET ",'facility_id':'tram y te'}}", "Giường 2");
	assert_true(names(out, "errors", "facility_id")); /* not quite its name */
	json_free(out);
	free(id);
}

static void test_photo_is_stripped_and_kept(void **state)
{
	static const char png[] = "\x89PNG\r\n\x1a\n"
				  "\0\0\0\x04tEXtHoa.crc!"
				  "\0\0\0\0IENDcrc!";
	char *id = new_asset("Máy ảnh"), *path = NULL;
	uint8_t sha[32];
	struct json *out;
	const struct json *image;
	struct buf blob;

	(void)state;
	assert_int_equal(os_path_join(&path, desk.home, "Ảnh máy.png", NULL), RC_OK);
	assert_int_equal(os_file_write(path, span_of(png, sizeof(png) - 1), OS_NEW, NULL), RC_OK);
	json_free(desk_run(&desk, &op_record, RC_OK, "{'kind':'photo','parent':'%s','attach':'%s'}",
			   id, path));
	out = desk_run(&desk, &op_show, RC_OK, "{'id':'%s'}", id);
	image =
	    json_get(json_get(json_get(json_at(json_get_arr(out, "lines"), 0), "fields"), "image"),
		     "value");
	assert_string_equal(json_get_str(image, "type"), "image/png");
	assert_string_equal(json_get_str(image, "name"), "Ảnh máy.png");
	assert_true(codec_hex_32(span_str(json_get_str(image, "sha256")), sha));
	buf_init(&blob, LIMIT_BLOB);
	assert_int_equal(store_blob_get(desk.agent.store, sha, &blob, NULL), RC_OK);
	assert_int_equal(blob.len, sizeof(png) - 1 - 16);
	json_free(out);
	desk_run(&desk, &op_record, RC_INPUT, "{'kind':'asset','attach':'%s','fields':{}}", path);
	assert_string_equal(desk.err.key, "attach.no_field");
	buf_free(&blob);
	free(path);
	free(id);
}

/* A locked key: the PIN is asked for, and nothing is kept without it. */
static void test_pin(void **state)
{
	int64_t before = desk_entries(&desk);

	(void)state;
	keys_lock(desk.agent.keys);
	desk_run(&desk, &op_record, RC_USAGE, "{'kind':'asset','fields':{" ASSET "}}", "Ghế");
	assert_string_equal(desk.err.key, "op.secret_missing");
	assert_string_equal(err_arg(&desk.err, "name"), "pin");
	desk_run(&desk, &op_record, RC_DENIED,
		 "{'kind':'asset','pin':'000000','fields':{" ASSET "}}", "Ghế");
	assert_int_equal(desk_entries(&desk), before);
	json_free(desk_run(&desk, &op_record, RC_OK,
			   "{'kind':'asset','pin':'" DESK_PIN "','fields':{" ASSET "}}", "Ghế"));
	assert_int_equal(desk_entries(&desk), before + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_register_is_sealed_at_once),
	    cmocka_unit_test(test_errors_name_the_field_and_keep_nothing),
	    cmocka_unit_test(test_edit_writes_only_what_changed),
	    cmocka_unit_test(test_field_without_ground_is_emptied),
	    cmocka_unit_test(test_twins_are_pointed_out),
	    cmocka_unit_test(test_scope_is_filled_in),
	    cmocka_unit_test(test_all_or_none),
	    cmocka_unit_test(test_sessions_meet_in_one_line),
	    cmocka_unit_test(test_draft_grows_and_is_submitted),
	    cmocka_unit_test(test_draft_loses_a_line_and_goes),
	    cmocka_unit_test(test_bad_submit_stays_a_draft),
	    cmocka_unit_test(test_statement_has_one_id_a_week),
	    cmocka_unit_test(test_correction_copies_and_changes),
	    cmocka_unit_test(test_correction_is_checked),
	    cmocka_unit_test(test_two_values_are_shown_and_decided),
	    cmocka_unit_test(test_search_folds),
	    cmocka_unit_test(test_ref_by_name),
	    cmocka_unit_test(test_photo_is_stripped_and_kept),
	    cmocka_unit_test(test_pin),
	};

	return cmocka_run_group_tests(tests, open_desk, close_desk);
}
