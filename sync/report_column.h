/*
 * report_column: the columns of the weekly report, the same in every form it takes: file, workbook,
 * paper, page. Clause R9. Their words are format: another word is another file.
 */
#ifndef KK_SYNC_REPORT_COLUMN_H
#define KK_SYNC_REPORT_COLUMN_H

#include "lib/json.h"
#include "lib/num.h"
#include "sync/report.h"

enum report_cell {
	REPORT_COUNT,
	REPORT_PERCENT,        /* v of `of` */
	REPORT_PERCENT_OF_SUM, /* v of v + `of` */
	REPORT_CHANGE          /* nothing without an issue before */
};
enum { REPORT_NO_FIGURE = -1, REPORT_CELL_LEN = NUM_I64_LEN + 2 };

struct report_column {
	const char *number, *label; /* "(1)" */
	enum report_cell cell;
	int v, of; /* enum report_figure, or REPORT_NO_FIGURE */
};
/* Behind number, code and name of a row; NULL past the end. */
const struct report_column *report_column(size_t i);
/* The one with that number; NULL: none. */
const struct report_column *report_column_named(const char *number);
/*
 * The value of a cell; a percentage in tenths, cut off and never rounded: 3320 of 3321 is 999.
 * False: nothing is counted, the cell is empty.
 */
bool report_value(const struct report *r, const struct report_row *row,
		  const struct report_column *c, int64_t *ret);
/* The same as the file has it: "12", "94,6", "". */
void report_cell_text(const struct report *r, const struct report_row *row,
		      const struct report_column *c, char ret[REPORT_CELL_LEN]);
/*
 * For pages: [{"number","label","figure","percent": of it,"part": 1 to 3}], label as the file has it, figure by its
 * name for who says it otherwise; and the cells of a row: an integer, "94,6", or "". Caller frees.
 */
struct json *report_columns_json(void);
struct json *report_cells_json(const struct report *r, const struct report_row *row);
/* "Ngoài danh mục" for the row without a code, else the row's name. */
const char *report_row_name(const struct report_row *row);
/* "(4)", "(5)", "(6)", "(6a)". */
const char *report_unit_group(const struct report_unit *u);

#define REPORT_TITLE "Báo cáo tuần về trang thiết bị, cơ sở vật chất và nhà, đất dôi dư cấp xã"
#define REPORT_WHOLE "Cả nước"

#endif
