/*
 * op conflicts: what waits for a person: fields with two values, with what stood before, mine and
 * theirs, who and when (M4, M10); what was edited while somebody wrote the thing off (M16);
 * checks that two people corrected at once (M12, M17). Reads only; resolve and choose decide.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/look.h"
#include "agent/ops.h"
#include "agent/print.h"
#include "lib/codec.h"
#include "lib/limits.h"

static const struct op_arg args[] = {
    {.name = "id",
     .type = OP_STRING,
     .flags = OP_POSITIONAL,
     .help = "record.arg.id",
     .meta = "ID"},
};

static bool id_take(void *arg, const struct store_item *item)
{
	struct json *o = json_object();
	char uuid[CODEC_UUID_LEN + 1];

	codec_uuid(item->id, uuid);
	json_set_str(o, "scope", item->scope);
	json_set_str(o, "kind", item->kind);
	json_set_str(o, "id", uuid);
	json_append(arg, o);
	return true;
}

/* ---- values, and what was written off ---- */

static enum rc add_entity(struct look *l, const struct store_entity *e, struct json *all,
			  struct err *reterr)
{
	struct view_as as = look_as(l, e->form);
	struct look_history h = {0};
	struct json *fields = NULL, *retired = NULL, *o;
	enum rc rc = look_history(l->agent, e->no, &h, reterr);

	if (rc == RC_OK)
		rc = view_conflicts(&as, e->state, h.view, h.nview, &fields, reterr);
	if (rc == RC_OK)
		rc = view_retired(&as, e->state, h.view, h.nview, &retired, reterr);
	if (rc == RC_OK && (json_len(fields) > 0 || retired)) {
		o = look_named(l, e);
		json_set(o, "fields", fields);
		if (retired)
			json_set(o, "retired", retired);
		json_append(all, o);
	} else {
		json_free(fields);
		json_free(retired);
	}
	look_history_free(&h);
	return rc;
}

/* A check that has been corrected: its own values no longer matter. */
static enum rc was_corrected(struct agent *agent, const struct store_entity *e, bool *ret,
			     struct err *reterr)
{
	struct chain *c = NULL;
	enum rc rc = RC_OK;

	*ret = false;
	if (!e->form || !form_field(e->form, CHAIN_FIELD))
		return RC_OK;
	rc = store_chain(agent->store, e->kind, &c, reterr);
	if (rc == RC_OK)
		*ret = chain_correction(c, e->scope, e->id, 0) != NULL;
	chain_free(c);
	return rc;
}

static enum rc add_listed(struct look *l, struct json *all, struct err *reterr)
{
	struct store_filter f = {.conflicts = true};
	struct json *ids = json_array();
	enum rc rc = store_list(l->agent->store, &f, id_take, ids, NULL, reterr);

	for (const struct json *x = json_first(ids); rc == RC_OK && x; x = json_next(x)) {
		struct store_entity *e = NULL;
		bool moot = false;
		uint8_t id[16] = {0};
		codec_uuid_dec(span_str(print_str(x, "id")), id);
		rc = store_entity(l->agent->store, print_str(x, "scope"), print_str(x, "kind"), id,
				  &e, reterr);
		if (rc == RC_OK)
			rc = was_corrected(l->agent, e, &moot, reterr);
		if (rc == RC_OK && !moot)
			rc = add_entity(l, e, all, reterr);
		store_entity_free(e);
	}
	json_free(ids);
	return rc;
}

/* ---- two corrections of one check ---- */

/* One correction, and who wrote it when and why. */
static enum rc add_correction(struct look *l, const struct store_entity *e, struct json *all,
			      struct err *reterr)
{
	static const char *const about[] = {"who",      "key",    "at",   "at_text",
					    "interval", "reason", "entry"};
	struct view_as as = look_as(l, e->form);
	struct look_history h = {0};
	struct json *changes = NULL, *o;
	enum rc rc = look_history(l->agent, e->no, &h, reterr);

	if (rc == RC_OK)
		rc = view_history(&as, h.view, h.nview, &changes, reterr);
	if (rc == RC_OK) {
		const struct json *first = json_first(changes);
		o = look_named(l, e);
		for (size_t i = 0; i < sizeof(about) / sizeof(about[0]); i++)
			if (json_get(first, about[i]))
				json_set(o, about[i], json_copy(json_get(first, about[i])));
		json_set_bool(o, "mine", h.n > 0 && look_is_own(l->agent, h.entry[0].e->key));
		json_append(all, o);
	}
	json_free(changes);
	look_history_free(&h);
	return rc;
}

static enum rc add_dispute(struct look *l, const struct chain *c, const char *kind,
			   const char *scope, const uint8_t *of, struct json *all,
			   struct err *reterr)
{
	struct json *list = json_array(), *o = NULL;
	struct store_entity *e = NULL;
	const uint8_t *id;
	char uuid[CODEC_UUID_LEN + 1];
	enum rc rc = store_entity(l->agent->store, scope, kind, of, &e, NULL);

	if (rc == RC_OK) {
		o = look_named(l, e);
	} else { /* the check itself has not come */
		o = json_object();
		codec_uuid(of, uuid);
		json_set_str(o, "scope", scope);
		json_set_str(o, "id", uuid);
		json_set_str(o, "kind", kind);
	}
	rc = RC_OK;
	for (size_t i = 0; rc == RC_OK && (id = chain_correction(c, scope, of, i)) != NULL; i++) {
		struct store_entity *by = NULL;
		rc = store_entity(l->agent->store, scope, kind, id, &by, reterr);
		if (rc == RC_OK)
			rc = add_correction(l, by, list, reterr);
		store_entity_free(by);
	}
	json_set(o, "corrections", list);
	if (rc == RC_OK)
		json_append(all, o);
	else
		json_free(o);
	store_entity_free(e);
	return rc;
}

/* Is it about this record? only NULL: about any. */
static bool is_about(const struct chain *c, const char *scope, const uint8_t *of,
		     const struct store_entity *only)
{
	const uint8_t *id;

	if (!only || memcmp(of, only->id, 16) == 0)
		return true;
	for (size_t i = 0; (id = chain_correction(c, scope, of, i)) != NULL; i++)
		if (memcmp(id, only->id, 16) == 0)
			return true;
	return false;
}

static enum rc add_corrections(struct look *l, const struct store_entity *only, struct json *out,
			       struct err *reterr)
{
	const struct form_set *set = store_forms(l->agent->store);
	struct json *all = json_array();
	const struct form *f;
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && (f = form_set_at(set, i, NULL)) != NULL; i++) {
		struct chain *c = NULL;
		const char *scope;
		const uint8_t *of;

		if (f != form_set_newest(set, f->name) || !form_field(f, CHAIN_FIELD))
			continue;
		rc = store_chain(l->agent->store, f->name, &c, reterr);
		for (size_t d = 0; rc == RC_OK && chain_dispute(c, d, &scope, &of); d++)
			if (is_about(c, scope, of, only))
				rc = add_dispute(l, c, f->name, scope, of, all, reterr);
		chain_free(c);
	}
	json_set(out, "corrections", all);
	return rc;
}

/* ---- run ---- */

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	const char *typed = json_get_str(in, "id");
	struct json *out = json_object(), *all = json_array();
	struct store_entity *e = NULL;
	struct look l;
	enum rc rc = look_open(&l, call, reterr);

	json_set(out, "conflicts", all);
	if (rc == RC_OK && typed) {
		rc = look_find(l.agent, NULL, typed, &e, reterr);
		if (rc == RC_OK)
			rc = add_entity(&l, e, all, reterr);
	} else if (rc == RC_OK) {
		rc = add_listed(&l, all, reterr);
	}
	if (rc == RC_OK)
		rc = add_corrections(&l, e, out, reterr);
	store_entity_free(e);
	look_close(&l);
	if (rc == RC_OK)
		*ret = out;
	else
		json_free(out);
	return rc;
}

/* ---- print ---- */

static void print_row_of(const struct lang *lang, const char *key, const struct json *side,
			 const char *value, struct print_table *t)
{
	struct buf when;

	buf_init(&when, LIMIT_ERR_TEXT);
	view_when_text(lang, side, &when);
	print_row(t);
	print_cell(t, lang_text(lang, key));
	print_cell(t, value[0] ? value : lang_text(lang, "conflicts.empty"));
	print_cell(t, print_str(side, "who"));
	print_cell(t, (const char *)when.p);
	print_cell(t, print_str(side, "reason"));
	buf_free(&when);
}

static void print_sides(const struct lang *lang, const char *key, const struct json *sides,
			struct print_table *t)
{
	for (const struct json *s = json_first(sides); s; s = json_next(s))
		print_row_of(lang, key, s, print_str(s, "text"), t);
}

static void print_field(const struct lang *lang, const struct json *f, struct buf *text)
{
	struct print_table t;

	buf_add_str(text, "  ");
	buf_add_str(text, print_str(f, "label"));
	buf_add_char(text, '\n');
	print_table_init(&t);
	print_sides(lang, "conflicts.base", json_get_arr(f, "base"), &t);
	print_sides(lang, "conflicts.mine", json_get_arr(f, "mine"), &t);
	print_sides(lang, "conflicts.theirs", json_get_arr(f, "theirs"), &t);
	print_table_end(&t, 4, text);
}

/* Who wrote it off, and what was edited meanwhile. */
static void print_retired(const struct lang *lang, const struct json *r, struct buf *text)
{
	struct print_table t;

	if (!r)
		return;
	buf_add_str(text, "  ");
	print_line(lang, text, "conflicts.retired");
	print_table_init(&t);
	print_sides(lang, "conflicts.retired_by", json_get_arr(r, "by"), &t);
	for (const struct json *e = json_first(json_get_arr(r, "edits")); e; e = json_next(e))
		for (const struct json *f = json_first(json_get_arr(e, "fields")); f;
		     f = json_next(f)) {
			struct buf value;
			buf_init(&value, LIMIT_VIEW_TEXT);
			buf_addf(&value, "%s: %s", print_str(f, "label"), print_str(f, "text"));
			print_row_of(lang, "conflicts.retired_edit", e,
				     value.p ? (const char *)value.p : "", &t);
			buf_free(&value);
		}
	print_table_end(&t, 4, text);
}

static void print_dispute(const struct lang *lang, const struct json *x, struct buf *text)
{
	struct print_table t;

	lang_format(lang, text, "conflicts.corrections", "kind", print_str(x, "kind_label"),
		    "title", print_str(x, "title"), "id", print_str(x, "short"), NULL);
	buf_add_char(text, '\n');
	print_table_init(&t);
	for (const struct json *c = json_first(json_get_arr(x, "corrections")); c;
	     c = json_next(c)) {
		struct buf when;
		buf_init(&when, LIMIT_ERR_TEXT);
		view_when_text(lang, c, &when);
		print_row(&t);
		print_cell(&t, print_str(c, "short"));
		print_cell(&t, print_str(c, "who"));
		print_cell(&t, (const char *)when.p);
		print_cell(&t, print_str(c, "reason"));
		buf_free(&when);
	}
	print_table_end(&t, 4, text);
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	const struct json *all = json_get_arr(out, "conflicts"),
			  *two = json_get_arr(out, "corrections");

	if (json_len(all) == 0 && json_len(two) == 0)
		print_line(lang, text, "conflicts.none");
	for (const struct json *x = json_first(all); x; x = json_next(x)) {
		lang_format(lang, text, "show.head", "kind", print_str(x, "kind_label"), "title",
			    print_str(x, "title"), "id", print_str(x, "short"), NULL);
		buf_add_char(text, '\n');
		for (const struct json *f = json_first(json_get_arr(x, "fields")); f;
		     f = json_next(f))
			print_field(lang, f, text);
		print_retired(lang, json_get_obj(x, "retired"), text);
	}
	for (const struct json *x = json_first(two); x; x = json_next(x))
		print_dispute(lang, x, text);
}

const struct op op_conflicts = {
    "conflicts", "conflicts.summary", OP_READ, args, sizeof(args) / sizeof(args[0]), run, print,
    NULL};
