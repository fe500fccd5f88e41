/*
 * kinds: who may write what, as data (K9, K10, and the part of A8 that is a table).
 *
 * The tables below are the only place: the keyring asks them on both ends and
 * kinds_print writes them as they stand in FORMAT.md, where a test compares them.
 */
#include "sync/kinds.h"

#include <string.h>

#define OP(name)   (1U << ENTRY_##name)
#define ROLE(name) (1U << ROLE_##name)
#define SET(name)  (1U << KINDS_##name)

static const struct {
	const char *kind;
	enum kinds_class class;
} kinds[] = {
    {"facility", KINDS_REGISTER},
    {"asset", KINDS_REGISTER},
    {"inventory", KINDS_SESSION},
    {"inventory_line", KINDS_SESSION},
    {"committee_member", KINDS_SESSION},
    {"facility_check", KINDS_CHECK},
    {"equipment_check", KINDS_CHECK},
    {"equipment_line", KINDS_CHECK},
    {"weekly_statement", KINDS_CHECK},
    {"photo", KINDS_CHECK},
    {"choice", KINDS_CHOICE},
    {"review", KINDS_REVIEW},
    {"task", KINDS_TASK},
    {"schedule", KINDS_SCHEDULE},
    {"catalogue", KINDS_CATALOGUE},
    {"merger", KINDS_CATALOGUE},
    {"split", KINDS_CATALOGUE},
    {"report", KINDS_REPORT},
    {"access", KINDS_ACCESS},
};

static const struct {
	const char *name;
	bool central, once;
} classes[KINDS_CLASS_N] = {
    [KINDS_REGISTER] = {"register", false, false}, [KINDS_SESSION] = {"session", false, false},
    [KINDS_CHECK] = {"check", false, true},        [KINDS_CHOICE] = {"choice", false, false},
    [KINDS_REVIEW] = {"review", false, true},      [KINDS_TASK] = {"task", false, false},
    [KINDS_SCHEDULE] = {"schedule", true, false},  [KINDS_CATALOGUE] = {"catalogue", true, false},
    [KINDS_REPORT] = {"report", true, true},      [KINDS_ACCESS] = {"access", true, false},
    [KINDS_OTHER] = {"other", false, false},
};

static const struct kinds_rule rules[ROLE_N] = {
    [ROLE_ROOT] = {.central = OP(OPEN) | OP(CERT) | OP(REVOKE) | OP(FORM) | OP(LOG),
		   .certifies = ROLE(REGISTRAR) | ROLE(VERIFIER) | ROLE(PROVINCE_VERIFIER) |
				ROLE(REPORTER) | ROLE(AUDITOR),
		   .revokes = ROLE(REGISTRAR) | ROLE(VERIFIER) | ROLE(PROVINCE_VERIFIER) |
			      ROLE(REPORTER) | ROLE(AUDITOR) | ROLE(CLERK) | ROLE(DEVICE)},
    [ROLE_REGISTRAR] = {.central = OP(OPEN) | OP(REVOKE) | OP(ADMIT),
			.commune = OP(OPEN) | OP(CERT) | OP(REVOKE) | OP(ADMIT) | OP(ERASE),
			.sets = SET(CATALOGUE) | SET(ACCESS),
			.certifies = ROLE(CLERK) | ROLE(DEVICE),
			.revokes = ROLE(REGISTRAR) | ROLE(CLERK) | ROLE(DEVICE)},
    [ROLE_VERIFIER] = {.central = OP(OPEN),
		       .commune = OP(OPEN),
		       .sets = SET(REGISTER) | SET(SESSION) | SET(CHOICE) | SET(REVIEW) |
			       SET(TASK),
		       .decides = DECISION_CENTRE},
    [ROLE_PROVINCE_VERIFIER] = {.central = OP(OPEN),
				.commune = OP(OPEN),
				.sets = SET(REGISTER) | SET(SESSION) | SET(CHOICE) | SET(REVIEW) |
			       SET(TASK),
				.decides = DECISION_PROVINCE},
    [ROLE_REPORTER] = {.central = OP(OPEN),
		       .commune = OP(OPEN),
		       .sets = SET(SCHEDULE) | SET(TASK) | SET(REPORT)},
    [ROLE_CLERK] = {.commune = OP(OPEN),
		    .sets = SET(REGISTER) | SET(SESSION) | SET(CHECK) | SET(CHOICE) | SET(OTHER)},
};

enum kinds_class kinds_class(const char *kind)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].kind, kind) == 0)
			return kinds[i].class;
	return KINDS_OTHER;
}

const char *kinds_class_name(enum kinds_class c)
{
	return c < KINDS_CLASS_N ? classes[c].name : "";
}

bool kinds_class_central(enum kinds_class c)
{
	return c < KINDS_CLASS_N && classes[c].central;
}

bool kinds_once(const char *kind)
{
	return classes[kinds_class(kind)].once;
}

bool kinds_single(const char *kind)
{
	enum kinds_class c = kinds_class(kind);

	return c == KINDS_REVIEW || c == KINDS_REPORT;
}

const char *kinds_at(size_t i, enum kinds_class *retclass)
{
	if (i >= sizeof(kinds) / sizeof(kinds[0]))
		return NULL;
	if (retclass)
		*retclass = kinds[i].class;
	return kinds[i].kind;
}

const struct kinds_rule *kinds_rule(enum role role)
{
	return &rules[role < ROLE_N ? role : ROLE_DEVICE];
}

bool kinds_may(enum role role, enum entry_op op, const char *kind, const char *scope)
{
	const struct kinds_rule *r = kinds_rule(role);
	bool central = strcmp(scope, "*") == 0;

	if (op != ENTRY_SET)
		return (central ? r->central : r->commune) >> op & 1U;
	enum kinds_class c = kinds_class(kind);
	return (r->sets >> c & 1U) && classes[c].central == central;
}

bool kinds_may_certify(enum role by, enum role role)
{
	return role < ROLE_N && (kinds_rule(by)->certifies >> role & 1U);
}

bool kinds_may_revoke(enum role by, enum role role)
{
	return role < ROLE_N && (kinds_rule(by)->revokes >> role & 1U);
}

/* Append the names of the set bits, with spaces between. */
static void names(struct buf *out, unsigned set, unsigned n, const char *(*name)(unsigned))
{
	const char *sep = "";

	for (unsigned i = 0; i < n; i++) {
		if (!(set >> i & 1U))
			continue;
		buf_add_str(out, sep);
		buf_add_str(out, name(i));
		sep = " ";
	}
}

static const char *op_name(unsigned i)
{
	return entry_op_name((enum entry_op)i);
}

static const char *role_name(unsigned i)
{
	return authority_role_name((enum role)i);
}

static const char *class_name(unsigned i)
{
	return classes[i].name;
}

static void print_roles(struct buf *out)
{
	buf_add_str(
	    out,
	    "| role | in scope `*` | in a commune | sets kinds of class | decides up to | certifies | revokes |\n"
	    "|---|---|---|---|---|---|---|\n");
	for (unsigned i = 0; i < ROLE_N; i++) {
		buf_addf(out, "| %s | ", role_name(i));
		names(out, rules[i].central, ENTRY_OP_N, op_name);
		buf_add_str(out, " | ");
		names(out, rules[i].commune, ENTRY_OP_N, op_name);
		buf_add_str(out, " | ");
		names(out, rules[i].sets, KINDS_CLASS_N, class_name);
		buf_addf(out, " | %s | ", decision_level_name(rules[i].decides));
		names(out, rules[i].certifies, ROLE_N, role_name);
		buf_add_str(out, " | ");
		names(out, rules[i].revokes, ROLE_N, role_name);
		buf_add_str(out, " |\n");
	}
}

void kinds_print(struct buf *out)
{
	print_roles(out);
	buf_add_str(out, "\n| class | scope | set | kinds |\n|---|---|---|---|\n");
	for (unsigned c = 0; c < KINDS_CLASS_N; c++) {
		buf_addf(out, "| %s | %s | %s |", classes[c].name,
			 classes[c].central ? "`*`" : "commune",
			 classes[c].once ? "once" : "again");
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			if (kinds[i].class == c)
				buf_addf(out, " %s", kinds[i].kind);
		buf_add_str(out, c == KINDS_OTHER ? " every other kind |\n" : " |\n");
	}
}
