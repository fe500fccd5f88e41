/*
 * net: lib/http.h and lib/httpd.h in one process without sockets: an exchange looks up the
 * server that listens on the URL's port, runs its handler on that server's machine, and hands
 * the answer back. What happens on the way is decided by the simulator, one fate a
 * request. Not here: which fates there are to come (world), what the bodies mean.
 */
#ifndef KK_TESTS_SIM_NET_H
#define KK_TESTS_SIM_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/sim/os_sim.h"

/* What becomes of one request; NET_ARRIVES and zeros: all is well. */
enum net_way {
	NET_ARRIVES,
	NET_LOST,         /* the request reaches nobody */
	NET_LATE,         /* ... now: it is in the air, see net_late */
	NET_CUT,          /* its body ends early and the connection with it */
	NET_SHORT,        /* its body is shorter than it was, by somebody in between */
	NET_ANSWER_LOST,  /* it was worked on, and nobody hears of it */
	NET_ANSWER_CUT,   /* the answer ends early and the connection with it */
	NET_ANSWER_SHORT, /* the answer is shorter than it was, by somebody in between */
	NET_ANSWER_OLD,   /* the answer to an earlier request of this machine comes instead */
	NET_TWICE,        /* it arrives twice; the second answer comes back */
	NET_PORTAL,       /* a captive portal's page comes back */
	NET_WAYS
};
const char *net_way_name(enum net_way w);

struct net_watch {
	void *ctx;
	/* Fate of a request from the machine that runs to the server on port. */
	enum net_way (*fate)(void *ctx, uint16_t port, const char *method, const char *path);
	/* While the request, then the answer, is on its way: others may work. */
	void (*meanwhile)(void *ctx);
	/* The answer that comes back, 0: none does. */
	void (*done)(void *ctx, const char *method, const char *path, enum net_way way, int status);
};

/* Who decides from now on; NULL: all is well. r chooses where bodies are cut. */
void net_watch(const struct net_watch *w, struct rng *r);
/* Requests in the air; deliver the i-th to its server, whose answer nobody hears. */
size_t net_late(void);
void net_deliver(size_t i);
void net_clear(void); /* forget what is in the air, every old answer, and who listened */

/* The port of the next server that starts on the machine that runs. */
void net_port(uint16_t port);

#endif
