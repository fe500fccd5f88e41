/*
 * form_view: a form as a screen draws it. See form_view.h.
 */
#include "sync/form_view.h"

#include <string.h>

#include "sync/chain.h"
#include "sync/same.h"

struct json *form_view_pair(struct form_text t)
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
	json_set(o, "label", form_view_pair(ff->label));
	json_set_str(o, "by", by_whom(f, ff));
	json_set_bool(o, "required", ff->required);
	json_set_bool(o, "conditional", ff->relevant != NULL);
	if (ff->hint.vi)
		json_set(o, "hint", form_view_pair(ff->hint));
	if (ff->unit.vi)
		json_set(o, "unit", form_view_pair(ff->unit));
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
				json_set(o, "label", form_view_pair(f->section[next++].label));
			json_set(o, "fields", fields);
			json_append(all, o);
		}
		json_append(fields, field_of(f, &f->field[i]));
	}
	return all;
}

struct json *form_view(const struct form_set *set, const struct form *f)
{
	const struct form *newest = form_set_open(set, f->name);
	struct json *o = json_object(), *title = json_array();

	json_set_str(o, "kind", f->name);
	json_set_int(o, "version", f->version);
	json_set_int(o, "newest", newest ? newest->version : f->version);
	json_set_str(o, "class", form_class_name(f->class));
	json_set(o, "label", form_view_pair(f->label));
	for (size_t i = 0; i < f->ntitle; i++)
		json_append_str(title, f->title[i]);
	json_set(o, "title", title);
	json_set(o, "sections", sections_of(f));
	return o;
}

struct json *form_view_lines(const struct form_set *set, const struct form *f)
{
	struct json *all = json_array();

	for (size_t i = 0; i < f->nchild; i++) {
		const struct form *cf = form_set_open(set, f->child[i].kind);
		struct json *o;
		if (!cf)
			continue;
		o = form_view(set, cf);
		json_set_int(o, "min", (int64_t)f->child[i].min);
		if (f->child[i].max != SIZE_MAX)
			json_set_int(o, "max", (int64_t)f->child[i].max);
		json_append(all, o);
	}
	return all;
}
