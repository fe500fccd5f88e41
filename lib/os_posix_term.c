/*
 * os_posix_term: the sections "secrets" and "standard streams" of lib/os.h on POSIX: a secret
 * comes from a descriptor or a terminal without echo, which is put right again whatever
 * happens. Does NOT keep what it read.
 */
#include "lib/os_posix.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

enum {
	SECRET_WAIT_MS = 1000, /* a secret that is not there is refused within a second */
	POLL_SLICE_MS = 100    /* longest wait where a flag cannot wake us */
};

/* ---- secrets ---- */

static enum rc secret_fail(struct buf *b, struct err *reterr, enum rc rc, const char *key)
{
	buf_free(b);
	return err_set(reterr, rc, NULL, key, NULL);
}

/* One byte read up to LF or the end; 1 more to come, 0 done, -1 unreadable. */
static int secret_byte(int fd, struct buf *b)
{
	char c = 0;
	ssize_t n = os_posix_read_some(fd, &c, 1);

	if (n < 0)
		return errno == EAGAIN ? 1 : -1;
	if (n == 0 || c == '\n')
		return 0;
	buf_add_char(b, c);
	return 1;
}

enum rc os_secret_fd(int fd, struct buf *retbuf, struct err *reterr)
{
	int64_t end = os_mono_ms() + SECRET_WAIT_MS;
	int more = 1;

	buf_free(retbuf);
	retbuf->secret = true;
	while (more > 0 && !retbuf->failed) {
		struct pollfd p = {.fd = fd, .events = POLLIN};
		int n = poll(&p, 1, os_posix_left_ms(end));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || (p.revents & POLLNVAL))
			more = -1;
		else
			more = secret_byte(fd, retbuf);
	}
	if (retbuf->failed)
		return secret_fail(retbuf, reterr, RC_LIMIT, "os.secret_long");
	if (more < 0 || retbuf->len == 0)
		return secret_fail(retbuf, reterr, RC_UNAVAILABLE, "os.secret_missing");
	return RC_OK;
}

static atomic_int ask_signal; /* the signal that came while asking, 0 none */

static void ask_caught(int sig)
{
	atomic_store(&ask_signal, sig);
}

static const int ask_signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
enum { ASK_SIGNALS = sizeof ask_signals / sizeof ask_signals[0] };

/* Read the line the terminal gives; false when a signal came or the terminal is gone. */
static bool ask_line(struct buf *b)
{
	int more = 1;

	while (more > 0 && !b->failed && atomic_load(&ask_signal) == 0) {
		struct pollfd p = {.fd = STDIN_FILENO, .events = POLLIN};
		if (poll(&p, 1, POLL_SLICE_MS) > 0)
			more = secret_byte(STDIN_FILENO, b);
	}
	return more == 0;
}

enum rc os_secret_ask(const char *prompt, struct buf *retbuf, struct err *reterr)
{
	struct sigaction caught = {.sa_handler = ask_caught}, before[ASK_SIGNALS];
	struct termios was, quiet;
	bool whole;
	int sig;

	buf_free(retbuf);
	retbuf->secret = true;
	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &was) < 0)
		return secret_fail(retbuf, reterr, RC_UNAVAILABLE, "os.no_terminal");
	atomic_store(&ask_signal, 0);
	sigemptyset(&caught.sa_mask);
	for (int i = 0; i < ASK_SIGNALS; i++)
		sigaction(ask_signals[i], &caught, &before[i]);
	quiet = was;
	quiet.c_lflag &= ~(tcflag_t)ECHO;
	os_stderr_write(span_str(prompt), NULL);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
	whole = ask_line(retbuf);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
	os_stderr_write(span_str("\n"), NULL);
	for (int i = 0; i < ASK_SIGNALS; i++)
		sigaction(ask_signals[i], &before[i], NULL);
	sig = atomic_load(&ask_signal);
	if (sig != 0)
		raise(sig); /* now with its own meaning: ends us, or asks us to stop */
	if (retbuf->failed)
		return secret_fail(retbuf, reterr, RC_LIMIT, "os.secret_long");
	if (!whole)
		return secret_fail(retbuf, reterr, RC_UNAVAILABLE, "os.interrupted");
	if (retbuf->len == 0)
		return secret_fail(retbuf, reterr, RC_UNAVAILABLE, "os.secret_missing");
	return RC_OK;
}

/* ---- standard streams ---- */

bool os_is_terminal(int fd)
{
	return isatty(fd) == 1;
}

enum rc os_stdin_read(struct buf *retbuf, struct err *reterr)
{
	return os_posix_read_all(STDIN_FILENO, "-", retbuf, reterr);
}

enum rc os_stdout_write(struct span bytes, struct err *reterr)
{
	return os_posix_write_all(STDOUT_FILENO, bytes) < 0 ? os_posix_fail(reterr, errno, "stdout")
							    : RC_OK;
}

enum rc os_stderr_write(struct span bytes, struct err *reterr)
{
	return os_posix_write_all(STDERR_FILENO, bytes) < 0 ? os_posix_fail(reterr, errno, "stderr")
							    : RC_OK;
}
