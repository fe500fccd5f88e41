/*
 * op stocktake: the sessions there are, or one of them: its rooms, its sums, its committee, and its
 * assets with what was counted of each and what the session before said. Reads only.
 */
#include <string.h>

#include "agent/ops.h"
#include "agent/print.h"
#include "agent/seen.h"
#include "agent/stocktake.h"
#include "lib/limits.h"

static const char *const which[] = {"all", "uncounted", "different", "counted", NULL};
static const struct op_arg args[] = {
    {.name = "session",
     .type = OP_STRING,
     .flags = OP_POSITIONAL,
     .help = "stocktake.arg.session",
     .meta = "SESSION"},
    {.name = "room",
     .type = OP_STRING,
     .flags = 0,
     .help = "stocktake.arg.only_room",
     .meta = "ROOM"},
    {.name = "only",
     .type = OP_STRING,
     .flags = 0,
     .help = "stocktake.arg.only",
     .meta = "WHICH",
     .choice = which},
    {.name = "limit",
     .type = OP_INT,
     .flags = 0,
     .help = "stocktake.arg.limit",
     .meta = "N",
     .min = 0,
     .max = 10000},
};

/* ---- one session ---- */

static struct json *session_json(struct look *l, const struct store_entity *e)
{
	struct json *o = look_named(l, e), *rec = merge_json(e->state, e->form);

	json_set(o, "fields", json_copy(rec));
	json_set(o, "texts", stocktake_texts(l, e->form, rec));
	json_set_int(o, "conflicts", (int64_t)merge_conflicts(e->state, e->form));
	json_set(o, "seen", seen_all(e->state));
	json_set_bool(o, "finished", strcmp(print_str(rec, "state"), "da_chot") == 0);
	json_free(rec);
	return o;
}

/* ---- its lines ---- */

static enum rc some_rows(const struct stocktake *t, const struct json *in, const struct json *rows,
			 struct json **ret, struct err *reterr)
{
	struct json *some = json_array();
	int64_t limit = INT64_MAX, n = 0;
	enum rc rc = RC_OK;

	json_get_int(in, "limit", &limit);
	for (const struct json *x = json_first(rows); rc == RC_OK && x && n < limit;
	     x = json_next(x)) {
		struct json *o, *last = NULL;
		if (!stocktake_is(x, json_get_str(in, "only")))
			continue;
		rc = stocktake_last(t, print_str(x, "asset"), &last, reterr);
		o = json_copy(x);
		if (last)
			json_set(o, "last", last);
		json_append(some, o);
		n++;
	}
	if (rc == RC_OK)
		*ret = some;
	else
		json_free(some);
	return rc;
}

/* The room asked for; NULL: any. */
static const char *room_of(const struct json *in)
{
	const char *room = json_get_str(in, "room");

	return room && room[strspn(room, " ")] ? room : NULL;
}

/* What is asked for, made only as far as it is: a register may have ten thousand assets. */
static enum rc rows_of(const struct stocktake *t, const struct json *in, struct json **ret,
		       struct err *reterr)
{
	const char *only = json_get_str(in, "only");
	struct stocktake_want want = {.room = room_of(in)};
	int64_t limit = INT64_MAX;

	want.lines =
	    only && (strcmp(only, "different") == 0 || strcmp(only, "counted") == 0) && !want.room;
	json_get_int(in, "limit", &limit);
	if (limit == 0 && !want.room) {
		*ret = json_array();
		return RC_OK;
	}
	return stocktake_rows(t, &want, ret, reterr);
}

static enum rc one(struct look *l, const struct json *in, struct json *o, struct err *reterr)
{
	struct json *rows = NULL, *some = NULL, *committee = NULL, *counts = NULL, *rooms = NULL;
	struct stocktake t;
	enum rc rc = stocktake_open(&t, l, json_get_str(in, "session"), reterr);

	if (rc == RC_OK)
		rc = rows_of(&t, in, &rows, reterr);
	if (rc == RC_OK)
		rc = some_rows(&t, in, rows, &some, reterr);
	if (rc == RC_OK && !room_of(in))
		rc = stocktake_tally(&t, &counts, &rooms, reterr);
	if (rc == RC_OK)
		rc = stocktake_committee(&t, &committee, reterr);
	if (rc == RC_OK) {
		json_set(o, "session", session_json(l, t.e));
		json_set(o, "counts", counts ? counts : stocktake_counts(rows));
		if (rooms)
			json_set(o, "rooms", rooms);
		json_set(o, "committee", committee);
		json_set(o, "lines", some);
	} else {
		json_free(counts);
		json_free(rooms);
		json_free(some);
	}
	json_free(rows);
	stocktake_close(&t);
	return rc;
}

/* ---- all sessions ---- */

struct sessions {
	struct look *l;
	struct json *all;
};

static bool session_take(void *arg, const struct look_item *x)
{
	struct sessions *s = arg;
	struct store_entity *e = NULL;

	if (store_entity_no(s->l->agent->store, x->item->no, &e, NULL) == RC_OK)
		json_append(s->all, session_json(s->l, e));
	store_entity_free(e);
	return true;
}

static enum rc all(struct look *l, struct json *o, struct err *reterr)
{
	const struct store_filter f = {.kind = "inventory"};
	struct sessions s = {l, json_array()};
	enum rc rc = look_each(l->agent, &f, session_take, &s, reterr);

	json_set(o, "sessions", s.all);
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct json *o = json_object();
	struct look l;
	enum rc rc = look_open(&l, call, reterr);

	if (rc == RC_OK)
		rc = json_get_str(in, "session") ? one(&l, in, o, reterr) : all(&l, o, reterr);
	look_close(&l);
	if (rc == RC_OK)
		*ret = o;
	else
		json_free(o);
	return rc;
}

/* ---- print ---- */

static void heading(const struct lang *lang, struct print_table *t, const char *const *key)
{
	print_table_init(t);
	print_row(t);
	for (; *key; key++)
		print_cell(t, lang_text(lang, *key));
}

static void print_sessions(const struct lang *lang, const struct json *list, struct buf *text)
{
	struct print_table t;

	if (json_len(list) == 0) {
		print_line(lang, text, "stocktake.none");
		return;
	}
	heading(lang, &t,
		(const char *const[]){"stocktake.col.id", "stocktake.col.title",
				      "stocktake.col.state", NULL});
	for (const struct json *x = json_first(list); x; x = json_next(x)) {
		print_row(&t);
		print_cell(&t, print_str(x, "short"));
		print_cell(&t, print_str(x, "title"));
		print_cell(&t, print_str(json_get_obj(x, "texts"), "state"));
	}
	print_table_end(&t, 0, text);
}

static void print_counts(const struct lang *lang, const struct json *c, struct buf *text)
{
	static const char *const name[] = {"book",      "counted",   "not_counted",
					   "unreached", "missing",   "surplus",
					   "misplaced", "undecided", "late"};
	struct print_table t;

	heading(lang, &t, (const char *const[]){"stocktake.col.what", "stocktake.col.n", NULL});
	for (size_t i = 0; i < sizeof(name) / sizeof(name[0]); i++) {
		struct buf key;
		buf_init(&key, ERR_KEY_LEN);
		buf_addf(&key, "stocktake.n.%s", name[i]);
		print_row(&t);
		print_cell(&t, lang_text(lang, (const char *)key.p));
		print_cell_int(&t, print_num(c, name[i]));
		buf_free(&key);
	}
	print_table_end(&t, 0, text);
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	const struct json *s = json_get_obj(out, "session");
	struct print_table t;

	if (!s) {
		print_sessions(lang, json_get_arr(out, "sessions"), text);
		return;
	}
	buf_addf(text, "%s  (%s)\n", print_str(s, "title"),
		 print_str(json_get_obj(s, "texts"), "state"));
	print_counts(lang, json_get_obj(out, "counts"), text);
	heading(lang, &t,
		(const char *const[]){"stocktake.col.label", "stocktake.col.name",
				      "stocktake.col.room", "stocktake.col.status",
				      "stocktake.col.result", NULL});
	for (const struct json *x = json_first(json_get_arr(out, "lines")); x; x = json_next(x)) {
		print_row(&t);
		print_cell(&t, print_str(x, "label"));
		print_cell(&t, print_str(x, "name"));
		print_cell(&t, print_str(x, "location"));
		print_cell(&t, print_str(x, "status_text"));
		print_cell(&t, print_str(x, "discrepancy_text"));
	}
	print_table_end(&t, 0, text);
}

const struct op op_stocktake = {
    "stocktake", "stocktake.summary", OP_READ, args, sizeof(args) / sizeof(args[0]), run, print,
    NULL};
