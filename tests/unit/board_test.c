/*
 * The state of a commune on the board: one for each, the first that holds in a fixed order.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <string.h>

#include <cmocka.h>

#include "server-stub/board.h"

enum { DAY = 86400, NOW = 100 * DAY };

static const struct {
	const char *state;
	enum standing said;
	bool enrolled;
	int64_t silent, left; /* seconds since it was heard of, and to the end */
} cases[] = {
    {"verified", STANDING_IS_VERIFIED, true, 0, DAY},
    {"verified", STANDING_IS_VERIFIED, true, 30 * DAY, -DAY},
    {"verified", STANDING_IS_VERIFIED, false, 0, DAY}, /* its clerk was revoked since */
    {"short", STANDING_IS_SHORT, true, 30 * DAY, -DAY},
    {"unverified", STANDING_IS_UNVERIFIED, true, 0, DAY},
    {"undecided", STANDING_IS_UNDECIDED, true, 30 * DAY, -DAY},
    {"returned", STANDING_IS_RETURNED, true, 30 * DAY, -DAY},
    {"never", STANDING_IS_NOTHING, false, NOW, -DAY},
    {"waiting", STANDING_IS_NOTHING, true, 0, 1},
    {"waiting", STANDING_IS_NOTHING, true, 7 * DAY - 1, 1},
    {"late", STANDING_IS_NOTHING, true, 7 * DAY - 1, 0},
    {"offline", STANDING_IS_NOTHING, true, 7 * DAY, 1},
    {"offline", STANDING_IS_NOTHING, true, NOW, -DAY}, /* enrolled, and never heard of */
};

static void each_commune_has_one_state(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char clerk[] = "An";
		const struct board_unit x = {.said = cases[i].said,
					     .heard = NOW - cases[i].silent,
					     .clerk = cases[i].enrolled ? clerk : NULL};

		assert_string_equal(board_state_name(board_state_of(&x, NOW, NOW + cases[i].left)),
				    cases[i].state);
	}
	for (int a = 0; a < BOARD_STATES; a++)
		for (int b = 0; b < a; b++)
			assert_string_not_equal(board_state_name((enum board_state)a),
						board_state_name((enum board_state)b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(each_commune_has_one_state)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
