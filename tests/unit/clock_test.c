/*
 * clock_test: the manual clock stands still and moves only when told; the real
 * one is monotonic; seconds round down also before 1970.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "lib/clock.h"

static void manual_stands_still(void **state)
{
	struct clock_manual m;

	(void)state;
	clock_manual_init(&m, 1795054267);
	assert_int_equal(clock_now_s(&m.clock), 1795054267);
	assert_int_equal(clock_mono_ms(&m.clock), 0);
	clock_manual_add(&m, 1999);
	assert_int_equal(clock_now_s(&m.clock), 1795054268);
	assert_int_equal(clock_now_ms(&m.clock), 1795054268999);
	assert_int_equal(clock_mono_ms(&m.clock), 1999);
}

static void wall_clock_may_jump_back(void **state)
{
	struct clock_manual m;

	(void)state;
	clock_manual_init(&m, 1795054267);
	clock_manual_add(&m, 500);
	clock_manual_set(&m, 1546300800); /* 2019 */
	assert_int_equal(clock_now_s(&m.clock), 1546300800);
	assert_int_equal(clock_mono_ms(&m.clock), 500);
}

static void seconds_round_down(void **state)
{
	struct clock_manual m;

	(void)state;
	clock_manual_init(&m, 0);
	clock_manual_add(&m, -1);
	assert_int_equal(clock_now_s(&m.clock), -1);
}

static void real_never_goes_back(void **state)
{
	const struct clock *c = clock_real();
	int64_t before = clock_mono_ms(c);

	(void)state;
	for (int i = 0; i < 1000; i++) {
		int64_t now = clock_mono_ms(c);
		assert_true(now >= before);
		before = now;
	}
	assert_true(clock_now_s(c) > 1577836800); /* after 2020 */
	assert_true(clock_now_ms(c) / 1000 >= clock_now_s(c) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(manual_stands_still),
	    cmocka_unit_test(wall_clock_may_jump_back),
	    cmocka_unit_test(seconds_round_down),
	    cmocka_unit_test(real_never_goes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
