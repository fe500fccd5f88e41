/*
 * expr_lex: one expression's text cut into tokens.
 *
 * Knows how XPath's text is read: a word or `*` after an operand is an operator,
 * and, or, div and mod need white space on both sides, ${name} is one token. The text
 * must be valid UTF-8. Not here: which functions exist, how operators bind.
 */
#include <string.h>

#include "lib/text.h"
#include "sync/expr_part.h"

enum { NEAR_LEN = 40, FRACTION_MAX = EXPR_NUM_PLACES };

static bool is_space(int c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

static bool is_name_start(int c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}

static bool is_name(int c)
{
	return is_name_start(c) || is_digit(c) || c == '-' || c == '.';
}

/* The byte `ahead` of the position; 0 past the end (no byte of a valid text is 0: see below). */
static int peek(const struct expr_lexer *lx, size_t ahead)
{
	return lx->pos + ahead < lx->src.len ? lx->src.p[lx->pos + ahead] : 0;
}

/* How many bytes from the position on are part of a name. */
static size_t name_len(const struct expr_lexer *lx, size_t ahead)
{
	size_t n = ahead;

	if (!is_name_start(peek(lx, ahead)))
		return 0;
	while (is_name(peek(lx, n)))
		n++;
	return n - ahead;
}

enum rc expr_lex_refuse(const char *key, size_t col, struct span near, struct err *reterr)
{
	char text[NEAR_LEN + 1];
	size_t len = near.len;

	if (len > NEAR_LEN) { /* cut in front of a character, not inside one */
		len = NEAR_LEN;
		while (len > 0 && (near.p[len] & 0xc0) == 0x80)
			len--;
	}
	if (len > 0)
		memcpy(text, near.p, len);
	text[len] = '\0';
	err_num(reterr, RC_INPUT, NULL, key, "col", (long long)col);
	err_add(reterr, "near", text);
	return RC_INPUT;
}

/* Refuse the token of `len` bytes at the position (0: the one character there). */
static enum rc refuse(const struct expr_lexer *lx, const char *key, size_t len,
                      struct err *reterr)
{
	if (len == 0)
		for (len = 1; (peek(lx, len) & 0xc0) == 0x80; len++)
			;
	if (len > lx->src.len - lx->pos)
		len = lx->src.len - lx->pos;
	return expr_lex_refuse(key, lx->pos + 1, span_of(lx->src.p + lx->pos, len), reterr);
}

static void take(struct expr_lexer *lx, struct expr_tok *t, enum expr_tok_type type, size_t len)
{
	t->type = type;
	t->text = span_of(lx->src.p + lx->pos, len);
	lx->pos += len;
	lx->operand_before = type == EXPR_TOK_LITERAL || type == EXPR_TOK_NAME ||
	                     type == EXPR_TOK_SELF || type == EXPR_TOK_CLOSE;
}

static enum rc lex_string(struct expr_lexer *lx, struct expr_tok *t, struct err *reterr)
{
	const uint8_t *from = lx->src.p + lx->pos + 1;
	const uint8_t *end = memchr(from, peek(lx, 0), lx->src.len - lx->pos - 1);

	if (end == NULL)
		return refuse(lx, "expr.quote", lx->src.len - lx->pos, reterr);
	t->value = expr_string(span_of(from, (size_t)(end - from)));
	take(lx, t, EXPR_TOK_LITERAL, (size_t)(end - from) + 2);
	return RC_OK;
}

static enum rc lex_number(struct expr_lexer *lx, struct expr_tok *t, struct err *reterr)
{
	size_t len = 0, fraction = 0;

	while (is_digit(peek(lx, len)))
		len++;
	if (peek(lx, len) == '.') {
		for (len++; is_digit(peek(lx, len)); len++)
			fraction++;
		if (fraction == 0)
			return refuse(lx, "expr.number", len, reterr);
	}
	if (is_name(peek(lx, len)) && peek(lx, len) != '-') /* 12abc, 1e5, 1.2.3 */
		return refuse(lx, "expr.number", len + 1, reterr);
	if (fraction > FRACTION_MAX ||
	    expr_decimal(span_of(lx->src.p + lx->pos, len), &t->value) != RC_OK)
		return refuse(lx, "expr.number", len, reterr);
	take(lx, t, EXPR_TOK_LITERAL, len);
	return RC_OK;
}

/* ${name} */
static enum rc lex_name(struct expr_lexer *lx, struct expr_tok *t, struct err *reterr)
{
	size_t len = peek(lx, 1) == '{' ? name_len(lx, 2) : 0;

	if (len == 0 || peek(lx, 2 + len) != '}')
		return refuse(lx, "expr.name", len + 3, reterr);
	take(lx, t, EXPR_TOK_NAME, len + 3);
	t->text = span_of(t->text.p + 2, len);
	return RC_OK;
}

static enum rc lex_word_operator(struct expr_lexer *lx, struct expr_tok *t, size_t len,
                                 struct err *reterr)
{
	static const struct {
		const char *word;
		enum expr_op op;
	} words[] = {{"or", EXPR_OR}, {"and", EXPR_AND}, {"div", EXPR_DIV}, {"mod", EXPR_MOD}};
	struct span word = span_of(lx->src.p + lx->pos, len);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (!span_eq_str(word, words[i].word))
			continue;
		if (!is_space(lx->src.p[lx->pos - 1]) || !is_space(peek(lx, len)))
			return refuse(lx, "expr.spaces", len, reterr);
		t->op = words[i].op;
		take(lx, t, EXPR_TOK_OP, len);
		return RC_OK;
	}
	return refuse(lx, "expr.operator", len, reterr);
}

static enum rc lex_word(struct expr_lexer *lx, struct expr_tok *t, struct err *reterr)
{
	size_t len = name_len(lx, 0), after = len;

	if (lx->operand_before)
		return lex_word_operator(lx, t, len, reterr);
	while (is_space(peek(lx, after)))
		after++;
	if (peek(lx, after) != '(')
		return refuse(lx, "expr.word", len, reterr);
	take(lx, t, EXPR_TOK_FUNC, len);
	return RC_OK;
}

static enum rc lex_sign(struct expr_lexer *lx, struct expr_tok *t, struct err *reterr)
{
	static const struct {
		char text[3];
		enum expr_tok_type type;
		enum expr_op op;
	} signs[] = {/* the longer first */
	             {"!=", EXPR_TOK_OP, EXPR_NE},       {"<=", EXPR_TOK_OP, EXPR_LE},
	             {">=", EXPR_TOK_OP, EXPR_GE},       {"=", EXPR_TOK_OP, EXPR_EQ},
	             {"<", EXPR_TOK_OP, EXPR_LT},        {">", EXPR_TOK_OP, EXPR_GT},
	             {"+", EXPR_TOK_OP, EXPR_ADD},       {"-", EXPR_TOK_OP, EXPR_SUB},
	             {"*", EXPR_TOK_OP, EXPR_MUL},       {"(", EXPR_TOK_OPEN, EXPR_LITERAL},
	             {")", EXPR_TOK_CLOSE, EXPR_LITERAL}, {",", EXPR_TOK_COMMA, EXPR_LITERAL}};
	struct span rest = span_of(lx->src.p + lx->pos, lx->src.len - lx->pos);

	for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (!span_starts(rest, signs[i].text))
			continue;
		t->op = signs[i].op;
		take(lx, t, signs[i].type, strlen(signs[i].text));
		return RC_OK;
	}
	return refuse(lx, peek(lx, 0) == '/' ? "expr.slash" : "expr.char", 0, reterr);
}

enum rc expr_lex_next(struct expr_lexer *lx, struct expr_tok *ret, struct err *reterr)
{
	int c;

	while (is_space(peek(lx, 0)))
		lx->pos++;
	*ret = (struct expr_tok){.type = EXPR_TOK_END, .col = lx->pos + 1};
	ret->text = span_of(lx->src.p + lx->pos, 0);
	if (lx->pos == lx->src.len)
		return RC_OK;
	c = peek(lx, 0);
	if (c == '\'' || c == '"')
		return lex_string(lx, ret, reterr);
	if (is_digit(c) || (c == '.' && is_digit(peek(lx, 1))))
		return lex_number(lx, ret, reterr);
	if (c == '$')
		return lex_name(lx, ret, reterr);
	if (is_name_start(c))
		return lex_word(lx, ret, reterr);
	if (c == '.' && !is_name(peek(lx, 1))) {
		take(lx, ret, EXPR_TOK_SELF, 1);
		return RC_OK;
	}
	return lex_sign(lx, ret, reterr);
}
