/*
 * bundle_file: see bundle_file.h. Does NOT know what is inside, nor who may read it.
 */
#include "sync/bundle_file.h"

#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "lib/text.h"

/* ---- writing ---- */

static enum rc join(char **ret, const char *a, const char *b, struct err *reterr)
{
	struct buf t;
	enum rc rc;

	buf_init(&t, LIMIT_PATH);
	buf_add_str(&t, a);
	buf_add_str(&t, b);
	rc = buf_check(&t, reterr);
	if (rc == RC_OK)
		*ret = buf_take(&t, NULL);
	buf_free(&t);
	return rc;
}

enum rc bundle_file_new(struct bundle_file *ret, const char *path, struct err *reterr)
{
	enum rc rc;

	*ret = (struct bundle_file){.path = span_dup(span_str(path))};
	if (!ret->path)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	if (os_file_exists(path))
		return err_set(reterr, RC_EXISTS, NULL, "bundle.file_exists", "path", path, NULL);
	rc = join(&ret->part, path, ".part", reterr);
	if (rc == RC_OK)
		rc = os_file_open(&ret->f, ret->part, OS_CREATE, reterr);
	if (rc == RC_OK)
		rc = os_file_truncate(ret->f, 0, reterr);
	return rc;
}

enum rc bundle_file_put(void *ctx, struct span bytes, struct err *reterr)
{
	struct bundle_file *b = ctx;
	enum rc rc = os_file_pwrite(b->f, b->len, bytes, reterr);

	b->len += (int64_t)bytes.len;
	return rc;
}

enum rc bundle_file_keep(struct bundle_file *b, struct err *reterr)
{
	enum rc rc = os_file_flush(b->f, reterr);

	os_file_close(b->f);
	b->f = NULL;
	if (rc == RC_OK)
		rc = os_file_rename(b->part, b->path, OS_NEW, reterr);
	if (rc != RC_OK)
		os_file_remove(b->part, NULL);
	free(b->part);
	b->part = NULL;
	return rc;
}

void bundle_file_end(struct bundle_file *b)
{
	os_file_close(b->f);
	if (b->part)
		os_file_remove(b->part, NULL);
	free(b->part);
	free(b->path);
	*b = (struct bundle_file){.path = NULL};
}

/* "26/11/2026 08:30" as 20261126-0830. */
static void add_time(struct buf *b, int64_t at)
{
	static const char order[] = {6, 7, 8, 9, 3, 4, 0, 1};
	char text[TEXT_TIME_LEN];

	text_time_fmt(at, text);
	for (size_t i = 0; i < sizeof(order); i++)
		buf_add_char(b, text[(size_t)order[i]]);
	buf_add_char(b, '-');
	buf_add(b, text + 11, 2);
	buf_add(b, text + 14, 2);
}

enum rc bundle_file_name(const char *typed, const char *word, const char *scope, int64_t at,
			 char **ret, struct err *reterr)
{
	struct buf b;
	enum rc rc;

	if (!os_dir_exists(typed))
		return join(ret, typed, "", reterr);
	buf_init(&b, LIMIT_PATH);
	buf_addf(&b, "kiemke-%s-%s-", word, scope);
	add_time(&b, at);
	buf_add_str(&b, ".kkb");
	rc = buf_check(&b, reterr);
	if (rc == RC_OK)
		rc = os_path_join(ret, typed, (const char *)b.p, reterr);
	buf_free(&b);
	return rc;
}

enum rc bundle_file_slip(const struct bundle_file *b, const struct bundle_head *head,
			 const char *unit, const uint8_t hash[CRYPT_HASH_LEN],
			 const struct lang *lang, struct err *reterr)
{
	struct bundle_slip s = {.head = head,
				.unit = unit,
				.file = os_path_base(b->path),
				.bytes = b->len};
	char *path = NULL;
	struct buf text;
	enum rc rc = join(&path, b->path, ".txt", reterr);

	bundle_number(hash, s.number);
	buf_init(&text, LIMIT_ERR_TEXT);
	bundle_slip_write(&s, lang, &text);
	if (rc == RC_OK)
		rc = buf_check(&text, reterr);
	if (rc == RC_OK)
		rc = os_file_write(path, span_buf(&text), OS_REPLACE, reterr);
	buf_free(&text);
	free(path);
	return rc;
}

/* ---- reading ---- */

static enum rc read_file(void *ctx, uint64_t offset, uint8_t *p, size_t len, size_t *retgot,
			 struct err *reterr)
{
	return os_file_pread(ctx, (int64_t)offset, p, len, retgot, reterr);
}

enum rc bundle_file_open(struct bundle_opened *ret, const char *path, struct crypt_secret *box,
			 struct err *reterr)
{
	struct bundle_source src = {.read = read_file};
	enum rc rc;

	*ret = (struct bundle_opened){.f = NULL};
	rc = os_file_open(&ret->f, path, OS_READ, reterr);
	src.ctx = ret->f;
	return rc == RC_OK ? bundle_open(&ret->r, &src, box, reterr) : rc;
}

void bundle_file_close(struct bundle_opened *o)
{
	bundle_reader_free(o->r);
	os_file_close(o->f);
	*o = (struct bundle_opened){.f = NULL};
}

bool bundle_file_is(const char *path)
{
	uint8_t begin[BUNDLE_MAGIC];
	struct os_file *f = NULL;
	size_t got = 0;
	bool is;

	is = os_file_open(&f, path, OS_READ, NULL) == RC_OK &&
	     os_file_pread(f, 0, begin, sizeof(begin), &got, NULL) == RC_OK &&
	     bundle_is(span_of(begin, got));
	os_file_close(f);
	return is;
}

/* ---- blobs ---- */

static enum rc add_bytes(struct bundle_writer *w, struct os_file *f, int64_t size, uint8_t *step,
			 struct err *reterr)
{
	enum rc rc = RC_OK;

	for (int64_t at = 0; rc == RC_OK && at < size;) {
		size_t want = size - at < BUNDLE_CHUNK ? (size_t)(size - at) : BUNDLE_CHUNK,
		       got = 0;

		rc = os_file_pread(f, at, step, want, &got, reterr);
		if (rc == RC_OK && got < want)
			rc = err_set(reterr, RC_IO, NULL, "bundle.blob_short", NULL);
		if (rc == RC_OK)
			rc = bundle_add(w, span_of(step, got), reterr);
		at += (int64_t)got;
	}
	return rc;
}

enum rc bundle_file_add_blob(struct bundle_writer *w, const uint8_t sha[32], const char *path,
			     int64_t size, bool *retskipped, struct err *reterr)
{
	struct os_file *f = NULL;
	uint8_t *step = NULL;
	int64_t len = -1;
	enum rc rc = RC_OK;

	*retskipped = os_file_size(path, &len, NULL) != RC_OK || len != size;
	if (*retskipped)
		return RC_OK;
	step = malloc(BUNDLE_CHUNK);
	if (!step)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	rc = os_file_open(&f, path, OS_READ, reterr);
	if (rc == RC_OK)
		rc = bundle_part(w, BUNDLE_BLOB, CRYPT_HASH_LEN + (uint64_t)size, reterr);
	if (rc == RC_OK)
		rc = bundle_add(w, span_of(sha, CRYPT_HASH_LEN), reterr);
	if (rc == RC_OK)
		rc = add_bytes(w, f, size, step, reterr);
	os_file_close(f);
	free(step);
	return rc;
}

enum rc bundle_file_blob_hash(struct bundle_reader *r, uint8_t ret[32], struct err *reterr)
{
	struct span s;
	enum rc rc = RC_OK;

	for (size_t at = 0; rc == RC_OK && at < CRYPT_HASH_LEN; at += s.len) {
		s = span_of(NULL, 0);
		rc = bundle_first(r, CRYPT_HASH_LEN - at, &s, reterr);
		if (rc == RC_OK)
			memcpy(ret + at, s.p, s.len);
	}
	return rc;
}

static enum rc take_bytes(struct bundle_reader *r, struct os_file *f,
			  uint8_t rethash[CRYPT_HASH_LEN], struct err *reterr)
{
	struct crypt_sha256 h;
	struct span s = {NULL, 1};
	int64_t at = 0;
	enum rc rc = RC_OK;

	crypt_sha256_init(&h);
	while (rc == RC_OK && s.len > 0) {
		rc = bundle_piece(r, &s, reterr);
		if (rc == RC_OK && s.len > 0)
			rc = os_file_pwrite(f, at, s, reterr);
		crypt_sha256_add(&h, s.p, rc == RC_OK ? s.len : 0);
		at += (int64_t)s.len;
	}
	crypt_sha256_end(&h, rethash);
	return rc == RC_OK ? os_file_flush(f, reterr) : rc;
}

enum rc bundle_file_take_blob(struct bundle_reader *r, const uint8_t sha[32], const char *path,
			      struct err *reterr)
{
	uint8_t hash[CRYPT_HASH_LEN];
	struct os_file *f = NULL;
	enum rc rc = os_file_open(&f, path, OS_CREATE, reterr);

	if (rc == RC_OK)
		rc = os_file_truncate(f, 0, reterr);
	if (rc == RC_OK)
		rc = take_bytes(r, f, hash, reterr);
	os_file_close(f);
	if (rc == RC_OK && memcmp(hash, sha, sizeof(hash)) != 0)
		rc = err_set(reterr, RC_REFUSED, "P23", "blob.hash", NULL);
	if (rc != RC_OK && f)
		os_file_remove(path, NULL);
	return rc;
}
