/*
 * store_matter: the store as sync/matter asks it; and how many things of each entity wait for
 * a person, kept beside its state so that lists and counts need no more than a column.
 * Clauses M4, M12, M13, M16, M17, M20.
 */
#include <string.h>

#include "agent/store_part.h"
#include "sync/errand.h"

static enum rc m_corrections(void *ctx, const char *scope, const char *kind, const uint8_t *old,
			     enum rc (*take)(void *arg, const char *scope, const uint8_t id[16],
					     const uint8_t old[16], struct err *reterr),
			     void *arg, struct err *reterr)
{
	struct store *s = ctx;
	char in[ENTRY_SCOPE_LEN];
	struct db_q q;
	enum rc rc = db_query(&q, s->db, old ? ST_CORRECTIONS_OF : ST_CORRECTIONS,
			      DB_V(db_str(scope), db_str(kind), old ? db_bytes(old, 16) : db_null()),
			      reterr);

	while (rc == RC_OK && db_next(&q)) {
		struct span text = db_col_text(&q, 0);

		memset(in, 0, sizeof(in));
		memcpy(in, text.p, text.len < sizeof(in) ? text.len : sizeof(in) - 1);
		rc = take(arg, in, db_col_blob(&q, 1).p, db_col_blob(&q, 2).p, reterr);
	}
	return db_end(&q, rc, reterr);
}

static enum rc m_state(void *ctx, const char *scope, const char *kind, const uint8_t id[16],
		       struct merge_state **ret, struct err *reterr)
{
	struct store_entity *e = NULL;
	enum rc rc = store_entity(ctx, scope, kind, id, &e, reterr);

	if (rc == RC_OK) {
		*ret = e->state;
		e->state = NULL;
	}
	store_entity_free(e);
	return rc;
}

static enum rc m_counting(void *ctx, int64_t no,
			  enum rc (*take)(void *arg, struct entry *e, struct err *reterr),
			  void *arg, struct err *reterr)
{
	struct store *s = ctx;
	struct store_row row;
	struct db_q q;
	enum rc rc = db_query(&q, s->db, ST_ENTRY_OF_ENTITY, DB_V(db_int(no)), reterr);

	while (rc == RC_OK && db_next(&q)) {
		struct entry *e = NULL;

		store_row_read(&q, &row);
		if (!row.counts)
			continue;
		rc = store_row_load(&row, &e, reterr);
		if (rc == RC_OK)
			rc = take(arg, e, reterr);
	}
	return db_end(&q, rc, reterr);
}

static enum rc m_held(void *ctx, const uint8_t id[ENTRY_ID_LEN], bool *ret, struct err *reterr)
{
	struct store *s = ctx;
	int64_t n = 0;
	enum rc rc = db_get_int(s->db, ST_ENTRY_HELD, DB_V(db_bytes(id, ENTRY_ID_LEN)), &n, reterr);

	if (rc == RC_OK)
		*ret = n > 0;
	return rc;
}

static struct matter_store asked(struct store *s)
{
	return (struct matter_store){.ctx = s,
				     .forms = s->forms,
				     .corrections = m_corrections,
				     .state = m_state,
				     .counting = m_counting,
				     .held = m_held};
}

enum rc store_chain(struct store *s, const char *kind, struct chain **ret, struct err *reterr)
{
	const struct matter_store m = asked(s);

	return matter_chain(&m, NULL, kind, ret, reterr);
}

enum rc store_answers(struct store *s, const char *scope, const char *kind, const uint8_t id[16],
		      bool *ret, struct err *reterr)
{
	const struct matter_store m = asked(s);

	return errand_answers(&m, scope, kind, id, ret, reterr);
}

enum rc store_matter(struct store *s, const struct matter_entity *e, int64_t *ret,
		     struct err *reterr)
{
	const struct matter_store m = asked(s);

	return matter_count(&m, e, ret, reterr);
}

enum rc store_matter_note(struct store_work *w, const struct matter_entity *e, struct err *reterr)
{
	const struct matter_store m = asked(w->s);
	uint8_t was[16];
	bool had = false;
	struct db_q q;
	enum rc rc = db_query(&q, w->s->db, ST_ENTITY_SUPERSEDES, DB_V(db_int(e->no)), reterr);

	if (rc == RC_OK && db_next(&q) && db_col_blob(&q, 0).len == sizeof(was)) {
		memcpy(was, db_col_blob(&q, 0).p, sizeof(was));
		had = true;
	}
	rc = db_end(&q, rc, reterr);
	return rc == RC_OK ? matter_note(&m, e, had ? was : NULL, &w->again, reterr) : rc;
}

static enum rc count_again(struct store *s, const struct matter_again *a, struct err *reterr)
{
	struct store_entity *e = NULL;
	struct err why;
	int64_t n = 0;
	enum rc rc = store_entity(s, a->scope, a->kind, a->id, &e, &why);

	if (rc == RC_NOTFOUND)
		return RC_OK;
	if (rc == RC_OK) {
		const struct matter_entity x = {e->scope, e->kind, e->id, e->no, e->state, e->form};
		rc = store_matter(s, &x, &n, &why);
	}
	if (rc == RC_OK)
		rc = db_run(s->db, ST_ENTITY_CONFLICTS, DB_V(db_int(e->no), db_int(n)), &why);
	if (rc != RC_OK && reterr)
		*reterr = why;
	store_entity_free(e);
	return rc;
}

enum rc store_matter_again(struct store_work *w, struct err *reterr)
{
	enum rc rc = RC_OK;

	for (const struct matter_again *a = w->again; rc == RC_OK && a; a = a->next)
		rc = count_again(w->s, a, reterr);
	return rc;
}
