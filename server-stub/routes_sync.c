/*
 * routes_sync: POST /v1/sync and /v1/authority over HTTP. Clauses P8, P21, P28, P30. The work is
 * server-stub/contact.
 */
#include <string.h>

#include "lib/limits.h"
#include "server-stub/contact.h"
#include "server-stub/routes.h"
#include "server-stub/contacted.h"

void routes_sync_early(void *ctx, struct httpd_req *req)
{
	struct routes *rt = ctx;

	routes_auth(rt, req, 1U << ROLE_DEVICE, rt->nonces);
}

void routes_authority_early(void *ctx, struct httpd_req *req)
{
	struct routes *rt = ctx;

	routes_auth(rt, req, 0, rt->strangers);
}

/* The newest checkpoint, appended: for an agent that has seen a larger tree (L10). */
static void newest(struct routes *rt, struct buf *note)
{
	struct archive_reader *r = NULL;
	int64_t size, at;

	if (archive_read(rt->col->archive, &r, NULL) == RC_OK)
		r->head(r->ctx, &size, note, &at, NULL);
	archive_read_end(rt->col->archive, r);
}

static void refuse(struct routes *rt, struct httpd_req *req, const struct err *e)
{
	const char *code;
	int status = contact_status(e, &code);
	struct buf note;

	buf_init(&note, NOTE_TEXT_MAX);
	if (status == 429)
		httpd_set(req, "Retry-After", err_arg(e, "seconds"));
	if (code && strcmp(code, "rollback") == 0)
		newest(rt, &note);
	routes_problem_note(rt, req, status, code, e, span_buf(&note));
	buf_free(&note);
}

static enum rc run(struct routes *rt, const struct routes_who *who, bool central, struct span body,
		   struct buf *out, struct err *reterr)
{
	struct contact x;
	enum rc rc;

	contact_begin(&x, rt->col, who->key);
	x.give = !who->revoked;
	x.central = central;
	x.quota = rt->quota;
	if (!central) /* P30 is signed with any key */
		contacted_note(rt->col->contacted, who->key, clock_now_s(rt->col->clock));
	rc = contact_take(&x, body, reterr);
	if (rc == RC_OK)
		rc = contact_answer(&x, out, reterr);
	contact_end(&x);
	return rc;
}

static void exchange(struct routes *rt, struct httpd_req *req, bool central)
{
	struct buf body, out;
	struct err e;

	buf_init(&body, LIMIT_HTTP_INFLATED);
	buf_init(&out, LIMIT_HTTP_INFLATED);
	if (routes_body(rt, req, &body)) {
		if (run(rt, httpd_owned(req), central, span_buf(&body), &out, &e) == RC_OK)
			routes_reply(req, "application/x-ndjson", &out);
		else
			refuse(rt, req, &e);
	}
	buf_free(&body);
	buf_free(&out);
}

void routes_sync(void *ctx, struct httpd_req *req)
{
	exchange(ctx, req, false);
}

void routes_authority(void *ctx, struct httpd_req *req)
{
	exchange(ctx, req, true);
}
