/*
 * op witness init|follow|status|serve: a witness of logs (server-stub/witness): its key, the logs it follows, its
 * listener (routes_witness). Clauses W1-W3, P1. It works on a home of its own (struct op_group), never on a
 * collector's.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/httpd.h"
#include "lib/lang.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "lib/op_owner.h"
#include "lib/os.h"
#include "lib/text.h"
#include "server-stub/listen.h"
#include "server-stub/ops.h"
#include "server-stub/routes_witness.h"
#include "server-stub/witness.h"

enum { GRACE_MS = 5000, TICK_MS = 200 };

/* ---- the store ---- */

enum rc op_witness_open(const char *home, bool create, void **retapp, struct err *reterr)
{
	struct witness *w = NULL;
	enum rc rc = witness_open(&w, home, create, clock_real(), reterr);

	if (rc == RC_OK)
		*retapp = w;
	return rc;
}

void op_witness_close(void *app)
{
	witness_free(app);
}

/* ---- init ---- */

static const struct op_arg init_args[] = {
    {.name = "name",
     .type = OP_STRING,
     .flags = OP_REQUIRED,
     .help = "witness.arg.name",
     .meta = "NAME"},
};

static enum rc init_run(const struct op_call *call, const struct json *in, struct json **ret,
			struct err *reterr)
{
	struct witness *w = call->app;
	enum rc rc = witness_init(w, call->home, json_get_str(in, "name"), reterr);

	return rc == RC_OK ? witness_state(w, ret, reterr) : rc;
}

static void init_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	lang_format(lang, text, "witness.made", "name", json_get_str(out, "name"), "key",
		    json_get_str(out, "key"), NULL);
	buf_add_char(text, '\n');
}

const struct op op_witness_init = {.name = "witness init",
				   .summary = "witness.init.summary",
				   .flags = OP_WRITE | OP_CREATE,
				   .arg = init_args,
				   .narg = sizeof(init_args) / sizeof(init_args[0]),
				   .run = init_run,
				   .print = init_print};

/* ---- follow ---- */

static const struct op_arg follow_args[] = {
    {.name = "log",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "witness.arg.log",
     .meta = "KEY"},
};

/* Base64url as init prints it, hex as in policies, or a verifier key "ORIGIN+ID+BASE64" (C2SP signed-note). */
static bool read_key(const char *typed, uint8_t ret[CRYPT_PK_LEN])
{
	const char *at = strrchr(typed, '+'), *plus = strchr(typed, '+');
	uint8_t blob[1 + CRYPT_PK_LEN];
	char origin[NOTE_ORIGIN_LEN];

	if (codec_hex_32(span_str(typed), ret) || codec_b64u_32(span_str(typed), ret))
		return true;
	/* base64 has plus signs of its own: its 44 characters stand at the end */
	if (strlen(typed) > CODEC_B64_LEN(sizeof(blob)) && plus)
		at = typed + strlen(typed) - CODEC_B64_LEN(sizeof(blob)) - 1;
	if (!at || *at != '+' || !codec_b64_exact(span_str(at + 1), blob, sizeof(blob)) ||
	    blob[0] != 1)
		return false;
	memcpy(ret, blob + 1, CRYPT_PK_LEN);
	note_origin(ret, origin);
	return plus < at && span_eq_str(span_of(typed, (size_t)(plus - typed)), origin);
}

static enum rc follow_run(const struct op_call *call, const struct json *in, struct json **ret,
			  struct err *reterr)
{
	char origin[NOTE_ORIGIN_LEN];
	uint8_t key[CRYPT_PK_LEN];
	bool fresh = false;
	enum rc rc = read_key(json_get_str(in, "log"), key)
			 ? witness_follow(call->app, key, &fresh, reterr)
			 : err_set(reterr, RC_INPUT, "K1", "witness.log_key", NULL);

	if (rc != RC_OK)
		return rc;
	note_origin(key, origin);
	*ret = json_object();
	json_set_str(*ret, "origin", origin);
	json_set_bool(*ret, "new", fresh);
	return RC_OK;
}

static void follow_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	lang_format(lang, text, "witness.follows", "origin", json_get_str(out, "origin"), NULL);
	buf_add_char(text, '\n');
}

const struct op op_witness_follow = {.name = "witness follow",
				     .summary = "witness.follow.summary",
				     .flags = OP_WRITE,
				     .arg = follow_args,
				     .narg = sizeof(follow_args) / sizeof(follow_args[0]),
				     .run = follow_run,
				     .print = follow_print};

/* ---- status ---- */

static enum rc status_run(const struct op_call *call, const struct json *in, struct json **ret,
			  struct err *reterr)
{
	(void)in;
	return witness_state(call->app, ret, reterr);
}

static void print_log(const struct lang *lang, const struct json *log, struct buf *text)
{
	char size[NUM_I64_LEN], bad[NUM_I64_LEN], when[TEXT_TIME_LEN] = "";
	int64_t n = 0, at = 0, evidence = 0;

	json_get_int(log, "size", &n);
	json_get_int(log, "at", &at);
	json_get_int(log, "evidence", &evidence);
	num_str(n, size);
	num_str(evidence, bad);
	if (at > 0)
		text_time_fmt(at, when);
	lang_format(lang, text, at > 0 ? "witness.log" : "witness.log_none", "origin",
		    json_get_str(log, "origin"), "size", size, "at", when, NULL);
	buf_add_char(text, '\n');
	if (evidence > 0) {
		lang_format(lang, text, "witness.log_evidence", "n", bad, NULL);
		buf_add_char(text, '\n');
	}
}

static void status_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	lang_format(lang, text, "witness.is", "name", json_get_str(out, "name"), "key",
		    json_get_str(out, "key"), NULL);
	buf_add_char(text, '\n');
	for (const struct json *l = json_first(json_get_arr(out, "logs")); l; l = json_next(l))
		print_log(lang, l, text);
}

const struct op op_witness_status = {.name = "witness status",
				     .summary = "witness.status.summary",
				     .flags = OP_READ,
				     .run = status_run,
				     .print = status_print};

/* ---- serve ---- */

static const struct op_arg serve_args[] = {
    {.name = "listen", .type = OP_STRING, .help = "server.arg.listen", .meta = "ADDRESS"},
    {.name = "port", .type = OP_INT, .help = "server.arg.port", .max = 65535},
    {.name = "tls_cert", .type = OP_PATH, .help = "server.arg.tls_cert", .meta = "FILE"},
    {.name = "tls_key", .type = OP_PATH, .help = "server.arg.tls_key", .meta = "FILE"},
};

static enum rc listen_on(struct witness *w, const struct json *in, struct httpd **ret,
			 struct err *reterr)
{
	struct httpd_conf conf;
	struct listen at;
	enum rc rc = listen_read(&at, in, reterr);

	routes_witness(&conf, w);
	conf.address = at.address;
	conf.port = at.port;
	conf.tls_cert_pem = at.cert_pem;
	conf.tls_key_pem = at.key_pem;
	if (rc == RC_OK)
		rc = httpd_start(ret, &conf, reterr);
	listen_free(&at);
	return rc;
}

static enum rc serve_run(const struct op_call *call, const struct json *in, struct json **ret,
			 struct err *reterr)
{
	struct op_owner_conf conf = {.program = call->program,
				     .group = op_group_of(call->program, call->op),
				     .home = call->home,
				     .app = call->app,
				     .lang = "vi"};
	struct op_owner *owner = NULL;
	struct httpd *d = NULL;
	enum rc rc = witness_key(call->app) ? os_on_stop(reterr)
					    : err_set(reterr, RC_NOTFOUND, NULL, "witness.none",
						      "home", call->home, NULL);

	(void)ret;
	if (rc == RC_OK)
		rc = op_owner_start(&owner, &conf, reterr);
	if (rc == RC_OK)
		rc = listen_on(call->app, in, &d, reterr);
	if (rc == RC_OK) {
		op_note(call, "witness.ready", "url", httpd_url(d), NULL);
		while (!os_stopping())
			os_sleep_ms(TICK_MS);
	}
	httpd_stop(d, GRACE_MS);
	op_owner_stop(owner, GRACE_MS);
	return rc;
}

const struct op op_witness_serve = {.name = "witness serve",
				    .summary = "witness.serve.summary",
				    .flags = OP_WRITE | OP_LOCAL | OP_NET,
				    .arg = serve_args,
				    .narg = sizeof(serve_args) / sizeof(serve_args[0]),
				    .run = serve_run};
