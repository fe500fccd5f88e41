/*
 * op list: records and drafts of this PC, newest first. Searching is op search.
 */
#include <string.h>

#include "agent/draft.h"
#include "agent/list.h"
#include "agent/ops.h"
#include "agent/print.h"

static const struct op_arg args[] = {
    {.name = "kind", .type = OP_STRING, .flags = 0, .help = "record.arg.kind", .meta = "KIND"},
    {.name = "parent", .type = OP_STRING, .flags = 0, .help = "list.arg.parent", .meta = "ID"},
    {.name = "conflicts", .type = OP_BOOL, .flags = 0, .help = "list.arg.conflicts"},
    {.name = "unsent", .type = OP_BOOL, .flags = 0, .help = "list.arg.unsent"},
    {.name = "drafts", .type = OP_BOOL, .flags = 0, .help = "list.arg.drafts"},
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
	return list_run(call, in, NULL, ret, reterr);
}

const struct op op_list = {"list", "list.summary", OP_READ, args, sizeof(args) / sizeof(args[0]),
			   run,    list_print,     NULL};
