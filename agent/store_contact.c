/*
 * store_contact: the last contact with the collector, as status tells it and the next one needs
 * it, and what waits to be sent. Clause P20. Not here: when the next one comes (agent/wake).
 */
#include <string.h>

#include "agent/store_part.h"
#include "lib/limits.h"
#include "sync/moment.h"

static void copy_text(struct span s, char *out, size_t cap)
{
	size_t n = s.len < cap ? s.len : cap - 1;

	if (n > 0)
		memcpy(out, s.p, n);
	out[n] = '\0';
}

enum rc store_why_write(const struct err *why, struct buf *out, struct err *reterr)
{
	struct json *o = json_object(), *args = json_object();
	enum rc rc;

	for (int i = 0; i < why->nargs; i++)
		json_set_str(args, why->arg[i].name, why->arg[i].val);
	json_set_str(o, "clause", why->clause);
	json_set(o, "args", args);
	rc = json_write(o, false, out, reterr);
	json_free(o);
	return rc;
}

void store_why_read(struct span key, struct span detail, struct err *ret)
{
	struct json *o = NULL;
	char k[ERR_KEY_LEN];

	err_clear(ret);
	if (key.len == 0)
		return;
	copy_text(key, k, sizeof(k));
	if (json_parse(detail, NULL, &o, NULL) != RC_OK)
		o = NULL; /* the key alone says enough */
	err_set(ret, RC_UNAVAILABLE, json_get_str(o, "clause"), k, NULL);
	for (const struct json *a = json_first(json_get_obj(o, "args")); a; a = json_next(a))
		err_add(ret, json_name(a), json_str(a));
	json_free(o);
}

enum rc store_contact(struct store *s, struct store_contact *ret, struct err *reterr)
{
	struct store_contact c = {0};
	struct db_q q;
	enum rc rc = db_query(&q, s->db, ST_CONTACT_GET, DB_NONE, reterr);

	if (rc == RC_OK && db_next(&q)) {
		c.last_ok = db_col_int(&q, 0);
		c.last_try = db_col_int(&q, 1);
		c.next_at = db_col_int(&q, 2);
		store_why_read(db_col_text(&q, 3), db_col_text(&q, 4), &c.why);
		c.failures = db_col_int(&q, 5);
		c.hold_at = db_col_int(&q, 6);
		c.clock_off = db_col_int(&q, 7);
	}
	rc = db_end(&q, rc, reterr);
	if (rc == RC_OK)
		*ret = c;
	return rc;
}

enum rc store_set_contact(struct store *s, const struct store_contact *c, struct err *reterr)
{
	struct buf detail;
	enum rc rc;

	buf_init(&detail, LIMIT_ERR_TEXT);
	rc = store_why_write(&c->why, &detail, reterr);
	if (rc == RC_OK)
		rc = db_run(s->db, ST_CONTACT_PUT,
			    DB_V(db_int(c->last_ok), db_int(c->last_try), db_int(c->next_at),
				 db_str(c->why.key), db_text(span_buf(&detail)),
				 db_int(c->failures), db_int(c->hold_at), db_int(c->clock_off)),
			    reterr);
	buf_free(&detail);
	return rc;
}

int64_t store_likely_now(struct store *s)
{
	struct store_contact c = {0};
	int64_t told = 0;

	/* what can not be read is not known: the PC's clock remains */
	store_contact(s, &c, NULL);
	db_get_int(s->db, ST_CHECKPOINT_TOLD, DB_NONE, &told, NULL);
	return moment_likely(store_now(s), c.clock_off, told);
}

enum rc store_unsent_in(struct store *s, const char *scope, int64_t *ret, struct err *reterr)
{
	return db_get_int(s->db, ST_UNSENT_IN, DB_V(db_str(scope)), ret, reterr);
}

enum rc store_unsent_last(struct store *s, int64_t *ret, struct err *reterr)
{
	return db_get_int(s->db, ST_UNSENT_LAST, DB_NONE, ret, reterr);
}

enum rc store_uncertified_count(struct store *s, int64_t *ret, struct err *reterr)
{
	int64_t n = 0;
	struct db_q q;
	enum rc rc = db_query(&q, s->db, ST_UNSENT_KEYS, DB_NONE, reterr);

	while (rc == RC_OK && db_next(&q))
		if (store_uncertified(s->keyring, db_col_blob(&q, 0).p))
			n += db_col_int(&q, 1);
	rc = db_end(&q, rc, reterr);
	if (rc == RC_OK)
		*ret = n;
	return rc;
}
