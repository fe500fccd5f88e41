/*
 * op explain: what unverified bytes say and which clauses they keep, offline; an entry of this
 * PC by its id; and who may write what (K9). The work is sync/explain, the same in both programs.
 */
#include <string.h>

#include "agent/ops.h"
#include "agent/print.h"
#include "lib/codec.h"
#include "lib/op_dispatch.h"
#include "sync/explain_op.h"

/* An entry of this PC: its owner or its store gives the line. */
static enum rc line(const struct op_call *call, const char *id, struct buf *ret,
		    uint8_t retpk[CRYPT_PK_LEN], struct err *reterr)
{
	struct json *body = json_object(), *out = NULL;
	enum rc rc;

	json_set_str(body, "id", id);
	rc = op_dispatch(call->program, op_find_api(call->program, "entry"), call->home, body,
			 OP_DISPATCH_WAIT_MS, call->voice, &out, reterr);
	if (rc == RC_OK && !codec_b64u_32(span_str(print_str(out, "key")), retpk))
		rc = err_set(reterr, RC_REMOTE, NULL, "explain.key_form", NULL);
	if (rc == RC_OK) {
		buf_add_str(ret, print_str(out, "line"));
		rc = buf_check(ret, reterr);
	}
	json_free(out);
	json_free(body);
	return rc;
}

static enum rc run(const struct op_call *call, const struct json *in, struct json **ret,
		   struct err *reterr)
{
	static const struct explain_op_source source = {line};

	return explain_op_run(call, &source, in, ret, reterr);
}

const struct op op_explain = {"explain",        "explain.summary", OP_READ | OP_NOSTORE,
			      explain_op_args,  EXPLAIN_OP_NARGS,  run,
			      explain_op_print, explain_op_verdict};
