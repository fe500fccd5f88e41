/*
 * retire: who wrote a thing off, and who edited it without knowing. Clause M16.
 */
#include "sync/retire.h"

#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"

bool retire_is(const struct merge_state *s)
{
	size_t n;
	const struct merge_value *v = merge_siblings(s, RETIRE_FIELD, &n);

	for (size_t i = 0; i < n; i++)
		if (v[i].erased || !span_eq_str(v[i].raw, "\"" RETIRE_VALUE "\""))
			return false;
	return n > 0;
}

/* ---- what a write names ---- */

static bool holds(const struct buf *ids, const uint8_t *id)
{
	for (size_t i = 0; i < ids->len; i += ENTRY_ID_LEN)
		if (memcmp(ids->p + i, id, ENTRY_ID_LEN) == 0)
			return true;
	return false;
}

static bool sets(const char *const *field, const char *name)
{
	for (; *field; field++)
		if (strcmp(*field, name) == 0)
			return true;
	return false;
}

/* All fields with a live value, for who writes off: that is about the whole thing. */
static const char **all_fields(const struct merge_state *s)
{
	size_t n = merge_fields(s);
	const char **all = calloc(n + 1, sizeof(*all));

	for (size_t i = 0; all && i < n; i++)
		all[i] = merge_field_name(s, i);
	return all;
}

enum rc retire_after(const struct merge_state *s, const struct form *f, const char *const *field,
		     struct buf *retids, struct err *reterr)
{
	static const char *const books[] = {RETIRE_FIELD, NULL};
	const char **all = NULL;
	struct buf seen;
	enum rc rc = merge_after(s, field, retids, reterr);

	if (rc != RC_OK || !f || !form_field(f, RETIRE_FIELD))
		return rc;
	buf_init(&seen, LIMIT_ENTRY_AFTER * ENTRY_ID_LEN);
	if (sets(field, RETIRE_FIELD)) {
		all = all_fields(s);
		rc = all ? merge_after(s, all, &seen, reterr)
			 : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	} else {
		rc = merge_after(s, books, &seen, reterr);
	}
	for (size_t i = 0; i < seen.len && rc == RC_OK; i += ENTRY_ID_LEN)
		if (retids->len < (size_t)LIMIT_ENTRY_AFTER * ENTRY_ID_LEN &&
		    !holds(retids, seen.p + i))
			buf_add(retids, seen.p + i, ENTRY_ID_LEN);
	free(all);
	buf_free(&seen);
	return rc == RC_OK ? buf_check(retids, reterr) : rc;
}

/* ---- who did not know ---- */

static bool names(const struct merge_input *x, const uint8_t id[ENTRY_ID_LEN])
{
	for (size_t i = 0; i < x->nafter; i++)
		if (memcmp(x->after[i], id, ENTRY_ID_LEN) == 0)
			return true;
	return false;
}

/* Is it one of those that wrote off? */
static bool wrote_off(const struct merge_state *s, const struct merge_input *x)
{
	size_t n;
	const struct merge_value *v = merge_siblings(s, RETIRE_FIELD, &n);

	for (size_t i = 0; i < n; i++)
		if (memcmp(v[i].id, x->id, ENTRY_ID_LEN) == 0)
			return true;
	return false;
}

static bool knows(const struct merge_state *s, const struct merge_input *const *in, size_t n,
		  const struct merge_input *x)
{
	for (size_t i = 0; i < n; i++)
		if (wrote_off(s, in[i]) && (names(in[i], x->id) || names(x, in[i]->id)))
			return true;
	return false;
}

/* A live value of a field other than the reason? */
static bool says(const struct merge_state *s, const struct merge_input *x)
{
	for (size_t f = 0; f < merge_fields(s); f++) {
		size_t n;
		const struct merge_value *v = merge_siblings(s, merge_field_name(s, f), &n);

		for (size_t i = 0; i < n && strcmp(merge_field_name(s, f), "reason") != 0; i++)
			if (memcmp(v[i].id, x->id, ENTRY_ID_LEN) == 0)
				return true;
	}
	return false;
}

size_t retire_unaware(const struct merge_state *s, const struct merge_input *const *in, size_t n,
		      bool *ret)
{
	bool off = retire_is(s);
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		bool unaware = off && merge_alive(s, in[i]->id) && !wrote_off(s, in[i]) &&
			       !knows(s, in, n, in[i]) && says(s, in[i]);

		count += unaware;
		if (ret)
			ret[i] = unaware;
	}
	return count;
}
