/*
 * http_test: lib/http against our own lib/httpd (plain and TLS) and against a
 * raw socket that cuts off, dawdles or talks nonsense. Only loopback. Asserts the
 * key of each failure, what was sent and kept, and that connections are reused.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/http.h"
#include "lib/httpd.h"
#include "lib/os.h"

#include "tests/unit/tls_sample.h"

static char *dir, *ca_file, *other_ca;

/* ---- our server ---- */

static void on_any(void *ctx, struct httpd_req *req)
{
	struct buf b;
	const char *names[] = {"Accept",     "Expect",  "Content-Type",
			       "User-Agent", "X-Empty", "X-Mine"};

	(void)ctx;
	buf_init(&b, 65536);
	buf_addf(&b, "%s %s len=%lld\n", httpd_method(req), httpd_target(req),
		 (long long)httpd_content_length(req));
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *v = httpd_header(req, names[i]);
		buf_addf(&b, "%s=%s\n", names[i], v ? v : "(none)");
	}
	buf_add_span(&b, httpd_body(req));
	httpd_set(req, "Upload-Offset", "12");
	httpd_set(req, "X-Twice", "a");
	httpd_set(req, "X-Twice", "b");
	httpd_set(req, "Location", "http://127.0.0.1:1/elsewhere");
	httpd_reply_buf(req, strcmp(httpd_param(req), "moved") == 0 ? 302 : 200, "text/plain", &b);
	buf_free(&b);
}

static void on_host(void *ctx, struct httpd_req *req)
{
	(void)ctx;
	httpd_reply(req, 200, "text/plain", span_str(httpd_header(req, "Host")));
}

static void on_refuse(void *ctx, struct httpd_req *req)
{
	(void)ctx;
	httpd_reply(req, 401, "text/plain", span_str("no key"));
}

static const struct httpd_route routes[] = {
    {.method = "GET", .path = "/a/{x}", .handle = on_any},
    {.method = "POST", .path = "/a/{x}", .body_max = 1 << 20, .handle = on_any},
    {.method = "PATCH", .path = "/a/{x}", .body_max = 1 << 20, .handle = on_any},
    {.method = "GET", .path = "/host", .handle = on_host},
    {.method = "POST", .path = "/early", .body_max = 8 << 20, .early = on_refuse, .handle = on_any},
};

static int start(void **state, const char *cert, const char *key)
{
	struct httpd_conf conf = {.address = "127.0.0.1",
				  .threads = 2,
				  .route = routes,
				  .nroute = sizeof(routes) / sizeof(routes[0]),
				  .tls_cert_pem = cert,
				  .tls_key_pem = key};
	struct httpd *d = NULL;

	if (httpd_start(&d, &conf, NULL) != RC_OK)
		return -1;
	*state = d;
	return 0;
}

static int setup_plain(void **state)
{
	return start(state, NULL, NULL);
}

static int setup_good(void **state)
{
	return start(state, tls_good_cert, tls_good_key);
}

static int setup_ended(void **state)
{
	return start(state, tls_ended_cert, tls_ended_key);
}

static int teardown(void **state)
{
	httpd_stop(*state, 10000);
	return 0;
}

/* ---- helpers ---- */

static const char *url_of(struct httpd *d, const char *path)
{
	static char url[4][256];
	static unsigned turn;
	char *u = url[turn++ % 4];

	snprintf(u, 256, "%s%s", httpd_url(d), path);
	return u;
}

static struct http *client(const struct http_conf *conf)
{
	struct http *h = NULL;

	assert_int_equal(http_new(&h, conf, NULL), RC_OK);
	return h;
}

static enum rc get(struct http *h, const char *url, struct http_res *res, struct err *e)
{
	struct http_req req = {.method = "GET", .url = url, .max_body = 65536};

	return http_exchange(h, &req, res, e);
}

static void assert_fails(struct http *h, const char *url, enum rc rc, const char *key)
{
	struct http_res res;
	struct err e;
	enum rc got = get(h, url, &res, &e);

	if (got != rc || strcmp(e.key, key) != 0)
		print_error("%s: %s (%s)\n", url, e.key, err_arg(&e, "why"));
	assert_int_equal(got, rc);
	assert_string_equal(e.key, key);
	assert_string_equal(err_arg(&e, "url"), url);
}

static bool body_has(const struct http_res *res, const char *part)
{
	return res->body.p && strstr((const char *)res->body.p, part);
}

/* ---- tests ---- */

static void methods_headers_and_bodies(void **state)
{
	struct httpd *d = *state;
	struct http_conf conf = {.agent = "kiemke/test"};
	struct http *h = client(&conf);
	const struct http_header head[] = {{"X-Mine", "một"}, {"X-Empty", ""}};
	struct http_req req = {.method = "PATCH",
			       .url = url_of(d, "/a/x?q=%41&r"),
			       .head = head,
			       .nhead = 2,
			       .body = span_str("hello"),
			       .has_body = true,
			       .max_body = 65536};
	struct http_res res;

	assert_int_equal(http_exchange(h, &req, &res, NULL), RC_OK);
	assert_int_equal(res.status, 200);
	assert_string_equal(
	    (char *)res.body.p,
	    "PATCH /a/x?q=%41&r len=5\nAccept=(none)\nExpect=(none)\n"
	    "Content-Type=(none)\nUser-Agent=kiemke/test\nX-Empty=\nX-Mine=một\nhello");
	assert_true(res.sent > 5 && res.got > (int64_t)res.body.len);
	http_res_free(&res);
	req = (struct http_req){.method = "POST",
				.url = url_of(d, "/a/x"),
				.has_body = true,
				.max_body = 65536};
	assert_int_equal(http_exchange(h, &req, &res, NULL), RC_OK);
	assert_true(body_has(&res, "POST /a/x len=0\n"));
	http_res_free(&res);
	req.has_body = false;
	assert_int_equal(http_exchange(h, &req, &res, NULL), RC_OK);
	assert_true(body_has(&res, "POST /a/x len=-1\n"));
	http_res_free(&res);
	req.method = "HEAD";
	assert_int_equal(http_exchange(h, &req, &res, NULL), RC_OK);
	assert_int_equal(res.status, 200);
	assert_int_equal(res.body.len, 0);
	http_res_free(&res);
	assert_int_equal(get(h, url_of(d, "/a/../a/y"), &res, NULL),
			 RC_OK); /* the path goes out as it is */
	assert_int_equal(res.status, 400);
	http_res_free(&res);
	http_free(h);
}

static void answers_headers_are_read_strictly(void **state)
{
	struct httpd *d = *state;
	struct http_conf conf = {0};
	struct http *h = client(&conf);
	struct http_res res;
	struct err e;
	char v[8] = "?";

	assert_int_equal(get(h, url_of(d, "/a/moved"), &res, NULL), RC_OK);
	assert_int_equal(res.status, 302); /* never followed */
	assert_int_equal(http_head(&res, "upload-offset", v, sizeof v, NULL), RC_OK);
	assert_string_equal(v, "12");
	assert_int_equal(http_head(&res, "X-Twice", v, sizeof v, &e), RC_REMOTE);
	assert_string_equal(e.key, "http.header_twice");
	assert_int_equal(http_head(&res, "X-None", v, sizeof v, &e), RC_NOTFOUND);
	assert_int_equal(http_head(&res, "Location", v, sizeof v, &e), RC_LIMIT);
	assert_string_equal(v, "12");
	http_res_free(&res);
	http_free(h);
}

static void connections_are_kept(void **state)
{
	struct httpd *d = *state;
	struct http_conf conf = {0};
	struct http *h = client(&conf);
	struct http_res res;

	for (int i = 0; i < 20; i++) {
		assert_int_equal(get(h, url_of(d, "/a/x"), &res, NULL), RC_OK);
		http_res_free(&res);
	}
	assert_int_equal(http_connections(h), 1);
	http_free(h);
	http_free(NULL);
}

static void early_refusal_arrives(void **state)
{
	struct httpd *d = *state;
	struct http_conf conf = {0};
	struct http *h = client(&conf);
	struct buf b;
	struct http_res res;

	buf_init(&b, 8 << 20);
	for (int i = 0; i < 100000; i++)
		buf_add_str(&b, "0123456789");
	struct http_req req = {.method = "POST",
			       .url = url_of(d, "/early"),
			       .body = span_buf(&b),
			       .has_body = true,
			       .max_body = 100};
	assert_int_equal(http_exchange(h, &req, &res, NULL), RC_OK);
	assert_int_equal(res.status, 401);
	assert_string_equal((char *)res.body.p, "no key");
	http_res_free(&res);
	buf_free(&b);
	http_free(h);
}

static void ceilings_hold(void **state)
{
	struct httpd *d = *state;
	struct http_conf conf = {0};
	struct http *h = client(&conf);
	struct http_req req = {.method = "GET", .url = url_of(d, "/a/x"), .max_body = 10};
	struct http_res res;
	struct err e;

	assert_int_equal(http_exchange(h, &req, &res, &e), RC_REMOTE);
	assert_string_equal(e.key, "http.too_large");
	req.may_cut = true; /* the status is there, the body is not; the next exchange is whole again */
	assert_int_equal(http_exchange(h, &req, &res, &e), RC_OK);
	assert_int_equal(res.status, 200);
	assert_int_equal(res.body.len, 0);
	http_res_free(&res);
	req.max_body = 65536;
	assert_int_equal(http_exchange(h, &req, &res, &e), RC_OK);
	assert_true(res.body.len > 10);
	http_res_free(&res);
	http_free(h);
}

static void what_must_not_be_sent(void **state)
{
	struct httpd *d = *state;
	struct http_conf conf = {0};
	struct http *h = client(&conf);
	static const char *const bad[] = {"",
					  "x",
					  "ftp://127.0.0.1/",
					  "file:///etc/passwd",
					  "https://u@example.vn/",
					  "https://u:p@example.vn/",
					  "https://example.vn/#f",
					  "https:///x",
					  "https:/x",
					  "HTTPS://example.vn/",
					  "https://"};
	const struct http_header evil[] = {{"X-A", "a\r\nX-B: b"}}, name[] = {{"X A", "a"}};
	struct http_req req = {
	    .method = "GET", .url = url_of(d, "/a/x"), .head = evil, .nhead = 1, .max_body = 100};
	struct http_res res;
	struct err e;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_fails(h, bad[i], RC_USAGE, "http.url");
	assert_fails(h, "http://example.vn/", RC_USAGE, "http.plain");
	assert_fails(h, "http://127.0.0.1.example.vn/", RC_USAGE, "http.plain");
	assert_int_equal(http_url_check("https://example.vn:8443/x?y", NULL), RC_OK);
	assert_int_equal(http_url_check("http://[::1]:80/", NULL), RC_OK);
	assert_int_equal(http_url_check("http://localhost:80/", NULL), RC_OK);
	assert_int_equal(http_exchange(h, &req, &res, &e), RC_INTERNAL);
	assert_string_equal(e.key, "http.header");
	req.head = name;
	assert_int_equal(http_exchange(h, &req, &res, &e), RC_INTERNAL);
	assert_int_equal(http_connections(h), 0);
	http_free(h);
}

static void host_of(const char *url, char ret[256])
{
	struct buf b;

	buf_init(&b, 255);
	assert_int_equal(http_url_host(url, &b, NULL), RC_OK);
	memcpy(ret, b.p, b.len + 1);
	buf_free(&b);
}

/* What is told beforehand, to be signed, is what stands in the request, but for case and port. */
static void the_host_that_will_be_sent(void **state)
{
	static const char *const cases[][2] = {
	    {"https://Example.vn/x", "Example.vn"},
	    {"https://example.vn:443", "example.vn:443"},
	    {"https://[2001:db8::1]:8443/", "[2001:db8::1]:8443"},
	    {"http://127.0.0.1:8080/x", "127.0.0.1:8080"},
	};
	struct httpd *d = *state;
	struct http_conf conf = {0};
	struct http *h = client(&conf);
	char host[256], url[64];
	struct http_res res;
	struct buf b;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		host_of(cases[i][0], host);
		assert_string_equal(host, cases[i][1]);
	}
	snprintf(url, sizeof url, "http://LOCALHOST%s/host", strrchr(url_of(d, ""), ':'));
	host_of(url, host);
	assert_int_equal(get(h, url, &res, NULL), RC_OK);
	assert_int_equal(strcasecmp((char *)res.body.p, host), 0);
	http_res_free(&res);
	buf_init(&b, 255);
	assert_int_equal(http_url_host("https:///x", &b, NULL), RC_USAGE);
	assert_int_equal(b.len, 0);
	buf_free(&b);
	http_free(h);
}

/* A proxy in the surroundings is not asked about loopback. */
static void no_proxy_to_loopback(void **state)
{
	struct httpd *d = *state;
	struct http_conf conf = {0};
	struct http *h = client(&conf);
	struct http_res res;

	assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
	assert_int_equal(setenv("all_proxy", "http://127.0.0.1:1", 1), 0);
	assert_int_equal(get(h, url_of(d, "/a/x"), &res, NULL), RC_OK);
	http_res_free(&res);
	unsetenv("http_proxy");
	unsetenv("all_proxy");
	http_free(h);
}

static void nobody_there(void **state)
{
	struct http_conf conf = {0};
	struct http *h = client(&conf);
	char url[200];
	intptr_t sock;
	uint16_t port;

	(void)state;
	assert_int_equal(os_listen("127.0.0.1", 0, &sock, &port, NULL), RC_OK);
	os_socket_close(sock);
	snprintf(url, sizeof url, "http://127.0.0.1:%u/", port);
	assert_fails(h, url, RC_UNAVAILABLE, "http.connect");
	/* a label above 63 bytes is refused by the resolver itself: no packet leaves the machine */
	snprintf(url, sizeof url, "https://%s.invalid/",
		 "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggg");
	assert_fails(h, url, RC_UNAVAILABLE, "http.resolve");
	http_free(h);
}

/* A name may be one thing when it is looked at and another when it is called: what is connected to counts. */
static void public_addresses_alone(void **state)
{
	struct httpd *d = *state;
	const char *port = strrchr(httpd_url(d), ':') + 1;
	char fixed[64], url[64];
	struct http_conf conf = {.public_only = true, .resolve = fixed, .ca_file = ca_file};
	struct http_res res;
	struct http *h;
	struct err e;

	snprintf(fixed, sizeof(fixed), "kk.example.vn:%s:127.0.0.1", port);
	snprintf(url, sizeof(url), "https://kk.example.vn:%s/a/x", port);
	h = client(&conf);
	assert_int_equal(get(h, url, &res, &e), RC_DENIED);
	assert_string_equal(e.key, "http.private");
	assert_string_equal(err_arg(&e, "address"), "127.0.0.1");
	assert_fails(h, url_of(d, "/a/x"), RC_DENIED, "http.private");
	assert_int_equal(http_connections(h), 0);
	http_free(h);
	conf.public_only = false;
	conf.resolve = NULL;
	h = client(&conf);
	assert_int_equal(get(h, url_of(d, "/a/x"), &res, &e), RC_OK);
	http_res_free(&res);
	http_free(h);
}

/* ---- a raw server: takes one connection, hears the request, says `reply` ---- */

struct raw {
	intptr_t sock;
	uint16_t port;
	const char *reply;
	bool hold; /* keep the connection open until the client leaves */
	struct os_thread *t;
};

static void raw_serve(void *arg)
{
	struct raw *r = arg;
	struct pollfd p = {.fd = (int)r->sock, .events = POLLIN};
	char junk[4096];
	int fd;

	if (poll(&p, 1, 30000) <= 0)
		return;
	fd = accept((int)r->sock, NULL, NULL);
	if (fd < 0)
		return;
	if (recv(fd, junk, sizeof junk, 0) > 0)
		send(fd, r->reply, strlen(r->reply), MSG_NOSIGNAL);
	if (!r->hold)
		shutdown(fd, SHUT_WR);
	while (recv(fd, junk, sizeof junk, 0) > 0)
		;
	close(fd);
}

static const char *raw_start(struct raw *r, const char *reply, bool hold)
{
	static char url[100];

	*r = (struct raw){.reply = reply, .hold = hold};
	assert_int_equal(os_listen("127.0.0.1", 0, &r->sock, &r->port, NULL), RC_OK);
	assert_int_equal(os_thread_start(&r->t, raw_serve, r, NULL), RC_OK);
	snprintf(url, sizeof url, "http://127.0.0.1:%u/", r->port);
	return url;
}

static void raw_end(struct raw *r)
{
	os_thread_join(r->t);
	os_socket_close(r->sock);
}

static void broken_answers(void **state)
{
	static const struct {
		const char *reply;
		enum rc rc;
		const char *key;
	} t[] = {
	    {"", RC_UNAVAILABLE, "http.cut"},
	    {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this", RC_UNAVAILABLE, "http.cut"},
	    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nonly this", RC_UNAVAILABLE,
	     "http.cut"},
	    {"SSH-2.0-OpenSSH_9.2\r\n", RC_REMOTE, "http.protocol"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct http_conf conf = {0};
		struct http *h = client(&conf);
		struct raw r;
		const char *url = raw_start(&r, t[i].reply, false);
		assert_fails(h, url, t[i].rc, t[i].key);
		http_free(h);
		raw_end(&r);
	}
}

static void interim_answers_and_trailers(void **state)
{
	struct http_conf conf = {0};
	struct http *h = client(&conf);
	struct http_res res;
	struct raw r;
	struct err e;
	char v[20];
	const char *url =
	    raw_start(&r,
		      "HTTP/1.1 100 Continue\r\nX-A: early\r\n\r\n"
		      "HTTP/1.1 200 OK\r\nX-A: real\r\nTransfer-Encoding: chunked\r\n\r\n"
		      "2\r\nok\r\n0\r\nX-T: late\r\n\r\n",
		      false);

	(void)state;
	assert_int_equal(get(h, url, &res, NULL), RC_OK);
	assert_int_equal(http_head(&res, "X-A", v, sizeof v, NULL), RC_OK);
	assert_string_equal(v, "real");
	assert_int_equal(http_head(&res, "X-T", v, sizeof v, &e), RC_NOTFOUND);
	assert_string_equal((char *)res.body.p, "ok");
	http_res_free(&res);
	http_free(h);
	raw_end(&r);
}

static void headers_without_end(void **state)
{
	struct http_conf conf = {0};
	struct http *h = client(&conf);
	struct buf b;
	struct raw r;

	(void)state;
	buf_init(&b, 1 << 20);
	buf_add_str(&b, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 2000; i++)
		buf_addf(&b, "X-%d: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", i);
	buf_add_str(&b, "Content-Length: 0\r\n\r\n");
	assert_fails(h, raw_start(&r, (char *)b.p, false), RC_REMOTE, "http.too_large");
	http_free(h);
	raw_end(&r);
	buf_free(&b);
}

static void slow_answers(void **state)
{
	struct http_conf conf = {.total_ms = 150};
	struct http *h = client(&conf);
	struct raw r;

	(void)state;
	assert_fails(h, raw_start(&r, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nslow", true),
		     RC_UNAVAILABLE, "http.timeout");
	http_free(h);
	raw_end(&r);
}

static void cancel_soon(void *arg)
{
	os_sleep_ms(50);
	http_cancel(arg);
}

static void cancelling(void **state)
{
	struct http_conf conf = {0};
	struct http *h = client(&conf);
	struct os_thread *t = NULL;
	struct raw r;
	const char *url = raw_start(&r, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", true);

	(void)state;
	assert_int_equal(os_thread_start(&t, cancel_soon, h, NULL), RC_OK);
	assert_fails(h, url, RC_UNAVAILABLE, "http.cancelled");
	os_thread_join(t);
	assert_fails(h, url, RC_UNAVAILABLE, "http.cancelled"); /* and stays so */
	assert_int_equal(http_connections(h), 1);
	http_free(h);
	raw_end(&r);
}

/* ---- TLS ---- */

static void trust_by_ca(void **state)
{
	struct httpd *d = *state;
	struct http_conf conf = {.ca_file = ca_file};
	struct http *h = client(&conf);
	struct http_res res;

	assert_int_equal(get(h, url_of(d, "/a/x"), &res, NULL), RC_OK);
	assert_int_equal(res.status, 200);
	http_res_free(&res);
	http_free(h);
	conf.ca_file = other_ca;
	h = client(&conf);
	assert_fails(h, url_of(d, "/a/x"), RC_REMOTE, "http.tls");
	http_free(h);
	conf.ca_file = NULL; /* the system's: does not know us */
	h = client(&conf);
	assert_fails(h, url_of(d, "/a/x"), RC_REMOTE, "http.tls");
	http_free(h);
	conf.ca_file = "/nonexistent/ca.pem";
	h = client(&conf);
	assert_fails(h, url_of(d, "/a/x"), RC_USAGE, "http.ca_file");
	http_free(h);
}

/* The name is another one's: whoever hears that has spoken with the server, not with the proxy, which is not there. */
static void no_proxy_when_direct(void **state)
{
	struct httpd *d = *state;
	char resolve[64], url[64];
	struct http_conf conf = {.ca_file = ca_file, .resolve = resolve, .direct = true};
	struct http *h;

	snprintf(resolve, sizeof(resolve), "other.test:%u:127.0.0.1", httpd_port(d));
	snprintf(url, sizeof(url), "https://other.test:%u/a/x", httpd_port(d));
	setenv("https_proxy", "http://127.0.0.1:9", 1);
	h = client(&conf);
	assert_fails(h, url, RC_REMOTE, "http.tls");
	http_free(h);
	conf.direct = false;
	h = client(&conf);
	assert_fails(h, url, RC_UNAVAILABLE, "http.connect");
	http_free(h);
	unsetenv("https_proxy");
}

/* The name must be the certificate's: the same server under another name is refused. */
static void name_must_match(void **state)
{
	struct httpd *d = *state;
	char resolve[64], url[64];
	struct http_conf conf = {.ca_file = ca_file, .resolve = resolve};

	snprintf(resolve, sizeof resolve, "other.test:%u:127.0.0.1", httpd_port(d));
	snprintf(url, sizeof url, "https://other.test:%u/a/x", httpd_port(d));
	struct http *h = client(&conf);
	assert_fails(h, url, RC_REMOTE, "http.tls");
	http_free(h);
	conf.pin = tls_good_pin; /* with the pin, the key is the whole trust */
	h = client(&conf);
	struct http_res res;
	assert_int_equal(get(h, url, &res, NULL), RC_OK);
	http_res_free(&res);
	http_free(h);
}

/* A certificate out of its dates (or a PC whose date is 2019): refused by CA, fine by pin. */
static void trust_by_pin(void **state)
{
	struct httpd *d = *state;
	struct http_conf conf = {.ca_file = other_ca};
	struct http *h = client(&conf);
	struct http_res res;

	assert_fails(h, url_of(d, "/a/x"), RC_REMOTE, "http.tls");
	http_free(h);
	conf.pin = tls_ended_pin;
	h = client(&conf);
	assert_int_equal(get(h, url_of(d, "/a/x"), &res, NULL), RC_OK);
	assert_int_equal(res.status, 200);
	http_res_free(&res);
	http_free(h);
	conf.pin = tls_good_pin; /* another key */
	h = client(&conf);
	assert_fails(h, url_of(d, "/a/x"), RC_REMOTE, "http.pin");
	http_free(h);
}

/* Plain HTTP spoken on an https address. */
static void plain_server_under_https(void **state)
{
	struct httpd *d = *state;
	struct http_conf conf = {.pin = tls_good_pin};
	struct http *h = client(&conf);
	char url[64];

	snprintf(url, sizeof url, "https://127.0.0.1:%u/a/x", httpd_port(d));
	assert_fails(h, url, RC_REMOTE, "http.tls");
	http_free(h);
}

static int group_setup(void **state)
{
	(void)state;
	return os_init(NULL, NULL, NULL) == RC_OK &&
		       os_dir_temp(&dir, "http_test", NULL) == RC_OK &&
		       os_path_join(&ca_file, dir, "ca.pem", NULL) == RC_OK &&
		       os_path_join(&other_ca, dir, "other.pem", NULL) == RC_OK &&
		       os_file_write(ca_file, span_str(tls_good_cert), OS_NEW, NULL) == RC_OK &&
		       os_file_write(other_ca, span_str(tls_ended_cert), OS_NEW, NULL) == RC_OK
		   ? 0
		   : -1;
}

static int group_teardown(void **state)
{
	(void)state;
	os_dir_remove(dir, NULL);
	free(dir);
	free(ca_file);
	free(other_ca);
	return 0;
}

/* The three forms of RFC 9110, 5.6.7, of one moment; nothing else is one. */
static void dates(void **state)
{
	(void)state;
	assert_int_equal(http_date("Sun, 06 Nov 1994 08:49:37 GMT"), 784111777);
	assert_int_equal(http_date("Sunday, 06-Nov-94 08:49:37 GMT"), 784111777);
	assert_int_equal(http_date("Sun Nov  6 08:49:37 1994"), 784111777);
	assert_int_equal(http_date("soon"), -1);
	assert_int_equal(http_date(""), -1);
}

#define PLAIN(fn) cmocka_unit_test_setup_teardown(fn, setup_plain, teardown)
#define GOOD(fn)  cmocka_unit_test_setup_teardown(fn, setup_good, teardown)
#define ENDED(fn) cmocka_unit_test_setup_teardown(fn, setup_ended, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    PLAIN(methods_headers_and_bodies),
	    PLAIN(answers_headers_are_read_strictly),
	    PLAIN(connections_are_kept),
	    PLAIN(early_refusal_arrives),
	    PLAIN(ceilings_hold),
	    PLAIN(what_must_not_be_sent),
	    PLAIN(no_proxy_to_loopback),
	    PLAIN(the_host_that_will_be_sent),
	    cmocka_unit_test(dates),
	    PLAIN(public_addresses_alone),
	    cmocka_unit_test(nobody_there),
	    cmocka_unit_test(broken_answers),
	    cmocka_unit_test(interim_answers_and_trailers),
	    cmocka_unit_test(headers_without_end),
	    cmocka_unit_test(slow_answers),
	    cmocka_unit_test(cancelling),
	    GOOD(trust_by_ca),
	    GOOD(no_proxy_when_direct),
	    GOOD(name_must_match),
	    ENDED(trust_by_pin),
	    PLAIN(plain_server_under_https),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
