/*
 * odata_made: tables that are made as a whole: the communes of the catalogue (op catalogue list), and the
 * figures of the frozen weekly reports by province and by commune (odata_issue). Keys are texts; rows are some
 * thousands a week.
 */
#include <stdlib.h>
#include <string.h>

#include "server-stub/odata_model.h"
#include "server-stub/ops.h"
#include "server-stub/who.h"

/* Rows 0 to n - 1 in the order of their keys, or back, to the page; row says which one ctx is. False: enough. */
static bool pass(struct odata_walk *w, const struct odata_row *row, size_t *which, size_t n)
{
	bool more = true;

	for (size_t i = 0; more && i < n; i++) {
		*which = w->q->down ? n - 1 - i : i;
		if (odata_walk_behind(w, row))
			more = w->take(w, row);
	}
	return more;
}

/* ---- communes ---- */

enum { U_CODE, U_NAME, U_KIND, U_PROVINCE, U_PROVINCE_NAME, U_CLOSED, U_NAMES, U_COLUMNS, UNITS_AT_ONCE = 5000 };

static const struct odata_column unit_columns[U_COLUMNS] = {
    [U_CODE] = {"Code", ODATA_STRING, ODATA_KEY, "odata.col.commune"},
    [U_NAME] = {"Name", ODATA_STRING, ODATA_FULL, "odata.col.name"},
    [U_KIND] = {"Kind", ODATA_STRING, ODATA_FULL, "odata.col.unit_kind"},
    [U_PROVINCE] = {"Province", ODATA_STRING, ODATA_FULL, "odata.col.province"},
    [U_PROVINCE_NAME] = {"ProvinceName", ODATA_STRING, ODATA_FULL, "odata.col.province_name"},
    [U_CLOSED] = {"Closed", ODATA_BOOL, ODATA_FULL, "odata.col.closed"},
    [U_NAMES] = {"FormerNames", ODATA_STRING, 0, "odata.col.former"},
};
static const char *const unit_member[U_COLUMNS] = {
    [U_CODE] = "code",	       [U_NAME] = "name",     [U_KIND] = "kind",   [U_PROVINCE] = "province",
    [U_PROVINCE_NAME] = "province_name", [U_CLOSED] = "closed", [U_NAMES] = "names",
};

struct units {
	const struct json **unit;
	size_t at;
	struct buf names;
};

static const char *names(struct units *u, const struct json *list)
{
	buf_reset(&u->names);
	for (const struct json *n = json_first(list); n; n = json_next(n))
		buf_addf(&u->names, "%s%s", u->names.len ? "; " : "", json_str(n));
	return u->names.len ? (const char *)u->names.p : NULL;
}

static struct odata_value get_unit(void *ctx, size_t column)
{
	struct units *u = ctx;
	const struct json *v = json_get(u->unit[u->at], unit_member[column]);
	struct odata_value ret = {.null = false};
	bool closed = false;

	if (column == U_CLOSED)
		ret.n = json_bool(v, &closed) && closed;
	else if (column == U_NAMES)
		ret.text = names(u, v);
	else
		ret.text = json_str(v) ? json_str(v) : "";
	ret.null = column == U_NAMES && !ret.text;
	return ret;
}

static enum rc pass_units(struct odata_walk *w, const struct json *all, bool *retmore, struct err *reterr)
{
	struct units u = {.unit = calloc(json_len(all) + 1, sizeof(*u.unit))};
	const struct odata_row row = {get_unit, &u};
	size_t n = 0;

	if (!u.unit)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	buf_init(&u.names, LIMIT_TEXT);
	for (const struct json *o = json_first(all); o; o = json_next(o))
		u.unit[n++] = o;
	*retmore = pass(w, &row, &u.at, n);
	buf_free(&u.names);
	free(u.unit);
	return RC_OK;
}

/* By code, as the catalogue lists them; of one province if the filter says so. */
static enum rc units_at(struct odata_walk *w, int64_t offset, struct json **ret, struct err *reterr)
{
	struct json *in = json_object();
	struct odata_value v;
	enum rc rc;

	json_set_int(in, "limit", UNITS_AT_ONCE);
	json_set_int(in, "offset", offset);
	if (odata_filter_pins(w->q->filter, U_PROVINCE, &v))
		json_set_str(in, "province", v.text);
	rc = op_run(&op_catalogue_list, w->call, in, ret, reterr);
	json_free(in);
	return rc;
}

static int64_t take_units(const struct json *from, struct json *all)
{
	int64_t n = 0;

	for (const struct json *u = json_first(json_get_arr(from, "units")); u; u = json_next(u), n++)
		json_append(all, json_copy(u));
	return n;
}

static enum rc walk_units(struct odata_walk *w, struct err *reterr)
{
	struct json *all = NULL, *out = NULL;
	bool more = true;
	int64_t total = 0, n = 0;
	enum rc rc = RC_OK;

	all = json_array();
	do {
		rc = units_at(w, n, &out, reterr);
		json_get_int(out, "total", &total);
		n += take_units(out, all);
		json_free(out);
		out = NULL;
	} while (rc == RC_OK && n < total);
	if (rc == RC_OK)
		rc = pass_units(w, all, &more, reterr);
	json_free(all);
	return rc;
}

/* ---- figures ---- */

struct figures {
	struct odata_walk *w;
	const struct odata_issue *i;
	size_t at;
	bool more;
};

enum { P_WEEK, P_CODE, P_NAME, P_FIGURES, P_COLUMNS = P_FIGURES + REPORT_FIGURES };

#define FIGURE(name, which) [P_FIGURES + (which)] = {name, ODATA_INT, 0, "odata.figure." name}

static const struct odata_column province_columns[P_COLUMNS] = {
    [P_WEEK] = {"Week", ODATA_STRING, ODATA_KEY, "odata.col.week"},
    [P_CODE] = {"Code", ODATA_STRING, ODATA_KEY, "odata.col.province"},
    [P_NAME] = {"Name", ODATA_STRING, ODATA_FULL, "odata.col.province_name"},
    FIGURE("units", REPORT_UNITS),	   FIGURE("reported", REPORT_REPORTED),
    FIGURE("declared", REPORT_DECLARED),   FIGURE("verified", REPORT_VERIFIED),
    FIGURE("short", REPORT_SHORT),	   FIGURE("unknown", REPORT_UNKNOWN),
    FIGURE("unverified", REPORT_UNVERIFIED), FIGURE("no_car", REPORT_NO_CAR),
    FIGURE("car_exempt", REPORT_CAR_EXEMPT), FIGURE("poor", REPORT_POOR),
    FIGURE("places", REPORT_PLACES),	   FIGURE("handled", REPORT_HANDLED),
    FIGURE("to_office", REPORT_TO_OFFICE), FIGURE("to_service", REPORT_TO_SERVICE),
    FIGURE("to_health", REPORT_TO_HEALTH), FIGURE("to_school", REPORT_TO_SCHOOL),
    FIGURE("to_culture", REPORT_TO_CULTURE), FIGURE("to_other", REPORT_TO_OTHER),
    FIGURE("remaining", REPORT_REMAINING), FIGURE("undecided", REPORT_UNDECIDED),
    FIGURE("verified_change", REPORT_VERIFIED_CHANGE), FIGURE("verified_fix", REPORT_VERIFIED_FIX),
    FIGURE("handled_change", REPORT_HANDLED_CHANGE), FIGURE("handled_fix", REPORT_HANDLED_FIX),
    FIGURE("obstacles", REPORT_OBSTACLES),
};

static struct odata_value get_province(void *ctx, size_t column)
{
	const struct figures *f = ctx;
	const struct report_row *r = &f->i->row[f->at];
	bool change = column >= P_FIGURES + REPORT_VERIFIED_CHANGE && column <= P_FIGURES + REPORT_HANDLED_FIX;

	switch (column) {
	case P_WEEK: return (struct odata_value){.text = f->i->week};
	case P_CODE: return (struct odata_value){.text = r->code};
	case P_NAME: return (struct odata_value){.text = r->name};
	default: break;
	}
	/* without an issue before nothing has changed and nothing has not */
	return (struct odata_value){.null = change && !f->i->has_previous, .n = r->v[column - P_FIGURES]};
}

/* The row of places outside the catalogue comes last in a report and has the code "", which is the first. */
static int by_code(const void *a, const void *b)
{
	return strcmp(((const struct report_row *)a)->code, ((const struct report_row *)b)->code);
}

static enum rc look_provinces(void *arg, const struct odata_issue *i, struct err *reterr)
{
	struct figures *f = arg;
	const struct odata_row row = {get_province, f};

	(void)reterr;
	f->i = i;
	if (i->nrow > 1)
		qsort(i->row, i->nrow, sizeof(*i->row), by_code);
	f->more = pass(f->w, &row, &f->at, i->nrow);
	return RC_OK;
}

enum { C_WEEK, C_CODE, C_NAME, C_PROVINCE, C_CLASS, C_UNVERIFIED, C_RETURNED, C_UNDECIDED, C_DUE, C_DONE, C_OBSTACLES,
       C_COLUMNS };

static const struct odata_column commune_columns[C_COLUMNS] = {
    [C_WEEK] = {"Week", ODATA_STRING, ODATA_KEY, "odata.col.week"},
    [C_CODE] = {"Code", ODATA_STRING, ODATA_KEY, "odata.col.commune"},
    [C_NAME] = {"Name", ODATA_STRING, ODATA_FULL, "odata.col.name"},
    [C_PROVINCE] = {"Province", ODATA_STRING, ODATA_FULL, "odata.col.province"},
    [C_CLASS] = {"Class", ODATA_INT, ODATA_FULL, "odata.col.class"},
    [C_UNVERIFIED] = {"Unverified", ODATA_BOOL, ODATA_FULL, "odata.figure.unverified"},
    [C_RETURNED] = {"Returned", ODATA_BOOL, ODATA_FULL, "odata.col.returned"},
    [C_UNDECIDED] = {"Undecided", ODATA_BOOL, ODATA_FULL, "odata.col.undecided"},
    [C_DUE] = {"Due", ODATA_INT, ODATA_FULL, "odata.col.due"},
    [C_DONE] = {"Done", ODATA_INT, ODATA_FULL, "odata.col.done"},
    [C_OBSTACLES] = {"Obstacles", ODATA_BOOL, ODATA_FULL, "odata.col.obstacles"},
};

static struct odata_value get_commune(void *ctx, size_t column)
{
	const struct figures *f = ctx;
	const struct report_unit *u = &f->i->unit[f->at];

	switch (column) {
	case C_WEEK: return (struct odata_value){.text = f->i->week};
	case C_CODE: return (struct odata_value){.text = u->code};
	case C_NAME: return (struct odata_value){.text = u->name};
	case C_PROVINCE: return (struct odata_value){.text = u->province};
	case C_CLASS: return (struct odata_value){.n = (int64_t)u->class};
	case C_UNVERIFIED: return (struct odata_value){.n = u->unverified};
	case C_RETURNED: return (struct odata_value){.n = u->returned};
	case C_UNDECIDED: return (struct odata_value){.n = u->undecided};
	case C_DUE: return (struct odata_value){.n = u->due};
	case C_DONE: return (struct odata_value){.n = u->done};
	default: return (struct odata_value){.n = u->obstacles != NULL};
	}
}

static enum rc look_communes(void *arg, const struct odata_issue *i, struct err *reterr)
{
	struct figures *f = arg;
	const struct odata_row row = {get_commune, f};

	(void)reterr;
	f->i = i;
	for (size_t k = 0; f->more && k < i->nunit; k++) {
		f->at = f->w->q->down ? i->nunit - 1 - k : k;
		if (who_sees(f->w->call, i->unit[f->at].code) && odata_walk_behind(f->w, &row))
			f->more = f->w->take(f->w, &row);
	}
	return RC_OK;
}

/* Can rows of that week be behind the token, and does the filter take any? Only then the issue is made. */
static bool is_wanted(const struct odata_walk *w, const char *week)
{
	char from[TEXT_WEEK_LEN];
	struct odata_value v;
	int c = 0;

	if (w->q->token && odata_query_token(w->q->token, 0, from, sizeof(from)))
		c = strcmp(week, from);
	if (w->q->down ? c > 0 : c < 0)
		return false;
	return !odata_filter_pins(w->q->filter, P_WEEK, &v) || strcmp(v.text, week) == 0;
}

/* A count of all weeks would make all issues in one question. RC_USAGE "odata.count_week" */
static enum rc check_counted(const struct odata_walk *w, struct err *reterr)
{
	struct odata_value v;

	if (!w->counting || odata_filter_pins(w->q->filter, P_WEEK, &v))
		return RC_OK;
	return err_set(reterr, RC_USAGE, NULL, "odata.count_week", "name", "$count", NULL);
}

/* The page ends before that week, which the token names without a code: with its first row the next page begins. */
static void end_before(struct odata_walk *w, const char *week)
{
	w->more = true;
	memcpy(w->token, week, TEXT_WEEK_LEN);
}

static enum rc walk_issues(struct odata_walk *w,
			   enum rc (*look)(void *arg, const struct odata_issue *i, struct err *reterr),
			   struct err *reterr)
{
	struct figures f = {.w = w, .more = true};
	char (*week)[TEXT_WEEK_LEN] = NULL;
	size_t n = 0;
	bool seen = true;
	enum rc rc = check_counted(w, reterr);

	if (rc == RC_OK)
		rc = odata_issue_weeks(w->col, &week, &n, reterr);
	for (size_t k = 0; rc == RC_OK && f.more && seen && k < n; k++) {
		const char *one = week[w->q->down ? n - 1 - k : k];

		if (!is_wanted(w, one))
			continue;
		rc = odata_issue_look(w->issues, w->col, one, &w->makes, &seen, look, &f, reterr);
		if (rc == RC_OK && !seen)
			end_before(w, one);
	}
	free(week);
	return rc;
}

static enum rc walk_provinces(struct odata_walk *w, struct err *reterr)
{
	return walk_issues(w, look_provinces, reterr);
}

static enum rc walk_communes(struct odata_walk *w, struct err *reterr)
{
	return walk_issues(w, look_communes, reterr);
}

const struct odata_source odata_units = {
    .set = {"Units", "odata.set.units", unit_columns, U_COLUMNS}, .op = &op_catalogue_list, .walk = walk_units};
const struct odata_source odata_report_provinces = {
    .set = {"ReportProvinces", "odata.set.report_provinces", province_columns, P_COLUMNS},
    .op = &op_report, .walk = walk_provinces};
const struct odata_source odata_report_units = {
    .set = {"ReportUnits", "odata.set.report_units", commune_columns, C_COLUMNS},
    .op = &op_report, .walk = walk_communes};
