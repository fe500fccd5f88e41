/*
 * report_paper: a weekly report as a paper to sign, A4 lying, in the layout of the design's report (see
 * report_form.h). What does not fit beside each other stands in tables below each other.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/printed.h"
#include "server-stub/report_form.h"
#include "sync/report_column.h"

enum { LEAD = 3, FIGURES = PAPER_COLUMNS - LEAD };
#define TABLE_TEXT 9.0

struct draw {
	const struct report_form *x;
	struct report_dates d;
	struct paper p;
};

static const struct paper_style text = {PDF_REGULAR, PRINTED_TEXT, PDF_LEFT};
static const struct paper_style part = {PDF_BOLD, PRINTED_TEXT, PDF_LEFT};
static const struct paper_style small = {PDF_ITALIC, PRINTED_SMALL, PDF_LEFT};

/* ---- above the tables ---- */

static void heading(struct draw *g)
{
	const struct paper_style big = {PDF_BOLD, PRINTED_TITLE, PDF_CENTRE},
				 under = {PDF_ITALIC, PRINTED_TEXT, PDF_CENTRE};
	const struct lang *l = g->x->lang;
	char erased[TEXT_NUM_LEN];

	printed_heading(&g->p, l, g->x->unit, "");
	printed_say(&g->p, l, &big, "report.paper.title", NULL);
	printed_say(&g->p, l, &big, "report.paper.about", NULL);
	printed_say(&g->p, l, &under, "report.paper.week", "n", g->d.number, "year", g->d.year,
		    "from", g->d.from, "to", g->d.to, NULL);
	if (!g->x->frozen)
		printed_say(&g->p, l, &under, "report.paper.open", NULL);
	if (g->x->erased > 0) {
		text_int_fmt(g->x->erased, erased);
		printed_say(&g->p, l, &under, "report.erased_since", "n", erased, NULL);
	}
	paper_space(&g->p, 8);
}

/* What the Minister reads: counts beside each percentage. */
static void summary(struct draw *g)
{
	const struct report_row *t = report_total(g->x->r);
	char n[7][TEXT_NUM_LEN], verified[REPORT_CELL_LEN], handled[REPORT_CELL_LEN];
	static const enum report_figure of[] = {REPORT_UNITS,    REPORT_REPORTED, REPORT_VERIFIED,
						REPORT_SHORT,    REPORT_UNKNOWN,  REPORT_HANDLED,
						REPORT_REMAINING};

	for (size_t i = 0; i < sizeof(of) / sizeof(of[0]); i++)
		text_int_fmt(t->v[of[i]], n[i]);
	report_cell_text(g->x->r, t, report_column_named("(4)/(1)"), verified);
	report_cell_text(g->x->r, t, report_column_named("(10)/((10)+(11))"), handled);
	printed_say(&g->p, g->x->lang, &text, "report.paper.units", "units", n[0], "reported", n[1],
		    NULL);
	printed_say(&g->p, g->x->lang, &text, "report.paper.state", "verified", n[2], "percent",
		    verified, "short", n[3], "unknown", n[4], NULL);
	printed_say(&g->p, g->x->lang, &text,
		    handled[0] ? "report.paper.surplus" : "report.paper.no_surplus", "handled",
		    n[5], "remaining", n[6], "percent", handled, NULL);
}

/* ---- tables of figures ---- */

struct figures {
	const char *title;
	const char *number[FIGURES]; /* of the columns; NULL behind the last */
	struct paper_group group;
};
static const struct figures tables[] = {
    {"report.paper.part1",
     {"(1)", "(2)", "(2)/(1)", "(3)", "(4)", "(4)/(1)", "(5)", "(6)", "(6a)", "(7)", "(7a)", "(8)",
      "(13)"},
     {0, 0, NULL}},
    {"report.paper.part2",
     {"(9)", "(10)", "(10a)", "(10b)", "(10c)", "(10d)", "(10đ)", "(10e)", "(11)", "(11a)",
      "(10)/((10)+(11))"},
     {LEAD + 2, 6, "report.paper.of_handled"}},
    {"report.paper.part3", {"(12)", "(12a)", "(12b)", "(12c)"}, {0, 0, NULL}},
};

static const char *behind_colon(const char *label)
{
	const char *colon = strstr(label, ": ");

	return colon ? colon + 2 : label;
}

static void figures_row(struct draw *g, const struct figures *f, const struct report_row *row,
			const char *no)
{
	char value[FIGURES][TEXT_NUM_LEN];
	const char *cell[PAPER_COLUMNS] = {no, row->code, report_row_name(row)};
	bool sum = row == report_total(g->x->r);
	int64_t v;

	for (size_t i = 0; i < FIGURES && f->number[i]; i++) {
		const struct report_column *c = report_column_named(f->number[i]);
		bool whole = c->cell == REPORT_COUNT || c->cell == REPORT_CHANGE;

		value[i][0] = '\0';
		if (whole && report_value(g->x->r, row, c, &v))
			text_int_fmt(v, value[i]);
		else if (!whole)
			report_cell_text(g->x->r, row, c, value[i]);
		cell[LEAD + i] = value[i];
	}
	if (sum)
		cell[0] = REPORT_WHOLE;
	paper_row(&g->p, sum ? PDF_BOLD : PDF_REGULAR, sum ? 0.96 : 1, sum ? LEAD : 0, cell);
}

static void figures(struct draw *g, const struct figures *f)
{
	struct paper_column col[PAPER_COLUMNS] = {{22, PDF_RIGHT, "STT", ""},
						  {26, PDF_CENTRE, "Mã tỉnh", ""},
						  {92, PDF_LEFT, "Tỉnh, thành phố", ""}};
	struct paper_group group = f->group;
	struct paper_table t = {.column = col, .group = &group, .size = TABLE_TEXT};
	const struct report_row *row;
	char no[NUM_I64_LEN];

	t.ncolumn = LEAD;
	for (size_t i = 0; i < FIGURES && f->number[i]; i++, t.ncolumn++) {
		const struct report_column *c = report_column_named(f->number[i]);
		bool in = t.ncolumn >= group.first && t.ncolumn < group.first + group.n;

		col[t.ncolumn] = (struct paper_column){
		    47, PDF_RIGHT, in ? behind_colon(c->label) : c->label,
		    strlen(c->number) < 8 ? c->number : ""};
	}
	t.ngroup = group.n > 0;
	if (group.label)
		group.label = lang_text(g->x->lang, group.label);
	paper_space(&g->p, 10);
	paper_room(&g->p, TABLE_TEXT * 20);
	printed_say(&g->p, g->x->lang, &part, f->title, NULL);
	paper_space(&g->p, 4);
	paper_table_begin(&g->p, &t);
	for (size_t i = 0; (row = report_row(g->x->r, i)); i++) {
		num_str((int64_t)i + 1, no);
		figures_row(g, f, row, no);
	}
	figures_row(g, f, report_total(g->x->r), "");
	paper_table_end(&g->p);
}

/* ---- what communes say ---- */

static void obstacles(struct draw *g)
{
	static const struct paper_column col[] = {{30, PDF_RIGHT, "STT", ""},
						  {45, PDF_CENTRE, "Mã xã", ""},
						  {160, PDF_LEFT, "Đơn vị", ""},
						  {520, PDF_LEFT, "Vướng mắc", "(13)"}};
	static const struct paper_table t = {.column = col, .ncolumn = 4, .size = PRINTED_TABLE};
	bool any = report_total(g->x->r)->v[REPORT_OBSTACLES] > 0;
	const struct report_unit *u;
	char no[NUM_I64_LEN];
	int64_t n = 0;

	paper_space(&g->p, 10);
	paper_room(&g->p, PRINTED_TABLE * 12);
	printed_say(&g->p, g->x->lang, &part, "report.paper.part4", NULL);
	paper_space(&g->p, 4);
	if (!any) {
		printed_say(&g->p, g->x->lang, &text, "report.paper.no_obstacles", NULL);
		return;
	}
	paper_table_begin(&g->p, &t);
	for (size_t i = 0; (u = report_unit(g->x->r, i)); i++) {
		const char *cell[] = {no, u->code, u->name, u->obstacles};

		if (!u->obstacles)
			continue;
		num_str(++n, no);
		paper_row(&g->p, PDF_REGULAR, 1, 0, cell);
	}
	paper_table_end(&g->p);
}

/* ---- below ---- */

static void proof(struct draw *g)
{
	char root[CODEC_B64U_32 + 1], csv[CODEC_HEX_LEN(CRYPT_HASH_LEN) + 1], size[TEXT_NUM_LEN];
	struct span rest = g->x->note, line;
	uint8_t hash[TREE_HASH];

	report_root(g->x->r, hash);
	codec_b64u(hash, sizeof(hash), root);
	codec_hex(g->x->csv, CRYPT_HASH_LEN, csv);
	text_int_fmt(g->x->size, size);
	paper_space(&g->p, 10);
	paper_room(&g->p, PRINTED_SMALL * 16);
	printed_say(&g->p, g->x->lang, &small, "report.paper.proof", "size", size, "root", root,
		    "csv", csv, NULL);
	while (rest.len > 0 && span_line(&rest, &line)) {
		char *one = span_dup(line);

		if (one)
			paper_text(&g->p, &small, g->p.left, g->p.right - g->p.left, one);
		free(one);
	}
	paper_space(&g->p, 14);
}

static void signers(struct draw *g)
{
	const struct lang *l = g->x->lang;
	const struct printed_signer who[] = {
	    {lang_text(l, "report.paper.maker"), lang_text(l, "report.paper.sign"), NULL},
	    {lang_text(l, "report.paper.chief"), lang_text(l, "report.paper.sign"), NULL}};

	printed_signers(&g->p, who, 2);
}

enum rc report_form_paper(const struct report_form *x, struct buf *out, struct err *reterr)
{
	struct draw g = {.x = x};
	struct pdf *pdf = NULL;
	struct buf foot;
	enum rc rc = report_form_dates(x->week, &g.d, reterr);

	if (rc == RC_OK)
		rc = pdf_new(&pdf, lang_text(x->lang, "report.paper.title"), reterr);
	if (rc != RC_OK)
		return rc;
	buf_init(&foot, LIMIT_TEXT);
	paper_begin(&g.p, pdf, true);
	heading(&g);
	summary(&g);
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		if (i < 2 || x->previous[0])
			figures(&g, &tables[i]);
	obstacles(&g);
	proof(&g);
	signers(&g);
	paper_end(&g.p, printed_text(x->lang, &foot, "report.paper.foot", "n", g.d.number, "year",
				     g.d.year, NULL));
	rc = pdf_write(pdf, out, reterr);
	buf_free(&foot);
	pdf_free(pdf);
	return rc;
}
