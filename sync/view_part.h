/*
 * view_part: what view.c, view_history.c and view_conflict.c share. Everything else uses view.h.
 */
#ifndef KK_SYNC_VIEW_PART_H
#define KK_SYNC_VIEW_PART_H

#include "sync/view.h"

const struct form_field *view_field(const struct view_as *as, const char *name);
/* Label in the reader's language; the name when no form knows the field. */
const char *view_label(const struct view_as *as, const char *name);
void view_put_id(struct json *o, const char *name, const uint8_t id[ENTRY_ID_LEN]);
/* Put a wire value and its text under two names; erased: null, its text, "erased": true. */
void view_put_value(const struct view_as *as, const char *field, struct span raw, bool erased,
		    struct json *o, const char *value_name, const char *text_name);

/* ---- view_history.c ---- */

/* The entry's write of that field; NULL when it sets it not. Borrowed. */
const struct entry_field *view_value_of(const struct merge_input *in, const char *name);
/* Does it take part in the merge? */
bool view_counts(const struct view_entry *e);
/* Does its `after` name this id? */
bool view_names(const struct merge_input *x, const uint8_t id[ENTRY_ID_LEN]);
/* Who and when, the same for a change and for a side of a conflict. */
void view_put_who(const struct view_as *as, const struct view_entry *e, struct json *o);
/* "reason": null without. */
void view_put_reason(const struct view_entry *e, struct json *o);
/* The values of the field that the entry's `after` names: [{"value","text","entry"} …]. */
struct json *view_replaced(const struct view_as *as, const struct view_entry *all, size_t n,
			   const struct view_entry *e, const char *field);

#endif
