/*
 * Written off and edited at once (M16): several PCs write into one asset, each naming what
 * retire_after says from its own state, and see each other late and in parts. Who did not
 * know of whom is kept beside, so the answer is known: exactly the edits that stand and
 * that neither knew of what wrote off nor were known by it. SEED= repeats a run.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/limits.h"
#include "lib/os.h"
#include "sync/retire.h"
#include "tests/support/rng.h"

enum { CASES = 1500, WRITES = 14, PCS = 3, FIELDS = 3 };

static const char *const names[FIELDS] = {RETIRE_FIELD, "location", "condition"};

struct write {
	uint8_t id[ENTRY_ID_LEN];
	struct entry_field field[FIELDS];
	char raw[FIELDS][24];
	size_t nfield;
	uint8_t after[LIMIT_ENTRY_AFTER][ENTRY_ID_LEN];
	size_t nafter;
	bool saw[WRITES]; /* by its author, when it was written */
};

struct pc {
	bool has[WRITES];
	struct merge_state *s;
};

struct play {
	struct write w[WRITES];
	size_t n;
	struct pc pc[PCS + 1]; /* the last one has everything at the end */
	const struct form *form;
};

static struct merge_input input(const struct write *w)
{
	return (struct merge_input){.id = w->id,
				    .at = 1,
				    .field = w->field,
				    .nfield = w->nfield,
				    .after = (const uint8_t(*)[ENTRY_ID_LEN])w->after,
				    .nafter = w->nafter};
}

static void take(struct play *p, struct pc *pc, size_t i)
{
	const struct merge_input in = input(&p->w[i]);
	bool present[LIMIT_ENTRY_AFTER] = {false};

	if (pc->has[i])
		return;
	for (size_t k = 0; k < in.nafter; k++)
		for (size_t j = 0; j < p->n; j++)
			if (pc->has[j] && memcmp(p->w[j].id, in.after[k], ENTRY_ID_LEN) == 0)
				present[k] = true;
	assert_int_equal(merge_apply(pc->s, &in, present, NULL, NULL), RC_OK);
	pc->has[i] = true;
}

static void write_one(struct play *p, struct pc *pc, struct rng *r)
{
	struct write *w = &p->w[p->n];
	const char *field[FIELDS + 1] = {NULL};
	size_t first = p->n == 0 ? 0 : rng_below(r, FIELDS);
	size_t last = p->n == 0 ? FIELDS - 1 : first;
	struct buf after;

	*w = (struct write){.nfield = 0};
	rng_bytes(r, w->id, sizeof(w->id));
	for (size_t f = first; f <= last; f++) {
		if (f == 0)
			snprintf(w->raw[w->nfield], sizeof(w->raw[0]), "\"%s\"",
				 p->n > 0 && rng_one_in(r, 2) ? RETIRE_VALUE : "dang_theo_doi");
		else
			snprintf(w->raw[w->nfield], sizeof(w->raw[0]), "\"v%zu\"", rng_below(r, 4));
		w->field[w->nfield] = (struct entry_field){.name = span_str(names[f]),
							   .raw = span_str(w->raw[w->nfield])};
		field[w->nfield++] = names[f];
	}
	buf_init(&after, LIMIT_ENTRY_AFTER * ENTRY_ID_LEN);
	assert_int_equal(retire_after(pc->s, p->form, field, &after, NULL), RC_OK);
	w->nafter = after.len / ENTRY_ID_LEN;
	if (after.len > 0)
		memcpy(w->after, after.p, after.len);
	buf_free(&after);
	memcpy(w->saw, pc->has, sizeof(w->saw));
	p->n++;
	take(p, pc, p->n - 1);
}

static bool sets(const struct write *w, const char *field)
{
	for (size_t i = 0; i < w->nfield; i++)
		if (span_eq_str(w->field[i].name, field))
			return true;
	return false;
}

static bool live(const struct merge_state *s, const char *field, const struct write *w)
{
	size_t n;
	const struct merge_value *v = merge_siblings(s, field, &n);

	for (size_t i = 0; i < n; i++)
		if (memcmp(v[i].id, w->id, ENTRY_ID_LEN) == 0)
			return true;
	return false;
}

/* Does x stand, and did neither it nor any that wrote off know of the other? */
static bool should(const struct play *p, const struct merge_state *s, size_t x)
{
	bool stands = live(s, names[1], &p->w[x]) || live(s, names[2], &p->w[x]);

	for (size_t i = 0; i < p->n; i++) {
		if (!sets(&p->w[i], RETIRE_FIELD) || !live(s, RETIRE_FIELD, &p->w[i]))
			continue;
		if (i == x || p->w[i].saw[x] || p->w[x].saw[i])
			return false;
	}
	return stands;
}

static void check(struct play *p, size_t *flagged)
{
	const struct merge_input *at[WRITES];
	struct merge_input in[WRITES];
	bool unaware[WRITES];
	const struct merge_state *s = p->pc[PCS].s;
	size_t want = 0;

	for (size_t i = 0; i < p->n; i++) {
		in[i] = input(&p->w[i]);
		at[i] = &in[i];
	}
	size_t count = retire_unaware(s, at, p->n, unaware);
	for (size_t i = 0; i < p->n; i++) {
		bool yes = retire_is(s) && should(p, s, i);
		assert_int_equal(unaware[i], yes);
		want += yes;
	}
	assert_int_equal(count, want);
	*flagged += count > 0;
}

static struct form *asset_form(void)
{
	struct form *f = NULL;
	struct buf text;

	buf_init(&text, LIMIT_MIB);
	assert_int_equal(os_file_read("sync/forms/asset.json", &text, NULL), RC_OK);
	assert_int_equal(form_parse(span_buf(&text), &f, NULL), RC_OK);
	buf_free(&text);
	return f;
}

/* clause: M16 */
static void exactly_the_edits_that_did_not_know_are_found(void **state)
{
	uint64_t seed = rng_seed(20);
	struct form *form = asset_form();
	size_t flagged = 0;

	(void)state;
	for (size_t c = 0; c < CASES; c++) {
		struct rng r = rng_case(seed, c);
		static struct play p;
		size_t order[WRITES];

		memset(&p, 0, sizeof(p));
		p.form = form;
		for (size_t i = 0; i <= PCS; i++)
			assert_int_equal(merge_new(&p.pc[i].s, NULL), RC_OK);
		while (p.n < WRITES) {
			struct pc *pc = &p.pc[p.n == 0 ? 0 : rng_below(&r, PCS)];
			bool knows = p.n == 0;
			/* what a PC hears comes in the order in which it was written */
			for (size_t i = 0, upto = rng_below(&r, p.n + 1); i < upto; i++)
				take(&p, pc, i);
			for (size_t i = 0; i < p.n; i++)
				knows = knows || pc->has[i];
			if (knows)
				write_one(&p, pc, &r);
		}
		for (size_t i = 0; i < p.n; i++)
			order[i] = i;
		rng_shuffle(&r, order, p.n);
		for (size_t i = 0; i < p.n; i++)
			take(&p, &p.pc[PCS], order[i]);
		check(&p, &flagged);
		for (size_t i = 0; i <= PCS; i++)
			merge_free(p.pc[i].s);
	}
	form_free(form);
	assert_true(flagged > CASES / 20);
}

/* clause: M16 */
static void the_next_word_about_the_books_is_the_answer(void **state)
{
	struct form *form = asset_form();
	static struct play p;
	struct rng r = rng_case(1, 1);
	const struct merge_input *at[WRITES];
	struct merge_input in[WRITES];

	(void)state;
	memset(&p, 0, sizeof(p));
	p.form = form;
	for (size_t i = 0; i <= PCS; i++)
		assert_int_equal(merge_new(&p.pc[i].s, NULL), RC_OK);
	static const char *const said[][2] = {{RETIRE_FIELD, "\"dang_theo_doi\""},
					      {RETIRE_FIELD, "\"" RETIRE_VALUE "\""},
					      {"location", "\"Kho\""},
					      {RETIRE_FIELD, "\"" RETIRE_VALUE "\""}};
	for (size_t i = 0; i < 4; i++) {
		struct write *w = &p.w[p.n];
		struct pc *pc = &p.pc[i == 2 ? 1 : 0];
		const char *field[] = {said[i][0], NULL};
		struct buf after;

		take(&p, &p.pc[1], 0 < p.n ? 0 : p.n); /* PC 1 knows the first only */
		if (i == 3)
			take(&p, pc, 2); /* the answer has seen the edit */
		*w = (struct write){.nfield = 1};
		rng_bytes(&r, w->id, sizeof(w->id));
		snprintf(w->raw[0], sizeof(w->raw[0]), "%s", said[i][1]);
		w->field[0] = (struct entry_field){.name = span_str(said[i][0]),
						   .raw = span_str(w->raw[0])};
		buf_init(&after, LIMIT_ENTRY_AFTER * ENTRY_ID_LEN);
		assert_int_equal(retire_after(pc->s, form, field, &after, NULL), RC_OK);
		w->nafter = after.len / ENTRY_ID_LEN;
		if (after.len > 0)
			memcpy(w->after, after.p, after.len);
		buf_free(&after);
		p.n++;
		take(&p, pc, p.n - 1);
		take(&p, &p.pc[PCS], p.n - 1);
		for (size_t k = 0; k < p.n; k++) {
			in[k] = input(&p.w[k]);
			at[k] = &in[k];
		}
		assert_int_equal(retire_unaware(p.pc[PCS].s, at, p.n, NULL), i == 2);
	}
	for (size_t i = 0; i <= PCS; i++)
		merge_free(p.pc[i].s);
	form_free(form);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(exactly_the_edits_that_did_not_know_are_found),
	    cmocka_unit_test(the_next_word_about_the_books_is_the_answer),
	};

	return cmocka_run_group_tests_name("retire", tests, NULL, NULL);
}
