/*
 * store_export: what sealed files leave in the store: what each export asked, which bundles were
 * taken, and lines that this PC only carries for others. Clauses B10, B12. Does NOT read or
 * write bundles.
 */
#include "agent/store_part.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"

enum { NUMBER = 8 };

void store_asked_free(struct store_asked *a, size_t n)
{
	for (size_t i = 0; a && i < n; i++)
		free(a[i].line);
	free(a);
}

/* ---- exports ---- */

static void add_number(struct buf *out, int64_t n)
{
	uint8_t number[NUMBER];

	codec_put_be64(number, (uint64_t)n);
	buf_add(out, number, sizeof(number));
}

static enum rc add_request(struct store *s, int64_t export_no, int64_t n,
			   const struct store_asked *a, struct err *reterr)
{
	struct buf lines, runs;
	enum rc rc;

	buf_init(&lines, (size_t)SESSION_PUSH_LINES * NUMBER);
	buf_init(&runs, (size_t)SESSION_RUNS * 2 * NUMBER);
	for (size_t i = 0; i < a->nline; i++)
		add_number(&lines, a->line[i]);
	for (size_t i = 0; i < a->nrun; i++) {
		add_number(&runs, a->run[i].start);
		add_number(&runs, a->run[i].n);
	}
	rc = buf_check(&lines, reterr);
	if (rc == RC_OK)
		rc = buf_check(&runs, reterr);
	if (rc == RC_OK)
		rc = db_run(s->db, ST_EXPORT_REQUEST_ADD,
			    DB_V(db_int(export_no), db_int(n), db_str(a->scope),
				 db_str(a->pos.epoch), db_int(a->pos.after), db_int(a->pos.size),
				 db_bytes(a->pos.root, TREE_HASH), db_blob(span_buf(&lines)),
				 db_blob(span_buf(&runs))),
			    reterr);
	buf_free(&lines);
	buf_free(&runs);
	return rc;
}

static enum rc prune(struct store *s, int64_t newest, struct err *reterr)
{
	enum rc rc = db_run(s->db, ST_EXPORT_PRUNE_REQUESTS,
			    DB_V(db_int(newest), db_int(STORE_EXPORTS)), reterr);

	return rc == RC_OK ? db_run(s->db, ST_EXPORT_PRUNE,
				    DB_V(db_int(newest), db_int(STORE_EXPORTS)), reterr)
			   : rc;
}

enum rc store_export_add(struct store *s, const uint8_t id[16], const struct store_asked *a,
			 size_t n, struct err *reterr)
{
	int64_t no = 0;
	enum rc rc = db_begin(s->db, reterr);

	if (rc != RC_OK)
		return rc;
	rc = db_run(s->db, ST_EXPORT_ADD, DB_V(db_bytes(id, 16), db_int(store_now(s))), reterr);
	if (rc == RC_OK)
		no = db_rowid(s->db);
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = add_request(s, no, (int64_t)i, &a[i], reterr);
	if (rc == RC_OK)
		rc = prune(s, no, reterr);
	return db_finish(s->db, rc, reterr);
}

static enum rc read_request(const struct db_q *q, struct store_asked *a, struct err *reterr)
{
	struct span scope = db_col_text(q, 0), epoch = db_col_text(q, 1), root = db_col_blob(q, 4);
	struct span lines = db_col_blob(q, 5), runs = db_col_blob(q, 6);

	memset(a, 0, sizeof(*a));
	a->nline = lines.len / NUMBER;
	a->nrun = runs.len / (2 * NUMBER);
	if (a->nrun > SESSION_RUNS || scope.len >= sizeof(a->scope) ||
	    epoch.len >= sizeof(a->pos.epoch) || root.len != TREE_HASH)
		return err_set(reterr, RC_CORRUPT, NULL, "store.export", NULL);
	memcpy(a->scope, scope.p, scope.len);
	if (epoch.len > 0)
		memcpy(a->pos.epoch, epoch.p, epoch.len);
	a->pos.after = db_col_int(q, 2);
	a->pos.size = db_col_int(q, 3);
	memcpy(a->pos.root, root.p, TREE_HASH);
	a->line = calloc(a->nline + 1, sizeof(*a->line));
	if (!a->line)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	for (size_t i = 0; i < a->nline; i++)
		a->line[i] = (int64_t)codec_get_be64(lines.p + i * NUMBER);
	for (size_t i = 0; i < a->nrun; i++) {
		a->run[i].start = (int64_t)codec_get_be64(runs.p + 2 * i * NUMBER);
		a->run[i].n = (int64_t)codec_get_be64(runs.p + (2 * i + 1) * NUMBER);
	}
	return RC_OK;
}

static enum rc read_requests(struct store *s, int64_t no, struct store_asked **ret, size_t *retn,
			     struct err *reterr)
{
	struct db_q q;
	enum rc rc = db_query(&q, s->db, ST_EXPORT_REQUESTS, DB_V(db_int(no)), reterr);

	while (rc == RC_OK && db_next(&q)) {
		struct store_asked *grown = realloc(*ret, (*retn + 1) * sizeof(*grown));

		if (!grown) {
			rc = err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
			break;
		}
		*ret = grown;
		rc = read_request(&q, &grown[*retn], reterr);
		++*retn;
	}
	return db_end(&q, rc, reterr);
}

enum rc store_export_get(struct store *s, const uint8_t id[16], struct store_asked **ret,
			 size_t *retn, struct err *reterr)
{
	struct store_asked *a = NULL;
	size_t n = 0;
	int64_t no = 0;
	enum rc rc = db_get_int(s->db, ST_EXPORT_FIND, DB_V(db_bytes(id, 16)), &no, reterr);

	if (rc == RC_NOTFOUND)
		return err_set(reterr, RC_NOTFOUND, "B10", "usb.unasked", NULL);
	if (rc == RC_OK)
		rc = read_requests(s, no, &a, &n, reterr);
	if (rc != RC_OK) {
		store_asked_free(a, n);
		return rc;
	}
	*ret = a;
	*retn = n;
	return RC_OK;
}

enum rc store_imported(struct store *s, const uint8_t id[16], bool *ret, struct err *reterr)
{
	int64_t at;
	enum rc rc = db_get_int(s->db, ST_IMPORTED_FIND, DB_V(db_bytes(id, 16)), &at, reterr);

	*ret = rc == RC_OK;
	if (rc != RC_NOTFOUND)
		return rc;
	err_clear(reterr);
	return RC_OK;
}

enum rc store_imported_add(struct store *s, const uint8_t id[16], struct err *reterr)
{
	return db_run(s->db, ST_IMPORTED_ADD, DB_V(db_bytes(id, 16), db_int(store_now(s))), reterr);
}

void store_push_from(struct store *s, int64_t after, bool all)
{
	s->push_after = after;
	s->push_all = all;
}

/* ---- out to another PC (B12) ---- */

/* What the receiver has no use for stays here: lines of other communes of this PC. */
static enum rc add_line(const struct store_row *row, const char *scope, struct buf *out,
			struct err *reterr)
{
	struct entry *e = NULL;
	enum rc rc = store_row_load(row, &e, reterr);

	if (rc == RC_OK && e && !e->erased &&
	    (strcmp(e->scope, scope) == 0 || strcmp(e->scope, "*") == 0)) {
		buf_add_span(out, e->line);
		buf_add_char(out, '\n');
		rc = buf_check(out, reterr);
	}
	entry_free(e);
	return rc;
}

static enum rc add_lines(struct store *s, int stmt, const char *scope, struct buf *out,
			 int64_t *retn, bool *retmore, struct err *reterr)
{
	struct store_row row;
	struct db_q q;
	enum rc rc =
	    stmt == ST_ENTRY_UNSENT
		? db_query(&q, s->db, stmt, DB_V(db_str(scope), db_int(0)), reterr)
		: db_query(&q, s->db, stmt, DB_V(db_int(ENTRY_CERT), db_int(ENTRY_LOG)), reterr);

	while (rc == RC_OK && db_next(&q)) {
		store_row_read(&q, &row);
		if (store_uncertified(s->keyring, row.key) ||
		    (stmt == ST_ENTRY_UNSENT && row.op >= ENTRY_CERT && row.op <= ENTRY_LOG))
			continue;
		*retmore = out->len + LIMIT_ENTRY_STUB > out->max;
		if (*retmore)
			break;
		rc = add_line(&row, scope, out, reterr);
		++*retn;
	}
	return db_end(&q, rc, reterr);
}

enum rc store_carry_out(struct store *s, const char *scope, struct buf *rettrust,
			struct buf *retlines, int64_t *retn, bool *retmore, struct err *reterr)
{
	int64_t trusted = 0;
	bool more = false;
	enum rc rc = add_lines(s, ST_ENTRY_AUTHORITY, scope, rettrust, &trusted, &more, reterr);

	*retn = 0;
	*retmore = false;
	return rc == RC_OK ? add_lines(s, ST_ENTRY_UNSENT, scope, retlines, retn, retmore, reterr)
			   : rc;
}

/* ---- in from another PC ---- */

struct carrying {
	struct store_work w;
	struct keyring *k;
	struct keyring_change change;
	const char *scope;
	const uint8_t *from;
	struct store_carried *n;
};

static bool is_authority(const struct entry *e)
{
	return e->op >= ENTRY_CERT && e->op <= ENTRY_LOG;
}

/* One of our own feeds that is not here: this is a restored PC, and the line is ours to send (A15). */
static enum rc own_feed(struct store *s, const struct entry *e, bool *ret, struct err *reterr)
{
	enum rc rc = db_run(s->db, ST_FEED_CLOSE, DB_V(db_bytes(e->feed, ENTRY_FEED_LEN)), reterr);

	*ret = rc == RC_OK && db_changed(s->db) > 0;
	return rc;
}

static enum rc keep(struct carrying *c, const struct entry *e, struct err *reterr)
{
	struct store_arrival how = {.fate = STORE_FOREIGN, .index = STORE_NO_INDEX};
	bool own = false;
	enum rc rc = RC_OK;

	if (is_authority(e))
		rc = keyring_add(c->k, e, KEYRING_NO_INDEX, &c->change, reterr);
	else
		rc = own_feed(c->w.s, e, &own, reterr);
	if (own)
		how.fate = STORE_UNSENT;
	how.carried = !is_authority(e) && !own;
	if (rc == RC_OK)
		rc = store_work_add(&c->w, e, how, reterr);
	c->n->taken += rc == RC_OK && !is_authority(e);
	return rc;
}

/* Authority lines come in `trust` only; the others are of the commune. */
static bool belongs(const struct carrying *c, const struct entry *e, bool trust)
{
	if (is_authority(e) != trust || e->erased)
		return false;
	return strcmp(e->scope, c->scope) == 0 || (trust && strcmp(e->scope, "*") == 0);
}

static enum rc take_line(struct carrying *c, struct span line, bool trust, struct err *reterr)
{
	const struct entry_keys keys = keyring_keys(c->k);
	struct entry *e = NULL;
	struct err why;
	int64_t known = 0;
	enum rc rc = entry_open(line, &keys, &e, &why);

	if (rc == RC_REFUSED) {
		if (strcmp(why.key, "entry.key_unknown") == 0)
			c->n->unknown++;
		else
			c->n->refused++;
		return RC_OK;
	}
	if (rc != RC_OK)
		return err_set(reterr, rc, NULL, "buf.memory", NULL);
	if (!belongs(c, e, trust)) {
		c->n->refused++;
	} else {
		rc = store_known(c->w.s, e, &known, reterr);
		c->n->known += known > 0 && !trust;
		if (rc == RC_OK && known == 0)
			rc = keep(c, e, reterr);
	}
	entry_free(e);
	return rc;
}

static enum rc take_lines(struct carrying *c, struct span lines, bool trust, struct err *reterr)
{
	struct span line;
	enum rc rc = RC_OK;

	while (rc == RC_OK && span_line(&lines, &line))
		rc = take_line(c, line, trust, reterr);
	c->n->refused += lines.len > 0;
	return rc;
}

static enum rc check_from(const struct carrying *c, struct err *reterr)
{
	struct keyring_key k;

	if (keyring_find(c->k, c->from, &k) && k.admitted && k.role == ROLE_DEVICE &&
	    k.revoked_from < 0 && keyring_covers(c->k, c->from, c->scope))
		return RC_OK;
	return err_set(reterr, RC_REFUSED, "B8", "usb.not_pc", NULL);
}

/* What came of certs is judged before the lines that need them. */
static enum rc take_both(struct carrying *c, struct span trust, struct span lines,
			 struct err *reterr)
{
	enum rc rc = take_lines(c, trust, true, reterr);

	if (rc == RC_OK)
		rc = check_from(c, reterr);
	if (rc == RC_OK)
		rc = store_rejudge(&c->w, c->w.s->keyring, &c->change, reterr);
	return rc == RC_OK ? take_lines(c, lines, false, reterr) : rc;
}

enum rc store_carry_in(struct store *s, const uint8_t from[CRYPT_PK_LEN], struct span trust,
		       struct span lines, const char *scope, struct store_carried *ret,
		       struct err *reterr)
{
	struct store_carried n = {0};
	struct carrying c = {.scope = scope, .from = from, .n = &n};
	enum rc rc = keyring_copy(s->keyring, &c.k, reterr);

	if (rc == RC_OK)
		rc = store_work_begin(s, c.k, &c.w, reterr);
	if (rc == RC_OK)
		rc = store_work_end(&c.w, take_both(&c, trust, lines, reterr), reterr);
	keyring_change_free(&c.change);
	if (rc != RC_OK) {
		keyring_free(c.k);
		return rc;
	}
	store_keyring_swap(s, c.k);
	*ret = n;
	return c.w.forms ? store_forms_load(s, reterr) : RC_OK;
}
