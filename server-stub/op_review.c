/*
 * op review: a signed decision about a submission: approved, returned with comments on
 * fields, or rejected. It is an entry in the submission's own scope, so it syncs down.
 * Clause M19. Of several records each has its own entry and its own outcome; the key is opened
 * once. Nobody approves what is not as it was sealed, or decides below what was decided above.
 */
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "server-stub/act.h"
#include "server-stub/ops.h"
#include "server-stub/stand.h"
#include "server-stub/submission.h"
#include "sync/kinds.h"

static const char *const levels[] = {"commune", "province", "centre", NULL};

static const struct op_arg args[] = {
    {.name = "id", .type = OP_STRING, .flags = OP_REQUIRED | OP_POSITIONAL, .help = "act.arg.id"},
    {.name = "also", .type = OP_LIST, .flags = OP_POSITIONAL, .help = "review.arg.also", .meta = "ID"},
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

/* Everything of one call, and what it makes of one record after the other. */
struct reviewing {
	const struct op_call *call;
	const struct json *in;
	const char *state;
	enum decision_level level;
	struct crypt_signer *signer;
	struct lang *lang;
	struct proof *proof;
};

/* The level of who decides, unless told; nobody decides above it. */
static enum rc pick_level(struct reviewing *w, struct err *reterr)
{
	const struct ingest_snapshot *snap = proof_snapshot(w->proof);
	const char *told = json_get_str(w->in, "level");
	enum decision_level most = DECISION_CENTRE;
	struct keyring_key key;

	if (keyring_find(snap->keyring, crypt_signer_pk(w->signer), &key) && key.cert &&
	    kinds_rule(key.cert->role)->decides != DECISION_NOBODY)
		most = kinds_rule(key.cert->role)->decides;
	w->level = told ? decision_level_of(told) : most;
	if (w->level <= most)
		return RC_OK;
	return err_set(reterr, RC_DENIED, "M19", "review.level", NULL);
}

static enum rc build(const struct reviewing *w, const struct act_entity *x,
		     const uint8_t newest[ENTRY_ID_LEN], struct json *fields, struct err *reterr)
{
	const char *reason = json_get_str(w->in, "reason");
	char id[CODEC_UUID_LEN + 1], entry[CODEC_B64U_32 + 1];

	codec_uuid(x->e.id, id);
	json_set_str(fields, "target", id);
	codec_b64u(newest, ENTRY_ID_LEN, entry);
	if (x->e.last_index >= 0) /* all its entries may be held */
		json_set_str(fields, DECISION_SEEN, entry);
	json_set_str(fields, "state", w->state);
	json_set_str(fields, "level", decision_level_name(w->level));
	if (reason)
		json_set_str(fields, "reason", reason);
	else if (strcmp(w->state, "approved") != 0)
		return err_set(reterr, RC_INPUT, NULL, "review.reason", NULL);
	return comments(w->in, x->form, fields, reterr);
}

static enum rc seal(const struct reviewing *w, const struct act_entity *x,
		    const struct json *fields, uint8_t retid[ENTRY_ID_LEN], int64_t *retindex,
		    struct err *reterr)
{
	struct collector *col = w->call->app;
	const struct form *f = form_set_open(x->snap->forms, "review");
	struct issuer *issuer = NULL;
	uint8_t id[16];
	enum rc rc = f ? RC_OK
		       : err_set(reterr, RC_NOTFOUND, NULL, "form.unknown", "name", "review", NULL);

	entry_uuid7(clock_now_ms(col->clock), id);
	if (rc == RC_OK)
		rc = issuer_open(col, w->signer, x->e.scope, &issuer, reterr);
	if (rc == RC_OK)
		rc = issuer_set(issuer, "review", f->version, id, fields, span_of(NULL, 0), retid,
				reterr);
	if (rc == RC_OK)
		rc = issuer_keep(issuer, retindex, reterr);
	issuer_free(issuer);
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

/* Is what was decided above it in force, or does another check count in its place? */
static enum rc check_standing(const struct reviewing *w, const struct act_entity *x,
			      struct err *reterr)
{
	struct stand st;
	enum rc rc = stand_read(proof_reader(w->proof), x->snap->forms, &x->e, &st, reterr);

	return rc == RC_OK ? stand_takes(&st, w->level, decision_state_of(w->state), reterr) : rc;
}

/* Are the stored bytes what was sealed? */
static enum rc check_seal(const struct reviewing *w, const struct act_entity *x,
			  struct err *reterr)
{
	struct json *proven = json_object();
	const struct json *wrong;
	enum rc rc = submission_proof(w->proof, &x->e, w->lang, true, proven, reterr);

	wrong = json_first(json_get_arr(proven, "wrong"));
	if (rc == RC_OK && wrong && strcmp(w->state, "approved") == 0)
		rc = err_set(reterr, RC_REFUSED, json_get_str(wrong, "clause"), "review.unsound",
			     "text", json_get_str(wrong, "text"), NULL);
	json_free(proven);
	return rc;
}

static enum rc review_one(const struct reviewing *w, const char *typed, struct json *o,
			  struct err *reterr)
{
	struct act_entity x = {.state = NULL};
	struct json *fields = json_object();
	char text[CODEC_B64U_32 + 1], id[CODEC_UUID_LEN + 1];
	uint8_t entry[ENTRY_ID_LEN];
	int64_t index = 0;
	enum rc rc = act_typed(w->call, json_get_str(w->in, "scope"), json_get_str(w->in, "kind"),
			       typed, &x, reterr);

	if (rc == RC_OK)
		rc = check_target(&x, reterr);
	if (rc == RC_OK)
		rc = check_seal(w, &x, reterr);
	if (rc == RC_OK)
		rc = stand_newest(proof_reader(w->proof), x.e.last_index, entry, reterr);
	if (rc == RC_OK)
		rc = build(w, &x, entry, fields, reterr);
	if (rc == RC_OK)
		rc = check_standing(w, &x, reterr);
	if (rc == RC_OK)
		rc = seal(w, &x, fields, entry, &index, reterr);
	if (rc == RC_OK) {
		codec_b64u(entry, sizeof(entry), text);
		codec_uuid(x.e.id, id);
		json_set_str(o, "target", id);
		json_set_str(o, "kind", x.e.kind);
		json_set_str(o, "scope", x.e.scope);
		json_set_str(o, "state", w->state);
		json_set_str(o, "level", decision_level_name(w->level));
		json_set_str(o, "entry", text);
		json_set_int(o, "index", index);
	}
	json_free(fields);
	act_entity_free(w->call->app, &x);
	return rc;
}

/* ---- several ---- */

/* Its own outcome: the members of review_one, or "error". */
static bool add_outcome(const struct reviewing *w, const char *typed, struct json *all)
{
	struct json *o = json_object(), *error;
	struct err why = {0};
	struct buf text;
	enum rc rc = review_one(w, typed, o, &why);

	if (rc != RC_OK) {
		buf_init(&text, LIMIT_TEXT);
		lang_err(w->lang, &why, &text);
		error = json_object();
		json_set_str(error, "key", why.key);
		json_set_str(error, "clause", why.clause);
		json_set_span(error, "text", span_buf(&text));
		json_set_str(o, "target", typed);
		json_set(o, "error", error);
		buf_free(&text);
	}
	json_append(all, o);
	return rc == RC_OK;
}

static struct json *review_all(const struct reviewing *w)
{
	struct json *o = json_object(), *all = json_array();
	const struct json *also = json_get_arr(w->in, "also");
	int64_t done = add_outcome(w, json_get_str(w->in, "id"), all);

	for (const struct json *i = json_first(also); i; i = json_next(i))
		done += add_outcome(w, json_str(i), all);
	json_set_int(o, "done", done);
	json_set_int(o, "failed", (int64_t)json_len(all) - done);
	json_set(o, "reviews", all);
	return o;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct reviewing w = {.call = call, .in = in};
	struct json *o = NULL;
	enum rc rc = pick_state(in, &w.state, reterr);

	if (rc == RC_OK)
		rc = act_lang(call, &w.lang, reterr);
	if (rc == RC_OK)
		rc = act_signer(call->app, in, &w.signer, reterr);
	if (rc == RC_OK)
		rc = proof_open(call->app, w.lang, &w.proof, reterr);
	if (rc == RC_OK)
		rc = pick_level(&w, reterr);
	if (rc == RC_OK && json_len(json_get_arr(in, "also")) > 0) {
		*ret = review_all(&w);
	} else if (rc == RC_OK) {
		o = json_object();
		rc = review_one(&w, json_get_str(in, "id"), o, reterr);
		if (rc == RC_OK)
			*ret = o;
		else
			json_free(o);
	}
	proof_free(w.proof);
	crypt_signer_free(w.signer);
	lang_free(w.lang);
	return rc;
}

static void print_one(const struct lang *lang, const struct json *o, struct buf *text)
{
	char key[ERR_KEY_LEN] = "review.done.";
	const char *state = json_get_str(o, "state");
	const struct json *error = json_get_obj(o, "error");

	if (error) {
		lang_format(lang, text, "review.failed", "id", json_get_str(o, "target"), "text",
			    json_get_str(error, "text"), NULL);
		lang_clause(json_get_str(error, "clause"), text);
	} else {
		memcpy(key + strlen(key), state, strlen(state) + 1);
		lang_format(lang, text, key, "id", json_get_str(o, "target"), NULL);
	}
	buf_add_char(text, '\n');
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	const struct json *all = json_get_arr(out, "reviews");

	if (!all)
		print_one(lang, out, text);
	for (const struct json *o = json_first(all); o; o = json_next(o))
		print_one(lang, o, text);
}

/* One that could not be decided makes the command fail, though the others stand. */
static enum rc verdict(const struct json *out)
{
	int64_t failed = 0;

	return json_get_int(out, "failed", &failed) && failed > 0 ? RC_REFUSED : RC_OK;
}

const struct op op_review = {"review", "review.summary", OP_WRITE, args,
			     sizeof(args) / sizeof(args[0]), run, print, verdict};
