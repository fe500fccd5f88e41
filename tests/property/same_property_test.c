/*
 * Records of one thing (M15) over random links. The reference for heads is a flood through the
 * links as they stand; for link and unlink it is what a person asked for. Links are also
 * written by several PCs and merged in different orders, through the very states a store
 * keeps. SEED= repeats a run.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/codec.h"
#include "sync/merge.h"
#include "sync/same.h"
#include "tests/support/rng.h"

enum { CASES = 3000, NODES = 9, WRITES = 24 };

struct world {
	size_t n;
	int to[NODES]; /* index of what node i shows; -1: nothing, NODES: an id nobody has */
};

static void id_of(size_t i, uint8_t id[16])
{
	memset(id, 0, 16);
	id[0] = 1;
	id[15] = (uint8_t)(i * 7 % 64 + 1); /* not in the order of numbers */
}

static struct world random_world(struct rng *r)
{
	struct world w = {.n = 1 + rng_below(r, NODES)};

	for (size_t i = 0; i < w.n; i++)
		w.to[i] = rng_one_in(r, 3)    ? -1
			  : rng_one_in(r, 12) ? NODES
					      : (int)rng_below(r, w.n); /* itself, too */
	return w;
}

/* Added in a random order, some of them twice, as a store gives them. */
static void load(const struct world *w, struct rng *r, struct same *s)
{
	size_t order[NODES];

	*s = (struct same){.n = 0};
	for (size_t i = 0; i < w->n; i++)
		order[i] = i;
	rng_shuffle(r, order, w->n);
	for (size_t k = 0; k < w->n; k++) {
		size_t i = order[k];
		uint8_t id[16], to[16];

		id_of(i, id);
		id_of(w->to[i] < 0 ? 0 : (size_t)w->to[i], to);
		assert_int_equal(same_add(s, id, (int64_t)i, w->to[i] < 0 ? NULL : to, NULL), RC_OK);
		if (rng_one_in(r, 2))
			assert_int_equal(same_add(s, id, (int64_t)i, NULL, NULL), RC_OK);
	}
	assert_int_equal(same_join(s, NULL), RC_OK);
	assert_int_equal(s->n, w->n);
}

/* Flood: which nodes hang together with i. */
static void flood(const struct world *w, size_t i, bool in[NODES])
{
	bool grew = true;

	memset(in, 0, NODES * sizeof(*in));
	in[i] = true;
	while (grew) {
		grew = false;
		for (size_t a = 0; a < w->n; a++) {
			int b = w->to[a];
			if (b < 0 || b == NODES || in[a] == in[b])
				continue;
			in[a] = in[b] = grew = true;
		}
	}
}

static void check_heads(const struct world *w, const struct same *s)
{
	for (size_t i = 0; i < w->n; i++) {
		bool in[NODES];
		uint8_t id[16], least[16], other[16];
		size_t count = 0, at;

		id_of(i, id);
		memcpy(least, id, 16);
		flood(w, i, in);
		for (size_t k = 0; k < w->n; k++) {
			id_of(k, other);
			count += in[k];
			if (in[k] && memcmp(other, least, 16) < 0)
				memcpy(least, other, 16);
		}
		at = same_find(s, id);
		assert_int_equal(s->node[at].no, i);
		assert_memory_equal(s->node[s->node[at].head].id, least, 16);
		assert_int_equal(same_count(s, at), count);
	}
}

static void apply(struct world *w, const struct same *s, const struct same_write *x)
{
	w->to[s->node[x->node].no] =
	    x->clear ? -1 : (int)s->node[same_find(s, x->to)].no;
}

/* clause: M15 */
static void heads_are_the_least_of_what_hangs_together(void **state)
{
	uint64_t seed = rng_seed(15);

	(void)state;
	for (size_t n = 0; n < CASES; n++) {
		struct rng r = rng_case(seed, n);
		struct world w = random_world(&r);
		struct same s;

		load(&w, &r, &s);
		check_heads(&w, &s);
		same_free(&s);
	}
}

/* clause: M15 */
static void linking_joins_two_things_by_one_write_and_separates_nothing(void **state)
{
	uint64_t seed = rng_seed(16);
	size_t joined = 0;

	(void)state;
	for (size_t n = 0; n < CASES; n++) {
		struct rng r = rng_case(seed, n);
		struct world w = random_world(&r);
		size_t a = rng_below(&r, w.n), b = rng_below(&r, w.n);
		bool with_a[NODES], with_b[NODES], after[NODES];
		struct same_write x;
		struct same s;
		uint8_t id[16], other[16];

		load(&w, &r, &s);
		flood(&w, a, with_a);
		flood(&w, b, with_b);
		id_of(a, id);
		id_of(b, other);
		enum rc rc = same_link(&s, same_find(&s, id), same_find(&s, other), &x, NULL);
		assert_int_equal(rc, with_a[b] ? RC_EXISTS : RC_OK);
		if (rc == RC_OK) {
			joined++;
			apply(&w, &s, &x);
			flood(&w, a, after);
			for (size_t i = 0; i < w.n; i++)
				assert_int_equal(after[i], with_a[i] || with_b[i]);
		}
		same_free(&s);
	}
	assert_true(joined > CASES / 10);
}

/* clause: M15 */
static void unlinking_takes_one_out_and_leaves_the_others_together(void **state)
{
	uint64_t seed = rng_seed(17);
	size_t parted = 0;

	(void)state;
	for (size_t n = 0; n < CASES; n++) {
		struct rng r = rng_case(seed, n);
		struct world w = random_world(&r);
		size_t x = rng_below(&r, w.n), nwrite = 0;
		bool with[NODES], alone[NODES], rest[NODES];
		struct same_write write[NODES];
		struct same s;
		uint8_t id[16];

		load(&w, &r, &s);
		flood(&w, x, with);
		id_of(x, id);
		size_t at = same_find(&s, id);
		enum rc rc = same_unlink(&s, at, write, &nwrite, NULL);
		assert_int_equal(rc, same_count(&s, at) > 1 ? RC_OK : RC_NOTFOUND);
		if (rc == RC_OK) {
			parted++;
			for (size_t i = 0; i < nwrite; i++)
				apply(&w, &s, &write[i]);
			flood(&w, x, alone);
			size_t other = SIZE_MAX;
			for (size_t i = 0; i < w.n; i++) {
				assert_int_equal(alone[i], i == x);
				other = with[i] && i != x ? i : other;
			}
			flood(&w, other, rest);
			for (size_t i = 0; i < w.n; i++)
				assert_int_equal(rest[i], with[i] && i != x);
		}
		same_free(&s);
	}
	assert_true(parted > CASES / 10);
}

/* ---- links written on several PCs ---- */

struct write {
	size_t node;
	uint8_t id[ENTRY_ID_LEN];
	char raw[48];
	struct entry_field field;
	uint8_t after[WRITES][ENTRY_ID_LEN];
	size_t nafter;
};

static void merge_all(const struct write *w, const size_t *order, size_t n,
		      struct merge_state *m[NODES])
{
	bool here[WRITES] = {false};

	for (size_t i = 0; i < NODES; i++)
		assert_int_equal(merge_new(&m[i], NULL), RC_OK);
	for (size_t k = 0; k < n; k++) {
		const struct write *x = &w[order[k]];
		bool present[WRITES] = {false};
		const struct merge_input in = {.id = x->id,
					       .at = 5,
					       .field = &x->field,
					       .nfield = 1,
					       .after = (const uint8_t(*)[ENTRY_ID_LEN])x->after,
					       .nafter = x->nafter};
		for (size_t i = 0; i < x->nafter; i++)
			for (size_t j = 0; j < n; j++)
				present[i] =
				    present[i] ||
				    (here[j] && memcmp(w[j].id, x->after[i], ENTRY_ID_LEN) == 0);
		assert_int_equal(merge_apply(m[x->node], &in, present, NULL, NULL), RC_OK);
		here[order[k]] = true;
	}
}

static void heads_of(struct merge_state *m[NODES], struct same *s)
{
	*s = (struct same){.n = 0};
	for (size_t i = 0; i < NODES; i++) {
		uint8_t id[16], to[16];
		bool links = merge_ref(m[i], NULL, SAME_FIELD, to);

		id_of(i, id);
		id[6] = 0x70;
		id[8] = 0x80;
		assert_int_equal(same_add(s, id, (int64_t)i, links ? to : NULL, NULL), RC_OK);
		merge_free(m[i]);
	}
	assert_int_equal(same_join(s, NULL), RC_OK);
}

/* clause: M15 M11 */
static void every_order_of_arrival_gives_the_same_things(void **state)
{
	uint64_t seed = rng_seed(18);
	size_t linked = 0;

	(void)state;
	for (size_t c = 0; c < CASES / 3; c++) {
		struct rng r = rng_case(seed, c);
		static struct write w[WRITES];
		struct merge_state *m[NODES];
		size_t order[WRITES];
		struct same a, b;

		for (size_t i = 0; i < WRITES; i++) {
			struct write *x = &w[i];
			char uuid[CODEC_UUID_LEN + 1];
			uint8_t to[16];

			*x = (struct write){.node = rng_below(&r, NODES)};
			order[i] = i;
			rng_bytes(&r, x->id, sizeof(x->id));
			id_of(rng_below(&r, NODES), to);
			to[6] = 0x70;
			to[8] = 0x80;
			codec_uuid(to, uuid);
			if (rng_one_in(&r, 5))
				memcpy(x->raw, "null", 5);
			else
				snprintf(x->raw, sizeof(x->raw), "\"%s\"", uuid);
			x->field = (struct entry_field){.name = span_str(SAME_FIELD),
							.raw = span_str(x->raw)};
			for (size_t j = 0; j < i; j++) /* it saw some of those before */
				if (w[j].node == x->node && rng_one_in(&r, 2))
					memcpy(x->after[x->nafter++], w[j].id, ENTRY_ID_LEN);
		}
		merge_all(w, order, WRITES, m);
		heads_of(m, &a);
		rng_shuffle(&r, order, WRITES);
		merge_all(w, order, WRITES, m);
		heads_of(m, &b);
		for (size_t i = 0; i < NODES; i++) {
			assert_int_equal(a.node[i].no, b.node[i].no);
			assert_int_equal(a.node[i].head, b.node[i].head);
			linked += a.node[i].head != i;
		}
		same_free(&a);
		same_free(&b);
	}
	assert_true(linked > CASES / 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(heads_are_the_least_of_what_hangs_together),
	    cmocka_unit_test(linking_joins_two_things_by_one_write_and_separates_nothing),
	    cmocka_unit_test(unlinking_takes_one_out_and_leaves_the_others_together),
	    cmocka_unit_test(every_order_of_arrival_gives_the_same_things),
	};

	return cmocka_run_group_tests_name("same", tests, NULL, NULL);
}
