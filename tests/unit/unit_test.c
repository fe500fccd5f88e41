/*
 * unit: which commune goes on: chains of mergers, steps back, mergers that lead nowhere.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/codec.h"
#include "sync/unit.h"
#include "tests/support/actor.h"

#define NO_KEYS NULL, 0

/* ---- chains ---- */

struct map {
	const char *from, *into;
};

static enum rc step(void *ctx, const char *closed, char ret[ENTRY_SCOPE_LEN], struct err *reterr)
{
	ret[0] = '\0';
	for (const struct map *m = ctx; m->from; m++)
		if (strcmp(m->from, closed) == 0)
			memcpy(ret, m->into, ENTRY_SCOPE_LEN);
	return strcmp(closed, "66666") == 0 ? err_set(reterr, RC_IO, NULL, "db.io", NULL) : RC_OK;
}

/* clause: M18 */
static void mergers_lead_to_their_end(void **state)
{
	const struct map map[] = {{"00001", "00002"}, {"00002", "00003"}, {"00007", "00008"},
				  {"00008", "00007"}, {"00009", "00009"}, {"00005", "66666"},
				  {NULL, NULL}};
	static const struct {
		const char *from, *want;
	} row[] = {{"00001", "00003"}, {"00002", "00003"}, {"00003", "00003"}, {"00004", "00004"},
		   {"00007", "00008"}, /* back to one passed: does not count */
		   {"00009", "00009"}};
	char got[ENTRY_SCOPE_LEN] = "";
	struct err e = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_int_equal(unit_survivor(step, (void *)(uintptr_t)map, row[i].from, got, &e),
				 RC_OK);
		assert_string_equal(got, row[i].want);
	}
	assert_int_equal(unit_survivor(step, (void *)(uintptr_t)map, "00005", got, &e), RC_IO);
	assert_string_equal(e.key, "db.io");
}

/* clause: M18 */
static void a_chain_has_an_end(void **state)
{
	struct map map[101] = {{NULL, NULL}};
	char code[101][ENTRY_SCOPE_LEN], got[ENTRY_SCOPE_LEN] = "";

	(void)state;
	for (int i = 0; i < 101; i++) {
		struct buf b;
		buf_init(&b, 16);
		buf_addf(&b, "%05d", 100 + i);
		memcpy(code[i], b.p, ENTRY_SCOPE_LEN);
		buf_free(&b);
	}
	for (int i = 0; i < 100; i++)
		map[i] = (struct map){code[i], code[i + 1]};
	assert_int_equal(unit_survivor(step, map, code[0], got, NULL), RC_OK);
	assert_string_equal(got, code[AUTHORITY_SCOPES - 1]);
}

/* ---- what a merger says ---- */

static void put(struct merge_state *s, struct actor *a, const char *set)
{
	uint8_t id[16];
	struct entry *e;

	unit_merger_id("00007", id);
	e = actor_set(a, "*", UNIT_KIND, id, set, NO_KEYS);
	const struct merge_input in = merge_input_of(e, true);
	assert_int_equal(merge_apply(s, &in, NULL, NULL, NULL), RC_OK);
	entry_free(e);
}

/* clause: M18 */
static void a_merger_in_conflict_leads_nowhere(void **state)
{
	static const char *const bad[] = {
	    "{\"closed\":\"00007\"}",
	    "{\"closed\":\"00007\",\"into\":null}",
	    "{\"closed\":\"00007\",\"into\":\"*\"}",
	    "{\"closed\":\"00007\",\"into\":\"0004\"}",
	    "{\"closed\":\"00007\",\"into\":12345}",
	    "{\"closed\":\"00007\",\"into\":\"00000\"}",
	    "{\"closed\":\"00008\",\"into\":\"00004\"}", /* not of this id */
	};
	struct actor registrar;
	struct merge_state *s = NULL;
	struct unit_merger m = {.into = "unset"};
	uint8_t id[16];

	(void)state;
	actor_init(&registrar, 1);
	unit_merger_id("00007", id);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(merge_new(&s, NULL), RC_OK);
		assert_false(unit_read(s, NULL, id, &m));
		put(s, &registrar, bad[i]);
		assert_false(unit_read(s, NULL, id, &m));
		merge_free(s);
	}
	assert_string_equal(m.into, "unset");
	assert_int_equal(merge_new(&s, NULL), RC_OK);
	put(s, &registrar, "{\"closed\":\"00007\",\"into\":\"00004\"}");
	assert_true(unit_read(s, NULL, id, &m));
	assert_string_equal(m.closed, "00007");
	assert_string_equal(m.into, "00004");
	put(s, &registrar, "{\"closed\":\"00007\",\"into\":\"00004\"}"); /* said twice */
	assert_true(unit_read(s, NULL, id, &m));
	put(s, &registrar, "{\"into\":\"00005\"}");
	assert_false(unit_read(s, NULL, id, &m));
	merge_free(s);
	actor_free(&registrar);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(mergers_lead_to_their_end),
	    cmocka_unit_test(a_chain_has_an_end),
	    cmocka_unit_test(a_merger_in_conflict_leads_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
