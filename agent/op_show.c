/*
 * op show: one record or draft: its values with labels, computed ones, lines, what the
 * centre said of it, whether it has been sent. Reads only.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/draft.h"
#include "agent/look.h"
#include "agent/ops.h"
#include "agent/print.h"
#include "agent/record.h"
#include "agent/seen.h"
#include "lib/codec.h"
#include "lib/limits.h"

static const struct op_arg args[] = {
    {.name = "id",
     .type = OP_STRING,
     .flags = OP_POSITIONAL | OP_REQUIRED,
     .help = "record.arg.id",
     .meta = "ID"},
};

/* ---- lines and reviews ---- */

struct around {
	struct look *look;
	const char *uuid;
	const struct form *form; /* of the record shown; NULL: unknown */
	struct json *rec;        /* its values */
	struct json *lines, *reviews, *out;
	const char *of; /* id of the line whose own parts are being taken; NULL: the record's */
};

static bool line_take(void *arg, const struct look_item *x)
{
	struct around *a = arg;
	struct view_as as = look_as(a->look, x->form);
	struct view_id id = {x->scope, x->kind, x->id};
	struct form_around known = {.set = store_forms(a->look->agent->store),
				    .now_s = store_likely_now(a->look->agent->store),
				    .parent = a->rec};
	struct json *o = NULL, *derived = NULL, *rec = merge_json(x->state, x->form);
	char end[LOOK_SHORT];

	if (x->form && form_check_derived(x->form, rec, &known, &derived, NULL) != RC_OK)
		derived = NULL; /* shown without what would be computed */
	if (view_entity(&as, &id, x->state, derived, &o, NULL) == RC_OK) {
		look_short(x->id, end);
		json_set_str(o, "short", end);
		if (x->form && x->form->parent_field)
			json_remove(json_get(o, "fields"), x->form->parent_field);
		look_files(a->look->agent, o, NULL); /* shown without, if that fails */
		if (a->of)
			json_set_str(o, "of", a->of);
		json_append(a->lines, o);
	}
	json_free(derived);
	json_free(rec);
	return true;
}

/* What is of the lines of a submission: their photos. Those of a session's lines stand on their own pages. */
static enum rc put_parts(struct look *l, const struct store_entity *e, struct around *a,
			 struct err *reterr)
{
	struct json *lines = json_copy(a->lines);
	enum rc rc = RC_OK;

	for (const struct json *x = json_first(lines); rc == RC_OK && x; x = json_next(x)) {
		const struct form *f =
		    form_set_newest(store_forms(l->agent->store), print_str(x, "kind"));
		struct store_filter parts = {.scope = e->scope, .parent = print_str(x, "id")};

		a->of = parts.parent;
		if (f && f->nchild > 0)
			rc = look_each(l->agent, &parts, line_take, a, reterr);
	}
	a->of = NULL;
	json_free(lines);
	return rc;
}

/* Newest first, as they come, is the wrong way round for lines of a form. */
static struct json *reversed(struct json *list)
{
	struct json *o = json_array();

	for (size_t i = json_len(list); i-- > 0;)
		json_append(o, json_copy(json_at(list, i)));
	json_free(list);
	return o;
}

/* A decision of the centre about this record. */
static bool review_take(void *arg, const struct look_item *x)
{
	struct around *a = arg;
	struct json *rec = merge_json(x->state, x->form), *o = NULL;
	const char *target = json_get_str(rec, "target");
	struct view_as as = look_as(a->look, x->form);
	struct view_id id = {x->scope, x->kind, x->id};

	if (target && strcmp(target, a->uuid) == 0 &&
	    view_entity(&as, &id, x->state, NULL, &o, NULL) == RC_OK) {
		json_set_int(o, "changed_at", x->item->changed_at);
		json_set(o, "comments", look_comments(a->look, a->form, json_get(rec, "comments")));
		json_append(a->reviews, o);
	}
	json_free(rec);
	return true;
}

/*
 * Of what can be corrected: "superseded_by": ids, "standing": does it count (M12), and "choose":
 * do several corrections of it wait for a choice (M17).
 */
static enum rc put_standing(struct look *l, const struct store_entity *e, struct json *out,
			    struct err *reterr)
{
	static const char *const name[] = {"counts", "replaced", "disputed"};
	struct json *by = json_array();
	struct chain *c = NULL;
	const uint8_t *id, *of;
	const char *scope;
	bool open = false;
	enum rc rc;

	json_set(out, "superseded_by", by);
	if (!e->form || !form_field(e->form, CHAIN_FIELD))
		return RC_OK;
	rc = store_chain(l->agent->store, e->kind, &c, reterr);
	for (size_t i = 0;
	     rc == RC_OK && (id = chain_correction(c, e->scope, e->id, i)) != NULL; i++) {
		char uuid[CODEC_UUID_LEN + 1];
		codec_uuid(id, uuid);
		json_append_str(by, uuid);
	}
	for (size_t i = 0; rc == RC_OK && chain_dispute(c, i, &scope, &of); i++)
		open = open || (memcmp(of, e->id, 16) == 0 && strcmp(scope, e->scope) == 0);
	if (rc == RC_OK) {
		json_set_str(out, "standing", name[chain_standing(c, e->scope, e->id)]);
		json_set_bool(out, "choose", open);
	}
	chain_free(c);
	return rc;
}

/* The other records of the thing, and their lines with its own (M15). */
static enum rc put_members(struct look *l, const struct store_entity *e, struct around *a,
			   struct err *reterr)
{
	struct store_things t = {.n = 0};
	const struct store_links *g = NULL;
	struct json *all = NULL;
	size_t node = 0;
	enum rc rc = store_things(l->agent->store, e->kind, &t, reterr);

	if (rc == RC_OK && store_things_find(&t, e->no, &g, &node))
		rc = look_members(l, g, node, e, &all, reterr);
	for (const struct json *m = json_first(all); rc == RC_OK && m; m = json_next(m)) {
		struct store_filter lines = {.scope = e->scope, .parent = print_str(m, "id")};
		rc = look_each(l->agent, &lines, line_take, a, reterr);
	}
	if (rc == RC_OK && all)
		json_set(a->out, "members", all);
	else
		json_free(all);
	store_things_free(&t);
	return rc;
}

/* "after_approval": it corrects what the centre had approved (M19). */
static enum rc put_decision(struct look *l, const struct store_entity *e, struct json *out,
			    struct err *reterr)
{
	struct json *reviews = NULL;
	bool after = false;
	enum rc rc = RC_OK;

	if (e->form && form_field(e->form, CHAIN_FIELD))
		rc = look_reviews(l->agent, e->scope, &reviews, reterr);
	if (rc == RC_OK && reviews)
		rc = look_after(l->agent, e, reviews, &after, reterr);
	json_set_bool(out, "after_approval", after);
	json_free(reviews);
	return rc;
}

static enum rc put_around(struct look *l, const struct store_entity *e, struct json *out,
			  struct err *reterr)
{
	char uuid[CODEC_UUID_LEN + 1];
	struct store_filter lines = {.scope = e->scope, .parent = uuid},
			    reviews = {.scope = e->scope, .kind = "review"};
	struct around a = {.look = l,
			   .uuid = uuid,
			   .form = e->form,
			   .rec = merge_json(e->state, e->form),
			   .lines = json_array(),
			   .reviews = json_array(),
			   .out = out};
	enum rc rc = RC_OK;

	codec_uuid(e->id, uuid);
	json_set(out, "reviews", a.reviews);
	if (!e->form || e->form->nchild > 0)
		rc = look_each(l->agent, &lines, line_take, &a, reterr);
	if (rc == RC_OK && e->form && (e->form->class == FORM_CHECK || e->form->class == FORM_STATEMENT))
		rc = put_parts(l, e, &a, reterr);
	if (rc == RC_OK && strcmp(e->kind, "review") != 0)
		rc = look_each(l->agent, &reviews, review_take, &a, reterr);
	if (rc == RC_OK)
		rc = put_members(l, e, &a, reterr);
	if (rc == RC_OK)
		rc = put_standing(l, e, out, reterr);
	if (rc == RC_OK)
		rc = put_decision(l, e, out, reterr);
	json_set(out, "lines", reversed(a.lines));
	json_free(a.rec);
	return rc;
}

/* ---- sending ---- */

/* When it was first written and last changed: "made" and "changed", both as view_when has them. */
static void put_when(struct look *l, const struct look_history *h, const struct form *form,
		     struct json *out)
{
	const struct view_as as = look_as(l, form);
	struct json *made = json_object(), *changed = json_object();

	if (h->nview > 0) {
		view_when(&as, &h->view[0], made);
		view_when(&as, &h->view[h->nview - 1], changed);
	}
	json_set(out, "made", made);
	json_set(out, "changed", changed);
}

/* "retired": what was edited while somebody wrote it off (M16); absent without. */
static enum rc put_retired(struct look *l, const struct store_entity *e,
			   const struct look_history *h, struct json *out, struct err *reterr)
{
	const struct view_as as = look_as(l, e->form);
	struct json *retired = NULL;
	enum rc rc = view_retired(&as, e->state, h->view, h->nview, &retired, reterr);

	if (rc == RC_OK && retired)
		json_set(out, "retired", retired);
	return rc;
}

static enum rc put_fate(struct look *l, const struct store_entity *e, struct json *out,
			struct err *reterr)
{
	struct look_history h = {0};
	int64_t unsent = 0, refused = 0, held = 0, logged = 0, proven = 0;
	enum rc rc = look_history(l->agent, e->no, &h, reterr);

	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < h.n; i++) {
		const struct store_entry *x = &h.entry[i].x;
		unsent += x->fate == STORE_UNSENT;
		refused += x->fate == STORE_REFUSED;
		held += x->verdict != KEYRING_ADMITTED && x->index >= 0;
		logged += x->index >= 0;
		proven += x->proven;
	}
	json_set_int(out, "entries", (int64_t)h.n);
	json_set_int(out, "logged", logged);
	json_set_int(out, "proven", proven);
	json_set_int(out, "quorum", store_quorum(l->agent->store));
	json_set_int(out, "unsent", unsent);
	json_set_int(out, "refused", refused);
	json_set_int(out, "quarantined", held);
	if (h.n > 0)
		json_set_str(out, "author", h.entry[0].name);
	put_when(l, &h, e->form, out);
	rc = put_retired(l, e, &h, out, reterr);
	look_history_free(&h);
	return rc;
}

static enum rc show_entity(struct look *l, const struct store_entity *e, struct json **ret,
			   struct err *reterr)
{
	struct view_as as = look_as(l, e->form);
	struct view_id id = {e->scope, e->kind, e->id};
	struct json *derived = NULL, *out = NULL;
	char end[LOOK_SHORT];
	enum rc rc = look_derived(l->agent, e, &derived, reterr);

	if (rc == RC_OK)
		rc = view_entity(&as, &id, e->state, derived, &out, reterr);
	json_free(derived);
	if (rc != RC_OK)
		return rc;
	look_short(e->id, end);
	json_set_str(out, "short", end);
	json_set_str(out, "state", "sealed");
	json_set(out, "seen", seen_all(e->state));
	rc = put_around(l, e, out, reterr);
	if (rc == RC_OK)
		rc = look_files(l->agent, out, reterr);
	if (rc == RC_OK)
		rc = put_fate(l, e, out, reterr);
	if (rc == RC_OK)
		*ret = out;
	else
		json_free(out);
	return rc;
}

/* ---- a draft ---- */

static struct json *draft_fields(struct look *l, const struct form *f, const struct json *wire)
{
	struct json *fields = json_object(), *ordered = record_ordered(f, wire, false);
	struct view_as as = look_as(l, f);

	for (const struct json *v = json_first(ordered); v; v = json_next(v)) {
		const struct form_field *ff = form_field(f, json_name(v));
		struct json *o = json_object();
		struct buf text;

		buf_init(&text, LIMIT_VIEW_TEXT);
		view_text(&as, ff, v, &text);
		json_set_str(o, "label",
			     ff ? form_say(ff->label, lang_name(l->lang)) : json_name(v));
		json_set(o, "value", json_copy(v));
		json_set_str(o, "text", text.p ? (const char *)text.p : "");
		json_set(fields, json_name(v), o);
		buf_free(&text);
	}
	json_free(ordered);
	return fields;
}

static void put_draft_lines(struct record_batch *b, const struct json *draft, struct json *out)
{
	struct json *lines = json_array();
	const struct form *cf;

	for (const struct json *c = json_first(json_get_arr(draft, "children")); c;
	     c = json_next(c)) {
		struct json *o = json_object();
		struct buf title;

		buf_init(&title, LIMIT_VIEW_TEXT);
		cf = form_set_newest(store_forms(b->agent->store), print_str(c, "kind"));
		json_set_str(o, "kind", print_str(c, "kind"));
		if (cf) {
			record_title(b, cf, json_get(c, "fields"), &title);
			json_set_str(o, "kind_label", form_say(cf->label, lang_name(b->look.lang)));
			json_set(o, "fields", draft_fields(&b->look, cf, json_get(c, "fields")));
		}
		json_set_str(o, "title", title.p ? (const char *)title.p : "");
		json_append(lines, o);
		buf_free(&title);
	}
	json_set(out, "lines", lines);
}

static enum rc show_draft(const struct op_call *call, const struct json *draft, struct json **ret,
			  struct err *reterr)
{
	struct agent *agent = call->app;
	const struct form *f = NULL;
	struct record_batch b;
	uint8_t id[16] = {0};
	int64_t at = 0;
	struct json *o = NULL;
	enum rc rc = record_begin(&b, call, NULL, reterr);

	if (rc == RC_OK)
		rc = look_form(agent, print_str(draft, "kind"), &f, reterr);
	if (rc == RC_OK) {
		o = record_result(&b, f);
		codec_uuid_dec(span_str(print_str(draft, "id")), id);
		record_name(&b, o, f, id, json_get(draft, "fields"));
		json_set_str(o, "state", "draft");
		json_get_int(draft, "saved_at", &at);
		json_set_int(o, "saved_at", at);
		json_set(o, "fields", draft_fields(&b.look, f, json_get(draft, "fields")));
		put_draft_lines(&b, draft, o);
		rc = record_draft_todo(&b, f, draft, o, reterr);
	}
	if (rc == RC_OK)
		*ret = o;
	else
		json_free(o);
	record_end(&b);
	return rc;
}

/* ---- run ---- */

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	const char *typed = json_get_str(in, "id");
	struct store_things things = {.n = 0};
	struct store_entity *e = NULL;
	struct json *draft = NULL;
	struct look l;
	enum rc rc = look_open(&l, call, reterr);

	if (rc == RC_OK && draft_find(l.agent, NULL, typed, &draft, NULL) == RC_OK) {
		rc = show_draft(call, draft, ret, reterr);
	} else if (rc == RC_OK) {
		rc = look_find(l.agent, NULL, typed, &e, reterr);
		if (rc == RC_OK)
			rc = store_things(l.agent->store, e->kind, &things, reterr);
		if (rc == RC_OK)
			rc = look_head(l.agent, &things, &e, reterr);
		if (rc == RC_OK)
			rc = show_entity(&l, e, ret, reterr);
	}
	store_things_free(&things);
	store_entity_free(e);
	json_free(draft);
	look_close(&l);
	return rc;
}

/* ---- print ---- */

/* " (đã gửi)", of an attachment. */
static void print_file(const struct lang *lang, const struct json *field, struct buf *value)
{
	static const char *const say[][2] = {{"sent", "show.file.sent"},
					     {"here", "show.file.here"},
					     {"waits", "show.file.waits"},
					     {"missing", "show.file.missing"},
					     {"damaged", "show.file.damaged"}};
	const char *state = print_str(json_get_obj(field, "file"), "state");

	for (size_t i = 0; i < sizeof(say) / sizeof(say[0]); i++)
		if (strcmp(state, say[i][0]) == 0)
			buf_addf(value, " (%s)", lang_text(lang, say[i][1]));
}

static void print_fields(const struct lang *lang, const struct json *fields, unsigned indent,
			 struct buf *text)
{
	struct print_table t;

	print_table_init(&t);
	for (const struct json *f = json_first(fields); f; f = json_next(f)) {
		const char *unit = print_str(f, "unit");
		struct buf value;

		if (json_name(f) && strcmp(json_name(f), "children") == 0)
			continue;
		buf_init(&value, LIMIT_VIEW_TEXT);
		buf_add_str(&value, print_str(f, "text"));
		if (unit[0] && value.len > 0) {
			buf_add_char(&value, ' ');
			buf_add_str(&value, unit);
		}
		print_file(lang, f, &value);
		if (print_is(f, "conflict"))
			for (const struct json *s = json_first(json_get_arr(f, "siblings")); s;
			     s = json_next(s))
				if (strcmp(print_str(s, "text"), print_str(f, "text")) != 0) {
					buf_add_char(&value, ' ');
					buf_add_str(&value, lang_text(lang, "show.or"));
					buf_add_char(&value, ' ');
					buf_add_str(&value, print_str(s, "text"));
				}
		if (value.len > 0) {
			print_row(&t);
			print_cell(&t, print_str(f, "label"));
			print_cell(&t, (const char *)value.p);
		}
		buf_free(&value);
	}
	print_table_end(&t, indent, text);
}

static void print_reviews(const struct lang *lang, const struct json *out, struct buf *text)
{
	static const char *const shown[] = {"state", "level", "reason"};
	const struct json *all = json_get_arr(out, "reviews");

	if (json_len(all) == 0)
		return;
	print_line(lang, text, "show.reviews");
	for (const struct json *r = json_first(all); r; r = json_next(r)) {
		const char *sep = "  - ";
		for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
			const char *s =
			    print_str(json_get(json_get(r, "fields"), shown[i]), "text");
			if (!s[0])
				continue;
			buf_add_str(text, sep);
			buf_add_str(text, s);
			sep = "; ";
		}
		buf_add_char(text, '\n');
		for (const struct json *c = json_first(json_get_arr(r, "comments")); c;
		     c = json_next(c))
			buf_addf(text, "      %s%s%s\n", print_str(c, "label"),
				 print_str(c, "label")[0] ? ": " : "", print_str(c, "text"));
	}
}

/* L8: who says that it is in the log. */
static const char *logged_key(const struct json *out)
{
	if (print_num(out, "quorum") == 0)
		return "show.accepted_no_witness";
	return print_num(out, "proven") < print_num(out, "logged") ? "show.accepted" : "show.proven";
}

static void print_state(const struct lang *lang, const struct json *out, struct buf *text)
{
	const char *key = logged_key(out);

	if (strcmp(print_str(out, "state"), "draft") == 0)
		key = "show.draft";
	else if (print_num(out, "refused") > 0)
		key = "show.refused";
	else if (print_num(out, "quarantined") > 0)
		key = "show.held";
	else if (print_num(out, "unsent") > 0)
		key = "show.unsent";
	print_line(lang, text, key);
	if (strcmp(print_str(out, "standing"), "replaced") == 0)
		print_line(lang, text, "show.superseded");
	else if (strcmp(print_str(out, "standing"), "disputed") == 0)
		print_line(lang, text, "show.disputed");
	else if (print_is(out, "choose"))
		print_line(lang, text, "show.choose");
	if (json_get_obj(out, "retired"))
		print_line(lang, text, "show.retired");
}

/* When it was made; when it was changed, if it was; and what does not fit about either. */
static void print_when(const struct lang *lang, const struct json *out, struct buf *text)
{
	static const char *const part[][2] = {{"made", "show.made"}, {"changed", "show.changed"}};

	for (size_t i = 0; i < sizeof(part) / sizeof(part[0]); i++) {
		const struct json *w = json_get_obj(out, part[i][0]);
		struct buf when;

		if (!json_get(w, "at") || (i > 0 && print_num(out, "entries") < 2))
			continue;
		buf_init(&when, LIMIT_VIEW_TEXT);
		view_when_text(lang, w, &when);
		lang_format(lang, text, part[i][1], "when", (const char *)when.p, NULL);
		buf_add_char(text, '\n');
		view_flags_text(w, "  ", text);
		buf_free(&when);
	}
}

/* The other records of the thing, with what they say otherwise. */
static void print_members(const struct lang *lang, const struct json *out, struct buf *text)
{
	for (const struct json *m = json_first(json_get_arr(out, "members")); m; m = json_next(m)) {
		lang_format(lang, text, "show.same", "title", print_str(m, "title"), "id",
			    print_str(m, "short"), NULL);
		buf_add_char(text, '\n');
		print_fields(lang, json_get_arr(m, "differ"), 4, text);
	}
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	const struct json *lines = json_get_arr(out, "lines");

	lang_format(lang, text, "show.head", "kind", print_str(out, "kind_label"), "title",
		    print_str(out, "title"), "id", print_str(out, "short"), NULL);
	buf_add_char(text, '\n');
	print_state(lang, out, text);
	print_when(lang, out, text);
	print_fields(lang, json_get(out, "fields"), 2, text);
	print_members(lang, out, text);
	for (const struct json *x = json_first(lines); x; x = json_next(x)) {
		buf_add_str(text, print_str(x, "kind_label"));
		buf_add_str(text, print_str(x, "title")[0] ? ": " : "");
		buf_add_str(text, print_str(x, "title"));
		buf_add_char(text, '\n');
		print_fields(lang, json_get(x, "fields"), 4, text);
	}
	if (print_is(out, "after_approval"))
		print_line(lang, text, "show.after_approval");
	print_reviews(lang, out, text);
	print_findings(lang, out, text);
}

const struct op op_show = {"show", "show.summary", OP_READ, args, sizeof(args) / sizeof(args[0]),
			   run,    print,          NULL};
