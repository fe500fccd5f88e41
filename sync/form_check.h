/*
 * form_check: what a clerk typed into wire values, and a record against its form.
 *
 * The same code on both sides: on the agent an error blocks, at the collector the
 * result is only a flag (A9). Records come as struct json objects (field -> wire
 * value, FORMAT.md E18), children as an array of {"kind":"equipment_line","fields":{…}}.
 * Not here: reading forms (sync/form), whether a referred entity exists (the store knows).
 */
#ifndef KK_SYNC_FORM_CHECK_H
#define KK_SYNC_FORM_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"
#include "lib/lang.h"
#include "sync/form.h"

/* ---- input ---- */

/*
 * One typed value as a wire value; *ret is the caller's. `typed` may be
 *   a string     read by the field's type: "1.234.567", "1.234,5", "23/11/2026",
 *                "23/11/2026 08:30", "có", a list's value or its label in vi or en (tones
 *                and case do not matter if it stays unambiguous), "a, b" for several.
 *                Text becomes NFC with spaces tidied. "" (or spaces) gives null: empty.
 *                A canonical decimal ("12.5") is taken where it cannot be a grouped
 *                integer ("1.234" is one thousand two hundred thirty-four).
 *   integer, boolean, null, array of strings, blob object: taken when the type fits.
 * Ranges, patterns and required marks are form_check_record's business.
 * RC_INPUT "form.no_field" (arg name) or the key of what is wrong (form.not_int,
 * form.not_date …) with arguments: field = its name, label and label_en = its labels, value.
 */
enum rc form_check_input(const struct form *f, const char *field, const struct json *typed,
                         struct json **ret, struct err *reterr);

/* Is the pattern that of a week as it is kept (2026-W48): does it take that, and nothing which is nearly one? */
bool form_field_is_week(const struct form_field *ff);

/* ---- findings ---- */

enum form_severity { FORM_ERROR, FORM_WARNING };

struct form_finding {
	enum form_severity severity;
	const struct form_field *field; /* NULL: the whole form, or a field it does not have */
	char name[49];                  /* name of the field, "" for a rule; or of the child kind */
	size_t child;                   /* index in the array of children; SIZE_MAX: none */
	struct form_text text;          /* the form's own words; NULLs: see why */
	struct err why;                 /* key and arguments: label, label_en, value, min, max … */
};

struct form_result {
	struct form_finding *finding; /* in the order of the form; then rules, then children */
	size_t n, cap;
	size_t nerror, nwarning;
	bool cut;             /* more than LIMIT_FORM_FINDINGS */
	struct json *derived; /* object: name -> value of each derived field that has one */
};

/* Zero-initialise before the first use; free after the last. */
void form_check_free(struct form_result *r);

/* The finding in the language of `lang`: the form's words, or the message of `why`. */
void form_check_say(const struct form_finding *x, const struct lang *lang, struct buf *out);

/* The finding as the error of an operation: RC_INPUT, in the reader's language when it is shown. */
enum rc form_check_err(const struct form_finding *x, struct err *reterr);

/* What is known around the record. All but now_s may be NULL / absent. */
struct form_around {
	const struct form_set *set;   /* to know the children's forms (derived fields, keys) */
	int64_t now_s;                /* unix seconds, for today() and now() */
	const struct json *parent;    /* the parent's fields; NULL: not known */
	const struct json *children;  /* array of {kind, fields}; NULL: not known */
};

/*
 * Check `rec`. Findings and derived values go to *r (emptied first). An expression that
 * needs a parent or children not known is not evaluated: no finding, no derived value.
 * Checked in the order: members the form lacks, then per field type, relevance (a value
 * where the field does not apply is an error), required, list, pattern, range, length,
 * constraint, warnings; then rules; then the number of children and equal keys among them.
 * `constraint` and the type's own checks look only at a field with a value.
 * RC_OK however many findings; RC_NOMEM, RC_INTERNAL else.
 */
enum rc form_check_record(const struct form *f, const struct json *rec,
                          const struct form_around *around, struct form_result *r,
                          struct err *reterr);

/*
 * Only the derived values, as an object (name -> value; empty ones left out); the caller
 * frees *ret. Cheaper than form_check_record: for lists and views.
 */
enum rc form_check_derived(const struct form *f, const struct json *rec,
                           const struct form_around *around, struct json **ret,
                           struct err *reterr);

/*
 * Default values for a new record: an object of those fields that have a `default`,
 * computed in the order of the form over `rec` (what is set already; NULL: nothing); fields
 * in `rec` and those that give no value are left out. The caller frees *ret.
 */
enum rc form_check_defaults(const struct form *f, const struct json *rec,
                            const struct form_around *around, struct json **ret,
                            struct err *reterr);

/* What a field is in a record as it stands, given or not. */
struct form_mark {
	bool applies;  /* `relevant` is absent, true, or cannot be told */
	bool required; /* applies, and must have a value before the record is accepted */
};
/*
 * The marks of all fields, ret[0 … nfield-1], for a screen; what cannot be computed counts
 * as applying and not required (form_check_record has the finding). RC_NOMEM, RC_INTERNAL.
 */
enum rc form_check_marks(const struct form *f, const struct json *rec,
                         const struct form_around *around, struct form_mark *ret,
                         struct err *reterr);

/* True when the field applies to the record (`relevant` absent or true). */
enum rc form_check_relevant(const struct form *f, const char *field, const struct json *rec,
                            const struct form_around *around, bool *ret, struct err *reterr);

#endif
