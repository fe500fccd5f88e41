/*
 * log_test: one line per event whatever the values hold, the ceiling over both
 * files, two writers of one file, and that a failing disk stops nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log.h"
#include "lib/os.h"

struct fix {
	char *dir, *path, *old;
	struct clock_manual clock;
	struct buf text;
};

static int setup(void **state)
{
	struct fix *f = calloc(1, sizeof *f);

	assert_non_null(f);
	assert_int_equal(os_dir_temp(&f->dir, "log_test", NULL), RC_OK);
	assert_int_equal(os_path_join(&f->path, f->dir, "kiemke.log", NULL), RC_OK);
	assert_int_equal(os_path_join(&f->old, f->dir, "kiemke.log.1", NULL), RC_OK);
	clock_manual_init(&f->clock, 1795428000); /* 2026-11-23T10:00:00Z */
	buf_init(&f->text, 1 << 20);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fix *f = *state;

	assert_int_equal(os_dir_remove(f->dir, NULL), RC_OK);
	buf_free(&f->text);
	free(f->dir);
	free(f->path);
	free(f->old);
	free(f);
	return 0;
}

static struct log *open_log(struct fix *f, enum log_level level, int64_t max)
{
	struct log *log = NULL;
	struct log_conf conf = {f->path, level, max, &f->clock.clock};

	assert_int_equal(log_open(&log, &conf, NULL), RC_OK);
	return log;
}

static const char *content(struct fix *f, const char *path)
{
	buf_reset(&f->text);
	assert_int_equal(os_file_read(path, &f->text, NULL), RC_OK);
	return f->text.p ? (const char *)f->text.p : "";
}

static size_t count_lines(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += *s == '\n';
	return n;
}

static void one_line_per_event(void **state)
{
	struct fix *f = *state;
	struct log *log = open_log(f, LOG_INFO, 0);

	log_event(log, LOG_INFO, "sync.done",
		  LOG_KV(log_int("records", -12), log_str("scope", "00004"),
			 log_str("why", "no answer"), log_str("none", NULL)));
	log_event(log, LOG_DEBUG, "not.shown", LOG_NOTHING);
	log_event(log, LOG_WARN, "odd",
		  LOG_KV(log_str("v", "a\nlevel=error \"x\" \\ Trạm\x7f"),
			 log_str("bad", "\xff\xfe")));
	log_free(log);
	assert_string_equal(content(f, f->path),
			    "2026-11-23T10:00:00Z info sync.done records=-12 scope=00004 "
			    "why=\"no answer\" none=\"\"\n"
			    "2026-11-23T10:00:00Z warn odd v=\"a\\x0alevel=error \\\"x\\\" \\\\ "
			    "Trạm\\x7f\" bad=\"\\xff\\xfe\"\n");
}

static void errors_name_clause_and_arguments(void **state)
{
	struct fix *f = *state;
	struct log *log = open_log(f, LOG_ERROR, 0);
	struct err e;

	err_set(&e, RC_REFUSED, "E5", "entry.duplicate_member", "name", "seq", NULL);
	log_err(log, LOG_ERROR, "ingest.refused", &e);
	log_free(log);
	assert_string_equal(content(f, f->path),
			    "2026-11-23T10:00:00Z error ingest.refused rc=refused "
			    "key=entry.duplicate_member clause=E5 name=seq\n");
}

static void long_line_is_cut_at_a_value(void **state)
{
	struct fix *f = *state;
	struct log *log = open_log(f, LOG_INFO, 0);
	char *big = malloc(5001);

	memset(big, 'x', 5000);
	big[5000] = '\0';
	log_event(log, LOG_INFO, "big",
		  LOG_KV(log_int("a", 1), log_str("b", big), log_int("c", 2)));
	log_free(log);
	free(big);
	assert_string_equal(content(f, f->path), "2026-11-23T10:00:00Z info big a=1 ...\n");
}

static void never_past_two_ceilings(void **state)
{
	struct fix *f = *state;
	struct log *log = open_log(f, LOG_INFO, 1000);
	int64_t a, b;

	for (int i = 0; i < 500; i++) {
		log_event(log, LOG_INFO, "tick", LOG_KV(log_int("i", i)));
		assert_int_equal(os_file_size(f->path, &a, NULL), RC_OK);
		assert_true(a <= 1000);
	}
	log_free(log);
	assert_int_equal(os_file_size(f->old, &b, NULL), RC_OK);
	assert_true(b > 900 && b <= 1000);
	assert_non_null(strstr(content(f, f->path), "i=499\n"));
}

/* Two processes' logs on one file: nothing overwritten, and the second notices the turn. */
static void two_writers_share_a_file(void **state)
{
	struct fix *f = *state;
	struct log *one = open_log(f, LOG_INFO, 2000), *two = open_log(f, LOG_INFO, 2000);
	size_t lines;

	for (int i = 0; i < 70; i++)
		log_event(i % 2 ? one : two, LOG_INFO, "tick", LOG_KV(log_int("i", 100 + i)));
	assert_int_equal(log_lost(one) + log_lost(two), 0);
	log_free(one);
	log_free(two);
	lines = count_lines(content(f, f->path));
	lines += count_lines(content(f, f->old));
	assert_int_equal(lines, 70);
}

static void lost_lines_are_counted(void **state)
{
	struct fix *f = *state;
	struct log *log = NULL;
	struct log_conf conf = {"/dev/full", LOG_INFO, 0, &f->clock.clock};

	assert_int_equal(log_open(&log, &conf, NULL), RC_OK);
	log_event(log, LOG_INFO, "tick", LOG_NOTHING);
	assert_int_equal(log_lost(log), 1);
	log_free(log);
	log_event(NULL, LOG_INFO, "tick", LOG_NOTHING);
	conf.path = "/nonexistent/kiemke.log";
	struct err e;
	assert_int_equal(log_open(&log, &conf, &e), RC_NOTFOUND);
	assert_string_equal(e.key, "os.not_found");
}

static void levels_are_parsed(void **state)
{
	enum log_level l = LOG_ERROR;

	(void)state;
	assert_int_equal(log_level_parse("debug", &l, NULL), RC_OK);
	assert_int_equal(l, LOG_DEBUG);
	assert_int_equal(log_level_parse("loud", &l, NULL), RC_USAGE);
	assert_int_equal(l, LOG_DEBUG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(one_line_per_event, setup, teardown),
	    cmocka_unit_test_setup_teardown(errors_name_clause_and_arguments, setup, teardown),
	    cmocka_unit_test_setup_teardown(long_line_is_cut_at_a_value, setup, teardown),
	    cmocka_unit_test_setup_teardown(never_past_two_ceilings, setup, teardown),
	    cmocka_unit_test_setup_teardown(two_writers_share_a_file, setup, teardown),
	    cmocka_unit_test_setup_teardown(lost_lines_are_counted, setup, teardown),
	    cmocka_unit_test(levels_are_parsed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
