/*
 * authority_test: what the writers of authority bodies write, the readers read; roles,
 * fingerprints, codes. Each refusal of K1-K8 is a vector (tests/vectors/authority.json).
 * clause: K1 K2 K4 K5 K6 K7 K8 K11 K12
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
#include "sync/authority.h"
#include "sync/authority_body.h"

static struct crypt_signer *root, *other;

static int setup(void **state)
{
	uint8_t seed[CRYPT_SEED_LEN];

	(void)state;
	if (crypt_init(NULL) != RC_OK)
		return -1;
	memset(seed, 0x41, sizeof(seed));
	if (crypt_signer_seed(seed, &root, NULL) != RC_OK)
		return -1;
	memset(seed, 0x42, sizeof(seed));
	return crypt_signer_seed(seed, &other, NULL) == RC_OK ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	crypt_signer_free(root);
	crypt_signer_free(other);
	return 0;
}

static enum rc try_seal(enum entry_op op, const struct buf *set, struct entry **ret,
			struct err *err)
{
	struct entry_draft d = {.seq = 1, .at = 1, .op = op, .scope = "*", .set = span_buf(set)};

	entry_feed_new(crypt_signer_pk(root), d.feed);
	return entry_seal(&d, root, ret, err);
}

static struct entry *seal(enum entry_op op, struct buf *set)
{
	struct entry *e = NULL;
	struct err err = {0};

	if (try_seal(op, set, &e, &err) != RC_OK)
		fail_msg("%s %s %s", err.clause, err.key, (const char *)set->p);
	buf_free(set);
	return e;
}

static struct authority_cert a_cert(void)
{
	struct authority_cert c = {.role = ROLE_CLERK,
				   .scope = {"00004"},
				   .nscope = 1,
				   .has_device = true,
				   .name = "Lê Thị \"Hoa\"\n",
				   .title = "Công chức"};

	memcpy(c.key, crypt_signer_pk(other), 32);
	memcpy(c.device, crypt_signer_pk(root), 32);
	return c;
}

static void cert_comes_back(void **state)
{
	struct authority_cert c = a_cert(), got;
	struct buf set;

	(void)state;
	c.nscope = AUTHORITY_SCOPES;
	for (size_t i = 0; i < c.nscope; i++)
		snprintf(c.scope[i], sizeof(c.scope[i]), "%05u", (unsigned)i + 1);
	memset(c.name, 0, sizeof(c.name));
	for (size_t i = 0; i < 200; i++) /* the longest: 200 characters of 4 bytes */
		memcpy(c.name + 4 * i, "\xf0\x9f\x8f\xa0", 4);
	c.collector_custody = true;
	c.has_box = true;
	c.box[31] = 1;
	buf_init(&set, LIMIT_ENTRY_PAYLOAD);
	buf_add_str(&set, "before");
	assert_int_equal(authority_cert_write(&c, &set, NULL), RC_OK);
	assert_memory_equal(set.p, "before{\"key\":", 13); /* appended, not written over */
	memmove(set.p, set.p + 6, set.len - 6);
	set.len -= 6;
	struct entry *e = seal(ENTRY_CERT, &set);
	assert_int_equal(authority_cert(e, &got, NULL), RC_OK);
	assert_memory_equal(got.key, c.key, 32);
	assert_int_equal(got.role, ROLE_CLERK);
	assert_int_equal(got.nscope, AUTHORITY_SCOPES);
	assert_memory_equal(got.scope, c.scope, sizeof(c.scope));
	assert_true(got.has_device && got.has_box && got.collector_custody);
	assert_memory_equal(got.device, c.device, 32);
	assert_memory_equal(got.box, c.box, 32);
	assert_string_equal(got.name, c.name);
	assert_string_equal(got.title, c.title);
	entry_free(e);

	c = a_cert();
	c.has_device = false;
	buf_init(&set, LIMIT_ENTRY_PAYLOAD);
	assert_int_equal(authority_cert_write(&c, &set, NULL), RC_OK);
	e = seal(ENTRY_CERT, &set);
	assert_int_equal(authority_cert(e, &got, NULL), RC_OK);
	assert_false(got.has_device || got.has_box || got.collector_custody);
	assert_string_equal(got.name, "Lê Thị \"Hoa\"\n");
	assert_int_equal(authority_revoke(e, &(struct authority_revoke){0}, NULL), RC_INTERNAL);
	entry_free(e);
}

static void key_of_small_order_does_not_enter(void **state)
{
	struct authority_cert c = a_cert();
	struct entry *e = NULL;
	struct err err = {0};
	struct buf set;

	(void)state;
	memset(c.key, 0, sizeof(c.key));
	c.key[0] = 1; /* the neutral element */
	buf_init(&set, LIMIT_ENTRY_PAYLOAD);
	assert_int_equal(authority_cert_write(&c, &set, NULL), RC_OK);
	assert_int_equal(try_seal(ENTRY_CERT, &set, &e, &err), RC_REFUSED);
	assert_string_equal(err.clause, "K1");
	buf_free(&set);
}

/* The text in the payload becomes the other one of the same length. */
static void put_over(struct buf *payload, const char *text, const char *other_text)
{
	char *at;

	assert_int_equal(strlen(text), strlen(other_text));
	buf_add(payload, "", 1);
	at = strstr((char *)payload->p, text);
	assert_non_null(at);
	memcpy(at, other_text, strlen(other_text));
	payload->len--;
}

/* What is stored was opened before: whether a key is a point is not asked again (authority_body.h), all else is. */
static void stored_key_that_is_no_point_loads(void **state)
{
	const struct {
		const char *other;
		enum rc want;
		const char *clause; /* of a check that asks, too */
	} row[] = {{"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", RC_OK, "K1"}, /* the neutral element */
		   {"AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", RC_OK, "K1"}, /* on no curve */
		   {"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAB", RC_REFUSED, "K2"}, /* not its one spelling */
		   {"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", RC_REFUSED, "K2"}};
	struct authority_cert c = a_cert(), got;
	char key[CODEC_B64U_32 + 1];
	struct buf set, payload;

	(void)state;
	codec_b64u(c.key, sizeof(c.key), key);
	buf_init(&set, LIMIT_ENTRY_PAYLOAD);
	assert_int_equal(authority_cert_write(&c, &set, NULL), RC_OK);
	struct entry *e = seal(ENTRY_CERT, &set);
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		struct entry *stored = NULL;
		struct err err = {0};

		buf_init(&payload, LIMIT_ENTRY_PAYLOAD);
		buf_add_span(&payload, e->payload);
		put_over(&payload, key, row[i].other);
		assert_int_equal(entry_load(span_buf(&payload), e->sig, e->key, &stored, &err), row[i].want);
		if (row[i].want == RC_OK) {
			assert_int_equal(authority_body(stored, NULL), RC_OK);
			assert_int_equal(authority_check(stored, &err), RC_REFUSED);
			assert_int_equal(authority_cert(stored, &got, NULL), RC_OK);
			assert_int_equal(crypt_pk_check(got.key, NULL), RC_REFUSED);
		}
		assert_string_equal(err.clause, row[i].clause);
		entry_free(stored);
		buf_free(&payload);
	}
	entry_free(e);
}

static void revoke_and_admit_come_back(void **state)
{
	uint8_t ids[AUTHORITY_IDS][ENTRY_ID_LEN] = {{0}};
	struct authority_revoke r;
	struct authority_admit a;
	struct buf set;

	(void)state;
	buf_init(&set, LIMIT_ENTRY_PAYLOAD);
	assert_int_equal(authority_revoke_write(crypt_signer_pk(other), 1285000, "Mất máy \"tính\"",
						&set, NULL),
			 RC_OK);
	struct entry *e = seal(ENTRY_REVOKE, &set);
	assert_int_equal(authority_revoke(e, &r, NULL), RC_OK);
	assert_memory_equal(r.key, crypt_signer_pk(other), 32);
	assert_int_equal(r.from, 1285000);
	assert_true(span_eq_str(r.reason, "\"Mất máy \\\"tính\\\"\""));
	entry_free(e);

	for (size_t i = 0; i < AUTHORITY_IDS; i++)
		ids[i][0] = (uint8_t)i;
	buf_init(&set, LIMIT_ENTRY_PAYLOAD);
	assert_int_equal(authority_admit_write((const uint8_t(*)[ENTRY_ID_LEN])ids, AUTHORITY_IDS,
					       "đã xem", &set, NULL),
			 RC_OK);
	e = seal(ENTRY_ADMIT, &set);
	assert_int_equal(authority_admit(e, &a, NULL), RC_OK);
	assert_int_equal(a.n, AUTHORITY_IDS);
	assert_memory_equal(a.id, ids, sizeof(ids));
	assert_true(span_eq_str(a.reason, "\"đã xem\""));
	entry_free(e);
}

static void form_comes_back(void **state)
{
	uint8_t hash[32] = {9};
	struct authority_form f;
	struct buf set;

	(void)state;
	for (unsigned closed = 0; closed < 2; closed++) {
		buf_init(&set, LIMIT_ENTRY_PAYLOAD);
		assert_int_equal(authority_form_write("asset", 7, closed, hash, 12345, &set, NULL),
				 RC_OK);
		struct entry *e = seal(ENTRY_FORM, &set);
		assert_int_equal(authority_form(e, &f, NULL), RC_OK);
		assert_string_equal(f.name, "asset");
		assert_int_equal(f.version, 7);
		assert_int_equal(f.closed, closed);
		assert_memory_equal(f.sha256, hash, 32);
		assert_int_equal(f.size, 12345);
		entry_free(e);
	}
}

static void log_comes_back(void **state)
{
	struct authority_log l = {.has_old = true, .size = 77, .has_pin = true}, got;
	struct buf set;

	(void)state;
	memcpy(l.key, crypt_signer_pk(other), 32);
	l.old[3] = 3;
	l.root[4] = 4;
	l.box[5] = 5;
	l.pin[6] = 6;
	memcpy(l.policy.log, l.key, 32);
	l.policy.nwitness = 2;
	l.policy.quorum = 1;
	memcpy(l.policy.witness[0].name, "witness.example/w1", 19);
	memcpy(l.policy.witness[0].key, crypt_signer_pk(root), 32);
	memcpy(l.policy.witness[1].name, "w2", 3);
	memcpy(l.policy.witness[1].key, crypt_signer_pk(other), 32);
	buf_init(&set, LIMIT_ENTRY_PAYLOAD);
	assert_int_equal(authority_log_write(&l, &set, NULL), RC_OK);
	struct entry *e = seal(ENTRY_LOG, &set);
	assert_int_equal(authority_log(e, &got, NULL), RC_OK);
	assert_memory_equal(&got.policy, &l.policy, sizeof(l.policy));
	assert_memory_equal(got.key, l.key, 32);
	assert_memory_equal(got.old, l.old, 32);
	assert_memory_equal(got.root, l.root, 32);
	assert_memory_equal(got.box, l.box, 32);
	assert_memory_equal(got.pin, l.pin, 32);
	assert_true(got.has_old && got.has_pin);
	assert_int_equal(got.size, 77);
	entry_free(e);

	l.has_old = l.has_pin = false;
	l.size = 0;
	l.policy.nwitness = l.policy.quorum = 0;
	buf_init(&set, LIMIT_ENTRY_PAYLOAD);
	assert_int_equal(authority_log_write(&l, &set, NULL), RC_OK);
	e = seal(ENTRY_LOG, &set);
	assert_int_equal(authority_log(e, &got, NULL), RC_OK);
	assert_false(got.has_old || got.has_pin);
	entry_free(e);
}

static void erase_is_read(void **state)
{
	static const char body[] =
	    "{\"id\":\"RtASJy_VzyvoFam0jDYKBIo1sNWLRB7ZucxD5w8IIIQ\","
	    "\"feed\":\"NHUPmL1Z_PwAAQIDBAUGBw\",\"seq\":2,"
	    "\"prev\":\"YSWzjWnp9oDREDRyCBMMGOM1JEiqkyVMKjCqt6dMgFE\",\"kind\":\"asset/3\","
	    "\"entity\":\"019a9c1e-7c00-7a11-8b22-0123456789ab\",\"fields\":[\"name\",\"n\"],"
	    "\"after\":[],\"reason\":\"ghi nhầm\"}";
	struct authority_erase r;
	struct buf set;

	(void)state;
	buf_init(&set, LIMIT_ENTRY_PAYLOAD);
	buf_add_str(&set, body);
	struct entry *e = seal(ENTRY_ERASE, &set);
	assert_int_equal(authority_erase(e, &r, NULL), RC_OK);
	assert_int_equal(r.seq, 2);
	assert_string_equal(r.kind, "asset");
	assert_int_equal(r.kind_version, 3);
	assert_int_equal(r.id[0], 0x46);
	assert_int_equal(r.feed[0], 0x34);
	assert_int_equal(r.entity[0], 0x01);
	assert_true(span_eq_str(r.fields, "[\"name\",\"n\"]"));
	assert_true(span_eq_str(r.after, "[]"));
	entry_free(e);
}

static void roles_have_names_both_ways(void **state)
{
	enum role r;

	(void)state;
	for (unsigned i = ROLE_ROOT + 1; i < ROLE_N; i++) {
		assert_true(authority_role_parse(span_str(authority_role_name((enum role)i)), &r));
		assert_int_equal(r, i);
	}
	assert_false(authority_role_parse(span_str("root"), &r));
	assert_false(authority_role_parse(span_str("Clerk"), &r));
	assert_string_equal(authority_role_name(ROLE_N), "");
}

static void codes_are_typed_in_many_ways(void **state)
{
	static const char *const same[] = {"0123-ABCD-XYZ1", "0123abcdxyz1", "O123-abcd-xyzI",
					   "ol23-ABCD-XYZL", "0123ABCD-XYZ1"};
	static const char *const none[] = {"",
					   "0123-ABCD-XYZ",
					   "0123-ABCD-XYZ11",
					   "0123-ABCU-XYZ1",
					   "0123 ABCD XYZ1",
					   "-0123-ABCD-XYZ1",
					   "0123--ABCD-XYZ1",
					   "01-23ABCD-XYZ1",
					   "0123-ABCD-XYZ1-",
					   "0123-ABCD-XYZ\xc4\x90"};
	char code[AUTHORITY_CODE], again[AUTHORITY_CODE];
	uint8_t a[32], b[32];

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		assert_true(authority_code_read(span_str(same[i]), code));
		assert_string_equal(code, "0123-ABCD-XYZ1");
	}
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		assert_false(authority_code_read(span_str(none[i]), again));
	assert_false(authority_code_read(span_of("0123-ABC\0-XYZ1", 14), again));
	authority_code_hash("00004", code, a);
	authority_code_hash("00005", code, b);
	assert_memory_not_equal(a, b, 32);
	for (int i = 0; i < 50; i++) {
		authority_code_new(code);
		assert_int_equal(strlen(code), 14);
		assert_true(authority_code_read(span_str(code), again));
		assert_string_equal(code, again);
	}
}

static void fingerprint_is_four_groups_of_digits(void **state)
{
	char f[AUTHORITY_FINGERPRINT], g[AUTHORITY_FINGERPRINT];

	(void)state;
	authority_fingerprint(crypt_signer_pk(root), f);
	authority_fingerprint(crypt_signer_pk(other), g);
	assert_true(authority_fingerprint_begins(crypt_signer_pk(root), f));
	assert_false(authority_fingerprint_begins(crypt_signer_pk(other), f));
	f[5] = '\0'; /* one group is enough, less is not */
	assert_true(authority_fingerprint_begins(crypt_signer_pk(root), f));
	f[4] = '\0';
	assert_false(authority_fingerprint_begins(crypt_signer_pk(root), f));
	assert_false(authority_fingerprint_begins(crypt_signer_pk(root), ""));
	authority_fingerprint(crypt_signer_pk(root), f);
	assert_false(authority_fingerprint_begins(crypt_signer_pk(root), "12345 67890 12345 67890 1"));
	assert_string_not_equal(f, g);
	assert_int_equal(strlen(f), 23);
	for (size_t i = 0; i < 23; i++)
		assert_true(i % 6 == 5 ? f[i] == ' ' : f[i] >= '0' && f[i] <= '9');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(cert_comes_back),
	    cmocka_unit_test(key_of_small_order_does_not_enter),
	    cmocka_unit_test(stored_key_that_is_no_point_loads),
	    cmocka_unit_test(revoke_and_admit_come_back),
	    cmocka_unit_test(form_comes_back),
	    cmocka_unit_test(log_comes_back),
	    cmocka_unit_test(erase_is_read),
	    cmocka_unit_test(roles_have_names_both_ways),
	    cmocka_unit_test(codes_are_typed_in_many_ways),
	    cmocka_unit_test(fingerprint_is_four_groups_of_digits),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
