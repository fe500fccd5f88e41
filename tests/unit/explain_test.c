/*
 * explain_test: what explain says of every vector: the clause a refusing one breaks stands broken
 * in its report, an accepting one keeps them all; that it goes on after a fault, with or
 * without keys; and that each report has words in both languages.
 * clause: E20 E21 E22 A1 L5 L6
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
#include "lib/lang.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "sync/authority.h"
#include "sync/entry.h"
#include "sync/explain.h"
#include "sync/explain_op.h"
#include "sync/note.h"

enum { KEYS = 1 + NOTE_WITNESS_MAX + 1, BYTES_MAX = 64 * 1024 };

static struct lang *vi, *en;
static struct crypt_signer *alice, *bob;

static int setup(void **state)
{
	uint8_t seed[CRYPT_SEED_LEN] = {1};

	(void)state;
	if (crypt_init(NULL) != RC_OK || crypt_signer_seed(seed, &alice, NULL) != RC_OK)
		return -1;
	seed[0] = 2;
	if (crypt_signer_seed(seed, &bob, NULL) != RC_OK)
		return -1;
	return lang_load("vi", &vi, NULL) == RC_OK && lang_load("en", &en, NULL) == RC_OK ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	crypt_signer_free(alice);
	crypt_signer_free(bob);
	lang_free(vi);
	lang_free(en);
	return 0;
}

/* ------------------------------------------------------------------- reports */

/* The report, shown in both languages on the way: every message must be there. */
static struct json *explained(const struct explain_in *in)
{
	struct json *r = NULL;
	struct buf text;

	assert_int_equal(explain_bytes(in, &r, NULL), RC_OK);
	buf_init(&text, 16 * LIMIT_ENTRY_LINE);
	assert_int_equal(json_write(r, false, &text, NULL), RC_OK);
	buf_reset(&text);
	explain_op_print(vi, r, &text);
	explain_op_print(en, r, &text);
	assert_int_equal(buf_check(&text, NULL), RC_OK);
	buf_free(&text);
	assert_int_equal(lang_missing(vi) + lang_missing(en), 0);
	return r;
}

static struct json *explained_str(const char *bytes, enum explain_kind kind)
{
	struct explain_in in = {.bytes = span_str(bytes), .kind = kind};

	return explained(&in);
}

/* 'k'ept, 'b'roken, 'u'nchecked, '-' when there is no such row. */
static char state_of(const struct json *r, const char *clause)
{
	bool ok;

	for (const struct json *c = json_first(json_get(r, "checks")); c; c = json_next(c)) {
		if (strcmp(json_get_str(c, "clause"), clause) != 0)
			continue;
		if (json_get_bool(c, "ok", &ok))
			return ok ? 'k' : 'b';
		assert_string_equal(json_get_str(c, "ok"), "unchecked");
		return 'u';
	}
	return '-';
}

static void expect(const struct json *r, const char *clause, char state)
{
	if (state_of(r, clause) != state) {
		char *text = json_print(r);
		fail_msg("%s is %c, not %c: %s", clause, state_of(r, clause), state, text);
	}
}

/* What the report calls broken, as "E9 E14". */
static void broken(const struct json *r, char ret[256])
{
	bool ok = true;

	ret[0] = '\0';
	for (const struct json *c = json_first(json_get(r, "checks")); c; c = json_next(c))
		if (json_get_bool(c, "ok", &ok) && !ok)
			snprintf(ret + strlen(ret), 256 - strlen(ret), "%s%s", ret[0] ? " " : "",
				 json_get_str(c, "clause"));
}

static int64_t number(const struct json *r, const char *name)
{
	int64_t n = -1;

	assert_true(json_get_int(r, name, &n));
	return n;
}

static bool is_ok(const struct json *r)
{
	bool ok = false;

	assert_true(json_get_bool(r, "ok", &ok));
	assert_int_equal(ok, number(r, "broken") == 0);
	assert_int_equal(explain_op_verdict(r), ok ? RC_OK : RC_REFUSED);
	return ok;
}

static const struct json *member(const struct json *r, const char *name)
{
	for (const struct json *m = json_first(json_get(r, "members")); m; m = json_next(m))
		if (strcmp(json_get_str(m, "name"), name) == 0)
			return m;
	fail_msg("no member %s", name);
	return NULL;
}

/* ------------------------------------------------------------------- vectors */

static struct json *vectors(const char *path)
{
	static uint8_t text[4 * 1024 * 1024];
	struct json *v = NULL;
	FILE *f = fopen(path, "rb");

	assert_non_null(f);
	size_t n = fread(text, 1, sizeof(text), f);
	fclose(f);
	assert_int_equal(json_parse(span_of(text, n), NULL, &v, NULL), RC_OK);
	return v;
}

static void bytes_of(const struct json *v, const char *name, struct buf *ret)
{
	char other[64];

	buf_reset(ret);
	snprintf(other, sizeof(other), "%s_hex", name);
	if (json_get(v, other))
		assert_true(codec_hex_dec(span_str(json_get_str(v, other)), ret));
	else
		buf_add_str(ret, json_get_str(v, name));
	assert_false(ret->failed);
}

static void key_of(const struct json *v, const char *name, uint8_t ret[CRYPT_PK_LEN])
{
	assert_true(codec_hex_32(span_str(json_get_str(v, name)), ret));
}

/* An accepting vector keeps all, with nothing left open; a refusing one breaks its clause. */
static void judge(const struct json *v, const struct json *r)
{
	const char *refused = json_get_str(v, "refused"), *name = json_get_str(v, "name");
	bool accept = false;

	assert_true(json_get_bool(v, "accept", &accept));
	if (!accept) {
		if (state_of(r, refused) != 'b' || is_ok(r))
			fail_msg("%s: %s is not broken: %s", name, refused, json_print(r));
	} else if (!is_ok(r) || number(r, "unchecked") > 0) {
		fail_msg("%s: %s", name, json_print(r));
	}
}

/* The first broken row is the one the parser stopped at, but for those that it meets earlier. */
static void every_line_vector(void **state)
{
	static const char *const files[] = {"tests/vectors/entry.json",
					    "tests/vectors/authority.json"};
	size_t n = 0;
	struct buf b;

	(void)state;
	buf_init(&b, BYTES_MAX);
	for (size_t i = 0; i < 2; i++) {
		struct json *all = vectors(files[i]);
		for (const struct json *v = json_first(all); v; v = json_next(v)) {
			uint8_t key[1][CRYPT_PK_LEN];
			struct explain_in in = {.kind = EXPLAIN_LINE, .nkey = 1};
			if (strcmp(json_get_str(v, "kind"), "line") != 0)
				continue;
			key_of(v, "key", key[0]);
			bytes_of(v, "line", &b);
			in.bytes = span_buf(&b);
			in.key = (const uint8_t(*)[CRYPT_PK_LEN])key;
			struct json *r = explained(&in);
			judge(v, r);
			json_free(r);
			n++;
		}
		json_free(all);
	}
	buf_free(&b);
	assert_true(n > 500);
}

static void ids_and_leaves(void **state)
{
	struct json *all = vectors("tests/vectors/entry.json");
	size_t n = 0;

	(void)state;
	for (const struct json *v = json_first(all); v; v = json_next(v)) {
		const char *kind = json_get_str(v, "kind");
		uint8_t key[1][CRYPT_PK_LEN], hash[32];
		char text[CODEC_B64U_32 + 1];
		bool accept = false;
		json_get_bool(v, "accept", &accept);
		if (!accept)
			continue;
		if (strcmp(kind, "id") == 0) {
			struct json *r = explained_str(json_get_str(v, "payload"), EXPLAIN_PAYLOAD);
			assert_string_equal(json_get_str(json_get(r, "computed"), "id"),
					    json_get_str(v, "id"));
			json_free(r);
			n++;
		} else if (strcmp(kind, "leaf") == 0) {
			key_of(v, "key", key[0]);
			key_of(v, "leaf_hash", hash);
			codec_b64u(hash, sizeof(hash), text);
			struct explain_in in = {.bytes = span_str(json_get_str(v, "line")),
						.key = (const uint8_t(*)[CRYPT_PK_LEN])key,
						.nkey = 1};
			struct json *r = explained(&in);
			assert_string_equal(json_get_str(json_get(r, "computed"), "leaf_hash"),
					    text);
			json_free(r);
			n++;
		}
	}
	json_free(all);
	assert_int_equal(n, 2);
}

/* Keys of a receipt's vector: author, log, witnesses. */
static size_t receipt_keys(const struct json *v, uint8_t key[KEYS][CRYPT_PK_LEN])
{
	struct note_policy p;
	size_t n = 0;

	key_of(v, "author", key[n++]);
	assert_int_equal(note_policy_read(span_str(json_get_str(v, "policy")), &p, NULL), RC_OK);
	memcpy(key[n++], p.log, CRYPT_PK_LEN);
	for (size_t i = 0; i < p.nwitness; i++)
		memcpy(key[n++], p.witness[i].key, CRYPT_PK_LEN);
	return n;
}

/* A clause that hangs on a key which the bytes do not name is unchecked rather than broken. */
static void log_vector(const struct json *v)
{
	const char *kind = json_get_str(v, "kind"), *refused = json_get_str(v, "refused");
	uint8_t key[KEYS][CRYPT_PK_LEN];
	struct explain_in in = {.key = (const uint8_t(*)[CRYPT_PK_LEN])key};
	bool accept = false, cosig = strcmp(kind, "cosignature") == 0;

	json_get_bool(v, "accept", &accept);
	if (strcmp(kind, "receipt") == 0) {
		in.kind = EXPLAIN_RECEIPT;
		in.bytes = span_str(json_get_str(v, "proof"));
		in.payload = span_str(json_get_str(v, "payload"));
		in.nkey = receipt_keys(v, key);
	} else {
		in.kind = EXPLAIN_NOTE;
		in.bytes = span_str(json_get_str(v, "text"));
		key_of(v, "log", key[in.nkey++]);
		if (cosig)
			key_of(v, "witness", key[in.nkey++]);
	}
	struct json *r = explained(&in);
	if (accept && !cosig && in.kind == EXPLAIN_NOTE)
		judge(v, r);
	else if (accept) /* strangers' cosignatures may stand beside */
		expect(r, cosig ? "L4" : "L2", 'k');
	else if (strcmp(refused, "L8") == 0)
		expect(r, "L6", 'k'); /* what a policy asks for is not asked here */
	else if (strcmp(refused, "E21") == 0 || cosig)
		assert_true(state_of(r, refused) != 'k');
	else
		judge(v, r);
	json_free(r);
}

static void every_note_and_receipt(void **state)
{
	struct json *all = vectors("tests/vectors/log.json");
	size_t n = 0;

	(void)state;
	for (const struct json *v = json_first(all); v; v = json_next(v)) {
		const char *kind = json_get_str(v, "kind");
		if (strcmp(kind, "note") != 0 && strcmp(kind, "cosignature") != 0 &&
		    strcmp(kind, "receipt") != 0)
			continue;
		log_vector(v);
		n++;
	}
	json_free(all);
	assert_true(n > 50);
}

/* ------------------------------------------------------------- going on, and keys */

/* A line of alice's, LF and all, into *ret; then change the first `from` into `to`. */
static void line(struct buf *ret, const char *from, const char *to)
{
	static const uint8_t entity[16] = {0x01, 0x9a, 0x9c, 0x1e, 0x7c, 0x00, 0x7a, 0x11,
					   0x8b, 0x22, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab};
	struct entry_draft d = {.seq = 3,
				.at = 1795054267,
				.op = ENTRY_SET,
				.scope = "00004",
				.entity = entity,
				.kind = "asset/3",
				.set = span_str("{\"name\":\"Máy\",\"n\":1}")};
	struct entry *e = NULL;

	entry_feed_new(crypt_signer_pk(alice), d.feed);
	assert_int_equal(entry_seal(&d, alice, &e, NULL), RC_OK);
	buf_init(ret, BYTES_MAX);
	buf_add_span(ret, e->line);
	buf_add_char(ret, '\n');
	entry_free(e);
	if (!from)
		return;
	char *at = strstr((char *)ret->p, from);
	assert_non_null(at);
	char *rest = span_dup(span_str(at + strlen(from)));
	ret->len = (size_t)((uint8_t *)at - ret->p);
	buf_add_str(ret, to);
	buf_add_str(ret, rest);
	free(rest);
}

static struct json *of_alice(const struct buf *b)
{
	uint8_t key[1][CRYPT_PK_LEN];
	struct explain_in in = {.bytes = span_buf(b), .nkey = 1};

	memcpy(key[0], crypt_signer_pk(alice), CRYPT_PK_LEN);
	in.key = (const uint8_t(*)[CRYPT_PK_LEN])key;
	return explained(&in);
}

static const struct {
	const char *from, *to, *broken;
} faults[] = {
    {NULL, NULL, ""},
    {"\"at\":1795054267,\"seen\":[0,\"\"],", "\"at\":-1,\"seen\":[0],", "E11 E12 E21 A1"},
    {"\"seq\":3", "\"seq\":\"3\"", "E10 E21 A1"},
    {"\"scope\":\"00004\"", "\"scope\":\"4\\u0034\"", "E4 E14 E21 A1"},
    {"\"kind\":\"asset/3\"", "\"kind\":[[[[3]]]]", "E6 E16 E21 A1"},
    {"\"kind\":\"asset/3\",\"after\":[],", "\"after\":[],\"kind\":\"Asset\",", "E7 E16 E21 A1"},
    {"\"op\":\"set\",\"scope\":\"00004\"", "\"op\":\"put\",\"scope\":5", "E13 E14 E21 A1"},
    {"\"v\":\"kk1\"", "\"v\":\"kk0\"", "E8 E21 A1"},
    {"\"v\":\"kk1\",", "", "E7 E21 A1"},
    {"\"set\":{\"name\":\"Máy\",\"n\":1}", "\"set\":3", "E18 E21 A1"},
    {"\"n\":1", "\"N\":1", "E18 E21 A1"},
    {"\"n\":1", "\"n\":1.5", "E5 E21 A1"},
    {"\"n\":1", "\"n\":\"\x01\"", "E2 E21 A1"},
    {"\"n\":1", "\"n\": 1", "E3 E21 A1"},
    {"\"salt\":\"", "\"salt\":\"x", "E19 E21 A1"},
    {"{\"v\"", "{\"x\":1,\"v\"", "E7 E21 A1"},
};

static void goes_on_after_a_fault(void **state)
{
	char got[256];
	struct buf b;

	(void)state;
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		line(&b, faults[i].from, faults[i].to);
		struct json *r = of_alice(&b);
		broken(r, got);
		if (strcmp(got, faults[i].broken) != 0)
			fail_msg("%s: %s, not %s: %s", faults[i].to, got, faults[i].broken,
				 json_print(r));
		assert_int_equal(is_ok(r), got[0] == '\0');
		json_free(r);
		buf_free(&b);
	}
}

static void members_are_shown(void **state)
{
	char fingerprint[AUTHORITY_FINGERPRINT];
	int64_t n = 0;
	struct buf b;

	(void)state;
	line(&b, NULL, NULL);
	struct json *r = of_alice(&b);
	assert_string_equal(json_get_str(r, "kind"), "line");
	assert_true(json_get_int(member(r, "at"), "value", &n));
	assert_int_equal(n, 1795054267);
	assert_string_equal(json_get_str(member(r, "at"), "means"), "19/11/2026 09:11");
	assert_string_equal(json_get_str(member(r, "set.name"), "value"), "Máy");
	assert_string_equal(json_get_str(member(r, "v"), "value"), "kk1");
	assert_int_equal(json_len(json_get(member(r, "seen"), "value")), 2);
	authority_fingerprint(crypt_signer_pk(alice), fingerprint);
	assert_string_equal(json_get_str(json_get(r, "computed"), "fingerprint"), fingerprint);
	json_free(r);
	buf_free(&b);
}

/* Without a key what needs none is checked, the rest left open. */
static void without_a_key(void **state)
{
	static const char *const open[] = {"E9", "E21", "E22", "A1"};
	struct buf b;

	(void)state;
	line(&b, NULL, NULL);
	struct explain_in in = {.bytes = span_buf(&b)};
	struct json *r = explained(&in);
	assert_true(is_ok(r));
	for (size_t i = 0; i < 4; i++)
		expect(r, open[i], 'u');
	assert_int_equal(number(r, "unchecked"), 4);
	expect(r, "E18", 'k');
	json_free(r);

	in.bytes = span_of(b.p + ENTRY_SIG_TEXT + 1, b.len - ENTRY_SIG_TEXT - 1);
	r = explained(&in);
	assert_string_equal(json_get_str(r, "kind"), "payload");
	expect(r, "E1", 'u');
	expect(r, "E19", 'k');
	assert_true(is_ok(r));
	json_free(r);
	buf_free(&b);
}

/* Several keys are a keyring: the feed says which; a stranger is A1, not a false claim. */
static void a_keyring(void **state)
{
	uint8_t key[3][CRYPT_PK_LEN] = {{9}};
	struct buf b;

	(void)state;
	line(&b, NULL, NULL);
	struct explain_in in = {.bytes = span_buf(&b),
				.key = (const uint8_t(*)[CRYPT_PK_LEN])key,
				.nkey = 3};
	memcpy(key[1], crypt_signer_pk(bob), CRYPT_PK_LEN);
	memcpy(key[2], crypt_signer_pk(alice), CRYPT_PK_LEN);
	struct json *r = explained(&in);
	assert_true(is_ok(r));
	assert_int_equal(number(r, "unchecked"), 0);
	json_free(r);

	in.nkey = 2;
	r = explained(&in);
	expect(r, "A1", 'b');
	expect(r, "E9", 'k');
	expect(r, "E21", 'u');
	json_free(r);

	in.nkey = 1;
	in.key = (const uint8_t(*)[CRYPT_PK_LEN])key + 1;
	r = explained(&in);
	expect(r, "E9", 'b');
	expect(r, "E21", 'b');
	json_free(r);
	buf_free(&b);
}

/* Nothing a stranger can send makes it fail: each line cut at every byte, and each byte changed. */
static void any_bytes(void **state)
{
	struct buf b;

	(void)state;
	line(&b, NULL, NULL);
	for (size_t i = 0; i < b.len; i++) {
		struct explain_in in = {.bytes = span_of(b.p, i), .kind = EXPLAIN_LINE};
		struct json *r = explained(&in);
		expect(r, "E1", 'b');
		json_free(r);
		b.p[i] ^= 0x80;
		in.bytes = span_buf(&b);
		in.kind = EXPLAIN_AUTO;
		r = explained(&in);
		assert_false(is_ok(r));
		json_free(r);
		b.p[i] ^= 0x80;
	}
	buf_free(&b);
}

/* ---------------------------------------------------------------- the operation */

static void keys_as_people_have_them(void **state)
{
	const uint8_t *pk = crypt_signer_pk(alice);
	char b64u[CODEC_B64U_32 + 1], hex[CODEC_HEX_LEN(32) + 1];
	uint8_t got[3][CRYPT_PK_LEN];
	struct err err;
	struct buf ssh;

	(void)state;
	buf_init(&ssh, 256);
	note_sshkey_write(pk, "một PC", &ssh);
	codec_b64u(pk, CRYPT_PK_LEN, b64u);
	codec_hex(pk, CRYPT_PK_LEN, hex);
	assert_int_equal(explain_key(span_str(b64u), got[0], NULL), RC_OK);
	assert_int_equal(explain_key(span_str(hex), got[1], NULL), RC_OK);
	assert_int_equal(explain_key(span_buf(&ssh), got[2], NULL), RC_OK);
	for (size_t i = 0; i < 3; i++)
		assert_memory_equal(got[i], pk, CRYPT_PK_LEN);
	assert_int_equal(explain_key(span_str("alice"), got[0], &err), RC_USAGE);
	assert_string_equal(err.key, "explain.key_form");
	buf_free(&ssh);
}

static enum rc run_alone(const struct op_call *call, const struct json *in, struct json **ret,
			 struct err *reterr)
{
	return explain_op_run(call, NULL, in, ret, reterr);
}

static void the_operation(void **state)
{
	const struct op op = {.name = "explain",
			      .flags = OP_READ | OP_NOSTORE,
			      .arg = explain_op_args,
			      .narg = EXPLAIN_OP_NARGS,
			      .run = run_alone};
	const struct op_call call = {.op = &op};
	struct json *in = json_object(), *out = NULL;
	struct buf text;
	struct err err;

	(void)state;
	assert_int_equal(op_run(&op, &call, in, &out, &err), RC_USAGE);
	assert_string_equal(err.key, "op.missing");

	json_set_bool(in, "roles", true);
	assert_int_equal(op_run(&op, &call, in, &out, &err), RC_OK);
	assert_int_equal(explain_op_verdict(out), RC_OK);
	buf_init(&text, 16 * LIMIT_ENTRY_LINE);
	explain_op_print(vi, out, &text);
	assert_non_null(strstr((char *)text.p, "| registrar |"));
	json_free(out);
	json_free(in);

	/* any file is bytes: this one is no line */
	in = json_object();
	json_set_str(in, "what", "tests/vectors/json_scan.txt");
	assert_int_equal(op_run(&op, &call, in, &out, &err), RC_OK);
	assert_int_equal(explain_op_verdict(out), RC_REFUSED);
	expect(out, "E1", 'b');
	buf_reset(&text);
	explain_op_print(vi, out, &text);
	assert_non_null(strstr((char *)text.p, "✗ E1"));
	json_free(out);
	json_set(in, "key", json_array());
	json_append_str(json_get(in, "key"), "x");
	assert_int_equal(op_run(&op, &call, in, &out, &err), RC_USAGE);
	json_free(in);
	buf_free(&text);
}

/* A program that keeps entries: the one asked for is alice's. */
static enum rc stored(const struct op_call *call, const char *id, struct buf *ret,
		      uint8_t retpk[CRYPT_PK_LEN], struct err *reterr)
{
	struct buf b;

	(void)call;
	if (id[0] != 'A')
		return err_set(reterr, RC_NOTFOUND, NULL, "entry.key_unknown", NULL);
	line(&b, NULL, NULL);
	buf_add(ret, b.p, b.len - 1);
	buf_free(&b);
	memcpy(retpk, crypt_signer_pk(alice), CRYPT_PK_LEN);
	return RC_OK;
}

static void an_entry_by_its_id(void **state)
{
	static const struct explain_op_source source = {stored};
	const struct op_call call = {.op = NULL};
	struct json *in = json_object(), *out = NULL;
	char id[CODEC_B64U_32 + 1];
	struct err err;

	(void)state;
	memset(id, 'A', CODEC_B64U_32);
	id[CODEC_B64U_32] = '\0';
	json_set_str(in, "what", id);
	assert_int_equal(explain_op_run(&call, &source, in, &out, &err), RC_OK);
	assert_true(is_ok(out));
	assert_int_equal(number(out, "unchecked"), 0);
	json_free(out);
	/* without a source it is the name of a file, which is not there */
	assert_int_equal(explain_op_run(&call, NULL, in, &out, &err), RC_NOTFOUND);
	id[0] = 'B';
	json_set_str(in, "what", id);
	assert_int_equal(explain_op_run(&call, &source, in, &out, &err), RC_NOTFOUND);
	assert_string_equal(err.key, "entry.key_unknown");
	json_free(in);
}

/* A key may be given as the file it is in. */
static void a_key_in_a_file(void **state)
{
	char *folder = NULL, *pub = NULL, *text = NULL;
	struct json *in = json_object(), *out = NULL;
	const struct op_call call = {.op = NULL};
	struct buf b, ssh;

	(void)state;
	assert_int_equal(os_dir_temp(&folder, "explain_test", NULL), RC_OK);
	assert_int_equal(os_path_join(&pub, folder, "author.pub", NULL), RC_OK);
	assert_int_equal(os_path_join(&text, folder, "line", NULL), RC_OK);
	line(&b, NULL, NULL);
	buf_init(&ssh, 256);
	note_sshkey_write(crypt_signer_pk(alice), "x", &ssh);
	assert_int_equal(os_file_write(pub, span_buf(&ssh), OS_NEW, NULL), RC_OK);
	assert_int_equal(os_file_write(text, span_buf(&b), OS_NEW, NULL), RC_OK);
	json_set_str(in, "what", text);
	json_set(in, "key", json_array());
	json_append_str(json_get(in, "key"), pub);
	assert_int_equal(explain_op_run(&call, NULL, in, &out, NULL), RC_OK);
	assert_true(is_ok(out));
	assert_int_equal(number(out, "unchecked"), 0);
	json_free(out);
	json_free(in);
	assert_int_equal(os_dir_remove(folder, NULL), RC_OK);
	free(pub);
	free(text);
	free(folder);
	buf_free(&ssh);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_line_vector),
	    cmocka_unit_test(ids_and_leaves),
	    cmocka_unit_test(every_note_and_receipt),
	    cmocka_unit_test(goes_on_after_a_fault),
	    cmocka_unit_test(members_are_shown),
	    cmocka_unit_test(without_a_key),
	    cmocka_unit_test(a_keyring),
	    cmocka_unit_test(any_bytes),
	    cmocka_unit_test(keys_as_people_have_them),
	    cmocka_unit_test(the_operation),
	    cmocka_unit_test(an_entry_by_its_id),
	    cmocka_unit_test(a_key_in_a_file),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
