/*
 * store_open: the store of one PC is opened, and what it keeps in memory is made from
 * its rows: the keyring from the authority entries, the forms from the built-in ones and
 * those published. Settings, because the root is one of them. Clauses A12, K13.
 * Not here: the lock of the folder (lib/op_dispatch), writing entries (store_write.c).
 */
#define STORE_SQL_TEXTS
#include "agent/store_part.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/os.h"

enum { STORE_APP_ID = 0x6b6b6167 /* "kkag" */ };

static const struct db_def store_def = {
    .app_id = STORE_APP_ID,
    .migration = store_migration,
    .nmigration = sizeof(store_migration) / sizeof(store_migration[0]),
    .stmt = store_stmt,
    .nstmt = ST_N,
    .append_only = store_append_only,
    .eraser = store_eraser,
    .neraser = sizeof(store_eraser) / sizeof(store_eraser[0]),
    .secure_delete = true,
};

/* ---- the keyring ---- */

/* The root set; zeros, under which nothing verifies, while none is. */
static enum rc root_of(struct store *s, uint8_t ret[CRYPT_PK_LEN], struct err *reterr)
{
	char *text = NULL;
	enum rc rc = store_setting(s, "root", &text, reterr);

	memset(ret, 0, CRYPT_PK_LEN);
	if (rc == RC_OK && text && !codec_b64u_32(span_str(text), ret))
		rc = err_set(reterr, RC_CORRUPT, NULL, "store.root_form", NULL);
	free(text);
	return rc;
}

static enum rc add_row(struct keyring *k, const struct store_row *row, struct err *reterr)
{
	struct entry *e = NULL;
	enum rc rc = store_row_load(row, &e, reterr);

	if (rc == RC_OK && e)
		rc =
		    keyring_add(k, e, row->index < 0 ? KEYRING_NO_INDEX : row->index, NULL, reterr);
	entry_free(e);
	return rc;
}

enum rc store_keyring_load(struct store *s, struct keyring **ret, struct err *reterr)
{
	uint8_t root[CRYPT_PK_LEN];
	struct keyring *k = NULL;
	struct store_row row;
	struct db_q q;
	enum rc rc = root_of(s, root, reterr);

	if (rc == RC_OK)
		rc = keyring_new(root, &k, reterr);
	if (rc != RC_OK)
		return rc;
	rc = db_query(&q, s->db, ST_ENTRY_AUTHORITY, DB_V(db_int(ENTRY_CERT), db_int(ENTRY_LOG)),
		      reterr);
	while (rc == RC_OK && db_next(&q)) {
		store_row_read(&q, &row);
		rc = add_row(k, &row, reterr);
	}
	rc = db_end(&q, rc, reterr);
	if (rc == RC_OK)
		*ret = k;
	else
		keyring_free(k);
	return rc;
}

void store_keyring_swap(struct store *s, struct keyring *k)
{
	if (s->trial != k)
		keyring_free(s->trial);
	s->trial = NULL;
	keyring_free(s->keyring);
	s->keyring = k;
}

/* ---- open ---- */

static enum rc open_files(struct store *s, const char *home, bool create, struct err *reterr)
{
	char *path = NULL;
	enum rc rc = os_path_absolute(&s->home, home, reterr);

	if (rc == RC_OK)
		rc = os_path_join(&s->blobs, s->home, "blobs", reterr);
	if (rc == RC_OK)
		rc = os_path_join(&path, s->home, "store.db", reterr);
	if (rc == RC_OK && !create && !os_file_exists(path))
		rc = err_set(reterr, RC_NOTFOUND, NULL, "store.none", "path", s->home, NULL);
	if (rc == RC_OK)
		rc = os_dir_make(s->blobs, reterr);
	if (rc == RC_OK)
		rc = db_open(&s->db, path, &store_def, create ? 0 : DB_EXISTING, reterr);
	free(path);
	return rc;
}

enum rc store_open(struct store **ret, const char *home, bool create, const struct clock *clock,
		   struct err *reterr)
{
	struct store *s = calloc(1, sizeof(*s));
	enum rc rc;

	if (!s)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	s->clock = clock;
	store_session_init(s);
	rc = open_files(s, home, create, reterr);
	if (rc == RC_OK)
		rc = store_keyring_load(s, &s->keyring, reterr);
	if (rc == RC_OK)
		rc = form_set_new(&s->forms, reterr);
	if (rc == RC_OK)
		rc = form_set_builtin(s->forms, reterr);
	if (rc == RC_OK)
		rc = store_forms_load(s, reterr);
	if (rc == RC_OK)
		rc = store_erase_sweep(s, reterr);
	if (rc == RC_OK)
		*ret = s;
	else
		store_free(s);
	return rc;
}

void store_free(struct store *s)
{
	if (!s)
		return;
	store_session_release(s);
	free(s->lent);
	keyring_free(s->keyring);
	form_set_free(s->forms);
	db_free(s->db);
	free(s->blobs);
	free(s->home);
	free(s);
}

const char *store_home(const struct store *s)
{
	return s->home;
}

int64_t store_now(const struct store *s)
{
	return clock_now_s(s->clock);
}

struct keyring *store_keyring(struct store *s)
{
	return s->keyring;
}

const struct form_set *store_forms(const struct store *s)
{
	return s->forms;
}

struct db *store_db(struct store *s)
{
	return s->db;
}

/* ---- settings ---- */

enum rc store_setting(struct store *s, const char *name, char **ret, struct err *reterr)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, LIMIT_TEXT);
	rc = db_get_bytes(s->db, ST_SETTING_GET, DB_V(db_str(name)), &b, reterr);
	if (rc == RC_NOTFOUND) {
		err_clear(reterr);
		*ret = NULL;
		rc = RC_OK;
	} else if (rc == RC_OK) {
		buf_add(&b, "", 0);
		char *text = span_dup(span_buf(&b));
		if (text)
			*ret = text;
		else
			rc = err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	}
	buf_free(&b);
	return rc;
}

/* The first root, or the same one again: entries verified under one are not judged by another. */
static enum rc may_set_root(struct store *s, const char *value, struct err *reterr)
{
	uint8_t old[CRYPT_PK_LEN], new[CRYPT_PK_LEN];
	static const uint8_t none[CRYPT_PK_LEN];
	enum rc rc = root_of(s, old, reterr);

	if (rc != RC_OK)
		return rc;
	if (!codec_b64u_32(span_str(value), new) || crypt_pk_check(new, NULL) != RC_OK)
		return err_set(reterr, RC_INPUT, "K1", "store.root_form", NULL);
	if (memcmp(old, none, CRYPT_PK_LEN) != 0 && memcmp(old, new, CRYPT_PK_LEN) != 0)
		return err_set(reterr, RC_CONFLICT, "K13", "store.other_root", NULL);
	return RC_OK;
}

static enum rc put_setting(struct store *s, const char *name, const char *value, struct err *reterr)
{
	return db_run(s->db, ST_SETTING_PUT, DB_V(db_str(name), db_str(value)), reterr);
}

enum rc store_set_setting(struct store *s, const char *name, const char *value, struct err *reterr)
{
	bool root = strcmp(name, "root") == 0;
	struct keyring *k = NULL;
	enum rc rc = root ? may_set_root(s, value, reterr) : RC_OK;

	if (rc == RC_OK)
		rc = put_setting(s, name, value, reterr);
	if (rc != RC_OK || !root)
		return rc;
	rc = store_keyring_load(s, &k, reterr);
	if (rc == RC_OK)
		rc = store_rejudge_all(s, k, reterr);
	if (rc == RC_OK)
		store_keyring_swap(s, k);
	else
		keyring_free(k);
	return rc;
}
