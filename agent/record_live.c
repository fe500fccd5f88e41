/*
 * record_live: a draft as a screen shows it after each field: which fields apply and are
 * asked for, values as people write them, what is computed, what blocks and what only warns, what
 * an edit or a correction changes. All of it comes from the form; nothing here knows a field. Does
 * NOT change the draft.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/record.h"
#include "lib/limits.h"

/* One record of a draft: its own, or a line. */
struct side {
	struct record_batch *b;
	const struct form *form;
	const struct json *rec, *base; /* base NULL: nothing to compare with */
	const struct json *unread;     /* field -> text as typed */
	const struct json *known;      /* errors that stood before: only warnings */
	struct form_around around;
	struct json *fields, *errors, *todo, *warnings;
	int64_t nerror, ntodo, nwarning, nchange;
};

static bool given(const struct json *v)
{
	return v && json_kind(v) != JSON_NULL;
}

static void put_text(struct side *s, const struct form_field *ff, const struct json *v,
		     const char *name, struct json *o)
{
	struct view_as as = look_as(&s->b->look, s->form);
	struct buf text;

	buf_init(&text, LIMIT_VIEW_TEXT);
	view_text(&as, ff, v, &text);
	json_set_str(o, name, text.p ? (const char *)text.p : "");
	buf_free(&text);
}

static bool is_parent(const struct form *f, const char *name)
{
	return f->parent_field && strcmp(f->parent_field, name) == 0;
}

static void put_field(struct side *s, const struct form_field *ff, const struct form_mark *mark,
		      const struct json *derived)
{
	const struct json *v = json_get(ff->type == FORM_DERIVED ? derived : s->rec, ff->name);
	const struct json *old = json_get(s->base, ff->name), *typed = json_get(s->unread, ff->name);
	struct json *o = json_object();

	json_set_bool(o, "applies", mark->applies);
	json_set_bool(o, "required", mark->required);
	if (given(v)) {
		json_set(o, "value", json_copy(v));
		put_text(s, ff, v, "text", o);
	}
	if (typed)
		json_set(o, "typed", json_copy(typed));
	if (s->base && ff->type != FORM_DERIVED && !is_parent(s->form, ff->name) &&
	    (given(v) || given(old) ? !json_equal(v, old) : false)) {
		put_text(s, ff, old, "old", o);
		s->nchange++;
	}
	json_set(s->fields, ff->name, o);
}

/* ---- findings ---- */

static void tell_error(struct side *s, const struct form_field *ff, const char *text)
{
	struct json *o = ff ? json_get(s->fields, ff->name) : NULL;

	s->nerror++;
	if (o && !json_get(o, "error"))
		json_set_str(o, "error", text);
	else if (!o)
		json_append_str(s->errors, text);
}

static void tell_warning(struct side *s, const struct form_field *ff, const char *text)
{
	struct json *o = ff ? json_get(s->fields, ff->name) : NULL;

	s->nwarning++;
	if (o && !json_get(o, "warnings"))
		json_set(o, "warnings", json_array());
	json_append_str(o ? json_get_arr(o, "warnings") : s->warnings, text);
}

static void tell_missing(struct side *s, const struct form_field *ff, const char *text)
{
	struct json *o = ff ? json_get(s->fields, ff->name) : NULL;

	s->ntodo++;
	if (o)
		json_set_str(o, "missing", text);
	else
		json_append_str(s->todo, text);
}

static void tell(struct side *s, const struct form_finding *x)
{
	static const char *const missing[] = {"form.required", "form.children_few"};
	bool todo = strcmp(x->why.key, missing[0]) == 0 || strcmp(x->why.key, missing[1]) == 0;
	struct buf text;
	const char *say;

	if (x->field && json_get(s->unread, x->field->name))
		return; /* told already: what was typed there cannot be read */
	buf_init(&text, LIMIT_ERR_TEXT);
	form_check_say(x, s->b->look.lang, &text);
	say = text.p ? (const char *)text.p : "";
	if (x->severity == FORM_WARNING || json_get(s->known, say))
		tell_warning(s, x->field, say);
	else if (todo)
		tell_missing(s, x->field, say);
	else
		tell_error(s, x->field, say);
	buf_free(&text);
}

/* Why what was typed cannot be read. */
static void tell_unread(struct side *s)
{
	struct json *o = record_result(s->b, s->form), *wire = json_object();

	record_input(s->b, s->form, s->unread, wire, o, NULL);
	for (const struct json *x = json_first(json_get_arr(o, "errors")); x; x = json_next(x))
		tell_error(s, form_field(s->form, json_get_str(x, "field")),
			   json_get_str(x, "text"));
	json_free(wire);
	json_free(o);
}

static enum rc side_make(struct side *s, struct err *reterr)
{
	struct form_mark *mark = calloc(s->form->nfield + 1, sizeof(*mark));
	struct form_result r = {0};
	enum rc rc = mark ? RC_OK : err_set(reterr, RC_NOMEM, NULL, "form.memory", NULL);

	s->fields = json_object();
	s->errors = json_array();
	s->todo = json_array();
	s->warnings = json_array();
	if (rc == RC_OK)
		rc = form_check_marks(s->form, s->rec, &s->around, mark, reterr);
	if (rc == RC_OK)
		rc = form_check_record(s->form, s->rec, &s->around, &r, reterr);
	for (size_t i = 0; rc == RC_OK && i < s->form->nfield; i++)
		put_field(s, &s->form->field[i], &mark[i], r.derived);
	if (rc == RC_OK)
		tell_unread(s);
	for (size_t i = 0; rc == RC_OK && i < r.n; i++)
		tell(s, &r.finding[i]);
	form_check_free(&r);
	free(mark);
	return rc;
}

/* Its lists go into o, its counts to the whole. */
static void side_put(struct side *s, struct json *o, struct side *sum)
{
	json_set(o, "fields", s->fields);
	json_set(o, "errors", s->errors);
	json_set(o, "todo", s->todo);
	json_set(o, "warnings", s->warnings);
	if (sum == s)
		return;
	sum->nerror += s->nerror;
	sum->ntodo += s->ntodo;
	sum->nwarning += s->nwarning;
	sum->nchange += s->nchange;
}

/* ---- lines ---- */

/* Do two lines say the same, whatever they belong to? */
static bool same_line(const struct form *f, const struct json *a, const struct json *b)
{
	for (size_t i = 0; i < f->nfield; i++) {
		const char *name = f->field[i].name;
		const struct json *x = json_get(a, name), *y = json_get(b, name);
		if (!is_parent(f, name) && (given(x) || given(y)) && !json_equal(x, y))
			return false;
	}
	return true;
}

/*
 * The line of the corrected check that this one was: of the same key, or, in a kind without one (a
 * photo), just the same. It is marked, so that what is left in the end is what was taken away.
 */
static const struct json *line_before(const struct form *f, struct json *before,
				      const struct json *wire)
{
	struct json *c = f->nkey > 0 ? record_child(f, before, wire) : json_first(before);

	while (c && f->nkey == 0 &&
	       (json_get(c, "kept") || strcmp(json_get_str(c, "kind"), f->name) != 0 ||
		!same_line(f, json_get(c, "fields"), wire)))
		c = json_next(c);
	if (c)
		json_set_bool(c, "kept", true);
	return json_get(c, "fields");
}

/* "gone": titles of the lines of the corrected check that are no longer there. */
static void put_gone(struct record_batch *b, const struct json *before, struct side *sum,
		     struct json *o)
{
	struct json *gone = json_array();

	for (const struct json *c = json_first(before); c; c = json_next(c)) {
		const struct form *f = form_set_open(store_forms(b->agent->store),
						     json_get_str(c, "kind"));
		struct buf title, text;
		if (json_get(c, "kept") || !f)
			continue;
		buf_init(&title, LIMIT_VIEW_TEXT);
		buf_init(&text, LIMIT_VIEW_TEXT);
		record_title(b, f, json_get(c, "fields"), &title);
		buf_addf(&text, "%s: %s", form_say(f->label, lang_name(b->look.lang)),
			 title.p ? (const char *)title.p : "");
		json_append_str(gone, (const char *)text.p);
		sum->nchange++;
		buf_free(&title);
		buf_free(&text);
	}
	json_set(o, "gone", gone);
}

/* parent: what it is a line of. before: the lines of the check that is corrected; NULL: none is. */
static enum rc put_line(struct record_batch *b, const struct json *parent,
			const struct json *kid, struct json *before, struct side *sum,
			struct json *lines, struct err *reterr)
{
	struct json *o = json_object();
	struct buf title;
	struct side s = {.b = b,
			 .form = form_set_kind(store_forms(b->agent->store),
					       json_get_str(kid, "kind")),
			 .rec = json_get(kid, "fields"),
			 .unread = json_get(kid, "typed"),
			 .around = {.set = store_forms(b->agent->store),
				    .now_s = store_likely_now(b->agent->store),
				    .parent = parent,
				    .children = json_get(kid, "children")}};
	enum rc rc;

	if (before && !(s.base = line_before(s.form, before, s.rec))) {
		json_set_bool(o, "added", true);
		s.nchange++;
	}
	rc = side_make(&s, reterr);

	buf_init(&title, LIMIT_VIEW_TEXT);
	record_title(b, s.form, s.rec, &title);
	json_set(o, "no", json_copy(json_get(kid, "no")));
	if (json_get(kid, "of"))
		json_set(o, "of", json_copy(json_get(kid, "of")));
	json_set_str(o, "kind", s.form->name);
	json_set_int(o, "version", s.form->version);
	json_set_str(o, "kind_label", form_say(s.form->label, lang_name(b->look.lang)));
	json_set_str(o, "title", title.p ? (const char *)title.p : "");
	side_put(&s, o, sum);
	json_append(lines, o);
	buf_free(&title);
	return rc;
}

/* Each line, and after it what is of it. */
static enum rc put_lines(struct record_batch *b, const struct json *parent,
			 const struct json *kids, struct json *before, struct side *sum,
			 struct json *lines, struct err *reterr)
{
	enum rc rc = RC_OK;

	for (const struct json *k = json_first(kids); rc == RC_OK && k; k = json_next(k)) {
		rc = put_line(b, parent, k, before, sum, lines, reterr);
		if (rc == RC_OK)
			rc = put_lines(b, json_get(k, "fields"), json_get(k, "children"), before,
				       sum, lines, reterr);
	}
	return rc;
}

/* ---- the whole ---- */

/* Values as they would be sealed; of an edit those of the record with the changes. */
static enum rc values(struct record_batch *b, const struct json *draft, const struct form *f,
		      const struct store_entity *e, struct record_parts *w, struct err *reterr)
{
	if (!json_get_str(draft, "edits"))
		return record_parts_make(b, f, draft, w, reterr);
	*w = (struct record_parts){.form = f, .unread = json_get(draft, "typed")};
	w->rec = merge_json(e->state, e->form);
	w->kids = NULL;
	for (const struct json *v = json_first(json_get(draft, "fields")); v; v = json_next(v)) {
		if (given(v))
			json_set(w->rec, json_name(v), json_copy(v));
		else
			json_remove(w->rec, json_name(v));
	}
	return RC_OK;
}

static enum rc put_head(struct record_batch *b, const struct json *draft, const struct form *f,
			const struct json *rec, const struct store_entity *e, struct json *o,
			struct err *reterr)
{
	const struct form *newest = form_set_open(store_forms(b->agent->store), f->name);
	static const char *const copied[] = {"saved_at", "focus", "reason", "edits"};
	struct look_history h = {0};
	uint8_t id[16] = {0};
	struct json *named;
	enum rc rc = RC_OK;

	codec_uuid_dec(span_str(json_get_str(draft, "id")), id);
	record_name(b, o, f, id, rec);
	json_set_str(o, "kind", f->name);
	json_set_str(o, "kind_label", form_say(f->label, lang_name(b->look.lang)));
	json_set_str(o, "class", form_class_name(f->class));
	json_set_int(o, "version", f->version);
	json_set_int(o, "newest", newest ? newest->version : f->version);
	for (size_t i = 0; i < sizeof(copied) / sizeof(copied[0]); i++)
		if (json_get(draft, copied[i]))
			json_set(o, copied[i], json_copy(json_get(draft, copied[i])));
	if (!e)
		return RC_OK;
	named = look_named(&b->look, e);
	json_set(o, "base_title", json_copy(json_get(named, "title")));
	if (!json_get_str(draft, "edits"))
		json_set(o, "corrects", json_copy(json_get(named, "id")));
	else
		rc = look_history(b->agent, e->no, &h, reterr);
	json_set_bool(o, "reason_needed", look_logged(&h));
	look_history_free(&h);
	json_free(named);
	return rc;
}

/* Parts that no submission can name (E18) stand in its way. */
static void tell_over(struct record_batch *b, const struct record_parts *w, struct side *s)
{
	struct buf text;

	buf_init(&text, LIMIT_ERR_TEXT);
	if (record_parts_over(b, w, &text))
		tell_error(s, NULL, text.p ? (const char *)text.p : "");
	buf_free(&text);
}

static void put_counts(const struct side *s, struct json *o)
{
	const char *reason = json_get_str(o, "reason");
	bool needed = false, change = true;

	json_get_bool(o, "reason_needed", &needed);
	if (json_get_str(o, "edits"))
		change = s->nchange > 0;
	json_set_int(o, "nerror", s->nerror);
	json_set_int(o, "ntodo", s->ntodo);
	json_set_int(o, "nwarning", s->nwarning);
	json_set_int(o, "nchange", s->nchange);
	json_set_bool(o, "ready", s->nerror + s->ntodo == 0 && change &&
				      (!needed || (reason && reason[strspn(reason, " \t\n")])));
}

/* Other records with the same code, serial number or parcel, as warnings with their id. */
static enum rc put_twins(struct record_batch *b, const struct json *draft, const struct form *f,
			 const struct json *rec, struct json *o, struct err *reterr)
{
	const char *own = json_get_str(draft, "edits");
	struct json *tmp = record_result(b, f);
	uint8_t id[16] = {0};
	enum rc rc;

	codec_uuid_dec(span_str(own ? own : json_get_str(draft, "id")), id);
	rc = record_twins(b, f, rec, id, tmp, reterr);
	json_set(o, "twins", json_copy(json_get(tmp, "warnings")));
	json_free(tmp);
	return rc;
}

/* What an edit leaves alone may be wrong already: that does not stand in its way. */
static enum rc known_errors(struct record_batch *b, const struct json *draft, const struct form *f,
			    const struct json *base, struct json **ret, struct err *reterr)
{
	if (!json_get_str(draft, "edits"))
		return RC_OK;
	return record_known(b, f, base, NULL, json_get(draft, "fields"), ret, reterr);
}

static enum rc live(struct record_batch *b, const struct json *draft, const struct form *f,
		    const struct store_entity *e, bool twins, struct json *o, struct err *reterr)
{
	struct json *lines = json_array(), *base = e ? merge_json(e->state, e->form) : NULL;
	struct json *known = NULL, *before = NULL;
	struct record_parts w = {0};
	struct side s = {.b = b, .form = f, .unread = json_get(draft, "typed"), .base = base};
	enum rc rc = values(b, draft, f, e, &w, reterr);

	if (rc == RC_OK)
		rc = known_errors(b, draft, f, base, &known, reterr);
	json_remove(base, CHAIN_FIELD); /* a correction is not the less one for being another's */
	json_remove(base, "reason");
	s.rec = w.rec;
	s.known = known;
	s.around = (struct form_around){.set = store_forms(b->agent->store),
					.now_s = store_likely_now(b->agent->store),
					.children = w.kids};
	if (rc == RC_OK)
		rc = put_head(b, draft, f, w.rec, e, o, reterr);
	if (rc == RC_OK)
		rc = side_make(&s, reterr);
	if (rc == RC_OK)
		tell_over(b, &w, &s);
	side_put(&s, o, &s);
	if (rc == RC_OK && e && !json_get_str(draft, "edits"))
		rc = look_parts(b->agent, e, &before, reterr);
	if (rc == RC_OK)
		rc = put_lines(b, w.rec, w.kids, before, &s, lines, reterr);
	json_set(o, "lines", lines);
	if (before)
		put_gone(b, before, &s, o);
	put_counts(&s, o);
	if (rc == RC_OK && twins)
		rc = put_twins(b, draft, f, w.rec, o, reterr);
	json_free(before);
	json_free(known);
	json_free(base);
	record_parts_free(&w);
	return rc;
}

enum rc record_live(struct record_batch *b, const struct json *draft, bool twins,
		    struct json **ret, struct err *reterr)
{
	struct json *o = json_object();
	struct store_entity *e = NULL;
	const struct form *f = NULL;
	enum rc rc = record_draft_form(b, draft, &f, reterr);

	if (rc == RC_OK)
		rc = record_draft_base(b, draft, &e, reterr);
	if (rc == RC_OK)
		rc = live(b, draft, f, e, twins, o, reterr);
	store_entity_free(e);
	if (rc == RC_OK)
		*ret = o;
	else
		json_free(o);
	return rc;
}
