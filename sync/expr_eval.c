/*
 * expr_eval: runs compiled nodes against an environment.
 *
 * Comparison and arithmetic as docs/FORMS.md tells authors: an unanswered field is "",
 * arithmetic on what is no number gives "", a set compares as "any of them". Depth is
 * bounded by the compiler, visits by LIMIT_EXPR_STEPS, memory by the caller's arena.
 */
#include <string.h>

#include "lib/limits.h"
#include "sync/expr_part.h"

enum rc expr_eval_fail(const struct expr_node *n, enum rc rc, const char *key, struct err *reterr)
{
	return err_num(reterr, rc, NULL, key, "col", (long long)n->col);
}

enum rc expr_eval_step(struct expr_run *run, size_t n, struct err *reterr)
{
	if (n > LIMIT_EXPR_STEPS - run->steps)
		return err_num(reterr, RC_LIMIT, NULL, "expr.steps", "max", LIMIT_EXPR_STEPS);
	run->steps += n;
	return RC_OK;
}

enum rc expr_eval_string(struct expr_run *run, struct span s, struct expr_value *ret,
                         struct err *reterr)
{
	char *copy;

	if (s.len > LIMIT_EXPR_STRING)
		return err_num(reterr, RC_LIMIT, NULL, "expr.string", "max", LIMIT_EXPR_STRING);
	copy = arena_str(run->mem, s);
	if (copy == NULL)
		return err_set(reterr, RC_NOMEM, NULL, "expr.memory", NULL);
	*ret = expr_string(span_of(copy, s.len));
	return RC_OK;
}

enum rc expr_eval_text(struct expr_run *run, const struct expr_value *v, struct span *ret,
                       struct err *reterr)
{
	struct expr_value copy;
	struct buf b;
	enum rc rc;

	if (v->type == EXPR_STRING) {
		*ret = v->str;
		return RC_OK;
	}
	rc = expr_eval_step(run, v->type == EXPR_SET ? v->n : 0, reterr);
	if (rc != RC_OK)
		return rc;
	buf_init(&b, LIMIT_EXPR_STRING);
	expr_text(v, &b);
	if (b.failed)
		rc = err_num(reterr, RC_LIMIT, NULL, "expr.string", "max", LIMIT_EXPR_STRING);
	else
		rc = expr_eval_string(run, span_buf(&b), &copy, reterr);
	buf_free(&b);
	if (rc == RC_OK)
		*ret = copy.str;
	return rc;
}

/* ---- comparison ---- */

static bool text_equals(const struct expr_value *b, struct span s)
{
	return span_eq_str(s, b->b ? "true" : "false");
}

/* Two single values. A yes/no is compared with text as "true" or "false": "" is neither. */
static bool equal(const struct expr_value *a, const struct expr_value *b)
{
	expr_num x, y;

	if (a->type == EXPR_STRING && b->type == EXPR_STRING)
		return span_eq(a->str, b->str);
	if (a->type == EXPR_BOOL && b->type == EXPR_STRING)
		return text_equals(a, b->str);
	if (a->type == EXPR_STRING && b->type == EXPR_BOOL)
		return text_equals(b, a->str);
	return expr_number(a, &x) && expr_number(b, &y) && x == y;
}

/* Order is of numbers and dates only; anything else is neither less nor greater. */
static bool compare_one(enum expr_op op, const struct expr_value *a, const struct expr_value *b)
{
	expr_num x, y;

	if (op == EXPR_EQ)
		return equal(a, b);
	if (op == EXPR_NE)
		return !equal(a, b);
	if (!expr_number(a, &x) || !expr_number(b, &y))
		return false;
	switch (op) {
	case EXPR_LT: return x < y;
	case EXPR_LE: return x <= y;
	case EXPR_GT: return x > y;
	default: return x >= y;
	}
}

/* A set compares as "some member does". */
static enum rc compare(struct expr_run *run, enum expr_op op, const struct expr_value *a,
                       const struct expr_value *b, bool *ret, struct err *reterr)
{
	const struct expr_value *va = a->type == EXPR_SET ? a->item : a;
	const struct expr_value *vb = b->type == EXPR_SET ? b->item : b;
	size_t na = a->type == EXPR_SET ? a->n : 1;
	size_t nb = b->type == EXPR_SET ? b->n : 1;
	bool found = false;

	for (size_t i = 0; i < na && !found; i++) {
		enum rc rc = expr_eval_step(run, nb, reterr);

		if (rc != RC_OK)
			return rc;
		for (size_t j = 0; j < nb && !found; j++)
			found = compare_one(op, &va[i], &vb[j]);
	}
	*ret = found;
	return RC_OK;
}

/* ---- operators ---- */

static enum rc eval_arithmetic(const struct expr_node *n, const struct expr_value *a,
                               const struct expr_value *b, struct expr_value *ret,
                               struct err *reterr)
{
	expr_num x, y, z = 0;
	bool fits = true;

	if (!expr_number(a, &x) || !expr_number(b, &y) ||
	    ((n->op == EXPR_DIV || n->op == EXPR_MOD) && y == 0)) {
		*ret = expr_empty();
		return RC_OK;
	}
	switch (n->op) {
	case EXPR_ADD: fits = expr_num_add(x, y, &z); break;
	case EXPR_SUB: fits = expr_num_add(x, -y, &z); break;
	case EXPR_MUL: fits = expr_num_mul(x, y, &z); break;
	case EXPR_DIV: fits = expr_num_div(x, y, &z); break;
	default: z = x % y; break;
	}
	if (!fits)
		return expr_eval_fail(n, RC_LIMIT, "expr.overflow", reterr);
	*ret = (struct expr_value){.type = EXPR_NUMBER, .num = z};
	return RC_OK;
}

static enum rc eval_two(struct expr_run *run, const struct expr_node *n, struct expr_value *ret,
                        struct err *reterr)
{
	struct expr_value a, b;
	bool holds;
	enum rc rc = expr_eval_node(run, n->first, &a, reterr);

	if (rc == RC_OK)
		rc = expr_eval_node(run, run->x->node[n->first].next, &b, reterr);
	if (rc != RC_OK)
		return rc;
	if (n->op >= EXPR_ADD)
		return eval_arithmetic(n, &a, &b, ret, reterr);
	rc = compare(run, n->op, &a, &b, &holds, reterr);
	if (rc == RC_OK)
		*ret = expr_bool(holds);
	return rc;
}

/* `and`, `or`: from left to right, no further than needed. */
static enum rc eval_logic(struct expr_run *run, const struct expr_node *n, struct expr_value *ret,
                          struct err *reterr)
{
	bool stop_at = n->op == EXPR_OR;

	for (uint16_t arg = n->first; arg != EXPR_NIL; arg = run->x->node[arg].next) {
		struct expr_value v;
		enum rc rc = expr_eval_node(run, arg, &v, reterr);

		if (rc != RC_OK)
			return rc;
		if (expr_truth(&v) == stop_at) {
			*ret = expr_bool(stop_at);
			return RC_OK;
		}
	}
	*ret = expr_bool(!stop_at);
	return RC_OK;
}

static enum rc eval_minus(struct expr_run *run, const struct expr_node *n, struct expr_value *ret,
                          struct err *reterr)
{
	struct expr_value v;
	expr_num x;
	enum rc rc = expr_eval_node(run, n->first, &v, reterr);

	if (rc != RC_OK)
		return rc;
	*ret = expr_number(&v, &x) ? (struct expr_value){.type = EXPR_NUMBER, .num = -x}
	                           : expr_empty();
	return RC_OK;
}

enum rc expr_eval_node(struct expr_run *run, uint16_t node, struct expr_value *ret,
                       struct err *reterr)
{
	const struct expr_node *n = &run->x->node[node];
	enum rc rc = expr_eval_step(run, 1, reterr);

	if (rc != RC_OK)
		return rc;
	switch (n->op) {
	case EXPR_LITERAL: *ret = n->value; return RC_OK;
	case EXPR_NAME: return run->env->get(run->env->ctx, n->value.str, run->mem, ret, reterr);
	case EXPR_SELF:
		return run->env->get(run->env->ctx, span_str("."), run->mem, ret, reterr);
	case EXPR_CALL: return n->func->run(run, n, ret, reterr);
	case EXPR_NEG: return eval_minus(run, n, ret, reterr);
	case EXPR_OR:
	case EXPR_AND: return eval_logic(run, n, ret, reterr);
	default: return eval_two(run, n, ret, reterr);
	}
}

enum rc expr_eval(const struct expr *x, const struct expr_env *env, struct arena *mem,
                  struct expr_value *ret, struct err *reterr)
{
	struct expr_run run = {.x = x, .env = env, .mem = mem};
	struct expr_value v;
	enum rc rc = expr_eval_node(&run, x->root, &v, reterr);

	if (rc == RC_OK)
		*ret = v;
	return rc;
}

enum rc expr_test(const struct expr *x, const struct expr_env *env, bool *ret, struct err *reterr)
{
	struct expr_value v;
	struct arena mem;
	enum rc rc;

	arena_init(&mem, LIMIT_EXPR_MEM);
	rc = expr_eval(x, env, &mem, &v, reterr);
	if (rc == RC_OK)
		*ret = expr_truth(&v);
	arena_free(&mem);
	return rc;
}
