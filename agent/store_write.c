/*
 * store_write: entries come into the store: own ones as they are made, authority lines of
 * an enrolment, pulled ones (through store_session.c). Clauses E9, E10, A10, A11, A1.
 *
 * One transaction is one fsync. Nothing is kept in memory that a rolled-back
 * transaction would have to take back.
 */
#include "agent/store_part.h"

#include <stdlib.h>
#include <string.h>

#include "sync/entry_read.h"

/* ---- the transaction ---- */

enum rc store_work_begin(struct store *s, const struct keyring *k, struct store_work *ret,
			 struct err *reterr)
{
	memset(ret, 0, sizeof(*ret));
	ret->s = s;
	ret->keyring = k;
	ret->now = store_now(s);
	return db_begin(s->db, reterr);
}

enum rc store_work_end(struct store_work *w, enum rc rc, struct err *reterr)
{
	if (rc == RC_OK)
		rc = store_touch_put_all(w, reterr);
	rc = db_finish(w->s->db, rc, reterr);
	store_touch_free_all(w);
	w->s->sweep = w->s->sweep || (rc == RC_OK && w->erased);
	store_erase_done(w->s);
	return rc;
}

/* ---- one entry ---- */

static enum rc key_no(struct store *s, const uint8_t pk[CRYPT_PK_LEN], int64_t *ret,
		      struct err *reterr)
{
	const struct db_val key = db_bytes(pk, CRYPT_PK_LEN);
	enum rc rc = db_get_int(s->db, ST_KEY_FIND, &key, 1, ret, reterr);

	if (rc != RC_NOTFOUND)
		return rc;
	err_clear(reterr);
	rc = db_run(s->db, ST_KEY_ADD, &key, 1, reterr);
	if (rc == RC_OK)
		*ret = db_rowid(s->db);
	return rc;
}

enum rc store_known(struct store *s, const struct entry *e, int64_t *ret, struct err *reterr)
{
	enum rc rc = db_get_int(s->db, ST_ENTRY_KNOWN,
				DB_V(db_bytes(e->feed, ENTRY_FEED_LEN), db_int(e->seq),
				     db_bytes(e->id, ENTRY_ID_LEN)),
				ret, reterr);

	if (rc != RC_NOTFOUND)
		return rc;
	err_clear(reterr);
	*ret = 0;
	return RC_OK;
}

static enum rc add_rows(struct store_work *w, const struct entry *e, int64_t key, int64_t entity,
			int64_t *retno, struct err *reterr)
{
	struct db *db = w->s->db;
	enum rc rc =
	    db_run(db, ST_ENTRY_ADD,
		   DB_V(db_bytes(e->feed, ENTRY_FEED_LEN), db_int(e->seq),
			db_bytes(e->id, ENTRY_ID_LEN), db_bytes(e->sig, CRYPT_SIG_LEN), db_int(key),
			db_int(e->op), db_str(e->scope), entity > 0 ? db_int(entity) : db_null(),
			db_int(e->at), db_int(w->now)),
		   reterr);

	if (rc != RC_OK)
		return rc;
	*retno = db_rowid(db);
	return e->erased ? RC_OK
			 : db_run(db, ST_PAYLOAD_ADD, DB_V(db_int(*retno), db_blob(e->payload)),
				  reterr);
}

static enum rc add(struct store_work *w, const struct entry *e, struct store_arrival how,
		   struct err *reterr)
{
	struct store_touch *t = NULL;
	int64_t key = 0, no = 0;
	bool counts;
	enum keyring_verdict v =
	    store_judge(w->keyring, e, how.index, how.fate != STORE_FOREIGN, &counts);
	enum rc rc = key_no(w->s, e->key, &key, reterr);

	if (rc == RC_OK && e->op == ENTRY_SET)
		rc = store_touch(w, e->scope, e->kind, e->entity, &t, reterr);
	if (rc == RC_OK)
		rc = add_rows(w, e, key, t ? t->no : 0, &no, reterr);
	if (rc == RC_OK)
		rc = db_run(w->s->db, ST_STATE_ADD,
			    DB_V(db_int(no), how.index < 0 ? db_null() : db_int(how.index),
				 db_int(how.proved), db_int(v), db_int(counts), db_int(how.fate)),
			    reterr);
	if (rc == RC_OK && t && counts)
		rc = store_touch_apply(w, t, e, reterr);
	if (rc == RC_OK)
		rc = store_blob_named(w->s, e, no, how.fate == STORE_FOREIGN && !how.carried,
				      reterr);
	if (rc == RC_OK && how.carried)
		rc = db_run(w->s->db, ST_CARRIED_ADD, DB_V(db_int(no)), reterr);
	if (rc == RC_OK && e->op == ENTRY_ERASE && counts)
		rc = store_erase_apply(w, e, reterr);
	if (t)
		t->changed_no = no;
	w->forms = w->forms || (e->op == ENTRY_FORM && counts);
	return rc;
}

enum rc store_work_add(struct store_work *w, const struct entry *e, struct store_arrival how,
		       struct err *reterr)
{
	struct entry *stub = NULL;
	enum rc rc = store_erase_arrival(w, e, &stub, reterr);

	if (rc == RC_OK)
		rc = add(w, stub ? stub : e, how, reterr);
	entry_free(stub);
	return rc;
}

/* ---- own entries ---- */

/* A feed of this key and scope there was, and is no more. */
static enum rc feed_before(struct store *s, const uint8_t pk[CRYPT_PK_LEN], const char *scope,
			   struct store_feed *f, struct err *reterr)
{
	struct db_q q;
	enum rc rc = db_query(&q, s->db, ST_FEED_BEFORE,
			      DB_V(db_bytes(pk, CRYPT_PK_LEN), db_str(scope)), reterr);

	f->goes_on = rc == RC_OK && db_next(&q);
	if (f->goes_on)
		memcpy(f->before, db_col_blob(&q, 0).p, ENTRY_ID_LEN);
	return db_end(&q, rc, reterr);
}

enum rc store_feed(struct store *s, const uint8_t pk[CRYPT_PK_LEN], const char *scope,
		   const uint8_t device[CRYPT_PK_LEN], struct store_feed *ret, struct err *reterr)
{
	struct store_feed f = {0};
	struct db_q q;
	enum rc rc = db_query(&q, s->db, ST_FEED_OF,
			      DB_V(db_bytes(pk, CRYPT_PK_LEN), db_str(scope),
				   db_bytes(device, CRYPT_PK_LEN)),
			      reterr);

	if (rc == RC_OK && db_next(&q)) {
		memcpy(f.feed, db_col_blob(&q, 0).p, ENTRY_FEED_LEN);
		f.next_seq = db_col_int(&q, 1);
		memcpy(f.last, db_col_blob(&q, 2).p, ENTRY_ID_LEN);
	} else {
		entry_feed_new(pk, f.feed);
	}
	rc = db_end(&q, rc, reterr);
	if (rc == RC_OK && f.next_seq == 0)
		rc = feed_before(s, pk, scope, &f, reterr);
	if (rc == RC_OK)
		*ret = f;
	return rc;
}

enum rc store_feeds_close(struct store *s, struct err *reterr)
{
	return db_run(s->db, ST_FEED_CLOSE_ALL, DB_NONE, reterr);
}

enum rc store_seen(struct store *s, int64_t *retsize, uint8_t retroot[32], struct err *reterr)
{
	int64_t size = 0;
	uint8_t root[TREE_HASH] = {0};
	struct db_q q;
	enum rc rc = db_query(&q, s->db, ST_CHECKPOINT_LAST, DB_NONE, reterr);

	if (rc == RC_OK && db_next(&q)) {
		size = db_col_int(&q, 0);
		memcpy(root, db_col_blob(&q, 1).p, TREE_HASH);
	}
	rc = db_end(&q, rc, reterr);
	if (rc != RC_OK)
		return rc;
	*retsize = size;
	memcpy(retroot, root, TREE_HASH);
	return RC_OK;
}

static enum rc add_feed(struct store *s, const struct entry *e, struct err *reterr)
{
	const struct entry_field *f = entry_field(e, "device");
	uint8_t device[CRYPT_PK_LEN];
	bool named = f && entry_read_b64u(f->raw, device, sizeof(device));
	int64_t key;
	enum rc rc = key_no(s, e->key, &key, reterr);

	if (rc != RC_OK)
		return rc;
	return db_run(s->db, ST_FEED_ADD,
		      DB_V(db_bytes(e->feed, ENTRY_FEED_LEN), db_int(key), db_str(e->scope),
			   db_bytes(e->id, ENTRY_ID_LEN),
			   named ? db_bytes(device, CRYPT_PK_LEN) : db_null()),
		      reterr);
}

/* The feed moves on by exactly this entry (E10); otherwise we would fork it ourselves. */
static enum rc move_feed(struct store *s, const struct entry *e, struct err *reterr)
{
	const struct db_val feed = db_bytes(e->feed, ENTRY_FEED_LEN);
	const struct db_val id = db_bytes(e->id, ENTRY_ID_LEN);
	enum rc rc;

	if (e->seq == 0)
		return add_feed(s, e, reterr);
	rc = db_run(s->db, ST_FEED_NEXT,
		    DB_V(feed, db_int(e->seq), id, db_bytes(e->prev, ENTRY_ID_LEN)), reterr);
	if (rc == RC_OK && db_changed(s->db) != 1)
		rc = err_num(reterr, RC_CONFLICT, "E10", "store.feed_moved", "seq",
			     (long long)e->seq);
	return rc;
}

enum rc store_append(struct store *s, struct entry *const *e, size_t n, struct err *reterr)
{
	const struct store_arrival own = {.fate = STORE_UNSENT, .index = STORE_NO_INDEX};
	struct store_work w;
	enum rc rc = store_work_begin(s, s->keyring, &w, reterr);

	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		rc = move_feed(s, e[i], reterr);
		if (rc == RC_OK)
			rc = store_work_add(&w, e[i], own, reterr);
	}
	return store_work_end(&w, rc, reterr);
}

/* ---- authority lines of an enrolment ---- */

/* Only of the entry that made the log in use is the place known before it is pulled (L12). */
static int64_t told_index(const struct entry *e, const uint8_t *log)
{
	struct authority_log l;

	if (e->op != ENTRY_LOG || !log || authority_log(e, &l, NULL) != RC_OK || !l.has_old ||
	    memcmp(l.key, log, CRYPT_PK_LEN) != 0)
		return STORE_NO_INDEX;
	return l.size + 1;
}

/* What gathers while the lines of an answer are taken. */
struct trust {
	struct store_work w;
	struct keyring *k;
	const uint8_t *log;
	struct keyring_change change;
};

static enum rc trust_line(struct trust *t, struct span line, struct err *reterr)
{
	struct store_arrival told = {.fate = STORE_FOREIGN, .index = STORE_NO_INDEX};
	const struct entry_keys keys = keyring_keys(t->k);
	struct entry *e = NULL;
	int64_t known = 0;
	enum rc rc = entry_open(line, &keys, &e, reterr);

	if (rc == RC_OK)
		rc = store_known(t->w.s, e, &known, reterr);
	if (rc == RC_OK && known == 0) {
		told.index = told_index(e, t->log);
		rc = keyring_add(t->k, e, told.index < 0 ? KEYRING_NO_INDEX : told.index,
				 &t->change, reterr);
	}
	if (rc == RC_OK && known == 0)
		rc = store_work_add(&t->w, e, told, reterr);
	entry_free(e);
	return rc;
}

static enum rc trust_lines(struct trust *t, struct span lines, struct err *reterr)
{
	struct span line;
	enum rc rc = RC_OK;

	while (rc == RC_OK && span_line(&lines, &line))
		rc = trust_line(t, line, reterr);
	if (rc == RC_OK && lines.len > 0)
		rc = err_set(reterr, RC_REFUSED, "E1", "entry.line_form", NULL);
	if (rc == RC_OK)
		rc = store_rejudge(&t->w, t->w.s->keyring, &t->change, reterr);
	keyring_change_free(&t->change);
	return rc;
}

enum rc store_trust(struct store *s, struct span lines, const uint8_t *log, struct err *reterr)
{
	static const uint8_t none[CRYPT_PK_LEN];
	struct trust t = {.log = log};
	enum rc rc;

	if (memcmp(keyring_root(s->keyring), none, CRYPT_PK_LEN) == 0)
		return err_set(reterr, RC_CONFLICT, NULL, "store.no_root", NULL);
	rc = keyring_copy(s->keyring, &t.k, reterr);
	if (rc == RC_OK)
		rc = store_work_begin(s, t.k, &t.w, reterr);
	if (rc != RC_OK) {
		keyring_free(t.k);
		return rc;
	}
	rc = store_work_end(&t.w, trust_lines(&t, lines, reterr), reterr);
	if (rc != RC_OK) {
		keyring_free(t.k);
		return rc;
	}
	store_keyring_swap(s, t.k);
	return t.w.forms ? store_forms_load(s, reterr) : RC_OK;
}
