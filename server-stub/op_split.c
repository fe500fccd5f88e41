/*
 * op unit split: part of a commune goes to another (M22). The PCs and clerks of the other get certs in the first, and
 * so in what went before it; of the first those named go over with their PC. What there is stays where it stands: to
 * which of them a place belongs it says itself. Without `apply` it only tells what it would do. Not here: the certs and
 * the entity (unit_act.c), PCs that enrol later (enrolment.c).
 */
#include <string.h>

#include "lib/num.h"
#include "server-stub/ops.h"
#include "server-stub/unit_act.h"

static const struct op_arg args[] = {
    {.name = "unit",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "unit.arg.unit",
     .meta = "CODE"},
    {.name = "into",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "unit.arg.part",
     .meta = "CODE"},
    {.name = "pc", .type = OP_LIST, .help = "unit.arg.pc", .meta = "FINGERPRINT"},
    {.name = "effective", .type = OP_STRING, .help = "unit.arg.effective", .meta = "DATE"},
    {.name = "source", .type = OP_STRING, .help = "unit.arg.source", .meta = "TEXT"},
    {.name = "apply", .type = OP_BOOL, .help = "unit.arg.apply"},
    {.name = "as", .type = OP_STRING, .help = "act.arg.as", .meta = "NAME"},
    {.name = "passphrase", .type = OP_STRING, .flags = OP_SECRET, .help = "act.arg.passphrase"},
};

/* ---- is it possible? ---- */

/* The one that gets a part must go on, not be where all of the other went, and nothing of it have gone to that. */
static enum rc check_units(struct unit_act *a)
{
	const struct units *u = &a->units;
	struct unit_way before = {.n = 0};
	char end[ENTRY_SCOPE_LEN];
	enum rc rc;

	if (strcmp(a->from, a->into) == 0)
		return err_set(a->reterr, RC_INPUT, "M22", "units.split_same", NULL);
	units_survivor(u, a->into, end);
	if (strcmp(end, a->into) != 0)
		return unit_act_refuse(a, "M22", "units.ended", a->into, end);
	if (unit_act_closed(a->into_unit))
		return unit_act_refuse(a, "M22", "units.closed", a->into, "");
	units_survivor(u, a->from, end);
	if (strcmp(end, a->into) == 0)
		return unit_act_refuse(a, "M22", "units.ended", a->from, a->into);
	rc = units_before(u, a->from, &before, a->reterr);
	if (rc != RC_OK)
		return rc;
	if (unit_on(&before, a->into))
		return unit_act_refuse(a, "M22", "units.split_back", a->into, a->from);
	for (size_t i = 0; i < u->nsplit; i++)
		a->done = a->done || (strcmp(u->split[i].unit, a->from) == 0 &&
				      strcmp(u->split[i].into, a->into) == 0);
	return RC_OK;
}

/* ---- whose certs ---- */

/* Is a PC's key among those named? */
static bool is_named(const struct unit_act *a, const uint8_t device[CRYPT_PK_LEN])
{
	char fpr[AUTHORITY_FINGERPRINT];

	authority_fingerprint(device, fpr);
	for (const struct json *p = json_first(json_get_arr(a->in, "pc")); p; p = json_next(p))
		if (strcmp(json_str(p), fpr) == 0)
			return true;
	return false;
}

/* Those that belong to the other commune, and those that go over: a PC that was named, and its clerks. */
static enum rc whose(void *arg, const struct keyring_key *k, bool *ret, struct err *reterr)
{
	const struct unit_act *a = arg;

	*ret = k->role == ROLE_DEVICE ? is_named(a, k->key)
				      : k->cert->has_device && is_named(a, k->cert->device);
	return *ret ? RC_OK : unit_act_own(arg, k, ret, reterr);
}

/* Every PC named is one of this commune, in force. */
static enum rc check_pcs(struct unit_act *a)
{
	const struct keyring *ring = a->snap->keyring;

	for (const struct json *p = json_first(json_get_arr(a->in, "pc")); p; p = json_next(p)) {
		struct keyring_key k;
		char fpr[AUTHORITY_FINGERPRINT];
		bool found = false;

		for (size_t i = 0; !found && keyring_at(ring, i, &k); i++) {
			authority_fingerprint(k.key, fpr);
			found = k.role == ROLE_DEVICE && strcmp(fpr, json_str(p)) == 0 &&
				k.revoked_from < 0 && keyring_covers(ring, k.key, a->from);
		}
		if (!found)
			return err_set(a->reterr, RC_NOTFOUND, "M22", "units.no_pc", "fingerprint",
				       json_str(p), "scope", a->from, NULL);
	}
	return RC_OK;
}

static enum rc plan(struct unit_act *a)
{
	const struct unit_act_field f[] = {{"unit", a->from},
					   {"into", a->into},
					   {"unit_name", json_get_str(a->from_unit, "name")},
					   {"into_name", json_get_str(a->into_unit, "name")}};
	uint8_t id[16];
	enum rc rc = check_units(a);

	a->kind = UNIT_SPLIT_KIND;
	if (rc == RC_OK)
		rc = check_pcs(a);
	if (rc == RC_OK && !a->done)
		rc = units_add_split(&a->units, a->from, a->into, a->reterr);
	if (rc == RC_OK)
		rc = units_join(&a->units, a->into, NULL, &a->group, a->reterr);
	if (rc == RC_OK)
		rc = unit_act_want(a, whose, a);
	unit_split_id(a->from, a->into, id);
	return rc == RC_OK ? unit_act_fields(a, id, f, sizeof(f) / sizeof(f[0])) : rc;
}

/* ---- the answer ---- */

static struct json *answer(const struct unit_act *a, bool applied)
{
	struct json *o = json_object();

	json_set_str(o, "unit", a->from);
	json_set_str(o, "unit_name", json_get_str(a->from_unit, "name"));
	json_set_str(o, "into", a->into);
	json_set_str(o, "into_name", json_get_str(a->into_unit, "name"));
	unit_act_json(a, o);
	json_set_bool(o, "split", a->done);
	json_set_bool(o, "applied", applied);
	return o;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct unit_act a;
	bool really = false;
	enum rc rc = unit_act_open(&a, call, in, "unit", reterr);

	json_get_bool(in, "apply", &really);
	if (rc == RC_OK)
		rc = plan(&a);
	if (rc == RC_OK && really)
		rc = unit_act_apply(&a, NULL, NULL, false);
	if (rc == RC_OK)
		*ret = answer(&a, really);
	unit_act_close(&a);
	return rc;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	bool applied = false, split = false;
	char n[NUM_I64_LEN];

	json_get_bool(out, "applied", &applied);
	json_get_bool(out, "split", &split);
	num_str((int64_t)json_len(json_get_arr(out, "certs")), n);
	lang_format(lang, text,
		    !applied ? "unit.split_preview" : split ? "unit.split_again" : "unit.split_done", "n", n,
		    "unit", json_get_str(out, "unit_name"), "unit_code", json_get_str(out, "unit"), "into",
		    json_get_str(out, "into_name"), "into_code", json_get_str(out, "into"), NULL);
	buf_add_char(text, '\n');
	unit_act_print(lang, out, text);
}

const struct op op_unit_split = {"unit split",
				 "unit.split_summary",
				 OP_WRITE,
				 args,
				 sizeof(args) / sizeof(args[0]),
				 run,
				 print,
				 NULL};
