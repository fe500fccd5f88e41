/*
 * report_open: see report_open.h. Two batches take turns: while the threads open one, the other is filled; a
 * batch is told when the threads are through with it, so that memory is that of two batches.
 */
#include "sync/report_open.h"

#include <stdlib.h>
#include <string.h>

#include "lib/os.h"

enum { BATCH = 512, THREADS_MAX = 16, BEGINNING = 400 };

struct job {
	struct report_opened x;
	bool open; /* a thread opens it */
	uint8_t key[CRYPT_PK_LEN];
};

struct batch {
	struct job job[BATCH];
	size_t n;
};

struct report_open {
	struct report_open_to to;
	struct batch batch[2], *filled;
	struct os_thread *thread[THREADS_MAX];
	size_t nthread;
	struct os_mutex *mutex; /* what follows */
	struct os_cond *work, *done;
	struct batch *given; /* to the threads; NULL: none */
	size_t next, left;   /* of its jobs: the next to begin; how many are not ended */
	bool stop;
};

/* ---- the threads ---- */

static void work(void *arg)
{
	struct report_open *o = arg;

	os_mutex_lock(o->mutex);
	while (!o->stop) {
		struct job *j;

		if (!o->given || o->next == o->given->n) {
			os_cond_wait(o->work, o->mutex);
			continue;
		}
		j = &o->given->job[o->next++];
		os_mutex_unlock(o->mutex);
		if (j->open)
			j->x.rc = entry_open_key(j->x.line, j->key, &j->x.e, &j->x.why);
		os_mutex_lock(o->mutex);
		if (--o->left == 0)
			os_cond_signal(o->done);
	}
	os_mutex_unlock(o->mutex);
}

static void give(struct report_open *o, struct batch *b)
{
	os_mutex_lock(o->mutex);
	o->given = b;
	o->next = 0;
	o->left = b->n;
	os_cond_broadcast(o->work);
	os_mutex_unlock(o->mutex);
}

/* The batch they had, all of it opened; NULL: they had none. */
static struct batch *wait_for(struct report_open *o)
{
	struct batch *b;

	os_mutex_lock(o->mutex);
	while (o->given && o->left > 0)
		os_cond_wait(o->done, o->mutex);
	b = o->given;
	o->given = NULL;
	os_mutex_unlock(o->mutex);
	return b;
}

/* ---- batches ---- */

static void job_free(struct job *j)
{
	entry_free(j->x.e);
	json_free(j->x.held);
	memset(j, 0, sizeof(*j));
}

static enum rc tell(struct report_open *o, struct batch *b, struct err *reterr)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; b && i < b->n; i++) {
		if (rc == RC_OK)
			rc = o->to.take(o->to.ctx, &b->job[i].x, reterr);
		job_free(&b->job[i]);
	}
	if (b)
		b->n = 0;
	return rc;
}

/* The filled batch to the threads, those they had to whoever asked. */
static enum rc turn(struct report_open *o, struct err *reterr)
{
	struct batch *had = wait_for(o);
	struct batch *next = o->filled;

	if (next->n > 0)
		give(o, next);
	o->filled = next == &o->batch[0] ? &o->batch[1] : &o->batch[0];
	return tell(o, had, reterr);
}

/* ---- lines ---- */

/* E7: op stands behind members whose values hold no quote. What only looks so is opened as it is, a little later. */
static bool is_set(struct span line)
{
	static const char set[] = ",\"op\":\"set\",";
	size_t n = line.len < BEGINNING ? line.len : BEGINNING;

	for (size_t i = ENTRY_SIG_TEXT + 1; i + sizeof(set) - 1 <= n; i++)
		if (memcmp(line.p + i, set, sizeof(set) - 1) == 0)
			return line.p[ENTRY_SIG_TEXT + 1] == '{';
	return false;
}

static enum rc open_now(struct report_open *o, struct job *j, struct err *reterr)
{
	j->x.rc = entry_open(j->x.line, &o->to.keys, &j->x.e, &j->x.why);
	return j->x.rc == RC_OK ? o->to.first(o->to.ctx, j->x.e, j->x.index, reterr) : RC_OK;
}

enum rc report_open_line(struct report_open *o, struct json *held, struct span line, int64_t index, int64_t n,
			 struct err *reterr)
{
	struct job *j = &o->filled->job[o->filled->n++];
	uint8_t feed[ENTRY_FEED_LEN];
	enum rc rc = RC_OK;

	j->x = (struct report_opened){.line = line, .held = held, .index = index, .n = n};
	j->open = is_set(line) && entry_peek_feed(line, feed) &&
		  o->to.keys.find(o->to.keys.ctx, feed, j->key);
	if (!j->open)
		rc = open_now(o, j, reterr);
	if (rc == RC_OK && o->filled->n == BATCH)
		rc = turn(o, reterr);
	return rc;
}

enum rc report_open_end(struct report_open *o, struct err *reterr)
{
	enum rc rc = turn(o, reterr);

	return rc == RC_OK ? turn(o, reterr) : rc;
}

/* ---- beginning and end ---- */

enum rc report_open_new(struct report_open **ret, const struct report_open_to *to, struct err *reterr)
{
	struct report_open *o = calloc(1, sizeof(*o));
	size_t n = (size_t)os_cpus();
	enum rc rc;

	if (!o)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	o->to = *to;
	o->filled = &o->batch[0];
	rc = os_mutex_new(&o->mutex, reterr);
	if (rc == RC_OK)
		rc = os_cond_new(&o->work, reterr);
	if (rc == RC_OK)
		rc = os_cond_new(&o->done, reterr);
	while (rc == RC_OK && o->nthread < n && o->nthread < THREADS_MAX) {
		rc = os_thread_start(&o->thread[o->nthread], work, o, reterr);
		o->nthread += rc == RC_OK;
	}
	if (rc == RC_OK)
		*ret = o;
	else
		report_open_free(o);
	return rc;
}

void report_open_free(struct report_open *o)
{
	if (!o)
		return;
	if (o->nthread > 0) {
		wait_for(o);
		os_mutex_lock(o->mutex);
		o->stop = true;
		os_cond_broadcast(o->work);
		os_mutex_unlock(o->mutex);
	}
	for (size_t i = 0; i < o->nthread; i++)
		os_thread_join(o->thread[i]);
	for (size_t b = 0; b < 2; b++)
		for (size_t i = 0; i < o->batch[b].n; i++)
			job_free(&o->batch[b].job[i]);
	os_cond_free(o->work);
	os_cond_free(o->done);
	os_mutex_free(o->mutex);
	free(o);
}
