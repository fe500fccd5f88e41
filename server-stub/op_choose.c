/*
 * op choose: where several people corrected one check, the centre says which correction counts
 * (or the check itself): an entity of kind choice, one for each check, changed like any
 * decision, with a reason. Clause M17.
 */
#include <string.h>

#include "lib/limits.h"
#include "server-stub/act.h"
#include "server-stub/matter.h"
#include "server-stub/ops.h"

static const struct op_arg args[] = {
    {.name = "id", .type = OP_STRING, .flags = OP_REQUIRED | OP_POSITIONAL, .help = "choose.arg.id"},
    {.name = "reason",
     .type = OP_STRING,
     .flags = OP_REQUIRED,
     .help = "act.arg.reason",
     .meta = "TEXT"},
    ACT_WHICH,
    ACT_ARGS,
};

/* What a choice is written from. */
struct choosing {
	struct json *fields;     /* of, chosen, among */
	uint8_t id[16];          /* of the choice */
	struct merge_state *was; /* NULL: the first one */
	unsigned version;        /* of its form */
};

/* The check whose corrections it is about: the one x corrects, or x itself. */
static enum rc find_of(const struct chain *c, const struct act_entity *x, uint8_t ret[16],
		       struct err *reterr)
{
	if (!merge_ref(x->state, x->form, CHAIN_FIELD, ret) ||
	    !chain_correction(c, x->e.scope, ret, 1))
		memcpy(ret, x->e.id, 16);
	if (!chain_correction(c, x->e.scope, ret, 1))
		return err_set(reterr, RC_INPUT, "M17", "choose.nothing", NULL);
	return RC_OK;
}

static enum rc prepare(struct collector *col, const struct act_entity *x, struct choosing *ret,
		       struct err *reterr)
{
	const struct form *f = form_set_open(x->snap->forms, CHAIN_KIND);
	struct archive_reader *r = NULL;
	struct chain *c = NULL;
	struct err why;
	uint8_t of[16];
	enum rc rc;

	if (!f)
		return err_set(reterr, RC_NOTFOUND, NULL, "form.unknown", "name", CHAIN_KIND, NULL);
	rc = archive_read(col->archive, &r, &why);
	if (rc == RC_OK) {
		const struct matter_store m = matter_archive(r, x->snap->forms);
		rc = matter_chain(&m, x->e.scope, x->e.kind, &c, &why);
		if (rc == RC_OK)
			rc = find_of(c, x, of, &why);
		if (rc == RC_OK) {
			ret->version = f->version;
			ret->fields = chain_choice(c, x->e.scope, of, x->e.id);
			chain_choice_id(of, ret->id);
			rc = m.state(m.ctx, x->e.scope, CHAIN_KIND, ret->id, &ret->was, &why);
			rc = rc == RC_NOTFOUND ? RC_OK : rc;
		}
	}
	chain_free(c);
	archive_read_end(col->archive, r);
	if (rc != RC_OK && reterr)
		*reterr = why;
	return rc;
}

/* Sign it, naming the choices it replaces. */
static enum rc seal(struct collector *col, const struct json *in, const struct act_entity *x,
		    struct choosing *k, uint8_t retid[ENTRY_ID_LEN], int64_t *retindex,
		    struct err *reterr)
{
	static const char *const field[] = {"chosen", "among", "reason", NULL};
	struct crypt_signer *signer = NULL;
	struct issuer *issuer = NULL;
	struct buf after;
	enum rc rc = RC_OK;

	buf_init(&after, LIMIT_ENTRY_AFTER * ENTRY_ID_LEN);
	if (k->was && merge_fields(k->was) > 0) {
		json_remove(k->fields, "of"); /* written once */
		rc = merge_after(k->was, field, &after, reterr);
	}
	json_set_str(k->fields, "reason", json_get_str(in, "reason"));
	if (rc == RC_OK)
		rc = act_signer(col, in, &signer, reterr);
	if (rc == RC_OK)
		rc = issuer_open(col, signer, x->e.scope, &issuer, reterr);
	if (rc == RC_OK)
		rc = issuer_set(issuer, CHAIN_KIND, k->version, k->id, k->fields, span_buf(&after),
				retid, reterr);
	if (rc == RC_OK)
		rc = issuer_keep(issuer, retindex, reterr);
	issuer_free(issuer);
	crypt_signer_free(signer);
	buf_free(&after);
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct collector *col = call->app;
	struct act_entity x = {.state = NULL};
	struct choosing k = {.was = NULL};
	uint8_t entry[ENTRY_ID_LEN];
	int64_t index = 0;
	enum rc rc = act_named(call, in, &x, reterr);

	if (rc == RC_OK)
		rc = prepare(col, &x, &k, reterr);
	if (rc == RC_OK)
		rc = seal(col, in, &x, &k, entry, &index, reterr);
	if (rc == RC_OK)
		*ret = act_answer(&x, entry, index);
	json_free(k.fields);
	merge_free(k.was);
	act_entity_free(col, &x);
	return rc;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	lang_format(lang, text, "choose.done", "id", json_get_str(out, "id"), NULL);
	buf_add_char(text, '\n');
}

const struct op op_choose = {
    "choose", "choose.summary", OP_WRITE, args, sizeof(args) / sizeof(args[0]), run, print, NULL};
