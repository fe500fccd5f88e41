/*
 * httpd: an HTTP/1.1 server made of a route table. The only file with
 * microhttpd.h, which lets through what must never reach a handler, so the first
 * callback refuses it: two Host or none, a Host not allowed, two Content-Length,
 * Content-Length with Transfer-Encoding, any coding but chunked, absolute-form,
 * bad escapes, too long, too many headers. Then 404, 405 (with Allow), 411, 413,
 * 415; then the route's `early` on the headers alone; only then is a body read.
 * Never MHD_PostProcessor. Does NOT know what is served, nor any user's word:
 * texts come from lib/lang.
 *
 * Threads. Pool (threads = N): N threads share all connections; a handler that
 * blocks holds up the connections of its thread. One per connection (threads = 0):
 * a handler may block as long as it likes (the collector's reply waits for its
 * commit group) and one group can gather as many requests as there are
 * connections; the cost is one small stack each. Choose 0 for a collector with
 * many posting clients and set max_connections; choose 2-4 for a loopback page.
 */
#ifndef KK_LIB_HTTPD_H
#define KK_LIB_HTTPD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"

enum {
	HTTPD_URI_MAX = 2048,   /* bytes of path and query; our longest is a blob path, < 200 */
	HTTPD_HEADERS_MAX = 64, /* header lines; browsers send about 20 */
	HTTPD_HEADER_VALUE_MAX = 8192, /* bytes of one value */
	HTTPD_PARAM_MAX = 256,         /* bytes of {param} and of the path after decoding */
	HTTPD_MEMORY = 64 * 1024,      /* default bytes per connection for headers and reading */
	HTTPD_CONNECTIONS = 1024,      /* default connections at once */
	HTTPD_TIMEOUT_S = 60,          /* default seconds without a byte before a connection ends */
	HTTPD_SLOW_MS = 300 * 1000,    /* default for a step of a request, however often a byte comes */
	HTTPD_SLOW_RATE = 512,         /* default bytes of body or reply for which it may take a second more */
	/* bytes of a refused body read and dropped, so that the refusal arrives; longer: cut off */
	HTTPD_DRAIN = 1024 * 1024,
	HTTPD_REPLY_HEADERS = 24 /* headers a handler may add to one reply */
};

struct httpd;
struct httpd_req;

enum httpd_flag {
	HTTPD_LENGTH = 1, /* body wants Content-Length, else 411 (chunked is refused) */
	HTTPD_CACHE = 2,  /* replies carry no Cache-Control: no-store of their own */
	HTTPD_PREFIX = 4, /* path is a prefix ending in '/'; the rest is httpd_param */
	HTTPD_OWN = 256   /* this bit and those above are the program's: httpd looks at none of them */
};

/*
 * A handler answers by calling one httpd_reply*. `early` sees headers only; when
 * it answers, the body is never given to anyone. `chunk` streams the body
 * (false: no more wanted, the rest is dropped, then `handle` runs); without it
 * the body is collected up to body_max. `handle` must answer (else 500). HEAD
 * goes to the GET route unless HEAD has its own. Handlers run in several threads.
 */
struct httpd_route {
	const char *method; /* "GET" */
	const char *path;   /* "/v1/sync", or "/v1/blobs/{hash}": one whole last segment */
	unsigned flags;
	size_t body_max; /* ceiling of the body, bytes; 0: a body is refused with 413 */
	const char
	    *type; /* media type the body must have (parameters ignored), else 415; NULL any */
	void (*early)(void *ctx, struct httpd_req *req);
	bool (*chunk)(void *ctx, struct httpd_req *req, struct span part);
	void (*handle)(void *ctx, struct httpd_req *req);
};

/* A request that has ended, for whoever counts. */
struct httpd_ended {
	const struct httpd_route *route; /* NULL: it found none */
	int status;                      /* 0: there was nothing to answer, or nobody any more */
	int64_t got, sent;               /* bytes of its body, and of the answer's */
};

struct httpd_conf {
	const char *address;      /* numeric, or "localhost" */
	uint16_t port;            /* 0: any free one, see httpd_port */
	const char *tls_cert_pem; /* both or neither; texts, not paths */
	const char *tls_key_pem;
	int threads;              /* 0: one per connection */
	unsigned max_connections; /* 0 = HTTPD_CONNECTIONS */
	unsigned max_per_address; /* connections from one address (IPv6: one /64), 0 = no limit; more are
				     closed as they come. A proxy beside us is one address, too */
	size_t memory;            /* per connection, 0 = HTTPD_MEMORY */
	unsigned timeout_s;       /* 0 = HTTPD_TIMEOUT_S */
	int64_t slow_ms;          /* 0 = HTTPD_SLOW_MS: a line of a village has 2 KB a second */
	int64_t slow_rate;        /* 0 = HTTPD_SLOW_RATE */
	const char *const
	    *hosts; /* allowed Host values ("127.0.0.1", "kk.example.vn"; port ignored),
	                                 NULL-terminated, or NULL = any one well-formed */
	const struct httpd_route *route;
	size_t nroute;
	const char *csp;          /* Content-Security-Policy of what a browser runs (HTML, SVG), or
				     NULL; with it all have Cross-Origin-Resource-Policy */
	const char *lang;         /* language when the reader asks for none: "vi" */
	const char *problem_base; /* start of problem types, e.g. "urn:kiemke:problem:" */
	void *ctx;                /* given to every handler */
	void (*ended)(void *ctx, const struct httpd_ended *what); /* in any thread; or NULL */
};

/* Copies *conf but not what it points to, which outlives the server. RC_BUSY "os.port_taken",
 * RC_USAGE "os.address", RC_INPUT "httpd.tls" (certificate or key unusable), RC_UNAVAILABLE "httpd.start". */
enum rc httpd_start(struct httpd **ret, const struct httpd_conf *conf, struct err *reterr);
uint16_t httpd_port(const struct httpd *d);
/* "http://127.0.0.1:8080" with the bound port. Borrowed. */
const char *httpd_url(const struct httpd *d);
/* Stop accepting, let running requests finish up to grace_ms, then end the rest, join, free. NULL is fine. */
void httpd_stop(struct httpd *d, int64_t grace_ms);
int httpd_running(const struct httpd *d); /* requests under way: headers begun, reply not yet out */

/* ---- the request: all borrowed until the reply ---- */

const char *httpd_method(const struct httpd_req *req);
const char *httpd_target(const struct httpd_req *req);   /* path and query exactly as sent */
struct span httpd_raw_path(const struct httpd_req *req); /* as sent, undecoded, for signatures */
struct span httpd_raw_query(
    const struct httpd_req *req);                    /* after '?', undecoded; p NULL without '?' */
const char *httpd_path(const struct httpd_req *req); /* decoded */
const char *httpd_param(
    const struct httpd_req *req); /* decoded {param} or rest of a prefix, "" if none */
const struct httpd_route *httpd_route(const struct httpd_req *req);
struct span httpd_body(const struct httpd_req *req);       /* collected body, in handle only */
int64_t httpd_content_length(const struct httpd_req *req); /* -1: none given */
const char *httpd_peer(const struct httpd_req *req);       /* "127.0.0.1" */
/* The address of the peer, a struct sockaddr, and our port: as os_peer_foreign wants them. */
const void *httpd_peer_address(const struct httpd_req *req);
uint16_t httpd_own_port(const struct httpd_req *req);
bool httpd_tls(const struct httpd_req *req);

/* Value of a header (name case-insensitive), the first one; NULL when absent. */
const char *httpd_header(const struct httpd_req *req, const char *name);
/* The only one: RC_NOTFOUND "httpd.no_header", RC_REFUSED "httpd.header_twice"; {header}. */
enum rc httpd_header_once(const struct httpd_req *req, const char *name, const char **ret,
			  struct err *reterr);
/* Query parameter, decoded ('+' is a space), the first one; NULL when absent. */
const char *httpd_query(const struct httpd_req *req, const char *name);
/* Cookie by exact name, as sent; the nth of them, from 0; NULL: no more. A program at another port of the
 * same host may have set one of our name besides ours, and a browser may send that first. */
const char *httpd_cookie(const struct httpd_req *req, const char *name, size_t nth);
/* "vi" or "en": ?lang=, then Accept-Language, then conf->lang. */
const char *httpd_lang(const struct httpd_req *req);

/* Something of the handler's that lives as long as the request; freed at its end however it ends
 * (also when the body is cut off). Replaces and frees an earlier one. */
void httpd_own(struct httpd_req *req, void *p, void (*free_fn)(void *p));
void *httpd_owned(const struct httpd_req *req);

/* ---- the reply: exactly one, later ones are ignored ---- */

bool httpd_replied(const struct httpd_req *req);
/* Add a header to the reply still to come (copied). CR, LF, a bad name or one too many:
 * the reply becomes 500. Cache-Control set here wins over the default. */
void httpd_set(struct httpd_req *req, const char *name, const char *value);
void httpd_set_int(struct httpd_req *req, const char *name, int64_t value);
/* TLS ended before us, at a proxy we trust to say so: cookies of the reply are Secure. */
void httpd_set_secure(struct httpd_req *req);
/* Set-Cookie NAME=value; Path=/; HttpOnly; SameSite=Strict (Secure under TLS or httpd_set_secure). max_age_s < 0:
 * for the browser's session; 0: remove. value of cookie-octets only (RFC 6265). */
void httpd_set_cookie(struct httpd_req *req, const char *name, const char *value,
		      int64_t max_age_s);

void httpd_reply(struct httpd_req *req, int status, const char *type,
		 struct span body); /* copied */
void httpd_reply_buf(struct httpd_req *req, int status, const char *type,
		     struct buf *body); /* taken */
/* A part of a file: len < 0 to its end. 404 when it cannot be opened, 416 past its end. */
void httpd_reply_file(struct httpd_req *req, int status, const char *type, const char *path,
		      int64_t offset, int64_t len);

/* An embedded file. encoding "gzip" or NULL is passed through; etag without quotes, or NULL. */
struct httpd_asset {
	const char *path, *type, *encoding, *etag;
	const uint8_t *p;
	size_t len;
};
/* Sent with ETag and no-cache; 304 when If-None-Match has it. */
void httpd_reply_asset(struct httpd_req *req, const struct httpd_asset *asset);
/* The one of that path, or NULL. */
const struct httpd_asset *httpd_asset(const struct httpd_asset *asset, size_t n, const char *path);

/*
 * RFC 9457 application/problem+json: type (problem_base + key), title, status,
 * detail (the message in the reader's language), code (err_name), key, clause,
 * args, and `extra`: JSON members without braces ("\"now\":1795054267"), or empty.
 * status 0: by rc (httpd_status).
 */
void httpd_problem(struct httpd_req *req, int status, const struct err *e, struct span extra);
int httpd_status(enum rc rc);

#endif
