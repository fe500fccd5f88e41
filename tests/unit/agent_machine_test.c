/*
 * agent_machine: a store that wakes up on another machine: new feeds at once, a question
 * that blocks nothing, an answer that is kept. In one process.
 * clause: A15
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/machine.h"
#include "agent/ops.h"
#include "lib/codec.h"
#include "tests/support/desk.h"

static int setup(void **state)
{
	struct desk *d = calloc(1, sizeof(*d));

	desk_open(d, 1);
	*state = d;
	return 0;
}

static int teardown(void **state)
{
	desk_close(*state);
	free(*state);
	return 0;
}

static struct store_feed feed_of(struct desk *d)
{
	struct store_clerk c;
	struct store_feed f;
	struct crypt_signer *device = NULL;

	assert_int_equal(store_clerk(d->agent.store, 0, &c, NULL), RC_OK);
	assert_int_equal(keys_device(d->agent.keys, true, &device, NULL), RC_OK);
	assert_int_equal(store_feed(d->agent.store, c.key, DESK_SCOPE, crypt_signer_pk(device), &f,
				    NULL),
			 RC_OK);
	return f;
}

static bool check(struct desk *d, const char *id)
{
	bool is_new = false;

	assert_int_equal(machine_check(&d->agent, span_str(id), &is_new, NULL), RC_OK);
	return is_new;
}

static void record(struct desk *d)
{
	json_free(desk_run(d, &op_record, RC_OK,
			   "{'kind':'asset','fields':{'unit_code':'0045101','name':'Máy in','class':"
			   "'may_moc_thiet_bi','uom':'cai','quantity':'1','use_year':'2024',"
			   "'value_basis':'so_ke_toan','condition':'tot','use_state':'dung_muc_dich'}}"));
}

static bool asked(struct desk *d)
{
	struct json *o = desk_run(d, &op_status, RC_OK, "{}");
	bool yes = false;

	json_get_bool(o, "machine_question", &yes);
	json_free(o);
	return yes;
}

static void the_same_machine_asks_nothing(void **state)
{
	struct desk *d = *state;
	struct store_feed f = feed_of(d), g;

	assert_false(check(d, "one"));
	assert_false(check(d, "one"));
	assert_false(check(d, "")); /* the system tells nothing today */
	g = feed_of(d);
	assert_memory_equal(f.feed, g.feed, ENTRY_FEED_LEN);
	assert_true(g.next_seq > 0);
	assert_false(asked(d));
	json_free(desk_run(d, &op_machine, RC_OK, "{}"));
	desk_run(d, &op_machine, RC_CONFLICT, "{'answer':'moved'}");
	assert_string_equal(d->err.key, "machine.not_asked");
}

struct opening {
	const uint8_t *feed;
	char last[64];
	size_t n;
};

static bool take(void *arg, const struct store_entry *x)
{
	struct opening *o = arg;
	const struct entry_field *f;

	if (!x->e || memcmp(x->e->feed, o->feed, ENTRY_FEED_LEN) != 0)
		return true;
	o->n++;
	f = entry_field(x->e, "last");
	if (x->e->op == ENTRY_OPEN && f) {
		struct json *v = entry_value_json(f->raw);

		strncpy(o->last, json_str(v), sizeof(o->last) - 1);
		json_free(v);
	}
	return true;
}

static void another_machine_goes_on_in_a_new_feed(void **state)
{
	struct desk *d = *state;
	struct store_feed before, after;
	struct opening o = {.n = 0};
	char last[CODEC_B64U_32 + 1];
	char *said;
	struct json *out;

	record(d);
	before = feed_of(d);
	assert_false(check(d, "one"));
	assert_true(check(d, "two"));
	assert_true(asked(d));
	after = feed_of(d);
	assert_int_equal(after.next_seq, 0);
	assert_true(after.goes_on);
	assert_memory_equal(after.before, before.last, ENTRY_ID_LEN);
	record(d); /* nobody has answered: work goes on */
	after = feed_of(d);
	assert_int_equal(after.next_seq, 2);
	assert_memory_not_equal(after.feed, before.feed, ENTRY_FEED_LEN);
	o.feed = after.feed;
	assert_int_equal(store_each(d->agent.store, take, &o, NULL), RC_OK);
	assert_int_equal(o.n, 2);
	codec_b64u(before.last, ENTRY_ID_LEN, last);
	assert_string_equal(o.last, last);
	assert_false(check(d, "two"));
	assert_true(asked(d));
	out = desk_run(d, &op_machine, RC_OK, "{'answer':'copy'}");
	assert_string_equal(json_get_str(out, "answer"), "copy");
	said = desk_print(d, &op_machine, out);
	assert_non_null(strstr(said, "bản sao"));
	free(said);
	json_free(out);
	assert_false(asked(d));
	assert_true(check(d, "three")); /* and again elsewhere */
	assert_true(asked(d));
	out = desk_run(d, &op_machine, RC_OK, "{'answer':'moved'}");
	assert_string_equal(json_get_str(out, "answer"), "moved");
	json_free(out);
	assert_false(asked(d));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(the_same_machine_asks_nothing),
	    TEST(another_machine_goes_on_in_a_new_feed),
	};

	return cmocka_run_group_tests_name("agent_machine", tests, NULL, NULL);
}
