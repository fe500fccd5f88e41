/*
 * paper: line breaking, page breaking and tables (see paper.h).
 */
#include "lib/paper.h"

#include <string.h>

#include "lib/limits.h"
#include "lib/text.h"

#define MARGIN    (15 * PDF_MM)
#define FOOT_SIZE 9.0
#define PAD       2.3  /* points between a cell's text and its border */
#define RULE      0.5  /* points of a line of a table */
#define SMALLEST  6.0  /* points a number may shrink to */
#define ASCENT    0.89 /* of the font's size, above the base line */
#define HEAD_GREY 0.93

enum { LINE_MAX = 4096 /* bytes of one printed line */ };

/* ---- pages ---- */

void paper_begin(struct paper *p, struct pdf *pdf, bool landscape)
{
	*p = (struct paper){.pdf = pdf};
	p->width = landscape ? PDF_A4_LONG : PDF_A4_SHORT;
	p->height = landscape ? PDF_A4_SHORT : PDF_A4_LONG;
	p->left = p->top = MARGIN;
	p->right = p->width - MARGIN;
	p->bottom = p->height - MARGIN - FOOT_SIZE;
	paper_new_page(p);
}

void paper_end(struct paper *p, const char *foot)
{
	size_t n = pdf_pages(p->pdf);
	double y = p->height - MARGIN * 0.6;

	for (size_t i = 0; i < n; i++) {
		struct buf b;
		buf_init(&b, LINE_MAX);
		buf_addf(&b, "%zu/%zu", i + 1, n);
		pdf_turn(p->pdf, i);
		pdf_text(p->pdf, PDF_REGULAR, FOOT_SIZE, p->left, y, PDF_LEFT, foot);
		if (b.p)
			pdf_text(p->pdf, PDF_REGULAR, FOOT_SIZE, p->right, y, PDF_RIGHT,
				 (const char *)b.p);
		buf_free(&b);
	}
}

static void head(struct paper *p);

void paper_new_page(struct paper *p)
{
	pdf_page(p->pdf, p->width, p->height);
	p->y = p->top;
	if (p->table)
		head(p);
}

void paper_room(struct paper *p, double height)
{
	if (p->y + height > p->bottom && p->y > p->top)
		paper_new_page(p);
}

void paper_space(struct paper *p, double height)
{
	p->y += height;
}

/* ---- lines ---- */

struct line {
	char text[LINE_MAX];
};

static bool fits(struct paper *p, const struct paper_style *s, double width, const char *text,
		 size_t len, struct line *scratch)
{
	if (len >= sizeof(scratch->text))
		return false;
	memcpy(scratch->text, text, len);
	scratch->text[len] = '\0';
	return pdf_width(p->pdf, s->font, s->size, scratch->text) <= width;
}

/* Bytes of a word that is wider than the line: at least one character. */
static size_t cut_word(struct paper *p, const struct paper_style *s, double width, const char *text,
		       size_t len, struct line *scratch)
{
	const uint8_t *at = (const uint8_t *)text, *end = at + len;
	size_t n = text_utf8_step(at, end);

	for (size_t step = n; step > 0; n += step) {
		step = at + n < end ? text_utf8_step(at + n, end) : 0;
		if (step == 0 || !fits(p, s, width, text, n + step, scratch))
			break;
	}
	return n > 0 ? n : len;
}

/* Take the first line of *rest into *ret; *rest goes past it and the blanks after it. */
static void take_line(struct paper *p, const struct paper_style *s, double width, const char **rest,
		      struct line *ret)
{
	const char *text = *rest;
	size_t whole = strcspn(text, "\n"), n = 0;

	for (size_t next = 0; next <= whole; next++) {
		next += strcspn(text + next, " \n");
		if (next > whole)
			next = whole;
		if (!fits(p, s, width, text, next, ret))
			break;
		n = next;
		if (next == whole)
			break;
	}
	if (n == 0 && whole > 0)
		n = cut_word(p, s, width, text, strcspn(text, " \n"), ret);
	if (n >= sizeof(ret->text))
		n = sizeof(ret->text) - 1;
	memcpy(ret->text, text, n);
	ret->text[n] = '\0';
	text += n;
	text += strspn(text, " ");
	*rest = *text == '\n' ? text + 1 : text;
}

double paper_height(struct paper *p, const struct paper_style *style, double width,
		    const char *text)
{
	struct line line;
	double h = 0;

	while (*text) {
		take_line(p, style, width, &text, &line);
		h += style->size * PAPER_LEADING;
	}
	return h;
}

static void put_line(struct paper *p, const struct paper_style *s, double x, double width, double y,
		     const char *text)
{
	double at = s->align == PDF_LEFT ? x : s->align == PDF_RIGHT ? x + width : x + width / 2;

	pdf_text(p->pdf, s->font, s->size, at, y + s->size * ASCENT, s->align, text);
}

void paper_text(struct paper *p, const struct paper_style *style, double x, double width,
		const char *text)
{
	struct line line;
	double step = style->size * PAPER_LEADING;

	while (*text) {
		take_line(p, style, width, &text, &line);
		paper_room(p, step);
		put_line(p, style, x, width, p->y, line.text);
		p->y += step;
	}
}

/* ---- tables ---- */

static double column_x(const struct paper *p, const struct paper_table *t, int i)
{
	double before = 0, all = 0;

	for (int k = 0; k < t->ncolumn; k++) {
		all += t->column[k].share;
		before += k < i ? t->column[k].share : 0;
	}
	return p->left + (p->right - p->left) * before / all;
}

static void border(struct paper *p, double x, double y, double width, double height, double grey)
{
	if (grey < 1)
		pdf_fill(p->pdf, x, y, width, height, grey);
	pdf_line(p->pdf, x, y, x + width, y, RULE);
	pdf_line(p->pdf, x, y + height, x + width, y + height, RULE);
	pdf_line(p->pdf, x, y, x, y + height, RULE);
	pdf_line(p->pdf, x + width, y, x + width, y + height, RULE);
}

struct cell {
	double x, width;
	struct paper_style style;
	const char *text;
};

static struct cell cell_of(struct paper *p, const struct paper_table *t, enum pdf_font font, int i,
			   int n, const char *text)
{
	struct cell c = {.x = column_x(p, t, i), .text = text ? text : ""};

	c.width = column_x(p, t, i + n) - c.x;
	c.style = (struct paper_style){font, t->size, n > 1 ? PDF_LEFT : t->column[i].align};
	while (c.style.align == PDF_RIGHT && c.style.size > SMALLEST &&
	       pdf_width(p->pdf, font, c.style.size, c.text) > c.width - 2 * PAD)
		c.style.size -= 0.25;
	return c;
}

static double cell_height(struct paper *p, const struct cell *c)
{
	return paper_height(p, &c->style, c->width - 2 * PAD, c->text) + 2 * PAD;
}

/* Its text from the top; a head's is in the middle of its height. */
static void cell_draw(struct paper *p, const struct cell *c, double y, double height, double grey,
		      bool middle)
{
	const char *text = c->text;
	double at = y + (middle ? (height - cell_height(p, c)) / 2 : 0) + PAD;
	struct line line;

	border(p, c->x, y, c->width, height, grey);
	while (*text) {
		take_line(p, &c->style, c->width - 2 * PAD, &text, &line);
		put_line(p, &c->style, c->x + PAD, c->width - 2 * PAD, at, line.text);
		at += c->style.size * PAPER_LEADING;
	}
}

static bool grouped(const struct paper_table *t, int i)
{
	for (int k = 0; k < t->ngroup; k++)
		if (i >= t->group[k].first && i < t->group[k].first + t->group[k].n)
			return true;
	return false;
}

static struct cell head_cell(struct paper *p, const struct paper_table *t, int i, int n,
			     const char *text)
{
	struct cell c = cell_of(p, t, PDF_BOLD, i, n, NULL);

	c.text = text;
	c.style.align = PDF_CENTRE;
	return c;
}

/* Groups over their columns, labels, and the row of signs. */
static void head(struct paper *p)
{
	const struct paper_table *t = p->table;
	double over = 0, label = 0, sign = t->size * PAPER_LEADING + 2 * PAD;

	for (int k = 0; k < t->ngroup; k++) {
		struct cell c =
		    head_cell(p, t, t->group[k].first, t->group[k].n, t->group[k].label);
		double h = cell_height(p, &c);
		over = h > over ? h : over;
	}
	for (int i = 0; i < t->ncolumn; i++) {
		struct cell c = head_cell(p, t, i, 1, t->column[i].label);
		double h = cell_height(p, &c) - (grouped(t, i) ? 0 : over);
		label = h > label ? h : label;
	}
	for (int k = 0; k < t->ngroup; k++) {
		struct cell c =
		    head_cell(p, t, t->group[k].first, t->group[k].n, t->group[k].label);
		cell_draw(p, &c, p->y, over, HEAD_GREY, true);
	}
	for (int i = 0; i < t->ncolumn; i++) {
		struct cell c = head_cell(p, t, i, 1, t->column[i].label);
		double up = grouped(t, i) ? over : 0;
		cell_draw(p, &c, p->y + up, over + label - up, HEAD_GREY, true);
		c.text = t->column[i].sign ? t->column[i].sign : "";
		c.style.font = PDF_ITALIC;
		cell_draw(p, &c, p->y + over + label, sign, HEAD_GREY, true);
	}
	p->y += over + label + sign;
}

void paper_table_begin(struct paper *p, const struct paper_table *t)
{
	paper_room(p, t->size * 14); /* the head and a few rows stay together */
	p->table = t;
	head(p);
}

void paper_table_end(struct paper *p)
{
	p->table = NULL;
}

void paper_row(struct paper *p, enum pdf_font font, double grey, int span, const char *const *cell)
{
	const struct paper_table *t = p->table;
	struct cell c[PAPER_COLUMNS];
	double h = 0;
	int n = 0;

	for (int i = 0; i < t->ncolumn && n < PAPER_COLUMNS; n++) {
		int wide = i == 0 && span > 1 ? span : 1;
		c[n] = cell_of(p, t, font, i, wide, cell[i]);
		double one = cell_height(p, &c[n]);
		h = one > h ? one : h;
		i += wide;
	}
	paper_room(p, h);
	for (int i = 0; i < n; i++)
		cell_draw(p, &c[i], p->y, h, grey, false);
	p->y += h;
}
