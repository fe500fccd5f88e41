/*
 * sync_wait: how long to wait after a contact with the collector, by what came of it.
 * Clauses P20, P26. Pure: one table of kinds of failure, one rule of windows. Not here: when
 * something else wakes the owner sooner (agent/wake).
 */
#ifndef KK_AGENT_SYNC_WAIT_H
#define KK_AGENT_SYNC_WAIT_H

#include <stdbool.h>
#include <stdint.h>

enum {
	SYNC_WAIT_SLOT_MAX = 86400, /* s; a slot or a Retry-After above a day is taken as a day */
	SYNC_WAIT_MAX = 3600,       /* s; ceiling of the windows after failures */
	SYNC_WAIT_URGENT_MAX = 20   /* s; of the first minutes offline with records to send */
};

enum sync_wait_kind {
	SYNC_WAIT_FINE,    /* it went well */
	SYNC_WAIT_OFFLINE, /* nobody answered: no network, collector down */
	SYNC_WAIT_PORTAL,  /* something else answered: a network that asks for a login */
	SYNC_WAIT_ASKED,   /* waits for a person at the centre to approve this PC */
	SYNC_WAIT_LOCAL,   /* nothing was sent: not enrolled */
	SYNC_WAIT_TOLD,    /* the collector, or what it sent, said no */
	SYNC_WAIT_N
};
/* The kind of a failure, by its message key ("": fine). */
enum sync_wait_kind sync_wait_kind(const char *key);

struct sync_wait {
	enum sync_wait_kind kind;
	int64_t failures;      /* in a row, this one included; 0 when fine */
	int64_t next_s;        /* the collector's slot, 0: none told */
	int64_t retry_after_s; /* 0: none */
	bool urgent;           /* records wait to be sent */
};
/*
 * Seconds to the next contact. Fine: the slot and up to a tenth more, so that PCs given one
 * moment spread out. Else full jitter, 1 to the window: it doubles with each failure up to the
 * kind's ceiling. Never less than Retry-After. Urgent and offline: the windows stay at
 * 20 s for the first 60 failures (ten minutes or more), so that a collector that comes back has the records
 * within that; a refused connection costs nobody anything.
 */
int64_t sync_wait_s(const struct sync_wait *w, uint64_t random);

#endif
