/*
 * op export: what waits here into one sealed file on a stick, for the collector or for another
 * PC of the commune, with a sheet of text beside it. The work is agent/usb_export.
 */
#include <string.h>

#include "agent/ops.h"
#include "agent/print.h"
#include "agent/usb.h"
#include "lib/text.h"

static const struct op_arg args[] = {
    {.name = "usb",
     .type = OP_PATH,
     .flags = OP_REQUIRED,
     .help = "export.arg.usb",
     .meta = "FILE|DIR"},
    {.name = "to", .type = OP_STRING, .flags = 0, .help = "export.arg.to", .meta = "PC"},
    {.name = "scope", .type = OP_STRING, .flags = 0, .help = "export.arg.scope", .meta = "CODE"},
};

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	const struct usb_order order = {.path = json_get_str(in, "usb"),
					.to = json_get_str(in, "to"),
					.scope = json_get_str(in, "scope")};

	return usb_export(call, &order, ret, reterr);
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	char records[TEXT_NUM_LEN], files[TEXT_NUM_LEN], bytes[TEXT_NUM_LEN];

	text_int_fmt(print_num(out, "records"), records);
	text_int_fmt(print_num(out, "files"), files);
	text_int_fmt(print_num(out, "bytes"), bytes);
	lang_format(lang, text, "export.done", "file", print_str(out, "file"), "records", records,
		    "files", files, "bytes", bytes, NULL);
	buf_add_char(text, '\n');
	lang_format(lang, text, "bundle.slip.number", "number", print_str(out, "number"), NULL);
	buf_add_char(text, '\n');
	if (print_is(out, "enrolment"))
		print_line(lang, text, "export.enrolment");
	if (print_is(out, "more"))
		print_line(lang, text, "export.more");
	print_line(lang, text,
		   strcmp(print_str(out, "kind"), "carry") == 0 ? "export.next_pc" : "export.next");
}

const struct op op_export = {"export",
			     "export.summary",
			     OP_WRITE | OP_CONCURRENT,
			     args,
			     sizeof(args) / sizeof(args[0]),
			     run,
			     print,
			     NULL};
