/*
 * record_submit: sealing a check or statement as a whole: children first, the header last,
 * naming them (E24), all in one transaction. Clauses E23, E24, M12. Does NOT take in what is
 * typed (record_draft) or keep drafts on disk (agent/draft).
 */
#include <string.h>

#include "agent/record.h"
#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/num.h"

/* ---- ids ---- */

/* Text of a key part; false when the field is empty. */
static bool key_part(const char *scope, const struct json *wire, const char *name,
		     struct arena *mem, struct span *ret)
{
	const char *s = json_get_str(wire, name);
	char num[NUM_I64_LEN];
	int64_t v;

	if (strcmp(name, "scope") == 0)
		s = scope;
	if (!s && json_get_int(wire, name, &v)) {
		num_str(v, num);
		s = arena_str(mem, span_str(num));
	}
	if (!s)
		return false;
	*ret = span_str(s);
	return true;
}

enum rc record_id(struct record_batch *b, const struct form *f, const char *scope,
		  const struct json *wire, uint8_t ret[16], struct err *reterr)
{
	struct span part[LIMIT_FORM_FIELDS];
	struct arena mem;
	size_t n = 0;
	enum rc rc = RC_OK;

	if (f->nkey > 0)
		rc = record_sign(b, reterr);
	if (rc != RC_OK)
		return rc;
	arena_init(&mem, LIMIT_TEXT);
	while (n < f->nkey && n < LIMIT_FORM_FIELDS && key_part(scope, wire, f->key[n], &mem, &part[n]))
		n++;
	if (f->nkey > 0 && n == f->nkey)
		entry_uuid_key(f->name, part, n, ret);
	else /* no key, or an empty part, which the check of the record names */
		entry_uuid7(clock_now_ms(b->agent->clock), ret);
	arena_free(&mem);
	return RC_OK;
}

/* ---- a submission as a whole ---- */

void record_parts_free(struct record_parts *w)
{
	json_free(w->rec);
	json_free(w->kids);
	*w = (struct record_parts){.form = NULL};
}

/* The kind as an entry names it, so that a line is checked by the version it was begun with. */
static void name_version(struct json *child, const struct form *cf)
{
	char kind[FORM_KIND_LEN];

	form_kind_join(cf->name, cf->version, kind);
	json_set_str(child, "kind", kind);
	json_set_int(child, "version", cf->version);
}

/* The parts that are of line `of`, each with its own as "children". */
static struct json *parts_of(const struct json *all, int64_t of)
{
	struct json *kids = json_array();

	for (const struct json *c = json_first(all); c; c = json_next(c)) {
		int64_t no = 0, line = 0;
		struct json *kid;

		json_get_int(c, "of", &line);
		if (line != of)
			continue;
		kid = json_copy(c);
		if (of == 0 && json_get_int(c, "no", &no))
			json_set(kid, "children", parts_of(all, no));
		json_append(kids, kid);
	}
	return kids;
}

/* What the program knows of each, and of what is of it. parent: its id, where it is known before sealing. */
static enum rc fill_kids(struct record_batch *b, struct json *kids, const struct json *rec,
			 const char *parent, struct err *reterr)
{
	enum rc rc = RC_OK;

	for (struct json *c = json_first(kids); rc == RC_OK && c; c = json_next(c)) {
		const struct form *cf = NULL;
		struct json *fields = json_get_obj(c, "fields");

		rc = record_draft_form(b, c, &cf, reterr);
		if (rc == RC_OK && cf->parent_field)
			json_set_str(fields, cf->parent_field, parent);
		if (rc == RC_OK)
			rc = record_fill(b, cf, rec, fields, reterr);
		if (rc == RC_OK)
			name_version(c, cf);
		if (rc == RC_OK)
			rc = fill_kids(b, json_get_arr(c, "children"), fields, parent, reterr);
	}
	return rc;
}

enum rc record_parts_make(struct record_batch *b, const struct form *f, const struct json *draft,
			  struct record_parts *w, struct err *reterr)
{
	const char *scope = b->author ? author_scope(b->author) : "", *own;
	enum rc rc;

	*w = (struct record_parts){.form = f, .unread = json_get(draft, "typed")};
	w->rec = json_copy(json_get(draft, "fields"));
	w->kids = parts_of(json_get_arr(draft, "children"), 0);
	memcpy(w->id, json_get_str(draft, "id"), CODEC_UUID_LEN);
	own = json_get_str(draft, "scope");
	if (b->author && own && strlen(own) < sizeof(w->scope))
		scope = own;
	memcpy(w->scope, scope, strlen(scope) + 1);
	rc = record_fill(b, f, NULL, w->rec, reterr);
	return rc == RC_OK ? fill_kids(b, w->kids, w->rec, w->id, reterr) : rc;
}

/* The form of one of the parts' lines, whose kinds say their version. */
static const struct form *kid_form(struct record_batch *b, const struct json *kid)
{
	return form_set_kind(store_forms(b->agent->store), json_get_str(kid, "kind"));
}

/* What was typed and nobody can read blocks, in the words it was refused with. */
static void tell_unread(struct record_batch *b, const struct form *f, const struct json *unread,
			const struct record_check *c, struct json *o)
{
	bool failed = b->failed;
	struct json *tmp = record_result(b, f), *wire = json_object();

	record_input(b, f, unread, wire, tmp, NULL);
	for (const struct json *x = json_first(json_get_arr(tmp, "errors")); x; x = json_next(x)) {
		struct json *e = json_copy(x);
		if (c->child != SIZE_MAX)
			json_set_int(e, "child", (int64_t)c->child);
		if (c->line)
			json_set_str(e, "line", c->line);
		json_append(json_get_arr(o, c->list), e);
	}
	b->failed = failed || (strcmp(c->list, "errors") == 0 && json_len(unread) > 0);
	json_free(wire);
	json_free(tmp);
}

/* A line, and what is of it. child: its index; what is of it is told under its name, too. */
static enum rc kid_check(struct record_batch *b, const struct json *k, const struct json *parent,
			 size_t child, const char *list, struct json *o, struct err *reterr)
{
	struct record_check c = {.form = kid_form(b, k),
				 .rec = json_get(k, "fields"),
				 .parent = parent,
				 .children = json_get(k, "children"),
				 .child = child,
				 .list = list};
	struct buf title;
	enum rc rc;

	buf_init(&title, LIMIT_VIEW_TEXT);
	record_title(b, c.form, c.rec, &title);
	c.line = title.p ? (const char *)title.p : form_say(c.form->label, lang_name(b->look.lang));
	tell_unread(b, c.form, json_get(k, "typed"), &c, o);
	rc = record_check(b, &c, o, reterr);
	buf_free(&title);
	for (const struct json *x = json_first(c.children); rc == RC_OK && x; x = json_next(x))
		rc = kid_check(b, x, c.rec, child, list, o, reterr);
	return rc;
}

static size_t count_parts(const struct json *kids)
{
	size_t n = 0;

	for (const struct json *k = json_first(kids); k; k = json_next(k))
		n += 1 + count_parts(json_get(k, "children"));
	return n;
}

bool record_parts_over(struct record_batch *b, const struct record_parts *w, struct buf *out)
{
	char has[NUM_I64_LEN], max[NUM_I64_LEN], over[NUM_I64_LEN];
	size_t n = count_parts(w->kids);

	if (n <= LIMIT_ENTRY_STRINGS)
		return false;
	num_str((int64_t)n, has);
	num_str(LIMIT_ENTRY_STRINGS, max);
	num_str((int64_t)(n - LIMIT_ENTRY_STRINGS), over);
	lang_format(b->look.lang, out, "record.too_many_parts", "n", has, "max", max, "over", over, NULL);
	return true;
}

/* Parts beyond what the header can name (E18) block, too. */
static void tell_over(struct record_batch *b, const struct record_parts *w, const char *list,
		      struct json *o)
{
	struct buf text;

	buf_init(&text, LIMIT_ERR_TEXT);
	if (record_parts_over(b, w, &text)) {
		struct json *e = json_object();

		json_set_str(e, "field", "");
		json_set_str(e, "label", "");
		json_set_str(e, "text", text.p ? (const char *)text.p : "");
		json_append(json_get_arr(o, list), e);
		if (strcmp(list, "errors") == 0)
			b->failed = true;
	}
	buf_free(&text);
}

static enum rc whole_check(struct record_batch *b, const struct record_parts *w, const char *list,
			   struct json *o, struct err *reterr)
{
	struct record_check c = {
	    .form = w->form, .rec = w->rec, .children = w->kids, .child = SIZE_MAX, .list = list};
	enum rc rc;
	size_t i = 0;

	tell_unread(b, w->form, w->unread, &c, o);
	tell_over(b, w, list, o);
	rc = record_check(b, &c, o, reterr);
	for (const struct json *k = json_first(w->kids); rc == RC_OK && k; k = json_next(k))
		rc = kid_check(b, k, w->rec, i++, list, o, reterr);
	return rc;
}

enum rc record_draft_todo(struct record_batch *b, const struct form *f, const struct json *draft,
			  struct json *o, struct err *reterr)
{
	struct record_parts w;
	enum rc rc = record_parts_make(b, f, draft, &w, reterr);

	if (rc == RC_OK)
		rc = whole_check(b, &w, "todo", o, reterr);
	record_parts_free(&w);
	return rc;
}

static enum rc seal_one(struct record_batch *b, const struct form *f, const char *scope,
			const uint8_t id[16], struct json *wire, struct json *children, char ret[CODEC_B64U_32 + 1],
			struct err *reterr)
{
	struct json *set = record_ordered(f, wire, false);
	uint8_t entry[ENTRY_ID_LEN];
	enum rc rc;

	if (children)
		json_set(set, "children", children);
	rc = author_set(b->author, scope, f->name, f->version, id, set, span_of(NULL, 0), entry,
			reterr);
	json_free(set);
	if (rc != RC_OK)
		return rc;
	codec_b64u(entry, ENTRY_ID_LEN, ret);
	b->sealed++;
	return RC_OK;
}

/* Lines, each followed by what is of it, under the id of what they are of; the entries' ids into names. */
static enum rc seal_kids(struct record_batch *b, const struct record_parts *w, struct json *kids,
			 const uint8_t parent[16], struct json *names, struct err *reterr)
{
	char entry[CODEC_B64U_32 + 1], uuid[CODEC_UUID_LEN + 1];
	uint8_t id[16];
	enum rc rc = RC_OK;

	codec_uuid(parent, uuid);
	for (struct json *c = json_first(kids); rc == RC_OK && c; c = json_next(c)) {
		const struct form *cf = kid_form(b, c);
		struct json *wire = json_get_obj(c, "fields");
		if (cf->parent_field)
			json_set_str(wire, cf->parent_field, uuid);
		rc = record_id(b, cf, w->scope, wire, id, reterr);
		if (rc == RC_OK)
			rc = seal_one(b, cf, w->scope, id, wire, NULL, entry, reterr);
		if (rc == RC_OK)
			json_append_str(names, entry);
		if (rc == RC_OK)
			rc = seal_kids(b, w, json_get_arr(c, "children"), id, names, reterr);
	}
	return rc;
}

static enum rc seal_whole(struct record_batch *b, struct record_parts *w, const uint8_t id[16],
			  struct json *o, struct err *reterr)
{
	struct json *names = json_array();
	char entry[CODEC_B64U_32 + 1];
	enum rc rc = seal_kids(b, w, w->kids, id, names, reterr);

	json_set_int(o, "lines", (int64_t)json_len(names));
	if (json_len(names) == 0) {
		json_free(names);
		names = NULL;
	}
	if (rc == RC_OK)
		rc = seal_one(b, w->form, w->scope, id, w->rec, names, entry, reterr);
	else
		json_free(names);
	if (rc == RC_OK)
		json_set_str(o, "entry", entry);
	return rc;
}

/* A correction has a UUIDv7 also in a kind with a key (E23, M12). */
static enum rc whole_id(struct record_batch *b, const struct record_parts *w, uint8_t ret[16],
			struct json *o, struct err *reterr)
{
	struct store_entity *same = NULL;
	enum rc rc = RC_OK;

	if (w->form->nkey > 0 && !json_get_str(w->rec, "supersedes"))
		rc = record_id(b, w->form, w->scope, w->rec, ret, reterr);
	else
		codec_uuid_dec(span_str(w->id), ret);
	if (rc != RC_OK)
		return rc;
	record_name(b, o, w->form, ret, w->rec);
	if (json_get(b->made, json_get_str(o, "id")) ||
	    store_entity(b->agent->store, w->scope, w->form->name, ret, &same, NULL) == RC_OK)
		rc = err_set(reterr, RC_EXISTS, "M12", "submit.exists", "title",
			     json_get_str(o, "title"), "id", json_get_str(o, "short"), NULL);
	store_entity_free(same);
	return rc;
}

enum rc record_submit(struct record_batch *b, const struct form *f, const struct json *draft,
		      struct json *o, struct err *reterr)
{
	uint8_t id[16] = {0};
	struct record_parts w = {0};
	enum rc rc = record_sign(b, reterr);

	if (rc == RC_OK)
		rc = record_parts_make(b, f, draft, &w, reterr);
	if (rc == RC_OK)
		rc = whole_check(b, &w, "errors", o, reterr);
	if (rc == RC_OK && json_len(json_get_arr(o, "errors")) > 0) {
		codec_uuid_dec(span_str(w.id), id);
		record_name(b, o, f, id, w.rec);
		json_set_str(o, "state", "refused");
		record_parts_free(&w);
		return RC_OK;
	}
	if (rc == RC_OK)
		rc = whole_id(b, &w, id, o, reterr);
	if (rc == RC_OK)
		rc = seal_whole(b, &w, id, o, reterr);
	if (rc == RC_OK) {
		json_set_str(b->made, json_get_str(o, "id"), w.scope);
		json_append_str(b->submitted, json_get_str(draft, "id"));
		json_set_str(o, "state", "submitted");
	}
	record_parts_free(&w);
	return rc;
}
