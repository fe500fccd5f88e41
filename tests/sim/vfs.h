/*
 * vfs: SQLite on a simulated disk. vfs_install makes it what every database is opened
 * with; paths are looked up on the disk of the machine that runs (os_sim_disk). All in one thread:
 * locks and the shared index of the WAL are counted, never waited for.
 */
#ifndef KK_TESTS_SIM_VFS_H
#define KK_TESTS_SIM_VFS_H

#include <stdint.h>

/* Once in a process, before any database is opened. */
void vfs_install(void);
/* From now on SQLite's own random numbers follow from this. */
void vfs_seed(uint64_t seed);

#endif
