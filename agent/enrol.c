/*
 * enrol: ask a collector to know this PC and its clerks. Clauses P25, K10-K12.
 * Not here: making keys (agent/keys), the command (op_enrol).
 */
#include "agent/enrol.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "sync/session.h"

enum { ANSWER_MAX = 4 * 1024 * 1024 };

static const char *const state_name[] = {"approved", "waiting", "offline"};

const char *enrol_state_name(enum enrol_state s)
{
	return state_name[s];
}

/* What a slip may say; the settings have the same names. */
static const struct {
	const char *name;
	bool required;
} slip_member[] = {
    {"url", true},   {"scope", true}, {"code", true}, {"unit", false},
    {"root", false}, {"log", false},  {"pin", false}, {"root_fingerprint", false},
    {"box", false},
};
enum { SLIP_MEMBERS = sizeof(slip_member) / sizeof(slip_member[0]) };

/* The fingerprint that somebody typed (K11): its groups run together, or parted by blanks, dashes or dots. */
static bool read_fingerprint(const char *typed, char ret[AUTHORITY_FINGERPRINT])
{
	size_t n = 0;

	for (; *typed; typed++) {
		if (strchr(" -.", *typed))
			continue;
		if (*typed < '0' || *typed > '9' || n == AUTHORITY_FINGERPRINT - 1)
			return false;
		ret[n++] = *typed;
		if (n % 6 == 5 && n < AUTHORITY_FINGERPRINT - 1)
			ret[n++] = ' ';
	}
	ret[n] = '\0';
	return n == AUTHORITY_FINGERPRINT - 1;
}

/* The code that somebody typed (K12), blanks in it or not. */
static bool read_code(const char *typed, char ret[AUTHORITY_CODE])
{
	char some[2 * AUTHORITY_CODE];
	size_t n = 0;

	for (; *typed && n < sizeof(some); typed++)
		if (*typed != ' ')
			some[n++] = *typed;
	return authority_code_read(span_of(some, n), ret);
}

/* The value of a member of a slip as it is kept. */
static enum rc slip_value(const char *name, const char *typed, char code[AUTHORITY_CODE],
			  char fingerprint[AUTHORITY_FINGERPRINT], const char **ret,
			  struct err *reterr)
{
	*ret = typed;
	if (strcmp(name, "code") == 0) {
		*ret = code;
		return read_code(typed, code) ? RC_OK
					      : err_set(reterr, RC_INPUT, "K12", "enrol.code", NULL);
	}
	if (strcmp(name, "root_fingerprint") == 0) {
		*ret = fingerprint;
		return read_fingerprint(typed, fingerprint)
			   ? RC_OK
			   : err_set(reterr, RC_INPUT, "K11", "enrol.fingerprint_form", NULL);
	}
	if (strcmp(name, "scope") == 0 && (strcmp(typed, "*") == 0 || !entry_is_scope(span_str(typed))))
		return err_set(reterr, RC_INPUT, "E14", "enrolment.scope", "scope", typed, NULL);
	return RC_OK;
}

enum rc enrol_keep_slip(struct agent *agent, const struct json *slip, struct err *reterr)
{
	char code[AUTHORITY_CODE], fingerprint[AUTHORITY_FINGERPRINT];
	const char *v[SLIP_MEMBERS];
	enum rc rc = RC_OK;

	if (!json_get_str(slip, "root") && !json_get_str(slip, "root_fingerprint"))
		return err_set(reterr, RC_INPUT, NULL, "enrol.slip", "name", "root", NULL);
	for (size_t i = 0; rc == RC_OK && i < SLIP_MEMBERS; i++) {
		v[i] = json_get_str(slip, slip_member[i].name);
		if (v[i])
			rc = slip_value(slip_member[i].name, v[i], code, fingerprint, &v[i], reterr);
		else if (slip_member[i].required)
			rc = err_set(reterr, RC_INPUT, NULL, "enrol.slip", "name", slip_member[i].name, NULL);
	}
	for (size_t i = 0; rc == RC_OK && i < SLIP_MEMBERS; i++) /* all of it, or nothing */
		if (v[i])
			rc = store_set_setting(agent->store, slip_member[i].name, v[i], reterr);
	return rc;
}

bool enrol_done(struct agent *agent)
{
	struct crypt_signer *device = NULL;
	struct keyring *k = store_keyring(agent->store);
	struct keyring_key key;

	return k && keys_device(agent->keys, false, &device, NULL) == RC_OK &&
	       keyring_find(k, crypt_signer_pk(device), &key) && key.admitted;
}

/* ---- the request ---- */

static enum rc setting_into(struct agent *agent, struct json *o, const char *name,
			    struct err *reterr)
{
	char *v = NULL;
	enum rc rc = store_setting(agent->store, name, &v, reterr);

	if (rc == RC_OK && !v)
		rc = err_set(reterr, RC_NOTFOUND, NULL, "sync.not_enrolled", NULL);
	if (rc == RC_OK)
		json_set_str(o, name, v);
	free(v);
	return rc;
}

static void set_key(struct json *o, const char *name, const uint8_t pk[32])
{
	char text[CODEC_B64U_32 + 1];

	codec_b64u(pk, 32, text);
	json_set_str(o, name, text);
}

static enum rc add_device(struct agent *agent, struct json *body, struct err *reterr)
{
	struct crypt_signer *device = NULL;
	struct json *o = json_object();
	uint8_t box[CRYPT_BOX_LEN];
	char *name = NULL;
	enum rc rc = keys_device(agent->keys, false, &device, reterr);

	if (rc == RC_OK)
		rc = crypt_box_pk(crypt_signer_pk(device), box, reterr);
	if (rc == RC_OK)
		rc = store_setting(agent->store, "pc", &name, reterr);
	if (rc == RC_OK) {
		set_key(o, "key", crypt_signer_pk(device));
		json_set_str(o, "name", name ? name : "");
		set_key(o, "box", box);
		json_set(body, "device", o);
		o = NULL;
	}
	json_free(o);
	free(name);
	return rc;
}

/* Clerks that wait for a cert, with the line that proves their key (P10). */
static enum rc add_clerks(struct agent *agent, const char *scope, struct json *body,
			  struct err *reterr)
{
	const struct session_client_store *st;
	struct crypt_signer *device = NULL;
	struct session_enrol *e;
	struct json *all;
	size_t n = 0;
	enum rc rc = keys_device(agent->keys, false, &device, reterr);

	if (rc != RC_OK)
		return rc;
	e = calloc(SESSION_ENROLS, sizeof(*e));
	if (!e)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	all = json_array();
	st = store_session(agent->store, crypt_signer_pk(device));
	rc = st->enrol(st->ctx, scope, e, &n, reterr);
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		struct json *o = json_object();

		set_key(o, "key", e[i].key);
		json_set_str(o, "name", e[i].name);
		json_set_str(o, "title", e[i].title);
		json_set_span(o, "open", e[i].open);
		json_append(all, o);
	}
	st->release(st->ctx);
	json_set(body, "clerks", all);
	free(e);
	return rc;
}

enum rc enrol_request(struct agent *agent, struct buf *out, struct err *reterr)
{
	struct json *body = json_object();
	enum rc rc;

	json_set_int(body, "v", 1);
	rc = setting_into(agent, body, "scope", reterr);
	if (rc == RC_OK)
		rc = setting_into(agent, body, "code", reterr);
	if (rc == RC_OK)
		rc = add_device(agent, body, reterr);
	if (rc == RC_OK)
		rc = add_clerks(agent, json_get_str(body, "scope"), body, reterr);
	if (rc == RC_OK)
		rc = json_write(body, false, out, reterr);
	json_free(body);
	return rc;
}

/* ---- the answer ---- */

/* The root told must be the one on the slip, by key or by fingerprint. *retknown: by key. */
static enum rc is_root(struct agent *agent, const char *root, uint8_t retpk[CRYPT_PK_LEN],
		       bool *retknown, struct err *reterr)
{
	char *known = NULL, *fpr = NULL, told[AUTHORITY_FINGERPRINT];
	bool same = false;
	enum rc rc = store_setting(agent->store, "root", &known, reterr);

	if (rc == RC_OK)
		rc = store_setting(agent->store, "root_fingerprint", &fpr, reterr);
	if (rc == RC_OK && root && codec_b64u_32(span_str(root), retpk)) {
		authority_fingerprint(retpk, told);
		same = known ? strcmp(known, root) == 0 : fpr && strcmp(fpr, told) == 0;
	}
	if (rc == RC_OK && !same)
		rc = err_set(reterr, RC_REFUSED, "P25", "enrol.root", NULL);
	*retknown = known != NULL;
	free(known);
	free(fpr);
	return rc;
}

static enum rc check_root(struct agent *agent, const char *root, struct err *reterr)
{
	uint8_t pk[CRYPT_PK_LEN];
	bool known;
	enum rc rc = is_root(agent, root, pk, &known, reterr);

	return rc == RC_OK && !known ? store_set_setting(agent->store, "root", root, reterr) : rc;
}

enum rc enrol_root(struct agent *agent, struct span body, uint8_t retpk[CRYPT_PK_LEN], bool *ret,
		   struct err *reterr)
{
	struct json *a = NULL;
	bool known;
	enum rc rc = json_parse(body, &json_rules_tree, &a, NULL);

	if (rc == RC_OK)
		rc = is_root(agent, json_get_str(a, "root"), retpk, &known, reterr);
	else if (rc == RC_REFUSED)
		rc = err_set(reterr, RC_REFUSED, "P26", "session.no_answer", NULL);
	*ret = rc == RC_OK;
	json_free(a);
	return rc;
}

static enum rc trust_lines(struct agent *agent, const struct json *answer, struct err *reterr)
{
	const struct json *lines = json_get_arr(answer, "lines");
	const char *log = json_get_str(answer, "log");
	uint8_t key[CRYPT_PK_LEN];
	bool named = log && codec_b64u_32(span_str(log), key);
	struct buf b;
	enum rc rc;

	buf_init(&b, ANSWER_MAX);
	for (const struct json *l = json_first(lines); l; l = json_next(l)) {
		buf_add_str(&b, json_str(l) ? json_str(l) : "");
		buf_add_char(&b, '\n');
	}
	rc = buf_check(&b, reterr);
	if (rc == RC_OK && b.len > 0)
		rc = store_trust(agent->store, span_buf(&b), named ? key : NULL, reterr);
	buf_free(&b);
	return rc;
}

enum rc enrol_take(struct agent *agent, struct span body, enum enrol_state *ret,
		   struct err *reterr)
{
	struct json *a = NULL;
	const char *state;
	enum rc rc;

	if (json_parse(body, &json_rules_tree, &a, NULL) != RC_OK || !json_get_str(a, "state")) {
		json_free(a);
		return err_set(reterr, RC_UNAVAILABLE, "P26", "session.no_answer", NULL);
	}
	state = json_get_str(a, "state");
	rc = check_root(agent, json_get_str(a, "root"), reterr);
	if (rc == RC_OK)
		rc = trust_lines(agent, a, reterr);
	if (rc == RC_OK && strcmp(state, "approved") == 0 && !enrol_done(agent))
		rc = err_set(reterr, RC_REFUSED, "P25", "enrol.no_cert", NULL);
	if (rc == RC_OK)
		*ret = strcmp(state, "approved") == 0 ? ENROL_APPROVED : ENROL_WAITING;
	json_free(a);
	return rc;
}

static void lock(const struct op_call *call)
{
	if (call)
		op_lock(call);
}

static void unlock(const struct op_call *call)
{
	if (call)
		op_unlock(call);
}

enum rc enrol_ask(struct agent *agent, struct transport *t, const struct op_call *call,
		  enum enrol_state *ret, struct err *reterr)
{
	struct transport_req req = {.method = "POST",
				    .path = "/v1/enrol",
				    .type = "application/json",
				    .upload_offset = -1,
				    .range_from = -1,
				    .max = ANSWER_MAX};
	struct transport_res res;
	struct buf body;
	enum rc rc;

	buf_init(&body, LIMIT_JSON_TEXT);
	lock(call);
	rc = enrol_request(agent, &body, reterr);
	unlock(call);
	req.body = span_buf(&body);
	if (rc == RC_OK)
		rc = t->exchange(t->ctx, &req, &res, reterr);
	buf_free(&body);
	if (rc != RC_OK)
		return rc;
	rc = transport_answer(&res, "application/json", reterr);
	if (rc == RC_OK) {
		lock(call);
		rc = enrol_take(agent, span_buf(&res.body), ret, reterr);
		unlock(call);
	}
	buf_free(&res.body);
	return rc;
}
