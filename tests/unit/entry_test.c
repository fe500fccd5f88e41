/*
 * entry_test: sealing, opening and reading entries. The refusals of each clause are in
 * tests/vectors; here is what vectors cannot show: round trips, every bit, ownership.
 * clause: A1 E24
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
#include "lib/limits.h"
#include "sync/entry.h"
#include "sync/sign.h"

static struct crypt_signer *alice, *bob;
static uint8_t feed[ENTRY_FEED_LEN];

static const uint8_t entity[16] = {0x01, 0x9a, 0x9c, 0x1e, 0x7c, 0x00, 0x7a, 0x11,
				   0x8b, 0x22, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab};

static int setup(void **state)
{
	uint8_t seed[CRYPT_SEED_LEN];

	(void)state;
	if (crypt_init(NULL) != RC_OK)
		return -1;
	memset(seed, 0x31, sizeof(seed));
	if (crypt_signer_seed(seed, &alice, NULL) != RC_OK)
		return -1;
	memset(seed, 0x32, sizeof(seed));
	if (crypt_signer_seed(seed, &bob, NULL) != RC_OK)
		return -1;
	entry_feed_new(crypt_signer_pk(alice), feed);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	crypt_signer_free(alice);
	crypt_signer_free(bob);
	return 0;
}

static struct entry_draft draft(const char *set)
{
	struct entry_draft d = {
	    .seq = 3,
	    .at = 1795054267,
	    .op = ENTRY_SET,
	    .scope = "00004",
	    .entity = entity,
	    .kind = "asset/3",
	    .set = span_str(set),
	};

	memcpy(d.feed, feed, sizeof(d.feed));
	memset(d.prev, 7, sizeof(d.prev));
	return d;
}

static struct entry *seal(const struct entry_draft *d)
{
	struct entry *e = NULL;
	struct err err = {0};

	if (entry_seal(d, alice, &e, &err) != RC_OK)
		fail_msg("seal: %s %s", err.clause, err.key);
	return e;
}

static void refused(const struct entry_draft *d, const char *clause)
{
	struct entry *e = (struct entry *)&feed; /* stays as it is */
	struct err err = {0};

	assert_int_equal(entry_seal(d, alice, &e, &err), RC_REFUSED);
	assert_string_equal(err.clause, clause);
	assert_ptr_equal(e, &feed);
}

/* ------------------------------------------------------------------ contents */

static void sealed_entry_says_what_the_draft_said(void **state)
{
	static const uint8_t after[2][ENTRY_ID_LEN] = {{1}, {2}};
	struct entry_draft d = draft("{\"name\":\"Máy \\\"phát\\\"\",\"n\":-5,\"ok\":true,"
				     "\"tags\":[\"a\",\"b]\"],\"none\":null}");
	char text[CODEC_B64U_32 + 1];

	(void)state;
	d.after = after;
	d.nafter = 2;
	d.seen_size = 9;
	d.seen_root[0] = 5;
	struct entry *e = seal(&d);
	assert_int_equal(e->op, ENTRY_SET);
	assert_int_equal(e->version, 1);
	assert_int_equal(e->seq, 3);
	assert_int_equal(e->at, 1795054267);
	assert_int_equal(e->seen_size, 9);
	assert_memory_equal(e->seen_root, d.seen_root, 32);
	assert_memory_equal(e->prev, d.prev, 32);
	assert_memory_equal(e->feed, feed, sizeof(feed));
	assert_memory_equal(e->key, crypt_signer_pk(alice), 32);
	assert_memory_equal(e->entity, entity, 16);
	assert_string_equal(e->scope, "00004");
	assert_string_equal(e->kind, "asset");
	assert_int_equal(e->kind_version, 3);
	assert_int_equal(e->nafter, 2);
	assert_memory_equal(e->after, after, sizeof(after));
	assert_int_equal(e->nfield, 5);
	assert_true(span_eq_str(entry_field(e, "n")->raw, "-5"));
	assert_int_equal(entry_field(e, "n")->type, JSON_INT);
	assert_true(span_eq_str(entry_field(e, "name")->raw, "\"Máy \\\"phát\\\"\""));
	assert_int_equal(entry_field(e, "tags")->type, JSON_ARRAY);
	assert_int_equal(entry_field(e, "none")->type, JSON_NULL);
	assert_null(entry_field(e, "nam"));
	assert_null(entry_field(e, "names"));
	codec_b64u(e->id, sizeof(e->id), text);
	assert_int_equal(strlen(text), CODEC_B64U_32);
	entry_free(e);
	entry_free(NULL);
}

static void fields_come_back_as_a_tree(void **state)
{
	const char *set = "{\"name\":\"Máy \\\"phát\\\"\\n\",\"n\":-5,\"tags\":[\"a\",\"b\"],"
			  "\"photo\":{\"sha256\":"
			  "\"0000000000000000000000000000000000000000000000000000000000000000\","
			  "\"size\":1,\"type\":\"image/jpeg\",\"name\":\"x\"},\"gone\":null}";
	struct entry_draft d = draft(set);
	struct entry *e = seal(&d);
	struct json *fields = entry_fields_json(e), *name = entry_value_json(e->field[0].raw);
	struct buf out;

	(void)state;
	buf_init(&out, LIMIT_ENTRY_PAYLOAD);
	assert_string_equal(json_get_str(fields, "name"), "Máy \"phát\"\n");
	assert_string_equal(json_str(name), "Máy \"phát\"\n");
	assert_int_equal(entry_set_write(fields, &out, NULL), RC_OK);
	assert_string_equal((const char *)out.p, set); /* the same bytes, so the same values (M9) */
	buf_free(&out);
	json_free(fields);
	json_free(name);
	entry_free(e);

	d.op = ENTRY_OPEN;
	d.seq = 0;
	d.set = span_of(NULL, 0);
	e = seal(&d);
	assert_int_equal(e->nfield, 0);
	fields = entry_fields_json(e);
	assert_int_equal(json_len(fields), 0);
	json_free(fields);
	entry_free(e);
}

/* reason and children may stand in any kind: they are fields like others at the door (E24). */
static void reason_and_children_stand_in_any_kind(void **state)
{
	static const char *const kinds[] = {"asset", "review/2", "a_kind_nobody_knows"};
	struct entry_draft d =
	    draft("{\"reason\":\"đếm lại\",\"children\":[\"NHUPmL1Z_PwAAQIDBAUGBw\"]}");

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		d.kind = kinds[i];
		struct entry *e = seal(&d);
		assert_non_null(entry_field(e, "reason"));
		assert_int_equal(entry_field(e, "children")->type, JSON_ARRAY);
		entry_free(e);
	}
}

static void leaf_and_its_hash_agree_with_sign(void **state)
{
	struct entry_draft d = draft("{\"n\":1}");
	struct entry *e = seal(&d);
	uint8_t leaf[ENTRY_LEAF_LEN], want[32], got[32], one[1 + ENTRY_LEAF_LEN] = {0};

	(void)state;
	entry_leaf(e, leaf);
	crypt_sha256(e->id, 32, want);
	assert_memory_equal(leaf, want, 32);
	assert_memory_equal(leaf + 32, e->sig, 64);
	crypt_sha256(e->key, 32, want);
	assert_memory_equal(leaf + 96, want, 32);
	memcpy(one + 1, leaf, sizeof(leaf));
	crypt_sha256(one, sizeof(one), want);
	entry_leaf_hash(e, got);
	assert_memory_equal(got, want, 32);
	entry_free(e);
}

/* ------------------------------------------------------------------- opening */

struct known {
	const uint8_t *pk;
	unsigned asked;
};

static bool find(void *ctx, const uint8_t prefix[8], uint8_t retpk[CRYPT_PK_LEN])
{
	struct known *k = ctx;
	uint8_t h[CRYPT_HASH_LEN];

	k->asked++;
	crypt_sha256(k->pk, CRYPT_PK_LEN, h);
	if (memcmp(h, prefix, 8) != 0)
		return false;
	memcpy(retpk, k->pk, CRYPT_PK_LEN);
	return true;
}

static void opened_with_the_key_that_its_feed_names(void **state)
{
	struct entry_draft d = draft("{\"n\":1}");
	struct entry *e = seal(&d), *again = NULL;
	struct known k = {crypt_signer_pk(alice), 0};
	struct entry_keys keys = {&k, find};
	struct err err = {0};

	(void)state;
	assert_int_equal(entry_open(e->line, &keys, &again, &err), RC_OK);
	assert_true(span_eq(e->line, again->line));
	assert_ptr_not_equal(e->line.p, again->line.p);
	entry_free(again);
	k.pk = crypt_signer_pk(bob);
	assert_int_equal(entry_open(e->line, &keys, &again, &err), RC_REFUSED);
	assert_string_equal(err.clause, "A1");
	assert_string_equal(err.key, "entry.key_unknown");
	assert_int_equal(entry_open_key(e->line, k.pk, &again, &err), RC_REFUSED);
	assert_string_equal(err.clause, "E9");
	k.asked = 0;
	assert_int_equal(entry_open(span_of(e->line.p, 40), &keys, &again, &err), RC_REFUSED);
	assert_int_equal(k.asked, 0); /* nothing is looked up for a line of no shape */
	entry_free(e);
}

static void loaded_without_the_signature_check(void **state)
{
	struct entry_draft d = draft("{\"n\":1}");
	struct entry *e = seal(&d), *again = NULL;
	uint8_t sig[CRYPT_SIG_LEN];

	(void)state;
	assert_int_equal(entry_load(e->payload, e->sig, e->key, &again, NULL), RC_OK);
	assert_true(span_eq(e->line, again->line));
	assert_memory_equal(e->id, again->id, 32);
	entry_free(again);
	memcpy(sig, e->sig, sizeof(sig));
	sig[0] ^= 1;
	assert_int_equal(entry_load(e->payload, sig, e->key, &again, NULL), RC_OK);
	entry_free(again);
	/* all else is checked: a cut payload, another key */
	assert_int_equal(entry_load(span_of(e->payload.p, e->payload.len - 1), sig, e->key, &again,
				    NULL),
			 RC_REFUSED);
	assert_int_equal(entry_load(e->payload, sig, crypt_signer_pk(bob), &again, NULL),
			 RC_REFUSED);
	entry_free(e);
}

static void every_flipped_bit_is_refused(void **state)
{
	struct entry_draft d = draft("{\"name\":\"đ\",\"n\":1}");
	struct entry *e = seal(&d), *again = NULL;
	uint8_t line[512];

	(void)state;
	assert_true(e->line.len < sizeof(line));
	for (size_t bit = 0; bit < e->line.len * 8; bit++) {
		memcpy(line, e->line.p, e->line.len);
		line[bit / 8] ^= (uint8_t)(1U << bit % 8);
		assert_int_equal(entry_open_key(span_of(line, e->line.len), e->key, &again, NULL),
				 RC_REFUSED);
	}
	for (size_t len = 0; len < e->line.len; len++)
		assert_int_equal(entry_open_key(span_of(e->line.p, len), e->key, &again, NULL),
				 RC_REFUSED);
	entry_free(e);
}

static void feed_is_seen_without_opening(void **state)
{
	struct entry_draft d = draft("{\"n\":1}");
	struct entry *e = seal(&d);
	uint8_t got[ENTRY_FEED_LEN] = {0}, line[512];

	(void)state;
	assert_true(entry_peek_feed(e->line, got));
	assert_memory_equal(got, feed, sizeof(feed));
	memcpy(line, e->line.p, e->line.len);
	line[87 + 1] = 'x';
	assert_false(entry_peek_feed(span_of(line, e->line.len), got));
	for (size_t len = 0; len < 87 + 9 + 9 + 22; len++)
		assert_false(entry_peek_feed(span_of(e->line.p, len), got));
	entry_free(e);
}

/* -------------------------------------------------------- size and crowding */

/* Open a payload signed by alice. */
static enum rc open_payload(const struct buf *payload, struct entry **ret, struct err *reterr)
{
	uint8_t id[ENTRY_ID_LEN], msg[SIGN_MESSAGE_LEN], sig[CRYPT_SIG_LEN];
	struct buf line;

	assert_false(payload->failed);
	entry_id(span_buf(payload), id);
	sign_message(id, msg);
	crypt_sign(alice, span_of(msg, sizeof(msg)), sig);
	buf_init(&line, 2 * LIMIT_ENTRY_LINE);
	codec_b64u_buf(&line, sig, sizeof(sig));
	buf_add_char(&line, ' ');
	buf_add_span(&line, span_buf(payload));
	enum rc rc = entry_open_key(span_buf(&line), crypt_signer_pk(alice), ret, reterr);
	buf_free(&line);
	return rc;
}

/* A payload of another version with as many tokens as 16 KiB can hold. */
static void crowded_payload_is_kept(void **state)
{
	struct entry *e = NULL;
	struct err err = {0};
	struct buf p;
	char text[CODEC_B64U_16 + 1];

	(void)state;
	buf_init(&p, LIMIT_ENTRY_PAYLOAD);
	codec_b64u(feed, sizeof(feed), text);
	buf_addf(
	    &p,
	    "{\"v\":\"kk2\",\"feed\":\"%s\",\"seq\":0,\"prev\":\"\",\"at\":1,\"seen\":[0,\"\"],"
	    "\"op\":\"anything\",\"scope\":\"00004\",\"x\":[1",
	    text);
	while (p.len + 4 < LIMIT_ENTRY_PAYLOAD)
		buf_add_str(&p, ",1");
	buf_add_str(&p, "]}");
	if (open_payload(&p, &e, &err) != RC_OK)
		fail_msg("%s %s", err.clause, err.key);
	assert_int_equal(e->op, ENTRY_UNKNOWN);
	assert_int_equal(e->version, 2);
	assert_int_equal(e->nfield, 0);
	assert_string_equal(e->scope, "00004");
	entry_free(e);
	buf_free(&p);
}

static void payload_of_16384_bytes_and_no_more(void **state)
{
	struct buf set;
	struct entry_draft d = draft("{\"n\":\"\"}");
	struct entry *e = seal(&d);
	size_t room = LIMIT_ENTRY_PAYLOAD - e->payload.len;

	(void)state;
	entry_free(e);
	buf_init(&set, LIMIT_ENTRY_LINE);
	for (size_t extra = 0; extra < 3; extra++) {
		buf_reset(&set);
		buf_add_str(&set, "{\"n\":\"");
		for (size_t i = 0; i < room + extra; i++)
			buf_add_char(&set, 'a');
		buf_add_str(&set, "\"}");
		d.set = span_buf(&set);
		if (extra > 0) {
			refused(&d, "E2");
			continue;
		}
		e = seal(&d);
		assert_int_equal(e->payload.len, LIMIT_ENTRY_PAYLOAD);
		entry_free(e);
	}
	buf_free(&set);
}

/* ------------------------------------------------------------------- writing */

static void drafts_that_break_a_clause_do_not_leave(void **state)
{
	struct entry_draft d;

	(void)state;
	d = draft("{\"n\":1}");
	d.scope = "00000";
	refused(&d, "E14");
	d = draft("{\"n\":1}");
	d.kind = "asset/1";
	refused(&d, "E16");
	d = draft("{\"N\":1}");
	refused(&d, "E18");
	d = draft("{}");
	refused(&d, "E18");
	d = draft("{\"n\":1}");
	d.at = -1;
	refused(&d, "E11");
	d = draft("{\"n\":1}");
	d.op = ENTRY_OPEN;
	refused(&d, "E13");
	d = draft("{\"n\":1}");
	d.feed[0] ^= 1;
	refused(&d, "E9");
	d = draft("{\"n\":1}");
	d.op = ENTRY_CERT;
	refused(&d, "K2");
	d = draft("{\"n\":1},\"x\":1");
	refused(&d, "E7");
}

static void ops_have_names_both_ways(void **state)
{
	(void)state;
	for (unsigned op = 0; op < ENTRY_UNKNOWN; op++)
		assert_int_equal(entry_op_parse(span_str(entry_op_name((enum entry_op)op))), op);
	assert_int_equal(entry_op_parse(span_str("unknown")), ENTRY_OP_N);
	assert_int_equal(entry_op_parse(span_str("")), ENTRY_OP_N);
	assert_string_equal(entry_op_name(ENTRY_OP_N), "");
}

static void new_ids_have_time_and_version(void **state)
{
	uint8_t a[16], b[16], h[CRYPT_HASH_LEN], other[ENTRY_FEED_LEN];

	(void)state;
	entry_uuid7(INT64_C(0x019a9c1e7c00), a);
	entry_uuid7(INT64_C(0x019a9c1e7c00), b);
	assert_memory_equal(a, entity, 6);
	assert_int_equal(codec_uuid_version(a), 7);
	assert_int_equal(a[8] & 0xc0, 0x80);
	assert_memory_not_equal(a, b, 16);
	crypt_sha256(crypt_signer_pk(alice), CRYPT_PK_LEN, h);
	assert_memory_equal(feed, h, 8);
	entry_feed_new(crypt_signer_pk(alice), other);
	assert_memory_equal(other, feed, 8);
	assert_memory_not_equal(other, feed, 16);
}

static void keyed_ids_tell_parts_apart(void **state)
{
	struct span ab_c[2] = {span_str("ab"), span_str("c")};
	struct span a_bc[2] = {span_str("a"), span_str("bc")};
	uint8_t x[16], y[16];

	(void)state;
	entry_uuid_key("weekly_statement", ab_c, 2, x);
	entry_uuid_key("weekly_statement", ab_c, 2, y);
	assert_memory_equal(x, y, 16);
	assert_int_equal(codec_uuid_version(x), 8);
	assert_int_equal(x[8] & 0xc0, 0x80);
	entry_uuid_key("weekly_statement", a_bc, 2, y);
	assert_memory_not_equal(x, y, 16);
	entry_uuid_key("inventory_line", ab_c, 2, y);
	assert_memory_not_equal(x, y, 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sealed_entry_says_what_the_draft_said),
	    cmocka_unit_test(fields_come_back_as_a_tree),
	    cmocka_unit_test(reason_and_children_stand_in_any_kind),
	    cmocka_unit_test(leaf_and_its_hash_agree_with_sign),
	    cmocka_unit_test(opened_with_the_key_that_its_feed_names),
	    cmocka_unit_test(loaded_without_the_signature_check),
	    cmocka_unit_test(every_flipped_bit_is_refused),
	    cmocka_unit_test(feed_is_seen_without_opening),
	    cmocka_unit_test(crowded_payload_is_kept),
	    cmocka_unit_test(payload_of_16384_bytes_and_no_more),
	    cmocka_unit_test(drafts_that_break_a_clause_do_not_leave),
	    cmocka_unit_test(ops_have_names_both_ways),
	    cmocka_unit_test(new_ids_have_time_and_version),
	    cmocka_unit_test(keyed_ids_tell_parts_apart),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
