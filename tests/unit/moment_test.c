/*
 * moment_test: when an entry was made and what does not fit: outside its interval, an
 * impossible date, a step back within a feed, less known than before. What nobody knows is
 * never held against an entry.
 * clause: A9 E11 E12
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sync/keyring.h"
#include "sync/moment.h"

#define NOW   INT64_C(1795054267) /* 2026-11-19 */
#define Y2019 INT64_C(1546300800)
#define Y2038 INT64_C(2145916800)

static const struct {
	const char *what;
	struct moment m;
	unsigned flags;
} row[] = {
    {"nothing known, an honest clock", {.at = NOW, .lower = -1, .upper = -1}, 0},
    {"within", {.at = NOW, .lower = NOW - 5000, .upper = NOW + 5000, .seen = true}, 0},
    {"300 s early is allowed", {.at = NOW - 300, .lower = NOW, .upper = NOW, .seen = true}, 0},
    {"301 s early is not",
     {.at = NOW - 301, .lower = NOW, .upper = NOW, .seen = true},
     KEYRING_FLAG_CLOCK},
    {"300 s late is allowed", {.at = NOW + 300, .lower = -1, .upper = NOW}, 0},
    {"301 s late is not", {.at = NOW + 301, .lower = -1, .upper = NOW}, KEYRING_FLAG_CLOCK},
    {"2038, not logged yet: possible so far",
     {.at = Y2038, .lower = NOW, .upper = -1, .seen = true},
     0},
    {"2038, logged now",
     {.at = Y2038, .lower = NOW, .upper = NOW, .seen = true},
     KEYRING_FLAG_CLOCK},
    {"2019, nothing known", {.at = Y2019, .lower = -1, .upper = -1}, KEYRING_FLAG_DATE},
    {"2019, after a checkpoint",
     {.at = Y2019, .lower = NOW, .upper = -1, .seen = true},
     KEYRING_FLAG_CLOCK | KEYRING_FLAG_DATE},
    {"the last second of 2025",
     {.at = MOMENT_FIRST - 1, .lower = -1, .upper = -1},
     KEYRING_FLAG_DATE},
    {"the first of 2026", {.at = MOMENT_FIRST, .lower = -1, .upper = -1}, 0},
    {"the first of 2100", {.at = MOMENT_LAST, .lower = -1, .upper = -1}, KEYRING_FLAG_DATE},
    {"the largest that can be written",
     {.at = INT64_C(9007199254740991), .lower = NOW, .upper = NOW, .seen = true},
     KEYRING_FLAG_CLOCK | KEYRING_FLAG_DATE},
    {"a checkpoint nobody issued",
     {.at = NOW, .lower = -1, .upper = NOW, .seen = true, .seen_unknown = true},
     KEYRING_FLAG_SEEN},
    {"the entry before is 300 s later",
     {.at = NOW,
      .lower = -1,
      .upper = -1,
      .has_before = true,
      .before_at = NOW + 300,
      .before_lower = -1},
     0},
    {"the entry before is 301 s later",
     {.at = NOW,
      .lower = -1,
      .upper = -1,
      .has_before = true,
      .before_at = NOW + 301,
      .before_lower = -1},
     KEYRING_FLAG_JUMP},
    {"it saw a checkpoint, the one before had seen none",
     {.at = NOW,
      .lower = NOW,
      .upper = -1,
      .seen = true,
      .has_before = true,
      .before_at = NOW,
      .before_lower = -1},
     0},
    {"it saw none, the one before had seen one",
     {.at = NOW,
      .lower = -1,
      .upper = -1,
      .has_before = true,
      .before_at = NOW,
      .before_seen = true,
      .before_lower = NOW},
     KEYRING_FLAG_OLDER},
    {"it saw an older one than the one before",
     {.at = NOW,
      .lower = NOW - 10,
      .upper = -1,
      .seen = true,
      .has_before = true,
      .before_at = NOW,
      .before_seen = true,
      .before_lower = NOW},
     KEYRING_FLAG_OLDER},
    {"nobody knows how old its checkpoint is",
     {.at = NOW,
      .lower = -1,
      .upper = -1,
      .seen = true,
      .has_before = true,
      .before_at = NOW,
      .before_seen = true,
      .before_lower = NOW},
     0},
};

static void each_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		if (moment_flags(&row[i].m) != row[i].flags)
			print_error("%s: %u, not %u\n", row[i].what, moment_flags(&row[i].m),
				    row[i].flags);
		assert_int_equal(moment_flags(&row[i].m), row[i].flags);
	}
}

/* {PC's clock, clock_off, told} -> the likeliest time */
static const int64_t likely[][4] = {
    {NOW, 0, 0, NOW},
    {NOW, 200, NOW - 60, NOW},                  /* within the slack: its own clock */
    {Y2019, 0, 0, MOMENT_FIRST},                /* nothing known but that this program exists */
    {Y2019, 0, NOW, NOW},                       /* told once */
    {Y2019 + 900, NOW - Y2019, NOW, NOW + 900}, /* still off by as much */
    {Y2038 + 900, NOW - Y2038, NOW, NOW + 900}, /* the other way */
    {NOW + 900, NOW - Y2038, NOW, NOW + 900},   /* put right since */
    {NOW + 900, NOW - Y2019, NOW, NOW + 900},   /* put right since */
    {Y2019, Y2019 - Y2038, NOW, NOW},           /* wrong in another way than it was */
};

static void the_likeliest_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(likely) / sizeof(likely[0]); i++)
		assert_int_equal(moment_likely(likely[i][0], likely[i][1], likely[i][2]),
				 likely[i][3]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(each_row),
					   cmocka_unit_test(the_likeliest_time)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
