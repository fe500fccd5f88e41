/*
 * turn: see turn.h.
 */
#include "server-stub/turn.h"

#include <stdlib.h>

#include "lib/os.h"

enum { KEPT_MS = 60000 };

struct turn {
	struct os_mutex *lock; /* guards n and kept_ms */
	struct os_mutex *held; /* by whose turn it is */
	int n;                 /* who has it or waits for it */
	int64_t kept_ms;       /* until then for whoever does not wait; monotonic */
};

enum rc turn_new(struct turn **ret, struct err *reterr)
{
	struct turn *t = calloc(1, sizeof(*t));
	enum rc rc = t ? os_mutex_new(&t->lock, reterr)
		       : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	if (rc == RC_OK)
		rc = os_mutex_new(&t->held, reterr);
	if (rc == RC_OK)
		*ret = t;
	else
		turn_free(t);
	return rc;
}

void turn_free(struct turn *t)
{
	if (!t)
		return;
	os_mutex_free(t->lock);
	os_mutex_free(t->held);
	free(t);
}

bool turn_begin(struct turn *t, int behind)
{
	int64_t now_ms = os_mono_ms();
	bool may;

	os_mutex_lock(t->lock);
	may = t->n <= behind && (behind == 0 || now_ms >= t->kept_ms);
	t->n += may;
	if (behind == 0)
		t->kept_ms = may ? 0 : now_ms + KEPT_MS;
	os_mutex_unlock(t->lock);
	if (may)
		os_mutex_lock(t->held);
	return may;
}

void turn_end(struct turn *t)
{
	os_mutex_unlock(t->held);
	os_mutex_lock(t->lock);
	t->n--;
	os_mutex_unlock(t->lock);
}

int turn_taken(struct turn *t)
{
	int n;

	os_mutex_lock(t->lock);
	n = t->n;
	os_mutex_unlock(t->lock);
	return n;
}
