/*
 * stocktake_each: which assets a session has to do with: those the books put there, and those of
 * which a line says something (see stocktake.h). They may stand in any commune of this PC (M18, M22): whose they are
 * says their unit's code.
 */
#include "agent/stocktake.h"

#include <stdlib.h>
#include <string.h>

struct line {
	uint8_t asset[16];
	int64_t no;
	bool here;  /* found in the room asked for */
	bool shown; /* its asset had its turn */
};
struct each {
	const struct stocktake *t;
	const struct stocktake_want *want;
	enum rc (*take)(void *arg, const struct stocktake_asset *asset, int64_t line_no,
			struct err *reterr);
	void *arg;
	struct line *line; /* by asset */
	size_t n, cap;
	enum rc rc;
	struct err *reterr;
};

/* ---- the lines there are ---- */

static bool is_here(const struct each *e, const struct look_item *x)
{
	struct json *rec;
	const char *found;
	bool here;

	if (!e->want->room)
		return true;
	rec = merge_json(x->state, x->form);
	found = json_get_str(rec, "found_location");
	here = found && look_same(found, e->want->room);
	json_free(rec);
	return here;
}

static bool line_take(void *arg, const struct look_item *x)
{
	struct each *e = arg;
	size_t cap = e->cap ? e->cap * 2 : 64;
	struct line *all = e->n < e->cap ? e->line : realloc(e->line, cap * sizeof(*all));

	if (!all) {
		e->rc = err_set(e->reterr, RC_NOMEM, NULL, "buf.memory", NULL);
		return false;
	}
	if (e->n == e->cap)
		e->cap = cap;
	e->line = all;
	all[e->n] = (struct line){.no = x->item->no, .here = is_here(e, x)};
	if (merge_ref(x->state, x->form, "asset", all[e->n].asset))
		e->n++;
	return true;
}

static int by_asset(const void *a, const void *b)
{
	return memcmp(((const struct line *)a)->asset, ((const struct line *)b)->asset, 16);
}

static enum rc read_lines(struct each *e, struct err *reterr)
{
	const struct store_filter f = {.kind = e->t->line->name,
				       .scope = e->t->e->scope,
				       .parent = e->t->uuid};
	enum rc rc = look_each(e->t->look->agent, &f, line_take, e, reterr);

	if (rc == RC_OK && e->rc == RC_OK && e->n > 0)
		qsort(e->line, e->n, sizeof(*e->line), by_asset);
	return rc == RC_OK ? e->rc : rc;
}

static struct line *line_of(struct each *e, const uint8_t asset[16])
{
	struct line want = {.no = 0};

	memcpy(want.asset, asset, 16);
	return e->n > 0 ? bsearch(&want, e->line, e->n, sizeof(*e->line), by_asset) : NULL;
}

/* ---- the assets ---- */

static bool asset_take(void *arg, const struct look_item *x)
{
	struct each *e = arg;
	struct stocktake_asset a = {x->id, x->state, x->form};
	struct line *l = line_of(e, x->id);
	struct json *rec = merge_json(x->state, x->form);
	bool wanted = (l || stocktake_covers(e->t, rec)) &&
		      ((l && l->here) || stocktake_in_room(rec, e->want->room));

	json_free(rec);
	if (l)
		l->shown = true;
	if (wanted)
		e->rc = e->take(e->arg, &a, l ? l->no : 0, e->reterr);
	return e->rc == RC_OK;
}

/*
 * Lines whose asset did not come up: only lines were asked for, the room is another one, or the
 * record is no head any more because somebody linked it after it was counted.
 */
static enum rc rest(struct each *e, struct err *reterr)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < e->n; i++) {
		struct store_entity *asset = NULL;
		struct json *rec;
		char uuid[CODEC_UUID_LEN + 1];

		codec_uuid(e->line[i].asset, uuid);
		if (e->line[i].shown || store_entity_find(e->t->look->agent->store, "asset", uuid,
							  &asset, NULL) != RC_OK)
			continue; /* or it is not pulled yet */
		struct stocktake_asset a = stocktake_asset(asset);
		rec = merge_json(asset->state, asset->form);
		if (e->line[i].here || stocktake_in_room(rec, e->want->room))
			rc = e->take(e->arg, &a, e->line[i].no, reterr);
		json_free(rec);
		store_entity_free(asset);
	}
	return rc;
}

enum rc stocktake_each(const struct stocktake *t, const struct stocktake_want *want,
		       enum rc (*take)(void *arg, const struct stocktake_asset *asset,
				       int64_t line_no, struct err *reterr),
		       void *arg, struct err *reterr)
{
	const struct store_filter f = {.kind = "asset", .text = want->room, .things = true};
	struct each e = {
	    .t = t, .want = want, .take = take, .arg = arg, .rc = RC_OK, .reterr = reterr};
	enum rc rc = read_lines(&e, reterr);

	if (rc == RC_OK && !want->lines)
		rc = look_each(t->look->agent, &f, asset_take, &e, reterr);
	if (rc == RC_OK)
		rc = e.rc;
	if (rc == RC_OK)
		rc = rest(&e, reterr);
	free(e.line);
	return rc;
}
