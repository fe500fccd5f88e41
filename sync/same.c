/*
 * same: components of linked records, and what to write to link and separate. Clause M15.
 *
 * Nodes are sorted by id, so the smallest index of a component is its head. A record has one
 * field and so one link of its own: in a thing of n records whose fields are all in use
 * there are n links, one more than it needs, so one of them can always be turned.
 */
#include "sync/same.h"

#include <stdlib.h>
#include <string.h>

void same_free(struct same *s)
{
	free(s->node);
	*s = (struct same){.n = 0};
}

static enum rc nomem(struct err *reterr)
{
	return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
}

enum rc same_add(struct same *s, const uint8_t id[16], int64_t no, const uint8_t *to,
		 struct err *reterr)
{
	struct same_node x = {.links = to != NULL, .no = no};

	if (s->n == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 16;
		void *grown = realloc(s->node, cap * sizeof(*s->node));

		if (!grown)
			return nomem(reterr);
		s->node = grown;
		s->cap = cap;
	}
	memcpy(x.id, id, sizeof(x.id));
	if (to)
		memcpy(x.to, to, sizeof(x.to));
	s->node[s->n++] = x;
	return RC_OK;
}

static int by_id(const void *a, const void *b)
{
	return memcmp(((const struct same_node *)a)->id, ((const struct same_node *)b)->id, 16);
}

size_t same_find(const struct same *s, const uint8_t id[16])
{
	struct same_node key = {.no = 0};
	const struct same_node *found;

	memcpy(key.id, id, sizeof(key.id));
	found = s->n > 0 ? bsearch(&key, s->node, s->n, sizeof(key), by_id) : NULL;
	return found ? (size_t)(found - s->node) : SIZE_MAX;
}

/* Index of the record node i links with; SIZE_MAX when it links nothing. */
static size_t target(const struct same *s, size_t i)
{
	size_t to = s->node[i].links ? same_find(s, s->node[i].to) : SIZE_MAX;

	return to == i ? SIZE_MAX : to;
}

static size_t root(size_t *up, size_t i)
{
	while (up[i] != i)
		i = up[i] = up[up[i]];
	return i;
}

static void unite(size_t *up, size_t a, size_t b)
{
	a = root(up, a);
	b = root(up, b);
	if (a < b)
		up[b] = a;
	else
		up[a] = b;
}

/*
 * Heads as they would be without node x (SIZE_MAX: none is left out) and without the link of
 * node `cut` (SIZE_MAX: none). up has room for s->n.
 */
static void heads(const struct same *s, size_t x, size_t cut, size_t *up)
{
	for (size_t i = 0; i < s->n; i++)
		up[i] = i;
	for (size_t i = 0; i < s->n; i++) {
		size_t to = i == x || i == cut ? SIZE_MAX : target(s, i);

		if (to != SIZE_MAX && to != x)
			unite(up, i, to);
	}
	for (size_t i = 0; i < s->n; i++)
		up[i] = root(up, i);
}

enum rc same_join(struct same *s, struct err *reterr)
{
	size_t *up = calloc(s->n + 1, sizeof(*up)), n = 0;

	if (!up)
		return nomem(reterr);
	if (s->n > 0)
		qsort(s->node, s->n, sizeof(*s->node), by_id);
	for (size_t i = 0; i < s->n; i++) /* added twice: the one that links stays */
		if (n > 0 && memcmp(s->node[n - 1].id, s->node[i].id, 16) == 0) {
			if (s->node[i].links)
				s->node[n - 1] = s->node[i];
		} else {
			s->node[n++] = s->node[i];
		}
	s->n = n;
	heads(s, SIZE_MAX, SIZE_MAX, up);
	for (size_t i = 0; i < s->n; i++)
		s->node[i].head = up[i];
	free(up);
	return RC_OK;
}

size_t same_count(const struct same *s, size_t i)
{
	size_t count = 0;

	for (size_t j = 0; j < s->n; j++)
		count += s->node[j].head == s->node[i].head;
	return count;
}

/* ---- linking ---- */

/* Would its thing hang together without the link of node i? */
static bool spare(const struct same *s, size_t i, size_t *up)
{
	size_t to = target(s, i);

	if (to == SIZE_MAX)
		return true;
	heads(s, SIZE_MAX, i, up);
	return up[i] == up[to];
}

enum rc same_link(const struct same *s, size_t a, size_t b, struct same_write *ret,
		  struct err *reterr)
{
	size_t ha = s->node[a].head, hb = s->node[b].head, lo = ha < hb ? ha : hb,
	       hi = ha < hb ? hb : ha;
	size_t *up, best = SIZE_MAX;

	if (ha == hb)
		return err_set(reterr, RC_EXISTS, "M15", "same.already", NULL);
	up = calloc(s->n + 1, sizeof(*up));
	if (!up)
		return nomem(reterr);
	for (size_t pass = 0; pass < 2 && best == SIZE_MAX; pass++) /* a field not in use first */
		for (size_t i = hi; i < s->n && best == SIZE_MAX; i++)
			if (s->node[i].head == hi &&
			    (pass == 0 ? target(s, i) == SIZE_MAX : spare(s, i, up)))
				best = i;
	free(up);
	*ret = (struct same_write){.node = best};
	memcpy(ret->to, s->node[lo].id, sizeof(ret->to));
	return RC_OK;
}

/* ---- separating ---- */

/* Which piece of what is left takes the others in: the one x shows, else the first. */
static size_t keeper(const struct same *s, size_t x, const size_t *up)
{
	size_t to = target(s, x);

	if (to != SIZE_MAX)
		return up[to];
	for (size_t i = 0; i < s->n; i++)
		if (i != x && s->node[i].head == s->node[x].head)
			return up[i];
	return SIZE_MAX;
}

enum rc same_unlink(const struct same *s, size_t x, struct same_write *ret, size_t *retn,
		    struct err *reterr)
{
	size_t *up = calloc(s->n + 1, sizeof(*up)), keep, n = 0;

	if (!up)
		return nomem(reterr);
	heads(s, x, SIZE_MAX, up);
	keep = keeper(s, x, up);
	if (keep == SIZE_MAX) {
		free(up);
		return err_set(reterr, RC_NOTFOUND, "M15", "same.alone", NULL);
	}
	for (size_t i = 0; i < s->n; i++) {
		bool own = i == x && target(s, x) != SIZE_MAX;

		if (!own && target(s, i) != x)
			continue;
		ret[n] = (struct same_write){.node = i, .clear = own || up[i] == keep};
		if (!ret[n].clear)
			memcpy(ret[n].to, s->node[keep].id, sizeof(ret[n].to));
		n++;
	}
	*retn = n;
	free(up);
	return RC_OK;
}
