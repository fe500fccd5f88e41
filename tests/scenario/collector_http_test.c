/*
 * collector_http_test: a real collector on port 0 in this process, and raw bytes to it:
 * what each bad request is answered with (status, code, clause) and that nothing of it is
 * stored; what each good one does. Asserts counts, never times.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "lib/zst.h"
#include "server-stub/enrolment.h"
#include "server-stub/issuer.h"
#include "server-stub/lack.h"
#include "server-stub/ops.h"
#include "server-stub/routes.h"
#include "server-stub/submission.h"
#include "server-stub/turn.h"
#include "server-stub/who.h"
#include "sync/sign.h"
#include "tests/support/actor.h"

#define SCOPE  "00004"
#define OTHER  "00005"
#define NDJSON "application/x-ndjson"
enum { BIG = 20 * 1024 * 1024, ANSWER_MAX = 32 * 1024 * 1024 };

/* ---- the collector ---- */

static struct {
	char *home;
	struct collector *col;
	struct routes *rt;
	struct actor device, clerk, stranger;
	struct json *enrolled; /* the answer to the enrolment */
	const char *from;      /* the address we call from; NULL: any */
} site;

static void ok(enum rc rc, const struct err *e)
{
	if (rc != RC_OK)
		fail_msg("%s %s %s %s", err_name(rc), e->clause, e->key,
			 err_arg(e, "detail") ? err_arg(e, "detail") : "");
}

static int64_t log_size(void)
{
	struct archive_reader *r = NULL;
	struct buf note;
	int64_t size = 0, at;
	struct err e = {0};

	buf_init(&note, NOTE_TEXT_MAX);
	ok(archive_read(site.col->archive, &r, &e), &e);
	ok(r->head(r->ctx, &size, &note, &at, &e), &e);
	archive_read_end(site.col->archive, r);
	buf_free(&note);
	return size;
}

static void run_op(const struct op *op, struct json *in, struct json **out)
{
	const struct op_call call = {.home = site.home, .app = site.col};
	struct err e = {0};

	ok(op_run(op, &call, in, out, &e), &e);
	json_free(in);
}

static void start_collector(void)
{
	struct routes_conf conf = {.address = "127.0.0.1"};
	struct json *in = json_object(), *out = NULL;
	struct err e = {0};
	void *app = NULL;

	ok(os_dir_temp(&site.home, "collector_http_test", &e), &e);
	ok(collector_open(site.home, true, &app, &e), &e);
	site.col = app;
	json_set_str(in, "name", "Sở Y tế Mẫu");
	json_set_str(in, "passphrase", "root passphrase");
	json_set_str(in, "registrar_passphrase", "registrar passphrase");
	run_op(&op_init, in, &out);
	json_free(out);
	ok(vault_unseal(site.home, "registrar", "registrar passphrase", &site.col->registrar, &e),
	   &e);
	ok(collector_sequence(site.col, true, &e), &e);
	conf.col = site.col;
	ok(routes_start(&site.rt, &conf, &e), &e);
}

/* ---- raw HTTP ---- */

struct answer {
	int status;
	struct buf all;
	struct span head, body;
	struct json *json; /* of a problem document or application/json */
};

static int dial(void)
{
	struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(routes_port(site.rt))};
	struct timeval limit = {.tv_sec = 60};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
	if (site.from) {
		struct sockaddr_in own = {.sin_family = AF_INET};

		assert_int_equal(inet_pton(AF_INET, site.from, &own.sin_addr), 1);
		assert_int_equal(bind(fd, (struct sockaddr *)&own, sizeof(own)), 0);
	}
	assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
	return fd;
}

/* Send what the peer takes: a refusal may come before the whole body. */
static void push_bytes(int fd, struct span s)
{
	while (s.len > 0) {
		ssize_t n = send(fd, s.p, s.len, MSG_NOSIGNAL);

		if (n <= 0)
			return;
		s = span_of(s.p + n, s.len - (size_t)n);
	}
}

static void read_answer(int fd, struct answer *a)
{
	static char step[65536];
	ssize_t n;

	memset(a, 0, sizeof(*a));
	buf_init(&a->all, ANSWER_MAX);
	while ((n = recv(fd, step, sizeof(step), 0)) > 0)
		buf_add(&a->all, step, (size_t)n);
	assert_false(a->all.failed);
}

static const char *find(struct span s, const char *what)
{
	size_t n = strlen(what);

	for (size_t i = 0; i + n <= s.len; i++)
		if (memcmp(s.p + i, what, n) == 0)
			return (const char *)s.p + i;
	return NULL;
}

static void parse_answer(struct answer *a)
{
	const char *end = find(span_buf(&a->all), "\r\n\r\n");
	int64_t status;

	if (!end)
		return;
	a->head = span_of(a->all.p, (size_t)(end + 4 - (const char *)a->all.p));
	a->body = span_of(end + 4, a->all.len - a->head.len);
	assert_int_equal(num_i64(span_of(a->all.p + 9, 3), 100, 599, &status), RC_OK);
	a->status = (int)status;
	if (find(a->head, "json") && !find(a->head, "ndjson") && a->body.len > 0)
		json_parse(a->body, NULL, &a->json, NULL);
}

static void talk(struct span raw, struct answer *a)
{
	int fd = dial();

	push_bytes(fd, raw);
	read_answer(fd, a);
	close(fd);
	parse_answer(a);
}

static void answer_free(struct answer *a)
{
	buf_free(&a->all);
	json_free(a->json);
}

/* ---- signed requests ---- */

struct ask {
	const char *method, *path, *type, *coding, *extra; /* extra: header lines */
	struct span body;
	struct crypt_signer *signer;
	int64_t skew;                 /* of created, seconds */
	const uint8_t *nonce;         /* NULL: random */
	const char *signed_path;      /* NULL: path */
	const char *host;             /* NULL: where it is sent */
	const char *signed_authority; /* NULL: as host */
	const char *signed_method;    /* NULL: method */
	const char *signed_offset, *offset;
	struct span digest_of; /* p NULL: body */
	bool unsigned_request, chunked, broken_signature;
};

static void add_chunks(struct buf *out, struct span body)
{
	while (body.len > 0) {
		size_t n = body.len < 65536 ? body.len : 65536;

		buf_addf(out, "%zx\r\n", n);
		buf_add(out, body.p, n);
		buf_add_str(out, "\r\n");
		body = span_of(body.p + n, body.len - n);
	}
	buf_add_str(out, "0\r\n\r\n");
}

static void add_signature(const struct ask *q, const char *host, const char *digest,
			  struct buf *out)
{
	struct httpsig_req r = {.method = q->signed_method ? q->signed_method : q->method,
				.authority = q->signed_authority ? q->signed_authority : host,
				.path = q->signed_path ? q->signed_path : q->path,
				.query = "",
				.plain = true,
				.digest = digest,
				.upload_offset = q->signed_offset ? q->signed_offset : q->offset};
	uint8_t nonce[HTTPSIG_NONCE];
	struct buf input, sig;
	struct err e = {0};

	buf_init(&input, 4096);
	buf_init(&sig, 4096);
	crypt_random(nonce, sizeof(nonce));
	ok(httpsig_sign(&r, q->signer, os_now_s() + q->skew, q->nonce ? q->nonce : nonce, &input,
			&sig, &e),
	   &e);
	if (q->broken_signature)
		sig.p[10] = sig.p[10] == 'A' ? 'B' : 'A';
	buf_addf(out, "Signature-Input: %s\r\nSignature: %s\r\n", (char *)input.p, (char *)sig.p);
	buf_free(&input);
	buf_free(&sig);
}

/* The bytes of a request. */
static void build(const struct ask *q, struct buf *out)
{
	char host[64], digest[HTTPSIG_DIGEST_LEN];
	bool has = q->body.p != NULL;

	if (q->host)
		snprintf(host, sizeof(host), "%s", q->host);
	else
		snprintf(host, sizeof(host), "127.0.0.1:%u", (unsigned)routes_port(site.rt));
	httpsig_digest(q->digest_of.p ? q->digest_of : q->body, digest);
	buf_init(out, ANSWER_MAX);
	buf_addf(out, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n", q->method, q->path,
		 host);
	if (q->type)
		buf_addf(out, "Content-Type: %s\r\n", q->type);
	if (q->coding)
		buf_addf(out, "Content-Encoding: %s\r\n", q->coding);
	if (q->extra)
		buf_add_str(out, q->extra);
	if (q->offset)
		buf_addf(out, "Upload-Offset: %s\r\n", q->offset);
	if (has)
		buf_addf(out, "Content-Digest: %s\r\n", digest);
	if (!q->unsigned_request)
		add_signature(q, host, has ? digest : NULL, out);
	if (q->chunked)
		buf_add_str(out, "Transfer-Encoding: chunked\r\n\r\n");
	else if (has)
		buf_addf(out, "Content-Length: %zu\r\n\r\n", q->body.len);
	else
		buf_add_str(out, "\r\n");
	if (q->chunked)
		add_chunks(out, q->body);
	else if (has)
		buf_add_span(out, q->body);
	assert_false(out->failed);
}

static void send_ask(const struct ask *q, struct answer *a)
{
	struct buf raw;

	build(q, &raw);
	talk(span_buf(&raw), a);
	buf_free(&raw);
}

static struct ask sync_ask(struct span body)
{
	return (struct ask){.method = "POST",
			    .path = "/v1/sync",
			    .type = NDJSON,
			    .body = body,
			    .signer = site.device.signer};
}

/* Refused with these, and nothing is stored. code, clause NULL: not looked at. */
static void refused(const struct ask *q, int status, const char *code, const char *clause)
{
	int64_t before = log_size(), commits = archive_commits(site.col->archive);
	struct answer a;

	send_ask(q, &a);
	if (a.status != status)
		fail_msg("status %d, not %d: %.*s", a.status, status, (int)a.body.len,
			 (const char *)a.body.p);
	assert_non_null(find(a.head, "application/problem+json"));
	assert_non_null(a.json);
	if (code)
		assert_string_equal(json_get_str(a.json, "code"), code);
	if (clause)
		assert_string_equal(json_get_str(a.json, "clause"), clause);
	assert_int_equal(log_size(), before);
	assert_int_equal(archive_commits(site.col->archive), commits);
	answer_free(&a);
}

/* ---- sync bodies ---- */

static void head_line(struct buf *b, const char *scope, const char *epoch, int64_t after,
		      int64_t size)
{
	buf_init(b, BIG + 1000);
	buf_addf(b, "{\"v\":1,\"scope\":\"%s\",\"epoch\":\"%s\",\"after\":%lld,\"size\":%lld}\n",
		 scope, epoch, (long long)after, (long long)size);
}

static void add_entry(struct buf *b, struct entry *e)
{
	buf_add_span(b, e->line);
	buf_add_char(b, '\n');
	entry_free(e);
}

static struct entry *new_record(struct actor *a, const char *scope)
{
	uint8_t id[16];

	entry_uuid7(1795000000000, id);
	return actor_set(a, scope, "asset", id, "{\"name\":\"Máy đo huyết áp\"}", NULL, 0);
}

/* A good sync; *rethead: its first line, the caller's. */
static void synced(struct span body, struct json **rethead, struct answer *a)
{
	struct ask q = sync_ask(body);
	struct span rest, line;
	struct err e = {0};

	send_ask(&q, a);
	if (a->status != 200)
		fail_msg("status %d: %.*s", a->status, (int)a->body.len, (const char *)a->body.p);
	rest = a->body;
	assert_true(span_line(&rest, &line));
	ok(json_parse(line, NULL, rethead, &e), &e);
}

static const char *verdict(const struct json *head, size_t run)
{
	return json_str(json_at(json_at(json_get_arr(head, "verdicts"), run), 0));
}

/* ---- enrolment ---- */

static void set_key(struct json *o, const char *name, const uint8_t pk[32])
{
	char text[CODEC_B64U_32 + 1];

	codec_b64u(pk, 32, text);
	json_set_str(o, name, text);
}

/* on: the PC whose key the clerk's line names; the device itself but for a copied line. */
static char *enrol_body_on(const char *scope, const char *code, struct actor *device,
			   struct actor *clerk, const struct actor *on)
{
	struct json *o = json_object(), *dev = json_object(), *clerks = json_array();
	struct entry *open;
	uint8_t box[32];
	char *text;

	assert_int_equal(crypt_box_pk(device->pk, box, NULL), RC_OK);
	json_set_int(o, "v", 1);
	json_set_str(o, "scope", scope);
	json_set_str(o, "code", code);
	set_key(dev, "key", device->pk);
	json_set_str(dev, "name", "PC 1");
	set_key(dev, "box", box);
	json_set(o, "device", dev);
	if (clerk) {
		struct json *c = json_object();
		char *line;

		open = actor_open_on(clerk, scope, on->pk);
		line = span_dup(open->line);
		set_key(c, "key", clerk->pk);
		json_set_str(c, "name", "Nguyễn Thị An");
		json_set_str(c, "title", "Cán bộ");
		json_set_str(c, "open", line);
		json_append(clerks, c);
		free(line);
		entry_free(open);
	}
	json_set(o, "clerks", clerks);
	text = json_print(o);
	assert_non_null(text);
	json_free(o);
	return text;
}

static char *enrol_body(const char *scope, const char *code, struct actor *device,
			struct actor *clerk)
{
	return enrol_body_on(scope, code, device, clerk, device);
}

static struct ask enrol_ask(const char *body, struct actor *device)
{
	return (struct ask){.method = "POST",
			    .path = "/v1/enrol",
			    .type = "application/json",
			    .body = span_str(body),
			    .signer = device->signer};
}

static int setup(void **state)
{
	char code[AUTHORITY_CODE], *body;
	struct answer a;
	struct ask q;
	struct err e = {0};

	(void)state;
	assert_int_equal(crypt_init(NULL), RC_OK);
	actor_init(&site.device, 1);
	actor_init(&site.clerk, 2);
	actor_init(&site.stranger, 3);
	start_collector();
	ok(enrolment_code(site.col, SCOPE, 1, code, &e), &e);
	body = enrol_body(SCOPE, code, &site.device, &site.clerk);
	q = enrol_ask(body, &site.device);
	send_ask(&q, &a);
	assert_int_equal(a.status, 200);
	site.enrolled = json_copy(a.json);
	answer_free(&a);
	free(body);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	routes_stop(site.rt);
	collector_close(site.col);
	json_free(site.enrolled);
	actor_free(&site.device);
	actor_free(&site.clerk);
	actor_free(&site.stranger);
	assert_int_equal(os_dir_remove(site.home, NULL), RC_OK);
	free(site.home);
	return 0;
}

/* ================================================================== tests */

/* clause: P25 K10 */
static void test_enrol(void **state)
{
	struct keyring *k = NULL;
	struct keyring_key key;
	struct err e = {0};
	int64_t index = 0;

	(void)state;
	assert_string_equal(json_get_str(site.enrolled, "state"), "approved");
	ok(keyring_new(site.col->root, &k, &e), &e);
	for (const struct json *l = json_first(json_get_arr(site.enrolled, "lines")); l;
	     l = json_next(l)) { /* from the root down, nothing else is needed */
		const struct entry_keys keys = keyring_keys(k);
		struct entry *x = NULL;

		ok(entry_open(span_str(json_str(l)), &keys, &x, &e), &e);
		ok(keyring_add(k, x, index++, NULL, &e), &e);
		entry_free(x);
	}
	assert_true(keyring_find(k, site.device.pk, &key));
	assert_true(key.admitted);
	assert_int_equal(key.role, ROLE_DEVICE);
	assert_true(keyring_covers(k, site.clerk.pk, SCOPE));
	assert_false(keyring_covers(k, site.clerk.pk, OTHER));
	keyring_free(k);
}

static void enrol_refused(const char *code, struct actor *device, const char *key)
{
	char *body = enrol_body(OTHER, code, device, NULL);
	struct ask q = enrol_ask(body, device);
	struct answer a;
	int64_t before = log_size();

	send_ask(&q, &a);
	assert_int_equal(a.status, 403);
	assert_string_equal(json_get_str(a.json, "code"), "code");
	assert_string_equal(json_get_str(a.json, "key"), key);
	assert_int_equal(log_size(), before);
	answer_free(&a);
	free(body);
}

/* clause: P25 K12 */
static void test_codes(void **state)
{
	static const char *const no_commune[] = {"1234", "123456", "1234a", "00000", "*", ""};
	char code[AUTHORITY_CODE], *body, *other;
	struct actor first, second, clerk;
	struct answer a;
	struct ask q;
	struct err e = {0};

	(void)state;
	actor_init(&first, 11);
	actor_init(&second, 12);
	actor_init(&clerk, 13);
	ok(enrolment_code(site.col, OTHER, 1, code, &e), &e);
	body = enrol_body(OTHER, code, &first, NULL);
	other = enrol_body_on(OTHER, code, &first, &clerk, &second);
	q = enrol_ask(other, &first); /* with a clerk's line copied from another PC */
	refused(&q, 400, NULL, "P10");
	free(other);
	q = enrol_ask(body, &second); /* signed by another key than the one that wants in */
	refused(&q, 400, NULL, "P25");
	q = enrol_ask(body, &first);
	for (int i = 0; i < 2; i++) { /* the same PC may ask again */
		send_ask(&q, &a);
		assert_int_equal(a.status, 200);
		assert_string_equal(json_get_str(a.json, "state"), "approved");
		answer_free(&a);
	}
	enrol_refused(code, &second, "enrolment.code_used");
	free(body);
	for (size_t i = 0; i < sizeof(no_commune) / sizeof(no_commune[0]); i++) {
		body = enrol_body(no_commune[i], code, &first, NULL);
		q = enrol_ask(body, &first);
		send_ask(&q, &a);
		assert_int_equal(a.status, 400);
		assert_string_equal(json_get_str(a.json, "key"), "enrolment.scope");
		answer_free(&a);
		free(body);
		assert_int_equal(enrolment_code(site.col, no_commune[i], 1, code, &e), RC_INPUT);
		assert_string_equal(e.key, "enrolment.scope");
	}
	actor_free(&first);
	actor_free(&second);
	actor_free(&clerk);
}

/* Whoever sends wrong codes waits, also with a right one; nobody else of the commune notices. clause: P25 K12 */
static void test_wrong_codes(void **state)
{
	char code[AUTHORITY_CODE], *body;
	struct actor stranger, pc;
	int64_t commits;
	struct answer a;
	struct ask q;
	struct err e = {0};

	(void)state;
	actor_init(&stranger, 14);
	actor_init(&pc, 15);
	ok(enrolment_code(site.col, OTHER, 1, code, &e), &e);
	body = enrol_body(OTHER, code, &pc, NULL);
	q = enrol_ask(body, &pc);
	commits = archive_commits(site.col->archive);
	site.from = "127.0.0.7";
	for (int i = 0; i < ENROLMENT_TRIES; i++)
		enrol_refused("ABCD-EFGH-JKMN", &stranger, "enrolment.code_wrong");
	assert_int_equal(archive_commits(site.col->archive), commits); /* it costs the disk nothing */
	send_ask(&q, &a);
	assert_int_equal(a.status, 429);
	assert_string_equal(json_get_str(a.json, "key"), "enrolment.wait");
	assert_string_equal(json_get_str(a.json, "clause"), "P25");
	assert_non_null(find(a.head, "Retry-After: "));
	answer_free(&a);
	site.from = "127.0.0.8";
	send_ask(&q, &a);
	assert_int_equal(a.status, 200);
	assert_string_equal(json_get_str(a.json, "state"), "approved");
	answer_free(&a);
	for (int i = 0; i < ENROLMENT_TRIES; i++) { /* what is answered counts for nothing */
		send_ask(&q, &a);
		assert_int_equal(a.status, 200);
		answer_free(&a);
	}
	site.from = NULL;
	free(body);
	actor_free(&stranger);
	actor_free(&pc);
}


static enum rc close_unit(void *arg, struct archive_writer *w, struct err *reterr)
{
	struct json *unit = json_object();
	enum rc rc;

	json_set_str(unit, "name", "Xã cũ");
	json_set_bool(unit, "closed", true);
	rc = w->doc_put(w->ctx, "unit", arg, unit, reterr);
	json_free(unit);
	return rc;
}

/* A unit that the catalogue closed takes no new PCs; one that no catalogue names does. */
static void test_closed_unit(void **state)
{
	char code[AUTHORITY_CODE], scope[] = "00088";
	struct err e = {0};

	(void)state;
	ok(enrolment_code(site.col, scope, 1, code, &e), &e);
	ok(ingest_write(site.col->ingest, close_unit, scope, &e), &e);
	assert_int_equal(enrolment_code(site.col, scope, 1, code, &e), RC_CONFLICT);
	assert_string_equal(e.key, "enrolment.unit_closed");
}

/* Whoever holds the code asks for a clerk more, under the key that was shown: what was shown is not let in. */
static void test_changed(struct actor *pc, const char *code, struct crypt_signer *registrar)
{
	char key[CODEC_B64U_32 + 1], shown[2][ENROLMENT_REQUEST], *body;
	struct enrolment_pick pick = {.typed = key, .request = shown[0]};
	struct json *out = NULL, *doc = NULL;
	struct actor clerk;
	struct err e = {0};

	actor_init(&clerk, 22);
	codec_b64u(pc->pk, 32, key);
	for (int i = 0; i < 2; i++) {
		struct answer a;
		struct ask q;

		body = enrol_body("00007", code, pc, i == 0 ? NULL : &clerk);
		q = enrol_ask(body, pc);
		for (int again = 0; again < 2; again++) { /* the same request stays the same */
			send_ask(&q, &a);
			assert_int_equal(a.status, 200);
			answer_free(&a);
			run_op(&op_enrol_list, json_object(), &out);
			doc = json_at(json_get_arr(out, "waiting"), 0);
			if (again > 0)
				assert_string_equal(json_get_str(doc, "request"), shown[i]);
			snprintf(shown[i], sizeof(shown[i]), "%s", json_get_str(doc, "request"));
			json_free(out);
		}
		free(body);
	}
	assert_string_not_equal(shown[0], shown[1]);
	doc = NULL;
	assert_int_equal(enrolment_approve(site.col, registrar, &pick, &doc, &e), RC_CONFLICT);
	assert_string_equal(e.key, "enrolment.changed");
	pick.request = shown[1];
	assert_null(doc);
	actor_free(&clerk);
}

/* Without an unlocked registrar a request waits, and asking again tells when it is done. clause: P25 */
static void test_waiting(void **state)
{
	struct crypt_signer *registrar = site.col->registrar;
	char code[AUTHORITY_CODE], key[CODEC_B64U_32 + 1], *body;
	const struct enrolment_pick pick = {.typed = key};
	struct actor pc;
	struct json *doc = NULL;
	struct answer a;
	struct ask q;
	struct err e = {0};

	(void)state;
	actor_init(&pc, 21);
	codec_b64u(pc.pk, 32, key);
	ok(enrolment_code(site.col, "00007", 1, code, &e), &e);
	body = enrol_body("00007", code, &pc, NULL);
	q = enrol_ask(body, &pc);
	site.col->registrar = NULL;
	send_ask(&q, &a);
	assert_int_equal(a.status, 200);
	assert_string_equal(json_get_str(a.json, "state"), "waiting");
	answer_free(&a);
	test_changed(&pc, code, registrar);
	ok(enrolment_approve(site.col, registrar, &pick, &doc, &e), &e);
	assert_string_equal(json_get_str(doc, "scope"), "00007");
	json_free(doc);
	assert_int_equal(enrolment_approve(site.col, registrar, &pick, &doc, &e), RC_NOTFOUND);
	send_ask(&q, &a);
	assert_string_equal(json_get_str(a.json, "state"), "approved");
	answer_free(&a);
	site.col->registrar = registrar;
	free(body);
	actor_free(&pc);
}

/* Did the server close it? Waits until it says something. */
static bool is_closed(int fd)
{
	char got;

	return recv(fd, &got, 1, 0) <= 0;
}

/* To the whole network: whoever opens connections and says nothing keeps nobody else out. */
static void test_per_address(void **state)
{
	struct routes_conf conf = {.col = site.col, .address = "0.0.0.0"};
	struct routes *loopback = site.rt;
	int fd[ROUTES_PER_ADDRESS], more;
	struct ask q = {.method = "GET", .path = "/checkpoint", .unsigned_request = true};
	struct answer a;
	struct err e = {0};

	(void)state;
	ok(routes_start(&site.rt, &conf, &e), &e);
	site.from = "127.0.0.7";
	for (int i = 0; i < ROUTES_PER_ADDRESS; i++)
		fd[i] = dial();
	more = dial();
	assert_true(is_closed(more));
	close(more);
	site.from = "127.0.0.8";
	send_ask(&q, &a);
	assert_int_equal(a.status, 200);
	answer_free(&a);
	site.from = NULL;
	for (int i = 0; i < ROUTES_PER_ADDRESS; i++)
		close(fd[i]);
	routes_stop(site.rt);
	site.rt = loopback;
	for (int i = 0; i <= ROUTES_PER_ADDRESS; i++) { /* on loopback they are the proxy's */
		int one = dial();

		fd[i % ROUTES_PER_ADDRESS] = one;
		if (i == 0)
			more = one;
	}
	send_ask(&q, &a);
	assert_int_equal(a.status, 200);
	answer_free(&a);
	close(more);
	for (int i = 0; i < ROUTES_PER_ADDRESS; i++)
		close(fd[i]);
}

/* Without an owner there is no console, not one address of it. */
static void test_no_console(void **state)
{
	static const char *const path[] = {"/session", "/report/csv", "/odata", "/photo/00", "/", "/lib/base.js"};

	(void)state;
	for (size_t i = 0; i < sizeof(path) / sizeof(path[0]); i++) {
		struct ask q = {.method = "GET", .path = path[i], .unsigned_request = true};
		struct answer a;

		send_ask(&q, &a);
		assert_int_equal(a.status, 404);
		answer_free(&a);
	}
}

/* ---- reports ---- */

enum { REPORTS_AT_ONCE = 4 }; /* one is made, three wait */

static void ask_report(void *arg)
{
	const struct op_call call = {.home = site.home, .app = site.col};
	struct json *in = json_object(), *out = NULL;
	enum rc *rc = arg;

	*rc = op_run(&op_report, &call, in, &out, NULL);
	json_free(in);
	json_free(out);
}

/* One report at a time: a few wait, more are told to come back, and nobody freezes one meanwhile. */
static void test_reports(void **state)
{
	const struct op_call call = {.home = site.home, .app = site.col};
	struct json *in = json_object(), *out = NULL;
	struct os_thread *t[REPORTS_AT_ONCE - 1];
	enum rc rc[REPORTS_AT_ONCE - 1];
	struct err e = {0};

	(void)state;
	assert_true(turn_begin(site.col->reports, 0)); /* ours is being made */
	for (int i = 0; i < REPORTS_AT_ONCE - 1; i++)
		ok(os_thread_start(&t[i], ask_report, &rc[i], &e), &e);
	while (turn_taken(site.col->reports) < REPORTS_AT_ONCE)
		os_sleep_ms(1);
	assert_int_equal(op_run(&op_report, &call, in, &out, &e), RC_BUSY);
	assert_string_equal(e.key, "report.busy");
	json_set_str(in, "as", "reporter");
	json_set_str(in, "passphrase", "mot cum mat khau");
	assert_int_equal(op_run(&op_report_freeze, &call, in, &out, &e), RC_BUSY);
	assert_string_equal(e.key, "report.busy");
	assert_int_equal(turn_taken(site.col->reports), REPORTS_AT_ONCE);
	turn_end(site.col->reports);
	for (int i = 0; i < REPORTS_AT_ONCE - 1; i++) {
		os_thread_join(t[i]);
		assert_int_equal(rc[i], RC_NOTFOUND); /* it was made, as far as can be: this centre has no catalogue */
	}
	assert_int_equal(turn_taken(site.col->reports), 0);
	json_free(in);
	in = json_object();
	assert_int_equal(op_run(&op_report, &call, in, &out, &e), RC_BUSY); /* it is kept for who freezes */
	assert_true(turn_begin(site.col->reports, 0));
	turn_end(site.col->reports);
	assert_true(turn_begin(site.col->reports, 1)); /* everybody's again */
	turn_end(site.col->reports);
	json_free(in);
}

/* clause: P11 P12 P13 P27 */
static void test_sync(void **state)
{
	int64_t before = log_size(), commits = archive_commits(site.col->archive);
	struct json *head = NULL;
	struct answer a;
	struct buf body;

	(void)state;
	head_line(&body, SCOPE, "", 0, 0);
	add_entry(&body, new_record(&site.clerk, SCOPE));
	buf_add_str(&body, "no line at all\n");
	add_entry(&body, new_record(&site.stranger, SCOPE)); /* a key nobody certified */
	add_entry(&body, new_record(&site.clerk, SCOPE));
	synced(span_buf(&body), &head, &a);
	assert_string_equal(verdict(head, 0), "a");
	assert_string_equal(verdict(head, 1), "r");
	assert_string_equal(verdict(head, 2), "r");
	assert_string_equal(verdict(head, 3), "a");
	assert_string_equal(json_str(json_at(json_at(json_get_arr(head, "verdicts"), 2), 2)), "A1");
	assert_int_equal(log_size(), before + 2);
	assert_int_equal(archive_commits(site.col->archive), commits + 1);
	assert_non_null(json_get_str(head, "checkpoint"));
	json_free(head);
	answer_free(&a);
	synced(span_buf(&body), &head, &a); /* the same batch again */
	assert_string_equal(verdict(head, 0), "d");
	assert_int_equal(log_size(), before + 2);
	json_free(head);
	answer_free(&a);
	buf_free(&body);
}

/* ---- bad lines ---- */

/* A payload of the clerk's, good but for what `find` is replaced by; sealed anew. */
struct bad_line {
	const char *what, *find, *put;
	char kind; /* of the verdict */
	const char *clause;
};

/* salt, the last member, is 16 bytes of a test's counter: its end is the payload's own. */
static const struct bad_line bad_line[] = {
    {"too long", "Máy đo", NULL, 'r', "E2"}, /* NULL: 17,000 letters */
    {"cut off", "\"}", "\"", 'r', "E3"},
    {"cut within a string", "\"salt\":\"", "\"salt\":", 'r', "E3"},
    {"white space", "\"op\":", "\"op\": ", 'r', "E3"},
    {"bytes after the object", "\"}", "\"}{}", 'r', "E3"},
    {"not UTF-8", "Máy", "M\xe1y", 'r', "E2"},
    {"an overlong NUL", "Máy", "M\xc0\x80y", 'r', "E2"},
    {"a long escape", "Máy", "M\\u00e1y", 'r', "E4"},
    {"a fraction", "\"at\":17", "\"at\":1.7", 'r', "E5"},
    {"deep", "\"Máy đo huyết áp\"", "[[[[1]]]]", 'r', "E6"},
    {"a member twice", "\"name\":", "\"name\":\"x\",\"name\":", 'r', "E6"},
    {"a member nobody knows", "\"salt\":", "\"more\":1,\"salt\":", 'r', "E7"},
    {"members in another order", "\"op\":\"set\",\"scope\":\"00004\"",
     "\"scope\":\"00004\",\"op\":\"set\"", 'r', "E7"},
    {"a version that is none", "\"v\":\"kk1\"", "\"v\":\"xx1\"", 'r', "E8"},
    {"an op nobody knows", "\"op\":\"set\"", "\"op\":\"del\"", 'r', "E13"},
    {"a scope that is none", "\"scope\":\"00004\"", "\"scope\":\"4\"", 'r', "E14"},
    {"an id that is none", "\"id\":\"0", "\"id\":\"X", 'r', "E15"},
    {"a kind that is none", "\"asset\"", "\"Asset\"", 'r', "E16"},
    {"a version to come", "\"v\":\"kk1\"", "\"v\":\"kk7\"", 'a', NULL},
    {"a clock far ahead", "\"at\":17", "\"at\":47", 'a', NULL},
    {"a kind the role may not write", "\"asset\"", "\"review\"", 'q', "role"},
    {"another commune", "\"scope\":\"00004\"", "\"scope\":\"00005\"", 'q', "scope"},
};

/* Seal the payload whatever it is, and append its line. */
static void seal_raw(struct actor *a, struct span payload, struct buf *line)
{
	uint8_t id[CRYPT_HASH_LEN], msg[SIGN_MESSAGE_LEN], sig[CRYPT_SIG_LEN];
	char text[CODEC_B64U_LEN(CRYPT_SIG_LEN) + 1];

	crypt_sha256(payload.p, payload.len, id);
	sign_message(id, msg);
	crypt_sign(a->signer, span_of(msg, sizeof(msg)), sig);
	codec_b64u(sig, sizeof(sig), text);
	buf_add_str(line, text);
	buf_add_char(line, ' ');
	buf_add_span(line, payload);
	buf_add_char(line, '\n');
}

static void add_bad(const struct bad_line *b, struct buf *body)
{
	struct entry *e = new_record(&site.clerk, SCOPE);
	const char *at = find(e->payload, b->find), *start = (const char *)e->payload.p;
	struct buf out;

	assert_non_null(at);
	for (const char *next = at; strcmp(b->find, "\"}") == 0 && next;) { /* the last one */
		at = next;
		next = find(span_of(at + 1, e->payload.len - (size_t)(at + 1 - start)), b->find);
	}
	buf_init(&out, 65536);
	buf_add(&out, start, (size_t)(at - start));
	for (int i = 0; !b->put && i < 17000; i++)
		buf_add_char(&out, 'a');
	buf_add_str(&out, b->put ? b->put : "");
	at += strlen(b->find);
	buf_add(&out, at, e->payload.len - (size_t)(at - start));
	seal_raw(&site.clerk, span_buf(&out), body);
	buf_free(&out);
	entry_free(e);
}

/* A good line with one bit of its payload turned after it was sealed. */
static void add_flipped(struct buf *body)
{
	struct entry *e = new_record(&site.clerk, SCOPE);
	size_t at = body->len + (size_t)(find(e->line, "Máy") - (const char *)e->line.p);

	buf_add_span(body, e->line);
	buf_add_char(body, '\n');
	body->p[at] ^= 1;
	entry_free(e);
}

static void check_bad(const struct json *run, const char *what, char kind, const char *clause)
{
	const char *got = json_str(json_at(run, 0));
	const char *why = json_str(json_at(run, kind == 'q' ? 3 : 2));

	if (got[0] != kind || (clause && (!why || strcmp(why, clause) != 0)))
		fail_msg("%s: %s %s, not %c %s", what, got, why ? why : "", kind,
			 clause ? clause : "");
}

/* Each bad line stands between two good ones, which are kept. Its verdict names its clause. */
/* clause: P13 E2 E3 E4 E5 E6 E7 E8 E13 E14 E15 E16 A1 A2 A4 A5 A9 */
static void test_bad_lines(void **state)
{
	enum { N = sizeof(bad_line) / sizeof(bad_line[0]) };
	int64_t before = log_size(), kept = 0;
	struct json *head = NULL;
	struct answer a;
	struct buf body;

	(void)state;
	for (size_t i = 0; i <= N; i++) {
		const struct bad_line *b = i < N ? &bad_line[i] : NULL;
		const struct json *runs;
		char kind = b ? b->kind : 'r';

		head_line(&body, SCOPE, "", 0, 0);
		add_entry(&body, new_record(&site.clerk, SCOPE));
		if (b)
			add_bad(b, &body);
		else
			add_flipped(&body);
		add_entry(&body, new_record(&site.clerk, SCOPE));
		synced(span_buf(&body), &head, &a);
		runs = json_get_arr(head, "verdicts");
		if (kind != 'a') {
			check_bad(json_at(runs, 0), b ? b->what : "a bit turned", 'a', NULL);
			check_bad(json_at(runs, 1), b ? b->what : "a bit turned", kind,
				  b ? b->clause : "A1");
			check_bad(json_at(runs, 2), b ? b->what : "a bit turned", 'a', NULL);
		} else {
			assert_int_equal(json_len(runs), 1);
			check_bad(json_at(runs, 0), b->what, 'a', NULL);
		}
		kept += kind == 'r' ? 2 : 3;
		assert_int_equal(log_size(), before + kept);
		json_free(head);
		answer_free(&a);
		buf_free(&body);
	}
}

/* The flags of the newest entry of an entity, by the centre's history. */
static bool has_flag(const uint8_t id[16], const char *flag)
{
	struct json *in = json_object(), *out = NULL;
	const struct json *h;
	char uuid[CODEC_UUID_LEN + 1];
	bool found = false;

	codec_uuid(id, uuid);
	json_set_str(in, "id", uuid);
	run_op(&op_show, in, &out);
	h = json_first(json_get_arr(out, "history"));
	for (const struct json *f = json_first(json_get_arr(h, "flags")); f; f = json_next(f))
		found |= strcmp(json_get_str(f, "flag"), flag) == 0;
	json_free(out);
	return found;
}

/* A wrong clock is flagged and blocks nothing; a right one is not flagged. clause: A9 E11 */
static void test_wrong_clock(void **state)
{
	static const struct {
		int64_t off;
		bool flagged;
	} clocks[] = {{0, false}, {86400, true}, {-5 * 365 * 86400, true}};

	(void)state;
	for (size_t i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		uint8_t id[16];
		struct json *head = NULL;
		struct answer a;
		struct buf body;

		site.clerk.at = os_now_s() + clocks[i].off;
		entry_uuid7(1795000000000, id);
		head_line(&body, SCOPE, "", 0, 0);
		add_entry(&body, actor_set(&site.clerk, SCOPE, "asset", id, "{\"name\":\"A\"}",
					   NULL, 0));
		synced(span_buf(&body), &head, &a);
		assert_string_equal(verdict(head, 0), "a");
		assert_int_equal(has_flag(id, "clock"), clocks[i].flagged);
		json_free(head);
		answer_free(&a);
		buf_free(&body);
	}
}

/* An entity of one commune is none of another's; its own keys may not write there. */
/* clause: M1 A4 */
static void test_foreign_scope(void **state)
{
	const struct op_call call = {.home = site.home, .app = site.col};
	int64_t before = log_size();
	struct json *head = NULL, *in = json_object(), *out = NULL;
	struct entry *mine, *theirs;
	struct err e = {0};
	uint8_t id[16];
	char uuid[CODEC_UUID_LEN + 1];
	struct answer a;
	struct buf body;

	(void)state;
	entry_uuid7(1795000000000, id);
	codec_uuid(id, uuid);
	mine = actor_set(&site.clerk, SCOPE, "asset", id, "{\"name\":\"của mình\"}", NULL, 0);
	theirs = actor_set(&site.clerk, OTHER, "asset", id, "{\"name\":\"của người\"}",
			   (const uint8_t(*)[ENTRY_ID_LEN])mine->id, 1);
	head_line(&body, SCOPE, "", 0, 0);
	add_entry(&body, mine);
	add_entry(&body, theirs);
	synced(span_buf(&body), &head, &a);
	assert_string_equal(verdict(head, 0), "a");
	assert_string_equal(verdict(head, 1), "q");
	assert_string_equal(json_str(json_at(json_at(json_get_arr(head, "verdicts"), 1), 3)),
			    "scope");
	assert_int_equal(log_size(), before + 2); /* kept, and counts nowhere */
	json_free(head);
	answer_free(&a);
	buf_free(&body);
	json_set_str(in, "id", uuid); /* even the whole id does not say which one */
	assert_int_equal(op_run(&op_show, &call, in, &out, &e), RC_CONFLICT);
	assert_string_equal(e.key, "archive.ambiguous");
	json_set_str(in, "scope", SCOPE);
	run_op(&op_show, in, &out);
	assert_string_equal(json_get_str(out, "scope"), SCOPE);
	assert_string_equal(
	    json_get_str(json_get_obj(json_get_obj(out, "fields"), "name"), "value"), "của mình");
	json_free(out);
}

/* clause: P2 P3 P4 */
static void test_signature(void **state)
{
	struct span lie = span_str("another body");
	struct buf body;
	struct ask q;

	(void)state;
	head_line(&body, SCOPE, "", 0, 0);
	add_entry(&body, new_record(&site.clerk, SCOPE));
	q = sync_ask(span_buf(&body));
	q.unsigned_request = true;
	refused(&q, 401, "signature", "P4");
	q = sync_ask(span_buf(&body));
	q.broken_signature = true;
	refused(&q, 401, "signature", "P4");
	q = sync_ask(span_buf(&body));
	q.signed_path = "/v1/enrol";
	refused(&q, 401, "signature", "P4");
	q = sync_ask(span_buf(&body));
	q.signed_method = "PATCH";
	refused(&q, 401, "signature", "P4");
	q = sync_ask(span_buf(&body));
	q.signed_authority = "other.example:443"; /* made for another collector */
	refused(&q, 401, "signature", "P4");
	q = sync_ask(span_buf(&body));
	q.digest_of = lie; /* signed for another body */
	refused(&q, 401, "signature", "P4");
	q = sync_ask(span_buf(&body));
	q.extra = "Signature: kk1=:AAAA:\r\n"; /* twice */
	refused(&q, 401, "signature", NULL);
	buf_free(&body);
}

/* The Host may come as the agent, curl or a proxy writes it (this listener speaks http). */
/* clause: P3 P4 */
static void test_authority(void **state)
{
	static const struct {
		const char *host, *made_for;
		bool good;
	} cases[] = {
	    {"Collector.Example", "collector.example", true},
	    {"collector.example:80", "collector.example", true},
	    {"collector.example", "COLLECTOR.example:080", true},
	    {"[::1]:80", "[::1]", true},
	    {"collector.example", "collector.example:443", false},
	    {"collector.example:8080", "collector.example", false},
	};
	struct answer a;
	struct buf body;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ask q;

		head_line(&body, SCOPE, "", 0, 0);
		q = sync_ask(span_buf(&body));
		q.host = cases[i].host;
		q.signed_authority = cases[i].made_for;
		if (cases[i].good) {
			send_ask(&q, &a);
			assert_int_equal(a.status, 200);
			answer_free(&a);
		} else {
			refused(&q, 401, "signature", "P4");
		}
		buf_free(&body);
	}
}

/* clause: P5 */
static void test_clock(void **state)
{
	struct buf body;
	struct ask q;
	struct answer a;
	int64_t now = 0;

	(void)state;
	head_line(&body, SCOPE, "", 0, 0);
	q = sync_ask(span_buf(&body));
	q.skew = 3600;
	refused(&q, 401, "clock", "P5");
	q.skew = -400;
	refused(&q, 401, "clock", "P5");
	send_ask(&q, &a);
	assert_true(json_get_int(a.json, "now", &now));
	q.skew = now - os_now_s(); /* repeat once with that time */
	answer_free(&a);
	send_ask(&q, &a);
	assert_int_equal(a.status, 200);
	answer_free(&a);
	buf_free(&body);
}

/* clause: P6 */
static void test_replay(void **state)
{
	const uint8_t nonce[HTTPSIG_NONCE] = {42};
	struct answer a;
	struct buf body, raw;
	struct ask q;

	(void)state;
	head_line(&body, SCOPE, "", 0, 0);
	q = sync_ask(span_buf(&body));
	q.nonce = nonce;
	build(&q, &raw);
	talk(span_buf(&raw), &a);
	assert_int_equal(a.status, 200);
	answer_free(&a);
	talk(span_buf(&raw), &a); /* the very same bytes */
	assert_int_equal(a.status, 401);
	assert_string_equal(json_get_str(a.json, "code"), "replay");
	assert_string_equal(json_get_str(a.json, "clause"), "P6");
	answer_free(&a);
	q.skew = 1; /* a new signature over an old nonce */
	refused(&q, 401, "replay", "P6");
	buf_free(&raw);
	buf_free(&body);
}

/* clause: P7 */
static void test_key(void **state)
{
	struct buf body;
	struct ask q;

	(void)state;
	head_line(&body, SCOPE, "", 0, 0);
	q = sync_ask(span_buf(&body));
	q.signer = site.stranger.signer;
	refused(&q, 401, "key", "P7");
	q.signer = site.clerk.signer; /* certified, but no device */
	refused(&q, 401, "key", "P7");
	buf_free(&body);
	head_line(&body, OTHER, "", 0, 0);
	q = sync_ask(span_buf(&body));
	refused(&q, 403, "scope", "P7");
	buf_free(&body);
}

/* clause: P30 */
static void test_central(void **state)
{
	const char *line = json_str(json_at(json_get_arr(site.enrolled, "lines"), 0));
	struct json *head = NULL;
	struct span rest, first;
	struct buf body;
	struct answer a;
	struct ask q;
	int64_t before = log_size();

	(void)state;
	assert_non_null(line);
	head_line(&body, SCOPE, "", 0, 0);
	buf_add_str(&body, line);
	buf_add_char(&body, '\n');
	add_entry(&body, new_record(&site.clerk, SCOPE));
	q = sync_ask(span_buf(&body));
	q.signer = site.stranger.signer;
	refused(&q, 401, "key", "P7");
	q.path = "/v1/authority";
	send_ask(&q, &a);
	assert_int_equal(a.status, 200);
	rest = a.body;
	assert_true(span_line(&rest, &first));
	assert_int_equal(json_parse(first, NULL, &head, NULL), RC_OK);
	assert_string_equal(verdict(head, 0), "d");
	assert_string_equal(verdict(head, 1), "r");
	assert_string_equal(json_str(json_at(json_at(json_get_arr(head, "verdicts"), 1), 2)), "P30");
	assert_null(json_get(head, "leaf")); /* it is given nothing */
	assert_int_equal(rest.len, 0);
	assert_int_equal(log_size(), before);
	json_free(head);
	answer_free(&a);
	buf_free(&body);
}

/* clause: P29 */
static void test_shown(void **state)
{
	struct archive_reader *r = NULL;
	struct answer a;
	struct buf note;
	uint8_t root[32] = {5};
	struct ask q;
	int64_t size, at;
	bool halted = true;

	(void)state;
	buf_init(&note, NOTE_TEXT_MAX);
	assert_int_equal(archive_read(site.col->archive, &r, NULL), RC_OK);
	assert_int_equal(r->head(r->ctx, &size, &note, &at, NULL), RC_OK);
	archive_read_end(site.col->archive, r);
	q = sync_ask(span_buf(&note));
	q.path = "/v1/checkpoint";
	q.type = "text/plain";
	send_ask(&q, &a);
	assert_int_equal(a.status, 200);
	assert_true(json_get_bool(a.json, "halted", &halted));
	assert_false(halted);
	answer_free(&a);
	buf_reset(&note); /* whoever can sign may not halt it: only its own signature counts */
	assert_int_equal(note_sign(site.stranger.signer, (uint64_t)size + 5, root, &note, NULL), RC_OK);
	q.body = span_buf(&note);
	refused(&q, 400, NULL, "L4");
	q.signer = site.stranger.signer;
	refused(&q, 401, "key", "P7");
	assert_false(ingest_halted(site.col->ingest));
	buf_free(&note);
}

/* clause: P8 P21 */
static void test_shape(void **state)
{
	struct buf body;
	struct ask q;

	(void)state;
	head_line(&body, SCOPE, "", 0, 0);
	q = sync_ask(span_buf(&body));
	q.type = "application/json";
	refused(&q, 415, NULL, NULL);
	q = sync_ask(span_buf(&body));
	q.coding = "gzip";
	refused(&q, 415, NULL, "P8");
	q = sync_ask(span_buf(&body));
	q.method = "PUT";
	refused(&q, 405, NULL, NULL);
	q = sync_ask(span_buf(&body));
	q.path = "/v1/nothing";
	refused(&q, 404, NULL, NULL);
	buf_free(&body);
}

/* clause: P8 */
static void test_size(void **state)
{
	struct buf body, z;
	struct answer a;
	struct ask q;
	struct err e = {0};
	char raw[200];
	int fd;

	(void)state;
	fd = dial(); /* declared too long: refused before a byte of it comes */
	snprintf(raw, sizeof(raw),
		 "POST /v1/sync HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: %s\r\n"
		 "Connection: close\r\nContent-Length: 4194305\r\n\r\n",
		 NDJSON);
	push_bytes(fd, span_str(raw));
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	read_answer(fd, &a);
	close(fd);
	parse_answer(&a);
	assert_int_equal(a.status, 413);
	answer_free(&a);

	head_line(&body, SCOPE, "", 0, 0); /* streamed, no length told */
	while (body.len < LIMIT_HTTP_BODY + 100000)
		buf_add_str(&body,
			    "0123456789012345678901234567890123456789012345678901234567890\n");
	q = sync_ask(span_buf(&body));
	q.chunked = true;
	refused(&q, 413, NULL, NULL);
	buf_free(&body);

	head_line(&body, SCOPE, "", 0, 0); /* a bomb: 17 MiB of one letter */
	while (body.len < 17 * LIMIT_MIB)
		buf_add_str(&body,
			    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n");
	buf_init(&z, LIMIT_HTTP_BODY);
	ok(zst_compress(span_buf(&body), 3, &z, &e), &e);
	assert_true(z.len < 10000);
	q = sync_ask(span_buf(&z));
	q.coding = "zstd";
	refused(&q, 413, NULL, "P8");
	buf_free(&z);
	buf_free(&body);

	head_line(&body, SCOPE, "", 0, 0); /* too many lines */
	for (int i = 0; i <= LIMIT_SYNC_LINES; i++)
		buf_add_str(&body, "x\n");
	q = sync_ask(span_buf(&body));
	refused(&q, 413, NULL, "P8");
	buf_free(&body);
}

/* clause: P13 P9 */
static void test_framing(void **state)
{
	struct buf body, raw;
	struct answer a;
	struct ask q;
	int64_t before;
	int fd;

	(void)state;
	head_line(&body, SCOPE, "", 0, 0);
	add_entry(&body, new_record(&site.clerk, SCOPE));
	q = sync_ask(span_of(body.p, body.len - 1)); /* the last LF is gone */
	refused(&q, 422, NULL, "P13");
	q = sync_ask(span_str("not json\n"));
	refused(&q, 422, NULL, "P13");
	q = sync_ask(span_str("{\"v\":1}\n"));
	refused(&q, 400, NULL, "P9");
	q = sync_ask(
	    span_str("{\"v\":1,\"scope\":\"00004\",\"epoch\":\"\",\"size\":0,\"after\":0}\n"));
	refused(&q, 400, NULL, "P9"); /* another order */
	q = sync_ask(span_buf(&body));
	q.coding = "zstd"; /* it is not */
	refused(&q, 422, NULL, "P13");
	q = sync_ask(span_str(""));
	refused(&q, 422, NULL, "P13");

	q = sync_ask(span_buf(&body)); /* cut in the middle of the body */
	build(&q, &raw);
	before = log_size();
	fd = dial();
	push_bytes(fd, span_of(raw.p, raw.len - 40));
	assert_int_equal(shutdown(fd, SHUT_WR), 0);
	read_answer(fd, &a);
	close(fd);
	parse_answer(&a);
	assert_int_not_equal(a.status, 200);
	assert_int_equal(log_size(), before);
	answer_free(&a);
	talk(span_buf(&raw), &a); /* the signature was used up, nothing else */
	assert_int_equal(a.status, 401);
	answer_free(&a);
	buf_free(&raw);
	send_ask(&q, &a);
	assert_int_equal(a.status, 200);
	assert_int_equal(log_size(), before + 1);
	answer_free(&a);
	buf_free(&body);
}

/* clause: P17 */
static void test_position(void **state)
{
	const char *epoch = ingest_epoch(site.col->ingest);
	struct buf body;
	struct ask q;

	(void)state;
	head_line(&body, SCOPE, "AAAA", 0, 0);
	add_entry(&body, new_record(&site.clerk, SCOPE));
	q = sync_ask(span_buf(&body));
	refused(&q, 409, "epoch", "P17");
	buf_free(&body);
	head_line(&body, SCOPE, epoch, 0, log_size() + 1);
	q = sync_ask(span_buf(&body));
	refused(&q, 409, "rollback", "P17");
	buf_free(&body);
	head_line(&body, SCOPE, epoch, log_size() + 1, 0);
	q = sync_ask(span_buf(&body));
	refused(&q, 409, "rollback", "P17");
	buf_free(&body);
}

/* clause: P28 */
static void test_empty(void **state)
{
	struct json *head = NULL;
	struct answer a;
	struct buf body;
	int64_t size = log_size();

	(void)state;
	head_line(&body, SCOPE, ingest_epoch(site.col->ingest), size, size);
	synced(span_buf(&body), &head, &a);
	assert_true(body.len + a.body.len <= 1024);
	assert_null(json_get(head, "checkpoint"));
	json_free(head);
	answer_free(&a);
	buf_free(&body);
}

/* clause: P14 */
static void test_want(void **state)
{
	struct json *head = NULL, *runs;
	struct entry *late = new_record(&site.clerk, SCOPE);
	char feed[CODEC_B64U_16 + 1];
	int64_t first = 0, seq = late->seq;
	struct answer a;
	struct buf body;

	(void)state;
	codec_b64u(site.clerk.feed, ENTRY_FEED_LEN, feed);
	head_line(&body, SCOPE, "", 0, 0);
	add_entry(&body, new_record(&site.clerk, SCOPE));
	synced(span_buf(&body), &head, &a);
	assert_string_equal(verdict(head, 0), "a"); /* a gap blocks nothing */
	runs = json_get(json_get(head, "want"), feed);
	assert_true(json_int(json_at(json_at(runs, 0), 1), &first));
	assert_int_equal(first, seq);
	json_free(head);
	answer_free(&a);
	buf_free(&body);
	head_line(&body, SCOPE, "", 0, 0);
	add_entry(&body, late);
	synced(span_buf(&body), &head, &a);
	assert_string_equal(verdict(head, 0), "a");
	json_free(head);
	answer_free(&a);
	buf_free(&body);
}

/* A sync that asks for a clerk's cert with that line. */
static void clerk_wish(struct buf *body, const struct entry *open)
{
	char key[CODEC_B64U_32 + 1];

	codec_b64u(open->key, 32, key);
	buf_init(body, 65536);
	buf_addf(body,
		 "{\"v\":1,\"scope\":\"%s\",\"epoch\":\"\",\"after\":0,\"size\":0,\"enrol\":"
		 "[{\"key\":\"%s\",\"name\":\"Lê Văn Bình\",\"title\":\"\",\"open\":",
		 SCOPE, key);
	json_add_escaped(body, open->line);
	buf_add_str(body, "}]}\n");
}

/* clause: P10 */
static void test_clerks(void **state)
{
	struct actor late, copied;
	struct entry *open;
	struct json *head = NULL, *out = NULL, *one;
	char key[CODEC_B64U_32 + 1];
	struct answer a;
	struct ask q;
	struct buf body;

	(void)state;
	actor_init(&late, 31);
	actor_init(&copied, 32);
	open = actor_open_on(&copied, SCOPE, late.pk); /* every PC of the commune holds it */
	clerk_wish(&body, open);
	q = sync_ask(span_buf(&body));
	refused(&q, 400, NULL, "P10");
	entry_free(open);
	buf_free(&body);
	open = actor_open_on(&late, SCOPE, site.device.pk);
	codec_b64u(late.pk, 32, key);
	clerk_wish(&body, open);
	synced(span_buf(&body), &head, &a);
	json_free(head);
	answer_free(&a);
	run_op(&op_enrol_list, json_object(), &out);
	assert_int_equal(json_len(json_get_arr(out, "waiting")), 1);
	one = json_at(json_get_arr(out, "waiting"), 0);
	assert_string_equal(json_get_str(one, "key"), key);
	assert_string_equal(json_get_str(one, "what"), "clerk");
	json_free(out);
	entry_free(open);
	actor_free(&copied);
	actor_free(&late);
	buf_free(&body);
}

/* ---- the log ---- */

static void get(const char *path, struct answer *a)
{
	const struct ask q = {.method = "GET", .path = path, .unsigned_request = true};

	send_ask(&q, a);
}

static size_t hashes_of(struct span text, struct tree_proof *p)
{
	struct span line;

	p->n = 0;
	while (span_line(&text, &line))
		if (span_starts(line, "node_hash="))
			assert_true(
			    codec_hex_32(span_of(line.p + 10, line.len - 10), p->hash[p->n++]));
	return p->n;
}

/* clause: P22 L2 L4 */
static void test_log(void **state)
{
	struct archive_reader *r = NULL;
	struct note note;
	struct tree_proof p;
	struct answer a;
	struct err e = {0};
	uint8_t leaf[TREE_HASH], old[TREE_HASH];
	char path[200], hex[65];
	int64_t at, made = 1;

	(void)state;
	get("/checkpoint", &a);
	assert_int_equal(a.status, 200);
	ok(note_open(a.body, crypt_signer_pk(site.col->log), &note, &e), &e);
	assert_int_equal(note.size, log_size());
	answer_free(&a);
	get("/get-tree-head", &a);
	assert_int_equal(a.status, 200);
	assert_non_null(find(a.body, "root_hash="));
	answer_free(&a);

	ok(archive_read(site.col->archive, &r, &e), &e);
	ok(r->tree.node(r->tree.ctx, 0, 3, leaf, &e), &e);
	codec_hex(leaf, 32, hex);
	snprintf(path, sizeof(path), "/get-inclusion-proof/%lld/%s", (long long)note.size, hex);
	get(path, &a);
	assert_int_equal(a.status, 200);
	assert_non_null(find(a.body, "leaf_index=3\n"));
	hashes_of(a.body, &p);
	ok(tree_check_inclusion(leaf, 3, note.size, &p, note.root, &e), &e);
	answer_free(&a);

	while (r->checkpoint_at(r->ctx, made, old, &at, NULL) != RC_OK)
		assert_true(++made < (int64_t)note.size); /* what init has logged: the first there is */
	snprintf(path, sizeof(path), "/get-consistency-proof/%lld/%lld", (long long)made,
		 (long long)note.size);
	get(path, &a);
	assert_int_equal(a.status, 200);
	hashes_of(a.body, &p);
	ok(tree_check_consistency((uint64_t)made, old, note.size, note.root, &p, &e), &e);
	answer_free(&a);
	archive_read_end(site.col->archive, r);

	get("/get-consistency-proof/9/5", &a);
	assert_int_equal(a.status, 400);
	assert_string_equal(json_get_str(a.json, "clause"), "P22");
	answer_free(&a);
	memset(hex, 'a', 64);
	snprintf(path, sizeof(path), "/get-inclusion-proof/%lld/%s", (long long)note.size, hex);
	get(path, &a);
	assert_int_equal(a.status, 404);
	answer_free(&a);
	get("/get-leaves/0/5", &a);
	assert_int_equal(a.status, 401);
	answer_free(&a);
}

/* clause: P22 */
static void test_leaves(void **state)
{
	const struct ask q = {.method = "GET",
			      .path = "/get-leaves/0/5",
			      .signer = site.device.signer};
	struct answer a;
	struct span text, line;
	size_t n = 0;

	(void)state;
	send_ask(&q, &a);
	assert_int_equal(a.status, 200);
	text = a.body;
	while (span_line(&text, &line)) {
		assert_true(span_starts(line, "leaf="));
		assert_int_equal(line.len, 5 + 64 + 1 + 128 + 1 + 64);
		n++;
	}
	assert_int_equal(n, 5);
	answer_free(&a);
}

/* ---- blobs ---- */

static struct ask blob_ask(const char *method, const char *path)
{
	return (struct ask){.method = method, .path = path, .signer = site.device.signer};
}

static const char blob_text[] = "ảnh chụp thiết bị, giả vờ";

static struct span blob_bytes(void)
{
	return span_of(blob_text, sizeof(blob_text) - 1);
}

static void blob_name(const uint8_t sha[32], char hex[65], char path[100])
{
	codec_hex(sha, 32, hex);
	snprintf(path, 100, "/v1/blobs/%s", hex);
}

/* Have an accepted entry name a blob. */
static void name_blob(const char *hex, size_t size)
{
	uint8_t id[16];
	char set[400];
	struct json *head = NULL;
	struct answer a;
	struct buf body;

	entry_uuid7(1795000000000, id);
	snprintf(set, sizeof(set),
		 "{\"image\":{\"sha256\":\"%s\",\"size\":%zu,\"type\":\"image/jpeg\","
		 "\"name\":\"a.jpg\"}}",
		 hex, size);
	head_line(&body, SCOPE, "", 0, 0);
	add_entry(&body, actor_set(&site.clerk, SCOPE, "photo", id, set, NULL, 0));
	synced(span_buf(&body), &head, &a);
	assert_string_equal(verdict(head, 0), "a");
	json_free(head);
	answer_free(&a);
	buf_free(&body);
}

/* clause: P23 P24 */
static void test_blob_up(void **state)
{
	const struct span bytes = blob_bytes();
	char hex[65], path[100];
	uint8_t sha[32];
	struct answer a;
	struct ask q;

	(void)state;
	crypt_sha256(bytes.p, bytes.len, sha);
	blob_name(sha, hex, path);
	q = blob_ask("PATCH", path); /* nobody names it yet */
	q.body = bytes;
	q.offset = "0";
	refused(&q, 404, NULL, "P24");
	name_blob(hex, bytes.len);
	q = blob_ask("HEAD", path);
	send_ask(&q, &a);
	assert_int_equal(a.status, 200);
	assert_non_null(find(a.head, "Upload-Offset: 0\r\n"));
	assert_null(find(a.head, "Upload-Complete"));
	answer_free(&a);
	q = blob_ask("PATCH", path);
	q.body = span_of(bytes.p, 10);
	q.offset = "0";
	q.signed_offset = "5"; /* the offset is signed too (P3) */
	refused(&q, 401, "signature", "P4");
	q.signed_offset = NULL;
	send_ask(&q, &a);
	assert_int_equal(a.status, 204);
	assert_non_null(find(a.head, "Upload-Offset: 10\r\n"));
	answer_free(&a);
	send_ask(&q, &a); /* the answer was lost: the right offset is told */
	assert_int_equal(a.status, 409);
	assert_string_equal(json_get_str(a.json, "code"), "offset");
	assert_non_null(find(a.head, "Upload-Offset: 10\r\n"));
	answer_free(&a);
	q.body = span_of(bytes.p + 10, bytes.len - 10);
	q.offset = "10";
	send_ask(&q, &a);
	assert_int_equal(a.status, 204);
	assert_non_null(find(a.head, "Upload-Complete: ?1\r\n"));
	answer_free(&a);
}

/* After test_blob_up. clause: P23 */
static void test_blob_down(void **state)
{
	const struct span bytes = blob_bytes();
	char hex[65], path[100];
	uint8_t sha[32];
	struct answer a;
	struct ask q;

	(void)state;
	crypt_sha256(bytes.p, bytes.len, sha);
	blob_name(sha, hex, path);
	q = blob_ask("GET", path);
	send_ask(&q, &a);
	assert_int_equal(a.status, 200);
	assert_true(span_eq(a.body, bytes));
	answer_free(&a);
	q.extra = "Range: bytes=10-\r\n";
	send_ask(&q, &a);
	assert_int_equal(a.status, 206);
	assert_true(span_eq(a.body, span_of(bytes.p + 10, bytes.len - 10)));
	answer_free(&a);
	q = blob_ask("GET", path);
	q.signer = site.stranger.signer;
	refused(&q, 401, "key", "P7");
	q = blob_ask("GET", "/v1/blobs/zz");
	refused(&q, 400, NULL, "P23");
}

/* A blob that is not what its name says is thrown away. */
/* clause: P23 */
static void test_bad_blob(void **state)
{
	char hex[65], path[100];
	uint8_t sha[32];
	struct answer a;
	struct ask q;

	(void)state;
	memset(sha, 0xbb, sizeof(sha));
	blob_name(sha, hex, path);
	name_blob(hex, 4);
	q = blob_ask("PATCH", path);
	q.body = span_str("four+1");
	q.offset = "0";
	refused(&q, 422, NULL, "P24"); /* larger than the entry says */
	q.body = span_str("four");
	refused(&q, 422, NULL, "P23");
	q = blob_ask("HEAD", path);
	send_ask(&q, &a);
	assert_non_null(find(a.head, "Upload-Offset: 0\r\n"));
	answer_free(&a);
}

/* ---- what the centre sees ---- */

static const struct json *submission(const uint8_t id[16], struct json **out);

/* What the form does not accept is accepted, flagged, and told in its words. clause: A9 */
static void test_form_flag(void **state)
{
	static const struct {
		const char *kind, *set, *field; /* field of the first finding */
		const char *flag;
	} cases[] = {
	    {"weekly_statement", "{\"week\":\"2026-W40\",\"car\":\"may be\"}", "checked_at", "form"},
	    {"weekly_statement", "{\"week\":\"2026-W41\",\"colour\":\"đỏ\"}", "colour", "form"},
	    {"weekly_statement/9", "{\"week\":\"2026-W42\"}", "", "form"},
	    {"weekly_statement",
	     "{\"week\":\"2026-W43\",\"checked_at\":\"2026-10-20T08:00\",\"declared_adequate\":"
	     "\"co\",\"checklist\":\"dm_2026_1\",\"car\":\"co\",\"contact_name\":\"Trần Đức Ân\","
	     "\"contact_phone\":\"0900045101\",\"reason\":\"E24\",\"children\":[]}", NULL, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t id[16];
		struct json *head = NULL, *out = NULL;
		const struct json *o, *first;
		struct answer a;
		struct buf body;
		bool flagged = false;

		site.clerk.at = os_now_s();
		entry_uuid7(1795000000000, id);
		head_line(&body, SCOPE, "", 0, 0);
		add_entry(&body, actor_set(&site.clerk, SCOPE, cases[i].kind, id, cases[i].set, NULL, 0));
		synced(span_buf(&body), &head, &a);
		assert_string_equal(verdict(head, 0), "a");
		o = submission(id, &out);
		first = json_first(json_get_arr(o, "findings"));
		for (const struct json *f = json_first(json_get_arr(o, "flags")); f; f = json_next(f))
			flagged |= strcmp(json_str(f), "form") == 0;
		if (flagged != (cases[i].flag != NULL) || (first != NULL) != flagged)
			fail_msg("%zu: %s", i, json_print(o));
		if (first)
			assert_string_equal(json_get_str(first, "field"), cases[i].field);
		json_free(out);
		json_free(head);
		answer_free(&a);
		buf_free(&body);
	}
}

/* Push entries; all of them are accepted. */
static void push_entries(struct entry *const *e, size_t n)
{
	struct json *head = NULL;
	struct answer a;
	struct buf body;

	head_line(&body, SCOPE, "", 0, 0);
	for (size_t i = 0; i < n; i++) {
		buf_add_span(&body, e[i]->line);
		buf_add_char(&body, '\n');
	}
	synced(span_buf(&body), &head, &a);
	assert_string_equal(verdict(head, 0), "a");
	assert_int_equal(json_len(json_get_arr(head, "verdicts")), 1);
	json_free(head);
	answer_free(&a);
	buf_free(&body);
}

static struct entry *new_check(const char *kind, uint8_t id[16], const char *set)
{
	entry_uuid7(1795000000000, id);
	return actor_set(&site.clerk, SCOPE, kind, id, set, NULL, 0);
}

/* One submission of the list, by its id; the list in *out is the caller's. */
static const struct json *submission(const uint8_t id[16], struct json **out)
{
	char uuid[CODEC_UUID_LEN + 1];

	codec_uuid(id, uuid);
	run_op(&op_submissions, json_object(), out);
	for (const struct json *o = json_first(json_get_arr(*out, "submissions")); o;
	     o = json_next(o))
		if (strcmp(json_get_str(o, "id"), uuid) == 0)
			return o;
	fail_msg("%s is not in the list", uuid);
	return NULL;
}

static void assert_standing(const uint8_t id[16], bool complete, int64_t present, const char *state)
{
	struct json *out = NULL;
	const struct json *o = submission(id, &out);
	bool got = !complete, verified = false;
	int64_t n = -1;

	assert_true(json_get_bool(o, "complete", &got));
	assert_int_equal(got, complete);
	assert_true(json_get_int(o, "present", &n));
	assert_int_equal(n, present);
	assert_true(json_get_bool(o, "verified", &verified) && verified);
	assert_string_equal(json_get_str(o, "state"), state);
	json_free(out);
}

/* Does an answer ask for it (P32)? */
static bool asks_for(const uint8_t sha[32])
{
	char text[CODEC_B64U_32 + 1];
	struct json *head = NULL;
	struct answer a;
	struct buf body;
	bool is = false;

	codec_b64u(sha, 32, text);
	head_line(&body, SCOPE, "", 0, 0);
	synced(span_buf(&body), &head, &a);
	for (const struct json *b = json_first(json_get_arr(head, "blobs")); b; b = json_next(b))
		is = is || strcmp(json_str(b), text) == 0;
	json_free(head);
	answer_free(&a);
	buf_free(&body);
	return is;
}

/*
 * After test_blob_up: the disk has damaged it. Nobody gets such bytes; it is asked for, and comes again.
 * clause: P23 P32
 */
static void test_damaged_blob(void **state)
{
	const struct span bytes = blob_bytes();
	char hex[65], path[100], file[LIMIT_PATH];
	uint8_t sha[32];
	struct err e = {0};
	struct answer a;
	struct ask q;

	(void)state;
	crypt_sha256(bytes.p, bytes.len, sha);
	blob_name(sha, hex, path);
	assert_false(asks_for(sha));
	ok(archive_blob_path(site.col->archive, sha, file, sizeof(file), &e), &e);
	ok(os_file_write(file, span_of("x", 1), OS_REPLACE, &e), &e);
	q = blob_ask("GET", path);
	refused(&q, 404, NULL, "P23");
	assert_true(asks_for(sha));
	q = blob_ask("HEAD", path);
	send_ask(&q, &a);
	assert_non_null(find(a.head, "Upload-Offset: 0\r\n"));
	assert_null(find(a.head, "Upload-Complete"));
	answer_free(&a);
	q = blob_ask("PATCH", path);
	q.offset = "0";
	q.body = bytes;
	send_ask(&q, &a);
	assert_int_equal(a.status, 204);
	answer_free(&a);
	assert_false(asks_for(sha));
}

/* Named, and nobody has sent it: who asks for it in vain makes others be asked. clause: P32 */
static void test_missing_blob(void **state)
{
	const struct span bytes = span_str("chưa ai gửi tệp này");
	char hex[65], path[100];
	uint8_t sha[32];
	struct ask q;

	(void)state;
	crypt_sha256(bytes.p, bytes.len, sha);
	blob_name(sha, hex, path);
	name_blob(hex, bytes.len);
	assert_false(asks_for(sha));
	q = blob_ask("GET", path);
	refused(&q, 404, NULL, "P23");
	assert_true(asks_for(sha));
	lack_again(site.col->lack); /* as after a start */
	assert_true(asks_for(sha));
}

/* Settings of what a PC may bring. */
static void set_limits(int64_t files, int64_t bytes)
{
	struct json *in = json_object(), *out = NULL;
	const struct op_call call = {.home = site.home, .app = site.col};
	struct err e = {0};
	int64_t v;

	json_set_int(in, "files_day", files);
	json_set_int(in, "bytes_day", bytes);
	ok(op_limits.run(&call, in, &out, &e), &e);
	assert_true(json_get_int(out, "lines_day", &v) && v == 50000);
	json_free(in);
	json_free(out);
}

/* Over the ceiling of a day: 429, the clause, when again; nothing kept, and records go on. clause: A14 */
static void test_blob_quota(void **state)
{
	const struct span bytes = span_str("một tệp quá hạn mức trong ngày");
	char hex[65], path[100];
	struct json *head = NULL;
	struct answer a;
	struct buf body;
	struct ask q;
	uint8_t sha[32];

	(void)state;
	crypt_sha256(bytes.p, bytes.len, sha);
	blob_name(sha, hex, path);
	name_blob(hex, bytes.len);
	q = blob_ask("PATCH", path);
	q.body = bytes;
	q.offset = "0";
	for (int i = 0; i < 2; i++) {
		set_limits(i ? 1 : 10000, i ? 1000000 : 5); /* earlier tests have sent more than one */
		send_ask(&q, &a);
		assert_int_equal(a.status, 429);
		assert_string_equal(json_get_str(a.json, "code"), "quota");
		assert_string_equal(json_get_str(a.json, "clause"), "A14");
		assert_string_equal(json_get_str(a.json, "key"), i ? "quota.files" : "quota.bytes");
		assert_non_null(find(a.head, "Retry-After: "));
		answer_free(&a);
	}
	head_line(&body, SCOPE, "", 0, 0);
	add_entry(&body, new_record(&site.clerk, SCOPE));
	synced(span_buf(&body), &head, &a);
	assert_string_equal(verdict(head, 0), "a");
	json_free(head);
	answer_free(&a);
	buf_free(&body);
	set_limits(10000, 1000000);
	send_ask(&q, &a);
	assert_int_equal(a.status, 204);
	assert_non_null(find(a.head, "Upload-Complete: ?1\r\n"));
	answer_free(&a);
}

/* A check whose lines are not all here is being received; a correction replaces it. */
/* clause: M12 M13 E24 */
static void test_submission(void **state)
{
	char set[300], first[CODEC_B64U_32 + 1], second[CODEC_B64U_32 + 1];
	char uuid[CODEC_UUID_LEN + 1];
	uint8_t line[16], check[16], newer[16];
	struct entry *e[4];

	(void)state;
	e[0] = new_check("equipment_line", line, "{\"working\":3}");
	e[1] = new_check("equipment_line", line, "{\"working\":4}");
	codec_b64u(e[0]->id, ENTRY_ID_LEN, first);
	codec_b64u(e[1]->id, ENTRY_ID_LEN, second);
	snprintf(set, sizeof(set), "{\"inspector\":\"An\",\"children\":[\"%s\",\"%s\"]}", first,
		 second);
	e[2] = new_check("equipment_check", check, set);
	codec_uuid(check, uuid);
	snprintf(set, sizeof(set), "{\"inspector\":\"An\",\"supersedes\":\"%s\"}", uuid);
	e[3] = new_check("equipment_check", newer, set);
	push_entries((struct entry *[]){e[0], e[2]}, 2);
	assert_standing(check, false, 1, "received");
	push_entries(&e[1], 1);
	assert_standing(check, true, 2, "received");
	push_entries(&e[3], 1);
	assert_standing(check, true, 2, "superseded");
	assert_standing(newer, true, 0, "received");
	for (size_t i = 0; i < 4; i++)
		entry_free(e[i]);
}

/* clause: P7 A6 */
static void test_revoked(void **state)
{
	const struct ask leaves = {.method = "GET",
				   .path = "/get-leaves/0/5",
				   .signer = site.device.signer};
	struct issuer *i = NULL;
	struct json *head = NULL;
	char code[AUTHORITY_CODE];
	struct answer a;
	struct span line, rest;
	struct buf set, body;
	struct err e = {0};
	int64_t after = -1, before;

	(void)state;
	buf_init(&set, 4096);
	ok(authority_revoke_write(site.device.pk, log_size(), "mất máy", &set, &e), &e);
	ok(issuer_open(site.col, site.col->registrar, SCOPE, &i, &e), &e);
	ok(issuer_add(i, ENTRY_REVOKE, span_buf(&set), NULL, &e), &e);
	ok(issuer_keep(i, NULL, &e), &e);
	issuer_free(i);
	buf_free(&set);
	before = log_size();
	head_line(&body, SCOPE, "", 0, 0);
	add_entry(&body, new_record(&site.clerk, SCOPE)); /* its cert names that device */
	synced(span_buf(&body), &head, &a);
	assert_string_equal(verdict(head, 0), "q");
	assert_string_equal(json_str(json_at(json_at(json_get_arr(head, "verdicts"), 0), 3)),
			    "revoked");
	assert_int_equal(log_size(), before + 1);
	assert_true(json_get_int(head, "after", &after));
	assert_int_equal(after, 0); /* it pulls nothing */
	rest = a.body;
	assert_true(span_line(&rest, &line));
	assert_int_equal(rest.len, 0);
	json_free(head);
	answer_free(&a);
	buf_free(&body);
	refused(&leaves, 403, NULL, "P7");
	ok(enrolment_code(site.col, OTHER, 1, code, &e), &e); /* another commune trusts it no more than this one */
	enrol_refused(code, &site.device, "enrolment.revoked");
}

/* No file of this process may grow past so many bytes; RLIM_INFINITY: there is room again. */
static void limit_files(rlim_t bytes)
{
	struct rlimit r;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &r), 0);
	r.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &r), 0);
}

/* No room: 503 with the reason and when to come again, nothing stored; with room the same body is taken. */
/* clause: P21 P27 */
static void test_full_disk(void **state)
{
	const struct span bytes = span_str("một tệp không còn chỗ");
	char hex[65], path[100];
	struct json *head = NULL;
	struct answer a;
	struct buf body;
	struct ask q, blob;
	uint8_t sha[32];

	(void)state;
	crypt_sha256(bytes.p, bytes.len, sha);
	blob_name(sha, hex, path);
	name_blob(hex, bytes.len);
	blob = blob_ask("PATCH", path);
	blob.body = bytes;
	blob.offset = "0";
	head_line(&body, SCOPE, "", 0, 0);
	add_entry(&body, new_record(&site.clerk, SCOPE));
	q = sync_ask(span_buf(&body));
	signal(SIGXFSZ, SIG_IGN); /* as os_init does */
	limit_files(0);
	refused(&q, 503, "full", NULL);
	refused(&blob, 503, "full", NULL);
	send_ask(&q, &a);
	assert_non_null(find(a.head, "Retry-After: "));
	answer_free(&a);
	limit_files(RLIM_INFINITY);
	synced(span_buf(&body), &head, &a);
	assert_string_equal(verdict(head, 0), "a");
	json_free(head);
	answer_free(&a);
	send_ask(&blob, &a);
	assert_int_equal(a.status, 204);
	assert_non_null(find(a.head, "Upload-Complete: ?1\r\n"));
	answer_free(&a);
	buf_free(&body);
}

/* Everything that went on here, read again from the store. */
static void test_verify(void **state)
{
	struct json *in = json_object(), *out = NULL;
	int64_t n = 0;
	bool good = false;
	char *text;

	(void)state;
	json_set_bool(in, "all", true);
	run_op(&op_verify, in, &out);
	assert_true(json_get_bool(out, "ok", &good));
	text = json_print(out);
	if (!good)
		fail_msg("%s", text);
	free(text);
	assert_true(json_get_int(out, "signatures", &n));
	assert_int_equal(n, log_size());
	json_free(out);
}

/* clause: P1 */
static void test_plain(void **state)
{
	const struct op_call call = {.home = site.home, .app = site.col};
	struct json *in = json_object(), *out = NULL;
	struct err e = {0};

	(void)state;
	json_set_str(in, "listen", "0.0.0.0");
	assert_int_equal(op_run(&op_serve, &call, in, &out, &e), RC_USAGE);
	assert_string_equal(e.clause, "P1");
	json_free(in);
}

static bool take_id(void *arg, const struct archive_entity *e)
{
	codec_uuid(e->id, arg);
	return false;
}

/* A PC may name, in a record of its own, one of another commune: who does not see that one is not told its title. */
static void test_titles(void **state)
{
	const struct archive_filter f = {.scope = SCOPE, .kind = "asset", .limit = 1};
	struct who who = {.role = ROLE_PROVINCE_VERIFIER};
	struct op_call call = {.home = site.home, .app = site.col, .who = &who};
	char uuid[CODEC_UUID_LEN + 1] = "", scope[1][ENTRY_SCOPE_LEN] = {OTHER};
	struct archive_reader *r = NULL;
	struct buf title;
	struct err e = {0};

	(void)state;
	ok(archive_read(site.col->archive, &r, &e), &e);
	ok(r->entities(r->ctx, &f, take_id, uuid, NULL, &e), &e);
	archive_read_end(site.col->archive, r);
	assert_int_equal(strlen(uuid), CODEC_UUID_LEN);
	who.scopes = (struct keyring_scopes){.scope = scope, .n = 1};
	buf_init(&title, LIMIT_TEXT);
	assert_false(submission_title(&call, uuid, &title));
	assert_int_equal(title.len, 0);
	memcpy(scope[0], SCOPE, sizeof(SCOPE));
	assert_true(submission_title(&call, uuid, &title));
	assert_true(title.len > 0);
	buf_free(&title);
}

/* Who is sent away because there is no room was not refused for what they asked: it is no try. clause: P25 */
static void test_no_room(void **state)
{
	char code[AUTHORITY_CODE], *body;
	struct err e = {0};
	struct answer a;
	struct actor pc;
	struct ask q;

	(void)state;
	actor_init(&pc, 16);
	ok(enrolment_code(site.col, OTHER, 1, code, &e), &e);
	body = enrol_body(OTHER, code, &pc, NULL);
	q = enrol_ask(body, &pc);
	site.from = "127.0.0.9";
	nonces_free(site.rt->newcomers);
	ok(nonces_new(&site.rt->newcomers, 1, &e), &e);
	send_ask(&q, &a);
	assert_int_equal(a.status, 200);
	answer_free(&a);
	for (int i = 0; i < ENROLMENT_TRIES; i++)
		refused(&q, 503, NULL, "P6");
	nonces_free(site.rt->newcomers);
	ok(nonces_new(&site.rt->newcomers, LIMIT_NONCES_ANY, &e), &e);
	send_ask(&q, &a);
	assert_int_equal(a.status, 200);
	answer_free(&a);
	site.from = NULL;
	free(body);
	actor_free(&pc);
}

/* Keys that anybody can make up fill a table of their own: those of certified PCs go on. clause: P6 */
static void test_strangers(void **state)
{
	struct err e = {0};
	struct answer a;
	struct buf body;
	struct ask q;

	(void)state;
	nonces_free(site.rt->strangers);
	ok(nonces_new(&site.rt->strangers, 1, &e), &e);
	head_line(&body, SCOPE, "", 0, 0);
	q = sync_ask(span_buf(&body));
	q.path = "/v1/authority";
	q.signer = site.stranger.signer;
	send_ask(&q, &a);
	assert_int_equal(a.status, 200);
	answer_free(&a);
	refused(&q, 503, NULL, "P6");
	q = sync_ask(span_buf(&body));
	send_ask(&q, &a);
	assert_int_equal(a.status, 200);
	answer_free(&a);
	buf_free(&body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_enrol),         cmocka_unit_test(test_codes),
	    cmocka_unit_test(test_wrong_codes), cmocka_unit_test(test_per_address),
	    cmocka_unit_test(test_no_console),
	    cmocka_unit_test(test_reports),
	    cmocka_unit_test(test_closed_unit),
	    cmocka_unit_test(test_waiting),       cmocka_unit_test(test_sync),
	    cmocka_unit_test(test_foreign_scope), cmocka_unit_test(test_signature),
	    cmocka_unit_test(test_clock),         cmocka_unit_test(test_replay),
	    cmocka_unit_test(test_key),           cmocka_unit_test(test_shape),
	    cmocka_unit_test(test_size),          cmocka_unit_test(test_framing),
	    cmocka_unit_test(test_position),      cmocka_unit_test(test_empty),
	    cmocka_unit_test(test_want),          cmocka_unit_test(test_clerks),
	    cmocka_unit_test(test_log),           cmocka_unit_test(test_leaves),
	    cmocka_unit_test(test_blob_up),       cmocka_unit_test(test_blob_down),
	    cmocka_unit_test(test_damaged_blob),  cmocka_unit_test(test_missing_blob),
	    cmocka_unit_test(test_bad_blob),      cmocka_unit_test(test_blob_quota),
	    cmocka_unit_test(test_submission),
	    cmocka_unit_test(test_form_flag),
	    cmocka_unit_test(test_bad_lines),     cmocka_unit_test(test_wrong_clock),
	    cmocka_unit_test(test_full_disk),
	    cmocka_unit_test(test_central),       cmocka_unit_test(test_shown),
	    cmocka_unit_test(test_revoked),       cmocka_unit_test(test_plain),
	    cmocka_unit_test(test_verify),        cmocka_unit_test(test_authority),
	    cmocka_unit_test(test_titles), cmocka_unit_test(test_strangers),
	    cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
