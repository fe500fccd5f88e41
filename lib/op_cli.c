/*
 * op_cli: from argv to an exit status. The order is fixed: parse, language, help,
 * store folder, ask for secrets, dispatch, print. Every sentence is a message key.
 * Not here: what an option means (op_args), where an operation runs (op_dispatch).
 */
#include "lib/op_cli.h"

#include <stdlib.h>
#include <string.h>

#include "lib/crypt.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "lib/op_args.h"
#include "lib/op_dispatch.h"
#include "lib/op_help.h"

enum {
	PROGRESS_MS = 1000 /* first sign of life, and the least time between two */
};

struct cli {
	const struct op_program *program;
	struct op_args args;
	struct lang *lang;
	int64_t spoke; /* os_mono_ms of the start or of the last progress line */
};

/* ---- speaking ---- */

static void add_message(const struct cli *cli, const struct err *e, struct buf *out)
{
	lang_err(cli->lang, e, out);
	lang_clause(e->clause, out);
}

static struct json *json_args(const struct err *e)
{
	struct json *o = json_object();

	for (int i = 0; i < e->nargs; i++)
		json_set_str(o, e->arg[i].name, e->arg[i].val);
	return o;
}

static void say(const struct buf *text, bool to_stderr)
{
	if (text->failed || !text->len)
		return;
	if (to_stderr)
		(void)os_stderr_write(span_buf(text), NULL);
	else
		(void)os_stdout_write(span_buf(text), NULL);
}

static void show_progress(void *arg, const char *key, int64_t done, int64_t total)
{
	struct cli *cli = arg;
	char n[NUM_I64_LEN], of[NUM_I64_LEN];
	int64_t now = os_mono_ms();
	struct buf text;

	if (now - cli->spoke < PROGRESS_MS)
		return;
	cli->spoke = now;
	num_str(done, n);
	num_str(total, of);
	buf_init(&text, LIMIT_ERR_TEXT);
	buf_addf(&text, "%s: ", cli->program->name);
	lang_format(cli->lang, &text, key, "done", n, "total", total > 0 ? of : "?", NULL);
	buf_add_char(&text, '\n');
	say(&text, true);
	buf_free(&text);
}

static void show_note(void *arg, const struct err *msg)
{
	struct cli *cli = arg;
	struct buf text;

	buf_init(&text, LIMIT_ERR_TEXT);
	if (cli->args.json) {
		struct json *o = json_object();
		json_set_str(o, "note", msg->key);
		json_set(o, "args", json_args(msg));
		(void)json_write(o, false, &text, NULL);
		json_free(o);
	} else {
		add_message(cli, msg, &text);
	}
	buf_add_char(&text, '\n');
	say(&text, false);
	buf_free(&text);
}

static void add_error_json(const struct err *e, const struct buf *message, struct buf *out)
{
	struct json *o = json_object(), *error = json_object();

	json_set_str(error, "code", err_name(e->rc));
	json_set_str(error, "clause", e->clause);
	json_set_str(error, "key", e->key);
	json_set_span(error, "message", span_buf(message));
	json_set(error, "args", json_args(e));
	json_set(o, "error", error);
	(void)json_write(o, false, out, NULL);
	buf_add_char(out, '\n');
	json_free(o);
}

/* Print the refusal and give its exit status. */
static int fail(const struct cli *cli, const struct err *e)
{
	struct buf message, text;

	buf_init(&message, LIMIT_ERR_TEXT);
	buf_init(&text, 4 * LIMIT_ERR_TEXT);
	add_message(cli, e, &message);
	if (cli->args.json) {
		add_error_json(e, &message, &text);
		say(&text, false);
		buf_reset(&text);
	}
	buf_addf(&text, "%s: ", cli->program->name);
	buf_add_span(&text, span_buf(&message));
	buf_add_char(&text, '\n');
	if (e->rc == RC_USAGE) {
		const char *command = cli->args.op ? cli->args.op->name : cli->args.group;
		buf_addf(&text, "%s: ", cli->program->name);
		lang_format(cli->lang, &text, command ? "op.help.hint_command" : "op.help.hint",
			    "program", cli->program->name, "command", command ? command : "", NULL);
		buf_add_char(&text, '\n');
	}
	say(&text, true);
	buf_free(&message);
	buf_free(&text);
	return err_exit(e->rc);
}

/* ---- help ---- */

static enum rc add_help_json(const struct cli *cli, struct buf *out, struct err *reterr)
{
	struct json *o = NULL;
	enum rc rc = op_help_json(cli->program, cli->lang, &o, reterr);

	if (rc == RC_OK)
		rc = json_write(o, true, out, reterr);
	json_free(o);
	return rc;
}

/* --help, --version, --help-json: true when it was one of them. */
static bool show_help(const struct cli *cli, enum rc *retrc, struct err *reterr)
{
	const struct op_args *args = &cli->args;
	enum rc rc = RC_OK;
	struct buf out;

	if (!args->help && !args->version && !args->help_json)
		return false;
	buf_init(&out, LIMIT_JSON_TEXT);
	if (args->help_json)
		rc = add_help_json(cli, &out, reterr);
	else if (args->version)
		buf_addf(&out, "%s %s\n", cli->program->name, cli->program->version);
	else if (args->op)
		op_help_op(cli->program, args->op, cli->lang, &out);
	else
		op_help_program(cli->program, cli->lang, args->group, &out);
	if (rc == RC_OK)
		rc = buf_check(&out, reterr);
	if (rc == RC_OK)
		rc = os_stdout_write(span_buf(&out), reterr);
	buf_free(&out);
	*retrc = rc;
	return true;
}

/* ---- the store folder ---- */

static enum rc find_home(const struct cli *cli, char **ret, struct err *reterr)
{
	const struct op_group *group = op_group_of(cli->program, cli->args.op);
	const char *env = group ? group->home_env : cli->program->home_env;
	const char *dir = group ? group->home_dir : cli->program->home_dir;
	const char *home = cli->args.home ? cli->args.home : os_env(env);
	const char *data = os_env("XDG_DATA_HOME"), *user = os_env("HOME");
	char *share = NULL;
	enum rc rc = RC_OK;

	if (home)
		return os_path_absolute(ret, home, reterr);
	if (!data && !user)
		return err_set(reterr, RC_USAGE, NULL, "op.no_home", "env", env, NULL);
	if (!data)
		rc = os_path_join(&share, user, ".local/share", reterr);
	if (rc == RC_OK)
		rc = os_path_join(ret, data ? data : share, dir, reterr);
	free(share);
	return rc;
}

/* ---- running ---- */

static enum rc show_result(const struct cli *cli, const struct json *out, struct err *reterr)
{
	const struct op *op = cli->args.op;
	struct buf text;
	enum rc rc = RC_OK;

	buf_init(&text, cli->args.json ? LIMIT_JSON_TEXT + 1 : 4 * LIMIT_JSON_TEXT);
	if (cli->args.json) {
		rc = json_write(out, false, &text, reterr);
		buf_add_char(&text, '\n');
	} else if (op->print) {
		op->print(cli->lang, out, &text);
	} else {
		rc = json_write(out, true, &text, reterr);
	}
	if (rc == RC_OK)
		rc = buf_check(&text, reterr);
	if (rc == RC_OK)
		rc = os_stdout_write(span_buf(&text), reterr);
	buf_free(&text);
	return rc;
}

/* Ask for what is required, run; ask for what turned out to be needed, run once more. */
static enum rc run(struct cli *cli, const char *home, struct json **ret, struct err *reterr)
{
	const struct op_voice voice = {cli, show_progress, show_note, lang_name(cli->lang)};
	struct op_args *args = &cli->args;
	int64_t wait_ms = args->wait_ms >= 0 ? args->wait_ms : OP_DISPATCH_WAIT_MS;
	enum rc rc = op_args_ask(args, cli->lang, NULL, reterr);

	if (rc != RC_OK)
		return rc;
	cli->spoke = os_mono_ms();
	rc = op_dispatch(cli->program, args->op, home, args->in, wait_ms, &voice, ret, reterr);
	if (rc != RC_USAGE || strcmp(reterr->key, "op.secret_missing") != 0)
		return rc;
	const struct err why = *reterr;
	const char *name = err_arg(&why, "name");
	if (!name || json_get(args->in, name))
		return rc;
	rc = op_args_ask(args, cli->lang, name, reterr);
	cli->spoke = os_mono_ms();
	if (rc == RC_OK)
		rc = op_dispatch(cli->program, args->op, home, args->in, wait_ms, &voice, ret,
				 reterr);
	return rc;
}

static int run_and_show(struct cli *cli)
{
	struct json *out = NULL;
	char *home = NULL;
	struct err e = {0};
	enum rc rc = find_home(cli, &home, &e), verdict = RC_OK;

	if (rc != RC_OK && (cli->args.op->flags & OP_NOSTORE))
		rc = RC_OK; /* it has no use for a folder that cannot be named */
	if (rc == RC_OK)
		rc = run(cli, home, &out, &e);
	if (rc == RC_OK)
		rc = show_result(cli, out, &e);
	if (rc == RC_OK && cli->args.op->verdict)
		verdict = cli->args.op->verdict(out);
	json_free(out);
	free(home);
	return rc == RC_OK ? err_exit(verdict) : fail(cli, &e);
}

int op_cli_main(const struct op_program *program, int argc, char **argv)
{
	struct cli cli = {.program = program};
	struct err e = {0};
	int status;
	enum rc rc = os_init(&argc, &argv, &e), parsed = RC_OK;

	if (rc == RC_OK)
		rc = crypt_init(&e);
	if (rc == RC_OK)
		parsed = op_args_parse(program, argc, argv, &cli.args, &e);
	const char *name = cli.args.lang ? cli.args.lang : lang_pick(os_env("KIEMKE_LANG"));
	if (rc == RC_OK && parsed == RC_OK)
		rc = lang_load(name, &cli.lang, &e);
	else
		(void)lang_load(name, &cli.lang, NULL); /* without it keys are shown */
	if (rc != RC_OK || parsed != RC_OK)
		status = fail(&cli, &e);
	else if (show_help(&cli, &rc, &e))
		status = rc == RC_OK ? 0 : fail(&cli, &e);
	else
		status = run_and_show(&cli);
	op_args_free(&cli.args);
	lang_free(cli.lang);
	return status;
}
