/*
 * keyring_judge: may this key write this here? Clauses A3-A8, K9, K10.
 *
 * Pure questions to a keyring whose records are evaluated. Coverage by a revoke has
 * no state of its own: it is read from the revokes that name the key or a device of
 * its certs. Not here: in which order records are evaluated (keyring_eval.c).
 */
#include <string.h>

#include "sync/keyring_state.h"
#include "sync/kinds.h"

static const struct {
	const char *name, *clause, *key;
} verdicts[] = {
    [KEYRING_ADMITTED] = {"", "", "keyring.why.admitted"},
    [KEYRING_Q_NO_CERT] = {"cert", "A3", "keyring.why.cert"},
    [KEYRING_Q_SCOPE] = {"scope", "A4", "keyring.why.scope"},
    [KEYRING_Q_ROLE] = {"role", "A5", "keyring.why.role"},
    [KEYRING_Q_REVOKED] = {"revoked", "A6", "keyring.why.revoked"},
};
enum { VERDICTS = sizeof(verdicts) / sizeof(verdicts[0]) };

static const struct {
	unsigned flag;
	const char *name, *key;
} flags[] = {
    {KEYRING_FLAG_FORM, "form", "flag.form"},    {KEYRING_FLAG_CLOCK, "clock", "flag.clock"},
    {KEYRING_FLAG_FORK, "fork", "flag.fork"},    {KEYRING_FLAG_GAP, "gap", "flag.gap"},
    {KEYRING_FLAG_BLIND, "blind", "flag.blind"}, {KEYRING_FLAG_SEEN, "seen", "flag.seen"},
    {KEYRING_FLAG_AGAIN, "again", "flag.again"}, {KEYRING_FLAG_VERSION, "version", "flag.version"},
    {KEYRING_FLAG_DATE, "date", "flag.date"},    {KEYRING_FLAG_JUMP, "jump", "flag.jump"},
    {KEYRING_FLAG_OLDER, "older", "flag.older"}, {KEYRING_FLAG_CLOSED, "closed", "flag.closed"},
};

const char *keyring_verdict_name(enum keyring_verdict v)
{
	return (unsigned)v < VERDICTS ? verdicts[v].name : "";
}

const char *keyring_verdict_clause(enum keyring_verdict v)
{
	return (unsigned)v < VERDICTS ? verdicts[v].clause : "";
}

const char *keyring_verdict_key(enum keyring_verdict v)
{
	return verdicts[(unsigned)v < VERDICTS ? v : KEYRING_ADMITTED].key;
}

bool keyring_verdict_parse(struct span name, enum keyring_verdict *ret)
{
	for (unsigned i = 0; i < VERDICTS; i++) {
		if (!span_eq_str(name, verdicts[i].name))
			continue;
		*ret = (enum keyring_verdict)i;
		return true;
	}
	return false;
}

const char *keyring_flag_name(unsigned flag)
{
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (flags[i].flag == flag)
			return flags[i].name;
	return "";
}

const char *keyring_flag_key(unsigned flag)
{
	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (flags[i].flag == flag)
			return flags[i].key;
	return "";
}

/* A4 for one cert. "*" stands only in certs of the root, for registrars and staff (K10). */
bool keyring_cert_covers(const struct keyring_cert *c, const char *scope)
{
	for (size_t i = 0; i < c->nscope; i++)
		if (c->scope[i][0] == KEYRING_SCOPE_ALL || strcmp(c->scope[i], scope) == 0)
			return true;
	return false;
}

/* K9 for the op, A5 for what a review says, K10 for what a cert says, A8 for whom a revoke names. */
static bool role_may(const struct keyring *k, enum role by, const struct keyring_act *a)
{
	if (!kinds_may(by, a->op, a->kind, a->scope) || a->level > kinds_rule(by)->decides)
		return false;
	if (a->op == ENTRY_CERT)
		return kinds_may_certify(by, a->role) && (by == ROLE_ROOT || a->one_scope);
	if (a->op != ENTRY_REVOKE)
		return true;
	if (a->subject_root || a->subject == a->node)
		return false;
	if (by == ROLE_ROOT || a->subject == KEYRING_NONE)
		return true;
	return !k->node[a->subject].staff;
}

enum keyring_verdict keyring_may(const struct keyring *k, const struct keyring_act *a)
{
	bool any = false, scope = false;

	if (a->node == KEYRING_NONE)
		return KEYRING_Q_NO_CERT;
	const struct keyring_node *n = &k->node[a->node];
	if (n->root)
		return a->op == ENTRY_UNKNOWN || role_may(k, ROLE_ROOT, a) ? KEYRING_ADMITTED
									   : KEYRING_Q_ROLE;
	for (uint32_t i = n->certs; i != KEYRING_NONE; i = k->rec[i].next_subject) {
		const struct keyring_rec *r = &k->rec[i];
		if (!r->good)
			continue;
		any = true;
		if (!keyring_cert_covers(&r->body->cert, a->scope))
			continue;
		scope = true;
		if (a->op == ENTRY_UNKNOWN || role_may(k, r->body->cert.role, a))
			return KEYRING_ADMITTED;
	}
	if (scope)
		return KEYRING_Q_ROLE;
	return any ? KEYRING_Q_SCOPE : KEYRING_Q_NO_CERT;
}

/* A8: a registrar's revokes never reach staff. */
static bool reaches(const struct keyring *k, const struct keyring_rec *revoke, uint32_t node)
{
	return k->node[revoke->author].root || !k->node[node].staff;
}

static bool in_force(const struct keyring_rec *revoke, const char *scope, int64_t index)
{
	int64_t from = revoke->from < revoke->index ? revoke->from : revoke->index;

	return index >= from &&
	       (revoke->scope[0] == KEYRING_SCOPE_ALL || strcmp(revoke->scope, scope) == 0);
}

/* Does the cert bind its key to its device? Of a registrar's certs only the root's do (A8). */
static bool binds(const struct keyring *k, const struct keyring_rec *cert)
{
	return cert->good && cert->device != KEYRING_NONE &&
	       (k->node[cert->author].root || !k->node[cert->subject].registrar);
}

bool keyring_covers_by(const struct keyring *k, const struct keyring_rec *revoke, uint32_t node,
		       const char *scope, int64_t index)
{
	bool names = revoke->subject == node;

	for (uint32_t i = k->node[node].certs; i != KEYRING_NONE && !names;
	     i = k->rec[i].next_subject)
		names = binds(k, &k->rec[i]) && k->rec[i].device == revoke->subject;
	return names && reaches(k, revoke, node) && in_force(revoke, scope, index);
}

/* An admitted revoke naming `subject` that is in force for node. */
static bool covered_through(const struct keyring *k, uint32_t subject, const struct keyring_act *a)
{
	for (uint32_t i = k->node[subject].revokes; i != KEYRING_NONE; i = k->rec[i].next_subject) {
		const struct keyring_rec *r = &k->rec[i];
		if (r->good && reaches(k, r, a->node) && in_force(r, a->scope, a->index))
			return true;
	}
	return false;
}

bool keyring_covered(const struct keyring *k, const struct keyring_act *a)
{
	const struct keyring_node *n = &k->node[a->node];

	if (n->root)
		return false;
	if (covered_through(k, a->node, a))
		return true;
	for (uint32_t i = n->certs; i != KEYRING_NONE; i = k->rec[i].next_subject)
		if (binds(k, &k->rec[i]) && covered_through(k, k->rec[i].device, a))
			return true;
	return false;
}

bool keyring_chain(const struct keyring *k, uint32_t subject)
{
	if (subject == KEYRING_NONE)
		return false;
	if (k->node[subject].registrar)
		return true;
	for (uint32_t i = k->node[subject].devices; i != KEYRING_NONE; i = k->rec[i].next_device)
		if (k->rec[i].good && k->node[k->rec[i].author].root &&
		    k->node[k->rec[i].subject].registrar)
			return true;
	return false;
}

bool keyring_lifted(const struct keyring *k, const struct keyring_act *a)
{
	if (a->op == ENTRY_ADMIT || (a->op == ENTRY_REVOKE && keyring_chain(k, a->subject)))
		return false;
	if (k->nlift == 0)
		return false;
	for (uint32_t i = *keyring_head(k->by_lift, k->heads_lift, a->id); i != KEYRING_NONE;
	     i = k->lift[i].next) {
		const struct keyring_rec *r = &k->rec[k->lift[i].rec];
		if (r->good && memcmp(k->lift[i].id, a->id, ENTRY_ID_LEN) == 0 &&
		    (r->scope[0] == KEYRING_SCOPE_ALL || strcmp(r->scope, a->scope) == 0))
			return true;
	}
	return false;
}

struct keyring_act keyring_act_of(const struct keyring *k, const struct keyring_rec *r)
{
	struct keyring_act a = {.node = r->author,
				.op = r->op,
				.kind = "",
				.scope = r->scope,
				.index = r->index,
				.id = r->id,
				.subject = r->subject};

	if (r->op == ENTRY_CERT) {
		const struct keyring_cert *c = &r->body->cert;
		a.role = c->role;
		a.one_scope = c->nscope == 1 && strcmp(c->scope[0], r->scope) == 0;
	}
	if (r->op == ENTRY_REVOKE)
		a.subject_root = k->node[r->subject].root;
	return a;
}

/* The level a review sets; NOBODY of one that sets none, or whose values an erase has taken. */
static enum decision_level level_of(const struct entry *e)
{
	const struct entry_field *f = entry_field(e, DECISION_LEVEL);
	char text[16] = "";

	if (!f || f->raw.len < 2 || f->raw.p[0] != '"' || f->raw.len - 2 >= sizeof(text))
		return DECISION_NOBODY;
	memcpy(text, f->raw.p + 1, f->raw.len - 2); /* a string in its one form (E4) */
	return decision_level_of(text);
}

/* The same for an entry that was not added; false when its body cannot be read. */
static bool act_of_entry(const struct keyring *k, const struct entry *e, struct keyring_act *a)
{
	struct authority_cert c;
	struct authority_revoke r;
	uint8_t hash[CRYPT_HASH_LEN];

	switch (e->op) {
	case ENTRY_CERT:
		if (authority_cert(e, &c, NULL))
			return false;
		a->role = c.role;
		a->one_scope = c.nscope == 1 && strcmp(c.scope[0], e->scope) == 0;
		return true;
	case ENTRY_REVOKE:
		if (authority_revoke(e, &r, NULL))
			return false;
		crypt_sha256(r.key, CRYPT_PK_LEN, hash);
		a->subject = keyring_node_of(k, r.key, hash);
		a->subject_root = a->subject != KEYRING_NONE && k->node[a->subject].root;
		return true;
	case ENTRY_SET:
		if (kinds_class(e->kind) == KINDS_REVIEW)
			a->level = level_of(e);
		return true;
	default: return true;
	}
}

enum keyring_verdict keyring_judge(const struct keyring *k, const struct entry *e, int64_t index)
{
	struct keyring_act a = {.node = keyring_node_of(k, e->key, e->keyhash),
				.op = e->op,
				.kind = e->kind,
				.scope = e->scope,
				.index = index == KEYRING_NO_INDEX ? INT64_MAX : index,
				.id = e->id,
				.subject = KEYRING_NONE};
	uint32_t known = keyring_rec_of(k, e->id);

	if (known != KEYRING_NONE) {
		const struct keyring_rec *r = &k->rec[known];
		a = keyring_act_of(k, r);
		enum keyring_verdict v = keyring_may(k, &a);
		return v == KEYRING_ADMITTED && !r->good ? KEYRING_Q_REVOKED : v;
	}
	if (!act_of_entry(k, e, &a))
		return KEYRING_Q_ROLE;
	enum keyring_verdict v = keyring_may(k, &a);
	if (v == KEYRING_ADMITTED && keyring_covered(k, &a) && !keyring_lifted(k, &a))
		return KEYRING_Q_REVOKED;
	return v;
}
