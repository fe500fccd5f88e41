/*
 * op verify record: on the spot, from the stored bytes: every entry of one record, of a submission
 * those of its lines and of their photos too: its seal, and its place in the log where it has a receipt. Reads only.
 * Clauses E1-E25, A1, L2-L4.
 */
#include <string.h>

#include "agent/look.h"
#include "agent/ops.h"
#include "agent/store_verify.h"
#include "agent/verify.h"
#include "lib/codec.h"

static const struct op_arg args[] = {
    {.name = "id",
     .type = OP_STRING,
     .flags = OP_POSITIONAL | OP_REQUIRED,
     .help = "record.arg.id",
     .meta = "ID"},
};

struct walk {
	struct verify v;
	struct look look;
	int64_t logged, proven;
	struct json *number; /* places in the log of the record's own entries */
	enum rc rc;
	struct err *reterr;
};

static bool take(void *arg, const struct store_raw *x)
{
	struct walk *w = arg;
	struct err why;
	int64_t receipts = 0;

	w->v.entries++;
	err_clear(&why);
	if (store_verify_one(x, &why) == RC_OK)
		w->v.signatures++;
	else
		verify_fail(&w->v, x->id, NULL, &why);
	err_clear(&why);
	if (store_verify_receipt(w->look.agent->store, x, &receipts, &why) != RC_OK)
		verify_fail(&w->v, x->id, NULL, &why);
	else
		w->v.receipts += receipts;
	return true;
}

static enum rc one_entity(struct walk *w, int64_t no, bool own, struct err *reterr)
{
	struct look_history h = {0};
	enum rc rc = look_history(w->look.agent, no, &h, reterr);

	for (size_t i = 0; rc == RC_OK && i < h.n; i++) {
		const struct store_entry *x = &h.entry[i].x;
		w->logged += x->index >= 0;
		w->proven += x->proven;
		if (own && x->index >= 0)
			json_append(w->number, json_integer(x->index));
		rc = store_verify_get(w->look.agent->store, x->id, take, w, reterr);
	}
	look_history_free(&h);
	return rc;
}

static bool take_line(void *arg, const struct look_item *x)
{
	struct walk *w = arg;
	struct store_entity *e = NULL;
	char uuid[CODEC_UUID_LEN + 1];
	struct store_filter parts = {.scope = x->scope, .parent = uuid};
	enum rc rc;

	w->rc = store_entity(w->look.agent->store, x->scope, x->kind, x->id, &e, w->reterr);
	if (w->rc == RC_OK)
		w->rc = one_entity(w, e->no, false, w->reterr);
	store_entity_free(e);
	codec_uuid(x->id, uuid);
	if (w->rc == RC_OK && x->form && x->form->nchild > 0) { /* a line's photos */
		rc = look_each(w->look.agent, &parts, take_line, w, w->reterr);
		if (w->rc == RC_OK)
			w->rc = rc;
	}
	return w->rc == RC_OK;
}

static bool is_submission(const struct form *f)
{
	return f && (f->class == FORM_CHECK || f->class == FORM_STATEMENT);
}

static enum rc check(struct walk *w, const char *typed, struct err *reterr)
{
	struct store_entity *e = NULL;
	char uuid[CODEC_UUID_LEN + 1];
	struct store_filter lines = {.parent = uuid};
	enum rc rc = look_find(w->look.agent, NULL, typed, &e, reterr);

	if (rc == RC_OK)
		rc = one_entity(w, e->no, true, reterr);
	if (rc == RC_OK && is_submission(e->form)) {
		codec_uuid(e->id, uuid);
		lines.scope = e->scope;
		w->reterr = reterr;
		rc = look_each(w->look.agent, &lines, take_line, w, reterr);
		if (rc == RC_OK)
			rc = w->rc;
	}
	store_entity_free(e);
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct walk w = {.number = json_array(), .rc = RC_OK};
	enum rc rc = verify_init(&w.v, call, reterr);

	if (rc == RC_OK)
		rc = look_open(&w.look, call, reterr);
	if (rc == RC_OK)
		rc = check(&w, json_get_str(in, "id"), reterr);
	if (rc == RC_OK) {
		*ret = verify_answer(&w.v);
		json_set_int(*ret, "logged", w.logged);
		json_set_int(*ret, "proven", w.proven);
		json_set_int(*ret, "quorum", store_quorum(w.look.agent->store));
		json_set(*ret, "numbers", w.number);
	} else {
		json_free(w.number);
	}
	look_close(&w.look);
	verify_free(&w.v);
	return rc;
}

const struct op op_verify_record = {
    "verify record", "verify.record.summary", OP_READ,      args, sizeof(args) / sizeof(args[0]),
    run,             verify_print,            verify_verdict};
