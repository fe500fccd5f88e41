/*
 * form_set: all form versions known, sorted by name and version. A form once in the
 * set stays until the set goes, closed or not, so that pointers to it stay good.
 * Also checks what one form alone cannot say: that the kinds it names exist.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/crypt.h"
#include "lib/embed.h"
#include "lib/limits.h"
#include "sync/form.h"

struct member {
	struct form *form;
	enum form_state state;
	uint8_t sha[32]; /* of the text it was loaded from; zeros when added parsed */
	int64_t closed_at; /* log index of what closed it; -1: not known */
};

struct form_set {
	struct member *m;
	size_t n, cap;
};

enum rc form_set_new(struct form_set **ret, struct err *reterr)
{
	struct form_set *s = calloc(1, sizeof(*s));

	if (!s)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	*ret = s;
	return RC_OK;
}

void form_set_free(struct form_set *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		form_free(s->m[i].form);
	free(s->m);
	free(s);
}

/* Where (name, version) is or belongs. */
static size_t place(const struct form_set *s, const char *name, unsigned version, bool *found)
{
	size_t lo = 0, hi = s->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = strcmp(s->m[mid].form->name, name);

		if (c < 0 || (c == 0 && s->m[mid].form->version < version))
			lo = mid + 1;
		else
			hi = mid;
	}
	*found = lo < s->n && strcmp(s->m[lo].form->name, name) == 0 &&
		 s->m[lo].form->version == version;
	return lo;
}

static enum rc grow(struct form_set *s, struct err *reterr)
{
	size_t cap = s->cap ? s->cap * 2 : 32;
	struct member *m;

	if (s->n < s->cap)
		return RC_OK;
	if (s->n >= LIMIT_FORM_SET)
		return err_num(reterr, RC_LIMIT, NULL, "form.set_full", "max", LIMIT_FORM_SET);
	m = realloc(s->m, cap * sizeof(*m));
	if (!m)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	s->m = m;
	s->cap = cap;
	return RC_OK;
}

static enum rc insert(struct form_set *s, struct form *f, enum form_state state,
		      const uint8_t sha[32], struct err *reterr)
{
	bool found;
	size_t at = place(s, f->name, f->version, &found);
	enum rc rc = found ? err_set(reterr, RC_EXISTS, NULL, "form.exists", "name", f->name, NULL)
			   : grow(s, reterr);

	if (rc != RC_OK) {
		form_free(f);
		return rc;
	}
	memmove(&s->m[at + 1], &s->m[at], (s->n - at) * sizeof(*s->m));
	s->m[at].form = f;
	s->m[at].state = state;
	memcpy(s->m[at].sha, sha, 32);
	s->m[at].closed_at = -1;
	s->n++;
	return RC_OK;
}

enum rc form_set_add(struct form_set *s, struct form *f, enum form_state state, struct err *reterr)
{
	static const uint8_t none[32];

	return insert(s, f, state, none, reterr);
}

enum rc form_set_load(struct form_set *s, struct span text, enum form_state state,
		      struct err *reterr)
{
	struct form *f = NULL;
	uint8_t sha[32];
	enum rc rc;

	crypt_sha256(text.p, text.len, sha);
	for (size_t i = 0; i < s->n; i++)
		if (memcmp(s->m[i].sha, sha, 32) == 0) {
			s->m[i].state = state;
			return RC_OK;
		}
	rc = form_parse(text, &f, reterr);
	return rc == RC_OK ? insert(s, f, state, sha, reterr) : rc;
}

enum rc form_set_builtin(struct form_set *s, struct err *reterr)
{
	const struct embed_file *e;
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && (e = embed_at(i)) != NULL; i++)
		if (strncmp(e->name, "forms/", 6) == 0)
			rc = form_set_load(s, span_of(e->data, e->len), FORM_PUBLISHED, reterr);
	for (size_t i = 0; rc == RC_OK && i < s->n; i++)
		rc = form_set_check(s, s->m[i].form, reterr);
	return rc;
}

/* ---- between forms ---- */

static enum rc unknown(const struct form *f, const char *at, const char *name, struct err *reterr)
{
	return err_set(reterr, RC_INPUT, NULL, "form.between", "form", f->name, "at", at, "name",
		       name, NULL);
}

static enum rc check_kinds(const struct form_set *s, const struct form *f, const char *at,
			   const char *const *kind, size_t n, struct err *reterr)
{
	for (size_t i = 0; i < n; i++)
		if (!form_set_newest(s, kind[i]))
			return unknown(f, at, kind[i], reterr);
	return RC_OK;
}

static bool has_field(const struct form *f, struct span name, bool stored)
{
	for (size_t i = 0; f && i < f->nfield; i++)
		if (span_eq_str(name, f->field[i].name))
			return !stored || f->field[i].type != FORM_DERIVED;
	return false;
}

/* ${parent.x}: every kind that may be the parent stores x. */
static bool parents_have(const struct form_set *s, const struct form *f, struct span field)
{
	for (size_t i = 0; i < f->nparent_kind; i++)
		if (!has_field(form_set_newest(s, f->parent_kind[i]), field, true))
			return false;
	return f->nparent_kind > 0;
}

static bool child_has(const struct form_set *s, const struct form *f, struct span kind,
		      struct span field)
{
	for (size_t i = 0; i < f->nchild; i++)
		if (span_eq_str(kind, f->child[i].kind))
			return has_field(form_set_newest(s, f->child[i].kind), field, false);
	return false;
}

static enum rc check_expr(const struct form_set *s, const struct form *f, const char *at,
			  const struct expr *x, struct err *reterr)
{
	for (size_t i = 0; x && i < expr_names(x); i++) {
		struct span name = expr_name(x, i, NULL), head, tail;
		const uint8_t *dot = memchr(name.p, '.', name.len);
		char text[LIMIT_FIELD_NAME * 2];
		bool ok;

		if (!dot)
			continue;
		head = span_of(name.p, (size_t)(dot - name.p));
		tail = span_of(dot + 1, name.len - head.len - 1);
		ok = span_eq_str(head, "parent") ? parents_have(s, f, tail)
						 : child_has(s, f, head, tail);
		if (ok)
			continue;
		memset(text, 0, sizeof(text));
		memcpy(text, name.p, name.len < sizeof(text) ? name.len : sizeof(text) - 1);
		return unknown(f, at, text, reterr);
	}
	return RC_OK;
}

static enum rc check_field(const struct form_set *s, const struct form *f,
			   const struct form_field *x, struct err *reterr)
{
	const struct expr *const use[] = {x->required_if, x->relevant, x->constraint, x->calculate,
					  x->def_expr};
	enum rc rc = check_kinds(s, f, x->name, x->of, x->nof, reterr);

	for (size_t i = 0; rc == RC_OK && i < sizeof(use) / sizeof(use[0]); i++)
		rc = check_expr(s, f, x->name, use[i], reterr);
	for (size_t i = 0; rc == RC_OK && i < x->nwarn; i++)
		rc = check_expr(s, f, x->name, x->warn[i].expr, reterr);
	return rc;
}

enum rc form_set_check(const struct form_set *s, const struct form *f, struct err *reterr)
{
	enum rc rc = check_kinds(s, f, "parent", f->parent_kind, f->nparent_kind, reterr);

	for (size_t i = 0; rc == RC_OK && i < f->nchild; i++)
		rc = check_kinds(s, f, "children", &f->child[i].kind, 1, reterr);
	for (size_t i = 0; rc == RC_OK && i < f->nfield; i++)
		rc = check_field(s, f, &f->field[i], reterr);
	for (size_t i = 0; rc == RC_OK && i < f->nrule; i++)
		rc = check_expr(s, f, "rules", f->rule[i].expr, reterr);
	return rc;
}

/* ---- look-ups ---- */

enum rc form_set_state(struct form_set *s, const char *name, unsigned version,
		       enum form_state state, struct err *reterr)
{
	bool found;
	size_t at = place(s, name, version, &found);

	if (!found)
		return err_set(reterr, RC_NOTFOUND, NULL, "form.unknown", "name", name, NULL);
	s->m[at].state = state;
	return RC_OK;
}

enum rc form_set_copy(const struct form_set *s, struct form_set **ret, struct err *reterr)
{
	struct form_set *copy = NULL;
	enum rc rc = form_set_new(&copy, reterr);

	for (size_t i = 0; rc == RC_OK && i < s->n; i++) {
		struct buf text;

		buf_init(&text, LIMIT_FORM_JSON);
		rc = json_write(s->m[i].form->json, false, &text, reterr);
		if (rc == RC_OK)
			rc = form_set_load(copy, span_buf(&text), s->m[i].state, reterr);
		if (rc == RC_OK)
			form_set_closed_at(copy, s->m[i].form->name, s->m[i].form->version,
					   s->m[i].closed_at);
		buf_free(&text);
	}
	if (rc == RC_OK)
		*ret = copy;
	else
		form_set_free(copy);
	return rc;
}

void form_set_closed_at(struct form_set *s, const char *name, unsigned version, int64_t index)
{
	bool found;
	size_t at = place(s, name, version, &found);

	if (found)
		s->m[at].closed_at = index;
}

int64_t form_set_closed(const struct form_set *s, const char *name, unsigned version)
{
	bool found;
	size_t at = place(s, name, version, &found);

	return found && s->m[at].state == FORM_CLOSED ? s->m[at].closed_at : -1;
}

const struct form *form_set_get(const struct form_set *s, const char *name, unsigned version)
{
	bool found;
	size_t at = place(s, name, version, &found);

	return found ? s->m[at].form : NULL;
}

const struct form *form_set_kind(const struct form_set *s, const char *kind)
{
	char name[FORM_NAME_LEN];
	unsigned version;

	return form_kind_split(span_str(kind), name, &version) ? form_set_get(s, name, version)
							       : NULL;
}

/* The last one before the place of (name, past every version). */
static const struct form *last(const struct form_set *s, const char *name, bool open)
{
	bool found;
	size_t at = place(s, name, ~0U, &found);

	while (at > 0 && strcmp(s->m[at - 1].form->name, name) == 0) {
		at--;
		if (!open || s->m[at].state == FORM_PUBLISHED)
			return s->m[at].form;
	}
	return NULL;
}

const struct form *form_set_newest(const struct form_set *s, const char *name)
{
	return last(s, name, false);
}

const struct form *form_set_open(const struct form_set *s, const char *name)
{
	return last(s, name, true);
}

const struct form *form_set_at(const struct form_set *s, size_t i, enum form_state *retstate)
{
	if (i >= s->n)
		return NULL;
	if (retstate)
		*retstate = s->m[i].state;
	return s->m[i].form;
}
