/*
 * oracle: see oracle.h. Everything is looked for from the beginning every time.
 */
#include "tests/sim/oracle.h"

#include <stdlib.h>
#include <string.h>

#include "sync/kinds.h"

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

void oracle_add(struct oracle *o, struct entry *e, enum keyring_verdict told)
{
	struct oracle_line *l;

	if (o->n == o->cap) {
		o->cap = o->cap ? o->cap * 2 : 64;
		o->line = must(realloc(o->line, o->cap * sizeof(*o->line)));
	}
	l = &o->line[o->n];
	*l = (struct oracle_line){.e = e, .index = (int64_t)o->n, .told = told};
	entry_leaf_hash(e, l->leaf);
	o->n++;
	if (e->op == ENTRY_CERT) {
		l->cert = must(malloc(sizeof(*l->cert)));
		if (authority_cert(e, l->cert, NULL) != RC_OK)
			abort();
	} else if (e->op == ENTRY_REVOKE) {
		if (authority_revoke(e, &l->revoke, NULL) != RC_OK)
			abort();
	} else if (e->op == ENTRY_ADMIT) {
		l->admit = must(malloc(sizeof(*l->admit)));
		if (authority_admit(e, l->admit, NULL) != RC_OK)
			abort();
	}
}

void oracle_free(struct oracle *o)
{
	for (size_t i = 0; i < o->n; i++) {
		if (o->line[i].e->op == ENTRY_CERT)
			free(o->line[i].cert);
		if (o->line[i].e->op == ENTRY_ADMIT)
			free(o->line[i].admit);
		entry_free(o->line[i].e);
	}
	free(o->line);
	memset(o, 0, sizeof(*o));
}

const struct oracle_line *oracle_find(const struct oracle *o, const uint8_t id[ENTRY_ID_LEN])
{
	for (size_t i = 0; i < o->n; i++)
		if (memcmp(o->line[i].e->id, id, ENTRY_ID_LEN) == 0)
			return &o->line[i];
	return NULL;
}

/* ---- admission ---- */

static bool same_key(const uint8_t *a, const uint8_t *b)
{
	return memcmp(a, b, CRYPT_PK_LEN) == 0;
}

static bool reaches(const char *scope, const char *of)
{
	return strcmp(scope, "*") == 0 || strcmp(scope, of) == 0;
}

static bool cert_reaches(const struct authority_cert *c, const char *scope)
{
	for (size_t i = 0; i < c->nscope; i++)
		if (reaches(c->scope[i], scope))
			return true;
	return false;
}

bool oracle_covers(const struct oracle *o, const uint8_t key[CRYPT_PK_LEN], const char *scope)
{
	for (size_t i = 0; i < o->n; i++) {
		const struct oracle_line *c = &o->line[i];

		if (c->e->op == ENTRY_CERT && c->right == KEYRING_ADMITTED &&
		    same_key(c->cert->key, key) && cert_reaches(c->cert, scope))
			return true;
	}
	return false;
}

/* May this role write the line, were nothing revoked? (K9, K10) */
static bool role_may(enum role role, const struct oracle_line *l)
{
	const struct entry *e = l->e;

	if (e->op == ENTRY_UNKNOWN)
		return true; /* judged by scope and revokes alone */
	if (!kinds_may(role, e->op, e->kind, e->scope))
		return false;
	if (e->op != ENTRY_CERT)
		return true;
	return kinds_may_certify(role, l->cert->role) &&
	       (role == ROLE_ROOT ||
		(l->cert->nscope == 1 && strcmp(l->cert->scope[0], e->scope) == 0));
}

/* A3-A5 by the certs that are good. */
static enum keyring_verdict may(const struct oracle *o, const struct oracle_line *l)
{
	enum keyring_verdict best = KEYRING_Q_NO_CERT;

	if (same_key(l->e->key, o->root))
		return role_may(ROLE_ROOT, l) ? KEYRING_ADMITTED : KEYRING_Q_ROLE;
	for (size_t i = 0; i < o->n; i++) {
		const struct oracle_line *c = &o->line[i];

		if (c->e->op != ENTRY_CERT || c->right != KEYRING_ADMITTED ||
		    !same_key(c->cert->key, l->e->key))
			continue;
		if (!cert_reaches(c->cert, l->e->scope))
			best = best == KEYRING_Q_NO_CERT ? KEYRING_Q_SCOPE : best;
		else if (role_may(c->cert->role, l))
			return KEYRING_ADMITTED;
		else
			best = KEYRING_Q_ROLE;
	}
	return best;
}

/* Does the revoke name this key, or the PC it was certified on? */
static bool names(const struct oracle *o, const struct oracle_line *r, const uint8_t *key)
{
	if (same_key(r->revoke.key, key))
		return true;
	for (size_t i = 0; i < o->n; i++) {
		const struct oracle_line *c = &o->line[i];

		if (c->e->op == ENTRY_CERT && c->right == KEYRING_ADMITTED &&
		    same_key(c->cert->key, key) && c->cert->has_device &&
		    same_key(c->cert->device, r->revoke.key))
			return true;
	}
	return false;
}

static bool revoked(const struct oracle *o, const struct oracle_line *l)
{
	for (size_t i = 0; i < o->n; i++) {
		const struct oracle_line *r = &o->line[i];
		int64_t from;

		if (r->e->op != ENTRY_REVOKE || r->right != KEYRING_ADMITTED || !reaches(r->e->scope, l->e->scope))
			continue;
		from = r->revoke.from < r->index ? r->revoke.from : r->index;
		if (l->index >= from && names(o, r, l->e->key))
			return true;
	}
	return false;
}

static bool lifted(const struct oracle *o, const struct oracle_line *l)
{
	for (size_t i = 0; i < o->n; i++) {
		const struct oracle_line *a = &o->line[i];

		if (a->e->op != ENTRY_ADMIT || a->right != KEYRING_ADMITTED || !reaches(a->e->scope, l->e->scope))
			continue;
		for (size_t k = 0; k < a->admit->n; k++)
			if (memcmp(a->admit->id[k], l->e->id, ENTRY_ID_LEN) == 0)
				return true;
	}
	return false;
}

/* Root first, then registrars, then the rest: certs, revokes and admits before what they are about. */
void oracle_judge(struct oracle *o)
{
	static const enum entry_op first[] = {ENTRY_CERT, ENTRY_REVOKE, ENTRY_ADMIT};

	for (size_t i = 0; i < o->n; i++)
		o->line[i].right = KEYRING_Q_NO_CERT;
	for (int by_root = 1; by_root >= 0; by_root--)
		for (size_t k = 0; k < 3; k++)
			for (size_t i = 0; i < o->n; i++)
				if (o->line[i].e->op == first[k] &&
				    same_key(o->line[i].e->key, o->root) == by_root)
					o->line[i].right = may(o, &o->line[i]);
	for (size_t i = 0; i < o->n; i++) {
		struct oracle_line *l = &o->line[i];

		if (l->e->op == ENTRY_CERT || l->e->op == ENTRY_REVOKE || l->e->op == ENTRY_ADMIT)
			continue;
		l->right = may(o, l);
		if (l->right == KEYRING_ADMITTED && !same_key(l->e->key, o->root) && revoked(o, l) &&
		    !lifted(o, l))
			l->right = KEYRING_Q_REVOKED;
	}
}

/* ---- merge ---- */

bool oracle_same_entity(const struct entry *a, const struct entry *b)
{
	return a->op == ENTRY_SET && b->op == ENTRY_SET && strcmp(a->scope, b->scope) == 0 &&
	       strcmp(a->kind, b->kind) == 0 && memcmp(a->entity, b->entity, 16) == 0;
}

static bool sets(const struct entry *e, struct span field)
{
	for (size_t i = 0; i < e->nfield; i++)
		if (span_eq(e->field[i].name, field))
			return true;
	return false;
}

bool oracle_alive(const struct oracle *o, const struct oracle_line *l, struct span field)
{
	if (l->right != KEYRING_ADMITTED)
		return false;
	for (size_t i = 0; i < o->n; i++) {
		const struct oracle_line *x = &o->line[i];

		if (x->right != KEYRING_ADMITTED || !oracle_same_entity(x->e, l->e) || !sets(x->e, field))
			continue;
		for (size_t k = 0; k < x->e->nafter; k++)
			if (memcmp(x->e->after[k], l->e->id, ENTRY_ID_LEN) == 0)
				return false;
	}
	return true;
}

/* ---- the tree ---- */

static void range_root(const struct oracle *o, size_t from, size_t n, uint8_t ret[TREE_HASH])
{
	static const uint8_t inner = 1;
	uint8_t both[2 * TREE_HASH];
	size_t left = 1;

	if (n == 1) {
		memcpy(ret, o->line[from].leaf, TREE_HASH);
		return;
	}
	while (left * 2 < n)
		left *= 2;
	range_root(o, from, left, both);
	range_root(o, from + left, n - left, both + TREE_HASH);
	crypt_sha256_2(span_of(&inner, 1), span_of(both, sizeof(both)), ret);
}

void oracle_root(const struct oracle *o, size_t n, uint8_t ret[TREE_HASH])
{
	if (n == 0)
		crypt_sha256("", 0, ret);
	else
		range_root(o, 0, n, ret);
}
