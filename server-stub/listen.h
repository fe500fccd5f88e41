/*
 * listen: where a process of the centre listens and by which TLS key, from the arguments both kinds of `serve` have:
 * listen, port, tls_cert, tls_key. Clause P1: plain HTTP on loopback only.
 */
#ifndef KK_COLLECTOR_LISTEN_H
#define KK_COLLECTOR_LISTEN_H

#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"

struct listen {
	const char *address; /* borrowed from the arguments */
	uint16_t port;       /* 0: any free one */
	const char *cert_pem, *key_pem; /* both or neither */
	struct buf cert, key;
};

/*
 * Before anything is started: RC_USAGE "server.tls_pair", "server.plain" {address}; errors of reading a file. *ret can
 * be freed after a failure too.
 */
enum rc listen_read(struct listen *ret, const struct json *in, struct err *reterr);
void listen_free(struct listen *l);

#endif
