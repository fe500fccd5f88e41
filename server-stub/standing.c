/*
 * standing: see standing.h. Clauses R4, M12, M13, M17. Fields are read by the policies of version 1,
 * as the report reads them (R2).
 */
#include "server-stub/standing.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "server-stub/matter.h"
#include "sync/decision.h"

#define STATEMENT "weekly_statement"
#define REVIEW    "review"
#define BEGUN     "standing.2" /* setting: rows are there for every statement and review */

static bool says(const struct json *fields, const char *field, const char *value)
{
	const char *text = json_get_str(fields, field);

	return text && strcmp(text, value) == 0;
}

/* ---- keeping ---- */

static unsigned statement_says(const struct json *v, bool conflict)
{
	unsigned n = conflict ? STANDING_UNDECIDED : 0;

	if (says(v, "declared_adequate", "co"))
		n |= STANDING_ADEQUATE;
	if (says(v, "declared_adequate", "chua") || json_len(json_get_arr(v, "missing")) > 0)
		n |= STANDING_SHORT;
	if (json_len(json_get_arr(v, "children")) > 0)
		n |= STANDING_CHILDREN;
	return n;
}

static enum rc put_statement(struct archive_writer *w, int64_t no, const struct json *v,
			     bool conflict, struct err *reterr)
{
	const char *week = json_get_str(v, "week");

	return w->statement_put(w->ctx, no, week && text_is_week(span_str(week)) ? week : NULL,
				statement_says(v, conflict), reterr);
}

static enum rc put_review(struct archive_writer *w, int64_t no, const struct json *v, bool conflict,
			  struct err *reterr)
{
	const char *text = json_get_str(v, "target");
	static const enum standing_verdict as[] = {[DECISION_RECEIVED] = STANDING_OPEN,
						   [DECISION_APPROVED] = STANDING_APPROVED,
						   [DECISION_RETURNED] = STANDING_RETURNED,
						   [DECISION_REJECTED] = STANDING_RETURNED};
	const struct decision d = decision_of(v, 0);
	uint8_t target[16];

	(void)conflict; /* it is one entry (M21) */
	bool has = text && codec_uuid_dec(span_str(text), target);

	return w->review_put(w->ctx, no, has ? target : NULL,
			     (unsigned)d.level << STANDING_LEVEL | (unsigned)as[d.state],
			     d.bound ? d.seen : NULL, reterr);
}

static const struct {
	const char *kind;
	enum rc (*put)(struct archive_writer *w, int64_t no, const struct json *v, bool conflict,
		       struct err *reterr);
} kinds[] = {{STATEMENT, put_statement}, {REVIEW, put_review}};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

enum rc standing_put(struct archive_writer *w, const struct archive_entity *e,
		     const struct merge_state *s, const struct form_set *forms, struct err *reterr)
{
	size_t k = 0;
	const struct form *f;
	struct json *v;
	enum rc rc;

	while (k < KINDS && strcmp(e->kind, kinds[k].kind) != 0)
		k++;
	if (k == KINDS)
		return RC_OK;
	f = form_set_get(forms, e->kind, 1);
	v = merge_json(s, f);
	if (!v)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	rc = kinds[k].put(w, e->no, v, merge_conflicts(s, f) > 0, reterr);
	json_free(v);
	return rc;
}

struct beginning {
	struct archive_writer *w;
	const struct form_set *forms;
	enum rc rc;
	struct err *reterr;
};

static bool begin_one(void *arg, const struct archive_entity *e)
{
	struct beginning *b = arg;
	struct merge_state *s = NULL;

	if (e->state.len == 0)
		return true;
	b->rc = merge_read(e->state, &s, b->reterr);
	if (b->rc == RC_OK)
		b->rc = standing_put(b->w, e, s, b->forms, b->reterr);
	merge_free(s);
	return b->rc == RC_OK;
}

static enum rc begin_all(void *arg, struct archive_writer *w, struct err *reterr)
{
	struct beginning *b = arg;
	enum rc rc = RC_OK;

	b->w = w;
	for (size_t k = 0; rc == RC_OK && k < KINDS; k++) {
		const struct archive_filter f = {.kind = kinds[k].kind, .limit = INT64_MAX};

		rc = w->own->entities(w->own->ctx, &f, begin_one, b, NULL, reterr);
		rc = rc == RC_OK ? b->rc : rc;
	}
	return rc == RC_OK ? w->set(w->ctx, BEGUN, "1", reterr) : rc;
}

enum rc standing_begin(struct collector *col, struct err *reterr)
{
	const struct ingest_snapshot *snap;
	struct beginning b = {.reterr = reterr};
	char *begun = NULL;
	enum rc rc = collector_setting(col, BEGUN, &begun, reterr);

	if (rc != RC_OK || begun) {
		free(begun);
		return rc;
	}
	snap = ingest_snapshot(col->ingest);
	b.forms = snap->forms;
	rc = ingest_write(col->ingest, begin_all, &b, reterr);
	ingest_snapshot_end(col->ingest, snap);
	return rc;
}

/* ---- reading ---- */

struct each {
	struct archive_reader *r;
	const struct form_set *forms;
	struct chain *chain;
	struct archive_standing now; /* with the review in force of those so far */
	bool any;
	enum rc (*take)(void *arg, const struct standing_of *x, struct err *reterr);
	void *arg;
	enum rc rc;
	struct err *reterr;
};

static enum standing is(const struct archive_standing *x)
{
	unsigned verdict = x->verdict & ((1U << STANDING_LEVEL) - 1);

	if (x->says & STANDING_UNDECIDED)
		return STANDING_IS_UNDECIDED;
	if (x->reviewed && verdict == STANDING_RETURNED)
		return STANDING_IS_RETURNED;
	if (x->says & STANDING_SHORT)
		return STANDING_IS_SHORT;
	if (!(x->says & STANDING_ADEQUATE))
		return STANDING_IS_NOTHING;
	return x->reviewed && verdict == STANDING_APPROVED ? STANDING_IS_VERIFIED
							     : STANDING_IS_UNVERIFIED;
}

/* Are all the entries it names here (M13)? */
static enum rc whole(struct each *x, bool *ret)
{
	struct merge_state *s = NULL;
	struct archive_entity e;
	struct buf state, title;
	struct json *v = NULL;
	uint8_t id[ENTRY_ID_LEN];
	enum rc rc;

	buf_init(&state, LIMIT_MERGE_STATE);
	buf_init(&title, LIMIT_TEXT);
	rc = x->r->entity_no(x->r->ctx, x->now.no, &e, &state, &title, x->reterr);
	if (rc == RC_OK)
		rc = merge_read(span_buf(&state), &s, x->reterr);
	if (rc == RC_OK)
		v = merge_json(s, form_set_get(x->forms, STATEMENT, 1));
	*ret = true;
	for (const struct json *c = json_first(json_get_arr(v, "children")); rc == RC_OK && c;
	     c = json_next(c)) {
		int64_t index = 0;

		if (json_str(c) && codec_b64u_32(span_str(json_str(c)), id))
			rc = x->r->entry_by_id(x->r->ctx, id, &index, x->reterr);
		*ret = *ret && index >= 0;
	}
	json_free(v);
	merge_free(s);
	buf_free(&state);
	buf_free(&title);
	return rc;
}

static enum rc end_one(struct each *x)
{
	struct standing_of of = {x->now.scope, x->now.week, x->now.id, x->now.no, is(&x->now)};
	bool all = true;
	enum rc rc = RC_OK;

	if (!x->any || chain_standing(x->chain, of.scope, of.id) != CHAIN_COUNTS)
		return RC_OK;
	if (x->now.says & STANDING_CHILDREN)
		rc = whole(x, &all);
	return rc == RC_OK && all ? x->take(x->arg, &of, x->reterr) : rc;
}

/* Does the review of a go before that of b (M19)? */
static bool is_over(const struct archive_standing *a, const struct archive_standing *b)
{
	const struct decision x = {.level = (enum decision_level)(a->verdict >> STANDING_LEVEL),
				   .index = a->verdict_index};
	const struct decision y = {.level = (enum decision_level)(b->verdict >> STANDING_LEVEL),
				   .index = b->verdict_index};

	return decision_over(&x, &y);
}

static bool take_row(void *arg, const struct archive_standing *row)
{
	struct each *x = arg;

	if (x->any && row->no == x->now.no) {
		if (is_over(row, &x->now))
			x->now = *row;
		return true;
	}
	x->rc = end_one(x);
	x->now = *row;
	x->any = true;
	return x->rc == RC_OK;
}

enum rc standing_each(struct collector *col, struct archive_reader *r, const char *scope,
		      const char *from, const char *to,
		      enum rc (*take)(void *arg, const struct standing_of *x, struct err *reterr),
		      void *arg, struct err *reterr)
{
	const struct ingest_snapshot *snap = ingest_snapshot(col->ingest);
	const struct matter_store m = matter_archive(r, snap->forms);
	struct each x = {.r = r, .forms = snap->forms, .take = take, .arg = arg, .reterr = reterr};
	enum rc rc = matter_chain(&m, scope, STATEMENT, &x.chain, reterr);

	if (rc == RC_OK)
		rc = r->statements(r->ctx, scope, from, to, take_row, &x, reterr);
	if (rc == RC_OK)
		rc = x.rc;
	if (rc == RC_OK)
		rc = end_one(&x);
	chain_free(x.chain);
	ingest_snapshot_end(col->ingest, snap);
	return rc;
}
