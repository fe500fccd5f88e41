/*
 * store_turn: the log goes on in another tree (L12, L13): what this store keeps of the old
 * one, which entries lose their index, what is offered and pushed again (P9, P14).
 *
 * An era is the time under one tree. A `turn` ends one: its log key, and how many leaves the
 * next tree keeps. An index below that is the same entry in both; what stood beyond is
 * written down in `placed`, so that receipts of an ended era stay checkable for ever.
 * Not here: reading a refusal (sync/session_client_turn.c), receipts (store_receipt.c).
 */
#include "agent/store_part.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"

/*
 * entry_state.offered. LOST: the new tree does not have it at its index, by what the root signed.
 * PERHAPS: nobody showed this PC that it does. THERE: the collector was offered it and has it.
 */
enum offered { LOST = 1, WANTED = 2, PERHAPS = 3, THERE = 4 };

/* ---- eras ---- */

enum rc store_era(struct store *s, int64_t *ret, struct err *reterr)
{
	return db_get_int(s->db, ST_TURN_COUNT, DB_NONE, ret, reterr);
}

enum rc store_checkpoint(struct store *s, struct buf *rettext, struct err *reterr)
{
	return db_get_bytes(s->db, ST_CHECKPOINT_TEXT, DB_NONE, rettext, reterr);
}

struct turn {
	struct store *s;
	int64_t era;                  /* the one that ends */
	int64_t size;                 /* leaves the next tree keeps */
	uint8_t old[CRYPT_PK_LEN];    /* log key of the era */
	char from[5], to[5];          /* epochs */
	const struct entry *open, *e; /* the log entry after its feed's first; NULL: the same log once more */
	const struct authority_log *log;
};

/*
 * How much of the tree in use the tree of `log` keeps: all `size` of it when it follows the
 * log in use; when it follows an earlier one, no more than every turn since then kept.
 * *retnew false: the log is known, or follows one that this store never used.
 */
static enum rc find_common(struct turn *t, bool *retnew, struct err *reterr)
{
	const struct db_val key = db_bytes(t->log->key, CRYPT_PK_LEN);
	const struct db_val old = db_bytes(t->log->old, CRYPT_PK_LEN);
	int64_t known = 0, kept = 0;
	struct db_q q;
	bool found = false;
	enum rc rc = db_get_int(t->s->db, ST_TURN_LOG, &key, 1, &known, reterr);

	*retnew = false;
	if (rc != RC_OK || known > 0 || memcmp(t->log->key, t->old, CRYPT_PK_LEN) == 0)
		return rc;
	t->size = t->log->size;
	if (memcmp(t->log->old, t->old, CRYPT_PK_LEN) == 0) {
		*retnew = true;
		return RC_OK;
	}
	rc = db_query(&q, t->s->db, ST_TURN_SINCE, &old, 1, reterr);
	if (rc == RC_OK && db_next(&q) && !db_col_null(&q, 0)) {
		found = true;
		kept = db_col_int(&q, 0);
	}
	rc = db_end(&q, rc, reterr);
	if (found && kept < t->size)
		t->size = kept;
	*retnew = found;
	return rc;
}

/*
 * A checkpoint of just that size must have that root: else the root has signed another tree than the
 * log showed this PC, which is an alarm (L10) with both texts as evidence.
 */
static enum rc check_root(const struct turn *t, struct err *reterr)
{
	const struct session_client_store *st = &t->s->session;
	struct err why;
	struct db_q q;
	bool other;
	enum rc rc =
	    db_query(&q, t->s->db, ST_CHECKPOINT_KEPT, DB_V(db_int(t->log->size)), reterr);

	other = rc == RC_OK && t->size == t->log->size && db_next(&q) &&
		!span_eq(db_col_blob(&q, 0), span_of(t->log->root, TREE_HASH));
	rc = db_end(&q, rc, reterr);
	if (rc != RC_OK || !other)
		return rc;
	err_set(&why, RC_REFUSED, "L12", "session.turn_root", NULL);
	rc = st->alarm(st->ctx, t->e->scope, t->e->line, &why, reterr);
	if (rc == RC_OK && reterr)
		*reterr = why;
	return rc == RC_OK ? RC_REFUSED : rc;
}

/*
 * Only what was checked of the old tree is position in the new one (L13): a collector that was
 * set back and went on before anybody knew has other leaves from there on, which nothing
 * but a consistency proof would show. What lies between is pulled again.
 */
static enum rc keep_checked(struct turn *t, struct err *reterr)
{
	int64_t checked = 0;
	enum rc rc =
	    db_get_int(t->s->db, ST_CHECKPOINT_MOST, DB_V(db_int(t->size)), &checked, reterr);

	if (rc == RC_OK)
		t->size = checked;
	return rc;
}

/* ---- the turn ---- */

/* An entry whose place is known (L12) before it is pulled. */
static enum rc keep_at(struct store_work *w, const struct entry *e, int64_t index,
		       struct err *reterr)
{
	const struct store_arrival how = {.fate = STORE_FOREIGN, .index = index};
	int64_t no = 0;
	enum rc rc = store_known(w->s, e, &no, reterr);

	if (rc == RC_OK && no == 0)
		return store_work_add(w, e, how, reterr);
	return rc == RC_OK ? db_run(w->s->db, ST_STATE_LOGGED,
				    DB_V(db_int(no), db_int(index), db_int(0), db_null()), reterr)
			   : rc;
}

static enum rc keep_log(struct store_work *w, const struct turn *t, struct err *reterr)
{
	enum rc rc = keep_at(w, t->open, t->log->size, reterr);

	return rc == RC_OK ? keep_at(w, t->e, t->log->size + 1, reterr) : rc;
}

/* Nothing of the tree is taken as checked any more, yet it is the same log that is in force. */
static enum rc keep_in_force(const struct turn *t, struct err *reterr)
{
	struct authority_log log;
	struct store_row row;
	struct db_q q;
	enum rc rc = db_query(&q, t->s->db, ST_ENTRY_AUTHORITY,
			      DB_V(db_int(ENTRY_LOG), db_int(ENTRY_LOG)), reterr);

	while (rc == RC_OK && db_next(&q)) {
		struct entry *e = NULL;

		store_row_read(&q, &row);
		rc = store_row_load(&row, &e, reterr);
		if (rc == RC_OK && e)
			rc = authority_log(e, &log, reterr);
		if (rc == RC_OK && e && log.has_old && memcmp(log.key, t->old, CRYPT_PK_LEN) == 0)
			rc = db_run(t->s->db, ST_STATE_LOGGED,
				    DB_V(db_int(row.no), db_int(log.size + 1), db_int(0), db_null()),
				    reterr);
		entry_free(e);
	}
	return db_end(&q, rc, reterr);
}

/*
 * After a turn the new log tells what it misses. A start over trusts nothing it was told: own
 * entries go out again, for a receipt.
 */
static enum rc move(struct store_work *w, const struct turn *t, struct err *reterr)
{
	struct db *db = t->s->db;
	const struct db_val era = db_int(t->era), size = db_int(t->size);
	enum rc rc = db_run(
	    db, ST_TURN_ADD,
	    DB_V(era, db_bytes(t->old, CRYPT_PK_LEN), size, db_int(store_now(t->s))), reterr);

	if (rc == RC_OK)
		rc = db_run(db, ST_PLACED_ADD, DB_V(era, size), reterr);
	if (rc == RC_OK)
		rc = db_run(db, ST_STATE_LOST,
			    DB_V(size, db_int(LOST), db_int(t->e ? LOST : WANTED),
				 db_int(t->e ? t->log->size : 0)),
			    reterr);
	if (rc == RC_OK)
		rc = db_run(db, ST_BLOB_OFFERED, DB_NONE, reterr);
	if (rc == RC_OK)
		rc = db_run(db, ST_SKIPPED_TURN, DB_V(size), reterr);
	if (rc == RC_OK)
		rc = db_run(db, ST_POSITION_TURN, DB_V(db_str(t->from), db_str(t->to), size), reterr);
	if (rc != RC_OK)
		return rc;
	return t->e ? keep_log(w, t, reterr) : keep_in_force(t, reterr);
}

/* With the keyring as its rows now say: those that lost their index count as not logged (A6). */
static enum rc judge_again(struct store_work *w, struct keyring **retk, struct err *reterr)
{
	const struct keyring_change all = {.all = true};
	enum rc rc = store_keyring_load(w->s, retk, reterr);

	if (rc != RC_OK)
		return rc;
	w->keyring = *retk;
	return store_rejudge(w, w->s->keyring, &all, reterr);
}

static enum rc run(struct turn *t, struct err *reterr)
{
	struct keyring *k = NULL;
	struct store_work w;
	enum rc rc = store_work_begin(t->s, t->s->keyring, &w, reterr);

	if (rc != RC_OK)
		return rc;
	rc = move(&w, t, reterr);
	if (rc == RC_OK && t->e) /* a mere restore explains a smaller tree; nothing explains another */
		rc = db_run(t->s->db, ST_ALARM_CLOSE, DB_V(db_str("session.smaller")), reterr);
	if (rc == RC_OK)
		rc = judge_again(&w, &k, reterr);
	rc = store_work_end(&w, rc, reterr);
	if (rc != RC_OK) {
		keyring_free(k);
		return rc;
	}
	store_keyring_swap(t->s, k);
	return w.forms ? store_forms_load(t->s, reterr) : RC_OK;
}

static enum rc begin(struct store *s, struct turn *t, bool *rethas, struct err *reterr)
{
	struct authority_log now;

	*t = (struct turn){.s = s};
	*rethas = keyring_log(s->keyring, &now);
	if (*rethas) {
		memcpy(t->old, now.key, CRYPT_PK_LEN);
		note_epoch(now.key, t->from);
		memcpy(t->to, t->from, sizeof(t->to));
	}
	return store_era(s, &t->era, reterr);
}

enum rc store_turn(void *ctx, const struct entry *open, const struct entry *e, bool *rettook,
		   struct err *reterr)
{
	struct authority_log log;
	struct turn t;
	bool has;
	enum rc rc = begin(ctx, &t, &has, reterr);

	*rettook = false;
	if (rc != RC_OK || !has)
		return rc;
	rc = authority_log(e, &log, reterr);
	t.open = open;
	t.e = e;
	t.log = &log;
	note_epoch(log.key, t.to);
	if (rc == RC_OK)
		rc = find_common(&t, rettook, reterr);
	if (rc == RC_OK && *rettook)
		rc = check_root(&t, reterr);
	if (rc == RC_OK && *rettook)
		rc = keep_checked(&t, reterr);
	return rc == RC_OK && *rettook ? run(&t, reterr) : rc;
}

enum rc store_restart(struct store *s, struct err *reterr)
{
	struct turn t;
	bool has;
	enum rc rc = begin(s, &t, &has, reterr);

	return rc == RC_OK && has ? run(&t, reterr) : rc;
}

/* ---- what is offered ---- */

/* The feeds of central keys, or the others, as far as there is room. */
static enum rc add_heads(struct store *s, const char *scope, bool central, struct session_head *ret,
			 size_t *retn, struct err *reterr)
{
	struct db_q q;
	enum rc rc = db_query(&q, s->db, ST_OFFERED_HEADS, DB_V(db_str(scope)), reterr);

	while (rc == RC_OK && *retn < SESSION_HEADS && db_next(&q)) {
		struct session_head *h = &ret[*retn];

		if (keyring_central(s->keyring, db_col_blob(&q, 3).p) != central)
			continue;
		memcpy(h->feed, db_col_blob(&q, 0).p, ENTRY_FEED_LEN);
		h->seq = db_col_int(&q, 1);
		memcpy(h->id, db_col_blob(&q, 2).p, ENTRY_ID_LEN);
		(*retn)++;
	}
	return db_end(&q, rc, reterr);
}

static enum rc add_scope(struct keyring_scopes *s, struct span scope, struct err *reterr)
{
	char(*grown)[ENTRY_SCOPE_LEN];

	for (size_t i = 0; i < s->n; i++)
		if (span_eq_str(scope, s->scope[i]))
			return RC_OK;
	grown = scope.len < ENTRY_SCOPE_LEN ? realloc(s->scope, (s->n + 1) * sizeof(*grown)) : NULL;
	if (!grown)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	s->scope = grown;
	memcpy(grown[s->n], scope.p, scope.len);
	grown[s->n++][scope.len] = '\0';
	return RC_OK;
}

enum rc store_offered_scopes(struct store *s, struct keyring_scopes *ret, struct err *reterr)
{
	struct db_q q;
	enum rc rc = db_query(&q, s->db, ST_OFFERED_SCOPES, DB_NONE, reterr);

	while (rc == RC_OK && db_next(&q))
		if (s->keyring && keyring_central(s->keyring, db_col_blob(&q, 1).p))
			rc = add_scope(ret, db_col_text(&q, 0), reterr);
	return db_end(&q, rc, reterr);
}

enum rc store_heads(void *ctx, const char *scope, struct session_head *ret, size_t *retn,
		    struct err *reterr)
{
	enum rc rc;

	*retn = 0;
	rc = add_heads(ctx, scope, true, ret, retn, reterr);
	return rc == RC_OK ? add_heads(ctx, scope, false, ret, retn, reterr) : rc;
}

static bool is_root(const struct store *s, const uint8_t pk[CRYPT_PK_LEN])
{
	return memcmp(keyring_root(s->keyring), pk, CRYPT_PK_LEN) == 0;
}

enum store_level store_level_of(const struct store *s, const uint8_t pk[CRYPT_PK_LEN])
{
	if (is_root(s, pk))
		return STORE_ROOT;
	return keyring_central(s->keyring, pk) ? STORE_CENTRAL : STORE_ALL;
}

/* The highest key, of those central, with lines in one of these states. */
static enum rc find_central(struct store *s, const char *scope, enum offered from, enum offered to,
			    uint8_t retpk[CRYPT_PK_LEN], enum store_level *ret, struct err *reterr)
{
	struct db_q q;
	enum rc rc =
	    db_query(&q, s->db, ST_OFFERED_KEYS, DB_V(db_str(scope), db_int(from), db_int(to)), reterr);

	*ret = STORE_ALL;
	while (rc == RC_OK && *ret != STORE_ROOT && db_next(&q)) {
		const uint8_t *pk = db_col_blob(&q, 0).p;
		enum store_level level = store_level_of(s, pk);

		if (level > *ret) {
			memcpy(retpk, pk, CRYPT_PK_LEN);
			*ret = level;
		}
	}
	return db_end(&q, rc, reterr);
}

enum rc store_level(struct store *s, const char *scope, enum store_level *ret, struct err *reterr)
{
	uint8_t pk[CRYPT_PK_LEN];

	return find_central(s, scope, LOST, WANTED, pk, ret, reterr);
}

/* The lines in that state of every central key, the highest first, go out without being asked for. */
static enum rc insist(struct store *s, const char *scope, enum offered state, struct err *reterr)
{
	enum store_level level = STORE_ALL;
	uint8_t pk[CRYPT_PK_LEN];
	enum rc rc = find_central(s, scope, state, state, pk, &level, reterr);

	while (rc == RC_OK && level != STORE_ALL) {
		rc = db_run(s->db, ST_STATE_INSIST,
			    DB_V(db_str(scope), db_bytes(pk, CRYPT_PK_LEN), db_int(WANTED), db_int(state)),
			    reterr);
		if (rc == RC_OK)
			rc = find_central(s, scope, state, state, pk, &level, reterr);
	}
	return rc;
}

enum rc store_insist(void *ctx, const char *scope, bool *retany, struct err *reterr)
{
	static const enum offered turn[] = {LOST, PERHAPS};
	struct store *s = ctx;
	enum store_level level = STORE_ALL;
	enum rc rc = db_begin(s->db, reterr);

	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; rc == RC_OK && level == STORE_ALL && i < sizeof(turn) / sizeof(*turn); i++) {
		rc = insist(s, scope, turn[i], reterr);
		if (rc == RC_OK)
			rc = store_level(s, scope, &level, reterr);
	}
	rc = db_finish(s->db, rc, reterr);
	*retany = rc == RC_OK && level != STORE_ALL;
	return rc;
}

/*
 * What was offered and is not wanted is there: it holds nothing up any more, and its index comes
 * with a pull, if this PC may still pull. An answer may name no more runs than it has room for;
 * so of a feed with any only what stands before their end.
 */
enum rc store_there(struct store *s, const struct session_head *head, size_t n,
		    const struct json *want, struct err *reterr)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		char feed[CODEC_B64U_16 + 1];
		const struct json *runs;
		int64_t until = head[i].seq, end;

		codec_b64u(head[i].feed, ENTRY_FEED_LEN, feed);
		runs = json_get_arr(want, feed);
		if (json_len(runs) > 0 &&
		    json_int(json_at(json_at(runs, json_len(runs) - 1), 1), &end) && end < until)
			until = end;
		rc = db_run(s->db, ST_STATE_THERE,
			    DB_V(db_bytes(head[i].feed, ENTRY_FEED_LEN), db_int(until)), reterr);
	}
	return rc;
}

enum rc store_want(struct store *s, const uint8_t feed[ENTRY_FEED_LEN], int64_t first, int64_t last,
		   struct err *reterr)
{
	const struct db_val f = db_bytes(feed, ENTRY_FEED_LEN);
	enum rc rc = db_run(s->db, ST_STATE_WANTED,
			    DB_V(f, db_int(first), db_int(last), db_int(WANTED)), reterr);

	return rc == RC_OK
		   ? db_run(s->db, ST_STATE_WANT, DB_V(f, db_int(first), db_int(last)), reterr)
		   : rc;
}
