/*
 * home: the communes this PC has, in which of them something new is written, and to which a record belongs. Clauses
 * K14, M18, M22, P33. Reads the keyring, the mergers, the splits and the settings. Not here: syncing them
 * (agent/sync_run), sealing
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
/* The mergers and splits there are, as of now. Free with home_map_free. */
struct home_map {
	struct unit_map map;
	struct unit_split *split; /* map's own */
	size_t n;
};
enum rc home_map(struct agent *agent, struct home_map *ret, struct err *reterr);
void home_map_free(struct home_map *m); /* empty again, {0} */
/*
 * Where something new is written by the key pk that began in scope: on from there by splits and mergers as far as the
 * key has those communes by now (unit_home); else scope.
 */
enum rc home_scope(struct agent *agent, const uint8_t pk[CRYPT_PK_LEN], const char *scope,
		   char ret[ENTRY_SCOPE_LEN], struct err *reterr);
/* The same for this PC itself and what it was enrolled for. *ret "" when it asked for nothing yet. */
enum rc home_here(struct agent *agent, char ret[ENTRY_SCOPE_LEN], struct err *reterr);
/* Name of a commune as the mergers, splits or the enrolment slip tell it; "" when nothing does. */
enum rc home_unit(struct agent *agent, const char *scope, char ret[HOME_NAME], struct err *reterr);
/* Did this commune end? */
enum rc home_ended(struct agent *agent, const char *scope, bool *ret, struct err *reterr);

/* What of a record says where it belongs. Borrowed. */
struct home_record {
	const char *scope, *kind;
	const struct merge_state *state;
	const struct form *form; /* NULL: unknown */
};
/*
 * The commune a record belongs to (M22): with its place, what that says of itself; by its scope where it names none,
 * or the place has not come.
 */
enum rc home_belongs(struct agent *agent, const struct home_map *m, const struct home_record *x,
		     char ret[ENTRY_SCOPE_LEN], struct err *reterr);

#endif
