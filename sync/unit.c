/*
 * unit: following mergers and splits. Clauses M18, M22. Does NOT read a store.
 */
#include "sync/unit.h"

#include <string.h>

#include "lib/limits.h"

enum { STEPS_MAX = AUTHORITY_SCOPES }; /* a key has no more scopes either */

bool unit_on(const struct unit_way *w, const char *scope)
{
	for (size_t i = 0; i < w->n; i++)
		if (strcmp(w->scope[i], scope) == 0)
			return true;
	return false;
}

/* Unless it was passed, or there is no more room. */
static void pass(struct unit_way *w, const char *scope)
{
	if (w->n < STEPS_MAX && !unit_on(w, scope))
		memcpy(w->scope[w->n++], scope, strlen(scope) + 1);
}

/* ---- mergers ---- */

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
	struct unit_way w = {.n = 0};
	char next[ENTRY_SCOPE_LEN];

	pass(&w, scope);
	while (w.n < STEPS_MAX) {
		enum rc rc = step(ctx, w.scope[w.n - 1], next, reterr);

		if (rc != RC_OK)
			return rc;
		if (!next[0] || unit_on(&w, next))
			break;
		pass(&w, next);
	}
	memcpy(ret, w.scope[w.n - 1], ENTRY_SCOPE_LEN);
	return RC_OK;
}

/* ---- splits ---- */

void unit_split_id(const char *unit, const char *into, uint8_t ret[16])
{
	const struct span part[] = {span_str(unit), span_str(into)};

	entry_uuid_key(UNIT_SPLIT_KIND, part, 2, ret);
}

bool unit_source(const struct merge_state *state, const struct form *form, const char *kind,
		 char ret[ENTRY_SCOPE_LEN])
{
	return code_of(state, form, strcmp(kind, UNIT_KIND) == 0 ? "closed" : "unit", ret);
}

bool unit_split_read(const struct merge_state *state, const struct form *form, const uint8_t id[16],
		     struct unit_split *ret)
{
	struct unit_split s;
	uint8_t of[16];

	if (!code_of(state, form, "unit", s.unit) || !code_of(state, form, "into", s.into) ||
	    strcmp(s.unit, s.into) == 0)
		return false;
	unit_split_id(s.unit, s.into, of);
	if (memcmp(of, id, sizeof(of)) != 0)
		return false;
	*ret = s;
	return true;
}

/*
 * Of a ring nobody can tell who went over: whoever got a part has certs in what it came from (K14), and so, all round,
 * everybody has all.
 */
static enum rc leads_back(const struct unit_map *m, const struct unit_split *s, bool *ret, struct err *reterr)
{
	struct unit_way w = {.n = 0};
	enum rc rc = unit_reach(m, s->into, &w, reterr);

	*ret = unit_on(&w, s->unit);
	return rc;
}

/* A commune a part of that one went to, from where nothing leads back. *ret "": none. */
static enum rc next_part(const struct unit_map *m, unit_has *has, void *arg, const char *unit,
			 char ret[ENTRY_SCOPE_LEN], struct err *reterr)
{
	const char *best = NULL;

	for (size_t i = 0; i < m->nsplit; i++) {
		const struct unit_split *s = &m->split[i];
		bool back = false;
		enum rc rc;

		if (strcmp(s->unit, unit) != 0 || !has(arg, s->into) ||
		    (best && strcmp(best, s->into) <= 0))
			continue;
		rc = leads_back(m, s, &back, reterr);
		if (rc != RC_OK)
			return rc;
		if (!back)
			best = s->into;
	}
	memcpy(ret, best ? best : "", best ? ENTRY_SCOPE_LEN : 1);
	return RC_OK;
}

enum rc unit_home(const struct unit_map *m, unit_has *has, void *arg, const char *scope,
		  char ret[ENTRY_SCOPE_LEN], struct err *reterr)
{
	struct unit_way w = {.n = 0};
	char next[ENTRY_SCOPE_LEN];
	size_t home = 0;
	enum rc rc = RC_OK;

	for (pass(&w, scope); w.n < STEPS_MAX; pass(&w, next)) {
		rc = next_part(m, has, arg, w.scope[w.n - 1], next, reterr);
		if (rc == RC_OK && !next[0])
			rc = m->step(m->ctx, w.scope[w.n - 1], next, reterr);
		if (rc != RC_OK || !next[0] || unit_on(&w, next))
			break;
		if (has(arg, next))
			home = w.n;
	}
	if (rc == RC_OK)
		memmove(ret, w.scope[home], ENTRY_SCOPE_LEN);
	return rc;
}

enum rc unit_reach(const struct unit_map *m, const char *from, struct unit_way *ret,
		   struct err *reterr)
{
	struct unit_way w = {.n = 0};
	char next[ENTRY_SCOPE_LEN];

	pass(&w, from);
	for (size_t i = 0; i < w.n; i++) {
		enum rc rc = m->step(m->ctx, w.scope[i], next, reterr);

		if (rc != RC_OK)
			return rc;
		if (next[0])
			pass(&w, next);
		for (size_t k = 0; k < m->nsplit; k++)
			if (strcmp(m->split[k].unit, w.scope[i]) == 0)
				pass(&w, m->split[k].into);
	}
	*ret = w;
	return RC_OK;
}

enum rc unit_belongs(const struct unit_map *m, const char *scope, const char *code,
		     char ret[ENTRY_SCOPE_LEN], struct err *reterr)
{
	struct unit_way w = {.n = 0};
	enum rc rc = RC_OK;

	if (code[0] && m->nsplit > 0)
		rc = unit_reach(m, scope, &w, reterr);
	return rc == RC_OK ? unit_survivor(m->step, m->ctx, unit_on(&w, code) ? code : scope, ret,
					   reterr)
			   : rc;
}
