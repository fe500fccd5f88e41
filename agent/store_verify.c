/*
 * store_verify: stored entries opened anew as unverified bytes. Clauses E1-E25, A1, L2-L4.
 * Does NOT change anything, and does not judge (the rebuild does).
 */
#include "agent/store_verify.h"

#include <string.h>

#include "agent/store_part.h"
#include "lib/codec.h"
#include "lib/limits.h"
#include "sync/sign.h"

/* Each row of a query, until take returns false; *retn: how many. */
static enum rc each(struct db_q *q, enum rc rc, bool (*take)(void *arg, const struct store_raw *x),
		    void *arg, size_t *retn, struct err *reterr)
{
	bool go = true;

	while (rc == RC_OK && go && db_next(q)) {
		struct store_row row;
		store_row_read(q, &row);
		struct store_raw x = {.no = row.no,
				      .index = row.index,
				      .id = row.id,
				      .sig = row.sig,
				      .key = row.key,
				      .payload = row.body,
				      .by_line = row.by_line,
				      .logged = row.logged,
				      .proved = row.proved};
		go = take(arg, &x);
		(*retn)++;
	}
	return db_end(q, rc, reterr);
}

enum rc store_verify_each(struct store *s, bool (*take)(void *arg, const struct store_raw *x),
			  void *arg, struct err *reterr)
{
	struct db_q q;
	size_t n = 0;
	enum rc rc = db_query(&q, s->db, ST_ENTRY_ALL, DB_NONE, reterr);

	return each(&q, rc, take, arg, &n, reterr);
}

enum rc store_verify_get(struct store *s, const uint8_t id[ENTRY_ID_LEN],
			 bool (*take)(void *arg, const struct store_raw *x), void *arg,
			 struct err *reterr)
{
	struct db_q q;
	size_t n = 0;
	enum rc rc = db_query(&q, s->db, ST_ENTRY_ID, DB_V(db_bytes(id, ENTRY_ID_LEN)), reterr);

	rc = each(&q, rc, take, arg, &n, reterr);
	return rc == RC_OK && n == 0 ? err_set(reterr, RC_NOTFOUND, NULL, "store.no_entry", NULL) : rc;
}

enum rc store_verify_one(const struct store_raw *x, struct err *reterr)
{
	struct entry *e = NULL;
	struct buf line;
	enum rc rc;

	if (!x->payload.p)
		return sign_verify(x->id, x->sig, x->key)
			   ? RC_OK
			   : err_set(reterr, RC_REFUSED, "E21", "entry.signature", NULL);
	buf_init(&line, LIMIT_ENTRY_LINE);
	codec_b64u_buf(&line, x->sig, CRYPT_SIG_LEN);
	buf_add_char(&line, ' ');
	buf_add_span(&line, x->payload);
	rc = buf_check(&line, reterr);
	if (rc == RC_OK)
		rc = entry_open_key(span_buf(&line), x->key, &e, reterr);
	if (rc == RC_OK && memcmp(e->id, x->id, ENTRY_ID_LEN) != 0)
		rc = err_set(reterr, RC_REFUSED, "E20", "verify.id", NULL);
	entry_free(e);
	buf_free(&line);
	return rc;
}

/* One receipt: the note, the path, the leaf as it was logged there. */
static enum rc check_place(struct store *s, const struct store_raw *x, const struct store_place *p,
			   struct err *reterr)
{
	struct store_entry e = {.proof_index = p->index, .proof_era = p->era};
	uint8_t keyhash[CRYPT_HASH_LEN], leaf[TREE_HASH];
	struct tree_proof proof;
	struct note note;
	struct buf text;
	enum rc rc;

	buf_init(&text, NOTE_TEXT_MAX);
	rc = store_receipt(s, &e, &text, &note, &proof, reterr);
	if (rc == RC_OK) {
		crypt_sha256(x->key, CRYPT_PK_LEN, keyhash);
		sign_leaf_hash(x->id, p->sig, keyhash, leaf);
		rc = tree_check_inclusion(leaf, (uint64_t)p->index, note.size, &proof, note.root,
					  reterr);
	}
	buf_free(&text);
	return rc;
}

enum rc store_verify_receipt(struct store *s, const struct store_raw *x, int64_t *retn,
			     struct err *reterr)
{
	struct store_row row = {
	    .no = x->no, .index = x->index, .proved = x->proved, .logged = x->logged};
	struct store_place place[STORE_PLACES];
	size_t n = 0;
	enum rc rc;

	memcpy(row.sig, x->sig, CRYPT_SIG_LEN);
	rc = store_places(s, &row, place, &n, reterr);
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = check_place(s, x, &place[i], reterr);
	*retn = (int64_t)n;
	return rc;
}
