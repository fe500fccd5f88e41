/*
 * contacted_test: when keys were last heard of: any number of contacts costs no commit, keeping them one for all; what
 * was kept is there after a restart and never goes back; a group of entries has the one commit it had before.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "server-stub/contacted.h"
#include "tests/support/sequencer.h"

enum { NOW = 1795100000, PCS = 50 };

struct fix {
	struct sequencer seq;
	struct contacted *s;
};

static int setup(void **state)
{
	struct fix *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	sequencer_open(&f->seq, "contacted_test", NOW);
	assert_int_equal(contacted_new(&f->s, NULL), RC_OK);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fix *f = *state;

	contacted_free(f->s);
	sequencer_close(&f->seq);
	free(f);
	return 0;
}

static const uint8_t *key_of(int i)
{
	static uint8_t key[CONTACTED_KEY];

	memset(key, 0, sizeof(key));
	key[0] = (uint8_t)(i * 37); /* not in their order */
	key[1] = (uint8_t)i;
	return key;
}

static int64_t at(struct fix *f, int i)
{
	struct archive_reader *r = NULL;
	int64_t ret = -1;

	assert_int_equal(archive_read(f->seq.col.archive, &r, NULL), RC_OK);
	assert_int_equal(contacted_at(f->s, r, key_of(i), &ret, NULL), RC_OK);
	archive_read_end(f->seq.col.archive, r);
	return ret;
}

/* As after a restart: nothing in memory. */
static void forget(struct fix *f)
{
	contacted_free(f->s);
	f->s = NULL;
	assert_int_equal(contacted_new(&f->s, NULL), RC_OK);
}

static void test_one_commit(void **state)
{
	struct fix *f = *state;
	int64_t before = archive_commits(f->seq.col.archive);

	for (int again = 0; again < 10; again++)
		for (int i = 0; i < PCS; i++)
			contacted_note(f->s, key_of(i), NOW + again);
	assert_int_equal(archive_commits(f->seq.col.archive), before);
	assert_int_equal(contacted_keep(f->s, f->seq.col.ingest, NULL), RC_OK);
	assert_int_equal(archive_commits(f->seq.col.archive), before + 1);
	assert_int_equal(contacted_keep(f->s, f->seq.col.ingest, NULL), RC_OK);
	assert_int_equal(archive_commits(f->seq.col.archive), before + 1);
}

static void test_group(void **state)
{
	struct fix *f = *state;
	int64_t before = archive_commits(f->seq.col.archive);
	struct session_line line = {.e = actor_open(&f->seq.root, "*")};
	struct session_verdict v;

	contacted_note(f->s, key_of(1), NOW);
	assert_int_equal(ingest_submit(f->seq.col.ingest, &line, 1, &v, NULL), RC_OK);
	assert_int_equal(v.kind, SESSION_ACCEPTED);
	assert_int_equal(archive_commits(f->seq.col.archive), before + 1);
	entry_free((struct entry *)(uintptr_t)line.e);
}

static void test_kept(void **state)
{
	struct fix *f = *state;

	assert_int_equal(at(f, 1), 0);
	contacted_note(f->s, key_of(1), NOW);
	contacted_note(f->s, key_of(2), NOW + 5);
	assert_int_equal(at(f, 1), NOW);
	contacted_note(f->s, key_of(1), NOW - 9);
	assert_int_equal(at(f, 1), NOW);
	assert_int_equal(contacted_keep(f->s, f->seq.col.ingest, NULL), RC_OK);
	forget(f);
	contacted_note(f->s, key_of(1), NOW - 60); /* before anything was read, by a clock that went back */
	assert_int_equal(at(f, 1), NOW);
	assert_int_equal(at(f, 2), NOW + 5);
	assert_int_equal(at(f, 3), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_one_commit, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_group, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_kept, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
