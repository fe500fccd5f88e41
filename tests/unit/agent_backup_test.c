/*
 * agent_backup_test: a PC's backup holds its records, photos, drafts and sealed keys, and not its
 * device key; a home made of it has all of that, works with the same PIN, and is another PC:
 * it writes in feeds of its own. A damaged backup makes nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/author.h"
#include "agent/backup.h"
#include "agent/draft.h"
#include "agent/ops.h"
#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "tests/support/desk.h"

#define ASSET                                                                                        \
	"'unit_code':'0045101','name':'%s','class':'Máy móc, thiết bị','uom':'Cái',"          \
	"'quantity':'1','use_year':'2024','value_basis':'Theo sổ kế toán','condition':'Tốt'," \
	"'use_state':'Còn sử dụng được, đúng mục đích'"

struct fix {
	struct desk desk;
	char *dir, *file, *home;
	uint8_t blob[32];
};

static void must(enum rc rc, const struct err *e)
{
	if (rc != RC_OK)
		fail_msg("%s %s %s", err_name(rc), e->clause, e->key);
}

static char *in(const char *dir, const char *name)
{
	char *path = NULL;

	assert_int_equal(os_path_join(&path, dir, name, NULL), RC_OK);
	return path;
}

static int setup(void **state)
{
	struct fix *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	desk_open(&f->desk, 2);
	desk_sync(&f->desk);
	assert_int_equal(os_dir_temp(&f->dir, "agent_backup", NULL), RC_OK);
	f->file = in(f->dir, "backup");
	f->home = in(f->dir, "home");
	json_free(desk_run(&f->desk, &op_record, RC_OK,
			   "{'kind':'asset','clerk':'Nguyễn Văn An','fields':{" ASSET "}}", "Bàn"));
	desk_sync(&f->desk);
	json_free(desk_run(&f->desk, &op_record, RC_OK,
			   "{'kind':'asset','clerk':'Nguyễn Văn An','fields':{" ASSET "}}", "Ghế"));
	json_free(desk_run(&f->desk, &op_record, RC_OK,
			   "{'kind':'weekly_statement','clerk':'Nguyễn Văn An','fields':{}}"));
	assert_int_equal(store_blob_put(f->desk.agent.store, span_str("một tấm ảnh"), f->blob,
					NULL),
			 RC_OK);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fix *f = *state;

	desk_close(&f->desk);
	assert_int_equal(os_dir_remove(f->dir, NULL), RC_OK);
	free(f->dir);
	free(f->file);
	free(f->home);
	free(f);
	return 0;
}

static int64_t number(const struct json *o, const char *name)
{
	int64_t v = -1;

	assert_true(json_get_int(o, name, &v));
	return v;
}

static void assert_numbers(const struct json *o)
{
	assert_int_equal(number(o, "saved"), 4); /* two openings and two assets */
	assert_int_equal(number(o, "unsent"), 1);
	assert_int_equal(number(o, "drafts"), 1);
	assert_int_equal(number(o, "clerks"), 2);
	assert_int_equal(number(o, "blobs"), 1);
}

static void back_up(struct fix *f)
{
	struct json *o = desk_run(&f->desk, &op_backup, RC_OK, "{'file':'%s'}", f->file);

	assert_numbers(o);
	json_free(o);
}

static enum rc restore(struct fix *f, struct json **ret, struct err *e)
{
	const struct op_call call = {.program = &f->desk.program, .home = f->home};
	struct json *in = json_object();
	enum rc rc;

	json_set_str(in, "file", f->file);
	rc = op_run(&op_restore, &call, in, ret, e);
	json_free(in);
	return rc;
}

/* Does the file hold these bytes? */
static bool holds(const char *path, struct span what)
{
	struct buf b;
	bool found = false;

	buf_init(&b, LIMIT_INPUT_FILE);
	assert_int_equal(os_file_read(path, &b, NULL), RC_OK);
	for (size_t i = 0; i + what.len <= b.len && !found; i++)
		found = memcmp(b.p + i, what.p, what.len) == 0;
	buf_free(&b);
	return found;
}

static void test_round(void **state)
{
	struct fix *f = *state;
	struct agent other = {.clock = f->desk.agent.clock};
	struct store_clerk clerk;
	struct store_feed feed, was;
	struct crypt_signer *device = NULL, *old = NULL;
	struct author *a = NULL;
	struct json *o = NULL, *drafts = NULL;
	struct buf b;
	char *path;
	struct err e = {0};

	back_up(f);
	/* what signs requests never leaves the PC, and no key is there in the open */
	buf_init(&b, LIMIT_KIB);
	path = in(f->desk.home, "device.key");
	assert_int_equal(os_file_read(path, &b, NULL), RC_OK);
	assert_int_equal(b.len, CRYPT_SEED_LEN);
	assert_false(holds(f->file, span_buf(&b)));
	free(path);
	must(restore(f, &o, &e), &e);
	assert_numbers(o);
	assert_string_equal(json_get_str(o, "home"), f->home);
	json_free(o);
	must(store_open(&other.store, f->home, false, other.clock, &e), &e);
	must(keys_open(&other.keys, f->home, other.clock, &e), &e);
	buf_reset(&b);
	must(store_blob_get(other.store, f->blob, &b, &e), &e);
	assert_true(span_eq_str(span_buf(&b), "một tấm ảnh"));
	must(draft_list(&other, &drafts, NULL, &e), &e);
	assert_int_equal(json_len(drafts), 1);
	/* another PC: no device key until it is enrolled; then a feed of its own */
	assert_int_equal(keys_device(other.keys, false, &device, NULL), RC_NOTFOUND);
	must(store_clerk(other.store, 0, &clerk, &e), &e);
	must(author_open(&other, clerk.name, DESK_PIN, &a, &e), &e);
	author_free(a);
	must(keys_device(other.keys, false, &device, &e), &e);
	must(keys_device(f->desk.agent.keys, false, &old, &e), &e);
	assert_memory_not_equal(crypt_signer_pk(device), crypt_signer_pk(old), CRYPT_PK_LEN);
	must(store_feed(other.store, clerk.key, clerk.scope, crypt_signer_pk(device), &feed, &e),
	     &e);
	must(store_feed(f->desk.agent.store, clerk.key, clerk.scope, crypt_signer_pk(old), &was,
			&e),
	     &e);
	assert_int_equal(feed.next_seq, 0);
	assert_true(feed.goes_on);
	assert_memory_not_equal(feed.feed, was.feed, ENTRY_FEED_LEN);
	json_free(drafts);
	keys_free(other.keys);
	store_free(other.store);
	/* not over a store */
	assert_int_equal(restore(f, &o, &e), RC_EXISTS);
	assert_string_equal(e.key, "restore.used");
	buf_free(&b);
}

static void test_again(void **state)
{
	struct fix *f = *state;
	struct os_names names;

	back_up(f);
	assert_null(desk_run(&f->desk, &op_backup, RC_EXISTS, "{'file':'%s'}", f->file));
	f->desk.agent.in_backup = true;
	assert_null(desk_run(&f->desk, &op_backup, RC_BUSY, "{'file':'%s2'}", f->file));
	f->desk.agent.in_backup = false;
	assert_int_equal(os_dir_list(f->dir, &names, NULL), RC_OK);
	assert_int_equal(names.n, 1);
	os_names_free(&names);
}

/* Nothing is made of a backup that is not whole; the next attempt works. */
static void test_damaged(void **state)
{
	struct fix *f = *state;
	struct json *o = NULL;
	struct os_names names;
	struct buf b;
	struct err e = {0};

	back_up(f);
	buf_init(&b, LIMIT_INPUT_FILE);
	assert_int_equal(os_file_read(f->file, &b, NULL), RC_OK);
	for (size_t at = 100; at < b.len; at += b.len / 7) {
		b.p[at] ^= 1;
		assert_int_equal(os_file_write(f->file, span_buf(&b), OS_REPLACE, NULL), RC_OK);
		b.p[at] ^= 1;
		assert_int_equal(restore(f, &o, &e), RC_CORRUPT);
		assert_string_equal(e.key, "parcel.damaged");
		assert_int_equal(os_dir_list(f->home, &names, NULL), RC_OK);
		assert_int_equal(names.n, 1); /* the lock */
		os_names_free(&names);
	}
	assert_int_equal(os_file_write(f->file, span_buf(&b), OS_REPLACE, NULL), RC_OK);
	must(restore(f, &o, &e), &e);
	json_free(o);
	buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_round, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_again, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
