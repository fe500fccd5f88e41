/*
 * op autostart: have the background run whenever this user is logged in, through systemd's user
 * manager. Where that does not answer the file is written all the same, and what is left to do is told
 * word for word. Not here: the unit (agent/autostart).
 */
#include <stdlib.h>
#include <string.h>

#include "agent/autostart.h"
#include "agent/ops.h"
#include "agent/print.h"
#include "agent/shortcut.h"
#include "lib/os.h"

enum { ANSWER_MS = 30000, ANSWER_MAX = 16384 };

static const struct op_arg args[] = {
    {.name = "install", .type = OP_BOOL, .help = "autostart.arg.install"},
    {.name = "remove", .type = OP_BOOL, .help = "autostart.arg.remove"},
    {.name = "print", .type = OP_BOOL, .help = "autostart.arg.print"},
};

/* systemctl --user VERB… [NAME]; true when it ended well. *retsaid (may be NULL): the first line it said. */
static bool systemctl(const char *const *verb, const char *name, struct buf *retsaid)
{
	const char *argv[8] = {"systemctl", "--user"};
	struct os_spawn how = {.argv = argv, .pipe_out = true, .pipe_err = true};
	struct os_proc *p = NULL;
	struct buf out, err;
	struct span rest, line;
	size_t n = 2;
	int status = -1;
	bool well;

	for (; *verb; verb++)
		argv[n++] = *verb;
	argv[n++] = name;
	buf_init(&out, ANSWER_MAX);
	buf_init(&err, ANSWER_MAX);
	well = os_proc_start(&p, &how, NULL) == RC_OK &&
	       os_proc_talk(p, span_of(NULL, 0), &out, &err, ANSWER_MS, &status, NULL) == RC_OK &&
	       status == 0;
	rest = span_buf(&out);
	if (retsaid && span_line(&rest, &line))
		buf_add_span(retsaid, line);
	os_proc_free(p);
	buf_free(&out);
	buf_free(&err);
	return well;
}

#define VERB(...) ((const char *const[]){__VA_ARGS__, NULL})

/* What systemd says of it: "enabled", "active", … or "" when it says nothing. */
static void ask(const struct autostart *a, const char *verb, struct json *o, const char *member)
{
	struct buf said;

	buf_init(&said, ANSWER_MAX);
	systemctl(VERB(verb), a->name, &said);
	json_set_str(o, member, said.p && !said.failed ? (const char *)said.p : "");
	buf_free(&said);
}

static void add_todo(struct json *o, const char *what, const struct autostart *a)
{
	struct buf b;

	buf_init(&b, ANSWER_MAX);
	buf_add_str(&b, "systemctl --user ");
	buf_add_str(&b, what);
	buf_add_char(&b, ' ');
	buf_add_str(&b, a->name);
	json_append_str(json_get_arr(o, "todo"), (const char *)b.p);
	buf_free(&b);
}

/* Write the icon for the page, or take it away; put its place into *o when it is there. */
static enum rc set_shortcut(const struct autostart *a, bool wanted, struct json *o,
			    struct err *reterr)
{
	char *path = NULL;
	struct buf text;
	enum rc rc = shortcut_path(a, &path, reterr);

	buf_init(&text, OWN_FILE_MAX);
	if (rc == RC_OK && wanted)
		rc = shortcut_text(a, &text, reterr);
	if (rc == RC_OK)
		rc = wanted ? own_file_write(path, shortcut_mark, span_buf(&text), reterr)
			    : own_file_remove(path, shortcut_mark, reterr);
	if (rc == RC_OK && wanted)
		json_set_str(o, "shortcut", path);
	buf_free(&text);
	free(path);
	return rc;
}

static enum rc install(const struct autostart *a, struct json *o, struct err *reterr)
{
	enum rc rc;

	if (!os_dir_exists(a->home)) /* it would only start and fail, again and again */
		return err_set(reterr, RC_NOTFOUND, NULL, "op.no_store", "home", a->home, NULL);
	rc = autostart_write(a, reterr);
	if (rc == RC_OK)
		rc = set_shortcut(a, true, o, reterr);
	if (rc != RC_OK)
		return rc;
	if (systemctl(VERB("daemon-reload"), NULL, NULL) &&
	    systemctl(VERB("enable", "--now"), a->name, NULL)) {
		json_set_str(o, "done", "enabled");
		return RC_OK;
	}
	json_set_str(o, "done", "written");
	add_todo(o, "enable --now", a);
	return RC_OK;
}

static enum rc take_away(const struct autostart *a, struct json *o, struct err *reterr)
{
	enum own_file_state s;
	enum rc rc = autostart_state(a, &s, reterr);

	if (rc != RC_OK)
		return rc;
	json_set_str(o, "done", s == OWN_FILE_NONE ? "none" : "removed");
	if ((s == OWN_FILE_OLD || s == OWN_FILE_CURRENT) &&
	    !systemctl(VERB("disable", "--now"), a->name, NULL))
		add_todo(o, "stop", a); /* one that still runs goes on until then */
	rc = autostart_remove(a, reterr);
	if (rc == RC_OK)
		rc = set_shortcut(a, false, o, reterr);
	if (rc == RC_OK && s != OWN_FILE_NONE)
		systemctl(VERB("daemon-reload"), NULL, NULL);
	return rc;
}

static enum rc print_unit(const struct autostart *a, struct json *o, struct err *reterr)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, ANSWER_MAX);
	rc = autostart_unit(a, &b, reterr);
	if (rc == RC_OK)
		json_set_span(o, "unit", span_buf(&b));
	json_set_str(o, "done", "printed");
	buf_free(&b);
	return rc;
}

static enum rc tell(const struct autostart *a, struct json *o, struct err *reterr)
{
	static const char *const state[] = {
	    [OWN_FILE_NONE] = "none",
	    [OWN_FILE_OTHER] = "other",
	    [OWN_FILE_OLD] = "old",
	    [OWN_FILE_CURRENT] = "current",
	};
	enum own_file_state s;
	enum rc rc = autostart_state(a, &s, reterr);

	if (rc != RC_OK)
		return rc;
	json_set_str(o, "state", state[s]);
	if (s == OWN_FILE_NONE)
		return RC_OK;
	ask(a, "is-enabled", o, "enabled");
	ask(a, "is-active", o, "active");
	return RC_OK;
}

static bool is_set(const struct json *in, const char *name)
{
	bool v = false;

	return json_get_bool(in, name, &v) && v;
}

static enum rc act(const struct autostart *a, const struct json *in, struct json *o,
		   struct err *reterr)
{
	if (is_set(in, "print"))
		return print_unit(a, o, reterr);
	if (is_set(in, "install"))
		return install(a, o, reterr);
	if (is_set(in, "remove"))
		return take_away(a, o, reterr);
	json_set_str(o, "done", "");
	return RC_OK;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct autostart a = {0};
	struct json *o = json_object();
	enum rc rc;

	if (is_set(in, "install") + is_set(in, "remove") + is_set(in, "print") > 1)
		rc = err_set(reterr, RC_USAGE, NULL, "autostart.one", NULL);
	else
		rc = autostart_for(call->program->name, call->home, &a, reterr);
	if (rc == RC_OK) {
		json_set_str(o, "name", a.name);
		json_set_str(o, "path", a.path);
		json_set(o, "todo", json_array());
		rc = act(&a, in, o, reterr);
	}
	if (rc == RC_OK)
		rc = tell(&a, o, reterr);
	autostart_free(&a);
	if (rc == RC_OK)
		*ret = o;
	else
		json_free(o);
	return rc;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	static const char *const say[][2] = {{"enabled", "autostart.enabled"},
					     {"written", "autostart.written"},
					     {"removed", "autostart.removed"},
					     {"none", "autostart.none"}};
	const char *done = print_str(out, "done"), *key = NULL;

	if (strcmp(done, "printed") == 0) {
		buf_add_str(text, print_str(out, "unit"));
		return;
	}
	for (size_t i = 0; i < sizeof(say) / sizeof(say[0]); i++)
		if (strcmp(done, say[i][0]) == 0)
			key = say[i][1];
	if (!key && strcmp(print_str(out, "state"), "none") == 0)
		key = "autostart.none";
	lang_format(lang, text, key ? key : "autostart.state", "path", print_str(out, "path"),
		    "enabled", print_str(out, "enabled"), "active", print_str(out, "active"), NULL);
	buf_add_char(text, '\n');
	for (const struct json *t = json_first(json_get_arr(out, "todo")); t; t = json_next(t))
		buf_addf(text, "  %s\n", json_str(t));
	if (json_get_str(out, "shortcut")) {
		lang_format(lang, text, "autostart.shortcut", "path", print_str(out, "shortcut"), NULL);
		buf_add_char(text, '\n');
	}
	if (strcmp(done, "enabled") == 0)
		print_line(lang, text, "autostart.linger");
}

const struct op op_autostart = {"autostart",
				"autostart.summary",
				OP_WRITE | OP_NOSTORE,
				args,
				sizeof(args) / sizeof(args[0]),
				run,
				print,
				NULL};
