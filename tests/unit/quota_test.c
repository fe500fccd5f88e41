/*
 * quota: counted by device and day, refused whole, forgiven the next day.
 */
#include "server-stub/quota.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { NOON = 20000 * 86400 + 43200 };

static const struct quota_use max = {.lines = 100, .files = 2, .bytes = 1000};

static enum rc lines(struct quota *q, const uint8_t device[CRYPT_PK_LEN], int64_t n, int64_t now,
		     struct err *e)
{
	const struct quota_use use = {.lines = n};

	return quota_take(q, device, &use, &max, now, e);
}

static enum rc file(struct quota *q, const uint8_t device[CRYPT_PK_LEN], bool begins, int64_t bytes,
		    struct err *e)
{
	const struct quota_use use = {.files = begins, .bytes = bytes};

	return quota_take(q, device, &use, &max, NOON, e);
}

/* clause: A14 */
static void test_day(void **state)
{
	uint8_t a[CRYPT_PK_LEN] = {1}, b[CRYPT_PK_LEN] = {2};
	struct quota *q = NULL;
	struct err e;

	(void)state;
	assert_int_equal(quota_new(&q, &e), RC_OK);
	assert_int_equal(lines(q, a, 60, NOON, &e), RC_OK);
	assert_int_equal(lines(q, a, 41, NOON, &e), RC_LIMIT);
	assert_string_equal(e.clause, "A14");
	assert_string_equal(err_arg(&e, "seconds"), "43200");
	/* a refused request counts nothing; another device has its own count */
	assert_int_equal(lines(q, a, 40, NOON, &e), RC_OK);
	assert_int_equal(lines(q, a, 1, NOON, &e), RC_LIMIT);
	assert_int_equal(lines(q, b, 100, NOON, &e), RC_OK);
	assert_int_equal(lines(q, a, 100, NOON + 86400, &e), RC_OK);
	quota_free(q);
}

/* Lines, files and bytes are counted apart; each refusal says which. clause: A14 */
static void test_files(void **state)
{
	uint8_t a[CRYPT_PK_LEN] = {1};
	struct quota *q = NULL;
	struct err e;

	(void)state;
	assert_int_equal(quota_new(&q, &e), RC_OK);
	assert_int_equal(file(q, a, true, 400, &e), RC_OK);
	assert_int_equal(file(q, a, false, 601, &e), RC_LIMIT);
	assert_string_equal(e.key, "quota.bytes");
	assert_string_equal(err_arg(&e, "max"), "1000");
	assert_int_equal(file(q, a, false, 500, &e), RC_OK);
	assert_int_equal(file(q, a, true, 100, &e), RC_OK);
	assert_int_equal(file(q, a, true, 0, &e), RC_LIMIT);
	assert_string_equal(e.key, "quota.files");
	assert_string_equal(e.clause, "A14");
	assert_int_equal(lines(q, a, 100, NOON, &e), RC_OK);
	quota_free(q);
}

static void test_many_devices(void **state)
{
	struct quota *q = NULL;
	struct err e;

	(void)state;
	assert_int_equal(quota_new(&q, &e), RC_OK);
	for (int round = 0; round < 2; round++)
		for (unsigned i = 0; i < 5000; i++) {
			uint8_t k[CRYPT_PK_LEN] = {(uint8_t)(i * 37), (uint8_t)(i >> 8),
						   (uint8_t)i};

			assert_int_equal(lines(q, k, 50, NOON, &e), RC_OK);
		}
	for (unsigned i = 0; i < 5000; i++) {
		uint8_t k[CRYPT_PK_LEN] = {(uint8_t)(i * 37), (uint8_t)(i >> 8), (uint8_t)i};

		assert_int_equal(lines(q, k, 50, NOON, &e), RC_LIMIT);
	}
	quota_free(q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_day),
	    cmocka_unit_test(test_files),
	    cmocka_unit_test(test_many_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
