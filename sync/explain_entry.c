/*
 * explain_entry: a line or a payload, check by check. Clauses E1-E22, E25, K1-K8, A1.
 *
 * The steps are those of sync/entry_parse, each run whether or not the one before held. A text
 * the strict scanner refuses is scanned once more without the rules on escapes, depth and number of
 * members; when that goes well the rest can still be read. Not here: bodies (sync/authority).
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/text.h"
#include "sync/authority.h"
#include "sync/entry.h"
#include "sync/entry_parse.h"
#include "sync/entry_read.h"
#include "sync/explain_part.h"
#include "sync/sign.h"

struct subject {
	struct explain_report *r;
	struct entry_parse p;
	struct err why;
	bool has_sig, has_feed;
	uint8_t sig[CRYPT_SIG_LEN];
	uint8_t feed[ENTRY_FEED_LEN];
};

/* One step's answer for its clause. */
static void answer(struct subject *s, const char *clause, enum rc rc)
{
	if (rc == RC_OK)
		explain_ok(s->r, clause);
	else
		explain_fail(s->r, &s->why);
}

static void skip(struct subject *s, const char *const *clause, size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		explain_skip(s->r, clause[i], key);
}

/* ------------------------------------------------------------------ E1 and E2 */

/* The payload of a line that is none: from its first brace. */
static struct span from_brace(struct span s)
{
	const uint8_t *brace = s.len > 0 ? memchr(s.p, '{', s.len) : NULL;

	return brace ? span_of(brace, s.len - (size_t)(brace - s.p)) : span_of(s.p, 0);
}

static void cut_line(struct subject *s)
{
	struct span rest = s->r->in->bytes;

	if (!span_line(&rest, &s->p.line)) {
		s->p.line = rest;
		explain_break(s->r, "E1", "explain.no_lf");
	} else if (rest.len > 0) {
		explain_break(s->r, "E1", "explain.more_lines");
	}
	enum rc rc = entry_parse_line(&s->p, s->sig);
	answer(s, "E1", rc);
	s->has_sig = rc == RC_OK;
	if (s->has_sig)
		explain_add(s->r, "signature",
			    json_string_span(span_of(s->p.line.p, ENTRY_SIG_TEXT)), NULL);
	else
		s->p.text = from_brace(s->p.line);
}

static void cut_payload(struct subject *s)
{
	struct span bytes = s->r->in->bytes;

	if (bytes.len > 0 && bytes.p[bytes.len - 1] == '\n')
		bytes.len--;
	s->p.line = s->p.text = bytes;
	explain_show(s->r, "E1");
	explain_skip(s->r, "E1", "explain.no_signature");
}

static size_t utf8_end(struct span t)
{
	const uint8_t *p = t.p, *end = t.p + t.len;

	for (size_t n; p < end && (n = text_utf8_step(p, end)) > 0;)
		p += n;
	return (size_t)(p - t.p);
}

static bool bytes_ok(struct subject *s)
{
	enum rc rc = entry_parse_bytes(&s->p);

	if (rc == RC_OK) {
		size_t at = utf8_end(s->p.text);
		if (at < s->p.text.len)
			rc = err_num(&s->why, RC_REFUSED, "E2", "json.utf8", "at", (long long)at);
	}
	answer(s, "E2", rc);
	return rc == RC_OK;
}

/* ---------------------------------------------------------------------- E3-E6 */

static const char *const json_clauses[] = {"E3", "E4", "E5", "E6"};

enum { JSON_CLAUSES = sizeof(json_clauses) / sizeof(json_clauses[0]) };

/* Well-formed and compact, whatever else: the readers of values need no more. */
static const struct json_rules lenient = {
    .max_len = LIMIT_ENTRY_PAYLOAD,
    .depth = LIMIT_JSON_DEPTH,
    .max_members = LIMIT_JSON_MEMBERS,
    .compact = true,
};

/* Which of the rules left out are broken: a scan for each. */
static void single_rules(struct subject *s)
{
	struct json_rules rules[3] = {lenient, lenient, lenient};
	const char *clause[3] = {"E4", "E6", NULL};

	rules[0].shortest_escapes = true;
	rules[1].depth = LIMIT_ENTRY_DEPTH;
	rules[2].max_members = LIMIT_ENTRY_MEMBERS;
	for (size_t i = 0; i < 3; i++) {
		enum rc rc = entry_parse_scan(&s->p, &rules[i], LIMIT_ENTRY_TOKENS);
		if (rc != RC_OK)
			explain_fail(s->r, &s->why);
		else if (clause[i])
			explain_ok(s->r, clause[i]);
	}
	explain_ok(s->r, "E3");
	explain_ok(s->r, "E5");
}

/* False when there is no object whose members could be read. */
static bool scan_ok(struct subject *s)
{
	enum rc rc = entry_parse_scan(&s->p, &json_rules_entry, LIMIT_ENTRY_TOKENS);

	if (rc != RC_OK) {
		explain_fail(s->r, &s->why);
		bool list = strcmp(s->why.key, "entry.not_object") == 0;
		rc = entry_parse_scan(&s->p, &lenient, LIMIT_ENTRY_TOKENS);
		if (rc != RC_OK && !list) {
			explain_fail(s->r, &s->why);
			skip(s, json_clauses, JSON_CLAUSES, "explain.not_read");
			return false;
		}
		if (rc == RC_OK) {
			single_rules(s);
			return entry_parse_scan(&s->p, &lenient, LIMIT_ENTRY_TOKENS) == RC_OK;
		}
	}
	for (size_t i = 0; i < JSON_CLAUSES; i++)
		explain_ok(s->r, json_clauses[i]);
	return rc == RC_OK;
}

/* -------------------------------------------------------------------- members */

/* What a person reads in it: a time, a fingerprint. */
static const char *meaning(const char *name, struct span raw, char text[AUTHORITY_FINGERPRINT])
{
	uint8_t key[CRYPT_PK_LEN];
	int64_t at;

	if (strcmp(name, "at") == 0 && entry_read_int(raw, 0, INT64_MAX, &at))
		text_time_fmt(at, text);
	else if ((strcmp(name, "set.key") == 0 || strcmp(name, "set.device") == 0) &&
		 entry_read_b64u(raw, key, sizeof(key)))
		authority_fingerprint(key, text);
	else
		return NULL;
	return text;
}

/* The members of one object of the tape, each name with `prefix` before it. */
static void add_members(struct subject *s, size_t object, const char *prefix)
{
	const struct json_tok *tok = s->p.tok;
	char words[AUTHORITY_FINGERPRINT];
	size_t k = object + 1;
	struct buf name;

	_Static_assert((int)AUTHORITY_FINGERPRINT >= (int)TEXT_TIME_LEN, "words");
	buf_init(&name, LIMIT_ENTRY_PAYLOAD + 8);
	for (size_t n = 0; n < tok[object].n; n++, k = tok[k + 1].next) {
		struct span raw = json_tok_raw(s->p.text, &tok[k + 1]);
		buf_reset(&name);
		buf_add_str(&name, prefix);
		json_tok_str(s->p.text, &tok[k], &name);
		if (name.failed)
			break;
		const char *text = (const char *)name.p;
		if (object == 0 && strcmp(text, "set") == 0 && tok[k + 1].type == JSON_OBJECT)
			add_members(s, k + 1, "set.");
		else
			explain_add(s->r, text, entry_value_json(raw), meaning(text, raw, words));
	}
	buf_free(&name);
}

/* ---------------------------------------------------------------- E7, E8, E13 */

/* `op`, and in version 1 what must follow it. */
static void op_members(struct subject *s)
{
	bool first = s->p.version == 1;
	enum rc rc = entry_parse_op(&s->p);

	answer(s, first ? "E13" : "E8", rc);
	if (!first)
		return;
	if (rc != RC_OK) {
		explain_skip(s->r, "E7", "explain.no_op");
	} else if (!explain_broken(s->r, "E7")) {
		rc = entry_parse_members(&s->p);
		answer(s, "E7", rc);
		if (rc != RC_OK)
			entry_parse_find(&s->p);
	}
}

static void structure(struct subject *s)
{
	explain_show(s->r, "E7");
	explain_show(s->r, "E8");
	if (entry_parse_common(&s->p) != RC_OK) {
		explain_fail(s->r, &s->why);
		entry_parse_find(&s->p);
	}
	if (s->p.value[ENTRY_PARSE_V].p)
		answer(s, "E8", entry_parse_version(&s->p));
	if (s->p.version == 0)
		explain_skip(s->r, "E7", "explain.no_version");
	else if (s->p.value[ENTRY_PARSE_OP].p)
		op_members(s);
	if (s->p.version > 1)
		explain_hide(s->r, "E7"); /* E8 takes its place */
}

/* ------------------------------------------------------------- E9-E19, E25, K1-K8 */

/* The clauses of a body. */
static const char *const bodies[ENTRY_OP_N][3] = {
    [ENTRY_CERT] = {"K1", "K2", "K3"},
    [ENTRY_REVOKE] = {"K4"},
    [ENTRY_ADMIT] = {"K5"},
    [ENTRY_FORM] = {"K6"},
    [ENTRY_ERASE] = {"K7"},
    [ENTRY_LOG] = {"K1", "K8"},
};

/* K1 and K3 of a body that another clause stopped. */
static void body_parts(struct subject *s, const struct entry *e)
{
	static const char *const keys[] = {"key", "device"};
	const struct entry_field *f = entry_field(e, "role");
	uint8_t key[CRYPT_PK_LEN];
	enum role role;

	if (e->op == ENTRY_CERT && f) {
		if (f->type == JSON_STRING &&
		    authority_role_parse(span_of(f->raw.p + 1, f->raw.len - 2), &role))
			explain_ok(s->r, "K3");
		else
			explain_break(s->r, "K3", "authority.role");
	}
	for (size_t i = 0; i < 2; i++) {
		f = entry_field(e, keys[i]);
		if (f && entry_read_b64u(f->raw, key, sizeof(key)) &&
		    crypt_pk_check(key, NULL) != RC_OK)
			explain_break(s->r, "K1", "crypt.key_point");
	}
}

static void body(struct subject *s, const struct entry *e)
{
	const char *const *clause = bodies[e->op];
	enum rc rc = authority_check(e, &s->why);

	if (rc != RC_OK)
		explain_fail(s->r, &s->why);
	/* the points of keys come last, so all else holds when K1 is what is broken */
	bool rest = rc == RC_OK || strcmp(s->why.clause, "K1") == 0;
	for (size_t i = 0; i < 3 && clause[i]; i++) {
		if (rest)
			explain_ok(s->r, clause[i]);
		else
			explain_show(s->r, clause[i]);
	}
	if (!rest && (e->op == ENTRY_CERT || e->op == ENTRY_LOG))
		body_parts(s, e);
}

static void check_values(struct subject *s, struct entry *e)
{
	const struct entry_parse_check *c;
	unsigned bad = 0; /* bits of members */

	for (size_t i = 0; (c = entry_parse_check(i)) != NULL; i++) {
		if (!entry_parse_applies(c, s->p.op) || !s->p.value[c->member].p)
			continue;
		explain_show(s->r, c->clause);
		if (bad & 1U << c->member) {
			explain_skip(s->r, c->clause, "explain.before");
			continue;
		}
		enum rc rc = c->run(&s->p, e);
		answer(s, c->clause, rc);
		if (rc != RC_OK)
			bad |= 1U << c->member;
	}
	s->has_feed = s->p.value[ENTRY_PARSE_FEED].p && !explain_broken(s->r, "E9");
	memcpy(s->feed, e->feed, sizeof(s->feed));
}

static enum rc values(struct subject *s)
{
	struct entry *e = NULL;
	bool known = (unsigned)s->p.op < ENTRY_UNKNOWN;

	if (!known)
		s->p.set = 0;
	bool set = s->p.set > 0;
	if (set && entry_parse_set(&s->p) != RC_OK) {
		explain_fail(s->r, &s->why);
		set = false;
	}
	enum rc rc = entry_parse_layout(&s->p, &e);
	if (rc != RC_OK)
		return rc;
	check_values(s, e);
	if (known && set && bodies[e->op][0])
		body(s, e);
	entry_free(e);
	return RC_OK;
}

/* ----------------------------------------------------------- E20-E22, E9, A1 */

static const char *const author_clauses[] = {"E21", "E22", "A1"};

enum { AUTHOR_CLAUSES = sizeof(author_clauses) / sizeof(author_clauses[0]) };

/* The author's key; NULL when it is not among those given, which is said. */
static const uint8_t *author(struct subject *s)
{
	const struct explain_in *in = s->r->in;
	const uint8_t *key = s->has_feed ? explain_key_of(s->r, s->feed, 8) : NULL;

	if (key || in->nkey == 0) {
		if (!key && s->has_feed)
			explain_skip(s->r, "E9", "explain.no_key");
		return key;
	}
	if (in->nkey > 1) { /* a keyring */
		if (s->has_feed)
			explain_break(s->r, "A1", "entry.key_unknown");
		return NULL;
	}
	if (s->has_feed)
		explain_break(s->r, "E9", "entry.feed_key");
	return in->key[0];
}

static void identity(struct subject *s)
{
	uint8_t id[ENTRY_ID_LEN], keyhash[CRYPT_HASH_LEN], leaf[CRYPT_HASH_LEN];
	const uint8_t *key = author(s);

	entry_id(s->p.text, id);
	explain_computed(s->r, "id", id, sizeof(id));
	explain_ok(s->r, "E20");
	if (key)
		explain_author(s->r, key);
	if (!s->has_sig || !key) {
		skip(s, author_clauses, AUTHOR_CLAUSES,
		     s->has_sig ? "explain.no_key" : "explain.no_signature");
		return;
	}
	crypt_sha256(key, CRYPT_PK_LEN, keyhash);
	sign_leaf_hash(id, s->sig, keyhash, leaf);
	explain_computed(s->r, "leaf_hash", leaf, sizeof(leaf));
	explain_ok(s->r, "E22");
	if (sign_verify(id, s->sig, key)) {
		explain_ok(s->r, "E21");
		explain_ok(s->r, "A1");
	} else {
		explain_break(s->r, "E21", "entry.signature");
		explain_break(s->r, "A1", "entry.signature");
	}
}

enum rc explain_entry(struct explain_report *r, bool payload_alone, struct err *reterr)
{
	struct subject s = {.r = r, .p = {.op = ENTRY_OP_N}};
	struct json_tok *tape = malloc(LIMIT_ENTRY_TOKENS * sizeof(*tape));
	enum rc rc = RC_OK;

	if (!tape)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	s.p.tok = tape;
	s.p.err = &s.why;
	if (payload_alone)
		cut_payload(&s);
	else
		cut_line(&s);
	if (!bytes_ok(&s)) {
		skip(&s, json_clauses, JSON_CLAUSES, "explain.not_read");
	} else if (scan_ok(&s)) {
		add_members(&s, 0, "");
		structure(&s);
		rc = values(&s);
	}
	if (rc == RC_OK && s.p.text.len > 0)
		identity(&s);
	else if (rc != RC_OK && reterr)
		*reterr = s.why;
	free(tape);
	return rc;
}
