/*
 * form_family: definitions that go out together: a form and the kinds of its lines, each of which
 * names the other. As a JSON array of definitions, the form first; one definition alone is a family
 * too. Checked as a whole, beside the forms published. Not here: drafts (form_draft), sealing (op_form).
 */
#ifndef KK_COLLECTOR_FORM_FAMILY_H
#define KK_COLLECTOR_FORM_FAMILY_H

#include "lib/lang.h"
#include "server-stub/collector.h"

enum { FORM_FAMILY_MAX = 16 };

struct form_family {
	struct json *defs;    /* array of definitions; owned */
	struct form_set *set; /* all published forms and these; NULL while there are findings */
	struct json *findings; /* [{"form","at","text"}], owned */
	struct err first;      /* the first of them as it was found */
	size_t n;
};

/* From the text of one definition or of an array. RC_INPUT: no JSON, or "form.family" (too many, none). */
enum rc form_family_read(struct span text, struct form_family *ret, struct err *reterr);
/* From an array of definitions (copied). */
enum rc form_family_of(const struct json *defs, struct form_family *ret, struct err *reterr);
void form_family_free(struct form_family *x);
/*
 * Everything that speaks against publishing them now, into findings: faults of each definition, the
 * version that has to come next (K6), kinds and fields of each other. Words in lang.
 */
enum rc form_family_check(struct collector *col, const struct lang *lang, struct form_family *x,
			  struct err *reterr);
/* Name of the i-th definition, "" when it has none; its form once checked without findings. Borrowed. */
const char *form_family_name(const struct form_family *x, size_t i);
const struct form *form_family_form(const struct form_family *x, size_t i);

#endif
