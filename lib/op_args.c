/*
 * op_args: the parser of both programs' command lines. Options come from two
 * tables, the global one here and the command's own; one setter per argument
 * type turns a word into a member of the body.
 * A secret's value never comes from argv: its option names a descriptor.
 * Not here: checking the body (op_check), help texts (op_help), running.
 */
#include "lib/op_args.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "lib/text.h"

struct parse {
	const struct op_program *program;
	int argc, at; /* at: the word being read */
	char **argv;
	struct op_args *ret;
	const char *inline_value; /* after '=' in the option being read, or NULL */
	bool values_only;         /* "--" has been seen */
	bool stdin_used;
};

/* ---- nearest name ---- */

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Edits (insert, drop, change, swap of neighbours) between two names; long names never match. */
static size_t distance(const char *a, const char *b)
{
	size_t rows[3][OP_NAME_MAX + 1], lb = strlen(b);
	size_t *before = rows[0], *above = rows[1], *row = rows[2], *spare;

	if (strlen(a) > OP_NAME_MAX || lb > OP_NAME_MAX)
		return OP_NAME_MAX;
	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		spare = before, before = above, above = row, row = spare;
		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			row[j] = least(above[j], row[j - 1]) + 1;
			row[j] = least(row[j], above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
	}
	return row[lb];
}

struct nearest {
	const char *typed;
	size_t best;
	char name[OP_NAME_MAX + 2];
};

/* Two edits are a slip of the finger; of a short word that would be another word. */
static void nearest_init(struct nearest *n, const char *typed)
{
	size_t len = strlen(typed);

	*n = (struct nearest){.typed = typed, .best = len < 3 ? 1 : len < 5 ? 2 : 3};
}

static void nearest_try(struct nearest *n, const char *name)
{
	size_t d = distance(n->typed, name), len = strlen(name);

	if (d >= n->best || len >= sizeof(n->name))
		return;
	n->best = d;
	memcpy(n->name, name, len + 1);
}

/* ---- one value ---- */

static enum rc bad_option(const char *key, const char *option, const char *value,
			  struct err *reterr)
{
	return err_set(reterr, RC_USAGE, NULL, key, "option", option, "value", value ? value : "",
		       NULL);
}

static enum rc check_word(const char *option, const char *value, struct err *reterr)
{
	if (text_is_utf8(span_str(value)))
		return RC_OK;
	return bad_option("op.word_utf8", option, NULL, reterr);
}

/* The text of a named file or of stdin, without a byte order mark. */
static enum rc read_text(struct parse *p, const char *path, struct buf *text, struct err *reterr)
{
	static const uint8_t mark[] = {0xef, 0xbb, 0xbf};
	enum rc rc;

	if (strcmp(path, "-") != 0) {
		rc = os_file_read(path, text, reterr);
	} else if (p->stdin_used) {
		rc = err_set(reterr, RC_USAGE, NULL, "op.stdin_twice", NULL);
	} else {
		p->stdin_used = true;
		rc = os_stdin_read(text, reterr);
	}
	if (rc != RC_OK)
		return rc;
	if (text->len >= sizeof(mark) && memcmp(text->p, mark, sizeof(mark)) == 0) {
		text->len -= sizeof(mark);
		memmove(text->p, text->p + sizeof(mark), text->len + 1);
	}
	if (text->len && (memchr(text->p, 0, text->len) || !text_is_utf8(span_buf(text))))
		return err_set(reterr, RC_INPUT, NULL, "op.file_utf8", "path", path, NULL);
	return RC_OK;
}

static enum rc set_string(struct parse *p, const struct op_arg *arg, const char *value,
			  struct err *reterr)
{
	enum rc rc = check_word(arg->name, value, reterr);

	if (rc == RC_OK)
		json_set_str(p->ret->in, arg->name, value);
	return rc;
}

static enum rc set_int(struct parse *p, const struct op_arg *arg, const char *value,
		       struct err *reterr)
{
	int64_t n;

	if (num_i64(span_str(value), -NUM_SAFE_MAX, NUM_SAFE_MAX, &n) != RC_OK)
		return bad_option("op.int_form", arg->name, value, reterr);
	json_set_int(p->ret->in, arg->name, n);
	return RC_OK;
}

static enum rc set_bool(struct parse *p, const struct op_arg *arg, const char *value,
			struct err *reterr)
{
	(void)value, (void)reterr;
	json_set_bool(p->ret->in, arg->name, true);
	return RC_OK;
}

static enum rc set_list(struct parse *p, const struct op_arg *arg, const char *value,
			struct err *reterr)
{
	enum rc rc = check_word(arg->name, value, reterr);

	if (rc != RC_OK)
		return rc;
	if (!json_get(p->ret->in, arg->name))
		json_set(p->ret->in, arg->name, json_array());
	json_append_str(json_get(p->ret->in, arg->name), value);
	return RC_OK;
}

static enum rc set_pair(struct parse *p, const struct op_arg *arg, const char *value,
			struct err *reterr)
{
	const char *eq = strchr(value, '=');
	char name[LIMIT_FIELD_NAME + 1];
	size_t len = eq ? (size_t)(eq - value) : 0;
	enum rc rc = check_word(arg->name, value, reterr);

	if (rc != RC_OK)
		return rc;
	if (!eq || len == 0 || len >= sizeof(name))
		return err_set(reterr, RC_USAGE, NULL, "op.pair_form", "value", value, NULL);
	memcpy(name, value, len);
	name[len] = '\0';
	if (!json_get(p->ret->in, arg->name))
		json_set(p->ret->in, arg->name, json_object());
	struct json *pairs = json_get(p->ret->in, arg->name);
	if (json_get(pairs, name))
		return err_set(reterr, RC_USAGE, NULL, "op.pair_twice", "name", name, NULL);
	json_set_str(pairs, name, eq + 1);
	return RC_OK;
}

static enum rc set_text(struct parse *p, const struct op_arg *arg, const char *value,
			struct err *reterr)
{
	struct buf text;
	enum rc rc;

	buf_init(&text, LIMIT_JSON_TEXT);
	rc = read_text(p, value, &text, reterr);
	if (rc == RC_OK)
		json_set_span(p->ret->in, arg->name, text.p ? span_buf(&text) : span_str(""));
	buf_free(&text);
	return rc;
}

static enum rc set_json(struct parse *p, const struct op_arg *arg, const char *value,
			struct err *reterr)
{
	struct json *v = NULL;
	struct buf text;
	enum rc rc;

	buf_init(&text, LIMIT_JSON_TEXT);
	rc = read_text(p, value, &text, reterr);
	if (rc == RC_OK)
		rc = json_parse(span_buf(&text), NULL, &v, reterr);
	if (rc == RC_OK)
		json_set(p->ret->in, arg->name, v);
	else if (reterr && !err_arg(reterr, "path"))
		err_add(reterr, "path", value);
	buf_free(&text);
	return rc;
}

static enum rc set_path(struct parse *p, const struct op_arg *arg, const char *value,
			struct err *reterr)
{
	char *path = NULL;
	enum rc rc = check_word(arg->name, value, reterr);

	if (rc == RC_OK)
		rc = os_path_absolute(&path, value, reterr);
	if (rc == RC_OK)
		json_set_str(p->ret->in, arg->name, path);
	free(path);
	return rc;
}

static enum rc set_secret(struct parse *p, const struct op_arg *arg, const char *value,
			  struct err *reterr)
{
	struct buf secret;
	int64_t fd;
	enum rc rc;

	if (num_i64(span_str(value), 0, INT32_MAX, &fd) != RC_OK)
		return err_set(reterr, RC_USAGE, NULL, "op.secret_argv", "name", arg->name, NULL);
	buf_init(&secret, LIMIT_PIN);
	rc = os_secret_fd((int)fd, &secret, reterr);
	if (rc == RC_UNAVAILABLE)
		rc = op_need_secret(arg->name, reterr);
	if (rc == RC_OK && (memchr(secret.p, 0, secret.len) || !text_is_utf8(span_buf(&secret))))
		rc = err_set(reterr, RC_USAGE, NULL, "op.secret_utf8", "name", arg->name, NULL);
	if (rc == RC_OK)
		json_set_span(p->ret->in, arg->name, span_buf(&secret));
	buf_free(&secret);
	return rc;
}

typedef enum rc set_fn(struct parse *p, const struct op_arg *arg, const char *value,
		       struct err *reterr);

static set_fn *const set_table[] = {
    [OP_STRING] = set_string, [OP_INT] = set_int,   [OP_BOOL] = set_bool, [OP_LIST] = set_list,
    [OP_PAIRS] = set_pair,    [OP_TEXT] = set_text, [OP_JSON] = set_json, [OP_PATH] = set_path,
};

static enum rc set_value(struct parse *p, const struct op_arg *arg, const char *value,
			 struct err *reterr)
{
	bool many = arg->type == OP_LIST || arg->type == OP_PAIRS;

	if (!many && json_get(p->ret->in, arg->name)) {
		char option[OP_NAME_MAX];
		op_option_name(arg, option);
		return bad_option("op.option_twice", option, NULL, reterr);
	}
	return (arg->flags & OP_SECRET ? set_secret : set_table[arg->type])(p, arg, value, reterr);
}

/* ---- options ---- */

enum global {
	GLOBAL_HOME,
	GLOBAL_LANG,
	GLOBAL_WAIT,
	GLOBAL_JSON,
	GLOBAL_HELP,
	GLOBAL_VERSION,
	GLOBAL_HELP_JSON
};

const struct op_args_global op_args_globals[] = {
    {"home", 0, "DIR", "op.help.home", false},
    {"lang", 0, "vi|en", "op.help.lang", false},
    {"wait", 0, "SECONDS", "op.help.wait", false},
    {"json", 0, NULL, "op.help.json", false},
    {"help", 'h', NULL, "op.help.help", false},
    {"version", 0, NULL, "op.help.version", false},
    {"help-json", 0, NULL, "op.help.help_json", true},
};
const size_t op_args_nglobals = sizeof(op_args_globals) / sizeof(op_args_globals[0]);

/* The word after the option, or what stood behind '='. */
static enum rc take_value(struct parse *p, const char *option, const char **ret, struct err *reterr)
{
	if (p->inline_value) {
		*ret = p->inline_value;
		return RC_OK;
	}
	if (p->at + 1 >= p->argc)
		return bad_option("op.option_value", option, NULL, reterr);
	*ret = p->argv[++p->at];
	return RC_OK;
}

static enum rc global_value(struct parse *p, enum global which, struct err *reterr)
{
	struct op_args *ret = p->ret;
	const char *v = NULL;
	int64_t seconds;
	enum rc rc = take_value(p, op_args_globals[which].name, &v, reterr);

	if (rc != RC_OK)
		return rc;
	if (which == GLOBAL_HOME) {
		ret->home = v;
		return v[0] ? RC_OK : bad_option("op.option_value", "home", NULL, reterr);
	}
	if (which == GLOBAL_LANG) {
		if (strcmp(v, "vi") != 0 && strcmp(v, "en") != 0)
			return err_set(reterr, RC_USAGE, NULL, "op.lang_value", "value", v, NULL);
		ret->lang = v;
		return RC_OK;
	}
	if (num_i64(span_str(v), 0, 86400, &seconds) != RC_OK)
		return bad_option("op.int_form", "wait", v, reterr);
	ret->wait_ms = seconds * 1000;
	return RC_OK;
}

static enum rc global_option(struct parse *p, enum global which, struct err *reterr)
{
	struct op_args *ret = p->ret;
	bool *flag[] = {[GLOBAL_JSON] = &ret->json,
			[GLOBAL_HELP] = &ret->help,
			[GLOBAL_VERSION] = &ret->version,
			[GLOBAL_HELP_JSON] = &ret->help_json};

	if (op_args_globals[which].meta)
		return global_value(p, which, reterr);
	if (p->inline_value)
		return bad_option("op.option_no_value", op_args_globals[which].name, NULL, reterr);
	*flag[which] = true;
	return RC_OK;
}

static enum rc op_option(struct parse *p, const struct op_arg *arg, struct err *reterr)
{
	char option[OP_NAME_MAX];
	const char *v = NULL;
	enum rc rc = RC_OK;

	op_option_name(arg, option);
	if (arg->type != OP_BOOL)
		rc = take_value(p, option, &v, reterr);
	else if (p->inline_value)
		rc = bad_option("op.option_no_value", option, NULL, reterr);
	return rc == RC_OK ? set_value(p, arg, v, reterr) : rc;
}

static enum rc unknown_option(struct parse *p, const char *name, struct err *reterr)
{
	const struct op *op = p->ret->op;
	char option[OP_NAME_MAX];
	struct nearest near;

	nearest_init(&near, name);
	for (size_t i = 0; i < op_args_nglobals; i++)
		if (!op_args_globals[i].hidden)
			nearest_try(&near, op_args_globals[i].name);
	for (size_t i = 0; op && i < op->narg; i++) {
		const struct op_arg *arg = &op->arg[i];
		op_option_name(arg, option);
		if ((arg->flags & OP_SECRET) && strncmp(name, option, strlen(option) - 3) == 0 &&
		    name[strlen(option) - 3] == '\0')
			return err_set(reterr, RC_USAGE, NULL, "op.secret_argv", "name", arg->name,
				       NULL);
		if (!(arg->flags & OP_POSITIONAL))
			nearest_try(&near, option);
	}
	return err_set(reterr, RC_USAGE, NULL,
		       near.name[0] ? "op.unknown_option_near" : "op.unknown_option", "option",
		       name, "near", near.name, NULL);
}

/* Dispatch one option by name or by letter (the other is NULL or 0). */
static enum rc find_option(struct parse *p, const char *name, char letter, struct err *reterr)
{
	const struct op *op = p->ret->op;
	char option[OP_NAME_MAX], shown[2] = {letter, '\0'};

	for (size_t i = 0; i < op_args_nglobals; i++)
		if (name ? strcmp(op_args_globals[i].name, name) == 0
			 : op_args_globals[i].letter == letter)
			return global_option(p, (enum global)i, reterr);
	for (size_t i = 0; op && i < op->narg; i++) {
		const struct op_arg *arg = &op->arg[i];
		if (arg->flags & OP_POSITIONAL)
			continue;
		op_option_name(arg, option);
		if (name ? strcmp(option, name) == 0 : arg->letter == letter)
			return op_option(p, arg, reterr);
	}
	return unknown_option(p, name ? name : shown, reterr);
}

static enum rc read_option(struct parse *p, const char *word, struct err *reterr)
{
	char name[OP_NAME_MAX];
	const char *eq = strchr(word, '=');
	size_t len;

	p->inline_value = NULL;
	if (word[1] != '-') {
		p->inline_value = word[2] ? word + 2 : NULL;
		return find_option(p, NULL, word[1], reterr);
	}
	word += 2;
	len = eq ? (size_t)(eq - word) : strlen(word);
	if (len >= sizeof(name))
		return err_set(reterr, RC_USAGE, NULL, "op.unknown_option", "option", word, NULL);
	memcpy(name, word, len);
	name[len] = '\0';
	p->inline_value = eq ? eq + 1 : NULL;
	return find_option(p, name, 0, reterr);
}

/* ---- commands and values ---- */

/* Words of `name` that argv shows from `at` on, when it shows them all; else 0. */
static int words_match(const struct parse *p, const char *name)
{
	int n = 0;

	for (const char *rest = name; rest; n++) {
		const char *space = strchr(rest, ' ');
		struct span word = span_of(rest, space ? (size_t)(space - rest) : strlen(rest));
		if (p->at + n >= p->argc || !span_eq_str(word, p->argv[p->at + n]))
			return 0;
		rest = space ? space + 1 : NULL;
	}
	return n;
}

static bool is_group(const struct op_program *program, const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i < program->nop; i++)
		if (strncmp(program->op[i].name, word, len) == 0 && program->op[i].name[len] == ' ')
			return true;
	return false;
}

static enum rc unknown_command(struct parse *p, const char *first, const char *second,
			       struct err *reterr)
{
	char typed[2 * OP_NAME_MAX];
	struct nearest near;
	struct buf b;

	buf_init(&b, sizeof(typed) - 1);
	buf_add_str(&b, first);
	buf_add_str(&b, second ? " " : "");
	buf_add_str(&b, second ? second : "");
	memset(typed, 0, sizeof(typed));
	if (!b.failed)
		memcpy(typed, b.p, b.len);
	buf_free(&b);
	nearest_init(&near, typed);
	for (size_t i = 0; i < p->program->nop; i++)
		nearest_try(&near, p->program->op[i].name);
	return err_set(reterr, RC_USAGE, NULL,
		       near.name[0] ? "op.unknown_command_near" : "op.unknown_command", "command",
		       typed[0] ? typed : first, "near", near.name, NULL);
}

static enum rc read_command(struct parse *p, const char *word, struct err *reterr)
{
	int best = 0;

	if (p->ret->group)
		return unknown_command(p, p->ret->group, word, reterr);
	for (size_t i = 0; i < p->program->nop; i++) {
		int n = words_match(p, p->program->op[i].name);
		if (n > best) {
			best = n;
			p->ret->op = &p->program->op[i];
		}
	}
	if (best > 0) {
		p->at += best - 1;
		return RC_OK;
	}
	if (!is_group(p->program, word))
		return unknown_command(p, word, NULL, reterr);
	p->ret->group = word;
	return RC_OK;
}

static bool is_pair(const char *word)
{
	size_t n =
	    strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-");

	return n > 0 && word[n] == '=';
}

static enum rc read_value(struct parse *p, const char *word, struct err *reterr)
{
	const struct op *op = p->ret->op;
	const struct op_arg *pairs = NULL, *next = NULL, *input = NULL;

	for (size_t i = 0; i < op->narg; i++) {
		const struct op_arg *arg = &op->arg[i];
		if (arg->flags & OP_STDIN)
			input = arg;
		if (arg->type == OP_PAIRS)
			pairs = arg;
		else if ((arg->flags & OP_POSITIONAL) && !next &&
			 (arg->type == OP_LIST || !json_get(p->ret->in, arg->name)))
			next = arg;
	}
	if (input && strcmp(word, "-") == 0)
		return set_value(p, input, word, reterr);
	if (pairs && is_pair(word))
		return set_value(p, pairs, word, reterr);
	if (next)
		return set_value(p, next, word, reterr);
	return err_set(reterr, RC_USAGE, NULL, pairs ? "op.pair_form" : "op.extra", "value", word,
		       NULL);
}

/* Ids and keys are base64url of 32 bytes: one in 64 begins with a dash and is no option. */
static bool is_id(const char *word)
{
	uint8_t bytes[32];

	return codec_b64u_32(span_str(word), bytes);
}

static enum rc read_word(struct parse *p, const char *word, struct err *reterr)
{
	if (!p->values_only && strcmp(word, "--") == 0) {
		p->values_only = true;
		return RC_OK;
	}
	if (!p->values_only && word[0] == '-' && word[1] && !is_id(word))
		return read_option(p, word, reterr);
	return p->ret->op ? read_value(p, word, reterr) : read_command(p, word, reterr);
}

/* A value that stands alone may be meant for an option (OP_ALONE). */
static enum rc settle_alone(struct parse *p, struct err *reterr)
{
	const struct op *op = p->ret->op;
	const struct op_arg *alone = NULL, *given = NULL;
	size_t n = 0;
	char *value;
	enum rc rc;

	for (size_t i = 0; op && i < op->narg; i++) {
		if (op->arg[i].flags & OP_ALONE)
			alone = &op->arg[i];
		if (!(op->arg[i].flags & OP_POSITIONAL) || !json_get(p->ret->in, op->arg[i].name))
			continue;
		given = &op->arg[i];
		n++;
	}
	if (!alone || n != 1 || !json_get_str(p->ret->in, given->name) ||
	    json_get(p->ret->in, alone->name))
		return RC_OK;
	value = span_dup(span_str(json_get_str(p->ret->in, given->name)));
	if (!value)
		return err_set(reterr, RC_NOMEM, NULL, "json.memory", NULL);
	json_remove(p->ret->in, given->name);
	rc = set_value(p, alone, value, reterr);
	free(value);
	return rc;
}

/* What must be there before a person is asked for a PIN. */
static enum rc check_complete(const struct op_args *args, struct err *reterr)
{
	const struct op *op = args->op;

	if (args->help || args->version || args->help_json)
		return RC_OK;
	if (!op)
		return err_set(reterr, RC_USAGE, NULL,
			       args->group ? "op.command_part" : "op.no_command", "command",
			       args->group ? args->group : "", NULL);
	for (size_t i = 0; i < op->narg; i++)
		if ((op->arg[i].flags & (OP_REQUIRED | OP_SECRET)) == OP_REQUIRED &&
		    !json_get(args->in, op->arg[i].name))
			return err_set(reterr, RC_USAGE, NULL, "op.missing", "name",
				       op->arg[i].name, NULL);
	return RC_OK;
}

/* An error in the middle must not hide how the reader wants to be answered. */
static void read_manner(struct parse *p)
{
	for (; p->at < p->argc && strcmp(p->argv[p->at], "--") != 0; p->at++) {
		const char *word = p->argv[p->at];
		p->inline_value =
		    strncmp(word, "--lang=", strlen("--lang=")) == 0 ? word + 7 : NULL;
		if (strcmp(word, "--json") == 0)
			p->ret->json = true;
		else if (p->inline_value || strcmp(word, "--lang") == 0)
			(void)global_value(p, GLOBAL_LANG, NULL);
	}
}

enum rc op_args_parse(const struct op_program *program, int argc, char **argv, struct op_args *ret,
		      struct err *reterr)
{
	struct parse p = {.program = program, .argc = argc, .argv = argv, .at = 1, .ret = ret};
	enum rc rc = RC_OK;

	*ret = (struct op_args){.wait_ms = -1, .in = json_object()};
	if (!ret->in)
		return err_set(reterr, RC_NOMEM, NULL, "json.memory", NULL);
	for (; p.at < argc && rc == RC_OK; p.at++)
		rc = read_word(&p, argv[p.at], reterr);
	if (rc == RC_OK)
		rc = settle_alone(&p, reterr);
	if (rc != RC_OK && !p.values_only)
		read_manner(&p);
	return rc == RC_OK ? check_complete(ret, reterr) : rc;
}

void op_args_free(struct op_args *args)
{
	if (!args)
		return;
	if (args->op)
		op_wipe(args->op, args->in);
	json_free(args->in);
	*args = (struct op_args){.wait_ms = -1};
}

/* ---- asking ---- */

static enum rc ask_once(const struct lang *lang, const char *key, const struct op_arg *arg,
			struct buf *secret, struct err *reterr)
{
	struct buf prompt;
	enum rc rc;

	buf_init(&prompt, LIMIT_ERR_TEXT);
	lang_format(lang, &prompt, key, "what", lang_text(lang, arg->help), NULL);
	rc = buf_check(&prompt, reterr);
	if (rc == RC_OK)
		rc = os_secret_ask((const char *)prompt.p, secret, reterr);
	buf_free(&prompt);
	return rc;
}

static enum rc ask(struct op_args *args, const struct lang *lang, const struct op_arg *arg,
		   struct err *reterr)
{
	struct buf first, second;
	struct err why = {0};
	enum rc rc;

	buf_init(&first, LIMIT_PIN);
	buf_init(&second, LIMIT_PIN);
	rc = ask_once(lang, "op.prompt", arg, &first, &why);
	if (rc == RC_OK && (arg->flags & OP_CONFIRM)) {
		rc = ask_once(lang, "op.prompt_again", arg, &second, &why);
		if (rc == RC_OK && !span_eq(span_buf(&first), span_buf(&second)))
			rc = err_set(&why, RC_INPUT, NULL, "op.secret_differ", NULL);
	}
	if (rc == RC_OK && !text_is_utf8(span_buf(&first)))
		rc = err_set(&why, RC_USAGE, NULL, "op.secret_utf8", "name", arg->name, NULL);
	if (rc == RC_OK)
		json_set_span(args->in, arg->name, span_buf(&first));
	else if (strcmp(why.key, "os.no_terminal") == 0 ||
		 strcmp(why.key, "os.secret_missing") == 0)
		rc = op_need_secret(arg->name, reterr);
	else if (reterr)
		*reterr = why;
	buf_free(&first);
	buf_free(&second);
	return rc;
}

enum rc op_args_ask(struct op_args *args, const struct lang *lang, const char *only,
		    struct err *reterr)
{
	const struct op *op = args->op;
	enum rc rc = RC_OK;

	for (size_t i = 0; i < op->narg && rc == RC_OK; i++) {
		const struct op_arg *arg = &op->arg[i];
		bool wanted = only ? strcmp(arg->name, only) == 0 : (arg->flags & OP_REQUIRED) != 0;
		if ((arg->flags & OP_SECRET) && wanted && !json_get(args->in, arg->name))
			rc = ask(args, lang, arg, reterr);
	}
	return rc;
}
