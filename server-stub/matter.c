/*
 * matter: see matter.h. Clauses M12, M13, M16, M17 through sync/matter.
 */
#include "server-stub/matter.h"

#include <string.h>

#include "lib/limits.h"

struct asking {
	enum rc (*link)(void *arg, const char *scope, const uint8_t id[16], const uint8_t old[16],
			struct err *reterr);
	enum rc (*entry)(void *arg, struct entry *e, struct err *reterr);
	void *arg;
	enum rc rc;
	struct err *reterr;
};

static bool take_link(void *arg, const struct archive_entity *e)
{
	struct asking *a = arg;

	a->rc = a->link(a->arg, e->scope, e->id, e->supersedes, a->reterr);
	return a->rc == RC_OK;
}

static enum rc m_corrections(void *ctx, const char *scope, const char *kind, const uint8_t *old,
			     enum rc (*take)(void *arg, const char *scope, const uint8_t id[16],
					     const uint8_t old[16], struct err *reterr),
			     void *arg, struct err *reterr)
{
	struct archive_reader *r = ctx;
	const struct archive_links f = {ARCHIVE_SUPERSEDES, scope, kind, old};
	struct asking a = {.link = take, .arg = arg, .reterr = reterr};
	enum rc rc = r->linked(r->ctx, &f, take_link, &a, reterr);

	return rc == RC_OK ? a.rc : rc;
}

static enum rc m_state(void *ctx, const char *scope, const char *kind, const uint8_t id[16],
		       struct merge_state **ret, struct err *reterr)
{
	struct archive_reader *r = ctx;
	struct archive_entity e;
	struct buf state, title;
	enum rc rc;

	buf_init(&state, LIMIT_MERGE_STATE);
	buf_init(&title, LIMIT_TEXT);
	rc = r->entity(r->ctx, scope, kind, id, &e, &state, &title, reterr);
	if (rc == RC_OK)
		rc = state.len > 0 ? merge_read(span_buf(&state), ret, reterr)
				   : merge_new(ret, reterr);
	buf_free(&state);
	buf_free(&title);
	return rc;
}

static bool take_row(void *arg, const struct archive_row *row)
{
	struct asking *a = arg;
	struct entry *e = NULL;

	if (row->verdict != KEYRING_ADMITTED)
		return true;
	a->rc = archive_read_entry(row, &e, a->reterr);
	if (a->rc == RC_OK)
		a->rc = a->entry(a->arg, e, a->reterr);
	return a->rc == RC_OK;
}

static enum rc m_counting(void *ctx, int64_t no,
			  enum rc (*take)(void *arg, struct entry *e, struct err *reterr),
			  void *arg, struct err *reterr)
{
	struct archive_reader *r = ctx;
	struct asking a = {.entry = take, .arg = arg, .reterr = reterr};
	enum rc rc = r->entity_rows(r->ctx, no, take_row, &a, reterr);

	return rc == RC_OK ? a.rc : rc;
}

static enum rc m_held(void *ctx, const uint8_t id[ENTRY_ID_LEN], bool *ret, struct err *reterr)
{
	struct archive_reader *r = ctx;
	int64_t index = -1;
	enum rc rc = r->entry_by_id(r->ctx, id, &index, reterr);

	if (rc == RC_OK)
		*ret = index >= 0;
	return rc;
}

struct matter_store matter_archive(struct archive_reader *r, const struct form_set *forms)
{
	return (struct matter_store){.ctx = r,
				     .forms = forms,
				     .corrections = m_corrections,
				     .state = m_state,
				     .counting = m_counting,
				     .held = m_held};
}
