/*
 * odata_walk: see odata_walk.h. A page ends when it is full or when enough was looked at for it; either way the
 * link says behind which keys it goes on, so nothing is looked at twice however many rows there are.
 */
#include "server-stub/odata_walk.h"

#include <string.h>

#include "lib/num.h"

struct filling {
	struct odata_walk w; /* first: what a source is given */
	struct odata_page *page;
	size_t room;
	bool large;
	int64_t counted;
};

size_t odata_walk_column(const struct odata_walk *w, const char *name)
{
	return odata_column(w->q->set, span_str(name));
}

static void set_token(struct odata_walk *w, const struct odata_row *row)
{
	struct buf b;

	buf_init(&b, sizeof(w->token) - 1);
	odata_write_token(w->q->set, row, &b);
	memcpy(w->token, b.p ? (const char *)b.p : "", b.len + 1);
	buf_free(&b);
}

bool odata_walk_on(struct odata_walk *w, int64_t done)
{
	if (w->visits-- > 0 && w->loads > 0)
		return true;
	w->more = true;
	if (done >= 0)
		num_str(done, w->token);
	return false;
}

enum rc odata_walk_number(const struct odata_walk *w, int64_t otherwise, int64_t *ret, struct err *reterr)
{
	*ret = otherwise;
	if (!w->q->token || num_i64(span_str(w->q->token), 0, NUM_SAFE_MAX, ret) == RC_OK)
		return RC_OK;
	return err_set(reterr, RC_INPUT, NULL, "odata.token", NULL);
}

bool odata_walk_behind(const struct odata_walk *w, const struct odata_row *row)
{
	const struct odata_set *set = w->q->set;
	char key[ODATA_TOKEN];
	size_t n = 0;

	if (!w->q->token)
		return true;
	for (size_t i = 0; i < set->n; i++) {
		int c;

		if (!(set->column[i].flags & ODATA_KEY))
			continue;
		if (!odata_query_token(w->q->token, n++, key, sizeof(key)))
			return true;
		c = strcmp(row->get(row->ctx, i).text, key);
		if (c != 0)
			return w->q->down ? c < 0 : c > 0;
	}
	return false;
}

/* ---- the page ---- */

static bool put(struct odata_walk *w, const struct odata_row *row)
{
	struct filling *f = (struct filling *)w;
	struct odata_page *p = f->page;

	if (!odata_filter_fits(w->q->filter, row))
		return true;
	if (w->counting) {
		f->counted++;
		return true;
	}
	if (p->skip > 0) {
		p->skip--;
		set_token(w, row);
		return true;
	}
	if (p->n == f->room || p->rows.len > LIMIT_ODATA_PAGE) {
		w->more = true;
		return false;
	}
	if (p->n++ > 0)
		buf_add_char(&p->rows, ',');
	odata_write_row(w->q, row, f->large, &p->rows);
	set_token(w, row);
	return p->top < 0 || --p->top > 0;
}

enum rc odata_walk_page(struct odata_walk *w, enum rc (*walk)(struct odata_walk *w, struct err *reterr),
			size_t room, bool large, struct odata_page *ret, struct err *reterr)
{
	struct filling f = {.w = *w, .page = ret, .room = room, .large = large};
	enum rc rc = RC_OK;

	*ret = (struct odata_page){.top = w->q->top, .skip = w->q->skip};
	buf_init(&ret->rows, 4 * LIMIT_ODATA_PAGE);
	f.w.take = put;
	f.w.visits = ODATA_VISITS;
	f.w.loads = ODATA_LOADS;
	f.w.makes = ODATA_MAKES;
	if (w->q->top != 0)
		rc = walk(&f.w, reterr);
	if (rc == RC_OK)
		rc = buf_check(&ret->rows, reterr);
	ret->more = f.w.more && ret->top != 0;
	memcpy(ret->token, f.w.token, sizeof(ret->token));
	return rc;
}

enum rc odata_walk_count(struct odata_walk *w, enum rc (*walk)(struct odata_walk *w, struct err *reterr),
			 int64_t *ret, struct err *reterr)
{
	struct odata_query all = *w->q; /* of the whole, wherever the page begins */
	struct filling f = {.w = *w};
	enum rc rc;

	all.token = NULL;
	f.w.q = &all;
	f.w.take = put;
	f.w.visits = ODATA_COUNT_VISITS;
	f.w.loads = ODATA_COUNT_LOADS;
	f.w.makes = ODATA_MAKES;
	f.w.counting = true;
	rc = walk(&f.w, reterr);
	if (rc == RC_OK && f.w.more)
		rc = err_num(reterr, RC_LIMIT, NULL, "odata.count_many", "max",
			     f.w.loads > 0 ? ODATA_COUNT_VISITS : ODATA_COUNT_LOADS);
	*ret = f.counted;
	return rc;
}
