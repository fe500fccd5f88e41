/*
 * merge: what the admitted entries of one entity say. Clauses M1-M11, M14.
 *
 * The state of an entity is a value: the live writes (S of M2) grouped by entry, and
 * the replacements whose target has not arrived (pending). merge_apply is pure, and
 * states have one canonical byte form, so that "incremental equals rebuild" and
 * "any order" are byte comparisons. Policies are not applied here but at reading
 * (merge_show). Not here: admission (give only admitted entries), storage.
 */
#ifndef KK_SYNC_MERGE_H
#define KK_SYNC_MERGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "sync/entry.h"
#include "sync/form.h"

struct merge_state;

enum rc merge_new(struct merge_state **ret, struct err *reterr);
void merge_free(struct merge_state *s);
enum rc merge_copy(const struct merge_state *s, struct merge_state **ret, struct err *reterr);

/* Canonical bytes, and back. RC_CORRUPT "merge.state". */
enum rc merge_write(const struct merge_state *s, struct buf *out, struct err *reterr);
enum rc merge_read(struct span bytes, struct merge_state **ret, struct err *reterr);

/* What the merge needs of an entry or its stub (M14). */
struct merge_input {
	const uint8_t *id; /* 32 bytes */
	int64_t at;        /* 0 when erased: every node must know the same */
	bool central;      /* keyring_central of its author (M8) */
	bool erased;       /* values are gone: raw spans empty */
	const struct entry_field *field;
	size_t nfield;
	const uint8_t (*after)[ENTRY_ID_LEN];
	size_t nafter;
};
struct merge_input merge_input_of(const struct entry *e, bool central);
/*
 * Apply one admitted entry that was not applied before (the store knows: A11).
 * present[i]: entry after[i] is an admitted entry of this entity that was applied
 * already; merge_alive tells it for live ones, the store for dead ones.
 * *retblind: the fields it sets had values and it names no entry of the entity (A9). May be NULL.
 * On failure (RC_NOMEM, RC_LIMIT, RC_INTERNAL "merge.twice") *s is as before.
 */
enum rc merge_apply(struct merge_state *s, const struct merge_input *in, const bool *present,
		    bool *retblind, struct err *reterr);

/* Does the entry have a live write in s? */
bool merge_alive(const struct merge_state *s, const uint8_t id[ENTRY_ID_LEN]);

/* The policy a field is shown with: form_merge; without a form keep, `reason` latest (E24). */
enum form_merge merge_policy(const struct form *f, const char *field);

/* ---- reading ---- */

struct merge_value {
	struct span raw; /* wire bytes; empty when erased */
	const uint8_t *id;
	int64_t at;
	bool central;
	bool erased;
};

/* Fields with at least one live write, sorted by name. Borrowed. */
size_t merge_fields(const struct merge_state *s);
const char *merge_field_name(const struct merge_state *s, size_t i);
/* Live writes of a field sorted by id; *retn = 0 when there is none. Borrowed. */
const struct merge_value *merge_siblings(const struct merge_state *s, const char *field,
					 size_t *retn);

/*
 * Policy (M4-M9). *scratch is emptied and holds ret->raw of a union; else raw is the state's.
 * *retconflict (may be NULL): keep or immutable with two different values; *ret is then the
 * latest of them. An erased value differs from every other, and wins by max, min or union
 * only when all are erased. RC_NOTFOUND "merge.no_value" for a field without writes.
 */
enum rc merge_show(const struct merge_state *s, const char *field, enum form_merge policy,
		   struct buf *scratch, struct merge_value *ret, bool *retconflict,
		   struct err *reterr);
/* The shown value of a field as the UUID of an entity; false when it is none. */
bool merge_ref(const struct merge_state *s, const struct form *f, const char *field,
	       uint8_t ret[16]);
/* Number of fields in conflict under the form (NULL: every field but `reason` is keep). */
size_t merge_conflicts(const struct merge_state *s, const struct form *f);
/*
 * Append the ids (32 bytes each, in byte order) that a write to these fields must name: all
 * siblings of each, each id once; field is a NULL-terminated list. At most LIMIT_ENTRY_AFTER
 * (E17): what is beyond stays a sibling and is named by the next write.
 */
enum rc merge_after(const struct merge_state *s, const char *const *field, struct buf *retids,
		    struct err *reterr);
/*
 * Shown values as an object field -> value (conflicting: the latest; erased: left out), for
 * forms and lists; caller frees; NULL when out of memory.
 */
struct json *merge_json(const struct merge_state *s, const struct form *f);

#endif
