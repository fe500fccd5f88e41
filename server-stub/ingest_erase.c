/*
 * ingest_erase: what an erase does while a group is taken in: to what is here already, and
 * to what comes later, whole or as its stub. Clauses E26, A16, M14.
 * Not here: rows and files (server-stub/archive_erase).
 */
#include <string.h>

#include "lib/limits.h"
#include "server-stub/ingest_part.h"
#include "sync/authority.h"

static enum rc open_by(const struct ingest_group *p, struct span line, struct entry **ret,
		       struct err *reterr)
{
	const struct entry_keys keys = keyring_keys(p->g->keyring);

	return entry_open(line, &keys, ret, reterr);
}

/* ---- an entry comes ---- */

/* A stub is taken when its erase would be, or was, admitted. */
static enum rc take_stub(struct ingest_group *p, const struct entry *e, const char **retkey,
			 struct err *reterr)
{
	struct entry *by = NULL;
	uint8_t sig[CRYPT_SIG_LEN];
	int64_t index, next;
	bool fork;
	enum rc rc = open_by(p, entry_erased_by(e), &by, reterr);

	if (rc == RC_OK)
		rc = p->w->known(p->w->ctx, by, &index, sig, &fork, &next, reterr);
	if (rc == RC_OK && keyring_judge(p->g->keyring, by, index) != KEYRING_ADMITTED)
		*retkey = "ingest.erase_not_admitted";
	else if (rc == RC_OK)
		rc = p->w->erasure_put(p->w->ctx, e->id, by->line, reterr);
	entry_free(by);
	return rc;
}

/* The admitted erase, of several that name one id, that speaks of the entry there is. */
struct fitting {
	const struct entry *e;
	struct entry *by; /* NULL: none */
	enum rc rc;
	struct err *reterr;
};

static bool take_erase(void *arg, const struct archive_row *row)
{
	struct fitting *f = arg;
	struct authority_erase b;
	struct entry *by = NULL;

	if (row->op != ENTRY_ERASE || row->verdict != KEYRING_ADMITTED)
		return true;
	f->rc = archive_read_entry(row, &by, f->reterr);
	if (f->rc == RC_OK && authority_erase(by, &b, NULL) == RC_OK &&
	    memcmp(b.id, f->e->id, ENTRY_ID_LEN) == 0 && entry_erase_fits(by, f->e))
		f->by = by;
	else
		entry_free(by);
	return f->rc == RC_OK && !f->by;
}

/*
 * What was noted speaks of another entry than there is: it is void, and makes place for one that fits. All erases
 * are looked through, for one that is void is rare.
 */
static enum rc note_another(struct ingest_group *p, struct fitting *f, struct err *reterr)
{
	const struct archive_reader *r = p->w->own;
	enum rc rc = p->w->erasure_put(p->w->ctx, f->e->id, span_of(NULL, 0), reterr);

	if (rc == RC_OK)
		rc = r->authority_rows(r->ctx, take_erase, f, reterr);
	if (rc == RC_OK)
		rc = f->rc;
	if (rc == RC_OK && f->by)
		rc = p->w->erasure_put(p->w->ctx, f->e->id, f->by->line, reterr);
	return rc;
}

/* A whole entry that an erase has named before it came. */
static enum rc make_stub(struct ingest_group *p, const struct entry *e, struct span line,
			 struct entry **retstub, struct err *reterr)
{
	struct fitting f = {.e = e, .rc = RC_OK, .reterr = reterr};
	enum rc rc = open_by(p, line, &f.by, reterr);

	if (rc == RC_OK && !entry_erase_fits(f.by, e)) {
		entry_free(f.by);
		f.by = NULL;
		rc = note_another(p, &f, reterr);
	}
	if (rc == RC_OK && f.by)
		rc = entry_load_stub(f.by->line, e->sig, e->key, retstub, reterr);
	entry_free(f.by);
	return rc;
}

enum rc ingest_erase_arrival(struct ingest_group *p, const struct entry *e, struct entry **retstub,
			     const char **retkey, struct err *reterr)
{
	struct buf by;
	enum rc rc;

	*retstub = NULL;
	*retkey = NULL;
	if (e->op != ENTRY_SET)
		return RC_OK;
	if (e->erased)
		return take_stub(p, e, retkey, reterr);
	buf_init(&by, LIMIT_ENTRY_LINE);
	rc = p->w->erasure(p->w->ctx, e->id, &by, reterr);
	if (rc == RC_OK && by.len > 0)
		rc = make_stub(p, e, span_buf(&by), retstub, reterr);
	buf_free(&by);
	return rc;
}

/* ---- an erase comes ---- */

struct target {
	struct entry *e;
	int64_t index, entity_no;
	enum keyring_verdict verdict;
	enum rc rc;
	struct err *reterr;
};

static bool take_target(void *arg, const struct archive_row *row)
{
	struct target *t = arg;

	t->index = row->index;
	t->entity_no = row->entity_no;
	t->verdict = row->verdict;
	t->rc = archive_read_entry(row, &t->e, t->reterr);
	return false;
}

/* What is left may be judged otherwise than the whole was: the level of a review is gone (A5). */
static enum rc judge_stub(struct ingest_group *p, const struct target *t, struct span by,
			  struct err *reterr)
{
	struct entry *stub = NULL;
	enum rc rc = entry_load_stub(by, t->e->sig, t->e->key, &stub, reterr);
	enum keyring_verdict v;

	if (rc != RC_OK)
		return rc;
	v = keyring_judge(p->g->keyring, stub, t->index);
	if (v != t->verdict)
		rc = p->w->verdict_put(p->w->ctx, t->index, v, reterr);
	entry_free(stub);
	return rc;
}

enum rc ingest_erase_apply(struct ingest_group *p, const struct entry *by, struct err *reterr)
{
	struct target t = {.rc = RC_OK, .reterr = reterr};
	struct authority_erase b;
	enum rc rc = authority_erase(by, &b, reterr);

	if (rc == RC_OK)
		rc = p->w->id_rows(p->w->ctx, b.id, take_target, &t, reterr);
	if (rc == RC_OK)
		rc = t.rc;
	if (rc == RC_OK && t.e && !t.e->erased && !entry_erase_fits(by, t.e))
		goto out; /* it speaks of another entry than there is: void (A16) */
	if (rc == RC_OK)
		rc = p->w->erasure_put(p->w->ctx, b.id, by->line, reterr);
	if (rc == RC_OK && t.e && !t.e->erased)
		rc = p->w->erase(p->w->ctx, t.index, t.e, reterr);
	if (rc == RC_OK && t.e && !t.e->erased)
		rc = judge_stub(p, &t, by->line, reterr);
	if (rc == RC_OK && t.entity_no > 0)
		rc = ingest_entity_rebuild(p, t.entity_no, reterr);
out:
	entry_free(t.e);
	return rc;
}
