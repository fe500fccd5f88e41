/*
 * archive_runs: from an entry's id or leaf hash to its index, without an index on random
 * bytes in the path of a commit (docs/decisions/0009).
 *
 * A run holds two records (first 8 bytes of the hash, index) for each entry of a range of the
 * log: one of its id, one of its leaf hash, sorted, 250 to a page. The newest entries have no run
 * yet and are scanned. Every 4,096 entries become a run of level 0, eight runs of a level one
 * of the next: a few dozen runs, and one page of each read, whatever the log's length.
 *
 * All of it is built between groups, in steps of bounded work and memory (archive_runs_tidy). A
 * step is one transaction: a run is used from the moment it is whole, its parts until then, and
 * a merge goes on after a crash where its last page ends. What a run tells is only a hint: the
 * entry itself is compared. Does NOT know what anybody looks for.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "server-stub/archive_part.h"
#include "server-stub/archive_sql.h"

enum {
	FAN = 8,
	RECORD = 16, /* bytes: key and index, both big-endian */
	PAGE = 250,  /* records: with its row a page of the file */
	STEP_PAGES = 64,
	DROP_PAGES = 256,
	RUNS_MAX = 1024
};
enum run_state { RUN_READY, RUN_GROWING, RUN_DOOMED };

struct record {
	uint64_t key;
	int64_t index;
};

struct run {
	int64_t no, level, lo, hi;
	enum run_state state;
};
struct runs {
	struct run run[RUNS_MAX];
	size_t n;
	int64_t covered; /* entries below are in some run */
};

/* ---- records and pages ---- */

static uint64_t key_of(const uint8_t *hash)
{
	return (uint64_t)codec_get_be32(hash) << 32 | codec_get_be32(hash + 4);
}

/* The key as the file orders it: its integers have a sign. */
static int64_t ordered(uint64_t key)
{
	uint64_t flipped = key ^ UINT64_C(1) << 63;
	int64_t v;

	memcpy(&v, &flipped, sizeof(v));
	return v;
}

static int compare(const void *a, const void *b)
{
	const struct record *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static void put_record(uint8_t *p, const struct record *r)
{
	codec_put_be32(p, (uint32_t)(r->key >> 32));
	codec_put_be32(p + 4, (uint32_t)r->key);
	codec_put_be32(p + 8, (uint32_t)((uint64_t)r->index >> 32));
	codec_put_be32(p + 12, (uint32_t)r->index);
}

static struct record get_record(const uint8_t *p)
{
	return (struct record){key_of(p), (int64_t)key_of(p + 8)};
}

/* Write the records as pages of the run. */
static enum rc add_pages(struct db *db, int64_t run, const struct record *r, size_t n,
			 struct err *reterr)
{
	uint8_t body[PAGE * RECORD];
	enum rc rc = RC_OK;

	for (size_t at = 0; rc == RC_OK && at < n; at += PAGE) {
		size_t len = n - at < PAGE ? n - at : PAGE;

		for (size_t i = 0; i < len; i++)
			put_record(body + i * RECORD, &r[at + i]);
		rc = db_run(db, ASQL_PAGE_ADD,
			    DB_V(db_int(run), db_int(ordered(r[at].key)),
				 db_bytes(body, len * RECORD)),
			    reterr);
	}
	return rc;
}

/* ---- the runs there are ---- */

static enum rc list_runs(struct db *db, struct runs *ret, struct err *reterr)
{
	struct db_q q;
	enum rc rc = db_query(&q, db, ASQL_RUN_LIST, DB_NONE, reterr);

	ret->n = 0;
	ret->covered = 0;
	while (rc == RC_OK && db_next(&q)) {
		struct run r = {db_col_int(&q, 0), db_col_int(&q, 1), db_col_int(&q, 2),
				db_col_int(&q, 3), (enum run_state)db_col_int(&q, 4)};

		if (ret->n == RUNS_MAX) {
			rc = err_num(reterr, RC_LIMIT, NULL, "archive.runs", "max", RUNS_MAX);
			break;
		}
		ret->run[ret->n++] = r;
		if (r.state == RUN_READY && r.hi > ret->covered)
			ret->covered = r.hi;
	}
	return db_end(&q, rc, reterr);
}

static enum rc add_run(struct db *db, struct run *r, struct err *reterr)
{
	enum rc rc =
	    db_run(db, ASQL_RUN_ADD,
		   DB_V(db_int(r->level), db_int(r->lo), db_int(r->hi), db_int(r->state)), reterr);

	if (rc == RC_OK)
		r->no = db_rowid(db);
	return rc;
}

/* ---- a new run of the newest entries ---- */

static enum rc read_ids(struct db *db, int64_t lo, struct record *r, size_t *n, struct err *reterr)
{
	struct db_q q;
	enum rc rc =
	    db_query(&q, db, ASQL_ENTRY_IDS, DB_V(db_int(lo), db_int(lo + ARCHIVE_RUN)), reterr);

	while (rc == RC_OK && db_next(&q)) {
		struct span id = db_col_blob(&q, 1);

		if (id.len == ENTRY_ID_LEN && *n < ARCHIVE_RUN)
			r[(*n)++] = (struct record){key_of(id.p), db_col_int(&q, 0)};
	}
	return db_end(&q, rc, reterr);
}

static enum rc read_leaves(struct db *db, int64_t lo, struct record *r, size_t *n,
			   struct err *reterr)
{
	struct db_q q;
	enum rc rc =
	    db_query(&q, db, ASQL_TILE_LEAVES,
		     DB_V(db_int(lo / ARCHIVE_TILE), db_int((lo + ARCHIVE_RUN) / ARCHIVE_TILE)),
		     reterr);

	while (rc == RC_OK && db_next(&q)) {
		struct span leaf = db_col_blob(&q, 1);
		int64_t index = db_col_int(&q, 0) * ARCHIVE_TILE;

		for (size_t i = 0; i + TREE_HASH <= leaf.len; i += TREE_HASH)
			r[(*n)++] = (struct record){key_of(leaf.p + i), index++};
	}
	return db_end(&q, rc, reterr);
}

static enum rc build(struct db *db, int64_t lo, struct err *reterr)
{
	struct record *r = calloc(2 * ARCHIVE_RUN, sizeof(*r));
	struct run run = {.lo = lo, .hi = lo + ARCHIVE_RUN, .state = RUN_READY};
	size_t n = 0;
	enum rc rc = r ? read_ids(db, lo, r, &n, reterr)
		       : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	if (rc == RC_OK)
		rc = read_leaves(db, lo, r, &n, reterr);
	if (rc == RC_OK && n != 2 * ARCHIVE_RUN)
		rc = err_num(reterr, RC_CORRUPT, NULL, "archive.run", "index", (long long)lo);
	if (rc == RC_OK) {
		qsort(r, n, sizeof(*r), compare);
		rc = add_run(db, &run, reterr);
	}
	if (rc == RC_OK)
		rc = add_pages(db, run.no, r, n, reterr);
	free(r);
	return rc;
}

/* ---- eight runs become one ---- */

/* One of the runs read, from where the merge goes on. */
struct source {
	struct db_q q;
	struct span page; /* what is left of the current one */
	struct record head;
	bool open, has;
};

/* Where the records written so far end. */
struct written {
	struct record last;
	bool any;
};

/* Step to the next record that is not written yet. */
static void advance(struct source *s, const struct written *w)
{
	do {
		if (s->page.len < RECORD) {
			s->has = db_next(&s->q);
			s->page = s->has ? db_col_blob(&s->q, 0) : span_of(NULL, 0);
			if (s->page.len < RECORD)
				s->has = false;
			if (!s->has)
				return;
		}
		s->head = get_record(s->page.p);
		s->page = span_of(s->page.p + RECORD, s->page.len - RECORD);
	} while (w->any && compare(&s->head, &w->last) <= 0);
}

static enum rc source_open(struct source *s, struct db *db, const struct run *r,
			   const struct written *w, struct err *reterr)
{
	int64_t from = INT64_MIN;
	enum rc rc = RC_OK;

	if (w->any)
		rc = db_get_int(db, ASQL_PAGE_START,
				DB_V(db_int(r->no), db_int(ordered(w->last.key))), &from, reterr);
	if (rc != RC_OK)
		return rc;
	rc = db_query(&s->q, db, ASQL_PAGE_FROM, DB_V(db_int(r->no), db_int(from)), reterr);
	s->open = true;
	if (rc == RC_OK) {
		s->has = true;
		advance(s, w);
	}
	return rc;
}

static enum rc written_so_far(struct db *db, const struct run *to, struct written *ret,
			      struct err *reterr)
{
	struct buf b;
	enum rc rc;

	*ret = (struct written){.any = false};
	buf_init(&b, PAGE * RECORD);
	rc = db_get_bytes(db, ASQL_PAGE_LAST, DB_V(db_int(to->no)), &b, reterr);
	if (rc == RC_OK && b.len >= RECORD)
		*ret = (struct written){get_record(b.p + b.len - RECORD), true};
	buf_free(&b);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

/* The smallest of what is left, NULL when nothing is. */
static struct source *least(struct source s[FAN])
{
	struct source *min = NULL;

	for (size_t i = 0; i < FAN; i++)
		if (s[i].has && (!min || compare(&s[i].head, &min->head) < 0))
			min = &s[i];
	return min;
}

/* Up to STEP_PAGES of the merge; fewer records than that: it is at its end. */
static enum rc merge_some(struct db *db, const struct run *const from[FAN], const struct run *to,
			  struct record *r, size_t *retn, struct err *reterr)
{
	struct source s[FAN] = {{.open = false}}, *min;
	struct written w;
	size_t n = 0;
	enum rc rc = written_so_far(db, to, &w, reterr);

	for (size_t i = 0; rc == RC_OK && i < FAN; i++)
		rc = source_open(&s[i], db, from[i], &w, reterr);
	while (rc == RC_OK && n < (size_t)STEP_PAGES * PAGE && (min = least(s)) != NULL) {
		r[n++] = min->head;
		advance(min, &w);
	}
	for (size_t i = 0; i < FAN; i++)
		if (s[i].open)
			rc = db_end(&s[i].q, rc, reterr);
	*retn = n;
	return rc;
}

static enum rc merge_step(struct db *db, const struct run *const from[FAN], const struct run *to,
			  struct err *reterr)
{
	struct record *r = calloc((size_t)STEP_PAGES * PAGE, sizeof(*r));
	size_t n = 0;
	enum rc rc = r ? merge_some(db, from, to, r, &n, reterr)
		       : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	if (rc == RC_OK)
		rc = add_pages(db, to->no, r, n, reterr);
	if (rc == RC_OK && n < (size_t)STEP_PAGES * PAGE) {
		rc = db_run(db, ASQL_RUN_STATE, DB_V(db_int(to->no), db_int(RUN_READY)), reterr);
		for (size_t i = 0; rc == RC_OK && i < FAN; i++)
			rc = db_run(db, ASQL_RUN_STATE,
				    DB_V(db_int(from[i]->no), db_int(RUN_DOOMED)), reterr);
	}
	free(r);
	return rc;
}

/* The oldest ready runs of a level, and the run they grow into; false when there is nothing to do. */
static bool find_merge(const struct runs *all, int64_t level, const struct run *ret[FAN],
		       struct run *retto)
{
	size_t n = 0;

	*retto = (struct run){.level = level + 1, .state = RUN_GROWING};
	for (size_t i = 0; i < all->n; i++) {
		const struct run *r = &all->run[i]; /* by lo */

		if (r->level == level && r->state == RUN_READY && n < FAN)
			ret[n++] = r;
		if (r->level == level + 1 && r->state == RUN_GROWING)
			*retto = *r;
	}
	if (n < FAN)
		return false;
	retto->lo = ret[0]->lo;
	retto->hi = ret[FAN - 1]->hi;
	return true;
}

static int64_t top_level(const struct runs *all)
{
	int64_t top = 0;

	for (size_t i = 0; i < all->n; i++)
		if (all->run[i].level > top)
			top = all->run[i].level;
	return top;
}

/* One step of each level's merge, so that none falls behind. */
static enum rc merge_levels(struct db *db, const struct runs *all, struct err *reterr)
{
	int64_t top = top_level(all);
	enum rc rc = RC_OK;

	for (int64_t level = 0; rc == RC_OK && level <= top; level++) {
		const struct run *from[FAN];
		struct run to;

		if (!find_merge(all, level, from, &to))
			continue;
		if (to.no == 0)
			rc = add_run(db, &to, reterr);
		if (rc == RC_OK)
			rc = merge_step(db, from, &to, reterr);
	}
	return rc;
}

/* ---- runs that are in a larger one ---- */

static enum rc drop_some(struct db *db, const struct runs *all, struct err *reterr)
{
	int64_t left = DROP_PAGES;
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && left > 0 && i < all->n; i++) {
		const struct run *r = &all->run[i];

		if (r->state != RUN_DOOMED)
			continue;
		rc = db_run(db, ASQL_PAGE_DROP, DB_V(db_int(r->no), db_int(left)), reterr);
		left -= db_changed(db);
		if (rc == RC_OK && left > 0)
			rc = db_run(db, ASQL_RUN_DROP, DB_V(db_int(r->no)), reterr);
	}
	return rc;
}

/* ---- the step ---- */

static bool has_work(const struct runs *all, int64_t size)
{
	const struct run *from[FAN];
	struct run to;

	if (size - all->covered >= ARCHIVE_RUN)
		return true;
	for (size_t i = 0; i < all->n; i++)
		if (all->run[i].state != RUN_READY || find_merge(all, all->run[i].level, from, &to))
			return true;
	return false;
}

static enum rc step(struct archive *s, const struct runs *all, int64_t size, struct err *reterr)
{
	enum rc rc = db_begin(s->db, reterr);

	if (rc != RC_OK)
		return rc;
	if (size - all->covered >= ARCHIVE_RUN)
		rc = build(s->db, all->covered, reterr);
	if (rc == RC_OK)
		rc = merge_levels(s->db, all, reterr);
	if (rc == RC_OK)
		rc = drop_some(s->db, all, reterr);
	rc = db_finish(s->db, rc, reterr);
	if (rc == RC_OK)
		archive_committed(s);
	return rc;
}

enum rc archive_runs_tidy(void *ctx, int64_t size, int64_t *retleft, bool *retmore,
			  struct err *reterr)
{
	struct archive *s = ctx;
	struct runs *all = calloc(1, sizeof(*all));
	enum rc rc = all ? list_runs(s->db, all, reterr)
			 : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	if (rc == RC_OK && has_work(all, size)) {
		rc = step(s, all, size, reterr);
		if (rc == RC_OK)
			rc = list_runs(s->db, all, reterr);
	}
	if (rc == RC_OK) {
		*retleft = size - all->covered;
		*retmore = has_work(all, size);
	}
	free(all);
	return rc;
}

/* ---- looking up ---- */

/* The entry itself decides; 8 bytes of a hash may be another's. */
static enum rc is_it(struct db *db, enum archive_hash what, const uint8_t *hash, int64_t index,
		     bool *ret, struct err *reterr)
{
	size_t at = what == ARCHIVE_LEAF ? (size_t)(index % ARCHIVE_TILE) * TREE_HASH : 0;
	struct db_q q;
	enum rc rc =
	    what == ARCHIVE_LEAF
		? db_query(&q, db, ASQL_TILE_GET, DB_V(db_int(index / ARCHIVE_TILE)), reterr)
		: db_query(&q, db, ASQL_ENTRY_IDS, DB_V(db_int(index), db_int(index + 1)), reterr);

	*ret = false;
	if (rc == RC_OK && db_next(&q)) {
		struct span b = db_col_blob(&q, what == ARCHIVE_LEAF ? 0 : 1);

		*ret = b.len >= at + TREE_HASH && memcmp(b.p + at, hash, TREE_HASH) == 0;
	}
	return db_end(&q, rc, reterr);
}

static enum rc find_in_page(struct db *db, enum archive_hash what, const uint8_t *hash,
			    struct span body, int64_t *ret, struct err *reterr)
{
	uint64_t key = key_of(hash);
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && *ret < 0 && i + RECORD <= body.len; i += RECORD) {
		struct record r = get_record(body.p + i);
		bool same = false;

		if (r.key > key)
			break;
		if (r.key == key)
			rc = is_it(db, what, hash, r.index, &same, reterr);
		if (same)
			*ret = r.index;
	}
	return rc;
}

/* The last page that begins at or below the key, and those before it while they begin at the key. */
static enum rc find_in_run(struct db *db, enum archive_hash what, const uint8_t *hash, int64_t run,
			   int64_t *ret, struct err *reterr)
{
	int64_t want = ordered(key_of(hash));
	bool more = true;
	struct db_q q;
	enum rc rc = db_query(&q, db, ASQL_PAGE_AT, DB_V(db_int(run), db_int(want)), reterr);

	while (rc == RC_OK && more && db_next(&q)) {
		rc = find_in_page(db, what, hash, db_col_blob(&q, 1), ret, reterr);
		more = *ret < 0 && db_col_int(&q, 0) == want;
	}
	return db_end(&q, rc, reterr);
}

/* What no run has yet. */
static enum rc find_in_tail(struct db *db, enum archive_hash what, const uint8_t *hash,
			    int64_t covered, int64_t *ret, struct err *reterr)
{
	struct db_q q;
	enum rc rc;

	if (what == ARCHIVE_LEAF)
		return archive_tree_find(db, hash, covered, ret, reterr);
	rc = db_query(&q, db, ASQL_ENTRY_ID, DB_V(db_bytes(hash, ENTRY_ID_LEN), db_int(covered)),
		      reterr);
	if (rc == RC_OK && db_next(&q))
		*ret = db_col_int(&q, 0);
	return db_end(&q, rc, reterr);
}

/* The cursor over the runs stays open to the end: it holds one view of the file for all of it. */
enum rc archive_runs_find(struct db *db, enum archive_hash what, const uint8_t *hash, int64_t *ret,
			  struct err *reterr)
{
	int64_t covered = 0, found = -1;
	struct db_q q;
	enum rc rc = db_query(&q, db, ASQL_RUN_READY, DB_NONE, reterr);

	while (rc == RC_OK && found < 0 && db_next(&q)) {
		if (db_col_int(&q, 1) > covered)
			covered = db_col_int(&q, 1);
		rc = find_in_run(db, what, hash, db_col_int(&q, 0), &found, reterr);
	}
	if (rc == RC_OK && found < 0)
		rc = find_in_tail(db, what, hash, covered, &found, reterr);
	rc = db_end(&q, rc, reterr);
	if (rc == RC_OK)
		*ret = found;
	return rc;
}
