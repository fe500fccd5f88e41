/*
 * httpd_slow: a connection that sends a byte now and then is never idle, and would stay for ever: here each step of a
 * request has a deadline, whoever passes it is cut off. Headers and what comes between two requests: slow_ms.
 * A body, and a reply: slow_ms and a second for each slow_rate bytes of it. While a handler works there is
 * none. Thread-safe, with a thread of its own. Does NOT know HTTP.
 */
#ifndef KK_LIB_HTTPD_SLOW_H
#define KK_LIB_HTTPD_SLOW_H

#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

struct httpd_slow;

/* connections: how many there are at most. */
enum rc httpd_slow_new(struct httpd_slow **ret, unsigned connections, int64_t slow_ms, int64_t slow_rate,
		       struct err *reterr);
void httpd_slow_free(struct httpd_slow *s); /* NULL is fine */
/*
 * A connection is open: its socket, which stays open until httpd_slow_leave. What the others want, never 0; 0 where
 * there is no place, and then it has no deadline.
 */
size_t httpd_slow_enter(struct httpd_slow *s, intptr_t sock);
void httpd_slow_leave(struct httpd_slow *s, size_t place); /* 0 is fine, here and below */

/* A step begins: its headers are here and the body comes, the reply goes out, or the next request is waited for. */
void httpd_slow_step(struct httpd_slow *s, size_t place);
/* So many bytes of the body were read, or are to go out: so much longer it may take. */
void httpd_slow_more(struct httpd_slow *s, size_t place, size_t len);
void httpd_slow_work(struct httpd_slow *s, size_t place); /* a handler has it */

#endif
