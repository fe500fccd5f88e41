/*
 * json: the tree half of json.h, over cJSON (this is the only file with cJSON.h).
 *
 * struct json is cJSON under another name: pointers are cast at this border and
 * nowhere else. What goes wrong while building is kept in a private bit of the node's
 * type, so that one check at printing is enough. Printing is our own: cJSON's goes
 * through double and the C locale. The scanner is in json_scan.c.
 */
#include "lib/json.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "lib/num.h"
#include "lib/text.h"

/* cJSON uses the low eight bits for the type and 256, 512 for flags. */
enum { BROKEN = 1 << 24 };

static cJSON *inner(struct json *v)
{
	return (cJSON *)(void *)v;
}

static const cJSON *peek(const struct json *v)
{
	return (const cJSON *)(const void *)v;
}

static struct json *outer(cJSON *v)
{
	return (struct json *)(void *)v;
}

/* ------------------------------------------------------------------ parsing */

/* No text has more tokens than this: each but the first follows one of these bytes. */
static size_t token_bound(struct span text)
{
	size_t n = 1;

	for (size_t i = 0; i < text.len; i++)
		n += text.p[i] == ',' || text.p[i] == ':' || text.p[i] == '[' || text.p[i] == '{';
	return n;
}

static enum rc no_memory(struct err *reterr)
{
	return err_set(reterr, RC_NOMEM, NULL, "json.memory", NULL);
}

enum rc json_parse(struct span text, const struct json_rules *rules, struct json **ret,
		   struct err *reterr)
{
	if (!rules)
		rules = &json_rules_tree;
	size_t max = text.len <= rules->max_len ? token_bound(text) : 1;
	if (max > LIMIT_JSON_TOKENS)
		max = LIMIT_JSON_TOKENS;
	struct json_tok *tape = malloc(max * sizeof(*tape));
	if (!tape)
		return no_memory(reterr);
	enum rc rc = json_scan(text, rules, tape, max, &max, reterr);
	free(tape);
	if (rc != RC_OK)
		return rc;
	cJSON *v = cJSON_ParseWithLength((const char *)text.p, text.len);
	if (!v)
		return no_memory(reterr);
	*ret = outer(v);
	return RC_OK;
}

void json_free(struct json *v)
{
	cJSON_Delete(inner(v));
}

/* ------------------------------------------------------------------ writing */

static void new_line(struct buf *out, unsigned indent)
{
	buf_add_char(out, '\n');
	while (indent-- > 0)
		buf_add(out, "  ", 2);
}

static bool write_value(const cJSON *v, bool pretty, unsigned indent, struct buf *out);

static bool write_items(const cJSON *v, bool pretty, unsigned indent, struct buf *out)
{
	bool object = cJSON_IsObject(v);

	buf_add_char(out, object ? '{' : '[');
	for (const cJSON *c = v->child; c; c = c->next) {
		if (c != v->child)
			buf_add_char(out, ',');
		if (pretty)
			new_line(out, indent + 1);
		if (object) {
			json_add_escaped_str(out, c->string);
			buf_add(out, ": ", pretty ? 2 : 1);
		}
		if (!write_value(c, pretty, indent + 1, out))
			return false;
	}
	if (pretty && v->child)
		new_line(out, indent);
	buf_add_char(out, object ? '}' : ']');
	return true;
}

static bool write_value(const cJSON *v, bool pretty, unsigned indent, struct buf *out)
{
	if (v->type & BROKEN)
		return false;
	switch (v->type & 0xff) {
	case cJSON_Object:
	case cJSON_Array: return write_items(v, pretty, indent, out);
	case cJSON_String: json_add_escaped_str(out, v->valuestring); return true;
	case cJSON_Number: buf_add_int(out, (int64_t)v->valuedouble); return true;
	case cJSON_True: buf_add_str(out, "true"); return true;
	case cJSON_False: buf_add_str(out, "false"); return true;
	case cJSON_NULL: buf_add_str(out, "null"); return true;
	default: return false;
	}
}

enum rc json_write(const struct json *v, bool pretty, struct buf *out, struct err *reterr)
{
	if (!v || !write_value(peek(v), pretty, 0, out))
		return no_memory(reterr);
	if (pretty)
		buf_add_char(out, '\n');
	return buf_check(out, reterr);
}

char *json_print(const struct json *v)
{
	struct buf out;

	buf_init(&out, SIZE_MAX / 2);
	if (json_write(v, false, &out, NULL) != RC_OK) {
		buf_free(&out);
		return NULL;
	}
	return buf_take(&out, NULL);
}

/* ----------------------------------------------------------------- building */

struct json *json_object(void)
{
	return outer(cJSON_CreateObject());
}

struct json *json_array(void)
{
	return outer(cJSON_CreateArray());
}

struct json *json_null(void)
{
	return outer(cJSON_CreateNull());
}

struct json *json_boolean(bool v)
{
	return outer(cJSON_CreateBool(v));
}

struct json *json_integer(int64_t v)
{
	if (v < -NUM_SAFE_MAX || v > NUM_SAFE_MAX)
		return NULL;
	return outer(cJSON_CreateNumber((double)v));
}

struct json *json_string(const char *s)
{
	if (!s)
		return json_null();
	return text_is_utf8(span_str(s)) ? outer(cJSON_CreateString(s)) : NULL;
}

struct json *json_string_span(struct span s)
{
	if (s.len > 0 && memchr(s.p, 0, s.len))
		return NULL;
	char *copy = span_dup(s);
	struct json *v = copy ? json_string(copy) : NULL;
	free(copy);
	return v;
}

static void spoil(cJSON *v)
{
	v->type |= BROKEN;
}

void json_set(struct json *o, const char *name, struct json *v)
{
	cJSON *obj = inner(o), *item = inner(v);
	cJSON_bool ok = false;

	if (!obj) {
		cJSON_Delete(item);
		return;
	}
	if (item && cJSON_IsObject(obj) && text_is_utf8(span_str(name))) {
		if (cJSON_GetObjectItemCaseSensitive(obj, name))
			ok = cJSON_ReplaceItemInObjectCaseSensitive(obj, name, item);
		else
			ok = cJSON_AddItemToObject(obj, name, item);
	}
	if (!ok) {
		cJSON_Delete(item);
		spoil(obj);
	}
}

void json_append(struct json *a, struct json *v)
{
	cJSON *arr = inner(a), *item = inner(v);

	if (!arr) {
		cJSON_Delete(item);
		return;
	}
	if (!item || !cJSON_IsArray(arr) || !cJSON_AddItemToArray(arr, item)) {
		cJSON_Delete(item);
		spoil(arr);
	}
}

void json_set_str(struct json *o, const char *name, const char *s)
{
	json_set(o, name, json_string(s));
}

void json_set_span(struct json *o, const char *name, struct span s)
{
	json_set(o, name, json_string_span(s));
}

void json_set_int(struct json *o, const char *name, int64_t v)
{
	json_set(o, name, json_integer(v));
}

void json_set_bool(struct json *o, const char *name, bool v)
{
	json_set(o, name, json_boolean(v));
}

void json_append_str(struct json *a, const char *s)
{
	json_append(a, json_string(s));
}

void json_remove(struct json *o, const char *name)
{
	if (o)
		cJSON_DeleteItemFromObjectCaseSensitive(inner(o), name);
}

struct json *json_copy(const struct json *v)
{
	return v ? outer(cJSON_Duplicate(peek(v), true)) : NULL;
}

/* ------------------------------------------------------------------ reading */

enum json_type json_kind(const struct json *v)
{
	switch (v ? peek(v)->type & 0xff : cJSON_Invalid) {
	case cJSON_Object: return JSON_OBJECT;
	case cJSON_Array: return JSON_ARRAY;
	case cJSON_String: return JSON_STRING;
	case cJSON_Number: return JSON_INT;
	case cJSON_True: return JSON_TRUE;
	case cJSON_False: return JSON_FALSE;
	case cJSON_NULL: return JSON_NULL;
	default: return (enum json_type)0;
	}
}

static struct json *as(const struct json *v, enum json_type type)
{
	return json_kind(v) == type ? outer((cJSON *)(uintptr_t)peek(v)) : NULL;
}

struct json *json_get(const struct json *o, const char *name)
{
	return json_kind(o) == JSON_OBJECT ? outer(cJSON_GetObjectItemCaseSensitive(peek(o), name))
					   : NULL;
}

const char *json_str(const struct json *v)
{
	return json_kind(v) == JSON_STRING ? peek(v)->valuestring : NULL;
}

bool json_int(const struct json *v, int64_t *ret)
{
	if (json_kind(v) != JSON_INT)
		return false;
	double d = peek(v)->valuedouble;
	if (fabs(d) > (double)NUM_SAFE_MAX || d != trunc(d))
		return false;
	*ret = (int64_t)d;
	return true;
}

bool json_bool(const struct json *v, bool *ret)
{
	enum json_type type = json_kind(v);

	if (type != JSON_TRUE && type != JSON_FALSE)
		return false;
	*ret = type == JSON_TRUE;
	return true;
}

const char *json_get_str(const struct json *o, const char *name)
{
	return json_str(json_get(o, name));
}

bool json_get_int(const struct json *o, const char *name, int64_t *ret)
{
	return json_int(json_get(o, name), ret);
}

bool json_get_bool(const struct json *o, const char *name, bool *ret)
{
	return json_bool(json_get(o, name), ret);
}

struct json *json_get_obj(const struct json *o, const char *name)
{
	return as(json_get(o, name), JSON_OBJECT);
}

struct json *json_get_arr(const struct json *o, const char *name)
{
	return as(json_get(o, name), JSON_ARRAY);
}

struct json *json_first(const struct json *v)
{
	enum json_type type = json_kind(v);

	return type == JSON_OBJECT || type == JSON_ARRAY ? outer(peek(v)->child) : NULL;
}

struct json *json_next(const struct json *v)
{
	return v ? outer(peek(v)->next) : NULL;
}

const char *json_name(const struct json *member)
{
	return member ? peek(member)->string : NULL;
}

size_t json_len(const struct json *v)
{
	size_t n = 0;

	for (const struct json *c = json_first(v); c; c = json_next(c))
		n++;
	return n;
}

struct json *json_at(const struct json *a, size_t i)
{
	struct json *c = json_first(a);

	while (c && i-- > 0)
		c = json_next(c);
	return c;
}

static bool equal_items(const struct json *a, const struct json *b, bool object)
{
	const struct json *x = json_first(a), *y = json_first(b);

	if (json_len(a) != json_len(b))
		return false;
	for (; x; x = json_next(x), y = json_next(y)) {
		const struct json *other = object ? json_get(b, json_name(x)) : y;
		if (!json_equal(x, other))
			return false;
	}
	return true;
}

bool json_equal(const struct json *a, const struct json *b)
{
	int64_t x, y;
	enum json_type type = json_kind(a);

	if (!a || !b)
		return a == b;
	if (type != json_kind(b))
		return false;
	switch (type) {
	case JSON_OBJECT: return equal_items(a, b, true);
	case JSON_ARRAY: return equal_items(a, b, false);
	case JSON_STRING: return strcmp(json_str(a), json_str(b)) == 0;
	case JSON_INT: return json_int(a, &x) && json_int(b, &y) && x == y;
	default: return true;
	}
}
