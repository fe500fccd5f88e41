/*
 * sweep_test: what a kill left goes, everything else stays (lib/sweep.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "lib/os.h"
#include "lib/sweep.h"

static void put(const char *dir, const char *name)
{
	char *path = NULL;

	assert_int_equal(os_path_join(&path, dir, name, NULL), RC_OK);
	assert_int_equal(os_file_write(path, span_str("x"), OS_NEW, NULL), RC_OK);
	free(path);
}

/* Names in the folder, joined by a space each. */
static void assert_names(const char *dir, const char *want)
{
	struct os_names names = {.name = NULL};
	struct buf b;

	buf_init(&b, 4096);
	assert_int_equal(os_dir_list(dir, &names, NULL), RC_OK);
	for (size_t i = 0; i < names.n; i++)
		buf_addf(&b, "%s%s", i ? " " : "", names.name[i]);
	assert_true(span_eq_str(span_buf(&b), want));
	os_names_free(&names);
	buf_free(&b);
}

static void only_what_a_kill_left(void **state)
{
	const int64_t now = clock_now_s(clock_real());
	char *dir = NULL, *below = NULL;

	(void)state;
	assert_int_equal(os_init(NULL, NULL, NULL), RC_OK);
	assert_int_equal(os_dir_temp(&dir, "sweep_test", NULL), RC_OK);
	assert_int_equal(os_path_join(&below, dir, "keys", NULL), RC_OK);
	assert_int_equal(os_dir_make(below, NULL), RC_OK);
	put(dir, "a.key");
	put(dir, "a.key.new-Ab12cd");
	put(dir, ".new-Ab12cd"); /* of no name */
	put(dir, "a.new-short");
	put(dir, "a.old-Ab12cd");
	put(below, "log.key.new-zzzzzz");
	assert_int_equal(sweep_dir(dir, NULL, NULL), RC_OK);
	assert_names(dir, ".new-Ab12cd a.key a.new-short a.old-Ab12cd keys");
	assert_names(below, "log.key.new-zzzzzz");
	assert_int_equal(sweep_old(dir, "keys", now - 3600, NULL), RC_OK); /* somebody may be writing it */
	assert_names(below, "log.key.new-zzzzzz");
	assert_int_equal(sweep_old(dir, "keys", now + 3600, NULL), RC_OK);
	assert_names(below, "");
	put(below, "log.key.new-zzzzzz");
	assert_int_equal(sweep_dir(dir, "keys", NULL), RC_OK);
	assert_names(below, "");
	assert_int_equal(sweep_dir(dir, "none", NULL), RC_OK);
	assert_int_equal(os_dir_remove(dir, NULL), RC_OK);
	free(below);
	free(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_what_a_kill_left),
	};

	return cmocka_run_group_tests_name("sweep", tests, NULL, NULL);
}
