/*
 * op recover: after a restore from a backup the log goes on under a new key (L12). op
 * recovery: what has come back since, and from where nothing has come yet.
 */
#include <string.h>

#include "lib/num.h"
#include "lib/text.h"
#include "server-stub/ops.h"
#include "server-stub/recovery.h"

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
	return rc == RC_OK ? recovery_status(col, ret, reterr) : rc;
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
	return recovery_status(call->app, ret, reterr);
}

const struct op op_recovery = {.name = "recovery",
				     .summary = "recovery.summary",
				     .flags = OP_READ,
				     .run = status_run,
				     .print = print};
