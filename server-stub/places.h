/*
 * places: how many do something at once, of all and of one account: whoever asks often leaves room for the others.
 * Nobody waits here. Thread-safe. Does NOT know what they do.
 */
#ifndef KK_COLLECTOR_PLACES_H
#define KK_COLLECTOR_PLACES_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"

struct places;

/* n: of all together; each: of one account. */
enum rc places_new(struct places **ret, size_t n, size_t each, struct err *reterr);
void places_free(struct places *p); /* NULL is fine; nobody has one any more */
/* False: none is free, or the account has as many as it may. Otherwise places_leave with the same account. */
bool places_take(struct places *p, const char *account);
void places_leave(struct places *p, const char *account);

#endif
