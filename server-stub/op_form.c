/*
 * op form publish|close: a form version goes out as a blob the root has signed; closing
 * one stops new records of it, never what was recorded. Clause K6.
 */
#include <string.h>

#include "lib/codec.h"
#include "server-stub/act.h"
#include "server-stub/ops.h"
#include "lib/limits.h"
#include "sync/authority.h"
#include "sync/form.h"

static enum rc seal(struct collector *col, const struct json *in, const struct authority_form *f,
		    int64_t *retindex, struct err *reterr)
{
	struct crypt_signer *root = NULL;
	struct issuer *issuer = NULL;
	struct buf set;
	enum rc rc = vault_unseal(col->home, "root", json_get_str(in, "passphrase"), &root, reterr);

	buf_init(&set, LIMIT_ENTRY_PAYLOAD);
	if (rc == RC_OK)
		rc = authority_form_write(f->name, f->version, f->closed, f->sha256, f->size, &set,
					  reterr);
	if (rc == RC_OK)
		rc = issuer_open(col, root, "*", &issuer, reterr);
	if (rc == RC_OK)
		rc = issuer_add(issuer, ENTRY_FORM, span_buf(&set), NULL, reterr);
	if (rc == RC_OK)
		rc = issuer_keep(issuer, retindex, reterr);
	issuer_free(issuer);
	crypt_signer_free(root);
	buf_free(&set);
	return rc;
}

static struct json *answer(const struct authority_form *f, int64_t index)
{
	struct json *o = json_object();

	json_set_str(o, "form", f->name);
	json_set_int(o, "version", f->version);
	json_set_str(o, "state", f->closed ? "closed" : "published");
	json_set_int(o, "index", index);
	return o;
}

/* A version once published never changes; the next one counts one up. */
static enum rc check_version(const struct form_set *set, const struct form *f, struct err *reterr)
{
	const struct form *newest = form_set_newest(set, f->name);
	unsigned next = newest ? newest->version + 1 : 1;

	if (f->version != next)
		return err_num(reterr, RC_CONFLICT, "K6", "form.next_version", "version", next);
	return form_set_check(set, f, reterr);
}

static enum rc publish_run(const struct op_call *call, const struct json *in, struct json **ret,
			   struct err *reterr)
{
	struct collector *col = call->app;
	struct span text = span_str(json_get_str(in, "file"));
	const struct ingest_snapshot *snap = ingest_snapshot(col->ingest);
	struct authority_form f = {.closed = false};
	struct form *form = NULL;
	int64_t index = 0;
	enum rc rc = form_parse(text, &form, reterr);

	if (rc == RC_OK)
		rc = check_version(snap->forms, form, reterr);
	ingest_snapshot_end(col->ingest, snap);
	if (rc == RC_OK)
		rc = archive_blob_put(col->archive, text, f.sha256, reterr);
	if (rc == RC_OK) {
		memcpy(f.name, form->name, strlen(form->name) + 1);
		f.version = form->version;
		f.size = (int64_t)text.len;
		rc = seal(col, in, &f, &index, reterr);
	}
	if (rc == RC_OK)
		*ret = answer(&f, index);
	form_free(form);
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
		rc = seal(col, in, &x.f, &index, reterr);
	if (rc == RC_OK)
		*ret = answer(&x.f, index);
	return rc;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	int64_t v = 0;
	struct buf b;

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
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "form.arg.file"},
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
