/*
 * unit: which commune goes on: chains of mergers, steps back, mergers that lead nowhere; parts that went: where a key
 * writes, what is reached, where a place belongs.
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

/* ---- parts ---- */

/* 1 gave parts to 2, 3 and 7, 2 one to 4; 3 was merged into 5, 4 into 8, 6 into 1. */
static const struct map merged[] = {{"00003", "00005"}, {"00004", "00008"}, {"00006", "00001"}, {NULL, NULL}};
static const struct unit_split parts[] = {
    {"00001", "00003"}, {"00001", "00002"}, {"00002", "00004"}, {"00001", "00007"}};
static const struct unit_map all = {step, (void *)(uintptr_t)merged, parts, 4};

static bool among(void *arg, const char *scope)
{
	return strstr(arg, scope) != NULL;
}

/* clause: M22 M18 */
static void a_key_writes_where_its_part_went(void **state)
{
	static const struct {
		const char *from, *has, *want;
	} row[] = {
	    {"00001", "00001", "00001"},             /* goes on where it was */
	    {"00001", "00001 00003", "00003"},       /* has the part, not yet what that was merged into */
	    {"00001", "00001 00003 00005", "00005"},
	    {"00001", "00001 00003 00002", "00002"}, /* of several the smallest */
	    {"00002", "00002 00004", "00004"},       /* leads on to 8, which it does not have */
	    {"00002", "00002 00004 00008", "00008"},
	    {"00006", "00006 00001 00007", "00007"}, /* through a merger, then a part */
	    {"00006", "00006", "00006"},
	    {"00007", "00007 00001", "00007"},       /* got one: reads 1, writes in its own */
	};
	char got[ENTRY_SCOPE_LEN] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_int_equal(unit_home(&all, among, (void *)(uintptr_t)row[i].has, row[i].from, got, NULL),
				 RC_OK);
		assert_string_equal(got, row[i].want);
	}
	assert_int_equal(unit_home(&all, among, (void *)(uintptr_t)"", "66666", got, NULL), RC_IO);
}

/*
 * Whoever got a part has certs in what it came from, so of parts that go round everybody has all: none of them moves
 * anybody, in whatever order they are read. What leads out of the ring does.
 */
/* clause: M22 */
static void parts_that_go_round_move_nobody(void **state)
{
	static const struct map none[] = {{NULL, NULL}}, back[] = {{"00004", "00001"}, {NULL, NULL}};
	static const struct unit_split two[] = {{"00001", "00002"}, {"00002", "00001"}, {"00002", "00007"}},
				       turned[] = {{"00002", "00007"}, {"00002", "00001"}, {"00001", "00002"}},
				       three[] = {{"00001", "00002"}, {"00002", "00003"}, {"00003", "00001"}},
				       joined[] = {{"00001", "00002"}, {"00002", "00004"}};
	static const struct {
		const struct map *merged;
		const struct unit_split *split;
		size_t n;
		const char *from, *has, *want;
	} row[] = {
	    {none, two, 3, "00001", "00001 00002", "00001"},
	    {none, two, 3, "00002", "00001 00002", "00002"},
	    {none, two, 3, "00002", "00001 00002 00007", "00007"},
	    {none, two, 3, "00001", "00001 00002 00007", "00001"},
	    {none, turned, 3, "00001", "00001 00002", "00001"},
	    {none, turned, 3, "00002", "00001 00002", "00002"},
	    {none, three, 3, "00001", "00001 00002 00003", "00001"},
	    {none, three, 3, "00002", "00001 00002 00003", "00002"},
	    {none, three, 3, "00003", "00001 00002 00003", "00003"},
	    {back, joined, 2, "00001", "00001 00002 00004", "00001"},
	    {back, joined, 2, "00002", "00001 00002 00004", "00002"},
	    {back, joined, 2, "00004", "00001 00002 00004", "00001"}, /* as the merger says */
	};
	char got[ENTRY_SCOPE_LEN] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		const struct unit_map m = {step, (void *)(uintptr_t)row[i].merged, row[i].split, row[i].n};

		assert_int_equal(unit_home(&m, among, (void *)(uintptr_t)row[i].has, row[i].from, got, NULL),
				 RC_OK);
		assert_string_equal(got, row[i].want);
	}
}

/* A part that would lead back to where it came from is none. */
/* clause: M22 */
static void a_part_that_came_back_leads_nowhere(void **state)
{
	static const struct map back[] = {{"00002", "00001"}, {NULL, NULL}};
	static const struct unit_split part = {"00001", "00002"};
	const struct unit_map m = {step, (void *)(uintptr_t)back, &part, 1};
	char got[ENTRY_SCOPE_LEN] = "";

	(void)state;
	assert_int_equal(unit_home(&m, among, (void *)(uintptr_t)"00001 00002", "00001", got, NULL), RC_OK);
	assert_string_equal(got, "00001");
}

/* clause: M20 M22 */
static void everything_a_commune_went_on_in_is_reached(void **state)
{
	struct unit_way w;

	(void)state;
	assert_int_equal(unit_reach(&all, "00006", &w, NULL), RC_OK);
	assert_int_equal(w.n, 8);
	for (const char *const *c = (const char *const[]){"00001", "00002", "00003", "00004", "00005", "00006",
							  "00007", "00008", NULL};
	     *c; c++)
		assert_true(unit_on(&w, *c));
	assert_int_equal(unit_reach(&all, "00005", &w, NULL), RC_OK);
	assert_int_equal(w.n, 1);
	assert_int_equal(unit_reach(&all, "66666", &w, NULL), RC_IO);
}

/* clause: M22 R3 */
static void a_place_belongs_to_one_commune(void **state)
{
	static const struct {
		const char *scope, *code, *want;
	} row[] = {
	    {"00001", "", "00001"},      {"00001", "00001", "00001"},
	    {"00001", "00007", "00007"}, {"00001", "00003", "00005"}, /* the part, and on by the merger */
	    {"00006", "00007", "00007"}, {"00006", "", "00001"},
	    {"00007", "00001", "00007"}, /* nothing of 7 went to 1 */
	    {"00001", "99999", "00001"}, {"00001", "x", "00001"},
	};
	char got[ENTRY_SCOPE_LEN] = "";

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_int_equal(unit_belongs(&all, row[i].scope, row[i].code, got, NULL), RC_OK);
		assert_string_equal(got, row[i].want);
	}
}

/* clause: M22 */
static void a_split_in_conflict_leads_nowhere(void **state)
{
	static const char *const set[] = {"{\"unit\":\"00007\"}", "{\"unit\":\"00007\",\"into\":\"00008\"}",
					  "{\"unit\":\"00004\",\"into\":\"00007\"}",
					  "{\"unit\":\"00007\",\"into\":\"00004\"}", "{\"into\":null}"};
	static const bool leads[] = {false, false, false, true, false};
	struct merge_state *s = NULL;
	char source[ENTRY_SCOPE_LEN];
	struct unit_split got;
	struct actor registrar;
	struct entry *e;
	uint8_t id[16];

	(void)state;
	actor_init(&registrar, 1);
	unit_split_id("00007", "00004", id);
	for (size_t i = 0; i < sizeof(set) / sizeof(set[0]); i++) {
		if (i < 4) {
			merge_free(s);
			assert_int_equal(merge_new(&s, NULL), RC_OK);
		}
		e = actor_set(&registrar, "*", UNIT_SPLIT_KIND, id, set[i], NO_KEYS);
		const struct merge_input in = merge_input_of(e, true);
		assert_int_equal(merge_apply(s, &in, NULL, NULL, NULL), RC_OK);
		entry_free(e);
		assert_int_equal(unit_split_read(s, NULL, id, &got), leads[i]);
	}
	assert_string_equal(got.unit, "00007");
	assert_string_equal(got.into, "00004");
	assert_true(unit_source(s, NULL, UNIT_SPLIT_KIND, source));
	assert_string_equal(source, "00007");
	assert_false(unit_source(s, NULL, UNIT_KIND, source));
	merge_free(s);
	actor_free(&registrar);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(mergers_lead_to_their_end),
	    cmocka_unit_test(a_chain_has_an_end),
	    cmocka_unit_test(a_merger_in_conflict_leads_nowhere),
	    cmocka_unit_test(a_key_writes_where_its_part_went),
	    cmocka_unit_test(parts_that_go_round_move_nobody),
	    cmocka_unit_test(a_part_that_came_back_leads_nowhere),
	    cmocka_unit_test(everything_a_commune_went_on_in_is_reached),
	    cmocka_unit_test(a_place_belongs_to_one_commune),
	    cmocka_unit_test(a_split_in_conflict_leads_nowhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
