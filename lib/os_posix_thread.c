/*
 * os_posix_thread: the section "threads" of lib/os.h on POSIX: threads, mutexes, conditions on
 * the monotonic clock, once. Does NOT know what runs in them.
 */
#include "lib/os_posix.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- threads ---- */

struct os_thread {
	pthread_t id;
	void (*fn)(void *arg);
	void *arg;
};

struct os_mutex {
	pthread_mutex_t m;
};

struct os_cond {
	pthread_cond_t c;
};

static void *thread_main(void *arg)
{
	struct os_thread *t = arg;

	t->fn(t->arg);
	return NULL;
}

/* Signals are left to the main thread, so that its sleep is what they interrupt. */
enum rc os_thread_start(struct os_thread **ret, void (*fn)(void *arg), void *arg,
			struct err *reterr)
{
	struct os_thread *t = malloc(sizeof *t);
	sigset_t all, old;
	int n;

	if (!t)
		return os_posix_no_memory(reterr);
	*t = (struct os_thread){.fn = fn, .arg = arg};
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	n = pthread_create(&t->id, NULL, thread_main, t);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (n != 0) {
		free(t);
		return err_set(reterr, RC_UNAVAILABLE, NULL, "os.thread", "why", strerror(n), NULL);
	}
	*ret = t;
	return RC_OK;
}

void os_thread_join(struct os_thread *t)
{
	if (!t)
		return;
	pthread_join(t->id, NULL);
	free(t);
}

/* A failing lock is a bug of ours that no caller could handle. */
void os_posix_must(int n, const char *what)
{
	if (n != 0) {
		fprintf(stderr, "%s: %s\n", what, strerror(n));
		abort();
	}
}

enum rc os_mutex_new(struct os_mutex **ret, struct err *reterr)
{
	struct os_mutex *m = malloc(sizeof *m);

	if (!m)
		return os_posix_no_memory(reterr);
	os_posix_must(pthread_mutex_init(&m->m, NULL), "pthread_mutex_init");
	*ret = m;
	return RC_OK;
}

void os_mutex_free(struct os_mutex *m)
{
	if (!m)
		return;
	os_posix_must(pthread_mutex_destroy(&m->m), "pthread_mutex_destroy");
	free(m);
}

void os_mutex_lock(struct os_mutex *m)
{
	os_posix_must(pthread_mutex_lock(&m->m), "pthread_mutex_lock");
}

void os_mutex_unlock(struct os_mutex *m)
{
	os_posix_must(pthread_mutex_unlock(&m->m), "pthread_mutex_unlock");
}

enum rc os_cond_new(struct os_cond **ret, struct err *reterr)
{
	struct os_cond *c = malloc(sizeof *c);
	pthread_condattr_t attr;

	if (!c)
		return os_posix_no_memory(reterr);
	os_posix_must(pthread_condattr_init(&attr), "pthread_condattr_init");
	os_posix_must(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC),
		      "pthread_condattr_setclock");
	os_posix_must(pthread_cond_init(&c->c, &attr), "pthread_cond_init");
	pthread_condattr_destroy(&attr);
	*ret = c;
	return RC_OK;
}

void os_cond_free(struct os_cond *c)
{
	if (!c)
		return;
	os_posix_must(pthread_cond_destroy(&c->c), "pthread_cond_destroy");
	free(c);
}

void os_cond_wait(struct os_cond *c, struct os_mutex *m)
{
	os_posix_must(pthread_cond_wait(&c->c, &m->m), "pthread_cond_wait");
}

bool os_cond_wait_ms(struct os_cond *c, struct os_mutex *m, int64_t timeout_ms)
{
	struct timespec t;
	int n;

	if (timeout_ms < 0)
		timeout_ms = 0;
	os_posix_must(clock_gettime(CLOCK_MONOTONIC, &t) < 0 ? errno : 0, "clock_gettime");
	t.tv_sec += (time_t)(timeout_ms / 1000);
	t.tv_nsec += (long)(timeout_ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	n = pthread_cond_timedwait(&c->c, &m->m, &t);
	if (n == ETIMEDOUT)
		return false;
	os_posix_must(n, "pthread_cond_timedwait");
	return true;
}

void os_cond_signal(struct os_cond *c)
{
	os_posix_must(pthread_cond_signal(&c->c), "pthread_cond_signal");
}

void os_cond_broadcast(struct os_cond *c)
{
	os_posix_must(pthread_cond_broadcast(&c->c), "pthread_cond_broadcast");
}

/* One recursive lock for all: what runs once is short, and may itself need another once. */
void os_once(struct os_once *o, void (*fn)(void))
{
	static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

	if (atomic_load_explicit(&o->done, memory_order_acquire))
		return;
	os_posix_must(pthread_mutex_lock(&lock), "once");
	if (!atomic_load_explicit(&o->done, memory_order_relaxed)) {
		fn();
		atomic_store_explicit(&o->done, 1, memory_order_release);
	}
	os_posix_must(pthread_mutex_unlock(&lock), "once");
}
