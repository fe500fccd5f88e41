/*
 * httpd_guard: all that can be refused on the headers of a request alone, in the order of httpd.h, so that no handler
 * meets what two readers could read differently. Part of lib/httpd alone.
 */
#ifndef KK_LIB_HTTPD_GUARD_H
#define KK_LIB_HTTPD_GUARD_H

#include <stdbool.h>

#include "lib/httpd.h"

/* What its headers told, counted as they were read. */
struct httpd_seen {
	const char *host, *length, *coding;
	int hosts, lengths, codings, types, n;
	bool expects, bad, too_long;
};

/* Count one header in: a name and value of those lengths; value NULL is an empty one. */
void httpd_see(struct httpd_seen *s, struct span name, const char *value, size_t value_len);
/* Refuse the request, or find its route and let that look at the headers. version: "HTTP/1.1". */
void httpd_guard(struct httpd_req *req, const struct httpd_seen *s, const char *version);

#endif
