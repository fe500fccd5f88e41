/*
 * xlsform_expr: an XLSForm expression as one of sync/expr (docs/decisions/0003): the two are nearly the same
 * language, so only names are written anew (${Name} -> ${name}, of the form around a repeat ${parent.name}, of a
 * repeat ${kind.name}); everything else is left to expr_compile, which refuses what it does not know.
 */
#include <string.h>

#include "lib/num.h"
#include "server-stub/xlsform_part.h"
#include "sync/expr.h"

enum { SHIFTS_MAX = 128 };

struct translating {
	struct xf *x;
	const struct xf_row *row;
	enum xf_col col;
	size_t form;
	bool quiet, bad;
	struct buf out;
	struct shift {
		size_t in, out;
	} shift[SHIFTS_MAX]; /* where a name ended, before and after */
	size_t nshift;
};

static void refuse(struct translating *t, const char *key, struct span name)
{
	char text[64];
	size_t n = name.len < sizeof(text) - 1 ? name.len : sizeof(text) - 1;

	t->bad = true;
	if (t->quiet)
		return;
	memcpy(text, name.p, n);
	text[n] = '\0';
	xlsform_error(t->x, XF_SURVEY, t->row, t->col, key, "name", text, NULL);
}

/* Has the question a value that an expression can use? */
static bool has_value(enum xf_type t)
{
	return !xlsform_is_frame(t) && t != XF_T_NOTE && t != XF_T_IMAGE && t != XF_T_END;
}

static void add_name(struct translating *t, struct span was)
{
	const struct xf_question *q = xlsform_question(t->x, was);
	bool computed;

	if (!q) {
		refuse(t, "xlsform.no_question", was);
		return;
	}
	computed = q->type == XF_T_CALCULATE || q->type == XF_T_HIDDEN || q->row->cell[XF_CALCULATION][0];
	if (q->type == XF_T_NONE || !q->name[0])
		t->bad = true; /* told where it stands */
	else if (!has_value(q->type))
		refuse(t, "xlsform.not_a_value", was);
	else if (q->form == t->form)
		buf_addf(&t->out, "${%s}", q->name);
	else if (q->form == 0 && computed)
		refuse(t, "xlsform.parent_computed", was);
	else if (q->form == 0)
		buf_addf(&t->out, "${parent.%s}", q->name);
	else if (t->form == 0)
		buf_addf(&t->out, "${%s.%s}", t->x->form[q->form].name, q->name);
	else
		refuse(t, "xlsform.other_repeat", was);
}

/* Copy up to the quote that ends the text which begins at i; where it goes on. */
static size_t add_quoted(struct translating *t, const char *s, size_t i)
{
	char quote = s[i];

	do
		buf_add_char(&t->out, s[i++]);
	while (s[i] && s[i] != quote);
	if (s[i])
		buf_add_char(&t->out, s[i++]);
	return i;
}

static void translate(struct translating *t, const char *s)
{
	for (size_t i = 0; s[i];) {
		const char *end = s[i] == '$' && s[i + 1] == '{' ? strchr(s + i, '}') : NULL;

		if (s[i] == '\'' || s[i] == '"') {
			i = add_quoted(t, s, i);
		} else if (end) {
			add_name(t, span_trim(span_of(s + i + 2, (size_t)(end - s) - i - 2), " "));
			i = (size_t)(end - s) + 1;
			if (t->nshift < SHIFTS_MAX)
				t->shift[t->nshift++] = (struct shift){i, t->out.len};
		} else {
			buf_add_char(&t->out, s[i++]);
		}
	}
}

/* The column in the cell of one in what came of it. */
static size_t column_before(const struct translating *t, size_t col)
{
	size_t ret = col;

	for (size_t i = 0; i < t->nshift && t->shift[i].out < col; i++)
		ret = t->shift[i].in + (col - t->shift[i].out);
	return ret;
}

static void compile(struct translating *t)
{
	static const char *const same[] = {"near", "want", "max"};
	struct expr *x = NULL;
	struct err why, told;
	char num[NUM_I64_LEN];
	uint64_t col = 0;

	err_clear(&why);
	if (expr_compile(span_buf(&t->out), &x, &why) == RC_OK) {
		expr_free(x);
		return;
	}
	t->bad = true;
	if (t->quiet)
		return;
	err_set(&told, RC_INPUT, NULL, why.key, NULL);
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++)
		if (err_arg(&why, same[i]))
			err_add(&told, same[i], err_arg(&why, same[i]));
	if (err_arg(&why, "col") &&
	    num_u64(span_str(err_arg(&why, "col")), 0, LIMIT_EXPR_TEXT + 1, &col) == RC_OK) {
		num_str((int64_t)column_before(t, (size_t)col), num);
		err_add(&told, "col", num);
	}
	xlsform_fault(t->x, XF_SURVEY, t->row, t->col, &told);
}

const char *xlsform_expr(struct xf *x, const struct xf_row *row, enum xf_col col, size_t form, bool quiet)
{
	struct translating t = {.x = x, .row = row, .col = col, .form = form, .quiet = quiet};
	const char *ret = NULL;

	buf_init(&t.out, 2 * XLSX_CELL_MAX);
	translate(&t, row->cell[col]);
	if (!t.bad && buf_check(&t.out, NULL) != RC_OK)
		refuse(&t, "expr.too_long", span_of("", 0));
	if (!t.bad)
		compile(&t);
	if (!t.bad)
		ret = xlsform_keep(x, span_buf(&t.out));
	buf_free(&t.out);
	return ret;
}
