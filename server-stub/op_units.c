/*
 * op catalogue list, op unit show: the communes of the catalogue through the years: what each was called and until
 * when, which were merged into it and where one went on (M18), and where parts went (M22). Old names are found like
 * new ones. Reads only; the collector's documents of op catalogue import, the log's mergers and splits. Names collide
 * within a province, so the code is always told.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "server-stub/act.h"
#include "server-stub/board_list.h"
#include "server-stub/ops.h"
#include "server-stub/units.h"
#include "server-stub/who.h"

enum { LIMIT_DEFAULT = 50, LIMIT_MOST = 5000 };

static const struct op_arg list_args[] = {
    {.name = "text", .type = OP_STRING, .flags = OP_POSITIONAL, .help = "units.arg.text"},
    {.name = "province", .type = OP_STRING, .help = "board.arg.province", .meta = "CODE"},
    {.name = "offset", .type = OP_INT, .help = "held.arg.offset", .max = INT32_MAX},
    {.name = "limit", .type = OP_INT, .help = "held.arg.limit", .min = 1, .max = LIMIT_MOST},
};

static const struct op_arg show_args[] = {
    {.name = "code",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "units.arg.code",
     .meta = "CODE"},
};

/* ---- one in a list ---- */

struct listing {
	const struct op_call *call;
	const char *province;
	struct buf words; /* folded */
	struct json *all, *provinces;
	int64_t total, offset, limit;
	enum rc rc;
	struct err *reterr;
};

/* Everything it can be found by: code, name, the names it had. */
static enum rc fold_names(const char *code, const struct json *u, struct buf *out, struct err *reterr)
{
	struct buf names;
	enum rc rc;

	buf_init(&names, LIMIT_TEXT);
	buf_addf(&names, "%s %s", code, json_get_str(u, "name"));
	for (const struct json *n = json_first(json_get_arr(u, "names")); n; n = json_next(n))
		buf_addf(&names, " · %s", json_str(n));
	rc = buf_check(&names, reterr);
	if (rc == RC_OK)
		rc = text_fold(span_buf(&names), out, reterr);
	buf_add_str(out, "");
	buf_free(&names);
	return rc == RC_OK ? buf_check(out, reterr) : rc;
}

/* Every word stands somewhere in it. */
static bool has_words(const char *in, const char *words)
{
	char word[LIMIT_PATH];

	while (*words) {
		size_t skip = strspn(words, " "), n = strcspn(words + skip, " ");

		if (n >= sizeof(word))
			return false;
		memcpy(word, words + skip, n);
		word[n] = '\0';
		if (!strstr(in, word))
			return false;
		words += skip + n;
	}
	return true;
}

static struct json *unit_json(const char *code, const struct json *u)
{
	static const char *const plain[] = {"name", "kind", "province", "province_name"};
	const struct json *names = json_get_arr(u, "names");
	struct json *o = json_object();
	bool closed = false;

	json_get_bool(u, "closed", &closed);
	json_set_str(o, "code", code);
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		json_set_str(o, plain[i], json_get_str(u, plain[i]));
	json_set_bool(o, "closed", closed);
	json_set(o, "names", names ? json_copy(names) : json_array());
	return o;
}

static void note_province(struct listing *l, const struct json *u)
{
	const char *code = json_get_str(u, "province");

	if (!json_get(l->provinces, code))
		json_set_str(l->provinces, code, json_get_str(u, "province_name"));
}

static bool take(void *arg, const char *code, const struct json *u)
{
	struct listing *l = arg;
	struct buf names;
	bool found;

	if (!who_sees(l->call, code))
		return true;
	note_province(l, u);
	if (l->province && strcmp(l->province, json_get_str(u, "province")) != 0)
		return true;
	buf_init(&names, LIMIT_TEXT);
	l->rc = fold_names(code, u, &names, l->reterr);
	found = l->rc == RC_OK &&
		has_words((const char *)names.p, l->words.p ? (const char *)l->words.p : "");
	buf_free(&names);
	if (found && l->total++ >= l->offset && (int64_t)json_len(l->all) < l->limit)
		json_append(l->all, unit_json(code, u));
	return l->rc == RC_OK;
}

static enum rc read_words(const struct json *in, struct buf *out, struct err *reterr)
{
	const char *text = json_get_str(in, "text");
	enum rc rc = text ? text_fold(span_str(text), out, reterr) : RC_OK;

	buf_add_char(out, '\0');
	return rc == RC_OK ? buf_check(out, reterr) : rc;
}

static enum rc run_list(const struct op_call *call, const struct json *in, struct json **ret,
			struct err *reterr)
{
	struct collector *col = call->app;
	struct listing l = {.call = call, .province = json_get_str(in, "province"),
			    .all = json_array(), .provinces = json_object(),
			    .limit = LIMIT_DEFAULT, .reterr = reterr};
	struct archive_reader *r = NULL;
	enum rc rc;

	json_get_int(in, "offset", &l.offset);
	json_get_int(in, "limit", &l.limit);
	buf_init(&l.words, LIMIT_TEXT);
	rc = read_words(in, &l.words, reterr);
	if (rc == RC_OK)
		rc = archive_read(col->archive, &r, reterr);
	if (rc == RC_OK)
		rc = r->docs(r->ctx, "unit", take, &l, reterr);
	archive_read_end(col->archive, r);
	rc = rc == RC_OK ? l.rc : rc;
	buf_free(&l.words);
	if (rc != RC_OK) {
		json_free(l.all);
		json_free(l.provinces);
		return rc;
	}
	*ret = json_object();
	json_set_int(*ret, "total", l.total);
	json_set(*ret, "provinces", l.provinces);
	json_set(*ret, "units", l.all);
	return RC_OK;
}

static void print_list(const struct lang *lang, const struct json *out, struct buf *text)
{
	for (const struct json *u = json_first(json_get_arr(out, "units")); u; u = json_next(u)) {
		bool closed = false;

		json_get_bool(u, "closed", &closed);
		buf_addf(text, "%s %s, %s", json_get_str(u, "code"), json_get_str(u, "name"),
			 json_get_str(u, "province_name"));
		for (const struct json *n = json_first(json_get_arr(u, "names")); n; n = json_next(n))
			buf_addf(text, " · %s", json_str(n));
		buf_addf(text, closed ? " (%s)\n" : "%s\n", closed ? lang_text(lang, "units.closed_mark") : "");
	}
}

/* ---- one ---- */

struct showing {
	struct collector *col;
	struct archive_reader *r;
	const struct lang *lang;
	const char *code;
	struct json *out;
	struct board board;
};

static void set_date(struct json *o, const char *name, const char *iso)
{
	char text[TEXT_DATE_LEN] = "";

	if (iso && text_date_fmt(span_str(iso), text, NULL) == RC_OK)
		json_set_str(o, name, text);
}

/* What it was, the oldest first: [{"name","kind","province_name","until_text"}]. */
static void add_changes(const struct json *u, struct json *out)
{
	struct json *all = json_array();

	for (const struct json *c = json_first(json_get_arr(u, "changes")); c; c = json_next(c)) {
		struct json *o = json_object();

		json_set_str(o, "name", json_get_str(c, "name"));
		json_set_str(o, "kind", json_get_str(c, "kind"));
		json_set_str(o, "province_name", json_get_str(c, "province_name"));
		set_date(o, "until_text", json_get_str(c, "until"));
		json_append(all, o);
	}
	json_set(out, "changes", all);
}

static void add_other(struct showing *x, const char *code, struct json *list)
{
	struct json *u = NULL;

	if (x->r->doc(x->r->ctx, "unit", code, &u, NULL) == RC_OK)
		json_append(list, unit_json(code, u));
	json_free(u);
}

/* Where it went and what came to it, as a whole and in part. */
static enum rc add_mergers(struct showing *x, struct err *reterr)
{
	struct json *into = json_array(), *from = json_array();
	struct json *parts_to = json_array(), *parts_from = json_array();
	struct units u = {0};
	enum rc rc = units_read(x->col, &u, reterr);

	for (size_t i = 0; rc == RC_OK && i < u.n; i++) {
		if (strcmp(u.merger[i].closed, x->code) == 0)
			add_other(x, u.merger[i].into, into);
		if (strcmp(u.merger[i].into, x->code) == 0)
			add_other(x, u.merger[i].closed, from);
	}
	for (size_t i = 0; rc == RC_OK && i < u.nsplit; i++) {
		if (strcmp(u.split[i].unit, x->code) == 0)
			add_other(x, u.split[i].into, parts_to);
		if (strcmp(u.split[i].into, x->code) == 0)
			add_other(x, u.split[i].unit, parts_from);
	}
	units_free(&u);
	json_set(x->out, "merged_into", into);
	json_set(x->out, "merged_from", from);
	json_set(x->out, "part_into", parts_to);
	json_set(x->out, "part_from", parts_from);
	return rc;
}

/* Where it stands this week and stood before; nothing of a commune the catalogue in force does not have. */
static enum rc add_board(struct showing *x, struct err *reterr)
{
	static const char *const said[STANDINGS] = {"nothing", "undecided",  "returned",
						    "short",   "unverified", "verified"};
	const struct board_unit *u = board_find(&x->board, x->code);
	struct json *list = json_array(), *weeks = json_array();
	enum rc rc = RC_OK;

	if (u)
		rc = board_list_add(x->col, x->r, x->lang, u, list, reterr);
	for (size_t w = x->board.nweek; u && w-- > 0;) {
		size_t i = (size_t)(u - x->board.unit);
		const char *name = said[x->board.said[i * x->board.nweek + w]];
		struct json *o = json_object();

		json_set_str(o, "week", x->board.week[w]);
		json_set_str(o, "said", name);
		json_set_str(o, "text", board_list_state(x->lang, name));
		json_append(weeks, o);
	}
	json_set(x->out, "board", json_first(list) ? json_copy(json_first(list)) : json_null());
	json_set(x->out, "weeks", weeks);
	json_free(list);
	return rc;
}

/* What the office directory says, apart from what statements do. */
static enum rc add_directory(struct showing *x, struct err *reterr)
{
	struct json *o = NULL;
	enum rc rc = x->r->doc_if(x->r->ctx, BOARD_CONTACTS, x->code, &o, reterr);

	if (rc == RC_OK)
		json_set(x->out, "directory", o ? o : json_null());
	return rc;
}

enum { WEEKS_SHOWN = 10 };

static enum rc show(struct showing *x, struct err *reterr)
{
	struct json *u = NULL;
	enum rc rc = x->r->doc(x->r->ctx, "unit", x->code, &u, reterr);

	if (rc == RC_NOTFOUND)
		return err_set(reterr, RC_NOTFOUND, NULL, "units.unknown", "scope", x->code, NULL);
	if (rc != RC_OK)
		return rc;
	x->out = unit_json(x->code, u);
	set_date(x->out, "closed_text", json_get_str(u, "closed_on"));
	add_changes(u, x->out);
	json_free(u);
	rc = add_directory(x, reterr);
	if (rc == RC_OK)
		rc = add_mergers(x, reterr);
	if (rc == RC_OK)
		rc = board_make(x->col, "", WEEKS_SHOWN, clock_now_s(x->col->clock), &x->board, reterr);
	return rc == RC_OK ? add_board(x, reterr) : rc;
}

static enum rc run_show(const struct op_call *call, const struct json *in, struct json **ret,
			struct err *reterr)
{
	struct showing x = {.col = call->app, .code = json_get_str(in, "code")};
	struct lang *lang = NULL;
	enum rc rc = who_check(call, x.code, reterr);

	if (rc == RC_OK)
		rc = collector_ready(x.col, reterr);
	if (rc == RC_OK)
		rc = act_lang(call, &lang, reterr);
	x.lang = lang;
	if (rc == RC_OK)
		rc = archive_read(x.col->archive, &x.r, reterr);
	if (rc == RC_OK)
		rc = show(&x, reterr);
	archive_read_end(x.col->archive, x.r);
	board_free(&x.board);
	lang_free(lang);
	if (rc == RC_OK)
		*ret = x.out;
	else
		json_free(x.out);
	return rc;
}

static void print_others(const struct json *list, const char *mark, struct buf *text)
{
	for (const struct json *o = json_first(list); o; o = json_next(o))
		buf_addf(text, "  %s %s %s\n", mark, json_get_str(o, "code"), json_get_str(o, "name"));
}

static void print_show(const struct lang *lang, const struct json *out, struct buf *text)
{
	static const char *const other[][2] = {
	    {"merged_from", "←"}, {"merged_into", "→"}, {"part_from", "⇠"}, {"part_into", "⇢"}};
	const struct json *b = json_get_obj(out, "board");

	(void)lang;
	buf_addf(text, "%s %s, %s\n", json_get_str(out, "code"), json_get_str(out, "name"),
		 json_get_str(out, "province_name"));
	for (const struct json *c = json_first(json_get_arr(out, "changes")); c; c = json_next(c))
		buf_addf(text, "  – %s: %s\n", json_get_str(c, "until_text"), json_get_str(c, "name"));
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		print_others(json_get_arr(out, other[i][0]), other[i][1], text);
	if (b)
		buf_addf(text, "  %s; %s %s\n", json_get_str(b, "state_text"),
			 json_get_str(b, "contact"), json_get_str(b, "phone"));
}

const struct op op_catalogue_list = {"catalogue list",
				     "units.list_summary",
				     OP_READ | OP_CONCURRENT,
				     list_args,
				     sizeof(list_args) / sizeof(list_args[0]),
				     run_list,
				     print_list,
				     NULL};
const struct op op_unit_show = {"unit show",
				"units.show_summary",
				OP_READ | OP_CONCURRENT,
				show_args,
				sizeof(show_args) / sizeof(show_args[0]),
				run_show,
				print_show,
				NULL};
