/*
 * form_read_field: the members of one field of a form: its type and what goes with each type.
 * Does NOT know other fields but those above it.
 */
#include "sync/form_read.h"

#include <stdio.h>
#include <string.h>

#include "lib/num.h"
#include "lib/text.h"

/* ---- fields ---- */

static enum rc read_type(struct form_reader *r, void *whole, void *part, const struct json *v,
			 const struct form_place *at)
{
	const char *s = json_str(v);

	(void)whole;
	for (unsigned t = 0; s != NULL && t < FORM_TYPE_N; t++) {
		if (strcmp(s, form_type_name((enum form_type)t)) == 0) {
			*(enum form_type *)part = (enum form_type)t;
			return RC_OK;
		}
	}
	return form_read_refuse(r, at, "formdef.type", s);
}

static bool merge_fits(enum form_merge m, enum form_type t)
{
	static const unsigned types[FORM_MERGE_N] = {
	    [FORM_KEEP] = STORED,     [FORM_LATEST] = STORED, [FORM_MAX] = ORDERED,
	    [FORM_MIN] = ORDERED,     [FORM_UNION] = LISTS,   [FORM_CENTRAL] = STORED,
	    [FORM_IMMUTABLE] = STORED};

	return (types[m] & BIT(t)) != 0;
}

static enum rc read_merge(struct form_reader *r, void *whole, void *part, const struct json *v,
			  const struct form_place *at)
{
	const struct form_field *x = whole;
	const char *s = json_str(v);

	for (unsigned m = 0; s != NULL && m < FORM_MERGE_N; m++) {
		if (strcmp(s, form_merge_name((enum form_merge)m)) != 0)
			continue;
		if (!merge_fits((enum form_merge)m, x->type))
			return form_read_refuse(r, at, "formdef.merge_type", s);
		*(enum form_merge *)part = (enum form_merge)m;
		return RC_OK;
	}
	return form_read_refuse(r, at, "formdef.merge", s);
}

static enum rc read_list_name(struct form_reader *r, void *whole, void *part, const struct json *v,
			      const struct form_place *at)
{
	const char *s = json_str(v);

	(void)whole;
	for (size_t i = 0; s != NULL && i < r->f->nlist; i++) {
		if (strcmp(s, r->f->list[i].name) == 0) {
			*(const struct form_list **)part = &r->f->list[i];
			return RC_OK;
		}
	}
	return form_read_refuse(r, at, "formdef.list", s);
}

/* One kind, or an array of kinds. */
static enum rc read_of(struct form_reader *r, void *whole, void *part, const struct json *v,
		       const struct form_place *at)
{
	struct form_field *x = whole;
	const char *s = json_str(v);
	const char **one;
	enum rc rc;

	(void)part;
	if (s == NULL) {
		rc = form_read_names(r, v, at, &x->of, &x->nof);
		return rc == RC_OK && x->nof == 0
			   ? form_read_refuse(r, at, "formdef.not_names", NULL)
			   : rc;
	}
	if (!form_read_is_name(s, FORM_NAME_MAX))
		return form_read_refuse(r, at, "formdef.name", s);
	one = form_read_alloc(r, 1, sizeof(*one));
	if (one == NULL)
		return form_read_no_memory(r);
	*one = s;
	x->of = one;
	x->nof = 1;
	return RC_OK;
}

static enum rc read_pattern(struct form_reader *r, void *whole, void *part, const struct json *v,
			    const struct form_place *at)
{
	struct form_field *x = whole;
	const char *s = json_str(v);
	char offset[ERR_ARG_LEN] = "", detail[ERR_ARG_LEN] = "";
	struct err why;
	enum rc rc;

	(void)part;
	if (s == NULL)
		return form_read_refuse(r, at, "formdef.pattern", NULL);
	err_clear(&why);
	rc = re_compile(span_str(s), &x->re, &why);
	x->pattern = s;
	if (rc == RC_OK || rc == RC_NOMEM)
		return rc == RC_OK ? RC_OK : form_read_no_memory(r);
	if (err_arg(&why, "at") != NULL)
		snprintf(offset, sizeof(offset), "%s", err_arg(&why, "at"));
	if (err_arg(&why, "detail") != NULL)
		snprintf(detail, sizeof(detail), "%s", err_arg(&why, "detail"));
	form_read_refuse(r, at, "formdef.pattern", s);
	err_add(r->reterr, "offset", offset);
	err_add(r->reterr, "detail", detail);
	return RC_INPUT;
}

/* A limit is an integer, a canonical decimal or a date, as the type has it on the wire. */
static enum rc read_bound(struct form_reader *r, const struct form_field *x, const struct json *v,
			  const struct form_place *at, struct expr_value *ret)
{
	bool date = x->type == FORM_DATE || x->type == FORM_DATETIME;
	const char *s = json_str(v);
	struct expr_value text;
	expr_num num;
	int64_t n;

	if (!date && json_int(v, &n)) {
		*ret = expr_integer(n);
		return RC_OK;
	}
	if (s == NULL)
		return form_read_refuse(r, at, "formdef.bound", NULL);
	text = expr_string(span_str(s));
	if (!(date ? text_is_date(text.str)
		   : x->type == FORM_DECIMAL && num_dec(text.str, NUM_DEC_PLACES, &n) == RC_OK) ||
	    !expr_number(&text, &num))
		return form_read_refuse(r, at, "formdef.bound", s);
	*ret = (struct expr_value){.type = EXPR_NUMBER, .num = num};
	return RC_OK;
}

static enum rc read_min(struct form_reader *r, void *whole, void *part, const struct json *v,
			const struct form_place *at)
{
	struct form_field *x = whole;

	x->has_min = true;
	return read_bound(r, x, v, at, part);
}

static enum rc read_max(struct form_reader *r, void *whole, void *part, const struct json *v,
			const struct form_place *at)
{
	struct form_field *x = whole;
	enum rc rc;

	x->has_max = true;
	rc = read_bound(r, x, v, at, part);
	if (rc == RC_OK && x->has_min && x->max.num < x->min.num)
		return form_read_refuse(r, at, "formdef.bound", NULL);
	return rc;
}

static enum rc read_maxlen(struct form_reader *r, void *whole, void *part, const struct json *v,
			   const struct form_place *at)
{
	int64_t n = 0;
	enum rc rc = form_read_whole_number(r, v, 1, (int64_t)LIMIT_ENTRY_PAYLOAD, at, &n);

	(void)whole;
	*(size_t *)part = (size_t)n;
	return rc;
}

static enum rc read_places(struct form_reader *r, void *whole, void *part, const struct json *v,
			   const struct form_place *at)
{
	int64_t n = 0;
	enum rc rc = form_read_whole_number(r, v, 0, NUM_DEC_PLACES, at, &n);

	((struct form_field *)whole)->has_places = true;
	*(unsigned *)part = (unsigned)n;
	return rc;
}

static enum rc read_warn(struct form_reader *r, void *whole, void *part, const struct json *v,
			 const struct form_place *at)
{
	static const struct form_member table[] = {
	    {"if", form_read_warn_rule, offsetof(struct form_rule, expr), true, 0},
	    {"vi", form_read_label, offsetof(struct form_rule, msg.vi), true, 0},
	    {"en", form_read_label, offsetof(struct form_rule, msg.en), true, 0},
	};
	struct form_field *x = whole;

	(void)part;
	return form_read_rules(r, table, COUNT(table), v, at, &x->warn, &x->nwarn);
}

/* Whether the JSON string can stand as a value of the field's type. */
static bool is_plain_value(const struct form_field *x, const char *s)
{
	struct expr_value v = expr_string(span_str(s));
	expr_num num;
	int64_t n;

	switch (x->type) {
	case FORM_CHOICE: return x->list != NULL && form_item(x->list, s) != NULL;
	case FORM_DATE: return text_is_date(v.str);
	case FORM_DATETIME: return strchr(s, 'T') != NULL && expr_number(&v, &num);
	case FORM_DECIMAL: return num_dec(v.str, x->places, &n) == RC_OK;
	default: return false;
	}
}

static enum rc read_default(struct form_reader *r, void *whole, void *part, const struct json *v,
			    const struct form_place *at)
{
	static const unsigned kinds[] = {[JSON_OBJECT] = 0,
					 [JSON_ARRAY] = LISTS,
					 [JSON_STRING] = 0,
					 [JSON_INT] = BIT(FORM_INT) | BIT(FORM_MONEY),
					 [JSON_TRUE] = BIT(FORM_BOOL),
					 [JSON_FALSE] = BIT(FORM_BOOL),
					 [JSON_NULL] = 0};
	struct form_field *x = whole;
	const char *s = json_str(v);

	(void)part;
	if (s != NULL && !is_plain_value(x, s))
		return form_read_compile(r, s, at, &x->def_expr);
	if (s == NULL && (kinds[json_kind(v)] & BIT(x->type)) == 0)
		return form_read_refuse(r, at, "formdef.default", NULL);
	for (const struct json *i = json_first(s == NULL ? v : NULL); i != NULL; i = json_next(i))
		if (json_str(i) == NULL ||
		    (x->type == FORM_CHOICES &&
		     (x->list == NULL || form_item(x->list, json_str(i)) == NULL)))
			return form_read_refuse(r, at, "formdef.default", json_str(i));
	x->def = v;
	return RC_OK;
}

/* Said only where it is so: `true`. */
static enum rc read_inner(struct form_reader *r, void *whole, void *part, const struct json *v,
			  const struct form_place *at)
{
	(void)whole;
	if (json_kind(v) != JSON_TRUE)
		return form_read_refuse(r, at, "formdef.value", "inner");
	*(bool *)part = true;
	return RC_OK;
}

#define FIELD(m) offsetof(struct form_field, m)

static const struct form_member field_table[] = {
    {"name", form_read_field_name, FIELD(name), true, 0},
    {"type", read_type, FIELD(type), true, 0},
    {"label", form_read_pair, FIELD(label), true, 0},
    {"hint", form_read_pair, FIELD(hint), false, 0},
    {"unit", form_read_pair, FIELD(unit), false, 0},
    {"list", read_list_name, FIELD(list), false, BIT(FORM_CHOICE) | BIT(FORM_CHOICES)},
    {"of", read_of, 0, false, BIT(FORM_REF)},
    {"pattern", read_pattern, 0, false, TEXTS},
    {"maxlen", read_maxlen, FIELD(maxlen), false, TEXTS},
    {"min", read_min, FIELD(min), false, ORDERED},
    {"max", read_max, FIELD(max), false, ORDERED},
    {"places", read_places, FIELD(places), false, BIT(FORM_DECIMAL) | BIT(FORM_DERIVED)},
    {"required", form_read_required, FIELD(required_if), false, STORED},
    {"relevant", form_read_expr, FIELD(relevant), false, STORED},
    {"constraint", form_read_expr, FIELD(constraint), false, STORED},
    {"constraint_msg", form_read_pair, FIELD(constraint_msg), false, STORED},
    {"warn", read_warn, 0, false, 0},
    {"inner", read_inner, FIELD(inner), false, BIT(FORM_DERIVED)},
    {"calculate", form_read_expr, FIELD(calculate), false, BIT(FORM_DERIVED)},
    {"merge", read_merge, FIELD(merge), false, STORED},
    {"default", read_default, 0, false, STORED & ~BIT(FORM_BLOB)},
};

/* Members that a type cannot do without. */
static const char *needed(const struct form_field *x)
{
	if ((x->type == FORM_CHOICE || x->type == FORM_CHOICES) && x->list == NULL)
		return "list";
	if (x->type == FORM_REF && x->of == NULL)
		return "of";
	if (x->type == FORM_DERIVED && x->calculate == NULL)
		return "calculate";
	if (x->constraint_msg.vi != NULL && x->constraint == NULL)
		return "constraint";
	return NULL;
}

static enum rc read_field(struct form_reader *r, struct form_field *x, const struct json *v,
			  const struct form_place *at)
{
	const char *missing;
	size_t before = r->taken;
	enum rc rc = RC_OK;

	x->name = ""; /* until it is read: others are compared with it */
	if (json_get(v, "type") != NULL)
		rc = read_type(r, x, &x->type, json_get(v, "type"),
			       &(struct form_place){at, "type", 0});
	for (size_t i = 0; rc == RC_OK && i < COUNT(field_table); i++) {
		const struct form_member *m = &field_table[i];

		if (m->types != 0 && (m->types & BIT(x->type)) == 0 && json_get(v, m->name) != NULL)
			rc = form_read_go_on(
			    r, form_read_refuse(r, &(struct form_place){at, m->name, 0},
						"formdef.not_for_type", form_type_name(x->type)));
	}
	x->places = x->type == FORM_DECIMAL ? 2 : 0;
	if (rc == RC_OK)
		rc = form_read_members(r, field_table, COUNT(field_table), x, v, at);
	if (rc != RC_OK)
		return rc;
	missing = r->taken == before ? needed(x) : NULL;
	if (missing != NULL)
		return form_read_refuse(r, &(struct form_place){at, missing, 0}, "formdef.missing",
					missing);
	for (const struct form_field *y = r->f->field; y < x; y++)
		if (strcmp(x->name, y->name) == 0)
			return form_read_refuse(r, &(struct form_place){at, "name", 0},
						"formdef.twice", x->name);
	return RC_OK;
}

enum rc form_read_fields(struct form_reader *r, void *whole, void *part, const struct json *v,
			 const struct form_place *at)
{
	size_t n = json_len(v), i = 0;
	struct form_field *fields;

	(void)whole;
	(void)part;
	if (json_kind(v) != JSON_ARRAY || n == 0 || n > LIMIT_FORM_FIELDS)
		return form_read_refuse(r, at, "formdef.not_array", NULL);
	fields = form_read_alloc(r, n, sizeof(*fields));
	if (fields == NULL)
		return form_read_no_memory(r);
	r->f->field = fields;
	r->f->nfield = n;
	for (const struct json *x = json_first(v); x != NULL; x = json_next(x), i++) {
		enum rc rc = form_read_go_on(
		    r, read_field(r, &fields[i], x, &(struct form_place){at, NULL, i}));

		if (rc != RC_OK)
			return rc;
	}
	return RC_OK;
}
