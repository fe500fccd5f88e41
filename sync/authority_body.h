/*
 * authority_body: the body rules of an entry that was checked before it was stored or copied. Clauses K1-K8.
 *
 * All of authority_check but whether each key it names is a point (K1): a point costs some 50 µs, and a country has
 * 7,000 certs of two keys, which an issue reads twice. Does NOT open anything of a peer or a file (entry_open does).
 */
#ifndef KK_SYNC_AUTHORITY_BODY_H
#define KK_SYNC_AUTHORITY_BODY_H

#include "lib/err.h"
#include "sync/entry.h"

/* Nothing for set, open. RC_REFUSED K1..K8. Called by entry_load and what it serves. */
enum rc authority_body(const struct entry *e, struct err *reterr);

#endif
