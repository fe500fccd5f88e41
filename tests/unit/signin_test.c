/*
 * signin: sessions and tries by a clock of the test's own: idle and absolute ends, what keeps a
 * session alive, a full table, failures of an account and of an address.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server-stub/signin.h"

static const uint8_t key[CRYPT_PK_LEN] = {7};

static int setup(void **state)
{
	struct signin *s = NULL;

	assert_int_equal(signin_new(&s, NULL), RC_OK);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	signin_free(*state);
	return 0;
}

static void test_idle(void **state)
{
	struct signin *s = *state;
	struct signin_session x;
	char a[PAGE_TOKEN], b[PAGE_TOKEN];

	signin_open(s, "tham-tra", key, 1000, a);
	signin_open(s, "tham-tra", key, 1000, b);
	assert_string_not_equal(a, b);
	assert_true(signin_look(s, a, 1000 + SIGNIN_IDLE_S - 1, true, &x));
	assert_string_equal(x.account, "tham-tra");
	assert_memory_equal(x.key, key, sizeof(key));
	assert_int_equal(x.opened_s, 1000);
	/* a was used, b was not */
	assert_false(signin_look(s, b, 1000 + SIGNIN_IDLE_S, true, &x));
	assert_false(signin_look(s, b, 1001, true, &x)); /* it does not come back */
	assert_true(signin_look(s, a, 1000 + SIGNIN_IDLE_S, false, &x));
	/* looking without use keeps nothing alive */
	assert_true(signin_look(s, a, 1000 + 2 * SIGNIN_IDLE_S - 2, false, &x));
	assert_false(signin_look(s, a, 1000 + 2 * SIGNIN_IDLE_S - 1, false, &x));
}

static void test_most(void **state)
{
	struct signin *s = *state;
	struct signin_session x;
	char a[PAGE_TOKEN];
	int64_t now = 5;

	signin_open(s, "bao-cao", key, now, a);
	for (; now + 60 < 5 + SIGNIN_MOST_S; now += 60)
		assert_true(signin_look(s, a, now, true, &x));
	assert_true(signin_look(s, a, 5 + SIGNIN_MOST_S - 1, true, &x));
	assert_false(signin_look(s, a, 5 + SIGNIN_MOST_S, true, &x));
}

static void test_close(void **state)
{
	struct signin *s = *state;
	struct signin_session x;
	char a[PAGE_TOKEN], b[PAGE_TOKEN], c[PAGE_TOKEN];

	signin_open(s, "mot", key, 0, a);
	signin_open(s, "mot", key, 0, b);
	signin_open(s, "hai", key, 0, c);
	signin_close_account(s, "mot", a);
	assert_true(signin_look(s, a, 1, true, &x));
	assert_false(signin_look(s, b, 1, true, &x));
	signin_close(s, c);
	assert_false(signin_look(s, c, 1, true, &x));
	signin_close_account(s, "mot", NULL);
	assert_false(signin_look(s, a, 1, true, &x));
	signin_close(s, NULL);
	assert_false(signin_look(s, NULL, 1, true, &x));
	assert_false(signin_look(s, "", 1, true, &x)); /* free places are nobody's session */
	memset(a, 0, sizeof(a));
	assert_false(signin_look(s, a, 1, true, &x));
}

static void name_of(int i, char ret[32])
{
	snprintf(ret, 32, "so-%d", i / SIGNIN_OF_ACCOUNT);
}

static void test_full(void **state)
{
	struct signin *s = *state;
	char (*t)[PAGE_TOKEN] = calloc(SIGNIN_SESSIONS + 1, sizeof(*t)), name[32];
	struct signin_session x;

	for (int i = 0; i < SIGNIN_SESSIONS; i++) {
		name_of(i, name);
		signin_open(s, name, key, 10 + (i != 3), t[i]); /* the fourth is the oldest */
	}
	signin_open(s, "mot", key, 20, t[SIGNIN_SESSIONS]);
	for (int i = 0; i <= SIGNIN_SESSIONS; i++)
		assert_int_equal(signin_look(s, t[i], 21, false, &x), i != 3);
	free(t);
}

/* One account has a few sessions at most: its own oldest gives way, nobody else's. */
static void test_of_account(void **state)
{
	struct signin *s = *state;
	char t[SIGNIN_OF_ACCOUNT + 2][PAGE_TOKEN], other[PAGE_TOKEN];
	struct signin_session x;

	signin_open(s, "hai", key, 1, other);
	for (int i = 0; i < SIGNIN_OF_ACCOUNT + 2; i++)
		signin_open(s, "mot", key, 10 + i, t[i]);
	for (int i = 0; i < SIGNIN_OF_ACCOUNT + 2; i++)
		assert_int_equal(signin_look(s, t[i], 30, false, &x), i >= 2);
	assert_true(signin_look(s, other, 30, false, &x));
}

static enum rc try(struct signin *s, const char *account, const char *address, int64_t now,
		   bool good, struct err *e)
{
	enum rc rc = signin_begin(s, account, address, now, e);

	if (rc == RC_OK)
		signin_end(s, account, address, now, good);
	return rc;
}

static void test_account(void **state)
{
	struct signin *s = *state;
	struct err e;
	uint64_t no;

	for (int i = 0; i < SIGNIN_ACCOUNT - 1; i++)
		assert_int_equal(try(s, "mot", "10.0.0.1", 100 + i, false, &e), RC_OK);
	assert_int_equal(try(s, "mot", "10.0.0.1", 120, true, &e), RC_OK); /* good: forgotten */
	for (int i = 0; i < SIGNIN_ACCOUNT; i++)
		assert_int_equal(try(s, "mot", "10.0.0.2", 200 + i, false, &e), RC_OK);
	assert_int_equal(try(s, "mot", "10.0.0.3", 210, true, &e), RC_BUSY);
	assert_string_equal(e.key, "signin.wait");
	assert_string_equal(err_arg(&e, "seconds"), "590");
	assert_int_equal(signin_reserve(s, "mot", "10.0.0.3", 210, &no, NULL), RC_BUSY);
	assert_int_equal(try(s, "hai", "10.0.0.3", 210, true, &e), RC_OK); /* another account may */
	assert_int_equal(try(s, "mot", "10.0.0.3", 200 + SIGNIN_WINDOW_S - 1, true, &e), RC_BUSY);
	assert_int_equal(try(s, "mot", "10.0.0.3", 200 + SIGNIN_WINDOW_S, true, &e), RC_OK);
}

static void test_address(void **state)
{
	struct signin *s = *state;
	struct err e;
	char name[16];

	for (int i = 0; i < SIGNIN_ADDRESS; i++) {
		snprintf(name, sizeof(name), "ten-%d", i);
		assert_int_equal(try(s, name, "10.0.0.9", 50, false, &e), RC_OK);
	}
	assert_int_equal(try(s, "khac", "10.0.0.9", 51, true, &e), RC_BUSY);
	assert_int_equal(try(s, "khac", "10.0.0.8", 51, true, &e), RC_OK);
}

/* Passphrases that come with acts, many at once: each counts while nobody knows whether it is wrong. */
static void test_acts(void **state)
{
	struct signin *s = *state;
	uint64_t no[SIGNIN_ACCOUNT], more;
	struct err e;

	for (int i = 0; i < SIGNIN_ACCOUNT; i++)
		assert_int_equal(signin_reserve(s, "ky", "10.0.0.7", 60, &no[i], &e), RC_OK);
	assert_int_equal(signin_reserve(s, "ky", "10.0.0.6", 61, &more, &e), RC_BUSY);
	assert_int_equal(try(s, "ky", "10.0.0.6", 61, true, &e), RC_BUSY);
	signin_settle(s, no[0], SIGNIN_OTHER); /* one place is free again, and one only */
	assert_int_equal(signin_reserve(s, "ky", "10.0.0.7", 62, &no[0], &e), RC_OK);
	assert_int_equal(signin_reserve(s, "ky", "10.0.0.7", 62, &more, &e), RC_BUSY);
	signin_settle(s, no[1], SIGNIN_WRONG);
	assert_int_equal(signin_reserve(s, "ky", "10.0.0.7", 63, &more, &e), RC_BUSY);
	signin_settle(s, no[2], SIGNIN_GOOD); /* all are forgotten */
	assert_int_equal(signin_reserve(s, "ky", "10.0.0.7", 64, &more, &e), RC_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_idle, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_most, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_close, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_full, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_of_account, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_account, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_address, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_acts, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
