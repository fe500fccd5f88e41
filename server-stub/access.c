/*
 * access: see access.h. A token has 256 random bits, so one round of SHA-256 hides it: there is nothing to guess.
 */
#include "server-stub/access.h"

#include <string.h>

#include "lib/codec.h"
#include "server-stub/act.h"
#include "server-stub/contacted.h"

void access_new(char ret[ACCESS_LEN])
{
	uint8_t random[ACCESS_RANDOM];

	crypt_random(random, sizeof(random));
	memcpy(ret, ACCESS_PREFIX, sizeof(ACCESS_PREFIX));
	codec_hex(random, sizeof(random), ret + sizeof(ACCESS_PREFIX) - 1);
	crypt_wipe(random, sizeof(random));
}

void access_hash(const char *token, char ret[ACCESS_HASH])
{
	uint8_t hash[CRYPT_HASH_LEN];

	crypt_sha256(token, strlen(token), hash);
	codec_hex(hash, sizeof(hash), ret);
}

void access_id(const char *hash, uint8_t ret[16])
{
	const struct span part = span_str(hash);

	entry_uuid_key(ACCESS_KIND, &part, 1, ret);
}

static bool read_text(const struct json *fields, const char *name, char *ret, size_t len)
{
	const char *s = json_get_str(fields, name);
	size_t n = s ? strlen(s) : 0;

	if (n == 0 || n >= len)
		return false;
	memcpy(ret, s, n + 1);
	return true;
}

bool access_read(const struct json *fields, struct access *ret)
{
	const char *key = json_get_str(fields, "key");
	struct access a = {.closed = json_get(fields, "closed_on") != NULL};

	if (!read_text(fields, "account", a.account, sizeof(a.account)) ||
	    !read_text(fields, "hash", a.hash, sizeof(a.hash)) ||
	    !read_text(fields, "ends_on", a.ends_on, sizeof(a.ends_on)) || !key ||
	    !codec_b64u_32(span_str(key), a.key))
		return false;
	*ret = a;
	return true;
}

/* The one of that hash; what holds two values, or a hash of another id, is none. */
static enum rc find(struct collector *col, const char *hash, struct access *ret, struct err *reterr)
{
	struct act_entity x = {.state = NULL};
	char text[CODEC_UUID_LEN + 1];
	struct json *fields = NULL;
	uint8_t id[16];
	enum rc rc;

	access_id(hash, id);
	codec_uuid(id, text);
	rc = act_entity(col, "*", ACCESS_KIND, text, &x, reterr);
	if (rc == RC_OK && x.e.conflicts == 0)
		fields = merge_json(x.state, x.form);
	if (rc == RC_NOTFOUND || (rc == RC_OK && (!access_read(fields, ret) ||
						  !crypt_equal(ret->hash, hash, ACCESS_HASH - 1))))
		rc = err_set(reterr, RC_DENIED, NULL, "access.unknown", NULL);
	json_free(fields);
	act_entity_free(col, &x);
	return rc;
}

enum rc access_who(struct collector *col, const char *token, struct who *ret, struct err *reterr)
{
	const struct ingest_snapshot *snap;
	char hash[ACCESS_HASH], today[TEXT_DATE_LEN];
	struct access a = {.closed = false};
	uint8_t key[CONTACTED_KEY];
	enum rc rc;

	access_hash(token, hash);
	rc = find(col, hash, &a, reterr);
	text_time_date(clock_now_s(col->clock), today);
	if (rc == RC_OK && (a.closed || strcmp(a.ends_on, today) < 0))
		rc = err_set(reterr, RC_DENIED, NULL, "access.ended", NULL);
	if (rc != RC_OK)
		return rc;
	snap = ingest_snapshot(col->ingest);
	rc = who_read(snap->keyring, a.account, a.key, ret, reterr);
	ingest_snapshot_end(col->ingest, snap);
	if (rc == RC_OK && codec_hex_32(span_str(hash), key))
		contacted_note(col->contacted, key, clock_now_s(col->clock));
	return rc;
}
