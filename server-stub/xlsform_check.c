/*
 * xlsform_check: what came out of a workbook goes through the reader of every form; what that finds is told by the
 * cell it came from.
 */
#include <string.h>

#include "lib/num.h"
#include "server-stub/xlsform_part.h"

struct checking {
	struct xf *x;
	const struct xf_form *f;
};

/* "fields[3].merge" -> the cell: what a member came from. */
static void take_fault(void *arg, const struct err *why)
{
	static const struct {
		const char *member;
		enum xf_col col;
	} from[] = {{".merge", XF_MERGE},     {".label.vi", XF_LABEL},  {".label.en", XF_LABEL_EN},
		    {".hint.vi", XF_HINT},    {".hint.en", XF_HINT_EN}, {".default", XF_DEFAULT},
		    {".relevant", XF_RELEVANT}, {".constraint", XF_CONSTRAINT},
		    {".calculate", XF_CALCULATION}, {".required", XF_REQUIRED},
		    {".of", XF_KIND},         {".places", XF_PLACES},   {".list", XF_TYPE}};
	const struct checking *c = arg;
	const char *at = err_arg(why, "at") ? err_arg(why, "at") : "", *end = strchr(at, ']');
	const struct xf_question *q = NULL;
	enum xf_col col = XF_NAME;
	uint64_t i = 0;

	if (strncmp(at, "fields[", 7) == 0 && end &&
	    num_u64(span_of(at + 7, (size_t)(end - at) - 7), 0, LIMIT_FORM_FIELDS, &i) == RC_OK &&
	    i < c->f->nof)
		q = c->f->of[i];
	for (size_t k = 0; q && k < sizeof(from) / sizeof(from[0]); k++)
		if (strcmp(end + 1, from[k].member) == 0)
			col = from[k].col;
	if (q)
		xlsform_fault(c->x, XF_SURVEY, q->row, col, why);
	else if (c->f->row)
		xlsform_fault(c->x, XF_SURVEY, c->f->row, XF_NAME, why);
	else
		xlsform_fault(c->x, XF_SETTINGS, xlsform_settings(c->x),
			 strncmp(at, "title", 5) == 0 ? XF_TITLE_FIELDS
			 : strncmp(at, "key", 3) == 0 ? XF_KEY
						      : XF_FORM_ID,
			 why);
}

enum rc xlsform_check(struct xf *x, struct err *reterr)
{
	enum rc rc = RC_OK;
	size_t i = 0;

	for (const struct json *def = json_first(x->out->forms); rc == RC_OK && def;
	     def = json_next(def)) {
		struct checking c = {x, &x->form[i++]};
		struct form *f = NULL;
		struct buf text;

		buf_init(&text, LIMIT_JSON_TEXT);
		rc = json_write(def, false, &text, reterr);
		if (rc == RC_OK)
			rc = form_problems(span_buf(&text), take_fault, &c, &f, reterr);
		form_free(f);
		buf_free(&text);
	}
	return rc;
}
