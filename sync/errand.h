/*
 * errand: a task of the centre for a commune, as it stands by itself: what, who, until when, and whether its
 * author ended it, and whether a check that names it answers it. Clause M20. Not here: finding those checks, nor the
 * communes they may be of (sync/unit).
 */
#ifndef KK_SYNC_ERRAND_H
#define KK_SYNC_ERRAND_H

#include <stdint.h>

#include "sync/form.h"
#include "sync/matter.h"
#include "sync/merge.h"

#define TASK_KIND  "task"
#define TASK_FIELD "task" /* in a check: the id of the task it answers */

enum errand_state { ERRAND_OPEN, ERRAND_DONE, ERRAND_CANCELLED };

/* Two values in its state leave it open. */
enum errand_state errand_state(const struct merge_state *task, const struct form *form);
/* Day it is due, days since 1970-01-01; 0 when it does not say. */
int64_t errand_due(const struct merge_state *task, const struct form *form);
/* Is a check whole (M13), and does it count (M12, M17)? Errors are the store's. */
enum rc errand_answers(const struct matter_store *s, const char *scope, const char *kind,
		       const uint8_t id[16], bool *ret, struct err *reterr);

#endif
