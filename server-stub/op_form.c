/*
 * op form publish|close: a form version goes out as a blob the root has signed; closing
 * one stops new records of it, never what was recorded. Clause K6.
 */
#include <string.h>

#include "lib/codec.h"
#include "server-stub/act.h"
#include "server-stub/built_in.h"
#include "server-stub/form_draft.h"
#include "server-stub/form_family.h"
#include "server-stub/ops.h"
#include "lib/limits.h"
#include "sync/authority.h"
#include "sync/form.h"

/* Entries for all of them in one group: a form and its lines are published together or not at all. */
static enum rc seal(struct collector *col, const struct json *in, const struct authority_form *f,
		    size_t n, int64_t *retindex, struct err *reterr)
{
	struct crypt_signer *root = NULL;
	struct issuer *issuer = NULL;
	struct buf set;
	enum rc rc = vault_unseal(col->home, "root", json_get_str(in, "passphrase"), &root, reterr);

	buf_init(&set, LIMIT_ENTRY_PAYLOAD);
	if (rc == RC_OK)
		rc = issuer_open(col, root, "*", &issuer, reterr);
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		buf_reset(&set);
		rc = authority_form_write(f[i].name, f[i].version, f[i].closed, f[i].sha256,
					  f[i].size, &set, reterr);
		if (rc == RC_OK)
			rc = issuer_add(issuer, ENTRY_FORM, span_buf(&set), NULL, reterr);
	}
	if (rc == RC_OK)
		rc = issuer_keep(issuer, retindex, reterr);
	issuer_free(issuer);
	crypt_signer_free(root);
	buf_free(&set);
	return rc;
}

static struct json *answer(const struct authority_form *f, size_t n, int64_t index)
{
	struct json *o = json_object(), *lines = json_array();

	json_set_str(o, "form", f->name);
	json_set_int(o, "version", f->version);
	json_set_str(o, "state", f->closed ? "closed" : "published");
	json_set_int(o, "index", index);
	for (size_t i = 1; i < n; i++)
		json_append_str(lines, f[i].name);
	json_set(o, "lines", lines);
	return o;
}

/* The definition as the bytes that are named from now on. */
static enum rc keep_blob(struct collector *col, const struct json *def, const struct form *form,
			 struct authority_form *ret, struct err *reterr)
{
	struct buf text;
	enum rc rc;

	buf_init(&text, LIMIT_FORM_JSON);
	rc = json_write(def, false, &text, reterr);
	if (rc == RC_OK)
		rc = archive_blob_put(col->archive, span_buf(&text), ret->sha256, reterr);
	memcpy(ret->name, form->name, strlen(form->name) + 1);
	ret->version = form->version;
	ret->size = (int64_t)text.len;
	buf_free(&text);
	return rc;
}

/* What is sealed is what was looked at: whoever works on the draft may have kept another one since. */
static enum rc same_draft(const struct json *in, const struct json *doc, struct err *reterr)
{
	const char *shown = json_get_str(in, "sha256");
	char hash[FORM_DRAFT_HASH];
	enum rc rc;

	if (!shown)
		return err_set(reterr, RC_USAGE, NULL, "form.unseen", "name", json_get_str(in, "draft"), NULL);
	rc = form_draft_hash(doc, hash, reterr);
	if (rc == RC_OK && strcmp(shown, hash) != 0)
		rc = err_set(reterr, RC_CONFLICT, NULL, "form.changed", "name", json_get_str(in, "draft"), NULL);
	return rc;
}

/* What is published: a file, or a draft kept here. */
static enum rc read_family(struct collector *col, const struct json *in, struct form_family *ret,
			   struct err *reterr)
{
	const char *file = json_get_str(in, "file"), *draft = json_get_str(in, "draft");
	struct json *doc = NULL;
	enum rc rc;

	if ((file != NULL) == (draft != NULL))
		return err_set(reterr, RC_USAGE, NULL, "form.file_or_draft", NULL);
	if (file)
		return form_family_read(span_str(file), ret, reterr);
	rc = form_draft_get(col, draft, &doc, reterr);
	if (rc == RC_OK)
		rc = same_draft(in, doc, reterr);
	if (rc == RC_OK)
		rc = form_family_of(json_get_arr(doc, "forms"), ret, reterr);
	json_free(doc);
	return rc;
}

static enum rc publish(struct collector *col, const struct json *in, struct form_family *x,
		       struct json **ret, struct err *reterr)
{
	struct authority_form f[FORM_FAMILY_MAX] = {{.closed = false}};
	int64_t index = 0;
	enum rc rc = RC_OK;

	if (json_len(x->findings) > 0) {
		*reterr = x->first;
		return x->first.rc;
	}
	for (size_t i = 0; rc == RC_OK && i < x->n; i++)
		rc = keep_blob(col, json_at(x->defs, i), form_family_form(x, i), &f[i], reterr);
	if (rc == RC_OK)
		rc = seal(col, in, f, x->n, &index, reterr);
	if (rc == RC_OK && json_get_str(in, "draft"))
		rc = form_draft_drop(col, json_get_str(in, "draft"), reterr);
	if (rc == RC_OK)
		*ret = answer(f, x->n, index);
	return rc;
}

/* The built-in forms that came with a newer program, all in one group; the index is -1 when there is none. */
static enum rc publish_missing(struct collector *col, const struct json *in, struct json **ret,
			       struct err *reterr)
{
	const struct ingest_snapshot *snap = ingest_snapshot(col->ingest);
	struct json *o = json_object(), *names = json_array();
	struct crypt_signer *root = NULL;
	struct issuer *issuer = NULL;
	int64_t index = -1;
	enum rc rc = vault_unseal(col->home, "root", json_get_str(in, "passphrase"), &root, reterr);

	if (rc == RC_OK)
		rc = issuer_open(col, root, "*", &issuer, reterr);
	if (rc == RC_OK)
		rc = built_in_add(col, snap->forms, issuer, names, reterr);
	if (rc == RC_OK && json_len(names) > 0)
		rc = issuer_keep(issuer, &index, reterr);
	issuer_free(issuer);
	crypt_signer_free(root);
	ingest_snapshot_end(col->ingest, snap);
	json_set_int(o, "index", index);
	json_set(o, "forms", names);
	json_set_str(o, "state", "published");
	if (rc == RC_OK)
		*ret = o;
	else
		json_free(o);
	return rc;
}

static enum rc publish_run(const struct op_call *call, const struct json *in, struct json **ret,
			   struct err *reterr)
{
	struct collector *col = call->app;
	struct form_family x = {.n = 0};
	struct lang *lang = NULL;
	bool missing = false;
	enum rc rc;

	json_get_bool(in, "missing", &missing);
	if (missing && !json_get(in, "file") && !json_get(in, "draft"))
		return publish_missing(col, in, ret, reterr);
	rc = missing ? err_set(reterr, RC_USAGE, NULL, "form.file_or_draft", NULL) : act_lang(call, &lang, reterr);
	if (rc == RC_OK)
		rc = read_family(col, in, &x, reterr);
	if (rc == RC_OK)
		rc = form_family_check(col, lang, &x, reterr);
	if (rc == RC_OK)
		rc = publish(col, in, &x, ret, reterr);
	form_family_free(&x);
	lang_free(lang);
	return rc;
}

/* The blob of the version, out of the entry that published it. */
struct find {
	struct authority_form f;
	bool found;
};

static bool find_row(void *arg, const struct archive_row *row)
{
	struct find *x = arg;
	struct authority_form f;
	struct entry *e = NULL;

	if (row->op != ENTRY_FORM || row->verdict != KEYRING_ADMITTED ||
	    archive_read_entry(row, &e, NULL) != RC_OK)
		return true;
	if (authority_form(e, &f, NULL) == RC_OK && strcmp(f.name, x->f.name) == 0 &&
	    f.version == x->f.version) {
		x->f = f;
		x->found = true;
	}
	entry_free(e);
	return true;
}

static enum rc close_run(const struct op_call *call, const struct json *in, struct json **ret,
			 struct err *reterr)
{
	struct collector *col = call->app;
	struct archive_reader *r = NULL;
	struct find x = {.found = false};
	int64_t version = 0, index = 0;
	const char *name = json_get_str(in, "name");
	enum rc rc = archive_read(col->archive, &r, reterr);

	if (rc != RC_OK)
		return rc;
	json_get_int(in, "version", &version);
	if (strlen(name) < sizeof(x.f.name))
		memcpy(x.f.name, name, strlen(name) + 1);
	x.f.version = (unsigned)version;
	rc = r->authority_rows(r->ctx, find_row, &x, reterr);
	archive_read_end(col->archive, r);
	if (rc == RC_OK && (!x.found || x.f.closed)) {
		rc = err_num(reterr, x.found ? RC_CONFLICT : RC_NOTFOUND, NULL,
			     x.found ? "form.closed" : "form.no_version", "version", version);
		err_add(reterr, "name", name);
	}
	x.f.closed = true;
	if (rc == RC_OK)
		rc = seal(col, in, &x.f, 1, &index, reterr);
	if (rc == RC_OK)
		*ret = answer(&x.f, 1, index);
	return rc;
}

static void print_missing(const struct lang *lang, const struct json *names, struct buf *text)
{
	if (json_len(names) == 0)
		buf_addf(text, "%s\n", lang_text(lang, "form.none_missing"));
	for (const struct json *n = json_first(names); n; n = json_next(n)) {
		lang_format(lang, text, "form.done.built_in", "form", json_str(n), NULL);
		buf_add_char(text, '\n');
	}
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	int64_t v = 0;
	struct buf b;

	if (json_get(out, "forms")) {
		print_missing(lang, json_get_arr(out, "forms"), text);
		return;
	}
	json_get_int(out, "version", &v);
	buf_init(&b, 32);
	buf_add_int(&b, v);
	lang_format(lang, text,
		    strcmp(json_get_str(out, "state"), "closed") == 0 ? "form.done.closed"
								      : "form.done.published",
		    "form", json_get_str(out, "form"), "version", (const char *)b.p, NULL);
	buf_add_char(text, '\n');
	buf_free(&b);
}

static const struct op_arg publish_args[] = {
    {.name = "file",
     .type = OP_TEXT,
     .flags = OP_POSITIONAL,
     .help = "form.arg.file"},
    {.name = "draft", .type = OP_STRING, .help = "form.arg.draft", .meta = "NAME"},
    {.name = "sha256", .type = OP_STRING, .help = "form.arg.sha256", .meta = "HEX"},
    {.name = "missing", .type = OP_BOOL, .help = "form.arg.missing"},
    {.name = "passphrase",
     .type = OP_STRING,
     .flags = OP_SECRET | OP_REQUIRED,
     .help = "form.arg.passphrase"},
};

static const struct op_arg close_args[] = {
    {.name = "name",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "form.arg.name"},
    {.name = "version",
     .type = OP_INT,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "form.arg.version",
     .min = 1,
     .max = 9999},
    {.name = "passphrase",
     .type = OP_STRING,
     .flags = OP_SECRET | OP_REQUIRED,
     .help = "form.arg.passphrase"},
};

const struct op op_form_publish = {"form publish",
				   "form.publish.summary",
				   OP_WRITE,
				   publish_args,
				   sizeof(publish_args) / sizeof(publish_args[0]),
				   publish_run,
				   print,
				   NULL};
const struct op op_form_close = {"form close",
				 "form.close.summary",
				 OP_WRITE,
				 close_args,
				 sizeof(close_args) / sizeof(close_args[0]),
				 close_run,
				 print,
				 NULL};
