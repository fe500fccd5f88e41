/*
 * report_form: a weekly report as a workbook and as a paper. Clause R11. The figures and the words of the columns
 * are those of sync/report_column; the same report gives the same bytes, in Vietnamese, whoever
 * asks. Does NOT count anything.
 */
#ifndef KK_COLLECTOR_REPORT_FORM_H
#define KK_COLLECTOR_REPORT_FORM_H

#include "lib/buf.h"
#include "lib/lang.h"
#include "sync/report.h"

/* What every form carries beside the figures. Borrowed. */
struct report_form {
	const struct report *r;
	const struct lang *lang; /* Vietnamese: a paper of State is in the State's language */
	const char *unit;        /* name of the collector */
	const char *week, *previous;
	int64_t size;
	bool frozen;
	int64_t erased;     /* entries it counted that were erased since */
	const uint8_t *csv; /* hash of the file, 32 bytes */
	struct span note;   /* text of the checkpoint */
};

/* Monday and Sunday of a week as dd/mm/yyyy, "48", "2026". */
struct report_dates {
	char from[TEXT_DATE_LEN], to[TEXT_DATE_LEN], number[3], year[5];
	int64_t wednesday; /* unix s: its noon, +07:00 */
};
enum rc report_form_dates(const char *week, struct report_dates *ret, struct err *reterr);

/* Write the workbook (lib/sheet) to path. */
enum rc report_form_sheet(const struct report_form *x, const char *path, struct err *reterr);
/* Append the paper (lib/paper). */
enum rc report_form_paper(const struct report_form *x, struct buf *out, struct err *reterr);

#endif
