/*
 * ingest_group: one line after the other within a group: duplicate, judgement, flags,
 * merge, index, leaf; at the end judging anew, entities, checkpoint.
 * Clauses A2-A14, L1, L9, P12.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "server-stub/ingest_part.h"
#include "sync/kinds.h"
#include "sync/moment.h"

enum { CLOCK_EARLY_S = 86400 };

static bool is_authority(const struct entry *e)
{
	return e->op >= ENTRY_CERT && e->op <= ENTRY_LOG;
}

/* ---- flags (A9) ---- */

static enum rc seen_look_up(struct ingest_group *p, const struct entry *e, struct err *reterr)
{
	struct ingest *g = p->g;
	enum rc rc;

	if (g->seen.found &&
	    g->seen.size == e->seen_size) /* what is not found may be issued later */
		return RC_OK;
	rc = p->w->checkpoint_at(p->w->ctx, e->seen_size, g->seen.root, &g->seen.at, reterr);
	if (rc != RC_OK && rc != RC_NOTFOUND)
		return rc;
	g->seen.found = rc == RC_OK;
	g->seen.size = e->seen_size;
	return RC_OK;
}

/*
 * What is plain on arrival, without another look-up: its clock against the checkpoint it saw,
 * else against the log's beginning. The rest is derived when it is shown (server-stub/when).
 */
static enum rc clock_flags(struct ingest_group *p, const struct entry *e, unsigned *flags,
			   struct err *reterr)
{
	struct moment m = {.at = e->at,
			   .lower = MOMENT_UNKNOWN,
			   .upper = p->now,
			   .seen = e->seen_size > 0};
	enum rc rc = RC_OK;

	if (!m.seen && p->g->first_at > 0)
		m.lower = p->g->first_at - CLOCK_EARLY_S;
	if (m.seen)
		rc = seen_look_up(p, e, reterr);
	if (rc != RC_OK)
		return rc;
	m.seen_unknown =
	    m.seen && (!p->g->seen.found || memcmp(p->g->seen.root, e->seen_root, TREE_HASH) != 0);
	if (m.seen && !m.seen_unknown)
		m.lower = p->g->seen.at;
	*flags |= moment_flags(&m);
	return RC_OK;
}

/* ---- blobs an admitted entry names ---- */

static enum rc name_blob(struct ingest_group *p, const struct entry *e, struct span raw,
			 struct err *reterr)
{
	struct json *v = entry_value_json(raw);
	const char *hex = json_get_str(v, "sha256");
	uint8_t sha[32];
	int64_t size;
	enum rc rc = RC_OK;

	if (hex && codec_hex_32(span_str(hex), sha) && json_get_int(v, "size", &size))
		rc = p->w->blob_name(p->w->ctx, e->scope, sha, size, reterr);
	json_free(v);
	return rc;
}

static enum rc name_blobs(struct ingest_group *p, const struct entry *e, struct err *reterr)
{
	for (size_t i = 0; i < e->nfield; i++) {
		enum rc rc = e->field[i].type == JSON_OBJECT
				 ? name_blob(p, e, e->field[i].raw, reterr)
				 : RC_OK;

		if (rc != RC_OK)
			return rc;
	}
	return RC_OK;
}

/* ---- one line ---- */

static void refuse(struct session_verdict *v, const char *clause, const char *key)
{
	memset(v, 0, sizeof(*v));
	v->kind = SESSION_REFUSED;
	v->index = -1;
	memcpy(v->clause, clause, strlen(clause) + 1);
	memcpy(v->key, key, strlen(key) + 1);
}

static void duplicate(const struct entry *e, int64_t index, const uint8_t sig[CRYPT_SIG_LEN],
		      struct session_verdict *v)
{
	memset(v, 0, sizeof(*v));
	v->kind = SESSION_DUPLICATE;
	v->index = index;
	if (memcmp(sig, e->sig, CRYPT_SIG_LEN) != 0) {
		v->other_sig = true;
		memcpy(v->sig, sig, CRYPT_SIG_LEN);
	}
}

/* Its entity, merged if it counts. *retno: 0 for an entry without entity. */
static enum rc merge_line(struct ingest_group *p, const struct entry *e, int64_t index,
			  bool admitted, unsigned *flags, int64_t *retno, struct err *reterr)
{
	struct ingest_entity *x;
	bool merged = false;
	enum rc rc;

	*retno = 0;
	if (e->op != ENTRY_SET)
		return RC_OK;
	rc = ingest_entity_get(p, e->scope, e->kind, e->entity, &x, reterr);
	if (rc != RC_OK)
		return rc;
	if (admitted)
		rc = ingest_entity_apply(p, x, e, flags, &merged, reterr);
	if (x->first_index < 0)
		x->first_index = index;
	if (merged) {
		x->last_index = index;
		x->first_admitted = x->first_admitted < 0 ? index : x->first_admitted;
		memcpy(x->newest, e->id, ENTRY_ID_LEN);
	}
	x->flags |= *flags;
	*retno = x->no;
	return rc;
}

static void add_leaf(struct ingest_group *p, const struct entry *e)
{
	const struct tree_sink sink = {p->w->ctx, p->w->tree_node};
	uint8_t hash[TREE_HASH];

	entry_leaf_hash(e, hash);
	tree_append(&p->tree, hash, &sink);
}

static enum rc add_authority(struct ingest_group *p, const struct entry *e, int64_t index,
			     struct err *reterr)
{
	p->keys_changed = true;
	if (e->op == ENTRY_FORM)
		p->forms_changed = true;
	return keyring_add(p->g->keyring, e, index, &p->change, reterr);
}

static enum rc store_line(struct ingest_group *p, const struct entry *e, unsigned flags,
			  struct session_verdict *v, struct err *reterr)
{
	int64_t index = (int64_t)p->tree.size, no;
	enum rc rc = clock_flags(p, e, &flags, reterr);

	if (rc == RC_OK && is_authority(e))
		rc = add_authority(p, e, index, reterr);
	if (rc != RC_OK)
		return rc;
	memset(v, 0, sizeof(*v));
	v->index = index;
	v->why = keyring_judge(p->g->keyring, e, index);
	v->kind = v->why == KEYRING_ADMITTED ? SESSION_ACCEPTED : SESSION_QUARANTINED;
	if (e->op == ENTRY_UNKNOWN)
		flags |= KEYRING_FLAG_VERSION;
	rc = merge_line(p, e, index, v->kind == SESSION_ACCEPTED, &flags, &no, reterr);
	if (rc == RC_OK)
		rc = p->w->append(p->w->ctx, e, index, no, v->why, flags, p->now, reterr);
	if (rc == RC_OK && v->kind == SESSION_ACCEPTED)
		rc = name_blobs(p, e, reterr);
	if (rc == RC_OK && v->kind == SESSION_ACCEPTED && e->op == ENTRY_ERASE)
		rc = ingest_erase_apply(p, e, reterr);
	if (rc == RC_OK) {
		add_leaf(p, e);
		p->entries++;
	}
	return rc;
}

/*
 * A13: what root, registrar and staff keys write stays in the scope their feed was opened
 * for and has no holes; else every PC of the other scope would refuse all answers.
 * *retkey: the message of the refusal, NULL when it is in order.
 */
static enum rc check_central(struct ingest_group *p, const struct entry *e, int64_t next,
			     const char **retkey, struct err *reterr)
{
	char scope[ENTRY_SCOPE_LEN];
	enum rc rc;

	*retkey = e->seq > next ? "session.authority_gap" : NULL;
	if (*retkey || e->seq == 0)
		return RC_OK;
	rc = p->w->feed_scope(p->w->ctx, e->feed, scope, reterr);
	if (rc == RC_OK && strcmp(scope, e->scope) != 0)
		*retkey = "ingest.feed_scope";
	return rc;
}

/* The entry, or what an erase leaves of it (A16). */
static enum rc store_or_stub(struct ingest_group *p, const struct entry *e, unsigned flags,
			     struct session_verdict *v, struct err *reterr)
{
	struct entry *stub = NULL;
	const char *key;
	enum rc rc = ingest_erase_arrival(p, e, &stub, &key, reterr);

	if (rc == RC_OK && key)
		refuse(v, "A16", key);
	else if (rc == RC_OK)
		rc = store_line(p, stub ? stub : e, flags, v, reterr);
	entry_free(stub);
	return rc;
}

/* Two keys of one prefix could not be told apart by a feed (E9): the second is not certified. */
static bool is_twin(const struct ingest_group *p, const struct entry *e)
{
	const struct entry_keys keys = keyring_keys(p->g->keyring);
	struct authority_cert cert;
	uint8_t hash[CRYPT_HASH_LEN], pk[CRYPT_PK_LEN];

	if (e->op != ENTRY_CERT || authority_cert(e, &cert, NULL) != RC_OK)
		return false;
	crypt_sha256(cert.key, CRYPT_PK_LEN, hash);
	return keys.find(keys.ctx, hash, pk) && memcmp(pk, cert.key, CRYPT_PK_LEN) != 0;
}

enum rc ingest_group_line(struct ingest_group *p, const struct session_line *line,
			  struct session_verdict *ret, struct err *reterr)
{
	const struct entry *e = line->e;
	uint8_t sig[CRYPT_SIG_LEN];
	const char *key = NULL;
	unsigned flags = 0;
	int64_t index, next;
	bool fork;
	enum rc rc;

	if (!e) {
		refuse(ret, line->why.clause, line->why.key);
		return RC_OK;
	}
	rc = p->w->known(p->w->ctx, e, &index, sig, &fork, &next, reterr);
	if (rc != RC_OK)
		return rc;
	if (index >= 0) {
		duplicate(e, index, sig, ret);
		return RC_OK;
	}
	if (keyring_central(p->g->keyring, e->key)) {
		rc = check_central(p, e, next, &key, reterr);
		if (rc != RC_OK)
			return rc;
		if (key) {
			refuse(ret, "A13", key);
			return RC_OK;
		}
	}
	if (is_twin(p, e)) {
		refuse(ret, "K1", "ingest.twin");
		return RC_OK;
	}
	flags |= fork ? KEYRING_FLAG_FORK : 0;
	flags |= e->seq > next ? KEYRING_FLAG_GAP : 0;
	return store_or_stub(p, e, flags, ret, reterr);
}

/* ---- judging anew (A10) ---- */

struct rejudge {
	struct ingest_group *p;
	struct {
		int64_t index, entity;
		enum keyring_verdict v;
		struct entry *erase; /* one that was held back and counts now (A16) */
	} * hit;
	size_t n;
	enum rc rc;
	struct err *reterr;
};

/* e becomes the hit's when it is an erase that now counts, else it is freed. */
static bool add_hit(struct rejudge *r, const struct archive_row *row, enum keyring_verdict v,
		    struct entry *e)
{
	bool erase = e->op == ENTRY_ERASE && v == KEYRING_ADMITTED;
	void *grown = realloc(r->hit, (r->n + 1) * sizeof(*r->hit));

	if (!grown) {
		r->rc = err_set(r->reterr, RC_NOMEM, NULL, "buf.memory", NULL);
		entry_free(e);
		return false;
	}
	r->hit = grown;
	r->hit[r->n].index = row->index;
	r->hit[r->n].entity = row->entity_no;
	r->hit[r->n].erase = erase ? e : NULL;
	r->hit[r->n++].v = v;
	if (!erase)
		entry_free(e);
	return true;
}

static bool rejudge_row(void *arg, const struct archive_row *row)
{
	struct rejudge *r = arg;
	struct entry *e = NULL;
	enum keyring_verdict v;

	r->rc = archive_read_entry(row, &e, r->reterr);
	if (r->rc != RC_OK)
		return false;
	v = keyring_judge(r->p->g->keyring, e, row->index);
	if (v != row->verdict && v == KEYRING_ADMITTED)
		r->rc = name_blobs(r->p, e, r->reterr);
	if (r->rc != RC_OK) {
		entry_free(e);
		return false;
	}
	if (v != row->verdict)
		return add_hit(r, row, v, e);
	entry_free(e);
	return true;
}

/* What was hit gets its new verdict, and its entity is built anew. */
static enum rc rejudge_put(struct rejudge *r, enum rc rc, struct err *reterr)
{
	struct ingest_group *p = r->p;

	if (rc == RC_OK)
		rc = r->rc;
	for (size_t i = 0; i < r->n; i++) {
		if (rc == RC_OK)
			rc = p->w->verdict_put(p->w->ctx, r->hit[i].index, r->hit[i].v, reterr);
		if (rc == RC_OK && r->hit[i].entity > 0)
			rc = ingest_entity_rebuild(p, r->hit[i].entity, reterr);
		if (rc == RC_OK && r->hit[i].erase)
			rc = ingest_erase_apply(p, r->hit[i].erase, reterr);
		entry_free(r->hit[i].erase);
	}
	free(r->hit);
	return rc;
}

static enum rc rejudge_key(struct ingest_group *p, const uint8_t key[CRYPT_PK_LEN],
			   struct err *reterr)
{
	struct rejudge r = {.p = p, .rc = RC_OK, .reterr = reterr};

	return rejudge_put(&r, p->w->key_rows(p->w->ctx, key, rejudge_row, &r, reterr), reterr);
}

static enum rc rejudge_id(struct ingest_group *p, const uint8_t id[ENTRY_ID_LEN],
			  struct err *reterr)
{
	struct rejudge r = {.p = p, .rc = RC_OK, .reterr = reterr};

	return rejudge_put(&r, p->w->id_rows(p->w->ctx, id, rejudge_row, &r, reterr), reterr);
}

static enum rc rejudge_all(struct ingest_group *p, struct err *reterr)
{
	struct keyring_key k;
	enum rc rc = RC_OK;

	if (p->change.all) {
		for (size_t i = 0; rc == RC_OK && keyring_at(p->g->keyring, i, &k); i++)
			rc = rejudge_key(p, k.key, reterr);
		return rc;
	}
	for (size_t i = 0; rc == RC_OK && i < p->change.n; i++)
		rc = rejudge_key(p, p->change.key[i], reterr);
	for (size_t i = 0; rc == RC_OK && i < p->change.nid; i++)
		rc = rejudge_id(p, p->change.id[i], reterr);
	return rc;
}

/* ---- the end of a group ---- */

static enum rc put_checkpoint(struct ingest_group *p, struct err *reterr)
{
	uint8_t root[TREE_HASH];
	struct buf text;
	enum rc rc;

	buf_init(&text, NOTE_TEXT_MAX);
	tree_frontier_root(&p->tree, root);
	rc = note_sign(p->g->log, p->tree.size, root, &text, reterr);
	if (rc == RC_OK)
		rc = p->w->checkpoint(p->w->ctx, (int64_t)p->tree.size, root, span_buf(&text),
				      p->now, reterr);
	buf_free(&text);
	if (rc == RC_OK && p->g->first_at == 0)
		p->g->first_at = p->now;
	return rc;
}

enum rc ingest_group_end(struct ingest_group *p, struct err *reterr)
{
	enum rc rc = rejudge_all(p, reterr);

	if (rc == RC_OK)
		rc = ingest_entities_put(p, reterr);
	if (rc == RC_OK && p->entries > 0)
		rc = put_checkpoint(p, reterr);
	return rc;
}

void ingest_group_free(struct ingest_group *p)
{
	ingest_entities_free(&p->touched);
	matter_again_free(p->again);
	free(p->listed);
	units_free(&p->units.all);
	keyring_change_free(&p->change);
}
