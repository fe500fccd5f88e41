/*
 * form_value: one wire value against its field: type, list, pattern, range, length;
 * and between wire values and the values of expressions.
 *
 * The shape of values on the wire is FORMAT.md E18; which shape a type takes is the table
 * `shapes`. Conditions over several fields are form_scope.c's and form_check.c's.
 */
#include <stdio.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/num.h"
#include "lib/text.h"
#include "sync/form_part.h"

enum { ITEMS_MAX = 256, PHONE_MIN = 8, PHONE_MAX = 15, BLOB_TYPE_MAX = 100, BLOB_NAME_MAX = 200 };

bool form_value_given(const struct json *v)
{
	const char *s = json_str(v);

	if (s != NULL)
		return s[0] != '\0';
	if (json_kind(v) == JSON_ARRAY)
		return json_first(v) != NULL;
	return v != NULL && json_kind(v) != JSON_NULL;
}

enum rc form_value_refuse(const struct form_field *x, const char *key, const char *name,
			  const char *value, struct err *reterr)
{
	err_set(reterr, RC_INPUT, NULL, key, "field", x->name, "label", x->label.vi, "label_en",
		x->label.en, NULL);
	if (name != NULL)
		err_add(reterr, name, value);
	return RC_INPUT;
}

/* ---- shapes of the types ---- */

static bool is_text(const struct form_field *x, const struct json *v)
{
	(void)x;
	return json_str(v) != NULL;
}

static bool is_code(const struct form_field *x, const struct json *v)
{
	const char *s = json_str(v);

	(void)x;
	return s != NULL && strpbrk(s, " \t\r\n") == NULL;
}

static bool is_whole(const struct form_field *x, const struct json *v)
{
	int64_t n;

	(void)x;
	return json_int(v, &n);
}

static bool is_decimal(const struct form_field *x, const struct json *v)
{
	const char *s = json_str(v);
	int64_t n;

	(void)x;
	return s != NULL && num_dec(span_str(s), NUM_DEC_PLACES, &n) == RC_OK;
}

static bool is_date(const struct form_field *x, const struct json *v)
{
	const char *s = json_str(v);

	(void)x;
	return s != NULL && text_is_date(span_str(s));
}

static bool is_datetime(const struct form_field *x, const struct json *v)
{
	const char *s = json_str(v);
	struct expr_value text = expr_string(span_str(s != NULL ? s : ""));
	expr_num n;

	(void)x;
	return strlen(s != NULL ? s : "") == TEXT_TIME_LEN - 1 && s[10] == 'T' &&
	       expr_number(&text, &n);
}

static bool is_bool(const struct form_field *x, const struct json *v)
{
	bool b;

	(void)x;
	return json_bool(v, &b);
}

static bool is_ref(const struct form_field *x, const struct json *v)
{
	const char *s = json_str(v);
	uint8_t id[16];

	(void)x;
	return s != NULL && codec_uuid_dec(span_str(s), id) &&
	       (codec_uuid_version(id) == 7 || codec_uuid_version(id) == 8) && (id[8] & 0xc0) == 0x80;
}

/* Strings, none empty, each once. */
static bool is_strings(const struct form_field *x, const struct json *v)
{
	size_t n = 0;

	(void)x;
	if (json_kind(v) != JSON_ARRAY)
		return false;
	for (const struct json *i = json_first(v); i != NULL; i = json_next(i), n++) {
		if (json_str(i) == NULL || json_str(i)[0] == '\0' || n == ITEMS_MAX)
			return false;
		for (const struct json *j = json_first(v); j != i; j = json_next(j))
			if (strcmp(json_str(i), json_str(j)) == 0)
				return false;
	}
	return true;
}

static bool is_blob(const struct form_field *x, const struct json *v)
{
	const char *sha = json_get_str(v, "sha256"), *type = json_get_str(v, "type");
	const char *name = json_get_str(v, "name");
	uint8_t hash[32];
	int64_t size;

	(void)x;
	return json_kind(v) == JSON_OBJECT && json_len(v) == 4 && sha != NULL && type != NULL &&
	       name != NULL && codec_hex_32(span_str(sha), hash) && json_get_int(v, "size", &size) &&
	       size >= 1 && size <= (int64_t)LIMIT_BLOB && type[0] != '\0' && name[0] != '\0' &&
	       text_chars(span_str(type)) <= BLOB_TYPE_MAX &&
	       text_chars(span_str(name)) <= BLOB_NAME_MAX;
}

static bool is_phone(const struct form_field *x, const struct json *v)
{
	const char *s = json_str(v);
	size_t n = 0;

	(void)x;
	if (s == NULL)
		return false;
	if (s[0] == '+')
		s++;
	while (s[n] >= '0' && s[n] <= '9')
		n++;
	return s[n] == '\0' && n >= PHONE_MIN && n <= PHONE_MAX;
}

static bool is_never(const struct form_field *x, const struct json *v)
{
	(void)x;
	(void)v;
	return false;
}

static const struct {
	bool (*fits)(const struct form_field *x, const struct json *v);
	const char *key; /* what is said when it does not */
} shapes[FORM_TYPE_N] = {
	[FORM_TEXT] = {is_text, "form.not_text"},
	[FORM_CODE] = {is_code, "form.not_code"},
	[FORM_INT] = {is_whole, "form.not_int"},
	[FORM_DECIMAL] = {is_decimal, "form.not_decimal"},
	[FORM_MONEY] = {is_whole, "form.not_money"},
	[FORM_DATE] = {is_date, "form.not_date"},
	[FORM_DATETIME] = {is_datetime, "form.not_datetime"},
	[FORM_BOOL] = {is_bool, "form.not_bool"},
	[FORM_CHOICE] = {is_text, "form.not_listed"},
	[FORM_CHOICES] = {is_strings, "form.not_tags"},
	[FORM_REF] = {is_ref, "form.not_ref"},
	[FORM_TAGS] = {is_strings, "form.not_tags"},
	[FORM_BLOB] = {is_blob, "form.not_blob"},
	[FORM_PHONE] = {is_phone, "form.not_phone"},
	[FORM_DERIVED] = {is_never, "form.derived"},
};

/* ---- list, pattern, length, range ---- */

/* The value as a person would read it in a message. */
static enum rc refuse_value(const struct form_field *x, const char *key, const struct json *v,
			    struct err *reterr)
{
	char num[NUM_I64_LEN] = "";
	int64_t n;

	if (json_int(v, &n))
		num_str(n, num);
	return form_value_refuse(x, key, "value", json_str(v) != NULL ? json_str(v) : num, reterr);
}

static enum rc check_string(const struct form_field *x, const struct json *v, struct err *reterr)
{
	const char *s = json_str(v);
	char max[NUM_I64_LEN];
	bool matches = true;
	int64_t n;
	enum rc rc = RC_OK;

	if (x->type == FORM_DECIMAL && num_dec(span_str(s), x->places, &n) != RC_OK) {
		num_str((int64_t)x->places, max);
		return form_value_refuse(x, "form.places", "places", max, reterr);
	}
	if (x->list != NULL && form_item(x->list, s) == NULL)
		return refuse_value(x, "form.not_listed", v, reterr);
	if (x->maxlen > 0 && text_chars(span_str(s)) > x->maxlen) {
		num_str((int64_t)x->maxlen, max);
		return form_value_refuse(x, "form.maxlen", "max", max, reterr);
	}
	if (x->re != NULL)
		rc = re_match(x->re, span_str(s), &matches, reterr);
	if (rc == RC_NOMEM)
		return rc;
	if (rc != RC_OK || !matches)
		return refuse_value(x, "form.pattern", v, reterr);
	return RC_OK;
}

/* A bound as people read it. */
static void say_bound(const struct form_field *x, const struct expr_value *bound,
		      char out[TEXT_NUM_LEN])
{
	char plain[EXPR_NUM_LEN], date[TEXT_DATE_LEN];
	int64_t days;

	expr_num_text(bound->num, plain);
	snprintf(out, TEXT_NUM_LEN, "%.30s", plain);
	if (x->type != FORM_DATE && x->type != FORM_DATETIME) {
		text_dec_fmt(span_str(plain), out, NULL);
		return;
	}
	if (expr_whole(bound, &days) && text_days_date(days, date, NULL) == RC_OK &&
	    text_date_fmt(span_str(date), date, NULL) == RC_OK)
		snprintf(out, TEXT_NUM_LEN, "%s", date);
}

static enum rc check_range(const struct form_field *x, const struct json *v, struct err *reterr)
{
	struct expr_value value;
	char bound[TEXT_NUM_LEN];
	expr_num n;
	int64_t i;

	value = json_int(v, &i) ? expr_integer(i)
				: expr_string(span_str(json_str(v) != NULL ? json_str(v) : ""));
	if (!expr_number(&value, &n))
		return RC_OK;
	if (x->has_min && n < x->min.num) {
		say_bound(x, &x->min, bound);
		return form_value_refuse(x, "form.min", "min", bound, reterr);
	}
	if (x->has_max && n > x->max.num) {
		say_bound(x, &x->max, bound);
		return form_value_refuse(x, "form.max", "max", bound, reterr);
	}
	return RC_OK;
}

enum rc form_value_check(const struct form_field *x, const struct json *v, struct err *reterr)
{
	enum rc rc = RC_OK;

	if (!shapes[x->type].fits(x, v))
		return refuse_value(x, shapes[x->type].key, v, reterr);
	if (json_kind(v) == JSON_ARRAY) {
		for (const struct json *i = json_first(v); rc == RC_OK && i != NULL; i = json_next(i))
			rc = check_string(x, i, reterr);
		return rc;
	}
	if (json_str(v) != NULL)
		rc = check_string(x, v, reterr);
	if (rc == RC_OK && (x->has_min || x->has_max))
		rc = check_range(x, v, reterr);
	return rc;
}

/* ---- to and from expressions ---- */

static enum rc set_of(const struct json *v, struct arena *mem, struct expr_value *ret,
		      struct err *reterr)
{
	size_t n = json_len(v), i = 0;
	struct expr_value *items = arena_alloc(mem, (n + 1) * sizeof(*items));

	if (items == NULL)
		return err_set(reterr, RC_NOMEM, NULL, "expr.memory", NULL);
	for (const struct json *x = json_first(v); x != NULL; x = json_next(x))
		items[i++] = expr_string(span_str(json_str(x) != NULL ? json_str(x) : ""));
	*ret = (struct expr_value){.type = EXPR_SET, .item = items, .n = n};
	return RC_OK;
}

enum rc form_value_expr(const struct form_field *x, const struct json *v, struct arena *mem,
			struct expr_value *ret, struct err *reterr)
{
	const char *s = json_str(v);
	int64_t n;
	bool b;

	*ret = expr_empty();
	if (!form_value_given(v))
		return RC_OK;
	if (json_int(v, &n)) {
		*ret = expr_integer(n);
	} else if (json_bool(v, &b)) {
		*ret = expr_bool(b);
	} else if (json_kind(v) == JSON_ARRAY) {
		return set_of(v, mem, ret, reterr);
	} else if (json_kind(v) == JSON_OBJECT) { /* a blob: the name of its bytes */
		s = json_get_str(v, "sha256");
		*ret = expr_string(span_str(s != NULL ? s : ""));
	} else if (x == NULL || x->type != FORM_DECIMAL || expr_decimal(span_str(s), ret) != RC_OK) {
		*ret = expr_string(span_str(s));
	}
	return RC_OK;
}

/* A number as an integer where it is one, else as a decimal string. */
static struct json *number_json(expr_num num)
{
	struct expr_value v = {.type = EXPR_NUMBER, .num = num};
	char text[EXPR_NUM_LEN];
	int64_t n;

	if (expr_whole(&v, &n) && n <= NUM_SAFE_MAX && n >= -NUM_SAFE_MAX)
		return json_integer(n);
	expr_num_text(num, text);
	return json_string(text);
}

static struct json *string_json(struct span s)
{
	return s.len > 0 ? json_string_span(s) : json_null();
}

static struct json *strings_json(const struct expr_value *v)
{
	struct json *a = json_array();
	struct expr_value one = *v;
	const struct expr_value *item = v->type == EXPR_SET ? v->item : &one;
	size_t n = v->type == EXPR_SET ? v->n : 1;

	for (size_t i = 0; i < n; i++) {
		struct buf b;

		buf_init(&b, LIMIT_EXPR_STRING);
		expr_text(&item[i], &b);
		json_append(a, json_string_span(span_buf(&b)));
		buf_free(&b);
	}
	return a;
}

/* A string, or anything as its text. */
static struct json *text_json(const struct expr_value *v)
{
	struct json *ret;
	struct buf b;

	buf_init(&b, LIMIT_EXPR_STRING);
	expr_text(v, &b);
	ret = string_json(span_buf(&b));
	buf_free(&b);
	return ret;
}

/* json_null() stands for "none"; NULL for no memory. */
static struct json *wire(const struct form_field *x, const struct expr_value *v)
{
	bool derived = x->type == FORM_DERIVED;
	expr_num num;
	char text[EXPR_NUM_LEN];
	int64_t n;

	switch (x->type) {
	case FORM_INT:
	case FORM_MONEY: return expr_whole(v, &n) ? json_integer(n) : json_null();
	case FORM_DECIMAL:
		if (!expr_number(v, &num) || expr_round(num, (int)x->places, &num) != RC_OK)
			return json_null();
		expr_num_text(num, text);
		return json_string(text);
	case FORM_BOOL: return json_boolean(expr_truth(v));
	case FORM_CHOICES:
	case FORM_TAGS: return strings_json(v);
	default: break;
	}
	if (derived && v->type == EXPR_BOOL)
		return json_boolean(v->b);
	if (derived && v->type == EXPR_NUMBER) {
		num = v->num;
		if (x->has_places && expr_round(num, (int)x->places, &num) != RC_OK)
			return json_null();
		return number_json(num);
	}
	return text_json(v);
}

enum rc form_value_wire(const struct form_field *x, const struct expr_value *v, struct json **ret,
			struct err *reterr)
{
	struct json *made;

	if (expr_is_empty(v)) {
		*ret = NULL;
		return RC_OK;
	}
	made = wire(x, v);
	if (made == NULL)
		return err_set(reterr, RC_NOMEM, NULL, "form.memory", NULL);
	if (json_kind(made) == JSON_NULL) {
		json_free(made);
		made = NULL;
	}
	*ret = made;
	return RC_OK;
}
