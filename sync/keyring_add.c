/*
 * keyring_add: taking an authority entry in, and telling whose admission it may change.
 *
 * The state is a function of the set of (entry, index), so a new record is either judged
 * alone, when it can touch nothing that was judged before (a cert by a registrar, a
 * revoke of a clerk, an admit), or everything is judged again. All memory is got before
 * anything changes. Not here: what counts (keyring_judge.c, keyring_eval.c).
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "sync/keyring_state.h"
#include "sync/kinds.h"

enum { NEW_NODES = 3 }; /* author, subject, device */

/* ---- what changed ---- */

void keyring_change_free(struct keyring_change *c)
{
	if (!c)
		return;
	free(c->key);
	free(c->id);
	*c = (struct keyring_change){0};
}

/* Append 32 bytes to an array that grows at powers of two. */
static bool append(uint8_t (**array)[32], size_t *n, const uint8_t item[32])
{
	if ((*n & (*n - 1)) == 0) {
		size_t cap = *n == 0 ? 1 : *n * 2;
		void *fresh = realloc(*array, cap * sizeof(**array));
		if (!fresh)
			return false;
		*array = fresh;
	}
	memcpy((*array)[(*n)++], item, 32);
	return true;
}

/* What does not fit is told as "all": never too little. */
static void tell_key(struct keyring_change *c, const uint8_t key[CRYPT_PK_LEN])
{
	if (!c || c->all || (c->n > 0 && memcmp(c->key[c->n - 1], key, CRYPT_PK_LEN) == 0))
		return;
	if (c->n >= LIMIT_KEYRING_CHANGE || !append(&c->key, &c->n, key))
		c->all = true;
}

static void tell_id(struct keyring_change *c, const uint8_t id[ENTRY_ID_LEN])
{
	if (c && !c->all && (c->nid >= LIMIT_KEYRING_CHANGE || !append(&c->id, &c->nid, id)))
		c->all = true;
}

/* A revoke of this key counts, or no longer, or from elsewhere: the key's and its device's. */
static void tell_subject(const struct keyring *k, uint32_t subject, struct keyring_change *c)
{
	tell_key(c, k->node[subject].key);
	for (uint32_t i = k->node[subject].devices; i != KEYRING_NONE; i = k->rec[i].next_device)
		tell_key(c, k->node[k->rec[i].subject].key);
}

/* All that hangs on a record's admission. */
static void tell_rec(const struct keyring *k, const struct keyring_rec *r, struct keyring_change *c)
{
	tell_id(c, r->id);
	if (r->op == ENTRY_CERT || r->op == ENTRY_REVOKE)
		tell_subject(k, r->subject, c);
	if (r->op != ENTRY_ADMIT)
		return;
	for (size_t i = 0; i < r->body->nid; i++)
		tell_id(c, r->body->id[i]);
}

/* ---- memory ---- */

static enum rc no_memory(struct err *reterr)
{
	return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
}

static bool grow(void **p, uint32_t cap, size_t size)
{
	void *fresh = realloc(*p, cap * size);

	if (fresh)
		*p = fresh;
	return fresh != NULL;
}

static bool room_nodes(struct keyring *k)
{
	void *node = k->node, *listed = k->listed;
	uint32_t cap = k->capnode;

	if (k->nnode + NEW_NODES <= cap)
		return true;
	cap = cap * 2 + NEW_NODES;
	bool ok = grow(&node, cap, sizeof(*k->node));
	k->node = node;
	ok = grow(&listed, cap, sizeof(*k->listed)) && ok;
	k->listed = listed;
	if (ok)
		k->capnode = cap;
	return ok;
}

static bool room_recs(struct keyring *k)
{
	void *rec = k->rec, *order = k->order;
	uint32_t cap = k->caprec;

	if (k->nrec < cap)
		return true;
	cap = cap * 2 + 16;
	bool ok = grow(&rec, cap, sizeof(*k->rec));
	k->rec = rec;
	ok = grow(&order, cap, sizeof(*k->order)) && ok;
	k->order = order;
	if (ok)
		k->caprec = cap;
	return ok;
}

static bool room_lifts(struct keyring *k, size_t more)
{
	void *lift = k->lift;
	uint32_t cap = k->caplift;

	if (k->nlift + more <= cap)
		return true;
	cap = cap * 2 + AUTHORITY_IDS;
	if (!grow(&lift, cap, sizeof(*k->lift)))
		return false;
	k->lift = lift;
	k->caplift = cap;
	return true;
}

/* Twice as many heads when there are more elements than heads. NULL: nothing to do, or no memory. */
static uint32_t *more_heads(uint32_t n, uint32_t *heads, bool *ok)
{
	uint32_t want = *heads;

	while (want < n)
		want *= 2;
	if (want == *heads)
		return NULL;
	uint32_t *h = malloc(want * sizeof(*h));
	*ok = *ok && h;
	for (uint32_t i = 0; h && i < want; i++)
		h[i] = KEYRING_NONE;
	if (h)
		*heads = want;
	return h;
}

static void chain_node(struct keyring *k, uint32_t i)
{
	uint32_t *head = keyring_head(k->by_prefix, k->heads_prefix, k->node[i].prefix);

	k->node[i].next_prefix = *head;
	*head = i;
}

static void chain_rec(struct keyring *k, uint32_t i)
{
	uint32_t *head = keyring_head(k->by_id, k->heads_id, k->rec[i].id);

	k->rec[i].next_id = *head;
	*head = i;
}

static void chain_lift(struct keyring *k, uint32_t i)
{
	uint32_t *head = keyring_head(k->by_lift, k->heads_lift, k->lift[i].id);

	k->lift[i].next = *head;
	*head = i;
}

static bool rehash(struct keyring *k)
{
	bool ok = true;
	uint32_t *h = more_heads(k->nnode, &k->heads_prefix, &ok);

	if (h) {
		free(k->by_prefix);
		k->by_prefix = h;
		for (uint32_t i = 0; i < k->nnode; i++)
			chain_node(k, i);
	}
	h = more_heads(k->nrec, &k->heads_id, &ok);
	if (h) {
		free(k->by_id);
		k->by_id = h;
		for (uint32_t i = 0; i < k->nrec; i++)
			chain_rec(k, i);
	}
	h = more_heads(k->nlift, &k->heads_lift, &ok);
	if (h) {
		free(k->by_lift);
		k->by_lift = h;
		for (uint32_t i = 0; i < k->nlift; i++)
			chain_lift(k, i);
	}
	return ok;
}

/* ---- bodies ---- */

static struct keyring_body *body_new(enum entry_op op, size_t size)
{
	struct keyring_body *b = calloc(1, sizeof(*b) + size);

	if (b) {
		atomic_init(&b->refs, 1);
		b->op = op;
	}
	return b;
}

static struct keyring_body *body_cert(const struct entry *e, const struct authority_cert *c)
{
	size_t scopes = c->nscope * ENTRY_SCOPE_LEN, name = strlen(c->name) + 1,
	       title = strlen(c->title) + 1;
	struct keyring_body *b = body_new(ENTRY_CERT, scopes + name + title);

	if (!b)
		return NULL;
	char *data = (char *)b->data;
	memcpy(data, c->scope, scopes);
	memcpy(data + scopes, c->name, name);
	memcpy(data + scopes + name, c->title, title);
	b->cert = (struct keyring_cert){.role = c->role,
					.scope = (const char(*)[ENTRY_SCOPE_LEN])data,
					.nscope = c->nscope,
					.has_device = c->has_device,
					.name = data + scopes,
					.title = data + scopes + name,
					.collector_custody = c->collector_custody,
					.has_box = c->has_box};
	memcpy(b->cert.key, c->key, CRYPT_PK_LEN);
	if (c->has_device)
		memcpy(b->cert.device, c->device, CRYPT_PK_LEN);
	if (c->has_box)
		memcpy(b->cert.box, c->box, CRYPT_BOX_LEN);
	memcpy(b->cert.id, e->id, ENTRY_ID_LEN);
	memcpy(b->cert.by, e->key, CRYPT_PK_LEN);
	return b;
}

static struct keyring_body *body_admit(const struct authority_admit *a)
{
	struct keyring_body *b = body_new(ENTRY_ADMIT, a->n * ENTRY_ID_LEN);

	if (!b)
		return NULL;
	b->id = (uint8_t(*)[ENTRY_ID_LEN])b->data;
	b->nid = a->n;
	memcpy(b->id, a->id, a->n * ENTRY_ID_LEN);
	return b;
}

static struct keyring_body *body_log(const struct authority_log *l)
{
	struct keyring_body *b = body_new(ENTRY_LOG, sizeof(*l));

	if (!b)
		return NULL;
	b->log = (struct authority_log *)b->data;
	*b->log = *l;
	return b;
}

/* An entry read, before anything of the keyring changes. */
struct fresh {
	struct keyring_body *body;
	const uint8_t *subject, *device; /* keys; NULL */
	uint8_t revoked[CRYPT_PK_LEN];
	int64_t from;
};

static enum rc read_body(const struct entry *e, struct fresh *f, struct err *reterr)
{
	struct authority_cert c;
	struct authority_revoke r;
	struct authority_admit a;
	struct authority_log l;
	enum rc rc = RC_OK;

	switch (e->op) {
	case ENTRY_CERT:
		rc = authority_cert(e, &c, reterr);
		f->body = rc ? NULL : body_cert(e, &c);
		f->subject = f->body ? f->body->cert.key : NULL;
		f->device = f->body && c.has_device ? f->body->cert.device : NULL;
		break;
	case ENTRY_REVOKE:
		rc = authority_revoke(e, &r, reterr);
		if (rc)
			return rc;
		memcpy(f->revoked, r.key, CRYPT_PK_LEN);
		f->subject = f->revoked;
		f->from = r.from;
		return RC_OK;
	case ENTRY_ADMIT:
		rc = authority_admit(e, &a, reterr);
		f->body = rc ? NULL : body_admit(&a);
		break;
	default:
		rc = authority_log(e, &l, reterr);
		f->body = rc ? NULL : body_log(&l);
		break;
	}
	return rc || f->body ? rc : no_memory(reterr);
}

/* ---- records ---- */

/* Number of the key's node, made if it is new; the room is there. */
static uint32_t node(struct keyring *k, const uint8_t pk[CRYPT_PK_LEN])
{
	uint8_t hash[CRYPT_HASH_LEN];

	crypt_sha256(pk, CRYPT_PK_LEN, hash);
	uint32_t i = keyring_node_of(k, pk, hash);
	if (i != KEYRING_NONE)
		return i;
	i = k->nnode++;
	k->node[i] = (struct keyring_node){.certs = KEYRING_NONE,
					   .revokes = KEYRING_NONE,
					   .devices = KEYRING_NONE};
	memcpy(k->node[i].key, pk, CRYPT_PK_LEN);
	memcpy(k->node[i].prefix, hash, sizeof(k->node[i].prefix));
	chain_node(k, i);
	return i;
}

static void link_cert(struct keyring *k, uint32_t i)
{
	struct keyring_rec *r = &k->rec[i];
	struct keyring_node *n = &k->node[r->subject];

	if (n->certs == KEYRING_NONE && !n->root)
		k->listed[k->nlisted++] = r->subject;
	r->next_subject = n->certs;
	n->certs = i;
	if (r->device != KEYRING_NONE) {
		r->next_device = k->node[r->device].devices;
		k->node[r->device].devices = i;
	}
	if (!r->good) /* so far: by the root */
		return;
	if (r->body->cert.role == ROLE_REGISTRAR)
		n->registrar = true;
	else
		n->staff = true;
}

static uint32_t insert(struct keyring *k, const struct entry *e, int64_t index,
		       const struct fresh *f)
{
	uint32_t i = k->nrec++;
	struct keyring_rec *r = &k->rec[i];

	*r = (struct keyring_rec){.body = f->body,
				  .index = index,
				  .from = f->from,
				  .subject = KEYRING_NONE,
				  .device = KEYRING_NONE,
				  .next_subject = KEYRING_NONE,
				  .next_device = KEYRING_NONE,
				  .op = e->op};
	memcpy(r->id, e->id, ENTRY_ID_LEN);
	memcpy(r->scope, e->scope, ENTRY_SCOPE_LEN);
	r->author = node(k, e->key);
	r->subject = f->subject ? node(k, f->subject) : KEYRING_NONE;
	r->device = f->device ? node(k, f->device) : KEYRING_NONE;
	k->node[r->author].authored++;
	chain_rec(k, i);
	if (k->node[r->author].root) {
		struct keyring_act a = keyring_act_of(k, r);
		r->good = keyring_may(k, &a) == KEYRING_ADMITTED;
	}
	switch (r->op) {
	case ENTRY_CERT: link_cert(k, i); break;
	case ENTRY_REVOKE:
		r->next_subject = k->node[r->subject].revokes;
		k->node[r->subject].revokes = i;
		break;
	case ENTRY_LOG:
		r->next_subject = k->logs;
		k->logs = i;
		break;
	default:
		for (size_t j = 0; j < f->body->nid; j++) {
			struct keyring_lift *l = &k->lift[k->nlift];
			memcpy(l->id, f->body->id[j], ENTRY_ID_LEN);
			l->rec = i;
			chain_lift(k, k->nlift++);
		}
		break;
	}
	return i;
}

/* ---- what a new or moved record does to the others ---- */

/* Is anything judged that a cert of the root for this record's subject could turn? */
static bool cert_turns(const struct keyring *k, const struct keyring_rec *r)
{
	const struct keyring_node *n = &k->node[r->subject];

	if (n->authored > 0 || n->revokes != KEYRING_NONE)
		return true;
	for (uint32_t i = n->certs; i != KEYRING_NONE; i = k->rec[i].next_subject)
		if (k->rec[i].device != KEYRING_NONE &&
		    k->node[k->rec[i].device].revokes != KEYRING_NONE)
			return true;
	return false;
}

/* The same of a revoke: has a key it covers written authority entries? */
static bool revoke_turns(const struct keyring *k, const struct keyring_rec *r)
{
	if (k->node[r->subject].authored > 0 || keyring_chain(k, r->subject))
		return true;
	for (uint32_t i = k->node[r->subject].devices; i != KEYRING_NONE; i = k->rec[i].next_device)
		if (k->node[k->rec[i].subject].authored > 0)
			return true;
	return false;
}

static bool turns(const struct keyring *k, const struct keyring_rec *r)
{
	switch (r->op) {
	case ENTRY_CERT: return k->node[r->author].root && cert_turns(k, r);
	case ENTRY_REVOKE: return revoke_turns(k, r);
	default: return false;
	}
}

/* A cert by the root may make its subject staff: why a registrar's revoke of it does not count. */
static void tell_revokes(const struct keyring *k, const struct keyring_rec *cert,
			 struct keyring_change *c)
{
	for (uint32_t i = k->node[cert->subject].revokes; i != KEYRING_NONE;
	     i = k->rec[i].next_subject)
		tell_id(c, k->rec[i].id);
}

static void evaluate_all(struct keyring *k, const struct keyring_rec *r, struct keyring_change *c)
{
	keyring_eval(k);
	if (r->op == ENTRY_CERT)
		tell_revokes(k, r, c);
	for (uint32_t i = 0; i < k->nrec; i++)
		if (k->rec[i].good != k->rec[i].was)
			tell_rec(k, &k->rec[i], c);
}

/* What an admit lifts among the authority entries themselves. */
static void evaluate_lifted(struct keyring *k, const struct keyring_rec *admit,
			    struct keyring_change *c)
{
	for (size_t i = 0; i < admit->body->nid; i++) {
		uint32_t j = keyring_rec_of(k, admit->body->id[i]);
		if (j == KEYRING_NONE || k->rec[j].op == ENTRY_ADMIT ||
		    k->node[k->rec[j].author].root ||
		    (k->rec[j].op == ENTRY_REVOKE && keyring_chain(k, k->rec[j].subject)))
			continue;
		if (keyring_eval_one(k, &k->rec[j]))
			tell_rec(k, &k->rec[j], c);
	}
}

static void evaluate(struct keyring *k, uint32_t i, struct keyring_change *c)
{
	struct keyring_rec *r = &k->rec[i];

	if (turns(k, r))
		evaluate_all(k, r, c);
	else if (!k->node[r->author].root)
		keyring_eval_one(k, r);
	if (r->op == ENTRY_ADMIT)
		evaluate_lifted(k, r, c);
	tell_rec(k, r, c);
}

enum rc keyring_add(struct keyring *k, const struct entry *e, int64_t index,
		    struct keyring_change *retchange, struct err *reterr)
{
	int64_t at = index == KEYRING_NO_INDEX ? INT64_MAX : index;
	struct fresh f = {0};

	if (e->op != ENTRY_CERT && e->op != ENTRY_REVOKE && e->op != ENTRY_ADMIT &&
	    e->op != ENTRY_LOG)
		return RC_OK;
	uint32_t known = keyring_rec_of(k, e->id);
	if (known != KEYRING_NONE) {
		if (at == INT64_MAX || at == k->rec[known].index)
			return RC_OK;
		k->rec[known].index = at;
		evaluate(k, known, retchange);
		return RC_OK;
	}
	if (k->nrec >= LIMIT_KEYRING || k->nnode + NEW_NODES > LIMIT_KEYRING ||
	    k->nlift + AUTHORITY_IDS > LIMIT_KEYRING)
		return err_num(reterr, RC_LIMIT, NULL, "keyring.full", "max", LIMIT_KEYRING);
	enum rc rc = read_body(e, &f, reterr);
	if (rc)
		return rc;
	if (!room_nodes(k) || !room_recs(k) || !room_lifts(k, AUTHORITY_IDS) || !rehash(k)) {
		free(f.body);
		return no_memory(reterr);
	}
	evaluate(k, insert(k, e, at, &f), retchange);
	return RC_OK;
}
