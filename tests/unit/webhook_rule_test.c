/*
 * webhook_rule_test: what needs no socket of a webhook: the waits to the last try, Retry-After, both secrets for a
 * day, a signature of the published scheme, which events a row is, and that what is stored comes back as it was; and
 * one whose thread cannot be had.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/codec.h"
#include "lib/os.h"
#include "server-stub/webhook.h"
#include "server-stub/webhook_event.h"
#include "server-stub/webhooks.h"
#include "tests/support/sequencer.h"

enum { NOW = 1796000000 };

static struct crypt_secret *key;

static int setup(void **state)
{
	static const uint8_t bytes[32] = {7};

	(void)state;
	return crypt_init(NULL) == RC_OK && crypt_secret_new(bytes, sizeof(bytes), &key, NULL) == RC_OK ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	crypt_secret_free(key);
	return 0;
}

/* Ten tries within about three days, each wait up to a fifth longer; then it stays where it is. */
static void waits_grow_and_end(void **state)
{
	static const int64_t want[] = {5, 60, 300, 1800, 7200, 21600, 43200, 86400, 86400};
	const uint32_t chance[] = {0, 999, 0xffffffff};

	(void)state;
	for (size_t c = 0; c < 3; c++) {
		struct webhook_stand s = {.next = 41};
		int64_t at = NOW;

		for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
			webhook_failed(&s, "webhook.status", 500, at, 0, chance[c]);
			assert_int_equal(s.state, WEBHOOK_ON);
			assert_int_equal(s.failures, i + 1);
			assert_true(s.retry_at - at >= want[i]);
			assert_true(s.retry_at - at <= want[i] + want[i] / 5);
			at = s.retry_at;
		}
		assert_true(at - NOW > 2 * 86400 && at - NOW < 4 * 86400);
		webhook_failed(&s, "http.timeout", 0, at, 9999, chance[c]);
		assert_int_equal(s.state, WEBHOOK_FAILING);
		assert_int_equal(s.next, 41);
		assert_int_equal(s.retry_at, 0);
		assert_string_equal(s.why, "http.timeout");
		webhook_resumed(&s);
		assert_int_equal(s.state, WEBHOOK_ON);
		assert_int_equal(s.failures, 0);
		assert_int_equal(s.next, 41);
		assert_string_equal(s.why, "");
	}
}

static void one_success_forgets(void **state)
{
	struct webhook_stand s = {.next = 3};

	(void)state;
	webhook_failed(&s, "webhook.status", 503, NOW, 0, 0);
	webhook_told(&s, 4);
	assert_int_equal(s.next, 4);
	assert_int_equal(s.failures, 0);
	assert_int_equal(s.retry_at, 0);
	webhook_failed(&s, "webhook.status", 503, NOW, 0, 0);
	assert_int_equal(s.retry_at, NOW + 5);
}

static void retry_after(void **state)
{
	struct webhook_stand s = {.next = 0};

	(void)state;
	assert_int_equal(webhook_retry_after("120", NOW), 120);
	assert_int_equal(webhook_retry_after("0", NOW), 0);
	assert_int_equal(webhook_retry_after("-5", NOW), 0);
	assert_int_equal(webhook_retry_after("", NOW), 0);
	assert_int_equal(webhook_retry_after("soon", NOW), 0);
	assert_int_equal(webhook_retry_after("99999999999999999999999", NOW), 0);
	assert_int_equal(webhook_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", 784111700), 77);
	assert_int_equal(webhook_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", NOW), 0);
	webhook_failed(&s, "webhook.status", 429, NOW, 120, 0);
	assert_int_equal(s.retry_at, NOW + 120);
	webhook_failed(&s, "webhook.status", 429, NOW, 10, 0); /* never sooner than our own wait */
	assert_int_equal(s.retry_at, NOW + 60);
	webhook_failed(&s, "webhook.status", 429, NOW, INT64_MAX, 0);
	assert_int_equal(s.retry_at, NOW + WEBHOOK_RETRY_S);
}

/* The words of the scheme, with the secret as it is told: HMAC over id.timestamp.body. */
static void check_signature(const char *secret, const char *id, struct span body, const char *got)
{
	struct buf raw, said, want;
	uint8_t mac[CRYPT_HASH_LEN];
	struct span part;

	buf_init(&raw, 64);
	buf_init(&said, 4096);
	buf_init(&want, 128);
	assert_memory_equal(secret, "whsec_", 6);
	assert_true(codec_b64_dec(span_str(secret + 6), &raw));
	assert_int_equal(raw.len, 32);
	buf_addf(&said, "%s.%d.", id, NOW);
	buf_add_span(&said, body);
	part = span_buf(&said);
	crypt_hmac_sha256(span_buf(&raw), &part, 1, mac);
	buf_add_str(&want, "v1,");
	codec_b64_buf(&want, mac, sizeof(mac));
	assert_int_equal(strncmp(got, (const char *)want.p, want.len), 0);
	buf_free(&raw);
	buf_free(&said);
	buf_free(&want);
}

static void secrets_sign(void **state)
{
	const struct span body = span_str("{\"type\":\"entry.received\"}");
	char first[WEBHOOK_SECRET], second[WEBHOOK_SECRET];
	struct webhook h = {.timeout_s = 1};
	struct buf out;

	(void)state;
	buf_init(&out, 512);
	webhook_salt_new(key, &h.now);
	webhook_secret(key, &h.now, first);
	webhook_sign(key, &h, "msg_a", NOW, body, &out);
	assert_int_equal(out.len, 47);
	check_signature(first, "msg_a", body, (const char *)out.p);
	webhook_rotate(key, &h, NOW, false);
	webhook_secret(key, &h.now, second);
	assert_string_not_equal(first, second);
	buf_reset(&out);
	webhook_sign(key, &h, "msg_a", NOW, body, &out);
	assert_int_equal(out.len, 47 + 1 + 47);
	check_signature(second, "msg_a", body, (const char *)out.p);
	check_signature(first, "msg_a", body, (const char *)out.p + 48);
	for (int late = 0; late < 2; late++) { /* the last second of the day, and the first behind it */
		buf_reset(&out);
		webhook_sign(key, &h, "msg_a", NOW + WEBHOOK_BOTH_S - 1 + late, body, &out);
		assert_int_equal(out.len, late ? 47 : 95);
	}
	webhook_rotate(key, &h, NOW, true);
	buf_reset(&out);
	webhook_sign(key, &h, "msg_a", NOW, body, &out);
	assert_int_equal(out.len, 47);
	buf_free(&out);
}

/* Under another key the secret is another: noticed, and never signed with beside the new one. */
static void another_key_is_noticed(void **state)
{
	struct crypt_secret *other = NULL;
	struct webhook h = {.timeout_s = 1};

	(void)state;
	assert_int_equal(crypt_secret_random(32, &other, NULL), RC_OK);
	webhook_salt_new(key, &h.now);
	assert_true(webhook_salt_fits(key, &h.now));
	assert_false(webhook_salt_fits(other, &h.now));
	webhook_rotate(other, &h, NOW, false);
	assert_true(webhook_salt_fits(other, &h.now));
	assert_int_equal(h.old_until, 0);
	crypt_secret_free(other);
}

static void stored_and_back(void **state)
{
	struct webhook h = {.name = "tinh-01", .url = "https://a.example/x", .private = true, .events = 5,
			    .province = "01", .timeout_s = 3, .added_at = NOW, .old_until = NOW + 9},
		       back;
	struct webhook_stand s = {WEBHOOK_GONE, 7, 3, NOW, 410, "webhook.gone"}, again;
	struct json *doc;

	(void)state;
	webhook_salt_new(key, &h.now);
	webhook_salt_new(key, &h.old);
	doc = webhook_json(&h);
	assert_true(webhook_read(doc, &back));
	assert_string_equal(back.name, h.name);
	assert_string_equal(back.url, h.url);
	assert_string_equal(back.province, h.province);
	assert_true(back.private && back.events == 5 && back.timeout_s == 3);
	assert_true(back.added_at == NOW && back.old_until == NOW + 9);
	assert_memory_equal(&back.now, &h.now, sizeof(h.now));
	assert_memory_equal(&back.old, &h.old, sizeof(h.old));
	json_remove(doc, "salt");
	assert_false(webhook_read(doc, &back));
	json_free(doc);
	doc = webhook_stand_json(&s);
	assert_true(webhook_stand_read(doc, &again));
	assert_true(again.state == s.state && again.next == 7 && again.failures == 3 && again.retry_at == NOW);
	assert_true(again.status == 410 && strcmp(again.why, s.why) == 0);
	json_set_str(doc, "state", "asleep");
	assert_false(webhook_stand_read(doc, &again));
	json_free(doc);
}

static void names(void **state)
{
	(void)state;
	assert_true(webhook_name_ok(span_str("so-tai-chinh-01")));
	assert_true(webhook_name_ok(span_str("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")));
	assert_false(webhook_name_ok(span_str("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")));
	assert_false(webhook_name_ok(span_str("")));
	assert_false(webhook_name_ok(span_str("A")));
	assert_false(webhook_name_ok(span_str("a b")));
	assert_false(webhook_name_ok(span_of("a\0b", 3)));
}

/* Each op and class of kinds, admitted, held back and forking. */
static void events_of_rows(void **state)
{
	static const struct {
		enum entry_op op;
		const char *kind;
		enum keyring_verdict verdict;
		unsigned flags, want;
	} row[] = {
	    {ENTRY_OPEN, "", KEYRING_ADMITTED, 0, 0},
	    {ENTRY_SET, "asset", KEYRING_ADMITTED, 0, 1U << WEBHOOK_ENTRY_RECEIVED},
	    {ENTRY_SET, "asset", KEYRING_ADMITTED, KEYRING_FLAG_GAP, 1U << WEBHOOK_ENTRY_RECEIVED},
	    {ENTRY_SET, "market_survey", KEYRING_ADMITTED, 0, 1U << WEBHOOK_ENTRY_RECEIVED},
	    {ENTRY_SET, "review", KEYRING_ADMITTED, 0, 1U << WEBHOOK_REVIEW_MADE},
	    {ENTRY_SET, "review", KEYRING_ADMITTED, KEYRING_FLAG_AGAIN, 1U << WEBHOOK_ENTRY_RECEIVED},
	    {ENTRY_SET, "report", KEYRING_ADMITTED, KEYRING_FLAG_AGAIN, 1U << WEBHOOK_ENTRY_RECEIVED},
	    {ENTRY_SET, "task", KEYRING_ADMITTED, KEYRING_FLAG_AGAIN, 1U << WEBHOOK_TASK_CHANGED},
	    {ENTRY_SET, "task", KEYRING_ADMITTED, 0, 1U << WEBHOOK_TASK_CHANGED},
	    {ENTRY_SET, "report", KEYRING_ADMITTED, 0, 1U << WEBHOOK_REPORT_FROZEN},
	    {ENTRY_SET, "schedule", KEYRING_ADMITTED, 0, 1U << WEBHOOK_SCHEDULE_CHANGED},
	    {ENTRY_SET, "catalogue", KEYRING_ADMITTED, 0, 1U << WEBHOOK_CATALOGUE_CHANGED},
	    {ENTRY_SET, "access", KEYRING_ADMITTED, 0, 1U << WEBHOOK_ACCESS_CHANGED},
	    {ENTRY_SET, "review", KEYRING_ADMITTED + 1, 0, 1U << WEBHOOK_ENTRY_HELD},
	    {ENTRY_SET, "asset", KEYRING_ADMITTED, KEYRING_FLAG_FORK,
	     1U << WEBHOOK_ENTRY_RECEIVED | 1U << WEBHOOK_ENTRY_FORKED},
	    {ENTRY_SET, "asset", KEYRING_ADMITTED + 1, KEYRING_FLAG_FORK,
	     1U << WEBHOOK_ENTRY_HELD | 1U << WEBHOOK_ENTRY_FORKED},
	    {ENTRY_CERT, "", KEYRING_ADMITTED, 0, 1U << WEBHOOK_KEY_CERTIFIED},
	    {ENTRY_REVOKE, "", KEYRING_ADMITTED, 0, 1U << WEBHOOK_KEY_REVOKED},
	    {ENTRY_REVOKE, "", KEYRING_ADMITTED + 1, 0, 1U << WEBHOOK_ENTRY_HELD},
	    {ENTRY_ADMIT, "", KEYRING_ADMITTED, 0, 1U << WEBHOOK_ENTRY_ADMITTED},
	    {ENTRY_FORM, "", KEYRING_ADMITTED, 0, 1U << WEBHOOK_FORM_CHANGED},
	    {ENTRY_ERASE, "", KEYRING_ADMITTED, 0, 1U << WEBHOOK_ENTRY_ERASED},
	    {ENTRY_LOG, "", KEYRING_ADMITTED, 0, 1U << WEBHOOK_LOG_CHANGED},
	    {ENTRY_UNKNOWN, "", KEYRING_ADMITTED, 0, 1U << WEBHOOK_ENTRY_RECEIVED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		const struct archive_row r = {.op = row[i].op, .verdict = row[i].verdict, .flags = row[i].flags};
		struct entry e = {.op = row[i].op};

		memcpy(e.kind, row[i].kind, strlen(row[i].kind) + 1);
		assert_int_equal(webhook_event_bits(&r, &e), row[i].want);
	}
	for (size_t i = 0; i < WEBHOOK_EVENTS; i++)
		assert_non_null(webhook_event_names[i]);
	assert_null(webhook_event_names[WEBHOOK_EVENTS]);
}

/* Of an entry that is damaged in the store its row is told, and the next one goes on. */
static void damaged_is_told(void **state)
{
	static const char payload[] = "no entry";
	struct archive_row row = {.index = 7, .op = ENTRY_SET, .verdict = KEYRING_ADMITTED, .scope = "00001",
				  .payload = span_of(payload, sizeof(payload) - 1)};
	struct webhook_message m;
	bool told = false;
	struct err e;

	(void)state;
	for (int gone = 0; gone < 2; gone++) { /* unreadable, and not there at all */
		assert_int_equal(webhook_event_message(&row, "o", WEBHOOK_ALL_EVENTS, &m, &told, &e), RC_OK);
		assert_true(told && m.index == 7 && m.event == WEBHOOK_ENTRY_RECEIVED);
		assert_string_equal(m.scope, "00001");
		assert_non_null(strstr((const char *)m.body.p, "\"damaged\":true"));
		assert_null(strstr((const char *)m.body.p, "\"kind\""));
		buf_free(&m.body);
		row.payload = (struct span){0};
	}
}

/* Linked in the place of os_thread_start (cmake/tests.cmake). */
enum rc __real_os_thread_start(struct os_thread **ret, void (*run)(void *arg), void *arg, struct err *reterr);
enum rc __wrap_os_thread_start(struct os_thread **ret, void (*run)(void *arg), void *arg, struct err *reterr);

static int no_threads, started;

enum rc __wrap_os_thread_start(struct os_thread **ret, void (*run)(void *arg), void *arg, struct err *reterr)
{
	if (no_threads > 0) {
		no_threads--;
		return err_set(reterr, RC_NOMEM, NULL, "os.thread", "why", "none left", NULL);
	}
	started++;
	return __real_os_thread_start(ret, run, arg, reterr);
}

static void check_why(struct webhooks *w, const char *want)
{
	struct json *out = NULL;
	const struct json *one;

	assert_int_equal(webhooks_list(w, &out, NULL), RC_OK);
	one = json_first(json_get_arr(out, "webhooks"));
	assert_string_equal(json_get_str(one, "why"), want);
	assert_string_equal(json_get_str(one, "state"), "on");
	json_free(out);
}

/* One that gets no thread, when it is added or when the collector starts, says so and goes on when it is resumed. */
static void no_thread_is_said(void **state)
{
	const struct webhook h = {.name = "a", .url = "https://a.example/x", .events = 1, .timeout_s = 1};
	char secret[WEBHOOK_SECRET];
	struct webhooks *w = NULL;
	struct sequencer s;

	(void)state;
	sequencer_open(&s, "webhook_rule_test", NOW);
	started = 0;
	assert_int_equal(webhooks_new(&w, &s.col, NULL), RC_OK);
	assert_int_equal(webhooks_load(w, NULL), RC_OK);
	webhooks_start(w);
	no_threads = 1;
	assert_int_equal(webhooks_add(w, &h, secret, NULL), RC_OK);
	assert_int_equal(no_threads, 0);
	check_why(w, "os.thread");
	assert_int_equal(webhooks_resume(w, "a", NULL), RC_OK);
	check_why(w, "");
	assert_int_equal(started, 1);
	webhooks_free(w);
	assert_int_equal(webhooks_new(&w, &s.col, NULL), RC_OK);
	assert_int_equal(webhooks_load(w, NULL), RC_OK);
	no_threads = 1;
	webhooks_start(w);
	check_why(w, "os.thread");
	assert_int_equal(webhooks_resume(w, "a", NULL), RC_OK);
	check_why(w, "");
	assert_int_equal(started, 2);
	no_threads = 1;
	assert_int_equal(webhooks_resume(w, "a", NULL), RC_OK); /* it has one already */
	assert_int_equal(no_threads, 1);
	no_threads = 0;
	webhooks_free(w);
	sequencer_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(waits_grow_and_end),     cmocka_unit_test(one_success_forgets),
	    cmocka_unit_test(retry_after),            cmocka_unit_test(secrets_sign),
	    cmocka_unit_test(another_key_is_noticed), cmocka_unit_test(stored_and_back),
	    cmocka_unit_test(names),                  cmocka_unit_test(events_of_rows),
	    cmocka_unit_test(damaged_is_told),        cmocka_unit_test(no_thread_is_said),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
