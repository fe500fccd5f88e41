/*
 * backup: see backup.h. Does NOT stop the collector: the copy of the archive is of one moment,
 * and a blob never changes once it is whole.
 */
#include "server-stub/backup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/parcel.h"

enum { BLOB_FOLDERS = 256, FOLDER_NAME = 16 };

static const char kind[] = "kiemke-collector";

/* Sealed by a passphrase; a key in the open is the bare seed. */
static bool is_sealed(const char *dir, const char *name)
{
	size_t len = strlen(name);
	char *path = NULL;
	int64_t size = CRYPT_SEED_LEN;

	if (len > 4 && name[0] != '.' && strcmp(name + len - 4, ".key") == 0 &&
	    os_path_join(&path, dir, name, NULL) == RC_OK &&
	    os_file_size(path, &size, NULL) != RC_OK)
		size = CRYPT_SEED_LEN;
	free(path);
	return size != CRYPT_SEED_LEN;
}

static bool is_blob(const char *dir, const char *name)
{
	uint8_t sha[32];

	(void)dir;
	return codec_hex_32(span_str(name), sha);
}

static void blob_folder(size_t i, char ret[FOLDER_NAME])
{
	snprintf(ret, FOLDER_NAME, "blobs/%02x", (unsigned)i & 0xff);
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

static enum rc count_entries(struct archive *a, int64_t *ret, struct err *reterr)
{
	struct archive_reader *r = NULL;
	struct buf note;
	int64_t at;
	enum rc rc = archive_read(a, &r, reterr);

	buf_init(&note, NOTE_TEXT_MAX);
	if (rc == RC_OK)
		rc = r->head(r->ctx, ret, &note, &at, reterr);
	archive_read_end(a, r);
	buf_free(&note);
	return rc;
}

static enum rc add_all(struct collector *col, struct parcel *p, const char *copy,
		       struct backup_sum *s, struct err *reterr)
{
	enum rc rc = count_entries(col->archive, &s->entries, reterr);

	if (rc == RC_OK && os_file_exists(copy))
		rc = os_file_remove(copy, reterr); /* of a backup that died */
	if (rc == RC_OK)
		rc = archive_backup(col->archive, copy, reterr);
	if (rc == RC_OK)
		rc = parcel_add(p, "store.db", copy, reterr);
	if (rc == RC_OK)
		rc = parcel_add_dir(p, col->home, "keys", is_sealed, &s->keys, reterr);
	for (size_t i = 0; rc == RC_OK && i < BLOB_FOLDERS; i++) {
		char dir[FOLDER_NAME];
		int64_t n = 0;

		blob_folder(i, dir);
		rc = parcel_add_dir(p, col->home, dir, is_blob, &n, reterr);
		s->blobs += n;
	}
	return rc;
}

static enum rc make(const struct op_call *call, const char *path, const char *copy,
		    struct backup_sum *s, struct err *reterr)
{
	struct collector *col = call->app;
	struct parcel_sum sum;
	struct parcel *p = NULL;
	enum rc rc = parcel_new(&p, path, kind, tell_of(call), reterr);

	if (rc == RC_OK)
		rc = add_all(col, p, copy, s, reterr);
	if (rc == RC_OK)
		rc = parcel_finish(p, reterr);
	parcel_free(p);
	if (rc == RC_OK)
		rc = parcel_check(path, kind, &sum, reterr);
	if (rc == RC_OK)
		rc = os_file_size(path, &s->bytes, reterr);
	return rc;
}

enum rc backup_make(const struct op_call *call, const char *path, struct backup_sum *ret,
		    struct err *reterr)
{
	struct collector *col = call->app;
	struct backup_sum s = {0};
	char *copy = NULL;
	bool mine;
	enum rc rc;

	op_lock(call);
	mine = !col->in_backup;
	col->in_backup = true;
	op_unlock(call);
	if (!mine)
		return err_set(reterr, RC_BUSY, NULL, "backup.running", NULL);
	rc = os_path_join(&copy, col->home, "backup-part", reterr);
	if (rc == RC_OK)
		rc = make(call, path, copy, &s, reterr);
	if (copy && os_file_exists(copy))
		(void)os_file_remove(copy, NULL);
	free(copy);
	op_lock(call);
	col->in_backup = false;
	op_unlock(call);
	if (rc == RC_OK)
		*ret = s;
	return rc;
}

/* ---- a home of one ---- */

struct reading {
	struct keyring *keyring;
	enum rc rc;
	struct err *reterr;
};

static bool add_authority(void *arg, const struct archive_row *row)
{
	struct reading *x = arg;
	struct entry *e = NULL;

	x->rc = archive_read_entry(row, &e, x->reterr);
	if (x->rc == RC_OK)
		x->rc = keyring_add(x->keyring, e, row->index, NULL, x->reterr);
	entry_free(e);
	return x->rc == RC_OK;
}

/* The keyring of the archive's own root. */
static enum rc read_keyring(struct archive_reader *r, struct keyring **ret, struct err *reterr)
{
	struct reading x = {.rc = RC_OK, .reterr = reterr};
	uint8_t root[CRYPT_PK_LEN];
	char *text = NULL;
	enum rc rc = r->setting(r->ctx, "root", &text, reterr);

	if (rc == RC_OK && (!text || !codec_b64u_32(span_str(text), root)))
		rc = err_set(reterr, RC_CORRUPT, NULL, "collector.root", NULL);
	free(text);
	if (rc == RC_OK)
		rc = keyring_new(root, &x.keyring, reterr);
	if (rc == RC_OK)
		rc = r->authority_rows(r->ctx, add_authority, &x, reterr);
	if (rc == RC_OK)
		rc = x.rc;
	if (rc == RC_OK)
		*ret = x.keyring;
	else
		keyring_free(x.keyring);
	return rc;
}

/* The stored tree gives the stored checkpoint, signed by the key the root named. */
static enum rc check_tree(struct archive_reader *r, const struct keyring *k, int64_t *retsize,
			  struct err *reterr)
{
	struct tree_frontier tree = {0};
	struct authority_log log;
	uint8_t root[TREE_HASH];
	struct note note;
	struct buf text;
	int64_t at;
	enum rc rc;

	buf_init(&text, NOTE_TEXT_MAX);
	rc = r->head(r->ctx, retsize, &text, &at, reterr);
	if (rc == RC_OK && !keyring_log(k, &log))
		rc = err_set(reterr, RC_CORRUPT, "K8", "session.no_log", NULL);
	if (rc == RC_OK)
		rc = note_open(span_buf(&text), log.key, &note, reterr);
	if (rc == RC_OK)
		rc = tree_frontier_read(&r->tree, (uint64_t)*retsize, &tree, reterr);
	tree_frontier_root(&tree, root);
	if (rc == RC_OK &&
	    (note.size != (uint64_t)*retsize || memcmp(root, note.root, TREE_HASH) != 0))
		rc = err_num(reterr, RC_CORRUPT, "L1", "ingest.tree", "size", (long long)*retsize);
	buf_free(&text);
	return rc;
}

static enum rc check_archive(const char *home, int64_t *retsize, struct err *reterr)
{
	struct archive *a = NULL;
	struct archive_reader *r = NULL;
	struct keyring *k = NULL;
	enum rc rc = archive_sqlite_open(&a, home, false, reterr);

	if (rc == RC_OK)
		rc = archive_read(a, &r, reterr);
	if (rc == RC_OK)
		rc = read_keyring(r, &k, reterr);
	if (rc == RC_OK)
		rc = check_tree(r, k, retsize, reterr);
	if (r)
		archive_read_end(a, r);
	keyring_free(k);
	archive_free(a);
	return rc;
}

static enum rc check_blob(const char *dir, const char *name, struct err *reterr)
{
	uint8_t sha[32], is[32];
	char *path = NULL;
	enum rc rc = os_path_join(&path, dir, name, reterr);

	if (rc == RC_OK)
		rc = archive_blob_hash(path, is, reterr);
	if (rc == RC_OK && (!codec_hex_32(span_str(name), sha) || memcmp(sha, is, 32) != 0))
		rc = err_set(reterr, RC_CORRUPT, "P23", "restore.blob", "sha256", name, NULL);
	free(path);
	return rc;
}

static enum rc each_file(const char *home, const char *folder,
			 enum rc (*check)(const char *dir, const char *name, struct err *reterr),
			 int64_t *n, struct err *reterr)
{
	struct os_names names = {.n = 0};
	char *dir = NULL;
	enum rc rc = os_path_join(&dir, home, folder, reterr);

	if (rc == RC_OK && os_dir_exists(dir))
		rc = os_dir_list(dir, &names, reterr);
	for (size_t i = 0; rc == RC_OK && check && i < names.n; i++)
		rc = check(dir, names.name[i], reterr);
	*n += (int64_t)names.n;
	os_names_free(&names);
	free(dir);
	return rc;
}

static enum rc inspect(void *arg, const char *home, struct err *reterr)
{
	struct backup_sum *s = arg;
	enum rc rc = crypt_init(reterr);

	if (rc == RC_OK)
		rc = each_file(home, "keys", NULL, &s->keys, reterr);
	for (size_t i = 0; rc == RC_OK && i < BLOB_FOLDERS; i++) {
		char dir[FOLDER_NAME];

		blob_folder(i, dir);
		rc = each_file(home, dir, check_blob, &s->blobs, reterr);
	}
	return rc == RC_OK ? check_archive(home, &s->entries, reterr) : rc;
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
