/*
 * meter: what this process has counted since it began: entries by what became of them, contacts, requests, bytes.
 * Labels are words of ours (verdicts, clauses, routes, status classes), never a commune, PC or person, and their
 * number has a ceiling. Thread-safe. Not here: what is asked of the store at the moment (server-stub/status_metrics).
 */
#ifndef KK_COLLECTOR_METER_H
#define KK_COLLECTOR_METER_H

#include "lib/buf.h"
#include "lib/err.h"

enum {
	METER_SERIES = 512, /* of all families together; ours are about 150 */
	METER_LABEL = 64    /* bytes of a value with its NUL: "PATCH /v1/blobs/{sha256}" */
};

enum meter_family {
	METER_ENTRIES, /* outcome: accepted, duplicate, quarantined, refused; clause of a refusal */
	METER_CONTACTS, /* outcome: ok, or the code of the problem */
	METER_DENIED,  /* code of a 401: signature, clock, replay, key */
	METER_REQUESTS, /* route, class of the status: 2xx; none: the line was gone before */
	METER_BYTES,   /* direction: in, out */
	METER_FAMILIES
};

struct meter;

enum rc meter_new(struct meter **ret, struct err *reterr);
void meter_free(struct meter *m); /* NULL is fine */
/*
 * Add n >= 0. second: NULL where the family has one label. Past METER_SERIES what is new is counted with "other" for
 * its labels, so that sums stay right.
 */
void meter_add(struct meter *m, enum meter_family f, const char *first, const char *second,
	       int64_t n);
/* All families in the exposition format (lib/expose), appended. */
void meter_write(struct meter *m, struct buf *out);

#endif
