/*
 * agent: what an operation of the agent works on. Opened by the op_program of main.c.
 */
#ifndef KK_AGENT_AGENT_H
#define KK_AGENT_AGENT_H

#include "agent/keys.h"
#include "agent/store.h"
#include "lib/clock.h"
#include "lib/lang.h"

struct agent {
	const struct clock *clock;
	struct store *store;
	struct keys *keys;
	struct lang *lang[2]; /* of answers, loaded when first asked for (look_open) */
	/* of the owner process, under its mutex: */
	bool in_backup;     /* one backup at a time */
	bool in_contact;    /* one contact with the collector at a time */
	bool background;    /* contacts are made without being asked for */
	int64_t asked_ms;   /* when somebody last asked for what is in the store, 0: its memory was given back */
	int64_t blobs_wait; /* left at the last contact for a line that is not metered */
};

enum rc agent_open(const char *home, bool create, void **retapp, struct err *reterr);
void agent_close(void *app);
/* Photos that a kill left half written go. */
enum rc agent_sweep(struct agent *a, struct err *reterr);
/* The texts of answers are loaded again when they are asked for. No struct look is open. */
void agent_forget_texts(struct agent *a);

#endif
