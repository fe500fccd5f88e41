/*
 * admission properties over random stories with real sealed entries: registrars certify,
 * revoke, admit and revoke each other, clerks write, in two communes and in "*".
 * 800 stories by default; SEED= repeats a run.
 *
 * The reference below is A3-A8 written down plainly over the whole list; the keyring must
 * agree with it in any order of arrival, with its own copies, and with what it tells has
 * changed; the entities built from what is admitted must be the same bytes.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/limits.h"
#include "sync/keyring.h"
#include "sync/kinds.h"
#include "sync/merge.h"
#include "tests/support/actor.h"
#include "tests/support/rng.h"

enum {
	STORIES = 800,
	LINES = 26,
	ROOT = 0,
	REGISTRARS = 1,
	STAFF = 4,
	CLERKS = 5,
	PCS = 8,
	ACTORS = 10,
	ENTITIES = 4
};

static const char *const scopes[] = {"00004", "00005", "*"};

struct line {
	struct entry *e;
	int64_t index; /* place in the log, or KEYRING_NO_INDEX */
	bool fresh;    /* arrives without an index first */
	size_t author;
	/* bodies, kept beside the sealed entry for the reference */
	enum role role;
	size_t subject, device; /* actors; ACTORS: none */
	const char *to;         /* scopes of a cert */
	int64_t from;
	uint8_t id[2][ENTRY_ID_LEN];
	size_t nid;
};

struct story {
	struct actor actor[ACTORS];
	struct line line[LINES];
	size_t n;
};

static uint8_t entity_ids[2][16] = {{1, 0, 0, 0, 0, 0, 0x70, 0, 0x80},
				    {2, 0, 0, 0, 0, 0, 0x70, 0, 0x80}};

/* ---- writing a story ---- */

static void write_cert(struct rng *g, struct story *s, struct line *l)
{
	static const enum role staff[] = {ROLE_REGISTRAR, ROLE_VERIFIER, ROLE_REPORTER,
					  ROLE_AUDITOR};
	static const char *const staff_scopes[] = {"*", "00004", "00004 00005"};
	const char *scope = scopes[rng_below(g, 2)];
	bool by_root = l->author == ROOT;

	l->role = by_root            ? staff[rng_one_in(g, 2) ? 0 : rng_below(g, 4)]
		  : rng_one_in(g, 3) ? ROLE_DEVICE
				     : ROLE_CLERK;
	l->subject = by_root ? (l->role == ROLE_REGISTRAR ? REGISTRARS + rng_below(g, 3) : STAFF)
		     : l->role == ROLE_DEVICE ? PCS + rng_below(g, 2)
					      : CLERKS + rng_below(g, 3);
	if (rng_one_in(g, 8))
		l->subject = 1 + rng_below(g, ACTORS - 1);
	l->device = l->role != ROLE_DEVICE && rng_one_in(g, 2) ? PCS + rng_below(g, 2) : ACTORS;
	l->to = by_root ? staff_scopes[rng_below(g, 3)] : scope;
	if (rng_one_in(g, 15))
		l->to = "00005";
	if (s->n < 3) { /* all three registrars exist, two of them everywhere */
		l->role = ROLE_REGISTRAR;
		l->subject = REGISTRARS + s->n;
		l->to = s->n < 2 ? "*" : l->to;
	}
	l->e = actor_cert(&s->actor[l->author], by_root ? "*" : scope, s->actor[l->subject].pk,
			  l->role, l->to, l->device < ACTORS ? s->actor[l->device].pk : NULL);
}

static void write_revoke(struct rng *g, struct story *s, struct line *l)
{
	const char *scope = l->author == ROOT ? "*" : scopes[rng_below(g, 3)];

	l->subject = rng_one_in(g, 2) ? REGISTRARS + rng_below(g, 3) : rng_below(g, ACTORS);
	l->from = (int64_t)rng_below(g, LINES + 4);
	l->e = actor_revoke(&s->actor[l->author], scope, s->actor[l->subject].pk, l->from);
}

static void write_admit(struct rng *g, struct story *s, struct line *l)
{
	l->nid = s->n > 1 ? 2 : 1;
	for (size_t i = 0; i < l->nid; i++) {
		size_t which = rng_below(g, s->n + 1);
		if (which < s->n)
			memcpy(l->id[i], s->line[which].e->id, ENTRY_ID_LEN);
		else
			rng_bytes(g, l->id[i], ENTRY_ID_LEN);
	}
	if (l->nid == 2 && memcmp(l->id[0], l->id[1], ENTRY_ID_LEN) == 0)
		l->nid = 1;
	l->e = actor_admit(&s->actor[l->author], scopes[rng_below(g, 3)],
			   (const uint8_t(*)[ENTRY_ID_LEN])l->id, l->nid);
}

static void write_set(struct rng *g, struct story *s, struct line *l)
{
	static const char *const kinds[] = {"asset",          "asset",  "asset",
					    "facility_check", "review", "catalogue"};
	uint8_t after[2][ENTRY_ID_LEN];
	size_t nafter = 0;
	char set[64];

	(void)snprintf(set, sizeof(set), "{\"name\":\"v%zu\"}", s->n);
	for (size_t i = 0; i < s->n && nafter < 2; i++)
		if (s->line[i].e->op == ENTRY_SET && rng_one_in(g, 3))
			memcpy(after[nafter++], s->line[i].e->id, ENTRY_ID_LEN);
	l->e = actor_set(&s->actor[l->author], scopes[rng_below(g, rng_one_in(g, 6) ? 3 : 2)],
			 kinds[rng_below(g, 6)], entity_ids[rng_below(g, 2)], set,
			 (const uint8_t(*)[ENTRY_ID_LEN])after, nafter);
}

static void write_line(struct rng *g, struct story *s, size_t author, enum entry_op op)
{
	struct line *l = &s->line[s->n];

	*l = (struct line){.author = author,
			   .subject = ACTORS,
			   .device = ACTORS,
			   .fresh = rng_one_in(g, 5)};
	switch (op) {
	case ENTRY_CERT: write_cert(g, s, l); break;
	case ENTRY_REVOKE: write_revoke(g, s, l); break;
	case ENTRY_ADMIT: write_admit(g, s, l); break;
	default: write_set(g, s, l); break;
	}
	s->n++;
}

static void write_story(struct rng *g, struct story *s)
{
	size_t order[LINES];

	for (uint32_t i = 0; i < ACTORS; i++)
		actor_init(&s->actor[i], i);
	s->n = 0;
	for (size_t i = 0; i < 3; i++)
		write_line(g, s, ROOT, ENTRY_CERT);
	size_t want = 6 + rng_below(g, LINES - 6);
	while (s->n < want) {
		size_t dice = rng_below(g, 12);
		size_t registrar = REGISTRARS + rng_below(g, 3);
		if (dice < 2)
			write_line(g, s, ROOT, rng_one_in(g, 4) ? ENTRY_REVOKE : ENTRY_CERT);
		else if (dice < 5)
			write_line(g, s, registrar, ENTRY_CERT);
		else if (dice < 7)
			write_line(g, s, registrar, ENTRY_REVOKE);
		else if (dice < 8)
			write_line(g, s, registrar, ENTRY_ADMIT);
		else if (dice < 9)
			write_line(g, s, rng_below(g, ACTORS),
				   rng_one_in(g, 2) ? ENTRY_ADMIT : ENTRY_CERT);
		else
			write_line(g, s, 1 + rng_below(g, ACTORS - 1), ENTRY_SET);
	}
	for (size_t i = 0; i < s->n; i++)
		order[i] = i;
	rng_shuffle(g, order, s->n);
	for (size_t i = 0; i < s->n; i++) /* the log is not in the order of writing */
		s->line[order[i]].index = rng_one_in(g, 12) ? KEYRING_NO_INDEX : (int64_t)i;
}

static void free_story(struct story *s)
{
	for (size_t i = 0; i < s->n; i++)
		entry_free(s->line[i].e);
	for (size_t i = 0; i < ACTORS; i++)
		actor_free(&s->actor[i]);
}

/* ---- the reference: A3-A8 over a list of lines, those with in[i] ---- */

struct ref {
	const struct story *s;
	bool in[LINES];
	bool good[LINES];
};

static int64_t place(const struct line *l)
{
	return l->index == KEYRING_NO_INDEX ? INT64_MAX : l->index;
}

static bool has_scope(const char *to, const char *scope)
{
	return strcmp(to, "*") == 0 || strstr(to, scope);
}

/* Has the actor a good cert of the root of a role among `roles`? */
static bool rooted_role(const struct ref *r, size_t actor, unsigned roles)
{
	for (size_t i = 0; i < r->s->n; i++) {
		const struct line *l = &r->s->line[i];
		if (r->in[i] && l->e->op == ENTRY_CERT && l->author == ROOT &&
		    l->subject == actor && r->good[i] && (roles >> l->role & 1U))
			return true;
	}
	return false;
}

static bool registrar(const struct ref *r, size_t actor)
{
	return rooted_role(r, actor, 1U << ROLE_REGISTRAR);
}

static bool staff(const struct ref *r, size_t actor)
{
	return rooted_role(r, actor,
			   1U << ROLE_VERIFIER | 1U << ROLE_REPORTER | 1U << ROLE_AUDITOR);
}

static bool role_may(const struct ref *r, enum role by, const struct line *l)
{
	if (!kinds_may(by, l->e->op, l->e->kind, l->e->scope))
		return false;
	if (l->e->op == ENTRY_CERT)
		return kinds_may_certify(by, l->role) &&
		       (by == ROLE_ROOT || strcmp(l->to, l->e->scope) == 0);
	if (l->e->op == ENTRY_REVOKE)
		return l->subject != ROOT && l->subject != l->author &&
		       (by == ROLE_ROOT || !staff(r, l->subject));
	return true;
}

/* A3-A5 */
static enum keyring_verdict may(const struct ref *r, const struct line *l)
{
	enum keyring_verdict best = KEYRING_Q_NO_CERT;

	if (l->author == ROOT)
		return role_may(r, ROLE_ROOT, l) ? KEYRING_ADMITTED : KEYRING_Q_ROLE;
	for (size_t i = 0; i < r->s->n; i++) {
		const struct line *c = &r->s->line[i];
		if (!r->in[i] || c->e->op != ENTRY_CERT || !r->good[i] || c->subject != l->author)
			continue;
		if (!has_scope(c->to, l->e->scope)) {
			best = best == KEYRING_Q_NO_CERT ? KEYRING_Q_SCOPE : best;
			continue;
		}
		if (role_may(r, c->role, l))
			return KEYRING_ADMITTED;
		best = KEYRING_Q_ROLE;
	}
	return best;
}

/* A6: does revoke v cover what `actor` wrote in scope at index? */
static bool covers(const struct ref *r, size_t v, size_t actor, const char *scope, int64_t index)
{
	const struct line *l = &r->s->line[v];
	int64_t from = l->from < place(l) ? l->from : place(l);
	bool named = l->subject == actor;

	for (size_t i = 0; i < r->s->n && !named; i++) {
		const struct line *c = &r->s->line[i];
		named = r->in[i] && c->e->op == ENTRY_CERT && r->good[i] && c->subject == actor &&
			c->device == l->subject && (c->author == ROOT || !registrar(r, actor));
	}
	return named && actor != ROOT && (l->author == ROOT || !staff(r, actor)) && index >= from &&
	       (strcmp(l->e->scope, "*") == 0 || strcmp(l->e->scope, scope) == 0);
}

static bool covered(const struct ref *r, const struct line *l)
{
	for (size_t v = 0; v < r->s->n; v++)
		if (r->in[v] && r->s->line[v].e->op == ENTRY_REVOKE && r->good[v] &&
		    covers(r, v, l->author, l->e->scope, place(l)))
			return true;
	return false;
}

/* A8: a registrar's revoke that names a registrar or the device of one */
static bool chain(const struct ref *r, const struct line *l)
{
	if (l->e->op != ENTRY_REVOKE || l->author == ROOT)
		return false;
	if (registrar(r, l->subject))
		return true;
	for (size_t i = 0; i < r->s->n; i++) {
		const struct line *c = &r->s->line[i];
		if (r->in[i] && c->e->op == ENTRY_CERT && c->author == ROOT && r->good[i] &&
		    c->device == l->subject && registrar(r, c->subject))
			return true;
	}
	return false;
}

/* A7 */
static bool lifted(const struct ref *r, const struct line *l)
{
	if (l->e->op == ENTRY_ADMIT || chain(r, l))
		return false;
	for (size_t i = 0; i < r->s->n; i++) {
		const struct line *a = &r->s->line[i];
		if (!r->in[i] || a->e->op != ENTRY_ADMIT || !r->good[i])
			continue;
		if (strcmp(a->e->scope, "*") != 0 && strcmp(a->e->scope, l->e->scope) != 0)
			continue;
		for (size_t j = 0; j < a->nid; j++)
			if (memcmp(a->id[j], l->e->id, ENTRY_ID_LEN) == 0)
				return true;
	}
	return false;
}

static bool earlier(const struct line *a, const struct line *b)
{
	if (place(a) != place(b))
		return place(a) < place(b);
	return memcmp(a->e->id, b->e->id, ENTRY_ID_LEN) < 0;
}

/* The next revoke of the chain after `last` (LINES: from the start); LINES at the end. */
static size_t next_of_chain(const struct ref *r, size_t last)
{
	size_t best = LINES;

	for (size_t i = 0; i < r->s->n; i++) {
		const struct line *l = &r->s->line[i];
		if (!r->in[i] || !chain(r, l) || may(r, l) != KEYRING_ADMITTED)
			continue;
		if (last < LINES && !earlier(&r->s->line[last], l))
			continue;
		if (best == LINES || earlier(l, &r->s->line[best]))
			best = i;
	}
	return best;
}

static void take_chain(struct ref *r)
{
	bool taken[LINES] = {false};

	for (size_t v = next_of_chain(r, LINES); v < LINES; v = next_of_chain(r, v)) {
		const struct line *l = &r->s->line[v];
		if (covered(r, l))
			continue;
		r->good[v] = true;
		for (size_t t = 0; t < r->s->n; t++)
			if (taken[t] && covers(r, v, r->s->line[t].author, r->s->line[t].e->scope,
					       place(&r->s->line[t])))
				r->good[t] = false;
		taken[v] = true;
	}
}

static void judge_all(struct ref *r)
{
	const struct story *s = r->s;

	memset(r->good, 0, sizeof(r->good));
	for (size_t i = 0; i < s->n; i++) /* the root */
		r->good[i] = r->in[i] && s->line[i].author == ROOT &&
			     may(r, &s->line[i]) == KEYRING_ADMITTED;
	take_chain(r);
	for (size_t i = 0; i < s->n; i++)
		if (r->in[i] && s->line[i].e->op == ENTRY_ADMIT && s->line[i].author != ROOT)
			r->good[i] =
			    may(r, &s->line[i]) == KEYRING_ADMITTED && !covered(r, &s->line[i]);
	for (size_t i = 0; i < s->n; i++) {
		const struct line *l = &s->line[i];
		bool rest = l->e->op == ENTRY_CERT || (l->e->op == ENTRY_REVOKE && !chain(r, l));
		if (r->in[i] && rest && l->author != ROOT)
			r->good[i] =
			    may(r, l) == KEYRING_ADMITTED && (!covered(r, l) || lifted(r, l));
	}
}

static enum keyring_verdict verdict(const struct ref *r, size_t i)
{
	const struct line *l = &r->s->line[i];
	enum keyring_verdict v = may(r, l);

	if (v != KEYRING_ADMITTED || l->author == ROOT)
		return v;
	if (r->in[i] && l->e->op != ENTRY_SET)
		return r->good[i] ? v : KEYRING_Q_REVOKED;
	return covered(r, l) && !lifted(r, l) ? KEYRING_Q_REVOKED : v;
}

/* ---- the properties ---- */

static void add(struct keyring *k, const struct line *l, struct keyring_change *c)
{
	if (l->fresh) /* known before it is logged, as on the PC that asked for it */
		assert_int_equal(keyring_add(k, l->e, KEYRING_NO_INDEX, c, NULL), RC_OK);
	assert_int_equal(keyring_add(k, l->e, l->index, c, NULL), RC_OK);
}

static struct keyring *ring(const struct story *s)
{
	struct keyring *k = NULL;

	assert_int_equal(keyring_new(s->actor[ROOT].pk, &k, NULL), RC_OK);
	return k;
}

static void order_of(struct rng *g, const struct story *s, size_t order[LINES])
{
	for (size_t i = 0; i < s->n; i++)
		order[i] = i;
	rng_shuffle(g, order, s->n);
}

/* A12 without a log: all authority entries of the story, in any order, give the reference. */
static void agrees(struct rng *g, const struct story *s)
{
	struct ref r = {.s = s};

	for (size_t i = 0; i < s->n; i++)
		r.in[i] = true;
	judge_all(&r);
	for (size_t again = 0; again < 3; again++) {
		struct keyring *k = ring(s);
		size_t order[LINES];
		order_of(g, s, order);
		for (size_t i = 0; i < s->n; i++)
			add(k, &s->line[order[i]], NULL);
		for (size_t i = 0; i < s->n; i++)
			assert_int_equal(keyring_judge(k, s->line[i].e, s->line[i].index),
					 verdict(&r, i));
		keyring_free(k);
	}
}

static bool told(const struct keyring_change *c, const struct entry *e)
{
	for (size_t i = 0; i < c->n; i++)
		if (memcmp(c->key[i], e->key, CRYPT_PK_LEN) == 0)
			return true;
	for (size_t i = 0; i < c->nid; i++)
		if (memcmp(c->id[i], e->id, ENTRY_ID_LEN) == 0)
			return true;
	return c->all;
}

/* A store that re-judges only what it is told to has the same verdicts at every step. */
static void tells(struct rng *g, const struct story *s)
{
	struct keyring *k = ring(s);
	enum keyring_verdict kept[LINES];
	size_t order[LINES];

	order_of(g, s, order);
	for (size_t i = 0; i < s->n; i++) {
		struct keyring_change c = {0};
		add(k, &s->line[order[i]], &c);
		for (size_t j = 0; j <= i; j++) { /* what has arrived */
			const struct line *l = &s->line[order[j]];
			enum keyring_verdict now = keyring_judge(k, l->e, l->index);
			if (told(&c, l->e) || j == i)
				kept[j] = now;
			assert_int_equal(kept[j], now);
		}
		keyring_change_free(&c);
	}
	keyring_free(k);
}

/* A12: the state at N knows nothing of what has an index of N or more. */
static void is_of_its_leaves_alone(struct rng *g, const struct story *s)
{
	int64_t size = (int64_t)rng_below(g, s->n + 1);
	struct keyring *k = ring(s), *copy = NULL;
	struct ref r = {.s = s};
	size_t order[LINES];

	order_of(g, s, order);
	for (size_t i = 0; i < s->n; i++) {
		const struct line *l = &s->line[order[i]];
		r.in[order[i]] = l->index >= 0 && l->index < size;
		if (r.in[order[i]])
			add(k, l, NULL);
	}
	judge_all(&r);
	assert_int_equal(keyring_copy(k, &copy, NULL), RC_OK);
	for (size_t i = 0; i < s->n; i++)
		add(k, &s->line[i], NULL);
	for (size_t i = 0; i < s->n; i++)
		if (r.in[i])
			assert_int_equal(keyring_judge(copy, s->line[i].e, s->line[i].index),
					 verdict(&r, i));
	keyring_free(copy);
	keyring_free(k);
}

/* What a place makes of the story: entities of (scope, id) of kind asset, from what is admitted. */
static void entities(const struct story *s, const struct keyring *k, const size_t order[LINES],
		     struct buf out[ENTITIES])
{
	struct merge_state *state[ENTITIES] = {NULL};
	bool had[LINES] = {false};

	for (size_t i = 0; i < ENTITIES; i++)
		assert_int_equal(merge_new(&state[i], NULL), RC_OK);
	for (size_t i = 0; i < s->n; i++) {
		const struct entry *e = s->line[order[i]].e;
		bool present[2] = {false};
		if (e->op != ENTRY_SET || strcmp(e->kind, "asset") != 0 ||
		    keyring_judge(k, e, s->line[order[i]].index) != KEYRING_ADMITTED)
			continue;
		for (size_t a = 0; a < e->nafter; a++)
			for (size_t j = 0; j < s->n; j++)
				present[a] =
				    present[a] ||
				    (had[j] && strcmp(s->line[j].e->scope, e->scope) == 0 &&
				     memcmp(s->line[j].e->entity, e->entity, 16) == 0 &&
				     memcmp(s->line[j].e->id, e->after[a], ENTRY_ID_LEN) == 0);
		size_t which =
		    (strcmp(e->scope, "00004") == 0 ? 0U : 2U) + (e->entity[0] == 1 ? 0U : 1U);
		struct merge_input in = merge_input_of(e, keyring_central(k, e->key));
		assert_int_equal(merge_apply(state[which], &in, present, NULL, NULL), RC_OK);
		had[order[i]] = true;
	}
	for (size_t i = 0; i < ENTITIES; i++) {
		buf_init(&out[i], LIMIT_MIB);
		assert_int_equal(merge_write(state[i], &out[i], NULL), RC_OK);
		merge_free(state[i]);
	}
}

/* A10, A12: neither values nor replacements of a quarantined entry count, wherever it arrived. */
static void builds_the_same(struct rng *g, const struct story *s)
{
	struct keyring *k = ring(s);
	struct buf one[ENTITIES], other[ENTITIES];
	size_t order[LINES];

	for (size_t i = 0; i < s->n; i++)
		add(k, &s->line[i], NULL);
	order_of(g, s, order);
	entities(s, k, order, one);
	order_of(g, s, order);
	entities(s, k, order, other);
	for (size_t i = 0; i < ENTITIES; i++) {
		assert_int_equal(one[i].len, other[i].len);
		assert_memory_equal(one[i].p, other[i].p, one[i].len);
		buf_free(&one[i]);
		buf_free(&other[i]);
	}
	keyring_free(k);
}

/* clause: A3 A4 A5 A6 A7 A8 A10 A12 */
static void random_stories_are_judged_alike_everywhere(void **state)
{
	uint64_t seed = rng_seed(20261123);
	struct story *s = calloc(1, sizeof(*s));
	size_t counts[KEYRING_Q_REVOKED + 1] = {0};

	(void)state;
	assert_non_null(s);
	for (uint64_t i = 0; i < STORIES; i++) {
		struct rng g = rng_case(seed, i);
		struct keyring *k;
		write_story(&g, s);
		agrees(&g, s);
		tells(&g, s);
		is_of_its_leaves_alone(&g, s);
		builds_the_same(&g, s);
		k = ring(s);
		for (size_t j = 0; j < s->n; j++)
			add(k, &s->line[j], NULL);
		for (size_t j = 0; j < s->n; j++)
			counts[keyring_judge(k, s->line[j].e, s->line[j].index)]++;
		keyring_free(k);
		free_story(s);
	}
	/* the stories do reach every verdict, or they would show nothing */
	for (size_t v = 0; v < sizeof(counts) / sizeof(counts[0]); v++)
		assert_true(counts[v] > STORIES / 10);
	print_message("admitted %zu cert %zu scope %zu role %zu revoked %zu\n", counts[0],
		      counts[1], counts[2], counts[3], counts[4]);
	free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(random_stories_are_judged_alike_everywhere),
	};

	return cmocka_run_group_tests_name("admission properties", tests, NULL, NULL);
}
