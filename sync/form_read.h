/*
 * form_read: what the readers of a form definition share. Only sync/form_read*.c include it;
 * users include sync/form.h.
 */
#ifndef KK_SYNC_FORM_READ_H
#define KK_SYNC_FORM_READ_H

#include <stddef.h>

#include "lib/limits.h"
#include "sync/form.h"

enum { VERSION_MAX = 9999, NAME_MAX_LEN = 48, FORM_NAME_MAX = 32, VALUE_MAX_LEN = 64 };

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct form_reader {
	struct form *f;
	struct err *reterr;
	/* Set: a fault is told here and reading goes on behind it (form_problems); NULL: it ends there. */
	void (*take)(void *arg, const struct err *why);
	void *arg;
	size_t taken;
};

/* Where in the definition: a chain of members and indices, innermost first. */
struct form_place {
	const struct form_place *up;
	const char *name; /* NULL: an index */
	size_t index;
};

struct form_member {
	const char *name;
	enum rc (*read)(struct form_reader *r, void *whole, void *part, const struct json *v,
			const struct form_place *at);
	size_t offset; /* of `part` in `whole` */
	bool required;
	unsigned types; /* bits of enum form_type it makes sense for; 0: any */
};

#define BIT(t)  (1u << (t))
#define TEXTS   (BIT(FORM_TEXT) | BIT(FORM_CODE) | BIT(FORM_PHONE) | BIT(FORM_TAGS))
#define NUMBERS (BIT(FORM_INT) | BIT(FORM_DECIMAL) | BIT(FORM_MONEY))
#define ORDERED (NUMBERS | BIT(FORM_DATE) | BIT(FORM_DATETIME))
#define LISTS   (BIT(FORM_CHOICES) | BIT(FORM_TAGS))
#define STORED  (BIT(FORM_DERIVED) - 1u)

/* ---- form_read.c ---- */

/* Add the place to an error made elsewhere. */
void form_read_add_path(const struct form_place *at, struct err *reterr);
/* RC_INPUT with the place and `name`, which may be NULL. */
enum rc form_read_refuse(const struct form_reader *r, const struct form_place *at, const char *key,
			 const char *name);
/* What came of one part: RC_OK when its fault has been told to r->take, else as it was. */
enum rc form_read_go_on(struct form_reader *r, enum rc rc);
/* RC_NOMEM "form.memory". */
enum rc form_read_no_memory(const struct form_reader *r);
/* Zeroed memory of the form's, also for n == 0; NULL when there is none. */
void *form_read_alloc(const struct form_reader *r, size_t n, size_t size);
/* Read the members of obj as the table says; one that is not in it is refused. */
enum rc form_read_members(struct form_reader *r, const struct form_member *table, size_t n,
			  void *whole, const struct json *obj, const struct form_place *at);
/* [a-z][a-z0-9_]*, at most max bytes. */
bool form_read_is_name(const char *s, size_t max);
/* Readers for tables, into `part`: the name of a form, of a field, a value of a list, a text, {"vi","en"}. */
enum rc form_read_form_name(struct form_reader *r, void *whole, void *part, const struct json *v,
			    const struct form_place *at);
enum rc form_read_field_name(struct form_reader *r, void *whole, void *part, const struct json *v,
			     const struct form_place *at);
enum rc form_read_value(struct form_reader *r, void *whole, void *part, const struct json *v,
			const struct form_place *at);
enum rc form_read_label(struct form_reader *r, void *whole, void *part, const struct json *v,
			const struct form_place *at);
enum rc form_read_pair(struct form_reader *r, void *whole, void *part, const struct json *v,
		       const struct form_place *at);
/* A whole number in a range. */
enum rc form_read_whole_number(const struct form_reader *r, const struct json *v, int64_t min,
			       int64_t max, const struct form_place *at, int64_t *ret);
/* Array of names into *retv, *retn. */
enum rc form_read_names(struct form_reader *r, const struct json *v, const struct form_place *at,
			const char *const **retv, size_t *retn);

/* ---- form_read_expr.c ---- */

/* Readers of expressions: one to compile; for tables; `required` (a boolean or an expression); the rows of a rule. */
enum rc form_read_compile(struct form_reader *r, const char *text, const struct form_place *at,
			  struct expr **ret);
enum rc form_read_expr(struct form_reader *r, void *whole, void *part, const struct json *v,
		       const struct form_place *at);
enum rc form_read_required(struct form_reader *r, void *whole, void *part, const struct json *v,
			   const struct form_place *at);
enum rc form_read_constraint_rule(struct form_reader *r, void *whole, void *part,
				  const struct json *v, const struct form_place *at);
enum rc form_read_warn_rule(struct form_reader *r, void *whole, void *part, const struct json *v,
			    const struct form_place *at);
/* An array of rules read by `table`. */
enum rc form_read_rules(struct form_reader *r, const struct form_member *table, size_t ntable,
			const struct json *v, const struct form_place *at,
			const struct form_rule **retv, size_t *retn);
/* With all fields read: every name in an expression is something's. */
enum rc form_read_check_exprs(struct form_reader *r);
/* Each derived field after those it uses; a circle is refused. */
enum rc form_read_order_derived(struct form_reader *r);

/* ---- form_read_field.c ---- */

/* The fields, in their order. */
enum rc form_read_fields(struct form_reader *r, void *whole, void *part, const struct json *v,
			 const struct form_place *at);

/* ---- form_read_form.c ---- */

/* All members of the definition into r->f. */
enum rc form_read_form(struct form_reader *r, const struct json *obj);

#endif
