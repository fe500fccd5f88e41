/*
 * collector: opening what every operation works on: archive, log key, sequencer.
 * Does NOT serve and unlocks no key of a person.
 */
#include "server-stub/collector.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/sweep.h"
#include "server-stub/facts.h"
#include "server-stub/lack.h"
#include "server-stub/meter.h"
#include "server-stub/contacted.h"
#include "server-stub/standing.h"
#include "server-stub/turn.h"
#include "server-stub/webhooks.h"
#include "server-stub/witnesses.h"

enum rc collector_setting(struct collector *col, const char *name, char **ret, struct err *reterr)
{
	struct archive_reader *r = NULL;
	enum rc rc = archive_read(col->archive, &r, reterr);

	if (rc == RC_OK)
		rc = r->setting(r->ctx, name, ret, reterr);
	archive_read_end(col->archive, r);
	return rc;
}

enum rc collector_ready(const struct collector *col, struct err *reterr)
{
	if (col->lost_key)
		return err_set(reterr, RC_CORRUPT, "L12", "collector.log_key", NULL);
	return col->ingest ? RC_OK
			   : err_set(reterr, RC_NOTFOUND, NULL, "collector.not_set_up", NULL);
}

static void before_append(void *ctx, struct buf *rethalt)
{
	struct collector *col = ctx;

	witnesses_check(col->witnesses, rethalt);
}

static void after_append(void *ctx)
{
	struct collector *col = ctx;

	witnesses_wake(col->witnesses);
	webhooks_wake(col->webhooks);
}

static enum rc sequence(struct collector *col, bool thread, bool recovers, struct err *reterr)
{
	const struct ingest_conf conf = {.archive = col->archive,
					 .clock = col->clock,
					 .log = col->log,
					 .root = col->root,
					 .watch = {col, before_append, after_append},
					 .recovers = recovers,
					 .thread = thread};
	enum rc rc;

	ingest_free(col->ingest);
	col->ingest = NULL;
	rc = ingest_open(&col->ingest, &conf, reterr);
	if (rc == RC_OK)
		rc = standing_begin(col, reterr);
	if (rc == RC_OK)
		rc = facts_begin(col, reterr);
	if (rc == RC_OK)
		rc = webhooks_load(col->webhooks, reterr);
	return rc == RC_OK ? witnesses_load(col->witnesses, reterr) : rc;
}

enum rc collector_sequence(struct collector *col, bool thread, struct err *reterr)
{
	return sequence(col, thread, false, reterr);
}

enum rc collector_recover(struct collector *col, struct err *reterr)
{
	col->lost_key = false;
	return sequence(col, false, true, reterr);
}

static enum rc head(struct collector *col, int64_t *ret, struct buf *note, struct err *reterr)
{
	struct archive_reader *r = NULL;
	int64_t at;
	enum rc rc = archive_read(col->archive, &r, reterr);

	if (rc == RC_OK)
		rc = r->head(r->ctx, ret, note, &at, reterr);
	archive_read_end(col->archive, r);
	return rc;
}

/* The key NAME, if it has signed this checkpoint. *ret stays NULL otherwise. */
static enum rc key_of(struct collector *col, const char *name, struct span checkpoint,
		      struct crypt_signer **ret, struct err *reterr)
{
	struct crypt_signer *key = NULL;
	struct note note;
	enum rc rc = vault_plain(col->home, name, false, &key, reterr);

	if (rc == RC_OK && note_open(checkpoint, crypt_signer_pk(key), &note, NULL) == RC_OK)
		*ret = key;
	else
		crypt_signer_free(key);
	if (rc != RC_NOTFOUND)
		return rc;
	err_clear(reterr);
	return RC_OK;
}

/* The log key; the next one when a `recover` ended between its commit and the change of names. */
static enum rc load_key(struct collector *col, struct span checkpoint, struct err *reterr)
{
	enum rc rc = key_of(col, "log", checkpoint, &col->log, reterr);

	if (rc == RC_OK && !col->log) {
		rc = key_of(col, "log-next", checkpoint, &col->log, reterr);
		if (rc == RC_OK && col->log)
			rc = vault_take_next(col->home, reterr);
	}
	col->lost_key = rc == RC_OK && !col->log;
	return rc;
}

/* What init has left; nothing of it before it has written the log's first entries. */
static enum rc load(struct collector *col, struct err *reterr)
{
	char *root = NULL;
	struct buf checkpoint;
	int64_t size = 0;
	enum rc rc;

	buf_init(&checkpoint, NOTE_TEXT_MAX);
	rc = head(col, &size, &checkpoint, reterr);
	if (rc == RC_OK && size > 0)
		rc = collector_setting(col, "root", &root, reterr);
	if (rc != RC_OK || !root) {
		buf_free(&checkpoint);
		return rc;
	}
	if (!codec_b64u_32(span_str(root), col->root))
		rc = err_set(reterr, RC_CORRUPT, NULL, "collector.root", NULL);
	free(root);
	if (rc == RC_OK)
		rc = load_key(col, span_buf(&checkpoint), reterr);
	buf_free(&checkpoint);
	if (rc == RC_OK)
		rc = collector_setting(col, "url", &col->url, reterr);
	return rc == RC_OK && col->log ? collector_sequence(col, false, reterr) : rc;
}

enum rc collector_open(const char *home, bool create, void **retapp, struct err *reterr)
{
	struct collector *col = calloc(1, sizeof(*col));
	enum rc rc = crypt_init(reterr);

	if (rc == RC_OK)
		rc = crypt_selftest(reterr);
	if (rc == RC_OK && col)
		col->home = span_dup(span_str(home));
	if (rc == RC_OK && (!col || !col->home))
		rc = err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	if (rc == RC_OK) {
		col->clock = clock_real();
		rc = archive_sqlite_open(&col->archive, home, create, reterr);
	}
	if (rc == RC_OK) /* once it is known to be a collector's home */
		rc = sweep_dir(home, NULL, reterr);
	if (rc == RC_OK)
		rc = sweep_dir(home, "keys", reterr);
	if (rc == RC_OK)
		rc = lack_new(&col->lack, reterr);
	if (rc == RC_OK)
		rc = turn_new(&col->reports, reterr);
	if (rc == RC_OK)
		rc = meter_new(&col->meter, reterr);
	if (rc == RC_OK)
		rc = contacted_new(&col->contacted, reterr);
	if (rc == RC_OK)
		rc = witnesses_new(&col->witnesses, col, reterr);
	if (rc == RC_OK)
		rc = webhooks_new(&col->webhooks, col, reterr);
	if (rc == RC_OK)
		rc = load(col, reterr);
	if (rc == RC_OK && !create)
		rc = collector_ready(col, reterr);
	if (rc == RC_OK)
		*retapp = col;
	else
		collector_close(col);
	return rc;
}

void collector_close(void *app)
{
	struct collector *col = app;

	if (!col)
		return;
	webhooks_free(col->webhooks);
	witnesses_free(col->witnesses);
	ingest_free(col->ingest);
	lack_free(col->lack);
	turn_free(col->reports);
	meter_free(col->meter);
	contacted_free(col->contacted);
	crypt_signer_free(col->registrar);
	crypt_signer_free(col->log);
	archive_free(col->archive);
	free(col->url);
	free(col->home);
	free(col);
}
