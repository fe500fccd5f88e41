/*
 * xlsform: a workbook in the XLSForm way of writing becomes form definitions of ours (docs/XLSFORM.md,
 * docs/decisions/0028). Only a subset is taken; everything else is refused with the address of its cell, all
 * findings at once, and then nothing comes out. Not here: which version is next, keeping the draft (op_form_import).
 */
#ifndef KK_COLLECTOR_XLSFORM_H
#define KK_COLLECTOR_XLSFORM_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"
#include "lib/lang.h"

struct xlsform {
	struct json *forms; /* array of definitions, the form first, then the kinds of its repeats; NULL with errors */
	/* [{"severity" ("error", "note"), "sheet", "cell" ("C7"), "line", "text"}]: a note says what was left out. */
	struct json *findings;
	size_t nerror;
};

/* What stands around it. */
struct xlsform_ask {
	const struct lang *lang; /* of the findings */
	/* The version a form of that name has to have next. */
	unsigned (*version)(void *arg, const char *name);
	void *arg;
};

/*
 * bytes: the workbook. Findings are no error of the call. Errors of xlsx_open; RC_INPUT
 * "xlsform.no_survey" for a workbook without that sheet; RC_LIMIT "xlsform.rows" {sheet, max}. Free
 * *ret with xlsform_free.
 */
enum rc xlsform_read(struct span bytes, const struct xlsform_ask *ask, struct xlsform *ret,
		     struct err *reterr);
void xlsform_free(struct xlsform *x);

#endif
