/*
 * sync_blob: which blobs move in a contact and in which order, what an answer means for one of
 * them, for all, or for the line, and when records go first. Clauses P20, P21, P26, P31.
 */
#include "agent/sync_blob_part.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/os.h"

enum {
	BATCH = 256,
	SMALL_MAX = 65536,  /* bytes of what comes first, and over a metered line too: a form, not a photo */
	TROUBLES_MAX = 3,   /* answers 5xx until it is the collector's trouble, not the blob's */
	HOLD_S = 60,        /* quiet where the collector says no time */
	SLICE_MS = 200      /* so often is looked whether something was recorded */
};

void sync_blob_lock(const struct sync_blob *b)
{
	if (b->call)
		op_lock(b->call);
}

void sync_blob_unlock(const struct sync_blob *b)
{
	if (b->call)
		op_unlock(b->call);
}

/* ---- what an answer means ---- */

static enum sync_blob_fate by_status(struct sync_blob *b, int status)
{
	if (status == 429 || status == 503)
		return SYNC_BLOB_HELD;
	if (status == 401)
		return SYNC_BLOB_LINE;
	if (status < 500)
		return SYNC_BLOB_WAITS;
	return ++b->troubles < TROUBLES_MAX ? SYNC_BLOB_WAITS : SYNC_BLOB_LINE;
}

/* Only a problem document is the collector's word (P21); the rest some network in between says (P26). */
enum sync_blob_fate sync_blob_judge(struct sync_blob_move *m, const struct transport_res *res)
{
	bool ours = strcmp(res->type, "application/problem+json") == 0;

	if (transport_answer(res, "", &m->why) == RC_OK)
		err_set(&m->why, RC_UNAVAILABLE, "P26", "sync.portal", NULL);
	if (res->status < 400 || res->status == 511)
		return SYNC_BLOB_LINE;
	if (!ours && res->status != 503 && res->status != 429)
		return SYNC_BLOB_LINE;
	m->hold_s = res->retry_after_s > 0 ? res->retry_after_s : HOLD_S;
	return by_status(m->b, res->status);
}

/* ---- the pace ---- */

static bool overtaken(struct sync_blob *b)
{
	int64_t last = 0;

	sync_blob_lock(b);
	if (store_unsent_last(b->agent->store, &last, NULL) != RC_OK)
		last = 0;
	sync_blob_unlock(b);
	return last > b->unsent;
}

static bool rest(const struct sync_blob *b, int64_t ms)
{
	return b->how->sleep ? b->how->sleep(b->how->ctx, ms) : os_sleep_ms(ms);
}

enum sync_blob_fate sync_blob_pace(struct sync_blob *b, int64_t began_ms, size_t bytes)
{
	const struct clock *clock = b->agent->clock;
	int64_t wait;

	sync_rate_spend(&b->rate, began_ms, bytes);
	for (;;) {
		if (os_stopping())
			return SYNC_BLOB_STOPS;
		if (overtaken(b))
			return SYNC_BLOB_YIELDS;
		wait = sync_rate_wait_ms(&b->rate, clock_mono_ms(clock));
		if (wait == 0)
			return SYNC_BLOB_ON;
		if (rest(b, wait < SLICE_MS ? wait : SLICE_MS))
			return SYNC_BLOB_STOPS;
	}
}

/* ---- one after the other ---- */

typedef enum sync_blob_fate move_one(struct sync_blob_move *m);

static enum rc note(struct sync_blob *b, const uint8_t *sha, const struct sync_blob_move *m,
		    struct err *reterr)
{
	enum rc rc;

	sync_blob_lock(b);
	rc = store_blob_failed(b->agent->store, sha, b->contact, &m->why, sha ? 0 : m->hold_s, reterr);
	sync_blob_unlock(b);
	return rc;
}

/* *retfate: ON when the next one may be tried. */
static enum rc one(struct sync_blob *b, const struct store_blob *x, move_one *move,
		   enum sync_blob_fate *retfate, struct err *reterr)
{
	struct sync_blob_move m = {.b = b, .x = x};

	memcpy(m.path, "/v1/blobs/", 10);
	codec_hex(x->sha, 32, m.path + 10);
	err_clear(&m.why);
	*retfate = move(&m);
	switch (*retfate) {
	case SYNC_BLOB_WAITS:
		b->r->blobs_failed++;
		*retfate = SYNC_BLOB_ON;
		return note(b, x->sha, &m, reterr);
	case SYNC_BLOB_HELD: return note(b, NULL, &m, reterr);
	case SYNC_BLOB_LINE:
		if (reterr)
			*reterr = m.why;
		return m.why.rc;
	case SYNC_BLOB_WHOLE: *retfate = SYNC_BLOB_ON; return RC_OK;
	default: return RC_OK;
	}
}

/* All that are due, in batches until none is. */
static enum rc move_all(struct sync_blob *b, enum store_blob_way way, int64_t max, move_one *move,
			enum sync_blob_fate *retfate, struct err *reterr)
{
	struct store_blob *x = calloc(BATCH, sizeof(*x));
	struct store_due due = {.contact = b->contact, .max = max};
	size_t n = BATCH;
	enum rc rc = x ? RC_OK : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	*retfate = SYNC_BLOB_ON;
	while (rc == RC_OK && n > 0 && *retfate == SYNC_BLOB_ON) {
		sync_blob_lock(b);
		due.now = b->how->asked ? INT64_MAX : store_now(b->agent->store);
		rc = store_blobs_due(b->agent->store, way, &due, x, BATCH, &n, reterr);
		sync_blob_unlock(b);
		for (size_t i = 0; rc == RC_OK && *retfate == SYNC_BLOB_ON && i < n; i++)
			rc = one(b, &x[i], move, retfate, reterr);
	}
	free(x);
	return rc;
}

/* What a metered line leaves for another. */
static enum rc count_left(struct sync_blob *b, struct err *reterr)
{
	const struct store_due due = {.contact = b->contact, .now = INT64_MAX, .max = INT64_MAX};
	enum { COUNT_MAX = 4096 };
	struct store_blob *x = calloc(COUNT_MAX, sizeof(*x));
	size_t up = 0, down = 0;
	enum rc rc = x ? RC_OK : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	sync_blob_lock(b);
	if (rc == RC_OK)
		rc = store_blobs_due(b->agent->store, STORE_BLOB_UP, &due, x, COUNT_MAX, &up, reterr);
	if (rc == RC_OK)
		rc = store_blobs_due(b->agent->store, STORE_BLOB_DOWN, &due, x, COUNT_MAX, &down, reterr);
	sync_blob_unlock(b);
	b->r->blobs_wait = (int64_t)(up + down);
	free(x);
	return rc;
}

/* Did the collector ask for quiet, and is it still that time? A PC set back does not wait for days. */
static enum rc is_held(struct sync_blob *b, bool *ret, struct err *reterr)
{
	struct store_blob_state all;
	int64_t now;
	enum rc rc;

	sync_blob_lock(b);
	now = store_now(b->agent->store);
	rc = store_blob_state(b->agent->store, NULL, &all, reterr);
	sync_blob_unlock(b);
	*ret = rc == RC_OK && !b->how->asked && all.until > now && all.until <= now + 86400;
	return rc;
}

enum rc sync_blob_run(struct sync_blob *b, bool *retyield, struct err *reterr)
{
	static const struct {
		enum store_blob_way way;
		move_one *move;
		int64_t max;
	} turn[] = {{STORE_BLOB_DOWN, sync_blob_fetch, SMALL_MAX},
		    {STORE_BLOB_UP, sync_blob_send, INT64_MAX},
		    {STORE_BLOB_DOWN, sync_blob_fetch, INT64_MAX}};
	enum sync_blob_fate fate = SYNC_BLOB_ON;
	bool held = false;
	enum rc rc = is_held(b, &held, reterr);

	*retyield = false;
	if (rc != RC_OK || held)
		return rc;
	for (size_t i = 0; rc == RC_OK && fate == SYNC_BLOB_ON && i < sizeof(turn) / sizeof(turn[0]); i++)
		if (!b->how->metered || turn[i].max == SMALL_MAX)
			rc = move_all(b, turn[i].way, turn[i].max, turn[i].move, &fate, reterr);
	if (rc == RC_OK && fate == SYNC_BLOB_ON && b->how->metered)
		rc = count_left(b, reterr);
	*retyield = rc == RC_OK && fate == SYNC_BLOB_YIELDS;
	return rc;
}
