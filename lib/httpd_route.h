/*
 * httpd_route: which route of the table a request meets. Part of lib/httpd alone.
 */
#ifndef KK_LIB_HTTPD_ROUTE_H
#define KK_LIB_HTTPD_ROUTE_H

#include "lib/httpd.h"

/* Its route and parameter, of all that fit the one that says most: a whole path before {param}, that before a prefix.
 * Refused with 404, or with 405 and Allow, where there is none. */
void httpd_find_route(struct httpd_req *req);

#endif
