/*
 * start: what every history begins with, made once in a process by the real enrolment: a
 * collector with a registrar, a verifier and a witness, and five PCs in two communes with their first
 * records. Not here: which of them take part in a history (world).
 */
#ifndef KK_TESTS_SIM_START_H
#define KK_TESTS_SIM_START_H

#include "tests/sim/world.h"

enum { START_PCS = 5, START_ENTITIES = 6 };
#define START_PIN "246810"
#define START_PASSPHRASE "mười hai chữ"
#define START_HOME "/kk"

struct start_pc {
	struct disk *disk;
	uint8_t hardware[16];
	const char *name, *scope, *clerk[WORLD_PEOPLE];
};
struct start {
	struct disk *centre, *witness;
	struct start_pc pc[START_PCS];
	struct world_entity entity[START_ENTITIES];
	int64_t now_ms;
};

const struct start *start_get(void);

#endif
