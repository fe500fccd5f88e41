/*
 * agent_draft: a form filled in field by field, as a screen does it: what is asked for, what
 * applies, texts as people write them, what nobody can read, lines, an edit, a correction; and
 * the file a draft is, whose last whole line counts.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/attach.h"
#include "agent/draft.h"
#include "agent/ops.h"
#include "lib/os.h"
#include "tests/support/desk.h"

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

/* ---- what an answer says ---- */

static const char *part(const struct json *live, const char *field, const char *member)
{
	return json_get_str(json_get(json_get(live, "fields"), field), member);
}

static void says(const struct json *live, const char *field, const char *member, const char *want)
{
	const char *got = part(live, field, member);

	if (want ? !got || strcmp(got, want) != 0 : got != NULL)
		fail_msg("%s.%s is “%s”, not “%s”", field, member, got ? got : "(none)",
			 want ? want : "(none)");
}

static bool is(const struct json *live, const char *field, const char *member)
{
	bool v = false;

	json_get_bool(json_get(json_get(live, "fields"), field), member, &v);
	return v;
}

static int64_t number(const struct json *o, const char *name)
{
	int64_t v = -1;

	json_get_int(o, name, &v);
	return v;
}

static bool ready(const struct json *live)
{
	bool v = false;

	assert_true(json_get_bool(live, "ready", &v));
	return v;
}

/* A new draft's id, the caller's. */
static char *begin(const char *body)
{
	struct json *live = desk_run(&desk, &op_draft_new, RC_OK, "%s", body);
	char *id = span_dup(span_str(json_get_str(live, "id")));

	json_free(live);
	return id;
}

static struct json *set(const char *id, const char *more)
{
	return desk_run(&desk, &op_draft_set, RC_OK, "{'id':'%s',%s}", id, more);
}

static void set_only(const char *id, const char *more)
{
	json_free(set(id, more));
}

static struct json *submit(const char *id)
{
	return desk_run(&desk, &op_submit, RC_OK, "{'id':'%s'}", id);
}

static const char *state_of(const struct json *out)
{
	return json_get_str(json_at(json_get_arr(out, "records"), 0), "state");
}

static char *id_of(const struct json *out)
{
	return span_dup(
	    span_str(json_get_str(json_at(json_get_arr(out, "records"), 0), "id")));
}

/* ---- tests ---- */

static void test_form_for_drawing(void **state)
{
	struct json *o = desk_run(&desk, &op_form, RC_OK, "{'kind':'equipment_check'}");
	const struct json *sections = json_get_arr(o, "sections");
	const struct json *first = json_first(json_get(json_at(sections, 0), "fields"));

	(void)state;
	assert_int_equal(json_len(sections), 3);
	assert_string_equal(json_get_str(json_get(json_at(sections, 1), "label"), "vi"), "Biên chế");
	assert_string_equal(json_get_str(first, "name"), "checked_at");
	assert_string_equal(json_get_str(first, "by"), "once");
	assert_int_equal(json_len(json_get_arr(o, "children")), 2);
	assert_int_equal(number(json_at(json_get_arr(o, "children"), 0), "min"), 1);
	json_free(o);
	o = desk_run(&desk, &op_form, RC_OK, "{}");
	assert_int_equal(json_len(json_get_arr(o, "forms")), 10);
	json_free(o);
	json_free(desk_run(&desk, &op_form, RC_NOTFOUND, "{'kind':'asset','version':7}"));
	assert_string_equal(desk.err.key, "form.no_version");
}

static void test_conditional_and_required(void **state)
{
	char *id = begin("{'kind':'weekly_statement'}");
	struct json *live = set(id, "'fields':{'declared_adequate':'co','week':'2026-W47'}");

	(void)state;
	assert_false(is(live, "missing", "applies"));
	assert_true(is(live, "contact_name", "required"));
	assert_non_null(part(live, "contact_name", "missing"));
	says(live, "contact_name", "error", NULL); /* asked for, not yet wrong */
	says(live, "declared_adequate", "text", "Đã đủ");
	assert_false(ready(live));
	json_free(live);
	live = set(id, "'fields':{'declared_adequate':'chua'}");
	assert_true(is(live, "missing", "applies"));
	assert_true(is(live, "missing", "required"));
	json_free(live);
	set_only(id, "'fields':{'missing':['may_in']}");
	live = set(id, "'fields':{'declared_adequate':'co'}"); /* its ground goes, so it is emptied */
	assert_false(is(live, "missing", "applies"));
	says(live, "missing", "text", NULL);
	assert_int_equal(json_len(json_get_arr(live, "emptied")), 1);
	json_free(live);
	free(id);
}

static void test_texts_and_unreadable(void **state)
{
	int64_t before = desk_entries(&desk);
	char *id = begin("{'kind':'asset','fields':{'name':'Máy  in'}}");
	struct json *live =
	    set(id, "'fields':{'cost_budget':'1234567','quantity':'12a','use_date':'3/2/2024'},"
		    "'focus':'use_date'");

	(void)state;
	says(live, "name", "text", "Máy in");
	says(live, "cost_budget", "text", "1.234.567");
	says(live, "original_cost", "text", "1.234.567"); /* computed */
	says(live, "use_date", "text", "03/02/2024");
	says(live, "quantity", "typed", "12a");
	assert_non_null(part(live, "quantity", "error"));
	assert_string_equal(json_get_str(live, "focus"), "use_date");
	json_free(live);
	/* what could not be read blocks sealing, and is still there */
	live = submit(id);
	assert_string_equal(state_of(live), "draft");
	json_free(live);
	assert_int_equal(desk_entries(&desk), before);
	live = desk_run(&desk, &op_draft_show, RC_OK, "{'id':'%s'}", id);
	says(live, "quantity", "typed", "12a");
	json_free(live);
	live = set(id, "'fields':{'quantity':'12'}");
	says(live, "quantity", "typed", NULL);
	says(live, "quantity", "text", "12");
	json_free(live);
	json_free(desk_run(&desk, &op_draft_set, RC_INPUT, "{'id':'%s','fields':{'nowhere':'1'}}", id));
	assert_string_equal(desk.err.key, "form.no_field");
	free(id);
}

/* The file of a draft: `text` behind what is there, or alone. */
static void spoil(const char *id, const char *how, const char *text)
{
	char path[1024];
	FILE *f;

	snprintf(path, sizeof(path), "%s/drafts/%s.json", store_home(desk.agent.store), id);
	f = fopen(path, how);
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void drop(const char *id)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/drafts/%s.json", store_home(desk.agent.store), id);
	assert_int_equal(remove(path), 0);
}

static size_t damaged(void)
{
	struct json *all = desk_run(&desk, &op_list, RC_OK, "{'drafts':true}");
	size_t n = json_len(json_get_arr(all, "drafts_damaged"));

	json_free(all);
	return n;
}

static void test_damaged_is_in_nobodys_way(void **state)
{
	char *torn = begin("{'kind':'asset','fields':{'name':'Máy quét'}}"),
	     *lost = begin("{'kind':'asset','fields':{'name':'Máy chiếu'}}");
	struct json *live;

	(void)state;
	spoil(torn, "a", "{\"id\":\n\xff\xfe\n{\"id\":\"tor");
	live = desk_run(&desk, &op_draft_show, RC_OK, "{'id':'%s'}", torn);
	says(live, "name", "text", "Máy quét"); /* the newest line that can be read */
	json_free(live);
	assert_int_equal(damaged(), 0);
	spoil(lost, "w", "\n\n{]\n");
	assert_int_equal(damaged(), 1);
	json_free(desk_run(&desk, &op_draft_show, RC_CORRUPT, "{'id':'%s'}", lost));
	live = desk_run(&desk, &op_draft_show, RC_OK, "{'id':'%.30s'}", torn); /* all are looked through */
	json_free(live);
	json_free(desk_run(&desk, &op_draft_remove, RC_OK, "{'id':'%s'}", torn));
	json_free(desk_run(&desk, &op_draft_remove, RC_CORRUPT, "{'id':'%s'}", lost)); /* whoever can read it may want it */
	spoil(lost, "w", "{}\n");
	assert_int_equal(damaged(), 1);
	drop(lost);
	assert_int_equal(damaged(), 0);
	free(torn);
	free(lost);
}

#define ASSET                                                                                  \
	"'name':'Máy in A4','class':'may_moc_thiet_bi','unit_code':'0045101','uom':'cai',"     \
	"'quantity':'1','use_year':'2024','value_basis':'so_ke_toan','condition':'tot',"       \
	"'use_state':'dung_muc_dich'"

/* A new record of a register by way of a draft; then a change of it. */
static void test_register(void **state)
{
	int64_t before = desk_entries(&desk);
	char *draft = begin("{'kind':'asset','fields':{" ASSET ",'serial':'SN 7'}}"), *id, *edit;
	struct json *live = desk_run(&desk, &op_draft_show, RC_OK, "{'id':'%s'}", draft), *out;

	(void)state;
	assert_true(ready(live));
	assert_int_equal(json_len(json_get_arr(live, "twins")), 0);
	json_free(live);
	out = submit(draft);
	assert_string_equal(state_of(out), "sealed");
	id = id_of(out);
	assert_string_equal(id, draft); /* sealed under the draft's own id */
	json_free(out);
	assert_int_equal(desk_entries(&desk), before + 1);
	json_free(desk_run(&desk, &op_draft_show, RC_NOTFOUND, "{'id':'%s'}", draft));
	desk_sync(&desk);

	out = desk_run(&desk, &op_draft_new, RC_OK, "{'edits':'%s'}", id);
	edit = span_dup(span_str(json_get_str(out, "id")));
	assert_false(ready(out)); /* nothing is changed yet */
	json_free(out);
	live = set(edit, "'fields':{'condition':'hong','name':'Máy in A4'}");
	says(live, "condition", "old", "Tốt");
	says(live, "condition", "text", "Hỏng");
	says(live, "name", "old", NULL);
	assert_int_equal(number(live, "nchange"), 1);
	assert_false(ready(live)); /* why? */
	json_free(live);
	live = set(edit, "'reason':'Hỏng trục kéo giấy'");
	assert_true(ready(live));
	json_free(live);
	out = submit(edit);
	assert_string_equal(state_of(out), "sealed");
	json_free(out);
	out = desk_run(&desk, &op_show, RC_OK, "{'id':'%s'}", id);
	says(out, "condition", "text", "Hỏng");
	says(out, "serial", "text", "SN 7");
	json_free(out);
	free(draft);
	/* the same serial number again: told before it is sealed, with the record that has it */
	draft = begin("{'kind':'asset','fields':{" ASSET ",'serial':'sn 7'}}");
	live = desk_run(&desk, &op_draft_show, RC_OK, "{'id':'%s'}", draft);
	assert_string_equal(json_get_str(json_at(json_get_arr(live, "twins"), 0), "twin"), id);
	json_free(live);
	json_free(desk_run(&desk, &op_draft_remove, RC_OK, "{'id':'%s'}", draft));
	free(id);
	free(draft);
	free(edit);
}

/* A value set back is no change; one that empties a field is. */
static void test_edit_back(void **state)
{
	char *draft = begin("{'kind':'asset','fields':{" ASSET ",'location':'Phòng 1'}}"), *edit;
	struct json *out = submit(draft), *live;
	char *id = id_of(out);

	(void)state;
	json_free(out);
	out = desk_run(&desk, &op_draft_new, RC_OK, "{'edits':'%s','fields':{'location':'Phòng 2'}}", id);
	edit = span_dup(span_str(json_get_str(out, "id")));
	assert_int_equal(number(out, "nchange"), 1);
	json_free(out);
	live = set(edit, "'fields':{'location':'Phòng 1'}");
	assert_int_equal(number(live, "nchange"), 0);
	json_free(live);
	live = set(edit, "'fields':{'location':''}");
	assert_int_equal(number(live, "nchange"), 1);
	says(live, "location", "old", "Phòng 1");
	says(live, "location", "text", NULL);
	json_free(live);
	json_free(submit(edit));
	out = desk_run(&desk, &op_show, RC_OK, "{'id':'%s'}", id);
	says(out, "location", "text", "");
	json_free(out);
	free(id);
	free(draft);
	free(edit);
}

#define CHECK "'kind':'equipment_check','fields':{'staff_approved':'31','staff_present':'30'}"

static int64_t add_line(const char *id, const char *fields)
{
	struct json *live =
	    desk_run(&desk, &op_draft_set, RC_OK,
		     "{'id':'%s','add':'equipment_line','fields':{%s}}", id, fields);
	int64_t no = number(live, "line");

	json_free(live);
	return no;
}

/* Lines by number; their computed values; a correction shows what it changes. */
static void test_lines_and_correction(void **state)
{
	char *id = begin("{" CHECK "}"), *fixed, *sealed;
	struct json *live, *out;
	const struct json *line;
	int64_t one, two;

	(void)state;
	one = add_line(id, "'equip_type':'may_in','qty_on_hand':'4','qty_working':'3'");
	two = add_line(id, "'equip_type':'may_in'");
	assert_int_equal(one, 1);
	assert_int_equal(two, 2);
	live = set(id, "'line':1,'fields':{'qty_broken':'1','qty_needed':'5','quality':'dap_ung'}");
	line = json_at(json_get_arr(live, "lines"), 0);
	says(line, "norm_max", "text", "11");
	says(line, "shortfall", "text", "2");
	assert_int_equal(json_len(json_get_arr(line, "errors")), 0);
	assert_true(json_len(json_get_arr(live, "errors")) > 0); /* two lines of one kind */
	json_free(live);
	live = desk_run(&desk, &op_draft_remove, RC_OK, "{'id':'%s','line':2}", id);
	assert_int_equal(json_len(json_get_arr(live, "lines")), 1);
	assert_int_equal(number(live, "ntodo") + number(live, "nerror"), 0);
	assert_true(ready(live));
	json_free(live);
	json_free(desk_run(&desk, &op_draft_set, RC_NOTFOUND, "{'id':'%s','line':9}", id));
	out = submit(id);
	assert_string_equal(state_of(out), "submitted");
	sealed = id_of(out);
	json_free(out);

	out = desk_run(&desk, &op_draft_new, RC_OK, "{'corrects':'%s'}", sealed);
	fixed = span_dup(span_str(json_get_str(out, "id")));
	assert_string_equal(json_get_str(out, "corrects"), sealed);
	assert_int_equal(json_len(json_get_arr(out, "lines")), 1);
	assert_non_null(part(out, "reason", "missing"));
	json_free(out);
	json_free(set(fixed, "'fields':{'staff_present':'28'}"));
	out = desk_run(&desk, &op_draft_new, RC_OK, "{'corrects':'%s'}", sealed);
	assert_string_equal(json_get_str(out, "id"), fixed); /* what was begun goes on */
	says(out, "staff_present", "text", "28");
	json_free(out);
	json_free(set(fixed, "'fields':{'staff_present':'30'}"));
	assert_int_equal(number(out = set(fixed, "'line':1,'fields':{'qty_needed':'6'}"), "nchange"), 2);
	says(json_at(json_get_arr(out, "lines"), 0), "qty_needed", "old", "5");
	says(json_at(json_get_arr(out, "lines"), 0), "qty_working", "old", NULL);
	json_free(out);
	live = set(fixed, "'fields':{'staff_present':'29','reason':'Đếm nhầm một người'}");
	says(live, "staff_present", "old", "30");
	json_free(live);
	/* a line more, and one taken away: both are changes */
	assert_int_equal(add_line(fixed, "'equip_type':'ups','qty_on_hand':'1','qty_working':'1','qty_broken':'0',"
					 "'qty_needed':'1','quality':'dap_ung'"), 2);
	live = desk_run(&desk, &op_draft_remove, RC_OK, "{'id':'%s','line':1}", fixed);
	assert_non_null(json_get(json_at(json_get_arr(live, "lines"), 0), "added"));
	assert_string_equal(json_str(json_at(json_get_arr(live, "gone"), 0)), "Dòng thiết bị: Máy in");
	assert_true(ready(live));
	json_free(live);
	json_free(desk_run(&desk, &op_draft_new, RC_CONFLICT, "{'edits':'%s'}", sealed));
	out = submit(fixed);
	assert_string_equal(state_of(out), "submitted");
	json_free(out);
	json_free(desk_run(&desk, &op_draft_new, RC_CONFLICT, "{'corrects':'%s'}", sealed));
	assert_string_equal(desk.err.key, "correct.superseded");
	free(id);
	free(fixed);
	free(sealed);
}

/* A newer form comes while one is being filled in: the draft stays what it was. */
static void test_newer_form(void **state)
{
	const struct form_set *forms = store_forms(desk.agent.store);
	char *id = begin("{'kind':'weekly_statement','fields':{'week':'2026-W46'}}"), *text;
	struct json *next = json_copy(form_set_get(forms, "weekly_statement", 1)->json), *live;
	struct form *f = NULL;
	struct err e;

	(void)state;
	json_set_int(next, "version", 2);
	text = json_print(next);
	assert_int_equal(form_parse(span_str(text), &f, &e), RC_OK);
	assert_int_equal(form_set_add((struct form_set *)(uintptr_t)forms, f, FORM_PUBLISHED, &e), RC_OK);
	live = set(id, "'fields':{'car':'co'}");
	assert_int_equal(number(live, "version"), 1);
	assert_int_equal(number(live, "newest"), 2);
	json_free(live);
	live = desk_run(&desk, &op_draft_new, RC_OK, "{'kind':'weekly_statement'}");
	assert_int_equal(number(live, "version"), 2);
	json_free(live);
	live = desk_run(&desk, &op_form, RC_OK, "{'kind':'weekly_statement','version':1}");
	assert_int_equal(number(live, "version"), 1);
	json_free(live);
	json_free(next);
	free(text);
	free(id);
}

/* A file kept here becomes a value by its hash; one that is not here is told, and nothing is lost. */
static void test_photo(void **state)
{
	static const char unknown[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	char *id = begin("{" CHECK "}"), *sealed;
	struct json *ref = NULL, *live, *out;
	struct err e;

	(void)state;
	assert_int_equal(attach_bytes(&desk.agent, span_str("%PDF-1.4\n"), "biên bản.pdf", &ref, &e), RC_OK);
	live = desk_run(&desk, &op_draft_set, RC_OK,
			"{'id':'%s','add':'photo','fields':{'image':'%s ảnh 1.pdf','caption':'Máy hỏng'}}", id,
			json_get_str(ref, "sha256"));
	says(json_at(json_get_arr(live, "lines"), 0), "image", "text", "ảnh 1.pdf");
	assert_int_equal(number(json_get(json_get(json_get(json_at(json_get_arr(live, "lines"), 0), "fields"),
						  "image"), "value"), "size"), 9);
	json_free(live);
	live = desk_run(&desk, &op_draft_set, RC_OK, "{'id':'%s','add':'photo','fields':{'image':'%s'}}", id,
			unknown);
	says(json_at(json_get_arr(live, "lines"), 1), "image", "typed", unknown);
	json_free(live);
	json_free(desk_run(&desk, &op_draft_remove, RC_OK, "{'id':'%s','line':2}", id));
	add_line(id, "'equip_type':'may_in','qty_on_hand':'4','qty_working':'4','qty_broken':'0',"
		     "'qty_needed':'4','quality':'dap_ung'");
	out = submit(id);
	assert_string_equal(state_of(out), "submitted");
	sealed = id_of(out);
	json_free(out);
	desk_sync(&desk);
	out = desk_run(&desk, &op_verify_record, RC_OK, "{'id':'%s'}", sealed);
	assert_int_equal(number(out, "entries"), 3); /* the check, its line, its photo */
	assert_int_equal(number(out, "signatures"), 3);
	assert_int_equal(number(out, "receipts"), 3);
	assert_int_equal(number(out, "failed"), 0);
	assert_int_equal(json_len(json_get_arr(out, "numbers")), 1);
	json_free(out);
	json_free(ref);
	free(sealed);
	free(id);
}

/* A photo of one line: added to it, shown and gone with it, sealed under it, copied by a correction. */
static void test_photo_of_a_line(void **state)
{
	char *id = begin("{" CHECK "}"), *sealed, *fixed;
	struct json *ref = NULL, *live, *out;
	const struct json *lines;
	struct err e;

	(void)state;
	assert_int_equal(attach_bytes(&desk.agent, span_str("%PDF-1.4 x\n"), "máy in.pdf", &ref, &e), RC_OK);
	add_line(id, "'equip_type':'may_in','qty_on_hand':'4','qty_working':'3','qty_broken':'1',"
		     "'qty_needed':'4','quality':'dap_ung'");
	add_line(id, "'equip_type':'ups','qty_on_hand':'1','qty_working':'1','qty_broken':'0',"
		     "'qty_needed':'1','quality':'dap_ung'");
	for (int line = 1; line <= 2; line++)
		json_free(desk_run(&desk, &op_draft_set, RC_OK,
				   "{'id':'%s','line':%d,'add':'photo','fields':{'image':'%s máy.pdf'}}", id, line,
				   json_get_str(ref, "sha256")));
	json_free(desk_run(&desk, &op_draft_set, RC_INPUT, "{'id':'%s','line':3,'add':'photo'}", id));
	assert_string_equal(desk.err.key, "record.no_child"); /* a photo has none */
	json_free(desk_run(&desk, &op_draft_set, RC_NOTFOUND, "{'id':'%s','line':9,'add':'photo'}", id));
	live = desk_run(&desk, &op_draft_remove, RC_OK, "{'id':'%s','line':2}", id);
	lines = json_get_arr(live, "lines");
	assert_int_equal(json_len(lines), 2); /* the other line, and its photo after it */
	assert_int_equal(number(json_at(lines, 1), "of"), 1);
	says(json_at(lines, 1), "image", "text", "máy.pdf");
	assert_true(ready(live));
	json_free(live);
	out = submit(id);
	assert_string_equal(state_of(out), "submitted");
	assert_int_equal(number(json_at(json_get_arr(out, "records"), 0), "lines"), 2);
	sealed = id_of(out);
	json_free(out);
	out = desk_run(&desk, &op_show, RC_OK, "{'id':'%s'}", sealed);
	lines = json_get_arr(out, "lines");
	assert_int_equal(json_len(lines), 2);
	assert_string_equal(json_get_str(json_at(lines, 0), "kind"), "photo");
	assert_string_equal(json_get_str(json_at(lines, 0), "of"), json_get_str(json_at(lines, 1), "id"));
	json_free(out);
	out = desk_run(&desk, &op_verify_record, RC_OK, "{'id':'%s'}", sealed);
	assert_int_equal(number(out, "signatures"), 3); /* the check, its line, that line's photo */
	json_free(out);
	live = desk_run(&desk, &op_draft_new, RC_OK, "{'corrects':'%s'}", sealed);
	fixed = span_dup(span_str(json_get_str(live, "id")));
	lines = json_get_arr(live, "lines");
	assert_int_equal(json_len(lines), 2);
	assert_int_equal(number(json_at(lines, 1), "of"), 1);
	assert_null(json_get(json_at(lines, 1), "added"));
	assert_null(json_get(json_at(lines, 0), "added"));
	json_free(live);
	live = desk_run(&desk, &op_draft_remove, RC_OK, "{'id':'%s','line':2}", fixed);
	assert_int_equal(json_len(json_get_arr(live, "gone")), 1);
	json_free(live);
	json_free(ref);
	free(fixed);
	free(sealed);
	free(id);
}

/* So many more photos of its line `of` into a draft, as they would come one by one. */
static void add_photos(struct json *draft, int64_t of, int n)
{
	struct json *all = json_get_arr(draft, "children");
	const struct json *first = json_at(all, 1);

	for (int i = 0; i < n; i++) {
		struct json *part = json_copy(first);

		json_set_int(part, "no", (int64_t)json_len(all) + 1);
		json_set_int(part, "of", of);
		json_append(all, part);
	}
}

/* Twelve lines, each with twenty photos. */
static void fill_up(struct json *draft)
{
	static const char *const types[] = {"ups",    "may_scan", "da_nang", "may_huy",   "wifi",   "switch",
					    "camera", "kiosk",    "o_to",    "am_thanh", "dieu_hoa"};
	struct json *all = json_get_arr(draft, "children");

	add_photos(draft, 1, 19);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct json *line = json_copy(json_at(all, 0));
		int64_t no = (int64_t)json_len(all) + 1;

		json_set_int(line, "no", no);
		json_set_str(json_get_obj(line, "fields"), "equip_type", types[i]);
		json_append(all, line);
		add_photos(draft, no, 20);
	}
}

/* A submission names at most 256 parts: one more is refused, and where it came in otherwise nothing is ready. */
static void test_full(void **state)
{
	char *id = begin("{" CHECK "}"), *words;
	struct json *ref = NULL, *live, *out, *draft = NULL, *part;
	struct err e;

	(void)state;
	assert_int_equal(attach_bytes(&desk.agent, span_str("%PDF-1.4 y\n"), "máy in.pdf", &ref, &e), RC_OK);
	add_line(id, "'equip_type':'may_in','qty_on_hand':'1','qty_working':'1','qty_broken':'0',"
		     "'qty_needed':'1','quality':'dap_ung'");
	json_free(desk_run(&desk, &op_draft_set, RC_OK, "{'id':'%s','line':1,'add':'photo','fields':{'image':'%s a.pdf'}}",
			   id, json_get_str(ref, "sha256")));
	assert_int_equal(draft_find(&desk.agent, NULL, id, &draft, &e), RC_OK);
	fill_up(draft); /* 12 lines, 240 photos */
	assert_int_equal(draft_keep(&desk.agent, draft, &e), RC_OK);
	json_free(draft);
	for (int i = 0; i < 4; i++)
		json_free(desk_run(&desk, &op_draft_set, RC_OK,
				   "{'id':'%s','add':'photo','fields':{'image':'%s a.pdf'}}", id,
				   json_get_str(ref, "sha256")));
	live = desk_run(&desk, &op_draft_show, RC_OK, "{'id':'%s'}", id);
	assert_int_equal(json_len(json_get_arr(live, "lines")), 256);
	assert_true(ready(live));
	json_free(live);
	json_free(desk_run(&desk, &op_draft_set, RC_LIMIT, "{'id':'%s','add':'photo'}", id));
	assert_string_equal(desk.err.key, "draft.full");
	json_free(desk_run(&desk, &op_draft_set, RC_LIMIT, "{'id':'%s','line':1,'add':'photo'}", id));
	/* one more, as a draft kept by an older program may have it */
	assert_int_equal(draft_find(&desk.agent, NULL, id, &draft, &e), RC_OK);
	part = json_copy(json_at(json_get_arr(draft, "children"), 255));
	json_set_int(part, "no", 257);
	json_append(json_get_arr(draft, "children"), part);
	assert_int_equal(draft_keep(&desk.agent, draft, &e), RC_OK);
	live = desk_run(&desk, &op_draft_show, RC_OK, "{'id':'%s'}", id);
	assert_false(ready(live));
	words = span_dup(span_str(json_str(json_at(json_get_arr(live, "errors"), 0))));
	assert_string_equal(words, "Có 257 dòng và ảnh, nhiều nhất là 256: hãy bỏ bớt 1 ảnh hoặc dòng.");
	json_free(live);
	out = desk_run(&desk, &op_submit, RC_OK, "{'id':'%s'}", id);
	assert_string_equal(state_of(out), "draft"); /* refused, and nothing is lost */
	assert_string_equal(json_get_str(json_at(json_get_arr(json_at(json_get_arr(out, "records"), 0), "errors"), 0),
					 "text"), words);
	json_free(out);
	json_free(desk_run(&desk, &op_draft_remove, RC_OK, "{'id':'%s','line':257}", id));
	out = submit(id);
	assert_string_equal(state_of(out), "submitted");
	assert_int_equal(number(json_at(json_get_arr(out, "records"), 0), "lines"), 256);
	json_free(out);
	json_free(draft);
	json_free(ref);
	free(words);
	free(id);
}

/* What a power cut leaves behind the last whole line does not count, and does no harm. */
static void test_torn_line(void **state)
{
	char *id = begin("{'kind':'weekly_statement','fields':{'contact_name':'Trần Đức Ân'}}");
	char *dir = NULL, *path = NULL, name[64];
	struct os_file *f = NULL;
	struct json *live;
	struct err e;

	(void)state;
	set_only(id, "'fields':{'car':'co'},'focus':'car'");
	snprintf(name, sizeof(name), "%s.json", id);
	assert_int_equal(os_path_join(&dir, desk.home, "drafts", &e), RC_OK);
	assert_int_equal(os_path_join(&path, dir, name, &e), RC_OK);
	assert_int_equal(os_file_open(&f, path, OS_APPEND, &e), RC_OK);
	assert_int_equal(os_file_append(f, span_str("{\"kind\":\"weekly_st"), &e), RC_OK);
	os_file_close(f);
	live = desk_run(&desk, &op_draft_show, RC_OK, "{'id':'%s'}", id);
	says(live, "car", "text", "Đã có");
	json_free(live);
	set_only(id, "'fields':{'contact_phone':'0900045101'}"); /* begins the file anew */
	live = desk_run(&desk, &op_draft_show, RC_OK, "{'id':'%s'}", id);
	says(live, "contact_name", "text", "Trần Đức Ân");
	says(live, "contact_phone", "text", "0900045101");
	assert_string_equal(json_get_str(live, "focus"), "car");
	json_free(live);
	free(dir);
	free(path);
	free(id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_form_for_drawing),   cmocka_unit_test(test_conditional_and_required),
	    cmocka_unit_test(test_texts_and_unreadable),
	    cmocka_unit_test(test_damaged_is_in_nobodys_way), cmocka_unit_test(test_register),
	    cmocka_unit_test(test_edit_back),          cmocka_unit_test(test_lines_and_correction),
	    cmocka_unit_test(test_photo),              cmocka_unit_test(test_photo_of_a_line),
	    cmocka_unit_test(test_full),               cmocka_unit_test(test_torn_line),
	    cmocka_unit_test(test_newer_form),
	};

	return cmocka_run_group_tests(tests, open_desk, close_desk);
}
