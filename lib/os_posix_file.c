/*
 * os_posix_file: the sections "whole files", "one open file" and "process lock" of lib/os.h on
 * POSIX: what is written is there after a crash, whole or not at all. Does NOT know paths
 * beyond what it is given.
 */
#include "lib/os_posix.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum {
	IO_STEP = 32 * 1024, /* bytes moved at once; on the stack */
	DIR_DEPTH = 64       /* levels os_dir_remove goes down: bounds stack and descriptors */
};

/* ---- whole files ---- */

int os_posix_open(const char *path, int flags)
{
	int fd;

	do
		fd = open(path, flags | O_CLOEXEC, 0600);
	while (fd < 0 && errno == EINTR);
	return fd;
}

ssize_t os_posix_read_some(int fd, void *p, size_t len)
{
	ssize_t n;

	do
		n = read(fd, p, len);
	while (n < 0 && errno == EINTR);
	return n;
}

int os_posix_write_all(int fd, struct span s)
{
	while (s.len > 0) {
		ssize_t n = write(fd, s.p, s.len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			struct pollfd p = {.fd = fd, .events = POLLOUT};
			poll(&p, 1, -1);
			continue;
		}
		if (n < 0)
			return -1;
		s = span_of(s.p + n, s.len - (size_t)n);
	}
	return 0;
}

static int sync_fd(int fd)
{
	int n;

	do
		n = fsync(fd);
	while (n < 0 && errno == EINTR);
	return n;
}

/* Append all that fd still gives; *retbuf as before on failure. */
enum rc os_posix_read_all(int fd, const char *path, struct buf *retbuf, struct err *reterr)
{
	uint8_t step[IO_STEP];
	size_t before = retbuf->len;
	enum rc rc = RC_OK;
	ssize_t n = 0;

	while (rc == RC_OK && (n = os_posix_read_some(fd, step, sizeof step)) > 0) {
		buf_add(retbuf, step, (size_t)n);
		rc = buf_check(retbuf, reterr);
	}
	if (retbuf->secret)
		explicit_bzero(step, sizeof step);
	if (rc == RC_LIMIT)
		rc = err_set(reterr, RC_LIMIT, NULL, "os.file_too_large", "path", path, NULL);
	else if (rc == RC_OK && n < 0)
		rc = os_posix_fail(reterr, errno, path);
	if (rc != RC_OK) {
		retbuf->len = before;
		retbuf->failed = false;
		if (retbuf->p)
			retbuf->p[before] = 0;
	}
	return rc;
}

enum rc os_file_read(const char *path, struct buf *retbuf, struct err *reterr)
{
	int fd = os_posix_open(path, O_RDONLY | O_NOCTTY);
	enum rc rc;

	if (fd < 0)
		return os_posix_fail(reterr, errno, path);
	rc = os_posix_read_all(fd, path, retbuf, reterr);
	close(fd);
	return rc;
}

static enum rc dir_sync_of(const char *path, struct err *reterr)
{
	char *dir = NULL;
	enum rc rc = os_path_dir(&dir, path, reterr);

	if (rc == RC_OK)
		rc = os_file_sync(dir, reterr);
	free(dir);
	return rc;
}

/* rename(2), or for OS_NEW a rename that fails with EEXIST, also where renameat2 is not known. */
static int rename_how(const char *from, const char *to, enum os_write how)
{
	if (how == OS_REPLACE)
		return rename(from, to);
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (link(from, to) < 0)
		return -1;
	return unlink(from);
}

enum rc os_file_rename(const char *from, const char *to, enum os_write how, struct err *reterr)
{
	if (rename_how(from, to, how) < 0)
		return os_posix_fail(reterr, errno, errno == EEXIST ? to : from);
	return dir_sync_of(to, reterr);
}

/* A new private file beside path; *retname is freed by the caller. */
static enum rc temp_beside(const char *path, int *retfd, char **retname, struct err *reterr)
{
	static const char tail[] = OS_TEMP_TAIL;
	size_t len = strlen(path);
	char *name = malloc(len + sizeof tail);
	int fd;

	if (!name)
		return os_posix_no_memory(reterr);
	memcpy(name, path, len);
	memcpy(name + len, tail, sizeof tail);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0) {
		free(name);
		return os_posix_fail(reterr, errno, path);
	}
	*retfd = fd;
	*retname = name;
	return RC_OK;
}

/* fill writes the content into fd; -1 and errno when it cannot. */
static enum rc write_atomic(const char *path, enum os_write how, int (*fill)(int fd, void *arg),
			    void *arg, struct err *reterr)
{
	char *name = NULL;
	int fd = -1;
	enum rc rc;

	if (how == OS_NEW && os_file_exists(path))
		return os_posix_fail(reterr, EEXIST, path);
	rc = temp_beside(path, &fd, &name, reterr);
	if (rc != RC_OK)
		return rc;
	if (fill(fd, arg) < 0 || sync_fd(fd) < 0)
		rc = os_posix_fail(reterr, errno, path);
	if (close(fd) < 0 && rc == RC_OK)
		rc = os_posix_fail(reterr, errno, path);
	if (rc == RC_OK && rename_how(name, path, how) < 0)
		rc = os_posix_fail(reterr, errno, path);
	if (rc != RC_OK)
		unlink(name);
	free(name);
	return rc == RC_OK ? dir_sync_of(path, reterr) : rc;
}

static int fill_span(int fd, void *arg)
{
	const struct span *s = arg;

	return os_posix_write_all(fd, *s);
}

enum rc os_file_write(const char *path, struct span bytes, enum os_write how, struct err *reterr)
{
	return write_atomic(path, how, fill_span, &bytes, reterr);
}

static int fill_copy(int fd, void *arg)
{
	const int *from = arg;
	uint8_t step[IO_STEP];
	ssize_t n;

	while ((n = os_posix_read_some(*from, step, sizeof step)) > 0)
		if (os_posix_write_all(fd, span_of(step, (size_t)n)) < 0)
			return -1;
	return n < 0 ? -1 : 0;
}

enum rc os_file_copy(const char *from, const char *to, enum os_write how, struct err *reterr)
{
	int fd = os_posix_open(from, O_RDONLY);
	enum rc rc;

	if (fd < 0)
		return os_posix_fail(reterr, errno, from);
	rc = write_atomic(to, how, fill_copy, &fd, reterr);
	close(fd);
	return rc;
}

bool os_file_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

bool os_dir_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

enum rc os_file_size(const char *path, int64_t *ret, struct err *reterr)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return os_posix_fail(reterr, errno, path);
	*ret = st.st_size;
	return RC_OK;
}

enum rc os_file_mtime(const char *path, int64_t *ret, struct err *reterr)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return os_posix_fail(reterr, errno, path);
	*ret = st.st_mtime;
	return RC_OK;
}

enum rc os_file_remove(const char *path, struct err *reterr)
{
	return unlink(path) < 0 ? os_posix_fail(reterr, errno, path) : RC_OK;
}

enum rc os_file_sync(const char *path, struct err *reterr)
{
	int fd = os_posix_open(path, O_RDONLY);
	enum rc rc = RC_OK;

	if (fd < 0)
		return os_posix_fail(reterr, errno, path);
	if (sync_fd(fd) < 0 && errno != EINVAL) /* EINVAL: a file system that cannot sync folders */
		rc = os_posix_fail(reterr, errno, path);
	close(fd);
	return rc;
}

enum rc os_dir_make(const char *path, struct err *reterr)
{
	char *s = span_dup(span_str(path));
	enum rc rc = RC_OK;

	if (!s)
		return os_posix_no_memory(reterr);
	for (char *p = s + 1; rc == RC_OK && *s; p++) {
		char c = *p;
		if (c != '/' && c != '\0')
			continue;
		*p = '\0';
		if (mkdir(s, 0700) < 0 && errno != EEXIST && !os_dir_exists(s))
			rc = os_posix_fail(reterr, errno, s);
		*p = c;
		if (c == '\0')
			break;
	}
	if (rc == RC_OK && !os_dir_exists(path))
		rc = os_posix_fail(reterr, os_file_exists(path) ? EEXIST : ENOENT, path);
	free(s);
	return rc;
}

static int remove_below(int dirfd, const char *name, int depth);

/* Remove what an open folder holds; closes fd. */
static int remove_content(int fd, int depth)
{
	DIR *d = fdopendir(fd);
	struct dirent *e;
	int rc = 0;

	if (!d) {
		close(fd);
		return -1;
	}
	while (rc == 0 && (e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		rc = remove_below(fd, e->d_name, depth + 1);
	}
	closedir(d);
	return rc;
}

static int remove_below(int dirfd, const char *name, int depth)
{
	int fd;

	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -1;
	if (depth > DIR_DEPTH) {
		errno = ELOOP;
		return -1;
	}
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || remove_content(fd, depth) < 0)
		return -1;
	return unlinkat(dirfd, name, AT_REMOVEDIR);
}

enum rc os_dir_remove(const char *path, struct err *reterr)
{
	return remove_below(AT_FDCWD, path, 0) < 0 ? os_posix_fail(reterr, errno, path) : RC_OK;
}

enum rc os_dir_temp(char **ret, const char *prefix, struct err *reterr)
{
	const char *base = os_env("TMPDIR");
	struct buf b;
	char *s;
	enum rc rc = RC_OK;

	buf_init(&b, PATH_MAX);
	buf_addf(&b, "%s/%s-XXXXXX", base ? base : "/tmp", prefix);
	s = buf_take(&b, NULL);
	if (!s)
		return os_posix_no_memory(reterr);
	if (!mkdtemp(s)) {
		rc = os_posix_fail(reterr, errno, s);
		free(s);
		return rc;
	}
	*ret = s;
	return RC_OK;
}

static int name_cmp(const void *a, const void *b)
{
	const char *const *x = a;
	const char *const *y = b;

	return strcmp(*x, *y);
}

static enum rc name_add(struct os_names *l, size_t *cap, const char *name, struct err *reterr)
{
	if (l->n >= OS_NAMES_MAX)
		return err_num(reterr, RC_LIMIT, NULL, "os.too_many_names", "max", OS_NAMES_MAX);
	if (l->n == *cap) {
		size_t more = *cap ? *cap * 2 : 16;
		char **p = realloc(l->name, more * sizeof *p);
		if (!p)
			return os_posix_no_memory(reterr);
		l->name = p;
		*cap = more;
	}
	l->name[l->n] = span_dup(span_str(name));
	if (!l->name[l->n])
		return os_posix_no_memory(reterr);
	l->n++;
	return RC_OK;
}

enum rc os_dir_list(const char *path, struct os_names *ret, struct err *reterr)
{
	struct os_names l = {0};
	size_t cap = 0;
	struct dirent *e;
	DIR *d = opendir(path);
	enum rc rc = RC_OK;

	if (!d)
		return os_posix_fail(reterr, errno, path);
	errno = 0;
	while (rc == RC_OK && (e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			rc = name_add(&l, &cap, e->d_name, reterr);
		errno = 0;
	}
	if (rc == RC_OK && errno != 0)
		rc = os_posix_fail(reterr, errno, path);
	closedir(d);
	if (rc != RC_OK) {
		os_names_free(&l);
		return rc;
	}
	if (l.n > 1)
		qsort(l.name, l.n, sizeof *l.name, name_cmp);
	*ret = l;
	return RC_OK;
}

void os_names_free(struct os_names *names)
{
	if (!names)
		return;
	for (size_t i = 0; i < names->n; i++)
		free(names->name[i]);
	free(names->name);
	*names = (struct os_names){0};
}

enum rc os_disk_free(const char *path, int64_t *ret, struct err *reterr)
{
	struct statvfs st;
	uint64_t n;

	if (statvfs(path, &st) < 0)
		return os_posix_fail(reterr, errno, path);
	n = (uint64_t)st.f_bavail;
	*ret = st.f_frsize && n > INT64_MAX / st.f_frsize ? INT64_MAX : (int64_t)(n * st.f_frsize);
	return RC_OK;
}

/* ---- one open file ---- */

struct os_file {
	int fd;
	char *path; /* for messages */
};

enum rc os_file_open(struct os_file **ret, const char *path, enum os_open how, struct err *reterr)
{
	static const int flags[] = {O_RDONLY, O_RDWR, O_RDWR | O_CREAT,
				    O_WRONLY | O_CREAT | O_APPEND};
	struct os_file *f = calloc(1, sizeof *f);

	if (!f)
		return os_posix_no_memory(reterr);
	f->path = span_dup(span_str(path));
	f->fd = os_posix_open(path, flags[how] | O_NOCTTY);
	if (!f->path || f->fd < 0) {
		enum rc rc =
		    f->fd < 0 ? os_posix_fail(reterr, errno, path) : os_posix_no_memory(reterr);
		os_file_close(f);
		return rc;
	}
	*ret = f;
	return RC_OK;
}

void os_file_close(struct os_file *f)
{
	if (!f)
		return;
	os_posix_close(&f->fd);
	free(f->path);
	free(f);
}

enum rc os_file_pread(struct os_file *f, int64_t offset, void *p, size_t len, size_t *retgot,
		      struct err *reterr)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = pread(f->fd, (uint8_t *)p + got, len - got, offset + (int64_t)got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return os_posix_fail(reterr, errno, f->path);
		if (n == 0)
			break;
		got += (size_t)n;
	}
	*retgot = got;
	return RC_OK;
}

enum rc os_file_pwrite(struct os_file *f, int64_t offset, struct span bytes, struct err *reterr)
{
	while (bytes.len > 0) {
		ssize_t n = pwrite(f->fd, bytes.p, bytes.len, offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return os_posix_fail(reterr, errno, f->path);
		bytes = span_of(bytes.p + n, bytes.len - (size_t)n);
		offset += n;
	}
	return RC_OK;
}

enum rc os_file_append(struct os_file *f, struct span bytes, struct err *reterr)
{
	return os_posix_write_all(f->fd, bytes) < 0 ? os_posix_fail(reterr, errno, f->path) : RC_OK;
}

enum rc os_file_truncate(struct os_file *f, int64_t size, struct err *reterr)
{
	int n;

	do
		n = ftruncate(f->fd, size);
	while (n < 0 && errno == EINTR);
	return n < 0 ? os_posix_fail(reterr, errno, f->path) : RC_OK;
}

enum rc os_file_flush(struct os_file *f, struct err *reterr)
{
	return sync_fd(f->fd) < 0 ? os_posix_fail(reterr, errno, f->path) : RC_OK;
}

enum rc os_file_length(struct os_file *f, int64_t *ret, struct err *reterr)
{
	struct stat st;

	if (fstat(f->fd, &st) < 0)
		return os_posix_fail(reterr, errno, f->path);
	*ret = st.st_size;
	return RC_OK;
}

/* ---- process lock ---- */

struct os_lock {
	int fd;
};

static enum rc locked_by(int fd, const char *path, struct err *reterr)
{
	char pid[24] = "";
	ssize_t n = pread(fd, pid, sizeof pid - 1, 0);

	pid[n > 0 ? n : 0] = '\0';
	pid[strspn(pid, "0123456789")] = '\0';
	return err_set(reterr, RC_BUSY, NULL, "os.locked", "path", path, "pid", pid, NULL);
}

/*
 * flock and not fcntl: a POSIX record lock is dropped as soon as the process
 * closes any descriptor of the file, and does not keep two threads apart.
 */
enum rc os_lock_take(struct os_lock **ret, const char *path, struct err *reterr)
{
	struct os_lock *lock = NULL;
	char pid[24];
	enum rc rc = RC_OK;
	int n, fd = os_posix_open(path, O_RDWR | O_CREAT);

	if (fd < 0)
		return os_posix_fail(reterr, errno, path);
	do
		n = flock(fd, LOCK_EX | LOCK_NB);
	while (n < 0 && errno == EINTR);
	if (n < 0) {
		rc = errno == EWOULDBLOCK ? locked_by(fd, path, reterr)
					  : os_posix_fail(reterr, errno, path);
		goto out;
	}
	lock = malloc(sizeof *lock);
	if (!lock) {
		rc = os_posix_no_memory(reterr);
		goto out;
	}
	n = snprintf(pid, sizeof pid, "%lld\n", (long long)getpid());
	if (ftruncate(fd, 0) == 0 && pwrite(fd, pid, (size_t)n, 0) < n)
		n = 0; /* full disk: the lock holds all the same, only the name of the holder is missing */
	lock->fd = fd;
	*ret = lock;
	return RC_OK;
out:
	close(fd);
	return rc;
}

void os_lock_free(struct os_lock *lock)
{
	if (!lock)
		return;
	os_posix_close(&lock->fd);
	free(lock);
}
