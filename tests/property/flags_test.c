/*
 * Flags that follow from the other entries of a record, `blind` and `again`: what the collector keeps of them, made one
 * entry after the other, is what a PC derives from all of them, whoever counts. 400 records by default; SEED= repeats.
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
#include "server-stub/anew.h"
#include "sync/view.h"
#include "tests/support/actor.h"
#include "tests/support/rng.h"

enum { RECORDS = 400, ENTRIES = 7 };

struct record {
	struct entry *e[ENTRIES];
	struct view_entry v[ENTRIES];
};

static const char *const kinds[] = {"asset", "facility_check", "review", "report", "other_kind"};

static void write_entry(struct rng *g, struct actor *a, const char *kind, struct record *r, size_t n)
{
	static const char *const fields[] = {"{\"a\":1}", "{\"b\":1}", "{\"a\":2,\"b\":2}", "{\"reason\":\"x\"}"};
	static const uint8_t id[16] = {[6] = 0x70, [8] = 0x80};
	uint8_t after[2][ENTRY_ID_LEN];
	size_t named = 0;

	for (size_t k = rng_below(g, 3); n > 0 && named < k; named++)
		memcpy(after[named], r->e[rng_below(g, n)]->id, ENTRY_ID_LEN);
	if (named == 2 && memcmp(after[0], after[1], ENTRY_ID_LEN) == 0)
		rng_bytes(g, after[1], ENTRY_ID_LEN); /* of nothing there is */
	r->e[n] = actor_set(a, "00004", kind, id, fields[rng_below(g, 4)], (const uint8_t(*)[ENTRY_ID_LEN])after, named);
	r->v[n] = (struct view_entry){.in = merge_input_of(r->e[n], false), .index = (int64_t)n};
}

/* As of who counts now; the same entries are asked several times, as revokes and admits come. */
static void compare(struct rng *g, const char *kind, struct record *r)
{
	struct anew a;

	assert_int_equal(anew_begin(&a, NULL), RC_OK);
	for (size_t i = 0; i < ENTRIES; i++) {
		r->v[i].flags = 0;
		r->v[i].verdict = rng_one_in(g, 3) ? KEYRING_Q_REVOKED : KEYRING_ADMITTED;
	}
	view_flags(kind, r->v, ENTRIES);
	for (size_t i = 0; i < ENTRIES; i++) {
		unsigned flags = 0;

		if (r->v[i].verdict == KEYRING_ADMITTED)
			assert_int_equal(anew_add(&a, r->e[i], false, &flags, NULL), RC_OK);
		if (flags != r->v[i].flags)
			fail_msg("%s, entry %zu: %u, not %u", kind, i, flags, r->v[i].flags);
	}
	anew_end(&a);
}

/* clause: A9 M21 */
static void both_ends_say_the_same(void **state)
{
	uint64_t seed = rng_seed(7);
	struct actor a;

	(void)state;
	actor_init(&a, 3);
	for (size_t n = 0; n < RECORDS; n++) {
		struct rng g = rng_case(seed, n);
		const char *kind = kinds[rng_below(&g, sizeof(kinds) / sizeof(kinds[0]))];
		struct record r;

		for (size_t i = 0; i < ENTRIES; i++)
			write_entry(&g, &a, kind, &r, i);
		for (size_t i = 0; i < 4; i++)
			compare(&g, kind, &r);
		for (size_t i = 0; i < ENTRIES; i++)
			entry_free(r.e[i]);
	}
	actor_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(both_ends_say_the_same)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
