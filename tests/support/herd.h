/*
 * herd: many PCs whose keys follow from a number, for load and benches. PC n works in a scope
 * of its own with one device key and one clerk key; what it has written so far is kept here, so
 * that its entries continue one feed. Errors end the program: a bench that half ran says nothing.
 */
#ifndef KK_TESTS_SUPPORT_HERD_H
#define KK_TESTS_SUPPORT_HERD_H

#include "sync/authority.h"
#include "sync/entry.h"

enum herd_key { HERD_DEVICE = 1, HERD_CLERK = 2 };

/* Where the feed of one key goes on. */
struct herd_feed {
	char scope[ENTRY_SCOPE_LEN];
	uint8_t feed[ENTRY_FEED_LEN];
	int64_t seq;
	uint8_t prev[ENTRY_ID_LEN];
	int64_t seen_size;
	uint8_t seen_root[CRYPT_HASH_LEN];
};

/* Ends the program with the error when rc is none of RC_OK. */
void herd_must(enum rc rc, const struct err *e);
/* Scope of PC n: five digits, never 00000. */
void herd_scope(unsigned n, char ret[ENTRY_SCOPE_LEN]);
/* Key of PC n. Caller frees. */
struct crypt_signer *herd_signer(unsigned n, enum herd_key which);
/* The feed PC n opens with that key in its scope. */
void herd_feed(unsigned n, const uint8_t pk[CRYPT_PK_LEN], struct herd_feed *ret);
/* Seal the draft as the next entry of the feed, at this time. Caller frees. */
struct entry *herd_seal(struct herd_feed *f, struct crypt_signer *signer, int64_t at,
			struct entry_draft *d);

#endif
