/*
 * httpd_slow: see httpd_slow.h. Cut off means that the socket is shut down, not closed: whoever serves the connection
 * sees its end and closes it. Under one mutex with httpd_slow_leave, so that no other socket of that number is met.
 */
#include "lib/httpd_slow.h"

#include <stdbool.h>
#include <stdlib.h>

#include "lib/os.h"

enum { MS = 1000, LOOKS = 4, LOOK_MAX_MS = 1000 };

struct place {
	intptr_t sock; /* -1: free */
	int64_t end;   /* os_mono_ms; 0: none */
};

struct httpd_slow {
	struct os_mutex *mutex;
	struct os_cond *turn; /* stopping, or the first connection */
	struct os_thread *thread;
	bool stopping;
	int64_t slow_ms, slow_rate;
	size_t n, free; /* free: nobody below it is */
	size_t open;    /* places taken */
	struct place place[];
};

static void look(struct httpd_slow *s, int64_t now)
{
	for (size_t i = 0; i < s->n; i++) {
		struct place *p = &s->place[i];

		if (p->sock >= 0 && p->end > 0 && now > p->end) {
			os_socket_shut(p->sock);
			p->end = 0;
		}
	}
}

static void run(void *arg)
{
	struct httpd_slow *s = arg;
	int64_t every = s->slow_ms / LOOKS < LOOK_MAX_MS ? s->slow_ms / LOOKS + 1 : LOOK_MAX_MS;

	os_mutex_lock(s->mutex);
	while (!s->stopping) {
		if (s->open == 0) { /* a program that nobody talks to sleeps */
			os_cond_wait(s->turn, s->mutex);
			continue;
		}
		os_cond_wait_ms(s->turn, s->mutex, every);
		look(s, os_mono_ms());
	}
	os_mutex_unlock(s->mutex);
}

enum rc httpd_slow_new(struct httpd_slow **ret, unsigned connections, int64_t slow_ms,
		       int64_t slow_rate, struct err *reterr)
{
	struct httpd_slow *s = calloc(1, sizeof(*s) + connections * sizeof(s->place[0]));
	enum rc rc = s ? os_mutex_new(&s->mutex, reterr)
		       : err_set(reterr, RC_NOMEM, NULL, "os.memory", NULL);

	if (rc == RC_OK)
		rc = os_cond_new(&s->turn, reterr);
	if (rc == RC_OK) {
		s->slow_ms = slow_ms;
		s->slow_rate = slow_rate;
		s->n = connections;
		for (size_t i = 0; i < s->n; i++)
			s->place[i].sock = -1;
		rc = os_thread_start(&s->thread, run, s, reterr);
	}
	if (rc == RC_OK)
		*ret = s;
	else
		httpd_slow_free(s);
	return rc;
}

void httpd_slow_free(struct httpd_slow *s)
{
	if (!s)
		return;
	if (s->thread) {
		os_mutex_lock(s->mutex);
		s->stopping = true;
		os_cond_broadcast(s->turn);
		os_mutex_unlock(s->mutex);
		os_thread_join(s->thread);
	}
	os_cond_free(s->turn);
	os_mutex_free(s->mutex);
	free(s);
}

size_t httpd_slow_enter(struct httpd_slow *s, intptr_t sock)
{
	size_t i;

	os_mutex_lock(s->mutex);
	for (i = s->free; i < s->n && s->place[i].sock >= 0;)
		i++;
	if (i < s->n) {
		s->place[i] = (struct place){sock, os_mono_ms() + s->slow_ms};
		if (s->open++ == 0)
			os_cond_broadcast(s->turn);
	}
	s->free = i < s->n ? i + 1 : s->n;
	os_mutex_unlock(s->mutex);
	return i < s->n ? i + 1 : 0;
}

void httpd_slow_leave(struct httpd_slow *s, size_t place)
{
	if (place == 0)
		return;
	os_mutex_lock(s->mutex);
	s->place[place - 1].sock = -1;
	s->open--;
	if (place - 1 < s->free)
		s->free = place - 1;
	os_mutex_unlock(s->mutex);
}

static void end_at(struct httpd_slow *s, size_t place, int64_t end)
{
	if (place == 0)
		return;
	os_mutex_lock(s->mutex);
	s->place[place - 1].end = end;
	os_mutex_unlock(s->mutex);
}

void httpd_slow_step(struct httpd_slow *s, size_t place)
{
	end_at(s, place, os_mono_ms() + s->slow_ms);
}

void httpd_slow_work(struct httpd_slow *s, size_t place)
{
	end_at(s, place, 0);
}

void httpd_slow_more(struct httpd_slow *s, size_t place, size_t len)
{
	if (place == 0)
		return;
	os_mutex_lock(s->mutex);
	if (s->place[place - 1].end > 0)
		s->place[place - 1].end += (int64_t)len * MS / s->slow_rate;
	os_mutex_unlock(s->mutex);
}
