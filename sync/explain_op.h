/*
 * explain_op: the operation `explain`, the same in both programs; each has a thin op_explain.c.
 * Reads a file or standard input as bytes, for what is explained need not be text.
 */
#ifndef KK_SYNC_EXPLAIN_OP_H
#define KK_SYNC_EXPLAIN_OP_H

#include "lib/crypt.h"
#include "lib/op.h"

enum { EXPLAIN_OP_NARGS = 5 };
extern const struct op_arg explain_op_args[EXPLAIN_OP_NARGS];

/* Of a program that keeps entries: the line of the one with this id, and its author's key. */
struct explain_op_source {
	enum rc (*line)(const struct op_call *call, const char *id, struct buf *line,
			uint8_t retpk[CRYPT_PK_LEN], struct err *reterr);
};

/*
 * {"what","as","key":[…],"payload"} gives explain_bytes' report; {"roles":true} {"roles":TABLES}.
 * `what` is a path, "-", or with a source an entry id; a key is what explain_key reads, or a file
 * that holds it. source may be NULL.
 */
enum rc explain_op_run(const struct op_call *call, const struct explain_op_source *source,
		       const struct json *in, struct json **ret, struct err *reterr);
/* Beside each field of `set` stands what the built-in form of that kind calls it. */
void explain_op_print(const struct lang *lang, const struct json *out, struct buf *text);
/* RC_REFUSED when a check failed. */
enum rc explain_op_verdict(const struct json *out);

#endif
