/*
 * bundle: what writer and reader share: the table of parts, the head, what is signed.
 * Clauses B3-B5, B6. Does NOT seal or open anything.
 */
#include "sync/bundle.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/json.h"
#include "lib/limits.h"

enum { HEAD_MAX = 4096, LOG_MAX = 256 * 1024, HASHES_MAX = 4096 };

/* The end of line in both spellings: a copy "as text" is noticed at once. */
const uint8_t bundle_magic[BUNDLE_MAGIC] = {'k', 'k', 'b', '1', '\r', '\n', 0x1a, '\n'};

static const struct bundle_rule rules[] = {
    {BUNDLE_HEAD, 2, HEAD_MAX, 1},
    {BUNDLE_LOG, 1, LOG_MAX, 1},
    {BUNDLE_ENROL, 2, LIMIT_HTTP_BODY, 1},
    {BUNDLE_ENROLLED, 2, LIMIT_HTTP_BODY, 1},
    {BUNDLE_REQUEST, 2, LIMIT_HTTP_INFLATED, 1},
    {BUNDLE_ANSWER, 2, LIMIT_HTTP_INFLATED, 1},
    {BUNDLE_PROBLEM, 2, LOG_MAX, 1},
    {BUNDLE_BLOB, CRYPT_HASH_LEN + 1, CRYPT_HASH_LEN + LIMIT_BLOB, 1},
    {BUNDLE_LACKS, CRYPT_HASH_LEN, (uint64_t)HASHES_MAX *CRYPT_HASH_LEN, CRYPT_HASH_LEN},
    {BUNDLE_HOLDS, CRYPT_HASH_LEN, (uint64_t)HASHES_MAX *CRYPT_HASH_LEN, CRYPT_HASH_LEN},
    {BUNDLE_TRUST, 1, LIMIT_HTTP_INFLATED, 1},
    {BUNDLE_LINES, 1, LIMIT_HTTP_INFLATED, 1},
    {BUNDLE_SEAL, CRYPT_SIG_LEN, CRYPT_SIG_LEN, 1},
};

const struct bundle_rule *bundle_rule(unsigned type)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].type == type)
			return &rules[i];
	return NULL;
}

bool bundle_is(struct span begin)
{
	return begin.len >= BUNDLE_MAGIC && memcmp(begin.p, bundle_magic, BUNDLE_MAGIC) == 0;
}

void bundle_signed(const uint8_t hash[CRYPT_HASH_LEN], uint8_t ret[BUNDLE_SIGNED])
{
	static const char prefix[] = "kiemke-bundle-v1"; /* its NUL is signed too */

	static_assert(sizeof(prefix) + CRYPT_HASH_LEN == BUNDLE_SIGNED, "B4");
	memcpy(ret, prefix, sizeof(prefix));
	memcpy(ret + sizeof(prefix), hash, CRYPT_HASH_LEN);
}

void bundle_number(const uint8_t hash[CRYPT_HASH_LEN], char ret[BUNDLE_NUMBER])
{
	unsigned n[4];

	for (size_t i = 0; i < 4; i++)
		n[i] = codec_get_be32(hash + 4 * i) % 100000U;
	snprintf(ret, BUNDLE_NUMBER, "%05u %05u %05u %05u", n[0], n[1], n[2], n[3]);
}

/* ---- the head (B5) ---- */

static const char *const kinds[] = {"request", "answer", "carry"};
enum { NKIND = sizeof(kinds) / sizeof(kinds[0]) };

const char *bundle_kind_name(enum bundle_kind k)
{
	return kinds[k];
}

static void set_id(struct json *o, const char *name, const uint8_t id[BUNDLE_ID])
{
	char text[CODEC_B64U_16 + 1];

	codec_b64u(id, BUNDLE_ID, text);
	json_set_str(o, name, text);
}

enum rc bundle_head_write(const struct bundle_head *h, struct buf *out, struct err *reterr)
{
	struct json *o = json_object();
	char from[CODEC_B64U_32 + 1], to[CODEC_B64U_32 + 1];
	enum rc rc;

	codec_b64u(h->from, CRYPT_PK_LEN, from);
	codec_b64u(h->to, CRYPT_BOX_LEN, to);
	json_set_int(o, "v", 1);
	json_set_str(o, "kind", kinds[h->kind]);
	set_id(o, "id", h->id);
	if (h->has_re)
		set_id(o, "re", h->re);
	json_set_str(o, "from", from);
	json_set_str(o, "to", to);
	json_set_str(o, "scope", h->scope);
	json_set_int(o, "at", h->at);
	json_set_int(o, "records", h->records);
	json_set_int(o, "blobs", h->blobs);
	json_set_str(o, "name", h->name);
	rc = json_write(o, false, out, reterr);
	json_free(o);
	return rc;
}

typedef bool read_member(const struct json *v, struct bundle_head *h);

static bool read_v(const struct json *v, struct bundle_head *h)
{
	int64_t n;

	(void)h;
	return json_int(v, &n) && n == 1;
}

static bool read_kind(const struct json *v, struct bundle_head *h)
{
	const char *s = json_str(v);

	for (size_t i = 0; s && i < NKIND; i++)
		if (strcmp(s, kinds[i]) == 0) {
			h->kind = (enum bundle_kind)i;
			return true;
		}
	return false;
}

static bool read_id(const struct json *v, struct bundle_head *h)
{
	return json_str(v) && codec_b64u_16(span_str(json_str(v)), h->id);
}

static bool read_re(const struct json *v, struct bundle_head *h)
{
	h->has_re = json_str(v) && codec_b64u_16(span_str(json_str(v)), h->re);
	return h->has_re;
}

static bool read_from(const struct json *v, struct bundle_head *h)
{
	return json_str(v) && codec_b64u_32(span_str(json_str(v)), h->from);
}

static bool read_to(const struct json *v, struct bundle_head *h)
{
	return json_str(v) && codec_b64u_32(span_str(json_str(v)), h->to);
}

static bool read_scope(const struct json *v, struct bundle_head *h)
{
	const char *s = json_str(v);

	if (!s || strcmp(s, "*") == 0 || !entry_is_scope(span_str(s)))
		return false;
	memcpy(h->scope, s, ENTRY_SCOPE_LEN);
	return true;
}

static bool read_at(const struct json *v, struct bundle_head *h)
{
	return json_int(v, &h->at) && h->at >= 0;
}

static bool read_records(const struct json *v, struct bundle_head *h)
{
	return json_int(v, &h->records) && h->records >= 0;
}

static bool read_blobs(const struct json *v, struct bundle_head *h)
{
	return json_int(v, &h->blobs) && h->blobs >= 0;
}

/* It is shown and printed: no control characters. */
static bool read_name(const struct json *v, struct bundle_head *h)
{
	const char *s = json_str(v);
	size_t len = s ? strlen(s) : 0;

	if (!s || len >= sizeof(h->name))
		return false;
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return false;
	memcpy(h->name, s, len + 1);
	return true;
}

static const struct {
	const char *name;
	bool optional;
	read_member *read;
} members[] = {
    {"v", false, read_v},         {"kind", false, read_kind}, {"id", false, read_id},
    {"re", true, read_re},        {"from", false, read_from}, {"to", false, read_to},
    {"scope", false, read_scope}, {"at", false, read_at},     {"records", false, read_records},
    {"blobs", false, read_blobs}, {"name", false, read_name},
};
enum { NMEMBER = sizeof(members) / sizeof(members[0]) };

static bool read_members(const struct json *o, struct bundle_head *h)
{
	size_t i = 0;

	for (const struct json *m = json_first(o); m; m = json_next(m), i++) {
		while (i < NMEMBER && members[i].optional &&
		       strcmp(members[i].name, json_name(m)) != 0)
			i++;
		if (i == NMEMBER || strcmp(members[i].name, json_name(m)) != 0 ||
		    !members[i].read(m, h))
			return false;
	}
	return i == NMEMBER && h->has_re == (h->kind == BUNDLE_TO_PC);
}

enum rc bundle_head_read(struct span body, struct bundle_head *ret, struct err *reterr)
{
	struct json_rules compact = json_rules_tree;
	struct bundle_head h = {.has_re = false};
	struct json *o = NULL;
	enum rc rc;

	compact.compact = true;
	rc = json_parse(body, &compact, &o, NULL);
	if (rc == RC_NOMEM)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	if (rc != RC_OK || json_kind(o) != JSON_OBJECT || !read_members(o, &h))
		rc = err_set(reterr, RC_REFUSED, "B5", "bundle.head", NULL);
	else
		*ret = h;
	json_free(o);
	return rc;
}
