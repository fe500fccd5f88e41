/*
 * op schedule list|show: what is asked of whom and when, how many communes that is, and which schedules
 * ask the same twice. Reads only.
 */
#include <stdio.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "server-stub/act.h"
#include "server-stub/ops.h"
#include "server-stub/schedules.h"
#include "sync/due.h"

struct telling {
	const struct schedules *x;
	struct view_as as;
};

/* One field in its words, as {"value","text"}. */
static struct json *told(const struct telling *t, const char *name, const struct json *value)
{
	const struct form_field *ff = t->as.form ? form_field(t->as.form, name) : NULL;
	struct json *o = json_object();
	struct buf text;

	buf_init(&text, LIMIT_VIEW_TEXT);
	view_text(&t->as, ff, value, &text);
	json_set(o, "value", json_copy(value));
	json_set_span(o, "text", span_buf(&text));
	if (ff)
		json_set_str(o, "label", form_say(ff->label, lang_name(t->as.lang)));
	buf_free(&text);
	return o;
}

/* Codes with their names: a commune, a province by one of its communes, or everything. */
static struct json *scopes_of(const struct telling *t, const struct json *fields)
{
	struct json *all = json_array();

	for (const struct json *s = json_first(json_get_arr(fields, "scopes")); s; s = json_next(s)) {
		const char *code = json_str(s) ? json_str(s) : "", *name = NULL;
		const struct json *u = json_get_obj(t->x->unit, code);
		struct json *o = json_object();

		if (u)
			name = json_get_str(u, "name");
		if (strcmp(code, "*") == 0)
			name = lang_text(t->as.lang, "schedule.everybody");
		for (u = json_first(t->x->unit); !name && u; u = json_next(u))
			if (strcmp(json_get_str(u, "province"), code) == 0)
				name = json_get_str(u, "province_name");
		json_set_str(o, "code", code);
		json_set_str(o, "name", name ? name : "");
		json_append(all, o);
	}
	return all;
}

static struct json *one(const struct telling *t, const struct schedule *s)
{
	struct json *o = json_object(), *fields = json_object(), *overlaps = json_array();
	char id[CODEC_UUID_LEN + 1];
	struct due_period p;

	codec_uuid(s->id, id);
	json_set_str(o, "id", id);
	json_set_str(o, "state", schedules_state(t->x, s->fields));
	json_set_int(o, "index", s->index);
	json_set_int(o, "conflicts", s->conflicts);
	for (const struct json *v = json_first(s->fields); v; v = json_next(v))
		if (json_kind(v) != JSON_NULL)
			json_set(fields, json_name(v), told(t, json_name(v), v));
	json_set(o, "fields", fields);
	json_set(o, "scopes", scopes_of(t, s->fields));
	json_set_int(o, "units", schedules_units(t->x, s->fields));
	if (due_period(s->fields, t->x->now, &p))
		json_set_int(o, "due_at", p.due_at);
	for (size_t i = 0; i < t->x->n; i++) {
		const struct schedule *b = &t->x->s[i];

		if (b == s || strcmp(schedules_state(t->x, b->fields), "ended") == 0 ||
		    strcmp(schedules_state(t->x, s->fields), "ended") == 0 ||
		    !schedules_overlap(t->x, s->fields, b->fields))
			continue;
		codec_uuid(b->id, id);
		json_append_str(overlaps, id);
	}
	json_set(o, "overlaps", overlaps);
	return o;
}

/* Communes it concerns, by province. */
static struct json *provinces(const struct schedules *x, const struct json *fields)
{
	struct json *all = json_object();

	for (const struct json *u = json_first(x->unit); u; u = json_next(u)) {
		const char *code = json_get_str(u, "province");
		bool closed = false;
		int64_t n = 0;
		struct json *o;

		json_get_bool(u, "closed", &closed);
		if (closed || !code || !due_concerns(fields, json_name(u), code))
			continue;
		o = json_get_obj(all, code);
		if (!o) {
			o = json_object();
			json_set_str(o, "name", json_get_str(u, "province_name"));
			json_set(all, code, o);
		}
		json_get_int(o, "units", &n);
		json_set_int(o, "units", n + 1);
	}
	return all;
}

static enum rc tell(struct telling *t, const char *id, struct json **ret, struct err *reterr)
{
	struct json *all = json_array();
	char text[CODEC_UUID_LEN + 1];

	for (size_t i = 0; i < t->x->n; i++) {
		codec_uuid(t->x->s[i].id, text);
		if (id && strcmp(id, text) != 0)
			continue;
		json_append(all, one(t, &t->x->s[i]));
		if (id) {
			*ret = json_copy(json_at(all, 0));
			json_set(*ret, "provinces", provinces(t->x, t->x->s[i].fields));
		}
	}
	if (!id) {
		*ret = json_object();
		json_set(*ret, "schedules", all);
		return RC_OK;
	}
	json_free(all);
	return *ret ? RC_OK
		    : err_set(reterr, RC_NOTFOUND, NULL, "archive.no_entity", "id", id, NULL);
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct collector *col = call->app;
	const struct ingest_snapshot *snap;
	struct schedules x = {.n = 0};
	struct telling t = {.x = &x};
	struct act_entity named = {.state = NULL};
	struct json *out = NULL;
	char id[CODEC_UUID_LEN + 1] = "";
	struct lang *lang = NULL;
	enum rc rc = act_lang(call, &lang, reterr);

	if (rc == RC_OK && json_get_str(in, "id")) {
		rc = act_entity(col, "*", "schedule", json_get_str(in, "id"), &named, reterr);
		if (rc == RC_OK)
			codec_uuid(named.e.id, id);
		act_entity_free(col, &named);
	}
	if (rc == RC_OK)
		rc = schedules_read(col, &x, reterr);
	snap = ingest_snapshot(col->ingest);
	t.as = (struct view_as){.form = form_set_newest(snap->forms, "schedule"), .lang = lang};
	if (rc == RC_OK)
		rc = tell(&t, id[0] ? id : NULL, &out, reterr);
	if (rc == RC_OK)
		*ret = out;
	ingest_snapshot_end(col->ingest, snap);
	schedules_free(&x);
	lang_free(lang);
	return rc;
}

static const char *field_text(const struct json *s, const char *name)
{
	const char *v = json_get_str(json_get_obj(json_get_obj(s, "fields"), name), "text");

	return v ? v : "";
}

static void print_one(const struct lang *lang, const struct json *s, struct buf *text)
{
	char n[NUM_I64_LEN], key[64];
	int64_t units = 0;

	json_get_int(s, "units", &units);
	num_str(units, n);
	buf_addf(text, "%s · %s · %s\n", field_text(s, "kind"), field_text(s, "period"),
		 json_get_str(s, "id"));
	snprintf(key, sizeof(key), "schedule.line.%s", json_get_str(s, "state"));
	buf_add_str(text, "  ");
	lang_format(lang, text, key, "units", n, "from", field_text(s, "starts_on"), "to",
		    field_text(s, "ends_on"), NULL);
	buf_add_char(text, '\n');
	for (const struct json *o = json_first(json_get_arr(s, "overlaps")); o; o = json_next(o)) {
		buf_add_str(text, "  ");
		lang_format(lang, text, "schedule.line.overlap", "id", json_str(o), NULL);
		buf_add_char(text, '\n');
	}
}

static void list_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	for (const struct json *s = json_first(json_get_arr(out, "schedules")); s; s = json_next(s))
		print_one(lang, s, text);
}

static void show_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	print_one(lang, out, text);
	for (const struct json *p = json_first(json_get_obj(out, "provinces")); p; p = json_next(p)) {
		int64_t units = 0;

		json_get_int(p, "units", &units);
		buf_addf(text, "  %s %s: %lld\n", json_name(p), json_get_str(p, "name"),
			 (long long)units);
	}
}

static const struct op_arg show_args[] = {
    {.name = "id",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "act.arg.id",
     .meta = "ID"},
};

const struct op op_schedule_list = {.name = "schedule list",
				    .summary = "schedule.list.summary",
				    .flags = OP_READ,
				    .run = run,
				    .print = list_print};
const struct op op_schedule_show = {.name = "schedule show",
				    .summary = "schedule.show.summary",
				    .flags = OP_READ,
				    .arg = show_args,
				    .narg = sizeof(show_args) / sizeof(show_args[0]),
				    .run = run,
				    .print = show_print};
