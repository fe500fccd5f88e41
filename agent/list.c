/*
 * list: records and drafts as lists. Reads only.
 */
#include "agent/list.h"

#include <stdlib.h>
#include <string.h>

#include "agent/draft.h"
#include "agent/home.h"
#include "agent/look.h"
#include "agent/print.h"
#include "agent/record.h"
#include "lib/codec.h"
#include "lib/limits.h"

struct listing {
	struct look *look;
	struct json *items;
};

static const char *label_of(struct look *l, const struct form *f, const char *kind)
{
	const char *label = f ? form_say(f->label, lang_name(l->lang)) : NULL;

	return label ? label : kind;
}

static void put_id(struct json *o, const uint8_t id[16])
{
	char uuid[CODEC_UUID_LEN + 1], end[LOOK_SHORT];

	codec_uuid(id, uuid);
	look_short(id, end);
	json_set_str(o, "id", uuid);
	json_set_str(o, "short", end);
}

/* The other records of a linked one; a tree that cannot be made is left out. */
static struct json *members(struct listing *l, const struct store_item *item)
{
	struct json *all = NULL;

	return look_members(l->look, item->links, item->node, NULL, &all, NULL) == RC_OK
		   ? all
		   : json_array();
}

static bool take(void *arg, const struct look_item *x)
{
	struct listing *l = arg;
	struct json *o = json_object();
	struct buf title;

	buf_init(&title, LIMIT_VIEW_TEXT);
	look_title(l->look, x->form, x->state, &title);
	put_id(o, x->id);
	json_set_str(o, "kind", x->kind);
	json_set_str(o, "kind_label", label_of(l->look, x->form, x->kind));
	json_set_str(o, "title", title.p ? (const char *)title.p : "");
	if (merge_fields(x->state) == 0) { /* all its entries are held back (A10) */
		json_set_str(o, "title", lang_text(l->look->lang, "list.held"));
		json_set_bool(o, "held", true);
	}
	json_set_str(o, "scope", x->scope);
	json_set_int(o, "conflicts", x->item->conflicts);
	json_set_int(o, "unsent", x->item->unsent);
	json_set_int(o, "changed_at", x->item->changed_at);
	if (x->item->links)
		json_set(o, "members", members(l, x->item));
	json_append(l->items, o);
	buf_free(&title);
	return true;
}

/* ---- drafts ---- */

static void put_draft(struct record_batch *b, const struct json *d, struct json *all)
{
	const struct form *f =
	    form_set_newest(store_forms(b->agent->store), json_get_str(d, "kind"));
	struct json *o = json_object();
	uint8_t id[16] = {0};
	int64_t at = 0;

	codec_uuid_dec(span_str(json_get_str(d, "id")), id);
	json_get_int(d, "saved_at", &at);
	put_id(o, id);
	json_set_str(o, "kind", json_get_str(d, "kind"));
	json_set_str(o, "kind_label", label_of(&b->look, f, json_get_str(d, "kind")));
	if (f)
		record_name(b, o, f, id, json_get(d, "fields"));
	json_set_int(o, "saved_at", at);
	json_set_int(o, "lines", (int64_t)json_len(json_get_arr(d, "children")));
	json_append(all, o);
}

static enum rc add_drafts(const struct op_call *call, const char *kind, struct json *out,
			  struct err *reterr)
{
	struct agent *agent = call->app;
	struct json *drafts = NULL, *all = json_array(), *damaged = json_array();
	struct record_batch b;
	enum rc rc = record_begin(&b, call, NULL, reterr);

	if (rc == RC_OK)
		rc = draft_list(agent, &drafts, damaged, reterr);
	for (const struct json *d = json_first(drafts); rc == RC_OK && d; d = json_next(d))
		if (!kind || strcmp(kind, print_str(d, "kind")) == 0)
			put_draft(&b, d, all);
	json_set(out, "drafts", all);
	if (json_len(damaged) > 0)
		json_set(out, "drafts_damaged", damaged);
	else
		json_free(damaged);
	json_free(drafts);
	record_end(&b);
	return rc;
}

/* ---- run ---- */

static enum rc filter_of(struct agent *agent, const struct json *in, struct store_filter *f,
			 char parent[CODEC_UUID_LEN + 1], struct err *reterr)
{
	const char *kind = json_get_str(in, "kind"), *up = json_get_str(in, "parent");
	struct store_entity *e = NULL;
	const struct form *form = NULL;
	enum rc rc = RC_OK;

	f->limit = LIST_LIMIT;
	json_get_int(in, "limit", &f->limit);
	json_get_int(in, "offset", &f->offset);
	json_get_bool(in, "conflicts", &f->conflicts);
	json_get_bool(in, "unsent", &f->unsent);
	if (kind) {
		rc = look_form(agent, kind, &form, reterr);
		if (rc == RC_OK)
			f->kind = form->name;
	}
	if (rc == RC_OK && up) {
		rc = look_find(agent, NULL, up, &e, reterr);
		if (rc == RC_OK) {
			codec_uuid(e->id, parent);
			f->parent = parent;
		}
		store_entity_free(e);
	}
	return rc;
}

/* Of a PC with several communes (K14): {code: name}, so that each record can be told by its own. */
static enum rc add_units(struct agent *agent, struct json *out, struct err *reterr)
{
	struct keyring_scopes s = {0};
	struct json *units = json_object();
	char unit[HOME_NAME];
	struct err why;
	enum rc rc = home_scopes(agent, &s, &why);

	if (rc != RC_OK && rc != RC_NOTFOUND && reterr)
		*reterr = why;
	if (rc == RC_NOTFOUND)
		rc = RC_OK;
	for (size_t i = 0; rc == RC_OK && s.n > 1 && i < s.n; i++) {
		rc = home_unit(agent, s.scope[i], unit, reterr);
		json_set_str(units, s.scope[i], unit[0] ? unit : s.scope[i]);
	}
	if (rc == RC_OK && json_len(units) > 0)
		json_set(out, "units", units);
	else
		json_free(units);
	keyring_scopes_free(&s);
	return rc;
}

static bool count_take(void *arg, const struct store_item *item)
{
	(void)arg, (void)item;
	return false;
}

enum rc list_run(const struct op_call *call, const struct json *in, const char *text,
		 struct json **ret, struct err *reterr)
{
	struct agent *agent = call->app;
	char parent[CODEC_UUID_LEN + 1];
	struct store_filter f = {.text = text, .things = true};
	struct listing l = {.items = json_array()};
	struct json *out = json_object();
	bool drafts_only = false;
	struct look look;
	int64_t total = 0;
	enum rc rc = look_open(&look, call, reterr);

	l.look = &look;
	json_get_bool(in, "drafts", &drafts_only);
	if (rc == RC_OK)
		rc = filter_of(agent, in, &f, parent, reterr);
	if (rc == RC_OK && !drafts_only)
		rc = look_each(agent, &f, take, &l, reterr);
	if (rc == RC_OK && !drafts_only)
		rc = store_list(agent->store, &f, count_take, NULL, &total, reterr);
	json_set(out, "items", l.items);
	json_set_int(out, "total", total);
	json_set_int(out, "offset", f.offset);
	if (rc == RC_OK)
		rc = add_units(agent, out, reterr);
	if (rc == RC_OK && !text && !f.parent && !f.conflicts && !f.unsent && f.offset == 0)
		rc = add_drafts(call, f.kind, out, reterr);
	look_close(&look);
	if (rc == RC_OK)
		*ret = out;
	else
		json_free(out);
	return rc;
}

/* ---- print ---- */

static void print_drafts(const struct lang *lang, const struct json *drafts, struct buf *text)
{
	struct print_table t;

	if (json_len(drafts) == 0)
		return;
	print_line(lang, text, "list.drafts");
	print_table_init(&t);
	for (const struct json *d = json_first(drafts); d; d = json_next(d)) {
		print_row(&t);
		print_cell(&t, print_str(d, "short"));
		print_cell(&t, print_str(d, "kind_label"));
		print_cell(&t, print_str(d, "title"));
		print_cell_time(&t, print_num(d, "saved_at"));
	}
	print_table_end(&t, 2, text);
}

/* The other records of the thing, below it. */
static void print_members(const struct lang *lang, const struct json *members,
			  struct print_table *t)
{
	for (const struct json *m = json_first(members); m; m = json_next(m)) {
		print_row(t);
		print_cell(t, print_str(m, "short"));
		print_cell(t, lang_text(lang, "list.same"));
		print_cell(t, print_str(m, "title"));
	}
}

static void print_items(const struct lang *lang, const struct json *items,
			const struct json *units, struct buf *text)
{
	static const char *const head[] = {"list.col.id", "list.col.kind", "list.col.title",
					   "list.col.changed", "list.col.state"};
	struct print_table t;

	print_table_init(&t);
	print_row(&t);
	for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++)
		print_cell(&t, lang_text(lang, head[i]));
	if (units)
		print_cell(&t, lang_text(lang, "list.col.unit"));
	for (const struct json *x = json_first(items); x; x = json_next(x)) {
		print_row(&t);
		print_cell(&t, print_str(x, "short"));
		print_cell(&t, print_str(x, "kind_label"));
		print_cell(&t, print_str(x, "title"));
		print_cell_time(&t, print_num(x, "changed_at"));
		print_cell(&t, print_num(x, "conflicts") > 0 ? lang_text(lang, "list.two_values")
			       : print_num(x, "unsent") > 0  ? lang_text(lang, "list.unsent")
							     : "");
		if (units)
			print_cell(&t, print_str(units, print_str(x, "scope")));
		print_members(lang, json_get_arr(x, "members"), &t);
	}
	print_table_end(&t, 0, text);
}

void list_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	const struct json *items = json_get_arr(out, "items");
	struct print_table t;

	if (json_len(items) > 0)
		print_items(lang, items, json_get_obj(out, "units"), text);
	else if (json_len(json_get_arr(out, "drafts")) == 0)
		print_line(lang, text, "list.nothing");
	if (print_num(out, "total") > (int64_t)json_len(items)) {
		print_table_init(&t);
		print_row(&t);
		print_cell(&t, lang_text(lang, "list.more"));
		print_cell_int(&t, print_num(out, "total"));
		print_table_end(&t, 0, text);
	}
	print_drafts(lang, json_get_arr(out, "drafts"), text);
	for (const struct json *d = json_first(json_get_arr(out, "drafts_damaged")); d; d = json_next(d)) {
		buf_add_str(text, "! ");
		lang_format(lang, text, "list.damaged", "name", json_str(d), NULL);
		buf_add_char(text, '\n');
	}
}
