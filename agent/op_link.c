/*
 * op link, op unlink: say that two records are of one thing, or take one out again: `set`s of
 * the field same_as with a reason (M15). Nothing of either record changes, and unlink leaves
 * the others of a thing together. Which fields to write is sync/same's; a clerk signs them
 * all in one act.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/ops.h"
#include "agent/print.h"
#include "agent/record.h"
#include "lib/codec.h"

#define SIGNED_ARGS                                                                       \
	{.name = "reason",                                                                \
	 .type = OP_STRING,                                                               \
	 .flags = OP_REQUIRED,                                                            \
	 .help = "arg.reason",                                                            \
	 .meta = "TEXT"},                                                                 \
	    {.name = "clerk", .type = OP_STRING, .flags = 0, .help = "arg.clerk", .meta = "NAME"}, \
	{                                                                                 \
		.name = "pin", .type = OP_STRING, .flags = OP_SECRET, .help = "arg.pin"   \
	}

static const struct op_arg link_args[] = {
    {.name = "id",
     .type = OP_STRING,
     .flags = OP_POSITIONAL | OP_REQUIRED,
     .help = "record.arg.id",
     .meta = "ID"},
    {.name = "other",
     .type = OP_STRING,
     .flags = OP_POSITIONAL | OP_REQUIRED,
     .help = "link.arg.other",
     .meta = "OTHER"},
    SIGNED_ARGS,
};

static const struct op_arg unlink_args[] = {
    {.name = "id",
     .type = OP_STRING,
     .flags = OP_POSITIONAL | OP_REQUIRED,
     .help = "record.arg.id",
     .meta = "ID"},
    SIGNED_ARGS,
};

/* The records of one kind and scope that are linked, and those the call is about. */
static enum rc nodes_of(struct record_batch *b, const struct store_entity *e,
			const struct store_entity *other, struct same *ret, struct err *reterr)
{
	struct store_things t = {.n = 0};
	enum rc rc = store_things(b->agent->store, e->kind, &t, reterr);

	for (size_t i = 0; rc == RC_OK && i < t.n; i++) {
		const struct store_links *g = &t.group[i];
		for (size_t k = 0; rc == RC_OK && strcmp(g->scope, e->scope) == 0 && k < g->same.n;
		     k++) {
			const struct same_node *n = &g->same.node[k];
			rc = same_add(ret, n->id, n->no, n->links ? n->to : NULL, reterr);
		}
	}
	store_things_free(&t);
	if (rc == RC_OK)
		rc = same_add(ret, e->id, e->no, NULL, reterr);
	if (rc == RC_OK && other)
		rc = same_add(ret, other->id, other->no, NULL, reterr);
	return rc == RC_OK ? same_join(ret, reterr) : rc;
}

/* One field, written as a decision: its siblings named, with the reason. */
static enum rc write_one(struct record_batch *b, const struct same *s, const struct same_write *w,
			 const char *reason, struct json *all, struct err *reterr)
{
	struct record_change c = {.reason = reason, .decide = true};
	struct store_entity *e = NULL;
	struct json *typed = json_object(), *one = NULL;
	char uuid[CODEC_UUID_LEN + 1];
	enum rc rc = store_entity_no(b->agent->store, s->node[w->node].no, &e, reterr);

	codec_uuid(w->to, uuid);
	json_set(typed, SAME_FIELD, w->clear ? json_null() : json_string(uuid));
	c.e = e;
	c.typed = typed;
	if (rc == RC_OK)
		rc = record_edit(b, &c, &one, reterr);
	if (rc == RC_OK)
		json_append(all, one);
	json_free(typed);
	store_entity_free(e);
	return rc;
}

static enum rc find(struct record_batch *b, const char *kind, const char *typed,
		    struct store_entity **ret, struct err *reterr)
{
	enum rc rc = look_find(b->agent, kind, typed, ret, reterr);

	if (rc == RC_OK && (!(*ret)->form || !form_field((*ret)->form, SAME_FIELD)))
		rc = err_set(reterr, RC_INPUT, "M15", "same.no_field", NULL);
	return rc;
}

static enum rc link_two(struct record_batch *b, const struct json *in, struct json *all,
			struct err *reterr)
{
	struct store_entity *e = NULL, *other = NULL;
	struct same s = {.n = 0};
	struct same_write w;
	enum rc rc = find(b, NULL, json_get_str(in, "id"), &e, reterr);

	if (rc == RC_OK)
		rc = find(b, e->kind, json_get_str(in, "other"), &other, reterr);
	if (rc == RC_OK && strcmp(e->scope, other->scope) != 0)
		rc = err_set(reterr, RC_INPUT, "M15", "same.other_scope", NULL);
	if (rc == RC_OK)
		rc = nodes_of(b, e, other, &s, reterr);
	if (rc == RC_OK)
		rc = same_link(&s, same_find(&s, e->id), same_find(&s, other->id), &w, reterr);
	if (rc == RC_OK)
		rc = write_one(b, &s, &w, json_get_str(in, "reason"), all, reterr);
	same_free(&s);
	store_entity_free(e);
	store_entity_free(other);
	return rc;
}

static enum rc unlink_one(struct record_batch *b, const struct json *in, struct json *all,
			  struct err *reterr)
{
	struct store_entity *e = NULL;
	struct same s = {.n = 0};
	struct same_write *w = NULL;
	size_t n = 0;
	enum rc rc = find(b, NULL, json_get_str(in, "id"), &e, reterr);

	if (rc == RC_OK)
		rc = nodes_of(b, e, NULL, &s, reterr);
	if (rc == RC_OK && !(w = calloc(s.n + 1, sizeof(*w))))
		rc = err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	if (rc == RC_OK)
		rc = same_unlink(&s, same_find(&s, e->id), w, &n, reterr);
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = write_one(b, &s, &w[i], json_get_str(in, "reason"), all, reterr);
	free(w);
	same_free(&s);
	store_entity_free(e);
	return rc;
}

static enum rc run_link(const struct op_call *call, const struct json *in, struct json **ret,
			struct err *reterr)
{
	return record_act(call, in, link_two, ret, reterr);
}

static enum rc run_unlink(const struct op_call *call, const struct json *in, struct json **ret,
			  struct err *reterr)
{
	return record_act(call, in, unlink_one, ret, reterr);
}

const struct op op_link = {
    "link",    "link.summary", OP_WRITE,    link_args, sizeof(link_args) / sizeof(link_args[0]),
    run_link,  print_records,  print_saved};
const struct op op_unlink = {"unlink",
			     "unlink.summary",
			     OP_WRITE,
			     unlink_args,
			     sizeof(unlink_args) / sizeof(unlink_args[0]),
			     run_unlink,
			     print_records,
			     print_saved};
