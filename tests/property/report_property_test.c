/*
 * The weekly report over random logs: groups and sums that always hold, the same figures whatever
 * the order in which records arrived before the checkpoint, and whatever came after it. 60 logs
 * by default; SEED= repeats a run.
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
#include "tests/support/ledger.h"
#include "tests/support/rng.h"

enum { LOGS = 60, RECORDS = 30, SEEN = 12 };

static const char *const scopes[] = {"00001", "00004", "00100", "00200"};
static const char *const weeks[] = {"2026-W46", "2026-W47", "2026-W48"};

struct seen { /* entities to review, correct and edit */
	uint8_t id[SEEN][16];
	const char *scope[SEEN];
	const char *kind[SEEN];
	size_t n;
};

static const char *one_of(struct rng *g, const char *const *words, size_t n)
{
	return words[rng_below(g, n)];
}

static void remember(struct seen *s, const char *scope, const char *kind, const uint8_t id[16])
{
	if (s->n == SEEN)
		return;
	memcpy(s->id[s->n], id, 16);
	s->scope[s->n] = scope;
	s->kind[s->n++] = kind;
}

static void write_statement(struct rng *g, struct ledger *l, struct seen *s)
{
	static const char *const said[] = {"co", "co", "chua"};
	static const char *const more[] = {"", ",'car':'chua'", ",'car':'khong_thuoc_doi_tuong','obstacles':'x'",
					   ",'missing':['pccc']"};
	const char *scope = one_of(g, scopes, 4);
	uint8_t id[16];

	ledger_statement(l, scope, one_of(g, weeks, 3), one_of(g, said, 3), one_of(g, more, 4), id);
	remember(s, scope, "weekly_statement", id);
}

static void write_correction(struct rng *g, struct ledger *l, struct seen *s)
{
	char fields[256], uuid[CODEC_UUID_LEN + 1];
	size_t i = rng_below(g, SEEN);
	uint8_t id[16];

	if (i >= s->n || strcmp(s->kind[i], "weekly_statement") != 0)
		return;
	codec_uuid(s->id[i], uuid);
	(void)snprintf(fields, sizeof(fields), "{'week':'%s','declared_adequate':'%s','supersedes':'%s'}",
		       one_of(g, weeks, 3), rng_one_in(g, 2) ? "co" : "chua", uuid);
	ledger_set(l, s->scope[i], "weekly_statement", NULL, fields, id);
	remember(s, s->scope[i], "weekly_statement", id);
}

static void write_place(struct rng *g, struct ledger *l, struct seen *s)
{
	static const char *const status[] = {"khong", "chua_phuong_an", "dang_xu_ly", "da_xu_ly", "da_xu_ly"};
	static const char *const purpose[] = {"tru_so", "y_te", "cong_an", "giao_duc"};
	char fields[256], same[64] = "";
	size_t i = rng_below(g, SEEN);
	const char *scope = one_of(g, scopes, 4);
	const uint8_t *id = NULL;
	uint8_t made[16];

	if (i < s->n && strcmp(s->kind[i], "facility") == 0) {
		scope = s->scope[i];
		if (rng_one_in(g, 2)) {
			char uuid[CODEC_UUID_LEN + 1];
			codec_uuid(s->id[i], uuid);
			(void)snprintf(same, sizeof(same), ",'same_as':'%s'", uuid);
		} else {
			id = s->id[i];
		}
	}
	(void)snprintf(fields, sizeof(fields), "{'commune_code':'%s','surplus_status':'%s','handling_purpose':'%s'%s}",
		       rng_one_in(g, 8) ? "99999" : scope, one_of(g, status, 5), one_of(g, purpose, 4), same);
	ledger_set(l, scope, "facility", id, fields, made);
	if (!id)
		remember(s, scope, "facility", made);
}

static void write_check(struct rng *g, struct ledger *l, struct seen *s)
{
	char fields[256], uuid[CODEC_UUID_LEN + 1] = "";
	const char *scope = one_of(g, scopes, 4);
	size_t i = rng_below(g, SEEN);
	uint8_t id[16];

	if (i < s->n && strcmp(s->kind[i], "facility") == 0) {
		codec_uuid(s->id[i], uuid);
		(void)snprintf(fields, sizeof(fields), "{'facility_id':'%s','checked_at':'2026-11-%02zuT08:00'}", uuid,
			       (size_t)(9 + rng_below(g, 20)));
		ledger_set(l, s->scope[i], "facility_check", NULL, fields, NULL);
		return;
	}
	ledger_set(l, scope, "equipment_check", NULL, "{'checked_at':'2026-11-20T08:00'}", id);
	codec_uuid(id, uuid);
	(void)snprintf(fields, sizeof(fields), "{'check':'%s','quality':'%s'}", uuid,
		       rng_one_in(g, 2) ? "dap_ung" : "khong_dap_ung");
	ledger_set(l, scope, "equipment_line", NULL, fields, NULL);
}

static void records(struct rng *g, struct ledger *l, struct seen *s)
{
	static void (*const write[])(struct rng *, struct ledger *, struct seen *) = {
	    write_statement, write_statement, write_correction, write_place, write_place, write_check};

	for (size_t i = 0; i < RECORDS; i++)
		write[rng_below(g, 6)](g, l, s);
}

static void decide(struct rng *g, struct ledger *l, const struct seen *s)
{
	static const char *const state[] = {"approved", "approved", "approved", "returned"};

	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->kind[i], "weekly_statement") == 0 && !rng_one_in(g, 4))
			ledger_review(l, s->scope[i], s->id[i], one_of(g, state, 4));
}

static void begin(struct rng *g, struct ledger *l)
{
	uint8_t id[16];

	ledger_init(l, "00001 00004 00100 00200");
	ledger_catalogue(l, "province_code,province_name,commune_code,commune_name,kind\n"
			    "01,A,00001,a,xa\n01,A,00004,b,xa\n02,B,00100,c,xa\n02,B,00200,d,xa\n", false);
	ledger_id(l, id);
	ledger_add(l, actor_set(&l->reporter, "*", "schedule", id,
				rng_one_in(g, 2) ? "{\"kind\":\"facility_check\",\"period\":\"hang_tuan\",\"due_weekday\":\"3\","
						   "\"due_hour\":12,\"scopes\":[\"*\"]}"
						 : "{\"kind\":\"equipment_check\",\"period\":\"hang_thang\",\"due_day\":20,"
						   "\"due_hour\":12,\"scopes\":[\"02\"]}", NULL, 0));
}

static void check_row(const struct report_row *row)
{
	const int64_t *v = row->v;
	int64_t to = 0;

	for (int k = REPORT_TO_OFFICE; k <= REPORT_TO_OTHER; k++)
		to += v[k];
	assert_int_equal(v[REPORT_VERIFIED] + v[REPORT_SHORT] + v[REPORT_UNKNOWN], v[REPORT_UNITS]);
	assert_int_equal(v[REPORT_DECLARED], v[REPORT_VERIFIED] + v[REPORT_UNVERIFIED]);
	assert_int_equal(to, v[REPORT_HANDLED]);
	assert_true(v[REPORT_PLACES] >= v[REPORT_HANDLED] + v[REPORT_REMAINING] + v[REPORT_UNDECIDED]);
	assert_true(v[REPORT_REPORTED] <= v[REPORT_UNITS] && v[REPORT_UNVERIFIED] <= v[REPORT_UNKNOWN]);
}

static void check_sums(const struct report *r)
{
	int64_t sum[REPORT_FIGURES] = {0}, units = 0;
	const struct report_row *row;

	for (size_t i = 0; (row = report_row(r, i)) != NULL; i++) {
		check_row(row);
		for (size_t k = 0; k < REPORT_FIGURES; k++)
			sum[k] += row->v[k];
	}
	check_row(report_total(r));
	assert_memory_equal(sum, report_total(r)->v, sizeof(sum));
	for (size_t i = 0; report_unit(r, i); i++)
		units++;
	assert_int_equal(units, sum[REPORT_UNITS]);
}

/* Each commune in exactly one group, rows that add up, (12) against what was printed. clause: R4 R7 R8 */
static void sums_hold(void **state)
{
	uint64_t seed = rng_seed(19);

	(void)state;
	for (size_t n = 0; n < LOGS; n++) {
		struct rng g = rng_case(seed, n);
		struct seen s = {.n = 0};
		struct ledger l;
		struct report *was, *is;

		begin(&g, &l);
		records(&g, &l, &s);
		decide(&g, &l, &s);
		was = ledger_report(&l, (int64_t)l.n, "2026-W47");
		check_sums(was);
		ledger_issue(&l, (int64_t)l.n, "2026-W47");
		records(&g, &l, &s);
		decide(&g, &l, &s);
		is = ledger_report(&l, (int64_t)l.n, "2026-W48");
		check_sums(is);
		for (size_t i = 0; i < 2; i++) {
			const int64_t *v = (i ? report_row(is, 0) : report_total(is))->v;
			const int64_t *w = (i ? report_row(was, 0) : report_total(was))->v;

			assert_int_equal(v[REPORT_VERIFIED_CHANGE], v[REPORT_VERIFIED] - w[REPORT_VERIFIED]);
			assert_int_equal(v[REPORT_HANDLED_CHANGE], v[REPORT_HANDLED] - w[REPORT_HANDLED]);
			assert_true(v[REPORT_HANDLED_FIX] <= 0);
		}
		report_free(was);
		report_free(is);
		ledger_free(&l);
	}
}

/* The records between `from` and `to` in another order: each author's feed may arrive anyhow. */
static void shuffle(struct rng *g, struct ledger *l, size_t from, size_t to)
{
	for (size_t i = to - 1; i > from; i--) {
		size_t k = from + rng_below(g, i - from + 1);
		struct entry *e = l->e[i];

		l->e[i] = l->e[k];
		l->e[k] = e;
	}
}

/* Records, those that need no order, and what was decided on them as they then stood; *retg: what comes next. */
static void decided(uint64_t seed, size_t n, bool shuffled, struct rng *retg, struct ledger *l, struct seen *s)
{
	static void (*const write[])(struct rng *, struct ledger *, struct seen *) = {
	    write_statement, write_correction, write_place};
	struct rng g = rng_case(seed, n), order = rng_case(seed, LOGS + n);
	size_t from;

	begin(&g, l);
	from = l->n;
	for (size_t i = 0; i < RECORDS; i++) /* not checks of equipment: the newest is by index (R6) */
		write[rng_below(&g, 3)](&g, l, s);
	if (shuffled)
		shuffle(&order, l, from, l->n);
	decide(&g, l, s);
	*retg = g;
}

/* clause: R2 M11 */
static void order_before_the_checkpoint_and_leaves_behind_it_do_not_show(void **state)
{
	uint64_t seed = rng_seed(20);

	(void)state;
	for (size_t n = 0; n < LOGS; n++) {
		struct seen s = {.n = 0}, other = {.n = 0};
		struct ledger l, anyhow;
		struct report *a, *b, *c;
		struct rng g;
		int64_t size;

		decided(seed, n, true, &g, &anyhow, &other);
		decided(seed, n, false, &g, &l, &s);
		size = (int64_t)l.n;
		a = ledger_report(&l, size, "2026-W47");
		records(&g, &l, &s);
		b = ledger_report(&l, size, "2026-W47");
		c = ledger_report(&anyhow, size, "2026-W47");
		assert_memory_equal(report_total(a)->v, report_total(b)->v, sizeof(report_total(a)->v));
		for (size_t i = 0; report_row(a, i); i++)
			assert_memory_equal(report_row(a, i)->v, report_row(c, i)->v, sizeof(report_total(a)->v));
		for (size_t i = 0; report_unit(a, i); i++)
			assert_int_equal(report_unit(a, i)->class, report_unit(c, i)->class);
		report_free(a);
		report_free(b);
		report_free(c);
		ledger_free(&anyhow);
		ledger_free(&l);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sums_hold),
	    cmocka_unit_test(order_before_the_checkpoint_and_leaves_behind_it_do_not_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
