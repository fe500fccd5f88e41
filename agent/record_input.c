/*
 * record_input: one record's values: from what was typed to what is sealed, what the
 * program fills in by itself, and other records that may be the same thing (docs/FORMS.md, "What a
 * form cannot say"). Does NOT check a record against its form or seal anything.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/attach.h"
#include "agent/home.h"
#include "agent/record.h"
#include "lib/codec.h"
#include "lib/limits.h"
#include "sync/twin.h"

/* ---- results ---- */

struct json *record_result(struct record_batch *b, const struct form *f)
{
	struct json *o = json_object();
	static const char *const list[] = {"errors", "warnings", "todo", "emptied"};

	json_set_str(o, "kind", f->name);
	json_set_str(o, "kind_label", form_say(f->label, lang_name(b->look.lang)));
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		json_set(o, list[i], json_array());
	return o;
}

void record_error(struct record_batch *b, struct json *o, const struct form_field *ff,
		  const struct err *why)
{
	struct json *x = json_object();
	struct buf text;

	buf_init(&text, LIMIT_ERR_TEXT);
	lang_err(b->look.lang, why, &text);
	json_set_str(x, "field", ff ? ff->name : "");
	json_set_str(x, "label", ff ? form_say(ff->label, lang_name(b->look.lang)) : "");
	json_set_str(x, "text", text.p ? (const char *)text.p : "");
	json_append(json_get_arr(o, "errors"), x);
	b->failed = true;
	buf_free(&text);
}

void record_warn(struct record_batch *b, struct json *o, const struct form_field *ff,
		 const char *key)
{
	struct json *x = json_object();

	json_set_str(x, "field", ff ? ff->name : "");
	json_set_str(x, "label", ff ? form_say(ff->label, lang_name(b->look.lang)) : "");
	json_set_str(x, "text", lang_text(b->look.lang, key));
	json_append(json_get_arr(o, "warnings"), x);
}

void record_title(struct record_batch *b, const struct form *f, const struct json *wire,
		  struct buf *out)
{
	struct view_as as = look_as(&b->look, f);

	for (size_t i = 0; i < f->ntitle; i++) {
		struct buf one;
		buf_init(&one, LIMIT_VIEW_TEXT);
		view_text(&as, form_field(f, f->title[i]), json_get(wire, f->title[i]), &one);
		if (one.len > 0 && out->len > 0)
			buf_add_str(out, " · ");
		if (one.len > 0)
			buf_add_span(out, span_buf(&one));
		buf_free(&one);
	}
}

void record_name(struct record_batch *b, struct json *o, const struct form *f, const uint8_t id[16],
		 const struct json *wire)
{
	char uuid[CODEC_UUID_LEN + 1], end[LOOK_SHORT];
	struct buf title;

	buf_init(&title, LIMIT_VIEW_TEXT);
	record_title(b, f, wire, &title);
	codec_uuid(id, uuid);
	look_short(id, end);
	json_set_str(o, "id", uuid);
	json_set_str(o, "short", end);
	json_set_str(o, "title", title.p ? (const char *)title.p : "");
	buf_free(&title);
}

/* ---- typed values ---- */

struct named {
	const char *typed;
	uint8_t id[16];
	int64_t n;
};

static bool named_take(void *arg, const struct look_item *x)
{
	struct named *s = arg;
	struct json *rec = merge_json(x->state, x->form);
	const char *name =
	    x->form && x->form->ntitle > 0 ? json_get_str(rec, x->form->title[0]) : NULL;

	if (name && look_same(name, s->typed) && s->n++ == 0)
		memcpy(s->id, x->id, 16);
	json_free(rec);
	return s->n < 2;
}

/* The one record that is called so, case and tones aside. */
static enum rc by_name(struct record_batch *b, const char *kind, const char *typed,
		       char uuid[CODEC_UUID_LEN + 1], struct err *why)
{
	struct store_filter f = {.kind = kind, .text = typed};
	struct named s = {.typed = typed};
	enum rc rc = look_each(b->agent, &f, named_take, &s, why);

	if (rc != RC_OK)
		return rc;
	if (s.n != 1)
		return s.n == 0 ? RC_NOTFOUND
				: err_num(why, RC_CONFLICT, NULL, "store.ambiguous", "count", s.n);
	codec_uuid(s.id, uuid);
	return RC_OK;
}

/* A ref names a thing: of linked records the head, so that two people mean the same (M15). */
static enum rc thing_of(struct record_batch *b, struct store_entity **e, struct err *why)
{
	struct store_things t = {.n = 0};
	enum rc rc = store_things(b->agent->store, (*e)->kind, &t, why);

	if (rc == RC_OK)
		rc = look_head(b->agent, &t, e, why);
	store_things_free(&t);
	return rc;
}

/* The id of what a ref names: an id, a code, a serial number, its name. */
static enum rc resolve(struct record_batch *b, const struct form_field *ff, const char *typed,
		       char uuid[CODEC_UUID_LEN + 1], struct err *why)
{
	struct store_entity *e = NULL;
	enum rc rc = RC_NOTFOUND;

	if (json_get(b->made, typed) && strlen(typed) == CODEC_UUID_LEN) {
		memcpy(uuid, typed, CODEC_UUID_LEN + 1);
		return RC_OK;
	}
	for (size_t i = 0; rc == RC_NOTFOUND && i < ff->nof; i++)
		rc = look_find(b->agent, ff->of[i], typed, &e, why);
	if (rc == RC_OK && strcmp(ff->name, SAME_FIELD) != 0)
		rc = thing_of(b, &e, why);
	if (rc == RC_OK)
		codec_uuid(e->id, uuid);
	store_entity_free(e);
	for (size_t i = 0; rc == RC_NOTFOUND && i < ff->nof; i++)
		rc = by_name(b, ff->of[i], typed, uuid, why);
	if (rc == RC_NOTFOUND)
		return err_set(why, RC_INPUT, NULL, "record.no_ref", "value", typed, NULL);
	return rc;
}

static enum rc input_one(struct record_batch *b, const struct form *f, const struct form_field *ff,
			 const struct json *typed, struct json *wire, struct err *why)
{
	char uuid[CODEC_UUID_LEN + 1];
	struct json *ref = NULL, *value = NULL;
	const char *s = json_str(typed);
	enum rc rc = RC_OK;

	if (ff->type == FORM_REF && s && s[strspn(s, " \t")]) {
		rc = resolve(b, ff, s, uuid, why);
		if (rc == RC_OK)
			typed = ref = json_string(uuid);
	}
	if (ff->type == FORM_BLOB && s) {
		rc = attach_named(b->agent, s, &ref, why);
		if (rc == RC_OK && ref)
			typed = ref;
	}
	if (rc == RC_OK)
		rc = form_check_input(f, ff->name, typed, &value, why);
	if (rc == RC_OK)
		json_set(wire, ff->name, value);
	json_free(ref);
	return rc;
}

enum rc record_input(struct record_batch *b, const struct form *f, const struct json *typed,
		     struct json *wire, struct json *o, struct err *reterr)
{
	for (const struct json *v = json_first(typed); v; v = json_next(v)) {
		const struct form_field *ff = look_field(f, json_name(v));
		struct err why;
		enum rc rc = RC_OK;

		err_clear(&why);
		if (strcmp(json_name(v), "children") == 0 ||
		    strcmp(json_name(v), "supersedes") == 0)
			rc = err_set(&why, RC_INPUT, NULL, "record.own_field", "name", json_name(v),
				     NULL);
		else if (!ff)
			rc = err_set(&why, RC_INPUT, NULL, "form.no_field", "name", json_name(v),
				     NULL);
		else
			rc = input_one(b, f, ff, v, wire, &why);
		if (rc == RC_INPUT || rc == RC_LIMIT || rc == RC_CONFLICT) {
			record_error(b, o, ff, &why);
		} else if (rc != RC_OK) {
			if (reterr)
				*reterr = why;
			return rc;
		}
	}
	return RC_OK;
}

struct json *record_ordered(const struct form *f, const struct json *wire, bool nulls)
{
	struct json *o = json_object();

	for (size_t i = 0; i < f->nfield; i++) {
		const struct json *v = json_get(wire, f->field[i].name);
		if (v && (nulls || json_kind(v) != JSON_NULL))
			json_set(o, f->field[i].name, json_copy(v));
	}
	if (!form_field(f, "reason") && json_get(wire, "reason"))
		json_set(o, "reason", json_copy(json_get(wire, "reason")));
	return o;
}

/* ---- what the program fills in ---- */

static bool is_empty(const struct json *wire, const char *field)
{
	const struct json *v = json_get(wire, field);

	return !v || json_kind(v) == JSON_NULL;
}

/* The clerk who will sign, as far as it is known before a PIN is given. */
static bool who(struct record_batch *b, struct store_clerk *ret)
{
	const char *name = json_get_str(b->in, "clerk");
	struct store_clerk other;

	if (b->author) {
		*ret = (struct store_clerk){.certified = true};
		memcpy(ret->name, author_name(b->author), strlen(author_name(b->author)) + 1);
		memcpy(ret->title, author_title(b->author), strlen(author_title(b->author)) + 1);
		memcpy(ret->scope, author_scope(b->author), strlen(author_scope(b->author)) + 1);
		return true;
	}
	for (size_t i = 0; name && store_clerk(b->agent->store, i, ret, NULL) == RC_OK; i++)
		if (!ret->retired && strcmp(ret->name, name) == 0)
			return true;
	return store_clerk(b->agent->store, 0, ret, NULL) == RC_OK && !ret->retired &&
	       (store_clerk(b->agent->store, 1, &other, NULL) != RC_OK || other.retired) &&
	       home_scope(b->agent, ret->key, ret->scope, ret->scope, NULL) == RC_OK;
}

/* Without a clerk known, the commune of this PC. */
static enum rc scope_of_pc(struct record_batch *b, struct store_clerk *ret, struct err *reterr)
{
	*ret = (struct store_clerk){.certified = false};
	return home_here(b->agent, ret->scope, reterr);
}

static enum rc fill_who(struct record_batch *b, const struct form *f, struct json *wire,
			struct err *reterr)
{
	struct store_clerk c;
	struct fill {
		const char *kind; /* NULL: any */
		const char *field, *value;
	};
	enum rc rc = who(b, &c) ? RC_OK : scope_of_pc(b, &c, reterr);

	if (rc != RC_OK)
		return rc;
	const struct fill fill[] = {
	    {"facility", "commune_code", c.scope},
	    {NULL, "checker_name", c.name},
	    {NULL, "checker_title", c.title},
	};
	for (size_t i = 0; i < sizeof(fill) / sizeof(fill[0]); i++)
		if ((!fill[i].kind || strcmp(fill[i].kind, f->name) == 0) && fill[i].value[0] &&
		    form_field(f, fill[i].field) && is_empty(wire, fill[i].field))
			json_set_str(wire, fill[i].field, fill[i].value);
	return RC_OK;
}

/* What the books say of the asset, copied when its line is made. */
static enum rc fill_books(struct record_batch *b, const struct form *f, struct json *wire,
			  struct err *reterr)
{
	static const char *const copy[][2] = {{"book_qty", "quantity"},
					      {"book_cost", "original_cost"},
					      {"book_residual", "residual"}};
	const char *uuid = json_get_str(wire, "asset");
	struct store_entity *asset = NULL;
	struct json *rec = NULL, *derived = NULL;
	enum rc rc;

	if (strcmp(f->name, "inventory_line") != 0 || !uuid ||
	    store_entity_find(b->agent->store, "asset", uuid, &asset, NULL) != RC_OK)
		return RC_OK;
	rc = look_derived(b->agent, asset, &derived, reterr);
	if (rc == RC_OK)
		rec = merge_json(asset->state, asset->form);
	for (size_t i = 0; rc == RC_OK && i < sizeof(copy) / sizeof(copy[0]); i++) {
		const struct json *v = json_get(rec, copy[i][1]);
		struct json *value = NULL;
		if (!v)
			v = json_get(derived, copy[i][1]);
		if (v && form_field(f, copy[i][0]) && is_empty(wire, copy[i][0]) &&
		    form_check_input(f, copy[i][0], v, &value, NULL) == RC_OK)
			json_set(wire, copy[i][0], value);
	}
	json_free(rec);
	json_free(derived);
	store_entity_free(asset);
	return rc;
}

enum rc record_fill(struct record_batch *b, const struct form *f, const struct json *parent,
		    struct json *wire, struct err *reterr)
{
	struct form_around around = {.set = store_forms(b->agent->store),
				     .now_s = store_likely_now(b->agent->store),
				     .parent = parent};
	struct json *def = NULL;
	enum rc rc = fill_who(b, f, wire, reterr);

	if (rc == RC_OK)
		rc = fill_books(b, f, wire, reterr);
	if (rc == RC_OK)
		rc = form_check_defaults(f, wire, &around, &def, reterr);
	if (rc != RC_OK)
		return rc;
	for (const struct json *v = json_first(def); v; v = json_next(v))
		if (!json_get(wire, json_name(v)))
			json_set(wire, json_name(v), json_copy(v));
	json_free(def);
	return RC_OK;
}

enum rc record_empty(struct record_batch *b, const struct form *f, struct json *rec,
		     const struct json *typed, struct json *change, struct json *o,
		     struct err *reterr)
{
	struct form_around around = {.set = store_forms(b->agent->store),
				     .now_s = store_likely_now(b->agent->store)};
	bool again = true;

	while (again) { /* a field that goes may be another one's ground */
		again = false;
		for (size_t i = 0; i < f->nfield; i++) {
			const char *name = f->field[i].name;
			bool applies = true;
			if (is_empty(rec, name) || json_get(typed, name) || !f->field[i].relevant)
				continue;
			enum rc rc = form_check_relevant(f, name, rec, &around, &applies, reterr);
			if (rc != RC_OK)
				return rc;
			if (applies)
				continue;
			json_remove(rec, name);
			json_set(change, name, json_null());
			json_append_str(json_get_arr(o, "emptied"),
					form_say(f->field[i].label, lang_name(b->look.lang)));
			again = true;
		}
	}
	return RC_OK;
}

/* ---- twins ---- */

struct twin_search {
	struct record_batch *b;
	const struct form *form;
	const uint8_t *id;
	size_t rule;
	struct span key;
	struct json *o;
};

static void twin_warn(struct twin_search *s, const struct look_item *x)
{
	const char *field = twin_field(s->form->name, s->rule);
	const struct form_field *ff = form_field(s->form, field);
	struct json *w = json_object();
	char uuid[CODEC_UUID_LEN + 1];
	struct buf title, text;

	buf_init(&title, LIMIT_VIEW_TEXT);
	buf_init(&text, LIMIT_VIEW_TEXT);
	look_title(&s->b->look, x->form, x->state, &title);
	lang_format(s->b->look.lang, &text, "record.twin", "title",
		    title.p ? (const char *)title.p : "", NULL);
	codec_uuid(x->id, uuid);
	json_set_str(w, "field", field);
	json_set_str(w, "label", ff ? form_say(ff->label, lang_name(s->b->look.lang)) : "");
	json_set_str(w, "text", text.p ? (const char *)text.p : "");
	json_set_str(w, "twin", uuid);
	json_append(json_get_arr(s->o, "warnings"), w);
	buf_free(&title);
	buf_free(&text);
}

static bool twin_take(void *arg, const struct look_item *x)
{
	struct twin_search *s = arg;
	struct json *rec;
	struct buf key;

	if (memcmp(x->id, s->id, 16) == 0)
		return true;
	buf_init(&key, LIMIT_TEXT);
	rec = merge_json(x->state, x->form);
	twin_key(s->form->name, s->rule, rec, &key);
	if (span_eq(span_buf(&key), s->key))
		twin_warn(s, x);
	json_free(rec);
	buf_free(&key);
	return true;
}

enum rc record_twins(struct record_batch *b, const struct form *f, const struct json *wire,
		     const uint8_t id[16], struct json *o, struct err *reterr)
{
	const char *field;
	enum rc rc = RC_OK;
	struct buf key;

	buf_init(&key, LIMIT_TEXT);
	for (size_t i = 0; rc == RC_OK && !b->bulk && (field = twin_field(f->name, i)); i++) {
		struct store_filter filter = {.kind = f->name, .text = json_get_str(wire, field)};
		struct twin_search s = {b, f, id, i, span_of(NULL, 0), o};

		twin_key(f->name, i, wire, &key);
		s.key = span_buf(&key);
		/* the store's own search narrows it to records that hold the first value */
		if (key.len > 0)
			rc = look_each(b->agent, &filter, twin_take, &s, reterr);
		buf_reset(&key);
	}
	buf_free(&key);
	return rc;
}
