/*
 * gate: see gate.h. The table is the whole policy; tests/scenario/console_test.py asks for each
 * operation in each role and compares.
 */
#include "server-stub/gate.h"

#include <string.h>

#define BIT(role) (1U << ROLE_##role)

enum {
	REGISTRAR = BIT(REGISTRAR),
	REVIEWS = BIT(VERIFIER) | BIT(PROVINCE_VERIFIER),
	REPORTS = BIT(REPORTER),
	ALL = REGISTRAR | REVIEWS | REPORTS | BIT(AUDITOR),
	NOBODY = 0,
	/* It speaks of the whole country: for who sees every commune. All others leave out what one does not see. */
	COUNTRY = 1U << 30
};

/* By command, sorted. */
static const struct {
	const char *op;
	unsigned roles;
} table[] = {
    {"acts", ALL},
    {"admit", REGISTRAR},
    {"backup", NOBODY},
    {"board", ALL},
    {"catalogue import", NOBODY},
    {"catalogue list", ALL},
    {"checkpoint", ALL},
    {"choose", REVIEWS},
    {"conflicts", ALL},
    {"contacts import", NOBODY},
    {"contacts set", REGISTRAR | REVIEWS | REPORTS},
    {"duplicates", ALL},
    {"enrol approve", REGISTRAR},
    {"enrol code", REGISTRAR},
    {"enrol list", REGISTRAR},
    {"erase", NOBODY},
    {"explain", NOBODY},
    {"export", NOBODY},
    {"forks", ALL},
    {"form check", ALL},
    {"form close", NOBODY},
    {"form diff", ALL},
    {"form discard", REGISTRAR | REPORTS},
    {"form draft", REGISTRAR | REPORTS},
    {"form import", REGISTRAR | REPORTS},
    {"form list", ALL},
    {"form publish", NOBODY},
    {"form show", ALL},
    {"held", ALL},
    {"import", NOBODY},
    {"init", NOBODY},
    {"keys", ALL},
    {"limits", NOBODY},
    {"lines", NOBODY},
    {"link", REVIEWS},
    {"policy set", NOBODY},
    {"policy show", ALL},
    {"recover", NOBODY},
    {"recovery", REGISTRAR | BIT(AUDITOR) | COUNTRY},
    {"report", ALL},
    {"report freeze", REPORTS | COUNTRY},
    {"report list", ALL},
    {"resolve", REVIEWS},
    {"restore", NOBODY},
    {"review", REVIEWS},
    {"revoke", REGISTRAR},
    {"schedule cancel", REPORTS | COUNTRY},
    {"schedule check", REPORTS | COUNTRY},
    {"schedule list", ALL},
    {"schedule publish", REPORTS | COUNTRY},
    {"schedule show", ALL},
    {"serve", NOBODY},
    {"show", ALL},
    {"staff add", NOBODY},
    {"staff list", ALL},
    {"staff passphrase", ALL},
    {"submissions", ALL},
    {"task add", REVIEWS | REPORTS},
    {"task close", REVIEWS | REPORTS},
    {"task list", ALL},
    {"token add", REGISTRAR | COUNTRY},
    {"token list", REGISTRAR | BIT(AUDITOR) | COUNTRY},
    {"token revoke", REGISTRAR | COUNTRY},
    {"unit merge", NOBODY},
    {"unit split", NOBODY},
    {"unit show", ALL},
    {"unlink", REVIEWS},
    {"verify", NOBODY},
    {"webhook add", NOBODY},
    {"webhook deliveries", NOBODY},
    {"webhook list", NOBODY},
    {"webhook remove", NOBODY},
    {"webhook resume", NOBODY},
    {"webhook rotate", NOBODY},
    {"webhook test", NOBODY},
    {"witness follow", NOBODY},
    {"witness init", NOBODY},
    {"witness serve", NOBODY},
    {"witness status", NOBODY},
};

static unsigned row_of(const struct op *op)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(table[i].op, op->name) == 0)
			return op_in_api(op) ? table[i].roles : NOBODY;
	return NOBODY;
}

enum rc gate_check(const struct op *op, const struct who *who, struct err *reterr)
{
	unsigned row = row_of(op);

	if (!(row >> who->role & 1U))
		return err_set(reterr, RC_DENIED, NULL, "gate.role", "op", op->name, NULL);
	if (row & COUNTRY && !who->all)
		return err_set(reterr, RC_DENIED, NULL, "who.all", NULL);
	return RC_OK;
}

enum rc gate_body(const struct op *op, const struct who *who, struct json *in, struct err *reterr)
{
	const char *as = json_get_str(in, "as");

	if (json_kind(in) != JSON_OBJECT)
		return RC_OK;
	for (size_t i = 0; i < op->narg; i++)
		if (op->arg[i].type == OP_PATH && json_get(in, op->arg[i].name))
			return err_set(reterr, RC_DENIED, NULL, "gate.path", "name",
				       op->arg[i].name, NULL);
	if (!op_find_arg(op, "as"))
		return RC_OK;
	if (json_get(in, "as") && (!as || strcmp(as, who->account) != 0))
		return err_set(reterr, RC_DENIED, NULL, "gate.as", NULL);
	json_remove(in, "as");
	json_set_str(in, "as", who->account);
	return RC_OK;
}

struct json *gate_names(const struct op_program *program, const struct who *who)
{
	struct json *all = json_array();
	char name[OP_NAME_MAX];

	for (size_t i = 0; i < program->nop; i++)
		if (gate_check(&program->op[i], who, NULL) == RC_OK) {
			op_api_name(&program->op[i], name);
			json_append_str(all, name);
		}
	return all;
}
