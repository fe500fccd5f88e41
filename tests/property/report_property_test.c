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
#include "sync/report_log.h"
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
		if (strcmp(s->kind[i], "weekly_statement") == 0 && !rng_one_in(g, 4)) {
			ledger_review(l, s->scope[i], s->id[i], one_of(g, state, 4));
			if (rng_one_in(g, 3)) /* a second entry of it changes nothing (M21) */
				ledger_add(l, actor_set(&l->verifier, s->scope[i], "review", l->e[l->n - 1]->entity,
							"{\"state\":\"returned\"}", NULL, 0));
		}
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

/* ---- facts ---- */

enum { FACT_LOGS = 12 };

static struct keyring *keys_at(const struct ledger *l, int64_t size)
{
	struct keyring *k = NULL;

	assert_int_equal(keyring_new(l->root.pk, &k, NULL), RC_OK);
	for (int64_t i = 0; i < size; i++)
		assert_int_equal(keyring_add(k, l->e[i], i, NULL, NULL), RC_OK);
	return k;
}

/* What a record said as of each size, and from which size on it says what it says at the end. */
struct said {
	struct report_log log;
	struct keyring **keys; /* by size */
	struct form_set *forms;
	int64_t n;
};

static bool fact_at(const struct said *s, const struct report_entity *x, int64_t size, struct report_fact *ret,
		    struct buf *says)
{
	struct merge_state *state = NULL;
	bool any = false;

	assert_int_equal(report_log_fact(&s->log, x, s->keys[size], size, s->forms, ret, &state, says, &any, NULL),
			 RC_OK);
	merge_free(state);
	return any;
}

static bool is_same(const struct report_fact *a, const struct report_fact *b)
{
	bool same = a->first == b->first && a->last == b->last && a->undecided == b->undecided &&
		    memcmp(a->newest, b->newest, sizeof(a->newest)) == 0;

	for (size_t i = 0; i < REPORT_FIELDS; i++)
		same = same && span_eq(a->value[i], b->value[i]);
	return same;
}

static int64_t since(const struct said *s, const struct report_entity *x)
{
	struct report_fact end, then;
	struct buf one, other;
	int64_t size = s->n;
	bool any;

	buf_init(&one, LIMIT_MERGE_STATE);
	buf_init(&other, LIMIT_MERGE_STATE);
	any = fact_at(s, x, s->n, &end, &one);
	while (size > 0 && fact_at(s, x, size - 1, &then, &other) == any && (!any || is_same(&end, &then)))
		size--;
	buf_free(&one);
	buf_free(&other);
	return report_fact_kept((enum report_kind)x->kind) ? size : INT64_MAX;
}

static bool is_of(const struct entry *e, const struct report_entity *x)
{
	return report_log_kind(e) == (enum report_kind)x->kind && strcmp(e->scope, x->scope) == 0 &&
	       memcmp(e->entity, x->id, sizeof(x->id)) == 0;
}

static void feed_entries(const struct ledger *l, const struct said *s, struct report *r)
{
	for (size_t k = 0; k < s->log.n; k++) {
		int64_t from = since(s, &s->log.e[k]);
		unsigned prefixes = 0;

		for (size_t p = 0; p < 2; p++)
			prefixes |= from > report_prefix(r, p) ? 1U << p : 0;
		for (int64_t i = 0; prefixes && i < report_prefix(r, 0); i++)
			if (is_of(l->e[i], &s->log.e[k]))
				assert_int_equal(report_entry(r, prefixes, l->e[i], i, NULL), RC_OK);
	}
}

static void feed_facts(const struct said *s, struct report *r)
{
	struct report_fact f;
	struct buf says;

	buf_init(&says, LIMIT_MERGE_STATE);
	for (size_t k = 0; k < s->log.n; k++) {
		int64_t from = since(s, &s->log.e[k]);

		if (!fact_at(s, &s->log.e[k], s->n, &f, &says))
			continue;
		for (size_t p = 0; p < 2; p++)
			if (from <= report_prefix(r, p))
				assert_int_equal(report_take(r, p, &f, NULL), RC_OK);
	}
	buf_free(&says);
}

static void csv_is(const struct report *a, const struct report *b)
{
	uint8_t is[CRYPT_HASH_LEN], want[CRYPT_HASH_LEN];
	struct buf text;

	buf_init(&text, LIMIT_BLOB);
	assert_int_equal(report_csv(a, &text, is, NULL), RC_OK);
	assert_int_equal(report_csv(b, &text, want, NULL), RC_OK);
	assert_memory_equal(is, want, sizeof(is));
	buf_free(&text);
}

static void check_facts(struct ledger *l, const struct said *s, int64_t size, const char *week)
{
	const struct report_blobs blobs = {l, ledger_blob};
	struct report *leaves = ledger_report(l, size, week), *r = NULL;
	uint8_t root[TREE_HASH];
	size_t asked = 0;

	report_root(leaves, root);
	assert_int_equal(report_new(l->root.pk, size, week, &r, NULL), RC_OK);
	for (size_t i = 0; i < l->n; i++)
		assert_int_equal(report_learn(r, l->e[i], (int64_t)i, NULL), RC_OK);
	assert_int_equal(ledger_settle(l, r, NULL), RC_OK);
	report_stands(r, root);
	feed_entries(l, s, r);
	assert_int_equal(report_read(r, NULL), RC_OK);
	feed_facts(s, r);
	assert_int_equal(report_asks(r, &asked, NULL), RC_OK);
	for (int64_t i = 0; i < size; i++)
		assert_int_equal(report_here(r, l->e[i]->id, i, NULL), RC_OK);
	assert_int_equal(report_finish(r, &blobs, NULL), RC_OK);
	csv_is(r, leaves);
	report_free(leaves);
	report_free(r);
}

static void said_begin(struct said *s, const struct ledger *l)
{
	*s = (struct said){.n = (int64_t)l->n, .keys = calloc(l->n + 1, sizeof(struct keyring *))};
	assert_non_null(s->keys);
	assert_int_equal(form_set_new(&s->forms, NULL), RC_OK);
	assert_int_equal(form_set_builtin(s->forms, NULL), RC_OK);
	for (int64_t i = 0; i <= s->n; i++)
		s->keys[i] = keys_at(l, i);
	for (int64_t i = 0; i < s->n; i++)
		assert_int_equal(report_log_add(&s->log, l->e[i], i, 3, NULL), RC_OK);
}

static void said_end(struct said *s)
{
	for (int64_t i = 0; i <= s->n; i++)
		keyring_free(s->keys[i]);
	free(s->keys);
	form_set_free(s->forms);
	report_log_free(&s->log);
}

/* Of facts where they stand, and of entries where not, the same file as of the leaves. clause: R2 R8 */
static void facts_give_what_the_leaves_give(void **state)
{
	uint64_t seed = rng_seed(21);

	(void)state;
	for (size_t n = 0; n < FACT_LOGS; n++) {
		struct rng g = rng_case(seed, n);
		struct seen s = {.n = 0};
		struct said said;
		struct ledger l;
		int64_t first, second;

		begin(&g, &l);
		records(&g, &l, &s);
		decide(&g, &l, &s);
		first = (int64_t)l.n;
		ledger_issue(&l, first, "2026-W47");
		records(&g, &l, &s);
		ledger_add(&l, actor_revoke(&l.registrar, "00001", ledger_clerk(&l, "00001")->pk, first - 20));
		second = (int64_t)l.n;
		records(&g, &l, &s);
		decide(&g, &l, &s);
		said_begin(&said, &l);
		check_facts(&l, &said, first, "2026-W47");
		check_facts(&l, &said, second, "2026-W48");
		check_facts(&l, &said, (int64_t)l.n, "2026-W48");
		said_end(&said);
		ledger_free(&l);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(facts_give_what_the_leaves_give),
	    cmocka_unit_test(sums_hold),
	    cmocka_unit_test(order_before_the_checkpoint_and_leaves_behind_it_do_not_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
