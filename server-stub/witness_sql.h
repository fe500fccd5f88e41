/*
 * witness_sql: the schema of a witness and every statement that touches it. Of a log only the largest
 * checkpoint it cosigned is kept; what the log signed and does not fit stays for ever.
 */
#ifndef KK_COLLECTOR_WITNESS_SQL_H
#define KK_COLLECTOR_WITNESS_SQL_H

#include "lib/db.h"

enum { WITNESS_APP_ID = 0x6b6b7731 }; /* "kkw1" */

enum witness_sql {
	WSQL_NAME_GET,
	WSQL_NAME_PUT,
	WSQL_LOG_ADD,
	WSQL_LOG_GET,
	WSQL_LOG_COUNT,
	WSQL_LOG_ALL,
	WSQL_LOG_COSIGNED,
	WSQL_EVIDENCE_COUNT,
	WSQL_EVIDENCE_KNOWN,
	WSQL_EVIDENCE_ADD,
	WSQL_N
};

static const char witness_sql_1[] =
    "CREATE TABLE witness(one INTEGER PRIMARY KEY CHECK(one = 1), name TEXT NOT NULL) STRICT;"
    /* hash: of the key, as in the origin (L4); text: the checkpoint with the cosignature */
    "CREATE TABLE log(no INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE CHECK(length(hash) = 32),"
    " key BLOB NOT NULL CHECK(length(key) = 32), size INTEGER NOT NULL, root BLOB NOT NULL,"
    " text TEXT NOT NULL, at INTEGER NOT NULL) STRICT;"
    "CREATE TABLE evidence(no INTEGER PRIMARY KEY, log_no INTEGER NOT NULL REFERENCES log(no),"
    " at INTEGER NOT NULL, known TEXT NOT NULL, given TEXT NOT NULL) STRICT;"
    "CREATE INDEX evidence_log ON evidence(log_no);" DB_APPEND_ONLY("evidence");

static const struct db_stmt_def witness_sql_stmt[] = {
    {WSQL_NAME_GET, "SELECT name FROM witness WHERE one = 1"},
    {WSQL_NAME_PUT, "INSERT INTO witness(one, name) VALUES(1, ?1)"},
    {WSQL_LOG_ADD, "INSERT INTO log(hash, key, size, root, text, at) VALUES(?1, ?2, 0, x'', '', 0)"},
    {WSQL_LOG_GET, "SELECT no, key, size, root, text FROM log WHERE hash = ?1"},
    {WSQL_LOG_COUNT, "SELECT count(*) FROM log"},
    {WSQL_LOG_ALL, "SELECT l.key, l.size, l.at, (SELECT count(*) FROM evidence e WHERE e.log_no = l.no)"
		   " FROM log l ORDER BY l.no"},
    {WSQL_LOG_COSIGNED, "UPDATE log SET size = ?2, root = ?3, text = ?4, at = ?5 WHERE no = ?1"},
    {WSQL_EVIDENCE_COUNT, "SELECT count(*) FROM evidence WHERE log_no = ?1"},
    {WSQL_EVIDENCE_KNOWN, "SELECT count(*) FROM evidence WHERE log_no = ?1 AND given = ?2"},
    {WSQL_EVIDENCE_ADD, "INSERT INTO evidence(log_no, at, known, given) VALUES(?1, ?2, ?3, ?4)"},
};

#endif
