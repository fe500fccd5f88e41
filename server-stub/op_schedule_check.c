/*
 * op schedule check: a schedule while it is being filled in, as its form takes it: which fields apply and are
 * asked for, what is missing or wrong, values as people write them; of each field what a clerk's draft has
 * (agent/record_live). Keeps and seals nothing. Not here: whom it concerns, what asks the same already.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "server-stub/act.h"
#include "server-stub/ops.h"
#include "sync/form_check.h"
#include "sync/view.h"

static const struct op_arg args[] = {
    {.name = "fields", .type = OP_PAIRS, .flags = OP_POSITIONAL, .help = "act.arg.fields"},
};

struct checking {
	const struct form *form;
	const struct lang *lang;
	struct form_around around;
	struct json *rec;    /* what could be read */
	struct json *fields; /* of the answer */
	struct json *errors; /* of no single field */
};

static struct json *field_of(const struct checking *c, const char *name)
{
	struct json *o = json_get_obj(c->fields, name);

	if (!o) {
		o = json_object();
		json_set(c->fields, name, o);
	}
	return o;
}

/* The first of what is wrong with a field stands; what is missing is told apart from it. */
static void tell(struct checking *c, const char *name, const char *member, const char *text)
{
	struct json *o = name ? field_of(c, name) : NULL;

	if (!o)
		json_append_str(c->errors, text);
	else if (!json_get(o, "error"))
		json_set_str(o, member, text);
}

/* What was typed: into rec, or why it cannot be read. */
static enum rc read_typed(struct checking *c, const struct json *typed, struct err *reterr)
{
	for (const struct json *t = json_first(typed); t; t = json_next(t)) {
		struct json *v = NULL;
		struct err why = {0};
		struct buf text;

		if (form_check_input(c->form, json_name(t), t, &v, &why) == RC_OK) {
			json_set(c->rec, json_name(t), v);
			continue;
		}
		if (!form_field(c->form, json_name(t))) {
			*reterr = why;
			return why.rc;
		}
		buf_init(&text, LIMIT_ERR_TEXT);
		lang_err(c->lang, &why, &text);
		tell(c, json_name(t), "error", text.p ? (const char *)text.p : "");
		buf_free(&text);
	}
	return RC_OK;
}

/* What does not apply any more is left out: one that goes may be another one's ground. */
static enum rc leave_out(struct checking *c, struct form_mark *mark, struct err *reterr)
{
	bool again = true;

	while (again) {
		enum rc rc = form_check_marks(c->form, c->rec, &c->around, mark, reterr);

		if (rc != RC_OK)
			return rc;
		again = false;
		for (size_t i = 0; i < c->form->nfield; i++)
			if (!mark[i].applies && json_get(c->rec, c->form->field[i].name)) {
				json_remove(c->rec, c->form->field[i].name);
				again = true;
			}
	}
	return RC_OK;
}

static void put_field(const struct checking *c, const struct form_field *ff,
		      const struct form_mark *mark)
{
	const struct view_as as = {.form = c->form, .lang = c->lang};
	const struct json *v = json_get(c->rec, ff->name);
	struct json *o = field_of(c, ff->name);
	struct buf text;

	if (!mark->applies)
		json_remove(o, "error"); /* what was typed there counts for nothing */
	json_set_bool(o, "applies", mark->applies);
	json_set_bool(o, "required", mark->required);
	if (!v || json_kind(v) == JSON_NULL)
		return;
	buf_init(&text, LIMIT_VIEW_TEXT);
	view_text(&as, ff, v, &text);
	json_set(o, "value", json_copy(v));
	json_set_span(o, "text", span_buf(&text));
	buf_free(&text);
}

static void tell_finding(struct checking *c, const struct form_finding *x)
{
	bool missing = strcmp(x->why.key, "form.required") == 0;
	struct buf text;

	if (x->severity != FORM_ERROR)
		return;
	buf_init(&text, LIMIT_ERR_TEXT);
	form_check_say(x, c->lang, &text);
	tell(c, x->field ? x->field->name : NULL, missing ? "missing" : "error",
	     text.p ? (const char *)text.p : "");
	buf_free(&text);
}

static enum rc check(struct checking *c, const struct json *typed, struct err *reterr)
{
	struct form_mark *mark = calloc(c->form->nfield + 1, sizeof(*mark));
	struct form_result r = {0};
	enum rc rc = mark ? RC_OK : err_set(reterr, RC_NOMEM, NULL, "form.memory", NULL);

	if (rc == RC_OK)
		rc = read_typed(c, typed, reterr);
	if (rc == RC_OK)
		rc = leave_out(c, mark, reterr);
	if (rc == RC_OK)
		rc = form_check_record(c->form, c->rec, &c->around, &r, reterr);
	for (size_t i = 0; rc == RC_OK && i < c->form->nfield; i++)
		put_field(c, &c->form->field[i], &mark[i]);
	for (size_t i = 0; rc == RC_OK && i < r.n; i++)
		tell_finding(c, &r.finding[i]);
	form_check_free(&r);
	free(mark);
	return rc;
}

static bool is_ready(const struct checking *c)
{
	for (const struct json *o = json_first(c->fields); o; o = json_next(o))
		if (json_get(o, "error") || json_get(o, "missing"))
			return false;
	return json_len(c->errors) == 0;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct collector *col = call->app;
	const struct ingest_snapshot *snap = ingest_snapshot(col->ingest);
	struct checking c = {.form = form_set_open(snap->forms, "schedule"),
			     .around = {.set = snap->forms, .now_s = clock_now_s(col->clock)},
			     .rec = json_object(),
			     .fields = json_object(),
			     .errors = json_array()};
	struct lang *lang = NULL;
	enum rc rc = act_lang(call, &lang, reterr);

	c.lang = lang;
	if (rc == RC_OK)
		rc = c.form ? check(&c, json_get_obj(in, "fields"), reterr)
			    : err_set(reterr, RC_NOTFOUND, NULL, "form.unknown", "name", "schedule",
				      NULL);
	if (rc == RC_OK) {
		*ret = json_object();
		json_set_bool(*ret, "ready", is_ready(&c));
		json_set(*ret, "fields", c.fields);
		json_set(*ret, "errors", c.errors);
	} else {
		json_free(c.fields);
		json_free(c.errors);
	}
	json_free(c.rec);
	lang_free(lang);
	ingest_snapshot_end(col->ingest, snap);
	return rc;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	bool ready = false;

	for (const struct json *o = json_first(json_get_obj(out, "fields")); o; o = json_next(o)) {
		const char *wrong = json_get_str(o, "error");

		if (!wrong)
			wrong = json_get_str(o, "missing");
		if (wrong)
			buf_addf(text, "%s\n", wrong);
	}
	for (const struct json *e = json_first(json_get_arr(out, "errors")); e; e = json_next(e))
		buf_addf(text, "%s\n", json_str(e));
	if (json_get_bool(out, "ready", &ready) && ready)
		buf_addf(text, "%s\n", lang_text(lang, "schedule.check.ready"));
}

const struct op op_schedule_check = {.name = "schedule check",
				     .summary = "schedule.check.summary",
				     .flags = OP_READ,
				     .arg = args,
				     .narg = sizeof(args) / sizeof(args[0]),
				     .run = run,
				     .print = print};
