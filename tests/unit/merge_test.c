/*
 * merge: each policy by small cases, the bytes of a state, and damaged states. That states do not
 * depend on order is shown in tests/property/merge_property_test.c.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/limits.h"
#include "sync/merge.h"

enum { IDS = 100 };

/* Writes of one field `f`, one id a write: id 1, 2, 3 … */
struct pot {
	struct merge_state *s;
	struct buf scratch;
	uint8_t id[IDS][ENTRY_ID_LEN];
};

static int setup(void **state)
{
	struct pot *p = calloc(1, sizeof(*p));

	assert_int_equal(merge_new(&p->s, NULL), RC_OK);
	buf_init(&p->scratch, LIMIT_MIB);
	for (size_t i = 0; i < IDS; i++)
		memset(p->id[i], (int)i, ENTRY_ID_LEN);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct pot *p = *state;

	merge_free(p->s);
	buf_free(&p->scratch);
	free(p);
	return 0;
}

struct opts {
	int64_t at;
	bool central, erased;
	const char *field;    /* NULL: "f" */
	size_t after, nafter; /* ids after .. after+nafter, all present */
	const char *reason;
};

/* Returns whether it was blind. */
static bool put(struct pot *p, size_t id, const char *raw, struct opts o)
{
	const struct entry_field f[2] = {{.name = span_str(o.field ? o.field : "f"),
					  .raw = span_str(raw)},
					 {.name = span_str("reason"),
					  .raw = span_str(o.reason ? o.reason : "")}};
	const struct merge_input in = {.id = p->id[id],
				       .at = o.at,
				       .central = o.central,
				       .erased = o.erased,
				       .field = f,
				       .nfield = o.reason ? 2 : 1,
				       .after = (const uint8_t(*)[ENTRY_ID_LEN])p->id[o.after],
				       .nafter = o.nafter};
	bool present[IDS], blind = false;

	for (size_t i = 0; i < IDS; i++)
		present[i] = true;
	assert_int_equal(merge_apply(p->s, &in, present, &blind, NULL), RC_OK);
	return blind;
}

static void shows(struct pot *p, enum form_merge policy, const char *raw, size_t id, bool conflict)
{
	struct merge_value v;
	bool c = !conflict;

	assert_int_equal(merge_show(p->s, "f", policy, &p->scratch, &v, &c, NULL), RC_OK);
	assert_int_equal(v.raw.len, strlen(raw));
	assert_memory_equal(v.raw.p, raw, v.raw.len);
	assert_memory_equal(v.id, p->id[id], ENTRY_ID_LEN);
	assert_int_equal(c, conflict);
}

static size_t count(struct pot *p, const char *field)
{
	size_t n;

	merge_siblings(p->s, field, &n);
	return n;
}

/* clause: M2 M10 */
static void a_conflict_closes_when_somebody_names_all_its_sides(void **state)
{
	struct pot *p = *state;

	put(p, 1, "\"good\"", (struct opts){.at = 1});
	put(p, 2, "\"bad\"", (struct opts){.at = 2, .after = 1, .nafter = 1});
	assert_int_equal(count(p, "f"), 1);
	put(p, 3, "\"fair\"", (struct opts){.at = 3, .after = 1, .nafter = 1}); /* has not seen 2 */
	assert_int_equal(count(p, "f"), 2);
	assert_int_equal(merge_conflicts(p->s, NULL), 1);
	shows(p, FORM_KEEP, "\"fair\"", 3, true);
	/* a decision with its reason names both, and is itself replaced the same way */
	put(p, 4, "\"bad\"",
	    (struct opts){.at = 4, .after = 2, .nafter = 2, .reason = "\"đã xem\""});
	assert_int_equal(merge_conflicts(p->s, NULL), 0);
	shows(p, FORM_KEEP, "\"bad\"", 4, false);
	assert_true(merge_alive(p->s, p->id[4]) && !merge_alive(p->s, p->id[2]));
	put(p, 5, "\"good\"",
	    (struct opts){.at = 5, .after = 4, .nafter = 1, .reason = "\"nhầm\""});
	shows(p, FORM_KEEP, "\"good\"", 5, false);
	assert_int_equal(count(p, "reason"), 1);
}

/* clause: M3 */
static void showing_changes_nothing_and_follows_the_policy_asked_for(void **state)
{
	struct pot *p = *state;
	struct buf before, after;

	put(p, 1, "3", (struct opts){.at = 9});
	put(p, 2, "20", (struct opts){.at = 1});
	buf_init(&before, LIMIT_MIB);
	buf_init(&after, LIMIT_MIB);
	assert_int_equal(merge_write(p->s, &before, NULL), RC_OK);
	shows(p, FORM_KEEP, "3", 1, true);
	shows(p, FORM_LATEST, "3", 1, false);
	shows(p, FORM_MAX, "20", 2, false);
	shows(p, FORM_MIN, "3", 1, false);
	assert_int_equal(merge_write(p->s, &after, NULL), RC_OK);
	assert_true(span_eq(span_buf(&before), span_buf(&after)));
	buf_free(&before);
	buf_free(&after);
}

/* clause: M4 M9 */
static void keep_shows_one_value_or_a_conflict(void **state)
{
	struct pot *p = *state;
	struct merge_value v;

	assert_int_equal(merge_show(p->s, "f", FORM_KEEP, &p->scratch, &v, NULL, NULL),
			 RC_NOTFOUND);
	put(p, 1, "5", (struct opts){.at = 1});
	put(p, 2, "5", (struct opts){.at = 2});
	shows(p, FORM_KEEP, "5", 2, false); /* two agree: no conflict */
	put(p, 3, "\"5\"", (struct opts){.at = 1});
	shows(p, FORM_KEEP, "5", 2, true); /* 5 and "5" are different bytes */
	shows(p, FORM_IMMUTABLE, "5", 2, true);
}

/* clause: M9 */
static void null_is_a_value(void **state)
{
	struct pot *p = *state;

	put(p, 1, "5", (struct opts){.at = 1});
	put(p, 2, "null", (struct opts){.at = 2});
	shows(p, FORM_KEEP, "null", 2, true);
	shows(p, FORM_LATEST, "null", 2, false);
	put(p, 3, "null", (struct opts){.at = 3, .after = 1, .nafter = 2});
	shows(p, FORM_KEEP, "null", 3, false);
}

/* clause: M5 */
static void latest_is_the_greatest_time_then_id(void **state)
{
	struct pot *p = *state;

	put(p, 1, "\"a\"", (struct opts){.at = 7});
	put(p, 2, "\"b\"", (struct opts){.at = 7});
	put(p, 3, "\"c\"", (struct opts){.at = 6, .central = true});
	shows(p, FORM_LATEST, "\"b\"", 2, false);
}

/* clause: M6 */
static void max_and_min_compare_numbers_as_numbers(void **state)
{
	struct pot *p = *state;

	put(p, 1, "\"9.5\"", (struct opts){.at = 1});
	put(p, 2, "\"10\"", (struct opts){.at = 1});
	put(p, 3, "\"-3.25\"", (struct opts){.at = 1});
	put(p, 4, "\"-3.5\"", (struct opts){.at = 1});
	put(p, 5, "9007199254740991", (struct opts){.at = 1});
	put(p, 6, "\"9007199254740991.000000000001\"", (struct opts){.at = 1});
	shows(p, FORM_MAX, "\"9007199254740991.000000000001\"", 6, false);
	shows(p, FORM_MIN, "\"-3.5\"", 4, false);
	put(p, 7, "null", (struct opts){.at = 9});
	put(p, 8, "\"zzz\"", (struct opts){.at = 9});
	shows(p, FORM_MIN, "\"-3.5\"", 4,
	      false); /* what is no number does not compete with numbers */
	shows(p, FORM_MAX, "\"9007199254740991.000000000001\"", 6, false);
}

/* clause: M6 */
static void equal_numbers_and_texts_are_settled_by_time(void **state)
{
	struct pot *p = *state;

	put(p, 1, "\"7.50\"", (struct opts){.at = 5});
	put(p, 2, "\"7.5\"", (struct opts){.at = 3});
	shows(p, FORM_MAX, "\"7.50\"", 1, false);
	put(p, 3, "7", (struct opts){.at = 1, .after = 1, .nafter = 2});
	put(p, 4, "\"007\"", (struct opts){.at = 9}); /* a code, not a number */
	shows(p, FORM_MAX, "7", 3, false);
	put(p, 5, "\"2026-11-25\"", (struct opts){.at = 1, .after = 3, .nafter = 2});
	put(p, 6, "\"2026-02-03\"", (struct opts){.at = 2});
	shows(p, FORM_MAX, "\"2026-11-25\"", 5, false);
	shows(p, FORM_MIN, "\"2026-02-03\"", 6, false);
	put(p, 7, "\"\\\"x\"", (struct opts){.at = 1, .after = 5, .nafter = 2});
	put(p, 8, "\"#x\"", (struct opts){.at = 1});
	shows(p, FORM_MAX, "\"#x\"", 8, false); /* by the bytes of the text: \" is 0x22, # 0x23 */
	shows(p, FORM_MIN, "\"\\\"x\"", 7, false);
}

/* clause: M7 */
static void union_is_every_string_once_in_order(void **state)
{
	struct pot *p = *state;

	put(p, 1, "[\"b\",\"a\"]", (struct opts){.at = 1});
	put(p, 2, "\"c\"", (struct opts){.at = 2});
	put(p, 3, "[\"a\",\"\\\"q\\\\\",\"Đ\"]", (struct opts){.at = 3});
	put(p, 4, "null", (struct opts){.at = 4});
	put(p, 5, "[]", (struct opts){.at = 0});
	shows(p, FORM_UNION, "[\"\\\"q\\\\\",\"a\",\"b\",\"c\",\"Đ\"]", 4, false);
	put(p, 6, "null", (struct opts){.at = 9, .after = 1, .nafter = 5});
	shows(p, FORM_UNION, "[]", 6, false);
}

/* clause: M8 */
static void central_goes_before_a_clerk_whatever_the_time(void **state)
{
	struct pot *p = *state;

	put(p, 1, "\"clerk\"", (struct opts){.at = 99});
	put(p, 2, "\"centre\"", (struct opts){.at = 1, .central = true});
	shows(p, FORM_CENTRAL, "\"centre\"", 2, false);
	put(p, 3, "\"centre 2\"", (struct opts){.at = 2, .central = true});
	put(p, 4, "\"clerk 2\"", (struct opts){.at = 100});
	shows(p, FORM_CENTRAL, "\"centre 2\"", 3, false);
}

/* clause: M14 */
static void an_erased_entry_keeps_its_place_without_its_values(void **state)
{
	struct pot *p = *state;
	struct merge_value v;
	bool conflict;

	put(p, 1, "\"old\"", (struct opts){.at = 1});
	put(p, 2, "\"secret\"", (struct opts){.at = 0, .erased = true, .after = 1, .nafter = 1});
	assert_int_equal(merge_show(p->s, "f", FORM_KEEP, &p->scratch, &v, &conflict, NULL), RC_OK);
	assert_true(v.erased && v.raw.len == 0 && !conflict);
	assert_memory_equal(v.id, p->id[2], ENTRY_ID_LEN);
	assert_int_equal(merge_show(p->s, "f", FORM_UNION, &p->scratch, &v, &conflict, NULL),
			 RC_OK);
	assert_true(v.erased);
	put(p, 3, "\"new\"", (struct opts){.at = 3});
	shows(p, FORM_KEEP, "\"new\"", 3, true);
	shows(p, FORM_MAX, "\"new\"", 3, false);
	shows(p, FORM_UNION, "[\"new\"]", 3, false);
	struct buf b;
	buf_init(&b, LIMIT_MIB);
	assert_int_equal(merge_write(p->s, &b, NULL), RC_OK);
	for (size_t i = 0; i + 6 <= b.len; i++)
		assert_memory_not_equal(b.p + i, "secret", 6);
	buf_free(&b);
	put(p, 4, "\"end\"", (struct opts){.at = 4, .after = 2, .nafter = 2});
	shows(p, FORM_KEEP, "\"end\"", 4, false);
}

/* clause: A9 */
static void blind_is_a_write_over_values_that_names_none(void **state)
{
	struct pot *p = *state;

	assert_false(put(p, 1, "1", (struct opts){.at = 1}));
	assert_true(put(p, 2, "2", (struct opts){.at = 2}));
	assert_false(put(p, 3, "3", (struct opts){.at = 3, .after = 1, .nafter = 2}));
	assert_false(
	    put(p, 4, "4",
		(struct opts){.at = 4, .after = 1, .nafter = 1})); /* names one, though dead */
	assert_false(
	    put(p, 5, "5", (struct opts){.at = 5, .field = "g"})); /* a field without values */
}

static void after_is_all_siblings_once_and_at_most_64(void **state)
{
	struct pot *p = *state;
	const char *const both[] = {"f", "g", "missing", NULL};
	struct buf ids;

	for (size_t i = 1; i <= 70; i++)
		put(p, i, "1", (struct opts){.at = 1, .field = i % 2 ? "f" : "g"});
	put(p, 90, "1", (struct opts){.at = 1, .after = 10, .nafter = 60, .reason = "\"r\""});
	buf_init(&ids, LIMIT_MIB);
	assert_int_equal(merge_after(p->s, both, &ids, NULL), RC_OK);
	/* f: 1 3 5 7 9 and 90; g: all 35, which 90 does not set */
	assert_int_equal(ids.len, (5 + 1 + 35) * ENTRY_ID_LEN);
	for (size_t i = 1; i < ids.len / ENTRY_ID_LEN; i++)
		assert_true(memcmp(ids.p + (i - 1) * ENTRY_ID_LEN, ids.p + i * ENTRY_ID_LEN,
				   ENTRY_ID_LEN) < 0);
	for (size_t i = 71; i < 90; i++)
		put(p, i, "1", (struct opts){.at = 1});
	for (size_t i = 91; i < 99; i++)
		put(p, i, "1", (struct opts){.at = 1, .field = "g"});
	buf_reset(&ids);
	assert_int_equal(merge_after(p->s, both, &ids, NULL), RC_OK);
	assert_int_equal(ids.len, LIMIT_ENTRY_AFTER * ENTRY_ID_LEN);
	buf_free(&ids);
}

static void the_same_entry_twice_is_our_own_fault(void **state)
{
	struct pot *p = *state;
	const struct entry_field f = {.name = span_str("f"), .raw = span_str("1")};
	const struct merge_input in = {.id = p->id[1], .field = &f, .nfield = 1};

	put(p, 1, "1", (struct opts){.at = 1});
	assert_int_equal(merge_apply(p->s, &in, NULL, NULL, NULL), RC_INTERNAL);
}

static void shown_values_as_an_object(void **state)
{
	struct pot *p = *state;

	put(p, 1, "[\"x\"]", (struct opts){.at = 1, .field = "list"});
	put(p, 2, "{\"sha256\":\"00\",\"size\":1,\"type\":\"t\",\"name\":\"n\"}",
	    (struct opts){.at = 1, .field = "blob"});
	put(p, 3, "true", (struct opts){.at = 1, .reason = "\"vì\""});
	put(p, 4, "", (struct opts){.at = 0, .erased = true, .field = "gone"});
	struct json *o = merge_json(p->s, NULL);
	char *text = json_print(o);
	assert_string_equal(
	    text,
	    "{\"blob\":{\"sha256\":\"00\",\"size\":1,\"type\":\"t\",\"name\":\"n\"},\"f\":true,"
	    "\"list\":[\"x\"],\"reason\":\"vì\"}");
	free(text);
	json_free(o);
}

/* clause: M11 */
static void a_state_has_one_writing(void **state)
{
	struct pot *p = *state;
	struct merge_state *read = NULL, *copy = NULL;
	struct buf b, again;

	put(p, 1, "\"a\"", (struct opts){.at = 1, .central = true, .reason = "\"r\""});
	put(p, 2, "\"b\"", (struct opts){.at = INT64_C(9007199254740991), .field = "g"});
	put(p, 3, "", (struct opts){.at = 0, .erased = true, .field = "h"});
	const struct entry_field f = {.name = span_str("f"), .raw = span_str("7")};
	const struct merge_input in = {.id = p->id[9],
				       .at = 300,
				       .field = &f,
				       .nfield = 1,
				       .after = (const uint8_t(*)[ENTRY_ID_LEN])p->id[20],
				       .nafter = 2};
	const bool absent[2] = {false, false};
	assert_int_equal(merge_apply(p->s, &in, absent, NULL, NULL), RC_OK);
	buf_init(&b, LIMIT_MIB);
	buf_init(&again, LIMIT_MIB);
	assert_int_equal(merge_write(p->s, &b, NULL), RC_OK);
	assert_int_equal(merge_read(span_buf(&b), &read, NULL), RC_OK);
	assert_int_equal(merge_copy(read, &copy, NULL), RC_OK);
	assert_int_equal(merge_write(copy, &again, NULL), RC_OK);
	assert_true(span_eq(span_buf(&b), span_buf(&again)));
	merge_free(read);
	merge_free(copy);
	/* whatever is damaged either does not read or was another state, written in its one way */
	for (size_t i = 0; i < b.len; i++) {
		assert_int_equal(merge_read(span_of(b.p, i), &read, NULL), RC_CORRUPT);
		for (unsigned bit = 0; bit < 8; bit++) {
			b.p[i] ^= (uint8_t)(1U << bit);
			enum rc rc = merge_read(span_buf(&b), &read, NULL);
			assert_true(rc == RC_OK || rc == RC_CORRUPT);
			if (!rc) {
				buf_reset(&again);
				assert_int_equal(merge_write(read, &again, NULL), RC_OK);
				assert_true(span_eq(span_buf(&b), span_buf(&again)));
				merge_free(read);
			}
			b.p[i] ^= (uint8_t)(1U << bit);
		}
	}
	buf_add_char(&b, 0);
	assert_int_equal(merge_read(span_buf(&b), &read, NULL), RC_CORRUPT);
	buf_free(&b);
	buf_free(&again);
}

/* Dead writes do not pile up in a state that lives long. */
static void a_long_life_keeps_little(void **state)
{
	struct pot *p = *state;
	char raw[2002];
	struct buf b;

	memset(raw, 'x', sizeof(raw));
	raw[0] = raw[2000] = '"';
	raw[2001] = 0;
	for (size_t i = 0; i < 20000; i++) {
		size_t id = 1 + i % 2;
		put(p, id, raw,
		    (struct opts){.at = (int64_t)i, .after = 2 - i % 2, .nafter = i > 0});
	}
	assert_int_equal(count(p, "f"), 1);
	buf_init(&b, LIMIT_MIB);
	assert_int_equal(merge_write(p->s, &b, NULL), RC_OK);
	assert_true(b.len < 2100);
	buf_free(&b);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(a_conflict_closes_when_somebody_names_all_its_sides),
	    TEST(showing_changes_nothing_and_follows_the_policy_asked_for),
	    TEST(keep_shows_one_value_or_a_conflict),
	    TEST(null_is_a_value),
	    TEST(latest_is_the_greatest_time_then_id),
	    TEST(max_and_min_compare_numbers_as_numbers),
	    TEST(equal_numbers_and_texts_are_settled_by_time),
	    TEST(union_is_every_string_once_in_order),
	    TEST(central_goes_before_a_clerk_whatever_the_time),
	    TEST(an_erased_entry_keeps_its_place_without_its_values),
	    TEST(blind_is_a_write_over_values_that_names_none),
	    TEST(after_is_all_siblings_once_and_at_most_64),
	    TEST(the_same_entry_twice_is_our_own_fault),
	    TEST(shown_values_as_an_object),
	    TEST(a_state_has_one_writing),
	    TEST(a_long_life_keeps_little),
	};

	return cmocka_run_group_tests_name("merge", tests, NULL, NULL);
}
