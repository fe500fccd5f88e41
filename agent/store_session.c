/*
 * store_session: the client's side of sync/session.h over this store. Clauses P9, P10,
 * P14-P19, L8, L10, A10, A11, A13.
 *
 * A round works on a copy of the keyring (trial), so that an answer that turns out to be
 * bad leaves nothing behind; it becomes the keyring when its result is committed. While
 * an alarm is open (L10) nothing is sent and a fresh checkpoint is asked for; the first one
 * that extends what this PC knows ends it, and the evidence stays.
 */
#include "agent/store_part.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"

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

static bool epoch_of(const struct keyring *k, char ret[5])
{
	struct authority_log log;

	ret[0] = '\0';
	if (!keyring_log(k, &log))
		return false;
	note_epoch(log.key, ret);
	return true;
}

/* ---- position ---- */

/*
 * The largest tree checked that is part of the tree in use. *retno: its checkpoint; of
 * an ended era it counts as old (checked_at 0), so that one of the new log is asked for.
 */
static enum rc last_checkpoint(struct store *s, struct session_position *p, int64_t *retno,
			       struct err *reterr)
{
	struct db_q q;
	int64_t era;
	enum rc rc = store_era(s, &era, reterr);

	*retno = 0;
	if (rc != RC_OK)
		return rc;
	rc = db_query(&q, s->db, ST_CHECKPOINT_LAST, DB_NONE, reterr);
	if (rc == RC_OK && db_next(&q)) {
		p->size = db_col_int(&q, 0);
		memcpy(p->root, db_col_blob(&q, 1).p, TREE_HASH);
		p->checked_at = db_col_int(&q, 4) == era ? db_col_int(&q, 2) : 0;
		*retno = db_col_int(&q, 3);
	}
	return db_end(&q, rc, reterr);
}

static enum rc position(void *ctx, const char *scope, struct session_position *ret,
			struct err *reterr)
{
	struct store *s = ctx;
	struct session_position p = {0};
	int64_t no, alarms = 0;
	enum rc rc;

	/* known from the enrolment: an answer of another log would not be believed (L11) */
	epoch_of(s->keyring, p.epoch);
	rc = last_checkpoint(s, &p, &no, reterr);
	if (rc == RC_OK)
		rc = optional_int(s, ST_POSITION_GET, DB_V(db_str(scope), db_str(p.epoch)),
				  &p.after, reterr);
	if (rc == RC_OK)
		rc = store_skipped_from(s, scope, &p.after, reterr);
	if (rc == RC_OK)
		rc = db_get_int(s->db, ST_ALARM_OPEN, DB_NONE, &alarms, reterr);
	if (rc != RC_OK)
		return rc;
	if (alarms > 0)
		p.checked_at = 0;
	*ret = p;
	return RC_OK;
}

/* ---- what goes out ---- */

void store_session_release(void *ctx)
{
	struct store *s = ctx;

	for (size_t i = 0; i < s->nlent; i++)
		entry_free(s->lent[i]);
	s->nlent = 0;
	keyring_free(s->trial);
	s->trial = NULL;
}

static enum rc lend(struct store *s, struct entry *e, struct err *reterr)
{
	if (s->nlent == s->caplent) {
		size_t cap = s->caplent ? s->caplent * 2 : 64;
		struct entry **grown = realloc(s->lent, cap * sizeof(struct entry *));

		if (!grown) {
			entry_free(e);
			return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
		}
		s->lent = grown;
		s->caplent = cap;
	}
	s->lent[s->nlent++] = e;
	return RC_OK;
}

/* The entry of the row, lent. */
static enum rc lend_row(struct store *s, const struct db_q *q, struct store_row *row,
			struct entry **ret, struct err *reterr)
{
	enum rc rc;

	*ret = NULL;
	store_row_read(q, row);
	rc = store_row_load(row, ret, reterr);
	return rc == RC_OK && *ret ? lend(s, *ret, reterr) : rc;
}

enum rc store_lend(struct store *s, int64_t no, const struct entry **ret, struct err *reterr)
{
	struct entry *e = NULL;
	struct store_row row;
	struct db_q q;
	enum rc rc = db_query(&q, s->db, ST_ENTRY_NO, DB_V(db_int(no)), reterr);

	if (rc == RC_OK && db_next(&q))
		rc = lend_row(s, &q, &row, &e, reterr);
	rc = db_end(&q, rc, reterr);
	if (rc == RC_OK && !e)
		rc = err_set(reterr, RC_CORRUPT, NULL, "store.export", NULL);
	if (rc == RC_OK)
		*ret = e;
	return rc;
}

/*
 * An entry whose author has no cert would only be refused (A1): it waits here, and the key
 * goes out in `enrol` instead. The same would happen to any entry while the collector lacks
 * certs it had: until those are back nothing else goes out (L13).
 */
static enum rc push_rows(struct store *s, struct db_q *q, enum store_level level,
			 struct session_push *ret, size_t max, size_t *retn, bool *retmore,
			 struct err *reterr)
{
	struct store_row row;
	struct entry *e;
	enum rc rc = RC_OK;

	while (rc == RC_OK && !*retmore && db_next(q)) {
		store_row_read(q, &row);
		if ((!s->push_all && store_uncertified(s->keyring, row.key)) ||
		    store_level_of(s, row.key) < level)
			continue;
		if (*retn == max) {
			*retmore = true;
			break;
		}
		rc = lend_row(s, q, &row, &e, reterr);
		if (rc == RC_OK)
			ret[(*retn)++] = (struct session_push){row.no, e};
	}
	return rc;
}

static enum rc push(void *ctx, const char *scope, struct session_push *ret, size_t max,
		    size_t *retn, bool *retmore, struct err *reterr)
{
	struct store *s = ctx;
	int64_t alarms = 0;
	enum store_level level = STORE_ALL;
	struct db_q q;
	enum rc rc = db_get_int(s->db, ST_ALARM_OPEN, DB_NONE, &alarms, reterr);

	*retn = 0;
	*retmore = false;
	if (rc == RC_OK && alarms == 0)
		rc = store_level(s, scope, &level, reterr);
	if (rc != RC_OK || alarms > 0)
		return rc;
	rc = db_query(&q, s->db, ST_ENTRY_UNSENT, DB_V(db_str(scope), db_int(s->push_after)),
		      reterr);
	if (rc == RC_OK)
		rc = push_rows(s, &q, level, ret, max, retn, retmore, reterr);
	return db_end(&q, rc, reterr);
}

static void copy_text(struct span s, char *out, size_t cap)
{
	size_t n = s.len < cap ? s.len : cap - 1;

	if (n > 0)
		memcpy(out, s.p, n);
	out[n] = '\0';
}

/* A clerk without cert, with the line that opened a feed on this PC; nothing when there is none yet. */
static enum rc enrol_clerk(struct store *s, const struct db_q *clerk, const char *scope,
			   struct session_enrol *ret, size_t *retn, struct err *reterr)
{
	struct session_enrol *w = &ret[*retn];
	struct store_row row;
	struct entry *e = NULL;
	struct db_q q;
	enum rc rc;

	memset(w, 0, sizeof(*w));
	memcpy(w->key, db_col_blob(clerk, 0).p, CRYPT_PK_LEN);
	if (!store_uncertified(s->keyring, w->key))
		return RC_OK;
	rc = db_query(&q, s->db, ST_ENTRY_OPEN,
		      DB_V(db_bytes(w->key, CRYPT_PK_LEN), db_str(scope),
			   db_bytes(s->device, CRYPT_PK_LEN)),
		      reterr);
	if (rc == RC_OK && db_next(&q))
		rc = lend_row(s, &q, &row, &e, reterr);
	rc = db_end(&q, rc, reterr);
	if (rc != RC_OK || !e)
		return rc;
	copy_text(db_col_text(clerk, 1), w->name, sizeof(w->name));
	copy_text(db_col_text(clerk, 2), w->title, sizeof(w->title));
	w->open = e->line;
	(*retn)++;
	return RC_OK;
}

static enum rc enrol(void *ctx, const char *scope, struct session_enrol *ret, size_t *retn,
		     struct err *reterr)
{
	struct store *s = ctx;
	struct db_q q;
	enum rc rc = db_query(&q, s->db, ST_CLERK_ALL, DB_NONE, reterr);

	*retn = 0;
	while (rc == RC_OK && *retn < SESSION_ENROLS && db_next(&q))
		rc = enrol_clerk(s, &q, scope, ret, retn, reterr);
	return db_end(&q, rc, reterr);
}

static enum rc authority_next(void *ctx, const uint8_t feed[ENTRY_FEED_LEN], int64_t *ret,
			      struct err *reterr)
{
	struct store *s = ctx;

	return optional_int(s, ST_FEED_INDEXED, DB_V(db_bytes(feed, ENTRY_FEED_LEN)), ret, reterr);
}

/* Without memory for a copy the keyring itself; apply then makes it anew from the rows. */
static struct keyring *keyring(void *ctx)
{
	struct store *s = ctx;

	if (!s->trial && keyring_copy(s->keyring, &s->trial, NULL) != RC_OK)
		return s->keyring;
	return s->trial;
}

/* ---- what comes in ---- */

struct applying {
	struct store *s;
	const struct session_result *r;
	struct store_work w;
	int64_t checkpoint_no, size; /* the ranges are proved under it; 0: none */
	int64_t built_on;            /* size of the newest checkpoint in line after this one */
	bool side;                   /* the answer's does not stand in line (B10) */
};

static enum rc add_checkpoint(struct applying *a, struct err *reterr)
{
	const struct session_result *r = a->r;
	struct db *db = a->s->db;
	int64_t era;
	enum rc rc = store_era(a->s, &era, reterr);

	if (rc == RC_OK)
		rc = db_run(
		    db, ST_CHECKPOINT_ADD,
		    DB_V(db_str(r->epoch), db_int((int64_t)r->note.size),
			 db_bytes(r->note.root, TREE_HASH), db_bytes(r->note.log, CRYPT_PK_LEN),
			 db_blob(r->note_text), db_int(store_proven_quorum(a->w.keyring, &r->note)),
			 db_int(r->now), db_int(a->w.now), db_int(era),
			 db_int(a->side)),
		    reterr);
	if (rc == RC_OK)
		a->checkpoint_no = db_rowid(db);
	return rc;
}

/*
 * A late answer shows that its tree extends the one its request stood on. If this PC has
 * verified a larger one meanwhile, nothing shows that the two are of one line (B10).
 */
static bool is_side(const struct session_result *r, const struct session_position *last)
{
	if (!r->late || !r->has_note || last->size == 0)
		return false;
	if ((int64_t)r->note.size == last->size)
		return memcmp(r->note.root, last->root, TREE_HASH) != 0;
	return r->base->size != last->size || memcmp(r->base->root, last->root, TREE_HASH) != 0;
}

/*
 * The checkpoint row: new, the last one of this era again, or none. One that extends what is
 * known ends an alarm about a smaller tree (L14).
 */
static enum rc checkpoint(struct applying *a, struct err *reterr)
{
	struct session_position last = {0};
	enum rc rc;

	memcpy(last.epoch, a->r->epoch, sizeof(last.epoch));
	rc = last_checkpoint(a->s, &last, &a->checkpoint_no, reterr);
	a->size = a->r->has_note ? (int64_t)a->r->note.size : last.size;
	a->side = is_side(a->r, &last);
	a->built_on = a->side ? last.size : a->size;
	if (rc != RC_OK || !a->r->has_note)
		return rc;
	if (a->side)
		return add_checkpoint(a, reterr);
	if (a->checkpoint_no > 0 && last.checked_at > 0 && last.size == (int64_t)a->r->note.size)
		rc = db_run(a->s->db, ST_CHECKPOINT_AGAIN,
			    DB_V(db_int(a->checkpoint_no), db_int(a->w.now)), reterr);
	else
		rc = add_checkpoint(a, reterr);
	return rc == RC_OK ? db_run(a->s->db, ST_ALARM_CLOSE, DB_V(db_str("session.smaller")), reterr)
			   : rc;
}

/*
 * What became of a line sent. One of others was only carried, and stays foreign: refused for what is missing
 * before it (A13), it is offered still. A refusal that comes late undoes no receipt.
 */
static enum rc set_fate(struct applying *a, int64_t no, enum store_fate fate, const char *clause,
			const char *why, struct err *reterr)
{
	enum rc rc = db_run(a->s->db, ST_STATE_PUSHED,
			    DB_V(db_int(no), db_int(fate), db_str(clause), db_str(why)), reterr);

	return rc == RC_OK ? db_run(a->s->db, ST_CARRIED_DROP, DB_V(db_int(no)), reterr) : rc;
}

/* An entry here stands at this index of the log, signed with sig (NULL: as we hold it). */
static enum rc logged(struct applying *a, int64_t no, int64_t index, bool proved,
		      const uint8_t *sig, struct err *reterr)
{
	enum rc rc = db_run(a->s->db, ST_STATE_LOGGED,
			    DB_V(db_int(no), db_int(index), db_int(proved),
				 sig ? db_bytes(sig, CRYPT_SIG_LEN) : db_null()),
			    reterr);

	if (rc == RC_OK)
		rc = db_run(a->s->db, ST_CARRIED_DROP, DB_V(db_int(no)), reterr);
	return rc == RC_OK ? store_rejudge_one(&a->w, no, reterr) : rc;
}

/* P12: each line by itself. A refused one stays, with its reason. */
static enum rc take_verdict(struct applying *a, size_t i, struct err *reterr)
{
	const struct session_verdict *v = &a->r->verdict[i];
	int64_t no = a->r->push[i].no;
	enum rc rc;

	if (v->kind == SESSION_REFUSED)
		return set_fate(a, no, STORE_REFUSED, v->clause, v->key, reterr);
	rc = logged(a, no, v->index, true, v->other_sig ? v->sig : NULL, reterr);
	if (rc != RC_OK)
		return rc;
	/* held back there, perhaps for a revoke this PC is not told of any more (P7) */
	return v->kind == SESSION_QUARANTINED
		   ? set_fate(a, no, STORE_ACCEPTED, keyring_verdict_clause(v->why),
			      keyring_verdict_key(v->why), reterr)
		   : set_fate(a, no, STORE_ACCEPTED, NULL, NULL, reterr);
}

/*
 * An entry of an own feed that is not here: this is a restored or copied PC (A9 fork). The
 * feed is left alone from now on; the next entry opens a new one.
 */
static enum rc own_feed_elsewhere(struct applying *a, const struct entry *e, bool *retown,
				  struct err *reterr)
{
	enum rc rc =
	    db_run(a->s->db, ST_FEED_CLOSE, DB_V(db_bytes(e->feed, ENTRY_FEED_LEN)), reterr);

	*retown = rc == RC_OK && db_changed(a->s->db) > 0;
	return rc;
}

static enum rc known_pulled(struct applying *a, const struct session_pulled *p, int64_t no,
			    struct err *reterr)
{
	const uint8_t *sig = NULL;
	struct store_row row = {0};
	struct db_q q;
	enum rc rc = db_query(&q, a->s->db, ST_ENTRY_NO, DB_V(db_int(no)), reterr);

	if (rc == RC_OK && db_next(&q))
		store_row_read(&q, &row);
	rc = db_end(&q, rc, reterr);
	if (rc != RC_OK || row.proved || (row.index >= 0 && !p->proved))
		return rc;
	if (memcmp(row.sig, p->e->sig, CRYPT_SIG_LEN) != 0)
		sig = p->e->sig;
	return logged(a, no, p->index, p->proved, sig, reterr);
}

static enum rc take_pulled(struct applying *a, const struct session_pulled *p, struct err *reterr)
{
	int64_t no;
	bool own = false;
	enum rc rc = store_known(a->s, p->e, &no, reterr);

	if (rc == RC_OK && no > 0)
		return known_pulled(a, p, no, reterr);
	if (rc == RC_OK)
		rc = own_feed_elsewhere(a, p->e, &own, reterr);
	if (rc != RC_OK)
		return rc;
	const struct store_arrival how = {.fate = own ? STORE_ACCEPTED : STORE_FOREIGN,
					  .index = p->index,
					  .proved = p->proved};
	return store_work_add(&a->w, p->e, how, reterr);
}

static enum rc take_range(struct applying *a, const struct session_range *g, struct err *reterr)
{
	enum rc rc = db_run(a->s->db, ST_RECEIPT_ADD,
			    DB_V(db_int(g->start), db_int(g->end), db_int(a->size),
				 db_bytes(g->nodes.hash, g->nodes.n * TREE_HASH),
				 db_int(a->checkpoint_no)),
			    reterr);

	return rc == RC_OK ? db_run(a->s->db, ST_STATE_PROVEN_BY,
				    DB_V(db_int(g->start), db_int(g->end), db_int(a->checkpoint_no)),
				    reterr)
			   : rc;
}

/*
 * P14: what the collector misses goes out again; refused lines would only be refused again. The session has seen
 * to the form.
 */
static enum rc want_runs(struct applying *a, const uint8_t feed[ENTRY_FEED_LEN],
			 const struct json *runs, struct err *reterr)
{
	int64_t first = 0, last = 0;
	enum rc rc = RC_OK;

	for (const struct json *run = json_first(runs); rc == RC_OK && run; run = json_next(run)) {
		if (!json_int(json_at(run, 0), &first) || !json_int(json_at(run, 1), &last))
			return err_set(reterr, RC_REFUSED, "P14", "session.want", NULL);
		rc = store_want(a->s, feed, first, last, reterr);
	}
	return rc;
}

static enum rc take_want(struct applying *a, struct err *reterr)
{
	uint8_t feed[ENTRY_FEED_LEN];
	enum rc rc = RC_OK;

	for (const struct json *f = json_first(a->r->want); rc == RC_OK && f; f = json_next(f))
		rc = codec_b64u_16(span_str(json_name(f)), feed)
			 ? want_runs(a, feed, f, reterr)
			 : err_set(reterr, RC_REFUSED, "P14", "session.want", NULL);
	return rc;
}

/* P32: held here, they go out again, whether or not they were sent before. */
static enum rc take_blobs(struct applying *a, struct err *reterr)
{
	uint8_t sha[CRYPT_HASH_LEN];
	enum rc rc = RC_OK;

	for (const struct json *b = json_first(a->r->blobs); rc == RC_OK && b; b = json_next(b))
		if (codec_b64u_32(span_str(json_str(b)), sha))
			rc = store_blob_asked(a->s, sha, reterr);
	return rc;
}

/* A late answer moves the cursor forward only, and not beyond the tree that is built upon. */
static enum rc move_cursor(struct applying *a, struct err *reterr)
{
	const struct session_result *r = a->r;
	int64_t after = r->after, now = 0;
	enum rc rc = RC_OK;

	if (r->late) {
		rc = optional_int(a->s, ST_POSITION_GET, DB_V(db_str(r->scope), db_str(r->epoch)),
				  &now, reterr);
		after = after < a->built_on ? after : a->built_on;
		after = after > now ? after : now;
	}
	return rc == RC_OK
		   ? db_run(a->s->db, ST_POSITION_PUT,
			    DB_V(db_str(r->scope), db_str(r->epoch), db_int(after)), reterr)
		   : rc;
}

static enum rc take_all(struct applying *a, const struct keyring_change *change, struct err *reterr)
{
	const struct session_result *r = a->r;
	enum rc rc = store_rejudge(&a->w, a->s->keyring, change, reterr);

	if (rc == RC_OK)
		rc = checkpoint(a, reterr);
	for (size_t i = 0; rc == RC_OK && i < r->npush; i++)
		rc = take_verdict(a, i, reterr);
	for (size_t i = 0; rc == RC_OK && i < r->npulled; i++)
		rc = take_pulled(a, &r->pulled[i], reterr);
	for (size_t i = 0; rc == RC_OK && i < r->nrange; i++)
		rc = take_range(a, &r->range[i], reterr);
	if (rc == RC_OK)
		rc = store_proven_policy(a->s, a->w.keyring, reterr);
	if (rc == RC_OK)
		rc = store_proven_take(a->s, r, reterr);
	if (rc == RC_OK)
		rc = take_want(a, reterr);
	if (rc == RC_OK)
		rc = take_blobs(a, reterr);
	if (rc == RC_OK)
		rc = store_there(a->s, r->head, r->nhead, r->want, reterr);
	if (rc == RC_OK)
		rc = store_skipped_note(a->s, r, a->w.keyring, reterr);
	return rc == RC_OK ? move_cursor(a, reterr) : rc;
}

/* Nothing moved and nothing is new: nothing to write (and no fsync). */
static bool is_empty(const struct session_result *r, const struct session_position *p)
{
	return r->npush == 0 && r->npulled == 0 && r->nrange == 0 && r->nhead == 0 && !r->has_note &&
	       !r->has_proven && !r->want && !r->blobs && r->after == p->after;
}

/* An answer without a note may not speak for another log (L11). */
static enum rc check_epoch(const struct keyring *k, const struct session_result *r, bool *retnone,
			   struct err *reterr)
{
	char epoch[5];

	*retnone = !epoch_of(k, epoch);
	if (!*retnone && strcmp(epoch, r->epoch) != 0)
		return err_set(reterr, RC_REFUSED, "L11", "session.epoch_key", NULL);
	return RC_OK;
}

static enum rc commit(struct applying *a, struct keyring *k, const struct keyring_change *change,
		      struct err *reterr)
{
	enum rc rc = store_work_begin(a->s, k, &a->w, reterr);

	if (rc != RC_OK)
		return rc;
	rc = store_work_end(&a->w, take_all(a, change, reterr), reterr);
	if (rc != RC_OK)
		return rc;
	if (k == a->s->trial)
		store_keyring_swap(a->s, k);
	return a->w.forms ? store_forms_load(a->s, reterr) : RC_OK;
}

/* L10: two roots at one size; the one that came late is the evidence. */
static enum rc check_late(struct store *s, const struct session_result *r, struct err *reterr)
{
	struct session_position last = {0};
	struct err why;
	int64_t no;
	enum rc rc;

	if (!r->late || !r->has_note)
		return RC_OK;
	memcpy(last.epoch, r->epoch, sizeof(last.epoch));
	rc = last_checkpoint(s, &last, &no, reterr);
	if (rc != RC_OK || last.size != (int64_t)r->note.size ||
	    memcmp(last.root, r->note.root, TREE_HASH) == 0)
		return rc;
	err_set(&why, RC_REFUSED, "L10", "session.inconsistent", NULL);
	rc = s->session.alarm(s, r->scope, r->note_text, &why, reterr);
	return rc == RC_OK ? err_set(reterr, RC_REFUSED, "L10", "session.inconsistent", NULL) : rc;
}

static enum rc apply(void *ctx, const struct session_result *r, const struct keyring_change *change,
		     struct err *reterr)
{
	struct store *s = ctx;
	struct applying a = {.s = s, .r = r};
	struct keyring *k = keyring(s), *again = NULL;
	struct session_position p;
	bool none;
	enum rc rc = check_epoch(k, r, &none, reterr);

	if (rc == RC_OK && none)
		return RC_OK; /* no log is known: session let through only what holds nothing */
	if (rc == RC_OK)
		rc = position(s, r->scope, &p, reterr);
	if (rc == RC_OK && is_empty(r, &p))
		return store_told(s, r, reterr);
	if (rc == RC_OK)
		rc = check_late(s, r, reterr);
	if (rc == RC_OK)
		rc = commit(&a, k, change, reterr);
	if (rc == RC_OK)
		return store_told(s, r, reterr); /* by itself: every answer says it again */
	if (k == s->keyring && store_keyring_load(s, &again, NULL) == RC_OK)
		store_keyring_swap(s, again);
	return rc;
}

/* One open alarm of a kind is enough: the evidence kept is the first. */
static enum rc alarm(void *ctx, const char *scope, struct span note_text, const struct err *why,
		     struct err *reterr)
{
	struct store *s = ctx;
	struct buf known;
	int64_t era = 0, open = 0;
	enum rc rc = store_era(s, &era, reterr);

	if (rc == RC_OK)
		rc = db_get_int(s->db, ST_ALARM_IS, DB_V(db_str(why->key), db_int(era)), &open,
				reterr);
	if (rc != RC_OK || open > 0)
		return rc;
	buf_init(&known, NOTE_TEXT_MAX);
	rc = store_checkpoint(s, &known, reterr);
	if (rc == RC_OK || rc == RC_NOTFOUND)
		rc = db_run(s->db, ST_ALARM_ADD,
			    DB_V(db_str(scope), db_int(store_now(s)), db_str(why->clause),
				 db_str(why->key), db_blob(note_text), db_blob(span_buf(&known)),
				 db_int(era)),
			    reterr);
	buf_free(&known);
	return rc;
}

void store_session_init(struct store *s)
{
	s->session = (struct session_client_store){.ctx = s,
						   .position = position,
						   .push = push,
						   .enrol = enrol,
						   .unproven = store_unproven,
						   .leaves = store_unproven_leaves,
						   .heads = store_heads,
						   .release = store_session_release,
						   .authority_next = authority_next,
						   .keyring = keyring,
						   .apply = apply,
						   .turn = store_turn,
						   .insist = store_insist,
						   .alarm = alarm};
}

const struct session_client_store *store_session(struct store *s,
						 const uint8_t device[CRYPT_PK_LEN])
{
	memcpy(s->device, device, sizeof(s->device));
	return &s->session;
}
