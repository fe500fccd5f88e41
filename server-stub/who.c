/*
 * who: see who.h. Certs name at most 64 communes each, a province takes several: the keyring
 * gathers them, here they are sorted, so that a list of thousands of rows costs no more than a
 * few comparisons each.
 */
#include "server-stub/who.h"

#include <stdlib.h>
#include <string.h>

#include "sync/kinds.h"

static int by_code(const void *a, const void *b)
{
	return strcmp(a, b);
}

enum rc who_read(const struct keyring *ring, const char *account, const uint8_t key[CRYPT_PK_LEN],
		 struct who *ret, struct err *reterr)
{
	struct who w = {.all = false};
	struct keyring_key k;
	enum rc rc = RC_OK;

	if (!keyring_find(ring, key, &k) || !k.cert || k.revoked_from >= 0 ||
	    !keyring_central(ring, key) || strlen(account) >= sizeof(w.account))
		rc = err_set(reterr, RC_DENIED, NULL, "who.unknown", NULL);
	if (rc == RC_OK)
		rc = keyring_scopes(ring, key, &w.scopes, reterr);
	if (rc != RC_OK)
		return rc;
	memcpy(w.account, account, strlen(account) + 1);
	memcpy(w.key, key, sizeof(w.key));
	w.role = k.role;
	w.all = keyring_covers(ring, key, "*");
	if (w.scopes.n > 1)
		qsort(w.scopes.scope, w.scopes.n, sizeof(*w.scopes.scope), by_code);
	*ret = w;
	return RC_OK;
}

void who_free(struct who *who)
{
	keyring_scopes_free(&who->scopes);
	memset(who, 0, sizeof(*who));
}

const struct who *who_of(const struct op_call *call)
{
	return call->who;
}

enum decision_level who_decides(const struct op_call *call)
{
	const struct who *w = who_of(call);

	return w ? kinds_rule(w->role)->decides : DECISION_CENTRE;
}

bool who_sees(const struct op_call *call, const char *scope)
{
	const struct who *w = who_of(call);

	if (!w || w->all)
		return true;
	if (!scope)
		return false;
	return strcmp(scope, "*") == 0 ||
	       (w->scopes.n > 0 && bsearch(scope, w->scopes.scope, w->scopes.n,
					   sizeof(*w->scopes.scope), by_code));
}

bool who_sees_arg(void *arg, const char *scope)
{
	return who_sees(arg, scope);
}

enum rc who_check(const struct op_call *call, const char *scope, struct err *reterr)
{
	if (who_sees(call, scope))
		return RC_OK;
	return scope ? err_set(reterr, RC_DENIED, NULL, "who.scope", "scope", scope, NULL)
		     : err_set(reterr, RC_DENIED, NULL, "who.all", NULL);
}
