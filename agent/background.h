/*
 * background: the thread of an owner process that nobody watches: it contacts the collector when
 * that is due (agent/wake), keeps a log of it, forgets PINs and keeps the store's journal
 * small. Clause P20. Does NOT talk to anybody: what it could not do is told by status.
 */
#ifndef KK_AGENT_BACKGROUND_H
#define KK_AGENT_BACKGROUND_H

#include "agent/agent.h"
#include "lib/op.h"

struct background;

/*
 * Start it; call is the owner's, and copied. It ends by itself when os_stopping(), a contact
 * under way included. The log is HOME/kiemke.log, at most two files of one MiB. Errors of
 * log_open and os_thread_start.
 */
enum rc background_start(struct background **ret, struct agent *agent, const struct op_call *call,
			 struct err *reterr);
void background_join(struct background *b); /* waits, then frees; NULL is fine */

#endif
