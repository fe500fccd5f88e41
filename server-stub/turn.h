/*
 * turn: what is too dear to run as often as somebody asks (a report reads the whole log): one at a time, a few wait,
 * more are told to come back. Thread-safe. Does NOT know what runs.
 */
#ifndef KK_COLLECTOR_TURN_H
#define KK_COLLECTOR_TURN_H

#include <stdbool.h>

#include "lib/err.h"

struct turn;

enum rc turn_new(struct turn **ret, struct err *reterr);
void turn_free(struct turn *t); /* NULL is fine; nobody's turn any more */
/*
 * Wait behind at most so many others until it is ours; then turn_end. False: there are more, and it is not ours.
 * 0: only when it is free now. When it is not, it is kept for whoever comes so again, a minute long: those who wait
 * have their turn, and until then nobody else gets one, so that those who always come back keep nobody out.
 */
bool turn_begin(struct turn *t, int behind);
void turn_end(struct turn *t);
int turn_taken(struct turn *t); /* whose turn it is and who wait */

#endif
