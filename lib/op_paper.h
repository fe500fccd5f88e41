/*
 * op_paper: an operation's document as a page a browser shows and prints: GET /paper/NAME?arg=value.
 *
 * The same operation a command runs; its answer carries the document as "file":{"name","type",
 * "content" in base64}. Only operations that change nothing, and only types listed here. Not here:
 * who may ask (lib/op_owner), what is drawn.
 */
#ifndef KK_LIB_OP_PAPER_H
#define KK_LIB_OP_PAPER_H

#include "lib/httpd.h"
#include "lib/op.h"

/*
 * The body of an operation from the query: its texts, booleans ("true"), one value of a list. A
 * path or a secret is never taken. RC_DENIED "op.paper_only" for an operation that changes something.
 */
enum rc op_paper_body(const struct op *op, const struct httpd_req *req, struct json **ret,
		      struct err *reterr);
/*
 * Answer with the document, named as it should be saved, to be shown in the browser. RC_NOTFOUND
 * "op.paper_none" when res carries none, or one of another type.
 */
enum rc op_paper_reply(struct httpd_req *req, const struct json *res, struct err *reterr);

#endif
