/*
 * op form import: a workbook in the XLSForm way of writing becomes the draft of a form (docs/XLSFORM.md). What is
 * wrong with it is told all at once, by cells; then nothing is kept and the draft before stays.
 */
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "server-stub/act.h"
#include "server-stub/form_draft.h"
#include "server-stub/form_family.h"
#include "server-stub/ops.h"
#include "server-stub/xlsform.h"

static const struct op_arg args[] = {
    {.name = "file",
     .type = OP_PATH,
     .flags = OP_POSITIONAL,
     .help = "form.arg.workbook",
     .meta = "FILE.xlsx"},
    {.name = "content", .type = OP_STRING, .help = "form.arg.content", .meta = "BASE64"},
    {.name = "source", .type = OP_STRING, .help = "form.arg.source", .meta = "NAME"},
};

/* The workbook: of a path, or what a page hands in. */
static enum rc read_bytes(const struct json *in, struct buf *out, struct err *reterr)
{
	const char *file = json_get_str(in, "file"), *content = json_get_str(in, "content");

	if ((file != NULL) == (content != NULL))
		return err_set(reterr, RC_USAGE, NULL, "form.file_or_content", NULL);
	if (file)
		return os_file_read(file, out, reterr);
	if (!codec_b64_dec(span_str(content), out))
		return err_set(reterr, RC_INPUT, NULL, "form.content", NULL);
	return buf_check(out, reterr);
}

static unsigned next_version(void *arg, const char *name)
{
	const struct form *newest = form_set_newest(arg, name);

	return newest ? newest->version + 1 : 1;
}

/* "/home/a/form.xlsx" -> "form.xlsx". */
static const char *file_name(const struct json *in)
{
	const char *path = json_get_str(in, "source");
	const char *slash;

	if (!path)
		path = json_get_str(in, "file") ? json_get_str(in, "file") : "";
	slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/* What the other forms have against it, beside the findings by cells. */
static enum rc keep(struct collector *col, const struct lang *lang, const struct json *in,
		    const struct xlsform *book, struct json *out, struct err *reterr)
{
	struct form_family x = {.n = 0};
	struct json *lines = json_array();
	enum rc rc = form_family_of(book->forms, &x, reterr);

	if (rc == RC_OK)
		rc = form_family_check(col, lang, &x, reterr);
	for (const struct json *f = json_first(x.findings); rc == RC_OK && f; f = json_next(f)) {
		struct json *o = json_object();

		json_set_str(o, "severity", "error");
		json_set_str(o, "sheet", "survey");
		json_set_str(o, "cell", "");
		json_set_int(o, "line", 0);
		json_set_str(o, "text", json_get_str(f, "text"));
		json_append(json_get_arr(out, "findings"), o);
	}
	for (size_t i = 1; i < x.n; i++)
		json_append_str(lines, form_family_name(&x, i));
	json_set_str(out, "form", form_family_name(&x, 0));
	json_set(out, "version", json_copy(json_get(json_at(book->forms, 0), "version")));
	json_set(out, "lines", lines);
	json_set_bool(out, "kept", rc == RC_OK && json_len(x.findings) == 0);
	if (rc == RC_OK && json_len(x.findings) == 0)
		rc = form_draft_put(col, form_family_name(&x, 0), book->forms, file_name(in), reterr);
	form_family_free(&x);
	return rc;
}

static enum rc import(struct collector *col, const struct lang *lang, const struct json *in,
		      struct span bytes, struct json *out, struct err *reterr)
{
	const struct ingest_snapshot *snap = ingest_snapshot(col->ingest);
	struct form_set *set = NULL;
	struct xlsform book = {.nerror = 0};
	enum rc rc = form_set_copy(snap->forms, &set, reterr);

	ingest_snapshot_end(col->ingest, snap);
	if (rc == RC_OK) {
		const struct xlsform_ask ask = {lang, next_version, set};

		rc = xlsform_read(bytes, &ask, &book, reterr);
	}
	if (rc == RC_OK) {
		json_set_bool(out, "kept", false);
		json_set(out, "findings", json_copy(book.findings));
		if (book.forms)
			rc = keep(col, lang, in, &book, out, reterr);
	}
	xlsform_free(&book);
	form_set_free(set);
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct json *out = json_object();
	struct lang *lang = NULL;
	struct buf bytes;
	enum rc rc = act_lang(call, &lang, reterr);

	buf_init(&bytes, LIMIT_ATTACH);
	if (rc == RC_OK)
		rc = read_bytes(in, &bytes, reterr);
	if (rc == RC_OK)
		rc = import(call->app, lang, in, span_buf(&bytes), out, reterr);
	if (rc == RC_OK)
		*ret = out;
	else
		json_free(out);
	buf_free(&bytes);
	lang_free(lang);
	return rc;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	bool kept = false;

	json_get_bool(out, "kept", &kept);
	lang_format(lang, text, kept ? "form.imported" : "form.not_imported", "form",
		    kept ? json_get_str(out, "form") : "", NULL);
	buf_add_char(text, '\n');
	for (const struct json *f = json_first(json_get_arr(out, "findings")); f; f = json_next(f))
		buf_addf(text, "  %s!%s: %s\n", json_get_str(f, "sheet"), json_get_str(f, "cell"),
			 json_get_str(f, "text"));
}

static enum rc verdict(const struct json *out)
{
	bool kept = false;

	return json_get_bool(out, "kept", &kept) && kept ? RC_OK : RC_INPUT;
}

const struct op op_form_import = {.name = "form import",
				  .summary = "form.import.summary",
				  .flags = OP_WRITE,
				  .arg = args,
				  .narg = sizeof(args) / sizeof(args[0]),
				  .run = run,
				  .print = print,
				  .verdict = verdict};
