/*
 * expr: the one expression evaluator; every condition, sum, difference and norm
 * of a form is a string in the form's JSON that is compiled here.
 *
 * A subset of XLSForm / XPath 1.0: 'text' "text" 12.5, ${name} ${kind.field}
 * ${parent.field}, . (the field itself), or and = != < <= > >= + - * div mod,
 * unary -, parentheses, and the functions listed in expr_func.c. Anything else is
 * refused with its place. Numbers are exact decimals, never binary fractions:
 * docs/decisions/0003-expression-numbers.md. docs/FORMS.md tells authors the rules.
 *
 * Not here: what a name means (struct expr_env asks the caller), forms (sync/form).
 */
#ifndef KK_SYNC_EXPR_H
#define KK_SYNC_EXPR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"

/*
 * A number: the value times 10^9, |value| <= 10^18. Sums, differences and products
 * that fit are exact; div, and a product with more than nine places, round half away
 * from zero at the ninth place. What does not fit is an error, never a wrong figure.
 */
__extension__ typedef __int128 expr_num;

enum {
	EXPR_NUM_PLACES = 9,
	EXPR_NUM_ROUND_MIN = -19, /* places of expr_round: everything rounds to 0 there */
	EXPR_NUM_LEN = 40         /* room for any number as text, with the NUL */
};

enum expr_type {
	EXPR_STRING, /* also dates ("2026-11-25"), date-times, and "" = empty, not answered */
	EXPR_NUMBER,
	EXPR_BOOL,
	EXPR_SET /* the values of a field over the children, or of a list of strings */
};

/* A value. Its bytes and items are borrowed: from the expression, the environment or `mem`. */
struct expr_value {
	enum expr_type type;
	bool b;
	expr_num num;
	struct span str;
	const struct expr_value *item; /* never sets themselves */
	size_t n;
};

struct expr_value expr_string(struct span s);
struct expr_value expr_bool(bool b);
struct expr_value expr_integer(int64_t v);
struct expr_value expr_empty(void); /* "" */
/* A decimal such as "-12.50" (white space around allowed); RC_INPUT or RC_LIMIT, *ret untouched. */
enum rc expr_decimal(struct span s, struct expr_value *ret);

bool expr_is_empty(const struct expr_value *v); /* "" or a set without items */
/* XPath's boolean(): a number not 0, a string not "", a set not empty. */
bool expr_truth(const struct expr_value *v);
/* True with *ret set when v is a whole number (or text that is one) within int64. */
bool expr_whole(const struct expr_value *v, int64_t *ret);
/* True with *ret set when v is a number, text that is one, or a date (days since 1970). */
bool expr_number(const struct expr_value *v, expr_num *ret);
/* Round half away from zero to `places` (EXPR_NUM_ROUND_MIN..9); RC_INPUT outside, RC_LIMIT. */
enum rc expr_round(expr_num v, int places, expr_num *ret);
/* Canonical decimal: no needless zero, no "-0". */
void expr_num_text(expr_num v, char out[EXPR_NUM_LEN]);
/* Append v as text: numbers canonical, true/false, the items of a set joined by a space. */
void expr_text(const struct expr_value *v, struct buf *out);

struct expr; /* compiled; never changes: may be shared between threads */

/*
 * Compile. RC_INPUT or RC_LIMIT; arguments: `col` = the 1-based byte column in
 * the text, `near` = the offending word where there is one. Keys:
 *   expr.empty expr.utf8 expr.char expr.slash expr.word expr.name expr.quote
 *   expr.number expr.operand expr.operator expr.spaces expr.bracket expr.function
 *   expr.args (also `want`: "2", "1-2", "1+") expr.pattern (a regex must be a literal and compile)
 *   expr.format expr.too_long expr.too_deep expr.too_many
 * The caller frees *ret with expr_free.
 */
enum rc expr_compile(struct span text, struct expr **ret, struct err *reterr);
void expr_free(struct expr *x);

/* The text it was compiled from. */
struct span expr_source(const struct expr *x);

/* The names it uses without ${}, each once, in order of appearance ("." is not among them). */
size_t expr_names(const struct expr *x);
struct span expr_name(const struct expr *x, size_t i, size_t *retcol); /* retcol may be NULL */
bool expr_uses_self(const struct expr *x); /* the "." */

/* What surrounds one evaluation. */
struct expr_env {
	/*
	 * Give the value of `name` (as in expr_name, or "." for the field itself); what it
	 * allocates comes from `mem`. An unknown or unanswered name is expr_empty(). An error
	 * ends the evaluation and is handed on.
	 */
	enum rc (*get)(void *ctx, struct span name, struct arena *mem, struct expr_value *ret,
	               struct err *reterr);
	void *ctx;
	int64_t now_s; /* unix seconds; today() and now() show it at +07:00 */
};

/*
 * Evaluate. `mem` owns what *ret points to: reset or free it when done with the value.
 * RC_LIMIT expr.overflow (arg col), expr.steps, expr.string; RC_NOMEM expr.memory (no
 * memory, or the ceiling of `mem`); the errors of env->get. Arithmetic on what is no number
 * gives "" and no error.
 */
enum rc expr_eval(const struct expr *x, const struct expr_env *env, struct arena *mem,
                  struct expr_value *ret, struct err *reterr);

/* The same, for conditions: *ret = expr_truth of the value; own scratch memory. */
enum rc expr_test(const struct expr *x, const struct expr_env *env, bool *ret,
                  struct err *reterr);

#endif
