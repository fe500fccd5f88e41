/*
 * sync_run: one whole contact with the collector: sessions of every scope until nothing
 * is left, then blobs; and what is kept of it. Clauses P17-P20, P23, P26. Not here: the
 * exchange itself (sync/session), HTTP (agent/transport), how long to wait (agent/sync_wait),
 * the thread that repeats it (agent/background).
 */
#ifndef KK_AGENT_SYNC_RUN_H
#define KK_AGENT_SYNC_RUN_H

#include "agent/agent.h"
#include "agent/transport.h"
#include "lib/op.h"

struct sync_run_report {
	int64_t rounds, sent, accepted, duplicate, quarantined, refused, pulled, unknown;
	int64_t blobs_up, blobs_down;
	int64_t bytes_up, bytes_down; /* inflated bodies of sessions */
	int64_t blobs_wait;           /* left for a line that is not metered */
	int64_t blobs_failed;         /* of one blob each, which waits by itself (P31) */
	int64_t overtaken;            /* times records went before the next step of a blob */
	int64_t asked;                /* blobs the last answer asked for (P32) */
	int64_t next_s;               /* as the collector said, 0: nothing said */
	int64_t retry_after_s;        /* of its last answer, 0: none */
	int64_t clock_off;            /* the collector's clock minus this PC's in its last answer */
};

/* How the line may be used. */
struct sync_run_how {
	bool metered; /* records go, blobs wait, but for the small ones records cannot be read without */
	bool asked;        /* a person asks: blobs that wait after a failure are tried too (P31) */
	int64_t file_rate; /* bytes/s of blobs, both directions; 0: no cap */
	bool (*sleep)(void *ctx, int64_t ms); /* NULL: os_sleep_ms; true when told to stop */
	void *ctx;
};
/*
 * Do it, adding to *r. call may be NULL (tests): else the store is given free between exchanges
 * (op_unlock while the network is busy), so that records can be made meanwhile. Errors:
 * RC_UNAVAILABLE (no connection, captive portal), RC_REMOTE, RC_REFUSED (the answer breaks a clause).
 */
enum rc sync_run(struct agent *agent, struct transport *t, const struct op_call *call,
		 const struct sync_run_how *how, struct sync_run_report *r, struct err *reterr);

/*
 * Keep what came of a contact, for status and for the next one (P20); why->key "": it went
 * well. The store is held by the caller.
 */
enum rc sync_run_keep(struct agent *agent, const struct sync_run_report *r, const struct err *why,
		      struct err *reterr);

/* Was this PC's clock off by more than P5 allows, at the last answer? */
bool sync_run_clock_is_off(const struct store_contact *c);

/* The transport the settings and the keyring ask for (url, ca, pin). RC_NOTFOUND "sync.not_enrolled". */
enum rc sync_run_transport(const struct op_call *call, struct transport *ret, struct err *reterr);

#endif
