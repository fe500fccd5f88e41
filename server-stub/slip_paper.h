/*
 * slip_paper: the enrolment slip as a sheet to hand over: the code in large letters, the address,
 * the collector's fingerprint, a QR code of the whole slip. Not here: making the code.
 */
#ifndef KK_COLLECTOR_SLIP_PAPER_H
#define KK_COLLECTOR_SLIP_PAPER_H

#include "lib/op.h"

/*
 * When in asks for it ("pdf": a file, "paper": within the answer), draw what stands in answer {"slip",
 * "fingerprint","clerks"}. Errors of lib/pdf and of writing.
 */
enum rc slip_paper(const struct op_call *call, const struct json *in, struct json *answer,
		   struct err *reterr);

#endif
