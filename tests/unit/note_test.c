/*
 * note_test: checkpoints, cosignatures, quorum, policies, receipts: round trips, every
 * flipped bit, and the cases where sigsum-verify would say no. Byte-exact cases and
 * refusals by clause are in tests/vectors.
 * clause: L4 L5 L6 L7 L8 L11
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "lib/codec.h"
#include "lib/crypt.h"
#include "lib/limits.h"
#include "sync/note.h"
#include "sync/sign.h"

enum { WITNESSES = 4 };

static struct crypt_signer *author, *log_key, *witness[WITNESSES];
static const char *const names[WITNESSES] = {"w0", "witness.example/w1", "w2", "w3"};

static struct crypt_signer *signer(uint8_t fill)
{
	struct crypt_signer *s = NULL;
	uint8_t seed[CRYPT_SEED_LEN];

	memset(seed, fill, sizeof(seed));
	if (crypt_signer_seed(seed, &s, NULL) != RC_OK)
		return NULL;
	return s;
}

static int setup(void **state)
{
	(void)state;
	if (crypt_init(NULL) != RC_OK)
		return -1;
	author = signer(0x51);
	log_key = signer(0x52);
	for (uint8_t i = 0; i < WITNESSES; i++)
		witness[i] = signer((uint8_t)(0x60 + i));
	return author && log_key ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	crypt_signer_free(author);
	crypt_signer_free(log_key);
	for (size_t i = 0; i < WITNESSES; i++)
		crypt_signer_free(witness[i]);
	return 0;
}

static struct note_policy policy(size_t n, size_t quorum)
{
	struct note_policy p = {.nwitness = n, .quorum = quorum};

	memcpy(p.log, crypt_signer_pk(log_key), 32);
	for (size_t i = 0; i < n; i++) {
		memcpy(p.witness[i].name, names[i], strlen(names[i]) + 1);
		memcpy(p.witness[i].key, crypt_signer_pk(witness[i]), 32);
	}
	return p;
}

static const uint8_t root[TREE_HASH] = {1, 2, 3};

/* A note of size 5 with cosignatures of the witnesses in mask, witness i at time 100 + i. */
static void make(struct buf *out, unsigned mask)
{
	buf_init(out, NOTE_TEXT_MAX);
	assert_int_equal(note_sign(log_key, 5, root, out, NULL), RC_OK);
	for (size_t i = 0; i < WITNESSES; i++)
		if (mask >> i & 1)
			assert_int_equal(note_cosign(witness[i], names[i], 100 + i,
						     crypt_signer_pk(log_key), 5, root, out, NULL),
					 RC_OK);
}

static enum rc open_note(const struct buf *b, struct note *n, struct err *err)
{
	return note_open(span_buf(b), crypt_signer_pk(log_key), n, err);
}

static void checkpoint_comes_back(void **state)
{
	struct note n;
	struct buf b;
	char origin[NOTE_ORIGIN_LEN], epoch[5];

	(void)state;
	make(&b, 0x3);
	note_origin(crypt_signer_pk(log_key), origin);
	assert_true(span_starts(span_buf(&b), origin));
	assert_int_equal(open_note(&b, &n, NULL), RC_OK);
	assert_int_equal(n.size, 5);
	assert_memory_equal(n.root, root, 32);
	assert_memory_equal(n.log, crypt_signer_pk(log_key), 32);
	assert_int_equal(n.ncosig, 2);
	assert_string_equal(n.cosig[1].name, "witness.example/w1");
	assert_int_equal(n.cosig[1].time, 101);
	note_epoch(crypt_signer_pk(log_key), epoch);
	assert_int_equal(strlen(epoch), 4);
	buf_free(&b);
}

/* In the log's part every bit matters; in the cosignatures none makes a wrong one count. */
static void every_flipped_bit(void **state)
{
	struct note_policy p = policy(2, 2);
	struct note n;
	struct buf b;
	bool ok;
	uint64_t time;

	(void)state;
	make(&b, 0x3);
	const uint8_t *third = (const uint8_t *)strstr((const char *)b.p, "w0 ") - 4;
	size_t logpart = (size_t)(third - b.p);
	for (size_t bit = 0; bit < b.len * 8; bit++) {
		b.p[bit / 8] ^= (uint8_t)(1U << bit % 8);
		enum rc rc = open_note(&b, &n, NULL);
		if (bit / 8 < logpart)
			assert_int_equal(rc, RC_REFUSED);
		else if (rc == RC_OK)
			assert_int_equal(note_quorum(&n, &p, &ok, &time), 1);
		b.p[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	for (size_t len = 0; len < logpart; len++)
		assert_int_equal(note_open(span_of(b.p, len), crypt_signer_pk(log_key), &n, NULL),
				 RC_REFUSED);
	assert_int_equal(note_open(span_buf(&b), crypt_signer_pk(author), &n, NULL), RC_REFUSED);
	buf_free(&b);
}

static void strict_in_form_but_kind_to_unknown_signatures(void **state)
{
	struct note n;
	struct err err = {0};
	struct buf b;

	(void)state;
	make(&b, 0x1);
	buf_add_str(&b, "\xe2\x80\x94 someone AAAAAAAAAAAAAAAA\n"); /* another algorithm */
	assert_int_equal(open_note(&b, &n, NULL), RC_OK);
	assert_int_equal(n.ncosig, 1);
	buf_add_str(&b, "\xe2\x80\x94 someone not-base64\n");
	assert_int_equal(open_note(&b, &n, &err), RC_REFUSED);
	assert_string_equal(err.clause, "L5");
	buf_free(&b);

	make(&b, 0x1);
	buf_add_str(&b, "- w0 AAAAAAAAAAAAAAAA\n");
	assert_int_equal(open_note(&b, &n, &err), RC_REFUSED);
	buf_free(&b);
	make(&b, 0x1);
	buf_add_str(&b, "\n");
	assert_int_equal(open_note(&b, &n, &err), RC_REFUSED);
	buf_free(&b);
	make(&b, 0x1);
	b.len--; /* no LF at the end */
	assert_int_equal(open_note(&b, &n, &err), RC_REFUSED);
	assert_string_equal(err.clause, "L5");
	b.len++;
	buf_free(&b);

	make(&b, 0);
	for (size_t i = 0; i <= NOTE_WITNESS_MAX; i++)
		assert_int_equal(note_cosign(witness[0], "w0", i, crypt_signer_pk(log_key), 5, root,
					     &b, NULL),
				 RC_OK);
	assert_int_equal(open_note(&b, &n, &err), RC_REFUSED);
	assert_string_equal(err.key, "note.cosig_many");
	buf_free(&b);
	buf_init(&b, NOTE_TEXT_MAX);
	assert_int_equal(note_cosign(witness[0], "a name", 1, crypt_signer_pk(log_key), 5, root, &b,
				     NULL),
			 RC_INPUT);
	buf_free(&b);
}

static void quorum_counts_different_witnesses(void **state)
{
	struct note_policy p = policy(3, 2);
	struct note n;
	struct buf b;
	bool ok;
	uint64_t time;

	(void)state;
	make(&b, 0xb); /* w0, w1, and w3 which the policy does not know */
	assert_int_equal(open_note(&b, &n, NULL), RC_OK);
	assert_int_equal(note_quorum(&n, &p, &ok, &time), 2);
	assert_true(ok);
	assert_int_equal(time, 100); /* two of them had seen it at 100: w0 at 100, w1 at 101 */
	p.quorum = 1;
	assert_int_equal(note_quorum(&n, &p, &ok, &time), 2);
	assert_int_equal(time, 101);
	p.quorum = 3;
	assert_int_equal(note_quorum(&n, &p, &ok, &time), 2);
	assert_false(ok);
	assert_int_equal(time, 0);
	p.quorum = 0;
	assert_int_equal(note_quorum(&n, &p, &ok, &time), 2);
	assert_true(ok);
	assert_int_equal(time, 0);
	/* the same witness again, later and under another name: one witness, its later time */
	assert_int_equal(note_cosign(witness[0], "other-name", 500, crypt_signer_pk(log_key), 5,
				     root, &b, NULL),
			 RC_OK);
	/* and once over another size: not valid */
	assert_int_equal(note_cosign(witness[2], "w2", 600, crypt_signer_pk(log_key), 6, root, &b,
				     NULL),
			 RC_OK);
	assert_int_equal(open_note(&b, &n, NULL), RC_OK);
	p.quorum = 2;
	assert_int_equal(note_quorum(&n, &p, &ok, &time), 2);
	assert_true(ok);
	assert_int_equal(time, 101);
	buf_free(&b);
}

/* ------------------------------------------------------------------- policies */

static void policies_come_back(void **state)
{
	struct note_policy got;

	(void)state;
	for (size_t n = 0; n <= WITNESSES; n++) {
		for (size_t quorum = 0; quorum <= n; quorum++) {
			struct note_policy p = policy(n, quorum);
			struct buf b;
			buf_init(&b, NOTE_TEXT_MAX);
			assert_int_equal(note_policy_write(&p, &b, NULL), RC_OK);
			assert_int_equal(note_policy_read(span_buf(&b), &got, NULL), RC_OK);
			assert_memory_equal(&got, &p, sizeof(p));
			buf_free(&b);
		}
	}
	struct note_policy p = policy(2, 2);
	struct buf b;
	memcpy(p.witness[0].name, "quorum-1", 9); /* the name the group would get */
	buf_init(&b, NOTE_TEXT_MAX);
	assert_int_equal(note_policy_write(&p, &b, NULL), RC_OK);
	assert_int_equal(note_policy_read(span_buf(&b), &got, NULL), RC_OK);
	assert_memory_equal(&got, &p, sizeof(p));
	p.quorum = 3;
	assert_int_equal(note_policy_write(&p, &b, NULL), RC_INPUT);
	buf_free(&b);
}

#define K1   "1111111111111111111111111111111111111111111111111111111111111111"
#define K2   "2222222222222222222222222222222222222222222222222222222222222222"
#define K3   "3333333333333333333333333333333333333333333333333333333333333333"
#define HEAD "log " K1 "\nwitness A " K2 "\nwitness B " K3 " https://b.example/\n"

static const struct {
	const char *text, *key;
	size_t witnesses, quorum;
	int line;
} policies[] = {
    {HEAD "quorum none\n", "", 2, 0, 0},
    {HEAD "quorum A\n", "", 1, 1, 0},
    {HEAD "quorum B", "", 1, 1, 0},
    {HEAD "group g any A B\nquorum g\n", "", 2, 1, 0},
    {HEAD "group g all A B\nquorum g\n", "", 2, 2, 0},
    {HEAD "group g 2 A B # both\nquorum\tg \n\n# end\n", "", 2, 2, 0},
    {HEAD "group g all B\nquorum g\n", "", 1, 1, 0},
    {"log " K1 " https://log.example/ # ours\r\nquorum none\r\n", "", 0, 0, 0},
    {"", "note.policy_no_log", 0, 0, 0},
    {"quorum none\n", "note.policy_no_log", 0, 0, 1},
    {HEAD, "note.policy_no_quorum", 0, 0, 3},
    {"log " K1 "\nlog " K2 "\nquorum none\n", "note.policy_logs", 0, 0, 2},
    {HEAD "quorum C\n", "note.policy_member", 0, 0, 4},
    {"log " K1 "\nquorum A\nwitness A " K2 "\n", "note.policy_member", 0, 0, 2},
    {HEAD "quorum A\nquorum B\n", "note.policy_line", 0, 0, 5},
    {HEAD "group g 3 A B\nquorum g\n", "note.policy_line", 0, 0, 4},
    {HEAD "group g 0 A B\nquorum g\n", "note.policy_line", 0, 0, 4},
    {HEAD "group g any\nquorum g\n", "note.policy_line", 0, 0, 4},
    {HEAD "group g any A A\nquorum g\n", "note.policy_member", 0, 0, 4},
    {HEAD "group g any C\nquorum g\n", "note.policy_member", 0, 0, 4},
    {HEAD "group A any B\nquorum A\n", "note.policy_name", 0, 0, 4},
    {HEAD "group g any A\ngroup h all g B\nquorum h\n", "note.policy_nested", 0, 0, 5},
    {HEAD "witness A " K1 "\nquorum none\n", "note.policy_name", 0, 0, 4},
    {HEAD "witness none " K1 "\nquorum none\n", "note.policy_name", 0, 0, 4},
    {HEAD "witness C " K2 "\nquorum none\n", "note.policy_key_twice", 0, 0, 4},
    {HEAD "witness C " K1 "0\nquorum none\n", "note.policy_line", 0, 0, 4},
    {HEAD "trust everybody\nquorum none\n", "note.policy_line", 0, 0, 4},
};

static void policies_are_read_as_sigsum_does_or_refused(void **state)
{
	struct note_policy p;

	(void)state;
	for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
		struct err err = {0};
		enum rc rc = note_policy_read(span_str(policies[i].text), &p, &err);
		assert_string_equal(err.key, policies[i].key);
		if (rc == RC_OK) {
			assert_int_equal(p.nwitness, policies[i].witnesses);
			assert_int_equal(p.quorum, policies[i].quorum);
		} else {
			char line[24];
			assert_int_equal(rc, RC_REFUSED);
			assert_string_equal(err.clause, "L7");
			snprintf(line, sizeof(line), "%d", policies[i].line);
			assert_string_equal(err_arg(&err, "line"), line);
		}
	}
}

static void ssh_keys_come_back(void **state)
{
	uint8_t pk[CRYPT_PK_LEN] = {0};
	struct buf b;

	(void)state;
	buf_init(&b, 200);
	note_sshkey_write(crypt_signer_pk(author), "Lê Thị Hoa", &b);
	assert_int_equal(note_sshkey_read(span_buf(&b), pk, NULL), RC_OK);
	assert_memory_equal(pk, crypt_signer_pk(author), 32);
	assert_int_equal(note_sshkey_read(span_of(b.p, 12 + 68), pk, NULL), RC_OK);
	assert_int_equal(note_sshkey_read(span_of(b.p, 12 + 67), pk, NULL), RC_INPUT);
	b.p[12 + 5] ^= 1; /* in the name of the algorithm */
	assert_int_equal(note_sshkey_read(span_buf(&b), pk, NULL), RC_INPUT);
	b.p[12 + 5] ^= 1;
	buf_add_str(&b, "second line\n");
	assert_int_equal(note_sshkey_read(span_buf(&b), pk, NULL), RC_INPUT);
	buf_free(&b);
}

/* ------------------------------------------------------------------- receipts */

static const char payload[] = "{\"v\":\"kk1\"}"; /* a receipt does not look inside */

enum { LEAVES = 5, MINE = 3 };

/* A log of n leaves where ours is number i, cosigned by the witnesses in mask. */
static void receipt(size_t n, size_t i, unsigned mask, struct buf *out)
{
	uint8_t id[32], msg[SIGN_MESSAGE_LEN], sig[64], keyhash[32], leaf[LEAVES][32];
	struct tree_frontier f = {0};
	struct note_policy p = policy(3, 0);
	struct tree_proof proof = {0};
	struct note note;
	uint8_t r[32];
	struct buf b;

	crypt_sha256(payload, sizeof(payload) - 1, id);
	sign_message(id, msg);
	crypt_sign(author, span_of(msg, sizeof(msg)), sig);
	crypt_sha256(crypt_signer_pk(author), 32, keyhash);
	for (size_t k = 0; k < n; k++) {
		crypt_sha256(&k, sizeof(k), leaf[k]);
		if (k == i)
			sign_leaf_hash(id, sig, keyhash, leaf[k]);
		tree_append(&f, leaf[k], NULL);
	}
	tree_frontier_root(&f, r);
	buf_init(&b, NOTE_TEXT_MAX);
	assert_int_equal(note_sign(log_key, n, r, &b, NULL), RC_OK);
	for (size_t w = 0; w < WITNESSES; w++)
		if (mask >> w & 1)
			assert_int_equal(note_cosign(witness[w], names[w], 100 + w,
						     crypt_signer_pk(log_key), n, r, &b, NULL),
					 RC_OK);
	assert_int_equal(open_note(&b, &note, NULL), RC_OK);
	buf_free(&b);
	/* the whole log as one range: it needs no hash from outside */
	assert_int_equal(tree_range_inclusion((const uint8_t(*)[32])leaf, 0, n, n, &proof, i,
					      &proof, NULL),
			 RC_OK);
	buf_init(out, NOTE_RECEIPT_MAX);
	assert_int_equal(note_receipt_write(keyhash, sig, i, &note, &p, &proof, out, NULL), RC_OK);
	note.log[0] ^= 1;
	assert_int_equal(note_receipt_write(keyhash, sig, i, &note, &p, &proof, out, NULL),
			 RC_INPUT);
}

static enum rc check(const struct buf *proof, const struct note_policy *p, struct err *err)
{
	uint64_t index = 99;
	enum rc rc = note_receipt_check(span_str(payload), span_buf(proof), crypt_signer_pk(author),
					p, &index, err);

	assert_true(rc != RC_OK || index == MINE || index == 0);
	assert_true(rc == RC_OK || index == 99);
	return rc;
}

static void receipts_prove(void **state)
{
	struct note_policy p = policy(3, 2);
	struct err err = {0};
	struct buf b;

	(void)state;
	receipt(LEAVES, MINE, 0xf, &b);
	assert_null(strstr((const char *)b.p, "w3")); /* names do not travel, nor strangers */
	assert_int_equal(check(&b, &p, NULL), RC_OK);
	p.quorum = 3;
	assert_int_equal(check(&b, &p, NULL), RC_OK);
	memcpy(p.log, crypt_signer_pk(author), 32);
	assert_int_equal(check(&b, &p, &err), RC_REFUSED);
	assert_string_equal(err.clause, "L8");
	buf_free(&b);

	p = policy(3, 2);
	receipt(LEAVES, MINE, 0x2, &b);
	assert_int_equal(check(&b, &p, &err), RC_REFUSED); /* accepted, not proven (L8) */
	assert_string_equal(err.clause, "L8");
	p.quorum = 0;
	assert_int_equal(check(&b, &p, NULL), RC_OK);
	buf_free(&b);

	receipt(1, 0, 0x1, &b); /* a log of one leaf has no third part */
	assert_null(strstr((const char *)b.p, "leaf_index"));
	p = policy(1, 1);
	assert_int_equal(check(&b, &p, NULL), RC_OK);
	buf_add_str(&b, "\nleaf_index=0\n");
	assert_int_equal(check(&b, &p, &err), RC_REFUSED);
	assert_string_equal(err.clause, "L6");
	buf_free(&b);
}

static void every_flipped_bit_of_a_receipt_is_refused(void **state)
{
	struct note_policy p = policy(2, 2);
	struct err err = {0};
	struct buf b;
	uint64_t index;

	(void)state;
	receipt(LEAVES, MINE, 0x3, &b);
	for (size_t bit = 0; bit < b.len * 8; bit += 3) {
		b.p[bit / 8] ^= (uint8_t)(1U << bit % 8);
		assert_int_equal(check(&b, &p, NULL), RC_REFUSED);
		b.p[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	for (size_t len = 0; len < b.len; len++)
		assert_int_equal(note_receipt_check(span_str(payload), span_of(b.p, len),
						    crypt_signer_pk(author), &p, &index, NULL),
				 RC_REFUSED);
	assert_int_equal(note_receipt_check(span_str("{\"v\":\"kk2\"}"), span_buf(&b),
					    crypt_signer_pk(author), &p, &index, &err),
			 RC_REFUSED);
	assert_string_equal(err.clause, "E21");
	assert_int_equal(note_receipt_check(span_str(payload), span_buf(&b),
					    crypt_signer_pk(log_key), &p, &index, &err),
			 RC_REFUSED);
	assert_string_equal(err.clause, "E21");
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(checkpoint_comes_back),
	    cmocka_unit_test(every_flipped_bit),
	    cmocka_unit_test(strict_in_form_but_kind_to_unknown_signatures),
	    cmocka_unit_test(quorum_counts_different_witnesses),
	    cmocka_unit_test(policies_come_back),
	    cmocka_unit_test(policies_are_read_as_sigsum_does_or_refused),
	    cmocka_unit_test(ssh_keys_come_back),
	    cmocka_unit_test(receipts_prove),
	    cmocka_unit_test(every_flipped_bit_of_a_receipt_is_refused),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
