/*
 * os_posix_proc: the section "child processes" of lib/os.h on POSIX: a child gets exactly the
 * descriptors it was promised, dies with its parent, and is always waited for. Does NOT pass
 * anything through a shell.
 */
#include "lib/os_posix.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	IO_STEP = 32 * 1024, /* bytes moved at once; on the stack */
	REAP_SLICE_MS = 5,   /* how often a waited-for child is looked at */
	FD_HIGH = 64,        /* pipes for a child are moved here, clear of the numbers it gets */
	LINE_MAX_BYTES = 1 << 20 /* bytes of a child's line not yet handed out */
};

extern char **environ;

/* ---- child processes ---- */

struct os_proc {
	pid_t pid;
	int in, out, err; /* our ends, -1 when not piped */
	bool ended;       /* the child is gone; it stays unreaped, so its pid and group stay ours */
	int status;
	struct buf line; /* stdout read but not yet handed out */
};

/* All the child needs, made before fork: after it only async-signal-safe calls are allowed. */
struct plan {
	char *path;
	char **env;
	const struct os_spawn *how;
	int in[2], out[2], err[2], secret[2], told[2];
	pid_t parent;
	sigset_t mask;
};

static int pipe_high(int p[2])
{
	int low[2];

	if (pipe2(low, O_CLOEXEC) < 0)
		return -1;
	p[0] = fcntl(low[0], F_DUPFD_CLOEXEC, FD_HIGH);
	p[1] = fcntl(low[1], F_DUPFD_CLOEXEC, FD_HIGH);
	close(low[0]);
	close(low[1]);
	return p[0] < 0 || p[1] < 0 ? -1 : 0;
}

static bool can_run(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

static enum rc find_program(char **ret, const char *name, struct err *reterr)
{
	const char *at = os_env("PATH");
	char *s = NULL;
	enum rc rc;

	if (strchr(name, '/'))
		return os_path_join(ret, "", name, reterr);
	for (at = at ? at : "/usr/local/bin:/usr/bin:/bin"; *at; at += *at == ':') {
		size_t n = strcspn(at, ":");
		char *dir = n > 0 ? span_dup(span_of(at, n)) : span_dup(span_str("."));
		if (!dir)
			return os_posix_no_memory(reterr);
		rc = os_path_join(&s, dir, name, reterr);
		free(dir);
		if (rc != RC_OK)
			return rc;
		if (can_run(s)) {
			*ret = s;
			return RC_OK;
		}
		free(s);
		at += n;
	}
	return err_set(reterr, RC_NOTFOUND, NULL, "os.no_program", "program", name, NULL);
}

static bool env_named(const char *const *add, const char *line)
{
	size_t n = strcspn(line, "=");

	for (; add && *add; add++)
		if (strncmp(*add, line, n + 1) == 0)
			return true;
	return false;
}

/* Our environment with `add` put over it. Only the array is ours. */
static char **make_env(const char *const *add)
{
	size_t n = 0, k = 0;
	char **env;

	while (environ && environ[n])
		n++;
	while (add && add[k])
		k++;
	env = malloc((n + k + 1) * sizeof *env);
	if (!env)
		return NULL;
	k = 0;
	for (size_t i = 0; i < n; i++)
		if (!env_named(add, environ[i]))
			env[k++] = environ[i];
	for (; add && *add; add++)
		env[k++] = (char *)*add;
	env[k] = NULL;
	return env;
}

static int child_streams(const struct plan *p)
{
	int in = p->in[0] >= 0 ? p->in[0] : open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (in < 0 || (in != 0 && dup2(in, 0) < 0))
		return -1;
	if (p->out[1] >= 0 && dup2(p->out[1], 1) < 0)
		return -1;
	if (p->err[1] >= 0 && dup2(p->err[1], 2) < 0)
		return -1;
	if (p->secret[0] >= 0 && dup2(p->secret[0], p->how->secret_fd) < 0)
		return -1;
	return 0;
}

static _Noreturn void child_run(const struct plan *p)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL}, was;
	int no;

	/* Our handlers must not run here; what the user chose to ignore (nohup) stays ignored. */
	for (int sig = 1; sig < NSIG; sig++)
		if (sigaction(sig, NULL, &was) == 0 &&
		    (was.sa_handler != SIG_IGN || sig == SIGPIPE))
			sigaction(sig, &dfl, NULL);
	setpgid(0, 0);
	if (!p->how->outlives && (prctl(PR_SET_PDEATHSIG, SIGTERM) < 0 || getppid() != p->parent))
		_exit(127);
	if (child_streams(p) == 0 && (!p->how->dir || chdir(p->how->dir) == 0)) {
		pthread_sigmask(SIG_SETMASK, &p->mask, NULL);
		execve(p->path, (char *const *)(uintptr_t)p->how->argv, p->env);
	}
	no = errno;
	ssize_t n = write(p->told[1], &no, sizeof no);
	(void)n;
	_exit(127);
}

static enum rc plan_make(struct plan *p, const struct os_spawn *how, struct err *reterr)
{
	enum rc rc;

	*p = (struct plan){.how = how,
			   .in = {-1, -1},
			   .out = {-1, -1},
			   .err = {-1, -1},
			   .secret = {-1, -1},
			   .told = {-1, -1},
			   .parent = getpid()};
	rc = find_program(&p->path, how->argv[0], reterr);
	if (rc != RC_OK)
		return rc;
	p->env = make_env(how->env);
	if (!p->env)
		return os_posix_no_memory(reterr);
	if (how->secret_fd &&
	    (how->secret_fd < 3 || how->secret_fd >= FD_HIGH || how->secret.len > 4096))
		return err_set(reterr, RC_INTERNAL, NULL, "os.secret_fd", NULL);
	if (pipe_high(p->told) < 0 || (how->pipe_in && pipe_high(p->in) < 0) ||
	    (how->pipe_out && pipe_high(p->out) < 0) || (how->pipe_err && pipe_high(p->err) < 0) ||
	    (how->secret_fd && pipe_high(p->secret) < 0))
		return os_posix_fail(reterr, errno, how->argv[0]);
	if (how->secret_fd &&
	    os_posix_write_all(p->secret[1], how->secret) < 0) /* fits in the pipe */
		return os_posix_fail(reterr, errno, how->argv[0]);
	return RC_OK;
}

static void plan_free(struct plan *p)
{
	int *const pipes[] = {p->in, p->out, p->err, p->secret, p->told};

	for (size_t i = 0; i < sizeof pipes / sizeof pipes[0]; i++) {
		os_posix_close(&pipes[i][0]);
		os_posix_close(&pipes[i][1]);
	}
	free(p->path);
	free(p->env);
}

static int take_fd(int *fd, bool nonblock)
{
	int f = *fd;

	*fd = -1;
	if (f >= 0 && nonblock)
		fcntl(f, F_SETFL, O_NONBLOCK);
	return f;
}

/* Fork, and learn whether exec worked: the pipe `told` closes on exec, or brings errno. */
static enum rc plan_fork(struct plan *p, struct os_proc *proc, struct err *reterr)
{
	sigset_t all;
	int no = 0;
	pid_t pid;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &p->mask);
	pid = fork();
	if (pid == 0)
		child_run(p);
	pthread_sigmask(SIG_SETMASK, &p->mask, NULL);
	if (pid < 0)
		return os_posix_fail(reterr, errno, p->path);
	setpgid(pid, pid); /* in both, so that a kill right after finds the group */
	os_posix_close(&p->told[1]);
	if (os_posix_read_some(p->told[0], &no, sizeof no) == (ssize_t)sizeof no) {
		waitpid(pid, NULL, 0);
		if (no == ENOENT || no == EACCES || no == ENOEXEC || no == ENOTDIR)
			return err_set(reterr, RC_NOTFOUND, NULL, "os.no_program", "program",
				       p->path, NULL);
		return os_posix_fail(reterr, no, p->path);
	}
	proc->pid = pid;
	proc->in = take_fd(&p->in[1], true);
	proc->out = take_fd(&p->out[0], true);
	proc->err = take_fd(&p->err[0], true);
	return RC_OK;
}

enum rc os_proc_start(struct os_proc **ret, const struct os_spawn *how, struct err *reterr)
{
	struct os_proc *proc = calloc(1, sizeof *proc);
	struct plan p;
	enum rc rc;

	if (!proc)
		return os_posix_no_memory(reterr);
	*proc = (struct os_proc){.in = -1, .out = -1, .err = -1};
	buf_init(&proc->line, LINE_MAX_BYTES);
	rc = plan_make(&p, how, reterr);
	if (rc == RC_OK)
		rc = plan_fork(&p, proc, reterr);
	plan_free(&p);
	if (rc != RC_OK) {
		free(proc);
		return rc;
	}
	*ret = proc;
	return RC_OK;
}

int64_t os_proc_pid(const struct os_proc *p)
{
	return p->pid;
}

enum rc os_proc_write(struct os_proc *p, struct span bytes, struct err *reterr)
{
	return os_posix_write_all(p->in, bytes) < 0 ? os_posix_fail(reterr, errno, "stdin") : RC_OK;
}

void os_proc_close_in(struct os_proc *p)
{
	os_posix_close(&p->in);
}

/* Drop n bytes from the front. */
static void buf_cut(struct buf *b, size_t n)
{
	memmove(b->p, b->p + n, b->len - n);
	b->len -= n;
	b->p[b->len] = 0;
}

/* Hand out a line that is whole, or at the end of the stream the rest. */
static bool line_ready(struct os_proc *p, bool end, struct buf *retbuf)
{
	struct span rest = span_buf(&p->line), line;

	if (span_line(&rest, &line)) {
		buf_add_span(retbuf, line);
		buf_cut(&p->line, line.len + 1);
		return true;
	}
	if (!end || p->line.len == 0)
		return false;
	buf_add_span(retbuf, rest);
	buf_cut(&p->line, rest.len);
	return true;
}

/* Read what is there: 1 something or nothing yet, 0 the end. */
static int pump_in(int *fd, struct buf *to)
{
	uint8_t step[IO_STEP];
	ssize_t n = os_posix_read_some(*fd, step, sizeof step);

	if (n > 0 && to)
		buf_add(to, step, (size_t)n);
	if (n > 0 || (n < 0 && errno == EAGAIN))
		return 1;
	os_posix_close(fd);
	return 0;
}

enum rc os_proc_line(struct os_proc *p, struct buf *retbuf, int64_t timeout_ms, struct err *reterr)
{
	int64_t end = os_mono_ms() + timeout_ms;

	while (!line_ready(p, p->out < 0, retbuf)) {
		struct pollfd f = {.fd = p->out, .events = POLLIN};
		int n;
		if (p->out < 0)
			return err_set(reterr, RC_NOTFOUND, NULL, "os.proc_end", NULL);
		n = poll(&f, 1, os_posix_left_ms(end));
		if (n > 0)
			pump_in(&p->out, &p->line);
		else if (n == 0)
			return err_set(reterr, RC_UNAVAILABLE, NULL, "os.proc_timeout", NULL);
		if (p->line.failed)
			return buf_check(&p->line, reterr);
	}
	return buf_check(retbuf, reterr);
}

/* Give the child more of *in; closes its stdin at the end or when it no longer reads. */
static void pump_out(struct os_proc *p, struct span *in)
{
	ssize_t n = in->len > 0 ? write(p->in, in->p, in->len) : 0;

	if (n > 0)
		*in = span_of(in->p + n, in->len - (size_t)n);
	if (in->len == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		os_posix_close(&p->in);
}

enum rc os_proc_talk(struct os_proc *p, struct span in, struct buf *retout, struct buf *reterrout,
		     int64_t timeout_ms, int *retstatus, struct err *reterr)
{
	int64_t end = os_mono_ms() + timeout_ms;
	enum rc rc = RC_OK;

	while (rc == RC_OK && (p->in >= 0 || p->out >= 0 || p->err >= 0)) {
		struct pollfd f[3] = {{.fd = p->in, .events = POLLOUT},
				      {.fd = p->out, .events = POLLIN},
				      {.fd = p->err, .events = POLLIN}};
		int n = poll(f, 3, os_posix_left_ms(end));
		if (n == 0)
			return err_set(reterr, RC_UNAVAILABLE, NULL, "os.proc_timeout", NULL);
		if (n < 0)
			continue;
		if (f[0].revents)
			pump_out(p, &in);
		if (f[1].revents)
			pump_in(&p->out, retout);
		if (f[2].revents)
			pump_in(&p->err, reterrout);
		if (retout)
			rc = buf_check(retout, reterr);
		if (rc == RC_OK && reterrout)
			rc = buf_check(reterrout, reterr);
	}
	return rc == RC_OK ? os_proc_wait(p, os_posix_left_ms(end), retstatus, reterr) : rc;
}

/* Look at the child without reaping it: the pid stays ours until os_proc_free. */
static bool look(struct os_proc *p, bool block)
{
	siginfo_t info = {0};

	if (p->ended)
		return true;
	if (waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOWAIT | (block ? 0 : WNOHANG)) < 0 ||
	    info.si_pid == 0)
		return false;
	p->ended = true;
	p->status = info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
	return true;
}

enum rc os_proc_wait(struct os_proc *p, int64_t timeout_ms, int *retstatus, struct err *reterr)
{
	int64_t end = os_mono_ms() + timeout_ms;

	while (!look(p, timeout_ms < 0)) {
		if (timeout_ms >= 0 && os_posix_left_ms(end) == 0)
			return err_set(reterr, RC_UNAVAILABLE, NULL, "os.proc_timeout", NULL);
		if (timeout_ms >= 0)
			poll(NULL, 0, REAP_SLICE_MS);
	}
	*retstatus = p->status;
	return RC_OK;
}

void os_proc_kill(struct os_proc *p, bool hard)
{
	kill(-p->pid, hard ? SIGKILL : SIGTERM);
}

void os_proc_leave(struct os_proc *p)
{
	if (!p)
		return;
	while (waitpid(p->pid, NULL, WNOHANG) < 0 && errno == EINTR)
		;
	buf_free(&p->line);
	free(p);
}

void os_proc_free(struct os_proc *p)
{
	if (!p)
		return;
	os_proc_kill(p, true); /* also what the child left behind in its group */
	while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
		;
	os_posix_close(&p->in);
	os_posix_close(&p->out);
	os_posix_close(&p->err);
	buf_free(&p->line);
	free(p);
}
