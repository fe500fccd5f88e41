/*
 * sync_blob_move: the bytes of one blob, down or up, a step at a time; hashed once, when all are
 * there. Clauses P23, P24, P26, P31. Not here: which blob, what a failure means for the others.
 */
#include "agent/sync_blob_part.h"

#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "lib/os.h"

enum { OFFSETS_MAX = 3 /* of one blob: a collector that keeps telling another offset is not asked for ever */ };

static const char octets[] = "application/octet-stream";

static enum sync_blob_fate portal(struct sync_blob_move *m)
{
	err_set(&m->why, RC_UNAVAILABLE, "P26", "sync.portal", NULL);
	return SYNC_BLOB_LINE;
}

/* ---- down ---- */

/* Does an entry still name it, and is it still missing? An erase may have come meanwhile (A16). */
static enum rc is_wanted(struct sync_blob_move *m, bool *ret)
{
	int64_t size = 0;
	enum rc rc = store_blob_wanted(m->b->agent->store, m->x->sha, &size, &m->why);

	*ret = size == m->x->size;
	return rc;
}

/* The file of the part, as long as it is; one that is longer than the whole begins anew. */
static enum rc part_open(struct sync_blob_move *m, struct os_file **retf, char path[LIMIT_PATH],
			 int64_t *retlen)
{
	enum rc rc = store_blob_part(m->b->agent->store, m->x->sha, path, LIMIT_PATH, &m->why);

	if (rc == RC_OK)
		rc = os_file_open(retf, path, OS_CREATE, &m->why);
	if (rc == RC_OK)
		rc = os_file_length(*retf, retlen, &m->why);
	if (rc == RC_OK && *retlen > m->x->size) {
		rc = os_file_truncate(*retf, 0, &m->why);
		*retlen = 0;
	}
	return rc;
}

/* All bytes are here: they must be what the name says, or the part is thrown away. */
static enum sync_blob_fate part_whole(struct sync_blob_move *m, struct os_file *f, const char *path)
{
	struct store *s = m->b->agent->store;
	bool fits = false, wanted = false;
	enum rc rc = os_file_flush(f, &m->why);

	if (rc == RC_OK)
		rc = store_blob_is(path, m->x->sha, &fits, &m->why);
	if (rc == RC_OK && !fits) {
		os_file_remove(path, NULL);
		err_set(&m->why, RC_REFUSED, "P23", "blob.hash", NULL);
		return SYNC_BLOB_WAITS;
	}
	sync_blob_lock(m->b);
	if (rc == RC_OK)
		rc = is_wanted(m, &wanted);
	if (rc == RC_OK && wanted)
		rc = store_blob_adopt(s, m->x->sha, path, m->x->size, &m->why);
	else if (rc == RC_OK)
		rc = os_file_remove(path, &m->why);
	sync_blob_unlock(m->b);
	m->b->r->blobs_down += rc == RC_OK && wanted;
	return rc == RC_OK ? SYNC_BLOB_WHOLE : SYNC_BLOB_LINE;
}

/* Where the next step begins, or whole already. */
static enum sync_blob_fate part_begin(struct sync_blob_move *m, int64_t *retfrom)
{
	char path[LIMIT_PATH];
	struct os_file *f = NULL;
	enum sync_blob_fate fate = SYNC_BLOB_ON;
	bool wanted = false;
	enum rc rc;

	sync_blob_lock(m->b);
	rc = is_wanted(m, &wanted);
	if (rc == RC_OK && wanted)
		rc = part_open(m, &f, path, retfrom);
	sync_blob_unlock(m->b);
	if (rc != RC_OK)
		fate = SYNC_BLOB_LINE;
	else if (!wanted)
		fate = SYNC_BLOB_WHOLE; /* nobody asks for it any more */
	else if (*retfrom == m->x->size)
		fate = part_whole(m, f, path);
	os_file_close(f);
	return fate;
}

/* Append the bytes, which begin at from. */
static enum sync_blob_fate part_append(struct sync_blob_move *m, int64_t from, struct span bytes)
{
	char path[LIMIT_PATH];
	struct os_file *f = NULL;
	int64_t at = 0;
	bool wanted = false;
	enum rc rc;

	sync_blob_lock(m->b);
	rc = is_wanted(m, &wanted);
	if (rc == RC_OK && wanted)
		rc = part_open(m, &f, path, &at);
	if (rc == RC_OK && wanted && at == from)
		rc = os_file_pwrite(f, from, bytes, &m->why);
	os_file_close(f);
	sync_blob_unlock(m->b);
	return rc == RC_OK ? SYNC_BLOB_ON : SYNC_BLOB_LINE;
}

/* Is it just what was asked for? A 200 is the whole. */
static bool is_step(const struct sync_blob_move *m, const struct transport_res *res, int64_t from,
		    int64_t len)
{
	if (strcmp(res->type, octets) != 0 || (int64_t)res->body.len != len)
		return false;
	if (res->status == 200)
		return from == 0 && len == m->x->size;
	return res->status == 206 && res->range_from == from && res->range_size == m->x->size;
}

/* Another size than the entry says is the entry's fault, not the line's. */
static enum sync_blob_fate not_a_step(struct sync_blob_move *m, const struct transport_res *res)
{
	if (strcmp(res->type, octets) != 0 || res->status != 206 || res->range_size < 0 ||
	    res->range_size == m->x->size)
		return sync_blob_judge(m, res);
	err_num(&m->why, RC_REFUSED, "P24", "blob.size", "size", (long long)m->x->size);
	return SYNC_BLOB_WAITS;
}

static enum sync_blob_fate fetch_step(struct sync_blob_move *m, int64_t from)
{
	struct sync_blob *b = m->b;
	int64_t left = m->x->size - from, step = (int64_t)sync_rate_step(&b->rate);
	int64_t len = left < step ? left : step, began = clock_mono_ms(b->agent->clock);
	struct transport_req req = {.method = "GET",
				    .path = m->path,
				    .upload_offset = -1,
				    .range_from = from,
				    .range_len = len,
				    .max = (size_t)len + LIMIT_KIB * 16};
	struct transport_res res;
	enum sync_blob_fate fate;

	if (b->t->exchange(b->t->ctx, &req, &res, &m->why) != RC_OK)
		return SYNC_BLOB_LINE;
	if (is_step(m, &res, from, len))
		fate = part_append(m, from, span_buf(&res.body));
	else
		fate = not_a_step(m, &res);
	if (fate == SYNC_BLOB_ON && from + len < m->x->size)
		fate = sync_blob_pace(b, began, res.body.len);
	else
		sync_rate_spend(&b->rate, began, res.body.len);
	buf_free(&res.body);
	return fate;
}

enum sync_blob_fate sync_blob_fetch(struct sync_blob_move *m)
{
	enum sync_blob_fate fate = sync_blob_pace(m->b, 0, 0);
	int64_t from = 0;

	while (fate == SYNC_BLOB_ON) {
		fate = part_begin(m, &from);
		if (fate == SYNC_BLOB_ON)
			fate = fetch_step(m, from);
	}
	return fate;
}

/* ---- up ---- */

static enum sync_blob_fate ask_offset(struct sync_blob_move *m, int64_t *ret)
{
	struct transport_req req = {.method = "HEAD",
				    .path = m->path,
				    .upload_offset = -1,
				    .range_from = -1,
				    .max = LIMIT_KIB};
	struct transport_res res;
	enum sync_blob_fate fate = SYNC_BLOB_ON;
	struct transport *t = m->b->t;

	if (t->exchange(t->ctx, &req, &res, &m->why) != RC_OK)
		return SYNC_BLOB_LINE;
	if ((res.status == 200 || res.status == 204) && strcmp(res.type, octets) == 0 &&
	    res.upload_offset >= 0) {
		*ret = res.upload_offset;
		fate = res.upload_complete ? SYNC_BLOB_WHOLE : SYNC_BLOB_ON;
	} else {
		fate = sync_blob_judge(m, &res);
		if (res.status == 404 && fate == SYNC_BLOB_WAITS) /* a HEAD has no body to say so */
			err_set(&m->why, RC_NOTFOUND, "P24", "blob.not_named", NULL);
	}
	buf_free(&res.body);
	return fate;
}

/* What the answer to a step says: ON with the offset to go on from. */
static enum sync_blob_fate take_offset(struct sync_blob_move *m, const struct transport_res *res,
				       int64_t sent_to, int64_t *offset, int *left)
{
	if ((res->status == 204 || res->status == 200) && strcmp(res->type, octets) == 0 &&
	    res->upload_offset == sent_to) {
		*offset = sent_to;
		return res->upload_complete ? SYNC_BLOB_WHOLE : SYNC_BLOB_ON;
	}
	if (res->status < 400)
		return portal(m);
	if (res->status == 409 && res->upload_offset >= 0 && res->upload_offset <= m->x->size &&
	    --*left > 0) {
		*offset = res->upload_offset;
		return res->upload_complete ? SYNC_BLOB_WHOLE : SYNC_BLOB_ON;
	}
	return sync_blob_judge(m, res);
}

static enum sync_blob_fate send_step(struct sync_blob_move *m, struct os_file *f, int64_t *offset,
				     int *left)
{
	struct sync_blob *b = m->b;
	int64_t all = m->x->size - *offset, began = clock_mono_ms(b->agent->clock);
	size_t step = sync_rate_step(&b->rate), got = 0;
	struct transport_req req = {.method = "PATCH",
				    .path = m->path,
				    .type = "application/offset+octet-stream",
				    .upload_offset = *offset,
				    .range_from = -1,
				    .max = LIMIT_KIB * 16};
	struct transport_res res;
	enum sync_blob_fate fate;

	if (all < (int64_t)step)
		step = (size_t)all;
	if (os_file_pread(f, *offset, m->step, step, &got, &m->why) != RC_OK)
		return SYNC_BLOB_LINE;
	req.body = span_of(m->step, got);
	if (b->t->exchange(b->t->ctx, &req, &res, &m->why) != RC_OK)
		return SYNC_BLOB_LINE;
	fate = take_offset(m, &res, *offset + (int64_t)got, offset, left);
	buf_free(&res.body);
	if (fate == SYNC_BLOB_ON && step == 0) { /* all is there, and it is not whole */
		err_num(&m->why, RC_REMOTE, "P23", "blob.offset", "offset", (long long)*offset);
		return SYNC_BLOB_WAITS;
	}
	if (fate == SYNC_BLOB_ON)
		return sync_blob_pace(b, began, got);
	sync_rate_spend(&b->rate, began, got);
	return fate;
}

/* Damaged on this disk: set aside, missing from now on, and fetched like any other. */
static enum sync_blob_fate check(struct sync_blob_move *m)
{
	struct store *s = m->b->agent->store;
	enum rc rc = store_blob_check(s, m->x->sha, &m->why), aside;

	if (rc == RC_OK)
		return SYNC_BLOB_ON;
	if (rc != RC_CORRUPT && rc != RC_NOTFOUND)
		return SYNC_BLOB_LINE;
	sync_blob_lock(m->b);
	aside = store_blob_aside(s, m->x->sha, &m->why);
	sync_blob_unlock(m->b);
	m->b->r->blobs_failed++;
	return aside == RC_OK ? SYNC_BLOB_WHOLE : SYNC_BLOB_LINE;
}

static enum sync_blob_fate send_steps(struct sync_blob_move *m, int64_t offset)
{
	enum sync_blob_fate fate = SYNC_BLOB_ON;
	struct os_file *f = NULL;
	char path[LIMIT_PATH];
	int left = OFFSETS_MAX;
	enum rc rc = store_blob_file(m->b->agent->store, m->x->sha, path, sizeof(path), &m->why);

	if (rc == RC_OK)
		rc = os_file_open(&f, path, OS_READ, &m->why);
	if (rc == RC_NOTFOUND) /* erased meanwhile */
		return SYNC_BLOB_WHOLE;
	if (rc != RC_OK)
		return SYNC_BLOB_LINE;
	m->step = malloc(SYNC_RATE_STEP);
	if (!m->step) {
		err_set(&m->why, RC_NOMEM, NULL, "buf.memory", NULL);
		fate = SYNC_BLOB_LINE;
	}
	while (fate == SYNC_BLOB_ON)
		fate = send_step(m, f, &offset, &left);
	free(m->step);
	os_file_close(f);
	return fate;
}

enum sync_blob_fate sync_blob_send(struct sync_blob_move *m)
{
	enum sync_blob_fate fate = sync_blob_pace(m->b, 0, 0);
	int64_t offset = 0;
	enum rc rc;

	if (fate == SYNC_BLOB_ON)
		fate = check(m);
	if (fate != SYNC_BLOB_ON)
		return fate;
	fate = ask_offset(m, &offset);
	if (fate == SYNC_BLOB_ON && offset > m->x->size) {
		err_num(&m->why, RC_REMOTE, "P23", "blob.offset", "offset", (long long)offset);
		return SYNC_BLOB_WAITS;
	}
	if (fate == SYNC_BLOB_ON)
		fate = send_steps(m, offset);
	if (fate != SYNC_BLOB_WHOLE)
		return fate;
	sync_blob_lock(m->b);
	rc = store_blob_sent(m->b->agent->store, m->x->sha, &m->why);
	sync_blob_unlock(m->b);
	m->b->r->blobs_up += rc == RC_OK;
	return rc == RC_OK ? SYNC_BLOB_WHOLE : SYNC_BLOB_LINE;
}
