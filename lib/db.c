/*
 * db: see db.h. Three guards stand around an append-only table: the authorizer
 * refuses to compile an UPDATE or DELETE of it unless the statement is a declared
 * eraser; the triggers of the schema, which db_open looks for, abort one all the
 * same; recursive_triggers makes the delete inside an INSERT OR REPLACE fire them
 * too, for the authorizer never sees that one. After opening, nothing that changes
 * the schema compiles any more.
 */
#include "lib/db.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "lib/os.h"

enum {
	DB_BUSY_MS = 5000,   /* wait for another process's write lock; commits take milliseconds */
	DB_PAGE = 4096,      /* bytes; the file system's block */
	DB_CACHE_KIB = 8192, /* page cache of one connection */
	DB_SAVES = 8,        /* savepoints within each other */
	DB_CHECK_ERRORS = 1  /* problems integrity_check looks for before it stops: one is enough */
};

struct stmt {
	sqlite3_stmt *st;
	bool busy; /* a cursor is on it */
	int64_t runs;
};

struct db {
	sqlite3 *h;
	const struct db_def *def;
	struct stmt *stmt; /* def->nstmt */
	sqlite3_stmt *begin, *commit;
	bool open_done;     /* false while db_open itself runs: the authorizer lets all through */
	bool may_erase;     /* the statement now compiled or stepped is an eraser */
	bool denied;        /* the authorizer said no */
	bool denied_append; /* ... because of an append-only table */
	int version, wal_pages, saves;
	struct db_stats stats;
};

/* ---- errors ---- */

static enum rc fail_as(struct err *reterr, enum rc rc, const char *key, const char *detail)
{
	return err_set(reterr, rc, NULL, key, "detail", detail, NULL);
}

static enum rc constraint(int code, const char *msg, struct err *reterr)
{
	switch (code) {
	case SQLITE_CONSTRAINT_UNIQUE:
	case SQLITE_CONSTRAINT_PRIMARYKEY:
	case SQLITE_CONSTRAINT_ROWID: return fail_as(reterr, RC_EXISTS, "db.exists", msg);
	case SQLITE_CONSTRAINT_TRIGGER: return fail_as(reterr, RC_INTERNAL, "db.append_only", msg);
	default: return fail_as(reterr, RC_INTERNAL, "db.constraint", msg);
	}
}

static enum rc denied(struct db *db, const char *msg, struct err *reterr)
{
	const char *key = db->denied_append ? "db.append_only" : "db.refused";

	db->denied = db->denied_append = false;
	return fail_as(reterr, RC_INTERNAL, key, msg);
}

/*
 * Did a write fail for want of room? SQLite says SQLITE_FULL for ENOSPC alone; a quota or a limit on the
 * size of files is an I/O error to it, whose errno each file remembers (sqlite3_system_errno
 * does not have it when a commit fails).
 */
static bool no_room(struct db *db)
{
	static const int which[] = {SQLITE_FCNTL_JOURNAL_POINTER, SQLITE_FCNTL_FILE_POINTER};

	for (size_t i = 0; db->h && i < sizeof which / sizeof which[0]; i++) {
		sqlite3_file *f = NULL;
		int error = 0;

		if (sqlite3_file_control(db->h, "main", which[i], &f) == SQLITE_OK && f &&
		    f->pMethods &&
		    f->pMethods->xFileControl(f, SQLITE_FCNTL_LAST_ERRNO, &error) == SQLITE_OK &&
		    os_is_full(error))
			return true;
	}
	return false;
}

/* What the extended result `code` of this connection means to us. */
static enum rc fail(struct db *db, int code, struct err *reterr)
{
	static const struct {
		int code;
		enum rc rc;
		const char *key;
	} table[] = {
	    {SQLITE_FULL, RC_FULL, "db.full"},
	    {SQLITE_BUSY, RC_BUSY, "db.busy"},
	    {SQLITE_LOCKED, RC_BUSY, "db.busy"},
	    {SQLITE_IOERR, RC_IO, "db.io"},
	    {SQLITE_CANTOPEN, RC_IO, "db.io"},
	    {SQLITE_PROTOCOL, RC_IO, "db.io"},
	    {SQLITE_CORRUPT, RC_CORRUPT, "db.corrupt"},
	    {SQLITE_NOTADB, RC_REFUSED, "db.foreign"},
	    {SQLITE_PERM, RC_DENIED, "db.denied"},
	    {SQLITE_READONLY, RC_INTERNAL, "db.readonly"},
	};
	const char *msg = db->h ? sqlite3_errmsg(db->h) : sqlite3_errstr(code);
	int base = code & 0xff;

	if (base == SQLITE_IOERR && db->h && os_is_full(sqlite3_system_errno(db->h)))
		base = SQLITE_FULL; /* SQLite says so itself only where it writes pages */
	if (code == SQLITE_IOERR_NOMEM || base == SQLITE_NOMEM)
		return err_set(reterr, RC_NOMEM, NULL, "os.memory", NULL);
	if (code == SQLITE_IOERR_WRITE && no_room(db))
		return fail_as(reterr, RC_FULL, "db.full", msg);
	if (base == SQLITE_CONSTRAINT)
		return constraint(code, msg, reterr);
	if (base == SQLITE_AUTH || (base == SQLITE_ERROR && db->denied))
		return denied(db, msg, reterr);
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (table[i].code == base)
			return fail_as(reterr, table[i].rc, table[i].key, msg);
	return fail_as(reterr, RC_INTERNAL, "db.sql", msg);
}

/* ---- the guard ---- */

static bool named(const char *const *list, const char *name)
{
	for (; list && *list; list++)
		if (sqlite3_stricmp(*list, name) == 0)
			return true;
	return false;
}

static int authorize(void *arg, int action, const char *a, const char *b, const char *c,
		     const char *d)
{
	struct db *db = arg;

	(void)b;
	(void)c;
	(void)d;
	if (db->open_done) {
		switch (action) {
		case SQLITE_UPDATE:
		case SQLITE_DELETE:
			if (db->may_erase || !named(db->def->append_only, a))
				return SQLITE_OK;
			db->denied_append = true;
			break;
		case SQLITE_READ:
		case SQLITE_SELECT:
		case SQLITE_INSERT:
		case SQLITE_FUNCTION:
		case SQLITE_TRANSACTION:
		case SQLITE_SAVEPOINT:
		case SQLITE_RECURSIVE: return SQLITE_OK;
		case SQLITE_PRAGMA: /* full-text tables ask this one themselves */
			if (a && strcmp(a, "data_version") == 0)
				return SQLITE_OK;
			break;
		default: break;
		}
		db->denied = true;
		return SQLITE_DENY;
	}
	return SQLITE_OK;
}

static bool is_eraser(const struct db *db, int stmt)
{
	for (int i = 0; i < db->def->neraser; i++)
		if (db->def->eraser[i] == stmt)
			return true;
	return false;
}

static int on_commit(void *arg)
{
	struct db *db = arg;

	db->stats.commits++;
	return 0;
}

static void on_rollback(void *arg)
{
	struct db *db = arg;

	db->stats.rollbacks++;
}

static int on_wal(void *arg, sqlite3 *h, const char *name, int pages)
{
	struct db *db = arg;

	(void)h;
	(void)name;
	db->wal_pages = pages;
	return SQLITE_OK;
}

/* ---- SQL of our own: pragmas and the version table, never a store's ---- */

static enum rc own(struct db *db, const char *sql, struct err *reterr)
{
	bool was = db->open_done;
	int code;

	db->open_done = false;
	code = sqlite3_exec(db->h, sql, NULL, NULL, NULL);
	db->open_done = was;
	return code == SQLITE_OK ? RC_OK : fail(db, code, reterr);
}

/* First column of the first row as number; missing row: 0. `text` (may be NULL) is bound to ?1. */
static enum rc own_int(struct db *db, const char *sql, const char *text, int64_t *ret,
		       struct err *reterr)
{
	sqlite3_stmt *st = NULL;
	bool was = db->open_done;
	int code;

	db->open_done = false;
	code = sqlite3_prepare_v2(db->h, sql, -1, &st, NULL);
	if (code == SQLITE_OK && text)
		code = sqlite3_bind_text(st, 1, text, -1, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_step(st);
	if (code == SQLITE_ROW)
		*ret = sqlite3_column_int64(st, 0);
	else if (code == SQLITE_DONE)
		*ret = 0;
	db->open_done = was;
	enum rc rc = code == SQLITE_ROW || code == SQLITE_DONE ? RC_OK : fail(db, code, reterr);
	sqlite3_finalize(st);
	return rc;
}

/* Append the first column of each row, one per line. */
static enum rc own_text(struct db *db, const char *sql, struct buf *retbuf, struct err *reterr)
{
	sqlite3_stmt *st = NULL;
	bool was = db->open_done;
	int code;

	db->open_done = false;
	code = sqlite3_prepare_v2(db->h, sql, -1, &st, NULL);
	while (code == SQLITE_OK || code == SQLITE_ROW) {
		code = sqlite3_step(st);
		if (code != SQLITE_ROW)
			break;
		if (retbuf->len > 0)
			buf_add_char(retbuf, '\n');
		buf_add_str(retbuf, (const char *)sqlite3_column_text(st, 0));
	}
	db->open_done = was;
	enum rc rc = code == SQLITE_DONE ? RC_OK : fail(db, code, reterr);
	sqlite3_finalize(st);
	return rc;
}

/* ---- open ---- */

static enum rc pragmas(struct db *db, unsigned flags, struct err *reterr)
{
	static const char common[] = "PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF;"
				     "PRAGMA cell_size_check=ON; PRAGMA recursive_triggers=ON;"
				     "PRAGMA temp_store=MEMORY; PRAGMA synchronous=FULL;";
	struct buf b;
	enum rc rc;

	buf_init(&b, 256);
	buf_addf(&b, "PRAGMA cache_size=-%d; PRAGMA page_size=%d;", DB_CACHE_KIB, DB_PAGE);
	if (db->def->secure_delete)
		buf_add_str(&b, "PRAGMA secure_delete=ON;");
	rc = buf_check(&b, reterr);
	if (rc == RC_OK)
		rc = own(db, common, reterr);
	if (rc == RC_OK)
		rc = own(db, (const char *)b.p, reterr);
	buf_free(&b);
	if (rc == RC_OK && !(flags & (DB_READONLY | DB_MEMORY)))
		rc = own(db, "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=0;", reterr);
	return rc;
}

/* Refuse another program's file, before anything is changed in it. */
static enum rc check_app_id(struct db *db, const char *path, struct err *reterr)
{
	int64_t id, objects;
	enum rc rc = own_int(db, "PRAGMA application_id", NULL, &id, reterr);

	if (rc == RC_OK)
		rc = own_int(db, "SELECT count(*) FROM sqlite_schema", NULL, &objects, reterr);
	if (rc != RC_OK || id == db->def->app_id || (id == 0 && objects == 0))
		return rc;
	return err_set(reterr, RC_REFUSED, NULL, "db.foreign", "detail", path, NULL);
}

/* The text of applied migrations is kept, so that an edited one is noticed at once. */
static enum rc check_migrations(struct db *db, struct err *reterr)
{
	for (int i = 0; i < db->version; i++) {
		struct buf sql;
		int64_t same = 0;
		enum rc rc;

		buf_init(&sql, 128);
		buf_addf(&sql, "SELECT count(*) FROM db_migration WHERE version=%d AND sql=?1",
			 i + 1);
		rc = own_int(db, (const char *)sql.p, db->def->migration[i], &same, reterr);
		buf_free(&sql);
		if (rc != RC_OK)
			return rc;
		if (same != 1)
			return err_num(reterr, RC_INTERNAL, NULL, "db.migration_edited", "version",
				       i + 1);
	}
	return RC_OK;
}

static enum rc note_migration(struct db *db, int version, struct err *reterr)
{
	static const char sql[] = "INSERT INTO db_migration(version,sql) VALUES(?1,?2)";
	sqlite3_stmt *st = NULL;
	int code = sqlite3_prepare_v2(db->h, sql, -1, &st, NULL);
	enum rc rc;

	if (code == SQLITE_OK)
		code = sqlite3_bind_int(st, 1, version);
	if (code == SQLITE_OK)
		code = sqlite3_bind_text(st, 2, db->def->migration[version - 1], -1, SQLITE_STATIC);
	if (code == SQLITE_OK)
		code = sqlite3_step(st);
	rc = code == SQLITE_DONE ? RC_OK : fail(db, code, reterr);
	sqlite3_finalize(st);
	return rc;
}

static enum rc migrate_one(struct db *db, int version, struct err *reterr)
{
	struct buf b;
	enum rc rc = own(db, "BEGIN IMMEDIATE", reterr);

	if (rc != RC_OK)
		return rc;
	buf_init(&b, 512);
	if (version == 1)
		buf_addf(&b,
			 "PRAGMA application_id=%d;"
			 "CREATE TABLE db_migration(version INTEGER PRIMARY KEY, sql TEXT NOT NULL)"
			 " STRICT;",
			 (int)db->def->app_id);
	buf_addf(&b, "PRAGMA user_version=%d;", version);
	rc = own(db, (const char *)b.p, reterr);
	buf_free(&b);
	if (rc == RC_OK)
		rc = own(db, db->def->migration[version - 1], reterr);
	if (rc == RC_OK)
		rc = note_migration(db, version, reterr);
	if (rc == RC_OK)
		rc = own(db, "COMMIT", reterr);
	if (rc != RC_OK)
		own(db, "ROLLBACK", NULL);
	return rc;
}

static enum rc migrate(struct db *db, unsigned flags, struct err *reterr)
{
	int64_t v = 0;
	enum rc rc = own_int(db, "PRAGMA user_version", NULL, &v, reterr);

	if (rc != RC_OK)
		return rc;
	if (v < 0 || v > db->def->nmigration)
		return err_num(reterr, RC_UNAVAILABLE, NULL, "db.newer", "version", v);
	db->version = (int)v;
	if ((flags & DB_READONLY) && v < db->def->nmigration)
		return err_num(reterr, RC_CONFLICT, NULL, "db.older", "version", v);
	rc = check_migrations(db, reterr);
	while (rc == RC_OK && db->version < db->def->nmigration) {
		rc = migrate_one(db, db->version + 1, reterr);
		if (rc == RC_OK)
			db->version++;
	}
	return rc;
}

/* Each append-only table must carry its two triggers. */
static enum rc check_triggers(struct db *db, struct err *reterr)
{
	static const char sql[] = "SELECT count(*) FROM sqlite_schema WHERE type='trigger' AND"
				  " tbl_name=?1 AND name IN (?1||'_no_update', ?1||'_no_delete')";

	for (const char *const *t = db->def->append_only; t && *t; t++) {
		int64_t n = 0;
		enum rc rc = own_int(db, sql, *t, &n, reterr);
		if (rc != RC_OK)
			return rc;
		if (n != 2)
			return fail_as(reterr, RC_INTERNAL, "db.no_trigger", *t);
	}
	return RC_OK;
}

/* Made by us, so that it (and the -wal and -shm SQLite puts beside it) is 0600 whatever the umask. */
static enum rc make_private(const char *path, struct err *reterr)
{
	struct os_file *f = NULL;
	enum rc rc = os_file_open(&f, path, OS_CREATE, reterr);

	os_file_close(f);
	return rc;
}

static struct os_once config_once = OS_ONCE;

/* SQLite's own count of its memory costs every allocation a mutex that all threads share. */
static void config_begin(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static enum rc open_handle(struct db *db, const char *path, unsigned flags, struct err *reterr)
{
	int how = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, code;
	enum rc rc = RC_OK;

	os_once(&config_once, config_begin);
	if (flags & DB_MEMORY) {
		path = ":memory:";
		how |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
	} else if ((flags & (DB_READONLY | DB_EXISTING)) && !os_file_exists(path)) {
		return err_set(reterr, RC_NOTFOUND, NULL, "db.missing", "detail", path, NULL);
	} else {
		how |= flags & DB_READONLY ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
		if (!os_file_exists(path))
			rc = make_private(path, reterr);
		if (rc != RC_OK)
			return rc;
	}
	code = sqlite3_open_v2(path, &db->h, how, NULL);
	if (code != SQLITE_OK)
		return fail(db, code, reterr);
	sqlite3_busy_timeout(db->h, DB_BUSY_MS);
	sqlite3_db_config(db->h, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(db->h, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	sqlite3_limit(db->h, SQLITE_LIMIT_ATTACHED, 0);
	return RC_OK;
}

/* Order matters: a foreign file is refused before any pragma writes to it. */
static enum rc prepare_all(struct db *db, const char *path, unsigned flags, struct err *reterr)
{
	enum rc rc;

	for (int i = 0; i < db->def->nstmt; i++)
		if (db->def->stmt[i].id != i || !db->def->stmt[i].sql)
			return err_num(reterr, RC_INTERNAL, NULL, "db.stmt_order", "stmt", i);
	rc = open_handle(db, path, flags, reterr);
	if (rc == RC_OK)
		rc = check_app_id(db, path, reterr);
	if (rc == RC_OK)
		rc = pragmas(db, flags, reterr);
	if (rc == RC_OK)
		rc = migrate(db, flags, reterr);
	if (rc == RC_OK)
		rc = check_triggers(db, reterr);
	if (rc != RC_OK)
		return rc;
	sqlite3_db_config(db->h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_set_authorizer(db->h, authorize, db);
	sqlite3_commit_hook(db->h, on_commit, db);
	sqlite3_rollback_hook(db->h, on_rollback, db);
	if (!(flags & DB_READONLY))
		sqlite3_wal_hook(db->h, on_wal, db); /* instead of the automatic checkpoint */
	db->open_done = true;
	return RC_OK;
}

enum rc db_open(struct db **ret, const char *path, const struct db_def *def, unsigned flags,
		struct err *reterr)
{
	struct db *db = calloc(1, sizeof *db);
	enum rc rc;

	if (!db)
		return err_set(reterr, RC_NOMEM, NULL, "os.memory", NULL);
	db->def = def;
	db->stmt = calloc((size_t)def->nstmt + 1, sizeof *db->stmt);
	if (!db->stmt) {
		db_free(db);
		return err_set(reterr, RC_NOMEM, NULL, "os.memory", NULL);
	}
	rc = prepare_all(db, path, flags, reterr);
	if (rc != RC_OK) {
		db_free(db);
		return rc;
	}
	*ret = db;
	return RC_OK;
}

void db_free(struct db *db)
{
	if (!db)
		return;
	for (int i = 0; db->stmt && i < db->def->nstmt; i++)
		sqlite3_finalize(db->stmt[i].st);
	sqlite3_finalize(db->begin);
	sqlite3_finalize(db->commit);
	sqlite3_close_v2(db->h); /* also when a cursor was forgotten; rolls back what is open */
	free(db->stmt);
	free(db);
}

int db_version(const struct db *db)
{
	return db->version;
}

/* ---- statements ---- */

static enum rc compile(struct db *db, int stmt, sqlite3_stmt **ret, struct err *reterr)
{
	const char *tail = NULL;
	sqlite3_stmt *st = NULL;
	int code;

	db->may_erase = is_eraser(db, stmt);
	code = sqlite3_prepare_v3(db->h, db->def->stmt[stmt].sql, -1, SQLITE_PREPARE_PERSISTENT,
				  &st, &tail);
	db->may_erase = false;
	if (code != SQLITE_OK)
		return fail(db, code, reterr);
	if (!st || (tail && tail[strspn(tail, " \t\n;")] != '\0')) {
		sqlite3_finalize(st);
		return fail_as(reterr, RC_INTERNAL, "db.sql", db->def->stmt[stmt].sql);
	}
	db->stats.prepared++;
	*ret = st;
	return RC_OK;
}

static int bind_one(sqlite3_stmt *st, int at, const struct db_val *v)
{
	static const char none[] = "";
	const void *p = v->s.p ? (const void *)v->s.p : none;

	switch (v->type) {
	case DB_INT: return sqlite3_bind_int64(st, at, v->i);
	case DB_TEXT: return sqlite3_bind_text64(st, at, p, v->s.len, SQLITE_STATIC, SQLITE_UTF8);
	case DB_BLOB: return sqlite3_bind_blob64(st, at, p, v->s.len, SQLITE_STATIC);
	case DB_NULL: break;
	}
	return sqlite3_bind_null(st, at);
}

enum rc db_query(struct db_q *retq, struct db *db, int stmt, const struct db_val *v, size_t n,
		 struct err *reterr)
{
	struct stmt *s = &db->stmt[stmt];
	sqlite3_stmt *st = NULL;
	enum rc rc = RC_OK;

	*retq = (struct db_q){.db = db, .stmt = stmt, .own = s->busy};
	if (retq->own || !s->st)
		rc = compile(db, stmt, &st, reterr);
	if (rc != RC_OK)
		return retq->rc = rc;
	if (!retq->own) {
		s->st = st ? st : s->st;
		st = s->st;
		s->busy = true;
	}
	retq->st = st;
	s->runs++;
	db->stats.runs++;
	if ((size_t)sqlite3_bind_parameter_count(st) != n)
		return retq->rc = fail_as(reterr, RC_INTERNAL, "db.sql", sqlite3_sql(st));
	for (size_t i = 0; i < n; i++) {
		int code = bind_one(st, (int)i + 1, &v[i]);
		if (code != SQLITE_OK)
			return retq->rc = fail(db, code, reterr);
	}
	return RC_OK;
}

bool db_next(struct db_q *q)
{
	struct db *db = q->db;
	int code;

	if (q->rc != RC_OK || !q->st)
		return false;
	db->may_erase = is_eraser(db, q->stmt); /* a changed schema compiles it again here */
	code = sqlite3_step(q->st);
	db->may_erase = false;
	if (code == SQLITE_ROW) {
		db->stats.rows++;
		return true;
	}
	if (code != SQLITE_DONE)
		q->rc = fail(db, code, &q->err);
	return false;
}

static int64_t steps_of(sqlite3_stmt *st)
{
	return sqlite3_stmt_status(st, SQLITE_STMTSTATUS_VM_STEP, 0);
}

enum rc db_end(struct db_q *q, enum rc rc, struct err *reterr)
{
	if (q->st && q->own) {
		q->db->stats.steps += steps_of(q->st);
		sqlite3_finalize(q->st);
	} else if (q->st) {
		sqlite3_reset(q->st);
		sqlite3_clear_bindings(q->st);
		q->db->stmt[q->stmt].busy = false;
	}
	q->st = NULL;
	if (rc == RC_OK && q->rc != RC_OK) {
		rc = q->rc;
		if (reterr)
			*reterr = q->err;
	}
	return rc;
}

enum rc db_run(struct db *db, int stmt, const struct db_val *v, size_t n, struct err *reterr)
{
	struct db_q q;
	enum rc rc = db_query(&q, db, stmt, v, n, reterr);

	while (rc == RC_OK && db_next(&q))
		;
	return db_end(&q, rc, reterr);
}

enum rc db_get_int(struct db *db, int stmt, const struct db_val *v, size_t n, int64_t *ret,
		   struct err *reterr)
{
	struct db_q q;
	enum rc rc = db_query(&q, db, stmt, v, n, reterr);
	bool row = rc == RC_OK && db_next(&q);
	int64_t got = row ? db_col_int(&q, 0) : 0;

	rc = db_end(&q, rc, reterr);
	if (rc == RC_OK && !row)
		return err_set(reterr, RC_NOTFOUND, NULL, "db.no_row", NULL);
	if (rc == RC_OK)
		*ret = got;
	return rc;
}

enum rc db_get_bytes(struct db *db, int stmt, const struct db_val *v, size_t n, struct buf *retbuf,
		     struct err *reterr)
{
	struct db_q q;
	enum rc rc = db_query(&q, db, stmt, v, n, reterr);
	bool row = rc == RC_OK && db_next(&q);

	if (row) {
		buf_add_span(retbuf, db_col_blob(&q, 0));
		rc = buf_check(retbuf, reterr);
	}
	rc = db_end(&q, rc, reterr);
	if (rc == RC_OK && !row)
		return err_set(reterr, RC_NOTFOUND, NULL, "db.no_row", NULL);
	return rc;
}

int64_t db_col_int(const struct db_q *q, int col)
{
	return sqlite3_column_int64(q->st, col);
}

struct span db_col_text(const struct db_q *q, int col)
{
	const unsigned char *p = sqlite3_column_text(q->st, col);

	return span_of(p, (size_t)sqlite3_column_bytes(q->st, col));
}

struct span db_col_blob(const struct db_q *q, int col)
{
	const void *p = sqlite3_column_blob(q->st, col);

	return span_of(p, (size_t)sqlite3_column_bytes(q->st, col));
}

bool db_col_null(const struct db_q *q, int col)
{
	return sqlite3_column_type(q->st, col) == SQLITE_NULL;
}

int64_t db_rowid(const struct db *db)
{
	return sqlite3_last_insert_rowid(db->h);
}

int64_t db_changed(const struct db *db)
{
	return sqlite3_changes64(db->h);
}

/* ---- transactions ---- */

static enum rc once_more(struct db *db, sqlite3_stmt **st, const char *sql, struct err *reterr)
{
	int code = SQLITE_OK;

	if (!*st)
		code = sqlite3_prepare_v3(db->h, sql, -1, SQLITE_PREPARE_PERSISTENT, st, NULL);
	if (code == SQLITE_OK)
		code = sqlite3_step(*st);
	enum rc rc = code == SQLITE_DONE ? RC_OK : fail(db, code, reterr);
	sqlite3_reset(*st);
	return rc;
}

enum rc db_begin(struct db *db, struct err *reterr)
{
	return once_more(db, &db->begin, "BEGIN IMMEDIATE", reterr);
}

enum rc db_hold(struct db *db, struct err *reterr)
{
	return own(db, "BEGIN", reterr);
}

enum rc db_commit(struct db *db, struct err *reterr)
{
	enum rc rc = once_more(db, &db->commit, "COMMIT", reterr);

	if (rc != RC_OK)
		db_rollback(db);
	db->saves = 0;
	return rc;
}

void db_rollback(struct db *db)
{
	if (db_in_transaction(db))
		own(db, "ROLLBACK", NULL);
	db->saves = 0;
}

bool db_in_transaction(const struct db *db)
{
	return sqlite3_get_autocommit(db->h) == 0;
}

enum rc db_finish(struct db *db, enum rc rc, struct err *reterr)
{
	if (rc == RC_OK)
		return db_commit(db, reterr);
	db_rollback(db);
	return rc;
}

static const char *const save_sql[DB_SAVES] = {"SAVEPOINT s0", "SAVEPOINT s1", "SAVEPOINT s2",
					       "SAVEPOINT s3", "SAVEPOINT s4", "SAVEPOINT s5",
					       "SAVEPOINT s6", "SAVEPOINT s7"};
static const char *const keep_sql[DB_SAVES] = {"RELEASE s0", "RELEASE s1", "RELEASE s2",
					       "RELEASE s3", "RELEASE s4", "RELEASE s5",
					       "RELEASE s6", "RELEASE s7"};
static const char *const undo_sql[DB_SAVES] = {
    "ROLLBACK TO s0; RELEASE s0", "ROLLBACK TO s1; RELEASE s1", "ROLLBACK TO s2; RELEASE s2",
    "ROLLBACK TO s3; RELEASE s3", "ROLLBACK TO s4; RELEASE s4", "ROLLBACK TO s5; RELEASE s5",
    "ROLLBACK TO s6; RELEASE s6", "ROLLBACK TO s7; RELEASE s7"};

enum rc db_save(struct db *db, struct err *reterr)
{
	enum rc rc;

	if (db->saves >= DB_SAVES || !db_in_transaction(db))
		return fail_as(reterr, RC_INTERNAL, "db.sql", "SAVEPOINT");
	rc = own(db, save_sql[db->saves], reterr);
	if (rc == RC_OK)
		db->saves++;
	return rc;
}

enum rc db_save_keep(struct db *db, struct err *reterr)
{
	if (db->saves == 0)
		return fail_as(reterr, RC_INTERNAL, "db.sql", "RELEASE");
	return own(db, keep_sql[--db->saves], reterr);
}

void db_save_undo(struct db *db)
{
	/* a full disk may have rolled back the whole transaction already */
	if (db->saves > 0 && db_in_transaction(db))
		own(db, undo_sql[db->saves - 1], NULL);
	if (db->saves > 0)
		db->saves--;
}

/* ---- upkeep ---- */

enum rc db_checkpoint(struct db *db, enum db_checkpoint how, int *retleft, struct err *reterr)
{
	int mode = how == DB_TRUNCATE ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
	int log = 0, done = 0;
	int code = sqlite3_wal_checkpoint_v2(db->h, NULL, mode, &log, &done);

	if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY)
		return fail(db, code, reterr);
	db->stats.checkpoints++;
	db->wal_pages = code == SQLITE_OK && log == done ? 0 : log;
	if (retleft)
		*retleft = log > done ? log - done : (code == SQLITE_OK ? 0 : 1);
	return RC_OK;
}

int db_wal_pages(const struct db *db)
{
	return db->wal_pages;
}

void db_shrink(struct db *db)
{
	(void)sqlite3_db_release_memory(db->h);
}

enum rc db_check(struct db *db, struct err *reterr)
{
	struct buf b;
	int64_t n = 0;
	enum rc rc;

	buf_init(&b, 64 * 1024);
	buf_addf(&b, "PRAGMA integrity_check(%d)", DB_CHECK_ERRORS);
	char *sql = buf_take(&b, NULL);
	if (!sql)
		return err_set(reterr, RC_NOMEM, NULL, "os.memory", NULL);
	rc = own_text(db, sql, &b, reterr);
	free(sql);
	if (rc == RC_OK && !span_eq_str(span_buf(&b), "ok"))
		rc = fail_as(reterr, RC_CORRUPT, "db.corrupt", b.p ? (const char *)b.p : "");
	buf_free(&b);
	if (rc == RC_OK)
		rc = own_int(db, "SELECT count(*) FROM pragma_foreign_key_check", NULL, &n, reterr);
	if (rc == RC_OK && n > 0)
		rc = fail_as(reterr, RC_CORRUPT, "db.corrupt", "foreign_key_check");
	return rc;
}

/* Copy all pages into a file of its own, without WAL, so that it is one file. */
static enum rc backup_pages(struct db *db, const char *path, struct err *reterr)
{
	sqlite3 *to = NULL;
	sqlite3_backup *b;
	int code = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);

	if (code == SQLITE_OK)
		code = sqlite3_exec(to, "PRAGMA synchronous=FULL", NULL, NULL, NULL);
	if (code == SQLITE_OK) {
		b = sqlite3_backup_init(to, "main", db->h, "main");
		code = b ? sqlite3_backup_step(b, -1) : sqlite3_errcode(to);
		if (b && sqlite3_backup_finish(b) != SQLITE_OK && code == SQLITE_DONE)
			code = sqlite3_errcode(to);
		if (code == SQLITE_DONE)
			code = SQLITE_OK;
	}
	if (code == SQLITE_OK)
		code = sqlite3_exec(to, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
	struct db shown = {.h = to}; /* so that the message is the copy's */
	enum rc rc = code == SQLITE_OK ? RC_OK : fail(&shown, code, reterr);
	sqlite3_close(to);
	return rc;
}

/* What was written is opened anew and must be whole and of our version. */
static enum rc backup_check(const struct db *db, const char *path, struct err *reterr)
{
	struct db *copy = NULL;
	enum rc rc = db_open(&copy, path, db->def, DB_READONLY, reterr);

	if (rc == RC_OK)
		rc = db_check(copy, reterr);
	db_free(copy);
	return rc;
}

enum rc db_backup(struct db *db, const char *path, struct err *reterr)
{
	struct buf b;
	char *part;
	enum rc rc;

	if (os_file_exists(path))
		return err_set(reterr, RC_EXISTS, NULL, "os.exists", "path", path, NULL);
	buf_init(&b, strlen(path) + 8);
	buf_addf(&b, "%s.part", path);
	part = buf_take(&b, NULL);
	if (!part)
		return err_set(reterr, RC_NOMEM, NULL, "os.memory", NULL);
	os_file_remove(part, NULL); /* of a backup that was cut off */
	rc = os_file_write(part, span_of(NULL, 0), OS_NEW, reterr); /* private from the start */
	if (rc == RC_OK)
		rc = backup_pages(db, part, reterr);
	if (rc == RC_OK)
		rc = backup_check(db, part, reterr);
	if (rc == RC_OK)
		rc = os_file_sync(part, reterr);
	if (rc == RC_OK)
		rc = os_file_rename(part, path, OS_NEW, reterr);
	if (rc != RC_OK)
		os_file_remove(part, NULL);
	free(part);
	return rc;
}

enum rc db_page_limit(struct db *db, int64_t pages, struct err *reterr)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, 64);
	buf_add_str(&b, "PRAGMA max_page_count=");
	buf_add_int(&b, pages);
	rc = buf_check(&b, reterr);
	if (rc == RC_OK)
		rc = own(db, (const char *)b.p, reterr);
	buf_free(&b);
	return rc;
}

struct db_stats db_stats(const struct db *db)
{
	struct db_stats s = db->stats;

	for (int i = 0; i < db->def->nstmt; i++)
		if (db->stmt[i].st)
			s.steps += steps_of(db->stmt[i].st);
	return s;
}

int64_t db_stmt_runs(const struct db *db, int stmt)
{
	return db->stmt[stmt].runs;
}
