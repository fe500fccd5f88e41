/*
 * store_skipped: pulled lines whose author is not known here. Clauses P15, P17.
 *
 * An answer passes over them, so the cursor does too; what is kept is where the first line of
 * each such key stood. Once a cert makes the key known, the next request asks from there, and
 * what the answer goes through is forgotten, or noted anew. So each line is asked for again at
 * most once for each cert that could explain it. Does NOT keep the lines: they are unverified.
 */
#include "agent/store_part.h"

#include "lib/limits.h"

/* Could this line be read today? A row without prefix stands for any key: one more may be it. */
static bool readable(const struct store *s, struct span prefix, int64_t keys)
{
	const struct entry_keys known = keyring_keys(s->keyring);
	uint8_t pk[CRYPT_PK_LEN];

	if (prefix.len == 0)
		return (int64_t)keyring_size(s->keyring) != keys;
	return known.find(known.ctx, prefix.p, pk);
}

enum rc store_skipped_from(struct store *s, const char *scope, int64_t *cursor, struct err *reterr)
{
	int64_t from = *cursor;
	struct db_q q;
	enum rc rc = db_query(&q, s->db, ST_SKIPPED_OF, DB_V(db_str(scope)), reterr);

	while (rc == RC_OK && db_next(&q)) {
		int64_t index = db_col_int(&q, 1);

		if (index < from && readable(s, db_col_blob(&q, 0), db_col_int(&q, 2)))
			from = index;
	}
	rc = db_end(&q, rc, reterr);
	if (rc == RC_OK)
		*cursor = from;
	return rc;
}

/* A collector can invent keys without end; beyond the ceiling one row stands for all. */
static enum rc note_one(struct store *s, const char *scope, const struct session_unknown *u,
			size_t keys, struct err *reterr)
{
	struct db_val prefix = db_bytes(u->prefix, sizeof(u->prefix));
	int64_t rows = 0, same = 0;
	struct db_q q;
	enum rc rc = db_query(&q, s->db, ST_SKIPPED_HAS, DB_V(db_str(scope), prefix), reterr);

	if (rc == RC_OK && db_next(&q)) {
		rows = db_col_int(&q, 0);
		same = db_col_int(&q, 1);
	}
	rc = db_end(&q, rc, reterr);
	if (rc != RC_OK)
		return rc;
	if (rows >= LIMIT_SKIPPED_KEYS && same == 0)
		prefix = db_bytes(u->prefix, 0);
	return db_run(s->db, ST_SKIPPED_ADD,
		      DB_V(db_str(scope), prefix, db_int(u->index), db_int((int64_t)keys)), reterr);
}

enum rc store_skipped_note(struct store *s, const struct session_result *r, const struct keyring *k,
			   struct err *reterr)
{
	enum rc rc = db_run(s->db, ST_SKIPPED_PASSED,
			    DB_V(db_str(r->scope), db_int(r->from), db_int(r->after)), reterr);

	for (size_t i = 0; rc == RC_OK && i < r->nunknown; i++)
		rc = note_one(s, r->scope, &r->unknown[i], keyring_size(k), reterr);
	return rc;
}
