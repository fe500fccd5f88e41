/*
 * office: the work at the centre: approving clerks, reviews, decisions, revoking keys and admitting
 * what a revoke holds back; and lines of programs that are newer than all the others.
 */
#ifndef KK_TESTS_SIM_OFFICE_H
#define KK_TESTS_SIM_OFFICE_H

#include "tests/sim/world.h"

/* The collector is up: somebody there does one thing. */
void office_step(struct world *w);
/* Let everybody in who waits. */
void office_approve_all(struct world *w);
/* What was cut off of a merger is done: by the same command, after which nobody lacks a cert (K14). */
void office_finish_merger(struct world *w);

#endif
