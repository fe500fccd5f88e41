/*
 * expose: Prometheus' text exposition format, version 0.0.4 (prometheus.io, "Exposition formats"):
 * families of counters and gauges, each with its HELP and TYPE line before its samples. Does NOT know what is
 * counted, nor HTTP. Failures stay in the buffer (buf_check).
 */
#ifndef KK_LIB_EXPOSE_H
#define KK_LIB_EXPOSE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

#define EXPOSE_TYPE "text/plain; version=0.0.4; charset=utf-8"

enum expose_type { EXPOSE_COUNTER, EXPOSE_GAUGE };

struct expose_label {
	const char *name;  /* [a-zA-Z_][a-zA-Z0-9_]* */
	const char *value; /* any UTF-8, escaped here */
};

/* Begin a family; its samples follow before the next one. help: one line of English. */
void expose_family(struct buf *out, const char *name, enum expose_type type, const char *help);
void expose_value(struct buf *out, const char *name, const struct expose_label *label, size_t n,
		  int64_t value);
/* Micro-units as a decimal number of units: 1500000 is "1.500000". value >= 0. */
void expose_micro(struct buf *out, const char *name, int64_t value);

#endif
