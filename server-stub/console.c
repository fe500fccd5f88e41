/*
 * console: see console.h. Whoever asks is found anew in the log's keyring with each request, so a
 * revocation ends a session at once.
 */
#include "server-stub/console.h"

#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "server-stub/gate.h"

enum { RETRY_S = 10 };

int64_t console_now_s(void)
{
	return os_mono_ms() / 1000;
}

/* ---- life ---- */

static enum rc open_log(struct console *c, const struct routes *rt, struct err *reterr)
{
	struct log_conf conf = {.level = LOG_INFO, .clock = rt->col->clock};
	char *path = NULL;
	enum rc rc = os_path_join(&path, rt->col->home, "console.log", reterr);

	conf.path = path;
	if (rc == RC_OK)
		rc = log_open(&c->log, &conf, reterr);
	free(path);
	return rc;
}

/* The address agents are told, when it is https, is a name of ours too: "https://HOST:PORT/…". */
static enum rc own_name(struct console *c, const struct routes *rt, struct err *reterr)
{
	static const char scheme[] = "https://";
	const char *url = rt->col->url;
	char *name;
	enum rc rc;

	if (!url || strncmp(url, scheme, sizeof(scheme) - 1) != 0)
		return RC_OK;
	url += sizeof(scheme) - 1;
	name = span_dup(span_of(url, strcspn(url, "/")));
	rc = name ? page_name(c->page, name, reterr)
		  : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	free(name);
	return rc;
}

static const struct tries_conf token_tries = {.remembered = SIGNIN_FAILURES,
					      .window_s = SIGNIN_WINDOW_S,
					      .by = SIGNIN_ACCOUNT,
					      .from = SIGNIN_ADDRESS};

enum rc console_new(struct console **ret, struct routes *rt, const struct json *names,
		    struct err *reterr)
{
	struct console *c = calloc(1, sizeof(*c));
	enum rc rc = c ? page_new(&c->page, "centre", reterr)
		       : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	if (rc != RC_OK) {
		free(c);
		return rc;
	}
	buf_init(&c->decoy, LIMIT_ERR_TEXT);
	rc = signin_new(&c->signin, reterr);
	if (rc == RC_OK)
		rc = tries_new(&c->tokens, &token_tries, reterr);
	if (rc == RC_OK)
		rc = os_mutex_new(&c->once, reterr);
	if (rc == RC_OK)
		rc = open_log(c, rt, reterr);
	if (rc == RC_OK)
		rc = own_name(c, rt, reterr);
	for (const struct json *n = json_first(names); rc == RC_OK && n; n = json_next(n))
		rc = page_name(c->page, json_str(n), reterr);
	if (rc == RC_OK)
		*ret = c;
	else
		console_free(c);
	return rc;
}

void console_free(struct console *c)
{
	if (!c)
		return;
	page_free(c->page);
	signin_free(c->signin);
	tries_free(c->tokens);
	os_mutex_free(c->once);
	log_free(c->log);
	buf_free(&c->decoy);
	free(c);
}

void console_listens(struct console *c, uint16_t port, bool tls)
{
	page_listens(c->page, port, tls);
}

/* ---- who asks ---- */

/* The browser's address: of the proxy's words only when it stands beside us and names us. */
const char *console_address(const struct console *c, const struct httpd_req *req)
{
	const char *told = httpd_header(req, "X-Real-IP");

	return told && strlen(told) < SIGNIN_ADDRESS_LEN && os_is_loopback(httpd_peer(req)) &&
		       page_by_name(c->page, req)
		   ? told
		   : httpd_peer(req);
}

void console_refuse(struct httpd_req *req, int status, const struct err *e)
{
	const char *seconds = err_arg(e, "seconds");

	if (seconds) {
		httpd_set(req, "Retry-After", seconds);
		status = 429;
	}
	if (status == 0)
		status = httpd_status(e->rc);
	if (status == 503)
		httpd_set_int(req, "Retry-After", RETRY_S);
	httpd_problem(req, status, e, span_str(""));
}

enum rc console_who(struct routes *rt, const struct signin_session *s, struct who *ret,
		       struct err *reterr)
{
	const struct ingest_snapshot *snap = ingest_snapshot(rt->col->ingest);
	enum rc rc = who_read(snap->keyring, s->account, s->key, ret, reterr);

	ingest_snapshot_end(rt->col->ingest, snap);
	return rc;
}

/* Of the cookies of our name the one that opens a session; NULL: none does. */
static const char *own_token(struct console *c, const struct httpd_req *req, bool used,
			     struct signin_session *ret)
{
	const char *token;

	for (size_t i = 0; (token = page_cookie(c->page, req, i)) != NULL; i++)
		if (signin_look(c->signin, token, console_now_s(), used, ret))
			return token;
	return NULL;
}

/*
 * The session of the request, the key still counts, and the page is ours. A question a page asks by
 * itself (Kk-Watch) does not keep a session alive. *retstatus: of the refusal.
 */
enum rc console_session(struct routes *rt, struct httpd_req *req, struct signin_session *ret,
			  struct who *retwho, int *retstatus, struct err *reterr)
{
	struct console *c = rt->console;
	bool used = !httpd_header(req, "Kk-Watch");
	enum rc rc = page_guard(c->page, req, reterr);

	*retstatus = 403;
	if (rc == RC_OK)
		rc = page_ours(req, reterr);
	if (rc == RC_OK && !own_token(c, req, used, ret)) {
		*retstatus = 401;
		rc = err_set(reterr, RC_DENIED, NULL, "signin.ended", NULL);
	}
	if (rc == RC_OK) {
		rc = console_who(rt, ret, retwho, reterr);
		if (rc != RC_OK) {
			signin_close_account(c->signin, ret->account, NULL);
			*retstatus = 401;
		}
	}
	return rc;
}

bool console_admit(struct routes *rt, struct httpd_req *req, const struct op *op, struct who *ret)
{
	struct signin_session s;
	struct err e;
	int status = 403;
	enum rc rc = console_session(rt, req, &s, ret, &status, &e);

	if (rc == RC_OK && op) {
		rc = gate_check(op, ret, &e);
		status = 403;
		if (rc != RC_OK)
			who_free(ret);
	}
	if (rc != RC_OK)
		console_refuse(req, status, &e);
	return rc == RC_OK;
}

/* ---- running ---- */

/* A passphrase that was wrong counts as at the door, and as long as nobody knows as if it were. */
static enum rc run_tried(struct routes *rt, struct httpd_req *req, const struct op *op,
			 const struct op_call *call, const struct json *in, struct json **ret,
			 struct err *reterr)
{
	struct signin *s = rt->console->signin;
	const char *account = who_of(call)->account, *address = console_address(rt->console, req);
	uint64_t reserved = 0;
	enum rc rc;

	if (!json_get(in, "passphrase"))
		return op_run(op, call, in, ret, reterr);
	rc = signin_reserve(s, account, address, console_now_s(), &reserved, reterr);
	if (rc != RC_OK)
		return rc;
	rc = op_run(op, call, in, ret, reterr);
	signin_settle(s, reserved,
		      rc == RC_OK ? SIGNIN_GOOD
		      : rc == RC_DENIED && strcmp(reterr->key, "vault.passphrase_wrong") == 0
			      ? SIGNIN_WRONG
			      : SIGNIN_OTHER);
	return rc;
}

static void close_others(struct console *c, const struct httpd_req *req, const struct who *who)
{
	struct signin_session s;

	signin_close_account(c->signin, who->account, own_token(c, req, false, &s));
}

/* What an act of one commune is about, for whoever reads the log: an entry says so itself, a directory does not. */
static const char *commune_of(const struct op *op, const struct json *in)
{
	return json_get_str(in, strcmp(op->name, "contacts set") == 0 ? "code" : "scope");
}

enum rc console_run(struct routes *rt, struct httpd_req *req, const struct op *op,
		    const struct who *who, struct json *in, struct json **ret, struct err *reterr)
{
	const struct op_voice voice = {.lang = httpd_lang(req)};
	struct op_call call = op_owner_call(rt->owner);
	enum rc rc = gate_check(op, who, reterr);

	call.voice = &voice;
	call.who = who;
	if (rc == RC_OK)
		rc = gate_body(op, who, in, reterr);
	if (rc == RC_OK)
		rc = run_tried(rt, req, op, &call, in, ret, reterr);
	if (rc == RC_OK && strcmp(op->name, "staff passphrase") == 0)
		close_others(rt->console, req, who);
	if (!(op->flags & OP_READ))
		log_event(rt->console->log, LOG_INFO, "act",
			  LOG_KV(log_str("account", who->account), log_str("op", op->name),
				 log_str("scope", commune_of(op, in)), log_str("rc", err_name(rc))));
	op_wipe(op, in);
	json_free(in);
	return rc;
}
