/*
 * unit: following mergers. Clause M18. Does NOT read a store.
 */
#include "sync/unit.h"

#include <string.h>

#include "lib/limits.h"
#include "sync/authority.h"

enum { STEPS_MAX = AUTHORITY_SCOPES }; /* a key has no more scopes either */

void unit_merger_id(const char *closed, uint8_t ret[16])
{
	const struct span part = span_str(closed);

	entry_uuid_key(UNIT_KIND, &part, 1, ret);
}

/* A shown value that is a commune's code: five digits between quotes. */
static bool code_of(const struct merge_state *state, const struct form *form, const char *field,
		    char ret[ENTRY_SCOPE_LEN])
{
	struct merge_value v;
	struct buf scratch;
	struct span code;
	bool conflict = false, ok;

	buf_init(&scratch, LIMIT_MERGE_STATE);
	ok = merge_show(state, field, merge_policy(form, field), &scratch, &v, &conflict, NULL) ==
		 RC_OK &&
	     !conflict && !v.erased && v.raw.len == ENTRY_SCOPE_LEN + 1 && v.raw.p[0] == '"';
	if (ok) {
		code = span_of(v.raw.p + 1, ENTRY_SCOPE_LEN - 1);
		ok = entry_is_scope(code);
	}
	if (ok) {
		memcpy(ret, code.p, code.len);
		ret[code.len] = '\0';
	}
	buf_free(&scratch);
	return ok;
}

bool unit_read(const struct merge_state *state, const struct form *form, const uint8_t id[16],
	       struct unit_merger *ret)
{
	struct unit_merger m;
	uint8_t of[16];

	if (!code_of(state, form, "closed", m.closed) || !code_of(state, form, "into", m.into))
		return false;
	unit_merger_id(m.closed, of);
	if (memcmp(of, id, sizeof(of)) != 0)
		return false;
	*ret = m;
	return true;
}

enum rc unit_survivor(unit_step *step, void *ctx, const char *scope, char ret[ENTRY_SCOPE_LEN],
		      struct err *reterr)
{
	char passed[STEPS_MAX][ENTRY_SCOPE_LEN];
	char next[ENTRY_SCOPE_LEN];
	size_t n = 0;

	memcpy(passed[n++], scope, strlen(scope) + 1);
	while (n < STEPS_MAX) {
		enum rc rc = step(ctx, passed[n - 1], next, reterr);
		bool back = false;

		if (rc != RC_OK)
			return rc;
		for (size_t i = 0; i < n; i++)
			back = back || strcmp(passed[i], next) == 0;
		if (!next[0] || back)
			break;
		memcpy(passed[n++], next, sizeof(next));
	}
	memcpy(ret, passed[n - 1], ENTRY_SCOPE_LEN);
	return RC_OK;
}
