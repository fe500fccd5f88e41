/*
 * routes: the route table and what all endpoints share: authentication on the headers,
 * bodies, problem documents. Clauses P2-P8, P21.
 *
 * The signature covers the Content-Digest header, so it is verified before a byte of the
 * body is read; the body then only has to have that digest.
 */
#include "server-stub/routes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/embed.h"
#include "lib/limits.h"
#include "lib/zst.h"
#include "server-stub/console.h"
#include "server-stub/enrolment.h"
#include "server-stub/meter.h"
#include "server-stub/odata_issue.h"
#include "server-stub/recovery.h"
#include "server-stub/routes_console.h"
#include "server-stub/routes_odata.h"
#include "server-stub/routes_photo.h"
#include "server-stub/routes_report.h"

enum { ZSTD_FROM = 256, RETRY_S = 5, PROBLEM_MAX = 8192, GRACE_MS = 10000, SIGNIN_BODY = 4096 };

/* docs/openapi.json, made from the table below (docs/make_openapi.py). */
static void routes_openapi(void *ctx, struct httpd_req *req)
{
	const struct embed_file *f = embed_find("openapi.json");

	(void)ctx;
	httpd_reply(req, 200, "application/json", f ? span_of(f->data, f->len) : span_str("{}"));
}

static const char problem_type[] = "application/problem+json";

/* Of the console, which needs an owner beside it: without one it is not there. */
enum { OF_CONSOLE = HTTPD_OWN };

static const struct httpd_route table[] = {
    {.method = "POST",
     .path = "/v1/sync",
     .body_max = LIMIT_HTTP_BODY,
     .type = "application/x-ndjson",
     .early = routes_sync_early,
     .handle = routes_sync},
    {.method = "POST",
     .path = "/v1/authority",
     .body_max = LIMIT_HTTP_BODY,
     .type = "application/x-ndjson",
     .early = routes_authority_early,
     .handle = routes_authority},
    {.method = "POST",
     .path = "/v1/checkpoint",
     .body_max = NOTE_TEXT_MAX,
     .type = "text/plain",
     .early = routes_sync_early,
     .handle = routes_shown},
    {.method = "POST",
     .path = "/v1/enrol",
     .body_max = LIMIT_ENROL_BODY,
     .type = "application/json",
     .early = routes_enrol_early,
     .handle = routes_enrol},
    {.method = "GET", .path = "/checkpoint", .handle = routes_log_checkpoint},
    {.method = "GET", .path = "/get-tree-head", .handle = routes_log_head},
    {.method = "GET",
     .path = "/get-inclusion-proof/",
     .flags = HTTPD_PREFIX,
     .handle = routes_log_inclusion},
    {.method = "GET",
     .path = "/get-consistency-proof/",
     .flags = HTTPD_PREFIX,
     .handle = routes_log_consistency},
    {.method = "GET",
     .path = "/get-leaves/",
     .flags = HTTPD_PREFIX,
     .early = routes_log_leaves_early,
     .handle = routes_log_leaves},
    {.method = "HEAD",
     .path = "/v1/blobs/{sha256}",
     .early = routes_blob_early,
     .handle = routes_blob_head},
    {.method = "GET",
     .path = "/v1/blobs/{sha256}",
     .early = routes_blob_early,
     .handle = routes_blob_get},
    {.method = "PATCH",
     .path = "/v1/blobs/{sha256}",
     .flags = HTTPD_LENGTH,
     .body_max = LIMIT_BLOB_CHUNK,
     .early = routes_blob_early,
     .handle = routes_blob_patch},
    {.method = "POST",
     .path = "/session",
     .flags = OF_CONSOLE,
     .body_max = SIGNIN_BODY,
     .type = "application/json",
     .early = routes_console_session_early,
     .handle = routes_console_session_open},
    {.method = "GET",
     .path = "/session",
     .flags = OF_CONSOLE,
     .handle = routes_console_session_show},
    {.method = "DELETE",
     .path = "/session",
     .flags = OF_CONSOLE,
     .handle = routes_console_session_close},
    {.method = "POST",
     .path = "/api/{name}",
     .flags = OF_CONSOLE,
     .body_max = LIMIT_JSON_TEXT,
     .type = "application/json",
     .early = routes_console_api_early,
     .handle = routes_console_api},
    {.method = "GET", .path = "/report/{form}", .flags = OF_CONSOLE, .handle = routes_report},
    {.method = "GET", .path = "/openapi.json", .flags = OF_CONSOLE, .handle = routes_openapi},
    {.method = "GET", .path = "/odata", .flags = OF_CONSOLE, .handle = routes_odata},
    {.method = "GET", .path = "/odata/", .flags = OF_CONSOLE, .handle = routes_odata},
    {.method = "GET",
     .path = "/odata/",
     .flags = HTTPD_PREFIX | OF_CONSOLE,
     .handle = routes_odata},
    {.method = "GET", .path = "/photo/{sha256}", .flags = OF_CONSOLE, .handle = routes_photo},
    {.method = "GET", .path = "/", .flags = OF_CONSOLE, .handle = routes_console_file},
    {.method = "GET", .path = "/{name}", .flags = OF_CONSOLE, .handle = routes_console_file},
    {.method = "GET", .path = "/lib/{name}", .flags = OF_CONSOLE, .handle = routes_console_file},
    {.method = "GET", .path = "/lang/{name}", .flags = OF_CONSOLE, .handle = routes_console_file},
};
enum { ROUTES = sizeof(table) / sizeof(table[0]) };

static const struct tries_conf tries_conf = {.remembered = ENROLMENT_REMEMBERED,
					     .window_s = ENROLMENT_WINDOW_S,
					     .from = ENROLMENT_TRIES};

/* ---- problems ---- */

/* What an agent can follow or check by itself (L13, L10): nothing in it has to be believed. */
static void add_proof(const struct routes *rt, const char *code, struct span checkpoint,
		      struct json *o)
{
	bool other = strcmp(code, "epoch") == 0 || strcmp(code, "key") == 0;

	if (other && json_len(rt->leads) > 0)
		json_set(o, "log", json_copy(rt->leads));
	if (checkpoint.len > 0)
		json_set_span(o, "checkpoint", checkpoint);
}

static enum rc problem_body(const struct routes *rt, const struct httpd_req *req, int status,
			    const char *code, const struct err *e, struct span checkpoint,
			    struct buf *out)
{
	const struct lang *lang = rt->lang[strcmp(httpd_lang(req), "en") == 0];
	struct json *o = json_object();
	const char *now = err_arg(e, "now"), *offset = err_arg(e, "offset");
	struct buf text;
	enum rc rc;

	buf_init(&text, PROBLEM_MAX);
	buf_addf(&text, "rc.%s", err_name(e->rc));
	json_set_str(o, "type", "about:blank");
	json_set_str(o, "title", lang_text(lang, (const char *)text.p));
	json_set_int(o, "status", status);
	buf_reset(&text);
	lang_err(lang, e, &text);
	json_set_span(o, "detail", span_buf(&text));
	json_set_str(o, "code", code);
	json_set_str(o, "key", e->key);
	if (e->clause[0])
		json_set_str(o, "clause", e->clause);
	if (now && strcmp(code, "clock") == 0)
		json_set_int(o, "now", clock_now_s(rt->col->clock));
	if (offset)
		json_set_str(o, "offset", offset);
	add_proof(rt, code, checkpoint, o);
	rc = json_write(o, false, out, NULL);
	buf_free(&text);
	json_free(o);
	return rc;
}

void routes_problem(struct routes *rt, struct httpd_req *req, int status, const char *code,
		    const struct err *e)
{
	routes_problem_note(rt, req, status, code, e, span_of(NULL, 0));
}

void routes_problem_note(struct routes *rt, struct httpd_req *req, int status, const char *code,
			 const struct err *e, struct span checkpoint)
{
	struct buf b;

	if (status == 0)
		status = httpd_status(e->rc);
	if (status == 507 || status == 500) /* nothing of the request is stored: try again (P27) */
		status = e->rc == RC_INTERNAL || e->rc == RC_CORRUPT ? 500 : 503;
	if (status == 503) /* whoever answers 429 says how long */
		httpd_set_int(req, "Retry-After", RETRY_S);
	buf_init(&b, LIMIT_JSON_TEXT);
	if (problem_body(rt, req, status, code ? code : err_name(e->rc), e, checkpoint, &b) == RC_OK)
		httpd_reply_buf(req, status, problem_type, &b);
	else
		httpd_reply(req, status, problem_type, span_str("{\"type\":\"about:blank\"}"));
	buf_free(&b);
}

/* ---- who asks ---- */

/* A header that may stand once or not at all. */
static enum rc one(const struct httpd_req *req, const char *name, const char **ret,
		   struct err *reterr)
{
	enum rc rc = httpd_header_once(req, name, ret, reterr);

	if (rc == RC_NOTFOUND) {
		*ret = NULL;
		return RC_OK;
	}
	return rc;
}

/* What is signed of a request; strings live in *text and the request. */
struct signed_parts {
	struct httpsig_req r;
	char *path, *query;
	const char *input, *signature;
};

static bool has_body(const struct httpd_req *req)
{
	return httpd_content_length(req) > 0 || httpd_header(req, "Transfer-Encoding");
}

static enum rc read_parts(const struct httpd_req *req, struct signed_parts *p, struct err *reterr)
{
	struct span query = httpd_raw_query(req);
	const char *host = httpd_header(req, "Host");
	enum rc rc = one(req, "Signature-Input", &p->input, reterr);

	if (rc == RC_OK)
		rc = one(req, "Signature", &p->signature, reterr);
	if (rc == RC_OK)
		rc = one(req, "Content-Digest", &p->r.digest, reterr);
	if (rc == RC_OK)
		rc = one(req, "Upload-Offset", &p->r.upload_offset, reterr);
	if (rc == RC_OK && (!p->input || !p->signature || (has_body(req) && !p->r.digest)))
		rc = err_set(reterr, RC_REFUSED, "P4", "httpsig.missing", NULL);
	if (rc != RC_OK)
		return rc;
	p->path = span_dup(httpd_raw_path(req));
	p->query = span_dup(query.p ? query : span_str(""));
	if (!p->path || !p->query)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	p->r.method = httpd_method(req);
	p->r.authority = host ? host : "";
	p->r.plain = !httpd_tls(req);
	p->r.path = p->path;
	p->r.query = p->query;
	if (strcmp(p->r.method, "PATCH") != 0)
		p->r.upload_offset = NULL;
	return RC_OK;
}

/* Signature and clock; the code of the refusal in *retcode. */
static enum rc check_signature(struct routes *rt, const struct httpd_req *req,
			       struct signed_parts *p, struct httpsig *sig, const char **retcode,
			       struct err *reterr)
{
	enum rc rc = read_parts(req, p, reterr);

	*retcode = "signature";
	if (rc == RC_OK)
		rc = httpsig_parse(span_str(p->input), span_str(p->signature), &p->r, sig, reterr);
	if (rc != RC_OK)
		return rc;
	rc = httpsig_verify(sig, &p->r, reterr);
	if (rc == RC_OK) {
		rc = httpsig_fresh(sig, clock_now_s(rt->col->clock), reterr);
		*retcode = "clock";
	}
	return rc;
}

/* P7: is it a key we deal with? */
static enum rc check_key(struct routes *rt, const uint8_t pk[CRYPT_PK_LEN], unsigned roles,
			 bool *retrevoked, struct err *reterr)
{
	const struct ingest_snapshot *s = ingest_snapshot(rt->col->ingest);
	struct keyring_key k;
	enum rc rc = RC_OK;

	*retrevoked = false;
	if (!keyring_find(s->keyring, pk, &k) || !k.admitted || !(roles & 1U << k.role))
		rc = err_set(reterr, RC_DENIED, "P7", "routes.key", NULL);
	else
		*retrevoked = k.revoked_from >= 0;
	ingest_snapshot_end(rt->col->ingest, s);
	return rc;
}

static enum rc authenticate(struct routes *rt, const struct httpd_req *req, unsigned roles,
			    struct nonces *nonces, struct routes_who *ret, const char **retcode, struct err *reterr)
{
	struct signed_parts p = {.path = NULL};
	struct httpsig sig;
	enum rc rc = check_signature(rt, req, &p, &sig, retcode, reterr);

	if (rc == RC_OK && roles) {
		rc = check_key(rt, sig.key, roles, &ret->revoked, reterr);
		*retcode = "key";
	}
	if (rc == RC_OK) {
		rc = nonces_take(nonces, &sig, clock_now_s(rt->col->clock), reterr);
		*retcode = "replay";
	}
	if (rc == RC_OK && p.r.digest && strlen(p.r.digest) >= sizeof(ret->digest)) {
		rc = err_set(reterr, RC_REFUSED, "P4", "httpsig.digest", NULL);
		*retcode = "signature";
	}
	if (rc == RC_OK) {
		memcpy(ret->key, sig.key, sizeof(ret->key));
		if (p.r.digest)
			memcpy(ret->digest, p.r.digest, strlen(p.r.digest) + 1);
	}
	free(p.path);
	free(p.query);
	return rc;
}

static void refuse_key(struct routes *rt, struct httpd_req *req, const char *code, const struct err *e)
{
	meter_add(rt->col->meter, METER_DENIED, code, NULL, 1);
	routes_problem(rt, req, 401, code, e);
}

struct routes_who *routes_auth(struct routes *rt, struct httpd_req *req, unsigned roles,
			       struct nonces *nonces)
{
	struct routes_who *who = calloc(1, sizeof(*who));
	const char *coding = httpd_header(req, "Content-Encoding"), *code = NULL;
	struct err e;
	enum rc rc;

	if (!who) {
		err_set(&e, RC_NOMEM, NULL, "buf.memory", NULL);
		routes_problem(rt, req, 503, NULL, &e);
		return NULL;
	}
	httpd_own(req, who, free);
	if (coding && strcmp(coding, "zstd") != 0 && strcmp(coding, "identity") != 0) {
		err_set(&e, RC_USAGE, "P8", "routes.coding", NULL);
		routes_problem(rt, req, 415, "type", &e);
		return NULL;
	}
	rc = authenticate(rt, req, roles, nonces, who, &code, &e);
	if (rc == RC_OK)
		return who;
	who->ours = rc == RC_BUSY || rc == RC_NOMEM;
	if (who->ours)
		routes_problem(rt, req, 503, NULL, &e);
	else
		refuse_key(rt, req, code, &e);
	return NULL;
}

const char *routes_address(const struct routes *rt, const struct httpd_req *req)
{
	return rt->console ? console_address(rt->console, req) : httpd_peer(req);
}

bool routes_body(struct routes *rt, struct httpd_req *req, struct buf *out)
{
	const struct routes_who *who = httpd_owned(req);
	const char *coding = httpd_header(req, "Content-Encoding");
	struct span body = httpd_body(req);
	char digest[HTTPSIG_DIGEST_LEN];
	struct err e;
	enum rc rc = RC_OK;

	httpsig_digest(body, digest);
	if (strcmp(digest, who->digest) != 0) {
		err_set(&e, RC_REFUSED, "P4", "httpsig.digest", NULL);
		routes_problem(rt, req, 401, "signature", &e);
		return false;
	}
	if (coding && strcmp(coding, "zstd") == 0) {
		rc = zst_decompress(body, out->max, out, &e);
		if (rc == RC_LIMIT)
			rc = err_num(&e, RC_LIMIT, "P8", "zst.too_large", "max", (int64_t)out->max);
		else if (rc == RC_REFUSED)
			rc = err_set(&e, RC_REFUSED, "P13", "zst.corrupt", NULL);
	} else {
		buf_add_span(out, body);
		rc = buf_check(out, &e);
	}
	if (rc != RC_OK)
		routes_problem(rt, req, 0, NULL, &e);
	return rc == RC_OK;
}

/* ---- answers ---- */

static bool takes_zstd(const struct httpd_req *req)
{
	const char *a = httpd_header(req, "Accept-Encoding");

	while (a && *a) {
		size_t skip = strspn(a, " ,"), n = strcspn(a + skip, ",; ");

		if (n == 4 && memcmp(a + skip, "zstd", 4) == 0)
			return true;
		a += skip;
		a += strcspn(a, ",");
	}
	return false;
}

void routes_reply(struct httpd_req *req, const char *type, struct buf *body)
{
	struct buf z;

	buf_init(&z, LIMIT_HTTP_INFLATED);
	if (body->len >= ZSTD_FROM && takes_zstd(req) &&
	    zst_compress(span_buf(body), ZST_LEVEL, &z, NULL) == RC_OK && z.len < body->len) {
		httpd_set(req, "Content-Encoding", "zstd");
		httpd_reply_buf(req, 200, type, &z);
	} else {
		httpd_reply_buf(req, 200, type, body);
	}
	buf_free(&z);
}

/* ---- counting ---- */

/* By the route's own words, so that what a stranger asks for makes no series. */
static void count_ended(void *ctx, const struct httpd_ended *what)
{
	static const char *const class[] = {"none", "1xx", "2xx", "3xx", "4xx", "5xx"};
	struct routes *rt = ctx;
	char route[METER_LABEL] = "none";

	if (what->route)
		snprintf(route, sizeof(route), "%s %s", what->route->method, what->route->path);
	meter_add(rt->col->meter, METER_REQUESTS, route, class[what->status / 100], 1);
	meter_add(rt->col->meter, METER_BYTES, "in", NULL, what->got);
	meter_add(rt->col->meter, METER_BYTES, "out", NULL, what->sent);
}

/* ---- life ---- */

/* The rows that are served. */
static enum rc choose(struct routes *rt, struct httpd_conf *h, struct err *reterr)
{
	rt->served = calloc(ROUTES, sizeof(*rt->served));
	if (!rt->served)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	for (size_t i = 0; i < ROUTES; i++)
		if (rt->owner || !(table[i].flags & OF_CONSOLE))
			rt->served[h->nroute++] = table[i];
	h->route = rt->served;
	return RC_OK;
}

enum rc routes_start(struct routes **ret, const struct routes_conf *conf, struct err *reterr)
{
	struct routes *rt = calloc(1, sizeof(*rt));
	struct httpd_conf h = {.address = conf->address,
			       .port = conf->port,
			       .tls_cert_pem = conf->tls_cert_pem,
			       .tls_key_pem = conf->tls_key_pem,
			       .max_per_address = os_is_loopback(conf->address) ? 0 : ROUTES_PER_ADDRESS,
			       .csp = PAGE_CSP,
			       .lang = "vi",
			       .problem_base = "about:blank#",
			       .ended = count_ended,
			       .ctx = rt};
	enum rc rc;

	if (!rt)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	rt->col = conf->col;
	rt->owner = conf->owner;
	rc = choose(rt, &h, reterr);
	if (rc == RC_OK)
		rc = nonces_new(&rt->nonces, LIMIT_NONCES, reterr);
	if (rc == RC_OK)
		rc = nonces_new(&rt->strangers, LIMIT_NONCES_ANY, reterr);
	if (rc == RC_OK)
		rc = nonces_new(&rt->newcomers, LIMIT_NONCES_ANY, reterr);
	if (rc == RC_OK)
		rc = tries_new(&rt->tries, &tries_conf, reterr);
	if (rc == RC_OK)
		rc = quota_new(&rt->quota, reterr);
	if (rc == RC_OK)
		rc = lang_load("vi", &rt->lang[0], reterr);
	if (rc == RC_OK)
		rc = lang_load("en", &rt->lang[1], reterr);
	if (rc == RC_OK)
		rc = recovery_lines(rt->col, &rt->leads, reterr);
	if (rc == RC_OK && conf->owner)
		rc = console_new(&rt->console, rt, conf->names, reterr);
	if (rc == RC_OK && conf->owner)
		rc = odata_issues_new(&rt->issues, reterr);
	if (rc == RC_OK && conf->owner)
		rc = places_new(&rt->reading, ODATA_RUNNING, ODATA_OF_ACCOUNT, reterr);
	if (rc == RC_OK)
		rc = httpd_start(&rt->httpd, &h, reterr);
	if (rc == RC_OK && rt->console)
		console_listens(rt->console, httpd_port(rt->httpd), conf->tls_cert_pem != NULL);
	if (rc == RC_OK)
		*ret = rt;
	else
		routes_stop(rt);
	return rc;
}

void routes_stop(struct routes *rt)
{
	if (!rt)
		return;
	httpd_stop(rt->httpd, GRACE_MS);
	nonces_free(rt->nonces);
	nonces_free(rt->strangers);
	nonces_free(rt->newcomers);
	tries_free(rt->tries);
	quota_free(rt->quota);
	console_free(rt->console);
	odata_issues_free(rt->issues);
	places_free(rt->reading);
	lang_free(rt->lang[0]);
	lang_free(rt->lang[1]);
	json_free(rt->leads);
	free(rt->served);
	free(rt);
}

const char *routes_url(const struct routes *rt)
{
	return httpd_url(rt->httpd);
}

uint16_t routes_port(const struct routes *rt)
{
	return httpd_port(rt->httpd);
}
