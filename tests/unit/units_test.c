/*
 * units: where a key writes, as the collector finds it: by its certs, what is revoked of them, and the splits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "server-stub/units.h"
#include "sync/keyring.h"
#include "tests/support/actor.h"

struct log {
	struct keyring *ring;
	int64_t n;
};

static void add(struct log *l, struct entry *e)
{
	struct err why = {0};

	assert_int_equal(keyring_add(l->ring, e, l->n++, NULL, &why), RC_OK);
	entry_free(e);
}

static void writes_in(const struct log *l, const struct units *u, const uint8_t *key, const char *want)
{
	char home[ENTRY_SCOPE_LEN] = "unset";

	assert_int_equal(units_home(u, l->ring, key, home, NULL), RC_OK);
	assert_string_equal(home, want);
}

/* clause: M22 K14 A6 */
static void a_key_writes_where_it_went_until_it_is_revoked_there(void **state)
{
	struct actor root, registrar, clerk, device;
	struct log l = {.n = 0};
	struct units u = {0};

	(void)state;
	actor_init(&root, 1);
	actor_init(&registrar, 2);
	actor_init(&clerk, 3);
	actor_init(&device, 4);
	assert_int_equal(keyring_new(root.pk, &l.ring, NULL), RC_OK);
	add(&l, actor_open(&root, "*"));
	add(&l, actor_cert(&root, "*", registrar.pk, ROLE_REGISTRAR, "*", NULL));
	add(&l, actor_open(&registrar, "00001"));
	writes_in(&l, &u, clerk.pk, "");
	for (const char *const *s = (const char *const[]){"00001", "00002", NULL}; *s; s++) {
		add(&l, actor_cert(&registrar, *s, device.pk, ROLE_DEVICE, *s, NULL));
		add(&l, actor_cert(&registrar, *s, clerk.pk, ROLE_CLERK, *s, device.pk));
	}
	writes_in(&l, &u, clerk.pk, "00001");
	assert_int_equal(units_add_split(&u, "00001", "00002", NULL), RC_OK);
	writes_in(&l, &u, clerk.pk, "00002");
	writes_in(&l, &u, device.pk, "00002");
	add(&l, actor_revoke(&registrar, "00002", device.pk, l.n));
	writes_in(&l, &u, clerk.pk, "00001"); /* with her PC */
	writes_in(&l, &u, device.pk, "00001");
	units_free(&u);
	keyring_free(l.ring);
	actor_free(&root);
	actor_free(&registrar);
	actor_free(&clerk);
	actor_free(&device);
}

static void check_ring(const struct units *u, const char *from, const char *into, const char *apart, const char *want)
{
	char got[ENTRY_SCOPE_LEN];
	struct buf ring;

	buf_init(&ring, 256);
	units_ring(u, from, into, got, &ring);
	assert_string_equal(got, apart);
	assert_string_equal(ring.p ? (const char *)ring.p : "", want);
	buf_free(&ring);
}

/* Part of 1 went to 2, of 2 to 4, which was merged into 3. clause: M22 */
static void a_merger_closes_no_ring_past_one_that_goes_on(void **state)
{
	struct unit_merger merger[] = {{"00004", "00003"}, {"00005", "00002"}, {"00002", "00007"}};
	struct units u = {.merger = merger, .n = 2};

	(void)state;
	assert_int_equal(units_add_split(&u, "00001", "00002", NULL), RC_OK);
	check_ring(&u, "00002", "00001", "", ""); /* the part comes back, with all that has it */
	check_ring(&u, "00005", "00001", "", ""); /* nothing leads there */
	assert_int_equal(units_add_split(&u, "00002", "00004", NULL), RC_OK);
	check_ring(&u, "00003", "00001", "00002", "00001 → 00002 → 00004 → 00003 → 00001");
	check_ring(&u, "00001", "00003", "", "");
	u.n = 3; /* the one on the way ended elsewhere */
	check_ring(&u, "00003", "00001", "00007", "00001 → 00002 → 00004 → 00003 → 00001");
	memcpy(merger[2].into, "00001", ENTRY_SCOPE_LEN); /* or in the same one */
	check_ring(&u, "00003", "00001", "", "");
	free(u.split);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_key_writes_where_it_went_until_it_is_revoked_there),
	    cmocka_unit_test(a_merger_closes_no_ring_past_one_that_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
