/*
 * op board: every commune once, counts for each province, and on request the communes themselves with
 * whom to call, also as CSV. What the states mean is in server-stub/board.h.
 */
#include <string.h>

#include "lib/csv.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "server-stub/act.h"
#include "server-stub/board.h"
#include "server-stub/ops.h"

static const char *const states[] = {"never",      "undecided", "returned", "short",   "unverified",
				     "verified",   "offline",   "late",     "waiting", "missing",
				     NULL};

static const struct op_arg args[] = {
    {.name = "week", .type = OP_STRING, .help = "board.arg.week", .meta = "WEEK"},
    {.name = "province", .type = OP_STRING, .help = "board.arg.province", .meta = "CODE"},
    {.name = "state", .type = OP_STRING, .help = "board.arg.state", .choice = states},
    {.name = "csv", .type = OP_PATH, .help = "board.arg.csv", .meta = "FILE"},
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

	if (province && strcmp(province, x->u->province) != 0)
		return false;
	if (state && strcmp(state, "missing") == 0)
		return is_missing(x->state);
	return !state || strcmp(state, board_state_name(x->state)) == 0;
}

/* ---- counts ---- */

static void count(const struct board *b, const char *province, struct json *o)
{
	int64_t n[BOARD_STATES] = {0}, units = 0;

	for (size_t i = 0; i < b->n; i++) {
		if (province && strcmp(province, b->unit[i].u->province) != 0)
			continue;
		units++;
		n[b->unit[i].state]++;
	}
	json_set_int(o, "units", units);
	for (int s = 0; s < BOARD_STATES; s++)
		json_set_int(o, board_state_name((enum board_state)s), n[s]);
}

static struct json *provinces(const struct board *b)
{
	struct json *all = json_array();
	const struct report_row *row;

	for (size_t i = 0; (row = report_row(b->r, i)) != NULL; i++) {
		struct json *o = json_object();

		if (!row->code[0]) { /* places of no commune: not of a board */
			json_free(o);
			continue;
		}
		json_set_str(o, "code", row->code);
		json_set_str(o, "name", row->name);
		count(b, row->code, o);
		json_append(all, o);
	}
	return all;
}

/* ---- communes ---- */

static struct json *unit(const struct board_unit *x)
{
	struct json *o = json_object();

	json_set_str(o, "code", x->u->code);
	json_set_str(o, "name", x->u->name);
	json_set_str(o, "province", x->u->province);
	json_set_str(o, "state", board_state_name(x->state));
	json_set_int(o, "done", x->u->done);
	json_set_int(o, "due", x->u->due);
	json_set(o, "heard", x->heard ? json_integer(x->heard) : json_null());
	json_set_str(o, "contact", x->contact ? x->contact : x->clerk ? x->clerk : "");
	json_set_str(o, "phone", x->phone ? x->phone : "");
	return o;
}

static struct json *units(const struct board *b, const struct json *in)
{
	struct json *all = json_array();

	for (size_t i = 0; i < b->n; i++)
		if (is_asked(in, &b->unit[i]))
			json_append(all, unit(&b->unit[i]));
	return all;
}

/* ---- CSV ---- */

static void state_text(const struct lang *lang, const char *state, struct buf *out)
{
	char key[ERR_KEY_LEN] = "board.state.";

	memcpy(key + strlen(key), state, strlen(state) + 1);
	buf_add_str(out, lang_text(lang, key));
}

static void cell(struct buf *out, const char *text, bool last)
{
	char first[] = {text[0], '\0'};
	struct buf b;

	buf_init(&b, LIMIT_TEXT);
	if (text[0] && strstr("=+-@", first))
		buf_add_char(&b, '\''); /* a spreadsheet would compute it */
	buf_add_str(&b, text);
	csv_add(out, b.p ? (const char *)b.p : "", ';');
	buf_add_str(out, last ? "\r\n" : ";");
	buf_free(&b);
}

static void row(const struct lang *lang, const struct json *u, struct buf *out)
{
	char heard[TEXT_TIME_LEN] = "";
	int64_t at = 0;
	struct buf state;

	buf_init(&state, LIMIT_ERR_TEXT);
	state_text(lang, json_get_str(u, "state"), &state);
	if (json_get_int(u, "heard", &at))
		text_time_fmt(at, heard);
	buf_addf(out, "\"=\"\"%s\"\"\";\"=\"\"%s\"\"\";", json_get_str(u, "province"),
		 json_get_str(u, "code"));
	cell(out, json_get_str(u, "name"), false);
	cell(out, state.p ? (const char *)state.p : "", false);
	cell(out, heard, false);
	cell(out, json_get_str(u, "contact"), false);
	buf_addf(out, json_get_str(u, "phone")[0] ? "\"=\"\"%s\"\"\"\r\n" : "%s\r\n",
		 json_get_str(u, "phone"));
	buf_free(&state);
}

static enum rc write_csv(const struct lang *lang, const struct json *all, const char *path,
			 struct err *reterr)
{
	static const char *const head[] = {"board.csv.province", "board.csv.code", "board.csv.name",
					   "board.csv.state",    "board.csv.heard", "board.csv.contact",
					   "board.csv.phone"};
	size_t n = sizeof(head) / sizeof(head[0]);
	struct buf out;
	enum rc rc;

	buf_init(&out, LIMIT_JSON_TEXT);
	buf_add_str(&out, "\xef\xbb\xbf");
	for (size_t i = 0; i < n; i++)
		cell(&out, lang_text(lang, head[i]), i + 1 == n);
	for (const struct json *u = json_first(all); u; u = json_next(u))
		row(lang, u, &out);
	rc = buf_check(&out, reterr);
	if (rc == RC_OK)
		rc = os_file_write(path, span_buf(&out), OS_REPLACE, reterr);
	buf_free(&out);
	return rc;
}

static enum rc answer(const struct op_call *call, const struct json *in, const struct board *b,
		      struct json **ret, struct err *reterr)
{
	const char *csv = json_get_str(in, "csv");
	struct json *o = json_object(), *total = json_object(), *all = units(b, in);
	struct lang *lang = NULL;
	enum rc rc = act_lang(call, &lang, reterr);

	json_set_str(o, "week", b->m.week);
	json_set_int(o, "size", b->m.size);
	json_set_int(o, "at", b->m.at);
	count(b, NULL, total);
	json_set(o, "total", total);
	json_set(o, "provinces", provinces(b));
	if (rc == RC_OK && csv) {
		rc = write_csv(lang, all, csv, reterr);
		json_set_str(o, "csv_file", csv);
	}
	json_set_int(o, "listed", (int64_t)json_len(all));
	if (json_get_str(in, "province") || json_get_str(in, "state"))
		json_set(o, "units", all);
	else
		json_free(all);
	lang_free(lang);
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
	const char *week = json_get_str(in, "week");
	struct board b = {.n = 0};
	enum rc rc = collector_ready(col, reterr);

	if (rc == RC_OK)
		rc = board_make(col, week ? week : "", clock_now_s(col->clock), &b, reterr);
	if (rc == RC_OK)
		rc = answer(call, in, &b, ret, reterr);
	board_free(&b);
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
		buf_add_str(text, "  ");
		state_text(lang, name, text);
		buf_addf(text, ": %lld\n", (long long)n);
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
	for (const struct json *u = json_first(json_get_arr(out, "units")); u; u = json_next(u)) {
		buf_addf(text, "%s %s: ", json_get_str(u, "code"), json_get_str(u, "name"));
		state_text(lang, json_get_str(u, "state"), text);
		buf_addf(text, "; %s %s\n", json_get_str(u, "contact"), json_get_str(u, "phone"));
	}
}

const struct op op_board = {"board", "board.summary", OP_READ | OP_CONCURRENT, args,
			    sizeof(args) / sizeof(args[0]), run, print, NULL};
