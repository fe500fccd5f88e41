/*
 * chain: which of a check and its corrections counts. Clauses M12, M17.
 *
 * Links are sorted by the check they name, so that the corrections of one are a run. From
 * each check that takes no other's place the chain is followed: a single correction takes
 * over; of several the chosen one (or none of them); without a choice the check itself goes on counting and
 * everything behind it is disputed. What is never reached (the branches not chosen, a
 * ring) counts nowhere. Not here: reading a store.
 */
#include "sync/chain.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "sync/entry.h"

struct place { /* an entity of one kind */
	char scope[ENTRY_SCOPE_LEN];
	uint8_t id[16];
};

struct link {
	struct place of, by; /* `by` takes the place of `of` */
	enum chain_standing standing; /* of `by` */
};

struct choice {
	struct place of;
	uint8_t chosen[16];
	uint8_t (*among)[16];
	size_t namong;
};

struct chain {
	struct link *link;   /* by `of`, once settled */
	struct link **index; /* the same by `by` */
	size_t nlink, caplink;
	struct choice *choice;
	size_t nchoice, capchoice;
	struct place *replaced; /* first ones of a chain that another takes the place of */
	size_t nreplaced;
	struct place *dispute;
	size_t ndispute;
};

enum rc chain_new(struct chain **ret, struct err *reterr)
{
	struct chain *c = calloc(1, sizeof(*c));

	if (!c)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	*ret = c;
	return RC_OK;
}

void chain_free(struct chain *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->nchoice; i++)
		free(c->choice[i].among);
	free(c->link);
	free(c->index);
	free(c->choice);
	free(c->replaced);
	free(c->dispute);
	free(c);
}

static struct place place(const char *scope, const uint8_t id[16])
{
	struct place p = {.scope = ""};
	size_t n = strlen(scope);

	memcpy(p.scope, scope, n < sizeof(p.scope) ? n : sizeof(p.scope) - 1);
	memcpy(p.id, id, sizeof(p.id));
	return p;
}

static int place_cmp(const struct place *a, const struct place *b)
{
	int c = memcmp(a->id, b->id, sizeof(a->id));

	return c ? c : strcmp(a->scope, b->scope);
}

/* Room for one more of *base. */
static bool grow(void *base, size_t n, size_t *cap, size_t size)
{
	void **p = base;
	size_t more = *cap ? *cap * 2 : 8;
	void *grown = n < *cap ? *p : realloc(*p, more * size);

	if (!grown)
		return false;
	*cap = n < *cap ? *cap : more;
	*p = grown;
	return true;
}

enum rc chain_add(struct chain *c, const char *scope, const uint8_t id[16], const uint8_t old[16],
		  struct err *reterr)
{
	if (memcmp(id, old, 16) == 0)
		return RC_OK; /* nothing takes its own place */
	if (!grow(&c->link, c->nlink, &c->caplink, sizeof(*c->link)))
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	c->link[c->nlink++] = (struct link){.of = place(scope, old),
					    .by = place(scope, id),
					    .standing = CHAIN_REPLACED};
	return RC_OK;
}

/* ---- choices ---- */

static bool read_among(const struct merge_state *s, const struct form *f, struct choice *x)
{
	struct json *rec = merge_json(s, f);
	const struct json *all = json_get_arr(rec, "among");

	x->among = calloc(json_len(all) + 1, sizeof(*x->among));
	for (const struct json *v = json_first(all); v && x->among; v = json_next(v))
		if (json_str(v) && codec_uuid_dec(span_str(json_str(v)), x->among[x->namong]))
			x->namong++;
	json_free(rec);
	return x->among != NULL;
}

enum rc chain_choose(struct chain *c, const char *scope, const struct merge_state *choice,
		     const struct form *form, struct err *reterr)
{
	struct choice x = {.namong = 0};
	uint8_t of[16];

	if (merge_conflicts(choice, form) > 0 || !merge_ref(choice, form, "of", of) ||
	    !merge_ref(choice, form, "chosen", x.chosen))
		return RC_OK;
	x.of = place(scope, of);
	if (!grow(&c->choice, c->nchoice, &c->capchoice, sizeof(*c->choice)) ||
	    !read_among(choice, form, &x))
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	c->choice[c->nchoice++] = x;
	return RC_OK;
}

static int by_choice(const void *a, const void *b)
{
	return place_cmp(&((const struct choice *)a)->of, &((const struct choice *)b)->of);
}

static bool considered(const struct choice *x, const uint8_t id[16])
{
	for (size_t i = 0; i < x->namong; i++)
		if (memcmp(x->among[i], id, 16) == 0)
			return true;
	return false;
}

/*
 * Has somebody chosen who knew all of the run? *ret: the correction chosen, NULL for the
 * check itself, which then goes on counting.
 */
static bool decided(const struct chain *c, struct link *run, size_t n, struct link **ret)
{
	const struct choice key = {.of = run->of};
	const struct choice *x =
	    c->nchoice > 0 ? bsearch(&key, c->choice, c->nchoice, sizeof(key), by_choice) : NULL;
	bool found = x && memcmp(x->chosen, run->of.id, 16) == 0;

	*ret = NULL;
	for (size_t i = 0; x && i < n; i++) {
		if (!considered(x, run[i].by.id))
			return false;
		if (memcmp(run[i].by.id, x->chosen, 16) == 0) {
			*ret = &run[i];
			found = true;
		}
	}
	return found;
}

/* ---- links ---- */

static int by_link(const void *a, const void *b)
{
	const struct link *x = a, *y = b;
	int c = place_cmp(&x->of, &y->of);

	return c ? c : place_cmp(&x->by, &y->by);
}

/* The run of corrections of a check; NULL when there is none. */
static struct link *corrections(const struct chain *c, const struct place *of, size_t *retn)
{
	size_t lo = 0, hi = c->nlink;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		if (place_cmp(&c->link[mid].of, of) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (hi = lo; hi < c->nlink && place_cmp(&c->link[hi].of, of) == 0;)
		hi++;
	*retn = hi - lo;
	return hi > lo ? &c->link[lo] : NULL;
}

static int by_place(const void *a, const void *b)
{
	return place_cmp(a, b);
}

static int by_index(const void *a, const void *b)
{
	return place_cmp(&(*(struct link *const *)a)->by, &(*(struct link *const *)b)->by);
}

/* The link that makes an entity a correction; NULL when it is none. */
static const struct link *link_of(const struct chain *c, const struct place *by)
{
	struct link key = {.by = *by}, *p = &key;
	struct link *const *found =
	    c->nlink > 0 ? bsearch(&p, c->index, c->nlink, sizeof(struct link *), by_index) : NULL;

	return found ? *found : NULL;
}

/* Everything behind a run is disputed. todo has room for every link. */
static void mark_disputed(struct chain *c, struct link *run, size_t n, struct link **todo)
{
	size_t ntodo = 0;

	for (size_t i = 0; i < n; i++)
		todo[ntodo++] = &run[i];
	while (ntodo > 0) {
		struct link *l = todo[--ntodo];
		size_t more;

		l->standing = CHAIN_DISPUTED;
		run = corrections(c, &l->by, &more);
		for (size_t i = 0; i < more; i++)
			todo[ntodo++] = &run[i];
	}
}

/* Follow the chain of a first one. */
static void follow(struct chain *c, const struct place *first, struct link **todo)
{
	struct link *run, *now = NULL; /* the link that made the last one count */
	const struct place *at = first;
	size_t n;

	while ((run = corrections(c, at, &n)) != NULL) {
		struct link *next = run;

		if (n > 1 && !decided(c, run, n, &next)) {
			c->dispute[c->ndispute++] = *at;
			mark_disputed(c, run, n, todo);
			break;
		}
		if (!next)
			break;
		if (!now)
			c->replaced[c->nreplaced++] = *first;
		else
			now->standing = CHAIN_REPLACED;
		now = next;
		at = &now->by;
	}
	if (now)
		now->standing = CHAIN_COUNTS;
}

enum rc chain_settle(struct chain *c, struct err *reterr)
{
	struct link **todo = calloc(c->nlink + 1, sizeof(struct link *));
	enum rc rc = RC_OK;

	c->index = calloc(c->nlink + 1, sizeof(struct link *));
	c->replaced = calloc(c->nlink + 1, sizeof(*c->replaced));
	c->dispute = calloc(c->nlink + 1, sizeof(*c->dispute));
	if (!c->index || !todo || !c->replaced || !c->dispute)
		rc = err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	if (rc == RC_OK && c->nlink > 0) {
		qsort(c->link, c->nlink, sizeof(*c->link), by_link);
		for (size_t i = 0; i < c->nlink; i++)
			c->index[i] = &c->link[i];
		qsort(c->index, c->nlink, sizeof(struct link *), by_index);
	}
	if (rc == RC_OK && c->nchoice > 0)
		qsort(c->choice, c->nchoice, sizeof(*c->choice), by_choice);
	for (size_t i = 0; rc == RC_OK && i < c->nlink; i++) {
		const struct place *of = &c->link[i].of;
		bool again = i > 0 && place_cmp(of, &c->link[i - 1].of) == 0;
		if (!again && !link_of(c, of))
			follow(c, of, todo);
	}
	free(todo);
	return rc;
}

/* ---- questions ---- */

enum chain_standing chain_standing(const struct chain *c, const char *scope, const uint8_t id[16])
{
	const struct place p = place(scope, id);
	const struct link *l = link_of(c, &p);

	if (l)
		return l->standing;
	/* first ones are followed in their own order, which sorts the list */
	if (c->nreplaced > 0 && bsearch(&p, c->replaced, c->nreplaced, sizeof(p), by_place))
		return CHAIN_REPLACED;
	return CHAIN_COUNTS;
}

bool chain_dispute(const struct chain *c, size_t i, const char **retscope, const uint8_t **retid)
{
	if (i >= c->ndispute)
		return false;
	*retscope = c->dispute[i].scope;
	*retid = c->dispute[i].id;
	return true;
}

const uint8_t *chain_correction(const struct chain *c, const char *scope, const uint8_t id[16],
				size_t i)
{
	const struct place p = place(scope, id);
	size_t n;
	const struct link *run = corrections(c, &p, &n);

	return i < n ? run[i].by.id : NULL;
}

void chain_choice_id(const uint8_t of[16], uint8_t ret[16])
{
	char uuid[CODEC_UUID_LEN + 1];
	struct span part;

	codec_uuid(of, uuid);
	part = span_str(uuid);
	entry_uuid_key(CHAIN_KIND, &part, 1, ret);
}

struct json *chain_choice(const struct chain *c, const char *scope, const uint8_t of[16],
			  const uint8_t chosen[16])
{
	struct json *o = json_object(), *among = json_array();
	char uuid[CODEC_UUID_LEN + 1];
	const uint8_t *id;

	codec_uuid(of, uuid);
	json_set_str(o, "of", uuid);
	codec_uuid(chosen, uuid);
	json_set_str(o, "chosen", uuid);
	for (size_t i = 0; (id = chain_correction(c, scope, of, i)) != NULL; i++) {
		codec_uuid(id, uuid);
		json_append_str(among, uuid);
	}
	json_set(o, "among", among);
	return o;
}
