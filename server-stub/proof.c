/*
 * proof: see proof.h.
 */
#include "server-stub/proof.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "server-stub/anew.h"

enum { CHAIN_MAX = 4, TRIES = 8 };

struct proof {
	struct collector *col;
	const struct lang *lang;
	struct archive_reader *r;
	const struct ingest_snapshot *snap;
	const struct ingest_snapshot *old[TRIES]; /* what callers may hold still */
	size_t nold;
	struct note note; /* the newest checkpoint */
	int64_t at;       /* when it was made */
	uint8_t (*cert)[ENTRY_ID_LEN]; /* opened and found sound */
	size_t ncert;
};

/* ---- the checkpoint ---- */

static enum rc read_head(struct proof *p, struct err *reterr)
{
	int64_t size = 0;
	struct buf text;
	enum rc rc;

	buf_init(&text, NOTE_TEXT_MAX);
	rc = p->r->head(p->r->ctx, &size, &text, &p->at, reterr);
	if (rc == RC_OK && size == 0)
		rc = err_set(reterr, RC_CORRUPT, "L4", "routes.no_checkpoint", NULL);
	if (rc == RC_OK)
		rc = note_open(span_buf(&text), crypt_signer_pk(p->col->log), &p->note, reterr);
	buf_free(&text);
	return rc;
}

enum rc proof_open(struct collector *col, const struct lang *lang, struct proof **ret,
		   struct err *reterr)
{
	struct proof *p = calloc(1, sizeof(*p));
	enum rc rc;

	if (!p)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	p->col = col;
	p->lang = lang;
	p->snap = ingest_snapshot(col->ingest);
	rc = archive_read(col->archive, &p->r, reterr);
	if (rc == RC_OK)
		rc = read_head(p, reterr);
	if (rc == RC_OK)
		*ret = p;
	else
		proof_free(p);
	return rc;
}

void proof_free(struct proof *p)
{
	if (!p)
		return;
	archive_read_end(p->col->archive, p->r);
	ingest_snapshot_end(p->col->ingest, p->snap);
	for (size_t i = 0; i < p->nold; i++)
		ingest_snapshot_end(p->col->ingest, p->old[i]);
	free(p->cert);
	free(p);
}

struct archive_reader *proof_reader(struct proof *p)
{
	return p->r;
}

const struct clock *proof_clock(const struct proof *p)
{
	return p->col->clock;
}

const struct ingest_snapshot *proof_snapshot(const struct proof *p)
{
	return p->snap;
}

/* ---- what is wrong ---- */

static void say(const struct proof *p, const struct archive_row *row, const struct err *e,
		struct json *wrong)
{
	struct json *o = json_object();
	char id[CODEC_B64U_32 + 1];
	struct buf text;

	buf_init(&text, LIMIT_TEXT);
	lang_err(p->lang, e, &text);
	json_set_str(o, "clause", e->clause);
	json_set_str(o, "key", e->key);
	json_set_str(o, "text", text.p ? (const char *)text.p : "");
	if (row) {
		codec_b64u(row->id, ENTRY_ID_LEN, id);
		json_set_str(o, "entry", id);
		json_set_int(o, "index", row->index);
	}
	json_append(wrong, o);
	buf_free(&text);
}

static enum rc refuse(struct err *e, const char *clause, const char *key)
{
	return err_set(e, RC_REFUSED, clause, key, NULL);
}

/* ---- one entry ---- */

/* Its leaf stands at its index under the signed checkpoint. */
static enum rc check_leaf(struct proof *p, const struct archive_row *row, const struct entry *e,
			  struct err *why)
{
	struct tree_proof path;
	uint8_t leaf[TREE_HASH];
	enum rc rc = RC_OK;

	if ((uint64_t)row->index >= p->note.size) /* it came after this look began */
		rc = read_head(p, why);
	if (rc == RC_OK && (uint64_t)row->index >= p->note.size)
		return refuse(why, "L9", "verify.size");
	entry_leaf_hash(e, leaf);
	if (rc == RC_OK)
		rc = tree_inclusion(&p->r->tree, (uint64_t)row->index, p->note.size, &path, why);
	if (rc == RC_OK)
		rc = tree_check_inclusion(leaf, (uint64_t)row->index, p->note.size, &path,
					  p->note.root, why);
	return rc;
}

/* The stored bytes of one row, opened, and found to be what the row says of them. */
static enum rc open_row(struct proof *p, const struct archive_row *row, struct entry **ret,
			struct err *why)
{
	const struct entry_keys keys = keyring_keys(p->snap->keyring);
	struct entry *e = NULL;
	enum rc rc = archive_read_open(row, &keys, &e, why);

	if (rc == RC_OK && (memcmp(e->id, row->id, ENTRY_ID_LEN) != 0 || e->op != row->op ||
			    strcmp(e->scope, row->scope) != 0))
		rc = refuse(why, "E20", "verify.facts");
	if (rc == RC_OK)
		rc = check_leaf(p, row, e, why);
	if (rc == RC_OK)
		*ret = e;
	else
		entry_free(e);
	return rc;
}

/* ---- certs ---- */

struct opening {
	struct proof *p;
	const uint8_t *key; /* whom the cert must be of */
	enum rc rc;
	struct err *why;
};

static bool open_cert(void *arg, const struct archive_row *row)
{
	struct opening *o = arg;
	struct authority_cert cert;
	struct entry *e = NULL;

	o->rc = open_row(o->p, row, &e, o->why);
	if (o->rc == RC_OK &&
	    (e->op != ENTRY_CERT || authority_cert(e, &cert, NULL) != RC_OK ||
	     memcmp(cert.key, o->key, CRYPT_PK_LEN) != 0))
		o->rc = refuse(o->why, "A3", "proof.cert");
	entry_free(e);
	return false;
}

static bool is_known(const struct proof *p, const uint8_t id[ENTRY_ID_LEN])
{
	for (size_t i = 0; i < p->ncert; i++)
		if (memcmp(p->cert[i], id, ENTRY_ID_LEN) == 0)
			return true;
	return false;
}

static enum rc remember(struct proof *p, const uint8_t id[ENTRY_ID_LEN], struct err *why)
{
	void *grown = realloc(p->cert, (p->ncert + 1) * sizeof(*p->cert));

	if (!grown)
		return err_set(why, RC_NOMEM, NULL, "buf.memory", NULL);
	p->cert = grown;
	memcpy(p->cert[p->ncert++], id, ENTRY_ID_LEN);
	return RC_OK;
}

/* The cert of a key and of whoever wrote it, from their stored bytes, up to the root. */
static enum rc check_chain(struct proof *p, const uint8_t key[CRYPT_PK_LEN], struct err *why)
{
	struct opening o = {.p = p, .key = key, .why = why};
	enum rc rc = RC_OK;

	for (int depth = 0; depth < CHAIN_MAX; depth++) {
		struct keyring_key k;
		int64_t index = -1;

		if (memcmp(o.key, keyring_root(p->snap->keyring), CRYPT_PK_LEN) == 0)
			return RC_OK;
		if (!keyring_find(p->snap->keyring, o.key, &k) || !k.cert)
			return refuse(why, "A3", "proof.cert");
		if (is_known(p, k.cert->id))
			return RC_OK;
		rc = p->r->entry_by_id(p->r->ctx, k.cert->id, &index, why);
		o.rc = refuse(why, "A3", "proof.cert");
		if (rc == RC_OK && index >= 0)
			rc = p->r->rows(p->r->ctx, NULL, index, index + 1, open_cert, &o, why);
		if (rc != RC_OK || o.rc != RC_OK)
			return rc != RC_OK ? rc : o.rc;
		rc = remember(p, k.cert->id, why);
		if (rc != RC_OK)
			return rc;
		o.key = k.cert->by;
	}
	return refuse(why, "A3", "proof.cert");
}

/* ---- an entity ---- */

struct checking {
	struct proof *p;
	const struct proof_of *of;
	const struct archive_entity *entity;
	struct proof_found *found;
	struct anew anew;
	int64_t entries, sound;
	enum rc rc;
	struct err *reterr;
};

static enum rc check_one(struct checking *c, const struct archive_row *row, const struct entry *e,
			 struct err *why)
{
	const struct archive_entity *x = c->entity;
	enum keyring_verdict v = keyring_judge(c->p->snap->keyring, e, row->index);

	if (e->op != ENTRY_SET || strcmp(e->scope, x->scope) != 0 ||
	    strcmp(e->kind, x->kind) != 0 || memcmp(e->entity, x->id, 16) != 0)
		return refuse(why, "M1", "verify.entity_of");
	if (v != row->verdict)
		return refuse(why, "A12", "verify.verdict");
	return v == KEYRING_ADMITTED ? check_chain(c->p, e->key, why) : RC_OK;
}

static bool check_row(void *arg, const struct archive_row *row)
{
	struct checking *c = arg;
	struct entry *e = NULL;
	struct err why = {0};
	enum rc rc = open_row(c->p, row, &e, &why);

	if (rc == RC_OK)
		rc = check_one(c, row, e, &why);
	c->entries++;
	if (rc != RC_OK) {
		say(c->p, row, &why, c->found->wrong);
	} else {
		c->sound++;
		c->found->held += row->verdict != KEYRING_ADMITTED;
		if (row->verdict == KEYRING_ADMITTED)
			c->rc = anew_add(&c->anew, e, keyring_central(c->p->snap->keyring, e->key),
					 NULL, c->reterr);
		if (c->rc == RC_OK && c->of->take)
			c->rc = c->of->take(c->of->arg, row, e, c->reterr);
	}
	entry_free(e);
	return c->rc == RC_OK;
}

/* Is the state that lists and pages show what the entries give? */
static enum rc check_state(struct checking *c, struct span stored, struct err *reterr)
{
	struct err why;
	struct buf state;
	enum rc rc;

	buf_init(&state, LIMIT_MERGE_STATE);
	rc = merge_write(c->anew.state, &state, reterr);
	if (rc == RC_OK && !span_eq(span_buf(&state), stored)) {
		refuse(&why, "M11", "verify.state");
		say(c->p, NULL, &why, c->found->wrong);
	}
	buf_free(&state);
	return rc;
}

/* *retagain: an entry came while it was looked at. */
static enum rc check_entity(struct checking *c, bool *retagain, struct err *reterr)
{
	struct archive_entity e, after;
	struct buf state, title;
	enum rc rc;

	buf_init(&state, LIMIT_MERGE_STATE * 2);
	buf_init(&title, LIMIT_TEXT * 2);
	rc = c->p->r->entity_no(c->p->r->ctx, c->of->no, &e, &state, &title, reterr);
	c->entity = &e;
	if (rc == RC_OK)
		rc = anew_begin(&c->anew, reterr);
	if (rc == RC_OK)
		rc = c->p->r->entity_rows(c->p->r->ctx, c->of->no, check_row, c, reterr);
	if (rc == RC_OK)
		rc = c->rc;
	if (rc == RC_OK && c->sound == c->entries) {
		struct span stored = {.p = NULL};
		struct buf copy;

		buf_init(&copy, LIMIT_MERGE_STATE);
		buf_add_span(&copy, e.state);
		stored = span_buf(&copy);
		rc = c->p->r->entity_no(c->p->r->ctx, c->of->no, &after, &state, &title, reterr);
		*retagain = rc == RC_OK && after.last_index != e.last_index;
		if (rc == RC_OK && !*retagain)
			rc = check_state(c, stored, reterr);
		buf_free(&copy);
	}
	anew_end(&c->anew);
	buf_free(&state);
	buf_free(&title);
	return rc;
}

static enum rc nothing(void *arg, struct archive_writer *w, struct err *reterr)
{
	(void)arg;
	(void)w;
	(void)reterr;
	return RC_OK;
}

/*
 * A revoke that was taken in since this look began judges stored entries anew: what was read of them is then of other
 * keys than these. Whatever group was under way has told its keys once the sequencer did something for us.
 */
static enum rc keys_moved(struct proof *p, bool *ret, struct err *reterr)
{
	const struct ingest_snapshot *now;
	enum rc rc = p->nold < TRIES ? ingest_write(p->col->ingest, nothing, NULL, reterr) : RC_OK;

	*ret = false;
	if (rc != RC_OK || p->nold == TRIES)
		return rc;
	now = ingest_snapshot(p->col->ingest);
	*ret = now != p->snap;
	p->old[p->nold++] = *ret ? p->snap : now;
	p->snap = now;
	if (*ret)
		p->ncert = 0;
	return RC_OK;
}

/* Once. *retagain: what was found is of two moments. */
static enum rc look(struct checking *c, bool *retagain, struct err *reterr)
{
	enum rc rc = check_entity(c, retagain, reterr);

	if (rc == RC_OK && !*retagain && json_len(c->found->wrong) > 0)
		rc = keys_moved(c->p, retagain, reterr);
	return rc;
}

static void add_wrong(const struct json *from, struct json *to)
{
	for (const struct json *w = json_first(from); w; w = json_next(w))
		json_append(to, json_copy(w));
}

enum rc proof_entity(struct proof *p, const struct proof_of *of, struct proof_found *found,
		     struct err *reterr)
{
	struct proof_found one = {.wrong = NULL};
	struct checking c = {.entries = 0};
	bool again = true;
	enum rc rc = RC_OK;

	for (int i = 0; rc == RC_OK && again && i < TRIES; i++) {
		json_free(one.wrong);
		one = (struct proof_found){.wrong = json_array()};
		again = false;
		if (of->begin)
			of->begin(of->arg);
		c = (struct checking){.p = p, .of = of, .found = &one, .reterr = reterr};
		rc = look(&c, &again, reterr);
	}
	add_wrong(one.wrong, found->wrong);
	json_free(one.wrong);
	found->held += one.held;
	found->entries += c.entries;
	found->sound += c.sound;
	return rc;
}

/* ---- receipt ---- */

static void set_hex(struct json *o, const char *name, const uint8_t hash[TREE_HASH])
{
	char hex[CODEC_HEX_LEN(TREE_HASH) + 1];

	codec_hex(hash, TREE_HASH, hex);
	json_set_str(o, name, hex);
}

enum rc proof_receipt(struct proof *p, const struct entry *e, int64_t index, struct json *o,
		      struct err *reterr)
{
	struct json *nodes = json_array();
	struct tree_proof path;
	uint8_t leaf[TREE_HASH];
	enum rc rc = tree_inclusion(&p->r->tree, (uint64_t)index, p->note.size, &path, reterr);

	if (rc != RC_OK) {
		json_free(nodes);
		return rc;
	}
	entry_leaf_hash(e, leaf);
	for (size_t i = 0; i < path.n; i++) {
		char hex[CODEC_HEX_LEN(TREE_HASH) + 1];

		codec_hex(path.hash[i], TREE_HASH, hex);
		json_append_str(nodes, hex);
	}
	json_set_int(o, "size", (int64_t)p->note.size);
	set_hex(o, "root", p->note.root);
	set_hex(o, "log", p->note.log);
	json_set_int(o, "checkpoint_at", p->at);
	json_set_int(o, "leaf_index", index);
	set_hex(o, "leaf_hash", leaf);
	json_set(o, "nodes", nodes);
	return RC_OK;
}
