/*
 * cosign_test: what a witness answers, in the order of W2; that whatever history of requests it is shown it
 * only ever goes forward on one tree; what a log reads out of an answer; the store of a witness with its counts.
 * clause: W2 W3
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/codec.h"
#include "lib/crypt.h"
#include "lib/os.h"
#include "server-stub/witness.h"
#include "sync/cosign.h"
#include "tests/support/rng.h"

#define NAME "witness.example/w1"

enum { SIZE_MAX_TREE = 40, STEPS = 400 };

/* A log with two histories that part at leaf `fork`. */
struct world {
	struct crypt_signer *log, *other, *key;
	uint8_t leaf[2][SIZE_MAX_TREE][TREE_HASH];
};

static const uint64_t fork_at = 7;

static struct crypt_signer *signer(uint8_t n)
{
	uint8_t seed[CRYPT_SEED_LEN];
	struct crypt_signer *s = NULL;

	memset(seed, n, sizeof(seed));
	assert_int_equal(crypt_signer_seed(seed, &s, NULL), RC_OK);
	return s;
}

static void world_init(struct world *w)
{
	w->log = signer(2);
	w->other = signer(4);
	w->key = signer(3);
	for (uint64_t side = 0; side < 2; side++)
		for (uint64_t i = 0; i < SIZE_MAX_TREE; i++) {
			uint8_t bytes[2] = {(uint8_t)i, i < fork_at ? 0 : (uint8_t)side};
			tree_leaf(span_of(bytes, sizeof(bytes)), w->leaf[side][i]);
		}
}

static void world_free(struct world *w)
{
	crypt_signer_free(w->log);
	crypt_signer_free(w->other);
	crypt_signer_free(w->key);
}

struct side {
	struct world *w;
	int side;
};

/* The subtree of 2^level leaves at index, from the leaves. */
static enum rc node(void *ctx, unsigned level, uint64_t index, uint8_t ret[TREE_HASH],
		    struct err *reterr)
{
	struct side *s = ctx;
	uint8_t l[TREE_HASH], r[TREE_HASH];

	if (level == 0) {
		memcpy(ret, s->w->leaf[s->side][index], TREE_HASH);
		return RC_OK;
	}
	node(ctx, level - 1, 2 * index, l, reterr);
	node(ctx, level - 1, 2 * index + 1, r, reterr);
	tree_node(l, r, ret);
	return RC_OK;
}

static void root_of(struct world *w, int side, uint64_t size, uint8_t ret[TREE_HASH])
{
	struct tree_frontier f = {.size = 0};

	for (uint64_t i = 0; i < size; i++)
		tree_append(&f, w->leaf[side][i], NULL);
	tree_frontier_root(&f, ret);
}

static void checkpoint(struct world *w, struct crypt_signer *log, int side, uint64_t size,
		       struct buf *out)
{
	uint8_t root[TREE_HASH];

	root_of(w, side, size, root);
	assert_int_equal(note_sign(log, size, root, out, NULL), RC_OK);
}

/* A request from old to size on one side; its proof is that of the side. */
static void request(struct world *w, int side, uint64_t old, uint64_t size, struct buf *out)
{
	struct side s = {w, side};
	const struct tree_reader r = {&s, node};
	struct tree_proof proof = {0};
	struct buf text;

	buf_init(&text, NOTE_TEXT_MAX);
	checkpoint(w, w->log, side, size, &text);
	if (old > 0 && old < size)
		assert_int_equal(tree_consistency(&r, old, size, &proof, NULL), RC_OK);
	assert_int_equal(cosign_request_write(old, &proof, span_buf(&text), out, NULL), RC_OK);
	buf_free(&text);
}

static enum cosign_verdict judge_at(struct world *w, struct span body, int side, uint64_t size)
{
	struct cosign_log log = {.size = size};
	struct cosign_request r;

	memcpy(log.key, crypt_signer_pk(w->log), CRYPT_PK_LEN);
	if (size > 0)
		root_of(w, side, size, log.root);
	assert_int_equal(cosign_request_read(body, &r, NULL), RC_OK);
	return cosign_judge(&r, &log, NULL);
}

static void the_first_answer_that_applies(void **state)
{
	static const struct {
		int side;
		uint64_t old, size, has;
		enum cosign_verdict want;
	} row[] =
	    {
		{0, 0, 5, 0, COSIGN_GIVEN},  {0, 5, 9, 5, COSIGN_GIVEN},
		{0, 9, 9, 9, COSIGN_GIVEN},  {0, 9, 5, 5, COSIGN_MALFORMED},
		{0, 0, 9, 5, COSIGN_STALE},  {0, 4, 9, 5, COSIGN_STALE},
		{0, 5, 9, 12, COSIGN_STALE}, {0, 9, 9, 12, COSIGN_STALE},
		{1, 9, 9, 9, COSIGN_SPLIT},  {1, 9, 12, 9, COSIGN_UNPROVEN},
		{1, 5, 12, 5, COSIGN_GIVEN}, /* they part at 7: what is before is common */
	    };
	struct world w;

	(void)state;
	world_init(&w);
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct buf b;
		buf_init(&b, COSIGN_REQUEST_MAX);
		request(&w, row[i].side, row[i].old, row[i].size, &b);
		enum cosign_verdict v = judge_at(&w, span_buf(&b), 0, row[i].has);
		if (v != row[i].want)
			fail_msg("row %zu: %d, should be %d", i, (int)v, (int)row[i].want);
		buf_free(&b);
	}
	world_free(&w);
}

static void every_flipped_bit_of_a_proof_is_refused(void **state)
{
	struct world w;
	struct buf b;
	struct cosign_log log = {.size = 5};
	struct cosign_request r;

	(void)state;
	world_init(&w);
	buf_init(&b, COSIGN_REQUEST_MAX);
	request(&w, 0, 5, 13, &b);
	memcpy(log.key, crypt_signer_pk(w.log), CRYPT_PK_LEN);
	root_of(&w, 0, 5, log.root);
	assert_int_equal(cosign_request_read(span_buf(&b), &r, NULL), RC_OK);
	assert_true(r.proof.n > 0);
	for (size_t bit = 0; bit < r.proof.n * TREE_HASH * 8; bit++) {
		uint8_t *p = &r.proof.hash[bit / 8 / TREE_HASH][bit / 8 % TREE_HASH];
		*p ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(cosign_judge(&r, &log, NULL), COSIGN_UNPROVEN);
		*p ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t bit = 0; bit < CRYPT_SIG_LEN * 8; bit++) {
		r.note.n.sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(cosign_judge(&r, &log, NULL), COSIGN_FORBIDDEN);
		r.note.n.sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_int_equal(cosign_judge(&r, &log, NULL), COSIGN_GIVEN);
	assert_int_equal(cosign_judge(&r, NULL, NULL), COSIGN_UNKNOWN);
	buf_free(&b);
	world_free(&w);
}

/* ---- answers ---- */

static void an_answer_counts_by_key_name_and_signature(void **state)
{
	struct note_witness wit = {.name = NAME}, stranger = {.name = "other"};
	struct cosign_reply r;
	struct world w;
	struct buf note, line, noise;
	uint8_t root[TREE_HASH];

	(void)state;
	world_init(&w);
	buf_init(&note, NOTE_TEXT_MAX);
	buf_init(&line, NOTE_TEXT_MAX);
	buf_init(&noise, NOTE_TEXT_MAX);
	memcpy(wit.key, crypt_signer_pk(w.key), CRYPT_PK_LEN);
	memcpy(stranger.key, crypt_signer_pk(w.key), CRYPT_PK_LEN);
	checkpoint(&w, w.log, 0, 9, &note);
	root_of(&w, 0, 9, root);
	const uint8_t *log = crypt_signer_pk(w.log);
	assert_int_equal(note_cosign(w.key, NAME, 77, log, 9, root, &line, NULL), RC_OK);
	assert_int_equal(note_cosign(w.other, "x", 1, log, 9, root, &noise, NULL), RC_OK);
	buf_add_span(&noise, span_buf(&line));
	struct span good = span_buf(&line), text = span_buf(&note), two = span_buf(&noise);

	assert_int_equal(cosign_reply_read(200, "text/plain", good, text, log, &wit, &r, NULL),
			 RC_OK);
	assert_int_equal(r.verdict, COSIGN_GIVEN);
	assert_int_equal(r.time, 77);
	assert_true(span_eq_str(good, r.line));
	assert_int_equal(cosign_reply_read(200, "", two, text, log, &wit, &r, NULL), RC_OK);
	assert_true(span_eq_str(good, r.line));
	assert_int_equal(cosign_reply_read(200, "", good, text, log, &stranger, &r, NULL),
			 RC_REMOTE);
	assert_int_equal(cosign_reply_read(200, "", span_str(""), text, log, &wit, &r, NULL),
			 RC_REMOTE);
	assert_int_equal(cosign_reply_read(200, "", span_of(good.p, good.len - 1), text, log, &wit,
					   &r, NULL),
			 RC_REMOTE);
	assert_int_equal(cosign_reply_read(204, "", good, text, log, &wit, &r, NULL), RC_REMOTE);
	line.p[line.len / 2] ^= 1;
	assert_int_equal(cosign_reply_read(200, "", span_buf(&line), text, log, &wit, &r, NULL),
			 RC_REMOTE);
	buf_free(&note);
	buf_free(&line);
	buf_free(&noise);
	world_free(&w);
}

static void a_size_is_a_size_only_by_its_type(void **state)
{
	static const struct {
		int status;
		const char *type, *body;
		int want; /* -1: no answer */
		uint64_t size;
	} row[] = {
	    {409, COSIGN_SIZE_TYPE, "50\n", COSIGN_STALE, 50},
	    {409, COSIGN_SIZE_TYPE, "0\n", COSIGN_STALE, 0},
	    {409, COSIGN_SIZE_TYPE, "", -1, 0},
	    {409, COSIGN_SIZE_TYPE, "50", -1, 0},
	    {409, COSIGN_SIZE_TYPE, "050\n", -1, 0},
	    {409, COSIGN_SIZE_TYPE, "50\n50\n", -1, 0},
	    {409, COSIGN_SIZE_TYPE, "-1\n", -1, 0},
	    {409, "text/plain", "50\n", COSIGN_SPLIT, 0},
	    {400, "", "", COSIGN_MALFORMED, 0},
	    {403, "", "", COSIGN_FORBIDDEN, 0},
	    {404, "", "", COSIGN_UNKNOWN, 0},
	    {422, "", "", COSIGN_UNPROVEN, 0},
	    {500, "", "", -1, 0},
	    {503, "", "", -1, 0},
	};
	const struct note_witness wit = {.name = NAME};
	uint8_t log[CRYPT_PK_LEN] = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct cosign_reply r = {.size = 0};
		enum rc rc = cosign_reply_read(row[i].status, row[i].type, span_str(row[i].body),
					       span_str(""), log, &wit, &r, NULL);
		if (rc != (row[i].want < 0 ? RC_REMOTE : RC_OK))
			fail_msg("row %zu", i);
		if (rc == RC_OK) {
			assert_int_equal(r.verdict, row[i].want);
			assert_int_equal(r.size, row[i].size);
		}
	}
}

/* ---- the store of a witness ---- */

static struct witness *witness(const char *home, bool create)
{
	struct witness *w = NULL;

	assert_int_equal(witness_open(&w, home, create, clock_real(), NULL), RC_OK);
	return w;
}

static int64_t num(const struct json *o, const char *name)
{
	int64_t v = -1;

	json_get_int(o, name, &v);
	return v;
}

/* What it tells: size and evidence of its one log, commits. */
static void told(struct witness *w, int64_t size, int64_t evidence, int64_t commits)
{
	struct json *o = NULL;

	assert_int_equal(witness_state(w, &o, NULL), RC_OK);
	assert_int_equal(num(json_first(json_get_arr(o, "logs")), "size"), size);
	assert_int_equal(num(json_first(json_get_arr(o, "logs")), "evidence"), evidence);
	if (commits >= 0)
		assert_int_equal(num(o, "commits"), commits);
	json_free(o);
}

static enum cosign_verdict add(struct witness *w, struct world *x, int side, uint64_t old,
			       uint64_t size)
{
	enum cosign_verdict v = COSIGN_MALFORMED;
	struct err why = {0};
	struct buf b, out;

	buf_init(&b, COSIGN_REQUEST_MAX);
	buf_init(&out, COSIGN_REPLY_MAX);
	request(x, side, old, size, &b);
	assert_int_equal(witness_add(w, span_buf(&b), &v, &out, &why, NULL), RC_OK);
	assert_int_equal(out.len > 0, v == COSIGN_GIVEN || v == COSIGN_STALE);
	buf_free(&b);
	buf_free(&out);
	return v;
}

/* A checkpoint of this size and a root nobody has, with the cosignatures of so many others behind it. */
static void add_root(struct witness *w, struct world *x, uint64_t size, uint8_t root0, int others)
{
	enum cosign_verdict v = COSIGN_MALFORMED;
	const struct tree_proof none = {.n = 0};
	uint8_t root[TREE_HASH] = {root0};
	struct err why = {0};
	struct buf text, b, out;

	buf_init(&text, NOTE_TEXT_MAX);
	buf_init(&b, COSIGN_REQUEST_MAX);
	buf_init(&out, COSIGN_REPLY_MAX);
	assert_int_equal(note_sign(x->log, size, root, &text, NULL), RC_OK);
	for (int i = 0; i < others; i++)
		assert_int_equal(note_cosign(x->key, "other", (uint64_t)i, crypt_signer_pk(x->log), size, root,
					     &text, NULL), RC_OK);
	assert_int_equal(cosign_request_write(size, &none, span_buf(&text), &b, NULL), RC_OK);
	assert_int_equal(witness_add(w, span_buf(&b), &v, &out, &why, NULL), RC_OK);
	assert_int_equal(v, COSIGN_SPLIT);
	buf_free(&text);
	buf_free(&b);
	buf_free(&out);
}

static void one_commit_a_cosignature_and_none_for_the_same(void **state)
{
	struct world x;
	bool fresh;
	char *home = NULL;

	(void)state;
	world_init(&x);
	assert_int_equal(os_dir_temp(&home, "kk-witness-", NULL), RC_OK);
	assert_int_equal(witness_open(&(struct witness *){NULL}, home, false, clock_real(), NULL),
			 RC_NOTFOUND);
	struct witness *w = witness(home, true);
	assert_int_equal(witness_init(w, home, "a b", NULL), RC_INPUT);
	assert_int_equal(witness_init(w, home, NAME, NULL), RC_OK);
	assert_int_equal(witness_init(w, home, NAME, NULL), RC_EXISTS);
	assert_int_equal(add(w, &x, 0, 0, 5), COSIGN_UNKNOWN);
	assert_int_equal(witness_follow(w, crypt_signer_pk(x.log), &fresh, NULL), RC_OK);
	assert_true(fresh);
	assert_int_equal(witness_follow(w, crypt_signer_pk(x.log), &fresh, NULL), RC_OK);
	assert_false(fresh);
	told(w, 0, 0, 2); /* name, log */
	assert_int_equal(add(w, &x, 0, 0, 5), COSIGN_GIVEN);
	told(w, 5, 0, 3);
	assert_int_equal(add(w, &x, 0, 5, 5), COSIGN_GIVEN);
	told(w, 5, 0, 3);
	assert_int_equal(add(w, &x, 0, 5, 12), COSIGN_GIVEN);
	told(w, 12, 0, 4);
	/* another tree of that size: kept as evidence once, nothing cosigned, whatever size it thinks it has */
	assert_int_equal(add(w, &x, 1, 12, 12), COSIGN_SPLIT);
	assert_int_equal(add(w, &x, 1, 5, 12), COSIGN_STALE);
	told(w, 12, 1, 5);
	/* a proof that fails, an older one, one of a log that only asks for the size: anybody can hand in those */
	assert_int_equal(add(w, &x, 1, 12, 20), COSIGN_UNPROVEN);
	assert_int_equal(add(w, &x, 0, 5, 9), COSIGN_STALE);
	assert_int_equal(add(w, &x, 0, 0, 13), COSIGN_STALE);
	assert_int_equal(add(w, &x, 0, 5, 12), COSIGN_STALE);
	told(w, 12, 1, 5);
	witness_free(w);
	w = witness(home, false); /* as after a kill: what was answered is there */
	told(w, 12, 1, 0);
	assert_string_equal(witness_name(w), NAME);
	assert_int_equal(add(w, &x, 0, 5, 9), COSIGN_STALE);
	assert_int_equal(add(w, &x, 0, 12, 13), COSIGN_GIVEN);
	witness_free(w);
	os_dir_remove(home, NULL);
	free(home);
	world_free(&x);
}

static void evidence_has_a_ceiling(void **state)
{
	struct world x;
	char *home = NULL;

	(void)state;
	world_init(&x);
	assert_int_equal(os_dir_temp(&home, "kk-witness-", NULL), RC_OK);
	struct witness *w = witness(home, true);
	assert_int_equal(witness_init(w, home, NAME, NULL), RC_OK);
	assert_int_equal(witness_follow(w, crypt_signer_pk(x.log), &(bool){false}, NULL), RC_OK);
	assert_int_equal(add(w, &x, 0, 0, 20), COSIGN_GIVEN);
	for (int i = 0; i < WITNESS_EVIDENCE_MAX + 10; i++) { /* what is none takes no place */
		assert_int_equal(add(w, &x, 1, 20, 30), COSIGN_UNPROVEN);
		assert_int_equal(add(w, &x, 0, 5, 9), COSIGN_STALE);
	}
	told(w, 20, 0, -1);
	for (int i = 0; i < 3; i++) { /* nor does the same again, whatever stands behind it */
		assert_int_equal(add(w, &x, 1, 20, 20), COSIGN_SPLIT);
		add_root(w, &x, 20, 0, i);
		told(w, 20, 2, -1);
	}
	for (int i = 1; i < WITNESS_EVIDENCE_MAX + 10; i++)
		add_root(w, &x, 20, (uint8_t)i, 0);
	told(w, 20, WITNESS_EVIDENCE_MAX, -1);
	witness_free(w);
	os_dir_remove(home, NULL);
	free(home);
	world_free(&x);
}

/* Two logs with one key ask in any order: what is cosigned is one tree, and it only grows. */
static void whatever_it_is_asked_it_cosigns_one_growing_tree(void **state)
{
	struct rng rng = rng_case(rng_seed(20261128), 0);
	uint64_t has = 0;
	int on = -1; /* side, once beyond the fork */
	struct world x;
	char *home = NULL;

	(void)state;
	world_init(&x);
	assert_int_equal(os_dir_temp(&home, "kk-witness-", NULL), RC_OK);
	struct witness *w = witness(home, true);
	assert_int_equal(witness_init(w, home, NAME, NULL), RC_OK);
	assert_int_equal(witness_follow(w, crypt_signer_pk(x.log), &(bool){false}, NULL), RC_OK);
	for (int i = 0; i < STEPS; i++) {
		int side = (int)rng_below(&rng, 2);
		uint64_t size = 1 + rng_below(&rng, SIZE_MAX_TREE);
		uint64_t old = rng_below(&rng, 3) ? has : rng_below(&rng, size + 1);
		enum cosign_verdict v = add(w, &x, side, old, size);

		if (v != COSIGN_GIVEN)
			continue;
		assert_int_equal(old, has);
		assert_true(size >= has);
		if (size > fork_at) {
			assert_true(on < 0 || on == side);
			on = side;
		}
		has = size;
	}
	assert_true(has > fork_at);
	struct json *o = NULL;
	assert_int_equal(witness_state(w, &o, NULL), RC_OK);
	assert_int_equal(num(json_first(json_get_arr(o, "logs")), "size"), has);
	json_free(o);
	witness_free(w);
	os_dir_remove(home, NULL);
	free(home);
	world_free(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_first_answer_that_applies),
	    cmocka_unit_test(every_flipped_bit_of_a_proof_is_refused),
	    cmocka_unit_test(an_answer_counts_by_key_name_and_signature),
	    cmocka_unit_test(a_size_is_a_size_only_by_its_type),
	    cmocka_unit_test(one_commit_a_cosignature_and_none_for_the_same),
	    cmocka_unit_test(evidence_has_a_ceiling),
	    cmocka_unit_test(whatever_it_is_asked_it_cosigns_one_growing_tree),
	};

	if (crypt_init(NULL) != RC_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
