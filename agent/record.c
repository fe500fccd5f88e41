/*
 * record: batches, and the ways one typed record goes: sealed at once, an edit, or a draft.
 * Does NOT check values (record_input, record_check) or seal submissions (record_submit).
 */
#include "agent/record.h"

#include <stdlib.h>
#include <string.h>

#include "agent/draft.h"
#include "agent/seen.h"
#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/op.h"
#include "lib/text.h"
#include "sync/kinds.h"
#include "sync/retire.h"

/* ---- a batch ---- */

enum rc record_begin(struct record_batch *b, const struct op_call *call, const struct json *in,
		     struct err *reterr)
{
	*b = (struct record_batch){.agent = call->app, .in = in};
	b->made = json_object();
	b->drafts = json_array();
	b->submitted = json_array();
	return look_open(&b->look, call, reterr);
}

void record_end(struct record_batch *b)
{
	author_free(b->author);
	json_free(b->made);
	json_free(b->drafts);
	json_free(b->submitted);
	look_close(&b->look);
}

enum rc record_sign(struct record_batch *b, struct err *reterr)
{
	struct err why;
	enum rc rc;

	if (b->author || b->dry)
		return RC_OK;
	rc = author_open(b->agent, json_get_str(b->in, "clerk"), json_get_str(b->in, "pin"),
			 &b->author, &why);
	if (rc == RC_DENIED && strcmp(why.key, "keys.locked") == 0)
		return op_need_secret("pin", reterr);
	if (rc != RC_OK && reterr)
		*reterr = why;
	return rc;
}

enum rc record_keep(struct record_batch *b, struct err *reterr)
{
	enum rc rc = RC_OK;

	if (b->failed)
		return RC_OK;
	if (b->sealed > 0)
		rc = author_keep(b->author, reterr);
	for (const struct json *d = json_first(b->drafts); rc == RC_OK && d; d = json_next(d))
		rc = draft_keep(b->agent, d, reterr);
	for (const struct json *d = json_first(b->submitted); rc == RC_OK && d; d = json_next(d))
		rc = draft_remove(b->agent, json_str(d), reterr);
	return rc;
}

struct json *record_answer(const struct record_batch *b, struct json *all)
{
	struct json *o = json_object();

	json_set(o, "records", all);
	json_set_bool(o, "saved", !b->failed);
	return o;
}

enum rc record_act(const struct op_call *call, const struct json *in,
		   enum rc (*write)(struct record_batch *b, const struct json *in,
				    struct json *all, struct err *reterr),
		   struct json **ret, struct err *reterr)
{
	struct json *all = json_array();
	struct record_batch b;
	enum rc rc = record_begin(&b, call, in, reterr);

	if (rc == RC_OK)
		rc = write(&b, in, all, reterr);
	if (rc == RC_OK)
		rc = record_keep(&b, reterr);
	if (rc == RC_OK)
		*ret = record_answer(&b, all);
	else
		json_free(all);
	record_end(&b);
	return rc;
}

/* ---- sealing one `set` ---- */

static void put_entry(struct json *o, const uint8_t id[ENTRY_ID_LEN])
{
	char text[CODEC_B64U_32 + 1];

	codec_b64u(id, ENTRY_ID_LEN, text);
	json_set_str(o, "entry", text);
}

static void put_reason(struct json *fields, const char *reason)
{
	if (reason && reason[0])
		json_set_str(fields, "reason", reason);
}

enum rc record_reason(const char *typed, char **ret, struct err *reterr)
{
	struct buf text;
	enum rc rc;

	*ret = NULL;
	if (!typed)
		return RC_OK;
	buf_init(&text, LIMIT_TEXT);
	rc = text_clean(span_str(typed), true, &text, reterr);
	if (rc == RC_OK && text.len > 0 && !(*ret = buf_take(&text, NULL)))
		rc = err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	buf_free(&text);
	return rc;
}

/* ---- an edit ---- */

static bool is_null(const struct json *v)
{
	return !v || json_kind(v) == JSON_NULL;
}

static bool in_conflict(const struct store_entity *e, const char *field)
{
	struct merge_value v;
	struct buf scratch;
	bool conflict = false;

	buf_init(&scratch, LIMIT_MERGE_STATE);
	if (merge_show(e->state, field, merge_policy(e->form, field), &scratch, &v, &conflict,
		       NULL) != RC_OK)
		conflict = false;
	buf_free(&scratch);
	return conflict;
}

/* Keep only what differs from what stands there. */
static void drop_same(const struct store_entity *e, const struct form *f, const struct json *rec,
		      struct json *change)
{
	for (size_t i = 0; i < f->nfield; i++) {
		const char *name = f->field[i].name;
		const struct json *now = json_get(rec, name), *next = json_get(change, name);
		bool same = is_null(now) ? is_null(next) : json_equal(now, next);
		if (next && same && !in_conflict(e, name))
			json_remove(change, name);
	}
}

static void refuse_written_once(struct record_batch *b, const struct form *f,
				const struct json *rec, const struct json *change, struct json *o)
{
	for (const struct json *v = json_first(change); v; v = json_next(v)) {
		const struct form_field *ff = form_field(f, json_name(v));
		struct err why;
		if (!ff || ff->merge != FORM_IMMUTABLE || is_null(json_get(rec, ff->name)))
			continue;
		err_set(&why, RC_INPUT, NULL, "record.written_once", NULL);
		record_error(b, o, ff, &why);
	}
}

static enum rc need_reason(struct record_batch *b, const struct record_change *c,
			   const char *reason, struct err *reterr)
{
	struct look_history h = {0};
	bool logged = c->decide;
	enum rc rc = RC_OK;

	if (reason)
		return RC_OK;
	if (!logged) {
		rc = look_history(b->agent, c->e->no, &h, reterr);
		logged = rc == RC_OK && look_logged(&h);
		look_history_free(&h);
	}
	if (rc == RC_OK && logged)
		rc = err_set(reterr, RC_INPUT, NULL, "record.reason_needed", NULL);
	return rc;
}

/* Seal the change, naming every sibling of its fields that was seen (E17, M10) and what M16 asks for. */
static enum rc seal_change(struct record_batch *b, const struct record_change *c,
			   const struct form *f, const struct json *set, struct json *o,
			   struct err *reterr)
{
	const struct store_entity *e = c->e;
	const char *field[LIMIT_FORM_FIELDS + 2];
	uint8_t id[ENTRY_ID_LEN];
	struct buf after;
	size_t n = 0;
	enum rc rc;

	for (const struct json *v = json_first(set); v && n < LIMIT_FORM_FIELDS + 1;
	     v = json_next(v))
		field[n++] = json_name(v);
	field[n] = NULL;
	buf_init(&after, LIMIT_ENTRY_AFTER * ENTRY_ID_LEN);
	rc = retire_after(e->state, f, field, &after, reterr);
	if (rc == RC_OK && c->seen)
		rc = seen_after(c->seen, &after, reterr);
	if (rc == RC_OK)
		rc = author_set(b->author, e->scope, f->name, f->version, e->id, set,
				span_buf(&after), id, reterr);
	if (rc == RC_OK) {
		put_entry(o, id);
		b->sealed++;
	}
	buf_free(&after);
	return rc;
}

static bool count_take(void *arg, const struct store_item *item)
{
	(void)arg, (void)item;
	return false;
}

/* A session with lines on which two people differ. */
static enum rc warn_lines(struct record_batch *b, const struct store_entity *e, struct json *o,
			  struct err *reterr)
{
	char uuid[CODEC_UUID_LEN + 1];
	const struct store_filter f = {.parent = uuid, .scope = e->scope, .conflicts = true};
	int64_t n = 0;
	enum rc rc;

	codec_uuid(e->id, uuid);
	rc = store_list(b->agent->store, &f, count_take, NULL, &n, reterr);
	if (rc == RC_OK && n > 0)
		record_warn(b, o, NULL, "record.lines_undecided");
	return rc;
}

static void copy_values(const struct json *from, struct json *to)
{
	for (const struct json *v = json_first(from); v; v = json_next(v))
		json_set(to, json_name(v), json_copy(v));
}

/* What is changed, checked on the whole record; empty when nothing is. */
static enum rc check_change(struct record_batch *b, const struct record_change *c,
			    const struct form *f, struct json *rec, struct json *change,
			    struct json *o, struct err *reterr)
{
	struct record_check check = {.form = f, .rec = rec, .child = SIZE_MAX, .list = "errors"};
	struct json *known = NULL, *lines = NULL;
	enum rc rc = RC_OK;

	if (c->wire)
		copy_values(c->typed, change);
	else
		rc = record_input(b, f, c->typed, change, o, reterr);
	if (rc == RC_OK && f->class == FORM_SESSION) /* its rules are about its lines, too */
		rc = look_children(b->agent, c->e, &lines, reterr);
	if (rc != RC_OK)
		return rc;
	check.children = lines;
	if (!c->decide) {
		drop_same(c->e, f, rec, change);
		refuse_written_once(b, f, rec, change, o);
	}
	rc = record_known(b, f, rec, lines, change, &known, reterr);
	for (const struct json *v = json_first(change); v; v = json_next(v)) {
		if (is_null(v))
			json_remove(rec, json_name(v));
		else
			json_set(rec, json_name(v), json_copy(v));
	}
	if (rc == RC_OK && json_len(change) > 0)
		rc = record_empty(b, f, rec, change, change, o, reterr);
	check.known = known;
	if (rc == RC_OK && json_len(change) > 0)
		rc = record_check(b, &check, o, reterr);
	if (rc == RC_OK && json_len(change) > 0)
		rc = record_twins(b, f, change, c->e->id, o, reterr);
	if (rc == RC_OK && lines && json_len(change) > 0)
		rc = warn_lines(b, c->e, o, reterr);
	if (retire_is(c->e->state) && json_len(change) > 0 && !json_get(change, RETIRE_FIELD))
		record_warn(b, o, form_field(f, RETIRE_FIELD), "record.written_off");
	json_free(known);
	json_free(lines);
	return rc;
}

enum rc record_edit(struct record_batch *b, const struct record_change *c, struct json **ret,
		    struct err *reterr)
{
	const struct form *f = form_set_open(store_forms(b->agent->store), c->e->kind);
	struct json *o, *rec = NULL, *change = json_object(), *set = NULL;
	char *reason = NULL;
	size_t errors;
	enum rc rc;

	if (!f)
		f = c->e->form;
	if (!f)
		return err_set(reterr, RC_NOTFOUND, NULL, "record.no_kind", "kind", c->e->kind,
			       NULL);
	o = record_result(b, f);
	rec = merge_json(c->e->state, c->e->form);
	rc = record_sign(b, reterr);
	if (rc == RC_OK && b->author)
		rc = author_may(b->author, c->e->scope, reterr);
	if (rc == RC_OK)
		rc = record_reason(c->reason, &reason, reterr);
	if (rc == RC_OK)
		rc = check_change(b, c, f, rec, change, o, reterr);
	errors = json_len(json_get_arr(o, "errors"));
	if (rc == RC_OK && errors == 0 && json_len(change) > 0)
		rc = need_reason(b, c, reason, reterr);
	if (rc == RC_OK && errors == 0 && json_len(change) > 0 && !b->dry) {
		set = record_ordered(f, change, true);
		put_reason(set, reason);
		rc = seal_change(b, c, f, set, o, reterr);
	}
	record_name(b, o, f, c->e->id, rec);
	json_set_str(o, "state",
		     errors > 0             ? "refused"
		     : json_len(change) > 0 ? "sealed"
					    : "unchanged");
	free(reason);
	json_free(set);
	json_free(change);
	json_free(rec);
	if (rc == RC_OK)
		*ret = o;
	else
		json_free(o);
	return rc;
}

/* ---- a new record, sealed at once ---- */

struct fresh {
	const struct form *form;
	const struct json *item;           /* fields, children, reason as typed */
	bool wire;                         /* fields are wire values, of a draft */
	const struct store_entity *parent; /* NULL: none, or made in this batch */
	const char *parent_id;             /* UUID text or NULL */
	const char *id;                    /* UUID text brought along, or NULL */
	char scope[ENTRY_SCOPE_LEN];       /* of what it belongs to; "": where new records go (M18) */
};

/* Where it will stand; NULL while nobody signs (a preview). */
static const char *scope_of(const struct record_batch *b, const struct fresh *n)
{
	if (n->scope[0])
		return n->scope;
	return b->author ? author_scope(b->author) : NULL;
}

static enum rc check_fresh(struct record_batch *b, const struct fresh *n, const uint8_t id[16],
			   const struct json *wire, const struct json *up, struct json *o,
			   struct err *reterr)
{
	struct record_check c = {
	    .form = n->form, .rec = wire, .parent = up, .child = SIZE_MAX, .list = "errors"};
	struct store_entity *same = NULL;
	char uuid[CODEC_UUID_LEN + 1];
	enum rc rc;

	codec_uuid(id, uuid);
	rc = record_check(b, &c, o, reterr);
	if (rc == RC_OK && !b->dry && json_len(json_get_arr(o, "errors")) == 0 &&
	    (json_get(b->made, uuid) || store_entity(b->agent->store, scope_of(b, n),
						     n->form->name, id, &same, NULL) == RC_OK))
		rc = err_set(reterr, RC_EXISTS, NULL, "record.exists", "title",
			     json_get_str(o, "title"), "id", json_get_str(o, "short"), NULL);
	store_entity_free(same);
	return rc == RC_OK ? record_twins(b, n->form, wire, id, o, reterr) : rc;
}

static enum rc seal_fresh(struct record_batch *b, const struct fresh *n, const uint8_t id[16],
			  const struct json *wire, struct json *o, struct err *reterr)
{
	struct json *set = record_ordered(n->form, wire, false);
	uint8_t entry[ENTRY_ID_LEN];
	char *reason = NULL;
	enum rc rc = record_reason(json_get_str(n->item, "reason"), &reason, reterr);

	put_reason(set, reason);
	if (rc == RC_OK && json_len(set) == 0)
		rc = err_set(reterr, RC_INPUT, NULL, "record.nothing", NULL);
	if (rc == RC_OK && !b->dry)
		rc = author_set(b->author, scope_of(b, n), n->form->name, n->form->version, id, set,
				span_of(NULL, 0), entry, reterr);
	if (rc == RC_OK && !b->dry) {
		put_entry(o, entry);
		if (!b->bulk)
			json_set_str(b->made, json_get_str(o, "id"), scope_of(b, n));
		b->sealed++;
	}
	free(reason);
	json_free(set);
	return rc;
}

static enum rc fresh_one(struct record_batch *b, const struct fresh *n, struct json *o,
			 struct err *reterr)
{
	struct json *wire = json_object(), *up = NULL;
	uint8_t id[16] = {0};
	enum rc rc = record_sign(b, reterr);

	if (rc == RC_OK && n->wire)
		copy_values(json_get(n->item, "fields"), wire);
	else if (rc == RC_OK)
		rc = record_input(b, n->form, json_get(n->item, "fields"), wire, o, reterr);
	if (n->parent_id)
		json_set_str(wire, n->form->parent_field, n->parent_id);
	if (n->parent)
		up = merge_json(n->parent->state, n->parent->form);
	if (rc == RC_OK)
		rc = record_fill(b, n->form, up, wire, reterr);
	if (rc == RC_OK && !(n->id && codec_uuid_dec(span_str(n->id), id)))
		rc = record_id(b, n->form, scope_of(b, n), wire, id, reterr);
	if (rc == RC_OK) {
		record_name(b, o, n->form, id, wire);
		rc = check_fresh(b, n, id, wire, up, o, reterr);
	}
	if (rc == RC_OK && json_len(json_get_arr(o, "errors")) == 0)
		rc = seal_fresh(b, n, id, wire, o, reterr);
	json_set_str(o, "state", json_len(json_get_arr(o, "errors")) > 0 ? "refused" : "sealed");
	json_free(up);
	json_free(wire);
	return rc;
}

/* Lines that came with a new session or register record: each an entity of its own. */
static enum rc fresh_children(struct record_batch *b, const struct json *item, const char *id,
			      bool wire, struct json *o, struct err *reterr)
{
	struct json *all = json_array();
	enum rc rc = RC_OK;

	for (const struct json *c = json_first(json_get_arr(item, "children")); rc == RC_OK && c;
	     c = json_next(c)) {
		struct fresh n = {.item = c, .wire = wire, .parent_id = id}; /* new like its parent */
		struct json *one = NULL;
		const char *kind = json_get_str(c, "kind");

		rc = look_form(b->agent, kind ? kind : "", &n.form, reterr);
		if (rc == RC_OK && !n.form->parent_field)
			rc = err_set(reterr, RC_INPUT, NULL, "record.no_child", "kind",
				     form_say(n.form->label, lang_name(b->look.lang)), NULL);
		if (rc == RC_OK) {
			one = record_result(b, n.form);
			rc = fresh_one(b, &n, one, reterr);
		}
		json_append(all, one ? one : json_null());
	}
	json_set(o, "children", all);
	return rc;
}

/* ---- which way ---- */

static bool is_submission(const struct form *f)
{
	return f->class == FORM_CHECK || f->class == FORM_STATEMENT;
}

static enum rc seal_edit(struct record_batch *b, const struct json *draft, struct json **ret,
			 struct err *reterr)
{
	struct record_change c = {.typed = json_get(draft, "fields"),
				  .wire = true,
				  .reason = json_get_str(draft, "reason"),
				  .seen = json_get_arr(draft, "seen")};
	struct store_entity *e = NULL;
	enum rc rc = record_draft_base(b, draft, &e, reterr);

	c.e = e;
	if (rc == RC_OK)
		rc = record_edit(b, &c, ret, reterr);
	store_entity_free(e);
	return rc;
}

/* Under the id of the draft, so that one sealed already is not sealed again. */
static enum rc seal_new(struct record_batch *b, const struct form *f, const struct json *draft,
			struct json *o, struct err *reterr)
{
	struct fresh n = {
	    .form = f, .item = draft, .wire = true, .id = json_get_str(draft, "id")};
	enum rc rc = fresh_one(b, &n, o, reterr);

	if (rc == RC_OK && json_len(json_get_arr(draft, "children")) > 0)
		rc = fresh_children(b, draft, json_get_str(o, "id"), true, o, reterr);
	return rc;
}

/* Texts nobody could read, told as errors; true when there are some. */
static bool has_unread(struct record_batch *b, const struct form *f, const struct json *draft,
		       struct json *o)
{
	struct json *wire = json_object();
	const struct json *typed = json_get(draft, "typed");

	record_input(b, f, typed, wire, o, NULL);
	json_free(wire);
	return json_len(typed) > 0;
}

enum rc record_seal_draft(struct record_batch *b, const struct form *f, const struct json *draft,
			  struct json **ret, struct err *reterr)
{
	struct json *o = record_result(b, f);
	enum rc rc;

	if (is_submission(f)) {
		rc = record_submit(b, f, draft, o, reterr);
	} else if (has_unread(b, f, draft, o)) {
		rc = RC_OK;
		b->failed = true;
		json_set_str(o, "state", "refused");
	} else if (json_get_str(draft, "edits")) {
		json_free(o);
		o = NULL;
		rc = seal_edit(b, draft, &o, reterr);
	} else {
		rc = seal_new(b, f, draft, o, reterr);
	}
	if (rc == RC_OK && !is_submission(f) && !b->failed)
		json_append_str(b->submitted, json_get_str(draft, "id"));
	if (rc == RC_OK)
		*ret = o;
	else
		json_free(o);
	return rc;
}

static bool item_is(const struct json *item, const char *name)
{
	bool v = false;

	return json_get_bool(item, name, &v) && v;
}

static enum rc submitted_already(const char *id, struct err *reterr)
{
	return err_set(reterr, RC_CONFLICT, "M12", "record.submitted", "id", id, NULL);
}

/* A draft that takes what was typed; then it is submitted or kept. */
static enum rc take_draft(struct record_batch *b, const struct form *f, struct json *draft,
			  const struct json *item, struct json *o, struct err *reterr)
{
	struct json *sealed = NULL;
	uint8_t id[16] = {0};
	enum rc rc = record_draft_merge(b, f, draft, item, o, reterr);

	if (rc != RC_OK)
		return rc;
	codec_uuid_dec(span_str(json_get_str(draft, "id")), id);
	record_name(b, o, f, id, json_get(draft, "fields"));
	if (json_len(json_get_arr(o, "errors")) > 0) {
		json_set_str(o, "state", "refused");
		return RC_OK;
	}
	if (item_is(item, "submit") && is_submission(f)) {
		rc = record_submit(b, f, draft, o, reterr);
		if (rc != RC_OK || !b->alone || json_len(json_get_arr(o, "errors")) == 0)
			return rc;
		json_set_str(o, "state", "draft"); /* what was typed is not lost */
		return draft_keep(b->agent, draft, reterr);
	}
	if (item_is(item, "submit")) {
		rc = record_seal_draft(b, f, draft, &sealed, reterr);
		copy_values(sealed, o);
		json_free(sealed);
		return rc;
	}
	json_set_str(o, "state", "draft");
	json_append(b->drafts, json_copy(draft));
	return record_draft_todo(b, f, draft, o, reterr);
}

static enum rc open_draft(struct record_batch *b, const char *kind, const char *id,
			  struct json **retdraft, const struct form **retform, struct err *reterr)
{
	struct json *draft = NULL;
	enum rc rc = draft_find(b->agent, kind, id, &draft, reterr);

	if (rc == RC_OK)
		rc = record_draft_form(b, draft, retform, reterr);
	if (rc == RC_OK)
		*retdraft = draft;
	else
		json_free(draft);
	return rc;
}

/* A child of a draft: the draft takes it in. */
static enum rc take_child(struct record_batch *b, const struct form *f, const char *parent,
			  const struct json *item, struct json **ret, struct err *reterr)
{
	struct json *draft = NULL, *o, *child, *list, *whole;
	const struct form *df = NULL;
	enum rc rc = open_draft(b, NULL, parent, &draft, &df, reterr);

	if (rc != RC_OK)
		return rc;
	if (!df || !form_child(df, f->name)) {
		json_free(draft);
		return err_set(reterr, RC_INPUT, NULL, "record.no_child", "kind",
			       form_say(f->label, lang_name(b->look.lang)), NULL);
	}
	child = json_object();
	json_set_str(child, "kind", f->name);
	json_set(child, "fields", json_copy(json_get(item, "fields")));
	json_remove(json_get(child, "fields"), f->parent_field);
	json_set_bool(child, "discard", item_is(item, "discard"));
	list = json_array();
	json_append(list, child);
	whole = json_object();
	json_set(whole, "children", list);
	json_set_bool(whole, "submit", item_is(item, "submit"));
	o = record_result(b, df);
	rc = take_draft(b, df, draft, whole, o, reterr);
	json_free(whole);
	json_free(draft);
	if (rc == RC_OK)
		*ret = o;
	else
		json_free(o);
	return rc;
}

/* The id typed names a draft or a record. */
static enum rc take_known(struct record_batch *b, const struct form *f, const char *id,
			  const struct json *item, struct json **ret, struct err *reterr)
{
	struct record_change c = {.typed = json_get(item, "fields"),
				  .reason = json_get_str(item, "reason"),
				  .seen = json_get_arr(item, "seen")};
	struct store_entity *e = NULL;
	struct json *draft = NULL, *o;
	enum rc rc = open_draft(b, f->name, id, &draft, &f, NULL);

	if (rc == RC_OK) {
		o = record_result(b, f);
		if (item_is(item, "discard")) {
			json_append_str(b->submitted, json_get_str(draft, "id"));
			json_set_str(o, "state", "discarded");
			json_set_str(o, "id", json_get_str(draft, "id"));
		} else {
			rc = take_draft(b, f, draft, item, o, reterr);
		}
		json_free(draft);
		if (rc == RC_OK)
			*ret = o;
		else
			json_free(o);
		return rc;
	}
	rc = look_find(b->agent, f->name, id, &e, reterr);
	if (rc != RC_OK)
		return rc;
	c.e = e;
	rc = kinds_once(f->name) || is_submission(f) ? submitted_already(id, reterr)
						     : record_edit(b, &c, ret, reterr);
	store_entity_free(e);
	return rc;
}

static enum rc take_new(struct record_batch *b, const struct form *f, const struct json *item,
			struct json **ret, struct err *reterr)
{
	struct json *o = record_result(b, f), *draft = NULL;
	struct fresh n = {.form = f, .item = item, .id = json_get_str(item, "id")};
	enum rc rc;

	if (is_submission(f)) {
		if (item_is(item, "submit"))
			rc =
			    record_sign(b, reterr); /* the PIN first: else it would be kept twice */
		else
			rc = RC_OK;
		if (rc == RC_OK)
			rc = record_draft_new(b, f, &draft, reterr);
		if (rc == RC_OK && n.id)
			json_set_str(draft, "id", n.id);
		if (rc == RC_OK)
			rc = take_draft(b, f, draft, item, o, reterr);
		json_free(draft);
	} else {
		rc = fresh_one(b, &n, o, reterr);
		if (rc == RC_OK && json_len(json_get_arr(item, "children")) > 0)
			rc = fresh_children(b, item, json_get_str(o, "id"), false, o,
					    reterr);
	}
	if (rc == RC_OK)
		*ret = o;
	else
		json_free(o);
	return rc;
}

/* A line: of a draft, or of a record that is there or made in this batch. */
static enum rc take_line(struct record_batch *b, const struct form *f, const char *parent,
			 const struct json *item, struct json **ret, struct err *reterr)
{
	struct fresh n = {.form = f, .item = item, .id = json_get_str(item, "id")};
	struct store_entity *e = NULL;
	char uuid[CODEC_UUID_LEN + 1];
	struct json *o, *draft = NULL;
	enum rc rc = RC_NOTFOUND;

	if (draft_find(b->agent, NULL, parent, &draft, NULL) == RC_OK) {
		json_free(draft);
		return take_child(b, f, parent, item, ret, reterr);
	}
	for (size_t i = 0; rc == RC_NOTFOUND && i < f->nparent_kind; i++)
		rc = look_find(b->agent, f->parent_kind[i], parent, &e, reterr);
	if (rc == RC_NOTFOUND && json_get(b->made, parent)) {
		rc = RC_OK;
		n.parent_id = parent;
		memcpy(n.scope, json_get_str(b->made, parent), ENTRY_SCOPE_LEN);
	}
	if (rc == RC_OK && e) {
		codec_uuid(e->id, uuid);
		n.parent_id = uuid;
		n.parent = e;
		memcpy(n.scope, e->scope, sizeof(n.scope));
		if (e->form && (is_submission(e->form) || kinds_once(e->kind)))
			rc = submitted_already(parent, reterr);
	}
	if (rc == RC_OK) {
		o = record_result(b, f);
		rc = fresh_one(b, &n, o, reterr);
		if (rc == RC_OK)
			*ret = o;
		else
			json_free(o);
	}
	store_entity_free(e);
	return rc;
}

static enum rc may_write(struct record_batch *b, const struct form *f, struct err *reterr)
{
	const char *scope = f->any_scope ? "*" : "00001"; /* any commune: the table asks no more */

	if (f->class != FORM_CENTRE && kinds_may(ROLE_CLERK, ENTRY_SET, f->name, scope))
		return RC_OK;
	return err_set(reterr, RC_DENIED, "K9", "record.not_clerk", "kind",
		       form_say(f->label, lang_name(b->look.lang)), NULL);
}

enum rc record_take(struct record_batch *b, const struct json *item, struct json **ret,
		    struct err *reterr)
{
	const char *kind = json_get_str(item, "kind"), *id = json_get_str(item, "id");
	const char *parent = json_get_str(item, "parent");
	const struct form *f = NULL;
	struct err why;
	enum rc rc = look_form(b->agent, kind ? kind : "", &f, reterr);

	if (rc == RC_OK)
		rc = may_write(b, f, reterr);
	if (rc != RC_OK)
		return rc;
	if (id) {
		uint8_t uuid[16];
		rc = take_known(b, f, id, item, ret, &why);
		if (rc != RC_NOTFOUND || !b->from_file || !codec_uuid_dec(span_str(id), uuid) ||
		    codec_uuid_version(uuid) != 7 || f->nkey > 0) {
			if (rc != RC_OK && reterr)
				*reterr = why;
			return rc;
		}
	}
	if (!parent && f->parent_field)
		parent = json_get_str(json_get(item, "fields"), f->parent_field);
	if (f->parent_field && !parent)
		return err_set(reterr, RC_INPUT, NULL, "record.no_parent", "kind",
			       form_say(f->label, lang_name(b->look.lang)), NULL);
	return f->parent_field ? take_line(b, f, parent, item, ret, reterr)
			       : take_new(b, f, item, ret, reterr);
}
