/*
 * op choose: where several people corrected one check, say which correction counts (or the
 * check itself): an entity of kind choice, one for each check, changed like any decision,
 * with a reason. What is not chosen stays as it is. Clause M17.
 */
#include <string.h>

#include "agent/ops.h"
#include "agent/print.h"
#include "agent/record.h"
#include "lib/codec.h"

static const struct op_arg args[] = {
    {.name = "id",
     .type = OP_STRING,
     .flags = OP_POSITIONAL | OP_REQUIRED,
     .help = "choose.arg.id",
     .meta = "ID"},
    {.name = "reason",
     .type = OP_STRING,
     .flags = OP_REQUIRED,
     .help = "arg.reason",
     .meta = "TEXT"},
    {.name = "clerk", .type = OP_STRING, .flags = 0, .help = "arg.clerk", .meta = "NAME"},
    {.name = "pin", .type = OP_STRING, .flags = OP_SECRET, .help = "arg.pin"},
};

/* The check whose corrections it is about: the one e corrects, or e itself. */
static enum rc find_of(const struct chain *c, const struct store_entity *e, uint8_t ret[16],
		       struct err *reterr)
{
	if (!merge_ref(e->state, e->form, CHAIN_FIELD, ret) ||
	    !chain_correction(c, e->scope, ret, 1))
		memcpy(ret, e->id, 16);
	if (!chain_correction(c, e->scope, ret, 1))
		return err_set(reterr, RC_INPUT, "M17", "choose.nothing", NULL);
	return RC_OK;
}

/* The choice there is, or a new one. */
static enum rc write_choice(struct record_batch *b, const struct store_entity *e,
			    const uint8_t of[16], const struct json *fields, const char *reason,
			    struct json **ret, struct err *reterr)
{
	struct store_entity *was = NULL;
	const struct form *f = form_set_open(store_forms(b->agent->store), CHAIN_KIND);
	uint8_t id[16];
	enum rc rc;

	if (!f)
		return err_set(reterr, RC_NOTFOUND, NULL, "record.no_kind", "kind", CHAIN_KIND,
			       NULL);
	chain_choice_id(of, id);
	rc = store_entity(b->agent->store, e->scope, CHAIN_KIND, id, &was, reterr);
	if (rc == RC_NOTFOUND)
		rc = RC_OK;
	if (rc == RC_OK) {
		const struct record_whole w = {
		    .form = f, .scope = e->scope, .id = id, .was = was, .fields = fields, .reason = reason};
		rc = record_write(b, &w, ret, reterr);
	}
	store_entity_free(was);
	return rc;
}

static enum rc choose(struct record_batch *b, const struct json *in, struct json *all,
		      struct err *reterr)
{
	struct store_entity *e = NULL;
	struct chain *c = NULL;
	struct json *fields = NULL;
	uint8_t of[16];
	struct json *one = NULL;
	enum rc rc = look_find(b->agent, NULL, json_get_str(in, "id"), &e, reterr);

	if (rc == RC_OK)
		rc = store_chain(b->agent->store, e->kind, &c, reterr);
	if (rc == RC_OK)
		rc = find_of(c, e, of, reterr);
	if (rc == RC_OK) {
		fields = chain_choice(c, e->scope, of, e->id);
		rc = write_choice(b, e, of, fields, json_get_str(in, "reason"), &one, reterr);
	}
	json_free(fields);
	chain_free(c);
	if (rc == RC_OK)
		json_append(all, one);
	store_entity_free(e);
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	return record_act(call, in, choose, ret, reterr);
}

const struct op op_choose = {
    "choose", "choose.summary", OP_WRITE,    args, sizeof(args) / sizeof(args[0]),
    run,      print_records,    print_saved};
