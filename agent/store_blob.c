/*
 * store_blob: bytes named by their SHA-256 under HOME/blobs, which of them are missing
 * here or at the collector, and the forms among them. Clauses E18, K6, P19 (records
 * before blobs), P24. Not here: moving them (agent/sync_blob).
 */
#include "agent/store_part.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/embed.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "sync/entry_read.h"

enum rc store_blob_path(struct store *s, const uint8_t sha[32], const char *end, char *ret,
			size_t len, struct err *reterr)
{
	char hex[CODEC_HEX_LEN(32) + 1];
	int n;

	codec_hex(sha, 32, hex);
	n = snprintf(ret, len, "%s/%s%s", s->blobs, hex, end);
	return n < 0 || (size_t)n >= len
		   ? err_set(reterr, RC_LIMIT, NULL, "store.path_long", "path", s->blobs, NULL)
		   : RC_OK;
}

enum rc store_blob_part(struct store *s, const uint8_t sha[32], char *retpath, size_t len,
			struct err *reterr)
{
	return store_blob_path(s, sha, ".part", retpath, len, reterr);
}

/* It is here, and waits for nothing. The file first, then the row: a row never speaks of bytes that are not there. */
static enum rc held(struct store *s, const uint8_t sha[32], int64_t size, struct err *reterr)
{
	enum rc rc = db_run(s->db, ST_BLOB_HELD, DB_V(db_bytes(sha, 32), db_int(size)), reterr);

	return rc == RC_OK ? db_run(s->db, ST_BLOB_WAIT_DROP, DB_V(db_bytes(sha, 32)), reterr) : rc;
}

/* A file of that name that is damaged is written anew. */
static enum rc keep(struct store *s, struct span bytes, uint8_t retsha[32], struct err *reterr)
{
	char path[LIMIT_PATH];
	uint8_t sha[32];
	enum rc rc;

	crypt_sha256(bytes.p, bytes.len, sha);
	rc = store_blob_path(s, sha, "", path, sizeof(path), reterr);
	if (rc == RC_OK && store_blob_check(s, sha, NULL) != RC_OK)
		rc = os_file_write(path, bytes, OS_REPLACE, reterr);
	if (rc == RC_OK)
		rc = held(s, sha, (int64_t)bytes.len, reterr);
	if (rc == RC_OK)
		memcpy(retsha, sha, 32);
	return rc;
}

/* The definition of a published form is in use as soon as it is here. */
enum rc store_blob_put(struct store *s, struct span bytes, uint8_t retsha[32], struct err *reterr)
{
	int64_t forms = 0;
	enum rc rc = keep(s, bytes, retsha, reterr);

	if (rc == RC_OK)
		rc = db_get_int(s->db, ST_BLOB_FORMS,
				DB_V(db_bytes(retsha, 32), db_int(ENTRY_FORM)), &forms, reterr);
	return rc == RC_OK && forms > 0 ? store_forms_load(s, reterr) : rc;
}

enum rc store_blob_get(struct store *s, const uint8_t sha[32], struct buf *ret, struct err *reterr)
{
	char path[LIMIT_PATH];
	uint8_t have[32];
	struct buf b;
	enum rc rc = store_blob_path(s, sha, "", path, sizeof(path), reterr);

	if (rc != RC_OK)
		return rc;
	if (!os_file_exists(path))
		return err_set(reterr, RC_NOTFOUND, NULL, "store.no_blob", NULL);
	buf_init(&b, LIMIT_BLOB);
	rc = os_file_read(path, &b, reterr);
	crypt_sha256(b.p, b.len, have);
	if (rc == RC_OK && memcmp(have, sha, 32) != 0)
		rc = err_set(reterr, RC_CORRUPT, "P23", "store.blob_broken", "path", path, NULL);
	if (rc == RC_OK) {
		buf_add_span(ret, span_buf(&b));
		rc = buf_check(ret, reterr);
	}
	buf_free(&b);
	return rc;
}

enum rc store_blob_file(struct store *s, const uint8_t sha[32], char *retpath, size_t len,
			struct err *reterr)
{
	return store_blob_path(s, sha, "", retpath, len, reterr);
}

enum rc store_blob_wanted(struct store *s, const uint8_t sha[32], int64_t *retsize,
			  struct err *reterr)
{
	enum rc rc = db_get_int(s->db, ST_BLOB_WANTED, DB_V(db_bytes(sha, 32)), retsize, reterr);

	if (rc != RC_NOTFOUND)
		return rc;
	err_clear(reterr);
	*retsize = 0;
	return RC_OK;
}

enum rc store_blob_adopt(struct store *s, const uint8_t sha[32], const char *path, int64_t size,
			 struct err *reterr)
{
	char whole[LIMIT_PATH];
	int64_t forms = 0;
	enum rc rc = store_blob_path(s, sha, "", whole, sizeof(whole), reterr);

	if (rc == RC_OK)
		rc = os_file_rename(path, whole, OS_REPLACE, reterr);
	if (rc == RC_OK)
		rc = held(s, sha, size, reterr);
	if (rc == RC_OK)
		rc = db_get_int(s->db, ST_BLOB_FORMS, DB_V(db_bytes(sha, 32), db_int(ENTRY_FORM)),
				&forms, reterr);
	return rc == RC_OK && forms > 0 ? store_forms_load(s, reterr) : rc;
}

/* ---- which entries name which ---- */

static enum rc name_one(struct store *s, const uint8_t sha[32], int64_t size, int64_t no, bool sent,
			struct err *reterr)
{
	enum rc rc = db_run(s->db, ST_BLOB_SEEN,
			    DB_V(db_bytes(sha, 32), db_int(size), db_int(sent)), reterr);

	return rc == RC_OK
		   ? db_run(s->db, ST_BLOB_NAME, DB_V(db_bytes(sha, 32), db_int(no)), reterr)
		   : rc;
}

/* A published form whose bytes are part of this program needs no download. */
static enum rc put_builtin(struct store *s, const struct authority_form *f, struct err *reterr)
{
	char name[ENTRY_KIND_LEN + sizeof("forms/.json")];
	const struct embed_file *file;
	uint8_t sha[32];

	snprintf(name, sizeof(name), "forms/%s.json", f->name);
	file = embed_find(name);
	if (!file)
		return RC_OK;
	crypt_sha256(file->data, file->len, sha);
	return memcmp(sha, f->sha256, 32) == 0
		   ? keep(s, span_of(file->data, file->len), sha, reterr)
		   : RC_OK;
}

static enum rc name_form(struct store *s, const struct entry *e, int64_t no, struct err *reterr)
{
	struct authority_form f;
	enum rc rc = authority_form(e, &f, reterr);

	if (rc == RC_OK)
		rc = name_one(s, f.sha256, f.size, no, true, reterr);
	return rc == RC_OK ? put_builtin(s, &f, reterr) : rc;
}

enum rc store_blob_named(struct store *s, const struct entry *e, int64_t no, bool sent,
			 struct err *reterr)
{
	enum rc rc = e->op == ENTRY_FORM ? name_form(s, e, no, reterr) : RC_OK;

	for (size_t i = 0; e->op == ENTRY_SET && rc == RC_OK && i < e->nfield; i++) {
		struct entry_blob b;

		if (e->field[i].type == JSON_OBJECT && entry_read_blob(e->field[i].raw, &b))
			rc = name_one(s, b.sha256, b.size, no, sent, reterr);
	}
	return rc;
}

enum rc store_blobs(struct store *s, enum store_blob_way way, struct store_blob *ret, size_t max,
		    size_t *retn, struct err *reterr)
{
	size_t n = 0;
	struct db_q q;
	static const int stmt[] = {ST_BLOB_DOWN, ST_BLOB_UP, ST_BLOB_SEND};
	enum rc rc = db_query(&q, s->db, stmt[way], DB_V(db_int((int64_t)max)), reterr);

	while (rc == RC_OK && n < max && db_next(&q)) {
		memcpy(ret[n].sha, db_col_blob(&q, 0).p, 32);
		ret[n++].size = db_col_int(&q, 1);
	}
	rc = db_end(&q, rc, reterr);
	if (rc == RC_OK)
		*retn = n;
	return rc;
}

enum rc store_blob_sent(struct store *s, const uint8_t sha[32], struct err *reterr)
{
	enum rc rc = db_run(s->db, ST_BLOB_SENT, DB_V(db_bytes(sha, 32)), reterr);

	if (rc == RC_OK)
		rc = store_blob_let_go(s, reterr); /* it takes them, whatever it said before */
	return rc == RC_OK ? db_run(s->db, ST_BLOB_WAIT_DROP, DB_V(db_bytes(sha, 32)), reterr) : rc;
}

/* ---- forms ---- */

/* Forms decide how conflicts are counted and what lists show: every entity is written anew. */
static enum rc entities_again(struct store *s, const char *kind, struct err *reterr)
{
	struct store_work w;
	struct store_touch *t;
	struct db_q q;
	enum rc rc = store_work_begin(s, s->keyring, &w, reterr);

	if (rc != RC_OK)
		return rc;
	rc = db_query(&q, s->db, ST_ENTITY_NOS, DB_V(db_str(kind)), reterr);
	while (rc == RC_OK && db_next(&q))
		rc = store_touch_no(&w, db_col_int(&q, 0), &t, reterr);
	rc = db_end(&q, rc, reterr);
	return store_work_end(&w, rc, reterr);
}

/* Use a version as published or closed; without its bytes only the state of one known is set. */
static enum rc use_form(struct store *s, const struct authority_form *f, struct err *reterr)
{
	enum form_state state = f->closed ? FORM_CLOSED : FORM_PUBLISHED;
	const struct form *form;
	struct buf b;
	enum rc rc;

	buf_init(&b, LIMIT_FORM_JSON);
	rc = store_blob_get(s, f->sha256, &b, reterr);
	if (rc == RC_CORRUPT) { /* it is fetched again; nobody waits for it */
		rc = store_blob_aside(s, f->sha256, reterr);
		rc = rc == RC_OK ? RC_NOTFOUND : rc;
	}
	if (rc == RC_OK)
		rc = form_set_load(s->forms, span_buf(&b), state, reterr);
	else if (rc == RC_NOTFOUND && form_set_get(s->forms, f->name, f->version))
		rc = form_set_state(s->forms, f->name, f->version, state, reterr);
	buf_free(&b);
	form = form_set_get(s->forms, f->name, f->version);
	if (rc == RC_OK && form)
		rc = form_set_check(s->forms, form, reterr);
	return rc;
}

/* Names and versions in use, as a hash. */
static void forms_digest(const struct form_set *forms, char ret[CODEC_HEX_LEN(32) + 1])
{
	struct crypt_sha256 h;
	const struct form *f;
	uint8_t sha[32];

	crypt_sha256_init(&h);
	for (size_t i = 0; (f = form_set_at(forms, i, NULL)) != NULL; i++) {
		uint8_t version[4];

		codec_put_be32(version, f->version);
		crypt_sha256_add(&h, f->name, strlen(f->name) + 1);
		crypt_sha256_add(&h, version, sizeof(version));
	}
	crypt_sha256_end(&h, sha);
	codec_hex(sha, sizeof(sha), ret);
}

/* Other forms than when the entities were last written (a published one, a newer program)? */
static enum rc settle(struct store *s, struct err *reterr)
{
	char digest[CODEC_HEX_LEN(32) + 1];
	char *before = NULL;
	enum rc rc = store_setting(s, "forms", &before, reterr);

	forms_digest(s->forms, digest);
	if (rc == RC_OK && (!before || strcmp(before, digest) != 0)) {
		rc = entities_again(s, NULL, reterr);
		if (rc == RC_OK)
			rc = store_set_setting(s, "forms", digest, reterr);
	}
	free(before);
	return rc;
}

enum rc store_form_published(struct store *s, const struct authority_form *f, struct err *reterr)
{
	enum rc rc = use_form(s, f, reterr);

	return rc == RC_OK ? settle(s, reterr) : rc;
}

struct published {
	struct authority_form *f;
	size_t n;
};

static enum rc read_published(struct store *s, struct published *p, struct err *reterr)
{
	struct store_row row;
	struct db_q q;
	enum rc rc = db_query(&q, s->db, ST_ENTRY_AUTHORITY,
			      DB_V(db_int(ENTRY_FORM), db_int(ENTRY_FORM)), reterr);

	while (rc == RC_OK && db_next(&q)) {
		struct entry *e = NULL;
		struct authority_form *grown;

		store_row_read(&q, &row);
		if (!row.counts)
			continue;
		grown = realloc(p->f, (p->n + 1) * sizeof(*grown));
		if (!grown) {
			rc = err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
			break;
		}
		p->f = grown;
		rc = store_row_load(&row, &e, reterr);
		if (rc == RC_OK && e)
			rc = authority_form(e, &p->f[p->n++], reterr);
		entry_free(e);
	}
	return db_end(&q, rc, reterr);
}

/*
 * A definition that is not here yet is asked for as a blob; one this program cannot read was made
 * for a newer program: the entries of its kind are kept and merged all the same.
 */
enum rc store_forms_load(struct store *s, struct err *reterr)
{
	struct published p = {0};
	enum rc rc = read_published(s, &p, reterr);

	for (size_t i = 0; rc == RC_OK && i < p.n; i++) {
		enum rc one = use_form(s, &p.f[i], reterr);

		if (one == RC_NOMEM || one == RC_IO || one == RC_FULL || one == RC_CORRUPT)
			rc = one;
	}
	free(p.f);
	return rc == RC_OK ? settle(s, reterr) : rc;
}
