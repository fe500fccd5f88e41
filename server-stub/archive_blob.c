/*
 * archive_blob: blobs as files: HOME/blobs/ab/SHA256 whole, HOME/blobs/part/SHA256-DEVICE
 * while a device uploads one, HOME/blobs/bad/SHA256 what the disk has damaged. A file under its
 * final name has been hashed. Clauses P23, P24 (storage). Does NOT know who may read what.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/sweep.h"
#include "server-stub/archive_part.h"
#include "server-stub/archive_sql.h"

enum { HASH_STEP = 64 * 1024 };

static struct os_mutex *lock_of(struct archive *s, const uint8_t sha[32])
{
	return s->blob_lock[sha[0] % ARCHIVE_BLOB_LOCKS];
}

static enum rc path_done(struct buf *b, char *ret, size_t len, struct err *reterr)
{
	enum rc rc = buf_check(b, reterr);

	if (rc == RC_OK && b->len >= len)
		rc = err_num(reterr, RC_LIMIT, NULL, "buf.ceiling", "max", (long long)len);
	if (rc == RC_OK)
		memcpy(ret, b->p, b->len + 1);
	buf_free(b);
	return rc;
}

enum rc archive_blob_path(struct archive *s, const uint8_t sha[32], char *ret, size_t len,
			  struct err *reterr)
{
	char hex[CODEC_HEX_LEN(32) + 1];
	struct buf b;

	codec_hex(sha, 32, hex);
	buf_init(&b, LIMIT_PATH);
	buf_addf(&b, "%s/%.2s/%s", s->blobs, hex, hex);
	return path_done(&b, ret, len, reterr);
}

static enum rc part_path(struct archive *s, const uint8_t sha[32], const uint8_t device[32],
			 char ret[LIMIT_PATH], struct err *reterr)
{
	char hex[CODEC_HEX_LEN(32) + 1], dev[CODEC_HEX_LEN(32) + 1];
	struct buf b;

	codec_hex(sha, 32, hex);
	codec_hex(device, 32, dev);
	buf_init(&b, LIMIT_PATH);
	buf_addf(&b, "%s/part/%s-%s", s->blobs, hex, dev);
	return path_done(&b, ret, LIMIT_PATH, reterr);
}

static enum rc make_folder(const char *path, struct err *reterr)
{
	char *dir = NULL;
	enum rc rc = os_path_dir(&dir, path, reterr);

	if (rc == RC_OK)
		rc = os_dir_make(dir, reterr);
	free(dir);
	return rc;
}

enum rc archive_blob_put(struct archive *s, struct span bytes, uint8_t retsha[32],
			 struct err *reterr)
{
	char path[LIMIT_PATH];
	uint8_t sha[32];
	enum rc rc;

	crypt_sha256(bytes.p, bytes.len, sha);
	rc = archive_blob_path(s, sha, path, sizeof(path), reterr);
	if (rc == RC_OK)
		rc = make_folder(path, reterr);
	if (rc == RC_OK) {
		os_mutex_lock(lock_of(s, sha)); /* who drops an old one (archive_blob_orphan) sees a new one */
		rc = os_file_write(path, bytes, OS_REPLACE, reterr);
		os_mutex_unlock(lock_of(s, sha));
	}
	if (rc == RC_OK)
		memcpy(retsha, sha, 32);
	return rc;
}

static enum rc stat_paths(const char *whole, const char *part, int64_t *retsize, bool *retwhole,
			  struct err *reterr)
{
	enum rc rc = os_file_size(whole, retsize, reterr);

	*retwhole = rc == RC_OK;
	if (rc == RC_NOTFOUND)
		rc = os_file_size(part, retsize, reterr);
	if (rc == RC_NOTFOUND) {
		*retsize = 0;
		rc = RC_OK;
	}
	return rc;
}

enum rc archive_blob_stat(struct archive *s, const uint8_t sha[32], const uint8_t device[32],
			  int64_t *retsize, bool *retwhole, struct err *reterr)
{
	char whole[LIMIT_PATH], part[LIMIT_PATH];
	enum rc rc = archive_blob_path(s, sha, whole, sizeof(whole), reterr);

	if (rc == RC_OK)
		rc = part_path(s, sha, device, part, reterr);
	return rc == RC_OK ? stat_paths(whole, part, retsize, retwhole, reterr) : rc;
}

/* ---- appending ---- */

static enum rc hash_file(struct os_file *f, int64_t size, uint8_t ret[32], struct err *reterr)
{
	uint8_t *step = malloc(HASH_STEP);
	struct crypt_sha256 h;
	enum rc rc = RC_OK;

	if (!step)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	crypt_sha256_init(&h);
	for (int64_t at = 0; rc == RC_OK && at < size;) {
		size_t got = 0;

		rc = os_file_pread(f, at, step, HASH_STEP, &got, reterr);
		if (rc == RC_OK && got == 0)
			rc = err_set(reterr, RC_IO, NULL, "archive.blob_short", NULL);
		crypt_sha256_add(&h, step, got);
		at += (int64_t)got;
	}
	crypt_sha256_end(&h, ret);
	free(step);
	return rc;
}

enum rc archive_blob_hash(const char *path, uint8_t ret[32], struct err *reterr)
{
	struct os_file *f = NULL;
	int64_t size = 0;
	enum rc rc = os_file_open(&f, path, OS_READ, reterr);

	if (rc == RC_OK)
		rc = os_file_length(f, &size, reterr);
	if (rc == RC_OK)
		rc = hash_file(f, size, ret, reterr);
	os_file_close(f);
	return rc;
}

enum rc archive_blob_here(struct archive *s, const uint8_t sha[32], bool *ret, struct err *reterr)
{
	char path[LIMIT_PATH];
	enum rc rc = archive_blob_path(s, sha, path, sizeof(path), reterr);

	*ret = rc == RC_OK && os_file_exists(path);
	return rc;
}

/* HOME/blobs/bad/SHA256; the folder is made. */
static enum rc bad_path(struct archive *s, const uint8_t sha[32], char ret[LIMIT_PATH],
			struct err *reterr)
{
	char hex[CODEC_HEX_LEN(32) + 1];
	struct buf b;
	enum rc rc;

	codec_hex(sha, 32, hex);
	buf_init(&b, LIMIT_PATH);
	buf_addf(&b, "%s/bad/%s", s->blobs, hex);
	rc = path_done(&b, ret, LIMIT_PATH, reterr);
	return rc == RC_OK ? make_folder(ret, reterr) : rc;
}

enum rc archive_blob_sound(struct archive *s, const uint8_t sha[32], bool *ret, struct err *reterr)
{
	char path[LIMIT_PATH], bad[LIMIT_PATH];
	uint8_t is[32];
	enum rc rc = archive_blob_path(s, sha, path, sizeof(path), reterr);

	*ret = false;
	if (rc != RC_OK)
		return rc;
	os_mutex_lock(lock_of(s, sha));
	rc = archive_blob_hash(path, is, reterr);
	*ret = rc == RC_OK && memcmp(is, sha, 32) == 0;
	if (rc == RC_NOTFOUND) {
		err_clear(reterr);
		rc = RC_OK;
	} else if (rc == RC_OK && !*ret) {
		rc = bad_path(s, sha, bad, reterr);
		if (rc == RC_OK)
			rc = os_file_rename(path, bad, OS_REPLACE, reterr);
	}
	os_mutex_unlock(lock_of(s, sha));
	return rc;
}

/* All bytes are there: make it whole under its name, or throw it away. */
static enum rc finish(const char *part, const char *whole, struct os_file *f,
		      const struct archive_upload *u, struct err *reterr)
{
	uint8_t got[32];
	enum rc rc = hash_file(f, u->size, got, reterr);

	if (rc != RC_OK)
		return rc;
	if (!crypt_equal(got, u->sha, 32)) {
		rc = os_file_remove(part, reterr);
		return rc == RC_OK ? err_set(reterr, RC_REFUSED, "P23", "blob.hash", NULL) : rc;
	}
	rc = make_folder(whole, reterr);
	return rc == RC_OK ? os_file_rename(part, whole, OS_REPLACE, reterr) : rc;
}

static enum rc append_part(const char *part, const char *whole, const struct archive_upload *u,
			   int64_t offset, struct span bytes, bool *retwhole, struct err *reterr)
{
	struct os_file *f = NULL;
	int64_t end = offset + (int64_t)bytes.len;
	enum rc rc;

	if (end > u->size)
		return err_num(reterr, RC_REFUSED, "P24", "blob.size", "size", u->size);
	rc = os_file_open(&f, part, OS_CREATE, reterr);
	if (rc == RC_OK)
		rc = os_file_pwrite(f, offset, bytes, reterr);
	if (rc == RC_OK)
		rc = os_file_flush(f, reterr);
	if (rc == RC_OK && end == u->size)
		rc = finish(part, whole, f, u, reterr);
	if (rc == RC_OK)
		*retwhole = end == u->size;
	os_file_close(f);
	return rc;
}

/*
 * Is it still named? Asked with the lock held that whoever removes an erased one waits for: an erase that commits
 * after this removes what is written now.
 */
static enum rc still_named(struct archive *s, const struct archive_upload *u, const char *part,
			   struct err *reterr)
{
	struct archive_reader *r = NULL;
	bool named = false;
	int64_t size;
	enum rc rc = archive_read(s, &r, reterr);

	if (rc == RC_OK)
		rc = r->blob_named(r->ctx, u->scope, u->sha, &named, &size, reterr);
	archive_read_end(s, r);
	if (rc != RC_OK || named)
		return rc;
	os_file_remove(part, NULL);
	return err_set(reterr, RC_NOTFOUND, "P24", "blob.not_named", NULL);
}

enum rc archive_blob_append(struct archive *s, const struct archive_upload *u, int64_t offset,
			    struct span bytes, bool *retwhole, struct err *reterr)
{
	char whole[LIMIT_PATH], part[LIMIT_PATH];
	int64_t held = 0;
	bool is_whole = false;
	enum rc rc = archive_blob_path(s, u->sha, whole, sizeof(whole), reterr);

	if (rc == RC_OK)
		rc = part_path(s, u->sha, u->device, part, reterr);
	if (rc != RC_OK)
		return rc;
	os_mutex_lock(lock_of(s, u->sha));
	rc = still_named(s, u, part, reterr);
	if (rc == RC_OK)
		rc = stat_paths(whole, part, &held, &is_whole, reterr);
	if (rc == RC_OK && offset != held)
		rc = err_num(reterr, RC_CONFLICT, "P23", "blob.offset", "offset", held);
	else if (rc == RC_OK && is_whole)
		*retwhole = true;
	else if (rc == RC_OK)
		rc = append_part(part, whole, u, offset, bytes, retwhole, reterr);
	os_mutex_unlock(lock_of(s, u->sha));
	return rc;
}

/* ---- left behind ---- */

/* A part's name begins with the hash of the whole, whose lock its writer holds. */
static enum rc drop_old(struct archive *s, const char *path, const char *name, int64_t before_s,
			struct err *reterr)
{
	uint8_t sha[32];
	int64_t at = 0;
	enum rc rc;

	if (strlen(name) < CODEC_HEX_LEN(32) ||
	    !codec_hex_32(span_of(name, CODEC_HEX_LEN(32)), sha))
		return RC_OK;
	os_mutex_lock(lock_of(s, sha));
	rc = os_file_mtime(path, &at, reterr);
	if (rc == RC_OK && at < before_s)
		rc = os_file_remove(path, reterr);
	os_mutex_unlock(lock_of(s, sha));
	if (rc == RC_NOTFOUND) { /* made whole, or erased, meanwhile */
		err_clear(reterr);
		rc = RC_OK;
	}
	return rc;
}

static enum rc age_parts(struct archive *s, int64_t before_s, struct err *reterr)
{
	struct os_names names = {.name = NULL};
	char *dir = NULL;
	enum rc rc = os_path_join(&dir, s->blobs, "part", reterr);

	if (rc == RC_OK)
		rc = os_dir_list(dir, &names, reterr);
	for (size_t i = 0; rc == RC_OK && i < names.n; i++) {
		char *path = NULL;

		rc = os_path_join(&path, dir, names.name[i], reterr);
		if (rc == RC_OK)
			rc = drop_old(s, path, names.name[i], before_s, reterr);
		free(path);
	}
	os_names_free(&names);
	free(dir);
	return rc;
}

enum rc archive_blob_tidy(struct archive *s, int64_t before_s, struct err *reterr)
{
	enum rc rc = age_parts(s, before_s, reterr);

	for (unsigned i = 0; rc == RC_OK && i < 256; i++) { /* HOME/blobs/00 … ff */
		char name[3];

		snprintf(name, sizeof(name), "%02x", i);
		rc = sweep_old(s->blobs, name, before_s, reterr); /* a form may be being published */
	}
	return rc;
}

/* ---- nobody names it ---- */

/* The beginnings of the hashes that are named, sorted: a blob that is not among them is named by nobody. */
struct named {
	uint64_t *begin;
	size_t n, cap;
	bool nomem;
};

static uint64_t begin_of(const uint8_t sha[32])
{
	uint64_t v = 0;

	for (size_t i = 0; i < sizeof(v); i++)
		v = v << 8 | sha[i];
	return v;
}

static bool take_named(void *arg, const uint8_t sha[32], int64_t size)
{
	struct named *x = arg;

	(void)size;
	if (x->n == x->cap) {
		size_t cap = x->cap ? x->cap * 2 : 1024;
		uint64_t *grown = realloc(x->begin, cap * sizeof(*grown));

		x->nomem = !grown;
		if (!grown)
			return false;
		x->begin = grown;
		x->cap = cap;
	}
	x->begin[x->n++] = begin_of(sha);
	return true;
}

static int by_begin(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static enum rc find_named(struct archive *s, struct named *x, struct err *reterr)
{
	struct archive_reader *r = NULL;
	enum rc rc = archive_read(s, &r, reterr);

	if (rc == RC_OK)
		rc = r->blob_names(r->ctx, NULL, take_named, x, reterr);
	archive_read_end(s, r);
	if (rc == RC_OK && x->nomem)
		rc = err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	if (rc == RC_OK && x->n > 0)
		qsort(x->begin, x->n, sizeof(*x->begin), by_begin);
	return rc;
}

struct looking {
	struct archive *s;
	const struct named *named;
	int64_t before_s;
	bool (*take)(void *arg, const uint8_t sha[32]);
	void *arg;
	bool more;
};

static enum rc look_at(struct looking *l, const char *name, struct err *reterr)
{
	char path[LIMIT_PATH];
	uint8_t sha[32];
	uint64_t begin;
	int64_t at = 0;
	enum rc rc;

	if (strlen(name) != CODEC_HEX_LEN(32) || !codec_hex_32(span_str(name), sha))
		return RC_OK;
	begin = begin_of(sha);
	if (l->named->n > 0 && bsearch(&begin, l->named->begin, l->named->n, sizeof(begin), by_begin))
		return RC_OK;
	rc = archive_blob_path(l->s, sha, path, sizeof(path), reterr);
	if (rc == RC_OK)
		rc = os_file_mtime(path, &at, reterr);
	if (rc == RC_OK && at < l->before_s)
		l->more = l->take(l->arg, sha);
	if (rc == RC_NOTFOUND) {
		err_clear(reterr);
		rc = RC_OK;
	}
	return rc;
}

static enum rc look_through(struct looking *l, const char *folder, struct err *reterr)
{
	struct os_names names = {.name = NULL};
	char *dir = NULL;
	enum rc rc = os_path_join(&dir, l->s->blobs, folder, reterr);

	if (rc == RC_OK && os_dir_exists(dir))
		rc = os_dir_list(dir, &names, reterr);
	for (size_t i = 0; rc == RC_OK && l->more && i < names.n; i++)
		rc = look_at(l, names.name[i], reterr);
	os_names_free(&names);
	free(dir);
	return rc;
}

enum rc archive_blob_orphans(struct archive *s, int64_t before_s, bool (*take)(void *arg, const uint8_t sha[32]),
			     void *arg, struct err *reterr)
{
	struct named named = {.n = 0};
	struct looking l = {s, &named, before_s, take, arg, true};
	enum rc rc = find_named(s, &named, reterr);

	for (unsigned i = 0; rc == RC_OK && l.more && i < 256; i++) {
		char name[3];

		snprintf(name, sizeof(name), "%02x", i);
		rc = look_through(&l, name, reterr);
	}
	free(named.begin);
	return rc;
}

enum rc archive_blob_orphan(struct archive *s, const uint8_t sha[32], int64_t before_s, bool *retgone,
			    struct err *reterr)
{
	char path[LIMIT_PATH];
	int64_t named = 0, at = 0;
	enum rc rc = archive_blob_path(s, sha, path, sizeof(path), reterr);

	*retgone = false;
	if (rc == RC_OK)
		rc = db_get_int(s->db, ASQL_BLOB_ANY, DB_V(db_bytes(sha, 32)), &named, reterr);
	if (rc != RC_OK || named)
		return rc;
	os_mutex_lock(lock_of(s, sha));
	rc = os_file_mtime(path, &at, reterr);
	if (rc == RC_OK && at < before_s) {
		rc = os_file_remove(path, reterr);
		*retgone = rc == RC_OK;
	}
	os_mutex_unlock(lock_of(s, sha));
	return rc;
}

/* ---- erased ---- */

/* A part's name begins with the hash of the whole. */
static enum rc remove_parts(struct archive *s, const char *hex, struct err *reterr)
{
	struct os_names names = {.name = NULL};
	char *dir = NULL;
	enum rc rc = os_path_join(&dir, s->blobs, "part", reterr);

	if (rc == RC_OK)
		rc = os_dir_list(dir, &names, reterr);
	for (size_t i = 0; rc == RC_OK && i < names.n; i++) {
		char *path = NULL;

		if (strncmp(names.name[i], hex, CODEC_HEX_LEN(32)) != 0)
			continue;
		rc = os_path_join(&path, dir, names.name[i], reterr);
		if (rc == RC_OK)
			rc = os_file_remove(path, reterr);
		free(path);
	}
	os_names_free(&names);
	free(dir);
	return rc;
}

enum rc archive_blob_remove(struct archive *s, const uint8_t sha[32], struct err *reterr)
{
	char whole[LIMIT_PATH], bad[LIMIT_PATH], hex[CODEC_HEX_LEN(32) + 1];
	enum rc rc = archive_blob_path(s, sha, whole, sizeof(whole), reterr);

	if (rc == RC_OK)
		rc = bad_path(s, sha, bad, reterr);
	if (rc != RC_OK)
		return rc;
	codec_hex(sha, 32, hex);
	os_mutex_lock(lock_of(s, sha));
	rc = os_file_remove(whole, reterr);
	if (rc == RC_OK || rc == RC_NOTFOUND)
		rc = os_file_remove(bad, reterr);
	if (rc == RC_OK || rc == RC_NOTFOUND)
		rc = remove_parts(s, hex, reterr);
	os_mutex_unlock(lock_of(s, sha));
	return rc;
}
