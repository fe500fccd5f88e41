/*
 * archive_test: the collector's store by itself: what a group writes is there after its
 * commit and only then, after a rollback nothing is; rows come by scope, entity and author
 * in log order; the tiles give the same tree as the frontier; blobs resume, verify and
 * discard. Counts commits, never times.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/clock.h"
#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "server-stub/archive.h"
#include "server-stub/lack.h"
#include "tests/support/actor.h"

enum { STATE_MAX = 65536 };

struct fix {
	char *home;
	struct archive *a;
	struct archive_writer *w;
	struct actor clerk, other;
	int64_t size;
};

static int setup(void **state)
{
	struct fix *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_int_equal(crypt_init(NULL), RC_OK);
	assert_int_equal(os_dir_temp(&f->home, "archive_test", NULL), RC_OK);
	assert_int_equal(archive_sqlite_open(&f->a, f->home, true, NULL), RC_OK);
	f->w = archive_writer(f->a);
	actor_init(&f->clerk, 1);
	actor_init(&f->other, 2);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fix *f = *state;

	archive_free(f->a);
	actor_free(&f->clerk);
	actor_free(&f->other);
	assert_int_equal(os_dir_remove(f->home, NULL), RC_OK);
	free(f->home);
	free(f);
	return 0;
}

static void reopen(struct fix *f)
{
	archive_free(f->a);
	f->a = NULL;
	assert_int_equal(archive_sqlite_open(&f->a, f->home, false, NULL), RC_OK);
	f->w = archive_writer(f->a);
}

static void ok(enum rc rc, const struct err *e)
{
	if (rc != RC_OK)
		fail_msg("%s %s %s", err_name(rc), e->key,
			 err_arg(e, "detail") ? err_arg(e, "detail") : "");
}

static void begin(struct fix *f)
{
	struct err e = {0};

	ok(f->w->begin(f->w->ctx, &e), &e);
}

static void commit(struct fix *f)
{
	struct err e = {0};

	ok(f->w->commit(f->w->ctx, &e), &e);
}

static int64_t append(struct fix *f, const struct entry *e, int64_t entity_no,
		      enum keyring_verdict v, unsigned flags)
{
	struct err err = {0};

	ok(f->w->append(f->w->ctx, e, f->size, entity_no, v, flags, 1795054300, &err), &err);
	return f->size++;
}

static struct archive_reader *reader(struct fix *f)
{
	struct archive_reader *r = NULL;
	struct err e = {0};

	ok(archive_read(f->a, &r, &e), &e);
	return r;
}

static int64_t known(struct fix *f, const struct entry *e, bool *retfork, int64_t *retnext)
{
	uint8_t sig[CRYPT_SIG_LEN];
	struct err err = {0};
	int64_t index;

	ok(f->w->known(f->w->ctx, e, &index, sig, retfork, retnext, &err), &err);
	if (index >= 0)
		assert_memory_equal(sig, e->sig, CRYPT_SIG_LEN);
	return index;
}

struct seen {
	int64_t index[64];
	enum keyring_verdict verdict[64];
	unsigned flags[64];
	size_t n, stop;
};

static bool take(void *arg, const struct archive_row *row)
{
	struct seen *s = arg;

	assert_true(s->n < 64);
	s->index[s->n] = row->index;
	s->verdict[s->n] = row->verdict;
	s->flags[s->n] = row->flags;
	s->n++;
	return s->n != s->stop;
}

static void assert_indexes(const struct seen *s, size_t n, const int64_t *want)
{
	assert_int_equal(s->n, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(s->index[i], want[i]);
}

static const uint8_t thing[16] = {0x01, 0x9a, 0x9c, 0x1e, 0x7c, 0x00, 0x7a, 0x11,
				  0x8b, 0x22, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab};

static void test_known(void **state)
{
	struct fix *f = *state;
	struct actor twin = f->clerk;
	struct entry *e[4], *fork;
	int64_t next;
	bool forked;

	e[0] = actor_open(&f->clerk, "00004");
	for (size_t i = 1; i < 4; i++)
		e[i] = actor_set(&f->clerk, "00004", "asset", thing, "{\"a\":1}", NULL, 0);
	twin.seq = 1;
	fork = actor_set(&twin, "00004", "asset", thing, "{\"a\":2}", NULL, 0);
	begin(f);
	assert_int_equal(known(f, e[0], &forked, &next), -1);
	assert_int_equal(next, 0);
	append(f, e[0], 0, KEYRING_ADMITTED, 0);
	append(f, e[1], 0, KEYRING_ADMITTED, 0);
	append(f, e[3], 0, KEYRING_ADMITTED, KEYRING_FLAG_GAP);
	for (int round = 0; round < 2; round++) { /* in its own group, and after reopening */
		assert_int_equal(known(f, e[1], &forked, &next), 1);
		assert_int_equal(next, 1);
		assert_false(forked);
		assert_int_equal(known(f, e[2], &forked, &next), -1); /* fills the hole */
		assert_int_equal(next, 2);
		assert_false(forked);
		assert_int_equal(known(f, fork, &forked, &next), -1);
		assert_true(forked);
		if (round == 0) {
			commit(f);
			reopen(f);
		}
	}
	for (size_t i = 0; i < 4; i++)
		entry_free(e[i]);
	entry_free(fork);
}

static void test_rollback(void **state)
{
	struct fix *f = *state;
	struct entry *e = actor_open(&f->clerk, "00004");
	struct archive_reader *r = reader(f);
	struct seen seen = {0};
	int64_t next, before = archive_commits(f->a);
	bool forked;

	begin(f);
	append(f, e, 0, KEYRING_ADMITTED, 0);
	assert_int_equal(f->w->set(f->w->ctx, "a", "b", NULL), RC_OK);
	f->w->rollback(f->w->ctx);
	assert_int_equal(r->rows(r->ctx, NULL, 0, 100, take, &seen, NULL), RC_OK);
	assert_int_equal(seen.n, 0);
	assert_int_equal(archive_commits(f->a), before);
	begin(f);
	assert_int_equal(known(f, e, &forked, &next), -1);
	assert_int_equal(next, 0);
	f->size = 0;
	append(f, e, 0, KEYRING_ADMITTED, 0);
	assert_int_equal(r->rows(r->ctx, NULL, 0, 100, take, &seen, NULL), RC_OK);
	assert_int_equal(seen.n, 0); /* not before the commit */
	commit(f);
	assert_int_equal(archive_commits(f->a), before + 1);
	assert_int_equal(r->rows(r->ctx, NULL, 0, 100, take, &seen, NULL), RC_OK);
	assert_int_equal(seen.n, 1);
	archive_read_end(f->a, r);
	entry_free(e);
}

/* Rows 0..7: scopes 4 * 5 4 * 4 5 *, the clerk's and the other's in turn. */
static void test_rows(void **state)
{
	static const char *const scope[] = {"00004", "*",     "00005", "00004",
					    "*",     "00004", "00005", "*"};
	struct fix *f = *state;
	struct archive_reader *r;
	struct seen seen = {0};
	uint8_t id3[ENTRY_ID_LEN], feed[ENTRY_FEED_LEN];
	int64_t index, first, last;

	memcpy(feed, f->clerk.feed, sizeof(feed));
	begin(f);
	for (size_t i = 0; i < 8; i++) {
		struct actor *a = i % 2 ? &f->other : &f->clerk;
		struct entry *e =
		    a->seq ? actor_revoke(a, scope[i], f->other.pk, 0) : actor_open(a, scope[i]);

		if (i == 3)
			memcpy(id3, e->id, sizeof(id3));
		append(f, e, 0, i == 6 ? KEYRING_Q_SCOPE : KEYRING_ADMITTED, i == 7 ? 2 : 0);
		entry_free(e);
	}
	commit(f);
	r = reader(f);
	assert_int_equal(r->rows(r->ctx, "00004", 0, 8, take, &seen, NULL), RC_OK);
	assert_indexes(&seen, 6, (const int64_t[]){0, 1, 3, 4, 5, 7});
	assert_int_equal(seen.flags[5], 2);
	seen = (struct seen){.stop = 2};
	assert_int_equal(r->rows(r->ctx, "00005", 2, 7, take, &seen, NULL), RC_OK);
	assert_indexes(&seen, 2, (const int64_t[]){2, 4});
	seen = (struct seen){0};
	assert_int_equal(r->rows(r->ctx, "*", 0, 8, take, &seen, NULL), RC_OK);
	assert_indexes(&seen, 3, (const int64_t[]){1, 4, 7});
	seen = (struct seen){0};
	assert_int_equal(r->rows(r->ctx, "99999", 0, 8, take, &seen, NULL), RC_OK);
	assert_indexes(&seen, 3, (const int64_t[]){1, 4, 7});
	seen = (struct seen){0};
	assert_int_equal(r->authority_rows(r->ctx, take, &seen, NULL), RC_OK);
	assert_indexes(&seen, 6, (const int64_t[]){2, 3, 4, 5, 6, 7});
	assert_int_equal(seen.verdict[4], KEYRING_Q_SCOPE);
	seen = (struct seen){0};
	assert_int_equal(r->key_rows(r->ctx, f->other.pk, take, &seen, NULL), RC_OK);
	assert_indexes(&seen, 4, (const int64_t[]){1, 3, 5, 7});
	assert_int_equal(r->entry_by_id(r->ctx, id3, &index, NULL), RC_OK);
	assert_int_equal(index, 3);
	assert_int_equal(r->entry_index(r->ctx, f->other.feed, 1, id3, &index, NULL), RC_OK);
	assert_int_equal(index, 3);
	assert_int_equal(r->entry_index(r->ctx, feed, 1, id3, &index, NULL), RC_OK);
	assert_int_equal(index, -1);
	assert_int_equal(r->hole(r->ctx, feed, 4, &first, &last, NULL), RC_OK);
	assert_true(first > last);
	assert_int_equal(r->hole(r->ctx, feed, 9, &first, &last, NULL), RC_OK);
	assert_int_equal(first, 4);
	assert_int_equal(last, 8);
	archive_read_end(f->a, r);
}

static int64_t put_entity(struct fix *f, const char *scope, const char *kind, const uint8_t id[16],
			  const char *title, const char *fold, int64_t conflicts)
{
	struct archive_entity e = {.conflicts = conflicts,
				   .first_index = f->size,
				   .last_index = f->size,
				   .received_at = 5,
				   .flags = 4,
				   .title = title,
				   .state = span_str("state")};
	struct buf state;
	struct err err = {0};

	buf_init(&state, STATE_MAX);
	ok(f->w->entity(f->w->ctx, scope, kind, id, &e.no, &state, &err), &err);
	assert_int_equal(state.len, 0);
	ok(f->w->entity_put(f->w->ctx, &e, fold, &err), &err);
	buf_free(&state);
	return e.no;
}

struct list {
	char title[8][64];
	size_t n;
};

static bool take_entity(void *arg, const struct archive_entity *e)
{
	struct list *l = arg;

	assert_true(l->n < 8);
	snprintf(l->title[l->n++], 64, "%s", e->title);
	return true;
}

static int64_t list(struct archive_reader *r, struct archive_filter f, struct list *l)
{
	struct err e = {0};
	int64_t total = -1;

	l->n = 0;
	if (f.limit == 0)
		f.limit = 8;
	ok(r->entities(r->ctx, &f, take_entity, l, &total, &e), &e);
	return total;
}

/* Three entities: 0 and 1 in 00004, 2 in 00007 of province 01; an entry of 0 is quarantined. */
struct three {
	uint8_t id[3][16];
	struct entry *e;
	int64_t no;
};

static void put_three(struct fix *f, struct three *t)
{
	struct json *unit = json_object();

	for (size_t i = 0; i < 3; i++) {
		memcpy(t->id[i], thing, 16);
		t->id[i][15] = (uint8_t)i;
	}
	t->id[2][0] = 0x55;
	json_set_str(unit, "province", "01");
	begin(f);
	t->no = put_entity(f, "00004", "asset", t->id[0], "Máy siêu âm", "may sieu am", 1);
	t->e = actor_set(&f->clerk, "00004", "asset", t->id[0], "{\"a\":1}", NULL, 0);
	append(f, t->e, t->no, KEYRING_Q_REVOKED, 0);
	put_entity(f, "00004", "facility", t->id[1], "Trạm Y tế", "tram y te", 0);
	put_entity(f, "00007", "asset", t->id[2], "Tủ lạnh", "tu lanh", 0);
	assert_int_equal(f->w->doc_put(f->w->ctx, "unit", "00007", unit, NULL), RC_OK);
	commit(f);
	json_free(unit);
}

static void test_entities(void **state)
{
	struct fix *f = *state;
	struct archive_reader *r;
	struct three t;
	struct list l;

	put_three(f, &t);
	r = reader(f);
	assert_int_equal(list(r, (struct archive_filter){0}, &l), 3);
	assert_int_equal(list(r, (struct archive_filter){.limit = 1, .offset = 1}, &l), 3);
	assert_int_equal(l.n, 1);
	assert_string_equal(l.title[0], "Trạm Y tế");
	assert_int_equal(list(r, (struct archive_filter){.scope = "00004"}, &l), 2);
	assert_int_equal(list(r, (struct archive_filter){.kind = "asset"}, &l), 2);
	assert_int_equal(list(r, (struct archive_filter){.conflicts = true}, &l), 1);
	assert_int_equal(list(r, (struct archive_filter){.quarantined = true}, &l), 1);
	assert_string_equal(l.title[0], "Máy siêu âm");
	assert_int_equal(list(r, (struct archive_filter){.text = "te tram"}, &l), 1);
	assert_int_equal(list(r, (struct archive_filter){.text = "tram xe"}, &l), 0);
	assert_int_equal(list(r, (struct archive_filter){.province = "01"}, &l), 1);
	assert_string_equal(l.title[0], "Tủ lạnh");
	archive_read_end(f->a, r);
	entry_free(t.e);
}

static bool sees_first(void *arg, const char *scope)
{
	return strcmp(scope, arg) == 0;
}

/* Who may see nothing of a commune hears of it what they would if it were not there, also where ids are ambiguous. */
static void test_find_seen(void **state)
{
	struct archive_among among = {.kind = "asset"};
	struct fix *f = *state;
	struct archive_reader *r;
	struct archive_entity got;
	struct three t;
	struct buf st, title;

	put_three(f, &t);
	begin(f);
	put_entity(f, "00005", "asset", t.id[0], "Máy siêu âm", "may sieu am", 0);
	commit(f);
	r = reader(f);
	buf_init(&st, STATE_MAX);
	buf_init(&title, STATE_MAX);
	assert_int_equal(r->entity_find(r->ctx, &among, "019a9c1e", &got, &st, &title, NULL),
			 RC_CONFLICT);
	among.sees = sees_first;
	among.arg = (void *)(uintptr_t)"00004";
	assert_int_equal(r->entity_find(r->ctx, &among, "019a9c1e", &got, &st, &title, NULL), RC_OK);
	assert_string_equal(got.scope, "00004");
	among.arg = (void *)(uintptr_t)"99999";
	assert_int_equal(r->entity_find(r->ctx, &among, "019a9c1e", &got, &st, &title, NULL),
			 RC_NOTFOUND);
	archive_read_end(f->a, r);
	buf_free(&st);
	buf_free(&title);
	entry_free(t.e);
}

static void test_one_entity(void **state)
{
	const struct archive_among any = {.scope = NULL}, assets = {.kind = "asset"};
	struct fix *f = *state;
	struct archive_reader *r;
	struct archive_entity got;
	struct three t;
	struct buf st, title;

	put_three(f, &t);
	r = reader(f);
	buf_init(&st, STATE_MAX);
	buf_init(&title, STATE_MAX);
	assert_int_equal(r->entity(r->ctx, "00004", "asset", t.id[0], &got, &st, &title, NULL),
			 RC_OK);
	assert_string_equal(got.title, "Máy siêu âm");
	assert_true(span_eq_str(got.state, "state"));
	assert_int_equal(got.flags, 4);
	assert_int_equal(r->entity(r->ctx, "00005", "asset", t.id[0], &got, &st, &title, NULL),
			 RC_NOTFOUND);
	assert_int_equal(r->entity_find(r->ctx, &any, "019a9c-1E", &got, &st, &title, NULL),
			 RC_CONFLICT);
	assert_int_equal(r->entity_find(r->ctx, &assets, "019a9c1e", &got, &st, &title, NULL),
			 RC_OK);
	assert_int_equal(got.no, t.no);
	assert_int_equal(r->entity_find(r->ctx, &any, "777777", &got, &st, &title, NULL),
			 RC_NOTFOUND);
	assert_int_equal(r->entity_find(r->ctx, &any, "019a", &got, &st, &title, NULL), RC_INPUT);
	archive_read_end(f->a, r);
	buf_free(&st);
	buf_free(&title);
	entry_free(t.e);
}

static bool has(struct fix *f, int64_t no, const uint8_t id[ENTRY_ID_LEN])
{
	bool yes = false;

	assert_int_equal(f->w->entity_has(f->w->ctx, no, id, &yes, NULL), RC_OK);
	return yes;
}

/* Only what counts is present for the merge. */
static void test_has(void **state)
{
	struct fix *f = *state;
	uint8_t other[ENTRY_ID_LEN] = {1};
	struct three t;

	put_three(f, &t);
	begin(f);
	assert_false(has(f, t.no, t.e->id));
	assert_int_equal(f->w->verdict_put(f->w->ctx, 0, KEYRING_ADMITTED, NULL), RC_OK);
	assert_true(has(f, t.no, t.e->id));
	assert_false(has(f, t.no, other));
	commit(f);
	entry_free(t.e);
}

/* ---- tree ---- */

static void leaf(uint32_t i, uint8_t ret[TREE_HASH])
{
	crypt_sha256(&i, sizeof(i), ret);
}

static void grow(struct fix *f, struct tree_frontier *t, uint64_t to)
{
	const struct tree_sink sink = {f->w->ctx, f->w->tree_node};
	uint8_t h[TREE_HASH];

	begin(f);
	while (t->size < to) {
		leaf((uint32_t)t->size, h);
		tree_append(t, h, &sink);
	}
	commit(f);
}

static void assert_tree(struct fix *f, const struct tree_frontier *t)
{
	struct archive_reader *r = reader(f);
	struct tree_frontier got = {0};
	struct tree_proof p;
	uint8_t root[TREE_HASH], back[TREE_HASH], h[TREE_HASH];
	struct err e = {0};
	int64_t at;

	tree_frontier_root(t, root);
	ok(tree_frontier_read(&r->tree, t->size, &got, &e), &e);
	tree_frontier_root(&got, back);
	assert_memory_equal(root, back, TREE_HASH);
	for (uint64_t i = 0; i < t->size; i += 1 + t->size / 7) {
		leaf((uint32_t)i, h);
		ok(tree_inclusion(&r->tree, i, t->size, &p, &e), &e);
		ok(tree_check_inclusion(h, i, t->size, &p, root, &e), &e);
		ok(r->leaf_index(r->ctx, h, &at, &e), &e);
		assert_int_equal(at, i);
	}
	leaf(0xffffffffU, h);
	ok(r->leaf_index(r->ctx, h, &at, &e), &e);
	assert_int_equal(at, -1);
	archive_read_end(f->a, r);
}

static void test_tree(void **state)
{
	static const uint64_t size[] = {1, 2, 3, 255, 256, 257, 511, 513, 700, 66000};
	struct fix *f = *state;
	struct tree_frontier t = {0};
	uint8_t h[TREE_HASH];

	for (size_t i = 0; i < sizeof(size) / sizeof(size[0]); i++) {
		struct tree_frontier before = t;
		const struct tree_sink sink = {f->w->ctx, f->w->tree_node};

		begin(f); /* a group that fails leaves the tiles as they were */
		memset(h, 0xee, sizeof(h));
		tree_append(&before, h, &sink);
		f->w->rollback(f->w->ctx);
		grow(f, &t, size[i]);
		assert_tree(f, &t);
		if (i % 3 == 0)
			reopen(f);
	}
}

static void test_checkpoints(void **state)
{
	struct fix *f = *state;
	uint8_t root[TREE_HASH] = {7}, got[TREE_HASH];
	struct archive_reader *r = reader(f);
	struct buf note;
	int64_t size, at;
	char *value = NULL;
	struct json *doc = json_object(), *back = NULL;

	buf_init(&note, NOTE_TEXT_MAX);
	assert_int_equal(r->head(r->ctx, &size, &note, &at, NULL), RC_OK);
	assert_int_equal(size, 0);
	json_set_str(doc, "tên", "Xã Mẫu");
	begin(f);
	assert_int_equal(f->w->checkpoint(f->w->ctx, 3, root, span_str("three"), 30, NULL), RC_OK);
	assert_int_equal(f->w->checkpoint(f->w->ctx, 9, root, span_str("nine"), 90, NULL), RC_OK);
	assert_int_equal(f->w->checkpoint_at(f->w->ctx, 3, got, &at, NULL), RC_OK);
	assert_int_equal(at, 30);
	assert_int_equal(f->w->checkpoint_at(f->w->ctx, 4, got, &at, NULL), RC_NOTFOUND);
	assert_int_equal(f->w->set(f->w->ctx, "url", "a", NULL), RC_OK);
	assert_int_equal(f->w->set(f->w->ctx, "url", "b", NULL), RC_OK);
	assert_int_equal(f->w->doc_put(f->w->ctx, "t", "k", doc, NULL), RC_OK);
	assert_int_equal(f->w->doc_put(f->w->ctx, "t", "gone", doc, NULL), RC_OK);
	assert_int_equal(f->w->doc_put(f->w->ctx, "t", "gone", NULL, NULL), RC_OK);
	commit(f);
	assert_int_equal(r->head(r->ctx, &size, &note, &at, NULL), RC_OK);
	assert_int_equal(size, 9);
	assert_int_equal(at, 90);
	assert_true(span_eq_str(span_buf(&note), "nine"));
	assert_int_equal(r->checkpoint_at(r->ctx, 9, got, &at, NULL), RC_OK);
	assert_memory_equal(got, root, TREE_HASH);
	assert_int_equal(r->setting(r->ctx, "url", &value, NULL), RC_OK);
	assert_string_equal(value, "b");
	free(value);
	assert_int_equal(r->setting(r->ctx, "none", &value, NULL), RC_OK);
	assert_null(value);
	assert_int_equal(r->doc(r->ctx, "t", "k", &back, NULL), RC_OK);
	assert_true(json_equal(doc, back));
	json_free(back);
	assert_int_equal(r->doc(r->ctx, "t", "gone", &back, NULL), RC_NOTFOUND);
	archive_read_end(f->a, r);
	json_free(doc);
	buf_free(&note);
}

/* ---- blobs ---- */

/* clause: P23 P24 */
static void test_blobs(void **state)
{
	struct fix *f = *state;
	const uint8_t device[32] = {1}, second[32] = {2};
	struct span text = span_str("một tệp đính kèm");
	uint8_t sha[32], same[32], wrong[32] = {9};
	struct err e = {0};
	int64_t size = -1, half = (int64_t)text.len / 2, all = (int64_t)text.len;
	struct archive_upload u = {sha, device, "00004", all}, bad = {wrong, device, "00004", all};
	bool whole = true, named;
	struct archive_reader *r;

	crypt_sha256(text.p, text.len, sha);
	ok(archive_blob_stat(f->a, sha, device, &size, &whole, &e), &e);
	assert_int_equal(size, 0);
	assert_false(whole);
	assert_int_equal(archive_blob_append(f->a, &u, 0, text, &whole, &e), RC_NOTFOUND);
	assert_string_equal(e.clause, "P24"); /* nobody names it */
	begin(f);
	ok(f->w->blob_name(f->w->ctx, "00004", sha, all, &e), &e);
	ok(f->w->blob_name(f->w->ctx, "00004", sha, all, &e), &e);
	ok(f->w->blob_name(f->w->ctx, "*", wrong, 5, &e), &e);
	commit(f);
	ok(archive_blob_append(f->a, &u, 0, span_of(text.p, (size_t)half), &whole, &e), &e);
	assert_false(whole);
	assert_int_equal(archive_blob_append(f->a, &u, 0, text, &whole, &e), RC_CONFLICT);
	assert_string_equal(e.clause, "P23");
	assert_string_equal(err_arg(&e, "offset"), "11");
	assert_int_equal(archive_blob_append(f->a, &u, half, text, &whole, &e), RC_REFUSED);
	assert_string_equal(e.clause, "P24");
	ok(archive_blob_stat(f->a, sha, second, &size, &whole, &e), &e);
	assert_int_equal(size, 0); /* another device's half is not shown */
	ok(archive_blob_append(f->a, &u, half, span_of(text.p + half, text.len - (size_t)half), &whole,
			       &e),
	   &e);
	assert_true(whole);
	ok(archive_blob_stat(f->a, sha, second, &size, &whole, &e), &e);
	assert_int_equal(size, all);
	assert_true(whole);
	assert_int_equal(archive_blob_append(f->a, &bad, 0, text, &whole, &e), RC_REFUSED);
	assert_string_equal(e.key, "blob.hash");
	ok(archive_blob_stat(f->a, wrong, device, &size, &whole, &e), &e);
	assert_int_equal(size, 0); /* discarded */
	ok(archive_blob_put(f->a, text, same, &e), &e);
	assert_memory_equal(sha, same, 32);
	r = reader(f);
	ok(r->blob_named(r->ctx, "00004", sha, &named, &size, &e), &e);
	assert_true(named);
	assert_int_equal(size, all);
	ok(r->blob_named(r->ctx, "00005", sha, &named, &size, &e), &e);
	assert_false(named);
	ok(r->blob_named(r->ctx, "00005", wrong, &named, &size, &e), &e);
	assert_true(named);
	archive_read_end(f->a, r);
}

static size_t files_below(const struct fix *f, const char *folder)
{
	struct os_names names = {.name = NULL};
	char *dir = NULL;
	size_t n;

	assert_int_equal(os_path_join(&dir, f->home, folder, NULL), RC_OK);
	assert_int_equal(os_dir_list(dir, &names, NULL), RC_OK);
	n = names.n;
	os_names_free(&names);
	free(dir);
	return n;
}

static void write_below(struct fix *f, const char *name)
{
	char *path = NULL;

	ok(os_path_join(&path, f->home, name, NULL), NULL);
	ok(os_file_write(path, span_str("x"), OS_NEW, NULL), NULL);
	free(path);
}

/* An upload nobody goes on with, and what a kill left, do not stay for ever. clause: P24 */
static void test_tidy(void **state)
{
	struct fix *f = *state;
	const uint8_t device[32] = {1};
	struct span text = span_str("một tệp gửi dở");
	uint8_t sha[32], whole_sha[32];
	struct archive_upload u = {sha, device, "00004", (int64_t)text.len};
	int64_t now = clock_now_s(clock_real());
	bool whole = false;
	struct err e = {0};
	char hex[CODEC_HEX_LEN(32) + 1], name[128];

	crypt_sha256(text.p, text.len, sha);
	begin(f);
	ok(f->w->blob_name(f->w->ctx, "00004", sha, u.size, &e), &e);
	commit(f);
	ok(archive_blob_append(f->a, &u, 0, span_of(text.p, 5), &whole, &e), &e);
	ok(archive_blob_put(f->a, span_str("một tệp"), whole_sha, &e), &e);
	codec_hex(whole_sha, 32, hex);
	snprintf(name, sizeof(name), "blobs/%.2s/%s.new-Ab12cd", hex, hex);
	write_below(f, name);
	name[strlen(name) - strlen("/") - strlen(hex) - strlen(".new-Ab12cd")] = '\0'; /* its folder */
	assert_int_equal(files_below(f, name), 2);
	ok(archive_blob_tidy(f->a, now - 3600, &e), &e); /* touched since */
	assert_int_equal(files_below(f, "blobs/part"), 1);
	assert_int_equal(files_below(f, name), 2); /* somebody may be writing it */
	ok(archive_blob_tidy(f->a, now + 3600, &e), &e);
	assert_int_equal(files_below(f, name), 1);
	assert_int_equal(files_below(f, "blobs/part"), 0);
	ok(archive_blob_here(f->a, whole_sha, &whole, &e), &e);
	assert_true(whole);
	assert_int_equal(archive_blob_append(f->a, &u, 5, span_of(text.p + 5, text.len - 5), &whole, &e), RC_CONFLICT);
	whole = false;
	ok(archive_blob_append(f->a, &u, 0, text, &whole, &e), &e); /* who comes back begins anew */
	assert_true(whole);
}

struct orphans {
	uint8_t sha[4][32];
	size_t n;
};

static bool take_orphan(void *arg, const uint8_t sha[32])
{
	struct orphans *o = arg;

	assert_true(o->n < 4);
	memcpy(o->sha[o->n++], sha, 32);
	return true;
}

static void is_here(const struct fix *f, const uint8_t sha[32], bool want)
{
	bool here = !want;

	ok(archive_blob_here(f->a, sha, &here, NULL), NULL);
	assert_int_equal(here, want);
}

/* What an entry names stays, however old; what nobody named for a month goes; what is young stays. clause: P24 */
static void test_orphans(void **state)
{
	struct fix *f = *state;
	int64_t now = clock_now_s(clock_real());
	uint8_t named[32], nobody[32];
	struct orphans o = {.n = 0};
	struct err e = {0};
	bool gone = true;

	ok(archive_blob_put(f->a, span_str("một ảnh"), named, &e), &e);
	ok(archive_blob_put(f->a, span_str("một biểu mẫu không ai công bố"), nobody, &e), &e);
	begin(f);
	ok(f->w->blob_name(f->w->ctx, "00004", named, 9, &e), &e);
	commit(f);
	ok(archive_blob_orphans(f->a, now - 3600, take_orphan, &o, &e), &e);
	assert_int_equal(o.n, 0);
	ok(archive_blob_orphans(f->a, now + 3600, take_orphan, &o, &e), &e);
	assert_int_equal(o.n, 1);
	assert_memory_equal(o.sha[0], nobody, 32);
	begin(f);
	ok(archive_blob_orphan(f->a, nobody, now - 3600, &gone, &e), &e); /* put there again meanwhile */
	assert_false(gone);
	ok(archive_blob_orphan(f->a, named, now + 3600, &gone, &e), &e); /* named meanwhile */
	assert_false(gone);
	is_here(f, nobody, true);
	ok(archive_blob_orphan(f->a, nobody, now + 3600, &gone, &e), &e);
	assert_true(gone);
	commit(f);
	is_here(f, nobody, false);
	is_here(f, named, true);
}

/* Half of it has come when its entry is erased: that half goes, and the rest is not taken. clause: P24 A16 */
static void test_erased_while_it_comes(void **state)
{
	struct fix *f = *state;
	const uint8_t device[32] = {1};
	struct span text = span_str("một tệp đính kèm");
	char hex[CODEC_HEX_LEN(32) + 1], set[256];
	uint8_t sha[32];
	struct archive_upload u = {sha, device, "00004", (int64_t)text.len};
	struct entry *e, *by;
	struct err err = {0};
	int64_t index;
	bool whole = false;
	struct buf b;

	crypt_sha256(text.p, text.len, sha);
	codec_hex(sha, 32, hex);
	buf_init(&b, sizeof(set));
	buf_addf(&b, "{\"image\":{\"sha256\":\"%s\",\"size\":%zu,\"type\":\"image/png\",\"name\":\"a\"}}", hex,
		 text.len);
	e = actor_set(&f->clerk, "00004", "photo", thing, (const char *)b.p, NULL, 0);
	by = actor_erase(&f->other, e);
	buf_free(&b);
	begin(f);
	index = append(f, e, put_entity(f, "00004", "photo", thing, "ảnh", "anh", 0), KEYRING_ADMITTED, 0);
	ok(f->w->blob_name(f->w->ctx, "00004", sha, u.size, &err), &err);
	commit(f);
	ok(archive_blob_append(f->a, &u, 0, span_of(text.p, 5), &whole, &err), &err);
	assert_int_equal(files_below(f, "blobs/part"), 1);
	begin(f);
	ok(f->w->erasure_put(f->w->ctx, e->id, by->line, &err), &err);
	ok(f->w->erase(f->w->ctx, index, e, &err), &err);
	commit(f);
	assert_int_equal(files_below(f, "blobs/part"), 0);
	assert_int_equal(archive_blob_append(f->a, &u, 5, span_of(text.p + 5, text.len - 5), &whole, &err),
			 RC_NOTFOUND);
	assert_int_equal(archive_blob_append(f->a, &u, 0, text, &whole, &err), RC_NOTFOUND);
	assert_int_equal(files_below(f, "blobs/part"), 0);
	ok(archive_blob_here(f->a, sha, &whole, &err), &err);
	assert_false(whole);
	entry_free(e);
	entry_free(by);
}

/* What the disk has damaged goes aside, and is not here any more. clause: P23 */
static void test_damaged_blob(void **state)
{
	struct fix *f = *state;
	char path[LIMIT_PATH];
	struct err e = {0};
	uint8_t sha[32];
	bool is = false;

	ok(archive_blob_put(f->a, span_str("một tệp"), sha, &e), &e);
	ok(archive_blob_sound(f->a, sha, &is, &e), &e);
	assert_true(is);
	ok(archive_blob_path(f->a, sha, path, sizeof(path), &e), &e);
	ok(os_file_write(path, span_str("khác"), OS_REPLACE, &e), &e);
	ok(archive_blob_sound(f->a, sha, &is, &e), &e);
	assert_false(is);
	ok(archive_blob_here(f->a, sha, &is, &e), &e);
	assert_false(is);
	assert_int_equal(files_below(f, "blobs/bad"), 1);
	ok(archive_blob_sound(f->a, sha, &is, &e), &e); /* none at all is not sound either */
	assert_false(is);
}

static size_t lacking(struct fix *f, struct lack *l, const char *scope, uint8_t (*ret)[32], size_t max)
{
	struct archive_reader *r = reader(f);
	struct err e = {0};
	size_t n = 0;

	ok(lack_of(l, f->a, r, scope, 0, ret, max, &n, &e), &e);
	archive_read_end(f->a, r);
	return n;
}

/* Looked for once; what came is forgotten, what went is found again. clause: P32 */
static void test_lack(void **state)
{
	struct fix *f = *state;
	struct span text = span_str("một tệp");
	uint8_t sha[32], other[32] = {7}, later[32] = {8}, ret[4][32];
	char path[LIMIT_PATH];
	struct lack *l = NULL;
	struct err e = {0};

	crypt_sha256(text.p, text.len, sha);
	ok(lack_new(&l, &e), &e);
	begin(f);
	ok(f->w->blob_name(f->w->ctx, "00004", sha, 8, &e), &e);
	ok(f->w->blob_name(f->w->ctx, "*", other, 5, &e), &e);
	commit(f);
	assert_int_equal(lacking(f, l, "00005", ret, 4), 1);
	assert_memory_equal(ret[0], other, 32);
	assert_int_equal(lacking(f, l, "00004", ret, 4), 2);
	assert_int_equal(lacking(f, l, "00004", ret, 1), 1);
	ok(archive_blob_put(f->a, text, sha, &e), &e);
	assert_int_equal(lacking(f, l, "00004", ret, 4), 1);
	/* one named later is not looked for by itself, but by who misses it */
	begin(f);
	ok(f->w->blob_name(f->w->ctx, "00004", later, 5, &e), &e);
	commit(f);
	assert_int_equal(lacking(f, l, "00004", ret, 4), 1);
	lack_add(l, "00004", later);
	lack_add(l, "00004", later);
	assert_int_equal(lacking(f, l, "00004", ret, 4), 2);
	assert_memory_equal(ret[0], later, 32);
	/* gone from the disk */
	ok(archive_blob_path(f->a, sha, path, sizeof(path), &e), &e);
	ok(os_file_remove(path, &e), &e);
	assert_int_equal(lacking(f, l, "00004", ret, 4), 2);
	lack_again(l);
	assert_int_equal(lacking(f, l, "00004", ret, 4), 3);
	lack_free(l);
}

static void test_absent(void **state)
{
	struct fix *f = *state;
	struct archive *none = NULL;
	char *path = NULL;

	assert_int_equal(os_path_join(&path, f->home, "elsewhere", NULL), RC_OK);
	assert_int_equal(archive_sqlite_open(&none, path, false, NULL), RC_NOTFOUND);
	assert_null(none);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_known, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_rollback, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_rows, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_entities, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_find_seen, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_one_entity, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_has, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_tree, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_checkpoints, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_blobs, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_tidy, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_orphans, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_erased_while_it_comes, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_damaged_blob, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_lack, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_absent, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
