/*
 * actor: somebody with a key who writes real, sealed entries, for tests of admission
 * and of stores. Keys and salts follow from a number, so runs repeat; the first entry of an
 * actor opens its feed by itself. Anything that goes wrong fails the test.
 */
#ifndef KK_TESTS_SUPPORT_ACTOR_H
#define KK_TESTS_SUPPORT_ACTOR_H

#include "sync/authority.h"
#include "sync/entry.h"

struct actor {
	struct crypt_signer *signer;
	uint8_t pk[CRYPT_PK_LEN];
	uint8_t feed[ENTRY_FEED_LEN];
	int64_t seq;
	uint8_t prev[ENTRY_ID_LEN];
	int64_t at; /* of the next entry; grows by one with each */
	uint32_t salt;
};

void actor_init(struct actor *a, uint32_t number);
void actor_free(struct actor *a);

/* All results are the caller's (entry_free). Scopes are "00004" or "*". */
struct entry *actor_open(struct actor *a, const char *scope);
/* The same, made on the PC of that key (E25). */
struct entry *actor_open_on(struct actor *a, const char *scope, const uint8_t device[CRYPT_PK_LEN]);
/* set: the JSON object as text. after: n ids of 32 bytes, or NULL. */
struct entry *actor_set(struct actor *a, const char *scope, const char *kind,
			const uint8_t entity[16], const char *set,
			const uint8_t (*after)[ENTRY_ID_LEN], size_t nafter);
/* scopes: separated by spaces. device may be NULL. */
struct entry *actor_cert(struct actor *by, const char *scope, const uint8_t key[CRYPT_PK_LEN],
			 enum role role, const char *scopes, const uint8_t *device);
struct entry *actor_revoke(struct actor *by, const char *scope, const uint8_t key[CRYPT_PK_LEN],
			   int64_t from);
struct entry *actor_admit(struct actor *by, const char *scope, const uint8_t (*id)[ENTRY_ID_LEN],
			  size_t n);
/* Publishes a form, whose text has that hash and length, for every commune. */
struct entry *actor_form(struct actor *by, const char *name, unsigned version, const uint8_t sha256[32],
			 int64_t size);
/* An entry of another version (E8), 2 to 9999, by a later program; more: its members (",\"x\":1"), or "". */
struct entry *actor_later(struct actor *a, const char *scope, unsigned version, const char *op, const char *more);
/* The erase of an entry of op set. */
struct entry *actor_erase(struct actor *by, const struct entry *e);
/* A log entry naming logkey, without witnesses. */
struct entry *actor_log(struct actor *by, const uint8_t logkey[CRYPT_PK_LEN]);
/* The same with a witness "w1" that must sign. */
struct entry *actor_log_witness(struct actor *by, const uint8_t logkey[CRYPT_PK_LEN],
				const uint8_t witness[CRYPT_PK_LEN]);

#endif
