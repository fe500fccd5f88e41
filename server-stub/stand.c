/*
 * stand: see stand.h.
 */
#include "server-stub/stand.h"

#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "server-stub/matter.h"

const char *const stand_names[STAND_N + 1] = {"received", "approved", "returned",
						    "rejected", "disputed", "superseded", NULL};

const char *stand_name(enum stand_state s)
{
	return stand_names[s];
}

bool stand_parse(const char *name, enum stand_state *ret)
{
	for (int i = 0; name && i < STAND_N; i++)
		if (strcmp(stand_names[i], name) == 0) {
			*ret = (enum stand_state)i;
			return true;
		}
	return false;
}

bool stand_waits(const struct stand *st, enum decision_level level)
{
	enum decision_level by = st->decided ? st->decision.level : DECISION_NOBODY;

	return STAND_WAITING >> st->state & 1U && by < level;
}

enum rc stand_takes(const struct stand *st, enum decision_level level, enum decision_state says,
		    struct err *reterr)
{
	if (st->decided && st->decision.level > level)
		return err_set(reterr, RC_CONFLICT, "M19", "review.above", NULL);
	if (st->state == STAND_SUPERSEDED && says == DECISION_APPROVED)
		return err_set(reterr, RC_CONFLICT, "M12", "review.superseded", NULL);
	return RC_OK;
}

/* ---- decisions ---- */

struct deciding {
	struct archive_reader *r;
	const struct form *form;
	int64_t last; /* index of the record's newest entry that counts, */
	uint8_t newest[ENTRY_ID_LEN]; /* and its id, once a review is bound to one */
	bool found;
	struct decision best;
	uint8_t review[16];
	bool any;
	enum rc rc;
	struct err *reterr;
};

static bool take_id(void *arg, const struct archive_row *row)
{
	memcpy(arg, row->id, ENTRY_ID_LEN);
	return true;
}

enum rc stand_newest(struct archive_reader *r, int64_t last_index, uint8_t ret[ENTRY_ID_LEN],
		     struct err *reterr)
{
	memset(ret, 0, ENTRY_ID_LEN);
	return last_index < 0 ? RC_OK
			      : r->rows(r->ctx, NULL, last_index, last_index + 1, take_id, ret, reterr);
}

/* Does it speak of the record as it stands (M19)? Only for one that is bound the entry is looked up, once. */
static enum rc speaks(struct deciding *d, const struct decision *x, bool *ret)
{
	enum rc rc = RC_OK;

	if (x->bound && !d->found)
		rc = stand_newest(d->r, d->last, d->newest, d->reterr);
	d->found = d->found || x->bound;
	*ret = rc == RC_OK && decision_speaks(x, d->newest);
	return rc;
}

static bool take_review(void *arg, const struct archive_entity *e)
{
	struct deciding *d = arg;
	bool says = false;
	struct merge_state *s = NULL;
	struct decision x;

	if (e->state.len == 0)
		return true; /* all its entries are held back */
	d->rc = merge_read(e->state, &s, d->reterr);
	if (d->rc == RC_OK)
		d->rc = decision_read(s, d->form, e->last_index, &x, d->reterr);
	if (d->rc == RC_OK)
		d->rc = speaks(d, &x, &says);
	if (d->rc == RC_OK && says && (!d->any || decision_over(&x, &d->best))) {
		d->any = true;
		d->best = x;
		memcpy(d->review, e->id, sizeof(d->review));
	}
	merge_free(s);
	return d->rc == RC_OK;
}

/* last: of the record, as in struct deciding. */
static enum rc decided(struct archive_reader *r, const struct form_set *forms, const char *scope,
		       const uint8_t id[16], int64_t last, struct deciding *ret, struct err *reterr)
{
	const struct archive_links of = {ARCHIVE_TARGET, scope, DECISION_KIND, id};
	struct deciding d = {.r = r,
			     .form = form_set_newest(forms, DECISION_KIND),
			     .last = last,
			     .reterr = reterr};
	enum rc rc = r->linked(r->ctx, &of, take_review, &d, reterr);

	*ret = d;
	return rc == RC_OK ? d.rc : rc;
}

/* ---- corrections ---- */

static size_t place(const struct matter_line *l, const uint8_t id[16])
{
	size_t i = 0;

	while (i < l->n && memcmp(l->id[i], id, 16) != 0)
		i++;
	return i;
}

static enum rc last_of(struct archive_reader *r, const char *scope, const char *kind,
		       const uint8_t id[16], int64_t *ret, struct err *reterr)
{
	struct archive_entity e;
	struct buf state, title;
	enum rc rc;

	buf_init(&state, LIMIT_MERGE_STATE);
	buf_init(&title, LIMIT_TEXT);
	rc = r->entity(r->ctx, scope, kind, id, &e, &state, &title, reterr);
	*ret = rc == RC_OK ? e.last_index : -1;
	buf_free(&state);
	buf_free(&title);
	return rc == RC_NOTFOUND ? RC_OK : rc; /* it has not come */
}

/* Had the centre approved one of those it stands in the place of? */
static enum rc after(struct archive_reader *r, const struct form_set *forms,
		     const struct archive_entity *e, const struct matter_line *l, bool *ret,
		     struct err *reterr)
{
	size_t i = place(l, e->id);
	enum rc rc = RC_OK;

	while (rc == RC_OK && !*ret && i < l->n && l->old[i] < i) {
		struct deciding d;
		int64_t last;

		i = l->old[i];
		rc = last_of(r, e->scope, e->kind, l->id[i], &last, reterr);
		if (rc == RC_OK)
			rc = decided(r, forms, e->scope, l->id[i], last, &d, reterr);
		*ret = rc == RC_OK && d.any && decision_locks(&d.best) &&
		       decision_before(&d.best, e->first_index);
	}
	return rc;
}

enum rc stand_of(struct archive_reader *r, const struct form_set *forms,
		    const struct archive_entity *e, const struct matter_line *line,
		    struct stand *ret, struct err *reterr)
{
	struct stand s = {.state = STAND_RECEIVED};
	struct deciding d;
	enum rc rc = decided(r, forms, e->scope, e->id, e->last_index, &d, reterr);

	if (rc == RC_OK && d.any) {
		s.decided = true;
		s.decision = d.best;
		s.state = (enum stand_state)d.best.state;
		s.locked = decision_locks(&d.best);
		memcpy(s.review, d.review, sizeof(s.review));
	}
	if (rc == RC_OK && line)
		rc = after(r, forms, e, line, &s.after, reterr);
	if (rc == RC_OK && line) {
		enum chain_standing c = chain_standing(line->chain, e->scope, e->id);

		s.state = c == CHAIN_COUNTS	? s.state
			  : c == CHAIN_REPLACED ? STAND_SUPERSEDED
						: STAND_DISPUTED;
	}
	if (rc == RC_OK)
		*ret = s;
	return rc;
}

enum rc stand_read(struct archive_reader *r, const struct form_set *forms,
		      const struct archive_entity *e, struct stand *ret, struct err *reterr)
{
	const struct matter_store m = matter_archive(r, forms);
	const struct form *f = form_set_newest(forms, e->kind);
	struct matter_line line = {.n = 0};
	bool can = f && form_field(f, CHAIN_FIELD);
	enum rc rc = can ? matter_line(&m, e->scope, e->kind, e->id, &line, reterr) : RC_OK;

	if (rc == RC_OK)
		rc = stand_of(r, forms, e, can ? &line : NULL, ret, reterr);
	matter_line_free(&line);
	return rc;
}

/* ---- what it says ---- */

/* "field: text", as the form of reviews keeps it. */
static struct json *comment(const char *text)
{
	const char *colon = text ? strstr(text, ": ") : NULL;
	struct json *o = json_object();

	json_set_span(o, "field", colon ? span_of(text, (size_t)(colon - text)) : span_of("", 0));
	json_set_str(o, "text", colon ? colon + 2 : text);
	return o;
}

enum rc stand_reason(struct archive_reader *r, const struct archive_entity *e,
			const struct stand *st, struct json *o, struct err *reterr)
{
	struct json *all = json_array(), *fields = NULL;
	struct merge_state *s = NULL;
	struct archive_entity review;
	char id[CODEC_UUID_LEN + 1];
	struct buf state, title;
	enum rc rc = RC_OK;

	buf_init(&state, LIMIT_MERGE_STATE);
	buf_init(&title, LIMIT_TEXT);
	json_set(o, "comments", all);
	if (!st->decided)
		goto out;
	rc = r->entity(r->ctx, e->scope, DECISION_KIND, st->review, &review, &state, &title, reterr);
	if (rc == RC_OK)
		rc = merge_read(review.state, &s, reterr);
	if (rc != RC_OK)
		goto out;
	fields = merge_json(s, NULL);
	codec_uuid(st->review, id);
	json_set_str(o, "review", id);
	json_set_str(o, "reason", json_get_str(fields, "reason"));
	for (const struct json *c = json_first(json_get_arr(fields, "comments")); c; c = json_next(c))
		json_append(all, comment(json_str(c)));
out:
	json_free(fields);
	merge_free(s);
	buf_free(&state);
	buf_free(&title);
	return rc;
}
