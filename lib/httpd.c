/*
 * httpd: see httpd.h. A request is met by microhttpd in this order: on_target
 * (its line is read: the raw target is kept), on_access once on the headers, then
 * once per piece of body, then once at the end, and on_completed however it ends.
 * The reply a handler gives is kept in the request and queued when microhttpd can
 * take it: on the headers or at the end, never in the middle of a body. That is
 * why a refused body up to HTTPD_DRAIN is read and dropped: closing with unread
 * bytes resets the connection and the peer never learns why.
 * The build defines _GNU_SOURCE here for what microhttpd.h brings in. The library and the ten it brings
 * are loaded when something first serves: most commands do not (docs/decisions/0047).
 */
#include "lib/httpd.h"

#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/httpd_crowd.h"
#include "lib/httpd_guard.h"
#include "lib/httpd_req.h"
#include "lib/httpd_slow.h"
#include "lib/httpd_text.h"

enum {
	STACK = 1024 * 1024,  /* bytes of a handler's thread; virtual until touched */
	SCRATCH = 32 * 1024,  /* bytes of decoded parameters and cookies of one request */
	FILE_STEP = 64 * 1024 /* bytes read at once from a file being sent */
};

/* ---- the library ---- */

/* What is called of microhttpd, without its prefix. */
#define CALLS(X) \
	X(start_daemon) X(quiesce_daemon) X(stop_daemon) X(get_connection_info) X(get_connection_values) \
	X(get_connection_values_n) X(lookup_connection_value) X(queue_response) X(create_response_from_buffer) \
	X(create_response_from_callback) X(add_response_header) X(destroy_response)
#define POINTER(f) __typeof__(MHD_##f) *f;
#define NAME(f) "MHD_" #f,

static struct os_once mhd_once = OS_ONCE;
static struct {
	CALLS(POINTER)
} mhd;
static bool mhd_here;

static void mhd_begin(void)
{
	static const char *const name[] = {CALLS(NAME)};

	mhd_here = os_late(KK_MICROHTTPD_SO, name, sizeof(name) / sizeof(name[0]), &mhd);
}

/* ---- the request, as handlers see it ---- */

const void *httpd_peer_address(const struct httpd_req *req)
{
	const union MHD_ConnectionInfo *info =
	    mhd.get_connection_info(req->c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	return info ? info->client_addr : NULL;
}

const char *httpd_header(const struct httpd_req *req, const char *name)
{
	return mhd.lookup_connection_value(req->c, MHD_HEADER_KIND, name);
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
	if (httpd_same(span_str(name), k->name)) {
		k->n++;
		k->value = value;
	}
	return MHD_YES;
}

enum rc httpd_header_once(const struct httpd_req *req, const char *name, const char **ret,
			  struct err *reterr)
{
	struct counting k = {.name = name};

	mhd.get_connection_values(req->c, MHD_HEADER_KIND, count_header, &k);
	if (k.n == 0 || !k.value)
		return err_set(reterr, RC_NOTFOUND, NULL, "httpd.no_header", "header", name, NULL);
	if (k.n > 1)
		return err_set(reterr, RC_REFUSED, NULL, "httpd.header_twice", "header", name,
			       NULL);
	*ret = k.value;
	return RC_OK;
}

/* ---- the reply ---- */

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
		ok = mhd.add_response_header(r, req->head[i].name, req->head[i].value) == MHD_YES;
	if (ok && type)
		ok = mhd.add_response_header(r, "Content-Type", type) == MHD_YES;
	if (ok)
		ok = mhd.add_response_header(r, "X-Content-Type-Options", "nosniff") == MHD_YES;
	if (ok && !cached && !httpd_was_set(req, "Cache-Control"))
		ok = mhd.add_response_header(r, "Cache-Control", "no-store") == MHD_YES;
	if (ok && html)
		ok = mhd.add_response_header(r, "Referrer-Policy", "no-referrer") == MHD_YES;
	if (ok && html && conf->csp)
		ok = mhd.add_response_header(r, "Content-Security-Policy", conf->csp) == MHD_YES;
	if (ok && conf->csp && !httpd_was_set(req, own_only))
		ok = mhd.add_response_header(r, own_only, "same-origin") == MHD_YES;
	if (ok && req->close)
		ok = mhd.add_response_header(r, "Connection", "close") == MHD_YES;
	return ok;
}

/* Keep r (ours, may be NULL) as the reply. */
static void put(struct httpd_req *req, int status, const char *type, struct MHD_Response *r,
		uint64_t len)
{
	struct err e;

	if (req->replied) {
		if (r)
			mhd.destroy_response(r);
		return;
	}
	if (req->bad_head) { /* a bug of ours; what it would have said is not sent */
		if (r)
			mhd.destroy_response(r);
		req->bad_head = false;
		req->nhead = 0;
		err_set(&e, RC_INTERNAL, NULL, "httpd.bad_reply", NULL);
		httpd_problem(req, 500, &e, span_of(NULL, 0));
		return;
	}
	if (r && !common_headers(req, type, r)) {
		mhd.destroy_response(r);
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

	put(req, status, type, mhd.create_response_from_buffer(body.len, p, MHD_RESPMEM_MUST_COPY),
	    body.len);
}

void httpd_reply_buf(struct httpd_req *req, int status, const char *type, struct buf *body)
{
	size_t len = 0;
	char *p = buf_take(body, &len);
	struct MHD_Response *r = NULL;

	if (p)
		r = mhd.create_response_from_buffer(len, p, MHD_RESPMEM_MUST_FREE);
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
	    mhd.create_response_from_callback((uint64_t)len, FILE_STEP, send_part, s, sending_free);
	if (!r)
		sending_free(s);
	put(req, status, type, r, (uint64_t)len);
}

void httpd_reply_asset(struct httpd_req *req, const struct httpd_asset *asset)
{
	const char *known = httpd_header(req, "If-None-Match");
	char tag[HTTPD_NAME_MAX];
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
	if (known && asset->etag && httpd_etag_known(known, asset->etag)) {
		httpd_reply(req, 304, NULL, span_of(NULL, 0));
		return;
	}
	put(req, 200, asset->type,
	    mhd.create_response_from_buffer(asset->len, p, MHD_RESPMEM_PERSISTENT), asset->len);
}

const struct httpd_asset *httpd_asset(const struct httpd_asset *asset, size_t n, const char *path)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(asset[i].path, path) == 0)
			return &asset[i];
	return NULL;
}

/* ---- the headers ---- */

static enum MHD_Result see_header(void *arg, enum MHD_ValueKind kind, const char *name,
				  size_t name_len, const char *value, size_t value_len)
{
	(void)kind;
	httpd_see(arg, span_of(name, name_len), value, value_len);
	return MHD_YES;
}

/* Everything that can be known from the headers. */
static void begin(struct httpd_req *req, const char *version)
{
	struct httpd_seen s = {0};

	os_address_text(httpd_peer_address(req), req->peer, sizeof req->peer);
	mhd.get_connection_values_n(req->c, MHD_HEADER_KIND, see_header, &s);
	httpd_guard(req, &s, version);
}

/* ---- microhttpd's callbacks ---- */

/* Where a connection is counted; 0: nowhere. */
struct places {
	size_t crowd, slow;
};

/* Its connection's place among those with a deadline. */
static size_t slow_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *own = mhd.get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	const struct places *p = own ? own->socket_context : NULL;

	return p ? p->slow : 0;
}

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
	req->slow = slow_of(c);
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
	httpd_slow_step(d->slow, req->slow);
	if (req->reply)
		mhd.destroy_response(req->reply);
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
	httpd_slow_step(req->d->slow, req->slow);
	httpd_slow_more(req->d->slow, req->slow, (size_t)req->sent);
	ok = mhd.queue_response(req->c, (unsigned)req->status, req->reply);
	mhd.destroy_response(req->reply);
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
	httpd_slow_more(req->d->slow, req->slow, part.len);
	if (!req->drop && req->seen > req->route->body_max) { /* only chunked ones come this far */
		httpd_refuse(req, 413, "httpd.body_long");
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
		httpd_slow_step(req->d->slow, req->slow);
		begin(req, version);
		return req->replied ? answer_early(req) : MHD_YES;
	}
	if (*size > 0) {
		bool ok = take(req, span_of(data, *size));
		*size = 0;
		return ok ? MHD_YES : MHD_NO;
	}
	httpd_slow_work(req->d->slow, req->slow);
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

static void enter(struct httpd *d, struct MHD_Connection *c, struct places *p)
{
	const union MHD_ConnectionInfo *from = mhd.get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const union MHD_ConnectionInfo *fd = mhd.get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);

	if (d->crowd)
		p->crowd = httpd_crowd_enter(d->crowd, from ? from->client_addr : NULL);
	if (fd)
		p->slow = httpd_slow_enter(d->slow, fd->connect_fd);
}

static void on_connection(void *cls, struct MHD_Connection *c, void **own,
			  enum MHD_ConnectionNotificationCode what)
{
	struct httpd *d = cls;
	struct places *p = what == MHD_CONNECTION_NOTIFY_STARTED ? calloc(1, sizeof(*p)) : *own;

	if (!p)
		return;
	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		enter(d, c, p);
		*own = p;
		return;
	}
	if (d->crowd)
		httpd_crowd_leave(d->crowd, p->crowd);
	httpd_slow_leave(d->slow, p->slow);
	free(p);
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
	for (int i = 0; i < HTTPD_LANGS; i++)
		lang_free(d->lang[i]);
	httpd_crowd_free(d->crowd);
	httpd_slow_free(d->slow);
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
		rc =
		    httpd_crowd_new(&d->crowd, or_default(conf->max_connections, HTTPD_CONNECTIONS),
				    conf->max_per_address, reterr);
	if (rc == RC_OK)
		rc = httpd_slow_new(&d->slow, or_default(conf->max_connections, HTTPD_CONNECTIONS),
				    conf->slow_ms > 0 ? conf->slow_ms : HTTPD_SLOW_MS,
				    conf->slow_rate > 0 ? conf->slow_rate : HTTPD_SLOW_RATE, reterr);
	for (int i = 0; rc == RC_OK && i < HTTPD_LANGS; i++)
		rc = lang_load(httpd_lang_names[i], &d->lang[i], reterr);
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
	os_once(&mhd_once, mhd_begin);
	rc = mhd_here ? make(d, reterr) : err_set(reterr, RC_UNAVAILABLE, NULL, "httpd.start", NULL);
	if (rc == RC_OK && (conf->tls_cert_pem == NULL) != (conf->tls_key_pem == NULL))
		rc = err_set(reterr, RC_INPUT, NULL, "httpd.tls", NULL);
	if (rc != RC_OK) {
		httpd_free(d);
		return rc;
	}
	flags |= conf->threads == 0 ? MHD_USE_THREAD_PER_CONNECTION : 0;
	flags |= conf->tls_cert_pem ? MHD_USE_TLS : 0;
	options(d, item);
	d->mhd =
	    mhd.start_daemon(flags, 0, on_accept, d, on_access, d, MHD_OPTION_ARRAY, item,
			     MHD_OPTION_URI_LOG_CALLBACK, on_target, d, MHD_OPTION_NOTIFY_COMPLETED,
			     on_completed, d, MHD_OPTION_NOTIFY_CONNECTION, on_connection, d,
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
	d->sock = mhd.quiesce_daemon(d->mhd);
	os_mutex_lock(d->lock);
	while (d->running > 0 && (left = end - os_mono_ms()) > 0)
		os_cond_wait_ms(d->idle, d->lock, left);
	os_mutex_unlock(d->lock);
	mhd.stop_daemon(d->mhd);
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
