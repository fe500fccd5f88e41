/*
 * op minutes: the minutes of a stocktake as a PDF to print and sign, into a file or within the
 * answer. The work is in agent/minutes.
 */
#include "agent/minutes.h"
#include "agent/ops.h"
#include "agent/print.h"
#include "lib/printed.h"

static const struct op_arg args[] = {
    {.name = "session",
     .type = OP_STRING,
     .flags = OP_POSITIONAL | OP_REQUIRED,
     .help = "stocktake.arg.session",
     .meta = "SESSION"},
    {.name = "out", .type = OP_PATH, .flags = 0, .help = "paper.arg.out", .meta = "FILE"},
};

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct json *o = json_object();
	struct pdf *pdf = NULL;
	struct stocktake t = {.look = NULL};
	struct look l;
	enum rc rc = look_open(&l, call, reterr);

	if (rc == RC_OK)
		rc = stocktake_open(&t, &l, json_get_str(in, "session"), reterr);
	if (rc == RC_OK)
		rc = pdf_new(&pdf, lang_text(l.lang, "minutes.title"), reterr);
	if (rc == RC_OK)
		rc = minutes_draw(&t, pdf, reterr);
	if (rc == RC_OK)
		rc = printed_give(pdf, in, "out", "bien-ban-kiem-ke.pdf", o, reterr);
	pdf_free(pdf);
	stocktake_close(&t);
	look_close(&l);
	if (rc == RC_OK)
		*ret = o;
	else
		json_free(o);
	return rc;
}

const struct op op_minutes = {
    "minutes", "minutes.summary", OP_READ, args, sizeof(args) / sizeof(args[0]),
    run,       printed_told,      NULL};
