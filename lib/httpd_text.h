/*
 * httpd_text: what stands in the request line and the headers of HTTP (RFC 9110, 9112, 3986, 6265), piece by piece and
 * strictly. Pure; part of lib/httpd alone.
 */
#ifndef KK_LIB_HTTPD_TEXT_H
#define KK_LIB_HTTPD_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"

bool httpd_same(struct span a, const char *b); /* equal but for ASCII case */
/* Cut the next item off *rest at `sep`, trimmed. False when nothing is left. */
bool httpd_next_item(struct span *rest, char sep, struct span *retitem);
bool httpd_token_name(const char *s, size_t len);   /* a token: may name a header or a cookie */
bool httpd_header_value(const char *s, size_t len); /* no control character but the tab */
bool httpd_cookie_octets(const char *s);
/* The byte at s, escapes undone; -1 for a bad escape. *retused: bytes taken. s has at least one byte. */
int httpd_unescape(struct span s, size_t *retused);
bool httpd_query_fits(struct span q); /* every escape is whole, and none is a NUL */
/* The host without its port; empty when it is not well-formed. */
struct span httpd_host_name(const char *value);
/* Is the entity tag `etag` (without quotes) among those of an If-None-Match? Weak ones count. */
bool httpd_etag_known(const char *header, const char *etag);

#endif
