/*
 * op form: a form as a screen draws it: sections, fields with their words in both languages,
 * lists, kinds of lines. Rules are not in it: what they say of a draft is told by the draft's own
 * operations, so that they stand in one place. Reads only.
 */
#include <string.h>

#include "agent/look.h"
#include "agent/ops.h"
#include "agent/print.h"
#include "lib/num.h"
#include "sync/form_view.h"

static const struct op_arg args[] = {
    {.name = "kind",
     .type = OP_STRING,
     .flags = OP_POSITIONAL,
     .help = "record.arg.kind",
     .meta = "KIND"},
    {.name = "version",
     .type = OP_INT,
     .help = "form_show.arg.version",
     .meta = "N",
     .min = 1,
     .max = 9999},
};

/* Without a kind: all that a clerk may fill in, by name. */
static struct json *all_forms(const struct form_set *set)
{
	struct json *all = json_array();
	const struct form *f;

	for (size_t i = 0; (f = form_set_at(set, i, NULL)) != NULL; i++) {
		struct json *o;
		if (f->class == FORM_CENTRE || f != form_set_open(set, f->name))
			continue;
		o = json_object();
		json_set_str(o, "kind", f->name);
		json_set_int(o, "version", f->version);
		json_set_str(o, "class", form_class_name(f->class));
		json_set(o, "label", form_view_pair(f->label));
		json_append(all, o);
	}
	return all;
}

static enum rc no_version(const char *kind, int64_t version, struct err *reterr)
{
	char num[NUM_I64_LEN];

	num_str(version, num);
	return err_set(reterr, RC_NOTFOUND, NULL, "form.no_version", "name", kind, "version", num,
		       NULL);
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct agent *agent = call->app;
	const struct form_set *set = store_forms(agent->store);
	const char *kind = json_get_str(in, "kind");
	const struct form *f = NULL;
	int64_t version = 0;
	enum rc rc;

	if (!kind) {
		*ret = json_object();
		json_set(*ret, "forms", all_forms(set));
		return RC_OK;
	}
	rc = look_form(agent, kind, &f, reterr);
	if (rc == RC_OK && json_get_int(in, "version", &version)) {
		f = form_set_get(set, f->name, (unsigned)version);
		if (!f)
			rc = no_version(kind, version, reterr);
	}
	if (rc != RC_OK)
		return rc;
	*ret = form_view(set, f);
	json_set(*ret, "children", form_view_lines(set, f));
	return RC_OK;
}

/* ---- print ---- */

static const char *said(const struct lang *lang, const struct json *o, const char *name)
{
	return print_str(json_get(o, name), lang_name(lang));
}

static void print_forms(const struct lang *lang, const struct json *forms, struct buf *text)
{
	struct print_table t;

	print_table_init(&t);
	for (const struct json *f = json_first(forms); f; f = json_next(f)) {
		print_row(&t);
		print_cell(&t, print_str(f, "kind"));
		print_cell_int(&t, print_num(f, "version"));
		print_cell(&t, said(lang, f, "label"));
	}
	print_table_end(&t, 0, text);
}

static void print_section(const struct lang *lang, const struct json *s, struct buf *text)
{
	struct print_table t;

	if (json_get(s, "label")) {
		buf_add_str(text, said(lang, s, "label"));
		buf_add_char(text, '\n');
	}
	print_table_init(&t);
	for (const struct json *f = json_first(json_get(s, "fields")); f; f = json_next(f)) {
		print_row(&t);
		print_cell(&t, print_is(f, "required") ? "*" : "");
		print_cell(&t, said(lang, f, "label"));
		print_cell(&t, print_str(f, "name"));
		print_cell(&t, print_str(f, "type"));
		print_cell(&t, said(lang, f, "unit"));
	}
	print_table_end(&t, 2, text);
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	if (json_get(out, "forms")) {
		print_forms(lang, json_get(out, "forms"), text);
		return;
	}
	buf_addf(text, "%s (%s/%lld)\n", said(lang, out, "label"), print_str(out, "kind"),
		 (long long)print_num(out, "version"));
	for (const struct json *s = json_first(json_get(out, "sections")); s; s = json_next(s))
		print_section(lang, s, text);
}

const struct op op_form = {"form", "form_show.summary", OP_READ, args, sizeof(args) / sizeof(args[0]),
			   run,    print,          NULL};
