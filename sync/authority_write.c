/*
 * authority_write: the bodies of authority entries as bytes of a `set`. Clauses K2, K4-K8.
 * What is written is checked by entry_seal, which reads it back; nothing is judged here.
 */
#include "sync/authority.h"

#include "lib/codec.h"

/* before: '{' for the first member, ',' for the others. */
static void member(struct buf *out, char before, const char *name)
{
	buf_add_char(out, before);
	json_add_escaped_str(out, name);
	buf_add_char(out, ':');
}

static void add_str(struct buf *out, char before, const char *name, const char *value)
{
	member(out, before, name);
	json_add_escaped_str(out, value);
}

static void add_int(struct buf *out, char before, const char *name, int64_t value)
{
	member(out, before, name);
	buf_add_int(out, value);
}

/* 32 bytes as b64u; "" when there are none. */
static void add_32(struct buf *out, char before, const char *name, const uint8_t b[32], bool has)
{
	member(out, before, name);
	buf_add_char(out, '"');
	if (has)
		codec_b64u_buf(out, b, 32);
	buf_add_char(out, '"');
}

static void add_ids(struct buf *out, char before, const char *name,
		    const uint8_t (*id)[ENTRY_ID_LEN], size_t n)
{
	member(out, before, name);
	buf_add_char(out, '[');
	for (size_t i = 0; i < n; i++) {
		buf_add_str(out, i > 0 ? ",\"" : "\"");
		codec_b64u_buf(out, id[i], ENTRY_ID_LEN);
		buf_add_char(out, '"');
	}
	buf_add_char(out, ']');
}

enum rc authority_cert_write(const struct authority_cert *c, struct buf *out, struct err *reterr)
{
	add_32(out, '{', "key", c->key, true);
	add_str(out, ',', "role", authority_role_name(c->role));
	member(out, ',', "scope");
	buf_add_char(out, '[');
	for (size_t i = 0; i < c->nscope; i++) {
		if (i > 0)
			buf_add_char(out, ',');
		json_add_escaped_str(out, c->scope[i]);
	}
	buf_add_char(out, ']');
	add_32(out, ',', "device", c->device, c->has_device);
	add_str(out, ',', "name", c->name);
	add_str(out, ',', "title", c->title);
	add_str(out, ',', "custody", c->collector_custody ? "collector" : "own");
	add_32(out, ',', "box", c->box, c->has_box);
	buf_add_char(out, '}');
	return buf_check(out, reterr);
}

enum rc authority_revoke_write(const uint8_t key[CRYPT_PK_LEN], int64_t from, const char *reason,
			       struct buf *out, struct err *reterr)
{
	add_32(out, '{', "key", key, true);
	add_int(out, ',', "from", from);
	add_str(out, ',', "reason", reason);
	buf_add_char(out, '}');
	return buf_check(out, reterr);
}

enum rc authority_admit_write(const uint8_t (*id)[ENTRY_ID_LEN], size_t n, const char *reason,
			      struct buf *out, struct err *reterr)
{
	add_ids(out, '{', "ids", id, n);
	add_str(out, ',', "reason", reason);
	buf_add_char(out, '}');
	return buf_check(out, reterr);
}

enum rc authority_form_write(const char *name, unsigned version, bool closed,
			     const uint8_t sha256[32], int64_t size, struct buf *out,
			     struct err *reterr)
{
	add_str(out, '{', "name", name);
	add_int(out, ',', "version", version);
	add_str(out, ',', "state", closed ? "closed" : "published");
	member(out, ',', "blob");
	member(out, '{', "sha256");
	buf_add_char(out, '"');
	codec_hex_buf(out, sha256, 32);
	buf_add_char(out, '"');
	add_int(out, ',', "size", size);
	add_str(out, ',', "type", "application/json");
	member(out, ',', "name");
	buf_addf(out, "\"%s-%u.json\"}}", name, version);
	return buf_check(out, reterr);
}

enum rc authority_log_write(const struct authority_log *l, struct buf *out, struct err *reterr)
{
	add_32(out, '{', "key", l->key, true);
	add_32(out, ',', "old", l->old, l->has_old);
	add_int(out, ',', "size", l->size);
	add_32(out, ',', "root", l->root, l->size > 0);
	add_32(out, ',', "box", l->box, true);
	add_32(out, ',', "pin", l->pin, l->has_pin);
	member(out, ',', "witnesses");
	buf_add_char(out, '[');
	for (size_t i = 0; i < l->policy.nwitness; i++) {
		char hex[CODEC_HEX_LEN(CRYPT_PK_LEN) + 1];
		codec_hex(l->policy.witness[i].key, CRYPT_PK_LEN, hex);
		buf_addf(out, "%s\"%s %s\"", i > 0 ? "," : "", l->policy.witness[i].name, hex);
	}
	buf_add_char(out, ']');
	add_int(out, ',', "quorum", (int64_t)l->policy.quorum);
	buf_add_char(out, '}');
	return buf_check(out, reterr);
}

enum rc authority_erase_write(const struct entry *e, const char *reason, struct buf *out,
			      struct err *reterr)
{
	char id[CODEC_UUID_LEN + 1], feed[CODEC_B64U_16 + 1];

	codec_uuid(e->entity, id);
	codec_b64u(e->feed, ENTRY_FEED_LEN, feed);
	add_32(out, '{', "id", e->id, true);
	add_str(out, ',', "feed", feed);
	add_int(out, ',', "seq", e->seq);
	add_32(out, ',', "prev", e->prev, e->seq > 0);
	member(out, ',', "kind");
	if (e->kind_version == 1)
		buf_addf(out, "\"%s\"", e->kind);
	else
		buf_addf(out, "\"%s/%u\"", e->kind, e->kind_version);
	add_str(out, ',', "entity", id);
	member(out, ',', "fields");
	for (size_t i = 0; i < e->nfield; i++) {
		buf_add_str(out, i > 0 ? ",\"" : "[\"");
		buf_add_span(out, e->field[i].name);
		buf_add_char(out, '"');
	}
	buf_add_char(out, ']');
	add_ids(out, ',', "after", e->after, e->nafter);
	add_str(out, ',', "reason", reason);
	buf_add_char(out, '}');
	return buf_check(out, reterr);
}
