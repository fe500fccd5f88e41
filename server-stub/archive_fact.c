/*
 * archive_fact: what a weekly report reads of each record, a narrow row each. Rows lie in the order in which records
 * came, without an index: who asks for them asks for nearly all. Does NOT make them (server-stub/facts).
 */
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

static bool read_fact(const struct db_q *q, struct archive_fact *ret)
{
	int64_t kind = db_col_int(q, 0);

	if (kind < 0 || kind >= REPORT_KIND_N)
		return false;
	ret->f.kind = (enum report_kind)kind;
	copy(db_col_text(q, 1), ret->f.scope, sizeof(ret->f.scope));
	ret->f.scope[sizeof(ret->f.scope) - 1] = '\0';
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
	struct db_q q;
	bool more = true;
	enum rc rc = db_query(&q, db_of(ctx), ASQL_FACTS, DB_V(db_int(size)), reterr);

	while (rc == RC_OK && more && db_next(&q)) {
		if (!read_fact(&q, &x))
			rc = err_set(reterr, RC_CORRUPT, NULL, "merge.state", NULL);
		else
			more = take(arg, &x);
	}
	return db_end(&q, rc, reterr);
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
