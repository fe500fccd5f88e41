/*
 * expr_part: what the files of sync/expr share; nobody else includes it.
 *
 * expr_lex.c cuts a text into tokens, expr.c builds nodes, expr_eval.c runs them,
 * expr_func.c holds the table of functions, expr_num.c the values.
 */
#ifndef KK_SYNC_EXPR_PART_H
#define KK_SYNC_EXPR_PART_H

#include "lib/re.h"
#include "sync/expr.h"

#define EXPR_ONE ((expr_num)1000000000)          /* 1, scaled */
#define EXPR_TOP (EXPR_ONE * 1000000000000000000) /* the greatest number, scaled */

/* Operators from EXPR_OR on have a row in the table of expr.c. */
enum expr_op {
	EXPR_LITERAL,
	EXPR_NAME,
	EXPR_SELF,
	EXPR_CALL,
	EXPR_NEG,
	EXPR_OR,
	EXPR_AND,
	EXPR_EQ,
	EXPR_NE,
	EXPR_LT,
	EXPR_LE,
	EXPR_GT,
	EXPR_GE,
	EXPR_ADD,
	EXPR_SUB,
	EXPR_MUL,
	EXPR_DIV,
	EXPR_MOD
};

enum expr_tok_type {
	EXPR_TOK_END,
	EXPR_TOK_LITERAL, /* value */
	EXPR_TOK_NAME,    /* text = what stands inside ${} */
	EXPR_TOK_SELF,
	EXPR_TOK_FUNC, /* text = name; the bracket after it is still to come */
	EXPR_TOK_OP,   /* op; a minus is EXPR_SUB */
	EXPR_TOK_OPEN,
	EXPR_TOK_CLOSE,
	EXPR_TOK_COMMA
};

struct expr_tok {
	enum expr_tok_type type;
	enum expr_op op;
	struct span text; /* as it stands in the source; borrowed */
	struct expr_value value;
	size_t col; /* 1-based byte */
};

struct expr_lexer {
	struct span src;
	size_t pos;
	bool operand_before; /* so `*`, `-` and words are operators */
};

/* The next token. RC_INPUT with the column; the text must be valid UTF-8. */
enum rc expr_lex_next(struct expr_lexer *lx, struct expr_tok *ret, struct err *reterr);
/* Fill *reterr with key, `col` and `near` (cut to a few characters). */
enum rc expr_lex_refuse(const char *key, size_t col, struct span near, struct err *reterr);

enum { EXPR_NIL = 0xffff }; /* no node; LIMIT_EXPR_NODES is below */

struct expr_node {
	enum expr_op op;
	uint16_t first; /* first argument, or EXPR_NIL */
	uint16_t next;  /* next sibling among the arguments */
	uint16_t nargs;
	uint16_t depth; /* 1 for a leaf */
	size_t col;
	const struct expr_func *func; /* call */
	struct expr_value value;      /* literal; name: str */
	struct re *re;                /* regex */
};

struct expr_used {
	struct span name;
	size_t col;
};

struct expr {
	char *text; /* NUL-terminated copy */
	size_t len;
	struct expr_node *node;
	size_t nnode, capnode;
	uint16_t root;
	struct expr_used *used;
	size_t nused, capused;
	bool self;
};

/* One evaluation under way. */
struct expr_run {
	const struct expr *x;
	const struct expr_env *env;
	struct arena *mem;
	size_t steps;
};

enum rc expr_eval_node(struct expr_run *run, uint16_t node, struct expr_value *ret,
                       struct err *reterr);
/* Count n visits; RC_LIMIT expr.steps. */
enum rc expr_eval_step(struct expr_run *run, size_t n, struct err *reterr);
/* v as text in run->mem (or borrowed). */
enum rc expr_eval_text(struct expr_run *run, const struct expr_value *v, struct span *ret,
                       struct err *reterr);
/* Copy bytes into run->mem as a string value. */
enum rc expr_eval_string(struct expr_run *run, struct span s, struct expr_value *ret,
                         struct err *reterr);
/* Error with the node's column. */
enum rc expr_eval_fail(const struct expr_node *n, enum rc rc, const char *key,
                       struct err *reterr);

/* Exact arithmetic; false when the result is out of range or the divisor is 0. */
bool expr_num_add(expr_num a, expr_num b, expr_num *ret);
bool expr_num_mul(expr_num a, expr_num b, expr_num *ret);
bool expr_num_div(expr_num a, expr_num b, expr_num *ret);

/* A row of the table of functions. */
struct expr_func {
	const char *name;
	uint16_t min, max; /* arguments */
	enum rc (*run)(struct expr_run *run, const struct expr_node *n, struct expr_value *ret,
	               struct err *reterr);
	/* What must be known when compiling (literal arguments); NULL = nothing. */
	enum rc (*prepare)(struct expr *x, struct expr_node *n, struct err *reterr);
};

/* NULL when there is no such function. */
const struct expr_func *expr_func_find(struct span name);

#endif
