/*
 * anew: see anew.h.
 */
#include "server-stub/anew.h"

#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "sync/kinds.h"

enum rc anew_apply(struct merge_state *s, const struct entry *e, bool central, const bool *present,
		   unsigned *retflags, bool *retmerged, struct err *reterr)
{
	struct merge_input in = merge_input_of(e, central);
	bool blind = false, had = merge_fields(s) > 0;
	enum rc rc;

	*retmerged = !had || !kinds_single(e->kind);
	rc = *retmerged ? merge_apply(s, &in, present, &blind, reterr) : RC_OK;
	*retflags = (blind ? KEYRING_FLAG_BLIND : 0) |
		    (!*retmerged || (had && kinds_once(e->kind)) ? KEYRING_FLAG_AGAIN : 0);
	return rc;
}

enum rc anew_begin(struct anew *ret, struct err *reterr)
{
	*ret = (struct anew){.n = 0};
	return merge_new(&ret->state, reterr);
}

static bool is_added(const struct anew *a, const uint8_t id[ENTRY_ID_LEN])
{
	for (size_t i = a->n; i-- > 0;)
		if (memcmp(a->id[i], id, ENTRY_ID_LEN) == 0)
			return true;
	return false;
}

enum rc anew_add(struct anew *a, const struct entry *e, bool central, unsigned *retflags, struct err *reterr)
{
	bool present[LIMIT_ENTRY_AFTER], merged = false;
	void *grown = realloc(a->id, (a->n + 1) * sizeof(*a->id));
	unsigned flags = 0;
	enum rc rc;

	if (!grown)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	a->id = grown;
	for (size_t i = 0; i < e->nafter; i++)
		present[i] = is_added(a, e->after[i]);
	rc = anew_apply(a->state, e, central, present, &flags, &merged, reterr);
	if (rc == RC_OK && merged)
		memcpy(a->id[a->n++], e->id, ENTRY_ID_LEN);
	if (retflags)
		*retflags = flags;
	return rc;
}

void anew_end(struct anew *a)
{
	merge_free(a->state);
	free(a->id);
	*a = (struct anew){.n = 0};
}
