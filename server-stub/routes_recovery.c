/*
 * routes_recovery: POST /v1/checkpoint: an agent shows a checkpoint this collector has signed
 * and may have lost (P29, L14). Believed is only our own signature.
 */
#include "lib/limits.h"
#include "server-stub/recovery.h"
#include "server-stub/routes.h"

void routes_shown(void *ctx, struct httpd_req *req)
{
	struct routes *rt = ctx;
	struct json *o = json_object();
	bool halted = false;
	struct buf body, out;
	struct err e;

	buf_init(&body, NOTE_TEXT_MAX);
	buf_init(&out, LIMIT_JSON_TEXT);
	if (routes_body(rt, req, &body)) {
		enum rc rc = recovery_shown(rt->col, span_buf(&body), &halted, &e);

		json_set_int(o, "v", 1);
		json_set_bool(o, "halted", halted);
		if (rc == RC_OK)
			rc = json_write(o, false, &out, &e);
		if (rc == RC_OK)
			routes_reply(req, "application/json", &out);
		else
			routes_problem(rt, req, rc == RC_REFUSED ? 400 : 0, NULL, &e);
	}
	json_free(o);
	buf_free(&body);
	buf_free(&out);
}
