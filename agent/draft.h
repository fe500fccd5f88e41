/*
 * draft: what is being filled in and not sealed yet: one file each in HOME/drafts. Each line of
 * it is the whole draft as it was after one field; the last line that can be read counts, so that
 * keeping a field is one write made durable, and a power cut or a damaged line loses at most the
 * field under way. A draft is
 *   {"kind","version","id","saved_at","fields":{wire values},"typed":{field: text nobody could read},
 *    "children":[{"no","of","kind","version","fields","typed"}],"focus","reason","edits","scope"}
 * of: the number of the line that it is a part of (its photo); left out: a line of the draft itself.
 * edits: it changes that record of a register; fields then holds only what changes (null: emptied).
 * It is this PC's own affair: never sealed, never sent. Not here: checking, submitting.
 */
#ifndef KK_AGENT_DRAFT_H
#define KK_AGENT_DRAFT_H

#include "agent/agent.h"

/*
 * All, as an array sorted by id; those submitted already (a crash came between) are left out. damaged (an array, or
 * NULL): gets the file names of those of which no line can be read; they are in nobody's way.
 */
enum rc draft_list(struct agent *agent, struct json **ret, struct json *damaged, struct err *reterr);
/*
 * By id, or 6 or more hex digits of its beginning or end. kind NULL: any. RC_NOTFOUND
 * "draft.none", RC_CONFLICT "store.ambiguous". The caller frees *ret.
 */
enum rc draft_find(struct agent *agent, const char *kind, const char *typed, struct json **ret,
		   struct err *reterr);
/* Durable when it returns: a line more, or the file anew when it has grown long. */
enum rc draft_keep(struct agent *agent, const struct json *draft, struct err *reterr);
/* One that is not there is fine. */
enum rc draft_remove(struct agent *agent, const char *id, struct err *reterr);

#endif
