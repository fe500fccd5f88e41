/*
 * archive_erase: a payload goes and its stub stays. Clauses E26, A16, M14, P24.
 *
 * `erasure` holds the line of each erase that took effect by the id it names, also before
 * that entry is here. What is deleted is overwritten (secure_delete); after the commit the
 * files of blobs nobody else names go, and the write-ahead file is emptied: a reader in
 * the way puts that off to the next commit. Not here: whether an erase counts.
 */
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "server-stub/archive_part.h"
#include "server-stub/archive_sql.h"
#include "sync/entry_read.h"

enum rc archive_read_entry(const struct archive_row *row, struct entry **ret, struct err *reterr)
{
	if (row->payload.p)
		return entry_load(row->payload, row->sig, row->key, ret, reterr);
	if (row->by_line.p)
		return entry_load_stub(row->by_line, row->sig, row->key, ret, reterr);
	return err_num(reterr, RC_CORRUPT, "K7", "archive.no_payload", "index",
		       (long long)row->index);
}

enum rc archive_read_open(const struct archive_row *row, const struct entry_keys *keys,
			  struct entry **ret, struct err *reterr)
{
	struct entry *e = NULL;
	struct buf line;
	enum rc rc;

	buf_init(&line, LIMIT_ENTRY_STUB);
	archive_read_line(row, &line);
	rc = buf_check(&line, reterr);
	if (rc == RC_OK)
		rc = row->payload.p ? entry_open_key(span_buf(&line), row->key, &e, reterr)
				    : entry_open(span_buf(&line), keys, &e, reterr);
	if (rc == RC_OK && memcmp(e->key, row->key, CRYPT_PK_LEN) != 0)
		rc = err_set(reterr, RC_REFUSED, "E20", "verify.facts", NULL);
	if (rc == RC_OK)
		*ret = e;
	else
		entry_free(e);
	buf_free(&line);
	return rc;
}

/* ---- what is noted ---- */

static enum rc w_erasure(void *ctx, const uint8_t id[ENTRY_ID_LEN], struct buf *retby,
			 struct err *reterr)
{
	struct archive *s = ctx;
	enum rc rc = db_get_bytes(s->db, ASQL_ERASURE_GET, DB_V(db_bytes(id, ENTRY_ID_LEN)), retby,
				  reterr);

	if (rc == RC_NOTFOUND) {
		err_clear(reterr);
		rc = RC_OK;
	}
	return rc;
}

static enum rc w_erasure_put(void *ctx, const uint8_t id[ENTRY_ID_LEN], struct span by,
			     struct err *reterr)
{
	struct archive *s = ctx;
	const struct db_val v = db_bytes(id, ENTRY_ID_LEN);

	return by.p ? db_run(s->db, ASQL_ERASURE_ADD, DB_V(v, db_blob(by)), reterr)
		    : db_run(s->db, ASQL_ERASURE_DROP, &v, 1, reterr);
}

static enum rc r_erasures(void *ctx,
			  bool (*take)(void *arg, const uint8_t id[ENTRY_ID_LEN], struct span by_line),
			  void *arg, struct err *reterr)
{
	struct db_q q;
	bool more = true;
	enum rc rc = db_query(&q, ((struct archive_view *)ctx)->db, ASQL_ERASURES, DB_NONE, reterr);

	while (rc == RC_OK && more && db_next(&q))
		more = take(arg, db_col_blob(&q, 0).p, db_col_blob(&q, 1));
	return db_end(&q, rc, reterr);
}

void archive_erase_read_init(struct archive_reader *r)
{
	r->erasures = r_erasures;
}

/* ---- blobs ---- */

/* The scope no longer names the blob, unless another entry does; and perhaps nobody any more. */
static enum rc unname(struct archive *s, int64_t index, const uint8_t sha[32], struct err *reterr)
{
	char hex[CODEC_HEX_LEN(32) + 1];
	const struct db_val v = db_bytes(sha, 32);
	int64_t named = 0;
	enum rc rc;

	codec_hex(sha, 32, hex);
	rc = db_get_int(s->db, ASQL_BLOB_OTHERS, DB_V(db_int(index), db_str(hex)), &named, reterr);
	if (rc != RC_OK || named)
		return rc;
	rc = db_run(s->db, ASQL_BLOB_UNNAME, DB_V(db_int(index), v), reterr);
	return rc == RC_OK ? db_run(s->db, ASQL_BLOB_GONE_ADD, &v, 1, reterr) : rc;
}

static enum rc unname_all(struct archive *s, int64_t index, const struct entry *e,
			  struct err *reterr)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < e->nfield; i++) {
		struct entry_blob b;

		if (e->field[i].type == JSON_OBJECT && entry_read_blob(e->field[i].raw, &b))
			rc = unname(s, index, b.sha256, reterr);
	}
	return rc;
}

static enum rc w_erase(void *ctx, int64_t index, const struct entry *e, struct err *reterr)
{
	struct archive *s = ctx;
	enum rc rc = db_run(s->db, ASQL_PAYLOAD_ERASE, DB_V(db_int(index)), reterr);

	s->erased = true;
	return rc == RC_OK ? unname_all(s, index, e, reterr) : rc;
}

/* ---- after the commit ---- */

static enum rc next_gone(struct archive *s, uint8_t sha[32], bool *retone, struct err *reterr)
{
	struct db_q q;
	enum rc rc = db_query(&q, s->db, ASQL_BLOB_GONE_ONE, DB_NONE, reterr);

	*retone = rc == RC_OK && db_next(&q);
	if (*retone)
		memcpy(sha, db_col_blob(&q, 0).p, 32);
	return db_end(&q, rc, reterr);
}

enum rc archive_erase_sweep(struct archive *s, struct err *reterr)
{
	uint8_t sha[32];
	bool one = true;
	int left = 0;
	enum rc rc = RC_OK;

	while (rc == RC_OK && one) {
		rc = next_gone(s, sha, &one, reterr);
		if (rc != RC_OK || !one)
			break;
		rc = archive_blob_remove(s, sha, reterr);
		if (rc == RC_OK)
			rc = db_run(s->db, ASQL_BLOB_GONE_DROP, DB_V(db_bytes(sha, sizeof(sha))),
				    reterr);
	}
	if (rc == RC_OK)
		rc = db_checkpoint(s->db, DB_TRUNCATE, &left, reterr);
	s->erased = rc != RC_OK || left > 0;
	return rc;
}

void archive_erase_init(struct archive *s)
{
	s->writer.erasure = w_erasure;
	s->writer.erasure_put = w_erasure_put;
	s->writer.erase = w_erase;
}
