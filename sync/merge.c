/*
 * merge: one entry applied to the state of its entity. Clauses M2, M10, M11, M14.
 *
 * A state is the live writes S and the pairs (field, id) some applied entry replaces
 * before id has come. Both are functions of the set of applied entries:
 *   live    (f, w): w sets f and nobody who sets f names w
 *   pending (f, w): somebody who sets f names w, and w has not been applied
 * so the order of application cannot show. Not here: bytes (merge_state.c), policies
 * (merge_show.c), admission.
 */
#include "sync/merge.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "sync/merge_state.h"

struct merge_input merge_input_of(const struct entry *e, bool central)
{
	return (struct merge_input){.id = e->id,
				    .at = e->at,
				    .central = central,
				    .erased = e->erased,
				    .field = e->field,
				    .nfield = e->nfield,
				    .after = e->after,
				    .nafter = e->nafter};
}

/* ---- the pieces of a state ---- */

static void cut(void *base, size_t *n, size_t i, size_t size)
{
	uint8_t *p = base;

	(*n)--;
	memmove(p + i * size, p + (i + 1) * size, (*n - i) * size);
}

/* Open a gap at i; the room is there. */
static void gap(void *base, size_t *n, size_t i, size_t size)
{
	uint8_t *p = base;

	memmove(p + (i + 1) * size, p + i * size, (*n - i) * size);
	(*n)++;
}

/* Index in val of the write of id, or where it would stand in the row. */
static size_t find_value(const struct merge_state *s, const struct merge_row *r,
			 const uint8_t id[ENTRY_ID_LEN], bool *retfound)
{
	size_t lo = r->first, hi = r->first + r->n;

	*retfound = false;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = memcmp(s->val[mid].id, id, ENTRY_ID_LEN);
		if (c == 0) {
			*retfound = true;
			return mid;
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void drop_value(struct merge_state *s, size_t row, size_t at)
{
	bool found;
	size_t o = merge_state_origin(s, s->val[at].id, &found);

	if (--s->org[o]->live == 0)
		cut(s->org, &s->norg, o, sizeof(s->org[0]));
	cut(s->val, &s->nval, at, sizeof(s->val[0]));
	for (size_t i = row + 1; i < s->nrow; i++)
		s->row[i].first--;
	if (--s->row[row].n == 0)
		cut(s->row, &s->nrow, row, sizeof(s->row[0]));
}

static void add_value(struct merge_state *s, const char *name, const struct merge_value *v)
{
	bool found;
	size_t i = merge_state_row(s, span_str(name), &found);

	if (!found) {
		size_t first = i < s->nrow ? s->row[i].first : s->nval;
		gap(s->row, &s->nrow, i, sizeof(s->row[0]));
		s->row[i] = (struct merge_row){.name = name, .first = first};
	}
	size_t at = find_value(s, &s->row[i], v->id, &found);
	gap(s->val, &s->nval, at, sizeof(s->val[0]));
	s->val[at] = *v;
	s->row[i].n++;
	for (size_t j = i + 1; j < s->nrow; j++)
		s->row[j].first++;
}

static size_t find_pending(const struct merge_state *s, const uint8_t id[ENTRY_ID_LEN],
			   struct span name, bool *retfound)
{
	size_t lo = 0, hi = s->npend;

	*retfound = false;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		int c = memcmp(s->pend[mid].id, id, ENTRY_ID_LEN);
		if (c == 0)
			c = span_cmp(span_str(s->pend[mid].name), name);
		if (c == 0) {
			*retfound = true;
			return mid;
		}
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* ---- applying ---- */

/* Copies of what the state will keep of the entry, made before anything changes. */
struct kept {
	struct merge_origin *origin;
	const char **name; /* one for each field */
	struct span *raw;
	uint8_t (*after)[ENTRY_ID_LEN]; /* NULL when all are present */
};

static bool keep(struct merge_state *s, const struct merge_input *in, bool missing, struct kept *k)
{
	k->origin = arena_alloc(&s->mem, sizeof(*k->origin));
	k->name = arena_alloc(&s->mem, in->nfield * sizeof(k->name[0]));
	k->raw = arena_alloc(&s->mem, in->nfield * sizeof(k->raw[0]));
	if (!k->origin || !k->name || !k->raw)
		return false;
	for (size_t i = 0; i < in->nfield; i++) {
		struct span raw = in->erased ? span_of(NULL, 0) : in->field[i].raw;
		k->name[i] = arena_str(&s->mem, in->field[i].name);
		k->raw[i] =
		    span_of(raw.len > 0 ? arena_copy(&s->mem, raw.p, raw.len) : NULL, raw.len);
		if (!k->name[i] || (raw.len > 0 && !k->raw[i].p))
			return false;
	}
	if (missing)
		k->after = arena_copy(&s->mem, in->after, in->nafter * ENTRY_ID_LEN);
	memcpy(k->origin->id, in->id, ENTRY_ID_LEN);
	k->origin->at = in->at;
	k->origin->central = in->central;
	k->origin->erased = in->erased;
	return !missing || k->after;
}

/* The entry's replacements of one field. */
static void replace(struct merge_state *s, const struct merge_input *in, const bool *present,
		    const struct kept *k, size_t field)
{
	struct span name = in->field[field].name;

	for (size_t i = 0; i < in->nafter; i++) {
		bool found;
		size_t row = merge_state_row(s, name, &found);
		if (found) {
			size_t at = find_value(s, &s->row[row], in->after[i], &found);
			if (found) {
				drop_value(s, row, at);
				continue;
			}
		}
		if (present[i])
			continue;
		size_t p = find_pending(s, in->after[i], name, &found);
		if (found)
			continue;
		gap(s->pend, &s->npend, p, sizeof(s->pend[0]));
		s->pend[p] = (struct merge_pend){k->after[i], k->name[field]};
	}
}

/* Its own writes, without those that were replaced before they came; its pending rows go. */
static void arrive(struct merge_state *s, const struct merge_input *in, const struct kept *k)
{
	bool found;

	for (size_t i = 0; i < in->nfield; i++) {
		find_pending(s, in->id, in->field[i].name, &found);
		if (found)
			continue;
		const struct merge_value v = {.raw = k->raw[i],
					      .id = k->origin->id,
					      .at = in->at,
					      .central = in->central,
					      .erased = in->erased};
		add_value(s, k->name[i], &v);
		k->origin->live++;
	}
	if (k->origin->live > 0) {
		size_t o = merge_state_origin(s, in->id, &found);
		gap(s->org, &s->norg, o, sizeof(s->org[0]));
		s->org[o] = k->origin;
	}
	size_t first = find_pending(s, in->id, span_of("", 0), &found);
	while (first < s->npend && memcmp(s->pend[first].id, in->id, ENTRY_ID_LEN) == 0)
		cut(s->pend, &s->npend, first, sizeof(s->pend[0]));
}

static bool blind(const struct merge_state *s, const struct merge_input *in, const bool *present)
{
	bool had = false;

	for (size_t i = 0; i < in->nafter; i++)
		if (present[i])
			return false;
	for (size_t i = 0; i < in->nfield && !had; i++)
		merge_state_row(s, in->field[i].name, &had);
	return had;
}

/* Give back what dead writes still hold, once that is most of a large state. */
static void pack(struct merge_state *s)
{
	struct merge_state *fresh = NULL;
	size_t live = s->norg * sizeof(struct merge_origin);

	for (size_t i = 0; i < s->nval; i++)
		live += s->val[i].raw.len;
	if (s->mem.used < LIMIT_MERGE_SLACK || s->mem.used / 4 < live)
		return;
	if (merge_copy(s, &fresh, NULL))
		return; /* the state is whole, only larger than it need be */
	struct merge_state old = *s;
	*s = *fresh;
	*fresh = old;
	merge_free(fresh);
}

enum rc merge_apply(struct merge_state *s, const struct merge_input *in, const bool *present,
		    bool *retblind, struct err *reterr)
{
	struct kept k = {0};
	size_t missing = 0;

	if (merge_alive(s, in->id))
		return err_set(reterr, RC_INTERNAL, NULL, "merge.twice", NULL);
	for (size_t i = 0; i < in->nafter; i++)
		missing += !present[i];
	if (s->mem.used > s->mem.max / 2)
		pack(s);
	if (!merge_state_room(s, in->nfield, 1, in->nfield * missing) ||
	    !keep(s, in, missing > 0, &k)) {
		bool full = s->mem.used > s->mem.max / 2;
		return full ? err_num(reterr, RC_LIMIT, NULL, "buf.ceiling", "max",
				      (long long)s->mem.max)
			    : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	}
	if (retblind)
		*retblind = blind(s, in, present);
	for (size_t i = 0; i < in->nfield; i++)
		replace(s, in, present, &k, i);
	arrive(s, in, &k);
	pack(s);
	return RC_OK;
}

bool merge_alive(const struct merge_state *s, const uint8_t id[ENTRY_ID_LEN])
{
	bool found;

	merge_state_origin(s, id, &found);
	return found;
}
