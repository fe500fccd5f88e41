/*
 * entry_write: from a draft to a signed line; ids and feeds. Clauses E7, E9, E20, E21, E23.
 *
 * The payload is written by hand in the one order of E7 and goes through the parser that
 * peers use before it leaves. Not here: which seq and prev come next (a store's).
 */
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "sync/entry.h"
#include "sync/sign.h"

static void add_member(struct buf *out, const char *name)
{
	buf_add_str(out, ",\"");
	buf_add_str(out, name);
	buf_add_str(out, "\":");
}

static void add_string(struct buf *out, const char *name, const char *value)
{
	add_member(out, name);
	json_add_escaped_str(out, value);
}

static void add_int(struct buf *out, const char *name, int64_t value)
{
	add_member(out, name);
	buf_add_int(out, value);
}

/* A quoted b64u; nothing between the quotes when p is NULL. */
static void add_quoted(struct buf *out, const void *p, size_t len)
{
	buf_add_char(out, '"');
	if (p)
		codec_b64u_buf(out, p, len);
	buf_add_char(out, '"');
}

static void add_b64u(struct buf *out, const char *name, const void *p, size_t len)
{
	add_member(out, name);
	add_quoted(out, p, len);
}

static void add_common(struct buf *out, const struct entry_draft *d)
{
	buf_add_str(out, "{\"v\":\"kk1\"");
	add_b64u(out, "feed", d->feed, sizeof(d->feed));
	add_int(out, "seq", d->seq);
	add_b64u(out, "prev", d->seq > 0 ? d->prev : NULL, sizeof(d->prev));
	add_int(out, "at", d->at);
	add_member(out, "seen");
	buf_add_char(out, '[');
	buf_add_int(out, d->seen_size);
	buf_add_char(out, ',');
	add_quoted(out, d->seen_size > 0 ? d->seen_root : NULL, sizeof(d->seen_root));
	buf_add_char(out, ']');
	add_string(out, "op", entry_op_name(d->op));
	add_string(out, "scope", d->scope);
}

static void add_payload(struct buf *out, const struct entry_draft *d)
{
	char id[CODEC_UUID_LEN + 1];

	add_common(out, d);
	if (d->op == ENTRY_SET) {
		codec_uuid(d->entity, id);
		add_string(out, "id", id);
		add_string(out, "kind", d->kind);
		add_member(out, "after");
		buf_add_char(out, '[');
		for (size_t i = 0; i < d->nafter; i++) {
			if (i > 0)
				buf_add_char(out, ',');
			add_quoted(out, d->after[i], ENTRY_ID_LEN);
		}
		buf_add_char(out, ']');
	}
	if (d->set.len > 0) {
		add_member(out, "set");
		buf_add_span(out, d->set);
	}
	add_b64u(out, "salt", d->salt, sizeof(d->salt));
	buf_add_char(out, '}');
}

enum rc entry_seal(const struct entry_draft *d, struct crypt_signer *signer, struct entry **ret,
		   struct err *reterr)
{
	struct buf payload, line;
	uint8_t id[ENTRY_ID_LEN], msg[SIGN_MESSAGE_LEN], sig[CRYPT_SIG_LEN];
	/* room for one byte too many, so that the parser refuses by its own clause (E2) */
	size_t room = LIMIT_ENTRY_PAYLOAD + 1;

	buf_init(&payload, room);
	buf_init(&line, LIMIT_ENTRY_LINE + 1);
	add_payload(&payload, d);
	if (payload.failed && !payload.nomem) {
		buf_free(&payload);
		return err_num(reterr, RC_REFUSED, "E2", "entry.payload_len", "bytes",
			       (long long)room);
	}
	enum rc rc = buf_check(&payload, reterr);
	if (rc == RC_OK) {
		entry_id(span_buf(&payload), id);
		sign_message(id, msg);
		crypt_sign(signer, span_of(msg, sizeof(msg)), sig);
		codec_b64u_buf(&line, sig, sizeof(sig));
		buf_add_char(&line, ' ');
		buf_add_span(&line, span_buf(&payload));
		rc = buf_check(&line, reterr);
	}
	if (rc == RC_OK)
		rc = entry_open_key(span_buf(&line), crypt_signer_pk(signer), ret, reterr);
	buf_free(&line);
	buf_free(&payload);
	return rc;
}

enum rc entry_set_write(const struct json *fields, struct buf *out, struct err *reterr)
{
	return json_write(fields, false, out, reterr);
}

void entry_feed_new(const uint8_t pk[CRYPT_PK_LEN], uint8_t ret[ENTRY_FEED_LEN])
{
	uint8_t hash[CRYPT_HASH_LEN];

	crypt_sha256(pk, CRYPT_PK_LEN, hash);
	memcpy(ret, hash, 8);
	crypt_random(ret + 8, ENTRY_FEED_LEN - 8);
}

void entry_id(struct span payload, uint8_t ret[ENTRY_ID_LEN])
{
	crypt_sha256(payload.p, payload.len, ret);
}

void entry_uuid7(int64_t now_ms, uint8_t ret[16])
{
	uint8_t time[8];

	codec_put_be64(time, (uint64_t)now_ms);
	crypt_random(ret, 16);
	memcpy(ret, time + 2, 6); /* RFC 9562, section 5.7: 48 bits of milliseconds */
	codec_uuid_stamp(ret, 7);
}

void entry_uuid_key(const char *kind, const struct span *part, size_t npart, uint8_t ret[16])
{
	struct crypt_sha256 h;
	uint8_t hash[CRYPT_HASH_LEN];

	crypt_sha256_init(&h);
	crypt_sha256_add(&h, kind, strlen(kind));
	for (size_t i = 0; i < npart; i++) {
		crypt_sha256_add(&h, "", 1);
		crypt_sha256_add(&h, part[i].p, part[i].len);
	}
	crypt_sha256_end(&h, hash);
	memcpy(ret, hash, 16);
	codec_uuid_stamp(ret, 8);
}
