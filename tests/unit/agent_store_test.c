/*
 * agent_store: one PC's store by its own interface: what a save costs, what is found again,
 * what counts before and after a cert, forms, blobs, a full disk, a rebuild.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/store.h"
#include "agent/store_sql.h"
#include "lib/codec.h"
#include "lib/db.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "lib/os.h"
#include "tests/support/actor.h"

#define SCOPE "00004"
#define NONE  NULL, 0

enum { KEPT = 4096, NOW = 1795100000 };

struct pc {
	char *home;
	struct clock_manual clock;
	struct store *s;
	struct actor root, registrar, clerk, other;
	struct entry *kept[KEPT]; /* freed at the end */
	size_t n;
};

static const uint8_t pc_key[CRYPT_PK_LEN] = {0xd5}, other_pc[CRYPT_PK_LEN] = {0xd6};

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

static struct entry *keep(struct pc *p, struct entry *e)
{
	assert_true(p->n < KEPT);
	return p->kept[p->n++] = e;
}

static void reopen(struct pc *p)
{
	store_free(p->s);
	p->s = NULL;
	MUST(store_open(&p->s, p->home, false, &p->clock.clock, &why));
}

static int setup(void **state)
{
	struct pc *p = calloc(1, sizeof(*p));
	struct actor *all[] = {&p->root, &p->registrar, &p->clerk, &p->other};

	for (uint32_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		actor_init(all[i], i);
	clock_manual_init(&p->clock, NOW);
	MUST(os_dir_temp(&p->home, "kk-store", &why));
	MUST(store_open(&p->s, p->home, true, &p->clock.clock, &why));
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct pc *p = *state;
	struct actor *all[] = {&p->root, &p->registrar, &p->clerk, &p->other};

	store_free(p->s);
	for (size_t i = 0; i < p->n; i++)
		entry_free(p->kept[i]);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		actor_free(all[i]);
	os_dir_remove(p->home, NULL);
	free(p->home);
	free(p);
	return 0;
}

static void uuid(uint8_t id[16], unsigned n)
{
	memset(id, 0x5a, 16);
	codec_put_be32(id, n * 2654435761U);
	codec_put_be32(id + 9, n);
	codec_uuid_stamp(id, 7);
}

static void append(struct pc *p, struct entry *e)
{
	MUST(store_append(p->s, &e, 1, &why));
}

static void open_feed(struct pc *p, struct actor *a)
{
	append(p, keep(p, actor_open_on(a, SCOPE, pc_key)));
}

static struct entry *record(struct pc *p, struct actor *a, unsigned n, const char *set)
{
	uint8_t id[16];
	struct entry *e;

	uuid(id, n);
	e = keep(p, actor_set(a, SCOPE, "asset", id, set, NONE));
	append(p, e);
	return e;
}

static struct store_entity *entity(struct pc *p, const char *kind, unsigned n)
{
	struct store_entity *x = NULL;
	uint8_t id[16];

	uuid(id, n);
	MUST(store_entity(p->s, SCOPE, kind, id, &x, &why));
	return x;
}

/* The shown value of a field, as its raw bytes; "" without. */
static void shown(struct pc *p, unsigned n, const char *field, char ret[256])
{
	struct store_entity *x = entity(p, "asset", n);
	struct merge_value v;
	struct buf scratch;

	buf_init(&scratch, LIMIT_MIB);
	ret[0] = '\0';
	if (merge_show(x->state, field, merge_policy(x->form, field), &scratch, &v, NULL, NULL) ==
	    RC_OK)
		snprintf(ret, 256, "%.*s", (int)v.raw.len, (const char *)v.raw.p);
	buf_free(&scratch);
	store_entity_free(x);
}

static struct store_counts counts(struct pc *p)
{
	struct store_counts c;

	MUST(store_counts(p->s, &c, &why));
	return c;
}

static void clean(struct pc *p)
{
	int64_t entities = -1, differ = -1;

	MUST(store_rebuild_check(p->s, &entities, &differ, &why));
	assert_int_equal(differ, 0);
}

static void line_to(struct buf *b, struct entry *e)
{
	buf_add_span(b, e->line);
	buf_add_char(b, '\n');
}

static void set_root(struct pc *p)
{
	char text[CODEC_B64U_32 + 1];

	codec_b64u(p->root.pk, CRYPT_PK_LEN, text);
	MUST(store_set_setting(p->s, "root", text, &why));
}

static void trust(struct pc *p, struct entry *e)
{
	struct buf b;

	buf_init(&b, LIMIT_MIB);
	line_to(&b, keep(p, e));
	MUST(store_trust(p->s, span_buf(&b), NULL, &why));
	buf_free(&b);
}

static void certify(struct pc *p)
{
	set_root(p);
	trust(p, actor_cert(&p->root, "*", p->registrar.pk, ROLE_REGISTRAR, "*", NULL));
	trust(p, actor_cert(&p->registrar, SCOPE, p->clerk.pk, ROLE_CLERK, SCOPE, NULL));
}

/* ---- opening ---- */

static void a_store_is_made_only_when_asked_for(void **state)
{
	struct pc *p = *state;
	struct store *s = NULL;
	struct err err = {0};
	char *nowhere = NULL;

	MUST(os_path_join(&nowhere, p->home, "nowhere", &why));
	assert_int_equal(store_open(&s, nowhere, false, &p->clock.clock, &err), RC_NOTFOUND);
	assert_string_equal(err.key, "store.none");
	assert_null(s);
	assert_false(os_file_exists(nowhere));
	free(nowhere);
}

static void settings_are_kept(void **state)
{
	struct pc *p = *state;
	char *v = NULL;

	MUST(store_setting(p->s, "scope", &v, &why));
	assert_null(v);
	MUST(store_set_setting(p->s, "scope", "00004", &why));
	MUST(store_set_setting(p->s, "scope", SCOPE, &why));
	reopen(p);
	MUST(store_setting(p->s, "scope", &v, &why));
	assert_string_equal(v, SCOPE);
	free(v);
}

/* ---- saving ---- */

static void a_save_is_one_transaction_whatever_it_holds(void **state)
{
	struct pc *p = *state;
	struct entry *e[12];
	struct db_stats before;
	uint8_t id[2][16];

	uuid(id[0], 1);
	uuid(id[1], 2);
	e[0] = keep(p, actor_open_on(&p->clerk, SCOPE, pc_key));
	for (size_t i = 1; i < 12; i++)
		e[i] = keep(p, actor_set(&p->clerk, SCOPE, "asset", id[i % 2], "{\"name\":\"Bàn\"}",
					 NONE));
	before = db_stats(store_db(p->s));
	MUST(store_append(p->s, e, 12, &why));
	assert_int_equal(db_stats(store_db(p->s)).commits - before.commits, 1);
	/* each entity is read once (and once more to be made), and written once */
	assert_int_equal(db_stmt_runs(store_db(p->s), ST_ENTITY_GET), 4);
	assert_int_equal(db_stmt_runs(store_db(p->s), ST_ENTITY_PUT), 2);
	assert_int_equal(counts(p).saved, 12);
	assert_int_equal(counts(p).unsent, 12);
	clean(p);
}

static void the_feed_of_a_key_goes_on_where_it_was(void **state)
{
	struct pc *p = *state;
	struct store_feed a, b;

	MUST(store_feed(p->s, p->clerk.pk, SCOPE, pc_key, &a, &why));
	assert_int_equal(a.next_seq, 0);
	memcpy(p->clerk.feed, a.feed, sizeof(a.feed));
	open_feed(p, &p->clerk);
	struct entry *e = record(p, &p->clerk, 1, "{\"name\":\"Bàn\"}");
	reopen(p);
	MUST(store_feed(p->s, p->clerk.pk, SCOPE, pc_key, &b, &why));
	assert_memory_equal(a.feed, b.feed, sizeof(a.feed));
	assert_int_equal(b.next_seq, 2);
	assert_memory_equal(b.last, e->id, sizeof(b.last));
	/* a store that came to another PC opens another feed there */
	MUST(store_feed(p->s, p->clerk.pk, SCOPE, other_pc, &b, &why));
	assert_int_equal(b.next_seq, 0);
	assert_memory_not_equal(a.feed, b.feed, sizeof(a.feed));
	/* another scope of the same key is another feed */
	MUST(store_feed(p->s, p->clerk.pk, "00005", pc_key, &b, &why));
	assert_int_equal(b.next_seq, 0);
	assert_memory_not_equal(a.feed, b.feed, sizeof(a.feed));
}

static void nothing_is_kept_of_a_save_that_would_fork_the_feed(void **state)
{
	struct pc *p = *state;
	struct err err = {0};
	struct entry *e[2];
	uint8_t id[16];

	open_feed(p, &p->clerk);
	record(p, &p->clerk, 1, "{\"name\":\"Bàn\"}");
	uuid(id, 2);
	e[0] = keep(p, actor_set(&p->clerk, SCOPE, "asset", id, "{\"name\":\"Ghế\"}", NONE));
	keep(p, actor_set(&p->clerk, SCOPE, "asset", id, "{\"name\":\"Tủ\"}", NONE));
	e[1] = keep(p, actor_set(&p->clerk, SCOPE, "asset", id, "{\"name\":\"Giá\"}", NONE));
	assert_int_equal(store_append(p->s, e, 2, &err), RC_CONFLICT);
	assert_string_equal(err.clause, "E10");
	assert_int_equal(counts(p).saved, 2);
	struct store_entity *x = NULL;
	assert_int_equal(store_entity(p->s, SCOPE, "asset", id, &x, &err), RC_NOTFOUND);
	MUST(store_append(p->s, e, 1, &why));
	assert_int_equal(counts(p).saved, 3);
}

static void a_full_disk_is_told_and_harms_nothing(void **state)
{
	struct pc *p = *state;
	struct err err = {0};
	char set[4200], name[256];
	struct entry *e = NULL;
	enum rc rc = RC_OK;
	uint8_t id[16];
	unsigned n = 1;

	open_feed(p, &p->clerk);
	record(p, &p->clerk, n++, "{\"name\":\"Bàn\"}");
	MUST(db_page_limit(store_db(p->s), 1, &why)); /* as small as it can be: what it has now */
	for (; n < 200 && rc == RC_OK; n++) {
		snprintf(set, sizeof(set), "{\"name\":\"%04000u\"}", n);
		uuid(id, n);
		e = keep(p, actor_set(&p->clerk, SCOPE, "asset", id, set, NONE));
		rc = store_append(p->s, &e, 1, &err);
	}
	assert_int_equal(rc, RC_FULL);
	assert_string_equal(err.key, "db.full");
	int64_t saved = counts(p).saved;
	assert_true(saved >= 2);
	shown(p, 1, "name", name);
	assert_string_equal(name, "\"Bàn\"");
	clean(p);
	MUST(db_page_limit(store_db(p->s), 1000000, &why));
	append(p, e); /* the same entry, later */
	assert_int_equal(counts(p).saved, saved + 1);
	clean(p);
	reopen(p);
	assert_int_equal(counts(p).saved, saved + 1);
}

/* ---- what counts ---- */

/* clause: A3 A10 */
static void own_work_counts_before_the_cert_and_is_judged_from_then_on(void **state)
{
	struct pc *p = *state;
	struct store_entry x;
	struct entry *e;
	char name[256];

	open_feed(p, &p->clerk);
	open_feed(p, &p->other);
	e = record(p, &p->clerk, 1, "{\"name\":\"Bàn\"}");
	record(p, &p->other, 2, "{\"name\":\"Ghế\"}");
	shown(p, 1, "name", name);
	assert_string_equal(name, "\"Bàn\"");
	MUST(store_entry_get(p->s, e->id, &x, &why));
	assert_true(x.waiting);
	assert_int_equal(x.verdict, KEYRING_ADMITTED);
	assert_int_equal(x.fate, STORE_UNSENT);
	assert_int_equal(x.index, -1);
	entry_free(x.e);
	certify(p);
	MUST(store_entry_get(p->s, e->id, &x, &why));
	assert_false(x.waiting);
	assert_int_equal(x.verdict, KEYRING_ADMITTED);
	entry_free(x.e);
	clean(p);
	/* revoked from the start: unlogged entries are held back, and the entity is made anew */
	trust(p, actor_revoke(&p->registrar, SCOPE, p->clerk.pk, 0));
	MUST(store_entry_get(p->s, e->id, &x, &why));
	assert_int_equal(x.verdict, KEYRING_Q_REVOKED);
	entry_free(x.e);
	shown(p, 1, "name", name);
	assert_string_equal(name, "");
	shown(p, 2, "name", name); /* the other one still waits */
	assert_string_equal(name, "\"Ghế\"");
	clean(p);
	/* listed by an admit it counts again */
	const uint8_t(*ids)[ENTRY_ID_LEN] = (const uint8_t(*)[ENTRY_ID_LEN])(const void *)e->id;
	trust(p, actor_admit(&p->registrar, SCOPE, ids, 1));
	shown(p, 1, "name", name);
	assert_string_equal(name, "\"Bàn\"");
	clean(p);
	reopen(p);
	clean(p);
}

static void another_root_is_refused_and_the_same_taken_again(void **state)
{
	struct pc *p = *state;
	struct err err = {0};
	char text[CODEC_B64U_32 + 1];
	struct buf b;

	buf_init(&b, LIMIT_MIB);
	line_to(&b, keep(p, actor_log(&p->root, p->other.pk)));
	assert_int_equal(store_trust(p->s, span_buf(&b), NULL, &err), RC_CONFLICT);
	assert_string_equal(err.key, "store.no_root");
	certify(p);
	set_root(p);
	codec_b64u(p->other.pk, CRYPT_PK_LEN, text);
	assert_int_equal(store_set_setting(p->s, "root", text, &err), RC_CONFLICT);
	assert_string_equal(err.key, "store.other_root");
	assert_memory_equal(keyring_root(store_keyring(p->s)), p->root.pk, CRYPT_PK_LEN);
	/* a line by nobody known: none of the lines is taken */
	line_to(&b, keep(p, actor_cert(&p->other, SCOPE, p->other.pk, ROLE_CLERK, SCOPE, NULL)));
	assert_int_equal(store_trust(p->s, span_buf(&b), NULL, &err), RC_REFUSED);
	assert_string_equal(err.clause, "A1");
	struct authority_log log;
	assert_false(keyring_log(store_keyring(p->s), &log));
	buf_free(&b);
}

/* clause: E24 */
static void a_reason_is_never_in_conflict(void **state)
{
	struct pc *p = *state;
	struct store_entity *x;
	uint8_t id[16];

	open_feed(p, &p->clerk);
	open_feed(p, &p->other);
	uuid(id, 7);
	append(p, keep(p, actor_set(&p->clerk, SCOPE, "thing_nobody_knows", id,
				    "{\"colour\":\"đỏ\",\"reason\":\"a\"}", NONE)));
	append(p, keep(p, actor_set(&p->other, SCOPE, "thing_nobody_knows", id,
				    "{\"colour\":\"xanh\",\"reason\":\"b\"}", NONE)));
	x = entity(p, "thing_nobody_knows", 7);
	assert_null(x->form);
	assert_int_equal(merge_conflicts(x->state, NULL), 1); /* the colour */
	store_entity_free(x);
	assert_int_equal(counts(p).conflicts, 1);
	clean(p);
}

static void a_rebuild_tells_what_differs(void **state)
{
	struct pc *p = *state;
	int64_t entities, differ;
	struct merge_state *m = NULL;
	struct buf b;

	open_feed(p, &p->clerk);
	for (unsigned i = 1; i <= 5; i++)
		record(p, &p->clerk, i, "{\"name\":\"Bàn\",\"quantity\":2}");
	MUST(store_rebuild_check(p->s, &entities, &differ, &why));
	assert_int_equal(entities, 5);
	assert_int_equal(differ, 0);
	buf_init(&b, LIMIT_MIB);
	MUST(merge_new(&m, &why));
	MUST(merge_write(m, &b, &why));
	MUST(db_run(store_db(p->s), ST_ENTITY_PUT,
		    DB_V(db_int(2), db_null(), db_str(""), db_str(""), db_int(0),
			 db_blob(span_buf(&b)), db_null(), db_null()),
		    &why));
	MUST(store_rebuild_check(p->s, &entities, &differ, &why));
	assert_int_equal(differ, 1);
	merge_free(m);
	buf_free(&b);
}

/* ---- lists ---- */

struct seen {
	unsigned n;
	char title[8][64];
	int64_t conflicts, unsent;
	unsigned stop; /* after so many; 0: never */
};

static bool see(void *arg, const struct store_item *item)
{
	struct seen *s = arg;

	if (s->n < 8)
		snprintf(s->title[s->n], sizeof(s->title[0]), "%s", item->title);
	s->conflicts += item->conflicts;
	s->unsent += item->unsent;
	return ++s->n != s->stop;
}

static struct seen list(struct pc *p, struct store_filter f, int64_t total)
{
	struct seen s = {0};
	int64_t n = -1;

	MUST(store_list(p->s, &f, see, &s, &n, &why));
	assert_int_equal(n, total);
	return s;
}

static void register_of_four(struct pc *p)
{
	open_feed(p, &p->clerk);
	record(p, &p->clerk, 1,
	       "{\"name\":\"Máy phát điện Đống "
	       "Đa\",\"asset_code\":\"1234567-000123\",\"class\":\"may_moc_thiet_bi\"}");
	record(p, &p->clerk, 2, "{\"name\":\"Trạm y tế\",\"serial\":\"SN-77 aa\",\"quantity\":3}");
	record(p, &p->clerk, 3,
	       "{\"name\":\"Xe cứu thương "
	       "100%\",\"plate_no\":\"51B-123.45\",\"old_codes\":[\"TS01\",\"TS_2\"]}");
	record(p, &p->clerk, 4, "{\"name\":\"Xe cứu thương cũ\",\"old_codes\":[\"TS01\"]}");
}

static void lists_are_newest_first_and_paged(void **state)
{
	struct pc *p = *state;
	struct seen s;

	register_of_four(p);
	s = list(p, (struct store_filter){.kind = "asset"}, 4);
	assert_int_equal(s.n, 4);
	assert_string_equal(s.title[0], "Xe cứu thương cũ");
	assert_string_equal(s.title[3], "Máy phát điện Đống Đa · 1234567-000123");
	assert_int_equal(s.unsent, 4);
	s = list(p, (struct store_filter){.offset = 1, .limit = 2}, 4);
	assert_int_equal(s.n, 2);
	assert_string_equal(s.title[0], "Xe cứu thương 100%");
	list(p, (struct store_filter){.kind = "facility"}, 0);
	list(p, (struct store_filter){.scope = "00005"}, 0);
	list(p, (struct store_filter){.unsent = true}, 4);
	list(p, (struct store_filter){.conflicts = true}, 0);
	struct seen stop = {.stop = 2};
	MUST(store_list(p->s, &(struct store_filter){0}, see, &stop, NULL, &why));
	assert_int_equal(stop.n, 2);
	/* a change brings it to the front */
	record(p, &p->clerk, 2, "{\"location\":\"Kho\"}");
	s = list(p, (struct store_filter){.kind = "asset", .limit = 1}, 4);
	assert_string_equal(s.title[0], "Trạm y tế");
}

static void a_page_reads_no_more_rows_than_it_shows(void **state)
{
	struct pc *p = *state;
	struct entry *e[601];
	struct seen s = {0};
	int64_t before;
	uint8_t id[16];
	char set[64];

	e[0] = keep(p, actor_open_on(&p->clerk, SCOPE, pc_key));
	for (unsigned i = 1; i <= 600; i++) {
		uuid(id, i);
		snprintf(set, sizeof(set), "{\"name\":\"Bàn %u\"}", i);
		e[i] = keep(p, actor_set(&p->clerk, SCOPE, i % 2 ? "asset" : "facility", id, set,
					 NONE));
	}
	MUST(store_append(p->s, e, 601, &why));
	before = db_stats(store_db(p->s)).rows;
	MUST(store_list(p->s, &(struct store_filter){.kind = "asset", .limit = 20}, see, &s, NULL,
			&why));
	assert_int_equal(s.n, 20);
	assert_string_equal(s.title[0], "Bàn 599");
	assert_true(db_stats(store_db(p->s)).rows - before <= 2 * 20 + 1);
	assert_int_equal(list(p, (struct store_filter){.text = "ban 59"}, 16).n, 16);
}

static void words_are_found_however_they_are_typed(void **state)
{
	static const struct {
		const char *typed;
		int found;
	} cases[] = {{"dong da", 1},    {"ĐỐNG ĐA", 1},       {"máy  ĐIỆN", 1},  {"xe", 2},
		     {"cuu thuong", 2}, {"thương cứu xe", 2}, {"100%", 1},       {"%", 1},
		     {"_", 2},          {"ts_2", 1},          {"51b-123.45", 1}, {"xe lua", 0},
		     {"thiết bị", 1},   {"may_moc", 1},       {"", 4},           {"   ", 4},
		     {"To\xcc\x82", 0}, {"tra\xcc\xa3m", 1}};
	struct pc *p = *state;

	register_of_four(p);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct seen s =
		    list(p, (struct store_filter){.text = cases[i].typed}, cases[i].found);

		assert_int_equal(s.n, cases[i].found);
	}
}

static void conflicts_and_parents_are_filters(void **state)
{
	struct pc *p = *state;
	char parent[37];
	uint8_t id[16], line[16];
	struct buf set;

	open_feed(p, &p->clerk);
	open_feed(p, &p->other);
	record(p, &p->clerk, 1, "{\"quantity\":2}");
	record(p, &p->other, 1, "{\"quantity\":3}");
	record(p, &p->clerk, 2, "{\"quantity\":3}");
	struct seen s = list(p, (struct store_filter){.conflicts = true}, 1);
	assert_int_equal(s.conflicts, 1);
	uuid(id, 50);
	codec_uuid(id, parent);
	uuid(line, 51);
	buf_init(&set, LIMIT_ENTRY_PAYLOAD);
	buf_addf(&set, "{\"check\":\"%s\",\"equip_type\":\"may_in\"}", parent);
	append(p, keep(p, actor_set(&p->clerk, SCOPE, "equipment_line", line, (const char *)set.p,
				    NONE)));
	buf_free(&set);
	s = list(p, (struct store_filter){.parent = parent}, 1);
	assert_string_equal(s.title[0], "Máy in"); /* the label of the list's value */
	list(p, (struct store_filter){.parent = parent, .kind = "asset"}, 0);
	list(p, (struct store_filter){.parent = "nonsense"}, 0);
}

static bool answers(struct pc *p, unsigned n)
{
	uint8_t id[16];
	bool yes = false;

	uuid(id, n);
	MUST(store_answers(p->s, SCOPE, "equipment_check", id, &yes, &why));
	return yes;
}

/* clause: M20 M13 M12 */
static void a_check_answers_when_it_is_whole_and_counts(void **state)
{
	struct pc *p = *state;
	char text[CODEC_B64U_32 + 1], was[CODEC_UUID_LEN + 1];
	uint8_t id[16];
	struct entry *line;
	struct buf set;

	open_feed(p, &p->clerk);
	open_feed(p, &p->other);
	uuid(id, 61);
	line = keep(p, actor_set(&p->clerk, SCOPE, "equipment_line", id, "{\"equip_type\":\"may_in\"}", NONE));
	codec_b64u(line->id, ENTRY_ID_LEN, text);
	buf_init(&set, LIMIT_ENTRY_PAYLOAD);
	buf_addf(&set, "{\"children\":[\"%s\"]}", text);
	uuid(id, 60);
	append(p, keep(p, actor_set(&p->other, SCOPE, "equipment_check", id, (const char *)set.p, NONE)));
	assert_false(answers(p, 60)); /* a line is missing */
	append(p, line);
	assert_true(answers(p, 60));
	codec_uuid(id, was);
	buf_reset(&set);
	buf_addf(&set, "{\"supersedes\":\"%s\",\"reason\":\"x\"}", was);
	uuid(id, 62);
	append(p, keep(p, actor_set(&p->other, SCOPE, "equipment_check", id, (const char *)set.p, NONE)));
	assert_false(answers(p, 60)); /* another one counts in its place */
	assert_true(answers(p, 62));
	buf_free(&set);
}

static int64_t found(struct pc *p, const char *kind, const char *typed)
{
	struct store_entity *x = NULL;
	struct err err = {0};
	int64_t no = 0;
	enum rc rc = store_entity_find(p->s, kind, typed, &x, &err);

	if (rc == RC_OK)
		no = x->no;
	else if (rc == RC_CONFLICT &&
		 num_i64(span_str(err_arg(&err, "count")), 0, 100, &no) == RC_OK)
		no = -no;
	else
		assert_int_equal(rc, RC_NOTFOUND);
	store_entity_free(x);
	return no;
}

static void a_thing_is_named_by_id_or_code(void **state)
{
	struct pc *p = *state;
	char text[37], start[9];
	uint8_t id[16];

	register_of_four(p);
	uuid(id, 2);
	codec_uuid(id, text);
	memcpy(start, text, 8);
	start[8] = '\0';
	assert_int_equal(found(p, NULL, text), 2);
	assert_int_equal(found(p, "asset", start), 2);
	assert_int_equal(found(p, "facility", start), 0);
	start[5] = '\0';
	assert_int_equal(found(p, NULL, start), 0); /* five digits are too few */
	assert_int_equal(found(p, NULL, "1234567-000123"), 1);
	assert_int_equal(found(p, NULL, "1234567000123"), 1);
	assert_int_equal(found(p, NULL, "sn77AA"), 2);
	assert_int_equal(found(p, NULL, "51B 12345"), 3);
	assert_int_equal(found(p, NULL, "ts_2"), 3);
	assert_int_equal(found(p, NULL, "TS01"), -2);
	assert_int_equal(found(p, NULL, ""), 0);
	assert_int_equal(found(p, NULL, "%"), 0);
	/* a code that was replaced names nothing any more */
	struct store_entity *x = entity(p, "asset", 1);
	const char *field[] = {"asset_code", NULL};
	struct buf after;
	buf_init(&after, LIMIT_MIB);
	MUST(merge_after(x->state, field, &after, &why));
	store_entity_free(x);
	uuid(id, 1);
	append(p,
	       keep(p,
		    actor_set(&p->clerk, SCOPE, "asset", id, "{\"asset_code\":\"7654321-000001\"}",
			      (const uint8_t(*)[ENTRY_ID_LEN])after.p, after.len / ENTRY_ID_LEN)));
	buf_free(&after);
	assert_int_equal(found(p, NULL, "1234567-000123"), 0);
	assert_int_equal(found(p, NULL, "7654321-000001"), 1);
}

/* ---- entries ---- */

struct walk {
	int n;
	uint8_t id[4][ENTRY_ID_LEN];
};

static bool step(void *arg, const struct store_entry *x)
{
	struct walk *w = arg;

	assert_non_null(x->e);
	assert_memory_equal(x->e->id, x->id, ENTRY_ID_LEN);
	assert_int_equal(x->received_at, NOW);
	assert_int_equal(x->lower, 0);
	assert_int_equal(x->upper, 0);
	memcpy(w->id[w->n % 4], x->id, ENTRY_ID_LEN);
	return ++w->n < 3;
}

static void entries_come_in_the_order_of_arrival(void **state)
{
	struct pc *p = *state;
	struct walk w = {0};
	struct store_entity *x;
	struct entry *a, *b;
	struct err err = {0};
	struct store_entry got;

	open_feed(p, &p->clerk);
	a = record(p, &p->clerk, 1, "{\"name\":\"Bàn\"}");
	record(p, &p->clerk, 2, "{\"name\":\"Ghế\"}");
	b = record(p, &p->clerk, 1, "{\"name\":\"Bàn gỗ\"}");
	x = entity(p, "asset", 1);
	MUST(store_history(p->s, x->no, step, &w, &why));
	store_entity_free(x);
	assert_int_equal(w.n, 2);
	assert_memory_equal(w.id[0], a->id, ENTRY_ID_LEN);
	assert_memory_equal(w.id[1], b->id, ENTRY_ID_LEN);
	w.n = 0;
	MUST(store_each(p->s, step, &w, &why));
	assert_int_equal(w.n, 3); /* the taker wanted no more */
	assert_int_equal(store_entry_get(p->s, p->root.pk, &got, &err), RC_NOTFOUND);
	assert_string_equal(err.key, "store.no_entry");
}

/* ---- clerks, authors, contact ---- */

static void clerks_and_authors_have_names(void **state)
{
	struct pc *p = *state;
	struct store_clerk c = {.name = "Lò Thị Mỷ", .title = "Công chức", .scope = SCOPE}, got;
	char name[AUTHORITY_NAME], title[AUTHORITY_NAME];
	struct err err = {0};

	memcpy(c.key, p->clerk.pk, CRYPT_PK_LEN);
	MUST(store_clerk_add(p->s, &c, &why));
	MUST(store_clerk(p->s, 0, &got, &why));
	assert_string_equal(got.name, "Lò Thị Mỷ");
	assert_false(got.certified);
	assert_int_equal(store_clerk(p->s, 1, &got, &err), RC_NOTFOUND);
	MUST(store_author(p->s, p->clerk.pk, name, title, &why));
	assert_string_equal(name, "Lò Thị Mỷ");
	certify(p);
	MUST(store_clerk(p->s, 0, &got, &why));
	assert_true(got.certified);
	MUST(store_author(p->s, p->clerk.pk, name, title, &why));
	assert_string_equal(name, "Trần Thị Bích"); /* the cert's word goes first */
	MUST(store_author(p->s, p->other.pk, name, title, &why));
	assert_string_equal(name, "");
}

static void the_last_contact_is_kept(void **state)
{
	struct pc *p = *state;
	struct store_contact c = {.last_ok = 5,
				  .last_try = 6,
				  .next_at = 7,
				  .failures = 2,
				  .hold_at = 8,
				  .clock_off = -230000000},
			     got;

	MUST(store_contact(p->s, &got, &why));
	assert_int_equal(got.last_try, 0);
	assert_int_equal(got.why.rc, RC_OK);
	err_set(&c.why, RC_UNAVAILABLE, "P26", "http.connect", "url", "https://a.example", NULL);
	MUST(store_set_contact(p->s, &c, &why));
	reopen(p);
	MUST(store_contact(p->s, &got, &why));
	assert_int_equal(got.next_at, 7);
	assert_int_equal(got.failures, 2);
	assert_int_equal(got.hold_at, 8);
	assert_int_equal(got.clock_off, -230000000);
	assert_int_equal(got.why.rc, RC_UNAVAILABLE);
	assert_string_equal(got.why.key, "http.connect");
	assert_string_equal(got.why.clause, "P26");
	assert_string_equal(err_arg(&got.why, "url"), "https://a.example");
}

/* ---- blobs and forms ---- */

static size_t blobs(struct pc *p, enum store_blob_way way, uint8_t ret[32])
{
	struct store_blob b[64];
	size_t n;

	MUST(store_blobs(p->s, way, b, 64, &n, &why));
	if (n > 0)
		memcpy(ret, b[0].sha, 32);
	return n;
}

static void blobs_are_named_by_their_bytes(void **state)
{
	struct pc *p = *state;
	char path[LIMIT_PATH], hex[65];
	uint8_t sha[32], got[32];
	struct err err = {0};
	struct buf b, set;
	uint8_t id[16];

	buf_init(&b, LIMIT_MIB);
	crypt_sha256("ảnh", 4, sha);
	assert_int_equal(store_blob_get(p->s, sha, &b, &err), RC_NOTFOUND);
	MUST(store_blob_put(p->s, span_of("ảnh", 4), got, &why));
	MUST(store_blob_put(p->s, span_of("ảnh", 4), got, &why));
	assert_memory_equal(sha, got, 32);
	MUST(store_blob_get(p->s, sha, &b, &why));
	assert_int_equal(b.len, 4);
	/* nobody names it yet; named by an entry that waits it stays here: records before blobs */
	assert_int_equal(blobs(p, STORE_BLOB_UP, got), 0);
	open_feed(p, &p->clerk);
	uuid(id, 9);
	codec_hex(sha, 32, hex);
	buf_init(&set, LIMIT_MIB);
	buf_addf(
	    &set,
	    "{\"file\":{\"sha256\":\"%s\",\"size\":4,\"type\":\"image/jpeg\",\"name\":\"a.jpg\"}}",
	    hex);
	append(p, keep(p, actor_set(&p->clerk, SCOPE, "photo", id, (const char *)set.p, NONE)));
	assert_int_equal(blobs(p, STORE_BLOB_UP, got), 0);
	assert_int_equal(blobs(p, STORE_BLOB_DOWN, got), 0);
	/* bytes that changed on the disk are not handed out */
	MUST(store_blob_part(p->s, sha, path, sizeof(path), &why));
	path[strlen(path) - strlen(".part")] = '\0';
	MUST(os_file_write(path, span_of("ánh", 4), OS_REPLACE, &why));
	assert_int_equal(store_blob_get(p->s, sha, &b, &err), RC_CORRUPT);
	assert_string_equal(err.key, "store.blob_broken");
	buf_free(&set);
	buf_free(&b);
}

static struct entry *form_of(struct actor *a, struct span text, const char *name, unsigned version)
{
	struct entry_draft d = {.op = ENTRY_FORM, .scope = "*", .seq = a->seq, .at = a->at++};
	struct entry *e = NULL;
	uint8_t sha[32];
	struct buf b;

	crypt_sha256(text.p, text.len, sha);
	buf_init(&b, LIMIT_ENTRY_PAYLOAD);
	MUST(authority_form_write(name, version, false, sha, (int64_t)text.len, &b, &why));
	d.set = span_buf(&b);
	memcpy(d.feed, a->feed, sizeof(d.feed));
	memcpy(d.prev, a->prev, sizeof(d.prev));
	codec_put_be32(d.salt, (uint32_t)a->seq);
	MUST(entry_seal(&d, a->signer, &e, &why));
	memcpy(a->prev, e->id, sizeof(a->prev));
	a->seq++;
	buf_free(&b);
	return e;
}

/* clause: M3 */
static void a_published_form_rules_what_was_there_before(void **state)
{
	static const char text[] =
	    "{\"form\":\"so_ghi\",\"version\":1,\"scope\":\"commune\",\"class\":\"register\","
	    "\"label\":{\"vi\":\"Sổ ghi\",\"en\":\"Notebook\"},\"title\":[\"mau\"],\"fields\":["
	    "{\"name\":\"mau\",\"type\":\"text\",\"label\":{\"vi\":\"Màu\",\"en\":\"Colour\"},"
	    "\"merge\":\"latest\"}]}";
	struct pc *p = *state;
	uint8_t id[16], sha[32];
	struct seen s;

	certify(p);
	open_feed(p, &p->clerk);
	open_feed(p, &p->other);
	uuid(id, 3);
	append(p, keep(p, actor_set(&p->clerk, SCOPE, "so_ghi", id, "{\"mau\":\"đỏ\"}", NONE)));
	append(p, keep(p, actor_set(&p->other, SCOPE, "so_ghi", id, "{\"mau\":\"xanh\"}", NONE)));
	assert_int_equal(counts(p).conflicts, 1);
	trust(p, form_of(&p->root, span_str(text), "so_ghi", 1));
	assert_int_equal(blobs(p, STORE_BLOB_DOWN, sha), 1);
	assert_null(form_set_newest(store_forms(p->s), "so_ghi"));
	MUST(store_blob_put(p->s, span_str(text), sha, &why));
	assert_int_equal(blobs(p, STORE_BLOB_DOWN, sha), 0);
	assert_non_null(form_set_newest(store_forms(p->s), "so_ghi"));
	assert_int_equal(counts(p).conflicts, 0);
	reopen(p);
	assert_non_null(form_set_newest(store_forms(p->s), "so_ghi"));
	s = list(p, (struct store_filter){.kind = "so_ghi"}, 1);
	assert_int_equal(s.conflicts, 0);
	assert_true(strcmp(s.title[0], "xanh") == 0 || strcmp(s.title[0], "đỏ") == 0);
}

static void a_form_built_in_needs_no_download(void **state)
{
	struct pc *p = *state;
	const struct form *f = form_set_newest(store_forms(p->s), "asset");
	struct buf b;
	uint8_t sha[32];

	assert_non_null(f);
	buf_init(&b, LIMIT_FORM_JSON);
	MUST(os_file_read("sync/forms/asset.json", &b, &why));
	certify(p);
	trust(p, form_of(&p->root, span_buf(&b), "asset", 1));
	buf_free(&b);
	assert_int_equal(blobs(p, STORE_BLOB_DOWN, sha), 0);
	assert_int_equal(blobs(p, STORE_BLOB_UP, sha), 0);
}

static void a_backup_opens_as_a_store(void **state)
{
	struct pc *p = *state;
	char *dir = NULL, *path = NULL;
	struct store *copy = NULL;
	struct store_counts c;

	open_feed(p, &p->clerk);
	record(p, &p->clerk, 1, "{\"name\":\"Bàn\"}");
	MUST(os_path_join(&dir, p->home, "copy", &why));
	MUST(os_dir_make(dir, &why));
	MUST(os_path_join(&path, dir, "store.db", &why));
	MUST(store_backup(p->s, path, &why));
	MUST(store_open(&copy, dir, false, &p->clock.clock, &why));
	MUST(store_counts(copy, &c, &why));
	assert_int_equal(c.saved, 2);
	store_free(copy);
	free(path);
	free(dir);
}

/* ---- codes as a scanner types them ---- */

/* Number of things the typed code names, and whether only as an input method spoils it. */
static size_t coded(struct pc *p, const char *typed, bool *retmangled, unsigned n)
{
	struct store_code c;
	struct store_entity *x = n ? entity(p, "asset", n) : NULL;

	MUST(store_code(p->s, "asset", typed, &c, &why));
	if (x && c.n > 0)
		assert_int_equal(c.no[0], x->no);
	*retmangled = c.mangled;
	store_entity_free(x);
	return c.n;
}

static void a_code_is_found_as_an_input_method_leaves_it(void **state)
{
	static const struct {
		const char *typed;
		unsigned n;
		bool mangled;
	} scan[] = {
	    {"DD12AA34", 1, false},  {"dd-12 aa.34", 1, false}, {"\xc4\x90" "12\xc3\x82" "34", 1, true},
	    {"WOW99X", 2, false},    {"\xc6\xaf\xc6\xa0" "99X", 2, true},
	    {"SN5CASE7", 3, false},  {"SN5C\xc3\x81" "E7", 3, true},
	    {"5CD\xc3\x82" "M", 4, true}, {"5CDAMA", 4, false},
	    {"0045101-000123", 5, false}, {"29A-123.45", 6, false},
	    {"MAS1", 0, false}, /* near to MA1, but no input method has been at it */
	    {"m\xc3\xa1" "2", 0, false},
	};
	static const char *const set[] = {
	    "{\"serial\":\"DD12AA34\"}", "{\"serial\":\"WOW99X\"}", "{\"serial\":\"SN5CASE7\"}",
	    "{\"serial\":\"5CDAMA\"}", "{\"asset_code\":\"0045101-000123\"}",
	    "{\"plate_no\":\"29A-123.45\"}", "{\"serial\":\"MA1\"}",
	};
	struct pc *p = *state;
	struct store_entity *x = NULL;
	bool mangled;

	open_feed(p, &p->clerk);
	for (unsigned i = 0; i < sizeof(set) / sizeof(set[0]); i++)
		record(p, &p->clerk, i + 1, set[i]);
	for (size_t i = 0; i < sizeof(scan) / sizeof(scan[0]); i++) {
		assert_int_equal(coded(p, scan[i].typed, &mangled, scan[i].n), scan[i].n > 0);
		assert_int_equal(mangled, scan[i].mangled);
	}
	MUST(store_entity_find(p->s, "asset", "\xc4\x91" "12\xc3\xa2" "34", &x, &why));
	store_entity_free(x);
	record(p, &p->clerk, 9, "{\"serial\":\"DD12A34\"}"); /* the same when spoiled: asked, never guessed */
	assert_int_equal(coded(p, "\xc4\x90" "12\xc3\x82" "34", &mangled, 1), 2);
	assert_int_equal(store_entity_find(p->s, NULL, "\xc4\x90" "12\xc3\x82" "34", &x, NULL), RC_CONFLICT);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_store_is_made_only_when_asked_for),
	    TEST(settings_are_kept),
	    TEST(a_save_is_one_transaction_whatever_it_holds),
	    TEST(the_feed_of_a_key_goes_on_where_it_was),
	    TEST(nothing_is_kept_of_a_save_that_would_fork_the_feed),
	    TEST(a_full_disk_is_told_and_harms_nothing),
	    TEST(own_work_counts_before_the_cert_and_is_judged_from_then_on),
	    TEST(another_root_is_refused_and_the_same_taken_again),
	    TEST(a_reason_is_never_in_conflict),
	    TEST(a_rebuild_tells_what_differs),
	    TEST(lists_are_newest_first_and_paged),
	    TEST(a_page_reads_no_more_rows_than_it_shows),
	    TEST(words_are_found_however_they_are_typed),
	    TEST(conflicts_and_parents_are_filters),
	    TEST(a_check_answers_when_it_is_whole_and_counts),
	    TEST(a_thing_is_named_by_id_or_code),
	    TEST(a_code_is_found_as_an_input_method_leaves_it),
	    TEST(entries_come_in_the_order_of_arrival),
	    TEST(clerks_and_authors_have_names),
	    TEST(the_last_contact_is_kept),
	    TEST(blobs_are_named_by_their_bytes),
	    TEST(a_published_form_rules_what_was_there_before),
	    TEST(a_form_built_in_needs_no_download),
	    TEST(a_backup_opens_as_a_store),
	};

	return cmocka_run_group_tests_name("agent_store", tests, NULL, NULL);
}
