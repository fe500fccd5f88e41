/*
 * archive_tree: complete subtree hashes in tiles of 256, at tree levels 0, 8, 16 …; a
 * level between is folded from its tile when asked for. Clauses L1-L3 (storage only).
 *
 * The writer holds the growing tile of each kept level in memory and writes it once per
 * group. Readers share the tiles used last and what was folded of them, for the proofs of
 * a day all lie in the newest few: each hash is computed about once, whoever asks.
 */
#include <stdlib.h>
#include <string.h>

#include "server-stub/archive_part.h"
#include "server-stub/archive_sql.h"

static int64_t tile_no(unsigned kept, int64_t n)
{
	return ((int64_t)kept << 52) + n;
}

/* Load a tile; one that is not there yet is empty. */
static enum rc tile_load(struct db *db, unsigned kept, int64_t n, struct archive_tile *t,
			 struct err *reterr)
{
	struct db_q q;
	enum rc rc = db_query(&q, db, ASQL_TILE_GET, DB_V(db_int(tile_no(kept, n))), reterr);

	t->n = -1;
	t->len = 0;
	t->dirty = false;
	if (rc == RC_OK && db_next(&q)) {
		struct span s = db_col_blob(&q, 0);

		if (s.len % TREE_HASH || s.len > sizeof(t->hash)) {
			rc = err_set(reterr, RC_CORRUPT, "L1", "archive.tile", NULL);
		} else {
			memcpy(t->hash, s.p, s.len);
			t->len = s.len / TREE_HASH;
		}
	}
	rc = db_end(&q, rc, reterr);
	if (rc == RC_OK)
		t->n = n;
	return rc;
}

/* ---- reading ---- */

static size_t fold_slot(int64_t no)
{
	return (size_t)(no ^ no >> 52) % ARCHIVE_FOLDS; /* levels apart, neighbours too */
}

/* Put what was read of a tile beside what is known of it; fold_lock held. */
static void fold_take(struct archive_fold *f, int64_t no, const struct archive_tile *t)
{
	if (f->no != no) {
		memset(f->known, 0, sizeof(f->known));
		f->no = no;
		f->len = 0;
	}
	for (; f->len < t->len; f->len++) {
		memcpy(f->node[ARCHIVE_TILE + f->len], t->hash[f->len], TREE_HASH);
		f->known[ARCHIVE_TILE + f->len] = true;
	}
}

/* The node, folded from the hashes below it, which are known; fold_lock held. */
static const uint8_t *fold_node(struct archive_fold *f, size_t i)
{
	if (!f->known[i]) {
		const uint8_t *l = fold_node(f, 2 * i), *r = fold_node(f, 2 * i + 1);

		tree_node(l, r, f->node[i]);
		f->known[i] = true;
	}
	return f->node[i];
}

/* Node `up` levels above the hashes [first, first + 2^up) of the tile, if those are known. */
static bool fold_get(struct archive *s, int64_t no, size_t first, unsigned up,
		     const struct archive_tile *t, uint8_t ret[TREE_HASH])
{
	struct archive_fold *f = &s->fold[fold_slot(no)];
	bool known;

	os_mutex_lock(s->fold_lock);
	if (t)
		fold_take(f, no, t);
	known = f->no == no && f->len >= first + ((size_t)1 << up);
	if (known)
		memcpy(ret, fold_node(f, (ARCHIVE_TILE + first) >> up), TREE_HASH);
	os_mutex_unlock(s->fold_lock);
	return known;
}

enum rc archive_tree_node(void *view, unsigned level, uint64_t index, uint8_t ret[TREE_HASH],
			  struct err *reterr)
{
	struct archive_view *v = view;
	unsigned kept = level / ARCHIVE_TILE_BITS, up = level % ARCHIVE_TILE_BITS;
	struct archive_tile *t;
	size_t first;
	int64_t n;
	enum rc rc;

	if (kept >= ARCHIVE_LEVELS || index > (UINT64_MAX >> 12) >> up)
		return err_set(reterr, RC_INPUT, NULL, "tree.range", NULL);
	first = (size_t)((index << up) % ARCHIVE_TILE);
	n = (int64_t)((index << up) / ARCHIVE_TILE);
	if (fold_get(v->archive, tile_no(kept, n), first, up, NULL, ret))
		return RC_OK;
	t = malloc(sizeof(*t));
	if (!t)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	rc = tile_load(v->db, kept, n, t, reterr);
	if (rc == RC_OK && !fold_get(v->archive, tile_no(kept, n), first, up, t, ret))
		rc = err_set(reterr, RC_CORRUPT, "L1", "archive.tile", NULL);
	free(t);
	return rc;
}

struct find {
	const uint8_t *want;
	int64_t index;
};

static bool find_in(struct find *f, int64_t n, struct span hashes)
{
	for (size_t i = 0; i + TREE_HASH <= hashes.len; i += TREE_HASH)
		if (memcmp(hashes.p + i, f->want, TREE_HASH) == 0) {
			f->index = n * ARCHIVE_TILE + (int64_t)(i / TREE_HASH);
			return true;
		}
	return false;
}

enum rc archive_tree_find(struct db *db, const uint8_t leafhash[TREE_HASH], int64_t from,
			  int64_t *ret, struct err *reterr)
{
	struct find f = {leafhash, *ret};
	struct db_q q;
	enum rc rc = db_query(&q, db, ASQL_TILE_LEAVES,
			      DB_V(db_int(from / ARCHIVE_TILE), db_int(tile_no(1, 0))), reterr);

	while (rc == RC_OK && db_next(&q) && !find_in(&f, db_col_int(&q, 0), db_col_blob(&q, 1)))
		;
	rc = db_end(&q, rc, reterr);
	if (rc == RC_OK)
		*ret = f.index;
	return rc;
}

/* ---- writing ---- */

static enum rc tile_put(struct archive *s, unsigned kept, struct err *reterr)
{
	struct archive_tile *t = &s->tile[kept];
	enum rc rc;

	if (!t->dirty)
		return RC_OK;
	rc = db_run(s->db, ASQL_TILE_PUT,
		    DB_V(db_int(tile_no(kept, t->n)), db_bytes(t->hash, t->len * TREE_HASH)),
		    reterr);
	if (rc == RC_OK)
		t->dirty = false;
	return rc;
}

static enum rc add(struct archive *s, unsigned kept, uint64_t index, const uint8_t hash[TREE_HASH],
		   struct err *reterr)
{
	struct archive_tile *t = &s->tile[kept];
	int64_t n = (int64_t)(index / ARCHIVE_TILE);
	size_t at = (size_t)(index % ARCHIVE_TILE);
	enum rc rc = RC_OK;

	if (t->n != n) {
		rc = tile_put(s, kept, reterr);
		if (rc == RC_OK)
			rc = tile_load(s->db, kept, n, t, reterr);
	}
	if (rc == RC_OK && t->len != at)
		rc = err_set(reterr, RC_CORRUPT, "L1", "archive.tile", NULL);
	if (rc != RC_OK)
		return rc;
	memcpy(t->hash[at], hash, TREE_HASH);
	t->len++;
	t->dirty = true;
	return RC_OK;
}

void archive_tree_add(void *store, unsigned level, uint64_t index, const uint8_t hash[TREE_HASH])
{
	struct archive *s = store;

	if (level % ARCHIVE_TILE_BITS == 0 && s->tile_rc == RC_OK)
		s->tile_rc = add(s, level / ARCHIVE_TILE_BITS, index, hash, &s->tile_err);
}

enum rc archive_tree_flush(struct archive *s, struct err *reterr)
{
	enum rc rc = s->tile_rc;

	if (rc != RC_OK && reterr)
		*reterr = s->tile_err;
	for (unsigned kept = 0; kept < ARCHIVE_LEVELS && rc == RC_OK; kept++)
		rc = tile_put(s, kept, reterr);
	return rc;
}

void archive_tree_init(struct archive *s)
{
	for (size_t i = 0; i < ARCHIVE_FOLDS; i++)
		s->fold[i].no = -1;
}

void archive_tree_forget(struct archive *s)
{
	for (size_t i = 0; i < ARCHIVE_LEVELS; i++) {
		s->tile[i].n = -1;
		s->tile[i].dirty = false;
	}
	s->tile_rc = RC_OK;
	err_clear(&s->tile_err);
}
