/*
 * backup: see backup.h. Does NOT talk to anybody.
 */
#include "agent/backup.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/os.h"
#include "lib/parcel.h"

static const char kind[] = "kiemke";

static bool ends(const char *name, const char *end)
{
	size_t len = strlen(name), n = strlen(end);

	return len > n && name[0] != '.' && strcmp(name + len - n, end) == 0;
}

static bool is_key(const char *dir, const char *name)
{
	(void)dir;
	return ends(name, ".key");
}

static bool is_draft(const char *dir, const char *name)
{
	(void)dir;
	return ends(name, ".json");
}

static bool is_blob(const char *dir, const char *name)
{
	uint8_t sha[32];

	(void)dir;
	return codec_hex_32(span_str(name), sha);
}

static void tell(void *arg, int64_t bytes)
{
	op_progress(arg, "backup.progress", bytes / (int64_t)LIMIT_MIB, 0);
}

static struct parcel_tell tell_of(const struct op_call *call)
{
	return (struct parcel_tell){tell, (void *)(uintptr_t)call};
}

/* ---- making one ---- */

struct making {
	const struct op_call *call;
	struct agent *agent;
	struct parcel *p;
	char *copy; /* the store's copy, in the home, until it is in the parcel */
	struct backup_sum sum;
};

/* What must be of one moment: the store, and what is replaced in place. */
static enum rc add_moment(struct making *m, struct err *reterr)
{
	const char *home = store_home(m->agent->store);
	struct store_counts counts;
	enum rc rc = store_counts(m->agent->store, &counts, reterr);

	if (rc == RC_OK && os_file_exists(m->copy))
		rc = os_file_remove(m->copy, reterr); /* of a backup that died */
	if (rc == RC_OK)
		rc = store_backup(m->agent->store, m->copy, reterr);
	if (rc == RC_OK) {
		m->sum.saved = counts.saved;
		m->sum.unsent = counts.unsent;
	}
	if (rc == RC_OK)
		rc = parcel_add_dir(m->p, home, "clerks", is_key, &m->sum.clerks, reterr);
	if (rc == RC_OK)
		rc = parcel_add_dir(m->p, home, "drafts", is_draft, &m->sum.drafts, reterr);
	return rc;
}

static enum rc make(struct making *m, const char *path, struct err *reterr)
{
	struct parcel_sum sum;
	enum rc rc = parcel_new(&m->p, path, kind, tell_of(m->call), reterr);

	if (rc != RC_OK)
		return rc;
	op_lock(m->call);
	rc = add_moment(m, reterr);
	op_unlock(m->call);
	if (rc == RC_OK)
		rc = parcel_add(m->p, "store.db", m->copy, reterr);
	if (rc == RC_OK) /* these never change: others may work meanwhile */
		rc = parcel_add_dir(m->p, store_home(m->agent->store), "blobs", is_blob,
				    &m->sum.blobs, reterr);
	if (rc == RC_OK)
		rc = parcel_finish(m->p, reterr);
	parcel_free(m->p);
	if (rc == RC_OK)
		rc = parcel_check(path, kind, &sum, reterr);
	if (rc == RC_OK)
		rc = os_file_size(path, &m->sum.bytes, reterr);
	return rc;
}

enum rc backup_make(const struct op_call *call, const char *path, struct backup_sum *ret,
		    struct err *reterr)
{
	struct making m = {.call = call, .agent = call->app};
	bool mine;
	enum rc rc;

	op_lock(call);
	mine = !m.agent->in_backup;
	m.agent->in_backup = true;
	op_unlock(call);
	if (!mine)
		return err_set(reterr, RC_BUSY, NULL, "backup.running", NULL);
	rc = os_path_join(&m.copy, store_home(m.agent->store), "backup-part", reterr);
	if (rc == RC_OK)
		rc = make(&m, path, reterr);
	if (m.copy && os_file_exists(m.copy))
		(void)os_file_remove(m.copy, NULL);
	free(m.copy);
	op_lock(call);
	m.agent->in_backup = false;
	op_unlock(call);
	if (rc == RC_OK)
		*ret = m.sum;
	return rc;
}

/* ---- a home of one ---- */

static enum rc count_files(const char *home, const char *name, int64_t *ret, struct err *reterr)
{
	struct os_names names = {.n = 0};
	char *dir = NULL;
	enum rc rc = os_path_join(&dir, home, name, reterr);

	if (rc == RC_OK && os_dir_exists(dir))
		rc = os_dir_list(dir, &names, reterr);
	*ret = (int64_t)names.n;
	os_names_free(&names);
	free(dir);
	return rc;
}

/* Open it as the store it will be, and look at all of it. */
static enum rc inspect(void *arg, const char *home, struct err *reterr)
{
	struct backup_sum *s = arg;
	struct store_counts counts;
	int64_t entities = 0, differ = 0;
	struct store *st = NULL;
	enum rc rc = crypt_init(reterr);

	if (rc == RC_OK)
		rc = count_files(home, "clerks", &s->clerks, reterr);
	if (rc == RC_OK)
		rc = count_files(home, "drafts", &s->drafts, reterr);
	if (rc == RC_OK)
		rc = store_open(&st, home, false, clock_real(), reterr);
	if (rc == RC_OK)
		rc = count_files(home, "blobs", &s->blobs, reterr);
	if (rc == RC_OK)
		rc = store_counts(st, &counts, reterr);
	if (rc == RC_OK) {
		s->saved = counts.saved;
		s->unsent = counts.unsent;
		rc = store_rebuild_check(st, &entities, &differ, reterr);
	}
	store_free(st);
	if (rc == RC_OK && differ > 0)
		rc = err_num(reterr, RC_CORRUPT, NULL, "restore.differs", "n", (long long)differ);
	return rc;
}

enum rc backup_restore(const struct op_call *call, const char *path, struct backup_sum *ret,
		       struct err *reterr)
{
	struct backup_sum s = {0};
	const struct parcel_home h = {.path = path,
				      .kind = kind,
				      .home = call->home,
				      .tell = tell_of(call),
				      .last = "store.db",
				      .inspect = inspect,
				      .arg = &s};
	struct parcel_sum sum;
	enum rc rc = parcel_settle(&h, &sum, reterr);

	if (rc == RC_OK) {
		s.bytes = sum.bytes;
		*ret = s;
	}
	return rc;
}
