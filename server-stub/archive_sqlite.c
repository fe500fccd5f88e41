/*
 * archive_sqlite: a collector's archive on embedded SQLite: opening, the pool of
 * readers, backup. Writing is archive_write.c, reading archive_read.c, tiles of the tree
 * archive_tree.c, look-ups by hash archive_runs.c, blobs archive_blob.c. One connection
 * writes and checkpoints (WAL-reset defect before 3.51.3); readers are read-only.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "server-stub/archive_part.h"
#include "server-stub/archive_sql.h"

_Static_assert(ENTRY_CERT == 2 && ENTRY_LOG == 7, "op numbers stand in the schema");

static const char *const migrations[] = {archive_sql_1, archive_sql_2, archive_sql_3,
					 archive_sql_4, archive_sql_5,
					 archive_sql_6, archive_sql_7, archive_sql_8,
					 archive_sql_9, archive_sql_10, archive_sql_11};
static const char *const append_only[] = {"entry", "payload", NULL};
static const int eraser[] = {ASQL_PAYLOAD_ERASE};
static const struct db_def def = {.app_id = ARCHIVE_APP_ID,
				  .migration = migrations,
				  .nmigration = sizeof(migrations) / sizeof(migrations[0]),
				  .stmt = archive_sql_stmt,
				  .nstmt = ASQL_N,
				  .append_only = append_only,
				  .eraser = eraser,
				  .neraser = sizeof(eraser) / sizeof(eraser[0]),
				  .secure_delete = true};

static enum rc paths(struct archive *s, const char *home, struct err *reterr)
{
	char *part = NULL;
	enum rc rc = os_path_join(&s->path, home, "store.db", reterr);

	if (rc == RC_OK)
		rc = os_path_join(&s->blobs, home, "blobs", reterr);
	if (rc == RC_OK)
		rc = os_path_join(&part, s->blobs, "part", reterr);
	if (rc == RC_OK)
		rc = os_dir_make(part, reterr);
	free(part);
	return rc;
}

static enum rc locks(struct archive *s, struct err *reterr)
{
	enum rc rc = os_mutex_new(&s->mutex, reterr);

	if (rc == RC_OK)
		rc = os_mutex_new(&s->fold_lock, reterr);
	for (size_t i = 0; i < ARCHIVE_BLOB_LOCKS && rc == RC_OK; i++)
		rc = os_mutex_new(&s->blob_lock[i], reterr);
	return rc;
}

enum rc archive_sqlite_open(struct archive **ret, const char *home, bool create, struct err *reterr)
{
	struct archive *s = calloc(1, sizeof(*s));
	enum rc rc;

	if (!s)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	archive_write_init(s);
	archive_tree_init(s);
	rc = paths(s, home, reterr);
	if (rc == RC_OK)
		rc = locks(s, reterr);
	if (rc == RC_OK)
		rc = db_open(&s->db, s->path, &def, create ? 0 : DB_EXISTING, reterr);
	if (rc == RC_OK) {
		s->own = (struct archive_view){.db = s->db, .archive = s};
		archive_read_init(&s->own);
		rc = archive_erase_sweep(s, reterr);
	}
	if (rc == RC_OK)
		*ret = s;
	else
		archive_free(s);
	return rc;
}

void archive_free(struct archive *s)
{
	if (!s)
		return;
	while (s->idle) {
		struct archive_view *v = s->idle;

		s->idle = v->next;
		db_free(v->db);
		free(v);
	}
	archive_write_forget(s);
	db_free(s->db);
	for (size_t i = 0; i < ARCHIVE_BLOB_LOCKS; i++)
		os_mutex_free(s->blob_lock[i]);
	os_mutex_free(s->fold_lock);
	os_mutex_free(s->mutex);
	free(s->path);
	free(s->blobs);
	free(s);
}

struct archive_writer *archive_writer(struct archive *s)
{
	return &s->writer;
}

int64_t archive_commits(const struct archive *s)
{
	return atomic_load(&s->commits);
}

static enum rc view_new(struct archive *s, struct archive_view **ret, struct err *reterr)
{
	struct archive_view *v = calloc(1, sizeof(*v));
	enum rc rc;

	if (!v)
		return err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);
	rc = db_open(&v->db, s->path, &def, DB_READONLY, reterr);
	if (rc != RC_OK) {
		free(v);
		return rc;
	}
	v->archive = s;
	archive_read_init(v);
	*ret = v;
	return RC_OK;
}

enum rc archive_read(struct archive *s, struct archive_reader **ret, struct err *reterr)
{
	struct archive_view *v;
	enum rc rc = RC_OK;

	os_mutex_lock(s->mutex);
	v = s->idle;
	if (v)
		s->idle = v->next;
	os_mutex_unlock(s->mutex);
	if (!v)
		rc = view_new(s, &v, reterr);
	if (rc == RC_OK)
		*ret = &v->reader;
	return rc;
}

void archive_read_end(struct archive *s, struct archive_reader *r)
{
	struct archive_view *v;

	if (!r)
		return;
	v = r->ctx;
	os_mutex_lock(s->mutex);
	v->next = s->idle;
	s->idle = v;
	os_mutex_unlock(s->mutex);
}

enum rc archive_backup(struct archive *s, const char *path, struct err *reterr)
{
	struct archive_reader *r = NULL;
	enum rc rc = archive_read(s, &r, reterr);

	if (rc != RC_OK)
		return rc;
	rc = db_backup(((struct archive_view *)r->ctx)->db, path, reterr);
	archive_read_end(s, r);
	return rc;
}
