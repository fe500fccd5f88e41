/*
 * ingest_test: the sequencer beside its archive: what makes look-ups by hash short is done when
 * nobody waits, by the thread itself, and under load without a pause as well; a sender's commit
 * holds its own group only.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/codec.h"
#include "lib/embed.h"
#include "lib/limits.h"
#include "server-stub/archive_part.h"
#include "server-stub/ingest.h"
#include "server-stub/task.h"
#include "server-stub/units.h"
#include "sync/merge.h"
#include "tests/support/actor.h"

#define SCOPE "00004"

enum { WAIT_MS = 10, WAITS = 6000 };

struct fix {
	char *home;
	struct archive *a;
	struct ingest *g;
	struct clock_manual clock;
	struct actor root, registrar, clerk;
	struct crypt_signer *log;
	uint32_t n; /* records made */
};

static void ok(enum rc rc, const struct err *e)
{
	if (rc != RC_OK)
		fail_msg("%s %s %s", err_name(rc), e->clause, e->key);
}

static void submit(struct fix *f, struct entry *const *e, size_t n)
{
	struct session_line *line = calloc(n, sizeof(*line));
	struct session_verdict *v = calloc(n, sizeof(*v));
	struct err err = {0};

	assert_true(line && v);
	for (size_t i = 0; i < n; i++)
		line[i].e = e[i];
	ok(ingest_submit(f->g, line, n, v, &err), &err);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(v[i].kind, SESSION_ACCEPTED);
		entry_free(e[i]);
	}
	free(line);
	free(v);
}

static void open_ingest(struct fix *f, bool thread)
{
	const struct ingest_conf conf = {.archive = f->a,
					 .clock = &f->clock.clock,
					 .log = f->log,
					 .root = f->root.pk,
					 .thread = thread};
	struct err e = {0};

	ingest_free(f->g);
	f->g = NULL;
	ok(ingest_open(&f->g, &conf, &e), &e);
}

static int setup(void **state)
{
	struct fix *f = calloc(1, sizeof(*f));
	struct entry *e[5];
	uint8_t seed[CRYPT_SEED_LEN] = {9};
	struct err err = {0};

	assert_non_null(f);
	ok(crypt_init(&err), &err);
	ok(os_dir_temp(&f->home, "ingest_test", &err), &err);
	ok(archive_sqlite_open(&f->a, f->home, true, &err), &err);
	ok(crypt_signer_seed(seed, &f->log, &err), &err);
	clock_manual_init(&f->clock, 1795100000);
	actor_init(&f->root, 1);
	actor_init(&f->registrar, 2);
	actor_init(&f->clerk, 3);
	open_ingest(f, true);
	e[0] = actor_open(&f->root, "*");
	e[1] = actor_cert(&f->root, "*", f->registrar.pk, ROLE_REGISTRAR, "*", NULL);
	e[2] = actor_open(&f->registrar, SCOPE);
	e[3] = actor_cert(&f->registrar, SCOPE, f->clerk.pk, ROLE_CLERK, SCOPE, NULL);
	e[4] = actor_open(&f->clerk, SCOPE);
	submit(f, e, 5);
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
	actor_free(&f->registrar);
	actor_free(&f->clerk);
	assert_int_equal(os_dir_remove(f->home, NULL), RC_OK);
	free(f->home);
	free(f);
	return 0;
}

/* New records of the clerk in one group; the id of the last one. */
static void records(struct fix *f, size_t n, uint8_t retid[ENTRY_ID_LEN])
{
	struct entry **e = calloc(n, sizeof(struct entry *));
	uint8_t id[16] = {0};

	assert_non_null(e);
	for (size_t i = 0; i < n; i++) {
		codec_put_be32(id, f->n++);
		codec_uuid_stamp(id, 7);
		e[i] = actor_set(&f->clerk, SCOPE, "asset", id, "{\"name\":\"Bàn\"}", NULL, 0);
	}
	memcpy(retid, e[n - 1]->id, ENTRY_ID_LEN);
	submit(f, e, n);
	free(e);
}

static int64_t index_of(struct fix *f, const uint8_t id[ENTRY_ID_LEN])
{
	struct archive_reader *r = NULL;
	struct err e = {0};
	int64_t at;

	ok(archive_read(f->a, &r, &e), &e);
	ok(r->entry_by_id(r->ctx, id, &at, &e), &e);
	archive_read_end(f->a, r);
	return at;
}

static void test_tidies_in_a_pause(void **state)
{
	struct fix *f = *state;
	int64_t groups = archive_commits(f->a);
	uint8_t id[ENTRY_ID_LEN];
	int waits = 0;

	records(f, ARCHIVE_RUN, id);
	while (archive_commits(f->a) < groups + 2 && waits++ < WAITS)
		os_sleep_ms(WAIT_MS); /* until the thread found that nobody waits */
	assert_int_equal(archive_commits(f->a), groups + 2);
	assert_int_equal(index_of(f, id), ARCHIVE_RUN + 4);
	records(f, 1, id); /* it takes work as before */
	assert_int_equal(index_of(f, id), ARCHIVE_RUN + 5);
	assert_int_equal(ingest_counts(f->g).groups, 3);
}

/* Groups without a pause between them: tidying keeps up, after each has been answered. */
static void test_tidies_under_load(void **state)
{
	enum { BOUND = 16 * 1024, GROUP = 5000, GROUPS = 4 };
	struct fix *f = *state;
	int64_t before, left = 0;
	uint8_t id[ENTRY_ID_LEN];
	bool more = false;

	open_ingest(f, false); /* no thread, so no pause either */
	before = archive_commits(f->a);
	for (int i = 0; i < GROUPS; i++)
		records(f, GROUP, id);
	assert_true(GROUP * GROUPS > BOUND);
	assert_true(archive_commits(f->a) > before + GROUPS);
	before = archive_commits(f->a);
	ingest_free(f->g);
	f->g = NULL;
	assert_int_equal(index_of(f, id), GROUP * GROUPS + 4);
	assert_int_equal(archive_writer(f->a)->tidy(f->a, GROUP * GROUPS + 5, &left, &more, NULL),
			 RC_OK);
	assert_true(left + ARCHIVE_RUN <= BOUND);
}

static bool take_stub(void *arg, const struct archive_row *row)
{
	*(bool *)arg = row->payload.p == NULL && row->by_line.p != NULL;
	return false;
}

/* Of two erases that name one id before it came, the first with a wrong body, the second counts. clause: A16 */
static void test_two_erases_of_one(void **state)
{
	struct fix *f = *state;
	uint8_t id[16] = {0}, eid[ENTRY_ID_LEN];
	struct entry *e, *twin, *two[2];
	struct archive_reader *r = NULL;
	struct err err = {0};
	bool gone = false;
	int64_t at;

	codec_put_be32(id, f->n++);
	codec_uuid_stamp(id, 7);
	e = actor_set(&f->clerk, SCOPE, "asset", id, "{\"name\":\"Bí mật\"}", NULL, 0);
	twin = actor_set(&f->clerk, SCOPE, "asset", id, "{\"name\":\"Tủ\"}", NULL, 0);
	memcpy(twin->id, e->id, ENTRY_ID_LEN); /* the right id, another place in the feed */
	two[0] = actor_erase(&f->registrar, twin);
	two[1] = actor_erase(&f->registrar, e);
	submit(f, two, 2);
	entry_free(twin);
	at = index_of(f, e->id);
	assert_int_equal(at, -1);
	memcpy(eid, e->id, sizeof(eid));
	submit(f, &e, 1);
	at = index_of(f, eid);
	assert_true(at >= 0);
	ok(archive_read(f->a, &r, &err), &err);
	ok(r->rows(r->ctx, NULL, at, at + 1, take_stub, &gone, &err), &err);
	archive_read_end(f->a, r);
	assert_true(gone);
}

struct found {
	struct archive_entity e;
	struct archive_row row;
	char state[32], level[32];
};

static bool take_facts(void *arg, const struct archive_row *row)
{
	((struct found *)arg)->row = *row;
	return false;
}

/* The entity, what it shows and the row at index. */
static struct found find(struct fix *f, const char *kind, const uint8_t id[16], int64_t index)
{
	struct archive_reader *r = NULL;
	struct merge_state *s = NULL;
	struct found x = {.e = {.no = 0}};
	struct buf state, title;
	struct json *v;
	struct err e = {0};

	buf_init(&state, LIMIT_MERGE_STATE);
	buf_init(&title, LIMIT_TEXT);
	ok(archive_read(f->a, &r, &e), &e);
	ok(r->entity(r->ctx, SCOPE, kind, id, &x.e, &state, &title, &e), &e);
	ok(merge_read(span_buf(&state), &s, &e), &e);
	ok(r->rows(r->ctx, NULL, index, index + 1, take_facts, &x, &e), &e);
	archive_read_end(f->a, r);
	v = merge_json(s, NULL);
	(void)snprintf(x.state, sizeof(x.state), "%s", json_get_str(v, "state") ? json_get_str(v, "state") : "");
	(void)snprintf(x.level, sizeof(x.level), "%s", json_get_str(v, "level") ? json_get_str(v, "level") : "");
	json_free(v);
	merge_free(s);
	buf_free(&state);
	buf_free(&title);
	return x;
}

/* One line that is not refused, at the next index. */
static struct session_verdict put(struct fix *f, struct entry *e, int64_t *retindex)
{
	struct session_line line = {.e = e};
	struct session_verdict v = {.index = -1};
	struct err err = {0};

	ok(ingest_submit(f->g, &line, 1, &v, &err), &err);
	assert_true(v.kind == SESSION_ACCEPTED || v.kind == SESSION_QUARANTINED);
	*retindex = v.index;
	return v;
}

/* Whoever takes an entry's payload by an erase nobody lets him write is told so, and it comes whole. clause: A16 E26 */
static void test_forged_stubs(void **state)
{
	struct fix *f = *state;
	static const uint8_t id[16] = {3, [6] = 0x70, [8] = 0x80};
	struct actor verifier, stranger;
	struct actor *forger[] = {&f->clerk, &verifier, &stranger};
	struct entry *e, *cert;
	struct err err = {0};
	int64_t at = -1;

	actor_init(&verifier, 4);
	actor_init(&stranger, 5);
	cert = actor_cert(&f->root, "*", verifier.pk, ROLE_VERIFIER, "*", NULL);
	submit(f, &cert, 1);
	e = actor_set(&f->clerk, SCOPE, "asset", id, "{\"name\":\"Máy in\"}", NULL, 0);
	for (size_t i = 0; i < 3; i++) {
		struct entry *by = actor_erase(forger[i], e), *stub = NULL;
		struct session_line line = {.e = NULL};
		struct session_verdict v = {.index = -1};
		enum rc rc;

		ok(entry_load_stub(by->line, e->sig, e->key, &stub, &err), &err);
		line.e = stub;
		rc = ingest_submit(f->g, &line, 1, &v, &err);
		assert_int_equal(rc, i == 2 ? RC_REFUSED : RC_OK); /* a stranger's a session lets nowhere near */
		if (rc == RC_OK) {
			assert_int_equal(v.kind, SESSION_REFUSED);
			assert_string_equal(v.clause, "A16");
			assert_string_equal(v.key, "ingest.erase_not_admitted");
		} else {
			assert_string_equal(err.clause, "A1");
		}
		entry_free(stub);
		entry_free(by);
	}
	assert_int_equal(put(f, e, &at).kind, SESSION_ACCEPTED); /* nothing was noted against it */
	assert_int_equal(find(f, "asset", id, at).row.by_line.len, 0);
	entry_free(e);
	actor_free(&verifier);
	actor_free(&stranger);
}

static bool is_named(struct fix *f, const uint8_t sha[32])
{
	struct archive_reader *r = NULL;
	struct err e = {0};
	int64_t size = 0;
	bool named = false;

	ok(archive_read(f->a, &r, &e), &e);
	ok(r->blob_named(r->ctx, SCOPE, sha, &named, &size, &e), &e);
	archive_read_end(f->a, r);
	return named;
}

/* A photo that was held back is asked for once it counts. clause: A10 P31 */
static void test_photo_admitted_later(void **state)
{
	struct fix *f = *state;
	static const uint8_t shot[16] = {7, [6] = 0x70, [8] = 0x80};
	uint8_t sha[32], id[1][ENTRY_ID_LEN];
	struct entry *e, *by = actor_revoke(&f->registrar, SCOPE, f->clerk.pk, 0);
	char set[256], hex[65];
	int64_t at = -1;

	crypt_sha256("photo", 5, sha);
	codec_hex(sha, sizeof(sha), hex);
	(void)snprintf(
	    set, sizeof(set),
	    "{\"file\":{\"sha256\":\"%s\",\"size\":5,\"type\":\"image/png\",\"name\":\"a\"}}", hex);
	submit(f, &by, 1);
	e = actor_set(&f->clerk, SCOPE, "photo", shot, set, NULL, 0);
	memcpy(id[0], e->id, ENTRY_ID_LEN);
	assert_int_equal(put(f, e, &at).kind, SESSION_QUARANTINED);
	assert_false(is_named(f, sha));
	by = actor_admit(&f->registrar, SCOPE, (const uint8_t(*)[ENTRY_ID_LEN])id, 1);
	submit(f, &by, 1);
	assert_int_equal(find(f, "photo", shot, at).row.verdict, KEYRING_ADMITTED);
	assert_true(is_named(f, sha));
	entry_free(e);
}

#define CENTRE_APPROVES "{\"target\":\"00000001-0000-7000-8000-000000000000\",\"state\":\"approved\",\"level\":\"centre\"}"

/* A key of a province with a program of its own. clause: A5 M21 */
static void test_reviews_of_a_province(void **state)
{
	struct fix *f = *state;
	static const uint8_t mine[16] = {1, [6] = 0x70, [8] = 0x80}, other[16] = {2, [6] = 0x70, [8] = 0x80};
	struct actor centre, province;
	struct entry *e, *forged;
	struct found x;
	int64_t first, second, at, n;

	actor_init(&centre, 4);
	actor_init(&province, 5);
	struct entry *certs[] = {actor_cert(&f->root, "*", centre.pk, ROLE_VERIFIER, "*", NULL),
				 actor_cert(&f->root, "*", province.pk, ROLE_PROVINCE_VERIFIER, "*", NULL),
				 actor_open(&centre, SCOPE), actor_open(&province, SCOPE)};
	submit(f, certs, 4);
	/* it does not decide for the centre */
	forged = actor_set(&province, SCOPE, "review", mine, CENTRE_APPROVES, NULL, 0);
	struct session_verdict v = put(f, forged, &n);
	assert_int_equal(v.kind, SESSION_QUARANTINED);
	assert_int_equal(v.why, KEYRING_Q_ROLE);
	x = find(f, "review", mine, n);
	assert_int_equal(x.row.verdict, KEYRING_Q_ROLE);
	assert_string_equal(x.level, "");
	assert_int_equal(x.e.last_index, -1);
	/* nor does it take back what the centre decided, by an entry that names no level */
	e = actor_set(&centre, SCOPE, "review", other, CENTRE_APPROVES, NULL, 0);
	assert_int_equal(put(f, e, &first).kind, SESSION_ACCEPTED);
	struct entry *over = actor_set(&province, SCOPE, "review", other, "{\"state\":\"returned\"}",
				       (const uint8_t(*)[ENTRY_ID_LEN])e->id, 1);
	assert_int_equal(put(f, over, &at).kind, SESSION_ACCEPTED);
	second = at;
	x = find(f, "review", other, at);
	assert_string_equal(x.state, "approved");
	assert_string_equal(x.level, "centre");
	assert_int_equal(x.e.last_index, first);
	assert_int_equal(x.e.conflicts, 0);
	assert_true(x.row.flags & KEYRING_FLAG_AGAIN);
	/* what an erase leaves of the forged one is judged as everybody else will judge it, and says nothing */
	struct entry *erase = actor_erase(&f->registrar, forged);
	assert_int_equal(put(f, erase, &at).kind, SESSION_ACCEPTED);
	x = find(f, "review", mine, n);
	assert_int_equal(x.row.verdict, KEYRING_ADMITTED);
	assert_string_equal(x.state, "");
	/* made anew it is the same: the second stands, once the first counts no more */
	struct entry *revoke = actor_revoke(&f->root, "*", centre.pk, first);
	assert_int_equal(put(f, revoke, &at).kind, SESSION_ACCEPTED);
	x = find(f, "review", other, first);
	assert_int_equal(x.row.verdict, KEYRING_Q_REVOKED);
	assert_string_equal(x.state, "returned");
	assert_string_equal(x.level, "");
	x = find(f, "review", other, second);
	assert_int_equal(x.row.flags & KEYRING_FLAG_AGAIN, 0); /* and is the first, as a PC says (A9) */
	entry_free(e);
	entry_free(forged);
	entry_free(over);
	entry_free(erase);
	entry_free(revoke);
	actor_free(&centre);
	actor_free(&province);
}

/* The program's own form, published by the root. */
static struct entry *own_form(struct fix *f, const char *name)
{
	const struct embed_file *file;
	uint8_t sha[32];
	struct err e = {0};
	char path[80];

	(void)snprintf(path, sizeof(path), "forms/%s.json", name);
	file = embed_find(path);
	assert_non_null(file);
	ok(archive_blob_put(f->a, span_of(file->data, file->len), sha, &e), &e);
	return actor_form(&f->root, name, 1, sha, (int64_t)file->len);
}

static bool take_state(void *arg, const struct archive_submission *s)
{
	*(int *)arg = s->state;
	return false;
}

/* The state of the one task, as lists have it. */
static int task_state(struct fix *f)
{
	const struct archive_wanted w = {.state = -1, .rank = -1, .before = INT64_MAX, .from = -1,
					 .until = -1, .limit = 1, .kind = "task"};
	struct archive_reader *r = NULL;
	struct archive_got got;
	struct err e = {0};
	int state = -1;

	ok(archive_read(f->a, &r, &e), &e);
	ok(r->submissions(r->ctx, &w, take_state, &state, &got, &e), &e);
	archive_read_end(f->a, r);
	return state;
}

/* A check named to a task is all here with the last photo of its line: then its row and the task's are made again. */
static void test_last_photo_of_a_line(void **state)
{
	struct fix *f = *state;
	static const uint8_t task[16] = {3, [6] = 0x70, [8] = 0x80}, check[16] = {4, [6] = 0x70, [8] = 0x80},
			     row[16] = {5, [6] = 0x70, [8] = 0x80}, shot[16] = {6, [6] = 0x70, [8] = 0x80};
	char line_id[CODEC_B64U_32 + 1], photo_id[CODEC_B64U_32 + 1], set[512];
	struct actor centre, other;

	actor_init(&centre, 4);
	actor_init(&other, 5);
	struct entry *forms[] = {own_form(f, "task"), own_form(f, "equipment_check"),
				 own_form(f, "equipment_line"), own_form(f, "photo")};
	submit(f, forms, 4);
	struct entry *e[] = {actor_cert(&f->root, "*", centre.pk, ROLE_VERIFIER, "*", NULL),
			     actor_open(&centre, SCOPE),
			     actor_cert(&f->registrar, SCOPE, other.pk, ROLE_CLERK, SCOPE, NULL),
			     actor_open(&other, SCOPE),
			     actor_set(&centre, SCOPE, "task", task, "{\"title\":\"Kiểm lại\",\"state\":\"moi\"}",
				       NULL, 0)};
	submit(f, e, 5);
	struct entry *photo = actor_set(&other, SCOPE, "photo", shot,
					"{\"attached_to\":\"05000000-0000-7000-8000-000000000000\"}", NULL, 0);
	struct entry *line = actor_set(&f->clerk, SCOPE, "equipment_line", row,
				       "{\"check\":\"04000000-0000-7000-8000-000000000000\"}", NULL, 0);
	codec_b64u(line->id, ENTRY_ID_LEN, line_id);
	codec_b64u(photo->id, ENTRY_ID_LEN, photo_id);
	(void)snprintf(set, sizeof(set),
		       "{\"task\":\"03000000-0000-7000-8000-000000000000\",\"children\":[\"%s\",\"%s\"]}", line_id,
		       photo_id);
	struct entry *both[] = {line, actor_set(&f->clerk, SCOPE, "equipment_check", check, set, NULL, 0)};
	submit(f, both, 2);
	assert_int_equal(task_state(f), TASK_OPEN);
	submit(f, &photo, 1);
	assert_int_equal(task_state(f), TASK_DONE);
	actor_free(&centre);
	actor_free(&other);
}

static struct {
	enum rc (*entities)(void *ctx, const struct archive_filter *f,
			    bool (*take)(void *arg, const struct archive_entity *e), void *arg,
			    int64_t *rettotal, struct err *reterr);
	size_t n; /* times that mergers were read */
} counted;

static enum rc count_entities(void *ctx, const struct archive_filter *f,
			      bool (*take)(void *arg, const struct archive_entity *e), void *arg,
			      int64_t *rettotal, struct err *reterr)
{
	counted.n += f->kind && strcmp(f->kind, UNIT_KIND) == 0;
	return counted.entities(ctx, f, take, arg, rettotal, reterr);
}

/* Times that mergers were read for a group of so many checks, each of which names a task. */
static size_t units_reads(struct fix *f, uint8_t check, size_t n, const char *more, struct entry *first)
{
	uint8_t id[16] = {check, [6] = 0x70, [8] = 0x80};
	struct entry *e[8];
	char set[128];
	size_t k = 0;

	assert_true(n + 1 <= sizeof(e) / sizeof(e[0]));
	if (first)
		e[k++] = first;
	(void)snprintf(set, sizeof(set), "{\"task\":\"03000000-0000-7000-8000-000000000000\"%s}", more);
	for (size_t i = 0; i < n; i++, id[15]++)
		e[k++] = actor_set(&f->clerk, SCOPE, "equipment_check", id, set, NULL, 0);
	counted.n = 0;
	submit(f, e, k);
	return counted.n;
}

/* Whatever a group has of checks that name tasks, it reads where communes go on once, and once more when it says so. */
static void test_units_are_read_once(void **state)
{
	struct fix *f = *state;
	struct archive_reader *own = archive_writer(f->a)->own;
	struct actor centre, registrar;
	static const uint8_t task[16] = {3, [6] = 0x70, [8] = 0x80};
	const struct span closed = span_str("00005");
	uint8_t merger[16];

	actor_init(&centre, 4);
	actor_init(&registrar, 5);
	entry_uuid_key(UNIT_KIND, &closed, 1, merger);
	struct entry *forms[] = {own_form(f, "task"), own_form(f, "equipment_check"), own_form(f, "merger")};
	submit(f, forms, 3);
	struct entry *e[] = {actor_cert(&f->root, "*", centre.pk, ROLE_VERIFIER, "*", NULL),
			     actor_cert(&f->root, "*", registrar.pk, ROLE_REGISTRAR, "*", NULL),
			     actor_open(&centre, SCOPE), actor_open(&registrar, "*"),
			     actor_set(&centre, SCOPE, "task", task, "{\"title\":\"Kiểm lại\",\"state\":\"moi\"}",
				       NULL, 0)};
	submit(f, e, 5);
	counted.entities = own->entities;
	own->entities = count_entities;
	assert_int_equal(units_reads(f, 7, 6, "", NULL), 1);
	assert_int_equal(task_state(f), TASK_DONE);
	assert_int_equal(units_reads(f, 7, 6, ",\"note\":\"x\"", NULL), 1); /* they named it before, too */
	assert_int_equal(units_reads(f, 8, 6, "", actor_set(&registrar, "*", UNIT_KIND, merger, "{\"closed\":\"00005\",\"into\":\"00004\"}",
							    NULL, 0)), 1);
	assert_int_equal(units_reads(f, 7, 6, "", actor_set(&registrar, "*", UNIT_KIND, merger, "{\"note\":\"x\"}", NULL, 0)), 2);
	own->entities = counted.entities;
	actor_free(&centre);
	actor_free(&registrar);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_forged_stubs, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_photo_admitted_later, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_two_erases_of_one, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_reviews_of_a_province, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_last_photo_of_a_line, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_units_are_read_once, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_tidies_in_a_pause, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_tidies_under_load, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
