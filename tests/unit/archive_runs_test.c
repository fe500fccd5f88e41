/*
 * archive_runs_test: looking entries up by id and by leaf hash at 100,000 entries: what a
 * look-up touches is counted and bounded at every moment of the tidying, nothing is ever
 * missed, a crash in the middle of it costs nothing, and no step holds more than its bound.
 * Rows are written straight, not signed: what is looked up is any 32 bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/codec.h"
#include "server-stub/archive_part.h"
#include "server-stub/archive_sql.h"
#include "tests/support/rng.h"

enum {
	ENTRIES = 100000,
	GROUP = 1000,
	/* of SQLite's machine: a scan of one row costs about 5, so this is far below ARCHIVE_RUN rows */
	LOOK_STEPS = 6000,
	TAIL_STEPS = LOOK_STEPS + 8 * ARCHIVE_RUN,
	LOOK_ROWS =
	    60 /* handed out: runs and a page of each; tiles while they are scanned come on top */
};

struct fix {
	char *home;
	struct archive *a;
	struct archive_writer *w;
	struct tree_frontier tree;
	int64_t left;
	bool more;
};

static void ok(enum rc rc, const struct err *e)
{
	if (rc != RC_OK)
		fail_msg("%s %s %s", err_name(rc), e->key,
			 err_arg(e, "detail") ? err_arg(e, "detail") : "");
}

static void reopen(struct fix *f)
{
	struct err e = {0};

	archive_free(f->a);
	ok(archive_sqlite_open(&f->a, f->home, f->tree.size == 0, &e), &e);
	f->w = archive_writer(f->a);
}

static int setup(void **state)
{
	struct fix *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_int_equal(crypt_init(NULL), RC_OK);
	assert_int_equal(os_dir_temp(&f->home, "archive_runs_test", NULL), RC_OK);
	reopen(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fix *f = *state;

	archive_free(f->a);
	assert_int_equal(os_dir_remove(f->home, NULL), RC_OK);
	free(f->home);
	free(f);
	return 0;
}

/* What entry number i is looked up by. */
static void hash_of(enum archive_hash what, int64_t i, uint8_t ret[32])
{
	uint8_t text[9] = {(uint8_t)what};

	codec_put_be32(text + 1, (uint32_t)(i >> 32));
	codec_put_be32(text + 5, (uint32_t)i);
	crypt_sha256(text, sizeof(text), ret);
}

static void add_entry(struct fix *f, int64_t i)
{
	const struct tree_sink sink = {f->w->ctx, f->w->tree_node};
	static const uint8_t none[CRYPT_SIG_LEN];
	uint8_t id[32], leaf[32];
	struct err e = {0};

	hash_of(ARCHIVE_ID, i, id);
	hash_of(ARCHIVE_LEAF, i, leaf);
	ok(db_run(f->a->db, ASQL_ENTRY_ADD,
		  DB_V(db_int(i), db_int(1), db_int(i), db_bytes(id, 32),
		       db_bytes(none, sizeof(none)), db_int(1), db_int(1), db_int(0), db_int(0),
		       db_int(0)),
		  &e),
	   &e);
	tree_append(&f->tree, leaf, &sink);
}

static void grow(struct fix *f, int64_t n)
{
	struct err e = {0};

	for (int64_t end = (int64_t)f->tree.size + n; (int64_t)f->tree.size < end;) {
		ok(f->w->begin(f->w->ctx, &e), &e);
		for (int i = 0; i < GROUP && (int64_t)f->tree.size < end; i++)
			add_entry(f, (int64_t)f->tree.size);
		ok(f->w->commit(f->w->ctx, &e), &e);
	}
}

static void tidy(struct fix *f)
{
	int64_t commits = archive_commits(f->a);
	struct err e = {0};

	ok(f->w->tidy(f->w->ctx, (int64_t)f->tree.size, &f->left, &f->more, &e), &e);
	assert_true(archive_commits(f->a) - commits <= 1);
}

static void tidy_all(struct fix *f)
{
	int n = 0;

	do
		tidy(f);
	while (f->more && ++n < 1000);
	assert_false(f->more);
	assert_true(f->left < ARCHIVE_RUN);
}

static int64_t find(struct fix *f, enum archive_hash what, const uint8_t hash[32],
		    int64_t max_steps)
{
	struct archive_reader *r = NULL;
	struct db_stats before, after;
	int64_t at = 0;
	struct err e = {0};
	struct db *db;

	ok(archive_read(f->a, &r, &e), &e);
	db = ((struct archive_view *)r->ctx)->db;
	before = db_stats(db);
	ok((what == ARCHIVE_ID ? r->entry_by_id : r->leaf_index)(r->ctx, hash, &at, &e), &e);
	after = db_stats(db);
	archive_read_end(f->a, r);
	if (after.steps - before.steps > max_steps)
		fail_msg("%lld steps", (long long)(after.steps - before.steps));
	if (max_steps < INT64_MAX)
		assert_true(after.rows - before.rows <=
			    LOOK_ROWS + (int64_t)f->tree.size / ARCHIVE_TILE);
	return at;
}

static void assert_found(struct fix *f, int64_t i, int64_t max_steps)
{
	uint8_t h[32];

	for (int what = ARCHIVE_ID; what <= ARCHIVE_LEAF; what++) {
		hash_of((enum archive_hash)what, i, h);
		assert_int_equal(find(f, (enum archive_hash)what, h, max_steps), i);
	}
}

/* Some that are there, some that are not. */
static void sample(struct fix *f, struct rng *rng, int64_t max_steps)
{
	uint8_t h[32];

	for (int i = 0; i < 4; i++)
		assert_found(f, (int64_t)rng_below(rng, (uint32_t)f->tree.size), max_steps);
	assert_found(f, 0, max_steps);
	assert_found(f, (int64_t)f->tree.size - 1, max_steps);
	hash_of(ARCHIVE_ID, (int64_t)f->tree.size, h);
	assert_int_equal(find(f, ARCHIVE_ID, h, max_steps), -1);
	assert_int_equal(find(f, ARCHIVE_LEAF, h, max_steps), -1);
}

static void test_bounded(void **state)
{
	struct fix *f = *state;
	struct rng rng = rng_case(rng_seed(20261128), 1);
	int64_t full;

	grow(f, 10000);
	full = (int64_t)f->tree.size;
	sample(f, &rng, 8 * full); /* nothing sorted yet: all of it is scanned */
	while ((int64_t)f->tree.size < ENTRIES) {
		grow(f, GROUP);
		do
			tidy(f);
		while (f->left >= ARCHIVE_RUN);
		sample(f, &rng, TAIL_STEPS); /* in the middle of whatever merges are going on */
	}
	tidy_all(f);
	sample(f, &rng, TAIL_STEPS);
	/* with a short tail, a look-up is some dozen pages */
	grow(f, ARCHIVE_RUN - f->left + 1);
	tidy_all(f);
	assert_int_equal(f->left, 1);
	for (int64_t i = 0; i < (int64_t)f->tree.size; i += 997)
		assert_found(f, i, LOOK_STEPS);
	sample(f, &rng, LOOK_STEPS);
}

/* A process that dies at any step finds everything after it, and goes on from there. */
static void test_crash(void **state)
{
	struct fix *f = *state;
	struct rng rng = rng_case(rng_seed(20261128), 2);
	struct err e = {0};
	int n = 0, failed = 0;
	enum rc rc;

	grow(f, 40000);
	do {
		tidy(f);
		if (n % 3 == 0)
			reopen(f);
		if (n % 4 == 1) { /* the disk is full in the middle of a step */
			ok(db_page_limit(f->a->db, 1, &e), &e);
			rc = f->w->tidy(f->w->ctx, (int64_t)f->tree.size, &f->left, &f->more, &e);
			failed += rc == RC_FULL;
			assert_true(rc == RC_OK || rc == RC_FULL);
			sample(f, &rng, TAIL_STEPS + 8 * f->left);
			reopen(f);
			f->more = true;
		}
		sample(f, &rng, TAIL_STEPS + 8 * f->left);
	} while (f->more && ++n < 1000);
	assert_false(f->more);
	assert_true(failed > 0);
	for (int64_t i = 0; i < (int64_t)f->tree.size; i += 331)
		assert_found(f, i, TAIL_STEPS);
}

/* Hashes that begin alike, more than a page of them: each is told from the others. */
static void test_alike(void **state)
{
	struct fix *f = *state;
	struct err e = {0};
	uint8_t id[32] = {1, 2, 3, 4, 5, 6, 7, 8};

	grow(f, 2 * ARCHIVE_RUN - 600);
	ok(f->w->begin(f->w->ctx, &e), &e);
	for (int i = 0; i < 600; i++) {
		const struct tree_sink sink = {f->w->ctx, f->w->tree_node};
		static const uint8_t none[CRYPT_SIG_LEN];

		codec_put_be32(id + 28, (uint32_t)i);
		ok(db_run(f->a->db, ASQL_ENTRY_ADD,
			  DB_V(db_int((int64_t)f->tree.size), db_int(1),
			       db_int((int64_t)f->tree.size), db_bytes(id, 32),
			       db_bytes(none, sizeof(none)), db_int(1), db_int(1), db_int(0),
			       db_int(0), db_int(0)),
			  &e),
		   &e);
		tree_append(&f->tree, id, &sink);
	}
	ok(f->w->commit(f->w->ctx, &e), &e);
	tidy_all(f);
	assert_int_equal(f->left, 0);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 600; i += 7) {
			codec_put_be32(id + 28, (uint32_t)i);
			assert_int_equal(find(f, ARCHIVE_ID, id, INT64_MAX),
					 2 * ARCHIVE_RUN - 600 + i);
			assert_int_equal(find(f, ARCHIVE_LEAF, id, INT64_MAX),
					 2 * ARCHIVE_RUN - 600 + i);
		}
		codec_put_be32(id + 28, 600);
		assert_int_equal(find(f, ARCHIVE_ID, id, INT64_MAX), -1);
		grow(f, 6 * ARCHIVE_RUN); /* and the same in a merged run */
		tidy_all(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_bounded, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_crash, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_alike, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
