/*
 * form: what is asked of a form in memory, and the names of its enumerations.
 *
 * Reading a definition is form_read.c, the collection of all versions form_set.c,
 * checking a record form_check.c.
 */
#include "sync/form.h"

#include <stdio.h>
#include <string.h>

#include "lib/num.h"

enum { KIND_VERSION_MAX = 9999 };

const struct form_field *form_field(const struct form *f, const char *name)
{
	for (size_t i = 0; i < f->nfield; i++)
		if (strcmp(f->field[i].name, name) == 0)
			return &f->field[i];
	return NULL;
}

const struct form_item *form_item(const struct form_list *l, const char *v)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->item[i].v, v) == 0)
			return &l->item[i];
	return NULL;
}

const struct form_child *form_child(const struct form *f, const char *kind)
{
	for (size_t i = 0; i < f->nchild; i++)
		if (strcmp(f->child[i].kind, kind) == 0)
			return &f->child[i];
	return NULL;
}

enum form_merge form_merge(const struct form *f, const char *field)
{
	const struct form_field *x = form_field(f, field);

	if (x != NULL)
		return x->merge;
	return strcmp(field, "reason") == 0 ? FORM_LATEST : FORM_KEEP;
}

const char *form_say(struct form_text t, const char *lang)
{
	return lang != NULL && strcmp(lang, "en") == 0 ? t.en : t.vi;
}

const char *form_type_name(enum form_type t)
{
	static const char *const names[FORM_TYPE_N] = {
		[FORM_TEXT] = "text",       [FORM_CODE] = "code",
		[FORM_INT] = "int",         [FORM_DECIMAL] = "decimal",
		[FORM_MONEY] = "money",     [FORM_DATE] = "date",
		[FORM_DATETIME] = "datetime", [FORM_BOOL] = "bool",
		[FORM_CHOICE] = "choice",   [FORM_CHOICES] = "choices",
		[FORM_REF] = "ref",         [FORM_TAGS] = "tags",
		[FORM_BLOB] = "blob",       [FORM_PHONE] = "phone",
		[FORM_DERIVED] = "derived"};

	return names[t];
}

const char *form_merge_name(enum form_merge m)
{
	static const char *const names[FORM_MERGE_N] = {
		[FORM_KEEP] = "keep",   [FORM_LATEST] = "latest",   [FORM_MAX] = "max",
		[FORM_MIN] = "min",     [FORM_UNION] = "union",     [FORM_CENTRAL] = "central",
		[FORM_IMMUTABLE] = "immutable"};

	return names[m];
}

const char *form_class_name(enum form_class c)
{
	static const char *const names[FORM_CLASS_N] = {
		[FORM_REGISTER] = "register",   [FORM_SESSION] = "session", [FORM_CHECK] = "check",
		[FORM_STATEMENT] = "statement", [FORM_LINE] = "line",       [FORM_CENTRE] = "centre"};

	return names[c];
}

static bool is_kind_char(uint8_t c, size_t i)
{
	return (c >= 'a' && c <= 'z') || (i > 0 && ((c >= '0' && c <= '9') || c == '_'));
}

bool form_kind_split(struct span kind, char name[FORM_NAME_LEN], unsigned *retversion)
{
	uint64_t version = 1;
	size_t len = 0;

	while (len < kind.len && kind.p[len] != '/') {
		if (len >= FORM_NAME_LEN - 1 || !is_kind_char(kind.p[len], len))
			return false;
		len++;
	}
	if (len == 0)
		return false;
	if (len < kind.len && num_u64(span_of(kind.p + len + 1, kind.len - len - 1), 2,
	                              KIND_VERSION_MAX, &version) != RC_OK)
		return false;
	memcpy(name, kind.p, len);
	name[len] = '\0';
	*retversion = (unsigned)version;
	return true;
}

void form_kind_join(const char *name, unsigned version, char out[FORM_KIND_LEN])
{
	if (version <= 1)
		snprintf(out, FORM_KIND_LEN, "%.32s", name);
	else
		snprintf(out, FORM_KIND_LEN, "%.32s/%u", name, version % 10000);
}
