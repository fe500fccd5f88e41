/*
 * httpd_guard: see httpd_guard.h. What leaves it unclear where the next request begins ends the connection.
 */
#include "lib/httpd_guard.h"

#include <string.h>

#include "lib/httpd_req.h"
#include "lib/httpd_route.h"
#include "lib/httpd_text.h"
#include "lib/num.h"
#include "lib/text.h"

void httpd_see(struct httpd_seen *s, struct span k, const char *value, size_t value_len)
{
	s->n++;
	if (!value) {
		value = "";
		value_len = 0;
	}
	if (!httpd_token_name((const char *)k.p, k.len) || !httpd_header_value(value, value_len))
		s->bad = true;
	if (value_len > HTTPD_HEADER_VALUE_MAX)
		s->too_long = true;
	if (httpd_same(k, "Host")) {
		s->hosts++;
		s->host = value;
	} else if (httpd_same(k, "Content-Length")) {
		s->lengths++;
		s->length = value;
	} else if (httpd_same(k, "Transfer-Encoding")) {
		s->codings++;
		s->coding = value;
	} else if (httpd_same(k, "Content-Type")) {
		s->types++;
	} else if (httpd_same(k, "Expect")) {
		s->expects = true;
	}
}

/* How the body is framed; anything two parsers could read differently is refused. */
static void check_framing(struct httpd_req *req, const struct httpd_seen *s, const char *version)
{
	if (s->bad)
		httpd_refuse_framing(req, "httpd.header_bad");
	else if (s->lengths > 1)
		httpd_refuse_framing(req, "httpd.length_twice");
	else if (s->lengths > 0 && s->codings > 0)
		httpd_refuse_framing(req, "httpd.length_and_coding");
	else if (s->codings > 1 || (s->coding && !httpd_same(span_str(s->coding), "chunked")) ||
		 (s->coding && strcmp(version, "HTTP/1.1") != 0))
		httpd_refuse_framing(req, "httpd.coding");
	else if (s->length && num_i64(span_str(s->length), 0, INT64_MAX, &req->length) != RC_OK)
		httpd_refuse_framing(req, "httpd.length_bad");
	req->chunked = s->codings > 0;
	req->expects = s->expects;
}

static void check_host(struct httpd_req *req, const struct httpd_seen *s, const char *version)
{
	struct span host;
	bool found = req->d->conf.hosts == NULL;

	if (s->hosts > 1) {
		httpd_refuse_framing(req, "httpd.host_twice");
		return;
	}
	if (s->hosts == 0) {
		if (strcmp(version, "HTTP/1.1") == 0 || !found)
			httpd_refuse(req, 400, "httpd.no_host");
		return;
	}
	host = httpd_host_name(s->host);
	if (host.len == 0) {
		httpd_refuse(req, 400, "httpd.host_bad");
		return;
	}
	for (const char *const *h = req->d->conf.hosts; !found && *h; h++)
		found = httpd_same(host, *h);
	if (!found)
		httpd_refuse(req, 421, "httpd.host_unknown");
}

/* Undo the escapes of the path, strictly: what is left cannot climb or hide a separator. */
static bool decode_path(struct httpd_req *req)
{
	struct span s = req->raw_path;
	size_t n = 0, used;

	while (s.len > 0) {
		int c = httpd_unescape(s, &used);
		if (c < ' ' || c == 0x7f || c == '\\' || (used == 3 && c == '/') ||
		    n == HTTPD_PARAM_MAX)
			return false;
		req->path[n++] = (char)c;
		s = span_of(s.p + used, s.len - used);
	}
	req->path[n] = '\0';
	for (const char *p = req->path; (p = strstr(p, "/.")) != NULL; p++) {
		const char *q = p + 2 + (p[2] == '.');
		if (*q == '/' || *q == '\0')
			return false;
	}
	return text_is_utf8(span_str(req->path));
}

static void check_target(struct httpd_req *req)
{
	const char *t = req->target, *mark;
	bool ok = t[0] == '/';

	if (req->target_long) {
		req->close = true;
		httpd_refuse(req, 414, "httpd.uri_long");
		return;
	}
	for (const char *p = t; ok && *p; p++)
		ok = *p > ' ' && *p < 0x7f && *p != '#';
	mark = strchr(t, '?');
	req->raw_path = span_of(t, mark ? (size_t)(mark - t) : strlen(t));
	if (mark)
		req->raw_query = span_str(mark + 1);
	if (ok)
		ok = decode_path(req) && httpd_query_fits(req->raw_query);
	if (!ok)
		httpd_refuse(req, 400, "httpd.target");
}

static bool type_fits(const char *header, const char *type)
{
	struct span rest = span_str(header), media;

	return httpd_next_item(&rest, ';', &media) && httpd_same(media, type);
}

static void check_body(struct httpd_req *req)
{
	const struct httpd_route *r = req->route;
	bool has = req->chunked || req->length > 0;
	const char *type = httpd_header(req, "Content-Type");

	if ((r->flags & HTTPD_LENGTH) && req->length < 0)
		httpd_refuse(req, 411, "httpd.length_needed");
	else if ((uint64_t)(req->length < 0 ? 0 : req->length) > r->body_max ||
		 (req->chunked && r->body_max == 0))
		httpd_refuse(req, 413, "httpd.body_long");
	else if (has && r->type && !(type && type_fits(type, r->type)))
		httpd_refuse(req, 415, "httpd.type");
}

void httpd_guard(struct httpd_req *req, const struct httpd_seen *s, const char *version)
{
	check_framing(req, s, version);
	if (!req->replied && (s->n > HTTPD_HEADERS_MAX || s->too_long))
		httpd_refuse(req, 431, "httpd.headers_many");
	if (!req->replied && s->types > 1)
		httpd_refuse(req, 400, "httpd.header_bad");
	if (!req->replied)
		check_target(req);
	if (!req->replied)
		check_host(req, s, version);
	if (!req->replied && atomic_load(&req->d->stopping)) {
		req->close = true;
		httpd_refuse(req, 503, "httpd.stopping");
	}
	if (!req->replied)
		httpd_find_route(req);
	if (!req->replied)
		check_body(req);
	if (!req->replied) {
		buf_init(&req->body, req->route->body_max);
		if (req->route->early)
			req->route->early(req->d->conf.ctx, req);
	}
}
