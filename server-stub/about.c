/*
 * about: see about.h.
 */
#include "server-stub/about.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "server-stub/submission.h"
#include "server-stub/task.h"
#include "sync/decision.h"
#include "sync/explain.h"

struct listing_of {
	struct proof *p;
	const struct lang *lang;
	const struct act_entity *x;
	struct json *all;
	enum rc rc;
	struct err *reterr;
};

/* ---- reviews ---- */

static void add_text(const struct listing_of *l, const struct form *f, const struct json *fields,
		     const char *field, struct json *o)
{
	const struct view_as as = {.form = f, .lang = l->lang};
	struct buf text, name;

	buf_init(&text, LIMIT_TEXT);
	buf_init(&name, ERR_KEY_LEN);
	view_text(&as, f ? form_field(f, field) : NULL, json_get(fields, field), &text);
	buf_addf(&name, "%s_label", field);
	json_set_str(o, field, json_get_str(fields, field));
	json_set_span(o, (const char *)name.p, text.len > 0 ? span_buf(&text) : span_of("", 0));
	buf_free(&text);
	buf_free(&name);
}

static struct json *comments(const struct listing_of *l, const struct json *fields)
{
	struct json *all = json_array();

	for (const struct json *c = json_first(json_get_arr(fields, "comments")); c; c = json_next(c)) {
		const char *text = json_str(c), *colon = text ? strstr(text, ": ") : NULL;
		char *name = colon ? span_dup(span_of(text, (size_t)(colon - text))) : NULL;
		const struct form_field *ff =
		    name && l->x->form ? form_field(l->x->form, name) : NULL;
		struct json *o = json_object();

		json_set_str(o, "field", ff ? ff->name : "");
		json_set_str(o, "label", ff ? form_say(ff->label, lang_name(l->lang)) : "");
		json_set_str(o, "text", ff ? colon + 2 : text ? text : "");
		json_append(all, o);
		free(name);
	}
	return all;
}

static bool take_review(void *arg, const struct archive_entity *e)
{
	struct listing_of *l = arg;
	const struct ingest_snapshot *snap = proof_snapshot(l->p);
	const struct form *f = form_set_newest(snap->forms, e->kind);
	struct merge_state *s = NULL;
	struct json *fields, *o, *who;
	char id[CODEC_UUID_LEN + 1];

	if (e->state.len == 0)
		return true; /* held back */
	l->rc = merge_read(e->state, &s, l->reterr);
	if (l->rc != RC_OK)
		return false;
	o = json_object();
	who = json_object();
	fields = merge_json(s, f);
	codec_uuid(e->id, id);
	json_set_str(o, "id", id);
	add_text(l, f, fields, "state", o);
	add_text(l, f, fields, "level", o);
	json_set_str(o, "reason", json_get_str(fields, "reason"));
	json_set(o, "comments", comments(l, fields));
	json_set_int(o, "at", e->received_at);
	l->rc = submission_proof(l->p, e, l->lang, false, who, l->reterr);
	json_set_str(o, "who", json_get_str(who, "author"));
	json_set_str(o, "who_title", json_get_str(who, "author_title"));
	json_set_str(o, "custody", json_get_str(who, "custody"));
	json_set_str(o, "fingerprint", json_get_str(who, "fingerprint"));
	json_set(o, "verified", json_copy(json_get(who, "verified")));
	json_append(l->all, o);
	json_free(who);
	json_free(fields);
	merge_free(s);
	return l->rc == RC_OK;
}

/* ---- tasks ---- */

static bool take_task(void *arg, const struct archive_entity *e)
{
	struct listing_of *l = arg;
	struct json *o = NULL;

	if (e->state.len == 0)
		return true;
	l->rc = task_json(l->p, l->lang, e, &o, l->reterr);
	if (l->rc == RC_OK)
		json_append(l->all, o);
	return l->rc == RC_OK;
}

static enum rc add_kind(struct listing_of *l, const char *kind,
			bool (*take)(void *arg, const struct archive_entity *e), const char *name,
			struct json *o, struct err *reterr)
{
	const struct archive_links of = {ARCHIVE_TARGET, l->x->e.scope, kind, l->x->e.id};
	struct archive_reader *r = proof_reader(l->p);
	enum rc rc;

	l->all = json_array();
	rc = r->linked(r->ctx, &of, take, l, reterr);
	json_set(o, name, l->all);
	return rc == RC_OK ? l->rc : rc;
}

enum rc about_add(struct proof *p, const struct lang *lang, const struct act_entity *x,
		  struct json *o, struct err *reterr)
{
	struct listing_of l = {.p = p, .lang = lang, .x = x, .reterr = reterr};
	enum rc rc = add_kind(&l, DECISION_KIND, take_review, "reviews", o, reterr);

	return rc == RC_OK ? add_kind(&l, TASK_KIND, take_task, "tasks", o, reterr) : rc;
}

/* ---- explain ---- */

static bool take_row(void *arg, const struct archive_row *row)
{
	struct json *out = NULL;
	struct explain_in in = {.kind = EXPLAIN_AUTO, .key = &row->key, .nkey = 1};
	struct buf line;

	buf_init(&line, LIMIT_ENTRY_LINE);
	archive_read_line(row, &line);
	buf_add_char(&line, '\n');
	in.bytes = span_buf(&line);
	if (buf_check(&line, NULL) == RC_OK && explain_bytes(&in, &out, NULL) == RC_OK) {
		json_set_int(out, "index", row->index);
		json_append(arg, out);
	}
	buf_free(&line);
	return true;
}

void about_explain(struct proof *p, const struct act_entity *x, struct json *o)
{
	struct archive_reader *r = proof_reader(p);
	struct json *all = json_array();

	r->entity_rows(r->ctx, x->e.no, take_row, all, NULL);
	json_set(o, "explain", all);
}
