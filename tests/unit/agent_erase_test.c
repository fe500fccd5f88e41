/*
 * agent_erase: what an erase does in one PC's store: the words go, from the file too, the place
 * stays; in whatever order erase, entry and stub come the result is the same; blobs go unless
 * another entry names them; nothing comes back.
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
#include "lib/codec.h"
#include "lib/db.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "tests/support/actor.h"

#define SCOPE  "00004"
#define SECRET "Nguyen Bi Mat 0912"

enum { KEPT = 64, NOW = 1795100000 };

struct pc {
	char *home;
	struct clock_manual clock;
	struct store *s;
	struct actor root, registrar, clerk;
	struct entry *kept[KEPT];
	size_t n;
};

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

static int setup(void **state)
{
	struct pc *p = calloc(1, sizeof(*p));
	struct actor *all[] = {&p->root, &p->registrar, &p->clerk};
	char text[CODEC_B64U_32 + 1];

	for (uint32_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		actor_init(all[i], i);
	clock_manual_init(&p->clock, NOW);
	MUST(os_dir_temp(&p->home, "kk-erase", &why));
	MUST(store_open(&p->s, p->home, true, &p->clock.clock, &why));
	codec_b64u(p->root.pk, CRYPT_PK_LEN, text);
	MUST(store_set_setting(p->s, "root", text, &why));
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct pc *p = *state;
	struct actor *all[] = {&p->root, &p->registrar, &p->clerk};

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

static void reopen(struct pc *p)
{
	store_free(p->s);
	p->s = NULL;
	MUST(store_open(&p->s, p->home, false, &p->clock.clock, &why));
}

/* A line somebody else wrote comes, as an answer brings it. */
static void come_line(struct pc *p, struct span line)
{
	struct buf b;

	buf_init(&b, LIMIT_MIB);
	buf_add_span(&b, line);
	buf_add_char(&b, '\n');
	MUST(store_trust(p->s, span_buf(&b), NULL, &why));
	buf_free(&b);
}

static void come(struct pc *p, const struct entry *e)
{
	come_line(p, e->line);
}

static void certify_registrar(struct pc *p)
{
	come(p, keep(p, actor_cert(&p->root, "*", p->registrar.pk, ROLE_REGISTRAR, "*", NULL)));
}

static void certify(struct pc *p)
{
	certify_registrar(p);
	come(p, keep(p, actor_cert(&p->registrar, SCOPE, p->clerk.pk, ROLE_CLERK, SCOPE, NULL)));
	come(p, keep(p, actor_open(&p->clerk, SCOPE)));
}

static const uint8_t entity_id[16] = {1, 2, 3, 4, 5, 6, 0x70, 8, 0x80, 1};

/* Made, not brought: the caller says when it comes. */
static struct entry *asset(struct pc *p, const char *set, const struct entry *after)
{
	return keep(p, actor_set(&p->clerk, SCOPE, "asset", entity_id, set,
				 after ? (const uint8_t(*)[ENTRY_ID_LEN])after->id : NULL,
				 after ? 1 : 0));
}

static struct entry *erase(struct pc *p, const struct entry *e)
{
	return keep(p, actor_erase(&p->registrar, e));
}

static void stub_line(const struct entry *e, const struct entry *by, struct buf *out)
{
	codec_b64u_buf(out, e->sig, CRYPT_SIG_LEN);
	buf_add_char(out, ' ');
	codec_b64u_buf(out, e->id, ENTRY_ID_LEN);
	buf_add_char(out, ' ');
	buf_add_span(out, by->line);
}

static void come_stub(struct pc *p, const struct entry *e, const struct entry *by)
{
	struct buf b;

	buf_init(&b, LIMIT_ENTRY_STUB);
	stub_line(e, by, &b);
	come_line(p, span_buf(&b));
	buf_free(&b);
}

static void assert_gone(struct pc *p, const struct entry *e)
{
	struct store_entry x;
	int64_t entities, differ = -1;

	MUST(store_entry_get(p->s, e->id, &x, &why));
	assert_true(x.e->erased);
	assert_memory_equal(x.e->key, e->key, CRYPT_PK_LEN);
	entry_free(x.e);
	MUST(store_rebuild_check(p->s, &entities, &differ, &why));
	assert_int_equal(differ, 0);
}

static bool in_file(const char *path, const char *text)
{
	struct buf b;
	bool found = false;

	buf_init(&b, 64 * LIMIT_MIB);
	if (os_file_read(path, &b, NULL) == RC_OK)
		for (size_t i = 0; !found && i + strlen(text) <= b.len; i++)
			found = memcmp(b.p + i, text, strlen(text)) == 0;
	buf_free(&b);
	return found;
}

/* Does any file of the folder hold the text? */
static bool in_home(const char *dir, const char *text)
{
	struct os_names names = {0};
	bool found = false;

	MUST(os_dir_list(dir, &names, &why));
	for (size_t i = 0; i < names.n; i++) {
		char *path = NULL;

		MUST(os_path_join(&path, dir, names.name[i], &why));
		found = found || in_file(path, text);
		free(path);
	}
	os_names_free(&names);
	return found;
}

/* The state of the one asset, as bytes. */
static void state_of(struct pc *p, struct buf *out)
{
	struct store_entity *x = NULL;

	MUST(store_entity(p->s, SCOPE, "asset", entity_id, &x, &why));
	MUST(merge_write(x->state, out, &why));
	store_entity_free(x);
}

static bool pass_over(void *arg, const struct store_item *item)
{
	(void)arg, (void)item;
	return true;
}

/* ---- the words go ---- */

/* clause: A16, M14 */
static void the_words_leave_every_file(void **state)
{
	struct pc *p = *state;
	struct store_filter f = {.text = "bi mat"};
	const struct merge_value *v;
	struct store_entity *x = NULL;
	struct entry *e;
	int64_t total = -1;
	size_t n;

	certify(p);
	e = asset(p, "{\"name\":\"" SECRET "\"}", NULL);
	come(p, e);
	assert_true(in_home(p->home, SECRET));
	MUST(store_list(p->s, &f, pass_over, NULL, &total, &why));
	assert_int_equal(total, 1);
	come(p, erase(p, e));
	assert_gone(p, e);
	assert_false(in_home(p->home, SECRET));
	MUST(store_list(p->s, &f, pass_over, NULL, &total, &why));
	assert_int_equal(total, 0);
	MUST(store_entity(p->s, SCOPE, "asset", entity_id, &x, &why));
	v = merge_siblings(x->state, "name", &n);
	assert_true(n == 1 && v->erased);
	store_entity_free(x);
	reopen(p);
	assert_gone(p, e);
}

static void other_entries_and_values_stay(void **state)
{
	struct pc *p = *state;
	struct store_entity *x = NULL;
	struct entry *first, *second;
	size_t n;

	certify(p);
	first = asset(p, "{\"name\":\"" SECRET "\",\"brand\":\"Dell\"}", NULL);
	second = asset(p, "{\"name\":\"PC\"}", first);
	come(p, first);
	come(p, second);
	come(p, erase(p, first));
	assert_gone(p, first);
	MUST(store_entity(p->s, SCOPE, "asset", entity_id, &x, &why));
	assert_true(span_eq_str(merge_siblings(x->state, "name", &n)->raw, "\"PC\""));
	assert_true(merge_siblings(x->state, "brand", &n)->erased);
	store_entity_free(x);
}

/* ---- in any order ---- */

enum step { STEP_ENTRY, STEP_ERASE, STEP_STUB, STEP_AFTER };

static void play(struct pc *p, const enum step *step, size_t n, struct buf *out)
{
	struct entry *e, *after, *by;

	certify(p);
	e = asset(p, "{\"name\":\"" SECRET "\"}", NULL);
	after = asset(p, "{\"name\":\"PC\",\"brand\":\"HP\"}", e);
	by = erase(p, e);
	for (size_t i = 0; i < n; i++) {
		switch (step[i]) {
		case STEP_ENTRY: come(p, e); break;
		case STEP_ERASE: come(p, by); break;
		case STEP_STUB: come_stub(p, e, by); break;
		default: come(p, after);
		}
	}
	assert_gone(p, e);
	assert_false(in_home(p->home, SECRET));
	state_of(p, out);
}

/* clause: A16, M11, M14 */
static void every_order_gives_one_state(void **state)
{
	static const enum step order[][4] = {
	    {STEP_ENTRY, STEP_AFTER, STEP_ERASE, STEP_STUB},
	    {STEP_ERASE, STEP_ENTRY, STEP_AFTER, STEP_ENTRY},
	    {STEP_STUB, STEP_AFTER, STEP_ERASE, STEP_ENTRY},
	    {STEP_AFTER, STEP_STUB, STEP_ENTRY, STEP_ERASE},
	    {STEP_AFTER, STEP_ERASE, STEP_STUB, STEP_ENTRY},
	};
	struct buf first, now;

	buf_init(&first, LIMIT_MIB);
	buf_init(&now, LIMIT_MIB);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		if (i > 0) {
			assert_int_equal(teardown(state), 0);
			assert_int_equal(setup(state), 0);
		}
		buf_reset(&now);
		play(*state, order[i], 4, i == 0 ? &first : &now);
		if (i > 0)
			assert_true(span_eq(span_buf(&first), span_buf(&now)));
	}
	buf_free(&first);
	buf_free(&now);
}

/* ---- what counts ---- */

/* clause: A16 */
static void an_erase_waits_until_it_counts(void **state)
{
	struct pc *p = *state;
	struct store_entry x;
	struct entry *e, *by;
	struct actor thief;

	actor_init(&thief, 9);
	certify(p);
	e = asset(p, "{\"name\":\"" SECRET "\"}", NULL);
	come(p, e);
	/* a clerk may not erase; a certified key without the role is kept and does nothing */
	come(p, keep(p, actor_cert(&p->registrar, SCOPE, thief.pk, ROLE_CLERK, SCOPE, NULL)));
	come(p, keep(p, actor_open(&thief, SCOPE)));
	by = keep(p, actor_erase(&thief, e));
	come(p, by);
	MUST(store_entry_get(p->s, e->id, &x, &why));
	assert_false(x.e->erased);
	entry_free(x.e);
	/* the same key is made a registrar: what it wrote counts now */
	come(p, keep(p, actor_cert(&p->root, "*", thief.pk, ROLE_REGISTRAR, "*", NULL)));
	assert_gone(p, e);
	assert_false(in_home(p->home, SECRET));
	actor_free(&thief);
}

/* clause: A16 */
static void an_erase_that_speaks_of_something_else_is_void(void **state)
{
	struct pc *p = *state;
	struct entry *e, *twin, *by;
	struct store_entry x;

	certify(p);
	e = asset(p, "{\"name\":\"Tủ\",\"brand\":\"x\"}", NULL);
	twin = keep(p, actor_set(&p->clerk, SCOPE, "asset", entity_id, "{\"name\":\"Tủ\"}", NULL, 0));
	memcpy(twin->id, e->id, ENTRY_ID_LEN); /* the right id, another place in the feed */
	by = erase(p, twin);
	come(p, by);
	come(p, e);
	MUST(store_entry_get(p->s, e->id, &x, &why));
	assert_false(x.e->erased);
	entry_free(x.e);
	come(p, erase(p, e));
	assert_gone(p, e);
}

/* Of two that name one id before it came, the first with a wrong body, the second counts. clause: A16 */
static void a_void_erase_does_not_hide_a_good_one(void **state)
{
	struct pc *p = *state;
	struct entry *e, *twin;

	certify(p);
	e = asset(p, "{\"name\":\"" SECRET "\"}", NULL);
	twin = keep(p, actor_set(&p->clerk, SCOPE, "asset", entity_id, "{\"name\":\"Tủ\"}", NULL, 0));
	memcpy(twin->id, e->id, ENTRY_ID_LEN);
	come(p, erase(p, twin));
	come(p, erase(p, e));
	come(p, e);
	assert_gone(p, e);
	assert_false(in_home(p->home, SECRET));
}

/* ---- blobs ---- */

static void blob_text(const uint8_t sha[32], size_t len, char ret[256])
{
	char hex[CODEC_HEX_LEN(32) + 1];

	codec_hex(sha, 32, hex);
	snprintf(ret, 256, "{\"photo\":{\"sha256\":\"%s\",\"size\":%zu,\"type\":\"image/jpeg\",\"name\":\"a\"}}",
		 hex, len);
}

/* clause: A16 */
static void blobs_go_unless_another_entry_names_them(void **state)
{
	struct pc *p = *state;
	struct entry *first, *second;
	struct buf b;
	uint8_t sha[32];
	char set[256];

	certify(p);
	buf_init(&b, LIMIT_MIB);
	MUST(store_blob_put(p->s, span_str("ảnh bí mật"), sha, &why));
	blob_text(sha, strlen("ảnh bí mật"), set);
	first = asset(p, set, NULL);
	second = asset(p, set, first);
	come(p, first);
	come(p, second);
	come(p, erase(p, first));
	MUST(store_blob_get(p->s, sha, &b, &why));
	come(p, erase(p, second));
	assert_int_equal(store_blob_get(p->s, sha, &b, NULL), RC_NOTFOUND);
	reopen(p);
	assert_int_equal(store_blob_get(p->s, sha, &b, NULL), RC_NOTFOUND);
	buf_free(&b);
}

/* ---- what goes out ---- */

static void an_own_entry_goes_out_as_its_stub(void **state)
{
	struct pc *p = *state;
	const struct session_client_store *st = store_session(p->s, p->root.pk);
	struct session_push push[4];
	struct entry *e, *open;
	size_t n = 0, stubs = 0;
	bool more;

	certify_registrar(p);
	come(p, keep(p, actor_cert(&p->registrar, SCOPE, p->clerk.pk, ROLE_CLERK, SCOPE, NULL)));
	open = keep(p, actor_open(&p->clerk, SCOPE));
	MUST(store_append(p->s, &open, 1, &why));
	e = asset(p, "{\"name\":\"" SECRET "\"}", NULL);
	MUST(store_append(p->s, &e, 1, &why));
	come(p, erase(p, e));
	MUST(st->push(st->ctx, SCOPE, push, 4, &n, &more, &why));
	assert_int_equal(n, 2);
	for (size_t i = 0; i < n; i++)
		stubs += push[i].e->erased;
	assert_int_equal(stubs, 1);
	st->release(st->ctx);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(the_words_leave_every_file),
	    TEST(other_entries_and_values_stay),
	    TEST(every_order_gives_one_state),
	    TEST(an_erase_waits_until_it_counts),
	    TEST(an_erase_that_speaks_of_something_else_is_void),
	    TEST(a_void_erase_does_not_hide_a_good_one),
	    TEST(blobs_go_unless_another_entry_names_them),
	    TEST(an_own_entry_goes_out_as_its_stub),
	};

	return cmocka_run_group_tests_name("agent_erase", tests, NULL, NULL);
}
