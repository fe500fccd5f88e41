/*
 * op scan: what a scanner read, in a room of a stocktake: each code found, unknown, in the wrong
 * room, or scanned before. What counts is sealed at once, everything of one burst in one
 * transaction; what needs a word of the clerk's first (how many, why) is not written.
 */
#include <string.h>

#include "agent/ops.h"
#include "agent/print.h"
#include "agent/stocktake.h"
#include "lib/limits.h"
#include "lib/text.h"

enum {
	CODES_MAX = STOCKTAKE_BURST / 2, /* of one call: as many words as the longest burst has */
	CODE_SHOWN = 40                  /* bytes of an overlong code that are told */
};

static const struct op_arg args[] = {
    {.name = "session",
     .type = OP_STRING,
     .flags = OP_POSITIONAL | OP_REQUIRED,
     .help = "stocktake.arg.session",
     .meta = "SESSION"},
    {.name = "codes",
     .type = OP_LIST,
     .flags = OP_POSITIONAL | OP_REQUIRED,
     .help = "scan.arg.codes",
     .meta = "CODE"},
    {.name = "room", .type = OP_STRING, .flags = 0, .help = "stocktake.arg.room", .meta = "ROOM"},
    {.name = "clerk", .type = OP_STRING, .flags = 0, .help = "arg.clerk", .meta = "NAME"},
    {.name = "pin", .type = OP_STRING, .flags = OP_SECRET, .help = "arg.pin"},
};

struct scan {
	struct stocktake t;
	struct record_batch b;
	const char *room;
	struct json *seen; /* asset -> true: in this very call */
	struct json *all;  /* the answers */
};

/* ---- what a code turns out to be ---- */

static bool has(const struct json *o, const char *field, const char *value)
{
	return strcmp(print_str(o, field), value) == 0;
}

static bool is_counted(const struct json *line)
{
	return has(line, "count_status", "da_kiem") && print_num(line, "counted_qty") > 0;
}

/* Where the books do not say where it is, it is nowhere wrong. */
static bool is_misplaced(const struct scan *s, const struct json *asset)
{
	bool elsewhere = json_get_str(asset, "location") && !stocktake_in_room(asset, s->room);

	return elsewhere || !stocktake_covers(&s->t, asset);
}

static const char *outcome_of(const struct scan *s, const char *uuid, const struct json *asset,
			      const struct json *line)
{
	int64_t quantity = 0;

	if (json_get(s->seen, uuid) || is_counted(line))
		return "repeated";
	if (has(asset, "lifecycle", "da_giam"))
		return "written_off";
	if (!json_get_int(asset, "quantity", &quantity) || quantity != 1)
		return "quantity";
	return is_misplaced(s, asset) ? "wrong_room" : "found";
}

static bool is_written(const char *outcome)
{
	return strcmp(outcome, "found") == 0 || strcmp(outcome, "wrong_room") == 0;
}

/* ---- writing ---- */

static struct json *fields_of(const struct scan *s, const char *outcome, const struct json *line)
{
	bool wrong = strcmp(outcome, "wrong_room") == 0;
	struct json *f = json_object();

	json_set_str(f, "count_status", "da_kiem");
	json_set_int(f, "counted_qty", 1);
	if (s->room && (wrong || json_get_str(line, "found_location")))
		json_set_str(f, "found_location", s->room);
	if (wrong)
		json_set_str(f, "discrepancy", "sai_vi_tri");
	return f;
}

static enum rc write(struct scan *s, const struct store_entity *asset, const char *outcome,
		     const struct json *line, struct json *o, struct err *reterr)
{
	struct json *fields = fields_of(s, outcome, line), *done = NULL;
	bool failed;
	enum rc rc = stocktake_write(&s->t, &s->b, asset, fields, NULL,
				     lang_text(s->t.look->lang, "scan.reason"), &done, reterr);

	json_free(fields);
	if (rc != RC_OK)
		return rc;
	failed = s->b.failed;
	s->b.failed = false; /* one that cannot be written holds up none of the others */
	json_set_str(o, "outcome", failed ? "refused" : outcome);
	json_set_bool(o, "saved", !failed);
	json_set(o, "errors", json_copy(json_get_arr(done, "errors")));
	json_set(o, "warnings", json_copy(json_get_arr(done, "warnings")));
	json_free(done);
	return RC_OK;
}

static enum rc take_asset(struct scan *s, const struct store_entity *asset, struct json *o,
			  struct err *reterr)
{
	struct store_entity *line = NULL;
	struct json *book = merge_json(asset->state, asset->form), *was = NULL;
	char uuid[CODEC_UUID_LEN + 1];
	const char *outcome;
	enum rc rc;

	codec_uuid(asset->id, uuid);
	rc = stocktake_line(&s->t, uuid, &line, reterr);
	if (rc == RC_OK) {
		was = line ? merge_json(line->state, line->form) : NULL;
		outcome = outcome_of(s, uuid, book, was);
		json_set_str(o, "asset", uuid);
		json_set_str(o, "outcome", outcome);
		if (is_written(outcome)) {
			json_set_bool(s->seen, uuid, true);
			rc = write(s, asset, outcome, was, o, reterr);
		}
	}
	json_free(book);
	json_free(was);
	store_entity_free(line);
	return rc;
}

/* No label is as long: it stands alone for itself, and the others go on. */
static struct json *overlong(const char *code)
{
	struct json *o = json_object();
	size_t n = CODE_SHOWN;

	while (((unsigned char)code[n] & 0xc0) == 0x80)
		n--; /* not within a letter */
	json_set(o, "code", json_string_span(span_of(code, n)));
	json_set_bool(o, "saved", false);
	json_set_str(o, "outcome", "overlong");
	return o;
}

static enum rc take_code(struct scan *s, const char *code, struct err *reterr)
{
	struct store_entity *asset = NULL;
	struct json *o = json_object();
	size_t n = 0;
	enum rc rc = stocktake_find(s->t.look->agent, code, &asset, &n, reterr);

	json_set_str(o, "code", code);
	json_set_bool(o, "saved", false);
	json_set_str(o, "outcome", n == 0 ? "unknown" : "ambiguous");
	if (rc == RC_OK && asset)
		rc = take_asset(s, asset, o, reterr);
	store_entity_free(asset);
	json_append(s->all, o);
	return rc;
}

static enum rc take_codes(struct scan *s, const struct json *in, struct err *reterr)
{
	struct json *codes = json_array();
	enum rc rc = RC_OK;

	for (const struct json *c = json_first(json_get_arr(in, "codes")); rc == RC_OK && c;
	     c = json_next(c))
		rc = stocktake_split(s->t.look->agent, json_str(c), codes, reterr);
	if (rc == RC_OK && json_len(codes) > CODES_MAX)
		rc = err_num(reterr, RC_LIMIT, NULL, "scan.many", "max", CODES_MAX);
	for (const struct json *c = json_first(codes); rc == RC_OK && c; c = json_next(c)) {
		if (strlen(json_str(c)) > STOCKTAKE_BURST)
			json_append(s->all, overlong(json_str(c)));
		else
			rc = take_code(s, json_str(c), reterr);
	}
	json_free(codes);
	return rc;
}

/* ---- the answer ---- */

/* Who counted it, and when by that PC's clock. */
static enum rc put_counted(struct scan *s, const struct store_entity *line, struct json *o,
			   struct err *reterr)
{
	char name[AUTHORITY_NAME], title[AUTHORITY_NAME], at[TEXT_TIME_LEN];
	struct store_entry x = {.e = NULL};
	size_t n = 0;
	const struct merge_value *v = merge_siblings(line->state, "count_status", &n);
	enum rc rc;

	if (n == 0)
		return RC_OK;
	rc = store_entry_get(s->t.look->agent->store, v[n - 1].id, &x, reterr);
	if (rc == RC_OK)
		rc = store_author(s->t.look->agent->store, x.e->key, name, title, reterr);
	if (rc == RC_OK) {
		text_time_fmt(x.e->at, at);
		json_set_str(o, "counted_by", name);
		json_set_str(o, "counted_at", at);
	}
	entry_free(x.e);
	return rc;
}

static void put_text(struct scan *s, struct json *o, const struct json *row)
{
	struct buf key, text;

	buf_init(&key, ERR_KEY_LEN);
	buf_init(&text, LIMIT_ERR_TEXT);
	buf_addf(&key, "scan.is.%s", print_str(o, "outcome"));
	lang_format(s->t.look->lang, &text, (const char *)key.p, "code", print_str(o, "code"),
		    "name", print_str(row, "name"), "room", print_str(row, "location"), "by",
		    print_str(o, "counted_by"), "at", print_str(o, "counted_at"), NULL);
	json_set_str(o, "text", text.p ? (const char *)text.p : "");
	buf_free(&key);
	buf_free(&text);
}

/* What is known of the asset now, and what the session before said. */
static enum rc put_row(struct scan *s, struct json *o, struct err *reterr)
{
	const char *uuid = json_get_str(o, "asset");
	struct store_entity *asset = NULL, *line = NULL;
	struct json *row = NULL, *last = NULL;
	enum rc rc = RC_OK;

	if (uuid) {
		rc = store_entity_find(s->t.look->agent->store, "asset", uuid, &asset, reterr);
		if (rc == RC_OK)
			rc = stocktake_line(&s->t, uuid, &line, reterr);
		if (rc == RC_OK && line && has(o, "outcome", "repeated"))
			rc = put_counted(s, line, o, reterr);
		if (rc == RC_OK) {
			struct stocktake_asset a = stocktake_asset(asset);
			rc = stocktake_row(&s->t, &a, line, &row, reterr);
		}
		if (rc == RC_OK)
			rc = stocktake_last(&s->t, uuid, &last, reterr);
	}
	if (rc == RC_OK)
		put_text(s, o, row);
	if (last)
		json_set(row, "last", last);
	if (row)
		json_set(o, "row", row);
	store_entity_free(asset);
	store_entity_free(line);
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct scan s = {.room = json_get_str(in, "room")};
	struct json *o;
	enum rc rc = record_begin(&s.b, call, in, reterr);

	s.seen = json_object();
	s.all = json_array();
	if (rc == RC_OK)
		rc = stocktake_open(&s.t, &s.b.look, json_get_str(in, "session"), reterr);
	if (rc == RC_OK)
		rc = stocktake_counting(&s.t, reterr);
	if (!s.room || !s.room[strspn(s.room, " ")])
		s.room = json_get_str(s.t.rec, "room");
	if (rc == RC_OK)
		rc = take_codes(&s, in, reterr);
	if (rc == RC_OK)
		rc = record_keep(&s.b, reterr);
	for (struct json *x = json_first(s.all); rc == RC_OK && x; x = json_next(x))
		rc = put_row(&s, x, reterr);
	if (rc == RC_OK) {
		o = json_object();
		json_set_str(o, "session", s.t.uuid);
		json_set(o, "scans", s.all);
		*ret = o;
	} else {
		json_free(s.all);
	}
	json_free(s.seen);
	stocktake_close(&s.t);
	record_end(&s.b);
	return rc;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	for (const struct json *x = json_first(json_get_arr(out, "scans")); x; x = json_next(x)) {
		buf_add_str(text, print_str(x, "text"));
		buf_add_char(text, '\n');
		print_findings(lang, x, text);
	}
}

const struct op op_scan = {"scan", "scan.summary", OP_WRITE, args, sizeof(args) / sizeof(args[0]),
			   run,    print,          NULL};
