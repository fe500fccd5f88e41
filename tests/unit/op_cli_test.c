/*
 * op_cli, op_args, op_help: what argv becomes, what help says, how a command
 * ends. The second half runs this executable as the toy program (tests/support/toy).
 */
#include "lib/op_cli.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/limits.h"
#include "lib/op_args.h"
#include "lib/op_help.h"
#include "tests/support/toy.h"

enum { WORDS_MAX = 24 };

/* Words separated by '|' into argv. */
static int split(char *text, char **argv)
{
	int n = 0;

	argv[n++] = text;
	for (char *p = text; (p = strchr(p, '|')) != NULL;) {
		*p++ = '\0';
		assert_true(n < WORDS_MAX);
		argv[n++] = p;
	}
	return n;
}

static enum rc parse(const char *line, struct op_args *args, struct err *e)
{
	static char text[1024];
	char *argv[WORDS_MAX];

	assert_true(strlen(line) < sizeof(text));
	memcpy(text, line, strlen(line) + 1);
	err_clear(e);
	return op_args_parse(&toy_program, split(text, argv), argv, args, e);
}

static const struct {
	const char *line, *op, *body;
} good[] = {
    {"toy|list", "list", "{}"},
    {"toy|--json|list", "list", "{}"},
    {"toy|add|An|-a|5", "add", "{\"name\":\"An\",\"amount\":5}"},
    {"toy|add|-a5|An", "add", "{\"amount\":5,\"name\":\"An\"}"},
    {"toy|add|An|--amount=5", "add", "{\"name\":\"An\",\"amount\":5}"},
    {"toy|add|--|--amount", "add", "{\"name\":\"--amount\"}"},
    {"toy|add|-Z38LRUWqqVXdAYT_K_Yi9rLd1RnATBiIWJo_osKenE", "add",
     "{\"name\":\"-Z38LRUWqqVXdAYT_K_Yi9rLd1RnATBiIWJo_osKenE\"}"},
    {"toy|add|", "add", "{\"name\":\"\"}"},
    {"toy|add|a=b", "add", "{\"name\":\"a=b\"}"},
    {"toy|note|set|x|y|z=1", "note set", "{\"words\":[\"x\",\"y\",\"z=1\"]}"},
    {"toy|note|get-all", "note get-all", "{}"},
    {"toy|echo|asset|id1|name=Đống Đa|n=|x=a=b", "echo",
     "{\"kind\":\"asset\",\"id\":\"id1\",\"set\":{\"name\":\"Đống Đa\",\"n\":\"\",\"x\":\"a=b\"}}"},
    {"toy|echo|asset|n=1|id1|--force", "echo",
     "{\"kind\":\"asset\",\"set\":{\"n\":\"1\"},\"id\":\"id1\",\"force\":true}"},
    {"toy|echo|k|--tag|a|--tag=b|--role|io", "echo",
     "{\"kind\":\"k\",\"tag\":[\"a\",\"b\"],\"role\":\"io\"}"},
    {"toy|echo|k|--out-dir|/a/b", "echo", "{\"kind\":\"k\",\"out_dir\":\"/a/b\"}"},
    {"toy|echo|k|--count|-5", "echo", "{\"kind\":\"k\",\"count\":-5}"},
    {"toy|echo|k|--home|h|--wait|3", "echo", "{\"kind\":\"k\"}"},
};

static void bodies(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct op_args args;
		struct err e;
		if (parse(good[i].line, &args, &e) != RC_OK)
			fail_msg("%s: %s", good[i].line, e.key);
		assert_string_equal(args.op->name, good[i].op);
		char *body = json_print(args.in);
		assert_string_equal(body, good[i].body);
		free(body);
		op_args_free(&args);
	}
}

static const struct {
	const char *line, *key, *arg, *value;
} bad[] = {
    {"toy", "op.no_command", NULL, NULL},
    {"toy|--json", "op.no_command", NULL, NULL},
    {"toy|lits", "op.unknown_command_near", "near", "list"},
    {"toy|frobnicate", "op.unknown_command", "command", "frobnicate"},
    {"toy|note", "op.command_part", "command", "note"},
    {"toy|note|ste", "op.unknown_command_near", "near", "note set"},
    {"toy|note|zzzzzz", "op.unknown_command", "command", "note zzzzzz"},
    {"toy|add|An|--amuont|5", "op.unknown_option_near", "near", "amount"},
    {"toy|add|An|--pin|1", "op.secret_argv", "name", "pin"},
    {"toy|add|An|--pin=1", "op.secret_argv", "name", "pin"},
    {"toy|add|An|--pin-fd|135790x", "op.secret_argv", "name", "pin"},
    {"toy|add|An|--zzzzzzzz", "op.unknown_option", "option", "zzzzzzzz"},
    {"toy|add|An|-z", "op.unknown_option", "option", "z"},
    {"toy|add|An|--amount", "op.option_value", "option", "amount"},
    {"toy|add|An|--amount|5|--amount|6", "op.option_twice", "option", "amount"},
    {"toy|add|An|--amount|5.5", "op.int_form", "value", "5.5"},
    {"toy|add|An|--amount|0x5", "op.int_form", "value", "0x5"},
    {"toy|add", "op.missing", "name", "name"},
    {"toy|add|An|Binh", "op.extra", "value", "Binh"},
    {"toy|add|An|-", "op.extra", "value", "-"},
    {"toy|echo|k|--force=1", "op.option_no_value", "option", "force"},
    {"toy|echo|k|--json=1", "op.option_no_value", "option", "json"},
    {"toy|echo|k|i|x", "op.pair_form", "value", "x"},
    {"toy|echo|k|a=1|a=2", "op.pair_twice", "name", "a"},
    {"toy|echo|k|a=\xff", "op.word_utf8", "option", "set"},
    {"toy|--lang|fr|list", "op.lang_value", "value", "fr"},
    {"toy|--wait|x|list", "op.int_form", "option", "wait"},
    {"toy|list|--home|", "op.option_value", "option", "home"},
    {"toy|echo|k|--text|/nonexistent/file", "os.not_found", "path", "/nonexistent/file"},
};

static void refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct op_args args;
		struct err e;
		if (parse(bad[i].line, &args, &e) == RC_OK)
			fail_msg("accepted: %s", bad[i].line);
		if (strcmp(e.key, bad[i].key) != 0)
			fail_msg("%s: %s", bad[i].line, e.key);
		if (bad[i].arg)
			assert_string_equal(err_arg(&e, bad[i].arg), bad[i].value);
		op_args_free(&args);
	}
}

static void globals(void **state)
{
	struct op_args args;
	struct err e;

	(void)state;
	assert_int_equal(parse("toy|--lang=en|list|--json|--home|/h|--wait|7", &args, &e), RC_OK);
	assert_string_equal(args.lang, "en");
	assert_string_equal(args.home, "/h");
	assert_true(args.json);
	assert_int_equal(args.wait_ms, 7000);
	op_args_free(&args);
	assert_int_equal(parse("toy|add|--help", &args, &e), RC_OK);
	assert_true(args.help);
	assert_string_equal(args.op->name, "add");
	op_args_free(&args);
	assert_int_equal(parse("toy|note|-h", &args, &e), RC_OK);
	assert_string_equal(args.group, "note");
	op_args_free(&args);
	/* an early error does not hide --json behind it */
	assert_int_equal(parse("toy|lsit|--json", &args, &e), RC_USAGE);
	assert_true(args.json);
	op_args_free(&args);
}

static void files(void **state)
{
	char *dir = NULL, *path = NULL, *body;
	struct op_args args;
	struct buf line;
	struct err e;

	(void)state;
	assert_int_equal(os_dir_temp(&dir, "kk-cli", NULL), RC_OK);
	assert_int_equal(os_path_join(&path, dir, "kiểm kê.txt", NULL), RC_OK);
	buf_init(&line, 1024);
	buf_addf(&line, "toy|echo|k|--text|%s", path);
	assert_int_equal(os_file_write(path, span_str("\xef\xbb\xbfxã\n"), OS_NEW, NULL), RC_OK);
	assert_int_equal(parse((char *)line.p, &args, &e), RC_OK);
	assert_string_equal(json_get_str(args.in, "text"), "xã\n");
	op_args_free(&args);
	assert_int_equal(os_file_write(path, span_str("x\xe3"), OS_REPLACE, NULL), RC_OK);
	assert_int_equal(parse((char *)line.p, &args, &e), RC_INPUT);
	assert_string_equal(e.key, "op.file_utf8");
	op_args_free(&args);

	buf_reset(&line);
	buf_addf(&line, "toy|echo|k|-f|%s", path);
	assert_int_equal(os_file_write(path, span_str("{\"a\": [1]}"), OS_REPLACE, NULL), RC_OK);
	assert_int_equal(parse((char *)line.p, &args, &e), RC_OK);
	body = json_print(args.in);
	assert_string_equal(body, "{\"kind\":\"k\",\"file\":{\"a\":[1]}}");
	free(body);
	op_args_free(&args);
	assert_int_equal(os_file_write(path, span_str("{\"a\":1,\"a\":2}"), OS_REPLACE, NULL),
			 RC_OK);
	assert_int_equal(parse((char *)line.p, &args, &e), RC_REFUSED);
	assert_string_equal(e.key, "json.duplicate");
	assert_string_equal(err_arg(&e, "path"), path);
	op_args_free(&args);

	buf_free(&line);
	free(path);
	assert_int_equal(os_dir_remove(dir, NULL), RC_OK);
	free(dir);
}

/* A value by place that stands alone may be meant for an option. */
static void alone(void **state)
{
	static const struct op_arg arg[] = {
	    {.name = "kind", .type = OP_STRING, .flags = OP_POSITIONAL},
	    {.name = "file", .type = OP_PATH, .flags = OP_POSITIONAL},
	    {.name = "usb", .type = OP_PATH, .flags = OP_ALONE},
	};
	static const struct op op = {.name = "take", .arg = arg, .narg = 3};
	static const struct op_program program = {.name = "toy", .op = &op, .nop = 1};
	static const char *const line[][2] = {
	    {"toy|take|/s/a.kkb", "{\"usb\":\"/s/a.kkb\"}"},
	    {"toy|take|asset|/a.csv", "{\"kind\":\"asset\",\"file\":\"/a.csv\"}"},
	    {"toy|take|--usb|/s/a.kkb", "{\"usb\":\"/s/a.kkb\"}"},
	    {"toy|take|asset|--usb|/s/a.kkb", "{\"kind\":\"asset\",\"usb\":\"/s/a.kkb\"}"},
	    {"toy|take", "{}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(line) / sizeof(line[0]); i++) {
		char text[64], *argv[WORDS_MAX], *body;
		struct op_args args;

		memcpy(text, line[i][0], strlen(line[i][0]) + 1);
		assert_int_equal(op_args_parse(&program, split(text, argv), argv, &args, NULL), RC_OK);
		body = json_print(args.in);
		assert_string_equal(body, line[i][1]);
		free(body);
		op_args_free(&args);
	}
}

/* ---- help ---- */

static bool has(const struct buf *b, const char *text)
{
	return b->p && strstr((const char *)b->p, text) != NULL;
}

static void help_in(const char *name)
{
	struct lang *lang = NULL;
	struct buf out;

	assert_int_equal(lang_load(name, &lang, NULL), RC_OK);
	buf_init(&out, LIMIT_JSON_TEXT);
	op_help_program(&toy_program, lang, NULL, &out);
	assert_false(out.failed);
	for (size_t i = 0; i < toy_program.nop; i++)
		assert_true(has(&out, toy_program.op[i].name));
	assert_true(has(&out, "--lang vi|en"));
	assert_false(has(&out, "help-json"));
	assert_true(has(&out, "  64  "));
	assert_true(has(&out, lang_text(lang, "op.help.more")));
	buf_reset(&out);
	for (size_t i = 0; i < toy_program.nop; i++)
		op_help_op(&toy_program, &toy_program.op[i], lang, &out);
	assert_true(has(&out, "toy echo KIND [ID] [NAME=VALUE]… [--file FILE]"));
	assert_true(has(&out, "-f, --file FILE"));
	assert_true(has(&out, "--pin-fd N"));
	assert_true(has(&out, "(ok, usage, input"));
	assert_false(has(&out, "op.help."));
	buf_reset(&out);
	op_help_program(&toy_program, lang, "note", &out);
	assert_true(has(&out, "note get-all"));
	assert_false(has(&out, "judge"));
	assert_int_equal(lang_missing(lang), 0);
	buf_free(&out);
	lang_free(lang);
}

static void help_vi(void **state)
{
	(void)state;
	help_in("vi");
}

static void help_en(void **state)
{
	(void)state;
	help_in("en");
}

static void help_json(void **state)
{
	struct lang *lang = NULL;
	struct json *o = NULL;

	(void)state;
	assert_int_equal(lang_load("en", &lang, NULL), RC_OK);
	assert_int_equal(op_help_json(&toy_program, lang, &o, NULL), RC_OK);
	assert_string_equal(json_get_str(o, "version"), "1.2.3");
	assert_int_equal(json_len(json_get(o, "ops")), toy_program.nop);
	assert_int_equal(json_len(json_get(o, "exit")), RC_N);
	const struct json *add = json_at(json_get(o, "ops"), 1);
	assert_string_equal(json_get_str(add, "api"), "add");
	assert_string_equal(json_get_str(add, "usage"),
			    "toy add NAME [--amount AMOUNT] [--pin-fd N]");
	const struct json *pin = json_at(json_get(add, "args"), 2);
	assert_string_equal(json_get_str(pin, "option"), "pin-fd");
	bool secret = false;
	assert_true(json_get_bool(pin, "secret", &secret) && secret);
	assert_int_equal(json_kind(json_get(json_at(json_get(o, "ops"), 11), "api")), JSON_NULL);
	char *text = json_print(o); /* not broken */
	assert_non_null(text);
	free(text);
	json_free(o);
	lang_free(lang);
}

/* ---- as a process ---- */

struct fixture {
	char *exe, *home;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct toy_run r;

	f->exe = toy_path("op_cli_test");
	assert_int_equal(os_dir_temp(&f->home, "kk-kiểm kê", NULL), RC_OK);
	toy_run(&r, f->exe, f->home, (const char *const[]){"init", NULL}, NULL, NULL);
	assert_int_equal(r.status, 0);
	toy_run_free(&r);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	(void)os_dir_remove(f->home, NULL);
	free(f->exe);
	free(f->home);
	free(f);
	return 0;
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void expect(const struct fixture *f, const char *const *words, const char *pin,
		   const char *in, int status, const char *out, const char *err)
{
	struct toy_run r;

	toy_run(&r, f->exe, f->home, words, pin, in);
	if (r.status != status)
		fail_msg("%s %s: status %d: %s", words[0], words[1] ? words[1] : "", r.status,
			 (const char *)r.err.p);
	if (out && !has(&r.out, out))
		fail_msg("%s: stdout: %s", words[0], r.out.p ? (const char *)r.out.p : "");
	if (err && !has(&r.err, err))
		fail_msg("%s: stderr: %s", words[0], r.err.p ? (const char *)r.err.p : "");
	toy_run_free(&r);
}

static void json_is_the_body_and_lf(void **state)
{
	const struct fixture *f = *state;
	struct toy_run r;

	toy_run(&r, f->exe, f->home, WORDS("add", "Lan", "--json"), TOY_PIN, NULL);
	assert_int_equal(r.status, 0);
	assert_string_equal((char *)r.out.p, "{\"n\":1,\"name\":\"Lan\"}\n");
	assert_int_equal(r.err.len, 0);
	toy_run_free(&r);
	expect(f, WORDS("list"), NULL, NULL, 0, "Đã xong.\n* Lan 1\n", NULL);
	expect(f, WORDS("list", "--lang", "en"), NULL, NULL, 0, "Done.\n* Lan 1\n", NULL);
	expect(f, WORDS("echo", "k"), NULL, NULL, 0, "{\n  \"kind\": \"k\"\n}\n", NULL);
}

static void stdin_as_file(void **state)
{
	expect(*state, WORDS("echo", "k", "-", "--json"), NULL, "{\"x\": 1}", 0,
	       "{\"kind\":\"k\",\"file\":{\"x\":1}}\n", NULL);
	expect(*state, WORDS("echo", "k", "--text", "-", "--json"), NULL, "dòng\n", 0,
	       "{\"kind\":\"k\",\"text\":\"dòng\\n\"}\n", NULL);
	expect(*state, WORDS("echo", "k", "--text", "-", "-f", "-", "--lang", "en"), NULL, "{}", 64,
	       NULL, "toy: “-” (standard input)");
}

static void every_exit_status(void **state)
{
	for (unsigned rc = RC_USAGE; rc < RC_N; rc++)
		expect(*state, WORDS("fail", err_name((enum rc)rc), "--clause", "E7"), NULL, NULL,
		       err_exit((enum rc)rc), NULL, "(E7)\n");
	for (unsigned rc = RC_OK; rc < RC_N; rc++)
		expect(*state, WORDS("judge", err_name((enum rc)rc), "--json"), NULL, NULL,
		       err_exit((enum rc)rc), "{\"store\":false,\"code\":\"", NULL);
}

static void error_as_json(void **state)
{
	const struct fixture *f = *state;
	struct json *o = NULL;
	struct toy_run r;

	toy_run(&r, f->exe, f->home, WORDS("fail", "refused", "--clause", "E7", "--json"), NULL,
		NULL);
	assert_int_equal(r.status, 65);
	assert_int_equal(json_parse(span_buf(&r.out), NULL, &o, NULL), RC_OK);
	const struct json *e = json_get(o, "error");
	assert_string_equal(json_get_str(e, "code"), "refused");
	assert_string_equal(json_get_str(e, "clause"), "E7");
	assert_string_equal(json_get_str(e, "key"), "op.int_form");
	assert_string_equal(json_get_str(json_get(e, "args"), "option"), "Đống Đa \"x\"\n");
	assert_string_equal(json_get_str(json_get(e, "args"), "value"), "");
	assert_true(has(&r.err, json_get_str(e, "message")));
	json_free(o);
	toy_run_free(&r);
}

static void secrets(void **state)
{
	/* stdin is /dev/null: no terminal to ask on, refused at once */
	expect(*state, WORDS("add", "An", "--lang", "en"), NULL, NULL, 64, NULL,
	       "toy: The PIN or passphrase (pin) is missing.");
	expect(*state, WORDS("add", "An", "--pin-fd", "7"), NULL, NULL, 64, NULL, "(pin)");
	expect(*state, WORDS("add", "An", "--pin-fd", "0"), NULL, "", 64, NULL, "(pin)");
	expect(*state, WORDS("add", "An", "--pin-fd", "0"), NULL, TOY_PIN "\n", 0, NULL, NULL);
	expect(*state, WORDS("add", "An"), "000000", NULL, 77, NULL, "Sai mã PIN");
	expect(*state, WORDS("add", "An", "--pin", TOY_PIN), NULL, NULL, 64, NULL, "-fd");
	expect(*state, WORDS("lazy"), NULL, NULL, 64, NULL, "(pin)");
	expect(*state, WORDS("lazy", "--force"), NULL, NULL, 0, NULL, NULL);
	expect(*state, WORDS("lazy"), TOY_PIN, NULL, 0, NULL, NULL);
}

static void usage_hints(void **state)
{
	const struct fixture *f = *state;

	expect(f, WORDS("lsit"), NULL, NULL, 64, NULL, "“list”");
	expect(f, WORDS("add", "--lang", "en"), NULL, NULL, 64, NULL, "See: toy add --help\n");
	expect(f, WORDS("note", "--lang", "en"), NULL, NULL, 64, NULL, "See: toy note --help\n");
	expect(f, WORDS("note", "--help", "--lang", "en"), NULL, NULL, 0, "note get-all", NULL);
	expect(f, WORDS("add", "--help"), NULL, NULL, 0, "Cách dùng: toy add NAME", NULL);
	expect(f, WORDS("--help"), NULL, NULL, 0, "Lệnh:\n", NULL);
	expect(f, WORDS("--version"), NULL, NULL, 0, "toy 1.2.3\n", NULL);
	expect(f, WORDS("--help-json"), NULL, NULL, 0, "\"ops\": [", NULL);
}

static void no_store(void **state)
{
	const struct fixture *f = *state;
	struct fixture other = *f;

	assert_int_equal(os_path_join(&other.home, f->home, "none", NULL), RC_OK);
	expect(&other, WORDS("list", "--lang", "en"), NULL, NULL, 66, NULL, "There is no store at");
	assert_false(os_dir_exists(other.home));
	expect(&other, WORDS("init"), NULL, NULL, 0, NULL, NULL);
	expect(&other, WORDS("list"), NULL, NULL, 0, NULL, NULL);
	free(other.home);
}

static void progress_after_a_second(void **state)
{
	expect(*state, WORDS("slow", "1300", "--lang", "en"), NULL, NULL, 0, "Done.\n",
	       "toy: waiting for another program");
	expect(*state, WORDS("slow", "10", "--json"), NULL, NULL, 0,
	       "{\"note\":\"rc.ok\",\"args\":{\"n\":\"1\"}}\n{}\n", "");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(bodies),
	    cmocka_unit_test(refusals),
	    cmocka_unit_test(globals),
	    cmocka_unit_test(files),
	    cmocka_unit_test(help_vi),
	    cmocka_unit_test(help_en),
	    cmocka_unit_test(help_json),
	    cmocka_unit_test(json_is_the_body_and_lf),
	    cmocka_unit_test(alone),
	    cmocka_unit_test(stdin_as_file),
	    cmocka_unit_test(every_exit_status),
	    cmocka_unit_test(error_as_json),
	    cmocka_unit_test(secrets),
	    cmocka_unit_test(usage_hints),
	    cmocka_unit_test(no_store),
	    cmocka_unit_test(progress_after_a_second),
	};
	int status;

	if (toy_main(argc, argv, &status))
		return status;
	if (os_init(NULL, NULL, NULL) != RC_OK)
		return 1;
	return cmocka_run_group_tests(tests, setup, teardown);
}
