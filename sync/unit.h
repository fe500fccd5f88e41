/*
 * unit: which commune goes on where another one was merged into it, and where parts of one went. Clauses M18, M22.
 *
 * A merger is an entity of scope "*" and kind `merger` with key (`closed`), so that both ends find
 * it by the code of the commune that ended; a split one of kind `split` with key (`unit`, `into`), one for each part.
 * Pure: mergers, of which there are many, are asked for through a function, splits given. Not here: the
 * certs that go with them (K14), names and dates in the catalogue.
 */
#ifndef KK_SYNC_UNIT_H
#define KK_SYNC_UNIT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "sync/authority.h"
#include "sync/entry.h"
#include "sync/form.h"
#include "sync/merge.h"

#define UNIT_KIND "merger" /* fields `closed`, `into`, `closed_name`, `into_name` … */

/* Id of the one merger by which a commune ended (E23). */
void unit_merger_id(const char *closed, uint8_t ret[16]);
struct unit_merger {
	char closed[ENTRY_SCOPE_LEN], into[ENTRY_SCOPE_LEN];
};
/*
 * A merger as it stands: false when a code is in conflict, erased, or no commune, or when id (16 bytes)
 * is not that of `closed`: then it leads nowhere. form: of its kind, NULL unknown.
 */
bool unit_read(const struct merge_state *state, const struct form *form, const uint8_t id[16],
	       struct unit_merger *ret);

/* One step: *ret "" when no merger that leads anywhere ended this commune. */
typedef enum rc unit_step(void *ctx, const char *closed, char ret[ENTRY_SCOPE_LEN],
			  struct err *reterr);
/*
 * The commune at the end of the mergers that begin with scope; scope itself when it did not end. A
 * step back to one that was passed already counts as none. Errors are the step's.
 */
enum rc unit_survivor(unit_step *step, void *ctx, const char *scope, char ret[ENTRY_SCOPE_LEN],
		      struct err *reterr);

/* ---- parts (M22) ---- */

#define UNIT_SPLIT_KIND "split" /* fields `unit`, `into`, `unit_name`, `into_name` … */

struct unit_split {
	char unit[ENTRY_SCOPE_LEN], into[ENTRY_SCOPE_LEN];
};
/* Id of the one split by which part of a commune went to another (E23). */
void unit_split_id(const char *unit, const char *into, uint8_t ret[16]);
/* A split as it stands: false as with unit_read, and when both codes are one: then nothing went anywhere. */
bool unit_split_read(const struct merge_state *state, const struct form *form, const uint8_t id[16],
		     struct unit_split *ret);
/* The commune a merger or split leads away from, wherever to; false when it does not say. */
bool unit_source(const struct merge_state *state, const struct form *form, const char *kind,
		 char ret[ENTRY_SCOPE_LEN]);

/* Mergers, by step, and all splits that lead anywhere, in any order. Borrowed. */
struct unit_map {
	unit_step *step;
	void *ctx;
	const struct unit_split *split;
	size_t nsplit;
};
/* Does whoever is asked about have this commune (K14), and is not revoked there (A6)? */
typedef bool unit_has(void *arg, const char *scope);
/*
 * Where a key that began in scope writes what is new: on from there where a part went to a commune it has, unless
 * splits and mergers lead back from that, else where the mergers lead; the last on the way that it has, scope itself
 * whatever it has. Of several parts the one with the smallest code. Errors are the step's.
 */
enum rc unit_home(const struct unit_map *m, unit_has *has, void *arg, const char *scope,
		  char ret[ENTRY_SCOPE_LEN], struct err *reterr);

/* Communes, each once. */
struct unit_way {
	char scope[AUTHORITY_SCOPES][ENTRY_SCOPE_LEN];
	size_t n;
};
bool unit_on(const struct unit_way *w, const char *scope);
/*
 * `from`, and wherever it or a part of it went on, in any number of steps: AUTHORITY_SCOPES at most, the nearest.
 * Errors are the step's.
 */
enum rc unit_reach(const struct unit_map *m, const char *from, struct unit_way *ret,
		   struct err *reterr);
/* The commune a place of that scope belongs to, by what its `commune_code` shows ("": none). Errors are the step's. */
enum rc unit_belongs(const struct unit_map *m, const char *scope, const char *code,
		     char ret[ENTRY_SCOPE_LEN], struct err *reterr);

#endif
