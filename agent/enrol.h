/*
 * enrol: ask a collector to know this PC and its clerks, and believe the answer only
 * after it is verified from the root down. Clauses P25, K10, K11, K12. Offline it
 * keeps what to ask, so that work can begin before the first connection.
 */
#ifndef KK_AGENT_ENROL_H
#define KK_AGENT_ENROL_H

#include "agent/agent.h"
#include "agent/transport.h"
#include "lib/op.h"

enum enrol_state { ENROL_APPROVED, ENROL_WAITING, ENROL_OFFLINE };
const char *enrol_state_name(enum enrol_state s);

/*
 * Keep what a slip says (json: url, scope, unit, code, and root, log, pin, box where known, or
 * root_fingerprint): settings of the store, nothing sent; of a slip that is refused nothing is kept. RC_INPUT
 * "enrol.slip" {name}, "enrolment.scope" {scope}, "enrol.code", "enrol.fingerprint_form".
 */
enum rc enrol_keep_slip(struct agent *agent, const struct json *slip, struct err *reterr);
/* Is the device's cert admitted? */
bool enrol_done(struct agent *agent);
/* Append the body that asks for it, as kept (P25): for HTTP or a file. RC_NOTFOUND "sync.not_enrolled". */
enum rc enrol_request(struct agent *agent, struct buf *out, struct err *reterr);
/* The root that answer tells, if it is the slip's; nothing is kept. RC_REFUSED "P25" "enrol.root". */
enum rc enrol_root(struct agent *agent, struct span body, uint8_t retpk[CRYPT_PK_LEN], bool *ret,
		   struct err *reterr);
/* Take the answer: believed from the root down. Errors as enrol_ask. */
enum rc enrol_take(struct agent *agent, struct span body, enum enrol_state *ret,
		   struct err *reterr);
/*
 * Send the request kept. call NULL: the caller holds the store; else it is taken through call
 * and given free while the network is busy. RC_OK with approved or waiting; RC_UNAVAILABLE without a
 * connection; RC_REFUSED "enrol.root" when the answer's root is not the slip's.
 */
enum rc enrol_ask(struct agent *agent, struct transport *t, const struct op_call *call,
		  enum enrol_state *ret, struct err *reterr);

#endif
