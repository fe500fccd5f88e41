/*
 * op: names, the check of a body against the table, running, wiping.
 */
#define _GNU_SOURCE /* setenv */
#include "lib/op.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/crypt.h"
#include "lib/limits.h"
#include "tests/support/op_table.h"
#include "tests/support/toy.h"

static const struct op *toy_op(const char *api)
{
	const struct op *op = op_find_api(&toy_program, api);

	assert_non_null(op);
	return op;
}

static struct json *parse(const char *text)
{
	struct json *v = NULL;

	assert_int_equal(json_parse(span_str(text), NULL, &v, NULL), RC_OK);
	return v;
}

static void names(void **state)
{
	char name[OP_NAME_MAX];

	(void)state;
	op_api_name(toy_op("note_get_all"), name);
	assert_string_equal(name, "note_get_all");
	assert_string_equal(toy_op("note_get_all")->name, "note get-all");
	assert_null(op_find_api(&toy_program, "note get-all"));
	assert_null(op_find_api(&toy_program, ""));
	op_option_name(op_find_arg(toy_op("add"), "pin"), name);
	assert_string_equal(name, "pin-fd");
	op_option_name(op_find_arg(toy_op("echo"), "out_dir"), name);
	assert_string_equal(name, "out-dir");
	assert_true(op_in_api(toy_op("add")));
	assert_false(op_in_api(toy_op("serve")));
	assert_false(op_in_api(toy_op("judge")));
}

/* Body, and the key and `name` of its refusal; key NULL: accepted. */
static const struct {
	const char *op, *body, *key, *name;
} bodies[] = {
    {"list", "{}", NULL, NULL},
    {"list", "[]", "op.body_object", NULL},
    {"list", "{\"x\":1}", "op.unknown_member", "x"},
    {"add", "{\"name\":\"a\",\"pin\":\"1\"}", NULL, NULL},
    {"add", "{\"name\":\"a\"}", "op.secret_missing", "pin"},
    {"add", "{\"name\":\"a\",\"pin\":\"\"}", "op.secret_missing", "pin"},
    {"add", "{\"name\":\"a\",\"pin\":1}", "op.type_string", "pin"},
    {"add", "{\"pin\":\"1\"}", "op.missing", "name"},
    {"add", "{\"name\":null,\"pin\":\"1\"}", "op.type_string", "name"},
    {"add", "{\"name\":\"a\",\"pin\":\"1\",\"amount\":1000}", NULL, NULL},
    {"add", "{\"name\":\"a\",\"pin\":\"1\",\"amount\":1001}", "op.int_range", "amount"},
    {"add", "{\"name\":\"a\",\"pin\":\"1\",\"amount\":0}", "op.int_range", "amount"},
    {"add", "{\"name\":\"a\",\"pin\":\"1\",\"amount\":\"5\"}", "op.type_int", "amount"},
    {"echo", "{\"kind\":\"k\",\"count\":-9007199254740991}", NULL, NULL},
    {"echo", "{\"kind\":\"k\",\"force\":false}", NULL, NULL},
    {"echo", "{\"kind\":\"k\",\"force\":1}", "op.type_bool", "force"},
    {"echo", "{\"kind\":\"k\",\"tag\":[\"a\",\"b\"]}", NULL, NULL},
    {"echo", "{\"kind\":\"k\",\"tag\":\"a\"}", "op.type_list", "tag"},
    {"echo", "{\"kind\":\"k\",\"tag\":[\"a\",1]}", "op.type_list", "tag"},
    {"echo", "{\"kind\":\"k\",\"set\":{\"a\":1,\"b\":[\"x\"],\"c\":null,\"d\":true}}", NULL, NULL},
    {"echo", "{\"kind\":\"k\",\"set\":[]}", "op.type_pairs", "set"},
    {"echo", "{\"kind\":\"k\",\"set\":{\"a\":{}}}", "op.type_pairs", "set"},
    {"echo", "{\"kind\":\"k\",\"set\":{\"a\":[1]}}", "op.type_pairs", "set"},
    {"echo", "{\"kind\":\"k\",\"file\":[{\"any\":null}]}", NULL, NULL},
    {"echo", "{\"kind\":\"k\",\"text\":{}}", "op.type_string", "text"},
    {"echo", "{\"kind\":\"k\",\"out_dir\":\"/x\"}", NULL, NULL},
    {"echo", "{\"kind\":\"k\",\"out_dir\":\"x\"}", "op.path_relative", "out_dir"},
    {"echo", "{\"kind\":\"k\",\"role\":\"input\"}", NULL, NULL},
    {"echo", "{\"kind\":\"k\",\"role\":\"Input\"}", "op.choice", "role"},
};

static void check_bodies(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct json *in = parse(bodies[i].body);
		struct err e = {0};
		enum rc rc = op_check(toy_op(bodies[i].op), in, &e);
		if (!bodies[i].key) {
			assert_int_equal(rc, RC_OK);
		} else {
			assert_int_equal(rc, RC_USAGE);
			assert_string_equal(e.key, bodies[i].key);
			if (bodies[i].name)
				assert_string_equal(err_arg(&e, "name"), bodies[i].name);
		}
		json_free(in);
	}
	assert_int_equal(op_check(toy_op("list"), NULL, NULL), RC_OK);
}

static void secret_length(void **state)
{
	struct json *in = parse("{\"name\":\"a\"}");
	char pin[LIMIT_PIN + 2];
	struct err e;

	(void)state;
	memset(pin, '1', sizeof(pin));
	pin[LIMIT_PIN] = '\0';
	json_set_str(in, "pin", pin);
	assert_int_equal(op_check(toy_op("add"), in, &e), RC_OK);
	pin[LIMIT_PIN] = '1';
	pin[LIMIT_PIN + 1] = '\0';
	json_set_str(in, "pin", pin);
	assert_int_equal(op_check(toy_op("add"), in, &e), RC_USAGE);
	assert_string_equal(e.key, "op.secret_long");
	json_free(in);
}

static void run_gives_an_object(void **state)
{
	const struct op_call call = {.program = &toy_program};
	struct json *out = NULL, *in = parse("{\"force\":true}");

	(void)state;
	assert_int_equal(op_run(toy_op("lazy"), &call, in, &out, NULL), RC_OK);
	assert_int_equal(json_kind(out), JSON_OBJECT);
	assert_int_equal(json_len(out), 0);
	json_free(out);
	json_free(in);
}

static void run_refuses_and_leaves_ret(void **state)
{
	const struct op_call call = {.program = &toy_program};
	struct json *out = NULL;
	struct err e;

	(void)state;
	assert_int_equal(op_run(toy_op("lazy"), &call, NULL, &out, &e), RC_USAGE);
	assert_string_equal(e.key, "op.secret_missing");
	assert_string_equal(err_arg(&e, "option"), "pin-fd");
	assert_null(out);
}

static void wipe(void **state)
{
	struct json *in = parse("{\"name\":\"An\",\"pin\":\"135790\"}");
	const char *pin = json_get_str(in, "pin");
	static const char zero[6];

	(void)state;
	op_wipe(toy_op("add"), in);
	assert_memory_equal(pin, zero, sizeof(zero));
	assert_string_equal(json_get_str(in, "name"), "An");
	op_wipe(toy_op("add"), NULL);
	json_free(in);
}

/* ---- voice and mutex ---- */

struct heard {
	int progress, notes;
	char last[ERR_KEY_LEN], value[ERR_ARG_LEN];
};

static void hear_progress(void *arg, const char *key, int64_t done, int64_t total)
{
	struct heard *h = arg;

	assert_string_equal(key, "op.waiting");
	assert_true(done <= total);
	h->progress++;
}

static void hear_note(void *arg, const struct err *msg)
{
	struct heard *h = arg;

	memcpy(h->last, msg->key, sizeof(h->last));
	memcpy(h->value, err_arg(msg, "n"), sizeof(h->value));
	h->notes++;
}

static void voice(void **state)
{
	struct heard h = {0};
	const struct op_voice v = {&h, hear_progress, hear_note, NULL};
	struct op_call call = {.program = &toy_program, .voice = &v};
	struct json *out = NULL, *in = parse("{\"ms\":30}");

	(void)state;
	assert_int_equal(op_run(toy_op("slow"), &call, in, &out, NULL), RC_OK);
	assert_true(h.progress >= 1);
	assert_int_equal(h.notes, 1);
	assert_string_equal(h.last, "rc.ok");
	assert_string_equal(h.value, "1");
	json_free(out);
	call.voice = NULL;
	assert_int_equal(op_run(toy_op("slow"), &call, in, &out, NULL), RC_OK);
	json_free(out);
	json_free(in);
}

/* The caller's language goes before that of the process. */
static void language(void **state)
{
	struct op_voice v = {.lang = "en"};
	struct op_call call = {.program = &toy_program, .voice = &v};

	(void)state;
	assert_int_equal(setenv("KIEMKE_LANG", "vi", 1), 0);
	assert_string_equal(op_lang(&call), "en");
	assert_int_equal(setenv("KIEMKE_LANG", "en_US.UTF-8", 1), 0);
	v.lang = "vi";
	assert_string_equal(op_lang(&call), "vi");
	v.lang = NULL;
	assert_string_equal(op_lang(&call), "en");
	call.voice = NULL;
	assert_string_equal(op_lang(&call), "en");
	assert_int_equal(unsetenv("KIEMKE_LANG"), 0);
	assert_string_equal(op_lang(&call), "vi");
}

static void lock_without_owner(void **state)
{
	const struct op_call call = {.program = &toy_program};

	(void)state;
	op_lock(&call);
	op_lock(&call); /* nothing there to block on */
	op_unlock(&call);
	op_unlock(&call);
}

static void toy_table(void **state)
{
	(void)state;
	op_table_assert(&toy_program);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(toy_table),
	    cmocka_unit_test(names),
	    cmocka_unit_test(check_bodies),
	    cmocka_unit_test(secret_length),
	    cmocka_unit_test(run_gives_an_object),
	    cmocka_unit_test(run_refuses_and_leaves_ret),
	    cmocka_unit_test(wipe),
	    cmocka_unit_test(voice),
	    cmocka_unit_test(language), cmocka_unit_test(lock_without_owner),
	};

	if (os_init(NULL, NULL, NULL) != RC_OK || crypt_init(NULL) != RC_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
