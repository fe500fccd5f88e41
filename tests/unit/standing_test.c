/*
 * What a board looks through: narrow rows of statements and reviews, and the newest entry of each
 * feed. Counts steps of the statements' programs, never times: a herd of other records adds none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/os.h"
#include "server-stub/archive_part.h"
#include "server-stub/standing.h"
#include "tests/support/actor.h"

enum { COMMUNES = 30, WEEKS = 5, HERD = 3000 };

struct fix {
	char *home;
	struct archive *a;
	struct archive_writer *w;
	int64_t n; /* entities so far */
};

static int setup(void **state)
{
	struct fix *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_int_equal(crypt_init(NULL), RC_OK);
	assert_int_equal(os_dir_temp(&f->home, "standing_test", NULL), RC_OK);
	assert_int_equal(archive_sqlite_open(&f->a, f->home, true, NULL), RC_OK);
	f->w = archive_writer(f->a);
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

static void scope_of(int i, char ret[ENTRY_SCOPE_LEN])
{
	snprintf(ret, ENTRY_SCOPE_LEN, "%05d", i + 1);
}

/* An entity whose state is not small; *retid: its id. */
static int64_t put(struct fix *f, const char *scope, const char *kind, uint8_t retid[16])
{
	static const uint8_t bytes[400] = {1};
	struct archive_entity e = {.first_index = f->n, .last_index = f->n, .title = "Máy in",
				   .state = {bytes, sizeof(bytes)}};
	struct buf state;

	buf_init(&state, sizeof(bytes));
	memset(retid, 0, 16);
	memcpy(retid, &f->n, sizeof(f->n));
	f->n++;
	assert_int_equal(f->w->entity(f->w->ctx, scope, kind, retid, &e.no, &state, NULL), RC_OK);
	assert_int_equal(f->w->entity_put(f->w->ctx, &e, "may in", NULL), RC_OK);
	buf_free(&state);
	return e.no;
}

/* Every commune a statement a week, every other one reviewed twice. */
static void statements(struct fix *f)
{
	char scope[ENTRY_SCOPE_LEN], week[TEXT_WEEK_LEN];
	uint8_t id[16], other[16];

	assert_int_equal(f->w->begin(f->w->ctx, NULL), RC_OK);
	for (int i = 0; i < COMMUNES; i++)
		for (int k = 0; k < WEEKS; k++) {
			int64_t no;

			scope_of(i, scope);
			snprintf(week, sizeof(week), "2026-W%02d", 40 + k);
			no = put(f, scope, "weekly_statement", id);
			assert_int_equal(f->w->statement_put(f->w->ctx, no, week, STANDING_ADEQUATE, NULL),
					 RC_OK);
			for (int v = 0; v < 2 && i % 2 == 0; v++) {
				no = put(f, scope, "review", other);
				assert_int_equal(f->w->review_put(f->w->ctx, no, id,
								  v ? STANDING_APPROVED
								    : STANDING_RETURNED,
								  NULL, NULL),
						 RC_OK);
			}
		}
	assert_int_equal(f->w->commit(f->w->ctx, NULL), RC_OK);
}

static void herd(struct fix *f)
{
	char scope[ENTRY_SCOPE_LEN];
	uint8_t id[16];

	assert_int_equal(f->w->begin(f->w->ctx, NULL), RC_OK);
	for (int i = 0; i < HERD; i++) {
		scope_of(i % COMMUNES, scope);
		put(f, scope, "asset", id);
	}
	assert_int_equal(f->w->commit(f->w->ctx, NULL), RC_OK);
}

struct seen {
	int64_t n, approved;
	char last[TEXT_WEEK_LEN];
};

static bool take(void *arg, const struct archive_standing *x)
{
	struct seen *s = arg;

	s->n++;
	s->approved += x->reviewed && x->verdict == STANDING_APPROVED;
	memcpy(s->last, x->week, sizeof(s->last));
	return true;
}

/* Steps it took to read these weeks of all communes. */
static int64_t look(struct fix *f, const char *scope, const char *from, const char *to,
		    struct seen *s)
{
	struct archive_reader *r = NULL;
	struct db_stats before, after;

	*s = (struct seen){.n = 0};
	assert_int_equal(archive_read(f->a, &r, NULL), RC_OK);
	before = db_stats(((struct archive_view *)r->ctx)->db);
	assert_int_equal(r->statements(r->ctx, scope, from, to, take, s, NULL), RC_OK);
	after = db_stats(((struct archive_view *)r->ctx)->db);
	archive_read_end(f->a, r);
	return after.steps - before.steps;
}

static void other_records_are_not_looked_at(void **state)
{
	struct fix *f = *state;
	struct seen s;
	int64_t alone, one;

	statements(f);
	alone = look(f, NULL, "2026-W43", "2026-W44", &s);
	assert_int_equal(s.n, COMMUNES * 2 + COMMUNES); /* half of them with two reviews: a row each */
	assert_int_equal(s.approved, COMMUNES);
	one = look(f, "00002", "0000-W01", "9999-W53", &s);
	assert_int_equal(s.n, WEEKS);
	assert_string_equal(s.last, "2026-W40"); /* the newest comes first */
	herd(f);
	assert_int_equal(look(f, NULL, "2026-W43", "2026-W44", &s), alone);
	assert_int_equal(look(f, "00002", "0000-W01", "9999-W53", &s), one);
}

/* A statement whose entries are all held back says nothing any more. */
static void taken_back(void **state)
{
	struct fix *f = *state;
	struct seen s;
	uint8_t id[16];
	int64_t no;

	assert_int_equal(f->w->begin(f->w->ctx, NULL), RC_OK);
	no = put(f, "00001", "weekly_statement", id);
	assert_int_equal(f->w->statement_put(f->w->ctx, no, "2026-W40", STANDING_SHORT, NULL), RC_OK);
	assert_int_equal(f->w->statement_put(f->w->ctx, no, "2026-W41", STANDING_SHORT, NULL), RC_OK);
	assert_int_equal(f->w->commit(f->w->ctx, NULL), RC_OK);
	look(f, NULL, "2026-W40", "2026-W41", &s);
	assert_int_equal(s.n, 1);
	assert_string_equal(s.last, "2026-W41");
	assert_int_equal(f->w->begin(f->w->ctx, NULL), RC_OK);
	assert_int_equal(f->w->statement_put(f->w->ctx, no, NULL, 0, NULL), RC_OK);
	assert_int_equal(f->w->commit(f->w->ctx, NULL), RC_OK);
	look(f, NULL, "2026-W40", "2026-W41", &s);
	assert_int_equal(s.n, 0);
}

struct heard {
	int64_t n, last;
};

static bool hear(void *arg, const uint8_t key[CRYPT_PK_LEN], const char *scope, int64_t at)
{
	struct heard *h = arg;

	(void)key;
	(void)scope;
	h->n++;
	h->last = at;
	return true;
}

/* Of a feed its newest entry alone. */
static void a_feed_is_one_row(void **state)
{
	struct fix *f = *state;
	struct archive_reader *r = NULL;
	struct db_stats before, after;
	struct actor clerk;
	const uint8_t thing[16] = {0x01, 0x9a, 0x9c, 0x1e, 0x7c, 0x00, 0x7a, 0x11,
				   0x80, 0, 0, 0, 0, 0, 0, 1};
	struct heard h = {0};
	int64_t few = 0;

	actor_init(&clerk, 1);
	for (int64_t i = 0; i < 200; i++) {
		struct entry *e = i == 0 ? actor_open(&clerk, "00001")
					 : actor_set(&clerk, "00001", "asset", thing,
						     "{\"a\":1}", NULL, 0);

		assert_int_equal(f->w->begin(f->w->ctx, NULL), RC_OK);
		assert_int_equal(f->w->append(f->w->ctx, e, i, 0, KEYRING_ADMITTED, 0, 1000 + i, NULL),
				 RC_OK);
		assert_int_equal(f->w->commit(f->w->ctx, NULL), RC_OK);
		entry_free(e);
		if (i != 9 && i != 199)
			continue;
		h = (struct heard){0};
		assert_int_equal(archive_read(f->a, &r, NULL), RC_OK);
		before = db_stats(((struct archive_view *)r->ctx)->db);
		assert_int_equal(r->heard(r->ctx, hear, &h, NULL), RC_OK);
		after = db_stats(((struct archive_view *)r->ctx)->db);
		archive_read_end(f->a, r);
		assert_int_equal(h.n, 1);
		assert_int_equal(h.last, 1000 + i);
		if (few == 0)
			few = after.steps - before.steps;
		assert_int_equal(after.steps - before.steps, few);
	}
	actor_free(&clerk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(other_records_are_not_looked_at, setup, teardown),
	    cmocka_unit_test_setup_teardown(taken_back, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_feed_is_one_row, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
