/*
 * store_receipt: the standard inclusion proof of one entry out of the range that came
 * with it. Clauses L2, L3, L6, L8. A range is stored once for all its lines; the leaf
 * hashes between come from the entries held here. What is given out has been verified
 * against the stored checkpoint. Not here: the text of a receipt file (sync/note).
 */
#include "agent/store_part.h"

#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "sync/sign.h"

enum { RANGE_MAX = SESSION_PUSH_LINES + SESSION_LINES }; /* leaves of one range */

struct run {
	int64_t lo, hi, size, era;
	struct tree_proof nodes;
	uint8_t log[CRYPT_PK_LEN];
};

static enum rc broken(struct err *reterr, int64_t index)
{
	return err_num(reterr, RC_CORRUPT, "L3", "store.receipt_broken", "index", (long long)index);
}

/* The best run with this index: the newest with the witnesses asked for, else the first. */
static enum rc find_run(struct store *s, int64_t index, int64_t era, struct run *ret,
			struct buf *text, struct err *reterr)
{
	struct span nodes;
	struct db_q q;
	bool found = false;
	enum rc rc = db_query(&q, s->db, ST_RECEIPT_OF,
			      DB_V(db_int(index), db_int(index - RANGE_MAX), db_int(era)), reterr);

	if (rc == RC_OK && db_next(&q)) {
		found = true;
		*ret = (struct run){.lo = db_col_int(&q, 0),
				    .hi = db_col_int(&q, 1),
				    .size = db_col_int(&q, 2),
				    .era = db_col_int(&q, 6)};
		nodes = db_col_blob(&q, 3);
		if (nodes.len % TREE_HASH != 0 || nodes.len > sizeof(ret->nodes.hash))
			rc = broken(reterr, index);
		else if (nodes.len > 0)
			memcpy(ret->nodes.hash, nodes.p, nodes.len);
		ret->nodes.n = nodes.len / TREE_HASH;
		buf_add_span(text, db_col_blob(&q, 4));
		memcpy(ret->log, db_col_blob(&q, 5).p, CRYPT_PK_LEN);
	}
	rc = db_end(&q, rc, reterr);
	if (rc == RC_OK && !found)
		rc = err_set(reterr, RC_NOTFOUND, NULL, "store.no_receipt", NULL);
	return rc == RC_OK ? buf_check(text, reterr) : rc;
}

/* All of them are here, for the range was verified with them. */
enum rc store_leaves(struct store *s, int64_t lo, int64_t hi, int64_t era,
		     uint8_t (*leaf)[TREE_HASH], struct err *reterr)
{
	int64_t want = lo;
	struct db_q q;
	enum rc rc = db_query(&q, s->db, ST_ENTRY_LEAVES, DB_V(db_int(lo), db_int(hi), db_int(era)),
			      reterr);

	while (rc == RC_OK && db_next(&q)) {
		uint8_t keyhash[CRYPT_HASH_LEN];

		if (want >= hi || db_col_int(&q, 3) != want) {
			rc = broken(reterr, want);
			break;
		}
		crypt_sha256(db_col_blob(&q, 2).p, CRYPT_PK_LEN, keyhash);
		sign_leaf_hash(db_col_blob(&q, 0).p, db_col_blob(&q, 1).p, keyhash,
			       leaf[want - lo]);
		want++;
	}
	rc = db_end(&q, rc, reterr);
	return rc == RC_OK && want != hi ? broken(reterr, want) : rc;
}

static enum rc derive(struct store *s, const struct run *run, int64_t index,
		      const struct note *note, struct tree_proof *ret, struct err *reterr)
{
	uint8_t(*leaf)[TREE_HASH];
	enum rc rc;

	if (run->hi <= run->lo || run->hi - run->lo > RANGE_MAX ||
	    (uint64_t)run->size != note->size)
		return broken(reterr, index);
	leaf = calloc((size_t)(run->hi - run->lo), sizeof(*leaf));
	if (!leaf)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	rc = store_leaves(s, run->lo, run->hi, run->era, leaf, reterr);
	if (rc == RC_OK)
		rc = tree_range_inclusion((const uint8_t(*)[TREE_HASH])leaf, (uint64_t)run->lo,
					  (uint64_t)run->hi, note->size, &run->nodes,
					  (uint64_t)index, ret, reterr);
	if (rc == RC_OK && tree_check_inclusion(leaf[index - run->lo], (uint64_t)index, note->size,
						ret, note->root, NULL) != RC_OK)
		rc = broken(reterr, index);
	free(leaf);
	return rc;
}

enum rc store_receipt(struct store *s, const struct store_entry *x, struct buf *rettext,
		      struct note *retnote, struct tree_proof *ret, struct err *reterr)
{
	struct tree_proof proof;
	struct note note;
	struct buf text;
	struct run run;
	enum rc rc;

	if (x->proof_index < 0)
		return err_set(reterr, RC_NOTFOUND, NULL, "store.no_receipt", NULL);
	buf_init(&text, NOTE_TEXT_MAX);
	rc = find_run(s, x->proof_index, x->proof_era, &run, &text, reterr);
	if (rc == RC_OK)
		rc = note_open(span_buf(&text), run.log, &note, reterr);
	if (rc == RC_OK)
		rc = derive(s, &run, x->proof_index, &note, &proof, reterr);
	if (rc == RC_OK) {
		buf_add_span(rettext, span_buf(&text));
		rc = buf_check(rettext, reterr);
	}
	if (rc == RC_OK) {
		*retnote = note;
		*ret = proof;
	}
	buf_free(&text);
	return rc;
}
