/*
 * op explain: what unverified bytes say and which clauses they keep, without store and network;
 * and who may write what (K9). The work is sync/explain, the same in both programs.
 */
#include "server-stub/ops.h"
#include "sync/explain_op.h"

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	return explain_op_run(call, NULL, in, ret, reterr);
}

const struct op op_explain = {"explain",        "explain.summary", OP_READ | OP_NOSTORE,
			      explain_op_args,  EXPLAIN_OP_NARGS,  run,
			      explain_op_print, explain_op_verdict};
