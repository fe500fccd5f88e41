/*
 * report_read: from the entities of a base to plain records, and which of them count. Clauses
 * M12, M13, M15, M17, R4.
 *
 * A check counts when its lines are all there and no correction stands in its place; of its
 * reviews the one in force (M19) speaks. Not here: weeks and communes.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "sync/merge.h"
#include "sync/report_part.h"
#include "sync/same.h"

static enum rc nomem(struct err *reterr)
{
	return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
}

static bool uuid_of(const struct json *fields, const char *field, uint8_t ret[16])
{
	const char *text = json_get_str(fields, field);

	return text && codec_uuid_dec(span_str(text), ret);
}

static bool says(const struct json *fields, const char *field, const char *value)
{
	const char *text = json_get_str(fields, field);

	return text && strcmp(text, value) == 0;
}

/* ---- one record of each kind ---- */

static int by_id(const void *a, const void *b)
{
	return memcmp(a, b, ENTRY_ID_LEN);
}

/* Are all the entries it names here (E24)? */
static bool is_whole(const struct report_base *b, const struct json *fields)
{
	for (const struct json *c = json_first(json_get_arr(fields, "children")); c;
	     c = json_next(c)) {
		uint8_t id[ENTRY_ID_LEN];

		if (json_str(c) && codec_b64u_32(span_str(json_str(c)), id) &&
		    (b->nid == 0 || !bsearch(id, b->id, b->nid, ENTRY_ID_LEN, by_id)))
			return false;
	}
	return true;
}

/* Room for one more; the count of an array of that many. */
static void *more(void *array, size_t *n, size_t size)
{
	bool full = (*n & (*n - 1)) == 0; /* 0, 1, 2, 4, 8 … */
	void *p = full ? realloc(array, (*n ? *n * 2 : 1) * size) : array;

	if (p)
		memset((char *)p + (*n)++ * size, 0, size);
	return p;
}

/* Each takes over fields, or frees them. */
static enum rc read_check(struct report_base *b, const struct report_entity *e,
			  struct json *fields, bool conflict, struct err *reterr)
{
	size_t k = (size_t)(e->kind - REPORT_STATEMENT);
	struct report_check *c = more(b->check[k], &b->ncheck[k], sizeof(*c));

	if (!c) {
		json_free(fields);
		return nomem(reterr);
	}
	b->check[k] = c;
	c += b->ncheck[k] - 1;
	c->e = e;
	c->fields = fields;
	c->undecided = conflict;
	c->whole = is_whole(b, fields);
	c->has_of = uuid_of(fields, CHAIN_FIELD, c->of);
	uuid_of(fields, "facility_id", c->place);
	return RC_OK;
}

static enum rc read_place(struct report_base *b, const struct report_entity *e,
			  struct json *fields, bool conflict, struct err *reterr)
{
	struct report_place *p = more(b->place, &b->nplace, sizeof(*p));

	if (!p) {
		json_free(fields);
		return nomem(reterr);
	}
	b->place = p;
	p += b->nplace - 1;
	p->e = e;
	p->fields = fields;
	p->undecided = conflict;
	p->has_same = uuid_of(fields, SAME_FIELD, p->same);
	return RC_OK;
}

static enum rc read_line(struct report_base *b, const struct report_entity *e,
			 struct json *fields, bool conflict, struct err *reterr)
{
	struct report_line *l = more(b->line, &b->nline, sizeof(*l));

	if (l) {
		b->line = l;
		l += b->nline - 1;
		l->scope = e->scope;
		l->poor = !conflict && uuid_of(fields, "check", l->check) &&
			  says(fields, "quality", "khong_dap_ung");
	}
	json_free(fields);
	return l ? RC_OK : nomem(reterr);
}

static enum rc read_review(struct report_base *b, const struct report_entity *e,
			   struct json *fields, bool conflict, struct err *reterr)
{
	struct report_verdict *v = more(b->verdict, &b->nverdict, sizeof(*v));

	(void)conflict; /* it is one entry (M21) */
	if (v) {
		b->verdict = v;
		v += b->nverdict - 1;
		v->scope = e->scope;
		v->decision = decision_of(fields, e->last);
		if (!uuid_of(fields, "target", v->target))
			b->nverdict--;
	}
	json_free(fields);
	return v ? RC_OK : nomem(reterr);
}

static enum rc read_schedule(struct report_base *b, const struct report_entity *e,
			     struct json *fields, bool conflict, struct err *reterr)
{
	struct json **s;

	(void)e;
	if (conflict) {
		json_free(fields);
		return RC_OK;
	}
	s = more(b->schedule, &b->nschedule, sizeof(struct json *));
	if (!s) {
		json_free(fields);
		return nomem(reterr);
	}
	b->schedule = s;
	s[b->nschedule - 1] = fields;
	return RC_OK;
}

/* The one that is oldest: importing again goes on with it. */
static enum rc read_catalogue(struct report_base *b, const struct report_entity *e,
			      struct json *fields, bool conflict, struct err *reterr)
{
	const char *hex = json_get_str(json_get_obj(fields, "blob"), "sha256");

	(void)reterr;
	(void)e;
	if (!b->has_catalogue && !conflict && hex)
		b->has_catalogue = codec_hex_32(span_str(hex), b->catalogue);
	json_free(fields);
	return RC_OK;
}

/* One that leads anywhere (M18). */
static enum rc read_merger(struct report_base *b, const struct report_entity *e,
			   struct json *fields, bool conflict, struct err *reterr)
{
	const char *closed = json_get_str(fields, "closed"), *into = json_get_str(fields, "into");
	bool leads = !conflict && closed && into && strlen(closed) < ENTRY_SCOPE_LEN &&
		     strlen(into) < ENTRY_SCOPE_LEN;
	struct unit_merger *m;
	uint8_t id[16];

	if (leads)
		unit_merger_id(closed, id);
	if (!leads || memcmp(id, e->id, sizeof(id)) != 0) {
		json_free(fields);
		return RC_OK;
	}
	m = more(b->merger, &b->nmerger, sizeof(*m));
	if (m) {
		b->merger = m;
		m += b->nmerger - 1;
		memcpy(m->closed, closed, strlen(closed) + 1);
		memcpy(m->into, into, strlen(into) + 1);
	}
	json_free(fields);
	return m ? RC_OK : nomem(reterr);
}

static enum rc (*const readers[REPORT_KIND_N])(struct report_base *b, const struct report_entity *e,
					       struct json *fields, bool conflict,
					       struct err *reterr) = {
    [REPORT_PLACE] = read_place,         [REPORT_STATEMENT] = read_check,
    [REPORT_VISIT] = read_check,         [REPORT_EQUIPMENT] = read_check,
    [REPORT_LINE] = read_line,           [REPORT_INVENTORY] = read_check,
    [REPORT_REVIEW] = read_review,       [REPORT_SCHEDULE] = read_schedule,
    [REPORT_CATALOGUE] = read_catalogue, [REPORT_MERGER] = read_merger,
};

static enum rc read_all(struct report_base *b, struct err *reterr)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < b->n; i++) {
		const struct report_entity *e = &b->e[i];
		struct json *fields = NULL;
		bool conflict = false;

		if (!readers[e->kind])
			continue;
		rc = report_base_fields(b, e, &fields, &conflict, reterr);
		if (rc == RC_OK)
			rc = readers[e->kind](b, e, fields, conflict, reterr);
	}
	return rc;
}

/* ---- checks in order ---- */

enum { VISITS = REPORT_VISIT - REPORT_STATEMENT };

static int scope_cmp(const void *a, const void *b)
{
	const struct report_check *x = a, *y = b;
	int c = strcmp(x->e->scope, y->e->scope);

	return c ? c : memcmp(x->e->id, y->e->id, sizeof(x->e->id));
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

		if (strcmp(c[mid].e->scope, scope) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (hi = lo; hi < b->ncheck[kind] && strcmp(c[hi].e->scope, scope) == 0;)
		hi++;
	*retn = hi - lo;
	return hi > lo ? c + lo : NULL;
}

/* ---- what counts (M12, M17) ---- */

static enum rc choose(const struct report_base *b, struct chain *c, struct err *reterr)
{
	const struct form *f = form_set_get(b->forms, CHAIN_KIND, 1);
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < b->n; i++) {
		struct merge_state *s = NULL;

		if (b->e[i].kind != REPORT_CHOICE)
			continue;
		rc = merge_read(span_of(b->e[i].state, b->e[i].len), &s, reterr);
		if (rc == RC_OK)
			rc = chain_choose(c, b->e[i].scope, s, f, reterr);
		merge_free(s);
	}
	return rc;
}

static enum rc follow(struct report_base *b, size_t k, struct err *reterr)
{
	struct chain *chain = NULL;
	enum rc rc = chain_new(&chain, reterr);

	for (size_t i = 0; rc == RC_OK && i < b->ncheck[k]; i++) {
		const struct report_check *c = &b->check[k][i];

		if (c->has_of && c->whole)
			rc = chain_add(chain, c->e->scope, c->e->id, c->of, reterr);
	}
	if (rc == RC_OK)
		rc = choose(b, chain, reterr);
	if (rc == RC_OK)
		rc = chain_settle(chain, reterr);
	for (size_t i = 0; rc == RC_OK && i < b->ncheck[k]; i++) {
		struct report_check *c = &b->check[k][i];

		c->counts = c->whole &&
			    chain_standing(chain, c->e->scope, c->e->id) == CHAIN_COUNTS;
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

/* What the review of a check that is in force (M19) says. */
static enum report_review reviewed(const struct report_base *b, const struct report_entity *e)
{
	static const enum report_review as[] = {[DECISION_RECEIVED] = REPORT_OPEN,
						[DECISION_APPROVED] = REPORT_APPROVED,
						[DECISION_RETURNED] = REPORT_RETURNED,
						[DECISION_REJECTED] = REPORT_RETURNED};
	struct report_verdict key = {.scope = e->scope};
	size_t lo = 0, hi = b->nverdict;

	memcpy(key.target, e->id, sizeof(key.target));
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (target_cmp(&b->verdict[mid], &key) <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo > 0 && target_cmp(&b->verdict[lo - 1], &key) == 0; lo--)
		if (decision_speaks(&b->verdict[lo - 1].decision, e->entry[e->at_last]))
			return as[b->verdict[lo - 1].decision.state];
	return REPORT_OPEN;
}

/* ---- places that are one (M15) ---- */

static int by_scope(const void *a, const void *b)
{
	const struct report_place *x = a, *y = b;
	int c = strcmp(x->e->scope, y->e->scope);

	return c ? c : memcmp(x->e->id, y->e->id, 16);
}

static enum rc join(struct report_place *p, size_t n, struct err *reterr)
{
	struct same s = {.n = 0};
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = same_add(&s, p[i].e->id, (int64_t)i, p[i].has_same ? p[i].same : NULL, reterr);
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
				strcmp(b->place[to].e->scope, b->place[from].e->scope) == 0;)
			to++;
		rc = join(b->place + from, to - from, reterr);
	}
	return rc;
}

enum rc report_base_settle(struct report_base *b, struct err *reterr)
{
	enum rc rc;

	if (b->nid > 0)
		qsort(b->id, b->nid, sizeof(*b->id), by_id);
	rc = read_all(b, reterr);
	sort_checks(b);
	if (b->nverdict > 0)
		qsort(b->verdict, b->nverdict, sizeof(*b->verdict), by_target);
	for (size_t k = 0; rc == RC_OK && k < REPORT_CHECKS; k++) {
		rc = follow(b, k, reterr);
		for (size_t i = 0; rc == RC_OK && i < b->ncheck[k]; i++)
			b->check[k][i].review = reviewed(b, b->check[k][i].e);
	}
	return rc == RC_OK ? join_all(b, reterr) : rc;
}
