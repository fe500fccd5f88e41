/*
 * tidy: see tidy.h.
 */
#include "server-stub/tidy.h"

#include <string.h>

enum { ORPHANS = 64 }; /* a transaction's; what is beyond goes the next time */

struct orphans {
	struct collector *col;
	int64_t before_s;
	uint8_t sha[ORPHANS][CRYPT_HASH_LEN];
	size_t n;
};

static bool take(void *arg, const uint8_t sha[32])
{
	struct orphans *o = arg;

	memcpy(o->sha[o->n++], sha, CRYPT_HASH_LEN);
	return o->n < ORPHANS;
}

static enum rc drop(void *arg, struct archive_writer *w, struct err *reterr)
{
	const struct orphans *o = arg;
	enum rc rc = RC_OK;
	bool gone;

	(void)w; /* its transaction keeps entries out that would name one */
	for (size_t i = 0; rc == RC_OK && i < o->n; i++)
		rc = archive_blob_orphan(o->col->archive, o->sha[i], o->before_s, &gone, reterr);
	return rc;
}

enum rc tidy_blobs(struct collector *col, int64_t before_s, struct err *reterr)
{
	struct orphans o = {.col = col, .before_s = before_s};
	enum rc rc = archive_blob_tidy(col->archive, before_s, reterr);

	if (rc == RC_OK && col->ingest)
		rc = archive_blob_orphans(col->archive, before_s, take, &o, reterr);
	return rc == RC_OK && o.n > 0 ? ingest_write(col->ingest, drop, &o, reterr) : rc;
}
