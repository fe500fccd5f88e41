/*
 * sync_blob: whole contacts of an agent with a collector of blobs in memory, on a line that
 * cuts, lies and refuses: steps, resuming, isolation of one blob, quiet, the cap, records first,
 * damage on this disk, what the collector asks for, an erase meanwhile. Counts, never times.
 * clause: P20 P23 P26 P31 P32
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/ops.h"
#include "agent/store_sql.h"
#include "agent/sync_rate.h"
#include "agent/sync_run.h"
#include "lib/codec.h"
#include "lib/db.h"
#include "lib/limits.h"
#include "tests/support/desk.h"
#include "tests/support/rng.h"

#define ASSET                                                                                        \
	"'unit_code':'0045101','name':'%s','class':'Máy móc, thiết bị','uom':'Cái',"          \
	"'quantity':'1','use_year':'2024','value_basis':'Theo sổ kế toán','condition':'Tốt'," \
	"'use_state':'Còn sử dụng được, đúng mục đích'"
#define STEP  ((int64_t)SYNC_RATE_STEP)

enum { BLOBS = 8, LOG_MAX = 4096, NOW_NOT = -1 };

/* One blob at the collector. */
struct held {
	uint8_t sha[32];
	int64_t size; /* of the whole */
	struct buf bytes;
	int refuse; /* status told for it, 0: none */
	bool lies;  /* gives other bytes */
};

enum fault { PASS, CUT, PAGE, OTHER_RANGE, NO_OFFSET };

/* The collector and the line, behind one transport. */
struct line {
	struct desk desk; /* one for all tests */
	char asset[CODEC_UUID_LEN + 1]; /* what photos are of */
	int made;                     /* photos, each another one */
	struct held blob[BLOBS];
	size_t n;
	enum fault fault;
	int fault_at; /* the blob request it happens to, counted from 1; 0: all */
	int asked;    /* blob requests of this contact */
	int64_t retry_after;
	struct entry *erases; /* told at the same moment */
	int record_at; /* after this blob request somebody records; 0: nobody */
	int64_t slept; /* ms */
	char log[LOG_MAX]; /* "H P0+131072 G0+10 S": what was asked, in order */
	struct sync_run_how how;
	struct sync_run_report rep;
	struct err why;
};

static struct line l;

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

static void said(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void said(const char *fmt, ...)
{
	size_t n = strlen(l.log);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(l.log + n, sizeof(l.log) - n, fmt, ap);
	va_end(ap);
}

/* ---- the collector ---- */

static struct held *held(const uint8_t sha[32])
{
	for (size_t i = 0; i < l.n; i++)
		if (memcmp(l.blob[i].sha, sha, 32) == 0)
			return &l.blob[i];
	return NULL;
}

/* It knows the name, and has so much of it. */
static struct held *knows(const uint8_t sha[32], int64_t size, struct span bytes)
{
	struct held *h = &l.blob[l.n++];

	assert_true(l.n <= BLOBS);
	memset(h, 0, sizeof(*h));
	memcpy(h->sha, sha, 32);
	h->size = size;
	buf_init(&h->bytes, LIMIT_BLOB);
	buf_add_span(&h->bytes, bytes);
	return h;
}

static void problem(struct transport_res *res, int status, const char *key)
{
	res->status = status;
	memcpy(res->type, "application/problem+json", 25);
	err_set(&res->problem, RC_REMOTE, "P23", "transport.problem", "detail", key, NULL);
}

static void get(const struct transport_req *req, struct held *h, struct transport_res *res)
{
	int64_t left = (int64_t)h->bytes.len - req->range_from;
	int64_t len = req->range_len < left ? req->range_len : left;

	said("G%lld+%lld ", (long long)req->range_from, (long long)req->range_len);
	if ((int64_t)h->bytes.len < h->size) {
		problem(res, 404, "blob.not_here");
		return;
	}
	res->status = 206;
	memcpy(res->type, "application/octet-stream", 25);
	res->range_from = req->range_from + (l.fault == OTHER_RANGE);
	res->range_size = h->size;
	buf_add(&res->body, h->bytes.p + req->range_from, (size_t)len);
	if (h->lies)
		res->body.p[0] ^= 1;
}

static void patch(const struct transport_req *req, struct held *h, struct transport_res *res)
{
	said("P%lld+%zu ", (long long)req->upload_offset, req->body.len);
	res->upload_offset = (int64_t)h->bytes.len;
	if (req->upload_offset != res->upload_offset) {
		problem(res, 409, "blob.offset");
		return;
	}
	buf_add_span(&h->bytes, req->body);
	res->status = 204;
	memcpy(res->type, "application/octet-stream", 25);
	res->upload_offset = l.fault == NO_OFFSET ? -1 : (int64_t)h->bytes.len;
	res->upload_complete = (int64_t)h->bytes.len == h->size;
}

static void head(struct held *h, struct transport_res *res)
{
	said("H ");
	res->status = 200;
	memcpy(res->type, "application/octet-stream", 25);
	res->upload_offset = (int64_t)h->bytes.len;
	res->upload_complete = (int64_t)h->bytes.len == h->size;
}

static void page(struct transport_res *res)
{
	said("page ");
	res->status = 200;
	memcpy(res->type, "text/html", 10);
	buf_add_str(&res->body, "<html>login</html>");
}

static void record(void)
{
	json_free(desk_run(&l.desk, &op_record, RC_OK, "{'kind':'asset','fields':{" ASSET "}}", "Ghế"));
	if (l.erases)
		desk_tell(&l.desk, l.erases);
	l.erases = NULL;
}

static enum rc blob(const struct transport_req *req, struct transport_res *res, struct err *reterr)
{
	uint8_t sha[32];
	struct held *h;

	assert_true(codec_hex_32(span_str(req->path + 10), sha));
	h = held(sha);
	l.asked++;
	if (l.record_at == l.asked)
		record();
	if (l.fault == CUT && l.asked == l.fault_at) {
		said("cut ");
		return err_set(reterr, RC_UNAVAILABLE, NULL, "http.cut", "url", "x", "why", "x", NULL);
	}
	if (l.fault == PAGE && (l.fault_at == 0 || l.asked == l.fault_at))
		page(res);
	else if (!h)
		problem(res, 404, "blob.not_named");
	else if (h->refuse)
		problem(res, h->refuse, "refused");
	else if (strcmp(req->method, "GET") == 0)
		get(req, h, res);
	else if (strcmp(req->method, "HEAD") == 0)
		head(h, res);
	else
		patch(req, h, res);
	if (h && h->refuse)
		said("%s%d ", req->method, h->refuse);
	res->retry_after_s = l.retry_after;
	return RC_OK;
}

static enum rc exchange(void *ctx, const struct transport_req *req, struct transport_res *res,
			struct err *reterr)
{
	(void)ctx;
	memset(res, 0, sizeof(*res));
	res->upload_offset = res->range_from = res->range_size = -1;
	buf_init(&res->body, SESSION_BODY);
	if (strncmp(req->path, "/v1/blobs/", 10) == 0)
		return blob(req, res, reterr);
	assert_string_equal(req->path, "/v1/sync");
	said("S ");
	res->status = 200;
	memcpy(res->type, "application/x-ndjson", 21);
	return exchange_server_answer(&l.desk.server, req->body, &res->body, reterr);
}

static bool sleeps(void *ctx, int64_t ms)
{
	(void)ctx;
	l.slept += ms;
	clock_manual_add(&l.desk.clock, ms);
	return false;
}

/* One contact; it must end so. What it asked is in l.log. */
static void contact(enum rc want)
{
	struct transport t = {NULL, exchange, NULL};
	enum rc rc;

	l.asked = 0;
	l.log[0] = '\0';
	l.how.sleep = sleeps;
	memset(&l.rep, 0, sizeof(l.rep));
	err_clear(&l.why);
	rc = sync_run(&l.desk.agent, &t, NULL, &l.how, &l.rep, &l.why);
	if (rc != want)
		fail_msg("%s %s %s after %s", err_name(rc), l.why.clause, l.why.key, l.log);
}

static void asked(const char *want)
{
	if (strcmp(l.log, want) != 0)
		fail_msg("asked %s\nnot %s", l.log, want);
}

/* ---- the PC ---- */

static void new_asset(void)
{
	struct json *out = desk_run(&l.desk, &op_record, RC_OK, "{'kind':'asset','fields':{" ASSET "}}", "Máy");
	const char *id = json_get_str(json_at(json_get_arr(out, "records"), 0), "id");

	assert_non_null(id);
	memcpy(l.asset, id, strlen(id) + 1);
	json_free(out);
}

static int open_all(void **state)
{
	struct crypt_signer *device = NULL;

	(void)state;
	desk_open(&l.desk, 1);
	MUST(keys_device(l.desk.agent.keys, true, &device, &why));
	memcpy(l.desk.server.device, crypt_signer_pk(device), CRYPT_PK_LEN);
	new_asset();
	contact(RC_OK);
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	desk_close(&l.desk);
	return 0;
}

/* Nothing of one test is left to move in the next. */
static int teardown(void **state)
{
	static const uint8_t every[32];
	struct db *db = store_db(l.desk.agent.store);

	(void)state;
	for (size_t i = 0; i < l.n; i++) {
		const struct db_val sha = db_bytes(l.blob[i].sha, 32);

		MUST(db_run(db, ST_BLOB_HELD, DB_V(sha, db_int(l.blob[i].size)), &why));
		MUST(db_run(db, ST_BLOB_SENT, &sha, 1, &why));
		MUST(db_run(db, ST_BLOB_WAIT_DROP, &sha, 1, &why));
		buf_free(&l.blob[i].bytes);
	}
	MUST(db_run(db, ST_BLOB_WAIT_DROP, DB_V(db_bytes(every, 32)), &why));
	memset(&l.how, 0, sizeof(l.how));
	l.n = l.desk.server.nblob = 0;
	l.fault = PASS;
	l.fault_at = l.record_at = 0;
	l.retry_after = l.slept = 0;
	l.erases = NULL;
	return 0;
}

/* A PNG of just that size, each n another one. */
static void picture(int64_t size, int n, struct buf *out)
{
	uint8_t len[4];
	struct rng r = rng_case(1, (uint64_t)n);

	buf_init(out, LIMIT_BLOB);
	buf_add(out, "\x89PNG\r\n\x1a\n", 8);
	codec_put_be32(len, (uint32_t)(size - 8 - 12 - 12));
	buf_add(out, len, 4);
	buf_add(out, "IDAT", 4);
	for (int64_t i = 0; i < size - 32; i++)
		buf_add_char(out, (char)rng_below(&r, 256));
	buf_add(out, "crc!\0\0\0\0IENDcrc!", 16);
	assert_int_equal(out->len, size);
}

/* The clerk attaches one of that size; the collector knows its name as soon as it has the record. */
static struct held *photo(int64_t size)
{
	char *path = NULL;
	uint8_t sha[32];
	struct buf b;

	picture(size, ++l.made, &b);
	MUST(os_path_join(&path, l.desk.home, "a.png", &why));
	MUST(os_file_write(path, span_buf(&b), OS_REPLACE, &why));
	json_free(desk_run(&l.desk, &op_record, RC_OK, "{'kind':'photo','parent':'%s','attach':'%s'}",
			   l.asset, path));
	crypt_sha256(b.p, b.len, sha);
	free(path);
	buf_free(&b);
	return knows(sha, size, span_of(NULL, 0));
}

/* The PC has lost its own copy. */
static void lose(const struct held *h)
{
	char path[LIMIT_PATH];

	MUST(store_blob_file(l.desk.agent.store, h->sha, path, sizeof(path), &why));
	MUST(os_file_remove(path, &why));
	MUST(store_blob_aside(l.desk.agent.store, h->sha, &why));
}

/* It is at the collector, and no more here. */
static struct held *missing(int64_t size)
{
	struct held *h = photo(size);

	contact(RC_OK);
	lose(h);
	return h;
}

static struct store_blob_state state_of(const struct held *h)
{
	struct store_blob_state st;

	MUST(store_blob_state(l.desk.agent.store, h->sha, &st, &why));
	assert_true(st.known);
	return st;
}

static bool is_here(const struct held *h)
{
	struct err why;
	bool ok = store_blob_check(l.desk.agent.store, h->sha, &why) == RC_OK;

	assert_int_equal(ok, state_of(h).held);
	return ok;
}

/* ---- up ---- */

static void test_up_in_steps(void **state)
{
	struct held *h = photo(2 * STEP + 100);

	(void)state;
	contact(RC_OK);
	asked("S H P0+131072 P131072+131072 P262144+100 ");
	assert_int_equal(l.rep.blobs_up, 1);
	assert_true(state_of(h).sent);
	contact(RC_OK);
	asked("S ");
}

static void test_up_resumes_after_a_cut(void **state)
{
	struct held *h = photo(2 * STEP + 100);

	(void)state;
	l.fault = CUT;
	l.fault_at = 3;
	contact(RC_UNAVAILABLE);
	assert_string_equal(l.why.key, "http.cut");
	asked("S H P0+131072 cut ");
	assert_int_equal(state_of(h).failures, 0); /* the line's fault, not its own */
	l.fault = PASS;
	contact(RC_OK);
	asked("S H P131072+131072 P262144+100 ");
	assert_int_equal(h->bytes.len, h->size);
}

/* Another offset than was thought: it goes on there; it is not asked for ever. */
static void test_up_from_another_offset(void **state)
{
	struct held *h = photo(STEP), *full = photo(STEP + 1);

	(void)state;
	full->refuse = 409;
	contact(RC_OK);
	assert_true(state_of(h).sent);
	assert_false(state_of(full).sent);
	assert_int_equal(state_of(full).failures, 1);
}

/* ---- down ---- */

static void test_down_in_steps_and_resumed(void **state)
{
	struct held *h = missing(2 * STEP + 100);

	(void)state;
	l.fault = CUT;
	l.fault_at = 3;
	contact(RC_UNAVAILABLE);
	asked("S G0+131072 G131072+131072 cut ");
	assert_int_equal(state_of(h).part, 2 * STEP);
	l.fault = PASS;
	contact(RC_OK);
	asked("S G262144+100 ");
	assert_true(is_here(h));
	assert_int_equal(l.rep.blobs_down, 1);
}

/* Other bytes: thrown away, wait by themselves, and hold up nobody. */
static void test_other_bytes_wait_by_themselves(void **state)
{
	struct held *bad = photo(1000), *good = missing(2000);

	(void)state;
	lose(bad);
	bad->lies = true;
	contact(RC_OK);
	asked("S G0+1000 G0+2000 ");
	assert_true(is_here(good));
	assert_false(is_here(bad));
	assert_int_equal(l.rep.blobs_failed, 1);
	assert_int_equal(state_of(bad).part, 0);
	assert_string_equal(state_of(bad).why.key, "blob.hash");
	contact(RC_OK);
	asked("S ");
	clock_manual_add(&l.desk.clock, 60000);
	contact(RC_OK);
	asked("S G0+1000 ");
	assert_int_equal(state_of(bad).failures, 2);
	clock_manual_add(&l.desk.clock, 60000);
	contact(RC_OK);
	asked("S "); /* now it is two minutes */
	l.how.asked = true; /* a person may */
	bad->lies = false;
	contact(RC_OK);
	asked("S G0+1000 ");
	assert_true(is_here(bad));
	assert_int_equal(state_of(bad).failures, 0);
}

/* An entry that says another size than the bytes have is not the line's fault. */
static void test_another_size(void **state)
{
	struct held *bad = photo(1000), *good = missing(2000);

	(void)state;
	lose(bad);
	bad->size = 900;
	bad->bytes.len = 900;
	contact(RC_OK);
	assert_true(is_here(good));
	assert_string_equal(state_of(bad).why.clause, "P24");
}

static void test_refusals_of_one_hold_up_no_other(void **state)
{
	static const int status[] = {403, 404, 413, 415, 422, 500};

	(void)state;
	for (size_t i = 0; i < sizeof(status) / sizeof(status[0]); i++) {
		struct held *bad = photo(1000), *good = photo(1001);

		bad->refuse = status[i];
		contact(RC_OK);
		assert_false(state_of(bad).sent);
		assert_int_equal(state_of(bad).failures, 1);
		assert_true(state_of(good).sent);
		teardown(NULL);
	}
}

/* Three 5xx in one contact are the collector's trouble. */
static void test_a_collector_in_trouble(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++)
		photo(1000 + i)->refuse = 500;
	contact(RC_REMOTE);
	asked("S HEAD500 HEAD500 HEAD500 ");
}

/* ---- the line ---- */

static void test_a_page_is_no_answer(void **state)
{
	struct held *up = photo(STEP + 10), *down;

	(void)state;
	for (int at = 1; at <= 3; at++) { /* to the HEAD, to the first step, to the last */
		l.fault = PAGE;
		l.fault_at = at;
		contact(RC_UNAVAILABLE);
		assert_string_equal(l.why.key, "sync.portal");
		assert_false(state_of(up).sent);
		assert_int_equal(state_of(up).failures, 0);
		up->bytes.len = 0;
	}
	l.fault = NO_OFFSET; /* a 204 of nobody */
	l.fault_at = 0;
	contact(RC_UNAVAILABLE);
	l.fault = PASS;
	contact(RC_OK);
	down = missing(STEP + 20);
	l.fault = PAGE;
	l.fault_at = 2;
	contact(RC_UNAVAILABLE);
	asked("S G0+131072 page ");
	assert_int_equal(state_of(down).part, STEP); /* not a byte of the page */
	l.fault = OTHER_RANGE;
	contact(RC_UNAVAILABLE);
	assert_int_equal(state_of(down).part, STEP);
	l.fault = PASS;
	contact(RC_OK);
	assert_true(is_here(down));
}

static void test_quiet_about_blobs_only(void **state)
{
	struct held *a = photo(1000);
	struct store_blob_state all;

	(void)state;
	photo(1001);
	a->refuse = 429;
	l.retry_after = 300;
	contact(RC_OK);
	asked("S HEAD429 "); /* the second is not even tried */
	MUST(store_blob_state(l.desk.agent.store, NULL, &all, &why));
	assert_int_equal(all.until, clock_now_s(&l.desk.clock.clock) + 300);
	record();
	contact(RC_OK); /* records go */
	asked("S ");
	assert_int_equal(l.rep.sent, 1);
	a->refuse = 0;
	clock_manual_add(&l.desk.clock, 300 * 1000);
	contact(RC_OK);
	assert_int_equal(l.rep.blobs_up, 2);
}

/* ---- records first, the cap, metered lines ---- */

static void test_records_overtake(void **state)
{
	struct held *h = photo(3 * STEP);

	(void)state;
	l.record_at = 2; /* while the first step goes */
	contact(RC_OK);
	asked("S H P0+131072 S H P131072+131072 P262144+131072 ");
	assert_int_equal(l.rep.overtaken, 1);
	assert_true(state_of(h).sent);
}

static void test_the_cap(void **state)
{
	struct held *up = photo(64 * 1024), *down;

	(void)state;
	l.how.file_rate = 8 * 1024;
	contact(RC_OK);
	asked("S H P0+16384 P16384+16384 P32768+16384 P49152+16384 ");
	assert_true(state_of(up).sent);
	assert_int_equal(l.slept, 6000); /* between the four; nobody waits after the last */
	down = missing(48 * 1024);
	l.slept = 0;
	contact(RC_OK);
	assert_int_equal(l.slept, 4000);
	assert_true(is_here(down));
	l.slept = 0;
	photo(16 * 1024);
	photo(16 * 1024 + 1);
	l.record_at = 0;
	contact(RC_OK);
	assert_int_equal(l.slept, 4000); /* the second waits for the first, and its last byte for itself */
}

static void test_a_metered_line(void **state)
{
	struct held *small = photo(60000), *large = missing(70000);

	(void)state;
	lose(small);
	photo(1000);
	l.how.metered = true;
	contact(RC_OK);
	assert_true(is_here(small));
	assert_false(is_here(large));
	assert_int_equal(l.rep.blobs_wait, 2);
	l.how.metered = false;
	contact(RC_OK);
	assert_int_equal(l.rep.blobs_up + l.rep.blobs_down, 2);
}

/* ---- damage, and what is asked for ---- */

static void damage(const struct held *h)
{
	char path[LIMIT_PATH];

	MUST(store_blob_file(l.desk.agent.store, h->sha, path, sizeof(path), &why));
	MUST(os_file_write(path, span_str("damaged"), OS_REPLACE, &why));
}

/* Set aside as evidence, missing from then on, fetched from who has it. */
static void test_damaged_here_is_set_aside_and_fetched(void **state)
{
	struct held *h = photo(1000);
	struct store_blob_counts c;
	struct buf kept;
	char hex[CODEC_HEX_LEN(32) + 1], *path = NULL, *dir = NULL;

	(void)state;
	contact(RC_OK);
	damage(h);
	l.desk.server.nblob = 1;
	memcpy(l.desk.server.blob[0], h->sha, 32); /* so that it is read once more */
	contact(RC_OK);
	asked("S G0+1000 ");
	assert_true(is_here(h));
	codec_hex(h->sha, 32, hex);
	MUST(os_path_join(&dir, l.desk.home, "blobs/bad", &why));
	MUST(os_path_join(&path, dir, hex, &why));
	buf_init(&kept, 100);
	MUST(os_file_read(path, &kept, &why));
	assert_true(span_eq_str(span_buf(&kept), "damaged"));
	buf_free(&kept);
	free(path);
	free(dir);
	MUST(store_blob_counts(l.desk.agent.store, &c, &why));
	assert_int_equal(c.damaged, 0);
}

static void test_damaged_here_and_nowhere_else(void **state)
{
	struct held *h = photo(1000);
	struct store_blob_counts c;

	(void)state;
	damage(h);
	contact(RC_OK);
	assert_false(is_here(h));
	MUST(store_blob_counts(l.desk.agent.store, &c, &why));
	assert_int_equal(c.damaged, 1);
	assert_int_equal(c.missing, 1);
	assert_int_equal(c.own - c.sent, 1);
}

/* The collector has lost two: one is here and goes out again, the other is nobody's. */
static void test_what_is_asked_for_goes_again(void **state)
{
	struct held *h = photo(1000);

	(void)state;
	contact(RC_OK);
	h->bytes.len = 0;
	l.desk.server.nblob = 2;
	memcpy(l.desk.server.blob[0], h->sha, 32);
	memset(l.desk.server.blob[1], 7, 32);
	contact(RC_OK);
	asked("S H P0+1000 ");
	assert_int_equal(l.rep.blobs_up, 1);
	l.desk.server.nblob = 0;
	contact(RC_OK);
	asked("S ");
}

/* ---- erased meanwhile ---- */

/* The erase comes with the records that overtake: no file is left of what had come. */
static void test_erased_while_it_comes(void **state)
{
	struct held *h = missing(STEP + 100);
	const struct entry *e = l.desk.server.row[l.desk.server.n - 1];
	char path[LIMIT_PATH];
	struct store_blob_state st;

	(void)state;
	assert_string_equal(e->kind, "photo");
	l.erases = actor_erase(&l.desk.registrar, e);
	l.record_at = 1;
	contact(RC_OK);
	asked("S G0+131072 S ");
	MUST(store_blob_state(l.desk.agent.store, h->sha, &st, &why));
	assert_false(st.known);
	MUST(store_blob_part(l.desk.agent.store, h->sha, path, sizeof(path), &why));
	assert_false(os_file_exists(path));
	MUST(store_blob_file(l.desk.agent.store, h->sha, path, sizeof(path), &why));
	assert_false(os_file_exists(path));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(fn) cmocka_unit_test_teardown(fn, teardown)
	    TEST(test_up_in_steps),
	    TEST(test_up_resumes_after_a_cut),
	    TEST(test_up_from_another_offset),
	    TEST(test_down_in_steps_and_resumed),
	    TEST(test_other_bytes_wait_by_themselves),
	    TEST(test_another_size),
	    TEST(test_refusals_of_one_hold_up_no_other),
	    TEST(test_a_collector_in_trouble),
	    TEST(test_a_page_is_no_answer),
	    TEST(test_quiet_about_blobs_only),
	    TEST(test_records_overtake),
	    TEST(test_the_cap),
	    TEST(test_a_metered_line),
	    TEST(test_damaged_here_is_set_aside_and_fetched),
	    TEST(test_damaged_here_and_nowhere_else),
	    TEST(test_what_is_asked_for_goes_again),
	    TEST(test_erased_while_it_comes),
	};

	return cmocka_run_group_tests(tests, open_all, close_all);
}
