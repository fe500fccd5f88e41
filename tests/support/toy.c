/*
 * toy: see toy.h. The store refuses to be opened twice at once (a marker file),
 * so a hole in the lock shows as a failed command.
 */
#include "tests/support/toy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/op_cli.h"
#include "lib/op_owner.h"

enum {
	TOY_MAX = 1 << 20,  /* bytes of the store's file and of a run's output */
	TOY_WAIT_MS = 60000 /* a test that waits longer has failed */
};

struct toy {
	char *file, *marker;
};

/* ---- the store ---- */

static void toy_close(void *app)
{
	struct toy *toy = app;

	if (!toy)
		return;
	if (toy->marker)
		(void)os_file_remove(toy->marker, NULL);
	free(toy->file);
	free(toy->marker);
	free(toy);
}

static enum rc toy_open(const char *home, bool create, void **retapp, struct err *reterr)
{
	struct toy *toy = calloc(1, sizeof(*toy));
	char *marker = NULL;
	enum rc rc;

	if (!toy)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	rc = os_path_join(&toy->file, home, "lines", reterr);
	if (rc == RC_OK)
		rc = os_path_join(&marker, home, "in-use", reterr);
	if (rc == RC_OK && !os_file_exists(toy->file))
		rc = create ? os_file_write(toy->file, span_str(""), OS_NEW, reterr)
			    : err_set(reterr, RC_NOTFOUND, NULL, "op.no_store", "home", home, NULL);
	if (rc == RC_OK)
		rc = os_file_write(marker, span_str(""), OS_NEW, reterr);
	if (rc == RC_OK) {
		toy->marker = marker;
		marker = NULL;
		*retapp = toy;
	} else {
		toy_close(toy);
	}
	free(marker);
	return rc;
}

static enum rc toy_lines(const struct toy *toy, struct buf *text, struct err *reterr)
{
	buf_init(text, TOY_MAX);
	return os_file_read(toy->file, text, reterr);
}

/* ---- operations ---- */

static enum rc run_init(const struct op_call *call, const struct json *in, struct json **ret,
			struct err *reterr)
{
	(void)call, (void)in, (void)ret, (void)reterr;
	return RC_OK;
}

static enum rc check_pin(const struct json *in, struct err *reterr)
{
	if (strcmp(json_get_str(in, "pin"), TOY_PIN) == 0)
		return RC_OK;
	return err_set(reterr, RC_DENIED, NULL, "crypt.pin_wrong", NULL);
}

static enum rc run_add(const struct op_call *call, const struct json *in, struct json **ret,
		       struct err *reterr)
{
	const struct toy *toy = call->app;
	int64_t amount = 1, n = 0;
	struct span rest, line;
	struct buf text;
	enum rc rc = check_pin(in, reterr);

	if (rc != RC_OK)
		return rc;
	json_get_int(in, "amount", &amount);
	rc = toy_lines(toy, &text, reterr);
	buf_add_str(&text, json_get_str(in, "name"));
	buf_addf(&text, " %lld\n", (long long)amount);
	if (rc == RC_OK)
		rc = os_file_write(toy->file, span_buf(&text), OS_REPLACE, reterr);
	for (rest = span_buf(&text); span_line(&rest, &line);)
		n++;
	buf_free(&text);
	if (rc == RC_OK) {
		*ret = json_object();
		json_set_int(*ret, "n", n);
		json_set_str(*ret, "name", json_get_str(in, "name"));
	}
	return rc;
}

static enum rc run_list(const struct op_call *call, const struct json *in, struct json **ret,
			struct err *reterr)
{
	struct json *all;
	struct span rest, line;
	struct buf text;
	enum rc rc = toy_lines(call->app, &text, reterr);

	(void)in;
	if (rc == RC_OK) {
		all = json_array();
		for (rest = span_buf(&text); span_line(&rest, &line);)
			json_append(all, json_string_span(line));
		*ret = json_object();
		json_set(*ret, "lines", all);
	}
	buf_free(&text);
	return rc;
}

static void print_list(const struct lang *lang, const struct json *out, struct buf *text)
{
	buf_addf(text, "%s\n", lang_text(lang, "rc.ok"));
	for (const struct json *l = json_first(json_get(out, "lines")); l; l = json_next(l))
		buf_addf(text, "* %s\n", json_str(l));
}

static enum rc run_echo(const struct op_call *call, const struct json *in, struct json **ret,
			struct err *reterr)
{
	(void)call, (void)reterr;
	*ret = json_copy(in);
	json_remove(*ret, "pin");
	return RC_OK;
}

static enum rc code_of(const char *code)
{
	for (unsigned rc = 0; rc < RC_N; rc++)
		if (strcmp(err_name((enum rc)rc), code) == 0)
			return (enum rc)rc;
	return RC_INTERNAL;
}

static enum rc run_fail(const struct op_call *call, const struct json *in, struct json **ret,
			struct err *reterr)
{
	(void)call, (void)ret;
	return err_set(reterr, code_of(json_get_str(in, "code")), json_get_str(in, "clause"),
		       "op.int_form", "option", "Đống Đa \"x\"\n", "value", "", NULL);
}

static enum rc run_slow(const struct op_call *call, const struct json *in, struct json **ret,
			struct err *reterr)
{
	int64_t ms = 0, start = os_mono_ms();

	(void)ret, (void)reterr;
	json_get_int(in, "ms", &ms);
	op_note(call, "rc.ok", "n", "1", NULL);
	while (os_mono_ms() - start < ms) {
		op_progress(call, "op.waiting", os_mono_ms() - start, ms);
		os_sleep_ms(20);
	}
	return RC_OK;
}

static enum rc run_lazy(const struct op_call *call, const struct json *in, struct json **ret,
			struct err *reterr)
{
	bool force = false;

	(void)call, (void)ret;
	json_get_bool(in, "force", &force);
	if (force)
		return RC_OK;
	return json_get(in, "pin") ? check_pin(in, reterr) : op_need_secret("pin", reterr);
}

static enum rc run_crash(const struct op_call *call, const struct json *in, struct json **ret,
			 struct err *reterr)
{
	(void)call, (void)in, (void)ret, (void)reterr;
	_Exit(3);
}

static enum rc run_judge(const struct op_call *call, const struct json *in, struct json **ret,
			 struct err *reterr)
{
	(void)reterr;
	*ret = json_object();
	json_set_bool(*ret, "store", call->app != NULL);
	json_set_str(*ret, "code", json_get_str(in, "code"));
	return RC_OK;
}

static enum rc judge_verdict(const struct json *out)
{
	return code_of(json_get_str(out, "code"));
}

static enum rc run_serve(const struct op_call *call, const struct json *in, struct json **ret,
			 struct err *reterr)
{
	const struct op_owner_conf conf = {.program = call->program,
					   .home = call->home,
					   .app = call->app,
					   .pages = "toy", /* it has none */
					   .lang = "vi"};
	struct op_owner *owner = NULL;
	enum rc rc = os_on_stop(reterr);

	(void)in, (void)ret;
	if (rc == RC_OK)
		rc = op_owner_start(&owner, &conf, reterr);
	if (rc != RC_OK)
		return rc;
	op_note(call, "rc.ok", "url", op_owner_url(owner), NULL);
	while (!os_stopping()) {
		op_owner_lock(owner);
		op_owner_unlock(owner);
		os_sleep_ms(50);
	}
	op_owner_stop(owner, 5000);
	return RC_OK;
}

/* ---- the table ---- */

static const char *const codes[] = {"ok",     "usage",    "input",       "refused", "notfound",
				    "exists", "conflict", "unavailable", "remote",  "internal",
				    "nomem",  "io",       "full",        "busy",    "limit",
				    "denied", "corrupt",  NULL};

#define PIN                                                                         \
	{                                                                           \
		.name = "pin", .type = OP_STRING, .flags = OP_REQUIRED | OP_SECRET, \
		.help = "rc.ok"                                                     \
	}
#define ARGS(a) .arg = a, .narg = sizeof(a) / sizeof(a[0])

static const struct op_arg add_args[] = {
    {.name = "name", .type = OP_STRING, .flags = OP_REQUIRED | OP_POSITIONAL, .help = "rc.ok"},
    {.name = "amount", .type = OP_INT, .help = "rc.ok", .letter = 'a', .min = 1, .max = 1000},
    PIN,
};
static const struct op_arg echo_args[] = {
    {.name = "kind", .type = OP_STRING, .flags = OP_REQUIRED | OP_POSITIONAL, .help = "rc.ok"},
    {.name = "id", .type = OP_STRING, .flags = OP_POSITIONAL, .help = "rc.ok"},
    {.name = "set", .type = OP_PAIRS, .flags = OP_POSITIONAL, .help = "rc.ok"},
    {.name = "file", .type = OP_JSON, .flags = OP_STDIN, .help = "rc.ok", .letter = 'f'},
    {.name = "text", .type = OP_TEXT, .help = "rc.ok"},
    {.name = "out_dir", .type = OP_PATH, .help = "rc.ok", .meta = "DIR"},
    {.name = "tag", .type = OP_LIST, .help = "rc.ok"},
    {.name = "role", .type = OP_STRING, .help = "rc.ok", .choice = codes},
    {.name = "count", .type = OP_INT, .help = "rc.ok"},
    {.name = "force", .type = OP_BOOL, .help = "rc.ok"},
    {.name = "pin", .type = OP_STRING, .flags = OP_SECRET, .help = "rc.ok"},
};
static const struct op_arg fail_args[] = {
    {.name = "code",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "rc.ok",
     .choice = codes},
    {.name = "clause", .type = OP_STRING, .help = "rc.ok"},
};
static const struct op_arg slow_args[] = {
    {.name = "ms", .type = OP_INT, .flags = OP_REQUIRED | OP_POSITIONAL, .help = "rc.ok"},
};
static const struct op_arg lazy_args[] = {
    {.name = "force", .type = OP_BOOL, .help = "rc.ok"},
    {.name = "pin", .type = OP_STRING, .flags = OP_SECRET, .help = "rc.ok"},
};
static const struct op_arg words_args[] = {
    {.name = "words", .type = OP_LIST, .flags = OP_POSITIONAL | OP_REQUIRED, .help = "rc.ok"},
};

static const struct op toy_ops[] = {
    {.name = "init", .summary = "rc.ok", .flags = OP_WRITE | OP_CREATE, .run = run_init},
    {.name = "add", .summary = "rc.ok", .flags = OP_WRITE, ARGS(add_args), .run = run_add},
    {.name = "list", .summary = "rc.ok", .flags = OP_READ, .run = run_list, .print = print_list},
    {.name = "echo", .summary = "rc.ok", .flags = OP_READ, ARGS(echo_args), .run = run_echo},
    {.name = "fail", .summary = "rc.ok", .flags = OP_READ, ARGS(fail_args), .run = run_fail},
    {.name = "slow",
     .summary = "rc.ok",
     .flags = OP_READ | OP_CONCURRENT,
     ARGS(slow_args),
     .run = run_slow},
    {.name = "lazy", .summary = "rc.ok", .flags = OP_WRITE, ARGS(lazy_args), .run = run_lazy},
    {.name = "crash", .summary = "rc.ok", .flags = OP_WRITE, .run = run_crash},
    {.name = "note set", .summary = "rc.ok", .flags = OP_READ, ARGS(words_args), .run = run_echo},
    {.name = "note get-all", .summary = "rc.ok", .flags = OP_READ, .run = run_echo},
    {.name = "judge",
     .summary = "rc.ok",
     .flags = OP_READ | OP_NOSTORE,
     ARGS(fail_args),
     .run = run_judge,
     .verdict = judge_verdict},
    {.name = "serve", .summary = "rc.ok", .flags = OP_WRITE | OP_LOCAL, .run = run_serve},
};

const struct op_program toy_program = {
    .name = "toy",
    .summary = "rc.ok",
    .version = "1.2.3",
    .home_env = "TOY_HOME",
    .home_dir = "toy",
    .op = toy_ops,
    .nop = sizeof(toy_ops) / sizeof(toy_ops[0]),
    .open = toy_open,
    .close = toy_close,
};

/* ---- as a process ---- */

bool toy_main(int argc, char **argv, int *retstatus)
{
	if (argc < 2 || strcmp(argv[1], "--toy") != 0)
		return false;
	argv[1] = argv[0];
	*retstatus = op_cli_main(&toy_program, argc - 1, argv + 1);
	return true;
}

char *toy_path(const char *name)
{
	char *dir = NULL, *path = NULL;

	assert_int_equal(os_program_dir(&dir, NULL), RC_OK);
	assert_int_equal(os_path_join(&path, dir, name, NULL), RC_OK);
	free(dir);
	return path;
}

enum { TOY_ARGV = 40, TOY_PIN_FD = 9 };

static size_t toy_words(const char **out, const char *exe, const char *home,
			const char *const *argv, const char *pin)
{
	size_t n = 0;

	out[n++] = exe;
	out[n++] = "--toy";
	if (home) {
		out[n++] = "--home";
		out[n++] = home;
	}
	for (size_t i = 0; argv[i]; i++) {
		assert_true(n + 4 < TOY_ARGV);
		out[n++] = argv[i];
	}
	if (pin) {
		out[n++] = "--pin-fd";
		out[n++] = "9";
	}
	out[n] = NULL;
	return n;
}

void toy_run(struct toy_run *r, const char *exe, const char *home, const char *const *argv,
	     const char *pin, const char *in)
{
	const char *words[TOY_ARGV];
	struct os_spawn how = {.argv = words,
			       .pipe_in = in != NULL,
			       .pipe_out = true,
			       .pipe_err = true};
	struct os_proc *p = NULL;
	struct err e;

	toy_words(words, exe, home, argv, pin);
	if (pin) {
		how.secret_fd = TOY_PIN_FD;
		how.secret = span_str(pin);
	}
	buf_init(&r->out, TOY_MAX);
	buf_init(&r->err, TOY_MAX);
	r->status = -1;
	if (os_proc_start(&p, &how, &e) != RC_OK)
		fail_msg("start: %s", e.key);
	if (os_proc_talk(p, in ? span_str(in) : span_of(NULL, 0), &r->out, &r->err, TOY_WAIT_MS,
			 &r->status, &e) != RC_OK)
		fail_msg("talk: %s", e.key);
	os_proc_free(p);
	buf_add_str(&r->out, "");
	buf_add_str(&r->err, "");
}

void toy_run_free(struct toy_run *r)
{
	buf_free(&r->out);
	buf_free(&r->err);
}

struct os_proc *toy_serve(const char *exe, const char *home, char **returl)
{
	const char *words[TOY_ARGV], *const argv[] = {"serve", "--json", NULL};
	const struct os_spawn how = {.argv = words, .pipe_out = true};
	struct os_proc *p = NULL;
	struct json *o = NULL;
	struct buf line;
	struct err e;

	toy_words(words, exe, home, argv, NULL);
	buf_init(&line, TOY_MAX);
	assert_int_equal(os_proc_start(&p, &how, &e), RC_OK);
	if (os_proc_line(p, &line, TOY_WAIT_MS, &e) != RC_OK)
		fail_msg("serve: %s", e.key);
	assert_int_equal(json_parse(span_buf(&line), NULL, &o, NULL), RC_OK);
	const char *url = json_get_str(json_get(o, "args"), "url");
	assert_non_null(url);
	if (returl)
		*returl = span_dup(span_str(url));
	json_free(o);
	buf_free(&line);
	return p;
}

int toy_stop(struct os_proc *p)
{
	int status = -1;

	os_proc_kill(p, false);
	assert_int_equal(os_proc_wait(p, TOY_WAIT_MS, &status, NULL), RC_OK);
	os_proc_free(p);
	return status;
}
