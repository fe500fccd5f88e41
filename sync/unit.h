/*
 * unit: which commune goes on where another one was merged into it. Clause M18.
 *
 * A merger is an entity of scope "*" and kind `merger` with key (`closed`), so that both ends find
 * it by the code of the commune that ended. Pure: the store is asked through a function. Not here: the
 * certs that go with it (K14), names and dates in the catalogue.
 */
#ifndef KK_SYNC_UNIT_H
#define KK_SYNC_UNIT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
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

#endif
