/*
 * sign: what is signed of an entry, and its leaf. Clauses E20-E22, L1.
 * The layout is sigsum's tree leaf, version 1, so that stock tools check it.
 */
#include "sync/sign.h"

#include <string.h>

static const char prefix[] = "sigsum.org/v1/tree-leaf"; /* its NUL is part of the message */

_Static_assert(sizeof(prefix) + CRYPT_HASH_LEN == SIGN_MESSAGE_LEN, "sigsum message length");

void sign_message(const uint8_t id[CRYPT_HASH_LEN], uint8_t ret[SIGN_MESSAGE_LEN])
{
	memcpy(ret, prefix, sizeof(prefix));
	crypt_sha256(id, CRYPT_HASH_LEN, ret + sizeof(prefix));
}

bool sign_verify(const uint8_t id[CRYPT_HASH_LEN], const uint8_t sig[CRYPT_SIG_LEN],
		 const uint8_t pk[CRYPT_PK_LEN])
{
	uint8_t msg[SIGN_MESSAGE_LEN];

	sign_message(id, msg);
	return crypt_verify(sig, span_of(msg, sizeof(msg)), pk);
}

void sign_leaf(const uint8_t id[CRYPT_HASH_LEN], const uint8_t sig[CRYPT_SIG_LEN],
	       const uint8_t keyhash[CRYPT_HASH_LEN], uint8_t ret[SIGN_LEAF_LEN])
{
	crypt_sha256(id, CRYPT_HASH_LEN, ret);
	memcpy(ret + CRYPT_HASH_LEN, sig, CRYPT_SIG_LEN);
	memcpy(ret + CRYPT_HASH_LEN + CRYPT_SIG_LEN, keyhash, CRYPT_HASH_LEN);
}

void sign_leaf_hash(const uint8_t id[CRYPT_HASH_LEN], const uint8_t sig[CRYPT_SIG_LEN],
		    const uint8_t keyhash[CRYPT_HASH_LEN], uint8_t ret[CRYPT_HASH_LEN])
{
	uint8_t leaf[1 + SIGN_LEAF_LEN];

	leaf[0] = 0x00;
	sign_leaf(id, sig, keyhash, leaf + 1);
	crypt_sha256(leaf, sizeof(leaf), ret);
}
