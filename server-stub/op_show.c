/*
 * op show: one entity as the centre has it: values with labels, lines of its history, and
 * for a check or statement its standing; of linked records their head, with what the others
 * say otherwise. Clauses M3-M17 as they show.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "server-stub/about.h"
#include "server-stub/act.h"
#include "server-stub/before.h"
#include "server-stub/enrolment.h"
#include "server-stub/lack.h"
#include "server-stub/ops.h"
#include "server-stub/stand.h"
#include "server-stub/submission.h"
#include "server-stub/things.h"
#include "server-stub/who.h"

static const struct op_arg args[] = {
    {.name = "id",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "act.arg.id",
     .meta = "ID"},
    ACT_WHICH,
    {.name = "explain", .type = OP_BOOL, .help = "centre.arg.explain"},
};

/*
 * Is it here, and are its bytes what their name says? What is not is set aside as evidence, and either
 * is asked of the PCs of the commune (P32).
 */
static enum rc look_at(struct collector *col, const char *scope, const uint8_t sha[CRYPT_HASH_LEN],
		       struct json *file, struct err *reterr)
{
	bool here = false, sound = false;
	enum rc rc = archive_blob_here(col->archive, sha, &here, reterr);

	if (rc == RC_OK && here)
		rc = archive_blob_sound(col->archive, sha, &sound, reterr);
	if (rc == RC_OK && here && !sound)
		lack_again(col->lack);
	if (rc == RC_OK && !sound)
		lack_add(col->lack, scope, sha);
	json_set_bool(file, "here", here);
	json_set_bool(file, "sound", sound);
	return rc;
}

/* To each field that is an attachment "file": {"here","sound"}. */
static enum rc add_files(struct collector *col, const char *scope, struct json *shown,
			 struct err *reterr)
{
	uint8_t sha[CRYPT_HASH_LEN];
	enum rc rc = RC_OK;

	for (struct json *f = json_first(json_get(shown, "fields")); rc == RC_OK && f; f = json_next(f)) {
		const char *hex = json_get_str(json_get_obj(f, "value"), "sha256");
		struct json *o;

		if (!hex || !codec_hex_32(span_str(hex), sha))
			continue;
		o = json_object();
		rc = look_at(col, scope, sha, o, reterr);
		json_set(f, "file", o);
	}
	return rc;
}

/* What is put together of one record: read with one look at the store. */
struct look {
	const struct op_call *call;
	struct collector *col;
	struct lang *lang;
	struct proof *proof;
};

static struct view_as look_as(const struct look *l, const struct form *form)
{
	return (struct view_as){
	    .form = form, .lang = l->lang, .title = submission_title, .ctx = (void *)(uintptr_t)l->call};
}

static enum rc view_one(const struct look *l, const struct act_entity *x, struct json **ret,
			struct err *reterr)
{
	const struct view_as as = look_as(l, x->form);
	const struct view_id id = {x->e.scope, x->e.kind, x->e.id};
	struct json *o = NULL;
	enum rc rc = view_entity(&as, &id, x->state, NULL, &o, reterr);

	if (rc == RC_OK)
		rc = add_files(l->col, x->e.scope, o, reterr);
	if (rc == RC_OK)
		*ret = o;
	else
		json_free(o);
	return rc;
}

/* The records its children speak of, as they stand now. */
static enum rc add_lines(const struct look *l, const char *scope, const struct json *lines,
			 struct json *out, struct err *reterr)
{
	enum rc rc = RC_OK;

	for (const struct json *i = json_first(lines); i && rc == RC_OK; i = json_next(i)) {
		struct act_entity x = {.state = NULL};
		struct json *one = NULL;

		rc = act_entity(l->col, scope, json_get_str(i, "kind"), json_get_str(i, "id"), &x,
				reterr);
		if (rc == RC_OK)
			rc = view_one(l, &x, &one, reterr);
		if (rc == RC_OK)
			json_append(out, one);
		act_entity_free(l->col, &x);
	}
	return rc;
}

/* "takes": what outcomes of a review by whoever asks are taken; nobody approves what is not as it was sealed. */
static void add_takes(const struct look *l, const struct stand *st, struct json *s)
{
	enum decision_level level = who_decides(l->call);
	struct json *all = json_array();
	bool sound = false;

	json_get_bool(s, "verified", &sound);
	for (int d = DECISION_APPROVED; level > DECISION_NOBODY && d <= DECISION_REJECTED; d++)
		if ((sound || d != DECISION_APPROVED) &&
		    stand_takes(st, level, (enum decision_state)d, NULL) == RC_OK)
			json_append_str(all, decision_state_name((enum decision_state)d));
	json_set(s, "takes", all);
}

static enum rc add_standing(const struct look *l, const struct act_entity *x, struct json *s,
			    struct err *reterr)
{
	struct archive_reader *r = proof_reader(l->proof);
	char *unit = enrolment_unit(l->col, x->e.scope);
	struct stand st;
	enum rc rc = stand_read(r, x->snap->forms, &x->e, &st, reterr);

	if (unit)
		json_set_str(s, "unit", unit);
	free(unit);
	if (rc != RC_OK)
		return rc;
	json_set_str(s, "state", stand_name(st.state));
	json_set_str(s, "level", decision_level_name(st.decision.level));
	json_set_bool(s, "locked", st.locked);
	json_set_bool(s, "after_approval", st.after);
	json_set_int(s, "received_at", x->e.received_at);
	json_set_int(s, "index", x->e.first_index);
	rc = submission_proof(l->proof, &x->e, l->lang, true, s, reterr);
	if (rc != RC_OK)
		return rc;
	add_takes(l, &st, s);
	return stand_reason(r, &x->e, &st, s, reterr);
}

/* Values, files, lines and standing. */
static enum rc view_whole(const struct look *l, const struct act_entity *x, struct json **ret,
			  struct err *reterr)
{
	struct json *o = NULL, *s = json_object();
	enum rc rc = view_one(l, x, &o, reterr);

	if (rc == RC_OK)
		rc = add_standing(l, x, s, reterr);
	if (rc == RC_OK) {
		json_set(o, "lines", json_array());
		rc = add_lines(l, x->e.scope, json_get_arr(s, "lines"), json_get_arr(o, "lines"),
			       reterr);
	}
	json_remove(s, "lines");
	if (rc == RC_OK) {
		json_set(o, "standing", s);
		*ret = o;
	} else {
		json_free(s);
		json_free(o);
	}
	return rc;
}

/* The check before it, and what changed since. */
static enum rc add_before(const struct look *l, const struct act_entity *x, struct json *o,
			  struct err *reterr)
{
	struct act_entity old = {.state = NULL};
	struct json *then = NULL;
	struct before b;
	enum rc rc = before_find(proof_reader(l->proof), x->snap->forms, &x->e, x->state, &b, reterr);

	if (rc != RC_OK || b.no == 0)
		return rc;
	rc = act_entity_no(l->col, b.no, &old, reterr);
	if (rc == RC_OK)
		rc = view_whole(l, &old, &then, reterr);
	if (rc == RC_OK) {
		json_set_bool(then, "corrected", b.corrected);
		json_set(o, "changed", before_changed(o, then));
		json_set(o, "previous", then);
	}
	act_entity_free(l->col, &old);
	return rc;
}

static enum rc add_history(const struct look *l, const struct act_entity *x, struct json *o,
			   struct err *reterr)
{
	const struct view_as as = look_as(l, x->form);
	struct json *history = NULL, *retired = NULL;
	struct act_history h = {.n = 0};
	enum rc rc = act_history(l->col, x, &h, reterr);

	if (rc == RC_OK)
		rc = view_history(&as, h.v, h.n, &history, reterr);
	if (history)
		json_set(o, "history", history);
	if (rc == RC_OK)
		rc = view_retired(&as, x->state, h.v, h.n, &retired, reterr);
	if (retired)
		json_set(o, "retired", retired);
	act_history_free(&h);
	return rc;
}

static enum rc show(const struct look *l, const struct act_entity *x, struct json **ret,
		    struct err *reterr)
{
	struct json *o = NULL, *members = NULL;
	enum rc rc = view_whole(l, x, &o, reterr);

	if (rc == RC_OK)
		rc = add_history(l, x, o, reterr);
	if (rc == RC_OK)
		rc = add_before(l, x, o, reterr);
	if (rc == RC_OK)
		rc = about_add(l->proof, l->lang, x, o, reterr);
	if (rc == RC_OK)
		rc = things_members(l->call, l->lang, x, &members, reterr);
	if (rc == RC_OK) {
		json_set(o, "members", members);
		*ret = o;
	} else {
		json_free(o);
	}
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct collector *col = call->app;
	struct act_entity x = {.state = NULL};
	struct look l = {.call = call, .col = col};
	bool explain = false;
	enum rc rc = act_lang(call, &l.lang, reterr);

	if (rc == RC_OK)
		rc = act_named(call, in, &x, reterr);
	if (rc == RC_OK)
		rc = things_head(col, &x, reterr);
	if (rc == RC_OK)
		rc = proof_open(col, l.lang, &l.proof, reterr);
	if (rc == RC_OK)
		rc = show(&l, &x, ret, reterr);
	json_get_bool(in, "explain", &explain);
	if (rc == RC_OK && explain)
		about_explain(l.proof, &x, *ret);
	proof_free(l.proof);
	act_entity_free(col, &x);
	lang_free(l.lang);
	return rc;
}

static void print_fields(const struct lang *lang, const struct json *out, struct buf *text)
{
	static const char *const field_key[2][2] = {
	    {"centre.field", "centre.field_unit"},
	    {"centre.field_conflict", "centre.field_conflict_unit"}};

	for (const struct json *f = json_first(json_get_obj(out, "fields")); f; f = json_next(f)) {
		const char *label = json_get_str(f, "label"), *unit = json_get_str(f, "unit");
		const char *value = json_get_str(f, "text");
		bool conflict = false, here = false;

		if (strcmp(json_name(f), "children") == 0)
			continue; /* shown as lines */
		json_get_bool(f, "conflict", &conflict);
		buf_add_str(text, "  ");
		lang_format(lang, text, field_key[conflict][unit != NULL], "label",
			    label ? label : json_name(f), "value", value ? value : "", "unit",
			    unit ? unit : "", NULL);
		if (json_get_bool(json_get_obj(f, "file"), "here", &here) && !here)
			buf_addf(text, " (%s)", lang_text(lang, "centre.file_missing"));
		buf_add_char(text, '\n');
	}
}

static void print_members(const struct lang *lang, const struct json *out, struct buf *text)
{
	for (const struct json *m = json_first(json_get_arr(out, "members")); m; m = json_next(m)) {
		buf_add_str(text, "  ");
		lang_format(lang, text, "centre.same", "id", json_get_str(m, "id"), "title",
			    json_get_str(m, "title"), NULL);
		buf_add_char(text, '\n');
		for (const struct json *f = json_first(json_get_arr(m, "differ")); f;
		     f = json_next(f))
			buf_addf(text, "    %s: %s\n", json_get_str(f, "label"),
				 json_get_str(f, "text"));
	}
}

static void print_history(const struct lang *lang, const struct json *out, struct buf *text)
{
	const char *last = "";

	for (const struct json *h = json_first(json_get_arr(out, "history")); h; h = json_next(h)) {
		const char *who = json_get_str(h, "who"), *label = json_get_str(h, "label");
		const char *now = json_get_str(h, "new_text"), *field = json_get_str(h, "field");
		const char *why = json_get_str(h, "why");
		struct buf when;

		if (field && strcmp(field, "children") == 0)
			continue;

		buf_init(&when, LIMIT_TEXT);
		view_when_text(lang, h, &when);
		buf_add_str(text, "  ");
		lang_format(lang, text, "centre.history", "at", (const char *)when.p, "who",
			    who ? who : "?", "label", label ? label : "", "value", now ? now : "",
			    NULL);
		buf_add_char(text, '\n');
		if (why && why[0])
			buf_addf(text, "    ! %s\n", why);
		buf_free(&when);
		if (strcmp(last, json_get_str(h, "entry")) != 0)
			view_flags_text(h, "    ", text);
		last = json_get_str(h, "entry");
	}
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	const struct json *s = json_get_obj(out, "standing");
	const char *author = json_get_str(s, "author");
	char key[64];
	struct buf b;
	bool verified = false;

	json_get_bool(s, "verified", &verified);
	buf_init(&b, sizeof(key));
	buf_addf(&b, "submissions.state.%s", json_get_str(s, "state"));
	lang_format(lang, text, "centre.head", "kind", json_get_str(out, "kind_label"), "title",
		    json_get_str(out, "title"), "scope", json_get_str(out, "scope"), "id",
		    json_get_str(out, "id"), NULL);
	buf_add_char(text, '\n');
	buf_add_str(text, "  ");
	lang_format(lang, text, "centre.standing", "state",
		    lang_text(lang, b.p ? (const char *)b.p : ""), "proof",
		    lang_text(lang, verified ? "submissions.verified" : "submissions.unsound"),
		    "author", author ? author : "", NULL);
	buf_add_char(text, '\n');
	buf_free(&b);
	for (const struct json *w = json_first(json_get_arr(s, "wrong")); w; w = json_next(w)) {
		buf_add_str(text, "  ! ");
		lang_format(lang, text, "submissions.broken", "text", json_get_str(w, "text"),
			    "clause", json_get_str(w, "clause"), NULL);
		buf_add_char(text, '\n');
	}
	for (const struct json *f = json_first(json_get_arr(s, "findings")); f; f = json_next(f))
		buf_addf(text, "  ! %s\n", json_get_str(f, "text"));
	print_fields(lang, out, text);
	if (json_get_obj(out, "retired"))
		buf_addf(text, "  %s\n", lang_text(lang, "show.retired"));
	print_members(lang, out, text);
	for (const struct json *l = json_first(json_get_arr(out, "lines")); l; l = json_next(l)) {
		buf_add_str(text, "  ");
		lang_format(lang, text, "centre.line", "kind", json_get_str(l, "kind_label"),
			    "title", json_get_str(l, "title"), NULL);
		buf_add_char(text, '\n');
	}
	print_history(lang, out, text);
}

const struct op op_show = {.name = "show",
			   .summary = "centre.show_summary",
			   .flags = OP_READ,
			   .arg = args,
			   .narg = sizeof(args) / sizeof(args[0]),
			   .run = run,
			   .print = print};
