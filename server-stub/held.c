/*
 * held: see held.h.
 */
#include "server-stub/held.h"

#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "sync/merge.h"

/* ---- is it what its author sealed ---- */

static enum rc open_row(const struct held_look *l, const struct archive_row *row, struct entry **ret,
			struct err *why)
{
	const struct entry_keys keys = keyring_keys(l->snap->keyring);
	struct entry *e = NULL;
	enum rc rc = archive_read_open(row, &keys, &e, why);

	if (rc == RC_OK && (memcmp(e->id, row->id, ENTRY_ID_LEN) != 0 || e->op != row->op ||
			    strcmp(e->scope, row->scope) != 0))
		rc = err_set(why, RC_REFUSED, "E20", "verify.facts", NULL);
	if (rc == RC_OK)
		*ret = e;
	else
		entry_free(e);
	return rc;
}

static void say_wrong(const struct held_look *l, const struct err *why, struct json *o)
{
	struct buf text;

	buf_init(&text, LIMIT_TEXT);
	lang_err(l->as.lang, why, &text);
	json_set_str(o, "clause", why->clause);
	json_set_span(o, "wrong", span_buf(&text));
	buf_free(&text);
}

/* ---- what it says ---- */

/* A text, or its beginning: whole characters. */
static void set_short(struct json *o, const char *name, const char *text)
{
	size_t len = strlen(text), n = len < HELD_TEXT ? len : HELD_TEXT;
	struct buf b;

	while (n < len && n > 0 && ((uint8_t)text[n] & 0xc0) == 0x80)
		n--;
	buf_init(&b, HELD_TEXT + sizeof("…"));
	buf_add(&b, text, n);
	if (n < len)
		buf_add_str(&b, "…");
	json_set_span(o, name, b.len > 0 ? span_buf(&b) : span_of("", 0));
	buf_free(&b);
}

static bool is_title(const struct form *f, const char *name)
{
	for (size_t i = 0; i < f->ntitle; i++)
		if (strcmp(f->title[i], name) == 0)
			return true;
	return false;
}

/* Has it words for people: a record that is not known here has but its id. */
static bool is_said(const struct form_field *ff, const struct json *field)
{
	const char *text = json_get_str(field, "text"), *value = json_get_str(field, "value");

	return ff && text && text[0] && (ff->type != FORM_REF || !value || strcmp(text, value) != 0);
}

/* seen: the entry alone as a record (view_entity); titled: its own title has been told. */
static void add_fields(const struct form *f, const struct json *seen, bool titled, struct json *o)
{
	struct json *all = json_array();
	int64_t more = 0;

	for (const struct json *v = json_first(json_get_obj(seen, "fields")); v; v = json_next(v)) {
		const char *name = json_name(v), *text = json_get_str(v, "text");
		struct json *one;

		if (strcmp(name, "reason") == 0)
			set_short(o, "reason", text ? text : "");
		else if (!f || !is_said(form_field(f, name), v) || json_len(all) == HELD_FIELDS)
			more++;
		else if (!titled || !is_title(f, name)) {
			one = json_object();
			json_set_str(one, "field", name);
			json_set_str(one, "label", json_get_str(v, "label"));
			set_short(one, "text", text);
			json_append(all, one);
		}
	}
	json_set(o, "fields", all);
	json_set_int(o, "more", more);
}

static enum rc does_count(struct span state, bool *ret, struct err *reterr)
{
	struct merge_state *s = NULL;
	enum rc rc = state.len > 0 ? merge_read(state, &s, reterr) : RC_OK;

	*ret = s && merge_fields(s) > 0;
	merge_free(s);
	return rc;
}

/* The record as it counts now, which may be nothing, and then has no title. */
static enum rc add_record(const struct held_look *l, const struct entry *e, const struct form *f,
			  struct json *o, bool *rettitled, struct err *reterr)
{
	struct archive_entity a;
	char id[CODEC_UUID_LEN + 1];
	struct buf state, title;
	bool counts = false;
	enum rc rc;

	buf_init(&state, LIMIT_MERGE_STATE);
	buf_init(&title, LIMIT_TEXT);
	rc = l->r->entity(l->r->ctx, e->scope, e->kind, e->entity, &a, &state, &title, reterr);
	if (rc == RC_OK)
		rc = does_count(span_buf(&state), &counts, reterr);
	codec_uuid(e->entity, id);
	json_set_str(o, "kind", e->kind);
	json_set_str(o, "kind_label", f ? form_say(f->label, lang_name(l->as.lang)) : e->kind);
	json_set_str(o, "id", id);
	json_set_bool(o, "counts", counts);
	json_set_span(o, "title", title.len > 0 ? span_buf(&title) : span_of("", 0));
	*rettitled = title.len > 0;
	buf_free(&state);
	buf_free(&title);
	return rc;
}

static enum rc see_alone(const struct view_as *as, const struct entry *e, struct json **ret,
			 struct err *reterr)
{
	const bool present[LIMIT_ENTRY_AFTER] = {false};
	const struct merge_input in = merge_input_of(e, false);
	const struct view_id id = {e->scope, e->kind, e->entity};
	struct merge_state *s = NULL;
	enum rc rc = merge_new(&s, reterr);

	if (rc == RC_OK)
		rc = merge_apply(s, &in, present, NULL, reterr);
	if (rc == RC_OK)
		rc = view_entity(as, &id, s, NULL, ret, reterr);
	merge_free(s);
	return rc;
}

static enum rc add_said(const struct held_look *l, const struct entry *e, struct json *o,
			struct err *reterr)
{
	struct view_as as = l->as;
	struct json *seen = NULL;
	bool titled = false;
	enum rc rc;

	as.form = form_set_newest(l->snap->forms, e->kind);
	rc = add_record(l, e, as.form, o, &titled, reterr);
	if (e->erased)
		json_set_bool(o, "erased", true);
	if (rc != RC_OK || e->erased)
		return rc;
	rc = see_alone(&as, e, &seen, reterr);
	if (rc != RC_OK)
		return rc;
	if (!titled && json_get_str(seen, "title"))
		set_short(o, "title", json_get_str(seen, "title"));
	add_fields(as.form, seen, !titled, o);
	json_free(seen);
	return RC_OK;
}

enum rc held_says(const struct held_look *l, const struct archive_row *row, struct json *o,
		  struct err *reterr)
{
	struct entry *e = NULL;
	struct err why;
	enum rc rc = open_row(l, row, &e, &why);

	if (rc == RC_NOMEM) {
		err_clear(reterr);
		return err_set(reterr, rc, NULL, "buf.memory", NULL);
	}
	json_set_bool(o, "verified", rc == RC_OK);
	if (rc != RC_OK) {
		say_wrong(l, &why, o);
		return RC_OK;
	}
	if (e->op == ENTRY_SET)
		rc = add_said(l, e, o, reterr);
	entry_free(e);
	return rc;
}
