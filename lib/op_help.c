/*
 * op_help: help texts and the JSON form of a program's table. Words come from
 * lib/lang, everything else from the table, so help cannot drift from behaviour.
 * Not here: parsing (op_args), manual pages (man/, compared with op_help_json).
 */
#include "lib/op_help.h"

#include <ctype.h>
#include <string.h>

#include "lib/limits.h"
#include "lib/op_args.h"
#include "lib/text.h"

enum {
	COLUMN_MIN = 12, /* characters of the left column of a help text, indent apart */
	COLUMN_MAX = 30
};

static const char *const type_names[] = {
    [OP_STRING] = "string", [OP_INT] = "int",   [OP_BOOL] = "bool", [OP_LIST] = "list",
    [OP_PAIRS] = "pairs",   [OP_TEXT] = "text", [OP_JSON] = "json", [OP_PATH] = "path",
};

static const struct {
	unsigned flag;
	const char *name;
} flag_names[] = {
    {OP_READ, "read"},
    {OP_WRITE, "write"},
    {OP_NET, "net"},
    {OP_LOCAL, "local"},
    {OP_NOSTORE, "nostore"},
    {OP_CREATE, "create"},
    {OP_CONCURRENT, "concurrent"},
};

/* ---- one argument ---- */

static void add_meta(const struct op_arg *arg, struct buf *out)
{
	if (arg->flags & OP_SECRET) {
		buf_add_char(out, 'N');
	} else if (arg->meta) {
		buf_add_str(out, arg->meta);
	} else if (arg->type == OP_PAIRS) {
		buf_add_str(out, "NAME=VALUE");
	} else {
		for (const char *c = arg->name; *c; c++)
			buf_add_char(out, (char)toupper((unsigned char)*c));
	}
}

/* "KIND", "-f, --file FILE", "--force" */
static void add_form(const struct op_arg *arg, bool with_letter, struct buf *out)
{
	char option[OP_NAME_MAX];

	if (arg->flags & OP_POSITIONAL) {
		add_meta(arg, out);
		return;
	}
	if (arg->letter && with_letter)
		buf_addf(out, "-%c, ", arg->letter);
	op_option_name(arg, option);
	buf_add_str(out, "--");
	buf_add_str(out, option);
	if (arg->type == OP_BOOL)
		return;
	buf_add_char(out, ' ');
	add_meta(arg, out);
}

static void add_usage_arg(const struct op_arg *arg, struct buf *out)
{
	bool must = (arg->flags & OP_REQUIRED) && !(arg->flags & OP_SECRET);

	buf_add_str(out, must ? " " : " [");
	add_form(arg, false, out);
	buf_add_str(out, must ? "" : "]");
	buf_add_str(out, arg->type == OP_LIST || arg->type == OP_PAIRS ? "…" : "");
}

void op_help_usage(const struct op_program *program, const struct op *op, struct buf *out)
{
	buf_add_str(out, program->name);
	buf_add_char(out, ' ');
	buf_add_str(out, op->name);
	for (size_t i = 0; i < op->narg; i++)
		if (op->arg[i].flags & OP_POSITIONAL)
			add_usage_arg(&op->arg[i], out);
	for (size_t i = 0; i < op->narg; i++)
		if (!(op->arg[i].flags & OP_POSITIONAL))
			add_usage_arg(&op->arg[i], out);
}

/* ---- two columns ---- */

struct row {
	char left[96];
	const char *help;         /* message key */
	const struct op_arg *arg; /* for its choices; or NULL */
};

static void row_left(struct row *row, const char *left, size_t len)
{
	if (len >= sizeof(row->left))
		len = sizeof(row->left) - 1;
	memcpy(row->left, left, len);
	row->left[len] = '\0';
}

static void row_arg(struct row *row, const struct op_arg *arg)
{
	struct buf b;

	buf_init(&b, sizeof(row->left));
	add_form(arg, true, &b);
	*row = (struct row){.help = arg->help, .arg = arg};
	row_left(row, b.p ? (const char *)b.p : "", b.len);
	buf_free(&b);
}

static void row_global(struct row *row, const struct op_args_global *g)
{
	struct buf b;

	buf_init(&b, sizeof(row->left));
	if (g->letter)
		buf_addf(&b, "-%c, ", g->letter);
	buf_addf(&b, g->meta ? "--%s %s" : "--%s", g->name, g->meta);
	*row = (struct row){.help = g->help};
	row_left(row, b.p ? (const char *)b.p : "", b.len);
	buf_free(&b);
}

static void add_row(const struct row *row, size_t column, const struct lang *lang, struct buf *out)
{
	size_t width = text_chars(span_str(row->left));

	buf_addf(out, "  %s", row->left);
	if (width > column) {
		buf_add_str(out, "\n  ");
		width = 0;
	}
	for (; width < column + 2; width++)
		buf_add_char(out, ' ');
	buf_add_str(out, lang_text(lang, row->help));
	if (row->arg && row->arg->choice) {
		for (const char *const *c = row->arg->choice; *c; c++)
			buf_addf(out, "%s%s", c == row->arg->choice ? " (" : ", ", *c);
		buf_add_char(out, ')');
	}
	buf_add_char(out, '\n');
}

static size_t widen(size_t column, const struct row *row)
{
	size_t width = text_chars(span_str(row->left));

	return width > column && width <= COLUMN_MAX ? width : column;
}

static void add_title(const struct lang *lang, const char *key, struct buf *out)
{
	buf_add_char(out, '\n');
	buf_add_str(out, lang_text(lang, key));
	buf_add_char(out, '\n');
}

static void add_globals(const struct lang *lang, struct buf *out)
{
	size_t column = COLUMN_MIN;
	struct row row;

	add_title(lang, "op.help.globals", out);
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < op_args_nglobals; i++) {
			if (op_args_globals[i].hidden)
				continue;
			row_global(&row, &op_args_globals[i]);
			if (pass == 0)
				column = widen(column, &row);
			else
				add_row(&row, column, lang, out);
		}
}

/* ---- help of one command ---- */

static void add_args(const struct op *op, unsigned positional, const char *title,
		     const struct lang *lang, struct buf *out)
{
	size_t column = COLUMN_MIN, n = 0;
	struct row row;

	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < op->narg; i++) {
			if ((op->arg[i].flags & OP_POSITIONAL) != positional)
				continue;
			row_arg(&row, &op->arg[i]);
			if (pass == 0)
				column = widen(column, &row);
			else if (n++ == 0)
				add_title(lang, title, out);
			if (pass == 1)
				add_row(&row, column, lang, out);
		}
}

void op_help_op(const struct op_program *program, const struct op *op, const struct lang *lang,
		struct buf *out)
{
	buf_add_str(out, lang_text(lang, "op.help.usage"));
	buf_add_char(out, ' ');
	op_help_usage(program, op, out);
	buf_addf(out, "\n\n%s\n", lang_text(lang, op->summary));
	add_args(op, OP_POSITIONAL, "op.help.arguments", lang, out);
	add_args(op, 0, "op.help.options", lang, out);
	add_globals(lang, out);
}

/* ---- help of the program ---- */

static bool in_group(const struct op *op, const char *group)
{
	size_t len = group ? strlen(group) : 0;

	return !group || (strncmp(op->name, group, len) == 0 && op->name[len] == ' ');
}

static void add_commands(const struct op_program *program, const struct lang *lang,
			 const char *group, struct buf *out)
{
	size_t column = COLUMN_MIN;
	struct row row;

	add_title(lang, "op.help.commands", out);
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < program->nop; i++) {
			if (!in_group(&program->op[i], group))
				continue;
			row = (struct row){.help = program->op[i].summary};
			row_left(&row, program->op[i].name, strlen(program->op[i].name));
			if (pass == 0)
				column = widen(column, &row);
			else
				add_row(&row, column, lang, out);
		}
}

static void add_exits(const struct lang *lang, struct buf *out)
{
	char key[ERR_KEY_LEN];

	add_title(lang, "op.help.exits", out);
	for (unsigned rc = RC_OK; rc < RC_N; rc++) {
		struct buf b;
		buf_init(&b, sizeof(key) - 1);
		buf_addf(&b, "rc.%s", err_name((enum rc)rc));
		memcpy(key, b.p ? (const char *)b.p : "", b.p ? b.len + 1 : 1);
		buf_free(&b);
		buf_addf(out, "  %3d  %s\n", err_exit((enum rc)rc), lang_text(lang, key));
	}
}

void op_help_program(const struct op_program *program, const struct lang *lang, const char *group,
		     struct buf *out)
{
	buf_addf(out, "%s %s: %s\n\n%s %s ", program->name, program->version,
		 lang_text(lang, program->summary), lang_text(lang, "op.help.usage"),
		 program->name);
	if (group)
		buf_addf(out, "%s ", group);
	buf_addf(out, "%s\n", lang_text(lang, "op.help.command_line"));
	add_commands(program, lang, group, out);
	add_globals(lang, out);
	if (!group)
		add_exits(lang, out);
	buf_addf(out, "\n%s\n", lang_text(lang, "op.help.more"));
}

/* ---- the table as JSON ---- */

static struct json *json_arg(const struct op_arg *arg, const struct lang *lang)
{
	char option[OP_NAME_MAX], letter[2] = {arg->letter, '\0'};
	struct json *o = json_object();
	struct buf meta;

	op_option_name(arg, option);
	buf_init(&meta, OP_NAME_MAX);
	add_meta(arg, &meta);
	json_set_str(o, "name", arg->name);
	json_set_str(o, "option", arg->flags & OP_POSITIONAL ? NULL : option);
	json_set_str(o, "letter", arg->letter ? letter : NULL);
	json_set_str(o, "type", type_names[arg->type]);
	json_set_bool(o, "required", (arg->flags & OP_REQUIRED) != 0);
	json_set_bool(o, "positional", (arg->flags & OP_POSITIONAL) != 0);
	json_set_bool(o, "secret", (arg->flags & OP_SECRET) != 0);
	json_set_bool(o, "stdin", (arg->flags & OP_STDIN) != 0);
	json_set_span(o, "meta", span_buf(&meta));
	json_set_str(o, "help", lang_text(lang, arg->help));
	if (arg->min != 0 || arg->max != 0) {
		json_set_int(o, "min", arg->min);
		json_set_int(o, "max", arg->max);
	}
	if (arg->choice) {
		struct json *all = json_array();
		for (const char *const *c = arg->choice; *c; c++)
			json_append_str(all, *c);
		json_set(o, "choices", all);
	}
	buf_free(&meta);
	return o;
}

static struct json *json_op(const struct op_program *program, const struct op *op,
			    const struct lang *lang)
{
	struct json *o = json_object(), *flags = json_array(), *args = json_array();
	char api[OP_NAME_MAX];
	struct buf usage;

	op_api_name(op, api);
	buf_init(&usage, LIMIT_ERR_TEXT);
	op_help_usage(program, op, &usage);
	for (size_t i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++)
		if (op->flags & flag_names[i].flag)
			json_append_str(flags, flag_names[i].name);
	for (size_t i = 0; i < op->narg; i++)
		json_append(args, json_arg(&op->arg[i], lang));
	json_set_str(o, "name", op->name);
	json_set_str(o, "api", op_in_api(op) ? api : NULL);
	json_set_str(o, "summary", lang_text(lang, op->summary));
	json_set(o, "flags", flags);
	json_set_span(o, "usage", span_buf(&usage));
	json_set(o, "args", args);
	buf_free(&usage);
	return o;
}

static struct json *json_globals(const struct lang *lang)
{
	struct json *all = json_array();

	for (size_t i = 0; i < op_args_nglobals; i++) {
		const struct op_args_global *g = &op_args_globals[i];
		char letter[2] = {g->letter, '\0'};
		struct json *o = json_object();
		json_set_str(o, "option", g->name);
		json_set_str(o, "letter", g->letter ? letter : NULL);
		json_set_str(o, "meta", g->meta);
		json_set_str(o, "help", lang_text(lang, g->help));
		json_set_bool(o, "hidden", g->hidden);
		json_append(all, o);
	}
	return all;
}

static struct json *json_exits(void)
{
	struct json *all = json_array();

	for (unsigned rc = RC_OK; rc < RC_N; rc++) {
		struct json *o = json_object();
		json_set_str(o, "code", err_name((enum rc)rc));
		json_set_int(o, "status", err_exit((enum rc)rc));
		json_append(all, o);
	}
	return all;
}

/* Groups of commands with a store of their own. */
static struct json *json_groups(const struct op_program *program)
{
	struct json *all = json_array();

	for (size_t i = 0; i < program->ngroup; i++) {
		struct json *o = json_object();

		json_set_str(o, "word", program->group[i].word);
		json_set_str(o, "home_env", program->group[i].home_env);
		json_append(all, o);
	}
	return all;
}

enum rc op_help_json(const struct op_program *program, const struct lang *lang, struct json **ret,
		     struct err *reterr)
{
	struct json *o = json_object(), *ops = json_array();

	if (!o || !ops) {
		json_free(o);
		json_free(ops);
		return err_set(reterr, RC_NOMEM, NULL, "json.memory", NULL);
	}
	for (size_t i = 0; i < program->nop; i++)
		json_append(ops, json_op(program, &program->op[i], lang));
	json_set_str(o, "program", program->name);
	json_set_str(o, "version", program->version);
	json_set_str(o, "summary", lang_text(lang, program->summary));
	json_set_str(o, "home_env", program->home_env);
	json_set(o, "groups", json_groups(program));
	json_set(o, "options", json_globals(lang));
	json_set(o, "exit", json_exits());
	json_set(o, "ops", ops);
	*ret = o;
	return RC_OK;
}
