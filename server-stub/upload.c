/*
 * upload: see upload.h.
 */
#include "server-stub/upload.h"

#include <string.h>

/* Of several scopes the first that names it. */
static enum rc find(struct archive_reader *r, const struct keyring_scopes *scopes,
		    struct archive_upload *u, bool *retnamed, struct err *reterr)
{
	enum rc rc = RC_OK;

	*retnamed = false;
	for (size_t i = 0; rc == RC_OK && !*retnamed && i < scopes->n; i++) {
		memcpy(u->scope, scopes->scope[i], sizeof(u->scope));
		rc = r->blob_named(r->ctx, u->scope, u->sha, retnamed, &u->size, reterr);
	}
	return rc;
}

enum rc upload_find(struct collector *col, const uint8_t device[CRYPT_PK_LEN],
		    const uint8_t sha[CRYPT_HASH_LEN], struct archive_upload *ret,
		    struct err *reterr)
{
	const struct ingest_snapshot *s = ingest_snapshot(col->ingest);
	struct archive_upload u = {.sha = sha, .device = device};
	struct keyring_scopes scopes = {0};
	struct archive_reader *r = NULL;
	bool named = false;
	enum rc rc = keyring_scopes(s->keyring, device, &scopes, reterr);

	if (rc == RC_OK)
		rc = archive_read(col->archive, &r, reterr);
	if (rc == RC_OK)
		rc = find(r, &scopes, &u, &named, reterr);
	if (rc == RC_OK && !named)
		rc = err_set(reterr, RC_NOTFOUND, "P24", "blob.not_named", NULL);
	if (rc == RC_OK)
		*ret = u;
	archive_read_end(col->archive, r);
	keyring_scopes_free(&scopes);
	ingest_snapshot_end(col->ingest, s);
	return rc;
}
