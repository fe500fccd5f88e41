/*
 * op count: what a clerk says of one asset in a stocktake: how many, in which condition, why it
 * is missing, what is proposed, a photo of what is broken. Makes the asset's line, or changes it; all
 * of it is sealed together. The work is in agent/stocktake_count.c.
 */
#include <string.h>

#include "agent/ops.h"
#include "agent/print.h"
#include "agent/stocktake.h"

static const struct op_arg args[] = {
    {.name = "session",
     .type = OP_STRING,
     .flags = OP_POSITIONAL | OP_REQUIRED,
     .help = "stocktake.arg.session",
     .meta = "SESSION"},
    {.name = "asset",
     .type = OP_STRING,
     .flags = OP_POSITIONAL | OP_REQUIRED,
     .help = "count.arg.asset",
     .meta = "ASSET"},
    {.name = "fields",
     .type = OP_PAIRS,
     .flags = OP_POSITIONAL,
     .help = "record.arg.fields",
     .meta = "FIELD=VALUE"},
    {.name = "attach", .type = OP_PATH, .flags = 0, .help = "record.arg.attach", .meta = "FILE"},
    {.name = "image", .type = OP_STRING, .flags = 0, .help = "count.arg.image", .meta = "HASH"},
    {.name = "seen", .type = OP_LIST, .help = "record.arg.seen", .meta = "ENTRY"},
    {.name = "reason", .type = OP_STRING, .flags = 0, .help = "arg.reason", .meta = "TEXT"},
    {.name = "clerk", .type = OP_STRING, .flags = 0, .help = "arg.clerk", .meta = "NAME"},
    {.name = "pin", .type = OP_STRING, .flags = OP_SECRET, .help = "arg.pin"},
};

/* The asset typed: a code or label, or what else names a record. */
static enum rc asset_of(struct record_batch *b, const char *typed, struct store_entity **ret,
			struct err *reterr)
{
	size_t n = 0;
	enum rc rc = stocktake_find(b->agent, typed, ret, &n, reterr);

	if (rc == RC_OK && n > 1)
		rc = err_num(reterr, RC_CONFLICT, NULL, "store.ambiguous", "count", (long long)n);
	return rc == RC_OK && n == 0 ? look_find(b->agent, "asset", typed, ret, reterr) : rc;
}

static enum rc count(struct record_batch *b, const struct json *in, struct json *all,
		     struct err *reterr)
{
	const char *why = json_get_str(in, "reason");
	struct store_entity *asset = NULL;
	struct json *one = NULL, *none = json_object();
	const struct json *fields = json_get(in, "fields") ? json_get(in, "fields") : none;
	struct stocktake t;
	enum rc rc = stocktake_open(&t, &b->look, json_get_str(in, "session"), reterr);

	if (rc == RC_OK)
		rc = stocktake_counting(&t, reterr);
	if (rc == RC_OK)
		rc = asset_of(b, json_get_str(in, "asset"), &asset, reterr);
	if (rc == RC_OK)
		rc = stocktake_write(&t, b, asset, fields, json_get_arr(in, "seen"),
				     why ? why : lang_text(b->look.lang, "count.reason"), &one,
				     reterr);
	if (rc == RC_OK)
		json_append(all, one);
	if (rc == RC_OK && !b->failed)
		rc = stocktake_photo(b, in, json_get_str(one, "id"), all, reterr);
	json_free(none);
	store_entity_free(asset);
	stocktake_close(&t);
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	return record_act(call, in, count, ret, reterr);
}

const struct op op_count = {
    "count", "count.summary", OP_WRITE,   args, sizeof(args) / sizeof(args[0]),
    run,     print_records,   print_saved};
