/*
 * db_test: lib/db.h: append-only refused by the authorizer and, with the
 * authorizer out of the way, by the triggers; migrations numbered and never
 * edited; one commit per transaction and one compilation per statement, counted;
 * the mapping of SQLite's failures; backup; full disk. Only this test talks to a
 * second SQLite behind lib/db's back, to play the attacker and the other process.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/db.h"
#include "lib/os.h"

enum {
	ST_ADD,
	ST_GET,
	ST_COUNT,
	ST_LIST,
	ST_UPDATE,
	ST_DELETE,
	ST_REPLACE,
	ST_UPSERT,
	ST_PAYLOAD_ADD,
	ST_ERASURE_ADD,
	ST_ERASE,
	ST_PAYLOAD_DELETE,
	ST_NOTE_ADD,
	ST_NOTE_SET,
	ST_NOTE_COUNT,
	ST_DROP,
	ST_ATTACH,
	ST_PRAGMA,
	ST_BAD,
	ST_TWO,
	ST_FILL,
	ST_FIND,
	ST_FIND_ADD,
	ST_ECHO,
	ST_N
};

static const struct db_stmt_def stmts[] = {
    {ST_ADD, "INSERT INTO entry(id, line) VALUES(?1, ?2)"},
    {ST_GET, "SELECT line FROM entry WHERE id = ?1"},
    {ST_COUNT, "SELECT count(*) FROM entry"},
    {ST_LIST, "SELECT id, line FROM entry ORDER BY id"},
    {ST_UPDATE, "UPDATE entry SET line = 'x' WHERE id = ?1"},
    {ST_DELETE, "DELETE FROM entry WHERE id = ?1"},
    {ST_REPLACE, "INSERT OR REPLACE INTO entry(id, line) VALUES(?1, ?2)"},
    {ST_UPSERT,
     "INSERT INTO entry(id, line) VALUES(?1, ?2) ON CONFLICT(id) DO UPDATE SET line = ?2"},
    {ST_PAYLOAD_ADD, "INSERT INTO payload(id, text) VALUES(?1, ?2)"},
    {ST_ERASURE_ADD, "INSERT INTO erasure(id) VALUES(?1)"},
    {ST_ERASE, "DELETE FROM payload WHERE id = ?1"},
    {ST_PAYLOAD_DELETE, "DELETE FROM payload WHERE id = ?1 "},
    {ST_NOTE_ADD, "INSERT INTO note(entry, text) VALUES(?1, ?2)"},
    {ST_NOTE_SET, "UPDATE note SET text = ?1"},
    {ST_NOTE_COUNT, "SELECT count(*) FROM note"},
    {ST_DROP, "DROP TABLE entry"},
    {ST_ATTACH, "ATTACH 'x.db' AS x"},
    {ST_PRAGMA, "PRAGMA journal_mode=OFF"},
    {ST_BAD, "SELECT nothing FROM nowhere"},
    {ST_TWO, "SELECT 1; SELECT 2"},
    {ST_FILL, "INSERT INTO entry(id, line) VALUES(?1, hex(zeroblob(4000)))"},
    {ST_FIND, "SELECT count(*) FROM find WHERE find MATCH ?1"},
    {ST_FIND_ADD, "INSERT INTO find(rowid, text) VALUES(?1, ?2)"},
    {ST_ECHO, "SELECT ?1, ?2, ?3, ?4, ?5"},
};

static const char m1[] =
    "CREATE TABLE entry(id INTEGER PRIMARY KEY, line TEXT NOT NULL CHECK(line <> 'bad')) "
    "STRICT;" DB_APPEND_ONLY("entry") "CREATE TABLE note(entry INTEGER NOT NULL REFERENCES "
				      "entry(id), text TEXT) STRICT;";
static const char m2[] =
    "CREATE TABLE payload(id INTEGER PRIMARY KEY, text TEXT) STRICT;"
    "CREATE TABLE erasure(id INTEGER PRIMARY KEY) STRICT;" DB_ERASABLE(
	"payload", "EXISTS(SELECT 1 FROM erasure WHERE id = OLD.id)") DB_APPEND_ONLY("erasure");
static const char m3[] = "CREATE VIRTUAL TABLE find USING fts5(text);";
static const char *const migrations[] = {m1, m2, m3};
static const char *const guarded[] = {"entry", "payload", "erasure", NULL};
static const int erasers[] = {ST_ERASE};

static const struct db_def def = {.app_id = 0x6b6b7431,
				  .migration = migrations,
				  .nmigration = 3,
				  .stmt = stmts,
				  .nstmt = ST_N,
				  .append_only = guarded,
				  .eraser = erasers,
				  .neraser = 1,
				  .secure_delete = true};

struct fix {
	char *dir, *path, *copy;
	struct db *db;
	struct err e;
};

static int setup(void **state)
{
	struct fix *f = calloc(1, sizeof *f);

	assert_non_null(f);
	assert_int_equal(os_dir_temp(&f->dir, "db_test", NULL), RC_OK);
	assert_int_equal(os_path_join(&f->path, f->dir, "store.db", NULL), RC_OK);
	assert_int_equal(os_path_join(&f->copy, f->dir, "copy.db", NULL), RC_OK);
	assert_int_equal(db_open(&f->db, f->path, &def, 0, NULL), RC_OK);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fix *f = *state;

	db_free(f->db);
	assert_int_equal(os_dir_remove(f->dir, NULL), RC_OK);
	free(f->dir);
	free(f->path);
	free(f->copy);
	free(f);
	return 0;
}

static void add(struct db *db, int64_t id, const char *line)
{
	struct err e;
	enum rc rc = db_run(db, ST_ADD, DB_V(db_int(id), db_str(line)), &e);

	if (rc != RC_OK)
		print_error("%s %s\n", e.key, err_arg(&e, "detail"));
	assert_int_equal(rc, RC_OK);
}

static int64_t count(struct db *db, int stmt)
{
	int64_t n = -1;

	assert_int_equal(db_get_int(db, stmt, DB_NONE, &n, NULL), RC_OK);
	return n;
}

/* A second, unguarded connection: the sqlite3 shell of someone at the PC. */
static int outside(const char *path, const char *sql, char *message, size_t cap)
{
	sqlite3 *h = NULL;
	int code;

	assert_int_equal(sqlite3_open(path, &h), SQLITE_OK);
	code = sqlite3_exec(h, sql, NULL, NULL, NULL);
	if (message)
		snprintf(message, cap, "%s", sqlite3_errmsg(h));
	assert_int_equal(sqlite3_close(h), SQLITE_OK);
	return code;
}

static int64_t outside_int(const char *path, const char *sql)
{
	sqlite3 *h = NULL;
	sqlite3_stmt *st = NULL;

	assert_int_equal(sqlite3_open(path, &h), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(h, sql, -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	int64_t n = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	assert_int_equal(sqlite3_close(h), SQLITE_OK);
	return n;
}

static void append_only_by_authorizer(void **state)
{
	struct fix *f = *state;
	static const int changing[] = {ST_UPDATE, ST_DELETE};

	add(f->db, 1, "a");
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(db_run(f->db, changing[i], DB_V(db_int(1)), &f->e), RC_INTERNAL);
		assert_string_equal(f->e.key, "db.append_only");
		assert_int_equal(db_run(f->db, changing[i], DB_V(db_int(99)), &f->e), RC_INTERNAL);
	}
	assert_int_equal(db_run(f->db, ST_UPSERT, DB_V(db_int(1), db_str("b")), &f->e),
			 RC_INTERNAL);
	assert_string_equal(f->e.key, "db.append_only");
	assert_int_equal(count(f->db, ST_COUNT), 1);
}

/* What the authorizer cannot see: the delete inside REPLACE. The trigger stops it. */
static void append_only_by_trigger(void **state)
{
	struct fix *f = *state;
	char msg[100];
	struct buf b;

	add(f->db, 1, "a");
	assert_int_equal(db_run(f->db, ST_REPLACE, DB_V(db_int(1), db_str("b")), &f->e),
			 RC_INTERNAL);
	assert_string_equal(f->e.key, "db.append_only");
	buf_init(&b, 100);
	assert_int_equal(db_get_bytes(f->db, ST_GET, DB_V(db_int(1)), &b, NULL), RC_OK);
	assert_true(span_eq_str(span_buf(&b), "a"));
	buf_free(&b);
	assert_int_equal(outside(f->path, "UPDATE entry SET line='z'", msg, sizeof msg),
			 SQLITE_CONSTRAINT);
	assert_string_equal(msg, "append-only");
	assert_int_equal(outside(f->path, "DELETE FROM entry", msg, sizeof msg), SQLITE_CONSTRAINT);
	assert_string_equal(msg, "append-only");
	assert_int_equal(outside_int(f->path, "SELECT count(*) FROM entry WHERE line='a'"), 1);
}

static void only_the_eraser_erases(void **state)
{
	struct fix *f = *state;

	assert_int_equal(db_run(f->db, ST_PAYLOAD_ADD, DB_V(db_int(1), db_str("p")), NULL), RC_OK);
	/* the right statement, but no erasure noted: the trigger */
	assert_int_equal(db_run(f->db, ST_ERASE, DB_V(db_int(1)), &f->e), RC_INTERNAL);
	assert_string_equal(f->e.key, "db.append_only");
	assert_int_equal(db_run(f->db, ST_ERASURE_ADD, DB_V(db_int(1)), NULL), RC_OK);
	/* an erasure noted, but not the declared statement: the authorizer */
	assert_int_equal(db_run(f->db, ST_PAYLOAD_DELETE, DB_V(db_int(1)), &f->e), RC_INTERNAL);
	assert_string_equal(f->e.key, "db.append_only");
	assert_int_equal(db_run(f->db, ST_ERASE, DB_V(db_int(1)), NULL), RC_OK);
	assert_int_equal(db_changed(f->db), 1);
	/* a schema changed from outside makes SQLite compile the eraser again: still allowed */
	assert_int_equal(outside(f->path, "CREATE TABLE later(x)", NULL, 0), SQLITE_OK);
	assert_int_equal(db_run(f->db, ST_ERASE, DB_V(db_int(1)), NULL), RC_OK);
}

static void nothing_changes_the_schema(void **state)
{
	struct fix *f = *state;
	static const int st[] = {ST_DROP, ST_ATTACH, ST_PRAGMA};

	for (size_t i = 0; i < sizeof st / sizeof st[0]; i++) {
		assert_int_equal(db_run(f->db, st[i], DB_NONE, &f->e), RC_INTERNAL);
		assert_string_equal(f->e.key, "db.refused");
	}
	assert_int_equal(db_run(f->db, ST_BAD, DB_NONE, &f->e), RC_INTERNAL);
	assert_string_equal(f->e.key, "db.sql");
	assert_int_equal(db_run(f->db, ST_TWO, DB_NONE, &f->e), RC_INTERNAL);
	assert_string_equal(f->e.key, "db.sql");
	assert_int_equal(db_run(f->db, ST_GET, DB_NONE, &f->e),
			 RC_INTERNAL); /* a value is missing */
	assert_string_equal(f->e.key, "db.sql");
	assert_int_equal(count(f->db, ST_COUNT), 0);
}

static void a_table_without_triggers_is_refused(void **state)
{
	static const char *const none[] = {"CREATE TABLE entry(id INTEGER PRIMARY KEY) STRICT;"};
	struct db_def d = {.app_id = 1, .migration = none, .nmigration = 1, .append_only = guarded};
	struct db *db = NULL;
	struct err e;

	(void)state;
	assert_int_equal(db_open(&db, NULL, &d, DB_MEMORY, &e), RC_INTERNAL);
	assert_string_equal(e.key, "db.no_trigger");
	assert_string_equal(err_arg(&e, "detail"), "entry");
	assert_null(db);
}

static void migrations_apply_once_in_order(void **state)
{
	struct fix *f = *state;
	struct db_def d = def;
	struct db *db = NULL;

	assert_int_equal(db_version(f->db), 3);
	db_free(f->db);
	f->db = NULL;
	d.nmigration = 2; /* an older program */
	assert_int_equal(db_open(&db, f->path, &d, 0, &f->e), RC_UNAVAILABLE);
	assert_string_equal(f->e.key, "db.newer");
	d.append_only = NULL;
	assert_int_equal(os_file_remove(f->path, NULL), RC_OK);
	d.nmigration = 1;
	assert_int_equal(db_open(&db, f->path, &d, 0, NULL), RC_OK);
	assert_int_equal(db_version(db), 1);
	assert_int_equal(db_run(db, ST_ADD, DB_V(db_int(7), db_str("kept")), NULL), RC_OK);
	db_free(db);
	db = NULL;
	assert_int_equal(outside_int(f->path, "PRAGMA user_version"), 1);
	assert_int_equal(db_open(&db, f->path, &def, DB_READONLY, &f->e), RC_CONFLICT);
	assert_string_equal(f->e.key, "db.older");
	assert_int_equal(db_open(&db, f->path, &def, 0, NULL), RC_OK);
	assert_int_equal(db_version(db), 3);
	assert_int_equal(count(db, ST_COUNT), 1);
	db_free(db);
	assert_int_equal(outside_int(f->path, "SELECT count(*) FROM db_migration"), 3);
}

static void an_edited_migration_is_noticed(void **state)
{
	struct fix *f = *state;
	static const char *const edited[] = {m1, "CREATE TABLE other(x) STRICT;", m3};
	struct db_def d = def;
	struct db *db = NULL;

	d.migration = edited;
	assert_int_equal(db_open(&db, f->path, &d, 0, &f->e), RC_INTERNAL);
	assert_string_equal(f->e.key, "db.migration_edited");
	assert_string_equal(err_arg(&f->e, "version"), "2");
}

static void a_failing_migration_leaves_nothing(void **state)
{
	struct fix *f = *state;
	static const char *const broken[] = {m1, m2, m3,
					     "CREATE TABLE half(x) STRICT; SELECT oops FROM no;"};
	struct db_def d = def;
	struct db *db = NULL;

	d.migration = broken;
	d.nmigration = 4;
	assert_int_equal(db_open(&db, f->path, &d, 0, &f->e), RC_INTERNAL);
	assert_int_equal(outside_int(f->path, "PRAGMA user_version"), 3);
	assert_int_equal(outside_int(f->path,
				     "SELECT count(*) FROM sqlite_schema WHERE name='half'"),
			 0);
}

static void foreign_files_are_refused(void **state)
{
	struct fix *f = *state;
	struct db *db = NULL;
	struct db_def d = def;

	d.app_id = 5;
	assert_int_equal(db_open(&db, f->path, &d, 0, &f->e), RC_REFUSED);
	assert_string_equal(f->e.key, "db.foreign");
	assert_int_equal(outside(f->copy, "CREATE TABLE t(x)", NULL, 0), SQLITE_OK);
	assert_int_equal(db_open(&db, f->copy, &def, 0, &f->e), RC_REFUSED);
	assert_int_equal(outside_int(f->copy, "PRAGMA application_id"), 0); /* untouched */
	assert_int_equal(os_file_write(f->copy, span_str("this is not a database at all, sorry"),
				       OS_REPLACE, NULL),
			 RC_OK);
	assert_int_equal(db_open(&db, f->copy, &def, 0, &f->e), RC_REFUSED);
	assert_string_equal(f->e.key, "db.foreign");
	assert_int_equal(os_file_remove(f->copy, NULL), RC_OK);
	assert_int_equal(db_open(&db, f->copy, &def, DB_EXISTING, &f->e), RC_NOTFOUND);
	assert_int_equal(db_open(&db, f->copy, &def, DB_READONLY, &f->e), RC_NOTFOUND);
	assert_false(os_file_exists(f->copy));
}

static void pragmas_are_set(void **state)
{
	struct fix *f = *state;

	add(f->db, 1, "a");
	assert_int_equal(
	    outside_int(f->path,
			"SELECT count(*) FROM pragma_journal_mode WHERE journal_mode='wal'"),
	    1);
	assert_int_equal(outside_int(f->path, "PRAGMA application_id"), 0x6b6b7431);
	assert_int_equal(db_run(f->db, ST_NOTE_ADD, DB_V(db_int(55), db_null()), &f->e),
			 RC_INTERNAL);
	assert_string_equal(f->e.key, "db.constraint"); /* foreign_keys=ON */
	assert_int_equal(db_run(f->db, ST_NOTE_ADD, DB_V(db_int(1), db_null()), NULL), RC_OK);
	assert_int_equal(count(f->db, ST_NOTE_COUNT), 1);
}

/* The store and the files SQLite puts beside it are the owner's alone, whatever the umask. */
static void files_are_private(void **state)
{
	struct fix *f = *state;
	static const char *const tail[] = {"", "-wal", "-shm"};
	mode_t was = umask(0);
	struct db *db = NULL;

	assert_int_equal(db_open(&db, f->copy, &def, 0, NULL), RC_OK);
	add(db, 1, "a");
	for (size_t i = 0; i < sizeof tail / sizeof tail[0]; i++) {
		char path[600];
		struct stat st;
		snprintf(path, sizeof path, "%s%s", f->copy, tail[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
	umask(was);
	db_free(db);
}

static void values_keep_their_type(void **state)
{
	struct fix *f = *state;
	struct db_q q;
	enum rc rc = db_query(&q, f->db, ST_ECHO,
			      DB_V(db_int(INT64_MIN), db_text(span_of("a\0b", 3)),
				   db_blob(span_of(NULL, 0)), db_null(), db_text(span_of(NULL, 0))),
			      NULL);

	assert_int_equal(rc, RC_OK);
	assert_true(db_next(&q));
	assert_true(db_col_int(&q, 0) == INT64_MIN);
	assert_true(span_eq(db_col_text(&q, 1), span_of("a\0b", 3)));
	assert_false(db_col_null(&q, 2));
	assert_int_equal(db_col_blob(&q, 2).len, 0);
	assert_true(db_col_null(&q, 3));
	assert_null(db_col_text(&q, 3).p);
	assert_false(db_col_null(&q, 4));
	assert_false(db_next(&q));
	assert_int_equal(db_end(&q, RC_OK, NULL), RC_OK);
	assert_int_equal(db_end(&q, RC_OK, NULL), RC_OK); /* twice is fine */
}

static void errors_are_mapped(void **state)
{
	struct fix *f = *state;
	int64_t n = 77;

	add(f->db, 1, "a");
	assert_int_equal(db_run(f->db, ST_ADD, DB_V(db_int(1), db_str("b")), &f->e), RC_EXISTS);
	assert_string_equal(f->e.key, "db.exists");
	assert_non_null(strstr(err_arg(&f->e, "detail"), "entry.id"));
	assert_int_equal(db_run(f->db, ST_ADD, DB_V(db_int(2), db_str("bad")), &f->e), RC_INTERNAL);
	assert_string_equal(f->e.key, "db.constraint");
	assert_int_equal(db_run(f->db, ST_ADD, DB_V(db_int(2), db_null()), &f->e), RC_INTERNAL);
	assert_int_equal(db_run(f->db, ST_ADD, DB_V(db_int(2), db_blob(span_str("x"))), &f->e),
			 RC_INTERNAL);
	assert_int_equal(db_get_int(f->db, ST_GET, DB_V(db_int(9)), &n, &f->e), RC_NOTFOUND);
	assert_string_equal(f->e.key, "db.no_row");
	assert_int_equal(n, 77);
	assert_int_equal(count(f->db, ST_COUNT), 1);
}

static void the_same_statement_twice_at_once(void **state)
{
	struct fix *f = *state;
	struct db_q a, b;
	int pairs = 0;

	for (int i = 0; i < 3; i++)
		add(f->db, i, "x");
	assert_int_equal(db_query(&a, f->db, ST_LIST, DB_NONE, NULL), RC_OK);
	while (db_next(&a)) {
		assert_int_equal(db_query(&b, f->db, ST_LIST, DB_NONE, NULL), RC_OK);
		while (db_next(&b))
			pairs++;
		assert_int_equal(db_end(&b, RC_OK, NULL), RC_OK);
	}
	assert_int_equal(db_end(&a, RC_OK, NULL), RC_OK);
	assert_int_equal(pairs, 9);
}

static void counts_of_a_save(void **state)
{
	struct fix *f = *state;
	struct db_stats before = db_stats(f->db), after;

	for (int i = 0; i < 100; i++) {
		assert_int_equal(db_begin(f->db, NULL), RC_OK);
		add(f->db, i, "x");
		assert_int_equal(db_run(f->db, ST_NOTE_ADD, DB_V(db_int(i), db_str("n")), NULL),
				 RC_OK);
		assert_int_equal(db_commit(f->db, NULL), RC_OK);
	}
	after = db_stats(f->db);
	assert_int_equal(after.commits - before.commits, 100); /* one WAL append and fsync each */
	assert_int_equal(after.prepared - before.prepared, 2);
	assert_int_equal(after.runs - before.runs, 200);
	assert_int_equal(after.checkpoints - before.checkpoints, 0); /* never by itself */
	assert_int_equal(db_stmt_runs(f->db, ST_ADD), 100);
	assert_true(db_wal_pages(f->db) >= 100);
	int left = -1;
	assert_int_equal(db_checkpoint(f->db, DB_TRUNCATE, &left, NULL), RC_OK);
	assert_int_equal(left, 0);
	assert_int_equal(db_wal_pages(f->db), 0);
	assert_int_equal(db_stats(f->db).checkpoints, 1);
}

static void transactions_and_savepoints(void **state)
{
	struct fix *f = *state;
	struct db_stats before = db_stats(f->db);

	assert_int_equal(db_save(f->db, &f->e), RC_INTERNAL); /* only inside */
	assert_int_equal(db_begin(f->db, NULL), RC_OK);
	add(f->db, 1, "a");
	assert_int_equal(db_save(f->db, NULL), RC_OK);
	add(f->db, 2, "b");
	assert_int_equal(db_save(f->db, NULL), RC_OK);
	add(f->db, 3, "c");
	db_save_undo(f->db);
	assert_int_equal(count(f->db, ST_COUNT), 2);
	assert_int_equal(db_save_keep(f->db, NULL), RC_OK);
	assert_int_equal(db_finish(f->db, RC_OK, NULL), RC_OK);
	assert_int_equal(count(f->db, ST_COUNT), 2);
	assert_int_equal(db_begin(f->db, NULL), RC_OK);
	add(f->db, 4, "d");
	assert_true(db_in_transaction(f->db));
	assert_int_equal(db_finish(f->db, RC_INPUT, NULL), RC_INPUT);
	assert_false(db_in_transaction(f->db));
	assert_int_equal(count(f->db, ST_COUNT), 2);
	db_rollback(f->db); /* nothing open: fine */
	assert_int_equal(db_stats(f->db).commits - before.commits, 1);
	assert_int_equal(db_stats(f->db).rollbacks - before.rollbacks, 1);
}

static void a_full_disk_loses_nothing(void **state)
{
	struct fix *f = *state;
	enum rc rc = RC_OK;
	int64_t saved = 0;

	assert_int_equal(db_page_limit(f->db, 60, NULL), RC_OK);
	for (int i = 0; i < 100 && rc == RC_OK; i++) {
		rc = db_begin(f->db, &f->e);
		if (rc == RC_OK)
			rc =
			    db_finish(f->db, db_run(f->db, ST_FILL, DB_V(db_int(i)), &f->e), &f->e);
		saved += rc == RC_OK;
	}
	assert_int_equal(rc, RC_FULL);
	assert_string_equal(f->e.key, "db.full");
	assert_true(saved > 0);
	assert_int_equal(count(f->db, ST_COUNT), saved);
	assert_int_equal(db_page_limit(f->db, 10000, NULL), RC_OK); /* room was made */
	add(f->db, 1000, "more");
	assert_int_equal(count(f->db, ST_COUNT), saved + 1);
	assert_int_equal(db_check(f->db, NULL), RC_OK);
}

static void a_busy_store_is_told(void **state)
{
	struct fix *f = *state;
	sqlite3 *h = NULL;

	assert_int_equal(sqlite3_open(f->path, &h), SQLITE_OK);
	assert_int_equal(sqlite3_exec(h, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(db_begin(f->db, &f->e), RC_BUSY);
	assert_string_equal(f->e.key, "db.busy");
	assert_int_equal(sqlite3_exec(h, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(db_begin(f->db, NULL), RC_OK);
	db_rollback(f->db);
	/* a reader in the way of a checkpoint is no failure */
	add(f->db, 1, "a");
	assert_int_equal(sqlite3_exec(h, "BEGIN; SELECT count(*) FROM entry", NULL, NULL, NULL),
			 SQLITE_OK);
	add(f->db, 2, "b");
	int left = 0;
	assert_int_equal(db_checkpoint(f->db, DB_PASSIVE, &left, NULL), RC_OK);
	assert_true(left > 0);
	assert_int_equal(sqlite3_close(h), SQLITE_OK);
	assert_int_equal(db_checkpoint(f->db, DB_PASSIVE, &left, NULL), RC_OK);
	assert_int_equal(left, 0);
}

static void a_damaged_page_is_found(void **state)
{
	struct fix *f = *state;
	struct os_file *file = NULL;
	uint8_t junk[4096];
	int64_t size = 0;
	enum rc rc;

	for (int i = 0; i < 50; i++)
		assert_int_equal(db_run(f->db, ST_FILL, DB_V(db_int(i)), NULL), RC_OK);
	assert_int_equal(db_checkpoint(f->db, DB_TRUNCATE, NULL, NULL), RC_OK);
	db_free(f->db);
	f->db = NULL;
	memset(junk, 0xa5, sizeof junk);
	assert_int_equal(os_file_size(f->path, &size, NULL), RC_OK);
	assert_int_equal(os_file_open(&file, f->path, OS_WRITE, NULL), RC_OK);
	for (int64_t at = size / 2 / 4096 * 4096; at < size; at += 4096)
		assert_int_equal(os_file_pwrite(file, at, span_of(junk, sizeof junk), NULL), RC_OK);
	os_file_close(file);
	assert_int_equal(db_open(&f->db, f->path, &def, 0, NULL), RC_OK);
	rc = db_check(f->db, &f->e);
	assert_int_equal(rc, RC_CORRUPT);
	assert_string_equal(f->e.key, "db.corrupt");
	struct db_q q;
	rc = db_query(&q, f->db, ST_LIST, DB_NONE, &f->e);
	while (rc == RC_OK && db_next(&q))
		assert_true(db_col_text(&q, 1).len > 0);
	assert_int_equal(db_end(&q, rc, &f->e), RC_CORRUPT);
	assert_string_equal(f->e.key, "db.corrupt");
	assert_int_equal(db_backup(f->db, f->copy, &f->e), RC_CORRUPT); /* never a bad backup */
	assert_false(os_file_exists(f->copy));
}

static void backup_is_whole_and_one_file(void **state)
{
	struct fix *f = *state;
	struct db *copy = NULL;
	struct os_names names = {0};
	int64_t mode_ok;

	for (int i = 0; i < 20; i++)
		add(f->db, i, "x");
	assert_int_equal(db_backup(f->db, f->copy, NULL), RC_OK);
	add(f->db, 20, "later");
	assert_int_equal(os_dir_list(f->dir, &names, NULL), RC_OK);
	assert_string_equal(names.name[0], "copy.db");
	assert_string_equal(names.name[1], "store.db");
	assert_int_equal(names.n, 4); /* store.db-shm, store.db-wal: nothing beside the copy */
	os_names_free(&names);
	mode_ok =
	    outside_int(f->copy,
			"SELECT count(*) FROM pragma_journal_mode WHERE journal_mode='delete'");
	assert_int_equal(mode_ok, 1);
	assert_int_equal(db_open(&copy, f->copy, &def, DB_READONLY, NULL), RC_OK);
	assert_int_equal(count(copy, ST_COUNT), 20);
	assert_int_equal(db_run(copy, ST_ADD, DB_V(db_int(99), db_str("x")), &f->e), RC_INTERNAL);
	assert_string_equal(f->e.key, "db.readonly");
	db_free(copy);
	assert_int_equal(db_backup(f->db, f->copy, &f->e), RC_EXISTS);
}

/* Text search keeps working behind the authorizer, and goes on after reopening. */
static void full_text_works_behind_the_guard(void **state)
{
	struct fix *f = *state;
	int64_t n = 0;

	assert_int_equal(db_run(f->db, ST_FIND_ADD, DB_V(db_int(1), db_str("tram y te dong da")),
				NULL),
			 RC_OK);
	db_free(f->db);
	assert_int_equal(db_open(&f->db, f->path, &def, DB_EXISTING, NULL), RC_OK);
	assert_int_equal(db_run(f->db, ST_FIND_ADD, DB_V(db_int(2), db_str("tram y te ba dinh")),
				NULL),
			 RC_OK);
	assert_int_equal(db_get_int(f->db, ST_FIND, DB_V(db_str("tram")), &n, NULL), RC_OK);
	assert_int_equal(n, 2);
}

static void memory_store(void **state)
{
	struct db *db = NULL;

	(void)state;
	assert_int_equal(db_open(&db, NULL, &def, DB_MEMORY, NULL), RC_OK);
	add(db, 1, "a");
	assert_int_equal(count(db, ST_COUNT), 1);
	db_free(db);
	db_free(NULL);
}

static void statements_out_of_order_are_refused(void **state)
{
	static const struct db_stmt_def wrong[] = {{1, "SELECT 1"}, {0, "SELECT 2"}};
	struct db_def d = {.app_id = 1, .stmt = wrong, .nstmt = 2};
	struct db *db = NULL;
	struct err e;

	(void)state;
	assert_int_equal(db_open(&db, NULL, &d, DB_MEMORY, &e), RC_INTERNAL);
	assert_string_equal(e.key, "db.stmt_order");
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(append_only_by_authorizer),
	    CASE(append_only_by_trigger),
	    CASE(only_the_eraser_erases),
	    CASE(nothing_changes_the_schema),
	    cmocka_unit_test(a_table_without_triggers_is_refused),
	    CASE(migrations_apply_once_in_order),
	    CASE(an_edited_migration_is_noticed),
	    CASE(a_failing_migration_leaves_nothing),
	    CASE(foreign_files_are_refused),
	    CASE(pragmas_are_set),
	    CASE(files_are_private),
	    CASE(values_keep_their_type),
	    CASE(errors_are_mapped),
	    CASE(the_same_statement_twice_at_once),
	    CASE(counts_of_a_save),
	    CASE(transactions_and_savepoints),
	    CASE(a_full_disk_loses_nothing),
	    CASE(a_busy_store_is_told),
	    CASE(a_damaged_page_is_found),
	    CASE(backup_is_whole_and_one_file),
	    CASE(full_text_works_behind_the_guard),
	    cmocka_unit_test(memory_store),
	    cmocka_unit_test(statements_out_of_order_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
