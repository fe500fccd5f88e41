/*
 * lack: see lack.h. The mutex guards the table only; the disk is looked at without it, so that two
 * PCs of one commune may both look: that harms nothing.
 */
#include "server-stub/lack.h"

#include <stdlib.h>
#include <string.h>

#include "lib/os.h"

enum { SCOPES_MAX = 20000 /* communes of a country, six times over */ };

struct list {
	char scope[ENTRY_SCOPE_LEN];
	uint64_t looked; /* in which generation; 0: not yet */
	bool full;       /* there may be more than are listed */
	uint8_t (*sha)[CRYPT_HASH_LEN];
	size_t n;
};

struct lack {
	struct os_mutex *mutex;
	struct list *list; /* by scope */
	size_t n, cap;
	uint64_t generation;
};

static enum rc nomem(struct err *reterr)
{
	return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
}

enum rc lack_new(struct lack **ret, struct err *reterr)
{
	struct lack *l = calloc(1, sizeof(*l));
	enum rc rc = l ? os_mutex_new(&l->mutex, reterr) : nomem(reterr);

	if (rc == RC_OK) {
		l->generation = 1;
		*ret = l;
	} else {
		free(l);
	}
	return rc;
}

void lack_free(struct lack *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n; i++)
		free(l->list[i].sha);
	free(l->list);
	os_mutex_free(l->mutex);
	free(l);
}

/* ---- the table, with the mutex held ---- */

static size_t place(const struct lack *l, const char *scope)
{
	size_t lo = 0, hi = l->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(l->list[mid].scope, scope) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static struct list *find(struct lack *l, const char *scope)
{
	size_t at = place(l, scope);

	return at < l->n && strcmp(l->list[at].scope, scope) == 0 ? &l->list[at] : NULL;
}

/* The list of the scope, made when absent; NULL without memory. */
static struct list *have(struct lack *l, const char *scope)
{
	size_t at = place(l, scope);

	if (at < l->n && strcmp(l->list[at].scope, scope) == 0)
		return &l->list[at];
	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 64;
		struct list *grown = cap <= SCOPES_MAX * 2 ? realloc(l->list, cap * sizeof(*grown)) : NULL;

		if (!grown)
			return NULL;
		l->list = grown;
		l->cap = cap;
	}
	memmove(&l->list[at + 1], &l->list[at], (l->n - at) * sizeof(*l->list));
	memset(&l->list[at], 0, sizeof(*l->list));
	memcpy(l->list[at].scope, scope, strlen(scope) + 1);
	l->n++;
	return &l->list[at];
}

static bool lists(const struct list *x, const uint8_t sha[CRYPT_HASH_LEN])
{
	for (size_t i = 0; i < x->n; i++)
		if (memcmp(x->sha[i], sha, CRYPT_HASH_LEN) == 0)
			return true;
	return false;
}

static bool append(struct list *x, const uint8_t sha[CRYPT_HASH_LEN])
{
	uint8_t(*grown)[CRYPT_HASH_LEN];

	if (x->n == LACK_MAX)
		return false;
	if ((x->n & (x->n - 1)) == 0) { /* doubles at each power of two */
		grown = realloc(x->sha, (x->n ? x->n * 2 : 1) * sizeof(*grown));
		if (!grown)
			return false;
		x->sha = grown;
	}
	memcpy(x->sha[x->n++], sha, CRYPT_HASH_LEN);
	return true;
}

void lack_add(struct lack *l, const char *scope, const uint8_t sha[CRYPT_HASH_LEN])
{
	struct list *x;

	os_mutex_lock(l->mutex);
	x = have(l, scope);
	if (x && !lists(x, sha))
		append(x, sha);
	os_mutex_unlock(l->mutex);
}

int64_t lack_count(struct lack *l)
{
	int64_t n = 0;

	os_mutex_lock(l->mutex);
	for (size_t i = 0; i < l->n; i++)
		n += (int64_t)l->list[i].n;
	os_mutex_unlock(l->mutex);
	return n;
}

void lack_again(struct lack *l)
{
	os_mutex_lock(l->mutex);
	l->generation++;
	os_mutex_unlock(l->mutex);
}

/* It has come, or nobody names it any more. All of a longer list have: look for the rest. */
static void drop(struct lack *l, const char *scope, const uint8_t sha[CRYPT_HASH_LEN])
{
	struct list *x;

	os_mutex_lock(l->mutex);
	x = find(l, scope);
	for (size_t i = 0; x && i < x->n; i++)
		if (memcmp(x->sha[i], sha, CRYPT_HASH_LEN) == 0) {
			memmove(x->sha[i], x->sha[i + 1], (x->n - i - 1) * sizeof(*x->sha));
			x->n--;
			break;
		}
	if (x && x->n == 0 && x->full)
		x->looked = 0;
	os_mutex_unlock(l->mutex);
}

/* ---- the disk ---- */

struct looking {
	struct archive *a;
	struct list list;
	enum rc rc;
	struct err *reterr;
};

static bool look_at(void *arg, const uint8_t sha[CRYPT_HASH_LEN], int64_t size)
{
	struct looking *w = arg;
	bool here = false;

	(void)size;
	w->rc = archive_blob_here(w->a, sha, &here, w->reterr);
	if (w->rc != RC_OK || here)
		return w->rc == RC_OK;
	w->list.full = !append(&w->list, sha);
	return !w->list.full;
}

static enum rc look(struct lack *l, struct archive *a, struct archive_reader *r, const char *scope,
		    uint64_t generation, struct err *reterr)
{
	struct looking w = {.a = a, .rc = RC_OK, .reterr = reterr};
	struct list *x;
	enum rc rc = r->blob_names(r->ctx, scope, look_at, &w, reterr);

	if (rc == RC_OK)
		rc = w.rc;
	os_mutex_lock(l->mutex);
	x = rc == RC_OK ? have(l, scope) : NULL;
	if (x) {
		free(x->sha);
		x->sha = w.list.sha;
		x->n = w.list.n;
		x->full = w.list.full;
		x->looked = generation;
	}
	os_mutex_unlock(l->mutex);
	if (rc == RC_OK && !x)
		rc = nomem(reterr);
	if (rc != RC_OK)
		free(w.list.sha);
	return rc;
}

/* ---- what is asked for ---- */

/* Up to max of the scope's list from a place in it; false: the scope is to be looked through first. */
static bool listed(struct lack *l, const char *scope, uint64_t random, uint8_t (*ret)[CRYPT_HASH_LEN],
		   size_t max, size_t *retn, uint64_t *retgeneration)
{
	const struct list *x;
	bool looked;

	os_mutex_lock(l->mutex);
	x = find(l, scope);
	*retgeneration = l->generation;
	looked = x && x->looked == l->generation;
	*retn = looked ? (x->n < max ? x->n : max) : 0;
	for (size_t i = 0; i < *retn; i++)
		memcpy(ret[i], x->sha[(random % x->n + i) % x->n], CRYPT_HASH_LEN);
	os_mutex_unlock(l->mutex);
	return looked;
}

static enum rc one_scope(struct lack *l, struct archive *a, struct archive_reader *r,
			 const char *scope, uint64_t random, uint8_t (*ret)[CRYPT_HASH_LEN],
			 size_t max, size_t *retn, struct err *reterr)
{
	uint64_t generation;
	size_t n = 0;
	enum rc rc = RC_OK;

	if (!listed(l, scope, random, ret, max, &n, &generation)) {
		rc = look(l, a, r, scope, generation, reterr);
		listed(l, scope, random, ret, max, &n, &generation);
	}
	*retn = 0;
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		bool here = false, named = false;
		int64_t size;

		rc = archive_blob_here(a, ret[i], &here, reterr);
		if (rc == RC_OK && !here)
			rc = r->blob_named(r->ctx, scope, ret[i], &named, &size, reterr);
		if (rc == RC_OK && (here || !named))
			drop(l, scope, ret[i]);
		else if (rc == RC_OK)
			memmove(ret[(*retn)++], ret[i], CRYPT_HASH_LEN);
	}
	return rc;
}

enum rc lack_of(struct lack *l, struct archive *a, struct archive_reader *r, const char *scope,
		uint64_t random, uint8_t (*ret)[CRYPT_HASH_LEN], size_t max, size_t *retn,
		struct err *reterr)
{
	size_t n = 0, more = 0, own;
	enum rc rc = one_scope(l, a, r, scope, random, ret, max, &n, reterr);

	own = n;
	if (rc == RC_OK && n < max && strcmp(scope, "*") != 0)
		rc = one_scope(l, a, r, "*", random, ret + n, max - n, &more, reterr);
	for (size_t i = 0; i < more; i++) { /* one that both name is asked for once */
		bool twice = false;

		for (size_t j = 0; j < own && !twice; j++)
			twice = memcmp(ret[j], ret[own + i], CRYPT_HASH_LEN) == 0;
		if (!twice)
			memmove(ret[n++], ret[own + i], CRYPT_HASH_LEN);
	}
	*retn = n;
	return rc;
}
