/*
 * cosigner: the witness of the log, the real one on a machine of its own: its power, the rounds in which the collector
 * asks it, and what must hold of both (W2-W5, W8). Not here: what a PC believes (check).
 */
#ifndef KK_TESTS_SIM_COSIGNER_H
#define KK_TESTS_SIM_COSIGNER_H

#include "tests/sim/oracle.h"
#include "tests/sim/world.h"

enum { COSIGNER_PORT = 8081 };

/* Make it on machine m and open it; *retname is the word of `policy set` for it, the caller's to free. */
struct witness *cosigner_make(struct os_sim *m, char **retword);
/* Serve and follow the log of that key, on the machine that runs. */
struct httpd *cosigner_serve(struct witness *w, const uint8_t log[CRYPT_PK_LEN]);

void cosigner_on(struct world *w);
void cosigner_off(struct world *w);
bool cosigner_alive(const struct world *w);

/* The collector asks it for its newest checkpoint. */
void cosigner_round(struct world *w);
/* Whoever keeps it is told of the log that is in force now. */
void cosigner_follow(struct world *w);
/* The collector was started; it asks the witness now, whether it reaches it or not. */
void cosigner_unasked(struct world *w);
void cosigner_asked(struct world *w);
/* It answered the collector: what it cosigns extends what it cosigned (W3); has it seen more than there is (W5)? */
void cosigner_answered(struct world *w, int status);
/* A PC was answered: was the witness asked before a line was appended (W4), and heeded (W5)? */
void cosigner_heeded(struct world *w);

/* With everything healed: the log in force is cosigned whole, and it is the log of the oracle. */
void cosigner_check(struct world *w, const struct oracle *o);

#endif
