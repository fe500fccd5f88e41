/*
 * view_history: what happened to an entity. Clauses A9, M10, M14 as they show.
 *
 * Works on the entries of one entity alone: what a write replaced is found by the ids in its
 * `after`. A history is read by a person, so quadratic look-ups among a few dozen
 * entries are fine. Not here: where entries and intervals come from.
 */
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "sync/kinds.h"
#include "sync/view_part.h"

const struct entry_field *view_value_of(const struct merge_input *in, const char *name)
{
	for (size_t i = 0; i < in->nfield; i++)
		if (span_eq_str(in->field[i].name, name))
			return &in->field[i];
	return NULL;
}

bool view_counts(const struct view_entry *e)
{
	return e->verdict == KEYRING_ADMITTED || e->waiting;
}

bool view_names(const struct merge_input *x, const uint8_t id[ENTRY_ID_LEN])
{
	for (size_t i = 0; i < x->nafter; i++)
		if (memcmp(x->after[i], id, ENTRY_ID_LEN) == 0)
			return true;
	return false;
}

void view_put_who(const struct view_as *as, const struct view_entry *e, struct json *o)
{
	char key[CODEC_B64U_32 + 1];

	codec_b64u(e->key, CRYPT_PK_LEN, key);
	view_put_id(o, "entry", e->in.id);
	json_set_str(o, "who", e->author);
	json_set_str(o, "key", key);
	view_when(as, e, o);
}

/* ---- history ---- */

/*
 * Had another one that e names replaced it before? An entry also names what it saw of the books
 * (M16), whose other values may be long gone.
 */
static bool was_dead(const struct view_entry *all, size_t n, const struct view_entry *e,
		     const struct view_entry *old, const char *field)
{
	for (size_t i = 0; i < n; i++)
		if (&all[i] != old && view_names(&e->in, all[i].in.id) &&
		    view_value_of(&all[i].in, field) && view_names(&all[i].in, old->in.id))
			return true;
	return false;
}

struct json *view_replaced(const struct view_as *as, const struct view_entry *all, size_t n,
			   const struct view_entry *e, const char *field)
{
	struct json *old = json_array();

	for (size_t i = 0; i < n; i++) {
		const struct entry_field *f = view_value_of(&all[i].in, field);
		if (!f || !view_names(&e->in, all[i].in.id) || was_dead(all, n, e, &all[i], field))
			continue;
		struct json *o = json_object();
		view_put_value(as, field, f->raw, all[i].in.erased, o, "value", "text");
		view_put_id(o, "entry", all[i].in.id);
		json_append(old, o);
	}
	return old;
}

void view_put_reason(const struct view_entry *e, struct json *o)
{
	const struct entry_field *reason = view_value_of(&e->in, "reason");

	json_set(o, "reason",
		 reason && !e->in.erased ? entry_value_json(reason->raw) : json_null());
}

static struct json *change(const struct view_as *as, const struct view_entry *all, size_t n,
			   const struct view_entry *e, const char *field)
{
	struct json *o = json_object();
	const struct entry_field *f = view_value_of(&e->in, field);

	view_put_who(as, e, o);
	json_set(o, "index", e->index < 0 ? json_null() : json_integer(e->index));
	json_set_str(o, "field", field);
	json_set_str(o, "label", view_label(as, field));
	json_set(o, "old", view_replaced(as, all, n, e, field));
	view_put_value(as, field, f->raw, e->in.erased, o, "new", "new_text");
	view_put_reason(e, o);
	json_set_str(o, "verdict", keyring_verdict_name(e->verdict));
	if (e->verdict != KEYRING_ADMITTED)
		json_set_str(o, "why", lang_text(as->lang, keyring_verdict_key(e->verdict)));
	return o;
}

/* ---- flags that only the entity's own entries tell ---- */

static bool shares_field(const struct merge_input *a, const struct merge_input *b)
{
	for (size_t i = 0; i < a->nfield; i++)
		for (size_t j = 0; j < b->nfield; j++)
			if (span_eq(a->field[i].name, b->field[j].name))
				return true;
	return false;
}

void view_flags(const char *kind, struct view_entry *entry, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool had = false, set = false, named = false;

		if (!view_counts(&entry[i]))
			continue;
		for (size_t j = 0; j < i; j++) {
			if (!view_counts(&entry[j]))
				continue;
			had = true;
			named = named || view_names(&entry[i].in, entry[j].in.id);
			set = set || shares_field(&entry[i].in, &entry[j].in);
		}
		if (had && kinds_single(kind)) /* merged with nothing (M21) */
			set = false;
		entry[i].flags |= set && !named ? KEYRING_FLAG_BLIND : 0;
		entry[i].flags |= had && kinds_once(kind) ? KEYRING_FLAG_AGAIN : 0;
	}
}

enum rc view_history(const struct view_as *as, const struct view_entry *entry, size_t n,
		     struct json **ret, struct err *reterr)
{
	struct json *all = json_array();

	if (!all)
		return err_set(reterr, RC_NOMEM, NULL, "json.memory", NULL);
	for (size_t i = 0; i < n; i++) {
		const struct merge_input *in = &entry[i].in;
		for (size_t j = 0; j < in->nfield; j++) {
			char name[LIMIT_FIELD_NAME + 1];
			struct span s = in->field[j].name;
			if (s.len > LIMIT_FIELD_NAME ||
			    (in->nfield > 1 && span_eq_str(s, "reason")))
				continue;
			memcpy(name, s.p, s.len);
			name[s.len] = 0;
			json_append(all, change(as, entry, n, &entry[i], name));
		}
	}
	*ret = all;
	return RC_OK;
}
