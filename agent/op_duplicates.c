/*
 * op duplicates: records that may be of one thing, and why (the same code, serial number, plate,
 * or parcel), and those that a person has linked (M15). Reads only; link and unlink decide.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/look.h"
#include "agent/ops.h"
#include "agent/print.h"
#include "lib/codec.h"
#include "lib/limits.h"
#include "sync/twin.h"

static const struct op_arg args[] = {
    {.name = "kind", .type = OP_STRING, .flags = 0, .help = "record.arg.kind", .meta = "KIND"},
};

struct gathering {
	struct look *look;
	struct store_things things;
	struct twin_search *search;
	const struct form *form;
	struct json *out;
	enum rc rc;
	struct err *reterr;
};

static bool take(void *arg, const struct look_item *x)
{
	struct gathering *g = arg;
	struct json *rec = merge_json(x->state, x->form);

	g->rc = twin_search_add(g->search, x->scope, x->kind, rec, x->item->no,
				store_things_head(&g->things, x->item->no), g->reterr);
	json_free(rec);
	return g->rc == RC_OK;
}

static struct json *head_of(struct gathering *g, const char *scope)
{
	struct json *o = json_object();

	json_set_str(o, "scope", scope);
	json_set_str(o, "kind", g->form->name);
	json_set_str(o, "kind_label", form_say(g->form->label, lang_name(g->look->lang)));
	return o;
}

static struct json *with_labels(struct gathering *g, const struct json *reasons)
{
	struct json *all = json_copy(reasons);

	for (struct json *r = json_first(all); r; r = json_next(r)) {
		const struct form_field *ff = form_field(g->form, print_str(r, "field"));
		json_set_str(r, "label",
			     ff ? form_say(ff->label, lang_name(g->look->lang))
				: print_str(r, "field"));
	}
	return all;
}

static enum rc add_group(void *arg, const int64_t *no, size_t n, const struct json *reasons,
			 struct err *reterr)
{
	struct gathering *g = arg;
	struct json *o = NULL, *list = json_array();
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		struct store_entity *e = NULL;
		rc = store_entity_no(g->look->agent->store, no[i], &e, reterr);
		if (rc == RC_OK && !o)
			o = head_of(g, e->scope);
		if (rc == RC_OK)
			json_append(list, look_named(g->look, e));
		store_entity_free(e);
	}
	if (rc != RC_OK) {
		json_free(o);
		json_free(list);
		return rc;
	}
	json_set(o, "reasons", with_labels(g, reasons));
	json_set(o, "records", list);
	json_append(json_get_arr(g->out, "duplicates"), o);
	return RC_OK;
}

/* Twins of one kind. */
static enum rc search(struct gathering *g, struct err *reterr)
{
	struct store_filter f = {.kind = g->form->name};
	enum rc rc = twin_search_new(&g->search, reterr);

	if (rc == RC_OK)
		rc = look_each(g->look->agent, &f, take, g, reterr);
	if (rc == RC_OK)
		rc = g->rc;
	if (rc == RC_OK)
		rc = twin_search_each(g->search, add_group, g, reterr);
	twin_search_free(g->search);
	g->search = NULL;
	return rc;
}

/* The things of several records, each with its head. */
static enum rc add_linked(struct gathering *g, struct err *reterr)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < g->things.n; i++) {
		const struct store_links *l = &g->things.group[i];
		for (size_t k = 0; rc == RC_OK && k < l->same.n; k++) {
			struct store_entity *e = NULL;
			struct json *o, *members = NULL;
			if (l->same.node[k].head != k || same_count(&l->same, k) < 2)
				continue;
			rc = store_entity_no(g->look->agent->store, l->same.node[k].no, &e, reterr);
			if (rc == RC_OK)
				rc = look_members(g->look, l, k, e, &members, reterr);
			if (rc == RC_OK) {
				o = head_of(g, l->scope);
				json_set(o, "head", look_named(g->look, e));
				json_set(o, "members", members);
				json_append(json_get_arr(g->out, "linked"), o);
			}
			store_entity_free(e);
		}
	}
	return rc;
}

static enum rc add_kind(struct gathering *g, struct err *reterr)
{
	enum rc rc = store_things(g->look->agent->store, g->form->name, &g->things, reterr);

	if (rc == RC_OK)
		rc = search(g, reterr);
	if (rc == RC_OK)
		rc = add_linked(g, reterr);
	store_things_free(&g->things);
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	const char *kind = json_get_str(in, "kind");
	struct gathering g = {.out = json_object(), .reterr = reterr};
	const struct form_set *set;
	const struct form *only = NULL;
	struct look l;
	enum rc rc = look_open(&l, call, reterr);

	g.look = &l;
	json_set(g.out, "duplicates", json_array());
	json_set(g.out, "linked", json_array());
	set = store_forms(l.agent->store);
	if (rc == RC_OK && kind)
		rc = look_form(l.agent, kind, &only, reterr);
	for (size_t i = 0; rc == RC_OK && (g.form = form_set_at(set, i, NULL)) != NULL; i++)
		if (g.form == form_set_newest(set, g.form->name) &&
		    form_field(g.form, SAME_FIELD) &&
		    (!only || strcmp(only->name, g.form->name) == 0))
			rc = add_kind(&g, reterr);
	look_close(&l);
	if (rc == RC_OK)
		*ret = g.out;
	else
		json_free(g.out);
	return rc;
}

/* ---- print ---- */

static void print_reasons(const struct json *reasons, struct buf *text)
{
	const char *sep = "";

	for (const struct json *r = json_first(reasons); r; r = json_next(r)) {
		buf_addf(text, "%s%s: %s", sep, print_str(r, "label"), print_str(r, "text"));
		sep = "; ";
	}
	buf_add_char(text, '\n');
}

static void print_list(const struct json *records, struct buf *text)
{
	struct print_table t;

	print_table_init(&t);
	for (const struct json *r = json_first(records); r; r = json_next(r)) {
		print_row(&t);
		print_cell(&t, print_str(r, "short"));
		print_cell(&t, print_str(r, "title"));
	}
	print_table_end(&t, 4, text);
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	const struct json *twins = json_get_arr(out, "duplicates"),
			  *linked = json_get_arr(out, "linked");

	if (json_len(twins) == 0)
		print_line(lang, text, "duplicates.none");
	for (const struct json *x = json_first(twins); x; x = json_next(x)) {
		buf_addf(text, "%s · ", print_str(x, "kind_label"));
		print_reasons(json_get_arr(x, "reasons"), text);
		print_list(json_get_arr(x, "records"), text);
	}
	if (json_len(linked) > 0)
		print_line(lang, text, "duplicates.linked");
	for (const struct json *x = json_first(linked); x; x = json_next(x)) {
		const struct json *h = json_get_obj(x, "head");
		lang_format(lang, text, "show.head", "kind", print_str(x, "kind_label"), "title",
			    print_str(h, "title"), "id", print_str(h, "short"), NULL);
		buf_add_char(text, '\n');
		print_list(json_get_arr(x, "members"), text);
	}
}

const struct op op_duplicates = {"duplicates",
				 "duplicates.summary",
				 OP_READ,
				 args,
				 sizeof(args) / sizeof(args[0]),
				 run,
				 print,
				 NULL};
