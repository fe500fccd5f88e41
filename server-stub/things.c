/*
 * things: see things.h.
 */
#include <stdlib.h>

#include "server-stub/things.h"

#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "server-stub/enrolment.h"
#include "server-stub/submission.h"

/* ---- one record ---- */

/* view_as.ctx is not const; a title changes nothing of it. */
static struct view_as as_of(const struct op_call *call, const struct lang *lang,
			    const struct act_entity *x)
{
	return (struct view_as){.form = x->form,
				.lang = lang,
				.title = submission_title,
				.ctx = (void *)(uintptr_t)call};
}

struct json *things_name(const struct op_call *call, const struct lang *lang,
			 const struct act_entity *x)
{
	const struct view_as as = as_of(call, lang, x);
	const char *label = x->form ? form_say(x->form->label, lang_name(lang)) : NULL;
	struct json *o = json_object();
	char id[CODEC_UUID_LEN + 1], *unit = enrolment_unit(call->app, x->e.scope);
	struct buf title;

	buf_init(&title, LIMIT_VIEW_TEXT);
	view_title(&as, x->state, &title);
	codec_uuid(x->e.id, id);
	json_set_str(o, "scope", x->e.scope);
	json_set_str(o, "unit", unit ? unit : "");
	free(unit);
	json_set_str(o, "kind", x->e.kind);
	json_set_str(o, "kind_label", label ? label : x->e.kind);
	json_set_str(o, "id", id);
	json_set_span(o, "title", title.len > 0 ? span_buf(&title) : span_of("", 0));
	buf_free(&title);
	return o;
}

/* ---- links ---- */

struct reading {
	struct archive_reader *r;
	struct same *same;
	enum rc rc;
	struct err *reterr;
};

/* What a link names, if it has values. */
static enum rc add_target(struct reading *k, const struct archive_entity *by)
{
	struct merge_state *s = NULL;
	struct archive_entity e;
	struct buf state, title;
	struct err why;
	enum rc rc;

	buf_init(&state, LIMIT_MERGE_STATE);
	buf_init(&title, LIMIT_TEXT);
	rc = k->r->entity(k->r->ctx, by->scope, by->kind, by->same, &e, &state, &title, &why);
	if (rc == RC_OK && state.len > 0)
		rc = merge_read(span_buf(&state), &s, &why);
	if (rc == RC_OK && s && merge_fields(s) > 0)
		rc = same_add(k->same, by->same, e.no, NULL, &why);
	merge_free(s);
	buf_free(&state);
	buf_free(&title);
	if (rc == RC_NOTFOUND)
		return RC_OK;
	if (rc != RC_OK && k->reterr)
		*k->reterr = why;
	return rc;
}

static bool take(void *arg, const struct archive_entity *e)
{
	struct reading *k = arg;

	k->rc = same_add(k->same, e->id, e->no, e->same, k->reterr);
	if (k->rc == RC_OK)
		k->rc = add_target(k, e);
	return k->rc == RC_OK;
}

static enum rc add_with(struct reading *k, int64_t no, struct err *reterr)
{
	struct archive_entity e;
	struct buf state, title;
	enum rc rc;

	buf_init(&state, LIMIT_MERGE_STATE);
	buf_init(&title, LIMIT_TEXT);
	rc = k->r->entity_no(k->r->ctx, no, &e, &state, &title, reterr);
	if (rc == RC_OK)
		rc = same_add(k->same, e.id, no, NULL, reterr);
	buf_free(&state);
	buf_free(&title);
	return rc;
}

enum rc things_read(struct collector *col, const char *scope, const char *kind, int64_t with,
		    struct same *ret, struct err *reterr)
{
	const struct archive_links f = {.link = ARCHIVE_SAME, .scope = scope, .kind = kind};
	struct same s = {.n = 0};
	struct reading k = {.same = &s, .reterr = reterr};
	enum rc rc = archive_read(col->archive, &k.r, reterr);

	if (rc == RC_OK)
		rc = k.r->linked(k.r->ctx, &f, take, &k, reterr);
	if (rc == RC_OK)
		rc = k.rc;
	if (rc == RC_OK && with >= 0)
		rc = add_with(&k, with, reterr);
	archive_read_end(col->archive, k.r);
	if (rc == RC_OK)
		rc = same_join(&s, reterr);
	if (rc == RC_OK)
		*ret = s;
	else
		same_free(&s);
	return rc;
}

enum rc things_head(struct collector *col, struct act_entity *x, struct err *reterr)
{
	struct act_entity head = {.state = NULL};
	struct same s = {.n = 0};
	size_t i;
	enum rc rc = things_read(col, x->e.scope, x->e.kind, -1, &s, reterr);

	i = rc == RC_OK ? same_find(&s, x->e.id) : SIZE_MAX;
	if (i != SIZE_MAX && s.node[i].head != i) {
		rc = act_entity_no(col, s.node[s.node[i].head].no, &head, reterr);
		if (rc == RC_OK) {
			act_entity_free(col, x);
			*x = head;
		}
	}
	same_free(&s);
	return rc;
}

/* ---- members ---- */

static struct json *differ(const struct op_call *call, const struct lang *lang,
			   const struct act_entity *head, const struct act_entity *x)
{
	const struct view_as as = as_of(call, lang, x);

	return view_differ(&as, head->state, x->state);
}

enum rc things_members(const struct op_call *call, const struct lang *lang,
		       const struct act_entity *x, struct json **ret, struct err *reterr)
{
	struct collector *col = call->app;
	struct json *all = json_array(), *o;
	struct same s = {.n = 0};
	size_t head;
	enum rc rc = things_read(col, x->e.scope, x->e.kind, -1, &s, reterr);

	head = rc == RC_OK ? same_find(&s, x->e.id) : SIZE_MAX;
	for (size_t i = 0; rc == RC_OK && head != SIZE_MAX && i < s.n; i++) {
		struct act_entity one = {.state = NULL};
		char uuid[CODEC_UUID_LEN + 1];

		if (s.node[i].head != head || i == head)
			continue;
		rc = act_entity_no(col, s.node[i].no, &one, reterr);
		if (rc == RC_OK) {
			o = things_name(call, lang, &one);
			codec_uuid(s.node[i].to, uuid);
			if (s.node[i].links)
				json_set_str(o, SAME_FIELD, uuid);
			json_set(o, "differ", differ(call, lang, x, &one));
			json_append(all, o);
		}
		act_entity_free(col, &one);
	}
	same_free(&s);
	if (rc == RC_OK)
		*ret = all;
	else
		json_free(all);
	return rc;
}
