/*
 * status: a second listener of `serve`, on loopback alone, for whoever watches the machine: GET /live (this process
 * answers), GET /ready (it can take entries, and if not why), GET /metrics (Prometheus). A port of its own, because the
 * one for PCs stands behind a proxy on the same machine, where loopback says nothing of who asks. Changes nothing, and
 * names no commune, PC or person.
 */
#ifndef KK_COLLECTOR_STATUS_H
#define KK_COLLECTOR_STATUS_H

#include "server-stub/collector.h"
#include "server-stub/routes.h"

enum { STATUS_DISK_MIN = 256 * 1024 * 1024 /* bytes: sixteen of the largest groups, or a few hundred photos */ };

struct status;

/* Listen on 127.0.0.1. rt is what serves the PCs; both outlive *ret. Errors of httpd_start. */
enum rc status_start(struct status **ret, struct collector *col, struct routes *rt, uint16_t port,
		     struct err *reterr);
void status_stop(struct status *s); /* NULL is fine */
const char *status_url(const struct status *s);

/* What of a collector stands in the way of taking entries, in this order. */
enum status_check { STATUS_STORE, STATUS_SIGNER, STATUS_LOG, STATUS_DISK, STATUS_CHECKS };
/* NULL: fine; else a word that says why. True when all are. */
bool status_ready(struct collector *col, const char *retwhy[STATUS_CHECKS]);

/* All metrics of this process (lib/expose), appended; without those of the store where it cannot be read. */
void status_metrics(struct collector *col, const struct routes *rt, struct buf *out);

#endif
