/*
 * wake: when the owner's background contacts the collector. Clause P20. Pure: fed once a second
 * with what is so, it says whether a contact is due and why. Three clocks can be wrong or
 * stand still (a PC sleeps, someone sets its date), so a slot is due by the wall clock or by the
 * monotonic one, whichever comes first, and when the wall clock went back. Not here: how long
 * to wait after a contact (agent/sync_wait), the thread (agent/background).
 */
#ifndef KK_AGENT_WAKE_H
#define KK_AGENT_WAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/store.h"

enum wake_why {
	WAKE_NOT,
	WAKE_SLOT,   /* its time has come */
	WAKE_RECORD, /* something was recorded */
	WAKE_NET,    /* the network changed */
	WAKE_CLOCK   /* the PC slept, or its clock was set */
};
const char *wake_name(enum wake_why why); /* "slot": for the log */

enum {
	WAKE_RECORD_S =
	    3, /* after the last new record, so that what is typed together travels together... */
	WAKE_RECORD_MAX_S = 12, /* ...but no longer than this after the first */
	WAKE_SPREAD_S =
	    5, /* and up to so many more: all PCs of a town see its power come back at once */
	WAKE_GAP_S = 3, /* between two contacts at least, also where nothing can be kept of one */
	WAKE_CLOCK_OFF_S = 60 /* the two clocks part by so much between two ticks: slept, or set */
};

struct wake_in {
	int64_t now_s, mono_ms;
	int64_t unsent; /* highest number of an entry that waits to be sent, 0: none */
	bool net;       /* addresses or routes changed since the last tick */
	const struct store_contact *contact;
};
struct wake {
	bool begun;
	int64_t now_s, mono_ms, unsent; /* at the last tick */
	int64_t last_try, next_at;      /* of the contact the slot below belongs to */
	int64_t slot_ms, hold_ms;       /* monotonic: due by it; nothing before it (Retry-After) */
	enum wake_why why;              /* pending; WAKE_NOT: nothing */
	int64_t why_ms;                 /* monotonic: due then */
	int64_t record_ms;              /* monotonic: the first new record of those pending */
	int64_t tried_ms;               /* monotonic: nothing before it */
};

/* A struct wake of zeros begins. random: any number, fresh each time. */
enum wake_why wake_tick(struct wake *w, const struct wake_in *in, uint64_t random);

#endif
