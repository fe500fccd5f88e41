/*
 * sheet: an Excel workbook (ECMA-376, libxlsxwriter) of texts and numbers in tables. Reading one
 * is lib/xlsx.
 *
 * Text is always written as text: nothing that begins with = is computed, a code keeps its zeros. The
 * same calls give the same bytes: what the file says of its making is a parameter. A workbook remembers
 * its first failure: one check, sheet_close. Rows and columns count from 0.
 */
#ifndef KK_LIB_SHEET_H
#define KK_LIB_SHEET_H

#include <stdint.h>

#include "lib/err.h"

enum sheet_look {
	SHEET_TEXT,
	SHEET_TITLE,
	SHEET_HEAD, /* of a table: bold, grey, broken into lines */
	SHEET_CELL, /* in a table */
	SHEET_COUNT,
	SHEET_TENTHS, /* "94.6" for 946 */
	SHEET_SUM_CELL,
	SHEET_SUM_COUNT,
	SHEET_SUM_TENTHS,
	SHEET_LOOKS
};

struct sheet;

/*
 * A workbook without pages, to be written to `path` (replaced). made: unix s, told in the file.
 * RC_NOMEM.
 */
enum rc sheet_new(struct sheet **ret, const char *path, const char *title, int64_t made,
		  struct err *reterr);
/* Begin a page, printed on A4 lying, as wide as one sheet; its first `head` rows stay in sight. */
void sheet_page(struct sheet *s, const char *name, uint32_t head);
void sheet_width(struct sheet *s, uint16_t first, uint16_t last, double characters);
void sheet_text(struct sheet *s, uint32_t row, uint16_t col, enum sheet_look look,
		const char *text);
void sheet_number(struct sheet *s, uint32_t row, uint16_t col, enum sheet_look look, int64_t v);
/* Write and free. RC_IO "sheet.failed" {path, why}. */
enum rc sheet_close(struct sheet *s, struct err *reterr);
void sheet_free(struct sheet *s); /* without writing; NULL is fine */

#endif
