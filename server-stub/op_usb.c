/*
 * op import, export: sealed files of PCs without a network come in, and return files go out.
 * The work is server-stub/usb.
 */
#include <string.h>

#include "lib/limits.h"
#include "lib/num.h"
#include "lib/text.h"
#include "server-stub/ops.h"
#include "server-stub/usb.h"
#include "server-stub/vault.h"

/* ---- import ---- */

static const struct op_arg import_args[] = {
    {.name = "file",
     .type = OP_PATH,
     .flags = OP_POSITIONAL | OP_REQUIRED,
     .help = "usb.arg.file",
     .meta = "FILE"},
    {.name = "reply", .type = OP_PATH, .help = "usb.arg.reply", .meta = "FILE|DIR"},
    {.name = "passphrase", .type = OP_STRING, .flags = OP_SECRET, .help = "usb.arg.passphrase"},
};

/* With the registrar's passphrase a PC that asks with a good code is let in at once (P25). */
static enum rc unlock(struct collector *col, const struct json *in, bool *retours,
		      struct err *reterr)
{
	const char *pass = json_get_str(in, "passphrase");

	*retours = pass && !col->registrar;
	return *retours ? vault_unseal(col->home, "registrar", pass, &col->registrar, reterr)
			: RC_OK;
}

static enum rc run_import(const struct op_call *call, const struct json *in, struct json **ret,
			  struct err *reterr)
{
	struct collector *col = call->app;
	const char *reply = json_get_str(in, "reply");
	struct json *o = NULL, *answer = NULL;
	bool ours = false;
	enum rc rc = unlock(col, in, &ours, reterr);

	if (rc == RC_OK)
		rc = usb_import(col, call, json_get_str(in, "file"), &o, reterr);
	if (ours) {
		crypt_signer_free(col->registrar);
		col->registrar = NULL;
	}
	if (rc == RC_OK && reply)
		rc = usb_answer(col, call, json_get_str(o, "device"), reply, &answer, reterr);
	if (rc == RC_OK) {
		if (answer)
			json_set(o, "reply", answer);
		*ret = o;
	} else {
		json_free(o);
	}
	return rc;
}

static int64_t num(const struct json *o, const char *name)
{
	int64_t v = 0;

	json_get_int(o, name, &v);
	return v;
}

static const char *str(const struct json *o, const char *name)
{
	const char *s = json_get_str(o, name);

	return s ? s : "";
}

static void print_answer(const struct lang *lang, const struct json *o, struct buf *text)
{
	char records[TEXT_NUM_LEN], files[TEXT_NUM_LEN], bytes[TEXT_NUM_LEN];

	text_int_fmt(num(o, "records"), records);
	text_int_fmt(num(o, "files"), files);
	text_int_fmt(num(o, "bytes"), bytes);
	lang_format(lang, text, "usb.answered", "file", str(o, "file"), "to", str(o, "to"),
		    "records", records, "files", files, "bytes", bytes, NULL);
	buf_add_char(text, '\n');
	lang_format(lang, text, "bundle.slip.number", "number", str(o, "number"), NULL);
	buf_add_char(text, '\n');
	if (strcmp(str(o, "state"), "waiting") == 0) {
		buf_add_str(text, lang_text(lang, "usb.answer_waiting"));
		buf_add_char(text, '\n');
	}
}

static void print_listed(const struct lang *lang, const struct json *list, struct buf *text)
{
	for (const struct json *l = json_first(list); l; l = json_next(l)) {
		char line[NUM_I64_LEN];

		num_str(num(l, "line"), line);
		lang_format(lang, text, "usb.listed", "line", line, "why",
			    lang_text(lang, str(l, "key")), "clause", str(l, "clause"), NULL);
		buf_add_char(text, '\n');
	}
}

static void print_import(const struct lang *lang, const struct json *out, struct buf *text)
{
	static const char *const line[] = {"accepted", "duplicate", "quarantined",
					   "refused",  "files",     "files_refused"};
	static const char *const key[] = {"usb.accepted", "usb.duplicate", "usb.quarantined",
					  "usb.refused",  "usb.files",     "usb.files_refused"};

	lang_format(lang, text, "usb.taken", "from", str(out, "from"), "scope", str(out, "scope"),
		    "number", str(out, "number"), NULL);
	buf_add_char(text, '\n');
	for (size_t i = 0; i < sizeof(line) / sizeof(line[0]); i++) {
		char n[TEXT_NUM_LEN];

		text_int_fmt(num(out, line[i]), n);
		if (i > 3 && num(out, line[i]) == 0)
			continue;
		lang_format(lang, text, key[i], "n", n, NULL);
		buf_add_char(text, '\n');
	}
	print_listed(lang, json_get_arr(out, "listed"), text);
	for (const struct json *p = json_first(json_get_arr(out, "problems")); p;
	     p = json_next(p)) {
		buf_add_str(text, str(p, "detail"));
		lang_clause(json_get_str(p, "clause"), text);
		buf_add_char(text, '\n');
	}
	if (strcmp(str(out, "state"), "waiting") == 0) {
		lang_format(lang, text, "usb.waiting", "fingerprint", str(out, "fingerprint"),
			    NULL);
		buf_add_char(text, '\n');
	}
	if (json_get(out, "reply"))
		print_answer(lang, json_get(out, "reply"), text);
}

const struct op op_import = {.name = "import",
			     .summary = "usb.import.summary",
			     .flags = OP_WRITE,
			     .arg = import_args,
			     .narg = sizeof(import_args) / sizeof(import_args[0]),
			     .run = run_import,
			     .print = print_import};

/* ---- export ---- */

static const struct op_arg export_args[] = {
    {.name = "usb",
     .type = OP_PATH,
     .flags = OP_REQUIRED,
     .help = "export.arg.usb",
     .meta = "FILE|DIR"},
    {.name = "to", .type = OP_STRING, .flags = OP_REQUIRED, .help = "usb.arg.to", .meta = "PC"},
};

static enum rc run_export(const struct op_call *call, const struct json *in, struct json **ret,
			  struct err *reterr)
{
	return usb_answer(call->app, call, json_get_str(in, "to"), json_get_str(in, "usb"), ret,
			  reterr);
}

const struct op op_export = {.name = "export",
			     .summary = "usb.export.summary",
			     .flags = OP_WRITE,
			     .arg = export_args,
			     .narg = sizeof(export_args) / sizeof(export_args[0]),
			     .run = run_export,
			     .print = print_answer};
