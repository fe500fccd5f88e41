/*
 * op submit: seal a draft with its lines, all in one transaction: a check or statement, a new
 * record of a register, a change of one. What the form does not
 * accept is told in the user's words and nothing is sealed; the draft stays.
 */
#include "agent/draft.h"
#include "agent/ops.h"
#include "agent/print.h"
#include "agent/record.h"

static const struct op_arg args[] = {
    {.name = "id",
     .type = OP_STRING,
     .flags = OP_POSITIONAL | OP_REQUIRED,
     .help = "submit.arg.id",
     .meta = "ID"},
    {.name = "clerk", .type = OP_STRING, .flags = 0, .help = "arg.clerk", .meta = "NAME"},
    {.name = "pin", .type = OP_STRING, .flags = OP_SECRET, .help = "arg.pin"},
};

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct json *draft = NULL, *o = NULL, *all;
	const struct form *f = NULL, *newest;
	struct record_batch b;
	enum rc rc = record_begin(&b, call, in, reterr);

	if (rc == RC_OK)
		rc = draft_find(b.agent, NULL, json_get_str(in, "id"), &draft, reterr);
	if (rc == RC_OK)
		rc = record_draft_form(&b, draft, &f, reterr);
	if (rc == RC_OK)
		rc = record_seal_draft(&b, f, draft, &o, reterr);
	if (rc == RC_OK)
		rc = record_keep(&b, reterr);
	if (rc == RC_OK) {
		newest = form_set_open(store_forms(b.agent->store), f->name);
		json_set_bool(o, "newer_form", newest && newest->version > f->version);
		if (b.failed)
			json_set_str(o, "state", "draft");
		all = json_array();
		json_append(all, o);
		*ret = record_answer(&b, all);
	} else {
		json_free(o);
	}
	json_free(draft);
	record_end(&b);
	return rc;
}

const struct op op_submit = {
    "submit", "submit.summary", OP_WRITE,   args, sizeof(args) / sizeof(args[0]),
    run,      print_records,    print_saved};
