/*
 * exchange: see exchange.h. Every node of the tree is made anew each time it is asked
 * for: the tree is small.
 */
#include "tests/support/exchange.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/codec.h"
#include "lib/json.h"
#include "lib/limits.h"

/* ---- the collector ---- */

void exchange_server_init(struct exchange_server *s, const uint8_t root[CRYPT_PK_LEN],
			  uint8_t log_seed)
{
	uint8_t seed[CRYPT_SEED_LEN];

	memset(s, 0, sizeof(*s));
	memset(seed, log_seed, sizeof(seed));
	assert_int_equal(crypt_signer_seed(seed, &s->log, NULL), RC_OK);
	assert_int_equal(keyring_new(root, &s->keyring, NULL), RC_OK);
	note_epoch(crypt_signer_pk(s->log), s->epoch);
	s->now = 1795060000;
	s->next_s = 300;
	s->hidden = -1;
}

void exchange_server_free(struct exchange_server *s)
{
	for (size_t i = 0; i < s->n; i++)
		entry_free(s->row[i]);
	keyring_free(s->keyring);
	crypt_signer_free(s->log);
	memset(s, 0, sizeof(*s));
}

const uint8_t *exchange_server_pk(const struct exchange_server *s)
{
	return crypt_signer_pk(s->log);
}

int64_t exchange_server_add(struct exchange_server *s, struct entry *e)
{
	int64_t index = (int64_t)s->n;

	assert_true(s->n < EXCHANGE_ROWS);
	assert_int_equal(keyring_add(s->keyring, e, index, NULL, NULL), RC_OK);
	entry_leaf_hash(e, s->leaf[s->n]);
	s->row[s->n++] = e;
	return index;
}

static enum rc node(void *ctx, unsigned level, uint64_t index, uint8_t ret[TREE_HASH],
		    struct err *reterr)
{
	const struct exchange_server *s = ctx;
	struct tree_frontier f = {0};

	(void)reterr;
	assert_true((index + 1) << level <= s->n);
	for (uint64_t i = index << level; i < (index + 1) << level; i++)
		tree_append(&f, s->leaf[i], NULL);
	tree_frontier_root(&f, ret);
	return RC_OK;
}

void exchange_server_note(const struct exchange_server *s, struct buf *out)
{
	struct tree_frontier f = {0};
	uint8_t root[TREE_HASH];

	for (size_t i = 0; i < s->n; i++)
		tree_append(&f, s->leaf[i], NULL);
	tree_frontier_root(&f, root);
	assert_int_equal(note_sign(s->log, s->n, root, out, NULL), RC_OK);
}

static bool is_authority(const struct entry *e)
{
	return e->op >= ENTRY_CERT && e->op <= ENTRY_LOG;
}

static enum rc pull(void *ctx, const char *scope, int64_t from, int64_t size,
		    bool (*take)(void *arg, struct span line, int64_t index, bool authority),
		    void *arg, struct err *reterr)
{
	const struct exchange_server *s = ctx;

	(void)reterr;
	for (int64_t i = from; i < size; i++) {
		const struct entry *e = s->row[i];

		if (i == s->hidden || (strcmp(e->scope, scope) != 0 && strcmp(e->scope, "*") != 0))
			continue;
		if (!take(arg, e->line, i, is_authority(e)))
			break;
	}
	return RC_OK;
}

static struct json *want(void *ctx, const struct session_request *r)
{
	const struct exchange_server *s = ctx;
	struct json_rules rules = json_rules_tree;
	struct json *v = NULL;

	(void)r;
	rules.max_len = SESSION_BODY;
	if (s->want)
		assert_int_equal(json_parse(span_str(s->want), &rules, &v, NULL), RC_OK);
	return v;
}

static void judge(struct exchange_server *s, struct session_line *l, struct session_verdict *v)
{
	memset(v, 0, sizeof(*v));
	if (!l->e) {
		v->kind = SESSION_REFUSED;
		v->index = -1;
		memcpy(v->clause, l->why.clause, sizeof(v->clause));
		memcpy(v->key, l->why.key, sizeof(v->key));
		return;
	}
	for (size_t i = 0; i < s->n; i++) {
		if (memcmp(s->row[i]->id, l->e->id, ENTRY_ID_LEN) != 0)
			continue;
		v->kind = SESSION_DUPLICATE;
		v->index = (int64_t)i;
		v->other_sig = s->other != NULL;
		if (s->other)
			memcpy(v->sig, s->other, sizeof(v->sig));
		return;
	}
	v->why = keyring_judge(s->keyring, l->e, (int64_t)s->n);
	v->kind = v->why == KEYRING_ADMITTED ? SESSION_ACCEPTED : SESSION_QUARANTINED;
	v->index = exchange_server_add(s, l->e);
}

/* The checkpoint of the first s->cosigned leaves as the witnesses signed it. */
static void cosigned_note(const struct exchange_server *s, struct buf *out)
{
	struct tree_frontier f = {.size = 0};
	uint8_t root[TREE_HASH];

	for (size_t i = 0; i < s->cosigned; i++)
		tree_append(&f, s->leaf[i], NULL);
	tree_frontier_root(&f, root);
	assert_int_equal(note_sign(s->log, s->cosigned, root, out, NULL), RC_OK);
	for (size_t i = 0; i < 2; i++)
		if (s->witness[i])
			assert_int_equal(note_cosign(s->witness[i], i ? "w2" : "w1", 1795054300 + i,
						     crypt_signer_pk(s->log), s->cosigned, root, out,
						     NULL),
					 RC_OK);
}

static enum rc blobs(void *ctx, const struct session_request *r, uint8_t (*ret)[CRYPT_HASH_LEN],
		     size_t *retn, struct err *reterr)
{
	const struct exchange_server *s = ctx;

	(void)r, (void)reterr;
	memcpy(ret, s->blob, s->nblob * sizeof(s->blob[0]));
	*retn = s->nblob;
	return RC_OK;
}

static enum rc reply(struct exchange_server *s, struct session_request *r,
		     const struct session_verdict *v, struct buf *out, struct err *reterr)
{
	struct buf note, proven;
	enum rc rc;

	buf_init(&note, NOTE_TEXT_MAX);
	buf_init(&proven, NOTE_TEXT_MAX);
	exchange_server_note(s, &note);
	if (s->cosigned > 0)
		cosigned_note(s, &proven);
	struct session_server_store st = {.ctx = s,
					  .tree = {s, node},
					  .size = (int64_t)s->n,
					  .note_text = span_buf(&note),
					  .proven_size = (int64_t)s->cosigned,
					  .proven_text = span_buf(&proven),
					  .now = s->now,
					  .next_s = s->next_s,
					  .give = !s->revoked,
					  .pull = pull,
					  .want = want,
					  .blobs = blobs,
					  .random = s->random};
	memcpy(st.epoch, s->epoch, sizeof(st.epoch));
	rc = session_server_reply(&st, r, v, out, reterr);
	buf_free(&note);
	buf_free(&proven);
	return rc;
}

enum rc exchange_server_answer(struct exchange_server *s, struct span body, struct buf *out,
			       struct err *reterr)
{
	struct session_verdict *v = NULL;
	struct session_request *r = NULL;
	enum rc rc = session_server_parse(s->keyring, s->device, body, &r, reterr);

	if (rc == RC_OK && s->forgets)
		r->size = r->after = 0;
	if (rc == RC_OK)
		rc = session_server_position(r, s->epoch, (int64_t)s->n, reterr);
	if (rc == RC_OK) {
		v = calloc(r->nline + 1, sizeof(*v));
		assert_non_null(v);
		for (size_t i = 0; i < r->nline; i++) {
			size_t n = s->n;

			judge(s, &r->line[i], &v[i]);
			if (s->n > n)
				r->line[i].e = NULL; /* the server keeps it */
		}
		rc = reply(s, r, v, out, reterr);
	}
	free(v);
	session_request_free(r);
	return rc;
}

/* ---- the agent ---- */

static bool knows(const struct exchange_client *c, const struct session_unknown *u)
{
	const struct entry_keys keys = keyring_keys(c->keyring);
	uint8_t pk[CRYPT_PK_LEN];

	return keys.find(keys.ctx, u->prefix, pk);
}

/* P15: what this answer went through is noted anew. */
static void note_skipped(struct exchange_client *c, const struct session_result *r)
{
	size_t n = 0;

	for (size_t i = 0; i < c->nskipped; i++)
		if (c->skipped[i].index < r->from || c->skipped[i].index >= r->after)
			c->skipped[n++] = c->skipped[i];
	for (size_t i = 0; i < r->nunknown; i++) {
		bool noted = false;

		for (size_t j = 0; j < n; j++)
			noted = noted || memcmp(c->skipped[j].prefix, r->unknown[i].prefix,
						sizeof(r->unknown[i].prefix)) == 0;
		assert_true(n < EXCHANGE_FEEDS);
		if (!noted)
			c->skipped[n++] = r->unknown[i];
	}
	c->nskipped = n;
}

static enum rc position(void *ctx, const char *scope, struct session_position *ret,
			struct err *reterr)
{
	struct exchange_client *c = ctx;

	(void)scope, (void)reterr;
	*ret = c->pos;
	for (size_t i = 0; i < c->nskipped; i++)
		if (knows(c, &c->skipped[i]) && c->skipped[i].index < ret->after)
			ret->after = c->skipped[i].index;
	return RC_OK;
}

static enum rc push(void *ctx, const char *scope, struct session_push *ret, size_t max,
		    size_t *retn, bool *retmore, struct err *reterr)
{
	struct exchange_client *c = ctx;

	(void)scope, (void)reterr;
	*retn = c->nout < max ? c->nout : max;
	*retmore = c->nout > max;
	for (size_t i = 0; i < *retn; i++)
		ret[i] = (struct session_push){(int64_t)i + 1, c->out[i]};
	return RC_OK;
}

static enum rc enrol(void *ctx, const char *scope, struct session_enrol *ret, size_t *retn,
		     struct err *reterr)
{
	struct exchange_client *c = ctx;

	(void)scope, (void)reterr;
	memcpy(ret, c->enrol, c->nenrol * sizeof(*ret));
	*retn = c->nenrol;
	return RC_OK;
}

static enum rc heads(void *ctx, const char *scope, struct session_head *ret, size_t *retn,
		     struct err *reterr)
{
	struct exchange_client *c = ctx;

	(void)scope, (void)reterr;
	memcpy(ret, c->head, c->nhead * sizeof(*ret));
	*retn = c->nhead;
	return RC_OK;
}

static void release(void *ctx)
{
	struct exchange_client *c = ctx;

	keyring_free(c->trial);
	c->trial = NULL;
}

static int64_t *feed_next(struct exchange_client *c, const uint8_t feed[ENTRY_FEED_LEN])
{
	for (size_t i = 0; i < c->nfeed; i++)
		if (memcmp(c->feed[i].feed, feed, ENTRY_FEED_LEN) == 0)
			return &c->feed[i].next;
	assert_true(c->nfeed < EXCHANGE_FEEDS);
	memcpy(c->feed[c->nfeed].feed, feed, ENTRY_FEED_LEN);
	c->feed[c->nfeed].next = 0;
	return &c->feed[c->nfeed++].next;
}

static enum rc authority_next(void *ctx, const uint8_t feed[ENTRY_FEED_LEN], int64_t *ret,
			      struct err *reterr)
{
	(void)reterr;
	*ret = *feed_next(ctx, feed);
	return RC_OK;
}

static struct keyring *keyring(void *ctx)
{
	struct exchange_client *c = ctx;

	if (!c->trial)
		assert_int_equal(keyring_copy(c->keyring, &c->trial, NULL), RC_OK);
	return c->trial;
}

static void say(struct exchange_client *c, const struct session_result *r)
{
	struct buf *b = &c->said;

	buf_reset(b);
	buf_addf(b, "epoch %s after %lld\n", r->epoch, (long long)r->after);
	for (size_t i = 0; i < r->npush; i++) {
		const struct session_verdict *v = &r->verdict[i];

		buf_addf(b, "%d %lld %d %s %s %d ", (int)v->kind, (long long)v->index, (int)v->why,
			 v->clause, v->key, v->other_sig);
		codec_hex_buf(b, v->sig, sizeof(v->sig));
		buf_add_char(b, '\n');
	}
	for (size_t i = 0; i < r->npulled; i++) {
		buf_addf(b, "%lld %d ", (long long)r->pulled[i].index, r->pulled[i].proved);
		buf_add_span(b, r->pulled[i].e->line);
		buf_add_char(b, '\n');
	}
	if (r->has_note)
		buf_add_span(b, r->note_text);
	for (size_t i = 0; i < r->nrange; i++) {
		buf_addf(b, "[%lld, %lld) ", (long long)r->range[i].start,
			 (long long)r->range[i].end);
		codec_hex_buf(b, r->range[i].nodes.hash, r->range[i].nodes.n * TREE_HASH);
		buf_add_char(b, '\n');
	}
	if (r->has_proven)
		buf_add_span(b, r->proven_text);
	for (size_t i = 0; i < r->nproved; i++)
		buf_addf(b, "<%lld, %lld> ", (long long)r->proved[i].start,
			 (long long)r->proved[i].end);
	assert_false(b->failed);
}

static void count(struct exchange_client *c, const struct session_result *r)
{
	memset(c->verdicts, 0, sizeof(c->verdicts));
	for (size_t i = 0; i < r->npush; i++)
		c->verdicts[r->verdict[i].kind]++;
	c->pulled = r->npulled;
	c->unknown = r->nunknown;
	c->ranges = r->nrange;
	c->had_note = r->has_note;
	c->had_want = r->want != NULL;
	c->more = r->more;
	c->proven = 0;
	for (size_t i = 0; i < r->nproved; i++)
		c->proven += (size_t)(r->proved[i].end - r->proved[i].start);
	c->proved = 0;
	for (size_t i = 0; i < r->npulled; i++)
		c->proved += r->pulled[i].proved;
}

static void keep(struct exchange_client *c, const struct session_result *r)
{
	for (size_t i = 0; i < r->npulled; i++) {
		int64_t *next = feed_next(c, r->pulled[i].e->feed);

		if (r->pulled[i].e->seq >= *next)
			*next = r->pulled[i].e->seq + 1;
	}
	for (size_t i = 0; i < r->npush; i++)
		entry_free(c->out[i]);
	memmove(c->out, c->out + r->npush, (c->nout - r->npush) * sizeof(c->out[0]));
	c->nout -= r->npush;
	memcpy(c->pos.epoch, r->epoch, sizeof(c->pos.epoch));
	c->pos.after = r->after;
	note_skipped(c, r);
	if (r->has_note) {
		c->pos.size = (int64_t)r->note.size;
		memcpy(c->pos.root, r->note.root, TREE_HASH);
		c->pos.checked_at = r->now;
	}
	if (c->trial) {
		keyring_free(c->keyring);
		c->keyring = c->trial;
		c->trial = NULL;
	}
}

static enum rc apply(void *ctx, const struct session_result *r, const struct keyring_change *change,
		     struct err *reterr)
{
	struct exchange_client *c = ctx;

	(void)change, (void)reterr;
	c->applied++;
	say(c, r);
	count(c, r);
	if (!c->dry)
		keep(c, r);
	return RC_OK;
}

static enum rc turn(void *ctx, const struct entry *open, const struct entry *log, bool *rettook,
		    struct err *reterr)
{
	struct exchange_client *c = ctx;

	(void)open, (void)reterr;
	*rettook = c->turns;
	c->turned++;
	memcpy(c->turn, log->id, sizeof(c->turn));
	return RC_OK;
}

static enum rc insist(void *ctx, const char *scope, bool *retany, struct err *reterr)
{
	struct exchange_client *c = ctx;

	(void)scope, (void)reterr;
	*retany = c->insists;
	return RC_OK;
}

static enum rc alarm(void *ctx, const char *scope, struct span note_text, const struct err *why,
		     struct err *reterr)
{
	struct exchange_client *c = ctx;

	(void)scope, (void)reterr;
	assert_true(note_text.len > 0);
	c->alarms++;
	memcpy(c->alarm, why->clause, sizeof(c->alarm));
	return RC_OK;
}

static enum rc unproven(void *ctx, struct session_run *ret, size_t max, size_t *retn,
			struct err *reterr)
{
	struct exchange_client *c = ctx;

	(void)reterr;
	assert_true(c->nrun <= max);
	memcpy(ret, c->run, c->nrun * sizeof(*ret));
	*retn = c->nrun;
	return RC_OK;
}

static enum rc leaves(void *ctx, int64_t start, int64_t end, uint8_t (*ret)[TREE_HASH],
		      struct err *reterr)
{
	struct exchange_client *c = ctx;

	(void)reterr;
	assert_true(end <= (int64_t)c->of->n);
	memcpy(ret, c->of->leaf[start], (size_t)(end - start) * TREE_HASH);
	return RC_OK;
}

void exchange_client_init(struct exchange_client *c, const uint8_t root[CRYPT_PK_LEN],
			  const struct entry *log)
{
	memset(c, 0, sizeof(*c));
	assert_int_equal(keyring_new(root, &c->keyring, NULL), RC_OK);
	if (log)
		assert_int_equal(keyring_add(c->keyring, log, KEYRING_NO_INDEX, NULL, NULL), RC_OK);
	buf_init(&c->said, SESSION_BODY);
	c->st =
	    (struct session_client_store){.ctx = c,
					  .position = position,
					  .push = push,
					  .enrol = enrol,
					  .heads = heads,
					  .release = release,
					  .authority_next = authority_next,
					  .unproven = unproven,
					  .leaves = leaves,
					  .keyring = keyring,
					  .apply = apply,
					  .turn = turn,
					  .insist = insist,
					  .alarm = alarm};
}

void exchange_client_free(struct exchange_client *c)
{
	for (size_t i = 0; i < c->nout; i++)
		entry_free(c->out[i]);
	release(c);
	keyring_free(c->keyring);
	buf_free(&c->said);
	memset(c, 0, sizeof(*c));
}

void exchange_client_held(struct exchange_client *c, const uint8_t feed[ENTRY_FEED_LEN],
			  int64_t next)
{
	*feed_next(c, feed) = next;
}

void exchange_client_push(struct exchange_client *c, struct entry *e)
{
	assert_true(c->nout < EXCHANGE_ROWS);
	c->out[c->nout++] = e;
}

/* ---- both, in the middle of their work ---- */

static void write_request(struct exchange_stage *g)
{
	size_t lines;

	buf_reset(&g->request);
	assert_int_equal(session_client_request(g->round, &g->request, &lines, NULL), RC_OK);
}

static void sync_once(struct exchange_stage *g)
{
	struct session_report report;
	struct buf answer;

	buf_init(&answer, SESSION_BODY);
	write_request(g);
	assert_int_equal(exchange_server_answer(&g->s, span_buf(&g->request), &answer, NULL),
			 RC_OK);
	assert_int_equal(session_client_reply(g->round, span_buf(&answer), &report, NULL), RC_OK);
	buf_free(&answer);
}

void exchange_stage_init(struct exchange_stage *g)
{
	const uint8_t entity[16] = {1, 2, 3, 4, 5, 6, 0x70, 8, 0x80};
	struct entry *log;

	memset(g, 0, sizeof(*g));
	actor_init(&g->root, 1);
	actor_init(&g->reg, 2);
	actor_init(&g->clerk, 3);
	actor_init(&g->mate, 4);
	exchange_server_init(&g->s, g->root.pk, 0x77);
	exchange_server_add(&g->s, actor_open(&g->root, "*"));
	log = actor_log(&g->root, exchange_server_pk(&g->s));
	exchange_server_add(&g->s, log);
	exchange_server_add(&g->s, actor_cert(&g->root, "*", g->reg.pk, ROLE_REGISTRAR, "*", NULL));
	exchange_server_add(&g->s, actor_open(&g->reg, "00004"));
	exchange_server_add(&g->s,
			    actor_cert(&g->reg, "00004", g->clerk.pk, ROLE_CLERK, "00004", NULL));
	exchange_client_init(&g->c, g->root.pk, log);
	buf_init(&g->request, SESSION_BODY);
	assert_int_equal(session_client_new(&g->c.st, "00004", g->s.now, &g->round, NULL), RC_OK);
	sync_once(g);
	exchange_server_add(&g->s,
			    actor_cert(&g->reg, "00004", g->mate.pk, ROLE_CLERK, "00004", NULL));
	exchange_server_add(&g->s, actor_set(&g->mate, "00004", "asset", entity,
					     "{\"name\":\"Máy bơm\"}", NULL, 0));
	exchange_server_add(&g->s, actor_revoke(&g->reg, "00004", g->mate.pk, 100));
	exchange_client_push(&g->c, actor_open(&g->clerk, "00004"));
	exchange_client_push(&g->c, actor_set(&g->clerk, "00004", "asset", entity,
					      "{\"quantity\":2}", NULL, 0));
	exchange_client_push(&g->c, actor_set(&g->clerk, "00009", "asset", entity,
					      "{\"quantity\":3}", NULL, 0));
	g->s.want = "{\"AAAAAAAAAAAAAAAAAAAAAA\":[[3,4]]}";
	g->c.dry = true;
	write_request(g);
}

void exchange_stage_free(struct exchange_stage *g)
{
	session_client_free(g->round);
	exchange_client_free(&g->c);
	exchange_server_free(&g->s);
	actor_free(&g->root);
	actor_free(&g->reg);
	actor_free(&g->clerk);
	actor_free(&g->mate);
	buf_free(&g->request);
	memset(g, 0, sizeof(*g));
}
