/*
 * protocol_vector_test: every vector that tests/vectors/make_protocol.py made, byte for byte.
 * What is accepted is also written by our own side and must come out as the same bytes: the
 * signature of a request, the header of a request, a whole answer.
 * clause: P2 P3 P9 P11 P12 P16 P32 P33 W8
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
#include "sync/httpsig.h"
#include "sync/session.h"
#include "tests/support/exchange.h"

#define WRONG "wrong" /* clause of a claim that is not so */
#define SCOPE "00004"

enum { FILE_MAX = 4 * 1024 * 1024, LINES = 16, LEAVES = 64 };

/* What all answers start from, and what the store was given. */
struct world {
	uint8_t root[CRYPT_PK_LEN];
	const struct json *known, *push, *leaves;
	char epoch[5];
	struct session_verdict told[LINES];
	size_t ntold, pulled;
};

/* -------------------------------------------------------------------- inputs */

static const char *str(const struct json *v, const char *name)
{
	const char *s = json_get_str(v, name);

	if (!s)
		fail_msg("%s: no text %s", json_get_str(v, "name"), name);
	return s;
}

static int64_t num(const struct json *v, const char *name)
{
	int64_t n = -1;

	if (!json_get_int(v, name, &n))
		fail_msg("%s: no number %s", json_get_str(v, "name"), name);
	return n;
}

static void hex(const char *text, uint8_t *ret, size_t len)
{
	if (!text || !codec_hex_exact(span_str(text), ret, len))
		fail_msg("not %zu bytes of hex: %s", len, text ? text : "");
}

static enum rc claim(bool so, struct err *err)
{
	return so ? RC_OK : err_set(err, RC_REFUSED, WRONG, "wrong", NULL);
}

static void same(const char *what, const struct buf *got, struct span want)
{
	assert_false(got->failed);
	if (!span_eq(span_buf(got), want))
		fail_msg("%s differs:\n%.*s\n%.*s", what, (int)got->len, (const char *)got->p,
			 (int)want.len, (const char *)want.p);
}

/* ------------------------------------------------------------------- P2, P3 */

static enum rc kind_digest(struct world *w, const struct json *v, struct err *err)
{
	char text[HTTPSIG_DIGEST_LEN];

	(void)w;
	httpsig_digest(span_str(str(v, "body")), text);
	return claim(strcmp(text, str(v, "digest")) == 0, err);
}

static void sign_again(const struct json *v, const struct httpsig_req *r, const struct httpsig *s)
{
	uint8_t seed[CRYPT_SEED_LEN], nonce[HTTPSIG_NONCE];
	struct crypt_signer *key = NULL;
	struct buf input, signature;

	hex(str(v, "seed"), seed, sizeof(seed));
	hex(str(v, "nonce"), nonce, sizeof(nonce));
	assert_int_equal(crypt_signer_seed(seed, &key, NULL), RC_OK);
	buf_init(&input, 1024);
	buf_init(&signature, 1024);
	assert_int_equal(httpsig_sign(r, key, num(v, "created"), nonce, &input, &signature, NULL),
			 RC_OK);
	same("input", &input, span_str(str(v, "input")));
	same("signature", &signature, span_str(str(v, "signature")));
	assert_memory_equal(s->key, crypt_signer_pk(key), CRYPT_PK_LEN);
	assert_memory_equal(s->nonce, nonce, sizeof(nonce));
	assert_int_equal(s->created, num(v, "created"));
	assert_true(crypt_verify(s->sig, span_str(str(v, "base")), s->key));
	crypt_signer_free(key);
	buf_free(&input);
	buf_free(&signature);
}

static enum rc kind_signature(struct world *w, const struct json *v, struct err *err)
{
	struct httpsig_req r = {.method = str(v, "method"),
				.authority = str(v, "authority"),
				.plain = strcmp(str(v, "scheme"), "http") == 0,
				.path = str(v, "path"),
				.query = str(v, "query"),
				.digest = json_get_str(v, "digest"),
				.upload_offset = json_get_str(v, "upload_offset")};
	struct httpsig s;
	enum rc rc =
	    httpsig_parse(span_str(str(v, "input")), span_str(str(v, "signature")), &r, &s, err);

	(void)w;
	if (rc == RC_OK)
		rc = httpsig_verify(&s, &r, err);
	if (rc == RC_OK)
		sign_again(v, &r, &s);
	return rc;
}

/* ----------------------------------------------------------------------- P9 */

static enum rc push_none_but_more(void *ctx, const char *scope, struct session_push *ret,
				  size_t max, size_t *retn, bool *retmore, struct err *reterr)
{
	(void)ctx, (void)scope, (void)ret, (void)max, (void)reterr;
	*retn = 0;
	*retmore = true;
	return RC_OK;
}

/* The same request from an agent that stands there and wishes that. */
static void write_again(const struct session_request *r, const struct json *header,
			struct span text)
{
	const struct json *wish = json_first(json_get(header, "enrol"));
	struct session_client *round = NULL;
	struct exchange_client c;
	size_t lines;
	struct buf b;

	exchange_client_init(&c, r->nenrol ? r->enrol[0].key : (const uint8_t[CRYPT_PK_LEN]){9},
			     NULL);
	memcpy(c.pos.epoch, r->epoch, sizeof(c.pos.epoch));
	c.pos.after = r->after;
	c.pos.size = r->size;
	c.pos.checked_at = r->fresh ? 0 : SESSION_FRESH_S + 5;
	memcpy(c.run, r->unproven, sizeof(c.run));
	c.nrun = r->nunproven;
	if (r->more)
		c.st.push = push_none_but_more;
	for (; c.nhead < r->nhead; c.nhead++)
		c.head[c.nhead] = r->head[c.nhead];
	for (; wish; wish = json_next(wish)) {
		struct session_enrol *e = &c.enrol[c.nenrol];
		const struct session_want_enrol *from = &r->enrol[c.nenrol++];

		memcpy(e->key, from->key, sizeof(e->key));
		memcpy(e->name, from->name, sizeof(e->name));
		memcpy(e->title, from->title, sizeof(e->title));
		e->open = from->open->line;
	}
	buf_init(&b, SESSION_BODY);
	assert_int_equal(session_client_new(&c.st, r->scope, SESSION_FRESH_S + 5, &round, NULL),
			 RC_OK);
	assert_int_equal(session_client_request(round, &b, &lines, NULL), RC_OK);
	same("request", &b, text);
	session_client_free(round);
	exchange_client_free(&c);
	buf_free(&b);
}

static void read_runs(const struct json *a, struct session_run *ret, size_t *retn)
{
	*retn = 0;
	for (const struct json *pair = json_first(a); pair; pair = json_next(pair)) {
		struct session_run *run = &ret[(*retn)++];

		assert_true(*retn <= SESSION_RUNS);
		assert_true(json_int(json_at(pair, 0), &run->start) &&
			    json_int(json_at(pair, 1), &run->n));
	}
}

static void compare_request(const struct session_request *r, const struct json *h)
{
	struct session_run run[SESSION_RUNS];
	size_t n;

	assert_string_equal(r->scope, str(h, "scope"));
	assert_string_equal(r->epoch, str(h, "epoch"));
	assert_int_equal(r->after, num(h, "after"));
	assert_int_equal(r->size, num(h, "size"));
	assert_int_equal(r->fresh, json_get(h, "fresh") != NULL);
	assert_int_equal(r->more, json_get(h, "more") != NULL);
	assert_int_equal(r->nhead, json_len(json_get(h, "heads")));
	assert_int_equal(r->nenrol, json_len(json_get(h, "enrol")));
	read_runs(json_get(h, "unproven"), run, &n);
	assert_int_equal(r->nunproven, n);
	assert_memory_equal(r->unproven, run, n * sizeof(run[0]));
	for (size_t i = 0; i < r->nenrol; i++) {
		const struct json *o = json_at(json_get(h, "enrol"), i);

		assert_string_equal(r->enrol[i].name, str(o, "name"));
		assert_string_equal(r->enrol[i].title, str(o, "title"));
		assert_true(span_eq_str(r->enrol[i].open->line, str(o, "open")));
	}
}

static enum rc kind_request(struct world *w, const struct json *v, struct err *err)
{
	struct session_request *r = NULL;
	struct keyring *k = NULL;
	struct json *header = NULL;
	uint8_t device[CRYPT_PK_LEN];
	struct buf b;
	enum rc rc;

	buf_init(&b, FILE_MAX);
	buf_add_str(&b, str(v, "header"));
	buf_add_char(&b, '\n');
	assert_int_equal(keyring_new(w->root, &k, NULL), RC_OK);
	assert_true(codec_b64u_32(span_str(str(v, "device")), device));
	rc = session_server_parse(k, device, span_buf(&b), &r, err);
	if (rc == RC_OK) {
		assert_int_equal(json_parse(span_str(str(v, "header")), NULL, &header, NULL),
				 RC_OK);
		compare_request(r, header);
		write_again(r, header, span_buf(&b));
	}
	session_request_free(r);
	json_free(header);
	keyring_free(k);
	buf_free(&b);
	return rc;
}

/* ------------------------------------------------------------- P11, P12, P16 */

static enum rc apply(void *ctx, const struct session_result *r, const struct keyring_change *change,
		     struct err *reterr)
{
	struct exchange_client *c = ctx;

	(void)change, (void)reterr;
	assert_true(r->npush <= LINES);
	for (size_t i = 0; i < r->npush; i++)
		((struct world *)c->other)->told[i] = r->verdict[i];
	((struct world *)c->other)->ntold = r->npush;
	((struct world *)c->other)->pulled = r->npulled;
	c->applied++;
	return RC_OK;
}

static void compare_told(const struct world *w, const struct json *told)
{
	static const char letter[] = "adqr";

	assert_int_equal(json_len(told), w->ntold);
	for (size_t i = 0; i < w->ntold; i++) {
		const struct session_verdict *is = &w->told[i];
		const struct json *want = json_at(told, i);
		int64_t index = -1;
		uint8_t sig[CRYPT_SIG_LEN];

		assert_int_equal(letter[is->kind], json_str(json_at(want, 0))[0]);
		if (is->kind == SESSION_REFUSED) {
			assert_string_equal(is->clause, json_str(json_at(want, 1)));
			assert_string_equal(is->key, json_str(json_at(want, 2)));
			continue;
		}
		assert_true(json_int(json_at(want, 1), &index));
		assert_int_equal(is->index, index);
		if (is->kind == SESSION_QUARANTINED)
			assert_string_equal(keyring_verdict_name(is->why),
					    json_str(json_at(want, 2)));
		assert_int_equal(is->other_sig,
				 is->kind == SESSION_DUPLICATE && json_len(want) == 3);
		if (is->other_sig) {
			hex(json_str(json_at(want, 2)), sig, sizeof(sig));
			assert_memory_equal(is->sig, sig, sizeof(sig));
		}
	}
}

/* A collector's memory of one vector. */
struct shelf {
	uint8_t leaf[LEAVES][TREE_HASH];
	const struct json *pull, *want, *blobs;
	char scope[AUTHORITY_SCOPES][ENTRY_SCOPE_LEN]; /* P33 */
	size_t nscope;
	struct span lines; /* of the answer, after its header */
};

static size_t leaves(const struct json *a, uint8_t (*ret)[TREE_HASH])
{
	size_t n = 0;

	for (const struct json *h = json_first(a); h; h = json_next(h)) {
		assert_true(n < LEAVES);
		hex(json_str(h), ret[n++], TREE_HASH);
	}
	return n;
}

static void root_of(uint8_t (*leaf)[TREE_HASH], size_t from, size_t to, uint8_t ret[TREE_HASH])
{
	struct tree_frontier f = {0};

	for (size_t i = from; i < to; i++)
		tree_append(&f, leaf[i], NULL);
	tree_frontier_root(&f, ret);
}

static enum rc node(void *ctx, unsigned level, uint64_t index, uint8_t ret[TREE_HASH],
		    struct err *reterr)
{
	struct shelf *s = ctx;

	(void)reterr;
	root_of(s->leaf, index << level, (index + 1) << level, ret);
	return RC_OK;
}

static enum rc pull(void *ctx, const char *scope, int64_t from, int64_t size,
		    bool (*take)(void *arg, struct span line, int64_t index, bool authority),
		    void *arg, struct err *reterr)
{
	struct shelf *s = ctx;
	struct span rest = s->lines, line;
	bool more = true;

	(void)scope, (void)reterr;
	for (const struct json *p = json_first(s->pull); more && p && span_line(&rest, &line);
	     p = json_next(p)) {
		int64_t index = -1;
		bool authority = false;

		assert_true(json_int(json_at(p, 0), &index));
		assert_true(json_bool(json_at(p, 1), &authority));
		if (index >= from && index < size)
			more = take(arg, line, index, authority);
	}
	return RC_OK;
}

static struct json *want(void *ctx, const struct session_request *r)
{
	const struct shelf *s = ctx;

	(void)r;
	return s->want ? json_copy(s->want) : NULL;
}

static enum rc blobs(void *ctx, const struct session_request *r, uint8_t (*ret)[CRYPT_HASH_LEN],
		     size_t *retn, struct err *reterr)
{
	const struct shelf *s = ctx;

	(void)r, (void)reterr;
	for (const struct json *b = json_first(s->blobs); b; b = json_next(b))
		assert_true(codec_b64u_32(span_str(json_str(b)), ret[(*retn)++]));
	return RC_OK;
}

/* The second line of a note. */
static int64_t note_size(const char *text)
{
	return strtoll(strchr(text, '\n') + 1, NULL, 10);
}

static enum rc world_leaves(void *ctx, int64_t start, int64_t end, uint8_t (*ret)[TREE_HASH],
			    struct err *reterr)
{
	const struct exchange_client *c = ctx;
	const struct world *w = c->other;
	uint8_t leaf[LEAVES][TREE_HASH];

	(void)reterr;
	assert_true((size_t)end <= leaves(w->leaves, leaf));
	memcpy(ret, leaf[start], (size_t)(end - start) * TREE_HASH);
	return RC_OK;
}

/* The same answer from a collector that holds this and judged so. */
static void answer_again(const struct world *w, const struct json *v)
{
	struct shelf s = {.pull = json_get(v, "pull"), .lines = span_str(str(v, "answer"))};
	struct session_line line[LINES] = {{0}};
	struct session_request r = {.scope = SCOPE,
				    .after = num(v, "at"),
				    .size = num(v, "at"),
				    .line = line,
				    .nline = w->ntold};
	struct json *head = NULL;
	struct span first;
	struct buf b;

	assert_true(span_line(&s.lines, &first));
	assert_int_equal(json_parse(first, NULL, &head, NULL), RC_OK);
	assert_true(json_get_bool(v, "fresh", &r.fresh));
	s.want = json_get(head, "want");
	s.blobs = json_get(head, "blobs");
	for (const struct json *x = json_first(json_get_arr(head, "scopes")); x; x = json_next(x))
		memcpy(s.scope[s.nscope++], json_str(x), ENTRY_SCOPE_LEN);
	read_runs(json_get(v, "unproven"), r.unproven, &r.nunproven);
	const char *proven = json_get_str(json_get(head, "proven"), "checkpoint");
	const char *note = json_get_str(head, "checkpoint");
	struct session_server_store st = {.ctx = &s,
					  .tree = {&s, node},
					  .size = (int64_t)leaves(json_get(v, "leaves"), s.leaf),
					  .note_text = span_str(note ? note : "unused"),
					  .proven_text = span_str(proven ? proven : ""),
					  .proven_size = proven ? note_size(proven) : 0,
					  .now = num(head, "now"),
					  .next_s = num(head, "next"),
					  .give = true,
					  .scope = (const char(*)[ENTRY_SCOPE_LEN])s.scope,
					  .nscope = s.nscope,
					  .pull = pull,
					  .want = want,
					  .blobs = blobs};
	memcpy(st.epoch, w->epoch, sizeof(st.epoch));
	buf_init(&b, SESSION_BODY);
	assert_int_equal(session_server_reply(&st, &r, w->told, &b, NULL), RC_OK);
	same("answer", &b, span_str(str(v, "answer")));
	json_free(head);
	buf_free(&b);
}

static void prepare(struct world *w, const struct json *v, struct exchange_client *c)
{
	uint8_t leaf[LEAVES][TREE_HASH], key[CRYPT_PK_LEN];
	size_t sent = (size_t)num(v, "sent");
	struct entry *e = NULL;

	exchange_client_init(c, w->root, NULL);
	for (const struct json *l = json_first(w->known); l; l = json_next(l)) {
		const struct entry_keys keys = keyring_keys(c->keyring);

		assert_int_equal(entry_open(span_str(json_str(l)), &keys, &e, NULL), RC_OK);
		assert_int_equal(keyring_add(c->keyring, e, KEYRING_NO_INDEX, NULL, NULL), RC_OK);
		if (num(v, "at") > 0) /* the feeds are held as far as they go, but for the last */
			exchange_client_held(c, e->feed, json_next(l) ? e->seq + 1 : e->seq);
		entry_free(e);
	}
	assert_int_equal(leaves(w->leaves, leaf) >= (size_t)num(v, "at"), 1);
	c->pos.after = c->pos.size = num(v, "at");
	root_of(leaf, 0, (size_t)c->pos.size, c->pos.root);
	if (c->pos.size > 0)
		memcpy(c->pos.epoch, w->epoch, sizeof(c->pos.epoch));
	for (size_t i = 0; i < sent; i++) {
		const struct json *p = json_at(w->push, i);

		hex(str(p, "key"), key, sizeof(key));
		assert_int_equal(entry_open_key(span_str(str(p, "line")), key, &e, NULL), RC_OK);
		exchange_client_push(c, e);
	}
	read_runs(json_get(v, "unproven"), c->run, &c->nrun);
	c->other = w;
	c->st.leaves = world_leaves;
	c->st.apply = apply;
}

static enum rc kind_answer(struct world *w, const struct json *v, struct err *err)
{
	struct session_client *round = NULL;
	struct session_report report;
	struct exchange_client c;
	struct buf b;
	size_t lines;

	prepare(w, v, &c);
	buf_init(&b, SESSION_BODY);
	assert_int_equal(session_client_new(&c.st, SCOPE, 0, &round, NULL), RC_OK);
	assert_int_equal(session_client_request(round, &b, &lines, NULL), RC_OK);
	assert_int_equal(lines, num(v, "sent"));
	enum rc rc = session_client_reply(round, span_str(str(v, "answer")), &report, err);
	assert_int_equal(c.applied, rc == RC_OK);
	assert_int_equal(c.alarms, strcmp(err->clause, "L10") == 0);
	if (rc == RC_OK) {
		compare_told(w, json_get(v, "told"));
		assert_int_equal(w->pulled, num(v, "pulled"));
		answer_again(w, v);
	}
	session_client_free(round);
	exchange_client_free(&c);
	buf_free(&b);
	return rc;
}

/* --------------------------------------------------------------------- running */

static const struct {
	const char *name;
	enum rc (*run)(struct world *w, const struct json *v, struct err *err);
} kinds[] = {
    {"digest", kind_digest},
    {"signature", kind_signature},
    {"request", kind_request},
    {"answer", kind_answer},
};
enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

static bool run_one(struct world *w, const struct json *v)
{
	const char *clause = str(v, "clause"), *refused;
	struct err err = {0};
	bool accept;
	size_t k = 0;

	assert_true(json_get_bool(v, "accept", &accept));
	while (k < KINDS && strcmp(kinds[k].name, str(v, "kind")) != 0)
		k++;
	if (k == KINDS)
		fail_msg("no such kind of vector: %s", str(v, "kind"));
	refused = accept ? "" : str(v, "refused");
	enum rc rc = kinds[k].run(w, v, &err);
	const char *got = strcmp(err.clause, WRONG) == 0 ? clause : err.clause;
	if (rc == (accept ? RC_OK : RC_REFUSED) && strcmp(got, refused) == 0)
		return true;
	print_message("%s, %s, should be %s %s; is %s %s %s\n", clause, str(v, "name"),
		      accept ? "accepted" : "refused", refused, err_name(rc), got, err.key);
	return false;
}

static void protocol_vectors(void **state)
{
	FILE *f = fopen("tests/vectors/protocol.json", "rb");
	uint8_t *text = malloc(FILE_MAX);
	struct world w = {.ntold = 0};
	struct json *all = NULL;
	size_t n = 0, bad = 0;

	(void)state;
	if (!f || !text)
		fail_msg("tests/vectors/protocol.json is not there (tests run in the source root)");
	size_t len = fread(text, 1, FILE_MAX, f);
	fclose(f);
	assert_true(len < FILE_MAX);
	assert_int_equal(json_parse(span_of(text, len), NULL, &all, NULL), RC_OK);
	const struct json *v = json_first(all);
	assert_string_equal(str(v, "kind"), "world");
	hex(str(v, "root"), w.root, sizeof(w.root));
	w.known = json_get_arr(v, "known");
	w.push = json_get_arr(v, "push");
	w.leaves = json_get_arr(v, "leaves");
	assert_int_equal(strlen(str(v, "epoch")), sizeof(w.epoch) - 1);
	memcpy(w.epoch, str(v, "epoch"), sizeof(w.epoch));
	for (v = json_next(v); v; v = json_next(v), n++)
		bad += !run_one(&w, v);
	print_message("protocol.json: %zu vectors\n", n);
	assert_true(n > 0);
	assert_int_equal(bad, 0);
	json_free(all);
	free(text);
}

static int setup(void **state)
{
	(void)state;
	return crypt_init(NULL) == RC_OK ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(protocol_vectors),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
