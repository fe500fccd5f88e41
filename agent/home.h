/*
 * home: the communes this PC has, and in which of them something new is written. Clauses K14, M18,
 * P33. Reads the keyring, the mergers and the settings. Not here: syncing them (agent/sync_run), sealing
 * (agent/author).
 */
#ifndef KK_AGENT_HOME_H
#define KK_AGENT_HOME_H

#include "agent/agent.h"
#include "sync/unit.h"

enum { HOME_NAME = AUTHORITY_NAME };

/*
 * The communes of this PC, the one it was enrolled for first: those of its certs, and those the
 * collector told it has (P33). Before there is a cert, the one it asked for. Free with
 * keyring_scopes_free. RC_NOTFOUND "sync.not_enrolled".
 */
enum rc home_scopes(struct agent *agent, struct keyring_scopes *ret, struct err *reterr);
/*
 * Where something new is written by the key pk that began in scope: where the mergers lead (M18), if the
 * key has that commune by now; else scope.
 */
enum rc home_scope(struct agent *agent, const uint8_t pk[CRYPT_PK_LEN], const char *scope,
		   char ret[ENTRY_SCOPE_LEN], struct err *reterr);
/* The same for this PC itself and what it was enrolled for. *ret "" when it asked for nothing yet. */
enum rc home_here(struct agent *agent, char ret[ENTRY_SCOPE_LEN], struct err *reterr);
/* Name of a commune as the mergers or the enrolment slip tell it; "" when nothing does. */
enum rc home_unit(struct agent *agent, const char *scope, char ret[HOME_NAME], struct err *reterr);
/* Did this commune end? */
enum rc home_ended(struct agent *agent, const char *scope, bool *ret, struct err *reterr);

#endif
