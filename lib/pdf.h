/*
 * pdf: pages of text, lines and squares as a PDF (libharu), with the fonts inside.
 *
 * Lengths are points (1/72 inch); y runs downwards from the top of the page. Fonts are Debian's
 * Liberation Serif, read when a document is begun, only the letters used are embedded. A document
 * remembers its first failure: code that draws needs one check, pdf_write, at the end. The same
 * calls give the same bytes. Does NOT break lines or pages: lib/paper does.
 */
#ifndef KK_LIB_PDF_H
#define KK_LIB_PDF_H

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/qr.h"

#define PDF_MM (72.0 / 25.4) /* points of a millimetre */

enum { PDF_A4_SHORT = 595, PDF_A4_LONG = 842 }; /* points */

enum pdf_font { PDF_REGULAR, PDF_BOLD, PDF_ITALIC, PDF_FONTS };
enum pdf_align { PDF_LEFT, PDF_CENTRE, PDF_RIGHT };

struct pdf;

/*
 * A document without pages. title: for the reader's window, copied. RC_UNAVAILABLE
 * "pdf.no_font" {path} when the fonts are not installed or lack Vietnamese letters; RC_NOMEM "pdf.memory".
 */
enum rc pdf_new(struct pdf **ret, const char *title, struct err *reterr);
void pdf_free(struct pdf *p); /* NULL is fine */

/* Begin a page; what follows is drawn on it. */
void pdf_page(struct pdf *p, double width, double height);
size_t pdf_pages(const struct pdf *p);
/* Go back to the i-th page, to write what is only known at the end ("2/7"). */
void pdf_turn(struct pdf *p, size_t i);

/* Width of a text of one line. */
double pdf_width(struct pdf *p, enum pdf_font font, double size, const char *text);
/* One line of text; x is its left end, middle or right end, y its base line. */
void pdf_text(struct pdf *p, enum pdf_font font, double size, double x, double y,
	      enum pdf_align align, const char *text);
void pdf_line(struct pdf *p, double x1, double y1, double x2, double y2, double width);
/* A filled rectangle, grey 0 (black) to 1. */
void pdf_fill(struct pdf *p, double x, double y, double width, double height, double grey);
/* A QR code of `side` points, the white around it not counted. */
void pdf_qr(struct pdf *p, const struct qr *q, double x, double y, double side);

/* Append the document. RC_INTERNAL "pdf.failed" {code} of what failed first, RC_LIMIT, RC_NOMEM. */
enum rc pdf_write(struct pdf *p, struct buf *out, struct err *reterr);

#endif
