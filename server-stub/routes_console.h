/*
 * routes_console: the console of the centre's staff on the collector's own listener: its files,
 * signing in and out, and POST /api/NAME by session. Every request passes, in this order: a name
 * of ours (Host, Origin); the cookie of a session; a page of ours; a key that still counts; the
 * row of the operation in server-stub/gate.h; only then is the body read. Does NOT know what
 * operations do.
 */
#ifndef KK_COLLECTOR_ROUTES_CONSOLE_H
#define KK_COLLECTOR_ROUTES_CONSOLE_H

#include "server-stub/routes.h"

void routes_console_file(void *ctx, struct httpd_req *req);
void routes_console_session_early(void *ctx, struct httpd_req *req);
void routes_console_session_open(void *ctx, struct httpd_req *req);
void routes_console_session_show(void *ctx, struct httpd_req *req);
void routes_console_session_close(void *ctx, struct httpd_req *req);
void routes_console_api_early(void *ctx, struct httpd_req *req);
void routes_console_api(void *ctx, struct httpd_req *req);

#endif
