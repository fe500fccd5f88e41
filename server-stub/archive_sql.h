/*
 * archive_sql: the schema of a collector's archive and every statement that touches it.
 *
 * entry and payload are append-only. A tile is up to 256 hashes of one tree level (0, 8,
 * 16 …) under the number level / 8 * 2^52 + place. No UNIQUE index holds random bytes on
 * the path of a commit; the only random index there is entity_id. Not here: logic.
 */
#ifndef KK_COLLECTOR_ARCHIVE_SQL_H
#define KK_COLLECTOR_ARCHIVE_SQL_H

#include "lib/db.h"

enum { ARCHIVE_APP_ID = 0x6b6b6331 }; /* "kkc1" */

enum archive_sql {
	ASQL_SCOPE_ADD,
	ASQL_SCOPE_GET,
	ASQL_SCOPES,
	ASQL_KEY_ADD,
	ASQL_KEY_GET,
	ASQL_FEED_ADD,
	ASQL_FEED_GET,
	ASQL_FEED_NEXT,
	ASQL_FEED_BELOW,
	ASQL_ENTRY_ADD,
	ASQL_ENTRY_AT,
	ASQL_ENTRY_ID,
	ASQL_ENTRY_IDS,
	ASQL_FEED_IDS,
	ASQL_FEED_SEQS,
	ASQL_PAYLOAD_ADD,
	ASQL_PAYLOAD_ERASE,
	ASQL_ERASURE_GET,
	ASQL_ERASURES,
	ASQL_ERASURE_ADD,
	ASQL_ERASURE_DROP,
	ASQL_STATE_ADD,
	ASQL_STATE_PUT,
	ASQL_STATE_FLAGS,
	ASQL_ROWS_ALL,
	ASQL_ROWS_SCOPE,
	ASQL_ROWS_COMMON,
	ASQL_ROWS_AUTHORITY,
	ASQL_ROWS_ENTITY,
	ASQL_ROWS_KEY,
	ASQL_ROWS_FORKS,
	ASQL_ROWS_HELD,
	ASQL_FEED_SCOPE,
	ASQL_ENTITY_ADD,
	ASQL_ENTITY_GET,
	ASQL_ENTITY_PUT,
	ASQL_ENTITY_HAS,
	ASQL_ENTITY_CONFLICTS,
	ASQL_SAME,
	ASQL_SUPERSEDES,
	ASQL_SUPERSEDES_OF,
	ASQL_ENTITY_ONE,
	ASQL_ENTITY_NO,
	ASQL_ENTITY_RANGE,
	ASQL_ENTITIES_ALL,
	ASQL_ENTITIES_SCOPE,
	ASQL_ENTITIES_WAIT,
	ASQL_TILE_GET,
	ASQL_TILE_PUT,
	ASQL_TILE_LEAVES,
	ASQL_CHECKPOINT_ADD,
	ASQL_CHECKPOINT_AT,
	ASQL_CHECKPOINT_TEXT,
	ASQL_CHECKPOINT_BY,
	ASQL_CHECKPOINT_HEAD,
	ASQL_SETTING_GET,
	ASQL_SETTING_PUT,
	ASQL_DOC_GET,
	ASQL_DOC_PUT,
	ASQL_DOC_DROP,
	ASQL_DOC_LIST,
	ASQL_DOC_OTHER,
	ASQL_BLOB_ADD,
	ASQL_BLOB_GET,
	ASQL_BLOB_NAMES,
	ASQL_BLOB_ALL,
	ASQL_BLOB_ANY,
	ASQL_BLOB_OTHERS,
	ASQL_BLOB_UNNAME,
	ASQL_BLOB_GONE_ADD,
	ASQL_BLOB_GONE_ONE,
	ASQL_BLOB_GONE_DROP,
	ASQL_RUN_ADD,
	ASQL_RUN_LIST,
	ASQL_RUN_READY,
	ASQL_RUN_STATE,
	ASQL_RUN_DROP,
	ASQL_PAGE_ADD,
	ASQL_PAGE_AT,
	ASQL_PAGE_START,
	ASQL_PAGE_FROM,
	ASQL_PAGE_LAST,
	ASQL_PAGE_DROP,
	ASQL_STATEMENT_PUT,
	ASQL_STATEMENT_DROP,
	ASQL_STATEMENTS,
	ASQL_STATEMENTS_OF,
	ASQL_VERDICT_PUT,
	ASQL_VERDICT_DROP,
	ASQL_HEARD,
	ASQL_FACT_PUT,
	ASQL_FACT_BEGIN,
	ASQL_FACTS,
	ASQL_FACTS_AFTER,
	ASQL_FACT_ONE,
	ASQL_SUBMISSION_PUT,
	ASQL_SUBMISSION_PROVINCE,
	ASQL_SUBMISSION_ONE,
	ASQL_SUBMISSION_WORDS,
	ASQL_SUBMISSION_TIME,
	ASQL_SUBMISSION_LAST,
	ASQL_WORD_ADD,
	ASQL_WORD_DROP,
	ASQL_ENTITY_HELD,
	ASQL_ENTITY_NOS,
	ASQL_RECORDS_UP,
	ASQL_RECORDS_DOWN,
	ASQL_RECORDS_OF_UP,
	ASQL_RECORDS_OF_DOWN,
	ASQL_TARGET,
	ASQL_BY_ALL, /* in the order of enum pivot */
	ASQL_BY_SCOPE,
	ASQL_BY_PROVINCE,
	ASQL_BY_KIND,
	ASQL_BY_STATE,
	ASQL_BY_SUBJECT,
	ASQL_BY_WORD,
	ASQL_BY_LATE,
	ASQL_BY_CLOCK,
	ASQL_BY_HELD,
	ASQL_BY_FORK,
	ASQL_BY_TWO,
	ASQL_BY_AFTER,
	ASQL_BY_WAITS,
	ASQL_UP_ALL, /* the same, oldest first */
	ASQL_UP_SCOPE,
	ASQL_UP_PROVINCE,
	ASQL_UP_KIND,
	ASQL_UP_STATE,
	ASQL_UP_SUBJECT,
	ASQL_UP_WORD,
	ASQL_UP_LATE,
	ASQL_UP_CLOCK,
	ASQL_UP_HELD,
	ASQL_UP_FORK,
	ASQL_UP_TWO,
	ASQL_UP_AFTER,
	ASQL_UP_WAITS,
	ASQL_N_ALL,
	ASQL_N_SCOPE,
	ASQL_N_PROVINCE,
	ASQL_N_KIND,
	ASQL_N_STATE,
	ASQL_N_SUBJECT,
	ASQL_N_WORD,
	ASQL_N_LATE,
	ASQL_N_CLOCK,
	ASQL_N_HELD,
	ASQL_N_FORK,
	ASQL_N_TWO,
	ASQL_N_AFTER,
	ASQL_N_WAITS,
	ASQL_N
};

/* op: enum entry_op; 2 to 7 are the authority entries (cert … log). */
static const char archive_sql_1[] =
    "CREATE TABLE scope(no INTEGER PRIMARY KEY, scope TEXT NOT NULL UNIQUE) STRICT;"
    "CREATE TABLE key(no INTEGER PRIMARY KEY, key BLOB NOT NULL) STRICT;"
    "CREATE INDEX key_key ON key(key);"
    "CREATE TABLE feed(no INTEGER PRIMARY KEY, feed BLOB NOT NULL,"
    " key_no INTEGER NOT NULL REFERENCES key(no)) STRICT;"
    "CREATE INDEX feed_feed ON feed(feed);"
    "CREATE INDEX feed_key ON feed(key_no);"
    "CREATE TABLE entry(idx INTEGER PRIMARY KEY, feed_no INTEGER NOT NULL, seq INTEGER NOT NULL,"
    " id BLOB NOT NULL, sig BLOB NOT NULL, op INTEGER NOT NULL, scope_no INTEGER NOT NULL,"
    " entity_no INTEGER NOT NULL, at INTEGER NOT NULL, received_at INTEGER NOT NULL) STRICT;"
    "CREATE INDEX entry_feed ON entry(feed_no, seq);"
    "CREATE INDEX entry_scope ON entry(scope_no, idx);"
    "CREATE INDEX entry_entity ON entry(entity_no, idx) WHERE entity_no > 0;"
    "CREATE INDEX entry_authority ON entry(idx) WHERE op >= 2 AND op <= 7;" DB_APPEND_ONLY(
	"entry") "CREATE TABLE payload(idx INTEGER PRIMARY KEY, body BLOB NOT NULL) "
		 "STRICT;" DB_APPEND_ONLY("payload")
    /* only of entries that are not plainly admitted, or carry flags */
    "CREATE TABLE entry_state(idx INTEGER PRIMARY KEY, verdict INTEGER NOT NULL,"
    " flags INTEGER NOT NULL) STRICT;"
    "CREATE TABLE entity(no INTEGER PRIMARY KEY, scope_no INTEGER NOT NULL, kind TEXT NOT NULL,"
    " id BLOB NOT NULL, first_idx INTEGER NOT NULL, last_idx INTEGER NOT NULL,"
    " received_at INTEGER NOT NULL, flags INTEGER NOT NULL, conflicts INTEGER NOT NULL,"
    " title TEXT NOT NULL, fold TEXT NOT NULL, state BLOB NOT NULL) STRICT;"
    "CREATE INDEX entity_id ON entity(id);"
    "CREATE INDEX entity_scope ON entity(scope_no, kind);"
    "CREATE TABLE tile(no INTEGER PRIMARY KEY, hashes BLOB NOT NULL) STRICT;"
    "CREATE TABLE checkpoint(size INTEGER PRIMARY KEY, root BLOB NOT NULL, text TEXT NOT NULL,"
    " at INTEGER NOT NULL) STRICT;"
    "CREATE TABLE setting(name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE doc(tab TEXT NOT NULL, key TEXT NOT NULL, json TEXT NOT NULL,"
    " PRIMARY KEY(tab, key)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE blob_name(scope_no INTEGER NOT NULL, sha BLOB NOT NULL, size INTEGER NOT NULL,"
    " PRIMARY KEY(scope_no, sha)) STRICT, WITHOUT ROWID;";

/* by_line: the erase as a line, also where the entry it takes is not here yet (A16) */
static const char archive_sql_2[] =
    "DROP TRIGGER payload_no_update; DROP TRIGGER payload_no_delete;"
    "CREATE TABLE erasure(id BLOB PRIMARY KEY, by_line BLOB NOT NULL) STRICT, WITHOUT ROWID;"
    DB_ERASABLE("payload", "EXISTS(SELECT 1 FROM entry e JOIN erasure x ON x.id = e.id"
			   " WHERE e.idx = OLD.idx)")
    "CREATE TABLE blob_gone(sha BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;";
/*
 * Sorted runs, from id or leaf hash to index (archive_runs.c). state: enum run_state. first: the
 * first key of a page, shifted so that its order is that of signed integers.
 */
static const char archive_sql_3[] =
    "CREATE TABLE run(no INTEGER PRIMARY KEY, level INTEGER NOT NULL, lo INTEGER NOT NULL,"
    " hi INTEGER NOT NULL, state INTEGER NOT NULL) STRICT;"
    "CREATE TABLE run_page(no INTEGER PRIMARY KEY, run_no INTEGER NOT NULL,"
    " first INTEGER NOT NULL, body BLOB NOT NULL) STRICT;"
    "CREATE INDEX run_page_first ON run_page(run_no, first);";

/* The ids an entity's fields same_as (M15) and supersedes (M12) show; few do. */
static const char archive_sql_4[] =
    "ALTER TABLE entity ADD COLUMN same BLOB; ALTER TABLE entity ADD COLUMN supersedes BLOB;"
    "CREATE INDEX entity_same ON entity(kind, scope_no) WHERE same IS NOT NULL;"
    "CREATE INDEX entity_supersedes ON entity(supersedes) WHERE supersedes IS NOT NULL;";

/* One narrow row of each weekly statement and of each review: what a board looks through (archive_standing.c). */
static const char archive_sql_5[] =
    "CREATE TABLE statement(entity_no INTEGER PRIMARY KEY, scope_no INTEGER NOT NULL,"
    " week TEXT NOT NULL, id BLOB NOT NULL, says INTEGER NOT NULL) STRICT;"
    "CREATE INDEX statement_scope ON statement(scope_no, week);"
    "CREATE TABLE verdict(entity_no INTEGER PRIMARY KEY, scope_no INTEGER NOT NULL,"
    " target BLOB NOT NULL, idx INTEGER NOT NULL, says INTEGER NOT NULL) STRICT;"
    "CREATE INDEX verdict_target ON verdict(target);";

/* What waits for a person is few among very many. */
static const char archive_sql_6[] =
    "CREATE INDEX entity_waits ON entity(no) WHERE conflicts > 0;";

/* The id a field `target` shows (M19); checks and statements as lists ask for them (archive_submission.c). */
static const char archive_sql_7[] =
    "ALTER TABLE entity ADD COLUMN target BLOB;"
    "CREATE INDEX entity_target ON entity(target) WHERE target IS NOT NULL;"
    "CREATE TABLE submission(idx INTEGER PRIMARY KEY, no INTEGER NOT NULL,"
    " scope_no INTEGER NOT NULL, province TEXT NOT NULL, kind TEXT NOT NULL,"
    " state INTEGER NOT NULL, rank INTEGER NOT NULL, marks INTEGER NOT NULL,"
    " received_at INTEGER NOT NULL, subject INTEGER NOT NULL, words TEXT NOT NULL) STRICT;"
    "CREATE INDEX submission_scope ON submission(scope_no, idx);"
    "CREATE INDEX submission_province ON submission(province, idx);"
    "CREATE INDEX submission_kind ON submission(kind, idx);"
    "CREATE INDEX submission_state ON submission(state, idx);"
    "CREATE INDEX submission_subject ON submission(subject, idx);"
    "CREATE INDEX submission_late ON submission(idx) WHERE marks & 1;"
    "CREATE INDEX submission_clock ON submission(idx) WHERE marks & 2;"
    "CREATE INDEX submission_held ON submission(idx) WHERE marks & 4;"
    "CREATE INDEX submission_fork ON submission(idx) WHERE marks & 8;"
    "CREATE INDEX submission_two ON submission(idx) WHERE marks & 16;"
    "CREATE INDEX submission_after ON submission(idx) WHERE marks & 32;"
    "CREATE TABLE submission_word(word TEXT NOT NULL, idx INTEGER NOT NULL,"
    " PRIMARY KEY(word, idx)) STRICT, WITHOUT ROWID;";

/* The entry a review was made of (M19); the last entry of an entity is an admitted one. */
static const char archive_sql_8[] =
    "ALTER TABLE verdict ADD COLUMN seen BLOB;"
    "UPDATE entity SET last_idx = ifnull((SELECT max(n.idx) FROM entry n LEFT JOIN entry_state t"
    " ON t.idx = n.idx WHERE n.entity_no = entity.no AND n.entity_no > 0 AND"
    " ifnull(t.verdict, 0) = 0), -1) WHERE no IN (SELECT n.entity_no FROM entry_state t"
    " CROSS JOIN entry n ON n.idx = t.idx WHERE t.verdict > 0);";

/* Records of a kind by number; grows at its end, like the records. */
static const char archive_sql_9[] = "CREATE INDEX entity_kind ON entity(kind);";

/*
 * What a weekly report reads of a record (sync/report_fact): as of every size from `since` on up to the log's.
 * born: index of its first entry, admitted or not; first, last: of its admitted ones, -1: none.
 */
static const char archive_sql_10[] =
    "CREATE TABLE fact(no INTEGER PRIMARY KEY, kind INTEGER NOT NULL, scope_no INTEGER NOT NULL,"
    " id BLOB NOT NULL, born INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,"
    " since INTEGER NOT NULL, undecided INTEGER NOT NULL, newest BLOB, says BLOB NOT NULL) STRICT;";

/*
 * What still waits for somebody (STAND_RECEIVED, STAND_APPROVED, and below the centre's level): few among very many.
 * A task's rank is a day, so none is in it.
 */
#define ASQL_WAITS "state < 2 AND rank < 3"
static const char archive_sql_11[] = "CREATE INDEX submission_waits ON submission(idx) WHERE " ASQL_WAITS ";";

#define ASQL_STANDING \
	"SELECT s.scope, t.week, t.entity_no, t.id, t.says, v.idx, v.says FROM scope s CROSS JOIN" \
	" statement t INDEXED BY statement_scope ON t.scope_no = s.no" \
	" LEFT JOIN verdict v ON v.target = t.id AND v.scope_no = t.scope_no AND (v.seen IS NULL OR" \
	" v.seen = (SELECT n.id FROM entity e CROSS JOIN entry n ON n.idx = e.last_idx" \
	" WHERE e.no = t.entity_no))"
#define ASQL_ROW                                                                           \
	"SELECT n.idx, p.body, n.id, n.sig, k.key, n.op, s.scope, n.entity_no, t.verdict," \
	" t.flags, n.received_at, x.by_line"
#define ASQL_JOIN                                                                      \
	" CROSS JOIN key k ON k.no = f.key_no CROSS JOIN scope s ON s.no = n.scope_no" \
	" LEFT JOIN payload p ON p.idx = n.idx LEFT JOIN entry_state t ON t.idx = n.idx" \
	" LEFT JOIN erasure x ON p.idx IS NULL AND x.id = n.id"
#define ASQL_ENTITY                                                                   \
	"SELECT e.no, s.scope, e.kind, e.id, e.first_idx, e.last_idx, e.received_at," \
	" e.flags, e.conflicts, e.title, e.fold, e.state, e.same, e.supersedes, e.target FROM entity e"
#define ASQL_SUBMISSION                                                                     \
	"SELECT b.idx, b.no, s.scope, b.province, b.kind, b.state, b.rank, b.marks, b.received_at," \
	" b.subject, b.words"
#define ASQL_SUBMISSION_JOIN " CROSS JOIN scope s ON s.no = b.scope_no"
#define ASQL_LINKS \
	" (?1 IS NULL OR s.scope = ?1) AND (?2 IS NULL OR e.kind = ?2) ORDER BY e.kind, s.scope, e.no"
/* ?2 kind, ?3 province, ?4 conflicts only, ?5 quarantined only */
#define ASQL_FILTER                                                                              \
	" AND (?2 IS NULL OR e.kind = ?2)"                                                       \
	" AND (?3 IS NULL OR EXISTS(SELECT 1 FROM doc d WHERE d.tab = 'unit' AND"                \
	" d.key = s.scope AND json_extract(d.json, '$.province') = ?3))"                         \
	" AND (?4 = 0 OR e.conflicts > 0)"                                                       \
	" AND (?5 = 0 OR EXISTS(SELECT 1 FROM entry q CROSS JOIN entry_state t ON t.idx = q.idx" \
	" WHERE q.entity_no = e.no AND q.entity_no > 0 AND t.verdict > 0)) ORDER BY e.no"

static const struct db_stmt_def archive_sql_stmt[] = {
    {ASQL_SCOPE_ADD, "INSERT INTO scope(scope) VALUES(?1)"},
    {ASQL_SCOPE_GET, "SELECT no FROM scope WHERE scope = ?1"},
    {ASQL_SCOPES, "SELECT no, scope FROM scope ORDER BY no"},
    {ASQL_KEY_ADD, "INSERT INTO key(key) VALUES(?1)"},
    {ASQL_KEY_GET, "SELECT no FROM key WHERE key = ?1"},
    {ASQL_FEED_ADD, "INSERT INTO feed(feed, key_no) VALUES(?1, ?2)"},
    {ASQL_FEED_GET, "SELECT no FROM feed WHERE feed = ?1"},
    {ASQL_FEED_NEXT,
     "SELECT ifnull((SELECT seq + 1 FROM entry WHERE feed_no = ?1 ORDER BY seq DESC LIMIT 1), 0)"},
    {ASQL_FEED_BELOW, "SELECT ifnull((SELECT seq + 1 FROM entry WHERE feed_no = ?1 AND seq < ?2"
		      " ORDER BY seq DESC LIMIT 1), 0)"},
    {ASQL_ENTRY_ADD,
     "INSERT INTO entry(idx, feed_no, seq, id, sig, op, scope_no, entity_no, at, received_at)"
     " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"},
    {ASQL_ENTRY_AT, "SELECT idx, id, sig FROM entry WHERE feed_no = ?1 AND seq = ?2 ORDER BY idx"},
    {ASQL_ENTRY_ID, "SELECT idx FROM entry WHERE id = ?1 AND idx >= ?2"},
    {ASQL_ENTRY_IDS, "SELECT idx, id FROM entry WHERE idx >= ?1 AND idx < ?2 ORDER BY idx"},
    {ASQL_FEED_IDS,
     "SELECT id, idx FROM entry WHERE feed_no = ?1 AND seq >= ?2 AND seq < ?3 ORDER BY seq"},
    {ASQL_FEED_SEQS, "SELECT seq FROM entry INDEXED BY entry_feed WHERE feed_no = ?1 AND seq <= ?2"
		     " ORDER BY seq"},
    {ASQL_PAYLOAD_ADD, "INSERT INTO payload(idx, body) VALUES(?1, ?2)"},
    {ASQL_PAYLOAD_ERASE, "DELETE FROM payload WHERE idx = ?1"},
    {ASQL_ERASURE_GET, "SELECT by_line FROM erasure WHERE id = ?1"},
    {ASQL_ERASURES, "SELECT id, by_line FROM erasure"},
    {ASQL_ERASURE_ADD, "INSERT INTO erasure(id, by_line) VALUES(?1, ?2) ON CONFLICT(id) DO NOTHING"},
    {ASQL_ERASURE_DROP, "DELETE FROM erasure WHERE id = ?1"},
    {ASQL_STATE_ADD, "INSERT INTO entry_state(idx, verdict, flags) VALUES(?1, ?2, ?3)"},
    {ASQL_STATE_PUT, "INSERT INTO entry_state(idx, verdict, flags) VALUES(?1, ?2, 0)"
		     " ON CONFLICT(idx) DO UPDATE SET verdict = excluded.verdict"},
    {ASQL_STATE_FLAGS, "INSERT INTO entry_state(idx, verdict, flags) VALUES(?1, 0, ?3)"
		       " ON CONFLICT(idx) DO UPDATE SET flags = (flags & ~?2) | excluded.flags"},
    {ASQL_ROWS_ALL, ASQL_ROW " FROM entry n CROSS JOIN feed f ON f.no = n.feed_no" ASQL_JOIN
			     " WHERE n.idx >= ?1 AND n.idx < ?2 ORDER BY n.idx"},
    {ASQL_ROWS_SCOPE,
     ASQL_ROW " FROM entry n INDEXED BY entry_scope CROSS JOIN feed f ON f.no = n.feed_no" ASQL_JOIN
	      " WHERE n.scope_no = (SELECT no FROM scope WHERE scope = ?3)"
	      " AND n.idx >= ?1 AND n.idx < ?2 ORDER BY n.idx"},
    {ASQL_ROWS_COMMON,
     ASQL_ROW " FROM entry n INDEXED BY entry_scope CROSS JOIN feed f ON f.no = n.feed_no" ASQL_JOIN
	      " WHERE n.scope_no = (SELECT no FROM scope WHERE scope = '*')"
	      " AND n.idx >= ?1 AND n.idx < ?2 ORDER BY n.idx"},
    {ASQL_ROWS_AUTHORITY, ASQL_ROW
     " FROM entry n INDEXED BY entry_authority CROSS JOIN feed f ON f.no = n.feed_no" ASQL_JOIN
     " WHERE n.op >= 2 AND n.op <= 7 ORDER BY n.idx"},
    {ASQL_ROWS_ENTITY, ASQL_ROW
     " FROM entry n INDEXED BY entry_entity CROSS JOIN feed f ON f.no = n.feed_no" ASQL_JOIN
     " WHERE n.entity_no = ?1 AND n.entity_no > 0 ORDER BY n.idx"},
    {ASQL_ROWS_KEY,
     ASQL_ROW " FROM feed f CROSS JOIN entry n INDEXED BY entry_feed ON n.feed_no = f.no" ASQL_JOIN
	      " WHERE f.key_no = (SELECT no FROM key WHERE key = ?1) ORDER BY n.idx"},
    {ASQL_ROWS_FORKS,
     ASQL_ROW " FROM (SELECT h.feed_no, min(h.seq) AS seq FROM entry_state g CROSS JOIN entry h ON"
	      " h.idx = g.idx WHERE g.flags & ?1 GROUP BY h.feed_no) d CROSS JOIN entry n INDEXED BY"
	      " entry_feed ON n.feed_no = d.feed_no AND n.seq = d.seq"
	      " CROSS JOIN feed f ON f.no = n.feed_no" ASQL_JOIN " ORDER BY n.feed_no, n.idx"},
    {ASQL_ROWS_HELD,
     ASQL_ROW " FROM entry_state g CROSS JOIN entry n ON n.idx = g.idx"
	      " CROSS JOIN feed f ON f.no = n.feed_no" ASQL_JOIN
	      " WHERE g.verdict > 0 ORDER BY g.idx"},
    {ASQL_FEED_SCOPE,
     "SELECT s.scope FROM feed f JOIN entry n INDEXED BY entry_feed ON n.feed_no = f.no"
     " JOIN scope s ON s.no = n.scope_no WHERE f.feed = ?1 ORDER BY n.seq LIMIT 1"},
    {ASQL_ENTITY_ADD,
     "INSERT INTO entity(scope_no, kind, id, first_idx, last_idx, received_at, flags, conflicts,"
     " title, fold, state) VALUES(?1, ?2, ?3, -1, -1, 0, 0, 0, '', '', x'')"},
    {ASQL_ENTITY_GET, "SELECT no, state FROM entity INDEXED BY entity_id WHERE id = ?3"
		      " AND scope_no = ?1 AND kind = ?2"},
    {ASQL_ENTITY_PUT,
     "UPDATE entity SET state = ?2, title = ?3, fold = ?4, conflicts = ?5, same = ?10,"
     " supersedes = ?11, target = ?12, flags = flags | ?6,"
     " first_idx = iif(first_idx < 0, ?7, first_idx), last_idx = iif(?8 = -1, last_idx, max(?8, -1)),"
     " received_at = iif(?9 < 0, received_at, ?9) WHERE no = ?1"},
    {ASQL_ENTITY_HAS,
     "SELECT 1 FROM entry n INDEXED BY entry_entity LEFT JOIN entry_state t ON t.idx = n.idx"
     " WHERE n.entity_no = ?1 AND n.entity_no > 0 AND n.id = ?2 AND ifnull(t.verdict, 0) = 0"},
    {ASQL_ENTITY_CONFLICTS, "UPDATE entity SET conflicts = ?2 WHERE no = ?1"},
    {ASQL_SAME, ASQL_ENTITY " INDEXED BY entity_same CROSS JOIN scope s ON s.no = e.scope_no"
			    " WHERE e.same IS NOT NULL AND ?3 IS NULL AND" ASQL_LINKS},
    {ASQL_SUPERSEDES,
     ASQL_ENTITY " INDEXED BY entity_supersedes CROSS JOIN scope s ON s.no = e.scope_no"
		 " WHERE e.supersedes IS NOT NULL AND ?3 IS NULL AND" ASQL_LINKS},
    {ASQL_SUPERSEDES_OF,
     ASQL_ENTITY " INDEXED BY entity_supersedes CROSS JOIN scope s ON s.no = e.scope_no"
		 " WHERE e.supersedes = ?3 AND" ASQL_LINKS},
    {ASQL_ENTITY_ONE, ASQL_ENTITY " INDEXED BY entity_id CROSS JOIN scope s ON s.no = e.scope_no"
				  " WHERE e.id = ?3 AND s.scope = ?1 AND e.kind = ?2"},
    {ASQL_ENTITY_NO, ASQL_ENTITY " JOIN scope s ON s.no = e.scope_no WHERE e.no = ?1"},
    {ASQL_ENTITY_RANGE, ASQL_ENTITY " INDEXED BY entity_id CROSS JOIN scope s ON s.no = e.scope_no"
				    " WHERE e.id >= ?1 AND e.id <= ?2"
				    " AND (?3 IS NULL OR e.kind = ?3) AND (?4 IS NULL OR s.scope = ?4)"
				    " ORDER BY e.id, e.no"},
    {ASQL_ENTITIES_ALL,
     ASQL_ENTITY " CROSS JOIN scope s ON s.no = e.scope_no WHERE ?1 IS NULL" ASQL_FILTER},
    {ASQL_ENTITIES_SCOPE,
     ASQL_ENTITY " INDEXED BY entity_scope CROSS JOIN scope s ON s.no = e.scope_no"
		 " WHERE e.scope_no = (SELECT no FROM scope WHERE scope = ?1)" ASQL_FILTER},
    {ASQL_ENTITIES_WAIT,
     ASQL_ENTITY " INDEXED BY entity_waits CROSS JOIN scope s ON s.no = e.scope_no"
		 " WHERE e.conflicts > 0 AND (?1 IS NULL OR s.scope = ?1)" ASQL_FILTER},
    {ASQL_TILE_GET, "SELECT hashes FROM tile WHERE no = ?1"},
    {ASQL_TILE_PUT, "INSERT INTO tile(no, hashes) VALUES(?1, ?2) ON CONFLICT(no) DO UPDATE SET "
		    "hashes = excluded.hashes"},
    {ASQL_TILE_LEAVES, "SELECT no, hashes FROM tile WHERE no >= ?1 AND no < ?2 ORDER BY no"},
    {ASQL_CHECKPOINT_ADD, "INSERT INTO checkpoint(size, root, text, at) VALUES(?1, ?2, ?3, ?4)"},
    {ASQL_CHECKPOINT_AT, "SELECT root, at FROM checkpoint WHERE size = ?1"},
    {ASQL_CHECKPOINT_TEXT, "SELECT text FROM checkpoint WHERE size = ?1"},
    /* from the newest back: an issue is frozen soon after its cut-off */
    {ASQL_CHECKPOINT_BY, "SELECT size FROM checkpoint WHERE at <= ?1 ORDER BY size DESC LIMIT 1"},
    {ASQL_CHECKPOINT_HEAD, "SELECT size, text, at FROM checkpoint ORDER BY size DESC LIMIT 1"},
    {ASQL_SETTING_GET, "SELECT value FROM setting WHERE name = ?1"},
    {ASQL_SETTING_PUT, "INSERT INTO setting(name, value) VALUES(?1, ?2) ON CONFLICT(name) DO "
		       "UPDATE SET value = excluded.value"},
    {ASQL_DOC_GET, "SELECT json FROM doc WHERE tab = ?1 AND key = ?2"},
    {ASQL_DOC_PUT, "INSERT INTO doc(tab, key, json) VALUES(?1, ?2, ?3) ON CONFLICT(tab, key) DO "
		   "UPDATE SET json = excluded.json"},
    {ASQL_DOC_DROP, "DELETE FROM doc WHERE tab = ?1 AND key = ?2"},
    {ASQL_DOC_LIST, "SELECT key, json FROM doc WHERE tab = ?1 ORDER BY key"},
    {ASQL_DOC_OTHER, "SELECT key, json, tab FROM doc WHERE tab <> ?1 ORDER BY tab, key"},
    {ASQL_BLOB_ADD, "INSERT INTO blob_name(scope_no, sha, size) VALUES(?1, ?2, ?3) ON "
		    "CONFLICT(scope_no, sha) DO NOTHING"},
    {ASQL_BLOB_GET, "SELECT b.size FROM blob_name b JOIN scope s ON s.no = b.scope_no"
		    " WHERE s.scope IN (?1, '*') AND b.sha = ?2"},
    {ASQL_BLOB_NAMES, "SELECT b.sha, b.size FROM blob_name b JOIN scope s ON s.no = b.scope_no"
		      " WHERE s.scope = ?1 ORDER BY b.sha"},
    {ASQL_BLOB_ALL, "SELECT sha, size FROM blob_name ORDER BY scope_no, sha"},
    {ASQL_BLOB_ANY, "SELECT EXISTS(SELECT 1 FROM blob_name WHERE sha = ?1)"},
    /* a look through the scope: an erase is rare, an index would cost every append */
    {ASQL_BLOB_OTHERS,
     "SELECT EXISTS(SELECT 1 FROM entry o CROSS JOIN payload p ON p.idx = o.idx WHERE o.scope_no ="
     " (SELECT scope_no FROM entry WHERE idx = ?1) AND o.idx <> ?1 AND instr(p.body, CAST(?2 AS BLOB)) > 0)"},
    {ASQL_BLOB_UNNAME, "DELETE FROM blob_name WHERE sha = ?2 AND scope_no ="
		       " (SELECT scope_no FROM entry WHERE idx = ?1)"},
    {ASQL_BLOB_GONE_ADD,
     "INSERT INTO blob_gone(sha) SELECT ?1 WHERE NOT EXISTS(SELECT 1 FROM blob_name WHERE sha = ?1)"
     " ON CONFLICT(sha) DO NOTHING"},
    {ASQL_BLOB_GONE_ONE, "SELECT sha FROM blob_gone LIMIT 1"},
    {ASQL_BLOB_GONE_DROP, "DELETE FROM blob_gone WHERE sha = ?1"},
    {ASQL_RUN_ADD, "INSERT INTO run(level, lo, hi, state) VALUES(?1, ?2, ?3, ?4)"},
    {ASQL_RUN_LIST, "SELECT no, level, lo, hi, state FROM run ORDER BY lo, no"},
    {ASQL_RUN_READY, "SELECT no, hi FROM run WHERE state = 0 ORDER BY no"},
    {ASQL_RUN_STATE, "UPDATE run SET state = ?2 WHERE no = ?1"},
    {ASQL_RUN_DROP, "DELETE FROM run WHERE no = ?1"},
    {ASQL_PAGE_ADD, "INSERT INTO run_page(run_no, first, body) VALUES(?1, ?2, ?3)"},
    {ASQL_PAGE_AT, "SELECT first, body FROM run_page INDEXED BY run_page_first WHERE run_no = ?1"
		   " AND first <= ?2 ORDER BY first DESC, no DESC"},
    {ASQL_PAGE_START, "SELECT ifnull(max(first), -0x7fffffffffffffff - 1) FROM run_page INDEXED BY"
		      " run_page_first WHERE run_no = ?1 AND first < ?2"},
    {ASQL_PAGE_FROM, "SELECT body FROM run_page INDEXED BY run_page_first WHERE run_no = ?1"
		     " AND first >= ?2 ORDER BY first, no"},
    {ASQL_PAGE_LAST, "SELECT body FROM run_page INDEXED BY run_page_first WHERE run_no = ?1"
		     " ORDER BY first DESC, no DESC LIMIT 1"},
    {ASQL_PAGE_DROP, "DELETE FROM run_page WHERE no IN (SELECT no FROM run_page INDEXED BY"
		     " run_page_first WHERE run_no = ?1 LIMIT ?2)"},
    {ASQL_STATEMENT_PUT,
     "INSERT INTO statement(entity_no, scope_no, week, id, says)"
     " SELECT ?1, scope_no, ?2, id, ?3 FROM entity WHERE no = ?1 ON CONFLICT(entity_no) DO UPDATE"
     " SET week = excluded.week, says = excluded.says"},
    {ASQL_STATEMENT_DROP, "DELETE FROM statement WHERE entity_no = ?1"},
    {ASQL_STATEMENTS, ASQL_STANDING " WHERE t.week >= ?1 AND t.week <= ?2"
				    " ORDER BY s.no, t.week, t.entity_no"},
    {ASQL_STATEMENTS_OF, ASQL_STANDING " WHERE s.scope = ?3 AND t.week >= ?1 AND t.week <= ?2"
				       " ORDER BY t.week DESC, t.entity_no"},
    {ASQL_VERDICT_PUT,
     "INSERT INTO verdict(entity_no, scope_no, target, idx, says, seen)"
     " SELECT ?1, scope_no, ?2, last_idx, ?3, ?4 FROM entity WHERE no = ?1"
     " ON CONFLICT(entity_no) DO UPDATE SET target = excluded.target, idx = excluded.idx,"
     " says = excluded.says, seen = excluded.seen"},
    {ASQL_VERDICT_DROP, "DELETE FROM verdict WHERE entity_no = ?1"},
    {ASQL_HEARD,
     "SELECT k.key, s.scope, n.received_at FROM feed f CROSS JOIN key k ON k.no = f.key_no"
     " CROSS JOIN entry n ON n.idx = (SELECT l.idx FROM entry l INDEXED BY entry_feed"
     " WHERE l.feed_no = f.no ORDER BY l.seq DESC LIMIT 1) CROSS JOIN scope s ON s.no = n.scope_no"},
    /* ?8: first and last are all there is to know; else first of the new ones, last when not -1 */
    {ASQL_FACT_PUT,
     "INSERT INTO fact(no, kind, scope_no, id, born, first, last, since, undecided, newest, says)"
     " SELECT ?1, ?2, scope_no, id, ?3, ?4, ?5, ?6, ?7, ?9, ?10 FROM entity WHERE no = ?1"
     " ON CONFLICT(no) DO UPDATE SET born = iif(born < 0, excluded.born, born),"
     " first = iif(?8 OR first < 0, excluded.first, first),"
     " last = iif(?8 OR excluded.last >= 0, excluded.last, last), since = excluded.since,"
     " undecided = excluded.undecided,"
     " newest = iif(?8 OR excluded.last >= 0, excluded.newest, newest), says = excluded.says"},
    /* of an entity of before: it stands so since its last entry; where something was ever noted of one, since ?3 */
    {ASQL_FACT_BEGIN,
     "INSERT INTO fact(no, kind, scope_no, id, born, first, last, since, undecided, newest, says)"
     " SELECT ?1, ?2, e.scope_no, e.id, e.first_idx, iif(e.last_idx < 0, -1, e.first_idx),"
     " max(e.last_idx, -1), iif(?3 = ?4 OR EXISTS(SELECT 1 FROM entry q INDEXED BY entry_entity CROSS JOIN"
     " entry_state t ON t.idx = q.idx WHERE q.entity_no = e.no AND q.entity_no > 0), ?3, e.last_idx + 1),"
     " ?5, iif(?6, (SELECT n.id FROM entry n WHERE n.idx = e.last_idx), NULL), ?7"
     " FROM entity e WHERE e.no = ?1 AND e.first_idx >= 0 ON CONFLICT(no) DO NOTHING"},
    {ASQL_FACTS, "SELECT kind, scope_no, id, first, last, since, undecided, newest, says, no FROM fact"
		 " WHERE since <= ?1 AND last >= 0"},
    {ASQL_FACTS_AFTER, "SELECT no, born, since FROM fact WHERE since > ?1 AND born < ?2 AND born >= 0"},
    {ASQL_FACT_ONE, "SELECT kind, born, first, last, since, undecided, says FROM fact WHERE no = ?1"},
    {ASQL_SUBMISSION_PUT,
     "INSERT INTO submission(idx, no, scope_no, province, kind, state, rank, marks, received_at,"
     " subject, words) VALUES(?1, ?2, (SELECT no FROM scope WHERE scope = ?3), ?4, ?5, ?6, ?7, ?8,"
     " ?9, ?10, ?11) ON CONFLICT(idx) DO UPDATE SET province = excluded.province,"
     " state = excluded.state, rank = excluded.rank, marks = excluded.marks,"
     " subject = excluded.subject, words = excluded.words"},
    {ASQL_SUBMISSION_PROVINCE,
     "UPDATE submission SET province = ?2 WHERE scope_no = (SELECT no FROM scope WHERE scope = ?1)"
     " AND province <> ?2"},
    {ASQL_SUBMISSION_ONE,
     ASQL_SUBMISSION " FROM submission b" ASQL_SUBMISSION_JOIN " WHERE b.idx = ?1"},
    {ASQL_SUBMISSION_WORDS, "SELECT words FROM submission WHERE idx = ?1"},
    {ASQL_SUBMISSION_TIME,
     "SELECT idx, received_at FROM submission WHERE idx >= ?1 ORDER BY idx LIMIT 1"},
    {ASQL_SUBMISSION_LAST, "SELECT ifnull(max(idx), -1) FROM submission"},
    {ASQL_WORD_ADD, "INSERT INTO submission_word(word, idx) VALUES(?1, ?2)"
		    " ON CONFLICT(word, idx) DO NOTHING"},
    {ASQL_WORD_DROP, "DELETE FROM submission_word WHERE word = ?1 AND idx = ?2"},
    {ASQL_ENTITY_HELD,
     "SELECT EXISTS(SELECT 1 FROM entry q INDEXED BY entry_entity CROSS JOIN entry_state t ON"
     " t.idx = q.idx WHERE q.entity_no = ?1 AND q.entity_no > 0 AND t.verdict > 0)"},
    {ASQL_ENTITY_NOS, "SELECT no FROM entity WHERE no > ?2 AND kind = ?1 ORDER BY no LIMIT ?3"},
    {ASQL_RECORDS_UP,
     "SELECT e.no, s.scope FROM entity e INDEXED BY entity_kind CROSS JOIN scope s ON s.no = e.scope_no"
     " WHERE ?5 IS NULL AND e.kind = ?1 AND e.no > ?2 AND e.no < ?3 AND e.last_idx >= 0"
     " ORDER BY e.no LIMIT ?4"},
    {ASQL_RECORDS_DOWN,
     "SELECT e.no, s.scope FROM entity e INDEXED BY entity_kind CROSS JOIN scope s ON s.no = e.scope_no"
     " WHERE ?5 IS NULL AND e.kind = ?1 AND e.no > ?2 AND e.no < ?3 AND e.last_idx >= 0"
     " ORDER BY e.no DESC LIMIT ?4"},
    {ASQL_RECORDS_OF_UP,
     "SELECT e.no, s.scope FROM entity e INDEXED BY entity_scope CROSS JOIN scope s ON s.no = e.scope_no"
     " WHERE e.scope_no = (SELECT no FROM scope WHERE scope = ?5) AND e.kind = ?1 AND e.no > ?2 AND e.no < ?3 AND e.last_idx >= 0"
     " ORDER BY e.no LIMIT ?4"},
    {ASQL_RECORDS_OF_DOWN,
     "SELECT e.no, s.scope FROM entity e INDEXED BY entity_scope CROSS JOIN scope s ON s.no = e.scope_no"
     " WHERE e.scope_no = (SELECT no FROM scope WHERE scope = ?5) AND e.kind = ?1 AND e.no > ?2 AND e.no < ?3 AND e.last_idx >= 0"
     " ORDER BY e.no DESC LIMIT ?4"},
    {ASQL_TARGET, ASQL_ENTITY " INDEXED BY entity_target CROSS JOIN scope s ON s.no = e.scope_no"
			      " WHERE e.target = ?3 AND" ASQL_LINKS},
    {ASQL_BY_ALL,
     ASQL_SUBMISSION " FROM submission b" ASQL_SUBMISSION_JOIN
     " WHERE ?1 IS NULL AND b.idx < ?2 AND b.idx >= ?3 ORDER BY b.idx DESC LIMIT ?4"},
    {ASQL_BY_SCOPE,
     ASQL_SUBMISSION " FROM submission b INDEXED BY submission_scope" ASQL_SUBMISSION_JOIN
     " WHERE b.scope_no = (SELECT no FROM scope WHERE scope = ?1) AND b.idx < ?2 AND b.idx >= ?3 ORDER BY b.idx DESC LIMIT ?4"},
    {ASQL_BY_PROVINCE,
     ASQL_SUBMISSION " FROM submission b INDEXED BY submission_province" ASQL_SUBMISSION_JOIN
     " WHERE b.province = ?1 AND b.idx < ?2 AND b.idx >= ?3 ORDER BY b.idx DESC LIMIT ?4"},
    {ASQL_BY_KIND,
     ASQL_SUBMISSION " FROM submission b INDEXED BY submission_kind" ASQL_SUBMISSION_JOIN
     " WHERE b.kind = ?1 AND b.idx < ?2 AND b.idx >= ?3 ORDER BY b.idx DESC LIMIT ?4"},
    {ASQL_BY_STATE,
     ASQL_SUBMISSION " FROM submission b INDEXED BY submission_state" ASQL_SUBMISSION_JOIN
     " WHERE b.state = ?1 AND b.idx < ?2 AND b.idx >= ?3 ORDER BY b.idx DESC LIMIT ?4"},
    {ASQL_BY_SUBJECT,
     ASQL_SUBMISSION " FROM submission b INDEXED BY submission_subject" ASQL_SUBMISSION_JOIN
     " WHERE b.subject = ?1 AND b.idx < ?2 AND b.idx >= ?3 ORDER BY b.idx DESC LIMIT ?4"},
    {ASQL_BY_WORD,
     ASQL_SUBMISSION " FROM submission_word w CROSS JOIN submission b ON b.idx = w.idx" ASQL_SUBMISSION_JOIN
     " WHERE w.word = ?1 AND w.idx < ?2 AND w.idx >= ?3 ORDER BY w.idx DESC LIMIT ?4"},
    {ASQL_BY_LATE,
     ASQL_SUBMISSION " FROM submission b INDEXED BY submission_late" ASQL_SUBMISSION_JOIN
     " WHERE ?1 IS NULL AND b.marks & 1 AND b.idx < ?2 AND b.idx >= ?3 ORDER BY b.idx DESC LIMIT ?4"},
    {ASQL_BY_CLOCK,
     ASQL_SUBMISSION " FROM submission b INDEXED BY submission_clock" ASQL_SUBMISSION_JOIN
     " WHERE ?1 IS NULL AND b.marks & 2 AND b.idx < ?2 AND b.idx >= ?3 ORDER BY b.idx DESC LIMIT ?4"},
    {ASQL_BY_HELD,
     ASQL_SUBMISSION " FROM submission b INDEXED BY submission_held" ASQL_SUBMISSION_JOIN
     " WHERE ?1 IS NULL AND b.marks & 4 AND b.idx < ?2 AND b.idx >= ?3 ORDER BY b.idx DESC LIMIT ?4"},
    {ASQL_BY_FORK,
     ASQL_SUBMISSION " FROM submission b INDEXED BY submission_fork" ASQL_SUBMISSION_JOIN
     " WHERE ?1 IS NULL AND b.marks & 8 AND b.idx < ?2 AND b.idx >= ?3 ORDER BY b.idx DESC LIMIT ?4"},
    {ASQL_BY_TWO,
     ASQL_SUBMISSION " FROM submission b INDEXED BY submission_two" ASQL_SUBMISSION_JOIN
     " WHERE ?1 IS NULL AND b.marks & 16 AND b.idx < ?2 AND b.idx >= ?3 ORDER BY b.idx DESC LIMIT ?4"},
    {ASQL_BY_AFTER,
     ASQL_SUBMISSION " FROM submission b INDEXED BY submission_after" ASQL_SUBMISSION_JOIN
     " WHERE ?1 IS NULL AND b.marks & 32 AND b.idx < ?2 AND b.idx >= ?3 ORDER BY b.idx DESC LIMIT ?4"},
    {ASQL_BY_WAITS,
     ASQL_SUBMISSION " FROM submission b INDEXED BY submission_waits" ASQL_SUBMISSION_JOIN
     " WHERE ?1 IS NULL AND " ASQL_WAITS " AND b.idx < ?2 AND b.idx >= ?3 ORDER BY b.idx DESC LIMIT ?4"},
    {ASQL_UP_ALL,
     ASQL_SUBMISSION " FROM submission b" ASQL_SUBMISSION_JOIN
     " WHERE ?1 IS NULL AND b.idx < ?2 AND b.idx >= ?3 ORDER BY b.idx LIMIT ?4"},
    {ASQL_UP_SCOPE,
     ASQL_SUBMISSION " FROM submission b INDEXED BY submission_scope" ASQL_SUBMISSION_JOIN
     " WHERE b.scope_no = (SELECT no FROM scope WHERE scope = ?1) AND b.idx < ?2 AND b.idx >= ?3 ORDER BY b.idx LIMIT ?4"},
    {ASQL_UP_PROVINCE,
     ASQL_SUBMISSION " FROM submission b INDEXED BY submission_province" ASQL_SUBMISSION_JOIN
     " WHERE b.province = ?1 AND b.idx < ?2 AND b.idx >= ?3 ORDER BY b.idx LIMIT ?4"},
    {ASQL_UP_KIND,
     ASQL_SUBMISSION " FROM submission b INDEXED BY submission_kind" ASQL_SUBMISSION_JOIN
     " WHERE b.kind = ?1 AND b.idx < ?2 AND b.idx >= ?3 ORDER BY b.idx LIMIT ?4"},
    {ASQL_UP_STATE,
     ASQL_SUBMISSION " FROM submission b INDEXED BY submission_state" ASQL_SUBMISSION_JOIN
     " WHERE b.state = ?1 AND b.idx < ?2 AND b.idx >= ?3 ORDER BY b.idx LIMIT ?4"},
    {ASQL_UP_SUBJECT,
     ASQL_SUBMISSION " FROM submission b INDEXED BY submission_subject" ASQL_SUBMISSION_JOIN
     " WHERE b.subject = ?1 AND b.idx < ?2 AND b.idx >= ?3 ORDER BY b.idx LIMIT ?4"},
    {ASQL_UP_WORD,
     ASQL_SUBMISSION " FROM submission_word w CROSS JOIN submission b ON b.idx = w.idx" ASQL_SUBMISSION_JOIN
     " WHERE w.word = ?1 AND w.idx < ?2 AND w.idx >= ?3 ORDER BY w.idx LIMIT ?4"},
    {ASQL_UP_LATE,
     ASQL_SUBMISSION " FROM submission b INDEXED BY submission_late" ASQL_SUBMISSION_JOIN
     " WHERE ?1 IS NULL AND b.marks & 1 AND b.idx < ?2 AND b.idx >= ?3 ORDER BY b.idx LIMIT ?4"},
    {ASQL_UP_CLOCK,
     ASQL_SUBMISSION " FROM submission b INDEXED BY submission_clock" ASQL_SUBMISSION_JOIN
     " WHERE ?1 IS NULL AND b.marks & 2 AND b.idx < ?2 AND b.idx >= ?3 ORDER BY b.idx LIMIT ?4"},
    {ASQL_UP_HELD,
     ASQL_SUBMISSION " FROM submission b INDEXED BY submission_held" ASQL_SUBMISSION_JOIN
     " WHERE ?1 IS NULL AND b.marks & 4 AND b.idx < ?2 AND b.idx >= ?3 ORDER BY b.idx LIMIT ?4"},
    {ASQL_UP_FORK,
     ASQL_SUBMISSION " FROM submission b INDEXED BY submission_fork" ASQL_SUBMISSION_JOIN
     " WHERE ?1 IS NULL AND b.marks & 8 AND b.idx < ?2 AND b.idx >= ?3 ORDER BY b.idx LIMIT ?4"},
    {ASQL_UP_TWO,
     ASQL_SUBMISSION " FROM submission b INDEXED BY submission_two" ASQL_SUBMISSION_JOIN
     " WHERE ?1 IS NULL AND b.marks & 16 AND b.idx < ?2 AND b.idx >= ?3 ORDER BY b.idx LIMIT ?4"},
    {ASQL_UP_AFTER,
     ASQL_SUBMISSION " FROM submission b INDEXED BY submission_after" ASQL_SUBMISSION_JOIN
     " WHERE ?1 IS NULL AND b.marks & 32 AND b.idx < ?2 AND b.idx >= ?3 ORDER BY b.idx LIMIT ?4"},
    {ASQL_UP_WAITS,
     ASQL_SUBMISSION " FROM submission b INDEXED BY submission_waits" ASQL_SUBMISSION_JOIN
     " WHERE ?1 IS NULL AND " ASQL_WAITS " AND b.idx < ?2 AND b.idx >= ?3 ORDER BY b.idx LIMIT ?4"},
    {ASQL_N_ALL, "SELECT count(*) FROM (SELECT 1 FROM submission b"
     " WHERE ?1 IS NULL AND b.idx < ?2 AND b.idx >= ?3 LIMIT ?4)"},
    {ASQL_N_SCOPE, "SELECT count(*) FROM (SELECT 1 FROM submission b INDEXED BY submission_scope"
     " WHERE b.scope_no = (SELECT no FROM scope WHERE scope = ?1) AND b.idx < ?2 AND b.idx >= ?3 LIMIT ?4)"},
    {ASQL_N_PROVINCE, "SELECT count(*) FROM (SELECT 1 FROM submission b INDEXED BY submission_province"
     " WHERE b.province = ?1 AND b.idx < ?2 AND b.idx >= ?3 LIMIT ?4)"},
    {ASQL_N_KIND, "SELECT count(*) FROM (SELECT 1 FROM submission b INDEXED BY submission_kind"
     " WHERE b.kind = ?1 AND b.idx < ?2 AND b.idx >= ?3 LIMIT ?4)"},
    {ASQL_N_STATE, "SELECT count(*) FROM (SELECT 1 FROM submission b INDEXED BY submission_state"
     " WHERE b.state = ?1 AND b.idx < ?2 AND b.idx >= ?3 LIMIT ?4)"},
    {ASQL_N_SUBJECT, "SELECT count(*) FROM (SELECT 1 FROM submission b INDEXED BY submission_subject"
     " WHERE b.subject = ?1 AND b.idx < ?2 AND b.idx >= ?3 LIMIT ?4)"},
    {ASQL_N_WORD, "SELECT count(*) FROM (SELECT 1 FROM submission_word w"
     " WHERE w.word = ?1 AND w.idx < ?2 AND w.idx >= ?3 LIMIT ?4)"},
    {ASQL_N_LATE, "SELECT count(*) FROM (SELECT 1 FROM submission b INDEXED BY submission_late"
     " WHERE ?1 IS NULL AND b.marks & 1 AND b.idx < ?2 AND b.idx >= ?3 LIMIT ?4)"},
    {ASQL_N_CLOCK, "SELECT count(*) FROM (SELECT 1 FROM submission b INDEXED BY submission_clock"
     " WHERE ?1 IS NULL AND b.marks & 2 AND b.idx < ?2 AND b.idx >= ?3 LIMIT ?4)"},
    {ASQL_N_HELD, "SELECT count(*) FROM (SELECT 1 FROM submission b INDEXED BY submission_held"
     " WHERE ?1 IS NULL AND b.marks & 4 AND b.idx < ?2 AND b.idx >= ?3 LIMIT ?4)"},
    {ASQL_N_FORK, "SELECT count(*) FROM (SELECT 1 FROM submission b INDEXED BY submission_fork"
     " WHERE ?1 IS NULL AND b.marks & 8 AND b.idx < ?2 AND b.idx >= ?3 LIMIT ?4)"},
    {ASQL_N_TWO, "SELECT count(*) FROM (SELECT 1 FROM submission b INDEXED BY submission_two"
     " WHERE ?1 IS NULL AND b.marks & 16 AND b.idx < ?2 AND b.idx >= ?3 LIMIT ?4)"},
    {ASQL_N_AFTER, "SELECT count(*) FROM (SELECT 1 FROM submission b INDEXED BY submission_after"
     " WHERE ?1 IS NULL AND b.marks & 32 AND b.idx < ?2 AND b.idx >= ?3 LIMIT ?4)"},
    {ASQL_N_WAITS, "SELECT count(*) FROM (SELECT 1 FROM submission b INDEXED BY submission_waits"
     " WHERE ?1 IS NULL AND " ASQL_WAITS " AND b.idx < ?2 AND b.idx >= ?3 LIMIT ?4)"},
};

#endif
