/*
 * view_conflict: what waits for a person in one entity: the sides of a field with two
 * values and what stood before them, and what was edited while somebody wrote it off.
 * Clauses M2, M4, M10, M14, M16 as they show. Not here: the wording of pages.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "sync/retire.h"
#include "sync/view_part.h"

/*
 * The writes of one field as a graph: w replaces those its `after` names. above[i * n + j]: i has
 * replaced j, through any number of steps.
 */
struct graph {
	const struct view_entry *e;
	size_t n;
	const char *field;
	bool *above;
	bool *live;
	size_t *todo;
};

static bool counts(const struct graph *g, size_t i)
{
	return view_counts(&g->e[i]) && view_value_of(&g->e[i].in, g->field);
}

static bool replaces(const struct graph *g, size_t i, size_t j)
{
	return counts(g, i) && counts(g, j) && view_names(&g->e[i].in, g->e[j].in.id);
}

static void mark_above(struct graph *g, size_t from)
{
	bool *row = &g->above[from * g->n];
	size_t ntodo = 1;

	g->todo[0] = from;
	while (ntodo > 0) {
		size_t i = g->todo[--ntodo];
		for (size_t j = 0; j < g->n; j++) {
			if (row[j] || !replaces(g, i, j))
				continue;
			row[j] = true;
			g->todo[ntodo++] = j;
		}
	}
}

static size_t mark_live(struct graph *g)
{
	size_t count = 0;

	for (size_t i = 0; i < g->n; i++) {
		g->live[i] = counts(g, i);
		for (size_t x = 0; x < g->n && g->live[i]; x++)
			g->live[i] = !replaces(g, x, i);
		count += g->live[i];
	}
	return count;
}

/* Has every live write replaced j? */
static bool common(const struct graph *g, size_t j)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->live[i] && !g->above[i * g->n + j])
			return false;
	return true;
}

/* A common one that no other common one has replaced. */
static bool is_base(const struct graph *g, size_t j)
{
	if (!common(g, j))
		return false;
	for (size_t i = 0; i < g->n; i++)
		if (i != j && common(g, i) && g->above[i * g->n + j])
			return false;
	return true;
}

/* ---- a side ---- */

static bool is_mine(const struct view_as *as, const struct view_entry *e)
{
	return as->mine && as->mine(as->ctx, e);
}

static struct json *side(const struct view_as *as, const struct view_entry *all, size_t n,
			 const struct view_entry *e, const char *field)
{
	struct json *o = json_object();

	view_put_value(as, field, view_value_of(&e->in, field)->raw, e->in.erased, o, "value",
		       "text");
	view_put_who(as, e, o);
	json_set(o, "old", view_replaced(as, all, n, e, field));
	view_put_reason(e, o);
	json_set_bool(o, "central", e->in.central);
	json_set_bool(o, "mine", is_mine(as, e));
	return o;
}

static bool differing(const struct graph *g)
{
	const struct entry_field *first = NULL;

	for (size_t i = 0; i < g->n; i++) {
		if (!g->live[i])
			continue;
		const struct entry_field *f = view_value_of(&g->e[i].in, g->field);
		if (first && !span_eq(first->raw, f->raw))
			return true;
		first = f;
	}
	return false;
}

static struct json *conflict(const struct view_as *as, const struct graph *g)
{
	struct json *o = json_object(), *siblings = json_array(), *base = json_array();
	struct json *mine = json_array(), *theirs = json_array();
	enum form_merge policy = merge_policy(as->form, g->field);

	for (size_t i = 0; i < g->n; i++) {
		const struct view_entry *e = &g->e[i];
		if (!g->live[i] && !(counts(g, i) && is_base(g, i)))
			continue;
		struct json *one = side(as, g->e, g->n, e, g->field);
		if (g->live[i])
			json_append(is_mine(as, e) ? mine : theirs, json_copy(one));
		json_append(g->live[i] ? siblings : base, one);
	}
	json_set_str(o, "field", g->field);
	json_set_str(o, "label", view_label(as, g->field));
	json_set_str(o, "policy", form_merge_name(policy));
	json_set_bool(o, "conflict",
		      (policy == FORM_KEEP || policy == FORM_IMMUTABLE) && differing(g));
	json_set(o, "siblings", siblings);
	json_set(o, "base", base);
	json_set(o, "mine", mine);
	json_set(o, "theirs", theirs);
	return o;
}

enum rc view_conflict(const struct view_as *as, const struct view_entry *entry, size_t n,
		      const char *field, struct json **ret, struct err *reterr)
{
	struct graph g = {.e = entry, .n = n, .field = field};
	enum rc rc = RC_OK;

	if (n > 0 && n <= SIZE_MAX / n) {
		g.above = calloc(n * n, sizeof(*g.above));
		g.live = calloc(n, sizeof(*g.live));
		g.todo = calloc(n, sizeof(*g.todo));
	}
	if (n > 0 && (!g.above || !g.live || !g.todo)) {
		rc = err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
		goto out;
	}
	for (size_t i = 0; i < n; i++)
		mark_above(&g, i);
	if (mark_live(&g) == 0) {
		rc = err_set(reterr, RC_NOTFOUND, NULL, "merge.no_value", "field", field, NULL);
		goto out;
	}
	*ret = conflict(as, &g);
out:
	free(g.above);
	free(g.live);
	free(g.todo);
	return rc;
}

enum rc view_conflicts(const struct view_as *as, const struct merge_state *s,
		       const struct view_entry *entry, size_t n, struct json **ret,
		       struct err *reterr)
{
	struct json *all = json_array(), *one;
	struct buf scratch;
	enum rc rc = RC_OK;

	buf_init(&scratch, LIMIT_MERGE_STATE);
	for (size_t i = 0; rc == RC_OK && i < merge_fields(s); i++) {
		const char *name = merge_field_name(s, i);
		struct merge_value v;
		bool differ = false;

		rc = merge_show(s, name, merge_policy(as->form, name), &scratch, &v, &differ,
				reterr);
		if (rc != RC_OK || !differ)
			continue;
		rc = view_conflict(as, entry, n, name, &one, reterr);
		if (rc == RC_OK)
			json_append(all, one);
	}
	buf_free(&scratch);
	if (rc == RC_OK)
		*ret = all;
	else
		json_free(all);
	return rc;
}

/* ---- written off and edited ---- */

static bool is_live(const struct merge_state *s, const char *field, const uint8_t *id)
{
	size_t n;
	const struct merge_value *v = merge_siblings(s, field, &n);

	for (size_t i = 0; i < n; i++)
		if (memcmp(v[i].id, id, ENTRY_ID_LEN) == 0)
			return true;
	return false;
}

/* The entry's values that stand. */
static struct json *edit(const struct view_as *as, const struct merge_state *s,
			 const struct view_entry *all, size_t n, const struct view_entry *e)
{
	struct json *o = json_object(), *fields = json_array();

	view_put_who(as, e, o);
	view_put_reason(e, o);
	json_set_bool(o, "mine", is_mine(as, e));
	for (size_t f = 0; f < merge_fields(s); f++) {
		const char *name = merge_field_name(s, f);
		if (strcmp(name, "reason") == 0 || !is_live(s, name, e->in.id))
			continue;
		struct json *one = json_object();
		json_set_str(one, "field", name);
		json_set_str(one, "label", view_label(as, name));
		view_put_value(as, name, view_value_of(&e->in, name)->raw, e->in.erased, one,
			       "value", "text");
		json_set(one, "old", view_replaced(as, all, n, e, name));
		json_append(fields, one);
	}
	json_set(o, "fields", fields);
	return o;
}

static struct json *retired(const struct view_as *as, const struct merge_state *s,
			    const struct view_entry *entry, size_t n, const bool *unaware,
			    const size_t *at, size_t nin)
{
	struct json *o = json_object(), *by = json_array(), *edits = json_array();

	for (size_t i = 0; i < n; i++)
		if (view_counts(&entry[i]) &&
		    is_live(s, RETIRE_FIELD, entry[i].in.id))
			json_append(by, side(as, entry, n, &entry[i], RETIRE_FIELD));
	for (size_t i = 0; i < nin; i++)
		if (unaware[i])
			json_append(edits, edit(as, s, entry, n, &entry[at[i]]));
	json_set(o, "by", by);
	json_set(o, "edits", edits);
	return o;
}

enum rc view_retired(const struct view_as *as, const struct merge_state *s,
		     const struct view_entry *entry, size_t n, struct json **ret,
		     struct err *reterr)
{
	const struct merge_input **in = calloc(n + 1, sizeof(struct merge_input *));
	size_t *at = calloc(n + 1, sizeof(*at)), nin = 0;
	bool *unaware = calloc(n + 1, sizeof(*unaware));
	enum rc rc = RC_OK;

	*ret = NULL;
	if (!in || !at || !unaware)
		rc = err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		if (view_counts(&entry[i])) {
			at[nin] = i;
			in[nin++] = &entry[i].in;
		}
	if (rc == RC_OK && retire_unaware(s, in, nin, unaware) > 0)
		*ret = retired(as, s, entry, n, unaware, at, nin);
	free(in);
	free(at);
	free(unaware);
	return rc;
}
