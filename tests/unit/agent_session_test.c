/*
 * agent_session: whole rounds in one process: stores of two PCs, and a small collector in
 * memory made of session_server_*. Answers are lost, repeated, changed bit by bit; the
 * collector withholds, rolls back and lies; what must hold afterwards is checked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sodium.h>

#include "agent/store.h"
#include "agent/store_sql.h"
#include "agent/store_verify.h"
#include "lib/codec.h"
#include "lib/db.h"
#include "lib/json.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "sync/sign.h"
#include "tests/support/actor.h"
#include "tests/support/rng.h"

#define SCOPE "00004"
#define NONE  NULL, 0

enum { NOW = 1795100000, ROWS = 4096, ROUNDS = 20 };

static void must(enum rc rc, const struct err *err)
{
	if (rc != RC_OK)
		fail_msg("%s %s %s", err_name(rc), err->clause, err->key);
}

#define MUST(call)                    \
	do {                          \
		struct err why = {0}; \
		must((call), &why);   \
	} while (0)

/* ---------------------------------------------------------------- collector */

struct server {
	struct actor log;
	struct keyring *keyring;
	struct entry *row[ROWS];
	uint8_t leaf[ROWS][TREE_HASH];
	size_t n;
	struct buf note;
	int64_t now, hide;  /* hide: index never handed out, -1: none */
	uint8_t device[CRYPT_PK_LEN]; /* who asks */
	const char *want;   /* P14 */
	const char *refuse; /* lines whose payload holds this are refused */
	struct actor witness;
	size_t cosigned;    /* leaves of the tree it signed, 0: none */
	bool split;         /* it was shown a tree of another content */
	bool unsigned_dup;  /* tell a wrong signature with each duplicate */
	size_t chosen;      /* the `random` of P15 */
	bool revoked;       /* whoever asks pulls nothing (P7) */
	bool asks;          /* want what heads and lines tell of (P14) */
	struct buf turns;   /* root-signed log lines since the first, as JSON strings with commas */
	char scope[3][ENTRY_SCOPE_LEN]; /* of whoever asks (P33) */
	size_t nscope;
	size_t pushed;      /* lines received, and their bytes */
	size_t bytes;
};

static enum rc node(void *ctx, unsigned level, uint64_t index, uint8_t ret[TREE_HASH],
		    struct err *reterr)
{
	struct server *v = ctx;
	uint8_t l[TREE_HASH], r[TREE_HASH];

	if (level == 0) {
		assert_true(index < v->n);
		memcpy(ret, v->leaf[index], TREE_HASH);
		return RC_OK;
	}
	enum rc rc = node(ctx, level - 1, index * 2, l, reterr);
	if (rc == RC_OK)
		rc = node(ctx, level - 1, index * 2 + 1, r, reterr);
	if (rc == RC_OK)
		tree_node(l, r, ret);
	return rc;
}

static void sign_note(struct server *v)
{
	struct tree_frontier f = {0};
	uint8_t root[TREE_HASH];

	for (size_t i = 0; i < v->n; i++)
		tree_append(&f, v->leaf[i], NULL);
	tree_frontier_root(&f, root);
	buf_reset(&v->note);
	MUST(note_sign(v->log.signer, v->n, root, &v->note, &why));
}

static bool is_authority(const struct entry *e)
{
	return e->op >= ENTRY_CERT && e->op <= ENTRY_LOG;
}

/* A copy of the entry at the next index. */
static void server_add(struct server *v, const struct entry *e)
{
	struct entry *copy = NULL;

	assert_true(v->n < ROWS);
	MUST(entry_load(e->payload, e->sig, e->key, &copy, &why));
	entry_leaf_hash(copy, v->leaf[v->n]);
	v->row[v->n] = copy;
	if (is_authority(copy))
		MUST(keyring_add(v->keyring, copy, (int64_t)v->n, NULL, &why));
	v->n++;
}

static void server_take(struct server *v, struct entry *e)
{
	server_add(v, e);
	entry_free(e);
}

static int64_t server_index(const struct server *v, const uint8_t id[ENTRY_ID_LEN])
{
	for (size_t i = 0; i < v->n; i++)
		if (memcmp(v->row[i]->id, id, ENTRY_ID_LEN) == 0)
			return (int64_t)i;
	return -1;
}

static bool says(const struct entry *e, const char *text)
{
	size_t n = strlen(text);

	for (size_t i = 0; i + n <= e->payload.len; i++)
		if (memcmp(e->payload.p + i, text, n) == 0)
			return true;
	return false;
}

static void verdict(struct server *v, const struct session_line *l, struct session_verdict *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->kind = SESSION_REFUSED;
	ret->index = -1;
	if (!l->e || (v->refuse && says(l->e, v->refuse))) {
		snprintf(ret->clause, sizeof(ret->clause), "%s", l->e ? "E18" : l->why.clause);
		snprintf(ret->key, sizeof(ret->key), "%s", l->e ? "entry.field_value" : l->why.key);
		return;
	}
	ret->index = server_index(v, l->e->id);
	if (ret->index >= 0) {
		const struct entry *have = v->row[ret->index];

		ret->kind = SESSION_DUPLICATE;
		ret->other_sig =
		    v->unsigned_dup || memcmp(have->sig, l->e->sig, CRYPT_SIG_LEN) != 0;
		memcpy(ret->sig, have->sig, CRYPT_SIG_LEN);
		ret->sig[0] ^= v->unsigned_dup;
		return;
	}
	ret->index = (int64_t)v->n;
	ret->why = keyring_judge(v->keyring, l->e, ret->index);
	ret->kind = ret->why == KEYRING_ADMITTED ? SESSION_ACCEPTED : SESSION_QUARANTINED;
	server_add(v, l->e);
}

static enum rc pull(void *ctx, const char *scope, int64_t from, int64_t size,
		    bool (*take)(void *arg, struct span line, int64_t index, bool authority),
		    void *arg, struct err *reterr)
{
	struct server *v = ctx;

	(void)reterr;
	for (int64_t i = from; i < size; i++)
		if (i != v->hide &&
		    (strcmp(v->row[i]->scope, scope) == 0 || strcmp(v->row[i]->scope, "*") == 0))
			if (!take(arg, v->row[i]->line, i, is_authority(v->row[i])))
				break;
	return RC_OK;
}

/* Which seqs up to that of the head are not there; all when the head is another's (a fork). */
static void want_head(const struct server *v, const struct session_head *h, struct json *all)
{
	char feed[CODEC_B64U_16 + 1];
	struct json *runs = json_array();
	bool forked = server_index(v, h->id) < 0;

	for (int64_t seq = 0; seq <= h->seq; seq++) {
		bool have = false;

		for (size_t i = 0; i < v->n; i++)
			have = have || (v->row[i]->seq == seq &&
					memcmp(v->row[i]->feed, h->feed, ENTRY_FEED_LEN) == 0);
		if (!have || (forked && seq == h->seq)) {
			struct json *run = json_array();

			json_append(run, json_integer(forked && have ? 0 : seq));
			json_append(run, json_integer(seq));
			json_append(runs, run);
		}
	}
	codec_b64u(h->feed, ENTRY_FEED_LEN, feed);
	if (json_len(runs) > 0)
		json_set(all, feed, runs);
	else
		json_free(runs);
}

static struct json *want(void *ctx, const struct session_request *r)
{
	struct server *v = ctx;
	struct json *o = NULL;

	if (v->asks) {
		o = json_object();
		for (size_t i = 0; i < r->nhead; i++)
			want_head(v, &r->head[i], o);
		return o;
	}
	if (v->want)
		MUST(json_parse(span_str(v->want), NULL, &o, &why));
	return o;
}

/* The checkpoint of the first `cosigned` leaves with the witness's signature. */
static void cosign(struct server *v, struct buf *out)
{
	struct tree_frontier f = {0};
	uint8_t root[TREE_HASH];

	for (size_t i = 0; i < v->cosigned; i++)
		tree_append(&f, v->leaf[v->split ? 0 : i], NULL);
	tree_frontier_root(&f, root);
	MUST(note_sign(v->log.signer, v->cosigned, root, out, &why));
	MUST(note_cosign(v->witness.signer, "w1", NOW, v->log.pk, v->cosigned, root, out, &why));
}

/* The answer to a body, or the failure a real one would turn into a status. */
static enum rc server_answer(struct server *v, struct span body, struct buf *out,
			     struct err *reterr)
{
	struct session_server_store st = {.ctx = v,
					  .tree = {v, node},
					  .now = v->now,
					  .next_s = 5400,
					  .give = !v->revoked,
					  .pull = pull,
					  .want = want,
					  .scope = (const char(*)[ENTRY_SCOPE_LEN])v->scope,
					  .nscope = v->nscope,
					  .random = v->chosen};
	struct session_request *r = NULL;
	struct session_verdict *verdicts;
	struct buf proven;
	enum rc rc = session_server_parse(v->keyring, v->device, body, &r, reterr);

	note_epoch(v->log.pk, st.epoch);
	if (rc == RC_OK)
		rc = session_server_position(r, st.epoch, (int64_t)v->n, reterr);
	if (rc != RC_OK) {
		session_request_free(r);
		return rc;
	}
	verdicts = calloc(r->nline + 1, sizeof(*verdicts));
	assert_non_null(verdicts);
	for (size_t i = 0; i < r->nline; i++) {
		verdict(v, &r->line[i], &verdicts[i]);
		v->pushed++;
		v->bytes += r->line[i].e ? r->line[i].e->line.len + 1 : 0;
	}
	sign_note(v);
	st.size = (int64_t)v->n;
	st.note_text = span_buf(&v->note);
	buf_init(&proven, NOTE_TEXT_MAX);
	if (v->cosigned > 0)
		cosign(v, &proven);
	st.proven_size = (int64_t)v->cosigned;
	st.proven_text = span_buf(&proven);
	rc = session_server_reply(&st, r, verdicts, out, reterr);
	buf_free(&proven);
	free(verdicts);
	session_request_free(r);
	return rc;
}

/* --------------------------------------------------------------------- PCs */

struct pc {
	char *home;
	struct clock_manual clock;
	struct store *s;
	struct actor clerk;
	uint8_t device[CRYPT_PK_LEN];
};

struct world {
	struct server v;
	struct actor root, registrar, staff;
	struct pc pc[2];
};

static void uuid(uint8_t id[16], unsigned n)
{
	memset(id, 0x5a, 16);
	codec_put_be32(id, n);
	codec_uuid_stamp(id, 7);
}

static void append(struct pc *p, struct entry *e)
{
	MUST(store_append(p->s, &e, 1, &why));
	entry_free(e);
}

/* An asset's name, set blindly. */
static void record(struct pc *p, unsigned n, const char *set)
{
	uint8_t id[16];

	uuid(id, n);
	append(p, actor_set(&p->clerk, SCOPE, "asset", id, set, NONE));
}

static void pc_open(struct pc *p, struct world *w, uint32_t number)
{
	struct store_clerk c = {.name = "Lò Thị Mỷ", .title = "Công chức", .scope = SCOPE};
	char text[CODEC_B64U_32 + 1];
	struct buf b;

	actor_init(&p->clerk, number);
	memset(p->device, (int)number, sizeof(p->device));
	memcpy(c.key, p->clerk.pk, CRYPT_PK_LEN);
	clock_manual_init(&p->clock, NOW);
	MUST(os_dir_temp(&p->home, "kk-session", &why));
	MUST(store_open(&p->s, p->home, true, &p->clock.clock, &why));
	MUST(store_clerk_add(p->s, &c, &why));
	append(p, actor_open_on(&p->clerk, SCOPE, p->device));
	/* what an enrolment tells: root's feed and the registrar's */
	codec_b64u(w->root.pk, CRYPT_PK_LEN, text);
	MUST(store_set_setting(p->s, "root", text, &why));
	buf_init(&b, LIMIT_MIB);
	for (size_t i = 0; i < w->v.n; i++) {
		buf_add_span(&b, w->v.row[i]->line);
		buf_add_char(&b, '\n');
	}
	MUST(store_trust(p->s, span_buf(&b), NULL, &why));
	buf_free(&b);
}

static void pc_free(struct pc *p)
{
	store_free(p->s);
	os_dir_remove(p->home, NULL);
	free(p->home);
	actor_free(&p->clerk);
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));
	struct server *v = &w->v;

	actor_init(&w->root, 1);
	actor_init(&w->registrar, 2);
	actor_init(&w->staff, 3);
	actor_init(&v->log, 4);
	actor_init(&v->witness, 5);
	v->now = NOW;
	v->hide = -1;
	buf_init(&v->note, NOTE_TEXT_MAX);
	buf_init(&v->turns, LIMIT_MIB);
	MUST(keyring_new(w->root.pk, &v->keyring, &why));
	server_take(v, actor_open(&w->root, "*"));
	server_take(v, actor_log(&w->root, v->log.pk));
	server_take(v, actor_cert(&w->root, "*", w->registrar.pk, ROLE_REGISTRAR, "*", NULL));
	server_take(v, actor_cert(&w->root, "*", w->staff.pk, ROLE_VERIFIER, "*", NULL));
	server_take(v, actor_open(&w->registrar, SCOPE));
	pc_open(&w->pc[0], w, 10);
	pc_open(&w->pc[1], w, 11);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	pc_free(&w->pc[0]);
	pc_free(&w->pc[1]);
	for (size_t i = 0; i < w->v.n; i++)
		entry_free(w->v.row[i]);
	keyring_free(w->v.keyring);
	buf_free(&w->v.note);
	buf_free(&w->v.turns);
	actor_free(&w->v.log);
	actor_free(&w->v.witness);
	actor_free(&w->root);
	actor_free(&w->registrar);
	actor_free(&w->staff);
	free(w);
	return 0;
}

static void certify(struct world *w, const struct pc *p)
{
	server_take(&w->v, actor_cert(&w->registrar, SCOPE, p->clerk.pk, ROLE_CLERK, SCOPE, NULL));
}

/* ------------------------------------------------------------------ rounds */

struct round {
	struct session_client *c;
	struct buf request, answer;
	struct session_report report;
	struct err err;
	size_t lines;
};

static void round_free(struct round *r)
{
	session_client_free(r->c);
	buf_free(&r->request);
	buf_free(&r->answer);
	memset(r, 0, sizeof(*r));
}

/* Only the request. */
static void ask(struct round *r, struct pc *p)
{
	memset(r, 0, sizeof(*r));
	buf_init(&r->request, SESSION_BODY);
	buf_init(&r->answer, SESSION_BODY);
	MUST(session_client_new(store_session(p->s, p->device), SCOPE, store_now(p->s), &r->c, &why));
	MUST(session_client_request(r->c, &r->request, &r->lines, &why));
}

/* Up to the answer, which nobody has taken yet. */
static enum rc answer(struct round *r, struct pc *p, struct server *v)
{
	ask(r, p);
	memcpy(v->device, p->device, sizeof(v->device));
	return server_answer(v, span_buf(&r->request), &r->answer, &r->err);
}

static enum rc take(struct round *r)
{
	return session_client_reply(r->c, span_buf(&r->answer), &r->report, &r->err);
}

/* One round; the report is r's, and must have come well. */
static struct session_report go(struct pc *p, struct server *v)
{
	struct session_report report;
	struct round r;

	must(answer(&r, p, v), &r.err);
	must(take(&r), &r.err);
	report = r.report;
	round_free(&r);
	return report;
}

static void sync_all(struct pc *p, struct server *v)
{
	for (int i = 0; i < ROUNDS; i++)
		if (!go(p, v).more)
			return;
	fail_msg("never done");
}

static struct store_counts counts(struct pc *p)
{
	struct store_counts c;

	MUST(store_counts(p->s, &c, &why));
	return c;
}

static bool count_entry(void *arg, const struct store_entry *x)
{
	(void)x;
	(*(int *)arg)++;
	return true;
}

static int entries(struct pc *p)
{
	int n = 0;

	MUST(store_each(p->s, count_entry, &n, &why));
	return n;
}

static void clean(struct pc *p)
{
	int64_t n, differ = -1;

	MUST(store_rebuild_check(p->s, &n, &differ, &why));
	assert_int_equal(differ, 0);
}

static void reopen(struct pc *p)
{
	store_free(p->s);
	p->s = NULL;
	MUST(store_open(&p->s, p->home, false, &p->clock.clock, &why));
}

/* Titles and states of all assets, as one hash; both PCs and the collector's view compare. */
static bool hash_item(void *arg, const struct store_item *item)
{
	uint8_t sha[32], *all = arg;

	crypt_sha256_2(span_of(item->id, 16), item->state, sha);
	for (size_t i = 0; i < sizeof(sha); i++)
		all[i] ^= sha[i]; /* in any order */
	return true;
}

static void state_hash(struct pc *p, uint8_t ret[32])
{
	const struct store_filter f = {0};

	memset(ret, 0, 32);
	MUST(store_list(p->s, &f, hash_item, ret, NULL, &why));
}

static void same_states(struct world *w)
{
	uint8_t a[32], b[32];

	state_hash(&w->pc[0], a);
	state_hash(&w->pc[1], b);
	assert_memory_equal(a, b, 32);
	clean(&w->pc[0]);
	clean(&w->pc[1]);
}

struct check {
	struct pc *p;
	struct server *v;
	int receipts;
};

/* Every accepted entry has a receipt that stock tools would accept (L6). */
static bool check_receipt(void *arg, const struct store_entry *x)
{
	struct check *c = arg;
	struct authority_log log;
	struct tree_proof proof;
	struct buf text, receipt;
	struct note note;
	uint64_t index;

	if (x->fate != STORE_ACCEPTED)
		return true;
	buf_init(&text, NOTE_TEXT_MAX);
	buf_init(&receipt, NOTE_RECEIPT_MAX);
	assert_true(x->proved);
	assert_memory_equal(c->v->row[x->index]->id, x->id, ENTRY_ID_LEN);
	MUST(store_receipt(c->p->s, x, &text, &note, &proof, &why));
	assert_true(keyring_log(store_keyring(c->p->s), &log));
	MUST(note_receipt_write(x->e->keyhash, c->v->row[x->index]->sig, (uint64_t)x->index, &note,
				&log.policy, &proof, &receipt, &why));
	MUST(note_receipt_check(x->e->payload, span_buf(&receipt), x->e->key, &log.policy, &index,
				&why));
	assert_int_equal(index, x->index);
	c->receipts++;
	buf_free(&text);
	buf_free(&receipt);
	return true;
}

static int receipts(struct pc *p, struct server *v)
{
	struct check c = {p, v, 0};

	MUST(store_each(p->s, check_receipt, &c, &why));
	return c.receipts;
}

/* ------------------------------------------------------------------- tests */

/* clause: P9 P10 P19 A1 */
static void a_clerk_without_cert_asks_for_one_and_waits(void **state)
{
	struct world *w = *state;
	struct pc *p = &w->pc[0];
	struct session_request *req = NULL;
	struct round r;
	char epoch[5];

	record(p, 1, "{\"name\":\"Bàn\"}");
	ask(&r, p);
	assert_int_equal(r.lines, 0);
	MUST(session_server_parse(w->v.keyring, p->device, span_buf(&r.request), &req, &why));
	assert_int_equal(req->nenrol, 1);
	assert_memory_equal(req->enrol[0].key, p->clerk.pk, CRYPT_PK_LEN);
	assert_string_equal(req->enrol[0].name, "Lò Thị Mỷ");
	assert_int_equal(req->enrol[0].open->seq, 0);
	note_epoch(w->v.log.pk, epoch); /* of the log the enrolment named */
	assert_string_equal(req->epoch, epoch);
	assert_int_equal(req->after, 0);
	assert_int_equal(req->size, 0);
	session_request_free(req);
	round_free(&r);
	go(p, &w->v);
	assert_int_equal(counts(p).unsent, 2);
	certify(w, p);
	go(p, &w->v); /* the cert comes */
	ask(&r, p);
	assert_int_equal(r.lines, 2);
	MUST(session_server_parse(w->v.keyring, p->device, span_buf(&r.request), &req, &why));
	assert_int_equal(req->nenrol, 0);
	assert_int_equal(strlen(req->epoch), 4);
	assert_int_equal(req->size, (int64_t)w->v.n);
	assert_int_equal(req->after, (int64_t)w->v.n);
	session_request_free(req);
	round_free(&r);
	go(p, &w->v);
	assert_int_equal(counts(p).accepted, 2);
	assert_int_equal(receipts(p, &w->v), 2);
}

/* A store that came to another PC: its clerk asks again with a line made there. clause: P10 E25 */
static void no_wish_goes_out_with_another_pcs_line(void **state)
{
	struct world *w = *state;
	struct pc *p = &w->pc[0];
	struct session_request *req = NULL;
	struct store_feed f;
	struct round r;

	memset(p->device, 0x77, sizeof(p->device));
	ask(&r, p);
	MUST(session_server_parse(w->v.keyring, p->device, span_buf(&r.request), &req, &why));
	assert_int_equal(req->nenrol, 0);
	session_request_free(req);
	round_free(&r);
	MUST(store_feed(p->s, p->clerk.pk, SCOPE, p->device, &f, &why));
	assert_int_equal(f.next_seq, 0);
	assert_memory_not_equal(f.feed, p->clerk.feed, sizeof(f.feed));
	p->clerk.seq = 0;
	memcpy(p->clerk.feed, f.feed, sizeof(f.feed));
	append(p, actor_open_on(&p->clerk, SCOPE, p->device));
	ask(&r, p);
	MUST(session_server_parse(w->v.keyring, p->device, span_buf(&r.request), &req, &why));
	assert_int_equal(req->nenrol, 1);
	assert_memory_equal(req->enrol[0].open->feed, f.feed, sizeof(f.feed));
	session_request_free(req);
	round_free(&r);
	certify(w, p);
	go(p, &w->v);
	go(p, &w->v);
	assert_int_equal(counts(p).accepted, 2); /* both feeds */
}

/* clause: P11 P12 P15 P16 P17 P19 L8 */
static void work_of_two_pcs_meets(void **state)
{
	struct world *w = *state;
	struct pc *a = &w->pc[0], *b = &w->pc[1];
	struct session_report rep;

	certify(w, a);
	certify(w, b);
	sync_all(a, &w->v);
	sync_all(b, &w->v);
	record(a, 1, "{\"name\":\"Bàn\",\"quantity\":1}");
	record(a, 2, "{\"name\":\"Ghế\"}");
	record(b, 1, "{\"name\":\"Bàn\",\"quantity\":2}");
	record(b, 3, "{\"name\":\"Tủ\"}");
	rep = go(a, &w->v);
	assert_int_equal(rep.sent, 2);
	assert_int_equal(rep.accepted, 2);
	assert_int_equal(rep.next_s, 5400);
	rep = go(b, &w->v);
	assert_int_equal(rep.accepted, 2);
	assert_int_equal(rep.pulled, 2); /* not its own */
	rep = go(a, &w->v);
	assert_int_equal(rep.sent, 0);
	assert_int_equal(rep.pulled, 2);
	same_states(w);
	assert_int_equal(counts(a).conflicts, 1);
	assert_int_equal(receipts(a, &w->v), 3);
	assert_int_equal(receipts(b, &w->v), 3);
	reopen(a);
	same_states(w);
	assert_int_equal(receipts(a, &w->v), 3);
	assert_int_equal(counts(a).proven, 3);
}

/* clause: P28 P18 */
static void an_empty_sync_is_small_and_writes_nothing(void **state)
{
	struct world *w = *state;
	struct pc *p = &w->pc[0];
	struct db_stats before;
	struct round r;
	char set[64];

	certify(w, p);
	sync_all(p, &w->v);
	for (unsigned i = 0; i < 40; i++) {
		snprintf(set, sizeof(set), "{\"name\":\"Bàn %u\"}", i);
		record(p, i, set);
	}
	sync_all(p, &w->v);
	before = db_stats(store_db(p->s));
	must(answer(&r, p, &w->v), &r.err);
	must(take(&r), &r.err);
	assert_true(r.request.len + r.answer.len <= 1024);
	assert_false(says(&(struct entry){.payload = span_buf(&r.answer)}, "checkpoint"));
	assert_int_equal(r.report.sent + r.report.pulled, 0);
	round_free(&r);
	assert_int_equal(db_stats(store_db(p->s)).commits, before.commits);
	/* a day later a fresh checkpoint is asked for, once */
	clock_manual_set(&p->clock, NOW + SESSION_FRESH_S + 1);
	must(answer(&r, p, &w->v), &r.err);
	assert_true(says(&(struct entry){.payload = span_buf(&r.answer)}, "checkpoint"));
	assert_true(r.request.len + r.answer.len <= 1024);
	must(take(&r), &r.err);
	round_free(&r);
	must(answer(&r, p, &w->v), &r.err);
	assert_false(says(&(struct entry){.payload = span_buf(&r.answer)}, "checkpoint"));
	round_free(&r);
}

/* clause: P12 P19 P27 A11 */
static void assert_told(struct pc *p, const char *want)
{
	char *told = NULL;

	MUST(store_setting(p->s, "scopes_told", &told, &why));
	assert_string_equal(told ? told : "", want);
	free(told);
}

static void tell(struct server *v, const char *a, const char *b, const char *c)
{
	const char *const code[] = {a, b, c};

	for (v->nscope = 0; v->nscope < 3 && code[v->nscope]; v->nscope++)
		memcpy(v->scope[v->nscope], code[v->nscope], ENTRY_SCOPE_LEN);
}

/* clause: P33 P28 */
static void the_communes_told_are_kept_while_they_are_told(void **state)
{
	struct world *w = *state;
	struct pc *p = &w->pc[0];
	struct session_position pos;
	const struct session_client_store *st = store_session(p->s, p->device);
	struct db_stats before;
	struct round r;

	certify(w, p);
	tell(&w->v, SCOPE, NULL, NULL);
	sync_all(p, &w->v);
	assert_told(p, "");
	tell(&w->v, SCOPE, "00009", "00001");
	before = db_stats(store_db(p->s));
	must(answer(&r, p, &w->v), &r.err);
	must(take(&r), &r.err);
	assert_true(r.request.len + r.answer.len <= 1024);
	round_free(&r);
	assert_told(p, "00001 00004 00009");
	assert_int_equal(db_stats(store_db(p->s)).commits, before.commits + 1);
	/* said again in another order it is no news */
	tell(&w->v, "00009", "00001", SCOPE);
	sync_all(p, &w->v);
	assert_int_equal(db_stats(store_db(p->s)).commits, before.commits + 1);
	/* one never asked for begins at 0, whatever the cursor of the first */
	MUST(st->position(st->ctx, SCOPE, &pos, &why));
	assert_true(pos.after > 0);
	MUST(st->position(st->ctx, "00009", &pos, &why));
	assert_int_equal(pos.after, 0);
	assert_int_equal(pos.size, (int64_t)w->v.n);
	/* to a revoked PC nothing is told; what is told no more is forgotten */
	w->v.revoked = true;
	sync_all(p, &w->v);
	assert_told(p, "");
	w->v.revoked = false;
	sync_all(p, &w->v);
	assert_told(p, "00001 00004 00009");
	tell(&w->v, SCOPE, NULL, NULL);
	sync_all(p, &w->v);
	assert_told(p, "");
}

static void a_lost_answer_is_made_good_by_asking_again(void **state)
{
	struct world *w = *state;
	struct pc *p = &w->pc[0];
	struct session_report rep;
	struct round r;
	size_t size;
	int n;

	certify(w, p);
	sync_all(p, &w->v);
	record(p, 1, "{\"name\":\"Bàn\"}");
	record(p, 2, "{\"name\":\"Ghế\"}");
	n = entries(p);
	for (int i = 0; i < 3; i++) {
		must(answer(&r, p, &w->v), &r.err);
		assert_int_equal(r.lines, 2);
		round_free(&r); /* the answer never arrives */
		assert_int_equal(counts(p).unsent, 2);
	}
	size = w->v.n;
	reopen(p);
	rep = go(p, &w->v);
	assert_int_equal(rep.sent, 2);
	assert_int_equal(rep.duplicate, 2);
	assert_int_equal(w->v.n, size);
	assert_int_equal(entries(p), n);
	assert_int_equal(counts(p).accepted, 3);
	assert_int_equal(receipts(p, &w->v), 3);
	clean(p);
}

/* clause: A11 P17 */
static void rounds_in_any_order_and_twice_give_the_same(void **state)
{
	struct world *w = *state;
	struct pc *a = &w->pc[0], *b = &w->pc[1];
	struct rng rng = rng_case(rng_seed(20261123), 0);
	struct round late = {0};
	char set[64];
	uint8_t hash[32];

	certify(w, a);
	certify(w, b);
	sync_all(a, &w->v);
	sync_all(b, &w->v);
	for (unsigned i = 0; i < 60; i++) {
		struct pc *p = &w->pc[rng_below(&rng, 2)];
		struct round r;

		snprintf(set, sizeof(set), "{\"name\":\"Lần %u\",\"quantity\":%u}", i, i % 4);
		if (rng_one_in(&rng, 2))
			record(p, (unsigned)rng_below(&rng, 6), set);
		if (rng_one_in(&rng, 3))
			continue;
		if (late.c) { /* an answer that was under way while other things happened */
			must(take(&late), &late.err);
			round_free(&late);
		}
		must(answer(&r, p, &w->v), &r.err);
		switch (rng_below(&rng, 4)) {
		case 0: round_free(&r); break; /* lost */
		case 1: late = r; break;
		case 2:
			must(take(&r), &r.err);
			must(take(&r), &r.err); /* twice changes nothing */
			round_free(&r);
			break;
		default: must(take(&r), &r.err); round_free(&r);
		}
	}
	round_free(&late);
	sync_all(a, &w->v);
	sync_all(b, &w->v);
	sync_all(a, &w->v);
	same_states(w);
	state_hash(a, hash);
	assert_int_equal(entries(a), (int)w->v.n);
	assert_int_equal(entries(b), (int)w->v.n);
	assert_int_equal(counts(a).unsent + counts(b).unsent, 0);
	assert_int_equal(receipts(a, &w->v), counts(a).saved);
}

/* clause: P12 P13 P19 */
static void a_refused_line_is_set_aside_with_its_reason(void **state)
{
	struct world *w = *state;
	struct pc *p = &w->pc[0];
	struct session_report rep;
	struct store_entry x;
	uint8_t id[16];
	struct entry *bad;

	certify(w, p);
	sync_all(p, &w->v);
	record(p, 1, "{\"name\":\"Bàn\"}");
	uuid(id, 2);
	bad = actor_set(&p->clerk, SCOPE, "asset", id, "{\"name\":\"Xấu\"}", NONE);
	MUST(store_append(p->s, &bad, 1, &why));
	record(p, 3, "{\"name\":\"Ghế\"}");
	w->v.refuse = "Xấu";
	rep = go(p, &w->v);
	assert_int_equal(rep.accepted, 2);
	assert_int_equal(rep.refused, 1);
	MUST(store_entry_get(p->s, bad->id, &x, &why));
	assert_int_equal(x.fate, STORE_REFUSED);
	assert_string_equal(x.refused_clause, "E18");
	assert_string_equal(x.refused_key, "entry.field_value");
	assert_int_equal(x.index, -1);
	entry_free(x.e);
	entry_free(bad);
	assert_int_equal(counts(p).refused, 1);
	rep = go(p, &w->v);
	assert_int_equal(rep.sent, 0); /* not again and again */
	assert_int_equal(receipts(p, &w->v), 3);
}

/* clause: P14 */
static void what_the_collector_misses_goes_out_again(void **state)
{
	struct world *w = *state;
	struct pc *p = &w->pc[0];
	char feed[CODEC_B64U_16 + 1], text[128];
	struct session_report rep;

	certify(w, p);
	sync_all(p, &w->v);
	record(p, 1, "{\"name\":\"Bàn\"}");
	record(p, 2, "{\"name\":\"Ghế\"}");
	sync_all(p, &w->v);
	codec_b64u(p->clerk.feed, ENTRY_FEED_LEN, feed);
	snprintf(text, sizeof(text), "{\"%s\":[[1,1],[7,9007199254740991]],\"AAAAAAAAAAAAAAAAAAAAAA\":[[0,5]]}", feed);
	w->v.want = text;
	go(p, &w->v);
	w->v.want = NULL;
	assert_int_equal(counts(p).unsent, 1);
	rep = go(p, &w->v);
	assert_int_equal(rep.sent, 1);
	assert_int_equal(rep.duplicate, 1);
	assert_int_equal(counts(p).unsent, 0);
	assert_int_equal(receipts(p, &w->v), 3);
}

/* clause: P19 P15 */
static void many_lines_go_in_parts_and_in_the_order_of_their_feed(void **state)
{
	struct world *w = *state;
	struct pc *p = &w->pc[0];
	enum { MANY = SESSION_PUSH_LINES + 20 };
	struct entry **e = calloc(MANY, sizeof(struct entry *));
	struct session_report rep;
	int64_t seq = 0;
	uint8_t id[16];

	certify(w, p);
	sync_all(p, &w->v);
	for (unsigned i = 0; i < MANY; i++) {
		uuid(id, i % 50);
		e[i] = actor_set(&p->clerk, SCOPE, "asset", id, "{\"location\":\"Kho\"}", NONE);
	}
	MUST(store_append(p->s, e, MANY, &why));
	rep = go(p, &w->v);
	assert_int_equal(rep.sent, SESSION_PUSH_LINES);
	assert_true(rep.more);
	rep = go(p, &w->v);
	assert_int_equal(rep.sent, 20);
	assert_false(rep.more);
	for (size_t i = 0; i < w->v.n; i++)
		if (memcmp(w->v.row[i]->key, p->clerk.pk, CRYPT_PK_LEN) == 0)
			assert_int_equal(w->v.row[i]->seq, seq++);
	assert_int_equal(seq, MANY + 1);
	clean(p);
	for (unsigned i = 0; i < MANY; i++)
		entry_free(e[i]);
	free(e);
}

/* clause: P15 P16 */
static void the_index_of_a_foreign_line_is_a_claim_until_proved(void **state)
{
	struct world *w = *state;
	struct pc *a = &w->pc[0], *b = &w->pc[1];
	struct store_entry x;
	int proved = 0;

	certify(w, a);
	certify(w, b);
	sync_all(a, &w->v);
	sync_all(b, &w->v);
	for (unsigned i = 1; i <= 5; i++)
		record(a, i, "{\"name\":\"Bàn\"}");
	sync_all(a, &w->v);
	sync_all(b, &w->v);
	for (size_t i = w->v.n - 5; i < w->v.n; i++) {
		MUST(store_entry_get(b->s, w->v.row[i]->id, &x, &why));
		assert_int_equal(x.index, (int64_t)i);
		assert_int_equal(x.fate, STORE_FOREIGN);
		proved += x.proved;
		entry_free(x.e);
	}
	assert_int_equal(proved, 1); /* the one line chosen at random */
}

/* clause: A13 */
static void a_hole_in_an_authority_feed_refuses_the_answer(void **state)
{
	struct world *w = *state;
	struct pc *p = &w->pc[0];
	struct keyring *k = store_keyring(p->s);
	struct db_stats before;
	struct round r;

	sync_all(p, &w->v);
	k = store_keyring(p->s);
	w->v.hide = (int64_t)w->v.n;
	server_take(&w->v,
		    actor_cert(&w->registrar, SCOPE, w->pc[1].clerk.pk, ROLE_CLERK, SCOPE, NULL));
	certify(w, p);
	before = db_stats(store_db(p->s));
	must(answer(&r, p, &w->v), &r.err);
	assert_int_equal(take(&r), RC_REFUSED);
	assert_string_equal(r.err.clause, "A13");
	round_free(&r);
	assert_int_equal(db_stats(store_db(p->s)).commits, before.commits);
	assert_ptr_equal(store_keyring(p->s), k);
	struct keyring_key found;
	assert_false(keyring_find(store_keyring(p->s), p->clerk.pk, &found) && found.admitted);
	w->v.hide = -1;
	sync_all(p, &w->v);
	assert_true(keyring_find(store_keyring(p->s), p->clerk.pk, &found) && found.admitted);
}

/* The collector's rows from `keep` on are gone, another tree grows. */
static void roll_back(struct world *w, size_t keep_n)
{
	struct server *v = &w->v;

	while (v->n > keep_n)
		entry_free(v->row[--v->n]);
	keyring_free(v->keyring);
	MUST(keyring_new(w->root.pk, &v->keyring, &why));
	for (size_t i = 0; i < v->n; i++)
		if (is_authority(v->row[i]))
			MUST(keyring_add(v->keyring, v->row[i], (int64_t)i, NULL, &why));
}

/* Both texts are notes of one log: what was shown, and what it goes against. */
static bool evidence(void *arg, const struct store_alarm *x)
{
	struct pc *p = arg;
	struct authority_log log;
	struct note given, known;

	assert_true(keyring_log(store_keyring(p->s), &log));
	MUST(note_open(x->given, log.key, &given, &why));
	MUST(note_open(x->known, log.key, &known, &why));
	assert_true(given.size >= known.size);
	assert_string_equal(x->clause, "L10");
	assert_string_equal(x->why, "session.inconsistent");
	assert_false(x->closed);
	return true;
}

/* clause: L10 L14 P17 P18 */
static void another_history_is_an_alarm_and_nothing_is_taken_or_sent(void **state)
{
	struct world *w = *state;
	struct pc *a = &w->pc[0], *b = &w->pc[1];
	struct db_stats before;
	struct entry *lost[4];
	size_t kept;
	struct round r;
	int n;

	certify(w, a);
	certify(w, b);
	sync_all(a, &w->v);
	sync_all(b, &w->v);
	kept = w->v.n;
	for (unsigned i = 1; i <= 3; i++)
		record(a, i, "{\"name\":\"Bàn\"}");
	sync_all(a, &w->v);
	for (size_t i = 0; i < 3; i++) {
		lost[i] = w->v.row[kept + i];
		MUST(entry_load(lost[i]->payload, lost[i]->sig, lost[i]->key, &lost[i], &why));
	}
	/* smaller than what it has seen: refused by the collector itself, nothing is stored */
	roll_back(w, kept);
	assert_int_equal(answer(&r, a, &w->v), RC_CONFLICT);
	assert_string_equal(r.err.key, "session.rollback");
	round_free(&r);
	/* as large again, with another content */
	for (unsigned i = 4; i <= 8; i++)
		record(b, i, "{\"name\":\"Ghế\"}");
	sync_all(b, &w->v);
	n = entries(a);
	record(a, 9, "{\"name\":\"Tủ\"}");
	before = db_stats(store_db(a->s));
	must(answer(&r, a, &w->v), &r.err);
	assert_int_equal(take(&r), RC_REFUSED);
	assert_string_equal(r.err.clause, "L10");
	round_free(&r);
	assert_int_equal(counts(a).alarms, 1);
	assert_int_equal(db_stats(store_db(a->s)).commits, before.commits + 1); /* the evidence */
	assert_int_equal(entries(a), n + 1);
	assert_int_equal(counts(a).unsent, 1);
	/* from now on it only asks for a checkpoint */
	ask(&r, a);
	assert_int_equal(r.lines, 0);
	assert_true(says(&(struct entry){.payload = span_buf(&r.request)}, "\"fresh\":true"));
	round_free(&r);
	/* the true history comes back: what was shown stays shown, only a person ends it */
	roll_back(w, kept);
	for (size_t i = 0; i < 3; i++)
		server_take(&w->v, lost[i]);
	sync_all(a, &w->v);
	assert_int_equal(counts(a).unsent, 1);
	assert_int_equal(counts(a).alarms_open, 1);
	MUST(store_alarms(a->s, 0, evidence, a, &why));
	assert_int_equal(store_alarm_close(a->s, 7, "x", &r.err), RC_NOTFOUND);
	MUST(store_alarm_close(a->s, 1, "Đã hỏi trung tâm", &why));
	assert_int_equal(store_alarm_close(a->s, 1, "x", &r.err), RC_CONFLICT);
	sync_all(a, &w->v);
	sync_all(a, &w->v);
	assert_int_equal(counts(a).unsent + counts(a).offered + counts(a).alarms_open, 0);
	assert_int_equal(counts(a).alarms, 1);
	assert_int_equal(receipts(a, &w->v), 5);
	clean(a);
}

/* ---- the collector restored from a backup (L12, L13) ---- */

/*
 * The rows from `keep_n` on are lost; the root signs for a new log key. number: of the actor
 * that is the new log. The same feed of the root is not used again.
 */
static void recover(struct world *w, size_t keep_n, uint32_t number)
{
	struct server *v = &w->v;
	struct authority_log log = {.has_old = true, .size = (int64_t)keep_n};
	struct tree_frontier f = {0};
	struct entry_draft d = {.op = ENTRY_LOG, .scope = "*", .at = NOW};
	struct entry *e = NULL;
	struct buf set;

	roll_back(w, keep_n);
	for (size_t i = 0; i < v->n; i++)
		tree_append(&f, v->leaf[i], NULL);
	tree_frontier_root(&f, log.root);
	memcpy(log.old, v->log.pk, CRYPT_PK_LEN);
	actor_free(&v->log);
	actor_init(&v->log, number);
	memcpy(log.key, v->log.pk, CRYPT_PK_LEN);
	memcpy(log.policy.log, log.key, CRYPT_PK_LEN);
	w->root.feed[15] ^= (uint8_t)number;
	w->root.seq = 0;
	server_take(v, actor_open(&w->root, "*"));
	buf_add_str(&v->turns, v->turns.len ? "," : "");
	json_add_escaped(&v->turns, v->row[v->n - 1]->line);
	buf_init(&set, LIMIT_ENTRY_PAYLOAD);
	MUST(authority_log_write(&log, &set, &why));
	d.set = span_buf(&set);
	d.seq = w->root.seq++;
	memcpy(d.feed, w->root.feed, ENTRY_FEED_LEN);
	memcpy(d.prev, w->root.prev, ENTRY_ID_LEN);
	MUST(entry_seal(&d, w->root.signer, &e, &why));
	buf_add_char(&v->turns, ',');
	json_add_escaped(&v->turns, e->line);
	server_take(v, e);
	buf_free(&set);
	w->registrar.feed[15] ^= (uint8_t)number; /* the centre goes on in new feeds too */
	w->registrar.seq = 0;
	v->asks = true;
}

/* One request that is refused; what the agent makes of it. */
static enum session_next refused(struct pc *p, struct server *v, const char *code)
{
	enum session_next next = SESSION_GIVE_UP;
	struct round r;
	struct buf b;

	assert_int_equal(answer(&r, p, v), RC_CONFLICT);
	buf_init(&b, LIMIT_MIB);
	buf_addf(&b, "{\"type\":\"about:blank\",\"code\":\"%s\",\"checkpoint\":", code);
	sign_note(v);
	json_add_escaped(&b, span_buf(&v->note));
	buf_add_str(&b, ",\"log\":[");
	buf_add_span(&b, span_buf(&v->turns));
	buf_add_str(&b, "]}");
	MUST(session_client_refused(r.c, span_buf(&b), &next, &why));
	buf_free(&b);
	round_free(&r);
	return next;
}

/* Everything of both PCs is in the log, once; nothing waits, old receipts and new ones hold. */
static void all_back(struct world *w, struct entry *const *lost, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_true(server_index(&w->v, lost[i]->id) >= 0);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(counts(&w->pc[i]).unsent + counts(&w->pc[i]).offered, 0);
		assert_int_equal(counts(&w->pc[i]).refused + counts(&w->pc[i]).alarms_open, 0);
		assert_int_equal(entries(&w->pc[i]), (int)w->v.n);
		clean(&w->pc[i]);
	}
	same_states(w);
}

static bool count_receipts(void *arg, const struct store_raw *x)
{
	struct pc *p = ((void **)arg)[0];
	int64_t n = 0;

	MUST(store_verify_receipt(p->s, x, &n, &why));
	*(int64_t *)((void **)arg)[1] += n;
	return true;
}

/* Receipts that can be derived and checked now, those of ended eras included. */
static int64_t all_receipts(struct pc *p)
{
	int64_t n = 0;
	void *arg[] = {p, &n};

	MUST(store_verify_each(p->s, count_receipts, arg, &why));
	return n;
}

static size_t copy_rows(const struct server *v, size_t from, struct entry **ret)
{
	for (size_t i = from; i < v->n; i++)
		MUST(entry_load(v->row[i]->payload, v->row[i]->sig, v->row[i]->key, &ret[i - from], &why));
	return v->n - from;
}

static size_t bytes_of(struct entry *const *e, size_t n)
{
	size_t bytes = 0;

	for (size_t i = 0; i < n; i++)
		bytes += e[i]->line.len + 1;
	return bytes;
}

/* clause: L12 L13 P9 P14 P17 */
static void a_restored_collector_gets_back_just_what_it_lost(void **state)
{
	struct world *w = *state;
	struct pc *a = &w->pc[0], *b = &w->pc[1];
	struct entry *lost[64];
	size_t kept, n;
	int64_t receipts_before;
	uint8_t hash[32], after[32];

	certify(w, a);
	sync_all(a, &w->v);
	record(a, 1, "{\"name\":\"Bàn\"}");
	sync_all(a, &w->v);
	kept = w->v.n;
	/* after the backup: a cert, its clerk's work, work of the first, a review's author */
	certify(w, b);
	sync_all(b, &w->v);
	for (unsigned i = 2; i < 7; i++)
		record(b, i, "{\"name\":\"Ghế\"}");
	record(a, 1, "{\"name\":\"Bàn gỗ\"}");
	sync_all(a, &w->v);
	sync_all(b, &w->v);
	sync_all(a, &w->v);
	receipts_before = all_receipts(a);
	state_hash(a, hash);
	n = copy_rows(&w->v, kept, lost);
	record(a, 8, "{\"name\":\"Chưa gửi\"}");
	recover(w, kept, 40);
	w->v.pushed = w->v.bytes = 0;
	assert_int_equal(refused(a, &w->v, "epoch"), SESSION_AGAIN);
	assert_int_equal(counts(a).offered, n);
	assert_int_equal(all_receipts(a), receipts_before); /* by the old log, as before */
	state_hash(a, after);
	go(a, &w->v); /* the cert first: nothing else goes out before it is back */
	go(a, &w->v);
	assert_int_equal(w->v.pushed, 1);
	assert_int_equal(w->v.row[kept + 2]->op, ENTRY_CERT);
	sync_all(a, &w->v);
	/* this PC held all that was lost, its colleague's lines too; and one of its own was new */
	assert_int_equal(w->v.pushed, n + 1);
	assert_true((w->v.bytes - bytes_of(&w->v.row[w->v.n - 1], 1)) * 100 <= bytes_of(lost, n) * 105);
	assert_int_equal(refused(b, &w->v, "epoch"), SESSION_AGAIN);
	sync_all(b, &w->v);
	sync_all(a, &w->v);
	assert_int_equal(w->v.pushed, n + 1); /* the other one had nothing to add */
	all_back(w, lost, n);
	assert_true(all_receipts(a) > receipts_before);
	/* and once more: a turn on top of a turn, receipts of both ended eras stay */
	receipts_before = all_receipts(a);
	recover(w, kept + 5, 41);
	assert_int_equal(refused(b, &w->v, "epoch"), SESSION_AGAIN);
	sync_all(b, &w->v);
	assert_int_equal(refused(a, &w->v, "epoch"), SESSION_AGAIN);
	sync_all(a, &w->v);
	sync_all(b, &w->v);
	all_back(w, lost, n);
	assert_true(all_receipts(a) >= receipts_before);
	reopen(a);
	clean(a);
	assert_true(all_receipts(a) >= receipts_before);
	for (size_t i = 0; i < n; i++)
		entry_free(lost[i]);
}

/* clause: L13 */
static void two_recoveries_at_once_and_a_backup_older_than_the_first(void **state)
{
	struct world *w = *state;
	struct pc *a = &w->pc[0], *b = &w->pc[1];
	struct entry *lost[64];
	size_t early, late, n;

	certify(w, a);
	certify(w, b);
	sync_all(a, &w->v);
	sync_all(b, &w->v);
	early = w->v.n;
	record(a, 1, "{\"name\":\"Bàn\"}");
	sync_all(a, &w->v);
	late = w->v.n;
	record(b, 2, "{\"name\":\"Ghế\"}");
	sync_all(b, &w->v);
	sync_all(a, &w->v);
	n = copy_rows(&w->v, early, lost);
	recover(w, late, 40);
	assert_int_equal(refused(a, &w->v, "epoch"), SESSION_AGAIN);
	sync_all(a, &w->v);
	/* now a backup from before all that: the log that follows is one this PC follows too */
	struct actor was = w->v.log;
	actor_init(&w->v.log, 4); /* the first log's key, as the old backup has it */
	buf_reset(&w->v.turns);
	recover(w, early, 41);
	assert_int_equal(refused(a, &w->v, "epoch"), SESSION_AGAIN);
	sync_all(a, &w->v);
	assert_int_equal(refused(b, &w->v, "epoch"), SESSION_AGAIN); /* it never heard of the other */
	sync_all(b, &w->v);
	sync_all(a, &w->v);
	all_back(w, lost, n);
	actor_free(&was);
	for (size_t i = 0; i < n; i++)
		entry_free(lost[i]);
}

/*
 * Set back, and gone on with for a while before `recover`: from there on the tree that the new log
 * keeps has other leaves than a PC of before has seen at the same indexes.
 */
/* clause: L13 */
static void what_a_log_took_between_restore_and_recovery_is_not_passed_over(void **state)
{
	struct world *w = *state;
	struct pc *a = &w->pc[0], *b = &w->pc[1];
	size_t kept;

	certify(w, a);
	certify(w, b);
	sync_all(a, &w->v);
	sync_all(b, &w->v);
	kept = w->v.n;
	record(a, 1, "{\"name\":\"Bàn\"}");
	record(a, 2, "{\"name\":\"Ghế\"}");
	record(a, 3, "{\"name\":\"Tủ\"}");
	sync_all(a, &w->v);
	roll_back(w, kept);
	record(b, 4, "{\"name\":\"Máy in\"}");
	sync_all(b, &w->v); /* at indexes where the first has seen its own */
	assert_true(w->v.n < kept + 3);
	recover(w, w->v.n, 40);
	assert_int_equal(refused(a, &w->v, "epoch"), SESSION_AGAIN);
	sync_all(a, &w->v);
	assert_int_equal(refused(b, &w->v, "epoch"), SESSION_AGAIN);
	sync_all(b, &w->v);
	sync_all(a, &w->v);
	all_back(w, NULL, 0);
}

/*
 * What the collector has already, and asks nothing for, holds nothing up: also not where its index
 * never comes, because this PC is revoked and pulls nothing.
 */
/* clause: L13 P7 P14 */
static void a_revoked_pc_gives_back_what_a_restored_collector_lost(void **state)
{
	struct world *w = *state;
	struct pc *a = &w->pc[0];
	struct entry *own[8];
	size_t kept, n;

	certify(w, a);
	sync_all(a, &w->v);
	certify(w, &w->pc[1]); /* a line of the centre, which the backup has and this PC has not checked */
	kept = w->v.n;
	record(a, 1, "{\"name\":\"Bàn\"}");
	sync_all(a, &w->v);
	n = copy_rows(&w->v, kept, own);
	assert_true(n > 0);
	w->v.revoked = true;
	recover(w, kept, 40);
	assert_int_equal(refused(a, &w->v, "epoch"), SESSION_AGAIN);
	sync_all(a, &w->v);
	sync_all(a, &w->v);
	for (size_t i = 0; i < n; i++) {
		assert_true(server_index(&w->v, own[i]->id) >= 0);
		entry_free(own[i]);
	}
	assert_int_equal(counts(a).unsent + counts(a).offered, 0);
	/* set back once more before its indexes came: it is offered again */
	w->v.revoked = false;
	actor_free(&w->v.log);
	actor_init(&w->v.log, 4); /* the first log's key, as the backup has it */
	buf_reset(&w->v.turns);
	recover(w, kept, 41);
	assert_int_equal(refused(a, &w->v, "epoch"), SESSION_AGAIN);
	sync_all(a, &w->v);
	assert_int_equal(refused(&w->pc[1], &w->v, "epoch"), SESSION_AGAIN);
	sync_all(&w->pc[1], &w->v);
	sync_all(a, &w->v);
	all_back(w, NULL, 0);
}

/* clause: L10 L12 L14 */
static void a_recovery_from_another_tree_is_an_alarm_a_person_ends(void **state)
{
	struct world *w = *state;
	struct pc *a = &w->pc[0], *b = &w->pc[1];
	struct round r;
	size_t kept;

	certify(w, a);
	certify(w, b);
	sync_all(a, &w->v);
	sync_all(b, &w->v);
	kept = w->v.n;
	record(a, 1, "{\"name\":\"Bàn\"}");
	sync_all(a, &w->v);
	roll_back(w, kept);
	record(b, 2, "{\"name\":\"Ghế\"}");
	sync_all(b, &w->v);
	recover(w, w->v.n, 40); /* of the very size that the first has seen with another root */
	assert_int_equal(answer(&r, a, &w->v), RC_CONFLICT);
	round_free(&r);
	for (int i = 0; i < 2; i++) {
		enum session_next next = SESSION_GIVE_UP;
		struct err why = {0};
		struct buf p;

		ask(&r, a);
		buf_init(&p, LIMIT_MIB);
		buf_addf(&p, "{\"code\":\"epoch\",\"log\":[%s]}", (const char *)w->v.turns.p);
		assert_int_equal(session_client_refused(r.c, span_buf(&p), &next, &why), RC_REFUSED);
		assert_string_equal(why.key, "session.turn_root");
		buf_free(&p);
		round_free(&r);
	}
	assert_int_equal(counts(a).alarms_open, 1);
	MUST(store_alarm_close(a->s, 1, "Đã hỏi tỉnh", &why));
	assert_int_equal(refused(a, &w->v, "epoch"), SESSION_AGAIN);
	sync_all(a, &w->v);
	assert_int_equal(refused(b, &w->v, "epoch"), SESSION_AGAIN);
	sync_all(b, &w->v);
	sync_all(a, &w->v);
	all_back(w, NULL, 0);
}

/* clause: L10 L14 P17 */
static void a_log_that_went_back_is_an_alarm_that_ends_with_the_recovery(void **state)
{
	struct world *w = *state;
	struct pc *a = &w->pc[0];
	size_t kept;
	struct round r;

	certify(w, a);
	certify(w, &w->pc[1]);
	sync_all(a, &w->v);
	kept = w->v.n;
	record(a, 1, "{\"name\":\"Bàn\"}");
	sync_all(a, &w->v);
	record(a, 2, "{\"name\":\"Ghế\"}");
	roll_back(w, kept);
	assert_int_equal(refused(a, &w->v, "rollback"), SESSION_SHOW);
	assert_int_equal(refused(a, &w->v, "rollback"), SESSION_SHOW);
	assert_int_equal(counts(a).alarms, 1); /* one is enough */
	assert_int_equal(counts(a).alarms_open, 1);
	ask(&r, a);
	assert_int_equal(r.lines, 0);
	round_free(&r);
	recover(w, kept, 40);
	assert_int_equal(refused(a, &w->v, "epoch"), SESSION_AGAIN);
	assert_int_equal(counts(a).alarms_open, 0);
	assert_int_equal(counts(a).alarms, 1);
	sync_all(a, &w->v);
	/* one that has enrolled but never synced follows as well */
	assert_int_equal(refused(&w->pc[1], &w->v, "epoch"), SESSION_AGAIN);
	sync_all(&w->pc[1], &w->v);
	sync_all(a, &w->v);
	all_back(w, NULL, 0);
}

/* clause: L13 */
static void nothing_but_the_root_leads_into_another_log(void **state)
{
	struct world *w = *state;
	struct pc *a = &w->pc[0];
	struct actor thief;
	size_t kept;

	certify(w, a);
	sync_all(a, &w->v);
	record(a, 1, "{\"name\":\"Bàn\"}");
	sync_all(a, &w->v);
	kept = w->v.n - 1;
	actor_init(&thief, 66);
	struct actor root = w->root;
	w->root = thief;
	recover(w, kept, 40);
	assert_int_equal(refused(a, &w->v, "epoch"), SESSION_GIVE_UP);
	assert_int_equal(counts(a).offered, 0);
	actor_free(&w->root);
	w->root = root;
}

static bool asks_for_proof(struct pc *p)
{
	struct round r;
	bool so;

	ask(&r, p);
	so = says(&(struct entry){.payload = span_buf(&r.request)}, "\"unproven\":");
	round_free(&r);
	return so;
}

/* clause: L8 W7 W8 P28 */
static void accepted_is_proven_when_the_witness_has_signed(void **state)
{
	struct world *w = *state;
	struct pc *p = &w->pc[0];
	struct db_stats before;
	struct round r;

	certify(w, p);
	for (unsigned i = 1; i <= 3; i++)
		record(p, i, "{\"name\":\"Bàn\"}");
	sync_all(p, &w->v);
	assert_int_equal(counts(p).accepted, 4);
	assert_int_equal(counts(p).proven, 4); /* no witness is asked for */
	assert_false(asks_for_proof(p));
	/* the root asks for one: what was proven is only accepted, and asked about */
	server_take(&w->v, actor_log_witness(&w->root, w->v.log.pk, w->v.witness.pk));
	sync_all(p, &w->v);
	assert_int_equal(store_quorum(p->s), 1);
	assert_int_equal(counts(p).proven, 0);
	assert_true(asks_for_proof(p));
	/* nothing is signed yet: the answer says nothing about it, and nothing is written */
	before = db_stats(store_db(p->s));
	must(answer(&r, p, &w->v), &r.err);
	assert_false(says(&(struct entry){.payload = span_buf(&r.answer)}, "proven"));
	assert_true(r.request.len + r.answer.len <= 1024);
	must(take(&r), &r.err);
	round_free(&r);
	assert_int_equal(db_stats(store_db(p->s)).commits, before.commits);
	/* a tree that ends within the run */
	w->v.cosigned = w->v.n - 3;
	sync_all(p, &w->v);
	assert_in_range(counts(p).proven, 1, 3);
	/* the whole of it: everything is proven, with receipts that say so */
	w->v.cosigned = w->v.n;
	must(answer(&r, p, &w->v), &r.err);
	assert_true(r.answer.len <= 2048);
	must(take(&r), &r.err);
	assert_true(r.report.proven > 0);
	round_free(&r);
	assert_int_equal(counts(p).proven, 4);
	assert_int_equal(receipts(p, &w->v), 4);
	/* and there is nothing to ask any more */
	assert_false(asks_for_proof(p));
	before = db_stats(store_db(p->s));
	must(answer(&r, p, &w->v), &r.err);
	assert_true(r.request.len + r.answer.len <= 1024);
	must(take(&r), &r.err);
	round_free(&r);
	assert_int_equal(db_stats(store_db(p->s)).commits, before.commits);
	reopen(p);
	assert_int_equal(counts(p).proven, 4);
	/* the root asks for none again */
	server_take(&w->v, actor_log(&w->root, w->v.log.pk));
	sync_all(p, &w->v);
	assert_int_equal(counts(p).proven, 4);
	assert_false(asks_for_proof(p));
}

/* clause: L10 W8 */
static void a_tree_the_witness_signed_and_this_pc_was_not_shown_is_a_split_view(void **state)
{
	struct world *w = *state;
	struct pc *p = &w->pc[0];
	struct round r;

	certify(w, p);
	server_take(&w->v, actor_log_witness(&w->root, w->v.log.pk, w->v.witness.pk));
	record(p, 1, "{\"name\":\"Bàn\"}");
	sync_all(p, &w->v);
	w->v.cosigned = w->v.n;
	w->v.split = true;
	record(p, 2, "{\"name\":\"Ghế\"}");
	must(answer(&r, p, &w->v), &r.err);
	assert_int_equal(take(&r), RC_REFUSED);
	assert_string_equal(r.err.clause, "L10");
	round_free(&r);
	assert_int_equal(counts(p).alarms, 1); /* with both texts */
	assert_int_equal(counts(p).proven, 0);
	assert_int_equal(counts(p).unsent, 1); /* nothing of the answer was taken */
	ask(&r, p);
	assert_int_equal(r.lines, 0); /* and nothing is sent */
	round_free(&r);
}

/* clause: P26 */
static void a_portal_is_no_answer(void **state)
{
	static const char *const pages[] = {
	    "", "<html>Đăng nhập Wi-Fi</html>", "{}\n", "[]\n", "{\"v\":2}\n", "null\n", "\n"};
	struct world *w = *state;
	struct pc *p = &w->pc[0];
	struct db_stats before = db_stats(store_db(p->s));
	struct session_report rep;
	struct round r;

	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		ask(&r, p);
		assert_int_equal(session_client_reply(r.c, span_str(pages[i]), &rep, &r.err),
				 RC_REMOTE);
		assert_string_equal(r.err.clause, "P26");
		round_free(&r);
	}
	assert_int_equal(db_stats(store_db(p->s)).commits, before.commits);
}

/* ---- signatures and forks ---- */

/* Another valid signature of the same entry: the nonce is free to choose. */
static struct entry *sign_again(const struct actor *a, uint32_t number, const struct entry *e)
{
	uint8_t seed[32] = {0}, hash[64], key[32], nonce[32] = {7}, wide[64] = {9}, k[32];
	uint8_t sig[CRYPT_SIG_LEN], msg[SIGN_MESSAGE_LEN];
	crypto_hash_sha512_state h;
	struct entry *again = NULL;

	memcpy(seed, "actor", 5);
	codec_put_be32(seed + 5, number);
	crypto_hash_sha512(hash, seed, sizeof(seed));
	memcpy(key, hash, sizeof(key));
	key[0] &= 248;
	key[31] = (uint8_t)((key[31] & 63) | 64);
	crypto_core_ed25519_scalar_reduce(nonce, wide);
	assert_int_equal(crypto_scalarmult_ed25519_base_noclamp(sig, nonce), 0);
	sign_message(e->id, msg);
	crypto_hash_sha512_init(&h);
	crypto_hash_sha512_update(&h, sig, 32);
	crypto_hash_sha512_update(&h, a->pk, 32);
	crypto_hash_sha512_update(&h, msg, sizeof(msg));
	crypto_hash_sha512_final(&h, hash);
	crypto_core_ed25519_scalar_reduce(k, hash);
	memset(wide, 0, sizeof(wide));
	memcpy(wide, key, sizeof(key));
	crypto_core_ed25519_scalar_reduce(key, wide);
	crypto_core_ed25519_scalar_mul(k, k, key);
	crypto_core_ed25519_scalar_add(sig + 32, nonce, k);
	assert_true(sign_verify(e->id, sig, a->pk));
	assert_memory_not_equal(sig, e->sig, CRYPT_SIG_LEN);
	MUST(entry_load(e->payload, sig, e->key, &again, &why));
	return again;
}

/* clause: A11 P12 L8 */
static void the_first_logged_signature_stands(void **state)
{
	struct world *w = *state;
	struct pc *a = &w->pc[0], *b = &w->pc[1];
	struct session_report rep;
	struct store_entry x;
	struct entry *e;
	struct round r;
	uint8_t id[16];

	certify(w, a);
	certify(w, b);
	sync_all(a, &w->v);
	sync_all(b, &w->v);
	uuid(id, 1);
	e = actor_set(&a->clerk, SCOPE, "asset", id, "{\"name\":\"Bàn\"}", NONE);
	MUST(store_append(a->s, &e, 1, &why));
	server_take(&w->v, sign_again(&a->clerk, 10, e)); /* another PC carried it before */
	/* a signature told that does not verify is refused */
	w->v.unsigned_dup = true;
	must(answer(&r, a, &w->v), &r.err);
	assert_int_equal(take(&r), RC_REFUSED);
	assert_string_equal(r.err.clause, "E21");
	round_free(&r);
	w->v.unsigned_dup = false;
	assert_int_equal(counts(a).unsent, 1);
	rep = go(a, &w->v);
	assert_int_equal(rep.duplicate, 1);
	assert_int_equal(receipts(a, &w->v), 2); /* with the signature that was logged */
	MUST(store_entry_get(a->s, e->id, &x, &why));
	assert_memory_equal(x.e->sig, e->sig, CRYPT_SIG_LEN); /* the own bytes are untouched */
	entry_free(x.e);
	sync_all(b, &w->v);
	same_states(w);
	entry_free(e);
}

static int64_t cursor(struct pc *p)
{
	const struct session_client_store *st = store_session(p->s, p->device);
	struct session_position at;

	MUST(st->position(st->ctx, SCOPE, &at, &why));
	return at.after;
}

/* Somebody writes here before a cert for here comes: it counts at the end, on every PC. */
/* clause: P15 A1 A12 */
static void a_late_cert_brings_what_was_skipped(void **state)
{
	struct world *w = *state;
	struct pc *a = &w->pc[0], *b = &w->pc[1];
	struct actor stranger, nobody;
	struct session_report rep;
	int64_t from, commits;
	uint8_t id[16];

	actor_init(&stranger, 31);
	actor_init(&nobody, 32);
	certify(w, a);
	sync_all(a, &w->v);
	uuid(id, 1);
	from = (int64_t)w->v.n;
	server_take(&w->v, actor_open(&stranger, SCOPE));
	server_take(&w->v, actor_set(&stranger, SCOPE, "asset", id, "{\"name\":\"Bàn\"}", NONE));
	server_take(&w->v, actor_open(&nobody, SCOPE));
	rep = go(a, &w->v);
	assert_int_equal(rep.unknown, 3);
	assert_int_equal(cursor(a), (int64_t)w->v.n);
	record(a, 2, "{\"name\":\"Ghế\"}");
	sync_all(a, &w->v);
	reopen(a); /* what was skipped is known after a restart, too */
	server_take(&w->v, actor_cert(&w->registrar, SCOPE, stranger.pk, ROLE_CLERK, SCOPE, NULL));
	assert_int_equal(cursor(a), (int64_t)w->v.n - 1);
	rep = go(a, &w->v);
	assert_true(rep.more);
	assert_int_equal(cursor(a), from);
	rep = go(a, &w->v);
	assert_int_equal(rep.unknown, 1);
	assert_int_equal(cursor(a), (int64_t)w->v.n);
	sync_all(b, &w->v); /* a PC that pulls all of it with the cert there */
	same_states(w);
	clean(a);
	/* nobody is never certified: every further cert costs its own line and nothing else */
	for (uint32_t i = 0; i < 5; i++) {
		struct actor other;

		actor_init(&other, 40 + i);
		server_take(&w->v,
			    actor_cert(&w->registrar, SCOPE, other.pk, ROLE_CLERK, SCOPE, NULL));
		rep = go(a, &w->v);
		assert_int_equal(rep.pulled + rep.unknown, 1);
		assert_int_equal(cursor(a), (int64_t)w->v.n);
		actor_free(&other);
	}
	commits = db_stats(store_db(a->s)).commits;
	sync_all(a, &w->v);
	assert_int_equal(db_stats(store_db(a->s)).commits, commits);
	actor_free(&stranger);
	actor_free(&nobody);
}

/* A collector that invents authors without end fills nothing; one row stands for the rest. */
/* clause: P15 */
static void unknown_keys_have_a_ceiling(void **state)
{
	enum { MANY = LIMIT_SKIPPED_KEYS + 50 };
	static struct session_unknown unknown[MANY];
	struct world *w = *state;
	struct pc *p = &w->pc[0];
	const struct session_client_store *st = store_session(p->s, p->device);
	struct session_result r = {.scope = SCOPE, .unknown = unknown, .nunknown = MANY};
	const struct keyring_change none = {0};
	struct session_position at;
	int64_t rows = 0;

	certify(w, p);
	sync_all(p, &w->v);
	MUST(st->position(st->ctx, SCOPE, &at, &why));
	memcpy(r.epoch, at.epoch, sizeof(r.epoch));
	at.after--; /* as if that were all there was */
	r.after = at.after;
	for (uint32_t i = 0; i < MANY; i++) {
		codec_put_be32(unknown[i].prefix, 0x80000000U | i);
		unknown[i].index = i % (uint32_t)at.after;
	}
	MUST(st->apply(st->ctx, &r, &none, &why));
	MUST(db_get_int(store_db(p->s), ST_SKIPPED_HAS, DB_V(db_str(SCOPE), db_null()), &rows, &why));
	assert_int_equal(rows, LIMIT_SKIPPED_KEYS + 1);
	assert_int_equal(cursor(p), at.after);
	/* the next cert may be of one of those beyond: once more from there, and only once */
	certify(w, &w->pc[1]);
	go(p, &w->v);
	assert_true(cursor(p) < at.after);
	sync_all(p, &w->v);
	assert_int_equal(cursor(p), (int64_t)w->v.n);
	assert_int_equal(go(p, &w->v).pulled, 0);
}

struct parts {
	int64_t seq[4];
	size_t n;
};

static bool take_part(void *arg, const struct store_entry *x)
{
	struct parts *p = arg;

	assert_true(p->n < 4);
	p->seq[p->n++] = x->e->seq;
	return true;
}

/* clause: A11 A15 M11 */
static void a_restored_pc_goes_on_in_a_new_feed_and_loses_nothing(void **state)
{
	struct world *w = *state;
	struct pc *p = &w->pc[0];
	char *dir = NULL, *image = NULL;
	struct parts parts = {.n = 0};
	uint8_t id[16], e_id[ENTRY_ID_LEN];
	struct store_feed f;
	struct entry *e;

	certify(w, p);
	sync_all(p, &w->v);
	record(p, 1, "{\"name\":\"Bàn\"}");
	sync_all(p, &w->v);
	MUST(os_path_join(&dir, p->home, "image", &why));
	MUST(os_dir_make(dir, &why));
	MUST(os_path_join(&image, dir, "store.db", &why));
	MUST(store_backup(p->s, image, &why));
	record(p, 2, "{\"name\":\"Ghế\"}"); /* after the image was taken */
	sync_all(p, &w->v);
	store_free(p->s);
	MUST(store_open(&p->s, dir, false, &p->clock.clock, &why));
	/* before the first sync it cannot know: it writes the other branch */
	MUST(store_feed(p->s, p->clerk.pk, SCOPE, p->device, &f, &why));
	assert_int_equal(f.next_seq, 2);
	p->clerk.seq = f.next_seq;
	memcpy(p->clerk.prev, f.last, ENTRY_ID_LEN);
	uuid(id, 3);
	e = actor_set(&p->clerk, SCOPE, "asset", id, "{\"name\":\"Tủ\"}", NONE);
	memcpy(e_id, e->id, sizeof(e_id));
	append(p, e);
	sync_all(p, &w->v);
	sync_all(p, &w->v);
	assert_int_equal(counts(p).unsent, 0);
	assert_int_equal(counts(p).saved, 4); /* open, table, and both branches */
	MUST(store_feed(p->s, p->clerk.pk, SCOPE, p->device, &f, &why));
	assert_int_equal(f.next_seq, 0); /* a new one */
	assert_memory_not_equal(f.feed, p->clerk.feed, ENTRY_FEED_LEN);
	assert_true(f.goes_on);
	assert_memory_equal(f.before, e_id, ENTRY_ID_LEN); /* what this PC wrote last there */
	MUST(store_forks(p->s, take_part, &parts, &why));
	assert_int_equal(parts.n, 2);
	assert_int_equal(parts.seq[0], 2);
	assert_int_equal(parts.seq[1], 2);
	assert_int_equal(counts(p).forks, 1);
	clean(p);
	sync_all(&w->pc[1], &w->v);
	same_states(w);
	free(image);
	free(dir);
}

/* clause: A2 A10 M2 */
static void a_revoke_takes_effect_here_too(void **state)
{
	struct world *w = *state;
	struct pc *a = &w->pc[0], *b = &w->pc[1];
	int64_t from;

	certify(w, a);
	certify(w, b);
	sync_all(a, &w->v);
	sync_all(b, &w->v);
	record(b, 1, "{\"name\":\"Bàn\"}");
	sync_all(b, &w->v);
	from = (int64_t)w->v.n;
	record(b, 1, "{\"name\":\"Bàn của kẻ trộm\"}");
	sync_all(b, &w->v);
	sync_all(a, &w->v);
	same_states(w);
	server_take(&w->v, actor_revoke(&w->registrar, SCOPE, b->clerk.pk, from));
	record(b, 2, "{\"name\":\"Muộn\"}");
	assert_int_equal(go(b, &w->v).quarantined, 1);
	sync_all(b, &w->v);
	sync_all(a, &w->v);
	same_states(w);
	assert_int_equal(counts(b).quarantined, 2);
	assert_int_equal(counts(b).refused, 0);
	assert_int_equal(receipts(b, &w->v), 4); /* quarantined is logged all the same (A2) */
	const uint8_t(*ids)[ENTRY_ID_LEN] =
	    (const uint8_t(*)[ENTRY_ID_LEN])(const void *)w->v.row[w->v.n - 1]->id;
	server_take(&w->v, actor_admit(&w->registrar, SCOPE, ids, 1));
	sync_all(b, &w->v);
	sync_all(a, &w->v);
	same_states(w);
	assert_int_equal(counts(b).quarantined, 1);
}

/* One that has seen what its PC knows now; the caller frees it. */
static struct entry *seal_knowing(struct pc *p, unsigned n)
{
	struct entry_draft d = {.op = ENTRY_SET, .scope = SCOPE, .kind = "asset", .at = 5};
	struct entry *e = NULL;
	uint8_t id[16];

	uuid(id, n);
	d.entity = id;
	d.set = span_str("{\"name\":\"Bàn\"}");
	d.seq = p->clerk.seq;
	memcpy(d.feed, p->clerk.feed, ENTRY_FEED_LEN);
	memcpy(d.prev, p->clerk.prev, ENTRY_ID_LEN);
	MUST(store_seen(p->s, &d.seen_size, d.seen_root, &why));
	assert_true(d.seen_size > 0);
	MUST(entry_seal(&d, p->clerk.signer, &e, &why));
	MUST(store_append(p->s, &e, 1, &why));
	return e;
}

static void stands_between(struct pc *p, const struct entry *e, int64_t lower, int64_t upper)
{
	struct store_entry x;

	MUST(store_entry_get(p->s, e->id, &x, &why));
	assert_int_equal(x.lower, lower);
	assert_int_equal(x.upper, upper);
	assert_true(x.flags & KEYRING_FLAG_CLOCK); /* it says that it was made in 1970 */
	assert_true(x.flags & KEYRING_FLAG_DATE);
	entry_free(x.e);
}

/* clause: E12 */
static void an_entry_stands_between_what_it_saw_and_what_included_it(void **state)
{
	struct world *w = *state;
	struct pc *p = &w->pc[0];
	struct entry *e;

	certify(w, p);
	w->v.now = NOW + 100;
	sync_all(p, &w->v);
	e = seal_knowing(p, 1);
	assert_int_equal(e->seen_size, (int64_t)w->v.n);
	stands_between(p, e, NOW + 100, 0);
	w->v.now = NOW + 900;
	sync_all(p, &w->v);
	stands_between(p, e, NOW + 100, NOW + 900);
	entry_free(e);
}

/*
 * The PC next door got the checkpoint the entry names when the entry had long been made: that is no
 * lower bound of it. The last smaller one is. clause: E12
 */
static void an_entry_of_another_pc_is_not_dated_by_when_its_checkpoint_came_here(void **state)
{
	struct world *w = *state;
	struct pc *a = &w->pc[0], *b = &w->pc[1];
	struct entry *e;

	certify(w, a);
	certify(w, b);
	w->v.now = NOW + 50;
	sync_all(b, &w->v);
	record(a, 1, "{\"name\":\"Ghế\"}");
	w->v.now = NOW + 100;
	sync_all(a, &w->v);
	e = seal_knowing(a, 2);
	w->v.now = NOW + 500;
	sync_all(b, &w->v); /* the checkpoint that e has seen */
	w->v.now = NOW + 900;
	sync_all(a, &w->v);
	stands_between(a, e, NOW + 100, NOW + 900);
	w->v.now = NOW + 1000;
	sync_all(b, &w->v);
	stands_between(b, e, NOW + 50, NOW + 1000);
	entry_free(e);
}

/* ---- every byte of an answer ---- */

/* What a changed answer may not have done: stored anything the collector does not hold. */
static bool true_entry(void *arg, const struct store_entry *x)
{
	struct world *w = arg;
	int64_t at = server_index(&w->v, x->id);

	if (x->fate == STORE_UNSENT || x->fate == STORE_REFUSED)
		return true;
	assert_true(at >= 0);
	assert_true(span_eq(x->e->payload, w->v.row[at]->payload));
	assert_true(!x->proved || x->index == at);
	return true;
}

/* Both PCs have written; pc 0 is about to get an answer with all there can be in it. */
static void full_answer(struct world *w)
{
	struct pc *a = &w->pc[0], *b = &w->pc[1];

	certify(w, a);
	certify(w, b);
	sync_all(a, &w->v);
	sync_all(b, &w->v);
	record(b, 1, "{\"name\":\"Bàn\"}");
	record(b, 2, "{\"name\":\"Ghế\"}");
	sync_all(b, &w->v);
	server_take(&w->v, actor_cert(&w->registrar, SCOPE, w->staff.pk, ROLE_DEVICE, SCOPE, NULL));
	record(a, 1, "{\"name\":\"Bàn gỗ\"}");
	record(a, 3, "{\"name\":\"Xấu\"}");
	record(a, 4, "{\"name\":\"Tủ\"}");
	w->v.refuse = "Xấu";
}

static char *image_of(struct pc *p, const char *name)
{
	char *path = NULL;

	MUST(os_path_join(&path, p->home, name, &why));
	MUST(store_backup(p->s, path, &why));
	return path;
}

/* The store as it was when the image was taken. */
static void restore(struct pc *p, const char *image)
{
	static const char *const names[] = {"store.db", "store.db-wal", "store.db-shm"};

	store_free(p->s);
	p->s = NULL;
	for (size_t i = 0; i < 3; i++) {
		char *path = NULL;

		MUST(os_path_join(&path, p->home, names[i], &why));
		os_file_remove(path, NULL);
		if (i == 0)
			MUST(os_file_copy(image, path, OS_REPLACE, &why));
		free(path);
	}
	MUST(store_open(&p->s, p->home, false, &p->clock.clock, &why));
}

/*
 * One changed answer: refused and nothing written, or taken and nothing untrue is here.
 * *retskipped: lines that name an unknown author now; they are left out, and told (A1).
 */
static bool try_changed(struct world *w, struct span body, size_t *retskipped)
{
	struct pc *p = &w->pc[0];
	const struct keyring *k = store_keyring(p->s);
	int64_t commits = db_stats(store_db(p->s)).commits;
	struct session_report rep;
	struct round r;
	bool taken;

	ask(&r, p);
	assert_int_equal(r.lines, 3);
	taken = session_client_reply(r.c, body, &rep, &r.err) == RC_OK;
	*retskipped = taken ? rep.unknown : 0;
	if (!taken) {
		/* a checkpoint that does not fit is evidence, which is kept: no more than that */
		int64_t alarms = counts(p).alarms;

		assert_int_equal(db_stats(store_db(p->s)).commits - commits, alarms);
		assert_ptr_equal(store_keyring(p->s), k);
		taken = alarms > 0;
	} else {
		MUST(store_each(p->s, true_entry, w, &why));
		clean(p);
		receipts(p, &w->v);
	}
	round_free(&r);
	return taken;
}

/* clause: P11 P12 P15 P18 L2 L3 */
static void no_changed_byte_does_harm(void **state)
{
	struct world *w = *state;
	struct pc *p = &w->pc[0];
	struct rng rng = rng_case(rng_seed(20261123), 1);
	size_t refused = 0, taken = 0, skipped;
	uint8_t right[32], hash[32];
	struct round r;
	char *image;

	full_answer(w);
	image = image_of(p, "before");
	sync_all(p, &w->v);
	state_hash(p, right);
	restore(p, image);
	must(answer(&r, p, &w->v), &r.err);
	session_client_free(r.c); /* its store will go */
	r.c = NULL;
	for (size_t i = 0; i < r.answer.len; i++) {
		uint8_t was = r.answer.p[i];

		r.answer.p[i] ^= (uint8_t)(1U << rng_below(&rng, 8));
		if (try_changed(w, span_buf(&r.answer), &skipped)) {
			sync_all(p, &w->v); /* and all is well again with the next answer */
			state_hash(p, hash);
			if (skipped == 0)
				assert_memory_equal(hash, right, sizeof(hash));
			restore(p, image);
			taken++;
		} else {
			refused++;
		}
		r.answer.p[i] = was;
	}
	print_message("%zu bytes: %zu refused, %zu taken without harm\n", r.answer.len, refused,
		      taken);
	assert_true(refused > taken);
	/* cut at any place it is refused, or what was cut off is asked for again */
	for (size_t n = 0; n < r.answer.len; n += 1 + rng_below(&rng, 30))
		if (try_changed(w, span_of(r.answer.p, n), &skipped))
			restore(p, image);
	round_free(&r);
	sync_all(p, &w->v);
	state_hash(p, hash);
	assert_memory_equal(hash, right, sizeof(hash));
	assert_int_equal(counts(p).alarms, 0);
	assert_int_equal(counts(p).refused, 1);
	free(image);
}

/* clause: P18 P27 */
static void a_full_disk_during_an_answer_leaves_all_as_it_was(void **state)
{
	struct world *w = *state;
	struct pc *p = &w->pc[0];
	struct store_counts c;
	struct keyring_key k;
	struct round r;
	char set[3000];

	sync_all(p, &w->v);
	certify(w, p);
	certify(w, &w->pc[1]);
	sync_all(&w->pc[1], &w->v);
	for (unsigned i = 0; i < 40; i++) {
		snprintf(set, sizeof(set), "{\"note\":\"%02900u\"}", i);
		record(&w->pc[1], i, set);
	}
	sync_all(&w->pc[1], &w->v);
	c = counts(p);
	int n = entries(p);
	MUST(db_page_limit(store_db(p->s), 1, &why));
	must(answer(&r, p, &w->v), &r.err);
	assert_int_equal(take(&r), RC_FULL);
	round_free(&r);
	assert_int_equal(entries(p), n);
	assert_int_equal(counts(p).saved, c.saved);
	assert_false(keyring_find(store_keyring(p->s), p->clerk.pk, &k) && k.admitted);
	clean(p);
	MUST(db_page_limit(store_db(p->s), 1000000, &why));
	sync_all(p, &w->v);
	assert_int_equal(entries(p), (int)w->v.n);
	same_states(w);
}

/* ------------------------------------------------- requests that go by file */

/* What an export keeps of one request (B10). */
struct letter {
	struct session_position pos;
	int64_t no[SESSION_PUSH_LINES];
	size_t n;
	struct buf body;
};

static void letter_write(struct letter *l, struct pc *p)
{
	struct session_asked asked;
	struct round r;

	ask(&r, p);
	session_client_asked(r.c, &asked);
	assert_false(asked.more);
	l->pos = asked.pos;
	l->n = asked.npush;
	for (size_t i = 0; i < l->n; i++)
		l->no[i] = asked.push[i].no;
	l->body = r.request;
	buf_init(&r.request, 1);
	round_free(&r);
}

/* Its answer by the collector as it is now, not taken yet. */
static void letter_answer(struct letter *l, struct round *r, struct pc *p, struct server *v)
{
	struct session_push push[SESSION_PUSH_LINES];
	struct session_asked asked = {.pos = l->pos, .push = push, .npush = l->n};

	memset(r, 0, sizeof(*r));
	buf_init(&r->request, 1);
	buf_init(&r->answer, SESSION_BODY);
	MUST(session_client_new(store_session(p->s, p->device), SCOPE, store_now(p->s), &r->c, &why));
	for (size_t i = 0; i < l->n; i++) {
		push[i].no = l->no[i];
		MUST(store_lend(p->s, l->no[i], &push[i].e, &why));
	}
	MUST(session_client_resume(r->c, &asked, &why));
	memcpy(v->device, p->device, sizeof(v->device));
	must(server_answer(v, span_buf(&l->body), &r->answer, &r->err), &r->err);
}

static int64_t seen(struct pc *p)
{
	uint8_t root[TREE_HASH];
	int64_t size;

	MUST(store_seen(p->s, &size, root, &why));
	return size;
}

/* clause: B10 */
static void an_answer_by_file_counts_as_one_by_wire(void **state)
{
	struct world *w = *state;
	struct pc *a = &w->pc[0], *b = &w->pc[1];
	struct letter l;
	struct round r;

	certify(w, a);
	certify(w, b);
	sync_all(a, &w->v);
	sync_all(b, &w->v);
	record(a, 1, "{\"name\":\"Bàn\"}");
	letter_write(&l, a);
	assert_int_equal(l.n, 1);
	record(b, 2, "{\"name\":\"Ghế\"}");
	sync_all(b, &w->v);
	letter_answer(&l, &r, a, &w->v);
	must(take(&r), &r.err);
	assert_int_equal(r.report.accepted, 1);
	assert_false(session_client_follow(r.c));
	round_free(&r);
	assert_int_equal(counts(a).unsent, 0);
	assert_int_equal(seen(a), w->v.n);
	assert_int_equal(cursor(a), w->v.n);
	sync_all(b, &w->v);
	same_states(w);
	assert_int_equal(receipts(a, &w->v), 2);
	clean(a);
	buf_free(&l.body);
}

/* clause: B10 */
static void a_late_answer_proves_its_lines_and_is_not_built_upon(void **state)
{
	struct world *w = *state;
	struct pc *a = &w->pc[0], *b = &w->pc[1];
	struct letter l;
	struct round r;
	int64_t size, at;
	int n;

	certify(w, a);
	certify(w, b);
	sync_all(a, &w->v);
	sync_all(b, &w->v);
	record(a, 1, "{\"name\":\"Bàn\"}");
	letter_write(&l, a);
	record(a, 2, "{\"name\":\"Tủ\"}");
	sync_all(a, &w->v);
	record(b, 3, "{\"name\":\"Ghế\"}");
	sync_all(b, &w->v);
	size = seen(a);
	at = cursor(a);
	n = entries(a);
	for (int i = 0; i < 2; i++) {
		letter_answer(&l, &r, a, &w->v);
		must(take(&r), &r.err);
		assert_int_equal(r.report.duplicate, 1);
		assert_int_equal(r.report.pulled, 3); /* two of them are here already */
		round_free(&r);
		assert_int_equal(entries(a), n + 1);
		assert_int_equal(seen(a), size);
		assert_int_equal(cursor(a), at);
		assert_int_equal(counts(a).alarms, 0);
		clean(a);
	}
	/* a refusal that comes late undoes no receipt */
	w->v.refuse = "Bàn";
	letter_answer(&l, &r, a, &w->v);
	must(take(&r), &r.err);
	assert_int_equal(r.report.refused, 1);
	round_free(&r);
	assert_int_equal(counts(a).refused, 0);
	w->v.refuse = NULL;
	/* the next sync goes on from where the last one stood */
	sync_all(a, &w->v);
	assert_int_equal(seen(a), w->v.n);
	sync_all(b, &w->v);
	same_states(w);
	assert_int_equal(receipts(a, &w->v), 3);
	clean(a);
	buf_free(&l.body);
}

/* clause: B10 L10 */
static void one_size_with_two_roots_is_an_alarm_however_it_comes(void **state)
{
	struct world *w = *state;
	struct pc *a = &w->pc[0], *b = &w->pc[1];
	struct letter l;
	struct round r;
	size_t kept;
	int n;

	certify(w, a);
	certify(w, b);
	sync_all(a, &w->v);
	sync_all(b, &w->v);
	kept = w->v.n;
	record(a, 1, "{\"name\":\"Bàn\"}");
	letter_write(&l, a);
	record(a, 2, "{\"name\":\"Tủ\"}");
	sync_all(a, &w->v);
	assert_int_equal(w->v.n, kept + 2);
	roll_back(w, kept);
	record(b, 3, "{\"name\":\"Ghế\"}");
	sync_all(b, &w->v);
	n = entries(a);
	letter_answer(&l, &r, a, &w->v);
	assert_int_equal(w->v.n, kept + 2);
	assert_int_equal(take(&r), RC_REFUSED);
	assert_string_equal(r.err.clause, "L10");
	round_free(&r);
	assert_int_equal(counts(a).alarms, 1);
	assert_int_equal(entries(a), n);
	buf_free(&l.body);
}

/* clause: B9 */
static void an_answer_of_several_pieces_is_followed_to_its_end(void **state)
{
	struct world *w = *state;
	struct pc *a = &w->pc[0], *b = &w->pc[1];
	struct json *head = NULL;
	struct span body, line;
	struct letter l;
	struct round r;
	uint8_t id[16];
	int64_t after = 0;

	certify(w, a);
	certify(w, b);
	sync_all(a, &w->v);
	sync_all(b, &w->v);
	for (unsigned i = 0; i < SESSION_LINES + 50; i++) {
		uuid(id, 1000 + i);
		server_take(&w->v, actor_set(&b->clerk, SCOPE, "asset", id, "{\"name\":\"Bàn\"}", NONE));
	}
	letter_write(&l, a);
	letter_answer(&l, &r, a, &w->v);
	must(take(&r), &r.err);
	assert_int_equal(r.report.pulled, SESSION_LINES);
	body = span_buf(&r.answer);
	assert_true(span_line(&body, &line));
	MUST(json_parse(line, NULL, &head, &why));
	assert_true(json_get_int(head, "after", &after));
	json_free(head);
	assert_true(session_client_follow(r.c));
	/* the request this PC would have sent next */
	buf_reset(&l.body);
	buf_addf(&l.body,
		 "{\"v\":1,\"scope\":\"" SCOPE "\",\"epoch\":\"%s\",\"after\":%lld,\"size\":%zu}\n",
		 l.pos.epoch, (long long)after, w->v.n);
	buf_reset(&r.answer);
	must(server_answer(&w->v, span_buf(&l.body), &r.answer, &r.err), &r.err);
	must(take(&r), &r.err);
	assert_false(session_client_follow(r.c));
	round_free(&r);
	assert_int_equal(entries(a), (int)w->v.n);
	assert_int_equal(seen(a), w->v.n);
	clean(a);
	buf_free(&l.body);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

/* The values a review shows. */
static void says_of(struct pc *p, unsigned n, const char *state, const char *level)
{
	struct store_entity *x = NULL;
	struct json *v;
	uint8_t id[16];

	uuid(id, n);
	MUST(store_entity(p->s, SCOPE, "review", id, &x, &why));
	v = merge_json(x->state, x->form);
	assert_string_equal(json_get_str(v, "state") ? json_get_str(v, "state") : "", state);
	assert_string_equal(json_get_str(v, "level") ? json_get_str(v, "level") : "", level);
	json_free(v);
	store_entity_free(x);
}

/* Whatever order it comes in, and before its place in the log is known: by a stick, say. clause: M21 A5 */
static void a_review_is_its_first_entry_on_every_pc(void **state)
{
	struct world *w = *state;
	struct pc *a = &w->pc[0], *b = &w->pc[1];
	struct actor province;
	struct entry *e[3];
	struct buf lines;
	uint8_t id[2][16];

	actor_init(&province, 77);
	uuid(id[0], 900);
	uuid(id[1], 901);
	certify(w, a);
	certify(w, b);
	server_take(&w->v, actor_cert(&w->root, "*", province.pk, ROLE_PROVINCE_VERIFIER, "*", NULL));
	server_take(&w->v, actor_open(&w->staff, SCOPE));
	server_take(&w->v, actor_open(&province, SCOPE));
	sync_all(a, &w->v);
	sync_all(b, &w->v);
	e[0] = actor_set(&w->staff, SCOPE, "review", id[0], "{\"state\":\"approved\",\"level\":\"centre\"}", NONE);
	e[1] = actor_set(&province, SCOPE, "review", id[0], "{\"state\":\"returned\"}",
			 (const uint8_t(*)[ENTRY_ID_LEN])e[0]->id, 1);
	e[2] = actor_set(&province, SCOPE, "review", id[1], "{\"state\":\"approved\",\"level\":\"centre\"}", NONE);
	buf_init(&lines, LIMIT_MIB);
	for (size_t i = 3; i-- > 0;) {
		buf_add_span(&lines, e[i]->line);
		buf_add_char(&lines, '\n');
	}
	MUST(store_trust(b->s, span_buf(&lines), NULL, &why)); /* the later one is here first, without an index */
	for (size_t i = 0; i < 3; i++)
		server_add(&w->v, e[i]);
	sync_all(a, &w->v);
	sync_all(b, &w->v);
	for (size_t i = 0; i < 2; i++) {
		says_of(&w->pc[i], 900, "approved", "centre");
		says_of(&w->pc[i], 901, "", ""); /* held back: not its level */
	}
	same_states(w);
	server_take(&w->v, actor_erase(&w->registrar, e[2]));
	server_take(&w->v, actor_erase(&w->registrar, e[0]));
	sync_all(a, &w->v);
	sync_all(b, &w->v);
	for (size_t i = 0; i < 2; i++)
		says_of(&w->pc[i], 900, "", ""); /* erased, it says nothing; nor does what was written into it */
	same_states(w);
	for (size_t i = 0; i < 3; i++)
		entry_free(e[i]);
	buf_free(&lines);
	actor_free(&province);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_clerk_without_cert_asks_for_one_and_waits),
	    TEST(no_wish_goes_out_with_another_pcs_line),
	    TEST(a_late_cert_brings_what_was_skipped),
	    TEST(unknown_keys_have_a_ceiling),
	    TEST(work_of_two_pcs_meets),
	    TEST(an_empty_sync_is_small_and_writes_nothing),
	    TEST(the_communes_told_are_kept_while_they_are_told),
	    TEST(a_lost_answer_is_made_good_by_asking_again),
	    TEST(rounds_in_any_order_and_twice_give_the_same),
	    TEST(a_refused_line_is_set_aside_with_its_reason),
	    TEST(what_the_collector_misses_goes_out_again),
	    TEST(many_lines_go_in_parts_and_in_the_order_of_their_feed),
	    TEST(the_index_of_a_foreign_line_is_a_claim_until_proved),
	    TEST(a_hole_in_an_authority_feed_refuses_the_answer),
	    TEST(another_history_is_an_alarm_and_nothing_is_taken_or_sent),
	    TEST(a_restored_collector_gets_back_just_what_it_lost),
	    TEST(two_recoveries_at_once_and_a_backup_older_than_the_first),
	    TEST(what_a_log_took_between_restore_and_recovery_is_not_passed_over),
	    TEST(a_revoked_pc_gives_back_what_a_restored_collector_lost),
	    TEST(a_recovery_from_another_tree_is_an_alarm_a_person_ends),
	    TEST(a_log_that_went_back_is_an_alarm_that_ends_with_the_recovery),
	    TEST(nothing_but_the_root_leads_into_another_log),
	    TEST(a_portal_is_no_answer),
	    TEST(the_first_logged_signature_stands),
	    TEST(a_restored_pc_goes_on_in_a_new_feed_and_loses_nothing),
	    TEST(a_revoke_takes_effect_here_too),
	    TEST(accepted_is_proven_when_the_witness_has_signed),
	    TEST(a_tree_the_witness_signed_and_this_pc_was_not_shown_is_a_split_view),
	    TEST(an_entry_stands_between_what_it_saw_and_what_included_it),
	    TEST(an_entry_of_another_pc_is_not_dated_by_when_its_checkpoint_came_here),
	    TEST(no_changed_byte_does_harm),
	    TEST(an_answer_by_file_counts_as_one_by_wire),
	    TEST(a_late_answer_proves_its_lines_and_is_not_built_upon),
	    TEST(one_size_with_two_roots_is_an_alarm_however_it_comes),
	    TEST(an_answer_of_several_pieces_is_followed_to_its_end),
	    TEST(a_full_disk_during_an_answer_leaves_all_as_it_was),
	    TEST(a_review_is_its_first_entry_on_every_pc),
	};

	return cmocka_run_group_tests_name("agent_session", tests, NULL, NULL);
}
