/*
 * receipt_bench: bytes of one range proof over K new entries beside K inclusion proofs, in a
 * log of N entries (L2, L3). All leaves of the log are the same, so that each subtree's hash
 * follows from its height: proofs of any N are real and are verified here without storing a tree.
 * Prints one line of JSON for each N. Does NOT measure time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/tree.h"
#include "tests/support/herd.h"
#include "tests/support/rng.h"

enum { K = 100, PLACES = 200, HEIGHTS = 64 };

struct uniform {
	uint8_t hash[HEIGHTS][TREE_HASH]; /* of a subtree of 2^height leaves */
};

static enum rc node(void *ctx, unsigned level, uint64_t index, uint8_t ret[TREE_HASH],
		    struct err *reterr)
{
	const struct uniform *u = ctx;

	(void)index, (void)reterr;
	memcpy(ret, u->hash[level], TREE_HASH);
	return RC_OK;
}

struct sum {
	size_t range, range_most, single, single_most; /* hashes */
};

/* Prove [start, start + K) both ways, check both, count. */
static void one(struct uniform *u, uint64_t start, uint64_t size, struct sum *s)
{
	const struct tree_reader r = {u, node};
	uint8_t root[TREE_HASH], leaf[K][TREE_HASH];
	struct tree_frontier f;
	struct tree_proof p;
	struct err e = {0};
	size_t all = 0;

	for (size_t i = 0; i < K; i++)
		memcpy(leaf[i], u->hash[0], TREE_HASH);
	herd_must(tree_frontier_read(&r, size, &f, &e), &e);
	tree_frontier_root(&f, root);
	for (uint64_t i = start; i < start + K; i++) {
		herd_must(tree_inclusion(&r, i, size, &p, &e), &e);
		herd_must(tree_check_inclusion(leaf[0], i, size, &p, root, &e), &e);
		all += p.n;
	}
	herd_must(tree_range(&r, start, start + K, size, &p, &e), &e);
	herd_must(tree_check_range((const uint8_t(*)[TREE_HASH])leaf, start, start + K, size, &p, root, &e),
		  &e);
	s->range += p.n;
	s->single += all;
	if (p.n > s->range_most)
		s->range_most = p.n;
	if (all > s->single_most)
		s->single_most = all;
}

int main(void)
{
	static const uint64_t sizes[] = {100000, 10000000, 1000000000};
	struct rng rng = rng_case(1, 1);
	struct uniform u = {{{0}}};

	tree_leaf(span_str("leaf"), u.hash[0]);
	for (size_t h = 1; h < HEIGHTS; h++)
		tree_node(u.hash[h - 1], u.hash[h - 1], u.hash[h]);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct sum s = {0};

		for (int k = 0; k < PLACES; k++)
			one(&u, rng_below(&rng, sizes[i] - K), sizes[i], &s);
		printf("{\"entries\":%llu,\"k\":%d,\"range_mean\":%zu,\"range_most\":%zu,"
		       "\"single_mean\":%zu,\"single_most\":%zu}\n",
		       (unsigned long long)sizes[i], K, s.range * TREE_HASH / PLACES,
		       s.range_most * TREE_HASH, s.single * TREE_HASH / PLACES,
		       s.single_most * TREE_HASH);
	}
	return 0;
}
