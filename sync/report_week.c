/*
 * report_week: where each commune stands in one week. Clauses R4, R5, R6.
 *
 * (4), (5) and (6) by the statement of the week that counts; (2) by that and by what the
 * schedules ask; (8) by the newest equipment check. Pure. Not here: sums, changes.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "sync/due.h"
#include "sync/report_part.h"

enum { WEDNESDAY = 2, DAY_S = 86400 };
enum { STATEMENTS, EQUIPMENTS = 2, INVENTORIES }; /* as report_base.check has them */

struct week {
	const struct report_base *b;
	const struct report_units *u;
	const char *name;
	struct report_standing *s;
};

static bool says(const struct json *fields, const char *field, const char *value)
{
	const char *text = json_get_str(fields, field);

	return text && strcmp(text, value) == 0;
}

/* ---- (3) to (6) ---- */

static void classify(struct report_standing *s)
{
	const struct report_check *c = s->statement;

	s->class = REPORT_IS_UNKNOWN;
	if (!c || s->undecided || c->review == REPORT_RETURNED)
		return;
	if (c->said->declared == REPORT_SAYS_NOT)
		s->class = REPORT_IS_SHORT;
	else if (c->said->declared != REPORT_SAYS_ADEQUATE)
		return;
	else if (c->review == REPORT_APPROVED)
		s->class = REPORT_IS_VERIFIED;
	else
		s->unverified = true;
}

/* Of two that count for one week (one was corrected into it) nobody knows which is meant. */
static void statements(struct week *w)
{
	for (size_t i = 0; i < w->b->ncheck[STATEMENTS]; i++) {
		const struct report_check *c = &w->b->check[STATEMENTS][i];
		ptrdiff_t at;

		if (!c->counts || strcmp(c->said->week, w->name) != 0)
			continue;
		at = report_units_find(w->u, c->scope);
		if (at == REPORT_NOWHERE)
			continue;
		w->s[at].undecided = c->said->undecided || w->s[at].statement;
		w->s[at].statement = c;
	}
	for (size_t i = 0; i < w->u->nc; i++) {
		classify(&w->s[i]);
		w->s[i].due = 1;
		w->s[i].done = w->s[i].statement != NULL;
	}
}

/* ---- (2): the schedules ---- */

/* The end of its Wednesday, +07:00; unix s. */
static enum rc end_of(const char *week, int64_t *ret, struct err *reterr)
{
	char monday[TEXT_DATE_LEN];
	enum rc rc = text_week_monday(span_str(week), monday, reterr);

	if (rc == RC_OK)
		rc = text_time_of(span_str(monday), 0, ret, reterr);
	if (rc == RC_OK)
		*ret += (int64_t)(WEDNESDAY + 1) * DAY_S;
	return rc;
}

bool report_week_period(const char *week, const struct json *schedule, struct due_period *ret)
{
	int64_t end, start;

	if (end_of(week, &end, NULL) != RC_OK || !due_period(schedule, end - 1, ret))
		return false;
	if (ret->due_at < end)
		return true;
	return !says(schedule, "period", "mot_lan") &&
	       text_time_of(span_str(ret->from), 0, &start, NULL) == RC_OK &&
	       due_period(schedule, start - 1, ret) && ret->due_at < end;
}

/* Does a check of the period name the place? */
static bool is_visited(const struct week *w, const struct due_period *p, const uint8_t place[16])
{
	size_t n;
	const struct report_check *c = report_read_visits(w->b, place, &n);

	for (size_t i = 0; i < n; i++)
		if (c[i].counts && due_on(p, c[i].day))
			return true;
	return false;
}

static void ask_places(struct week *w, const struct json *schedule, const struct due_period *p)
{
	for (size_t i = 0; i < w->b->nplace; i++) {
		const struct report_place *x = &w->b->place[i];
		ptrdiff_t at = x->head ? report_units_of(w->u, w->b, x) : REPORT_NOWHERE;

		if (at == REPORT_NOWHERE ||
		    !due_concerns(schedule, w->u->c[at].code, w->u->p[w->u->c[at].province].code))
			continue;
		w->s[at].due++;
		w->s[at].done += is_visited(w, p, x->id);
	}
}

static bool is_there(const struct week *w, size_t kind, const struct due_period *p,
		     const char *scope)
{
	size_t n;
	const struct report_check *c = report_read_scope(w->b, kind, scope, &n);

	for (size_t i = 0; i < n; i++)
		if (c[i].counts && due_on(p, c[i].day))
			return true;
	return false;
}

static void ask_communes(struct week *w, const struct json *schedule, size_t kind,
			 const struct due_period *p)
{
	for (size_t i = 0; i < w->u->nc; i++) {
		const struct report_commune *c = &w->u->c[i];

		if (!due_concerns(schedule, c->code, w->u->p[c->province].code))
			continue;
		w->s[i].due++;
		w->s[i].done += is_there(w, kind, p, c->code);
	}
}

/* The statement of the week is always due: a schedule of statements adds nothing. */
static void schedules(struct week *w)
{
	for (size_t i = 0; i < w->b->nschedule; i++) {
		const struct json *s = w->b->schedule[i];
		struct due_period p;

		if (!report_week_period(w->name, s, &p))
			continue;
		if (says(s, "kind", "facility_check"))
			ask_places(w, s, &p);
		else if (says(s, "kind", "equipment_check"))
			ask_communes(w, s, EQUIPMENTS, &p);
		else if (says(s, "kind", "inventory"))
			ask_communes(w, s, INVENTORIES, &p);
	}
}

/* ---- (8) ---- */

static enum rc equipment(struct week *w, struct err *reterr)
{
	const struct report_check **newest = calloc(w->u->nc + 1, sizeof(*newest));

	if (!newest)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	for (size_t i = 0; i < w->b->ncheck[EQUIPMENTS]; i++) {
		const struct report_check *c = &w->b->check[EQUIPMENTS][i];
		ptrdiff_t at = c->counts ? report_units_find(w->u, c->scope) : REPORT_NOWHERE;

		if (at != REPORT_NOWHERE && (!newest[at] || c->first > newest[at]->first))
			newest[at] = c;
	}
	for (size_t i = 0; i < w->b->nline; i++) {
		const struct report_line *l = &w->b->line[i];
		ptrdiff_t at = report_units_find(w->u, l->scope);

		if (at != REPORT_NOWHERE && newest[at] &&
		    memcmp(newest[at]->id, l->check, sizeof(l->check)) == 0)
			w->s[at].poor = true;
	}
	free(newest);
	return RC_OK;
}

enum rc report_week_standing(const struct report_base *b, const struct report_units *u,
			     const char *week, struct report_standing **ret, struct err *reterr)
{
	struct week w = {.b = b, .u = u, .name = week, .s = calloc(u->nc + 1, sizeof(*w.s))};
	enum rc rc = w.s ? RC_OK : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	if (rc == RC_OK) {
		statements(&w);
		schedules(&w);
		rc = equipment(&w, reterr);
	}
	if (rc == RC_OK)
		*ret = w.s;
	else
		free(w.s);
	return rc;
}
