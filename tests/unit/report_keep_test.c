/*
 * report_keep_test: what a frozen issue said, in the collector's store: an issue longer than any document comes back as
 * the same file; one that was never kept, and one of which a part is gone, are named.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "server-stub/report_keep.h"
#include "tests/support/sequencer.h"

#define WEEK "2026-W48"

enum { COMMUNES = 400, OBSTACLES = 15000 };

static int setup(void **state)
{
	struct sequencer *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	sequencer_open(f, "report_keep_test", 1795100000);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	sequencer_close(*state);
	free(*state);
	return 0;
}

/* As report_kept writes it: a report of that many communes, each with a long text. */
static struct report *make(void)
{
	struct json *o = NULL, **part = calloc(1, sizeof(struct json *));
	char text[OBSTACLES + 1];
	struct report *r = NULL;
	struct buf b;

	memset(text, 'x', OBSTACLES);
	text[OBSTACLES] = '\0';
	assert_non_null(part);
	assert_int_equal(json_parse(span_str("{\"root\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\",\"previous\":\"\",\"rows\":[]}"),
				    NULL, &o, NULL), RC_OK);
	struct json *units = json_array(), *total = json_array();
	json_append_str(total, "");
	json_append_str(total, "");
	for (size_t i = 0; i < REPORT_FIGURES; i++)
		json_append(total, json_integer(0));
	for (size_t i = 0; i < COMMUNES; i++) {
		struct json *u = NULL;

		buf_init(&b, LIMIT_TEXT);
		buf_addf(&b, "[\"%05zu\",\"X\",\"01\",6,0,0,0,1,1]", i);
		assert_int_equal(json_parse(span_buf(&b), NULL, &u, NULL), RC_OK);
		json_append_str(u, text);
		json_append(units, u);
		buf_free(&b);
	}
	json_set(o, "total", total);
	json_set(o, "units", units);
	part[0] = o;
	assert_int_equal(report_of_kept(part, 1, WEEK, 1, &r, NULL), RC_OK);
	return r;
}

static void file_of(const struct report *r, uint8_t retsha[CRYPT_HASH_LEN])
{
	struct buf csv;

	buf_init(&csv, LIMIT_BLOB);
	assert_int_equal(report_csv(r, &csv, retsha, NULL), RC_OK);
	assert_true(csv.len > LIMIT_JSON_TEXT);
	buf_free(&csv);
}

static enum rc drop_part(void *arg, struct archive_writer *w, struct err *reterr)
{
	return w->doc_put(w->ctx, "issue", arg, NULL, reterr);
}

/* clause: R2 */
static void a_long_issue_comes_back(void **state)
{
	const struct report_make m = {.week = WEEK, .size = 1, .erased = 3};
	struct sequencer *f = *state;
	struct report *r = make(), *back = NULL;
	uint8_t sha[CRYPT_HASH_LEN], again[CRYPT_HASH_LEN];
	struct err err = {0};
	char key[80];

	file_of(r, sha);
	assert_int_equal(report_keep_read(&f->col, sha, &m, &back, &err), RC_NOTFOUND);
	assert_string_equal(err.key, "report.not_kept");
	assert_string_equal(err.clause, "R2");
	assert_int_equal(report_keep_write(&f->col, sha, r, &err), RC_OK);
	assert_int_equal(report_keep_read(&f->col, sha, &m, &back, &err), RC_OK);
	file_of(back, again);
	assert_memory_equal(sha, again, sizeof(sha));
	report_free(back);
	codec_hex(sha, sizeof(sha), key);
	memcpy(key + CODEC_HEX_LEN(CRYPT_HASH_LEN), ".2", 3);
	assert_int_equal(ingest_write(f->col.ingest, drop_part, key, &err), RC_OK);
	assert_int_equal(report_keep_read(&f->col, sha, &m, &back, &err), RC_CORRUPT);
	assert_string_equal(err.key, "report.kept");
	report_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(a_long_issue_comes_back, setup, teardown)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
