/*
 * xlsx_value: what a number in a sheet is: by its format a number or a day, and as which text.
 * Shared by lib/xlsx alone; apart so that it can be tested without a workbook.
 */
#ifndef KK_LIB_XLSX_VALUE_H
#define KK_LIB_XLSX_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"

enum xlsx_value_kind { XLSX_VALUE_NUMBER, XLSX_VALUE_DATE };

/* Of a built-in number format (ECMA-376 part 1, 18.8.30), and of a format code. */
enum xlsx_value_kind xlsx_value_builtin(int64_t id);
enum xlsx_value_kind xlsx_value_format(const char *code);

/*
 * Append a stored number ("1234567", "0.1", "1.2E7") as typed in Vietnam without dots between
 * thousands: "1234567", "0,1", rounded to 15 digits as Excel shows it. False: no number (or beyond
 * 10^30), appended as it stands.
 */
bool xlsx_value_number(struct span raw, struct buf *out);
/*
 * Append a serial as dd/mm/yyyy, with " HH:MM" when it is not midnight. from_1904: the other calendar.
 * False when it is no day of the calendar; then nothing is appended.
 */
bool xlsx_value_date(struct span raw, bool from_1904, struct buf *out);
/* Append an ISO date or date-time the same way; anything else as it stands. */
void xlsx_value_iso(struct span raw, struct buf *out);

#endif
