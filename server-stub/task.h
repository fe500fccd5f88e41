/*
 * task: how a task stands at the centre: open, answered by a check that counts, ended by its author. Clause
 * M20. Reads only.
 */
#ifndef KK_COLLECTOR_TASK_H
#define KK_COLLECTOR_TASK_H

#include "server-stub/proof.h"
#include "server-stub/stand.h"
#include "sync/errand.h"

/* Behind those of enum stand_state in the rows of lists. */
enum task_state { TASK_OPEN = STAND_N, TASK_DONE, TASK_CANCELLED, TASK_END };
const char *task_state_name(enum task_state s); /* "open" "done" "cancelled" */

struct task {
	enum task_state state;
	int64_t due_day; /* since 1970 */
	bool answered;
	char by_kind[ENTRY_KIND_LEN];
	uint8_t by[16]; /* the check that answered it */
};
enum rc task_of(struct archive_reader *r, const struct form_set *forms,
		const struct archive_entity *e, struct task *ret, struct err *reterr);

/*
 * {"id","scope","title","target","owner","due","due_text","state","overdue":bool,"note","closed_by",
 * "answer":{"kind","id"} if any,"at","who","who_title","verified"}. e with its state. Caller frees.
 */
enum rc task_json(struct proof *p, const struct lang *lang, const struct archive_entity *e,
		  struct json **ret, struct err *reterr);

#endif
