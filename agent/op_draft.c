/*
 * op draft …: what is being filled in, field by field: begin one (a new record, a change of one, a
 * correction of a submitted one), keep a field as it is left, read it, take it away. Each answer is the
 * live state (agent/record_live), so that a screen that keeps a field needs no second question.
 * Sealing is op submit. The work is in agent/record_draft.
 */
#include <string.h>

#include "agent/draft.h"
#include "agent/ops.h"
#include "agent/print.h"
#include "agent/record.h"
#include "sync/kinds.h"

#define ARG_ID                                   \
	{                                        \
		.name = "id", .type = OP_STRING, \
		.flags = OP_POSITIONAL | OP_REQUIRED, .help = "draft.arg.id", .meta = "ID" \
	}
#define ARG_FIELDS                                                                     \
	{                                                                              \
		.name = "fields", .type = OP_PAIRS, .flags = OP_POSITIONAL,            \
		.help = "record.arg.fields", .meta = "FIELD=VALUE"                     \
	}
#define ARG_LINE                                                                         \
	{                                                                                \
		.name = "line", .type = OP_INT, .help = "draft.arg.line", .meta = "N", .min = 1, \
		.max = INT32_MAX                                                         \
	}

static const struct op_arg new_args[] = {
    {.name = "kind",
     .type = OP_STRING,
     .flags = OP_POSITIONAL,
     .help = "record.arg.kind",
     .meta = "KIND"},
    ARG_FIELDS,
    {.name = "edits", .type = OP_STRING, .help = "draft.arg.edits", .meta = "ID"},
    {.name = "corrects", .type = OP_STRING, .help = "draft.arg.corrects", .meta = "ID"},
    {.name = "clerk", .type = OP_STRING, .help = "draft.arg.clerk", .meta = "NAME"},
};

static const struct op_arg show_args[] = {ARG_ID};

static const struct op_arg set_args[] = {
    ARG_ID,
    ARG_FIELDS,
    ARG_LINE,
    {.name = "add", .type = OP_STRING, .help = "draft.arg.add", .meta = "KIND"},
    {.name = "focus", .type = OP_STRING, .help = "draft.arg.focus", .meta = "NAME"},
    {.name = "reason", .type = OP_STRING, .help = "arg.reason", .meta = "TEXT"},
};

static const struct op_arg remove_args[] = {ARG_ID, ARG_LINE};

/* ---- what they share ---- */

struct work {
	struct record_batch b;
	const struct json *in;
	const struct form *form;
	struct json *draft, *told; /* told: "line", "emptied" of this change */
};

static enum rc work_open(struct work *w, const struct op_call *call, const struct json *in,
			 struct err *reterr)
{
	*w = (struct work){.in = in, .told = json_object()};
	return record_begin(&w->b, call, in, reterr);
}

static void work_close(struct work *w)
{
	json_free(w->draft);
	json_free(w->told);
	record_end(&w->b);
}

static enum rc find(struct work *w, struct err *reterr)
{
	enum rc rc =
	    draft_find(w->b.agent, NULL, json_get_str(w->in, "id"), &w->draft, reterr);

	return rc == RC_OK ? record_draft_form(&w->b, w->draft, &w->form, reterr) : rc;
}

static enum rc take(struct work *w, const struct record_typed *t, struct err *reterr)
{
	json_free(w->told);
	w->told = record_result(&w->b, w->form);
	return record_draft_set(&w->b, w->form, w->draft, t, w->told, reterr);
}

/* The live state, with what this change did besides. */
static enum rc answer(struct work *w, bool twins, struct json **ret, struct err *reterr)
{
	static const char *const about[] = {"line", "emptied"};
	enum rc rc = record_live(&w->b, w->draft, twins, ret, reterr);

	for (size_t i = 0; rc == RC_OK && i < sizeof(about) / sizeof(about[0]); i++)
		if (json_get(w->told, about[i]))
			json_set(*ret, about[i], json_copy(json_get(w->told, about[i])));
	return rc;
}

/* ---- draft new ---- */

static enum rc begin_plain(struct work *w, struct err *reterr)
{
	const char *kind = json_get_str(w->in, "kind");
	enum rc rc;

	if (!kind)
		return err_set(reterr, RC_USAGE, NULL, "op.missing", "name", "kind", NULL);
	rc = look_form(w->b.agent, kind, &w->form, reterr);
	if (rc == RC_OK && w->form->class == FORM_CENTRE)
		rc = err_set(reterr, RC_DENIED, "K9", "record.not_clerk", "kind",
			     form_say(w->form->label, lang_name(w->b.look.lang)), NULL);
	if (rc == RC_OK && w->form->parent_field)
		rc = err_set(reterr, RC_INPUT, NULL, "record.no_parent", "kind",
			     form_say(w->form->label, lang_name(w->b.look.lang)), NULL);
	return rc == RC_OK ? record_draft_new(&w->b, w->form, &w->draft, reterr) : rc;
}

/* Whoever begins it once more goes on with what was begun: two corrections of one check would contradict each other. */
static enum rc begin_correction(struct work *w, const char *corrects, struct err *reterr)
{
	struct store_entity *e = NULL;
	enum rc rc = record_draft_corrects(&w->b, corrects, &e, &w->form, reterr);

	if (rc == RC_OK)
		rc = record_draft_correction(&w->b, e->id, &w->draft, reterr);
	if (rc == RC_OK && w->draft)
		rc = record_draft_form(&w->b, w->draft, &w->form, reterr);
	else if (rc == RC_OK)
		rc = record_draft_correct(&w->b, e, w->form, NULL, &w->draft, reterr);
	store_entity_free(e);
	return rc;
}

static enum rc begin_edit(struct work *w, const char *edits, struct err *reterr)
{
	struct store_entity *e = NULL;
	enum rc rc = look_find(w->b.agent, NULL, edits, &e, reterr);

	if (rc == RC_OK)
		rc = record_draft_edit(&w->b, e, &w->draft, reterr);
	if (rc == RC_OK)
		rc = record_draft_form(&w->b, w->draft, &w->form, reterr);
	store_entity_free(e);
	return rc;
}

static enum rc begin(struct work *w, struct err *reterr)
{
	const char *edits = json_get_str(w->in, "edits"),
		   *corrects = json_get_str(w->in, "corrects");

	if (edits && corrects)
		return err_set(reterr, RC_USAGE, NULL, "draft.one_of", NULL);
	if (corrects)
		return begin_correction(w, corrects, reterr);
	return edits ? begin_edit(w, edits, reterr) : begin_plain(w, reterr);
}

static enum rc run_new(const struct op_call *call, const struct json *in, struct json **ret,
		       struct err *reterr)
{
	struct record_typed t = {.fields = json_get(in, "fields")};
	struct work w;
	enum rc rc = work_open(&w, call, in, reterr);

	if (rc == RC_OK)
		rc = begin(&w, reterr);
	if (rc == RC_OK)
		rc = take(&w, &t, reterr);
	if (rc == RC_OK)
		rc = draft_keep(w.b.agent, w.draft, reterr);
	if (rc == RC_OK)
		rc = answer(&w, false, ret, reterr);
	work_close(&w);
	return rc;
}

/* ---- draft show, set, remove ---- */

static enum rc run_show(const struct op_call *call, const struct json *in, struct json **ret,
			struct err *reterr)
{
	struct work w;
	enum rc rc = work_open(&w, call, in, reterr);

	if (rc == RC_OK)
		rc = find(&w, reterr);
	if (rc == RC_OK)
		rc = answer(&w, true, ret, reterr);
	work_close(&w);
	return rc;
}

static enum rc run_set(const struct op_call *call, const struct json *in, struct json **ret,
		       struct err *reterr)
{
	struct record_typed t = {.fields = json_get(in, "fields"),
				 .add = json_get_str(in, "add"),
				 .focus = json_get_str(in, "focus"),
				 .reason = json_get_str(in, "reason")};
	struct work w;
	enum rc rc = work_open(&w, call, in, reterr);

	json_get_int(in, "line", &t.line);
	if (rc == RC_OK)
		rc = find(&w, reterr);
	if (rc == RC_OK)
		rc = take(&w, &t, reterr);
	if (rc == RC_OK)
		rc = draft_keep(w.b.agent, w.draft, reterr);
	if (rc == RC_OK)
		rc = answer(&w, false, ret, reterr);
	work_close(&w);
	return rc;
}

static enum rc run_remove(const struct op_call *call, const struct json *in, struct json **ret,
			  struct err *reterr)
{
	struct record_typed t = {.discard = true};
	struct work w;
	enum rc rc = work_open(&w, call, in, reterr);

	if (rc == RC_OK)
		rc = find(&w, reterr);
	if (rc == RC_OK && json_get_int(in, "line", &t.line)) {
		rc = take(&w, &t, reterr);
		if (rc == RC_OK)
			rc = draft_keep(w.b.agent, w.draft, reterr);
		if (rc == RC_OK)
			rc = answer(&w, false, ret, reterr);
	} else if (rc == RC_OK) {
		rc = draft_remove(w.b.agent, json_get_str(w.draft, "id"), reterr);
		if (rc == RC_OK)
			*ret = json_object();
	}
	work_close(&w);
	return rc;
}

/* ---- print ---- */

static void print_live(const struct lang *lang, const struct json *fields, struct buf *text)
{
	struct print_table t;

	print_table_init(&t);
	for (const struct json *f = json_first(fields); f; f = json_next(f)) {
		const char *typed = print_str(f, "typed"), *say = print_str(f, "error");
		if (!say[0])
			say = print_str(f, "missing");
		if (!typed[0])
			typed = print_str(f, "text");
		if (!typed[0] && !say[0])
			continue;
		print_row(&t);
		print_cell(&t, json_name(f));
		print_cell(&t, typed);
		print_cell(&t, say);
	}
	print_table_end(&t, 2, text);
	(void)lang;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	if (!json_get(out, "fields")) {
		print_line(lang, text, "draft.removed");
		return;
	}
	lang_format(lang, text, "show.head", "kind", print_str(out, "kind_label"), "title",
		    print_str(out, "title"), "id", print_str(out, "short"), NULL);
	buf_add_char(text, '\n');
	print_live(lang, json_get(out, "fields"), text);
	for (const struct json *x = json_first(json_get(out, "lines")); x; x = json_next(x)) {
		buf_addf(text, "%lld. %s %s\n", (long long)print_num(x, "no"),
			 print_str(x, "kind_label"), print_str(x, "title"));
		print_live(lang, json_get(x, "fields"), text);
	}
	print_line(lang, text, print_is(out, "ready") ? "draft.ready" : "draft.not_ready");
}

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const struct op op_draft_new = {
    "draft new", "draft.new.summary", OP_WRITE, new_args, COUNT(new_args), run_new, print, NULL};
const struct op op_draft_show = {
    "draft show", "draft.show.summary", OP_READ, show_args, COUNT(show_args), run_show, print, NULL};
const struct op op_draft_set = {
    "draft set", "draft.set.summary", OP_WRITE, set_args, COUNT(set_args), run_set, print, NULL};
const struct op op_draft_remove = {"draft remove",  "draft.remove.summary", OP_WRITE,   remove_args,
				   COUNT(remove_args), run_remove,             print, NULL};
