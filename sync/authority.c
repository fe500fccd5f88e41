/*
 * authority: the bodies of authority entries, read and checked. Clauses K1-K8.
 *
 * Each body is a list of members in one order (a table), then one reader a body; the
 * check at the door is the reader with its result thrown away, plus the points of keys that
 * enter (K1). Writing is authority_write.c, fingerprints and codes authority_code.c.
 */
#include "sync/authority.h"

#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "sync/authority_body.h"
#include "sync/entry_read.h"

enum {
	BODY_MEMBERS = 9,
	NAME_CHARS = 200,
	REASON_CHARS = 500,
	FORM_VERSION_MAX = 9999,
	FIELDS_MAX = 256,
	FIELD_NAME = 48
};

static const char *const role_names[ROLE_N] = {
    [ROLE_ROOT] = "root",         [ROLE_REGISTRAR] = "registrar",
    [ROLE_VERIFIER] = "verifier", [ROLE_PROVINCE_VERIFIER] = "province_verifier",
    [ROLE_REPORTER] = "reporter", [ROLE_AUDITOR] = "auditor",
    [ROLE_CLERK] = "clerk",       [ROLE_DEVICE] = "device",
};

/* Members of each body in their order (K2, K4-K8). */
static const struct body {
	const char *clause;
	const char *member[BODY_MEMBERS];
} bodies[ENTRY_OP_N] = {
    [ENTRY_CERT] = {"K2", {"key", "role", "scope", "device", "name", "title", "custody", "box"}},
    [ENTRY_REVOKE] = {"K4", {"key", "from", "reason"}},
    [ENTRY_ADMIT] = {"K5", {"ids", "reason"}},
    [ENTRY_FORM] = {"K6", {"name", "version", "state", "blob"}},
    [ENTRY_ERASE] = {"K7",
		     {"id", "feed", "seq", "prev", "kind", "entity", "fields", "after", "reason"}},
    [ENTRY_LOG] = {"K8", {"key", "old", "size", "root", "box", "pin", "witnesses", "quorum"}},
};

const char *authority_role_name(enum role r)
{
	return (unsigned)r < ROLE_N ? role_names[r] : "";
}

bool authority_role_parse(struct span name, enum role *ret)
{
	for (unsigned r = ROLE_ROOT + 1; r < ROLE_N; r++) {
		if (span_eq_str(name, role_names[r])) {
			*ret = (enum role)r;
			return true;
		}
	}
	return false;
}

/* ------------------------------------------------------------------- common */

/* The raw values of the body, in the order of the table. */
static enum rc body(const struct entry *e, enum entry_op op, struct span v[BODY_MEMBERS],
		    struct err *reterr)
{
	const struct body *b = &bodies[op];
	size_t i = 0;

	if (e->op != op)
		return err_set(reterr, RC_INTERNAL, NULL, "authority.op", NULL);
	for (; i < BODY_MEMBERS && b->member[i]; i++) {
		if (i >= e->nfield || !span_eq_str(e->field[i].name, b->member[i]))
			return err_set(reterr, RC_REFUSED, b->clause, "authority.member", "name",
				       b->member[i], NULL);
		v[i] = e->field[i].raw;
	}
	if (i < e->nfield)
		return err_set(reterr, RC_REFUSED, b->clause, "authority.extra", NULL);
	return RC_OK;
}

/* A value of the body is wrong: the member of that index. */
static enum rc bad(enum entry_op op, size_t i, struct err *reterr)
{
	return err_set(reterr, RC_REFUSED, bodies[op].clause, "authority.value", "name",
		       bodies[op].member[i], NULL);
}

/* 32 bytes of b64u, or "" (then *rethas false). */
static bool maybe_32(struct span raw, bool *rethas, uint8_t ret[32])
{
	*rethas = !entry_read_eq(raw, "");
	return !*rethas || entry_read_b64u(raw, ret, 32);
}

/* A string of at most NAME_CHARS characters, decoded and NUL-terminated. */
static bool text(struct span raw, char ret[AUTHORITY_NAME])
{
	struct json_tok tok = {.len = (uint32_t)raw.len, .type = JSON_STRING};
	struct buf out;

	if (!entry_read_chars(raw, 0, NAME_CHARS))
		return false;
	tok.escaped = memchr(raw.p, '\\', raw.len) != NULL;
	buf_init(&out, AUTHORITY_NAME - 1);
	json_tok_str(raw, &tok, &out);
	bool ok = !out.failed;
	if (ok && out.len > 0)
		memcpy(ret, out.p, out.len);
	ret[ok ? out.len : 0] = '\0';
	buf_free(&out);
	return ok;
}

static bool is_array(struct span raw)
{
	return raw.p[0] == '[';
}

/* --------------------------------------------------------------------- cert */

static bool scopes(struct span raw, struct authority_cert *c)
{
	if (!is_array(raw))
		return false;
	for (struct span rest = raw, item; entry_read_item(&rest, &item); c->nscope++)
		if (c->nscope == AUTHORITY_SCOPES || !entry_read_scope(item, c->scope[c->nscope]))
			return false;
	return c->nscope > 0;
}

static bool role(struct span raw, enum role *ret)
{
	return raw.p[0] == '"' && authority_role_parse(span_of(raw.p + 1, raw.len - 2), ret);
}

enum rc authority_cert(const struct entry *e, struct authority_cert *ret, struct err *reterr)
{
	struct authority_cert c = {0};
	struct span v[BODY_MEMBERS];
	enum rc rc = body(e, ENTRY_CERT, v, reterr);

	if (rc != RC_OK)
		return rc;
	if (!entry_read_b64u(v[0], c.key, sizeof(c.key)))
		return bad(ENTRY_CERT, 0, reterr);
	if (!role(v[1], &c.role))
		return err_set(reterr, RC_REFUSED, "K3", "authority.role", NULL);
	if (!scopes(v[2], &c))
		return bad(ENTRY_CERT, 2, reterr);
	if (!maybe_32(v[3], &c.has_device, c.device))
		return bad(ENTRY_CERT, 3, reterr);
	if (!text(v[4], c.name))
		return bad(ENTRY_CERT, 4, reterr);
	if (!text(v[5], c.title))
		return bad(ENTRY_CERT, 5, reterr);
	c.collector_custody = entry_read_eq(v[6], "collector");
	if (!c.collector_custody && !entry_read_eq(v[6], "own"))
		return bad(ENTRY_CERT, 6, reterr);
	if (!maybe_32(v[7], &c.has_box, c.box))
		return bad(ENTRY_CERT, 7, reterr);
	*ret = c;
	return RC_OK;
}

/* ------------------------------------------------------ revoke, admit, form */

enum rc authority_revoke(const struct entry *e, struct authority_revoke *ret, struct err *reterr)
{
	struct authority_revoke r = {0};
	struct span v[BODY_MEMBERS];
	enum rc rc = body(e, ENTRY_REVOKE, v, reterr);

	if (rc != RC_OK)
		return rc;
	if (!entry_read_b64u(v[0], r.key, sizeof(r.key)))
		return bad(ENTRY_REVOKE, 0, reterr);
	if (!entry_read_int(v[1], 0, NUM_SAFE_MAX, &r.from))
		return bad(ENTRY_REVOKE, 1, reterr);
	if (!entry_read_chars(v[2], 1, REASON_CHARS))
		return bad(ENTRY_REVOKE, 2, reterr);
	r.reason = v[2];
	*ret = r;
	return RC_OK;
}

enum rc authority_admit(const struct entry *e, struct authority_admit *ret, struct err *reterr)
{
	struct authority_admit a = {0};
	struct span v[BODY_MEMBERS];
	enum rc rc = body(e, ENTRY_ADMIT, v, reterr);

	if (rc != RC_OK)
		return rc;
	if (!entry_read_ids(v[0], 1, AUTHORITY_IDS, a.id, &a.n))
		return bad(ENTRY_ADMIT, 0, reterr);
	if (v[1].p[0] != '"')
		return bad(ENTRY_ADMIT, 1, reterr);
	a.reason = v[1];
	*ret = a;
	return RC_OK;
}

enum rc authority_form(const struct entry *e, struct authority_form *ret, struct err *reterr)
{
	struct authority_form f = {0};
	struct entry_blob blob;
	struct span v[BODY_MEMBERS];
	unsigned one;
	int64_t version;
	enum rc rc = body(e, ENTRY_FORM, v, reterr);

	if (rc != RC_OK)
		return rc;
	if (!entry_read_kind(v[0], f.name, &one) || one != 1)
		return bad(ENTRY_FORM, 0, reterr);
	if (!entry_read_int(v[1], 1, FORM_VERSION_MAX, &version))
		return bad(ENTRY_FORM, 1, reterr);
	f.version = (unsigned)version;
	f.closed = entry_read_eq(v[2], "closed");
	if (!f.closed && !entry_read_eq(v[2], "published"))
		return bad(ENTRY_FORM, 2, reterr);
	if (!entry_read_blob(v[3], &blob) || !entry_read_eq(blob.type, "application/json"))
		return bad(ENTRY_FORM, 3, reterr);
	memcpy(f.sha256, blob.sha256, sizeof(f.sha256));
	f.size = blob.size;
	*ret = f;
	return RC_OK;
}

/* -------------------------------------------------------------------- erase */

/* The different names of fields an entry set: 1 to FIELDS_MAX. */
static bool field_names(struct span raw)
{
	struct span seen[FIELDS_MAX], item;
	size_t n = 0;

	if (!is_array(raw))
		return false;
	for (struct span rest = raw; entry_read_item(&rest, &item); n++) {
		if (n == FIELDS_MAX || item.len < 2 || item.p[0] != '"' ||
		    !entry_read_name(span_of(item.p + 1, item.len - 2), FIELD_NAME))
			return false;
		for (size_t i = 0; i < n; i++)
			if (span_eq(seen[i], item))
				return false;
		seen[n] = item;
	}
	return n > 0;
}

enum rc authority_erase(const struct entry *e, struct authority_erase *ret, struct err *reterr)
{
	struct authority_erase r = {0};
	struct span v[BODY_MEMBERS];
	size_t nafter;
	enum rc rc = body(e, ENTRY_ERASE, v, reterr);

	if (rc != RC_OK)
		return rc;
	if (!entry_read_b64u(v[0], r.id, sizeof(r.id)))
		return bad(ENTRY_ERASE, 0, reterr);
	if (!entry_read_b64u(v[1], r.feed, sizeof(r.feed)))
		return bad(ENTRY_ERASE, 1, reterr);
	if (!entry_read_int(v[2], 0, NUM_SAFE_MAX, &r.seq))
		return bad(ENTRY_ERASE, 2, reterr);
	if (!entry_read_prev(v[3], r.seq, r.prev))
		return bad(ENTRY_ERASE, 3, reterr);
	if (!entry_read_kind(v[4], r.kind, &r.kind_version))
		return bad(ENTRY_ERASE, 4, reterr);
	if (!entry_read_uuid(v[5], r.entity))
		return bad(ENTRY_ERASE, 5, reterr);
	if (!field_names(v[6]))
		return bad(ENTRY_ERASE, 6, reterr);
	if (!entry_read_ids(v[7], 0, LIMIT_ENTRY_AFTER, NULL, &nafter))
		return bad(ENTRY_ERASE, 7, reterr);
	if (v[8].p[0] != '"')
		return bad(ENTRY_ERASE, 8, reterr);
	r.fields = v[6];
	r.after = v[7];
	*ret = r;
	return RC_OK;
}

/* ---------------------------------------------------------------------- log */

/* "NAME HEXKEY" */
static bool witness(struct span raw, struct note_witness *ret)
{
	if (raw.p[0] != '"' || raw.len < 2 + 1 + 1 + 64)
		return false;
	struct span s = span_of(raw.p + 1, raw.len - 2);
	struct span name = span_of(s.p, s.len - 65), hex = span_of(s.p + s.len - 64, 64);
	if (s.p[name.len] != ' ' || !note_name_ok(name) || !codec_hex_32(hex, ret->key))
		return false;
	memcpy(ret->name, name.p, name.len);
	ret->name[name.len] = '\0';
	return true;
}

static bool witnesses(struct span raw, struct note_policy *p)
{
	if (!is_array(raw))
		return false;
	for (struct span rest = raw, item; entry_read_item(&rest, &item); p->nwitness++) {
		struct note_witness *w = &p->witness[p->nwitness];
		if (p->nwitness == NOTE_WITNESS_MAX || !witness(item, w))
			return false;
		for (size_t i = 0; i < p->nwitness; i++)
			if (strcmp(p->witness[i].name, w->name) == 0 ||
			    memcmp(p->witness[i].key, w->key, sizeof(w->key)) == 0)
				return false;
	}
	return true;
}

/* What the new tree keeps of the old one: size and root, none without an old key. */
static bool kept(struct span size, struct span root, struct authority_log *l)
{
	if (!entry_read_int(size, 0, l->has_old ? NUM_SAFE_MAX : 0, &l->size))
		return false;
	return l->size == 0 ? entry_read_eq(root, "")
			    : entry_read_b64u(root, l->root, sizeof(l->root));
}

enum rc authority_log(const struct entry *e, struct authority_log *ret, struct err *reterr)
{
	struct authority_log l = {0};
	struct span v[BODY_MEMBERS];
	int64_t quorum;
	enum rc rc = body(e, ENTRY_LOG, v, reterr);

	if (rc != RC_OK)
		return rc;
	if (!entry_read_b64u(v[0], l.key, sizeof(l.key)))
		return bad(ENTRY_LOG, 0, reterr);
	if (!maybe_32(v[1], &l.has_old, l.old))
		return bad(ENTRY_LOG, 1, reterr);
	if (!kept(v[2], v[3], &l))
		return bad(ENTRY_LOG, 2, reterr);
	if (!entry_read_b64u(v[4], l.box, sizeof(l.box)))
		return bad(ENTRY_LOG, 4, reterr);
	if (!maybe_32(v[5], &l.has_pin, l.pin))
		return bad(ENTRY_LOG, 5, reterr);
	if (!witnesses(v[6], &l.policy))
		return bad(ENTRY_LOG, 6, reterr);
	if (!entry_read_int(v[7], 0, (int64_t)l.policy.nwitness, &quorum))
		return bad(ENTRY_LOG, 7, reterr);
	l.policy.quorum = (size_t)quorum;
	memcpy(l.policy.log, l.key, sizeof(l.key));
	*ret = l;
	return RC_OK;
}

/* ------------------------------------------------------------------ the door */

enum rc authority_body(const struct entry *e, struct err *reterr)
{
	union {
		struct authority_cert cert;
		struct authority_revoke revoke;
		struct authority_admit admit;
		struct authority_form form;
		struct authority_erase erase;
		struct authority_log log;
	} any;

	switch (e->op) {
	case ENTRY_CERT: return authority_cert(e, &any.cert, reterr);
	case ENTRY_REVOKE: return authority_revoke(e, &any.revoke, reterr);
	case ENTRY_ADMIT: return authority_admit(e, &any.admit, reterr);
	case ENTRY_FORM: return authority_form(e, &any.form, reterr);
	case ENTRY_ERASE: return authority_erase(e, &any.erase, reterr);
	case ENTRY_LOG: return authority_log(e, &any.log, reterr);
	default: return RC_OK;
	}
}

/* K1 */
static enum rc point(const uint8_t key[CRYPT_PK_LEN], struct err *reterr)
{
	if (crypt_pk_check(key, NULL) == RC_OK)
		return RC_OK;
	return err_set(reterr, RC_REFUSED, "K1", "crypt.key_point", NULL);
}

static enum rc check_cert(const struct entry *e, struct err *reterr)
{
	struct authority_cert c;
	enum rc rc = authority_cert(e, &c, reterr);

	if (rc == RC_OK)
		rc = point(c.key, reterr);
	if (rc == RC_OK && c.has_device)
		rc = point(c.device, reterr);
	return rc;
}

static enum rc check_log(const struct entry *e, struct err *reterr)
{
	struct authority_log l;
	enum rc rc = authority_log(e, &l, reterr);

	if (rc == RC_OK)
		rc = point(l.key, reterr);
	for (size_t i = 0; rc == RC_OK && i < l.policy.nwitness; i++)
		rc = point(l.policy.witness[i].key, reterr);
	return rc;
}

enum rc authority_check(const struct entry *e, struct err *reterr)
{
	switch (e->op) {
	case ENTRY_CERT: return check_cert(e, reterr);
	case ENTRY_LOG: return check_log(e, reterr);
	default: return authority_body(e, reterr);
	}
}
