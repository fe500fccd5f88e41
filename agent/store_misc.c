/*
 * store_misc: the small things a store also keeps: own clerks, names of authors, counts;
 * and its upkeep: comparing what is stored with what its entries give, backup.
 * Clauses M11 (store_rebuild_check), K2 (names). Not here: what a page makes of it.
 */
#include "agent/store_part.h"

#include <string.h>

#include "lib/limits.h"

static void copy_text(struct span s, char *out, size_t cap)
{
	size_t n = s.len < cap ? s.len : cap - 1;

	if (n > 0)
		memcpy(out, s.p, n);
	out[n] = '\0';
}

/* ---- clerks ---- */

enum rc store_clerk_add(struct store *s, const struct store_clerk *c, struct err *reterr)
{
	return db_run(s->db, ST_CLERK_PUT,
		      DB_V(db_bytes(c->key, CRYPT_PK_LEN), db_str(c->name), db_str(c->title),
			   db_str(c->scope)),
		      reterr);
}

enum rc store_clerk_renew(struct store *s, const uint8_t old[CRYPT_PK_LEN],
			  const struct store_clerk *c, struct err *reterr)
{
	enum rc rc = db_begin(s->db, reterr);

	if (rc != RC_OK)
		return rc;
	rc = store_clerk_add(s, c, reterr);
	if (rc == RC_OK)
		rc = db_run(s->db, ST_CLERK_RETIRE, DB_V(db_bytes(old, CRYPT_PK_LEN)), reterr);
	return db_finish(s->db, rc, reterr);
}

static enum rc clerk_query(struct store *s, int stmt, const struct db_val *v,
			   struct store_clerk *ret, bool *retfound, struct err *reterr)
{
	struct store_clerk c = {0};
	struct keyring_key k;
	struct db_q q;
	enum rc rc = db_query(&q, s->db, stmt, v, 1, reterr);

	*retfound = rc == RC_OK && db_next(&q);
	if (*retfound) {
		memcpy(c.key, db_col_blob(&q, 0).p, CRYPT_PK_LEN);
		copy_text(db_col_text(&q, 1), c.name, sizeof(c.name));
		copy_text(db_col_text(&q, 2), c.title, sizeof(c.title));
		copy_text(db_col_text(&q, 3), c.scope, sizeof(c.scope));
		c.retired = db_col_int(&q, 4) != 0;
		c.certified = keyring_find(s->keyring, c.key, &k) && k.admitted;
	}
	rc = db_end(&q, rc, reterr);
	if (rc == RC_OK && *retfound)
		*ret = c;
	return rc;
}

enum rc store_clerk(struct store *s, size_t i, struct store_clerk *ret, struct err *reterr)
{
	const struct db_val at = db_int((int64_t)i);
	bool found;
	enum rc rc = clerk_query(s, ST_CLERK_AT, &at, ret, &found, reterr);

	if (rc == RC_OK && !found)
		rc = err_set(reterr, RC_NOTFOUND, NULL, "store.no_clerk", NULL);
	return rc;
}

enum rc store_author(struct store *s, const uint8_t pk[CRYPT_PK_LEN], char retname[AUTHORITY_NAME],
		     char rettitle[AUTHORITY_NAME], struct err *reterr)
{
	const struct db_val key = db_bytes(pk, CRYPT_PK_LEN);
	const struct keyring_cert *cert = NULL;
	struct store_clerk c = {0};
	struct keyring_key k;
	bool found = false;
	enum rc rc = RC_OK;

	if (keyring_find(s->keyring, pk, &k))
		cert = k.cert ? k.cert : k.seen;
	if (!cert)
		rc = clerk_query(s, ST_CLERK_OF, &key, &c, &found, reterr);
	if (rc != RC_OK)
		return rc;
	copy_text(span_str(cert ? cert->name : c.name), retname, AUTHORITY_NAME);
	copy_text(span_str(cert ? cert->title : c.title), rettitle, AUTHORITY_NAME);
	return RC_OK;
}

/* ---- counts ---- */

static enum rc count_fates(struct store *s, struct store_counts *c, struct err *reterr)
{
	struct db_q q;
	enum rc rc = db_query(&q, s->db, ST_COUNT_FATES, DB_NONE, reterr);

	while (rc == RC_OK && db_next(&q)) {
		int64_t n = db_col_int(&q, 1);

		switch ((enum store_fate)db_col_int(&q, 0)) {
		case STORE_UNSENT: c->unsent = n; break;
		case STORE_ACCEPTED:
			c->accepted = n;
			c->quarantined = db_col_int(&q, 2);
			break;
		case STORE_REFUSED: c->refused = n; break;
		case STORE_FOREIGN: break;
		}
	}
	c->sent = c->accepted + c->refused;
	c->saved = c->sent + c->unsent;
	return db_end(&q, rc, reterr);
}

enum rc store_counts(struct store *s, struct store_counts *ret, struct err *reterr)
{
	struct store_counts c = {0};
	enum rc rc = count_fates(s, &c, reterr);

	if (rc == RC_OK)
		rc = db_get_int(s->db, ST_COUNT_PROVEN, DB_NONE, &c.proven, reterr);
	if (rc == RC_OK)
		rc = db_get_int(s->db, ST_COUNT_CONFLICTS, DB_NONE, &c.conflicts, reterr);
	if (rc == RC_OK)
		rc = db_get_int(s->db, ST_ALARM_COUNT, DB_NONE, &c.alarms, reterr);
	if (rc == RC_OK)
		rc = db_get_int(s->db, ST_ALARM_OPEN, DB_NONE, &c.alarms_open, reterr);
	if (rc == RC_OK)
		rc = db_get_int(s->db, ST_COUNT_OFFERED, DB_NONE, &c.offered, reterr);
	if (rc == RC_OK)
		rc = db_get_int(s->db, ST_COUNT_FORKS, DB_NONE, &c.forks, reterr);
	if (rc == RC_OK)
		rc = db_get_int(s->db, ST_NEWEST, DB_NONE, &c.newest, reterr);
	if (rc == RC_OK)
		*ret = c;
	return rc;
}

/* ---- upkeep ---- */

static enum rc same_state(struct store *s, int64_t no, struct span stored, bool *retsame,
			  struct err *reterr)
{
	struct merge_state *fresh = NULL;
	struct merge_state *none = NULL;
	struct buf b, empty;
	enum rc rc = store_entity_build(s, s->keyring, no, &fresh, reterr);

	buf_init(&b, LIMIT_MERGE_STATE);
	buf_init(&empty, LIMIT_KIB);
	if (rc == RC_OK)
		rc = merge_write(fresh, &b, reterr);
	if (rc == RC_OK && stored.len == 0)
		rc = merge_new(&none, reterr);
	if (rc == RC_OK && none)
		rc = merge_write(none, &empty, reterr);
	if (rc == RC_OK)
		*retsame = span_eq(span_buf(&b), none ? span_buf(&empty) : stored);
	merge_free(fresh);
	merge_free(none);
	buf_free(&b);
	buf_free(&empty);
	return rc;
}

static enum rc check_one(struct store *s, int64_t no, bool *retsame, struct err *reterr)
{
	struct db_q q;
	enum rc rc = db_query(&q, s->db, ST_ENTITY_BY_NO, DB_V(db_int(no)), reterr);

	if (rc == RC_OK && db_next(&q))
		rc = same_state(s, no, db_col_blob(&q, 4), retsame, reterr);
	return db_end(&q, rc, reterr);
}

enum rc store_rebuild_check(struct store *s, int64_t *retentities, int64_t *retdiffer,
			    struct err *reterr)
{
	int64_t n = 0, differ = 0;
	struct db_q q;
	enum rc rc = db_query(&q, s->db, ST_ENTITY_NOS, DB_V(db_null()), reterr);

	while (rc == RC_OK && db_next(&q)) {
		bool same = false;

		rc = check_one(s, db_col_int(&q, 0), &same, reterr);
		n++;
		differ += !same;
	}
	rc = db_end(&q, rc, reterr);
	if (rc != RC_OK)
		return rc;
	*retentities = n;
	*retdiffer = differ;
	return RC_OK;
}

enum rc store_backup(struct store *s, const char *path, struct err *reterr)
{
	return db_backup(s->db, path, reterr);
}
