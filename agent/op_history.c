/*
 * op history: who wrote what into a record, when (as the interval the log proves, and what
 * the PC's clock said), from which value to which, and why. Reads only.
 */
#include <string.h>

#include "agent/look.h"
#include "agent/ops.h"
#include "agent/print.h"
#include "lib/codec.h"
#include "lib/limits.h"

static const struct op_arg args[] = {
    {.name = "id",
     .type = OP_STRING,
     .flags = OP_POSITIONAL | OP_REQUIRED,
     .help = "record.arg.id",
     .meta = "ID"},
    {.name = "field", .type = OP_STRING, .flags = 0, .help = "history.arg.field", .meta = "FIELD"},
};

/* Only one field's. */
static void narrow(struct json **changes, const char *field)
{
	struct json *some = json_array();

	for (const struct json *c = json_first(*changes); c; c = json_next(c))
		if (strcmp(print_str(c, "field"), field) == 0)
			json_append(some, json_copy(c));
	json_free(*changes);
	*changes = some;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	const char *field = json_get_str(in, "field");
	struct store_entity *e = NULL;
	struct look_history h = {0};
	struct json *changes = NULL, *o;
	char uuid[CODEC_UUID_LEN + 1], end[LOOK_SHORT];
	struct view_as as;
	struct look l;
	enum rc rc = look_open(&l, call, reterr);

	if (rc == RC_OK)
		rc = look_find(l.agent, NULL, json_get_str(in, "id"), &e, reterr);
	if (rc == RC_OK)
		rc = look_history(l.agent, e->no, &h, reterr);
	if (rc == RC_OK) {
		as = look_as(&l, e->form);
		rc = view_history(&as, h.view, h.nview, &changes, reterr);
	}
	if (rc == RC_OK) {
		struct buf title;
		const struct form_field *ff = field && e->form ? look_field(e->form, field) : NULL;
		buf_init(&title, LIMIT_VIEW_TEXT);
		view_title(&as, e->state, &title);
		if (field)
			narrow(&changes, ff ? ff->name : field);
		codec_uuid(e->id, uuid);
		look_short(e->id, end);
		o = json_object();
		json_set_str(o, "id", uuid);
		json_set_str(o, "short", end);
		json_set_str(o, "kind", e->kind);
		json_set_str(o, "kind_label",
			     e->form ? form_say(e->form->label, lang_name(l.lang)) : e->kind);
		json_set_str(o, "title", title.p ? (const char *)title.p : "");
		json_set(o, "changes", changes);
		buf_free(&title);
		*ret = o;
	}
	look_history_free(&h);
	store_entity_free(e);
	look_close(&l);
	return rc;
}

/* ---- print ---- */

static void print_entry_head(const struct lang *lang, const struct json *c, struct buf *text)
{
	const char *who = print_str(c, "who"), *reason = print_str(c, "reason"),
		   *why = print_str(c, "why");

	buf_add_str(text, who[0] ? who : lang_text(lang, "history.unknown"));
	buf_add_str(text, ", ");
	view_when_text(lang, c, text);
	buf_add_char(text, '\n');
	view_flags_text(c, "  ", text);
	if (reason[0]) {
		buf_add_str(text, "  ");
		lang_format(lang, text, "history.reason", "reason", reason, NULL);
		buf_add_char(text, '\n');
	}
	if (why[0]) {
		buf_add_str(text, "  ! ");
		buf_add_str(text, why);
		buf_add_char(text, '\n');
	}
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	const char *last = "";

	lang_format(lang, text, "show.head", "kind", print_str(out, "kind_label"), "title",
		    print_str(out, "title"), "id", print_str(out, "short"), NULL);
	buf_add_char(text, '\n');
	for (const struct json *c = json_first(json_get_arr(out, "changes")); c; c = json_next(c)) {
		const char *sep = "";
		if (strcmp(last, print_str(c, "entry")) != 0)
			print_entry_head(lang, c, text);
		last = print_str(c, "entry");
		if (strcmp(print_str(c, "field"), "children") ==
		    0) /* ids say nothing to a person */
			continue;
		buf_add_str(text, "  ");
		buf_add_str(text, print_str(c, "label"));
		buf_add_str(text, ": ");
		for (const struct json *o = json_first(json_get_arr(c, "old")); o;
		     o = json_next(o)) {
			buf_add_str(text, sep);
			buf_add_str(text, print_str(o, "text"));
			sep = " / ";
		}
		buf_add_str(text, json_len(json_get_arr(c, "old")) > 0 ? " → " : "");
		buf_add_str(text, print_str(c, "new_text"));
		buf_add_char(text, '\n');
	}
}

const struct op op_history = {
    "history", "history.summary", OP_READ, args, sizeof(args) / sizeof(args[0]), run, print, NULL};
