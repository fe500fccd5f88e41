/*
 * look_same: records of one thing as a person sees them: the head, and what the others
 * say otherwise. Clause M15 as it shows. Reads only.
 */
#include "agent/look.h"
#include "lib/codec.h"
#include "lib/limits.h"

enum rc look_head(struct agent *agent, const struct store_things *things, struct store_entity **e,
		  struct err *reterr)
{
	int64_t head = store_things_head(things, (*e)->no);
	struct store_entity *h = NULL;
	enum rc rc;

	if (head == (*e)->no)
		return RC_OK;
	rc = store_entity_no(agent->store, head, &h, reterr);
	if (rc == RC_OK) {
		store_entity_free(*e);
		*e = h;
	}
	return rc;
}

static struct json *member(struct look *l, const struct store_entity *head,
			   const struct store_entity *e, const struct same_node *node)
{
	struct view_as as = look_as(l, e->form);
	struct json *o = look_named(l, e);
	char uuid[CODEC_UUID_LEN + 1];

	if (node->links) {
		codec_uuid(node->to, uuid);
		json_set_str(o, SAME_FIELD, uuid);
	}
	if (head)
		json_set(o, "differ", view_differ(&as, head->state, e->state));
	return o;
}

enum rc look_members(struct look *l, const struct store_links *g, size_t node,
		     const struct store_entity *e, struct json **ret, struct err *reterr)
{
	struct json *all = json_array();
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < g->same.n; i++) {
		const struct same_node *n = &g->same.node[i];
		struct store_entity *one = NULL;

		if (n->head != g->same.node[node].head || i == n->head)
			continue;
		rc = store_entity_no(l->agent->store, n->no, &one, reterr);
		if (rc == RC_OK)
			json_append(all, member(l, e, one, n));
		store_entity_free(one);
	}
	if (rc == RC_OK)
		*ret = all;
	else
		json_free(all);
	return rc;
}
