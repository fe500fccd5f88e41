/*
 * author: seal what a clerk did and keep it, all of one act in one transaction.
 * Clauses E9-E12, E19, E25, K14. Not here: checking a record, command lines.
 */
#include "agent/author.h"

#include <stdlib.h>
#include <string.h>

#include "agent/home.h"
#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/text.h"
#include "sync/form.h"

enum { AUTHOR_MAX = 20000 }; /* entries of one act: a register import */

/* The feed of one commune. */
struct place {
	char scope[ENTRY_SCOPE_LEN];
	struct store_feed feed;
};

struct author {
	struct agent *agent;
	struct store_clerk clerk;
	char home[ENTRY_SCOPE_LEN]; /* where something new is written */
	struct crypt_signer *signer; /* keys' own */
	uint8_t device[CRYPT_PK_LEN];
	struct place *place; /* those written in by now */
	size_t nplace;
	int64_t seen_size;
	uint8_t seen_root[32];
	struct entry **e;
	size_t n, cap;
};

/* Does the typed text name this clerk: folded name, fingerprint digits, or key text? */
static bool clerk_is(const struct store_clerk *c, const char *typed)
{
	char fpr[AUTHORITY_FINGERPRINT], key[CODEC_B64U_32 + 1];
	struct buf a, b;
	bool same = false;

	authority_fingerprint(c->key, fpr);
	codec_b64u(c->key, CRYPT_PK_LEN, key);
	if (strcmp(typed, fpr) == 0 || strcmp(typed, key) == 0)
		return true;
	buf_init(&a, LIMIT_TEXT);
	buf_init(&b, LIMIT_TEXT);
	if (text_fold(span_str(c->name), &a, NULL) == RC_OK &&
	    text_fold(span_str(typed), &b, NULL) == RC_OK)
		same = span_eq(span_buf(&a), span_buf(&b));
	buf_free(&a);
	buf_free(&b);
	return same;
}

static bool clerk_matches(struct agent *agent, const struct store_clerk *c, const char *typed)
{
	return typed ? clerk_is(c, typed) : keys_unlocked(agent->keys, c->key);
}

/*
 * The one named; with nothing named the only one there is, else the only one unlocked.
 */
enum rc author_find(struct agent *agent, const char *typed, struct store_clerk *ret,
		    struct err *reterr)
{
	struct store_clerk c, first;
	size_t n = 0, hits = 0;
	enum rc rc;

	for (; (rc = store_clerk(agent->store, n, &c, reterr)) == RC_OK; n++) {
		if (c.retired)
			break; /* so are all that follow */
		if (n == 0)
			first = c;
		if (clerk_matches(agent, &c, typed) && ++hits == 1)
			*ret = c;
	}
	if (rc != RC_OK && rc != RC_NOTFOUND)
		return rc;
	if (n == 0)
		return err_set(reterr, RC_NOTFOUND, NULL, "author.none", NULL);
	if (hits == 1)
		return RC_OK;
	if (typed && hits == 0)
		return err_set(reterr, RC_NOTFOUND, NULL, "author.no_clerk", "name", typed, NULL);
	if (n == 1) {
		*ret = first;
		return RC_OK;
	}
	return err_set(reterr, RC_CONFLICT, NULL, "author.which_clerk", NULL);
}

static enum rc seal(struct author *a, struct place *p, struct entry_draft *d, struct err *reterr)
{
	struct entry *e = NULL;
	enum rc rc;

	if (a->n == a->cap) {
		size_t cap = a->cap ? a->cap * 2 : 16;
		struct entry **grown =
		    cap <= AUTHOR_MAX ? realloc(a->e, cap * sizeof(struct entry *)) : NULL;

		if (!grown)
			return err_num(reterr, RC_LIMIT, NULL, "author.many", "max", AUTHOR_MAX);
		a->e = grown;
		a->cap = cap;
	}
	memcpy(d->feed, p->feed.feed, sizeof(d->feed));
	memcpy(d->prev, p->feed.last, sizeof(d->prev));
	memcpy(d->seen_root, a->seen_root, sizeof(d->seen_root));
	d->seq = p->feed.next_seq;
	d->at = store_now(a->agent->store);
	d->seen_size = a->seen_size;
	d->scope = p->scope;
	crypt_random(d->salt, sizeof(d->salt));
	rc = entry_seal(d, a->signer, &e, reterr);
	if (rc != RC_OK)
		return rc;
	memcpy(p->feed.last, e->id, sizeof(p->feed.last));
	p->feed.next_seq++;
	a->e[a->n++] = e;
	return RC_OK;
}

/* What the first entry of a feed says: the PC, and the entry the clerk goes on from (E25). */
static struct json *opening(const struct author *a, const struct place *p)
{
	char text[CODEC_B64U_32 + 1];
	struct json *set = json_object();

	codec_b64u(a->device, CRYPT_PK_LEN, text);
	json_set_str(set, "device", text);
	if (p->feed.goes_on) {
		codec_b64u(p->feed.before, ENTRY_ID_LEN, text);
		json_set_str(set, "last", text);
	}
	return set;
}

static enum rc open_feed(struct author *a, struct place *p, struct err *reterr)
{
	struct entry_draft d = {.op = ENTRY_OPEN};
	struct json *set = opening(a, p);
	struct buf b;
	enum rc rc;

	buf_init(&b, LIMIT_ENTRY_PAYLOAD);
	rc = entry_set_write(set, &b, reterr);
	d.set = span_buf(&b);
	if (rc == RC_OK)
		rc = seal(a, p, &d, reterr);
	json_free(set);
	buf_free(&b);
	return rc;
}

/* The feed of a commune, opened when it has none yet. *ret: until the next call. */
static enum rc find_place(struct author *a, const char *scope, struct place **ret,
			  struct err *reterr)
{
	struct place *grown, *p;
	enum rc rc;

	for (size_t i = 0; i < a->nplace; i++)
		if (strcmp(a->place[i].scope, scope) == 0) {
			*ret = &a->place[i];
			return RC_OK;
		}
	grown = realloc(a->place, (a->nplace + 1) * sizeof(*grown));
	if (!grown)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	a->place = grown;
	p = &grown[a->nplace];
	memset(p, 0, sizeof(*p));
	memcpy(p->scope, scope, strlen(scope) + 1);
	rc = store_feed(a->agent->store, a->clerk.key, scope, a->device, &p->feed, reterr);
	if (rc == RC_OK && p->feed.next_seq == 0)
		rc = open_feed(a, p, reterr);
	if (rc == RC_OK) {
		a->nplace++;
		*ret = p;
	}
	return rc;
}

enum rc author_open(struct agent *agent, const char *clerk, const char *pin, struct author **ret,
		    struct err *reterr)
{
	struct author *a = calloc(1, sizeof(*a));
	struct crypt_signer *device = NULL;
	enum rc rc;

	if (!a)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	a->agent = agent;
	rc = author_find(agent, clerk, &a->clerk, reterr);
	if (rc == RC_OK)
		rc = keys_clerk(agent->keys, a->clerk.key, pin ? span_str(pin) : span_of(NULL, 0),
				&a->signer, reterr);
	if (rc == RC_OK)
		rc = keys_device(agent->keys, true, &device, reterr);
	if (rc == RC_OK) {
		memcpy(a->device, crypt_signer_pk(device), sizeof(a->device));
		rc = home_scope(agent, a->clerk.key, a->clerk.scope, a->home, reterr);
	}
	if (rc == RC_OK)
		rc = store_seen(agent->store, &a->seen_size, a->seen_root, reterr);
	if (rc == RC_OK)
		*ret = a;
	else
		author_free(a);
	return rc;
}

void author_free(struct author *a)
{
	if (!a)
		return;
	for (size_t i = 0; i < a->n; i++)
		entry_free(a->e[i]);
	free(a->e);
	free(a->place);
	free(a);
}

const uint8_t *author_key(const struct author *a)
{
	return a->clerk.key;
}

const char *author_name(const struct author *a)
{
	return a->clerk.name;
}

const char *author_title(const struct author *a)
{
	return a->clerk.title;
}

const char *author_scope(const struct author *a)
{
	return a->home;
}

enum rc author_may(const struct author *a, const char *scope, struct err *reterr)
{
	const struct keyring *k = store_keyring(a->agent->store);
	struct keyring_key key;
	bool certified = k && keyring_find(k, a->clerk.key, &key) && key.admitted;

	if (certified ? keyring_covers(k, a->clerk.key, scope) : strcmp(a->clerk.scope, scope) == 0)
		return RC_OK;
	return err_set(reterr, RC_DENIED, "A4", "record.other_scope", "scope", scope, NULL);
}

enum rc author_set(struct author *a, const char *scope, const char *kind, unsigned version, const uint8_t entity[16],
		   const struct json *fields, struct span after, uint8_t retid[ENTRY_ID_LEN],
		   struct err *reterr)
{
	char kv[FORM_KIND_LEN];
	struct entry_draft d = {.op = ENTRY_SET,
				.entity = entity,
				.kind = kv,
				.after = (const uint8_t(*)[ENTRY_ID_LEN])(const void *)after.p,
				.nafter = after.len / ENTRY_ID_LEN};
	struct place *p = NULL;
	struct buf set;
	enum rc rc = author_may(a, scope, reterr);

	form_kind_join(kind, version, kv);
	buf_init(&set, LIMIT_ENTRY_PAYLOAD);
	if (rc == RC_OK)
		rc = find_place(a, scope, &p, reterr);
	if (rc == RC_OK)
		rc = entry_set_write(fields, &set, reterr);
	d.set = span_buf(&set);
	if (rc == RC_OK)
		rc = seal(a, p, &d, reterr);
	buf_free(&set);
	if (rc == RC_OK && retid)
		memcpy(retid, p->feed.last, ENTRY_ID_LEN);
	return rc;
}

enum rc author_keep(struct author *a, struct err *reterr)
{
	return store_append(a->agent->store, a->e, a->n, reterr);
}

/* Two clerks of one PC may not have the same name: every screen and option names them by it. */
static enum rc check_new(struct agent *agent, const char *name, struct err *reterr)
{
	struct store_clerk c;
	enum rc rc;

	for (size_t i = 0; (rc = store_clerk(agent->store, i, &c, reterr)) == RC_OK; i++)
		if (!c.retired && clerk_is(&c, name))
			return err_set(reterr, RC_EXISTS, NULL, "author.exists", "name", name,
				       NULL);
	if (rc != RC_NOTFOUND)
		return rc;
	err_clear(reterr);
	return RC_OK;
}

/* Where a new key begins: where this PC writes by now, be it a part that went over (M22). */
static enum rc find_scope(struct agent *agent, char ret[ENTRY_SCOPE_LEN], struct err *reterr)
{
	enum rc rc = home_here(agent, ret, reterr);

	return rc == RC_OK && !ret[0] ? err_set(reterr, RC_NOTFOUND, NULL, "sync.not_enrolled", NULL)
				      : rc;
}

static enum rc fill_clerk(struct agent *agent, const char *name, const char *title,
			  struct store_clerk *c, struct err *reterr)
{
	enum rc rc;

	memset(c, 0, sizeof(*c));
	rc = find_scope(agent, c->scope, reterr);
	if (rc == RC_OK &&
	    (!name[0] || strlen(name) >= sizeof(c->name) || strlen(title) >= sizeof(c->title)))
		rc = err_set(reterr, RC_INPUT, NULL, "author.name", NULL);
	if (rc == RC_OK) {
		memcpy(c->name, name, strlen(name) + 1);
		memcpy(c->title, title, strlen(title) + 1);
	}
	return rc;
}

/* The feed is opened at once: its first entry proves possession of the key (P10). */
static enum rc open_first(struct agent *agent, const char *name, struct err *reterr)
{
	struct author *a = NULL;
	struct place *p;
	enum rc rc = author_open(agent, name, NULL, &a, reterr);

	if (rc == RC_OK)
		rc = find_place(a, a->home, &p, reterr);
	if (rc == RC_OK)
		rc = author_keep(a, reterr);
	author_free(a);
	return rc;
}

enum rc author_add(struct agent *agent, const char *name, const char *title, const char *pin,
		   struct store_clerk *ret, struct err *reterr)
{
	struct store_clerk c;
	enum rc rc = fill_clerk(agent, name, title, &c, reterr);

	if (rc == RC_OK)
		rc = check_new(agent, name, reterr);
	if (rc == RC_OK)
		rc = keys_clerk_new(agent->keys, span_str(pin), c.key, reterr);
	if (rc == RC_OK)
		rc = store_clerk_add(agent->store, &c, reterr);
	if (rc == RC_OK)
		rc = open_first(agent, name, reterr);
	if (rc == RC_OK && ret)
		*ret = c;
	return rc;
}

enum rc author_renew(struct agent *agent, const char *clerk, const char *pin,
		     struct store_clerk *ret, struct err *reterr)
{
	struct store_clerk old, c;
	enum rc rc = author_find(agent, clerk, &old, reterr);

	if (rc != RC_OK)
		return rc;
	c = old;
	c.certified = false;
	rc = find_scope(agent, c.scope, reterr);
	if (rc == RC_OK)
		rc = keys_clerk_new(agent->keys, span_str(pin), c.key, reterr);
	if (rc == RC_OK)
		rc = store_clerk_renew(agent->store, old.key, &c, reterr);
	if (rc == RC_OK)
		rc = open_first(agent, c.name, reterr);
	if (rc == RC_OK && ret)
		*ret = c;
	return rc;
}
