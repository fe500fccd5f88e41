/*
 * paper: a printed paper as it runs down its pages: paragraphs broken into lines, tables whose
 * head comes again on each page, page numbers. Over lib/pdf; knows nothing of what is printed.
 */
#ifndef KK_LIB_PAPER_H
#define KK_LIB_PAPER_H

#include "lib/pdf.h"

enum { PAPER_COLUMNS = 16 };

struct paper_table;

struct paper {
	struct pdf *pdf;
	double width, height;            /* of a page */
	double left, right, top, bottom; /* where its text begins and ends, from the upper left */
	double y;                        /* where the next thing goes */
	const struct paper_table *table; /* being drawn: a new page begins with its head */
};

/* A4 with margins of 15 mm. The first page begins at once. */
void paper_begin(struct paper *p, struct pdf *pdf, bool landscape);
/* Write foot at the left and "n/total" at the right of every page. */
void paper_end(struct paper *p, const char *foot);

void paper_new_page(struct paper *p);
/* Begin a new page unless `height` is left on this one. */
void paper_room(struct paper *p, double height);
void paper_space(struct paper *p, double height);

/* How a text looks. leading: from base line to base line, in sizes of the font. */
struct paper_style {
	enum pdf_font font;
	double size;
	enum pdf_align align;
};
#define PAPER_LEADING 1.25

/* A paragraph between x and x + width, as many lines as it takes. LF begins a new one. */
void paper_text(struct paper *p, const struct paper_style *style, double x, double width,
		const char *text);
/* The height it would take. */
double paper_height(struct paper *p, const struct paper_style *style, double width,
		    const char *text);

/* ---- tables ---- */

struct paper_column {
	double share;         /* of the width, in any unit */
	enum pdf_align align; /* PDF_RIGHT: a number, made smaller rather than broken */
	const char *label;
	const char *sign; /* under the label: "A", "1" */
};
struct paper_group { /* a label over columns first … first + n - 1 */
	int first, n;
	const char *label;
};
struct paper_table {
	const struct paper_column *column;
	int ncolumn;
	const struct paper_group *group;
	int ngroup;
	double size; /* of its text */
};

/* Draw the head; rows follow until paper_table_end. The table stays where it is meanwhile. */
void paper_table_begin(struct paper *p, const struct paper_table *t);
/*
 * One row. cell[i] NULL: empty. grey: 1 for none. span: the first `span` cells are one, with the
 * text of the first; 0: none.
 */
void paper_row(struct paper *p, enum pdf_font font, double grey, int span, const char *const *cell);
void paper_table_end(struct paper *p);

#endif
