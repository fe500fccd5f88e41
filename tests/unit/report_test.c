/*
 * The weekly report over small logs of real, sealed entries: who is counted where and why, what a
 * later leaf changes and what it does not, the issue before, the bytes of the CSV.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "sync/chain.h"
#include "sync/report_log.h"
#include "sync/unit.h"
#include "tests/support/ledger.h"

#define W47 "2026-W47"
#define W48 "2026-W48"
#define HEAD "# Mẫu\nprovince_code,province_name,commune_code,commune_name,kind\n"
#define UNITS HEAD "02,Tuyên Quang,00100,Yên Sơn,xa\n01,Hà Nội,00004,Ba Đình,phuong\n01,Hà Nội,00001,Hòa Khê,xa\n"

static struct ledger l;

static int begin(void **state)
{
	(void)state;
	ledger_init(&l, "00001 00004 00100");
	ledger_catalogue(&l, UNITS, false);
	return 0;
}

static int end(void **state)
{
	(void)state;
	ledger_free(&l);
	return 0;
}

static void expect(const char *week, const char *figures)
{
	struct report *r = ledger_report(&l, (int64_t)l.n, week);
	char got[512] = "";

	for (const char *p = figures; *p; p += *p == ' ') {
		size_t n = strcspn(p, "="), k = 0;

		while (k < REPORT_FIGURES && (strlen(report_figure_name((enum report_figure)k)) != n ||
					      strncmp(report_figure_name((enum report_figure)k), p, n) != 0))
			k++;
		assert_true(k < REPORT_FIGURES);
		(void)snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%.*s=%lld",
			       got[0] ? " " : "", (int)n, p, (long long)report_total(r)->v[k]);
		p += strcspn(p, " ");
	}
	assert_string_equal(got, figures);
	report_free(r);
}

static char *csv_of(int64_t size, const char *week, uint8_t sha[CRYPT_HASH_LEN])
{
	struct report *r = ledger_report(&l, size, week);
	struct buf b;

	buf_init(&b, LIMIT_JSON_TEXT);
	assert_int_equal(report_csv(r, &b, sha, NULL), RC_OK);
	report_free(r);
	return buf_take(&b, NULL);
}

/* clause: R4 */
static void each_commune_stands_in_exactly_one_group(void **state)
{
	uint8_t a[16], b[16], c[16];
	char fields[256], uuid[CODEC_UUID_LEN + 1];

	(void)state;
	expect(W48, "units=3 reported=0 declared=0 verified=0 short=0 unknown=3 unverified=0");
	ledger_statement(&l, "00001", W48, "co", "", a);
	expect(W48, "reported=1 declared=1 verified=0 short=0 unknown=3 unverified=1");
	ledger_review(&l, "00001", a, "approved");
	ledger_statement(&l, "00004", W48, "chua", ",'missing':['tru_so']", b);
	expect(W48, "reported=2 declared=1 verified=1 short=1 unknown=1 unverified=0");
	expect(W47, "reported=0 unknown=3");
	ledger_review(&l, "00001", a, "returned"); /* the last one says */
	expect(W48, "reported=2 declared=0 verified=0 short=1 unknown=2 unverified=0");
	codec_uuid(a, uuid); /* a correction stands in its place, and has not been looked at */
	(void)snprintf(fields, sizeof(fields),
		       "{'week':'" W48 "','declared_adequate':'co','supersedes':'%s','reason':'x'}", uuid);
	ledger_set(&l, "00001", "weekly_statement", NULL, fields, c);
	expect(W48, "declared=1 verified=0 short=1 unknown=2 unverified=1");
	ledger_review(&l, "00001", c, "approved");
	expect(W48, "declared=1 verified=1 short=1 unknown=1 unverified=0");
	ledger_set(&l, "00001", "weekly_statement", NULL, fields, NULL); /* two: nobody has chosen (M12) */
	expect(W48, "verified=0 unknown=2");
	ledger_statement(&l, "00004", W48, "co", "", NULL); /* two values (M4): nobody knows */
	expect(W48, "reported=2 declared=0 short=0 unknown=3 unverified=0");
}

/* clause: M19 */
static void an_approval_is_of_what_was_seen(void **state)
{
	char uuid[CODEC_UUID_LEN + 1], fields[256];
	uint8_t a[16], other[16];

	(void)state;
	ledger_statement(&l, "00001", W48, "co", "", a);
	ledger_review(&l, "00001", a, "approved");
	expect(W48, "declared=1 verified=1 unverified=0");
	ledger_set(&l, "00001", "weekly_statement", a, "{'car':'co'}", NULL); /* written into it later */
	expect(W48, "declared=1 verified=0 unverified=1");
	ledger_review(&l, "00001", a, "approved");
	expect(W48, "declared=1 verified=1 unverified=0");
	ledger_id(&l, other); /* one that names an entry of something else says nothing of this */
	codec_uuid(a, uuid);
	(void)snprintf(fields, sizeof(fields),
		       "{\"target\":\"%s\",\"target_entry\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
		       "\"state\":\"returned\",\"level\":\"centre\"}", uuid);
	ledger_add(&l, actor_set(&l.verifier, "00001", "review", other, fields, NULL, 0));
	expect(W48, "declared=1 verified=1 unverified=0");
}

/* Whoever may write reviews writes into one of somebody else, and replaces what it says. clause: M21 */
static void a_review_is_its_first_entry(void **state)
{
	const struct entry *first;
	uint8_t a[16], b[16];

	(void)state;
	ledger_statement(&l, "00001", W48, "co", "", a);
	ledger_statement(&l, "00004", W48, "co", "", b);
	ledger_review(&l, "00001", a, "approved");
	first = l.e[l.n - 1];
	ledger_review(&l, "00004", b, "returned");
	expect(W48, "declared=1 verified=1 unverified=0");
	ledger_add(&l, actor_set(&l.verifier, "00001", "review", first->entity, "{\"state\":\"returned\"}",
				 (const uint8_t(*)[ENTRY_ID_LEN])first->id, 1));
	ledger_add(&l, actor_set(&l.verifier, "00001", "review", first->entity, "{\"target\":\"\"}", NULL, 0));
	expect(W48, "declared=1 verified=1 unverified=0");
	ledger_review(&l, "00001", a, "returned"); /* one of its own decides otherwise */
	expect(W48, "declared=0 verified=0 unverified=0");
}

/* A province signs as the centre: nobody's report counts it. clause: A5 */
static void a_level_above_its_author_decides_nothing(void **state)
{
	char uuid[CODEC_UUID_LEN + 1], fields[160];
	struct actor province;
	uint8_t a[16], id[16];

	(void)state;
	actor_init(&province, 5);
	ledger_add(&l, actor_cert(&l.root, "*", province.pk, ROLE_PROVINCE_VERIFIER, "*", NULL));
	ledger_statement(&l, "00001", W48, "co", "", a);
	codec_uuid(a, uuid);
	(void)snprintf(fields, sizeof(fields), "{\"level\":\"centre\",\"state\":\"returned\",\"target\":\"%s\"}", uuid);
	ledger_id(&l, id);
	ledger_add(&l, actor_set(&province, "00001", "review", id, fields, NULL, 0));
	expect(W48, "declared=1 verified=0 unverified=1");
	ledger_id(&l, id);
	ledger_add(&l, actor_set(&l.verifier, "00001", "review", id, fields, NULL, 0));
	expect(W48, "declared=0 verified=0 unverified=0");
	actor_free(&province);
}

/* A choice is looked for at the id of its key: one at another id decides nothing. clause: M17 R12 */
static void a_choice_at_another_id_is_none(void **state)
{
	char fields[320], uuid[3][CODEC_UUID_LEN + 1];
	uint8_t a[16], b[16], id[16];

	(void)state;
	ledger_statement(&l, "00001", W48, "chua", "", a);
	codec_uuid(a, uuid[0]);
	(void)snprintf(fields, sizeof(fields), "{'week':'" W48 "','declared_adequate':'co','supersedes':'%s'}", uuid[0]);
	for (size_t i = 1; i < 3; i++) {
		ledger_set(&l, "00001", "weekly_statement", NULL, fields, b);
		codec_uuid(b, uuid[i]);
	}
	expect(W48, "declared=0 short=1 unknown=2");
	(void)snprintf(fields, sizeof(fields), "{'of':'%s','chosen':'%s','among':['%s','%s']}", uuid[0], uuid[1], uuid[1], uuid[2]);
	ledger_id(&l, id);
	ledger_set(&l, "00001", CHAIN_KIND, id, fields, NULL);
	expect(W48, "declared=0 short=1 unknown=2");
	chain_choice_id(a, id);
	ledger_set(&l, "00001", CHAIN_KIND, id, fields, NULL);
	expect(W48, "declared=1 short=0 unknown=3");
}

/* clause: R4 */
static void what_is_still_being_received_counts_nowhere(void **state)
{
	uint8_t photo[16];
	char more[256], id[CODEC_B64U_32 + 1];
	struct entry *line;

	(void)state;
	ledger_id(&l, photo);
	line = actor_set(ledger_clerk(&l, "00001"), "00001", "photo", photo, "{\"caption\":\"x\"}", NULL, 0);
	codec_b64u(line->id, ENTRY_ID_LEN, id);
	(void)snprintf(more, sizeof(more), ",'children':['%s']", id);
	ledger_statement(&l, "00001", W48, "co", more, NULL);
	expect(W48, "reported=0 declared=0 unknown=3");
	ledger_add(&l, line);
	expect(W48, "reported=1 declared=1 unknown=3");
}

/* clause: R2 */
static void later_leaves_change_nothing_and_early_authority_everything(void **state)
{
	uint8_t a[16], sha[2][CRYPT_HASH_LEN];
	char *csv[2];
	int64_t size, from;

	(void)state;
	from = (int64_t)l.n;
	ledger_statement(&l, "00001", W48, "co", ",'obstacles':'=cộng'", a);
	ledger_review(&l, "00001", a, "approved");
	size = (int64_t)l.n;
	csv[0] = csv_of(size, W48, sha[0]);
	ledger_statement(&l, "00004", W48, "co", "", NULL);
	ledger_review(&l, "00001", a, "rejected");
	ledger_catalogue(&l, HEAD "01,Hà Nội,00001,Tên mới,xa\n", true);
	ledger_add(&l, actor_revoke(&l.registrar, "00001", ledger_clerk(&l, "00001")->pk, from));
	ledger_set(&l, "00100", "facility", NULL, "{'surplus_status':'da_xu_ly'}", NULL);
	csv[1] = csv_of(size, W48, sha[1]);
	assert_string_equal(csv[0], csv[1]);
	assert_memory_equal(sha[0], sha[1], CRYPT_HASH_LEN);
	/* with the revoke among the leaves, what it covers is out though it came before */
	expect(W48, "units=1 reported=0 verified=0 unknown=1 places=1 handled=1");
	free(csv[0]);
	free(csv[1]);
}

/* clause: R2 */
static void leaves_come_in_order_and_all_of_them(void **state)
{
	struct report *r = NULL;
	struct err err = {0};

	(void)state;
	assert_int_equal(report_new(l.root.pk, 2, "2026-W54", &r, &err), RC_INPUT);
	assert_int_equal(report_new(l.root.pk, 2, W48, &r, &err), RC_OK);
	assert_int_equal(report_settle(r, &(struct tree_reader){NULL, NULL}, &err), RC_OK); /* no issue to ask for */
	assert_int_equal(report_add(r, l.e[1], 1, &err), RC_REFUSED);
	assert_string_equal(err.clause, "R2");
	assert_int_equal(report_add(r, l.e[0], 0, &err), RC_OK);
	assert_int_equal(report_finish(r, &(struct report_blobs){0}, &err), RC_REFUSED);
	assert_string_equal(err.key, "report.short");
	report_free(r);
}

/* clause: R3 */
static void the_catalogue_of_then_says_who_is_counted(void **state)
{
	const char *bad[] = {"x\n", HEAD, HEAD "1,Hà Nội,00001,A,xa\n", HEAD "01,Hà Nội,1,A,xa\n",
			     HEAD "01,Hà Nội,00001,,xa\n", HEAD "01,A,00001,A,xa\n01,A,00001,B,xa\n"};
	struct report *r = NULL;
	struct err err = {0};
	char *keep;

	(void)state;
	ledger_statement(&l, "00100", W48, "co", "", NULL);
	expect(W48, "units=3 declared=1");
	ledger_catalogue(&l, HEAD "03,Khác,00001,Hòa Khê mới,phuong\n01,Hà Nội,00004,Ba Đình,phuong\n", true);
	expect(W48, "units=2 declared=0 unknown=2");
	r = ledger_report(&l, (int64_t)l.n, W48);
	assert_string_equal(report_row(r, 1)->name, "Khác");
	assert_string_equal(report_unit(r, 0)->name, "Hòa Khê mới");
	report_free(r);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ledger_catalogue(&l, bad[i], true);
		assert_int_not_equal(ledger_report_rc(&l, (int64_t)l.n, W48, &r, &err), RC_OK);
		assert_string_equal(err.clause, "R3");
	}
	keep = l.blob[0];
	l.blob[0] = NULL;
	assert_int_equal(ledger_report_rc(&l, 9, W48, &r, &err), RC_NOTFOUND);
	l.blob[0] = keep;
	assert_int_equal(ledger_report_rc(&l, 3, W48, &r, &err), RC_NOTFOUND);
	assert_string_equal(err.key, "report.no_catalogue");
}

/* clause: R5 */
static void reported_is_everything_that_was_due(void **state)
{
	uint8_t id[16], place[16];
	char fields[256], uuid[CODEC_UUID_LEN + 1];
	struct report *r;

	(void)state;
	ledger_id(&l, id);
	ledger_add(&l, actor_set(&l.reporter, "*", "schedule", id,
				 "{\"kind\":\"facility_check\",\"period\":\"hang_tuan\",\"due_weekday\":\"5\","
				 "\"due_hour\":17,\"scopes\":[\"01\"]}", NULL, 0));
	ledger_id(&l, id);
	ledger_add(&l, actor_set(&l.reporter, "*", "schedule", id,
				 "{\"kind\":\"equipment_check\",\"period\":\"hang_thang\",\"due_day\":25,"
				 "\"due_hour\":17,\"scopes\":[\"00001\"]}", NULL, 0));
	ledger_set(&l, "00001", "facility", NULL, "{'surplus_status':'khong'}", place);
	ledger_statement(&l, "00001", W48, "co", "", NULL);
	ledger_statement(&l, "00100", W48, "co", "", NULL);
	expect(W48, "reported=1");
	r = ledger_report(&l, (int64_t)l.n, W48);
	assert_int_equal(report_unit(r, 0)->due, 3);
	assert_int_equal(report_unit(r, 0)->done, 1);
	report_free(r);
	codec_uuid(place, uuid); /* Friday of W48 is after its Wednesday: due is W47, until the 20th */
	(void)snprintf(fields, sizeof(fields), "{'facility_id':'%s','checked_at':'2026-11-23T08:00'}", uuid);
	ledger_set(&l, "00001", "facility_check", NULL, fields, NULL);
	ledger_set(&l, "00001", "equipment_check", NULL, "{'checked_at':'2026-11-03T08:00'}", NULL);
	expect(W48, "reported=1");
	(void)snprintf(fields, sizeof(fields), "{'facility_id':'%s','checked_at':'2026-11-20T08:00'}", uuid);
	ledger_set(&l, "00001", "facility_check", NULL, fields, NULL);
	expect(W48, "reported=2");
	r = ledger_report(&l, (int64_t)l.n, W48);
	assert_int_equal(report_unit(r, 0)->due, 3);
	assert_int_equal(report_unit(r, 0)->done, 3);
	report_free(r);
}

/* clause: R6 */
static void cars_obstacles_and_poor_equipment_are_communes(void **state)
{
	uint8_t check[16];
	char fields[256], uuid[CODEC_UUID_LEN + 1];

	(void)state;
	ledger_statement(&l, "00001", W48, "co", ",'car':'chua','obstacles':'Thiếu mạng'", NULL);
	ledger_statement(&l, "00004", W48, "co", ",'car':'khong_thuoc_doi_tuong','car_reason':'x'", NULL);
	ledger_statement(&l, "00100", W47, "co", ",'car':'chua'", NULL);
	ledger_set(&l, "00001", "equipment_check", NULL, "{'checked_at':'2026-11-03T08:00'}", check);
	codec_uuid(check, uuid);
	for (size_t i = 0; i < 2; i++) { /* two lines, one commune */
		(void)snprintf(fields, sizeof(fields), "{'check':'%s','quality':'khong_dap_ung'}", uuid);
		ledger_set(&l, "00001", "equipment_line", NULL, fields, NULL);
	}
	expect(W48, "no_car=1 car_exempt=1 poor=1 obstacles=1");
	ledger_set(&l, "00001", "equipment_check", NULL, "{'checked_at':'2026-11-24T08:00'}", check);
	expect(W48, "poor=0"); /* the newest check says otherwise */
}

static void merge(const char *closed, const char *into)
{
	char fields[64];
	uint8_t id[16];

	unit_merger_id(closed, id);
	(void)snprintf(fields, sizeof(fields), "{\"closed\":\"%s\",\"into\":\"%s\"}", closed, into);
	ledger_add(&l, actor_set(&l.registrar, "*", UNIT_KIND, id, fields, NULL, 0));
}

/* clause: R3 R7 */
static void places_count_once_and_where_they_are(void **state)
{
	uint8_t a[16], b[16];
	char fields[256], uuid[CODEC_UUID_LEN + 1];
	struct report *r;

	(void)state;
	ledger_set(&l, "00001", "facility", NULL, "{'surplus_status':'da_xu_ly','handling_purpose':'y_te'}", a);
	ledger_set(&l, "00001", "facility", NULL, "{'surplus_status':'dang_xu_ly'}", b);
	ledger_set(&l, "00001", "facility", NULL, "{'surplus_status':'da_xu_ly','handling_purpose':'cong_an'}", NULL);
	ledger_set(&l, "00004", "facility", NULL, "{'surplus_status':'khong'}", NULL);
	expect(W48, "places=4 handled=2 to_office=0 to_health=1 to_other=1 remaining=1 undecided=0");
	codec_uuid(a, uuid);
	(void)snprintf(fields, sizeof(fields), "{'same_as':'%s'}", uuid);
	ledger_set(&l, "00001", "facility", b, fields, NULL);
	expect(W48, "places=3 handled=2 remaining=0");
	ledger_set(&l, "00001", "facility", a, "{'surplus_status':'khong'}", NULL); /* two values */
	expect(W48, "places=3 handled=1 remaining=0 undecided=1");
	ledger_set(&l, "00004", "facility", NULL, "{'commune_code':'00100','surplus_status':'co_phuong_an'}", NULL);
	r = ledger_report(&l, (int64_t)l.n, W48);
	assert_int_equal(report_row(r, 1)->v[REPORT_REMAINING], 1); /* 02, by what it says of itself */
	assert_null(report_row(r, 2));
	report_free(r);
	ledger_catalogue(&l, HEAD "01,Hà Nội,00004,Ba Đình,phuong\n", true);
	r = ledger_report(&l, (int64_t)l.n, W48);
	assert_string_equal(report_row(r, 1)->code, ""); /* communes that are gone lose no places */
	assert_int_equal(report_row(r, 1)->v[REPORT_PLACES], 2);
	assert_int_equal(report_total(r)->v[REPORT_PLACES], 4);
	report_free(r);
	merge("00001", "00004");
	r = ledger_report(&l, (int64_t)l.n, W48);
	assert_int_equal(report_row(r, 0)->v[REPORT_PLACES], 4); /* they go where the commune went */
	assert_null(report_row(r, 1));
	report_free(r);
}

/* clause: R1 R8 */
static void a_change_is_told_apart_from_a_correction(void **state)
{
	uint8_t a[16], b[16], c[16], f[16], g[16];
	char fields[256], uuid[CODEC_UUID_LEN + 1];
	uint8_t sha[CRYPT_HASH_LEN];
	char *csv;

	(void)state;
	ledger_statement(&l, "00001", W47, "co", "", a);
	ledger_statement(&l, "00004", W47, "co", "", b);
	ledger_review(&l, "00001", a, "approved");
	ledger_review(&l, "00004", b, "approved");
	ledger_set(&l, "00001", "facility", NULL, "{'surplus_status':'da_xu_ly'}", f);
	ledger_set(&l, "00001", "facility", NULL, "{'surplus_status':'dang_xu_ly'}", g);
	expect(W47, "verified=2 handled=1 verified_change=0 handled_change=0");
	ledger_issue(&l, (int64_t)l.n, W47);
	expect(W47, "verified_change=0"); /* an issue is not the one before itself */
	expect(W48, "verified=0 verified_change=-2 verified_fix=0 handled_change=0 handled_fix=0");
	/* the statement of then is corrected: that is a correction, wherever it is told */
	codec_uuid(b, uuid);
	(void)snprintf(fields, sizeof(fields),
		       "{'week':'" W47 "','declared_adequate':'chua','missing':['pccc'],'supersedes':'%s'}", uuid);
	ledger_set(&l, "00004", "weekly_statement", NULL, fields, NULL);
	for (size_t i = 0; i < 3; i++) {
		static const char *const scope[] = {"00001", "00004", "00100"};
		ledger_statement(&l, scope[i], W48, i == 1 ? "chua" : "co", "", c);
		ledger_review(&l, scope[i], c, "approved");
	}
	expect(W48, "verified=2 verified_change=0 verified_fix=-1 handled_change=0 handled_fix=0");
	/* one more handled is progress; one that was and is not, a correction */
	ledger_set(&l, "00001", "facility", NULL, "{'surplus_status':'da_xu_ly'}", NULL);
	ledger_set(&l, "00001", "facility", NULL, "{'surplus_status':'da_xu_ly'}", NULL);
	ledger_set(&l, "00001", "facility", f, "{'surplus_status':'dang_xu_ly'}", NULL);
	expect(W48, "handled=2 undecided=1 handled_change=1 handled_fix=-1");
	csv = csv_of((int64_t)l.n, W48, sha);
	assert_non_null(strstr(csv, "Kỳ trước;" W47));
	free(csv);
	ledger_issue(&l, (int64_t)l.n, W48);
	expect("2026-W49", "verified_change=-2 verified_fix=0 handled_change=0");
}

/* clause: R8 A12 */
static void what_was_printed_stands_by_the_keys_of_then(void **state)
{
	int64_t from = (int64_t)l.n;
	uint8_t a[16], b[16];

	(void)state;
	ledger_statement(&l, "00004", W47, "co", "", b);
	ledger_statement(&l, "00001", W47, "co", "", a);
	ledger_review(&l, "00001", a, "approved");
	ledger_review(&l, "00004", b, "approved");
	ledger_set(&l, "00001", "facility", NULL, "{'surplus_status':'da_xu_ly'}", NULL);
	ledger_issue(&l, (int64_t)l.n, W47);
	/* of the key revoked since then nothing counts now, all of it did then: the bases part midway */
	ledger_add(&l, actor_revoke(&l.registrar, "00001", ledger_clerk(&l, "00001")->pk, from));
	expect(W48, "verified=0 verified_change=-2 verified_fix=-1 handled=0 handled_change=-1 handled_fix=-1");
	expect(W47, "verified=1 handled=0");
}

/* clause: R1 R8 */
static void an_issue_of_another_log_or_by_nobody_is_none(void **state)
{
	struct report_issue i = {.week = W47, .size = 3, .root = {1}, .csv = {2}}, back = {.size = 0};
	struct json *o = report_issue_json(&i);
	struct report *r = NULL;
	char *text = json_print(o);
	uint8_t id[16];

	(void)state;
	assert_true(report_issue_read(o, &back));
	assert_memory_equal(&i, &back, sizeof(i));
	report_issue_id(W47, id);
	ledger_add(&l, actor_set(&l.registrar, "*", REPORT_KIND, id, text, NULL, 0));
	r = ledger_report(&l, (int64_t)l.n, W48);
	assert_null(report_previous(r));
	report_free(r);
	ledger_add(&l, actor_set(&l.reporter, "*", REPORT_KIND, id, text, NULL, 0));
	r = ledger_report(&l, (int64_t)l.n, W48);
	assert_null(report_previous(r)); /* and nothing of what comes later is kept from being made */
	report_free(r);
	json_set_str(o, "root", "x");
	assert_false(report_issue_read(o, &back));
	free(text);
	json_free(o);
}

/* Another reporter, or the same one, replaces what an issue says: it is its first entry. clause: M21 R1 */
static void an_issue_is_its_first_entry(void **state)
{
	const struct entry *first;
	struct report *r;
	uint8_t id[16];

	(void)state;
	ledger_statement(&l, "00001", W47, "co", "", NULL);
	ledger_issue(&l, (int64_t)l.n, W47);
	first = l.e[l.n - 1];
	report_issue_id(W47, id);
	ledger_add(&l, actor_set(&l.reporter, "*", REPORT_KIND, id, "{\"size\":3}", (const uint8_t(*)[ENTRY_ID_LEN])first->id, 1));
	ledger_add(&l, actor_set(&l.reporter, "*", REPORT_KIND, id, "{\"week\":\"2026-W40\"}", NULL, 0));
	r = ledger_report(&l, (int64_t)l.n, W48);
	assert_non_null(report_previous(r));
	assert_int_equal(report_previous(r)->size, (int64_t)l.n - 3);
	report_free(r);
}

/* clause: R8 */
static void a_bad_issue_hides_no_good_one(void **state)
{
	struct report_issue bad = {.week = W47, .size = 4, .root = {1}, .csv = {2}};
	struct json *o = report_issue_json(&bad);
	char *text = json_print(o);
	struct report *r;
	uint8_t id[16], a[16];

	(void)state;
	ledger_statement(&l, "00001", W48, "co", "", a);
	ledger_review(&l, "00001", a, "approved");
	ledger_issue(&l, (int64_t)l.n, "2026-W46");
	report_issue_id(W47, id);
	ledger_add(&l, actor_set(&l.reporter, "*", REPORT_KIND, id, text, NULL, 0));
	r = ledger_report(&l, (int64_t)l.n, W48);
	assert_non_null(report_previous(r));
	assert_string_equal(report_previous(r)->week, "2026-W46");
	assert_int_equal(report_total(r)->v[REPORT_VERIFIED_CHANGE], 1);
	report_free(r);
	free(text);
	json_free(o);
}

/* How often a record is read out of its entries. Linked in the place of report_log_fact (cmake/tests.cmake). */
enum rc __real_report_log_fact(const struct report_log *log, const struct report_entity *x, const struct keyring *keys,
			       int64_t size, const struct form_set *forms, struct report_fact *ret,
			       struct merge_state **retstate, struct buf *says, bool *retany, struct err *reterr);
enum rc __wrap_report_log_fact(const struct report_log *log, const struct report_entity *x, const struct keyring *keys,
			       int64_t size, const struct form_set *forms, struct report_fact *ret,
			       struct merge_state **retstate, struct buf *says, bool *retany, struct err *reterr);

static size_t records_read;

enum rc __wrap_report_log_fact(const struct report_log *log, const struct report_entity *x, const struct keyring *keys,
			       int64_t size, const struct form_set *forms, struct report_fact *ret,
			       struct merge_state **retstate, struct buf *says, bool *retany, struct err *reterr)
{
	records_read++;
	return __real_report_log_fact(log, x, keys, size, forms, ret, retstate, says, retany, reterr);
}

/* How often the tree is asked for a node. */
struct counting {
	struct tree_reader tree;
	size_t asked;
};

static enum rc count_node(void *ctx, unsigned level, uint64_t index, uint8_t ret[TREE_HASH], struct err *reterr)
{
	struct counting *c = ctx;

	c->asked++;
	return c->tree.node(c->tree.ctx, level, index, ret, reterr);
}

/* Nodes asked for, and records read, until the issue before is found behind n whose root is none of this log. */
static size_t nodes_behind(size_t n, size_t *retread)
{
	const struct report_issue bad = {.size = 7, .root = {1}, .csv = {2}};
	struct ledger w;
	struct report *r = NULL;
	struct counting c = {.asked = 0};

	ledger_init(&w, "00001");
	ledger_catalogue(&w, UNITS, false);
	ledger_statement(&w, "00001", W48, "co", "", NULL);
	ledger_issue(&w, (int64_t)w.n, "2019-W01");
	for (size_t i = 0; i < n; i++) {
		struct report_issue x = bad;
		struct json *o;
		uint8_t id[16];
		char *text;

		(void)snprintf(x.week, sizeof(x.week), "20%02zu-W%02zu", 20 + i / 50, 1 + i % 50);
		o = report_issue_json(&x);
		text = json_print(o);
		report_issue_id(x.week, id);
		ledger_add(&w, actor_set(&w.reporter, "*", REPORT_KIND, id, text, NULL, 0));
		free(text);
		json_free(o);
	}
	uint8_t(*leaf)[TREE_HASH] = calloc(w.n, sizeof(*leaf));
	assert_non_null(leaf);
	for (size_t i = 0; i < w.n; i++)
		entry_leaf_hash(w.e[i], leaf[i]);
	struct tree_leaves leaves = {(const uint8_t(*)[TREE_HASH])leaf, w.n};
	c.tree = tree_leaves_reader(&leaves);
	assert_int_equal(report_new(w.root.pk, (int64_t)w.n, W48, &r, NULL), RC_OK);
	for (size_t i = 0; i < w.n; i++)
		assert_int_equal(report_learn(r, w.e[i], (int64_t)i, NULL), RC_OK);
	records_read = 0;
	assert_int_equal(report_settle(r, &(struct tree_reader){&c, count_node}, NULL), RC_OK);
	*retread = records_read;
	assert_non_null(report_previous(r));
	assert_string_equal(report_previous(r)->week, "2019-W01");
	report_free(r);
	free(leaf);
	ledger_free(&w);
	return c.asked;
}

/* A reporter who fills the years with false issues makes finding the true one longer by each, not by its square. */
static void false_issues_cost_what_they_are(void **state)
{
	size_t read[2], few = nodes_behind(25, &read[0]), many = nodes_behind(250, &read[1]);

	(void)state;
	assert_true(few > 0);
	assert_true(many <= 10 * few);
	assert_int_equal(read[0], 26); /* each once, and the true one */
	assert_int_equal(read[1], 251);
}

static struct json **alone(struct json *part)
{
	struct json **p = calloc(1, sizeof(*p));

	assert_non_null(p);
	p[0] = part;
	return p;
}

/* Every part as text and back, as a document goes through the archive; how many there are. */
static struct report *kept_and_back(const struct report *r, int64_t size, size_t *retn)
{
	struct json **part = NULL;
	struct report *back = NULL;
	struct err err = {0};
	size_t at = 0;
	bool more = true;

	for (*retn = 0; more; (*retn)++) {
		struct json *o = report_kept(r, &at);
		struct buf text;

		buf_init(&text, LIMIT_JSON_TEXT);
		assert_int_equal(json_write(o, false, &text, NULL), RC_OK);
		more = report_kept_more(o);
		part = realloc(part, (*retn + 1) * sizeof(*part));
		assert_non_null(part);
		assert_int_equal(json_parse(span_buf(&text), NULL, &part[*retn], NULL), RC_OK);
		json_free(o);
		buf_free(&text);
	}
	assert_int_equal(report_of_kept(part, *retn, W48, size, &back, &err), RC_OK);
	return back;
}

/* clause: R2 R11 */
static void what_is_kept_says_the_same_in_every_form(void **state)
{
	uint8_t a[16], sha[2][CRYPT_HASH_LEN], root[2][TREE_HASH];
	struct report *r, *back = NULL;
	struct json *one, *two;
	struct err err = {0};
	struct buf csv[2];
	size_t n = 0;

	(void)state;
	ledger_statement(&l, "00001", W48, "co", ",'obstacles':'=cộng; \\\"x'", a);
	ledger_review(&l, "00001", a, "approved");
	ledger_issue(&l, (int64_t)l.n, W47);
	ledger_statement(&l, "00004", W48, "chua", ",'car':'chua'", a);
	ledger_review(&l, "00004", a, "returned");
	ledger_set(&l, "00100", "facility", NULL, "{'surplus_status':'da_xu_ly','handling_purpose':'y_te'}", NULL);
	r = ledger_report(&l, (int64_t)l.n, W48);
	back = kept_and_back(r, (int64_t)l.n, &n);
	assert_int_equal(n, 1);
	buf_init(&csv[0], LIMIT_JSON_TEXT);
	buf_init(&csv[1], LIMIT_JSON_TEXT);
	assert_int_equal(report_csv(r, &csv[0], sha[0], NULL), RC_OK);
	assert_int_equal(report_csv(back, &csv[1], sha[1], NULL), RC_OK);
	assert_true(span_eq(span_buf(&csv[0]), span_buf(&csv[1])));
	one = report_json(r, sha[0]);
	two = report_json(back, sha[1]);
	assert_true(json_equal(one, two));
	report_root(r, root[0]);
	report_root(back, root[1]);
	assert_memory_equal(root[0], root[1], TREE_HASH);
	for (size_t i = 0; report_unit(r, i); i++) {
		assert_int_equal(report_unit(r, i)->returned, report_unit(back, i)->returned);
		assert_int_equal(report_unit(r, i)->undecided, report_unit(back, i)->undecided);
	}
	report_free(back);
	/* what is no report is none */
	assert_int_equal(report_of_kept(alone(json_object()), 1, W48, 1, &back, &err), RC_CORRUPT);
	json_free(one);
	n = 0;
	one = report_kept(r, &n);
	json_set(one, "total", json_array());
	assert_int_equal(report_of_kept(alone(one), 1, W48, 1, &back, &err), RC_CORRUPT);
	json_free(two);
	report_free(r);
	buf_free(&csv[0]);
	buf_free(&csv[1]);
}

/* A report of communes with names, and obstacles of 16 KB each, as nobody can type in a test. */
static struct report *long_report(size_t communes)
{
	struct json *o = json_object(), *rows = json_array(), *units = json_array(), *total = json_array();
	struct report *r = NULL;
	char code[8], *text = malloc(16001);

	assert_non_null(text);
	memset(text, 1, 16000); /* the longest there is as JSON: six bytes each */
	text[16000] = '\0';
	json_append_str(total, "");
	json_append_str(total, "");
	for (size_t i = 0; i < REPORT_FIGURES; i++)
		json_append(total, json_integer((int64_t)i));
	for (size_t i = 0; i < communes; i++) {
		struct json *u = json_array();
		const int64_t n[] = {6, 1, 0, 0, 1, 1};

		(void)snprintf(code, sizeof(code), "%05zu", i + 1);
		json_append_str(u, code);
		json_append_str(u, "Xã");
		json_append_str(u, "01");
		for (size_t k = 0; k < sizeof(n) / sizeof(n[0]); k++)
			json_append(u, json_integer(n[k]));
		json_append_str(u, text);
		json_append(units, u);
	}
	json_set_str(o, "root", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	json_set_str(o, "previous", "");
	json_set(o, "rows", rows);
	json_set(o, "total", total);
	json_set(o, "units", units);
	assert_int_equal(report_of_kept(alone(o), 1, W48, 1, &r, NULL), RC_OK);
	free(text);
	return r;
}

/* Longer than any document may be: in parts it is kept, whatever its length. clause: R2 */
static void a_long_issue_is_kept_in_parts(void **state)
{
	struct report *r = long_report(400), *back;
	uint8_t sha[2][CRYPT_HASH_LEN];
	struct buf csv;
	size_t n;

	(void)state;
	back = kept_and_back(r, 1, &n);
	assert_int_equal(n, 13); /* of 33 communes each */
	buf_init(&csv, LIMIT_BLOB);
	assert_int_equal(report_csv(r, &csv, sha[0], NULL), RC_OK);
	assert_true(csv.len > LIMIT_JSON_TEXT);
	buf_reset(&csv);
	assert_int_equal(report_csv(back, &csv, sha[1], NULL), RC_OK);
	assert_memory_equal(sha[0], sha[1], CRYPT_HASH_LEN);
	buf_free(&csv);
	report_free(back);
	report_free(r);
}

/* clause: R9 */
static void the_file_is_these_bytes(void **state)
{
	uint8_t a[16], sha[CRYPT_HASH_LEN];
	char *csv, *units, *row;

	(void)state;
	ledger_statement(&l, "00001", W48, "co", ",'car':'chua','obstacles':'=1+1; \\\"x\\\"'", a);
	ledger_review(&l, "00001", a, "approved");
	csv = csv_of((int64_t)l.n, W48, sha);
	assert_int_equal(strncmp(csv, "\xef\xbb\xbf"
				      "Báo cáo tuần", 15), 0);
	row = strstr(csv, "1;\"=\"\"01\"\"\"");
	assert_non_null(row);
	row[strcspn(row, "\r")] = '\0';
	assert_string_equal(row, "1;\"=\"\"01\"\"\";Hà Nội;2;1;50,0;1;1;50,0;0;1;0;1;0;0;0;0;0;0;0;0;0;0;0;0;;;;;;1");
	units = strstr(row + strlen(row) + 1, "Mã tỉnh;Mã xã");
	assert_non_null(units);
	assert_string_equal(units, "Mã tỉnh;Mã xã;Đơn vị;Nhóm;Đã nộp;Phải nộp;Vướng mắc\r\n"
				   "\"=\"\"01\"\"\";\"=\"\"00001\"\"\";Hòa Khê;(4);1;1;\"'=1+1; \"\"x\"\"\"\r\n"
				   "\"=\"\"01\"\"\";\"=\"\"00004\"\"\";Ba Đình;(6);0;1;\r\n"
				   "\"=\"\"02\"\"\";\"=\"\"00100\"\"\";Yên Sơn;(6);0;1;\r\n");
	free(csv);
}

/* clause: R9 */
static void percentages_are_cut_off_and_never_rounded(void **state)
{
	uint8_t sha[CRYPT_HASH_LEN];
	char *csv;

	(void)state;
	for (size_t i = 0; i < 3320; i++)
		ledger_set(&l, "00001", "facility", NULL, "{'surplus_status':'da_xu_ly'}", NULL);
	ledger_set(&l, "00001", "facility", NULL, "{'surplus_status':'co_phuong_an'}", NULL);
	csv = csv_of((int64_t)l.n, W48, sha);
	assert_non_null(strstr(csv, ";3321;3320;0;0;0;0;0;3320;1;0;99,9;"));
	free(csv);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(each_commune_stands_in_exactly_one_group, begin, end),
	    cmocka_unit_test_setup_teardown(an_approval_is_of_what_was_seen, begin, end),
	    cmocka_unit_test_setup_teardown(a_review_is_its_first_entry, begin, end),
	    cmocka_unit_test_setup_teardown(a_level_above_its_author_decides_nothing, begin, end),
	    cmocka_unit_test_setup_teardown(a_choice_at_another_id_is_none, begin, end),
	    cmocka_unit_test_setup_teardown(what_is_still_being_received_counts_nowhere, begin, end),
	    cmocka_unit_test_setup_teardown(later_leaves_change_nothing_and_early_authority_everything, begin, end),
	    cmocka_unit_test_setup_teardown(leaves_come_in_order_and_all_of_them, begin, end),
	    cmocka_unit_test_setup_teardown(the_catalogue_of_then_says_who_is_counted, begin, end),
	    cmocka_unit_test_setup_teardown(reported_is_everything_that_was_due, begin, end),
	    cmocka_unit_test_setup_teardown(cars_obstacles_and_poor_equipment_are_communes, begin, end),
	    cmocka_unit_test_setup_teardown(places_count_once_and_where_they_are, begin, end),
	    cmocka_unit_test_setup_teardown(a_change_is_told_apart_from_a_correction, begin, end),
	    cmocka_unit_test_setup_teardown(what_was_printed_stands_by_the_keys_of_then, begin, end),
	    cmocka_unit_test_setup_teardown(an_issue_of_another_log_or_by_nobody_is_none, begin, end),
	    cmocka_unit_test_setup_teardown(an_issue_is_its_first_entry, begin, end),
	    cmocka_unit_test_setup_teardown(a_bad_issue_hides_no_good_one, begin, end),
	    cmocka_unit_test_setup_teardown(what_is_kept_says_the_same_in_every_form, begin, end),
	    cmocka_unit_test_setup_teardown(a_long_issue_is_kept_in_parts, begin, end),
	    cmocka_unit_test(false_issues_cost_what_they_are),
	    cmocka_unit_test_setup_teardown(the_file_is_these_bytes, begin, end),
	    cmocka_unit_test_setup_teardown(percentages_are_cut_off_and_never_rounded, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
