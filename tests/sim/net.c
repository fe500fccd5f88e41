/*
 * net: see net.h. Of lib/httpd it has what the collector's routes use, with the same answers
 * to a wrong path, method, type or size; framing and headers of HTTP itself are lib/httpd.c's
 * and tested there on raw sockets.
 */
#include "tests/sim/net.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/http.h"
#include "lib/httpd.h"
#include "lib/lang.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "lib/os.h"

enum { SERVERS = 8, AIR_MAX = 8, OLD_MAX = 8, HEADS = 32, URL_PREFIX = 17 };

static const char url_start[] = "http://127.0.0.1:";

struct head {
	char *name, *value;
};

/* One request as it travels: its own copy of everything. */
struct parcel {
	uint16_t port;
	char *method, *path;
	struct head head[HEADS];
	size_t nhead;
	uint8_t *body;
	size_t len, told; /* bytes that arrive, and that Content-Length promised */
	bool has_body;
};

struct reply {
	int status;
	struct head head[HTTPD_REPLY_HEADERS + 2];
	size_t nhead;
	struct buf body;
};

struct httpd {
	struct os_sim *machine;
	struct httpd_conf conf;
	uint16_t port;
	char url[URL_PREFIX + 8];
};

struct httpd_req {
	const struct httpd *d;
	const struct parcel *p;
	const struct httpd_route *route;
	const char *param;
	struct reply *reply;
	bool replied;
	void *own;
	void (*own_free)(void *p);
};

struct http {
	char unused;
};

static struct {
	struct httpd *server[SERVERS];
	uint16_t next_port;
	const struct net_watch *watch;
	struct rng *rng;
	struct parcel *air[AIR_MAX];
	size_t nair;
	struct {
		const struct os_sim *machine;
		struct reply reply;
	} old[OLD_MAX]; /* answers that came back before */
	size_t nold;
} net;

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

static char *copy(const char *s, size_t len)
{
	char *c = must(malloc(len + 1));

	memcpy(c, s, len);
	c[len] = '\0';
	return c;
}

static void head_add(struct head *h, size_t *n, size_t cap, const char *name, const char *value)
{
	if (*n == cap)
		abort();
	h[*n] = (struct head){copy(name, strlen(name)), copy(value, strlen(value))};
	++*n;
}

static void head_free(struct head *h, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(h[i].name);
		free(h[i].value);
	}
}

static const char *head_get(const struct head *h, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(h[i].name, name) == 0)
			return h[i].value;
	return NULL;
}

static void parcel_free(struct parcel *p)
{
	if (!p)
		return;
	head_free(p->head, p->nhead);
	free(p->method);
	free(p->path);
	free(p->body);
	free(p);
}

static void reply_init(struct reply *r)
{
	memset(r, 0, sizeof(*r));
	buf_init(&r->body, LIMIT_HTTP_INFLATED);
}

static void reply_free(struct reply *r)
{
	head_free(r->head, r->nhead);
	buf_free(&r->body);
}

static void reply_copy(struct reply *to, const struct reply *from)
{
	reply_init(to);
	to->status = from->status;
	for (size_t i = 0; i < from->nhead; i++)
		head_add(to->head, &to->nhead, HTTPD_REPLY_HEADERS + 2, from->head[i].name,
			 from->head[i].value);
	buf_add_span(&to->body, span_buf(&from->body));
}

/* ---- who watches ---- */

static const char *const way_name[NET_WAYS] = {
    [NET_ARRIVES] = "arrives",
    [NET_LOST] = "request lost",
    [NET_LATE] = "request held up",
    [NET_CUT] = "request cut",
    [NET_SHORT] = "request shortened",
    [NET_ANSWER_LOST] = "answer lost",
    [NET_ANSWER_CUT] = "answer cut",
    [NET_ANSWER_SHORT] = "answer shortened",
    [NET_ANSWER_OLD] = "an old answer comes instead",
    [NET_TWICE] = "request arrives twice",
    [NET_PORTAL] = "a captive portal answers",
};

const char *net_way_name(enum net_way w)
{
	return way_name[w];
}

void net_watch(const struct net_watch *w, struct rng *r)
{
	net.watch = w;
	net.rng = r;
}

size_t net_late(void)
{
	return net.nair;
}

void net_clear(void)
{
	while (net.nair > 0)
		parcel_free(net.air[--net.nair]);
	while (net.nold > 0)
		reply_free(&net.old[--net.nold].reply);
	memset(net.server, 0, sizeof(net.server)); /* of a history that failed */
}

void net_port(uint16_t port)
{
	net.next_port = port;
}

/* ---- the server's side: lib/httpd.h ---- */

enum rc httpd_start(struct httpd **ret, const struct httpd_conf *conf, struct err *reterr)
{
	struct httpd *d = must(calloc(1, sizeof(*d)));
	char port[NUM_I64_LEN];

	(void)reterr;
	d->conf = *conf;
	d->port = net.next_port;
	d->machine = os_sim_enter(NULL);
	os_sim_enter(d->machine);
	num_str(d->port, port);
	memcpy(d->url, url_start, URL_PREFIX);
	memcpy(d->url + URL_PREFIX, port, strlen(port) + 1);
	for (size_t i = 0; i < SERVERS; i++)
		if (!net.server[i]) {
			net.server[i] = d;
			*ret = d;
			return RC_OK;
		}
	abort();
}

void httpd_stop(struct httpd *d, int64_t grace_ms)
{
	(void)grace_ms;
	for (size_t i = 0; i < SERVERS; i++)
		if (d && net.server[i] == d)
			net.server[i] = NULL;
	free(d);
}

uint16_t httpd_port(const struct httpd *d)
{
	return d->port;
}

const char *httpd_url(const struct httpd *d)
{
	return d->url;
}

const char *httpd_method(const struct httpd_req *req)
{
	return req->p->method;
}

struct span httpd_raw_path(const struct httpd_req *req)
{
	return span_str(req->p->path);
}

struct span httpd_raw_query(const struct httpd_req *req)
{
	(void)req;
	return span_of(NULL, 0);
}

const char *httpd_param(const struct httpd_req *req)
{
	return req->param;
}

struct span httpd_body(const struct httpd_req *req)
{
	return span_of(req->p->body, req->p->len);
}

int64_t httpd_content_length(const struct httpd_req *req)
{
	return req->p->has_body ? (int64_t)req->p->told : -1;
}

const char *httpd_header(const struct httpd_req *req, const char *name)
{
	return head_get(req->p->head, req->p->nhead, name);
}

enum rc httpd_header_once(const struct httpd_req *req, const char *name, const char **ret,
			  struct err *reterr)
{
	const char *v = httpd_header(req, name);

	if (!v)
		return err_set(reterr, RC_NOTFOUND, NULL, "httpd.no_header", "header", name, NULL);
	*ret = v;
	return RC_OK;
}

bool httpd_tls(const struct httpd_req *req)
{
	(void)req;
	return false;
}

const char *httpd_lang(const struct httpd_req *req)
{
	return lang_pick(req->d->conf.lang);
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

bool httpd_replied(const struct httpd_req *req)
{
	return req->replied;
}

void httpd_set(struct httpd_req *req, const char *name, const char *value)
{
	if (!req->replied)
		head_add(req->reply->head, &req->reply->nhead, HTTPD_REPLY_HEADERS, name, value);
}

void httpd_set_int(struct httpd_req *req, const char *name, int64_t value)
{
	char s[NUM_I64_LEN];

	num_str(value, s);
	httpd_set(req, name, s);
}

void httpd_reply(struct httpd_req *req, int status, const char *type, struct span body)
{
	struct reply *r = req->reply;

	if (req->replied)
		return;
	if (type)
		head_add(r->head, &r->nhead, HTTPD_REPLY_HEADERS + 1, "Content-Type", type);
	req->replied = true;
	r->status = status;
	if (strcmp(req->p->method, "HEAD") != 0)
		buf_add_span(&r->body, body);
}

void httpd_reply_buf(struct httpd_req *req, int status, const char *type, struct buf *body)
{
	httpd_reply(req, status, type, span_buf(body));
	buf_free(body);
}

void httpd_reply_file(struct httpd_req *req, int status, const char *type, const char *path,
		      int64_t offset, int64_t len)
{
	struct buf b;
	int64_t size;

	buf_init(&b, LIMIT_BLOB);
	if (os_file_read(path, &b, NULL) != RC_OK) {
		httpd_reply(req, 404, "text/plain", span_of(NULL, 0));
	} else if ((size = (int64_t)b.len) < offset) {
		httpd_reply(req, 416, "text/plain", span_of(NULL, 0));
	} else {
		if (len < 0 || len > size - offset)
			len = size - offset;
		httpd_reply(req, status, type, span_of(b.p + offset, (size_t)len));
	}
	buf_free(&b);
}

/* The owner's loopback API answers with it; nobody asks one here. */
void httpd_problem(struct httpd_req *req, int status, const struct err *e, struct span extra)
{
	(void)extra;
	httpd_reply(req, status ? status : httpd_status(e->rc), "application/problem+json",
		    span_of(NULL, 0));
}

/* ---- what browsers ask for: none comes here ---- */

const char *httpd_path(const struct httpd_req *req)
{
	(void)req;
	return "";
}

const char *httpd_query(const struct httpd_req *req, const char *name)
{
	(void)req, (void)name;
	return NULL;
}

const char *httpd_cookie(const struct httpd_req *req, const char *name, size_t nth)
{
	(void)req, (void)name, (void)nth;
	return NULL;
}

/* Nobody's address: whoever asks whose socket it is learns nothing (os_peer_foreign). */
const char *httpd_peer(const struct httpd_req *req)
{
	(void)req;
	return "127.0.0.1";
}

const void *httpd_peer_address(const struct httpd_req *req)
{
	(void)req;
	return NULL;
}

uint16_t httpd_own_port(const struct httpd_req *req)
{
	return req->d->port;
}

void httpd_set_secure(struct httpd_req *req)
{
	(void)req;
}

void httpd_set_cookie(struct httpd_req *req, const char *name, const char *value, int64_t max_age_s)
{
	(void)max_age_s;
	httpd_set(req, name, value);
}

const struct httpd_asset *httpd_asset(const struct httpd_asset *asset, size_t n, const char *path)
{
	(void)asset, (void)n, (void)path;
	return NULL;
}

void httpd_reply_asset(struct httpd_req *req, const struct httpd_asset *asset)
{
	httpd_reply(req, 200, asset->type, span_of(asset->p, asset->len));
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

static bool path_fits(const struct httpd_route *r, const char *path, const char **retparam)
{
	const char *brace = strchr(r->path, '{');
	size_t n = brace ? (size_t)(brace - r->path) : strlen(r->path);

	*retparam = path + n;
	if (!brace && !(r->flags & HTTPD_PREFIX))
		return strcmp(r->path, path) == 0;
	return strncmp(r->path, path, n) == 0 && path[n] && !(brace && strchr(path + n, '/'));
}

/* 0, or the status of the refusal. */
static int find_route(struct httpd_req *req)
{
	int status = 404;

	for (size_t i = 0; i < req->d->conf.nroute; i++) {
		const struct httpd_route *r = &req->d->conf.route[i];
		const char *type = head_get(req->p->head, req->p->nhead, "Content-Type");

		if (!path_fits(r, req->p->path, &req->param))
			continue;
		status = 405;
		if (strcmp(r->method, req->p->method) != 0)
			continue;
		if (req->p->told > r->body_max)
			return 413;
		if (req->p->told > 0 && r->type && (!type || strcmp(type, r->type) != 0))
			return 415;
		req->route = r;
		return 0;
	}
	return status;
}

/* The server works on what arrived. False: the connection ended before there was an answer. */
static bool serve(const struct httpd *d, const struct parcel *p, struct reply *reply)
{
	struct httpd_req req = {.d = d, .p = p, .reply = reply, .param = ""};
	struct os_sim *before = os_sim_enter(d->machine);
	int status = find_route(&req);

	if (status)
		httpd_reply(&req, status, "text/plain", span_of(NULL, 0));
	else if (req.route->early)
		req.route->early(d->conf.ctx, &req);
	if (!req.replied && p->len == p->told)
		req.route->handle(d->conf.ctx, &req);
	if (!req.replied && p->len == p->told)
		httpd_reply(&req, 500, "text/plain", span_of(NULL, 0));
	httpd_own(&req, NULL, NULL);
	os_sim_enter(before);
	return req.replied && !disk_dead(d->machine->disk);
}

/* ---- the client's side: lib/http.h ---- */

/* Nobody here tells one. */
int64_t http_date(const char *text)
{
	(void)text;
	return -1;
}

enum rc http_url_check(const char *url, struct err *reterr)
{
	if (strncmp(url, url_start, URL_PREFIX) != 0)
		return err_set(reterr, RC_USAGE, NULL, "http.url", "url", url, NULL);
	return RC_OK;
}

enum rc http_url_host(const char *url, struct buf *out, struct err *reterr)
{
	const char *host = url + URL_PREFIX - strlen("127.0.0.1:");
	enum rc rc = http_url_check(url, reterr);

	if (rc == RC_OK)
		buf_add(out, host, strcspn(host, "/"));
	return rc == RC_OK ? buf_check(out, reterr) : rc;
}

enum rc http_new(struct http **ret, const struct http_conf *conf, struct err *reterr)
{
	(void)conf, (void)reterr;
	*ret = must(calloc(1, sizeof(**ret)));
	return RC_OK;
}

void http_free(struct http *h)
{
	free(h);
}

void http_cancel(struct http *h)
{
	(void)h; /* nothing is ever under way in another thread */
}

static struct parcel *pack(const struct http_req *req)
{
	struct parcel *p = must(calloc(1, sizeof(*p)));
	const char *host = req->url + URL_PREFIX - strlen("127.0.0.1:");
	const char *path = strchr(req->url + URL_PREFIX, '/');
	size_t hostlen = (size_t)(path - host);
	char *authority = copy(host, hostlen);

	p->port = (uint16_t)strtoul(req->url + URL_PREFIX, NULL, 10);
	p->method = copy(req->method, strlen(req->method));
	p->path = copy(path, strlen(path));
	head_add(p->head, &p->nhead, HEADS, "Host", authority);
	free(authority);
	for (size_t i = 0; i < req->nhead; i++)
		if (!net.watch || rng_one_in(net.rng, 2) || strcmp(req->head[i].name, "Accept-Encoding") != 0)
			head_add(p->head, &p->nhead, HEADS, req->head[i].name, req->head[i].value);
	p->has_body = req->has_body;
	p->len = p->told = req->has_body ? req->body.len : 0;
	p->body = must(malloc(p->len + 1));
	if (p->len > 0)
		memcpy(p->body, req->body.p, p->len);
	return p;
}

static struct httpd *server_on(uint16_t port)
{
	for (size_t i = 0; i < SERVERS; i++)
		if (net.server[i] && net.server[i]->port == port)
			return net.server[i];
	return NULL;
}

static size_t part_of(size_t len)
{
	return len > 0 ? rng_below(net.rng, len) : 0;
}

/* Keep a copy of an answer, to come again when nobody expects it. */
static void remember(const struct reply *r)
{
	size_t at = net.nold;
	struct os_sim *m = os_sim_enter(NULL);

	os_sim_enter(m);
	if (at == OLD_MAX) {
		at = part_of(OLD_MAX);
		reply_free(&net.old[at].reply);
	} else {
		net.nold++;
	}
	net.old[at].machine = m;
	reply_copy(&net.old[at].reply, r);
}

static bool recall(struct reply *r)
{
	struct os_sim *m = os_sim_enter(NULL);

	os_sim_enter(m);
	for (size_t i = net.nold; i-- > 0;)
		if (net.old[i].machine == m && rng_one_in(net.rng, 2)) {
			reply_free(r);
			reply_copy(r, &net.old[i].reply);
			return true;
		}
	return false;
}

static void portal(struct reply *r)
{
	static const char page[] = "<html>Welcome to the Internet\n</html>\n";

	r->status = 200;
	head_add(r->head, &r->nhead, HTTPD_REPLY_HEADERS, "Content-Type", "text/html");
	buf_add_str(&r->body, page);
}

/* Everything on the way there. False: no answer. */
static bool there(struct parcel *p, enum net_way way, struct reply *reply)
{
	struct httpd *d = server_on(p->port);

	if (way == NET_PORTAL) {
		portal(reply);
		return true;
	}
	if (!d || way == NET_LOST)
		return false;
	if (way == NET_CUT || way == NET_SHORT)
		p->len = part_of(p->len);
	if (way == NET_SHORT)
		p->told = p->len;
	if (way == NET_TWICE) {
		struct reply first;

		reply_init(&first);
		serve(d, p, &first);
		reply_free(&first);
		d = server_on(p->port); /* it may have died of it */
	}
	return d && serve(d, p, reply);
}

/* Anywhere, or at the end of one of its lines, where nothing looks torn. */
static void shorten(struct buf *b)
{
	size_t lines = 0;

	for (size_t i = 0; i < b->len; i++)
		lines += b->p[i] == '\n';
	if (lines < 2 || rng_one_in(net.rng, 3)) {
		b->len = part_of(b->len);
		return;
	}
	lines = 1 + part_of(lines - 1);
	for (size_t i = 0; i < b->len; i++)
		if (b->p[i] == '\n' && --lines == 0)
			b->len = i + 1;
}

/* ... and back. */
static bool back(enum net_way way, struct reply *reply)
{
	if (way == NET_ANSWER_LOST || way == NET_ANSWER_CUT)
		return false;
	if (way == NET_ANSWER_OLD)
		return recall(reply);
	if (way == NET_ANSWER_SHORT)
		shorten(&reply->body);
	return true;
}

static bool travel(struct parcel *p, enum net_way way, struct reply *reply)
{
	bool came;

	if (way == NET_LATE && net.nair < AIR_MAX) {
		net.air[net.nair++] = p;
		return false;
	}
	came = there(p, way == NET_LATE ? NET_LOST : way, reply);
	if (came && net.watch && way != NET_PORTAL)
		remember(reply);
	if (net.watch)
		net.watch->meanwhile(net.watch->ctx);
	came = came && back(way, reply);
	parcel_free(p);
	return came;
}

static enum rc unpack(const struct reply *r, const struct http_req *req, struct http_res *ret,
		      struct err *reterr)
{
	if (r->body.len > req->max_body)
		return err_set(reterr, RC_REMOTE, NULL, "http.too_large", "url", req->url, NULL);
	memset(ret, 0, sizeof(*ret));
	ret->status = r->status;
	buf_init(&ret->body, req->max_body);
	buf_init(&ret->head, HTTP_HEAD_MAX);
	buf_add_span(&ret->body, span_buf(&r->body));
	for (size_t i = 0; i < r->nhead; i++)
		buf_addf(&ret->head, "%s: %s\n", r->head[i].name, r->head[i].value);
	return RC_OK;
}

enum rc http_exchange(struct http *h, const struct http_req *req, struct http_res *ret,
		      struct err *reterr)
{
	struct parcel *p = pack(req);
	enum net_way way = NET_ARRIVES;
	struct reply reply;
	bool came;
	enum rc rc;

	(void)h;
	reply_init(&reply);
	if (net.watch)
		way = net.watch->fate(net.watch->ctx, p->port, p->method, p->path);
	came = travel(p, way, &reply);
	if (net.watch)
		net.watch->done(net.watch->ctx, req->method, req->url, way, came ? reply.status : 0);
	rc = came ? unpack(&reply, req, ret, reterr)
		  : err_set(reterr, RC_UNAVAILABLE, NULL,
			    way == NET_ANSWER_CUT ? "http.cut" : "http.connect", "url", req->url, NULL);
	reply_free(&reply);
	return rc;
}

void http_res_free(struct http_res *res)
{
	buf_free(&res->body);
	buf_free(&res->head);
}

enum rc http_head(const struct http_res *res, const char *name, char *retvalue, size_t cap,
		  struct err *reterr)
{
	struct span rest = span_buf(&res->head), line;
	size_t n = strlen(name);

	while (span_line(&rest, &line)) {
		if (line.len < n + 2 || strncasecmp((const char *)line.p, name, n) != 0 ||
		    line.p[n] != ':')
			continue;
		line = span_of(line.p + n + 2, line.len - n - 2);
		if (line.len >= cap)
			return err_set(reterr, RC_LIMIT, NULL, "http.header_long", "header", name, NULL);
		memcpy(retvalue, line.p, line.len);
		retvalue[line.len] = '\0';
		return RC_OK;
	}
	return err_set(reterr, RC_NOTFOUND, NULL, "http.no_header", "header", name, NULL);
}

void net_deliver(size_t i)
{
	struct parcel *p = net.air[i];
	struct httpd *d = server_on(p->port);
	struct reply nobody;

	net.air[i] = net.air[--net.nair];
	reply_init(&nobody);
	if (d)
		serve(d, p, &nobody);
	reply_free(&nobody);
	parcel_free(p);
}
