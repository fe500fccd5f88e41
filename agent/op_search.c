/*
 * op search: records by any words in them: tones, đ, capitals and the way the text was
 * typed do not matter; former names and codes are found too. The work is in agent/list.
 */
#include "agent/list.h"
#include "agent/ops.h"

static const struct op_arg args[] = {
    {.name = "words",
     .type = OP_LIST,
     .flags = OP_POSITIONAL | OP_REQUIRED,
     .help = "search.arg.words",
     .meta = "WORD"},
    {.name = "kind", .type = OP_STRING, .flags = 0, .help = "record.arg.kind", .meta = "KIND"},
    {.name = "limit",
     .type = OP_INT,
     .flags = 0,
     .help = "list.arg.limit",
     .meta = "N",
     .min = 1,
     .max = 10000},
    {.name = "offset",
     .type = OP_INT,
     .flags = 0,
     .help = "list.arg.offset",
     .meta = "N",
     .min = 0,
     .max = INT32_MAX},
};

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct buf text;
	enum rc rc;

	buf_init(&text, LIST_WORDS_MAX);
	for (const struct json *w = json_first(json_get_arr(in, "words")); w; w = json_next(w)) {
		if (text.len > 0)
			buf_add_char(&text, ' ');
		buf_add_str(&text, json_str(w));
	}
	rc = buf_check(&text, reterr);
	if (rc == RC_OK)
		rc = list_run(call, in, text.p ? (const char *)text.p : "", ret, reterr);
	buf_free(&text);
	return rc;
}

const struct op op_search = {
    "search", "search.summary", OP_READ, args, sizeof(args) / sizeof(args[0]),
    run,      list_print,       NULL};
