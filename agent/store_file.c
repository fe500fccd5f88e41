/*
 * store_file: blobs as files: whether one is what its name says, where a damaged one goes, and
 * which of them failed, how often, why and until when they wait. Clauses P23, P31, P32. Not
 * here: which entries name them (store_blob), moving them (sync_blob).
 */
#include "agent/store_part.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/os.h"

enum {
	HASH_STEP = 64 * 1024,
	WAIT_FIRST_S = 60,
	WAIT_MAX_S = 6 * 3600,
	DOUBLINGS = 12 /* beyond these the wait is the longest anyway */
};

static const uint8_t every[32]; /* the name of no blob: stands for all */

/* ---- the file ---- */

static enum rc hash_file(const char *path, uint8_t ret[32], struct err *reterr)
{
	uint8_t *step = malloc(HASH_STEP);
	struct os_file *f = NULL;
	struct crypt_sha256 h;
	size_t got = HASH_STEP;
	enum rc rc = step ? os_file_open(&f, path, OS_READ, reterr)
			  : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	crypt_sha256_init(&h);
	for (int64_t at = 0; rc == RC_OK && got == HASH_STEP; at += (int64_t)got) {
		rc = os_file_pread(f, at, step, HASH_STEP, &got, reterr);
		if (rc == RC_OK)
			crypt_sha256_add(&h, step, got);
	}
	crypt_sha256_end(&h, ret);
	os_file_close(f);
	free(step);
	return rc;
}

enum rc store_blob_is(const char *path, const uint8_t sha[32], bool *ret, struct err *reterr)
{
	uint8_t is[32];
	enum rc rc = hash_file(path, is, reterr);

	*ret = rc == RC_OK && memcmp(is, sha, 32) == 0;
	return rc;
}

enum rc store_blob_check(struct store *s, const uint8_t sha[32], struct err *reterr)
{
	char path[LIMIT_PATH];
	bool fits = false;
	enum rc rc = store_blob_path(s, sha, "", path, sizeof(path), reterr);

	if (rc == RC_OK)
		rc = store_blob_is(path, sha, &fits, reterr);
	if (rc == RC_NOTFOUND)
		return err_set(reterr, RC_NOTFOUND, NULL, "store.no_blob", NULL);
	if (rc == RC_OK && !fits)
		rc = err_set(reterr, RC_CORRUPT, "P23", "store.blob_broken", "path", path, NULL);
	return rc;
}

/* HOME/blobs/bad/HEX; the folder is made. */
static enum rc bad_path(struct store *s, const uint8_t sha[32], char **ret, struct err *reterr)
{
	char hex[CODEC_HEX_LEN(32) + 1], *dir = NULL;
	enum rc rc = os_path_join(&dir, s->blobs, "bad", reterr);

	codec_hex(sha, 32, hex);
	if (rc == RC_OK)
		rc = os_dir_make(dir, reterr);
	if (rc == RC_OK)
		rc = os_path_join(ret, dir, hex, reterr);
	free(dir);
	return rc;
}

/* ---- those that wait ---- */

static enum rc read_wait(struct store *s, const uint8_t sha[32], struct store_blob_state *ret,
			 struct err *reterr)
{
	struct db_q q;
	enum rc rc = db_query(&q, s->db, ST_BLOB_WAIT_GET, DB_V(db_bytes(sha, 32)), reterr);

	if (rc == RC_OK && db_next(&q)) {
		ret->failures = db_col_int(&q, 0);
		ret->until = db_col_int(&q, 1);
		store_why_read(db_col_text(&q, 2), db_col_text(&q, 3), &ret->why);
	}
	return db_end(&q, rc, reterr);
}

static enum rc put_wait(struct store *s, const uint8_t sha[32], int64_t contact, int64_t failures,
			int64_t wait_s, const struct err *why, struct err *reterr)
{
	struct buf detail;
	enum rc rc;

	buf_init(&detail, LIMIT_ERR_TEXT);
	rc = store_why_write(why, &detail, reterr);
	if (rc == RC_OK)
		rc = db_run(s->db, ST_BLOB_WAIT_PUT,
			    DB_V(db_bytes(sha, 32), db_int(contact), db_int(failures),
				 db_int(store_now(s) + wait_s), db_str(why->key),
				 db_text(span_buf(&detail))),
			    reterr);
	buf_free(&detail);
	return rc;
}

static int64_t window(int64_t failures)
{
	int64_t s = WAIT_FIRST_S;

	for (int64_t i = 1; i < failures && i < DOUBLINGS; i++)
		s *= 2;
	return s < WAIT_MAX_S ? s : WAIT_MAX_S;
}

enum rc store_blob_failed(struct store *s, const uint8_t sha[32], int64_t contact,
			  const struct err *why, int64_t least_s, struct err *reterr)
{
	const uint8_t *name = sha ? sha : every;
	struct store_blob_state was = {0};
	int64_t wait = least_s;
	enum rc rc = read_wait(s, name, &was, reterr);

	was.failures++;
	if (sha && window(was.failures) > wait)
		wait = window(was.failures);
	return rc == RC_OK ? put_wait(s, name, contact, was.failures, wait, why, reterr) : rc;
}

enum rc store_blob_aside(struct store *s, const uint8_t sha[32], struct err *reterr)
{
	char path[LIMIT_PATH], *bad = NULL;
	struct err why;
	enum rc rc = store_blob_path(s, sha, "", path, sizeof(path), reterr);

	if (rc == RC_OK)
		rc = bad_path(s, sha, &bad, reterr);
	if (rc == RC_OK) {
		rc = os_file_rename(path, bad, OS_REPLACE, reterr);
		if (rc == RC_NOTFOUND) {
			err_clear(reterr);
			rc = RC_OK;
		}
	}
	free(bad);
	if (rc == RC_OK)
		rc = db_run(s->db, ST_BLOB_AWAY, DB_V(db_bytes(sha, 32)), reterr);
	if (rc != RC_OK)
		return rc;
	err_set(&why, RC_CORRUPT, "P23", "store.blob_broken", "path", path, NULL);
	rc = put_wait(s, sha, 0, 0, 0, &why, reterr); /* it is fetched at once */
	return rc == RC_OK ? db_run(s->db, ST_BLOB_WAIT_DAMAGED, DB_V(db_bytes(sha, 32)), reterr) : rc;
}

enum rc store_blobs_due(struct store *s, enum store_blob_way way, const struct store_due *d,
			struct store_blob *ret, size_t max, size_t *retn, struct err *reterr)
{
	int64_t now = d->now < INT64_MAX / 2 ? d->now : INT64_MAX / 2;
	size_t n = 0;
	struct db_q q;
	enum rc rc = db_query(&q, s->db, way == STORE_BLOB_DOWN ? ST_BLOB_DOWN_DUE : ST_BLOB_UP_DUE,
			      DB_V(db_int((int64_t)max), db_int(d->contact), db_int(now),
				   db_int(d->max)),
			      reterr);

	while (rc == RC_OK && n < max && db_next(&q)) {
		memcpy(ret[n].sha, db_col_blob(&q, 0).p, 32);
		ret[n++].size = db_col_int(&q, 1);
	}
	rc = db_end(&q, rc, reterr);
	if (rc == RC_OK)
		*retn = n;
	return rc;
}

enum rc store_blob_let_go(struct store *s, struct err *reterr)
{
	return db_run(s->db, ST_BLOB_WAIT_DROP, DB_V(db_bytes(every, 32)), reterr);
}

enum rc store_blob_asked(struct store *s, const uint8_t sha[32], struct err *reterr)
{
	return db_run(s->db, ST_BLOB_ASKED, DB_V(db_bytes(sha, 32)), reterr);
}

/* ---- what is told ---- */

static int64_t part_size(struct store *s, const uint8_t sha[32])
{
	char path[LIMIT_PATH];
	int64_t size;

	return store_blob_part(s, sha, path, sizeof(path), NULL) == RC_OK &&
		       os_file_size(path, &size, NULL) == RC_OK
		   ? size
		   : 0;
}

enum rc store_blob_state(struct store *s, const uint8_t sha[32], struct store_blob_state *ret,
			 struct err *reterr)
{
	struct store_blob_state b = {0};
	struct db_q q;
	enum rc rc;

	if (!sha) {
		rc = read_wait(s, every, &b, reterr);
		if (rc == RC_OK)
			*ret = b;
		return rc;
	}
	rc = db_query(&q, s->db, ST_BLOB_AT, DB_V(db_bytes(sha, 32)), reterr);
	if (rc == RC_OK && db_next(&q)) {
		b.known = true;
		b.size = db_col_int(&q, 0);
		b.held = db_col_int(&q, 1) != 0;
		b.sent = db_col_int(&q, 2) != 0;
		b.failures = db_col_int(&q, 3);
		b.until = db_col_int(&q, 4);
		store_why_read(db_col_text(&q, 5), db_col_text(&q, 6), &b.why);
		b.damaged = db_col_int(&q, 7) != 0;
		b.own = db_col_int(&q, 8) != 0;
	}
	rc = db_end(&q, rc, reterr);
	if (rc == RC_OK && b.known && !b.held)
		b.part = part_size(s, sha);
	if (rc == RC_OK)
		*ret = b;
	return rc;
}

enum rc store_blob_counts(struct store *s, struct store_blob_counts *ret, struct err *reterr)
{
	struct store_blob_counts c = {0};
	struct db_q q;
	enum rc rc = db_query(&q, s->db, ST_BLOB_OWN, DB_NONE, reterr);

	if (rc == RC_OK && db_next(&q)) {
		c.own = db_col_int(&q, 0);
		c.sent = db_col_int(&q, 1);
	}
	rc = db_end(&q, rc, reterr);
	if (rc == RC_OK)
		rc = db_get_int(s->db, ST_BLOB_MISSING, DB_NONE, &c.missing, reterr);
	if (rc == RC_OK)
		rc = db_get_int(s->db, ST_BLOB_WAITS, DB_NONE, &c.failed, reterr);
	if (rc == RC_OK)
		rc = db_get_int(s->db, ST_BLOB_DAMAGED, DB_NONE, &c.damaged, reterr);
	if (rc == RC_OK)
		*ret = c;
	return rc;
}

enum rc store_blob_each(struct store *s, bool (*take)(void *arg, const struct store_blob *b),
			void *arg, struct err *reterr)
{
	struct store_blob b = {.size = 0};
	uint8_t after[32] = {0};
	bool more = true;
	enum rc rc = RC_OK;

	while (rc == RC_OK && more) { /* one query each: take may change what is held */
		struct db_q q;

		rc = db_query(&q, s->db, ST_BLOB_HERE, DB_V(db_bytes(after, 32)), reterr);
		more = rc == RC_OK && db_next(&q);
		if (more) {
			memcpy(b.sha, db_col_blob(&q, 0).p, 32);
			b.size = db_col_int(&q, 1);
		}
		rc = db_end(&q, rc, reterr);
		memcpy(after, b.sha, sizeof(after));
		more = rc == RC_OK && more && take(arg, &b);
	}
	return rc;
}
