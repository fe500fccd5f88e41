/*
 * store_same: the links between records of one thing, read whenever they are asked for: there
 * are few, and so nothing has to be kept in step. Clause M15.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/store_part.h"

void store_things_free(struct store_things *t)
{
	for (size_t i = 0; i < t->n; i++)
		same_free(&t->group[i].same);
	free(t->group);
	*t = (struct store_things){.n = 0};
}

static bool is_text(struct span s, const char *text)
{
	return span_eq_str(s, text);
}

/* The group of a row's scope and kind: the last one, or a new one (rows come sorted by both). */
static enum rc group_of(struct store_things *t, struct span scope, struct span kind,
			struct store_links **ret, struct err *reterr)
{
	struct store_links *g = t->n > 0 ? &t->group[t->n - 1] : NULL;

	if (!g || !is_text(scope, g->scope) || !is_text(kind, g->kind)) {
		if (t->n == t->cap) {
			size_t cap = t->cap ? t->cap * 2 : 4;
			void *grown = realloc(t->group, cap * sizeof(*t->group));

			if (!grown)
				return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
			t->group = grown;
			t->cap = cap;
		}
		g = &t->group[t->n++];
		*g = (struct store_links){.scope = ""};
		if (scope.len < sizeof(g->scope) && kind.len < sizeof(g->kind)) {
			memcpy(g->scope, scope.p, scope.len);
			memcpy(g->kind, kind.p, kind.len);
		}
	}
	*ret = g;
	return RC_OK;
}

/* What a link names, if it has values: nothing is linked with what is not there. */
static enum rc add_target(struct store *s, struct store_links *g, const uint8_t to[16],
			  struct err *reterr)
{
	struct store_entity *e = NULL;
	struct err why;
	enum rc rc = store_entity(s, g->scope, g->kind, to, &e, &why);

	if (rc == RC_NOTFOUND)
		return RC_OK;
	if (rc == RC_OK && merge_fields(e->state) > 0)
		rc = same_add(&g->same, to, e->no, NULL, &why);
	if (rc != RC_OK && reterr)
		*reterr = why;
	store_entity_free(e);
	return rc;
}

static enum rc add_row(struct store *s, struct store_things *t, const struct db_q *q,
		       struct err *reterr)
{
	struct span id = db_col_blob(q, 3), to = db_col_blob(q, 4);
	struct store_links *g = NULL;
	enum rc rc = group_of(t, db_col_text(q, 1), db_col_text(q, 2), &g, reterr);

	if (rc == RC_OK)
		rc = same_add(&g->same, id.p, db_col_int(q, 0), to.p, reterr);
	return rc == RC_OK ? add_target(s, g, to.p, reterr) : rc;
}

enum rc store_things(struct store *s, const char *kind, struct store_things *ret,
		     struct err *reterr)
{
	struct store_things t = {.n = 0};
	struct db_q q;
	enum rc rc = db_query(&q, s->db, ST_ENTITY_SAME, DB_V(db_str(kind)), reterr);

	while (rc == RC_OK && db_next(&q))
		rc = add_row(s, &t, &q, reterr);
	rc = db_end(&q, rc, reterr);
	for (size_t i = 0; rc == RC_OK && i < t.n; i++)
		rc = same_join(&t.group[i].same, reterr);
	if (rc == RC_OK)
		*ret = t;
	else
		store_things_free(&t);
	return rc;
}

bool store_things_find(const struct store_things *t, int64_t entity_no,
		       const struct store_links **retgroup, size_t *retnode)
{
	for (size_t i = 0; i < t->n; i++)
		for (size_t j = 0; j < t->group[i].same.n; j++)
			if (t->group[i].same.node[j].no == entity_no) {
				*retgroup = &t->group[i];
				*retnode = j;
				return same_count(&t->group[i].same, j) > 1;
			}
	return false;
}

int64_t store_things_head(const struct store_things *t, int64_t entity_no)
{
	const struct store_links *g;
	size_t i;

	return store_things_find(t, entity_no, &g, &i) ? g->same.node[g->same.node[i].head].no
						       : entity_no;
}
