/*
 * look_comment: what the centre wrote beside the fields of a record it reviewed. Not here:
 * the review itself (op_show, op_due).
 */
#include <stdlib.h>
#include <string.h>

#include "agent/look.h"

struct json *look_comments(const struct look *l, const struct form *form, const struct json *tags)
{
	struct json *all = json_array();

	for (const struct json *t = json_first(tags); t; t = json_next(t)) {
		const char *s = json_str(t), *colon = s ? strstr(s, ": ") : NULL;
		char *name = colon ? span_dup(span_of(s, (size_t)(colon - s))) : NULL;
		const struct form_field *ff = name && form ? form_field(form, name) : NULL;
		struct json *o = json_object();

		json_set_str(o, "field", ff ? ff->name : "");
		json_set_str(o, "label", ff ? form_say(ff->label, lang_name(l->lang)) : "");
		json_set_str(o, "text", ff ? colon + 2 : s ? s : "");
		json_append(all, o);
		free(name);
	}
	return all;
}
