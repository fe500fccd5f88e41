/*
 * vfs: see vfs.h. A struct vfs_file is one open handle; the locks and the WAL index that the
 * handles of one file share hang on the disk's file (struct shared). After a power cut reads
 * still work, so that connections can be closed; every change fails.
 */
#include "tests/sim/vfs.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "tests/sim/disk.h"
#include "tests/sim/os_sim.h"

enum { REGIONS = 64, MS_PER_DAY = 86400000 };

/* What the connections to one database file have in common. */
struct shared {
	int handles;         /* that take part */
	int shared_locks;    /* SQLITE_LOCK_SHARED and above */
	const void *writer;  /* RESERVED or above */
	const void *pending; /* PENDING or EXCLUSIVE */
	uint8_t *region[REGIONS];
	int region_size, nmap; /* bytes of one; handles that mapped */
	int slock[SQLITE_SHM_NLOCK];
	const void *xlock[SQLITE_SHM_NLOCK];
};

struct vfs_file {
	sqlite3_file base;
	struct disk_file *f;
	struct disk *gone_with; /* delete on close: from this disk */
	char *path;
	int lock;
	bool mapped;
	int error;
	unsigned smask; /* shared locks of the WAL index held */
};

struct vfs {
	sqlite3_vfs base;
	struct rng rng;
};

static struct vfs_file *of(sqlite3_file *file)
{
	return (struct vfs_file *)(void *)file;
}

static struct shared *shared_of(struct vfs_file *v)
{
	return *disk_slot(v->f);
}

/* The system's number of the last error stays with the handle, as SQLite's own backend keeps it. */
static int failure(struct vfs_file *v, enum disk_rc rc, int code)
{
	if (rc == DISK_OK)
		return SQLITE_OK;
	v->error = rc == DISK_FULL ? ENOSPC : EIO;
	return rc == DISK_FULL && code == SQLITE_IOERR_WRITE ? SQLITE_FULL : code;
}

/* ---- reading and writing ---- */

static int x_close(sqlite3_file *file)
{
	struct vfs_file *v = of(file);
	struct shared *s = shared_of(v);

	if (s && --s->handles == 0) {
		for (int i = 0; i < REGIONS; i++)
			free(s->region[i]);
		free(s);
		*disk_slot(v->f) = NULL;
	}
	disk_close(v->f);
	if (v->gone_with)
		disk_remove(v->gone_with, v->path);
	free(v->path);
	return SQLITE_OK;
}

static int x_read(sqlite3_file *file, void *p, int len, sqlite3_int64 at)
{
	size_t got = disk_read(of(file)->f, at, p, (size_t)len);

	if (got == (size_t)len)
		return SQLITE_OK;
	memset((uint8_t *)p + got, 0, (size_t)len - got);
	return SQLITE_IOERR_SHORT_READ;
}

static int x_write(sqlite3_file *file, const void *p, int len, sqlite3_int64 at)
{
	return failure(of(file), disk_write(of(file)->f, at, p, (size_t)len), SQLITE_IOERR_WRITE);
}

static int x_truncate(sqlite3_file *file, sqlite3_int64 size)
{
	return failure(of(file), disk_truncate(of(file)->f, size), SQLITE_IOERR_TRUNCATE);
}

static int x_sync(sqlite3_file *file, int flags)
{
	(void)flags;
	return failure(of(file), disk_sync(of(file)->f), SQLITE_IOERR_FSYNC);
}

static int x_size(sqlite3_file *file, sqlite3_int64 *ret)
{
	*ret = disk_size(of(file)->f);
	return SQLITE_OK;
}

/* ---- locks of the file ---- */

static int x_lock(sqlite3_file *file, int level)
{
	struct vfs_file *v = of(file);
	struct shared *s = shared_of(v);

	if (level <= v->lock)
		return SQLITE_OK;
	if (level == SQLITE_LOCK_SHARED) {
		if (s->pending)
			return SQLITE_BUSY;
		s->shared_locks++;
	} else {
		if (s->writer && s->writer != v)
			return SQLITE_BUSY;
		s->writer = v;
		if (level >= SQLITE_LOCK_PENDING) {
			s->pending = v;
			if (level == SQLITE_LOCK_EXCLUSIVE && s->shared_locks > 1) {
				v->lock = SQLITE_LOCK_PENDING;
				return SQLITE_BUSY;
			}
		}
	}
	v->lock = level;
	return SQLITE_OK;
}

static int x_unlock(sqlite3_file *file, int level)
{
	struct vfs_file *v = of(file);
	struct shared *s = shared_of(v);

	if (level >= v->lock)
		return SQLITE_OK;
	if (s->writer == v)
		s->writer = NULL;
	if (s->pending == v)
		s->pending = NULL;
	if (level == SQLITE_LOCK_NONE)
		s->shared_locks--;
	v->lock = level;
	return SQLITE_OK;
}

static int x_reserved(sqlite3_file *file, int *ret)
{
	*ret = shared_of(of(file))->writer != NULL;
	return SQLITE_OK;
}

static int x_control(sqlite3_file *file, int op, void *arg)
{
	if (op != SQLITE_FCNTL_LAST_ERRNO)
		return SQLITE_NOTFOUND;
	*(int *)arg = of(file)->error;
	return SQLITE_OK;
}

static int x_sector(sqlite3_file *file)
{
	(void)file;
	return DISK_SECTOR;
}

static int x_traits(sqlite3_file *file)
{
	(void)file;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

/* ---- the index of the WAL ---- */

static int x_shm_map(sqlite3_file *file, int region, int size, int extend, void volatile **ret)
{
	struct vfs_file *v = of(file);
	struct shared *s = shared_of(v);

	*ret = NULL;
	if (region >= REGIONS || (s->region_size && s->region_size != size))
		return SQLITE_IOERR_SHMSIZE;
	if (!v->mapped) {
		v->mapped = true;
		s->nmap++;
	}
	if (!s->region[region] && extend) {
		s->region_size = size;
		s->region[region] = calloc(1, (size_t)size);
		if (!s->region[region])
			return SQLITE_NOMEM;
	}
	*ret = s->region[region];
	return SQLITE_OK;
}

static int shm_take(struct vfs_file *v, int first, int n, bool exclusive)
{
	struct shared *s = shared_of(v);

	for (int i = first; i < first + n; i++)
		if ((s->xlock[i] && s->xlock[i] != v) ||
		    (exclusive && s->slock[i] > (int)(v->smask >> i & 1U)))
			return SQLITE_BUSY;
	for (int i = first; i < first + n; i++) {
		if (exclusive) {
			s->xlock[i] = v;
		} else if (!(v->smask >> i & 1U)) {
			s->slock[i]++;
			v->smask |= 1U << i;
		}
	}
	return SQLITE_OK;
}

static int x_shm_lock(sqlite3_file *file, int first, int n, int flags)
{
	struct vfs_file *v = of(file);
	struct shared *s = shared_of(v);

	if (flags & SQLITE_SHM_LOCK)
		return shm_take(v, first, n, (flags & SQLITE_SHM_EXCLUSIVE) != 0);
	for (int i = first; i < first + n; i++) {
		if ((flags & SQLITE_SHM_EXCLUSIVE) && s->xlock[i] == v)
			s->xlock[i] = NULL;
		if ((flags & SQLITE_SHM_SHARED) && v->smask >> i & 1U) {
			s->slock[i]--;
			v->smask &= ~(1U << i);
		}
	}
	return SQLITE_OK;
}

static void x_shm_barrier(sqlite3_file *file)
{
	(void)file;
}

static int x_shm_unmap(sqlite3_file *file, int gone)
{
	struct vfs_file *v = of(file);
	struct shared *s = shared_of(v);

	(void)gone;
	if (!v->mapped)
		return SQLITE_OK;
	v->mapped = false;
	if (--s->nmap > 0)
		return SQLITE_OK;
	for (int i = 0; i < REGIONS; i++) {
		free(s->region[i]);
		s->region[i] = NULL;
	}
	s->region_size = 0;
	return SQLITE_OK;
}

static const sqlite3_io_methods methods = {2,
					   x_close,
					   x_read,
					   x_write,
					   x_truncate,
					   x_sync,
					   x_size,
					   x_lock,
					   x_unlock,
					   x_reserved,
					   x_control,
					   x_sector,
					   x_traits,
					   x_shm_map,
					   x_shm_lock,
					   x_shm_barrier,
					   x_shm_unmap,
					   NULL,
					   NULL};

/* ---- files by name ---- */

static int x_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *retflags)
{
	static const char temp[] = "/sqlite-temp";
	struct vfs_file *v = of(file);
	struct disk *d = os_sim_disk();
	const char *path = name ? name : temp;
	size_t len = strlen(path) + 1;
	enum disk_rc rc;

	(void)vfs;
	*v = (struct vfs_file){.base = {NULL}};
	rc = disk_open(d, path, (flags & SQLITE_OPEN_CREATE) != 0, &v->f);
	if (rc != DISK_OK)
		return failure(v, rc, SQLITE_CANTOPEN);
	v->path = malloc(len);
	if (!v->path) {
		disk_close(v->f);
		return SQLITE_NOMEM;
	}
	memcpy(v->path, path, len);
	if (flags & SQLITE_OPEN_DELETEONCLOSE)
		v->gone_with = d;
	if (!*disk_slot(v->f)) {
		*disk_slot(v->f) = calloc(1, sizeof(struct shared));
		if (!*disk_slot(v->f))
			abort();
	}
	shared_of(v)->handles++;
	v->base.pMethods = &methods;
	if (retflags)
		*retflags = flags;
	return SQLITE_OK;
}

static int x_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
	enum disk_rc rc = disk_remove(os_sim_disk(), name);

	(void)vfs, (void)sync;
	return rc == DISK_OK ? SQLITE_OK : rc == DISK_NONE ? SQLITE_IOERR_DELETE_NOENT : SQLITE_IOERR_DELETE;
}

static int x_access(sqlite3_vfs *vfs, const char *name, int flags, int *ret)
{
	(void)vfs, (void)flags;
	*ret = disk_exists(os_sim_disk(), name);
	return SQLITE_OK;
}

static int x_full_path(sqlite3_vfs *vfs, const char *name, int cap, char *ret)
{
	(void)vfs;
	if (strlen(name) >= (size_t)cap)
		return SQLITE_CANTOPEN;
	memcpy(ret, name, strlen(name) + 1);
	return SQLITE_OK;
}

static int x_random(sqlite3_vfs *vfs, int len, char *ret)
{
	rng_bytes(&((struct vfs *)(void *)vfs)->rng, (uint8_t *)ret, (size_t)len);
	return len;
}

static int x_sleep(sqlite3_vfs *vfs, int us)
{
	(void)vfs;
	return us;
}

static int x_now(sqlite3_vfs *vfs, sqlite3_int64 *ret)
{
	(void)vfs;
	*ret = os_sim_now_ms() + INT64_C(210866760000000); /* from the Julian epoch to 1970 */
	return SQLITE_OK;
}

static int x_now_days(sqlite3_vfs *vfs, double *ret)
{
	sqlite3_int64 ms;
	int code = x_now(vfs, &ms);

	*ret = (double)ms / MS_PER_DAY;
	return code;
}

static struct vfs vfs = {.base = {.iVersion = 2,
				  .szOsFile = sizeof(struct vfs_file),
				  .mxPathname = 512,
				  .zName = "sim",
				  .xOpen = x_open,
				  .xDelete = x_delete,
				  .xAccess = x_access,
				  .xFullPathname = x_full_path,
				  .xRandomness = x_random,
				  .xSleep = x_sleep,
				  .xCurrentTime = x_now_days,
				  .xCurrentTimeInt64 = x_now}};

void vfs_install(void)
{
	if (sqlite3_vfs_register(&vfs.base, 1) != SQLITE_OK)
		abort();
}

void vfs_seed(uint64_t seed)
{
	vfs.rng.state = seed;
	sqlite3_randomness(0, NULL);
}
