/*
 * gate: which operations a member of staff may ask for in the console, by role. One row for every
 * operation of the collector; what has no role in its row is for the command line alone: it needs
 * the root's key or files of the machine. Which communes somebody sees is server-stub/who.h.
 */
#ifndef KK_COLLECTOR_GATE_H
#define KK_COLLECTOR_GATE_H

#include "server-stub/who.h"

/* May they ask for it? RC_DENIED "gate.role" {op}, also for an operation without a row, or "who.all". */
enum rc gate_check(const struct op *op, const struct who *who, struct err *reterr);
/*
 * What a body from a browser must not have, and what the server puts in: no path of this machine
 * (RC_DENIED "gate.path" {name}), no name of another signer (RC_DENIED "gate.as"); `as` is the
 * account. A body that is no object is left to op_check.
 */
enum rc gate_body(const struct op *op, const struct who *who, struct json *in, struct err *reterr);
/* Names of all operations they may ask for, as in the API. Caller frees. */
struct json *gate_names(const struct op_program *program, const struct who *who);

#endif
