/*
 * keyring: each clause of admission by a small story with real sealed entries. That the order
 * of arrival cannot matter is shown over random stories in tests/property/admit_test.c.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/limits.h"
#include "sync/keyring.h"
#include "sync/merge.h"
#include "tests/support/actor.h"

#define CHECK   "\"note\":\"x\""
#define NO_KEYS NULL, 0

enum { ENTRIES = 64 };

/* A commune with its people, and everything they wrote, freed together. */
struct town {
	struct actor root, registrar, second, verifier, reporter, auditor, clerk, pc, other;
	struct keyring *k;
	struct entry *e[ENTRIES];
	size_t n;
};

static const uint8_t asset[16] = {1, 2, 3, 4, 5, 6, 0x77, 8, 0x89, 10, 11, 12, 13, 14, 15, 16};

static struct entry *own(struct town *t, struct entry *e)
{
	assert_true(t->n < ENTRIES);
	t->e[t->n++] = e;
	return e;
}

static struct entry *add(struct town *t, struct entry *e, int64_t index)
{
	assert_int_equal(keyring_add(t->k, own(t, e), index, NULL, NULL), RC_OK);
	return e;
}

static enum keyring_verdict judge(struct town *t, struct entry *e, int64_t index)
{
	return keyring_judge(t->k, e, index);
}

/* Judge a fresh entry that nobody keeps. */
static enum keyring_verdict would(struct town *t, struct entry *e, int64_t index)
{
	enum keyring_verdict v = keyring_judge(t->k, e, index);

	entry_free(e);
	return v;
}

static struct entry *write_asset(struct actor *a, const char *scope)
{
	return actor_set(a, scope, "asset", asset, "{\"name\":\"Bàn\"}", NO_KEYS);
}

static int setup(void **state)
{
	struct town *t = calloc(1, sizeof(*t));
	struct actor *all[] = {&t->root,    &t->registrar, &t->second, &t->verifier, &t->reporter,
			       &t->auditor, &t->clerk,     &t->pc,     &t->other};

	for (uint32_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		actor_init(all[i], i);
	assert_int_equal(keyring_new(t->root.pk, &t->k, NULL), RC_OK);
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct town *t = *state;
	struct actor *all[] = {&t->root,    &t->registrar, &t->second, &t->verifier, &t->reporter,
			       &t->auditor, &t->clerk,     &t->pc,     &t->other};

	for (size_t i = 0; i < t->n; i++)
		entry_free(t->e[i]);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		actor_free(all[i]);
	keyring_free(t->k);
	free(t);
	return 0;
}

/* Root certifies all staff at 0.., the registrar the PC at 10 and its clerk at 11. */
static void populate(struct town *t)
{
	add(t, actor_cert(&t->root, "*", t->registrar.pk, ROLE_REGISTRAR, "*", NULL), 0);
	add(t, actor_cert(&t->root, "*", t->second.pk, ROLE_REGISTRAR, "00004 00005", NULL), 1);
	add(t, actor_cert(&t->root, "*", t->verifier.pk, ROLE_VERIFIER, "*", NULL), 2);
	add(t, actor_cert(&t->root, "*", t->reporter.pk, ROLE_REPORTER, "*", NULL), 3);
	add(t, actor_cert(&t->root, "*", t->auditor.pk, ROLE_AUDITOR, "*", NULL), 4);
	add(t, actor_cert(&t->registrar, "00004", t->pc.pk, ROLE_DEVICE, "00004", NULL), 10);
	add(t, actor_cert(&t->registrar, "00004", t->clerk.pk, ROLE_CLERK, "00004", t->pc.pk), 11);
}

/* clause: A1 */
static void keys_of_certs_are_found_by_the_prefix_of_a_feed(void **state)
{
	struct town *t = *state;
	struct entry_keys keys = keyring_keys(t->k);
	uint8_t pk[CRYPT_PK_LEN] = {0};

	assert_true(keys.find(keys.ctx, t->root.feed, pk));
	assert_memory_equal(pk, t->root.pk, sizeof(pk));
	assert_false(keys.find(keys.ctx, t->clerk.feed, pk));
	populate(t);
	assert_true(keys.find(keys.ctx, t->clerk.feed, pk));
	assert_memory_equal(pk, t->clerk.pk, sizeof(pk));
	assert_false(keys.find(keys.ctx, t->other.feed, pk));
	struct entry *e = own(t, write_asset(&t->clerk, "00004")), *read = NULL;
	assert_int_equal(entry_open(e->line, &keys, &read, NULL), RC_OK);
	entry_free(read);
	e = own(t, write_asset(&t->other, "00004"));
	struct err err = {0};
	assert_int_equal(entry_open(e->line, &keys, &read, &err), RC_REFUSED);
	assert_string_equal(err.clause, "A1");
}

/* clause: A3 */
static void only_a_key_with_an_admitted_cert_counts(void **state)
{
	struct town *t = *state;
	struct entry *e = own(t, write_asset(&t->clerk, "00004"));

	assert_int_equal(judge(t, e, 50), KEYRING_Q_NO_CERT);
	/* a cert by somebody who may not certify is there, and counts nothing */
	add(t, actor_cert(&t->other, "00004", t->clerk.pk, ROLE_CLERK, "00004", NULL), 5);
	assert_int_equal(judge(t, e, 50), KEYRING_Q_NO_CERT);
	populate(t);
	assert_int_equal(judge(t, e, 50), KEYRING_ADMITTED);
	/* also for what was written before the cert came */
	assert_int_equal(judge(t, e, 0), KEYRING_ADMITTED);
}

/* clause: A3 K9 K13 */
static void the_root_writes_what_its_row_says_and_is_never_revoked(void **state)
{
	struct town *t = *state;

	populate(t);
	assert_int_equal(would(t, actor_log(&t->root, t->other.pk), 20), KEYRING_ADMITTED);
	assert_int_equal(would(t, write_asset(&t->root, "00004"), 20), KEYRING_Q_ROLE);
	assert_int_equal(would(t,
			       actor_cert(&t->root, "00004", t->other.pk, ROLE_VERIFIER, "*", NULL),
			       20),
			 KEYRING_Q_ROLE);
	struct entry *by_root = add(t, actor_revoke(&t->root, "*", t->root.pk, 0), 20);
	struct entry *by_registrar = add(t, actor_revoke(&t->registrar, "*", t->root.pk, 0), 21);
	assert_int_equal(judge(t, by_root, 20), KEYRING_Q_ROLE);
	assert_int_equal(judge(t, by_registrar, 21), KEYRING_Q_ROLE);
	assert_int_equal(would(t, actor_log(&t->root, t->other.pk), 30), KEYRING_ADMITTED);
}

/* clause: A4 */
static void the_scope_must_be_among_those_of_the_cert(void **state)
{
	struct town *t = *state;

	populate(t);
	assert_int_equal(would(t, write_asset(&t->clerk, "00004"), 50), KEYRING_ADMITTED);
	assert_int_equal(would(t, write_asset(&t->clerk, "00005"), 50), KEYRING_Q_SCOPE);
	assert_int_equal(would(t, write_asset(&t->verifier, "12345"), 50), KEYRING_ADMITTED);
	assert_int_equal(
	    would(t, actor_cert(&t->second, "00005", t->other.pk, ROLE_DEVICE, "00005", NULL), 50),
	    KEYRING_ADMITTED);
	assert_int_equal(
	    would(t, actor_cert(&t->second, "00006", t->other.pk, ROLE_DEVICE, "00006", NULL), 50),
	    KEYRING_Q_SCOPE);
	assert_true(keyring_covers(t->k, t->verifier.pk, "12345"));
	assert_true(keyring_covers(t->k, t->clerk.pk, "00004"));
	assert_false(keyring_covers(t->k, t->clerk.pk, "00005"));
	assert_false(keyring_covers(t->k, t->other.pk, "00004"));
	assert_true(keyring_covers(t->k, t->root.pk, "00009"));
}

/* clause: A5 K9 */
static void the_role_decides_what_may_be_written(void **state)
{
	struct town *t = *state;
	const char *set = "{" CHECK "}";

	populate(t);
	assert_int_equal(would(t,
			       actor_set(&t->clerk, "00004", "facility_check", asset, set, NO_KEYS),
			       50),
			 KEYRING_ADMITTED);
	assert_int_equal(would(t, actor_set(&t->clerk, "00004", "review", asset, set, NO_KEYS), 50),
			 KEYRING_Q_ROLE);
	assert_int_equal(would(t, actor_set(&t->pc, "00004", "asset", asset, set, NO_KEYS), 50),
			 KEYRING_Q_ROLE);
	assert_int_equal(would(t, actor_set(&t->auditor, "00004", "review", asset, set, NO_KEYS),
			       50),
			 KEYRING_Q_ROLE);
	assert_int_equal(would(t, actor_set(&t->verifier, "00004", "review", asset, set, NO_KEYS),
			       50),
			 KEYRING_ADMITTED);
	assert_int_equal(
	    would(t, actor_set(&t->verifier, "00004", "facility_check", asset, set, NO_KEYS), 50),
	    KEYRING_Q_ROLE);
	assert_int_equal(would(t, actor_set(&t->reporter, "*", "schedule", asset, set, NO_KEYS),
			       50),
			 KEYRING_ADMITTED);
	assert_int_equal(would(t, actor_set(&t->registrar, "*", "catalogue", asset, set, NO_KEYS),
			       50),
			 KEYRING_ADMITTED);
	assert_int_equal(would(t, actor_revoke(&t->clerk, "00004", t->pc.pk, 0), 50),
			 KEYRING_Q_ROLE);
}

static enum keyring_verdict reviews(struct town *t, struct actor *by, const char *scope, const char *level)
{
	char set[128];

	(void)snprintf(set, sizeof(set), "{\"state\":\"approved\",\"level\":%s}", level);
	return would(t, actor_set(by, scope, "review", asset, set, NO_KEYS), 50);
}

/* A program of one's own writes what it likes: the level is asked of the key. clause: A5 */
static void nobody_decides_above_the_level_of_the_role(void **state)
{
	struct town *t = *state;
	struct actor *p = &t->other;
	struct entry *e, *by, *stub = NULL;

	populate(t);
	add(t, actor_cert(&t->root, "*", p->pk, ROLE_PROVINCE_VERIFIER, "*", NULL), 40);
	assert_int_equal(reviews(t, p, "00004", "\"centre\""), KEYRING_Q_ROLE);
	assert_int_equal(reviews(t, p, "00004", "\"province\""), KEYRING_ADMITTED);
	assert_int_equal(reviews(t, p, "00004", "\"commune\""), KEYRING_ADMITTED);
	/* no level there is: it counts as none */
	assert_int_equal(reviews(t, p, "00004", "\"Centre\""), KEYRING_ADMITTED);
	assert_int_equal(reviews(t, p, "00004", "[\"centre\"]"), KEYRING_ADMITTED);
	assert_int_equal(reviews(t, p, "00004", "null"), KEYRING_ADMITTED);
	assert_int_equal(reviews(t, &t->verifier, "00004", "\"centre\""), KEYRING_ADMITTED);
	/* `level` of other kinds is another matter */
	assert_int_equal(would(t, actor_set(p, "00004", "asset", asset, "{\"level\":\"centre\"}", NO_KEYS), 50),
			 KEYRING_ADMITTED);
	/* what an erase leaves says no level any more */
	e = own(t, actor_set(p, "00004", "review", asset, "{\"level\":\"centre\"}", NO_KEYS));
	by = own(t, actor_erase(&t->registrar, e));
	assert_int_equal(judge(t, e, 51), KEYRING_Q_ROLE);
	assert_int_equal(entry_load_stub(by->line, e->sig, e->key, &stub, NULL), RC_OK);
	assert_int_equal(judge(t, own(t, stub), 51), KEYRING_ADMITTED);
	/* of two certs one must allow both the scope and the level */
	add(t, actor_cert(&t->root, "*", p->pk, ROLE_VERIFIER, "00005", NULL), 41);
	assert_int_equal(reviews(t, p, "00004", "\"centre\""), KEYRING_Q_ROLE);
	assert_int_equal(reviews(t, p, "00005", "\"centre\""), KEYRING_ADMITTED);
}

/* clause: K10 A5 */
static void who_certifies_whom(void **state)
{
	struct town *t = *state;
	struct actor *r = &t->registrar;
	const uint8_t *key = t->other.pk;

	populate(t);
	assert_int_equal(would(t, actor_cert(&t->root, "*", key, ROLE_AUDITOR, "*", NULL), 50),
			 KEYRING_ADMITTED);
	assert_int_equal(would(t, actor_cert(&t->root, "*", key, ROLE_CLERK, "00004", NULL), 50),
			 KEYRING_Q_ROLE);
	assert_int_equal(would(t, actor_cert(r, "00004", key, ROLE_CLERK, "00004", NULL), 50),
			 KEYRING_ADMITTED);
	assert_int_equal(would(t, actor_cert(r, "00004", key, ROLE_CLERK, "00005", NULL), 50),
			 KEYRING_Q_ROLE);
	assert_int_equal(would(t, actor_cert(r, "00004", key, ROLE_CLERK, "00004 00005", NULL), 50),
			 KEYRING_Q_ROLE);
	assert_int_equal(would(t, actor_cert(r, "00004", key, ROLE_CLERK, "*", NULL), 50),
			 KEYRING_Q_ROLE);
	assert_int_equal(would(t, actor_cert(r, "*", key, ROLE_CLERK, "*", NULL), 50),
			 KEYRING_Q_ROLE);
	assert_int_equal(would(t, actor_cert(r, "00004", key, ROLE_VERIFIER, "00004", NULL), 50),
			 KEYRING_Q_ROLE);
	assert_int_equal(would(t, actor_cert(&t->verifier, "00004", key, ROLE_CLERK, "00004", NULL),
			       50),
			 KEYRING_Q_ROLE);
}

/* clause: A6 */
static void a_revoke_covers_from_its_index_on_and_the_lowest_wins(void **state)
{
	struct town *t = *state;
	struct entry *e = own(t, write_asset(&t->clerk, "00004"));

	populate(t);
	struct entry *revoke = add(t, actor_revoke(&t->registrar, "00004", t->clerk.pk, 40), 60);
	assert_int_equal(judge(t, revoke, 60), KEYRING_ADMITTED);
	assert_int_equal(judge(t, e, 39), KEYRING_ADMITTED);
	assert_int_equal(judge(t, e, 40), KEYRING_Q_REVOKED);
	assert_int_equal(judge(t, e, 1000), KEYRING_Q_REVOKED);
	assert_int_equal(judge(t, e, KEYRING_NO_INDEX), KEYRING_Q_REVOKED);
	add(t, actor_revoke(&t->registrar, "00004", t->clerk.pk, 70), 70);
	assert_int_equal(judge(t, e, 39), KEYRING_ADMITTED);
	assert_int_equal(judge(t, e, 40), KEYRING_Q_REVOKED);
	add(t, actor_revoke(&t->registrar, "00004", t->clerk.pk, 30), 80);
	assert_int_equal(judge(t, e, 30), KEYRING_Q_REVOKED);
	assert_int_equal(judge(t, e, 29), KEYRING_ADMITTED);
	struct keyring_key key;
	assert_true(keyring_find(t->k, t->clerk.pk, &key));
	assert_int_equal(key.revoked_from, 30);
	assert_true(key.admitted); /* K13: the cert itself does not end */
}

/* clause: A6 */
static void a_from_in_the_future_counts_as_the_revokes_own_index(void **state)
{
	struct town *t = *state;
	struct entry *e = own(t, write_asset(&t->clerk, "00004"));

	populate(t);
	add(t, actor_revoke(&t->registrar, "00004", t->clerk.pk, 500), 60);
	assert_int_equal(judge(t, e, 59), KEYRING_ADMITTED);
	assert_int_equal(judge(t, e, 60), KEYRING_Q_REVOKED);
}

/* clause: A6 */
static void revoking_a_device_covers_the_keys_certified_with_it(void **state)
{
	struct town *t = *state;
	struct entry *clerk = own(t, write_asset(&t->clerk, "00004"));
	struct entry *other = own(t, write_asset(&t->other, "00004"));

	populate(t);
	add(t, actor_cert(&t->registrar, "00004", t->other.pk, ROLE_CLERK, "00004", NULL), 12);
	struct keyring_change c = {0};
	struct entry *revoke = own(t, actor_revoke(&t->registrar, "00004", t->pc.pk, 40));
	assert_int_equal(keyring_add(t->k, revoke, 60, &c, NULL), RC_OK);
	assert_int_equal(judge(t, clerk, 50), KEYRING_Q_REVOKED);
	assert_int_equal(judge(t, clerk, 39), KEYRING_ADMITTED);
	assert_int_equal(judge(t, other, 50), KEYRING_ADMITTED);
	bool pc = false, its_clerk = false;
	for (size_t i = 0; i < c.n; i++) {
		pc = pc || memcmp(c.key[i], t->pc.pk, CRYPT_PK_LEN) == 0;
		its_clerk = its_clerk || memcmp(c.key[i], t->clerk.pk, CRYPT_PK_LEN) == 0;
		assert_memory_not_equal(c.key[i], t->other.pk, CRYPT_PK_LEN);
	}
	assert_true(pc && its_clerk && !c.all);
	keyring_change_free(&c);
	struct keyring_key key;
	assert_true(keyring_find(t->k, t->clerk.pk, &key));
	assert_int_equal(key.revoked_from, 40);
}

/* clause: A6 */
static void a_revoke_in_a_commune_covers_that_commune_only(void **state)
{
	struct town *t = *state;
	struct entry *here, *there;

	populate(t);
	add(t, actor_cert(&t->registrar, "00004", t->other.pk, ROLE_CLERK, "00004", NULL), 12);
	add(t, actor_cert(&t->registrar, "00005", t->other.pk, ROLE_CLERK, "00005", NULL), 13);
	here = own(t, write_asset(&t->other, "00004"));
	there = own(t, write_asset(&t->other, "00005"));
	add(t, actor_revoke(&t->registrar, "00004", t->other.pk, 0), 60);
	assert_int_equal(judge(t, here, 70), KEYRING_Q_REVOKED);
	assert_int_equal(judge(t, there, 70), KEYRING_ADMITTED);
	add(t, actor_revoke(&t->registrar, "*", t->other.pk, 0), 61);
	assert_int_equal(judge(t, there, 70), KEYRING_Q_REVOKED);
}

/* clause: A6 A8 */
static void a_revoked_registrars_certs_from_there_on_are_void(void **state)
{
	struct town *t = *state;
	struct entry *early = own(t, write_asset(&t->clerk, "00004"));
	struct entry *late = own(t, write_asset(&t->other, "00004"));

	populate(t);
	struct entry *cert =
	    add(t, actor_cert(&t->registrar, "00004", t->other.pk, ROLE_CLERK, "00004", NULL), 45);
	assert_int_equal(judge(t, late, 50), KEYRING_ADMITTED);
	add(t, actor_revoke(&t->root, "*", t->registrar.pk, 40), 60);
	assert_int_equal(judge(t, cert, 45), KEYRING_Q_REVOKED);
	assert_int_equal(judge(t, late, 50), KEYRING_Q_NO_CERT);
	assert_int_equal(judge(t, early, 50), KEYRING_ADMITTED); /* its cert is at 11 */
	assert_int_equal(judge(t, early, 1000), KEYRING_ADMITTED);
}

/* clause: A7 A10 */
static void an_admit_lifts_what_it_lists_and_nothing_else(void **state)
{
	struct town *t = *state;
	struct entry *one = own(t, write_asset(&t->clerk, "00004"));
	struct entry *two = own(t, write_asset(&t->clerk, "00004"));
	uint8_t ids[1][ENTRY_ID_LEN];

	populate(t);
	add(t, actor_revoke(&t->registrar, "00004", t->clerk.pk, 40), 60);
	assert_int_equal(judge(t, one, 70), KEYRING_Q_REVOKED);
	memcpy(ids[0], one->id, ENTRY_ID_LEN);
	/* of another scope, or by somebody who may not: nothing */
	add(t, actor_admit(&t->registrar, "00005", (const uint8_t(*)[ENTRY_ID_LEN])ids, 1), 80);
	add(t, actor_admit(&t->verifier, "00004", (const uint8_t(*)[ENTRY_ID_LEN])ids, 1), 81);
	assert_int_equal(judge(t, one, 70), KEYRING_Q_REVOKED);
	struct keyring_change c = {0};
	struct entry *admit =
	    own(t, actor_admit(&t->second, "00004", (const uint8_t(*)[ENTRY_ID_LEN])ids, 1));
	assert_int_equal(keyring_add(t->k, admit, 82, &c, NULL), RC_OK);
	assert_int_equal(judge(t, one, 70), KEYRING_ADMITTED);
	assert_int_equal(judge(t, two, 71), KEYRING_Q_REVOKED);
	bool told = false;
	for (size_t i = 0; i < c.nid; i++)
		told = told || memcmp(c.id[i], one->id, ENTRY_ID_LEN) == 0;
	assert_true(told && c.n == 0);
	keyring_change_free(&c);
	/* the registrar that admitted falls: so does what it admitted */
	add(t, actor_revoke(&t->root, "*", t->second.pk, 82), 90);
	assert_int_equal(judge(t, one, 70), KEYRING_Q_REVOKED);
}

/* clause: A7 */
static void an_admitted_cert_of_a_revoked_registrar_counts_again(void **state)
{
	struct town *t = *state;
	struct entry *e = own(t, write_asset(&t->other, "00004"));
	uint8_t ids[1][ENTRY_ID_LEN];

	populate(t);
	struct entry *cert =
	    add(t, actor_cert(&t->registrar, "00004", t->other.pk, ROLE_CLERK, "00004", NULL), 45);
	add(t, actor_revoke(&t->root, "*", t->registrar.pk, 40), 60);
	assert_int_equal(judge(t, e, 50), KEYRING_Q_NO_CERT);
	memcpy(ids[0], cert->id, ENTRY_ID_LEN);
	struct keyring_change c = {0};
	struct entry *admit =
	    own(t, actor_admit(&t->second, "00004", (const uint8_t(*)[ENTRY_ID_LEN])ids, 1));
	assert_int_equal(keyring_add(t->k, admit, 70, &c, NULL), RC_OK);
	assert_int_equal(judge(t, cert, 45), KEYRING_ADMITTED);
	assert_int_equal(judge(t, e, 50), KEYRING_ADMITTED);
	assert_true(c.n == 1 && memcmp(c.key[0], t->other.pk, CRYPT_PK_LEN) == 0);
	keyring_change_free(&c);
}

/* clause: A8 */
static void among_registrars_the_earlier_revoke_wins(void **state)
{
	struct town *t = *state;

	populate(t);
	add(t, actor_cert(&t->root, "*", t->other.pk, ROLE_REGISTRAR, "*", NULL), 5);
	/* a stolen registrar key strikes at 50, the struck one answers at 60: too late */
	struct entry *strike = add(t, actor_revoke(&t->registrar, "*", t->other.pk, 0), 50);
	struct entry *answer = add(t, actor_revoke(&t->other, "*", t->registrar.pk, 0), 60);
	assert_int_equal(judge(t, strike, 50), KEYRING_ADMITTED);
	assert_int_equal(judge(t, answer, 60), KEYRING_Q_REVOKED);
	/* the root decides, whatever came first */
	struct entry *root = add(t, actor_revoke(&t->root, "*", t->registrar.pk, 45), 70);
	assert_int_equal(judge(t, root, 70), KEYRING_ADMITTED);
	assert_int_equal(judge(t, strike, 50), KEYRING_Q_REVOKED);
	assert_int_equal(judge(t, answer, 60), KEYRING_ADMITTED);
}

/* clause: A8 */
static void a_revoke_voids_the_earlier_ones_of_the_key_it_names(void **state)
{
	struct town *t = *state;

	populate(t);
	add(t, actor_cert(&t->root, "*", t->other.pk, ROLE_REGISTRAR, "*", NULL), 5);
	add(t, actor_cert(&t->root, "*", t->pc.pk, ROLE_REGISTRAR, "*", NULL), 6);
	/* stolen at 45: revokes a third; the victim of nobody voids it from 45 on */
	struct entry *strike = add(t, actor_revoke(&t->registrar, "*", t->pc.pk, 0), 50);
	struct entry *repair = add(t, actor_revoke(&t->other, "*", t->registrar.pk, 45), 60);
	assert_int_equal(judge(t, repair, 60), KEYRING_ADMITTED);
	assert_int_equal(judge(t, strike, 50), KEYRING_Q_REVOKED);
	assert_int_equal(would(t, actor_revoke(&t->pc, "*", t->second.pk, 0), 70),
			 KEYRING_ADMITTED);
}

/* clause: A8 */
static void a_registrar_revokes_neither_staff_nor_itself(void **state)
{
	struct town *t = *state;
	struct entry *e = own(t, write_asset(&t->verifier, "00004"));

	populate(t);
	struct entry *staff = add(t, actor_revoke(&t->registrar, "*", t->verifier.pk, 0), 60);
	assert_int_equal(judge(t, staff, 60), KEYRING_Q_ROLE);
	assert_int_equal(judge(t, e, 70), KEYRING_ADMITTED);
	struct entry *self = add(t, actor_revoke(&t->registrar, "*", t->registrar.pk, 0), 61);
	assert_int_equal(judge(t, self, 61), KEYRING_Q_ROLE);
	/* nor through the device of a staff member */
	add(t, actor_cert(&t->root, "*", t->verifier.pk, ROLE_VERIFIER, "*", t->other.pk), 62);
	add(t, actor_revoke(&t->registrar, "*", t->other.pk, 0), 63);
	assert_int_equal(judge(t, e, 70), KEYRING_ADMITTED);
	add(t, actor_revoke(&t->root, "*", t->other.pk, 0), 64);
	assert_int_equal(judge(t, e, 70), KEYRING_Q_REVOKED);
}

/* clause: K13 */
static void a_cert_does_not_end_by_itself(void **state)
{
	struct town *t = *state;

	populate(t);
	t->clerk.at = INT64_C(4102444800); /* 2100 */
	struct entry *e = own(t, write_asset(&t->clerk, "00004"));
	assert_int_equal(judge(t, e, INT64_C(1) << 40), KEYRING_ADMITTED);
	add(t, actor_revoke(&t->registrar, "00004", t->clerk.pk, INT64_C(1) << 40),
	    INT64_C(1) << 40);
	assert_int_equal(judge(t, e, INT64_C(1) << 40), KEYRING_Q_REVOKED);
}

/* clause: A9 A10 */
static void flags_and_quarantine_are_words_beside_the_state(void **state)
{
	static const char *const words[] = {"form",  "clock",	"fork", "gap",	"blind", "seen",
					    "again", "version", "date", "jump", "older", "closed"};
	enum keyring_verdict v;
	size_t n = 0;

	(void)state;
	for (unsigned f = 1; f < KEYRING_FLAG_END; f <<= 1)
		assert_string_equal(keyring_flag_name(f), words[n++]);
	assert_int_equal(n, sizeof(words) / sizeof(words[0]));
	assert_string_equal(keyring_flag_name(3), "");
	for (unsigned i = 0; i <= KEYRING_Q_REVOKED; i++) {
		const char *name = keyring_verdict_name((enum keyring_verdict)i);
		assert_true(keyring_verdict_parse(span_str(name), &v));
		assert_int_equal(v, i);
	}
	assert_false(keyring_verdict_parse(span_str("late"), &v));
	assert_string_equal(keyring_verdict_clause(KEYRING_Q_SCOPE), "A4");
}

/* clause: A9 */
static void an_entry_with_every_flag_is_judged_like_any_other(void **state)
{
	struct town *t = *state;

	populate(t);
	/* no form knows the field, `at` is absurd, `after` names nothing known, the seq is used again */
	uint8_t nothing[1][ENTRY_ID_LEN] = {{7}};
	t->clerk.at = 3;
	struct actor clone = t->clerk;
	struct entry *one =
	    own(t, actor_set(&t->clerk, "00004", "asset", asset, "{\"nonsense\":true}",
			     (const uint8_t(*)[ENTRY_ID_LEN])nothing, 1));
	clone.salt += 1000;
	if (clone.seq == 0) /* both open the same feed */
		clone.at = 3;
	struct entry *fork =
	    own(t, actor_set(&clone, "00004", "asset", asset, "{\"nonsense\":false}", NO_KEYS));
	assert_int_equal(judge(t, one, 50), KEYRING_ADMITTED);
	assert_int_equal(judge(t, fork, 51), KEYRING_ADMITTED);
	struct merge_state *s = NULL;
	const struct merge_input a = merge_input_of(one, false), b = merge_input_of(fork, false);
	const bool present[1] = {false};
	bool blind = true;
	assert_int_equal(merge_new(&s, NULL), RC_OK);
	assert_int_equal(merge_apply(s, &a, present, &blind, NULL), RC_OK);
	assert_false(blind);
	assert_int_equal(merge_apply(s, &b, NULL, &blind, NULL), RC_OK);
	assert_true(blind);
	size_t n;
	merge_siblings(s, "nonsense", &n);
	assert_int_equal(n, 2); /* flagged, and merged all the same */
	merge_free(s);
}

/* clause: K9 */
static void an_unknown_version_needs_scope_and_no_revoke_only(void **state)
{
	struct town *t = *state;

	populate(t);
	struct entry *e = own(t, write_asset(&t->pc, "00004"));
	struct entry later = *e;
	later.op = ENTRY_UNKNOWN;
	later.version = 2;
	assert_int_equal(keyring_judge(t->k, e, 50), KEYRING_Q_ROLE);
	assert_int_equal(keyring_judge(t->k, &later, 50), KEYRING_ADMITTED);
	memcpy(later.scope, "00005", 6);
	assert_int_equal(keyring_judge(t->k, &later, 50), KEYRING_Q_SCOPE);
}

static void assert_scopes(struct town *t, const struct actor *a, const char *const *want)
{
	struct keyring_scopes s;
	size_t n = 0;

	assert_int_equal(keyring_scopes(t->k, a->pk, &s, NULL), RC_OK);
	for (; want[n]; n++) {
		assert_true(n < s.n);
		assert_string_equal(s.scope[n], want[n]);
	}
	assert_int_equal(s.n, n);
	keyring_scopes_free(&s);
	assert_null(s.scope);
}

/* clause: K14 */
static void a_key_has_the_scopes_of_all_its_certs(void **state)
{
	struct town *t = *state;
	const char *const none[] = {NULL}, *const one[] = {"00004", NULL};
	const char *const two[] = {"00004", "00005", NULL}, *const staff[] = {"00004", "00005", NULL};
	struct keyring_key key;

	assert_scopes(t, &t->clerk, none);
	assert_scopes(t, &t->root, none);
	populate(t);
	assert_scopes(t, &t->clerk, one);
	assert_scopes(t, &t->second, staff);
	/* the commune is merged: whoever it is, in whatever order the certs arrive */
	add(t, actor_cert(&t->second, "00005", t->clerk.pk, ROLE_CLERK, "00005", t->pc.pk), 30);
	add(t, actor_cert(&t->second, "00005", t->pc.pk, ROLE_DEVICE, "00005", NULL), 31);
	assert_scopes(t, &t->clerk, two);
	assert_scopes(t, &t->pc, two);
	/* once, however often; a cert nobody may give gives nothing */
	add(t, actor_cert(&t->registrar, "00004", t->clerk.pk, ROLE_CLERK, "00004", t->pc.pk), 32);
	add(t, actor_cert(&t->second, "00006", t->clerk.pk, ROLE_CLERK, "00006", t->pc.pk), 33);
	assert_scopes(t, &t->clerk, two);
	assert_true(keyring_find(t->k, t->clerk.pk, &key));
	assert_string_equal(key.cert->scope[0], "00004"); /* the newest says name and title */
	assert_int_equal(judge(t, own(t, write_asset(&t->clerk, "00004")), 50), KEYRING_ADMITTED);
	assert_int_equal(judge(t, own(t, write_asset(&t->clerk, "00005")), 50), KEYRING_ADMITTED);
	assert_int_equal(judge(t, own(t, write_asset(&t->clerk, "00006")), 50), KEYRING_Q_SCOPE);
	/* a registrar revoked from before: its certs were never given */
	add(t, actor_revoke(&t->root, "*", t->second.pk, 30), 40);
	assert_scopes(t, &t->clerk, one);
	assert_scopes(t, &t->pc, one);
}

/* clause: K14 */
static void a_merged_key_is_revoked_scope_by_scope(void **state)
{
	struct town *t = *state;
	struct keyring_key key;

	populate(t);
	add(t, actor_cert(&t->second, "00005", t->clerk.pk, ROLE_CLERK, "00005", t->pc.pk), 30);
	add(t, actor_cert(&t->second, "00005", t->pc.pk, ROLE_DEVICE, "00005", NULL), 31);
	assert_int_equal(keyring_revoked(t->k, t->clerk.pk, "00004"), -1);
	add(t, actor_revoke(&t->registrar, "00004", t->pc.pk, 35), 36);
	assert_int_equal(keyring_revoked(t->k, t->clerk.pk, "00004"), 35);
	assert_int_equal(keyring_revoked(t->k, t->clerk.pk, "00005"), -1);
	assert_true(keyring_covers(t->k, t->clerk.pk, "00004")); /* revoked or not */
	assert_false(keyring_in_force(t->k, t->clerk.pk, "00004"));
	assert_true(keyring_in_force(t->k, t->clerk.pk, "00005"));
	assert_false(keyring_in_force(t->k, t->clerk.pk, "00006"));
	assert_true(keyring_find(t->k, t->pc.pk, &key));
	assert_int_equal(key.revoked_from, 35); /* somewhere: it is given nothing (P7) */
	assert_int_equal(judge(t, own(t, write_asset(&t->clerk, "00004")), 50), KEYRING_Q_REVOKED);
	assert_int_equal(judge(t, own(t, write_asset(&t->clerk, "00005")), 50), KEYRING_ADMITTED);
	add(t, actor_revoke(&t->registrar, "00005", t->pc.pk, 33), 37);
	assert_int_equal(keyring_revoked(t->k, t->clerk.pk, "00005"), 33);
	assert_int_equal(judge(t, own(t, write_asset(&t->clerk, "00005")), 34), KEYRING_Q_REVOKED);
	assert_int_equal(keyring_revoked(t->k, t->root.pk, "00005"), -1);
	assert_int_equal(keyring_revoked(t->k, t->other.pk, "00005"), -1);
}

static void what_is_known_of_a_key(void **state)
{
	struct town *t = *state;
	struct keyring_key key;

	assert_false(keyring_find(t->k, t->clerk.pk, &key));
	populate(t);
	add(t, actor_cert(&t->registrar, "00004", t->clerk.pk, ROLE_CLERK, "00004", NULL), 14);
	assert_true(keyring_find(t->k, t->clerk.pk, &key));
	assert_int_equal(key.role, ROLE_CLERK);
	assert_true(key.admitted);
	assert_false(key.cert->has_device); /* the later cert */
	assert_string_equal(key.cert->name, "Trần Thị Bích");
	assert_int_equal(key.revoked_from, -1);
	assert_memory_equal(key.cert->by, t->registrar.pk, CRYPT_PK_LEN);
	add(t, actor_cert(&t->clerk, "00004", t->other.pk, ROLE_CLERK, "00004", NULL), 15);
	assert_true(keyring_find(t->k, t->other.pk, &key));
	assert_false(key.admitted);
	assert_null(key.cert);
	assert_string_equal(key.seen->title, "Công chức");
	assert_true(keyring_central(t->k, t->verifier.pk) &&
		    keyring_central(t->k, t->registrar.pk));
	assert_true(keyring_central(t->k, t->root.pk) && !keyring_central(t->k, t->clerk.pk));
	size_t n = 0;
	while (keyring_at(t->k, n, &key))
		n++;
	assert_int_equal(n, 9);
	assert_true(keyring_at(t->k, 0, &key) && key.role == ROLE_ROOT);
	assert_memory_equal(keyring_root(t->k), t->root.pk, CRYPT_PK_LEN);
}

static void the_newest_log_entry_is_given(void **state)
{
	struct town *t = *state;
	struct authority_log log;

	assert_false(keyring_log(t->k, &log));
	add(t, actor_log(&t->other, t->pc.pk), 90); /* not the root's: counts nothing */
	assert_false(keyring_log(t->k, &log));
	add(t, actor_log(&t->root, t->clerk.pk), 7);
	add(t, actor_log(&t->root, t->verifier.pk), 3);
	assert_true(keyring_log(t->k, &log));
	assert_memory_equal(log.key, t->clerk.pk, CRYPT_PK_LEN);
}

/* A log entry of the root that follows another log, with the tree it keeps. */
static struct entry *log_after(struct town *t, const uint8_t *key, const uint8_t *old, int64_t size)
{
	struct authority_log log = {.has_old = true, .size = size};
	struct entry_draft d = {.op = ENTRY_LOG, .scope = "*", .seq = t->root.seq};
	struct entry *e = NULL;
	struct buf set;

	memcpy(log.key, key, CRYPT_PK_LEN);
	memcpy(log.old, old, CRYPT_PK_LEN);
	memcpy(log.policy.log, key, CRYPT_PK_LEN);
	buf_init(&set, LIMIT_ENTRY_PAYLOAD);
	assert_int_equal(authority_log_write(&log, &set, NULL), RC_OK);
	d.set = span_buf(&set);
	memcpy(d.feed, t->root.feed, ENTRY_FEED_LEN);
	memcpy(d.prev, t->root.prev, ENTRY_ID_LEN);
	assert_int_equal(entry_seal(&d, t->root.signer, &e, NULL), RC_OK);
	memcpy(t->root.prev, e->id, ENTRY_ID_LEN);
	t->root.seq++;
	buf_free(&set);
	return e;
}

static void place(struct town *t, const struct entry *e, int64_t index)
{
	assert_int_equal(keyring_add(t->k, e, index, NULL, NULL), RC_OK);
}

static void assert_log(struct town *t, const uint8_t *key)
{
	struct authority_log log;

	assert_true(keyring_log(t->k, &log));
	assert_memory_equal(log.key, key, CRYPT_PK_LEN);
}

/* clause: L12 */
static void a_log_that_follows_another_counts_in_its_place_only(void **state)
{
	struct town *t = *state;
	const uint8_t *first = t->pc.pk, *second = t->clerk.pk, *third = t->verifier.pk;
	struct authority_log log;
	struct entry *e;

	add(t, actor_open(&t->root, "*"), 0);
	add(t, actor_log(&t->root, first), KEYRING_NO_INDEX); /* told, not pulled */
	assert_log(t, first);
	e = own(t, log_after(t, second, first, 50));
	place(t, e, KEYRING_NO_INDEX);
	assert_log(t, first);
	place(t, e, 60);
	assert_log(t, first);
	assert_true(keyring_log_of(t->k, second, &log)); /* its receipts need a policy all the same */
	place(t, e, 51);
	assert_log(t, second);
	assert_true(keyring_log_base(t->k, &log) && log.size == 50);
	add(t, actor_log(&t->root, second), 70); /* another policy of the same log: the base stays */
	assert_log(t, second);
	assert_true(keyring_log_base(t->k, &log) && log.size == 50);
	/* a backup older than the second: the third takes over, the second's entry comes back later */
	place(t, own(t, log_after(t, third, first, 20)), 21);
	place(t, e, 90);
	assert_log(t, third);
	place(t, e, 51); /* at its old place by chance */
	assert_log(t, third);
	assert_true(keyring_log_base(t->k, &log) && log.size == 20);
	assert_false(keyring_log_of(t->k, t->other.pk, &log));
}

static void a_copy_stays_as_it_was(void **state)
{
	struct town *t = *state;
	struct keyring *copy = NULL;
	struct entry *e = own(t, write_asset(&t->clerk, "00004"));

	populate(t);
	assert_int_equal(keyring_copy(t->k, &copy, NULL), RC_OK);
	add(t, actor_revoke(&t->registrar, "00004", t->clerk.pk, 0), 60);
	assert_int_equal(keyring_judge(t->k, e, 70), KEYRING_Q_REVOKED);
	assert_int_equal(keyring_judge(copy, e, 70), KEYRING_ADMITTED);
	keyring_free(t->k);
	t->k = copy;
	struct keyring_key key;
	assert_true(keyring_find(t->k, t->clerk.pk, &key));
	assert_string_equal(key.cert->name, "Trần Thị Bích");
}

/* A new cert changes its own key; what it costs does not grow with the keyring. */
static void a_cert_changes_its_own_key_only(void **state)
{
	struct town *t = *state;
	struct keyring_change c = {0};

	populate(t);
	struct entry *e =
	    own(t, actor_cert(&t->registrar, "00004", t->other.pk, ROLE_CLERK, "00004", t->pc.pk));
	assert_int_equal(keyring_add(t->k, e, 20, &c, NULL), RC_OK);
	assert_true(!c.all && c.n == 1);
	assert_memory_equal(c.key[0], t->other.pk, CRYPT_PK_LEN);
	keyring_change_free(&c);
	assert_int_equal(keyring_add(t->k, e, 20, &c, NULL), RC_OK); /* again: nothing */
	assert_true(!c.all && c.n == 0 && c.nid == 0);
	keyring_change_free(&c);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(keys_of_certs_are_found_by_the_prefix_of_a_feed),
	    TEST(only_a_key_with_an_admitted_cert_counts),
	    TEST(the_root_writes_what_its_row_says_and_is_never_revoked),
	    TEST(the_scope_must_be_among_those_of_the_cert),
	    TEST(the_role_decides_what_may_be_written),
	    TEST(nobody_decides_above_the_level_of_the_role),
	    TEST(who_certifies_whom),
	    TEST(a_revoke_covers_from_its_index_on_and_the_lowest_wins),
	    TEST(a_from_in_the_future_counts_as_the_revokes_own_index),
	    TEST(revoking_a_device_covers_the_keys_certified_with_it),
	    TEST(a_revoke_in_a_commune_covers_that_commune_only),
	    TEST(a_revoked_registrars_certs_from_there_on_are_void),
	    TEST(an_admit_lifts_what_it_lists_and_nothing_else),
	    TEST(an_admitted_cert_of_a_revoked_registrar_counts_again),
	    TEST(among_registrars_the_earlier_revoke_wins),
	    TEST(a_revoke_voids_the_earlier_ones_of_the_key_it_names),
	    TEST(a_registrar_revokes_neither_staff_nor_itself),
	    TEST(a_cert_does_not_end_by_itself),
	    TEST(flags_and_quarantine_are_words_beside_the_state),
	    TEST(an_entry_with_every_flag_is_judged_like_any_other),
	    TEST(an_unknown_version_needs_scope_and_no_revoke_only),
	    TEST(a_key_has_the_scopes_of_all_its_certs),
	    TEST(a_merged_key_is_revoked_scope_by_scope),
	    TEST(what_is_known_of_a_key),
	    TEST(the_newest_log_entry_is_given),
	    TEST(a_log_that_follows_another_counts_in_its_place_only),
	    TEST(a_copy_stays_as_it_was),
	    TEST(a_cert_changes_its_own_key_only),
	};

	return cmocka_run_group_tests_name("keyring", tests, NULL, NULL);
}
