/*
 * op duplicates: records of a commune that may be of one thing, and why (the same code, serial
 * number, plate, or parcel), and those that a person has linked (M15). Reads only.
 */
#include <string.h>

#include "server-stub/act.h"
#include "server-stub/ops.h"
#include "server-stub/things.h"
#include "server-stub/who.h"
#include "sync/twin.h"

static const struct op_arg args[] = {
    {.name = "scope",
     .type = OP_STRING,
     .flags = OP_REQUIRED,
     .help = "act.arg.scope",
     .meta = "CODE"},
    {.name = "kind", .type = OP_STRING, .help = "act.arg.kind", .meta = "KIND"},
};

struct gathering {
	const struct op_call *call;
	struct collector *col;
	const struct lang *lang;
	const struct form *form;
	struct same same; /* of that kind and scope */
	struct twin_search *search;
	struct json *out;
	enum rc rc;
	struct err *reterr;
};

static bool take(void *arg, const struct archive_entity *e)
{
	struct gathering *g = arg;
	struct merge_state *s = NULL;
	struct json *rec = NULL;
	size_t i = same_find(&g->same, e->id);
	int64_t head = i == SIZE_MAX ? e->no : g->same.node[g->same.node[i].head].no;

	if (e->state.len > 0)
		g->rc = merge_read(e->state, &s, g->reterr);
	if (s) {
		rec = merge_json(s, g->form);
		g->rc = twin_search_add(g->search, e->scope, e->kind, rec, e->no, head, g->reterr);
	}
	json_free(rec);
	merge_free(s);
	return g->rc == RC_OK;
}

static enum rc add_record(struct gathering *g, int64_t no, struct json *list, struct err *reterr)
{
	struct act_entity x = {.state = NULL};
	enum rc rc = act_entity_no(g->col, no, &x, reterr);

	if (rc == RC_OK)
		json_append(list, things_name(g->call, g->lang, &x));
	act_entity_free(g->col, &x);
	return rc;
}

static struct json *with_labels(const struct gathering *g, const struct json *reasons)
{
	struct json *all = json_copy(reasons);

	for (struct json *r = json_first(all); r; r = json_next(r)) {
		const struct form_field *ff = form_field(g->form, json_get_str(r, "field"));
		if (ff)
			json_set_str(r, "label", form_say(ff->label, lang_name(g->lang)));
	}
	return all;
}

static enum rc add_group(void *arg, const int64_t *no, size_t n, const struct json *reasons,
			 struct err *reterr)
{
	struct gathering *g = arg;
	struct json *o = json_object(), *list = json_array();
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = add_record(g, no[i], list, reterr);
	json_set_str(o, "kind", g->form->name);
	json_set_str(o, "kind_label", form_say(g->form->label, lang_name(g->lang)));
	json_set(o, "reasons", with_labels(g, reasons));
	json_set(o, "records", list);
	if (rc == RC_OK)
		json_append(json_get_arr(g->out, "duplicates"), o);
	else
		json_free(o);
	return rc;
}

/* The things of several records, each with its head. */
static enum rc add_linked(struct gathering *g, struct err *reterr)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < g->same.n; i++) {
		struct act_entity x = {.state = NULL};
		struct json *o, *members = NULL;

		if (g->same.node[i].head != i || same_count(&g->same, i) < 2)
			continue;
		rc = act_entity_no(g->col, g->same.node[i].no, &x, reterr);
		if (rc == RC_OK)
			rc = things_members(g->call, g->lang, &x, &members, reterr);
		if (rc == RC_OK) {
			o = json_object();
			json_set(o, "head", things_name(g->call, g->lang, &x));
			json_set(o, "members", members);
			json_append(json_get_arr(g->out, "linked"), o);
		}
		act_entity_free(g->col, &x);
	}
	return rc;
}

static enum rc add_kind(struct gathering *g, const char *scope, struct err *reterr)
{
	const struct archive_filter f = {
	    .scope = scope, .kind = g->form->name, .limit = INT64_MAX};
	struct archive_reader *r = NULL;
	enum rc rc = things_read(g->col, scope, g->form->name, -1, &g->same, reterr);

	if (rc == RC_OK)
		rc = twin_search_new(&g->search, reterr);
	if (rc == RC_OK)
		rc = archive_read(g->col->archive, &r, reterr);
	if (rc == RC_OK)
		rc = r->entities(r->ctx, &f, take, g, NULL, reterr);
	archive_read_end(g->col->archive, r);
	if (rc == RC_OK)
		rc = g->rc;
	if (rc == RC_OK)
		rc = twin_search_each(g->search, add_group, g, reterr);
	if (rc == RC_OK)
		rc = add_linked(g, reterr);
	twin_search_free(g->search);
	g->search = NULL;
	same_free(&g->same);
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct collector *col = call->app;
	const char *kind = json_get_str(in, "kind");
	const struct ingest_snapshot *snap = ingest_snapshot(col->ingest);
	struct gathering g = {.call = call, .col = col, .out = json_object(), .reterr = reterr};
	struct lang *lang = NULL;
	enum rc rc = who_check(call, json_get_str(in, "scope"), reterr);

	if (rc == RC_OK)
		rc = act_lang(call, &lang, reterr);
	g.lang = lang;
	json_set(g.out, "duplicates", json_array());
	json_set(g.out, "linked", json_array());
	for (size_t i = 0; rc == RC_OK && (g.form = form_set_at(snap->forms, i, NULL)) != NULL; i++)
		if (g.form == form_set_newest(snap->forms, g.form->name) &&
		    form_field(g.form, SAME_FIELD) && (!kind || strcmp(kind, g.form->name) == 0))
			rc = add_kind(&g, json_get_str(in, "scope"), reterr);
	ingest_snapshot_end(col->ingest, snap);
	lang_free(lang);
	if (rc == RC_OK)
		*ret = g.out;
	else
		json_free(g.out);
	return rc;
}

static void print_records(const struct json *all, struct buf *text)
{
	for (const struct json *r = json_first(all); r; r = json_next(r))
		buf_addf(text, "    %s  %s\n", json_get_str(r, "id"), json_get_str(r, "title"));
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	const struct json *twins = json_get_arr(out, "duplicates"),
			  *linked = json_get_arr(out, "linked");

	if (json_len(twins) == 0)
		buf_addf(text, "%s\n", lang_text(lang, "duplicates.none"));
	for (const struct json *x = json_first(twins); x; x = json_next(x)) {
		buf_add_str(text, json_get_str(x, "kind_label"));
		for (const struct json *r = json_first(json_get_arr(x, "reasons")); r;
		     r = json_next(r))
			buf_addf(text, " · %s: %s", json_get_str(r, "label"),
				 json_get_str(r, "text"));
		buf_add_char(text, '\n');
		print_records(json_get_arr(x, "records"), text);
	}
	if (json_len(linked) > 0)
		buf_addf(text, "%s\n", lang_text(lang, "duplicates.linked"));
	for (const struct json *x = json_first(linked); x; x = json_next(x)) {
		const struct json *h = json_get_obj(x, "head");
		buf_addf(text, "  %s  %s\n", json_get_str(h, "id"), json_get_str(h, "title"));
		print_records(json_get_arr(x, "members"), text);
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
