/*
 * tree: the Merkle tree of RFC 6962 and its proofs. Clauses L1-L3.
 *
 * Pure functions over leaf hashes. A log keeps a frontier (to append and to know
 * its root) and any store of complete subtree hashes behind struct tree_reader.
 * Not here: what a leaf is (sync/entry), who signed a root (sync/note), storage.
 */
#ifndef KK_SYNC_TREE_H
#define KK_SYNC_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"

enum { TREE_HASH = 32, TREE_PROOF_MAX = 128 };

struct tree_proof {
	size_t n;
	uint8_t hash[TREE_PROOF_MAX][TREE_HASH];
};

/* Peaks of the perfect subtrees, largest first; enough to append and to give the root. */
struct tree_frontier {
	uint64_t size;
	uint8_t peak[64][TREE_HASH];
};

void tree_leaf(struct span leaf, uint8_t ret[TREE_HASH]);                 /* H(00 || leaf) */
void tree_node(const uint8_t l[TREE_HASH], const uint8_t r[TREE_HASH], uint8_t ret[TREE_HASH]);
void tree_empty(uint8_t ret[TREE_HASH]);                                  /* H("") */

/*
 * Append a leaf hash. done (may be NULL) is told each complete subtree that this
 * leaf finishes, level 0 (the leaf itself) first: it holds leaves
 * [index << level, (index + 1) << level).
 */
struct tree_sink {
	void *ctx;
	void (*node)(void *ctx, unsigned level, uint64_t index, const uint8_t hash[TREE_HASH]);
};
void tree_append(struct tree_frontier *f, const uint8_t leafhash[TREE_HASH],
                 const struct tree_sink *done);
void tree_frontier_root(const struct tree_frontier *f, uint8_t ret[TREE_HASH]);

/* Complete subtree hashes of a stored tree. */
struct tree_reader {
	void *ctx;
	enum rc (*node)(void *ctx, unsigned level, uint64_t index, uint8_t ret[TREE_HASH],
	                struct err *reterr);
};
/* A tree whose leaf hashes lie in memory: what is asked for is folded anew each time. */
struct tree_leaves {
	const uint8_t (*hash)[TREE_HASH];
	uint64_t n;
};
/* l is borrowed. Its node is RC_INPUT "tree.range" beyond the leaves. */
struct tree_reader tree_leaves_reader(struct tree_leaves *l);
/* Frontier of the first `size` leaves. */
enum rc tree_frontier_read(const struct tree_reader *r, uint64_t size, struct tree_frontier *ret,
                           struct err *reterr);
/* Proofs. Wrong arguments (i >= size, old > new, start >= end) are RC_INPUT "tree.range". */
enum rc tree_inclusion(const struct tree_reader *r, uint64_t i, uint64_t size,
                       struct tree_proof *ret, struct err *reterr);
enum rc tree_consistency(const struct tree_reader *r, uint64_t old, uint64_t size,
                         struct tree_proof *ret, struct err *reterr);
enum rc tree_range(const struct tree_reader *r, uint64_t start, uint64_t end, uint64_t size,
                   struct tree_proof *ret, struct err *reterr);

/* Verification. RC_REFUSED with clause L2 (inclusion, consistency) or L3 (range). */
enum rc tree_check_inclusion(const uint8_t leafhash[TREE_HASH], uint64_t i, uint64_t size,
                             const struct tree_proof *p, const uint8_t root[TREE_HASH],
                             struct err *reterr);
enum rc tree_check_consistency(uint64_t old, const uint8_t oldroot[TREE_HASH], uint64_t size,
                               const uint8_t root[TREE_HASH], const struct tree_proof *p,
                               struct err *reterr);
/* leaf: end - start leaf hashes. */
enum rc tree_check_range(const uint8_t (*leaf)[TREE_HASH], uint64_t start, uint64_t end,
                         uint64_t size, const struct tree_proof *p,
                         const uint8_t root[TREE_HASH], struct err *reterr);
/* The standard inclusion proof of leaf i, start <= i < end, out of a checked range. */
enum rc tree_range_inclusion(const uint8_t (*leaf)[TREE_HASH], uint64_t start, uint64_t end,
                             uint64_t size, const struct tree_proof *p, uint64_t i,
                             struct tree_proof *ret, struct err *reterr);

#endif
