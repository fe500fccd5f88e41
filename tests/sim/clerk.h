/*
 * clerk: the work at a PC: new records, changes of shared ones, decisions, checks and statements
 * submitted and corrected, stocktakes; each through the operation a page would call.
 */
#ifndef KK_TESTS_SIM_CLERK_H
#define KK_TESTS_SIM_CLERK_H

#include "tests/sim/world.h"

/* A clerk of this PC, which is on, does one thing. */
void clerk_step(struct world *w, size_t pc);
/* A new record, which nothing stands against. */
void clerk_new_asset(struct world *w, size_t pc);

#endif
