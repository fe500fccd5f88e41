/*
 * built_in: see built_in.h.
 */
#include "server-stub/built_in.h"

#include "lib/embed.h"
#include "lib/limits.h"
#include "sync/authority.h"

static enum rc add_form(struct collector *col, const struct form *f, struct issuer *i,
			struct err *reterr)
{
	char name[FORM_NAME_LEN + 16];
	const struct embed_file *file;
	struct buf set, path;
	uint8_t sha[32];
	enum rc rc;

	buf_init(&path, sizeof(name));
	buf_addf(&path, "forms/%s.json", f->name);
	file = path.p ? embed_find((const char *)path.p) : NULL;
	buf_free(&path);
	if (!file)
		return err_set(reterr, RC_INTERNAL, NULL, "init.form", "name", f->name, NULL);
	buf_init(&set, LIMIT_ENTRY_PAYLOAD);
	rc = archive_blob_put(col->archive, span_of(file->data, file->len), sha, reterr);
	if (rc == RC_OK)
		rc = authority_form_write(f->name, f->version, false, sha, (int64_t)file->len, &set,
					  reterr);
	if (rc == RC_OK)
		rc = issuer_add(i, ENTRY_FORM, span_buf(&set), NULL, reterr);
	buf_free(&set);
	return rc;
}

/* i NULL: only their names. */
static enum rc each(struct collector *col, const struct form_set *have, struct issuer *i,
		    struct json *names, struct err *reterr)
{
	struct form_set *forms = NULL;
	const struct form *f;
	enum rc rc = form_set_new(&forms, reterr);

	if (rc == RC_OK)
		rc = form_set_builtin(forms, reterr);
	for (size_t n = 0; rc == RC_OK && (f = form_set_at(forms, n, NULL)) != NULL; n++) {
		if (have && form_set_newest(have, f->name))
			continue;
		json_append_str(names, f->name);
		if (i)
			rc = add_form(col, f, i, reterr);
	}
	form_set_free(forms);
	return rc;
}

enum rc built_in_missing(const struct form_set *have, struct json *names, struct err *reterr)
{
	return each(NULL, have, NULL, names, reterr);
}

enum rc built_in_add(struct collector *col, const struct form_set *have, struct issuer *i, struct json *names,
		     struct err *reterr)
{
	return each(col, have, i, names, reterr);
}
