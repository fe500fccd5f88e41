/*
 * enrolment_lines: the authority lines a new PC needs to verify its cert from the root
 * down: the root's feed, and the registrars' feeds of its commune. Clauses P25, A13.
 */
#ifndef KK_COLLECTOR_ENROLMENT_LINES_H
#define KK_COLLECTOR_ENROLMENT_LINES_H

#include "lib/json.h"
#include "server-stub/collector.h"

/* *ret: array of lines in log order; caller frees. */
enum rc enrolment_lines(struct collector *col, const struct keyring *k, const char *scope,
			struct json **ret, struct err *reterr);

#endif
