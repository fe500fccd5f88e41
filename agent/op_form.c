/*
 * op form: a form as a screen draws it: sections, fields with their words in both languages,
 * lists, kinds of lines. Rules are not in it: what they say of a draft is told by the draft's own
 * operations, so that they stand in one place. Reads only.
 */
#include <string.h>

#include "agent/look.h"
#include "agent/ops.h"
#include "agent/print.h"
#include "lib/num.h"
#include "sync/chain.h"
#include "sync/same.h"

static const struct op_arg args[] = {
    {.name = "kind",
     .type = OP_STRING,
     .flags = OP_POSITIONAL,
     .help = "record.arg.kind",
     .meta = "KIND"},
    {.name = "version",
     .type = OP_INT,
     .help = "form_show.arg.version",
     .meta = "N",
     .min = 1,
     .max = 9999},
};

static struct json *pair(struct form_text t)
{
	struct json *o = json_object();

	json_set_str(o, "vi", t.vi);
	json_set_str(o, "en", t.en);
	return o;
}

/*
 * Who fills it in: a person, once and for ever, only in a correction, the program, or
 * nobody: it is computed, to be shown or only for other computations. */
static const char *by_whom(const struct form *f, const struct form_field *ff)
{
	if (ff->type == FORM_DERIVED)
		return ff->inner ? "inner" : "computed";
	if ((f->parent_field && strcmp(ff->name, f->parent_field) == 0) ||
	    strcmp(ff->name, CHAIN_FIELD) == 0 || strcmp(ff->name, SAME_FIELD) == 0)
		return "program";
	if (form_field(f, CHAIN_FIELD) && strcmp(ff->name, "reason") == 0)
		return "correction";
	return ff->merge == FORM_IMMUTABLE ? "once" : "person";
}

static struct json *list_of(const struct form_list *list)
{
	struct json *all = json_array();

	for (size_t i = 0; i < list->n; i++) {
		struct json *o = json_object();
		json_set_str(o, "v", list->item[i].v);
		json_set_str(o, "vi", list->item[i].label.vi);
		json_set_str(o, "en", list->item[i].label.en);
		json_append(all, o);
	}
	return all;
}

static struct json *field_of(const struct form *f, const struct form_field *ff)
{
	struct json *o = json_object(), *of = json_array();

	json_set_str(o, "name", ff->name);
	json_set_str(o, "type", form_type_name(ff->type));
	json_set(o, "label", pair(ff->label));
	json_set_str(o, "by", by_whom(f, ff));
	json_set_bool(o, "required", ff->required);
	json_set_bool(o, "conditional", ff->relevant != NULL);
	if (ff->hint.vi)
		json_set(o, "hint", pair(ff->hint));
	if (ff->unit.vi)
		json_set(o, "unit", pair(ff->unit));
	if (ff->list)
		json_set(o, "list", list_of(ff->list));
	if (ff->maxlen > 0)
		json_set_int(o, "maxlen", (int64_t)ff->maxlen);
	if (ff->type == FORM_DECIMAL)
		json_set_int(o, "places", ff->places);
	for (size_t i = 0; i < ff->nof; i++)
		json_append_str(of, ff->of[i]);
	if (ff->nof > 0)
		json_set(o, "of", of);
	else
		json_free(of);
	return o;
}

/* Fields before the first heading have a section without one. */
static struct json *sections_of(const struct form *f)
{
	struct json *all = json_array(), *fields = NULL;
	size_t next = 0;

	for (size_t i = 0; i < f->nfield; i++) {
		bool begins = next < f->nsection && f->section[next].first == i;
		if (begins || !fields) {
			struct json *o = json_object();
			fields = json_array();
			if (begins)
				json_set(o, "label", pair(f->section[next++].label));
			json_set(o, "fields", fields);
			json_append(all, o);
		}
		json_append(fields, field_of(f, &f->field[i]));
	}
	return all;
}

static struct json *describe(const struct form_set *set, const struct form *f)
{
	const struct form *newest = form_set_open(set, f->name);
	struct json *o = json_object(), *title = json_array();

	json_set_str(o, "kind", f->name);
	json_set_int(o, "version", f->version);
	json_set_int(o, "newest", newest ? newest->version : f->version);
	json_set_str(o, "class", form_class_name(f->class));
	json_set(o, "label", pair(f->label));
	for (size_t i = 0; i < f->ntitle; i++)
		json_append_str(title, f->title[i]);
	json_set(o, "title", title);
	json_set(o, "sections", sections_of(f));
	return o;
}

/* The kinds of its lines, each described too. */
static struct json *children_of(const struct form_set *set, const struct form *f)
{
	struct json *all = json_array();

	for (size_t i = 0; i < f->nchild; i++) {
		const struct form *cf = form_set_open(set, f->child[i].kind);
		struct json *o;
		if (!cf)
			continue;
		o = describe(set, cf);
		json_set_int(o, "min", (int64_t)f->child[i].min);
		if (f->child[i].max != SIZE_MAX)
			json_set_int(o, "max", (int64_t)f->child[i].max);
		json_append(all, o);
	}
	return all;
}

/* Without a kind: all that a clerk may fill in, by name. */
static struct json *all_forms(const struct form_set *set)
{
	struct json *all = json_array();
	const struct form *f;

	for (size_t i = 0; (f = form_set_at(set, i, NULL)) != NULL; i++) {
		struct json *o;
		if (f->class == FORM_CENTRE || f != form_set_open(set, f->name))
			continue;
		o = json_object();
		json_set_str(o, "kind", f->name);
		json_set_int(o, "version", f->version);
		json_set_str(o, "class", form_class_name(f->class));
		json_set(o, "label", pair(f->label));
		json_append(all, o);
	}
	return all;
}

static enum rc no_version(const char *kind, int64_t version, struct err *reterr)
{
	char num[NUM_I64_LEN];

	num_str(version, num);
	return err_set(reterr, RC_NOTFOUND, NULL, "form.no_version", "name", kind, "version", num,
		       NULL);
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct agent *agent = call->app;
	const struct form_set *set = store_forms(agent->store);
	const char *kind = json_get_str(in, "kind");
	const struct form *f = NULL;
	int64_t version = 0;
	enum rc rc;

	if (!kind) {
		*ret = json_object();
		json_set(*ret, "forms", all_forms(set));
		return RC_OK;
	}
	rc = look_form(agent, kind, &f, reterr);
	if (rc == RC_OK && json_get_int(in, "version", &version)) {
		f = form_set_get(set, f->name, (unsigned)version);
		if (!f)
			rc = no_version(kind, version, reterr);
	}
	if (rc != RC_OK)
		return rc;
	*ret = describe(set, f);
	json_set(*ret, "children", children_of(set, f));
	return RC_OK;
}

/* ---- print ---- */

static const char *said(const struct lang *lang, const struct json *o, const char *name)
{
	return print_str(json_get(o, name), lang_name(lang));
}

static void print_forms(const struct lang *lang, const struct json *forms, struct buf *text)
{
	struct print_table t;

	print_table_init(&t);
	for (const struct json *f = json_first(forms); f; f = json_next(f)) {
		print_row(&t);
		print_cell(&t, print_str(f, "kind"));
		print_cell_int(&t, print_num(f, "version"));
		print_cell(&t, said(lang, f, "label"));
	}
	print_table_end(&t, 0, text);
}

static void print_section(const struct lang *lang, const struct json *s, struct buf *text)
{
	struct print_table t;

	if (json_get(s, "label")) {
		buf_add_str(text, said(lang, s, "label"));
		buf_add_char(text, '\n');
	}
	print_table_init(&t);
	for (const struct json *f = json_first(json_get(s, "fields")); f; f = json_next(f)) {
		print_row(&t);
		print_cell(&t, print_is(f, "required") ? "*" : "");
		print_cell(&t, said(lang, f, "label"));
		print_cell(&t, print_str(f, "name"));
		print_cell(&t, print_str(f, "type"));
		print_cell(&t, said(lang, f, "unit"));
	}
	print_table_end(&t, 2, text);
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	if (json_get(out, "forms")) {
		print_forms(lang, json_get(out, "forms"), text);
		return;
	}
	buf_addf(text, "%s (%s/%lld)\n", said(lang, out, "label"), print_str(out, "kind"),
		 (long long)print_num(out, "version"));
	for (const struct json *s = json_first(json_get(out, "sections")); s; s = json_next(s))
		print_section(lang, s, text);
}

const struct op op_form = {"form", "form_show.summary", OP_READ, args, sizeof(args) / sizeof(args[0]),
			   run,    print,          NULL};
