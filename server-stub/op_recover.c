/*
 * op recover: after a restore from a backup the log goes on under a new key (L12). op
 * recovery: what has come back since, and from where nothing has come yet.
 */
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "lib/text.h"
#include "server-stub/ops.h"
#include "server-stub/recovery.h"
#include "server-stub/witnesses.h"

static const struct op_arg args[] = {
    {.name = "passphrase",
     .type = OP_STRING,
     .flags = OP_SECRET | OP_REQUIRED,
     .help = "recover.arg.passphrase"},
};

/* A collector that was set up, with or without its log key: that one may be lost. */
static enum rc check(const struct collector *col, struct err *reterr)
{
	return col->ingest || col->lost_key
		   ? RC_OK
		   : err_set(reterr, RC_NOTFOUND, NULL, "collector.not_set_up", NULL);
}

/*
 * What to tell the witnesses: the new log is another one to them (W2: 404), until whoever runs each follows its key.
 * `log`: that key; `unfollowed`: names of the witnesses in force that have signed nothing beyond what was kept.
 */
static enum rc put_witnesses(struct collector *col, struct json *o, struct err *reterr)
{
	struct json *state = NULL, *names = json_array();
	char key[CODEC_B64U_32 + 1];
	bool recovered = false;
	int64_t base = 0, size;
	enum rc rc = witnesses_state(col->witnesses, &state, reterr);

	if (rc != RC_OK) {
		json_free(names);
		return rc;
	}
	json_get_bool(o, "recovered", &recovered);
	json_get_int(o, "base", &base);
	codec_b64u(crypt_signer_pk(col->log), CRYPT_PK_LEN, key);
	for (const struct json *w = json_first(json_get_arr(state, "witnesses")); w; w = json_next(w))
		if (recovered && json_get_int(w, "size", &size) && size <= base)
			json_append_str(names, json_get_str(w, "name"));
	json_set_str(o, "log", key);
	json_set(o, "unfollowed", names);
	json_free(state);
	return RC_OK;
}

static enum rc status(struct collector *col, struct json **ret, struct err *reterr)
{
	struct json *o = NULL;
	enum rc rc = recovery_status(col, &o, reterr);

	if (rc == RC_OK)
		rc = put_witnesses(col, o, reterr);
	if (rc == RC_OK)
		*ret = o;
	else
		json_free(o);
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct collector *col = call->app;
	struct crypt_signer *root = NULL;
	enum rc rc = check(col, reterr);

	if (rc == RC_OK)
		rc = vault_unseal(col->home, "root", json_get_str(in, "passphrase"), &root, reterr);
	if (rc == RC_OK)
		rc = recovery_run(col, root, reterr);
	crypt_signer_free(root);
	return rc == RC_OK ? status(col, ret, reterr) : rc;
}

static const char *text_of(const struct json *o, const char *name, char out[NUM_I64_LEN])
{
	int64_t v = 0;

	json_get_int(o, name, &v);
	num_str(v, out);
	return out;
}

static void print_missing(const struct lang *lang, const struct json *out, struct buf *text)
{
	char devices[NUM_I64_LEN], back[NUM_I64_LEN];

	for (const struct json *o = json_first(json_get_arr(out, "not_back")); o; o = json_next(o)) {
		buf_add_str(text, "  ");
		lang_format(lang, text, "recover.missing", "scope", json_get_str(o, "scope"), "unit",
			    json_get_str(o, "unit"), "back", text_of(o, "back", back), "devices",
			    text_of(o, "devices", devices), NULL);
		buf_add_char(text, '\n');
	}
}

/* Who must follow the new log, with the very command. */
static void print_witnesses(const struct lang *lang, const struct json *out, struct buf *text)
{
	const struct json *all = json_get_arr(out, "unfollowed");
	char n[NUM_I64_LEN];
	struct buf names;

	if (json_len(all) == 0)
		return;
	buf_init(&names, LIMIT_VIEW_TEXT);
	for (const struct json *w = json_first(all); w; w = json_next(w)) {
		buf_add_str(&names, names.len > 0 ? ", " : "");
		buf_add_str(&names, json_str(w));
	}
	num_str((int64_t)json_len(all), n);
	lang_format(lang, text, "recover.witnesses", "n", n, "names", (const char *)names.p, "key",
		    json_get_str(out, "log"), NULL);
	buf_add_char(text, '\n');
	buf_free(&names);
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	char n[6][NUM_I64_LEN], at[TEXT_TIME_LEN];
	bool recovered = false, halted = false;
	int64_t when = 0;

	json_get_bool(out, "recovered", &recovered);
	json_get_bool(out, "halted", &halted);
	json_get_int(out, "at", &when);
	text_time_fmt(when, at);
	if (halted)
		lang_format(lang, text, "recover.halted", NULL);
	else if (!recovered)
		lang_format(lang, text, "recover.never", NULL);
	if (halted || !recovered) {
		buf_add_char(text, '\n');
		return;
	}
	lang_format(lang, text, "recover.since", "at", at, "n", text_of(out, "base", n[0]), "epoch",
		    json_get_str(out, "epoch"), NULL);
	buf_add_char(text, '\n');
	lang_format(lang, text, "recover.counts", "offered", text_of(out, "offered", n[0]),
		    "accepted", text_of(out, "accepted", n[1]), "duplicate",
		    text_of(out, "duplicate", n[2]), "held", text_of(out, "quarantined", n[3]), NULL);
	buf_add_char(text, '\n');
	lang_format(lang, text, "recover.communes", "communes", text_of(out, "communes", n[4]),
		    "back", text_of(out, "back", n[5]), NULL);
	buf_add_char(text, '\n');
	print_missing(lang, out, text);
	print_witnesses(lang, out, text);
}

const struct op op_recover = {.name = "recover",
			      .summary = "recover.summary",
			      .flags = OP_WRITE | OP_LOCAL | OP_CREATE,
			      .arg = args,
			      .narg = sizeof(args) / sizeof(args[0]),
			      .run = run,
			      .print = print};

/* ---- recovery ---- */

static enum rc status_run(const struct op_call *call, const struct json *in, struct json **ret,
			  struct err *reterr)
{
	(void)in;
	return status(call->app, ret, reterr);
}

const struct op op_recovery = {.name = "recovery",
				     .summary = "recovery.summary",
				     .flags = OP_READ,
				     .run = status_run,
				     .print = print};
