/*
 * os_posix: lib/os.h on POSIX, with what Linux adds: the process, time, the stop flag, random
 * bytes, paths, addresses. Files are os_posix_file.c, threads os_posix_thread.c, secrets and
 * the terminal os_posix_term.c, children os_posix_proc.c; these and os_net.c are the files with
 * POSIX headers, and the build defines _GNU_SOURCE for them. State of the process itself (the
 * stop flag, the once lock) is static there and nowhere else.
 */
#include "lib/os_posix.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <malloc.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/limits.h"
#include "lib/num.h"

enum {
	STATM_MAX = 256, /* bytes of /proc/self/statm: seven numbers */
	POLL_SLICE_MS = 100, /* longest wait where a flag cannot wake us */
	LISTEN_BACKLOG = 511 /* connections waiting to be accepted; what nginx uses */
};

enum rc os_posix_no_memory(struct err *reterr)
{
	return err_set(reterr, RC_NOMEM, NULL, "os.memory", NULL);
}

/* The failure errno `no` stands for, of `path` (any name people know the thing by). */
enum rc os_posix_fail(struct err *reterr, int no, const char *path)
{
	static const struct {
		int no;
		enum rc rc;
		const char *key;
	} table[] = {
	    {ENOENT, RC_NOTFOUND, "os.not_found"}, {ENOTDIR, RC_NOTFOUND, "os.not_found"},
	    {EEXIST, RC_EXISTS, "os.exists"},      {EACCES, RC_DENIED, "os.denied"},
	    {EPERM, RC_DENIED, "os.denied"},       {EROFS, RC_DENIED, "os.denied"},
	    {ENOSPC, RC_FULL, "os.full"},          {EDQUOT, RC_FULL, "os.full"},
	    {EFBIG, RC_FULL, "os.full"},
	};

	if (no == ENOMEM)
		return os_posix_no_memory(reterr);
	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (table[i].no == no)
			return err_set(reterr, table[i].rc, NULL, table[i].key, "path", path, NULL);
	return err_set(reterr, RC_IO, NULL, "os.io", "path", path, "why", strerror(no), NULL);
}

bool os_is_full(int error)
{
	return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

void os_posix_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* ---- the process ---- */

enum rc os_init(int *argc, char ***argv, struct err *reterr)
{
	struct sigaction ign = {.sa_handler = SIG_IGN};
	int fd;

	(void)argc;
	(void)argv;
	do { /* a missing 0, 1 or 2 would be taken by the first database opened */
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
		if (fd < 0)
			return os_posix_fail(reterr, errno, "/dev/null");
		if (fd <= 2 && fcntl(fd, F_SETFD, 0) < 0)
			return os_posix_fail(reterr, errno, "/dev/null");
	} while (fd <= 2);
	close(fd);
	umask(077);
	if (sigaction(SIGPIPE, &ign, NULL) < 0 || sigaction(SIGXFSZ, &ign, NULL) < 0)
		return os_posix_fail(reterr, errno,
				     "SIGPIPE, SIGXFSZ"); /* a write that fails says so */
	return RC_OK;
}

int64_t os_pid(void)
{
	return getpid();
}

int os_cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
		return CPU_COUNT(&set);
	return 1;
}

static int64_t timeval_us(struct timeval t)
{
	return (int64_t)t.tv_sec * 1000000 + t.tv_usec;
}

/* glibc gives back the end of its first arena only, and learns to keep more the more it once had. */
void os_memory_resting(void)
{
	(void)mallopt(M_ARENA_MAX, 1);
	(void)mallopt(M_MMAP_THRESHOLD, 1024 * 1024);
}

void os_memory_return(void)
{
	(void)malloc_trim(0);
}

/* /proc/self/statm: pages of the whole, then those that are resident. */
int64_t os_memory_resident(void)
{
	struct buf text;
	int64_t pages = 0;
	const char *at;

	buf_init(&text, STATM_MAX);
	if (os_file_read("/proc/self/statm", &text, NULL) == RC_OK &&
	    (at = strchr((const char *)text.p, ' ')) != NULL &&
	    num_i64(span_of(at + 1, strcspn(at + 1, " ")), 0, INT64_MAX / sysconf(_SC_PAGESIZE), &pages) != RC_OK)
		pages = 0;
	buf_free(&text);
	return pages * sysconf(_SC_PAGESIZE);
}

int64_t os_cpu_us(void)
{
	struct rusage u;

	if (getrusage(RUSAGE_SELF, &u) < 0)
		return 0;
	return timeval_us(u.ru_utime) + timeval_us(u.ru_stime);
}

const char *os_env(const char *name)
{
	const char *v = getenv(name);

	return v && *v ? v : NULL;
}

enum rc os_program_dir(char **ret, struct err *reterr)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);

	if (n < 0)
		return os_posix_fail(reterr, errno, "/proc/self/exe");
	path[n] = '\0';
	return os_path_dir(ret, path, reterr);
}

/* ---- time ---- */

static int64_t clock_ms(clockid_t id)
{
	struct timespec t;

	if (clock_gettime(id, &t) < 0)
		return 0;
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t os_now_s(void)
{
	struct timespec t;

	return clock_gettime(CLOCK_REALTIME, &t) < 0 ? 0 : (int64_t)t.tv_sec;
}

int64_t os_now_ms(void)
{
	return clock_ms(CLOCK_REALTIME);
}

int64_t os_mono_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

/* Milliseconds left until `end` (monotonic) as a poll timeout; never negative. */
int os_posix_left_ms(int64_t end)
{
	int64_t left = end - os_mono_ms();

	return left < 0 ? 0 : left > INT_MAX ? INT_MAX : (int)left;
}

/* ---- stop ---- */

/*
 * The classic self-pipe: the handler may only set a flag and write a byte. The
 * byte is never read, so every sleeper wakes, now and later.
 */
static struct {
	struct os_once made;
	int rd, wr; /* -1 when there is no pipe */
	atomic_int flag;
} stop = {.rd = -1, .wr = -1};

static void stop_make(void)
{
	int p[2];

	if (pipe2(p, O_CLOEXEC | O_NONBLOCK) == 0) {
		stop.rd = p[0];
		stop.wr = p[1];
	}
}

static void stop_now(int sig)
{
	int saved = errno;

	(void)sig;
	atomic_store(&stop.flag, 1);
	if (stop.wr >= 0) {
		ssize_t n = write(stop.wr, "", 1); /* full pipe: it wakes already */
		(void)n;
	}
	errno = saved;
}

enum rc os_on_stop(struct err *reterr)
{
	struct sigaction sa = {.sa_handler = stop_now};

	os_once(&stop.made, stop_make);
	if (stop.rd < 0)
		return err_set(reterr, RC_UNAVAILABLE, NULL, "os.signals", NULL);
	sigemptyset(&sa.sa_mask);
	if (sigaction(SIGINT, &sa, NULL) < 0 || sigaction(SIGTERM, &sa, NULL) < 0)
		return err_set(reterr, RC_UNAVAILABLE, NULL, "os.signals", NULL);
	return RC_OK;
}

bool os_stopping(void)
{
	return atomic_load(&stop.flag) != 0;
}

void os_stop(void)
{
	os_once(&stop.made, stop_make);
	stop_now(0);
}

void os_stop_forget(void)
{
	char b[64];

	atomic_store(&stop.flag, 0);
	while (stop.rd >= 0 && read(stop.rd, b, sizeof b) > 0)
		;
}

bool os_sleep_ms(int64_t ms)
{
	int64_t end = os_mono_ms() + ms;

	os_once(&stop.made, stop_make);
	while (!os_stopping()) {
		struct pollfd p = {.fd = stop.rd, .events = POLLIN};
		int left = os_posix_left_ms(end);
		if (stop.rd < 0 && left > POLL_SLICE_MS)
			left = POLL_SLICE_MS;
		if (left == 0)
			break;
		poll(&p, 1, left);
	}
	return os_stopping();
}

/* ---- random, identity of the machine ---- */

enum rc os_random(void *p, size_t len, struct err *reterr)
{
	uint8_t *at = p;

	while (len > 0) {
		ssize_t n = getrandom(at, len, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set(reterr, RC_UNAVAILABLE, NULL, "os.random", NULL);
		at += n;
		len -= (size_t)n;
	}
	return RC_OK;
}

enum rc os_machine_id(struct buf *retbuf, struct err *reterr)
{
	static const char *const file[] = {"/etc/machine-id", "/var/lib/dbus/machine-id",
					   "/sys/class/dmi/id/product_uuid"};
	size_t before = retbuf->len;

	for (size_t i = 0; i < sizeof file / sizeof file[0]; i++)
		os_file_read(file[i], retbuf, NULL); /* each may be absent or closed to us */
	if (retbuf->len == before)
		return err_set(reterr, RC_UNAVAILABLE, NULL, "os.machine_id", NULL);
	return RC_OK;
}

/* ---- paths ---- */

enum rc os_path_join(char **ret, const char *dir, const char *name, struct err *reterr)
{
	size_t d = name[0] == '/' ? 0 : strlen(dir), n = strlen(name);
	char *s = malloc(d + n + 2);

	if (!s)
		return os_posix_no_memory(reterr);
	memcpy(s, dir, d);
	if (d > 0 && s[d - 1] != '/')
		s[d++] = '/';
	memcpy(s + d, name, n + 1);
	*ret = s;
	return RC_OK;
}

enum rc os_path_dir(char **ret, const char *path, struct err *reterr)
{
	const char *slash = strrchr(path, '/');
	char *s;

	if (!slash)
		s = span_dup(span_str("."));
	else if (slash == path)
		s = span_dup(span_str("/"));
	else
		s = span_dup(span_of(path, (size_t)(slash - path)));
	if (!s)
		return os_posix_no_memory(reterr);
	*ret = s;
	return RC_OK;
}

const char *os_path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool os_path_is_absolute(const char *path)
{
	return path[0] == '/';
}

enum rc os_path_absolute(char **ret, const char *path, struct err *reterr)
{
	char cwd[LIMIT_PATH];

	if (os_path_is_absolute(path))
		return os_path_join(ret, "", path, reterr);
	if (!getcwd(cwd, sizeof(cwd)))
		return os_posix_fail(reterr, errno, path);
	return os_path_join(ret, cwd, path, reterr);
}

/* ---- addresses and sockets ---- */

bool os_is_loopback(const char *host)
{
	char s[INET6_ADDRSTRLEN];
	struct in6_addr six;
	struct in_addr four;
	size_t n = strlen(host);

	if (n >= 2 && host[0] == '[' && host[n - 1] == ']') {
		host++;
		n -= 2;
	}
	if (n == 0 || n >= sizeof s)
		return false;
	memcpy(s, host, n);
	s[n] = '\0';
	if (strcasecmp(s, "localhost") == 0)
		return true;
	if (inet_pton(AF_INET, s, &four) == 1)
		return ntohl(four.s_addr) >> 24 == 127;
	return inet_pton(AF_INET6, s, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

static enum rc listen_fail(struct err *reterr, int no, const char *address, uint16_t port)
{
	char p[8];
	enum rc rc = RC_IO;
	const char *key = "os.listen";

	snprintf(p, sizeof p, "%u", port);
	if (no == EADDRINUSE) {
		rc = RC_BUSY;
		key = "os.port_taken";
	} else if (no == EACCES) {
		rc = RC_DENIED;
		key = "os.port_denied";
	} else if (no == EADDRNOTAVAIL || no == EINVAL) {
		rc = RC_USAGE;
		key = "os.address";
	}
	return err_set(reterr, rc, NULL, key, "address", address, "port", p, "why", strerror(no),
		       NULL);
}

static uint16_t port_of(const struct sockaddr_storage *a)
{
	if (a->ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)a)->sin6_port);
	return ntohs(((const struct sockaddr_in *)a)->sin_port);
}

enum rc os_listen(const char *address, uint16_t port, intptr_t *retsock, uint16_t *retport,
		  struct err *reterr)
{
	const char *numeric = strcasecmp(address, "localhost") == 0 ? "127.0.0.1" : address;
	struct addrinfo hint = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
				.ai_socktype = SOCK_STREAM};
	struct addrinfo *ai = NULL;
	struct sockaddr_storage bound;
	socklen_t len = sizeof bound;
	char service[8];
	int fd, on = 1;

	snprintf(service, sizeof service, "%u", port);
	if (getaddrinfo(numeric, service, &hint, &ai) != 0)
		return listen_fail(reterr, EADDRNOTAVAIL, address, port);
	fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0 ||
	    bind(fd, ai->ai_addr, ai->ai_addrlen) < 0 || listen(fd, LISTEN_BACKLOG) < 0 ||
	    getsockname(fd, (struct sockaddr *)&bound, &len) < 0) {
		enum rc rc = listen_fail(reterr, errno, address, port);
		os_posix_close(&fd);
		freeaddrinfo(ai);
		return rc;
	}
	freeaddrinfo(ai);
	*retsock = fd;
	*retport = port_of(&bound);
	return RC_OK;
}

void os_socket_close(intptr_t sock)
{
	close((int)sock);
}

void os_socket_shut(intptr_t sock)
{
	shutdown((int)sock, SHUT_RDWR);
}

void os_address_text(const void *sockaddr, char *ret, size_t cap)
{
	const struct sockaddr *a = sockaddr;
	const void *bytes = NULL;
	char s[INET6_ADDRSTRLEN] = "";
	int family = a ? a->sa_family : AF_UNSPEC;

	if (family == AF_INET)
		bytes = &((const struct sockaddr_in *)sockaddr)->sin_addr;
	else if (family == AF_INET6)
		bytes = &((const struct sockaddr_in6 *)sockaddr)->sin6_addr;
	if (bytes && family == AF_INET6 && IN6_IS_ADDR_V4MAPPED((const struct in6_addr *)bytes)) {
		bytes = (const uint8_t *)bytes + 12;
		family = AF_INET;
	}
	if (bytes && !inet_ntop(family, bytes, s, sizeof s))
		s[0] = '\0';
	snprintf(ret, cap, "%s", s);
}

void os_address_net(const char *address, char *ret, size_t cap)
{
	char s[INET6_ADDRSTRLEN] = "";
	struct in6_addr six;

	if (inet_pton(AF_INET6, address, &six) == 1 && !IN6_IS_ADDR_V4MAPPED(&six)) {
		memset(six.s6_addr + 8, 0, 8);
		if (inet_ntop(AF_INET6, &six, s, sizeof s))
			address = s;
	}
	snprintf(ret, cap, "%s", address);
}
