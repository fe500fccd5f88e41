/*
 * facts: see facts.h.
 */
#include "server-stub/facts.h"

#include <stdlib.h>

#include "lib/limits.h"

#define BEGUN "facts.1" /* setting: every record that a report reads has its fact */

/* *says is emptied; it holds what ret->says is. */
static enum rc make(enum report_kind k, const struct merge_state *s, const struct form_set *forms,
		    const struct archive_fact_put *x, struct buf *says, struct archive_fact_put *ret,
		    struct err *reterr)
{
	enum rc rc = RC_OK;

	buf_reset(says);
	*ret = *x;
	ret->kind = k;
	if (report_fact_kept(k))
		rc = report_fact_show(k, s, forms, says, &ret->undecided, reterr);
	else
		ret->since = ARCHIVE_NEVER;
	if (!report_fact_bound(k))
		ret->newest = NULL;
	ret->says = span_buf(says);
	return rc;
}

enum rc facts_put(struct archive_writer *w, const struct archive_entity *e, const struct merge_state *s,
		  const struct form_set *forms, const struct archive_fact_put *x, struct err *reterr)
{
	enum report_kind k = report_fact_kind(e->kind);
	struct archive_fact_put made;
	struct buf says;
	enum rc rc;

	if (k == REPORT_KIND_N)
		return RC_OK;
	buf_init(&says, LIMIT_MERGE_STATE);
	rc = make(k, s, forms, x, &says, &made, reterr);
	if (rc == RC_OK)
		rc = w->fact_put(w->ctx, e->no, &made, reterr);
	buf_free(&says);
	return rc;
}

enum rc facts_same(struct archive_reader *r, const struct archive_entity *e, const struct merge_state *s,
		   const struct form_set *forms, bool *ret, struct err *reterr)
{
	enum report_kind k = report_fact_kind(e->kind);
	const struct archive_fact_put none = {.born = -1};
	struct archive_fact_put want, got;
	struct buf says, stored;
	enum rc rc;

	*ret = true;
	if (k == REPORT_KIND_N)
		return RC_OK;
	buf_init(&says, LIMIT_MERGE_STATE);
	buf_init(&stored, LIMIT_MERGE_STATE);
	rc = make(k, s, forms, &none, &says, &want, reterr);
	if (rc == RC_OK)
		rc = r->fact(r->ctx, e->no, &got, &stored, reterr);
	*ret = rc == RC_OK && got.kind == k && got.undecided == want.undecided &&
	       got.last == (e->last_index < 0 ? -1 : e->last_index) &&
	       (!report_fact_kept(k) || span_eq(want.says, got.says)) &&
	       (report_fact_kept(k) ? got.since > got.last : got.since == ARCHIVE_NEVER);
	buf_free(&says);
	buf_free(&stored);
	if (rc == RC_NOTFOUND)
		err_clear(reterr);
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

/* ---- beginning ---- */

struct beginning {
	struct archive_writer *w;
	const struct form_set *forms;
	struct buf says;
	int64_t size; /* of the log */
	enum rc rc;
	struct err *reterr;
};

static bool begin_one(void *arg, const struct archive_entity *e)
{
	enum report_kind k = report_fact_kind(e->kind);
	struct beginning *b = arg;
	const struct archive_fact_put now = {.since = b->size};
	struct archive_fact_put made;
	struct merge_state *s = NULL;

	if (k == REPORT_KIND_N)
		return true;
	b->rc = e->state.len > 0 ? merge_read(e->state, &s, b->reterr) : merge_new(&s, b->reterr);
	if (b->rc == RC_OK)
		b->rc = make(k, s, b->forms, &now, &b->says, &made, b->reterr);
	if (b->rc == RC_OK)
		b->rc = b->w->fact_begin(b->w->ctx, e->no, &made, b->reterr);
	merge_free(s);
	return b->rc == RC_OK;
}

static enum rc begin_all(void *arg, struct archive_writer *w, struct err *reterr)
{
	const struct archive_filter all = {.limit = INT64_MAX};
	struct beginning *b = arg;
	struct buf note;
	int64_t at;
	enum rc rc;

	b->w = w;
	buf_init(&note, NOTE_TEXT_MAX);
	rc = w->own->head(w->own->ctx, &b->size, &note, &at, reterr);
	buf_free(&note);
	if (rc == RC_OK)
		rc = w->own->entities(w->own->ctx, &all, begin_one, b, NULL, reterr);
	rc = rc == RC_OK ? b->rc : rc;
	return rc == RC_OK ? w->set(w->ctx, BEGUN, "1", reterr) : rc;
}

enum rc facts_begin(struct collector *col, struct err *reterr)
{
	const struct ingest_snapshot *snap;
	struct beginning b = {.reterr = reterr};
	char *begun = NULL;
	enum rc rc = collector_setting(col, BEGUN, &begun, reterr);

	if (rc != RC_OK || begun) {
		free(begun);
		return rc;
	}
	buf_init(&b.says, LIMIT_MERGE_STATE);
	snap = ingest_snapshot(col->ingest);
	b.forms = snap->forms;
	rc = ingest_write(col->ingest, begin_all, &b, reterr);
	ingest_snapshot_end(col->ingest, snap);
	buf_free(&b.says);
	return rc;
}
