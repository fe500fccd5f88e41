/*
 * record_write: fields that the program itself puts together (a choice between corrections),
 * sealed as one `set`. Clauses E17, M10. Does NOT check a record against its form.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/record.h"
#include "lib/codec.h"
#include "lib/limits.h"
#include "sync/retire.h"

/* The fields that are to be written: not what stands and is written once. */
static struct json *to_write(const struct record_whole *w)
{
	struct json *set = json_object();

	for (const struct json *v = json_first(w->fields); v; v = json_next(v)) {
		size_t n = 0;
		if (w->was && form_merge(w->form, json_name(v)) == FORM_IMMUTABLE)
			merge_siblings(w->was->state, json_name(v), &n);
		if (n == 0)
			json_set(set, json_name(v), json_copy(v));
	}
	return set;
}

static enum rc after_of(const struct record_whole *w, const struct json *set, struct buf *after,
			struct err *reterr)
{
	const char *field[LIMIT_FORM_FIELDS + 2];
	size_t n = 0;

	for (const struct json *v = json_first(set); v && n < LIMIT_FORM_FIELDS + 1;
	     v = json_next(v))
		field[n++] = json_name(v);
	field[n] = NULL;
	return w->was ? retire_after(w->was->state, w->form, field, after, reterr) : RC_OK;
}

static enum rc seal(struct record_batch *b, const struct record_whole *w, struct json *set,
		    struct json *o, struct err *reterr)
{
	char text[CODEC_B64U_32 + 1];
	uint8_t id[ENTRY_ID_LEN];
	struct buf after;
	enum rc rc;

	buf_init(&after, LIMIT_ENTRY_AFTER * ENTRY_ID_LEN);
	rc = after_of(w, set, &after, reterr);
	json_set_str(set, "reason", w->reason);
	if (rc == RC_OK)
		rc = author_set(b->author, w->scope, w->form->name, w->form->version, w->id, set,
				span_buf(&after), id, reterr);
	if (rc == RC_OK) {
		codec_b64u(id, ENTRY_ID_LEN, text);
		json_set_str(o, "entry", text);
		json_set_str(o, "state", "sealed");
		record_name(b, o, w->form, w->id, w->fields);
		b->sealed++;
	}
	buf_free(&after);
	return rc;
}

enum rc record_write(struct record_batch *b, const struct record_whole *w, struct json **ret,
		     struct err *reterr)
{
	struct record_whole clean = *w;
	struct json *o, *set;
	char *reason = NULL;
	enum rc rc = record_sign(b, reterr);

	if (rc == RC_OK)
		rc = author_may(b->author, w->scope, reterr);
	if (rc == RC_OK)
		rc = record_reason(w->reason, &reason, reterr);
	if (rc == RC_OK && !reason)
		rc = err_set(reterr, RC_INPUT, NULL, "record.reason_needed", NULL);
	if (rc != RC_OK)
		return rc;
	clean.reason = reason;
	set = to_write(w);
	o = record_result(b, w->form);
	rc = seal(b, &clean, set, o, reterr);
	json_free(set);
	free(reason);
	if (rc == RC_OK)
		*ret = o;
	else
		json_free(o);
	return rc;
}
