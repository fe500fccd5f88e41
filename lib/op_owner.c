/*
 * op_owner: the loopback listener of the process that owns a store.
 * A request passes, in this order: Host and Origin are ours; the token (constant
 * time), or the cookie of a page of ours and a socket of our user; the owner is not
 * stopping; the operation exists and is in the API; only then is the body read,
 * parsed strictly and run under the mutex.
 * Not here: who asks (op_dispatch), what operations do, pages (lib/page).
 */
#include "lib/op_owner.h"

#include <stdlib.h>
#include <string.h>

#include "lib/crypt.h"
#include "lib/limits.h"
#include "lib/op_dispatch.h"
#include "lib/page.h"

enum {
	OWNER_ROUTES = 3,
	PAGE_ROUTES = 5,
	OWNER_CONNECTIONS = 256, /* commands and page requests waiting for the mutex at once */
	OWNER_LINGER_MS = 2000   /* between a proof and its POST lies far less */
};

struct op_owner {
	const struct op_program *program;
	const struct op_group *group;
	char *home;
	void *app, *ctx;
	struct os_mutex *mutex; /* every use of app */
	struct httpd *httpd;
	struct httpd_route *route;
	size_t nroute;
	struct op_owner_file file;
	struct page *page;
	bool pages; /* a browser may open them */

	struct os_mutex *look; /* guards all below; never held while app is in use */
	struct os_cond *kept;  /* promised has become 0 */
	bool stopping;
	int promised;        /* proofs given whose POST has not come yet */
	int64_t promised_at; /* os_mono_ms of the last one */
	char progress_key[ERR_KEY_LEN];
	int64_t progress_done, progress_total;
};

/* ---- who may ask ---- */

static bool has_token(const struct op_owner *owner, const struct httpd_req *req)
{
	const char *auth = NULL;
	size_t skip = strlen("Bearer ");

	if (httpd_header_once(req, "Authorization", &auth, NULL) != RC_OK ||
	    strncmp(auth, "Bearer ", skip) != 0 || strlen(auth + skip) != strlen(owner->file.token))
		return false;
	return crypt_equal(auth + skip, owner->file.token, strlen(owner->file.token));
}

/*
 * A cookie knows no port, and a link passes through the arguments of a program: another user of
 * this machine may have caught either. Both are no good to a socket of his (docs/decisions/0030).
 */
static enum rc same_user(const struct httpd_req *req, struct err *reterr)
{
	return os_peer_foreign(httpd_peer_address(req), httpd_own_port(req))
		   ? err_set(reterr, RC_DENIED, NULL, "op.peer", NULL)
		   : RC_OK;
}

enum rc op_owner_admit(const struct op_owner *owner, const struct httpd_req *req,
		       struct err *reterr)
{
	enum rc rc = page_guard(owner->page, req, reterr);

	if (rc != RC_OK || has_token(owner, req))
		return rc;
	rc = page_session(owner->page, req, reterr);
	return rc == RC_OK ? same_user(req, reterr) : rc;
}

/*
 * A client that has been given a proof sends its body next. Closing the port between
 * the two would leave it not knowing whether the work was done, so a stopping owner
 * gives no more proofs and listens until each promise is kept.
 */
static bool promise(struct op_owner *owner)
{
	bool given;

	os_mutex_lock(owner->look);
	given = !owner->stopping;
	if (given) {
		owner->promised++;
		owner->promised_at = os_mono_ms();
	}
	os_mutex_unlock(owner->look);
	return given;
}

/* A POST has come, with or without a proof before it. False: too late to run it. */
static bool accept_post(struct op_owner *owner, bool promised)
{
	bool stopping;

	os_mutex_lock(owner->look);
	stopping = owner->stopping;
	if (promised && owner->promised > 0 && --owner->promised == 0)
		os_cond_signal(owner->kept);
	os_mutex_unlock(owner->look);
	return !stopping;
}

/* No proof from now on; wait for those given, but not for clients that have died since. */
static void keep_promises(struct op_owner *owner)
{
	int64_t left = OWNER_LINGER_MS;

	os_mutex_lock(owner->look);
	owner->stopping = true;
	while (owner->promised > 0 && left > 0) {
		os_cond_wait_ms(owner->kept, owner->look, left);
		left = owner->promised_at + OWNER_LINGER_MS - os_mono_ms();
	}
	os_mutex_unlock(owner->look);
}

/* The operation asked for; NULL when there is none that works on this store. */
static const struct op *op_of(const struct op_owner *owner, const struct httpd_req *req)
{
	const struct op *op = op_find_api(owner->program, httpd_param(req));

	return op && op_in_api(op) && op_group_of(owner->program, op) == owner->group ? op : NULL;
}

/*
 * The status of a refusal by op_owner_admit. 401: whoever asks is not known, and may come back
 * with a token or through a new link; a command, which has no cookie at all, is told of the token.
 */
static int refusal(const struct op_owner *owner, struct httpd_req *req, struct err *e)
{
	if (strcmp(e->key, "page.session") != 0)
		return 403;
	if (!owner->pages || !httpd_header(req, "Sec-Fetch-Site")) {
		err_set(e, RC_DENIED, NULL, "op.token", NULL);
		httpd_set(req, "WWW-Authenticate", "Bearer");
	}
	return 401;
}

/* Refuse on the headers alone; not answering lets the body be read. */
static void early_api(void *ctx, struct httpd_req *req)
{
	struct op_owner *owner = ctx;
	struct err e;
	int status = 0;

	if (op_owner_admit(owner, req, &e) != RC_OK) {
		status = refusal(owner, req, &e);
	} else if (!accept_post(owner, httpd_header(req, "Kk-Nonce") != NULL)) {
		err_set(&e, RC_BUSY, NULL, "op.owner_stopping", NULL);
		status = 503;
	} else if (!op_of(owner, req)) {
		err_set(&e, RC_NOTFOUND, NULL, "op.api_unknown", "name", httpd_param(req), NULL);
		status = 404;
	}
	if (status)
		httpd_problem(req, status, &e, span_str(""));
}

/* ---- running ---- */

static void keep_progress(void *arg, const char *key, int64_t done, int64_t total)
{
	struct op_owner *owner = arg;
	size_t len = strlen(key);

	os_mutex_lock(owner->look);
	if (len < sizeof(owner->progress_key)) {
		memcpy(owner->progress_key, key, len + 1);
		owner->progress_done = done;
		owner->progress_total = total;
	}
	os_mutex_unlock(owner->look);
}

struct op_call op_owner_call(struct op_owner *owner)
{
	return (struct op_call){.program = owner->program,
				.home = owner->home,
				.app = owner->app,
				.mutex = owner->mutex};
}

static enum rc run_body(struct op_owner *owner, const struct op *op, const struct httpd_req *req,
			struct buf *out, struct err *reterr)
{
	const struct op_voice voice = {
	    .arg = owner, .progress = keep_progress, .lang = httpd_lang(req)};
	struct op_call call = op_owner_call(owner);
	struct json *in = NULL, *res = NULL;
	enum rc rc = json_parse(httpd_body(req), NULL, &in, reterr);

	call.voice = &voice;
	if (rc == RC_OK)
		rc = op_run(op, &call, in, &res, reterr);
	keep_progress(owner, "", 0, 0);
	if (rc == RC_OK)
		rc = json_write(res, false, out, reterr);
	buf_add_char(out, '\n');
	if (rc == RC_OK)
		rc = buf_check(out, reterr);
	op_wipe(op, in);
	json_free(in);
	json_free(res);
	return rc;
}

/* The body lies in memory httpd owns and reads no more: wiping it there is the point. */
static void wipe_body(const struct op *op, struct span body)
{
	for (size_t i = 0; i < op->narg; i++)
		if (op->arg[i].flags & OP_SECRET && body.len) {
			crypt_wipe((uint8_t *)(uintptr_t)body.p, body.len);
			return;
		}
}

static void handle_api(void *ctx, struct httpd_req *req)
{
	struct op_owner *owner = ctx;
	const struct op *op = op_of(owner, req);
	struct err e = {0};
	struct buf out;

	buf_init(&out, LIMIT_JSON_TEXT + 1);
	if (run_body(owner, op, req, &out, &e) == RC_OK)
		httpd_reply_buf(req, 200, "application/json", &out);
	else
		httpd_problem(req, 0, &e, span_str(""));
	wipe_body(op, httpd_body(req));
	buf_free(&out);
}

static enum rc check_question(struct op_owner *owner, const struct httpd_req *req, bool known,
			      const char **retnonce, struct err *reterr)
{
	enum rc rc = page_guard(owner->page, req, reterr);

	if (rc != RC_OK)
		return rc;
	if (httpd_header_once(req, "Kk-Nonce", retnonce, NULL) != RC_OK ||
	    strlen(*retnonce) != strlen(owner->file.token))
		return err_set(reterr, RC_USAGE, NULL, "op.nonce", NULL);
	if (!known && !promise(owner))
		return err_set(reterr, RC_BUSY, NULL, "op.owner_stopping", NULL);
	return RC_OK;
}

static struct json *progress_json(struct op_owner *owner)
{
	struct json *p = json_object();

	os_mutex_lock(owner->look);
	json_set_str(p, "key", owner->progress_key[0] ? owner->progress_key : NULL);
	json_set_int(p, "done", owner->progress_done);
	json_set_int(p, "total", owner->progress_total);
	os_mutex_unlock(owner->look);
	return p;
}

/* The proof for whoever asks; progress only for who has the token. Takes no app mutex. */
static void handle_owner(void *ctx, struct httpd_req *req)
{
	struct op_owner *owner = ctx;
	bool known = has_token(owner, req);
	struct json *o = json_object();
	const char *nonce = NULL;
	struct err e = {0};
	struct buf out;
	char proof[65];
	enum rc rc = check_question(owner, req, known, &nonce, &e);

	buf_init(&out, LIMIT_ERR_TEXT);
	if (rc == RC_OK) {
		op_dispatch_proof(owner->file.token, nonce, proof);
		json_set_str(o, "proof", proof);
		if (known)
			json_set(o, "progress", progress_json(owner));
		rc = json_write(o, false, &out, &e);
	}
	if (rc == RC_OK)
		httpd_reply_buf(req, 200, "application/json", &out);
	else
		httpd_problem(req, 0, &e, span_str(""));
	json_free(o);
	buf_free(&out);
}

/* ---- pages ---- */

/* A link that opens the page in a browser: for who has the token, that is whoever may read HOME. */
static void handle_ticket(void *ctx, struct httpd_req *req)
{
	struct op_owner *owner = ctx;
	struct json *o = json_object();
	char link[PAGE_LINK];
	struct err e = {0};
	struct buf out;
	enum rc rc = page_guard(owner->page, req, &e);

	buf_init(&out, LIMIT_ERR_TEXT);
	out.secret = true;
	if (rc == RC_OK && !has_token(owner, req))
		rc = err_set(&e, RC_DENIED, NULL, "op.token", NULL);
	if (rc == RC_OK)
		rc = page_ticket(owner->page, link, &e);
	if (rc == RC_OK) {
		json_set_str(o, "url", link);
		rc = json_write(o, false, &out, &e);
	}
	if (rc == RC_OK)
		httpd_reply(req, 200, "application/json", span_buf(&out));
	else
		httpd_problem(req, 0, &e, span_str(""));
	json_free(o);
	buf_free(&out);
}

static void handle_open(void *ctx, struct httpd_req *req)
{
	struct op_owner *owner = ctx;
	struct err e;

	if (same_user(req, &e) == RC_OK)
		page_open(owner->page, req);
	else
		httpd_problem(req, 0, &e, span_str(""));
}

static void handle_file(void *ctx, struct httpd_req *req)
{
	struct op_owner *owner = ctx;

	page_file(owner->page, req);
}

/* ---- life ---- */

static void owner_free(struct op_owner *owner)
{
	os_mutex_free(owner->mutex);
	os_cond_free(owner->kept);
	os_mutex_free(owner->look);
	page_free(owner->page);
	crypt_wipe(&owner->file, sizeof(owner->file));
	free(owner->route);
	free(owner->home);
	free(owner);
}

/* After those that are there already; there is room. */
static void add_routes(struct op_owner *owner, const struct httpd_route *route, size_t n)
{
	if (n)
		memcpy(owner->route + owner->nroute, route, n * sizeof(*route));
	owner->nroute += n;
}

static enum rc owner_new(struct op_owner **ret, const struct op_owner_conf *conf,
			 struct err *reterr)
{
	static const struct httpd_route own[OWNER_ROUTES] = {
	    {.method = "POST",
	     .path = "/api/{name}",
	     .body_max = LIMIT_JSON_TEXT,
	     .type = "application/json",
	     .early = early_api,
	     .handle = handle_api},
	    {.method = "GET", .path = "/api-owner", .handle = handle_owner},
	    {.method = "POST", .path = "/api-ticket", .handle = handle_ticket},
	};
	static const struct httpd_route browser[PAGE_ROUTES] = {
	    {.method = "GET", .path = "/open", .handle = handle_open},
	    {.method = "GET", .path = "/", .handle = handle_file},
	    {.method = "GET", .path = "/{name}", .handle = handle_file},
	    {.method = "GET", .path = "/lib/{name}", .handle = handle_file},
	    {.method = "GET", .path = "/lang/{name}", .handle = handle_file},
	};
	struct op_owner *owner = calloc(1, sizeof(*owner));
	enum rc rc = owner ? RC_OK : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	if (rc != RC_OK)
		return rc;
	owner->program = conf->program;
	owner->group = conf->group;
	owner->app = conf->app;
	owner->ctx = conf->ctx;
	owner->pages = conf->pages != NULL;
	owner->home = span_dup(span_str(conf->home));
	owner->route = calloc(OWNER_ROUTES + PAGE_ROUTES + conf->nroute, sizeof(*owner->route));
	if (!owner->home || !owner->route)
		rc = err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	if (rc == RC_OK)
		rc = os_mutex_new(&owner->mutex, reterr);
	if (rc == RC_OK)
		rc = os_mutex_new(&owner->look, reterr);
	if (rc == RC_OK)
		rc = os_cond_new(&owner->kept, reterr);
	if (rc == RC_OK)
		rc = page_new(&owner->page, conf->pages, reterr);
	if (rc != RC_OK) {
		owner_free(owner);
		return rc;
	}
	add_routes(owner, own, OWNER_ROUTES);
	if (owner->pages)
		add_routes(owner, browser, PAGE_ROUTES);
	add_routes(owner, conf->route, conf->nroute);
	*ret = owner;
	return RC_OK;
}

enum rc op_owner_start(struct op_owner **ret, const struct op_owner_conf *conf, struct err *reterr)
{
	static const char *const hosts[] = {"127.0.0.1", "localhost", NULL};
	struct op_owner *owner = NULL;
	struct buf url;
	enum rc rc = owner_new(&owner, conf, reterr);

	if (rc != RC_OK)
		return rc;
	const struct httpd_conf how = {.address = "127.0.0.1",
				       .port = conf->port,
				       .threads = 0,
				       .max_connections = OWNER_CONNECTIONS,
				       .timeout_s = OP_OWNER_TIMEOUT_S,
				       .hosts = hosts,
				       .route = owner->route,
				       .nroute = owner->nroute,
				       .csp = PAGE_CSP,
				       .lang = conf->lang ? conf->lang
							  : lang_pick(os_env("KIEMKE_LANG")),
				       .problem_base = "urn:kiemke:problem:",
				       .ctx = owner};
	owner->file.pid = os_pid();
	rc = op_dispatch_token(owner->file.token, reterr);
	if (rc == RC_OK)
		rc = httpd_start(&owner->httpd, &how, reterr);
	if (rc == RC_OK) {
		buf_init(&url, sizeof(owner->file.url) - 1);
		buf_addf(&url, "http://127.0.0.1:%u", (unsigned)httpd_port(owner->httpd));
		memcpy(owner->file.url, url.p, url.len + 1);
		buf_free(&url);
		page_listens(owner->page, httpd_port(owner->httpd), false);
		rc = op_dispatch_owner_write(owner->home, &owner->file, reterr);
	}
	if (rc != RC_OK) {
		httpd_stop(owner->httpd, 0);
		owner_free(owner);
		return rc;
	}
	*ret = owner;
	return RC_OK;
}

void op_owner_stop(struct op_owner *owner, int64_t grace_ms)
{
	if (!owner)
		return;
	op_dispatch_owner_remove(owner->home);
	keep_promises(owner);
	httpd_stop(owner->httpd, grace_ms);
	owner_free(owner);
}

enum rc op_owner_link(struct op_owner *owner, char ret[PAGE_LINK], struct err *reterr)
{
	return page_ticket(owner->page, ret, reterr);
}

const char *op_owner_url(const struct op_owner *owner)
{
	return owner->file.url;
}

void *op_owner_ctx(const struct op_owner *owner)
{
	return owner->ctx;
}

void op_owner_lock(struct op_owner *owner)
{
	os_mutex_lock(owner->mutex);
}

void op_owner_unlock(struct op_owner *owner)
{
	os_mutex_unlock(owner->mutex);
}
