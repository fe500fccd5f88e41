/*
 * archive_read: the readers of the SQLite archive: read-only connections that see what
 * is committed. Lines of a commune and of scope "*" come from two cursors, merged by
 * index, so that a pull reads only what it sends. Does NOT decide who may see what.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "server-stub/archive_part.h"
#include "server-stub/archive_sql.h"

enum { TYPED_MIN = 6 };

/* Fixed-length bytes of a column; zeros when the column has another length. */
static void copy_bytes(const struct db_q *q, int col, void *ret, size_t len)
{
	struct span s = db_col_blob(q, col);

	memset(ret, 0, len);
	if (s.len == len)
		memcpy(ret, s.p, len);
}

static void copy_text(const struct db_q *q, int col, char *ret, size_t len)
{
	struct span s = db_col_text(q, col);

	memset(ret, 0, len);
	if (s.len < len)
		memcpy(ret, s.p, s.len);
}

void archive_read_row(const struct db_q *q, struct archive_row *ret)
{
	ret->index = db_col_int(q, 0);
	ret->payload = db_col_blob(q, 1);
	copy_bytes(q, 2, ret->id, sizeof(ret->id));
	copy_bytes(q, 3, ret->sig, sizeof(ret->sig));
	copy_bytes(q, 4, ret->key, sizeof(ret->key));
	ret->op = (enum entry_op)db_col_int(q, 5);
	copy_text(q, 6, ret->scope, sizeof(ret->scope));
	ret->entity_no = db_col_int(q, 7);
	ret->verdict = (enum keyring_verdict)db_col_int(q, 8);
	ret->flags = (unsigned)db_col_int(q, 9);
	ret->received_at = db_col_int(q, 10);
	ret->by_line = db_col_blob(q, 11);
}

void archive_read_line(const struct archive_row *row, struct buf *out)
{
	codec_b64u_buf(out, row->sig, CRYPT_SIG_LEN);
	buf_add_char(out, ' ');
	if (!row->payload.p) {
		codec_b64u_buf(out, row->id, ENTRY_ID_LEN);
		buf_add_char(out, ' ');
	}
	buf_add_span(out, row->payload.p ? row->payload : row->by_line);
}

/* Columns of ASQL_ENTITY but fold; title is the column's bytes (SQLite ends text with NUL). */
void archive_read_entity(const struct db_q *q, struct archive_entity *ret)
{
	struct span title = db_col_text(q, 9);

	ret->no = db_col_int(q, 0);
	copy_text(q, 1, ret->scope, sizeof(ret->scope));
	copy_text(q, 2, ret->kind, sizeof(ret->kind));
	copy_bytes(q, 3, ret->id, sizeof(ret->id));
	ret->first_index = db_col_int(q, 4);
	ret->last_index = db_col_int(q, 5);
	ret->received_at = db_col_int(q, 6);
	ret->flags = (unsigned)db_col_int(q, 7);
	ret->conflicts = db_col_int(q, 8);
	ret->title = title.p ? (const char *)title.p : "";
	ret->state = db_col_blob(q, 11);
	ret->has_same = db_col_blob(q, 12).len == sizeof(ret->same);
	copy_bytes(q, 12, ret->same, sizeof(ret->same));
	ret->has_supersedes = db_col_blob(q, 13).len == sizeof(ret->supersedes);
	copy_bytes(q, 13, ret->supersedes, sizeof(ret->supersedes));
	ret->has_target = db_col_blob(q, 14).len == sizeof(ret->target);
	copy_bytes(q, 14, ret->target, sizeof(ret->target));
}

enum rc archive_read_rows(struct db *db, int stmt, const struct db_val *v, size_t n,
			  bool (*take)(void *arg, const struct archive_row *row), void *arg,
			  struct err *reterr)
{
	struct archive_row row;
	struct db_q q;
	bool more = true;
	enum rc rc = db_query(&q, db, stmt, v, n, reterr);

	while (rc == RC_OK && more && db_next(&q)) {
		archive_read_row(&q, &row);
		more = take(arg, &row);
	}
	return db_end(&q, rc, reterr);
}

enum rc archive_read_checkpoint(struct db *db, int64_t size, uint8_t retroot[TREE_HASH],
				int64_t *retat, struct err *reterr)
{
	struct db_q q;
	enum rc rc = db_query(&q, db, ASQL_CHECKPOINT_AT, DB_V(db_int(size)), reterr);

	if (rc == RC_OK && !db_next(&q))
		rc = err_num(reterr, RC_NOTFOUND, NULL, "archive.no_checkpoint", "size", size);
	if (rc == RC_OK) {
		copy_bytes(&q, 0, retroot, TREE_HASH);
		*retat = db_col_int(&q, 1);
	}
	return db_end(&q, rc, reterr);
}

static struct db *db_of(void *ctx)
{
	return ((struct archive_view *)ctx)->db;
}

/* ---- log ---- */

static enum rc r_head(void *ctx, int64_t *retsize, struct buf *retnote, int64_t *retat,
		      struct err *reterr)
{
	struct db_q q;
	enum rc rc = db_query(&q, db_of(ctx), ASQL_CHECKPOINT_HEAD, DB_NONE, reterr);

	*retsize = 0;
	*retat = 0;
	if (rc == RC_OK && db_next(&q)) {
		*retsize = db_col_int(&q, 0);
		buf_add_span(retnote, db_col_text(&q, 1));
		*retat = db_col_int(&q, 2);
		rc = buf_check(retnote, reterr);
	}
	return db_end(&q, rc, reterr);
}

static enum rc r_checkpoint_at(void *ctx, int64_t size, uint8_t retroot[TREE_HASH], int64_t *retat,
			       struct err *reterr)
{
	return archive_read_checkpoint(db_of(ctx), size, retroot, retat, reterr);
}

static enum rc r_checkpoint_text(void *ctx, int64_t size, struct buf *ret, struct err *reterr)
{
	struct db_q q;
	enum rc rc = db_query(&q, db_of(ctx), ASQL_CHECKPOINT_TEXT, DB_V(db_int(size)), reterr);

	if (rc == RC_OK && !db_next(&q))
		rc = err_num(reterr, RC_NOTFOUND, NULL, "archive.no_checkpoint", "size", size);
	if (rc == RC_OK) {
		buf_add_span(ret, db_col_text(&q, 0));
		rc = buf_check(ret, reterr);
	}
	return db_end(&q, rc, reterr);
}

static enum rc r_checkpoint_by(void *ctx, int64_t at, int64_t *retsize, struct err *reterr)
{
	struct db_q q;
	enum rc rc = db_query(&q, db_of(ctx), ASQL_CHECKPOINT_BY, DB_V(db_int(at)), reterr);

	if (rc == RC_OK)
		*retsize = db_next(&q) ? db_col_int(&q, 0) : 0;
	return db_end(&q, rc, reterr);
}

static enum rc r_leaf_index(void *ctx, const uint8_t leafhash[TREE_HASH], int64_t *ret,
			    struct err *reterr)
{
	return archive_runs_find(db_of(ctx), ARCHIVE_LEAF, leafhash, ret, reterr);
}

/* ---- rows ---- */

/* Two ascending cursors as one, each of a statement of its own: a second use compiles anew. */
struct merged {
	struct db_q q[2];
	bool has[2];
};

static enum rc merged_open(struct merged *m, struct db *db, const char *scope, int64_t from,
			   int64_t to, struct err *reterr)
{
	enum rc own = db_query(&m->q[0], db, ASQL_ROWS_SCOPE,
			       DB_V(db_int(from), db_int(to), db_str(scope)), reterr);
	enum rc common = db_query(&m->q[1], db, ASQL_ROWS_COMMON, DB_V(db_int(from), db_int(to)),
				  own == RC_OK ? reterr : NULL);

	m->has[0] = own == RC_OK && db_next(&m->q[0]);
	m->has[1] = common == RC_OK && db_next(&m->q[1]);
	return own == RC_OK ? common : own;
}

static enum rc rows_scope(struct db *db, const char *scope, int64_t from, int64_t to,
			  bool (*take)(void *arg, const struct archive_row *row), void *arg,
			  struct err *reterr)
{
	struct archive_row row;
	struct merged m;
	bool more = true;
	enum rc rc = merged_open(&m, db, scope, from, to, reterr);

	while (rc == RC_OK && more && (m.has[0] || m.has[1])) {
		size_t i =
		    !m.has[0] || (m.has[1] && db_col_int(&m.q[1], 0) < db_col_int(&m.q[0], 0));

		archive_read_row(&m.q[i], &row);
		more = take(arg, &row);
		m.has[i] = db_next(&m.q[i]);
	}
	rc = db_end(&m.q[0], rc, reterr);
	return db_end(&m.q[1], rc, reterr);
}

static enum rc r_rows(void *ctx, const char *scope, int64_t from, int64_t to,
		      bool (*take)(void *arg, const struct archive_row *row), void *arg,
		      struct err *reterr)
{
	struct db *db = db_of(ctx);

	if (scope && strcmp(scope, "*") != 0)
		return rows_scope(db, scope, from, to, take, arg, reterr);
	if (scope)
		return archive_read_rows(db, ASQL_ROWS_SCOPE,
					 DB_V(db_int(from), db_int(to), db_str(scope)), take, arg,
					 reterr);
	return archive_read_rows(db, ASQL_ROWS_ALL, DB_V(db_int(from), db_int(to)), take, arg,
				 reterr);
}

static enum rc r_authority_rows(void *ctx, bool (*take)(void *arg, const struct archive_row *row),
				void *arg, struct err *reterr)
{
	return archive_read_rows(db_of(ctx), ASQL_ROWS_AUTHORITY, DB_NONE, take, arg, reterr);
}

static enum rc r_entity_rows(void *ctx, int64_t entity_no,
			     bool (*take)(void *arg, const struct archive_row *row), void *arg,
			     struct err *reterr)
{
	return archive_read_rows(db_of(ctx), ASQL_ROWS_ENTITY, DB_V(db_int(entity_no)), take, arg,
				 reterr);
}

static enum rc r_key_rows(void *ctx, const uint8_t key[CRYPT_PK_LEN],
			  bool (*take)(void *arg, const struct archive_row *row), void *arg,
			  struct err *reterr)
{
	return archive_read_rows(db_of(ctx), ASQL_ROWS_KEY, DB_V(db_bytes(key, CRYPT_PK_LEN)), take,
				 arg, reterr);
}

static enum rc r_fork_rows(void *ctx, bool (*take)(void *arg, const struct archive_row *row),
			   void *arg, struct err *reterr)
{
	return archive_read_rows(db_of(ctx), ASQL_ROWS_FORKS, DB_V(db_int(KEYRING_FLAG_FORK)), take,
				 arg, reterr);
}

static enum rc r_held_rows(void *ctx, bool (*take)(void *arg, const struct archive_row *row),
			   void *arg, struct err *reterr)
{
	return archive_read_rows(db_of(ctx), ASQL_ROWS_HELD, DB_NONE, take, arg, reterr);
}

static enum rc feed_no(struct db *db, const uint8_t feed[ENTRY_FEED_LEN], int64_t *ret,
		       struct err *reterr)
{
	return db_get_int(db, ASQL_FEED_GET, DB_V(db_bytes(feed, ENTRY_FEED_LEN)), ret, reterr);
}

static enum rc r_hole(void *ctx, const uint8_t feed[ENTRY_FEED_LEN], int64_t seq, int64_t *retfirst,
		      int64_t *retlast, struct err *reterr)
{
	int64_t no, below = 0;
	enum rc rc = feed_no(db_of(ctx), feed, &no, reterr);

	if (rc == RC_OK)
		rc = db_get_int(db_of(ctx), ASQL_FEED_BELOW, DB_V(db_int(no), db_int(seq)), &below,
				reterr);
	if (rc != RC_OK && rc != RC_NOTFOUND)
		return rc;
	*retfirst = below;
	*retlast = seq - 1;
	return RC_OK;
}

static enum rc r_feed_ids(void *ctx, const uint8_t feed[ENTRY_FEED_LEN], int64_t from, int64_t to,
			  bool (*take)(void *arg, const uint8_t id[ENTRY_ID_LEN], int64_t index),
			  void *arg, struct err *reterr)
{
	uint8_t id[ENTRY_ID_LEN];
	struct db_q q;
	bool more = true;
	int64_t no;
	enum rc rc = feed_no(db_of(ctx), feed, &no, reterr);

	if (rc != RC_OK)
		return rc == RC_NOTFOUND ? RC_OK : rc;
	rc = db_query(&q, db_of(ctx), ASQL_FEED_IDS, DB_V(db_int(no), db_int(from), db_int(to)),
		      reterr);
	while (rc == RC_OK && more && db_next(&q)) {
		copy_bytes(&q, 0, id, sizeof(id));
		more = take(arg, id, db_col_int(&q, 1));
	}
	return db_end(&q, rc, reterr);
}

static enum rc r_feed_seqs(void *ctx, const uint8_t feed[ENTRY_FEED_LEN], int64_t to,
			   bool (*take)(void *arg, int64_t seq), void *arg, struct err *reterr)
{
	struct db_q q;
	bool more = true;
	int64_t no;
	enum rc rc = feed_no(db_of(ctx), feed, &no, reterr);

	if (rc != RC_OK)
		return rc == RC_NOTFOUND ? RC_OK : rc;
	rc = db_query(&q, db_of(ctx), ASQL_FEED_SEQS, DB_V(db_int(no), db_int(to)), reterr);
	while (rc == RC_OK && more && db_next(&q))
		more = take(arg, db_col_int(&q, 0));
	return db_end(&q, rc, reterr);
}

static enum rc r_entry_index(void *ctx, const uint8_t feed[ENTRY_FEED_LEN], int64_t seq,
			     const uint8_t id[ENTRY_ID_LEN], int64_t *ret, struct err *reterr)
{
	struct db_q q;
	int64_t no, found = -1;
	enum rc rc = feed_no(db_of(ctx), feed, &no, reterr);

	if (rc == RC_NOTFOUND) {
		*ret = -1;
		return RC_OK;
	}
	if (rc != RC_OK)
		return rc;
	rc = db_query(&q, db_of(ctx), ASQL_ENTRY_AT, DB_V(db_int(no), db_int(seq)), reterr);
	while (rc == RC_OK && found < 0 && db_next(&q))
		if (span_eq(db_col_blob(&q, 1), span_of(id, ENTRY_ID_LEN)))
			found = db_col_int(&q, 0);
	rc = db_end(&q, rc, reterr);
	if (rc == RC_OK)
		*ret = found;
	return rc;
}

static enum rc r_entry_by_id(void *ctx, const uint8_t id[ENTRY_ID_LEN], int64_t *ret,
			     struct err *reterr)
{
	return archive_runs_find(db_of(ctx), ARCHIVE_ID, id, ret, reterr);
}

/* ---- entities ---- */

/* Copy the current row out: state and title live in the caller's buffers. */
static enum rc entity_out(const struct db_q *q, struct archive_entity *ret, struct buf *retstate,
			  struct buf *rettitle, struct err *reterr)
{
	struct archive_entity e;
	size_t at = retstate->len, title_at = rettitle->len;
	enum rc rc;

	archive_read_entity(q, &e);
	buf_add_span(retstate, e.state);
	buf_add_str(rettitle, e.title);
	rc = buf_check(retstate, reterr);
	if (rc == RC_OK)
		rc = buf_check(rettitle, reterr);
	if (rc != RC_OK)
		return rc;
	*ret = e;
	ret->state = span_of(retstate->p + at, retstate->len - at);
	ret->title = rettitle->p ? (const char *)rettitle->p + title_at : "";
	return RC_OK;
}

static enum rc r_entity(void *ctx, const char *scope, const char *kind, const uint8_t id[16],
			struct archive_entity *ret, struct buf *retstate, struct buf *rettitle,
			struct err *reterr)
{
	struct db_q q;
	enum rc rc = db_query(&q, db_of(ctx), ASQL_ENTITY_ONE,
			      DB_V(db_str(scope), db_str(kind), db_bytes(id, 16)), reterr);

	if (rc == RC_OK && !db_next(&q))
		rc = err_set(reterr, RC_NOTFOUND, NULL, "archive.no_entity", NULL);
	if (rc == RC_OK)
		rc = entity_out(&q, ret, retstate, rettitle, reterr);
	return db_end(&q, rc, reterr);
}

/* The ids that begin with what was typed; dashes and capitals do not matter. */
static bool typed_range(const char *typed, uint8_t lo[16], uint8_t hi[16])
{
	char hex[2][33];
	size_t n = 0;

	for (; *typed; typed++) {
		char c = *typed;

		if (c == '-')
			continue;
		if (c >= 'A' && c <= 'F')
			c = (char)(c - 'A' + 'a');
		if (n == 32 || !strchr("0123456789abcdef", c))
			return false;
		hex[0][n] = hex[1][n] = c;
		n++;
	}
	if (n < TYPED_MIN)
		return false;
	memset(hex[0] + n, '0', 32 - n);
	memset(hex[1] + n, 'f', 32 - n);
	return codec_hex_exact(span_of(hex[0], 32), lo, 16) &&
	       codec_hex_exact(span_of(hex[1], 32), hi, 16);
}

/* What nobody may see is as if it were not there, also for what is ambiguous. False: no more. */
static bool next_seen(struct db_q *q, const struct archive_among *among)
{
	struct archive_entity e;

	while (db_next(q)) {
		archive_read_entity(q, &e);
		if (!among->sees || among->sees(among->arg, e.scope))
			return true;
	}
	return false;
}

static enum rc r_entity_find(void *ctx, const struct archive_among *among, const char *typed,
			     struct archive_entity *ret, struct buf *retstate, struct buf *rettitle,
			     struct err *reterr)
{
	uint8_t lo[16], hi[16];
	struct db_q q;
	enum rc rc;

	if (!typed_range(typed, lo, hi))
		return err_set(reterr, RC_INPUT, NULL, "archive.entity_form", "id", typed, NULL);
	rc = db_query(&q, db_of(ctx), ASQL_ENTITY_RANGE,
		      DB_V(db_bytes(lo, 16), db_bytes(hi, 16), db_str(among->kind), db_str(among->scope)),
		      reterr);
	if (rc == RC_OK && !next_seen(&q, among))
		rc = err_set(reterr, RC_NOTFOUND, NULL, "archive.no_entity", NULL);
	if (rc == RC_OK)
		rc = entity_out(&q, ret, retstate, rettitle, reterr);
	if (rc == RC_OK && next_seen(&q, among))
		rc = err_set(reterr, RC_CONFLICT, NULL, "archive.ambiguous", "id", typed, NULL);
	return db_end(&q, rc, reterr);
}

/* Every word of the folded text stands in the folded title. */
static bool has_words(struct span fold, const char *text)
{
	const char *title = fold.p ? (const char *)fold.p : "";
	char word[LIMIT_PATH];

	while (text && *text) {
		size_t skip = strspn(text, " "), n = strcspn(text + skip, " ");

		if (n >= sizeof(word))
			return false;
		memcpy(word, text + skip, n);
		word[n] = '\0';
		if (!strstr(title, word))
			return false;
		text += skip + n;
	}
	return true;
}

static enum rc r_entity_no(void *ctx, int64_t no, struct archive_entity *ret,
			   struct buf *retstate, struct buf *rettitle, struct err *reterr)
{
	struct db_q q;
	enum rc rc = db_query(&q, db_of(ctx), ASQL_ENTITY_NO, DB_V(db_int(no)), reterr);

	if (rc == RC_OK && !db_next(&q))
		rc = err_set(reterr, RC_NOTFOUND, NULL, "archive.no_entity", NULL);
	if (rc == RC_OK)
		rc = entity_out(&q, ret, retstate, rettitle, reterr);
	return db_end(&q, rc, reterr);
}

static enum rc r_linked(void *ctx, const struct archive_links *f,
			bool (*take)(void *arg, const struct archive_entity *e), void *arg,
			struct err *reterr)
{
	static const int stmts[][2] = {[ARCHIVE_SAME] = {ASQL_SAME, ASQL_SAME},
				       [ARCHIVE_SUPERSEDES] = {ASQL_SUPERSEDES, ASQL_SUPERSEDES_OF},
				       [ARCHIVE_TARGET] = {ASQL_TARGET, ASQL_TARGET}};
	int stmt = stmts[f->link][f->to != NULL];
	struct archive_entity e;
	struct db_q q;
	bool more = true;
	enum rc rc = db_query(&q, db_of(ctx), stmt,
			      DB_V(db_str(f->scope), db_str(f->kind),
				   f->to ? db_bytes(f->to, 16) : db_null()),
			      reterr);

	while (rc == RC_OK && more && db_next(&q)) {
		archive_read_entity(&q, &e);
		more = take(arg, &e);
	}
	return db_end(&q, rc, reterr);
}

static enum rc r_entities(void *ctx, const struct archive_filter *f,
			  bool (*take)(void *arg, const struct archive_entity *e), void *arg,
			  int64_t *rettotal, struct err *reterr)
{
	struct archive_entity e;
	struct db_q q;
	int64_t total = 0;
	bool more = true;
	int stmt = f->conflicts ? ASQL_ENTITIES_WAIT : f->scope ? ASQL_ENTITIES_SCOPE : ASQL_ENTITIES_ALL;
	enum rc rc = db_query(&q, db_of(ctx), stmt,
			      DB_V(db_str(f->scope), db_str(f->kind), db_str(f->province),
				   db_int(f->conflicts), db_int(f->quarantined)),
			      reterr);

	while (rc == RC_OK && db_next(&q)) {
		if (!has_words(db_col_text(&q, 10), f->text))
			continue;
		if (more && total >= f->offset && total < f->offset + f->limit) {
			archive_read_entity(&q, &e);
			more = take(arg, &e);
		}
		total++;
	}
	rc = db_end(&q, rc, reterr);
	if (rc == RC_OK && rettotal)
		*rettotal = total;
	return rc;
}

/* ---- small things ---- */

static enum rc r_setting(void *ctx, const char *name, char **ret, struct err *reterr)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, LIMIT_JSON_TEXT);
	rc = db_get_bytes(db_of(ctx), ASQL_SETTING_GET, DB_V(db_str(name)), &b, reterr);
	if (rc == RC_NOTFOUND) {
		*ret = NULL;
		rc = RC_OK;
	} else if (rc == RC_OK) {
		buf_add_str(&b, "");
		rc = buf_check(&b, reterr);
		if (rc == RC_OK)
			*ret = buf_take(&b, NULL);
	}
	buf_free(&b);
	return rc;
}

static enum rc r_blob_named(void *ctx, const char *scope, const uint8_t sha[32], bool *ret,
			    int64_t *retsize, struct err *reterr)
{
	int64_t size = 0;
	enum rc rc = db_get_int(db_of(ctx), ASQL_BLOB_GET, DB_V(db_str(scope), db_bytes(sha, 32)),
				&size, reterr);

	if (rc != RC_OK && rc != RC_NOTFOUND)
		return rc;
	*ret = rc == RC_OK;
	*retsize = size;
	return RC_OK;
}

static enum rc r_blob_names(void *ctx, const char *scope,
			    bool (*take)(void *arg, const uint8_t sha[32], int64_t size), void *arg,
			    struct err *reterr)
{
	const struct db_val v = db_str(scope);
	bool more = true;
	struct db_q q;
	enum rc rc = db_query(&q, db_of(ctx), scope ? ASQL_BLOB_NAMES : ASQL_BLOB_ALL, &v,
			      scope ? 1 : 0, reterr);

	while (rc == RC_OK && more && db_next(&q))
		more = take(arg, db_col_blob(&q, 0).p, db_col_int(&q, 1));
	return db_end(&q, rc, reterr);
}

/* ---- documents ---- */

/* *ret NULL: it is none of ours any more, whatever it is. */
static enum rc parse_doc(struct span text, struct json **ret, struct err *reterr)
{
	struct err why;
	enum rc rc = json_parse(text, NULL, ret, &why);

	if (rc == RC_NOMEM)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	if (rc != RC_OK)
		*ret = NULL;
	return RC_OK;
}

/* RC_NOTFOUND: there is no such document. *ret NULL: it cannot be read. */
static enum rc get_doc(void *ctx, const char *table, const char *key, struct json **ret, struct err *reterr)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, LIMIT_JSON_TEXT);
	rc = db_get_bytes(db_of(ctx), ASQL_DOC_GET, DB_V(db_str(table), db_str(key)), &b, reterr);
	if (rc == RC_NOTFOUND)
		rc = err_set(reterr, RC_NOTFOUND, NULL, "archive.no_doc", "key", key, NULL);
	else if (rc == RC_OK)
		rc = parse_doc(span_buf(&b), ret, reterr);
	buf_free(&b);
	return rc;
}

static enum rc r_doc(void *ctx, const char *table, const char *key, struct json **ret,
		     struct err *reterr)
{
	struct json *doc = NULL;
	enum rc rc = get_doc(ctx, table, key, &doc, reterr);

	if (rc == RC_OK && !doc)
		rc = err_set(reterr, RC_CORRUPT, NULL, "archive.doc", "table", table, "key", key, NULL);
	if (rc == RC_OK)
		*ret = doc;
	return rc;
}

static enum rc r_doc_if(void *ctx, const char *table, const char *key, struct json **ret, struct err *reterr)
{
	struct json *doc = NULL;
	struct err why;
	enum rc rc = get_doc(ctx, table, key, &doc, &why);

	if (rc == RC_OK || rc == RC_NOTFOUND) {
		*ret = doc;
		return RC_OK;
	}
	if (reterr)
		*reterr = why;
	return rc;
}

static enum rc r_docs(void *ctx, const char *table,
		      bool (*take)(void *arg, const char *key, const struct json *doc), void *arg,
		      struct err *reterr)
{
	struct db_q q;
	bool more = true;
	enum rc rc = db_query(&q, db_of(ctx), ASQL_DOC_LIST, DB_V(db_str(table)), reterr);

	while (rc == RC_OK && more && db_next(&q)) {
		struct json *doc = NULL;

		rc = parse_doc(db_col_text(&q, 1), &doc, reterr);
		if (rc == RC_OK && doc)
			more = take(arg, (const char *)db_col_text(&q, 0).p, doc);
		json_free(doc);
	}
	return db_end(&q, rc, reterr);
}

static enum rc r_docs_damaged(void *ctx, const char *table,
			      bool (*take)(void *arg, const char *table, const char *key), void *arg,
			      struct err *reterr)
{
	struct db_q q;
	bool more = true;
	enum rc rc = table ? db_query(&q, db_of(ctx), ASQL_DOC_LIST, DB_V(db_str(table)), reterr)
			   : db_query(&q, db_of(ctx), ASQL_DOC_OTHER, DB_V(db_str(ARCHIVE_ISSUES)), reterr);

	while (rc == RC_OK && more && db_next(&q)) {
		struct json *doc = NULL;

		rc = parse_doc(db_col_text(&q, 1), &doc, reterr);
		if (rc == RC_OK && !doc)
			more = take(arg, table ? table : (const char *)db_col_text(&q, 2).p,
				    (const char *)db_col_text(&q, 0).p);
		json_free(doc);
	}
	return db_end(&q, rc, reterr);
}

void archive_read_init(struct archive_view *v)
{
	v->reader = (struct archive_reader){
	    .ctx = v,
	    .tree = {v, archive_tree_node},
	    .head = r_head,
	    .rows = r_rows,
	    .authority_rows = r_authority_rows,
	    .entity_rows = r_entity_rows,
	    .entity = r_entity,
	    .entity_find = r_entity_find,
	    .entities = r_entities,
	    .linked = r_linked,
	    .entity_no = r_entity_no,
	    .key_rows = r_key_rows,
	    .fork_rows = r_fork_rows,
	    .held_rows = r_held_rows,
	    .hole = r_hole,
	    .feed_ids = r_feed_ids,
	    .feed_seqs = r_feed_seqs,
	    .entry_index = r_entry_index,
	    .entry_by_id = r_entry_by_id,
	    .leaf_index = r_leaf_index,
	    .checkpoint_at = r_checkpoint_at,
	    .checkpoint_text = r_checkpoint_text,
	    .checkpoint_by = r_checkpoint_by,
	    .setting = r_setting,
	    .blob_named = r_blob_named,
	    .blob_names = r_blob_names,
	    .doc = r_doc,
	    .doc_if = r_doc_if,
	    .docs = r_docs,
	    .docs_damaged = r_docs_damaged,
	};
	archive_standing_init(&v->reader);
	archive_fact_init(&v->reader);
	archive_erase_read_init(&v->reader);
	archive_submission_read_init(&v->reader);
}
