/*
 * listing_test: a page of a list costs no more in an archive ten times as large, whatever is asked: rows looked
 * at are counted, and steps of SQLite; words, marks and places find what they name and nothing else; a word that
 * goes is gone. Rows are written as the sequencer does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/num.h"
#include "lib/os.h"
#include "server-stub/archive_part.h"

enum { FEW = 2000, MANY = 20000, PAGE = 50, STEPS_MAX = 200000 };

struct fix {
	char *home;
	struct archive *a;
	struct archive_writer *w;
};

static void ok(enum rc rc, const struct err *e)
{
	if (rc != RC_OK)
		fail_msg("%s %s", err_name(rc), e->key);
}

/* The i-th: 100 communes of 10 provinces, 3 kinds, few that wait (else approved by the centre), one in 500 copied. */
static void put(struct fix *f, int64_t i)
{
	static const char *const kind[] = {"weekly_statement", "facility_check", "equipment_check"};
	struct archive_submission s = {.index = i * 3, .no = i + 1, .state = i % 40 ? 1 : 0, .rank = i % 40 ? 3 : 0,
				       .marks = i % 500 ? 0 : ARCHIVE_FORK, .received_at = 1000 + i,
				       .subject = 1 + i % 7};
	struct err e = {0};
	uint8_t id[16] = {0};
	struct buf state, words;
	int64_t no;

	buf_init(&state, 64);
	buf_init(&words, 256);
	buf_addf(&words, " %05d xa %s so%d ", (int)(i % 100 + 1), i % 40 ? "xong" : "cho", (int)i);
	memcpy(s.scope, "00000", 6);
	s.scope[3] = (char)('0' + (i % 100) / 10);
	s.scope[4] = (char)('0' + i % 10);
	s.province[0] = (char)('0' + i % 10);
	memcpy(s.kind, kind[i % 3], strlen(kind[i % 3]) + 1);
	s.words = (const char *)words.p;
	memcpy(id, &i, sizeof(i));
	ok(f->w->entity(f->w->ctx, s.scope, s.kind, id, &no, &state, &e), &e);
	ok(f->w->submission_put(f->w->ctx, &s, &e), &e);
	buf_free(&state);
	buf_free(&words);
}

static void fill(struct fix *f, int64_t from, int64_t to)
{
	struct err e = {0};

	ok(f->w->begin(f->w->ctx, &e), &e);
	for (int64_t i = from; i < to; i++)
		put(f, i);
	ok(f->w->commit(f->w->ctx, &e), &e);
}

static int setup(void **state)
{
	struct fix *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_int_equal(crypt_init(NULL), RC_OK);
	assert_int_equal(os_dir_temp(&f->home, "listing_test", NULL), RC_OK);
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

struct seen {
	int64_t index[PAGE];
	size_t n;
};

static bool take(void *arg, const struct archive_submission *s)
{
	struct seen *x = arg;

	assert_true(x->n < PAGE);
	if (x->n > 0)
		assert_true(s->index < x->index[x->n - 1]);
	x->index[x->n++] = s->index;
	return true;
}

static struct archive_wanted any(void)
{
	return (struct archive_wanted){
	    .state = -1, .rank = -1, .before = INT64_MAX, .from = -1, .until = -1, .limit = PAGE};
}

static struct archive_got ask(struct fix *f, const struct archive_wanted *w, struct seen *ret,
			      int64_t *retsteps)
{
	struct archive_reader *r = f->w->own;
	struct db_stats before, after;
	struct archive_got got;
	struct err e = {0};

	*ret = (struct seen){.n = 0};
	before = db_stats(f->a->db);
	ok(r->submissions(r->ctx, w, take, ret, &got, &e), &e);
	after = db_stats(f->a->db);
	assert_true(got.visited <= ARCHIVE_VISITS);
	*retsteps = after.steps - before.steps;
	return got;
}

/* Every filter by itself and many of them together. */
static const struct archive_wanted asked[] = {
    {.state = -1},
    {.state = 0},
    {.state = 1, .kind = "facility_check"},
    {.state = -1, .province = "3"},
    {.state = 0, .province = "0"},
    {.state = -1, .scope = "00042"},
    {.state = 1, .scope = "00042", .kind = "weekly_statement"},
    {.state = -1, .marks = ARCHIVE_FORK},
    {.state = 0, .marks = ARCHIVE_FORK, .kind = "equipment_check"},
    {.state = -1, .words = "cho xa"},
    {.state = -1, .words = "00007"},
    {.state = -1, .words = "so17"},
    {.state = 1, .words = "cho"}, /* both are common, and never meet */
    {.state = -1, .sound = true, .province = "4", .kind = "weekly_statement"},
    {.state = -1, .subject = 5, .kind = "facility_check"},
    {.state = -1, .words = "khong co"},
};

static void test_bounded(void **state)
{
	struct fix *f = *state;
	int64_t steps = 0;
	struct seen x;

	fill(f, 0, FEW);
	for (int64_t size = FEW; size <= MANY; size += MANY - FEW) {
		for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
			struct archive_wanted w = any();

			w.state = asked[i].state;
			w.kind = asked[i].kind;
			w.province = asked[i].province;
			w.scope = asked[i].scope;
			w.marks = asked[i].marks;
			w.sound = asked[i].sound;
			w.subject = asked[i].subject;
			w.words = asked[i].words;
			ask(f, &w, &x, &steps);
			assert_in_range(steps, 0, STEPS_MAX);
		}
		if (size == FEW)
			fill(f, FEW, MANY);
	}
}

/* What pages give together is what a look at every row gives, also where they end before they are full. */
static void test_complete(void **state)
{
	struct fix *f = *state;
	int64_t steps, n = 0, pages = 0, last = INT64_MAX;
	struct archive_wanted w = any();
	struct archive_got got = {.next = 0};
	struct seen x;

	fill(f, 0, MANY);
	w.state = 1;
	w.province = "7";
	w.kind = "facility_check";
	for (; got.next >= 0; w.before = got.next) {
		got = ask(f, &w, &x, &steps);
		for (size_t i = 0; i < x.n; i++) {
			assert_true(x.index[i] < last);
			last = x.index[i];
		}
		n += (int64_t)x.n;
		pages++;
	}
	for (int64_t i = 0; i < MANY; i++)
		n -= i % 40 && i % 10 == 7 && i % 3 == 1;
	assert_int_equal(n, 0);
	w = any();
	w.state = 1;
	w.words = "cho";
	for (pages = 0, got.next = 0; got.next >= 0; w.before = got.next, pages++) {
		got = ask(f, &w, &x, &steps);
		assert_int_equal(x.n, 0);
	}
	assert_int_equal(pages, 1); /* 500 of "cho": rarer than the rest */
}

/* What waits for somebody's word is found without looking at what does not; a page costs what it shows. */
static void test_waiting(void **state)
{
	struct fix *f = *state;
	struct archive_wanted w = any();
	struct archive_got got;
	struct seen x;
	int64_t steps;

	fill(f, 0, MANY);
	w.states = 3;
	for (w.rank_below = 1; w.rank_below <= 3; w.rank_below++) {
		got = ask(f, &w, &x, &steps);
		assert_true(got.whole);
		assert_int_equal(got.matching, MANY / 40);
		assert_int_equal(got.visited, got.matching);
	}
	w.rank_below = 3;
	w.province = "7"; /* of whom nothing waits: one in ten of the others, yet not looked at */
	got = ask(f, &w, &x, &steps);
	assert_int_equal(got.matching, 0);
	assert_int_equal(got.visited, MANY / 40);
}

static void test_times(void **state)
{
	struct fix *f = *state;
	struct archive_wanted w = any();
	struct archive_got got;
	struct seen x;
	int64_t steps;

	fill(f, 0, FEW);
	w.from = 1000 + 10;
	w.until = 1000 + 19;
	got = ask(f, &w, &x, &steps);
	assert_int_equal(got.matching, 10);
	assert_int_equal(got.visited, 10);
	assert_int_equal(x.index[0], 19 * 3);
	w.until = w.from = 5;
	assert_int_equal(ask(f, &w, &x, &steps).matching, 0);
}

static int64_t words_of(struct fix *f, const char *word)
{
	struct archive_wanted w = any();
	struct seen x;
	int64_t steps;

	w.words = word;
	return ask(f, &w, &x, &steps).matching;
}

static void test_words(void **state)
{
	struct fix *f = *state;
	struct archive_submission s = {.index = 3, .no = 2, .kind = "facility_check", .scope = "00001",
				       .province = "1", .state = 1, .received_at = 1001,
				       .words = " nha van hoa "};
	struct err e = {0};

	fill(f, 0, 3);
	assert_int_equal(words_of(f, "so1"), 1);
	assert_int_equal(words_of(f, "so"), 0);
	ok(f->w->begin(f->w->ctx, &e), &e);
	ok(f->w->submission_put(f->w->ctx, &s, &e), &e);
	ok(f->w->commit(f->w->ctx, &e), &e);
	assert_int_equal(words_of(f, "so1"), 0);
	assert_int_equal(words_of(f, "hoa nha"), 1);
	assert_int_equal(words_of(f, "hoa nha xa"), 0);
	assert_int_equal(words_of(f, "xa"), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_bounded, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_complete, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_waiting, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_times, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_words, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
