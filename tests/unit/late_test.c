/*
 * late_test: what the one who ended something can have known of.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sync/late.h"

/* index, no, seen, pc */
static const struct {
	struct late_entry x, end;
	bool late;
	const char *what;
} cases[] = {
    {{4, 9, 0, 1}, {20, 5, 5, 0}, false, "in the log the end had seen"},
    {{5, 1, 0, 1}, {20, 5, 5, 0}, true, "logged after what it had seen, whatever came first here"},
    {{-1, 1, 0, 1}, {20, 5, 5, 0}, true, "of another PC, not logged"},
    {{18, 9, 0, 0}, {20, 5, 5, 0}, false, "of the same PC, logged before"},
    {{21, 4, 0, 0}, {20, 5, 5, 0}, true, "of the same PC, logged after"},
    {{-1, 4, 0, 0}, {-1, 5, 5, 0}, false, "of the same PC, written before, neither sent"},
    {{-1, 6, 0, 0}, {-1, 5, 5, 0}, true, "of the same PC, written after, neither sent"},
    {{7, 6, 0, 0}, {-1, 5, 5, 0}, false, "of the same PC, sent when the end was not"},
    {{-1, 4, 0, 0}, {20, 5, 5, 0}, true, "of the same PC, not sent when the end was"},
    {{18, 9, 0, -1}, {20, 5, 5, -1}, true, "of PCs nobody knows"},
};

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (late_is(&cases[i].x, &cases[i].end) != cases[i].late)
			fail_msg("%s", cases[i].what);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
