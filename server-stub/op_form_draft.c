/*
 * op form draft|check|discard: a definition kept while it is worked on, what is wrong with it, and letting
 * it go. A draft is unsigned and stays here; it may have faults, publishing refuses them.
 */
#include <string.h>

#include "server-stub/act.h"
#include "server-stub/form_draft.h"
#include "server-stub/form_family.h"
#include "server-stub/ops.h"

static struct json *answer(const struct form_family *x)
{
	struct json *o = json_object();
	int64_t version = 0;

	json_get_int(json_at(x->defs, 0), "version", &version);
	json_set_str(o, "form", form_family_name(x, 0));
	json_set_int(o, "version", version);
	json_set(o, "findings", json_copy(x->findings));
	return o;
}

static enum rc check_text(const struct op_call *call, const char *file, struct form_family *x,
			  struct err *reterr)
{
	struct lang *lang = NULL;
	enum rc rc = act_lang(call, &lang, reterr);

	if (rc == RC_OK)
		rc = form_family_read(span_str(file), x, reterr);
	if (rc == RC_OK)
		rc = form_family_check(call->app, lang, x, reterr);
	lang_free(lang);
	return rc;
}

/* A draft is found again by its name; the rest of it may be wrong. */
static bool is_name(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return n > 0 && s[n] == '\0' && n < FORM_NAME_LEN && s[0] >= 'a' && s[0] <= 'z';
}

static enum rc draft_run(const struct op_call *call, const struct json *in, struct json **ret,
			 struct err *reterr)
{
	struct form_family x = {.n = 0};
	enum rc rc = check_text(call, json_get_str(in, "file"), &x, reterr);

	if (rc == RC_OK && !is_name(form_family_name(&x, 0)))
		rc = err_set(reterr, RC_INPUT, NULL, "formdef.name", "at", "form", "name",
			     form_family_name(&x, 0), NULL);
	if (rc == RC_OK)
		rc = form_draft_put(call->app, form_family_name(&x, 0), x.defs, "", reterr);
	if (rc == RC_OK)
		*ret = answer(&x);
	form_family_free(&x);
	return rc;
}

static enum rc check_draft(const struct op_call *call, const char *name, struct form_family *x,
			   struct err *reterr)
{
	struct json *doc = NULL;
	struct lang *lang = NULL;
	enum rc rc = act_lang(call, &lang, reterr);

	if (rc == RC_OK)
		rc = form_draft_get(call->app, name, &doc, reterr);
	if (rc == RC_OK)
		rc = form_family_of(json_get_arr(doc, "forms"), x, reterr);
	if (rc == RC_OK)
		rc = form_family_check(call->app, lang, x, reterr);
	json_free(doc);
	lang_free(lang);
	return rc;
}

static enum rc check_run(const struct op_call *call, const struct json *in, struct json **ret,
			 struct err *reterr)
{
	const char *file = json_get_str(in, "file"), *draft = json_get_str(in, "draft");
	struct form_family x = {.n = 0};
	enum rc rc;

	if ((file != NULL) == (draft != NULL))
		return err_set(reterr, RC_USAGE, NULL, "form.file_or_draft", NULL);
	rc = file ? check_text(call, file, &x, reterr) : check_draft(call, draft, &x, reterr);
	if (rc == RC_OK)
		*ret = answer(&x);
	form_family_free(&x);
	return rc;
}

static enum rc discard_run(const struct op_call *call, const struct json *in, struct json **ret,
			   struct err *reterr)
{
	const char *name = json_get_str(in, "name");
	struct json *doc = NULL;
	enum rc rc = form_draft_get(call->app, name, &doc, reterr);

	json_free(doc);
	if (rc == RC_OK)
		rc = form_draft_drop(call->app, name, reterr);
	if (rc == RC_OK) {
		*ret = json_object();
		json_set_str(*ret, "form", name);
	}
	return rc;
}

static void print_findings(const struct lang *lang, const struct json *out, const char *key,
			   struct buf *text)
{
	const struct json *all = json_get_arr(out, "findings");

	lang_format(lang, text, json_len(all) > 0 && strcmp(key, "form.checked") == 0
				    ? "form.checked_bad" : key,
		    "form", json_get_str(out, "form"), NULL);
	buf_add_char(text, '\n');
	for (const struct json *f = json_first(all); f; f = json_next(f))
		buf_addf(text, "  %s: %s\n", json_get_str(f, "form"), json_get_str(f, "text"));
}

static void draft_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	print_findings(lang, out, "form.saved", text);
}

static void check_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	print_findings(lang, out, "form.checked", text);
}

static void discard_print(const struct lang *lang, const struct json *out, struct buf *text)
{
	print_findings(lang, out, "form.discarded", text);
}

static enum rc check_verdict(const struct json *out)
{
	return json_len(json_get_arr(out, "findings")) > 0 ? RC_INPUT : RC_OK;
}

static const struct op_arg draft_args[] = {
    {.name = "file",
     .type = OP_TEXT,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "form.arg.file"},
};
static const struct op_arg check_args[] = {
    {.name = "file", .type = OP_TEXT, .flags = OP_POSITIONAL, .help = "form.arg.file"},
    {.name = "draft", .type = OP_STRING, .help = "form.arg.draft", .meta = "NAME"},
};
static const struct op_arg discard_args[] = {
    {.name = "name",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "form.arg.name"},
};

const struct op op_form_draft = {.name = "form draft",
				 .summary = "form.draft.summary",
				 .flags = OP_WRITE,
				 .arg = draft_args,
				 .narg = sizeof(draft_args) / sizeof(draft_args[0]),
				 .run = draft_run,
				 .print = draft_print};
const struct op op_form_check = {.name = "form check",
				 .summary = "form.check.summary",
				 .flags = OP_READ,
				 .arg = check_args,
				 .narg = sizeof(check_args) / sizeof(check_args[0]),
				 .run = check_run,
				 .print = check_print,
				 .verdict = check_verdict};
const struct op op_form_discard = {.name = "form discard",
				   .summary = "form.discard.summary",
				   .flags = OP_WRITE,
				   .arg = discard_args,
				   .narg = sizeof(discard_args) / sizeof(discard_args[0]),
				   .run = discard_run,
				   .print = discard_print};
