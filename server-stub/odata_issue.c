/*
 * odata_issue: see odata_issue.h.
 */
#include "server-stub/odata_issue.h"

#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "lib/os.h"
#include "server-stub/turn.h"

enum { ISSUE_MEM = 64 * 1024 * 1024, REPORT_WAITING = 3 /* as op report */ };

struct odata_issues {
	struct os_mutex *lock;
	int64_t now; /* counts uses */
	struct odata_issue *kept[ODATA_ISSUES];
};

enum rc odata_issues_new(struct odata_issues **ret, struct err *reterr)
{
	struct odata_issues *x = calloc(1, sizeof(*x));
	enum rc rc = x ? os_mutex_new(&x->lock, reterr)
		       : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	if (rc == RC_OK)
		*ret = x;
	else
		free(x);
	return rc;
}

static void forget(struct odata_issue *i)
{
	if (i)
		arena_free(&i->mem);
	free(i);
}

void odata_issues_free(struct odata_issues *x)
{
	if (!x)
		return;
	for (size_t i = 0; i < ODATA_ISSUES; i++)
		forget(x->kept[i]);
	os_mutex_free(x->lock);
	free(x);
}

/* ---- which there are ---- */

struct weeks {
	char (*week)[TEXT_WEEK_LEN];
	size_t n;
	bool nomem;
};

static bool take_week(void *arg, const struct report_issue *i, int64_t index, bool undecided)
{
	struct weeks *w = arg;
	void *grown;

	(void)index;
	if (undecided)
		return true;
	grown = realloc(w->week, (w->n + 1) * sizeof(*w->week));
	w->nomem = !grown;
	if (!grown)
		return false;
	w->week = grown;
	memcpy(w->week[w->n++], i->week, TEXT_WEEK_LEN);
	return true;
}

static int by_week(const void *a, const void *b)
{
	return strcmp(a, b);
}

enum rc odata_issue_weeks(struct collector *col, char (**ret)[TEXT_WEEK_LEN], size_t *retn, struct err *reterr)
{
	struct weeks w = {.week = NULL};
	enum rc rc = report_make_issues(col, take_week, &w, reterr);
	size_t n = 0;

	if (rc == RC_OK && w.nomem)
		rc = err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	if (rc != RC_OK) {
		free(w.week);
		return rc;
	}
	if (w.n > 1)
		qsort(w.week, w.n, sizeof(*w.week), by_week);
	for (size_t i = 0; i < w.n; i++)
		if (i == 0 || strcmp(w.week[i], w.week[i - 1]) != 0)
			memmove(w.week[n++], w.week[i], TEXT_WEEK_LEN);
	*ret = w.week;
	*retn = n;
	return RC_OK;
}

/* ---- one of them ---- */

static const char *copy(struct odata_issue *i, const char *s)
{
	return s ? arena_str(&i->mem, span_str(s)) : NULL;
}

static bool copy_rows(struct odata_issue *i, const struct report *r)
{
	while (report_row(r, i->nrow))
		i->nrow++;
	i->row = arena_alloc(&i->mem, (i->nrow + 1) * sizeof(*i->row));
	for (size_t k = 0; i->row && k < i->nrow; k++) {
		i->row[k] = *report_row(r, k);
		i->row[k].code = copy(i, i->row[k].code);
		i->row[k].name = copy(i, i->row[k].name);
		if (!i->row[k].code || !i->row[k].name)
			return false;
	}
	return i->row != NULL;
}

static bool copy_units(struct odata_issue *i, const struct report *r)
{
	while (report_unit(r, i->nunit))
		i->nunit++;
	i->unit = arena_alloc(&i->mem, (i->nunit + 1) * sizeof(*i->unit));
	for (size_t k = 0; i->unit && k < i->nunit; k++) {
		struct report_unit *u = &i->unit[k];

		*u = *report_unit(r, k);
		u->code = copy(i, u->code);
		u->name = copy(i, u->name);
		u->province = copy(i, u->province);
		u->obstacles = u->obstacles ? "" : NULL;
		if (!u->code || !u->name || !u->province)
			return false;
	}
	return i->unit != NULL;
}

static enum rc keep(const struct report_make *m, const struct report *r, struct odata_issue **ret,
		    struct err *reterr)
{
	struct odata_issue *i = calloc(1, sizeof(*i));
	bool good = i != NULL;

	if (good) {
		arena_init(&i->mem, ISSUE_MEM);
		memcpy(i->week, m->week, sizeof(i->week));
		memcpy(i->csv, m->issue.csv, sizeof(i->csv));
		i->has_previous = report_previous(r) != NULL;
		good = copy_rows(i, r) && copy_units(i, r);
	}
	if (good)
		*ret = i;
	else
		forget(i);
	return good ? RC_OK : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
}

static enum rc make(struct collector *col, const struct report_make *m, struct odata_issue **ret,
		    struct err *reterr)
{
	struct report_made x = {.m = *m};
	enum rc rc;

	if (!turn_begin(col->reports, REPORT_WAITING))
		return err_set(reterr, RC_BUSY, NULL, "report.busy", NULL);
	rc = report_made_make(col, &x, reterr);
	if (rc == RC_OK)
		rc = keep(m, report_made_shown(&x), ret, reterr);
	turn_end(col->reports);
	report_made_free(&x);
	return rc;
}

static bool is(const struct odata_issue *i, const struct report_make *m)
{
	return i && strcmp(i->week, m->week) == 0 && memcmp(i->csv, m->issue.csv, sizeof(i->csv)) == 0;
}

/* Where it is kept, else a place for it: a free one, or that of the one unused for longest. */
static struct odata_issue **place(struct odata_issues *x, const struct report_make *m)
{
	struct odata_issue **best = &x->kept[0];

	for (size_t i = 0; i < ODATA_ISSUES; i++) {
		struct odata_issue **k = &x->kept[i];

		if (is(*k, m))
			return k;
		if (*best && (!*k || (*k)->used < (*best)->used))
			best = k;
	}
	return best;
}

enum rc odata_issue_look(struct odata_issues *x, struct collector *col, const char *week, int64_t *makes,
			 bool *retseen, enum rc (*look)(void *arg, const struct odata_issue *i, struct err *reterr),
			 void *arg, struct err *reterr)
{
	struct odata_issue **k, *made = NULL;
	struct report_make m;
	enum rc rc = report_make_find(col, week, 0, &m, reterr);

	if (rc == RC_OK && !m.frozen)
		rc = err_set(reterr, RC_NOTFOUND, NULL, "report.none", NULL);
	if (rc != RC_OK)
		return rc;
	os_mutex_lock(x->lock);
	k = place(x, &m);
	*retseen = is(*k, &m) || *makes > 0;
	if (*retseen && !is(*k, &m)) {
		--*makes;
		rc = make(col, &m, &made, reterr);
		if (rc == RC_OK) {
			forget(*k);
			*k = made;
		}
	}
	if (rc == RC_OK && *retseen) {
		(*k)->used = ++x->now;
		rc = look(arg, *k, reterr);
	}
	os_mutex_unlock(x->lock);
	return rc;
}
