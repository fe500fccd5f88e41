/*
 * xlsx: rows of a sheet of an Excel workbook (ECMA-376), as texts a person would type.
 *
 * Numbers as "1234567" or "12,5" (15 digits, as Excel shows them), dates as dd/mm/yyyy from serials
 * of both calendars (1900 and 1904), told by the cell's format; texts as they stand. What was a
 * number is told apart from text: a code that has become one may have lost zeros. Rows are read
 * one at a time; a document type is refused, what inflates is bounded (lib/limits.h).
 * Does NOT compute formulas (the value Excel stored is taken), nor read .xls, styles or pictures.
 */
#ifndef KK_LIB_XLSX_H
#define KK_LIB_XLSX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"

enum { XLSX_CELLS = 256, XLSX_CELL_MAX = 65536 };

enum xlsx_type {
	XLSX_EMPTY,
	XLSX_TEXT,
	XLSX_NUMBER,
	XLSX_DATE,
	XLSX_BOOL, /* "1", "0" */
	XLSX_ERROR /* "#REF!" */
};

struct xlsx;

struct xlsx_row {
	int64_t line; /* as Excel numbers it */
	size_t n;
	const char *cell[XLSX_CELLS]; /* "" where empty; valid until the next row */
	enum xlsx_type type[XLSX_CELLS];
};

/*
 * bytes is borrowed until xlsx_free. RC_INPUT "xlsx.none" (a ZIP, but no workbook), "xlsx.xml" {part},
 * "xlsx.dtd" {part}, and as zip_open; RC_LIMIT "xlsx.limit" {part}, "zip.too_large".
 */
enum rc xlsx_open(struct xlsx **ret, struct span bytes, struct err *reterr);
void xlsx_free(struct xlsx *x);
/* Name of the i-th sheet that is not hidden; NULL past the end. */
const char *xlsx_sheet_name(const struct xlsx *x, size_t i);
/* Begin with the rows of that sheet. Errors as xlsx_open. */
enum rc xlsx_sheet(struct xlsx *x, size_t i, struct err *reterr);
/*
 * Next row that is not empty, borrowed; RC_NOTFOUND "csv.end" after the last. RC_LIMIT "csv.cells"
 * {line} for more than XLSX_CELLS, and as xlsx_open.
 */
enum rc xlsx_row(struct xlsx *x, const struct xlsx_row **ret, struct err *reterr);

#endif
