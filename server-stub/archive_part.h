/*
 * archive_part: what the parts of the SQLite archive share. Only archive_*.c and tests of
 * them include it.
 */
#ifndef KK_COLLECTOR_ARCHIVE_PART_H
#define KK_COLLECTOR_ARCHIVE_PART_H

#include <stdatomic.h>

#include "lib/db.h"
#include "lib/os.h"
#include "server-stub/archive.h"

enum {
	ARCHIVE_TILE = 256,    /* hashes of a full tile */
	ARCHIVE_TILE_BITS = 8, /* tree levels between two kept ones */
	ARCHIVE_LEVELS = 8,    /* kept levels: 2^64 leaves */
	ARCHIVE_FOLDS = 64,    /* tiles remembered for readers: 1 MiB */
	ARCHIVE_RUN = 4096,    /* entries of a new run: whole tiles; about as many are scanned */
	ARCHIVE_BLOB_LOCKS = 16
};

/* A tile in memory; n < 0: none. */
struct archive_tile {
	int64_t n;
	size_t len; /* hashes */
	bool dirty;
	uint8_t hash[ARCHIVE_TILE][TREE_HASH];
};

/*
 * A tile as readers share it, with the levels between: node 1 is its root, the children of
 * node i are 2i and 2i + 1, the hashes stored are nodes 256 and up. A hash once committed
 * never changes, so what is here stays right for every reader; a short tile only grows.
 */
struct archive_fold {
	int64_t no; /* of the tile; -1: none */
	size_t len; /* hashes of the tile known here */
	uint8_t known[ARCHIVE_TILE * 2];
	uint8_t node[ARCHIVE_TILE * 2][TREE_HASH];
};

/* Row numbers of feeds, keys and scopes by their bytes (padded with zeros): hot on every append. */
struct archive_slot {
	uint8_t bytes[CRYPT_PK_LEN];
	int64_t no;   /* 0: empty slot */
	int64_t next; /* feeds: one more than the highest seq */
};
struct archive_map {
	struct archive_slot *slot;
	size_t cap, n;
};

struct archive_view {
	struct archive_reader reader; /* ctx is this view */
	struct db *db;
	struct archive *archive;
	struct archive_view *next;                /* in the pool */
};

struct archive {
	char *path, *blobs;
	struct db *db; /* the sequencer's */
	struct archive_writer writer;
	struct archive_view own; /* reads on the sequencer's connection */
	struct archive_map feed, key, scope;
	struct archive_tile tile[ARCHIVE_LEVELS]; /* the growing tile of each kept level */
	enum rc tile_rc;                          /* first failure of tree_node, told at commit */
	struct err tile_err;
	bool erased;                              /* erased bytes may still be in files */
	_Atomic int64_t commits;
	struct os_mutex *fold_lock;
	struct archive_fold fold[ARCHIVE_FOLDS]; /* by number */
	struct os_mutex *mutex;                  /* pool */
	struct archive_view *idle;
	struct os_mutex *blob_lock[ARCHIVE_BLOB_LOCKS];
};

/* archive_write.c */
void archive_committed(struct archive *s); /* count it; move the WAL into the file when it is long */
void archive_write_init(struct archive *s);
void archive_write_forget(struct archive *s); /* what the caches hold */

/* archive_read.c */
void archive_read_init(struct archive_view *v);
void archive_read_row(const struct db_q *q, struct archive_row *ret);
void archive_read_entity(const struct db_q *q, struct archive_entity *ret);
/* Run a statement of rows through take. */
enum rc archive_read_rows(struct db *db, int stmt, const struct db_val *v, size_t n,
			  bool (*take)(void *arg, const struct archive_row *row), void *arg,
			  struct err *reterr);
enum rc archive_read_checkpoint(struct db *db, int64_t size, uint8_t retroot[TREE_HASH],
				int64_t *retat, struct err *reterr);

/* archive_standing.c */
void archive_standing_init(struct archive_reader *r); /* its part of the reader */
void archive_standing_write(struct archive_writer *w); /* and of the writer */

/* archive_fact.c */
void archive_fact_init(struct archive_reader *r);
void archive_fact_write(struct archive_writer *w);

/* archive_erase.c */
void archive_erase_init(struct archive *s);
void archive_erase_read_init(struct archive_reader *r);
/* Remove what erases have left in files; s->erased tells whether something is left still. */
enum rc archive_erase_sweep(struct archive *s, struct err *reterr);

/* archive_blob.c: the file, whole and in parts. */
enum rc archive_blob_remove(struct archive *s, const uint8_t sha[32], struct err *reterr);

/* archive_submission.c */
void archive_submission_init(struct archive *s);
void archive_submission_read_init(struct archive_reader *r);

/* archive_tree.c */
void archive_tree_init(struct archive *s);
enum rc archive_tree_node(void *view, unsigned level, uint64_t index, uint8_t ret[TREE_HASH],
			  struct err *reterr);
void archive_tree_add(void *store, unsigned level, uint64_t index, const uint8_t hash[TREE_HASH]);
enum rc archive_tree_flush(struct archive *s, struct err *reterr);
void archive_tree_forget(struct archive *s);
/* Scan the leaves from index `from`, the beginning of a tile; *ret is left alone when absent. */
enum rc archive_tree_find(struct db *db, const uint8_t leafhash[TREE_HASH], int64_t from,
			  int64_t *ret, struct err *reterr);

/* archive_runs.c */
enum archive_hash { ARCHIVE_ID, ARCHIVE_LEAF };
/* Index of the entry with that id or leaf hash (32 bytes), -1 when absent. */
enum rc archive_runs_find(struct db *db, enum archive_hash what, const uint8_t *hash, int64_t *ret,
			  struct err *reterr);
enum rc archive_runs_tidy(void *store, int64_t size, int64_t *retleft, bool *retmore,
			  struct err *reterr);

#endif
