/*
 * wake_test: when the background contacts the collector: in its slot; soon after something was
 * recorded or the network changed; after sleep; whatever the PC's clock does; never while the
 * collector asked for quiet. Time is told by the test; contacts are counted.
 * clause: P20
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "agent/wake.h"
#include "tests/support/rng.h"

#define NOW INT64_C(1795054267)

enum { SLOT_S = 5400, YEAR_S = 31536000 };

static uint64_t seed;

struct pc {
	struct wake w;
	struct wake_in in;
	struct store_contact c;
	struct rng rng;
	int64_t count[WAKE_CLOCK + 1];
	int64_t wait_s, hold_s; /* of each contact that is made */
};

static struct pc pc_new(void)
{
	struct pc p = {.in = {.now_s = NOW, .mono_ms = 1000},
		       .c = {.last_ok = NOW, .last_try = NOW, .next_at = NOW + SLOT_S},
		       .rng = rng_case(seed, 1),
		       .wait_s = SLOT_S};

	return p;
}

static enum wake_why tick(struct pc *p)
{
	enum wake_why why;

	p->in.contact = &p->c;
	why = wake_tick(&p->w, &p->in, rng_next(&p->rng));
	p->in.net = false;
	if (why == WAKE_NOT)
		return why;
	p->count[why]++;
	p->c.last_try = p->in.now_s;
	p->c.next_at = p->in.now_s + p->wait_s;
	p->c.hold_at = p->hold_s > 0 ? p->in.now_s + p->hold_s : 0;
	return why;
}

/* So many seconds, one tick each. Returns the contacts made. */
static int64_t run(struct pc *p, int64_t seconds)
{
	int64_t n = 0;

	for (int64_t i = 0; i < seconds; i++) {
		n += tick(p) != WAKE_NOT;
		p->in.now_s++;
		p->in.mono_ms += 1000;
	}
	return n;
}

static void one_contact_a_slot(void **state)
{
	struct pc p = pc_new();

	(void)state;
	assert_int_equal(run(&p, SLOT_S), 0);
	assert_int_equal(run(&p, 10 * SLOT_S), 10);
	assert_int_equal(p.count[WAKE_SLOT], 10);
}

static void the_first_contact_of_all_is_due_at_once(void **state)
{
	struct pc p = pc_new();

	(void)state;
	p.c = (struct store_contact){0};
	assert_int_equal(tick(&p), WAKE_SLOT);
}

static void what_is_recorded_together_goes_together(void **state)
{
	struct pc p = pc_new();

	(void)state;
	run(&p, 10);
	p.in.unsent = 7;
	assert_int_equal(run(&p, 2), 0);
	p.in.unsent = 9;
	assert_int_equal(run(&p, WAKE_RECORD_S + WAKE_SPREAD_S + 1), 1);
	assert_int_equal(p.count[WAKE_RECORD], 1);
	assert_int_equal(run(&p, 600),
			 0); /* still unsent: the wait of the failure counts, not this */
	p.in.unsent = 10;
	assert_int_equal(run(&p, WAKE_RECORD_S + WAKE_SPREAD_S + 1), 1);
	p.in.unsent = 0;
	assert_int_equal(run(&p, 600), 0);
}

/* A record a second for a minute: sent as it goes, and not a contact each. */
static void a_steady_hand_is_sent_in_parts(void **state)
{
	struct pc p = pc_new();
	int64_t n = 0;

	(void)state;
	for (int i = 1; i <= 60; i++) {
		p.in.unsent = i;
		n += run(&p, 1);
	}
	assert_true(n >= 60 / (WAKE_RECORD_MAX_S + WAKE_SPREAD_S));
	assert_true(n <= 60 / WAKE_RECORD_MAX_S);
}

static void what_waits_at_the_start_goes_soon(void **state)
{
	struct pc p = pc_new();

	(void)state;
	p.in.unsent = 3;
	assert_int_equal(run(&p, WAKE_RECORD_S + WAKE_SPREAD_S + 1), 1);
	assert_int_equal(p.count[WAKE_RECORD], 1);
}

static void a_network_that_comes_back_wakes(void **state)
{
	struct pc p = pc_new();

	(void)state;
	p.wait_s = 3600;
	run(&p, 100);
	p.in.net = true;
	assert_int_equal(run(&p, WAKE_SPREAD_S + 1), 1);
	assert_int_equal(p.count[WAKE_NET], 1);
	assert_int_equal(run(&p, 600), 0);
}

/* A line that flaps once a second is not a contact a second. */
static void a_flapping_line_is_no_storm(void **state)
{
	struct pc p = pc_new();
	int64_t n = 0;

	(void)state;
	for (int i = 0; i < 60; i++) {
		p.in.net = true;
		n += run(&p, 1);
	}
	assert_true(n >= 1 && n <= 60 / WAKE_GAP_S);
}

/* Retry-After: nothing wakes sooner, and then it goes on. */
static void quiet_that_was_asked_for_is_kept(void **state)
{
	struct pc p = pc_new();

	(void)state;
	p.c.hold_at = p.c.next_at = NOW + 600;
	for (int i = 0; i < 599; i++) {
		p.in.net = i % 7 == 0;
		p.in.unsent = i;
		assert_int_equal(run(&p, 1), 0);
	}
	assert_int_equal(run(&p, 2), 1);
}

/* The PC slept for an hour: its monotonic clock stood still. */
static void after_sleep_it_goes_on_at_once(void **state)
{
	struct pc p = pc_new();

	(void)state;
	run(&p, 10);
	p.in.now_s += 3600; /* the slot has not come */
	assert_int_equal(run(&p, WAKE_SPREAD_S + 1), 1);
	assert_int_equal(p.count[WAKE_CLOCK], 1);
	p.in.now_s += 2 * SLOT_S; /* it has */
	assert_int_equal(run(&p, 1), 1);
	assert_int_equal(p.count[WAKE_SLOT], 1);
}

/* Whatever date somebody sets, no slot is further away than its own length. */
static void a_clock_that_is_set_puts_nothing_off(void **state)
{
	static const int64_t set[] = {-7 * YEAR_S, 12 * YEAR_S, -12 * YEAR_S, -600, 600, -30, 30};

	(void)state;
	for (size_t i = 0; i < sizeof(set) / sizeof(set[0]); i++) {
		struct pc p = pc_new();

		run(&p, 10);
		p.in.now_s += set[i];
		assert_true(run(&p, SLOT_S) >= 1);
		assert_true(run(&p, SLOT_S + 1) >= 1);
		assert_true(p.count[WAKE_SLOT] + p.count[WAKE_CLOCK] <= 4);
	}
}

/* Stored while the clock was in 2038; the owner starts with the right one. */
static void a_slot_in_the_far_future_is_not_waited_for(void **state)
{
	struct pc p = pc_new();

	(void)state;
	p.c.last_try = NOW + 12 * (int64_t)YEAR_S;
	p.c.next_at = p.c.last_try + SLOT_S;
	p.c.hold_at = p.c.next_at;
	assert_int_equal(run(&p, 1), 1);
	assert_int_equal(run(&p, SLOT_S - 1), 0);
}

/* A contact of which nothing can be kept (a full disk) is not repeated every second. */
static void what_can_not_be_kept_is_no_storm(void **state)
{
	struct pc p = pc_new();
	int64_t n = 0;

	(void)state;
	p.c.next_at = NOW - 1;
	for (int i = 0; i < 60; i++) {
		p.in.contact = &p.c;
		n += wake_tick(&p.w, &p.in, rng_next(&p.rng)) != WAKE_NOT;
		p.in.now_s++;
		p.in.mono_ms += 1000;
	}
	assert_int_equal(n, 60 / WAKE_GAP_S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_contact_a_slot),
	    cmocka_unit_test(the_first_contact_of_all_is_due_at_once),
	    cmocka_unit_test(what_is_recorded_together_goes_together),
	    cmocka_unit_test(a_steady_hand_is_sent_in_parts),
	    cmocka_unit_test(what_waits_at_the_start_goes_soon),
	    cmocka_unit_test(a_network_that_comes_back_wakes),
	    cmocka_unit_test(a_flapping_line_is_no_storm),
	    cmocka_unit_test(quiet_that_was_asked_for_is_kept),
	    cmocka_unit_test(after_sleep_it_goes_on_at_once),
	    cmocka_unit_test(a_clock_that_is_set_puts_nothing_off),
	    cmocka_unit_test(a_slot_in_the_far_future_is_not_waited_for),
	    cmocka_unit_test(what_can_not_be_kept_is_no_storm),
	};

	seed = rng_seed(20261128);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
