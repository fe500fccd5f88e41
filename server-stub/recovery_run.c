/*
 * recovery_run: the act of going on under a new log key (L12).
 *
 * The order makes a crash harmless: the new key lies in log-next.key before anything is
 * signed with it; one transaction logs the root's entry under a checkpoint of the new key;
 * then log-next.key takes the place of log.key, which collector_open also does when it finds
 * that the newest checkpoint is the new key's. The centre's own feeds are given up first:
 * what they wrote after the backup comes back from the PCs, and no feed may part (A13). The file `recovering`
 * lies there from before the first step until after the last, so that a run again ends what was cut off.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "lib/os.h"
#include "server-stub/issuer.h"
#include "server-stub/recovery.h"

/* ---- the centre's feeds ---- */


static bool take_name(void *arg, const char *key, const struct json *doc)
{
	(void)doc;
	json_append_str(arg, key);
	return true;
}

static bool take_damaged(void *arg, const char *table, const char *key)
{
	(void)table;
	json_append_str(arg, key);
	return true;
}

static enum rc drop_issuers(void *arg, struct archive_writer *w, struct err *reterr)
{
	enum rc rc = RC_OK;

	for (const struct json *n = json_first(arg); rc == RC_OK && n; n = json_next(n))
		rc = w->doc_put(w->ctx, "issuer", json_str(n), NULL, reterr);
	return rc;
}

static enum rc leave_feeds(struct collector *col, struct err *reterr)
{
	struct json *all = json_array();
	struct archive_reader *r = NULL;
	enum rc rc = archive_read(col->archive, &r, reterr);

	if (rc == RC_OK)
		rc = r->docs(r->ctx, "issuer", take_name, all, reterr);
	if (rc == RC_OK)
		rc = r->docs_damaged(r->ctx, "issuer", take_damaged, all, reterr);
	archive_read_end(col->archive, r);
	if (rc == RC_OK && json_len(all) > 0)
		rc = ingest_write(col->ingest, drop_issuers, all, reterr);
	json_free(all);
	return rc;
}

/* ---- the new log ---- */

/* A box key that is there stays: files sealed to it are under way on sticks. */
static enum rc box_of(struct collector *col, uint8_t ret[CRYPT_BOX_LEN], struct err *reterr)
{
	struct crypt_signer *box = NULL;
	enum rc rc = vault_plain(col->home, "box", false, &box, reterr);

	if (rc == RC_NOTFOUND)
		rc = vault_plain(col->home, "box", true, &box, reterr);
	if (rc == RC_OK)
		rc = crypt_box_pk(crypt_signer_pk(box), ret, reterr);
	crypt_signer_free(box);
	return rc;
}

static enum rc next_key(struct collector *col, struct crypt_signer **ret, struct err *reterr)
{
	enum rc rc = vault_plain(col->home, "log-next", false, ret, reterr);

	if (rc == RC_NOTFOUND)
		rc = vault_plain(col->home, "log-next", true, ret, reterr);
	return rc;
}

/* Witnesses, quorum and pin stay; the tree that is kept is the newest one here. */
static enum rc body(struct collector *col, struct authority_log *log, struct err *reterr)
{
	struct archive_reader *r = NULL;
	struct buf note;
	int64_t at;
	enum rc rc = archive_read(col->archive, &r, reterr);

	memcpy(log->old, log->key, CRYPT_PK_LEN);
	log->has_old = true;
	memcpy(log->key, crypt_signer_pk(col->log), CRYPT_PK_LEN);
	memcpy(log->policy.log, log->key, CRYPT_PK_LEN);
	buf_init(&note, NOTE_TEXT_MAX);
	if (rc == RC_OK)
		rc = r->head(r->ctx, &log->size, &note, &at, reterr);
	if (rc == RC_OK)
		rc = r->checkpoint_at(r->ctx, log->size, log->root, &at, reterr);
	archive_read_end(col->archive, r);
	buf_free(&note);
	return rc == RC_OK ? box_of(col, log->box, reterr) : rc;
}

static enum rc log_it(struct collector *col, struct crypt_signer *root, struct authority_log *log,
		      struct err *reterr)
{
	struct issuer *i = NULL;
	struct buf set;
	enum rc rc = body(col, log, reterr);

	buf_init(&set, LIMIT_ENTRY_PAYLOAD);
	if (rc == RC_OK)
		rc = authority_log_write(log, &set, reterr);
	if (rc == RC_OK)
		rc = issuer_open(col, root, "*", &i, reterr);
	if (rc == RC_OK)
		rc = issuer_add(i, ENTRY_LOG, span_buf(&set), NULL, reterr);
	if (rc == RC_OK)
		rc = issuer_keep(i, NULL, reterr);
	issuer_free(i);
	buf_free(&set);
	return rc;
}

/* The log in force, as the entries here say. */
static enum rc in_force(struct collector *col, struct authority_log *ret, struct err *reterr)
{
	const struct ingest_snapshot *s = ingest_snapshot(col->ingest);
	bool has = keyring_log(s->keyring, ret);

	ingest_snapshot_end(col->ingest, s);
	return has ? RC_OK : err_set(reterr, RC_CORRUPT, "K8", "recovery.no_log", NULL);
}

static enum rc run(struct collector *col, struct crypt_signer *root, struct err *reterr)
{
	struct authority_log *log = calloc(1, sizeof(*log));
	enum rc rc;

	if (!log)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	rc = next_key(col, &col->log, reterr);
	if (rc == RC_OK)
		rc = collector_recover(col, reterr);
	if (rc == RC_OK)
		rc = in_force(col, log, reterr);
	if (rc == RC_OK)
		rc = leave_feeds(col, reterr);
	if (rc == RC_OK)
		rc = log_it(col, root, log, reterr);
	if (rc == RC_OK)
		rc = vault_take_next(col->home, reterr);
	if (rc == RC_OK)
		rc = collector_sequence(col, false, reterr);
	free(log);
	return rc;
}

/* Was the root's entry logged by the run that was cut off: is it the last there is? */
static enum rc is_logged(struct collector *col, bool *ret, struct err *reterr)
{
	struct recovery_base base;
	struct archive_reader *r = NULL;
	struct buf note;
	int64_t size = 0, at;
	enum rc rc;

	*ret = false;
	if (!col->ingest || ingest_halted(col->ingest))
		return RC_OK;
	rc = recovery_base(col, &base, reterr);
	if (rc != RC_OK || !base.recovered)
		return rc;
	rc = archive_read(col->archive, &r, reterr);
	if (rc != RC_OK)
		return rc;
	buf_init(&note, NOTE_TEXT_MAX);
	rc = r->head(r->ctx, &size, &note, &at, reterr);
	archive_read_end(col->archive, r);
	buf_free(&note);
	*ret = rc == RC_OK && size == base.size + 2;
	return rc;
}

static enum rc begin_anew(struct collector *col, struct crypt_signer *root, struct err *reterr)
{
	ingest_free(col->ingest);
	col->ingest = NULL;
	crypt_signer_free(col->log);
	col->log = NULL;
	return run(col, root, reterr);
}

enum rc recovery_run(struct collector *col, struct crypt_signer *root, struct err *reterr)
{
	char *mark = NULL;
	bool logged = false;
	enum rc rc;

	if (memcmp(crypt_signer_pk(root), col->root, CRYPT_PK_LEN) != 0)
		return err_set(reterr, RC_DENIED, "K8", "recovery.root", NULL);
	rc = os_path_join(&mark, col->home, "recovering", reterr);
	if (rc == RC_OK && os_file_exists(mark))
		rc = is_logged(col, &logged, reterr);
	else if (rc == RC_OK)
		rc = os_file_write(mark, span_str(""), OS_REPLACE, reterr);
	if (rc == RC_OK && !logged)
		rc = begin_anew(col, root, reterr);
	if (rc == RC_OK)
		rc = os_file_remove(mark, reterr);
	free(mark);
	return rc;
}
