/*
 * nonces_test: a nonce is refused for at least ten minutes after its use, for its own key
 * only, however many others came, and the memory turns over. clause: P6
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <cmocka.h>

#include "lib/codec.h"
#include "server-stub/nonces.h"

enum { NOW = 1795054267, MANY = 5000 };

static struct httpsig sig(uint8_t key, uint32_t nonce)
{
	struct httpsig s = {.created = NOW};

	memset(s.key, key, sizeof(s.key));
	codec_put_be32(s.nonce, nonce);
	return s;
}

static enum rc take(struct nonces *n, uint8_t key, uint32_t nonce, int64_t now)
{
	struct httpsig s = sig(key, nonce);
	struct err e = {0};
	enum rc rc = nonces_take(n, &s, now, &e);

	if (rc != RC_OK)
		assert_string_equal(e.clause, "P6");
	return rc;
}

static void test_window(void **state)
{
	struct nonces *n = NULL;

	(void)state;
	assert_int_equal(nonces_new(&n, MANY, NULL), RC_OK);
	for (int64_t start = 0; start <= HTTPSIG_REPLAY_S; start += HTTPSIG_REPLAY_S / 4) {
		uint32_t nonce = (uint32_t)start + 1;
		int64_t at = NOW + 10 * HTTPSIG_REPLAY_S + start * 5;

		assert_int_equal(take(n, 1, nonce, at), RC_OK);
		for (int64_t later = 0; later <= HTTPSIG_REPLAY_S; later += HTTPSIG_REPLAY_S / 6)
			assert_int_equal(take(n, 1, nonce, at + later), RC_REFUSED);
		assert_int_equal(take(n, 2, nonce, at + HTTPSIG_REPLAY_S), RC_OK);
	}
	nonces_free(n);
}

static void test_forgets(void **state)
{
	struct nonces *n = NULL;

	(void)state;
	assert_int_equal(nonces_new(&n, MANY, NULL), RC_OK);
	assert_int_equal(take(n, 1, 7, NOW), RC_OK);
	assert_int_equal(take(n, 1, 8, NOW + 2 * HTTPSIG_REPLAY_S), RC_OK);
	assert_int_equal(take(n, 1, 9, NOW + 4 * HTTPSIG_REPLAY_S), RC_OK);
	assert_int_equal(take(n, 1, 7, NOW + 4 * HTTPSIG_REPLAY_S), RC_OK);
	nonces_free(n);
}

static void test_many(void **state)
{
	struct nonces *n = NULL;

	(void)state;
	assert_int_equal(nonces_new(&n, MANY, NULL), RC_OK);
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(take(n, 3, i, NOW + i / 10), RC_OK);
	for (uint32_t i = 0; i < MANY; i++)
		assert_int_equal(take(n, 3, i, NOW + MANY / 10), RC_REFUSED);
	nonces_free(n);
}

/* A full table takes no more until the ten minutes are over, and forgets none. */
static void test_full(void **state)
{
	struct nonces *n = NULL;

	(void)state;
	assert_int_equal(nonces_new(&n, 3, NULL), RC_OK);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(take(n, 3, i, NOW), RC_OK);
	assert_int_equal(take(n, 3, 3, NOW), RC_BUSY);
	assert_int_equal(take(n, 3, 0, NOW), RC_REFUSED);
	assert_int_equal(take(n, 3, 3, NOW + HTTPSIG_REPLAY_S), RC_OK);
	nonces_free(n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_window),
	    cmocka_unit_test(test_forgets),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
