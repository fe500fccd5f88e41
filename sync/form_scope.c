/*
 * form_scope: expressions over one record: its fields, its derived fields, its parent
 * and its children.
 *
 * Derived values are computed once, in the order that form_read found; those of
 * children when first asked for, each child seeing this record as its parent. A child's own
 * children are never known here, so nothing goes deeper. What met an unknown parent or
 * unknown children is itself unknown, not empty.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/form_part.h"

enum { NAME_LEN = 128 }; /* kind, dot, field: at most 32 + 1 + 48, and the NUL */

/* A name taken apart: `kind` is "" for a field of the record itself. */
struct name {
	char kind[NAME_LEN];
	char field[NAME_LEN];
};

static bool split(struct span s, struct name *n)
{
	const uint8_t *dot;
	size_t at;

	if (s.len == 0 || s.len >= NAME_LEN)
		return false;
	dot = memchr(s.p, '.', s.len);
	at = dot != NULL ? (size_t)(dot - s.p) : 0;
	memcpy(n->kind, s.p, at);
	n->kind[at] = '\0';
	at += dot != NULL;
	memcpy(n->field, s.p + at, s.len - at);
	n->field[s.len - at] = '\0';
	return true;
}

/* ---- children ---- */

/* Is this child of that kind, in whatever version? */
static bool is_kind(const struct json *child, const char *kind)
{
	const char *s = json_get_str(child, "kind");
	char name[FORM_NAME_LEN];
	unsigned version;

	return s != NULL && form_kind_split(span_str(s), name, &version) && strcmp(name, kind) == 0;
}

static const struct form *child_form(const struct form_scope *s, const struct json *child)
{
	const char *kind = json_get_str(child, "kind");

	return s->around.set != NULL && kind != NULL ? form_set_kind(s->around.set, kind) : NULL;
}

static enum rc child_values(const struct form_scope *s, const struct json *child,
			    struct json **ret, struct err *reterr)
{
	const struct form_around around = {
		.set = s->around.set, .now_s = s->around.now_s, .parent = s->rec};
	const struct form *f = child_form(s, child);

	if (f == NULL || f->nderived == 0) {
		*ret = json_null();
		return RC_OK;
	}
	return form_check_derived(f, json_get(child, "fields"), &around, ret, reterr);
}

/* Compute what all children derive. */
static enum rc derive_children(struct form_scope *s, struct err *reterr)
{
	struct json *all = json_array();

	for (const struct json *c = json_first(s->around.children); c != NULL; c = json_next(c)) {
		struct json *values = NULL;
		enum rc rc = child_values(s, c, &values, reterr);

		if (rc != RC_OK) {
			json_free(all);
			return rc;
		}
		json_append(all, values);
	}
	s->child_derived = all;
	return all != NULL ? RC_OK : err_set(reterr, RC_NOMEM, NULL, "form.memory", NULL);
}

/* ${kind.field}: one item for each child of the kind. */
static enum rc get_children(struct form_scope *s, const struct name *n, struct arena *mem,
			    struct expr_value *ret, struct err *reterr)
{
	const struct json *c = json_first(s->around.children), *derived;
	struct expr_value *item;
	size_t count = 0;
	enum rc rc = RC_OK;

	item = arena_alloc(mem, (json_len(s->around.children) + 1) * sizeof(*item));
	if (item == NULL)
		return err_set(reterr, RC_NOMEM, NULL, "expr.memory", NULL);
	if (s->child_derived == NULL)
		rc = derive_children(s, reterr);
	derived = json_first(s->child_derived);
	for (; rc == RC_OK && c != NULL; c = json_next(c), derived = json_next(derived)) {
		const struct form *f = child_form(s, c);
		const struct form_field *x = f != NULL ? form_field(f, n->field) : NULL;
		const struct json *v = json_get(json_get(c, "fields"), n->field);

		if (!is_kind(c, n->kind))
			continue;
		if (x != NULL && x->type == FORM_DERIVED)
			v = json_get(derived, n->field);
		rc = form_value_expr(x, v, mem, &item[count], reterr);
		if (item[count].type == EXPR_SET) /* items are single values */
			item[count] = item[count].n > 0 ? item[count].item[0] : expr_empty();
		count++;
	}
	*ret = (struct expr_value){.type = EXPR_SET, .item = item, .n = count};
	return rc;
}

/* ---- names ---- */

static enum rc get_around(struct form_scope *s, const struct name *n, struct arena *mem,
			  struct expr_value *ret, struct err *reterr)
{
	bool parent = strcmp(n->kind, "parent") == 0;

	if (parent ? s->around.parent == NULL : s->around.children == NULL) {
		s->missing = true;
		return RC_OK;
	}
	if (parent)
		return form_value_expr(NULL, json_get(s->around.parent, n->field), mem, ret, reterr);
	return get_children(s, n, mem, ret, reterr);
}

static enum rc get(void *ctx, struct span name, struct arena *mem, struct expr_value *ret,
		   struct err *reterr)
{
	struct form_scope *s = ctx;
	const struct form_field *x;
	struct name n;

	*ret = expr_empty();
	if (span_eq_str(name, "."))
		x = s->self;
	else if (!split(name, &n))
		return RC_OK;
	else if (n.kind[0] != '\0')
		return get_around(s, &n, mem, ret, reterr);
	else
		x = form_field(s->form, n.field);
	if (x == NULL)
		return RC_OK;
	s->missing = s->missing || s->unknown[x - s->form->field];
	return form_value_expr(x, json_get(x->type == FORM_DERIVED ? s->derived : s->rec, x->name),
			       mem, ret, reterr);
}

/* ---- evaluation ---- */

enum rc form_scope_test(struct form_scope *s, const struct expr *x, const struct form_field *self,
			bool otherwise, bool *ret, struct err *reterr)
{
	const struct expr_env env = {.get = get, .ctx = s, .now_s = s->around.now_s};
	bool truth;
	enum rc rc;

	s->self = self;
	s->missing = false;
	rc = expr_test(x, &env, &truth, reterr);
	if (rc == RC_OK)
		*ret = s->missing ? otherwise : truth;
	return rc;
}

enum rc form_scope_value(struct form_scope *s, const struct expr *x,
			 const struct form_field *field, struct json **ret, struct err *reterr)
{
	const struct expr_env env = {.get = get, .ctx = s, .now_s = s->around.now_s};
	struct expr_value v;
	struct arena mem;
	enum rc rc;

	s->self = NULL;
	s->missing = false;
	arena_init(&mem, LIMIT_EXPR_MEM);
	rc = expr_eval(x, &env, &mem, &v, reterr);
	if (rc == RC_OK && s->missing)
		*ret = NULL;
	else if (rc == RC_OK)
		rc = form_value_wire(field, &v, ret, reterr);
	arena_free(&mem);
	return rc;
}

enum rc form_scope_open(struct form_scope *s, const struct form *f, const struct json *rec,
			const struct form_around *around, struct err *reterr)
{
	memset(s, 0, sizeof(*s));
	s->form = f;
	s->rec = rec;
	s->around = *around;
	s->derived = json_object();
	if (s->derived == NULL)
		return err_set(reterr, RC_NOMEM, NULL, "form.memory", NULL);
	for (size_t i = 0; i < f->nderived; i++) {
		const struct form_field *x = &f->field[f->derived[i]];
		struct json *v = NULL;

		/* what cannot be computed (overflow) is unknown as well; form_check says so */
		if (form_scope_value(s, x->calculate, x, &v, NULL) != RC_OK || s->missing)
			s->unknown[f->derived[i]] = true;
		else if (v != NULL)
			json_set(s->derived, x->name, v);
	}
	return RC_OK;
}

void form_scope_close(struct form_scope *s)
{
	json_free(s->derived);
	json_free(s->child_derived);
}
