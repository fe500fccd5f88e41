/*
 * store_erase: what an erase does here: the payload goes, its stub stays, its blobs go, and
 * none of it comes back. Clauses E26, K7, A16, M14.
 *
 * `erasure` holds the line of every erase that took effect, by the id of what it took,
 * also before that is here. Bytes are overwritten (secure_delete); the write-ahead file
 * is emptied after the commit; files of blobs go after the commit too, and a `blob_gone`
 * row remembers those a stop in between has left. Not here: who may erase (sync/keyring).
 */
#include "agent/store_part.h"

#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "sync/authority.h"
#include "sync/kinds.h"

/* ---- what is noted ---- */

/* The line of the erase that took this id; appended, nothing when there is none. */
static enum rc noted(struct store *s, const uint8_t id[ENTRY_ID_LEN], struct buf *ret,
		     struct err *reterr)
{
	enum rc rc =
	    db_get_bytes(s->db, ST_ERASURE_GET, DB_V(db_bytes(id, ENTRY_ID_LEN)), ret, reterr);

	if (rc == RC_NOTFOUND) {
		err_clear(reterr);
		rc = RC_OK;
	}
	return rc;
}

static enum rc note(struct store *s, const uint8_t id[ENTRY_ID_LEN], struct span by,
		    struct err *reterr)
{
	return db_run(s->db, ST_ERASURE_ADD, DB_V(db_bytes(id, ENTRY_ID_LEN), db_blob(by)), reterr);
}

/* Does the row hold an erase that counts and speaks of just this entry? It is then in *retby. */
static enum rc take_erase(const struct store_row *row, const struct entry *e, struct entry **retby,
			  struct err *reterr)
{
	struct authority_erase b;
	struct entry *by = NULL;
	enum rc rc = row->counts ? store_row_load(row, &by, reterr) : RC_OK;

	if (rc == RC_OK && by && authority_erase(by, &b, NULL) == RC_OK &&
	    memcmp(b.id, e->id, ENTRY_ID_LEN) == 0 && entry_erase_fits(by, e))
		*retby = by;
	else
		entry_free(by);
	return rc;
}

/*
 * What was noted speaks of another entry than there is: it is void, and makes place for one that fits. All erases
 * are looked through, for one that is void is rare. *retby NULL: none fits.
 */
static enum rc note_another(struct store *s, const struct entry *e, struct entry **retby,
			    struct err *reterr)
{
	struct store_row row;
	struct db_q q;
	enum rc rc = db_run(s->db, ST_ERASURE_DROP, DB_V(db_bytes(e->id, ENTRY_ID_LEN)), reterr);

	if (rc == RC_OK)
		rc = db_query(&q, s->db, ST_ENTRY_AUTHORITY,
			      DB_V(db_int(ENTRY_ERASE), db_int(ENTRY_ERASE)), reterr);
	if (rc != RC_OK)
		return rc;
	while (rc == RC_OK && !*retby && db_next(&q)) {
		store_row_read(&q, &row);
		rc = take_erase(&row, e, retby, reterr);
	}
	rc = db_end(&q, rc, reterr);
	return rc == RC_OK && *retby ? note(s, e->id, (*retby)->line, reterr) : rc;
}

/* A whole entry that arrives although it was erased: its stub, unless every erase speaks of another. */
static enum rc stub_of(struct store_work *w, const struct entry *e, struct span line,
		       struct entry **retstub, struct err *reterr)
{
	const struct entry_keys keys = keyring_keys(w->keyring);
	struct entry *by = NULL;
	enum rc rc = entry_open(line, &keys, &by, reterr);

	if (rc == RC_OK && !entry_erase_fits(by, e)) {
		entry_free(by);
		by = NULL;
		rc = note_another(w->s, e, &by, reterr);
	}
	if (rc == RC_OK && by)
		rc = entry_load_stub(by->line, e->sig, e->key, retstub, reterr);
	entry_free(by);
	return rc;
}

enum rc store_erase_arrival(struct store_work *w, const struct entry *e, struct entry **retstub,
			    struct err *reterr)
{
	struct buf by;
	enum rc rc;

	*retstub = NULL;
	if (e->op != ENTRY_SET)
		return RC_OK;
	if (e->erased)
		return note(w->s, e->id, entry_erased_by(e), reterr);
	buf_init(&by, LIMIT_ENTRY_LINE);
	rc = noted(w->s, e->id, &by, reterr);
	if (rc == RC_OK && by.len > 0)
		rc = stub_of(w, e, span_buf(&by), retstub, reterr);
	buf_free(&by);
	return rc;
}

/* ---- blobs ---- */

/* Blobs that only this entry named are here no more. */
static enum rc forget_blobs(struct store_work *w, int64_t no, struct err *reterr)
{
	const struct db_val v = db_int(no);
	enum rc rc = db_run(w->s->db, ST_BLOB_GONE_ADD, &v, 1, reterr);

	if (rc == RC_OK)
		rc = db_run(w->s->db, ST_BLOB_UNNAME, &v, 1, reterr);
	if (rc == RC_OK)
		rc = db_run(w->s->db, ST_BLOB_WAIT_FORGET, DB_NONE, reterr);
	return rc == RC_OK ? db_run(w->s->db, ST_BLOB_FORGET, DB_NONE, reterr) : rc;
}

/* in: "" or the folder of those set aside. */
static enum rc remove_file(struct store *s, const uint8_t sha[32], const char *in, const char *end,
			   struct err *reterr)
{
	char hex[CODEC_HEX_LEN(32) + 1];
	struct buf path;
	enum rc rc;

	codec_hex(sha, 32, hex);
	buf_init(&path, LIMIT_PATH);
	buf_addf(&path, "%s/%s%s%s", s->blobs, in, hex, end);
	rc = buf_check(&path, reterr);
	if (rc == RC_OK)
		rc = os_file_remove((const char *)path.p, reterr);
	if (rc == RC_NOTFOUND) {
		err_clear(reterr);
		rc = RC_OK;
	}
	buf_free(&path);
	return rc;
}

enum rc store_erase_sweep(struct store *s, struct err *reterr)
{
	uint8_t sha[32];
	bool left = true;
	enum rc rc = RC_OK;

	while (rc == RC_OK && left) {
		struct db_q q;

		rc = db_query(&q, s->db, ST_BLOB_GONE_ONE, DB_NONE, reterr);
		left = rc == RC_OK && db_next(&q);
		if (left)
			memcpy(sha, db_col_blob(&q, 0).p, sizeof(sha));
		rc = db_end(&q, rc, reterr);
		if (rc != RC_OK || !left)
			break;
		rc = remove_file(s, sha, "", "", reterr);
		if (rc == RC_OK)
			rc = remove_file(s, sha, "", ".part", reterr);
		if (rc == RC_OK)
			rc = remove_file(s, sha, "bad/", "", reterr);
		if (rc == RC_OK)
			rc = db_run(s->db, ST_BLOB_GONE_DROP, DB_V(db_bytes(sha, sizeof(sha))),
				    reterr);
	}
	return rc;
}

/* ---- an erase takes effect ---- */

static enum rc take_payload(struct store_work *w, const struct store_row *row,
			    struct err *reterr)
{
	struct store_touch *t = NULL;
	enum rc rc = db_run(w->s->db, ST_PAYLOAD_ERASE, DB_V(db_int(row->no)), reterr);

	if (rc == RC_OK)
		rc = forget_blobs(w, row->no, reterr);
	if (rc == RC_OK && row->entity_no > 0)
		rc = store_touch_no(w, row->entity_no, &t, reterr);
	if (rc == RC_OK && t)
		t->rebuild = true;
	w->erased = true;
	return rc;
}

/* What it names, as it is here; *rete stays NULL when it is not. */
static enum rc target(struct store *s, const uint8_t id[ENTRY_ID_LEN], struct store_row *retrow,
		      struct entry **rete, struct err *reterr)
{
	struct db_q q;
	enum rc rc =
	    db_query(&q, s->db, ST_ENTRY_ID, DB_V(db_bytes(id, ENTRY_ID_LEN)), reterr);

	*rete = NULL;
	if (rc == RC_OK && db_next(&q)) {
		store_row_read(&q, retrow);
		rc = store_row_load(retrow, rete, reterr);
	}
	return db_end(&q, rc, reterr);
}

enum rc store_erase_apply(struct store_work *w, const struct entry *by, struct err *reterr)
{
	struct authority_erase b;
	struct store_row row;
	struct entry *e = NULL;
	enum rc rc = authority_erase(by, &b, reterr);

	if (rc == RC_OK)
		rc = target(w->s, b.id, &row, &e, reterr);
	if (rc == RC_OK && e && !e->erased && !entry_erase_fits(by, e))
		goto out; /* it speaks of another entry than there is: void (A16) */
	if (rc == RC_OK)
		rc = note(w->s, b.id, by->line, reterr);
	if (rc == RC_OK && e && !e->erased)
		rc = take_payload(w, &row, reterr);
	if (rc == RC_OK && e && !e->erased && kinds_single(e->kind))
		rc = store_rejudge_one(w, row.no, reterr); /* the level it had is gone (A5) */
out:
	entry_free(e);
	return rc;
}

void store_erase_done(struct store *s)
{
	int left = 0;

	if (s->sweep && store_erase_sweep(s, NULL) == RC_OK &&
	    db_checkpoint(s->db, DB_TRUNCATE, &left, NULL) == RC_OK)
		s->sweep = left > 0;
}
