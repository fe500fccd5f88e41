/*
 * issue_test: which entry an issue of the weekly report is, at a collector with a log of its own: the first that
 * counts, whatever was held back before it; and when nothing can be frozen, `report freeze` says so and writes nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/codec.h"
#include "lib/lang.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "lib/os.h"
#include "server-stub/ops.h"
#include "server-stub/report_make.h"
#include "server-stub/turn.h"
#include "sync/report_file.h"
#include "tests/support/actor.h"

#define SCOPE "00004"
#define WEEK "2026-W50"
#define PASS "mot cum mat khau"
#define UNITS "province_code,province_name,commune_code,commune_name,kind\n01,Hà Nội,00004,Ba Đình,phuong\n"

struct fix {
	struct collector col;
	struct clock_manual clock;
	struct clock late; /* writes what is in `coming` as somebody asks what time it is */
	struct entry *coming;
	struct actor root, registrar, local, clerk, other; /* other: a reporter with a key of its own */
	char lines[LIMIT_PATH];
};

static void done(enum rc rc, const struct err *e)
{
	if (rc != RC_OK)
		fail_msg("%s %s %s", err_name(rc), e->clause, e->key);
}

static int64_t submit(struct fix *f, struct entry *e, enum session_verdict_kind kind)
{
	struct session_line line = {.e = e};
	struct session_verdict v;

	assert_int_equal(ingest_submit(f->col.ingest, &line, 1, &v, NULL), RC_OK);
	assert_int_equal(v.kind, kind);
	entry_free(e);
	return v.index;
}

static int64_t add(struct fix *f, struct entry *e)
{
	return submit(f, e, SESSION_ACCEPTED);
}

static int64_t late_now_ms(void *ctx)
{
	struct fix *f = ctx;
	struct entry *e = f->coming;

	f->coming = NULL;
	if (e)
		add(f, e);
	return f->clock.now_ms;
}

static int64_t late_mono_ms(void *ctx)
{
	return ((struct fix *)ctx)->clock.mono_ms;
}

static void add_catalogue(struct fix *f)
{
	static const uint8_t id[16] = {1, [6] = 0x70, [8] = 0x80};
	char hex[CODEC_HEX_LEN(32) + 1], fields[320];
	uint8_t sha[CRYPT_HASH_LEN];

	assert_int_equal(archive_blob_put(f->col.archive, span_str(UNITS), sha, NULL), RC_OK);
	codec_hex(sha, sizeof(sha), hex);
	(void)snprintf(fields, sizeof(fields), "{\"blob\":{\"sha256\":\"%s\",\"size\":%zu,\"type\":\"text/csv\",\"name\":\"c.csv\"}}", hex,
		       strlen(UNITS));
	add(f, actor_set(&f->registrar, "*", "catalogue", id, fields, NULL, 0));
}

static void certify(struct fix *f)
{
	struct crypt_signer *reporter = NULL;

	add(f, actor_open(&f->root, "*"));
	add(f, actor_log(&f->root, crypt_signer_pk(f->col.log)));
	add(f, actor_cert(&f->root, "*", f->registrar.pk, ROLE_REGISTRAR, "*", NULL));
	add(f, actor_cert(&f->root, "*", f->local.pk, ROLE_REGISTRAR, "*", NULL));
	add(f, actor_cert(&f->root, "*", f->other.pk, ROLE_REPORTER, "*", NULL));
	assert_int_equal(vault_seal_new(f->col.home, "reporter", PASS, &reporter, NULL), RC_OK);
	add(f, actor_cert(&f->root, "*", crypt_signer_pk(reporter), ROLE_REPORTER, "*", NULL));
	crypt_signer_free(reporter);
	add(f, actor_open(&f->registrar, "*"));
	add_catalogue(f);
	add(f, actor_open(&f->local, SCOPE));
	add(f, actor_cert(&f->local, SCOPE, f->clerk.pk, ROLE_CLERK, SCOPE, NULL));
	add(f, actor_open(&f->other, "*"));
	submit(f, actor_open(&f->clerk, "*"), SESSION_QUARANTINED);
}

static int setup(void **state)
{
	struct fix *f = calloc(1, sizeof(*f));
	const uint8_t seed[CRYPT_SEED_LEN] = {9};
	struct actor *all[] = {&f->root, &f->registrar, &f->local, &f->clerk, &f->other};
	struct ingest_conf conf;

	assert_non_null(f);
	assert_int_equal(crypt_init(NULL), RC_OK);
	for (uint32_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		actor_init(all[i], i + 1);
	clock_manual_init(&f->clock, 1795100000);
	f->late = (struct clock){late_now_ms, late_mono_ms, f};
	f->col.clock = &f->late;
	memcpy(f->col.root, f->root.pk, CRYPT_PK_LEN);
	assert_int_equal(os_dir_temp(&f->col.home, "issue_test", NULL), RC_OK);
	(void)snprintf(f->lines, sizeof(f->lines), "%s/w.jsonl", f->col.home);
	assert_int_equal(archive_sqlite_open(&f->col.archive, f->col.home, true, NULL), RC_OK);
	assert_int_equal(crypt_signer_seed(seed, &f->col.log, NULL), RC_OK);
	assert_int_equal(turn_new(&f->col.reports, NULL), RC_OK);
	conf = (struct ingest_conf){
	    .archive = f->col.archive, .clock = &f->clock.clock, .log = f->col.log, .root = f->root.pk};
	assert_int_equal(ingest_open(&f->col.ingest, &conf, NULL), RC_OK);
	certify(f);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fix *f = *state;

	ingest_free(f->col.ingest);
	archive_free(f->col.archive);
	turn_free(f->col.reports);
	crypt_signer_free(f->col.log);
	actor_free(&f->root);
	actor_free(&f->registrar);
	actor_free(&f->local);
	actor_free(&f->clerk);
	actor_free(&f->other);
	assert_int_equal(os_dir_remove(f->col.home, NULL), RC_OK);
	free(f->col.home);
	free(f);
	return 0;
}

/* An entry at the id of a week that says it is the issue of a week, or no more than that week (size 0). */
static struct entry *written(struct actor *by, const char *at, const char *week, int64_t size)
{
	struct report_issue i = {.size = size};
	struct json *fields = NULL;
	struct entry *e;
	uint8_t id[16];
	char *text;

	memcpy(i.week, week, sizeof(i.week));
	report_issue_id(at, id);
	fields = size > 0 ? report_issue_json(&i) : json_object();
	if (size == 0)
		json_set_str(fields, "week", week);
	text = json_print(fields);
	e = actor_set(by, "*", REPORT_KIND, id, text, NULL, 0);
	json_free(fields);
	free(text);
	return e;
}

static int64_t size_of(struct fix *f)
{
	struct archive_reader *r = NULL;
	int64_t size = 0, at;
	struct buf note;

	buf_init(&note, NOTE_TEXT_MAX);
	assert_int_equal(archive_read(f->col.archive, &r, NULL), RC_OK);
	assert_int_equal(r->head(r->ctx, &size, &note, &at, NULL), RC_OK);
	archive_read_end(f->col.archive, r);
	buf_free(&note);
	return size;
}

/* With its export. *retindex: where it says its entry stands. */
static enum rc freeze(struct fix *f, const char *week, int64_t *retindex, struct err *e)
{
	const struct op_call call = {.home = f->col.home, .app = &f->col};
	struct json *in = json_object(), *out = NULL;
	enum rc rc;

	json_set_str(in, "week", week);
	json_set_str(in, "as", "reporter");
	json_set_str(in, "passphrase", PASS);
	json_set_str(in, "lines", f->lines);
	rc = op_run(&op_report_freeze, &call, in, &out, e);
	if (rc == RC_OK)
		assert_true(json_get_int(out, "index", retindex));
	json_free(in);
	json_free(out);
	return rc;
}

static void refused(struct fix *f, const char *week, const char *clause, const char *key, int64_t index)
{
	int64_t before = size_of(f), none;
	char text[NUM_I64_LEN];
	struct err e = {0};

	assert_int_equal(freeze(f, week, &none, &e), RC_EXISTS);
	assert_string_equal(e.clause, clause);
	assert_string_equal(e.key, key);
	if (index >= 0) {
		num_str(index, text);
		assert_string_equal(err_arg(&e, "index"), text);
	}
	assert_int_equal(size_of(f), before);
}

static void count_wrong(void *ctx, const uint8_t *id, int64_t index, int64_t line, const struct err *why)
{
	(void)id;
	(void)index;
	(void)line;
	print_message("# %s %s\n", why->clause, why->key);
	++*(int *)ctx;
}

/* What was exported last is a report that an issue by a reporter stands behind. */
static void holds(struct fix *f)
{
	int wrong = 0;
	struct report_file_check c = {.root = f->root.pk, .ctx = &wrong, .fail = count_wrong};

	assert_int_equal(report_file_check(f->lines, &c, NULL), RC_OK);
	report_free(c.report);
	assert_int_equal(wrong, 0);
	assert_true(c.frozen);
}

/* Made and exported once more, as everybody may later. */
static void holds_again(struct fix *f, const char *week)
{
	const struct op_call call = {.home = f->col.home, .app = &f->col};
	struct json *in = json_object(), *out = NULL;

	json_set_str(in, "week", week);
	json_set_str(in, "lines", f->lines);
	assert_int_equal(op_run(&op_report, &call, in, &out, NULL), RC_OK);
	json_free(in);
	json_free(out);
	holds(f);
}

struct listed {
	size_t n;
	int64_t index;
};

static bool take_listed(void *arg, const struct report_issue *i, int64_t index, bool undecided)
{
	struct listed *l = arg;

	assert_string_equal(i->week, WEEK);
	assert_false(undecided);
	l->n++;
	l->index = index;
	return true;
}

static void listed(struct fix *f, size_t n, int64_t index)
{
	struct listed l = {.index = -1};

	assert_int_equal(report_make_issues(&f->col, take_listed, &l, NULL), RC_OK);
	assert_int_equal(l.n, n);
	assert_int_equal(l.index, index);
}

/* clause: R1 R10 M21 */
static void what_was_held_back_is_not_the_issue(void **state)
{
	struct fix *f = *state;
	int64_t index = -1;
	struct err e = {0};

	submit(f, written(&f->clerk, WEEK, WEEK, 1), SESSION_QUARANTINED);
	listed(f, 0, -1);
	done(freeze(f, WEEK, &index, &e), &e);
	assert_int_equal(index, size_of(f) - 1);
	holds(f);
	submit(f, written(&f->clerk, WEEK, WEEK, 2), SESSION_QUARANTINED);
	add(f, written(&f->other, WEEK, WEEK, 3)); /* again: it changes nothing */
	listed(f, 1, index);
	holds_again(f, WEEK);
	refused(f, WEEK, "R1", "report.frozen", -1);
}

/* clause: R1 R12 M21 */
static void what_is_none_keeps_the_place_until_its_key_is_revoked(void **state)
{
	struct fix *f = *state;
	int64_t at = add(f, written(&f->other, WEEK, WEEK, 0)), index = -1;
	struct err e = {0};

	listed(f, 0, -1);
	refused(f, WEEK, "M21", "report.taken", at);
	add(f, actor_revoke(&f->root, "*", f->other.pk, 0));
	done(freeze(f, WEEK, &index, &e), &e);
	listed(f, 1, index);
	holds(f);
	holds_again(f, WEEK);
}

/* clause: R1 */
static void another_id_or_a_size_above_it_is_no_issue(void **state)
{
	struct fix *f = *state;
	int64_t index = -1, above;
	struct err e = {0};

	add(f, written(&f->other, "2026-W49", WEEK, 1));
	above = add(f, written(&f->other, "2026-W51", "2026-W51", size_of(f) + 1)); /* its own index is size_of(f) */
	listed(f, 0, -1);
	refused(f, "2026-W51", "M21", "report.taken", above);
	done(freeze(f, WEEK, &index, &e), &e);
	listed(f, 1, index);
	holds(f);
}

/* While the figures are made somebody else takes the place. clause: R1 M21 */
static void nothing_is_frozen_behind_what_came_meanwhile(void **state)
{
	struct fix *f = *state;
	int64_t before = size_of(f), none = -1;
	struct err e = {0};

	f->coming = written(&f->other, WEEK, WEEK, 1);
	assert_int_equal(freeze(f, WEEK, &none, &e), RC_EXISTS);
	assert_string_equal(e.key, "report.frozen");
	assert_null(f->coming);
	assert_int_equal(size_of(f), before + 1);
	listed(f, 1, before);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(what_was_held_back_is_not_the_issue),
	    CASE(what_is_none_keeps_the_place_until_its_key_is_revoked),
	    CASE(another_id_or_a_size_above_it_is_no_issue),
	    CASE(nothing_is_frozen_behind_what_came_meanwhile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
