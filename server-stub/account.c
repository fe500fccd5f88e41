/*
 * account: see account.h.
 */
#include "server-stub/account.h"

#include <string.h>

#include "lib/codec.h"

static const char table[] = "account";

enum rc account_write(void *arg, struct archive_writer *w, struct err *reterr)
{
	const struct account *a = arg;
	struct json *doc = json_object();
	char key[CODEC_B64U_32 + 1];
	enum rc rc;

	codec_b64u(a->key, CRYPT_PK_LEN, key);
	json_set_str(doc, "key", key);
	rc = w->doc_put(w->ctx, table, a->name, doc, reterr);
	json_free(doc);
	return rc;
}

static bool take(void *arg, const char *name, const struct json *doc)
{
	const char *key = json_get_str(doc, "key");

	if (key)
		json_set_str(arg, key, name);
	return true;
}

enum rc account_names(struct archive *a, struct json **ret, struct err *reterr)
{
	struct archive_reader *r = NULL;
	struct json *all = json_object();
	enum rc rc = archive_read(a, &r, reterr);

	if (rc == RC_OK)
		rc = r->docs(r->ctx, table, take, all, reterr);
	archive_read_end(a, r);
	if (rc == RC_OK)
		*ret = all;
	else
		json_free(all);
	return rc;
}

enum rc account_key(struct archive *a, const char *name, uint8_t ret[CRYPT_PK_LEN],
		    struct err *reterr)
{
	struct archive_reader *r = NULL;
	struct json *doc = NULL;
	enum rc rc = archive_read(a, &r, reterr);

	if (rc == RC_OK)
		rc = r->doc(r->ctx, table, name, &doc, reterr);
	archive_read_end(a, r);
	if (rc == RC_OK && !codec_b64u_32(span_str(json_get_str(doc, "key")), ret))
		rc = err_set(reterr, RC_CORRUPT, NULL, "vault.corrupt", "name", name, NULL);
	json_free(doc);
	return rc;
}
