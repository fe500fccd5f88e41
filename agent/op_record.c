/*
 * op record: make or change records. Registers and sessions are sealed at once; checks and
 * statements stay drafts until they are submitted (--submit, or op submit). Several at once
 * come as JSON or NDJSON: all of them or none. The work is in agent/record.
 */
#include <string.h>

#include "agent/attach.h"
#include "agent/ops.h"
#include "agent/print.h"
#include "agent/record.h"
#include "lib/limits.h"

static const struct op_arg args[] = {
    {.name = "kind",
     .type = OP_STRING,
     .flags = OP_POSITIONAL,
     .help = "record.arg.kind",
     .meta = "KIND"},
    {.name = "id",
     .type = OP_STRING,
     .flags = OP_POSITIONAL,
     .help = "record.arg.id",
     .meta = "ID"},
    {.name = "fields",
     .type = OP_PAIRS,
     .flags = OP_POSITIONAL,
     .help = "record.arg.fields",
     .meta = "FIELD=VALUE"},
    {.name = "file", .type = OP_TEXT, .flags = OP_STDIN, .help = "record.arg.file", .meta = "FILE"},
    {.name = "parent", .type = OP_STRING, .flags = 0, .help = "record.arg.parent", .meta = "ID"},
    {.name = "attach", .type = OP_PATH, .flags = 0, .help = "record.arg.attach", .meta = "FILE"},
    {.name = "reason", .type = OP_STRING, .flags = 0, .help = "arg.reason", .meta = "TEXT"},
    {.name = "seen", .type = OP_LIST, .help = "record.arg.seen", .meta = "ENTRY"},
    {.name = "submit", .type = OP_BOOL, .flags = 0, .help = "record.arg.submit"},
    {.name = "discard", .type = OP_BOOL, .flags = 0, .help = "record.arg.discard"},
    {.name = "clerk", .type = OP_STRING, .flags = 0, .help = "arg.clerk", .meta = "NAME"},
    {.name = "pin", .type = OP_STRING, .flags = OP_SECRET, .help = "arg.pin"},
};

/* ---- what is to be recorded ---- */

static enum rc add_line(struct span line, int64_t n, struct json *items, struct err *reterr)
{
	struct json *v = NULL;
	enum rc rc = json_parse(line, NULL, &v, reterr);

	if (rc == RC_OK && json_kind(v) != JSON_OBJECT) {
		json_free(v);
		return err_num(reterr, RC_INPUT, NULL, "record.file_object", "line", n);
	}
	if (rc == RC_OK)
		json_append(items, v);
	return rc;
}

/* One object, or one object a line. */
static enum rc read_file(const char *text, struct json *items, struct err *reterr)
{
	struct span rest = span_str(text), line;
	struct json *whole = NULL;
	enum rc rc = RC_OK;

	if (json_parse(rest, NULL, &whole, NULL) == RC_OK) {
		json_free(whole);
		return add_line(rest, 1, items, reterr);
	}
	for (int64_t n = 1; rc == RC_OK && rest.len > 0; n++) {
		if (!span_line(&rest, &line)) {
			line = rest;
			rest.len = 0;
		}
		if (line.len > 0 && line.p[line.len - 1] == '\r')
			line.len--;
		if (line.len > 0)
			rc = add_line(line, n, items, reterr);
	}
	if (rc == RC_OK && json_len(items) == 0)
		rc = err_set(reterr, RC_INPUT, NULL, "record.nothing", NULL);
	return rc;
}

static void hand_on(const struct json *in, const char *name, struct json *item)
{
	if (json_get(in, name) && !json_get(item, name))
		json_set(item, name, json_copy(json_get(in, name)));
}

static enum rc read_items(const struct json *in, struct json *items, struct err *reterr)
{
	static const char *const member[] = {"kind",   "id",	"fields",  "parent",
					     "reason", "submit", "discard", "seen"};
	static const char *const shared[] = {"kind", "parent", "reason", "submit"};
	struct json *one;
	enum rc rc;

	if (json_get_str(in, "file")) {
		rc = read_file(json_get_str(in, "file"), items, reterr);
		for (struct json *x = json_first(items); x; x = json_next(x))
			for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
				hand_on(in, shared[i], x);
		return rc;
	}
	if (!json_get_str(in, "kind"))
		return err_set(reterr, RC_USAGE, NULL, "op.missing", "name", "kind", NULL);
	one = json_object();
	for (size_t i = 0; i < sizeof(member) / sizeof(member[0]); i++)
		hand_on(in, member[i], one);
	json_append(items, one);
	return RC_OK;
}

/* The file becomes a value of the one record given. */
static enum rc attach(struct agent *agent, const struct json *in, struct json *item,
		      struct err *reterr)
{
	const char *path = json_get_str(in, "attach"), *kind = json_get_str(item, "kind");
	const struct form *f = NULL;
	enum rc rc;

	if (!path)
		return RC_OK;
	rc = look_form(agent, kind ? kind : "", &f, reterr);
	if (rc != RC_OK)
		return rc;
	if (!json_get_obj(item, "fields"))
		json_set(item, "fields", json_object());
	return attach_file(agent, f, path, json_get_obj(item, "fields"), reterr);
}

/* ---- run ---- */

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct json *items = json_array(), *all = json_array();
	struct record_batch b;
	enum rc rc = record_begin(&b, call, in, reterr);

	if (rc == RC_OK)
		rc = read_items(in, items, reterr);
	if (rc == RC_OK)
		rc = attach(call->app, in, json_first(items), reterr);
	b.from_file = json_get_str(in, "file") != NULL;
	b.alone = json_len(items) == 1;
	for (const struct json *x = json_first(items); rc == RC_OK && x; x = json_next(x)) {
		struct json *one = NULL;
		rc = record_take(&b, x, &one, reterr);
		if (rc == RC_OK)
			json_append(all, one);
	}
	if (rc == RC_OK)
		rc = record_keep(&b, reterr);
	if (rc == RC_OK)
		*ret = record_answer(&b, all);
	else
		json_free(all);
	record_end(&b);
	json_free(items);
	return rc;
}

const struct op op_record = {
    "record", "record.summary", OP_WRITE,   args, sizeof(args) / sizeof(args[0]),
    run,      print_records,    print_saved};
