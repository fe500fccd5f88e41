/*
 * report_kept: a finished report as one JSON object, and back: what a frozen issue said stays sayable in every form
 * (R11) when what it was made of has been erased. Clause R2. Not a format others read: the file of R9 made from it
 * has the hash the issue names, or it is not that report.
 *
 *   {"root","previous","rows":[[code, name, figure …]],"total":[same],"units":[[code, name, province, class,
 *    unverified, returned, undecided, due, done(, obstacles)]]}
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/json.h"
#include "sync/report_part.h"

/* Places of a commune's members. */
enum { CODE, NAME, PROVINCE, CLASS, UNVERIFIED, RETURNED, UNDECIDED, DUE, DONE, OBSTACLES };
enum { FIGURES_AT = 2 };

/* ---- keeping ---- */

static struct json *row_of(const struct report_row *row)
{
	struct json *a = json_array();

	json_append_str(a, row->code);
	json_append_str(a, row->name);
	for (size_t k = 0; k < REPORT_FIGURES; k++)
		json_append(a, json_integer(row->v[k]));
	return a;
}

static struct json *unit_of(const struct report_unit *u)
{
	const int64_t n[] = {(int64_t)u->class, u->unverified, u->returned, u->undecided, u->due, u->done};
	struct json *a = json_array();

	json_append_str(a, u->code);
	json_append_str(a, u->name);
	json_append_str(a, u->province);
	for (size_t i = 0; i < sizeof(n) / sizeof(n[0]); i++)
		json_append(a, json_integer(n[i]));
	if (u->obstacles)
		json_append_str(a, u->obstacles);
	return a;
}

struct json *report_kept(const struct report *r)
{
	struct json *o = json_object(), *rows = json_array(), *units = json_array();
	char root[CODEC_B64U_32 + 1];
	uint8_t hash[TREE_HASH];

	report_root(r, hash);
	codec_b64u(hash, sizeof(hash), root);
	json_set_str(o, "root", root);
	json_set_str(o, "previous", r->has_previous ? r->previous.week : "");
	for (size_t i = 0; i < r->nrow; i++)
		json_append(rows, row_of(&r->row[i]));
	for (size_t i = 0; i < r->nunit; i++)
		json_append(units, unit_of(&r->unit[i]));
	json_set(o, "rows", rows);
	json_set(o, "total", row_of(&r->total));
	json_set(o, "units", units);
	return o;
}

/* ---- and back ---- */

static bool number(const struct json *v, int64_t *ret)
{
	return v && json_int(v, ret);
}

static bool read_row(const struct json *a, struct report_row *ret)
{
	const struct json *v = json_first(a);

	ret->code = json_str(v);
	v = v ? json_next(v) : NULL;
	ret->name = v ? json_str(v) : NULL;
	for (size_t k = 0; v && k < REPORT_FIGURES; k++)
		if ((v = json_next(v)) != NULL && !number(v, &ret->v[k]))
			return false;
	return v && ret->code && ret->name;
}

static bool read_unit(const struct json *a, struct report_unit *ret)
{
	int64_t n[DONE - CLASS + 1];
	const char *text[CLASS];
	const struct json *v = json_first(a);

	for (size_t i = 0; i < CLASS; i++, v = v ? json_next(v) : NULL)
		if (!(text[i] = v ? json_str(v) : NULL))
			return false;
	for (size_t i = 0; i <= DONE - CLASS; i++, v = v ? json_next(v) : NULL)
		if (!number(v, &n[i]))
			return false;
	if (n[0] < REPORT_IS_VERIFIED || n[0] > REPORT_IS_UNKNOWN)
		return false;
	*ret = (struct report_unit){.code = text[CODE],
				    .name = text[NAME],
				    .province = text[PROVINCE],
				    .class = (enum report_class)n[0],
				    .unverified = n[UNVERIFIED - CLASS] != 0,
				    .returned = n[RETURNED - CLASS] != 0,
				    .undecided = n[UNDECIDED - CLASS] != 0,
				    .due = n[DUE - CLASS],
				    .done = n[DONE - CLASS],
				    .obstacles = v ? json_str(v) : NULL};
	return true;
}

static bool read_all(struct report *r)
{
	const struct json *rows = json_get_arr(r->kept, "rows"), *units = json_get_arr(r->kept, "units");

	for (const struct json *a = json_first(rows); a; a = json_next(a))
		if (!read_row(a, &r->row[r->nrow++]))
			return false;
	for (const struct json *a = json_first(units); a; a = json_next(a))
		if (!read_unit(a, &r->unit[r->nunit++]))
			return false;
	return read_row(json_get_arr(r->kept, "total"), &r->total);
}

enum rc report_of_kept(struct json *kept, const char *week, int64_t size, struct report **ret,
		       struct err *reterr)
{
	const char *root = json_get_str(kept, "root"), *previous = json_get_str(kept, "previous");
	struct report *r = calloc(1, sizeof(*r));
	bool ok = root && previous && text_is_week(span_str(week)) &&
		  (!*previous || text_is_week(span_str(previous)));

	if (!r) {
		json_free(kept);
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	}
	r->kept = kept;
	r->size = size;
	r->given = true;
	r->row = calloc(json_len(json_get_arr(kept, "rows")) + 1, sizeof(*r->row));
	r->unit = calloc(json_len(json_get_arr(kept, "units")) + 1, sizeof(*r->unit));
	if (!r->row || !r->unit) {
		report_free(r);
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	}
	if (!ok || !codec_b64u_32(span_str(root), r->root) || !read_all(r)) {
		report_free(r);
		return err_set(reterr, RC_CORRUPT, "R2", "report.kept", "week", week, NULL);
	}
	memcpy(r->week, week, sizeof(r->week));
	r->has_previous = *previous != '\0';
	memcpy(r->previous.week, previous, strlen(previous) + 1);
	*ret = r;
	return RC_OK;
}
