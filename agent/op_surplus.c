/*
 * op surplus: a thing that stands there and is in no book: a new asset without a code, and its
 * line in the stocktake (book figures 0) and its photo, sealed together.
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
    {.name = "fields",
     .type = OP_PAIRS,
     .flags = OP_POSITIONAL | OP_REQUIRED,
     .help = "surplus.arg.fields",
     .meta = "FIELD=VALUE"},
    {.name = "attach", .type = OP_PATH, .flags = 0, .help = "record.arg.attach", .meta = "FILE"},
    {.name = "image", .type = OP_STRING, .flags = 0, .help = "count.arg.image", .meta = "HASH"},
    {.name = "room", .type = OP_STRING, .flags = 0, .help = "stocktake.arg.room", .meta = "ROOM"},
    {.name = "clerk", .type = OP_STRING, .flags = 0, .help = "arg.clerk", .meta = "NAME"},
    {.name = "pin", .type = OP_STRING, .flags = OP_SECRET, .help = "arg.pin"},
};

static void set_if_none(struct json *o, const char *name, const char *value)
{
	if (value && !json_get(o, name))
		json_set_str(o, name, value);
}

/* The asset as the clerk tells it, and what the session tells of it. */
static struct json *asset_item(const struct stocktake *t, const struct json *in)
{
	struct json *item = json_object(), *f = json_copy(json_get(in, "fields"));

	set_if_none(f, "unit_code", json_get_str(t->rec, "unit_code"));
	set_if_none(f, "facility_id", json_get_str(t->rec, "facility_id"));
	set_if_none(f, "location", json_get_str(in, "room"));
	set_if_none(f, "origin", "kiem_ke_thua");
	set_if_none(f, "value_basis", "chua_xac_dinh");
	json_set_str(item, "kind", "asset");
	json_set(item, "fields", f);
	return item;
}

static struct json *line_item(const struct stocktake *t, const struct json *asset,
			      const struct json *done)
{
	static const char *const none[] = {"book_qty", "book_cost", "book_residual"};
	struct json *item = json_object(), *f = json_object();

	json_set_str(f, "asset", json_get_str(done, "id"));
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		json_set_int(f, none[i], 0);
	json_set_str(f, "count_status", "da_kiem");
	json_set(f, "counted_qty", json_copy(json_get(asset, "quantity")));
	json_set(f, "condition", json_copy(json_get(asset, "condition")));
	json_set(f, "use_state", json_copy(json_get(asset, "use_state")));
	json_set_str(f, "cause", "chua_ghi_so");
	json_set_str(f, "proposal", "ghi_tang");
	json_set_str(item, "kind", t->line->name);
	json_set_str(item, "parent", t->uuid);
	json_set(item, "fields", f);
	return item;
}

static enum rc take(struct record_batch *b, const struct json *item, struct json *all,
		    struct err *reterr)
{
	struct json *one = NULL;
	enum rc rc = record_take(b, item, &one, reterr);

	if (rc == RC_OK)
		json_append(all, one);
	return rc;
}

static enum rc surplus(struct record_batch *b, const struct json *in, struct json *all,
		       struct err *reterr)
{
	struct json *asset = NULL, *line = NULL;
	struct stocktake t;
	enum rc rc = stocktake_open(&t, &b->look, json_get_str(in, "session"), reterr);

	if (rc == RC_OK)
		rc = stocktake_counting(&t, reterr);
	if (rc == RC_OK) {
		asset = asset_item(&t, in);
		rc = take(b, asset, all, reterr);
	}
	if (rc == RC_OK && !b->failed) {
		line = line_item(&t, json_get(asset, "fields"), json_first(all));
		rc = take(b, line, all, reterr);
	}
	if (rc == RC_OK && !b->failed)
		rc = stocktake_photo(b, in, json_get_str(json_at(all, 1), "id"), all, reterr);
	json_free(asset);
	json_free(line);
	stocktake_close(&t);
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	return record_act(call, in, surplus, ret, reterr);
}

const struct op op_surplus = {
    "surplus", "surplus.summary", OP_WRITE,   args, sizeof(args) / sizeof(args[0]),
    run,       print_records,     print_saved};
