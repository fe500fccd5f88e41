/*
 * built_in_test: a log from before a built-in form was made: it is named, published with the root's key, and then
 * nothing is missing; an empty log lacks all of them. clause: K6
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/embed.h"
#include "server-stub/built_in.h"
#include "tests/support/sequencer.h"

enum { NOW = 1795100000 };

static int setup(void **state)
{
	struct sequencer *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	sequencer_open(f, "built_in_test", NOW);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	sequencer_close(*state);
	free(*state);
	return 0;
}

/* The names of those that are missing. */
static struct json *missing(struct sequencer *f)
{
	const struct ingest_snapshot *snap = ingest_snapshot(f->col.ingest);
	struct json *names = json_array();

	assert_int_equal(built_in_missing(snap->forms, names, NULL), RC_OK);
	ingest_snapshot_end(f->col.ingest, snap);
	return names;
}

static size_t publish(struct sequencer *f, const struct form_set *have)
{
	struct json *names = json_array();
	struct issuer *i = NULL;
	size_t n;

	assert_int_equal(issuer_open(&f->col, f->root.signer, "*", &i, NULL), RC_OK);
	assert_int_equal(built_in_add(&f->col, have, i, names, NULL), RC_OK);
	assert_int_equal(issuer_keep(i, NULL, NULL), RC_OK);
	issuer_free(i);
	n = json_len(names);
	json_free(names);
	return n;
}

/* All built-in forms but one, as a log of before it has them. */
static struct form_set *without(const char *name)
{
	struct form_set *all = NULL, *some = NULL;
	const struct form *x;

	assert_int_equal(form_set_new(&all, NULL), RC_OK);
	assert_int_equal(form_set_builtin(all, NULL), RC_OK);
	assert_int_equal(form_set_new(&some, NULL), RC_OK);
	for (size_t i = 0; (x = form_set_at(all, i, NULL)) != NULL; i++) {
		char path[FORM_NAME_LEN + 16];
		const struct embed_file *file;

		if (strcmp(x->name, name) == 0)
			continue;
		snprintf(path, sizeof(path), "forms/%s.json", x->name);
		file = embed_find(path);
		assert_non_null(file);
		assert_int_equal(form_set_load(some, span_of(file->data, file->len), FORM_PUBLISHED, NULL), RC_OK);
	}
	form_set_free(all);
	return some;
}

static void test_one(void **state)
{
	struct form_set *old = without("access");
	struct json *names = json_array();

	assert_int_equal(built_in_missing(old, names, NULL), RC_OK);
	assert_int_equal(json_len(names), 1);
	assert_string_equal(json_str(json_at(names, 0)), "access");
	assert_int_equal(publish(*state, old), 1);
	json_free(names);
	form_set_free(old);
}

static void test_all(void **state)
{
	struct sequencer *f = *state;
	struct json *names = missing(f);
	size_t n = json_len(names);

	assert_true(n > 1);
	assert_int_equal(publish(f, NULL), n);
	json_free(names);
	names = missing(f);
	assert_int_equal(json_len(names), 0);
	json_free(names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_one, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_all, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
