/*
 * when: see when.h. The lower bound is the time of the checkpoint an entry has seen, the upper
 * one its arrival. Nothing is written: what a later checkpoint teaches shows at once.
 */
#include "server-stub/when.h"

#include <string.h>

#include "sync/moment.h"

/* Time of the checkpoint an entry names; *retunknown: it was never issued. */
static enum rc seen_at(struct archive_reader *r, const struct entry *e, int64_t *ret,
		       bool *retunknown, struct err *reterr)
{
	uint8_t root[TREE_HASH];
	int64_t at = MOMENT_UNKNOWN;
	enum rc rc;

	*ret = MOMENT_UNKNOWN;
	*retunknown = false;
	if (e->seen_size == 0)
		return RC_OK;
	rc = r->checkpoint_at(r->ctx, e->seen_size, root, &at, reterr);
	if (rc != RC_OK && rc != RC_NOTFOUND)
		return rc;
	*retunknown = rc == RC_NOTFOUND || memcmp(root, e->seen_root, TREE_HASH) != 0;
	if (!*retunknown)
		*ret = at;
	if (rc == RC_NOTFOUND)
		err_clear(reterr);
	return RC_OK;
}

struct loading {
	struct entry *e;
};

static bool load(void *arg, const struct archive_row *row)
{
	struct loading *l = arg;

	if (row->payload.len > 0 && /* what was spoilt is told where it is looked at (proof) */
	    entry_load(row->payload, row->sig, row->key, &l->e, NULL) != RC_OK)
		l->e = NULL;
	return false;
}

/* The entry before it in its feed, as far as it is here and not erased. */
static enum rc before(struct archive_reader *r, const struct entry *e, struct moment *m,
		      struct err *reterr)
{
	struct loading l = {.e = NULL};
	int64_t index = -1;
	bool unknown;
	enum rc rc;

	if (e->seq == 0)
		return RC_OK;
	rc = r->entry_index(r->ctx, e->feed, e->seq - 1, e->prev, &index, reterr);
	if (rc == RC_OK && index >= 0)
		rc = r->rows(r->ctx, NULL, index, index + 1, load, &l, reterr);
	if (rc == RC_OK && l.e) {
		m->has_before = true;
		m->before_at = l.e->at;
		m->before_seen = l.e->seen_size > 0;
		rc = seen_at(r, l.e, &m->before_lower, &unknown, reterr);
	}
	entry_free(l.e);
	return rc;
}

enum rc when_of(struct archive_reader *r, const struct entry *e, const struct archive_row *row,
		struct view_entry *v, struct err *reterr)
{
	struct moment m = {.at = e->at, .upper = row->received_at, .seen = e->seen_size > 0};
	enum rc rc = seen_at(r, e, &m.lower, &m.seen_unknown, reterr);

	if (rc == RC_OK)
		rc = before(r, e, &m, reterr);
	if (rc != RC_OK)
		return rc;
	v->lower = m.lower;
	v->upper = m.upper;
	v->flags = row->flags | moment_flags(&m);
	return RC_OK;
}
