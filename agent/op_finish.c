/*
 * op finish: end a stocktake. Assets nobody counted get a line that says so, with what the books
 * hold of them now, so that the minutes say the same in years to come; then the session is
 * sealed as finished, all in one transaction. The form's rules (a committee with one head) hold.
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
    {.name = "reason", .type = OP_STRING, .flags = 0, .help = "arg.reason", .meta = "TEXT"},
    {.name = "clerk", .type = OP_STRING, .flags = 0, .help = "arg.clerk", .meta = "NAME"},
    {.name = "pin", .type = OP_STRING, .flags = OP_SECRET, .help = "arg.pin"},
};

static enum rc write_uncounted(struct record_batch *b, const struct stocktake *t,
			       const struct json *row, struct err *reterr)
{
	struct json *item = json_object(), *f = json_object(), *one = NULL;
	enum rc rc;

	json_set_str(f, "asset", json_get_str(row, "asset"));
	json_set_str(f, "count_status", "chua_kiem");
	json_set_str(item, "kind", t->line->name);
	json_set_str(item, "parent", t->uuid);
	json_set(item, "fields", f);
	rc = record_take(b, item, &one, reterr);
	json_free(one);
	json_free(item);
	return rc;
}

static enum rc close_session(struct record_batch *b, const struct stocktake *t, const char *reason,
			     struct json *all, struct err *reterr)
{
	struct json *typed = json_object(), *one = NULL;
	struct record_change c = {.e = t->e,
				  .typed = typed,
				  .reason =
				      reason ? reason : lang_text(b->look.lang, "finish.reason")};
	enum rc rc;

	json_set_str(typed, "state", "da_chot");
	rc = record_edit(b, &c, &one, reterr);
	if (rc == RC_OK)
		json_append(all, one);
	json_free(typed);
	return rc;
}

static enum rc finish(struct record_batch *b, const struct json *in, struct json *all,
		      struct err *reterr)
{
	const struct stocktake_want all_assets = {.room = NULL};
	struct json *rows = NULL;
	struct stocktake t;
	enum rc rc = stocktake_open(&t, &b->look, json_get_str(in, "session"), reterr);

	if (rc == RC_OK)
		rc = stocktake_counting(&t, reterr);
	if (rc == RC_OK)
		rc = stocktake_rows(&t, &all_assets, &rows, reterr);
	for (const struct json *x = json_first(rows); rc == RC_OK && x; x = json_next(x))
		if (!json_get(x, "line"))
			rc = write_uncounted(b, &t, x, reterr);
	if (rc == RC_OK) /* last: what was written before it is not late (sync/late) */
		rc = close_session(b, &t, json_get_str(in, "reason"), all, reterr);
	json_free(rows);
	stocktake_close(&t);
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	return record_act(call, in, finish, ret, reterr);
}

const struct op op_finish = {
    "finish", "finish.summary", OP_WRITE,   args, sizeof(args) / sizeof(args[0]),
    run,      print_records,    print_saved};
