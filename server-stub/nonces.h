/*
 * nonces: which nonce of which key was used in the last ten minutes (P6).
 * Two generations of HTTPSIG_REPLAY_S each, so that a nonce is remembered at least that
 * long. Thread-safe. Not here: signatures.
 */
#ifndef KK_COLLECTOR_NONCES_H
#define KK_COLLECTOR_NONCES_H

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"
#include "sync/httpsig.h"

struct nonces;

/* max: how many of ten minutes it remembers. */
enum rc nonces_new(struct nonces **ret, size_t max, struct err *reterr);
void nonces_free(struct nonces *n);
/* Remember; RC_REFUSED "P6" "httpsig.replay" when it was there; RC_BUSY "nonces.full". now: unix s. */
enum rc nonces_take(struct nonces *n, const struct httpsig *s, int64_t now, struct err *reterr);

#endif
