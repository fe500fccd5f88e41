/*
 * archive_write: the sequencer's half of the SQLite archive: one transaction a group.
 *
 * Row numbers of feeds, keys and scopes, and where each feed goes on, are kept in memory:
 * the path of a new entry reads nothing. A rollback forgets them all. Does NOT judge or
 * merge; indexes and verdicts are the caller's.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "server-stub/archive_part.h"
#include "server-stub/archive_sql.h"

enum { WAL_PAGES = 8192 }; /* 32 MiB: then a commit also moves the WAL into the file */

/* ---- row numbers by bytes ---- */

static size_t slot_of(const struct archive_map *m, const uint8_t bytes[CRYPT_PK_LEN])
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < CRYPT_PK_LEN; i++)
		h = (h ^ bytes[i]) * UINT64_C(1099511628211);
	return (size_t)(h ^ h >> 32) & (m->cap - 1);
}

static struct archive_slot *map_find(struct archive_map *m, const uint8_t bytes[CRYPT_PK_LEN])
{
	if (m->cap == 0)
		return NULL;
	for (size_t i = slot_of(m, bytes); m->slot[i].no; i = (i + 1) & (m->cap - 1))
		if (memcmp(m->slot[i].bytes, bytes, CRYPT_PK_LEN) == 0)
			return &m->slot[i];
	return NULL;
}

static void map_forget(struct archive_map *m)
{
	free(m->slot);
	memset(m, 0, sizeof(*m));
}

static struct archive_slot *map_place(struct archive_map *m, const struct archive_slot *what)
{
	size_t i = slot_of(m, what->bytes);

	while (m->slot[i].no)
		i = (i + 1) & (m->cap - 1);
	m->slot[i] = *what;
	m->n++;
	return &m->slot[i];
}

static enum rc map_grow(struct archive_map *m, struct err *reterr)
{
	struct archive_map old = *m;
	size_t cap = old.cap ? old.cap * 2 : 256;

	if (old.n >= LIMIT_ARCHIVE_CACHE) { /* begin anew: it is only a cache */
		cap = old.cap;
		old.cap = 0;
	}
	m->slot = calloc(cap, sizeof(*m->slot));
	if (!m->slot) {
		*m = old;
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	}
	m->cap = cap;
	m->n = 0;
	for (size_t i = 0; i < old.cap; i++)
		if (old.slot[i].no)
			map_place(m, &old.slot[i]);
	free(old.slot);
	return RC_OK;
}

static enum rc map_add(struct archive_map *m, const uint8_t bytes[CRYPT_PK_LEN], int64_t no,
		       int64_t next, struct archive_slot **ret, struct err *reterr)
{
	struct archive_slot s = {.no = no, .next = next};

	if (m->n * 2 >= m->cap) {
		enum rc rc = map_grow(m, reterr);

		if (rc != RC_OK)
			return rc;
	}
	memcpy(s.bytes, bytes, CRYPT_PK_LEN);
	*ret = map_place(m, &s);
	return RC_OK;
}

/* Row number of the value: from memory, the table, or (add) a new row. RC_NOTFOUND without add. */
struct named {
	struct archive_map *map;
	int get, add;
	struct db_val v[2];
	size_t nadd; /* values of add */
	uint8_t bytes[CRYPT_PK_LEN];
};

static enum rc number(struct archive *s, const struct named *n, bool add, struct archive_slot **ret,
		      struct err *reterr)
{
	struct archive_slot *slot = map_find(n->map, n->bytes);
	int64_t no = 0, next = 0;
	enum rc rc;

	if (slot) {
		*ret = slot;
		return RC_OK;
	}
	rc = db_get_int(s->db, n->get, n->v, 1, &no, reterr);
	if (rc == RC_OK && n->map == &s->feed)
		rc = db_get_int(s->db, ASQL_FEED_NEXT, DB_V(db_int(no)), &next, reterr);
	if (rc == RC_NOTFOUND && add) {
		rc = db_run(s->db, n->add, n->v, n->nadd, reterr);
		no = db_rowid(s->db);
	}
	return rc == RC_OK ? map_add(n->map, n->bytes, no, next, ret, reterr) : rc;
}

static enum rc scope_no(struct archive *s, const char *scope, int64_t *ret, struct err *reterr)
{
	struct named n = {.map = &s->scope,
			  .get = ASQL_SCOPE_GET,
			  .add = ASQL_SCOPE_ADD,
			  .v = {db_str(scope)},
			  .nadd = 1};
	struct archive_slot *slot;
	enum rc rc;

	memcpy(n.bytes, scope, strlen(scope));
	rc = number(s, &n, true, &slot, reterr);
	if (rc == RC_OK)
		*ret = slot->no;
	return rc;
}

static enum rc key_no(struct archive *s, const uint8_t key[CRYPT_PK_LEN], int64_t *ret,
		      struct err *reterr)
{
	struct named n = {.map = &s->key,
			  .get = ASQL_KEY_GET,
			  .add = ASQL_KEY_ADD,
			  .v = {db_bytes(key, CRYPT_PK_LEN)},
			  .nadd = 1};
	struct archive_slot *slot;
	enum rc rc;

	memcpy(n.bytes, key, CRYPT_PK_LEN);
	rc = number(s, &n, true, &slot, reterr);
	if (rc == RC_OK)
		*ret = slot->no;
	return rc;
}

/* key NULL: only look. */
static enum rc feed_slot(struct archive *s, const uint8_t feed[ENTRY_FEED_LEN], const uint8_t *key,
			 struct archive_slot **ret, struct err *reterr)
{
	struct named n = {.map = &s->feed,
			  .get = ASQL_FEED_GET,
			  .add = ASQL_FEED_ADD,
			  .v = {db_bytes(feed, ENTRY_FEED_LEN)},
			  .nadd = 2};
	int64_t owner;

	memcpy(n.bytes, feed, ENTRY_FEED_LEN);
	if (key && !map_find(n.map, n.bytes)) {
		enum rc rc = key_no(s, key, &owner, reterr);

		if (rc != RC_OK)
			return rc;
		n.v[1] = db_int(owner);
	}
	return number(s, &n, key != NULL, ret, reterr);
}

/* ---- the transaction ---- */

static enum rc w_begin(void *ctx, struct err *reterr)
{
	struct archive *s = ctx;

	return db_begin(s->db, reterr);
}

static void w_rollback(void *ctx)
{
	struct archive *s = ctx;

	db_rollback(s->db);
	archive_write_forget(s);
}

void archive_committed(struct archive *s)
{
	atomic_fetch_add(&s->commits, 1);
	if (db_wal_pages(s->db) > WAL_PAGES)
		db_checkpoint(s->db, DB_PASSIVE, NULL, NULL); /* what is committed stays so */
}

static enum rc w_commit(void *ctx, struct err *reterr)
{
	struct archive *s = ctx;
	enum rc rc = archive_tree_flush(s, reterr);

	if (rc == RC_OK)
		rc = db_commit(s->db, reterr);
	if (rc != RC_OK) {
		w_rollback(s);
		return rc;
	}
	archive_committed(s);
	if (s->erased)
		archive_erase_sweep(s, NULL);
	return RC_OK;
}

/* ---- entries ---- */

static enum rc known_at(struct archive *s, int64_t feed, const struct entry *e, int64_t *retindex,
			uint8_t retsig[CRYPT_SIG_LEN], bool *retfork, struct err *reterr)
{
	struct db_q q;
	enum rc rc = db_query(&q, s->db, ASQL_ENTRY_AT, DB_V(db_int(feed), db_int(e->seq)), reterr);

	while (rc == RC_OK && db_next(&q)) {
		struct span id = db_col_blob(&q, 1), sig = db_col_blob(&q, 2);

		if (!span_eq(id, span_of(e->id, ENTRY_ID_LEN))) {
			*retfork = true;
		} else if (sig.len == CRYPT_SIG_LEN) {
			*retindex = db_col_int(&q, 0);
			memcpy(retsig, sig.p, sig.len);
		}
	}
	return db_end(&q, rc, reterr);
}

static enum rc w_known(void *ctx, const struct entry *e, int64_t *retindex,
		       uint8_t retsig[CRYPT_SIG_LEN], bool *retfork, int64_t *retnext,
		       struct err *reterr)
{
	struct archive *s = ctx;
	struct archive_slot *feed;
	enum rc rc = feed_slot(s, e->feed, NULL, &feed, reterr);

	*retindex = -1;
	*retfork = false;
	*retnext = 0;
	if (rc == RC_NOTFOUND)
		return RC_OK;
	if (rc != RC_OK)
		return rc;
	*retnext = feed->next;
	if (e->seq >= feed->next)
		return RC_OK;
	rc = known_at(s, feed->no, e, retindex, retsig, retfork, reterr);
	if (rc == RC_OK)
		rc = db_get_int(s->db, ASQL_FEED_BELOW, DB_V(db_int(feed->no), db_int(e->seq)),
				retnext, reterr);
	return rc;
}

static enum rc w_feed_scope(void *ctx, const uint8_t feed[ENTRY_FEED_LEN],
			    char ret[ENTRY_SCOPE_LEN], struct err *reterr)
{
	struct archive *s = ctx;
	struct buf scope;
	enum rc rc;

	buf_init(&scope, ENTRY_SCOPE_LEN);
	rc = db_get_bytes(s->db, ASQL_FEED_SCOPE, DB_V(db_bytes(feed, ENTRY_FEED_LEN)), &scope,
			  reterr);
	if (rc == RC_OK && scope.len >= ENTRY_SCOPE_LEN)
		rc = err_set(reterr, RC_CORRUPT, NULL, "archive.scope", NULL);
	if (rc == RC_OK) {
		memcpy(ret, scope.p, scope.len);
		ret[scope.len] = '\0';
	}
	buf_free(&scope);
	return rc;
}

static enum rc w_append(void *ctx, const struct entry *e, int64_t index, int64_t entity_no,
			enum keyring_verdict verdict, unsigned flags, int64_t now,
			struct err *reterr)
{
	struct archive *s = ctx;
	struct archive_slot *feed;
	int64_t scope;
	enum rc rc = feed_slot(s, e->feed, e->key, &feed, reterr);

	if (rc == RC_OK)
		rc = scope_no(s, e->scope, &scope, reterr);
	if (rc == RC_OK)
		rc = db_run(s->db, ASQL_ENTRY_ADD,
			    DB_V(db_int(index), db_int(feed->no), db_int(e->seq),
				 db_bytes(e->id, ENTRY_ID_LEN), db_bytes(e->sig, CRYPT_SIG_LEN),
				 db_int(e->op), db_int(scope), db_int(entity_no), db_int(e->at),
				 db_int(now)),
			    reterr);
	if (rc == RC_OK && !e->erased)
		rc = db_run(s->db, ASQL_PAYLOAD_ADD, DB_V(db_int(index), db_blob(e->payload)),
			    reterr);
	if (rc == RC_OK && (verdict != KEYRING_ADMITTED || flags))
		rc = db_run(s->db, ASQL_STATE_ADD,
			    DB_V(db_int(index), db_int(verdict), db_int(flags)), reterr);
	if (rc == RC_OK && e->seq >= feed->next)
		feed->next = e->seq + 1;
	return rc;
}

static enum rc w_verdict_put(void *ctx, int64_t index, enum keyring_verdict verdict,
			     struct err *reterr)
{
	struct archive *s = ctx;

	return db_run(s->db, ASQL_STATE_PUT, DB_V(db_int(index), db_int(verdict)), reterr);
}

static enum rc w_flags_put(void *ctx, int64_t index, unsigned mask, unsigned flags, struct err *reterr)
{
	struct archive *s = ctx;

	return db_run(s->db, ASQL_STATE_FLAGS, DB_V(db_int(index), db_int(mask), db_int(flags)), reterr);
}

static enum rc w_key_rows(void *ctx, const uint8_t key[CRYPT_PK_LEN],
			  bool (*take)(void *arg, const struct archive_row *row), void *arg,
			  struct err *reterr)
{
	struct archive *s = ctx;

	return archive_read_rows(s->db, ASQL_ROWS_KEY, DB_V(db_bytes(key, CRYPT_PK_LEN)), take, arg,
				 reterr);
}

static enum rc w_id_rows(void *ctx, const uint8_t id[ENTRY_ID_LEN],
			 bool (*take)(void *arg, const struct archive_row *row), void *arg,
			 struct err *reterr)
{
	struct archive *s = ctx;
	int64_t index;
	enum rc rc = archive_runs_find(s->db, ARCHIVE_ID, id, &index, reterr);

	if (rc != RC_OK || index < 0)
		return rc;
	return archive_read_rows(s->db, ASQL_ROWS_ALL, DB_V(db_int(index), db_int(index + 1)), take,
				 arg, reterr);
}

/* ---- entities ---- */

static enum rc w_entity(void *ctx, const char *scope, const char *kind, const uint8_t id[16],
			int64_t *retno, struct buf *retstate, struct err *reterr)
{
	struct archive *s = ctx;
	struct db_q q;
	int64_t sc;
	bool found = false;
	enum rc rc = scope_no(s, scope, &sc, reterr);

	if (rc != RC_OK)
		return rc;
	rc = db_query(&q, s->db, ASQL_ENTITY_GET, DB_V(db_int(sc), db_str(kind), db_bytes(id, 16)),
		      reterr);
	if (rc == RC_OK && db_next(&q)) {
		found = true;
		*retno = db_col_int(&q, 0);
		buf_add_span(retstate, db_col_blob(&q, 1));
		rc = buf_check(retstate, reterr);
	}
	rc = db_end(&q, rc, reterr);
	if (rc != RC_OK || found)
		return rc;
	rc = db_run(s->db, ASQL_ENTITY_ADD, DB_V(db_int(sc), db_str(kind), db_bytes(id, 16)),
		    reterr);
	if (rc == RC_OK)
		*retno = db_rowid(s->db);
	return rc;
}

static enum rc w_entity_put(void *ctx, const struct archive_entity *e, const char *fold,
			    struct err *reterr)
{
	struct archive *s = ctx;

	return db_run(s->db, ASQL_ENTITY_PUT,
		      DB_V(db_int(e->no), db_blob(e->state), db_str(e->title), db_str(fold),
			   db_int(e->conflicts), db_int(e->flags), db_int(e->first_index),
			   db_int(e->last_index), db_int(e->received_at),
			   e->has_same ? db_bytes(e->same, 16) : db_null(),
			   e->has_supersedes ? db_bytes(e->supersedes, 16) : db_null(),
			   e->has_target ? db_bytes(e->target, 16) : db_null()),
		      reterr);
}

static enum rc w_entity_conflicts(void *ctx, int64_t no, int64_t conflicts, struct err *reterr)
{
	struct archive *s = ctx;

	return db_run(s->db, ASQL_ENTITY_CONFLICTS, DB_V(db_int(no), db_int(conflicts)), reterr);
}

static enum rc w_entity_has(void *ctx, int64_t entity_no, const uint8_t id[ENTRY_ID_LEN], bool *ret,
			    struct err *reterr)
{
	struct archive *s = ctx;
	int64_t one;
	enum rc rc = db_get_int(s->db, ASQL_ENTITY_HAS,
				DB_V(db_int(entity_no), db_bytes(id, ENTRY_ID_LEN)), &one, reterr);

	if (rc == RC_OK || rc == RC_NOTFOUND)
		*ret = rc == RC_OK;
	return rc == RC_NOTFOUND ? RC_OK : rc;
}

static enum rc w_entity_rows(void *ctx, int64_t entity_no,
			     bool (*take)(void *arg, const struct archive_row *row), void *arg,
			     struct err *reterr)
{
	struct archive *s = ctx;

	return archive_read_rows(s->db, ASQL_ROWS_ENTITY, DB_V(db_int(entity_no)), take, arg,
				 reterr);
}

static enum rc w_entity_by_no(void *ctx, int64_t entity_no, struct archive_entity *ret,
			      struct buf *retstate, struct err *reterr)
{
	struct archive *s = ctx;
	struct db_q q;
	enum rc rc = db_query(&q, s->db, ASQL_ENTITY_NO, DB_V(db_int(entity_no)), reterr);

	if (rc == RC_OK && !db_next(&q))
		rc = err_set(reterr, RC_NOTFOUND, NULL, "archive.no_entity", NULL);
	if (rc == RC_OK) {
		archive_read_entity(&q, ret);
		buf_add_span(retstate, ret->state);
		ret->title = NULL;
		rc = buf_check(retstate, reterr);
		ret->state = span_buf(retstate);
	}
	return db_end(&q, rc, reterr);
}

/* ---- the rest ---- */

static enum rc w_checkpoint(void *ctx, int64_t size, const uint8_t root[TREE_HASH],
			    struct span text, int64_t now, struct err *reterr)
{
	struct archive *s = ctx;

	return db_run(s->db, ASQL_CHECKPOINT_ADD,
		      DB_V(db_int(size), db_bytes(root, TREE_HASH), db_text(text), db_int(now)),
		      reterr);
}

static enum rc w_checkpoint_at(void *ctx, int64_t size, uint8_t retroot[TREE_HASH], int64_t *retat,
			       struct err *reterr)
{
	struct archive *s = ctx;

	return archive_read_checkpoint(s->db, size, retroot, retat, reterr);
}

static enum rc w_set(void *ctx, const char *name, const char *value, struct err *reterr)
{
	struct archive *s = ctx;

	return db_run(s->db, ASQL_SETTING_PUT, DB_V(db_str(name), db_str(value)), reterr);
}

static enum rc w_doc_put(void *ctx, const char *table, const char *key, const struct json *doc,
			 struct err *reterr)
{
	struct archive *s = ctx;
	struct buf text;
	enum rc rc;

	if (!doc)
		return db_run(s->db, ASQL_DOC_DROP, DB_V(db_str(table), db_str(key)), reterr);
	buf_init(&text, LIMIT_JSON_TEXT);
	rc = json_write(doc, false, &text, reterr);
	if (rc == RC_OK)
		rc = db_run(s->db, ASQL_DOC_PUT,
			    DB_V(db_str(table), db_str(key), db_text(span_buf(&text))), reterr);
	buf_free(&text);
	return rc;
}

static enum rc w_blob_name(void *ctx, const char *scope, const uint8_t sha[32], int64_t size,
			   struct err *reterr)
{
	struct archive *s = ctx;
	int64_t sc;
	enum rc rc = scope_no(s, scope, &sc, reterr);

	return rc == RC_OK ? db_run(s->db, ASQL_BLOB_ADD,
				    DB_V(db_int(sc), db_bytes(sha, 32), db_int(size)), reterr)
			   : rc;
}

void archive_write_init(struct archive *s)
{
	s->writer = (struct archive_writer){
	    .ctx = s,
	    .begin = w_begin,
	    .commit = w_commit,
	    .rollback = w_rollback,
	    .known = w_known,
	    .feed_scope = w_feed_scope,
	    .append = w_append,
	    .entity = w_entity,
	    .entity_put = w_entity_put,
	    .own = &s->own.reader,
	    .entity_conflicts = w_entity_conflicts,
	    .entity_has = w_entity_has,
	    .verdict_put = w_verdict_put,
	    .flags_put = w_flags_put,
	    .key_rows = w_key_rows,
	    .id_rows = w_id_rows,
	    .entity_rows = w_entity_rows,
	    .entity_by_no = w_entity_by_no,
	    .tree_node = archive_tree_add,
	    .checkpoint = w_checkpoint,
	    .checkpoint_at = w_checkpoint_at,
	    .set = w_set,
	    .doc_put = w_doc_put,
	    .blob_name = w_blob_name,
	    .tidy = archive_runs_tidy,
	};
	archive_standing_write(&s->writer);
	archive_fact_write(&s->writer);
	archive_erase_init(s);
	archive_submission_init(s);
	archive_tree_forget(s);
}

void archive_write_forget(struct archive *s)
{
	map_forget(&s->feed);
	map_forget(&s->key);
	map_forget(&s->scope);
	archive_tree_forget(s);
}
