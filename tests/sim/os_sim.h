/*
 * os_sim: lib/os.h over simulated machines. lib/os is the only door to the operating system, so a
 * program linked with this backend instead of lib/os_posix.c has no other clock, random
 * number or file than these. One machine runs at a time, in one thread; there are no processes,
 * sockets or terminals.
 */
#ifndef KK_TESTS_SIM_OS_SIM_H
#define KK_TESTS_SIM_OS_SIM_H

#include <stdint.h>

#include "tests/sim/disk.h"

struct os_sim {
	struct disk *disk;
	int64_t offset_ms;    /* of its clock from the true time */
	uint8_t hardware[16]; /* what os_machine_id tells */
};

/* The machine that runs from now on; the one before, to be entered again. May be NULL. */
struct os_sim *os_sim_enter(struct os_sim *m);
struct disk *os_sim_disk(void);    /* of the machine that runs */
int64_t os_sim_now_ms(void);       /* its wall clock */
void os_sim_time(int64_t true_ms); /* what time it is in truth, of all machines */

/* Every random number of the process, libsodium's too, follows from this. First call: before crypt_init. */
void os_sim_seed(uint64_t seed);

#endif
