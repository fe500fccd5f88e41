/*
 * explain_stub: what is left of an erased entry (E26): the erase within it, member by
 * member, and then what the stub itself says. See explain.h.
 */
#include <string.h>

#include "lib/codec.h"
#include "sync/authority.h"
#include "sync/entry_stub.h"
#include "sync/explain_part.h"
#include "sync/sign.h"

static bool find_key(void *ctx, const uint8_t prefix[8], uint8_t retpk[CRYPT_PK_LEN])
{
	const uint8_t *key = explain_key_of(ctx, prefix, 8);

	if (key)
		memcpy(retpk, key, CRYPT_PK_LEN);
	return key != NULL;
}

static void stub(struct explain_report *r, struct span line)
{
	const struct entry_keys keys = {r, find_key};
	struct entry *e = NULL;
	struct err why;
	enum rc rc = entry_open(line, &keys, &e, &why);

	if (rc == RC_REFUSED && strcmp(why.key, "entry.key_unknown") == 0)
		explain_skip(r, "E26", "explain.no_key");
	else if (rc == RC_REFUSED && strcmp(why.clause, "A1") == 0)
		explain_break(r, "E26", why.key);
	else if (rc == RC_REFUSED)
		explain_fail(r, &why);
	else if (rc == RC_OK)
		explain_ok(r, "E26");
	entry_free(e);
}

enum rc explain_stub(struct explain_report *r, struct err *reterr)
{
	const struct explain_in *whole = r->in;
	struct explain_in by = *whole;
	struct span line = whole->bytes;
	uint8_t id[ENTRY_ID_LEN];
	enum rc rc;

	if (line.len > 0 && line.p[line.len - 1] == '\n')
		line.len--;
	explain_show(r, "E26");
	codec_b64u_32(span_of(line.p + ENTRY_SIG_TEXT + 1, CODEC_B64U_32), id);
	by.bytes = entry_stub_by(whole->bytes);
	r->in = &by;
	rc = explain_entry(r, false, reterr);
	r->in = whole;
	if (rc != RC_OK)
		return rc;
	explain_computed(r, "erased", id, sizeof(id));
	stub(r, line);
	return RC_OK;
}
