/*
 * merge properties over random histories of several writers who see each other late,
 * in parts, or never. 2,500 histories by default; SEED= repeats a run.
 *
 * The reference is M2 as it is written: for each field, the admitted writes that no
 * admitted write of that field names. Everything the incremental state says, in any
 * order of arrival, is compared with it and with itself as bytes.
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
#include "sync/merge.h"
#include "tests/support/rng.h"

enum {
	HISTORIES = 2500,
	SCOPES = 2,
	IDS = 2,
	ENTITIES = SCOPES * IDS,
	FIELDS = 4,
	WRITES = 28,
	WRITERS = 4
};

static const char *const names[FIELDS] = {"condition", "name", "quantity", "reason"};

struct write {
	uint8_t id[ENTRY_ID_LEN];
	size_t entity; /* scope * IDS + id: entities of two scopes share their ids */
	size_t writer;
	bool honest; /* names exactly what its writer saw */
	bool erased;
	int64_t at;
	struct entry_field field[FIELDS];
	char raw[FIELDS][24];
	size_t nfield;
	uint8_t after[LIMIT_ENTRY_AFTER][ENTRY_ID_LEN];
	size_t nafter;
};

struct history {
	struct write w[WRITES];
	size_t n;
};

/* What one place knows: which writes it has, and the states it made of them. */
struct replica {
	bool has[WRITES];
	struct merge_state *state[ENTITIES];
};

static void replica_init(struct replica *r)
{
	memset(r, 0, sizeof(*r));
	for (size_t i = 0; i < ENTITIES; i++)
		assert_int_equal(merge_new(&r->state[i], NULL), RC_OK);
}

static void replica_free(struct replica *r)
{
	for (size_t i = 0; i < ENTITIES; i++)
		merge_free(r->state[i]);
}

static struct merge_input input(const struct write *w)
{
	return (struct merge_input){.id = w->id,
				    .at = w->erased ? 0 : w->at,
				    .central = w->writer == 0,
				    .erased = w->erased,
				    .field = w->field,
				    .nfield = w->nfield,
				    .after = (const uint8_t(*)[ENTRY_ID_LEN])w->after,
				    .nafter = w->nafter};
}

/* Taking the same write again is the store's business (A11): it knows, and nothing happens. */
static void take(struct replica *r, const struct history *h, size_t i)
{
	const struct write *w = &h->w[i];
	const struct merge_input in = input(w);
	bool present[LIMIT_ENTRY_AFTER] = {false};

	if (r->has[i])
		return;
	for (size_t a = 0; a < w->nafter; a++)
		for (size_t j = 0; j < h->n; j++)
			if (r->has[j] && h->w[j].entity == w->entity &&
			    memcmp(h->w[j].id, w->after[a], ENTRY_ID_LEN) == 0)
				present[a] = true;
	assert_int_equal(merge_apply(r->state[w->entity], &in, present, NULL, NULL), RC_OK);
	r->has[i] = true;
}

static void bytes_of(const struct merge_state *s, struct buf *out)
{
	buf_init(out, LIMIT_MIB);
	assert_int_equal(merge_write(s, out, NULL), RC_OK);
}

static void assert_same_bytes(const struct merge_state *a, const struct merge_state *b)
{
	struct buf x, y;

	bytes_of(a, &x);
	bytes_of(b, &y);
	assert_int_equal(x.len, y.len);
	assert_memory_equal(x.p, y.p, x.len);
	buf_free(&x);
	buf_free(&y);
}

static void assert_same(const struct replica *a, const struct replica *b)
{
	for (size_t i = 0; i < ENTITIES; i++)
		assert_same_bytes(a->state[i], b->state[i]);
}

/* ---- the reference ---- */

static bool sets(const struct write *w, size_t f)
{
	for (size_t i = 0; i < w->nfield; i++)
		if (span_eq_str(w->field[i].name, names[f]))
			return true;
	return false;
}

static bool replaces(const struct write *x, const struct write *w, size_t f)
{
	if (x->entity != w->entity || !sets(x, f))
		return false;
	for (size_t i = 0; i < x->nafter; i++)
		if (memcmp(x->after[i], w->id, ENTRY_ID_LEN) == 0)
			return true;
	return false;
}

/* M2: is write i of field f live among those that `in` admits? */
static bool live(const struct history *h, const bool *in, size_t i, size_t f)
{
	if (!in[i] || !sets(&h->w[i], f))
		return false;
	for (size_t x = 0; x < h->n; x++)
		if (in[x] && replaces(&h->w[x], &h->w[i], f))
			return false;
	return true;
}

static bool shown_live(const struct replica *r, const struct write *w, size_t f)
{
	size_t n;
	const struct merge_value *v = merge_siblings(r->state[w->entity], names[f], &n);

	for (size_t i = 0; i < n; i++)
		if (memcmp(v[i].id, w->id, ENTRY_ID_LEN) == 0)
			return true;
	return false;
}

static void assert_reference(const struct history *h, const struct replica *r)
{
	size_t count = 0, total = 0;

	for (size_t i = 0; i < h->n; i++) {
		bool any = false;
		for (size_t f = 0; f < FIELDS; f++) {
			bool l = live(h, r->has, i, f);
			assert_int_equal(shown_live(r, &h->w[i], f), l);
			count += l;
			any = any || l;
		}
		assert_int_equal(merge_alive(r->state[h->w[i].entity], h->w[i].id), any);
	}
	for (size_t e = 0; e < ENTITIES; e++)
		for (size_t f = 0; f < FIELDS; f++) {
			size_t n;
			merge_siblings(r->state[e], names[f], &n);
			total += n;
		}
	assert_int_equal(count, total);
}

/* ---- random histories ---- */

static void choose_fields(struct rng *g, struct write *w, size_t number)
{
	for (size_t f = 0; f < FIELDS; f++) {
		if (!rng_one_in(g, 2) && !(f + 1 == FIELDS && w->nfield == 0))
			continue;
		size_t i = w->nfield++;
		switch (rng_below(g, 4)) {
		case 0: (void)snprintf(w->raw[i], sizeof(w->raw[i]), "%zu", rng_below(g, 3)); break;
		case 1: (void)snprintf(w->raw[i], sizeof(w->raw[i]), "null"); break;
		default: (void)snprintf(w->raw[i], sizeof(w->raw[i]), "\"v%zu\"", number); break;
		}
		w->field[i].name = span_str(names[f]);
		w->field[i].raw = span_str(w->raw[i]);
	}
}

/* What an honest writer names: all siblings it sees of the fields it sets. */
static void name_visible(const struct replica *r, struct write *w)
{
	const char *list[FIELDS + 1] = {NULL};
	struct buf ids;

	for (size_t i = 0; i < w->nfield; i++)
		list[i] = (const char *)w->field[i].name.p;
	buf_init(&ids, LIMIT_MIB);
	assert_int_equal(merge_after(r->state[w->entity], list, &ids, NULL), RC_OK);
	w->nafter = ids.len / ENTRY_ID_LEN;
	if (ids.len > 0)
		memcpy(w->after, ids.p, ids.len);
	buf_free(&ids);
}

/* What a faulty or hostile one may name: anything at all, of other entities and scopes too. */
static void name_anything(struct rng *g, const struct history *h, struct write *w)
{
	size_t want = rng_below(g, 4);

	for (size_t i = 0; i < want; i++) {
		uint8_t id[ENTRY_ID_LEN];
		bool again = false;
		if (h->n > 0 && !rng_one_in(g, 5))
			memcpy(id, h->w[rng_below(g, h->n)].id, sizeof(id));
		else
			rng_bytes(g, id, sizeof(id));
		for (size_t j = 0; j < w->nafter; j++)
			again = again || memcmp(w->after[j], id, sizeof(id)) == 0;
		if (!again)
			memcpy(w->after[w->nafter++], id, sizeof(id));
	}
}

/* M2, M10: who names all siblings sees its own value alone. */
static void assert_own_alone(const struct replica *r, const struct write *w)
{
	for (size_t i = 0; i < w->nfield; i++) {
		size_t n;
		const struct merge_value *v =
		    merge_siblings(r->state[w->entity], (const char *)w->field[i].name.p, &n);
		assert_int_equal(n, 1);
		assert_memory_equal(v->id, w->id, ENTRY_ID_LEN);
		assert_int_equal(v->raw.len, w->field[i].raw.len);
		assert_memory_equal(v->raw.p, w->field[i].raw.p, v->raw.len);
	}
}

static void make(struct rng *g, struct history *h)
{
	struct replica r[WRITERS];

	h->n = 0;
	for (size_t i = 0; i < WRITERS; i++)
		replica_init(&r[i]);
	size_t n = 2 + rng_below(g, WRITES - 2);
	while (h->n < n) {
		size_t me = rng_below(g, WRITERS);
		if (h->n > 0 && rng_one_in(g, 3)) { /* hear of some of the others' writes */
			for (size_t i = 0; i < h->n; i++)
				if (rng_one_in(g, 2))
					take(&r[me], h, i);
			continue;
		}
		struct write *w = &h->w[h->n];
		*w = (struct write){.writer = me, .honest = !rng_one_in(g, 6)};
		w->entity = rng_below(g, ENTITIES);
		w->at = (int64_t)rng_below(g, 50);
		rng_bytes(g, w->id, sizeof(w->id));
		choose_fields(g, w, h->n);
		if (w->honest)
			name_visible(&r[me], w);
		else
			name_anything(g, h, w);
		h->n++;
		take(&r[me], h, h->n - 1);
		if (w->honest)
			assert_own_alone(&r[me], w);
	}
	for (size_t i = 0; i < WRITERS; i++)
		replica_free(&r[i]);
}

static size_t order_of(struct rng *g, const struct history *h, size_t order[WRITES])
{
	for (size_t i = 0; i < h->n; i++)
		order[i] = i;
	rng_shuffle(g, order, h->n);
	return h->n;
}

static void build(struct rng *g, const struct history *h, const bool *admitted, struct replica *r)
{
	size_t order[WRITES], n = order_of(g, h, order);

	replica_init(r);
	for (size_t i = 0; i < n; i++)
		if (!admitted || admitted[order[i]])
			take(r, h, order[i]);
}

/* ---- the properties ---- */

/* Any order, in groups with repetitions, gives the same bytes as the order of writing. */
static void converges(struct rng *g, const struct history *h)
{
	struct replica one, other;
	size_t order[WRITES];

	replica_init(&one);
	for (size_t i = 0; i < h->n; i++)
		take(&one, h, i);
	assert_reference(h, &one);
	build(g, h, NULL, &other);
	assert_same(&one, &other);
	replica_free(&other);
	replica_init(&other);
	size_t n = order_of(g, h, order);
	for (size_t at = 0; at < n;) { /* groups, each sent twice, the group before once more */
		size_t end = at + 1 + rng_below(g, n - at);
		for (size_t again = 0; again < 2; again++)
			for (size_t i = at / 2; i < end; i++)
				take(&other, h, order[i]);
		at = end;
	}
	assert_same(&one, &other);
	replica_free(&one);
	replica_free(&other);
}

/* A state kept as bytes between writes is the state built anew, at every step. */
static void rebuilds(struct rng *g, const struct history *h)
{
	struct replica r, anew;
	size_t order[WRITES], n = order_of(g, h, order), check = rng_below(g, n);

	replica_init(&r);
	for (size_t i = 0; i < n; i++) {
		size_t e = h->w[order[i]].entity;
		struct buf b;
		bytes_of(r.state[e], &b);
		merge_free(r.state[e]);
		r.state[e] = NULL;
		assert_int_equal(merge_read(span_buf(&b), &r.state[e], NULL), RC_OK);
		buf_free(&b);
		take(&r, h, order[i]);
		if (i != check && i + 1 != n)
			continue;
		build(g, h, r.has, &anew);
		assert_same(&r, &anew);
		replica_free(&anew);
	}
	replica_free(&r);
}

/* One more write: nobody else's entity moves, nothing dead lives again, what died was named. */
static void adds(struct rng *g, const struct history *h)
{
	struct replica r;
	size_t order[WRITES], n = order_of(g, h, order);
	bool was[WRITES][FIELDS];

	replica_init(&r);
	memset(was, 0, sizeof(was));
	for (size_t i = 0; i < n; i++) {
		const struct write *w = &h->w[order[i]];
		struct buf other[ENTITIES], now;
		for (size_t e = 0; e < ENTITIES; e++)
			bytes_of(r.state[e], &other[e]);
		take(&r, h, order[i]);
		for (size_t e = 0; e < ENTITIES; e++) {
			bytes_of(r.state[e], &now);
			if (e != w->entity) {
				assert_int_equal(now.len, other[e].len);
				assert_memory_equal(now.p, other[e].p, now.len);
			}
			buf_free(&now);
			buf_free(&other[e]);
		}
		for (size_t j = 0; j < n; j++)
			for (size_t f = 0; f < FIELDS; f++) {
				bool l = shown_live(&r, &h->w[j], f);
				assert_false(l && !was[j][f] && j != order[i]);
				if (was[j][f] && !l)
					assert_true(replaces(w, &h->w[j], f));
				was[j][f] = l;
			}
	}
	replica_free(&r);
}

/* Every dead write has a killer; a field somebody set shows something. */
static void loses_nothing(struct rng *g, const struct history *h)
{
	struct replica r;

	build(g, h, NULL, &r);
	for (size_t i = 0; i < h->n; i++)
		for (size_t f = 0; f < FIELDS; f++) {
			bool killer = false;
			size_t n;
			if (!sets(&h->w[i], f))
				continue;
			for (size_t x = 0; x < h->n; x++)
				killer = killer || replaces(&h->w[x], &h->w[i], f);
			assert_int_equal(shown_live(&r, &h->w[i], f), !killer);
			merge_siblings(r.state[h->w[i].entity], names[f], &n);
			assert_true(n > 0);
		}
	replica_free(&r);
}

/* Without one entry, exactly what it alone had replaced is back, and its own values are gone. */
static void quarantines(struct rng *g, const struct history *h)
{
	struct replica all, without;
	bool admitted[WRITES];
	size_t x = rng_below(g, h->n);

	for (size_t i = 0; i < WRITES; i++)
		admitted[i] = i != x;
	build(g, h, NULL, &all);
	build(g, h, admitted, &without);
	assert_reference(h, &without);
	for (size_t i = 0; i < h->n; i++)
		for (size_t f = 0; f < FIELDS; f++) {
			bool alone = i != x && sets(&h->w[i], f) && replaces(&h->w[x], &h->w[i], f);
			for (size_t y = 0; y < h->n && alone; y++)
				alone = y == x || !replaces(&h->w[y], &h->w[i], f);
			bool then = shown_live(&without, &h->w[i], f);
			bool with = shown_live(&all, &h->w[i], f);
			assert_int_equal(then && !with, alone);
			assert_true(i == x ? !then : then || !with);
		}
	take(&without, h, x); /* admitted after all: as if it had always been */
	assert_same(&all, &without);
	replica_free(&all);
	replica_free(&without);
}

/* An erased entry replaces and is replaced as before; only its values are gone. */
static void erases(struct rng *g, struct history *h)
{
	struct replica before, after;
	size_t x = rng_below(g, h->n);

	build(g, h, NULL, &before);
	h->w[x].erased = true;
	build(g, h, NULL, &after);
	assert_reference(h, &after);
	for (size_t i = 0; i < h->n; i++)
		for (size_t f = 0; f < FIELDS; f++) {
			const struct write *w = &h->w[i];
			size_t n;
			assert_int_equal(shown_live(&before, w, f), shown_live(&after, w, f));
			const struct merge_value *v =
			    merge_siblings(after.state[w->entity], names[f], &n);
			for (size_t j = 0; j < n; j++) {
				bool gone = memcmp(v[j].id, h->w[x].id, ENTRY_ID_LEN) == 0;
				assert_int_equal(v[j].erased, gone);
				assert_int_equal(v[j].raw.len == 0, gone);
			}
		}
	replica_free(&before);
	build(g, h, NULL, &before);
	assert_same(&before, &after);
	replica_free(&before);
	replica_free(&after);
	h->w[x].erased = false;
}

static void each(void (*property)(struct rng *, struct history *))
{
	uint64_t seed = rng_seed(20261123);
	struct history *h = calloc(1, sizeof(*h));

	assert_non_null(h);
	for (uint64_t i = 0; i < HISTORIES; i++) {
		struct rng g = rng_case(seed, i);
		make(&g, h);
		property(&g, h);
	}
	free(h);
}

static void all_of_one(struct rng *g, struct history *h)
{
	converges(g, h);
	rebuilds(g, h);
	adds(g, h);
	loses_nothing(g, h);
	quarantines(g, h);
	erases(g, h);
}

/* clause: M1 M2 M10 M11 M14 A10 */
static void random_histories_keep_every_property(void **state)
{
	(void)state;
	each(all_of_one);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(random_histories_keep_every_property),
	};

	return cmocka_run_group_tests_name("merge properties", tests, NULL, NULL);
}
