/*
 * os: the only door to the operating system. One backend is compiled
 * (os_posix*.c; a Windows twin follows), so no POSIX type appears here. Paths
 * are UTF-8, NUL-terminated, '/' between parts. Files are created 0600 and
 * folders 0700: everything this program keeps is private to its owner.
 * Nothing here calls setlocale: numbers and text never depend on the locale.
 * Does NOT know databases, HTTP or what a file contains.
 *
 * Failures common to the file functions: RC_NOTFOUND "os.not_found", RC_EXISTS
 * "os.exists", RC_DENIED "os.denied", RC_FULL "os.full", RC_IO "os.io" (with
 * {why}), RC_NOMEM; each with {path}.
 */
#ifndef KK_LIB_OS_H
#define KK_LIB_OS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"

/* ---- the process ---- */

/*
 * First call of every main(): ignores SIGPIPE and SIGXFSZ, makes sure descriptors 0-2 are
 * open, sets umask 077 and, where the system hands over arguments in another
 * encoding, replaces *argc and *argv by UTF-8 ones. Both may be NULL (tests).
 */
enum rc os_init(int *argc, char ***argv, struct err *reterr);

/* Does this error of the system (errno) mean that there is no room: a full disk, a quota, a limit? */
bool os_is_full(int error);

int64_t os_pid(void);
int os_cpus(void);       /* usable processors, >= 1 */
/*
 * For a program that mostly rests: keep memory so that os_memory_return can give all of it back. Before
 * the first thread.
 */
void os_memory_resting(void);
void os_memory_return(void); /* to the system: what is freed but still held */
int64_t os_memory_resident(void); /* of this process now, bytes; 0 where the system does not tell */
int64_t os_cpu_us(void); /* processor time of this process, user + system, microseconds */

/* Environment variable, NULL when unset or empty. Borrowed. */
const char *os_env(const char *name);

/* Folder that holds the running program. Caller frees. RC_IO. */
enum rc os_program_dir(char **ret, struct err *reterr);

/* ---- time ---- */

int64_t os_now_s(void);  /* wall clock, unix seconds */
int64_t os_now_ms(void); /* wall clock, unix milliseconds */
int64_t os_mono_ms(void);

/* Sleep; returns early once a stop is asked for. True when stopping. */
bool os_sleep_ms(int64_t ms);

/* ---- stop ---- */

/*
 * From now on SIGINT and SIGTERM no longer kill: they set the flag os_stopping()
 * reads and wake every os_sleep_ms. (A condition is not woken: wait for it with
 * a timeout, or let the main thread sleep here and wake the others.)
 */
enum rc os_on_stop(struct err *reterr);
bool os_stopping(void);
void os_stop(void);        /* what the signal does, called by the program itself; any thread */
void os_stop_forget(void); /* clear the flag: tests only */

/* ---- random, identity of the machine ---- */

/* len bytes from the system's generator. RC_UNAVAILABLE "os.random". */
enum rc os_random(void *p, size_t len, struct err *reterr);

/*
 * Bytes that stay the same on this machine and differ on another (machine id,
 * product uuid where readable), to be hashed by the caller: they never leave the
 * machine raw. Appended to *retbuf. RC_UNAVAILABLE "os.machine_id" when nothing is known.
 */
enum rc os_machine_id(struct buf *retbuf, struct err *reterr);

/* ---- paths ---- */

/* dir + "/" + name (one slash). An absolute name is returned as it is. Caller frees. RC_NOMEM. */
enum rc os_path_join(char **ret, const char *dir, const char *name, struct err *reterr);
bool os_path_is_absolute(const char *path);
/* The same place seen from any folder: cwd + "/" + path, nothing resolved. Caller frees. RC_IO, RC_NOMEM. */
enum rc os_path_absolute(char **ret, const char *path, struct err *reterr);
/* Folder part: "a/b" -> "a", "b" -> ".", "/b" -> "/". Caller frees. RC_NOMEM. */
enum rc os_path_dir(char **ret, const char *path, struct err *reterr);
/* Last part, borrowed from path. */
const char *os_path_base(const char *path);

/* ---- whole files ---- */

enum {
	OS_NAMES_MAX = 1000000
}; /* names in one folder os_dir_list hands out; a store has one file per blob */

/*
 * Append the whole file to *retbuf; its max is the ceiling (RC_LIMIT
 * "os.file_too_large"). On failure *retbuf holds what it held before.
 */
enum rc os_file_read(const char *path, struct buf *retbuf, struct err *reterr);

enum os_write { OS_REPLACE, OS_NEW }; /* OS_NEW: RC_EXISTS when path exists */

/*
 * Write the whole file so that after a crash path holds either the old bytes or
 * the new, never a mix: temporary file beside it, fsync, rename, fsync of the folder. The temporary
 * one has the same name and this behind it, its X made into letters and digits; a kill leaves it (lib/sweep.h).
 */
#define OS_TEMP_TAIL ".new-XXXXXX"
enum rc os_file_write(const char *path, struct span bytes, enum os_write how, struct err *reterr);

/* Copy a file of any size the same way. */
enum rc os_file_copy(const char *from, const char *to, enum os_write how, struct err *reterr);

bool os_file_exists(const char *path); /* file or folder */
bool os_dir_exists(const char *path);
enum rc os_file_size(const char *path, int64_t *ret, struct err *reterr);  /* bytes */
enum rc os_file_mtime(const char *path, int64_t *ret, struct err *reterr); /* unix seconds */
enum rc os_file_remove(const char *path, struct err *reterr);
enum rc os_file_rename(const char *from, const char *to, enum os_write how,
		       struct err *reterr);                 /* + folder fsync */
enum rc os_file_sync(const char *path, struct err *reterr); /* fsync of a file or folder */

/* mkdir -p, mode 0700 for what it makes; an existing folder is fine. */
enum rc os_dir_make(const char *path, struct err *reterr);
/* Remove a folder and all below it, never following a symbolic link out of it. Missing: RC_OK. */
enum rc os_dir_remove(const char *path, struct err *reterr);
/* A new empty folder in the system's place for such; name begins with prefix. Caller frees. */
enum rc os_dir_temp(char **ret, const char *prefix, struct err *reterr);

/* Names in a folder without "." and "..", sorted bytewise. Free with os_names_free. RC_LIMIT past OS_NAMES_MAX. */
struct os_names {
	char **name;
	size_t n;
};
enum rc os_dir_list(const char *path, struct os_names *ret, struct err *reterr);
void os_names_free(struct os_names *names);

/* Bytes an ordinary user can still write on the file system of path. */
enum rc os_disk_free(const char *path, int64_t *ret, struct err *reterr);

/* ---- one open file (partial uploads, large blobs) ---- */

struct os_file;
enum os_open {
	OS_READ,
	OS_WRITE,  /* must exist; reads too */
	OS_CREATE, /* made when missing; reads too */
	OS_APPEND  /* made when missing; os_file_append only, safe beside other appenders */
};
enum rc os_file_open(struct os_file **ret, const char *path, enum os_open how, struct err *reterr);
void os_file_close(struct os_file *f); /* NULL is fine; does not fsync */
/* Up to len bytes from offset; *retgot < len only at the end of the file. */
enum rc os_file_pread(struct os_file *f, int64_t offset, void *p, size_t len, size_t *retgot,
		      struct err *reterr);
enum rc os_file_pwrite(struct os_file *f, int64_t offset, struct span bytes, struct err *reterr);
enum rc os_file_append(struct os_file *f, struct span bytes, struct err *reterr);
enum rc os_file_truncate(struct os_file *f, int64_t size, struct err *reterr);
enum rc os_file_flush(struct os_file *f, struct err *reterr); /* fsync */
enum rc os_file_length(struct os_file *f, int64_t *ret, struct err *reterr);

/* ---- process lock ---- */

/*
 * Exclusive lock of a file (made when missing, never removed), not waiting.
 * Held by the whole process, any thread may free it; the system releases it when
 * the process dies, however; a spawned child does not inherit it. The holder's
 * pid is written in the file, for people. RC_BUSY "os.locked" with {path}, {pid}
 * ("" when unknown). Two os_lock_take of one path in one process: also RC_BUSY.
 */
struct os_lock;
enum rc os_lock_take(struct os_lock **ret, const char *path, struct err *reterr);
void os_lock_free(struct os_lock *lock);

/* ---- threads ---- */

struct os_thread;
/* RC_UNAVAILABLE "os.thread". Every started thread is joined once. */
enum rc os_thread_start(struct os_thread **ret, void (*fn)(void *arg), void *arg,
			struct err *reterr);
void os_thread_join(struct os_thread *t); /* waits, then frees; NULL is fine */

struct os_mutex;
enum rc os_mutex_new(struct os_mutex **ret, struct err *reterr);
void os_mutex_free(struct os_mutex *m);
void os_mutex_lock(struct os_mutex *m); /* not recursive */
void os_mutex_unlock(struct os_mutex *m);

struct os_cond;
enum rc os_cond_new(struct os_cond **ret, struct err *reterr);
void os_cond_free(struct os_cond *c);
void os_cond_wait(struct os_cond *c, struct os_mutex *m); /* may wake without reason: loop */
/* False when timeout_ms (monotonic) has passed. */
bool os_cond_wait_ms(struct os_cond *c, struct os_mutex *m, int64_t timeout_ms);
void os_cond_signal(struct os_cond *c);
void os_cond_broadcast(struct os_cond *c);

/* static struct os_once o = OS_ONCE; os_once(&o, fn): fn runs exactly once, all callers wait for it. */
struct os_once {
	atomic_int done;
};
#define OS_ONCE   \
	{         \
		0 \
	}
void os_once(struct os_once *o, void (*fn)(void));

/* ---- shared libraries ---- */

/*
 * Load the library by its name as a linker would write it ("libcurl.so.4") and put the addresses of the n named
 * functions into retcalls, an array or a structure of pointers to functions in that order. The library stays until
 * the process ends. False when it or one of them is not there; retcalls is then not to be used.
 */
bool os_late(const char *so, const char *const *name, size_t n, void *retcalls);

/* ---- secrets ---- */

/*
 * Read one secret line from descriptor fd (--pin-fd N) up to LF or end of file,
 * byte by byte so that a second secret may follow on the same descriptor. The LF
 * is dropped. Sets retbuf->secret; its max is the ceiling. Nothing within one
 * second: RC_UNAVAILABLE "os.secret_missing" (also: empty, or fd not open);
 * too long: RC_LIMIT "os.secret_long". On failure *retbuf is wiped and empty.
 */
enum rc os_secret_fd(int fd, struct buf *retbuf, struct err *reterr);

/*
 * Ask on the terminal without echo; prompt goes to stderr. Only when stdin is a
 * terminal, else RC_UNAVAILABLE "os.no_terminal" at once. Interrupted: RC_UNAVAILABLE
 * "os.interrupted", the terminal set back as it was.
 */
enum rc os_secret_ask(const char *prompt, struct buf *retbuf, struct err *reterr);

/* ---- standard streams ---- */

bool os_is_terminal(int fd);
/* Append all of stdin to *retbuf; its max is the ceiling (RC_LIMIT "os.file_too_large"). */
enum rc os_stdin_read(struct buf *retbuf, struct err *reterr);
/* Write all of it, unbuffered. RC_IO "os.io" (a closed pipe too), RC_FULL. */
enum rc os_stdout_write(struct span bytes, struct err *reterr);
enum rc os_stderr_write(struct span bytes, struct err *reterr);

/* ---- child processes ---- */

/*
 * A child runs argv (never a shell) in its own process group. argv[0] without
 * '/' is searched in PATH; a relative one with '/' starts in `dir`. Streams not piped are those of this process, except
 * stdin: /dev/null. It receives SIGTERM when the thread that spawned it ends
 * (Linux), so spawn from a thread that lives as long as the child should.
 */
struct os_spawn {
	const char *const *argv; /* NULL-terminated */
	const char *const *env;  /* NAME=VALUE added to this process's; NULL-terminated or NULL */
	const char *dir;         /* working folder or NULL */
	bool pipe_in, pipe_out, pipe_err;
	bool outlives;      /* do not end it with the parent */
	int secret_fd;      /* 3..63: the child finds `secret` on this descriptor; 0: none */
	struct span secret; /* <= 4096 bytes */
};
struct os_proc;
/* RC_NOTFOUND "os.no_program" with {program} when it cannot be executed. */
enum rc os_proc_start(struct os_proc **ret, const struct os_spawn *how, struct err *reterr);
int64_t os_proc_pid(const struct os_proc *p);
enum rc os_proc_write(struct os_proc *p, struct span bytes, struct err *reterr); /* to its stdin */
void os_proc_close_in(struct os_proc *p);
/*
 * Next line of its stdout, without LF, appended to *retbuf. RC_NOTFOUND
 * "os.proc_end" at the end of the stream, RC_UNAVAILABLE "os.proc_timeout".
 */
enum rc os_proc_line(struct os_proc *p, struct buf *retbuf, int64_t timeout_ms, struct err *reterr);
/*
 * Feed `in`, append stdout and stderr (either may be NULL) until both end, then
 * wait. *retstatus: exit status, or 128 + signal. RC_UNAVAILABLE "os.proc_timeout"
 * (the child still runs).
 */
enum rc os_proc_talk(struct os_proc *p, struct span in, struct buf *retout, struct buf *reterrout,
		     int64_t timeout_ms, int *retstatus, struct err *reterr);
/* timeout_ms < 0: for ever. The status stays readable after. */
enum rc os_proc_wait(struct os_proc *p, int64_t timeout_ms, int *retstatus, struct err *reterr);
void os_proc_kill(struct os_proc *p, bool hard); /* its whole group: SIGTERM, or SIGKILL */
/* Forget one that `outlives`, without ending it: a browser. It must have no pipes. NULL is fine. */
void os_proc_leave(struct os_proc *p);
void os_proc_free(struct os_proc *p);            /* still running: hard kill and wait */

/* ---- addresses and sockets (the little that http and httpd need) ---- */

/* "localhost", 127.0.0.0/8, ::1, with or without brackets; nothing else, no look-up. */
bool os_is_loopback(const char *host);

/*
 * Listen on a numeric address (or "localhost") and port, 0 = any free one.
 * *retsock is closed with os_socket_close unless handed on. RC_USAGE
 * "os.address", RC_BUSY "os.port_taken", RC_DENIED, RC_IO; {address}, {port}.
 */
enum rc os_listen(const char *address, uint16_t port, intptr_t *retsock, uint16_t *retport,
		  struct err *reterr);
void os_socket_close(intptr_t sock);
/* Nothing more comes or goes; it stays open for who has it, and tells him. */
void os_socket_shut(intptr_t sock);

/* A socket not inherited by children, for whoever connects; -1 when the system gives none. */
intptr_t os_socket_new(int family, int type, int protocol);

/*
 * Is the socket address one of the public Internet? False for every block of IANA's special-purpose registries (RFC
 * 6890): this machine, its link, private and shared networks, documentation, multicast, reserved; for an IPv6 address
 * that carries an IPv4 one in it (mapped, NAT64, 6to4, Teredo); and for any other family.
 */
bool os_address_public(const void *sockaddr);

/* Text of a socket address (a struct sockaddr), without the port, cut to cap; "" when unknown. */
void os_address_text(const void *sockaddr, char *ret, size_t cap);

/*
 * Whose network an address in text form is of: of IPv6 its /64 ("2001:db8:1:2::"), which one household or office has
 * whole; anything else as it stands. Cut to cap.
 */
void os_address_net(const char *address, char *ret, size_t cap);

/* ---- the network as seen from here (os_net.c) ---- */

struct os_net; /* one thread at a time */
/* Watch this machine's addresses and routes from now on. RC_NOMEM; a system that tells nothing is asked instead. */
enum rc os_net_watch(struct os_net **ret, struct err *reterr);
void os_net_free(struct os_net *n); /* NULL is fine */
/* Are addresses or routes others than when last asked? Never waits; cheap enough for every second. */
bool os_net_changed(struct os_net *n);
/*
 * Is the line paid by volume, as the system's network manager says? False when nobody
 * knows. Waits for its answer for at most two seconds.
 */
bool os_net_metered(void);

/*
 * Is the other end of a connection to our port on 127.0.0.1 (sockaddr: its address) a socket of another
 * user of this machine, or of nobody? False also where the system does not tell.
 */
bool os_peer_foreign(const void *sockaddr, uint16_t port);

#endif
