/*
 * who: for whom an operation of the collector runs: a member of staff who has opened a session in
 * the console, with role and communes, or the machine's owner (the command line, the owner's
 * token). Operations ask who_sees before they show anything of a commune; what a role may do at all
 * is in server-stub/gate.h, and what counts in the log decides the keyring (A4, A5).
 */
#ifndef KK_COLLECTOR_WHO_H
#define KK_COLLECTOR_WHO_H

#include "lib/op.h"
#include "sync/decision.h"
#include "sync/keyring.h"

enum { WHO_ACCOUNT = 48 }; /* bytes of an account's name (vault), with the NUL */

struct who {
	char account[WHO_ACCOUNT]; /* name of the key in HOME/keys */
	uint8_t key[CRYPT_PK_LEN];
	enum role role;
	bool all;                     /* a cert for "*": every commune */
	struct keyring_scopes scopes; /* otherwise these, sorted */
};

/*
 * From what the log says of the key now. RC_DENIED "who.unknown": no admitted cert of a role of the
 * centre, or revoked. Free with who_free.
 */
enum rc who_read(const struct keyring *ring, const char *account, const uint8_t key[CRYPT_PK_LEN],
		 struct who *ret, struct err *reterr);
void who_free(struct who *who); /* empty again, {0} */

/* NULL: the machine's owner, who sees everything. Borrowed. */
const struct who *who_of(const struct op_call *call);
/* Up to which level they decide (A5); the machine's owner has every key of the centre. */
enum decision_level who_decides(const struct op_call *call);
/*
 * May they see what is in scope (a commune's code)? What is in "*" is for all: schedules,
 * catalogue, reports. NULL scope: everything at once, so only for who is not limited.
 */
bool who_sees(const struct op_call *call, const char *scope);
/* The same for what takes a callback (struct archive_among): arg is the call. */
bool who_sees_arg(void *arg, const char *scope);
/* The same as a refusal: RC_DENIED "who.scope" {scope}, or "who.all" for a NULL scope. */
enum rc who_check(const struct op_call *call, const char *scope, struct err *reterr);

#endif
