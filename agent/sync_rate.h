/*
 * sync_rate: a cap on the bytes of blobs, both directions together, over as long as it lives.
 * Clause P31. Pure: told when a step began and how long it was, it says how long to wait before
 * the next. Not here: waiting, what is moved.
 */
#ifndef KK_AGENT_SYNC_RATE_H
#define KK_AGENT_SYNC_RATE_H

#include <stddef.h>
#include <stdint.h>

enum {
	SYNC_RATE_STEP = 128 * 1024, /* bytes of one step without a cap: what a cut costs at most */
	SYNC_RATE_STEP_MIN = 4 * 1024,
	SYNC_RATE_STEP_S = 2 /* with a cap a step is what that allows in so many seconds */
};

struct sync_rate {
	int64_t bytes_s; /* 0: no cap */
	int64_t free_ms; /* monotonic: all that was moved fits the cap then */
};

/* Bytes of the next step. */
size_t sync_rate_step(const struct sync_rate *r);
/* A step of so many bytes that began then (monotonic ms) was moved. */
void sync_rate_spend(struct sync_rate *r, int64_t began_ms, size_t bytes);
/* Milliseconds from now until the next step may begin; 0: now. */
int64_t sync_rate_wait_ms(const struct sync_rate *r, int64_t now_ms);

#endif
