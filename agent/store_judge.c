/*
 * store_judge: which entries count here, and judging again what a change of the keyring
 * touches. Clauses A3, A10, A12, M8.
 *
 * One thing is this PC's own affair (docs/decisions/0004): an own entry whose author has
 * no cert yet takes part in the merge here, so that a clerk sees the work done before the
 * registrar came round. From the first cert of the key on, the keyring alone rules.
 */
#include "agent/store_part.h"

#include <stdlib.h>
#include <string.h>

#include "sync/kinds.h"

bool store_uncertified(const struct keyring *k, const uint8_t pk[CRYPT_PK_LEN])
{
	struct keyring_key found;

	if (memcmp(keyring_root(k), pk, CRYPT_PK_LEN) == 0)
		return false;
	return !keyring_find(k, pk, &found) || (!found.seen && !found.cert);
}

enum keyring_verdict store_judge(const struct keyring *k, const struct entry *e, int64_t index,
				 bool own, bool *retcounts)
{
	enum keyring_verdict v = keyring_judge(k, e, index < 0 ? (int64_t)KEYRING_NO_INDEX : index);

	*retcounts = v == KEYRING_ADMITTED ||
		     (own && v == KEYRING_Q_NO_CERT && store_uncertified(k, e->key));
	if (e->op == ENTRY_UNKNOWN) /* E8: kept and shown, outside the merge */
		*retcounts = false;
	return v;
}

/* ---- again ---- */

struct hit {
	int64_t no, entity_no;
	enum keyring_verdict verdict;
	bool counts, verdict_new, rebuild, unsend, form, erase;
};
struct hits {
	struct hit *hit;
	size_t n, cap;
};

static enum rc add_hit(struct hits *h, const struct hit *x, struct err *reterr)
{
	if (h->n == h->cap) {
		size_t cap = h->cap ? h->cap * 2 : 64;
		struct hit *grown = realloc(h->hit, cap * sizeof(*grown));

		if (!grown)
			return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
		h->hit = grown;
		h->cap = cap;
	}
	h->hit[h->n++] = *x;
	return RC_OK;
}

/*
 * A line the collector refused because it did not know the key (A1) goes out again once
 * the key has a cert.
 */
static bool may_go_again(const struct keyring *k, const struct store_row *row)
{
	return row->fate == STORE_REFUSED && span_eq_str(row->clause, "A1") &&
	       !store_uncertified(k, row->key);
}

static enum rc look(struct store_work *w, const struct keyring *old, const struct store_row *row,
		    struct hits *h, struct err *reterr)
{
	struct hit x = {.no = row->no, .entity_no = row->entity_no};
	struct entry *e = NULL;
	enum rc rc = store_row_load(row, &e, reterr);
	bool counts;

	if (rc != RC_OK)
		return rc;
	x.verdict = store_judge(w->keyring, e, row->index, row->fate != STORE_FOREIGN, &counts);
	x.counts = counts;
	x.verdict_new = x.verdict != row->verdict || counts != row->counts;
	x.rebuild = row->entity_no > 0 &&
		    (counts != row->counts ||
		     (e->op == ENTRY_SET && kinds_single(e->kind)) || /* its index may be new (M21) */
		     (counts && old &&
		      keyring_central(old, row->key) != keyring_central(w->keyring, row->key)));
	x.unsend = may_go_again(w->keyring, row);
	x.form = e->op == ENTRY_FORM && counts != row->counts;
	x.erase = e->op == ENTRY_ERASE && counts && !row->counts;
	if (x.verdict_new || x.rebuild || x.unsend)
		rc = add_hit(h, &x, reterr);
	entry_free(e);
	return rc;
}

static enum rc look_through(struct store_work *w, const struct keyring *old, int stmt,
			    const struct db_val *v, size_t n, struct hits *h, struct err *reterr)
{
	struct store_row row;
	struct db_q q;
	enum rc rc = db_query(&q, w->s->db, stmt, v, n, reterr);

	while (rc == RC_OK && db_next(&q)) {
		store_row_read(&q, &row);
		rc = look(w, old, &row, h, reterr);
	}
	return db_end(&q, rc, reterr);
}

/* An erase that was held back counts now (A16). */
static enum rc erase_now(struct store_work *w, int64_t no, struct err *reterr)
{
	struct entry *e = NULL;
	struct store_row row;
	struct db_q q;
	enum rc rc = db_query(&q, w->s->db, ST_ENTRY_NO, DB_V(db_int(no)), reterr);

	if (rc == RC_OK && db_next(&q)) {
		store_row_read(&q, &row);
		rc = store_row_load(&row, &e, reterr);
	}
	rc = db_end(&q, rc, reterr);
	if (rc == RC_OK && e)
		rc = store_erase_apply(w, e, reterr);
	entry_free(e);
	return rc;
}

static enum rc keep_hit(struct store_work *w, const struct hit *x, struct err *reterr)
{
	struct store_touch *t = NULL;
	enum rc rc = RC_OK;

	if (x->verdict_new)
		rc = db_run(w->s->db, ST_STATE_VERDICT,
			    DB_V(db_int(x->no), db_int(x->verdict), db_int(x->counts)), reterr);
	if (rc == RC_OK && x->unsend)
		rc =
		    db_run(w->s->db, ST_STATE_FATE,
			   DB_V(db_int(x->no), db_int(STORE_UNSENT), db_null(), db_null()), reterr);
	if (rc == RC_OK && x->rebuild)
		rc = store_touch_no(w, x->entity_no, &t, reterr);
	if (rc == RC_OK && t)
		t->rebuild = true;
	w->forms = w->forms || x->form;
	return rc == RC_OK && x->erase ? erase_now(w, x->no, reterr) : rc;
}

static enum rc keep_hits(struct store_work *w, struct hits *h, enum rc rc, struct err *reterr)
{
	for (size_t i = 0; rc == RC_OK && i < h->n; i++)
		rc = keep_hit(w, &h->hit[i], reterr);
	free(h->hit);
	return rc;
}

enum rc store_rejudge(struct store_work *w, const struct keyring *old,
		      const struct keyring_change *change, struct err *reterr)
{
	struct hits h = {0};
	enum rc rc = RC_OK;

	if (change->all)
		return keep_hits(w, &h, look_through(w, old, ST_ENTRY_ALL, DB_NONE, &h, reterr),
				 reterr);
	for (size_t i = 0; rc == RC_OK && i < change->n; i++)
		rc = look_through(w, old, ST_ENTRY_OF_KEY,
				  DB_V(db_bytes(change->key[i], CRYPT_PK_LEN)), &h, reterr);
	for (size_t i = 0; rc == RC_OK && i < change->nid; i++)
		rc = look_through(w, old, ST_ENTRY_ID, DB_V(db_bytes(change->id[i], ENTRY_ID_LEN)),
				  &h, reterr);
	return keep_hits(w, &h, rc, reterr);
}

enum rc store_rejudge_one(struct store_work *w, int64_t no, struct err *reterr)
{
	struct hits h = {0};
	enum rc rc = look_through(w, NULL, ST_ENTRY_NO, DB_V(db_int(no)), &h, reterr);

	return keep_hits(w, &h, rc, reterr);
}

enum rc store_rejudge_all(struct store *s, const struct keyring *k, struct err *reterr)
{
	const struct keyring_change all = {.all = true};
	struct store_work w;
	enum rc rc = store_work_begin(s, k, &w, reterr);

	if (rc != RC_OK)
		return rc;
	rc = store_rejudge(&w, s->keyring, &all, reterr);
	return store_work_end(&w, rc, reterr);
}
