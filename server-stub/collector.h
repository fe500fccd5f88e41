/*
 * collector: what an operation of the collector works on. Opened by the op_program of main.c.
 */
#ifndef KK_COLLECTOR_COLLECTOR_H
#define KK_COLLECTOR_COLLECTOR_H

#include "lib/clock.h"
#include "server-stub/ingest.h"
#include "server-stub/vault.h"
#include "server-stub/archive.h"

struct collector {
	const struct clock *clock;
	char *home;
	struct archive *archive;
	struct crypt_signer *log;
	struct ingest *ingest;          /* NULL before init */
	struct witnesses *witnesses;
	struct webhooks *webhooks;
	struct lack *lack;              /* blobs that are named and not here */
	struct turn *reports;           /* a report reads the whole log: one at a time */
	struct meter *meter;            /* what this process counts */
	struct contacted *contacted;    /* when PCs and tokens were last heard of */
	int64_t damaged;                /* documents that could not be read as serve began */
	bool in_backup;                 /* one at a time; under the owner's mutex */
	struct crypt_signer *registrar; /* unlocked for serve, or NULL */
	uint8_t root[CRYPT_PK_LEN];
	bool lost_key; /* set up, but the log's key is not here: only `recover` helps */
	char *url; /* where agents reach this collector; NULL: not told yet */
};

enum rc collector_open(const char *home, bool create, void **retapp, struct err *reterr);
void collector_close(void *app);
/* (Re)start the sequencer, in a thread of its own (serve) or in the caller's. */
enum rc collector_sequence(struct collector *col, bool thread, struct err *reterr);
/* The same with a new log key in `log`, beside a checkpoint of the one before (L12); in the caller's thread. */
enum rc collector_recover(struct collector *col, struct err *reterr);
/* A setting of the archive; *ret NULL when not set. Caller frees. */
enum rc collector_setting(struct collector *col, const char *name, char **ret, struct err *reterr);
/* RC_NOTFOUND "collector.not_set_up" before init, RC_CORRUPT "collector.log_key" when the log's key is lost. */
enum rc collector_ready(const struct collector *col, struct err *reterr);

#endif
