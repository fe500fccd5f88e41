/*
 * form_read_expr: expressions in a form definition: compiled where they stand, then, with all
 * fields known, their names looked up and derived fields put in an order in which each
 * can be computed. Does NOT evaluate any.
 */
#include "sync/form_read.h"

#include <stdio.h>
#include <string.h>

#include "lib/num.h"

/* ---- expressions ---- */

enum rc form_read_compile(struct form_reader *r, const char *text, const struct form_place *at,
			  struct expr **ret)
{
	enum rc rc = expr_compile(span_str(text), ret, r->reterr);

	if (rc != RC_OK && rc != RC_NOMEM)
		form_read_add_path(at, r->reterr);
	return rc;
}

enum rc form_read_expr(struct form_reader *r, void *whole, void *part, const struct json *v,
		       const struct form_place *at)
{
	const char *s = json_str(v);

	(void)whole;
	if (s == NULL)
		return form_read_refuse(r, at, "formdef.not_expr", NULL);
	return form_read_compile(r, s, at, part);
}

enum rc form_read_required(struct form_reader *r, void *whole, void *part, const struct json *v,
			   const struct form_place *at)
{
	struct form_field *x = whole;

	if (json_bool(v, &x->required))
		return RC_OK;
	return form_read_expr(r, whole, part, v, at);
}

enum rc form_read_constraint_rule(struct form_reader *r, void *whole, void *part,
				  const struct json *v, const struct form_place *at)
{
	((struct form_rule *)whole)->warn = false;
	return form_read_expr(r, whole, part, v, at);
}

enum rc form_read_warn_rule(struct form_reader *r, void *whole, void *part, const struct json *v,
			    const struct form_place *at)
{
	struct form_rule *x = whole;

	if (x->expr != NULL) /* "constraint" as well */
		return form_read_refuse(r, at, "formdef.member", "warn");
	x->warn = true;
	return form_read_expr(r, whole, part, v, at);
}

/* An array of rules read by `table`. */
enum rc form_read_rules(struct form_reader *r, const struct form_member *table, size_t ntable,
			const struct json *v, const struct form_place *at,
			const struct form_rule **retv, size_t *retn)
{
	size_t n = json_len(v), i = 0;
	struct form_rule *rules;

	if (json_kind(v) != JSON_ARRAY || n > LIMIT_FORM_RULES)
		return form_read_refuse(r, at, "formdef.not_array", NULL);
	rules = form_read_alloc(r, n, sizeof(*rules));
	if (rules == NULL)
		return form_read_no_memory(r);
	*retv = rules; /* now, so that form_free finds the expressions of a half-read one */
	*retn = n;
	for (const struct json *x = json_first(v); x != NULL; x = json_next(x), i++) {
		struct form_place here = {at, NULL, i};
		enum rc rc = form_read_members(r, table, ntable, &rules[i], x, &here);

		if (rc == RC_OK && rules[i].expr == NULL)
			rc = form_read_refuse(r, &here, "formdef.missing", "constraint");
		rc = form_read_go_on(r, rc);
		if (rc != RC_OK)
			return rc;
	}
	return RC_OK;
}

/* ---- names in expressions ---- */

/* ${name}, ${kind.field}, ${parent.field}: what this form alone can tell. */
static bool name_known(const struct form *f, struct span name)
{
	char text[LIMIT_EXPR_TEXT + 1], *dot;

	memcpy(text, name.p, name.len);
	text[name.len] = '\0';
	dot = strchr(text, '.');
	if (dot == NULL)
		return form_field(f, text) != NULL;
	*dot = '\0';
	if (!form_read_is_name(dot + 1, NAME_MAX_LEN))
		return false;
	return strcmp(text, "parent") == 0 ? f->parent_field != NULL : form_child(f, text) != NULL;
}

static enum rc check_expr(struct form_reader *r, const struct expr *x, bool self,
			  const struct form_place *up, const char *member)
{
	struct form_place at = {up, member, 0};
	char name[ERR_ARG_LEN], col[NUM_I64_LEN];

	if (x == NULL)
		return RC_OK;
	if (!self && expr_uses_self(x))
		return form_read_refuse(r, &at, "formdef.self", NULL);
	for (size_t i = 0; i < expr_names(x); i++) {
		size_t column;
		struct span s = expr_name(x, i, &column);

		if (name_known(r->f, s))
			continue;
		snprintf(name, sizeof(name), "%.*s", (int)(s.len < 100 ? s.len : 100),
			 (const char *)s.p);
		num_str((int64_t)column, col);
		form_read_refuse(r, &at, "formdef.unknown_name", name);
		err_add(r->reterr, "col", col);
		return RC_INPUT;
	}
	return RC_OK;
}

static enum rc check_field(struct form_reader *r, const struct form_field *x,
			   const struct form_place *at)
{
	const struct {
		const char *member;
		const struct expr *expr;
		bool self;
	} exprs[] = {{"required", x->required_if, true},
		     {"relevant", x->relevant, false},
		     {"constraint", x->constraint, true},
		     {"calculate", x->calculate, false},
		     {"default", x->def_expr, false}};
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < COUNT(exprs); i++)
		rc = form_read_go_on(
		    r, check_expr(r, exprs[i].expr, exprs[i].self, at, exprs[i].member));
	for (size_t i = 0; rc == RC_OK && i < x->nwarn; i++) {
		struct form_place warn = {at, "warn", 0};

		rc = form_read_go_on(r, check_expr(r, x->warn[i].expr, true,
						   &(struct form_place){&warn, NULL, i}, "if"));
	}
	return rc;
}

enum rc form_read_check_exprs(struct form_reader *r)
{
	const struct form_place fields = {NULL, "fields", 0}, rules = {NULL, "rules", 0};
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < r->f->nfield; i++)
		rc = check_field(r, &r->f->field[i], &(struct form_place){&fields, NULL, i});
	for (size_t i = 0; rc == RC_OK && i < r->f->nrule; i++)
		rc = form_read_go_on(r, check_expr(r, r->f->rule[i].expr, false,
						   &(struct form_place){&rules, NULL, i},
						   r->f->rule[i].warn ? "warn" : "constraint"));
	return rc;
}

/* ---- the order of derived fields ---- */

static bool is_placed(const size_t *order, size_t n, size_t field)
{
	for (size_t i = 0; i < n; i++)
		if (order[i] == field)
			return true;
	return false;
}

/* Whether all derived fields that field i uses stand in the order already. */
static bool is_ready(const struct form *f, const size_t *order, size_t n, size_t i)
{
	const struct expr *x = f->field[i].calculate;

	for (size_t k = 0; k < expr_names(x); k++)
		for (size_t j = 0; j < f->nfield; j++)
			if (f->field[j].type == FORM_DERIVED && !is_placed(order, n, j) &&
			    span_eq_str(expr_name(x, k, NULL), f->field[j].name))
				return false;
	return true;
}

enum rc form_read_order_derived(struct form_reader *r)
{
	struct form *f = r->f;
	const struct form_place fields = {NULL, "fields", 0};
	size_t *order = form_read_alloc(r, f->nfield, sizeof(*order));
	size_t n = 0, before = SIZE_MAX, left = 0;

	if (order == NULL)
		return form_read_no_memory(r);
	while (n != before) { /* until a pass places nothing more */
		before = n;
		left = f->nfield;
		for (size_t i = 0; i < f->nfield; i++) {
			if (f->field[i].type != FORM_DERIVED || is_placed(order, n, i))
				continue;
			if (is_ready(f, order, n, i))
				order[n++] = i;
			else if (left == f->nfield)
				left = i;
		}
	}
	if (left < f->nfield)
		return form_read_refuse(r, &(struct form_place){&fields, NULL, left},
					"formdef.cycle", f->field[left].name);
	f->derived = order;
	f->nderived = n;
	return RC_OK;
}
