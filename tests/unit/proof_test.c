/*
 * proof_test: a look at a record while somebody revokes its author's key finds nothing wrong: what was stored was right
 * before and is right after. What is wrong is found nevertheless.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/lang.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "server-stub/proof.h"
#include "server-stub/submission.h"
#include "tests/support/actor.h"

#define SCOPE "00004"

static const uint8_t asset[16] = {1, [6] = 0x70, [8] = 0x80};

struct fix {
	struct collector col;
	struct clock_manual clock;
	struct actor root, registrar, clerk;
	struct lang *lang;
};

static void submit(struct fix *f, struct entry *e)
{
	struct session_line line = {.e = e};
	struct session_verdict v;

	assert_int_equal(ingest_submit(f->col.ingest, &line, 1, &v, NULL), RC_OK);
	assert_int_equal(v.kind, SESSION_ACCEPTED);
	entry_free(e);
}

static int setup(void **state)
{
	struct fix *f = calloc(1, sizeof(*f));
	const uint8_t seed[CRYPT_SEED_LEN] = {9};
	struct ingest_conf conf;

	assert_non_null(f);
	assert_int_equal(crypt_init(NULL), RC_OK);
	assert_int_equal(lang_load("en", &f->lang, NULL), RC_OK);
	actor_init(&f->root, 1);
	actor_init(&f->registrar, 2);
	actor_init(&f->clerk, 3);
	clock_manual_init(&f->clock, 1795100000);
	f->col.clock = &f->clock.clock;
	assert_int_equal(os_dir_temp(&f->col.home, "proof_test", NULL), RC_OK);
	assert_int_equal(archive_sqlite_open(&f->col.archive, f->col.home, true, NULL), RC_OK);
	assert_int_equal(crypt_signer_seed(seed, &f->col.log, NULL), RC_OK);
	conf = (struct ingest_conf){
	    .archive = f->col.archive, .clock = f->col.clock, .log = f->col.log, .root = f->root.pk};
	assert_int_equal(ingest_open(&f->col.ingest, &conf, NULL), RC_OK);
	submit(f, actor_open(&f->root, "*"));
	submit(f, actor_cert(&f->root, "*", f->registrar.pk, ROLE_REGISTRAR, "*", NULL));
	submit(f, actor_open(&f->registrar, SCOPE));
	submit(f, actor_cert(&f->registrar, SCOPE, f->clerk.pk, ROLE_CLERK, SCOPE, NULL));
	submit(f, actor_open(&f->clerk, SCOPE));
	submit(f, actor_set(&f->clerk, SCOPE, "asset", asset, "{\"name\":\"Máy in\"}", NULL, 0));
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fix *f = *state;

	ingest_free(f->col.ingest);
	archive_free(f->col.archive);
	crypt_signer_free(f->col.log);
	lang_free(f->lang);
	actor_free(&f->root);
	actor_free(&f->registrar);
	actor_free(&f->clerk);
	assert_int_equal(os_dir_remove(f->col.home, NULL), RC_OK);
	free(f->col.home);
	free(f);
	return 0;
}

/* How many entries were found, how many things wrong, how many held back. */
static void look(struct fix *f, struct proof *p, int64_t entries, size_t wrong, int64_t held)
{
	struct archive_entity e;
	struct proof_found found = {.wrong = json_array()};
	struct proof_of of = {.no = 0};
	struct archive_reader *r = NULL;
	struct buf state, title;

	buf_init(&state, LIMIT_MERGE_STATE);
	buf_init(&title, LIMIT_TEXT);
	assert_int_equal(archive_read(f->col.archive, &r, NULL), RC_OK);
	assert_int_equal(r->entity(r->ctx, SCOPE, "asset", asset, &e, &state, &title, NULL), RC_OK);
	archive_read_end(f->col.archive, r);
	of.no = e.no;
	assert_int_equal(proof_entity(p, &of, &found, NULL), RC_OK);
	assert_int_equal(json_len(found.wrong), wrong);
	assert_int_equal(found.entries, entries);
	assert_int_equal(found.sound, entries - (int64_t)wrong);
	assert_int_equal(found.held, held);
	json_free(found.wrong);
	buf_free(&state);
	buf_free(&title);
}

/* The look began before it; the store was judged anew meanwhile. clause: A6 A10 */
static void a_revoke_meanwhile_is_no_alarm(void **state)
{
	struct fix *f = *state;
	const struct ingest_snapshot *held;
	struct proof *p = NULL;

	assert_int_equal(proof_open(&f->col, f->lang, &p, NULL), RC_OK);
	held = proof_snapshot(p);
	look(f, p, 1, 0, 0);
	submit(f, actor_revoke(&f->registrar, SCOPE, f->clerk.pk, 0));
	look(f, p, 1, 0, 1);
	assert_non_null(held->keyring); /* whoever asked for it before may still use it */
	look(f, p, 1, 0, 1);
	proof_free(p);
}

static enum rc spoil(void *arg, struct archive_writer *w, struct err *reterr)
{
	return w->verdict_put(w->ctx, *(const int64_t *)arg, KEYRING_Q_ROLE, reterr);
}

/* A verdict that no keys give is one whenever it is looked at. clause: A12 */
static void a_wrong_verdict_is_found(void **state)
{
	struct fix *f = *state;
	int64_t index = 5;
	struct proof *p = NULL;

	assert_int_equal(ingest_write(f->col.ingest, spoil, &index, NULL), RC_OK);
	assert_int_equal(proof_open(&f->col, f->lang, &p, NULL), RC_OK);
	look(f, p, 1, 1, 0);
	proof_free(p);
}

static bool has_flag(const struct json *o, const char *flag)
{
	for (const struct json *x = json_first(json_get_arr(o, "flags")); x; x = json_next(x))
		if (strcmp(json_str(x), flag) == 0)
			return true;
	return false;
}

/* Does the answer about that statement say that it was written again? */
static bool is_again(struct fix *f, const uint8_t id[16])
{
	struct json *o = json_object();
	struct archive_reader *r = NULL;
	struct archive_entity e;
	struct proof *p = NULL;
	struct buf state, title;
	bool is;

	buf_init(&state, LIMIT_MERGE_STATE);
	buf_init(&title, LIMIT_TEXT);
	assert_int_equal(archive_read(f->col.archive, &r, NULL), RC_OK);
	assert_int_equal(r->entity(r->ctx, SCOPE, "weekly_statement", id, &e, &state, &title, NULL), RC_OK);
	archive_read_end(f->col.archive, r);
	assert_int_equal(proof_open(&f->col, f->lang, &p, NULL), RC_OK);
	assert_int_equal(submission_proof(p, &e, f->lang, false, o, NULL), RC_OK);
	is = has_flag(o, "again");
	proof_free(p);
	json_free(o);
	buf_free(&state);
	buf_free(&title);
	return is;
}

/* A statement is a second one while the first counts, and no longer. clause: A9 */
static void a_flag_goes_with_what_it_came_of(void **state)
{
	static const uint8_t id[16] = {2, [6] = 0x70, [8] = 0x80};
	struct fix *f = *state;
	struct actor other;

	actor_init(&other, 4);
	submit(f, actor_cert(&f->registrar, SCOPE, other.pk, ROLE_CLERK, SCOPE, NULL));
	submit(f, actor_open(&other, SCOPE));
	submit(f, actor_set(&f->clerk, SCOPE, "weekly_statement", id, "{\"week\":\"2026-W48\"}", NULL, 0));
	assert_false(is_again(f, id));
	submit(f, actor_set(&other, SCOPE, "weekly_statement", id, "{\"week\":\"2026-W48\"}", NULL, 0));
	assert_true(is_again(f, id));
	submit(f, actor_revoke(&f->registrar, SCOPE, f->clerk.pk, 0));
	assert_false(is_again(f, id));
	actor_free(&other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_revoke_meanwhile_is_no_alarm, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_wrong_verdict_is_found, setup, teardown),
	    cmocka_unit_test_setup_teardown(a_flag_goes_with_what_it_came_of, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
