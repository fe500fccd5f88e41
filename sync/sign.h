/*
 * sign: what is signed of an entry, and its leaf. Clauses E20-E22, L1.
 *
 * The smallest common ground of entry, session and receipt: functions over ids,
 * signatures and key hashes. Not here: payloads, keys, trees.
 */
#ifndef KK_SYNC_SIGN_H
#define KK_SYNC_SIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/crypt.h"

enum { SIGN_MESSAGE_LEN = 56, SIGN_LEAF_LEN = 128 };

/* E21: the 56 bytes that are signed for the entry of this id. */
void sign_message(const uint8_t id[CRYPT_HASH_LEN], uint8_t ret[SIGN_MESSAGE_LEN]);
bool sign_verify(const uint8_t id[CRYPT_HASH_LEN], const uint8_t sig[CRYPT_SIG_LEN],
		 const uint8_t pk[CRYPT_PK_LEN]);
/* E22: the leaf; L1: its hash. */
void sign_leaf(const uint8_t id[CRYPT_HASH_LEN], const uint8_t sig[CRYPT_SIG_LEN],
	       const uint8_t keyhash[CRYPT_HASH_LEN], uint8_t ret[SIGN_LEAF_LEN]);
void sign_leaf_hash(const uint8_t id[CRYPT_HASH_LEN], const uint8_t sig[CRYPT_SIG_LEN],
		    const uint8_t keyhash[CRYPT_HASH_LEN], uint8_t ret[CRYPT_HASH_LEN]);

#endif
