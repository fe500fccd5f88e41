/*
 * op staff passphrase: another passphrase for the same key. Nothing about it is in the log: who may
 * do what stays as it was.
 */
#include "server-stub/collector.h"
#include "server-stub/ops.h"

static const struct op_arg args[] = {
    {.name = "as",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "act.arg.as",
     .meta = "NAME"},
    {.name = "passphrase",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_SECRET,
     .help = "act.arg.passphrase"},
    {.name = "new_passphrase",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_SECRET | OP_CONFIRM,
     .help = "staff.arg.new_passphrase"},
};

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct collector *col = call->app;
	enum rc rc = vault_reseal(col->home, json_get_str(in, "as"), json_get_str(in, "passphrase"),
				  json_get_str(in, "new_passphrase"), reterr);

	if (rc != RC_OK)
		return rc;
	*ret = json_object();
	json_set_str(*ret, "as", json_get_str(in, "as"));
	return RC_OK;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	lang_format(lang, text, "staff.passphrase_changed", "as", json_get_str(out, "as"), NULL);
	buf_add_char(text, '\n');
}

const struct op op_staff_passphrase = {.name = "staff passphrase",
				       .summary = "staff.passphrase_summary",
				       .flags = OP_WRITE,
				       .arg = args,
				       .narg = sizeof(args) / sizeof(args[0]),
				       .run = run,
				       .print = print};
