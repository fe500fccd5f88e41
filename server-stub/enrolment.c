/*
 * enrolment: codes, waiting requests and the certs that end them. Clauses P10, P25, K12.
 * A code is stored as its hash only and is bound to the first PC that uses it. Does NOT answer HTTP, nor count
 * wrong codes: a stranger who sends them must not be able to close those of a commune (routes_enrol).
 */
#include "server-stub/enrolment.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "server-stub/enrolment_lines.h"
#include "server-stub/issuer.h"
#include "server-stub/units.h"

static const char waits[] = "enrol_wait";

enum { CODE_TABLE = 24 };

/* Codes are kept by commune: its own are counted (LIMIT_ENROL_CODES). */
static void code_table(const char *scope, char ret[CODE_TABLE])
{
	memcpy(ret, "enrol_code ", 11);
	memcpy(ret + 11, scope, strlen(scope) + 1);
}

static enum rc nomem(struct err *reterr)
{
	return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
}

static void set_key(struct json *o, const char *name, const uint8_t pk[CRYPT_PK_LEN])
{
	char text[CODEC_B64U_32 + 1];

	codec_b64u(pk, CRYPT_PK_LEN, text);
	json_set_str(o, name, text);
}

static bool get_key(const struct json *o, const char *name, uint8_t ret[CRYPT_PK_LEN])
{
	const char *s = json_get_str(o, name);

	return s && codec_b64u_32(span_str(s), ret);
}

static bool is_commune(const char *s)
{
	return s && strcmp(s, "*") != 0 && entry_is_scope(span_str(s));
}

/* ---- documents ---- */

static enum rc get_doc(struct collector *col, const char *table, const char *key, struct json **ret,
		       struct err *reterr)
{
	struct archive_reader *r = NULL;
	enum rc rc = archive_read(col->archive, &r, reterr);

	if (rc == RC_OK)
		rc = r->doc(r->ctx, table, key, ret, reterr);
	archive_read_end(col->archive, r);
	return rc;
}

static enum rc each_doc(struct collector *col, const char *table,
			bool (*take)(void *arg, const char *key, const struct json *doc), void *arg,
			struct err *reterr)
{
	struct archive_reader *r = NULL;
	enum rc rc = archive_read(col->archive, &r, reterr);

	if (rc == RC_OK)
		rc = r->docs(r->ctx, table, take, arg, reterr);
	archive_read_end(col->archive, r);
	return rc;
}

/* Documents to write in one transaction: an array of [table, key, document or null]. */
static enum rc put_docs(void *arg, struct archive_writer *w, struct err *reterr)
{
	const struct json *all = arg;

	for (const struct json *d = json_first(all); d; d = json_next(d)) {
		const struct json *doc = json_at(d, 2);
		enum rc rc = w->doc_put(w->ctx, json_str(json_at(d, 0)), json_str(json_at(d, 1)),
					json_kind(doc) == JSON_NULL ? NULL : doc, reterr);

		if (rc != RC_OK)
			return rc;
	}
	return RC_OK;
}

static void add_put(struct json *all, const char *table, const char *key, struct json *doc)
{
	struct json *d = json_array();

	json_append_str(d, table);
	json_append_str(d, key);
	json_append(d, doc ? doc : json_null());
	json_append(all, d);
}

static enum rc put_one(struct collector *col, const char *table, const char *key, struct json *doc,
		       struct err *reterr)
{
	struct json *all = json_array();
	enum rc rc;

	add_put(all, table, key, doc);
	rc = ingest_write(col->ingest, put_docs, all, reterr);
	json_free(all);
	return rc;
}

char *enrolment_unit(struct collector *col, const char *scope)
{
	struct json *unit = NULL;
	const char *name = NULL;
	char *s;

	if (get_doc(col, "unit", scope, &unit, NULL) == RC_OK)
		name = json_get_str(unit, "name");
	s = span_dup(span_str(name ? name : ""));
	json_free(unit);
	return s;
}

/* ---- codes ---- */

static void code_key(const char *scope, const char code[AUTHORITY_CODE],
		     char ret[CODEC_HEX_LEN(32) + 1])
{
	uint8_t hash[32];

	authority_code_hash(scope, code, hash);
	codec_hex(hash, sizeof(hash), ret);
}

static bool count_doc(void *arg, const char *key, const struct json *doc)
{
	size_t *n = arg;

	(void)key, (void)doc;
	++*n;
	return true;
}

/* A commune the catalogue no longer has (it closes what a newer list leaves out). */
static enum rc is_open(struct collector *col, const char *scope, struct err *reterr)
{
	struct json *unit = NULL;
	bool closed = false;
	enum rc rc = get_doc(col, "unit", scope, &unit, reterr);

	if (rc == RC_NOTFOUND) { /* no catalogue names it: it is what the slip says */
		err_clear(reterr);
		return RC_OK;
	}
	json_get_bool(unit, "closed", &closed);
	json_free(unit);
	return rc == RC_OK && closed ? err_set(reterr, RC_CONFLICT, NULL, "enrolment.unit_closed",
					       "scope", scope, NULL)
				     : rc;
}

/* Nobody joins a commune that ended; the PCs it had keep their codes (M18). */
static enum rc goes_on(struct collector *col, const char *scope, struct err *reterr)
{
	struct units u = {0};
	char into[ENTRY_SCOPE_LEN];
	enum rc rc = units_read(col, &u, reterr);

	if (rc != RC_OK)
		return rc;
	units_survivor(&u, scope, into);
	units_free(&u);
	return strcmp(into, scope) == 0 ? RC_OK
					: err_set(reterr, RC_CONFLICT, "M18", "units.ended",
						  "scope", scope, "into", into, NULL);
}

enum rc enrolment_code(struct collector *col, const char *scope, int64_t clerks,
		       char ret[AUTHORITY_CODE], struct err *reterr)
{
	char code[AUTHORITY_CODE], key[CODEC_HEX_LEN(32) + 1], codes[CODE_TABLE];
	struct json *doc;
	size_t n = 0;
	enum rc rc;

	if (!is_commune(scope))
		return err_set(reterr, RC_INPUT, "E14", "enrolment.scope", "scope", scope, NULL);
	rc = goes_on(col, scope, reterr);
	if (rc == RC_OK)
		rc = is_open(col, scope, reterr);
	if (rc != RC_OK)
		return rc;
	code_table(scope, codes);
	rc = each_doc(col, codes, count_doc, &n, reterr);
	if (rc == RC_OK && n >= LIMIT_ENROL_CODES)
		rc = err_num(reterr, RC_LIMIT, NULL, "enrolment.codes", "max", LIMIT_ENROL_CODES);
	if (rc != RC_OK)
		return rc;
	authority_code_new(code);
	code_key(scope, code, key);
	doc = json_object();
	json_set_str(doc, "scope", scope);
	json_set_int(doc, "clerks", clerks);
	json_set_int(doc, "at", clock_now_s(col->clock));
	json_set_str(doc, "device", "");
	rc = put_one(col, codes, key, doc, reterr);
	if (rc == RC_OK)
		memcpy(ret, code, AUTHORITY_CODE);
	crypt_wipe(code, sizeof(code));
	return rc;
}

/* ---- one request ---- */

struct ask {
	char scope[ENTRY_SCOPE_LEN];
	char code[AUTHORITY_CODE];
	const char *device_name;
	uint8_t device[CRYPT_PK_LEN], box[CRYPT_BOX_LEN];
	const struct json *clerks; /* verified */
	char code_key[CODEC_HEX_LEN(32) + 1];
	struct json *code_doc;
};

static enum rc bad(struct err *reterr, const char *name)
{
	return err_set(reterr, RC_INPUT, "P25", "enrolment.body", "name", name, NULL);
}

static bool is_text(const struct json *o, const char *name)
{
	const char *s = json_get_str(o, name);

	return s && strlen(s) < AUTHORITY_NAME;
}

/* The open line proves that this PC holds the clerk's key (P10). */
static enum rc check_clerk(const struct json *o, const char *scope,
			   const uint8_t device[CRYPT_PK_LEN], struct err *reterr)
{
	const char *open = json_get_str(o, "open");
	uint8_t key[CRYPT_PK_LEN];
	struct entry *e = NULL;
	enum rc rc;

	if (!get_key(o, "key", key) || !is_text(o, "name") || !is_text(o, "title") || !open)
		return bad(reterr, "clerks");
	rc = session_enrol_open(span_str(open), key, scope, device, &e, reterr);
	entry_free(e);
	return rc;
}

static enum rc read_ask(const struct json *body, const uint8_t device[CRYPT_PK_LEN],
			struct ask *ret, struct err *reterr)
{
	const struct json *dev = json_get_obj(body, "device");
	const char *scope = json_get_str(body, "scope"), *code = json_get_str(body, "code");
	int64_t v = 0;

	if (!json_get_int(body, "v", &v) || v != 1)
		return bad(reterr, "v");
	if (!scope)
		return bad(reterr, "scope");
	if (!is_commune(scope))
		return err_set(reterr, RC_INPUT, "E14", "enrolment.scope", "scope", scope, NULL);
	if (!code || !authority_code_read(span_str(code), ret->code))
		return err_set(reterr, RC_DENIED, "K12", "enrolment.code_wrong", NULL);
	if (!get_key(dev, "key", ret->device) || !is_text(dev, "name") ||
	    !get_key(dev, "box", ret->box) || memcmp(ret->device, device, CRYPT_PK_LEN) != 0)
		return bad(reterr, "device");
	ret->clerks = json_get_arr(body, "clerks");
	if (json_len(ret->clerks) > ENROLMENT_CLERKS)
		return bad(reterr, "clerks");
	for (const struct json *o = json_first(ret->clerks); o; o = json_next(o)) {
		enum rc rc = check_clerk(o, scope, device, reterr);

		if (rc != RC_OK)
			return rc;
	}
	memcpy(ret->scope, scope, ENTRY_SCOPE_LEN);
	ret->device_name = json_get_str(dev, "name");
	return crypt_pk_check(ret->device, reterr);
}

/* Is the code right, and this PC's or nobody's yet? */
static enum rc check_code(struct collector *col, struct ask *a, struct err *reterr)
{
	char device[CODEC_B64U_32 + 1], codes[CODE_TABLE];
	const char *bound;
	int64_t clerks = 0;
	enum rc rc;

	code_key(a->scope, a->code, a->code_key);
	code_table(a->scope, codes);
	rc = get_doc(col, codes, a->code_key, &a->code_doc, reterr);
	if (rc == RC_NOTFOUND)
		return err_set(reterr, RC_DENIED, "P25", "enrolment.code_wrong", NULL);
	if (rc != RC_OK)
		return rc;
	codec_b64u(a->device, CRYPT_PK_LEN, device);
	bound = json_get_str(a->code_doc, "device");
	json_get_int(a->code_doc, "clerks", &clerks);
	if (bound && bound[0] && strcmp(bound, device) != 0)
		return err_set(reterr, RC_DENIED, "P25", "enrolment.code_used", NULL);
	if ((int64_t)json_len(a->clerks) > clerks)
		return err_num(reterr, RC_DENIED, "P25", "enrolment.many_clerks", "max", clerks);
	return RC_OK;
}

/* ---- certs ---- */

static bool covered(struct collector *col, const uint8_t pk[CRYPT_PK_LEN], const char *scope)
{
	const struct ingest_snapshot *s = ingest_snapshot(col->ingest);
	bool yes = keyring_covers(s->keyring, pk, scope);

	ingest_snapshot_end(col->ingest, s);
	return yes;
}

/* P25: whoever revoked it in one commune trusts that machine no more; it would be given nothing in another (P7). */
static enum rc not_revoked(struct collector *col, const uint8_t pk[CRYPT_PK_LEN], struct err *reterr)
{
	const struct ingest_snapshot *s = ingest_snapshot(col->ingest);
	struct keyring_key k;
	bool revoked = keyring_find(s->keyring, pk, &k) && k.revoked_from >= 0;

	ingest_snapshot_end(col->ingest, s);
	return revoked ? err_set(reterr, RC_DENIED, "P25", "enrolment.revoked", NULL) : RC_OK;
}

static enum rc add_cert(struct issuer *i, const struct authority_cert *c, struct err *reterr)
{
	struct buf set;
	enum rc rc;

	buf_init(&set, LIMIT_ENTRY_PAYLOAD);
	rc = authority_cert_write(c, &set, reterr);
	if (rc == RC_OK)
		rc = issuer_add(i, ENTRY_CERT, span_buf(&set), NULL, reterr);
	buf_free(&set);
	return rc;
}

static enum rc add_person(struct collector *col, struct issuer *i, struct authority_cert *c,
			  const struct json *o, size_t *n, struct err *reterr)
{
	const char *name = json_get_str(o, "name"), *title = json_get_str(o, "title");

	if (!get_key(o, "key", c->key) || !name || strlen(name) >= AUTHORITY_NAME ||
	    (title && strlen(title) >= AUTHORITY_NAME))
		return err_set(reterr, RC_CORRUPT, NULL, "enrolment.doc", NULL);
	if (covered(col, c->key, c->scope[0]))
		return RC_OK;
	if (c->role == ROLE_DEVICE && not_revoked(col, c->key, reterr) != RC_OK)
		return RC_DENIED;
	memset(c->name, 0, sizeof(c->name));
	memset(c->title, 0, sizeof(c->title));
	memcpy(c->name, name, strlen(name));
	memcpy(c->title, title ? title : "", title ? strlen(title) : 0);
	++*n;
	return add_cert(i, c, reterr);
}

/* The certs of one commune: a device with its clerks, or one clerk. What has one already is left out. */
static enum rc certify_in(struct collector *col, struct crypt_signer *registrar, const char *scope,
			  const struct json *doc, struct authority_cert *c, struct err *reterr)
{
	bool pc = strcmp(json_get_str(doc, "what"), "device") == 0;
	struct issuer *i = NULL;
	size_t n = 0;
	enum rc rc = issuer_open(col, registrar, scope, &i, reterr);

	*c = (struct authority_cert){.role = ROLE_DEVICE, .nscope = 1};
	memcpy(c->scope[0], scope, ENTRY_SCOPE_LEN);
	if (rc == RC_OK && pc) {
		c->has_box = get_key(doc, "box", c->box);
		rc = add_person(col, i, c, doc, &n, reterr);
		c->has_box = false;
	}
	c->role = ROLE_CLERK;
	c->has_device = get_key(doc, pc ? "key" : "device", c->device);
	if (rc == RC_OK && !pc)
		rc = add_person(col, i, c, doc, &n, reterr);
	for (const struct json *o = json_first(json_get_arr(doc, "clerks")); o && rc == RC_OK;
	     o = json_next(o))
		rc = add_person(col, i, c, o, &n, reterr);
	if (rc == RC_OK && n > 0)
		rc = issuer_keep(i, NULL, reterr);
	issuer_free(i);
	return rc;
}

/*
 * Certify a waiting document, in the commune it asked for first, then in those that were merged
 * with it or of which it got a part (K14), and of a clerk in those her PC has, which may have gone over since she
 * asked (M22): by a registrar who serves all of them, or not at all.
 */
static enum rc certify(struct collector *col, struct crypt_signer *registrar,
		       const struct json *doc, struct err *reterr)
{
	const char *scope = json_get_str(doc, "scope");
	struct authority_cert *c = calloc(1, sizeof(*c));
	struct units_group group = {.n = 0};
	uint8_t device[CRYPT_PK_LEN];
	struct units u = {0};
	enum rc rc = c ? units_read(col, &u, reterr) : nomem(reterr);

	if (rc == RC_OK && (!json_get_str(doc, "what") || !is_commune(scope)))
		rc = err_set(reterr, RC_CORRUPT, NULL, "enrolment.doc", NULL);
	if (rc == RC_OK)
		rc = units_join(&u, scope, NULL, &group, reterr);
	if (rc == RC_OK && get_key(doc, "device", device))
		rc = units_add_pc(col, device, &group, reterr);
	if (rc == RC_OK)
		rc = units_served(col, crypt_signer_pk(registrar), &group, reterr);
	for (size_t i = 0; rc == RC_OK && i < group.n; i++)
		rc = certify_in(col, registrar, group.scope[i], doc, c, reterr);
	units_free(&u);
	free(c);
	return rc;
}

/* ---- asking ---- */

static struct json *wait_doc(struct collector *col, const struct ask *a)
{
	struct json *o = json_object(), *clerks = json_array();

	json_set_str(o, "what", "device");
	json_set_str(o, "scope", a->scope);
	set_key(o, "key", a->device);
	set_key(o, "box", a->box);
	json_set_str(o, "name", a->device_name);
	json_set_str(o, "title", "");
	json_set_int(o, "at", clock_now_s(col->clock));
	for (const struct json *c = json_first(a->clerks); c; c = json_next(c)) {
		struct json *one = json_object();

		json_set_str(one, "key", json_get_str(c, "key"));
		json_set_str(one, "name", json_get_str(c, "name"));
		json_set_str(one, "title", json_get_str(c, "title"));
		json_append(clerks, one);
	}
	json_set(o, "clerks", clerks);
	return o;
}

/* Bind the code to this PC and let the request wait; then certify it if somebody can. */
static enum rc take_ask(struct collector *col, struct ask *a, bool *retapproved, struct err *reterr)
{
	char device[CODEC_B64U_32 + 1], codes[CODE_TABLE];
	struct json *all = json_array(), *code = json_copy(a->code_doc);
	enum rc rc;

	code_table(a->scope, codes);
	codec_b64u(a->device, CRYPT_PK_LEN, device);
	json_set_str(code, "device", device);
	add_put(all, codes, a->code_key, code);
	add_put(all, waits, device, wait_doc(col, a));
	rc = ingest_write(col->ingest, put_docs, all, reterr);
	json_free(all);
	*retapproved = false;
	if (rc == RC_OK && col->registrar) {
		const struct enrolment_pick pick = {.typed = device};
		struct json *doc = NULL;

		rc = enrolment_approve(col, col->registrar, &pick, &doc, reterr);
		json_free(doc);
		*retapproved = rc == RC_OK;
	}
	return rc;
}

enum rc enrolment_answer(struct collector *col, const char *scope, bool approved, struct json **ret,
			 struct err *reterr)
{
	const struct ingest_snapshot *s = ingest_snapshot(col->ingest);
	struct json *o = json_object(), *lines = NULL;
	struct authority_log log;
	bool has_pin = keyring_log(s->keyring, &log) && log.has_pin;
	enum rc rc = enrolment_lines(col, s->keyring, scope, &lines, reterr);

	ingest_snapshot_end(col->ingest, s);
	json_set_int(o, "v", 1);
	json_set_str(o, "state", approved ? "approved" : "waiting");
	set_key(o, "root", col->root);
	set_key(o, "log", crypt_signer_pk(col->log));
	if (has_pin)
		set_key(o, "pin", log.pin);
	else
		json_set_str(o, "pin", "");
	if (rc == RC_OK) {
		json_set(o, "lines", lines);
		*ret = o;
	} else {
		json_free(o);
	}
	return rc;
}

enum rc enrolment_ask(struct collector *col, const struct json *body,
		      const uint8_t device[CRYPT_PK_LEN], struct json **ret, struct err *reterr)
{
	struct ask a = {.code_doc = NULL};
	bool approved = false;
	enum rc rc = read_ask(body, device, &a, reterr);

	if (rc == RC_OK)
		rc = check_code(col, &a, reterr);
	if (rc == RC_OK) {
		approved = covered(col, a.device, a.scope);
		if (!approved)
			rc = not_revoked(col, a.device, reterr);
		if (rc == RC_OK && !approved)
			rc = take_ask(col, &a, &approved, reterr);
	}
	if (rc == RC_OK)
		rc = enrolment_answer(col, a.scope, approved, ret, reterr);
	crypt_wipe(a.code, sizeof(a.code));
	json_free(a.code_doc);
	return rc;
}

/* ---- clerks that come with a sync ---- */

struct waiting {
	const char *device;
	size_t n;
};

static bool count_waiting(void *arg, const char *key, const struct json *doc)
{
	struct waiting *w = arg;
	const char *device = json_get_str(doc, "device");

	(void)key;
	w->n += device && strcmp(device, w->device) == 0;
	return true;
}

static struct json *clerk_doc(struct collector *col, const struct session_request *r,
			      const struct session_want_enrol *e, const char *device)
{
	struct json *o = json_object();

	json_set_str(o, "what", "clerk");
	json_set_str(o, "scope", r->scope);
	set_key(o, "key", e->key);
	json_set_str(o, "device", device);
	json_set_str(o, "name", e->name);
	json_set_str(o, "title", e->title);
	json_set_int(o, "at", clock_now_s(col->clock));
	return o;
}

enum rc enrolment_wait_clerks(struct collector *col, const struct session_request *r,
			      struct err *reterr)
{
	char dev[CODEC_B64U_32 + 1], key[CODEC_B64U_32 + 1];
	struct waiting w = {dev, 0};
	struct json *all = json_array();
	enum rc rc;

	codec_b64u(r->device, CRYPT_PK_LEN, dev);
	rc = each_doc(col, waits, count_waiting, &w, reterr);
	for (size_t i = 0; rc == RC_OK && i < r->nenrol && w.n < LIMIT_ENROL_WAIT; i++) {
		struct json *there = NULL;

		codec_b64u(r->enrol[i].key, CRYPT_PK_LEN, key);
		if (covered(col, r->enrol[i].key, r->scope))
			continue;
		rc = get_doc(col, waits, key, &there, reterr);
		json_free(there);
		if (rc != RC_NOTFOUND)
			continue;
		rc = RC_OK;
		add_put(all, waits, key, clerk_doc(col, r, &r->enrol[i], dev));
		w.n++;
	}
	if (rc == RC_OK && json_len(all) > 0)
		rc = ingest_write(col->ingest, put_docs, all, reterr);
	json_free(all);
	return rc;
}

/* ---- approving ---- */

enum rc enrolment_request(const struct json *doc, char ret[ENROLMENT_REQUEST], struct err *reterr)
{
	struct json *asks = json_copy(doc);
	uint8_t hash[CRYPT_HASH_LEN];
	struct buf text;
	enum rc rc;

	json_remove(asks, "at"); /* a PC asks again and again until it is let in */
	buf_init(&text, LIMIT_JSON_TEXT);
	rc = json_write(asks, false, &text, reterr);
	if (rc == RC_OK) {
		crypt_sha256(text.p, text.len, hash);
		codec_b64u(hash, 16, ret);
	}
	buf_free(&text);
	json_free(asks);
	return rc;
}

struct match {
	const struct enrolment_pick *pick;
	char digits[AUTHORITY_FINGERPRINT]; /* typed without spaces, or "" */
	size_t n;
	struct json *doc;
	char key[CODEC_B64U_32 + 1];
};

static void only_digits(const char *s, char ret[AUTHORITY_FINGERPRINT])
{
	size_t n = 0;

	for (; *s && n + 1 < AUTHORITY_FINGERPRINT; s++)
		if (*s != ' ')
			ret[n++] = *s;
	ret[n] = '\0';
}

static bool match_doc(void *arg, const char *key, const struct json *doc)
{
	struct match *m = arg;
	const struct enrolment_pick *p = m->pick;
	char fpr[AUTHORITY_FINGERPRINT], digits[AUTHORITY_FINGERPRINT] = "";
	uint8_t pk[CRYPT_PK_LEN];

	if (p->sees && !p->sees(p->arg, json_get_str(doc, "scope")))
		return true;
	if (get_key(doc, "key", pk)) {
		authority_fingerprint(pk, fpr);
		only_digits(fpr, digits);
	}
	if (strncmp(key, p->typed, strlen(p->typed)) != 0 &&
	    strncmp(digits, m->digits, strlen(m->digits)) != 0)
		return true;
	if (m->n++ == 0 && strlen(key) < sizeof(m->key)) {
		memcpy(m->key, key, strlen(key) + 1);
		m->doc = json_copy(doc);
	}
	return m->n < 2;
}

static enum rc find_waiting(struct collector *col, struct match *m, struct err *reterr)
{
	const char *typed = m->pick->typed;
	enum rc rc;

	if (strlen(typed) < 5)
		return err_set(reterr, RC_INPUT, NULL, "enrolment.typed", NULL);
	only_digits(typed, m->digits);
	rc = each_doc(col, waits, match_doc, m, reterr);
	if (rc == RC_OK && m->n == 0)
		return err_set(reterr, RC_NOTFOUND, NULL, "enrolment.not_waiting", "key", typed, NULL);
	if (rc == RC_OK && m->n > 1)
		return err_set(reterr, RC_CONFLICT, NULL, "enrolment.ambiguous", "key", typed, NULL);
	return rc == RC_OK && !m->doc ? nomem(reterr) : rc;
}

/* Whoever holds the code may ask for something else at any time, under the same key. */
static enum rc check_shown(const struct match *m, struct err *reterr)
{
	char request[ENROLMENT_REQUEST];
	enum rc rc = RC_OK;

	if (m->pick->request)
		rc = enrolment_request(m->doc, request, reterr);
	if (rc == RC_OK && m->pick->request && strcmp(request, m->pick->request) != 0)
		rc = err_set(reterr, RC_CONFLICT, NULL, "enrolment.changed", NULL);
	return rc;
}

enum rc enrolment_approve(struct collector *col, struct crypt_signer *registrar,
			  const struct enrolment_pick *pick, struct json **ret, struct err *reterr)
{
	struct match m = {.pick = pick};
	enum rc rc = find_waiting(col, &m, reterr);

	if (rc == RC_OK)
		rc = check_shown(&m, reterr);
	if (rc == RC_OK)
		rc = certify(col, registrar, m.doc, reterr);
	if (rc == RC_OK)
		rc = put_one(col, waits, m.key, NULL, reterr);
	if (rc == RC_OK)
		*ret = m.doc;
	else
		json_free(m.doc);
	return rc;
}
