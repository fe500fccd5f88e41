/*
 * op alarm list|export|close: what this PC has against the collector's log (L10, L14): a
 * tree that went back, or one with another content. While an alarm is open nothing is sent.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/ops.h"
#include "agent/print.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "lib/text.h"

/* ---- list ---- */


static struct json *alarm_json(const struct store_alarm *a)
{
	struct json *o = json_object();

	json_set_int(o, "no", a->no);
	json_set_str(o, "scope", a->scope);
	json_set_int(o, "at", a->at);
	json_set_str(o, "clause", a->clause);
	json_set_str(o, "why", a->why);
	json_set_bool(o, "open", !a->closed);
	json_set_span(o, "reason", a->reason);
	json_set_span(o, "given", a->given);
	json_set_span(o, "known", a->known);
	return o;
}

static bool take(void *arg, const struct store_alarm *a)
{
	json_append(arg, alarm_json(a));
	return true;
}

static enum rc list_run(const struct op_call *call, const struct json *in, struct json **ret,
			struct err *reterr)
{
	struct agent *agent = call->app;
	struct json *all = json_array();
	enum rc rc = store_alarms(agent->store, 0, take, all, reterr);

	(void)in;
	if (rc != RC_OK) {
		json_free(all);
		return rc;
	}
	*ret = json_object();
	json_set(*ret, "alarms", all);
	return RC_OK;
}

static void list_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	const struct json *all = json_get_arr(out, "alarms");

	if (json_len(all) == 0)
		print_line(lang, text, "alarm.no_alarm");
	for (const struct json *o = json_first(all); o; o = json_next(o)) {
		bool inconsistent = strcmp(print_str(o, "why"), "session.smaller") != 0;
		char at[TEXT_TIME_LEN];
		struct buf n;

		text_time_fmt(print_num(o, "at"), at);
		buf_init(&n, LIMIT_ERR_TEXT);
		buf_add_int(&n, print_num(o, "no"));
		lang_format(lang, text, inconsistent ? "alarm.line_changed" : "alarm.line_back", "n",
			    (const char *)n.p, "at", at, NULL);
		buf_add_char(text, ' ');
		buf_add_str(text, lang_text(lang, print_is(o, "open") ? "alarm.open" : "alarm.over"));
		buf_add_char(text, '\n');
		buf_free(&n);
	}
}

const struct op op_alarm_list = {
    "alarm list", "alarm.list.summary", OP_READ, NULL, 0, list_run, list_print, NULL};

/* ---- export ---- */

#define ALARM_NO                                                                               \
	{                                                                                      \
		.name = "no", .type = OP_INT, .flags = OP_POSITIONAL | OP_REQUIRED,            \
		.help = "alarm.arg.no", .min = 1, .max = INT32_MAX                             \
	}

static const struct op_arg export_args[] = {
    ALARM_NO,
    {.name = "out",
     .type = OP_PATH,
     .flags = OP_REQUIRED,
     .help = "alarm.arg.out",
     .meta = "DIR"},
};

struct export {
	const char *dir;
	bool found;
	enum rc rc;
	struct err *reterr;
};

static void write_file(struct export *x, const char *name, struct span bytes)
{
	char *path = NULL;

	if (x->rc == RC_OK)
		x->rc = os_path_join(&path, x->dir, name, x->reterr);
	if (x->rc == RC_OK)
		x->rc = os_file_write(path, bytes, OS_REPLACE, x->reterr);
	free(path);
}

/* Two notes under one key speak for themselves; about.json says when and why they were kept. */
static bool export_one(void *arg, const struct store_alarm *a)
{
	struct json *o = alarm_json(a);
	struct export *x = arg;
	struct buf about;

	x->found = true;
	buf_init(&about, LIMIT_JSON_TEXT);
	x->rc = os_dir_make(x->dir, x->reterr);
	write_file(x, "given.note", a->given);
	write_file(x, "known.note", a->known);
	if (x->rc == RC_OK)
		x->rc = json_write(o, true, &about, x->reterr);
	write_file(x, "about.json", span_buf(&about));
	buf_free(&about);
	json_free(o);
	return false;
}

static enum rc export_run(const struct op_call *call, const struct json *in, struct json **ret,
			  struct err *reterr)
{
	struct agent *agent = call->app;
	struct export x = {.dir = json_get_str(in, "out"), .rc = RC_OK, .reterr = reterr};
	int64_t no = 0;
	enum rc rc;

	json_get_int(in, "no", &no);
	rc = store_alarms(agent->store, no, export_one, &x, reterr);
	if (rc == RC_OK)
		rc = x.rc;
	if (rc == RC_OK && !x.found)
		rc = err_num(reterr, RC_NOTFOUND, "L14", "alarm.none", "no", (long long)no);
	if (rc != RC_OK)
		return rc;
	*ret = json_object();
	json_set_int(*ret, "no", no);
	json_set_str(*ret, "out", x.dir);
	return RC_OK;
}

static void export_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	lang_format(lang, text, "alarm.exported", "path", print_str(out, "out"), NULL);
	buf_add_char(text, '\n');
}

const struct op op_alarm_export = {
    "alarm export", "alarm.export.summary", OP_READ, export_args,
    sizeof(export_args) / sizeof(export_args[0]), export_run, export_print, NULL};

/* ---- close ---- */

static const struct op_arg close_args[] = {
    ALARM_NO,
    {.name = "reason",
     .type = OP_STRING,
     .flags = OP_REQUIRED,
     .help = "alarm.arg.reason",
     .meta = "TEXT"},
};

static enum rc close_run(const struct op_call *call, const struct json *in, struct json **ret,
			 struct err *reterr)
{
	struct agent *agent = call->app;
	int64_t no = 0;
	enum rc rc;

	json_get_int(in, "no", &no);
	rc = store_alarm_close(agent->store, no, json_get_str(in, "reason"), reterr);
	if (rc != RC_OK)
		return rc;
	*ret = json_object();
	json_set_int(*ret, "no", no);
	return RC_OK;
}

static void close_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	(void)out;
	print_line(lang, text, "alarm.ended");
}

const struct op op_alarm_close = {
    "alarm close", "alarm.close.summary", OP_WRITE, close_args,
    sizeof(close_args) / sizeof(close_args[0]), close_run, close_print, NULL};
