/*
 * entry_stub: what stays of an erased entry, from line to verified struct. Clause E26.
 *
 *   b64u(signature) SP b64u(id) SP line of the erase (E1, without LF)
 *
 * The signature is over the id, so it verifies without the payload; what the merge and
 * the feed need to know stands in the body of the erase (K7). A stub is a struct entry of
 * op set with `erased`: names without values, at 0. Not here: whether the erase is
 * admitted (sync/keyring, A16).
 */
#include "sync/entry_stub.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "sync/authority.h"
#include "sync/entry_read.h"

enum { ID_AT = ENTRY_SIG_TEXT + 1, BY_AT = ID_AT + CODEC_B64U_32 + 1 };

static_assert(LIMIT_ENTRY_STUB == LIMIT_ENTRY_LINE + (size_t)BY_AT, "stub line");

static enum rc bad(struct err *reterr)
{
	return err_set(reterr, RC_REFUSED, "E26", "entry.stub", NULL);
}

bool entry_stub_is(struct span line)
{
	uint8_t id[ENTRY_ID_LEN];

	return line.len > BY_AT && line.p[ENTRY_SIG_TEXT] == ' ' && line.p[BY_AT - 1] == ' ' &&
	       codec_b64u_32(span_of(line.p + ID_AT, CODEC_B64U_32), id);
}

struct span entry_stub_by(struct span line)
{
	return span_of(line.p + BY_AT, line.len - BY_AT);
}

static size_t items(struct span array)
{
	size_t n = 0;

	for (struct span item; entry_read_item(&array, &item);)
		n++;
	return n;
}

/* One block: the struct, its fields, its `after` and a copy of the line. */
static struct entry *layout(struct span line, size_t nfield, size_t nafter)
{
	size_t room = nfield * sizeof(struct entry_field), ids = nafter * ENTRY_ID_LEN;
	uint8_t *block = malloc(sizeof(struct entry) + room + ids + line.len);
	struct entry *e = (struct entry *)(void *)block;

	if (!block)
		return NULL;
	memset(e, 0, sizeof(*e));
	memset(block + sizeof(*e), 0, room);
	memcpy(block + sizeof(*e) + room + ids, line.p, line.len);
	e->line = span_of(block + sizeof(*e) + room + ids, line.len);
	e->field = (struct entry_field *)(void *)(block + sizeof(*e));
	e->nfield = nfield;
	e->after = (const uint8_t(*)[ENTRY_ID_LEN])(block + sizeof(*e) + room);
	e->nafter = nafter;
	return e;
}

/* Names and ids of the body; by keeps its own copy of its line, which in ours begins at BY_AT. */
static void fill(struct entry *e, const struct authority_erase *b, const uint8_t *by)
{
	struct entry_field *field = (struct entry_field *)(void *)(e + 1);
	size_t i = 0, n;

	for (struct span rest = b->fields, item; entry_read_item(&rest, &item); i++) {
		field[i].name = span_of(e->line.p + BY_AT + (item.p + 1 - by), item.len - 2);
		field[i].type = JSON_NULL;
	}
	entry_read_ids(b->after, 0, LIMIT_ENTRY_AFTER,
		       (uint8_t(*)[ENTRY_ID_LEN])(void *)(field + e->nfield), &n);
}

/* The stub of the entry that `by` erases. by was read from entry_stub_by(line). */
static enum rc build(struct span line, const struct entry *by, struct entry **ret,
		     struct err *reterr)
{
	struct authority_erase b;
	uint8_t id[ENTRY_ID_LEN];
	struct entry *e;
	enum rc rc;

	if (by->op != ENTRY_ERASE)
		return bad(reterr);
	rc = authority_erase(by, &b, reterr);
	if (rc != RC_OK)
		return rc;
	codec_b64u_32(span_of(line.p + ID_AT, CODEC_B64U_32), id);
	if (memcmp(id, b.id, sizeof(id)) != 0)
		return bad(reterr);
	e = layout(line, items(b.fields), items(b.after));
	if (!e)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	fill(e, &b, by->line.p);
	memcpy(e->id, b.id, sizeof(e->id));
	memcpy(e->feed, b.feed, sizeof(e->feed));
	memcpy(e->prev, b.prev, sizeof(e->prev));
	memcpy(e->entity, b.entity, sizeof(e->entity));
	memcpy(e->scope, by->scope, sizeof(e->scope));
	memcpy(e->kind, b.kind, sizeof(e->kind));
	e->kind_version = b.kind_version;
	e->seq = b.seq;
	e->version = 1;
	e->op = ENTRY_SET;
	e->erased = true;
	*ret = e;
	return RC_OK;
}

enum rc entry_stub_parse(struct span line, const struct entry *by, struct entry **ret,
			 struct err *reterr)
{
	uint8_t sig[CRYPT_SIG_LEN];
	enum rc rc;

	if (line.len > LIMIT_ENTRY_STUB || !codec_b64u_64(span_of(line.p, ENTRY_SIG_TEXT), sig))
		return bad(reterr);
	rc = build(line, by, ret, reterr);
	if (rc == RC_OK)
		memcpy((*ret)->sig, sig, sizeof(sig));
	return rc;
}
