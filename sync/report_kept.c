/*
 * report_kept: a finished report as JSON objects, and back: what a frozen issue said stays sayable in every form
 * (R11) when what it was made of has been erased. Clause R2. Not a format others read: the file of R9 made from it
 * has the hash the issue names, or it is not that report.
 *
 *   {"root","previous","rows":[[code, name, figure …]],"total":[same],"units":[[code, name, province, class,
 *    unverified, returned, undecided, due, done(, obstacles)]](,"more":true)}
 *   {"units":[…](,"more":true)} …
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

/*
 * Bytes of text in a part. Written as JSON they are up to six times as many, a commune's texts are below 100 KiB, and
 * so a part stays below LIMIT_JSON_TEXT.
 */
enum { PART = 512 * 1024, UNIT = 64 };

static size_t cost(const struct report_unit *u)
{
	return UNIT + strlen(u->name) + (u->obstacles ? strlen(u->obstacles) : 0);
}

static void keep_rows(const struct report *r, struct json *o)
{
	struct json *rows = json_array();
	char root[CODEC_B64U_32 + 1];
	uint8_t hash[TREE_HASH];

	report_root(r, hash);
	codec_b64u(hash, sizeof(hash), root);
	json_set_str(o, "root", root);
	json_set_str(o, "previous", r->has_previous ? r->previous.week : "");
	for (size_t i = 0; i < r->nrow; i++)
		json_append(rows, row_of(&r->row[i]));
	json_set(o, "rows", rows);
	json_set(o, "total", row_of(&r->total));
}

struct json *report_kept(const struct report *r, size_t *at)
{
	struct json *o = json_object(), *units = json_array();
	size_t i = *at, len = 0;

	if (i == 0)
		keep_rows(r, o);
	for (; i < r->nunit && len < PART; i++) {
		json_append(units, unit_of(&r->unit[i]));
		len += cost(&r->unit[i]);
	}
	json_set(o, "units", units);
	if (i < r->nunit)
		json_set_bool(o, "more", true);
	*at = i;
	return o;
}

bool report_kept_more(const struct json *part)
{
	bool more = false;

	return json_get_bool(part, "more", &more) && more;
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
	for (const struct json *a = json_first(json_get_arr(r->kept[0], "rows")); a; a = json_next(a))
		if (!read_row(a, &r->row[r->nrow++]))
			return false;
	for (size_t i = 0; i < r->nkept; i++)
		for (const struct json *a = json_first(json_get_arr(r->kept[i], "units")); a; a = json_next(a))
			if (!read_unit(a, &r->unit[r->nunit++]))
				return false;
	return read_row(json_get_arr(r->kept[0], "total"), &r->total);
}

static bool read_head(struct report *r, const char *week)
{
	const char *root = json_get_str(r->kept[0], "root"), *previous = json_get_str(r->kept[0], "previous");

	if (!root || !previous || !text_is_week(span_str(week)) || !codec_b64u_32(span_str(root), r->root) ||
	    (*previous && !text_is_week(span_str(previous))))
		return false;
	memcpy(r->week, week, sizeof(r->week));
	r->has_previous = *previous != '\0';
	memcpy(r->previous.week, previous, strlen(previous) + 1);
	return true;
}

static void free_parts(struct json **part, size_t n)
{
	for (size_t i = 0; i < n; i++)
		json_free(part[i]);
	free(part);
}

enum rc report_of_kept(struct json **part, size_t n, const char *week, int64_t size, struct report **ret,
		       struct err *reterr)
{
	struct report *r = calloc(1, sizeof(*r));
	size_t units = 0;

	if (!r) {
		free_parts(part, n);
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	}
	r->kept = part;
	r->nkept = n;
	r->size = size;
	r->given = true;
	for (size_t i = 0; i < n; i++)
		units += json_len(json_get_arr(part[i], "units"));
	r->row = calloc(json_len(json_get_arr(part[0], "rows")) + 1, sizeof(*r->row));
	r->unit = calloc(units + 1, sizeof(*r->unit));
	if (!r->row || !r->unit) {
		report_free(r);
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	}
	if (!read_head(r, week) || !read_all(r)) {
		report_free(r);
		return err_set(reterr, RC_CORRUPT, "R2", "report.kept", "week", week, NULL);
	}
	*ret = r;
	return RC_OK;
}
