/*
 * sync_blob: forms, catalogue and photos, by offset, in steps, resumed after any cut. Clauses
 * P23, P26, P31. Not here: which blobs are missing (the store knows), records.
 */
#ifndef KK_AGENT_SYNC_BLOB_H
#define KK_AGENT_SYNC_BLOB_H

#include "agent/sync_rate.h"
#include "agent/sync_run.h"

/* The blobs of one contact; it may be taken up again after records overtook them. */
struct sync_blob {
	struct agent *agent;
	struct transport *t;
	const struct op_call *call; /* NULL: tests */
	const struct sync_run_how *how;
	struct sync_rate rate;
	int64_t contact;  /* number of this contact, not 0 */
	int64_t unsent;   /* highest number of an unsent entry when the records were through */
	int64_t troubles; /* answers 5xx so far */
	struct sync_run_report *r;
};

/*
 * Fetch what admitted entries name and is missing here, send what the collector lacks. What one
 * blob meets is noted with it and the next is tried. *retyield: something was recorded meanwhile,
 * which goes first; call again after. Errors are those of the line (P26, P21), and of the store.
 */
enum rc sync_blob_run(struct sync_blob *b, bool *retyield, struct err *reterr);

#endif
