/*
 * httpd_slow_test: on raw loopback sockets, who sends a byte now and then, or takes one, is cut off though the
 * connection is never idle; whoever's handler works longer, or whose body is long, is not.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "lib/httpd.h"
#include "lib/os.h"

enum { SHORT_MS = 300, LONG_MS = 3000, DRIP_MS = 10, DRIPS = 3000, LONG_REPLY = 32 << 20 };

static void on_work(void *ctx, struct httpd_req *req)
{
	(void)ctx;
	os_sleep_ms(LONG_MS + LONG_MS / 4); /* longer than any step may take */
	httpd_reply(req, 200, "text/plain", span_str("done"));
}

static void on_echo(void *ctx, struct httpd_req *req)
{
	(void)ctx;
	httpd_reply(req, 200, "text/plain", httpd_body(req));
}

static void on_long(void *ctx, struct httpd_req *req)
{
	char *text = calloc(1, LONG_REPLY);

	(void)ctx;
	assert_non_null(text);
	httpd_reply(req, 200, "text/plain", span_of(text, LONG_REPLY));
	free(text);
}

static const struct httpd_route routes[] = {
    {.method = "GET", .path = "/work", .handle = on_work},
    {.method = "GET", .path = "/long", .handle = on_long},
    {.method = "POST", .path = "/echo", .body_max = DRIPS * 2, .handle = on_echo},
};

static struct httpd *begin(int threads, int64_t slow_ms, int64_t slow_rate)
{
	const struct httpd_conf conf = {.address = "127.0.0.1",
					.threads = threads,
					.timeout_s = 120,
					.slow_ms = slow_ms,
					.slow_rate = slow_rate,
					.route = routes,
					.nroute = sizeof(routes) / sizeof(routes[0]),
					.lang = "vi",
					.problem_base = "urn:kk:"};
	struct httpd *d = NULL;

	assert_int_equal(httpd_start(&d, &conf, NULL), RC_OK);
	return d;
}

static int dial(const struct httpd *d)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(httpd_port(d))};
	struct timeval t = {.tv_sec = 60};
	int fd = socket(AF_INET, SOCK_STREAM, 0), small = 4096;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* How many bytes one at a time the server bears before it ends the connection; DRIPS: all of them. */
static int drip(int fd)
{
	char c;
	int n = 0;

	while (n < DRIPS && send(fd, "a", 1, MSG_NOSIGNAL) == 1) {
		ssize_t got = recv(fd, &c, 1, MSG_DONTWAIT);

		if (got == 0)
			break;
		os_sleep_ms(DRIP_MS);
		n++;
	}
	close(fd);
	return n;
}

static void a_slow_head_is_cut_off(int threads)
{
	struct httpd *d = begin(threads, SHORT_MS, 1000000);
	int fd = dial(d);

	say(fd, "GET /work HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ");
	assert_true(drip(fd) < DRIPS);
	fd = dial(d); /* not even a line of it */
	assert_true(drip(fd) < DRIPS);
	httpd_stop(d, 0);
}

static void a_slow_body_is_cut_off(int threads)
{
	struct httpd *d = begin(threads, SHORT_MS, 1000000);
	int fd = dial(d);

	say(fd, "POST /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 5000\r\n\r\n");
	assert_true(drip(fd) < DRIPS);
	httpd_stop(d, 0);
}

/* Looks until so many requests are under way; false: never, in as many looks as there may be drips. */
static bool are_running(const struct httpd *d, int want)
{
	int n = 0;

	for (; n < DRIPS && httpd_running(d) != want; n++)
		os_sleep_ms(DRIP_MS);
	return n < DRIPS;
}

/* Takes nothing of an answer that is longer than what lies between two sockets: it is ended without him. */
static void a_slow_reader_is_cut_off(int threads)
{
	struct httpd *d = begin(threads, SHORT_MS, 1 << 30);
	int fd = dial(d);

	say(fd, "GET /long HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
	assert_true(are_running(d, 1));
	assert_true(are_running(d, 0));
	close(fd);
	httpd_stop(d, 0);
}

static void is_answered(int fd, ssize_t least)
{
	char reply[4096];
	ssize_t n = recv(fd, reply, sizeof(reply) - 1, MSG_WAITALL);

	assert_true(n > least && strncmp(reply, "HTTP/1.1 200", 12) == 0);
	close(fd);
}

/* With both kinds of threads at once: a body with a long pause in it, and a handler that takes long. */
static void who_is_not_slow_is_answered(void)
{
	struct httpd *d[2];
	int echo[2], work[2];
	char half[101];

	memset(half, 'b', 100);
	half[100] = '\0';
	for (int i = 0; i < 2; i++) {
		d[i] = begin(i * 2, LONG_MS, 1); /* a second more for each byte */
		echo[i] = dial(d[i]);
		say(echo[i], "POST /echo HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: "
			     "200\r\nConnection: close\r\n\r\n");
		say(echo[i], half);
		work[i] = dial(d[i]);
		say(work[i], "GET /work HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
	}
	os_sleep_ms(LONG_MS + LONG_MS / 4);
	for (int i = 0; i < 2; i++) {
		say(echo[i], half);
		is_answered(echo[i], 200);
		is_answered(work[i], 12);
		httpd_stop(d[i], 0);
	}
}

static void slow_ones_are_cut_off(void **state)
{
	(void)state;
	for (int threads = 0; threads <= 2; threads += 2) {
		a_slow_head_is_cut_off(threads);
		a_slow_body_is_cut_off(threads);
		a_slow_reader_is_cut_off(threads);
	}
}

static void others_are_not(void **state)
{
	(void)state;
	who_is_not_slow_is_answered();
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(slow_ones_are_cut_off),
					   cmocka_unit_test(others_are_not)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
