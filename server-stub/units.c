/*
 * units: mergers and splits read from the archive's entities. Clauses K14, M18, M22.
 */
#include "server-stub/units.h"

#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"

/* ---- reading ---- */

struct reading {
	struct units *u;
	const struct form *merger, *split;
	enum rc rc;
	struct err *reterr;
};

/* Room for one more behind n of that size; NULL: no memory. */
static void *room(void **all, size_t n, size_t *cap, size_t size)
{
	if (n == *cap) {
		size_t more = *cap ? *cap * 2 : 16;
		void *grown = realloc(*all, more * size);

		if (!grown)
			return NULL;
		*all = grown;
		*cap = more;
	}
	return (char *)*all + n * size;
}

static enum rc keep(struct units *u, const struct unit_merger *m, struct err *reterr)
{
	void *all = u->merger, *at = room(&all, u->n, &u->cap, sizeof(*m));

	u->merger = all;
	if (!at)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	u->merger[u->n++] = *m;
	return RC_OK;
}

static enum rc keep_split(struct units *u, const struct unit_split *s, struct err *reterr)
{
	void *all = u->split, *at = room(&all, u->nsplit, &u->splitcap, sizeof(*s));

	u->split = all;
	if (!at)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	u->split[u->nsplit++] = *s;
	return RC_OK;
}

static bool take(void *arg, const struct archive_entity *e)
{
	struct reading *r = arg;
	struct merge_state *state = NULL;
	struct unit_merger m;
	struct unit_split s;

	if (e->state.len == 0)
		return true; /* all its entries are held back */
	r->rc = merge_read(e->state, &state, r->reterr);
	if (r->rc == RC_OK && strcmp(e->kind, UNIT_KIND) == 0) {
		if (unit_read(state, r->merger, e->id, &m))
			r->rc = keep(r->u, &m, r->reterr);
	} else if (r->rc == RC_OK && unit_split_read(state, r->split, e->id, &s)) {
		r->rc = keep_split(r->u, &s, r->reterr);
	}
	merge_free(state);
	return r->rc == RC_OK;
}

enum rc units_read_from(struct archive_reader *r, const struct form_set *forms, struct units *ret,
			struct err *reterr)
{
	static const char *const kind[] = {UNIT_KIND, UNIT_SPLIT_KIND};
	struct units u = {0};
	struct reading x = {.u = &u,
			    .merger = form_set_newest(forms, UNIT_KIND),
			    .split = form_set_newest(forms, UNIT_SPLIT_KIND),
			    .reterr = reterr};
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < 2; i++) {
		const struct archive_filter f = {.scope = "*", .kind = kind[i], .limit = INT64_MAX};

		rc = r->entities(r->ctx, &f, take, &x, NULL, reterr);
		rc = rc == RC_OK ? x.rc : rc;
	}
	if (rc == RC_OK)
		*ret = u;
	else
		units_free(&u);
	return rc;
}

enum rc units_read(struct collector *col, struct units *ret, struct err *reterr)
{
	const struct ingest_snapshot *s = ingest_snapshot(col->ingest);
	struct archive_reader *r = NULL;
	enum rc rc = archive_read(col->archive, &r, reterr);

	if (rc == RC_OK)
		rc = units_read_from(r, s->forms, ret, reterr);
	archive_read_end(col->archive, r);
	ingest_snapshot_end(col->ingest, s);
	return rc;
}

void units_free(struct units *u)
{
	free(u->merger);
	free(u->split);
	*u = (struct units){0};
}

/* ---- asking ---- */

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

struct unit_map units_map(const struct units *u)
{
	return (struct unit_map){step, (void *)(uintptr_t)u, u->split, u->nsplit};
}

enum rc units_add_split(struct units *u, const char *unit, const char *into, struct err *reterr)
{
	struct unit_split s;

	memcpy(s.unit, unit, strlen(unit) + 1);
	memcpy(s.into, into, strlen(into) + 1);
	return keep_split(u, &s, reterr);
}

void units_survivor(const struct units *u, const char *scope, char ret[ENTRY_SCOPE_LEN])
{
	unit_survivor(step, (void *)(uintptr_t)u, scope, ret, NULL);
}

struct holder {
	const struct keyring *keyring;
	const uint8_t *pk;
};

static bool has_scope(void *arg, const char *scope)
{
	const struct holder *h = arg;

	return keyring_in_force(h->keyring, h->pk, scope);
}

enum rc units_home(const struct units *u, const struct keyring *k, const uint8_t pk[CRYPT_PK_LEN],
		   char ret[ENTRY_SCOPE_LEN], struct err *reterr)
{
	const struct unit_map m = units_map(u);
	struct holder h = {k, pk};
	struct keyring_scopes s = {0};
	enum rc rc = keyring_scopes(k, pk, &s, reterr);

	ret[0] = '\0';
	if (rc == RC_OK && s.n > 0)
		rc = unit_home(&m, has_scope, &h, s.scope[0], ret, reterr);
	keyring_scopes_free(&s);
	return rc;
}

/* ---- rings ---- */

/* Where it or a part of it went on, the nearest first, each with the one that leads there. */
struct walk {
	struct unit_way way;
	size_t by[AUTHORITY_SCOPES];
};

static size_t place_in(const struct unit_way *w, const char *scope)
{
	size_t i = 0;

	while (i < w->n && strcmp(w->scope[i], scope) != 0)
		i++;
	return i;
}

static void step_to(struct walk *w, const char *scope, size_t by)
{
	if (w->way.n == AUTHORITY_SCOPES || unit_on(&w->way, scope))
		return;
	w->by[w->way.n] = by;
	memcpy(w->way.scope[w->way.n++], scope, ENTRY_SCOPE_LEN);
}

static void walk_from(const struct units *u, const char *scope, struct walk *ret)
{
	ret->way.n = 0;
	step_to(ret, scope, 0);
	for (size_t i = 0; i < ret->way.n; i++) {
		for (size_t k = 0; k < u->n; k++)
			if (strcmp(u->merger[k].closed, ret->way.scope[i]) == 0)
				step_to(ret, u->merger[k].into, i);
		for (size_t k = 0; k < u->nsplit; k++)
			if (strcmp(u->split[k].unit, ret->way.scope[i]) == 0)
				step_to(ret, u->split[k].into, i);
	}
}

/* The steps from its beginning, without that, to the i-th. */
static void add_steps(const struct walk *w, size_t i, struct buf *out)
{
	size_t at[AUTHORITY_SCOPES], n = 0;

	for (; i > 0; i = w->by[i])
		at[n++] = i;
	while (n > 0)
		buf_addf(out, " → %s", w->way.scope[at[--n]]);
}

void units_ring(const struct units *u, const char *from, const char *into, char retapart[ENTRY_SCOPE_LEN],
		struct buf *out)
{
	struct walk there, back;
	char end[ENTRY_SCOPE_LEN];
	size_t last;

	retapart[0] = '\0';
	walk_from(u, into, &there);
	for (size_t i = 1; i < there.way.n; i++) {
		units_survivor(u, there.way.scope[i], end);
		if (strcmp(end, from) == 0 || strcmp(end, into) == 0)
			continue; /* it will go on in the same one */
		walk_from(u, there.way.scope[i], &back);
		last = place_in(&back.way, from);
		if (last == back.way.n)
			continue;
		buf_add_str(out, into);
		add_steps(&there, i, out);
		add_steps(&back, last, out);
		buf_addf(out, " → %s", into);
		memcpy(retapart, end, ENTRY_SCOPE_LEN);
		return;
	}
}

/* ---- groups ---- */

struct adding {
	struct units_group *g;
	bool more;
	struct err *reterr;
};

static bool has(const struct units_group *g, const char *scope)
{
	for (size_t i = 0; i < g->n; i++)
		if (strcmp(g->scope[i], scope) == 0)
			return true;
	return false;
}

static enum rc add(struct adding *a, const char *scope)
{
	struct units_group *g = a->g;

	if (has(g, scope))
		return RC_OK;
	if (g->n == AUTHORITY_SCOPES)
		return err_num(a->reterr, RC_LIMIT, "K14", "units.many", "max", AUTHORITY_SCOPES);
	memcpy(g->scope[g->n++], scope, strlen(scope) + 1);
	a->more = true;
	return RC_OK;
}

/* By mergers: what went into one of them and, both ways, where one of them went. */
static enum rc add_merged(struct adding *a, const struct units *u, bool both)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < u->n; i++) {
		const struct unit_merger *m = &u->merger[i];

		if (has(a->g, m->into))
			rc = add(a, m->closed);
		else if (both && has(a->g, m->closed))
			rc = add(a, m->into);
	}
	return rc;
}

static enum rc add_split(struct adding *a, const struct units *u)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < u->nsplit; i++)
		if (has(a->g, u->split[i].into))
			rc = add(a, u->split[i].unit);
	return rc;
}

/* What stands behind those that are there. */
static enum rc add_before(struct adding *a, const struct units *u)
{
	enum rc rc = RC_OK;

	for (a->more = true; rc == RC_OK && a->more;) {
		a->more = false;
		rc = add_split(a, u);
		if (rc == RC_OK)
			rc = add_merged(a, u, false);
	}
	return rc;
}

enum rc units_join(const struct units *u, const char *scope, const char *other, struct units_group *ret,
		   struct err *reterr)
{
	struct units_group g = {.n = 0};
	struct adding a = {.g = &g, .reterr = reterr};
	enum rc rc = add(&a, scope);

	if (rc == RC_OK && other)
		rc = add(&a, other);
	while (rc == RC_OK && a.more) {
		a.more = false;
		rc = add_merged(&a, u, true);
	}
	g.nown = g.n;
	if (rc == RC_OK)
		rc = add_before(&a, u);
	if (rc == RC_OK)
		*ret = g;
	return rc;
}

enum rc units_before(const struct units *u, const char *scope, struct unit_way *ret,
		     struct err *reterr)
{
	struct units_group g = {.n = 0};
	struct adding a = {.g = &g, .reterr = reterr};
	enum rc rc = add(&a, scope);

	if (rc == RC_OK)
		rc = add_before(&a, u);
	if (rc != RC_OK && rc != RC_LIMIT)
		return rc;
	memcpy(ret->scope, g.scope, sizeof(ret->scope));
	ret->n = g.n;
	return RC_OK;
}

enum rc units_add_pc(struct collector *col, const uint8_t device[CRYPT_PK_LEN], struct units_group *g,
		     struct err *reterr)
{
	const struct ingest_snapshot *s = ingest_snapshot(col->ingest);
	struct adding a = {.g = g, .reterr = reterr};
	struct keyring_scopes has = {0};
	enum rc rc = keyring_scopes(s->keyring, device, &has, reterr);

	for (size_t i = 0; rc == RC_OK && i < has.n; i++)
		if (keyring_in_force(s->keyring, device, has.scope[i]))
			rc = add(&a, has.scope[i]);
	keyring_scopes_free(&has);
	ingest_snapshot_end(col->ingest, s);
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
