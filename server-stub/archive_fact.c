/*
 * archive_fact: what a weekly report reads of each record, a narrow row each. Rows lie in the order in which records
 * came, without an index: who asks for them asks for nearly all. Does NOT make them (server-stub/facts).
 */
#include <stdlib.h>
#include <string.h>

#include "server-stub/archive_part.h"
#include "server-stub/archive_sql.h"

static struct db *db_of(void *ctx)
{
	return ((struct archive_view *)ctx)->db;
}

static void copy(struct span s, void *ret, size_t len)
{
	memset(ret, 0, len);
	if (s.len > 0 && s.len <= len)
		memcpy(ret, s.p, s.len);
}

/* ---- scopes, which are few: asked for once, not with each of a million rows ---- */

struct scopes {
	struct scope {
		int64_t no;
		char name[ENTRY_SCOPE_LEN];
	} *s; /* by no */
	size_t n, cap;
};

static enum rc add_scope(struct scopes *x, const struct db_q *q, struct err *reterr)
{
	if (x->n == x->cap) {
		size_t cap = x->cap ? x->cap * 2 : 1024;
		struct scope *grown = realloc(x->s, cap * sizeof(*grown));

		if (!grown)
			return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
		x->s = grown;
		x->cap = cap;
	}
	x->s[x->n].no = db_col_int(q, 0);
	copy(db_col_text(q, 1), x->s[x->n].name, ENTRY_SCOPE_LEN - 1);
	x->s[x->n++].name[ENTRY_SCOPE_LEN - 1] = '\0';
	return RC_OK;
}

static enum rc read_scopes(struct db *db, struct scopes *ret, struct err *reterr)
{
	struct db_q q;
	enum rc rc = db_query(&q, db, ASQL_SCOPES, DB_NONE, reterr);

	*ret = (struct scopes){.n = 0};
	while (rc == RC_OK && db_next(&q))
		rc = add_scope(ret, &q, reterr);
	return db_end(&q, rc, reterr);
}

static int by_no(const void *a, const void *b)
{
	const struct scope *x = a, *y = b;

	return (x->no > y->no) - (x->no < y->no);
}

static const struct scope *scope_of(const struct scopes *x, int64_t no)
{
	const struct scope key = {.no = no};

	return x->n > 0 ? bsearch(&key, x->s, x->n, sizeof(key), by_no) : NULL;
}

/* ---- facts ---- */

static bool read_fact(const struct db_q *q, const struct scopes *scopes, struct archive_fact *ret)
{
	int64_t kind = db_col_int(q, 0);
	const struct scope *scope = scope_of(scopes, db_col_int(q, 1));

	if (kind < 0 || kind >= REPORT_KIND_N || !scope)
		return false;
	ret->f.kind = (enum report_kind)kind;
	memcpy(ret->f.scope, scope->name, sizeof(ret->f.scope));
	copy(db_col_blob(q, 2), ret->f.id, sizeof(ret->f.id));
	ret->f.first = db_col_int(q, 3);
	ret->f.last = db_col_int(q, 4);
	ret->since = db_col_int(q, 5);
	ret->f.undecided = db_col_int(q, 6) != 0;
	copy(db_col_blob(q, 7), ret->f.newest, sizeof(ret->f.newest));
	ret->no = db_col_int(q, 9);
	return ret->since == ARCHIVE_NEVER || report_fact_unpack(ret->f.kind, db_col_blob(q, 8), ret->f.value);
}

static enum rc r_hold(void *ctx, struct err *reterr)
{
	return db_hold(db_of(ctx), reterr);
}

static void r_let(void *ctx)
{
	db_rollback(db_of(ctx));
}

static enum rc r_facts(void *ctx, int64_t size, bool (*take)(void *arg, const struct archive_fact *x),
		       void *arg, struct err *reterr)
{
	struct archive_fact x = {.no = 0};
	struct scopes scopes;
	struct db_q q;
	bool more = true;
	enum rc rc = read_scopes(db_of(ctx), &scopes, reterr);

	if (rc == RC_OK)
		rc = db_query(&q, db_of(ctx), ASQL_FACTS, DB_V(db_int(size)), reterr);
	if (rc == RC_OK) {
		while (rc == RC_OK && more && db_next(&q)) {
			if (!read_fact(&q, &scopes, &x))
				rc = err_set(reterr, RC_CORRUPT, NULL, "merge.state", NULL);
			else
				more = take(arg, &x);
		}
		rc = db_end(&q, rc, reterr);
	}
	free(scopes.s);
	return rc;
}

static enum rc r_fact(void *ctx, int64_t no, struct archive_fact_put *ret, struct buf *retsays,
		      struct err *reterr)
{
	struct db_q q;
	enum rc rc = db_query(&q, db_of(ctx), ASQL_FACT_ONE, DB_V(db_int(no)), reterr);

	if (rc == RC_OK && !db_next(&q))
		rc = err_set(reterr, RC_NOTFOUND, NULL, "archive.no_entity", NULL);
	if (rc == RC_OK) {
		*ret = (struct archive_fact_put){.kind = (enum report_kind)db_col_int(&q, 0),
						 .born = db_col_int(&q, 1),
						 .first = db_col_int(&q, 2),
						 .last = db_col_int(&q, 3),
						 .since = db_col_int(&q, 4),
						 .undecided = db_col_int(&q, 5) != 0};
		buf_add_span(retsays, db_col_blob(&q, 6));
		rc = buf_check(retsays, reterr);
		ret->says = span_buf(retsays);
	}
	return db_end(&q, rc, reterr);
}

static enum rc r_facts_after(void *ctx, int64_t size, int64_t below,
			     bool (*take)(void *arg, int64_t no, int64_t born, int64_t since), void *arg,
			     struct err *reterr)
{
	struct db_q q;
	bool more = true;
	enum rc rc = db_query(&q, db_of(ctx), ASQL_FACTS_AFTER, DB_V(db_int(size), db_int(below)), reterr);

	while (rc == RC_OK && more && db_next(&q))
		more = take(arg, db_col_int(&q, 0), db_col_int(&q, 1), db_col_int(&q, 2));
	return db_end(&q, rc, reterr);
}

static enum rc r_entry_ids(void *ctx, int64_t from, int64_t to,
			   bool (*take)(void *arg, const uint8_t id[ENTRY_ID_LEN], int64_t index), void *arg,
			   struct err *reterr)
{
	uint8_t id[ENTRY_ID_LEN];
	struct db_q q;
	bool more = true;
	enum rc rc = db_query(&q, db_of(ctx), ASQL_ENTRY_IDS, DB_V(db_int(from), db_int(to)), reterr);

	while (rc == RC_OK && more && db_next(&q)) {
		copy(db_col_blob(&q, 1), id, sizeof(id));
		more = take(arg, id, db_col_int(&q, 0));
	}
	return db_end(&q, rc, reterr);
}

void archive_fact_init(struct archive_reader *r)
{
	r->hold = r_hold;
	r->let = r_let;
	r->facts = r_facts;
	r->facts_after = r_facts_after;
	r->fact = r_fact;
	r->entry_ids = r_entry_ids;
}

static enum rc w_fact_put(void *ctx, int64_t no, const struct archive_fact_put *x, struct err *reterr)
{
	struct archive *s = ctx;

	return db_run(s->db, ASQL_FACT_PUT,
		      DB_V(db_int(no), db_int(x->kind), db_int(x->born), db_int(x->first), db_int(x->last),
			   db_int(x->since), db_int(x->undecided), db_int(x->whole),
			   x->newest ? db_bytes(x->newest, ENTRY_ID_LEN) : db_null(), db_blob(x->says)),
		      reterr);
}

static enum rc w_fact_begin(void *ctx, int64_t no, const struct archive_fact_put *x, struct err *reterr)
{
	struct archive *s = ctx;

	return db_run(s->db, ASQL_FACT_BEGIN,
		      DB_V(db_int(no), db_int(x->kind), db_int(x->since),
			   db_int(ARCHIVE_NEVER), db_int(x->undecided), db_int(report_fact_bound(x->kind)),
			   db_blob(x->says)),
		      reterr);
}

void archive_fact_write(struct archive_writer *w)
{
	w->fact_put = w_fact_put;
	w->fact_begin = w_fact_begin;
}
