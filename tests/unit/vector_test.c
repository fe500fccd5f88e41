/*
 * vector_test: every vector that tests/vectors/make_vectors.py made, and the example that the
 * public sigsum-verify accepted (../shared/vectors), byte for byte. Each kind of vector is
 * one function that answers as the code does: RC_OK, or a refusal with its clause; a
 * claim that turns out wrong is a refusal of the vector's own clause.
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
#include "lib/json.h"
#include "lib/limits.h"
#include "sync/authority.h"
#include "sync/cosign.h"
#include "sync/entry.h"
#include "sync/note.h"
#include "sync/sign.h"
#include "sync/tree.h"

#define WRONG "wrong" /* clause of a claim that is not so */

enum { HASHES = 64, FILE_MAX = 4 * 1024 * 1024 };

/* -------------------------------------------------------------------- inputs */

static struct span file(const char *path)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		return span_of(NULL, 0);
	uint8_t *p = malloc(FILE_MAX);
	assert_non_null(p);
	size_t n = fread(p, 1, FILE_MAX, f);
	assert_true(n < FILE_MAX);
	fclose(f);
	return span_of(p, n);
}

static const char *str(const struct json *v, const char *name)
{
	const char *s = json_get_str(v, name);

	if (!s)
		fail_msg("%s: no text %s", json_get_str(v, "name"), name);
	return s;
}

static uint64_t num(const struct json *v, const char *name)
{
	int64_t n = -1;

	if (!json_get_int(v, name, &n) || n < 0)
		fail_msg("%s: no number %s", json_get_str(v, "name"), name);
	return (uint64_t)n;
}

static void hex_of(const char *text, uint8_t *ret, size_t len)
{
	if (!codec_hex_exact(span_str(text), ret, len))
		fail_msg("not %zu bytes of hex: %s", len, text);
}

static void hex(const struct json *v, const char *name, uint8_t *ret, size_t len)
{
	hex_of(str(v, name), ret, len);
}

/* Bytes of `name`, or of `name`_hex, appended to *ret. */
static void bytes(const struct json *v, const char *name, struct buf *ret)
{
	char other[64];

	snprintf(other, sizeof(other), "%s_hex", name);
	if (json_get(v, other))
		assert_true(codec_hex_dec(span_str(str(v, other)), ret));
	else
		buf_add_str(ret, str(v, name));
	assert_false(ret->failed);
}

/* An array of hashes in hex. */
static size_t hashes(const struct json *a, uint8_t (*ret)[TREE_HASH])
{
	size_t n = 0;

	assert_int_equal(json_kind(a), JSON_ARRAY);
	for (const struct json *h = json_first(a); h; h = json_next(h), n++) {
		assert_true(n < HASHES);
		hex_of(json_str(h), ret[n], TREE_HASH);
	}
	return n;
}

static void proof(const struct json *a, struct tree_proof *ret)
{
	ret->n = hashes(a, ret->hash);
}

static enum rc wrong(struct err *err)
{
	return err_set(err, RC_REFUSED, WRONG, "wrong", NULL);
}

static enum rc claim(bool so, struct err *err)
{
	return so ? RC_OK : wrong(err);
}

/* --------------------------------------------------------------------- kinds */

/* A line with its LF, of which there is one, at the end. */
static enum rc open_line(const struct json *v, struct entry **ret, struct err *err)
{
	uint8_t key[CRYPT_PK_LEN];
	struct buf b;
	enum rc rc;

	hex(v, "key", key, sizeof(key));
	buf_init(&b, 2 * LIMIT_ENTRY_LINE);
	bytes(v, "line", &b);
	struct span rest = span_buf(&b), line;
	if (!span_line(&rest, &line) || rest.len > 0)
		rc = err_set(err, RC_REFUSED, "E1", "framing", NULL);
	else
		rc = entry_open_key(line, key, ret, err);
	buf_free(&b);
	return rc;
}

static enum rc kind_line(const struct json *v, struct err *err)
{
	struct entry *e = NULL, *again = NULL;
	enum rc rc = open_line(v, &e, err);

	if (rc != RC_OK)
		return rc;
	/* what is opened can be loaded, and is the same */
	assert_int_equal(entry_load(e->payload, e->sig, e->key, &again, err), RC_OK);
	assert_true(span_eq(e->line, again->line));
	entry_free(again);
	entry_free(e);
	return RC_OK;
}

static enum rc kind_id(const struct json *v, struct err *err)
{
	uint8_t id[ENTRY_ID_LEN];
	char text[CODEC_B64U_32 + 1];

	entry_id(span_str(str(v, "payload")), id);
	codec_b64u(id, sizeof(id), text);
	return claim(strcmp(text, str(v, "id")) == 0, err);
}

static enum rc kind_leaf(const struct json *v, struct err *err)
{
	uint8_t leaf[ENTRY_LEAF_LEN], want[ENTRY_LEAF_LEN], hash[32], want_hash[32], again[32];
	struct entry *e = NULL;

	assert_int_equal(open_line(v, &e, err), RC_OK);
	hex(v, "leaf", want, sizeof(want));
	hex(v, "leaf_hash", want_hash, sizeof(want_hash));
	entry_leaf(e, leaf);
	entry_leaf_hash(e, hash);
	tree_leaf(span_of(leaf, sizeof(leaf)), again);
	assert_memory_equal(hash, again, sizeof(hash));
	entry_free(e);
	bool so = memcmp(leaf, want, sizeof(leaf)) == 0;
	assert_int_equal(so, memcmp(hash, want_hash, sizeof(hash)) == 0);
	return claim(so, err);
}

static enum rc kind_uuid_key(const struct json *v, struct err *err)
{
	struct span part[8];
	size_t n = 0;
	uint8_t id[16];
	char text[CODEC_UUID_LEN + 1];

	for (const struct json *p = json_first(json_get(v, "parts")); p; p = json_next(p))
		part[n++] = span_str(json_str(p));
	entry_uuid_key(str(v, "form"), part, n, id);
	codec_uuid(id, text);
	return claim(strcmp(text, str(v, "uuid")) == 0, err);
}

static enum rc kind_fingerprint(const struct json *v, struct err *err)
{
	uint8_t key[CRYPT_PK_LEN];
	char text[AUTHORITY_FINGERPRINT];

	hex(v, "key", key, sizeof(key));
	authority_fingerprint(key, text);
	return claim(strcmp(text, str(v, "fingerprint")) == 0, err);
}

static enum rc kind_code(const struct json *v, struct err *err)
{
	char code[AUTHORITY_CODE];

	if (!authority_code_read(span_str(str(v, "typed")), code))
		return wrong(err);
	return claim(strcmp(code, str(v, "code")) == 0, err);
}

static enum rc kind_code_hash(const struct json *v, struct err *err)
{
	char code[AUTHORITY_CODE];
	uint8_t hash[32], want[32];

	assert_true(authority_code_read(span_str(str(v, "code")), code));
	authority_code_hash(str(v, "scope"), code, hash);
	hex(v, "hash", want, sizeof(want));
	return claim(memcmp(hash, want, sizeof(hash)) == 0, err);
}

static enum rc kind_root(const struct json *v, struct err *err)
{
	struct tree_frontier f = {0};
	uint8_t root[32], want[32], hash[32];
	struct buf b;

	buf_init(&b, 1024);
	for (const struct json *l = json_first(json_get(v, "leaves")); l; l = json_next(l)) {
		buf_reset(&b);
		assert_true(codec_hex_dec(span_str(json_str(l)), &b));
		tree_leaf(span_buf(&b), hash);
		tree_append(&f, hash, NULL);
	}
	buf_free(&b);
	tree_frontier_root(&f, root);
	hex(v, "root", want, sizeof(want));
	return claim(memcmp(root, want, sizeof(root)) == 0, err);
}

static enum rc kind_inclusion(const struct json *v, struct err *err)
{
	struct tree_proof p;
	uint8_t leaf[32], root[32];

	proof(json_get(v, "path"), &p);
	hex(v, "leaf_hash", leaf, sizeof(leaf));
	hex(v, "root", root, sizeof(root));
	return tree_check_inclusion(leaf, num(v, "index"), num(v, "size"), &p, root, err);
}

static enum rc kind_consistency(const struct json *v, struct err *err)
{
	struct tree_proof p;
	uint8_t old[32], root[32];

	proof(json_get(v, "path"), &p);
	hex(v, "old_root", old, sizeof(old));
	hex(v, "root", root, sizeof(root));
	return tree_check_consistency(num(v, "old"), old, num(v, "size"), root, &p, err);
}

static enum rc kind_range(const struct json *v, struct err *err)
{
	uint64_t start = num(v, "start"), end = num(v, "end"), size = num(v, "size");
	uint8_t leaf[HASHES][TREE_HASH], root[32];
	const uint8_t(*run)[TREE_HASH] = (const uint8_t(*)[TREE_HASH])leaf;
	struct tree_proof p, want, got;

	proof(json_get(v, "nodes"), &p);
	hex(v, "root", root, sizeof(root));
	assert_int_equal(hashes(json_get(v, "leaf_hashes"), leaf), end - start);
	enum rc rc = tree_check_range(run, start, end, size, &p, root, err);
	if (rc != RC_OK)
		return rc;
	uint64_t i = start;
	for (const struct json *a = json_first(json_get(v, "inclusion")); a; a = json_next(a)) {
		proof(a, &want);
		assert_int_equal(tree_range_inclusion(run, start, end, size, &p, i++, &got, err),
				 RC_OK);
		assert_int_equal(got.n, want.n);
		assert_memory_equal(got.hash, want.hash, got.n * TREE_HASH);
	}
	assert_int_equal(i, end);
	return RC_OK;
}

static enum rc kind_note(const struct json *v, struct err *err)
{
	uint8_t log[CRYPT_PK_LEN], root[32];
	struct note n;

	hex(v, "log", log, sizeof(log));
	enum rc rc = note_open(span_str(str(v, "text")), log, &n, err);
	if (rc != RC_OK)
		return rc;
	assert_int_equal(json_get(v, "size") ? num(v, "size") : n.size + 1, n.size);
	hex(v, "root", root, sizeof(root));
	assert_memory_equal(n.root, root, sizeof(root));
	return RC_OK;
}

static enum rc kind_cosignature(const struct json *v, struct err *err)
{
	struct note_policy p = {.nwitness = 1, .quorum = 1};
	struct note n;
	bool ok;
	uint64_t time;

	hex(v, "log", p.log, sizeof(p.log));
	hex(v, "witness", p.witness[0].key, sizeof(p.witness[0].key));
	enum rc rc = note_open(span_str(str(v, "text")), p.log, &n, err);
	if (rc != RC_OK)
		return rc;
	if (note_quorum(&n, &p, &ok, &time) != 1)
		return wrong(err);
	assert_true(ok);
	assert_int_equal(time, num(v, "time"));
	return RC_OK;
}

static enum rc kind_add_checkpoint(const struct json *v, struct err *err)
{
	struct cosign_request r;
	uint8_t hash[TREE_HASH];
	struct span body = span_str(str(v, "body"));
	enum rc rc = cosign_request_read(body, &r, err);

	if (rc != RC_OK)
		return rc;
	const struct json *proof = json_get_arr(v, "proof");
	assert_int_equal(r.old, num(v, "old"));
	assert_int_equal(r.note.n.size, num(v, "size"));
	hex(v, "root", hash, sizeof(hash));
	assert_memory_equal(r.note.n.root, hash, sizeof(hash));
	assert_int_equal(r.proof.n, json_len(proof));
	for (size_t i = 0; i < r.proof.n; i++) {
		assert_true(codec_hex_32(span_str(json_str(json_at(proof, i))), hash));
		assert_memory_equal(r.proof.hash[i], hash, sizeof(hash));
	}
	struct buf again;
	struct span note = body, line;
	while (span_line(&note, &line) && line.len > 0)
		;
	buf_init(&again, COSIGN_REQUEST_MAX);
	assert_int_equal(cosign_request_write(r.old, &r.proof, note, &again, err), RC_OK);
	assert_true(span_eq(span_buf(&again), body));
	buf_free(&again);
	return RC_OK;
}

static enum rc kind_receipt(const struct json *v, struct err *err)
{
	uint8_t author[CRYPT_PK_LEN];
	struct note_policy p;
	uint64_t index;

	hex(v, "author", author, sizeof(author));
	assert_int_equal(note_policy_read(span_str(str(v, "policy")), &p, err), RC_OK);
	enum rc rc = note_receipt_check(span_str(str(v, "payload")), span_str(str(v, "proof")),
					author, &p, &index, err);
	if (rc == RC_OK)
		assert_int_equal(index, num(v, "index"));
	return rc;
}

static enum rc kind_policy(const struct json *v, struct err *err)
{
	struct note_policy p;
	uint8_t key[32];
	size_t n = 0;
	enum rc rc = note_policy_read(span_str(str(v, "text")), &p, err);

	if (rc != RC_OK)
		return rc;
	hex(v, "log", key, sizeof(key));
	assert_memory_equal(p.log, key, sizeof(key));
	for (const struct json *w = json_first(json_get(v, "witnesses")); w; w = json_next(w)) {
		assert_true(n < p.nwitness);
		hex_of(json_str(w), key, sizeof(key));
		assert_memory_equal(p.witness[n++].key, key, sizeof(key));
	}
	assert_int_equal(n, p.nwitness);
	assert_int_equal(p.quorum, num(v, "quorum"));
	return RC_OK;
}

static enum rc kind_epoch(const struct json *v, struct err *err)
{
	uint8_t log[CRYPT_PK_LEN];
	char epoch[5];

	hex(v, "log", log, sizeof(log));
	note_epoch(log, epoch);
	return claim(strcmp(epoch, str(v, "epoch")) == 0, err);
}

/* --------------------------------------------------- the example, from its seeds */

/* What the example must come out as. */
struct example {
	struct span line[3], note, proof, policy, pub; /* line[0], [1]: empty when not given */
	struct crypt_signer *author, *log, *witness;
};

static struct entry *example_entry(const struct example *x, struct entry_draft *d)
{
	uint8_t hash[CRYPT_HASH_LEN];
	char salt[16];
	struct entry *e = NULL;

	crypt_sha256(crypt_signer_pk(x->author), CRYPT_PK_LEN, hash);
	memcpy(d->feed, hash, 8);
	for (uint8_t i = 0; i < 8; i++)
		d->feed[8 + i] = i;
	if (d->seq > 0) {
		snprintf(salt, sizeof(salt), "salt%d", (int)d->seq);
		crypt_sha256(salt, strlen(salt), hash);
		memcpy(d->salt, hash, sizeof(d->salt));
	}
	assert_int_equal(entry_seal(d, x->author, &e, NULL), RC_OK);
	return e;
}

/* The three entries of the story. */
static void example_feed(const struct example *x, struct entry *e[3])
{
	uint8_t id[16];
	struct json *set = json_object();
	struct entry_draft d = {.at = 1795052000, .op = ENTRY_OPEN, .scope = "00004"};
	struct buf text;

	assert_true(codec_uuid_dec(span_str("019a9c1e-7c00-7a11-8b22-0123456789ab"), id));
	e[0] = example_entry(x, &d);
	buf_init(&text, LIMIT_ENTRY_PAYLOAD);
	json_set_str(set, "name", "Máy phát điện");
	json_set_int(set, "quantity", 1);
	json_set_str(set, "condition", "tot");
	assert_int_equal(entry_set_write(set, &text, NULL), RC_OK);
	json_free(set);
	d = (struct entry_draft){.seq = 1,
				 .at = 1795052100,
				 .op = ENTRY_SET,
				 .scope = "00004",
				 .entity = id,
				 .kind = "asset",
				 .set = span_buf(&text)};
	memcpy(d.prev, e[0]->id, sizeof(d.prev));
	e[1] = example_entry(x, &d);
	d.seq = 2;
	d.at = 1795054267;
	d.after = (const uint8_t(*)[ENTRY_ID_LEN]) & e[1]->id;
	d.nafter = 1;
	d.set = span_str("{\"condition\":\"hong\"}");
	memcpy(d.prev, e[1]->id, sizeof(d.prev));
	e[2] = example_entry(x, &d);
	buf_free(&text);
}

static void same_text(const char *what, const struct buf *got, struct span want)
{
	if (!span_eq(span_buf(got), want))
		fail_msg("%s differs:\n%.*s\n%.*s", what, (int)got->len, (const char *)got->p,
			 (int)want.len, (const char *)want.p);
}

/* Checkpoint, policy and receipt of the last entry. */
static void example_log(const struct example *x, struct entry *e[3])
{
	struct tree_frontier f = {0};
	struct tree_proof p = {0};
	struct note n;
	struct note_policy policy, again;
	uint8_t leaf[3][TREE_HASH], root[TREE_HASH];
	const uint8_t *log = crypt_signer_pk(x->log), *author = crypt_signer_pk(x->author);
	uint64_t index;
	struct buf b;

	for (size_t i = 0; i < 3; i++) {
		entry_leaf_hash(e[i], leaf[i]);
		tree_append(&f, leaf[i], NULL);
	}
	tree_frontier_root(&f, root);
	buf_init(&b, NOTE_RECEIPT_MAX);
	assert_int_equal(note_sign(x->log, 3, root, &b, NULL), RC_OK);
	assert_int_equal(note_cosign(x->witness, "witness.example/w1", 1795054300, log, 3, root, &b,
				     NULL),
			 RC_OK);
	same_text("note", &b, x->note);
	assert_int_equal(note_open(span_buf(&b), log, &n, NULL), RC_OK);

	assert_int_equal(note_policy_read(x->policy, &policy, NULL), RC_OK);
	assert_memory_equal(policy.log, log, sizeof(policy.log));
	buf_reset(&b);
	assert_int_equal(note_policy_write(&policy, &b, NULL), RC_OK);
	same_text("policy", &b, x->policy);
	assert_int_equal(note_policy_read(span_buf(&b), &again, NULL), RC_OK);

	assert_int_equal(tree_range_inclusion((const uint8_t(*)[TREE_HASH])leaf, 0, 3, 3, &p, 2, &p,
					      NULL),
			 RC_OK);
	buf_reset(&b);
	assert_int_equal(note_receipt_write(e[2]->keyhash, e[2]->sig, 2, &n, &policy, &p, &b, NULL),
			 RC_OK);
	same_text("proof", &b, x->proof);
	assert_int_equal(note_receipt_check(e[2]->payload, x->proof, author, &policy, &index, NULL),
			 RC_OK);
	assert_int_equal(index, 2);

	buf_reset(&b);
	note_sshkey_write(author, "x", &b);
	same_text("pub", &b, x->pub);
	buf_free(&b);
}

static void example(struct example *x, const uint8_t seed[3][CRYPT_SEED_LEN])
{
	struct crypt_signer **signer[3] = {&x->author, &x->log, &x->witness};
	struct entry *e[3];
	struct buf b;

	for (size_t i = 0; i < 3; i++)
		assert_int_equal(crypt_signer_seed(seed[i], signer[i], NULL), RC_OK);
	example_feed(x, e);
	buf_init(&b, LIMIT_ENTRY_LINE + 1);
	for (size_t i = 0; i < 3; i++) {
		if (x->line[i].len == 0)
			continue;
		buf_reset(&b);
		buf_add_span(&b, e[i]->line);
		buf_add_char(&b, '\n');
		same_text("line", &b, x->line[i]);
	}
	buf_free(&b);
	example_log(x, e);
	for (size_t i = 0; i < 3; i++) {
		entry_free(e[i]);
		crypt_signer_free(*signer[i]);
	}
}

static enum rc kind_example(const struct json *v, struct err *err)
{
	struct example x = {.note = span_str(str(v, "note")),
			    .proof = span_str(str(v, "proof")),
			    .policy = span_str(str(v, "policy")),
			    .pub = span_str(str(v, "pub"))};
	const struct json *lines = json_get(v, "lines"), *seeds = json_get(v, "seeds");
	uint8_t seed[3][CRYPT_SEED_LEN];

	(void)err;
	assert_int_equal(json_len(lines), 3);
	assert_int_equal(json_len(seeds), 3);
	for (size_t i = 0; i < 3; i++) {
		x.line[i] = span_str(json_str(json_at(lines, i)));
		hex_of(json_str(json_at(seeds, i)), seed[i], sizeof(seed[i]));
	}
	example(&x, (const uint8_t(*)[CRYPT_SEED_LEN])seed);
	return RC_OK;
}

/* ------------------------------------------------------------------------ stubs */

static bool one_of_two(void *ctx, const uint8_t prefix[8], uint8_t retpk[CRYPT_PK_LEN])
{
	const struct json *keys = ctx;
	uint8_t hash[CRYPT_HASH_LEN];

	for (const struct json *k = json_first(keys); k; k = json_next(k)) {
		hex_of(json_str(k), retpk, CRYPT_PK_LEN);
		crypt_sha256(retpk, CRYPT_PK_LEN, hash);
		if (memcmp(hash, prefix, 8) == 0)
			return true;
	}
	return false;
}

static void same_stub(const struct entry *a, const struct entry *b)
{
	assert_true(a->erased && b->erased && a->payload.len == 0 && span_eq(a->line, b->line));
	assert_memory_equal(a->id, b->id, sizeof(a->id));
	assert_int_equal(a->nfield, b->nfield);
	for (size_t i = 0; i < a->nfield; i++)
		assert_true(span_eq(a->field[i].name, b->field[i].name) && a->field[i].raw.len == 0);
}

static enum rc kind_stub(const struct json *v, struct err *err)
{
	const struct entry_keys keys = {(void *)(uintptr_t)json_get(v, "keys"), one_of_two};
	uint8_t leaf[ENTRY_LEAF_LEN], want[ENTRY_LEAF_LEN];
	char id[CODEC_B64U_32 + 1];
	struct span text = span_str(str(v, "line"));
	struct entry *e = NULL, *again = NULL;
	enum rc rc = entry_open(span_of(text.p, text.len - 1), &keys, &e, err);

	if (rc != RC_OK)
		return rc;
	hex(v, "leaf", want, sizeof(want));
	entry_leaf(e, leaf);
	assert_memory_equal(leaf, want, sizeof(leaf));
	codec_b64u(e->id, sizeof(e->id), id);
	assert_string_equal(id, str(v, "id"));
	assert_int_equal(entry_copy(e, &again, err), RC_OK);
	same_stub(e, again);
	entry_free(again);
	entry_free(e);
	return RC_OK;
}

/* --------------------------------------------------------------------- running */

static const struct {
	const char *name;
	enum rc (*run)(const struct json *v, struct err *err);
} kinds[] = {
    {"line", kind_line},
    {"id", kind_id},
    {"leaf", kind_leaf},
    {"uuid_key", kind_uuid_key},
    {"fingerprint", kind_fingerprint},
    {"code", kind_code},
    {"code_hash", kind_code_hash},
    {"root", kind_root},
    {"inclusion", kind_inclusion},
    {"consistency", kind_consistency},
    {"range", kind_range},
    {"note", kind_note},
    {"cosignature", kind_cosignature},
    {"add_checkpoint", kind_add_checkpoint},
    {"receipt", kind_receipt},
    {"policy", kind_policy},
    {"epoch", kind_epoch},
    {"example", kind_example},
    {"stub", kind_stub},
};

static bool run_one(const struct json *v)
{
	const char *clause = str(v, "clause"), *kind = str(v, "kind"), *refused;
	struct err err = {0};
	bool accept;
	size_t k = 0;

	assert_true(json_get_bool(v, "accept", &accept));
	while (k < sizeof(kinds) / sizeof(kinds[0]) && strcmp(kinds[k].name, kind) != 0)
		k++;
	if (k == sizeof(kinds) / sizeof(kinds[0]))
		fail_msg("no such kind of vector: %s", kind);
	enum rc rc = kinds[k].run(v, &err);
	refused = accept ? "" : str(v, "refused");
	const char *got = strcmp(err.clause, WRONG) == 0 ? clause : err.clause;
	if (rc == (accept ? RC_OK : RC_REFUSED) && strcmp(got, refused) == 0)
		return true;
	print_message("%s, %s, should be %s %s; is %s %s %s\n", clause, str(v, "name"),
		      accept ? "accepted" : "refused", refused, err_name(rc), got, err.key);
	return false;
}

static void run_file(const char *path)
{
	struct span text = file(path);
	struct json *all = NULL;
	size_t n = 0, bad = 0;

	if (!text.p)
		fail_msg("%s is not there (tests run in the source root)", path);
	assert_int_equal(json_parse(text, NULL, &all, NULL), RC_OK);
	assert_int_equal(json_kind(all), JSON_ARRAY);
	for (const struct json *v = json_first(all); v; v = json_next(v), n++)
		bad += !run_one(v);
	print_message("%s: %zu vectors\n", path, n);
	assert_true(n > 0);
	assert_int_equal(bad, 0);
	json_free(all);
	free((void *)(uintptr_t)text.p);
}

static void entry_vectors(void **state)
{
	(void)state;
	run_file("tests/vectors/entry.json");
}

static void authority_vectors(void **state)
{
	(void)state;
	run_file("tests/vectors/authority.json");
}

static void keys_vectors(void **state)
{
	(void)state;
	run_file("tests/vectors/keys.json");
}

static void log_vectors(void **state)
{
	(void)state;
	run_file("tests/vectors/log.json");
}

static void example_vectors(void **state)
{
	(void)state;
	run_file("tests/vectors/example.json");
}

/* The example under ../shared/vectors, from seeds 01.., 02.., 03... */
static void shared_example(void **state)
{
	static const char *const names[5] = {"line.txt", "ex.note", "ex.proof", "ex.policy",
					     "ex.pub"};
	uint8_t seed[3][CRYPT_SEED_LEN];
	struct span text[5];
	char path[64];

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		snprintf(path, sizeof(path), "../shared/vectors/%s", names[i]);
		text[i] = file(path);
		if (!text[i].p && i == 0) {
			print_message("../shared/vectors is not there: its example is not tried\n");
			skip();
		}
		assert_non_null(text[i].p);
	}
	for (uint8_t i = 0; i < 3; i++)
		memset(seed[i], i + 1, sizeof(seed[i]));
	struct example x = {.line = {{0}, {0}, text[0]},
			    .note = text[1],
			    .proof = text[2],
			    .policy = text[3],
			    .pub = text[4]};
	example(&x, (const uint8_t(*)[CRYPT_SEED_LEN])seed);
	for (size_t i = 0; i < 5; i++)
		free((void *)(uintptr_t)text[i].p);
}

static int setup(void **state)
{
	(void)state;
	return crypt_init(NULL) == RC_OK ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(entry_vectors),   cmocka_unit_test(authority_vectors),
	    cmocka_unit_test(keys_vectors),    cmocka_unit_test(log_vectors),
	    cmocka_unit_test(example_vectors), cmocka_unit_test(shared_example),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
