/*
 * store_entry: entries as others see them: loaded, with index, fate, and the interval
 * in which they were made (collector time: not before the checkpoint the author had seen, not after
 * the first checkpoint that included it), and what of that does not fit. Clauses E12, A9, A10.
 * Not here: writing (store_write.c), receipts (store_receipt.c).
 */
#include "agent/store_part.h"

#include <string.h>

#include "sync/moment.h"

void store_row_read(const struct db_q *q, struct store_row *ret)
{
	*ret = (struct store_row){
	    .no = db_col_int(q, 0),
	    .received_at = db_col_int(q, 4),
	    .entity_no = db_col_int(q, 5),
	    .op = (enum entry_op)db_col_int(q, 6),
	    .index = db_col_null(q, 7) ? STORE_NO_INDEX : db_col_int(q, 7),
	    .proved = db_col_int(q, 8) != 0,
	    .verdict = (enum keyring_verdict)db_col_int(q, 9),
	    .counts = db_col_int(q, 10) != 0,
	    .fate = (enum store_fate)db_col_int(q, 11),
	    .clause = db_col_text(q, 12),
	    .why = db_col_text(q, 13),
	    .logged = db_col_blob(q, 14),
	    .body = db_col_blob(q, 15),
	    .by_line = db_col_blob(q, 17),
	    .proven = db_col_int(q, 18) != 0,
	};
	memcpy(ret->id, db_col_blob(q, 1).p, ENTRY_ID_LEN);
	memcpy(ret->sig, db_col_blob(q, 2).p, CRYPT_SIG_LEN);
	memcpy(ret->key, db_col_blob(q, 3).p, CRYPT_PK_LEN);
}

enum rc store_row_load(const struct store_row *r, struct entry **ret, struct err *reterr)
{
	if (r->body.p)
		return entry_load(r->body, r->sig, r->key, ret, reterr);
	if (r->by_line.p)
		return entry_load_stub(r->by_line, r->sig, r->key, ret, reterr);
	return err_num(reterr, RC_CORRUPT, "K7", "store.no_payload", "no", (long long)r->no);
}

/* ---- for others ---- */

static enum rc optional_int(struct store *s, int stmt, const struct db_val *v, size_t n,
			    int64_t *ret, struct err *reterr)
{
	enum rc rc = db_get_int(s->db, stmt, v, n, ret, reterr);

	if (rc != RC_NOTFOUND)
		return rc;
	err_clear(reterr);
	*ret = 0;
	return RC_OK;
}

/*
 * Not before: an own entry was made after this PC had been given the checkpoint it names; of
 * another PC's, only that the checkpoint is later than the last smaller one given here.
 */
static enum rc lower(struct store *s, const struct entry *e, bool own, int64_t *ret,
		     struct err *reterr)
{
	*ret = 0;
	if (e->seen_size == 0)
		return RC_OK;
	if (!own)
		return optional_int(s, ST_CHECKPOINT_BELOW, DB_V(db_int(e->seen_size)), ret,
				    reterr);
	return optional_int(s, ST_CHECKPOINT_AT,
			    DB_V(db_int(e->seen_size), db_bytes(e->seen_root, TREE_HASH)), ret,
			    reterr);
}

static void set_place(struct store_place *p, const struct store_row *row, int64_t index,
		      struct span logged)
{
	p->index = index;
	memcpy(p->sig, logged.len == CRYPT_SIG_LEN ? logged.p : row->sig, CRYPT_SIG_LEN);
}

enum rc store_places(struct store *s, const struct store_row *row,
		     struct store_place ret[STORE_PLACES], size_t *retn, struct err *reterr)
{
	struct db_q q;
	enum rc rc = RC_OK;

	*retn = 0;
	if (row->index >= 0 && row->proved) {
		set_place(&ret[0], row, row->index, row->logged);
		rc = store_era(s, &ret[(*retn)++].era, reterr);
	}
	if (rc != RC_OK)
		return rc;
	rc = db_query(&q, s->db, ST_PLACED_OF, DB_V(db_int(row->no)), reterr);
	while (rc == RC_OK && *retn < STORE_PLACES && db_next(&q)) {
		struct store_place *p = &ret[(*retn)++];

		p->era = db_col_int(&q, 0);
		set_place(p, row, db_col_int(&q, 1), db_col_blob(&q, 2));
	}
	return db_end(&q, rc, reterr);
}

/* The first checkpoint that is known to include what stands there. */
static enum rc upper(struct store *s, const struct store_place *p, int64_t *ret, struct err *reterr)
{
	int64_t at;
	enum rc rc = optional_int(s, ST_CHECKPOINT_AFTER, DB_V(db_int(p->index), db_int(p->era)),
				  &at, reterr);

	if (rc == RC_OK && at > 0 && (*ret == 0 || at < *ret))
		*ret = at;
	return rc;
}

/* The entry before it in its feed, as far as it is here. */
static enum rc before(struct store *s, const struct entry *e, struct moment *m, struct err *reterr)
{
	struct entry *prev = NULL;
	struct store_row row;
	struct db_q q;
	enum rc rc;

	if (e->seq == 0)
		return RC_OK;
	rc = db_query(&q, s->db, ST_ENTRY_BEFORE,
		      DB_V(db_bytes(e->feed, ENTRY_FEED_LEN), db_int(e->seq - 1),
			   db_bytes(e->prev, ENTRY_ID_LEN)),
		      reterr);
	if (rc == RC_OK && db_next(&q)) {
		store_row_read(&q, &row);
		rc = store_row_load(&row, &prev, reterr);
	}
	if (rc == RC_OK && prev) {
		m->has_before = true;
		m->before_at = prev->at;
		m->before_seen = prev->seen_size > 0;
		rc = lower(s, prev, row.fate != STORE_FOREIGN, &m->before_lower, reterr);
	}
	entry_free(prev);
	return db_end(&q, rc, reterr);
}

static int64_t known(int64_t at)
{
	return at > 0 ? at : MOMENT_UNKNOWN;
}

/* Not after: the first checkpoint of any tree in which it stands or stood; and where its receipt is. */
static enum rc until(struct store *s, const struct store_row *r, struct store_entry *x,
		     struct err *reterr)
{
	struct store_place place[STORE_PLACES], claim = {.index = x->index};
	size_t n = 0;
	enum rc rc = RC_OK;

	x->upper = 0;
	if (x->index >= 0 && !x->proved)
		rc = store_era(s, &claim.era, reterr);
	if (rc == RC_OK && x->index >= 0 && !x->proved)
		rc = upper(s, &claim, &x->upper, reterr);
	if (rc == RC_OK)
		rc = store_places(s, r, place, &n, reterr);
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = upper(s, &place[i], &x->upper, reterr);
	if (rc == RC_OK && n > 0) {
		x->proof_index = place[0].index;
		x->proof_era = place[0].era;
		memcpy(x->proof_sig, place[0].sig, CRYPT_SIG_LEN);
	}
	return rc;
}

/* Interval and flags of a loaded entry. */
static enum rc when(struct store *s, const struct store_row *r, struct store_entry *x,
		    struct err *reterr)
{
	const struct entry *e = x->e;
	struct moment m = {0};
	enum rc rc;

	if (!e)
		return RC_OK;
	rc = lower(s, e, x->fate != STORE_FOREIGN, &x->lower, reterr);
	if (rc == RC_OK)
		rc = until(s, r, x, reterr);
	if (rc == RC_OK)
		rc = before(s, e, &m, reterr);
	if (rc != RC_OK)
		return rc;
	m.at = e->at;
	m.lower = known(x->lower);
	m.upper = known(x->upper);
	m.seen = e->seen_size > 0;
	x->flags = moment_flags(&m);
	return RC_OK;
}

static void copy_text(struct span s, char *out, size_t cap)
{
	size_t n = s.len < cap ? s.len : cap - 1;

	if (n > 0)
		memcpy(out, s.p, n);
	out[n] = '\0';
}

/* clause and why: where the texts of a refusal go (8 and ERR_KEY_LEN bytes). */
static enum rc fill(struct store *s, const struct store_row *r, char clause[8], char *why,
		    struct store_entry *x, struct err *reterr)
{
	bool waiting = r->counts && r->verdict != KEYRING_ADMITTED;
	enum rc rc;

	*x = (struct store_entry){
	    .no = r->no,
	    .index = r->index,
	    .proved = r->proved,
	    .proven = r->proven && r->proved,
	    .proof_index = STORE_NO_INDEX,
	    .proof_era = STORE_NO_INDEX,
	    .verdict = waiting ? KEYRING_ADMITTED : r->verdict,
	    .waiting = waiting,
	    .fate = r->fate,
	    .refused_clause = clause,
	    .refused_key = why,
	    .received_at = r->received_at,
	    .entity_no = r->entity_no,
	};
	memcpy(x->id, r->id, ENTRY_ID_LEN);
	copy_text(r->clause, clause, 8);
	copy_text(r->why, why, ERR_KEY_LEN);
	rc = store_row_load(r, &x->e, reterr);
	if (rc == RC_OK)
		rc = when(s, r, x, reterr);
	if (rc != RC_OK) {
		entry_free(x->e);
		x->e = NULL;
	}
	return rc;
}

static enum rc walk(struct store *s, int stmt, const struct db_val *v, size_t n,
		    bool (*take)(void *arg, const struct store_entry *x), void *arg,
		    struct err *reterr)
{
	char clause[8], why[ERR_KEY_LEN];
	struct store_row row;
	struct store_entry x;
	struct db_q q;
	bool go = true;
	enum rc rc = db_query(&q, s->db, stmt, v, n, reterr);

	while (rc == RC_OK && go && db_next(&q)) {
		store_row_read(&q, &row);
		rc = fill(s, &row, clause, why, &x, reterr);
		if (rc != RC_OK)
			break;
		go = take(arg, &x);
		entry_free(x.e);
	}
	return db_end(&q, rc, reterr);
}

enum rc store_history(struct store *s, int64_t entity_no,
		      bool (*take)(void *arg, const struct store_entry *x), void *arg,
		      struct err *reterr)
{
	return walk(s, ST_ENTRY_OF_ENTITY, DB_V(db_int(entity_no)), take, arg, reterr);
}

enum rc store_each(struct store *s, bool (*take)(void *arg, const struct store_entry *x), void *arg,
		   struct err *reterr)
{
	return walk(s, ST_ENTRY_ALL, DB_NONE, take, arg, reterr);
}

enum rc store_forks(struct store *s, bool (*take)(void *arg, const struct store_entry *x),
		    void *arg, struct err *reterr)
{
	return walk(s, ST_ENTRY_FORKS, DB_NONE, take, arg, reterr);
}

enum rc store_entry_get(struct store *s, const uint8_t id[ENTRY_ID_LEN], struct store_entry *ret,
			struct err *reterr)
{
	struct store_row row;
	struct db_q q;
	bool found = false;
	enum rc rc = db_query(&q, s->db, ST_ENTRY_ID, DB_V(db_bytes(id, ENTRY_ID_LEN)), reterr);

	if (rc == RC_OK && db_next(&q)) {
		found = true;
		store_row_read(&q, &row);
		rc = fill(s, &row, s->clause, s->why, ret, reterr);
	}
	rc = db_end(&q, rc, reterr);
	if (rc == RC_OK && !found)
		rc = err_set(reterr, RC_NOTFOUND, NULL, "store.no_entry", NULL);
	return rc;
}
