/*
 * machine: is this still the PC it was? A home that was copied or moved to another machine
 * goes on in new feeds (A15), so that two PCs never write under one number, and a person
 * is asked what happened. Nothing waits for the answer. Not here: forks that have happened
 * (store), what a machine is (lib/os).
 */
#ifndef KK_AGENT_MACHINE_H
#define KK_AGENT_MACHINE_H

#include "agent/agent.h"

/*
 * Compare with the machine of the last start; id: os_machine_id's bytes, empty when the system
 * tells nothing (then nothing is compared). Another one: all feeds are closed and the
 * question is open. *retnew (may be NULL): it is another one.
 */
enum rc machine_check(struct agent *agent, struct span id, bool *retnew, struct err *reterr);

enum machine_answer { MACHINE_NONE, MACHINE_MOVED, MACHINE_COPY };
struct machine_state {
	int64_t changed_at;         /* unix s; 0: never */
	int64_t answered_at;        /* unix s; 0: not answered, or never asked */
	enum machine_answer answer; /* to the last change */
};
enum rc machine_state(struct agent *agent, struct machine_state *ret, struct err *reterr);
/* RC_CONFLICT "machine.not_asked" when nothing changed. A second answer replaces the first. */
enum rc machine_answer(struct agent *agent, enum machine_answer answer, struct err *reterr);

#endif
