/*
 * clock: where time comes from. Sessions, stores and tests receive a clock and
 * never ask the operating system themselves, so that a test decides what time
 * it is. The wall clock is a claim (it may be years off), never an order; the
 * monotonic one only measures waiting.
 */
#ifndef KK_LIB_CLOCK_H
#define KK_LIB_CLOCK_H

#include <stdint.h>

struct clock {
	int64_t (*now_ms)(void *ctx);  /* wall clock, unix milliseconds */
	int64_t (*mono_ms)(void *ctx); /* never goes back, arbitrary start, milliseconds */
	void *ctx;
};

/* The operating system's clock. Borrowed, lives for ever, any thread. */
const struct clock *clock_real(void);

int64_t clock_now_s(const struct clock *c); /* unix seconds, rounded down */
int64_t clock_now_ms(const struct clock *c);
int64_t clock_mono_ms(const struct clock *c);

/*
 * A clock that stands still until told otherwise. Pass &m->clock where a clock
 * is wanted; *m must not move in memory. One thread at a time.
 */
struct clock_manual {
	struct clock clock;
	int64_t now_ms, mono_ms;
};
void clock_manual_init(struct clock_manual *m, int64_t now_s); /* mono starts at 0 */
void clock_manual_add(struct clock_manual *m, int64_t ms);     /* both clocks */
void clock_manual_set(struct clock_manual *m,
		      int64_t now_s); /* wall only: someone set the PC's date */

#endif
