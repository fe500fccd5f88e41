/*
 * op unit merge: one commune goes on in another (M18). The PCs and clerks of either get certs
 * for the communes of the other (K14), so that whoever looks after the records of both can; what there is
 * stays where it stands. Without `apply` it only tells what it would do. Not here: the certs and the entity
 * (unit_act.c), what the catalogue says of units (op_catalogue.c), PCs that enrol later (enrolment.c).
 */
#include <string.h>

#include "lib/num.h"
#include "server-stub/ops.h"
#include "server-stub/unit_act.h"

static const struct op_arg args[] = {
    {.name = "from",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "unit.arg.from",
     .meta = "CODE"},
    {.name = "into",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "unit.arg.into",
     .meta = "CODE"},
    {.name = "effective", .type = OP_STRING, .help = "unit.arg.effective", .meta = "DATE"},
    {.name = "source", .type = OP_STRING, .help = "unit.arg.source", .meta = "TEXT"},
    {.name = "apply", .type = OP_BOOL, .help = "unit.arg.apply"},
    {.name = "as", .type = OP_STRING, .help = "act.arg.as", .meta = "NAME"},
    {.name = "passphrase", .type = OP_STRING, .flags = OP_SECRET, .help = "act.arg.passphrase"},
};

/* ---- is it possible? ---- */

/* Nobody who went over with a part is moved back by it. */
static enum rc check_ring(struct unit_act *a)
{
	char apart[ENTRY_SCOPE_LEN];
	struct buf ring;
	enum rc rc = RC_OK;

	buf_init(&ring, ERR_ARG_LEN - 1);
	units_ring(&a->units, a->from, a->into, apart, &ring);
	if (apart[0])
		rc = err_set(a->reterr, RC_CONFLICT, "M22", "units.ring", "scope", a->from, "into", a->into,
			     "apart", apart,
			     "ring", ring.p ? (const char *)ring.p : "", NULL);
	buf_free(&ring);
	return rc;
}

/* The one that goes on must go on, and the other must not have gone elsewhere. */
static enum rc check_units(struct unit_act *a)
{
	const struct units *u = &a->units;
	char end[ENTRY_SCOPE_LEN];

	if (strcmp(a->from, a->into) == 0)
		return err_set(a->reterr, RC_INPUT, "M18", "units.same", NULL);
	units_survivor(u, a->into, end);
	if (strcmp(end, a->into) != 0)
		return unit_act_refuse(a, "M18", "units.ended", a->into, end);
	if (unit_act_closed(a->into_unit))
		return unit_act_refuse(a, "M18", "units.closed", a->into, "");
	for (size_t i = 0; i < u->n; i++)
		if (strcmp(u->merger[i].closed, a->from) == 0) {
			a->done = true;
			if (strcmp(u->merger[i].into, a->into) != 0)
				return unit_act_refuse(a, "M18", "units.ended", a->from, u->merger[i].into);
		}
	return a->done ? RC_OK : check_ring(a);
}

static enum rc plan(struct unit_act *a)
{
	const struct unit_act_field f[] = {{"closed", a->from},
					   {"into", a->into},
					   {"closed_name", json_get_str(a->from_unit, "name")},
					   {"into_name", json_get_str(a->into_unit, "name")}};
	uint8_t id[16];
	enum rc rc = check_units(a);

	a->kind = UNIT_KIND;
	if (rc == RC_OK)
		rc = units_join(&a->units, a->from, a->into, &a->group, a->reterr);
	if (rc == RC_OK)
		rc = unit_act_want(a, unit_act_own, a);
	unit_merger_id(a->from, id);
	return rc == RC_OK ? unit_act_fields(a, id, f, sizeof(f) / sizeof(f[0])) : rc;
}

/* ---- doing it ---- */

/* The catalogue's own note of it, in the same group. */
static enum rc write_unit(void *arg, struct archive_writer *w, struct err *reterr)
{
	struct unit_act *a = arg;

	json_set_bool(a->from_unit, "closed", true);
	json_set_str(a->from_unit, "closed_into", a->into);
	return w->doc_put(w->ctx, "unit", a->from, a->from_unit, reterr);
}

static enum rc apply(struct unit_act *a)
{
	const char *into = json_get_str(a->from_unit, "closed_into");
	bool noted = into && strcmp(into, a->into) == 0 && unit_act_closed(a->from_unit);

	return unit_act_apply(a, write_unit, a, !noted);
}

/* ---- the answer ---- */

static struct json *answer(const struct unit_act *a, bool applied)
{
	struct json *o = json_object();

	json_set_str(o, "from", a->from);
	json_set_str(o, "from_name", json_get_str(a->from_unit, "name"));
	json_set_str(o, "into", a->into);
	json_set_str(o, "into_name", json_get_str(a->into_unit, "name"));
	unit_act_json(a, o);
	json_set_bool(o, "merged", a->done);
	json_set_bool(o, "applied", applied);
	return o;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct unit_act a;
	bool really = false;
	enum rc rc = unit_act_open(&a, call, in, "from", reterr);

	json_get_bool(in, "apply", &really);
	if (rc == RC_OK)
		rc = plan(&a);
	if (rc == RC_OK && really)
		rc = apply(&a);
	if (rc == RC_OK)
		*ret = answer(&a, really);
	unit_act_close(&a);
	return rc;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	bool applied = false, merged = false;
	char n[NUM_I64_LEN];

	json_get_bool(out, "applied", &applied);
	json_get_bool(out, "merged", &merged);
	num_str((int64_t)json_len(json_get_arr(out, "certs")), n);
	lang_format(lang, text,
		    !applied ? "unit.preview" : merged ? "unit.again" : "unit.done", "n", n, "from",
		    json_get_str(out, "from_name"), "from_code", json_get_str(out, "from"), "into",
		    json_get_str(out, "into_name"), "into_code", json_get_str(out, "into"), NULL);
	buf_add_char(text, '\n');
	unit_act_print(lang, out, text);
}

const struct op op_unit_merge = {"unit merge",
				 "unit.summary",
				 OP_WRITE,
				 args,
				 sizeof(args) / sizeof(args[0]),
				 run,
				 print,
				 NULL};
