/*
 * routes_witness: see routes_witness.h. What is cosigned is on disk before it is answered (witness_add).
 */
#include "server-stub/routes_witness.h"

#include "lib/codec.h"
#include "lib/crypt.h"
#include "lib/limits.h"

enum { PER_ADDRESS = 16, TIMEOUT_S = 30 };

static void reply_error(struct httpd_req *req, int status, const struct err *e)
{
	struct buf text;

	buf_init(&text, LIMIT_ERR_TEXT);
	buf_addf(&text, "%s %s\n", e->clause, e->key);
	httpd_reply_buf(req, status, "text/plain; charset=utf-8", &text);
	buf_free(&text);
}

static void add_checkpoint(void *ctx, struct httpd_req *req)
{
	enum cosign_verdict v = COSIGN_MALFORMED;
	struct err why = {0}, e = {0};
	struct buf out;

	buf_init(&out, COSIGN_REPLY_MAX);
	if (witness_add(ctx, httpd_body(req), &v, &out, &why, &e) != RC_OK)
		reply_error(req, 503, &e);
	else if (v == COSIGN_GIVEN)
		httpd_reply_buf(req, 200, "text/plain; charset=utf-8", &out);
	else if (v == COSIGN_STALE)
		httpd_reply_buf(req, cosign_status(v), COSIGN_SIZE_TYPE, &out);
	else
		reply_error(req, cosign_status(v), &why);
	buf_free(&out);
}

static void checkpoint(void *ctx, struct httpd_req *req)
{
	uint8_t hash[CRYPT_HASH_LEN];
	struct err e = {0};
	struct buf out;
	enum rc rc;

	buf_init(&out, NOTE_TEXT_MAX);
	rc = codec_hex_32(span_str(httpd_param(req)), hash)
		 ? witness_checkpoint(ctx, hash, &out, &e)
		 : err_set(&e, RC_NOTFOUND, "W2", "witness.unknown", NULL);
	if (rc == RC_OK)
		httpd_reply_buf(req, 200, "text/plain; charset=utf-8", &out);
	else
		reply_error(req, httpd_status(rc), &e);
	buf_free(&out);
}

static const struct httpd_route table[] = {
    {.method = "POST",
     .path = "/add-checkpoint",
     .body_max = COSIGN_REQUEST_MAX,
     .handle = add_checkpoint},
    {.method = "GET", .path = "/checkpoint/{hash}", .handle = checkpoint},
};

void routes_witness(struct httpd_conf *ret, struct witness *w)
{
	*ret = (struct httpd_conf){.route = table,
				   .nroute = sizeof(table) / sizeof(table[0]),
				   .max_per_address = PER_ADDRESS,
				   .timeout_s = TIMEOUT_S,
				   .lang = "vi",
				   .problem_base = "about:blank#",
				   .ctx = w};
}
