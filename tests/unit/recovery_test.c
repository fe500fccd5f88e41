/*
 * recovery_test: a collector that goes on under a new log key, in one process: what it keeps,
 * which feeds its own hands leave, what it wants of feeds that are offered, who counts as back, and
 * which checkpoints halt it. Crashes are left at each step by hand.
 * clause: L12 L14 P14 P29 A13
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
#include "lib/os.h"
#include "server-stub/enrolment.h"
#include "server-stub/issuer.h"
#include "server-stub/ops.h"
#include "server-stub/recovery.h"
#include "tests/support/actor.h"

#define SCOPE "00004"

struct place {
	char *home;
	struct collector *col;
	struct actor device, clerk;
	uint8_t entity[16];
};

static void must(enum rc rc, const struct err *e)
{
	if (rc != RC_OK)
		fail_msg("%s %s %s", err_name(rc), e->clause, e->key);
}

#define MUST(call)                    \
	do {                          \
		struct err why = {0}; \
		must((call), &why);   \
	} while (0)

static void open_it(struct place *p, bool create)
{
	void *app = NULL;

	MUST(collector_open(p->home, create, &app, &why));
	p->col = app;
}

static void reopen(struct place *p)
{
	collector_close(p->col);
	p->col = NULL;
	open_it(p, false);
}

static void init(struct place *p)
{
	const struct op_call call = {.home = p->home, .app = p->col};
	struct json *in = json_object(), *out = NULL;

	json_set_str(in, "name", "Máy thu thử");
	json_set_str(in, "passphrase", "mot cum mat khau goc");
	json_set_str(in, "registrar_passphrase", "mot cum mat khau dang ky");
	MUST(op_run(&op_init, &call, in, &out, &why));
	json_free(in);
	json_free(out);
}

/* Certs of a PC and its clerk, by the registrar, in the commune's feed. */
static void certify(struct place *p, struct crypt_signer *registrar)
{
	const uint8_t *key[] = {p->device.pk, p->clerk.pk};
	struct authority_cert *c = calloc(1, sizeof(*c));
	struct issuer *i = NULL;
	struct buf set;

	MUST(issuer_open(p->col, registrar, SCOPE, &i, &why));
	for (size_t k = 0; k < 2; k++) {
		memset(c, 0, sizeof(*c));
		memcpy(c->key, key[k], CRYPT_PK_LEN);
		memcpy(c->scope[0], SCOPE, sizeof(SCOPE));
		c->nscope = 1;
		c->role = k == 0 ? ROLE_DEVICE : ROLE_CLERK;
		buf_init(&set, LIMIT_ENTRY_PAYLOAD);
		MUST(authority_cert_write(c, &set, &why));
		MUST(issuer_add(i, ENTRY_CERT, span_buf(&set), NULL, &why));
		buf_free(&set);
	}
	MUST(issuer_keep(i, NULL, &why));
	issuer_free(i);
	free(c);
}

/* Sealing and unsealing takes long: one collector is made, every test has a copy of it. */
static struct {
	char *home;
	struct crypt_signer *root, *registrar;
} made;

static int make(void **state)
{
	struct place p = {.col = NULL};

	(void)state;
	MUST(os_dir_temp(&made.home, "kk-recovery", &why));
	p.home = made.home;
	open_it(&p, true);
	init(&p);
	collector_close(p.col);
	MUST(vault_unseal(made.home, "root", "mot cum mat khau goc", &made.root, &why));
	MUST(vault_unseal(made.home, "registrar", "mot cum mat khau dang ky", &made.registrar, &why));
	return 0;
}

static int unmake(void **state)
{
	(void)state;
	crypt_signer_free(made.root);
	crypt_signer_free(made.registrar);
	os_dir_remove(made.home, NULL);
	free(made.home);
	return 0;
}

static void copy_tree(const char *from, const char *to)
{
	struct os_names names = {.name = NULL};

	MUST(os_dir_make(to, &why));
	MUST(os_dir_list(from, &names, &why));
	for (size_t i = 0; i < names.n; i++) {
		char *a = NULL, *b = NULL;

		MUST(os_path_join(&a, from, names.name[i], &why));
		MUST(os_path_join(&b, to, names.name[i], &why));
		if (os_dir_exists(a))
			copy_tree(a, b);
		else
			MUST(os_file_copy(a, b, OS_REPLACE, &why));
		free(a);
		free(b);
	}
	os_names_free(&names);
}

static int setup(void **state)
{
	struct place *p = calloc(1, sizeof(*p));

	MUST(os_dir_temp(&p->home, "kk-recovery", &why));
	copy_tree(made.home, p->home);
	open_it(p, false);
	actor_init(&p->device, 1);
	actor_init(&p->clerk, 2);
	codec_uuid_stamp(p->entity, 7);
	certify(p, made.registrar);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct place *p = *state;

	collector_close(p->col);
	os_dir_remove(p->home, NULL);
	actor_free(&p->device);
	actor_free(&p->clerk);
	free(p->home);
	free(p);
	return 0;
}

static struct entry *asset(struct place *p)
{
	p->entity[15]++;
	return actor_set(&p->clerk, SCOPE, "asset", p->entity, "{\"name\":\"Tủ\"}", NULL, 0);
}

/* The line is logged; the entry stays the caller's. */
static enum session_verdict_kind take(struct place *p, struct entry *e)
{
	struct session_line line = {.e = e};
	struct session_verdict v;

	MUST(ingest_submit(p->col->ingest, &line, 1, &v, &why));
	return v.kind;
}

static int64_t head(struct place *p, struct buf *note)
{
	struct archive_reader *r = NULL;
	int64_t size = 0, at;

	MUST(archive_read(p->col->archive, &r, &why));
	MUST(r->head(r->ctx, &size, note, &at, &why));
	archive_read_end(p->col->archive, r);
	return size;
}

static int64_t size_of(struct place *p)
{
	struct buf note;
	int64_t n;

	buf_init(&note, NOTE_TEXT_MAX);
	n = head(p, &note);
	buf_free(&note);
	return n;
}

static void recover(struct place *p)
{
	MUST(recovery_run(p->col, made.root, &why));
}

/* ---- the new log ---- */

static void the_log_goes_on_under_a_new_key_and_keeps_the_tree(void **state)
{
	struct place *p = *state;
	struct recovery_base base;
	struct json *lines = NULL;
	struct authority_log log;
	struct entry *open = NULL, *e = NULL;
	char epoch[5];
	int64_t size = size_of(p);

	memcpy(epoch, ingest_epoch(p->col->ingest), 5);
	MUST(recovery_lines(p->col, &lines, &why));
	assert_int_equal(json_len(lines), 0);
	json_free(lines);
	recover(p);
	assert_string_not_equal(ingest_epoch(p->col->ingest), epoch);
	assert_int_equal(size_of(p), size + 2);
	MUST(recovery_base(p->col, &base, &why));
	assert_true(base.recovered && base.size == size && base.at > 0);
	MUST(recovery_lines(p->col, &lines, &why));
	assert_int_equal(json_len(lines), 2);
	MUST(entry_open_key(span_str(json_str(json_at(lines, 0))), p->col->root, &open, &why));
	MUST(entry_open_key(span_str(json_str(json_at(lines, 1))), p->col->root, &e, &why));
	assert_int_equal(open->op, ENTRY_OPEN);
	assert_int_equal(e->op, ENTRY_LOG);
	assert_int_equal(e->seq, 1);
	MUST(authority_log(e, &log, &why));
	assert_true(log.has_old && log.size == size);
	assert_memory_equal(log.key, crypt_signer_pk(p->col->log), CRYPT_PK_LEN);
	entry_free(open);
	entry_free(e);
	json_free(lines);
	memcpy(epoch, ingest_epoch(p->col->ingest), 5);
	reopen(p);
	assert_string_equal(ingest_epoch(p->col->ingest), epoch);
	e = actor_open(&p->clerk, SCOPE);
	assert_int_equal(take(p, e), SESSION_ACCEPTED);
	entry_free(e);
	recover(p); /* now it is another loss */
	assert_string_not_equal(ingest_epoch(p->col->ingest), epoch);
	MUST(recovery_lines(p->col, &lines, &why));
	assert_int_equal(json_len(lines), 4);
	json_free(lines);
	memcpy(epoch, ingest_epoch(p->col->ingest), 5);
	recover(p); /* and again: an image taken right after a recovery looks like one that has just ended */
	assert_string_not_equal(ingest_epoch(p->col->ingest), epoch);
}

static bool first_feed(void *arg, const struct archive_row *row)
{
	struct entry *e = NULL;

	MUST(archive_read_entry(row, &e, &why));
	memcpy(arg, e->feed, ENTRY_FEED_LEN);
	entry_free(e);
	return true;
}

static void feed_of_last(struct place *p, const uint8_t pk[CRYPT_PK_LEN], uint8_t ret[ENTRY_FEED_LEN])
{
	struct archive_reader *r = NULL;

	MUST(archive_read(p->col->archive, &r, &why));
	MUST(r->key_rows(r->ctx, pk, first_feed, ret, &why));
	archive_read_end(p->col->archive, r);
}

static void the_centre_goes_on_in_new_feeds(void **state)
{
	struct place *p = *state;
	uint8_t before[ENTRY_FEED_LEN], after[ENTRY_FEED_LEN];

	feed_of_last(p, crypt_signer_pk(made.registrar), before);
	recover(p);
	actor_free(&p->clerk);
	actor_init(&p->clerk, 9);
	certify(p, made.registrar);
	feed_of_last(p, crypt_signer_pk(made.registrar), after);
	assert_memory_not_equal(before, after, ENTRY_FEED_LEN);
}

static char *key_path(struct place *p, const char *name)
{
	char *dir = NULL, *path = NULL;

	MUST(os_path_join(&dir, p->home, "keys", &why));
	MUST(os_path_join(&path, dir, name, &why));
	free(dir);
	return path;
}

static void a_crash_between_commit_and_rename_is_made_good_by_opening(void **state)
{
	struct place *p = *state;
	char *log = key_path(p, "log.key"), *next = key_path(p, "log-next.key"), *old = key_path(p, "old");
	char epoch[5];

	MUST(os_file_copy(log, old, OS_REPLACE, &why));
	recover(p);
	memcpy(epoch, ingest_epoch(p->col->ingest), 5);
	collector_close(p->col);
	p->col = NULL;
	MUST(os_file_rename(log, next, OS_REPLACE, &why)); /* as it was right after the commit */
	MUST(os_file_rename(old, log, OS_REPLACE, &why));
	open_it(p, false);
	assert_string_equal(ingest_epoch(p->col->ingest), epoch);
	assert_false(os_file_exists(next));
	free(log);
	free(next);
	free(old);
}

static void a_lost_log_key_is_said_and_only_recover_helps(void **state)
{
	struct place *p = *state;
	char *log = key_path(p, "log.key");
	struct err e = {0};
	void *app = NULL;

	collector_close(p->col);
	p->col = NULL;
	MUST(os_file_remove(log, &why));
	assert_int_equal(collector_open(p->home, false, &app, &e), RC_CORRUPT);
	assert_string_equal(e.key, "collector.log_key");
	open_it(p, true); /* as `recover` opens it */
	assert_true(p->col->lost_key);
	recover(p);
	reopen(p);
	free(log);
}

static void another_root_is_refused(void **state)
{
	struct place *p = *state;
	struct err e = {0};

	assert_int_equal(recovery_run(p->col, p->clerk.signer, &e), RC_DENIED);
	assert_string_equal(e.key, "recovery.root");
}

/* ---- what is wanted ---- */

/* The answer to one head as text, "" for nothing. */
static void want(struct place *p, const uint8_t feed[ENTRY_FEED_LEN], int64_t seq,
		 const uint8_t id[ENTRY_ID_LEN], const char *text)
{
	struct session_head h = {.seq = seq};
	struct session_request req = {.head = &h, .nhead = 1};
	struct archive_reader *r = NULL;
	struct json *o = json_object();
	char *is;

	memcpy(h.feed, feed, sizeof(h.feed));
	memcpy(h.id, id, sizeof(h.id));
	MUST(archive_read(p->col->archive, &r, &why));
	MUST(recovery_want(r, &req, o, &why));
	archive_read_end(p->col->archive, r);
	is = json_first(o) ? json_print(json_first(o)) : span_dup(span_str(""));
	assert_string_equal(is, text);
	free(is);
	json_free(o);
}

static void what_is_missing_of_a_feed_is_wanted(void **state)
{
	struct place *p = *state;
	struct entry *e[8];
	struct actor twin;

	e[0] = actor_open(&p->clerk, SCOPE);
	for (size_t i = 1; i < 6; i++)
		e[i] = asset(p);
	want(p, e[5]->feed, 5, e[5]->id, "[[0,5]]"); /* nothing of it is here */
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(take(p, e[i]), SESSION_ACCEPTED);
	want(p, e[5]->feed, 5, e[5]->id, "[[3,5]]");
	assert_int_equal(take(p, e[4]), SESSION_ACCEPTED);
	want(p, e[5]->feed, 5, e[5]->id, "[[3,3],[5,5]]");
	assert_int_equal(take(p, e[5]), SESSION_ACCEPTED);
	want(p, e[5]->feed, 5, e[5]->id, "[[3,3]]");
	want(p, e[4]->feed, 2, e[2]->id, "");
	assert_int_equal(take(p, e[3]), SESSION_ACCEPTED);
	want(p, e[5]->feed, 5, e[5]->id, "");
	/* a copy of the PC wrote another fifth: nobody here knows where the feed parted */
	actor_init(&twin, 2);
	memcpy(twin.prev, e[4]->id, ENTRY_ID_LEN);
	twin.seq = 5;
	twin.salt = 77;
	p->entity[14]++;
	e[6] = actor_set(&twin, SCOPE, "asset", p->entity, "{\"name\":\"Bàn\"}", NULL, 0);
	want(p, e[6]->feed, 5, e[6]->id, "[[0,5]]");
	assert_int_equal(take(p, e[6]), SESSION_ACCEPTED);
	want(p, e[6]->feed, 5, e[6]->id, "");
	for (size_t i = 0; i < 7; i++)
		entry_free(e[i]);
	actor_free(&twin);
}

/* ---- who is back ---- */

static int64_t num(const struct json *o, const char *name)
{
	int64_t v = -1;

	assert_true(json_get_int(o, name, &v));
	return v;
}

static void board(struct place *p, int64_t offered, int64_t accepted, int64_t duplicate, int64_t back)
{
	struct json *o = NULL;

	MUST(recovery_status(p->col, &o, &why));
	assert_int_equal(num(o, "offered"), offered);
	assert_int_equal(num(o, "accepted"), accepted);
	assert_int_equal(num(o, "duplicate"), duplicate);
	assert_int_equal(num(o, "communes"), 1);
	assert_int_equal(num(o, "back"), back);
	assert_int_equal(json_len(json_get_arr(o, "not_back")), 1 - back);
	json_free(o);
}

static void the_board_counts_lines_offered_and_names_who_is_missing(void **state)
{
	struct place *p = *state;
	struct session_head h = {.seq = 2};
	struct session_line line[4] = {0};
	struct session_verdict v[4];
	struct session_request req = {.line = line, .nline = 2, .head = &h, .nhead = 1};
	struct entry *e[4];

	e[0] = actor_open(&p->clerk, SCOPE);
	for (size_t i = 1; i < 4; i++)
		e[i] = asset(p);
	memcpy(req.scope, SCOPE, sizeof(SCOPE));
	memcpy(h.feed, e[0]->feed, sizeof(h.feed));
	memcpy(h.id, e[2]->id, sizeof(h.id));
	line[0].e = e[0];
	line[1].e = e[1];
	MUST(ingest_submit(p->col->ingest, line, 2, v, &why));
	MUST(recovery_count(p->col, &req, v, p->device.pk, &why)); /* the first log: nothing to count */
	recover(p);
	board(p, 0, 0, 0, 0);
	MUST(ingest_submit(p->col->ingest, line, 2, v, &why));
	MUST(recovery_count(p->col, &req, v, p->device.pk, &why));
	board(p, 2, 0, 2, 0); /* one line is missing still */
	line[0].e = e[2];
	line[1].e = e[3]; /* beyond the head: new work, not offered again */
	MUST(ingest_submit(p->col->ingest, line, 2, v, &why));
	MUST(recovery_count(p->col, &req, v, p->device.pk, &why));
	board(p, 3, 1, 2, 1);
	reopen(p);
	board(p, 3, 1, 2, 1);
	for (size_t i = 0; i < 4; i++)
		entry_free(e[i]);
}

static bool count_row(void *arg, const char *key, const struct json *doc)
{
	(void)key;
	(void)doc;
	++*(int *)arg;
	return true;
}

/* Rows that recovery_count keeps. */
static int rows(struct place *p)
{
	struct archive_reader *r = NULL;
	char table[32];
	int n = 0;

	snprintf(table, sizeof(table), "recovery %s", ingest_epoch(p->col->ingest));
	MUST(archive_read(p->col->archive, &r, &why));
	MUST(r->docs(r->ctx, table, count_row, &n, &why));
	archive_read_end(p->col->archive, r);
	return n;
}

static void keys_nobody_certified_share_one_row_and_bring_nobody_back(void **state)
{
	struct place *p = *state;
	struct session_head h = {.seq = 0};
	struct session_line line = {0};
	struct session_verdict v;
	struct session_request req = {.line = &line};
	struct entry *e = actor_open(&p->clerk, SCOPE);

	memcpy(req.scope, SCOPE, sizeof(SCOPE));
	memcpy(h.feed, e->feed, sizeof(h.feed));
	memcpy(h.id, e->id, sizeof(h.id));
	recover(p);
	MUST(recovery_count(p->col, &req, &v, NULL, &why)); /* offers nothing: nothing is written */
	assert_int_equal(rows(p), 0);
	line.e = e;
	req.nline = req.nhead = 1;
	req.head = &h;
	MUST(ingest_submit(p->col->ingest, &line, 1, &v, &why));
	MUST(recovery_count(p->col, &req, &v, NULL, &why));
	memcpy(req.scope, "01202", sizeof(SCOPE));
	MUST(recovery_count(p->col, &req, &v, NULL, &why));
	assert_int_equal(rows(p), 1);
	board(p, 2, 2, 0, 0);
	entry_free(e);
}

/* One of two contacts of a PC that end at the same moment. */
struct counter {
	struct place *p;
	const struct session_request *req;
	const struct session_verdict *v;
};

static void count_often(void *arg)
{
	const struct counter *c = arg;

	for (int i = 0; i < 50; i++)
		MUST(recovery_count(c->p->col, c->req, c->v, c->p->device.pk, &why));
}

static void contacts_at_once_all_count(void **state)
{
	struct place *p = *state;
	struct session_head h = {.seq = 1};
	struct session_line line = {0};
	struct session_verdict v;
	struct session_request req = {.line = &line, .nline = 1, .head = &h, .nhead = 1};
	struct entry *e = actor_open(&p->clerk, SCOPE);
	struct counter c = {p, &req, &v};
	struct os_thread *t[2];

	memcpy(req.scope, SCOPE, sizeof(SCOPE));
	memcpy(h.feed, e->feed, sizeof(h.feed));
	recover(p);
	MUST(collector_sequence(p->col, true, &why));
	line.e = e;
	MUST(ingest_submit(p->col->ingest, &line, 1, &v, &why));
	for (size_t i = 0; i < 2; i++)
		MUST(os_thread_start(&t[i], count_often, &c, &why));
	for (size_t i = 0; i < 2; i++)
		os_thread_join(t[i]);
	board(p, 100, 100, 0, 0);
	entry_free(e);
}

/* ---- what halts it ---- */

static void only_its_own_larger_or_other_tree_halts_it(void **state)
{
	struct place *p = *state;
	struct crypt_signer *other = p->clerk.signer;
	struct entry *e = actor_open(&p->clerk, SCOPE);
	struct session_line line = {.e = e};
	struct session_verdict v;
	struct buf note;
	uint8_t root[TREE_HASH] = {7};
	bool halted = true;
	struct err why_not = {0};
	int64_t size;

	buf_init(&note, NOTE_TEXT_MAX);
	size = head(p, &note);
	MUST(recovery_shown(p->col, span_buf(&note), &halted, &why)); /* the newest one */
	assert_false(halted);
	buf_reset(&note);
	MUST(note_sign(other, 1000, root, &note, &why)); /* another log's says nothing */
	assert_int_equal(recovery_shown(p->col, span_buf(&note), &halted, &why_not), RC_REFUSED);
	assert_false(ingest_halted(p->col->ingest));
	buf_reset(&note);
	MUST(note_sign(p->col->log, (uint64_t)size + 9, root, &note, &why)); /* it has forgotten that */
	MUST(recovery_shown(p->col, span_buf(&note), &halted, &why));
	assert_true(halted);
	assert_int_equal(ingest_submit(p->col->ingest, &line, 1, &v, &why_not), RC_UNAVAILABLE);
	assert_string_equal(why_not.key, "ingest.halted");
	reopen(p);
	assert_true(ingest_halted(p->col->ingest));
	recover(p);
	assert_false(ingest_halted(p->col->ingest));
	assert_int_equal(take(p, e), SESSION_ACCEPTED);
	reopen(p);
	assert_false(ingest_halted(p->col->ingest));
	buf_reset(&note);
	MUST(note_sign(p->col->log, 3, root, &note, &why)); /* of a size it has, with another content */
	MUST(recovery_shown(p->col, span_buf(&note), &halted, &why));
	assert_true(halted);
	entry_free(e);
	buf_free(&note);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(the_log_goes_on_under_a_new_key_and_keeps_the_tree),
	    TEST(the_centre_goes_on_in_new_feeds),
	    TEST(a_crash_between_commit_and_rename_is_made_good_by_opening),
	    TEST(a_lost_log_key_is_said_and_only_recover_helps),
	    TEST(another_root_is_refused),
	    TEST(what_is_missing_of_a_feed_is_wanted),
	    TEST(the_board_counts_lines_offered_and_names_who_is_missing),
	    TEST(keys_nobody_certified_share_one_row_and_bring_nobody_back),
	    TEST(contacts_at_once_all_count),
	    TEST(only_its_own_larger_or_other_tree_halts_it),
	};

	if (crypt_init(NULL) != RC_OK)
		return 1;
	return cmocka_run_group_tests_name("recovery", tests, make, unmake);
}
