/*
 * op staff list: the accounts of the centre: whose key each is, role, communes, where the key lies (custody, K2), and
 * whether it is revoked. Reads only.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "server-stub/account.h"
#include "server-stub/collector.h"
#include "server-stub/ops.h"

static enum rc add(const struct keyring *ring, const struct keyring_key *k,
		   const struct json *accounts, struct json *all, struct err *reterr)
{
	const struct keyring_cert *c = k->cert ? k->cert : k->seen;
	char key[CODEC_B64U_32 + 1], fpr[AUTHORITY_FINGERPRINT];
	struct keyring_scopes s = {0};
	struct json *o;
	const char *name;
	bool wide;
	enum rc rc = keyring_scopes(ring, k->key, &s, reterr);

	if (rc != RC_OK)
		return rc;
	o = json_object();
	wide = keyring_covers(ring, k->key, "*");
	codec_b64u(k->key, CRYPT_PK_LEN, key);
	authority_fingerprint(k->key, fpr);
	name = json_get_str(accounts, key);
	json_set_str(o, "account", name ? name : "");
	json_set_str(o, "name", c->name);
	json_set_str(o, "title", c->title);
	json_set_str(o, "role", authority_role_name(k->role));
	json_set_bool(o, "all", wide);
	json_set_int(o, "communes", wide ? 0 : (int64_t)s.n);
	json_set_str(o, "custody", c->collector_custody ? "collector" : "own");
	json_set_str(o, "key", key);
	json_set_str(o, "fingerprint", fpr);
	json_set_bool(o, "admitted", k->admitted);
	if (k->revoked_from >= 0)
		json_set_int(o, "revoked_from", k->revoked_from);
	json_append(all, o);
	keyring_scopes_free(&s);
	return RC_OK;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct collector *col = call->app;
	struct json *accounts = NULL, *all = json_array();
	const struct ingest_snapshot *snap;
	struct keyring_key k;
	enum rc rc = collector_ready(col, reterr);

	(void)in;
	if (rc == RC_OK)
		rc = account_names(col->archive, &accounts, reterr);
	if (rc == RC_OK) {
		snap = ingest_snapshot(col->ingest);
		for (size_t i = 0; rc == RC_OK && keyring_at(snap->keyring, i, &k); i++)
			if (k.seen && keyring_central(snap->keyring, k.key))
				rc = add(snap->keyring, &k, accounts, all, reterr);
		ingest_snapshot_end(col->ingest, snap);
	}
	json_free(accounts);
	if (rc != RC_OK) {
		json_free(all);
		return rc;
	}
	*ret = json_object();
	json_set(*ret, "staff", all);
	return RC_OK;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	for (const struct json *o = json_first(json_get_arr(out, "staff")); o; o = json_next(o)) {
		const char *account = json_get_str(o, "account");
		struct buf role;

		buf_init(&role, ERR_KEY_LEN);
		buf_addf(&role, "keys.role.%s", json_get_str(o, "role"));
		lang_format(lang, text, json_get(o, "revoked_from") ? "staff.line_revoked" : "staff.line",
			    "as", account[0] ? account : "—", "name", json_get_str(o, "name"), "role",
			    lang_text(lang, (const char *)role.p), "fingerprint",
			    json_get_str(o, "fingerprint"), NULL);
		buf_add_char(text, '\n');
		buf_free(&role);
	}
}

const struct op op_staff_list = {.name = "staff list",
				 .summary = "staff.list_summary",
				 .flags = OP_READ,
				 .run = run,
				 .print = print};
