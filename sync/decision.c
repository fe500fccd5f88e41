/*
 * decision: see decision.h.
 */
#include "sync/decision.h"

#include <string.h>

#include "lib/codec.h"

static const char *const states[] = {"received", "approved", "returned", "rejected"};
static const char *const levels[] = {"", "commune", "province", "centre"};

const char *decision_state_name(enum decision_state s)
{
	return states[s];
}

const char *decision_level_name(enum decision_level l)
{
	return levels[l];
}

static size_t place(const char *const *list, size_t n, const char *name)
{
	for (size_t i = 0; name && i < n; i++)
		if (strcmp(list[i], name) == 0)
			return i;
	return 0;
}

enum decision_level decision_level_of(const char *name)
{
	return (enum decision_level)place(levels, sizeof(levels) / sizeof(levels[0]), name);
}

enum decision_state decision_state_of(const char *name)
{
	return (enum decision_state)place(states, sizeof(states) / sizeof(states[0]), name);
}

struct decision decision_of(const struct json *fields, int64_t index)
{
	const char *seen = json_get_str(fields, DECISION_SEEN);
	struct decision d = {.state = decision_state_of(json_get_str(fields, "state")),
			     .level = decision_level_of(json_get_str(fields, DECISION_LEVEL)),
			     .index = index};

	d.bound = seen && *seen;
	if (d.bound && !codec_b64u_32(span_str(seen), d.seen))
		memset(d.seen, 0, sizeof(d.seen));
	return d;
}

enum rc decision_read(const struct merge_state *review, const struct form *form, int64_t index,
		      struct decision *ret, struct err *reterr)
{
	struct json *fields = merge_json(review, form);

	if (!fields)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	*ret = decision_of(fields, index);
	json_free(fields);
	return RC_OK;
}

bool decision_speaks(const struct decision *d, const uint8_t last[ENTRY_ID_LEN])
{
	return !d->bound || memcmp(d->seen, last, ENTRY_ID_LEN) == 0;
}

/* What is not in the log yet comes last. */
static int64_t order(int64_t index)
{
	return index < 0 ? INT64_MAX : index;
}

bool decision_over(const struct decision *a, const struct decision *b)
{
	return a->level != b->level ? a->level > b->level : order(a->index) > order(b->index);
}

bool decision_locks(const struct decision *d)
{
	return d->state == DECISION_APPROVED && d->level == DECISION_CENTRE;
}

bool decision_before(const struct decision *d, int64_t first)
{
	return d->index >= 0 && d->index < order(first);
}
