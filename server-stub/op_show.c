/*
 * op show: one entity as the centre has it: values with labels, lines of its history, and
 * for a check or statement its standing; of linked records their head, with what the others
 * say otherwise. Clauses M3-M17 as they show.
 */
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "server-stub/act.h"
#include "server-stub/ops.h"
#include "server-stub/submission.h"
#include "server-stub/things.h"

static const struct op_arg args[] = {
    {.name = "id",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "act.arg.id",
     .meta = "ID"},
    ACT_WHICH,
};

static enum rc add_standing(struct collector *col, const struct act_entity *x,
			    const struct lang *lang, struct json *o, struct err *reterr)
{
	struct submission_marks *marks = NULL;
	struct json *s = json_object();
	enum rc rc = submission_marks(col, x->e.scope, &marks, reterr);

	if (rc == RC_OK)
		rc = submission_proof(col, &x->e, lang, true, s, reterr);
	if (rc == RC_OK) {
		json_set_str(s, "state", submission_state(marks, &x->e));
		json_set_str(s, "reason", submission_reason(marks, x->e.id));
		json_set_int(s, "received_at", x->e.received_at);
		json_set(o, "standing", s);
	} else {
		json_free(s);
	}
	submission_marks_free(marks);
	return rc;
}

/* To each field that is an attachment "file": {"here"}: P32 asks for what is not. */
static enum rc add_files(struct collector *col, struct json *shown, struct err *reterr)
{
	uint8_t sha[CRYPT_HASH_LEN];
	enum rc rc = RC_OK;

	for (struct json *f = json_first(json_get(shown, "fields")); rc == RC_OK && f; f = json_next(f)) {
		const char *hex = json_get_str(json_get_obj(f, "value"), "sha256");
		bool here = false;
		struct json *o;

		if (!hex || !codec_hex_32(span_str(hex), sha))
			continue;
		rc = archive_blob_here(col->archive, sha, &here, reterr);
		o = json_object();
		json_set_bool(o, "here", here);
		json_set(f, "file", o);
	}
	return rc;
}

/* The records its children speak of, as they stand now. */
static enum rc add_lines(struct collector *col, const struct lang *lang, struct json *o,
			 struct err *reterr)
{
	struct json *out = json_get_arr(o, "lines");
	enum rc rc = RC_OK;

	for (const struct json *l = json_first(json_get_arr(json_get_obj(o, "standing"), "lines"));
	     l && rc == RC_OK; l = json_next(l)) {
		struct act_entity x = {.state = NULL};
		struct json *one = NULL;

		rc = act_entity(col, json_get_str(o, "scope"), json_get_str(l, "kind"),
				json_get_str(l, "id"), &x, reterr);
		if (rc == RC_OK) {
			const struct view_as as = {.form = x.form,
						   .lang = lang,
						   .title = submission_title,
						   .ctx = col};
			const struct view_id id = {x.e.scope, x.e.kind, x.e.id};

			rc = view_entity(&as, &id, x.state, NULL, &one, reterr);
			if (rc == RC_OK)
				rc = add_files(col, one, reterr);
			json_append(out, one);
		}
		act_entity_free(col, &x);
	}
	json_remove(json_get_obj(o, "standing"), "lines");
	return rc;
}

static enum rc show(struct collector *col, const struct act_entity *x, const struct lang *lang,
		    struct json **ret, struct err *reterr)
{
	const struct view_as as = {.form = x->form,
				   .lang = lang,
				   .title = submission_title,
				   .ctx = col};
	const struct view_id id = {x->e.scope, x->e.kind, x->e.id};
	struct act_history h = {.n = 0};
	struct json *o = NULL, *history = NULL, *members = NULL, *retired = NULL;
	enum rc rc = view_entity(&as, &id, x->state, NULL, &o, reterr);

	if (rc == RC_OK)
		rc = add_files(col, o, reterr);
	if (rc == RC_OK)
		rc = act_history(col, x, &h, reterr);
	if (rc == RC_OK)
		rc = view_history(&as, h.v, h.n, &history, reterr);
	if (rc == RC_OK) {
		json_set(o, "history", history);
		rc = add_standing(col, x, lang, o, reterr);
	}
	if (rc == RC_OK) {
		json_set(o, "lines", json_array());
		rc = add_lines(col, lang, o, reterr);
	}
	if (rc == RC_OK)
		rc = view_retired(&as, x->state, h.v, h.n, &retired, reterr);
	if (retired)
		json_set(o, "retired", retired);
	if (rc == RC_OK)
		rc = things_members(col, lang, x, &members, reterr);
	if (rc == RC_OK)
		json_set(o, "members", members);
	act_history_free(&h);
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
	struct act_entity x = {.state = NULL};
	struct lang *lang = NULL;
	enum rc rc = act_lang(call, &lang, reterr);

	if (rc == RC_OK)
		rc = act_named(call, in, &x, reterr);
	if (rc == RC_OK)
		rc = things_head(col, &x, reterr);
	if (rc == RC_OK)
		rc = show(col, &x, lang, ret, reterr);
	act_entity_free(col, &x);
	lang_free(lang);
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
