/*
 * webhooks: see webhooks.h. Here are the threads, one a webhook, and what is kept of each.
 *
 * Everything of a webhook but its connection belongs to one mutex, held for moments: not while a message is sent, read
 * or kept. What is kept is looked up by the sequencer's thread in the moment it is written, so that the last one
 * written is the newest, whoever asked for it.
 */
#include "server-stub/webhooks.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clock.h"
#include "server-stub/webhooks_part.h"

enum { DISK_MS = 5000 }; /* before the log is read again after that failed */

struct webhooks_one *webhooks_find(const struct webhooks *w, const char *name)
{
	for (size_t i = 0; i < w->n; i++)
		if (strcmp(w->one[i]->h.name, name) == 0)
			return w->one[i];
	return NULL;
}

size_t webhooks_find_left_out(const struct webhooks *w, const char *name)
{
	size_t i = 0;

	while (i < w->nleft_out && strcmp(w->left_out[i], name) != 0)
		i++;
	return i;
}

static void one_free(struct webhooks_one *o)
{
	http_free(o->http);
	free(o);
}

/* ---- what is kept ---- */

static enum rc write_stand(void *arg, struct archive_writer *w, struct err *reterr)
{
	struct webhooks_one *o = arg;
	struct json *doc = NULL;
	enum rc rc = RC_OK;

	os_mutex_lock(o->all->mutex);
	if (!o->removed && !o->leaving) {
		doc = webhook_stand_json(&o->s);
		o->kept = o->s.next;
	}
	o->unkept = false;
	os_mutex_unlock(o->all->mutex);
	if (doc)
		rc = w->doc_put(w->ctx, WEBHOOKS_STAND, o->h.name, doc, reterr);
	json_free(doc);
	return rc;
}

/* mutex held. */
static void keep_by(struct webhooks_one *o, int64_t ms)
{
	int64_t by = os_mono_ms() + ms;

	if (!o->unkept || by < o->keep_ms)
		o->keep_ms = by;
	o->unkept = true;
}

enum rc webhooks_keep(struct webhooks_one *o, struct err *reterr)
{
	enum rc rc = ingest_write(o->all->col->ingest, write_stand, o, reterr);

	if (rc != RC_OK) {
		os_mutex_lock(o->all->mutex);
		keep_by(o, WEBHOOKS_KEEP_MS);
		os_mutex_unlock(o->all->mutex);
	}
	return rc;
}

/* ---- telling ---- */

/* mutex held. */
static void remember(struct webhooks_one *o, const struct webhooks_sent *sent)
{
	o->last[o->nlast++ % WEBHOOKS_LAST] = *sent;
	o->good += sent->end == WEBHOOKS_GOOD;
	o->failed += sent->end != WEBHOOKS_GOOD;
}

/* Can it be signed with what is there now? mutex held. */
static bool has_key(const struct webhooks_one *o)
{
	return o->all->key && webhook_salt_fits(o->all->key, &o->h.now);
}

/* What a message's end means for the webhook. True: the next one may go. mutex held. */
static bool note_end(struct webhooks_one *o, const struct webhooks_sent *sent)
{
	uint32_t chance;

	if (sent->end == WEBHOOKS_ENDED)
		return false;
	if (sent->end == WEBHOOKS_KEYLESS && has_key(o)) { /* rotated meanwhile */
		o->dirty = true;
		return false;
	}
	remember(o, sent);
	if (sent->end == WEBHOOKS_GOOD) {
		keep_by(o, o->s.failures > 0 ? 0 : WEBHOOKS_KEEP_MS);
		webhook_told(&o->s, sent->index + 1);
		return true;
	}
	if (sent->end == WEBHOOKS_FAILED) {
		crypt_random(&chance, sizeof(chance));
		webhook_failed(&o->s, sent->why, sent->status, sent->at, sent->retry_after, chance);
		o->retry_ms = os_mono_ms() + (o->s.retry_at - sent->at) * 1000;
	} else {
		webhook_stopped(&o->s, sent->end == WEBHOOKS_IS_GONE ? WEBHOOK_GONE : WEBHOOK_NO_KEY, sent->why,
				sent->status);
	}
	o->dirty = true;
	keep_by(o, 0);
	return false;
}

/* A copy of what it is now, and the key, which only comes and never goes; false: it is not to be told anything. */
static bool still_on(struct webhooks_one *o, struct webhook *ret, struct crypt_secret **retkey)
{
	bool on;

	os_mutex_lock(o->all->mutex);
	on = !o->all->stopping && !o->removed && o->s.state == WEBHOOK_ON;
	*ret = o->h;
	*retkey = o->all->key;
	os_mutex_unlock(o->all->mutex);
	return on;
}

static bool tell_one(struct webhooks_one *o, const struct webhook_message *m)
{
	struct webhooks *w = o->all;
	struct crypt_secret *key;
	struct webhooks_sent sent;
	struct webhook h;
	bool go;

	if (!still_on(o, &h, &key))
		return false;
	webhooks_send(w->col, key, &h, o->http, m, &sent);
	os_mutex_lock(w->mutex);
	go = note_end(o, &sent);
	os_mutex_unlock(w->mutex);
	return go;
}

/* Behind a batch all of which was told. mutex held. */
static void pass(struct webhooks_one *o, const struct webhooks_batch *b)
{
	webhook_told(&o->s, b->upto);
	if (o->s.next - o->kept >= WEBHOOKS_FAR)
		keep_by(o, WEBHOOKS_KEEP_MS);
	o->dirty = o->dirty || b->more;
}

/* What is due to be kept, also amid a batch: one may take a slow receiver many minutes. */
static void keep_due(struct webhooks_one *o)
{
	bool due;

	os_mutex_lock(o->all->mutex);
	due = !o->all->stopping && o->unkept && o->keep_ms <= os_mono_ms();
	os_mutex_unlock(o->all->mutex);
	if (due)
		(void)webhooks_keep(o, NULL);
}

/* One batch. */
static void tell(struct webhooks_one *o)
{
	struct webhooks *w = o->all;
	struct webhooks_batch *b = calloc(1, sizeof(*b));
	enum rc rc = b ? RC_OK : RC_NOMEM;
	struct crypt_secret *key;
	struct webhook h;
	bool go = still_on(o, &h, &key);
	struct err why;
	int64_t from;

	err_clear(&why);
	os_mutex_lock(w->mutex);
	o->dirty = false; /* what comes from now on sets it again */
	from = o->s.next;
	os_mutex_unlock(w->mutex);
	if (rc == RC_OK && go)
		rc = webhooks_read(w->col, &h, from, b, &why);
	for (size_t i = 0; rc == RC_OK && go && i < b->n; i++) {
		go = tell_one(o, &b->m[i]);
		keep_due(o);
	}
	os_mutex_lock(w->mutex);
	if (rc == RC_OK && go)
		pass(o, b);
	if (rc != RC_OK) { /* the disk, not the receiver */
		o->dirty = true;
		o->retry_ms = os_mono_ms() + DISK_MS;
		memcpy(o->s.why, why.key, sizeof(o->s.why));
	}
	os_mutex_unlock(w->mutex);
	if (rc == RC_OK)
		webhooks_batch_free(b);
	free(b);
}

/* ---- the thread of one ---- */

/* Milliseconds until there is something to do; 0: now, -1: nobody knows. mutex held. */
static int64_t due_in(const struct webhooks_one *o)
{
	int64_t now = os_mono_ms(), least = -1, left;

	if (o->dirty && o->s.state == WEBHOOK_ON)
		least = o->retry_ms > now ? o->retry_ms - now : 0;
	if (o->unkept) {
		left = o->keep_ms > now ? o->keep_ms - now : 0;
		least = least < 0 || left < least ? left : least;
	}
	return least;
}

/* Until there is something to do; false: the end. *retkeep, *rettell: what. */
static bool wait_turn(struct webhooks_one *o, bool *retkeep, bool *rettell)
{
	struct webhooks *w = o->all;
	int64_t left;
	bool go;

	os_mutex_lock(w->mutex);
	while (!w->stopping && !o->removed && (left = due_in(o)) != 0) {
		if (left < 0)
			os_cond_wait(w->work, w->mutex);
		else
			os_cond_wait_ms(w->work, w->mutex, left);
	}
	go = !w->stopping && !o->removed;
	*retkeep = o->unkept && o->keep_ms <= os_mono_ms();
	*rettell = o->dirty && o->s.state == WEBHOOK_ON && o->retry_ms <= os_mono_ms();
	os_mutex_unlock(w->mutex);
	return go;
}

static void run_thread(void *arg)
{
	struct webhooks_one *o = arg;
	bool keep, say, left;

	while (wait_turn(o, &keep, &say)) {
		if (keep)
			(void)webhooks_keep(o, NULL);
		if (say)
			tell(o);
	}
	os_mutex_lock(o->all->mutex);
	left = !o->removed && (o->unkept || o->s.next != o->kept);
	os_mutex_unlock(o->all->mutex);
	if (left)
		(void)webhooks_keep(o, NULL);
	os_mutex_lock(o->all->mutex);
	o->ended = true;
	os_mutex_unlock(o->all->mutex);
}

void webhooks_begin(struct webhooks_one *o)
{
	struct err why;
	int64_t wait = o->s.retry_at - clock_now_s(o->all->col->clock);
	enum rc rc;

	err_clear(&why);
	rc = o->http ? RC_OK : webhooks_http(&o->h, &o->http, &why);
	os_mutex_lock(o->all->mutex);
	o->dirty = true;
	o->retry_ms = o->s.retry_at > 0 && wait > 0 ? os_mono_ms() + wait * 1000 : 0;
	os_mutex_unlock(o->all->mutex);
	if (rc == RC_OK)
		rc = os_thread_start(&o->thread, run_thread, o, &why);
	if (rc == RC_OK)
		return;
	os_mutex_lock(o->all->mutex);
	memcpy(o->s.why, why.key, sizeof(o->s.why));
	os_mutex_unlock(o->all->mutex);
}

void webhooks_wake(struct webhooks *w)
{
	os_mutex_lock(w->mutex);
	for (size_t i = 0; i < w->n; i++)
		w->one[i]->dirty = true;
	if (w->n > 0)
		os_cond_broadcast(w->work);
	os_mutex_unlock(w->mutex);
}

/* ---- life ---- */

enum rc webhooks_new(struct webhooks **ret, struct collector *col, struct err *reterr)
{
	struct webhooks *w = calloc(1, sizeof(*w));
	enum rc rc;

	if (!w)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	w->col = col;
	rc = os_mutex_new(&w->mutex, reterr);
	if (rc == RC_OK)
		rc = os_cond_new(&w->work, reterr);
	if (rc == RC_OK)
		*ret = w;
	else
		webhooks_free(w);
	return rc;
}

struct loading {
	struct webhooks *w;
	enum rc rc;
	struct err *reterr;
};

/* Told of in the log of the program; the others go on. */
static void leave_out(struct webhooks *w, const char *name)
{
	size_t len = strlen(name) < WEBHOOK_NAME ? strlen(name) : WEBHOOK_NAME - 1;

	if (w->nleft_out == WEBHOOK_MAX)
		return;
	memcpy(w->left_out[w->nleft_out], name, len);
	w->left_out[w->nleft_out++][len] = '\0';
}

static bool take_doc(void *arg, const char *key, const struct json *doc)
{
	struct loading *l = arg;
	struct webhooks_one *o = calloc(1, sizeof(*o));

	if (!o) {
		l->rc = err_set(l->reterr, RC_NOMEM, NULL, "buf.memory", NULL);
		return false;
	}
	o->all = l->w;
	if (l->w->n == WEBHOOK_MAX || !webhook_read(doc, &o->h)) {
		free(o);
		leave_out(l->w, key);
		return true;
	}
	l->w->one[l->w->n++] = o;
	return true;
}

static bool take_damaged(void *arg, const char *table, const char *key)
{
	(void)table;
	leave_out(arg, key);
	return true;
}

/* *retis false: there is none that could be read. */
static enum rc load_stand(struct archive_reader *r, struct webhooks_one *o, bool *retis, struct err *reterr)
{
	struct json *doc = NULL;
	enum rc rc = r->doc_if(r->ctx, WEBHOOKS_STAND, o->h.name, &doc, reterr);

	*retis = rc == RC_OK && webhook_stand_read(doc, &o->s);
	o->kept = o->s.next;
	json_free(doc);
	return rc;
}

/* Those whose stand is there; one whose secret is not says so at once. Nothing runs. */
static enum rc load_stands(struct webhooks *w, struct archive_reader *r, struct err *reterr)
{
	size_t n = 0, all = w->n;
	enum rc rc = RC_OK;

	for (size_t i = 0; i < all; i++) {
		struct webhooks_one *o = w->one[i];
		bool is = true;

		if (rc == RC_OK)
			rc = load_stand(r, o, &is, reterr);
		if (!is && rc == RC_OK) {
			leave_out(w, o->h.name);
			one_free(o);
			continue;
		}
		w->one[n++] = o;
		if (rc == RC_OK && o->s.state == WEBHOOK_ON && !has_key(o)) {
			webhook_stopped(&o->s, WEBHOOK_NO_KEY, "webhook.no_key", 0);
			keep_by(o, 0);
		}
	}
	w->n = n;
	return rc;
}

/* A key that cannot be read is none: webhooks wait, the collector does not. */
static enum rc load_key(struct webhooks *w, struct err *reterr)
{
	enum rc rc = vault_secret(w->col->home, WEBHOOKS_KEY, false, &w->key, reterr);

	if (rc == RC_OK || rc == RC_NOMEM)
		return rc;
	err_clear(reterr);
	return RC_OK;
}

enum rc webhooks_load(struct webhooks *w, struct err *reterr)
{
	struct loading l = {.w = w, .reterr = reterr};
	struct archive_reader *r = NULL;
	enum rc rc = w->key ? RC_OK : load_key(w, reterr);

	while (w->n > 0)
		one_free(w->one[--w->n]);
	w->nleft_out = 0;
	if (rc == RC_OK)
		rc = archive_read(w->col->archive, &r, reterr);
	if (rc == RC_OK)
		rc = r->docs(r->ctx, WEBHOOKS_DOC, take_doc, &l, reterr);
	if (rc == RC_OK)
		rc = r->docs_damaged(r->ctx, WEBHOOKS_DOC, take_damaged, w, reterr);
	rc = rc == RC_OK ? l.rc : rc;
	if (rc == RC_OK)
		rc = load_stands(w, r, reterr);
	archive_read_end(w->col->archive, r);
	return rc;
}

void webhooks_start(struct webhooks *w)
{
	w->running = true;
	for (size_t i = 0; i < w->n; i++)
		webhooks_begin(w->one[i]);
}

const char *webhooks_left_out(const struct webhooks *w, size_t i)
{
	return i < w->nleft_out ? w->left_out[i] : NULL;
}

void webhooks_stop(struct webhooks *w)
{
	os_mutex_lock(w->mutex);
	w->stopping = true;
	for (size_t i = 0; i < w->n; i++)
		if (w->one[i]->http)
			http_cancel(w->one[i]->http);
	os_cond_broadcast(w->work);
	os_mutex_unlock(w->mutex);
	for (size_t i = 0; i < w->n; i++) {
		os_thread_join(w->one[i]->thread);
		w->one[i]->thread = NULL;
	}
	while (w->removed) {
		struct webhooks_one *o = w->removed;

		w->removed = o->next;
		os_thread_join(o->thread);
		one_free(o);
	}
}

void webhooks_free(struct webhooks *w)
{
	if (!w)
		return;
	if (w->running)
		webhooks_stop(w);
	for (size_t i = 0; i < w->n; i++)
		one_free(w->one[i]);
	crypt_secret_free(w->key);
	os_cond_free(w->work);
	os_mutex_free(w->mutex);
	free(w);
}
