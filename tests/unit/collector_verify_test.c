/*
 * collector_verify_test: what `verify --all` finds when somebody has changed the collector's
 * file behind its back: a payload, a signature, a leaf, a verdict, an entity, a checkpoint, a
 * blob. Each is named with its clause; an untouched store has no finding. Also: the table of
 * operations is well-formed, and a store left half way by init is no collector.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <sqlite3.h>

#include "lib/codec.h"
#include "lib/db.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "server-stub/collector.h"
#include "server-stub/enrolment.h"
#include "server-stub/ops.h"
#include "tests/support/actor.h"
#include "tests/support/op_table.h"

static char *home, *db_path, *copy_path;
static char last[24], made[24]; /* "23 ", the last index; "18", the first checkpoint, which init made */

static void ok(enum rc rc, const struct err *e)
{
	if (rc != RC_OK)
		fail_msg("%s %s %s", err_name(rc), e->clause, e->key);
}

static enum rc open_collector(struct collector **ret, bool create, struct err *e)
{
	void *app = NULL;
	enum rc rc = collector_open(home, create, &app, e);

	*ret = app;
	return rc;
}

static enum rc run_op(struct collector *col, const struct op *op, struct json *in,
		      struct json **out, struct err *e)
{
	const struct op_call call = {.home = home, .app = col};
	enum rc rc = op_run(op, &call, in, out, e);

	json_free(in);
	return rc;
}

/* A device, a clerk and three of the clerk's records in one commune. */
static void fill(struct collector *col)
{
	struct actor device, clerk;
	struct json *body = json_object(), *dev = json_object(), *answer = NULL;
	struct session_line line[4] = {0};
	struct session_verdict v[4];
	char key[CODEC_B64U_32 + 1], code[AUTHORITY_CODE];
	struct err e = {0};
	uint8_t box[32];

	actor_init(&device, 1);
	actor_init(&clerk, 1);
	ok(vault_unseal(home, "registrar", "registrar passphrase", &col->registrar, &e), &e);
	ok(enrolment_code(col, "00004", 0, code, &e), &e);
	codec_b64u(device.pk, 32, key);
	json_set_int(body, "v", 1);
	json_set_str(body, "scope", "00004");
	json_set_str(body, "code", code);
	json_set_str(dev, "key", key);
	json_set_str(dev, "name", "PC");
	assert_int_equal(crypt_box_pk(device.pk, box, &e), RC_OK);
	codec_b64u(box, 32, key);
	json_set_str(dev, "box", key);
	json_set(body, "device", dev);
	json_set(body, "clerks", json_array());
	ok(enrolment_ask(col, body, device.pk, &answer, &e), &e);
	json_free(answer);
	json_free(body);
	for (uint8_t i = 0; i < 4; i++) {
		uint8_t id[16] = {1, 2, 3, 4, 5, 6, 0x70, 8, 0x80, i};

		line[i].e =
		    i == 0 ? actor_open(&clerk, "00004")
			   : actor_set(&clerk, "00004", "asset", id, "{\"name\":\"Tủ\"}", NULL, 0);
	}
	ok(ingest_submit(col->ingest, line, 4, v, &e), &e); /* a device signs no data: kept aside */
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(v[i].kind, SESSION_QUARANTINED);
		entry_free(line[i].e);
	}
	actor_free(&device);
	actor_free(&clerk);
}

/* The size of the tree now, and `add`, as text. How many entries init makes depends on how many forms there are. */
static void note_size(struct collector *col, char ret[24], const char *end, int add)
{
	struct archive_reader *r = NULL;
	struct err e = {0};
	int64_t size, at;
	struct buf note;

	buf_init(&note, NOTE_TEXT_MAX);
	ok(archive_read(col->archive, &r, &e), &e);
	ok(r->head(r->ctx, &size, &note, &at, &e), &e);
	archive_read_end(col->archive, r);
	buf_free(&note);
	snprintf(ret, 24, "%d%s", (int)size + add, end);
}

static int setup(void **state)
{
	struct collector *col = NULL;
	struct json *in = json_object(), *out = NULL;
	struct err e = {0};

	(void)state;
	ok(os_dir_temp(&home, "collector_verify_test", &e), &e);
	ok(os_path_join(&db_path, home, "store.db", &e), &e);
	ok(os_path_join(&copy_path, home, "copy.db", &e), &e);
	ok(open_collector(&col, true, &e), &e);
	json_set_str(in, "name", "Sở Y tế Mẫu");
	json_set_str(in, "passphrase", "root passphrase");
	json_set_str(in, "registrar_passphrase", "registrar passphrase");
	ok(run_op(col, &op_init, in, &out, &e), &e);
	json_free(out);
	note_size(col, made, "", 0);
	fill(col);
	note_size(col, last, " ", -1);
	collector_close(col);
	ok(os_file_copy(db_path, copy_path, OS_REPLACE, &e), &e);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	assert_int_equal(os_dir_remove(home, NULL), RC_OK);
	free(home);
	free(db_path);
	free(copy_path);
	return 0;
}

/* Play somebody with the file in hand, then say what the store's own check finds. */
static struct json *tamper(const char *sql)
{
	struct collector *col = NULL;
	struct json *in = json_object(), *out = NULL;
	struct err e = {0};
	sqlite3 *db = NULL;
	char *why = NULL;

	ok(os_file_copy(copy_path, db_path, OS_REPLACE, &e), &e);
	assert_int_equal(sqlite3_open(db_path, &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s", why);
	assert_true(sql[0] == '\0' || sqlite3_total_changes(db) > 0);
	sqlite3_close(db);
	ok(open_collector(&col, false, &e), &e);
	json_set_bool(in, "all", true);
	ok(run_op(col, &op_verify, in, &out, &e), &e);
	collector_close(col);
	assert_int_equal(op_verify.verdict(out), sql[0] ? RC_CORRUPT : RC_OK);
	return out;
}

/* Some finding has this clause, and its `what` begins with that. */
static void assert_found(const char *sql, const char *clause, const char *what)
{
	struct json *out = tamper(sql);
	bool found = false;

	for (const struct json *f = json_first(json_get_arr(out, "findings")); f; f = json_next(f))
		found = found || (strcmp(json_get_str(f, "clause"), clause) == 0 &&
				  strncmp(json_get_str(f, "what"), what, strlen(what)) == 0);
	if (!found) {
		char *text = json_print(out);
		fail_msg("%s %s: %s", clause, what, text);
	}
	json_free(out);
}

/* What guards the append-only tables is taken away and put back, so that nobody notices. */
#define OPEN(table)  "DROP TRIGGER " table "_no_update; DROP TRIGGER " table "_no_delete;"
#define CLOSE(table) "; " DB_APPEND_ONLY(table)

static void test_untouched(void **state)
{
	struct json *out = tamper("");
	int64_t n = 0, entries = 0;

	(void)state;
	assert_true(json_get_int(out, "wrong", &n));
	assert_int_equal(n, 0);
	assert_true(json_get_int(out, "entries", &entries) && entries > 20);
	assert_true(json_get_int(out, "signatures", &n));
	assert_int_equal(n, entries);
	assert_true(json_get_int(out, "leaves", &n));
	assert_int_equal(n, entries);
	assert_true(json_get_int(out, "entities", &n));
	assert_int_equal(n, 3);
	assert_true(json_get_int(out, "blobs", &n));
	assert_true(n >= 14);
	json_free(out);
}

/* Index 23 is the first of the clerk's records: 18 of init, 2 of the registrar, the open. */
#define LAST "(SELECT max(idx) FROM entry)"

/* clause: E21 L1 */
static void test_entry(void **state)
{
	(void)state;
	assert_found(OPEN("payload") "UPDATE payload SET body = CAST(replace(CAST(body AS TEXT),"
				     " 'Tủ', 'Tu') AS BLOB) WHERE idx = " LAST CLOSE("payload"),
		     "A1", last);
	assert_found(OPEN("entry") "UPDATE entry SET sig = zeroblob(64) WHERE idx = " LAST CLOSE(
			 "entry"),
		     "A1", last);
	assert_found(OPEN("entry") "UPDATE entry SET id = zeroblob(32) WHERE idx = " LAST CLOSE(
			 "entry"),
		     "E20", last);
}

/* clause: A12 M1 M11 */
static void test_views(void **state)
{
	(void)state;
	assert_found("UPDATE entry_state SET verdict = 0 WHERE idx = " LAST, "A12", last);
	assert_found("UPDATE entity SET state = x'00' WHERE no = 2", "M11", "01020304-");
	assert_found(OPEN("entry") "UPDATE entry SET entity_no = 1 WHERE idx = " LAST CLOSE(
			 "entry"),
		     "M1", last);
}

/* clause: L4 */
static void test_checkpoint(void **state)
{
	(void)state;
	assert_found("UPDATE checkpoint SET root = zeroblob(32) WHERE size = (SELECT min(size) FROM checkpoint)", "L4",
		     made);
}

/* A leaf under the newest checkpoint: such a store does not even open. */
static void test_leaf(void **state)
{
	struct collector *col = NULL;
	struct err e = {0};
	sqlite3 *db = NULL;

	(void)state;
	ok(os_file_copy(copy_path, db_path, OS_REPLACE, &e), &e);
	assert_int_equal(sqlite3_open(db_path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
				      "UPDATE tile SET hashes = CAST(zeroblob(32) ||"
				      " substr(hashes, 33) AS BLOB) WHERE no = 0",
				      NULL, NULL, NULL),
			 SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(open_collector(&col, false, &e), RC_CORRUPT);
	assert_string_equal(e.clause, "L1");
	assert_null(col);
}

/* clause: P23 */
static void test_blob(void **state)
{
	char path[LIMIT_PATH];
	struct archive *a = NULL;
	struct err e = {0};
	uint8_t sha[32];
	struct span text = span_str("a blob");

	(void)state;
	ok(archive_sqlite_open(&a, home, false, &e), &e);
	ok(archive_blob_put(a, text, sha, &e), &e);
	ok(archive_blob_path(a, sha, path, sizeof(path), &e), &e);
	archive_free(a);
	ok(os_file_write(path, span_str("another"), OS_REPLACE, &e), &e);
	assert_found("UPDATE setting SET value = value", "P23", "");
	assert_false(os_file_exists(path)); /* set aside, and asked for again (P32) */
}

/* init ended before the log's first entries: there is no collector, and nothing serves. */
static void test_half(void **state)
{
	struct collector *col = NULL;
	struct archive *a = NULL;
	struct archive_writer *w;
	char *dir = NULL, *whole = home;
	struct err e = {0};

	(void)state;
	ok(os_dir_temp(&dir, "collector_verify_half", &e), &e);
	ok(archive_sqlite_open(&a, dir, true, &e), &e);
	w = archive_writer(a);
	ok(w->begin(w->ctx, &e), &e);
	ok(w->set(w->ctx, "root", "AAAA", &e), &e);
	ok(w->commit(w->ctx, &e), &e);
	archive_free(a);
	home = dir;
	assert_int_equal(open_collector(&col, false, &e), RC_NOTFOUND);
	assert_string_equal(e.key, "collector.not_set_up");
	ok(open_collector(&col, true, &e), &e);
	assert_null(col->ingest);
	collector_close(col);
	home = whole;
	ok(os_dir_remove(dir, &e), &e);
	free(dir);
}

static void test_table(void **state)
{
	const struct op ops[] = {
	    op_init,         op_serve,         op_enrol_code,
	    op_enrol_list,   op_enrol_approve, op_staff_add,
	    op_revoke,       op_admit,         op_catalogue_import,
	    op_form_publish, op_form_close,    op_schedule_publish,
	    op_submissions,  op_show,          op_review,
	    op_conflicts,    op_resolve,       op_checkpoint,
	    op_verify,       op_lines,         op_explain,
	    op_backup,
	};
	const struct op_program program = {.name = "kiemke-collector",
					   .summary = "collector.summary",
					   .version = "0",
					   .home_env = "X",
					   .home_dir = "x",
					   .op = ops,
					   .nop = sizeof(ops) / sizeof(ops[0]),
					   .open = collector_open,
					   .close = collector_close};

	(void)state;
	op_table_assert(&program);
}

/* Entry and addresses in one commit; what is wrong with either is said before there is one. clause: W7 */
static void test_policy_in_one(void **state)
{
	static const char *const typed[] = {" ftp://nowhere", " https://w.example x", " https://w.example"};
	struct collector *col = NULL;
	struct actor w;
	struct err e = {0};
	char key[CODEC_HEX_LEN(CRYPT_PK_LEN) + 1];

	(void)state;
	ok(os_file_copy(copy_path, db_path, OS_REPLACE, &e), &e);
	ok(open_collector(&col, false, &e), &e);
	actor_init(&w, 5);
	codec_hex(w.pk, CRYPT_PK_LEN, key);
	for (size_t i = 0; i < 3; i++) {
		struct json *in = json_object(), *all = json_array(), *out = NULL;
		int64_t before = archive_commits(col->archive);
		struct buf b;

		buf_init(&b, 500);
		buf_add_str(&b, "w1 ");
		buf_add_str(&b, key);
		buf_add_str(&b, typed[i]);
		json_append(all, json_string_span(span_buf(&b)));
		buf_free(&b);
		json_set(in, "witness", all);
		json_set_int(in, "quorum", 1);
		json_set_str(in, "passphrase", "root passphrase");
		if (i < 2)
			assert_true(run_op(col, &op_policy_set, in, &out, &e) != RC_OK);
		else
			ok(run_op(col, &op_policy_set, in, &out, &e), &e);
		assert_int_equal(archive_commits(col->archive) - before, i < 2 ? 0 : 1);
		json_free(out);
	}
	actor_free(&w);
	collector_close(col);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_untouched), cmocka_unit_test(test_entry),
	    cmocka_unit_test(test_views),     cmocka_unit_test(test_checkpoint),
	    cmocka_unit_test(test_leaf),      cmocka_unit_test(test_blob),
	    cmocka_unit_test(test_policy_in_one),
	    cmocka_unit_test(test_half),      cmocka_unit_test(test_table),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
