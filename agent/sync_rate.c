/*
 * sync_rate: see sync_rate.h.
 */
#include "agent/sync_rate.h"

size_t sync_rate_step(const struct sync_rate *r)
{
	int64_t step = r->bytes_s < SYNC_RATE_STEP ? r->bytes_s * SYNC_RATE_STEP_S : SYNC_RATE_STEP;

	if (r->bytes_s == 0 || step > SYNC_RATE_STEP)
		return SYNC_RATE_STEP;
	return step < SYNC_RATE_STEP_MIN ? SYNC_RATE_STEP_MIN : (size_t)step;
}

void sync_rate_spend(struct sync_rate *r, int64_t began_ms, size_t bytes)
{
	if (r->bytes_s == 0)
		return;
	if (r->free_ms < began_ms)
		r->free_ms = began_ms;
	r->free_ms += ((int64_t)bytes * 1000 + r->bytes_s - 1) / r->bytes_s;
}

int64_t sync_rate_wait_ms(const struct sync_rate *r, int64_t now_ms)
{
	return r->bytes_s > 0 && r->free_ms > now_ms ? r->free_ms - now_ms : 0;
}
