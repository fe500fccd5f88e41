/*
 * step: what can happen in a history: the work of clerks and of the centre, contacts, and every
 * kind of trouble; a table of weights, so that each history has its own mixture.
 */
#ifndef KK_TESTS_SIM_STEP_H
#define KK_TESTS_SIM_STEP_H

#include "tests/sim/world.h"

/* One step, chosen by the world's chance. */
void step_one(struct world *w);
/* A step that may happen while a request is on its way. */
void step_meanwhile(struct world *w);

#endif
