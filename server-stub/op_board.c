/*
 * op board: every commune once, counts for each province and for the weeks before, and on request
 * the communes themselves with whom to call, also as CSV. What the states mean is in
 * server-stub/board.h. Of communes that whoever asks may not see nothing is counted.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "lib/num.h"
#include "server-stub/act.h"
#include "server-stub/board_list.h"
#include "server-stub/ops.h"
#include "server-stub/who.h"

enum { LIST_MOST = 20000, SHARE_LEN = 32 };

static const char *const states[] = {"never",      "undecided", "returned", "short",   "unverified",
				     "verified",   "offline",   "late",     "waiting", "missing",
				     NULL};

static const struct op_arg args[] = {
    {.name = "week", .type = OP_STRING, .help = "board.arg.week", .meta = "WEEK"},
    {.name = "weeks", .type = OP_INT, .help = "board.arg.weeks", .min = 1, .max = BOARD_WEEKS},
    {.name = "province", .type = OP_STRING, .help = "board.arg.province", .meta = "CODE"},
    {.name = "state", .type = OP_STRING, .help = "board.arg.state", .choice = states},
    {.name = "offset", .type = OP_INT, .help = "held.arg.offset", .max = INT32_MAX},
    {.name = "limit", .type = OP_INT, .help = "held.arg.limit", .min = 1, .max = LIST_MOST},
    {.name = "csv", .type = OP_PATH, .help = "board.arg.csv", .meta = "FILE"},
    {.name = "csv_text", .type = OP_BOOL, .help = "board.arg.csv_text"},
};

/* Those whose statement is not there: whom to call on a Tuesday. */
static bool is_missing(enum board_state s)
{
	return s == BOARD_NEVER || s == BOARD_OFFLINE || s == BOARD_LATE || s == BOARD_WAITING ||
	       s == BOARD_RETURNED;
}

static bool is_asked(const struct json *in, const struct board_unit *x)
{
	const char *province = json_get_str(in, "province"), *state = json_get_str(in, "state");

	if (province && strcmp(province, x->province) != 0)
		return false;
	if (state && strcmp(state, "missing") == 0)
		return is_missing(x->state);
	return !state || strcmp(state, board_state_name(x->state)) == 0;
}

/* ---- counts ---- */

/* One decimal, a comma, cut off and not rounded; "" of nothing. */
static void set_share(struct json *o, const char *name, int64_t part, int64_t whole)
{
	char text[SHARE_LEN], n[NUM_I64_LEN], d[NUM_I64_LEN];
	struct buf b;

	buf_init(&b, sizeof(text));
	if (whole > 0) {
		num_str(part * 1000 / whole / 10, n);
		num_str(part * 1000 / whole % 10, d);
		buf_addf(&b, "%s,%s", n, d);
	}
	json_set_span(o, name, span_buf(&b));
	buf_free(&b);
}

struct counts {
	int64_t units, state[BOARD_STATES];
};

static struct counts count(const struct op_call *call, const struct board *b, const char *province)
{
	struct counts c = {.units = 0};

	for (size_t i = 0; i < b->n; i++) {
		const struct board_unit *x = &b->unit[i];

		if ((province && strcmp(province, x->province) != 0) || !who_sees(call, x->code))
			continue;
		c.units++;
		c.state[x->state]++;
	}
	return c;
}

static void set_counts(const struct counts *c, struct json *o)
{
	int64_t missing = 0;

	json_set_int(o, "units", c->units);
	for (int s = 0; s < BOARD_STATES; s++) {
		json_set_int(o, board_state_name((enum board_state)s), c->state[s]);
		missing += is_missing((enum board_state)s) ? c->state[s] : 0;
	}
	json_set_int(o, "missing", missing);
	json_set_int(o, "stated", c->units - missing);
	set_share(o, "stated_share", c->units - missing, c->units);
	set_share(o, "verified_share", c->state[BOARD_VERIFIED], c->units);
}

static struct json *provinces(const struct op_call *call, const struct board *b)
{
	struct json *all = json_array();

	for (size_t i = 0; i < b->units.np; i++) {
		const struct report_province *p = &b->units.p[i];
		struct counts c = count(call, b, p->code);
		struct json *o;

		if (c.units == 0)
			continue;
		o = json_object();
		json_set_str(o, "code", p->code);
		json_set_str(o, "name", p->name);
		set_counts(&c, o);
		json_append(all, o);
	}
	return all;
}

static struct json *week(const struct op_call *call, const struct board *b, const char *province,
			 size_t w)
{
	static const char *const name[STANDINGS] = {"nothing", "undecided",  "returned",
						    "short",   "unverified", "verified"};
	int64_t units = 0, n[STANDINGS] = {0};
	struct json *o = json_object();

	for (size_t i = 0; i < b->n; i++) {
		if ((province && strcmp(province, b->unit[i].province) != 0) ||
		    !who_sees(call, b->unit[i].code))
			continue;
		units++;
		n[b->said[i * b->nweek + w]]++;
	}
	json_set_str(o, "week", b->week[w]);
	json_set_int(o, "units", units);
	for (size_t s = 0; s < STANDINGS; s++)
		json_set_int(o, name[s], n[s]);
	json_set_int(o, "stated", units - n[STANDING_IS_NOTHING] - n[STANDING_IS_RETURNED]);
	set_share(o, "verified_share", n[STANDING_IS_VERIFIED], units);
	return o;
}

static struct json *weeks(const struct op_call *call, const struct json *in, const struct board *b)
{
	struct json *all = json_array();

	for (size_t w = 0; w < b->nweek; w++)
		json_append(all, week(call, b, json_get_str(in, "province"), w));
	return all;
}

/* ---- communes ---- */

struct listing {
	const struct op_call *call;
	const struct json *in;
	const struct lang *lang;
	struct json *all;
	int64_t listed; /* of all pages */
};

static enum rc list(struct listing *l, const struct board *b, struct err *reterr)
{
	struct collector *col = l->call->app;
	int64_t offset = 0, limit = LIST_MOST;
	struct archive_reader *r = NULL;
	enum rc rc = archive_read(col->archive, &r, reterr);

	json_get_int(l->in, "offset", &offset);
	json_get_int(l->in, "limit", &limit);
	for (size_t i = 0; rc == RC_OK && i < b->n; i++) {
		if (!is_asked(l->in, &b->unit[i]) || !who_sees(l->call, b->unit[i].code))
			continue;
		if (l->listed++ >= offset && (int64_t)json_len(l->all) < limit)
			rc = board_list_add(col, r, l->lang, &b->unit[i], l->all, reterr);
	}
	archive_read_end(col->archive, r);
	return rc;
}

/* The page asked for, to a file or as text. */
static enum rc give_csv(const struct listing *l, struct json *out, struct err *reterr)
{
	const char *path = json_get_str(l->in, "csv");
	bool text = false;
	struct buf b;
	enum rc rc;

	json_get_bool(l->in, "csv_text", &text);
	if (!path && !text)
		return RC_OK;
	buf_init(&b, LIMIT_JSON_TEXT);
	rc = board_list_csv(l->lang, l->all, &b, reterr);
	if (rc == RC_OK && path) {
		rc = os_file_write(path, span_buf(&b), OS_REPLACE, reterr);
		json_set_str(out, "csv_file", path);
	}
	if (rc == RC_OK && text)
		json_set_span(out, "csv", span_buf(&b));
	buf_free(&b);
	return rc;
}

static bool wants_units(const struct json *in)
{
	return json_get_str(in, "province") || json_get_str(in, "state") || json_get_str(in, "csv") ||
	       json_get(in, "csv_text");
}

static enum rc answer(struct listing *l, const struct board *b, struct json **ret,
		      struct err *reterr)
{
	const struct counts all = count(l->call, b, NULL);
	struct json *o = json_object(), *total = json_object();
	enum rc rc = wants_units(l->in) ? list(l, b, reterr) : RC_OK;

	json_set_str(o, "week", b->week[b->nweek - 1]);
	json_set_int(o, "size", b->size);
	json_set_int(o, "at", b->at);
	set_counts(&all, total);
	json_set(o, "total", total);
	json_set(o, "provinces", provinces(l->call, b));
	json_set(o, "weeks", weeks(l->call, l->in, b));
	if (rc == RC_OK)
		rc = give_csv(l, o, reterr);
	if (wants_units(l->in)) {
		json_set_int(o, "listed", l->listed);
		json_set(o, "units", l->all);
		l->all = NULL;
	}
	if (rc == RC_OK)
		*ret = o;
	else
		json_free(o);
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct collector *col = call->app;
	const char *name = json_get_str(in, "week");
	struct listing l = {.call = call, .in = in, .all = json_array()};
	struct board b = {.n = 0};
	struct lang *lang = NULL;
	int64_t n = 1;
	enum rc rc = collector_ready(col, reterr);

	json_get_int(in, "weeks", &n);
	if (rc == RC_OK)
		rc = act_lang(call, &lang, reterr);
	l.lang = lang;
	if (rc == RC_OK)
		rc = board_make(col, name ? name : "", (size_t)n, clock_now_s(col->clock), &b, reterr);
	if (rc == RC_OK)
		rc = answer(&l, &b, ret, reterr);
	board_free(&b);
	json_free(l.all);
	lang_free(lang);
	return rc;
}

/* ---- for people ---- */

static void print_counts(const struct lang *lang, const struct json *o, struct buf *text)
{
	for (int s = 0; s < BOARD_STATES; s++) {
		const char *name = board_state_name((enum board_state)s);
		int64_t n = 0;

		json_get_int(o, name, &n);
		if (n == 0)
			continue;
		buf_addf(text, "  %s: %lld\n", board_list_state(lang, name), (long long)n);
	}
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	const struct json *total = json_get_obj(out, "total");
	char n[NUM_I64_LEN];
	int64_t units_n = 0;

	json_get_int(total, "units", &units_n);
	num_str(units_n, n);
	lang_format(lang, text, "board.head", "week", json_get_str(out, "week"), "n", n, NULL);
	buf_add_char(text, '\n');
	print_counts(lang, total, text);
	for (const struct json *u = json_first(json_get_arr(out, "units")); u; u = json_next(u))
		buf_addf(text, "%s %s: %s; %s %s\n", json_get_str(u, "code"), json_get_str(u, "name"),
			 json_get_str(u, "state_text"), json_get_str(u, "contact"),
			 json_get_str(u, "phone"));
}

const struct op op_board = {"board", "board.summary", OP_READ | OP_CONCURRENT, args,
			    sizeof(args) / sizeof(args[0]), run, print, NULL};
