/*
 * session_pull_test: which parts of the log an answer reads. A long run of the request's own
 * lines is skipped, a short one is read and left out; whatever runs there are, every line of
 * others is given once and none of the request's own, and the cursor is the same. Clauses P16, P17.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/json.h"
#include "sync/session.h"
#include "tests/support/rng.h"

enum { LOG_SIZE = 400, READS_MAX = 64, CASES = 300, LONG_RUN = 16 };

/* A log that writes down what is read of it; each line is the text of its index. */
struct log {
	int64_t from[READS_MAX], to[READS_MAX];
	size_t nread;
	size_t lines;
};

static enum rc pull(void *ctx, const char *scope, int64_t from, int64_t size,
		    bool (*take)(void *arg, struct span line, int64_t index, bool authority),
		    void *arg, struct err *reterr)
{
	struct log *l = ctx;
	char text[32];

	(void)scope, (void)reterr;
	assert_true(l->nread < READS_MAX && from < size);
	l->from[l->nread] = from;
	l->to[l->nread++] = size;
	for (int64_t i = from; i < size; i++) {
		snprintf(text, sizeof(text), "line %d", (int)i);
		l->lines++;
		if (!take(arg, span_str(text), i, false))
			break;
	}
	return RC_OK;
}

static enum rc node(void *ctx, unsigned level, uint64_t index, uint8_t ret[TREE_HASH],
		    struct err *reterr)
{
	(void)ctx, (void)reterr;
	memset(ret, (int)(level + index), TREE_HASH);
	return RC_OK;
}

/* The answer to a request whose n lines got these indexes. */
static void answer(struct log *l, const int64_t *own, size_t n, int64_t after, struct buf *out)
{
	struct session_line *line = calloc(n + 1, sizeof(*line));
	struct session_verdict *verdict = calloc(n + 1, sizeof(*verdict));
	struct session_request r = {
	    .scope = "00004", .after = after, .size = LOG_SIZE, .line = line, .nline = n};
	const struct session_server_store st = {.ctx = l,
						.tree = {NULL, node},
						.epoch = "q6Pz",
						.size = LOG_SIZE,
						.note_text = span_str("note"),
						.give = true,
						.pull = pull};

	assert_true(line && verdict);
	for (size_t i = 0; i < n; i++)
		verdict[i] = (struct session_verdict){.kind = SESSION_ACCEPTED, .index = own[i]};
	memset(l, 0, sizeof(*l));
	buf_reset(out);
	assert_int_equal(session_server_reply(&st, &r, verdict, out, NULL), RC_OK);
	free(line);
	free(verdict);
}

/* The lines given are those of [after, size) that are not own, in their order; so is the cursor. */
static void check(const struct buf *out, const bool *own, int64_t after)
{
	struct span rest = span_buf(out), line;
	struct json *head = NULL;
	char text[32];
	int64_t cursor = -1;

	assert_true(span_line(&rest, &line));
	assert_int_equal(json_parse(line, &json_rules_tree, &head, NULL), RC_OK);
	for (int64_t i = after; i < LOG_SIZE; i++) {
		if (own[i])
			continue;
		snprintf(text, sizeof(text), "line %d", (int)i);
		assert_true(span_line(&rest, &line));
		assert_true(span_eq_str(line, text));
	}
	assert_int_equal(rest.len, 0);
	assert_true(json_get_int(head, "after", &cursor));
	assert_int_equal(cursor, LOG_SIZE);
	json_free(head);
}

static size_t run(int64_t *own, bool *is, size_t n, int64_t start, int64_t len)
{
	for (int64_t i = start; i < start + len; i++) {
		own[n++] = i;
		is[i] = true;
	}
	return n;
}

/* clause: P16 */
static void test_long_run(void **state)
{
	int64_t own[LOG_SIZE];
	bool is[LOG_SIZE] = {false};
	size_t n = run(own, is, 0, 150, 100);
	struct log l;
	struct buf b;

	(void)state;
	buf_init(&b, SESSION_BODY);
	answer(&l, own, n, 120, &b);
	check(&b, is, 120);
	assert_int_equal(l.nread, 2);
	assert_int_equal(l.from[0], 120);
	assert_int_equal(l.to[0], 150);
	assert_int_equal(l.from[1], 250);
	assert_int_equal(l.to[1], LOG_SIZE);
	answer(&l, own, n, 150, &b); /* nothing before it */
	check(&b, is, 150);
	assert_int_equal(l.nread, 1);
	answer(&l, own, n, 200, &b); /* the cursor stands within it */
	check(&b, is, 200);
	assert_int_equal(l.nread, 1);
	assert_int_equal(l.from[0], 250);
	answer(&l, own, n, 300, &b); /* long known: all of them duplicates */
	check(&b, is, 300);
	assert_int_equal(l.nread, 1);
	assert_int_equal(l.from[0], 300);
	buf_free(&b);
}

/* clause: P16 */
static void test_short_run(void **state)
{
	int64_t own[LOG_SIZE];
	bool is[LOG_SIZE] = {false};
	size_t n = run(own, is, 0, 150, LONG_RUN - 1);
	struct log l;
	struct buf b;

	(void)state;
	buf_init(&b, SESSION_BODY);
	answer(&l, own, n, 100, &b);
	check(&b, is, 100);
	assert_int_equal(l.nread, 1); /* one query is cheaper than a few rows */
	assert_int_equal(l.lines, LOG_SIZE - 100);
	buf_free(&b);
}

/* The end of the log is the request's own: what every push with nothing new from others leaves. clause: P16 */
static void test_nothing_else(void **state)
{
	int64_t own[LOG_SIZE];
	bool is[LOG_SIZE] = {false};
	size_t n = run(own, is, 0, LOG_SIZE - 100, 100);
	struct log l;
	struct buf b;

	(void)state;
	buf_init(&b, SESSION_BODY);
	answer(&l, own, n, LOG_SIZE - 100, &b);
	check(&b, is, LOG_SIZE - 100);
	assert_int_equal(l.nread, 0);
	buf_free(&b);
}

/* Any runs, in any order, lines named twice. clause: P16 P17 */
static void test_any_runs(void **state)
{
	uint64_t seed = rng_seed(20261123);
	struct log l;
	struct buf b;

	(void)state;
	buf_init(&b, SESSION_BODY);
	for (uint64_t c = 0; c < CASES; c++) {
		struct rng r = rng_case(seed, c);
		int64_t own[LOG_SIZE * 2];
		bool is[LOG_SIZE] = {false};
		int64_t after = (int64_t)rng_below(&r, LOG_SIZE);
		size_t n = 0;

		for (size_t k = rng_below(&r, 8); k > 0; k--) {
			int64_t len = 1 + (int64_t)rng_below(&r, 2 * LONG_RUN + 8);

			n = run(own, is, n, (int64_t)rng_below(&r, (size_t)(LOG_SIZE - len)), len);
		}
		for (size_t i = n; i > 1; i--) { /* duplicates come in the order of the request, not of the log */
			size_t j = rng_below(&r, i);
			int64_t t = own[i - 1];

			own[i - 1] = own[j];
			own[j] = t;
		}
		answer(&l, own, n, after, &b);
		check(&b, is, after);
	}
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_long_run),
	    cmocka_unit_test(test_short_run),
	    cmocka_unit_test(test_nothing_else),
	    cmocka_unit_test(test_any_runs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
