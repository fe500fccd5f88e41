/*
 * sync_op: one contact as an operation does it; also called by the owner's background
 * thread (op_serve).
 */
#ifndef KK_AGENT_SYNC_OP_H
#define KK_AGENT_SYNC_OP_H

#include "agent/sync_run.h"

/*
 * Ask for the cert if there is none yet, then sync. Takes the store in slices through
 * call. asked: by a person, now. *retwaiting: the collector has not approved this PC yet. Errors as sync_run.
 */
enum rc sync_op_contact(struct agent *agent, const struct op_call *call, bool asked,
			struct sync_run_report *ret, bool *retwaiting, struct err *reterr);

/*
 * Two contacts at once, by network or by file, would take each other's lines (the session is the
 * store's): the second waits. RC_BUSY when the process stops. The store must not be held.
 */
enum rc sync_op_enter(struct agent *agent, const struct op_call *call, struct err *reterr);
void sync_op_leave(struct agent *agent, const struct op_call *call);

#endif
