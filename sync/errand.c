/*
 * errand: see errand.h.
 */
#include "sync/errand.h"

#include <string.h>

#include "lib/limits.h"
#include "lib/text.h"

/* The text a field shows without two values; "" otherwise. The fields stay the caller's. */
static const char *shown(const struct merge_state *s, const struct form *f, const char *field,
			 const struct json *fields)
{
	struct merge_value v;
	struct buf scratch;
	bool conflict = false;
	const char *text = json_get_str(fields, field);

	buf_init(&scratch, LIMIT_ENTRY_PAYLOAD);
	merge_show(s, field, merge_policy(f, field), &scratch, &v, &conflict, NULL);
	buf_free(&scratch);
	return conflict || !text ? "" : text;
}

enum errand_state errand_state(const struct merge_state *task, const struct form *form)
{
	struct json *fields = merge_json(task, form);
	const char *state = shown(task, form, "state", fields);
	enum errand_state s = strcmp(state, "xong") == 0  ? ERRAND_DONE
			      : strcmp(state, "huy") == 0 ? ERRAND_CANCELLED
							  : ERRAND_OPEN;

	json_free(fields);
	return s;
}

int64_t errand_due(const struct merge_state *task, const struct form *form)
{
	struct json *fields = merge_json(task, form);
	const char *due = json_get_str(fields, "due");
	int64_t days = 0;

	if (!due || text_days(span_str(due), &days, NULL) != RC_OK)
		days = 0;
	json_free(fields);
	return days;
}

enum rc errand_answers(const struct matter_store *s, const char *scope, const char *kind,
		       const uint8_t id[16], bool *ret, struct err *reterr)
{
	const struct form *form = form_set_newest(s->forms, kind);
	struct matter_line line = {.n = 0};
	bool yes = false;
	enum rc rc = matter_whole(s, scope, kind, id, &yes, reterr);

	if (rc == RC_OK && yes && form && form_field(form, CHAIN_FIELD)) {
		rc = matter_line(s, scope, kind, id, &line, reterr);
		yes = rc == RC_OK && chain_standing(line.chain, scope, id) == CHAIN_COUNTS;
		matter_line_free(&line);
	}
	if (rc == RC_OK)
		*ret = yes;
	return rc;
}
