/*
 * matter: what of an entity waits for a person. Clauses M4, M12, M13, M16, M17.
 */
#include "sync/matter.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "sync/retire.h"

static enum rc nomem(struct err *reterr)
{
	return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
}

/* ---- written off and edited (M16) ---- */

struct counting {
	struct entry **e;
	size_t n, cap;
};

static enum rc take_entry(void *arg, struct entry *e, struct err *reterr)
{
	struct counting *c = arg;

	if (c->n == c->cap) {
		size_t cap = c->cap ? c->cap * 2 : 16;
		void *grown = realloc(c->e, cap * sizeof(struct entry *));

		if (!grown) {
			entry_free(e);
			return nomem(reterr);
		}
		c->e = grown;
		c->cap = cap;
	}
	c->e[c->n++] = e;
	return RC_OK;
}

static enum rc unaware(const struct matter_store *s, const struct matter_entity *e, int64_t *ret,
		       struct err *reterr)
{
	struct counting c = {.n = 0};
	struct merge_input *in = NULL;
	const struct merge_input **at = NULL;
	enum rc rc = s->counting(s->ctx, e->no, take_entry, &c, reterr);

	if (rc == RC_OK) {
		in = calloc(c.n + 1, sizeof(*in));
		at = calloc(c.n + 1, sizeof(struct merge_input *));
		rc = in && at ? RC_OK : nomem(reterr);
	}
	for (size_t i = 0; rc == RC_OK && i < c.n; i++) {
		in[i] = merge_input_of(c.e[i], false);
		at[i] = &in[i];
	}
	if (rc == RC_OK)
		*ret = retire_unaware(e->state, at, c.n, NULL) > 0;
	for (size_t i = 0; i < c.n; i++)
		entry_free(c.e[i]);
	free(c.e);
	free(in);
	free(at);
	return rc;
}

/* ---- corrections (M12, M17) ---- */

static enum rc add_choice(const struct matter_store *s, struct chain *c, const char *scope,
			  const uint8_t of[16], struct err *reterr)
{
	struct merge_state *choice = NULL;
	uint8_t id[16];
	struct err why;
	enum rc rc;

	chain_choice_id(of, id);
	rc = s->state(s->ctx, scope, CHAIN_KIND, id, &choice, &why);
	if (rc == RC_NOTFOUND)
		return RC_OK;
	if (rc == RC_OK)
		rc = chain_choose(c, scope, choice, form_set_newest(s->forms, CHAIN_KIND), &why);
	if (rc != RC_OK && reterr)
		*reterr = why;
	merge_free(choice);
	return rc;
}

struct linking {
	const struct matter_store *s;
	const char *kind;
	bool whole; /* leave out what is still being received */
	struct chain *chain;
	size_t n;
};

enum rc matter_whole(const struct matter_store *s, const char *scope, const char *kind,
		     const uint8_t id[16], bool *ret, struct err *reterr)
{
	struct merge_state *m = NULL;
	struct json *rec = NULL;
	enum rc rc = s->state(s->ctx, scope, kind, id, &m, reterr);

	*ret = true;
	if (rc == RC_OK)
		rec = merge_json(m, form_set_newest(s->forms, kind));
	for (const struct json *c = json_first(json_get_arr(rec, "children"));
	     rc == RC_OK && c && *ret; c = json_next(c)) {
		uint8_t child[ENTRY_ID_LEN];

		if (json_str(c) && codec_b64u_32(span_str(json_str(c)), child))
			rc = s->held(s->ctx, child, ret, reterr);
	}
	json_free(rec);
	merge_free(m);
	return rc;
}

static enum rc take_link(void *arg, const char *scope, const uint8_t id[16], const uint8_t old[16],
			 struct err *reterr)
{
	struct linking *l = arg;
	bool whole = true;
	enum rc rc = l->whole ? matter_whole(l->s, scope, l->kind, id, &whole, reterr) : RC_OK;

	if (rc == RC_OK && whole) {
		l->n++;
		rc = chain_add(l->chain, scope, id, old, reterr);
	}
	if (rc == RC_OK && whole)
		rc = add_choice(l->s, l->chain, scope, old, reterr);
	return rc;
}

static enum rc links(struct linking *l, const char *scope, const uint8_t *old, struct err *reterr)
{
	enum rc rc = chain_new(&l->chain, reterr);

	if (rc == RC_OK)
		rc = l->s->corrections(l->s->ctx, scope, l->kind, old, take_link, l, reterr);
	if (rc == RC_OK)
		rc = chain_settle(l->chain, reterr);
	if (rc != RC_OK) {
		chain_free(l->chain);
		l->chain = NULL;
	}
	return rc;
}

enum rc matter_chain(const struct matter_store *s, const char *scope, const char *kind,
		     struct chain **ret, struct err *reterr)
{
	struct linking l = {.s = s, .kind = kind, .whole = true};
	enum rc rc = links(&l, scope, NULL, reterr);

	if (rc == RC_OK)
		*ret = l.chain;
	return rc;
}

enum rc matter_count(const struct matter_store *s, const struct matter_entity *e, int64_t *ret,
		     struct err *reterr)
{
	struct linking l = {.s = s, .kind = e->kind};
	int64_t n = strcmp(e->kind, CHAIN_KIND) == 0 ? 0
						     : (int64_t)merge_conflicts(e->state, e->form),
		edits = 0;
	const char *scope;
	const uint8_t *id;
	enum rc rc = RC_OK;

	if (e->form && form_field(e->form, CHAIN_FIELD)) {
		rc = links(&l, e->scope, e->id, reterr);
		if (rc == RC_OK && l.n > 0)
			n = chain_dispute(l.chain, 0, &scope, &id);
		chain_free(l.chain);
	}
	if (rc == RC_OK && retire_is(e->state))
		rc = unaware(s, e, &edits, reterr);
	if (rc == RC_OK)
		*ret = n + edits;
	return rc;
}

/* ---- one check with its corrections ---- */

static enum rc line_add(struct matter_line *l, const uint8_t id[16], size_t old, struct err *reterr)
{
	for (size_t i = 0; i < l->n; i++)
		if (memcmp(l->id[i], id, 16) == 0)
			return RC_OK; /* a ring */
	if ((l->n & (l->n - 1)) == 0) { /* 0, 1, 2, 4, 8 … */
		size_t cap = l->n ? l->n * 2 : 1;
		void *ids = realloc(l->id, cap * sizeof(*l->id)), *olds;

		l->id = ids ? ids : l->id;
		olds = realloc(l->old, cap * sizeof(*l->old));
		l->old = olds ? olds : l->old;
		if (!ids || !olds)
			return nomem(reterr);
	}
	memcpy(l->id[l->n], id, 16);
	l->old[l->n++] = old;
	return RC_OK;
}

struct walking {
	struct linking link;
	struct matter_line *line;
	size_t at;
};

/* Beyond the ceiling nothing more is followed: nobody's check may keep others from being kept. */
static enum rc take_line(void *arg, const char *scope, const uint8_t id[16], const uint8_t old[16],
			 struct err *reterr)
{
	struct walking *w = arg;
	enum rc rc = RC_OK;

	if (w->line->n >= MATTER_CHAIN)
		return RC_OK;
	rc = take_link(&w->link, scope, id, old, reterr);
	return rc == RC_OK ? line_add(w->line, id, w->at, reterr) : rc;
}

/* From id back to the one that takes no other's place. */
static enum rc find_root(const struct matter_store *s, const char *scope, const char *kind,
			 const uint8_t id[16], uint8_t ret[16], struct err *reterr)
{
	const struct form *f = form_set_newest(s->forms, kind);
	enum rc rc = RC_OK;
	bool more = true;

	memcpy(ret, id, 16);
	for (int i = 0; rc == RC_OK && more && i < MATTER_CHAIN; i++) {
		struct merge_state *m = NULL;
		struct err why;

		rc = s->state(s->ctx, scope, kind, ret, &m, &why);
		more = rc == RC_OK && merge_ref(m, f, CHAIN_FIELD, ret);
		merge_free(m);
		if (rc == RC_NOTFOUND) /* what it corrects has not come */
			return RC_OK;
		if (rc != RC_OK && reterr)
			*reterr = why;
	}
	return rc;
}

enum rc matter_line(const struct matter_store *s, const char *scope, const char *kind,
		    const uint8_t id[16], struct matter_line *ret, struct err *reterr)
{
	struct matter_line l = {.n = 0};
	struct walking w = {.link = {.s = s, .kind = kind, .whole = true}, .line = &l};
	uint8_t root[16];
	enum rc rc = find_root(s, scope, kind, id, root, reterr);

	if (rc == RC_OK)
		rc = chain_new(&w.link.chain, reterr);
	l.chain = w.link.chain;
	if (rc == RC_OK)
		rc = line_add(&l, root, 0, reterr);
	for (; rc == RC_OK && w.at < l.n; w.at++) {
		uint8_t old[16];

		memcpy(old, l.id[w.at], sizeof(old)); /* the array moves when it grows */
		rc = s->corrections(s->ctx, scope, kind, old, take_line, &w, reterr);
	}
	if (rc == RC_OK)
		rc = line_add(&l, id, 0, reterr); /* nothing leads to it: a ring, or beyond the ceiling */
	if (rc == RC_OK)
		rc = chain_settle(l.chain, reterr);
	if (rc == RC_OK)
		*ret = l;
	else
		matter_line_free(&l);
	return rc;
}

void matter_line_free(struct matter_line *l)
{
	chain_free(l->chain);
	free(l->id);
	free(l->old);
	*l = (struct matter_line){.n = 0};
}

/* ---- what else a change concerns ---- */

static enum rc note(struct matter_again **list, const char *scope, const char *kind,
		    const uint8_t *id, struct err *reterr)
{
	struct matter_again *a;

	for (a = *list; a; a = a->next)
		if (memcmp(a->id, id, 16) == 0 && strcmp(a->kind, kind) == 0 &&
		    strcmp(a->scope, scope) == 0)
			return RC_OK;
	a = calloc(1, sizeof(*a));
	if (!a)
		return nomem(reterr);
	memcpy(a->scope, scope, strlen(scope) + 1);
	memcpy(a->kind, kind, strlen(kind) + 1);
	memcpy(a->id, id, sizeof(a->id));
	a->next = *list;
	*list = a;
	return RC_OK;
}

enum rc matter_note(const struct matter_store *s, const struct matter_entity *e,
		    const uint8_t *was, struct matter_again **list, struct err *reterr)
{
	const struct form *f;
	uint8_t id[16];
	enum rc rc = was ? note(list, e->scope, e->kind, was, reterr) : RC_OK;

	if (rc == RC_OK && merge_ref(e->state, e->form, CHAIN_FIELD, id))
		rc = note(list, e->scope, e->kind, id, reterr);
	if (rc != RC_OK || strcmp(e->kind, CHAIN_KIND) != 0 ||
	    !merge_ref(e->state, e->form, "of", id))
		return rc;
	/* a choice names a check by its id alone: it is one of the kinds that can be corrected */
	for (size_t i = 0; rc == RC_OK && (f = form_set_at(s->forms, i, NULL)) != NULL; i++)
		if (form_field(f, CHAIN_FIELD))
			rc = note(list, e->scope, f->name, id, reterr);
	return rc;
}

void matter_again_free(struct matter_again *list)
{
	while (list) {
		struct matter_again *next = list->next;

		free(list);
		list = next;
	}
}
