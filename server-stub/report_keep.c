/*
 * report_keep: see report_keep.h. One document after another: HASH, HASH.1, HASH.2 … until one says that no more
 * follows. Only one part is written out at a time, however long the issue.
 */
#include "server-stub/report_keep.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/codec.h"
#include "lib/num.h"

#define TABLE ARCHIVE_ISSUES

enum { KEY_LEN = CODEC_HEX_LEN(CRYPT_HASH_LEN) + 22 };

static void key_of(const uint8_t csv[CRYPT_HASH_LEN], size_t part, char ret[KEY_LEN])
{
	codec_hex(csv, CRYPT_HASH_LEN, ret);
	if (part > 0)
		(void)snprintf(ret + CODEC_HEX_LEN(CRYPT_HASH_LEN), KEY_LEN - CODEC_HEX_LEN(CRYPT_HASH_LEN), ".%zu",
			       part);
}

struct keeping {
	const uint8_t *csv;
	const struct report *r;
};

static enum rc write_parts(void *arg, struct archive_writer *w, struct err *reterr)
{
	const struct keeping *k = arg;
	char key[KEY_LEN];
	enum rc rc = RC_OK;
	bool more = true;
	size_t at = 0;

	for (size_t n = 0; rc == RC_OK && more; n++) {
		struct json *part = report_kept(k->r, &at);

		key_of(k->csv, n, key);
		more = part && report_kept_more(part);
		rc = part ? w->doc_put(w->ctx, TABLE, key, part, reterr)
			  : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
		json_free(part);
	}
	return rc;
}

enum rc report_keep_write(struct collector *col, const uint8_t csv[CRYPT_HASH_LEN], const struct report *r,
			  struct err *reterr)
{
	struct keeping k = {csv, r};

	return ingest_write(col->ingest, write_parts, &k, reterr);
}

/* ---- and back ---- */

struct parts {
	struct json **p;
	size_t n;
};

static enum rc read_parts(struct archive_reader *r, const uint8_t csv[CRYPT_HASH_LEN], struct parts *ret,
			  struct err *reterr)
{
	char key[KEY_LEN];
	enum rc rc = RC_OK;

	do {
		struct json **grown = realloc(ret->p, (ret->n + 1) * sizeof(*grown));

		if (!grown)
			return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
		ret->p = grown;
		key_of(csv, ret->n, key);
		rc = r->doc(r->ctx, TABLE, key, &grown[ret->n], reterr);
		ret->n += rc == RC_OK;
	} while (rc == RC_OK && report_kept_more(ret->p[ret->n - 1]));
	return rc;
}

enum rc report_keep_read(struct collector *col, const uint8_t csv[CRYPT_HASH_LEN], const struct report_make *m,
			 struct report **ret, struct err *reterr)
{
	struct archive_reader *r = NULL;
	struct parts x = {.n = 0};
	struct err why = {0};
	enum rc rc = archive_read(col->archive, &r, &why);

	if (rc == RC_OK)
		rc = read_parts(r, csv, &x, &why);
	archive_read_end(col->archive, r);
	if (rc == RC_OK)
		return report_of_kept(x.p, x.n, m->week, m->size, ret, reterr);
	if (rc == RC_NOTFOUND) {
		char n[NUM_I64_LEN];

		num_str(m->erased, n);
		rc = x.n == 0 ? err_set(&why, RC_NOTFOUND, "R2", "report.not_kept", "week", m->week, "n", n, NULL)
			      : err_set(&why, RC_CORRUPT, "R2", "report.kept", "week", m->week, NULL);
	}
	for (size_t i = 0; i < x.n; i++)
		json_free(x.p[i]);
	free(x.p);
	if (reterr)
		*reterr = why;
	return rc;
}
