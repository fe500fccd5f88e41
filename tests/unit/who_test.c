/*
 * who: what the log says of a member of staff decides what they see: communes of several certs,
 * everything with "*", nothing once revoked; the machine's owner sees all.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "server-stub/who.h"
#include "tests/support/actor.h"

enum { COMMUNES = 100, CERT = 64 };

struct centre {
	struct actor root, national, local, clerk;
	struct keyring *ring;
	int64_t index;
};

static void add(struct centre *c, struct entry *e)
{
	assert_int_equal(keyring_add(c->ring, e, c->index++, NULL, NULL), RC_OK);
	entry_free(e);
}

static void scopes_text(int from, int to, char *ret, size_t size)
{
	size_t len = 0;

	for (int i = to - 1; i >= from; i--) /* not in order: who sorts */
		len += (size_t)snprintf(ret + len, size - len, "%05d ", i + 1);
	ret[len - 1] = '\0';
}

static int setup(void **state)
{
	static struct centre c;
	char text[CERT * 6 + 1];

	memset(&c, 0, sizeof(c));
	actor_init(&c.root, 0);
	actor_init(&c.national, 1);
	actor_init(&c.local, 2);
	actor_init(&c.clerk, 3);
	assert_int_equal(keyring_new(c.root.pk, &c.ring, NULL), RC_OK);
	add(&c, actor_open(&c.root, "*"));
	add(&c, actor_cert(&c.root, "*", c.national.pk, ROLE_VERIFIER, "*", NULL));
	scopes_text(0, CERT, text, sizeof(text));
	add(&c, actor_cert(&c.root, "*", c.local.pk, ROLE_PROVINCE_VERIFIER, text, NULL));
	scopes_text(CERT, COMMUNES, text, sizeof(text));
	add(&c, actor_cert(&c.root, "*", c.local.pk, ROLE_PROVINCE_VERIFIER, text, NULL));
	*state = &c;
	return 0;
}

static int teardown(void **state)
{
	struct centre *c = *state;

	keyring_free(c->ring);
	actor_free(&c->root);
	actor_free(&c->national);
	actor_free(&c->local);
	actor_free(&c->clerk);
	return 0;
}

static void test_province(void **state)
{
	struct centre *c = *state;
	struct op_call call = {.home = NULL};
	struct who w;
	struct err e;
	char code[6];

	assert_int_equal(who_read(c->ring, "tinh", c->local.pk, &w, NULL), RC_OK);
	assert_string_equal(w.account, "tinh");
	assert_int_equal(w.role, ROLE_PROVINCE_VERIFIER);
	assert_false(w.all);
	call.who = &w;
	for (int i = 0; i < 2 * COMMUNES; i++) {
		snprintf(code, sizeof(code), "%05d", i + 1);
		assert_int_equal(who_sees(&call, code), i < COMMUNES);
	}
	assert_true(who_sees(&call, "*"));
	assert_false(who_sees(&call, NULL));
	assert_int_equal(who_check(&call, "00500", &e), RC_DENIED);
	assert_string_equal(e.key, "who.scope");
	assert_string_equal(err_arg(&e, "scope"), "00500");
	assert_int_equal(who_check(&call, NULL, &e), RC_DENIED);
	assert_string_equal(e.key, "who.all");
	assert_int_equal(who_check(&call, "00007", &e), RC_OK);
	who_free(&w);
}

static void test_everything(void **state)
{
	struct centre *c = *state;
	struct op_call call = {.home = NULL};
	struct who w;

	assert_int_equal(who_read(c->ring, "tw", c->national.pk, &w, NULL), RC_OK);
	assert_true(w.all);
	call.who = &w;
	assert_true(who_sees(&call, "00500") && who_sees(&call, NULL) && who_sees(&call, "*"));
	who_free(&w);
	call.who = NULL; /* the command line */
	assert_null(who_of(&call));
	assert_true(who_sees(&call, "00500") && who_sees(&call, NULL));
	assert_int_equal(who_check(&call, "00500", NULL), RC_OK);
}

static void test_nobody(void **state)
{
	struct centre *c = *state;
	struct who w;
	struct err e;

	assert_int_equal(who_read(c->ring, "la", c->clerk.pk, &w, &e), RC_DENIED);
	assert_string_equal(e.key, "who.unknown");
	assert_int_equal(who_read(c->ring, "goc", c->root.pk, &w, &e), RC_DENIED);
	add(c, actor_cert(&c->root, "*", c->clerk.pk, ROLE_CLERK, "00004", c->local.pk));
	assert_int_equal(who_read(c->ring, "la", c->clerk.pk, &w, &e), RC_DENIED);
	add(c, actor_revoke(&c->root, "*", c->national.pk, c->index));
	assert_int_equal(who_read(c->ring, "tw", c->national.pk, &w, &e), RC_DENIED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_province, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_everything, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_nobody, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
