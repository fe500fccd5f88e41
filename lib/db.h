/*
 * db: SQLite, opened one way: WAL, synchronous FULL, foreign keys, untrusted
 * schema, cells checked, append-only tables guarded twice (authorizer here,
 * triggers in the schema), numbered migrations, a closed list of statements.
 * The only file with sqlite3.h. Knows nothing of what is stored, and has no
 * SQL of a store: that stands in *_sql.h.
 *
 * Two consequences for a schema: a trigger cannot write a full-text table (fts5 of
 * 3.40 counts as unsafe under an untrusted schema), so statements write it
 * directly; and no statement of a store may change the schema, ATTACH or PRAGMA.
 *
 * A struct db is used by one thread at a time. Only one connection of a file
 * writes and checkpoints (WAL-reset defect before 3.51.3): the owner process
 * holds an os_lock beside it; readers open with DB_READONLY.
 *
 * Failures: RC_FULL "db.full", RC_BUSY "db.busy", RC_IO "db.io", RC_CORRUPT
 * "db.corrupt", RC_EXISTS "db.exists" (UNIQUE or PRIMARY KEY), RC_INTERNAL
 * "db.append_only" | "db.constraint" (CHECK, NOT NULL, type, foreign key) |
 * "db.refused" (the authorizer) | "db.sql", RC_NOMEM; each with {detail}.
 */
#ifndef KK_LIB_DB_H
#define KK_LIB_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"

struct db;

/* ---- what a store declares ---- */

struct db_stmt_def {
	int id;          /* its index in the array: checked at open */
	const char *sql; /* exactly one statement, ?1 ?2 ... */
};

struct db_def {
	int32_t app_id;               /* PRAGMA application_id: a foreign file is refused */
	const char *const *migration; /* [i] takes version i to i+1; only ever appended to */
	int nmigration;
	const struct db_stmt_def *stmt;
	int nstmt;
	const char *const *append_only; /* table names, NULL-terminated, or NULL */
	const int *eraser; /* ids of the statements that may DELETE/UPDATE those tables */
	int neraser;
	bool secure_delete; /* overwrite what is deleted */
};

/*
 * The triggers a migration writes for each append-only table; db_open refuses a
 * schema in which a table of append_only lacks them (RC_INTERNAL "db.no_trigger").
 * DB_ERASABLE lets a DELETE through where `cond` (over OLD) holds, for instance
 * "EXISTS(SELECT 1 FROM erasure WHERE id = OLD.id)"; the authorizer still wants
 * the statement to be an eraser.
 */
#define DB_APPEND_ONLY(table)                                        \
	"CREATE TRIGGER " table "_no_update BEFORE UPDATE ON " table \
	" BEGIN SELECT RAISE(ABORT, 'append-only'); END;"            \
	"CREATE TRIGGER " table "_no_delete BEFORE DELETE ON " table \
	" BEGIN SELECT RAISE(ABORT, 'append-only'); END;"
#define DB_ERASABLE(table, cond)                                                            \
	"CREATE TRIGGER " table "_no_update BEFORE UPDATE ON " table                        \
	" BEGIN SELECT RAISE(ABORT, 'append-only'); END;"                                   \
	"CREATE TRIGGER " table "_no_delete BEFORE DELETE ON " table " WHEN NOT (" cond ")" \
	" BEGIN SELECT RAISE(ABORT, 'append-only'); END;"

/* ---- open ---- */

enum db_open_flag {
	DB_READONLY = 1, /* must exist and have the current version; any write is RC_INTERNAL */
	DB_MEMORY = 2,   /* path is ignored; nothing durable */
	DB_EXISTING = 4  /* RC_NOTFOUND "db.missing" rather than making it */
};

/*
 * Open, check the application id, apply missing migrations (one transaction
 * each; the text of those applied is kept in the file and compared). *def and
 * its arrays outlive the db. RC_REFUSED "db.foreign" (not ours), RC_UNAVAILABLE
 * "db.newer" (made by a newer program), RC_CONFLICT "db.older" (read-only only),
 * RC_INTERNAL "db.migration_edited" with {version}.
 */
enum rc db_open(struct db **ret, const char *path, const struct db_def *def, unsigned flags,
		struct err *reterr);
void db_free(struct db *db); /* rolls back what is open; checkpoints when it is the last */

int db_version(const struct db *db); /* migrations applied */

/* ---- statements ---- */

struct db_val {
	enum { DB_NULL, DB_INT, DB_TEXT, DB_BLOB } type;
	int64_t i;
	struct span s; /* borrowed until the cursor ends or db_run returns */
};
static inline struct db_val db_null(void)
{
	return (struct db_val){.type = DB_NULL};
}
static inline struct db_val db_int(int64_t v)
{
	return (struct db_val){.type = DB_INT, .i = v};
}
static inline struct db_val db_text(struct span s) /* UTF-8; empty is '', not NULL */
{
	return (struct db_val){.type = DB_TEXT, .s = s};
}
static inline struct db_val db_str(const char *s) /* NULL pointer is NULL */
{
	return s ? db_text(span_str(s)) : db_null();
}
static inline struct db_val db_blob(struct span s) /* empty is x'', not NULL */
{
	return (struct db_val){.type = DB_BLOB, .s = s};
}
static inline struct db_val db_bytes(const void *p, size_t len)
{
	return db_blob(span_of(p, len));
}

/* The values of ?1, ?2, ... in order: DB_V(db_int(n), db_text(s)), or DB_NONE. */
#define DB_V(...)                             \
	(const struct db_val[]){__VA_ARGS__}, \
	    sizeof((const struct db_val[]){__VA_ARGS__}) / sizeof(struct db_val)
#define DB_NONE NULL, 0

/* A statement that gives no rows (rows are skipped). A wrong count of values: RC_INTERNAL "db.sql". */
enum rc db_run(struct db *db, int stmt, const struct db_val *v, size_t n, struct err *reterr);

/* First column of the first row. RC_NOTFOUND "db.no_row" when there is none; NULL counts as 0. */
enum rc db_get_int(struct db *db, int stmt, const struct db_val *v, size_t n, int64_t *ret,
		   struct err *reterr);
/* The same appended to *retbuf (text or blob). */
enum rc db_get_bytes(struct db *db, int stmt, const struct db_val *v, size_t n, struct buf *retbuf,
		     struct err *reterr);

/*
 * A cursor:
 *	struct db_q q;
 *	rc = db_query(&q, db, ST_LIST, DB_V(db_int(scope)), reterr);
 *	while (rc == RC_OK && db_next(&q))
 *		... db_col_int(&q, 0) ...
 *	rc = db_end(&q, rc, reterr);
 * db_query always leaves q fit for db_end. The same statement may be open twice
 * (the second is prepared anew). Cursors end before their transaction.
 */
struct db_q {
	struct db *db;
	void *st;
	int stmt;
	bool own; /* prepared for this cursor only */
	enum rc rc;
	struct err err;
};
enum rc db_query(struct db_q *retq, struct db *db, int stmt, const struct db_val *v, size_t n,
		 struct err *reterr);
bool db_next(struct db_q *q); /* false: no more rows, or a failure that db_end tells */
/* Ends the cursor; returns rc unless it is RC_OK and a step failed. May be called twice. */
enum rc db_end(struct db_q *q, enum rc rc, struct err *reterr);

/* Columns of the current row, from 0. Spans are valid until the next db_next or db_end. */
int64_t db_col_int(const struct db_q *q, int col);
struct span db_col_text(const struct db_q *q, int col); /* NULL: empty span, p NULL */
struct span db_col_blob(const struct db_q *q, int col);
bool db_col_null(const struct db_q *q, int col);

int64_t db_rowid(const struct db *db);   /* of the last INSERT */
int64_t db_changed(const struct db *db); /* rows the last INSERT, UPDATE or DELETE touched */

/* ---- transactions ---- */

/* BEGIN IMMEDIATE: takes the write lock now. RC_BUSY after the busy timeout. */
enum rc db_begin(struct db *db, struct err *reterr);
/* Until db_rollback everything is read as of one moment: that of the first question. RC_BUSY, RC_IO. */
enum rc db_hold(struct db *db, struct err *reterr);
/* Durable when it returns RC_OK. On failure everything is rolled back. */
enum rc db_commit(struct db *db, struct err *reterr);
void db_rollback(struct db *db); /* fine when nothing is open */
bool db_in_transaction(const struct db *db);
/* db_commit when rc is RC_OK, else db_rollback; returns the first failure. */
enum rc db_finish(struct db *db, enum rc rc, struct err *reterr);

/* Nested up to 8 deep, inside a transaction. */
enum rc db_save(struct db *db, struct err *reterr);
enum rc db_save_keep(struct db *db, struct err *reterr); /* ends the innermost, keeping it */
void db_save_undo(struct db *db);                        /* ends the innermost, undoing it */

/* ---- upkeep ---- */

/*
 * WAL checkpoints never run by themselves on the path of a save; the owner calls
 * this when idle or when db_wal_pages is high. Passive never waits; truncate also
 * empties the file. Readers in the way: RC_OK, *retleft > 0 (may be NULL).
 */
enum db_checkpoint { DB_PASSIVE, DB_TRUNCATE };
enum rc db_checkpoint(struct db *db, enum db_checkpoint how, int *retleft, struct err *reterr);
int db_wal_pages(const struct db *db); /* after the last commit of this connection */
/* Give back the page cache: what is asked next is read from the file again. */
void db_shrink(struct db *db);

/*
 * Copy the whole database, while in use, to a new file (RC_EXISTS when path is
 * there): written beside it, reopened, checked (integrity and foreign keys,
 * application id, version), fsynced, renamed. One file, no -wal beside it.
 */
enum rc db_backup(struct db *db, const char *path, struct err *reterr);

/* PRAGMA integrity_check and foreign_key_check. RC_CORRUPT "db.corrupt" with {detail}. */
enum rc db_check(struct db *db, struct err *reterr);

/* Never use more than this many pages (of 4096 bytes); RC_FULL from then on. Tests, quotas. */
enum rc db_page_limit(struct db *db, int64_t pages, struct err *reterr);

/* ---- counters: tests assert counts, never times ---- */

struct db_stats {
	int64_t prepared; /* statements compiled */
	int64_t runs;     /* statements executed, BEGIN/COMMIT not counted */
	int64_t rows;     /* rows handed out */
	int64_t steps;    /* of the statements' programs: what they looked at, about 5 to 20 a row */
	int64_t commits;  /* transactions that became durable */
	int64_t rollbacks;
	int64_t checkpoints;
};
struct db_stats db_stats(const struct db *db);
int64_t db_stmt_runs(const struct db *db, int stmt);

#endif
