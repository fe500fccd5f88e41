/*
 * pdf: PDF documents (see pdf.h); the only file with hpdf.h.
 *
 * libharu keeps the first error of a document and does nothing from then on, so the drawing
 * functions do not look at what it returns.
 */
#include "lib/pdf.h"

#include <hpdf.h>
#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "lib/os.h"
#include "lib/text.h"

enum { PIECE = 65536, PAGES_MAX = 2000 };

/*
 * Where Debian has them: 12, and 13. What 12 has in the latter is the first edition, which lacks
 * most Vietnamese letters: see has_letters.
 */
static const char *const folders[] = {"/usr/share/fonts/truetype/liberation2",
				      "/usr/share/fonts/truetype/liberation"};
static const char *const files[PDF_FONTS] = {"LiberationSerif-Regular.ttf",
					     "LiberationSerif-Bold.ttf",
					     "LiberationSerif-Italic.ttf"};

struct pdf {
	HPDF_Doc doc;
	HPDF_Page page; /* NULL before the first */
	HPDF_Font font[PDF_FONTS];
	HPDF_Page *all;
	size_t n;
	bool nomem;
};

static enum rc no_memory(struct err *reterr)
{
	return err_set(reterr, RC_NOMEM, NULL, "pdf.memory", NULL);
}

static enum rc failed(const struct pdf *p, struct err *reterr)
{
	HPDF_STATUS code = HPDF_GetError(p->doc);

	if (p->nomem || code == HPDF_FAILD_TO_ALLOC_MEM)
		return no_memory(reterr);
	return err_num(reterr, RC_INTERNAL, NULL, "pdf.failed", "code", (long long)code);
}

/* ---- a document ---- */

static enum rc no_font(struct err *reterr)
{
	return err_set(reterr, RC_UNAVAILABLE, NULL, "pdf.no_font", "path", folders[0], NULL);
}

static enum rc font_path(const char *file, char **ret, struct err *reterr)
{
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		enum rc rc = os_path_join(ret, folders[i], file, reterr);
		if (rc != RC_OK || os_file_exists(*ret))
			return rc;
		free(*ret);
		*ret = NULL;
	}
	return no_font(reterr);
}

static double width_of(const struct pdf *p, enum pdf_font font, double size, const char *s)
{
	HPDF_TextWidth w =
	    HPDF_Font_TextWidth(p->font[font], (const HPDF_BYTE *)s, (HPDF_UINT)strlen(s));

	return w.width * size / 1000.0; /* fonts count in thousandths */
}

/* A letter with two marks is as wide as the one below them; a missing one is a wide box. */
static bool has_letters(const struct pdf *p, enum pdf_font font)
{
	return width_of(p, font, 1000, "ế") == width_of(p, font, 1000, "e") &&
	       width_of(p, font, 1000, "Ặ") == width_of(p, font, 1000, "A");
}

static enum rc load_fonts(struct pdf *p, struct err *reterr)
{
	for (int i = 0; i < PDF_FONTS; i++) {
		char *path = NULL;
		const char *name;
		enum rc rc = font_path(files[i], &path, reterr);

		if (rc != RC_OK)
			return rc;
		name = HPDF_LoadTTFontFromFile(p->doc, path, HPDF_TRUE);
		free(path);
		p->font[i] = name ? HPDF_GetFont(p->doc, name, "UTF-8") : NULL;
		if (!p->font[i])
			return failed(p, reterr);
		if (!has_letters(p, (enum pdf_font)i))
			return no_font(reterr);
	}
	return RC_OK;
}

enum rc pdf_new(struct pdf **ret, const char *title, struct err *reterr)
{
	struct pdf *p = calloc(1, sizeof(*p));
	enum rc rc;

	if (!p || !(p->doc = HPDF_New(NULL, NULL))) {
		free(p);
		return no_memory(reterr);
	}
	HPDF_UseUTFEncodings(p->doc);
	HPDF_SetCurrentEncoder(p->doc, "UTF-8");
	HPDF_SetCompressionMode(p->doc, HPDF_COMP_ALL);
	HPDF_SetInfoAttr(p->doc, HPDF_INFO_TITLE, title);
	rc = load_fonts(p, reterr);
	if (rc == RC_OK)
		*ret = p;
	else
		pdf_free(p);
	return rc;
}

void pdf_free(struct pdf *p)
{
	if (!p)
		return;
	HPDF_Free(p->doc);
	free(p->all);
	free(p);
}

/* ---- pages ---- */

void pdf_page(struct pdf *p, double width, double height)
{
	HPDF_Page *grown = p->n < PAGES_MAX ? realloc(p->all, (p->n + 1) * sizeof(*grown)) : NULL;

	if (!grown) {
		p->nomem = true;
		return;
	}
	p->all = grown;
	p->page = p->all[p->n++] = HPDF_AddPage(p->doc);
	HPDF_Page_SetWidth(p->page, (HPDF_REAL)width);
	HPDF_Page_SetHeight(p->page, (HPDF_REAL)height);
}

size_t pdf_pages(const struct pdf *p)
{
	return p->n;
}

void pdf_turn(struct pdf *p, size_t i)
{
	if (i < p->n)
		p->page = p->all[i];
}

/* ---- drawing ---- */

static HPDF_REAL from_top(const struct pdf *p, double y)
{
	return HPDF_Page_GetHeight(p->page) - (HPDF_REAL)y;
}

/* As the fonts have it: composed, on one line. The caller frees. */
static char *composed(struct pdf *p, const char *text)
{
	struct buf b;
	char *s;

	buf_init(&b, LIMIT_TEXT);
	if (text_clean(span_str(text), false, &b, NULL) != RC_OK)
		buf_reset(&b);
	buf_add(&b, "", 0);
	s = b.len > 0 ? buf_take(&b, NULL) : calloc(1, 1);
	buf_free(&b);
	p->nomem = p->nomem || !s;
	return s;
}

double pdf_width(struct pdf *p, enum pdf_font font, double size, const char *text)
{
	char *s = composed(p, text);
	double w = s ? width_of(p, font, size, s) : 0;

	free(s);
	return w;
}

void pdf_text(struct pdf *p, enum pdf_font font, double size, double x, double y,
	      enum pdf_align align, const char *text)
{
	char *s = p->page ? composed(p, text) : NULL;
	double w;

	if (!s || !s[0]) {
		free(s);
		return;
	}
	w = align == PDF_LEFT ? 0 : width_of(p, font, size, s);
	HPDF_Page_BeginText(p->page);
	HPDF_Page_SetFontAndSize(p->page, p->font[font], (HPDF_REAL)size);
	HPDF_Page_TextOut(p->page, (HPDF_REAL)(x - (align == PDF_CENTRE ? w / 2 : w)),
			  from_top(p, y), s);
	HPDF_Page_EndText(p->page);
	free(s);
}

void pdf_line(struct pdf *p, double x1, double y1, double x2, double y2, double width)
{
	if (!p->page)
		return;
	HPDF_Page_SetLineWidth(p->page, (HPDF_REAL)width);
	HPDF_Page_MoveTo(p->page, (HPDF_REAL)x1, from_top(p, y1));
	HPDF_Page_LineTo(p->page, (HPDF_REAL)x2, from_top(p, y2));
	HPDF_Page_Stroke(p->page);
}

void pdf_fill(struct pdf *p, double x, double y, double width, double height, double grey)
{
	if (!p->page)
		return;
	HPDF_Page_SetGrayFill(p->page, (HPDF_REAL)grey);
	HPDF_Page_Rectangle(p->page, (HPDF_REAL)x, from_top(p, y + height), (HPDF_REAL)width,
			    (HPDF_REAL)height);
	HPDF_Page_Fill(p->page);
	HPDF_Page_SetGrayFill(p->page, 0);
}

void pdf_qr(struct pdf *p, const struct qr *q, double x, double y, double side)
{
	double step = side / q->side;

	if (!p->page)
		return;
	/* one rectangle a run: squares side by side would show seams */
	for (int row = 0; row < q->side; row++)
		for (int col = 0, end; col < q->side; col = end + 1) {
			for (end = col; end < q->side && qr_dark(q, end, row); end++)
				;
			if (end > col)
				HPDF_Page_Rectangle(p->page, (HPDF_REAL)(x + col * step),
						    from_top(p, y + (row + 1) * step),
						    (HPDF_REAL)((end - col) * step),
						    (HPDF_REAL)step);
		}
	HPDF_Page_Fill(p->page);
}

/* ---- the bytes ---- */

enum rc pdf_write(struct pdf *p, struct buf *out, struct err *reterr)
{
	HPDF_BYTE *piece;
	HPDF_UINT32 got = PIECE;

	if (p->nomem || HPDF_SaveToStream(p->doc) != HPDF_OK)
		return failed(p, reterr);
	piece = malloc(PIECE);
	if (!piece)
		return no_memory(reterr);
	HPDF_ResetStream(p->doc);
	while (got == PIECE) {
		HPDF_ReadFromStream(p->doc, piece, &got);
		buf_add(out, piece, got);
	}
	free(piece);
	return buf_check(out, reterr);
}
