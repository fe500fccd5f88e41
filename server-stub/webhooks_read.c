/*
 * webhooks_read: what there is to tell, out of the log. A reader is held for one batch and no longer: never while
 * something is sent. What a reader sees is committed.
 */
#include <string.h>

#include "server-stub/webhooks_part.h"

struct reading {
	const struct webhook *h;
	char origin[NOTE_ORIGIN_LEN];
	struct webhooks_batch *b;
	enum rc rc;
	struct err *reterr;
};

static bool take(void *arg, const struct archive_row *row)
{
	struct reading *t = arg;
	bool told = false;

	t->rc = webhook_event_message(row, t->origin, t->h->events, &t->b->m[t->b->n], &told, t->reterr);
	if (t->rc != RC_OK)
		return false;
	t->b->n += told;
	t->b->upto = row->index + 1;
	return t->b->n < WEBHOOKS_BATCH;
}

/* Is it of that province by the catalogue? What is of the whole country is of none. */
static enum rc in_province(struct archive_reader *r, const char *scope, const char *province, bool *ret,
			   struct err *reterr)
{
	struct json *unit = NULL;
	enum rc rc = r->doc_if(r->ctx, "unit", scope, &unit, reterr);
	const char *of = json_get_str(unit, "province");

	*ret = of && strcmp(of, province) == 0;
	json_free(unit);
	return rc;
}

static enum rc keep_province(struct archive_reader *r, const char *province, struct webhooks_batch *b,
			     struct err *reterr)
{
	size_t n = 0;
	enum rc rc = RC_OK;

	for (size_t i = 0; i < b->n; i++) {
		bool is = true;

		if (rc == RC_OK)
			rc = in_province(r, b->m[i].scope, province, &is, reterr);
		if (is)
			b->m[n++] = b->m[i];
		else
			buf_free(&b->m[i].body);
	}
	b->n = n;
	return rc;
}

enum rc webhooks_read(struct collector *col, const struct webhook *h, int64_t from, struct webhooks_batch *ret,
		      struct err *reterr)
{
	struct reading t = {.h = h, .b = ret, .reterr = reterr};
	struct archive_reader *r = NULL;
	int64_t size = 0, at, to;
	struct buf note;
	enum rc rc = archive_read(col->archive, &r, reterr);

	ret->n = 0;
	ret->upto = from;
	buf_init(&note, NOTE_TEXT_MAX);
	note_origin(crypt_signer_pk(col->log), t.origin);
	if (rc == RC_OK)
		rc = r->head(r->ctx, &size, &note, &at, reterr);
	to = size - from < WEBHOOKS_ROWS ? size : from + WEBHOOKS_ROWS;
	if (rc == RC_OK)
		rc = r->rows(r->ctx, NULL, from, to, take, &t, reterr);
	rc = rc == RC_OK ? t.rc : rc;
	if (rc != RC_OK && ret->upto > from) { /* what was read so far goes; the next batch begins at the fault */
		err_clear(reterr);
		rc = RC_OK;
	}
	if (rc == RC_OK && h->province[0])
		rc = keep_province(r, h->province, ret, reterr);
	archive_read_end(col->archive, r);
	buf_free(&note);
	ret->more = ret->upto < size;
	if (rc != RC_OK)
		webhooks_batch_free(ret);
	return rc;
}

void webhooks_batch_free(struct webhooks_batch *b)
{
	for (size_t i = 0; i < b->n; i++)
		buf_free(&b->m[i].body);
	b->n = 0;
}
