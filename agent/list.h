/*
 * list: what list and search have in common: {"items":[…],"total","drafts":[…]}. Not here:
 * their arguments.
 */
#ifndef KK_AGENT_LIST_H
#define KK_AGENT_LIST_H

#include "agent/agent.h"
#include "lib/op.h"

enum { LIST_LIMIT = 50, LIST_WORDS_MAX = 4096 };

/*
 * in: kind, parent, conflicts, unsent, drafts, limit, offset, all optional. text: words to
 * look for, NULL: any. item: {"id","short","kind","kind_label","title","scope","conflicts",
 * "unsent","changed_at","members" of a linked one (look_members)}; draft: {"id","short","kind",
 * "kind_label","title","saved_at","lines"}.
 */
enum rc list_run(const struct op_call *call, const struct json *in, const char *text,
		 struct json **ret, struct err *reterr);
void list_print(const struct lang *lang, const struct json *out, struct buf *text);

#endif
