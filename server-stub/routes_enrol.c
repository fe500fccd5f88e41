/*
 * routes_enrol: POST /v1/enrol, signed by the very key that wants to be known (P25).
 * Holds the owner's mutex: it may issue. The work is server-stub/enrolment.
 *
 * Anybody of the network may ask. Each request counts as one refused, from its address, until it is answered, and an
 * address of which too many were waits, before anything of its request is looked at: so a stranger neither guesses
 * codes nor keeps others out (docs/decisions/0034).
 */
#include <string.h>

#include "lib/limits.h"
#include "lib/os.h"
#include "server-stub/enrolment.h"
#include "server-stub/routes.h"

void routes_enrol_early(void *ctx, struct httpd_req *req)
{
	struct routes *rt = ctx;
	struct routes_who *who;
	struct err e;
	int64_t wait_s;
	uint64_t no = tries_take(rt->tries, "", routes_address(rt, req), os_mono_ms() / 1000, &wait_s);

	if (no == 0) {
		err_num(&e, RC_BUSY, "P25", "enrolment.wait", "seconds", wait_s);
		httpd_set_int(req, "Retry-After", wait_s);
		routes_problem(rt, req, 429, NULL, &e);
		return;
	}
	who = routes_auth(rt, req, 0, rt->newcomers);
	if (who) {
		who->tried = no;
		return;
	}
	who = httpd_owned(req);
	if (!who || who->ours) /* nobody looked at a code, and nothing of the request was wrong */
		tries_return(rt->tries, no, false);
}

static enum rc run(struct routes *rt, const struct routes_who *who, struct span body,
		   struct buf *out, struct err *reterr)
{
	struct json *in = NULL, *answer = NULL;
	enum rc rc = json_parse(body, NULL, &in, reterr);

	if (rc == RC_OK && rt->owner)
		op_owner_lock(rt->owner);
	if (rc == RC_OK) {
		rc = enrolment_ask(rt->col, in, who->key, &answer, reterr);
		if (rt->owner)
			op_owner_unlock(rt->owner);
	}
	if (rc == RC_OK)
		rc = json_write(answer, false, out, reterr);
	json_free(in);
	json_free(answer);
	return rc;
}

/* For what it asked; what fails at ours (a full disk, a busy store) is no guess of a code. */
static bool is_refused(enum rc rc)
{
	return rc == RC_DENIED || rc == RC_INPUT || rc == RC_REFUSED;
}

void routes_enrol(void *ctx, struct httpd_req *req)
{
	struct routes *rt = ctx;
	const struct routes_who *who = httpd_owned(req);
	struct buf body, out;
	struct err e;
	enum rc rc;

	buf_init(&body, LIMIT_ENROL_BODY);
	buf_init(&out, LIMIT_HTTP_INFLATED);
	if (routes_body(rt, req, &body)) {
		rc = run(rt, who, span_buf(&body), &out, &e);
		if (!is_refused(rc))
			tries_return(rt->tries, who->tried, false);
		if (rc == RC_OK)
			routes_reply(req, "application/json", &out);
		else
			routes_problem(rt, req, rc == RC_INPUT || rc == RC_REFUSED ? 400 : 0,
				       rc == RC_DENIED ? "code" : NULL, &e);
	}
	buf_free(&body);
	buf_free(&out);
}
