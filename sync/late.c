/*
 * late: what came after the end (see late.h).
 */
#include "sync/late.h"

static bool before(const struct late_entry *x, const struct late_entry *end)
{
	if (x->index >= 0 && end->index >= 0)
		return x->index < end->index;
	if (x->index >= 0 || end->index >= 0)
		return x->index >= 0; /* what is logged was sent first */
	return x->no < end->no;
}

bool late_is(const struct late_entry *x, const struct late_entry *end)
{
	if (x->index >= 0 && x->index < end->seen)
		return false;
	return x->pc < 0 || x->pc != end->pc || !before(x, end);
}
