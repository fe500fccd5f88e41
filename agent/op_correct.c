/*
 * op correct: a submitted check or statement is never changed; this makes a new one that
 * takes its place (M12): all its values and lines copied, those given changed, the old one
 * named in `supersedes`, with the reason. Lines: LINE.FIELD=VALUE, LINE being the key of the
 * line ("may_in.qty_needed=8"), or a file as op record takes.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/draft.h"
#include "agent/ops.h"
#include "agent/print.h"
#include "agent/record.h"
#include "lib/codec.h"
#include "lib/limits.h"

static const struct op_arg args[] = {
    {.name = "id",
     .type = OP_STRING,
     .flags = OP_POSITIONAL | OP_REQUIRED,
     .help = "correct.arg.id",
     .meta = "ID"},
    {.name = "fields",
     .type = OP_PAIRS,
     .flags = OP_POSITIONAL,
     .help = "correct.arg.fields",
     .meta = "FIELD=VALUE"},
    {.name = "reason",
     .type = OP_STRING,
     .flags = OP_REQUIRED,
     .help = "arg.reason",
     .meta = "TEXT"},
    {.name = "file",
     .type = OP_JSON,
     .flags = OP_STDIN,
     .help = "correct.arg.file",
     .meta = "FILE"},
    {.name = "clerk", .type = OP_STRING, .flags = 0, .help = "arg.clerk", .meta = "NAME"},
    {.name = "pin", .type = OP_STRING, .flags = OP_SECRET, .help = "arg.pin"},
};

/* ---- changes ---- */

/* "may_in.qty_needed" -> a child {"kind","fields":{key:"may_in","qty_needed":value}}. */
static enum rc add_line_change(struct record_batch *b, const struct form *f, const struct json *v,
			       struct json *item, struct err *reterr)
{
	const char *name = json_name(v), *dot = strchr(name, '.');
	struct json *child, *fields;
	char *key;

	for (size_t i = 0; i < f->nchild; i++) {
		const struct form *cf =
		    form_set_open(store_forms(b->agent->store), f->child[i].kind);
		for (size_t k = 0; cf && k < cf->nkey; k++) {
			if (cf->parent_field && strcmp(cf->key[k], cf->parent_field) == 0)
				continue;
			key = span_dup(span_of(name, (size_t)(dot - name)));
			child = json_object();
			fields = json_object();
			json_set_str(child, "kind", cf->name);
			json_set_str(fields, cf->key[k], key);
			json_set(fields, dot + 1, json_copy(v));
			json_set(child, "fields", fields);
			json_append(json_get_arr(item, "children"), child);
			free(key);
			return RC_OK;
		}
	}
	return err_set(reterr, RC_INPUT, NULL, "form.no_field", "name", name, NULL);
}

static enum rc changes(struct record_batch *b, const struct form *f, const struct json *in,
		       struct json **ret, struct err *reterr)
{
	const struct json *file = json_get(in, "file");
	struct json *item = json_object(), *fields = json_copy(json_get_obj(file, "fields"));
	enum rc rc = RC_OK;

	if (!fields)
		fields = json_object();
	json_set(item, "children",
		 json_get_arr(file, "children") ? json_copy(json_get_arr(file, "children"))
						: json_array());
	for (const struct json *v = json_first(json_get(in, "fields")); rc == RC_OK && v;
	     v = json_next(v)) {
		if (strchr(json_name(v), '.'))
			rc = add_line_change(b, f, v, item, reterr);
		else
			json_set(fields, json_name(v), json_copy(v));
	}
	json_set(item, "fields", fields);
	if (rc == RC_OK && json_len(fields) == 0 && json_len(json_get_arr(item, "children")) == 0)
		rc = err_set(reterr, RC_INPUT, NULL, "record.nothing", NULL);
	if (rc == RC_OK)
		*ret = item;
	else
		json_free(item);
	return rc;
}

/* ---- run ---- */

static enum rc correct(struct record_batch *b, const struct json *in, struct json *all,
		       struct err *reterr)
{
	struct json *draft = NULL, *item = NULL, *o;
	struct store_entity *e = NULL;
	const struct form *f = NULL;
	enum rc rc = record_draft_corrects(b, json_get_str(in, "id"), &e, &f, reterr);

	if (rc != RC_OK)
		return rc;
	o = record_result(b, f);
	json_append(all, o);
	rc = record_sign(b, reterr);
	if (rc == RC_OK)
		rc = author_may(b->author, e->scope, reterr);
	if (rc == RC_OK)
		rc = record_draft_correct(b, e, f, json_get_str(in, "reason"), &draft, reterr);
	if (rc == RC_OK)
		rc = changes(b, f, in, &item, reterr);
	if (rc == RC_OK)
		rc = record_draft_merge(b, f, draft, item, o, reterr);
	if (rc == RC_OK && json_len(json_get_arr(o, "errors")) == 0)
		rc = record_submit(b, f, draft, o, reterr);
	json_free(item);
	json_free(draft);
	store_entity_free(e);
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	return record_act(call, in, correct, ret, reterr);
}

const struct op op_correct = {
    "correct", "correct.summary", OP_WRITE,   args, sizeof(args) / sizeof(args[0]),
    run,       print_records,     print_saved};
