/*
 * op token add, token list, token revoke: tokens by which a spreadsheet reads the tables of the centre
 * (server-stub/access.h). Each act is an entry that a registrar seals, so it stands in the log and in `acts`.
 */
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "server-stub/access.h"
#include "server-stub/account.h"
#include "server-stub/act.h"
#include "server-stub/contacted.h"
#include "server-stub/ops.h"

enum { YEAR = 365 * 86400, NAME_CHARS = 100 };

static const struct op_arg add_args[] = {
    {.name = "name", .type = OP_STRING, .flags = OP_REQUIRED | OP_POSITIONAL, .help = "token.arg.name"},
    {.name = "account", .type = OP_STRING, .flags = OP_REQUIRED, .help = "token.arg.account"},
    {.name = "ends_on", .type = OP_STRING, .help = "token.arg.ends_on", .meta = "DATE"},
    ACT_ARGS,
};
static const struct op_arg revoke_args[] = {
    {.name = "id", .type = OP_STRING, .flags = OP_REQUIRED | OP_POSITIONAL, .help = "act.arg.id"},
    {.name = "reason", .type = OP_STRING, .flags = OP_REQUIRED, .help = "act.arg.reason"},
    ACT_ARGS,
};

/* ---- writing one ---- */

struct writing {
	struct collector *col;
	const struct json *in;
	const uint8_t *id;
	const struct json *fields;
	struct span after;
};

static enum rc seal(const struct writing *w, int64_t *retindex, struct err *reterr)
{
	const struct ingest_snapshot *snap = ingest_snapshot(w->col->ingest);
	const struct form *f = form_set_open(snap->forms, ACCESS_KIND);
	struct crypt_signer *signer = NULL;
	struct issuer *i = NULL;
	enum rc rc = f ? act_signer(w->col, w->in, &signer, reterr)
		       : err_set(reterr, RC_NOTFOUND, NULL, "form.unknown", "name", ACCESS_KIND, NULL);

	if (rc == RC_OK)
		rc = issuer_open(w->col, signer, "*", &i, reterr);
	if (rc == RC_OK)
		rc = issuer_set(i, ACCESS_KIND, f->version, w->id, w->fields, w->after, NULL, reterr);
	if (rc == RC_OK)
		rc = issuer_keep(i, retindex, reterr);
	issuer_free(i);
	crypt_signer_free(signer);
	ingest_snapshot_end(w->col->ingest, snap);
	return rc;
}

static struct json *answer(const uint8_t id[16], int64_t index)
{
	struct json *o = json_object();
	char text[CODEC_UUID_LEN + 1];

	codec_uuid(id, text);
	json_set_str(o, "id", text);
	json_set_int(o, "index", index);
	return o;
}

/* ---- token add ---- */

/* The last day: as typed, not before today; without a word a year from today. */
static enum rc last_day(struct collector *col, const struct json *in, char ret[TEXT_DATE_LEN],
			struct err *reterr)
{
	const char *typed = json_get_str(in, "ends_on");
	int64_t now = clock_now_s(col->clock);
	char today[TEXT_DATE_LEN];
	enum rc rc = RC_OK;

	text_time_date(now, today);
	if (typed && typed[0])
		rc = text_date(span_str(typed), ret, reterr);
	else
		text_time_date(now + YEAR, ret);
	if (rc == RC_OK && strcmp(ret, today) < 0)
		rc = err_set(reterr, RC_INPUT, NULL, "token.past", "value", typed, NULL);
	return rc;
}

/* Only for whoever works at the centre now: a token of nobody would look like one that works. */
static enum rc key_of(struct collector *col, const char *account, uint8_t ret[CRYPT_PK_LEN],
		      struct err *reterr)
{
	const struct ingest_snapshot *snap;
	struct who who;
	enum rc rc = account_key(col->archive, account, ret, reterr);

	if (rc == RC_NOTFOUND)
		return err_set(reterr, RC_NOTFOUND, NULL, "vault.none", "name", account, NULL);
	if (rc != RC_OK)
		return rc;
	snap = ingest_snapshot(col->ingest);
	rc = who_read(snap->keyring, account, ret, &who, reterr);
	ingest_snapshot_end(col->ingest, snap);
	if (rc == RC_OK)
		who_free(&who);
	return rc;
}

static enum rc fill(struct collector *col, const struct json *in, const char *hash, struct json *fields,
		    struct err *reterr)
{
	const char *name = json_get_str(in, "name"), *account = json_get_str(in, "account");
	char ends[TEXT_DATE_LEN], key[CODEC_B64U_32 + 1];
	uint8_t pk[CRYPT_PK_LEN];
	struct buf clean;
	enum rc rc;

	buf_init(&clean, LIMIT_TEXT);
	rc = text_clean(span_str(name), false, &clean, reterr);
	if (rc == RC_OK && (clean.len == 0 || text_chars(span_buf(&clean)) > NAME_CHARS))
		rc = err_num(reterr, RC_INPUT, NULL, "token.name", "max", NAME_CHARS);
	if (rc == RC_OK)
		rc = last_day(col, in, ends, reterr);
	if (rc == RC_OK)
		rc = key_of(col, account, pk, reterr);
	if (rc == RC_OK) {
		codec_b64u(pk, CRYPT_PK_LEN, key);
		json_set_span(fields, "name", span_buf(&clean));
		json_set_str(fields, "account", account);
		json_set_str(fields, "key", key);
		json_set_str(fields, "hash", hash);
		json_set_str(fields, "ends_on", ends);
	}
	buf_free(&clean);
	return rc;
}

static enum rc add_run(const struct op_call *call, const struct json *in, struct json **ret,
		       struct err *reterr)
{
	struct collector *col = call->app;
	struct json *fields = json_object();
	char token[ACCESS_LEN], hash[ACCESS_HASH];
	uint8_t id[16];
	int64_t index = 0;
	enum rc rc = collector_ready(col, reterr);

	access_new(token);
	access_hash(token, hash);
	access_id(hash, id);
	if (rc == RC_OK)
		rc = fill(col, in, hash, fields, reterr);
	if (rc == RC_OK) {
		const struct writing w = {col, in, id, fields, span_of(NULL, 0)};

		rc = seal(&w, &index, reterr);
	}
	if (rc == RC_OK) {
		*ret = answer(id, index);
		json_set_str(*ret, "name", json_get_str(fields, "name"));
		json_set_str(*ret, "account", json_get_str(fields, "account"));
		json_set_str(*ret, "ends_on", json_get_str(fields, "ends_on"));
		json_set_str(*ret, "token", token);
	}
	crypt_wipe(token, sizeof(token));
	json_free(fields);
	return rc;
}

static void add_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	lang_format(lang, text, "token.added", "name", json_get_str(out, "name"), "account",
		    json_get_str(out, "account"), "token", json_get_str(out, "token"), NULL);
	buf_add_char(text, '\n');
}

/* ---- token list ---- */

struct listing {
	const struct form *form;
	struct collector *col;
	struct archive_reader *r;
	struct json *all;
	enum rc rc;
	struct err *reterr;
};

/* "open", "closed", "past": as access_who takes it. */
static const char *state_of(const struct listing *l, const struct access *a, const struct archive_entity *e)
{
	char today[TEXT_DATE_LEN];

	text_time_date(clock_now_s(l->col->clock), today);
	return e->conflicts > 0 || a->closed ? "closed" : strcmp(a->ends_on, today) < 0 ? "past" : "open";
}

static bool take_made(void *arg, const struct archive_row *row)
{
	json_set_int(arg, "made_at", row->received_at);
	return true;
}

/* When it was made, and when somebody last read by it; nothing when nobody did. */
static enum rc put_times(struct listing *l, const struct access *a, const struct archive_entity *e,
			 struct json *o)
{
	uint8_t key[CONTACTED_KEY];
	int64_t at = 0;
	enum rc rc = l->r->rows(l->r->ctx, NULL, e->first_index, e->first_index + 1, take_made, o, l->reterr);

	if (rc == RC_OK && codec_hex_32(span_str(a->hash), key))
		rc = contacted_at(l->col->contacted, l->r, key, &at, l->reterr);
	if (rc == RC_OK && at > 0)
		json_set_int(o, "used_at", at);
	return rc;
}

static bool take(void *arg, const struct archive_entity *e)
{
	static const char *const shown[] = {"name", "account", "ends_on", "closed_on", "reason"};
	struct listing *l = arg;
	struct merge_state *s = NULL;
	struct json *fields, *o;
	char ends[TEXT_DATE_LEN] = "";
	struct access a;

	if (e->state.len == 0)
		return true; /* all its entries are held back */
	l->rc = merge_read(e->state, &s, l->reterr);
	if (l->rc != RC_OK)
		return false;
	fields = merge_json(s, l->form);
	if (access_read(fields, &a)) {
		o = answer(e->id, e->first_index);
		for (size_t i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
			if (json_get_str(fields, shown[i]))
				json_set_str(o, shown[i], json_get_str(fields, shown[i]));
		text_date_fmt(span_str(a.ends_on), ends, NULL);
		json_set_str(o, "ends_text", ends);
		json_set_str(o, "state", state_of(l, &a, e));
		json_append(l->all, o);
		l->rc = put_times(l, &a, e, o);
	}
	json_free(fields);
	merge_free(s);
	return l->rc == RC_OK;
}

static enum rc list_run(const struct op_call *call, const struct json *in, struct json **ret,
			struct err *reterr)
{
	const struct archive_filter f = {.scope = "*", .kind = ACCESS_KIND, .limit = INT64_MAX};
	struct listing l = {.col = call->app, .all = json_array(), .reterr = reterr};
	const struct ingest_snapshot *snap;
	bool ready = false;
	enum rc rc = collector_ready(l.col, reterr);

	(void)in;
	if (rc == RC_OK)
		rc = archive_read(l.col->archive, &l.r, reterr);
	if (rc == RC_OK) {
		snap = ingest_snapshot(l.col->ingest);
		l.form = form_set_newest(snap->forms, ACCESS_KIND);
		ready = form_set_open(snap->forms, ACCESS_KIND) != NULL;
		rc = l.r->entities(l.r->ctx, &f, take, &l, NULL, reterr);
		ingest_snapshot_end(l.col->ingest, snap);
	}
	archive_read_end(l.col->archive, l.r);
	rc = rc == RC_OK ? l.rc : rc;
	if (rc == RC_OK) {
		*ret = json_object();
		json_set(*ret, "tokens", l.all);
		json_set_bool(*ret, "ready", ready);
	} else {
		json_free(l.all);
	}
	return rc;
}

static void list_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	const struct json *all = json_get_arr(out, "tokens");

	if (json_len(all) == 0)
		buf_addf(text, "%s\n", lang_text(lang, "token.none"));
	for (const struct json *o = json_first(all); o; o = json_next(o)) {
		char key[ERR_KEY_LEN] = "token.state.";
		const char *state = json_get_str(o, "state");

		memcpy(key + strlen(key), state, strlen(state) + 1);
		lang_format(lang, text, "token.line", "id", json_get_str(o, "id"), "name",
			    json_get_str(o, "name"), "account", json_get_str(o, "account"), "ends_on",
			    json_get_str(o, "ends_text"), "state", lang_text(lang, key), NULL);
		buf_add_char(text, '\n');
	}
}

/* ---- token revoke ---- */

static enum rc revoke(struct collector *col, const struct json *in, const struct act_entity *x,
		      int64_t *retindex, struct err *reterr)
{
	static const char *const set[] = {"closed_on", "reason", NULL};
	struct json *fields = json_object();
	char today[TEXT_DATE_LEN];
	struct buf after;
	enum rc rc;

	buf_init(&after, LIMIT_ENTRY_PAYLOAD);
	text_time_date(clock_now_s(col->clock), today);
	json_set_str(fields, "closed_on", today);
	json_set_str(fields, "reason", json_get_str(in, "reason"));
	rc = merge_after(x->state, set, &after, reterr);
	if (rc == RC_OK) {
		const struct writing w = {col, in, x->e.id, fields, span_buf(&after)};

		rc = seal(&w, retindex, reterr);
	}
	buf_free(&after);
	json_free(fields);
	return rc;
}

static enum rc revoke_run(const struct op_call *call, const struct json *in, struct json **ret,
			  struct err *reterr)
{
	struct collector *col = call->app;
	struct act_entity x = {.state = NULL};
	int64_t index = 0;
	enum rc rc = act_typed(call, "*", ACCESS_KIND, json_get_str(in, "id"), &x, reterr);

	if (rc == RC_OK && !x.state)
		rc = err_set(reterr, RC_NOTFOUND, NULL, "archive.no_entity", NULL);
	if (rc == RC_OK)
		rc = revoke(col, in, &x, &index, reterr);
	if (rc == RC_OK)
		*ret = answer(x.e.id, index);
	act_entity_free(col, &x);
	return rc;
}

static void revoke_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	lang_format(lang, text, "token.revoked", "id", json_get_str(out, "id"), NULL);
	buf_add_char(text, '\n');
}

const struct op op_token_add = {"token add", "token.add_summary", OP_WRITE, add_args,
				sizeof(add_args) / sizeof(add_args[0]), add_run, add_print, NULL};
const struct op op_token_list = {"token list", "token.list_summary", OP_READ, NULL, 0, list_run,
				 list_print, NULL};
const struct op op_token_revoke = {"token revoke", "token.revoke_summary", OP_WRITE, revoke_args,
				   sizeof(revoke_args) / sizeof(revoke_args[0]), revoke_run,
				   revoke_print, NULL};
