/*
 * httpd_route: see httpd_route.h. The table is short: it is gone through for each request.
 */
#include "lib/httpd_route.h"

#include <string.h>

#include "lib/httpd_req.h"

enum fit { FIT_NONE, FIT_PREFIX, FIT_PARAM, FIT_EXACT };

static enum fit route_fits(const struct httpd_route *r, const char *path, const char **retparam)
{
	const char *brace = strchr(r->path, '{');
	size_t n = brace ? (size_t)(brace - r->path) : strlen(r->path);

	*retparam = "";
	if (!brace && !(r->flags & HTTPD_PREFIX))
		return strcmp(r->path, path) == 0 ? FIT_EXACT : FIT_NONE;
	if (strncmp(r->path, path, n) != 0 || path[n] == '\0')
		return FIT_NONE;
	if (brace && strchr(path + n, '/'))
		return FIT_NONE;
	*retparam = path + n;
	return brace ? FIT_PARAM : FIT_PREFIX;
}

/* 2: the route is of this method; 1: a GET route that will do for HEAD; 0 neither. */
static int method_fits(const struct httpd_route *r, const char *method)
{
	if (strcmp(r->method, method) == 0)
		return 2;
	return strcmp(method, "HEAD") == 0 && strcmp(r->method, "GET") == 0;
}

static void refuse_method(struct httpd_req *req)
{
	const struct httpd_conf *conf = &req->d->conf;
	struct buf allow;
	const char *param;

	buf_init(&allow, HTTPD_NAME_MAX);
	for (size_t i = 0; i < conf->nroute; i++) {
		const struct httpd_route *r = &conf->route[i];
		if (route_fits(r, req->path, &param) == FIT_NONE ||
		    (allow.p && strstr((const char *)allow.p, r->method)))
			continue;
		if (allow.len > 0)
			buf_add_str(&allow, ", ");
		buf_add_str(&allow, r->method);
		if (strcmp(r->method, "GET") == 0)
			buf_add_str(&allow, ", HEAD");
	}
	if (buf_check(&allow, NULL) == RC_OK && allow.p)
		httpd_set(req, "Allow", (const char *)allow.p);
	buf_free(&allow);
	httpd_refuse(req, 405, "httpd.method");
}

void httpd_find_route(struct httpd_req *req)
{
	const struct httpd_conf *conf = &req->d->conf;
	bool known = false;
	int best = 0;

	for (size_t i = 0; i < conf->nroute; i++) {
		const struct httpd_route *r = &conf->route[i];
		const char *param;
		int fit = (int)route_fits(r, req->path, &param);
		int method = method_fits(r, req->method);
		known = known || fit != FIT_NONE;
		if (fit != FIT_NONE && method > 0 && fit * 4 + method > best) {
			best = fit * 4 + method;
			req->route = r;
			req->param = param;
		}
	}
	if (!known)
		httpd_refuse(req, 404, "httpd.not_found");
	else if (!req->route)
		refuse_method(req);
}
