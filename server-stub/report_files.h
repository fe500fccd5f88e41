/*
 * report_files: a report that was made, handed over: as files that a command names, or one of its forms
 * within the answer, for a page.
 */
#ifndef KK_COLLECTOR_REPORT_FILES_H
#define KK_COLLECTOR_REPORT_FILES_H

#include "server-stub/report_make.h"

/*
 * Write what members csv, xlsx, pdf, lines of in name, and add "csv_file" … to o. Member form
 * ("csv", "xlsx", "pdf"): that one into o as "file":{"name","type","content" in base64}.
 */
enum rc report_files(struct collector *col, const struct json *in, const struct report_made *x,
		     struct json *o, struct err *reterr);

#endif
