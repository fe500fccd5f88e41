/*
 * keyring_eval: which authority entries count, in the order of A8.
 *
 * The root's records are good or not by themselves (keyring_add.c sets them). Then
 *   1. revokes by registrars that touch registrars, in order of (index, id): one covered
 *      by a revoke taken before is void; one taken makes void those before that it covers;
 *   2. admits, 3. certs and the other revokes: covered or not by what 1 left.
 * Nothing of 2 and 3 bears on 1, nothing of 3 on 2, so one pass each is enough.
 */
#include <stdlib.h>
#include <string.h>

#include "sync/keyring_state.h"

bool keyring_eval_one(struct keyring *k, struct keyring_rec *r)
{
	struct keyring_act a = keyring_act_of(k, r);
	bool good = keyring_may(k, &a) == KEYRING_ADMITTED &&
		    (!keyring_covered(k, &a) || keyring_lifted(k, &a));
	bool changed = good != r->good;

	r->good = good;
	return changed;
}

static bool before(const struct keyring_rec *a, const struct keyring_rec *b)
{
	if (a->index != b->index)
		return a->index < b->index;
	return memcmp(a->id, b->id, ENTRY_ID_LEN) < 0;
}

/* Restore the heap below i: the latest record on top. */
static void sift(const struct keyring *k, uint32_t *v, uint32_t n, uint32_t i)
{
	for (uint32_t child = 2 * i + 1; child < n; child = 2 * i + 1) {
		if (child + 1 < n && before(&k->rec[v[child]], &k->rec[v[child + 1]]))
			child++;
		if (!before(&k->rec[v[i]], &k->rec[v[child]]))
			return;
		uint32_t swap = v[i];
		v[i] = v[child];
		v[child] = swap;
		i = child;
	}
}

/* Heap sort by (index, id): qsort takes no context. */
static void sort(const struct keyring *k, uint32_t *v, uint32_t n)
{
	for (uint32_t i = n / 2; i-- > 0;)
		sift(k, v, n, i);
	for (uint32_t end = n; end-- > 1;) {
		uint32_t top = v[0];
		v[0] = v[end];
		v[end] = top;
		sift(k, v, end, 0);
	}
}

static bool rooted(const struct keyring *k, const struct keyring_rec *r)
{
	return k->node[r->author].root;
}

static bool in_chain(const struct keyring *k, const struct keyring_rec *r)
{
	return r->op == ENTRY_REVOKE && !rooted(k, r) && keyring_chain(k, r->subject);
}

/* Step 1. k->order[0 .. ntaken) are those taken so far, void ones included. */
static void eval_chain(struct keyring *k)
{
	uint32_t n = 0, ntaken = 0;

	for (uint32_t i = 0; i < k->nrec; i++) {
		struct keyring_act a = keyring_act_of(k, &k->rec[i]);
		if (in_chain(k, &k->rec[i]) && keyring_may(k, &a) == KEYRING_ADMITTED)
			k->order[n++] = i;
	}
	sort(k, k->order, n);
	for (uint32_t i = 0; i < n; i++) {
		struct keyring_rec *r = &k->rec[k->order[i]];
		struct keyring_act a = keyring_act_of(k, r);
		if (keyring_covered(k, &a))
			continue;
		r->good = true;
		for (uint32_t j = 0; j < ntaken; j++) {
			struct keyring_rec *t = &k->rec[k->order[j]];
			if (t->good && keyring_covers_by(k, r, t->author, t->scope, t->index))
				t->good = false;
		}
		k->order[ntaken++] = k->order[i];
	}
}

void keyring_eval(struct keyring *k)
{
	for (uint32_t i = 0; i < k->nrec; i++) {
		struct keyring_rec *r = &k->rec[i];
		r->was = r->good;
		r->good = r->good && rooted(k, r);
	}
	eval_chain(k);
	for (uint32_t i = 0; i < k->nrec; i++)
		if (k->rec[i].op == ENTRY_ADMIT && !rooted(k, &k->rec[i]))
			keyring_eval_one(k, &k->rec[i]);
	for (uint32_t i = 0; i < k->nrec; i++) {
		struct keyring_rec *r = &k->rec[i];
		if (r->op != ENTRY_ADMIT && !rooted(k, r) && !in_chain(k, r))
			keyring_eval_one(k, r);
	}
}
