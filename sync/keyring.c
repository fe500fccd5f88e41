/*
 * keyring: making, copying and asking who a key is. Clauses A1, K13.
 *
 * Not here: taking authority entries in (keyring_add.c), judging (keyring_judge.c),
 * the order of evaluation (keyring_eval.c).
 */
#include "sync/keyring.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "sync/keyring_state.h"
#include "sync/kinds.h"

enum { FIRST_HEADS = 64 };

uint32_t *keyring_head(uint32_t *heads, uint32_t nheads, const uint8_t *hash)
{
	return &heads[codec_get_le32(hash) & (nheads - 1)];
}

uint32_t keyring_node_of(const struct keyring *k, const uint8_t pk[CRYPT_PK_LEN],
			 const uint8_t prefix[8])
{
	uint32_t i = *keyring_head(k->by_prefix, k->heads_prefix, prefix);

	while (i != KEYRING_NONE && memcmp(k->node[i].key, pk, CRYPT_PK_LEN) != 0)
		i = k->node[i].next_prefix;
	return i;
}

uint32_t keyring_rec_of(const struct keyring *k, const uint8_t id[ENTRY_ID_LEN])
{
	uint32_t i = *keyring_head(k->by_id, k->heads_id, id);

	while (i != KEYRING_NONE && memcmp(k->rec[i].id, id, ENTRY_ID_LEN) != 0)
		i = k->rec[i].next_id;
	return i;
}

static uint32_t *heads_new(uint32_t n)
{
	uint32_t *h = malloc(n * sizeof(*h));

	for (uint32_t i = 0; h && i < n; i++)
		h[i] = KEYRING_NONE;
	return h;
}

enum rc keyring_new(const uint8_t root[CRYPT_PK_LEN], struct keyring **ret, struct err *reterr)
{
	struct keyring *k = calloc(1, sizeof(*k));
	uint8_t hash[CRYPT_HASH_LEN];

	if (!k)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	k->logs = KEYRING_NONE;
	k->heads_prefix = k->heads_id = k->heads_lift = FIRST_HEADS;
	k->by_prefix = heads_new(FIRST_HEADS);
	k->by_id = heads_new(FIRST_HEADS);
	k->by_lift = heads_new(FIRST_HEADS);
	k->capnode = 1;
	k->node = calloc(1, sizeof(*k->node));
	k->listed = calloc(1, sizeof(*k->listed));
	if (!k->by_prefix || !k->by_id || !k->by_lift || !k->node || !k->listed) {
		keyring_free(k);
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	}
	crypt_sha256(root, CRYPT_PK_LEN, hash);
	k->node[0] = (struct keyring_node){.certs = KEYRING_NONE,
					   .revokes = KEYRING_NONE,
					   .devices = KEYRING_NONE,
					   .next_prefix = KEYRING_NONE,
					   .root = true};
	memcpy(k->node[0].key, root, CRYPT_PK_LEN);
	memcpy(k->node[0].prefix, hash, sizeof(k->node[0].prefix));
	*keyring_head(k->by_prefix, k->heads_prefix, hash) = 0;
	k->nnode = k->nlisted = 1;
	*ret = k;
	return RC_OK;
}

static void body_drop(struct keyring_body *b)
{
	if (b && atomic_fetch_sub(&b->refs, 1) == 1)
		free(b);
}

void keyring_free(struct keyring *k)
{
	if (!k)
		return;
	for (uint32_t i = 0; i < k->nrec; i++)
		body_drop(k->rec[i].body);
	free(k->node);
	free(k->rec);
	free(k->lift);
	free(k->listed);
	free(k->order);
	free(k->by_prefix);
	free(k->by_id);
	free(k->by_lift);
	free(k);
}

/* Copy of n elements with room for cap of them; NULL when cap is 0 or memory is short. */
static void *dup(const void *p, size_t n, size_t cap, size_t size)
{
	void *q = cap > 0 ? malloc(cap * size) : NULL;

	if (q && n > 0)
		memcpy(q, p, n * size);
	return q;
}

enum rc keyring_copy(const struct keyring *k, struct keyring **ret, struct err *reterr)
{
	struct keyring *c = malloc(sizeof(*c));

	if (!c)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	*c = *k;
	c->node = dup(k->node, k->nnode, k->capnode, sizeof(*k->node));
	c->listed = dup(k->listed, k->nlisted, k->capnode, sizeof(*k->listed));
	c->rec = dup(k->rec, k->nrec, k->caprec, sizeof(*k->rec));
	c->order = dup(NULL, 0, k->caprec, sizeof(*k->order));
	c->lift = dup(k->lift, k->nlift, k->caplift, sizeof(*k->lift));
	c->by_prefix = dup(k->by_prefix, k->heads_prefix, k->heads_prefix, sizeof(*k->by_prefix));
	c->by_id = dup(k->by_id, k->heads_id, k->heads_id, sizeof(*k->by_id));
	c->by_lift = dup(k->by_lift, k->heads_lift, k->heads_lift, sizeof(*k->by_lift));
	bool ok = c->node && c->listed && (c->rec || !k->rec) && (c->order || !k->order) &&
		  (c->lift || !k->lift) && c->by_prefix && c->by_id && c->by_lift;
	for (uint32_t i = 0; i < k->nrec && ok; i++)
		if (c->rec[i].body)
			atomic_fetch_add(&c->rec[i].body->refs, 1);
	if (!ok) {
		c->nrec = 0;
		keyring_free(c);
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	}
	*ret = c;
	return RC_OK;
}

const uint8_t *keyring_root(const struct keyring *k)
{
	return k->node[0].key;
}

/* ---- asking ---- */

/* Does a come before b in the log? Ids decide between equal indexes. */
static bool before(const struct keyring_rec *a, const struct keyring_rec *b)
{
	if (a->index != b->index)
		return a->index < b->index;
	return memcmp(a->id, b->id, ENTRY_ID_LEN) < 0;
}

/* The last cert of a node in the log, of the admitted ones or of all. NULL when none. */
static const struct keyring_rec *last_cert(const struct keyring *k, uint32_t node, bool admitted)
{
	const struct keyring_rec *best = NULL;

	for (uint32_t i = k->node[node].certs; i != KEYRING_NONE; i = k->rec[i].next_subject)
		if ((k->rec[i].good || !admitted) && (!best || before(best, &k->rec[i])))
			best = &k->rec[i];
	return best;
}

static const struct keyring_rec *first_cert(const struct keyring *k, uint32_t node)
{
	const struct keyring_rec *best = NULL;

	for (uint32_t i = k->node[node].certs; i != KEYRING_NONE; i = k->rec[i].next_subject)
		if (!best || before(&k->rec[i], best))
			best = &k->rec[i];
	return best;
}

/* Of two keys with one prefix the one certified first in the log is meant, the root before all. */
static bool find_prefix(void *ctx, const uint8_t prefix[8], uint8_t retpk[CRYPT_PK_LEN])
{
	const struct keyring *k = ctx;
	const struct keyring_rec *best = NULL;

	for (uint32_t i = *keyring_head(k->by_prefix, k->heads_prefix, prefix); i != KEYRING_NONE;
	     i = k->node[i].next_prefix) {
		if (memcmp(k->node[i].prefix, prefix, 8) != 0)
			continue;
		if (k->node[i].root) {
			memcpy(retpk, k->node[i].key, CRYPT_PK_LEN);
			return true;
		}
		const struct keyring_rec *r = first_cert(k, i);
		if (r && (!best || before(r, best)))
			best = r;
	}
	if (best)
		memcpy(retpk, best->body->cert.key, CRYPT_PK_LEN);
	return best != NULL;
}

struct entry_keys keyring_keys(const struct keyring *k)
{
	return (struct entry_keys){.ctx = (void *)(uintptr_t)k, .find = find_prefix};
}

/*
 * Lowest effective `from` of the admitted revokes of `subject` that reach node in scope (NULL: in
 * any); low if none is lower.
 */
static int64_t lowest_of(const struct keyring *k, uint32_t subject, uint32_t node,
			 const char *scope, int64_t low)
{
	for (uint32_t i = k->node[subject].revokes; i != KEYRING_NONE; i = k->rec[i].next_subject) {
		const struct keyring_rec *r = &k->rec[i];
		int64_t from = r->from < r->index ? r->from : r->index;
		if (r->good && (low < 0 || from < low) &&
		    keyring_covers_by(k, r, node, scope ? scope : r->scope, INT64_MAX))
			low = from;
	}
	return low;
}

static int64_t lowest(const struct keyring *k, uint32_t node, const char *scope)
{
	int64_t low = lowest_of(k, node, node, scope, -1);

	for (uint32_t i = k->node[node].certs; i != KEYRING_NONE; i = k->rec[i].next_subject)
		if (k->rec[i].device != KEYRING_NONE)
			low = lowest_of(k, k->rec[i].device, node, scope, low);
	return low;
}

static void describe(const struct keyring *k, uint32_t node, struct keyring_key *ret)
{
	const struct keyring_node *n = &k->node[node];
	const struct keyring_rec *good = last_cert(k, node, true),
				 *seen = last_cert(k, node, false);

	*ret = (struct keyring_key){.role = ROLE_ROOT, .revoked_from = -1, .admitted = true};
	memcpy(ret->key, n->key, CRYPT_PK_LEN);
	if (n->root)
		return;
	ret->cert = good ? &good->body->cert : NULL;
	ret->seen = &seen->body->cert;
	ret->role = good ? ret->cert->role : ret->seen->role;
	ret->admitted = good != NULL;
	ret->revoked_from = lowest(k, node, NULL);
}

static uint32_t find(const struct keyring *k, const uint8_t pk[CRYPT_PK_LEN])
{
	uint8_t hash[CRYPT_HASH_LEN];

	crypt_sha256(pk, CRYPT_PK_LEN, hash);
	return keyring_node_of(k, pk, hash);
}

bool keyring_find(const struct keyring *k, const uint8_t pk[CRYPT_PK_LEN], struct keyring_key *ret)
{
	uint32_t i = find(k, pk);

	if (i == KEYRING_NONE || (!k->node[i].root && k->node[i].certs == KEYRING_NONE))
		return false;
	describe(k, i, ret);
	return true;
}

size_t keyring_size(const struct keyring *k)
{
	return k->nlisted;
}

bool keyring_at(const struct keyring *k, size_t i, struct keyring_key *ret)
{
	if (i >= k->nlisted)
		return false;
	describe(k, k->listed[i], ret);
	return true;
}

bool keyring_covers(const struct keyring *k, const uint8_t pk[CRYPT_PK_LEN], const char *scope)
{
	uint32_t node = find(k, pk);

	if (node == KEYRING_NONE)
		return false;
	if (k->node[node].root)
		return true;
	for (uint32_t i = k->node[node].certs; i != KEYRING_NONE; i = k->rec[i].next_subject)
		if (k->rec[i].good && keyring_cert_covers(&k->rec[i].body->cert, scope))
			return true;
	return false;
}

/* ---- scopes of a key ---- */

/* The admitted cert of a node that comes next after `last` in the log; NULL when there is none. */
static const struct keyring_rec *next_cert(const struct keyring *k, uint32_t node,
					   const struct keyring_rec *last)
{
	const struct keyring_rec *best = NULL;

	for (uint32_t i = k->node[node].certs; i != KEYRING_NONE; i = k->rec[i].next_subject) {
		const struct keyring_rec *r = &k->rec[i];

		if (r->good && (!last || before(last, r)) && (!best || before(r, best)))
			best = r;
	}
	return best;
}

static void add_scope(struct keyring_scopes *s, const char *scope)
{
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->scope[i], scope) == 0)
			return;
	memcpy(s->scope[s->n++], scope, strlen(scope) + 1);
}

enum rc keyring_scopes(const struct keyring *k, const uint8_t pk[CRYPT_PK_LEN],
		       struct keyring_scopes *ret, struct err *reterr)
{
	struct keyring_scopes s = {0};
	uint32_t node = find(k, pk);
	const struct keyring_rec *r = NULL;
	size_t most = 1;

	if (node != KEYRING_NONE)
		while ((r = next_cert(k, node, r)) != NULL)
			most += r->body->cert.nscope;
	s.scope = calloc(most, sizeof(*s.scope));
	if (!s.scope)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	if (node != KEYRING_NONE)
		while ((r = next_cert(k, node, r)) != NULL)
			for (size_t i = 0; i < r->body->cert.nscope; i++)
				add_scope(&s, r->body->cert.scope[i]);
	*ret = s;
	return RC_OK;
}

void keyring_scopes_free(struct keyring_scopes *s)
{
	free(s->scope);
	*s = (struct keyring_scopes){0};
}

int64_t keyring_revoked(const struct keyring *k, const uint8_t pk[CRYPT_PK_LEN], const char *scope)
{
	uint32_t node = find(k, pk);

	return node == KEYRING_NONE || k->node[node].root ? -1 : lowest(k, node, scope);
}

bool keyring_in_force(const struct keyring *k, const uint8_t pk[CRYPT_PK_LEN], const char *scope)
{
	return keyring_covers(k, pk, scope) && keyring_revoked(k, pk, scope) < 0;
}

/* L12: one that follows another log counts in its place only. */
static bool in_place(const struct keyring_rec *r)
{
	return !r->body->log->has_old || r->index == r->body->log->size + 1;
}

/*
 * Does r lead from one log into the next? Of several that follow the same one the first in the tree
 * does: what a lost tree had in its place comes back behind it, perhaps at that very index.
 */
static bool leads(const struct keyring *k, const struct keyring_rec *r)
{
	if (!r->good || !r->body->log->has_old || !in_place(r))
		return false;
	for (uint32_t i = k->logs; i != KEYRING_NONE; i = k->rec[i].next_subject) {
		const struct keyring_rec *x = &k->rec[i];

		if (x->good && x->body->log->has_old && in_place(x) && before(x, r) &&
		    memcmp(x->body->log->old, r->body->log->old, CRYPT_PK_LEN) == 0)
			return false;
	}
	return true;
}

/* A log that another follows is over, also where its own entry has no index yet. */
static bool followed(const struct keyring *k, const struct keyring_rec *r)
{
	for (uint32_t i = k->logs; i != KEYRING_NONE; i = k->rec[i].next_subject)
		if (leads(k, &k->rec[i]) &&
		    memcmp(k->rec[i].body->log->old, r->body->log->key, CRYPT_PK_LEN) == 0)
			return true;
	return false;
}

/* The entry with which the log in force followed another; NULL: it is the first log. */
static const struct keyring_rec *base_of(const struct keyring *k)
{
	const struct keyring_rec *best = NULL;

	for (uint32_t i = k->logs; i != KEYRING_NONE; i = k->rec[i].next_subject) {
		const struct keyring_rec *r = &k->rec[i];

		if (leads(k, r) && !followed(k, r) && (!best || before(best, r)))
			best = r;
	}
	return best;
}

/* Does r say anything of the log in force? Of one that came back from a lost tree nothing counts. */
static bool in_force(const struct keyring *k, const struct keyring_rec *r,
		     const struct keyring_rec *base)
{
	if (!r->good || !in_place(r))
		return false;
	return base ? memcmp(r->body->log->key, base->body->log->key, CRYPT_PK_LEN) == 0
		    : !followed(k, r);
}

bool keyring_log(const struct keyring *k, struct authority_log *ret)
{
	const struct keyring_rec *best = NULL, *base = base_of(k);

	for (uint32_t i = k->logs; i != KEYRING_NONE; i = k->rec[i].next_subject)
		if (in_force(k, &k->rec[i], base) && (!best || before(best, &k->rec[i])))
			best = &k->rec[i];
	if (best)
		*ret = *best->body->log;
	return best != NULL;
}

bool keyring_log_base(const struct keyring *k, struct authority_log *ret)
{
	const struct keyring_rec *base = base_of(k);

	if (base)
		*ret = *base->body->log;
	return base != NULL;
}

bool keyring_log_of(const struct keyring *k, const uint8_t logkey[CRYPT_PK_LEN],
		    struct authority_log *ret)
{
	const struct keyring_rec *best = NULL;

	for (uint32_t i = k->logs; i != KEYRING_NONE; i = k->rec[i].next_subject)
		if (k->rec[i].good &&
		    memcmp(k->rec[i].body->log->key, logkey, CRYPT_PK_LEN) == 0 &&
		    (!best || before(best, &k->rec[i])))
			best = &k->rec[i];
	if (best)
		*ret = *best->body->log;
	return best != NULL;
}

bool keyring_central(const struct keyring *k, const uint8_t pk[CRYPT_PK_LEN])
{
	uint32_t i = find(k, pk);

	return i != KEYRING_NONE && (k->node[i].root || k->node[i].registrar || k->node[i].staff);
}
