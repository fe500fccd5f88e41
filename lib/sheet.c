/*
 * sheet: a workbook by libxlsxwriter (see sheet.h).
 */
#include "lib/sheet.h"

#include <stdlib.h>
#include <xlsxwriter.h>

#include "lib/buf.h"

enum { A4 = 9, HEAD_GREY = 0xEDEDED };
#define FONT      "Times New Roman"
#define FONT_SIZE 11.0
#define TITLE_SIZE 14.0

struct sheet {
	lxw_workbook *book;
	lxw_worksheet *page;
	lxw_format *look[SHEET_LOOKS];
	char *path;
	lxw_error failed; /* the first */
};

static const struct {
	bool bold, border, wrap;
	uint8_t align;
	const char *number;
} looks[SHEET_LOOKS] = {
    [SHEET_TITLE] = {.bold = true},
    [SHEET_HEAD] = {true, true, true, LXW_ALIGN_CENTER, NULL},
    [SHEET_CELL] = {.border = true, .wrap = true},
    [SHEET_COUNT] = {.border = true, .number = "#,##0"},
    [SHEET_TENTHS] = {.border = true, .number = "0.0"},
    [SHEET_SUM_CELL] = {.bold = true, .border = true, .wrap = true},
    [SHEET_SUM_COUNT] = {.bold = true, .border = true, .number = "#,##0"},
    [SHEET_SUM_TENTHS] = {.bold = true, .border = true, .number = "0.0"},
};

static void note(struct sheet *s, lxw_error e)
{
	if (s->failed == LXW_NO_ERROR)
		s->failed = e;
}

static lxw_format *make_look(struct sheet *s, enum sheet_look i)
{
	lxw_format *f = workbook_add_format(s->book);

	if (!f) {
		note(s, LXW_ERROR_MEMORY_MALLOC_FAILED);
		return NULL;
	}
	format_set_font_name(f, FONT);
	format_set_font_size(f, i == SHEET_TITLE ? TITLE_SIZE : FONT_SIZE);
	format_set_align(f, LXW_ALIGN_VERTICAL_CENTER);
	if (looks[i].bold)
		format_set_bold(f);
	if (looks[i].border)
		format_set_border(f, LXW_BORDER_THIN);
	if (looks[i].wrap)
		format_set_text_wrap(f);
	if (looks[i].align)
		format_set_align(f, looks[i].align);
	if (looks[i].number)
		format_set_num_format(f, looks[i].number);
	if (i == SHEET_HEAD)
		format_set_bg_color(f, HEAD_GREY);
	return f;
}

enum rc sheet_new(struct sheet **ret, const char *path, const char *title, int64_t made,
		  struct err *reterr)
{
	lxw_doc_properties about = {.created = (time_t)made};
	struct sheet *s = calloc(1, sizeof(*s));
	char *name = span_dup(span_str(title));

	if (s) {
		s->path = span_dup(span_str(path));
		s->book = workbook_new(path);
	}
	if (!s || !s->path || !s->book || !name) {
		free(name);
		sheet_free(s);
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	}
	about.title = name;
	note(s, workbook_set_properties(s->book, &about));
	free(name);
	for (int i = 0; i < SHEET_LOOKS; i++)
		s->look[i] = make_look(s, (enum sheet_look)i);
	*ret = s;
	return RC_OK;
}

void sheet_page(struct sheet *s, const char *name, uint32_t head)
{
	s->page = workbook_add_worksheet(s->book, name);
	if (!s->page) {
		note(s, LXW_ERROR_MEMORY_MALLOC_FAILED);
		return;
	}
	worksheet_set_landscape(s->page);
	worksheet_set_paper(s->page, A4);
	worksheet_fit_to_pages(s->page, 1, 0);
	if (head > 0)
		worksheet_freeze_panes(s->page, head, 0);
}

void sheet_width(struct sheet *s, uint16_t first, uint16_t last, double characters)
{
	if (s->page)
		note(s, worksheet_set_column(s->page, first, last, characters, NULL));
}

void sheet_text(struct sheet *s, uint32_t row, uint16_t col, enum sheet_look look,
		const char *text)
{
	if (s->page)
		note(s, *text ? worksheet_write_string(s->page, row, col, text, s->look[look])
			      : worksheet_write_blank(s->page, row, col, s->look[look]));
}

void sheet_number(struct sheet *s, uint32_t row, uint16_t col, enum sheet_look look, int64_t v)
{
	bool tenths = look == SHEET_TENTHS || look == SHEET_SUM_TENTHS;

	if (s->page)
		note(s, worksheet_write_number(s->page, row, col,
					       tenths ? (double)v / 10.0 : (double)v,
					       s->look[look]));
}

enum rc sheet_close(struct sheet *s, struct err *reterr)
{
	lxw_error e = workbook_close(s->book);
	enum rc rc = RC_OK;

	s->book = NULL;
	note(s, e);
	if (s->failed != LXW_NO_ERROR)
		rc = err_set(reterr, RC_IO, NULL, "sheet.failed", "path", s->path, "why",
			     lxw_strerror(s->failed), NULL);
	sheet_free(s);
	return rc;
}

void sheet_free(struct sheet *s)
{
	if (!s)
		return;
	if (s->book)
		lxw_workbook_free(s->book);
	free(s->path);
	free(s);
}
