/*
 * tree_test: the tree against a naive reading of RFC 6962, for every size up to 70 and
 * random larger ones (SEED=), and against the published roots of the CT reference tree.
 * clause: L1 L2 L3
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/codec.h"
#include "lib/crypt.h"
#include "sync/tree.h"

enum { ALL = 70, BIG = 3000 };

typedef uint8_t hash[TREE_HASH];

static hash leaves[BIG];

/* ------------------------------------------------------------ the naive tree */

static size_t below(size_t n)
{
	size_t k = 1;

	while (k * 2 < n)
		k *= 2;
	return k;
}

/* Roots of small runs of `leaves`, kept so that all can be asked for. */
static struct {
	bool have;
	hash root;
} known[ALL + 1][ALL + 1];

/* MTH of RFC 6962, section 2.1, over leaf hashes. */
static void mth(hash *d, size_t n, uint8_t ret[TREE_HASH])
{
	uint8_t l[TREE_HASH], r[TREE_HASH], in[1 + 2 * TREE_HASH] = {1};
	size_t at = (size_t)(d - leaves);
	bool small = at + n <= ALL;

	if (small && known[at][n].have) {
		memcpy(ret, known[at][n].root, TREE_HASH);
		return;
	}
	if (n == 0) {
		crypt_sha256("", 0, ret);
	} else if (n == 1) {
		memcpy(ret, d[0], TREE_HASH);
	} else {
		size_t k = below(n);
		mth(d, k, l);
		mth(d + k, n - k, r);
		memcpy(in + 1, l, TREE_HASH);
		memcpy(in + 1 + TREE_HASH, r, TREE_HASH);
		crypt_sha256(in, sizeof(in), ret);
	}
	if (small) {
		memcpy(known[at][n].root, ret, TREE_HASH);
		known[at][n].have = true;
	}
}

/* PATH of section 2.1.1. */
static void path(size_t m, hash *d, size_t n, struct tree_proof *p)
{
	if (n <= 1)
		return;
	size_t k = below(n);
	if (m < k) {
		path(m, d, k, p);
		mth(d + k, n - k, p->hash[p->n++]);
	} else {
		path(m - k, d + k, n - k, p);
		mth(d, k, p->hash[p->n++]);
	}
}

/* SUBPROOF of section 2.1.2. */
static void subproof(size_t m, hash *d, size_t n, bool whole, struct tree_proof *p)
{
	if (m == n) {
		if (!whole)
			mth(d, n, p->hash[p->n++]);
		return;
	}
	size_t k = below(n);
	if (m <= k) {
		subproof(m, d, k, whole, p);
		mth(d + k, n - k, p->hash[p->n++]);
	} else {
		subproof(m - k, d + k, n - k, false, p);
		mth(d, k, p->hash[p->n++]);
	}
}

/* L3, from its words. */
static void outside(hash *d, size_t lo, size_t hi, size_t start, size_t end, struct tree_proof *p)
{
	if (hi <= start || lo >= end) {
		mth(d + lo, hi - lo, p->hash[p->n++]);
	} else if (lo < start || hi > end) {
		size_t k = below(hi - lo);
		outside(d, lo, lo + k, start, end, p);
		outside(d, lo + k, hi, start, end, p);
	}
}

static bool same(const struct tree_proof *a, const struct tree_proof *b)
{
	return a->n == b->n && memcmp(a->hash, b->hash, a->n * TREE_HASH) == 0;
}

/* ------------------------------------------------- a stored tree of level rows */

struct rows {
	hash node[13][BIG];
	uint64_t n[13];
	bool fail; /* reads answer RC_IO */
};

static struct rows rows;

static void keep(void *ctx, unsigned level, uint64_t index, const uint8_t h[TREE_HASH])
{
	struct rows *s = ctx;

	assert_true(level < 13);
	assert_int_equal(index, s->n[level]); /* each level arrives in order, nothing twice */
	memcpy(s->node[level][s->n[level]++], h, TREE_HASH);
}

static enum rc node(void *ctx, unsigned level, uint64_t index, uint8_t ret[TREE_HASH],
		    struct err *reterr)
{
	const struct rows *s = ctx;

	if (s->fail)
		return err_set(reterr, RC_IO, NULL, "rc.io", NULL);
	assert_true(level < 13 && index < s->n[level]);
	memcpy(ret, s->node[level][index], TREE_HASH);
	return RC_OK;
}

static struct tree_reader reader(void)
{
	return (struct tree_reader){&rows, node};
}

static uint64_t seed;

static uint64_t rnd(uint64_t below_n)
{
	seed = seed * 6364136223846793005U + 1442695040888963407U;
	return (seed >> 33) % below_n;
}

static int setup(void **state)
{
	struct tree_frontier f = {0};
	struct tree_sink sink = {&rows, keep};
	const char *text = getenv("SEED");

	(void)state;
	seed = text ? strtoull(text, NULL, 10) : 20261123;
	print_message("SEED=%llu\n", (unsigned long long)seed);
	if (crypt_init(NULL) != RC_OK)
		return -1;
	for (unsigned i = 0; i < BIG; i++) {
		crypt_sha256(&i, sizeof(i), leaves[i]);
		tree_append(&f, leaves[i], &sink);
	}
	return 0;
}

/* A proof changed in one way is refused: the caller checks. Seven ways. */
static struct tree_proof spoilt(const struct tree_proof *p, unsigned way)
{
	struct tree_proof q = *p;

	switch (way) {
	case 0: q.n++; break;
	case 1: q.n -= q.n > 0; break;
	case 2: q.hash[0][0] ^= 1; break;
	case 3: q.hash[q.n ? q.n - 1 : 0][31] ^= 0x80; break;
	case 4: q.hash[q.n / 2][7] ^= 4; break;
	case 5:
		if (q.n > 1) {
			memcpy(q.hash[0], p->hash[1], TREE_HASH);
			memcpy(q.hash[1], p->hash[0], TREE_HASH);
		}
		break;
	default: q.n = TREE_PROOF_MAX + 1; break;
	}
	return q;
}

/* ---------------------------------------------------------------------- roots */

static void frontier_gives_every_root(void **state)
{
	struct tree_reader r = reader();
	struct tree_frontier f = {0}, g;
	uint8_t want[TREE_HASH], got[TREE_HASH];

	(void)state;
	for (size_t n = 0; n <= ALL; n++) {
		mth(leaves, n, want);
		tree_frontier_root(&f, got);
		assert_memory_equal(got, want, TREE_HASH);
		assert_int_equal(tree_frontier_read(&r, n, &g, NULL), RC_OK);
		assert_int_equal(g.size, n);
		tree_frontier_root(&g, got);
		assert_memory_equal(got, want, TREE_HASH);
		tree_append(&f, leaves[n], NULL);
	}
}

/* Leaves and roots of the tests of Google's certificate-transparency reference code. */
static void published_roots(void **state)
{
	static const char *const leaf[8] = {"",
					    "00",
					    "10",
					    "2021",
					    "3031",
					    "40414243",
					    "5051525354555657",
					    "606162636465666768696a6b6c6d6e6f"};
	static const char *const root[8] = {
	    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
	    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
	    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
	    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
	    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
	    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
	    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
	    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
	struct tree_frontier f = {0};
	uint8_t h[TREE_HASH];
	char hex[65];
	struct buf b;

	(void)state;
	tree_frontier_root(&f, h);
	codec_hex(h, sizeof(h), hex);
	assert_string_equal(hex,
			    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	buf_init(&b, 64);
	for (size_t i = 0; i < 8; i++) {
		buf_reset(&b);
		assert_true(codec_hex_dec(span_str(leaf[i]), &b));
		tree_leaf(span_buf(&b), h);
		tree_append(&f, h, NULL);
		tree_frontier_root(&f, h);
		codec_hex(h, sizeof(h), hex);
		assert_string_equal(hex, root[i]);
	}
	buf_free(&b);
}

/* ------------------------------------------------------------------ inclusion */

static void check_inclusion(size_t i, size_t n, bool spoil)
{
	struct tree_reader r = reader();
	struct tree_proof p, want = {0};
	uint8_t root[TREE_HASH], bad[TREE_HASH];

	mth(leaves, n, root);
	path(i, leaves, n, &want);
	assert_int_equal(tree_inclusion(&r, i, n, &p, NULL), RC_OK);
	assert_true(same(&p, &want));
	assert_int_equal(tree_check_inclusion(leaves[i], i, n, &p, root, NULL), RC_OK);
	if (!spoil)
		return;
	for (unsigned way = 0; way < 7; way++) {
		struct tree_proof q = spoilt(&p, way);
		struct err err = {0};
		if (same(&p, &q))
			continue;
		assert_int_equal(tree_check_inclusion(leaves[i], i, n, &q, root, &err), RC_REFUSED);
		assert_string_equal(err.clause, "L2");
	}
	memcpy(bad, root, sizeof(bad));
	bad[3] ^= 1;
	assert_int_equal(tree_check_inclusion(leaves[i], i, n, &p, bad, NULL), RC_REFUSED);
	memcpy(bad, leaves[i], sizeof(bad));
	bad[31] ^= 1;
	assert_int_equal(tree_check_inclusion(bad, i, n, &p, root, NULL), RC_REFUSED);
	assert_int_equal(tree_check_inclusion(leaves[i], n, n, &p, root, NULL), RC_REFUSED);
	if (n > 1)
		assert_int_equal(tree_check_inclusion(leaves[i], i ^ 1, n, &p, root, NULL),
				 RC_REFUSED);
}

static void every_inclusion(void **state)
{
	(void)state;
	for (size_t n = 1; n <= ALL; n++)
		for (size_t i = 0; i < n; i++)
			check_inclusion(i, n, true);
}

static void random_inclusions(void **state)
{
	(void)state;
	for (int k = 0; k < 40; k++) {
		size_t n = 1 + (size_t)rnd(BIG);
		check_inclusion((size_t)rnd(n), n, true);
	}
}

/* ---------------------------------------------------------------- consistency */

static void check_consistency(size_t old, size_t n)
{
	struct tree_reader r = reader();
	struct tree_proof p, want = {0};
	uint8_t oldroot[TREE_HASH], root[TREE_HASH], bad[TREE_HASH];
	struct err err = {0};

	mth(leaves, old, oldroot);
	mth(leaves, n, root);
	if (old > 0 && old < n)
		subproof(old, leaves, n, true, &want);
	assert_int_equal(tree_consistency(&r, old, n, &p, NULL), RC_OK);
	assert_true(same(&p, &want));
	assert_int_equal(tree_check_consistency(old, oldroot, n, root, &p, NULL), RC_OK);
	for (unsigned way = 0; way < 7; way++) {
		struct tree_proof q = spoilt(&p, way);
		if (same(&p, &q))
			continue;
		assert_int_equal(tree_check_consistency(old, oldroot, n, root, &q, &err),
				 RC_REFUSED);
		assert_string_equal(err.clause, "L2");
	}
	memcpy(bad, oldroot, sizeof(bad));
	bad[0] ^= 1;
	assert_int_equal(tree_check_consistency(old, bad, n, root, &p, NULL), RC_REFUSED);
	if (old == 0)
		return;
	memcpy(bad, root, sizeof(bad));
	bad[0] ^= 1;
	assert_int_equal(tree_check_consistency(old, oldroot, n, bad, &p, NULL), RC_REFUSED);
	assert_int_equal(tree_check_consistency(n + 1, oldroot, n, root, &p, NULL), RC_REFUSED);
}

static void every_consistency(void **state)
{
	(void)state;
	for (size_t n = 0; n <= ALL; n++)
		for (size_t old = 0; old <= n; old++)
			check_consistency(old, n);
}

static void random_consistencies(void **state)
{
	(void)state;
	for (int k = 0; k < 40; k++) {
		size_t n = 1 + (size_t)rnd(BIG);
		check_consistency((size_t)rnd(n + 1), n);
	}
}

/* --------------------------------------------------------------------- ranges */

static void check_range(size_t start, size_t end, size_t n, bool all)
{
	struct tree_reader r = reader();
	struct tree_proof p, want = {0}, q, derived;
	const hash *run = (const hash *)leaves + start;
	uint8_t root[TREE_HASH];
	struct err err = {0};

	mth(leaves, n, root);
	outside(leaves, 0, n, start, end, &want);
	assert_int_equal(tree_range(&r, start, end, n, &p, NULL), RC_OK);
	assert_true(same(&p, &want));
	assert_int_equal(tree_check_range(run, start, end, n, &p, root, NULL), RC_OK);
	for (unsigned way = 0; all && way < 7; way++) {
		q = spoilt(&p, way);
		if (same(&p, &q))
			continue;
		assert_int_equal(tree_check_range(run, start, end, n, &q, root, &err), RC_REFUSED);
		assert_string_equal(err.clause, "L3");
	}
	for (size_t i = start; i < end; i += all ? 1 : 1 + (size_t)rnd(end - start)) {
		struct tree_proof inclusion = {0};
		path(i, leaves, n, &inclusion);
		assert_int_equal(tree_range_inclusion(run, start, end, n, &p, i, &derived, NULL),
				 RC_OK);
		assert_true(same(&derived, &inclusion));
	}
}

static void every_range(void **state)
{
	(void)state;
	for (size_t n = 1; n <= ALL; n++) {
		for (size_t start = 0; start < n; start++)
			for (size_t end = start + 1; end <= n; end++)
				check_range(start, end, n, n <= 20 || n == 33);
	}
}

static void random_ranges(void **state)
{
	(void)state;
	for (int k = 0; k < 20; k++) {
		size_t n = 1 + (size_t)rnd(BIG), start = (size_t)rnd(n);
		check_range(start, start + 1 + (size_t)rnd(n - start), n, k < 2);
	}
}

static void a_changed_leaf_of_a_range_is_refused(void **state)
{
	struct tree_reader r = reader();
	struct tree_proof p;
	uint8_t root[TREE_HASH];
	hash run[9];

	(void)state;
	mth(leaves, 37, root);
	assert_int_equal(tree_range(&r, 11, 20, 37, &p, NULL), RC_OK);
	for (size_t i = 0; i < 9; i++) {
		memcpy(run, leaves + 11, sizeof(run));
		run[i][i] ^= 1;
		assert_int_equal(tree_check_range((const hash *)run, 11, 20, 37, &p, root, NULL),
				 RC_REFUSED);
	}
	memcpy(run, leaves + 11, sizeof(run));
	assert_int_equal(tree_check_range((const hash *)run, 12, 21, 37, &p, root, NULL),
			 RC_REFUSED);
	assert_int_equal(tree_check_range((const hash *)run, 11, 20, 32, &p, root, NULL),
			 RC_REFUSED);
	assert_int_equal(tree_check_range((const hash *)run, 11, 11, 37, &p, root, NULL),
			 RC_REFUSED);
}

/* A tree of nearly 2^63 leaves: nobody stores one, a peer may claim it. */
static void absurd_sizes_end(void **state)
{
	struct tree_proof p = {.n = TREE_PROOF_MAX};
	uint8_t root[TREE_HASH] = {0};
	uint64_t n = UINT64_MAX;

	(void)state;
	assert_int_equal(tree_check_inclusion(leaves[0], n - 1, n, &p, root, NULL), RC_REFUSED);
	assert_int_equal(tree_check_consistency(n - 1, root, n, root, &p, NULL), RC_REFUSED);
	assert_int_equal(tree_check_range((const hash *)leaves, n / 2, n / 2 + 3, n, &p, root,
					  NULL),
			 RC_REFUSED);
}

static void wrong_arguments_and_failing_reads(void **state)
{
	struct tree_reader r = reader();
	struct tree_proof p = {.n = 77};
	struct err err = {0};

	(void)state;
	assert_int_equal(tree_inclusion(&r, 5, 5, &p, &err), RC_INPUT);
	assert_string_equal(err.key, "tree.range");
	assert_int_equal(tree_consistency(&r, 6, 5, &p, NULL), RC_INPUT);
	assert_int_equal(tree_range(&r, 3, 3, 5, &p, NULL), RC_INPUT);
	assert_int_equal(tree_range(&r, 3, 6, 5, &p, NULL), RC_INPUT);
	rows.fail = true;
	assert_int_equal(tree_inclusion(&r, 2, 5, &p, NULL), RC_IO);
	assert_int_equal(tree_consistency(&r, 2, 5, &p, NULL), RC_IO);
	assert_int_equal(tree_range(&r, 2, 3, 5, &p, NULL), RC_IO);
	rows.fail = false;
	assert_int_equal(p.n, 77); /* untouched */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(frontier_gives_every_root),
	    cmocka_unit_test(published_roots),
	    cmocka_unit_test(every_inclusion),
	    cmocka_unit_test(random_inclusions),
	    cmocka_unit_test(every_consistency),
	    cmocka_unit_test(random_consistencies),
	    cmocka_unit_test(every_range),
	    cmocka_unit_test(random_ranges),
	    cmocka_unit_test(a_changed_leaf_of_a_range_is_refused),
	    cmocka_unit_test(absurd_sizes_end),
	    cmocka_unit_test(wrong_arguments_and_failing_reads),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
