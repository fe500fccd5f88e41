/*
 * form_read_form: the members of a form besides its fields: kind, title, key, relations,
 * lists, sections, rules. Does NOT read fields or resolve names.
 */
#include "sync/form_read.h"

#include <string.h>

/* ---- the form's own members ---- */

static enum rc read_version(struct form_reader *r, void *whole, void *part, const struct json *v,
			    const struct form_place *at)
{
	int64_t n = 0;
	enum rc rc = form_read_whole_number(r, v, 1, VERSION_MAX, at, &n);

	(void)whole;
	*(unsigned *)part = (unsigned)n;
	return rc;
}

static enum rc read_scope(struct form_reader *r, void *whole, void *part, const struct json *v,
			  const struct form_place *at)
{
	const char *s = json_str(v);

	(void)whole;
	if (s == NULL || (strcmp(s, "*") != 0 && strcmp(s, "commune") != 0))
		return form_read_refuse(r, at, "formdef.scope", s);
	*(bool *)part = s[0] == '*';
	return RC_OK;
}

static enum rc read_class(struct form_reader *r, void *whole, void *part, const struct json *v,
			  const struct form_place *at)
{
	const char *s = json_str(v);

	(void)whole;
	for (unsigned c = 0; s != NULL && c < FORM_CLASS_N; c++) {
		if (strcmp(s, form_class_name((enum form_class)c)) == 0) {
			*(enum form_class *)part = (enum form_class)c;
			return RC_OK;
		}
	}
	return form_read_refuse(r, at, "formdef.class", s);
}

static enum rc read_items(struct form_reader *r, struct form_list *list, const struct json *v,
			  const struct form_place *at)
{
	static const struct form_member table[] = {
	    {"v", form_read_value, offsetof(struct form_item, v), true, 0},
	    {"vi", form_read_label, offsetof(struct form_item, label.vi), true, 0},
	    {"en", form_read_label, offsetof(struct form_item, label.en), true, 0},
	};
	size_t n = json_len(v), i = 0;
	struct form_item *items;

	if (json_kind(v) != JSON_ARRAY || n == 0 || n > LIMIT_FORM_LIST)
		return form_read_refuse(r, at, "formdef.not_array", NULL);
	items = form_read_alloc(r, n, sizeof(*items));
	if (items == NULL)
		return form_read_no_memory(r);
	list->item = items;
	for (const struct json *x = json_first(v); x != NULL; x = json_next(x)) {
		struct form_place here = {at, NULL, i++};
		size_t before = r->taken;
		enum rc rc = form_read_members(r, table, COUNT(table), &items[list->n], x, &here);

		if (rc == RC_OK && form_item(list, items[list->n].v) != NULL)
			rc = form_read_refuse(r, &here, "formdef.twice", items[list->n].v);
		rc = form_read_go_on(r, rc);
		if (rc != RC_OK)
			return rc;
		list->n += r->taken == before;
	}
	return RC_OK;
}

static enum rc read_lists(struct form_reader *r, void *whole, void *part, const struct json *v,
			  const struct form_place *at)
{
	size_t n = json_len(v), i = 0;
	struct form_list *lists;

	(void)whole;
	(void)part;
	if (json_kind(v) != JSON_OBJECT || n > LIMIT_FORM_LISTS)
		return form_read_refuse(r, at, "formdef.not_object", NULL);
	lists = form_read_alloc(r, n, sizeof(*lists));
	if (lists == NULL)
		return form_read_no_memory(r);
	for (const struct json *x = json_first(v); x != NULL; x = json_next(x), i++) {
		struct form_place here = {at, json_name(x), 0};
		enum rc rc;

		lists[i].name = json_name(x);
		if (!form_read_is_name(lists[i].name, NAME_MAX_LEN))
			return form_read_refuse(r, &here, "formdef.name", lists[i].name);
		rc = form_read_go_on(r, read_items(r, &lists[i], x, &here));
		if (rc != RC_OK)
			return rc;
	}
	r->f->list = lists;
	r->f->nlist = n;
	return RC_OK;
}

static enum rc read_child_min(struct form_reader *r, void *whole, void *part, const struct json *v,
			      const struct form_place *at)
{
	int64_t n = 0;
	enum rc rc = form_read_whole_number(r, v, 0, LIMIT_FORM_CHILDREN, at, &n);

	(void)whole;
	*(size_t *)part = (size_t)n;
	return rc;
}

static enum rc read_child_max(struct form_reader *r, void *whole, void *part, const struct json *v,
			      const struct form_place *at)
{
	const struct form_child *c = whole;
	int64_t n = 0;
	enum rc rc = form_read_whole_number(r, v, (int64_t)c->min, LIMIT_FORM_CHILDREN, at, &n);

	*(size_t *)part = (size_t)n;
	return rc;
}

static enum rc read_children(struct form_reader *r, void *whole, void *part, const struct json *v,
			     const struct form_place *at)
{
	static const struct form_member table[] = {
	    {"kind", form_read_form_name, offsetof(struct form_child, kind), true, 0},
	    {"min", read_child_min, offsetof(struct form_child, min), false, 0},
	    {"max", read_child_max, offsetof(struct form_child, max), false, 0},
	};
	size_t n = json_len(v), i = 0;
	struct form_child *children;

	(void)whole;
	(void)part;
	if (json_kind(v) != JSON_ARRAY || n > LIMIT_FORM_LISTS)
		return form_read_refuse(r, at, "formdef.not_array", NULL);
	children = form_read_alloc(r, n, sizeof(*children));
	if (children == NULL)
		return form_read_no_memory(r);
	r->f->child = children;
	for (const struct json *x = json_first(v); x != NULL; x = json_next(x)) {
		struct form_child *c = &children[r->f->nchild];
		struct form_place here = {at, NULL, i++};
		size_t before = r->taken;
		enum rc rc;

		c->max = SIZE_MAX;
		rc = form_read_members(r, table, COUNT(table), c, x, &here);
		if (rc == RC_OK && form_child(r->f, c->kind) != NULL)
			rc = form_read_refuse(r, &here, "formdef.twice", c->kind);
		rc = form_read_go_on(r, rc);
		if (rc != RC_OK)
			return rc;
		r->f->nchild += r->taken == before;
	}
	return RC_OK;
}

static enum rc read_parent_kinds(struct form_reader *r, void *whole, void *part,
				 const struct json *v, const struct form_place *at)
{
	struct form *f = whole;
	enum rc rc = form_read_names(r, v, at, &f->parent_kind, &f->nparent_kind);

	(void)part;
	return rc == RC_OK && f->nparent_kind == 0
		   ? form_read_refuse(r, at, "formdef.not_names", NULL)
		   : rc;
}

static enum rc read_parent(struct form_reader *r, void *whole, void *part, const struct json *v,
			   const struct form_place *at)
{
	static const struct form_member table[] = {
	    {"field", form_read_field_name, offsetof(struct form, parent_field), true, 0},
	    {"kinds", read_parent_kinds, 0, true, 0},
	};
	struct form *f = whole;
	const struct form_field *x;
	enum rc rc = form_read_members(r, table, COUNT(table), whole, v, at);

	(void)part;
	if (rc != RC_OK)
		return rc;
	x = form_field(f, f->parent_field);
	if (x == NULL || x->type != FORM_REF)
		return form_read_refuse(r, &(struct form_place){at, "field", 0}, "formdef.field",
					f->parent_field);
	return RC_OK;
}

static enum rc read_title(struct form_reader *r, void *whole, void *part, const struct json *v,
			  const struct form_place *at)
{
	struct form *f = whole;
	enum rc rc = form_read_names(r, v, at, &f->title, &f->ntitle);

	(void)part;
	for (size_t i = 0; rc == RC_OK && i < f->ntitle; i++)
		if (form_field(f, f->title[i]) == NULL)
			rc = form_read_go_on(r, form_read_refuse(r, &(struct form_place){at, NULL, i},
								 "formdef.field", f->title[i]));
	return rc;
}

/* Each begins at a field of its own, in the order of the fields. */
static enum rc read_sections(struct form_reader *r, void *whole, void *part, const struct json *v,
			     const struct form_place *at)
{
	static const struct form_member table[] = {
	    {"vi", form_read_label, offsetof(struct form_section, label.vi), true, 0},
	    {"en", form_read_label, offsetof(struct form_section, label.en), true, 0},
	    {"from", form_read_field_name, offsetof(struct form_section, from), true, 0},
	};
	struct form *f = whole;
	struct form_section *sections;
	size_t n = json_len(v), next = 0, i = 0;

	(void)part;
	if (json_kind(v) != JSON_ARRAY || n > LIMIT_FORM_FIELDS)
		return form_read_refuse(r, at, "formdef.not_array", NULL);
	sections = form_read_alloc(r, n, sizeof(*sections));
	if (sections == NULL)
		return form_read_no_memory(r);
	f->section = sections;
	for (const struct json *x = json_first(v); x != NULL; x = json_next(x)) {
		struct form_section *s = &sections[f->nsection];
		struct form_place here = {at, NULL, i++};
		const struct form_field *from = NULL;
		size_t before = r->taken;
		enum rc rc = form_read_members(r, table, COUNT(table), s, x, &here);

		if (rc == RC_OK)
			from = form_field(f, s->from);
		if (rc == RC_OK && (from == NULL || (size_t)(from - f->field) < next))
			rc = form_read_refuse(r, &here, "formdef.field", s->from);
		rc = form_read_go_on(r, rc);
		if (rc != RC_OK)
			return rc;
		if (r->taken > before)
			continue;
		s->first = (size_t)(from - f->field);
		next = s->first + 1;
		f->nsection++;
	}
	return RC_OK;
}

/* Key parts: stored fields with a text or number of their own, or "scope". */
static enum rc read_key(struct form_reader *r, void *whole, void *part, const struct json *v,
			const struct form_place *at)
{
	struct form *f = whole;
	enum rc rc = form_read_names(r, v, at, &f->key, &f->nkey);

	(void)part;
	for (size_t i = 0; rc == RC_OK && i < f->nkey; i++) {
		const struct form_field *x = form_field(f, f->key[i]);
		bool fits = x != NULL && ((STORED & ~LISTS & ~BIT(FORM_BLOB)) & BIT(x->type)) != 0;

		if (!fits && strcmp(f->key[i], "scope") != 0)
			rc = form_read_go_on(r, form_read_refuse(r, &(struct form_place){at, NULL, i},
								 "formdef.field", f->key[i]));
	}
	return rc;
}

static enum rc read_form_rules(struct form_reader *r, void *whole, void *part, const struct json *v,
			       const struct form_place *at)
{
	static const struct form_member table[] = {
	    {"constraint", form_read_constraint_rule, offsetof(struct form_rule, expr), false, 0},
	    {"warn", form_read_warn_rule, offsetof(struct form_rule, expr), false, 0},
	    {"vi", form_read_label, offsetof(struct form_rule, msg.vi), true, 0},
	    {"en", form_read_label, offsetof(struct form_rule, msg.en), true, 0},
	};
	struct form *f = whole;

	(void)part;
	return form_read_rules(r, table, COUNT(table), v, at, &f->rule, &f->nrule);
}

#define FORM(m) offsetof(struct form, m)

static const struct form_member form_table[] = {
    {"form", form_read_form_name, FORM(name), true, 0},
    {"version", read_version, FORM(version), true, 0},
    {"scope", read_scope, FORM(any_scope), true, 0},
    {"class", read_class, FORM(class), true, 0},
    {"label", form_read_pair, FORM(label), true, 0},
    {"lists", read_lists, 0, false, 0},
    {"fields", form_read_fields, 0, true, 0},
    {"sections", read_sections, 0, false, 0},
    {"children", read_children, 0, false, 0},
    {"parent", read_parent, 0, false, 0},
    {"title", read_title, 0, true, 0},
    {"key", read_key, 0, false, 0},
    {"rules", read_form_rules, 0, false, 0},
};

enum rc form_read_form(struct form_reader *r, const struct json *obj)
{
	return form_read_members(r, form_table, COUNT(form_table), r->f, obj, NULL);
}
