/*
 * tries: failures of somebody and from an address by a clock of the test's own: how many before one waits and for how
 * long, what is taken back, networks of IPv6, what pushes nothing out, and all places taken.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

#include "server-stub/tries.h"

enum { BY = 3, FROM = 5, WINDOW = 100, REMEMBERED = 16 };

static int setup(void **state)
{
	const struct tries_conf conf = {
	    .remembered = REMEMBERED, .window_s = WINDOW, .by = BY, .from = FROM};
	struct tries *t = NULL;

	assert_int_equal(tries_new(&t, &conf, NULL), RC_OK);
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	tries_free(*state);
	return 0;
}

static void test_by(void **state)
{
	struct tries *t = *state;

	for (int i = 0; i < BY; i++) {
		assert_int_equal(tries_wait(t, "mot", "192.0.2.9", 10 + i), 0);
		assert_true(tries_add(t, "mot", "192.0.2.1", 10 + i) > 0);
	}
	assert_int_equal(tries_wait(t, "mot", "192.0.2.9", 20), 10 + WINDOW - 20);
	assert_int_equal(tries_wait(t, "hai", "192.0.2.9", 20), 0);
	assert_int_equal(tries_wait(t, "mot", "192.0.2.9", 10 + WINDOW), 0);
	tries_forget(t, "mot");
	assert_int_equal(tries_wait(t, "mot", "192.0.2.9", 20), 0);
}

/* As many at once are no more than one after another; one that was none is taken back. */
static void test_take(void **state)
{
	struct tries *t = *state;
	uint64_t no[FROM];
	char who[16];
	int64_t wait;

	for (int i = 0; i < FROM; i++) {
		snprintf(who, sizeof(who), "so-%d", i);
		no[i] = tries_take(t, who, "192.0.2.1", 10, &wait);
		assert_true(no[i] > 0);
		assert_int_equal(wait, 0);
	}
	assert_int_equal(tries_take(t, "ba", "192.0.2.1", 30, &wait), 0);
	assert_int_equal(wait, 10 + WINDOW - 30);
	assert_true(tries_take(t, "ba", "192.0.2.2", 30, &wait) > 0); /* another address may */
	tries_return(t, no[2], false);
	assert_true(tries_take(t, "bon", "192.0.2.1", 31, &wait) > 0);
	assert_int_equal(tries_take(t, "nam", "192.0.2.1", 31, &wait), 0);
	tries_return(t, 0, true); /* nothing was taken */
	assert_int_equal(tries_take(t, "nam", "192.0.2.1", 31, &wait), 0);
}

/* All addresses of a /64 are one; those of another are not; IPv4 written as IPv6 is what it is. */
static void test_networks(void **state)
{
	struct tries *t = *state;
	char who[16], from[64];

	for (int i = 0; i < FROM; i++) {
		snprintf(who, sizeof(who), "so-%d", i);
		snprintf(from, sizeof(from), "2001:db8:1:2::%x", 1 + i);
		tries_add(t, who, from, 10);
	}
	assert_true(tries_wait(t, "x", "2001:db8:1:2:ffff::1", 20) > 0);
	assert_int_equal(tries_wait(t, "x", "2001:db8:1:3::1", 20), 0);
	for (int i = 0; i < FROM; i++) {
		snprintf(from, sizeof(from), "::ffff:192.0.2.%d", i);
		tries_add(t, from, from, 10);
	}
	assert_int_equal(tries_wait(t, "x", "::ffff:192.0.2.77", 20), 0);
}

/* The oldest is forgotten, never the newest. */
static void test_full(void **state)
{
	struct tries *t = *state;
	char who[16], from[64];

	for (int i = 0; i < BY; i++)
		tries_add(t, "mot", "192.0.2.1", 10);
	for (int i = 0; i < REMEMBERED - 1; i++) {
		snprintf(who, sizeof(who), "so-%d", i);
		snprintf(from, sizeof(from), "198.51.100.%d", i);
		tries_add(t, who, from, 10);
	}
	assert_int_equal(tries_wait(t, "mot", "192.0.2.9", 11), 0);
	for (int i = 0; i < BY; i++)
		tries_add(t, "mot", "192.0.2.1", 12);
	assert_true(tries_wait(t, "mot", "192.0.2.9", 12) > 0);
}

/* Whatever is right, and however often, a failure stays remembered. */
static void test_taken_back(void **state)
{
	struct tries *t = *state;
	int64_t wait;

	for (int i = 0; i < BY; i++)
		tries_add(t, "mot", "192.0.2.1", 10);
	for (int i = 0; i < 3 * REMEMBERED; i++)
		tries_return(t, tries_take(t, "dung", "192.0.2.2", 11, &wait), true);
	assert_true(tries_wait(t, "mot", "192.0.2.9", 11) > 0);
}

int main(void)
{
	const struct CMUnitTest t[] = {
	    cmocka_unit_test_setup_teardown(test_by, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_take, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_networks, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_full, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_taken_back, setup, teardown),
	};

	return cmocka_run_group_tests(t, NULL, NULL);
}
