/*
 * transport: the HTTP carrier: sign, compress, send, inflate, read what was told.
 * Clauses P1-P5, P8, P21, P26. Not here: what a body means.
 */
#include "agent/transport.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/http.h"
#include "lib/json.h"
#include "lib/lang.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "lib/zst.h"
#include "sync/httpsig.h"

enum { HEADERS_MAX = 10, ZSTD_LEVEL = 9, COMPRESS_FROM = 256, VALUE_MAX = 1024 };

struct carrier {
	char *url;         /* without trailing slash */
	const char *base;  /* path within url that stands before every other, "" as a rule */
	char *authority;   /* what the Host header will say */
	bool plain;        /* http */
	struct crypt_signer *device;
	const struct clock *clock;
	char lang[3];
	int64_t offset_s; /* collector's clock minus ours, from a 401 clock (P5) */
	struct http *http;
};

/* Everything of one request that must live until it is sent. */
struct outgoing {
	struct http_header head[HEADERS_MAX];
	size_t nhead;
	struct buf body, url, path, input, sig;
	char digest[HTTPSIG_DIGEST_LEN], offset[NUM_I64_LEN], range[2 * NUM_I64_LEN + 8];
};

static void add_head(struct outgoing *o, const char *name, const char *value)
{
	o->head[o->nhead++] = (struct http_header){name, value};
}

/* The body as it travels: zstd when that is shorter. */
static enum rc pack(const struct transport_req *req, struct outgoing *o, struct err *reterr)
{
	enum rc rc = RC_OK;

	if (req->body.len >= COMPRESS_FROM && req->upload_offset < 0)
		rc = zst_compress(req->body, ZSTD_LEVEL, &o->body, reterr);
	if (rc != RC_OK)
		return rc;
	if (o->body.len > 0 && o->body.len < req->body.len) {
		add_head(o, "Content-Encoding", "zstd");
		return RC_OK;
	}
	buf_reset(&o->body);
	buf_add_span(&o->body, req->body);
	return buf_check(&o->body, reterr);
}

static enum rc sign(const struct carrier *c, const struct transport_req *req, struct outgoing *o,
		    struct err *reterr)
{
	struct httpsig_req r = {.method = req->method,
				.authority = c->authority,
				.plain = c->plain,
				.path = (const char *)o->path.p,
				.query = "",
				.digest = req->type ? o->digest : NULL,
				.upload_offset = req->upload_offset >= 0 ? o->offset : NULL};
	/* Set back since the collector told it the time, it may be off to before 1970: what names no
	 * time would be no signature; what names a wrong one is told the time anew (P5). */
	int64_t told = clock_now_s(c->clock) + c->offset_s, created = told > 0 ? told : 0;
	uint8_t nonce[HTTPSIG_NONCE];
	enum rc rc;

	crypt_random(nonce, sizeof(nonce));
	rc = httpsig_sign(&r, c->device, created, nonce, &o->input, &o->sig, reterr);
	if (rc == RC_OK) {
		add_head(o, "Signature-Input", (const char *)o->input.p);
		add_head(o, "Signature", (const char *)o->sig.p);
	}
	return rc;
}

static void add_range(struct outgoing *o, const struct transport_req *req)
{
	size_t n;

	if (req->range_from < 0)
		return;
	memcpy(o->range, "bytes=", 6);
	num_str(req->range_from, o->range + 6);
	n = strlen(o->range);
	memcpy(o->range + n, "-", 2);
	if (req->range_len > 0)
		num_str(req->range_from + req->range_len - 1, o->range + n + 1);
	add_head(o, "Range", o->range);
}

static enum rc build(const struct carrier *c, const struct transport_req *req, struct outgoing *o,
		     struct err *reterr)
{
	enum rc rc = RC_OK;

	buf_add_str(&o->path, c->base);
	buf_add_str(&o->path, req->path);
	buf_add_str(&o->url, c->url);
	buf_add_str(&o->url, req->path);
	if (req->type) {
		add_head(o, "Content-Type", req->type);
		rc = pack(req, o, reterr);
		httpsig_digest(span_buf(&o->body), o->digest);
		add_head(o, "Content-Digest", o->digest);
	}
	if (req->upload_offset >= 0) {
		num_str(req->upload_offset, o->offset);
		add_head(o, "Upload-Offset", o->offset);
	}
	add_range(o, req);
	add_head(o, "Accept-Encoding", "zstd");
	add_head(o, "Accept-Language", c->lang);
	if (rc == RC_OK)
		rc = buf_check(&o->path, reterr);
	if (rc == RC_OK)
		rc = sign(c, req, o, reterr);
	return rc == RC_OK ? buf_check(&o->url, reterr) : rc;
}

/* ---- the answer ---- */

static int64_t head_int(const struct http_res *in, const char *name, int64_t absent)
{
	char value[VALUE_MAX];
	int64_t v;

	if (http_head(in, name, value, sizeof(value), NULL) != RC_OK ||
	    num_i64(span_str(value), 0, NUM_SAFE_MAX, &v) != RC_OK)
		return absent;
	return v;
}

/*
 * Retry-After: seconds, or a date (RFC 9110, 10.2.3), which is read by the clock of whoever wrote it: his Date. A
 * date gone by is one second. 0: absent.
 */
static int64_t retry_after(const struct http_res *in, int64_t now)
{
	int64_t s = head_int(in, "Retry-After", -1), until, date;
	char value[VALUE_MAX];

	if (s >= 0 || http_head(in, "Retry-After", value, sizeof(value), NULL) != RC_OK)
		return s > 0 ? s : 0;
	until = http_date(value);
	date = http_head(in, "Date", value, sizeof(value), NULL) == RC_OK ? http_date(value) : -1;
	if (until < 0)
		return 0;
	s = until - (date >= 0 ? date : now);
	return s > 0 ? s : 1;
}

/* "bytes FROM-TO/SIZE" (RFC 9110, 14.4); anything else is as if absent. */
static void read_range(const struct http_res *in, struct transport_res *res)
{
	char value[VALUE_MAX], *dash, *slash;
	int64_t from, size;

	res->range_from = res->range_size = -1;
	if (http_head(in, "Content-Range", value, sizeof(value), NULL) != RC_OK ||
	    strncmp(value, "bytes ", 6) != 0)
		return;
	dash = strchr(value, '-');
	slash = dash ? strchr(dash, '/') : NULL;
	if (!slash || num_i64(span_of(value + 6, (size_t)(dash - value) - 6), 0, NUM_SAFE_MAX, &from) != RC_OK ||
	    num_i64(span_str(slash + 1), 0, NUM_SAFE_MAX, &size) != RC_OK)
		return;
	res->range_from = from;
	res->range_size = size;
}

static enum rc unpack(const struct http_res *in, size_t max, struct buf *out, struct err *reterr)
{
	char value[VALUE_MAX];
	enum rc rc = http_head(in, "Content-Encoding", value, sizeof(value), NULL);

	if (rc == RC_OK && strcmp(value, "zstd") == 0)
		return zst_decompress(span_buf(&in->body), max, out, reterr);
	if (rc == RC_OK && strcmp(value, "identity") != 0)
		return err_set(reterr, RC_REMOTE, "P26", "transport.encoding", NULL);
	buf_add_span(out, span_buf(&in->body));
	return buf_check(out, reterr);
}

/* The words of a problem end with its clause, which whoever shows the error adds by itself. */
static void cut_clause(char *detail, const char *clause)
{
	size_t n = strlen(detail), c = clause ? strlen(clause) : 0;
	char *end = n > c + 3 ? detail + n - (c + 3) : NULL;

	if (c > 0 && end && end[0] == ' ' && end[1] == '(' && strncmp(end + 2, clause, c) == 0 &&
	    end[c + 2] == ')')
		*end = '\0';
}

/* What a problem document says (P21); of anything else only the status is told. */
static void read_problem(struct transport_res *res, int64_t *retnow)
{
	struct json *p = NULL;
	const char *code, *clause;
	char status[NUM_I64_LEN], *detail;

	num_str(res->status, status);
	if (strcmp(res->type, "application/problem+json") != 0 ||
	    json_parse(span_buf(&res->body), &json_rules_tree, &p, NULL) != RC_OK) {
		err_set(&res->problem, RC_REMOTE, "P26", "transport.status", "status", status,
			NULL);
		return;
	}
	code = json_get_str(p, "code");
	clause = json_get_str(p, "clause");
	detail = span_dup(span_str(json_get_str(p, "detail") ? json_get_str(p, "detail") : status));
	if (code && strlen(code) < sizeof(res->code))
		memcpy(res->code, code, strlen(code) + 1);
	if (detail)
		cut_clause(detail, clause);
	err_set(&res->problem, RC_REMOTE, clause, "transport.problem", "detail",
		detail ? detail : status, NULL);
	free(detail);
	json_get_int(p, "now", retnow);
	json_free(p);
}

/* now: as the collector's clock is known here. */
static enum rc read_answer(const struct http_res *in, int64_t now, size_t max,
			   struct transport_res *res, int64_t *retnow, struct err *reterr)
{
	char value[VALUE_MAX], *semi;
	enum rc rc;

	res->status = in->status;
	res->upload_offset = head_int(in, "Upload-Offset", -1);
	res->retry_after_s = retry_after(in, now);
	read_range(in, res);
	if (http_head(in, "Upload-Complete", value, sizeof(value), NULL) == RC_OK)
		res->upload_complete = strcmp(value, "?1") == 0;
	if (http_head(in, "Content-Type", value, sizeof(value), NULL) == RC_OK) {
		semi = strchr(value, ';');
		if (semi)
			*semi = '\0';
		if (strlen(value) < sizeof(res->type))
			memcpy(res->type, value, strlen(value) + 1);
	}
	rc = unpack(in, max, &res->body, reterr);
	if (rc == RC_OK && res->status >= 400)
		read_problem(res, retnow);
	return rc;
}

static enum rc once(struct carrier *c, const struct transport_req *req, struct transport_res *res,
		    int64_t *retnow, struct err *reterr)
{
	struct outgoing o = {.nhead = 0};
	struct http_req h = {.method = req->method, .max_body = req->max + LIMIT_KIB};
	struct http_res in;
	enum rc rc;

	memset(res, 0, sizeof(*res));
	buf_init(&res->body, req->max);
	buf_init(&o.body, LIMIT_HTTP_INFLATED);
	buf_init(&o.url, LIMIT_PATH);
	buf_init(&o.path, LIMIT_PATH);
	buf_init(&o.input, VALUE_MAX);
	buf_init(&o.sig, VALUE_MAX);
	rc = build(c, req, &o, reterr);
	if (rc == RC_OK) {
		h.url = (const char *)o.url.p;
		h.head = o.head;
		h.nhead = o.nhead;
		h.body = span_buf(&o.body);
		h.has_body = req->type != NULL;
		rc = http_exchange(c->http, &h, &in, reterr);
	}
	if (rc == RC_OK) {
		rc = read_answer(&in, clock_now_s(c->clock) + c->offset_s, req->max, res, retnow, reterr);
		http_res_free(&in);
	}
	buf_free(&o.body);
	buf_free(&o.url);
	buf_free(&o.path);
	buf_free(&o.input);
	buf_free(&o.sig);
	if (rc != RC_OK)
		buf_free(&res->body);
	return rc;
}

/*
 * The carrier beneath asks again by itself when a connection it had kept turns out to be dead, with the same
 * nonce (P6). The answer to a HEAD has no body that tells the code.
 */
static bool was_replayed(const struct transport_req *req, const struct transport_res *res)
{
	return res->status == 401 &&
	       (strcmp(res->code, "replay") == 0 || (!res->code[0] && strcmp(req->method, "HEAD") == 0));
}

/* A clock that is off is told once by the collector, then remembered (P5). */
static enum rc exchange(void *ctx, const struct transport_req *req, struct transport_res *res,
			struct err *reterr)
{
	struct carrier *c = ctx;
	int64_t now = -1;
	enum rc rc = once(c, req, res, &now, reterr);

	if (rc == RC_OK && was_replayed(req, res)) {
		buf_free(&res->body);
		rc = once(c, req, res, &now, reterr);
	}
	if (rc != RC_OK || res->status != 401 || strcmp(res->code, "clock") != 0 || now < 0)
		return rc;
	c->offset_s = now - clock_now_s(c->clock);
	buf_free(&res->body);
	return once(c, req, res, &now, reterr);
}

enum rc transport_answer(const struct transport_res *res, const char *type, struct err *reterr)
{
	if (res->status == 200 && strcmp(res->type, type) == 0)
		return RC_OK;
	if (res->status == 401 && strcmp(res->code, "clock") == 0)
		return err_set(reterr, RC_REMOTE, "P5", "sync.clock", NULL);
	if (res->status < 400 || res->status == 511) /* 511: RFC 6585, a login is asked for */
		return err_set(reterr, RC_UNAVAILABLE, "P26", "sync.portal", NULL);
	if (reterr)
		*reterr = res->problem;
	return res->problem.rc;
}

static void carrier_free(void *ctx)
{
	struct carrier *c = ctx;

	if (!c)
		return;
	http_free(c->http);
	free(c->url);
	free(c->authority);
	free(c);
}

static enum rc carrier_http(struct carrier *c, const struct transport_conf *conf,
			    struct err *reterr)
{
	struct http_conf h = {.agent = "kiemke",
			      .stoppable = true,
			      .ca_file = conf->ca_file,
			      .max_bytes_per_s = conf->max_bytes_s};
	char pin[16 + CODEC_B64_LEN(32)];

	if (conf->pin) {
		memcpy(pin, "sha256//", 8);
		codec_b64(conf->pin, 32, pin + 8);
		h.pin = pin;
	}
	return http_new(&c->http, &h, reterr);
}

/* Take the URL apart: what is signed must be what is sent. */
static enum rc carrier_url(struct carrier *c, const char *url, struct err *reterr)
{
	size_t len = strlen(url);
	struct buf host;
	enum rc rc = http_url_check(url, reterr);

	if (rc == RC_OK && strchr(url, '?'))
		rc = err_set(reterr, RC_USAGE, NULL, "http.url", "url", url, NULL);
	if (rc != RC_OK)
		return rc;
	while (len > 0 && url[len - 1] == '/')
		len--;
	c->url = span_dup(span_of(url, len));
	if (!c->url)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	c->base = strstr(c->url, "://") + 3;
	c->base += strcspn(c->base, "/");
	c->plain = strncmp(c->url, "http:", 5) == 0;
	buf_init(&host, LIMIT_PATH);
	rc = http_url_host(c->url, &host, reterr);
	if (rc == RC_OK)
		c->authority = buf_take(&host, NULL);
	buf_free(&host);
	return rc;
}

enum rc transport_http(struct transport *ret, const struct transport_conf *conf, struct err *reterr)
{
	struct carrier *c = calloc(1, sizeof(*c));
	enum rc rc;

	if (!c)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	c->device = conf->device;
	c->clock = conf->clock;
	memcpy(c->lang, lang_pick(conf->lang), sizeof(c->lang));
	c->offset_s = conf->clock_off;
	rc = carrier_url(c, conf->url, reterr);
	if (rc == RC_OK)
		rc = carrier_http(c, conf, reterr);
	if (rc != RC_OK) {
		carrier_free(c);
		return rc;
	}
	*ret = (struct transport){c, exchange, carrier_free};
	return RC_OK;
}
