/*
 * op review: a signed decision about a submission: approved, returned with comments on
 * fields, or rejected. It is an entry in the submission's own scope, so it syncs down.
 */
#include <string.h>

#include "lib/codec.h"
#include "server-stub/act.h"
#include "server-stub/ops.h"

static const char *const levels[] = {"commune", "province", "centre", NULL};

static const struct op_arg args[] = {
    {.name = "id", .type = OP_STRING, .flags = OP_REQUIRED | OP_POSITIONAL, .help = "act.arg.id"},
    {.name = "approve", .type = OP_BOOL, .help = "review.arg.approve"},
    {.name = "return", .type = OP_BOOL, .help = "review.arg.return"},
    {.name = "reject", .type = OP_BOOL, .help = "review.arg.reject"},
    {.name = "field", .type = OP_LIST, .help = "review.arg.field", .meta = "FIELD"},
    {.name = "comment", .type = OP_LIST, .help = "review.arg.comment", .meta = "TEXT"},
    {.name = "reason", .type = OP_STRING, .help = "act.arg.reason", .meta = "TEXT"},
    {.name = "level", .type = OP_STRING, .help = "review.arg.level", .choice = levels},
    ACT_WHICH,
    ACT_ARGS,
};

static const struct {
	const char *option, *state;
} outcome[] = {{"approve", "approved"}, {"return", "returned"}, {"reject", "rejected"}};

static enum rc pick_state(const struct json *in, const char **ret, struct err *reterr)
{
	const char *state = NULL;
	size_t n = 0;

	for (size_t i = 0; i < sizeof(outcome) / sizeof(outcome[0]); i++) {
		bool on = false;

		if (json_get_bool(in, outcome[i].option, &on) && on) {
			state = outcome[i].state;
			n++;
		}
	}
	if (n != 1)
		return err_set(reterr, RC_USAGE, NULL, "review.one", NULL);
	*ret = state;
	return RC_OK;
}

/* Comments as the form keeps them: "field: text", the i-th comment to the i-th field. */
static enum rc comments(const struct json *in, const struct form *f, struct json *fields,
			struct err *reterr)
{
	const struct json *field = json_first(json_get_arr(in, "field"));
	const struct json *text = json_first(json_get_arr(in, "comment"));
	struct json *all = json_array();
	struct buf b;

	if (json_len(json_get_arr(in, "field")) != json_len(json_get_arr(in, "comment"))) {
		json_free(all);
		return err_set(reterr, RC_USAGE, NULL, "review.pairs", NULL);
	}
	for (; field; field = json_next(field), text = json_next(text)) {
		if (f && !form_field(f, json_str(field))) {
			json_free(all);
			return err_set(reterr, RC_INPUT, NULL, "form.no_field", "name",
				       json_str(field), NULL);
		}
		buf_init(&b, 4096);
		buf_addf(&b, "%s: %s", json_str(field), json_str(text));
		json_append(all, json_string_span(span_buf(&b)));
		buf_free(&b);
	}
	if (json_len(all) > 0)
		json_set(fields, "comments", all);
	else
		json_free(all);
	return RC_OK;
}

static enum rc build(const struct json *in, const struct act_entity *x, const char *state,
		     struct json *fields, struct err *reterr)
{
	const char *level = json_get_str(in, "level"), *reason = json_get_str(in, "reason");
	char id[CODEC_UUID_LEN + 1];

	codec_uuid(x->e.id, id);
	json_set_str(fields, "target", id);
	json_set_str(fields, "state", state);
	json_set_str(fields, "level", level ? level : "centre");
	if (reason)
		json_set_str(fields, "reason", reason);
	else if (strcmp(state, "approved") != 0)
		return err_set(reterr, RC_INPUT, NULL, "review.reason", NULL);
	return comments(in, x->form, fields, reterr);
}

static enum rc seal(struct collector *col, const struct json *in, const struct act_entity *x,
		    const struct json *fields, uint8_t retid[ENTRY_ID_LEN], int64_t *retindex,
		    struct err *reterr)
{
	const struct form *f = form_set_open(x->snap->forms, "review");
	struct crypt_signer *signer = NULL;
	struct issuer *issuer = NULL;
	uint8_t id[16];
	enum rc rc = act_signer(col, in, &signer, reterr);

	entry_uuid7(clock_now_ms(col->clock), id);
	if (rc == RC_OK && !f)
		rc = err_set(reterr, RC_NOTFOUND, NULL, "form.unknown", "name", "review", NULL);
	if (rc == RC_OK)
		rc = issuer_open(col, signer, x->e.scope, &issuer, reterr);
	if (rc == RC_OK)
		rc = issuer_set(issuer, "review", f->version, id, fields, span_of(NULL, 0), retid,
				reterr);
	if (rc == RC_OK)
		rc = issuer_keep(issuer, retindex, reterr);
	issuer_free(issuer);
	crypt_signer_free(signer);
	return rc;
}

/* The records the form of reviews says a review may speak of. */
static enum rc check_target(const struct act_entity *x, struct err *reterr)
{
	const struct form *f = form_set_open(x->snap->forms, "review");
	const struct form_field *target = f ? form_field(f, "target") : NULL;
	const char *kind = x->form ? x->form->label.vi : x->e.kind;

	for (size_t i = 0; target && i < target->nof; i++)
		if (strcmp(target->of[i], x->e.kind) == 0)
			return RC_OK;
	return err_set(reterr, RC_INPUT, NULL, "review.no_target", "kind", kind, "kind_en",
		       x->form ? form_say(x->form->label, "en") : kind, NULL);
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct collector *col = call->app;
	struct act_entity x = {.state = NULL};
	struct json *fields = json_object();
	char text[CODEC_B64U_32 + 1], id[CODEC_UUID_LEN + 1];
	uint8_t entry[ENTRY_ID_LEN];
	const char *state = NULL;
	int64_t index = 0;
	enum rc rc = pick_state(in, &state, reterr);

	if (rc == RC_OK)
		rc = act_named(call, in, &x, reterr);
	if (rc == RC_OK)
		rc = check_target(&x, reterr);
	if (rc == RC_OK)
		rc = build(in, &x, state, fields, reterr);
	if (rc == RC_OK)
		rc = seal(col, in, &x, fields, entry, &index, reterr);
	if (rc == RC_OK) {
		codec_b64u(entry, sizeof(entry), text);
		codec_uuid(x.e.id, id);
		*ret = json_object();
		json_set_str(*ret, "target", id);
		json_set_str(*ret, "kind", x.e.kind);
		json_set_str(*ret, "scope", x.e.scope);
		json_set_str(*ret, "state", state);
		json_set_str(*ret, "entry", text);
		json_set_int(*ret, "index", index);
	}
	json_free(fields);
	act_entity_free(col, &x);
	return rc;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	char key[ERR_KEY_LEN] = "review.done.";
	const char *state = json_get_str(out, "state");

	memcpy(key + strlen(key), state, strlen(state) + 1);
	lang_format(lang, text, key, "id", json_get_str(out, "target"), NULL);
	buf_add_char(text, '\n');
}

const struct op op_review = {
    "review", "review.summary", OP_WRITE, args, sizeof(args) / sizeof(args[0]), run, print, NULL};
