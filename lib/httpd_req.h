/*
 * httpd_req: a request under way and its server, as the files of lib/httpd share them; nobody else includes this.
 * microhttpd's own things are pointers here: only httpd.c looks into them.
 */
#ifndef KK_LIB_HTTPD_REQ_H
#define KK_LIB_HTTPD_REQ_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/httpd.h"
#include "lib/lang.h"
#include "lib/os.h"

enum { HTTPD_NAME_MAX = 256 /* bytes of a host, cookie or header name we look at */ };

enum httpd_lang_no { HTTPD_VI, HTTPD_EN, HTTPD_LANGS };
extern const char *const httpd_lang_names[HTTPD_LANGS];

struct httpd_crowd;
struct httpd_slow;
struct MHD_Connection;
struct MHD_Daemon;
struct MHD_Response;

struct httpd {
	struct httpd_conf conf;
	struct MHD_Daemon *mhd;
	struct lang *lang[HTTPD_LANGS];
	struct os_mutex *lock;     /* of `running` */
	struct os_cond *idle;      /* running fell to 0 */
	struct httpd_crowd *crowd; /* NULL: as many connections from one address as come */
	struct httpd_slow *slow;
	int running;
	atomic_bool stopping;
	intptr_t sock; /* ours until the daemon has it, and again once it is quiesced; -1 */
	uint16_t port;
	char url[HTTPD_NAME_MAX];
};

struct reply_header {
	char *name, *value;
};

struct httpd_req {
	struct httpd *d;
	struct MHD_Connection *c;
	size_t slow; /* its connection's place there */
	char *target;
	bool target_long;
	const char *method;
	struct span raw_path, raw_query;
	char path[HTTPD_PARAM_MAX + 1];
	const char *param;
	const struct httpd_route *route;
	char peer[64];

	bool begun; /* headers were looked at */
	bool chunked, expects;
	int64_t length; /* Content-Length, -1 none */
	struct buf body;
	size_t seen, dropped; /* bytes of body so far, and those of them nobody wanted */
	bool drop;            /* drop what still comes */

	struct reply_header head[HTTPD_REPLY_HEADERS];
	size_t nhead;
	bool secure;   /* TLS ended before us */
	bool bad_head; /* a handler set an impossible header */
	bool close;    /* the framing cannot be trusted: end the connection */
	bool replied;
	int status;
	int64_t sent; /* bytes of the reply's body */
	struct MHD_Response
	    *reply; /* NULL when replied without memory: the connection is dropped */

	struct arena scratch;
	void *own;
	void (*own_free)(void *p);
};

/* Is a header of the reply set by that name? */
bool httpd_was_set(const struct httpd_req *req, const char *name);

/* Our own refusal, in the reader's language. */
void httpd_refuse(struct httpd_req *req, int status, const char *key);
/* A refusal after which the next request on this connection could be anything. */
void httpd_refuse_framing(struct httpd_req *req, const char *key);

#endif
