/*
 * agent_ops: operations of one PC around a sync: reasons once a record has been sent, two
 * values from two people, a check returned, receipts anyone can check, and every changed
 * byte refused by name. In one process with a collector in memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/ops.h"
#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "sync/note.h"
#include "tests/support/desk.h"

#define ASSET                                                                                      \
	"'unit_code':'0045101','name':'%s','class':'may_moc_thiet_bi','uom':'cai','quantity':'1'," \
	"'use_year':'2024','value_basis':'so_ke_toan','condition':'tot','use_state':'dung_muc_"    \
	"dich'"

static void must(enum rc rc, const struct err *err)
{
	if (rc != RC_OK)
		fail_msg("%s %s %s", err_name(rc), err->clause, err->key);
}

#define MUST(call)                    \
	do {                          \
		struct err why = {0}; \
		must((call), &why);   \
	} while (0)

static const struct json *first(const struct json *out)
{
	return json_at(json_get_arr(out, "records"), 0);
}

static char *id_of(struct json *out)
{
	const char *id = json_get_str(first(out), "id");
	char *copy = id ? span_dup(span_str(id)) : NULL;

	assert_non_null(copy);
	json_free(out);
	return copy;
}

static char *new_asset(struct desk *d, const char *name)
{
	return id_of(desk_run(d, &op_record, RC_OK, "{'kind':'asset','fields':{" ASSET "}}", name));
}

static char *new_check(struct desk *d)
{
	return id_of(desk_run(
	    d, &op_record, RC_OK,
	    "{'kind':'equipment_check','submit':true,'file':'{\\\"fields\\\":{\\\"unit_code\\\":"
	    "\\\"0045101\\\","
	    "\\\"staff_approved\\\":46,\\\"staff_present\\\":43},\\\"children\\\":[{\\\"kind\\\":"
	    "\\\"equipment_line\\\","
	    "\\\"fields\\\":{\\\"equip_type\\\":\\\"may_in\\\",\\\"qty_on_hand\\\":2,\\\"qty_"
	    "working\\\":2,"
	    "\\\"qty_broken\\\":0,\\\"qty_needed\\\":2,\\\"quality\\\":\\\"dap_ung\\\"}}]}'}"));
}

static int64_t num(const struct json *o, const char *name)
{
	int64_t v = -1;

	assert_true(json_get_int(o, name, &v));
	return v;
}

static bool is(const struct json *o, const char *name)
{
	bool v = false;

	assert_true(json_get_bool(o, name, &v));
	return v;
}

static void uuid_of(const char *text, uint8_t ret[16])
{
	assert_true(codec_uuid_dec(span_str(text), ret));
}

/* ---- reasons ---- */

static void test_reason_once_sent(void **state)
{
	struct desk d;
	char *id;

	(void)state;
	desk_open(&d, 1);
	id = new_asset(&d, "Máy in");
	json_free(desk_run(&d, &op_record, RC_OK,
			   "{'kind':'asset','id':'%s','fields':{'note':'a'}}", id));
	desk_sync(&d);
	desk_run(&d, &op_record, RC_INPUT, "{'kind':'asset','id':'%s','fields':{'note':'b'}}", id);
	assert_string_equal(d.err.key, "record.reason_needed");
	json_free(desk_run(&d, &op_record, RC_OK,
			   "{'kind':'asset','id':'%s','reason':'Ghi rõ hơn','fields':{'note':'b'}}",
			   id));
	free(id);
	desk_close(&d);
}

/* ---- two people ---- */

static void test_mine_and_theirs(void **state)
{
	struct actor other;
	struct json *out;
	const struct json *f;
	uint8_t uuid[16];
	struct desk d;
	char *id;

	(void)state;
	desk_open(&d, 1);
	actor_init(&other, 31);
	desk_certify(&d, &other, ROLE_CLERK);
	desk_tell(&d, actor_open(&other, DESK_SCOPE));
	id = new_asset(&d, "Máy photocopy");
	uuid_of(id, uuid);
	desk_sync(&d);
	{
		/* the other clerk has seen the first entry, and so has this one */
		struct json *h =
		    desk_run(&d, &op_history, RC_OK, "{'id':'%s','field':'condition'}", id);
		uint8_t seen[1][ENTRY_ID_LEN];
		const struct json *c = json_at(json_get_arr(h, "changes"), 0);
		assert_true(codec_b64u_32(span_str(json_get_str(c, "entry")), seen[0]));
		desk_tell(&d,
			  actor_set(&other, DESK_SCOPE, "asset", uuid, "{\"condition\":\"kem\"}",
				    (const uint8_t(*)[ENTRY_ID_LEN])seen, 1));
		json_free(h);
	}
	json_free(
	    desk_run(&d, &op_record, RC_OK,
		     "{'kind':'asset','id':'%s','reason':'Đã xem','fields':{'condition':'hong'}}",
		     id));
	desk_sync(&d);
	out = desk_run(&d, &op_conflicts, RC_OK, "{}");
	assert_int_equal(json_len(json_get_arr(out, "conflicts")), 1);
	f = json_at(json_get_arr(json_at(json_get_arr(out, "conflicts"), 0), "fields"), 0);
	assert_int_equal(json_len(json_get_arr(f, "mine")), 1);
	assert_int_equal(json_len(json_get_arr(f, "theirs")), 1);
	assert_int_equal(json_len(json_get_arr(f, "base")), 1);
	assert_string_equal(json_get_str(json_at(json_get_arr(f, "mine"), 0), "text"), "Hỏng");
	assert_string_equal(json_get_str(json_at(json_get_arr(f, "theirs"), 0), "text"), "Kém");
	assert_string_equal(json_get_str(json_at(json_get_arr(f, "base"), 0), "text"), "Tốt");
	assert_int_equal(json_len(json_get_arr(json_at(json_get_arr(f, "theirs"), 0), "interval")),
			 2);
	json_free(out);
	json_free(desk_run(&d, &op_resolve, RC_OK,
			   "{'id':'%s','fields':{'condition':'kem'},'reason':'Cùng xem lại'}", id));
	desk_sync(&d);
	out = desk_run(&d, &op_conflicts, RC_OK, "{}");
	assert_int_equal(json_len(json_get_arr(out, "conflicts")), 0);
	json_free(out);
	free(id);
	actor_free(&other);
	desk_close(&d);
}

/* ---- a check comes back ---- */

static void test_returned_and_corrected(void **state)
{
	struct actor centre;
	uint8_t review[16];
	char set[512], *check, *text;
	struct json *out;
	struct desk d;

	(void)state;
	desk_open(&d, 1);
	actor_init(&centre, 41);
	desk_certify(&d, &centre, ROLE_VERIFIER);
	check = new_check(&d);
	desk_sync(&d);
	desk_tell(&d, actor_open(&centre, DESK_SCOPE));
	entry_uuid7(1795100000000, review);
	snprintf(set, sizeof(set),
		 "{\"target\":\"%s\",\"state\":\"returned\",\"level\":\"province\","
		 "\"comments\":[\"staff_present: Đếm lại\"],\"reason\":\"Chưa khớp\"}",
		 check);
	desk_tell(&d, actor_set(&centre, DESK_SCOPE, "review", review, set, NULL, 0));
	desk_sync(&d);
	out = desk_run(&d, &op_show, RC_OK, "{'id':'%s'}", check);
	assert_int_equal(json_len(json_get_arr(out, "reviews")), 1);
	text = desk_print(&d, &op_show, out);
	assert_non_null(strstr(text, "Số người có mặt: Đếm lại"));
	assert_null(strstr(text, "staff_present"));
	free(text);
	json_free(out);
	json_free(desk_run(&d, &op_correct, RC_OK,
			   "{'id':'%s','reason':'Đã đếm lại','fields':{'staff_present':'44'}}",
			   check));
	desk_sync(&d);
	out = desk_run(&d, &op_list, RC_OK, "{'unsent':true}");
	assert_int_equal(json_len(json_get_arr(out, "items")), 0);
	json_free(out);
	free(check);
	actor_free(&centre);
	desk_close(&d);
}

/* ---- receipts ---- */

static void read_file(const char *dir, const char *name, struct buf *out)
{
	char *path = NULL;

	MUST(os_path_join(&path, dir, name, &why));
	buf_init(out, LIMIT_INPUT_FILE);
	MUST(os_file_read(path, out, &why));
	free(path);
}

static void write_file(const char *dir, const char *name, const struct buf *b)
{
	char *path = NULL;

	MUST(os_path_join(&path, dir, name, &why));
	MUST(os_file_write(path, span_buf(b), OS_REPLACE, &why));
	free(path);
}

/* The folder verifies as it is; with any of some bytes of a file changed it does not. */
static void flip_in(struct desk *d, const char *dir, const char *name)
{
	struct json *out;
	struct buf b;

	read_file(dir, name, &b);
	for (size_t i = b.len / 5; i < b.len; i += b.len / 5) {
		b.p[i] ^= 1;
		write_file(dir, name, &b);
		out = desk_run(d, &op_verify, RC_OK, "{'file':'%s'}", dir);
		assert_int_equal(op_verify.verdict(out), RC_REFUSED);
		assert_int_equal(num(out, "failed"), 1);
		assert_int_equal(strlen(
				     json_get_str(json_at(json_get_arr(out, "failures"), 0), "id")),
				 CODEC_B64U_32);
		assert_true(strlen(json_get_str(out, "clause")) >= 2);
		json_free(out);
		b.p[i] ^= 1;
	}
	write_file(dir, name, &b);
	buf_free(&b);
}

static void test_receipts(void **state)
{
	struct buf payload, proof, author, policy;
	struct note_policy p;
	uint8_t pk[CRYPT_PK_LEN];
	struct json *out;
	char *check, *dir = NULL;
	uint64_t index;
	struct desk d;

	(void)state;
	desk_open(&d, 1);
	check = new_check(&d);
	MUST(os_path_join(&dir, d.home, "receipt", &why));
	desk_run(&d, &op_receipt, RC_NOTFOUND, "{'id':'%s','out':'%s'}", check, dir);
	assert_string_equal(d.err.key, "store.no_receipt");
	desk_sync(&d);
	out = desk_run(&d, &op_receipt, RC_OK, "{'id':'%s','out':'%s'}", check, dir);
	assert_int_equal(num(out, "receipts"), 2); /* the header and its line */
	json_free(out);
	read_file(dir, "payload", &payload);
	read_file(dir, "proof", &proof);
	read_file(dir, "author.pub", &author);
	read_file(dir, "policy", &policy);
	MUST(note_sshkey_read(span_buf(&author), pk, &why));
	MUST(note_policy_read(span_buf(&policy), &p, &why));
	MUST(note_receipt_check(span_buf(&payload), span_buf(&proof), pk, &p, &index, &why));
	buf_free(&payload);
	buf_free(&proof);
	buf_free(&author);
	buf_free(&policy);
	out = desk_run(&d, &op_verify, RC_OK, "{'file':'%s'}", dir);
	assert_int_equal(op_verify.verdict(out), RC_OK);
	assert_int_equal(num(out, "receipts"), 2);
	json_free(out);
	flip_in(&d, dir, "payload");
	flip_in(&d, dir, "proof");
	desk_run(&d, &op_verify, RC_USAGE, "{}");
	desk_run(&d, &op_verify, RC_USAGE, "{'all':true,'file':'%s'}", dir);
	desk_run(&d, &op_verify, RC_NOTFOUND, "{'file':'%s/lines'}", dir);
	free(check);
	free(dir);
	desk_close(&d);
}

/* ---- everything here ---- */

static char *store_path(const struct desk *d)
{
	char *path = NULL;

	MUST(os_path_join(&path, d->home, "store.db", &why));
	return path;
}

/*
 * Change one byte of the store's file behind its back: the last byte of the first place that holds
 * `what`. The store must be closed.
 */
static void flip_stored(const struct desk *d, struct span what)
{
	char *path = store_path(d);
	bool found = false;
	struct buf b;

	buf_init(&b, LIMIT_INPUT_FILE);
	MUST(os_file_read(path, &b, &why));
	for (size_t i = 0; i + what.len <= b.len && !found; i++)
		if (memcmp(b.p + i, what.p, what.len) == 0) {
			b.p[i + what.len - 1] ^= 1;
			found = true;
		}
	assert_true(found);
	MUST(os_file_write(path, span_buf(&b), OS_REPLACE, &why));
	buf_free(&b);
	free(path);
}

static void reopen(struct desk *d)
{
	MUST(store_open(&d->agent.store, d->home, false, &d->clock.clock, &why));
}

/* The whole store is refused, and the failure names the entry. */
static void spoil(struct desk *d, struct span what, const char *entry)
{
	struct json *out;
	bool named = false;
	char *path = store_path(d);
	struct buf good;

	buf_init(&good, LIMIT_INPUT_FILE);
	store_free(d->agent.store);
	MUST(os_file_read(path, &good, &why));
	flip_stored(d, what);
	reopen(d);
	out = desk_run(d, &op_verify_store, RC_OK, "{}");
	assert_int_equal(op_verify_store.verdict(out), RC_REFUSED);
	assert_false(is(out, "ok"));
	assert_true(strlen(json_get_str(out, "clause")) >= 2);
	for (const struct json *f = json_first(json_get_arr(out, "failures")); f; f = json_next(f))
		named = named || strcmp(json_get_str(f, "id"), entry) == 0;
	assert_true(named);
	json_free(out);
	store_free(d->agent.store);
	MUST(os_file_write(path, span_buf(&good), OS_REPLACE, &why));
	reopen(d);
	buf_free(&good);
	free(path);
}

static void test_whole_store(void **state)
{
	struct store_entry x = {.e = NULL};
	struct json *out, *h;
	const char *entry;
	uint8_t id[ENTRY_ID_LEN];
	struct desk d;
	char *asset;

	(void)state;
	desk_open(&d, 1);
	asset = new_asset(&d, "Máy in");
	free(new_check(&d));
	desk_sync(&d);
	out = desk_run(&d, &op_verify_store, RC_OK, "{}");
	assert_true(is(out, "ok"));
	assert_int_equal(num(out, "entries"), desk_entries(&d));
	assert_int_equal(num(out, "signatures"), desk_entries(&d));
	assert_true(num(out, "receipts") >= 4);
	assert_int_equal(num(out, "differ"), 0);
	json_free(out);
	h = desk_run(&d, &op_history, RC_OK, "{'id':'%s'}", asset);
	entry = json_get_str(json_at(json_get_arr(h, "changes"), 0), "entry");
	assert_true(codec_b64u_32(span_str(entry), id));
	MUST(store_entry_get(d.agent.store, id, &x, &why));
	spoil(&d, x.e->payload, entry);
	spoil(&d, span_of(x.e->sig, CRYPT_SIG_LEN), entry);
	spoil(&d, span_str("sigsum.org/v1/tree/"),
	      entry); /* the checkpoint its receipt stands on */
	out = desk_run(&d, &op_verify_store, RC_OK, "{}");
	assert_true(is(out, "ok")); /* mended */
	json_free(out);
	entry_free(x.e);
	json_free(h);
	free(asset);
	desk_close(&d);
}

static void test_lines_of_a_file(void **state)
{
	struct json *out, *h;
	char *id, *path = NULL;
	struct desk d;
	struct buf b;

	(void)state;
	desk_open(&d, 1);
	id = new_asset(&d, "Máy in");
	h = desk_run(&d, &op_history, RC_OK, "{'id':'%s'}", id);
	out = desk_run(&d, &op_entry, RC_OK, "{'id':'%s'}",
		       json_get_str(json_at(json_get_arr(h, "changes"), 0), "entry"));
	buf_init(&b, LIMIT_INPUT_FILE);
	for (int i = 0; i < 2; i++) {
		buf_add_str(&b, json_get_str(out, "line"));
		buf_add_char(&b, '\n');
	}
	b.p[b.len - 20] ^= 1;
	MUST(os_path_join(&path, d.home, "lines", &why));
	MUST(os_file_write(path, span_buf(&b), OS_REPLACE, &why));
	json_free(out);
	out = desk_run(&d, &op_verify_store, RC_OK, "{'file':'%s'}", path);
	assert_int_equal(num(out, "entries"), 2);
	assert_int_equal(num(out, "signatures"), 1);
	assert_int_equal(num(out, "failed"), 1);
	json_free(out);
	desk_run(&d, &op_entry, RC_INPUT, "{'id':'x'}");
	desk_run(&d, &op_entry, RC_NOTFOUND,
		 "{'id':'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'}");
	json_free(h);
	buf_free(&b);
	free(path);
	free(id);
	desk_close(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reason_once_sent),
	    cmocka_unit_test(test_mine_and_theirs),
	    cmocka_unit_test(test_returned_and_corrected),
	    cmocka_unit_test(test_receipts),
	    cmocka_unit_test(test_whole_store),
	    cmocka_unit_test(test_lines_of_a_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
