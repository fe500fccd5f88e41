/*
 * tree: the Merkle tree of RFC 6962, section 2.1, and its proofs. Clauses L1-L3.
 *
 * Every subtree [lo, hi) of that tree splits at the largest power of two below its
 * size, and lo is a multiple of it; so any subtree is a few complete ones folded from
 * the right, and those are what a tree_reader has. Not here: storage, signatures.
 */
#include "sync/tree.h"

#include <string.h>

#include "lib/crypt.h"

void tree_leaf(struct span leaf, uint8_t ret[TREE_HASH])
{
	crypt_sha256_2(span_of("\x00", 1), leaf, ret);
}

void tree_node(const uint8_t l[TREE_HASH], const uint8_t r[TREE_HASH], uint8_t ret[TREE_HASH])
{
	uint8_t both[1 + 2 * TREE_HASH];

	both[0] = 0x01;
	memcpy(both + 1, l, TREE_HASH);
	memcpy(both + 1 + TREE_HASH, r, TREE_HASH);
	crypt_sha256(both, sizeof(both), ret);
}

void tree_empty(uint8_t ret[TREE_HASH])
{
	crypt_sha256("", 0, ret);
}

static enum rc bad_range(struct err *reterr)
{
	return err_set(reterr, RC_INPUT, NULL, "tree.range", NULL);
}

static unsigned bits(uint64_t v)
{
	unsigned n = 0;

	for (; v; v &= v - 1)
		n++;
	return n;
}

/* Largest power of two below n; n >= 2. */
static uint64_t split(uint64_t n)
{
	uint64_t k = 1;

	while (k < n - k)
		k <<= 1;
	return k;
}

/* ----------------------------------------------------------------- frontier */

void tree_append(struct tree_frontier *f, const uint8_t leafhash[TREE_HASH],
		 const struct tree_sink *done)
{
	uint8_t h[TREE_HASH];
	unsigned n = bits(f->size), level = 0;
	uint64_t index = f->size;

	memcpy(h, leafhash, sizeof(h));
	if (done)
		done->node(done->ctx, level, index, h);
	while (index & 1) { /* the peak before is as large: the two become one */
		tree_node(f->peak[--n], h, h);
		index >>= 1;
		level++;
		if (done)
			done->node(done->ctx, level, index, h);
	}
	memcpy(f->peak[n], h, sizeof(h));
	f->size++;
}

/* Fold n hashes from the right; n >= 1. */
static void fold(const uint8_t (*peak)[TREE_HASH], unsigned n, uint8_t ret[TREE_HASH])
{
	uint8_t h[TREE_HASH];

	memcpy(h, peak[n - 1], sizeof(h));
	for (unsigned i = n - 1; i > 0; i--)
		tree_node(peak[i - 1], h, h);
	memcpy(ret, h, sizeof(h));
}

void tree_frontier_root(const struct tree_frontier *f, uint8_t ret[TREE_HASH])
{
	if (f->size == 0)
		tree_empty(ret);
	else
		fold((const uint8_t(*)[TREE_HASH])f->peak, bits(f->size), ret);
}

/* The complete subtrees of [lo, hi), left to right; *retn of them. */
static enum rc read_peaks(const struct tree_reader *r, uint64_t lo, uint64_t hi,
			  uint8_t (*ret)[TREE_HASH], unsigned *retn, struct err *reterr)
{
	unsigned n = 0;

	for (unsigned level = 64; level-- > 0;) {
		if (!((hi - lo) >> level & 1))
			continue;
		uint64_t at = lo + ((hi - lo) >> level >> 1 << level << 1);
		enum rc rc = r->node(r->ctx, level, at >> level, ret[n], reterr);
		if (rc != RC_OK)
			return rc;
		n++;
	}
	*retn = n;
	return RC_OK;
}

static enum rc leaves_node(void *ctx, unsigned level, uint64_t index, uint8_t ret[TREE_HASH],
			   struct err *reterr)
{
	const struct tree_leaves *l = ctx;
	struct tree_frontier f = {.size = 0};
	uint64_t n, first;

	if (level >= 64 || l->n >> level <= index)
		return err_set(reterr, RC_INPUT, NULL, "tree.range", NULL);
	n = UINT64_C(1) << level;
	first = index << level;
	for (uint64_t i = 0; i < n; i++)
		tree_append(&f, l->hash[first + i], NULL);
	tree_frontier_root(&f, ret);
	return RC_OK;
}

struct tree_reader tree_leaves_reader(struct tree_leaves *l)
{
	return (struct tree_reader){l, leaves_node};
}

enum rc tree_frontier_read(const struct tree_reader *r, uint64_t size, struct tree_frontier *ret,
			   struct err *reterr)
{
	struct tree_frontier f = {.size = size};
	unsigned n;
	enum rc rc = read_peaks(r, 0, size, f.peak, &n, reterr);

	if (rc == RC_OK)
		*ret = f;
	return rc;
}

/* ------------------------------------------------------------------- making */

/* Append the hash of the subtree [lo, hi). */
static enum rc push(const struct tree_reader *r, uint64_t lo, uint64_t hi, struct tree_proof *p,
		    struct err *reterr)
{
	uint8_t peak[64][TREE_HASH];
	unsigned n;

	if (p->n == TREE_PROOF_MAX)
		return bad_range(reterr);
	enum rc rc = read_peaks(r, lo, hi, peak, &n, reterr);
	if (rc == RC_OK)
		fold((const uint8_t(*)[TREE_HASH])peak, n, p->hash[p->n++]);
	return rc;
}

/* A subtree met on the way down. */
struct sub {
	uint64_t lo, hi;
};

/* Append the subtrees met, the last first. */
static enum rc push_up(const struct tree_reader *r, const struct sub *met, unsigned n,
		       struct tree_proof *p, struct err *reterr)
{
	enum rc rc = RC_OK;

	while (rc == RC_OK && n-- > 0)
		rc = push(r, met[n].lo, met[n].hi, p, reterr);
	return rc;
}

enum rc tree_inclusion(const struct tree_reader *r, uint64_t i, uint64_t size,
		       struct tree_proof *ret, struct err *reterr)
{
	struct sub met[64];
	unsigned n = 0;
	uint64_t lo = 0, hi = size;

	if (i >= size)
		return bad_range(reterr);
	while (hi - lo > 1) {
		uint64_t mid = lo + split(hi - lo);
		if (i < mid) {
			met[n++] = (struct sub){mid, hi};
			hi = mid;
		} else {
			met[n++] = (struct sub){lo, mid};
			lo = mid;
		}
	}
	struct tree_proof p = {0};
	enum rc rc = push_up(r, met, n, &p, reterr);
	if (rc == RC_OK)
		*ret = p;
	return rc;
}

enum rc tree_consistency(const struct tree_reader *r, uint64_t old, uint64_t size,
			 struct tree_proof *ret, struct err *reterr)
{
	struct sub met[65];
	unsigned n = 0;
	uint64_t lo = 0, hi = size;

	if (old > size)
		return bad_range(reterr);
	struct tree_proof p = {0};
	enum rc rc = RC_OK;
	if (old > 0 && old < size) {
		while (hi != old) { /* [lo, hi) holds the old tree's edge inside */
			uint64_t mid = lo + split(hi - lo);
			if (old <= mid) {
				met[n++] = (struct sub){mid, hi};
				hi = mid;
			} else {
				met[n++] = (struct sub){lo, mid};
				lo = mid;
			}
		}
		if (lo > 0) /* else it is the old root, which the verifier has */
			met[n++] = (struct sub){lo, hi};
		rc = push_up(r, met, n, &p, reterr);
	}
	if (rc == RC_OK)
		*ret = p;
	return rc;
}

/* Append the maximal subtrees of [lo, hi) outside [start, end). */
static enum rc outside(const struct tree_reader *r, uint64_t lo, uint64_t hi, struct sub range,
		       struct tree_proof *p, struct err *reterr)
{
	if (hi <= range.lo || lo >= range.hi)
		return push(r, lo, hi, p, reterr);
	if (lo >= range.lo && hi <= range.hi)
		return RC_OK;
	uint64_t mid = lo + split(hi - lo);
	enum rc rc = outside(r, lo, mid, range, p, reterr);
	return rc == RC_OK ? outside(r, mid, hi, range, p, reterr) : rc;
}

enum rc tree_range(const struct tree_reader *r, uint64_t start, uint64_t end, uint64_t size,
		   struct tree_proof *ret, struct err *reterr)
{
	struct tree_proof p = {0};

	if (start >= end || end > size)
		return bad_range(reterr);
	enum rc rc = outside(r, 0, size, (struct sub){start, end}, &p, reterr);
	if (rc == RC_OK)
		*ret = p;
	return rc;
}

/* ----------------------------------------------------------------- checking */

static enum rc refuse(const char *clause, const char *key, struct err *reterr)
{
	return err_set(reterr, RC_REFUSED, clause, key, NULL);
}

/* RFC 9162, section 2.1.3.2. */
enum rc tree_check_inclusion(const uint8_t leafhash[TREE_HASH], uint64_t i, uint64_t size,
			     const struct tree_proof *p, const uint8_t root[TREE_HASH],
			     struct err *reterr)
{
	uint8_t h[TREE_HASH];

	if (i >= size || p->n > TREE_PROOF_MAX)
		return refuse("L2", "tree.inclusion", reterr);
	uint64_t fn = i, sn = size - 1;
	memcpy(h, leafhash, sizeof(h));
	for (size_t k = 0; k < p->n; k++) {
		if (sn == 0)
			return refuse("L2", "tree.inclusion", reterr);
		if ((fn & 1) || fn == sn) {
			tree_node(p->hash[k], h, h);
			while (!(fn & 1) && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			tree_node(h, p->hash[k], h);
		}
		fn >>= 1;
		sn >>= 1;
	}
	if (sn != 0 || memcmp(h, root, sizeof(h)) != 0)
		return refuse("L2", "tree.inclusion", reterr);
	return RC_OK;
}

/* RFC 9162, section 2.1.4.2, for 0 < old < size. */
static bool consistent(uint64_t old, const uint8_t oldroot[TREE_HASH], uint64_t size,
		       const uint8_t root[TREE_HASH], const struct tree_proof *p)
{
	uint8_t fr[TREE_HASH], sr[TREE_HASH];
	uint64_t fn = old - 1, sn = size - 1;
	size_t k = 0;

	if (p->n == 0 || p->n > TREE_PROOF_MAX)
		return false;
	/* an old tree that is one complete subtree is its own first hash */
	memcpy(fr, (old & (old - 1)) == 0 ? oldroot : p->hash[k++], sizeof(fr));
	memcpy(sr, fr, sizeof(sr));
	while (fn & 1) {
		fn >>= 1;
		sn >>= 1;
	}
	for (; k < p->n; k++) {
		if (sn == 0)
			return false;
		if ((fn & 1) || fn == sn) {
			tree_node(p->hash[k], fr, fr);
			tree_node(p->hash[k], sr, sr);
			while (!(fn & 1) && fn != 0) {
				fn >>= 1;
				sn >>= 1;
			}
		} else {
			tree_node(sr, p->hash[k], sr);
		}
		fn >>= 1;
		sn >>= 1;
	}
	return sn == 0 && memcmp(fr, oldroot, sizeof(fr)) == 0 && memcmp(sr, root, sizeof(sr)) == 0;
}

enum rc tree_check_consistency(uint64_t old, const uint8_t oldroot[TREE_HASH], uint64_t size,
			       const uint8_t root[TREE_HASH], const struct tree_proof *p,
			       struct err *reterr)
{
	uint8_t empty[TREE_HASH];
	bool ok;

	if (old == 0) {
		tree_empty(empty);
		ok = p->n == 0 && memcmp(oldroot, empty, sizeof(empty)) == 0 &&
		     (size > 0 || memcmp(root, empty, sizeof(empty)) == 0);
	} else if (old == size) {
		ok = p->n == 0 && memcmp(oldroot, root, TREE_HASH) == 0;
	} else {
		ok = old < size && consistent(old, oldroot, size, root, p);
	}
	return ok ? RC_OK : refuse("L2", "tree.consistency", reterr);
}

/* A walk over the tree with the leaves of a range and the hashes outside it. */
struct walk {
	const uint8_t (*leaf)[TREE_HASH];
	struct sub range;
	const struct tree_proof *p;
	size_t used;             /* hashes of p taken so far */
	uint64_t i;              /* the leaf whose path is wanted */
	struct tree_proof *path; /* NULL: none is */
};

/* Hash of [lo, hi); false when the proof is too short. */
static bool climb(struct walk *w, uint64_t lo, uint64_t hi, uint8_t ret[TREE_HASH])
{
	uint8_t l[TREE_HASH], r[TREE_HASH];

	if (hi <= w->range.lo || lo >= w->range.hi) {
		if (w->used == w->p->n)
			return false;
		memcpy(ret, w->p->hash[w->used++], TREE_HASH);
		return true;
	}
	if (hi - lo == 1) {
		memcpy(ret, w->leaf[lo - w->range.lo], TREE_HASH);
		return true;
	}
	uint64_t mid = lo + split(hi - lo);
	if (!climb(w, lo, mid, l) || !climb(w, mid, hi, r))
		return false;
	tree_node(l, r, ret);
	if (w->path && w->i >= lo && w->i < hi)
		memcpy(w->path->hash[w->path->n++], w->i < mid ? r : l, TREE_HASH);
	return true;
}

enum rc tree_check_range(const uint8_t (*leaf)[TREE_HASH], uint64_t start, uint64_t end,
			 uint64_t size, const struct tree_proof *p, const uint8_t root[TREE_HASH],
			 struct err *reterr)
{
	struct walk w = {.leaf = leaf, .range = {start, end}, .p = p};
	uint8_t h[TREE_HASH];

	if (start >= end || end > size || p->n > TREE_PROOF_MAX || !climb(&w, 0, size, h) ||
	    w.used != p->n || memcmp(h, root, sizeof(h)) != 0)
		return refuse("L3", "tree.range_proof", reterr);
	return RC_OK;
}

enum rc tree_range_inclusion(const uint8_t (*leaf)[TREE_HASH], uint64_t start, uint64_t end,
			     uint64_t size, const struct tree_proof *p, uint64_t i,
			     struct tree_proof *ret, struct err *reterr)
{
	struct tree_proof path = {0};
	struct walk w = {.leaf = leaf, .range = {start, end}, .p = p, .i = i, .path = &path};
	uint8_t h[TREE_HASH];

	if (start > i || i >= end || end > size)
		return bad_range(reterr);
	if (p->n > TREE_PROOF_MAX || !climb(&w, 0, size, h) || w.used != p->n)
		return refuse("L3", "tree.range_proof", reterr);
	*ret = path;
	return RC_OK;
}
