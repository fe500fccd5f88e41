/*
 * disk: see disk.h. A file has its pages twice: as they read now, and as they would read
 * after a power cut if everything since the last sync were lost; the pages themselves are
 * shared until one side changes. The writes since the last sync are kept in order.
 */
#include "tests/sim/disk.h"

#include <stdlib.h>
#include <string.h>

struct page {
	int refs;
	uint8_t b[DISK_PAGE];
};

struct image {
	struct page **page; /* NULL: all zeros */
	size_t n, cap;
	int64_t size;
};

/* One change since the last sync; p NULL: a truncation to `at`. */
struct change {
	int64_t at;
	size_t len;
	uint8_t *p;
};

struct disk_file {
	struct disk *disk;
	char *path;
	bool dir;
	bool named; /* still has its name */
	int opens;
	struct image now, safe;
	struct change *change;
	size_t nchange, capchange;
	void *slot;
};

struct disk {
	struct disk_file **file; /* sorted by path */
	size_t n, cap;
	int64_t ops, fuse, full, bad;
	bool dead;
	bool cut; /* the power went at the last operation */
};

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

/* ---- images ---- */

static void page_drop(struct page *p)
{
	if (p && --p->refs == 0)
		free(p);
}

static void image_room(struct image *m, size_t n)
{
	if (n > m->cap) {
		m->cap = n > m->cap * 2 ? n : m->cap * 2;
		m->page = must(realloc(m->page, m->cap * sizeof(*m->page)));
	}
	while (m->n < n)
		m->page[m->n++] = NULL;
}

static void image_clear(struct image *m)
{
	for (size_t i = 0; i < m->n; i++)
		page_drop(m->page[i]);
	free(m->page);
	*m = (struct image){0};
}

static void image_copy(struct image *to, const struct image *from)
{
	image_clear(to);
	image_room(to, from->n);
	for (size_t i = 0; i < from->n; i++) {
		to->page[i] = from->page[i];
		if (to->page[i])
			to->page[i]->refs++;
	}
	to->size = from->size;
}

/* A page of m that is m's own. */
static uint8_t *page_own(struct image *m, size_t i)
{
	struct page *p = m->page[i];

	if (!p || p->refs > 1) {
		struct page *own = must(malloc(sizeof(*own)));

		own->refs = 1;
		if (p)
			memcpy(own->b, p->b, DISK_PAGE);
		else
			memset(own->b, 0, DISK_PAGE);
		page_drop(p);
		m->page[i] = p = own;
	}
	return p->b;
}

static void image_write(struct image *m, int64_t at, const uint8_t *p, size_t len)
{
	size_t end = (size_t)at + len;

	image_room(m, (end + DISK_PAGE - 1) / DISK_PAGE);
	for (size_t from = (size_t)at; from < end;) {
		size_t off = from % DISK_PAGE, n = DISK_PAGE - off;

		if (n > end - from)
			n = end - from;
		memcpy(page_own(m, from / DISK_PAGE) + off, p, n);
		p += n;
		from += n;
	}
	if ((int64_t)end > m->size)
		m->size = (int64_t)end;
}

static void image_truncate(struct image *m, int64_t size)
{
	size_t n = ((size_t)size + DISK_PAGE - 1) / DISK_PAGE, rest = (size_t)size % DISK_PAGE;

	for (; m->n > n; m->n--)
		page_drop(m->page[m->n - 1]);
	if (size < m->size && rest && m->n == n && m->page[n - 1])
		memset(page_own(m, n - 1) + rest, 0, DISK_PAGE - rest);
	image_room(m, n);
	m->size = size;
}

static size_t image_read(const struct image *m, int64_t at, uint8_t *p, size_t len)
{
	size_t got = 0;

	if (at >= m->size)
		return 0;
	if ((int64_t)len > m->size - at)
		len = (size_t)(m->size - at);
	while (got < len) {
		size_t from = (size_t)at + got, off = from % DISK_PAGE, n = DISK_PAGE - off;
		const struct page *page = m->page[from / DISK_PAGE];

		if (n > len - got)
			n = len - got;
		if (page)
			memcpy(p + got, page->b + off, n);
		else
			memset(p + got, 0, n);
		got += n;
	}
	return got;
}

/* ---- changes that may be lost ---- */

static void change_add(struct disk_file *f, int64_t at, const void *p, size_t len)
{
	struct change *c;

	if (f->nchange == f->capchange) {
		f->capchange = f->capchange ? f->capchange * 2 : 8;
		f->change = must(realloc(f->change, f->capchange * sizeof(*f->change)));
	}
	c = &f->change[f->nchange++];
	*c = (struct change){.at = at, .len = len};
	if (p) {
		c->p = must(malloc(len ? len : 1));
		memcpy(c->p, p, len);
	}
}

static void change_clear(struct disk_file *f)
{
	for (size_t i = 0; i < f->nchange; i++)
		free(f->change[i].p);
	f->nchange = 0;
}

static void change_apply(struct image *m, const struct change *c, size_t len)
{
	if (c->p)
		image_write(m, c->at, c->p, len);
	else
		image_truncate(m, c->at);
}

/* Everything is safe now. Pages changed are few: only those are looked at. */
static void make_safe(struct disk_file *f)
{
	for (size_t i = 0; i < f->nchange; i++) {
		const struct change *c = &f->change[i];
		size_t first = (size_t)c->at / DISK_PAGE;
		size_t end = c->p ? ((size_t)c->at + c->len + DISK_PAGE - 1) / DISK_PAGE : f->now.n;

		for (size_t k = first; k < end && k < f->now.n; k++) {
			image_room(&f->safe, k + 1);
			if (f->safe.page[k] == f->now.page[k])
				continue;
			page_drop(f->safe.page[k]);
			f->safe.page[k] = f->now.page[k];
			if (f->now.page[k])
				f->now.page[k]->refs++;
		}
	}
	while (f->safe.n > f->now.n)
		page_drop(f->safe.page[--f->safe.n]);
	image_room(&f->safe, f->now.n);
	f->safe.size = f->now.size;
	change_clear(f);
}

enum keep { KEEP_NONE, KEEP_ALL, KEEP_FIRST, KEEP_SOME, KEEP_WAYS };

static void settle_file(struct disk_file *f, enum keep how, struct rng *r)
{
	size_t until = f->nchange ? rng_below(r, f->nchange + 1) : 0;

	for (size_t i = 0; i < f->nchange; i++) {
		const struct change *c = &f->change[i];
		size_t len = c->len;

		if (how == KEEP_NONE || (how == KEEP_FIRST && i > until) ||
		    (how == KEEP_SOME && rng_one_in(r, 2)))
			continue;
		if (how == KEEP_FIRST && i == until)
			len = len / DISK_SECTOR ? rng_below(r, len / DISK_SECTOR) * DISK_SECTOR : 0;
		if (len > 0 || !c->p)
			change_apply(&f->safe, c, len);
	}
	change_clear(f);
	image_copy(&f->now, &f->safe);
}

/* ---- the disk ---- */

static void file_free(struct disk_file *f)
{
	change_clear(f);
	free(f->change);
	image_clear(&f->now);
	image_clear(&f->safe);
	free(f->path);
	free(f);
}

struct disk *disk_new(void)
{
	return must(calloc(1, sizeof(struct disk)));
}

void disk_free(struct disk *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->n; i++)
		file_free(d->file[i]);
	free(d->file);
	free(d);
}

/* Place of a path in the sorted list; *rethere whether it is there. */
static size_t place(const struct disk *d, const char *path, bool *rethere)
{
	size_t lo = 0, hi = d->n;

	*rethere = false;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(d->file[mid]->path, path);

		if (c == 0) {
			*rethere = true;
			return mid;
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static struct disk_file *find(const struct disk *d, const char *path)
{
	bool there;
	size_t i = place(d, path, &there);

	return there ? d->file[i] : NULL;
}

static void link_file(struct disk *d, struct disk_file *f)
{
	bool there;
	size_t i = place(d, f->path, &there);

	if (d->n == d->cap) {
		d->cap = d->cap ? d->cap * 2 : 32;
		d->file = must(realloc(d->file, d->cap * sizeof(struct disk_file *)));
	}
	memmove(d->file + i + 1, d->file + i, (d->n - i) * sizeof(struct disk_file *));
	d->file[i] = f;
	d->n++;
	f->named = true;
}

static void unlink_file(struct disk *d, struct disk_file *f)
{
	bool there;
	size_t i = place(d, f->path, &there);

	memmove(d->file + i, d->file + i + 1, (d->n - i - 1) * sizeof(struct disk_file *));
	d->n--;
	f->named = false;
	if (f->opens == 0)
		file_free(f);
}

static struct disk_file *file_new(struct disk *d, const char *path, bool dir)
{
	struct disk_file *f = must(calloc(1, sizeof(*f)));
	size_t len = strlen(path) + 1;

	f->disk = d;
	f->path = must(malloc(len));
	memcpy(f->path, path, len);
	f->dir = dir;
	link_file(d, f);
	return f;
}

struct disk *disk_copy(const struct disk *d)
{
	struct disk *to = disk_new();

	for (size_t i = 0; i < d->n; i++) {
		struct disk_file *f = file_new(to, d->file[i]->path, d->file[i]->dir);

		image_copy(&f->now, &d->file[i]->now);
		image_copy(&f->safe, &f->now);
	}
	return to;
}

/* ---- trouble ---- */

void disk_fuse(struct disk *d, int64_t k)
{
	d->fuse = k;
}

bool disk_dead(const struct disk *d)
{
	return d->dead;
}

void disk_fill(struct disk *d, int64_t n)
{
	d->full = n;
}

void disk_spoil(struct disk *d, int64_t n)
{
	d->bad = n;
}

int64_t disk_ops(const struct disk *d)
{
	return d->ops;
}

void disk_settle(struct disk *d, struct rng *r)
{
	enum keep how = (enum keep)rng_below(r, KEEP_WAYS);

	for (size_t i = 0; i < d->n; i++)
		if (!d->file[i]->dir && d->file[i]->nchange > 0)
			settle_file(d->file[i], how, r);
	d->dead = false;
	d->fuse = d->full = d->bad = 0;
}

/* Count an operation: may it happen? grows: it needs space. */
static enum disk_rc spend(struct disk *d, bool grows)
{
	d->cut = false;
	if (d->dead)
		return DISK_FAILED;
	d->ops++;
	if (d->fuse > 0 && --d->fuse == 0) {
		d->dead = d->cut = true;
		return DISK_FAILED;
	}
	if (d->bad > 0) {
		d->bad--;
		return DISK_FAILED;
	}
	if (grows && d->full > 0) {
		d->full--;
		return DISK_FULL;
	}
	return DISK_OK;
}

/* ---- files ---- */

enum disk_rc disk_open(struct disk *d, const char *path, bool make, struct disk_file **ret)
{
	struct disk_file *f = find(d, path);

	if (d->dead)
		return DISK_FAILED;
	if (!f || f->dir) {
		enum disk_rc rc = !f && make ? spend(d, true) : DISK_NONE;

		if (rc != DISK_OK)
			return rc;
		f = file_new(d, path, false);
	}
	f->opens++;
	*ret = f;
	return DISK_OK;
}

void disk_close(struct disk_file *f)
{
	if (--f->opens == 0 && !f->named)
		file_free(f);
}

int64_t disk_size(const struct disk_file *f)
{
	return f->now.size;
}

size_t disk_read(const struct disk_file *f, int64_t at, void *p, size_t len)
{
	return image_read(&f->now, at, p, len);
}

enum disk_rc disk_write(struct disk_file *f, int64_t at, const void *p, size_t len)
{
	enum disk_rc rc = spend(f->disk, true);

	/* the write under way when the power goes may have reached the disk, or a part of it */
	if (rc == DISK_OK || f->disk->cut) {
		change_add(f, at, p, len);
		image_write(&f->now, at, p, len);
	}
	return rc;
}

enum disk_rc disk_truncate(struct disk_file *f, int64_t size)
{
	enum disk_rc rc = spend(f->disk, size > f->now.size);

	if (rc == DISK_OK && size != f->now.size) {
		change_add(f, size, NULL, 0);
		image_truncate(&f->now, size);
	}
	return rc;
}

enum disk_rc disk_sync(struct disk_file *f)
{
	enum disk_rc rc = spend(f->disk, false);

	if (rc == DISK_OK)
		make_safe(f);
	return rc;
}

struct disk *disk_of(const struct disk_file *f)
{
	return f->disk;
}

void **disk_slot(struct disk_file *f)
{
	return &f->slot;
}

/* ---- names ---- */

bool disk_exists(const struct disk *d, const char *path)
{
	return find(d, path) != NULL;
}

bool disk_is_dir(const struct disk *d, const char *path)
{
	const struct disk_file *f = find(d, path);

	return f && f->dir;
}

enum disk_rc disk_mkdir(struct disk *d, const char *path)
{
	enum disk_rc rc;

	if (find(d, path))
		return DISK_OK;
	rc = spend(d, true);
	if (rc == DISK_OK)
		file_new(d, path, true);
	return rc;
}

enum disk_rc disk_remove(struct disk *d, const char *path)
{
	struct disk_file *f = find(d, path);
	enum disk_rc rc = f ? spend(d, false) : DISK_NONE;

	if (rc == DISK_OK)
		unlink_file(d, f);
	return rc;
}

enum disk_rc disk_rename(struct disk *d, const char *from, const char *to)
{
	struct disk_file *f = find(d, from), *old = find(d, to);
	enum disk_rc rc = f ? spend(d, true) : DISK_NONE;
	size_t len = strlen(to) + 1;

	if (rc != DISK_OK || f == old)
		return rc;
	if (old)
		unlink_file(d, old);
	f->opens++; /* so that it stays while it has no name */
	unlink_file(d, f);
	f->opens--;
	f->path = must(realloc(f->path, len));
	memcpy(f->path, to, len);
	link_file(d, f);
	return DISK_OK;
}

const char *disk_name(const struct disk *d, size_t i)
{
	return i < d->n ? d->file[i]->path : NULL;
}
