/*
 * routes_blob: HEAD, PATCH and GET of blobs with resume by offset. Clauses P23, P24, P32, A14.
 * A blob exists for a device only if an admitted entry of one of its scopes, or of "*", names it.
 */
#include <string.h>

#include "lib/codec.h"
#include "lib/limits.h"
#include "lib/num.h"
#include "server-stub/contact.h"
#include "server-stub/lack.h"
#include "server-stub/routes.h"
#include "server-stub/contacted.h"
#include "server-stub/upload.h"

static const char octets[] = "application/octet-stream";

void routes_blob_early(void *ctx, struct httpd_req *req)
{
	struct routes *rt = ctx;

	routes_auth(rt, req, 1U << ROLE_DEVICE, rt->nonces);
}

/* What is asked for, and what is here of it. */
struct blob {
	uint8_t sha[32];
	struct archive_upload u;
	int64_t held;
	bool whole;
};

static enum rc find(struct routes *rt, struct httpd_req *req, struct blob *b, struct err *reterr)
{
	const struct routes_who *who = httpd_owned(req);
	enum rc rc;

	memset(b, 0, sizeof(*b));
	if (!codec_hex_32(span_str(httpd_param(req)), b->sha))
		return err_set(reterr, RC_USAGE, "P23", "blob.name", NULL);
	rc = upload_find(rt->col, who->key, b->sha, &b->u, reterr);
	if (rc == RC_OK)
		rc = archive_blob_stat(rt->col->archive, b->sha, who->key, &b->held, &b->whole,
				       reterr);
	return rc;
}

static void tell(struct httpd_req *req, const struct blob *b)
{
	httpd_set_int(req, "Upload-Offset", b->held);
	if (b->whole)
		httpd_set(req, "Upload-Complete", "?1");
}

void routes_blob_head(void *ctx, struct httpd_req *req)
{
	struct blob b;
	struct err e = {0};
	enum rc rc = find(ctx, req, &b, &e);

	if (rc == RC_OK) {
		tell(req, &b);
		httpd_reply(req, 200, octets, span_of(NULL, 0));
	} else {
		routes_problem(ctx, req, 0, NULL, &e);
	}
}

/* "bytes=FROM-" or "bytes=FROM-TO"; others are as if absent (RFC 9110, 14.2). */
static bool read_range(const char *h, int64_t size, int64_t *from, int64_t *len)
{
	const char *dash = h ? strchr(h, '-') : NULL;
	int64_t to = size - 1;

	if (!dash || strncmp(h, "bytes=", 6) != 0 ||
	    num_i64(span_of(h + 6, (size_t)(dash - h) - 6), 0, NUM_SAFE_MAX, from) != RC_OK)
		return false;
	if (dash[1] && num_i64(span_str(dash + 1), *from, NUM_SAFE_MAX, &to) != RC_OK)
		return false;
	if (to > size - 1)
		to = size - 1;
	*len = to - *from + 1;
	return true;
}

/*
 * Where its bytes are, if they may be read and are sound: before the first is given out all are
 * hashed. What is not here is asked for (P32).
 */
static enum rc readable(struct routes *rt, struct httpd_req *req, const struct blob *b, bool begins,
			char path[LIMIT_PATH], struct err *reterr)
{
	const struct routes_who *who = httpd_owned(req);
	bool sound = b->whole;
	enum rc rc = RC_OK;

	if (who->revoked) /* P7: it pulls nothing */
		return err_set(reterr, RC_DENIED, "P7", "routes.revoked", NULL);
	if (b->whole && begins)
		rc = archive_blob_sound(rt->col->archive, b->sha, &sound, reterr);
	if (rc == RC_OK && b->whole && !sound)
		lack_again(rt->col->lack);
	if (rc == RC_OK && !sound) {
		lack_add(rt->col->lack, b->u.scope, b->sha);
		return err_set(reterr, RC_NOTFOUND, "P23", "blob.not_here", NULL);
	}
	return rc == RC_OK ? archive_blob_path(rt->col->archive, b->sha, path, LIMIT_PATH, reterr) : rc;
}

static void tell_range(struct httpd_req *req, const struct blob *b, int64_t from, int64_t len)
{
	char range[96];
	struct buf text;

	buf_init(&text, sizeof(range));
	buf_addf(&text, "bytes %lld-%lld/%lld", (long long)from, (long long)(from + len - 1),
		 (long long)b->held);
	httpd_set(req, "Content-Range", (const char *)text.p);
	buf_free(&text);
}

void routes_blob_get(void *ctx, struct httpd_req *req)
{
	struct routes *rt = ctx;
	char path[LIMIT_PATH];
	int64_t from = 0, len = -1;
	bool part = false;
	struct blob b;
	struct err e = {0};
	enum rc rc = find(rt, req, &b, &e);

	if (rc == RC_OK) {
		part = read_range(httpd_header(req, "Range"), b.held, &from, &len);
		rc = readable(rt, req, &b, !part || from == 0, path, &e);
	}
	if (rc != RC_OK) {
		routes_problem(rt, req, 0, NULL, &e);
		return;
	}
	if (!part) {
		httpd_reply_file(req, 200, octets, path, 0, -1);
		return;
	}
	if (from < b.held)
		tell_range(req, &b, from, len);
	httpd_reply_file(req, 206, octets, path, from, len);
}

/* A14: bytes, and a file where one begins; nothing is counted of what is refused for its offset. */
static enum rc count(struct routes *rt, const struct routes_who *who, const struct blob *b,
		     int64_t at, int64_t bytes, struct err *reterr)
{
	const struct quota_use use = {.files = at == 0, .bytes = bytes};
	struct archive_reader *r = NULL;
	struct quota_use max;
	enum rc rc;

	if (at != b->held || b->whole)
		return RC_OK;
	rc = archive_read(rt->col->archive, &r, reterr);
	if (rc == RC_OK)
		rc = quota_limits(r, &max, reterr);
	archive_read_end(rt->col->archive, r);
	return rc == RC_OK ? quota_take(rt->quota, who->key, &use, &max,
					clock_now_s(rt->col->clock), reterr)
			   : rc;
}

static enum rc patch(struct routes *rt, struct httpd_req *req, struct blob *b, struct err *reterr)
{
	const struct routes_who *who = httpd_owned(req);
	const char *offset = httpd_header(req, "Upload-Offset");
	struct span body = httpd_body(req);
	int64_t at;
	enum rc rc = find(rt, req, b, reterr);

	if (rc != RC_OK)
		return rc;
	if (!offset || num_i64(span_str(offset), 0, (int64_t)LIMIT_BLOB, &at) != RC_OK)
		return err_set(reterr, RC_USAGE, "P23", "blob.offset_form", NULL);
	rc = count(rt, who, b, at, (int64_t)body.len, reterr);
	if (rc == RC_OK)
		rc = archive_blob_append(rt->col->archive, &b->u, at, body, &b->whole, reterr);
	if (rc == RC_OK)
		b->held = at + (int64_t)body.len;
	return rc;
}

static void refuse(struct routes *rt, struct httpd_req *req, const struct blob *b, const struct err *e)
{
	const char *code;
	int status = contact_status(e, &code);

	if (e->rc == RC_CONFLICT) {
		tell(req, b);
		routes_problem(rt, req, 0, "offset", e);
		return;
	}
	if (status == 429)
		httpd_set(req, "Retry-After", err_arg(e, "seconds"));
	routes_problem(rt, req, e->rc == RC_USAGE ? 400 : status == 429 ? 429 : 0,
		       status == 429 ? code : NULL, e);
}

void routes_blob_patch(void *ctx, struct httpd_req *req)
{
	struct routes *rt = ctx;
	struct blob b;
	struct buf body;
	struct err e = {0};
	enum rc rc;

	buf_init(&body, LIMIT_HTTP_INFLATED);
	if (routes_body(rt, req, &body)) {
		rc = patch(rt, req, &b, &e);
		if (rc == RC_OK) {
			const struct routes_who *who = httpd_owned(req);

			contacted_note(rt->col->contacted, who->key, clock_now_s(rt->col->clock));
			tell(req, &b);
			httpd_reply(req, 204, octets, span_of(NULL, 0));
		} else {
			refuse(rt, req, &b, &e);
		}
	}
	buf_free(&body);
}
