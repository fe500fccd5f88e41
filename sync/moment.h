/*
 * moment: when an entry was made, as far as anybody can know, and what does not fit
 * together about it. Clauses E11, E12, A9 (clock, seen, date, jump, older).
 *
 * The interval is in the collector's time: not before the checkpoint the author had seen, not
 * after the log held the entry. The PC's own clock is a claim beside it. Pure; both
 * programs derive the same flags from the same facts, when an entry is shown. Not here:
 * where the facts come from (store_entry, the collector's when).
 */
#ifndef KK_SYNC_MOMENT_H
#define KK_SYNC_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

enum {
	MOMENT_SLACK_S = 300, /* two honest clocks may differ by so much (P5 uses the same) */
	MOMENT_UNKNOWN = -1   /* a bound nobody knows */
};
#define MOMENT_FIRST INT64_C(1767225600) /* 2026-01-01: no entry of this format is older */
#define MOMENT_LAST  INT64_C(4102444800) /* 2100-01-01 */

struct moment {
	int64_t at;                      /* the PC's clock, unix s (E11) */
	int64_t lower, upper;            /* collector's time, unix s; MOMENT_UNKNOWN */
	bool seen;                       /* names a checkpoint (E12: size > 0) */
	bool seen_unknown;               /* ... that was never issued; only a collector can tell */
	bool has_before;                 /* the entry before it in its feed is here: */
	bool before_seen;                /* it named a checkpoint */
	int64_t before_at, before_lower; /* its at and lower bound */
};

/* KEYRING_FLAG_CLOCK, _SEEN, _DATE, _JUMP, _OLDER: those that hold. */
unsigned moment_flags(const struct moment *m);

/*
 * The likeliest time for rules that speak of today, on a PC whose clock may be wrong: clock_off
 * is the collector's clock minus this one at the last answer, told the latest time it ever gave
 * (0: none). Never before `told`, nor before MOMENT_FIRST; a clock that was put right is believed.
 * What is recorded claims the PC's own clock all the same (E11).
 */
int64_t moment_likely(int64_t pc_now, int64_t clock_off, int64_t told);

#endif
