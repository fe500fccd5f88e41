/*
 * xlsform_field: one question as a field: its type and what goes with it, words in both languages,
 * conditions, default. Whatever a column asks that the type cannot have is refused.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/num.h"
#include "server-stub/xlsform_part.h"

#define TIME_PATTERN  "^([01][0-9]|2[0-3]):[0-5][0-9]$"
#define PLACE_PATTERN "^-?[0-9]{1,2}(\\.[0-9]+)? -?[0-9]{1,3}(\\.[0-9]+)?( -?[0-9]+(\\.[0-9]+)?){0,2}$"
#define OK_LIST       "acknowledged"

/* What each type is with us. */
static const struct kind {
	const char *type, *pattern;
	const char *vi, *en; /* its label when it has none of its own */
	const char *def;     /* default, an expression */
} kinds[XF_T_NONE] = {
    [XF_T_TEXT] = {"text", NULL, NULL, NULL, NULL},
    [XF_T_INTEGER] = {"int", NULL, NULL, NULL, NULL},
    [XF_T_DECIMAL] = {"decimal", NULL, NULL, NULL, NULL},
    [XF_T_DATE] = {"date", NULL, NULL, NULL, NULL},
    [XF_T_TIME] = {"text", TIME_PATTERN, NULL, NULL, NULL},
    [XF_T_DATETIME] = {"datetime", NULL, NULL, NULL, NULL},
    [XF_T_ONE] = {"choice", NULL, NULL, NULL, NULL},
    [XF_T_MULTIPLE] = {"choices", NULL, NULL, NULL, NULL},
    [XF_T_CALCULATE] = {"derived", NULL, "Giá trị tính", "Computed value", NULL},
    [XF_T_HIDDEN] = {"derived", NULL, "Giá trị tính", "Computed value", NULL},
    [XF_T_GEOPOINT] = {"text", PLACE_PATTERN, NULL, NULL, NULL},
    [XF_T_BARCODE] = {"code", NULL, NULL, NULL, NULL},
    [XF_T_ACKNOWLEDGE] = {"choice", NULL, NULL, NULL, NULL},
    [XF_T_TODAY] = {"date", NULL, "Ngày ghi", "Date of recording", "today()"},
    [XF_T_START] = {"datetime", NULL, "Bắt đầu ghi lúc", "Recording began at", "now()"},
};

struct json *xlsform_pair(struct xf *x, enum xf_sheet s, const struct xf_row *row, enum xf_col col)
{
	const char *vi = row->cell[col], *en = row->cell[col + 1];
	bool ours = s == XF_SURVEY || s == XF_CHOICES;
	struct json *o;

	if (!vi[0] && !en[0])
		return NULL;
	if (!vi[0] || !en[0])
		xlsform_error(x, s, row, vi[0] ? (enum xf_col)(col + 1) : col,
			 vi[0] ? "xlsform.no_english" : "xlsform.no_vietnamese", "text", vi[0] ? vi : en,
			 NULL);
	if (ours && (strstr(vi, "${") || strstr(en, "${")))
		xlsform_error(x, s, row, strstr(vi, "${") ? col : (enum xf_col)(col + 1), "xlsform.label_ref",
			 NULL);
	o = json_object();
	json_set_str(o, "vi", vi);
	json_set_str(o, "en", en);
	return o;
}

static struct json *words(const char *vi, const char *en)
{
	struct json *o = json_object();

	json_set_str(o, "vi", vi);
	json_set_str(o, "en", en);
	return o;
}

static const char *cell(const struct xf_question *q, enum xf_col col)
{
	return q->row->cell[col];
}

/* ---- type ---- */

/* `kk::type` makes a type narrower: money of an integer, a code, a phone number, another record. */
static const char *narrowed(struct xf *x, const struct xf_question *q, struct json *o)
{
	static const struct {
		enum xf_type of;
		const char *type;
	} may[] = {{XF_T_INTEGER, "money"}, {XF_T_TEXT, "code"}, {XF_T_TEXT, "phone"}, {XF_T_TEXT, "tags"}};
	const char *asked = cell(q, XF_KIND);

	if (!asked[0])
		return kinds[q->type].type;
	for (size_t i = 0; i < sizeof(may) / sizeof(may[0]); i++)
		if (may[i].of == q->type && strcmp(may[i].type, asked) == 0)
			return may[i].type;
	if (q->type == XF_T_TEXT && strncmp(asked, "ref:", 4) == 0) {
		json_set_str(o, "of", asked + 4);
		return "ref";
	}
	xlsform_error(x, XF_SURVEY, q->row, XF_KIND, "xlsform.kk_type", "value", asked, NULL);
	return kinds[q->type].type;
}

static bool is_yes(const char *s)
{
	return strcmp(s, "yes") == 0 || strcmp(s, "true") == 0 || strcmp(s, "true()") == 0 ||
	       strcmp(s, "1") == 0 || strcmp(s, "TRUE") == 0 || strcmp(s, "Yes") == 0;
}

static bool is_no(const char *s)
{
	return !s[0] || strcmp(s, "no") == 0 || strcmp(s, "false") == 0 || strcmp(s, "false()") == 0 ||
	       strcmp(s, "0") == 0 || strcmp(s, "FALSE") == 0 || strcmp(s, "No") == 0;
}

static bool is_derived(const struct xf_question *q)
{
	return q->type == XF_T_CALCULATE || q->type == XF_T_HIDDEN ||
	       (cell(q, XF_CALCULATION)[0] && is_yes(cell(q, XF_READONLY)));
}

static void add_type(struct xf *x, const struct xf_question *q, struct xf_form *f, struct json *o)
{
	int64_t places = 0;

	json_set_str(o, "type", is_derived(q) ? "derived" : narrowed(x, q, o));
	if (is_derived(q) && cell(q, XF_KIND)[0])
		xlsform_error(x, XF_SURVEY, q->row, XF_KIND, "xlsform.kk_type", "value", cell(q, XF_KIND),
			 NULL);
	if (!is_derived(q) && kinds[q->type].pattern)
		json_set_str(o, "pattern", kinds[q->type].pattern);
	if (!is_derived(q) && q->list[0]) {
		json_set_str(o, "list", q->list);
		xlsform_list_use(x, f, q->list);
	} else if (q->type == XF_T_ACKNOWLEDGE && !is_derived(q)) {
		struct json *items = json_array(), *ok = words("Đã xác nhận", "Acknowledged");

		json_set_str(ok, "v", "OK");
		json_append(items, ok);
		json_set(f->lists, OK_LIST, items);
		json_set_str(o, "list", OK_LIST);
	}
	if (cell(q, XF_PLACES)[0] && num_i64(span_str(cell(q, XF_PLACES)), 0, 6, &places) == RC_OK &&
	    (q->type == XF_T_DECIMAL || is_derived(q)))
		json_set_int(o, "places", places);
	else if (cell(q, XF_PLACES)[0])
		xlsform_error(x, XF_SURVEY, q->row, XF_PLACES, "xlsform.places", NULL);
}

/* ---- conditions ---- */

static void add_expr(struct xf *x, const struct xf_question *q, enum xf_col col, const char *member,
		     struct json *o)
{
	const char *s = cell(q, col)[0] ? xlsform_expr(x, q->row, col, q->form, false) : NULL;

	if (s)
		json_set_str(o, member, s);
}

/* Its own condition, and those of the groups it stands in. */
static void add_relevant(struct xf *x, const struct xf_question *q, struct json *o)
{
	struct buf all;
	size_t n = 0;

	buf_init(&all, LIMIT_EXPR_TEXT + 1);
	for (size_t i = 0; i <= x->ngroup; i++) {
		const struct xf_question *g = i < x->ngroup ? &x->q[x->group[i]] : q;
		const char *s = NULL;

		if (cell(g, XF_RELEVANT)[0])
			s = xlsform_expr(x, g->row, XF_RELEVANT, q->form, g != q);
		if (s)
			buf_addf(&all, "%s(%s)", n++ > 0 ? " and " : "", s);
	}
	if (n > 0 && buf_check(&all, NULL) == RC_OK)
		json_set_span(o, "relevant", span_buf(&all));
	else if (n > 0)
		xlsform_error(x, XF_SURVEY, q->row, XF_RELEVANT, "xlsform.relevant_long", NULL);
	buf_free(&all);
}

static void add_conditions(struct xf *x, const struct xf_question *q, struct json *o)
{
	const char *required = cell(q, XF_REQUIRED);
	struct json *msg = xlsform_pair(x, XF_SURVEY, q->row, XF_CONSTRAINT_MSG);

	if (is_yes(required))
		json_set_bool(o, "required", true);
	else if (!is_no(required))
		add_expr(x, q, XF_REQUIRED, "required", o);
	if (cell(q, XF_REQUIRED_MSG)[0] || cell(q, XF_REQUIRED_MSG_EN)[0])
		xlsform_note(x, XF_SURVEY, q->row,
			cell(q, XF_REQUIRED_MSG)[0] ? XF_REQUIRED_MSG : XF_REQUIRED_MSG_EN,
			"xlsform.required_message", NULL);
	add_relevant(x, q, o);
	add_expr(x, q, XF_CONSTRAINT, "constraint", o);
	if (msg && cell(q, XF_CONSTRAINT)[0])
		json_set(o, "constraint_msg", msg);
	else if (msg) {
		json_free(msg);
		xlsform_error(x, XF_SURVEY, q->row, XF_CONSTRAINT_MSG, "xlsform.message", NULL);
	}
}

/* ---- default ---- */

static bool is_dynamic(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz-");

	return strstr(s, "${") || (n > 0 && s[n] == '(');
}

static void add_choices(struct xf *x, const struct xf_question *q, struct json *o)
{
	struct json *all = json_array();

	for (const char *s = cell(q, XF_DEFAULT); *s; s += strspn(s, " ")) {
		size_t n = strcspn(s, " ");

		if (!xlsform_list_has(x, q->list, span_of(s, n)))
			xlsform_error(x, XF_SURVEY, q->row, XF_DEFAULT, "xlsform.default", "value",
				 cell(q, XF_DEFAULT), NULL);
		json_append(all, json_string_span(span_of(s, n)));
		s += n;
	}
	json_set(o, "default", all);
}

/* A plain text in quotes of an expression. */
static void add_text(struct xf *x, const struct xf_question *q, struct json *o)
{
	const char *s = cell(q, XF_DEFAULT);
	struct buf quoted;

	if (strchr(s, '\'') && strchr(s, '"')) {
		xlsform_error(x, XF_SURVEY, q->row, XF_DEFAULT, "xlsform.default", "value", s, NULL);
		return;
	}
	buf_init(&quoted, 2 * XLSX_CELL_MAX);
	buf_addf(&quoted, strchr(s, '\'') ? "\"%s\"" : "'%s'", s);
	json_set_span(o, "default", span_buf(&quoted));
	buf_free(&quoted);
}

static void add_default(struct xf *x, const struct xf_question *q, struct json *o)
{
	const char *s = cell(q, XF_DEFAULT), *type = json_get_str(o, "type");
	int64_t n;

	if (kinds[q->type].def && !s[0])
		json_set_str(o, "default", kinds[q->type].def);
	if (!s[0])
		return;
	if (is_dynamic(s))
		add_expr(x, q, XF_DEFAULT, "default", o);
	else if (strcmp(type, "choices") == 0)
		add_choices(x, q, o);
	else if (strcmp(type, "choice") == 0 && (q->type != XF_T_ONE || !xlsform_list_has(x, q->list, span_str(s))))
		xlsform_error(x, XF_SURVEY, q->row, XF_DEFAULT, "xlsform.default", "value", s, NULL);
	else if (strcmp(type, "text") == 0 || strcmp(type, "code") == 0 || strcmp(type, "phone") == 0)
		add_text(x, q, o);
	else if (strcmp(type, "int") != 0 && strcmp(type, "money") != 0)
		json_set_str(o, "default", s);
	else if (num_i64(span_str(s), -9007199254740991, 9007199254740991, &n) == RC_OK)
		json_set_int(o, "default", n);
	else
		xlsform_error(x, XF_SURVEY, q->row, XF_DEFAULT, "xlsform.default", "value", s, NULL);
}

/* ---- computed ---- */

static void add_calculation(struct xf *x, const struct xf_question *q, struct json *o)
{
	const char *s = NULL;

	if (cell(q, XF_CALCULATION)[0]) {
		s = xlsform_expr(x, q->row, XF_CALCULATION, q->form, false);
	} else if (cell(q, XF_DEFAULT)[0]) {
		struct json *text = json_object();

		if (is_dynamic(cell(q, XF_DEFAULT)))
			s = xlsform_expr(x, q->row, XF_DEFAULT, q->form, false);
		else
			add_text(x, q, text);
		if (json_get_str(text, "default"))
			s = xlsform_keep(x, span_str(json_get_str(text, "default")));
		json_free(text);
	} else {
		xlsform_error(x, XF_SURVEY, q->row, XF_CALCULATION, "xlsform.no_calculation", NULL);
	}
	if (s)
		json_set_str(o, "calculate", s);
	if (q->type == XF_T_HIDDEN || !json_get(o, "label"))
		json_set_bool(o, "inner", true);
}

/* Columns a computed value has no use for. */
static void refuse_for_computed(struct xf *x, const struct xf_question *q)
{
	static const enum xf_col none[] = {XF_CONSTRAINT, XF_MERGE, XF_RELEVANT};

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (cell(q, none[i])[0])
			xlsform_error(x, XF_SURVEY, q->row, none[i], "xlsform.computed", NULL);
	if (!is_no(cell(q, XF_REQUIRED)))
		xlsform_error(x, XF_SURVEY, q->row, XF_REQUIRED, "xlsform.computed", NULL);
}

/* ---- the whole ---- */

static void check_columns(struct xf *x, const struct xf_question *q)
{
	static const char *const looks[] = {"minimal", "quick", "horizontal", "vertical", "multiline", "numbers",
					    "field-list", "compact", "autocomplete", "thousands-sep", "no-calendar"};
	const char *asked = cell(q, XF_APPEARANCE);
	bool known = !asked[0];

	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
		known = known || strcmp(looks[i], asked) == 0;
	if (!known)
		xlsform_error(x, XF_SURVEY, q->row, XF_APPEARANCE, "xlsform.appearance", "value", asked, NULL);
	if (cell(q, XF_CHOICE_FILTER)[0])
		xlsform_error(x, XF_SURVEY, q->row, XF_CHOICE_FILTER, "xlsform.choice_filter", NULL);
	if (cell(q, XF_REPEAT_COUNT)[0])
		xlsform_error(x, XF_SURVEY, q->row, XF_REPEAT_COUNT, "xlsform.repeat_count", NULL);
	if (!is_derived(q) && cell(q, XF_CALCULATION)[0])
		xlsform_error(x, XF_SURVEY, q->row, XF_CALCULATION, "xlsform.calculation", NULL);
	else if (!is_no(cell(q, XF_READONLY)) && !is_derived(q))
		xlsform_error(x, XF_SURVEY, q->row, XF_READONLY, "xlsform.readonly", NULL);
}

static void add_words(struct xf *x, const struct xf_question *q, struct xf_form *f, struct json *o)
{
	struct json *label = xlsform_pair(x, XF_SURVEY, q->row, XF_LABEL);
	struct json *hint = xlsform_pair(x, XF_SURVEY, q->row, XF_HINT);
	struct json *unit = xlsform_pair(x, XF_SURVEY, q->row, XF_UNIT);

	if (label)
		json_set(o, "label", label);
	else if (!kinds[q->type].vi)
		xlsform_error(x, XF_SURVEY, q->row, XF_LABEL, "xlsform.no_label", NULL);
	if (f->note && hint) {
		xlsform_error(x, XF_SURVEY, f->note->row, XF_LABEL, "xlsform.note_hint", NULL);
	} else if (f->note) {
		hint = xlsform_pair(x, XF_SURVEY, f->note->row, XF_LABEL);
	}
	f->note = NULL;
	if (hint)
		json_set(o, "hint", hint);
	if (unit)
		json_set(o, "unit", unit);
}

static void put(struct xf *x, struct xf_form *f, const struct xf_question *q, struct json *o)
{
	const struct xf_question **grown = realloc(f->of, (f->nof + 1) * sizeof(*grown));

	if (!grown) {
		x->no_memory = true;
		json_free(o);
		return;
	}
	f->of = grown;
	f->of[f->nof++] = q;
	json_append(f->fields, o);
}

void xlsform_own_field(struct xf *x, struct xf_form *f, struct json *def)
{
	put(x, f, NULL, def);
}

void xlsform_field(struct xf *x, const struct xf_question *q)
{
	struct xf_form *f = &x->form[q->form];
	struct json *o = json_object();

	check_columns(x, q);
	json_set_str(o, "name", q->name);
	add_type(x, q, f, o);
	add_words(x, q, f, o);
	if (is_derived(q)) {
		refuse_for_computed(x, q);
		add_calculation(x, q, o);
	} else {
		json_set_str(o, "merge", cell(q, XF_MERGE)[0] ? cell(q, XF_MERGE)
					 : x->once	      ? "immutable"
							      : "keep");
		add_conditions(x, q, o);
		add_default(x, q, o);
	}
	if (!json_get(o, "label"))
		json_set(o, "label", words(kinds[q->type].vi ? kinds[q->type].vi : "",
					   kinds[q->type].en ? kinds[q->type].en : ""));
	put(x, f, q, o);
}
