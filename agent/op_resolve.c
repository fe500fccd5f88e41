/*
 * op resolve: choose a value where two stand, or take back an earlier choice: an entry
 * that names all siblings and says why (M10). The values not chosen stay in the history.
 */
#include "agent/ops.h"
#include "agent/print.h"
#include "agent/record.h"
#include "agent/seen.h"
#include "sync/kinds.h"

static const struct op_arg args[] = {
    {.name = "id",
     .type = OP_STRING,
     .flags = OP_POSITIONAL | OP_REQUIRED,
     .help = "record.arg.id",
     .meta = "ID"},
    {.name = "fields",
     .type = OP_PAIRS,
     .flags = OP_POSITIONAL | OP_REQUIRED,
     .help = "record.arg.fields",
     .meta = "FIELD=VALUE"},
    {.name = "reason",
     .type = OP_STRING,
     .flags = OP_REQUIRED,
     .help = "arg.reason",
     .meta = "TEXT"},
    {.name = "seen", .type = OP_LIST, .help = "resolve.arg.seen", .meta = "ENTRY"},
    {.name = "clerk", .type = OP_STRING, .flags = 0, .help = "arg.clerk", .meta = "NAME"},
    {.name = "pin", .type = OP_STRING, .flags = OP_SECRET, .help = "arg.pin"},
};

/* It replaces every value that stands (M10), so whoever decides has to have seen each. */
static enum rc check_seen(const struct json *in, const struct store_entity *e, struct err *reterr)
{
	const struct json *seen = json_get_arr(in, "seen");

	for (const struct json *f = json_first(json_get(in, "fields")); seen && f; f = json_next(f))
		if (!seen_covers(seen, e->state, json_name(f)))
			return err_set(reterr, RC_CONFLICT, "M10", "resolve.changed", NULL);
	return RC_OK;
}

static enum rc resolve(struct record_batch *b, const struct json *in, struct json *all,
		       struct err *reterr)
{
	struct record_change c = {.typed = json_get(in, "fields"),
				  .reason = json_get_str(in, "reason"),
				  .decide = true};
	struct store_entity *e = NULL;
	struct json *one = NULL;
	enum rc rc = look_find(b->agent, NULL, json_get_str(in, "id"), &e, reterr);

	if (rc != RC_OK)
		return rc;
	c.e = e;
	if (kinds_once(e->kind))
		rc = err_set(reterr, RC_CONFLICT, "M12", "record.submitted", "id",
			     json_get_str(in, "id"), NULL);
	else
		rc = check_seen(in, e, reterr);
	if (rc == RC_OK)
		rc = record_edit(b, &c, &one, reterr);
	if (rc == RC_OK)
		json_append(all, one);
	store_entity_free(e);
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	return record_act(call, in, resolve, ret, reterr);
}

const struct op op_resolve = {
    "resolve", "resolve.summary", OP_WRITE,   args, sizeof(args) / sizeof(args[0]),
    run,       print_records,     print_saved};
