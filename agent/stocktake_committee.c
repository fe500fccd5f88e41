/*
 * stocktake_committee: who counts in a session, and a record's values as texts.
 */
#include "agent/stocktake.h"

#include "agent/print.h"
#include "agent/seen.h"
#include "lib/limits.h"

struct json *stocktake_texts(struct look *l, const struct form *f, const struct json *rec)
{
	struct view_as as = look_as(l, f);
	struct json *o = json_object();

	for (const struct json *v = json_first(rec); v; v = json_next(v)) {
		struct buf b;
		buf_init(&b, LIMIT_VIEW_TEXT);
		view_text(&as, form_field(f, json_name(v)), v, &b);
		json_set_str(o, json_name(v), b.p ? (const char *)b.p : "");
		buf_free(&b);
	}
	return o;
}

struct members {
	struct look *l;
	struct json *all;
};

static bool member_take(void *arg, const struct look_item *x)
{
	struct members *m = arg;
	struct json *o = json_object(), *rec = merge_json(x->state, x->form);
	char uuid[CODEC_UUID_LEN + 1];

	codec_uuid(x->id, uuid);
	json_set_str(o, "id", uuid);
	json_set(o, "fields", json_copy(rec));
	json_set(o, "texts", stocktake_texts(m->l, x->form, rec));
	json_set_int(o, "conflicts", (int64_t)merge_conflicts(x->state, x->form));
	json_set(o, "seen", seen_all(x->state));
	json_append(m->all, o);
	json_free(rec);
	return true;
}

static int64_t number_of(const struct json *member)
{
	return print_num(json_get_obj(member, "fields"), "no");
}

/* By their number in the list. */
static struct json *in_order(const struct json *all)
{
	struct json *sorted = json_array();

	for (int64_t no = 1; no <= 99; no++)
		for (const struct json *x = json_first(all); x; x = json_next(x))
			if (number_of(x) == no)
				json_append(sorted, json_copy(x));
	return sorted;
}

enum rc stocktake_committee(const struct stocktake *t, struct json **ret, struct err *reterr)
{
	const struct store_filter f = {.kind = "committee_member",
				       .scope = t->e->scope,
				       .parent = t->uuid};
	struct members m = {t->look, json_array()};
	enum rc rc = look_each(t->look->agent, &f, member_take, &m, reterr);

	if (rc == RC_OK)
		*ret = in_order(m.all);
	json_free(m.all);
	return rc;
}
