/*
 * twin_search: records that may be one thing, found by sorting their keys.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "sync/twin.h"

struct key { /* of one record under one rule */
	const char *text; /* of the arena, as shown texts are */
	const char *field, *shown;
	int64_t no, head;
};

struct twin_search {
	struct arena mem;
	struct key *key;
	size_t n, cap;
};

static enum rc nomem(struct err *reterr)
{
	return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
}

enum rc twin_search_new(struct twin_search **ret, struct err *reterr)
{
	struct twin_search *s = calloc(1, sizeof(*s));

	if (!s)
		return nomem(reterr);
	arena_init(&s->mem, LIMIT_TWIN_KEYS);
	*ret = s;
	return RC_OK;
}

void twin_search_free(struct twin_search *s)
{
	if (!s)
		return;
	arena_free(&s->mem);
	free(s->key);
	free(s);
}

static enum rc add(struct twin_search *s, const char *field, struct span text, struct span shown,
		   int64_t no, int64_t head, struct err *reterr)
{
	struct key k = {.field = field, .no = no, .head = head};

	if (s->n == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 64;
		void *grown = realloc(s->key, cap * sizeof(*s->key));

		if (!grown)
			return nomem(reterr);
		s->key = grown;
		s->cap = cap;
	}
	k.text = arena_str(&s->mem, text);
	k.shown = arena_str(&s->mem, shown);
	if (!k.text || !k.shown)
		return err_num(reterr, RC_LIMIT, NULL, "buf.ceiling", "max", LIMIT_TWIN_KEYS);
	s->key[s->n++] = k;
	return RC_OK;
}

enum rc twin_search_add(struct twin_search *s, const char *scope, const char *kind,
			const struct json *rec, int64_t no, int64_t head, struct err *reterr)
{
	const char *field;
	struct buf text, shown;
	enum rc rc = RC_OK;

	buf_init(&text, LIMIT_TEXT);
	buf_init(&shown, LIMIT_TEXT);
	for (size_t i = 0; rc == RC_OK && (field = twin_field(kind, i)) != NULL; i++) {
		buf_reset(&text);
		buf_reset(&shown);
		buf_addf(&text, "%s %s ", scope, kind);
		size_t before = text.len;
		twin_key(kind, i, rec, &text);
		twin_text(kind, i, rec, &shown);
		if (text.len > before && !text.failed)
			rc = add(s, field, span_buf(&text), span_buf(&shown), no, head, reterr);
	}
	buf_free(&text);
	buf_free(&shown);
	return rc;
}

static int by_text(const void *a, const void *b)
{
	const struct key *x = a, *y = b;
	int c = strcmp(x->text, y->text);

	return c ? c : (x->no > y->no) - (x->no < y->no);
}

/* A run of equal keys with more than one thing. */
struct group {
	const struct key *first;
	size_t n;
	bool told;
};

static bool several(const struct key *first, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (first[i].head != first[0].head)
			return true;
	return false;
}

static bool same_records(const struct group *a, const struct group *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->first[i].no != b->first[i].no)
			return false;
	return true;
}

static struct group *find_groups(const struct twin_search *s, size_t *retn)
{
	struct group *g = calloc(s->n / 2 + 1, sizeof(*g));
	size_t n = 0;

	for (size_t i = 0, end; g && i < s->n; i = end) {
		for (end = i + 1; end < s->n && strcmp(s->key[i].text, s->key[end].text) == 0;)
			end++;
		if (several(&s->key[i], end - i))
			g[n++] = (struct group){.first = &s->key[i], .n = end - i};
	}
	*retn = n;
	return g;
}

/* Why the records of group i are alike: by it, and by each later one of the same records. */
static struct json *reasons_of(struct group *g, size_t n, size_t i)
{
	struct json *all = json_array();

	for (size_t j = i; j < n; j++) {
		if (!same_records(&g[i], &g[j]))
			continue;
		struct json *o = json_object();
		json_set_str(o, "field", g[j].first->field);
		json_set_str(o, "text", g[j].first->shown);
		json_append(all, o);
		g[j].told = true;
	}
	return all;
}

enum rc twin_search_each(struct twin_search *s,
			 enum rc (*take)(void *arg, const int64_t *no, size_t n,
					 const struct json *reasons, struct err *reterr),
			 void *arg, struct err *reterr)
{
	struct group *g;
	size_t n = 0;
	int64_t *no = calloc(s->n + 1, sizeof(*no));
	enum rc rc = RC_OK;

	if (s->n > 0)
		qsort(s->key, s->n, sizeof(*s->key), by_text);
	g = find_groups(s, &n);
	if (!g || !no)
		rc = nomem(reterr);
	for (size_t i = 0; rc == RC_OK && i < n; i++) {
		struct json *reasons;
		if (g[i].told)
			continue;
		reasons = reasons_of(g, n, i);
		for (size_t k = 0; k < g[i].n; k++)
			no[k] = g[i].first[k].no;
		rc = take(arg, no, g[i].n, reasons, reterr);
		json_free(reasons);
	}
	free(g);
	free(no);
	return rc;
}
