/*
 * expr_func: the functions an expression may call, as one table (at the end).
 *
 * What each does with unanswered fields is part of docs/FORMS.md: sum, min and max pass over
 * them, and give "" when nothing at all is answered. regex and format-date take a
 * literal, checked when the form is read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "lib/text.h"
#include "sync/expr_part.h"

enum { FORMAT_LEN = 256, DATE_LEN = 10 };

/* The i-th argument, evaluated. */
static enum rc arg(struct expr_run *run, const struct expr_node *n, unsigned i,
                   struct expr_value *ret, struct err *reterr)
{
	uint16_t node = n->first;

	while (i-- > 0)
		node = run->x->node[node].next;
	return expr_eval_node(run, node, ret, reterr);
}

static enum rc arg_text(struct expr_run *run, const struct expr_node *n, unsigned i,
                        struct span *ret, struct err *reterr)
{
	struct expr_value v;
	enum rc rc = arg(run, n, i, &v, reterr);

	return rc == RC_OK ? expr_eval_text(run, &v, ret, reterr) : rc;
}

static struct expr_value number(expr_num v)
{
	return (struct expr_value){.type = EXPR_NUMBER, .num = v};
}

/* ---- choices ---- */

/* Cut the next word off *rest; false at the end. */
static bool next_word(struct span *rest, struct span *word)
{
	size_t from = 0, to;

	while (from < rest->len && rest->p[from] == ' ')
		from++;
	for (to = from; to < rest->len && rest->p[to] != ' '; to++)
		;
	*word = span_of(rest->p + from, to - from);
	*rest = span_of(rest->p + to, rest->len - to);
	return word->len > 0;
}

/* selected(list, value) */
static enum rc run_selected(struct expr_run *run, const struct expr_node *n,
                            struct expr_value *ret, struct err *reterr)
{
	struct expr_value list;
	struct span want, rest, word;
	bool found = false;
	enum rc rc = arg(run, n, 0, &list, reterr);

	if (rc == RC_OK)
		rc = arg_text(run, n, 1, &want, reterr);
	for (size_t i = 0; rc == RC_OK && list.type == EXPR_SET && i < list.n && !found; i++) {
		rc = expr_eval_text(run, &list.item[i], &word, reterr);
		found = rc == RC_OK && span_eq(word, want);
	}
	if (rc == RC_OK && list.type != EXPR_SET) {
		rc = expr_eval_text(run, &list, &rest, reterr);
		while (rc == RC_OK && !found && next_word(&rest, &word))
			found = span_eq(word, want);
	}
	if (rc == RC_OK)
		*ret = expr_bool(found && want.len > 0);
	return rc;
}

/* count-selected(list) */
static enum rc run_count_selected(struct expr_run *run, const struct expr_node *n,
                                  struct expr_value *ret, struct err *reterr)
{
	struct expr_value list;
	struct span rest, word;
	int64_t count = 0;
	enum rc rc = arg(run, n, 0, &list, reterr);

	if (rc == RC_OK && list.type == EXPR_SET) {
		count = (int64_t)list.n;
	} else if (rc == RC_OK) {
		rc = expr_eval_text(run, &list, &rest, reterr);
		while (rc == RC_OK && next_word(&rest, &word))
			count++;
	}
	if (rc == RC_OK)
		*ret = expr_integer(count);
	return rc;
}

/* ---- logic ---- */

/* if(condition, then, else): only the branch taken is evaluated */
static enum rc run_if(struct expr_run *run, const struct expr_node *n, struct expr_value *ret,
                      struct err *reterr)
{
	struct expr_value condition;
	enum rc rc = arg(run, n, 0, &condition, reterr);

	return rc == RC_OK ? arg(run, n, expr_truth(&condition) ? 1 : 2, ret, reterr) : rc;
}

/* coalesce(a, b, …): the first that is answered */
static enum rc run_coalesce(struct expr_run *run, const struct expr_node *n,
                            struct expr_value *ret, struct err *reterr)
{
	for (unsigned i = 0; i < n->nargs; i++) {
		struct expr_value v;
		enum rc rc = arg(run, n, i, &v, reterr);

		if (rc != RC_OK)
			return rc;
		if (!expr_is_empty(&v)) {
			*ret = v;
			return RC_OK;
		}
	}
	*ret = expr_empty();
	return RC_OK;
}

static enum rc run_not(struct expr_run *run, const struct expr_node *n, struct expr_value *ret,
                       struct err *reterr)
{
	struct expr_value v;
	enum rc rc = arg(run, n, 0, &v, reterr);

	if (rc == RC_OK)
		*ret = expr_bool(!expr_truth(&v));
	return rc;
}

static enum rc run_true(struct expr_run *run, const struct expr_node *n, struct expr_value *ret,
                        struct err *reterr)
{
	(void)run;
	(void)n;
	(void)reterr;
	*ret = expr_bool(true);
	return RC_OK;
}

static enum rc run_false(struct expr_run *run, const struct expr_node *n, struct expr_value *ret,
                         struct err *reterr)
{
	(void)run;
	(void)n;
	(void)reterr;
	*ret = expr_bool(false);
	return RC_OK;
}

/* ---- text ---- */

/* The i-th argument must be a literal string. */
static enum rc want_literal(const struct expr *x, const struct expr_node *n, unsigned i,
                            const char *key, const struct expr_node **ret, struct err *reterr)
{
	uint16_t node = n->first;

	while (i-- > 0)
		node = x->node[node].next;
	if (x->node[node].op != EXPR_LITERAL || x->node[node].value.type != EXPR_STRING)
		return expr_eval_fail(&x->node[node], RC_INPUT, key, reterr);
	*ret = &x->node[node];
	return RC_OK;
}

static enum rc prepare_regex(struct expr *x, struct expr_node *n, struct err *reterr)
{
	const struct expr_node *pattern = NULL;
	struct err why;
	enum rc rc = want_literal(x, n, 1, "expr.pattern", &pattern, reterr);

	if (rc != RC_OK)
		return rc;
	err_clear(&why);
	rc = re_compile(pattern->value.str, &n->re, &why);
	if (rc == RC_INPUT || rc == RC_LIMIT) {
		rc = expr_lex_refuse("expr.pattern", pattern->col, pattern->value.str, reterr);
		if (err_arg(&why, "detail") != NULL)
			err_add(reterr, "detail", err_arg(&why, "detail"));
	} else if (rc != RC_OK && reterr != NULL) {
		*reterr = why;
	}
	return rc;
}

/* regex(text, 'pattern'): the whole text matches */
static enum rc run_regex(struct expr_run *run, const struct expr_node *n, struct expr_value *ret,
                         struct err *reterr)
{
	struct span text;
	bool matches = false;
	enum rc rc = arg_text(run, n, 0, &text, reterr);

	if (rc == RC_OK)
		rc = re_match(n->re, text, &matches, reterr);
	if (rc == RC_OK)
		*ret = expr_bool(matches);
	return rc;
}

static enum rc run_length(struct expr_run *run, const struct expr_node *n, struct expr_value *ret,
                          struct err *reterr)
{
	struct span text;
	enum rc rc = arg_text(run, n, 0, &text, reterr);

	if (rc == RC_OK)
		*ret = expr_integer((int64_t)text_chars(text));
	return rc;
}

static enum rc run_concat(struct expr_run *run, const struct expr_node *n, struct expr_value *ret,
                          struct err *reterr)
{
	struct buf b;
	struct span text;
	enum rc rc = RC_OK;

	buf_init(&b, LIMIT_EXPR_STRING);
	for (unsigned i = 0; rc == RC_OK && i < n->nargs; i++) {
		rc = arg_text(run, n, i, &text, reterr);
		if (rc == RC_OK)
			buf_add_span(&b, text);
	}
	if (rc == RC_OK && b.failed)
		rc = err_num(reterr, RC_LIMIT, NULL, "expr.string", "max", LIMIT_EXPR_STRING);
	if (rc == RC_OK)
		rc = expr_eval_string(run, span_buf(&b), ret, reterr);
	buf_free(&b);
	return rc;
}

static bool stands_at(struct span text, size_t at, struct span part)
{
	return part.len <= text.len - at &&
	       (part.len == 0 || memcmp(text.p + at, part.p, part.len) == 0);
}

static enum rc two_texts(struct expr_run *run, const struct expr_node *n, struct span *text,
                         struct span *part, struct err *reterr)
{
	enum rc rc = arg_text(run, n, 0, text, reterr);

	return rc == RC_OK ? arg_text(run, n, 1, part, reterr) : rc;
}

static enum rc run_contains(struct expr_run *run, const struct expr_node *n,
                            struct expr_value *ret, struct err *reterr)
{
	struct span text, part;
	bool found = false;
	enum rc rc = two_texts(run, n, &text, &part, reterr);

	if (rc == RC_OK) /* quadratic: charge for it */
		rc = expr_eval_step(run, text.len / 64 * (part.len / 64 + 1), reterr);
	if (rc != RC_OK)
		return rc;
	for (size_t at = 0; at <= text.len && !found; at++)
		found = stands_at(text, at, part);
	*ret = expr_bool(found);
	return RC_OK;
}

static enum rc run_starts(struct expr_run *run, const struct expr_node *n,
                          struct expr_value *ret, struct err *reterr)
{
	struct span text, part;
	enum rc rc = two_texts(run, n, &text, &part, reterr);

	if (rc == RC_OK)
		*ret = expr_bool(stands_at(text, 0, part));
	return rc;
}

/* ---- numbers ---- */

static enum rc run_number(struct expr_run *run, const struct expr_node *n,
                          struct expr_value *ret, struct err *reterr)
{
	struct expr_value v;
	expr_num x;
	enum rc rc = arg(run, n, 0, &v, reterr);

	if (rc == RC_OK)
		*ret = expr_number(&v, &x) ? number(x) : expr_empty();
	return rc;
}

/* int(x): towards zero */
static enum rc run_int(struct expr_run *run, const struct expr_node *n, struct expr_value *ret,
                       struct err *reterr)
{
	struct expr_value v;
	expr_num x;
	enum rc rc = arg(run, n, 0, &v, reterr);

	if (rc == RC_OK)
		*ret = expr_number(&v, &x) ? number(x - x % EXPR_ONE) : expr_empty();
	return rc;
}

/* round(x) or round(x, places): half away from zero */
static enum rc run_round(struct expr_run *run, const struct expr_node *n, struct expr_value *ret,
                         struct err *reterr)
{
	struct expr_value v, places = expr_integer(0);
	int64_t p;
	expr_num x;
	enum rc rc = arg(run, n, 0, &v, reterr);

	if (rc == RC_OK && n->nargs == 2)
		rc = arg(run, n, 1, &places, reterr);
	if (rc != RC_OK)
		return rc;
	if (!expr_number(&v, &x) || !expr_whole(&places, &p)) {
		*ret = expr_empty();
		return RC_OK;
	}
	if (p > EXPR_NUM_PLACES)
		p = EXPR_NUM_PLACES;
	if (p < EXPR_NUM_ROUND_MIN)
		p = EXPR_NUM_ROUND_MIN;
	if (expr_round(x, (int)p, &x) != RC_OK)
		return expr_eval_fail(n, RC_LIMIT, "expr.overflow", reterr);
	*ret = number(x);
	return RC_OK;
}

enum gather_as { GATHER_SUM, GATHER_MIN, GATHER_MAX };

/* What sum, min and max gather over all members of all arguments. */
struct gathered {
	enum gather_as as;
	size_t members, answered;
	bool text;              /* something that is no number */
	expr_num total;         /* sum */
	struct expr_value best; /* min, max */
	expr_num best_num;
};

static enum rc gather_one(const struct expr_node *n, const struct expr_value *v,
                          struct gathered *g, struct err *reterr)
{
	expr_num x;

	g->members++;
	if (expr_is_empty(v))
		return RC_OK;
	if (!expr_number(v, &x)) {
		g->text = true;
		return RC_OK;
	}
	if (g->as == GATHER_SUM && !expr_num_add(g->total, x, &g->total))
		return expr_eval_fail(n, RC_LIMIT, "expr.overflow", reterr);
	if (g->answered++ == 0 || (g->as == GATHER_MIN ? x < g->best_num : x > g->best_num)) {
		g->best = *v;
		g->best_num = x;
	}
	return RC_OK;
}

static enum rc gather(struct expr_run *run, const struct expr_node *n, struct gathered *g,
                      struct err *reterr)
{
	for (unsigned i = 0; i < n->nargs; i++) {
		struct expr_value v;
		const struct expr_value *item = &v;
		size_t count = 1;
		enum rc rc = arg(run, n, i, &v, reterr);

		if (rc == RC_OK && v.type == EXPR_SET) {
			item = v.item;
			count = v.n;
			rc = expr_eval_step(run, v.n, reterr);
		}
		for (size_t j = 0; rc == RC_OK && j < count; j++)
			rc = gather_one(n, &item[j], g, reterr);
		if (rc != RC_OK)
			return rc;
	}
	return RC_OK;
}

/* sum(set or values, …): 0 of no members, "" when there are members but no answers */
static enum rc run_sum(struct expr_run *run, const struct expr_node *n, struct expr_value *ret,
                       struct err *reterr)
{
	struct gathered g = {.as = GATHER_SUM};
	enum rc rc = gather(run, n, &g, reterr);

	if (rc != RC_OK)
		return rc;
	*ret = g.text || (g.members > 0 && g.answered == 0) ? expr_empty() : number(g.total);
	return RC_OK;
}

/* The least or greatest; of dates a date. */
static enum rc run_best(struct expr_run *run, const struct expr_node *n, enum gather_as as,
                        struct expr_value *ret, struct err *reterr)
{
	struct gathered g = {.as = as};
	struct expr_value v;
	enum rc rc = gather(run, n, &g, reterr);

	if (rc != RC_OK)
		return rc;
	if (g.text || g.answered == 0)
		*ret = expr_empty();
	else if (g.best.type == EXPR_STRING && expr_decimal(g.best.str, &v) == RC_OK)
		*ret = v;
	else
		*ret = g.best;
	return RC_OK;
}

static enum rc run_min(struct expr_run *run, const struct expr_node *n, struct expr_value *ret,
                       struct err *reterr)
{
	return run_best(run, n, GATHER_MIN, ret, reterr);
}

static enum rc run_max(struct expr_run *run, const struct expr_node *n, struct expr_value *ret,
                       struct err *reterr)
{
	return run_best(run, n, GATHER_MAX, ret, reterr);
}

/* count(set, …): its members; of a single value: 1 if answered */
static enum rc run_count(struct expr_run *run, const struct expr_node *n, struct expr_value *ret,
                         struct err *reterr)
{
	int64_t count = 0;

	for (unsigned i = 0; i < n->nargs; i++) {
		struct expr_value v;
		enum rc rc = arg(run, n, i, &v, reterr);

		if (rc != RC_OK)
			return rc;
		count += v.type == EXPR_SET ? (int64_t)v.n : !expr_is_empty(&v);
	}
	*ret = expr_integer(count);
	return RC_OK;
}

/* ---- dates ---- */

static enum rc run_today(struct expr_run *run, const struct expr_node *n, struct expr_value *ret,
                         struct err *reterr)
{
	char date[TEXT_DATE_LEN];

	(void)n;
	text_time_date(run->env->now_s, date);
	return expr_eval_string(run, span_of(date, text_is_date(span_str(date)) ? DATE_LEN : 0),
	                        ret, reterr);
}

static enum rc run_now(struct expr_run *run, const struct expr_node *n, struct expr_value *ret,
                       struct err *reterr)
{
	char date[TEXT_DATE_LEN], clock[TEXT_TIME_LEN], both[TEXT_DATE_LEN + TEXT_TIME_LEN];

	(void)n;
	text_time_date(run->env->now_s, date);
	text_time_fmt(run->env->now_s, clock); /* dd/mm/yyyy HH:MM */
	if (!text_is_date(span_str(date))) {
		*ret = expr_empty();
		return RC_OK;
	}
	snprintf(both, sizeof(both), "%sT%s", date, clock + DATE_LEN + 1);
	return expr_eval_string(run, span_str(both), ret, reterr);
}

/* A date as its parts; what format-date prints. */
struct moment {
	char date[TEXT_DATE_LEN]; /* yyyy-mm-dd */
	char week[TEXT_WEEK_LEN]; /* yyyy-Www */
	int hour, minute;
};

static bool read_moment(const struct expr_value *v, struct moment *m)
{
	const expr_num far = 10000000; /* days; far more than any date text_days_date knows */
	expr_num x, minutes;
	int64_t days;
	int rest;

	if (v->type == EXPR_BOOL || !expr_number(v, &x) || x > far * EXPR_ONE ||
	    x < -far * EXPR_ONE)
		return false;
	minutes = (x * 1440 + EXPR_ONE / 2 + far * 1440 * EXPR_ONE) / EXPR_ONE; /* >= 0 */
	days = (int64_t)(minutes / 1440 - far);
	rest = (int)(minutes % 1440);
	m->hour = rest / 60;
	m->minute = rest % 60;
	return text_days_date(days, m->date, NULL) == RC_OK &&
	       text_week(span_of(m->date, DATE_LEN), m->week, NULL) == RC_OK;
}

/* One directive; false when there is no such one. NULL m: only say whether it exists. */
static bool format_one(char c, const struct moment *m, struct buf *out)
{
	static const struct moment any = {.date = "2000-01-01", .week = "1999-W52"};
	const struct moment *x = m != NULL ? m : &any;

	switch (c) {
	case 'Y': buf_add(out, x->date, 4); return true;
	case 'y': buf_add(out, x->date + 2, 2); return true;
	case 'm': buf_add(out, x->date + 5, 2); return true;
	case 'n': buf_addf(out, "%d", (x->date[5] - '0') * 10 + x->date[6] - '0'); return true;
	case 'd': buf_add(out, x->date + 8, 2); return true;
	case 'e': buf_addf(out, "%d", (x->date[8] - '0') * 10 + x->date[9] - '0'); return true;
	case 'G': buf_add(out, x->week, 4); return true;
	case 'V': buf_add(out, x->week + 6, 2); return true;
	case 'H': buf_addf(out, "%02d", x->hour); return true;
	case 'h': buf_addf(out, "%d", x->hour); return true;
	case 'M': buf_addf(out, "%02d", x->minute); return true;
	case '%': buf_add_char(out, '%'); return true;
	default: return false;
	}
}

static bool format_all(struct span format, const struct moment *m, struct buf *out)
{
	for (size_t i = 0; i < format.len; i++) {
		if (format.p[i] != '%')
			buf_add_char(out, (char)format.p[i]);
		else if (i + 1 == format.len || !format_one((char)format.p[++i], m, out))
			return false;
	}
	return !out->failed;
}

static enum rc prepare_format(struct expr *x, struct expr_node *n, struct err *reterr)
{
	const struct expr_node *format = NULL;
	struct buf b;
	enum rc rc = want_literal(x, n, 1, "expr.format", &format, reterr);

	if (rc != RC_OK)
		return rc;
	buf_init(&b, FORMAT_LEN);
	if (!format_all(format->value.str, NULL, &b))
		rc = expr_lex_refuse("expr.format", format->col, format->value.str, reterr);
	buf_free(&b);
	return rc;
}

/* format-date(date, '%d/%m/%Y'): of a date, a date-time, or days since 1970; else "" */
static enum rc run_format(struct expr_run *run, const struct expr_node *n,
                          struct expr_value *ret, struct err *reterr)
{
	struct expr_value v, format;
	struct moment m;
	struct buf b;
	enum rc rc = arg(run, n, 0, &v, reterr);

	if (rc == RC_OK)
		rc = arg(run, n, 1, &format, reterr);
	if (rc != RC_OK)
		return rc;
	if (!read_moment(&v, &m)) {
		*ret = expr_empty();
		return RC_OK;
	}
	buf_init(&b, FORMAT_LEN);
	if (format_all(format.str, &m, &b))
		rc = expr_eval_string(run, span_buf(&b), ret, reterr);
	else
		rc = expr_eval_fail(n, RC_LIMIT, "expr.string", reterr);
	buf_free(&b);
	return rc;
}

/* ---- the table ---- */

#define MANY EXPR_NIL

static const struct expr_func table[] = {
	{"coalesce", 1, MANY, run_coalesce, NULL},
	{"concat", 1, MANY, run_concat, NULL},
	{"contains", 2, 2, run_contains, NULL},
	{"count", 1, MANY, run_count, NULL},
	{"count-selected", 1, 1, run_count_selected, NULL},
	{"false", 0, 0, run_false, NULL},
	{"format-date", 2, 2, run_format, prepare_format},
	{"if", 3, 3, run_if, NULL},
	{"int", 1, 1, run_int, NULL},
	{"max", 1, MANY, run_max, NULL},
	{"min", 1, MANY, run_min, NULL},
	{"not", 1, 1, run_not, NULL},
	{"now", 0, 0, run_now, NULL},
	{"number", 1, 1, run_number, NULL},
	{"regex", 2, 2, run_regex, prepare_regex},
	{"round", 1, 2, run_round, NULL},
	{"selected", 2, 2, run_selected, NULL},
	{"starts-with", 2, 2, run_starts, NULL},
	{"string-length", 1, 1, run_length, NULL},
	{"sum", 1, MANY, run_sum, NULL},
	{"today", 0, 0, run_today, NULL},
	{"true", 0, 0, run_true, NULL},
};

const struct expr_func *expr_func_find(struct span name)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (span_eq_str(name, table[i].name))
			return &table[i];
	return NULL;
}
