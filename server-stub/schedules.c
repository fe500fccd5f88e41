/*
 * schedules: see schedules.h. Days are ISO texts and compare as such; an open end is past every day.
 */
#include "server-stub/schedules.h"

#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "sync/due.h"
#include "sync/merge.h"

/* ---- reading ---- */

struct reading {
	struct schedules *x;
	const struct form *form;
	enum rc rc;
	struct err *reterr;
};

static bool take(void *arg, const struct archive_entity *e)
{
	struct reading *r = arg;
	struct schedules *x = r->x;
	struct merge_state *state = NULL;

	if (e->state.len == 0)
		return true;
	if (x->n == x->cap) {
		size_t cap = x->cap ? x->cap * 2 : 16;
		struct schedule *grown = realloc(x->s, cap * sizeof(*grown));

		if (!grown) {
			r->rc = err_set(r->reterr, RC_NOMEM, NULL, "buf.memory", NULL);
			return false;
		}
		x->s = grown;
		x->cap = cap;
	}
	r->rc = merge_read(e->state, &state, r->reterr);
	if (r->rc != RC_OK)
		return false;
	x->s[x->n] = (struct schedule){.fields = merge_json(state, r->form),
				       .conflicts = e->conflicts,
				       .index = e->last_index};
	memcpy(x->s[x->n++].id, e->id, sizeof(e->id));
	merge_free(state);
	return true;
}

static bool take_unit(void *arg, const char *key, const struct json *doc)
{
	json_set(arg, key, json_copy(doc));
	return true;
}

static const char *text(const struct json *fields, const char *name)
{
	const char *s = json_get_str(fields, name);

	return s ? s : "";
}

static int by_kind(const void *a, const void *b)
{
	const struct schedule *x = a, *y = b;
	int c = strcmp(text(x->fields, "kind"), text(y->fields, "kind"));

	if (c == 0)
		c = strcmp(text(x->fields, "starts_on"), text(y->fields, "starts_on"));
	return c != 0 ? c : memcmp(x->id, y->id, sizeof(x->id));
}

enum rc schedules_read(struct collector *col, struct schedules *ret, struct err *reterr)
{
	const struct archive_filter f = {.scope = "*", .kind = "schedule", .limit = INT64_MAX};
	const struct ingest_snapshot *snap = ingest_snapshot(col->ingest);
	struct schedules x = {.unit = json_object(), .now = clock_now_s(col->clock)};
	struct reading reading = {.x = &x, .reterr = reterr,
				  .form = form_set_newest(snap->forms, "schedule")};
	struct archive_reader *r = NULL;
	enum rc rc = archive_read(col->archive, &r, reterr);

	if (rc == RC_OK)
		rc = r->entities(r->ctx, &f, take, &reading, NULL, reterr);
	if (rc == RC_OK)
		rc = reading.rc;
	if (rc == RC_OK)
		rc = r->docs(r->ctx, "unit", take_unit, x.unit, reterr);
	if (r)
		archive_read_end(col->archive, r);
	ingest_snapshot_end(col->ingest, snap);
	if (rc != RC_OK) {
		schedules_free(&x);
		return rc;
	}
	if (x.n > 0)
		qsort(x.s, x.n, sizeof(*x.s), by_kind);
	*ret = x;
	return RC_OK;
}

void schedules_free(struct schedules *x)
{
	for (size_t i = 0; i < x->n; i++)
		json_free(x->s[i].fields);
	free(x->s);
	json_free(x->unit);
	*x = (struct schedules){.n = 0};
}

/* ---- asking ---- */

const char *schedules_state(const struct schedules *x, const struct json *fields)
{
	const char *starts = text(fields, "starts_on"), *ends = text(fields, "ends_on");
	char today[TEXT_DATE_LEN];

	text_time_date(x->now, today);
	if (ends[0] && strcmp(today, ends) > 0)
		return "ended";
	return starts[0] && strcmp(today, starts) < 0 ? "coming" : "in_force";
}

int64_t schedules_units(const struct schedules *x, const struct json *fields)
{
	int64_t n = 0;

	for (const struct json *u = json_first(x->unit); u; u = json_next(u)) {
		bool closed = false;

		json_get_bool(u, "closed", &closed);
		n += !closed && due_concerns(fields, json_name(u), json_get_str(u, "province"));
	}
	return n;
}

static bool same_code(const struct schedules *x, const char *a, const char *b)
{
	const struct json *ua = json_get_obj(x->unit, a), *ub = json_get_obj(x->unit, b);

	return strcmp(a, "*") == 0 || strcmp(b, "*") == 0 || strcmp(a, b) == 0 ||
	       strcmp(text(ua, "province"), b) == 0 || strcmp(text(ub, "province"), a) == 0;
}

static bool same_scope(const struct schedules *x, const struct json *a, const struct json *b)
{
	for (const struct json *i = json_first(json_get_arr(a, "scopes")); i; i = json_next(i))
		for (const struct json *k = json_first(json_get_arr(b, "scopes")); k;
		     k = json_next(k))
			if (json_str(i) && json_str(k) && same_code(x, json_str(i), json_str(k)))
				return true;
	return false;
}

bool schedules_overlap(const struct schedules *x, const struct json *a, const struct json *b)
{
	const char *a_ends = text(a, "ends_on"), *b_ends = text(b, "ends_on");

	return strcmp(text(a, "kind"), text(b, "kind")) == 0 &&
	       strcmp(text(a, "period"), text(b, "period")) == 0 &&
	       (!b_ends[0] || strcmp(text(a, "starts_on"), b_ends) <= 0) &&
	       (!a_ends[0] || strcmp(text(b, "starts_on"), a_ends) <= 0) && same_scope(x, a, b);
}
