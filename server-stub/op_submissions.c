/*
 * op submissions: the checks and statements received, each with its standing: verified,
 * whole or still being received, decided or not. Clauses M12, M13.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "lib/text.h"
#include "server-stub/act.h"
#include "server-stub/enrolment.h"
#include "server-stub/ops.h"
#include "server-stub/submission.h"

enum { LIMIT_DEFAULT = 100, LIMIT_MOST = 1000 };

static const char *const states[] = {"received", "approved",   "returned", "rejected",
				     "disputed", "superseded", NULL};

static const struct op_arg args[] = {
    {.name = "scope", .type = OP_STRING, .help = "submissions.arg.scope", .meta = "CODE"},
    {.name = "province", .type = OP_STRING, .help = "submissions.arg.province", .meta = "CODE"},
    {.name = "kind", .type = OP_STRING, .help = "submissions.arg.kind", .meta = "KIND"},
    {.name = "state", .type = OP_STRING, .help = "submissions.arg.state", .choice = states},
    {.name = "offset", .type = OP_INT, .help = "submissions.arg.offset", .max = INT32_MAX},
    {.name = "limit", .type = OP_INT, .help = "submissions.arg.limit", .min = 1, .max = LIMIT_MOST},
};

/* Headers found so far; those of the wanted page are kept. */
struct page {
	struct archive_entity e[LIMIT_MOST];
	size_t n;
	int64_t total, offset, limit;
	const char *state;
	const struct submission_marks *marks;
	struct lang *lang;
};

static bool take(void *arg, const struct archive_entity *e)
{
	struct page *p = arg;

	if (p->state && strcmp(p->state, submission_state(p->marks, e)) != 0)
		return true;
	if (p->total >= p->offset && p->n < (size_t)p->limit) {
		p->e[p->n] = *e;
		p->e[p->n].title = NULL;
		p->e[p->n++].state = span_of(NULL, 0);
	}
	p->total++;
	return true;
}

/* Is the form one that is submitted as a whole? Lines and the register are not. */
static bool is_header(const struct form *f)
{
	return f->class == FORM_CHECK || f->class == FORM_STATEMENT;
}

static enum rc collect(struct archive_reader *r, const struct form_set *forms,
		       const struct json *in, struct page *p, struct err *reterr)
{
	struct archive_filter by = {.scope = json_get_str(in, "scope"),
				    .province = json_get_str(in, "province"),
				    .limit = INT64_MAX};
	const char *kind = json_get_str(in, "kind"), *last = "";
	const struct form *f;
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && (f = form_set_at(forms, i, NULL)) != NULL; i++) {
		if (!is_header(f) || strcmp(f->name, last) == 0 ||
		    (kind && strcmp(kind, f->name) != 0))
			continue;
		last = by.kind = f->name;
		rc = r->entities(r->ctx, &by, take, p, NULL, reterr);
	}
	return rc;
}

/* The title as people read it: dates, names instead of ids. */
static enum rc add_title(struct collector *col, const struct lang *lang, const char *scope,
			 const char *kind, const char *id, struct json *o, struct err *reterr)
{
	struct act_entity x = {.state = NULL};
	struct view_as as = {.lang = lang, .title = submission_title, .ctx = col};
	struct buf title;
	enum rc rc = act_entity(col, scope, kind, id, &x, reterr);

	if (rc == RC_OK) {
		buf_init(&title, LIMIT_TEXT);
		as.form = x.form;
		view_title(&as, x.state, &title);
		json_set_span(o, "title", span_buf(&title));
		buf_free(&title);
	}
	act_entity_free(col, &x);
	return rc;
}

static enum rc add_one(struct collector *col, const struct form_set *forms, const struct page *p,
		       size_t i, struct json *all, struct err *reterr)
{
	const struct archive_entity *e = &p->e[i];
	const struct form *f = form_set_newest(forms, e->kind);
	char id[CODEC_UUID_LEN + 1], *unit = enrolment_unit(col, e->scope);
	struct json *o = json_object();
	enum rc rc;

	codec_uuid(e->id, id);
	json_set_str(o, "id", id);
	json_set_str(o, "scope", e->scope);
	json_set_str(o, "unit", unit);
	json_set_str(o, "kind", e->kind);
	json_set_str(o, "kind_label", f ? form_say(f->label, lang_name(p->lang)) : e->kind);
	json_set_str(o, "state", submission_state(p->marks, e));
	json_set_str(o, "reason", submission_reason(p->marks, e->id));
	json_set_int(o, "received_at", e->received_at);
	json_set_int(o, "index", e->first_index);
	json_set_int(o, "conflicts", e->conflicts);
	free(unit);
	rc = add_title(col, p->lang, e->scope, e->kind, id, o, reterr);
	if (rc == RC_OK)
		rc = submission_proof(col, e, p->lang, false, o, reterr);
	if (rc == RC_OK)
		json_append(all, o);
	else
		json_free(o);
	return rc;
}

static enum rc fill(struct collector *col, const struct json *in, struct page *p, struct json *all,
		    struct err *reterr)
{
	const struct ingest_snapshot *snap = ingest_snapshot(col->ingest);
	struct archive_reader *r = NULL;
	enum rc rc = archive_read(col->archive, &r, reterr);

	if (rc == RC_OK)
		rc = collect(r, snap->forms, in, p, reterr);
	archive_read_end(col->archive, r);
	for (size_t i = 0; rc == RC_OK && i < p->n; i++)
		rc = add_one(col, snap->forms, p, i, all, reterr);
	ingest_snapshot_end(col->ingest, snap);
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct collector *col = call->app;
	struct submission_marks *marks = NULL;
	struct page *p = calloc(1, sizeof(*p));
	struct json *all = json_array();
	enum rc rc = p ? submission_marks(col, json_get_str(in, "scope"), &marks, reterr)
		       : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	if (rc == RC_OK) {
		p->marks = marks;
		p->limit = LIMIT_DEFAULT;
		p->state = json_get_str(in, "state");
		json_get_int(in, "offset", &p->offset);
		json_get_int(in, "limit", &p->limit);
		rc = act_lang(call, &p->lang, reterr);
	}
	if (rc == RC_OK)
		rc = fill(col, in, p, all, reterr);
	if (rc == RC_OK) {
		*ret = json_object();
		json_set_int(*ret, "total", p->total);
		json_set(*ret, "submissions", all);
	} else {
		json_free(all);
	}
	submission_marks_free(marks);
	if (p)
		lang_free(p->lang);
	free(p);
	return rc;
}

/* When it was made, as the log proves it, and what does not fit about it. */
static void print_made(const struct lang *lang, const struct json *o, struct buf *text)
{
	const struct json *made = json_get_obj(o, "made");
	struct buf b;

	if (!made)
		return;
	buf_init(&b, LIMIT_TEXT);
	view_when_text(lang, made, &b);
	buf_add_str(text, "  ");
	lang_format(lang, text, "submissions.made", "when", (const char *)b.p, NULL);
	buf_add_char(text, '\n');
	for (const struct json *f = json_first(json_get_arr(o, "flags")); f; f = json_next(f)) {
		buf_reset(&b);
		buf_add_str(&b, "flag.");
		buf_add_str(&b, json_str(f));
		buf_add_str(text, "  ! ");
		buf_add_str(text, lang_text(lang, (const char *)b.p));
		buf_add_char(text, '\n');
	}
	buf_free(&b);
}

static void print_one(const struct lang *lang, const struct json *o, struct buf *text)
{
	char when[TEXT_TIME_LEN], key[48], present[NUM_I64_LEN], children[NUM_I64_LEN];
	const char *unit = json_get_str(o, "unit"), *state = json_get_str(o, "state");
	int64_t at = 0, n = 0, c = 0;
	bool verified = false, complete = false;
	struct buf b;

	json_get_int(o, "received_at", &at);
	json_get_int(o, "present", &n);
	json_get_int(o, "children", &c);
	json_get_bool(o, "verified", &verified);
	json_get_bool(o, "complete", &complete);
	text_time_fmt(at, when);
	num_str(n, present);
	num_str(c, children);
	buf_init(&b, sizeof(key));
	buf_addf(&b, "submissions.state.%s", state);
	lang_format(lang, text, "submissions.line", "kind", json_get_str(o, "kind_label"), "title",
		    json_get_str(o, "title"), "unit",
		    unit && unit[0] ? unit : json_get_str(o, "scope"), "author",
		    json_get_str(o, "author"), "when", when, "state",
		    lang_text(lang, b.p ? (const char *)b.p : ""), "proof",
		    lang_text(lang, verified ? "submissions.verified" : "submissions.unsound"),
		    "id", json_get_str(o, "id"), NULL);
	buf_add_char(text, '\n');
	print_made(lang, o, text);
	if (!complete) {
		buf_add_str(text, "  ");
		lang_format(lang, text, "submissions.receiving", "present", present, "children",
			    children, NULL);
		buf_add_char(text, '\n');
	}
	if (json_get_int(o, "quarantined", &n) && n > 0) {
		num_str(n, present);
		buf_add_str(text, "  ");
		lang_format(lang, text, "submissions.held", "n", present, NULL);
		buf_add_char(text, '\n');
	}
	buf_free(&b);
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	const struct json *all = json_get_arr(out, "submissions");

	if (json_len(all) == 0) {
		buf_add_str(text, lang_text(lang, "submissions.none"));
		buf_add_char(text, '\n');
	}
	for (const struct json *o = json_first(all); o; o = json_next(o))
		print_one(lang, o, text);
}

const struct op op_submissions = {.name = "submissions",
				  .summary = "submissions.summary",
				  .flags = OP_READ,
				  .arg = args,
				  .narg = sizeof(args) / sizeof(args[0]),
				  .run = run,
				  .print = print};
