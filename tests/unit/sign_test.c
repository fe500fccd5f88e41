/*
 * sign_test: the 56 bytes that are signed, the 128 of a leaf and its hash, put together here
 * once more from the clauses; and that nothing but exactly that verifies.
 * clause: E21 E22 L1
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "lib/codec.h"
#include "lib/crypt.h"
#include "sync/sign.h"
#include "sync/tree.h"
#include "tests/support/rng.h"

/* One signed id. */
struct signed_id {
	uint8_t id[CRYPT_HASH_LEN], sig[CRYPT_SIG_LEN], pk[CRYPT_PK_LEN];
};

static void make(struct rng *r, struct signed_id *ret)
{
	uint8_t seed[CRYPT_SEED_LEN], msg[SIGN_MESSAGE_LEN];
	struct crypt_signer *key = NULL;

	rng_bytes(r, seed, sizeof(seed));
	rng_bytes(r, ret->id, sizeof(ret->id));
	assert_int_equal(crypt_signer_seed(seed, &key, NULL), RC_OK);
	sign_message(ret->id, msg);
	crypt_sign(key, span_of(msg, sizeof(msg)), ret->sig);
	memcpy(ret->pk, crypt_signer_pk(key), sizeof(ret->pk));
	crypt_signer_free(key);
}

static void message_is_sigsums(void **state)
{
	uint8_t id[CRYPT_HASH_LEN], msg[SIGN_MESSAGE_LEN], hash[CRYPT_HASH_LEN];

	(void)state;
	memset(id, 7, sizeof(id));
	sign_message(id, msg);
	assert_memory_equal(msg, "sigsum.org/v1/tree-leaf", 24); /* with its NUL */
	crypt_sha256(id, sizeof(id), hash);
	assert_memory_equal(msg + 24, hash, sizeof(hash));
}

static void leaf_has_three_parts(void **state)
{
	uint8_t id[CRYPT_HASH_LEN], sig[CRYPT_SIG_LEN], keyhash[CRYPT_HASH_LEN];
	uint8_t leaf[SIGN_LEAF_LEN], hash[CRYPT_HASH_LEN], want[CRYPT_HASH_LEN];

	(void)state;
	memset(id, 1, sizeof(id));
	memset(sig, 2, sizeof(sig));
	memset(keyhash, 3, sizeof(keyhash));
	sign_leaf(id, sig, keyhash, leaf);
	crypt_sha256(id, sizeof(id), hash);
	assert_memory_equal(leaf, hash, sizeof(hash));
	assert_memory_equal(leaf + 32, sig, sizeof(sig));
	assert_memory_equal(leaf + 96, keyhash, sizeof(keyhash));
	sign_leaf_hash(id, sig, keyhash, hash);
	tree_leaf(span_of(leaf, sizeof(leaf)), want);
	assert_memory_equal(hash, want, sizeof(hash));
}

static void every_flipped_bit_is_refused(void **state)
{
	struct rng r = rng_case(rng_seed(20261123), 0);
	struct signed_id good;

	(void)state;
	make(&r, &good);
	assert_true(sign_verify(good.id, good.sig, good.pk));
	for (size_t bit = 0; bit < 8 * sizeof(good); bit++) {
		struct signed_id bad = good;

		((uint8_t *)&bad)[bit / 8] ^= (uint8_t)(1U << bit % 8);
		if (sign_verify(bad.id, bad.sig, bad.pk))
			fail_msg("bit %zu counts for nothing", bit);
	}
}

static void other_messages_do_not_verify(void **state)
{
	struct rng r = rng_case(rng_seed(20261123), 1);
	uint8_t seed[CRYPT_SEED_LEN], msg[SIGN_MESSAGE_LEN], id[CRYPT_HASH_LEN], sig[CRYPT_SIG_LEN];
	struct crypt_signer *key = NULL;

	(void)state;
	rng_bytes(&r, seed, sizeof(seed));
	rng_bytes(&r, id, sizeof(id));
	assert_int_equal(crypt_signer_seed(seed, &key, NULL), RC_OK);
	sign_message(id, msg);
	crypt_sign(key, span_of(id, sizeof(id)), sig); /* the id itself */
	assert_false(sign_verify(id, sig, crypt_signer_pk(key)));
	crypt_sign(key, span_of(msg + 24, 32), sig); /* its hash without the prefix */
	assert_false(sign_verify(id, sig, crypt_signer_pk(key)));
	memcpy(msg + 24, id, sizeof(id)); /* the id not hashed again */
	crypt_sign(key, span_of(msg, sizeof(msg)), sig);
	assert_false(sign_verify(id, sig, crypt_signer_pk(key)));
	crypt_signer_free(key);
}

static int setup(void **state)
{
	(void)state;
	return crypt_init(NULL) == RC_OK ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(message_is_sigsums),
	    cmocka_unit_test(leaf_has_three_parts),
	    cmocka_unit_test(every_flipped_bit_is_refused),
	    cmocka_unit_test(other_messages_do_not_verify),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
