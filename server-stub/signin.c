/*
 * signin: see signin.h. Unknown accounts are counted like known ones.
 */
#include "server-stub/signin.h"

#include <stdlib.h>
#include <string.h>

#include "server-stub/tries.h"

enum { BUSY_S = 5 };

struct slot {
	char token[PAGE_TOKEN]; /* "": free */
	struct signin_session is;
};

struct signin {
	struct os_mutex *look; /* guards all below */
	struct os_mutex *turn; /* held while a passphrase is tried */
	struct tries *tries;
	int waiting;
	struct slot slot[SIGNIN_SESSIONS];
};

enum rc signin_new(struct signin **ret, struct err *reterr)
{
	const struct tries_conf conf = {.remembered = SIGNIN_FAILURES,
					.window_s = SIGNIN_WINDOW_S,
					.by = SIGNIN_ACCOUNT,
					.from = SIGNIN_ADDRESS};
	struct signin *s = calloc(1, sizeof(*s));
	enum rc rc = s ? os_mutex_new(&s->look, reterr)
		       : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	if (rc == RC_OK)
		rc = os_mutex_new(&s->turn, reterr);
	if (rc == RC_OK)
		rc = tries_new(&s->tries, &conf, reterr);
	if (rc == RC_OK)
		*ret = s;
	else
		signin_free(s);
	return rc;
}

void signin_free(struct signin *s)
{
	if (!s)
		return;
	os_mutex_free(s->look);
	os_mutex_free(s->turn);
	tries_free(s->tries);
	crypt_wipe(s->slot, sizeof(s->slot));
	free(s);
}

/* ---- sessions ---- */

static void drop(struct slot *x)
{
	crypt_wipe(x, sizeof(*x));
}

static bool ended(const struct slot *x, int64_t now_s)
{
	return now_s - x->is.used_s >= SIGNIN_IDLE_S || now_s - x->is.opened_s >= SIGNIN_MOST_S;
}

/* `best`, or x where that one was unused for longer. */
static struct slot *longest(struct slot *best, struct slot *x)
{
	return !best || x->is.used_s < best->is.used_s ? x : best;
}

/* The account's own one unused for longest, when it has as many as it may; else a free one, else of all of them. */
static struct slot *place(struct signin *s, const char *account, int64_t now_s)
{
	struct slot *own = NULL, *free = NULL, *any = NULL;
	size_t n = 0;

	for (size_t i = 0; i < SIGNIN_SESSIONS; i++) {
		struct slot *x = &s->slot[i];

		if (x->token[0] && ended(x, now_s))
			drop(x);
		if (!x->token[0]) {
			free = free ? free : x;
			continue;
		}
		any = longest(any, x);
		if (strcmp(x->is.account, account) == 0) {
			own = longest(own, x);
			n++;
		}
	}
	return n >= SIGNIN_OF_ACCOUNT ? own : free ? free : any;
}

void signin_open(struct signin *s, const char *account, const uint8_t key[CRYPT_PK_LEN],
		 int64_t now_s, char ret[PAGE_TOKEN])
{
	struct slot *x;

	page_token(ret);
	os_mutex_lock(s->look);
	x = place(s, account, now_s);
	drop(x);
	memcpy(x->token, ret, PAGE_TOKEN);
	if (strlen(account) < sizeof(x->is.account))
		memcpy(x->is.account, account, strlen(account) + 1);
	memcpy(x->is.key, key, CRYPT_PK_LEN);
	x->is.opened_s = x->is.used_s = now_s;
	os_mutex_unlock(s->look);
}

/* Each is compared, in the same time. */
static struct slot *find(struct signin *s, const char *token)
{
	struct slot *found = NULL;

	if (!token || strlen(token) != PAGE_TOKEN - 1)
		return NULL;
	for (size_t i = 0; i < SIGNIN_SESSIONS; i++) {
		bool same = crypt_equal(s->slot[i].token, token, PAGE_TOKEN - 1);

		found = same ? &s->slot[i] : found;
	}
	return found;
}

bool signin_look(struct signin *s, const char *token, int64_t now_s, bool used,
		 struct signin_session *ret)
{
	struct slot *x;
	bool good;

	os_mutex_lock(s->look);
	x = find(s, token);
	good = x && !ended(x, now_s);
	if (x && !good)
		drop(x);
	if (good) {
		if (used)
			x->is.used_s = now_s;
		*ret = x->is;
	}
	os_mutex_unlock(s->look);
	return good;
}

void signin_close(struct signin *s, const char *token)
{
	struct slot *x;

	os_mutex_lock(s->look);
	x = find(s, token);
	if (x)
		drop(x);
	os_mutex_unlock(s->look);
}

void signin_close_account(struct signin *s, const char *account, const char *but)
{
	os_mutex_lock(s->look);
	for (size_t i = 0; i < SIGNIN_SESSIONS; i++)
		if (strcmp(s->slot[i].is.account, account) == 0 &&
		    !(but && strcmp(s->slot[i].token, but) == 0))
			drop(&s->slot[i]);
	os_mutex_unlock(s->look);
}

/* ---- tries ---- */

static enum rc wait_err(int64_t seconds, struct err *reterr)
{
	return seconds > 0 ? err_num(reterr, RC_BUSY, NULL, "signin.wait", "seconds", seconds) : RC_OK;
}

static enum rc check_tries(struct signin *s, const char *account, const char *address,
			   int64_t now_s, struct err *reterr)
{
	return wait_err(tries_wait(s->tries, account, address, now_s), reterr);
}

enum rc signin_reserve(struct signin *s, const char *account, const char *address, int64_t now_s,
		       uint64_t *ret, struct err *reterr)
{
	int64_t wait_s = 0;

	*ret = tries_take(s->tries, account, address, now_s, &wait_s);
	return wait_err(wait_s, reterr);
}

void signin_settle(struct signin *s, uint64_t reserved, enum signin_outcome outcome)
{
	if (outcome != SIGNIN_WRONG)
		tries_return(s->tries, reserved, outcome == SIGNIN_GOOD);
}

enum rc signin_begin(struct signin *s, const char *account, const char *address, int64_t now_s,
		     struct err *reterr)
{
	enum rc rc;

	os_mutex_lock(s->look);
	rc = s->waiting >= SIGNIN_WAITING
		 ? err_num(reterr, RC_BUSY, NULL, "signin.busy", "seconds", BUSY_S)
		 : check_tries(s, account, address, now_s, reterr);
	s->waiting += rc == RC_OK;
	os_mutex_unlock(s->look);
	if (rc != RC_OK)
		return rc;
	os_mutex_lock(s->turn);
	os_mutex_lock(s->look);
	rc = check_tries(s, account, address, now_s, reterr); /* failures while we waited */
	s->waiting--;
	os_mutex_unlock(s->look);
	if (rc != RC_OK)
		os_mutex_unlock(s->turn);
	return rc;
}

void signin_end(struct signin *s, const char *account, const char *address, int64_t now_s,
		bool good)
{
	if (good)
		tries_forget(s->tries, account);
	else
		tries_add(s->tries, account, address, now_s);
	os_mutex_unlock(s->turn);
}
