/*
 * op conflicts: what waits for a person: fields with two values, each with what stood before, what
 * the centre and what communes wrote, who and when as an interval (M4, M10); what was edited
 * while somebody wrote the thing off (M16); checks corrected by two people (M12, M17).
 */
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "server-stub/act.h"
#include "server-stub/matter.h"
#include "server-stub/ops.h"
#include "server-stub/submission.h"
#include "server-stub/things.h"
#include "server-stub/who.h"

enum { LIMIT_DEFAULT = 100, LIMIT_MOST = 1000 };

static const struct op_arg args[] = {
    {.name = "scope", .type = OP_STRING, .help = "act.arg.scope", .meta = "CODE"},
    {.name = "kind", .type = OP_STRING, .help = "act.arg.kind", .meta = "KIND"},
    {.name = "offset", .type = OP_INT, .help = "held.arg.offset", .max = INT32_MAX},
    {.name = "limit", .type = OP_INT, .help = "held.arg.limit", .min = 1, .max = LIMIT_MOST},
};

/* ---- which ---- */

struct found {
	const struct op_call *call;
	struct json *all;
	int64_t total; /* of those that whoever asks may see */
	int64_t offset, limit;
};

static bool take(void *arg, const struct archive_entity *e)
{
	struct found *f = arg;
	char id[CODEC_UUID_LEN + 1];
	struct json *o;

	if (!who_sees(f->call, e->scope) || f->total++ < f->offset ||
	    (int64_t)json_len(f->all) >= f->limit)
		return true;
	o = json_object();
	codec_uuid(e->id, id);
	json_set_str(o, "scope", e->scope);
	json_set_str(o, "kind", e->kind);
	json_set_str(o, "id", id);
	json_append(f->all, o);
	return true;
}

static enum rc read_found(const struct json *in, struct found *found, struct err *reterr)
{
	struct collector *col = found->call->app;
	struct archive_filter f = {.scope = json_get_str(in, "scope"),
				   .kind = json_get_str(in, "kind"),
				   .conflicts = true,
				   .limit = INT64_MAX};
	struct archive_reader *r = NULL;
	enum rc rc = archive_read(col->archive, &r, reterr);

	if (rc == RC_OK)
		rc = r->entities(r->ctx, &f, take, found, NULL, reterr);
	archive_read_end(col->archive, r);
	return rc;
}

/* The corrections of a kind in a scope, and what was chosen. */
static enum rc read_chain(struct collector *col, const struct act_entity *x, struct chain **ret,
			  struct err *reterr)
{
	struct archive_reader *r = NULL;
	enum rc rc = archive_read(col->archive, &r, reterr);

	if (rc == RC_OK) {
		const struct matter_store m = matter_archive(r, x->snap->forms);
		rc = matter_chain(&m, x->e.scope, x->e.kind, ret, reterr);
	}
	archive_read_end(col->archive, r);
	return rc;
}

/* ---- one ---- */

static bool is_central(void *ctx, const struct view_entry *e)
{
	(void)ctx;
	return e->in.central;
}

static struct view_as as_of(const struct op_call *call, const struct lang *lang,
			    const struct act_entity *x)
{
	return (struct view_as){.form = x->form,
				.lang = lang,
				.title = submission_title,
				.mine = is_central,
				.ctx = (void *)(uintptr_t)call};
}

static enum rc add_values(const struct op_call *call, const struct lang *lang,
			  const struct act_entity *x, struct json *all, struct err *reterr)
{
	const struct view_as as = as_of(call, lang, x);
	struct act_history h = {.n = 0};
	struct json *fields = NULL, *retired = NULL, *o;
	enum rc rc = act_history(call->app, x, &h, reterr);

	if (rc == RC_OK)
		rc = view_conflicts(&as, x->state, h.v, h.n, &fields, reterr);
	if (rc == RC_OK)
		rc = view_retired(&as, x->state, h.v, h.n, &retired, reterr);
	if (rc == RC_OK && (json_len(fields) > 0 || retired)) {
		o = things_name(call, lang, x);
		json_set(o, "fields", fields);
		if (retired)
			json_set(o, "retired", retired);
		json_append(all, o);
	} else {
		json_free(fields);
		json_free(retired);
	}
	act_history_free(&h);
	return rc;
}

/* One correction, with who wrote it, when and why. */
static enum rc add_correction(const struct op_call *call, const struct lang *lang,
			      const struct act_entity *of, const uint8_t *id, struct json *all,
			      struct err *reterr)
{
	static const char *const about[] = {"who",      "key",    "at",   "at_text",
					    "interval", "reason", "entry"};
	struct collector *col = call->app;
	struct act_entity x = {.state = NULL};
	struct act_history h = {.n = 0};
	struct json *changes = NULL, *o;
	char uuid[CODEC_UUID_LEN + 1];
	enum rc rc;

	codec_uuid(id, uuid);
	rc = act_entity(col, of->e.scope, of->e.kind, uuid, &x, reterr);
	if (rc == RC_OK)
		rc = act_history(col, &x, &h, reterr);
	if (rc == RC_OK) {
		const struct view_as as = as_of(call, lang, &x);
		rc = view_history(&as, h.v, h.n, &changes, reterr);
	}
	if (rc == RC_OK) {
		o = things_name(call, lang, &x);
		for (size_t i = 0; i < sizeof(about) / sizeof(about[0]); i++)
			if (json_get(json_first(changes), about[i]))
				json_set(o, about[i],
					 json_copy(json_get(json_first(changes), about[i])));
		json_append(all, o);
	}
	json_free(changes);
	act_history_free(&h);
	act_entity_free(col, &x);
	return rc;
}

static enum rc add_dispute(const struct op_call *call, const struct lang *lang,
			   const struct act_entity *x, const struct chain *c, struct json *out,
			   struct err *reterr)
{
	struct json *o, *list = json_array();
	const uint8_t *id, *of;
	const char *scope;
	bool open = false;
	enum rc rc = RC_OK;

	for (size_t i = 0; chain_dispute(c, i, &scope, &of); i++)
		open = open || memcmp(of, x->e.id, 16) == 0;
	for (size_t i = 0;
	     open && rc == RC_OK && (id = chain_correction(c, x->e.scope, x->e.id, i)) != NULL; i++)
		rc = add_correction(call, lang, x, id, list, reterr);
	if (open && rc == RC_OK) {
		o = things_name(call, lang, x);
		json_set(o, "corrections", list);
		json_append(json_get_arr(out, "corrections"), o);
	} else {
		json_free(list);
	}
	return rc;
}

/* Of a check that was corrected only the corrections matter; of anything else its values. */
static enum rc add_one(const struct op_call *call, const struct lang *lang,
		       const struct json *which, struct json *out, struct err *reterr)
{
	struct collector *col = call->app;
	struct act_entity x = {.state = NULL};
	struct chain *c = NULL;
	bool corrected = false;
	enum rc rc = act_named(call, which, &x, reterr);

	if (rc == RC_OK && x.form && form_field(x.form, CHAIN_FIELD)) {
		rc = read_chain(col, &x, &c, reterr);
		corrected = rc == RC_OK && chain_correction(c, x.e.scope, x.e.id, 0);
	}
	if (rc == RC_OK)
		rc = corrected
			 ? add_dispute(call, lang, &x, c, out, reterr)
			 : add_values(call, lang, &x, json_get_arr(out, "conflicts"), reterr);
	chain_free(c);
	act_entity_free(col, &x);
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct found found = {.call = call, .all = json_array(), .limit = LIMIT_DEFAULT};
	struct json *out = json_object();
	struct lang *lang = NULL;
	enum rc rc = act_lang(call, &lang, reterr);

	json_get_int(in, "offset", &found.offset);
	json_get_int(in, "limit", &found.limit);
	if (rc == RC_OK)
		rc = read_found(in, &found, reterr);
	json_set_int(out, "total", found.total);
	json_set(out, "conflicts", json_array());
	json_set(out, "corrections", json_array());
	for (const struct json *e = json_first(found.all); rc == RC_OK && e; e = json_next(e))
		rc = add_one(call, lang, e, out, reterr);
	json_free(found.all);
	lang_free(lang);
	if (rc == RC_OK)
		*ret = out;
	else
		json_free(out);
	return rc;
}

/* ---- print ---- */

static void print_side(const struct lang *lang, const struct json *s, const char *value,
		       const char *key, struct buf *text)
{
	const char *who = json_get_str(s, "who"), *reason = json_get_str(s, "reason");
	struct buf when;

	buf_init(&when, LIMIT_TEXT);
	view_when_text(lang, s, &when);
	buf_add_str(text, "    ");
	lang_format(lang, text, key, "value", value && value[0] ? value
							      : lang_text(lang, "conflicts.empty"),
		    "who", who ? who : "?", "at", when.p ? (const char *)when.p : "?", NULL);
	if (reason && reason[0])
		buf_addf(text, " · %s", reason);
	buf_add_char(text, '\n');
	view_flags_text(s, "      ", text);
	buf_free(&when);
}

static void print_sides(const struct lang *lang, const struct json *sides, const char *key,
			struct buf *text)
{
	for (const struct json *s = json_first(sides); s; s = json_next(s))
		print_side(lang, s, json_get_str(s, "text"), key, text);
}

static void print_head(const struct lang *lang, const struct json *e, const char *key,
		       struct buf *text)
{
	lang_format(lang, text, key, "kind", json_get_str(e, "kind_label"), "title",
		    json_get_str(e, "title"), "scope", json_get_str(e, "scope"), "id",
		    json_get_str(e, "id"), NULL);
	buf_add_char(text, '\n');
}

static void print_retired(const struct lang *lang, const struct json *r, struct buf *text)
{
	if (!r)
		return;
	buf_addf(text, "  %s\n", lang_text(lang, "conflicts.retired"));
	print_sides(lang, json_get_arr(r, "by"), "centre.side", text);
	for (const struct json *e = json_first(json_get_arr(r, "edits")); e; e = json_next(e))
		for (const struct json *f = json_first(json_get_arr(e, "fields")); f;
		     f = json_next(f)) {
			struct buf value;
			buf_init(&value, LIMIT_VIEW_TEXT);
			buf_addf(&value, "%s: %s", json_get_str(f, "label"),
				 json_get_str(f, "text"));
			print_side(lang, e, value.p ? (const char *)value.p : "", "centre.side",
				   text);
			buf_free(&value);
		}
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	const struct json *all = json_get_arr(out, "conflicts"),
			  *two = json_get_arr(out, "corrections");

	if (json_len(all) == 0 && json_len(two) == 0) {
		buf_add_str(text, lang_text(lang, "conflicts.none"));
		buf_add_char(text, '\n');
	}
	for (const struct json *e = json_first(all); e; e = json_next(e)) {
		print_head(lang, e, "conflicts.entity", text);
		for (const struct json *f = json_first(json_get_arr(e, "fields")); f;
		     f = json_next(f)) {
			buf_add_str(text, "  ");
			lang_format(lang, text, "centre.label", "label", json_get_str(f, "label"),
				    NULL);
			buf_add_char(text, '\n');
			print_sides(lang, json_get_arr(f, "base"), "centre.base", text);
			print_sides(lang, json_get_arr(f, "siblings"), "centre.side", text);
		}
		print_retired(lang, json_get_obj(e, "retired"), text);
	}
	for (const struct json *e = json_first(two); e; e = json_next(e)) {
		print_head(lang, e, "conflicts.corrections", text);
		for (const struct json *c = json_first(json_get_arr(e, "corrections")); c;
		     c = json_next(c))
			print_side(lang, c, json_get_str(c, "id"), "centre.side", text);
	}
}

const struct op op_conflicts = {
    "conflicts", "conflicts.summary", OP_READ, args, sizeof(args) / sizeof(args[0]), run, print,
    NULL};
