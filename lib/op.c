/*
 * op: check a body against the table of arguments and run the operation.
 * One checker per type, in a table; the command line and the API pass the same
 * one, so neither can hand an operation what the other would refuse.
 * Not here: argv (op_args), locks and processes (op_dispatch), HTTP (op_owner).
 */
#include "lib/op.h"

#include <stdarg.h>
#include <string.h>

#include "lib/crypt.h"
#include "lib/limits.h"
#include "lib/num.h"

void op_api_name(const struct op *op, char ret[OP_NAME_MAX])
{
	size_t i = 0;

	for (; op->name[i] && i < OP_NAME_MAX - 1; i++) {
		char c = op->name[i];
		ret[i] = c == ' ' || c == '-' ? '_' : c;
	}
	ret[i] = '\0';
}

void op_option_name(const struct op_arg *arg, char ret[OP_NAME_MAX])
{
	const char *tail = arg->flags & OP_SECRET ? "-fd" : "";
	size_t max = OP_NAME_MAX - 1 - strlen(tail), i = 0;

	for (; arg->name[i] && i < max; i++)
		ret[i] = arg->name[i] == '_' && !(arg->flags & OP_POSITIONAL) ? '-' : arg->name[i];
	memcpy(ret + i, tail, strlen(tail) + 1);
}

const struct op *op_find_api(const struct op_program *program, const char *api_name)
{
	char name[OP_NAME_MAX];

	for (size_t i = 0; i < program->nop; i++) {
		op_api_name(&program->op[i], name);
		if (strcmp(name, api_name) == 0)
			return &program->op[i];
	}
	return NULL;
}

const struct op_group *op_group_of(const struct op_program *program, const struct op *op)
{
	for (size_t i = 0; i < program->ngroup; i++) {
		size_t len = strlen(program->group[i].word);

		if (strncmp(op->name, program->group[i].word, len) == 0 && op->name[len] == ' ')
			return &program->group[i];
	}
	return NULL;
}

const struct op_arg *op_find_arg(const struct op *op, const char *name)
{
	for (size_t i = 0; i < op->narg; i++)
		if (strcmp(op->arg[i].name, name) == 0)
			return &op->arg[i];
	return NULL;
}

static enum rc refuse(const struct op_arg *arg, const char *key, struct err *reterr)
{
	return err_set(reterr, RC_USAGE, NULL, key, "name", arg->name, NULL);
}

static enum rc check_choice(const struct op_arg *arg, const char *value, struct err *reterr)
{
	struct buf all;

	for (const char *const *c = arg->choice; c && *c; c++)
		if (strcmp(*c, value) == 0)
			return RC_OK;
	if (!arg->choice)
		return RC_OK;
	buf_init(&all, LIMIT_ERR_TEXT);
	for (const char *const *c = arg->choice; *c; c++) {
		buf_add_str(&all, c == arg->choice ? "" : ", ");
		buf_add_str(&all, *c);
	}
	err_set(reterr, RC_USAGE, NULL, "op.choice", "name", arg->name, "value", value, "choices",
		all.failed || !all.p ? "" : (const char *)all.p, NULL);
	buf_free(&all);
	return RC_USAGE;
}

static enum rc check_string(const struct op_arg *arg, const struct json *v, struct err *reterr)
{
	const char *s = json_str(v);

	if (!s)
		return refuse(arg, "op.type_string", reterr);
	if (!(arg->flags & OP_SECRET))
		return check_choice(arg, s, reterr);
	if (s[0] == '\0')
		return op_need_secret(arg->name, reterr);
	if (strlen(s) > LIMIT_PIN)
		return refuse(arg, "op.secret_long", reterr);
	return RC_OK;
}

static enum rc check_int(const struct op_arg *arg, const struct json *v, struct err *reterr)
{
	char min[NUM_I64_LEN], max[NUM_I64_LEN];
	int64_t n;

	if (!json_int(v, &n))
		return refuse(arg, "op.type_int", reterr);
	if ((arg->min == 0 && arg->max == 0) || (n >= arg->min && n <= arg->max))
		return RC_OK;
	num_str(arg->min, min);
	num_str(arg->max, max);
	return err_set(reterr, RC_USAGE, NULL, "op.int_range", "name", arg->name, "min", min, "max",
		       max, NULL);
}

static enum rc check_bool(const struct op_arg *arg, const struct json *v, struct err *reterr)
{
	bool b;

	return json_bool(v, &b) ? RC_OK : refuse(arg, "op.type_bool", reterr);
}

static bool strings_only(const struct json *array)
{
	for (const struct json *v = json_first(array); v; v = json_next(v))
		if (json_kind(v) != JSON_STRING)
			return false;
	return true;
}

static enum rc check_list(const struct op_arg *arg, const struct json *v, struct err *reterr)
{
	enum rc rc = RC_OK;

	if (json_kind(v) != JSON_ARRAY || !strings_only(v))
		return refuse(arg, "op.type_list", reterr);
	for (const struct json *i = json_first(v); i && rc == RC_OK; i = json_next(i))
		rc = check_choice(arg, json_str(i), reterr);
	return rc;
}

static enum rc check_pairs(const struct op_arg *arg, const struct json *v, struct err *reterr)
{
	if (json_kind(v) != JSON_OBJECT)
		return refuse(arg, "op.type_pairs", reterr);
	for (const struct json *m = json_first(v); m; m = json_next(m)) {
		enum json_type t = json_kind(m);
		if (t == JSON_OBJECT || (t == JSON_ARRAY && !strings_only(m)))
			return refuse(arg, "op.type_pairs", reterr);
	}
	return RC_OK;
}

static enum rc check_any(const struct op_arg *arg, const struct json *v, struct err *reterr)
{
	(void)arg, (void)v, (void)reterr;
	return RC_OK;
}

static enum rc check_path(const struct op_arg *arg, const struct json *v, struct err *reterr)
{
	const char *s = json_str(v);

	if (!s)
		return refuse(arg, "op.type_string", reterr);
	return os_path_is_absolute(s) ? RC_OK : refuse(arg, "op.path_relative", reterr);
}

typedef enum rc op_check_fn(const struct op_arg *arg, const struct json *v, struct err *reterr);

static op_check_fn *const check_table[] = {
    [OP_STRING] = check_string, [OP_INT] = check_int,     [OP_BOOL] = check_bool,
    [OP_LIST] = check_list,     [OP_PAIRS] = check_pairs, [OP_TEXT] = check_string,
    [OP_JSON] = check_any,      [OP_PATH] = check_path,
};

enum rc op_check(const struct op *op, const struct json *in, struct err *reterr)
{
	if (in && json_kind(in) != JSON_OBJECT)
		return err_set(reterr, RC_USAGE, NULL, "op.body_object", NULL);
	for (const struct json *m = json_first(in); m; m = json_next(m)) {
		const struct op_arg *arg = op_find_arg(op, json_name(m));
		if (!arg)
			return err_set(reterr, RC_USAGE, NULL, "op.unknown_member", "name",
				       json_name(m), NULL);
		enum rc rc = check_table[arg->type](arg, m, reterr);
		if (rc != RC_OK)
			return rc;
	}
	for (size_t i = 0; i < op->narg; i++) {
		const struct op_arg *arg = &op->arg[i];
		if (!(arg->flags & OP_REQUIRED) || json_get(in, arg->name))
			continue;
		return arg->flags & OP_SECRET ? op_need_secret(arg->name, reterr)
					      : refuse(arg, "op.missing", reterr);
	}
	return RC_OK;
}

const char *op_lang(const struct op_call *call)
{
	const char *asked = call->voice ? call->voice->lang : NULL;

	return asked ? asked : lang_pick(os_env("KIEMKE_LANG"));
}

enum rc op_run(const struct op *op, const struct op_call *call, const struct json *in,
	       struct json **ret, struct err *reterr)
{
	struct op_call mine = *call;
	struct json *empty = NULL, *out = NULL;
	enum rc rc = op_check(op, in, reterr);

	if (rc != RC_OK)
		return rc;
	mine.op = op;
	if (!in && !(in = empty = json_object()))
		return err_set(reterr, RC_NOMEM, NULL, "json.memory", NULL);
	if (!(op->flags & OP_CONCURRENT))
		op_lock(&mine);
	rc = op->run(&mine, in, &out, reterr);
	if (!(op->flags & OP_CONCURRENT))
		op_unlock(&mine);
	json_free(empty);
	if (rc == RC_OK && !out && !(out = json_object()))
		rc = err_set(reterr, RC_NOMEM, NULL, "json.memory", NULL);
	if (rc == RC_OK)
		*ret = out;
	return rc;
}

/* The tree owns the text and nobody else reads it: writing over it in place is what is wanted. */
void op_wipe(const struct op *op, struct json *in)
{
	for (const struct json *m = json_first(in); m; m = json_next(m)) {
		const struct op_arg *arg = json_name(m) ? op_find_arg(op, json_name(m)) : NULL;
		const char *s = json_str(m);
		if (arg && s && (arg->flags & OP_SECRET))
			crypt_wipe((char *)(uintptr_t)s, strlen(s));
	}
}

void op_lock(const struct op_call *call)
{
	if (call->mutex)
		os_mutex_lock(call->mutex);
}

void op_unlock(const struct op_call *call)
{
	if (call->mutex)
		os_mutex_unlock(call->mutex);
}

void op_progress(const struct op_call *call, const char *key, int64_t done, int64_t total)
{
	if (call->voice && call->voice->progress)
		call->voice->progress(call->voice->arg, key, done, total);
}

void op_note(const struct op_call *call, const char *key, ...)
{
	struct err msg;
	const char *name;
	va_list ap;

	if (!call->voice || !call->voice->note)
		return;
	err_set(&msg, RC_OK, NULL, key, NULL);
	va_start(ap, key);
	while ((name = va_arg(ap, const char *)) != NULL) {
		const char *value = va_arg(ap, const char *);
		err_add(&msg, name, value);
	}
	va_end(ap);
	call->voice->note(call->voice->arg, &msg);
}

enum rc op_need_secret(const char *name, struct err *reterr)
{
	const struct op_arg arg = {.name = name, .flags = OP_SECRET};
	char option[OP_NAME_MAX];

	op_option_name(&arg, option);
	return err_set(reterr, RC_USAGE, NULL, "op.secret_missing", "name", name, "option", option,
		       NULL);
}
