/*
 * record_draft: what is being filled in: a new record, a change of one in a register, a
 * correction of a submitted one; taking in what was typed, one field or many. What nobody can
 * read stays in the draft as it was typed, so that nothing typed is lost, and blocks sealing.
 * Clauses M12, M17. Does NOT keep drafts on disk (agent/draft) or seal them (record_submit).
 */
#include <string.h>

#include "agent/draft.h"
#include "agent/record.h"
#include "agent/seen.h"
#include "lib/codec.h"
#include "lib/limits.h"

/* ---- forms ---- */

enum rc record_draft_form(struct record_batch *b, const struct json *part, const struct form **ret,
			  struct err *reterr)
{
	const struct form_set *set = store_forms(b->agent->store);
	const char *kind = json_get_str(part, "kind");
	const struct form *f = NULL;
	int64_t version = 0;

	if (kind)
		f = json_get_int(part, "version", &version)
			? form_set_get(set, kind, (unsigned)version)
			: form_set_open(set, kind);
	if (!f)
		return err_set(reterr, RC_NOTFOUND, NULL, "record.no_kind", "kind",
			       kind ? kind : "", NULL);
	*ret = f;
	return RC_OK;
}

/* ---- new drafts ---- */

static struct json *empty_draft(struct record_batch *b, const struct form *f)
{
	struct json *draft = json_object();
	char uuid[CODEC_UUID_LEN + 1];
	uint8_t id[16];

	entry_uuid7(clock_now_ms(b->agent->clock), id);
	codec_uuid(id, uuid);
	json_set_str(draft, "kind", f->name);
	json_set_int(draft, "version", f->version);
	json_set_str(draft, "id", uuid);
	json_set_int(draft, "saved_at", store_now(b->agent->store));
	json_set(draft, "fields", json_object());
	json_set(draft, "typed", json_object());
	json_set(draft, "children", json_array());
	return draft;
}

enum rc record_draft_new(struct record_batch *b, const struct form *f, struct json **ret,
			 struct err *reterr)
{
	struct json *draft = empty_draft(b, f);
	enum rc rc = record_fill(b, f, NULL, json_get_obj(draft, "fields"), reterr);

	if (rc == RC_OK)
		*ret = draft;
	else
		json_free(draft);
	return rc;
}

enum rc record_draft_edit(struct record_batch *b, const struct store_entity *e, struct json **ret,
			  struct err *reterr)
{
	const struct form *f = form_set_open(store_forms(b->agent->store), e->kind);
	char uuid[CODEC_UUID_LEN + 1];
	struct json *draft;

	codec_uuid(e->id, uuid);
	if (!f)
		return err_set(reterr, RC_NOTFOUND, NULL, "record.no_kind", "kind", e->kind, NULL);
	if (f->class != FORM_REGISTER && f->class != FORM_SESSION && f->class != FORM_LINE)
		return err_set(reterr, RC_CONFLICT, "M12", "record.submitted", "id", uuid, NULL);
	draft = empty_draft(b, f);
	json_set_str(draft, "edits", uuid);
	json_set_str(draft, "scope", e->scope);
	json_set(draft, "seen", seen_all(e->state));
	*ret = draft;
	return RC_OK;
}

/* of: the number of the line it is of; 0: the draft's own. */
static struct json *add_child(struct json *draft, const struct form *cf, int64_t of,
			      struct json *fields)
{
	struct json *o = json_object(), *all = json_get_arr(draft, "children");
	int64_t no = 0, top = 0;

	for (const struct json *c = json_first(all); c; c = json_next(c))
		if (json_get_int(c, "no", &no) && no > top)
			top = no;
	json_set_int(o, "no", top + 1);
	if (of > 0)
		json_set_int(o, "of", of);
	json_set_str(o, "kind", cf->name);
	json_set_int(o, "version", cf->version);
	json_set(o, "fields", fields);
	json_set(o, "typed", json_object());
	json_append(all, o);
	return o;
}

/* A submission's lines and what is of each of them, copied into a draft. */
struct copying {
	struct json *draft;
	struct json *lines; /* NULL: not wanted; uuid -> number, of those with parts of their own */
	int64_t of;
};

static bool copy_child(void *arg, const struct look_item *x)
{
	struct copying *c = arg;
	struct json *fields = merge_json(x->state, x->form), *line;
	char uuid[CODEC_UUID_LEN + 1];
	int64_t no = 0;

	json_remove(fields, "reason");
	if (x->form && x->form->parent_field)
		json_remove(fields, x->form->parent_field);
	if (!x->form) {
		json_free(fields);
		return true;
	}
	line = add_child(c->draft, x->form, c->of, fields);
	codec_uuid(x->id, uuid);
	if (c->lines && x->form->nchild > 0 && json_get_int(line, "no", &no))
		json_set_int(c->lines, uuid, no);
	return true;
}

static enum rc copy_lines(struct record_batch *b, const struct store_entity *e, const char *id,
			  struct json *draft, struct err *reterr)
{
	struct copying c = {.draft = draft, .lines = json_object()};
	struct store_filter kids = {.scope = e->scope, .parent = id};
	struct json *lines = c.lines;
	enum rc rc = look_each(b->agent, &kids, copy_child, &c, reterr);

	c.lines = NULL;
	for (const struct json *l = json_first(lines); rc == RC_OK && l; l = json_next(l)) {
		kids.parent = json_name(l);
		json_int(l, &c.of);
		rc = look_each(b->agent, &kids, copy_child, &c, reterr);
	}
	json_free(lines);
	return rc;
}

enum rc record_draft_correct(struct record_batch *b, const struct store_entity *e,
			     const struct form *f, const char *reason, struct json **ret,
			     struct err *reterr)
{
	static const char *const gone[] = {"children", "reason", CHAIN_FIELD};
	char old[CODEC_UUID_LEN + 1];
	struct json *draft = empty_draft(b, f), *fields = merge_json(e->state, e->form);
	enum rc rc;

	codec_uuid(e->id, old);
	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
		json_remove(fields, gone[i]);
	json_set_str(fields, CHAIN_FIELD, old);
	if (reason)
		json_set_str(fields, "reason", reason);
	json_set(draft, "fields", fields);
	json_set_str(draft, "scope", e->scope); /* of the same scope as what it corrects (M12) */
	rc = copy_lines(b, e, old, draft, reterr);
	if (rc == RC_OK)
		*ret = draft;
	else
		json_free(draft);
	return rc;
}

static bool corrects(const struct json *draft, const char *id)
{
	const char *old = json_get_str(json_get_obj(draft, "fields"), CHAIN_FIELD);

	return old && strcmp(old, id) == 0;
}

bool record_draft_is_of(const struct json *draft, const char *id)
{
	const char *edits = json_get_str(draft, "edits");

	return (edits && strcmp(edits, id) == 0) || corrects(draft, id);
}

enum rc record_draft_correction(struct record_batch *b, const uint8_t id[16], struct json **ret,
				struct err *reterr)
{
	char text[CODEC_UUID_LEN + 1];
	const struct json *newest = NULL;
	struct json *all = NULL;
	enum rc rc = draft_list(b->agent, &all, NULL, reterr);

	codec_uuid(id, text);
	for (const struct json *d = json_first(all); d; d = json_next(d))
		if (corrects(d, text))
			newest = d; /* ids grow with time */
	*ret = newest ? json_copy(newest) : NULL;
	json_free(all);
	return rc;
}

/* Only what counts, or is one of several that may, is corrected (M12, M17). */
static enum rc check_last(struct record_batch *b, const struct store_entity *e, struct err *reterr)
{
	struct chain *c = NULL;
	const uint8_t *newer;
	char end[LOOK_SHORT];
	enum rc rc = store_chain(b->agent->store, e->kind, &c, reterr);

	if (rc == RC_OK && (newer = chain_correction(c, e->scope, e->id, 0)) != NULL) {
		look_short(newer, end);
		rc = err_set(reterr, RC_CONFLICT, "M12",
			     chain_correction(c, e->scope, e->id, 1) ? "correct.choose"
								     : "correct.superseded",
			     "id", end, NULL);
	} else if (rc == RC_OK && chain_standing(c, e->scope, e->id) == CHAIN_REPLACED) {
		rc = err_set(reterr, RC_CONFLICT, "M17", "correct.not_chosen", NULL);
	}
	chain_free(c);
	return rc;
}

enum rc record_draft_corrects(struct record_batch *b, const char *typed, struct store_entity **ret,
			      const struct form **retform, struct err *reterr)
{
	struct store_entity *e = NULL;
	struct json *draft = NULL;
	enum rc rc = look_find(b->agent, NULL, typed, &e, reterr);

	if (rc == RC_NOTFOUND && draft_find(b->agent, NULL, typed, &draft, NULL) == RC_OK) {
		json_free(draft);
		return err_set(reterr, RC_CONFLICT, NULL, "correct.draft", "id", typed, NULL);
	}
	if (rc != RC_OK)
		return rc;
	*retform = form_set_open(store_forms(b->agent->store), e->kind);
	if (!*retform || ((*retform)->class != FORM_CHECK && (*retform)->class != FORM_STATEMENT))
		rc = err_set(reterr, RC_INPUT, "M12", "correct.not_check", "id", typed, NULL);
	if (rc == RC_OK)
		rc = check_last(b, e, reterr);
	if (rc == RC_OK)
		*ret = e;
	else
		store_entity_free(e);
	return rc;
}

/* ---- values ---- */

static bool is_empty(const struct json *o, const char *name)
{
	const struct json *v = json_get(o, name);

	return !v || json_kind(v) == JSON_NULL;
}

/* Values over values; null takes one away. */
static void overlay(struct json *fields, const struct json *wire)
{
	for (const struct json *v = json_first(wire); v; v = json_next(v)) {
		if (json_kind(v) == JSON_NULL)
			json_remove(fields, json_name(v));
		else
			json_set(fields, json_name(v), json_copy(v));
	}
}

enum rc record_draft_base(struct record_batch *b, const struct json *draft,
			  struct store_entity **ret, struct err *reterr)
{
	const char *edits = json_get_str(draft, "edits");
	const char *old = json_get_str(json_get(draft, "fields"), CHAIN_FIELD);
	enum rc rc;

	*ret = NULL;
	if (!edits && !old)
		return RC_OK;
	rc = store_entity_find(b->agent->store, json_get_str(draft, "kind"), edits ? edits : old,
			       ret, reterr);
	if (rc == RC_NOTFOUND && !edits) { /* corrected before it came here: nothing to compare */
		err_clear(reterr);
		rc = RC_OK;
	}
	return rc;
}

/* What changes against the record: nothing that stands there already. */
static void only_changes(const struct form *f, const struct json *base, struct json *fields)
{
	for (size_t i = 0; i < f->nfield; i++) {
		const char *name = f->field[i].name;
		const struct json *next = json_get(fields, name);
		bool same = is_empty(base, name) ? is_empty(fields, name)
						 : json_equal(json_get(base, name), next);
		if (next && same)
			json_remove(fields, name);
	}
}

/* Wire values into an edit, whose fields hold only changes. */
static enum rc merge_edit(struct record_batch *b, const struct form *f, struct json *draft,
			  const struct json *wire, struct json *o, struct err *reterr)
{
	struct json *fields = json_get_obj(draft, "fields"), *base, *rec;
	struct store_entity *e = NULL;
	enum rc rc = record_draft_base(b, draft, &e, reterr);

	if (rc != RC_OK)
		return rc;
	base = merge_json(e->state, e->form);
	for (const struct json *v = json_first(wire); v; v = json_next(v)) {
		if (!json_get(fields, json_name(v)) && json_get_arr(draft, "seen"))
			seen_add(json_get(draft, "seen"), e->state, json_name(v));
		json_set(fields, json_name(v), json_copy(v));
	}
	only_changes(f, base, fields);
	rec = json_copy(base);
	overlay(rec, fields);
	rc = record_empty(b, f, rec, wire, fields, o, reterr);
	only_changes(f, base, fields);
	json_free(rec);
	json_free(base);
	store_entity_free(e);
	return rc;
}

/* Wire values into the draft itself (part == draft) or one of its lines. */
static enum rc merge_values(struct record_batch *b, const struct form *f, struct json *draft,
			    struct json *part, const struct json *wire, struct json *o,
			    struct err *reterr)
{
	struct json *fields = json_get_obj(part, "fields");

	for (const struct json *v = json_first(wire); v; v = json_next(v))
		json_remove(json_get_obj(part, "typed"), json_name(v));
	if (part == draft && json_get_str(draft, "edits"))
		return merge_edit(b, f, draft, wire, o, reterr);
	overlay(fields, wire);
	return record_empty(b, f, fields, wire, NULL, o, reterr);
}

/* ---- lines ---- */

static bool same_key(const struct form *child, const struct json *a, const struct json *b)
{
	bool any = false;

	for (size_t i = 0; i < child->nkey; i++) {
		const char *name = child->key[i];
		if (child->parent_field && strcmp(name, child->parent_field) == 0)
			continue;
		if (!json_get(a, name) || !json_equal(json_get(a, name), json_get(b, name)))
			return false;
		any = true;
	}
	return any;
}

struct json *record_child(const struct form *child, struct json *children, const struct json *wire)
{
	for (struct json *c = json_first(children); c; c = json_next(c))
		if (strcmp(json_get_str(c, "kind"), child->name) == 0 &&
		    same_key(child, json_get(c, "fields"), wire))
			return c;
	return NULL;
}

/* The number of the line that a part of a draft is of; 0: it is the draft's own. */
static int64_t line_of(const struct json *part)
{
	int64_t of = 0;

	json_get_int(part, "of", &of);
	return of;
}

static bool is_discard(const struct json *item)
{
	bool v = false;

	return json_get_bool(item, "discard", &v) && v;
}

/* The children without one of them and what is of it. */
static struct json *without(const struct json *children, const struct json *gone)
{
	struct json *rest = json_array();
	int64_t no = -1;

	json_get_int(gone, "no", &no);
	for (const struct json *c = json_first(children); c; c = json_next(c))
		if (c != gone && line_of(c) != no)
			json_append(rest, json_copy(c));
	return rest;
}

/* The form of a new line, which must be one the draft's may have. */
static enum rc child_form(struct record_batch *b, const struct form *f, const char *kind,
			  const struct form **ret, struct err *reterr)
{
	enum rc rc = look_form(b->agent, kind ? kind : "", ret, reterr);

	if (rc == RC_OK && !form_child(f, (*ret)->name))
		rc = err_set(reterr, RC_INPUT, NULL, "record.no_child", "kind",
			     form_say((*ret)->label, lang_name(b->look.lang)), NULL);
	return rc;
}

static struct json *line_no(struct json *draft, int64_t want)
{
	int64_t no = 0;

	for (struct json *c = json_first(json_get_arr(draft, "children")); c; c = json_next(c))
		if (json_get_int(c, "no", &no) && no == want)
			return c;
	return NULL;
}

/* The draft itself, or its line of that number; and its form. */
static enum rc find_line(struct record_batch *b, const struct form *f, struct json *draft,
			 int64_t no, struct json **ret, const struct form **retform,
			 struct err *reterr)
{
	*ret = no == 0 ? draft : line_no(draft, no);
	*retform = f;
	if (!*ret)
		return err_num(reterr, RC_NOTFOUND, NULL, "draft.no_line", "line", no);
	return no == 0 ? RC_OK : record_draft_form(b, *ret, retform, reterr);
}

/* What find_line finds, or a new part of it. */
static enum rc find_part(struct record_batch *b, const struct form *f, struct json *draft,
			 const struct record_typed *t, struct json **ret, const struct form **retform,
			 struct err *reterr)
{
	struct json *fields;
	enum rc rc = find_line(b, f, draft, t->line, ret, retform, reterr);

	if (rc != RC_OK || !t->add)
		return rc;
	if (json_get_str(draft, "edits"))
		return err_set(reterr, RC_INPUT, NULL, "draft.no_lines", NULL);
	if (json_len(json_get_arr(draft, "children")) >= LIMIT_ENTRY_STRINGS)
		return err_num(reterr, RC_LIMIT, "E18", "draft.full", "max", LIMIT_ENTRY_STRINGS);
	rc = child_form(b, *retform, t->add, retform, reterr);
	if (rc != RC_OK)
		return rc;
	fields = json_object();
	rc = record_fill(b, *retform, json_get(*ret, "fields"), fields, reterr);
	if (rc == RC_OK)
		*ret = add_child(draft, *retform, t->line, fields);
	else
		json_free(fields);
	return rc;
}

/* Parts that came with a line: its photos. Each is added: a kind without a key has no other to meet. */
static enum rc merge_parts(struct record_batch *b, const struct form *cf, struct json *draft,
			   int64_t of, const struct json *item, struct json *o, struct err *reterr)
{
	enum rc rc = RC_OK;

	for (const struct json *c = json_first(json_get_arr(item, "children")); rc == RC_OK && c;
	     c = json_next(c)) {
		struct record_typed t = {.add = json_get_str(c, "kind"), .line = of};
		struct json *wire = json_object(), *part = NULL;
		const struct form *pf = NULL;

		if (!t.add)
			t.add = "";
		rc = find_part(b, cf, draft, &t, &part, &pf, reterr);
		if (rc == RC_OK)
			rc = record_input(b, pf, json_get(c, "fields"), wire, o, reterr);
		if (rc == RC_OK)
			rc = merge_values(b, pf, draft, part, wire, o, reterr);
		json_free(wire);
	}
	return rc;
}

static enum rc merge_child(struct record_batch *b, const struct form *f, struct json *draft,
			   const struct json *item, struct json *o, struct err *reterr)
{
	int64_t no = 0;
	const struct form *cf = NULL;
	struct json *wire = json_object(), *old = NULL;
	enum rc rc = child_form(b, f, json_get_str(item, "kind"), &cf, reterr);

	if (rc == RC_OK)
		rc = record_input(b, cf, json_get(item, "fields"), wire, o, reterr);
	if (rc == RC_OK)
		old = record_child(cf, json_get_arr(draft, "children"), wire);
	if (rc == RC_OK && is_discard(item)) {
		json_set(draft, "children", without(json_get_arr(draft, "children"), old));
	} else if (rc == RC_OK) {
		if (!old)
			old = add_child(draft, cf, 0, json_object());
		rc = merge_values(b, cf, draft, old, wire, o, reterr);
		if (rc == RC_OK && json_get_int(old, "no", &no))
			rc = merge_parts(b, cf, draft, no, item, o, reterr);
	}
	json_free(wire);
	return rc;
}

enum rc record_draft_merge(struct record_batch *b, const struct form *f, struct json *draft,
			   const struct json *item, struct json *o, struct err *reterr)
{
	struct json *wire = json_object();
	enum rc rc = record_input(b, f, json_get(item, "fields"), wire, o, reterr);

	if (rc == RC_OK)
		rc = merge_values(b, f, draft, draft, wire, o, reterr);
	for (const struct json *c = json_first(json_get_arr(item, "children")); rc == RC_OK && c;
	     c = json_next(c))
		rc = merge_child(b, f, draft, c, o, reterr);
	json_set_int(draft, "saved_at", store_now(b->agent->store));
	json_free(wire);
	return rc;
}

/* ---- one field after the other, as a screen is left ---- */

/* What could not be read: kept as typed, and no value in its place. */
static enum rc keep_unread(const struct form *f, const struct json *typed,
			   struct json *wire, struct json *unread, struct err *reterr)
{
	for (const struct json *v = json_first(typed); v; v = json_next(v)) {
		const struct form_field *ff = look_field(f, json_name(v));

		if (!ff || strcmp(ff->name, CHAIN_FIELD) == 0)
			return err_set(reterr, RC_INPUT, NULL,
				       ff ? "record.own_field" : "form.no_field", "name",
				       json_name(v), NULL);
		if (json_get(wire, ff->name))
			continue;
		if (!json_str(v) || strlen(json_str(v)) > LIMIT_TEXT)
			return err_set(reterr, RC_INPUT, NULL, "draft.not_typed", "label",
				       ff->label.vi, "label_en", ff->label.en, NULL);
		json_set_str(unread, ff->name, json_str(v));
		json_set(wire, ff->name, json_null());
	}
	return RC_OK;
}

enum rc record_draft_set(struct record_batch *b, const struct form *f, struct json *draft,
			 const struct record_typed *t, struct json *o, struct err *reterr)
{
	struct json *wire = json_object(), *unread = json_object(), *part = NULL;
	const struct form *pf = NULL;
	int64_t no = 0;
	enum rc rc = find_part(b, f, draft, t, &part, &pf, reterr);

	if (rc == RC_OK && t->discard) {
		json_set(draft, "children", without(json_get_arr(draft, "children"), part));
		part = draft;
	} else if (rc == RC_OK) {
		rc = record_input(b, pf, t->fields, wire, o, reterr);
		if (rc == RC_OK)
			rc = keep_unread(pf, t->fields, wire, unread, reterr);
		if (rc == RC_OK)
			rc = merge_values(b, pf, draft, part, wire, o, reterr);
		for (const struct json *v = json_first(unread); rc == RC_OK && v; v = json_next(v))
			json_set(json_get_obj(part, "typed"), json_name(v), json_copy(v));
	}
	if (rc == RC_OK && t->focus)
		json_set_str(draft, "focus", t->focus);
	if (rc == RC_OK && t->reason)
		json_set_str(draft, "reason", t->reason);
	json_set_int(draft, "saved_at", store_now(b->agent->store));
	if (rc == RC_OK && t->add && json_get_int(part, "no", &no))
		json_set_int(o, "line", no);
	json_free(wire);
	json_free(unread);
	return rc;
}
