/*
 * entry: opening lines, and what can be asked of a verified entry. Clauses E9, E20-E23, E26, A1.
 * The parser is entry_parse.c, the writer entry_write.c, what is signed sign.c.
 */
#include "sync/entry.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "sync/authority.h"
#include "sync/authority_body.h"
#include "sync/entry_parse.h"
#include "sync/entry_read.h"
#include "sync/entry_stub.h"
#include "sync/sign.h"

static_assert((int)ENTRY_LEAF_LEN == (int)SIGN_LEAF_LEN, "leaf");
static_assert(LIMIT_ENTRY_LINE == LIMIT_ENTRY_PAYLOAD + ENTRY_SIG_TEXT + 1, "line");

/* Give a parsed entry its author: the feed must be of that key (E9). */
static enum rc set_key(struct entry *e, const uint8_t pk[CRYPT_PK_LEN], struct err *reterr)
{
	memcpy(e->key, pk, sizeof(e->key));
	crypt_sha256(pk, CRYPT_PK_LEN, e->keyhash);
	if (memcmp(e->feed, e->keyhash, 8) != 0)
		return err_set(reterr, RC_REFUSED, "E9", "entry.feed_key", NULL);
	return RC_OK;
}

/* Author, signature, body of an authority entry; frees e unless all is well. */
static enum rc finish(struct entry *e, const uint8_t pk[CRYPT_PK_LEN], bool verify,
		      struct entry **ret, struct err *reterr)
{
	enum rc rc = set_key(e, pk, reterr);

	if (rc == RC_OK && verify && !sign_verify(e->id, e->sig, e->key))
		rc = err_set(reterr, RC_REFUSED, "A1", "entry.signature", NULL);
	if (rc == RC_OK)
		rc = verify ? authority_check(e, reterr) : authority_body(e, reterr);
	if (rc != RC_OK) {
		entry_free(e);
		return rc;
	}
	*ret = e;
	return RC_OK;
}

/* Parsed, and of an erased entry with its erase verified; the author is still to come. */
static enum rc parse(struct span line, const struct entry_keys *keys, struct entry **ret,
		     struct err *reterr)
{
	struct entry *by = NULL;
	enum rc rc;

	if (!entry_stub_is(line))
		return entry_parse(line, ret, reterr);
	if (entry_stub_is(entry_stub_by(line)))
		return err_set(reterr, RC_REFUSED, "E26", "entry.stub", NULL);
	rc = entry_open(entry_stub_by(line), keys, &by, reterr);
	if (rc == RC_OK)
		rc = entry_stub_parse(line, by, ret, reterr);
	entry_free(by);
	return rc;
}

enum rc entry_open(struct span line, const struct entry_keys *keys, struct entry **ret,
		   struct err *reterr)
{
	struct entry *e = NULL;
	uint8_t pk[CRYPT_PK_LEN];
	enum rc rc = parse(line, keys, &e, reterr);

	if (rc != RC_OK)
		return rc;
	if (!keys->find(keys->ctx, e->feed, pk)) {
		entry_free(e);
		return err_set(reterr, RC_REFUSED, "A1", "entry.key_unknown", NULL);
	}
	return finish(e, pk, true, ret, reterr);
}

enum rc entry_open_key(struct span line, const uint8_t pk[CRYPT_PK_LEN], struct entry **ret,
		       struct err *reterr)
{
	struct entry *e = NULL;
	enum rc rc = entry_parse(line, &e, reterr);

	return rc == RC_OK ? finish(e, pk, true, ret, reterr) : rc;
}

enum rc entry_load(struct span payload, const uint8_t sig[CRYPT_SIG_LEN],
		   const uint8_t pk[CRYPT_PK_LEN], struct entry **ret, struct err *reterr)
{
	struct buf line;
	struct entry *e = NULL;

	buf_init(&line, LIMIT_ENTRY_LINE);
	codec_b64u_buf(&line, sig, CRYPT_SIG_LEN);
	buf_add_char(&line, ' ');
	buf_add_span(&line, payload);
	enum rc rc = buf_check(&line, reterr);
	if (rc == RC_OK)
		rc = entry_parse(span_buf(&line), &e, reterr);
	buf_free(&line);
	return rc == RC_OK ? finish(e, pk, false, ret, reterr) : rc;
}

/* Signature, id and the erase's line as one line (E26). */
static enum rc stub_line(const struct entry *by, const uint8_t sig[CRYPT_SIG_LEN],
			 struct buf *line, struct err *reterr)
{
	struct authority_erase b;
	enum rc rc = authority_erase(by, &b, reterr);

	if (rc != RC_OK)
		return rc;
	codec_b64u_buf(line, sig, CRYPT_SIG_LEN);
	buf_add_char(line, ' ');
	codec_b64u_buf(line, b.id, ENTRY_ID_LEN);
	buf_add_char(line, ' ');
	buf_add_span(line, by->line);
	return buf_check(line, reterr);
}

enum rc entry_load_stub(struct span by, const uint8_t sig[CRYPT_SIG_LEN],
			const uint8_t pk[CRYPT_PK_LEN], struct entry **ret, struct err *reterr)
{
	struct entry *erase = NULL, *e = NULL;
	struct buf line;
	enum rc rc = entry_parse(by, &erase, reterr);

	buf_init(&line, LIMIT_ENTRY_STUB);
	if (rc == RC_OK)
		rc = stub_line(erase, sig, &line, reterr);
	if (rc == RC_OK)
		rc = entry_stub_parse(span_buf(&line), erase, &e, reterr);
	entry_free(erase);
	buf_free(&line);
	return rc == RC_OK ? finish(e, pk, false, ret, reterr) : rc;
}

enum rc entry_copy(const struct entry *e, struct entry **ret, struct err *reterr)
{
	return e->erased ? entry_load_stub(entry_erased_by(e), e->sig, e->key, ret, reterr)
			 : entry_load(e->payload, e->sig, e->key, ret, reterr);
}

struct span entry_erased_by(const struct entry *stub)
{
	return entry_stub_by(stub->line);
}

/* The strings of the array are the names of the entry's fields, in their order. */
static bool same_fields(struct span array, const struct entry *e)
{
	size_t i = 0;

	for (struct span item; entry_read_item(&array, &item); i++)
		if (i == e->nfield ||
		    !span_eq(span_of(item.p + 1, item.len - 2), e->field[i].name))
			return false;
	return i == e->nfield;
}

static bool same_after(struct span array, const struct entry *e)
{
	uint8_t id[LIMIT_ENTRY_AFTER][ENTRY_ID_LEN];
	size_t n = 0;

	return entry_read_ids(array, 0, LIMIT_ENTRY_AFTER, id, &n) && n == e->nafter &&
	       (n == 0 || memcmp(id, e->after, n * ENTRY_ID_LEN) == 0);
}

bool entry_erase_fits(const struct entry *by, const struct entry *e)
{
	struct authority_erase b;

	return by->op == ENTRY_ERASE && e->op == ENTRY_SET &&
	       authority_erase(by, &b, NULL) == RC_OK &&
	       memcmp(b.id, e->id, ENTRY_ID_LEN) == 0 &&
	       memcmp(b.feed, e->feed, ENTRY_FEED_LEN) == 0 && b.seq == e->seq &&
	       memcmp(b.prev, e->prev, ENTRY_ID_LEN) == 0 && strcmp(by->scope, e->scope) == 0 &&
	       strcmp(b.kind, e->kind) == 0 && b.kind_version == e->kind_version &&
	       memcmp(b.entity, e->entity, sizeof(b.entity)) == 0 && same_fields(b.fields, e) &&
	       same_after(b.after, e);
}

void entry_free(struct entry *e)
{
	free(e);
}

bool entry_peek_feed(struct span line, uint8_t retfeed[ENTRY_FEED_LEN])
{
	static const char before[] = "\"feed\":\"";
	const uint8_t *end = line.p + line.len;

	if (line.len < ENTRY_SIG_TEXT + 1)
		return false;
	const uint8_t *p = line.p + ENTRY_SIG_TEXT + 1;
	struct span rest = span_of(p, (size_t)(end - p));
	if (!span_starts(rest, "{\"v\":\"kk"))
		return false;
	/* "v" is kk and at most four digits, so the feed begins within a few bytes */
	for (size_t skip = 9; skip <= 14 && skip < rest.len; skip++) {
		struct span at = span_of(p + skip, rest.len - skip);
		if (span_starts(at, before) && at.len > sizeof(before) - 1 + CODEC_B64U_16)
			return codec_b64u_16(span_of(at.p + sizeof(before) - 1, CODEC_B64U_16),
					     retfeed);
	}
	return false;
}

bool entry_unknown_feed(struct span line, const struct entry_keys *keys,
			uint8_t retfeed[ENTRY_FEED_LEN])
{
	struct authority_erase b;
	struct entry *by = NULL;
	bool known;

	if (!entry_stub_is(line))
		return entry_peek_feed(line, retfeed);
	known = entry_open(entry_stub_by(line), keys, &by, NULL) == RC_OK &&
		authority_erase(by, &b, NULL) == RC_OK;
	if (known)
		memcpy(retfeed, b.feed, ENTRY_FEED_LEN);
	entry_free(by);
	return known || entry_peek_feed(entry_stub_by(line), retfeed);
}

const struct entry_field *entry_field(const struct entry *e, const char *name)
{
	for (size_t i = 0; i < e->nfield; i++)
		if (span_eq_str(e->field[i].name, name))
			return &e->field[i];
	return NULL;
}

struct json *entry_value_json(struct span raw)
{
	struct json *v = NULL;

	return json_parse(raw, NULL, &v, NULL) == RC_OK ? v : NULL;
}

struct json *entry_fields_json(const struct entry *e)
{
	if (e->nfield == 0 || e->erased)
		return json_object();
	/* the object begins two bytes ({") before the first name and ends one after the last value */
	const uint8_t *begin = e->field[0].name.p - 2;
	struct span last = e->field[e->nfield - 1].raw;
	return entry_value_json(span_of(begin, (size_t)(last.p + last.len + 1 - begin)));
}

void entry_leaf(const struct entry *e, uint8_t ret[ENTRY_LEAF_LEN])
{
	sign_leaf(e->id, e->sig, e->keyhash, ret);
}

void entry_leaf_hash(const struct entry *e, uint8_t ret[CRYPT_HASH_LEN])
{
	sign_leaf_hash(e->id, e->sig, e->keyhash, ret);
}
