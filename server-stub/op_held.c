/*
 * op held: the entries that are stored but do not count (A10), with the ids that `admit`
 * lists (A7): who wrote them, of which record, what they say, and why they are held.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/num.h"
#include "lib/text.h"
#include "server-stub/act.h"
#include "server-stub/enrolment.h"
#include "server-stub/held.h"
#include "server-stub/ops.h"
#include "server-stub/submission.h"
#include "server-stub/who.h"
#include "sync/authority.h"

enum { LIMIT_DEFAULT = 100, LIMIT_MOST = 1000 };

static const struct op_arg args[] = {
    {.name = "scope", .type = OP_STRING, .help = "act.arg.scope", .meta = "CODE"},
    {.name = "offset", .type = OP_INT, .help = "held.arg.offset", .max = INT32_MAX},
    {.name = "limit", .type = OP_INT, .help = "held.arg.limit", .min = 1, .max = LIMIT_MOST},
};

struct held {
	struct held_look look;
	const struct op_call *call;
	const char *scope; /* NULL: every one */
	int64_t total, offset, limit;
	struct json *all;
	enum rc rc;
	struct err *reterr;
};

static void add_author(const struct held *h, const struct archive_row *row, struct json *o)
{
	char fpr[AUTHORITY_FINGERPRINT];
	struct keyring_key k;

	authority_fingerprint(row->key, fpr);
	json_set_str(o, "who",
		     keyring_find(h->look.snap->keyring, row->key, &k) && k.seen ? k.seen->name : "");
	json_set_str(o, "fingerprint", fpr);
}

static bool take(void *arg, const struct archive_row *row)
{
	char id[CODEC_B64U_32 + 1], *unit;
	struct held *h = arg;
	struct json *o;

	if ((h->scope && strcmp(h->scope, row->scope) != 0) || !who_sees(h->call, row->scope))
		return true;
	if (h->total++ < h->offset || (int64_t)json_len(h->all) >= h->limit)
		return true;
	o = json_object();
	unit = enrolment_unit(h->call->app, row->scope);
	codec_b64u(row->id, ENTRY_ID_LEN, id);
	json_set_str(o, "entry", id);
	json_set_int(o, "index", row->index);
	json_set_str(o, "scope", row->scope);
	json_set_str(o, "unit", unit ? unit : "");
	free(unit);
	json_set_str(o, "op", entry_op_name(row->op));
	add_author(h, row, o);
	json_set_str(o, "why", keyring_verdict_name(row->verdict));
	json_set_str(o, "text", lang_text(h->look.as.lang, keyring_verdict_key(row->verdict)));
	json_set_int(o, "received_at", row->received_at);
	h->rc = held_says(&h->look, row, o, h->reterr);
	json_append(h->all, o);
	return h->rc == RC_OK;
}

static enum rc collect(struct collector *col, struct held *h, struct err *reterr)
{
	struct archive_reader *rows = NULL;
	enum rc rc = archive_read(col->archive, &rows, reterr);

	if (rc == RC_OK)
		rc = archive_read(col->archive, &h->look.r, reterr);
	if (rc == RC_OK)
		rc = rows->held_rows(rows->ctx, take, h, reterr);
	archive_read_end(col->archive, h->look.r);
	archive_read_end(col->archive, rows);
	return rc == RC_OK ? h->rc : rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct collector *col = call->app;
	struct lang *lang = NULL;
	struct held h = {.call = call,
			 .scope = json_get_str(in, "scope"),
			 .limit = LIMIT_DEFAULT,
			 .all = json_array(),
			 .rc = RC_OK,
			 .reterr = reterr};
	enum rc rc = act_lang(call, &lang, reterr);

	json_get_int(in, "offset", &h.offset);
	json_get_int(in, "limit", &h.limit);
	h.look.as = (struct view_as){.lang = lang, .title = submission_title, .ctx = (void *)(uintptr_t)call};
	h.look.snap = ingest_snapshot(col->ingest);
	if (rc == RC_OK)
		rc = collect(col, &h, reterr);
	ingest_snapshot_end(col->ingest, h.look.snap);
	lang_free(lang);
	if (rc != RC_OK) {
		json_free(h.all);
		return rc;
	}
	*ret = json_object();
	json_set_int(*ret, "total", h.total);
	json_set(*ret, "held", h.all);
	return RC_OK;
}

static const char *str(const struct json *o, const char *name)
{
	const char *s = json_get_str(o, name);

	return s ? s : "";
}

/* What it says, or that its bytes prove nothing. */
static void print_said(const struct lang *lang, const struct json *o, struct buf *text)
{
	bool verified = false;
	char more[NUM_I64_LEN];
	int64_t n = 0;

	json_get_bool(o, "verified", &verified);
	if (!verified) {
		buf_add_str(text, "    ! ");
		lang_format(lang, text, "submissions.broken", "text", str(o, "wrong"), "clause",
			    str(o, "clause"), NULL);
		buf_add_char(text, '\n');
	}
	for (const struct json *f = json_first(json_get_arr(o, "fields")); f; f = json_next(f))
		buf_addf(text, "    %s: %s\n", str(f, "label"), str(f, "text"));
	if (!json_get_int(o, "more", &n) || n == 0)
		return;
	num_str(n, more);
	buf_add_str(text, "    ");
	lang_format(lang, text, "held.more", "n", more, NULL);
	buf_add_char(text, '\n');
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	const struct json *all = json_get_arr(out, "held");

	if (json_len(all) == 0) {
		buf_add_str(text, lang_text(lang, "held.none"));
		buf_add_char(text, '\n');
	}
	for (const struct json *o = json_first(all); o; o = json_next(o)) {
		char when[TEXT_TIME_LEN];
		int64_t at = 0;

		json_get_int(o, "received_at", &at);
		text_time_fmt(at, when);
		lang_format(lang, text, "held.line", "entry", str(o, "entry"), "scope",
			    str(o, "scope"), "who", str(o, "who"), "fingerprint",
			    str(o, "fingerprint"), "kind",
			    json_get_str(o, "kind_label") ? str(o, "kind_label") : str(o, "op"),
			    "title", str(o, "title"), "when", when, NULL);
		buf_addf(text, "\n    %s\n", str(o, "text"));
		print_said(lang, o, text);
	}
}

const struct op op_held = {.name = "held",
			   .summary = "held.summary",
			   .flags = OP_READ,
			   .arg = args,
			   .narg = sizeof(args) / sizeof(args[0]),
			   .run = run,
			   .print = print};
