/*
 * sync_wait_test: when the next contact is due: in the collector's slot with a little jitter;
 * later and later, at random, while contacts fail; soon while records wait and nobody answers;
 * soon where a network asks for a login; never before Retry-After; never more than a day.
 * clause: P20 P26
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "agent/sync_wait.h"
#include "lib/num.h"
#include "tests/support/rng.h"

enum { ROUNDS = 2000 };

static uint64_t seed;

/* Least and greatest wait over many random numbers. */
static void bounds(const struct sync_wait *w, int64_t *min, int64_t *max)
{
	*min = INT64_MAX;
	*max = INT64_MIN;
	for (uint64_t i = 0; i < ROUNDS; i++) {
		struct rng r = rng_case(seed, i);
		int64_t wait = sync_wait_s(w, rng_next(&r));

		*min = wait < *min ? wait : *min;
		*max = wait > *max ? wait : *max;
	}
}

static void slot(int64_t next_s, int64_t retry_after_s, int64_t want_min, int64_t want_max)
{
	struct sync_wait w = {SYNC_WAIT_FINE, 0, next_s, retry_after_s, false};
	int64_t min, max;

	bounds(&w, &min, &max);
	assert_int_equal(min, want_min);
	assert_int_equal(max, want_max);
}

static void slot_with_jitter(void **state)
{
	(void)state;
	slot(300, 0, 300, 330); /* never before the slot */
	slot(0, 0, 3600, 3960); /* a collector that names none is not asked all the time */
	slot(300, 900, 900, 990);
}

/* What a collector says can not put off a PC for ever. */
static void nothing_lasts_longer_than_a_day_and_its_jitter(void **state)
{
	struct sync_wait w = {SYNC_WAIT_FINE, 0, NUM_SAFE_MAX, NUM_SAFE_MAX, true};
	int64_t min, max;

	(void)state;
	bounds(&w, &min, &max);
	assert_true(min >= SYNC_WAIT_SLOT_MAX && max <= SYNC_WAIT_SLOT_MAX * 11 / 10);
	w.kind = SYNC_WAIT_TOLD;
	w.failures = INT64_MAX;
	bounds(&w, &min, &max);
	assert_true(min >= SYNC_WAIT_SLOT_MAX && max <= SYNC_WAIT_SLOT_MAX * 11 / 10);
}

/* Full jitter over this window: something near one, something near all of it, nothing above. */
static void window(enum sync_wait_kind kind, bool urgent, int64_t failures, int64_t want)
{
	struct sync_wait w = {kind, failures, 5400, 0, urgent};
	int64_t min, max;

	bounds(&w, &min, &max);
	assert_true(min >= 1 && min <= 1 + want / 10);
	assert_true(max >= want - want / 10 && max <= want);
}

static void full_jitter_after_failures(void **state)
{
	int64_t want = 30;

	(void)state;
	for (int64_t failures = 1; failures <= 12; failures++) {
		window(SYNC_WAIT_OFFLINE, false, failures, want);
		want = want * 2 > SYNC_WAIT_MAX ? SYNC_WAIT_MAX : want * 2;
	}
	window(SYNC_WAIT_OFFLINE, false, INT64_MAX, SYNC_WAIT_MAX);
	window(SYNC_WAIT_TOLD, true, 1, 60);
	window(SYNC_WAIT_TOLD, true, 3, 240);
	window(SYNC_WAIT_TOLD, true, 40, SYNC_WAIT_MAX);
	window(SYNC_WAIT_LOCAL, true, 40, 60);
	window(SYNC_WAIT_ASKED, true, 1, 30);
	window(SYNC_WAIT_ASKED, true, 40, 600);
}

static void soon_while_records_wait_and_nobody_answers(void **state)
{
	(void)state;
	window(SYNC_WAIT_OFFLINE, true, 1, 5);
	window(SYNC_WAIT_OFFLINE, true, 2, 10);
	window(SYNC_WAIT_OFFLINE, true, 3, 20);
	window(SYNC_WAIT_OFFLINE, true, 60, 20);
	window(SYNC_WAIT_OFFLINE, true, 61, 40);
	window(SYNC_WAIT_OFFLINE, true, 500, SYNC_WAIT_MAX);
}

static void soon_where_a_network_asks_for_a_login(void **state)
{
	(void)state;
	window(SYNC_WAIT_PORTAL, false, 1, 15);
	window(SYNC_WAIT_PORTAL, false, 20, 30);
	window(SYNC_WAIT_PORTAL, false, 60, 300);
}

static void retry_after_is_obeyed(void **state)
{
	struct sync_wait w = {SYNC_WAIT_TOLD, 1, 0, 600, true};
	int64_t min, max;

	(void)state;
	bounds(&w, &min, &max);
	assert_int_equal(min, 600);
	assert_int_equal(max, 660);
}

static void kinds_by_key(void **state)
{
	(void)state;
	assert_int_equal(sync_wait_kind(""), SYNC_WAIT_FINE);
	assert_int_equal(sync_wait_kind("http.connect"), SYNC_WAIT_OFFLINE);
	assert_int_equal(sync_wait_kind("sync.portal"), SYNC_WAIT_PORTAL);
	assert_int_equal(sync_wait_kind("http.pin"), SYNC_WAIT_PORTAL);
	assert_int_equal(sync_wait_kind("sync.waiting"), SYNC_WAIT_ASKED);
	assert_int_equal(sync_wait_kind("sync.not_enrolled"), SYNC_WAIT_LOCAL);
	assert_int_equal(sync_wait_kind("sync.clock"), SYNC_WAIT_TOLD);
	assert_int_equal(sync_wait_kind("transport.problem"), SYNC_WAIT_TOLD);
	assert_int_equal(sync_wait_kind("a key of tomorrow"), SYNC_WAIT_TOLD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(slot_with_jitter),
	    cmocka_unit_test(nothing_lasts_longer_than_a_day_and_its_jitter),
	    cmocka_unit_test(full_jitter_after_failures),
	    cmocka_unit_test(soon_while_records_wait_and_nobody_answers),
	    cmocka_unit_test(soon_where_a_network_asks_for_a_login),
	    cmocka_unit_test(retry_after_is_obeyed),
	    cmocka_unit_test(kinds_by_key),
	};

	seed = rng_seed(20261123);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
