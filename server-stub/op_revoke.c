/*
 * op revoke: from a log index on, a key's entries are held for review (A6). Without --from
 * it is now: everything logged so far stays good. Revoking a PC covers its clerks. Of a key that has
 * several communes (K14) it is written in each of them; no PC is trusted in one and not in another (P7).
 */
#include <string.h>

#include "lib/codec.h"
#include "server-stub/account.h"
#include "server-stub/act.h"
#include "server-stub/ops.h"
#include "server-stub/who.h"
#include "sync/authority.h"

static const struct op_arg args[] = {
    {.name = "key",
     .type = OP_STRING,
     .flags = OP_REQUIRED | OP_POSITIONAL,
     .help = "revoke.arg.key"},
    {.name = "from",
     .type = OP_INT,
     .help = "revoke.arg.from",
     .min = 0,
     .max = INT64_C(9007199254740991)},
    {.name = "reason",
     .type = OP_STRING,
     .flags = OP_REQUIRED,
     .help = "act.arg.reason",
     .meta = "TEXT"},
    ACT_ARGS,
};

/* By key text or by fingerprint digits (spaces do not matter). */
static bool key_is(const struct keyring_key *k, const char *typed)
{
	char fpr[AUTHORITY_FINGERPRINT], text[CODEC_B64U_32 + 1];
	const char *a = fpr, *b = typed;

	codec_b64u(k->key, CRYPT_PK_LEN, text);
	if (strcmp(text, typed) == 0)
		return true;
	authority_fingerprint(k->key, fpr);
	for (; *a || *b; a += *a != 0, b += *b != 0) {
		while (*a == ' ')
			a++;
		while (*b == ' ')
			b++;
		if (*a != *b)
			return false;
	}
	return true;
}

/* Also of a key all of whose communes one does not see. */
static enum rc no_key(const char *typed, struct err *reterr)
{
	return err_set(reterr, RC_NOTFOUND, NULL, "revoke.no_key", "key", typed, NULL);
}

/* What was typed: the name of an account, a key, or the digits of its fingerprint. */
static enum rc find_key(struct collector *col, const struct keyring *ring, const char *typed,
			struct keyring_key *ret, struct err *reterr)
{
	uint8_t key[CRYPT_PK_LEN];
	struct keyring_key k;

	if (account_key(col->archive, typed, key, NULL) == RC_OK && keyring_find(ring, key, ret))
		return RC_OK;
	for (size_t i = 0; keyring_at(ring, i, &k); i++)
		if (key_is(&k, typed)) {
			*ret = k;
			return RC_OK;
		}
	return no_key(typed, reterr);
}

/*
 * Where it is written: of a clerk or PC in each commune it has (K14) that the caller sees, of other keys in "*". Of a
 * PC of which he sees some that is enough: it is given nothing anywhere (P7), the rest is for who sees it. Only where
 * no revoke holds from there or earlier (A6: the lowest wins), so that what was cut off half-way is finished by the
 * same command.
 */
static enum rc scopes_of(const struct op_call *call, const char *typed, const struct keyring *ring,
			 const struct keyring_key *k, int64_t from, struct json *ret, struct err *reterr)
{
	struct keyring_scopes s = {0};
	bool local = k->role == ROLE_CLERK || k->role == ROLE_DEVICE, seen = false;
	enum rc rc = keyring_scopes(ring, k->key, &s, reterr);

	for (size_t i = 0; rc == RC_OK && local && i < s.n; i++) {
		int64_t low = keyring_revoked(ring, k->key, s.scope[i]);

		if (!who_sees(call, s.scope[i]))
			continue;
		seen = true;
		if (low < 0 || low > from)
			json_append_str(ret, s.scope[i]);
	}
	if (rc == RC_OK && local && s.n > 0 && !seen)
		rc = no_key(typed, reterr);
	if (rc == RC_OK && (!local || s.n == 0) && (k->revoked_from < 0 || k->revoked_from > from))
		json_append_str(ret, "*");
	keyring_scopes_free(&s);
	if (rc == RC_OK && json_len(ret) == 0)
		rc = err_num(reterr, RC_CONFLICT, "A6", "revoke.already", "from", k->revoked_from);
	return rc;
}

static enum rc tree_size(struct collector *col, int64_t *ret, struct err *reterr)
{
	struct archive_reader *r = NULL;
	struct buf note;
	int64_t at;
	enum rc rc = archive_read(col->archive, &r, reterr);

	if (rc != RC_OK)
		return rc;
	buf_init(&note, NOTE_TEXT_MAX);
	rc = r->head(r->ctx, ret, &note, &at, reterr);
	buf_free(&note);
	archive_read_end(col->archive, r);
	return rc;
}

static enum rc seal_one(struct collector *col, struct crypt_signer *signer, const char *scope,
			struct span set, int64_t *retindex, struct err *reterr)
{
	struct issuer *issuer = NULL;
	enum rc rc = issuer_open(col, signer, scope, &issuer, reterr);

	if (rc == RC_OK)
		rc = issuer_add(issuer, ENTRY_REVOKE, set, NULL, reterr);
	if (rc == RC_OK)
		rc = issuer_keep(issuer, retindex, reterr);
	issuer_free(issuer);
	return rc;
}

/* *retindex: of the first. */
static enum rc seal(struct collector *col, const struct json *in, const struct keyring_key *k,
		    int64_t from, const struct json *scopes, int64_t *retindex, struct err *reterr)
{
	struct crypt_signer *signer = NULL;
	struct buf set;
	enum rc rc = act_signer(col, in, &signer, reterr);

	buf_init(&set, 16384);
	if (rc == RC_OK)
		rc = authority_revoke_write(k->key, from, json_get_str(in, "reason"), &set, reterr);
	for (const struct json *s = json_first(scopes); rc == RC_OK && s; s = json_next(s)) {
		int64_t index = 0;

		rc = seal_one(col, signer, json_str(s), span_buf(&set), &index, reterr);
		if (s == json_first(scopes))
			*retindex = index;
	}
	crypt_signer_free(signer);
	buf_free(&set);
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	struct collector *col = call->app;
	const struct ingest_snapshot *snap = ingest_snapshot(col->ingest);
	struct json *scopes = json_array();
	char fpr[AUTHORITY_FINGERPRINT];
	struct keyring_key k;
	int64_t from = 0, index = 0;
	enum rc rc = find_key(col, snap->keyring, json_get_str(in, "key"), &k, reterr);

	if (rc == RC_OK && !json_get_int(in, "from", &from))
		rc = tree_size(col, &from, reterr);
	if (rc == RC_OK)
		rc = scopes_of(call, json_get_str(in, "key"), snap->keyring, &k, from, scopes, reterr);
	if (rc == RC_OK)
		rc = seal(col, in, &k, from, scopes, &index, reterr);
	if (rc == RC_OK) {
		authority_fingerprint(k.key, fpr);
		*ret = json_object();
		json_set_str(*ret, "fingerprint", fpr);
		json_set_str(*ret, "name", k.cert ? k.cert->name : "");
		json_set_int(*ret, "from", from);
		json_set_int(*ret, "index", index);
		json_set(*ret, "scope", scopes);
		scopes = NULL;
	}
	json_free(scopes);
	ingest_snapshot_end(col->ingest, snap);
	return rc;
}

static void print(const struct lang *lang, const struct json *out, struct buf *text)
{
	lang_format(lang, text, "revoke.done", "name", json_get_str(out, "name"), "fingerprint",
		    json_get_str(out, "fingerprint"), NULL);
	buf_add_char(text, '\n');
}

const struct op op_revoke = {
    "revoke", "revoke.summary", OP_WRITE, args, sizeof(args) / sizeof(args[0]), run, print, NULL};
