/*
 * places: of all together and of one account, taken and left.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "server-stub/places.h"

static void test_places(void **state)
{
	struct places *p = NULL;

	(void)state;
	assert_int_equal(places_new(&p, 5, 2, NULL), RC_OK);
	assert_true(places_take(p, "mot"));
	assert_true(places_take(p, "mot"));
	assert_false(places_take(p, "mot"));
	assert_true(places_take(p, "hai")); /* others may */
	assert_true(places_take(p, "hai"));
	assert_true(places_take(p, "ba"));
	assert_false(places_take(p, "bon")); /* all are taken */
	places_leave(p, "mot");
	assert_false(places_take(p, "hai"));
	assert_true(places_take(p, "mot"));
	assert_false(places_take(p, "mot"));
	places_leave(p, "nobody");
	assert_false(places_take(p, "bon"));
	places_leave(p, "ba");
	assert_true(places_take(p, "bon"));
	places_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_places)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
