/*
 * op submissions: the checks and statements received, newest first, found by any filter; each with its
 * standing, and with its seal looked at anew. Clauses M12, M13, M17, M19. A page costs the same however
 * many there are (archive_submission).
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "lib/text.h"
#include "server-stub/act.h"
#include "server-stub/enrolment.h"
#include "server-stub/listing.h"
#include "server-stub/ops.h"
#include "server-stub/stand.h"
#include "server-stub/submission.h"
#include "server-stub/who.h"

enum { LIMIT_DEFAULT = 50, LIMIT_MOST = 200, DAY_MINUTES = 1439 };

static const char *const levels[] = {"none", "commune", "province", "centre", NULL};
static const char *const seals[] = {"valid", "held", NULL};
/* In the order of enum archive_mark. */
static const char *const flags[] = {"late", "clock", "quarantined", "fork", "two_values", "after", NULL};

static const struct op_arg args[] = {
    {.name = "scope", .type = OP_STRING, .help = "submissions.arg.scope", .meta = "CODE"},
    {.name = "province", .type = OP_STRING, .help = "submissions.arg.province", .meta = "CODE"},
    {.name = "kind", .type = OP_STRING, .help = "submissions.arg.kind", .meta = "KIND"},
    {.name = "state",
     .type = OP_STRING,
     .help = "submissions.arg.state",
     .choice = stand_names},
    {.name = "level", .type = OP_STRING, .help = "submissions.arg.level", .choice = levels},
    {.name = "waiting", .type = OP_STRING, .help = "submissions.arg.waiting", .choice = levels + 1},
    {.name = "seal", .type = OP_STRING, .help = "submissions.arg.seal", .choice = seals},
    {.name = "flag", .type = OP_LIST, .help = "submissions.arg.flag", .choice = flags},
    {.name = "text", .type = OP_STRING, .help = "submissions.arg.text", .meta = "WORDS"},
    {.name = "from", .type = OP_STRING, .help = "submissions.arg.from", .meta = "DATE"},
    {.name = "until", .type = OP_STRING, .help = "submissions.arg.until", .meta = "DATE"},
    {.name = "before",
     .type = OP_INT,
     .help = "submissions.arg.before",
     .min = 0,
     .max = INT64_C(0x1fffffffffffff)},
    {.name = "limit", .type = OP_INT, .help = "submissions.arg.limit", .min = 1, .max = LIMIT_MOST},
};

/* ---- what is asked for ---- */

static int place(const char *const *list, const char *name)
{
	for (int i = 0; name && list[i]; i++)
		if (strcmp(list[i], name) == 0)
			return i;
	return -1;
}

/* A day as people write it, to its first or last second; -1 when not given. */
static enum rc day(const struct json *in, const char *arg, int minute, int64_t *ret,
		   struct err *reterr)
{
	const char *typed = json_get_str(in, arg);
	char iso[TEXT_DATE_LEN];
	enum rc rc;

	*ret = -1;
	if (!typed || !typed[0])
		return RC_OK;
	rc = text_date(span_str(typed), iso, reterr);
	return rc == RC_OK ? text_time_of(span_str(iso), minute, ret, reterr) : rc;
}

static bool sees(void *arg, const char *scope)
{
	return who_sees(arg, scope);
}

/* What stand_waits says of a level, by the rows of the list. */
static void read_waiting(const struct json *in, struct archive_wanted *w)
{
	int level = place(levels, json_get_str(in, "waiting"));

	if (level <= 0)
		return;
	w->states = STAND_WAITING;
	w->rank_below = level;
}

/* words: stays valid while w is used. */
static enum rc read_wanted(const struct op_call *call, const struct json *in, struct buf *words,
			   struct archive_wanted *w, struct err *reterr)
{
	const char *seal = json_get_str(in, "seal"), *text = json_get_str(in, "text");
	int64_t limit = LIMIT_DEFAULT;
	enum rc rc;

	*w = (struct archive_wanted){.scope = json_get_str(in, "scope"),
				     .province = json_get_str(in, "province"),
				     .kind = json_get_str(in, "kind"),
				     .state = place(stand_names, json_get_str(in, "state")),
				     .rank = place(levels, json_get_str(in, "level")),
				     .sound = seal && strcmp(seal, "valid") == 0,
				     .before = INT64_MAX,
				     .sees = sees,
				     .sees_arg = (void *)(uintptr_t)call};
	read_waiting(in, w);
	if (seal && !w->sound)
		w->marks |= ARCHIVE_HELD;
	for (const struct json *f = json_first(json_get_arr(in, "flag")); f; f = json_next(f))
		w->marks |= 1U << place(flags, json_str(f));
	json_get_int(in, "before", &w->before);
	json_get_int(in, "limit", &limit);
	w->limit = (size_t)limit;
	rc = day(in, "from", 0, &w->from, reterr);
	if (rc == RC_OK)
		rc = day(in, "until", DAY_MINUTES, &w->until, reterr);
	if (rc == RC_OK && w->until >= 0)
		w->until += 59;
	if (rc == RC_OK && text)
		rc = listing_words(text, words, reterr);
	w->words = words->p ? (const char *)words->p : "";
	return rc;
}

/* ---- a page ---- */

struct page {
	enum decision_level level; /* of whoever asks */
	struct archive_submission s[LIMIT_MOST];
	size_t n;
	struct archive_got got;
	struct lang *lang;
	struct proof *proof;
};

static bool take(void *arg, const struct archive_submission *s)
{
	struct page *p = arg;

	p->s[p->n] = *s;
	p->s[p->n++].words = NULL;
	return true;
}

/* The title as people read it: dates, names instead of ids. */
static void add_title(const struct op_call *call, const struct lang *lang, const struct act_entity *x,
		      struct json *o)
{
	const struct view_as as = {
	    .form = x->form, .lang = lang, .title = submission_title, .ctx = (void *)(uintptr_t)call};
	struct buf title;

	buf_init(&title, LIMIT_TEXT);
	view_title(&as, x->state, &title);
	json_set_span(o, "title", title.len > 0 ? span_buf(&title) : span_of("", 0));
	buf_free(&title);
}

static void add_marks(unsigned marks, struct json *o)
{
	struct json *all = json_array();

	for (int i = 0; i < ARCHIVE_MARKS; i++)
		if (marks & 1U << i)
			json_append_str(all, flags[i]);
	json_set(o, "marks", all);
}

/* Where a decision stands: who said so, and why; and does it wait for whoever asks? */
static enum rc add_standing(struct page *p, const struct act_entity *x, struct json *o,
			    struct err *reterr)
{
	struct stand st;
	enum rc rc = stand_read(proof_reader(p->proof), x->snap->forms, &x->e, &st, reterr);

	if (rc == RC_OK) {
		json_set_str(o, "state", stand_name(st.state));
		json_set_str(o, "level", decision_level_name(st.decision.level));
		json_set_bool(o, "locked", st.locked);
		json_set_bool(o, "after_approval", st.after);
		json_set_bool(o, "waits", stand_waits(&st, p->level));
		rc = stand_reason(proof_reader(p->proof), &x->e, &st, o, reterr);
	}
	return rc;
}

static enum rc add_one(const struct op_call *call, struct page *p, const struct archive_submission *s,
		       struct json *all, struct err *reterr)
{
	struct collector *col = call->app;
	struct act_entity x = {.state = NULL};
	char id[CODEC_UUID_LEN + 1], *unit = enrolment_unit(col, s->scope);
	struct json *o = json_object();
	enum rc rc = act_entity_no(col, s->no, &x, reterr);

	if (rc == RC_OK) {
		codec_uuid(x.e.id, id);
		json_set_str(o, "id", id);
		json_set_str(o, "scope", s->scope);
		json_set_str(o, "unit", unit);
		json_set_str(o, "kind", s->kind);
		json_set_str(o, "kind_label",
			     x.form ? form_say(x.form->label, lang_name(p->lang)) : s->kind);
		json_set_int(o, "received_at", s->received_at);
		json_set_int(o, "index", s->index);
		json_set_int(o, "conflicts", x.e.conflicts);
		add_marks(s->marks, o);
		rc = add_standing(p, &x, o, reterr);
	}
	if (rc == RC_OK)
		add_title(call, p->lang, &x, o);
	if (rc == RC_OK)
		rc = submission_proof(p->proof, &x.e, p->lang, false, o, reterr);
	if (rc == RC_OK)
		json_append(all, o);
	else
		json_free(o);
	free(unit);
	act_entity_free(col, &x);
	return rc;
}

static enum rc fill(const struct op_call *call, const struct json *in, struct page *p,
		    struct json *all, struct err *reterr)
{
	struct collector *col = call->app;
	struct archive_wanted w;
	struct buf words;
	enum rc rc;

	buf_init(&words, LIMIT_TEXT);
	p->level = who_decides(call);
	rc = read_wanted(call, in, &words, &w, reterr);
	if (rc == RC_OK)
		rc = proof_open(col, p->lang, &p->proof, reterr);
	if (rc == RC_OK) {
		struct archive_reader *r = proof_reader(p->proof);

		rc = r->submissions(r->ctx, &w, take, p, &p->got, reterr);
	}
	for (size_t i = 0; rc == RC_OK && i < p->n; i++)
		rc = add_one(call, p, &p->s[i], all, reterr);
	buf_free(&words);
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct page *p = calloc(1, sizeof(*p));
	struct json *all = json_array();
	enum rc rc = p ? act_lang(call, &p->lang, reterr)
		       : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	if (rc == RC_OK)
		rc = fill(call, in, p, all, reterr);
	if (rc == RC_OK) {
		*ret = json_object();
		json_set_int(*ret, "total", p->got.matching);
		json_set_bool(*ret, "more_than", !p->got.whole);
		if (p->got.next >= 0)
			json_set_int(*ret, "next", p->got.next);
		if (who_sees(call, NULL)) /* how many rows were passed over is how many others have */
			json_set_int(*ret, "visited", p->got.visited);
		json_set(*ret, "submissions", all);
	} else {
		json_free(all);
	}
	if (p) {
		proof_free(p->proof);
		lang_free(p->lang);
	}
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

static void print_wrong(const struct lang *lang, const struct json *o, struct buf *text)
{
	for (const struct json *w = json_first(json_get_arr(o, "wrong")); w; w = json_next(w)) {
		buf_add_str(text, "  ! ");
		lang_format(lang, text, "submissions.broken", "text", json_get_str(w, "text"),
			    "clause", json_get_str(w, "clause"), NULL);
		buf_add_char(text, '\n');
	}
}

static void print_marks(const struct lang *lang, const struct json *o, struct buf *text)
{
	struct buf key;

	for (const struct json *m = json_first(json_get_arr(o, "marks")); m; m = json_next(m)) {
		buf_init(&key, ERR_KEY_LEN);
		buf_addf(&key, "submissions.mark.%s", json_str(m));
		buf_addf(text, "  ! %s\n", lang_text(lang, key.p ? (const char *)key.p : ""));
		buf_free(&key);
	}
}

static void print_one(const struct lang *lang, const struct json *o, struct buf *text)
{
	char when[TEXT_TIME_LEN], key[48], present[NUM_I64_LEN], children[NUM_I64_LEN];
	const char *unit = json_get_str(o, "unit"), *state = json_get_str(o, "state");
	const char *author = json_get_str(o, "author");
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
		    author ? author : "", "when", when, "state",
		    lang_text(lang, b.p ? (const char *)b.p : ""), "proof",
		    lang_text(lang, verified ? "submissions.verified" : "submissions.unsound"),
		    "id", json_get_str(o, "id"), NULL);
	buf_add_char(text, '\n');
	print_wrong(lang, o, text);
	print_marks(lang, o, text);
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
	char n[NUM_I64_LEN];
	int64_t next = 0;

	if (json_len(all) == 0) {
		buf_add_str(text, lang_text(lang, "submissions.none"));
		buf_add_char(text, '\n');
	}
	for (const struct json *o = json_first(all); o; o = json_next(o))
		print_one(lang, o, text);
	if (json_get_int(out, "next", &next)) {
		num_str(next, n);
		lang_format(lang, text, "submissions.next", "next", n, NULL);
		buf_add_char(text, '\n');
	}
}

const struct op op_submissions = {.name = "submissions",
				  .summary = "submissions.summary",
				  .flags = OP_READ,
				  .arg = args,
				  .narg = sizeof(args) / sizeof(args[0]),
				  .run = run,
				  .print = print};
