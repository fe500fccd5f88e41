/*
 * stocktake_rows: every asset of a session with what was counted of it, sorted, and the sums.
 */
#include "agent/stocktake.h"

#include <stdlib.h>
#include <string.h>

#include "agent/print.h"
#include "lib/limits.h"
#include "lib/text.h"

struct row {
	struct json *o;
	size_t class; /* place in the form's list */
	char *key;    /* room, name */
};
struct rows {
	const struct stocktake *t;
	struct row *row;
	size_t n, cap;
};

static enum rc no_memory(struct err *reterr)
{
	return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
}

static size_t class_place(const struct form *f, const char *class)
{
	const struct form_field *ff = f ? form_field(f, "class") : NULL;

	for (size_t i = 0; ff && ff->list && i < ff->list->n; i++)
		if (strcmp(ff->list->item[i].v, class) == 0)
			return i;
	return SIZE_MAX;
}

static enum rc sort_key(const struct json *o, char **ret, struct err *reterr)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, LIMIT_TEXT);
	rc = text_sort_key(span_str(print_str(o, "location")), &b, reterr);
	buf_add_char(&b, '\x01');
	if (rc == RC_OK)
		rc = text_sort_key(span_str(print_str(o, "name")), &b, reterr);
	buf_add_char(&b, '\x01');
	buf_add_str(&b, print_str(o, "label"));
	if (rc == RC_OK && !(*ret = buf_take(&b, NULL)))
		rc = no_memory(reterr);
	buf_free(&b);
	return rc;
}

static enum rc make_room(struct rows *r, struct err *reterr)
{
	size_t cap = r->cap ? r->cap * 2 : 64;
	struct row *all;

	if (r->n < r->cap)
		return RC_OK;
	all = realloc(r->row, cap * sizeof(*all));
	if (!all)
		return no_memory(reterr);
	r->row = all;
	r->cap = cap;
	return RC_OK;
}

static enum rc row_take(void *arg, const struct stocktake_asset *asset, int64_t line_no,
			struct err *reterr)
{
	struct rows *r = arg;
	struct store_entity *line = NULL;
	struct row one = {.o = NULL};
	enum rc rc = make_room(r, reterr);

	if (rc == RC_OK && line_no > 0)
		rc = store_entity_no(r->t->look->agent->store, line_no, &line, reterr);
	if (rc == RC_OK)
		rc = stocktake_row(r->t, asset, line, &one.o, reterr);
	if (rc == RC_OK)
		rc = sort_key(one.o, &one.key, reterr);
	store_entity_free(line);
	if (rc != RC_OK) {
		json_free(one.o);
		return rc;
	}
	one.class = class_place(asset->form, print_str(one.o, "class"));
	r->row[r->n++] = one;
	return RC_OK;
}

static int by_place(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->class != y->class)
		return x->class < y->class ? -1 : 1;
	return strcmp(x->key, y->key);
}

enum rc stocktake_rows(const struct stocktake *t, const struct stocktake_want *want,
		       struct json **ret, struct err *reterr)
{
	struct rows r = {.t = t};
	struct json *all = json_array();
	enum rc rc = stocktake_each(t, want, row_take, &r, reterr);

	if (r.n > 0)
		qsort(r.row, r.n, sizeof(*r.row), by_place);
	for (size_t i = 0; i < r.n; i++) {
		json_append(all, r.row[i].o);
		free(r.row[i].key);
	}
	free(r.row);
	if (rc == RC_OK)
		*ret = all;
	else
		json_free(all);
	return rc;
}

/* ---- sums ---- */

static bool has_status(const struct json *row, const char *status)
{
	return strcmp(print_str(row, "status"), status) == 0;
}

static int64_t more(const struct json *row)
{
	return print_num(json_get_obj(row, "diff"), "qty");
}

/* In the books: a thing found in none has a line that says 0 (op surplus). */
static bool in_books(const struct json *row)
{
	int64_t n = 1;

	json_get_int(json_get_obj(row, "book"), "qty", &n);
	return print_is(row, "inside") && (n > 0 || !json_get(row, "line"));
}

static bool misplaced(const struct json *row)
{
	return strcmp(print_str(row, "discrepancy"), "sai_vi_tri") == 0;
}

bool stocktake_is(const struct json *row, const char *which)
{
	const char *d = print_str(row, "discrepancy");

	if (!which || strcmp(which, "all") == 0)
		return true;
	if (strcmp(which, "uncounted") == 0)
		return has_status(row, "chua_kiem") && print_is(row, "inside");
	if (strcmp(which, "counted") == 0)
		return has_status(row, "da_kiem");
	return (d[0] && strcmp(d, "khop") != 0) || has_status(row, "khong_tiep_can") ||
	       print_is(row, "undecided") || print_is(row, "late");
}

static const char *const count_name[] = {"book",    "counted",  "not_counted", "unreached",
					 "missing", "surplus",  "misplaced",   "undecided",
					 "late",    "different"};
enum { COUNTS = sizeof(count_name) / sizeof(count_name[0]) };

static void count(const struct json *x, int64_t n[COUNTS])
{
	const bool is[COUNTS] = {in_books(x),
				 has_status(x, "da_kiem"),
				 stocktake_is(x, "uncounted"),
				 has_status(x, "khong_tiep_can"),
				 more(x) < 0,
				 more(x) > 0,
				 misplaced(x),
				 print_is(x, "undecided"),
				 print_is(x, "late"),
				 stocktake_is(x, "different")};

	for (size_t i = 0; i < COUNTS; i++)
		n[i] += is[i];
}

static struct json *counts_json(const int64_t n[COUNTS])
{
	struct json *o = json_object();

	for (size_t i = 0; i < COUNTS; i++)
		json_set_int(o, count_name[i], n[i]);
	return o;
}

struct json *stocktake_counts(const struct json *rows)
{
	int64_t n[COUNTS] = {0};

	for (const struct json *x = json_first(rows); x; x = json_next(x))
		count(x, n);
	return counts_json(n);
}

/* ---- all of it without a row of each ---- */

struct room {
	char *name, *fold, *key; /* as first met, for comparing, for sorting */
	int64_t book, counted;
};
struct tally {
	const struct stocktake *t;
	int64_t n[COUNTS];
	struct room *room;
	size_t nroom;
};

/* What is asked of an asset's values here; a whole record would cost ten times as much. */
static struct json *few_fields(const struct stocktake_asset *a)
{
	static const char *const field[] = {"unit_code", "lifecycle", "facility_id", "location"};
	struct json *o = json_object();
	struct merge_value v;
	struct buf scratch;

	buf_init(&scratch, LIMIT_MERGE_STATE);
	for (size_t i = 0; i < sizeof(field) / sizeof(field[0]); i++)
		if (merge_show(a->state, field[i], merge_policy(a->form, field[i]), &scratch, &v,
			       NULL, NULL) == RC_OK)
			json_set(o, field[i], entry_value_json(v.raw));
	buf_free(&scratch);
	return o;
}

static char *made(enum rc (*how)(struct span s, struct buf *out, struct err *reterr),
		  const char *text)
{
	struct buf b;
	char *s;

	buf_init(&b, LIMIT_TEXT);
	how(span_str(text), &b, NULL);
	buf_add(&b, "", 0);
	s = b.len > 0 ? buf_take(&b, NULL) : calloc(1, 1);
	buf_free(&b);
	return s;
}

static enum rc room_of(struct tally *y, const char *name, struct room **ret, struct err *reterr)
{
	char *fold = made(text_fold, name);
	struct room *all;

	for (size_t i = 0; fold && i < y->nroom; i++)
		if (strcmp(y->room[i].fold, fold) == 0) {
			free(fold);
			*ret = &y->room[i];
			return RC_OK;
		}
	all = fold ? realloc(y->room, (y->nroom + 1) * sizeof(*all)) : NULL;
	if (!all) {
		free(fold);
		return no_memory(reterr);
	}
	y->room = all;
	all[y->nroom] =
	    (struct room){span_dup(span_str(name)), fold, made(text_sort_key, name), 0, 0};
	*ret = &all[y->nroom++];
	return (*ret)->name && (*ret)->key ? RC_OK : no_memory(reterr);
}

static enum rc tally_take(void *arg, const struct stocktake_asset *asset, int64_t line_no,
			  struct err *reterr)
{
	struct tally *y = arg;
	struct json *few = few_fields(asset), *o = json_object();
	struct store_entity *line = NULL;
	bool inside = stocktake_covers(y->t, few);
	struct room *room = NULL;
	enum rc rc = RC_OK;

	json_set_bool(o, "inside", inside);
	if (line_no > 0)
		rc = store_entity_no(y->t->look->agent->store, line_no, &line, reterr);
	if (rc == RC_OK && line)
		rc = stocktake_put_line(y->t, o, line, reterr);
	else
		json_set_str(o, "status", "chua_kiem");
	if (rc == RC_OK && inside)
		rc = room_of(y, print_str(few, "location"), &room, reterr);
	if (rc == RC_OK)
		count(o, y->n);
	if (rc == RC_OK && room) {
		room->book++;
		room->counted += !stocktake_is(o, "uncounted");
	}
	store_entity_free(line);
	json_free(few);
	json_free(o);
	return rc;
}

/* By name, the one without a name last. */
static int by_name(const void *a, const void *b)
{
	const struct room *x = a, *y = b;

	if (!x->name[0] || !y->name[0])
		return !x->name[0] - !y->name[0];
	return strcmp(x->key, y->key);
}

static struct json *rooms_json(struct tally *y)
{
	struct json *all = json_array();

	if (y->nroom > 0)
		qsort(y->room, y->nroom, sizeof(*y->room), by_name);
	for (size_t i = 0; i < y->nroom; i++) {
		struct json *o = json_object();
		json_set_str(o, "room", y->room[i].name);
		json_set_int(o, "book", y->room[i].book);
		json_set_int(o, "counted", y->room[i].counted);
		json_append(all, o);
	}
	return all;
}

enum rc stocktake_tally(const struct stocktake *t, struct json **retcounts, struct json **retrooms,
			struct err *reterr)
{
	const struct stocktake_want all = {.room = NULL};
	struct tally y = {.t = t};
	enum rc rc = stocktake_each(t, &all, tally_take, &y, reterr);

	if (rc == RC_OK) {
		*retcounts = counts_json(y.n);
		*retrooms = rooms_json(&y);
	}
	for (size_t i = 0; i < y.nroom; i++) {
		free(y.room[i].name);
		free(y.room[i].fold);
		free(y.room[i].key);
	}
	free(y.room);
	return rc;
}
