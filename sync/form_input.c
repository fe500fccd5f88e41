/*
 * form_input: one typed value as a wire value, by the field's type (form_check_input).
 *
 * Accepts what a clerk in Vietnam types and what an API sends; refuses what could be
 * read in two ways. Not here: whether the value is allowed (form_check).
 */
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "lib/text.h"
#include "sync/form_check.h"

enum { TAGS_MAX = 256, LABEL_PARTS = 8 /* commas in a label, and one */ };

/* One field being read, with the typed text cleaned. */
struct input {
	const struct form_field *ff;
	struct span s; /* not empty */
	struct err *reterr;
};

static enum rc refuse(const struct form_field *ff, const char *key, const char *value,
		      struct err *reterr)
{
	return err_set(reterr, RC_INPUT, NULL, key, "field", ff->name, "label", ff->label.vi,
		       "label_en", ff->label.en, "value", value, NULL);
}

static enum rc refuse_text(const struct input *in, const char *key)
{
	char value[ERR_ARG_LEN];
	size_t n = in->s.len < sizeof(value) ? in->s.len : sizeof(value) - 1;

	while (n > 0 && n < in->s.len && (in->s.p[n] & 0xc0) == 0x80) /* not inside a character */
		n--;
	memcpy(value, in->s.p, n);
	value[n] = '\0';
	return refuse(in->ff, key, value, in->reterr);
}

/* ---- by type, from text ---- */

static enum rc from_text(const struct input *in, struct json **ret)
{
	*ret = json_string_span(in->s);
	return RC_OK;
}

static bool fits_pattern(const struct form_field *ff, const char *s)
{
	bool fits = false;

	return ff->re && re_match(ff->re, span_str(s), &fits, NULL) == RC_OK && fits;
}

bool form_field_is_week(const struct form_field *ff)
{
	static const char *const near[] = {"2026",     "12/2026",  "2026-12",  "2026-W1", "2026-W123",
					   "2026-V12", "2026_W12", "2026-W1X", "X026-W12"};

	if (!fits_pattern(ff, "2026-W12"))
		return false;
	for (size_t i = 0; i < sizeof(near) / sizeof(near[0]); i++)
		if (fits_pattern(ff, near[i]))
			return false;
	return true;
}

/* A week as people write it. */
static bool from_week(const struct input *in, struct json **ret)
{
	char week[TEXT_WEEK_LEN];

	if (text_week_read(in->s, week, NULL) != RC_OK || !fits_pattern(in->ff, week))
		return false;
	*ret = json_string(week);
	return true;
}

static enum rc from_code(const struct input *in, struct json **ret)
{
	bool week = form_field_is_week(in->ff);

	if (week && from_week(in, ret))
		return RC_OK;
	if (memchr(in->s.p, ' ', in->s.len))
		return refuse_text(in, week ? "form.not_week" : "form.not_code");
	return from_text(in, ret);
}

static enum rc from_int(const struct input *in, struct json **ret)
{
	int64_t v;

	if (text_int(in->s, -NUM_SAFE_MAX, NUM_SAFE_MAX, &v, NULL) != RC_OK)
		return refuse_text(in,
				   in->ff->type == FORM_MONEY ? "form.not_money" : "form.not_int");
	*ret = json_integer(v);
	return RC_OK;
}

/* "14.990.000 đ" is the same amount. */
static enum rc from_money(const struct input *in, struct json **ret)
{
	static const char *const units[] = {"đồng", "đ", "VND", "VNĐ", "vnd", "vnđ"};
	struct input amount = *in;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		size_t len = strlen(units[i]);

		if (in->s.len <= len || memcmp(in->s.p + in->s.len - len, units[i], len) != 0)
			continue;
		amount.s.len -= len;
		break;
	}
	return from_int(&amount, ret) == RC_OK ? RC_OK : refuse_text(in, "form.not_money");
}

/* A canonical decimal is taken unless it is a grouped integer ("1.234"). */
static enum rc from_decimal(const struct input *in, struct json **ret)
{
	unsigned places = in->ff->places;
	char out[NUM_DEC_LEN];
	int64_t scaled;

	if (text_dec(in->s, places, out, NULL) == RC_OK) {
		*ret = json_string(out);
		return RC_OK;
	}
	if (num_dec(in->s, places, &scaled) != RC_OK)
		return refuse_text(in, "form.not_decimal");
	return from_text(in, ret);
}

static enum rc from_date(const struct input *in, struct json **ret)
{
	char out[TEXT_DATE_LEN];

	if (text_date(in->s, out, NULL) != RC_OK)
		return refuse_text(in, "form.not_date");
	*ret = json_string(out);
	return RC_OK;
}

/* A date alone is its first minute (0 giờ). */
static enum rc from_datetime(const struct input *in, struct json **ret)
{
	char shown[TEXT_TIME_LEN] = "dd/mm/yyyy 00:00", date[TEXT_DATE_LEN], out[32];
	int64_t unix_s;

	if (text_date(in->s, date, NULL) != RC_OK) {
		if (text_time(in->s, &unix_s, NULL) != RC_OK)
			return refuse_text(in, "form.not_datetime");
		text_time_date(unix_s, date);
		text_time_fmt(unix_s, shown);
	}
	memcpy(out, date, 10);
	out[10] = 'T';
	memcpy(out + 11, shown + 11, 6);
	*ret = json_string(out);
	return RC_OK;
}

static bool fold_eq(struct span a, struct span b)
{
	struct buf x, y;
	bool same;

	buf_init(&x, LIMIT_TEXT);
	buf_init(&y, LIMIT_TEXT);
	same = text_fold(a, &x, NULL) == RC_OK && text_fold(b, &y, NULL) == RC_OK &&
	       span_eq(span_buf(&x), span_buf(&y));
	buf_free(&x);
	buf_free(&y);
	return same;
}

static enum rc from_bool(const struct input *in, struct json **ret)
{
	static const struct {
		const char *word;
		bool v;
	} words[] = {{"có", true},  {"đúng", true},   {"yes", true},    {"true", true},
		     {"1", true},   {"x", true},      {"không", false}, {"sai", false},
		     {"no", false}, {"false", false}, {"0", false}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (fold_eq(in->s, span_str(words[i].word))) {
			*ret = json_boolean(words[i].v);
			return RC_OK;
		}
	return refuse_text(in, "form.not_bool");
}

/* The one item meant: its value, or its label if no other one reads the same. */
static enum rc find_item(const struct input *in, const struct form_item **ret)
{
	const struct form_list *l = in->ff->list;
	const struct form_item *hit = NULL;

	for (size_t i = 0; i < l->n; i++)
		if (span_eq_str(in->s, l->item[i].v)) {
			*ret = &l->item[i];
			return RC_OK;
		}
	for (size_t i = 0; i < l->n; i++)
		if (span_eq_str(in->s, l->item[i].label.vi) ||
		    span_eq_str(in->s, l->item[i].label.en)) {
			*ret = &l->item[i];
			return RC_OK;
		}
	for (size_t i = 0; i < l->n; i++) {
		if (!fold_eq(in->s, span_str(l->item[i].v)) &&
		    !fold_eq(in->s, span_str(l->item[i].label.vi)) &&
		    !fold_eq(in->s, span_str(l->item[i].label.en)))
			continue;
		if (hit)
			return refuse_text(in, "form.ambiguous");
		hit = &l->item[i];
	}
	if (!hit)
		return refuse_text(in, "form.not_listed");
	*ret = hit;
	return RC_OK;
}

static enum rc from_choice(const struct input *in, struct json **ret)
{
	const struct form_item *item;
	enum rc rc = find_item(in, &item);

	if (rc == RC_OK)
		*ret = json_string(item->v);
	return rc;
}

static bool has_string(const struct json *a, const char *s)
{
	for (const struct json *x = json_first(a); x; x = json_next(x))
		if (strcmp(json_str(x), s) == 0)
			return true;
	return false;
}

/* Cut at `,` and `;`: parts without the blanks around them, empty ones dropped. */
static enum rc cut(const struct input *in, struct span part[TAGS_MAX], size_t *retn)
{
	size_t n = 0, from = 0;

	for (size_t i = 0; i <= in->s.len; i++) {
		struct span s;

		if (i < in->s.len && in->s.p[i] != ',' && in->s.p[i] != ';')
			continue;
		s = span_trim(span_of(in->s.p + from, i - from), " ");
		from = i + 1;
		if (s.len == 0)
			continue;
		if (n == TAGS_MAX)
			return refuse_text(in, "form.too_many");
		part[n++] = s;
	}
	*retn = n;
	return RC_OK;
}

/* The bytes from the first part to the end of the last, commas between them included. */
static struct span joined(const struct span *first, const struct span *last)
{
	return span_of(first->p, (size_t)(last->p - first->p) + last->len);
}

static enum rc from_tags(const struct input *in, struct json **ret)
{
	struct span part[TAGS_MAX];
	size_t n = 0;
	enum rc rc = cut(in, part, &n);

	if (rc != RC_OK)
		return rc;
	*ret = json_array();
	for (size_t i = 0; i < n; i++) {
		struct json *one = json_string_span(part[i]);

		if (one && has_string(*ret, json_str(one)))
			json_free(one);
		else
			json_append(*ret, one);
	}
	return RC_OK;
}

/* Labels may hold commas: the longest run of parts that is one item counts as that item. */
static enum rc from_choices(const struct input *in, struct json **ret)
{
	struct span part[TAGS_MAX];
	struct json *all = json_array();
	size_t n = 0, i = 0;
	enum rc rc = cut(in, part, &n);

	while (rc == RC_OK && i < n) {
		const struct form_item *item = NULL;
		struct input one = *in;
		size_t end = n < i + LABEL_PARTS ? n : i + LABEL_PARTS;

		do {
			one.s = joined(&part[i], &part[--end]);
			one.reterr = end == i ? in->reterr : NULL;
			rc = find_item(&one, &item);
		} while (rc != RC_OK && end > i);
		if (rc == RC_OK && !has_string(all, item->v))
			json_append_str(all, item->v);
		i = end + 1;
	}
	if (rc == RC_OK)
		*ret = all;
	else
		json_free(all);
	return rc;
}

static enum rc from_ref(const struct input *in, struct json **ret)
{
	uint8_t id[16];

	if (!codec_uuid_dec(in->s, id))
		return refuse_text(in, "form.not_ref");
	return from_text(in, ret);
}

static enum rc from_phone(const struct input *in, struct json **ret)
{
	char out[32];
	size_t n = 0;

	for (size_t i = 0; i < in->s.len; i++) {
		uint8_t c = in->s.p[i];

		if (c == ' ' || c == '.' || c == '-')
			continue;
		if (n == sizeof(out) - 1 || !((c >= '0' && c <= '9') || (c == '+' && n == 0)))
			return refuse_text(in, "form.not_phone");
		out[n++] = (char)c;
	}
	out[n] = '\0';
	if (n < 3)
		return refuse_text(in, "form.not_phone");
	*ret = json_string(out);
	return RC_OK;
}

static enum rc from_nothing(const struct input *in, struct json **ret)
{
	(void)ret;
	return refuse_text(in, in->ff->type == FORM_DERIVED ? "form.derived" : "form.not_blob");
}

static enum rc (*const reader[FORM_TYPE_N])(const struct input *in, struct json **ret) = {
    [FORM_TEXT] = from_text,         [FORM_CODE] = from_code,   [FORM_INT] = from_int,
    [FORM_DECIMAL] = from_decimal,   [FORM_MONEY] = from_money,   [FORM_DATE] = from_date,
    [FORM_DATETIME] = from_datetime, [FORM_BOOL] = from_bool,   [FORM_CHOICE] = from_choice,
    [FORM_CHOICES] = from_choices,     [FORM_REF] = from_ref,     [FORM_TAGS] = from_tags,
    [FORM_BLOB] = from_nothing,      [FORM_PHONE] = from_phone, [FORM_DERIVED] = from_nothing,
};

static enum rc read_string(const struct form_field *ff, const char *typed, struct json **ret,
			   struct err *reterr)
{
	struct input in = {.ff = ff, .reterr = reterr};
	struct json *v = NULL;
	struct buf clean;
	enum rc rc;

	buf_init(&clean, LIMIT_TEXT);
	rc = text_clean(span_str(typed), ff->type == FORM_TEXT, &clean, reterr);
	in.s = span_buf(&clean);
	if (rc != RC_OK)
		rc = refuse(ff, "form.not_text", "", reterr);
	else if (in.s.len == 0)
		v = json_null();
	else
		rc = reader[ff->type](&in, &v);
	buf_free(&clean);
	if (rc == RC_OK && !v)
		rc = err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	if (rc == RC_OK)
		*ret = v;
	return rc;
}

/* ---- values of other types, as an API sends them ---- */

static bool is_strings(const struct json *v)
{
	if (json_kind(v) != JSON_ARRAY)
		return false;
	for (const struct json *x = json_first(v); x; x = json_next(x))
		if (!json_str(x))
			return false;
	return true;
}

static bool fits(enum form_type t, const struct json *v)
{
	switch (json_kind(v)) {
	case JSON_INT: return t == FORM_INT || t == FORM_MONEY;
	case JSON_TRUE:
	case JSON_FALSE: return t == FORM_BOOL;
	case JSON_ARRAY: return (t == FORM_CHOICES || t == FORM_TAGS) && is_strings(v);
	case JSON_OBJECT: return t == FORM_BLOB;
	case JSON_NULL: return t != FORM_DERIVED;
	case JSON_STRING: return false;
	}
	return false;
}

static const char *type_key(enum form_type t)
{
	static const char *const key[FORM_TYPE_N] = {
	    [FORM_TEXT] = "form.not_text",         [FORM_CODE] = "form.not_code",
	    [FORM_INT] = "form.not_int",           [FORM_DECIMAL] = "form.not_decimal",
	    [FORM_MONEY] = "form.not_money",       [FORM_DATE] = "form.not_date",
	    [FORM_DATETIME] = "form.not_datetime", [FORM_BOOL] = "form.not_bool",
	    [FORM_CHOICE] = "form.not_listed",     [FORM_CHOICES] = "form.not_listed",
	    [FORM_REF] = "form.not_ref",           [FORM_TAGS] = "form.not_tags",
	    [FORM_BLOB] = "form.not_blob",         [FORM_PHONE] = "form.not_phone",
	    [FORM_DERIVED] = "form.derived",
	};

	return key[t];
}

/* Each string of an array is read as if typed, but is one value: it is not cut at commas. */
static enum rc read_array(const struct form_field *ff, const struct json *typed, struct json **ret,
			  struct err *reterr)
{
	struct form_field item = *ff;
	struct json *all = json_array();
	enum rc rc = RC_OK;

	item.type = ff->type == FORM_CHOICES ? FORM_CHOICE : FORM_TEXT;
	for (const struct json *x = json_first(typed); rc == RC_OK && x; x = json_next(x)) {
		struct json *one = NULL;

		rc = read_string(&item, json_str(x), &one, reterr);
		if (json_str(one) && !has_string(all, json_str(one)))
			json_append(all, json_copy(one));
		json_free(one);
	}
	if (rc == RC_OK)
		*ret = all;
	else
		json_free(all);
	return rc;
}

/* A whole number is also a decimal. */
static enum rc read_other(const struct form_field *ff, const struct json *typed, struct json **ret,
			  struct err *reterr)
{
	char text[NUM_I64_LEN];
	int64_t n;

	if (json_int(typed, &n) && ff->type == FORM_DECIMAL) {
		num_str(n, text);
		*ret = json_string(text);
		return RC_OK;
	}
	if (!fits(ff->type, typed))
		return refuse(ff, type_key(ff->type), "", reterr);
	if (json_kind(typed) == JSON_ARRAY)
		return read_array(ff, typed, ret, reterr);
	*ret = json_copy(typed);
	return RC_OK;
}

enum rc form_check_input(const struct form *f, const char *field, const struct json *typed,
			 struct json **ret, struct err *reterr)
{
	const struct form_field *ff = form_field(f, field);
	struct json *v = NULL;
	enum rc rc;

	if (!ff)
		return err_set(reterr, RC_INPUT, NULL, "form.no_field", "name", field, NULL);
	if (ff->type == FORM_DERIVED)
		return refuse(ff, "form.derived", "", reterr);
	rc = json_str(typed) ? read_string(ff, json_str(typed), &v, reterr)
			     : read_other(ff, typed, &v, reterr);
	if (rc == RC_OK && !v)
		rc = err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	if (rc == RC_OK)
		*ret = v;
	return rc;
}
