/*
 * look_decision: what the centre decided of records, as a PC has it: which review is in force (M19), and which
 * corrections came after an approval. Not here: showing a review (op_show, op_due).
 */
#include <string.h>

#include "agent/look.h"
#include "agent/print.h"
#include "lib/codec.h"
#include "sync/chain.h"

enum { STEPS = 1000 };

struct reading {
	struct json *all;
	struct agent *agent;
	enum rc rc;
	struct err *reterr;
};

static bool counts(const struct store_entry *x)
{
	return x->fate != STORE_REFUSED && (x->verdict == KEYRING_ADMITTED || x->waiting);
}

/* Index of the record's first entry, counting: of those that count; -1: it is not in the log. */
static enum rc index_of(struct agent *agent, int64_t no, bool counting, int64_t *ret,
			struct err *reterr)
{
	struct look_history h = {0};
	enum rc rc = look_history(agent, no, &h, reterr);

	size_t i = 0;

	while (counting && i < h.n && !counts(&h.entry[i].x))
		i++;
	*ret = rc == RC_OK && i < h.n ? h.entry[i].x.index : -1;
	look_history_free(&h);
	return rc;
}

static bool take_review(void *arg, const struct look_item *x)
{
	struct reading *r = arg;
	struct json *o = json_object();
	char uuid[CODEC_UUID_LEN + 1];
	int64_t index = -1;

	r->rc = index_of(r->agent, x->item->no, true, &index, r->reterr);
	codec_uuid(x->id, uuid);
	json_set_str(o, "id", uuid);
	json_set_str(o, "scope", x->scope);
	json_set_int(o, "no", x->item->no);
	json_set_int(o, "index", index);
	json_set_int(o, "changed_at", x->item->changed_at);
	json_set(o, "fields", merge_json(x->state, x->form));
	json_append(r->all, o);
	return r->rc == RC_OK;
}

enum rc look_reviews(struct agent *agent, const char *scope, struct json **ret, struct err *reterr)
{
	const struct store_filter f = {.kind = DECISION_KIND, .scope = scope};
	struct reading r = {.all = json_array(), .agent = agent, .reterr = reterr};
	enum rc rc = look_each(agent, &f, take_review, &r, reterr);

	rc = rc == RC_OK ? r.rc : rc;
	if (rc == RC_OK)
		*ret = r.all;
	else
		json_free(r.all);
	return rc;
}

static bool is_about(const struct json *review, const struct store_entity *e)
{
	char uuid[CODEC_UUID_LEN + 1];

	codec_uuid(e->id, uuid);
	return strcmp(print_str(json_get_obj(review, "fields"), DECISION_TARGET), uuid) == 0 &&
	       strcmp(print_str(review, "scope"), e->scope) == 0;
}

/* Id of the record's newest entry that counts here; zeros without one. */
static enum rc newest(struct agent *agent, const struct store_entity *e, uint8_t ret[ENTRY_ID_LEN],
		      struct err *reterr)
{
	struct look_history h = {0};
	enum rc rc = look_history(agent, e->no, &h, reterr);

	memset(ret, 0, ENTRY_ID_LEN);
	for (size_t i = 0; rc == RC_OK && i < h.n; i++) {
		const struct store_entry *x = &h.entry[i].x;

		if (counts(x))
			memcpy(ret, x->id, ENTRY_ID_LEN);
	}
	look_history_free(&h);
	return rc;
}

enum rc look_in_force(struct agent *agent, const struct json *reviews, const struct store_entity *e,
		      const struct json **retreview, struct decision *ret, struct err *reterr)
{
	uint8_t last[ENTRY_ID_LEN];
	enum rc rc = newest(agent, e, last, reterr);

	*retreview = NULL;
	for (const struct json *r = json_first(reviews); rc == RC_OK && r; r = json_next(r)) {
		const struct decision d = decision_of(json_get_obj(r, "fields"), print_num(r, "index"));

		if (!is_about(r, e) || !decision_speaks(&d, last) ||
		    (*retreview && !decision_over(&d, ret)))
			continue;
		*retreview = r;
		*ret = d;
	}
	return rc;
}

enum rc look_after(struct agent *agent, const struct store_entity *e, const struct json *reviews,
		   bool *ret, struct err *reterr)
{
	char uuid[CODEC_UUID_LEN + 1];
	uint8_t old[16];
	int64_t first = -1;
	bool more = merge_ref(e->state, e->form, CHAIN_FIELD, old);
	enum rc rc = more ? index_of(agent, e->no, false, &first, reterr) : RC_OK;

	*ret = false;
	for (int i = 0; rc == RC_OK && more && !*ret && i < STEPS; i++) {
		const struct json *review = NULL;
		struct store_entity *x = NULL;
		struct decision d;

		codec_uuid(old, uuid);
		more = store_entity_find(agent->store, e->kind, uuid, &x, NULL) == RC_OK;
		if (more)
			rc = look_in_force(agent, reviews, x, &review, &d, reterr);
		*ret = review && decision_locks(&d) && decision_before(&d, first);
		more = more && merge_ref(x->state, x->form, CHAIN_FIELD, old);
		store_entity_free(x);
	}
	return rc;
}
