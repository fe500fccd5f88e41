/*
 * signin: see signin.h. Failures are a ring of (account, address, when): a login is rare and dear,
 * so counting is a walk over it. Unknown accounts are counted like known ones.
 */
#include "server-stub/signin.h"

#include <stdlib.h>
#include <string.h>

#include "lib/codec.h"
#include "lib/num.h"

enum { BUSY_S = 5 };

struct slot {
	char token[PAGE_TOKEN]; /* "": free */
	struct signin_session is;
};

struct failure {
	uint8_t account[8], address[8]; /* heads of hashes */
	int64_t at_s;
	uint64_t no; /* from 1 */
	bool counts;
};

struct signin {
	struct os_mutex *look; /* guards all below */
	struct os_mutex *turn; /* held while a passphrase is tried */
	int waiting;
	size_t next_failure;
	uint64_t last_no;
	struct failure failure[SIGNIN_FAILURES];
	struct slot slot[SIGNIN_SESSIONS];
};

enum rc signin_new(struct signin **ret, struct err *reterr)
{
	struct signin *s = calloc(1, sizeof(*s));
	enum rc rc = s ? os_mutex_new(&s->look, reterr)
		       : err_set(reterr, RC_NOMEM, NULL, "buf.memory", NULL);

	if (rc == RC_OK)
		rc = os_mutex_new(&s->turn, reterr);
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

/* A free one, else the one unused for longest. */
static struct slot *place(struct signin *s, int64_t now_s)
{
	struct slot *best = &s->slot[0];

	for (size_t i = 0; i < SIGNIN_SESSIONS; i++) {
		struct slot *x = &s->slot[i];

		if (x->token[0] && ended(x, now_s))
			drop(x);
		if (!x->token[0])
			return x;
		if (x->is.used_s < best->is.used_s)
			best = x;
	}
	return best;
}

void signin_open(struct signin *s, const char *account, const uint8_t key[CRYPT_PK_LEN],
		 int64_t now_s, char ret[PAGE_TOKEN])
{
	struct slot *x;

	page_token(ret);
	os_mutex_lock(s->look);
	x = place(s, now_s);
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

static void head_of(const char *text, uint8_t ret[8])
{
	uint8_t hash[CRYPT_HASH_LEN];

	crypt_sha256(text, strlen(text), hash);
	memcpy(ret, hash, 8);
}

/* How long to wait when there are `most` failures of that kind in the window: until the oldest is out of it. */
static int64_t wait_of(const struct signin *s, const uint8_t head[8], bool account, size_t most,
		       int64_t now_s)
{
	int64_t oldest = now_s;
	size_t n = 0;

	for (size_t i = 0; i < SIGNIN_FAILURES; i++) {
		const struct failure *f = &s->failure[i];

		if (!f->counts || now_s - f->at_s >= SIGNIN_WINDOW_S ||
		    memcmp(account ? f->account : f->address, head, 8) != 0)
			continue;
		n++;
		oldest = f->at_s < oldest ? f->at_s : oldest;
	}
	return n < most ? 0 : oldest + SIGNIN_WINDOW_S - now_s;
}

/* Under `look`. */
static enum rc check_tries(const struct signin *s, const char *account, const char *address,
			   int64_t now_s, struct err *reterr)
{
	uint8_t a[8], b[8];
	int64_t of_account, of_address;

	head_of(account, a);
	head_of(address, b);
	of_account = wait_of(s, a, true, SIGNIN_ACCOUNT, now_s);
	of_address = wait_of(s, b, false, SIGNIN_ADDRESS, now_s);
	if (of_account < of_address)
		of_account = of_address;
	return of_account > 0 ? err_num(reterr, RC_BUSY, NULL, "signin.wait", "seconds", of_account)
			      : RC_OK;
}

/* Under `look`, as the two below. Its number. */
static uint64_t add_failure(struct signin *s, const char *account, const char *address,
			    int64_t now_s)
{
	struct failure *f = &s->failure[s->next_failure];

	s->next_failure = (s->next_failure + 1) % SIGNIN_FAILURES;
	*f = (struct failure){.at_s = now_s, .no = ++s->last_no, .counts = true};
	head_of(account, f->account);
	head_of(address, f->address);
	return f->no;
}

static void forget(struct signin *s, const uint8_t account[8])
{
	for (size_t i = 0; i < SIGNIN_FAILURES; i++)
		if (memcmp(s->failure[i].account, account, 8) == 0)
			s->failure[i].counts = false;
}

enum rc signin_reserve(struct signin *s, const char *account, const char *address, int64_t now_s,
		       uint64_t *ret, struct err *reterr)
{
	enum rc rc;

	os_mutex_lock(s->look);
	rc = check_tries(s, account, address, now_s, reterr);
	if (rc == RC_OK)
		*ret = add_failure(s, account, address, now_s);
	os_mutex_unlock(s->look);
	return rc;
}

void signin_settle(struct signin *s, uint64_t reserved, enum signin_outcome outcome)
{
	os_mutex_lock(s->look);
	for (size_t i = 0; outcome != SIGNIN_WRONG && i < SIGNIN_FAILURES; i++) {
		struct failure *f = &s->failure[i];

		if (f->no != reserved)
			continue;
		f->counts = false;
		if (outcome == SIGNIN_GOOD)
			forget(s, f->account);
		break;
	}
	os_mutex_unlock(s->look);
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
	uint8_t head[8];

	head_of(account, head);
	os_mutex_lock(s->look);
	if (good)
		forget(s, head);
	else
		add_failure(s, account, address, now_s);
	os_mutex_unlock(s->look);
	os_mutex_unlock(s->turn);
}
