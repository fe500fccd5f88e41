/*
 * check: what must hold at the end of every history, once everything is healed: the properties
 * of the contract, against an oracle that works them out from the log's lines alone.
 */
#ifndef KK_TESTS_SIM_CHECK_H
#define KK_TESTS_SIM_CHECK_H

#include "tests/sim/world.h"

/* Heal everything, let all PCs sync until nothing moves, and check. Fails the history (world_fail). */
void check_end(struct world *w);

#endif
