/*
 * store_proven: what the witnesses of the log have signed: which own entries still wait for that, the
 * proofs that came, and what a change of policy makes of them. Clauses L8, W7, W8. Not here: verifying
 * (sync/session_client_proven.c), the inclusion proof of one entry (store_receipt.c).
 */
#include "agent/store_part.h"

#include <string.h>

enum { RANGE_MAX = SESSION_PUSH_LINES + SESSION_LINES }; /* leaves of one range */

static bool policy_of(const struct keyring *k, struct authority_log *ret)
{
	return k && keyring_log(k, ret);
}

bool store_proven_quorum(const struct keyring *k, const struct note *n)
{
	struct authority_log log;
	uint64_t time;
	bool ok = false;

	if (policy_of(k, &log))
		note_quorum(n, &log.policy, &ok, &time);
	return ok;
}

int64_t store_quorum(struct store *s)
{
	struct authority_log log;

	return policy_of(s->keyring, &log) ? (int64_t)log.policy.quorum : 0;
}

/* ---- what is asked ---- */

enum rc store_unproven(void *ctx, struct session_run *ret, size_t max, size_t *retn,
		       struct err *reterr)
{
	struct store *s = ctx;
	struct authority_log log;
	struct db_q q;
	size_t n = 0;
	enum rc rc;

	*retn = 0;
	if (!policy_of(s->keyring, &log) || log.policy.quorum == 0)
		return RC_OK;
	rc = db_query(&q, s->db, ST_ENTRY_UNPROVEN, DB_V(db_int(SESSION_LINES)), reterr);
	while (rc == RC_OK && db_next(&q)) {
		int64_t index = db_col_int(&q, 0);

		if (n > 0 && index <= ret[n - 1].start + ret[n - 1].n) {
			ret[n - 1].n =
			    index - ret[n - 1].start + 1; /* the next, or a fork's twin */
			continue;
		}
		if (n == max)
			break;
		ret[n++] = (struct session_run){index, 1};
	}
	rc = db_end(&q, rc, reterr);
	if (rc == RC_OK)
		*retn = n;
	return rc;
}

enum rc store_unproven_leaves(void *ctx, int64_t start, int64_t end, uint8_t (*ret)[TREE_HASH],
			      struct err *reterr)
{
	int64_t era;
	enum rc rc = store_era(ctx, &era, reterr);

	return rc == RC_OK ? store_leaves(ctx, start, end, era, ret, reterr) : rc;
}

/* ---- what came ---- */

/* The row of the checkpoint: the last one, if it is the same text, or a new one. */
static enum rc cosigned_no(struct store *s, const struct session_result *r, int64_t *ret,
			   struct err *reterr)
{
	const struct db_val log = db_bytes(r->proven.log, CRYPT_PK_LEN);
	struct db_q q;
	int64_t era = 0;
	enum rc rc = store_era(s, &era, reterr);

	*ret = 0;
	if (rc != RC_OK)
		return rc;
	rc = db_query(&q, s->db, ST_COSIGNED_LAST, DB_V(log, db_int(era)), reterr);
	if (rc == RC_OK && db_next(&q) && span_eq(db_col_blob(&q, 1), r->proven_text))
		*ret = db_col_int(&q, 0);
	rc = db_end(&q, rc, reterr);
	if (rc != RC_OK || *ret > 0)
		return rc;
	rc = db_run(s->db, ST_COSIGNED_ADD,
		    DB_V(log, db_int((int64_t)r->proven.size), db_blob(r->proven_text),
			 db_int(r->proven_at), db_int(era)),
		    reterr);
	*ret = db_rowid(s->db);
	return rc;
}

enum rc store_proven_take(struct store *s, const struct session_result *r, struct err *reterr)
{
	int64_t no = 0;
	enum rc rc = RC_OK;

	if (!r->has_proven)
		return RC_OK;
	rc = cosigned_no(s, r, &no, reterr);
	for (size_t i = 0; rc == RC_OK && i < r->nproved; i++) {
		const struct session_range *g = &r->proved[i];

		rc = db_run(s->db, ST_PROOF_ADD,
			    DB_V(db_int(g->start), db_int(g->end),
				 db_bytes(g->nodes.hash, g->nodes.n * TREE_HASH), db_int(no)),
			    reterr);
		if (rc == RC_OK)
			rc = db_run(s->db, ST_STATE_PROVEN, DB_V(db_int(g->start), db_int(g->end)),
				    reterr);
	}
	return rc;
}

/* ---- another policy ---- */

static bool same_policy(const struct note_policy *a, const struct note_policy *b)
{
	if (memcmp(a->log, b->log, CRYPT_PK_LEN) != 0 || a->quorum != b->quorum ||
	    a->nwitness != b->nwitness)
		return false;
	for (size_t i = 0; i < a->nwitness; i++)
		if (strcmp(a->witness[i].name, b->witness[i].name) != 0 ||
		    memcmp(a->witness[i].key, b->witness[i].key, CRYPT_PK_LEN) != 0)
			return false;
	return true;
}

/* A checkpoint whose quorum is another one now. */
static enum rc judge_row(struct store *s, const struct db_q *row, const struct note_policy *p,
			 struct err *reterr)
{
	struct note n;
	uint64_t time;
	bool ok = false;
	enum rc rc = note_open(db_col_blob(row, 1), p->log, &n, reterr);

	if (rc != RC_OK)
		return rc;
	note_quorum(&n, p, &ok, &time);
	if (ok == (db_col_int(row, 2) != 0))
		return RC_OK;
	return db_run(s->db, db_col_int(row, 3) ? ST_POLICY_COSIGNED : ST_POLICY_CHECKPOINT,
		      DB_V(db_int(db_col_int(row, 0)), db_int(ok)), reterr);
}

enum rc store_proven_policy(struct store *s, const struct keyring *k, struct err *reterr)
{
	struct authority_log before, after;
	struct db_q q;
	enum rc rc;

	if (!policy_of(s->keyring, &before) || !policy_of(k, &after) ||
	    memcmp(before.key, after.key, CRYPT_PK_LEN) != 0 ||
	    same_policy(&before.policy, &after.policy))
		return RC_OK;
	rc = db_query(&q, s->db, ST_POLICY_CHECKPOINTS, DB_V(db_bytes(after.key, CRYPT_PK_LEN)),
		      reterr);
	while (rc == RC_OK && db_next(&q))
		rc = judge_row(s, &q, &after.policy, reterr);
	rc = db_end(&q, rc, reterr);
	return rc == RC_OK ? db_run(s->db, ST_STATE_PROVEN_AGAIN, DB_V(db_int(RANGE_MAX)), reterr)
			   : rc;
}
