/*
 * form_view: a form as a screen draws it: sections, fields with their words in both languages, lists,
 * kinds of lines. The clerk's page and the centre's preview are drawn from the same. Rules are not in
 * it: what they say of a record is told by form_check.
 */
#ifndef KK_SYNC_FORM_VIEW_H
#define KK_SYNC_FORM_VIEW_H

#include "lib/json.h"
#include "sync/form.h"

/* {"vi","en"}. Caller frees. */
struct json *form_view_pair(struct form_text t);
/* {"kind","version","newest","class","label","title","sections":[{"label"?,"fields":[…]}]}. Caller frees. */
struct json *form_view(const struct form_set *set, const struct form *f);
/* The kinds of its lines, each as above with "min" and "max" (absent: any number). Caller frees. */
struct json *form_view_lines(const struct form_set *set, const struct form *f);

#endif
