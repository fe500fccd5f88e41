/*
 * merge_state: the inside of a merge state, shared by merge.c, merge_state.c and
 * merge_show.c only. Everything else uses merge.h.
 */
#ifndef KK_SYNC_MERGE_STATE_H
#define KK_SYNC_MERGE_STATE_H

#include "sync/merge.h"

/* An entry with at least one live write. merge_value.id points at `id`. */
struct merge_origin {
	uint8_t id[ENTRY_ID_LEN];
	int64_t at;
	bool central, erased;
	size_t live; /* its live writes */
};

/* A field with live writes: val[first .. first+n), sorted by id. */
struct merge_row {
	const char *name;
	size_t first, n;
};

/* (field, id): an applied entry sets the field and names id, which has not arrived. */
struct merge_pend {
	const uint8_t *id;
	const char *name;
};

struct merge_state {
	struct arena mem;        /* names, bytes and origins; what is dead stays until merge_pack */
	struct merge_value *val; /* row by row */
	size_t nval, capval;
	struct merge_row *row; /* sorted by name */
	size_t nrow, caprow;
	struct merge_origin **org; /* sorted by id */
	size_t norg, caporg;
	struct merge_pend *pend; /* sorted by id, name */
	size_t npend, cappend;
};

/* Index of the row, or where it would stand. */
size_t merge_state_row(const struct merge_state *s, struct span name, bool *retfound);
size_t merge_state_origin(const struct merge_state *s, const uint8_t id[ENTRY_ID_LEN],
			  bool *retfound);

/* Make room for `more` elements in each array. False when out of memory; nothing else changes. */
bool merge_state_room(struct merge_state *s, size_t val, size_t org, size_t pend);

#endif
