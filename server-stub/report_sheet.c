/*
 * report_sheet: a weekly report as a workbook: figures, communes, and what they were made from (see
 * report_form.h).
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/sheet.h"
#include "server-stub/report_form.h"
#include "sync/report_column.h"

enum { LEAD = 3 /* number, code, name */, DAY_S = 86400, NOON_S = 43200 };

enum rc report_form_dates(const char *week, struct report_dates *ret, struct err *reterr)
{
	char monday[TEXT_DATE_LEN], sunday[TEXT_DATE_LEN];
	int64_t at = 0;
	enum rc rc = text_week_monday(span_str(week), monday, reterr);

	if (rc == RC_OK)
		rc = text_time_of(span_str(monday), 0, &at, reterr);
	if (rc != RC_OK)
		return rc;
	*ret = (struct report_dates){.wednesday = at + 2 * DAY_S + NOON_S};
	memcpy(ret->year, week, 4);
	memcpy(ret->number, week + 6, 2);
	text_time_date(at + 6 * DAY_S, sunday);
	rc = text_date_fmt(span_str(monday), ret->from, reterr);
	return rc == RC_OK ? text_date_fmt(span_str(sunday), ret->to, reterr) : rc;
}

/* ---- figures ---- */

struct head {
	const char *label;
	double width;
};
static const struct head lead[LEAD] = {{"STT", 5}, {"Mã tỉnh", 8}, {"Tỉnh, thành phố", 24}};

static void figures_head(struct sheet *s, const char *title)
{
	uint16_t at = LEAD;

	sheet_text(s, 0, 0, SHEET_TITLE, title);
	for (uint16_t i = 0; i < LEAD; i++) {
		sheet_width(s, i, i, lead[i].width);
		sheet_text(s, 1, i, SHEET_HEAD, lead[i].label);
		sheet_text(s, 2, i, SHEET_HEAD, "");
	}
	for (const struct report_column *c; (c = report_column((size_t)at - LEAD)); at++) {
		sheet_text(s, 1, at, SHEET_HEAD, c->label);
		sheet_text(s, 2, at, SHEET_HEAD, c->number);
	}
	sheet_width(s, LEAD, (uint16_t)(at - 1), 13);
}

/* A count of nothing is 0; a percentage of nothing is an empty cell. */
static void figures_row(struct sheet *s, const struct report *r, const struct report_row *row,
			uint32_t at, bool sum)
{
	enum sheet_look cell = sum ? SHEET_SUM_CELL : SHEET_CELL;
	enum sheet_look count = sum ? SHEET_SUM_COUNT : SHEET_COUNT;
	enum sheet_look tenths = sum ? SHEET_SUM_TENTHS : SHEET_TENTHS;
	const struct report_column *c;
	int64_t v;

	sheet_text(s, at, 1, cell, row->code);
	sheet_text(s, at, 2, cell, sum ? REPORT_WHOLE : report_row_name(row));
	for (uint16_t i = 0; (c = report_column(i)); i++) {
		bool percent = c->cell == REPORT_PERCENT || c->cell == REPORT_PERCENT_OF_SUM;
		if (report_value(r, row, c, &v))
			sheet_number(s, at, (uint16_t)(i + LEAD), percent ? tenths : count, v);
		else
			sheet_text(s, at, (uint16_t)(i + LEAD), cell, "");
	}
}

static void figures(struct sheet *s, const struct report_form *x, const char *title)
{
	const struct report_row *row;
	uint32_t at = 3;

	sheet_page(s, "Báo cáo tuần", at);
	figures_head(s, title);
	for (size_t i = 0; (row = report_row(x->r, i)); i++, at++) {
		sheet_number(s, at, 0, SHEET_COUNT, (int64_t)i + 1);
		figures_row(s, x->r, row, at, false);
	}
	sheet_text(s, at, 0, SHEET_SUM_CELL, "");
	figures_row(s, x->r, report_total(x->r), at, true);
}

/* ---- communes ---- */

static void communes(struct sheet *s, const struct report_form *x)
{
	static const struct head head[] = {{"Mã tỉnh", 8},  {"Mã xã", 8},     {"Đơn vị", 28},
					   {"Nhóm", 8},     {"Đã nộp", 9},    {"Phải nộp", 9},
					   {"Vướng mắc", 60}};
	const struct report_unit *u;
	uint32_t at = 1;

	sheet_page(s, "Đơn vị", at);
	for (uint16_t i = 0; i < sizeof(head) / sizeof(head[0]); i++) {
		sheet_width(s, i, i, head[i].width);
		sheet_text(s, 0, i, SHEET_HEAD, head[i].label);
	}
	for (size_t i = 0; (u = report_unit(x->r, i)); i++, at++) {
		sheet_text(s, at, 0, SHEET_CELL, u->province);
		sheet_text(s, at, 1, SHEET_CELL, u->code);
		sheet_text(s, at, 2, SHEET_CELL, u->name);
		sheet_text(s, at, 3, SHEET_CELL, report_unit_group(u));
		sheet_number(s, at, 4, SHEET_COUNT, u->done);
		sheet_number(s, at, 5, SHEET_COUNT, u->due);
		sheet_text(s, at, 6, SHEET_CELL, u->obstacles ? u->obstacles : "");
	}
}

/* ---- what it was made from ---- */

static void told(struct sheet *s, uint32_t at, const char *what, const char *value)
{
	sheet_text(s, at, 0, SHEET_TEXT, what);
	sheet_text(s, at, 1, SHEET_TEXT, value);
}

static enum rc made_from(struct sheet *s, const struct report_form *x, struct err *reterr)
{
	char root[CODEC_B64U_32 + 1], csv[CODEC_HEX_LEN(CRYPT_HASH_LEN) + 1];
	struct span rest = x->note, line;
	uint8_t hash[TREE_HASH];
	uint32_t at = 5, first;

	report_root(x->r, hash);
	codec_b64u(hash, sizeof(hash), root);
	codec_hex(x->csv, CRYPT_HASH_LEN, csv);
	sheet_page(s, "Mốc chốt", 0);
	sheet_width(s, 0, 0, 26);
	sheet_text(s, 0, 0, SHEET_TEXT, "Số bản ghi được tính");
	sheet_number(s, 0, 1, SHEET_TEXT, x->size);
	told(s, 1, "Mã tập bản ghi", root);
	told(s, 2, "Mã tệp CSV (SHA-256)", csv);
	told(s, 3, "Kỳ trước", x->previous);
	told(s, 4, "Tình trạng", x->frozen ? "Đã chốt" : "Chưa chốt");
	if (x->erased > 0) {
		sheet_text(s, at, 0, SHEET_TEXT, "Đã xóa từ đó");
		sheet_number(s, at++, 1, SHEET_TEXT, x->erased);
	}
	first = at;
	while (rest.len > 0 && span_line(&rest, &line)) {
		char *text = span_dup(line);

		if (!text)
			return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
		told(s, at, at == first ? "Bản chốt sổ" : "", text);
		free(text);
		at++;
	}
	return RC_OK;
}

enum rc report_form_sheet(const struct report_form *x, const char *path, struct err *reterr)
{
	struct report_dates d;
	struct sheet *s = NULL;
	struct buf title;
	enum rc rc = report_form_dates(x->week, &d, reterr);

	buf_init(&title, LIMIT_TEXT);
	if (rc == RC_OK) {
		buf_addf(&title, "%s, tuần %s năm %s (%s – %s)", REPORT_TITLE, d.number, d.year,
			 d.from, d.to);
		buf_add(&title, "", 1);
		rc = buf_check(&title, reterr);
	}
	if (rc == RC_OK)
		rc = sheet_new(&s, path, REPORT_TITLE, d.wednesday, reterr);
	if (rc == RC_OK) {
		figures(s, x, (const char *)title.p);
		communes(s, x);
		rc = made_from(s, x, reterr);
	}
	buf_free(&title);
	if (rc == RC_OK)
		return sheet_close(s, reterr);
	sheet_free(s);
	return rc;
}
