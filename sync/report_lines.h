/*
 * report_lines: an exported report read line by line. Shared by report_file.c and
 * report_check.c only. Clause R10.
 */
#ifndef KK_SYNC_REPORT_LINES_H
#define KK_SYNC_REPORT_LINES_H

#include "lib/crypt.h"
#include "lib/limits.h"
#include "lib/os.h"

/* bytes of one line: a catalogue with every character escaped */
#define REPORT_LINE_MAX ((size_t)2 * LIMIT_BLOB)

struct report_lines {
	struct os_file *f;
	struct buf b;
	size_t at;      /* in b: what was given out */
	int64_t offset; /* in the file: what was read */
	int64_t n;      /* of the line given last, from 1 */
	bool end;
};
enum rc report_lines_open(struct report_lines *l, const char *path, struct err *reterr);
void report_lines_close(struct report_lines *l); /* half-opened ones too */
/* The next line, borrowed until the next call. RC_NOTFOUND "report.end"; RC_REFUSED "R10" "report.cut". */
enum rc report_lines_next(struct report_lines *l, struct span *ret, struct err *reterr);

#endif
