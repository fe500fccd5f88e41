/*
 * places: see places.h.
 */
#include "server-stub/places.h"

#include <stdlib.h>
#include <string.h>

#include "lib/os.h"
#include "server-stub/who.h"

struct places {
	struct os_mutex *mutex;
	size_t n, each;
	char account[][WHO_ACCOUNT]; /* "": free */
};

enum rc places_new(struct places **ret, size_t n, size_t each, struct err *reterr)
{
	struct places *p = calloc(1, sizeof(*p) + n * sizeof(p->account[0]));
	enum rc rc = p ? os_mutex_new(&p->mutex, reterr) : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	if (rc == RC_OK) {
		p->n = n;
		p->each = each;
		*ret = p;
	} else {
		free(p);
	}
	return rc;
}

void places_free(struct places *p)
{
	if (!p)
		return;
	os_mutex_free(p->mutex);
	free(p);
}

bool places_take(struct places *p, const char *account)
{
	size_t at = SIZE_MAX, own = 0, len = strlen(account);
	bool good;

	os_mutex_lock(p->mutex);
	for (size_t i = 0; i < p->n; i++) {
		own += strcmp(p->account[i], account) == 0;
		at = !p->account[i][0] ? i : at;
	}
	good = at != SIZE_MAX && own < p->each && len > 0 && len < WHO_ACCOUNT;
	if (good)
		memcpy(p->account[at], account, len + 1);
	os_mutex_unlock(p->mutex);
	return good;
}

void places_leave(struct places *p, const char *account)
{
	size_t i = 0;

	os_mutex_lock(p->mutex);
	while (i < p->n && strcmp(p->account[i], account) != 0)
		i++;
	if (i < p->n)
		p->account[i][0] = '\0';
	os_mutex_unlock(p->mutex);
}
