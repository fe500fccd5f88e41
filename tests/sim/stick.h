/*
 * stick: sealed files that are carried about: from PCs to the collector, its answers back, and from
 * PC to PC. A stick may be read twice, late, cut short, or by somebody it is not for.
 */
#ifndef KK_TESTS_SIM_STICK_H
#define KK_TESTS_SIM_STICK_H

#include "tests/sim/world.h"

void stick_write(struct world *w, size_t pc); /* a PC, which is on, writes one */
void stick_read(struct world *w);             /* somebody reads one of those there are */
void stick_free(struct world *w);

#endif
