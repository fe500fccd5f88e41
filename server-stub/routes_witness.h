/*
 * routes_witness: what a witness answers over HTTP. Clauses W1-W3.
 *
 *     POST /add-checkpoint            C2SP tlog-witness
 *     GET  /checkpoint/HASH           what it cosigned last of the log whose key has that hash (hex)
 */
#ifndef KK_COLLECTOR_ROUTES_WITNESS_H
#define KK_COLLECTOR_ROUTES_WITNESS_H

#include "lib/httpd.h"
#include "server-stub/witness.h"

/* Fill *ret for httpd_start; address, port and TLS are the caller's to add. w outlives the server. */
void routes_witness(struct httpd_conf *ret, struct witness *w);

#endif
