/*
 * before: see before.h.
 */
#include "server-stub/before.h"

#include <string.h>

#include "lib/limits.h"
#include "server-stub/listing.h"

/* ---- which ---- */

static enum rc corrected(struct archive_reader *r, const struct archive_entity *e,
			 const uint8_t id[16], struct before *ret, struct err *reterr)
{
	struct archive_entity old;
	struct buf state, title;
	struct err why;
	enum rc rc;

	buf_init(&state, LIMIT_MERGE_STATE);
	buf_init(&title, LIMIT_TEXT);
	rc = r->entity(r->ctx, e->scope, e->kind, id, &old, &state, &title, &why);
	if (rc == RC_OK && old.first_index >= 0)
		*ret = (struct before){old.no, true};
	buf_free(&state);
	buf_free(&title);
	if (rc != RC_OK && rc != RC_NOTFOUND && reterr)
		*reterr = why;
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

static bool take(void *arg, const struct archive_submission *s)
{
	struct before *b = arg;

	if (s->state == STAND_SUPERSEDED || s->state == STAND_DISPUTED)
		return true;
	b->no = s->no;
	return false;
}

enum rc before_find(struct archive_reader *r, const struct form_set *forms,
		    const struct archive_entity *e, const struct merge_state *state,
		    struct before *ret, struct err *reterr)
{
	const struct form *f = form_set_newest(forms, e->kind);
	struct archive_wanted w = {.scope = e->scope, .kind = e->kind, .state = -1, .rank = -1,
				   .before = e->first_index, .from = -1, .until = -1, .limit = ARCHIVE_VISITS};
	struct archive_submission s;
	struct archive_got got;
	struct buf words;
	uint8_t id[16];
	enum rc rc;

	*ret = (struct before){.no = 0};
	if (!listing_is(f) || e->first_index < 0)
		return RC_OK;
	if (merge_ref(state, f, CHAIN_FIELD, id))
		return corrected(r, e, id, ret, reterr);
	buf_init(&words, LIMIT_TEXT);
	rc = r->submission(r->ctx, e->first_index, &s, &words, reterr);
	buf_free(&words);
	w.subject = rc == RC_OK ? s.subject : 0;
	return rc == RC_OK ? r->submissions(r->ctx, &w, take, ret, &got, reterr) : rc;
}

/* ---- what changed ---- */

static bool is_inner(const char *field)
{
	return strcmp(field, "children") == 0 || strcmp(field, CHAIN_FIELD) == 0 ||
	       strcmp(field, "reason") == 0;
}

static void add(struct json *all, const char *line, const struct json *now, const struct json *then)
{
	const struct json *any = now ? now : then;
	const char *old = json_get_str(then, "text"), *new = json_get_str(now, "text");
	const char *label = json_get_str(any, "label");
	struct json *o;

	if (strcmp(old ? old : "", new ? new : "") == 0)
		return;
	o = json_object();
	json_set_str(o, "line", line);
	json_set_str(o, "field", json_name(any));
	json_set_str(o, "label", label ? label : json_name(any));
	json_set_str(o, "old", old ? old : "");
	json_set_str(o, "new", new ? new : "");
	json_append(all, o);
}

static void add_fields(struct json *all, const char *line, const struct json *now,
		       const struct json *then, const char *parent)
{
	const struct json *a = json_get_obj(now, "fields"), *b = json_get_obj(then, "fields");

	for (const struct json *f = json_first(a); f; f = json_next(f))
		if (!is_inner(json_name(f)) && strcmp(json_name(f), parent) != 0)
			add(all, line, f, json_get(b, json_name(f)));
	for (const struct json *f = json_first(b); f; f = json_next(f))
		if (!is_inner(json_name(f)) && strcmp(json_name(f), parent) != 0 &&
		    !json_get(a, json_name(f)))
			add(all, line, NULL, f);
}

/* The line of the same kind and title. */
static const struct json *same_line(const struct json *in, const struct json *line)
{
	for (const struct json *l = json_first(json_get_arr(in, "lines")); l; l = json_next(l))
		if (strcmp(json_get_str(l, "kind"), json_get_str(line, "kind")) == 0 &&
		    strcmp(json_get_str(l, "title"), json_get_str(line, "title")) == 0)
			return l;
	return NULL;
}

/* One that is on one side only. */
static void add_line(struct json *all, const struct json *line, bool came)
{
	struct json *o = json_object();
	const char *title = json_get_str(line, "title");

	json_set_str(o, "line", title);
	json_set_str(o, "field", "");
	json_set_str(o, "label", json_get_str(line, "kind_label"));
	json_set_str(o, "old", came ? "" : title);
	json_set_str(o, "new", came ? title : "");
	json_append(all, o);
}

/* Photos are looked at, not compared. */
static bool is_photo(const struct json *line)
{
	return strcmp(json_get_str(line, "kind"), "photo") == 0;
}

struct json *before_changed(const struct json *now, const struct json *then)
{
	struct json *all = json_array();
	const struct json *l, *old;

	add_fields(all, "", now, then, "");
	for (l = json_first(json_get_arr(now, "lines")); l; l = json_next(l)) {
		old = same_line(then, l);
		if (old)
			add_fields(all, json_get_str(l, "title"), l, old, "check");
		else if (!is_photo(l))
			add_line(all, l, true);
	}
	for (l = json_first(json_get_arr(then, "lines")); l; l = json_next(l))
		if (!is_photo(l) && !same_line(now, l))
			add_line(all, l, false);
	return all;
}
