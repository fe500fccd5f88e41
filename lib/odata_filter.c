/*
 * odata_filter: $filter parsed by descent and asked of rows. OData Version 4.01 Part 2, 5.1.1: or, and, not,
 * comparisons, a few functions of text.
 *
 * Truth has three values: what is compared with null by contains and the like is null, and `not` of it, too; eq and
 * ne know null, gt and the others are false with it (5.1.1.1). Every literal is checked against its column when it is
 * parsed, so nothing can go wrong with a row.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/num.h"
#include "lib/odata.h"
#include "lib/text.h"

enum { YES = 1, NO = 0, NEITHER = -1 };

enum node_kind { OR, AND, NOT, COMPARE, TEXT, TRUTH };
enum comparison { EQ, NE, GT, GE, LT, LE, COMPARISONS };
enum text_function { CONTAINS, STARTS, ENDS, FUNCTIONS };

static const char *const comparisons[COMPARISONS] = {"eq", "ne", "gt", "ge", "lt", "le"};
static const enum comparison turned[COMPARISONS] = {EQ, NE, LT, LE, GT, GE};
static const char *const functions[FUNCTIONS] = {"contains", "startswith", "endswith"};
/* Words of OData's that would follow an operand, and are not offered. */
static const char *const lacking[] = {"add", "sub", "mul", "div", "divby", "mod", "has", "in"};

enum literal { L_NULL, L_BOOL, L_INT, L_DECIMAL, L_STRING, L_DATE, L_TIME };

/* Which literals a column of a type is compared with, besides null. */
static const unsigned fitting[ODATA_TYPES] = {
    [ODATA_STRING] = 1U << L_STRING,	    [ODATA_INT] = 1U << L_INT | 1U << L_DECIMAL,
    [ODATA_DECIMAL] = 1U << L_INT | 1U << L_DECIMAL, [ODATA_BOOL] = 1U << L_BOOL,
    [ODATA_DATE] = 1U << L_DATE,	    [ODATA_TIME] = 1U << L_TIME,
};

struct odata_filter {
	enum node_kind kind;
	int what; /* enum comparison, enum text_function; TRUTH without a column: YES, NO, NEITHER */
	size_t column;
	enum odata_type type; /* of the column */
	struct odata_value value;
	const char *number; /* a number as it was written */
	bool exact;	    /* value.n holds that number */
	const struct odata_filter *a, *b;
};

struct parser {
	const struct odata_set *set;
	struct span text;
	size_t at, terms, depth;
	struct arena *mem;
	struct err *reterr;
};

/* ---- words ---- */

/* A number, date or word as it stands here: what can be part of one. */
static struct span word(const struct parser *p)
{
	size_t n = p->at;

	while (n < p->text.len && (p->text.p[n] >= 0x80 || (p->text.p[n] > ' ' && !strchr("(),'", p->text.p[n]))))
		n++;
	return span_of(p->text.p + p->at, n - p->at);
}

static enum rc wrong(struct parser *p, enum rc rc, const char *key)
{
	struct span w = word(p);
	char near[ERR_ARG_LEN] = "";

	if (w.len == 0 && p->at < p->text.len)
		w = span_of(p->text.p + p->at, 1);
	memcpy(near, w.p ? (const char *)w.p : "", w.len < sizeof(near) ? w.len : 0);
	err_num(p->reterr, rc, NULL, key, "at", (long long)p->at + 1);
	if (p->reterr)
		err_add(p->reterr, "near", near);
	return rc;
}

static void blanks(struct parser *p)
{
	while (p->at < p->text.len && (p->text.p[p->at] == ' ' || p->text.p[p->at] == '\t'))
		p->at++;
}

static bool sign(struct parser *p, char c)
{
	blanks(p);
	if (p->at >= p->text.len || p->text.p[p->at] != (uint8_t)c)
		return false;
	p->at++;
	return true;
}

static bool take_word(struct parser *p, const char *name)
{
	blanks(p);
	if (!span_eq_str(word(p), name))
		return false;
	p->at += strlen(name);
	return true;
}

static int take_one_of(struct parser *p, const char *const *list, int n)
{
	for (int i = 0; i < n; i++)
		if (take_word(p, list[i]))
			return i;
	return -1;
}

static struct odata_filter *node(struct parser *p, enum node_kind kind)
{
	struct odata_filter *f = arena_alloc(p->mem, sizeof(*f));

	if (f)
		*f = (struct odata_filter){.kind = kind, .column = SIZE_MAX};
	else
		err_set(p->reterr, RC_LIMIT, NULL, "odata.long", NULL);
	return f;
}

static enum rc count_term(struct parser *p)
{
	if (++p->terms <= LIMIT_ODATA_TERMS)
		return RC_OK;
	return err_num(p->reterr, RC_LIMIT, NULL, "odata.filter_terms", "max", LIMIT_ODATA_TERMS);
}

/* ---- literals ---- */

struct operand {
	bool is_column;
	size_t column;
	enum literal literal;
	struct odata_value value;
	const char *text; /* as written, of a number */
	size_t at;
};

static enum rc read_text(struct parser *p, struct operand *o)
{
	char *s = arena_alloc(p->mem, p->text.len - p->at + 1);
	size_t n = 0;

	if (!s)
		return err_set(p->reterr, RC_LIMIT, NULL, "odata.long", NULL);
	for (p->at++; p->at < p->text.len; p->at++) {
		if (p->text.p[p->at] == '\'' && (p->at + 1 == p->text.len || p->text.p[p->at + 1] != '\''))
			break;
		p->at += p->text.p[p->at] == '\'';
		s[n++] = (char)p->text.p[p->at];
	}
	if (!sign(p, '\'') || memchr(s, '\0', n))
		return wrong(p, RC_INPUT, "odata.filter_syntax");
	*o = (struct operand){.literal = L_STRING, .value.text = s, .at = o->at};
	return RC_OK;
}

static bool digits(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	return s.len > 0;
}

static int two(const uint8_t *p)
{
	return (p[0] - '0') * 10 + (p[1] - '0');
}

/* "hh:mm", "hh:mm:ss" and a fraction of it, which is dropped: seconds; -1: none. */
static int64_t clock_of(struct span s)
{
	bool seconds = s.len > 5;

	if (s.len < 5 || s.p[2] != ':' || !digits(span_of(s.p, 2)) || !digits(span_of(s.p + 3, 2)) ||
	    two(s.p) > 23 || two(s.p + 3) > 59)
		return -1;
	if (seconds && (s.len < 8 || s.p[5] != ':' || !digits(span_of(s.p + 6, 2)) || two(s.p + 6) > 59))
		return -1;
	if (s.len > 8 && (s.p[8] != '.' || !digits(span_of(s.p + 9, s.len - 9))))
		return -1;
	return two(s.p) * 3600 + two(s.p + 3) * 60 + (seconds ? two(s.p + 6) : 0);
}

/* "2026-11-25T08:30:00+07:00", "…Z". */
static bool read_time(struct span s, int64_t *ret)
{
	enum { DATE = 10, ZONE = 6, LOCAL = 7 * 3600 };
	int64_t at = 0, clock, zone = 0;

	if (s.len < DATE + 2 || s.p[DATE] != 'T' || text_time_of(span_of(s.p, DATE), 0, &at, NULL) != RC_OK)
		return false;
	if (s.p[s.len - 1] == 'Z') {
		s.len--;
	} else {
		const uint8_t *z = s.p + s.len - ZONE;

		if (s.len < DATE + 1 + ZONE || (z[0] != '+' && z[0] != '-'))
			return false;
		zone = clock_of(span_of(z + 1, ZONE - 1));
		if (zone < 0)
			return false;
		zone = z[0] == '-' ? -zone : zone;
		s.len -= ZONE;
	}
	clock = clock_of(span_of(s.p + DATE + 1, s.len - DATE - 1));
	*ret = at + LOCAL + clock - zone;
	return clock >= 0;
}

/* -12 or 12.50; at most as long as an answer would ever have it. */
static bool read_number(struct span s, struct operand *o)
{
	struct span whole = s, part = {NULL, 0};
	const uint8_t *dot;

	if (whole.len > 0 && whole.p[0] == '-')
		whole = span_of(whole.p + 1, whole.len - 1);
	dot = whole.len ? memchr(whole.p, '.', whole.len) : NULL;
	if (dot) {
		part = span_of(dot + 1, whole.len - (size_t)(dot - whole.p) - 1);
		whole.len = (size_t)(dot - whole.p);
	}
	if (!digits(whole) || (dot && !digits(part)) || s.len > 40)
		return false;
	o->literal = !dot && num_i64(s, INT64_MIN, INT64_MAX, &o->value.n) == RC_OK ? L_INT : L_DECIMAL;
	return true;
}

static bool read_plain(struct span w, struct operand *o)
{
	if (span_eq_str(w, "null"))
		o->literal = L_NULL;
	else if (span_eq_str(w, "true") || span_eq_str(w, "false")) {
		o->literal = L_BOOL;
		o->value.n = w.p[0] == 't';
	} else if (text_is_date(w)) {
		o->literal = L_DATE;
	} else if (read_time(w, &o->value.n)) {
		o->literal = L_TIME;
	} else {
		return read_number(w, o);
	}
	return true;
}

static enum rc read_operand(struct parser *p, struct operand *o)
{
	struct span w;

	blanks(p);
	*o = (struct operand){.at = p->at};
	if (p->at < p->text.len && p->text.p[p->at] == '\'')
		return read_text(p, o);
	w = word(p);
	if (w.len == 0)
		return wrong(p, RC_INPUT, "odata.filter_syntax");
	if (read_plain(w, o)) {
		o->text = arena_str(p->mem, w);
		if (!o->text)
			return err_set(p->reterr, RC_LIMIT, NULL, "odata.long", NULL);
		if (o->literal == L_DATE)
			o->value.text = o->text;
		p->at += w.len;
		return RC_OK;
	}
	o->column = odata_column(p->set, w);
	o->is_column = true;
	if (o->column == SIZE_MAX) {
		bool more = p->at + w.len < p->text.len && p->text.p[p->at + w.len] == '(';

		return more || memchr(w.p, '/', w.len) ? wrong(p, RC_USAGE, "odata.filter_lacks")
						       : wrong(p, RC_INPUT, "odata.filter_column");
	}
	p->at += w.len;
	return RC_OK;
}

/* ---- terms ---- */

static enum rc compare(struct parser *p, const struct operand *column, const struct operand *literal,
		       int what, const struct odata_filter **ret)
{
	enum odata_type type = p->set->column[column->column].type;
	bool null = literal->literal == L_NULL;
	struct odata_filter *f;

	if (!null && !(fitting[type] >> literal->literal & 1U)) {
		p->at = literal->at;
		return wrong(p, RC_INPUT, "odata.filter_type");
	}
	f = node(p, COMPARE);
	if (!f)
		return RC_LIMIT;
	f->what = what;
	f->column = column->column;
	f->type = type;
	f->value = literal->value;
	f->value.null = null;
	f->number = literal->literal == L_INT || literal->literal == L_DECIMAL ? literal->text : NULL;
	f->exact = literal->literal == L_INT;
	*ret = f;
	return RC_OK;
}

/* A column of truth, true or false, by itself. */
static enum rc truth(struct parser *p, const struct operand *o, const struct odata_filter **ret)
{
	struct odata_filter *f;

	if (o->is_column ? p->set->column[o->column].type != ODATA_BOOL
			 : o->literal != L_BOOL && o->literal != L_NULL) {
		p->at = o->at;
		return wrong(p, RC_INPUT, "odata.filter_type");
	}
	f = node(p, TRUTH);
	if (!f)
		return RC_LIMIT;
	f->column = o->is_column ? o->column : SIZE_MAX;
	f->what = o->literal == L_NULL ? NEITHER : (int)o->value.n;
	*ret = f;
	return RC_OK;
}

static enum rc comparison(struct parser *p, const struct odata_filter **ret)
{
	struct operand left, right;
	enum rc rc = read_operand(p, &left);
	int what;

	if (rc != RC_OK)
		return rc;
	what = take_one_of(p, comparisons, COMPARISONS);
	if (what < 0) {
		for (size_t i = 0; i < sizeof(lacking) / sizeof(lacking[0]); i++)
			if (span_eq_str(word(p), lacking[i]))
				return wrong(p, RC_USAGE, "odata.filter_lacks");
		return truth(p, &left, ret);
	}
	rc = read_operand(p, &right);
	if (rc != RC_OK)
		return rc;
	if (left.is_column == right.is_column) { /* two columns, or none */
		p->at = right.at;
		return wrong(p, RC_USAGE, "odata.filter_lacks");
	}
	return left.is_column ? compare(p, &left, &right, what, ret)
			      : compare(p, &right, &left, (int)turned[what], ret);
}

static enum rc fold(struct parser *p, const char *text, const char **ret)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, LIMIT_ODATA_MEM);
	rc = text_fold(span_str(text), &b, p->reterr);
	if (rc == RC_OK) {
		*ret = arena_str(p->mem, span_buf(&b));
		rc = *ret ? RC_OK : err_set(p->reterr, RC_LIMIT, NULL, "odata.long", NULL);
	}
	buf_free(&b);
	return rc;
}

/* Behind the name: (column,'text'). */
static enum rc text_term(struct parser *p, int what, const struct odata_filter **ret)
{
	struct operand column, text;
	struct odata_filter *f = node(p, TEXT);
	enum rc rc = f ? RC_OK : RC_LIMIT;

	if (rc == RC_OK && !sign(p, '('))
		rc = wrong(p, RC_INPUT, "odata.filter_syntax");
	if (rc == RC_OK)
		rc = read_operand(p, &column);
	if (rc == RC_OK && !sign(p, ','))
		rc = wrong(p, RC_INPUT, "odata.filter_syntax");
	if (rc == RC_OK)
		rc = read_operand(p, &text);
	if (rc == RC_OK && !sign(p, ')'))
		rc = wrong(p, RC_INPUT, "odata.filter_syntax");
	if (rc != RC_OK)
		return rc;
	if (!column.is_column || p->set->column[column.column].type != ODATA_STRING || text.is_column ||
	    text.literal != L_STRING) {
		p->at = column.at;
		return wrong(p, RC_INPUT, "odata.filter_type");
	}
	f->what = what;
	f->column = column.column;
	*ret = f;
	return fold(p, text.value.text, &f->value.text);
}

static enum rc any(struct parser *p, const struct odata_filter **ret);

static enum rc inside(struct parser *p, const struct odata_filter **ret)
{
	enum rc rc = any(p, ret);

	if (rc == RC_OK && !sign(p, ')'))
		rc = wrong(p, RC_INPUT, "odata.filter_syntax");
	return rc;
}

static enum rc negated(struct parser *p, const struct odata_filter **ret);

static enum rc one(struct parser *p, const struct odata_filter **ret)
{
	int what;
	enum rc rc;

	if (sign(p, '('))
		return inside(p, ret);
	if (take_word(p, "not"))
		return negated(p, ret);
	rc = count_term(p);
	if (rc != RC_OK)
		return rc;
	what = take_one_of(p, functions, FUNCTIONS);
	return what < 0 ? comparison(p, ret) : text_term(p, what, ret);
}

static enum rc deeper(struct parser *p, const struct odata_filter **ret)
{
	enum rc rc;

	if (p->depth == LIMIT_ODATA_DEPTH)
		return err_num(p->reterr, RC_LIMIT, NULL, "odata.filter_deep", "max", LIMIT_ODATA_DEPTH);
	p->depth++;
	rc = one(p, ret);
	p->depth--;
	return rc;
}

static enum rc negated(struct parser *p, const struct odata_filter **ret)
{
	struct odata_filter *f = node(p, NOT);
	enum rc rc = f ? deeper(p, &f->a) : RC_LIMIT;

	*ret = f;
	return rc;
}

/* Terms joined by one word; the next level does what stands between them. */
static enum rc joined(struct parser *p, enum node_kind kind, const char *by,
		      enum rc (*next)(struct parser *p, const struct odata_filter **ret),
		      const struct odata_filter **ret)
{
	enum rc rc = next(p, ret);

	while (rc == RC_OK && take_word(p, by)) {
		struct odata_filter *f = node(p, kind);

		if (!f)
			return RC_LIMIT;
		f->a = *ret;
		rc = next(p, &f->b);
		*ret = f;
	}
	return rc;
}

static enum rc all(struct parser *p, const struct odata_filter **ret)
{
	return joined(p, AND, "and", deeper, ret);
}

static enum rc any(struct parser *p, const struct odata_filter **ret)
{
	return joined(p, OR, "or", all, ret);
}

enum rc odata_filter_parse(const struct odata_set *set, struct span text, struct arena *mem,
			   const struct odata_filter **ret, struct err *reterr)
{
	struct parser p = {.set = set, .text = text, .mem = mem, .reterr = reterr};
	const struct odata_filter *f = NULL;
	enum rc rc = text_is_utf8(text) ? any(&p, &f) : wrong(&p, RC_INPUT, "odata.filter_syntax");

	blanks(&p);
	if (rc == RC_OK && p.at < text.len)
		rc = wrong(&p, RC_INPUT, "odata.filter_syntax");
	if (rc == RC_OK)
		*ret = f;
	return rc;
}

enum rc odata_filter_both(const struct odata_filter *a, const struct odata_filter *b, struct arena *mem,
			  const struct odata_filter **ret, struct err *reterr)
{
	struct parser p = {.mem = mem, .reterr = reterr};
	struct odata_filter *f;

	if (!a || !b) {
		*ret = a ? a : b;
		return RC_OK;
	}
	f = node(&p, AND);
	if (!f)
		return RC_LIMIT;
	f->a = a;
	f->b = b;
	*ret = f;
	return RC_OK;
}

/* ---- asking ---- */

static struct span fraction(struct span *s)
{
	const uint8_t *dot = s->len ? memchr(s->p, '.', s->len) : NULL;
	struct span f = {NULL, 0};

	if (dot) {
		f = span_of(dot + 1, s->len - (size_t)(dot - s->p) - 1);
		s->len = (size_t)(dot - s->p);
	}
	while (f.len > 0 && f.p[f.len - 1] == '0')
		f.len--;
	while (s->len > 1 && s->p[0] == '0')
		*s = span_of(s->p + 1, s->len - 1);
	return f;
}

/* Two decimals as text, of any length: exact, and no ceiling to overflow. */
static int number_cmp(struct span a, struct span b)
{
	bool na = a.len > 0 && a.p[0] == '-', nb = b.len > 0 && b.p[0] == '-';
	struct span fa, fb;
	int c;

	a = span_of(a.p + na, a.len - na);
	b = span_of(b.p + nb, b.len - nb);
	fa = fraction(&a);
	fb = fraction(&b);
	if (fa.len + fb.len == 0 && span_eq_str(a, "0") && span_eq_str(b, "0"))
		return 0; /* -0 is 0 */
	if (na != nb)
		return na ? -1 : 1;
	c = a.len != b.len ? (a.len > b.len) - (a.len < b.len) : span_cmp(a, b);
	if (c == 0)
		c = span_cmp(fa, fb);
	return na ? -c : c;
}

static int value_cmp(const struct odata_filter *f, const struct odata_value *v)
{
	char n[NUM_I64_LEN];

	switch (f->type) {
	case ODATA_BOOL:
	case ODATA_TIME: return (v->n > f->value.n) - (v->n < f->value.n);
	case ODATA_INT: num_str(v->n, n); return number_cmp(span_str(n), span_str(f->number));
	case ODATA_DECIMAL: return number_cmp(span_str(v->text), span_str(f->number));
	default: return strcmp(v->text, f->value.text);
	}
}

static int ask_compare(const struct odata_filter *f, const struct odata_row *row)
{
	struct odata_value v = row->get(row->ctx, f->column);
	int c;

	if (v.null || f->value.null) {
		bool same = v.null && f->value.null;

		return f->what == EQ ? same : f->what == NE ? !same : NO;
	}
	c = value_cmp(f, &v);
	switch ((enum comparison)f->what) {
	case EQ: return c == 0;
	case NE: return c != 0;
	case GT: return c > 0;
	case GE: return c >= 0;
	case LT: return c < 0;
	default: return c <= 0;
	}
}

static int ask_text(const struct odata_filter *f, const struct odata_row *row)
{
	struct odata_value v = row->get(row->ctx, f->column);
	size_t n = strlen(f->value.text);
	struct buf b;
	int found = NO;

	if (v.null)
		return NEITHER;
	buf_init(&b, LIMIT_TEXT);
	if (text_fold(span_str(v.text), &b, NULL) == RC_OK && b.len >= n) {
		const char *s = b.p ? (const char *)b.p : "";

		found = f->what == CONTAINS ? strstr(s, f->value.text) != NULL
			: f->what == STARTS ? memcmp(s, f->value.text, n) == 0
					    : memcmp(s + b.len - n, f->value.text, n) == 0;
	}
	buf_free(&b);
	return found;
}

static int ask(const struct odata_filter *f, const struct odata_row *row)
{
	struct odata_value v;
	int a, b;

	switch (f->kind) {
	case COMPARE: return ask_compare(f, row);
	case TEXT: return ask_text(f, row);
	case TRUTH:
		if (f->column == SIZE_MAX)
			return f->what;
		v = row->get(row->ctx, f->column);
		return v.null ? NEITHER : (int)v.n;
	case NOT:
		a = ask(f->a, row);
		return a == NEITHER ? a : !a;
	default: break;
	}
	a = ask(f->a, row);
	if (a == (f->kind == OR ? YES : NO))
		return a;
	b = ask(f->b, row);
	if (b == (f->kind == OR ? YES : NO))
		return b;
	return a == NEITHER ? a : b;
}

bool odata_filter_fits(const struct odata_filter *f, const struct odata_row *row)
{
	return !f || ask(f, row) == YES;
}

/* A whole number that value.n holds, or a value that is no number. */
static bool is_exact(const struct odata_filter *f)
{
	return !f->number || (f->exact && strlen(f->number) < NUM_I64_LEN - 2);
}

bool odata_filter_pins(const struct odata_filter *f, size_t column, struct odata_value *ret)
{
	if (!f)
		return false;
	if (f->kind == AND)
		return odata_filter_pins(f->a, column, ret) || odata_filter_pins(f->b, column, ret);
	if (f->column != column || !is_exact(f) || (f->kind != COMPARE && f->kind != TRUTH) ||
	    (f->kind == COMPARE && (f->what != EQ || f->value.null)))
		return false;
	*ret = f->value;
	if (f->kind == TRUTH)
		ret->n = YES;
	return true;
}

void odata_filter_range(const struct odata_filter *f, size_t column, int64_t *lo, int64_t *hi)
{
	int64_t n;

	if (!f)
		return;
	if (f->kind == AND) {
		odata_filter_range(f->a, column, lo, hi);
		odata_filter_range(f->b, column, lo, hi);
		return;
	}
	if (f->kind != COMPARE || f->column != column || f->value.null || !is_exact(f))
		return;
	n = f->value.n;
	if ((f->what == EQ || f->what == GE || f->what == GT) && n + (f->what == GT) > *lo)
		*lo = n + (f->what == GT);
	if ((f->what == EQ || f->what == LE || f->what == LT) && n - (f->what == LT) < *hi)
		*hi = n - (f->what == LT);
}
