/*
 * odata_received: the checks and statements received, one row each, as lists have them (archive_submission):
 * where each stands in review and what is marked about it. Its fields are in the table of its kind, by the same
 * No. The columns that lists are filtered by lead here, too.
 */
#include <string.h>

#include "server-stub/odata_model.h"
#include "server-stub/ops.h"
#include "server-stub/stand.h"
#include "server-stub/who.h"

enum column { INDEX, NO, KIND, COMMUNE, PROVINCE, STATE, LEVEL, RECEIVED, MARKS, COLUMNS = MARKS + ARCHIVE_MARKS };

static const struct odata_column columns[COLUMNS] = {
    [INDEX] = {"Index", ODATA_INT, ODATA_KEY, "odata.col.index"},
    [NO] = {"No", ODATA_INT, ODATA_FULL, "odata.col.no"},
    [KIND] = {"Kind", ODATA_STRING, ODATA_FULL, "odata.col.kind"},
    [COMMUNE] = {"Commune", ODATA_STRING, ODATA_FULL, "odata.col.commune"},
    [PROVINCE] = {"Province", ODATA_STRING, ODATA_FULL, "odata.col.province"},
    [STATE] = {"State", ODATA_STRING, ODATA_FULL, "odata.col.state"},
    [LEVEL] = {"Level", ODATA_STRING, ODATA_FULL, "odata.col.level"},
    [RECEIVED] = {"ReceivedAt", ODATA_TIME, ODATA_FULL, "odata.col.received"},
    /* in the order of enum archive_mark */
    [MARKS] = {"Late", ODATA_BOOL, ODATA_FULL, "submissions.mark.late"},
    {"Clock", ODATA_BOOL, ODATA_FULL, "submissions.mark.clock"},
    {"Quarantined", ODATA_BOOL, ODATA_FULL, "submissions.mark.quarantined"},
    {"Fork", ODATA_BOOL, ODATA_FULL, "submissions.mark.fork"},
    {"TwoValues", ODATA_BOOL, ODATA_FULL, "submissions.mark.two_values"},
    {"AfterApproval", ODATA_BOOL, ODATA_FULL, "submissions.mark.after"},
};

static struct odata_value get(void *ctx, size_t column)
{
	const struct archive_submission *s = ctx;

	switch (column) {
	case INDEX: return (struct odata_value){.n = s->index};
	case NO: return (struct odata_value){.n = s->no};
	case KIND: return (struct odata_value){.text = s->kind};
	case COMMUNE: return (struct odata_value){.text = s->scope};
	case PROVINCE: return (struct odata_value){.text = s->province};
	case STATE: return (struct odata_value){.text = stand_name((enum stand_state)s->state)};
	case LEVEL: return (struct odata_value){.text = decision_level_name((enum decision_level)s->rank)};
	case RECEIVED: return (struct odata_value){.n = s->received_at};
	default: return (struct odata_value){.n = s->marks >> (column - MARKS) & 1U};
	}
}

struct receiving {
	struct odata_walk *w;
	bool more;
};

static bool take(void *arg, const struct archive_submission *s)
{
	struct receiving *x = arg;
	struct archive_submission copy = *s;
	const struct odata_row row = {get, &copy};

	x->more = x->w->take(x->w, &row);
	return x->more;
}

static bool sees(void *arg, const char *scope)
{
	return who_sees(arg, scope);
}

/* What the filter says of the columns that can lead. False: no row can fit. */
static bool lead(const struct odata_walk *w, struct archive_wanted *a)
{
	const struct odata_filter *f = w->q->filter;
	struct odata_value v;
	enum stand_state state;
	int64_t from = 0, until = INT64_MAX;

	if (odata_filter_pins(f, COMMUNE, &v))
		a->scope = v.text;
	if (odata_filter_pins(f, PROVINCE, &v))
		a->province = v.text;
	if (odata_filter_pins(f, KIND, &v))
		a->kind = v.text;
	if (odata_filter_pins(f, STATE, &v)) {
		if (!stand_parse(v.text, &state))
			return false;
		a->state = (int)state;
	}
	for (unsigned i = 0; i < ARCHIVE_MARKS; i++)
		if (odata_filter_pins(f, MARKS + i, &v) && v.n)
			a->marks |= 1U << i;
	odata_filter_range(f, RECEIVED, &from, &until);
	a->from = from > 0 ? from : -1;
	a->until = until < INT64_MAX ? until : -1;
	return a->kind == NULL || strcmp(a->kind, ARCHIVE_TASK) != 0; /* a task is nothing received */
}

static enum rc bounds(const struct odata_walk *w, struct archive_wanted *a, struct err *reterr)
{
	int64_t lo = 0, hi = INT64_MAX - 1, token;
	enum rc rc = odata_walk_number(w, w->q->down ? INT64_MAX : -1, &token, reterr);

	odata_filter_range(w->q->filter, INDEX, &lo, &hi);
	if (w->q->down && token <= hi)
		hi = token - 1;
	if (!w->q->down && token >= lo)
		lo = token + 1;
	a->least = lo;
	a->before = hi + 1;
	a->up = !w->q->down;
	return rc;
}

/* The archive looks at some rows at a time; here it goes on until the page is full or its time is over. */
static enum rc walk(struct odata_walk *w, struct err *reterr)
{
	struct archive_wanted a = {.state = -1, .rank = -1, .sees = sees, .limit = SIZE_MAX,
				   .sees_arg = (void *)(uintptr_t)w->call};
	struct receiving x = {.w = w, .more = true};
	struct archive_reader *r = NULL;
	struct archive_got got = {.next = 0};
	enum rc rc = bounds(w, &a, reterr);

	if (rc != RC_OK || !lead(w, &a))
		return rc;
	rc = archive_read(w->col->archive, &r, reterr);
	while (rc == RC_OK && x.more && got.next >= 0) {
		rc = r->submissions(r->ctx, &a, take, &x, &got, reterr);
		w->visits -= got.visited;
		if (a.up)
			a.least = got.next;
		else
			a.before = got.next;
		if (rc == RC_OK && x.more && got.next >= 0 && !odata_walk_on(w, a.up ? got.next - 1 : got.next))
			break;
	}
	archive_read_end(w->col->archive, r);
	return rc;
}

const struct odata_source odata_received = {
    .set = {"Submissions", "odata.set.submissions", columns, COLUMNS}, .op = &op_submissions, .walk = walk};
