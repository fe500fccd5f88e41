/*
 * form_draft: see form_draft.h. Documents of the archive's table "form_draft".
 */
#include "server-stub/form_draft.h"

#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"

static const char table[] = "form_draft";

enum rc form_draft_get(struct collector *col, const char *name, struct json **ret,
		       struct err *reterr)
{
	struct archive_reader *r = NULL;
	enum rc rc = archive_read(col->archive, &r, reterr);

	if (rc != RC_OK)
		return rc;
	rc = r->doc(r->ctx, table, name, ret, reterr);
	archive_read_end(col->archive, r);
	return rc == RC_NOTFOUND
		   ? err_set(reterr, RC_NOTFOUND, NULL, "form.no_draft", "name", name, NULL)
		   : rc;
}

enum rc form_draft_hash(const struct json *doc, char ret[FORM_DRAFT_HASH], struct err *reterr)
{
	uint8_t hash[CRYPT_HASH_LEN];
	struct buf text;
	enum rc rc;

	buf_init(&text, LIMIT_JSON_TEXT);
	rc = json_write(json_get_arr(doc, "forms"), false, &text, reterr);
	if (rc == RC_OK) {
		crypt_sha256(text.p, text.len, hash);
		codec_hex(hash, sizeof(hash), ret);
	}
	buf_free(&text);
	return rc;
}

struct putting {
	const char *name;
	const struct json *doc; /* NULL: drop it */
};

static enum rc put(void *arg, struct archive_writer *w, struct err *reterr)
{
	const struct putting *p = arg;

	return w->doc_put(w->ctx, table, p->name, p->doc, reterr);
}

enum rc form_draft_put(struct collector *col, const char *name, const struct json *forms,
		       const char *source, struct err *reterr)
{
	struct json *doc = json_object();
	struct putting p = {name, doc};
	enum rc rc;

	json_set(doc, "forms", json_copy(forms));
	json_set_str(doc, "source", source);
	json_set_int(doc, "saved_at", clock_now_s(col->clock));
	rc = ingest_write(col->ingest, put, &p, reterr);
	json_free(doc);
	return rc;
}

enum rc form_draft_drop(struct collector *col, const char *name, struct err *reterr)
{
	struct putting p = {name, NULL};

	return ingest_write(col->ingest, put, &p, reterr);
}

static bool take(void *arg, const char *key, const struct json *doc)
{
	json_set(arg, key, json_copy(doc));
	return true;
}

enum rc form_draft_all(struct collector *col, struct json **ret, struct err *reterr)
{
	struct archive_reader *r = NULL;
	struct json *all;
	enum rc rc = archive_read(col->archive, &r, reterr);

	if (rc != RC_OK)
		return rc;
	all = json_object();
	rc = r->docs(r->ctx, table, take, all, reterr);
	archive_read_end(col->archive, r);
	if (rc == RC_OK)
		*ret = all;
	else
		json_free(all);
	return rc;
}
