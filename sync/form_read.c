/*
 * form_read: one form definition from JSON into struct form, or a refusal with its place.
 *
 * Each kind of object has a table of the members it may have; a row says how the
 * member is read, where to, whether it must be there and for which field types it makes
 * sense. Rows are read in the order of the table, not of the text, so that a row may rely
 * on those above it. docs/FORMS.md describes the same members for authors. Here are the
 * tables' mechanism and small values; form_read_expr.c has expressions, form_read_field.c the
 * members of a field, form_read_form.c those of the form. Not here: what needs other forms
 * (form_set_check).
 */
#include "sync/form_read.h"

#include <stdlib.h>
#include <string.h>

#include "lib/text.h"

/* ---- refusals ---- */

static void path_write(const struct form_place *at, struct buf *out)
{
	if (at == NULL)
		return;
	path_write(at->up, out);
	if (at->name == NULL) {
		buf_addf(out, "[%zu]", at->index);
		return;
	}
	if (out->len > 0)
		buf_add_char(out, '.');
	buf_add_str(out, at->name);
}

void form_read_add_path(const struct form_place *at, struct err *reterr)
{
	struct buf path;

	buf_init(&path, ERR_ARG_LEN - 1);
	path_write(at, &path);
	err_add(reterr, "at", path.len > 0 ? (const char *)path.p : "");
	buf_free(&path);
}

/* `name` may be NULL. */
enum rc form_read_refuse(const struct form_reader *r, const struct form_place *at, const char *key,
			 const char *name)
{
	err_set(r->reterr, RC_INPUT, NULL, key, NULL);
	form_read_add_path(at, r->reterr);
	err_add(r->reterr, "name", name != NULL ? name : "");
	return RC_INPUT;
}

enum rc form_read_go_on(struct form_reader *r, enum rc rc)
{
	if (r->take == NULL || (rc != RC_INPUT && rc != RC_LIMIT))
		return rc;
	r->take(r->arg, r->reterr);
	r->taken++;
	return RC_OK;
}

enum rc form_read_no_memory(const struct form_reader *r)
{
	return err_set(r->reterr, RC_NOMEM, NULL, "form.memory", NULL);
}

void *form_read_alloc(const struct form_reader *r, size_t n, size_t size)
{
	return arena_alloc(&r->f->mem, n * size + 1); /* also for n == 0 */
}

/* ---- members by table ---- */

static const struct form_member *find_member(const struct form_member *table, size_t n,
					     const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

enum rc form_read_members(struct form_reader *r, const struct form_member *table, size_t n,
			  void *whole, const struct json *obj, const struct form_place *at)
{
	enum rc rc = RC_OK;

	if (json_kind(obj) != JSON_OBJECT)
		return form_read_refuse(r, at, "formdef.not_object", NULL);
	for (const struct json *v = json_first(obj); rc == RC_OK && v != NULL; v = json_next(v))
		if (find_member(table, n, json_name(v)) == NULL)
			rc = form_read_go_on(
			    r, form_read_refuse(r, &(struct form_place){at, json_name(v), 0},
						"formdef.member", json_name(v)));
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		const struct json *v = json_get(obj, table[i].name);
		struct form_place here = {at, table[i].name, 0};

		if (v == NULL && table[i].required)
			rc = form_read_refuse(r, &here, "formdef.missing", table[i].name);
		if (v != NULL)
			rc = table[i].read(r, whole, (char *)whole + table[i].offset, v, &here);
		if (!table[i].required || at == NULL) /* the others of a part lean on these */
			rc = form_read_go_on(r, rc);
	}
	return rc;
}

/* ---- small values ---- */

bool form_read_is_name(const char *s, size_t max)
{
	size_t i = 0;

	for (; s[i] != '\0'; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') ||
		      (i > 0 && ((s[i] >= '0' && s[i] <= '9') || s[i] == '_'))))
			return false;
	return i > 0 && i <= max;
}

enum rc form_read_form_name(struct form_reader *r, void *whole, void *part, const struct json *v,
			    const struct form_place *at)
{
	const char *s = json_str(v);

	(void)whole;
	if (s == NULL || !form_read_is_name(s, FORM_NAME_MAX))
		return form_read_refuse(r, at, "formdef.name", s);
	*(const char **)part = s;
	return RC_OK;
}

enum rc form_read_field_name(struct form_reader *r, void *whole, void *part, const struct json *v,
			     const struct form_place *at)
{
	const char *s = json_str(v);

	(void)whole;
	if (s == NULL || !form_read_is_name(s, NAME_MAX_LEN) || strcmp(s, "parent") == 0)
		return form_read_refuse(r, at, "formdef.name", s);
	*(const char **)part = s;
	return RC_OK;
}

/* A value of a list: printable ASCII without spaces, so that selected() can tell them apart. */
enum rc form_read_value(struct form_reader *r, void *whole, void *part, const struct json *v,
			const struct form_place *at)
{
	const char *s = json_str(v);
	size_t n = 0;

	(void)whole;
	while (s != NULL && s[n] > ' ' && s[n] < 0x7f)
		n++;
	if (s == NULL || s[n] != '\0' || n == 0 || n > VALUE_MAX_LEN)
		return form_read_refuse(r, at, "formdef.value", s);
	*(const char **)part = s;
	return RC_OK;
}

enum rc form_read_label(struct form_reader *r, void *whole, void *part, const struct json *v,
			const struct form_place *at)
{
	const char *s = json_str(v);

	(void)whole;
	if (s == NULL || s[0] == '\0' || strlen(s) > LIMIT_FORM_LABEL || !text_is_nfc(span_str(s)))
		return form_read_refuse(r, at, "formdef.label", NULL);
	*(const char **)part = s;
	return RC_OK;
}

/* {"vi": …, "en": …} */
enum rc form_read_pair(struct form_reader *r, void *whole, void *part, const struct json *v,
		       const struct form_place *at)
{
	static const struct form_member table[] = {
	    {"vi", form_read_label, offsetof(struct form_text, vi), true, 0},
	    {"en", form_read_label, offsetof(struct form_text, en), true, 0},
	};

	(void)whole;
	return form_read_members(r, table, COUNT(table), part, v, at);
}

enum rc form_read_whole_number(const struct form_reader *r, const struct json *v, int64_t min,
			       int64_t max, const struct form_place *at, int64_t *ret)
{
	int64_t n;

	if (!json_int(v, &n) || n < min || n > max)
		return form_read_refuse(r, at, "formdef.number", NULL);
	*ret = n;
	return RC_OK;
}

/* Array of names into *retv, *retn. */
enum rc form_read_names(struct form_reader *r, const struct json *v, const struct form_place *at,
			const char *const **retv, size_t *retn)
{
	size_t n = json_len(v), i = 0;
	const char **names;

	if (json_kind(v) != JSON_ARRAY || n > LIMIT_FORM_FIELDS)
		return form_read_refuse(r, at, "formdef.not_names", NULL);
	names = form_read_alloc(r, n, sizeof(*names));
	if (names == NULL)
		return form_read_no_memory(r);
	for (const struct json *x = json_first(v); x != NULL; x = json_next(x), i++) {
		names[i] = json_str(x);
		if (names[i] == NULL || !form_read_is_name(names[i], NAME_MAX_LEN))
			return form_read_refuse(r, &(struct form_place){at, NULL, i},
						"formdef.name", names[i]);
	}
	*retv = names;
	*retn = n;
	return RC_OK;
}

/* ---- the whole ---- */

static enum rc read_all(struct form_reader *r, struct span text)
{
	struct json_rules rules = json_rules_tree;
	enum rc rc;

	rules.max_len = LIMIT_FORM_JSON;
	r->f = calloc(1, sizeof(*r->f));
	if (r->f == NULL)
		return form_read_no_memory(r);
	arena_init(&r->f->mem, LIMIT_FORM_MEM);
	rc = form_read_go_on(r, json_parse(text, &rules, &r->f->json, r->reterr));
	if (rc == RC_OK && r->taken == 0)
		rc = form_read_go_on(r, form_read_form(r, r->f->json));
	if (rc == RC_OK && r->taken == 0) /* names make sense once all parts are there */
		rc = form_read_check_exprs(r);
	if (rc == RC_OK && r->taken == 0)
		rc = form_read_go_on(r, form_read_order_derived(r));
	return rc;
}

enum rc form_parse(struct span text, struct form **ret, struct err *reterr)
{
	struct form_reader r = {.reterr = reterr};
	enum rc rc = read_all(&r, text);

	if (rc != RC_OK) {
		form_free(r.f);
		return rc;
	}
	*ret = r.f;
	return RC_OK;
}

enum rc form_problems(struct span text, void (*take)(void *arg, const struct err *why), void *arg,
		      struct form **ret, struct err *reterr)
{
	struct err why;
	struct form_reader r = {.reterr = &why, .take = take, .arg = arg};
	enum rc rc;

	err_clear(&why);
	rc = read_all(&r, text);
	if (rc == RC_OK && r.taken == 0)
		*ret = r.f;
	else
		form_free(r.f);
	if (rc != RC_OK && reterr != NULL)
		*reterr = why;
	return rc;
}

static void free_rules(const struct form_rule *rule, size_t n)
{
	for (size_t i = 0; i < n; i++)
		expr_free(rule[i].expr);
}

void form_free(struct form *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < f->nfield; i++) {
		const struct form_field *x = &f->field[i];

		expr_free(x->required_if);
		expr_free(x->relevant);
		expr_free(x->constraint);
		expr_free(x->calculate);
		expr_free(x->def_expr);
		re_free(x->re);
		free_rules(x->warn, x->nwarn);
	}
	free_rules(f->rule, f->nrule);
	json_free(f->json);
	arena_free(&f->mem);
	free(f);
}
