/*
 * signin: who has opened a session in the console, and how often a passphrase may be tried. All in
 * memory: a restart of the collector signs everybody out. Times are seconds given by the caller
 * (os_mono_ms / 1000), so a test needs no waiting. Does NOT know HTTP, roles or what a session
 * may do (server-stub/gate.h).
 *
 * A session ends SIGNIN_IDLE_S after somebody last did something, and SIGNIN_MOST_S after it was
 * opened. A passphrase costs Argon2id, a second and 64 MiB: one is tried at a time, a few may wait
 * for their turn, and after some failures an account and an address wait.
 */
#ifndef KK_COLLECTOR_SIGNIN_H
#define KK_COLLECTOR_SIGNIN_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/err.h"
#include "lib/page.h"
#include "server-stub/who.h"

enum {
	SIGNIN_IDLE_S = 15 * 60,
	SIGNIN_MOST_S = 8 * 3600,
	SIGNIN_SESSIONS = 1024,    /* at once; the one unused for longest gives way */
	SIGNIN_OF_ACCOUNT = 8,     /* of one account: likewise, so nobody crowds out the others */
	SIGNIN_WINDOW_S = 10 * 60, /* failures count for so long */
	SIGNIN_ACCOUNT = 10,       /* failures of one account within it */
	SIGNIN_ADDRESS = 30,       /* failures from one address */
	SIGNIN_FAILURES = 4096,    /* remembered; more than Argon2id lets through in a window */
	SIGNIN_WAITING = 8,        /* who wait for their turn; more are told to come back */
	SIGNIN_ADDRESS_LEN = 64
};

struct signin;

enum rc signin_new(struct signin **ret, struct err *reterr);
void signin_free(struct signin *s); /* NULL is fine */

struct signin_session {
	char account[WHO_ACCOUNT];
	uint8_t key[CRYPT_PK_LEN];
	int64_t opened_s, used_s;
};

/* A new session; its token for the cookie. An account that is too long is refused before (vault). */
void signin_open(struct signin *s, const char *account, const uint8_t key[CRYPT_PK_LEN],
		 int64_t now_s, char ret[PAGE_TOKEN]);
/* False when there is none, or it has ended. used: somebody did something, it does not grow idle. */
bool signin_look(struct signin *s, const char *token, int64_t now_s, bool used,
		 struct signin_session *ret);
void signin_close(struct signin *s, const char *token);
/* All of an account but the one with that token (NULL: all). */
void signin_close_account(struct signin *s, const char *account, const char *but);

/*
 * Before a passphrase is tried. RC_BUSY "signin.wait" {seconds}: too many failures of the account or
 * from the address; RC_BUSY "signin.busy" {seconds}: too many are waiting. RC_OK: it is our turn
 * and nobody else's until signin_end.
 */
enum rc signin_begin(struct signin *s, const char *account, const char *address, int64_t now_s,
		     struct err *reterr);
/* good: the account's failures are forgotten. */
void signin_end(struct signin *s, const char *account, const char *address, int64_t now_s,
		bool good);

/*
 * The same limits for a passphrase given with an act, which waits for its turn elsewhere: it counts as a
 * failure from now on, so that a thousand at once are no more tries than one after another, until
 * signin_settle says what came of *ret. RC_BUSY "signin.wait".
 */
enum rc signin_reserve(struct signin *s, const char *account, const char *address, int64_t now_s,
		       uint64_t *ret, struct err *reterr);
enum signin_outcome {
	SIGNIN_WRONG, /* it stays a failure */
	SIGNIN_GOOD,  /* the account's failures are forgotten */
	SIGNIN_OTHER  /* the act was refused for another reason: this one is none */
};
void signin_settle(struct signin *s, uint64_t reserved, enum signin_outcome outcome);

#endif
