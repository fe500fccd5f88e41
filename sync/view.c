/*
 * view: one entity as JSON with texts for people. Clauses M3-M9 as they show.
 *
 * A tree that runs out of memory is marked broken by lib/json and fails when it is
 * written, so only the root is checked here. Not here: histories and conflicts
 * (view_history.c).
 */
#include "sync/view.h"

#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/text.h"
#include "sync/form_check.h"
#include "sync/same.h"
#include "sync/view_part.h"

enum { VIEW_GROUP_FROM = 10000 }; /* 2019 is written as it is: most small whole numbers are years */

static const char *lang_of(const struct view_as *as)
{
	return lang_name(as->lang);
}

static void text_int_of(const struct form_field *ff, int64_t v, struct buf *out)
{
	char num[TEXT_NUM_LEN];
	bool plain = (!ff || ff->type == FORM_INT) && v > -VIEW_GROUP_FROM && v < VIEW_GROUP_FROM;

	if (plain) {
		buf_add_int(out, v);
		return;
	}
	text_int_fmt(v, num);
	buf_add_str(out, num);
}

/* yyyy-mm-ddThh:mm as dd/mm/yyyy hh:mm; false when it is no such thing. */
static bool text_datetime(struct span s, struct buf *out)
{
	char date[TEXT_DATE_LEN];

	if (s.len < 16 || s.p[10] != 'T' || text_date_fmt(span_of(s.p, 10), date, NULL))
		return false;
	buf_add_str(out, date);
	buf_add_char(out, ' ');
	buf_add(out, s.p + 11, 5);
	return true;
}

/* A code that is a week, in a field that holds weeks: "Tuần 48 (23/11 – 29/11/2026)". */
static bool text_week_of(const struct view_as *as, const struct form_field *ff, const char *s,
			 struct buf *out)
{
	struct text_week w;

	if (!form_field_is_week(ff) || text_week_say(span_str(s), &w, NULL) != RC_OK)
		return false;
	lang_format(as->lang, out, "view.week", "n", w.no, "from", w.from, "to", w.to, NULL);
	return true;
}

static bool text_of_type(const struct view_as *as, const struct form_field *ff, const char *s,
			 struct buf *out)
{
	const struct form_item *item = ff->list ? form_item(ff->list, s) : NULL;
	const char *label = item ? form_say(item->label, lang_of(as)) : NULL;
	char num[TEXT_NUM_LEN], date[TEXT_DATE_LEN];

	switch (ff->type) {
	case FORM_CHOICE:
	case FORM_CHOICES:
		if (label)
			buf_add_str(out, label);
		return label != NULL;
	case FORM_DECIMAL:
	case FORM_DERIVED:
		if (text_dec_fmt(span_str(s), num, NULL))
			return false;
		buf_add_str(out, num);
		return true;
	case FORM_DATE:
		if (text_date_fmt(span_str(s), date, NULL))
			return false;
		buf_add_str(out, date);
		return true;
	case FORM_DATETIME: return text_datetime(span_str(s), out);
	case FORM_CODE: return text_week_of(as, ff, s, out);
	case FORM_REF: return as->title && as->title(as->ctx, s, out);
	default: return false;
	}
}

static void text_string(const struct view_as *as, const struct form_field *ff, const char *s,
			struct buf *out)
{
	if (!ff || !text_of_type(as, ff, s, out))
		buf_add_str(out, s);
}

void view_text(const struct view_as *as, const struct form_field *ff, const struct json *value,
	       struct buf *out)
{
	const char *sep = "";
	int64_t v = 0;

	switch (json_kind(value)) {
	case JSON_STRING: text_string(as, ff, json_str(value), out); break;
	case JSON_INT:
		if (json_int(value, &v))
			text_int_of(ff, v, out);
		break;
	case JSON_TRUE: buf_add_str(out, lang_text(as->lang, "view.yes")); break;
	case JSON_FALSE: buf_add_str(out, lang_text(as->lang, "view.no")); break;
	case JSON_ARRAY:
		for (const struct json *item = json_first(value); item; item = json_next(item)) {
			buf_add_str(out, sep);
			view_text(as, ff, item, out);
			sep = "; "; /* a choice may hold a comma */
		}
		break;
	case JSON_OBJECT:
		if (json_get_str(value, "name"))
			buf_add_str(out, json_get_str(value, "name"));
		break;
	default: break;
	}
}

/* ---- pieces shared with view_history.c ---- */

const struct form_field *view_field(const struct view_as *as, const char *name)
{
	return as->form ? form_field(as->form, name) : NULL;
}

const char *view_label(const struct view_as *as, const char *name)
{
	const struct form_field *ff = view_field(as, name);
	const char *label = ff ? form_say(ff->label, lang_of(as)) : NULL;

	if (!label && strcmp(name, "reason") == 0)
		label = lang_text(as->lang, "view.reason");
	return label ? label : name;
}

void view_put_id(struct json *o, const char *name, const uint8_t id[ENTRY_ID_LEN])
{
	char text[CODEC_B64U_32 + 1];

	codec_b64u(id, ENTRY_ID_LEN, text);
	json_set_str(o, name, text);
}

void view_put_value(const struct view_as *as, const char *field, struct span raw, bool erased,
		    struct json *o, const char *value_name, const char *text_name)
{
	struct json *v = erased || raw.len == 0 ? json_null() : entry_value_json(raw);
	struct buf text;

	buf_init(&text, LIMIT_VIEW_TEXT);
	if (erased)
		buf_add_str(&text, lang_text(as->lang, "view.erased"));
	else
		view_text(as, view_field(as, field), v, &text);
	json_set_span(o, text_name, text.len > 0 ? span_buf(&text) : span_of("", 0));
	buf_free(&text);
	json_set(o, value_name, v);
	if (erased)
		json_set_bool(o, "erased", true);
}

/* ---- an entity ---- */

void view_title(const struct view_as *as, const struct merge_state *s, struct buf *out)
{
	struct json *rec = as->form ? merge_json(s, as->form) : NULL;
	size_t start = out->len;

	for (size_t i = 0; rec && i < as->form->ntitle; i++) {
		const char *name = as->form->title[i];
		size_t before = out->len;
		if (before > start)
			buf_add_str(out, " · ");
		size_t text = out->len;
		view_text(as, form_field(as->form, name), json_get(rec, name), out);
		if (out->len == text && !out->failed) { /* nothing said: no separator either */
			out->len = before;
			if (out->p)
				out->p[before] = 0;
		}
	}
	json_free(rec);
}

static void put_origin(struct json *o, const struct merge_value *v)
{
	view_put_id(o, "entry", v->id);
	json_set_int(o, "at", v->at);
	json_set_bool(o, "central", v->central);
}

static struct json *siblings(const struct view_as *as, const struct merge_state *s,
			     const char *field)
{
	struct json *all = json_array();
	size_t n;
	const struct merge_value *v = merge_siblings(s, field, &n);

	for (size_t i = 0; i < n; i++) {
		struct json *o = json_object();
		view_put_value(as, field, v[i].raw, v[i].erased, o, "value", "text");
		put_origin(o, &v[i]);
		json_append(all, o);
	}
	return all;
}

static void put_labels(const struct view_as *as, const char *field, struct json *o)
{
	const struct form_field *ff = view_field(as, field);
	const char *unit = ff ? form_say(ff->unit, lang_of(as)) : NULL;

	json_set_str(o, "label", view_label(as, field));
	if (ff)
		json_set_str(o, "type", form_type_name(ff->type));
	if (unit)
		json_set_str(o, "unit", unit);
}

static void put_field(const struct view_as *as, const struct merge_state *s, const char *field,
		      struct buf *scratch, struct json *fields)
{
	enum form_merge policy = merge_policy(as->form, field);
	struct merge_value v;
	bool conflict = false;

	if (merge_show(s, field, policy, scratch, &v, &conflict, NULL)) {
		json_set(fields, field, NULL); /* out of memory: the tree is broken */
		return;
	}
	struct json *o = json_object();
	put_labels(as, field, o);
	view_put_value(as, field, v.raw, v.erased, o, "value", "text");
	json_set_str(o, "policy", form_merge_name(policy));
	json_set_bool(o, "conflict", conflict);
	put_origin(o, &v);
	json_set(o, "siblings", siblings(as, s, field));
	json_set(fields, field, o);
}

static void put_derived(const struct view_as *as, const char *field, const struct json *value,
			struct json *fields)
{
	struct json *o = json_object();
	struct buf text;

	buf_init(&text, LIMIT_VIEW_TEXT);
	view_text(as, view_field(as, field), value, &text);
	put_labels(as, field, o);
	json_set(o, "value", json_copy(value));
	json_set_span(o, "text", text.len > 0 ? span_buf(&text) : span_of("", 0));
	buf_free(&text);
	json_set(fields, field, o);
}

static struct json *fields_of(const struct view_as *as, const struct merge_state *s,
			      const struct json *derived)
{
	struct json *fields = json_object();
	struct buf scratch;
	size_t n;

	buf_init(&scratch, LIMIT_MERGE_STATE);
	for (size_t i = 0; as->form && i < as->form->nfield; i++) {
		const char *name = as->form->field[i].name;
		const struct json *value = json_get(derived, name);
		if (value)
			put_derived(as, name, value, fields);
		else if (merge_siblings(s, name, &n))
			put_field(as, s, name, &scratch, fields);
	}
	for (size_t i = 0; i < merge_fields(s); i++)
		if (!view_field(as, merge_field_name(s, i)))
			put_field(as, s, merge_field_name(s, i), &scratch, fields);
	buf_free(&scratch);
	return fields;
}

struct json *view_differ(const struct view_as *as, const struct merge_state *head,
			 const struct merge_state *s)
{
	struct json *all = json_array(), *ours = merge_json(head, as->form),
		    *theirs = merge_json(s, as->form);

	for (const struct json *v = json_first(theirs); v; v = json_next(v)) {
		const struct json *now = json_get(ours, json_name(v));
		struct json *o;
		struct buf text;

		if (strcmp(json_name(v), SAME_FIELD) == 0 || strcmp(json_name(v), "reason") == 0 ||
		    json_kind(v) == JSON_NULL || (now && json_equal(now, v)))
			continue;
		buf_init(&text, LIMIT_VIEW_TEXT);
		view_text(as, view_field(as, json_name(v)), v, &text);
		o = json_object();
		json_set_str(o, "field", json_name(v));
		json_set_str(o, "label", view_label(as, json_name(v)));
		json_set(o, "value", json_copy(v));
		json_set_span(o, "text", text.len > 0 ? span_buf(&text) : span_of("", 0));
		json_append(all, o);
		buf_free(&text);
	}
	json_free(ours);
	json_free(theirs);
	return all;
}

enum rc view_entity(const struct view_as *as, const struct view_id *id, const struct merge_state *s,
		    const struct json *derived, struct json **ret, struct err *reterr)
{
	struct json *o = json_object();
	char uuid[CODEC_UUID_LEN + 1];
	struct buf title;

	if (!o)
		return err_set(reterr, RC_NOMEM, NULL, "json.memory", NULL);
	codec_uuid(id->id, uuid);
	buf_init(&title, LIMIT_VIEW_TEXT);
	view_title(as, s, &title);
	const char *label = as->form ? form_say(as->form->label, lang_of(as)) : NULL;
	json_set_str(o, "scope", id->scope);
	json_set_str(o, "kind", id->kind);
	json_set_str(o, "kind_label", label ? label : id->kind);
	json_set_str(o, "id", uuid);
	json_set_span(o, "title", title.len > 0 ? span_buf(&title) : span_of("", 0));
	json_set_int(o, "conflicts", (int64_t)merge_conflicts(s, as->form));
	json_set(o, "fields", fields_of(as, s, derived));
	buf_free(&title);
	*ret = o;
	return RC_OK;
}
