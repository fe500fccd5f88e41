/*
 * op form list|show: every form with its versions (draft, published, closed) and where in the log each
 * began and ended; one of them as a clerk's page draws it, drafts too. Reads only.
 */
#include <string.h>

#include "lib/num.h"
#include "server-stub/act.h"
#include "server-stub/form_draft.h"
#include "server-stub/form_family.h"
#include "server-stub/ops.h"
#include "sync/form_view.h"
#include "sync/kinds.h"

/* ---- list ---- */

/* Where each version was published and closed: "name/version" -> {…}. */
struct past {
	struct json *of;
	enum rc rc;
	struct err *reterr;
};

static void note(struct json *of, const struct authority_form *f, const struct archive_row *row)
{
	char kind[FORM_KIND_LEN];
	struct json *o;

	form_kind_join(f->name, f->version, kind);
	o = json_get_obj(of, kind);
	if (!o) {
		o = json_object();
		json_set(of, kind, o);
	}
	json_set_int(o, f->closed ? "closed_index" : "index", row->index);
	json_set_int(o, f->closed ? "closed_at" : "published_at", row->received_at);
}

static bool take_row(void *arg, const struct archive_row *row)
{
	struct past *p = arg;
	struct authority_form f;
	struct entry *e = NULL;

	if (row->op != ENTRY_FORM || row->verdict != KEYRING_ADMITTED)
		return true;
	p->rc = archive_read_entry(row, &e, p->reterr);
	if (p->rc == RC_OK)
		p->rc = authority_form(e, &f, p->reterr);
	if (p->rc == RC_OK)
		note(p->of, &f, row);
	entry_free(e);
	return p->rc == RC_OK;
}

static enum rc read_past(struct collector *col, struct json *of, struct err *reterr)
{
	struct past p = {.of = of, .reterr = reterr};
	struct archive_reader *r = NULL;
	enum rc rc = archive_read(col->archive, &r, reterr);

	if (rc != RC_OK)
		return rc;
	rc = r->authority_rows(r->ctx, take_row, &p, reterr);
	archive_read_end(col->archive, r);
	return rc == RC_OK ? p.rc : rc;
}

static struct json *version_of(const struct form *f, enum form_state state, const struct json *past)
{
	static const char *const when[] = {"index", "published_at", "closed_index", "closed_at"};
	char kind[FORM_KIND_LEN];
	struct json *o = json_object();
	int64_t v;

	form_kind_join(f->name, f->version, kind);
	json_set_int(o, "version", f->version);
	json_set_str(o, "state", state == FORM_CLOSED ? "closed" : "published");
	for (size_t i = 0; i < sizeof(when) / sizeof(when[0]); i++)
		if (json_get_int(json_get_obj(past, kind), when[i], &v))
			json_set_int(o, when[i], v);
	return o;
}

static struct json *draft_of(const struct json *doc)
{
	struct json *o = json_object();
	int64_t at = 0, version = 0;

	json_get_int(doc, "saved_at", &at);
	json_get_int(json_at(json_get_arr(doc, "forms"), 0), "version", &version);
	json_set_int(o, "version", version);
	json_set_int(o, "saved_at", at);
	json_set_str(o, "source", json_get_str(doc, "source"));
	return o;
}

static struct json *one_of(const struct form *newest)
{
	struct json *o = json_object();

	json_set_str(o, "form", newest->name);
	json_set(o, "label", form_view_pair(newest->label));
	json_set_str(o, "class", form_class_name(newest->class));
	json_set_bool(o, "built_in", kinds_class(newest->name) != KINDS_OTHER);
	json_set(o, "versions", json_array());
	return o;
}

static void add_published(const struct form_set *set, const struct json *past,
			  struct json *drafts, struct json *all)
{
	enum form_state state;
	struct json *o = NULL;
	const struct form *f;

	for (size_t i = 0; (f = form_set_at(set, i, &state)) != NULL; i++) {
		if (!o || strcmp(json_get_str(o, "form"), f->name) != 0) {
			o = one_of(form_set_newest(set, f->name));
			if (json_get(drafts, f->name))
				json_set(o, "draft", draft_of(json_get(drafts, f->name)));
			json_remove(drafts, f->name);
			json_append(all, o);
		}
		json_append(json_get_arr(o, "versions"), version_of(f, state, past));
	}
}

/* Of forms no version of which is published yet. */
static void add_drafts(const struct json *drafts, struct json *all)
{
	for (const struct json *d = json_first(drafts); d; d = json_next(d)) {
		const struct json *def = json_at(json_get_arr(d, "forms"), 0);
		const struct json *label = json_get_obj(def, "label");
		const char *class = json_get_str(def, "class");
		struct json *o = json_object();

		json_set_str(o, "form", json_name(d));
		json_set(o, "label", label ? json_copy(label) : json_object());
		json_set_str(o, "class", class ? class : "");
		json_set_bool(o, "built_in", false);
		json_set(o, "versions", json_array());
		json_set(o, "draft", draft_of(d));
		json_append(all, o);
	}
}

static enum rc list_run(const struct op_call *call, const struct json *in, struct json **ret,
			struct err *reterr)
{
	struct collector *col = call->app;
	const struct ingest_snapshot *snap;
	struct json *past = json_object(), *drafts = NULL, *all = json_array();
	enum rc rc = form_draft_all(col, &drafts, reterr);

	(void)in;
	if (rc == RC_OK)
		rc = read_past(col, past, reterr);
	snap = ingest_snapshot(col->ingest);
	if (rc == RC_OK) {
		add_published(snap->forms, past, drafts, all);
		add_drafts(drafts, all);
		*ret = json_object();
		json_set(*ret, "forms", all);
	} else {
		json_free(all);
	}
	ingest_snapshot_end(col->ingest, snap);
	json_free(past);
	json_free(drafts);
	return rc;
}

static void print_version(const struct lang *lang, const struct json *v, const char *state,
			  struct buf *text)
{
	char n[NUM_I64_LEN];
	int64_t version = 0;

	json_get_int(v, "version", &version);
	num_str(version, n);
	buf_add_str(text, "  ");
	lang_format(lang, text, state, "version", n, NULL);
	buf_add_char(text, '\n');
}

static void list_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	for (const struct json *f = json_first(json_get_arr(out, "forms")); f; f = json_next(f)) {
		const char *label = json_get_str(json_get_obj(f, "label"), lang_name(lang));

		buf_addf(text, "%s (%s)\n", label ? label : "", json_get_str(f, "form"));
		for (const struct json *v = json_first(json_get_arr(f, "versions")); v;
		     v = json_next(v))
			print_version(lang, v,
				      strcmp(json_get_str(v, "state"), "closed") == 0
					  ? "form.line.closed"
					  : "form.line.published",
				      text);
		if (json_get(f, "draft"))
			print_version(lang, json_get_obj(f, "draft"), "form.line.draft", text);
	}
}

const struct op op_form_list = {.name = "form list",
				.summary = "form.list.summary",
				.flags = OP_READ,
				.run = list_run,
				.print = list_print};

/* ---- show ---- */

static const struct op_arg show_args[] = {
    {.name = "name",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "form.arg.name"},
    {.name = "version",
     .type = OP_INT,
     .flags = OP_POSITIONAL,
     .help = "form.arg.version_shown",
     .min = 1,
     .max = 9999},
    {.name = "draft", .type = OP_BOOL, .help = "form.arg.show_draft"},
};

static struct json *shown(const struct form_set *set, const struct form *f, const char *state)
{
	struct json *o = form_view(set, f);

	json_set(o, "children", form_view_lines(set, f));
	json_set_str(o, "state", state);
	json_set(o, "definition", json_copy(f->json));
	return o;
}

/* Of a draft with faults there is nothing to draw, only what is wrong and the definition. */
static enum rc show_draft(struct collector *col, const struct lang *lang, const char *name,
			  struct json **ret, struct err *reterr)
{
	struct form_family x = {.n = 0};
	struct json *doc = NULL, *o = NULL;
	char hash[FORM_DRAFT_HASH] = "";
	enum rc rc = form_draft_get(col, name, &doc, reterr);

	if (rc == RC_OK)
		rc = form_draft_hash(doc, hash, reterr);
	if (rc == RC_OK)
		rc = form_family_of(json_get_arr(doc, "forms"), &x, reterr);
	if (rc == RC_OK)
		rc = form_family_check(col, lang, &x, reterr);
	if (rc == RC_OK && form_family_form(&x, 0)) {
		o = shown(x.set, form_family_form(&x, 0), "draft");
	} else if (rc == RC_OK) {
		o = draft_of(doc);
		json_set_str(o, "kind", name);
		json_set_str(o, "state", "draft");
		json_set(o, "definition", json_copy(json_at(json_get_arr(doc, "forms"), 0)));
	}
	if (o) {
		json_set_str(o, "sha256", hash);
		json_set(o, "findings", json_copy(x.findings));
		*ret = o;
	}
	form_family_free(&x);
	json_free(doc);
	return rc;
}

static enum rc show_published(struct collector *col, const struct json *in, struct json **ret,
			      struct err *reterr)
{
	const struct ingest_snapshot *snap = ingest_snapshot(col->ingest);
	const char *name = json_get_str(in, "name");
	const struct form *f = form_set_newest(snap->forms, name);
	enum form_state state = FORM_PUBLISHED;
	int64_t version = 0;
	enum rc rc = RC_OK;

	if (!f)
		rc = err_set(reterr, RC_NOTFOUND, NULL, "form.unknown", "name", name, NULL);
	else if (json_get_int(in, "version", &version))
		f = form_set_get(snap->forms, name, (unsigned)version);
	if (rc == RC_OK && !f) {
		rc = err_num(reterr, RC_NOTFOUND, NULL, "form.no_version", "version", version);
		err_add(reterr, "name", name);
	}
	for (size_t i = 0; rc == RC_OK && form_set_at(snap->forms, i, &state) != f; i++)
		;
	if (rc == RC_OK)
		*ret = shown(snap->forms, f, state == FORM_CLOSED ? "closed" : "published");
	ingest_snapshot_end(col->ingest, snap);
	return rc;
}

static enum rc show_run(const struct op_call *call, const struct json *in, struct json **ret,
			struct err *reterr)
{
	struct lang *lang = NULL;
	bool draft = false;
	enum rc rc;

	if (!json_get_bool(in, "draft", &draft) || !draft)
		return show_published(call->app, in, ret, reterr);
	rc = act_lang(call, &lang, reterr);
	if (rc == RC_OK)
		rc = show_draft(call->app, lang, json_get_str(in, "name"), ret, reterr);
	lang_free(lang);
	return rc;
}

static const char *said(const struct lang *lang, const struct json *o, const char *name)
{
	const char *s = json_get_str(json_get_obj(o, name), lang_name(lang));

	return s ? s : "";
}

static void show_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	buf_addf(text, "%s (%s)\n", said(lang, out, "label"), json_get_str(out, "kind"));
	if (json_get_str(out, "sha256"))
		buf_addf(text, "sha256 %s\n", json_get_str(out, "sha256"));
	for (const struct json *f = json_first(json_get_arr(out, "findings")); f; f = json_next(f))
		buf_addf(text, "  %s\n", json_get_str(f, "text"));
	for (const struct json *s = json_first(json_get_arr(out, "sections")); s; s = json_next(s)) {
		buf_addf(text, "%s\n", said(lang, s, "label"));
		for (const struct json *f = json_first(json_get_arr(s, "fields")); f;
		     f = json_next(f)) {
			bool required = false;

			json_get_bool(f, "required", &required);
			buf_addf(text, "  %s %s (%s, %s)\n", required ? "*" : " ",
				 said(lang, f, "label"), json_get_str(f, "name"),
				 json_get_str(f, "type"));
		}
	}
}

const struct op op_form_show = {.name = "form show",
				.summary = "form.show.summary",
				.flags = OP_READ,
				.arg = show_args,
				.narg = sizeof(show_args) / sizeof(show_args[0]),
				.run = show_run,
				.print = show_print};
