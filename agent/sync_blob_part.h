/*
 * sync_blob_part: what sync_blob (which blob, what came of it) and sync_blob_move (its bytes)
 * share. Only these two include it.
 */
#ifndef KK_AGENT_SYNC_BLOB_PART_H
#define KK_AGENT_SYNC_BLOB_PART_H

#include "agent/sync_blob.h"

/* What came of one blob, or of a step. */
enum sync_blob_fate {
	SYNC_BLOB_ON,     /* the step went well */
	SYNC_BLOB_WHOLE,  /* moved, or nobody wants it any more: nothing is left to do */
	SYNC_BLOB_WAITS,  /* this one fails; *why */
	SYNC_BLOB_HELD,   /* the collector wants quiet about blobs; *why, hold_s */
	SYNC_BLOB_LINE,   /* the line fails, or the store; *why */
	SYNC_BLOB_YIELDS, /* records first */
	SYNC_BLOB_STOPS   /* the program ends */
};
struct sync_blob_move {
	struct sync_blob *b;
	const struct store_blob *x;
	char path[96];
	struct err why;
	int64_t hold_s;
	uint8_t *step; /* SYNC_RATE_STEP bytes, while it is sent */
};

void sync_blob_lock(const struct sync_blob *b);
void sync_blob_unlock(const struct sync_blob *b);
/* Anything but the answer hoped for: what it means, with m->why. */
enum sync_blob_fate sync_blob_judge(struct sync_blob_move *m, const struct transport_res *res);
/* After a step of so many bytes that began then: wait as the cap says, unless records or the end come first. */
enum sync_blob_fate sync_blob_pace(struct sync_blob *b, int64_t began_ms, size_t bytes);
/* One blob. */
enum sync_blob_fate sync_blob_fetch(struct sync_blob_move *m);
enum sync_blob_fate sync_blob_send(struct sync_blob_move *m);

#endif
