/*
 * httpd: see httpd.h. A request is met by microhttpd in this order: on_target
 * (its line is read: the raw target is kept), on_access once on the headers, then
 * once per piece of body, then once at the end, and on_completed however it ends.
 * The reply a handler gives is kept in the request and queued when microhttpd can
 * take it: on the headers or at the end, never in the middle of a body. That is
 * why a refused body up to HTTPD_DRAIN is read and dropped: closing with unread
 * bytes resets the connection and the peer never learns why.
 * The build defines _GNU_SOURCE here for what microhttpd.h brings in.
 */
#include "lib/httpd.h"

#include <microhttpd.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/httpd_crowd.h"
#include "lib/json.h"
#include "lib/lang.h"
#include "lib/num.h"
#include "lib/os.h"
#include "lib/text.h"

enum {
	STACK = 1024 * 1024,    /* bytes of a handler's thread; virtual until touched */
	SCRATCH = 32 * 1024,    /* bytes of decoded parameters and cookies of one request */
	FILE_STEP = 64 * 1024,  /* bytes read at once from a file being sent */
	NAME_MAX_BYTES = 256,   /* bytes of a host, cookie or header name we look at */
	PROBLEM_MAX = 64 * 1024 /* bytes of a problem reply, extra members included */
};

enum lang_no { LANG_VI, LANG_EN, LANGS };
static const char *const lang_names[LANGS] = {"vi", "en"};

struct httpd {
	struct httpd_conf conf;
	struct MHD_Daemon *mhd;
	struct lang *lang[LANGS];
	struct os_mutex *lock; /* of `running` */
	struct os_cond *idle;  /* running fell to 0 */
	struct httpd_crowd *crowd; /* NULL: as many connections from one address as come */
	int running;
	atomic_bool stopping;
	intptr_t sock; /* ours until the daemon has it, and again once it is quiesced; -1 */
	uint16_t port;
	char url[NAME_MAX_BYTES];
};

struct reply_header {
	char *name, *value;
};

struct httpd_req {
	struct httpd *d;
	struct MHD_Connection *c;
	char *target;
	bool target_long;
	const char *method;
	struct span raw_path, raw_query;
	char path[HTTPD_PARAM_MAX + 1];
	const char *param;
	const struct httpd_route *route;
	char peer[64];

	bool begun; /* headers were looked at */
	bool chunked, expects;
	int64_t length; /* Content-Length, -1 none */
	struct buf body;
	size_t seen, dropped; /* bytes of body so far, and those of them nobody wanted */
	bool drop;            /* drop what still comes */

	struct reply_header head[HTTPD_REPLY_HEADERS];
	size_t nhead;
	bool secure;   /* TLS ended before us */
	bool bad_head; /* a handler set an impossible header */
	bool close;    /* the framing cannot be trusted: end the connection */
	bool replied;
	int status;
	int64_t sent; /* bytes of the reply's body */
	struct MHD_Response
	    *reply; /* NULL when replied without memory: the connection is dropped */

	struct arena scratch;
	void *own;
	void (*own_free)(void *p);
};

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Equal but for ASCII case. */
static bool same(struct span a, const char *b)
{
	size_t n = strlen(b);

	if (a.len != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (lower((char)a.p[i]) != lower(b[i]))
			return false;
	return true;
}

/* Cut the next item off *rest at `sep`, trimmed. False when nothing is left. */
static bool next_item(struct span *rest, char sep, struct span *retitem)
{
	const uint8_t *p = rest->len > 0 ? memchr(rest->p, sep, rest->len) : NULL;

	if (rest->len == 0)
		return false;
	if (p) {
		size_t n = (size_t)(p - rest->p);
		*retitem = span_trim(span_of(rest->p, n), " \t");
		*rest = span_of(p + 1, rest->len - n - 1);
	} else {
		*retitem = span_trim(*rest, " \t");
		rest->len = 0;
	}
	return true;
}

static bool token_name(const char *s, size_t len)
{
	static const char tchar[] = "!#$%&'*+-.^_`|~0123456789"
				    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

	for (size_t i = 0; i < len; i++)
		if (s[i] == '\0' || !strchr(tchar, s[i]))
			return false;
	return len > 0;
}

static bool header_value(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (((unsigned char)s[i] < ' ' && s[i] != '\t') || s[i] == 0x7f)
			return false;
	return true;
}

/* ---- the request, as handlers see it ---- */

const char *httpd_method(const struct httpd_req *req)
{
	return req->method;
}

const char *httpd_target(const struct httpd_req *req)
{
	return req->target;
}

struct span httpd_raw_path(const struct httpd_req *req)
{
	return req->raw_path;
}

struct span httpd_raw_query(const struct httpd_req *req)
{
	return req->raw_query;
}

const char *httpd_path(const struct httpd_req *req)
{
	return req->path;
}

const char *httpd_param(const struct httpd_req *req)
{
	return req->param;
}

const struct httpd_route *httpd_route(const struct httpd_req *req)
{
	return req->route;
}

struct span httpd_body(const struct httpd_req *req)
{
	return span_buf(&req->body);
}

int64_t httpd_content_length(const struct httpd_req *req)
{
	return req->length;
}

const char *httpd_peer(const struct httpd_req *req)
{
	return req->peer;
}

const void *httpd_peer_address(const struct httpd_req *req)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(req->c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	return info ? info->client_addr : NULL;
}

uint16_t httpd_own_port(const struct httpd_req *req)
{
	return req->d->port;
}

bool httpd_tls(const struct httpd_req *req)
{
	return req->d->conf.tls_cert_pem != NULL;
}

const char *httpd_header(const struct httpd_req *req, const char *name)
{
	return MHD_lookup_connection_value(req->c, MHD_HEADER_KIND, name);
}

struct counting {
	const char *name, *value;
	int n;
};

static enum MHD_Result count_header(void *arg, enum MHD_ValueKind kind, const char *name,
				    const char *value)
{
	struct counting *k = arg;

	(void)kind;
	if (same(span_str(name), k->name)) {
		k->n++;
		k->value = value;
	}
	return MHD_YES;
}

enum rc httpd_header_once(const struct httpd_req *req, const char *name, const char **ret,
			  struct err *reterr)
{
	struct counting k = {.name = name};

	MHD_get_connection_values(req->c, MHD_HEADER_KIND, count_header, &k);
	if (k.n == 0 || !k.value)
		return err_set(reterr, RC_NOTFOUND, NULL, "httpd.no_header", "header", name, NULL);
	if (k.n > 1)
		return err_set(reterr, RC_REFUSED, NULL, "httpd.header_twice", "header", name,
			       NULL);
	*ret = k.value;
	return RC_OK;
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (uint8_t)lower((char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte at s, escapes undone; -1 for a bad escape. *retused: bytes taken. */
static int unescape(struct span s, size_t *retused)
{
	*retused = 1;
	if (s.p[0] != '%')
		return s.p[0];
	if (s.len < 3 || hex_digit(s.p[1]) < 0 || hex_digit(s.p[2]) < 0)
		return -1;
	*retused = 3;
	return hex_digit(s.p[1]) * 16 + hex_digit(s.p[2]);
}

/* A decoded copy of a query part; its escapes were checked with the headers. */
static char *decode_query(struct httpd_req *req, struct span s)
{
	char *out = arena_alloc(&req->scratch, s.len + 1);
	size_t used, n = 0;

	if (!out)
		return NULL;
	while (s.len > 0) {
		int c = unescape(s, &used);
		out[n++] = (char)(s.p[0] == '+' ? ' ' : c);
		s = span_of(s.p + used, s.len - used);
	}
	out[n] = '\0';
	return out;
}

const char *httpd_query(const struct httpd_req *req, const char *name)
{
	struct httpd_req *r =
	    (struct httpd_req *)(uintptr_t)req; /* only its scratch memory changes */
	struct span rest = req->raw_query, item;

	while (next_item(&rest, '&', &item)) {
		struct span key = item, value = {0};
		const uint8_t *eq = item.len > 0 ? memchr(item.p, '=', item.len) : NULL;
		if (eq) {
			key.len = (size_t)(eq - item.p);
			value = span_of(eq + 1, item.len - key.len - 1);
		}
		char *k = decode_query(r, key);
		if (k && strcmp(k, name) == 0)
			return decode_query(r, value);
	}
	return NULL;
}

const char *httpd_cookie(const struct httpd_req *req, const char *name, size_t nth)
{
	struct httpd_req *r = (struct httpd_req *)(uintptr_t)req; /* as above */
	const char *all = httpd_header(req, "Cookie");
	struct span rest = span_str(all), item;
	size_t n = strlen(name);

	while (next_item(&rest, ';', &item))
		if (item.len > n && item.p[n] == '=' && memcmp(item.p, name, n) == 0 && nth-- == 0)
			return arena_str(&r->scratch, span_of(item.p + n + 1, item.len - n - 1));
	return NULL;
}

/* Weight of an Accept-Language item in thousandths: "en;q=0.8" is 800. */
static int weight(struct span params)
{
	int q = 0, unit = 1000;

	if (params.len < 3 || lower((char)params.p[0]) != 'q' || params.p[1] != '=')
		return 1000;
	for (size_t i = 2; i < params.len && unit > 0; i++) {
		if (params.p[i] == '.')
			continue;
		if (params.p[i] < '0' || params.p[i] > '9')
			return 0;
		q += (params.p[i] - '0') * unit;
		unit /= 10;
	}
	return q > 1000 ? 1000 : q;
}

static const char *accepted(const char *header)
{
	struct span rest = span_str(header), item;
	const char *best = NULL;
	int most = 0;

	while (next_item(&rest, ',', &item)) {
		struct span tag;
		int q;
		if (!next_item(&item, ';', &tag) || tag.len < 2)
			continue;
		q = weight(span_trim(item, " \t"));
		for (int i = 0; i < LANGS; i++) {
			bool whole = tag.len == 2 || tag.p[2] == '-';
			if (whole && q > most && same(span_of(tag.p, 2), lang_names[i])) {
				most = q;
				best = lang_names[i];
			}
		}
	}
	return best;
}

const char *httpd_lang(const struct httpd_req *req)
{
	const char *asked = req->raw_query.len > 0 ? httpd_query(req, "lang") : NULL;
	const char *header = httpd_header(req, "Accept-Language");
	const char *found = header ? accepted(header) : NULL;

	for (int i = 0; asked && i < LANGS; i++)
		if (strcmp(asked, lang_names[i]) == 0)
			return lang_names[i];
	return found ? found : lang_pick(req->d->conf.lang);
}

void httpd_own(struct httpd_req *req, void *p, void (*free_fn)(void *p))
{
	if (req->own && req->own_free && req->own != p)
		req->own_free(req->own);
	req->own = p;
	req->own_free = free_fn;
}

void *httpd_owned(const struct httpd_req *req)
{
	return req->own;
}

/* ---- the reply ---- */

bool httpd_replied(const struct httpd_req *req)
{
	return req->replied;
}

void httpd_set(struct httpd_req *req, const char *name, const char *value)
{
	struct reply_header h;

	if (req->replied)
		return;
	if (req->nhead == HTTPD_REPLY_HEADERS || !token_name(name, strlen(name)) ||
	    !header_value(value, strlen(value))) {
		req->bad_head = true;
		return;
	}
	h.name = arena_str(&req->scratch, span_str(name));
	h.value = arena_str(&req->scratch, span_str(value));
	if (!h.name || !h.value) {
		req->bad_head = true;
		return;
	}
	req->head[req->nhead++] = h;
}

void httpd_set_int(struct httpd_req *req, const char *name, int64_t value)
{
	char s[NUM_I64_LEN];

	num_str(value, s);
	httpd_set(req, name, s);
}

static bool cookie_octets(const char *s)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		if (c <= ' ' || c >= 0x7f || c == '"' || c == ',' || c == ';' || c == '\\')
			return false;
	}
	return true;
}

void httpd_set_secure(struct httpd_req *req)
{
	req->secure = true;
}

void httpd_set_cookie(struct httpd_req *req, const char *name, const char *value, int64_t max_age_s)
{
	struct buf b;

	if (!token_name(name, strlen(name)) || !cookie_octets(value)) {
		req->bad_head = true;
		return;
	}
	buf_init(&b, HTTPD_HEADER_VALUE_MAX);
	buf_addf(&b, "%s=%s; Path=/; HttpOnly; SameSite=Strict%s", name, value,
		 httpd_tls(req) || req->secure ? "; Secure" : "");
	if (max_age_s >= 0) {
		buf_add_str(&b, "; Max-Age=");
		buf_add_int(&b, max_age_s);
	}
	if (buf_check(&b, NULL) == RC_OK)
		httpd_set(req, "Set-Cookie", (const char *)b.p);
	else
		req->bad_head = true;
	buf_free(&b);
}

static bool was_set(const struct httpd_req *req, const char *name)
{
	for (size_t i = 0; i < req->nhead; i++)
		if (same(span_str(req->head[i].name), name))
			return true;
	return false;
}

/* Headers every reply has; those a handler set win. */
static bool common_headers(const struct httpd_req *req, const char *type, struct MHD_Response *r)
{
	static const char own_only[] = "Cross-Origin-Resource-Policy";
	const struct httpd_conf *conf = &req->d->conf;
	bool html = type && (span_starts(span_str(type), "text/html") ||
			     span_starts(span_str(type), "image/svg"));
	bool cached = req->route && (req->route->flags & HTTPD_CACHE);
	bool ok = true;

	for (size_t i = 0; ok && i < req->nhead; i++)
		ok = MHD_add_response_header(r, req->head[i].name, req->head[i].value) == MHD_YES;
	if (ok && type)
		ok = MHD_add_response_header(r, "Content-Type", type) == MHD_YES;
	if (ok)
		ok = MHD_add_response_header(r, "X-Content-Type-Options", "nosniff") == MHD_YES;
	if (ok && !cached && !was_set(req, "Cache-Control"))
		ok = MHD_add_response_header(r, "Cache-Control", "no-store") == MHD_YES;
	if (ok && html)
		ok = MHD_add_response_header(r, "Referrer-Policy", "no-referrer") == MHD_YES;
	if (ok && html && conf->csp)
		ok = MHD_add_response_header(r, "Content-Security-Policy", conf->csp) == MHD_YES;
	if (ok && conf->csp && !was_set(req, own_only))
		ok = MHD_add_response_header(r, own_only, "same-origin") == MHD_YES;
	if (ok && req->close)
		ok = MHD_add_response_header(r, "Connection", "close") == MHD_YES;
	return ok;
}

/* Keep r (ours, may be NULL) as the reply. */
static void put(struct httpd_req *req, int status, const char *type, struct MHD_Response *r,
		uint64_t len)
{
	struct err e;

	if (req->replied) {
		if (r)
			MHD_destroy_response(r);
		return;
	}
	if (req->bad_head) { /* a bug of ours; what it would have said is not sent */
		if (r)
			MHD_destroy_response(r);
		req->bad_head = false;
		req->nhead = 0;
		err_set(&e, RC_INTERNAL, NULL, "httpd.bad_reply", NULL);
		httpd_problem(req, 500, &e, span_of(NULL, 0));
		return;
	}
	if (r && !common_headers(req, type, r)) {
		MHD_destroy_response(r);
		r = NULL;
	}
	req->replied = true;
	req->status = status;
	req->sent = strcmp(req->method, "HEAD") == 0 ? 0 : (int64_t)len;
	req->reply = r;
}

void httpd_reply(struct httpd_req *req, int status, const char *type, struct span body)
{
	void *p = (void *)(uintptr_t)(body.p ? body.p : (const uint8_t *)"");

	put(req, status, type, MHD_create_response_from_buffer(body.len, p, MHD_RESPMEM_MUST_COPY),
	    body.len);
}

void httpd_reply_buf(struct httpd_req *req, int status, const char *type, struct buf *body)
{
	size_t len = 0;
	char *p = buf_take(body, &len);
	struct MHD_Response *r = NULL;

	if (p)
		r = MHD_create_response_from_buffer(len, p, MHD_RESPMEM_MUST_FREE);
	if (!r)
		free(p);
	put(req, status, type, r, len);
}

struct sending {
	struct os_file *file;
	int64_t offset;
};

static ssize_t send_part(void *arg, uint64_t pos, char *out, size_t max)
{
	struct sending *s = arg;
	size_t got = 0;

	if (os_file_pread(s->file, s->offset + (int64_t)pos, out, max, &got, NULL) != RC_OK ||
	    got == 0)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	return (ssize_t)got;
}

static void sending_free(void *arg)
{
	struct sending *s = arg;

	os_file_close(s->file);
	free(s);
}

void httpd_reply_file(struct httpd_req *req, int status, const char *type, const char *path,
		      int64_t offset, int64_t len)
{
	struct sending *s = calloc(1, sizeof *s);
	struct err e;
	int64_t size = 0;
	enum rc rc;

	if (!s) {
		put(req, 503, NULL, NULL, 0);
		return;
	}
	s->offset = offset;
	rc = os_file_open(&s->file, path, OS_READ, &e);
	if (rc == RC_OK)
		rc = os_file_length(s->file, &size, &e);
	if (rc == RC_OK && (offset < 0 || offset > size))
		rc = err_num(&e, RC_USAGE, NULL, "httpd.range", "size", size);
	if (rc != RC_OK) {
		sending_free(s);
		if (rc == RC_NOTFOUND || rc == RC_DENIED) /* the path is nobody's business */
			err_set(&e, RC_NOTFOUND, NULL, "httpd.not_found", NULL);
		httpd_problem(req, rc == RC_USAGE ? 416 : 0, &e, span_of(NULL, 0));
		return;
	}
	if (len < 0 || len > size - offset)
		len = size - offset;
	if (len == 0) {
		sending_free(s);
		httpd_reply(req, status, type, span_of(NULL, 0));
		return;
	}
	struct MHD_Response *r =
	    MHD_create_response_from_callback((uint64_t)len, FILE_STEP, send_part, s, sending_free);
	if (!r)
		sending_free(s);
	put(req, status, type, r, (uint64_t)len);
}

static bool etag_known(const char *header, const char *etag)
{
	struct span rest = span_str(header), item;
	size_t n = strlen(etag);

	while (next_item(&rest, ',', &item)) {
		if (span_eq_str(item, "*"))
			return true;
		if (span_starts(item, "W/"))
			item = span_of(item.p + 2, item.len - 2);
		if (item.len == n + 2 && item.p[0] == '"' && item.p[n + 1] == '"' &&
		    memcmp(item.p + 1, etag, n) == 0)
			return true;
	}
	return false;
}

void httpd_reply_asset(struct httpd_req *req, const struct httpd_asset *asset)
{
	const char *known = httpd_header(req, "If-None-Match");
	char tag[NAME_MAX_BYTES];
	void *p = (void *)(uintptr_t)(asset->p ? asset->p : (const uint8_t *)"");

	if (asset->etag) {
		snprintf(tag, sizeof tag, "\"%s\"", asset->etag);
		httpd_set(req, "ETag", tag);
	}
	httpd_set(req, "Cache-Control", "no-cache"); /* keep it, but ask each time */
	if (asset->encoding) {
		httpd_set(req, "Content-Encoding", asset->encoding);
		httpd_set(req, "Vary", "Accept-Encoding");
	}
	if (known && asset->etag && etag_known(known, asset->etag)) {
		httpd_reply(req, 304, NULL, span_of(NULL, 0));
		return;
	}
	put(req, 200, asset->type,
	    MHD_create_response_from_buffer(asset->len, p, MHD_RESPMEM_PERSISTENT), asset->len);
}

const struct httpd_asset *httpd_asset(const struct httpd_asset *asset, size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(asset[i].path, path) == 0)
			return &asset[i];
	return NULL;
}

int httpd_status(enum rc rc)
{
	static const int status[RC_N] = {
	    [RC_OK] = 200,       [RC_USAGE] = 400,    [RC_INPUT] = 422,    [RC_REFUSED] = 422,
	    [RC_NOTFOUND] = 404, [RC_EXISTS] = 409,   [RC_CONFLICT] = 409, [RC_UNAVAILABLE] = 503,
	    [RC_REMOTE] = 502,   [RC_INTERNAL] = 500, [RC_NOMEM] = 503,    [RC_IO] = 500,
	    [RC_FULL] = 507,     [RC_BUSY] = 503,     [RC_LIMIT] = 413,    [RC_DENIED] = 403,
	    [RC_CORRUPT] = 500,
	};

	return (int)rc >= 0 && rc < RC_N ? status[rc] : 500;
}

static struct json *problem_args(const struct err *e)
{
	struct json *args = json_object();

	for (int i = 0; i < e->nargs; i++)
		if (text_is_utf8(span_str(e->arg[i].val)))
			json_set_str(args, e->arg[i].name, e->arg[i].val);
	return args;
}

static enum rc problem_body(const struct httpd_req *req, int status, const struct err *e,
			    struct span extra, struct buf *out)
{
	const struct httpd *d = req->d;
	const struct lang *lang = d->lang[strcmp(httpd_lang(req), "en") == 0 ? LANG_EN : LANG_VI];
	const char *base = d->conf.problem_base ? d->conf.problem_base : "about:blank#";
	struct json *o = json_object();
	struct buf text;
	enum rc rc;

	buf_init(&text, PROBLEM_MAX);
	buf_add_str(&text, base);
	buf_add_str(&text, e->key);
	json_set_span(o, "type", span_buf(&text));
	buf_reset(&text);
	buf_add_str(&text, "rc.");
	buf_add_str(&text, err_name(e->rc));
	json_set_str(o, "title", text.p ? lang_text(lang, (const char *)text.p) : "");
	json_set_int(o, "status", status);
	buf_reset(&text);
	lang_err(lang, e, &text);
	json_set_span(o, "detail", span_buf(&text));
	json_set_str(o, "code", err_name(e->rc));
	json_set_str(o, "key", e->key);
	if (e->clause[0])
		json_set_str(o, "clause", e->clause);
	if (e->nargs > 0)
		json_set(o, "args", problem_args(e));
	rc = json_write(o, false, out, NULL);
	json_free(o);
	buf_free(&text);
	if (rc == RC_OK && extra.len > 0) {
		out->len--; /* the closing brace */
		buf_add_char(out, ',');
		buf_add_span(out, extra);
		buf_add_char(out, '}');
		rc = buf_check(out, NULL);
	}
	return rc;
}

void httpd_problem(struct httpd_req *req, int status, const struct err *e, struct span extra)
{
	static const char plain[] = "{\"type\":\"about:blank\"}"; /* no memory for more */
	struct buf b;

	if (req->replied)
		return;
	if (status == 0)
		status = httpd_status(e->rc);
	buf_init(&b, PROBLEM_MAX);
	if (problem_body(req, status, e, extra, &b) == RC_OK)
		httpd_reply_buf(req, status, "application/problem+json", &b);
	else
		httpd_reply(req, status, "application/problem+json", span_str(plain));
	buf_free(&b);
}

/* Our own refusal. */
static void refuse(struct httpd_req *req, int status, const char *key)
{
	struct err e;

	err_set(&e,
		status == 404   ? RC_NOTFOUND
		: status == 503 ? RC_BUSY
				: RC_USAGE,
		NULL, key, NULL);
	httpd_problem(req, status, &e, span_of(NULL, 0));
}

/* A refusal after which the next request on this connection could be anything. */
static void refuse_framing(struct httpd_req *req, const char *key)
{
	req->close = true;
	refuse(req, 400, key);
}

/* ---- the guard ---- */

struct seen {
	const char *host, *length, *coding;
	int hosts, lengths, codings, types, n;
	bool expects, bad, too_long;
};

static enum MHD_Result see_header(void *arg, enum MHD_ValueKind kind, const char *name,
				  size_t name_len, const char *value, size_t value_len)
{
	struct seen *s = arg;
	struct span k = span_of(name, name_len);

	(void)kind;
	s->n++;
	if (!value) {
		value = "";
		value_len = 0;
	}
	if (!token_name(name, name_len) || !header_value(value, value_len))
		s->bad = true;
	if (value_len > HTTPD_HEADER_VALUE_MAX)
		s->too_long = true;
	if (same(k, "Host")) {
		s->hosts++;
		s->host = value;
	} else if (same(k, "Content-Length")) {
		s->lengths++;
		s->length = value;
	} else if (same(k, "Transfer-Encoding")) {
		s->codings++;
		s->coding = value;
	} else if (same(k, "Content-Type")) {
		s->types++;
	} else if (same(k, "Expect")) {
		s->expects = true;
	}
	return MHD_YES;
}

/* How the body is framed; anything two parsers could read differently is refused. */
static void check_framing(struct httpd_req *req, const struct seen *s, const char *version)
{
	if (s->bad)
		refuse_framing(req, "httpd.header_bad");
	else if (s->lengths > 1)
		refuse_framing(req, "httpd.length_twice");
	else if (s->lengths > 0 && s->codings > 0)
		refuse_framing(req, "httpd.length_and_coding");
	else if (s->codings > 1 || (s->coding && !same(span_str(s->coding), "chunked")) ||
		 (s->coding && strcmp(version, "HTTP/1.1") != 0))
		refuse_framing(req, "httpd.coding");
	else if (s->length && num_i64(span_str(s->length), 0, INT64_MAX, &req->length) != RC_OK)
		refuse_framing(req, "httpd.length_bad");
	req->chunked = s->codings > 0;
	req->expects = s->expects;
}

/* The host without its port; empty when it is not well-formed. */
static struct span host_name(const char *value)
{
	struct span s = span_str(value), port = {0};
	const char *allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	size_t n;
	int64_t number;

	if (s.len > 0 && s.p[0] == '[')
		n = strspn(value + 1, "0123456789abcdefABCDEF:.") + 1, n += value[n] == ']';
	else
		n = strspn(value, allowed);
	if (n < s.len && value[n] == ':') {
		port = span_of(s.p + n + 1, s.len - n - 1);
		if (num_i64(port, 0, 65535, &number) != RC_OK)
			n = 0;
	} else if (n < s.len) {
		n = 0;
	}
	return span_of(s.p, n);
}

static void check_host(struct httpd_req *req, const struct seen *s, const char *version)
{
	struct span host;
	bool found = req->d->conf.hosts == NULL;

	if (s->hosts > 1) {
		refuse_framing(req, "httpd.host_twice");
		return;
	}
	if (s->hosts == 0) {
		if (strcmp(version, "HTTP/1.1") == 0 || !found)
			refuse(req, 400, "httpd.no_host");
		return;
	}
	host = host_name(s->host);
	if (host.len == 0) {
		refuse(req, 400, "httpd.host_bad");
		return;
	}
	for (const char *const *h = req->d->conf.hosts; !found && *h; h++)
		found = same(host, *h);
	if (!found)
		refuse(req, 421, "httpd.host_unknown");
}

/* Undo the escapes of the path, strictly: what is left cannot climb or hide a separator. */
static bool decode_path(struct httpd_req *req)
{
	struct span s = req->raw_path;
	size_t n = 0, used;

	while (s.len > 0) {
		int c = unescape(s, &used);
		if (c < ' ' || c == 0x7f || c == '\\' || (used == 3 && c == '/') ||
		    n == HTTPD_PARAM_MAX)
			return false;
		req->path[n++] = (char)c;
		s = span_of(s.p + used, s.len - used);
	}
	req->path[n] = '\0';
	for (const char *p = req->path; (p = strstr(p, "/.")) != NULL; p++) {
		const char *q = p + 2 + (p[2] == '.');
		if (*q == '/' || *q == '\0')
			return false;
	}
	return text_is_utf8(span_str(req->path));
}

static bool query_fits(struct span q)
{
	size_t used;

	while (q.len > 0) {
		int c = unescape(q, &used);
		if (c <= 0)
			return false;
		q = span_of(q.p + used, q.len - used);
	}
	return true;
}

static void check_target(struct httpd_req *req)
{
	const char *t = req->target, *mark;
	bool ok = t[0] == '/';

	if (req->target_long) {
		req->close = true;
		refuse(req, 414, "httpd.uri_long");
		return;
	}
	for (const char *p = t; ok && *p; p++)
		ok = *p > ' ' && *p < 0x7f && *p != '#';
	mark = strchr(t, '?');
	req->raw_path = span_of(t, mark ? (size_t)(mark - t) : strlen(t));
	if (mark)
		req->raw_query = span_str(mark + 1);
	if (ok)
		ok = decode_path(req) && query_fits(req->raw_query);
	if (!ok)
		refuse(req, 400, "httpd.target");
}

/* ---- routes ---- */

enum fit { FIT_NONE, FIT_PREFIX, FIT_PARAM, FIT_EXACT };

static enum fit route_fits(const struct httpd_route *r, const char *path, const char **retparam)
{
	const char *brace = strchr(r->path, '{');
	size_t n = brace ? (size_t)(brace - r->path) : strlen(r->path);

	*retparam = "";
	if (!brace && !(r->flags & HTTPD_PREFIX))
		return strcmp(r->path, path) == 0 ? FIT_EXACT : FIT_NONE;
	if (strncmp(r->path, path, n) != 0 || path[n] == '\0')
		return FIT_NONE;
	if (brace && strchr(path + n, '/'))
		return FIT_NONE;
	*retparam = path + n;
	return brace ? FIT_PARAM : FIT_PREFIX;
}

/* 2: the route is of this method; 1: a GET route that will do for HEAD; 0 neither. */
static int method_fits(const struct httpd_route *r, const char *method)
{
	if (strcmp(r->method, method) == 0)
		return 2;
	return strcmp(method, "HEAD") == 0 && strcmp(r->method, "GET") == 0;
}

static void refuse_method(struct httpd_req *req)
{
	const struct httpd_conf *conf = &req->d->conf;
	struct buf allow;
	const char *param;

	buf_init(&allow, NAME_MAX_BYTES);
	for (size_t i = 0; i < conf->nroute; i++) {
		const struct httpd_route *r = &conf->route[i];
		if (route_fits(r, req->path, &param) == FIT_NONE ||
		    (allow.p && strstr((const char *)allow.p, r->method)))
			continue;
		if (allow.len > 0)
			buf_add_str(&allow, ", ");
		buf_add_str(&allow, r->method);
		if (strcmp(r->method, "GET") == 0)
			buf_add_str(&allow, ", HEAD");
	}
	if (buf_check(&allow, NULL) == RC_OK && allow.p)
		httpd_set(req, "Allow", (const char *)allow.p);
	buf_free(&allow);
	refuse(req, 405, "httpd.method");
}

static void find_route(struct httpd_req *req)
{
	const struct httpd_conf *conf = &req->d->conf;
	bool known = false;
	int best = 0;

	for (size_t i = 0; i < conf->nroute; i++) {
		const struct httpd_route *r = &conf->route[i];
		const char *param;
		int fit = (int)route_fits(r, req->path, &param);
		int method = method_fits(r, req->method);
		known = known || fit != FIT_NONE;
		if (fit != FIT_NONE && method > 0 && fit * 4 + method > best) {
			best = fit * 4 + method;
			req->route = r;
			req->param = param;
		}
	}
	if (!known)
		refuse(req, 404, "httpd.not_found");
	else if (!req->route)
		refuse_method(req);
}

static bool type_fits(const char *header, const char *type)
{
	struct span rest = span_str(header), media;

	return next_item(&rest, ';', &media) && same(media, type);
}

static void check_body(struct httpd_req *req)
{
	const struct httpd_route *r = req->route;
	bool has = req->chunked || req->length > 0;
	const char *type = httpd_header(req, "Content-Type");

	if ((r->flags & HTTPD_LENGTH) && req->length < 0)
		refuse(req, 411, "httpd.length_needed");
	else if ((uint64_t)(req->length < 0 ? 0 : req->length) > r->body_max ||
		 (req->chunked && r->body_max == 0))
		refuse(req, 413, "httpd.body_long");
	else if (has && r->type && !(type && type_fits(type, r->type)))
		refuse(req, 415, "httpd.type");
}

/* Everything that can be known from the headers, in the order of httpd.h. */
static void begin(struct httpd_req *req, const char *version)
{
	struct seen s = {0};

	os_address_text(httpd_peer_address(req), req->peer, sizeof req->peer);
	MHD_get_connection_values_n(req->c, MHD_HEADER_KIND, see_header, &s);
	check_framing(req, &s, version);
	if (!req->replied && (s.n > HTTPD_HEADERS_MAX || s.too_long))
		refuse(req, 431, "httpd.headers_many");
	if (!req->replied && s.types > 1)
		refuse(req, 400, "httpd.header_bad");
	if (!req->replied)
		check_target(req);
	if (!req->replied)
		check_host(req, &s, version);
	if (!req->replied && atomic_load(&req->d->stopping)) {
		req->close = true;
		refuse(req, 503, "httpd.stopping");
	}
	if (!req->replied)
		find_route(req);
	if (!req->replied)
		check_body(req);
	if (!req->replied) {
		buf_init(&req->body, req->route->body_max);
		if (req->route->early)
			req->route->early(req->d->conf.ctx, req);
	}
}

/* ---- microhttpd's callbacks ---- */

/* Called with the request line; what it returns becomes *state of on_access. */
static void *on_target(void *cls, const char *uri, struct MHD_Connection *c)
{
	struct httpd *d = cls;
	struct httpd_req *req = calloc(1, sizeof *req);
	size_t len = strlen(uri);

	if (!req)
		return NULL;
	req->d = d;
	req->c = c;
	req->param = "";
	req->length = -1;
	req->target_long = len > HTTPD_URI_MAX;
	req->target = span_dup(span_of(uri, req->target_long ? HTTPD_URI_MAX : len));
	arena_init(&req->scratch, SCRATCH);
	if (!req->target) {
		free(req);
		return NULL;
	}
	os_mutex_lock(d->lock);
	d->running++;
	os_mutex_unlock(d->lock);
	return req;
}

static void tell_ended(const struct httpd_req *req)
{
	const struct httpd_conf *conf = &req->d->conf;
	const struct httpd_ended what = {.route = req->route,
					 .status = req->reply || !req->replied ? 0 : req->status,
					 .got = (int64_t)req->seen,
					 .sent = req->sent};

	if (conf->ended)
		conf->ended(conf->ctx, &what);
}

static void on_completed(void *cls, struct MHD_Connection *c, void **state,
			 enum MHD_RequestTerminationCode why)
{
	struct httpd *d = cls;
	struct httpd_req *req = *state;

	(void)c;
	(void)why;
	if (!req)
		return;
	*state = NULL;
	tell_ended(req);
	httpd_own(req, NULL, NULL);
	if (req->reply)
		MHD_destroy_response(req->reply);
	buf_free(&req->body);
	arena_free(&req->scratch);
	free(req->target);
	free(req);
	os_mutex_lock(d->lock);
	d->running--;
	if (d->running == 0)
		os_cond_broadcast(d->idle);
	os_mutex_unlock(d->lock);
}

static enum MHD_Result queue(struct httpd_req *req)
{
	enum MHD_Result ok;

	if (!req->reply)
		return MHD_NO;
	ok = MHD_queue_response(req->c, (unsigned)req->status, req->reply);
	MHD_destroy_response(req->reply);
	req->reply = NULL;
	return ok;
}

/* Answered on the headers: now, or after reading and dropping a body of bearable size. */
static enum MHD_Result answer_early(struct httpd_req *req)
{
	bool has = req->chunked || req->length > 0;

	req->drop = true;
	if (req->close || (has && (req->expects || req->length > HTTPD_DRAIN)))
		return queue(req);
	return MHD_YES;
}

/* A piece of body. False: enough is enough, drop the connection. */
static bool take(struct httpd_req *req, struct span part)
{
	req->seen += part.len;
	if (!req->drop && req->seen > req->route->body_max) { /* only chunked ones come this far */
		refuse(req, 413, "httpd.body_long");
		req->drop = true;
	}
	if (req->drop) {
		req->dropped += part.len;
		return req->dropped <= HTTPD_DRAIN;
	}
	if (!req->route->chunk) {
		buf_add_span(&req->body, part);
		return !req->body.failed;
	}
	if (!req->route->chunk(req->d->conf.ctx, req, part) || req->replied)
		req->drop = true;
	return true;
}

static enum MHD_Result on_access(void *cls, struct MHD_Connection *c, const char *url,
				 const char *method, const char *version, const char *data,
				 size_t *size, void **state)
{
	struct httpd_req *req = *state;

	(void)cls;
	(void)c;
	(void)url;
	if (!req)
		return MHD_NO;
	if (!req->begun) {
		req->begun = true;
		req->method = method;
		begin(req, version);
		return req->replied ? answer_early(req) : MHD_YES;
	}
	if (*size > 0) {
		bool ok = take(req, span_of(data, *size));
		*size = 0;
		return ok ? MHD_YES : MHD_NO;
	}
	if (!req->replied)
		req->route->handle(req->d->conf.ctx, req);
	if (!req->replied) {
		struct err e;
		err_set(&e, RC_INTERNAL, NULL, "httpd.no_reply", NULL);
		httpd_problem(req, 500, &e, span_of(NULL, 0));
	}
	return queue(req);
}

/* ---- connections ---- */

/* microhttpd's own limit counts IPv6 by the single address, of which anybody has as many as they like. */
static enum MHD_Result on_accept(void *cls, const struct sockaddr *addr, socklen_t len)
{
	struct httpd *d = cls;

	(void)len;
	return d->crowd && !httpd_crowd_room(d->crowd, addr) ? MHD_NO : MHD_YES;
}

static void on_connection(void *cls, struct MHD_Connection *c, void **place,
			  enum MHD_ConnectionNotificationCode what)
{
	struct httpd *d = cls;
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	if (!d->crowd)
		return;
	if (what == MHD_CONNECTION_NOTIFY_STARTED)
		*place = (void *)httpd_crowd_enter(d->crowd, info ? info->client_addr : NULL);
	else
		httpd_crowd_leave(d->crowd, (size_t)*place);
}

/* Escapes are ours to undo, strictly; microhttpd leaves them alone. */
static size_t on_unescape(void *cls, struct MHD_Connection *c, char *s)
{
	(void)cls;
	(void)c;
	return strlen(s);
}

/* ---- start and stop ---- */

static void httpd_free(struct httpd *d)
{
	if (!d)
		return;
	if (d->sock >= 0)
		os_socket_close(d->sock);
	for (int i = 0; i < LANGS; i++)
		lang_free(d->lang[i]);
	httpd_crowd_free(d->crowd);
	os_cond_free(d->idle);
	os_mutex_free(d->lock);
	free(d);
}

static unsigned or_default(unsigned v, unsigned dflt)
{
	return v > 0 ? v : dflt;
}

static enum rc make(struct httpd *d, struct err *reterr)
{
	const struct httpd_conf *conf = &d->conf;
	bool six = strchr(conf->address, ':') != NULL;
	enum rc rc = os_mutex_new(&d->lock, reterr);

	if (rc == RC_OK)
		rc = os_cond_new(&d->idle, reterr);
	if (rc == RC_OK && conf->max_per_address > 0)
		rc = httpd_crowd_new(&d->crowd, or_default(conf->max_connections, HTTPD_CONNECTIONS),
				     conf->max_per_address, reterr);
	for (int i = 0; rc == RC_OK && i < LANGS; i++)
		rc = lang_load(lang_names[i], &d->lang[i], reterr);
	if (rc == RC_OK)
		rc = os_listen(conf->address, conf->port, &d->sock, &d->port, reterr);
	if (rc == RC_OK)
		snprintf(d->url, sizeof d->url, "%s://%s%s%s:%u",
			 conf->tls_cert_pem ? "https" : "http", six ? "[" : "", conf->address,
			 six ? "]" : "", d->port);
	return rc;
}

/* The options microhttpd runs with; `item` has room for all and the end mark. */
static void options(const struct httpd *d, struct MHD_OptionItem *item)
{
	const struct httpd_conf *c = &d->conf;
	size_t memory = c->memory > 0 ? c->memory : HTTPD_MEMORY;
	int n = 0;

	item[n++] = (struct MHD_OptionItem){MHD_OPTION_LISTEN_SOCKET, d->sock, NULL};
	item[n++] =
	    (struct MHD_OptionItem){MHD_OPTION_CONNECTION_MEMORY_LIMIT, (intptr_t)memory, NULL};
	item[n++] =
	    (struct MHD_OptionItem){MHD_OPTION_CONNECTION_LIMIT,
				    or_default(c->max_connections, HTTPD_CONNECTIONS), NULL};
	item[n++] = (struct MHD_OptionItem){MHD_OPTION_CONNECTION_TIMEOUT,
					    or_default(c->timeout_s, HTTPD_TIMEOUT_S), NULL};
	item[n++] = (struct MHD_OptionItem){MHD_OPTION_THREAD_STACK_SIZE, STACK, NULL};
	item[n++] = (struct MHD_OptionItem){MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL};
	if (c->threads > 1)
		item[n++] = (struct MHD_OptionItem){MHD_OPTION_THREAD_POOL_SIZE, c->threads, NULL};
	if (c->tls_cert_pem) {
		item[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0,
						    (void *)(uintptr_t)c->tls_cert_pem};
		item[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0,
						    (void *)(uintptr_t)c->tls_key_pem};
		item[n++] = (struct MHD_OptionItem){
		    MHD_OPTION_HTTPS_PRIORITIES, 0,
		    (void *)(uintptr_t) "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"};
	}
	item[n] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
}

enum rc httpd_start(struct httpd **ret, const struct httpd_conf *conf, struct err *reterr)
{
	struct MHD_OptionItem item[12];
	unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO | MHD_USE_ITC;
	struct httpd *d = calloc(1, sizeof *d);
	enum rc rc;

	if (!d)
		return err_set(reterr, RC_NOMEM, NULL, "os.memory", NULL);
	d->conf = *conf;
	d->sock = -1;
	rc = make(d, reterr);
	if (rc == RC_OK && (conf->tls_cert_pem == NULL) != (conf->tls_key_pem == NULL))
		rc = err_set(reterr, RC_INPUT, NULL, "httpd.tls", NULL);
	if (rc != RC_OK) {
		httpd_free(d);
		return rc;
	}
	flags |= conf->threads == 0 ? MHD_USE_THREAD_PER_CONNECTION : 0;
	flags |= conf->tls_cert_pem ? MHD_USE_TLS : 0;
	options(d, item);
	d->mhd = MHD_start_daemon(flags, 0, on_accept, d, on_access, d, MHD_OPTION_ARRAY, item,
				  MHD_OPTION_URI_LOG_CALLBACK, on_target, d,
				  MHD_OPTION_NOTIFY_COMPLETED, on_completed, d,
				  MHD_OPTION_NOTIFY_CONNECTION, on_connection, d,
				  MHD_OPTION_UNESCAPE_CALLBACK, on_unescape, NULL, MHD_OPTION_END);
	if (!d->mhd) {
		rc = conf->tls_cert_pem
			 ? err_set(reterr, RC_INPUT, NULL, "httpd.tls", NULL)
			 : err_set(reterr, RC_UNAVAILABLE, NULL, "httpd.start", NULL);
		d->sock = -1; /* microhttpd closes the one it was given, also when it fails */
		httpd_free(d);
		return rc;
	}
	*ret = d;
	return RC_OK;
}

uint16_t httpd_port(const struct httpd *d)
{
	return d->port;
}

const char *httpd_url(const struct httpd *d)
{
	return d->url;
}

void httpd_stop(struct httpd *d, int64_t grace_ms)
{
	int64_t end = os_mono_ms() + grace_ms, left;

	if (!d)
		return;
	atomic_store(&d->stopping, true);
	d->sock = MHD_quiesce_daemon(d->mhd);
	os_mutex_lock(d->lock);
	while (d->running > 0 && (left = end - os_mono_ms()) > 0)
		os_cond_wait_ms(d->idle, d->lock, left);
	os_mutex_unlock(d->lock);
	MHD_stop_daemon(d->mhd);
	httpd_free(d);
}

int httpd_running(const struct httpd *d)
{
	int n;

	os_mutex_lock(d->lock);
	n = d->running;
	os_mutex_unlock(d->lock);
	return n;
}
