/*
 * archive_standing: the narrow rows a board looks through, one of each weekly statement and of each
 * review. What the numbers in them mean is in server-stub/standing.h. Does NOT decide what counts.
 */
#include <string.h>

#include "server-stub/archive_part.h"
#include "server-stub/archive_sql.h"

static struct db *db_of(void *ctx)
{
	return ((struct archive_view *)ctx)->db;
}

static void text(const struct db_q *q, int col, char *ret, size_t len)
{
	struct span s = db_col_text(q, col);

	memset(ret, 0, len);
	if (s.len < len)
		memcpy(ret, s.p, s.len);
}

static bool bytes(const struct db_q *q, int col, uint8_t *ret, size_t len)
{
	struct span s = db_col_blob(q, col);

	if (s.len == len)
		memcpy(ret, s.p, len);
	return s.len == len;
}

static enum rc r_statements(void *ctx, const char *scope, const char *from, const char *to,
			    bool (*take)(void *arg, const struct archive_standing *x), void *arg,
			    struct err *reterr)
{
	struct archive_standing x = {.no = 0};
	struct db_q q;
	bool more = true;
	enum rc rc = scope ? db_query(&q, db_of(ctx), ASQL_STATEMENTS_OF,
				      DB_V(db_str(from), db_str(to), db_str(scope)), reterr)
			   : db_query(&q, db_of(ctx), ASQL_STATEMENTS,
				      DB_V(db_str(from), db_str(to)), reterr);

	while (rc == RC_OK && more && db_next(&q)) {
		text(&q, 0, x.scope, sizeof(x.scope));
		text(&q, 1, x.week, sizeof(x.week));
		x.no = db_col_int(&q, 2);
		bytes(&q, 3, x.id, sizeof(x.id));
		x.says = (unsigned)db_col_int(&q, 4);
		x.reviewed = !db_col_null(&q, 5);
		x.verdict_index = db_col_int(&q, 5);
		x.verdict = (unsigned)db_col_int(&q, 6);
		more = take(arg, &x);
	}
	return db_end(&q, rc, reterr);
}

static enum rc r_heard(void *ctx,
		       bool (*take)(void *arg, const uint8_t key[CRYPT_PK_LEN], const char *scope,
				    int64_t received_at),
		       void *arg, struct err *reterr)
{
	uint8_t key[CRYPT_PK_LEN];
	char scope[ENTRY_SCOPE_LEN];
	struct db_q q;
	bool more = true;
	enum rc rc = db_query(&q, db_of(ctx), ASQL_HEARD, DB_NONE, reterr);

	while (rc == RC_OK && more && db_next(&q)) {
		text(&q, 1, scope, sizeof(scope));
		if (bytes(&q, 0, key, sizeof(key)))
			more = take(arg, key, scope, db_col_int(&q, 2));
	}
	return db_end(&q, rc, reterr);
}

void archive_standing_init(struct archive_reader *r)
{
	r->statements = r_statements;
	r->heard = r_heard;
}

static enum rc w_statement_put(void *ctx, int64_t no, const char *week, unsigned says,
			       struct err *reterr)
{
	struct archive *s = ctx;

	if (!week)
		return db_run(s->db, ASQL_STATEMENT_DROP, DB_V(db_int(no)), reterr);
	return db_run(s->db, ASQL_STATEMENT_PUT, DB_V(db_int(no), db_str(week), db_int(says)),
		      reterr);
}

static enum rc w_review_put(void *ctx, int64_t no, const uint8_t *target, unsigned says,
			    const uint8_t *seen, struct err *reterr)
{
	struct archive *s = ctx;

	if (!target)
		return db_run(s->db, ASQL_VERDICT_DROP, DB_V(db_int(no)), reterr);
	return db_run(s->db, ASQL_VERDICT_PUT,
		      DB_V(db_int(no), db_bytes(target, 16), db_int(says),
			   seen ? db_bytes(seen, ENTRY_ID_LEN) : db_null()),
		      reterr);
}

void archive_standing_write(struct archive_writer *w)
{
	w->statement_put = w_statement_put;
	w->review_put = w_review_put;
}
