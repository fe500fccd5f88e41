/*
 * http: see http.h. One easy handle per struct http, reset before each exchange
 * so that nothing of the last one but its connection remains. Proxies the system
 * names are used for https, never for loopback. libcurl and the twenty libraries it
 * brings are loaded when first needed: most commands ask nobody (docs/decisions/0047).
 */
#include "lib/http.h"

#include <curl/curl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "lib/os.h"

enum { ADDRESS_LEN = 48 }; /* of an IPv6 address as text, with room */

struct http {
	CURL *curl;
	char *agent, *ca_file, *pin;
	struct curl_slist *resolve;
	struct http_conf conf; /* its strings are the copies above */
	atomic_int cancelled;
	int64_t connections;
	char refused[ADDRESS_LEN]; /* address that was not connected to in this exchange; "": none */
	char why[CURL_ERROR_SIZE];
};

/* What the callbacks of one exchange fill. */
struct taking {
	struct http *h;
	struct buf *body, *head;
	bool body_begun;
};

/* What is called of libcurl, without its prefix. */
#define CALLS(X) \
	X(global_init) X(easy_init) X(easy_cleanup) X(easy_reset) X(easy_setopt) X(easy_perform) \
	X(easy_getinfo) X(easy_strerror) X(slist_append) X(slist_free_all) X(url) X(url_cleanup) \
	X(url_get) X(url_set) X(free) X(getdate)
#define POINTER(f) __typeof__(curl_##f) *f;
#define NAME(f) "curl_" #f,

static struct os_once curl_once = OS_ONCE;
static struct {
	CALLS(POINTER)
} curl;
static bool curl_here;

static void curl_begin(void)
{
	static const char *const name[] = {CALLS(NAME)};

	curl_here = os_late(KK_CURL_SO, name, sizeof(name) / sizeof(name[0]), &curl) &&
		    curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

/* Before the first use of curl. RC_UNAVAILABLE "http.init". */
static enum rc curl_ready(struct err *reterr)
{
	os_once(&curl_once, curl_begin);
	return curl_here ? RC_OK : err_set(reterr, RC_UNAVAILABLE, NULL, "http.init", NULL);
}

static enum rc no_memory(struct err *reterr)
{
	return err_set(reterr, RC_NOMEM, NULL, "os.memory", NULL);
}

/* Copy or stay NULL; false when out of memory. */
static bool copied(char **ret, const char *s)
{
	if (!s)
		return true;
	*ret = span_dup(span_str(s));
	return *ret != NULL;
}

static int64_t or_default(int64_t v, int64_t dflt)
{
	return v > 0 ? v : dflt;
}

enum rc http_new(struct http **ret, const struct http_conf *conf, struct err *reterr)
{
	struct http *h;
	enum rc rc = curl_ready(reterr);

	if (rc != RC_OK)
		return rc;
	h = calloc(1, sizeof *h);
	if (!h)
		return no_memory(reterr);
	h->conf = *conf;
	h->conf.connect_ms = or_default(conf->connect_ms, HTTP_CONNECT_MS);
	h->conf.total_ms = or_default(conf->total_ms, HTTP_TOTAL_MS);
	h->conf.low_bytes = or_default(conf->low_bytes, HTTP_LOW_BYTES);
	h->conf.low_s = or_default(conf->low_s, HTTP_LOW_S);
	if (conf->resolve)
		h->resolve = curl.slist_append(NULL, conf->resolve);
	if (!copied(&h->agent, conf->agent) || !copied(&h->ca_file, conf->ca_file) ||
	    !copied(&h->pin, conf->pin) || (conf->resolve && !h->resolve)) {
		http_free(h);
		return no_memory(reterr);
	}
	h->curl = curl.easy_init();
	if (!h->curl) {
		http_free(h);
		return err_set(reterr, RC_UNAVAILABLE, NULL, "http.init", NULL);
	}
	*ret = h;
	return RC_OK;
}

void http_free(struct http *h)
{
	if (!h)
		return;
	if (h->curl)
		curl.easy_cleanup(h->curl);
	curl.slist_free_all(h->resolve);
	free(h->agent);
	free(h->ca_file);
	free(h->pin);
	free(h);
}

/* ---- what may be sent ---- */

static enum rc url_refused(struct err *reterr, const char *key, const char *url)
{
	return err_set(reterr, RC_USAGE, NULL, key, "url", url, NULL);
}

/* curl also takes one slash or three, and upper case; one spelling is enough. */
static bool spelled_out(const char *url)
{
	size_t n = strncmp(url, "https://", 8) == 0 ? 8 : strncmp(url, "http://", 7) == 0 ? 7 : 0;

	return n > 0 && url[n] != '/' && url[n] != '\0';
}

static enum rc url_new(CURLU **ret, struct err *reterr)
{
	enum rc rc = curl_ready(reterr);

	if (rc != RC_OK)
		return rc;
	*ret = curl.url();
	return *ret ? RC_OK : no_memory(reterr);
}

static enum rc url_check(const char *url, bool *retloopback, struct err *reterr)
{
	CURLU *u = NULL;
	char *scheme = NULL, *host = NULL, *part = NULL;
	enum rc rc = url_new(&u, reterr);

	if (rc != RC_OK)
		return rc;
	if (!spelled_out(url) || curl.url_set(u, CURLUPART_URL, url, CURLU_PATH_AS_IS) ||
	    curl.url_get(u, CURLUPART_SCHEME, &scheme, 0) ||
	    curl.url_get(u, CURLUPART_HOST, &host, 0) ||
	    curl.url_get(u, CURLUPART_USER, &part, 0) == CURLUE_OK ||
	    curl.url_get(u, CURLUPART_PASSWORD, &part, 0) == CURLUE_OK ||
	    curl.url_get(u, CURLUPART_FRAGMENT, &part, 0) == CURLUE_OK) {
		rc = url_refused(reterr, "http.url", url);
	} else {
		*retloopback = os_is_loopback(host);
		if (strcmp(scheme, "http") == 0 && !*retloopback)
			rc = url_refused(reterr, "http.plain", url);
	}
	curl.free(part);
	curl.free(scheme);
	curl.free(host);
	curl.url_cleanup(u);
	return rc;
}

enum rc http_url_check(const char *url, struct err *reterr)
{
	bool loopback;

	return url_check(url, &loopback, reterr);
}

enum rc http_url_host(const char *url, struct buf *out, struct err *reterr)
{
	CURLU *u = NULL;
	char *host = NULL, *port = NULL;
	enum rc rc = url_new(&u, reterr);

	if (rc != RC_OK)
		return rc;
	if (!spelled_out(url) || curl.url_set(u, CURLUPART_URL, url, CURLU_PATH_AS_IS) ||
	    curl.url_get(u, CURLUPART_HOST, &host, CURLU_PUNYCODE)) {
		rc = url_refused(reterr, "http.url", url);
	} else {
		buf_add_str(out, host);
		if (curl.url_get(u, CURLUPART_PORT, &port, 0) == CURLUE_OK)
			buf_addf(out, ":%s", port);
		rc = buf_check(out, reterr);
	}
	curl.free(host);
	curl.free(port);
	curl.url_cleanup(u);
	return rc;
}

static bool ascii_same(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int x = (unsigned char)a[i], y = (unsigned char)b[i];
		if (x >= 'A' && x <= 'Z')
			x += 'a' - 'A';
		if (y >= 'A' && y <= 'Z')
			y += 'a' - 'A';
		if (x != y)
			return false;
	}
	return true;
}

static bool header_fits(const struct http_header *h)
{
	static const char tchar[] = "!#$%&'*+-.^_`|~0123456789"
				    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

	if (!h->name[0] || h->name[strspn(h->name, tchar)] != '\0')
		return false;
	for (const char *p = h->value; *p; p++)
		if (((unsigned char)*p < ' ' && *p != '\t') || *p == 0x7f)
			return false;
	return true;
}

static bool list_add(struct curl_slist **list, const char *line)
{
	struct curl_slist *l = curl.slist_append(*list, line);

	if (l)
		*list = l;
	return l != NULL;
}

static bool names_type(const struct http_req *req)
{
	for (size_t i = 0; i < req->nhead; i++)
		if (strlen(req->head[i].name) == 12 &&
		    ascii_same(req->head[i].name, "content-type", 12))
			return true;
	return false;
}

/* The caller's headers, and none of curl's own that it did not ask for. */
static enum rc header_list(const struct http_req *req, struct curl_slist **ret, struct err *reterr)
{
	struct curl_slist *list = NULL;
	bool large = req->has_body && req->body.len > HTTP_EXPECT_ABOVE;
	bool ok = list_add(&list, large ? "Expect: 100-continue" : "Expect:") &&
		  list_add(&list, "Accept:");
	enum rc rc = RC_OK;

	if (ok && !names_type(req))
		ok = list_add(&list, "Content-Type:");
	for (size_t i = 0; ok && rc == RC_OK && i < req->nhead; i++) {
		const struct http_header *h = &req->head[i];
		struct buf b;
		if (!header_fits(h)) {
			rc = err_set(reterr, RC_INTERNAL, NULL, "http.header", "header", h->name,
				     NULL);
			break;
		}
		buf_init(&b, HTTP_HEAD_MAX);
		buf_add_str(&b, h->name);
		buf_add_str(&b,
			    h->value[0] ? ": " : ";"); /* curl's way of writing an empty value */
		buf_add_str(&b, h->value);
		ok = buf_check(&b, NULL) == RC_OK && list_add(&list, (const char *)b.p);
		buf_free(&b);
	}
	if (!ok)
		rc = no_memory(reterr);
	if (rc != RC_OK) {
		curl.slist_free_all(list);
		return rc;
	}
	*ret = list;
	return RC_OK;
}

/* ---- callbacks ---- */

static size_t take_body(char *p, size_t size, size_t n, void *arg)
{
	struct taking *t = arg;

	t->body_begun = true;
	buf_add(t->body, p, size * n);
	return t->body->failed ? 0 : size * n;
}

/* Each status line begins anew (100 Continue comes before the real one); trailers are dropped. */
static size_t take_head(char *p, size_t size, size_t n, void *arg)
{
	struct taking *t = arg;
	struct span line = span_of(p, size * n);

	while (line.len > 0 && (line.p[line.len - 1] == '\n' || line.p[line.len - 1] == '\r'))
		line.len--;
	if (span_starts(line, "HTTP/")) {
		buf_reset(t->head);
	} else if (!t->body_begun && line.len > 0) {
		buf_add_span(t->head, line);
		buf_add_char(t->head, '\n');
	}
	return t->head->failed ? 0 : size * n;
}

static int on_progress(void *arg, curl_off_t dt, curl_off_t dn, curl_off_t ut, curl_off_t un)
{
	struct http *h = arg;

	(void)dt;
	(void)dn;
	(void)ut;
	(void)un;
	return atomic_load(&h->cancelled) || (h->conf.stoppable && os_stopping());
}

/* The address is the one this very socket connects to. */
static curl_socket_t open_public(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct http *h = arg;

	(void)purpose;
	if (os_address_public(&a->addr))
		return (curl_socket_t)os_socket_new(a->family, a->socktype, a->protocol);
	os_address_text(&a->addr, h->refused, sizeof(h->refused));
	return CURL_SOCKET_BAD;
}

/* ---- one exchange ---- */

/* Remembers the first failure, so that a run of options needs one check. */
#define SET(option, value)                                               \
	do {                                                             \
		if (code == CURLE_OK)                                    \
			code = curl.easy_setopt(h->curl, option, value); \
	} while (0)

/* What every exchange of this handle has in common: limits and trust. */
static CURLcode set_conf(struct http *h, const struct http_req *req, bool loopback)
{
	const struct http_conf *c = &h->conf;
	CURLcode code = CURLE_OK;

	SET(CURLOPT_ERRORBUFFER, h->why);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PATH_AS_IS, 1L);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_CONNECTTIMEOUT_MS, (long)c->connect_ms);
	/* a large body waits until the peer wants it: a refusal is then read, not cut off */
	SET(CURLOPT_EXPECT_100_TIMEOUT_MS, 10000L);
	SET(CURLOPT_TIMEOUT_MS, (long)or_default(req->total_ms, c->total_ms));
	SET(CURLOPT_LOW_SPEED_LIMIT, (long)c->low_bytes);
	SET(CURLOPT_LOW_SPEED_TIME, (long)c->low_s);
	SET(CURLOPT_MAX_SEND_SPEED_LARGE, (curl_off_t)c->max_bytes_per_s);
	SET(CURLOPT_MAX_RECV_SPEED_LARGE, (curl_off_t)c->max_bytes_per_s);
	SET(CURLOPT_NOPROGRESS, 0L);
	SET(CURLOPT_XFERINFOFUNCTION, on_progress);
	SET(CURLOPT_XFERINFODATA, h);
	if (loopback || c->direct || c->public_only)
		SET(CURLOPT_PROXY, "");
	if (c->public_only) {
		SET(CURLOPT_OPENSOCKETFUNCTION, open_public);
		SET(CURLOPT_OPENSOCKETDATA, h);
	}
	if (h->agent)
		SET(CURLOPT_USERAGENT, h->agent);
	if (h->ca_file)
		SET(CURLOPT_CAINFO, h->ca_file);
	if (h->resolve)
		SET(CURLOPT_RESOLVE, h->resolve);
	if (h->pin) {
		SET(CURLOPT_PINNEDPUBLICKEY, h->pin);
		SET(CURLOPT_SSL_VERIFYPEER, 0L);
		SET(CURLOPT_SSL_VERIFYHOST, 0L);
	}
	return code;
}

static CURLcode set_req(struct http *h, const struct http_req *req, struct curl_slist *headers,
			struct taking *t)
{
	CURLcode code = CURLE_OK;

	SET(CURLOPT_URL, req->url);
	SET(CURLOPT_HTTPHEADER, headers);
	if (req->has_body) {
		SET(CURLOPT_POST, 1L);
		SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)req->body.len);
		SET(CURLOPT_POSTFIELDS, req->body.p ? (const char *)req->body.p : "");
	}
	if (strcmp(req->method, "HEAD") == 0)
		SET(CURLOPT_NOBODY, 1L);
	else
		SET(CURLOPT_CUSTOMREQUEST, req->method);
	SET(CURLOPT_WRITEFUNCTION, take_body);
	SET(CURLOPT_WRITEDATA, t);
	SET(CURLOPT_HEADERFUNCTION, take_head);
	SET(CURLOPT_HEADERDATA, t);
	return code;
}

static enum rc exchange_failed(const struct http *h, CURLcode code, const struct http_req *req,
			       const struct taking *t, struct err *reterr)
{
	static const struct {
		CURLcode code;
		enum rc rc;
		const char *key;
	} table[] = {
	    {CURLE_URL_MALFORMAT, RC_USAGE, "http.url"},
	    {CURLE_UNSUPPORTED_PROTOCOL, RC_REMOTE,
	     "http.protocol"}, /* HTTP/0.9: the URL was checked */
	    {CURLE_COULDNT_RESOLVE_HOST, RC_UNAVAILABLE, "http.resolve"},
	    {CURLE_COULDNT_RESOLVE_PROXY, RC_UNAVAILABLE, "http.resolve"},
	    {CURLE_COULDNT_CONNECT, RC_UNAVAILABLE, "http.connect"},
	    {CURLE_PROXY, RC_UNAVAILABLE, "http.connect"},
	    {CURLE_OPERATION_TIMEDOUT, RC_UNAVAILABLE, "http.timeout"},
	    {CURLE_PARTIAL_FILE, RC_UNAVAILABLE, "http.cut"},
	    {CURLE_GOT_NOTHING, RC_UNAVAILABLE, "http.cut"},
	    {CURLE_RECV_ERROR, RC_UNAVAILABLE, "http.cut"},
	    {CURLE_SEND_ERROR, RC_UNAVAILABLE, "http.cut"},
	    {CURLE_ABORTED_BY_CALLBACK, RC_UNAVAILABLE, "http.cancelled"},
	    {CURLE_SSL_CONNECT_ERROR, RC_REMOTE, "http.tls"},
	    {CURLE_PEER_FAILED_VERIFICATION, RC_REMOTE, "http.tls"},
	    {CURLE_SSL_PINNEDPUBKEYNOTMATCH, RC_REMOTE, "http.pin"},
	    {CURLE_SSL_CACERT_BADFILE, RC_USAGE, "http.ca_file"},
	    {CURLE_WRITE_ERROR, RC_REMOTE, "http.too_large"},
	    {CURLE_FILESIZE_EXCEEDED, RC_REMOTE, "http.too_large"},
	    {CURLE_WEIRD_SERVER_REPLY, RC_REMOTE, "http.protocol"},
	};
	const char *why = h->why[0] ? h->why : curl.easy_strerror(code);
	enum rc rc = RC_UNAVAILABLE;
	const char *key = "http.failed";

	if (code == CURLE_OUT_OF_MEMORY || buf_check(t->body, NULL) == RC_NOMEM ||
	    buf_check(t->head, NULL) == RC_NOMEM)
		return no_memory(reterr);
	if (code == CURLE_COULDNT_CONNECT && h->refused[0])
		return err_set(reterr, RC_DENIED, NULL, "http.private", "url", req->url, "address",
			       h->refused, NULL);
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
		if (table[i].code == code) {
			rc = table[i].rc;
			key = table[i].key;
			break;
		}
	}
	return err_set(reterr, rc, NULL, key, "url", req->url, "why", why, NULL);
}

static void note_result(struct http *h, struct http_res *res)
{
	long status = 0, head = 0, asked = 0, opened = 0;
	curl_off_t up = 0, down = 0;

	curl.easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &status);
	curl.easy_getinfo(h->curl, CURLINFO_HEADER_SIZE, &head);
	curl.easy_getinfo(h->curl, CURLINFO_REQUEST_SIZE, &asked);
	curl.easy_getinfo(h->curl, CURLINFO_SIZE_UPLOAD_T, &up);
	curl.easy_getinfo(h->curl, CURLINFO_SIZE_DOWNLOAD_T, &down);
	curl.easy_getinfo(h->curl, CURLINFO_NUM_CONNECTS, &opened);
	h->connections += opened;
	res->status = (int)status;
	res->sent = asked + up;
	res->got = head + down;
}

/* Ended by the body alone, which nobody needs whole? The status and the headers are there then. */
static bool is_cut(const struct http_req *req, CURLcode code, const struct http_res *res)
{
	return req->may_cut && code == CURLE_WRITE_ERROR && buf_check(&res->body, NULL) == RC_LIMIT &&
	       buf_check(&res->head, NULL) == RC_OK;
}

enum rc http_exchange(struct http *h, const struct http_req *req, struct http_res *ret,
		      struct err *reterr)
{
	struct http_res res = {0};
	struct taking t = {.h = h, .body = &res.body, .head = &res.head};
	struct curl_slist *headers = NULL;
	bool loopback = false;
	CURLcode code;
	enum rc rc = url_check(req->url, &loopback, reterr);

	if (rc == RC_OK)
		rc = header_list(req, &headers, reterr);
	if (rc != RC_OK)
		return rc;
	buf_init(&res.body, req->max_body);
	buf_init(&res.head, HTTP_HEAD_MAX);
	curl.easy_reset(h->curl);
	h->why[0] = h->refused[0] = '\0';
	code = set_conf(h, req, loopback);
	if (code == CURLE_OK)
		code = set_req(h, req, headers, &t);
	if (code == CURLE_OK)
		code = atomic_load(&h->cancelled) ? CURLE_ABORTED_BY_CALLBACK
						  : curl.easy_perform(h->curl);
	note_result(h, &res);
	curl.slist_free_all(headers);
	if (is_cut(req, code, &res)) {
		buf_reset(&res.body);
		code = CURLE_OK;
	}
	if (code != CURLE_OK) {
		rc = exchange_failed(h, code, req, &t, reterr);
		http_res_free(&res);
		return rc;
	}
	*ret = res;
	return RC_OK;
}

void http_res_free(struct http_res *res)
{
	if (!res)
		return;
	buf_free(&res->body);
	buf_free(&res->head);
}

/* ---- reading the answer ---- */

enum rc http_head(const struct http_res *res, const char *name, char *retvalue, size_t cap,
		  struct err *reterr)
{
	struct span rest = span_buf(&res->head), line, value = {0};
	size_t n = strlen(name);
	int found = 0;

	while (span_line(&rest, &line)) {
		if (line.len > n && line.p[n] == ':' && ascii_same((const char *)line.p, name, n)) {
			value = span_trim(span_of(line.p + n + 1, line.len - n - 1), " \t");
			found++;
		}
	}
	if (found == 0)
		return err_set(reterr, RC_NOTFOUND, NULL, "http.no_header", "header", name, NULL);
	if (found > 1)
		return err_set(reterr, RC_REMOTE, NULL, "http.header_twice", "header", name, NULL);
	if (value.len >= cap)
		return err_set(reterr, RC_LIMIT, NULL, "http.header_long", "header", name, NULL);
	if (value.len > 0)
		memcpy(retvalue, value.p, value.len);
	retvalue[value.len] = '\0';
	return RC_OK;
}

int64_t http_date(const char *text)
{
	time_t t = curl_ready(NULL) == RC_OK ? curl.getdate(text, NULL) : -1;

	return t < 0 ? -1 : (int64_t)t;
}

void http_cancel(struct http *h)
{
	atomic_store(&h->cancelled, 1);
}

int64_t http_connections(const struct http *h)
{
	return h->connections;
}
