/*
 * op keys: every key the log certifies: whose it is, for which communes, on which PC, and from
 * where on it is revoked. What revoke and a phone call need. Clauses K2, K11, A6.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/num.h"
#include "server-stub/ops.h"
#include "server-stub/collector.h"
#include "server-stub/contacted.h"
#include "server-stub/who.h"

static const char *const roles[] = {"registrar", "verifier", "province_verifier", "reporter",
				    "auditor",   "clerk",    "device",            NULL};
static const struct op_arg args[] = {
    {.name = "scope", .type = OP_STRING, .help = "act.arg.scope", .meta = "CODE"},
    {.name = "role",
     .type = OP_STRING,
     .help = "keys.arg.role",
     .meta = "ROLE",
     .choice = roles},
};

/* A key of a commune that whoever asks may see; of those of the centre everybody knows. */
static bool seen(const struct op_call *call, const struct keyring_scopes *s)
{
	bool any = s->n == 0;

	for (size_t i = 0; !any && i < s->n; i++)
		any = who_sees(call, s->scope[i]);
	return any;
}

static bool covers(const struct keyring_scopes *s, const char *scope)
{
	for (size_t i = 0; scope && i < s->n; i++)
		if (strcmp(s->scope[i], scope) == 0)
			return true;
	return !scope;
}

/* Of a key whose certs do not count, what the newest of them says. */
static enum rc scopes_of(const struct keyring *ring, const struct keyring_key *k,
			 struct keyring_scopes *ret, struct err *reterr)
{
	struct keyring_scopes s = {0};
	enum rc rc = keyring_scopes(ring, k->key, &s, reterr);

	if (rc == RC_OK && s.n == 0 && k->seen) {
		keyring_scopes_free(&s);
		s.scope = calloc(k->seen->nscope + 1, sizeof(*s.scope));
		if (!s.scope)
			return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
		s.n = k->seen->nscope;
		memcpy(s.scope, k->seen->scope, s.n * sizeof(*s.scope));
	}
	if (rc == RC_OK)
		*ret = s;
	return rc;
}

static void put_device(const struct keyring *ring, const struct keyring_cert *c, struct json *o)
{
	char fingerprint[AUTHORITY_FINGERPRINT];
	struct keyring_key pc;

	if (!c->has_device)
		return;
	authority_fingerprint(c->device, fingerprint);
	json_set_str(o, "device", fingerprint);
	if (keyring_find(ring, c->device, &pc) && pc.cert)
		json_set_str(o, "device_name", pc.cert->name);
}

struct last {
	int64_t index, at;
};

static bool take_last(void *arg, const struct archive_row *row)
{
	struct last *l = arg;

	l->index = row->index;
	l->at = row->received_at;
	return true;
}

/*
 * Where its newest line stands and when that came: what "revoke from there" needs. r NULL: not
 * asked for; it is read row by row, so of one commune only.
 */
static enum rc put_last(struct archive_reader *r, const uint8_t key[CRYPT_PK_LEN], struct json *o,
			struct err *reterr)
{
	struct last l = {.index = -1};
	enum rc rc = r ? r->key_rows(r->ctx, key, take_last, &l, reterr) : RC_OK;

	if (rc == RC_OK && l.index >= 0) {
		json_set_int(o, "last_index", l.index);
		json_set_int(o, "last_at", l.at);
	}
	return rc;
}

/* Of a PC, when it was last in contact, whether it brought anything or not. */
static enum rc put_contact(struct collector *col, struct archive_reader *r, const struct keyring_key *k,
			   struct json *o, struct err *reterr)
{
	int64_t at = 0;
	enum rc rc = k->role == ROLE_DEVICE ? contacted_at(col->contacted, r, k->key, &at, reterr) : RC_OK;

	if (at > 0)
		json_set_int(o, "contact_at", at);
	return rc;
}

static struct json *key_json(const struct keyring *ring, const struct keyring_key *k,
			     const struct keyring_cert *c, const struct keyring_scopes *s)
{
	char fingerprint[AUTHORITY_FINGERPRINT], key[CODEC_B64U_32 + 1];
	struct json *o = json_object(), *scopes = json_array();

	authority_fingerprint(k->key, fingerprint);
	codec_b64u(k->key, CRYPT_PK_LEN, key);
	json_set_str(o, "fingerprint", fingerprint);
	json_set_str(o, "key", key);
	json_set_str(o, "role", authority_role_name(k->role));
	json_set_str(o, "name", c->name);
	json_set_str(o, "title", c->title);
	for (size_t i = 0; i < s->n; i++)
		json_append_str(scopes, s->scope[i]);
	json_set(o, "scope", scopes);
	put_device(ring, c, o);
	json_set_bool(o, "admitted", k->admitted);
	if (k->revoked_from >= 0)
		json_set_int(o, "revoked_from", k->revoked_from);
	return o;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct collector *col = call->app;
	const struct ingest_snapshot *snap = ingest_snapshot(col->ingest);
	const char *scope = json_get_str(in, "scope"), *role = json_get_str(in, "role");
	struct json *all = json_array();
	struct archive_reader *r = NULL;
	struct keyring_key k;
	enum rc rc = archive_read(col->archive, &r, reterr);

	for (size_t i = 0; rc == RC_OK && keyring_at(snap->keyring, i, &k); i++) {
		const struct keyring_cert *c = k.cert ? k.cert : k.seen;
		struct keyring_scopes s = {0};

		if (!c || (role && strcmp(role, authority_role_name(k.role)) != 0))
			continue;
		rc = scopes_of(snap->keyring, &k, &s, reterr);
		if (rc == RC_OK && covers(&s, scope) && seen(call, &s)) {
			struct json *o = key_json(snap->keyring, &k, c, &s);

			rc = put_last(scope ? r : NULL, k.key, o, reterr);
			if (rc == RC_OK)
				rc = put_contact(col, r, &k, o, reterr);
			json_append(all, o);
		}
		keyring_scopes_free(&s);
	}
	archive_read_end(col->archive, r);
	ingest_snapshot_end(col->ingest, snap);
	if (rc != RC_OK) {
		json_free(all);
		return rc;
	}
	*ret = json_object();
	json_set(*ret, "keys", all);
	return RC_OK;
}

/* Message key of a role's name; the table is complete (K3). */
static const char *word_of(const char *role)
{
	static const char *const word[] = {
	    "keys.role.registrar", "keys.role.verifier", "keys.role.province_verifier",
	    "keys.role.reporter",  "keys.role.auditor",  "keys.role.clerk",
	    "keys.role.device"};

	for (size_t i = 0; roles[i]; i++)
		if (strcmp(roles[i], role) == 0)
			return word[i];
	return "keys.role.clerk";
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	for (const struct json *k = json_first(json_get_arr(out, "keys")); k; k = json_next(k)) {
		char from[NUM_I64_LEN];
		int64_t at;

		lang_format(lang, text, "keys.line", "fingerprint", json_get_str(k, "fingerprint"),
			    "role", lang_text(lang, word_of(json_get_str(k, "role"))), "name",
			    json_get_str(k, "name"), NULL);
		if (json_get_int(k, "revoked_from", &at)) {
			num_str(at, from);
			buf_add_str(text, "  ");
			lang_format(lang, text, "keys.revoked", "from", from, NULL);
		}
		buf_add_char(text, '\n');
	}
}

const struct op op_keys = {
    "keys", "keys.summary", OP_READ, args, sizeof(args) / sizeof(args[0]), run, print, NULL};
