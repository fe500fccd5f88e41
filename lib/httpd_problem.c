/*
 * httpd_problem: a refusal in the reader's words (RFC 9457). See httpd.h.
 */
#include <string.h>

#include "lib/httpd_req.h"
#include "lib/json.h"
#include "lib/text.h"

enum { PROBLEM_MAX = 64 * 1024 /* bytes of a problem reply, extra members included */ };

int httpd_status(enum rc rc)
{
	static const int status[RC_N] = {
	    [RC_OK] = 200,       [RC_USAGE] = 400,    [RC_INPUT] = 422,    [RC_REFUSED] = 422,
	    [RC_NOTFOUND] = 404, [RC_EXISTS] = 409,   [RC_CONFLICT] = 409, [RC_UNAVAILABLE] = 503,
	    [RC_REMOTE] = 502,   [RC_INTERNAL] = 500, [RC_NOMEM] = 503,    [RC_IO] = 500,
	    [RC_FULL] = 507,     [RC_BUSY] = 503,     [RC_LIMIT] = 413,    [RC_DENIED] = 403,
	    [RC_CORRUPT] = 500,
	};

	return (int)rc >= 0 && rc < RC_N ? status[rc] : 500;
}

static struct json *problem_args(const struct err *e)
{
	struct json *args = json_object();

	for (int i = 0; i < e->nargs; i++)
		if (text_is_utf8(span_str(e->arg[i].val)))
			json_set_str(args, e->arg[i].name, e->arg[i].val);
	return args;
}

static enum rc problem_body(const struct httpd_req *req, int status, const struct err *e,
			    struct span extra, struct buf *out)
{
	const struct httpd *d = req->d;
	const struct lang *lang = d->lang[strcmp(httpd_lang(req), "en") == 0 ? HTTPD_EN : HTTPD_VI];
	const char *base = d->conf.problem_base ? d->conf.problem_base : "about:blank#";
	struct json *o = json_object();
	struct buf text;
	enum rc rc;

	buf_init(&text, PROBLEM_MAX);
	buf_add_str(&text, base);
	buf_add_str(&text, e->key);
	json_set_span(o, "type", span_buf(&text));
	buf_reset(&text);
	buf_add_str(&text, "rc.");
	buf_add_str(&text, err_name(e->rc));
	json_set_str(o, "title", text.p ? lang_text(lang, (const char *)text.p) : "");
	json_set_int(o, "status", status);
	buf_reset(&text);
	lang_err(lang, e, &text);
	json_set_span(o, "detail", span_buf(&text));
	json_set_str(o, "code", err_name(e->rc));
	json_set_str(o, "key", e->key);
	if (e->clause[0])
		json_set_str(o, "clause", e->clause);
	if (e->nargs > 0)
		json_set(o, "args", problem_args(e));
	rc = json_write(o, false, out, NULL);
	json_free(o);
	buf_free(&text);
	if (rc == RC_OK && extra.len > 0) {
		out->len--; /* the closing brace */
		buf_add_char(out, ',');
		buf_add_span(out, extra);
		buf_add_char(out, '}');
		rc = buf_check(out, NULL);
	}
	return rc;
}

void httpd_problem(struct httpd_req *req, int status, const struct err *e, struct span extra)
{
	static const char plain[] = "{\"type\":\"about:blank\"}"; /* no memory for more */
	struct buf b;

	if (req->replied)
		return;
	if (status == 0)
		status = httpd_status(e->rc);
	buf_init(&b, PROBLEM_MAX);
	if (problem_body(req, status, e, extra, &b) == RC_OK)
		httpd_reply_buf(req, status, "application/problem+json", &b);
	else
		httpd_reply(req, status, "application/problem+json", span_str(plain));
	buf_free(&b);
}

void httpd_refuse(struct httpd_req *req, int status, const char *key)
{
	struct err e;

	err_set(&e,
		status == 404   ? RC_NOTFOUND
		: status == 503 ? RC_BUSY
				: RC_USAGE,
		NULL, key, NULL);
	httpd_problem(req, status, &e, span_of(NULL, 0));
}

void httpd_refuse_framing(struct httpd_req *req, const char *key)
{
	req->close = true;
	httpd_refuse(req, 400, key);
}
