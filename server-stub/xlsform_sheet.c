/*
 * xlsform_sheet: the three sheets of a workbook as tables of known columns: headers by their names and
 * aliases, with their language; cells as texts. A cell of an unknown column is refused; empty ones are not missed.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/num.h"
#include "lib/text.h"
#include "server-stub/xlsform_part.h"

enum { HEADERS = XLSX_CELLS, SETTINGS_LINE = 1 };

const char *xlsform_sheet_name(enum xf_sheet s)
{
	static const char *const name[XF_SHEETS] = {"settings", "choices", "survey"};

	return name[s];
}

const struct xf_row *xlsform_settings(const struct xf *x)
{
	return x->table[XF_SETTINGS].n > 0 ? &x->table[XF_SETTINGS].row[0] : NULL;
}

/* ---- findings ---- */

static void address(const struct xf *x, enum xf_sheet s, const struct xf_row *row, enum xf_col col,
		    char ret[16])
{
	size_t n = x->table[s].at[col] ? x->table[s].at[col] : 1;
	char letters[4];
	size_t k = sizeof(letters) - 1;

	letters[k] = '\0';
	for (; n > 0 && k > 0; n = (n - 1) / 26)
		letters[--k] = (char)('A' + (n - 1) % 26);
	snprintf(ret, 16, "%s%lld", letters + k, (long long)(row ? row->line : SETTINGS_LINE));
}

static void tell(struct xf *x, const char *severity, const char *sheet, const char *cell,
		 int64_t line, const struct err *why)
{
	struct json *o;
	struct buf text;

	if (json_len(x->out->findings) >= LIMIT_FORM_FINDINGS)
		return;
	o = json_object();
	buf_init(&text, LIMIT_ERR_TEXT);
	lang_err(x->ask->lang, why, &text);
	json_set_str(o, "severity", severity);
	json_set_str(o, "sheet", sheet);
	json_set_str(o, "cell", cell);
	json_set_int(o, "line", line);
	json_set_span(o, "text", span_buf(&text));
	json_append(x->out->findings, o);
	buf_free(&text);
}

void xlsform_fault(struct xf *x, enum xf_sheet s, const struct xf_row *row, enum xf_col col,
	      const struct err *why)
{
	char cell[16];

	address(x, s, row, col, cell);
	x->out->nerror++;
	tell(x, "error", xlsform_sheet_name(s), cell, row ? row->line : SETTINGS_LINE, why);
}

static void fill(struct err *e, const char *key, va_list ap)
{
	const char *name;

	err_set(e, RC_INPUT, NULL, key, NULL);
	while ((name = va_arg(ap, const char *)) != NULL)
		err_add(e, name, va_arg(ap, const char *));
}

void xlsform_error(struct xf *x, enum xf_sheet s, const struct xf_row *row, enum xf_col col,
	      const char *key, ...)
{
	struct err e;
	va_list ap;

	va_start(ap, key);
	fill(&e, key, ap);
	va_end(ap);
	xlsform_fault(x, s, row, col, &e);
}

void xlsform_note(struct xf *x, enum xf_sheet s, const struct xf_row *row, enum xf_col col,
	     const char *key, ...)
{
	struct err e;
	char cell[16];
	va_list ap;

	va_start(ap, key);
	fill(&e, key, ap);
	va_end(ap);
	address(x, s, row, col, cell);
	tell(x, "note", xlsform_sheet_name(s), cell, row ? row->line : SETTINGS_LINE, &e);
}

const char *xlsform_keep(struct xf *x, struct span s)
{
	const char *kept = arena_str(&x->mem, s);

	if (!kept)
		x->no_memory = true;
	return kept ? kept : "";
}

/* ---- headers ---- */

#define ON(s) (1U << (s))

/* Names of columns as people write them, folded; pair: written once for each language. */
static const struct header {
	const char *name;
	enum xf_col col;
	unsigned sheets;
	bool pair;
} headers[] = {
    {"type", XF_TYPE, ON(XF_SURVEY), false},
    {"command", XF_TYPE, ON(XF_SURVEY), false},
    {"name", XF_NAME, ON(XF_SURVEY) | ON(XF_CHOICES), false},
    {"value", XF_NAME, ON(XF_SURVEY) | ON(XF_CHOICES), false},
    {"variable name", XF_NAME, ON(XF_SURVEY), false},
    {"label", XF_LABEL, ON(XF_SURVEY) | ON(XF_CHOICES), true},
    {"caption", XF_LABEL, ON(XF_SURVEY) | ON(XF_CHOICES), true},
    {"hint", XF_HINT, ON(XF_SURVEY), true},
    {"required", XF_REQUIRED, ON(XF_SURVEY), false},
    {"required_message", XF_REQUIRED_MSG, ON(XF_SURVEY), true},
    {"relevant", XF_RELEVANT, ON(XF_SURVEY), false},
    {"relevance", XF_RELEVANT, ON(XF_SURVEY), false},
    {"constraint", XF_CONSTRAINT, ON(XF_SURVEY), false},
    {"constraint_message", XF_CONSTRAINT_MSG, ON(XF_SURVEY), true},
    {"constraint_msg", XF_CONSTRAINT_MSG, ON(XF_SURVEY), true},
    {"calculation", XF_CALCULATION, ON(XF_SURVEY), false},
    {"calculate", XF_CALCULATION, ON(XF_SURVEY), false},
    {"default", XF_DEFAULT, ON(XF_SURVEY), false},
    {"readonly", XF_READONLY, ON(XF_SURVEY), false},
    {"read_only", XF_READONLY, ON(XF_SURVEY), false},
    {"appearance", XF_APPEARANCE, ON(XF_SURVEY), false},
    {"repeat_count", XF_REPEAT_COUNT, ON(XF_SURVEY), false},
    {"choice_filter", XF_CHOICE_FILTER, ON(XF_SURVEY), false},
    {"kk::merge", XF_MERGE, ON(XF_SURVEY), false},
    {"kk::type", XF_KIND, ON(XF_SURVEY), false},
    {"kk::places", XF_PLACES, ON(XF_SURVEY), false},
    {"kk::unit", XF_UNIT, ON(XF_SURVEY), true},
    {"list_name", XF_LIST, ON(XF_CHOICES), false},
    {"list name", XF_LIST, ON(XF_CHOICES), false},
    {"form_title", XF_LABEL, ON(XF_SETTINGS), true},
    {"title", XF_LABEL, ON(XF_SETTINGS), true},
    {"form_id", XF_FORM_ID, ON(XF_SETTINGS), false},
    {"id_string", XF_FORM_ID, ON(XF_SETTINGS), false},
    {"version", XF_VERSION, ON(XF_SETTINGS), false},
    {"default_language", XF_LANGUAGE, ON(XF_SETTINGS), false},
    {"kk::class", XF_CLASS, ON(XF_SETTINGS), false},
    {"kk::title", XF_TITLE_FIELDS, ON(XF_SETTINGS), false},
    {"kk::key", XF_KEY, ON(XF_SETTINGS), false},
};
enum { NHEADERS = sizeof(headers) / sizeof(headers[0]) };

enum language { LANGUAGE_VI, LANGUAGE_EN, LANGUAGE_OTHER };

/* "Vietnamese (vi)", "vi", "Tiếng Việt". */
static enum language language_of(const char *s)
{
	static const struct {
		const char *folded;
		enum language is;
	} known[] = {{"vi", LANGUAGE_VI},         {"vietnamese", LANGUAGE_VI},
		     {"tieng viet", LANGUAGE_VI}, {"en", LANGUAGE_EN},
		     {"english", LANGUAGE_EN},    {"tieng anh", LANGUAGE_EN}};
	const char *open = strrchr(s, '('), *close = open ? strchr(open, ')') : NULL;
	enum language is = LANGUAGE_OTHER;
	struct buf b;

	buf_init(&b, LIMIT_TEXT);
	if (text_fold(close ? span_of(open + 1, (size_t)(close - open - 1)) : span_str(s), &b,
		      NULL) == RC_OK)
		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (b.p && strcmp((const char *)b.p, known[i].folded) == 0)
				is = known[i].is;
	buf_free(&b);
	return is;
}

/* Lower-case ASCII of s up to its end. */
static void lower(const char *s, size_t len, char *ret, size_t cap)
{
	size_t n = len < cap - 1 ? len : cap - 1;

	for (size_t i = 0; i < n; i++)
		ret[i] = (char)(s[i] >= 'A' && s[i] <= 'Z' ? s[i] - 'A' + 'a' : s[i]);
	ret[n] = '\0';
}

static const struct header *header_of(enum xf_sheet s, const char *name, size_t len)
{
	char folded[64];

	lower(name, len, folded, sizeof(folded));
	for (size_t i = 0; i < NHEADERS; i++)
		if ((headers[i].sheets & ON(s)) && strcmp(headers[i].name, folded) == 0)
			return &headers[i];
	return NULL;
}

/* The column a header names; XF_COLS: none. *retother: it is in a third language. */
static enum xf_col column_of(const struct xf *x, enum xf_sheet s, const char *text, bool *retother)
{
	const struct header *h = header_of(s, text, strlen(text));
	const char *cut = strstr(text, "::");
	bool english = x->english;
	enum language is;

	*retother = false;
	if (!h && cut && strncmp(text, "kk::", 4) == 0)
		cut = strstr(cut + 2, "::");
	if (!h && cut) {
		h = header_of(s, text, (size_t)(cut - text));
		if (!h || !h->pair)
			return XF_COLS;
		is = language_of(cut + 2);
		*retother = is == LANGUAGE_OTHER;
		english = is == LANGUAGE_EN;
	}
	if (!h || *retother)
		return XF_COLS;
	return h->pair && english ? (enum xf_col)(h->col + 1) : h->col;
}

/* ---- rows ---- */

struct reading {
	struct xf *x;
	enum xf_sheet s;
	enum xf_col col[HEADERS];      /* of each column of the sheet; XF_COLS: not known */
	const char *header[HEADERS];   /* of one not known; NULL: it has none, or was told */
	bool other[HEADERS];
	size_t n;
};

static const char *text_of(struct xf *x, const struct xlsx_row *row, size_t i)
{
	const char *s = row->cell[i], *kept;
	char iso[TEXT_DATE_LEN];
	struct buf b;

	if (i >= row->n || row->type[i] == XLSX_EMPTY)
		return "";
	if (row->type[i] == XLSX_DATE && text_date(span_str(s), iso, NULL) == RC_OK)
		return xlsform_keep(x, span_str(iso));
	buf_init(&b, 2 * XLSX_CELL_MAX);
	if (text_clean(span_str(s), false, &b, NULL) != RC_OK)
		buf_reset(&b);
	for (size_t k = 0; row->type[i] == XLSX_NUMBER && k < b.len; k++)
		if (b.p[k] == ',')
			b.p[k] = '.';
	kept = b.len ? xlsform_keep(x, span_buf(&b)) : "";
	buf_free(&b);
	return kept;
}

static void read_head(struct reading *r, const struct xlsx_row *row)
{
	struct xf_table *t = &r->x->table[r->s];
	struct xf_row at = {.line = row->line};

	for (size_t i = 0; i < row->n; i++) {
		const char *text = text_of(r->x, row, i);
		enum xf_col col = column_of(r->x, r->s, text, &r->other[i]);

		r->col[i] = col;
		r->header[i] = col == XF_COLS && text[0] ? text : NULL;
		if (col < XF_COLS && t->at[col])
			xlsform_error(r->x, r->s, &at, col, "xlsform.column_twice", "column", text, NULL);
		else if (col < XF_COLS)
			t->at[col] = i + 1;
	}
	r->n = row->n;
}

/* What stands in a column we do not know; told once a column. */
static void refuse_cell(struct reading *r, const struct xf_row *row, size_t i)
{
	struct xf_table *t = &r->x->table[r->s];
	size_t was = t->at[XF_TYPE];

	t->at[XF_TYPE] = i + 1; /* its address, not that of a column we know */
	if (r->other[i])
		xlsform_error(r->x, r->s, row, XF_TYPE, "xlsform.language", "column", r->header[i], NULL);
	else
		xlsform_error(r->x, r->s, row, XF_TYPE, r->header[i] ? "xlsform.column" : "xlsform.no_header",
			 "column", r->header[i] ? r->header[i] : "", NULL);
	t->at[XF_TYPE] = was;
	r->header[i] = NULL;
	r->col[i] = XF_TYPE;
	r->other[i] = true; /* told */
}

static enum rc add_row(struct reading *r, const struct xlsx_row *row, struct err *reterr)
{
	struct xf_table *t = &r->x->table[r->s];
	struct xf_row *to;

	if (t->n == LIMIT_XLSFORM_ROWS) {
		err_num(reterr, RC_LIMIT, NULL, "xlsform.rows", "max", LIMIT_XLSFORM_ROWS);
		err_add(reterr, "sheet", xlsform_sheet_name(r->s));
		return RC_LIMIT;
	}
	if (t->n == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 64;
		struct xf_row *grown = realloc(t->row, cap * sizeof(*grown));

		if (!grown)
			return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
		t->row = grown;
		t->cap = cap;
	}
	to = &t->row[t->n++];
	to->line = row->line;
	for (size_t c = 0; c < XF_COLS; c++)
		to->cell[c] = "";
	for (size_t i = 0; i < row->n; i++) {
		const char *text = text_of(r->x, row, i);
		bool known = i < r->n && r->col[i] < XF_COLS;

		if (!text[0] || (known && r->other[i]))
			continue;
		if (row->type[i] == XLSX_ERROR)
			xlsform_error(r->x, r->s, to, known ? r->col[i] : XF_TYPE, "xlsform.cell_error",
				 "value", text, NULL);
		else if (known)
			to->cell[r->col[i]] = text;
		else if (i >= r->n)
			xlsform_error(r->x, r->s, to, XF_TYPE, "xlsform.no_header", "column", "", NULL);
		else
			refuse_cell(r, to, i);
	}
	return RC_OK;
}

static enum rc read_sheet(struct xf *x, enum xf_sheet s, size_t at, struct err *reterr)
{
	struct reading r = {.x = x, .s = s};
	const struct xlsx_row *row;
	bool head = true;
	enum rc rc = xlsx_sheet(x->book, at, reterr);

	while (rc == RC_OK && (rc = xlsx_row(x->book, &row, reterr)) == RC_OK) {
		if (head)
			read_head(&r, row);
		else
			rc = add_row(&r, row, reterr);
		head = false;
	}
	if (rc != RC_NOTFOUND)
		return rc;
	err_clear(reterr);
	return RC_OK;
}

/* ---- the workbook ---- */

static bool find_sheet(const struct xf *x, const char *name, size_t *ret)
{
	const char *s;
	char folded[64];

	for (size_t i = 0; (s = xlsx_sheet_name(x->book, i)) != NULL; i++) {
		lower(s, strlen(s), folded, sizeof(folded));
		if (strcmp(folded, name) == 0) {
			*ret = i;
			return true;
		}
	}
	return false;
}

/* Sheets of XLSForm that say more than we take; others are the author's own. */
static void other_sheets(struct xf *x)
{
	static const char *const refused[] = {"external_choices", "entities", "osm"};
	struct err e;
	size_t at;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (!find_sheet(x, refused[i], &at))
			continue;
		x->out->nerror++;
		err_set(&e, RC_INPUT, NULL, "xlsform.sheet", "sheet", refused[i], NULL);
		tell(x, "error", refused[i], "A1", 1, &e);
	}
}

enum rc xlsform_sheets(struct xf *x, struct err *reterr)
{
	size_t at = 0;
	enum rc rc = RC_OK;

	if (!find_sheet(x, "survey", &at))
		return err_set(reterr, RC_INPUT, NULL, "xlsform.no_survey", NULL);
	for (int s = 0; rc == RC_OK && s < XF_SHEETS; s++) {
		const struct xf_table *t = &x->table[s];

		if (find_sheet(x, xlsform_sheet_name((enum xf_sheet)s), &at))
			rc = read_sheet(x, (enum xf_sheet)s, at, reterr);
		if (s == XF_SETTINGS && t->n > 0)
			x->english = language_of(t->row[0].cell[XF_LANGUAGE]) == LANGUAGE_EN;
	}
	if (rc == RC_OK)
		other_sheets(x);
	return rc;
}
