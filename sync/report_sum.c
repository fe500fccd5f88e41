/*
 * report_sum: from the standing of communes and places to rows, and what changed since the issue
 * before. Clauses R3, R6, R7, R8.
 *
 * (12) is the figure less the one printed then. Of it a correction is what the same question, the
 * week of then, answers otherwise with the leaves of now, where an entry took the place of
 * one that was counted; and a place that was handled and no longer is, for that cannot be undone.
 */
#include <stdlib.h>
#include <string.h>

#include "sync/report_part.h"

static const char *const names[REPORT_FIGURES] = {
    [REPORT_UNITS] = "units",
    [REPORT_REPORTED] = "reported",
    [REPORT_DECLARED] = "declared",
    [REPORT_VERIFIED] = "verified",
    [REPORT_SHORT] = "short",
    [REPORT_UNKNOWN] = "unknown",
    [REPORT_UNVERIFIED] = "unverified",
    [REPORT_NO_CAR] = "no_car",
    [REPORT_CAR_EXEMPT] = "car_exempt",
    [REPORT_POOR] = "poor",
    [REPORT_PLACES] = "places",
    [REPORT_HANDLED] = "handled",
    [REPORT_TO_OFFICE] = "to_office",
    [REPORT_TO_SERVICE] = "to_service",
    [REPORT_TO_HEALTH] = "to_health",
    [REPORT_TO_SCHOOL] = "to_school",
    [REPORT_TO_CULTURE] = "to_culture",
    [REPORT_TO_OTHER] = "to_other",
    [REPORT_REMAINING] = "remaining",
    [REPORT_UNDECIDED] = "undecided",
    [REPORT_VERIFIED_CHANGE] = "verified_change",
    [REPORT_VERIFIED_FIX] = "verified_fix",
    [REPORT_HANDLED_CHANGE] = "handled_change",
    [REPORT_HANDLED_FIX] = "handled_fix",
    [REPORT_OBSTACLES] = "obstacles",
};

const char *report_figure_name(enum report_figure f)
{
	return f < REPORT_FIGURES ? names[f] : "";
}

/* Row of a commune; of none the last, which is there from the start. */
static struct report_row *row_of(struct report *r, ptrdiff_t commune)
{
	return &r->row[commune == REPORT_NOWHERE ? r->units.np : r->units.c[commune].province];
}

/* ---- communes ---- */

/* What the statement says that counts; NULL: there is none, or two values in it. */
static const struct report_said *said_of(const struct report_standing *s)
{
	return s->statement && !s->undecided ? s->statement->said : NULL;
}

static void count_commune(struct report *r, size_t i)
{
	const struct report_standing *s = &r->standing[i];
	const struct report_said *said = said_of(s);
	int64_t *v = row_of(r, (ptrdiff_t)i)->v;

	v[REPORT_UNITS]++;
	v[REPORT_REPORTED] += s->done == s->due;
	v[REPORT_DECLARED] += s->class == REPORT_IS_VERIFIED || s->unverified;
	v[REPORT_VERIFIED] += s->class == REPORT_IS_VERIFIED;
	v[REPORT_SHORT] += s->class == REPORT_IS_SHORT;
	v[REPORT_UNKNOWN] += s->class == REPORT_IS_UNKNOWN;
	v[REPORT_UNVERIFIED] += s->unverified;
	v[REPORT_NO_CAR] += said && said->car == REPORT_CAR_NONE;
	v[REPORT_CAR_EXEMPT] += said && said->car == REPORT_CAR_NOT_ENTITLED;
	v[REPORT_POOR] += s->poor;
	v[REPORT_OBSTACLES] += said && said->obstacles;
	r->unit[i] = (struct report_unit){.code = r->units.c[i].code,
					  .name = r->units.c[i].name,
					  .province = r->units.p[r->units.c[i].province].code,
					  .class = s->class,
					  .unverified = s->unverified,
					  .undecided = s->undecided,
					  .returned = s->statement && !s->undecided &&
						      s->statement->review == REPORT_RETURNED,
					  .due = s->due,
					  .done = s->done,
					  .obstacles = said ? said->obstacles : NULL};
}

/* ---- places ---- */

static bool is_handled(const struct report_place *p)
{
	return p->head && !p->undecided && p->handled;
}

static void count_place(struct report *r, const struct report_place *p)
{
	int64_t *v;

	if (!p->head)
		return;
	v = row_of(r, report_units_of(&r->units, &r->base[REPORT_NOW], p))->v;
	v[REPORT_PLACES]++;
	v[REPORT_UNDECIDED] += p->undecided;
	v[REPORT_REMAINING] += !p->undecided && p->remaining;
	if (is_handled(p)) {
		v[REPORT_HANDLED]++;
		v[p->to]++;
	}
}

/* ---- (12) ---- */

static struct report_row *row_named(struct report *r, const char *province)
{
	for (size_t i = 0; i < r->units.np; i++)
		if (strcmp(r->row[i].code, province) == 0)
			return &r->row[i];
	return &r->row[r->units.np];
}

/* Was it corrected: its statement of then replaced by another, or what was approved no longer so? */
static int64_t correction(const struct report_standing *then, const struct report_standing *now)
{
	bool was = then->class == REPORT_IS_VERIFIED, is = now->class == REPORT_IS_VERIFIED;

	if (was == is)
		return 0;
	if (was)
		return -1;
	return then->statement && now->statement &&
	       memcmp(then->statement->id, now->statement->id, 16) != 0;
}

/* Each commune in the row it stands in now; one that is gone in that of its province of then. */
static enum rc change_communes(struct report *r, struct err *reterr)
{
	struct report_standing *then = NULL, *now = NULL;
	enum rc rc = report_week_standing(&r->base[REPORT_THEN], &r->old_units, r->previous.week, &then, reterr);

	if (rc == RC_OK)
		rc = report_week_standing(&r->base[REPORT_NOW], &r->old_units, r->previous.week, &now, reterr);
	for (size_t i = 0; rc == RC_OK && i < r->old_units.nc; i++) {
		const struct report_commune *c = &r->old_units.c[i];
		const char *province = r->old_units.p[c->province].code;
		ptrdiff_t at = report_units_find(&r->units, c->code);

		row_named(r, province)->v[REPORT_VERIFIED_CHANGE] -=
		    then[i].class == REPORT_IS_VERIFIED;
		(at == REPORT_NOWHERE ? row_named(r, province) : row_of(r, at))
		    ->v[REPORT_VERIFIED_FIX] += correction(&then[i], &now[i]);
	}
	free(then);
	free(now);
	return rc;
}

static int by_place(const void *a, const void *b)
{
	const struct report_place *x = a, *y = b;
	int c = strcmp(x->scope, y->scope);

	return c ? c : memcmp(x->id, y->id, 16);
}

static void change_places(struct report *r)
{
	for (size_t i = 0; i < r->base[REPORT_THEN].nplace; i++) {
		const struct report_place *p = &r->base[REPORT_THEN].place[i], *q;
		ptrdiff_t was = report_units_of(&r->old_units, &r->base[REPORT_THEN], p);
		struct report_row *row;

		if (!is_handled(p))
			continue;
		row = was == REPORT_NOWHERE
			  ? &r->row[r->units.np]
			  : row_named(r, r->old_units.p[r->old_units.c[was].province].code);
		q = r->base[REPORT_NOW].nplace == 0
			    ? NULL
			    : bsearch(p, r->base[REPORT_NOW].place, r->base[REPORT_NOW].nplace, sizeof(*p), by_place);
		row->v[REPORT_HANDLED_CHANGE]--;
		row->v[REPORT_HANDLED_FIX] -= !q || !is_handled(q);
	}
}

static enum rc changes(struct report *r, struct err *reterr)
{
	enum rc rc = change_communes(r, reterr);

	if (rc != RC_OK)
		return rc;
	change_places(r);
	for (size_t i = 0; i <= r->units.np; i++) {
		int64_t *v = r->row[i].v;

		v[REPORT_VERIFIED_CHANGE] += v[REPORT_VERIFIED];
		v[REPORT_HANDLED_CHANGE] += v[REPORT_HANDLED];
	}
	return RC_OK;
}

/* ---- the whole ---- */

static bool is_empty(const struct report_row *row)
{
	for (size_t k = 0; k < REPORT_FIGURES; k++)
		if (row->v[k] != 0)
			return false;
	return true;
}

enum rc report_sum(struct report *r, struct err *reterr)
{
	enum rc rc = report_week_standing(&r->base[REPORT_NOW], &r->units, r->week, &r->standing, reterr);

	if (rc != RC_OK)
		return rc;
	r->row = calloc(r->units.np + 1, sizeof(*r->row));
	r->unit = calloc(r->units.nc + 1, sizeof(*r->unit));
	if (!r->row || !r->unit)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	for (size_t i = 0; i <= r->units.np; i++) {
		r->row[i].code = i < r->units.np ? r->units.p[i].code : "";
		r->row[i].name = i < r->units.np ? r->units.p[i].name : "";
	}
	r->nunit = r->units.nc;
	for (size_t i = 0; i < r->units.nc; i++)
		count_commune(r, i);
	for (size_t i = 0; i < r->base[REPORT_NOW].nplace; i++)
		count_place(r, &r->base[REPORT_NOW].place[i]);
	if (r->has_previous)
		rc = changes(r, reterr);
	r->total = (struct report_row){.code = "", .name = ""};
	for (size_t i = 0; i <= r->units.np; i++)
		for (size_t k = 0; k < REPORT_FIGURES; k++)
			r->total.v[k] += r->row[i].v[k];
	r->nrow = r->units.np + !is_empty(&r->row[r->units.np]);
	return rc;
}
