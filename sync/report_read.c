/*
 * report_read: which of the plain records of a base count. Clauses M12, M13, M15, M17, R4.
 *
 * A check counts when its lines are all there and no correction stands in its place; of its
 * reviews the one in force (M19) speaks. Not here: weeks and communes.
 */
#include <stdlib.h>
#include <string.h>

#include "sync/report_part.h"
#include "sync/same.h"

/* ---- are all the entries a check names here (E24)? ---- */

static void find_whole(struct report_base *b, report_has *has, void *ctx)
{
	for (size_t i = 0; i < b->nchild; i++) {
		const struct report_child *x = &b->child[i];

		if (!has(ctx, x->id, b->size))
			b->check[x->check][x->place].whole = false;
	}
}

/* ---- checks in order ---- */

enum { VISITS = REPORT_VISIT - REPORT_STATEMENT };

static int scope_cmp(const void *a, const void *b)
{
	const struct report_check *x = a, *y = b;
	int c = strcmp(x->scope, y->scope);

	return c ? c : memcmp(x->id, y->id, sizeof(x->id));
}

static int place_cmp(const void *a, const void *b)
{
	const struct report_check *x = a, *y = b;
	int c = memcmp(x->place, y->place, sizeof(x->place));

	return c ? c : scope_cmp(a, b);
}

static void sort_checks(struct report_base *b)
{
	for (size_t k = 0; k < REPORT_CHECKS; k++)
		if (b->ncheck[k] > 0)
			qsort(b->check[k], b->ncheck[k], sizeof(*b->check[k]),
			      k == VISITS ? place_cmp : scope_cmp);
}

const struct report_check *report_read_visits(const struct report_base *b, const uint8_t place[16],
					      size_t *retn)
{
	const struct report_check *c = b->check[VISITS];
	size_t lo = 0, hi = b->ncheck[VISITS];

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (memcmp(c[mid].place, place, 16) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (hi = lo; hi < b->ncheck[VISITS] && memcmp(c[hi].place, place, 16) == 0;)
		hi++;
	*retn = hi - lo;
	return hi > lo ? c + lo : NULL;
}

const struct report_check *report_read_scope(const struct report_base *b, size_t kind,
					     const char *scope, size_t *retn)
{
	const struct report_check *c = b->check[kind];
	size_t lo = 0, hi = b->ncheck[kind];

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(c[mid].scope, scope) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (hi = lo; hi < b->ncheck[kind] && strcmp(c[hi].scope, scope) == 0;)
		hi++;
	*retn = hi - lo;
	return hi > lo ? c + lo : NULL;
}

/* ---- what counts (M12, M17) ---- */

static enum rc choose(const struct report_base *b, struct chain *c, struct err *reterr)
{
	const struct form *f = form_set_get(b->forms, CHAIN_KIND, 1);
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < b->nchoice; i++)
		rc = chain_choose(c, b->choice[i].scope, b->choice[i].state, f, reterr);
	return rc;
}

static enum rc follow(struct report_base *b, size_t k, struct err *reterr)
{
	struct chain *chain = NULL;
	enum rc rc = chain_new(&chain, reterr);

	for (size_t i = 0; rc == RC_OK && i < b->ncheck[k]; i++) {
		const struct report_check *c = &b->check[k][i];

		if (c->has_of && c->whole)
			rc = chain_add(chain, c->scope, c->id, c->of, reterr);
	}
	if (rc == RC_OK)
		rc = choose(b, chain, reterr);
	if (rc == RC_OK)
		rc = chain_settle(chain, reterr);
	for (size_t i = 0; rc == RC_OK && i < b->ncheck[k]; i++) {
		struct report_check *c = &b->check[k][i];

		c->counts = c->whole &&
			    chain_standing(chain, c->scope, c->id) == CHAIN_COUNTS;
	}
	chain_free(chain);
	return rc;
}

/* ---- reviews ---- */

static int target_cmp(const struct report_verdict *x, const struct report_verdict *y)
{
	int c = memcmp(x->target, y->target, sizeof(x->target));

	return c ? c : strcmp(x->scope, y->scope);
}

static int by_target(const void *a, const void *b)
{
	const struct report_verdict *x = a, *y = b;
	int c = target_cmp(x, y);

	return c ? c
		 : decision_over(&x->decision, &y->decision) - decision_over(&y->decision, &x->decision);
}

/* What the review of a statement that is in force (M19) says. */
static enum report_review reviewed(const struct report_base *b, const struct report_check *c)
{
	static const enum report_review as[] = {[DECISION_RECEIVED] = REPORT_OPEN,
						[DECISION_APPROVED] = REPORT_APPROVED,
						[DECISION_RETURNED] = REPORT_RETURNED,
						[DECISION_REJECTED] = REPORT_RETURNED};
	struct report_verdict key;
	size_t lo = 0, hi = b->nverdict;

	memcpy(key.scope, c->scope, sizeof(key.scope));
	memcpy(key.target, c->id, sizeof(key.target));
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (target_cmp(&b->verdict[mid], &key) <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo > 0 && target_cmp(&b->verdict[lo - 1], &key) == 0; lo--)
		if (decision_speaks(&b->verdict[lo - 1].decision, c->said->newest))
			return as[b->verdict[lo - 1].decision.state];
	return REPORT_OPEN;
}

/* ---- places that are one (M15) ---- */

static int by_scope(const void *a, const void *b)
{
	const struct report_place *x = a, *y = b;
	int c = strcmp(x->scope, y->scope);

	return c ? c : memcmp(x->id, y->id, 16);
}

static enum rc join(struct report_place *p, size_t n, struct err *reterr)
{
	struct same s = {.n = 0};
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = same_add(&s, p[i].id, (int64_t)i, p[i].has_same ? p[i].same : NULL, reterr);
	if (rc == RC_OK)
		rc = same_join(&s, reterr);
	for (size_t i = 0; rc == RC_OK && i < s.n; i++)
		p[s.node[i].no].head = s.node[i].head == i;
	same_free(&s);
	return rc;
}

static enum rc join_all(struct report_base *b, struct err *reterr)
{
	enum rc rc = RC_OK;

	if (b->nplace > 0)
		qsort(b->place, b->nplace, sizeof(*b->place), by_scope);
	for (size_t from = 0, to; rc == RC_OK && from < b->nplace; from = to) {
		for (to = from; to < b->nplace &&
				strcmp(b->place[to].scope, b->place[from].scope) == 0;)
			to++;
		rc = join(b->place + from, to - from, reterr);
	}
	return rc;
}

enum rc report_base_settle(struct report_base *b, report_has *has, void *ctx, struct err *reterr)
{
	enum rc rc = RC_OK;

	find_whole(b, has, ctx);
	sort_checks(b);
	if (b->nverdict > 0)
		qsort(b->verdict, b->nverdict, sizeof(*b->verdict), by_target);
	for (size_t k = 0; rc == RC_OK && k < REPORT_CHECKS; k++)
		rc = follow(b, k, reterr);
	for (size_t i = 0; rc == RC_OK && i < b->ncheck[0]; i++)
		b->check[0][i].review = (uint8_t)reviewed(b, &b->check[0][i]);
	return rc == RC_OK ? join_all(b, reterr) : rc;
}
