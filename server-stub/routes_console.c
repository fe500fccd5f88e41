/*
 * routes_console: see routes_console.h. A session is opened by unsealing the account's own key, so
 * there is no second list of passwords; the key is forgotten at once, and every signing act
 * unseals it again (decision 0024). Whoever asks for an account that does not exist waits as long
 * and hears the same.
 */
#include "server-stub/routes_console.h"

#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "server-stub/console.h"
#include "server-stub/gate.h"

static const char json_type[] = "application/json";

/* ---- files ---- */

void routes_console_file(void *ctx, struct httpd_req *req)
{
	struct routes *rt = ctx;

	page_file(rt->console->page, req);
}

/* ---- signing in ---- */

static enum rc make_decoy(struct console *c, struct err *reterr)
{
	struct crypt_secret *seed = NULL;
	char pass[PAGE_TOKEN];
	enum rc rc = RC_OK;

	os_mutex_lock(c->once);
	if (c->decoy.len == 0) {
		page_token(pass);
		rc = crypt_secret_random(CRYPT_SEED_LEN, &seed, reterr);
		if (rc == RC_OK)
			rc = crypt_seal(seed, span_str(pass), NULL, crypt_kdf(), &c->decoy, reterr);
		crypt_secret_free(seed);
		crypt_wipe(pass, sizeof(pass));
	}
	os_mutex_unlock(c->once);
	return rc;
}

/* The key of the account. Any failure about account or passphrase is one and the same, and takes as long. */
static enum rc unseal(struct routes *rt, const char *account, const char *pass,
		      struct crypt_signer **ret, struct err *reterr)
{
	struct crypt_secret *none = NULL;
	struct err e;
	enum rc rc = make_decoy(rt->console, reterr);

	if (rc != RC_OK)
		return rc;
	/* the root's passphrase is never tried here, right or wrong: nobody may find it out by asking */
	rc = strlen(account) < WHO_ACCOUNT && strcmp(account, "root") != 0
		 ? vault_unseal(rt->col->home, account, pass, ret, &e)
		 : err_set(&e, RC_NOTFOUND, NULL, "signin.wrong", NULL);
	if (rc == RC_NOTFOUND || rc == RC_INPUT)
		crypt_unseal(span_buf(&rt->console->decoy), span_str(pass), NULL, &none, NULL);
	crypt_secret_free(none);
	if (rc == RC_NOTFOUND || rc == RC_INPUT || rc == RC_DENIED || rc == RC_CORRUPT)
		return err_set(reterr, RC_DENIED, NULL, "signin.wrong", NULL);
	if (rc != RC_OK)
		*reterr = e;
	return rc;
}

static enum rc open_session(struct routes *rt, const char *account, const char *pass,
			    char rettoken[PAGE_TOKEN], struct err *reterr)
{
	struct signin_session s = {.opened_s = 0};
	struct crypt_signer *key = NULL;
	struct who who;
	enum rc rc = unseal(rt, account, pass, &key, reterr);

	if (rc == RC_OK) {
		memcpy(s.account, account, strlen(account) + 1);
		memcpy(s.key, crypt_signer_pk(key), CRYPT_PK_LEN);
		rc = console_who(rt, &s, &who, reterr);
		if (rc == RC_DENIED) /* revoked, or no key of the centre: that its passphrase is right is nobody's */
			rc = err_set(reterr, RC_DENIED, NULL, "signin.wrong", NULL);
	}
	crypt_signer_free(key);
	if (rc == RC_OK) {
		signin_open(rt->console->signin, account, s.key, console_now_s(), rettoken);
		who_free(&who);
	}
	return rc;
}

static const char *text_of(const struct json *in, const char *name)
{
	const char *s = json_get_str(in, name);

	return s ? s : "";
}

static enum rc sign_in(struct routes *rt, struct httpd_req *req, const struct json *in,
		       char rettoken[PAGE_TOKEN], struct err *reterr)
{
	struct console *c = rt->console;
	const char *account = text_of(in, "account"), *pass = text_of(in, "passphrase");
	const char *address = console_address(c, req);
	enum rc rc;

	if (!account[0] || !pass[0] || strlen(pass) > LIMIT_PIN)
		return err_set(reterr, RC_DENIED, NULL, "signin.wrong", NULL);
	rc = signin_begin(c->signin, account, address, console_now_s(), reterr);
	if (rc == RC_OK) {
		rc = open_session(rt, account, pass, rettoken, reterr);
		signin_end(c->signin, account, address, console_now_s(), rc == RC_OK);
	}
	log_event(c->log, rc == RC_OK ? LOG_INFO : LOG_WARN,
		  rc == RC_OK ? "door.opened" : "door.refused",
		  LOG_KV(log_str("account", strlen(account) < WHO_ACCOUNT ? account : ""),
			 log_str("address", address)));
	return rc;
}

/* ---- the session ---- */

/* What the page needs to know of who is there: names, what the role may do, when it ends. */
static struct json *session_json(struct routes *rt, const struct signin_session *s,
				 const struct who *w)
{
	const struct ingest_snapshot *snap = ingest_snapshot(rt->col->ingest);
	struct json *o = json_object();
	struct keyring_key k;

	json_set_str(o, "account", s->account);
	json_set_str(o, "role", authority_role_name(w->role));
	if (keyring_find(snap->keyring, w->key, &k) && k.cert) {
		json_set_str(o, "name", k.cert->name);
		json_set_str(o, "title", k.cert->title);
		json_set_str(o, "custody", k.cert->collector_custody ? "collector" : "own");
	}
	ingest_snapshot_end(rt->col->ingest, snap);
	json_set_bool(o, "all", w->all);
	json_set_int(o, "communes", w->all ? 0 : (int64_t)w->scopes.n);
	json_set_int(o, "now", clock_now_s(rt->col->clock));
	json_set_int(o, "idle_s", SIGNIN_IDLE_S);
	json_set_int(o, "left_s", s->opened_s + SIGNIN_MOST_S - console_now_s());
	json_set(o, "may", gate_names(op_owner_call(rt->owner).program, w));
	return o;
}

static void reply_json(struct httpd_req *req, const struct json *o)
{
	struct err e;
	struct buf b;

	buf_init(&b, LIMIT_JSON_TEXT + 1);
	if (json_write(o, false, &b, &e) == RC_OK)
		httpd_reply_buf(req, 200, json_type, &b);
	else
		httpd_problem(req, 0, &e, span_str(""));
	buf_free(&b);
}

static void reply_session(struct routes *rt, struct httpd_req *req, const struct signin_session *s)
{
	struct json *o;
	struct who w;
	struct err e;

	if (console_who(rt, s, &w, &e) != RC_OK) {
		console_refuse(req, 401, &e);
		return;
	}
	o = session_json(rt, s, &w);
	reply_json(req, o);
	json_free(o);
	who_free(&w);
}

void routes_console_session_early(void *ctx, struct httpd_req *req)
{
	struct routes *rt = ctx;
	struct err e;

	if (page_guard(rt->console->page, req, &e) != RC_OK || page_ours(req, &e) != RC_OK)
		console_refuse(req, 403, &e);
}

/* The body lies in memory httpd owns and reads no more. */
static void wipe(struct span body)
{
	if (body.len)
		crypt_wipe((uint8_t *)(uintptr_t)body.p, body.len);
}

void routes_console_session_open(void *ctx, struct httpd_req *req)
{
	struct routes *rt = ctx;
	struct signin_session s;
	struct json *in = NULL;
	char token[PAGE_TOKEN];
	struct err e;
	enum rc rc = json_parse(httpd_body(req), NULL, &in, &e);

	if (rc == RC_OK)
		rc = sign_in(rt, req, in, token, &e);
	if (rc == RC_OK && !signin_look(rt->console->signin, token, console_now_s(), true, &s))
		rc = err_set(&e, RC_DENIED, NULL, "signin.ended", NULL); /* closed meanwhile */
	if (rc == RC_OK) {
		page_set_cookie(rt->console->page, req, token);
		reply_session(rt, req, &s);
	} else {
		console_refuse(req, rc == RC_DENIED ? 401 : 0, &e);
	}
	crypt_wipe(token, sizeof(token));
	wipe(span_str(text_of(in, "passphrase")));
	json_free(in);
	wipe(httpd_body(req));
}

void routes_console_session_show(void *ctx, struct httpd_req *req)
{
	struct routes *rt = ctx;
	struct signin_session s;
	struct who w;
	struct err e;
	int status;

	if (console_session(rt, req, &s, &w, &status, &e) != RC_OK) {
		console_refuse(req, status, &e);
		return;
	}
	reply_session(rt, req, &s);
	who_free(&w);
}

void routes_console_session_close(void *ctx, struct httpd_req *req)
{
	struct routes *rt = ctx;
	struct console *c = rt->console;
	const char *token;

	routes_console_session_early(ctx, req);
	if (httpd_replied(req))
		return;
	for (size_t i = 0; (token = page_cookie(c->page, req, i)) != NULL; i++)
		signin_close(c->signin, token);
	page_set_cookie(c->page, req, NULL);
	httpd_reply(req, 204, NULL, span_str(""));
}

/* ---- operations ---- */

static const struct op *op_asked(const struct routes *rt, const struct httpd_req *req)
{
	return op_find_api(op_owner_call(rt->owner).program, httpd_param(req));
}

static void forget_who(void *p)
{
	who_free(p);
	free(p);
}

void routes_console_api_early(void *ctx, struct httpd_req *req)
{
	struct routes *rt = ctx;
	const struct op *op = op_asked(rt, req);
	struct who *w = calloc(1, sizeof(*w));
	struct err e;

	if (!w) {
		err_set(&e, RC_NOMEM, NULL, "buf.memory", NULL);
		console_refuse(req, 503, &e);
	} else if (console_admit(rt, req, op, w) && !op) {
		err_set(&e, RC_NOTFOUND, NULL, "op.api_unknown", "name", httpd_param(req), NULL);
		console_refuse(req, 404, &e);
	}
	if (w)
		httpd_own(req, w, forget_who);
}

void routes_console_api(void *ctx, struct httpd_req *req)
{
	struct routes *rt = ctx;
	const struct op *op = op_asked(rt, req);
	struct json *in = NULL, *out = NULL;
	struct err e = {0};
	enum rc rc = json_parse(httpd_body(req), NULL, &in, &e);

	if (rc == RC_OK)
		rc = console_run(rt, req, op, httpd_owned(req), in, &out, &e);
	if (rc == RC_OK)
		reply_json(req, out);
	else
		console_refuse(req, 0, &e);
	json_free(out);
	wipe(httpd_body(req));
}
