/*
 * os_test: lib/os.h as its users rely on it: atomic private files, the process
 * lock (also against another process and after its death), threads and
 * conditions, stop, secrets, children that never outlive us, sockets. Asserts
 * outcomes and counts, not durations.
 */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/os.h"

static char *dir;

static int setup(void **state)
{
	(void)state;
	assert_int_equal(os_init(NULL, NULL, NULL), RC_OK);
	return os_dir_temp(&dir, "os_test", NULL) == RC_OK ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	assert_int_equal(os_dir_remove(dir, NULL), RC_OK);
	assert_false(os_file_exists(dir));
	free(dir);
	return 0;
}

/* dir/name; 32 live at once. */
static const char *in_dir(const char *name)
{
	static char path[32][512];
	static unsigned turn;
	char *p = path[turn++ % 32];

	snprintf(p, 512, "%s/%s", dir, name);
	return p;
}

static void assert_content(const char *path, const char *want)
{
	struct buf b;

	buf_init(&b, 4096);
	assert_int_equal(os_file_read(path, &b, NULL), RC_OK);
	assert_true(span_eq_str(span_buf(&b), want));
	buf_free(&b);
}

static size_t count_names(const char *path)
{
	struct os_names l = {0};
	size_t n;

	assert_int_equal(os_dir_list(path, &l, NULL), RC_OK);
	n = l.n;
	os_names_free(&l);
	return n;
}

static void files_are_private_and_whole(void **state)
{
	const char *p = in_dir("a");
	struct stat st;
	struct err e;
	int64_t n;

	(void)state;
	assert_int_equal(os_file_write(p, span_str("one"), OS_NEW, NULL), RC_OK);
	assert_content(p, "one");
	assert_int_equal(stat(p, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(os_file_write(p, span_str("two"), OS_NEW, &e), RC_EXISTS);
	assert_string_equal(e.key, "os.exists");
	assert_content(p, "one");
	assert_int_equal(os_file_write(p, span_str("three"), OS_REPLACE, NULL), RC_OK);
	assert_content(p, "three");
	assert_int_equal(os_file_copy(p, in_dir("b"), OS_NEW, NULL), RC_OK);
	assert_int_equal(os_file_copy(p, in_dir("b"), OS_NEW, NULL), RC_EXISTS);
	assert_content(in_dir("b"), "three");
	assert_int_equal(os_file_size(p, &n, NULL), RC_OK);
	assert_int_equal(n, 5);
	assert_int_equal(os_file_rename(p, in_dir("b"), OS_NEW, NULL), RC_EXISTS);
	assert_int_equal(os_file_rename(p, in_dir("c"), OS_NEW, NULL), RC_OK);
	assert_int_equal(count_names(dir), 2); /* no temporary file stays */
	assert_int_equal(os_file_remove(in_dir("b"), NULL), RC_OK);
	assert_int_equal(os_file_remove(in_dir("c"), NULL), RC_OK);
	assert_int_equal(os_file_remove(in_dir("c"), &e), RC_NOTFOUND);
	assert_non_null(strstr(err_arg(&e, "path"), "/c"));
}

static void reading_has_a_ceiling(void **state)
{
	const char *p = in_dir("big");
	struct buf b;
	struct err e;

	(void)state;
	assert_int_equal(os_file_write(p, span_str("0123456789"), OS_REPLACE, NULL), RC_OK);
	buf_init(&b, 12);
	buf_add_str(&b, "abc");
	assert_int_equal(os_file_read(p, &b, &e), RC_LIMIT);
	assert_string_equal(e.key, "os.file_too_large");
	assert_true(span_eq_str(span_buf(&b), "abc"));
	buf_add_str(&b, "d"); /* still usable */
	assert_false(b.failed);
	b.max = 14;
	assert_int_equal(os_file_read(p, &b, NULL), RC_OK);
	assert_true(span_eq_str(span_buf(&b), "abcd0123456789"));
	buf_free(&b);
}

static void a_full_disk_is_told(void **state)
{
	struct os_file *f = NULL;
	struct err e;
	struct rlimit was, small = {0};

	(void)state;
	assert_int_equal(os_file_open(&f, "/dev/full", OS_WRITE, NULL), RC_OK);
	assert_int_equal(os_file_pwrite(f, 0, span_str("x"), &e), RC_FULL);
	assert_string_equal(e.key, "os.full");
	os_file_close(f);
	/* A file-size limit stops the write of a new file half way: the old one stays whole. */
	assert_int_equal(os_file_write(in_dir("kept"), span_str("old"), OS_REPLACE, NULL), RC_OK);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	small.rlim_cur = 2;
	small.rlim_max = was.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(os_file_write(in_dir("kept"), span_str("newer"), OS_REPLACE, NULL),
			 RC_FULL);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	signal(SIGXFSZ, SIG_DFL);
	assert_content(in_dir("kept"), "old");
	assert_int_equal(os_file_remove(in_dir("kept"), NULL), RC_OK);
}

static void open_file_reads_and_writes_anywhere(void **state)
{
	struct os_file *f = NULL;
	char got[16];
	size_t n = 0;
	int64_t len;

	(void)state;
	assert_int_equal(os_file_open(&f, in_dir("part"), OS_WRITE, NULL), RC_NOTFOUND);
	assert_int_equal(os_file_open(&f, in_dir("part"), OS_CREATE, NULL), RC_OK);
	assert_int_equal(os_file_pwrite(f, 4, span_str("efgh"), NULL), RC_OK);
	assert_int_equal(os_file_pwrite(f, 0, span_str("abcd"), NULL), RC_OK);
	assert_int_equal(os_file_flush(f, NULL), RC_OK);
	assert_int_equal(os_file_pread(f, 2, got, sizeof got, &n, NULL), RC_OK);
	assert_int_equal(n, 6);
	assert_memory_equal(got, "cdefgh", 6);
	assert_int_equal(os_file_truncate(f, 3, NULL), RC_OK);
	assert_int_equal(os_file_length(f, &len, NULL), RC_OK);
	assert_int_equal(len, 3);
	os_file_close(f);
	assert_int_equal(os_file_open(&f, in_dir("part"), OS_APPEND, NULL), RC_OK);
	assert_int_equal(os_file_append(f, span_str("XY"), NULL), RC_OK);
	os_file_close(f);
	assert_content(in_dir("part"), "abcXY");
}

static void folders(void **state)
{
	struct os_names l = {0};
	struct stat st;
	int64_t n = 0;

	(void)state;
	assert_int_equal(os_dir_make(in_dir("kiểm kê/x//y"), NULL), RC_OK);
	assert_int_equal(os_dir_make(in_dir("kiểm kê/x/y/"), NULL), RC_OK);
	assert_int_equal(stat(in_dir("kiểm kê/x"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(os_file_write(in_dir("kiểm kê/file"), span_str(""), OS_NEW, NULL), RC_OK);
	assert_int_equal(os_dir_make(in_dir("kiểm kê/file"), NULL), RC_EXISTS);
	assert_int_equal(os_dir_make(in_dir("kiểm kê/file/z"), NULL), RC_NOTFOUND);
	assert_int_equal(os_dir_list(in_dir("kiểm kê"), &l, NULL), RC_OK);
	assert_int_equal(l.n, 2);
	assert_string_equal(l.name[0], "file");
	assert_string_equal(l.name[1], "x");
	os_names_free(&l);
	assert_int_equal(os_dir_list(in_dir("none"), &l, NULL), RC_NOTFOUND);
	assert_true(os_dir_exists(in_dir("kiểm kê/x")));
	assert_false(os_dir_exists(in_dir("kiểm kê/file")));
	assert_int_equal(os_disk_free(dir, &n, NULL), RC_OK);
	assert_true(n > 0);
	assert_int_equal(os_file_sync(dir, NULL), RC_OK);
}

static void removing_never_follows_links(void **state)
{
	(void)state;
	assert_int_equal(os_dir_make(in_dir("out"), NULL), RC_OK);
	assert_int_equal(os_file_write(in_dir("out/keep"), span_str("k"), OS_NEW, NULL), RC_OK);
	assert_int_equal(os_dir_make(in_dir("gone/sub"), NULL), RC_OK);
	assert_int_equal(symlink(in_dir("out"), in_dir("gone/sub/link")), 0);
	assert_int_equal(os_dir_remove(in_dir("gone"), NULL), RC_OK);
	assert_false(os_file_exists(in_dir("gone")));
	assert_content(in_dir("out/keep"), "k");
	assert_int_equal(os_dir_remove(in_dir("gone"), NULL), RC_OK);
}

static void paths(void **state)
{
	static const char *const join[][3] = {{"a", "b", "a/b"},
					      {"a/", "b", "a/b"},
					      {"a", "/b", "/b"},
					      {"", "b", "b"},
					      {"/", "b", "/b"}};
	static const char *const part[][2] = {{"a/b", "a"},
					      {"b", "."},
					      {"/b", "/"},
					      {"/a/b", "/a"}};
	char *s = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof join / sizeof join[0]; i++) {
		assert_int_equal(os_path_join(&s, join[i][0], join[i][1], NULL), RC_OK);
		assert_string_equal(s, join[i][2]);
		free(s);
	}
	for (size_t i = 0; i < sizeof part / sizeof part[0]; i++) {
		assert_int_equal(os_path_dir(&s, part[i][0], NULL), RC_OK);
		assert_string_equal(s, part[i][1]);
		free(s);
	}
	assert_string_equal(os_path_base("/a/b.c"), "b.c");
	assert_string_equal(os_path_base("b.c"), "b.c");
	assert_int_equal(os_program_dir(&s, NULL), RC_OK);
	assert_true(os_dir_exists(s));
	free(s);
}

static void lock_is_exclusive(void **state)
{
	struct os_lock *one = NULL, *two = NULL;
	struct err e;
	char pid[32];

	(void)state;
	assert_int_equal(os_lock_take(&one, in_dir("lock"), NULL), RC_OK);
	assert_int_equal(os_lock_take(&two, in_dir("lock"), &e), RC_BUSY);
	assert_null(two);
	assert_string_equal(e.key, "os.locked");
	snprintf(pid, sizeof pid, "%lld", (long long)os_pid());
	assert_string_equal(err_arg(&e, "pid"), pid);
	os_lock_free(one);
	assert_int_equal(os_lock_take(&two, in_dir("lock"), NULL), RC_OK);
	os_lock_free(two);
}

/* A child holds the lock; killed outright, the system lets go of it. */
static void lock_ends_with_its_process(void **state)
{
	struct os_lock *lock = NULL;
	int p[2];
	char c;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(p), 0);
	pid = fork();
	if (pid == 0) {
		ssize_t n = os_lock_take(&lock, in_dir("lock2"), NULL) == RC_OK
				? write(p[1], "y", 1)
				: write(p[1], "n", 1);
		(void)n;
		pause();
		_exit(0);
	}
	assert_int_equal(read(p[0], &c, 1), 1);
	assert_int_equal(c, 'y');
	assert_int_equal(os_lock_take(&lock, in_dir("lock2"), NULL), RC_BUSY);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_equal(os_lock_take(&lock, in_dir("lock2"), NULL), RC_OK);
	/* and a program we run does not inherit it */
	const char *argv[] = {"sleep", "60", NULL};
	struct os_spawn how = {.argv = argv};
	struct os_proc *proc = NULL;
	assert_int_equal(os_proc_start(&proc, &how, NULL), RC_OK);
	os_lock_free(lock);
	assert_int_equal(os_lock_take(&lock, in_dir("lock2"), NULL), RC_OK);
	os_lock_free(lock);
	os_proc_free(proc);
	close(p[0]);
	close(p[1]);
}

struct shared {
	struct os_mutex *m;
	struct os_cond *c;
	int n, turn;
};

static struct os_once once = OS_ONCE;
static int once_runs;

static void once_fn(void)
{
	once_runs++;
}

static void worker(void *arg)
{
	struct shared *s = arg;

	os_once(&once, once_fn);
	for (int i = 0; i < 1000; i++) {
		os_mutex_lock(s->m);
		s->n++;
		os_mutex_unlock(s->m);
	}
	os_mutex_lock(s->m);
	s->turn++;
	os_cond_signal(s->c);
	os_mutex_unlock(s->m);
}

static void threads_and_conditions(void **state)
{
	struct shared s = {0};
	struct os_thread *t[4] = {0};

	(void)state;
	assert_int_equal(os_mutex_new(&s.m, NULL), RC_OK);
	assert_int_equal(os_cond_new(&s.c, NULL), RC_OK);
	for (int i = 0; i < 4; i++)
		assert_int_equal(os_thread_start(&t[i], worker, &s, NULL), RC_OK);
	os_mutex_lock(s.m);
	while (s.turn < 4)
		os_cond_wait(s.c, s.m);
	assert_int_equal(s.n, 4000);
	assert_false(os_cond_wait_ms(s.c, s.m, 1)); /* nobody signals any more */
	os_mutex_unlock(s.m);
	for (int i = 0; i < 4; i++)
		os_thread_join(t[i]);
	assert_int_equal(once_runs, 1);
	os_cond_free(s.c);
	os_mutex_free(s.m);
}

static void stop_wakes_the_sleeper(void **state)
{
	(void)state;
	assert_int_equal(os_on_stop(NULL), RC_OK);
	assert_false(os_stopping());
	assert_false(os_sleep_ms(1));
	assert_int_equal(raise(SIGTERM), 0);
	assert_true(os_stopping());
	assert_true(os_sleep_ms(600000)); /* the test's own limit would end it otherwise */
	assert_true(os_sleep_ms(600000));
	os_stop_forget();
	assert_false(os_sleep_ms(1));
	os_stop();
	assert_true(os_sleep_ms(600000));
	os_stop_forget();
}

static enum rc secret_from(const char *text, bool close_it, struct buf *b, struct err *e)
{
	int p[2];
	enum rc rc;

	assert_int_equal(pipe(p), 0);
	assert_int_equal(write(p[1], text, strlen(text)), (ssize_t)strlen(text));
	if (close_it)
		close(p[1]);
	rc = os_secret_fd(p[0], b, e);
	close(p[0]);
	if (!close_it)
		close(p[1]);
	return rc;
}

static void secrets_from_a_descriptor(void **state)
{
	struct buf b;
	struct err e;

	(void)state;
	buf_init(&b, 16);
	assert_int_equal(secret_from("123456\n", true, &b, &e), RC_OK);
	assert_true(b.secret);
	assert_string_equal((char *)b.p, "123456");
	assert_int_equal(secret_from("mật khẩu", true, &b, &e), RC_OK);
	assert_string_equal((char *)b.p, "mật khẩu");
	assert_int_equal(secret_from("123456\n", false, &b, &e), RC_OK); /* writer still there */
	assert_int_equal(secret_from("", false, &b, &e), RC_UNAVAILABLE);
	assert_string_equal(e.key, "os.secret_missing");
	assert_int_equal(b.len, 0);
	assert_int_equal(secret_from("\n", true, &b, &e), RC_UNAVAILABLE);
	assert_int_equal(secret_from("", true, &b, &e), RC_UNAVAILABLE);
	assert_int_equal(secret_from("0123456789abcdefg\n", true, &b, &e), RC_LIMIT);
	assert_string_equal(e.key, "os.secret_long");
	assert_int_equal(os_secret_fd(999, &b, &e), RC_UNAVAILABLE);
	buf_free(&b);
}

static void two_secrets_follow_each_other(void **state)
{
	struct buf b;
	int p[2];

	(void)state;
	buf_init(&b, 16);
	assert_int_equal(pipe(p), 0);
	assert_int_equal(write(p[1], "old\nnew\n", 8), 8);
	assert_int_equal(os_secret_fd(p[0], &b, NULL), RC_OK);
	assert_string_equal((char *)b.p, "old");
	assert_int_equal(os_secret_fd(p[0], &b, NULL), RC_OK);
	assert_string_equal((char *)b.p, "new");
	buf_free(&b);
	close(p[0]);
	close(p[1]);
}

/* The child asks on a terminal of its own; exit status tells what it got. */
static void secret_asked_on_a_terminal(void **state)
{
	char got[256] = "";
	size_t len = 0;
	int fd, status;
	pid_t pid = forkpty(&fd, NULL, NULL, NULL);

	(void)state;
	if (pid == 0) {
		struct buf b;
		buf_init(&b, 64);
		enum rc rc = os_secret_ask("PIN? ", &b, NULL);
		_exit(rc == RC_OK && span_eq_str(span_buf(&b), "123456") ? 7 : 1);
	}
	assert_true(pid > 0);
	while (!strchr(got, '?')) {
		ssize_t n = read(fd, got + len, sizeof got - 1 - len);
		assert_true(n > 0);
		len += (size_t)n;
	}
	usleep(50000); /* let it turn echo off: TCSAFLUSH throws away what came before */
	assert_int_equal(write(fd, "123456\n", 7), 7);
	for (;;) {
		ssize_t n = read(fd, got + len, sizeof got - 1 - len);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 7);
	assert_null(strstr(got, "123"));
	close(fd);
}

static void no_terminal_is_refused(void **state)
{
	struct buf b;
	struct err e;
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		dup2(open("/dev/null", O_RDONLY), 0);
		buf_init(&b, 16);
		enum rc rc = os_secret_ask("PIN? ", &b, &e);
		_exit(rc == RC_UNAVAILABLE && strcmp(e.key, "os.no_terminal") == 0 ? 7 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), 7);
}

static void child_talks(void **state)
{
	const char *argv[] = {"sh", "-c", "cat; read x <&5; printf '%s' \"$KK_X$x\" >&2; exit 3",
			      NULL};
	const char *env[] = {"KK_X=đ", NULL};
	struct os_spawn how = {.argv = argv,
			       .env = env,
			       .dir = dir,
			       .pipe_in = true,
			       .pipe_out = true,
			       .pipe_err = true,
			       .secret_fd = 5,
			       .secret = span_str("s3\n")};
	struct os_proc *p = NULL;
	struct buf big, out, err;
	int status = -1;

	(void)state;
	buf_init(&big, 1 << 20);
	buf_init(&out, 1 << 20);
	buf_init(&err, 100);
	for (int i = 0; i < 50000; i++) /* more than a pipe holds */
		buf_add_str(&big, "0123456789");
	assert_int_equal(os_proc_start(&p, &how, NULL), RC_OK);
	assert_int_equal(os_proc_talk(p, span_buf(&big), &out, &err, 60000, &status, NULL), RC_OK);
	assert_int_equal(status, 3);
	assert_true(span_eq(span_buf(&big), span_buf(&out)));
	assert_true(span_eq_str(span_buf(&err), "đs3"));
	os_proc_free(p);
	buf_free(&big);
	buf_free(&out);
	buf_free(&err);
}

static void child_gives_lines(void **state)
{
	const char *argv[] = {"sh", "-c", "echo one; echo two; printf three; kill -9 $$", NULL};
	struct os_spawn how = {.argv = argv, .pipe_out = true};
	static const char *const want[] = {"one", "two", "three"};
	struct os_proc *p = NULL;
	struct buf line;
	struct err e;
	int status = 0;

	(void)state;
	buf_init(&line, 100);
	assert_int_equal(os_proc_start(&p, &how, NULL), RC_OK);
	for (int i = 0; i < 3; i++) {
		buf_reset(&line);
		assert_int_equal(os_proc_line(p, &line, 60000, NULL), RC_OK);
		assert_true(span_eq_str(span_buf(&line), want[i]));
	}
	assert_int_equal(os_proc_line(p, &line, 60000, &e), RC_NOTFOUND);
	assert_string_equal(e.key, "os.proc_end");
	assert_int_equal(os_proc_wait(p, -1, &status, NULL), RC_OK);
	assert_int_equal(status, 128 + SIGKILL);
	os_proc_free(p);
	buf_free(&line);
}

static void child_that_cannot_run(void **state)
{
	const char *none[] = {"kk-no-such-program", NULL};
	const char *path[] = {"/nonexistent/program", NULL};
	struct os_spawn how = {.argv = none};
	struct os_proc *p = NULL;
	struct err e;

	(void)state;
	assert_int_equal(os_proc_start(&p, &how, &e), RC_NOTFOUND);
	assert_string_equal(e.key, "os.no_program");
	how.argv = path;
	assert_int_equal(os_proc_start(&p, &how, &e), RC_NOTFOUND);
	assert_string_equal(err_arg(&e, "program"), "/nonexistent/program");
	assert_null(p);
}

/* Killing the child's group takes its grandchild along: the pipe they share reaches its end. */
static void whole_group_ends(void **state)
{
	const char *argv[] = {"sh", "-c", "sleep 600 & echo up; wait", NULL};
	struct os_spawn how = {.argv = argv, .pipe_out = true};
	struct os_proc *p = NULL;
	struct buf line;
	struct err e;
	int status = 0;

	(void)state;
	buf_init(&line, 100);
	assert_int_equal(os_proc_start(&p, &how, NULL), RC_OK);
	assert_int_equal(os_proc_line(p, &line, 60000, NULL), RC_OK);
	assert_int_equal(os_proc_wait(p, 1, &status, &e), RC_UNAVAILABLE);
	os_proc_kill(p, false);
	assert_int_equal(os_proc_line(p, &line, 60000, &e), RC_NOTFOUND);
	assert_int_equal(os_proc_wait(p, 60000, &status, NULL), RC_OK);
	assert_int_equal(status, 128 + SIGTERM);
	os_proc_free(p);
	buf_free(&line);
}

/* A parent that dies without a word takes its children along. */
static void children_die_with_the_parent(void **state)
{
	int p[2];
	char c;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(p), 0);
	pid = fork();
	if (pid == 0) {
		const char *argv[] = {"sh", "-c", "echo up >&2; exec sleep 600", NULL};
		struct os_spawn how = {.argv = argv};
		struct os_proc *proc = NULL;
		dup2(p[1], 2);
		close(p[0]);
		close(p[1]);
		os_proc_start(&proc, &how, NULL);
		pause();
		_exit(0);
	}
	close(p[1]);
	assert_int_equal(read(p[0], &c, 1), 1); /* the grandchild is up */
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	while (read(p[0], &c, 1) > 0)
		; /* ends only when the grandchild is gone */
	close(p[0]);
}

static void machine_and_random(void **state)
{
	struct buf a, b;
	uint8_t r[2][32] = {{0}};

	(void)state;
	buf_init(&a, 4096);
	buf_init(&b, 4096);
	enum rc rc = os_machine_id(&a, NULL);
	assert_true(rc == RC_OK || rc == RC_UNAVAILABLE);
	assert_int_equal(os_machine_id(&b, NULL), rc);
	assert_true(span_eq(span_buf(&a), span_buf(&b)));
	assert_true(rc != RC_OK || a.len >= 32);
	assert_int_equal(os_random(r[0], 32, NULL), RC_OK);
	assert_int_equal(os_random(r[1], 32, NULL), RC_OK);
	assert_memory_not_equal(r[0], r[1], 32);
	assert_true(os_cpus() >= 1);
	assert_true(os_cpu_us() > 0);
	assert_null(os_env("KK_SURELY_NOT_SET"));
	assert_int_equal(setenv("KK_EMPTY", "", 1), 0);
	assert_null(os_env("KK_EMPTY"));
	buf_free(&a);
	buf_free(&b);
}

static void loopback_names(void **state)
{
	static const char *const yes[] = {"127.0.0.1", "127.1.2.3", "localhost",
					  "LOCALHOST", "::1",       "[::1]"};
	static const char *const no[] = {"",
					 "128.0.0.1",
					 "127.0.0.1.example.vn",
					 "0.0.0.0",
					 "::",
					 "127.1",
					 "localhost.example.vn",
					 "[::1",
					 "[]",
					 "2130706433",
					 "0x7f.1"};

	(void)state;
	for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
		assert_true(os_is_loopback(yes[i]));
	for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
		assert_false(os_is_loopback(no[i]));
}

/* The first and last address of each block and its neighbours; what carries an IPv4 address is never public. */
static void public_addresses(void **state)
{
	static const char *const yes[] = {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0",
					  "126.255.255.255", "128.0.0.1", "169.253.255.255", "169.255.0.0", "172.15.255.255",
					  "172.32.0.0", "192.0.1.0", "192.167.255.255", "192.169.0.0", "198.17.255.255",
					  "198.20.0.0", "223.255.255.255", "2400:cb00::1", "2001:200::1", "2a00::"};
	static const char *const no[] = {"0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0",
					 "100.127.255.255", "127.0.0.1", "127.255.255.255", "169.254.0.0", "169.254.169.254",
					 "172.16.0.0", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.0",
					 "192.168.255.255", "198.18.0.0", "198.19.255.255", "198.51.100.1", "203.0.113.1",
					 "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1",
					 "::ffff:1.1.1.1", "::ffff:127.0.0.1", "64:ff9b::101:101", "100::1", "2001::1", "2001:1ff::",
					 "2001:db8::1", "2002:101:101::1", "3fff::1", "fc00::1", "fd00::1", "fe80::1", "fec0::1", "ff02::1"};
	struct sockaddr_storage unix_one = {.ss_family = AF_UNIX};

	(void)state;
	for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]) + sizeof(no) / sizeof(no[0]); i++) {
		bool want = i < sizeof(yes) / sizeof(yes[0]);
		const char *text = want ? yes[i] : no[i - sizeof(yes) / sizeof(yes[0])];
		struct sockaddr_in four = {.sin_family = AF_INET};
		struct sockaddr_in6 six = {.sin6_family = AF_INET6};
		const void *a = &four;

		if (strchr(text, ':')) {
			assert_int_equal(inet_pton(AF_INET6, text, &six.sin6_addr), 1);
			a = &six;
		} else {
			assert_int_equal(inet_pton(AF_INET, text, &four.sin_addr), 1);
		}
		if (os_address_public(a) != want)
			print_error("%s\n", text);
		assert_int_equal(os_address_public(a), want);
	}
	assert_false(os_address_public(NULL));
	assert_false(os_address_public(&unix_one));
}

static void listening(void **state)
{
	struct sockaddr_storage a = {0};
	socklen_t len = sizeof a;
	intptr_t one = -1, two = -1;
	uint16_t port = 0, other = 0;
	struct err e;
	char text[64];

	(void)state;
	assert_int_equal(os_listen("127.0.0.1", 0, &one, &port, NULL), RC_OK);
	assert_true(port > 0);
	assert_int_equal(os_listen("127.0.0.1", port, &two, &other, &e), RC_BUSY);
	assert_string_equal(e.key, "os.port_taken");
	assert_int_equal(os_listen("localhost", 0, &two, &other, NULL), RC_OK);
	assert_true(other != port);
	assert_int_equal(getsockname((int)one, (struct sockaddr *)&a, &len), 0);
	os_address_text(&a, text, sizeof text);
	assert_string_equal(text, "127.0.0.1");
	os_address_text(NULL, text, sizeof text);
	assert_string_equal(text, "");
	os_socket_close(one);
	os_socket_close(two);
	assert_int_equal(os_listen("example.vn", 0, &one, &port, &e), RC_USAGE);
	assert_string_equal(e.key, "os.address");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(files_are_private_and_whole),
	    cmocka_unit_test(reading_has_a_ceiling),
	    cmocka_unit_test(a_full_disk_is_told),
	    cmocka_unit_test(open_file_reads_and_writes_anywhere),
	    cmocka_unit_test(folders),
	    cmocka_unit_test(removing_never_follows_links),
	    cmocka_unit_test(paths),
	    cmocka_unit_test(lock_is_exclusive),
	    cmocka_unit_test(lock_ends_with_its_process),
	    cmocka_unit_test(threads_and_conditions),
	    cmocka_unit_test(stop_wakes_the_sleeper),
	    cmocka_unit_test(secrets_from_a_descriptor),
	    cmocka_unit_test(two_secrets_follow_each_other),
	    cmocka_unit_test(secret_asked_on_a_terminal),
	    cmocka_unit_test(no_terminal_is_refused),
	    cmocka_unit_test(child_talks),
	    cmocka_unit_test(child_gives_lines),
	    cmocka_unit_test(child_that_cannot_run),
	    cmocka_unit_test(whole_group_ends),
	    cmocka_unit_test(children_die_with_the_parent),
	    cmocka_unit_test(machine_and_random),
	    cmocka_unit_test(loopback_names),
	    cmocka_unit_test(public_addresses),
	    cmocka_unit_test(listening),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
