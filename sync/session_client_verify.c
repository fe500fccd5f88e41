/*
 * session_client_verify: verdicts, pulled lines and ranges of one answer.
 * Clauses P12, P15-P17, A1, A13, L3.
 *
 * A pulled line whose key is unknown (its cert is of another scope) is skipped and counted:
 * a stranger's line must not stop a sync. Any other bad line refuses the whole answer, which
 * then is not what the collector holds; so does a hole in an authority feed, because it
 * can only come from withholding (A13).
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/json.h"
#include "sync/session_client.h"
#include "sync/sign.h"

enum { RANGES_MAX = SESSION_LINES * 2 + 1, LEAVES_MAX = SESSION_PUSH_LINES + SESSION_LINES };

static enum rc nomem(struct err *reterr)
{
	return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
}

bool session_client_proof(const struct json *nodes, struct tree_proof *ret)
{
	ret->n = 0;
	for (const struct json *h = json_first(nodes); h; h = json_next(h)) {
		const char *s = json_str(h);

		if (!s || ret->n == TREE_PROOF_MAX ||
		    !codec_b64u_32(span_str(s), ret->hash[ret->n]))
			return false;
		ret->n++;
	}
	return true;
}

/* ---- verdicts ---- */

static bool read_refused(const struct json *run, struct session_verdict *v)
{
	const char *clause = json_str(json_at(run, 2)), *key = json_str(json_at(run, 3));

	if (!clause || strlen(clause) >= sizeof(v->clause) || !key || strlen(key) >= sizeof(v->key))
		return false;
	memcpy(v->clause, clause, strlen(clause) + 1);
	memcpy(v->key, key, strlen(key) + 1);
	v->index = -1;
	return true;
}

static bool read_extra(const struct json *run, struct session_verdict *v)
{
	const struct json *extra = json_at(run, 3);
	const char *s = json_str(extra);

	if (v->kind == SESSION_QUARANTINED)
		return s && keyring_verdict_parse(span_str(s), &v->why) &&
		       v->why != KEYRING_ADMITTED;
	v->other_sig = s && codec_b64u_64(span_str(s), v->sig);
	return !extra || v->other_sig;
}

static bool read_kind(const struct json *run, enum session_verdict_kind *ret)
{
	static const char letter[] = "adqr";
	const char *s = json_str(json_at(run, 0));
	const char *at = s && s[0] && !s[1] ? strchr(letter, s[0]) : NULL;

	if (!at)
		return false;
	*ret = (enum session_verdict_kind)(at - letter);
	return true;
}

/* Items of a run: letter, n and index; "q" also why, "r" clause and key, "d" perhaps a signature. */
static bool has_items(const struct json *run, enum session_verdict_kind kind)
{
	size_t n = json_len(run);

	switch (kind) {
	case SESSION_ACCEPTED: return n == 3;
	case SESSION_DUPLICATE: return n == 3 || n == 4;
	default: return n == 4;
	}
}

/* One run as its first line's verdict and the number of lines. */
static bool read_run(const struct json *run, struct session_verdict *v, int64_t *retn)
{
	memset(v, 0, sizeof(*v));
	if (json_kind(run) != JSON_ARRAY || !read_kind(run, &v->kind) || !has_items(run, v->kind) ||
	    !json_int(json_at(run, 1), retn) || *retn < 1)
		return false;
	if (v->kind == SESSION_REFUSED)
		return read_refused(run, v);
	return json_int(json_at(run, 2), &v->index) && v->index >= 0 && read_extra(run, v) &&
	       (!v->other_sig || *retn == 1);
}

bool session_verdicts_read(const struct json *runs, struct session_verdict *ret, size_t n)
{
	size_t have = 0;

	for (const struct json *run = json_first(runs); run; run = json_next(run)) {
		struct session_verdict v;
		int64_t len;

		if (!read_run(run, &v, &len) || (uint64_t)len > n - have)
			return false;
		for (int64_t i = 0; i < len; i++) {
			ret[have++] = v;
			if (v.kind != SESSION_REFUSED)
				v.index++;
		}
	}
	return runs && have == n;
}

enum rc session_client_verdicts(struct session_reply *r, struct err *reterr)
{
	size_t n = r->c->npush;

	r->verdict = calloc(n + 1, sizeof(*r->verdict));
	if (!r->verdict)
		return nomem(reterr);
	if (!session_verdicts_read(json_get_arr(r->head, "verdicts"), r->verdict, n))
		return err_set(reterr, RC_REFUSED, "P12", "session.verdicts", NULL);
	return RC_OK;
}

/* ---- pulled lines ---- */

/* Walks the runs [index, n] of `leaf` line by line. */
struct walk {
	const struct json *run;
	int64_t index, left, last;
};

static bool walk_next(struct walk *w, int64_t *ret)
{
	while (w->left == 0) {
		if (json_kind(w->run) != JSON_ARRAY || json_len(w->run) != 2 ||
		    !json_int(json_at(w->run, 0), &w->index) ||
		    !json_int(json_at(w->run, 1), &w->left) || w->left < 1 || w->index <= w->last)
			return false;
		w->run = json_next(w->run);
	}
	w->left--;
	*ret = w->last = w->index++;
	return true;
}

static void count_line(struct session_feed *f, const struct entry *e)
{
	if (memcmp(e->feed, f->feed, ENTRY_FEED_LEN) == 0 && e->seq >= f->next)
		f->next = e->seq + 1;
}

/*
 * The store has not got yet what this exchange logs of a feed: lines pushed, and lines pulled
 * before the cert that made their author one of the centre. The last pulled line is the one
 * that is asked about.
 */
static void count_exchanged(const struct session_reply *r, struct session_feed *f)
{
	for (size_t i = 0; i < r->c->npush; i++)
		if (r->verdict[i].kind != SESSION_REFUSED)
			count_line(f, r->c->push[i].e);
	for (size_t i = 0; i + 1 < r->npulled; i++)
		count_line(f, r->pulled[i].e);
}

static enum rc feed_slot(struct session_reply *r, const uint8_t feed[ENTRY_FEED_LEN],
			 struct session_feed **ret, struct err *reterr)
{
	struct session_feed *grown;
	enum rc rc;

	for (size_t i = 0; i < r->nfeed; i++)
		if (memcmp(r->feed[i].feed, feed, ENTRY_FEED_LEN) == 0) {
			*ret = &r->feed[i];
			return RC_OK;
		}
	grown = realloc(r->feed, (r->nfeed + 1) * sizeof(*grown));
	if (!grown)
		return nomem(reterr);
	r->feed = grown;
	memcpy(grown[r->nfeed].feed, feed, ENTRY_FEED_LEN);
	rc = r->c->st->authority_next(r->c->st->ctx, feed, &grown[r->nfeed].next, reterr);
	if (rc != RC_OK)
		return rc;
	count_exchanged(r, &grown[r->nfeed]);
	*ret = &grown[r->nfeed++];
	return RC_OK;
}

static bool is_authority(const struct entry *e)
{
	return e->op >= ENTRY_CERT && e->op <= ENTRY_LOG;
}

/* The feeds of root, registrars and staff come whole: a hole is withholding. */
static enum rc next_in_feed(struct session_reply *r, const struct entry *e, struct err *reterr)
{
	struct session_feed *f = NULL;
	enum rc rc = feed_slot(r, e->feed, &f, reterr);

	if (rc != RC_OK)
		return rc;
	if (e->seq > f->next)
		return err_num(reterr, RC_REFUSED, "A13", "session.authority_gap", "seq", f->next);
	if (e->seq == f->next)
		f->next++;
	return RC_OK;
}

/* A13, and what the line adds to the keyring. */
static enum rc take_authority(struct session_reply *r, const struct entry *e, int64_t index,
			      struct err *reterr)
{
	struct keyring *k = r->c->st->keyring(r->c->st->ctx);
	enum rc rc = keyring_central(k, e->key) ? next_in_feed(r, e, reterr) : RC_OK;

	return rc == RC_OK && is_authority(e) ? keyring_add(k, e, index, &r->change, reterr) : rc;
}

static void skip_line(struct session_reply *r, struct span line, const struct entry_keys *keys,
		      int64_t index)
{
	struct session_unknown *u = &r->skipped[r->nskipped++];
	uint8_t feed[ENTRY_FEED_LEN] = {0};

	entry_unknown_feed(line, keys, feed);
	memcpy(u->prefix, feed, sizeof(u->prefix));
	u->index = index;
}

static enum rc take_line(struct session_reply *r, struct span line, int64_t index,
			 struct err *reterr)
{
	const struct entry_keys keys = keyring_keys(r->c->st->keyring(r->c->st->ctx));
	struct session_pulled *p = &r->pulled[r->npulled];
	struct err why;
	enum rc rc = entry_open(line, &keys, &p->e, &why);

	if (rc == RC_REFUSED && strcmp(why.key, "entry.key_unknown") == 0) {
		skip_line(r, line, &keys, index);
		return RC_OK;
	}
	if (rc != RC_OK) {
		if (reterr)
			*reterr = why;
		return rc;
	}
	r->npulled++;
	p->index = index;
	if (strcmp(p->e->scope, r->c->scope) != 0 && strcmp(p->e->scope, "*") != 0)
		return err_set(reterr, RC_REFUSED, "P17", "session.scope", "scope", p->e->scope,
			       NULL);
	return take_authority(r, p->e, index, reterr);
}

enum rc session_client_pulled(struct session_reply *r, struct span body, struct err *reterr)
{
	int64_t size = r->has_note ? (int64_t)r->note.size : r->c->pos.size;
	struct walk w = {.run = json_first(json_get_arr(r->head, "leaf")),
			 .last = r->c->pos.after - 1};
	struct span line;
	int64_t index;

	r->pulled = calloc(SESSION_LINES, sizeof(*r->pulled));
	r->skipped = calloc(SESSION_LINES, sizeof(*r->skipped));
	if (!r->pulled || !r->skipped)
		return nomem(reterr);
	for (size_t n = 0; span_line(&body, &line); n++) {
		enum rc rc;

		if (n == SESSION_LINES || !walk_next(&w, &index) || index >= size ||
		    index >= r->after)
			return err_set(reterr, RC_REFUSED, "P16", "session.leaf", NULL);
		rc = take_line(r, line, index, reterr);
		if (rc != RC_OK)
			return rc;
	}
	if (body.len > 0 || w.left > 0 || w.run || r->after > size)
		return err_set(reterr, RC_REFUSED, "P16", "session.leaf", NULL);
	return RC_OK;
}

/* ---- ranges ---- */

struct leaf {
	int64_t index;
	uint8_t hash[TREE_HASH];
	bool must;    /* has to be proved (P15) */
	bool *proved; /* told when it is; NULL: nobody asks */
	bool done;
};

static int by_index(const void *a, const void *b)
{
	int64_t x = ((const struct leaf *)a)->index, y = ((const struct leaf *)b)->index;

	return x < y ? -1 : x > y;
}

static enum rc pushed_leaf(const struct session_push *p, const struct session_verdict *v,
			   struct leaf *l, struct err *reterr)
{
	const uint8_t *sig = v->other_sig ? v->sig : p->e->sig;

	if (v->other_sig && !sign_verify(p->e->id, sig, p->e->key))
		return err_set(reterr, RC_REFUSED, "E21", "entry.signature", NULL);
	sign_leaf_hash(p->e->id, sig, p->e->keyhash, l->hash);
	l->index = v->index;
	l->must = true;
	return RC_OK;
}

/* Every leaf hash known from this exchange, by index. */
static enum rc known_leaves(struct session_reply *r, struct leaf *l, size_t *retn,
			    struct err *reterr)
{
	size_t n = 0;

	for (size_t i = 0; i < r->c->npush; i++) {
		enum rc rc;

		if (r->verdict[i].kind == SESSION_REFUSED)
			continue;
		rc = pushed_leaf(&r->c->push[i], &r->verdict[i], &l[n], reterr);
		if (rc != RC_OK)
			return rc;
		n++;
	}
	for (size_t i = 0; i < r->npulled; i++, n++) {
		struct session_pulled *p = &r->pulled[i];

		entry_leaf_hash(p->e, l[n].hash);
		l[n].index = p->index;
		l[n].must = is_authority(p->e);
		l[n].proved = &p->proved;
	}
	qsort(l, n, sizeof(*l), by_index);
	*retn = n;
	return RC_OK;
}

/* Position of the first leaf at `start`, if all of [start, end) are there without a hole. */
static bool find_run(const struct leaf *l, size_t n, int64_t start, int64_t end, size_t *ret)
{
	struct leaf key = {.index = start};
	const struct leaf *at = n ? bsearch(&key, l, n, sizeof(*l), by_index) : NULL;
	size_t i = at ? (size_t)(at - l) : n;

	while (i > 0 && i < n && l[i - 1].index == start)
		i--;
	*ret = i;
	for (int64_t want = start; want < end; want++) {
		if (i >= n || l[i].index != want)
			return false;
		while (i < n && l[i].index == want)
			i++;
	}
	return true;
}

static enum rc check_range(struct session_reply *r, struct leaf *l, size_t n,
			   struct session_range *g, uint8_t (*hash)[TREE_HASH], struct err *reterr)
{
	uint64_t size = r->has_note ? r->note.size : (uint64_t)r->c->pos.size;
	const uint8_t *root = r->has_note ? r->note.root : r->c->pos.root;
	size_t first, m = 0;
	enum rc rc;

	if (g->start < 0 || g->end <= g->start || g->end - g->start > LEAVES_MAX ||
	    (uint64_t)g->end > size || !find_run(l, n, g->start, g->end, &first))
		return err_set(reterr, RC_REFUSED, "P15", "session.range", NULL);
	for (size_t i = first; i < n && l[i].index < g->end; i++) {
		if (i > first && l[i].index == l[i - 1].index) {
			if (memcmp(l[i].hash, l[i - 1].hash, TREE_HASH) != 0)
				return err_set(reterr, RC_REFUSED, "P15", "session.range", NULL);
			continue;
		}
		memcpy(hash[m++], l[i].hash, TREE_HASH);
	}
	rc = tree_check_range((const uint8_t(*)[TREE_HASH])hash, (uint64_t)g->start,
			      (uint64_t)g->end, size, &g->nodes, root, reterr);
	for (size_t i = first; rc == RC_OK && i < n && l[i].index < g->end; i++) {
		l[i].done = true;
		if (l[i].proved)
			*l[i].proved = true;
	}
	return rc;
}

static enum rc read_ranges(struct session_reply *r, struct err *reterr)
{
	const struct json *a = json_get_arr(r->head, "ranges");
	size_t n = json_len(a);

	/* a store that stands elsewhere by now could not say under which checkpoint (B10) */
	if (n > 0 && r->c->late && !r->has_note)
		return err_set(reterr, RC_REFUSED, "P18", "session.range", NULL);
	if (n > RANGES_MAX)
		return err_set(reterr, RC_REFUSED, "P15", "session.range", NULL);
	r->range = calloc(n + 1, sizeof(*r->range));
	if (!r->range)
		return nomem(reterr);
	for (const struct json *o = json_first(a); o; o = json_next(o)) {
		const struct json *nodes = json_get_arr(o, "nodes");
		struct session_range *g = &r->range[r->nrange++];

		if (json_len(o) != 3 || !nodes || !session_client_proof(nodes, &g->nodes) ||
		    !json_get_int(o, "start", &g->start) || !json_get_int(o, "end", &g->end))
			return err_set(reterr, RC_REFUSED, "P15", "session.range", NULL);
	}
	return RC_OK;
}

static bool has_skipped(const struct session_reply *r, const struct session_range *g)
{
	for (size_t i = 0; i < r->nskipped; i++)
		if (r->skipped[i].index >= g->start && r->skipped[i].index < g->end)
			return true;
	return false;
}

/* Check every range that can be checked and keep only those. *retleft: some could not be. */
static enum rc check_ranges(struct session_reply *r, struct leaf *l, size_t n,
			    uint8_t (*hash)[TREE_HASH], bool *retleft, struct err *reterr)
{
	size_t kept = 0;

	*retleft = false;
	for (size_t i = 0; i < r->nrange; i++) {
		enum rc rc;

		if (has_skipped(r, &r->range[i])) {
			*retleft = true;
			continue;
		}
		rc = check_range(r, l, n, &r->range[i], hash, reterr);
		if (rc != RC_OK)
			return rc;
		if (kept < i)
			r->range[kept] = r->range[i];
		kept++;
	}
	r->nrange = kept;
	return RC_OK;
}

/* What must be proved is, and one of the foreign lines (which may be one that was skipped). */
static enum rc check_proved(const struct leaf *l, size_t n, bool left, struct err *reterr)
{
	const struct leaf *foreign = NULL;

	for (size_t i = 0; i < n; i++) {
		if (l[i].must && !l[i].done)
			return err_num(reterr, RC_REFUSED, "P15", "session.unproved", "index",
				       (long long)l[i].index);
		if (!l[i].must && (!foreign || l[i].done))
			foreign = &l[i];
	}
	if (foreign && !foreign->done && !left)
		return err_num(reterr, RC_REFUSED, "P15", "session.unproved", "index",
			       (long long)foreign->index);
	return RC_OK;
}

enum rc session_client_ranges(struct session_reply *r, struct err *reterr)
{
	struct leaf *l = calloc(LEAVES_MAX + 1, sizeof(*l));
	uint8_t(*hash)[TREE_HASH] = calloc(LEAVES_MAX + 1, sizeof(*hash));
	size_t n = 0;
	bool left;
	enum rc rc = l && hash ? read_ranges(r, reterr) : nomem(reterr);

	if (rc == RC_OK)
		rc = known_leaves(r, l, &n, reterr);
	if (rc == RC_OK)
		rc = check_ranges(r, l, n, hash, &left, reterr);
	if (rc == RC_OK)
		rc = check_proved(l, n, left, reterr);
	free(l);
	free(hash);
	return rc;
}
