/*
 * tries: see tries.h. What is tried here is dear or rare, so counting is a walk over all places, and so is finding one.
 */
#include "server-stub/tries.h"

#include <stdlib.h>
#include <string.h>

#include "lib/crypt.h"
#include "lib/os.h"

enum { HEAD = 8, ADDRESS_LEN = 80 };

struct failure {
	uint8_t by[HEAD], from[HEAD]; /* heads of hashes */
	int64_t at_s;
	uint64_t no; /* from 1 */
	bool counts;
};

struct tries {
	struct tries_conf conf;
	struct os_mutex *mutex;
	uint64_t last_no;
	struct failure failure[];
};

enum rc tries_new(struct tries **ret, const struct tries_conf *conf, struct err *reterr)
{
	struct tries *t = calloc(1, sizeof(*t) + conf->remembered * sizeof(t->failure[0]));
	enum rc rc = t ? os_mutex_new(&t->mutex, reterr)
		       : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	if (rc == RC_OK) {
		t->conf = *conf;
		*ret = t;
	} else {
		free(t);
	}
	return rc;
}

void tries_free(struct tries *t)
{
	if (!t)
		return;
	os_mutex_free(t->mutex);
	free(t);
}

static void head_of(const char *text, uint8_t ret[HEAD])
{
	uint8_t hash[CRYPT_HASH_LEN];

	crypt_sha256(text, strlen(text), hash);
	memcpy(ret, hash, HEAD);
}

static struct failure make(const char *by, const char *from, int64_t now_s)
{
	struct failure f = {.at_s = now_s, .counts = true};
	char net[ADDRESS_LEN];

	os_address_net(from, net, sizeof(net));
	head_of(by, f.by);
	head_of(net, f.from);
	return f;
}

/* ---- under the mutex ---- */

static bool counts(const struct tries *t, const struct failure *f, int64_t now_s)
{
	return f->counts && now_s - f->at_s < t->conf.window_s;
}

/* How long until fewer than `most` of those that have this head are in the window: until the oldest is out of it. */
static int64_t wait_of(const struct tries *t, const uint8_t head[HEAD], bool by, size_t most,
		       int64_t now_s)
{
	int64_t oldest = now_s;
	size_t n = 0;

	for (size_t i = 0; most > 0 && i < t->conf.remembered; i++) {
		const struct failure *f = &t->failure[i];

		if (!counts(t, f, now_s) || memcmp(by ? f->by : f->from, head, HEAD) != 0)
			continue;
		n++;
		oldest = f->at_s < oldest ? f->at_s : oldest;
	}
	return n < most || most == 0 ? 0 : oldest + t->conf.window_s - now_s;
}

static int64_t wait_for(const struct tries *t, const struct failure *f)
{
	int64_t by = wait_of(t, f->by, true, t->conf.by, f->at_s);
	int64_t from = wait_of(t, f->from, false, t->conf.from, f->at_s);

	return by > from ? by : from;
}

/* The first that does not count, else that of the oldest: what was taken back pushes nothing out. */
static struct failure *place(struct tries *t, int64_t now_s)
{
	struct failure *oldest = &t->failure[0];

	for (size_t i = 0; i < t->conf.remembered; i++) {
		struct failure *f = &t->failure[i];

		if (!counts(t, f, now_s))
			return f;
		if (f->no < oldest->no)
			oldest = f;
	}
	return oldest;
}

static uint64_t add(struct tries *t, struct failure *f)
{
	f->no = ++t->last_no;
	*place(t, f->at_s) = *f;
	return f->no;
}

static void forget(struct tries *t, const uint8_t by[HEAD])
{
	for (size_t i = 0; i < t->conf.remembered; i++)
		if (memcmp(t->failure[i].by, by, HEAD) == 0)
			t->failure[i].counts = false;
}

/* ---- in public ---- */

int64_t tries_wait(struct tries *t, const char *by, const char *from, int64_t now_s)
{
	const struct failure f = make(by, from, now_s);
	int64_t wait;

	os_mutex_lock(t->mutex);
	wait = wait_for(t, &f);
	os_mutex_unlock(t->mutex);
	return wait;
}

uint64_t tries_add(struct tries *t, const char *by, const char *from, int64_t now_s)
{
	struct failure f = make(by, from, now_s);
	uint64_t no;

	os_mutex_lock(t->mutex);
	no = add(t, &f);
	os_mutex_unlock(t->mutex);
	return no;
}

uint64_t tries_take(struct tries *t, const char *by, const char *from, int64_t now_s,
		    int64_t *retwait_s)
{
	struct failure f = make(by, from, now_s);
	uint64_t no;

	os_mutex_lock(t->mutex);
	*retwait_s = wait_for(t, &f);
	no = *retwait_s > 0 ? 0 : add(t, &f);
	os_mutex_unlock(t->mutex);
	return no;
}

void tries_return(struct tries *t, uint64_t no, bool by_too)
{
	os_mutex_lock(t->mutex);
	for (size_t i = 0; no > 0 && i < t->conf.remembered; i++) {
		struct failure *f = &t->failure[i];

		if (f->no != no)
			continue;
		f->counts = false;
		if (by_too)
			forget(t, f->by);
		break;
	}
	os_mutex_unlock(t->mutex);
}

void tries_forget(struct tries *t, const char *by)
{
	uint8_t head[HEAD];

	head_of(by, head);
	os_mutex_lock(t->mutex);
	forget(t, head);
	os_mutex_unlock(t->mutex);
}
