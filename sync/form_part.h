/*
 * form_part: what the files of sync/form share; nobody else includes it.
 *
 * form_value.c looks at single wire values, form_scope.c evaluates expressions over a
 * record with its parent and children, form_input.c reads what people type,
 * form_check.c puts it together.
 */
#ifndef KK_SYNC_FORM_PART_H
#define KK_SYNC_FORM_PART_H

#include "lib/limits.h"
#include "sync/form_check.h"

/* ---- form_value.c ---- */

/* False for what counts as empty: absent, null, "", []. */
bool form_value_given(const struct json *v);
/*
 * A given value against type, list, pattern, range and length. RC_INPUT as form_value_refuse;
 * RC_NOMEM.
 */
enum rc form_value_check(const struct form_field *x, const struct json *v, struct err *reterr);
/* RC_INPUT: key with field, label, label_en and one more argument (NULL: none). */
enum rc form_value_refuse(const struct form_field *x, const char *key, const char *name,
			  const char *value, struct err *reterr);
/* The value for expressions; what it allocates comes from mem. x may be NULL (type unknown). */
enum rc form_value_expr(const struct form_field *x, const struct json *v, struct arena *mem,
			struct expr_value *ret, struct err *reterr);
/*
 * The way back: a value as the field has it on the wire. *ret = NULL when it is empty or
 * none of the type's values.
 */
enum rc form_value_wire(const struct form_field *x, const struct expr_value *v, struct json **ret,
			struct err *reterr);

/* ---- form_scope.c ---- */

/* One record with what surrounds it, ready for expressions. */
struct form_scope {
	const struct form *form;
	const struct json *rec;
	struct form_around around;
	struct json *derived;            /* name -> value, owned */
	bool unknown[LIMIT_FORM_FIELDS]; /* derived fields that cannot be told here */
	struct json *child_derived;      /* array: derived values of each child; NULL until needed */
	const struct form_field *self;   /* what "." is */
	bool missing;                    /* the evaluation under way met something not known */
};

/* Compute the derived values. Close after success only. */
enum rc form_scope_open(struct form_scope *s, const struct form *f, const struct json *rec,
			const struct form_around *around, struct err *reterr);
void form_scope_close(struct form_scope *s);
/*
 * Evaluate as a condition, "." being `self` (may be NULL): *ret = its truth, or `otherwise`
 * when it met a parent or children that are not known. Errors as expr_eval.
 */
enum rc form_scope_test(struct form_scope *s, const struct expr *x, const struct form_field *self,
			bool otherwise, bool *ret, struct err *reterr);
/* Evaluate as a value of the field. *ret = NULL when empty; s->missing when not known. */
enum rc form_scope_value(struct form_scope *s, const struct expr *x,
			 const struct form_field *field, struct json **ret, struct err *reterr);

#endif
