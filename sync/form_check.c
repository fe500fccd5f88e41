/*
 * form_check: a whole record against its form: findings, derived values, defaults.
 *
 * Implements the order and the meaning of docs/FORMS.md. What an expression cannot
 * compute (a number too large) is a finding too, never a failed call: at the collector a
 * record that nobody can check is still kept and flagged (A9). Not here: typed input
 * (form_input), single values (form_value), what names mean (form_scope).
 */
#include "sync/form_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/num.h"
#include "sync/form_part.h"

/* ---- the list of findings ---- */

struct check {
	struct form_scope s;
	struct form_result *r;
	struct err *reterr;
};

void form_check_free(struct form_result *r)
{
	if (r == NULL)
		return;
	free(r->finding);
	json_free(r->derived);
	*r = (struct form_result){0};
}

static enum rc no_memory(struct err *reterr)
{
	return err_set(reterr, RC_NOMEM, NULL, "form.memory", NULL);
}

/* A new finding to fill, in *ret; NULL there when there are enough already. */
static enum rc add(struct check *c, enum form_severity severity, const struct form_field *x,
		   struct form_finding **ret)
{
	struct form_result *r = c->r;

	*ret = NULL;
	r->nerror += severity == FORM_ERROR;
	r->nwarning += severity == FORM_WARNING;
	if (r->n >= LIMIT_FORM_FINDINGS) {
		r->cut = true;
		return RC_OK;
	}
	if (r->n == r->cap) {
		size_t cap = r->cap == 0 ? 8 : r->cap * 2;
		struct form_finding *more = realloc(r->finding, cap * sizeof(*more));

		if (more == NULL)
			return no_memory(c->reterr);
		r->finding = more;
		r->cap = cap;
	}
	*ret = &r->finding[r->n++];
	memset(*ret, 0, sizeof(**ret));
	(*ret)->severity = severity;
	(*ret)->field = x;
	(*ret)->child = SIZE_MAX;
	if (x != NULL)
		snprintf((*ret)->name, sizeof((*ret)->name), "%s", x->name);
	return RC_OK;
}

/* In the form's own words. */
static enum rc add_text(struct check *c, enum form_severity severity, const struct form_field *x,
			struct form_text text)
{
	struct form_finding *f;
	enum rc rc = add(c, severity, x, &f);

	if (f != NULL)
		f->text = text;
	return rc;
}

static enum rc add_err(struct check *c, const struct form_field *x, const struct err *why)
{
	struct form_finding *f;
	enum rc rc = add(c, FORM_ERROR, x, &f);

	if (f != NULL)
		f->why = *why;
	return rc;
}

static enum rc add_key(struct check *c, const struct form_field *x, const char *key)
{
	struct err why;

	form_value_refuse(x, key, NULL, NULL, &why);
	return add_err(c, x, &why);
}

/* About children: of which kind, which one (SIZE_MAX: none), and a number. */
static enum rc add_child(struct check *c, const char *key, const char *kind, size_t child,
			 const char *name, size_t value)
{
	const struct form_set *set = c->s.around.set;
	const struct form *form = set != NULL ? form_set_newest(set, kind) : NULL;
	struct form_finding *f;
	char num[NUM_I64_LEN];
	enum rc rc = add(c, FORM_ERROR, NULL, &f);

	if (f == NULL)
		return rc;
	num_str((int64_t)value, num);
	f->child = child;
	snprintf(f->name, sizeof(f->name), "%.48s", kind);
	err_set(&f->why, RC_INPUT, NULL, key, "label", form != NULL ? form->label.vi : kind,
		"label_en", form != NULL ? form->label.en : kind, name, num, NULL);
	return rc;
}

/* Our messages name a field by {label}; an English reader gets the English one. */
void form_check_say(const struct form_finding *x, const struct lang *lang, struct buf *out)
{
	if (x->text.vi != NULL)
		buf_add_str(out, form_say(x->text, lang != NULL ? lang_name(lang) : "vi"));
	else
		lang_err(lang, &x->why, out);
}

enum rc form_check_err(const struct form_finding *x, struct err *reterr)
{
	if (x->text.vi != NULL)
		return err_set(reterr, RC_INPUT, NULL, "form.says", "text", x->text.vi, "text_en",
			       form_say(x->text, "en"), NULL);
	if (reterr != NULL)
		*reterr = x->why;
	return RC_INPUT;
}

/* ---- one field ---- */

/*
 * *ret = the truth of x; `otherwise` where there is no x, or what it needs is not known, or it
 * could not be computed, which is a finding.
 */
static enum rc test(struct check *c, const struct expr *x, const struct form_field *self,
		    bool otherwise, bool *ret)
{
	struct err why;

	*ret = otherwise;
	if (x == NULL)
		return RC_OK;
	err_clear(&why);
	if (form_scope_test(&c->s, x, self, otherwise, ret, &why) == RC_OK)
		return RC_OK;
	return add_err(c, self, &why);
}

static enum rc check_warnings(struct check *c, const struct form_field *x)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < x->nwarn; i++) {
		bool holds;

		rc = test(c, x->warn[i].expr, x, false, &holds);
		if (rc == RC_OK && holds)
			rc = add_text(c, FORM_WARNING, x, x->warn[i].msg);
	}
	return rc;
}

static enum rc check_derived(struct check *c, const struct form_field *x)
{
	enum rc rc = RC_OK;
	struct json *v = NULL;
	struct err why;

	if (form_value_given(json_get(c->s.rec, x->name)))
		rc = add_key(c, x, "form.derived");
	if (rc != RC_OK || json_get(c->s.derived, x->name) != NULL)
		return rc == RC_OK ? check_warnings(c, x) : rc;
	if (!c->s.unknown[x - c->s.form->field])
		return RC_OK;
	err_clear(&why);
	rc = form_scope_value(&c->s, x->calculate, x, &v, &why); /* again, to say why it failed */
	json_free(v);
	return rc == RC_OK ? RC_OK : add_err(c, x, &why);
}

/* A value that is there: what it is, then what the form says of it. */
static enum rc check_given(struct check *c, const struct form_field *x, const struct json *v)
{
	struct err why;
	bool holds;
	enum rc rc;

	err_clear(&why);
	if (form_value_check(x, v, &why) != RC_OK)
		return add_err(c, x, &why);
	rc = test(c, x->constraint, x, true, &holds);
	if (rc == RC_OK && !holds)
		rc = x->constraint_msg.vi != NULL ? add_text(c, FORM_ERROR, x, x->constraint_msg)
						  : add_key(c, x, "form.constraint");
	return rc == RC_OK ? check_warnings(c, x) : rc;
}

static enum rc check_field(struct check *c, const struct form_field *x)
{
	const struct json *v = json_get(c->s.rec, x->name);
	bool given = form_value_given(v), applies, required;
	enum rc rc;

	if (x->type == FORM_DERIVED)
		return check_derived(c, x);
	rc = test(c, x->relevant, x, true, &applies);
	if (rc != RC_OK)
		return rc;
	if (!applies)
		return given ? add_key(c, x, "form.not_applicable") : RC_OK;
	if (given)
		return check_given(c, x, v);
	rc = test(c, x->required_if, x, x->required, &required);
	return rc == RC_OK && required ? add_key(c, x, "form.required") : rc;
}

/* ---- the form ---- */

static enum rc check_unknown(struct check *c)
{
	enum rc rc = RC_OK;

	for (const struct json *v = json_first(c->s.rec); rc == RC_OK && v != NULL;
	     v = json_next(v)) {
		const char *name = json_name(v);
		struct form_finding *f;

		if (form_field(c->s.form, name) != NULL || strcmp(name, "reason") == 0 ||
		    strcmp(name, "children") == 0) /* these two in any kind: E24 */
			continue;
		rc = add(c, FORM_ERROR, NULL, &f);
		if (f == NULL)
			continue;
		snprintf(f->name, sizeof(f->name), "%.48s", name);
		err_set(&f->why, RC_INPUT, NULL, "form.no_field", "name", name, NULL);
	}
	return rc;
}

static enum rc check_rules(struct check *c)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < c->s.form->nrule; i++) {
		const struct form_rule *x = &c->s.form->rule[i];
		bool holds;

		rc = test(c, x->expr, NULL, !x->warn, &holds);
		if (rc == RC_OK && holds == x->warn)
			rc = add_text(c, x->warn ? FORM_WARNING : FORM_ERROR, NULL, x->msg);
	}
	return rc;
}

/* ---- children ---- */

/* The declared child kind that x is of, in whatever version; NULL when it is none. */
static const struct form_child *child_of(const struct form *f, const struct json *x)
{
	const char *kind = json_get_str(x, "kind");
	char name[FORM_NAME_LEN];
	unsigned version;

	if (kind == NULL || !form_kind_split(span_str(kind), name, &version))
		return NULL;
	return form_child(f, name);
}

static enum rc check_counts(struct check *c)
{
	const struct form *f = c->s.form;
	size_t index = 0;
	enum rc rc = RC_OK;

	for (const struct json *x = json_first(c->s.around.children); rc == RC_OK && x != NULL;
	     x = json_next(x), index++)
		if (child_of(f, x) == NULL)
			rc = add_child(c, "form.children_kind", "?", index, "n", index + 1);
	for (size_t i = 0; rc == RC_OK && i < f->nchild; i++) {
		const struct form_child *k = &f->child[i];
		size_t n = 0;

		for (const struct json *x = json_first(c->s.around.children); x != NULL;
		     x = json_next(x))
			n += child_of(f, x) == k;
		if (n < k->min)
			rc = add_child(c, "form.children_few", k->kind, SIZE_MAX, "min", k->min);
		else if (n > k->max)
			rc = add_child(c, "form.children_many", k->kind, SIZE_MAX, "max", k->max);
	}
	return rc;
}

/* The key of one child as text, and which child it is. */
struct child_key {
	char *text;
	const char *kind; /* of the form */
	size_t index;
	bool again; /* an earlier child has it */
};

static int by_index(const void *a, const void *b)
{
	const struct child_key *x = a, *y = b;

	return (x->index > y->index) - (x->index < y->index);
}

static int by_text(const void *a, const void *b)
{
	const struct child_key *x = a, *y = b;
	int order = strcmp(x->text, y->text);

	return order != 0 ? order : by_index(a, b);
}

/* "kind LF part LF part …"; NULL text when the kind has no key or it is not filled in. */
static enum rc make_key(const struct check *c, const struct json *child, struct child_key *ret)
{
	const struct form_child *k = child_of(c->s.form, child);
	const struct form *f = c->s.around.set != NULL && k != NULL
				   ? form_set_kind(c->s.around.set, json_get_str(child, "kind"))
				   : NULL;
	size_t parts = 0;
	struct buf b;
	char *part;

	ret->text = NULL;
	if (f == NULL || f->nkey == 0)
		return RC_OK;
	ret->kind = k->kind;
	buf_init(&b, LIMIT_ENTRY_PAYLOAD * 2);
	buf_add_str(&b, f->name);
	for (size_t i = 0; i < f->nkey; i++) {
		const struct json *v = json_get(json_get(child, "fields"), f->key[i]);

		if (!form_value_given(v) ||
		    (f->parent_field != NULL && strcmp(f->key[i], f->parent_field) == 0))
			continue; /* the parent is the same for all */
		part = json_print(v);
		buf_add_char(&b, '\n');
		buf_add_str(&b, part != NULL ? part : "");
		free(part);
		parts++;
	}
	if (parts > 0)
		ret->text = buf_take(&b, NULL);
	buf_free(&b);
	return parts > 0 && ret->text == NULL ? no_memory(c->reterr) : RC_OK;
}

/* Two children of one kind with one key would be one entity: the later would hide the earlier. */
static enum rc check_keys(struct check *c)
{
	size_t n = 0, index = 0;
	struct child_key *keys = calloc(json_len(c->s.around.children) + 1, sizeof(*keys));
	enum rc rc = keys != NULL ? RC_OK : no_memory(c->reterr);

	for (const struct json *x = json_first(c->s.around.children); rc == RC_OK && x != NULL;
	     x = json_next(x), index++) {
		rc = make_key(c, x, &keys[n]);
		keys[n].index = index;
		n += rc == RC_OK && keys[n].text != NULL;
	}
	if (rc == RC_OK) {
		qsort(keys, n, sizeof(*keys), by_text);
		for (size_t i = 1; i < n; i++)
			keys[i].again = strcmp(keys[i - 1].text, keys[i].text) == 0;
		qsort(keys, n, sizeof(*keys), by_index);
	}
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		if (keys[i].again)
			rc = add_child(c, "form.children_same", keys[i].kind, keys[i].index, "n",
				       keys[i].index + 1);
	for (size_t i = 0; keys != NULL && i < n; i++)
		free(keys[i].text);
	free(keys);
	return rc;
}

/* ---- the whole ---- */

static enum rc check_all(struct check *c)
{
	enum rc rc = check_unknown(c);

	for (size_t i = 0; rc == RC_OK && i < c->s.form->nfield; i++)
		rc = check_field(c, &c->s.form->field[i]);
	if (rc == RC_OK)
		rc = check_rules(c);
	if (rc == RC_OK && c->s.around.children != NULL)
		rc = check_counts(c);
	if (rc == RC_OK && c->s.around.children != NULL)
		rc = check_keys(c);
	return rc;
}

enum rc form_check_record(const struct form *f, const struct json *rec,
			  const struct form_around *around, struct form_result *r,
			  struct err *reterr)
{
	struct check c = {.r = r, .reterr = reterr};
	enum rc rc;

	form_check_free(r);
	rc = form_scope_open(&c.s, f, rec, around, reterr);
	if (rc != RC_OK)
		return rc;
	rc = check_all(&c);
	if (rc == RC_OK) {
		r->derived = c.s.derived;
		c.s.derived = NULL;
	}
	form_scope_close(&c.s);
	if (rc != RC_OK)
		form_check_free(r);
	return rc;
}

enum rc form_check_derived(const struct form *f, const struct json *rec,
			   const struct form_around *around, struct json **ret,
			   struct err *reterr)
{
	struct form_scope s;
	enum rc rc = form_scope_open(&s, f, rec, around, reterr);

	if (rc != RC_OK)
		return rc;
	*ret = s.derived;
	s.derived = NULL;
	form_scope_close(&s);
	return RC_OK;
}

/* The default of one field over what is there so far; *ret = NULL when it gives none. */
static enum rc default_of(const struct form *f, const struct form_field *x,
			  const struct json *rec, const struct form_around *around,
			  struct json **ret, struct err *reterr)
{
	struct form_scope s;
	bool applies = true;
	enum rc rc = form_scope_open(&s, f, rec, around, reterr);

	*ret = NULL;
	if (rc != RC_OK)
		return rc;
	if (x->relevant != NULL)
		rc = form_scope_test(&s, x->relevant, x, true, &applies, reterr);
	if (rc == RC_OK && applies && x->def != NULL) {
		*ret = json_copy(x->def);
		rc = *ret != NULL ? RC_OK : no_memory(reterr);
	} else if (rc == RC_OK && applies) {
		rc = form_scope_value(&s, x->def_expr, x, ret, reterr);
	}
	form_scope_close(&s);
	return rc;
}

enum rc form_check_defaults(const struct form *f, const struct json *rec,
			    const struct form_around *around, struct json **ret,
			    struct err *reterr)
{
	struct json *all = rec != NULL ? json_copy(rec) : json_object(), *made = json_object();
	enum rc rc = all != NULL && made != NULL ? RC_OK : no_memory(reterr);

	for (size_t i = 0; rc == RC_OK && i < f->nfield; i++) {
		const struct form_field *x = &f->field[i];
		struct json *v = NULL;

		if ((x->def == NULL && x->def_expr == NULL) || json_get(all, x->name) != NULL)
			continue;
		rc = default_of(f, x, all, around, &v, reterr);
		if (rc == RC_OK && v != NULL) {
			json_set(all, x->name, json_copy(v));
			json_set(made, x->name, v);
		}
	}
	json_free(all);
	if (rc == RC_OK)
		*ret = made;
	else
		json_free(made);
	return rc;
}

enum rc form_check_relevant(const struct form *f, const char *field, const struct json *rec,
			    const struct form_around *around, bool *ret, struct err *reterr)
{
	const struct form_field *x = form_field(f, field);
	struct form_scope s;
	enum rc rc;

	if (x == NULL)
		return err_set(reterr, RC_INPUT, NULL, "form.no_field", "name", field, NULL);
	if (x->relevant == NULL) {
		*ret = true;
		return RC_OK;
	}
	rc = form_scope_open(&s, f, rec, around, reterr);
	if (rc != RC_OK)
		return rc;
	rc = form_scope_test(&s, x->relevant, x, true, ret, reterr);
	form_scope_close(&s);
	return rc;
}

static bool truth(struct form_scope *s, const struct expr *x, const struct form_field *self,
		  bool otherwise)
{
	bool holds = otherwise;

	if (x != NULL && form_scope_test(s, x, self, otherwise, &holds, NULL) != RC_OK)
		holds = otherwise;
	return holds;
}

enum rc form_check_marks(const struct form *f, const struct json *rec,
			 const struct form_around *around, struct form_mark *ret,
			 struct err *reterr)
{
	struct form_scope s;
	enum rc rc = form_scope_open(&s, f, rec, around, reterr);

	if (rc != RC_OK)
		return rc;
	for (size_t i = 0; i < f->nfield; i++) {
		const struct form_field *x = &f->field[i];

		ret[i].applies = truth(&s, x->relevant, x, true);
		ret[i].required = ret[i].applies && truth(&s, x->required_if, x, x->required);
	}
	form_scope_close(&s);
	return RC_OK;
}
