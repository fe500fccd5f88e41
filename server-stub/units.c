/*
 * units: mergers read from the archive's entities. Clauses K14, M18.
 */
#include "server-stub/units.h"

#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"

struct reading {
	struct units *u;
	const struct form *form;
	enum rc rc;
	struct err *reterr;
};

static enum rc keep(struct units *u, const struct unit_merger *m, struct err *reterr)
{
	if (u->n == u->cap) {
		size_t cap = u->cap ? u->cap * 2 : 16;
		void *grown = realloc(u->merger, cap * sizeof(*u->merger));

		if (!grown)
			return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
		u->merger = grown;
		u->cap = cap;
	}
	u->merger[u->n++] = *m;
	return RC_OK;
}

static bool take(void *arg, const struct archive_entity *e)
{
	struct reading *r = arg;
	struct merge_state *state = NULL;
	struct unit_merger m;

	if (e->state.len == 0)
		return true; /* all its entries are held back */
	r->rc = merge_read(e->state, &state, r->reterr);
	if (r->rc == RC_OK && unit_read(state, r->form, e->id, &m))
		r->rc = keep(r->u, &m, r->reterr);
	merge_free(state);
	return r->rc == RC_OK;
}

enum rc units_read(struct collector *col, struct units *ret, struct err *reterr)
{
	const struct archive_filter f = {.scope = "*", .kind = UNIT_KIND, .limit = INT64_MAX};
	const struct ingest_snapshot *s = ingest_snapshot(col->ingest);
	struct units u = {0};
	struct reading x = {.u = &u, .form = form_set_newest(s->forms, UNIT_KIND), .reterr = reterr};
	struct archive_reader *r = NULL;
	enum rc rc = archive_read(col->archive, &r, reterr);

	if (rc == RC_OK)
		rc = r->entities(r->ctx, &f, take, &x, NULL, reterr);
	if (rc == RC_OK)
		rc = x.rc;
	archive_read_end(col->archive, r);
	ingest_snapshot_end(col->ingest, s);
	if (rc == RC_OK)
		*ret = u;
	else
		units_free(&u);
	return rc;
}

void units_free(struct units *u)
{
	free(u->merger);
	*u = (struct units){0};
}

static enum rc step(void *ctx, const char *closed, char ret[ENTRY_SCOPE_LEN], struct err *reterr)
{
	const struct units *u = ctx;

	(void)reterr;
	ret[0] = '\0';
	for (size_t i = 0; i < u->n; i++)
		if (strcmp(u->merger[i].closed, closed) == 0)
			memcpy(ret, u->merger[i].into, ENTRY_SCOPE_LEN);
	return RC_OK;
}

void units_survivor(const struct units *u, const char *scope, char ret[ENTRY_SCOPE_LEN])
{
	unit_survivor(step, (void *)(uintptr_t)u, scope, ret, NULL);
}

static enum rc add(struct units_group *g, const char *scope, bool *retnew, struct err *reterr)
{
	for (size_t i = 0; i < g->n; i++)
		if (strcmp(g->scope[i], scope) == 0)
			return RC_OK;
	if (g->n == AUTHORITY_SCOPES)
		return err_num(reterr, RC_LIMIT, "K14", "units.many", "max", AUTHORITY_SCOPES);
	memcpy(g->scope[g->n++], scope, strlen(scope) + 1);
	*retnew = true;
	return RC_OK;
}

static bool has(const struct units_group *g, const char *scope)
{
	for (size_t i = 0; i < g->n; i++)
		if (strcmp(g->scope[i], scope) == 0)
			return true;
	return false;
}

enum rc units_join(const struct units *u, const char *scope, struct units_group *g,
		   struct err *reterr)
{
	bool more = false;
	enum rc rc = add(g, scope, &more, reterr);

	while (rc == RC_OK && more) {
		more = false;
		for (size_t i = 0; rc == RC_OK && i < u->n; i++) {
			const struct unit_merger *m = &u->merger[i];

			if (has(g, m->closed))
				rc = add(g, m->into, &more, reterr);
			else if (has(g, m->into))
				rc = add(g, m->closed, &more, reterr);
		}
	}
	return rc;
}

enum rc units_served(struct collector *col, const uint8_t registrar[CRYPT_PK_LEN],
		     const struct units_group *g, struct err *reterr)
{
	const struct ingest_snapshot *s = ingest_snapshot(col->ingest);
	bool all = true;

	for (size_t i = 0; i < g->n; i++)
		all = all && keyring_covers(s->keyring, registrar, g->scope[i]);
	ingest_snapshot_end(col->ingest, s);
	return all ? RC_OK : err_set(reterr, RC_DENIED, "A4", "issuer.other_scope", NULL);
}
