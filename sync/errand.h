/*
 * errand: a task of the centre for a commune, as it stands by itself: what, who, until when, and whether its
 * author ended it. Clause M20. Pure. Not here: which check answers it (whoever holds the checks knows).
 */
#ifndef KK_SYNC_ERRAND_H
#define KK_SYNC_ERRAND_H

#include <stdint.h>

#include "sync/form.h"
#include "sync/merge.h"

#define TASK_KIND  "task"
#define TASK_FIELD "task" /* in a check: the id of the task it answers */

enum errand_state { ERRAND_OPEN, ERRAND_DONE, ERRAND_CANCELLED };

/* Two values in its state leave it open. */
enum errand_state errand_state(const struct merge_state *task, const struct form *form);
/* Day it is due, days since 1970-01-01; 0 when it does not say. */
int64_t errand_due(const struct merge_state *task, const struct form *form);

#endif
