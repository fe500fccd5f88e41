/*
 * The state of a commune on the board: one for each, the first that holds in a fixed order.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/limits.h"
#include "server-stub/board.h"
#include "server-stub/board_list.h"

enum { DAY = 86400, NOW = 100 * DAY };

static const struct {
	const char *state;
	enum standing said;
	bool enrolled;
	int64_t silent, left; /* seconds since it was in contact, and to the end */
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
					     .heard = NOW - cases[i].silent - 30 * DAY,
					     .seen = NOW - cases[i].silent,
					     .clerk = cases[i].enrolled ? clerk : NULL};

		assert_string_equal(board_state_name(board_state_of(&x, NOW, NOW + cases[i].left)),
				    cases[i].state);
	}
	for (int a = 0; a < BOARD_STATES; a++)
		for (int b = 0; b < a; b++)
			assert_string_not_equal(board_state_name((enum board_state)a),
						board_state_name((enum board_state)b));
}

/* What a spreadsheet would compute stays text. */
static void a_cell_computes_nothing(void **state)
{
	static const char *const start[] = {"=", "+", "-", "@", "\t=", "\r="};
	struct lang *lang = NULL;

	(void)state;
	assert_int_equal(lang_load("vi", &lang, NULL), RC_OK);
	for (size_t i = 0; i < sizeof(start) / sizeof(start[0]); i++) {
		static const char *const names[] = {"province", "code", "state_text", "heard_text", "seen_text", "contact", "phone"};
		struct json *all = json_array(), *u = json_object();
		char want[16];
		struct buf out;

		buf_init(&out, LIMIT_TEXT);
		snprintf(want, sizeof(want), "'%s", start[i]);
		for (size_t k = 0; k < sizeof(names) / sizeof(names[0]); k++)
			json_set_str(u, names[k], "1");
		json_set_str(u, "name", start[i]);
		json_append(all, u);
		assert_int_equal(board_list_csv(lang, all, &out, NULL), RC_OK);
		assert_non_null(strstr((const char *)out.p, want));
		buf_free(&out);
		json_free(all);
	}
	lang_free(lang);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(each_commune_has_one_state),
					   cmocka_unit_test(a_cell_computes_nothing)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
