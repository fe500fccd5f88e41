/*
 * os_sim: see os_sim.h. Every change of a file is one or more operations of the disk, in the
 * order in which lib/os_posix.c asks the system for them, so that the power can go between.
 */
#include "tests/sim/os_sim.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "lib/limits.h"
#include "lib/os.h"

static struct {
	struct os_sim *machine;
	int64_t true_ms;
	struct rng rng;
	bool seeded;
} sim;

static void *must(void *p)
{
	if (!p)
		abort();
	return p;
}

/* ---- machines, time, random ---- */

struct os_sim *os_sim_enter(struct os_sim *m)
{
	struct os_sim *before = sim.machine;

	sim.machine = m;
	return before;
}

struct disk *os_sim_disk(void)
{
	return ((struct os_sim *)must(sim.machine))->disk;
}

void os_sim_time(int64_t true_ms)
{
	sim.true_ms = true_ms;
}

int64_t os_sim_now_ms(void)
{
	return sim.true_ms + (sim.machine ? sim.machine->offset_ms : 0);
}

static const char *random_name(void)
{
	return "sim";
}

static uint32_t random_u32(void)
{
	return (uint32_t)(rng_next(&sim.rng) >> 32);
}

static void random_buf(void *const p, const size_t len)
{
	rng_bytes(&sim.rng, p, len);
}

void os_sim_seed(uint64_t seed)
{
	static struct randombytes_implementation source = {
	    .implementation_name = random_name, .random = random_u32, .buf = random_buf};

	if (!sim.seeded && randombytes_set_implementation(&source) != 0)
		abort();
	sim.seeded = true;
	sim.rng.state = seed;
}

enum rc os_init(int *argc, char ***argv, struct err *reterr)
{
	(void)argc, (void)argv, (void)reterr;
	return RC_OK;
}

bool os_is_full(int error)
{
	return error == ENOSPC;
}

int64_t os_pid(void)
{
	return 1;
}

int os_cpus(void)
{
	return 1;
}

void os_memory_return(void)
{
}

int64_t os_memory_resident(void)
{
	return 0;
}

int64_t os_cpu_us(void)
{
	return 0;
}

const char *os_env(const char *name)
{
	(void)name;
	return NULL;
}

int64_t os_now_ms(void)
{
	return os_sim_now_ms();
}

int64_t os_now_s(void)
{
	return os_sim_now_ms() / 1000;
}

int64_t os_mono_ms(void)
{
	return sim.true_ms;
}

bool os_sleep_ms(int64_t ms)
{
	(void)ms;
	return false;
}

enum rc os_on_stop(struct err *reterr)
{
	(void)reterr;
	return RC_OK;
}

bool os_stopping(void)
{
	return false;
}

void os_stop(void)
{
}

void os_stop_forget(void)
{
}

enum rc os_random(void *p, size_t len, struct err *reterr)
{
	(void)reterr;
	rng_bytes(&sim.rng, p, len);
	return RC_OK;
}

enum rc os_machine_id(struct buf *retbuf, struct err *reterr)
{
	struct os_sim *m = must(sim.machine);

	buf_add(retbuf, m->hardware, sizeof(m->hardware));
	return buf_check(retbuf, reterr);
}

/* ---- paths ---- */

enum rc os_path_join(char **ret, const char *dir, const char *name, struct err *reterr)
{
	size_t d = name[0] == '/' ? 0 : strlen(dir), n = strlen(name);
	char *s = must(malloc(d + n + 2));

	(void)reterr;
	memcpy(s, dir, d);
	if (d > 0 && s[d - 1] != '/')
		s[d++] = '/';
	memcpy(s + d, name, n + 1);
	*ret = s;
	return RC_OK;
}

bool os_path_is_absolute(const char *path)
{
	return path[0] == '/';
}

enum rc os_path_absolute(char **ret, const char *path, struct err *reterr)
{
	return os_path_join(ret, "/", path, reterr);
}

enum rc os_path_dir(char **ret, const char *path, struct err *reterr)
{
	const char *slash = strrchr(path, '/');
	size_t len = !slash || slash == path ? 1 : (size_t)(slash - path);
	char *s = must(malloc(len + 1));

	(void)reterr;
	memcpy(s, slash ? path : ".", len);
	s[len] = '\0';
	*ret = s;
	return RC_OK;
}

const char *os_path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* ---- whole files ---- */

static enum rc fail(struct err *reterr, enum disk_rc rc, const char *path)
{
	switch (rc) {
	case DISK_OK: return RC_OK;
	case DISK_NONE: return err_set(reterr, RC_NOTFOUND, NULL, "os.not_found", "path", path, NULL);
	case DISK_FULL: return err_set(reterr, RC_FULL, NULL, "os.full", "path", path, NULL);
	case DISK_FAILED: break;
	}
	return err_set(reterr, RC_IO, NULL, "os.io", "path", path, "why", "simulated", NULL);
}

enum rc os_file_read(const char *path, struct buf *retbuf, struct err *reterr)
{
	struct disk_file *f = NULL;
	size_t before = retbuf->len, len;
	enum rc rc = fail(reterr, disk_open(os_sim_disk(), path, false, &f), path);
	uint8_t *p;

	if (rc != RC_OK)
		return rc;
	len = (size_t)disk_size(f);
	p = must(malloc(len + 1));
	disk_read(f, 0, p, len);
	disk_close(f);
	buf_add(retbuf, p, len);
	free(p);
	if (buf_check(retbuf, NULL) == RC_OK)
		return RC_OK;
	retbuf->len = before;
	retbuf->failed = false;
	return err_set(reterr, RC_LIMIT, NULL, "os.file_too_large", "path", path, NULL);
}

/* Syncing a folder: an operation, after which nothing is different here. */
static enum rc folder_sync(const char *path, struct err *reterr)
{
	struct disk_file *none = NULL;
	enum disk_rc rc = disk_open(os_sim_disk(), "/.folder", true, &none);

	if (rc == DISK_OK) {
		rc = disk_sync(none);
		disk_close(none);
	}
	return fail(reterr, rc, path);
}

enum rc os_file_rename(const char *from, const char *to, enum os_write how, struct err *reterr)
{
	enum rc rc;

	if (how == OS_NEW && disk_exists(os_sim_disk(), to))
		return err_set(reterr, RC_EXISTS, NULL, "os.exists", "path", to, NULL);
	rc = fail(reterr, disk_rename(os_sim_disk(), from, to), from);
	return rc == RC_OK ? folder_sync(to, reterr) : rc;
}

enum rc os_file_write(const char *path, struct span bytes, enum os_write how, struct err *reterr)
{
	static const char tail[] = ".new-simsim"; /* as long as OS_TEMP_TAIL */
	size_t len = strlen(path);
	struct disk_file *f = NULL;
	enum disk_rc rc;
	char *name;

	if (how == OS_NEW && disk_exists(os_sim_disk(), path))
		return err_set(reterr, RC_EXISTS, NULL, "os.exists", "path", path, NULL);
	name = must(malloc(len + sizeof(tail)));
	memcpy(name, path, len);
	memcpy(name + len, tail, sizeof(tail));
	rc = disk_open(os_sim_disk(), name, true, &f);
	if (rc == DISK_OK && disk_size(f) > 0)
		rc = disk_truncate(f, 0); /* the name of one left behind by a power cut */
	if (rc == DISK_OK)
		rc = disk_write(f, 0, bytes.p, bytes.len);
	if (rc == DISK_OK)
		rc = disk_sync(f);
	if (f)
		disk_close(f);
	if (rc == DISK_OK)
		rc = disk_rename(os_sim_disk(), name, path);
	if (rc != DISK_OK && f)
		disk_remove(os_sim_disk(), name);
	free(name);
	return rc == DISK_OK ? folder_sync(path, reterr) : fail(reterr, rc, path);
}

enum rc os_file_copy(const char *from, const char *to, enum os_write how, struct err *reterr)
{
	struct buf b;
	enum rc rc;

	buf_init(&b, SIZE_MAX / 2);
	rc = os_file_read(from, &b, reterr);
	if (rc == RC_OK)
		rc = os_file_write(to, span_buf(&b), how, reterr);
	buf_free(&b);
	return rc;
}

bool os_file_exists(const char *path)
{
	return disk_exists(os_sim_disk(), path);
}

bool os_dir_exists(const char *path)
{
	return disk_is_dir(os_sim_disk(), path);
}

enum rc os_file_size(const char *path, int64_t *ret, struct err *reterr)
{
	struct disk_file *f = NULL;
	enum rc rc = fail(reterr, disk_open(os_sim_disk(), path, false, &f), path);

	if (rc != RC_OK)
		return rc;
	*ret = disk_size(f);
	disk_close(f);
	return RC_OK;
}

enum rc os_file_mtime(const char *path, int64_t *ret, struct err *reterr)
{
	int64_t size;
	enum rc rc = os_file_size(path, &size, reterr);

	if (rc == RC_OK)
		*ret = os_now_s();
	return rc;
}

enum rc os_file_remove(const char *path, struct err *reterr)
{
	return fail(reterr, disk_remove(os_sim_disk(), path), path);
}

enum rc os_file_sync(const char *path, struct err *reterr)
{
	struct disk_file *f = NULL;
	enum rc rc;

	if (disk_is_dir(os_sim_disk(), path))
		return folder_sync(path, reterr);
	rc = fail(reterr, disk_open(os_sim_disk(), path, false, &f), path);
	if (rc != RC_OK)
		return rc;
	rc = fail(reterr, disk_sync(f), path);
	disk_close(f);
	return rc;
}

enum rc os_dir_make(const char *path, struct err *reterr)
{
	char part[LIMIT_PATH];
	size_t len = strlen(path);

	for (size_t i = 1; i <= len && i < sizeof(part); i++) {
		enum rc rc;

		if (i < len && path[i] != '/')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		rc = fail(reterr, disk_mkdir(os_sim_disk(), part), part);
		if (rc != RC_OK)
			return rc;
	}
	return RC_OK;
}

/* Is it below the folder? The name within it, or NULL. */
static const char *below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return strncmp(path, dir, len) == 0 && path[len] == '/' ? path + len + 1 : NULL;
}

/* For files that somebody downloads: nobody does. */
enum rc os_dir_temp(char **ret, const char *prefix, struct err *reterr)
{
	*ret = NULL;
	return fail(reterr, DISK_NONE, prefix);
}

enum rc os_dir_remove(const char *path, struct err *reterr)
{
	const char *name;

	for (size_t i = 0; (name = disk_name(os_sim_disk(), i)) != NULL;) {
		if (strcmp(name, path) != 0 && !below(name, path)) {
			i++;
			continue;
		}
		enum rc rc = fail(reterr, disk_remove(os_sim_disk(), name), path);
		if (rc != RC_OK)
			return rc;
	}
	return RC_OK;
}

enum rc os_dir_list(const char *path, struct os_names *ret, struct err *reterr)
{
	const char *full, *name;
	struct os_names all = {NULL, 0};

	if (!disk_is_dir(os_sim_disk(), path))
		return fail(reterr, DISK_NONE, path);
	for (size_t i = 0; (full = disk_name(os_sim_disk(), i)) != NULL; i++) {
		name = below(full, path);
		if (!name || strchr(name, '/'))
			continue;
		all.name = must(realloc(all.name, (all.n + 1) * sizeof(char *)));
		all.name[all.n] = must(malloc(strlen(name) + 1));
		memcpy(all.name[all.n++], name, strlen(name) + 1);
	}
	*ret = all;
	return RC_OK;
}

void os_names_free(struct os_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->name[i]);
	free(names->name);
	*names = (struct os_names){NULL, 0};
}

enum rc os_disk_free(const char *path, int64_t *ret, struct err *reterr)
{
	(void)path, (void)reterr;
	*ret = INT64_C(1) << 40;
	return RC_OK;
}

/* ---- one open file ---- */

struct os_file {
	struct disk_file *f;
	char path[LIMIT_PATH];
};

enum rc os_file_open(struct os_file **ret, const char *path, enum os_open how, struct err *reterr)
{
	struct disk_file *f = NULL;
	bool make = how == OS_CREATE || how == OS_APPEND;
	enum rc rc = fail(reterr, disk_open(os_sim_disk(), path, make, &f), path);

	if (rc != RC_OK)
		return rc;
	*ret = must(calloc(1, sizeof(**ret)));
	(*ret)->f = f;
	strncpy((*ret)->path, path, sizeof((*ret)->path) - 1);
	return RC_OK;
}

void os_file_close(struct os_file *f)
{
	if (f)
		disk_close(f->f);
	free(f);
}

enum rc os_file_pread(struct os_file *f, int64_t offset, void *p, size_t len, size_t *retgot,
		      struct err *reterr)
{
	(void)reterr;
	*retgot = disk_read(f->f, offset, p, len);
	return RC_OK;
}

enum rc os_file_pwrite(struct os_file *f, int64_t offset, struct span bytes, struct err *reterr)
{
	return fail(reterr, disk_write(f->f, offset, bytes.p, bytes.len), f->path);
}

enum rc os_file_append(struct os_file *f, struct span bytes, struct err *reterr)
{
	return os_file_pwrite(f, disk_size(f->f), bytes, reterr);
}

enum rc os_file_truncate(struct os_file *f, int64_t size, struct err *reterr)
{
	return fail(reterr, disk_truncate(f->f, size), f->path);
}

enum rc os_file_flush(struct os_file *f, struct err *reterr)
{
	return fail(reterr, disk_sync(f->f), f->path);
}

enum rc os_file_length(struct os_file *f, int64_t *ret, struct err *reterr)
{
	(void)reterr;
	*ret = disk_size(f->f);
	return RC_OK;
}

/* ---- one thread: nothing to lock, nobody to wait for ---- */

struct os_mutex {
	bool held;
};
struct os_cond {
	char unused;
};

enum rc os_mutex_new(struct os_mutex **ret, struct err *reterr)
{
	(void)reterr;
	*ret = must(calloc(1, sizeof(**ret)));
	return RC_OK;
}

void os_mutex_free(struct os_mutex *m)
{
	free(m);
}

void os_mutex_lock(struct os_mutex *m)
{
	if (m->held)
		abort(); /* taken twice by the only thread: it would wait for ever */
	m->held = true;
}

void os_mutex_unlock(struct os_mutex *m)
{
	m->held = false;
}

enum rc os_cond_new(struct os_cond **ret, struct err *reterr)
{
	(void)reterr;
	*ret = must(calloc(1, sizeof(**ret)));
	return RC_OK;
}

void os_cond_free(struct os_cond *c)
{
	free(c);
}

void os_cond_wait(struct os_cond *c, struct os_mutex *m)
{
	(void)c, (void)m;
	abort();
}

bool os_cond_wait_ms(struct os_cond *c, struct os_mutex *m, int64_t timeout_ms)
{
	(void)c, (void)m, (void)timeout_ms;
	return false;
}

void os_cond_signal(struct os_cond *c)
{
	(void)c;
}

void os_cond_broadcast(struct os_cond *c)
{
	(void)c;
}

void os_once(struct os_once *o, void (*fn)(void))
{
	if (!atomic_exchange(&o->done, 1))
		fn();
}

/* ---- what a simulated machine does not have ---- */

static enum rc none(struct err *reterr)
{
	return err_set(reterr, RC_UNAVAILABLE, NULL, "os.thread", NULL);
}

enum rc os_thread_start(struct os_thread **ret, void (*fn)(void *arg), void *arg,
			struct err *reterr)
{
	(void)ret, (void)fn, (void)arg;
	return none(reterr);
}

void os_thread_join(struct os_thread *t)
{
	(void)t;
}

enum rc os_secret_fd(int fd, struct buf *retbuf, struct err *reterr)
{
	(void)fd, (void)retbuf;
	return none(reterr);
}

enum rc os_secret_ask(const char *prompt, struct buf *retbuf, struct err *reterr)
{
	(void)prompt, (void)retbuf;
	return none(reterr);
}

enum rc os_stdin_read(struct buf *retbuf, struct err *reterr)
{
	(void)retbuf;
	return none(reterr);
}

enum rc os_stdout_write(struct span bytes, struct err *reterr)
{
	(void)bytes, (void)reterr;
	return RC_OK;
}

enum rc os_stderr_write(struct span bytes, struct err *reterr)
{
	(void)bytes, (void)reterr;
	return RC_OK;
}

enum rc os_net_watch(struct os_net **ret, struct err *reterr)
{
	(void)ret;
	return none(reterr);
}

void os_net_free(struct os_net *n)
{
	(void)n;
}

bool os_net_changed(struct os_net *n)
{
	(void)n;
	return false;
}

bool os_net_metered(void)
{
	return false;
}

bool os_peer_foreign(const void *sockaddr, uint16_t port)
{
	(void)sockaddr, (void)port;
	return false;
}

void os_address_net(const char *address, char *ret, size_t cap)
{
	(void)address;
	if (cap > 0)
		ret[0] = '\0';
}

bool os_is_loopback(const char *host)
{
	(void)host;
	return true;
}

enum rc os_lock_take(struct os_lock **ret, const char *path, struct err *reterr)
{
	(void)ret, (void)path;
	return none(reterr);
}

void os_lock_free(struct os_lock *lock)
{
	(void)lock;
}

/* Guessing PINs is no subject here: Argon2id would take all the time there is. */
int crypto_pwhash(unsigned char *const out, unsigned long long outlen, const char *const passwd,
		  unsigned long long passwdlen, const unsigned char *const salt,
		  unsigned long long opslimit, size_t memlimit, int alg)
{
	(void)opslimit, (void)memlimit, (void)alg;
	return crypto_generichash(out, (size_t)outlen, (const unsigned char *)passwd, passwdlen, salt,
				  crypto_pwhash_SALTBYTES);
}
