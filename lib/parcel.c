/*
 * parcel: writing one beside its place, reading it in one pass. See parcel.h. Does NOT keep
 * more than a buffer of it in memory.
 */
#include "lib/parcel.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/crypt.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "lib/os.h"

enum { CHUNK = 64 * 1024, LINE_MAX_BYTES = PARCEL_NAME + 2 * NUM_I64_LEN, HEX = CODEC_HEX_LEN(32) };

static const char magic[] = "kiemke-parcel 1 ";

static bool is_name(const char *s)
{
	static const char good[] =
	    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	size_t len = strlen(s);

	if (len == 0 || len >= PARCEL_NAME)
		return false;
	while (*s) {
		size_t n = strspn(s, good);

		if (n == 0 || *s == '.' || (s[n] != '\0' && s[n] != '/') ||
		    (s[n] == '/' && !s[n + 1]))
			return false;
		s += n + (s[n] == '/');
	}
	return true;
}

/* ---- writing ---- */

struct parcel {
	struct os_file *f;
	char *path, *part;
	int64_t at, n;
	bool made; /* the part is ours to remove */
	struct parcel_tell tell;
	struct crypt_sha256 all;
};

static enum rc put(struct parcel *p, struct span b, struct err *reterr)
{
	enum rc rc = os_file_pwrite(p->f, p->at, b, reterr);

	if (rc == RC_OK) {
		crypt_sha256_add(&p->all, b.p, b.len);
		p->at += (int64_t)b.len;
		if (p->tell.fn)
			p->tell.fn(p->tell.arg, p->at);
	}
	return rc;
}

static enum rc put_line(struct parcel *p, struct buf *line, struct err *reterr)
{
	enum rc rc = buf_check(line, reterr);

	if (rc == RC_OK)
		rc = put(p, span_buf(line), reterr);
	buf_free(line);
	return rc;
}

enum rc parcel_new(struct parcel **ret, const char *path, const char *kind, struct parcel_tell tell,
		   struct err *reterr)
{
	struct parcel *p = calloc(1, sizeof(*p));
	struct buf name, line;
	enum rc rc;

	if (!p)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	p->tell = tell;
	crypt_sha256_init(&p->all);
	buf_init(&name, LIMIT_PATH);
	buf_addf(&name, "%s.part", path);
	rc = buf_check(&name, reterr);
	if (rc == RC_OK && os_file_exists(path))
		rc = err_set(reterr, RC_EXISTS, NULL, "os.exists", "path", path, NULL);
	if (rc == RC_OK) {
		p->path = span_dup(span_str(path));
		p->part = buf_take(&name, NULL);
		if (!p->path || !p->part)
			rc = err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	}
	buf_free(&name);
	if (rc == RC_OK)
		rc = os_file_open(&p->f, p->part, OS_CREATE, reterr);
	p->made = rc == RC_OK;
	if (rc == RC_OK)
		rc = os_file_truncate(p->f, 0, reterr);
	buf_init(&line, LINE_MAX_BYTES);
	buf_addf(&line, "%s%s\n", magic, kind);
	if (rc == RC_OK)
		rc = put_line(p, &line, reterr);
	buf_free(&line);
	if (rc == RC_OK)
		*ret = p;
	else
		parcel_free(p);
	return rc;
}

static enum rc copy_in(struct parcel *p, struct os_file *f, int64_t size, uint8_t hash[32],
		       struct err *reterr)
{
	struct crypt_sha256 h;
	uint8_t *chunk = malloc(CHUNK);
	enum rc rc = chunk ? RC_OK : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	crypt_sha256_init(&h);
	for (int64_t at = 0; rc == RC_OK && at < size;) {
		size_t want = size - at < CHUNK ? (size_t)(size - at) : CHUNK, got = 0;

		rc = os_file_pread(f, at, chunk, want, &got, reterr);
		if (rc == RC_OK && got != want)
			rc = err_set(reterr, RC_IO, NULL, "parcel.changing", "path", p->path, NULL);
		if (rc == RC_OK)
			rc = put(p, span_of(chunk, got), reterr);
		crypt_sha256_add(&h, chunk, got);
		at += (int64_t)got;
	}
	crypt_sha256_end(&h, hash);
	if (chunk)
		crypt_wipe(chunk, CHUNK);
	free(chunk);
	return rc;
}

enum rc parcel_add(struct parcel *p, const char *name, const char *from, struct err *reterr)
{
	struct os_file *f = NULL;
	char hex[HEX + 2] = "";
	uint8_t hash[32];
	struct buf line;
	int64_t size = 0;
	enum rc rc = is_name(name)
			 ? os_file_open(&f, from, OS_READ, reterr)
			 : err_set(reterr, RC_INTERNAL, NULL, "parcel.name", "name", name, NULL);

	if (rc == RC_OK)
		rc = os_file_length(f, &size, reterr);
	if (rc == RC_OK) {
		buf_init(&line, LINE_MAX_BYTES);
		buf_addf(&line, "+ %lld %s\n", (long long)size, name);
		rc = put_line(p, &line, reterr);
	}
	if (rc == RC_OK)
		rc = copy_in(p, f, size, hash, reterr);
	os_file_close(f);
	if (rc != RC_OK)
		return rc;
	codec_hex(hash, sizeof(hash), hex);
	hex[HEX] = '\n';
	p->n++;
	return put(p, span_of(hex, HEX + 1), reterr);
}

static enum rc add_in(struct parcel *p, const char *from, const char *dir, const char *name,
		      struct err *reterr)
{
	struct buf inside;
	char *path = NULL;
	enum rc rc = os_path_join(&path, from, name, reterr);

	buf_init(&inside, PARCEL_NAME);
	buf_addf(&inside, "%s/%s", dir, name);
	if (rc == RC_OK)
		rc = buf_check(&inside, reterr);
	if (rc == RC_OK)
		rc = parcel_add(p, (const char *)inside.p, path, reterr);
	buf_free(&inside);
	free(path);
	return rc;
}

enum rc parcel_add_dir(struct parcel *p, const char *home, const char *dir,
		       bool (*belongs)(const char *dir, const char *name), int64_t *retn,
		       struct err *reterr)
{
	struct os_names names = {.n = 0};
	char *from = NULL;
	int64_t n = 0;
	enum rc rc = os_path_join(&from, home, dir, reterr);

	if (rc == RC_OK && os_dir_exists(from))
		rc = os_dir_list(from, &names, reterr);
	for (size_t i = 0; rc == RC_OK && i < names.n; i++) {
		if (belongs && !belongs(from, names.name[i]))
			continue;
		rc = add_in(p, from, dir, names.name[i], reterr);
		n += rc == RC_OK;
		if (rc == RC_NOTFOUND) {
			err_clear(reterr);
			rc = RC_OK;
		}
	}
	os_names_free(&names);
	free(from);
	if (rc == RC_OK)
		*retn = n;
	return rc;
}

enum rc parcel_finish(struct parcel *p, struct err *reterr)
{
	struct crypt_sha256 all = p->all;
	char hex[HEX + 1];
	uint8_t hash[32];
	struct buf line;
	enum rc rc;

	crypt_sha256_end(&all, hash);
	codec_hex(hash, sizeof(hash), hex);
	buf_init(&line, LINE_MAX_BYTES + HEX);
	buf_addf(&line, ". %lld %s\n", (long long)p->n, hex);
	rc = put_line(p, &line, reterr);
	if (rc == RC_OK)
		rc = os_file_flush(p->f, reterr);
	os_file_close(p->f);
	p->f = NULL;
	if (rc == RC_OK)
		rc = os_file_rename(p->part, p->path, OS_NEW, reterr);
	p->made = p->made && rc != RC_OK;
	return rc;
}

void parcel_free(struct parcel *p)
{
	if (!p)
		return;
	os_file_close(p->f);
	if (p->made)
		(void)os_file_remove(p->part, NULL);
	free(p->path);
	free(p->part);
	free(p);
}

/* ---- reading ---- */

/* Where its files go: nowhere, or below a folder. */
struct unpacking {
	const char *path, *dir;
	struct os_file *in, *out;
	int64_t at;
	struct crypt_sha256 all;
	struct parcel_sum sum;
	struct parcel_tell tell;
	uint8_t *chunk;
};

static enum rc damaged(const struct unpacking *u, struct err *reterr)
{
	return err_set(reterr, RC_CORRUPT, NULL, "parcel.damaged", "path", u->path, NULL);
}

/* The next `want` bytes, all of them. */
static enum rc take(struct unpacking *u, size_t want, struct err *reterr)
{
	size_t got = 0;
	enum rc rc = os_file_pread(u->in, u->at, u->chunk, want, &got, reterr);

	if (rc == RC_OK && got != want)
		rc = damaged(u, reterr);
	if (rc == RC_OK)
		u->at += (int64_t)want;
	if (u->tell.fn)
		u->tell.fn(u->tell.arg, u->at);
	return rc;
}

/* The next line without its LF, as a string in chunk; its bytes are not in `all` yet. */
static enum rc take_line(struct unpacking *u, size_t *retlen, struct err *reterr)
{
	size_t got = 0;
	uint8_t *lf;
	enum rc rc = os_file_pread(u->in, u->at, u->chunk, LINE_MAX_BYTES + HEX, &got, reterr);

	if (rc != RC_OK)
		return rc;
	lf = memchr(u->chunk, '\n', got);
	if (!lf || memchr(u->chunk, '\0', (size_t)(lf - u->chunk)))
		return damaged(u, reterr);
	*retlen = (size_t)(lf - u->chunk);
	u->at += (int64_t)*retlen + 1;
	return RC_OK;
}

static void count_line(struct unpacking *u, size_t len)
{
	crypt_sha256_add(&u->all, u->chunk, len + 1);
	u->chunk[len] = '\0';
}

/* "SIZE NAME" */
static bool read_head(const char *line, int64_t *retsize, char name[PARCEL_NAME])
{
	const char *space = strchr(line, ' ');

	if (!space ||
	    num_i64(span_of(line, (size_t)(space - line)), 0, NUM_SAFE_MAX, retsize) != RC_OK ||
	    !is_name(space + 1))
		return false;
	memcpy(name, space + 1, strlen(space + 1) + 1);
	return true;
}

static enum rc open_out(struct unpacking *u, const char *name, struct err *reterr)
{
	char *path = NULL, *dir = NULL;
	enum rc rc;

	if (!u->dir)
		return RC_OK;
	rc = os_path_join(&path, u->dir, name, reterr);
	if (rc == RC_OK)
		rc = os_path_dir(&dir, path, reterr);
	if (rc == RC_OK)
		rc = os_dir_make(dir, reterr);
	if (rc == RC_OK && os_file_exists(path))
		rc = err_set(reterr, RC_EXISTS, NULL, "os.exists", "path", path, NULL);
	if (rc == RC_OK)
		rc = os_file_open(&u->out, path, OS_CREATE, reterr);
	free(path);
	free(dir);
	return rc;
}

static enum rc take_bytes(struct unpacking *u, int64_t size, uint8_t hash[32], struct err *reterr)
{
	struct crypt_sha256 h;
	enum rc rc = RC_OK;

	crypt_sha256_init(&h);
	for (int64_t at = 0; rc == RC_OK && at < size;) {
		size_t n = size - at < CHUNK ? (size_t)(size - at) : CHUNK;

		rc = take(u, n, reterr);
		if (rc != RC_OK)
			break;
		crypt_sha256_add(&h, u->chunk, n);
		crypt_sha256_add(&u->all, u->chunk, n);
		if (u->out)
			rc = os_file_pwrite(u->out, at, span_of(u->chunk, n), reterr);
		at += (int64_t)n;
	}
	crypt_sha256_end(&h, hash);
	return rc;
}

static enum rc take_file(struct unpacking *u, const char *head, struct err *reterr)
{
	char name[PARCEL_NAME], hex[HEX + 1];
	uint8_t hash[32];
	int64_t size = 0;
	enum rc rc = read_head(head, &size, name) ? open_out(u, name, reterr) : damaged(u, reterr);

	if (rc == RC_OK)
		rc = take_bytes(u, size, hash, reterr);
	if (rc == RC_OK)
		rc = take(u, HEX + 1, reterr);
	if (rc == RC_OK) {
		crypt_sha256_add(&u->all, u->chunk, HEX + 1);
		codec_hex(hash, sizeof(hash), hex);
		if (memcmp(u->chunk, hex, HEX) != 0 || u->chunk[HEX] != '\n')
			rc = damaged(u, reterr);
	}
	if (rc == RC_OK && u->out)
		rc = os_file_flush(u->out, reterr);
	os_file_close(u->out);
	u->out = NULL;
	u->sum.files++;
	u->sum.bytes += size;
	return rc;
}

static enum rc take_end(struct unpacking *u, const char *line, struct err *reterr)
{
	struct crypt_sha256 all = u->all;
	char hex[HEX + 1];
	uint8_t hash[32];
	struct buf want;
	int64_t size = 0;
	bool same;
	enum rc rc = os_file_length(u->in, &size, reterr);

	crypt_sha256_end(&all, hash);
	codec_hex(hash, sizeof(hash), hex);
	buf_init(&want, LINE_MAX_BYTES + HEX);
	buf_addf(&want, ". %lld %s", (long long)u->sum.files, hex);
	same = size == u->at && span_eq_str(span_buf(&want), line);
	buf_free(&want);
	return rc == RC_OK && !same ? damaged(u, reterr) : rc;
}

static enum rc take_first(struct unpacking *u, const char *kind, struct err *reterr)
{
	size_t skip = strlen(magic), len = 0;

	if (take_line(u, &len, NULL) != RC_OK)
		return err_set(reterr, RC_REFUSED, NULL, "parcel.foreign", "path", u->path, NULL);
	count_line(u, len);
	if (strncmp((const char *)u->chunk, magic, skip) != 0 ||
	    strcmp((const char *)u->chunk + skip, kind) != 0)
		return err_set(reterr, RC_REFUSED, NULL, "parcel.foreign", "path", u->path, NULL);
	return RC_OK;
}

static enum rc unpack(struct unpacking *u, const char *kind, struct err *reterr)
{
	char line[LINE_MAX_BYTES + HEX + 1];
	size_t len = 0;
	enum rc rc = os_file_open(&u->in, u->path, OS_READ, reterr);

	crypt_sha256_init(&u->all);
	u->sum = (struct parcel_sum){0};
	u->at = 0;
	if (rc == RC_OK)
		rc = take_first(u, kind, reterr);
	while (rc == RC_OK) {
		rc = take_line(u, &len, reterr);
		if (rc != RC_OK)
			break;
		memcpy(line, u->chunk, len);
		line[len] = '\0';
		if (line[0] == '.') {
			rc = take_end(u, line, reterr);
			break;
		}
		count_line(u, len);
		rc = strncmp(line, "+ ", 2) == 0 ? take_file(u, line + 2, reterr)
						 : damaged(u, reterr);
	}
	os_file_close(u->in);
	u->in = NULL;
	return rc;
}

static enum rc read_all(const char *path, const char *kind, const char *dir,
			struct parcel_tell tell, struct parcel_sum *ret, struct err *reterr)
{
	struct unpacking u = {.path = path, .tell = tell, .chunk = malloc(CHUNK)};
	enum rc rc = u.chunk ? unpack(&u, kind, reterr)
			     : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	if (rc == RC_OK && dir) {
		u.dir = dir;
		rc = os_dir_make(dir, reterr);
		if (rc == RC_OK)
			rc = unpack(&u, kind, reterr);
		if (rc == RC_OK)
			rc = os_file_sync(dir, reterr);
	}
	if (u.chunk)
		crypt_wipe(u.chunk, CHUNK);
	free(u.chunk);
	if (rc == RC_OK)
		*ret = u.sum;
	return rc;
}

enum rc parcel_check(const char *path, const char *kind, struct parcel_sum *ret, struct err *reterr)
{
	return read_all(path, kind, NULL, (struct parcel_tell){NULL, NULL}, ret, reterr);
}

enum rc parcel_extract(const char *path, const char *kind, const char *dir, struct parcel_sum *ret,
		       struct err *reterr)
{
	return read_all(path, kind, dir, (struct parcel_tell){NULL, NULL}, ret, reterr);
}

/* ---- a folder of one ---- */

static enum rc move_in(const char *from, const char *home, const char *name, struct err *reterr)
{
	char *a = NULL, *b = NULL;
	enum rc rc = os_path_join(&a, from, name, reterr);

	if (rc == RC_OK)
		rc = os_path_join(&b, home, name, reterr);
	if (rc == RC_OK)
		rc = os_file_rename(a, b, OS_REPLACE, reterr);
	free(a);
	free(b);
	return rc;
}

static enum rc move_all(const struct parcel_home *h, const char *beside, struct err *reterr)
{
	struct os_names names = {.n = 0};
	enum rc rc = os_dir_list(beside, &names, reterr);

	for (size_t i = 0; rc == RC_OK && i < names.n; i++)
		if (strcmp(names.name[i], h->last) != 0)
			rc = move_in(beside, h->home, names.name[i], reterr);
	if (rc == RC_OK)
		rc = move_in(beside, h->home, h->last, reterr);
	os_names_free(&names);
	return rc;
}

/* home is ours alone. */
static enum rc settle(const struct parcel_home *h, const char *beside, struct parcel_sum *ret,
		      struct err *reterr)
{
	char *last = NULL;
	enum rc rc = os_path_join(&last, h->home, h->last, reterr);

	if (rc == RC_OK && os_file_exists(last))
		rc = err_set(reterr, RC_EXISTS, NULL, "restore.used", "home", h->home, NULL);
	free(last);
	if (rc == RC_OK)
		rc = os_dir_remove(beside, reterr); /* of an attempt that died */
	if (rc == RC_OK)
		rc = read_all(h->path, h->kind, beside, h->tell, ret, reterr);
	if (rc == RC_OK)
		rc = h->inspect(h->arg, beside, reterr);
	if (rc == RC_OK)
		rc = move_all(h, beside, reterr);
	(void)os_dir_remove(beside, NULL);
	return rc;
}

enum rc parcel_settle(const struct parcel_home *h, struct parcel_sum *ret, struct err *reterr)
{
	struct os_lock *lock = NULL;
	char *lock_path = NULL, *beside = NULL;
	enum rc rc = os_dir_make(h->home, reterr);

	if (rc == RC_OK)
		rc = os_path_join(&lock_path, h->home, "lock", reterr);
	if (rc == RC_OK)
		rc = os_path_join(&beside, h->home, "restore-part", reterr);
	if (rc == RC_OK)
		rc = os_lock_take(&lock, lock_path, reterr);
	if (rc == RC_OK)
		rc = settle(h, beside, ret, reterr);
	os_lock_free(lock);
	free(lock_path);
	free(beside);
	return rc;
}
