/*
 * contacted: see contacted.h. One array by key; a new key is rare, a contact of a known one is a look-up.
 */
#include "server-stub/contacted.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/os.h"

struct one {
	uint8_t key[CONTACTED_KEY];
	int64_t at, kept; /* unix s */
};

struct contacted {
	struct os_mutex *mutex;
	struct one *one; /* by key */
	size_t n, cap;
	bool loaded;
};

enum rc contacted_new(struct contacted **ret, struct err *reterr)
{
	struct contacted *s = calloc(1, sizeof(*s));
	enum rc rc = s ? os_mutex_new(&s->mutex, reterr) : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	if (rc == RC_OK)
		*ret = s;
	else
		free(s);
	return rc;
}

void contacted_free(struct contacted *s)
{
	if (!s)
		return;
	os_mutex_free(s->mutex);
	free(s->one);
	free(s);
}

/* ---- under the mutex ---- */

static size_t place_of(const struct contacted *s, const uint8_t key[CONTACTED_KEY])
{
	size_t lo = 0, hi = s->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (memcmp(s->one[mid].key, key, CONTACTED_KEY) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static struct one *find(const struct contacted *s, const uint8_t key[CONTACTED_KEY])
{
	size_t i = place_of(s, key);

	return i < s->n && memcmp(s->one[i].key, key, CONTACTED_KEY) == 0 ? &s->one[i] : NULL;
}

static bool grow(struct contacted *s)
{
	size_t cap = s->cap ? s->cap * 2 : 64;
	void *grown;

	if (s->n < s->cap)
		return true;
	if (s->n >= CONTACTED_MAX)
		return false;
	grown = realloc(s->one, cap * sizeof(*s->one));
	if (!grown)
		return false;
	s->one = grown;
	s->cap = cap;
	return true;
}

/* Without a place it is as if nobody had asked: nothing but this word is lost. */
static struct one *put(struct contacted *s, const uint8_t key[CONTACTED_KEY])
{
	struct one *x = find(s, key);
	size_t i;

	if (x || !grow(s))
		return x;
	i = place_of(s, key);
	memmove(&s->one[i + 1], &s->one[i], (s->n - i) * sizeof(*s->one));
	s->n++;
	s->one[i] = (struct one){.at = 0};
	memcpy(s->one[i].key, key, CONTACTED_KEY);
	return &s->one[i];
}

/* ---- what was kept ---- */

static bool take_doc(void *arg, const char *key, const struct json *doc)
{
	struct contacted *s = arg;
	uint8_t raw[CONTACTED_KEY];
	int64_t at = 0;
	struct one *x;

	if (!codec_b64u_32(span_str(key), raw) || !json_get_int(doc, "at", &at))
		return true;
	x = put(s, raw);
	if (x && at > x->kept)
		x->kept = at;
	if (x && at > x->at)
		x->at = at;
	return true;
}

enum rc contacted_at(struct contacted *s, struct archive_reader *r, const uint8_t key[CONTACTED_KEY], int64_t *ret,
		struct err *reterr)
{
	const struct one *x;
	enum rc rc = RC_OK;

	os_mutex_lock(s->mutex);
	if (!s->loaded)
		rc = r->docs(r->ctx, CONTACTED_DOCS, take_doc, s, reterr);
	s->loaded = s->loaded || rc == RC_OK;
	x = rc == RC_OK ? find(s, key) : NULL;
	*ret = x ? x->at : 0;
	os_mutex_unlock(s->mutex);
	return rc;
}

void contacted_note(struct contacted *s, const uint8_t key[CONTACTED_KEY], int64_t now)
{
	struct one *x;

	os_mutex_lock(s->mutex);
	x = put(s, key);
	if (x && now > x->at)
		x->at = now;
	os_mutex_unlock(s->mutex);
}

/* ---- keeping ---- */

/* A copy, since the sequencer writes while others note. */
struct batch {
	struct one *one;
	size_t n;
};

static enum rc collect(struct contacted *s, struct batch *ret, struct err *reterr)
{
	struct batch b = {.n = 0};
	enum rc rc = RC_OK;

	os_mutex_lock(s->mutex);
	for (size_t i = 0; i < s->n; i++)
		b.n += s->one[i].at > s->one[i].kept;
	b.one = b.n ? calloc(b.n, sizeof(*b.one)) : NULL;
	if (b.n && !b.one)
		rc = err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	b.n = 0;
	for (size_t i = 0; b.one && i < s->n; i++)
		if (s->one[i].at > s->one[i].kept)
			b.one[b.n++] = s->one[i];
	os_mutex_unlock(s->mutex);
	*ret = b;
	return rc;
}

static enum rc write_batch(void *arg, struct archive_writer *w, struct err *reterr)
{
	const struct batch *b = arg;
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < b->n; i++) {
		char key[CODEC_B64U_32 + 1];
		struct json *doc = json_object();

		codec_b64u(b->one[i].key, CONTACTED_KEY, key);
		json_set_int(doc, "at", b->one[i].at);
		rc = w->doc_put(w->ctx, CONTACTED_DOCS, key, doc, reterr);
		json_free(doc);
	}
	return rc;
}

enum rc contacted_keep(struct contacted *s, struct ingest *g, struct err *reterr)
{
	struct batch b;
	enum rc rc = collect(s, &b, reterr);

	if (rc == RC_OK && b.n > 0)
		rc = ingest_write(g, write_batch, &b, reterr);
	os_mutex_lock(s->mutex);
	for (size_t i = 0; rc == RC_OK && i < b.n; i++) {
		struct one *x = find(s, b.one[i].key);

		if (x)
			x->kept = b.one[i].at;
	}
	os_mutex_unlock(s->mutex);
	free(b.one);
	return rc;
}
