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
#include "lib/os.h"
#include "server-stub/built_in.h"
#include "tests/support/actor.h"

enum { NOW = 1795100000 };

struct fix {
	char *home;
	struct archive *a;
	struct ingest *g;
	struct clock_manual clock;
	struct actor root;
	struct crypt_signer *log;
	struct collector col;
};

static int setup(void **state)
{
	struct fix *f = calloc(1, sizeof(*f));
	uint8_t seed[CRYPT_SEED_LEN] = {9};
	struct ingest_conf conf = {.thread = false};

	assert_non_null(f);
	assert_int_equal(crypt_init(NULL), RC_OK);
	assert_int_equal(os_dir_temp(&f->home, "built_in_test", NULL), RC_OK);
	assert_int_equal(archive_sqlite_open(&f->a, f->home, true, NULL), RC_OK);
	assert_int_equal(crypt_signer_seed(seed, &f->log, NULL), RC_OK);
	clock_manual_init(&f->clock, NOW);
	actor_init(&f->root, 1);
	conf.archive = f->a;
	conf.clock = &f->clock.clock;
	conf.log = f->log;
	conf.root = f->root.pk;
	assert_int_equal(ingest_open(&f->g, &conf, NULL), RC_OK);
	f->col.clock = &f->clock.clock;
	f->col.archive = f->a;
	f->col.ingest = f->g;
	f->col.home = f->home;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fix *f = *state;

	ingest_free(f->g);
	archive_free(f->a);
	crypt_signer_free(f->log);
	actor_free(&f->root);
	assert_int_equal(os_dir_remove(f->home, NULL), RC_OK);
	free(f->home);
	free(f);
	return 0;
}

/* The names of those that are missing. */
static struct json *missing(struct fix *f)
{
	const struct ingest_snapshot *snap = ingest_snapshot(f->g);
	struct json *names = json_array();

	assert_int_equal(built_in_missing(snap->forms, names, NULL), RC_OK);
	ingest_snapshot_end(f->g, snap);
	return names;
}

static size_t publish(struct fix *f, const struct form_set *have)
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
	struct fix *f = *state;
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
