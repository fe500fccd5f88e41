/*
 * expr: from text to nodes. A parser by precedence with one token of look-ahead.
 *
 * Nesting, the depth of the tree and the number of nodes have ceilings
 * (LIMIT_EXPR_*), so that neither parsing nor evaluation can exhaust the C stack.
 * Chains of `and` and of `or` become one node with many arguments.
 */
#include "sync/expr.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "lib/text.h"
#include "sync/expr_part.h"

enum { LOWEST = 1, UNARY = 7 };

_Static_assert(LIMIT_EXPR_NODES < EXPR_NIL, "node numbers are 16 bits");

struct parser {
	struct expr *x;
	struct expr_lexer lx;
	struct expr_tok tok; /* the one to look at */
	unsigned nesting;
};

static enum rc parse_binary(struct parser *p, unsigned lowest, uint16_t *ret, struct err *reterr);

/* How tightly a binary operator binds; 0 for what is none. */
static unsigned binding(enum expr_op op)
{
	static const unsigned char table[] = {
		[EXPR_OR] = 1, [EXPR_AND] = 2, [EXPR_EQ] = 3,  [EXPR_NE] = 3,  [EXPR_LT] = 4,
		[EXPR_LE] = 4, [EXPR_GT] = 4,  [EXPR_GE] = 4,  [EXPR_ADD] = 5, [EXPR_SUB] = 5,
		[EXPR_MUL] = 6, [EXPR_DIV] = 6, [EXPR_MOD] = 6};

	return table[op];
}

static enum rc advance(struct parser *p, struct err *reterr)
{
	return expr_lex_next(&p->lx, &p->tok, reterr);
}

static enum rc refuse(const struct parser *p, const char *key, struct err *reterr)
{
	return expr_lex_refuse(key, p->tok.col, p->tok.text, reterr);
}

/* Grow *v, of *cap elements of `size` bytes, to hold one more than n. */
static bool grow(void **v, size_t n, size_t *cap, size_t size)
{
	size_t want = *cap == 0 ? 8 : *cap * 2;
	void *more;

	if (n < *cap)
		return true;
	more = realloc(*v, want * size);
	if (more == NULL)
		return false;
	*v = more;
	*cap = want;
	return true;
}

static enum rc add_node(struct parser *p, enum expr_op op, size_t col, uint16_t *ret,
                        struct err *reterr)
{
	struct expr *x = p->x;
	void *v = x->node;

	if (x->nnode >= LIMIT_EXPR_NODES)
		return err_num(reterr, RC_LIMIT, NULL, "expr.too_many", "col", (long long)col);
	if (!grow(&v, x->nnode, &x->capnode, sizeof(*x->node)))
		return err_set(reterr, RC_NOMEM, NULL, "expr.memory", NULL);
	x->node = v;
	x->node[x->nnode] = (struct expr_node){
	    .op = op, .col = col, .first = EXPR_NIL, .next = EXPR_NIL, .depth = 1};
	*ret = (uint16_t)x->nnode++;
	return RC_OK;
}

/* Make `arg` the argument of `node` that follows `last` (EXPR_NIL: the first). */
static enum rc add_arg(struct parser *p, uint16_t node, uint16_t last, uint16_t arg,
                       struct err *reterr)
{
	struct expr_node *n = &p->x->node[node];
	uint16_t depth = (uint16_t)(p->x->node[arg].depth + 1);

	if (last == EXPR_NIL)
		n->first = arg;
	else
		p->x->node[last].next = arg;
	n->nargs++;
	if (depth > n->depth)
		n->depth = depth;
	if (n->depth > LIMIT_EXPR_DEPTH)
		return err_num(reterr, RC_LIMIT, NULL, "expr.too_deep", "col", (long long)n->col);
	return RC_OK;
}

/* Remember that ${name} is used. */
static enum rc note_name(struct parser *p, struct err *reterr)
{
	struct expr *x = p->x;
	void *v = x->used;

	for (size_t i = 0; i < x->nused; i++)
		if (span_eq(x->used[i].name, p->tok.text))
			return RC_OK;
	if (!grow(&v, x->nused, &x->capused, sizeof(*x->used)))
		return err_set(reterr, RC_NOMEM, NULL, "expr.memory", NULL);
	x->used = v;
	x->used[x->nused++] = (struct expr_used){p->tok.text, p->tok.col};
	return RC_OK;
}

static enum rc parse_leaf(struct parser *p, enum expr_op op, uint16_t *ret, struct err *reterr)
{
	enum rc rc = add_node(p, op, p->tok.col, ret, reterr);

	if (rc != RC_OK)
		return rc;
	p->x->node[*ret].value = op == EXPR_NAME ? expr_string(p->tok.text) : p->tok.value;
	if (op == EXPR_SELF)
		p->x->self = true;
	if (op == EXPR_NAME)
		rc = note_name(p, reterr);
	return rc == RC_OK ? advance(p, reterr) : rc;
}

/* The arguments after `(`, up to and with `)`. */
static enum rc parse_args(struct parser *p, uint16_t node, struct err *reterr)
{
	uint16_t last = EXPR_NIL, arg = EXPR_NIL;
	enum rc rc = advance(p, reterr);

	if (rc == RC_OK && p->tok.type == EXPR_TOK_CLOSE)
		return advance(p, reterr);
	while (rc == RC_OK) {
		rc = parse_binary(p, LOWEST, &arg, reterr);
		if (rc == RC_OK)
			rc = add_arg(p, node, last, arg, reterr);
		if (rc != RC_OK)
			return rc;
		last = arg;
		if (p->tok.type == EXPR_TOK_CLOSE)
			return advance(p, reterr);
		if (p->tok.type != EXPR_TOK_COMMA)
			return refuse(p, "expr.bracket", reterr);
		rc = advance(p, reterr);
	}
	return rc;
}

static enum rc check_args(const struct parser *p, uint16_t node, struct span name,
                          struct err *reterr)
{
	const struct expr_node *n = &p->x->node[node];
	char want[16];

	if (n->nargs >= n->func->min && n->nargs <= n->func->max)
		return RC_OK;
	if (n->func->max == EXPR_NIL)
		snprintf(want, sizeof(want), "%u+", n->func->min);
	else if (n->func->min == n->func->max)
		snprintf(want, sizeof(want), "%u", n->func->min);
	else
		snprintf(want, sizeof(want), "%u-%u", n->func->min, n->func->max);
	expr_lex_refuse("expr.args", n->col, name, reterr);
	err_add(reterr, "want", want);
	return RC_INPUT;
}

static enum rc parse_call(struct parser *p, uint16_t *ret, struct err *reterr)
{
	struct span name = p->tok.text;
	const struct expr_func *func = expr_func_find(name);
	uint16_t node;
	enum rc rc;

	if (func == NULL)
		return refuse(p, "expr.function", reterr);
	rc = add_node(p, EXPR_CALL, p->tok.col, &node, reterr);
	if (rc != RC_OK)
		return rc;
	p->x->node[node].func = func;
	rc = advance(p, reterr); /* to the bracket: the lexer saw that it is there */
	if (rc == RC_OK)
		rc = parse_args(p, node, reterr);
	if (rc == RC_OK)
		rc = check_args(p, node, name, reterr);
	if (rc == RC_OK && func->prepare != NULL)
		rc = func->prepare(p->x, &p->x->node[node], reterr);
	if (rc == RC_OK)
		*ret = node;
	return rc;
}

static enum rc parse_group(struct parser *p, uint16_t *ret, struct err *reterr)
{
	enum rc rc = advance(p, reterr);

	if (rc == RC_OK)
		rc = parse_binary(p, LOWEST, ret, reterr);
	if (rc != RC_OK)
		return rc;
	if (p->tok.type != EXPR_TOK_CLOSE)
		return refuse(p, "expr.bracket", reterr);
	return advance(p, reterr);
}

static enum rc parse_minus(struct parser *p, uint16_t *ret, struct err *reterr)
{
	uint16_t node, arg = EXPR_NIL;
	enum rc rc = add_node(p, EXPR_NEG, p->tok.col, &node, reterr);

	if (rc == RC_OK)
		rc = advance(p, reterr);
	if (rc == RC_OK)
		rc = parse_binary(p, UNARY, &arg, reterr);
	if (rc == RC_OK)
		rc = add_arg(p, node, EXPR_NIL, arg, reterr);
	if (rc == RC_OK)
		*ret = node;
	return rc;
}

static enum rc parse_operand(struct parser *p, uint16_t *ret, struct err *reterr)
{
	switch (p->tok.type) {
	case EXPR_TOK_LITERAL: return parse_leaf(p, EXPR_LITERAL, ret, reterr);
	case EXPR_TOK_NAME: return parse_leaf(p, EXPR_NAME, ret, reterr);
	case EXPR_TOK_SELF: return parse_leaf(p, EXPR_SELF, ret, reterr);
	case EXPR_TOK_FUNC: return parse_call(p, ret, reterr);
	case EXPR_TOK_OPEN: return parse_group(p, ret, reterr);
	case EXPR_TOK_OP:
		if (p->tok.op == EXPR_SUB)
			return parse_minus(p, ret, reterr);
		break;
	case EXPR_TOK_END:
	case EXPR_TOK_CLOSE:
	case EXPR_TOK_COMMA: break;
	}
	return refuse(p, "expr.operand", reterr);
}

/* One more operator with its right side: *left becomes the node of both. */
static enum rc parse_right(struct parser *p, uint16_t *left, struct err *reterr)
{
	enum expr_op op = p->tok.op;
	size_t col = p->tok.col;
	uint16_t node = *left, last = EXPR_NIL, right = EXPR_NIL;
	bool chain = (op == EXPR_AND || op == EXPR_OR) && p->x->node[node].op == op;
	enum rc rc = advance(p, reterr);

	if (rc == RC_OK)
		rc = parse_binary(p, binding(op) + 1, &right, reterr);
	if (rc == RC_OK && !chain) {
		rc = add_node(p, op, col, &node, reterr);
		if (rc == RC_OK)
			rc = add_arg(p, node, EXPR_NIL, *left, reterr);
		last = *left;
	} else if (rc == RC_OK) {
		last = p->x->node[node].first;
		while (p->x->node[last].next != EXPR_NIL)
			last = p->x->node[last].next;
	}
	if (rc == RC_OK)
		rc = add_arg(p, node, last, right, reterr);
	if (rc == RC_OK)
		*left = node;
	return rc;
}

static enum rc parse_binary(struct parser *p, unsigned lowest, uint16_t *ret, struct err *reterr)
{
	uint16_t left = EXPR_NIL;
	enum rc rc;

	if (p->nesting >= LIMIT_EXPR_DEPTH * 2)
		return err_num(reterr, RC_LIMIT, NULL, "expr.too_deep", "col",
		               (long long)p->tok.col);
	p->nesting++;
	rc = parse_operand(p, &left, reterr);
	while (rc == RC_OK && p->tok.type == EXPR_TOK_OP && binding(p->tok.op) >= lowest)
		rc = parse_right(p, &left, reterr);
	p->nesting--;
	if (rc == RC_OK)
		*ret = left;
	return rc;
}

static enum rc parse(struct expr *x, struct err *reterr)
{
	struct parser p = {.x = x, .lx = {.src = span_of(x->text, x->len)}};
	enum rc rc = advance(&p, reterr);

	if (rc == RC_OK && p.tok.type == EXPR_TOK_END)
		return expr_lex_refuse("expr.empty", 1, span_str(""), reterr);
	if (rc == RC_OK)
		rc = parse_binary(&p, LOWEST, &x->root, reterr);
	if (rc == RC_OK && p.tok.type != EXPR_TOK_END)
		return refuse(&p, p.tok.type == EXPR_TOK_CLOSE ? "expr.bracket" : "expr.operator",
		              reterr);
	return rc;
}

enum rc expr_compile(struct span text, struct expr **ret, struct err *reterr)
{
	struct expr *x = NULL;
	enum rc rc;

	if (text.len > LIMIT_EXPR_TEXT) {
		rc = err_num(reterr, RC_LIMIT, NULL, "expr.too_long", "max", LIMIT_EXPR_TEXT);
		err_add(reterr, "col", "1");
		return rc;
	}
	if (!text_is_utf8(text) || (text.len > 0 && memchr(text.p, 0, text.len) != NULL))
		return expr_lex_refuse("expr.utf8", 1, span_str(""), reterr);
	x = calloc(1, sizeof(*x));
	if (x != NULL)
		x->text = span_dup(text);
	if (x == NULL || x->text == NULL) {
		rc = err_set(reterr, RC_NOMEM, NULL, "expr.memory", NULL);
		goto out;
	}
	x->len = text.len;
	rc = parse(x, reterr);
	if (rc != RC_OK)
		goto out;
	*ret = x;
	x = NULL;
out:
	expr_free(x);
	return rc;
}

void expr_free(struct expr *x)
{
	if (x == NULL)
		return;
	for (size_t i = 0; i < x->nnode; i++)
		re_free(x->node[i].re);
	free(x->node);
	free(x->used);
	free(x->text);
	free(x);
}

struct span expr_source(const struct expr *x)
{
	return span_of(x->text, x->len);
}

size_t expr_names(const struct expr *x)
{
	return x->nused;
}

struct span expr_name(const struct expr *x, size_t i, size_t *retcol)
{
	if (retcol != NULL)
		*retcol = x->used[i].col;
	return x->used[i].name;
}

bool expr_uses_self(const struct expr *x)
{
	return x->self;
}
