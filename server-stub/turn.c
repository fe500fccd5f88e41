/*
 * turn: see turn.h.
 */
#include "server-stub/turn.h"

#include <stdlib.h>

#include "lib/os.h"

struct turn {
	struct os_mutex *lock; /* guards n */
	struct os_mutex *held; /* by whose turn it is */
	int n;                 /* who has it or waits for it */
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
	bool may;

	os_mutex_lock(t->lock);
	may = t->n <= behind;
	t->n += may;
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
