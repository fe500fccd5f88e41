/*
 * httpd_test: lib/httpd on raw loopback sockets: what must never reach a handler
 * (two Hosts, two lengths, length with coding, odd codings, odd targets), bodies
 * above their ceiling declared and chunked, bodies cut off, routes and methods,
 * HEAD, cookies, assets with ETag, problems in two languages, two servers at
 * once, and stopping while a request runs. Every case runs on a pool and with a
 * thread per connection where it matters.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "lib/httpd.h"
#include "lib/num.h"
#include "lib/os.h"

#include "tests/unit/tls_sample.h"

enum { REPLY_MAX = 1 << 20 };

/* What the handlers share. */
struct app {
	atomic_int handled;  /* handlers run */
	atomic_int streamed; /* bytes given to chunk */
	atomic_int freed;    /* owned things released */
	atomic_int waiting;  /* handlers inside /slow */
	atomic_int open;     /* /slow may go on */
	atomic_int ended[6]; /* requests told of at their end, by class of the status; 0: not answered */
	atomic_int got, sent, lost; /* bytes told of; those without a route */
	char file[256];
};

static struct app app;
static char *dir;

/* A number of ours: a status, a query parameter. */
static int number(struct span s)
{
	int64_t n = -1;

	assert_int_equal(num_i64(s, 0, 1000000, &n), RC_OK);
	return (int)n;
}

/* ---- handlers ---- */

static void on_hello(void *ctx, struct httpd_req *req)
{
	struct app *a = ctx;

	atomic_fetch_add(&a->handled, 1);
	httpd_reply(req, 200, "text/html; charset=utf-8", span_str("xin chào"));
}

static void on_ended(void *ctx, const struct httpd_ended *what)
{
	struct app *a = ctx;

	atomic_fetch_add(&a->ended[what->status / 100], 1);
	atomic_fetch_add(&a->got, (int)what->got);
	atomic_fetch_add(&a->sent, (int)what->sent);
	atomic_fetch_add(&a->lost, what->route == NULL);
}

static void on_echo(void *ctx, struct httpd_req *req)
{
	struct app *a = ctx;

	atomic_fetch_add(&a->handled, 1);
	httpd_reply(req, 200, "application/octet-stream", httpd_body(req));
}

static void count_free(void *p)
{
	atomic_fetch_add(&((struct app *)p)->freed, 1);
}

static void blob_early(void *ctx, struct httpd_req *req)
{
	httpd_own(req, ctx, count_free);
	if (strcmp(httpd_param(req), "secret") == 0)
		httpd_reply(req, 401, "text/plain", span_str("no key"));
}

static bool blob_chunk(void *ctx, struct httpd_req *req, struct span part)
{
	struct app *a = ctx;

	atomic_fetch_add(&a->streamed, (int)part.len);
	return strcmp(httpd_param(req), "enough") != 0;
}

static void blob_done(void *ctx, struct httpd_req *req)
{
	struct app *a = ctx;
	char s[400];

	atomic_fetch_add(&a->handled, 1);
	snprintf(s, sizeof s, "%s %d", httpd_param(req), atomic_load(&a->streamed));
	httpd_reply(req, 200, "text/plain", span_str(s));
}

static void on_info(void *ctx, struct httpd_req *req)
{
	const char *once = "-", *header = httpd_header(req, "x-one");
	const char *q = httpd_query(req, "q"), *cookie = httpd_cookie(req, "sid", 0);
	struct err e;
	struct buf b;

	(void)ctx;
	err_clear(&e);
	httpd_header_once(req, "X-One", &once, &e);
	buf_init(&b, 8192);
	buf_addf(&b, "%s|%s|%s|%s|%s|%s|%s|%s|", httpd_method(req), httpd_path(req),
		 header ? header : "(null)", once, e.key, q ? q : "(null)",
		 cookie ? cookie : "(null)", httpd_lang(req));
	buf_add_span(&b, httpd_raw_path(req));
	buf_add_char(&b, '|');
	buf_add_span(&b, httpd_raw_query(req));
	buf_addf(&b, "|%s|%s|", httpd_peer(req), httpd_tls(req) ? "tls" : "plain");
	buf_add_str(&b, httpd_param(req));
	httpd_set_cookie(req, "sid", "abc", 3600);
	httpd_set_int(req, "X-Number", -5);
	httpd_reply_buf(req, 200, "text/plain", &b);
	buf_free(&b);
}

static void on_slow(void *ctx, struct httpd_req *req)
{
	struct app *a = ctx;

	atomic_fetch_add(&a->waiting, 1);
	for (int i = 0; i < 4000 && !atomic_load(&a->open); i++)
		os_sleep_ms(5);
	atomic_fetch_add(&a->handled, 1);
	httpd_reply(req, 200, "text/plain", span_str("done"));
}

static void on_twice(void *ctx, struct httpd_req *req)
{
	(void)ctx;
	httpd_reply(req, 200, "text/plain", span_str("first"));
	httpd_reply(req, 500, "text/plain", span_str("second"));
}

static void on_none(void *ctx, struct httpd_req *req)
{
	(void)ctx;
	(void)req;
}

static void on_inject(void *ctx, struct httpd_req *req)
{
	(void)ctx;
	httpd_set(req, "X-Name", "a\r\nSet-Cookie: x=y");
	httpd_reply(req, 200, "text/plain", span_str("never"));
}

static void on_file(void *ctx, struct httpd_req *req)
{
	struct app *a = ctx;
	const char *from = httpd_query(req, "from"), *len = httpd_query(req, "len");
	const char *name = httpd_query(req, "name");

	httpd_reply_file(req, from ? 206 : 200, "text/plain", name ? name : a->file,
			 from ? number(span_str(from)) : 0, len ? number(span_str(len)) : -1);
}

static void on_problem(void *ctx, struct httpd_req *req)
{
	struct err e;

	(void)ctx;
	err_set(&e, RC_REFUSED, "E5", "os.not_found", "path", "a\"b", NULL);
	httpd_problem(req, 401, &e, span_str("\"now\":1795054267"));
}

static const uint8_t css[] = "body{}";
static const struct httpd_asset assets[] = {
    {"app.css", "text/css", NULL, "v1", css, 6},
    {"app.js", "text/javascript", "gzip", "v2", (const uint8_t *)"\x1f\x8b", 2},
};

static void on_static(void *ctx, struct httpd_req *req)
{
	const struct httpd_asset *a = httpd_asset(assets, 2, httpd_param(req));
	struct err e;

	(void)ctx;
	if (a) {
		httpd_reply_asset(req, a);
		return;
	}
	err_set(&e, RC_NOTFOUND, NULL, "httpd.not_found", NULL);
	httpd_problem(req, 0, &e, span_of(NULL, 0));
}

static const struct httpd_route routes[] = {
    {.method = "GET", .path = "/hello", .handle = on_hello},
    {.method = "POST", .path = "/echo", .body_max = 1000, .handle = on_echo},
    {.method = "POST",
     .path = "/json",
     .body_max = 1000,
     .type = "application/json",
     .handle = on_echo},
    {.method = "PATCH",
     .path = "/v1/blobs/{hash}",
     .flags = HTTPD_LENGTH,
     .body_max = 4 << 20,
     .early = blob_early,
     .chunk = blob_chunk,
     .handle = blob_done},
    {.method = "PUT",
     .path = "/v1/stream/{hash}",
     .body_max = 1000,
     .early = blob_early,
     .chunk = blob_chunk,
     .handle = blob_done},
    {.method = "GET", .path = "/v1/blobs/{hash}", .handle = on_info},
    {.method = "HEAD", .path = "/v1/blobs/{hash}", .handle = on_twice},
    {.method = "GET", .path = "/info", .handle = on_info},
    {.method = "GET", .path = "/slow", .handle = on_slow},
    {.method = "GET", .path = "/twice", .handle = on_twice},
    {.method = "GET", .path = "/none", .handle = on_none},
    {.method = "GET", .path = "/inject", .handle = on_inject},
    {.method = "GET", .path = "/file", .handle = on_file},
    {.method = "GET", .path = "/problem", .handle = on_problem},
    {.method = "GET", .path = "/static/", .flags = HTTPD_PREFIX | HTTPD_CACHE, .handle = on_static},
};

static const char *const hosts[] = {"127.0.0.1", "kk.test", "[::1]", NULL};

static struct httpd_conf conf_of(int threads)
{
	return (struct httpd_conf){.address = "127.0.0.1",
				   .threads = threads,
				   .timeout_s = 20,
				   .hosts = hosts,
				   .route = routes,
				   .nroute = sizeof routes / sizeof routes[0],
				   .csp = "default-src 'self'",
				   .lang = "vi",
				   .problem_base = "urn:kk:",
				   .ctx = &app};
}

/* ---- a client that can be as rude as it likes ---- */

/* from: the last number of an address of 127.0.0.0/8, all of which are ours. */
static int dial_from(uint16_t port, unsigned from)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
	struct sockaddr_in own = {.sin_family = AF_INET};
	struct timeval t = {.tv_sec = 30};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	own.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + from);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&own, sizeof own), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof t), 0);
	return fd;
}

static int dial(uint16_t port)
{
	return dial_from(port, 1);
}

static void say(int fd, const char *s, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, s, len, MSG_NOSIGNAL);
		if (n <= 0)
			return; /* the server closed on us; what it said is still to be read */
		s += n;
		len -= (size_t)n;
	}
}

/* All the server says until it closes. Static: one answer at a time. */
static char *hear(int fd)
{
	static char out[REPLY_MAX];
	size_t len = 0;
	ssize_t n;

	while (len < sizeof out - 1 && (n = recv(fd, out + len, sizeof out - 1 - len, 0)) > 0)
		len += (size_t)n;
	out[len] = '\0';
	close(fd);
	return out;
}

static char *ask(struct httpd *d, const char *request)
{
	int fd = dial(httpd_port(d));

	say(fd, request, strlen(request));
	return hear(fd);
}

static int status_of(const char *reply)
{
	return strncmp(reply, "HTTP/1.1 ", 9) == 0 ? number(span_of(reply + 9, 3)) : 0;
}

#define H   "Host: 127.0.0.1\r\n"
#define END "Connection: close\r\n\r\n"

/* From libmicrohttpd 1.0 on (Debian 13) the library itself refuses these, in its own words. */
#define CODING            "httpd.coding|The Transfer-Encoding used in request is not supported"
#define LENGTH_AND_CODING "httpd.length_and_coding|both Transfer-Encoding and Content-Length headers"

/* Does the reply hold the part, or one of the parts between bars? */
static bool says(const char *reply, const char *part)
{
	const char *bar = strchr(part, '|');
	char first[128];

	if (!bar)
		return strstr(reply, part) != NULL;
	snprintf(first, sizeof(first), "%.*s", (int)(bar - part), part);
	return strstr(reply, first) || strstr(reply, bar + 1);
}

static void assert_reply(const char *reply, int status, const char *part)
{
	if (status_of(reply) != status || !says(reply, part))
		print_error("wanted %d with \"%s\", got: %.600s\n", status, part, reply);
	assert_int_equal(status_of(reply), status);
	assert_true(says(reply, part));
}

static void check(struct httpd *d, const char *request, int status, const char *part)
{
	const char *reply = ask(d, request);

	if (status_of(reply) != status || !says(reply, part))
		print_error("request: %.200s\n", request);
	assert_reply(reply, status, part);
}

static int count_of(const char *s, const char *part)
{
	int n = 0;

	for (; (s = strstr(s, part)) != NULL; s++)
		n++;
	return n;
}

static int start(void **state, int threads)
{
	struct httpd_conf conf = conf_of(threads);
	struct httpd *d = NULL;

	atomic_store(&app.handled, 0);
	atomic_store(&app.streamed, 0);
	atomic_store(&app.freed, 0);
	atomic_store(&app.waiting, 0);
	atomic_store(&app.open, 0);
	if (httpd_start(&d, &conf, NULL) != RC_OK)
		return -1;
	*state = d;
	return 0;
}

static int setup_pool(void **state)
{
	return start(state, 2);
}

static int setup_each(void **state)
{
	return start(state, 0);
}

static int teardown(void **state)
{
	httpd_stop(*state, 30000);
	return 0;
}

/* ---- the guard ---- */

static const struct {
	const char *request;
	int status;
	const char *part;
} bad[] = {
    {"GET /hello HTTP/1.1\r\n" H "Host: kk.test\r\n" END, 400, "httpd.host_twice"},
    {"GET /hello HTTP/1.1\r\n" H H END, 400, "httpd.host_twice"},
    {"GET /hello HTTP/1.1\r\n" END, 400, ""},
    {"GET /hello HTTP/1.0\r\n" END, 400, "httpd.no_host"},
    {"GET /hello HTTP/1.1\r\nHost: evil.test\r\n" END, 421, "httpd.host_unknown"},
    {"GET /hello HTTP/1.1\r\nHost: 127.0.0.1.evil.test\r\n" END, 421, "httpd.host_unknown"},
    {"GET /hello HTTP/1.1\r\nHost: 127.0.0.1:x\r\n" END, 400, "httpd.host_bad"},
    {"GET /hello HTTP/1.1\r\nHost: a b\r\n" END, 400, "httpd.host_bad"},
    {"GET /hello HTTP/1.1\r\nHost: x@127.0.0.1\r\n" END, 400, "httpd.host_bad"},
    {"GET /hello HTTP/1.1\r\nHost:\r\n" END, 400, "httpd.host_bad"},
    {"POST /echo HTTP/1.1\r\n" H "Content-Length: 3\r\nContent-Length: 3\r\n" END "abc", 400,
     "httpd.length_twice"},
    {"POST /echo HTTP/1.1\r\n" H "Content-Length: 3\r\nContent-Length: 4\r\n" END "abcd", 400,
     "httpd.length_twice"},
    {"POST /echo HTTP/1.1\r\n" H "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n" END
     "3\r\nabc\r\n0\r\n\r\n",
     400, LENGTH_AND_CODING},
    {"POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n" END
     "0\r\n\r\n",
     400, LENGTH_AND_CODING},
    {"POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n" END "0\r\n\r\n", 400,
     CODING},
    {"POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: identity\r\n" END, 400, CODING},
    {"POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n" END
     "0\r\n\r\n",
     400, CODING},
    {"POST /echo HTTP/1.0\r\n" H "Transfer-Encoding: chunked\r\n" END "0\r\n\r\n", 400, ""},
    {"POST /echo HTTP/1.1\r\n" H "Content-Length: +3\r\n" END "abc", 400, ""},
    {"POST /echo HTTP/1.1\r\n" H "Content-Length: 3, 3\r\n" END "abc", 400, ""},
    {"POST /echo HTTP/1.1\r\n" H "Content-Length: 0x3\r\n" END "abc", 400, ""},
    {"POST /echo HTTP/1.1\r\n" H "Content-Length: -1\r\n" END "abc", 400, ""},
    {"POST /echo HTTP/1.1\r\n" H
     "Content-Type: a/b\r\nContent-Type: c/d\r\nContent-Length: 0\r\n" END,
     400, "httpd.header_bad"},
    {"POST /echo HTTP/1.1\r\n" H "Content-Length : 3\r\n" END "abc", 400, ""},
    {"GET /hello HTTP/1.1\r\n" H "X-Odd: a\x01"
     "b\r\n" END,
     400, "httpd.header_bad"},
    {"GET http://127.0.0.1/hello HTTP/1.1\r\n" H END, 400, "httpd.target"},
    {"GET http://evil.test/hello HTTP/1.1\r\n" H END, 400, "httpd.target"},
    {"OPTIONS * HTTP/1.1\r\n" H END, 400, "httpd.target"},
    {"GET hello HTTP/1.1\r\n" H END, 400, "httpd.target"},
    {"GET /static/../hello HTTP/1.1\r\n" H END, 400, "httpd.target"},
    {"GET /static/%2e%2e/hello HTTP/1.1\r\n" H END, 400, "httpd.target"},
    {"GET /static/.. HTTP/1.1\r\n" H END, 400, "httpd.target"},
    {"GET /static/%2fetc HTTP/1.1\r\n" H END, 400, "httpd.target"},
    {"GET /static/a%5cb HTTP/1.1\r\n" H END, 400, "httpd.target"},
    {"GET /hello%00 HTTP/1.1\r\n" H END, 400, "httpd.target"},
    {"GET /hello%0a HTTP/1.1\r\n" H END, 400, "httpd.target"},
    {"GET /hello%zz HTTP/1.1\r\n" H END, 400, "httpd.target"},
    {"GET /hello% HTTP/1.1\r\n" H END, 400, "httpd.target"},
    {"GET /hello%ff HTTP/1.1\r\n" H END, 400, "httpd.target"},
    {"GET /hello#x HTTP/1.1\r\n" H END, 400, "httpd.target"},
    {"GET /info?q=%00 HTTP/1.1\r\n" H END, 400, "httpd.target"},
    {"GET /info?q=%g0 HTTP/1.1\r\n" H END, 400, "httpd.target"},
};

static void ambiguous_requests_reach_nobody(void **state)
{
	struct httpd *d = *state;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		check(d, bad[i].request, bad[i].status, bad[i].part);
	assert_int_equal(atomic_load(&app.handled), 0);
	assert_int_equal(httpd_running(d), 0);
}

/* A refused framing ends the connection: what follows is never read as a request. */
static void nothing_is_smuggled(void **state)
{
	struct httpd *d = *state;
	const char *reply =
	    ask(d, "POST /echo HTTP/1.1\r\n" H
		   "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
		   "GET /hello HTTP/1.1\r\n" H END);

	assert_reply(reply, 400, LENGTH_AND_CODING);
	assert_int_equal(count_of(reply, "HTTP/1.1 "), 1);
	assert_int_equal(atomic_load(&app.handled), 0);
	reply = ask(d, "POST /echo HTTP/1.1\r\n" H "Content-Length: 0\r\nContent-Length: 40\r\n\r\n"
		       "GET /hello HTTP/1.1\r\n" H END);
	assert_reply(reply, 400, "httpd.length_twice");
	assert_int_equal(count_of(reply, "HTTP/1.1 "), 1);
	assert_int_equal(atomic_load(&app.handled), 0);
}

static void hosts_that_are_ours(void **state)
{
	struct httpd *d = *state;

	check(d, "GET /hello HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n" END, 200, "xin chào");
	check(d, "GET /hello HTTP/1.1\r\nHost: KK.test\r\n" END, 200, "xin chào");
	check(d, "GET /hello HTTP/1.1\r\nHost: [::1]:99\r\n" END, 200, "xin chào");
	check(d, "GET /hello HTTP/1.0\r\n" H "\r\n", 200, "xin chào");
}

static void too_long_and_too_many(void **state)
{
	struct httpd *d = *state;
	struct buf b;
	const char *reply;

	buf_init(&b, 1 << 20);
	buf_add_str(&b, "GET /hello?");
	for (int i = 0; i < HTTPD_URI_MAX; i++)
		buf_add_char(&b, 'a');
	buf_add_str(&b, " HTTP/1.1\r\n" H END);
	check(d, (char *)b.p, 414, "httpd.uri_long");
	buf_reset(&b);
	buf_add_str(&b, "GET /hello HTTP/1.1\r\n" H);
	for (int i = 0; i < HTTPD_HEADERS_MAX; i++)
		buf_addf(&b, "X-%d: v\r\n", i);
	buf_add_str(&b, END);
	check(d, (char *)b.p, 431, "httpd.headers_many");
	buf_reset(&b);
	buf_add_str(&b, "GET /hello HTTP/1.1\r\n" H "X-Long: ");
	for (int i = 0; i <= HTTPD_HEADER_VALUE_MAX; i++)
		buf_add_char(&b, 'a');
	buf_add_str(&b, "\r\n" END);
	check(d, (char *)b.p, 431, "httpd.headers_many");
	buf_reset(&b);
	buf_add_str(&b, "GET /hello HTTP/1.1\r\n" H "X-Huge: ");
	for (int i = 0; i < 200000; i++)
		buf_add_char(&b, 'a');
	buf_add_str(&b, "\r\n" END);
	reply =
	    ask(d, (char *)b.p); /* microhttpd's own memory ceiling; a reset may swallow its word */
	assert_true(status_of(reply) == 0 || status_of(reply) == 431 || status_of(reply) == 413);
	assert_int_equal(atomic_load(&app.handled), 0);
	buf_free(&b);
}

/* ---- routes ---- */

static void routes_and_methods(void **state)
{
	struct httpd *d = *state;
	const char *r;

	check(d, "GET /nowhere HTTP/1.1\r\n" H END, 404, "httpd.not_found");
	check(d, "GET /hello/ HTTP/1.1\r\n" H END, 404, "httpd.not_found");
	check(d, "GET /v1/blobs/ HTTP/1.1\r\n" H END, 404, "httpd.not_found");
	check(d, "GET /v1/blobs/a/b HTTP/1.1\r\n" H END, 404, "httpd.not_found");
	check(d, "POST /hello HTTP/1.1\r\n" H "Content-Length: 0\r\n" END, 405,
	      "Allow: GET, HEAD\r\n");
	check(d, "DELETE /v1/blobs/x HTTP/1.1\r\n" H END, 405, "Allow: PATCH, GET, HEAD\r\n");
	check(d, "OPTIONS /echo HTTP/1.1\r\n" H END, 405, "Allow: POST\r\n");
	check(d, "GET /v1/blobs/%C4%91%20a HTTP/1.1\r\n" H END, 200, "|đ a");
	r = ask(d, "GET /info?x=1&q=a%26b+c&q=2 HTTP/1.1\r\n" H
		   "X-One: 1\r\nCookie: xsid=0; sid=s1; sid=s2\r\n"
		   "Accept-Language: fr, en;q=0.7, vi;q=0.3\r\n" END);
	assert_reply(r, 200, "GET|/info|1|1||a&b c|s1|en|/info|x=1&q=a%26b+c&q=2|127.0.0.1|plain|");
	assert_non_null(
	    strstr(r, "Set-Cookie: sid=abc; Path=/; HttpOnly; SameSite=Strict; Max-Age=3600\r\n"));
	assert_non_null(strstr(r, "X-Number: -5\r\n"));
	check(d,
	      "GET /info?lang=vi HTTP/1.1\r\n" H
	      "X-One: 1\r\nX-One: 2\r\nAccept-Language: en\r\n" END,
	      200, "GET|/info|1|-|httpd.header_twice|(null)|(null)|vi|");
	check(d, "GET /info HTTP/1.1\r\n" H "Cookie: Sid=1; sid\r\n" END, 200,
	      "GET|/info|(null)|-|httpd.no_header|(null)|(null)|vi|/info||");
}

static void head_sends_no_body(void **state)
{
	struct httpd *d = *state;
	const char *r = ask(d, "HEAD /hello HTTP/1.1\r\n" H END);

	assert_reply(r, 200, "Content-Length: 9\r\n");
	assert_string_equal(strstr(r, "\r\n\r\n"), "\r\n\r\n");
	r = ask(d, "HEAD /v1/blobs/x HTTP/1.1\r\n" H END); /* its own route, which says "first" */
	assert_reply(r, 200, "Content-Length: 5\r\n");
	r = ask(d, "HEAD /nowhere HTTP/1.1\r\n" H END);
	assert_int_equal(status_of(r), 404);
	assert_string_equal(strstr(r, "\r\n\r\n"), "\r\n\r\n");
}

static void security_headers(void **state)
{
	struct httpd *d = *state;
	const char *r = ask(d, "GET /hello HTTP/1.1\r\n" H END);

	assert_reply(r, 200, "X-Content-Type-Options: nosniff\r\n");
	assert_non_null(strstr(r, "Cache-Control: no-store\r\n"));
	assert_non_null(strstr(r, "Content-Security-Policy: default-src 'self'\r\n"));
	assert_non_null(strstr(r, "Referrer-Policy: no-referrer\r\n"));
	assert_non_null(strstr(r, "Content-Type: text/html; charset=utf-8\r\n"));
	r = ask(d, "GET /nowhere HTTP/1.1\r\n" H END);
	assert_null(strstr(r, "Content-Security-Policy"));
	assert_non_null(strstr(r, "Content-Type: application/problem+json\r\n"));
}

static void handlers_that_err(void **state)
{
	struct httpd *d = *state;
	const char *r = ask(d, "GET /twice HTTP/1.1\r\n" H END);

	assert_reply(r, 200, "\r\n\r\nfirst");
	check(d, "GET /none HTTP/1.1\r\n" H END, 500, "httpd.no_reply");
	r = ask(d, "GET /inject HTTP/1.1\r\n" H END);
	assert_reply(r, 500, "httpd.bad_reply");
	assert_null(strstr(r, "x=y"));
	assert_null(strstr(r, "never"));
}

static void problems_speak_the_readers_language(void **state)
{
	struct httpd *d = *state;
	const char *r = ask(d, "GET /problem HTTP/1.1\r\n" H END);

	assert_reply(r, 401, "\r\n\r\n{\"type\":\"urn:kk:os.not_found\",\"title\":\"");
	assert_non_null(strstr(r, "\"status\":401,\"detail\":\"Không tìm thấy a\\\"b."));
	assert_non_null(strstr(r, "\"code\":\"refused\",\"key\":\"os.not_found\",\"clause\":\"E5\","
				  "\"args\":{\"path\":\"a\\\"b\"},\"now\":1795054267}"));
	r = ask(d, "GET /problem HTTP/1.1\r\n" H "Accept-Language: en-GB\r\n" END);
	assert_non_null(strstr(r, "\"detail\":\"a\\\"b not found."));
	assert_int_equal(httpd_status(RC_FULL), 507);
	assert_int_equal(httpd_status(RC_NOTFOUND), 404);
	assert_int_equal(httpd_status(RC_N), 500);
}

static void assets_with_etag(void **state)
{
	struct httpd *d = *state;
	const char *r = ask(d, "GET /static/app.css HTTP/1.1\r\n" H END);

	assert_reply(r, 200, "\r\n\r\nbody{}");
	assert_non_null(strstr(r, "ETag: \"v1\"\r\n"));
	assert_non_null(strstr(r, "Cache-Control: no-cache\r\n"));
	assert_null(strstr(r, "no-store"));
	r = ask(d, "GET /static/app.css HTTP/1.1\r\n" H "If-None-Match: \"v0\", W/\"v1\"\r\n" END);
	assert_reply(r, 304, "ETag: \"v1\"\r\n");
	assert_null(strstr(r, "body{}"));
	check(d, "GET /static/app.css HTTP/1.1\r\n" H "If-None-Match: \"v11\"\r\n" END, 200,
	      "body{}");
	check(d, "GET /static/app.js HTTP/1.1\r\n" H END, 200, "Content-Encoding: gzip\r\n");
	check(d, "GET /static/none.css HTTP/1.1\r\n" H END, 404, "httpd.not_found");
	check(d, "HEAD /static/app.css HTTP/1.1\r\n" H END, 200, "Content-Length: 6\r\n");
}

static void files_and_parts_of_them(void **state)
{
	struct httpd *d = *state;
	const char *r;

	check(d, "GET /file HTTP/1.1\r\n" H END, 200, "\r\n\r\n0123456789");
	r = ask(d, "GET /file?from=4 HTTP/1.1\r\n" H END);
	assert_reply(r, 206, "Content-Length: 6\r\n");
	assert_non_null(strstr(r, "\r\n\r\n456789"));
	check(d, "GET /file?from=4&len=2 HTTP/1.1\r\n" H END, 206, "\r\n\r\n45");
	check(d, "GET /file?from=10 HTTP/1.1\r\n" H END, 206, "Content-Length: 0\r\n");
	check(d, "GET /file?from=11 HTTP/1.1\r\n" H END, 416, "httpd.range");
	r = ask(d, "GET /file?name=/nonexistent/x HTTP/1.1\r\n" H END);
	assert_reply(r, 404, "httpd.not_found");
	assert_null(strstr(r, "nonexistent"));
	check(d, "HEAD /file HTTP/1.1\r\n" H END, 200, "Content-Length: 10\r\n");
}

/* ---- bodies ---- */

static void bodies_within_their_ceiling(void **state)
{
	struct httpd *d = *state;

	check(d, "POST /echo HTTP/1.1\r\n" H "Content-Length: 5\r\n" END "hello", 200,
	      "\r\n\r\nhello");
	check(d, "POST /echo HTTP/1.1\r\n" H "Content-Length: 0\r\n" END, 200,
	      "Content-Length: 0\r\n");
	check(d, "POST /echo HTTP/1.1\r\n" H END, 200, "Content-Length: 0\r\n");
	check(d,
	      "POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: Chunked\r\n" END
	      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
	      200, "\r\n\r\nabcde");
	check(d,
	      "POST /json HTTP/1.1\r\n" H "Content-Type: Application/JSON; charset=utf-8\r\n"
	      "Content-Length: 2\r\n" END "{}",
	      200, "{}");
	check(d,
	      "POST /json HTTP/1.1\r\n" H "Content-Type: text/plain\r\nContent-Length: 2\r\n" END
	      "{}",
	      415, "httpd.type");
	check(d, "POST /json HTTP/1.1\r\n" H "Content-Length: 2\r\n" END "{}", 415, "httpd.type");
	check(d,
	      "PATCH /v1/blobs/x HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n" END "0\r\n\r\n",
	      411, "httpd.length_needed");
	check(d, "PATCH /v1/blobs/x HTTP/1.1\r\n" H END, 411, "httpd.length_needed");
	check(d, "GET /hello HTTP/1.1\r\n" H "Content-Length: 1\r\n" END "x", 413,
	      "httpd.body_long");
	check(d,
	      "GET /hello HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n" END
	      "1\r\nx\r\n0\r\n\r\n",
	      413, "httpd.body_long");
}

/* n bytes after the headers in `head`, in chunks when asked. */
static void build(struct buf *b, const char *head, size_t n, bool chunked)
{
	buf_reset(b);
	buf_add_str(b, head);
	for (size_t left = n; left > 0;) {
		size_t step = left < 1000 ? left : 1000;
		if (chunked)
			buf_addf(b, "%zx\r\n", step);
		for (size_t i = 0; i < step; i++)
			buf_add_char(b, 'x');
		if (chunked)
			buf_add_str(b, "\r\n");
		left -= step;
	}
	if (chunked)
		buf_add_str(b, "0\r\n\r\n");
	assert_false(b->failed);
}

static const char *send_buf(struct httpd *d, const struct buf *b)
{
	int fd = dial(httpd_port(d));

	say(fd, (const char *)b->p, b->len);
	return hear(fd);
}

static void bodies_above_their_ceiling(void **state)
{
	struct httpd *d = *state;
	struct buf b;

	buf_init(&b, 8 << 20);
	build(&b, "POST /echo HTTP/1.1\r\n" H "Content-Length: 1001\r\n" END, 1001, false);
	assert_reply(send_buf(d, &b), 413, "httpd.body_long");
	build(&b, "POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n" END, 1001, true);
	assert_reply(send_buf(d, &b), 413, "httpd.body_long");
	build(&b, "PUT /v1/stream/x HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n" END, 20000,
	      true);
	assert_reply(send_buf(d, &b), 413, "httpd.body_long");
	assert_true(atomic_load(&app.streamed) <= 1000);
	/* declared far too large: refused on the headers, before any body is sent */
	assert_reply(ask(d, "POST /echo HTTP/1.1\r\n" H "Content-Length: 999999999\r\n\r\n"), 413,
		     "httpd.body_long");
	assert_reply(ask(d, "POST /echo HTTP/1.1\r\n" H
			    "Expect: 100-continue\r\nContent-Length: 1001\r\n\r\n"),
		     413, "httpd.body_long");
	/* chunks without end: dropped for a while, then cut off without a word */
	build(&b, "POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n" END, 3 << 20, true);
	assert_int_equal(status_of(send_buf(d, &b)), 0);
	assert_int_equal(atomic_load(&app.handled), 0);
	/* the connection of a small refusal stays usable */
	build(&b, "POST /echo HTTP/1.1\r\n" H "Content-Length: 1001\r\n\r\n", 1001, false);
	buf_add_str(&b, "GET /hello HTTP/1.1\r\n" H END);
	const char *r = send_buf(d, &b);
	assert_reply(r, 413, "httpd.body_long");
	assert_int_equal(count_of(r, "HTTP/1.1 200 "), 1);
	buf_free(&b);
}

static void bodies_streamed(void **state)
{
	struct httpd *d = *state;
	struct buf b;

	buf_init(&b, 8 << 20);
	build(&b, "PATCH /v1/blobs/abc HTTP/1.1\r\n" H "Content-Length: 3000000\r\n" END, 3000000,
	      false);
	assert_reply(send_buf(d, &b), 200, "abc 3000000");
	assert_int_equal(atomic_load(&app.freed), 1);
	/* answered on the headers: nothing is streamed */
	build(&b, "PATCH /v1/blobs/secret HTTP/1.1\r\n" H "Content-Length: 50000\r\n" END, 50000,
	      false);
	assert_reply(send_buf(d, &b), 401, "no key");
	assert_int_equal(atomic_load(&app.streamed), 3000000);
	/* the handler has enough after the first piece */
	atomic_store(&app.streamed, 0);
	build(&b, "PATCH /v1/blobs/enough HTTP/1.1\r\n" H "Content-Length: 500000\r\n" END, 500000,
	      false);
	assert_reply(send_buf(d, &b), 200, "enough ");
	assert_true(atomic_load(&app.streamed) > 0 && atomic_load(&app.streamed) < 500000);
	assert_int_equal(atomic_load(&app.freed), 3);
	buf_free(&b);
}

/* Wait, at most long, until the server has nothing under way. */
static void settle(struct httpd *d)
{
	for (int i = 0; i < 4000 && httpd_running(d) > 0; i++)
		os_sleep_ms(5);
	assert_int_equal(httpd_running(d), 0);
}

static void bodies_cut_in_the_middle(void **state)
{
	struct httpd *d = *state;
	static const char *const part[] = {
	    "POST /echo HTTP/1.1\r\n" H "Content-Length: 100\r\n\r\nonly this",
	    "POST /echo HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\n\r\n64\r\nonly this",
	    "PATCH /v1/blobs/x HTTP/1.1\r\n" H "Content-Length: 100\r\n\r\nonly this",
	    "POST /echo HTTP/1.1\r\n" H "Content-Le",
	    "POST /echo HTTP/1.1\r\n",
	    "POST /ec",
	};
	size_t n = sizeof part / sizeof part[0];

	for (size_t i = 0; i < n; i++) {
		int fd = dial(httpd_port(d));
		say(fd, part[i], strlen(part[i]));
		os_sleep_ms(20); /* a slow link: the rest never comes */
		close(fd);
	}
	for (int i = 0; i < 4000 && atomic_load(&app.freed) < 1; i++)
		os_sleep_ms(5);
	settle(d);
	assert_int_equal(atomic_load(&app.handled), 0);
	assert_int_equal(atomic_load(&app.freed), 1); /* what the streamed one owned */
	check(d, "GET /hello HTTP/1.1\r\n" H END, 200, "xin chào"); /* and it serves on */
}

/* Bytes that trickle in are one request all the same. */
static void bodies_that_trickle(void **state)
{
	struct httpd *d = *state;
	const char *r = "POST /echo HTTP/1.1\r\n" H "Content-Length: 12\r\n" END "mot hai ba !";
	int fd = dial(httpd_port(d));

	for (size_t i = 0; i < strlen(r); i += 3) {
		say(fd, r + i, strlen(r) - i < 3 ? strlen(r) - i : 3);
		os_sleep_ms(1);
	}
	assert_reply(hear(fd), 200, "\r\n\r\nmot hai ba !");
}

static void garbage_is_survived(void **state)
{
	struct httpd *d = *state;
	uint8_t junk[2000];

	for (int round = 0; round < 20; round++) {
		int fd = dial(httpd_port(d));
		assert_int_equal(os_random(junk, sizeof junk, NULL), RC_OK);
		say(fd, (const char *)junk, sizeof junk);
		say(fd, "\r\n\r\n", 4);
		shutdown(fd, SHUT_WR);
		assert_int_not_equal(status_of(hear(fd)), 200);
	}
	settle(d);
	check(d, "GET /hello HTTP/1.1\r\n" H END, 200, "xin chào");
}

/* ---- servers ---- */

static void two_servers_at_once(void **state)
{
	struct httpd *d = *state, *other = NULL;
	struct httpd_conf conf = conf_of(0);
	char url[64];
	struct err e;

	assert_int_equal(httpd_start(&other, &conf, NULL), RC_OK);
	assert_int_not_equal(httpd_port(d), httpd_port(other));
	snprintf(url, sizeof url, "http://127.0.0.1:%u", httpd_port(other));
	assert_string_equal(httpd_url(other), url);
	check(d, "GET /hello HTTP/1.1\r\n" H END, 200, "xin chào");
	check(other, "GET /hello HTTP/1.1\r\n" H END, 200, "xin chào");
	conf.port = httpd_port(other);
	struct httpd *third = NULL;
	assert_int_equal(httpd_start(&third, &conf, &e), RC_BUSY);
	assert_string_equal(e.key, "os.port_taken");
	assert_null(third);
	httpd_stop(other, 1000);
	assert_int_equal(httpd_start(&third, &conf, NULL), RC_OK); /* the port is free again */
	httpd_stop(third, 1000);
}

static void unusable_certificates_are_told(void **state)
{
	struct httpd_conf conf = conf_of(2);
	struct httpd *d = NULL;
	struct err e;
	intptr_t sock;
	uint16_t port;

	(void)state;
	assert_int_equal(os_listen("127.0.0.1", 0, &sock, &conf.port, NULL), RC_OK);
	os_socket_close(sock);
	conf.tls_cert_pem = "not a certificate";
	assert_int_equal(httpd_start(&d, &conf, &e), RC_INPUT);
	conf.tls_key_pem = "not a key";
	assert_int_equal(httpd_start(&d, &conf, &e), RC_INPUT);
	assert_string_equal(e.key, "httpd.tls");
	assert_int_equal(os_listen("127.0.0.1", conf.port, &sock, &port, NULL),
			 RC_OK); /* nothing left open */
	os_socket_close(sock);
	conf.tls_cert_pem = tls_good_cert;
	conf.tls_key_pem = tls_good_key;
	assert_int_equal(httpd_start(&d, &conf, NULL), RC_OK);
	assert_int_equal(strncmp(httpd_url(d), "https://127.0.0.1:", 18), 0);
	assert_int_equal(status_of(ask(d, "GET /hello HTTP/1.1\r\n" H END)),
			 0); /* plain text to TLS */
	httpd_stop(d, 1000);
}

struct asking {
	struct httpd *d;
	int status;
};

static void ask_slow(void *arg)
{
	struct asking *a = arg;
	char got[512] = "";
	int fd = dial(httpd_port(a->d));
	size_t len = 0;
	ssize_t n;

	say(fd, "GET /slow HTTP/1.1\r\n" H END, strlen("GET /slow HTTP/1.1\r\n" H END));
	while (len < sizeof got - 1 && (n = recv(fd, got + len, sizeof got - 1 - len, 0)) > 0)
		len += (size_t)n;
	close(fd);
	a->status = strstr(got, "\r\n\r\ndone") ? status_of(got) : -1;
}

static void open_gate(void *arg)
{
	(void)arg;
	os_sleep_ms(50); /* the stop is under way by then; if not, the test only proves less */
	atomic_store(&app.open, 1);
}

/* The running request gets its answer; the server is gone afterwards. */
static void stop_lets_a_request_finish(void **state)
{
	struct httpd_conf conf = conf_of(*state ? 0 : 2);
	struct asking a = {.status = 0};
	struct os_thread *t = NULL, *gate = NULL;
	struct sockaddr_in at = {.sin_family = AF_INET};
	struct httpd *d = NULL;

	atomic_store(&app.open, 0);
	atomic_store(&app.waiting, 0);
	assert_int_equal(httpd_start(&d, &conf, NULL), RC_OK);
	a.d = d;
	at.sin_port = htons(httpd_port(d));
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(os_thread_start(&t, ask_slow, &a, NULL), RC_OK);
	while (atomic_load(&app.waiting) == 0)
		os_sleep_ms(1);
	assert_int_equal(httpd_running(d), 1);
	assert_int_equal(os_thread_start(&gate, open_gate, NULL, NULL), RC_OK);
	httpd_stop(d, 30000);
	os_thread_join(t);
	os_thread_join(gate);
	assert_int_equal(a.status, 200);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), -1);
	close(fd);
}

/* One thread per connection: as many handlers block at once as there are connections. */
static void blocked_handlers_gather(void **state)
{
	enum { N = 40 };
	struct httpd *d = *state;
	struct asking a[N];
	struct os_thread *t[N] = {0};

	for (int i = 0; i < N; i++) {
		a[i] = (struct asking){.d = d};
		assert_int_equal(os_thread_start(&t[i], ask_slow, &a[i], NULL), RC_OK);
	}
	for (int i = 0; i < 4000 && atomic_load(&app.waiting) < N; i++)
		os_sleep_ms(5);
	assert_int_equal(atomic_load(&app.waiting), N);
	atomic_store(&app.open, 1);
	for (int i = 0; i < N; i++) {
		os_thread_join(t[i]);
		assert_int_equal(a[i].status, 200);
	}
}

/* One request on a connection that stays open. True: it was answered; false: the server had closed it. */
static bool is_answered(int fd)
{
	static const char request[] = "GET /hello HTTP/1.1\r\n" H "\r\n";
	char got[4096];

	say(fd, request, sizeof request - 1);
	return recv(fd, got, sizeof got, 0) > 0;
}

/* Whoever counts is told of each request once, with its bytes, also of one whose sender is gone in the middle. */
static void each_end_is_told(void **state)
{
	struct httpd_conf conf = conf_of(*(int *)*state);
	static const char half[] = "POST /echo HTTP/1.1\r\n" H "Content-Length: 100\r\n\r\nmot";
	struct httpd *d = NULL;
	int fd;

	memset(&app, 0, sizeof app);
	conf.ended = on_ended;
	assert_int_equal(httpd_start(&d, &conf, NULL), RC_OK);
	check(d, "GET /hello HTTP/1.1\r\n" H END, 200, "xin chào");
	check(d, "HEAD /hello HTTP/1.1\r\n" H END, 200, "Content-Length: 9");
	check(d, "POST /echo HTTP/1.1\r\n" H "Content-Length: 5\r\n" END "bốn", 200, "bốn");
	check(d, "GET /nowhere HTTP/1.1\r\n" H END, 404, "");
	settle(d);
	fd = dial(httpd_port(d));
	say(fd, half, strlen(half));
	while (httpd_running(d) == 0)
		os_sleep_ms(1);
	close(fd);
	settle(d);
	httpd_stop(d, 10000);
	assert_int_equal(app.ended[2], 3);
	assert_int_equal(app.ended[4], 1);
	assert_int_equal(app.ended[0], 1);
	assert_int_equal(app.lost, 1);
	assert_true(app.got >= 5 && app.got <= 8); /* the three bytes of the one that went may not have been read */
	assert_true(app.sent > 9 + 5);
}

/* One address has as many connections as it may; another one's, and one in the place of one that ended, are taken. */
static void one_address_does_not_take_all(void **state)
{
	enum { MOST = 3 };
	struct httpd_conf conf = conf_of(*(int *)*state);
	struct httpd *d = NULL;
	int fd[MOST], other;
	bool again = false;

	conf.max_per_address = MOST;
	assert_int_equal(httpd_start(&d, &conf, NULL), RC_OK);
	for (int i = 0; i < MOST; i++) {
		fd[i] = dial(httpd_port(d));
		assert_true(is_answered(fd[i]));
	}
	for (int i = 0; i < 2 * MOST; i++) {
		other = dial(httpd_port(d));
		assert_false(is_answered(other));
		close(other);
	}
	assert_true(is_answered(fd[0])); /* those that were there go on */
	other = dial_from(httpd_port(d), 2);
	assert_true(is_answered(other));
	close(fd[1]);
	for (int i = 0; i < 4000 && !again; i++) { /* until the server has noticed */
		fd[1] = dial(httpd_port(d));
		again = is_answered(fd[1]);
		if (!again) {
			close(fd[1]);
			os_sleep_ms(5);
		}
	}
	assert_true(again);
	for (int i = 0; i < MOST; i++)
		close(fd[i]);
	close(other);
	httpd_stop(d, 30000);
}

static int group_setup(void **state)
{
	(void)state;
	if (os_init(NULL, NULL, NULL) != RC_OK || os_dir_temp(&dir, "httpd_test", NULL) != RC_OK)
		return -1;
	snprintf(app.file, sizeof app.file, "%s/file", dir);
	return os_file_write(app.file, span_str("0123456789"), OS_NEW, NULL) == RC_OK ? 0 : -1;
}

static int group_teardown(void **state)
{
	(void)state;
	os_dir_remove(dir, NULL);
	free(dir);
	return 0;
}

#define POOL(fn) cmocka_unit_test_setup_teardown(fn, setup_pool, teardown)
#define EACH(fn) cmocka_unit_test_setup_teardown(fn, setup_each, teardown)

int main(void)
{
	static int each = 1, pool = 2, single = 0;
	const struct CMUnitTest tests[] = {
	    POOL(ambiguous_requests_reach_nobody),
	    EACH(ambiguous_requests_reach_nobody),
	    POOL(nothing_is_smuggled),
	    EACH(nothing_is_smuggled),
	    POOL(hosts_that_are_ours),
	    POOL(too_long_and_too_many),
	    POOL(routes_and_methods),
	    POOL(head_sends_no_body),
	    POOL(security_headers),
	    POOL(handlers_that_err),
	    POOL(problems_speak_the_readers_language),
	    POOL(assets_with_etag),
	    POOL(files_and_parts_of_them),
	    POOL(bodies_within_their_ceiling),
	    POOL(bodies_above_their_ceiling),
	    EACH(bodies_above_their_ceiling),
	    POOL(bodies_streamed),
	    EACH(bodies_streamed),
	    POOL(bodies_cut_in_the_middle),
	    EACH(bodies_cut_in_the_middle),
	    POOL(bodies_that_trickle),
	    POOL(garbage_is_survived),
	    POOL(two_servers_at_once),
	    cmocka_unit_test(unusable_certificates_are_told),
	    cmocka_unit_test_prestate(stop_lets_a_request_finish, NULL),
	    cmocka_unit_test_prestate(stop_lets_a_request_finish, &each),
	    EACH(blocked_handlers_gather),
	    cmocka_unit_test_prestate(each_end_is_told, &pool),
	    cmocka_unit_test_prestate(each_end_is_told, &single),
	    cmocka_unit_test_prestate(one_address_does_not_take_all, &pool),
	    cmocka_unit_test_prestate(one_address_does_not_take_all, &single),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
