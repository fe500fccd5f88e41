/*
 * anew: see anew.h.
 */
#include "server-stub/anew.h"

#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "sync/kinds.h"

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

enum rc anew_add(struct anew *a, const struct entry *e, bool central, struct err *reterr)
{
	struct merge_input in = merge_input_of(e, central);
	bool present[LIMIT_ENTRY_AFTER];
	void *grown;

	if (a->n > 0 && kinds_single(e->kind))
		return RC_OK;
	grown = realloc(a->id, (a->n + 1) * sizeof(*a->id));
	if (!grown)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	a->id = grown;
	for (size_t i = 0; i < e->nafter; i++)
		present[i] = is_added(a, e->after[i]);
	memcpy(a->id[a->n++], e->id, ENTRY_ID_LEN);
	return merge_apply(a->state, &in, present, NULL, reterr);
}

void anew_end(struct anew *a)
{
	merge_free(a->state);
	free(a->id);
	*a = (struct anew){.n = 0};
}
