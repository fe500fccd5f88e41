/*
 * op_table: see op_table.h.
 */
#include "tests/support/op_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/op_args.h"

static void must(bool good, const struct op *op, const struct op_arg *arg, const char *rule)
{
	if (!good)
		fail_msg("%s %s: %s", op ? op->name : "program", arg ? arg->name : "", rule);
}

static void assert_key(const struct op *op, const struct op_arg *arg, const char *key)
{
	static const char *const names[] = {"vi", "en"};

	must(key != NULL, op, arg, "has no text key");
	for (size_t i = 0; i < 2; i++) {
		struct lang *lang = NULL;
		assert_int_equal(lang_load(names[i], &lang, NULL), RC_OK);
		must(lang_has(lang, key), op, arg, key);
		lang_free(lang);
	}
}

static void assert_arg(const struct op *op, const struct op_arg *arg)
{
	must(strlen(arg->name) + 3 < OP_NAME_MAX, op, arg, "name too long");
	must(arg->name[0] &&
		 strspn(arg->name, "abcdefghijklmnopqrstuvwxyz0123456789_") == strlen(arg->name),
	     op, arg, "name has other characters than a-z 0-9 _");
	must(!(arg->flags & OP_SECRET) || (arg->type == OP_STRING && !(arg->flags & OP_POSITIONAL)),
	     op, arg, "a secret is a string option");
	must(!(arg->flags & OP_CONFIRM) || (arg->flags & OP_SECRET), op, arg,
	     "only a secret is confirmed");
	must(arg->type != OP_PAIRS || (arg->flags & OP_POSITIONAL), op, arg,
	     "pairs are positional");
	must(arg->type != OP_BOOL || !(arg->flags & (OP_POSITIONAL | OP_REQUIRED)), op, arg,
	     "a flag is an optional option");
	must(!(arg->flags & OP_ALONE) || !(arg->flags & (OP_POSITIONAL | OP_REQUIRED)), op, arg,
	     "a value that stands alone is for an option");
	must(!(arg->flags & OP_STDIN) || arg->type == OP_TEXT || arg->type == OP_JSON, op, arg,
	     "only a text or JSON argument reads stdin");
	must(arg->min <= arg->max, op, arg, "min > max");
	assert_key(op, arg, arg->help);
}

static void assert_options(const struct op *op, size_t at)
{
	const struct op_arg *arg = &op->arg[at];
	char mine[OP_NAME_MAX], other[OP_NAME_MAX];

	op_option_name(arg, mine);
	for (size_t i = 0; i < at; i++) {
		op_option_name(&op->arg[i], other);
		must(strcmp(arg->name, op->arg[i].name) != 0, op, arg, "name twice");
		must(strcmp(mine, other) != 0, op, arg, "option twice");
		must(!arg->letter || arg->letter != op->arg[i].letter, op, arg, "letter twice");
	}
	for (size_t i = 0; i < op_args_nglobals && !(arg->flags & OP_POSITIONAL); i++) {
		must(strcmp(mine, op_args_globals[i].name) != 0, op, arg, "is a global option");
		must(!arg->letter || arg->letter != op_args_globals[i].letter, op, arg,
		     "letter of a global option");
	}
}

static void assert_places(const struct op *op)
{
	bool optional = false, list = false;
	int inputs = 0;

	for (size_t i = 0; i < op->narg; i++) {
		const struct op_arg *arg = &op->arg[i];
		inputs += (arg->flags & OP_STDIN) != 0;
		if (!(arg->flags & OP_POSITIONAL) || arg->type == OP_PAIRS)
			continue;
		must(!list, op, arg, "stands behind a positional list");
		must(!optional || !(arg->flags & OP_REQUIRED), op, arg, "required behind optional");
		optional = optional || !(arg->flags & OP_REQUIRED);
		list = list || arg->type == OP_LIST;
	}
	must(inputs <= 1, op, NULL, "two arguments read stdin");
}

static void assert_names(const struct op_program *program, size_t at)
{
	const struct op *op = &program->op[at];
	char mine[OP_NAME_MAX], other[OP_NAME_MAX];
	size_t words = 1, len = strlen(op->name);

	for (const char *c = op->name; *c; c++)
		words += *c == ' ';
	must(words <= OP_WORDS_MAX && len < OP_NAME_MAX, op, NULL, "name too long");
	must(strspn(op->name, "abcdefghijklmnopqrstuvwxyz -") == len, op, NULL, "odd name");
	op_api_name(op, mine);
	for (size_t i = 0; i < program->nop; i++) {
		op_api_name(&program->op[i], other);
		must(i == at || strcmp(mine, other) != 0, op, NULL, "API name twice");
		must(strncmp(program->op[i].name, op->name, len) != 0 ||
			 program->op[i].name[len] != ' ',
		     op, NULL, "is also the first word of another command");
	}
}

void op_table_assert(const struct op_program *program)
{
	assert_key(NULL, NULL, program->summary);
	must(program->open && program->close && program->home_env && program->home_dir, NULL, NULL,
	     "has no store");
	for (size_t i = 0; i < program->nop; i++) {
		const struct op *op = &program->op[i];
		assert_names(program, i);
		must(op->run != NULL, op, NULL, "cannot run");
		must(op->narg <= OP_ARGS_MAX, op, NULL, "too many arguments");
		must(!(op->flags & OP_READ) != !(op->flags & OP_WRITE), op, NULL,
		     "exactly one of OP_READ and OP_WRITE");
		assert_key(op, NULL, op->summary);
		for (size_t a = 0; a < op->narg; a++) {
			assert_arg(op, &op->arg[a]);
			assert_options(op, a);
		}
		assert_places(op);
	}
}
