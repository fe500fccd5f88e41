/*
 * httpd_crowd: connections counted by network: how many of one, that another is not counted with it, that IPv6 counts
 * by its /64 and IPv4 within IPv6 as IPv4, that what was closed makes room.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "lib/httpd_crowd.h"

enum { ALL = 8, EACH = 3 };

static struct sockaddr_storage at(const char *text)
{
	struct sockaddr_storage s = {0};
	struct sockaddr_in *four = (struct sockaddr_in *)&s;
	struct sockaddr_in6 *six = (struct sockaddr_in6 *)&s;

	if (inet_pton(AF_INET, text, &four->sin_addr) == 1) {
		four->sin_family = AF_INET;
	} else {
		assert_int_equal(inet_pton(AF_INET6, text, &six->sin6_addr), 1);
		six->sin6_family = AF_INET6;
	}
	return s;
}

static size_t enter(struct httpd_crowd *c, const char *text)
{
	struct sockaddr_storage s = at(text);
	size_t place = httpd_crowd_enter(c, &s);

	assert_true(place > 0 && place <= ALL);
	return place;
}

static bool room(struct httpd_crowd *c, const char *text)
{
	struct sockaddr_storage s = at(text);

	return httpd_crowd_room(c, &s);
}

static void test_each(void **state)
{
	struct httpd_crowd *c = NULL;
	size_t place = 0;

	(void)state;
	assert_int_equal(httpd_crowd_new(&c, ALL, EACH, NULL), RC_OK);
	for (int i = 0; i < EACH; i++) {
		assert_true(room(c, "192.0.2.1"));
		place = enter(c, "192.0.2.1");
	}
	assert_false(room(c, "192.0.2.1"));
	assert_false(room(c, "::ffff:192.0.2.1"));
	assert_true(room(c, "192.0.2.2"));
	enter(c, "192.0.2.2");
	httpd_crowd_leave(c, place);
	assert_true(room(c, "192.0.2.1"));
	enter(c, "192.0.2.1");
	assert_false(room(c, "192.0.2.1"));
	httpd_crowd_leave(c, 0);
	assert_false(room(c, "192.0.2.1"));
	httpd_crowd_free(c);
}

static void test_networks(void **state)
{
	struct httpd_crowd *c = NULL;

	(void)state;
	assert_int_equal(httpd_crowd_new(&c, ALL, EACH, NULL), RC_OK);
	enter(c, "2001:db8:1:2::1");
	enter(c, "2001:db8:1:2::2");
	enter(c, "2001:db8:1:2:ffff::3");
	assert_false(room(c, "2001:db8:1:2:4::"));
	assert_true(room(c, "2001:db8:1:3::1"));
	httpd_crowd_free(c);
}

/* As many networks as connections: each has its place, and one that is left is another's. */
static void test_all(void **state)
{
	static const char *const net[ALL] = {"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4",
					     "192.0.2.5", "192.0.2.6", "192.0.2.7", "192.0.2.8"};
	struct sockaddr_storage more = at("192.0.2.9");
	struct httpd_crowd *c = NULL;
	size_t place[ALL];

	(void)state;
	assert_int_equal(httpd_crowd_new(&c, ALL, EACH, NULL), RC_OK);
	for (int i = 0; i < ALL; i++)
		place[i] = enter(c, net[i]);
	assert_int_equal(httpd_crowd_enter(c, &more), 0);
	httpd_crowd_leave(c, place[4]);
	assert_int_equal(enter(c, "192.0.2.9"), place[4]);
	assert_true(room(c, net[4]));
	httpd_crowd_free(c);
}

int main(void)
{
	const struct CMUnitTest t[] = {cmocka_unit_test(test_each), cmocka_unit_test(test_networks),
				       cmocka_unit_test(test_all)};

	return cmocka_run_group_tests(t, NULL, NULL);
}
