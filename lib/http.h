/*
 * http: one bounded exchange with a server: fixed ceilings on time and size, no
 * redirects, no cookies, no credentials of its own, http only to loopback. The
 * connection is kept for the next exchange. The only file with curl.h. Does NOT
 * judge the status: any complete answer is RC_OK, even a captive portal's 200.
 *
 * Failures, each with {url} (and {why} where the system says more):
 *   RC_USAGE       "http.url"       not an http(s) URL
 *   RC_USAGE       "http.plain"     plain http to something else than loopback
 *   RC_UNAVAILABLE "http.resolve"   name unknown
 *   RC_UNAVAILABLE "http.connect"   nobody answers there
 *   RC_UNAVAILABLE "http.timeout"   too slow, or the time is over
 *   RC_UNAVAILABLE "http.cut"       connection ended before the answer was whole
 *   RC_UNAVAILABLE "http.cancelled" http_cancel, or told to stop
 *   RC_REMOTE      "http.tls"  "http.pin"  certificate, or key, is not the expected one
 *   RC_REMOTE      "http.too_large" answer above the ceiling (its body: unless may_cut)
 *   RC_REMOTE      "http.protocol"  answer is not HTTP
 *   RC_USAGE       "http.ca_file"   the CA file cannot be used
 *   RC_DENIED      "http.private"   public_only, and {address} is not; RC_UNAVAILABLE "http.failed" anything else
 */
#ifndef KK_LIB_HTTP_H
#define KK_LIB_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"

enum {
	HTTP_EXPECT_ABOVE = 1024 * 1024, /* bytes of a body; what a server of ours drops of a refused one */
	HTTP_HEAD_MAX = 32 * 1024, /* bytes of response headers kept; MHD and nginx send < 8 KiB */
	HTTP_CONNECT_MS = 15000,   /* default; a 2G link needs several seconds for TCP and TLS */
	HTTP_TOTAL_MS = 600000,    /* default; a 1 MiB batch at 2 KiB/s is 512 s */
	HTTP_LOW_BYTES = 20,       /* default bytes/s under which a link counts as dead... */
	HTTP_LOW_S = 60            /* ...when it lasts this many seconds */
};

struct http_conf {
	const char *agent;       /* User-Agent; NULL = none */
	const char *ca_file;     /* PEM bundle to trust; NULL = the system's */
	const char *pin;         /* "sha256//BASE64" of the server's public key (several with ';'),
	                            or NULL. With a pin the key is the whole trust: names, dates and
	                            chains are not looked at, so a PC whose date is 2019 still works */
	int64_t connect_ms;      /* 0 = HTTP_CONNECT_MS */
	int64_t total_ms;        /* 0 = HTTP_TOTAL_MS */
	int64_t low_bytes;       /* 0 = HTTP_LOW_BYTES */
	int64_t low_s;           /* 0 = HTTP_LOW_S */
	int64_t max_bytes_per_s; /* cap of each direction, 0 = none */
	const char *resolve;     /* "name:port:address" fixed answer instead of DNS, or NULL */
	bool public_only;        /* connect to addresses of the public Internet alone (os_address_public), looked
	                            at as they are connected to, so that a name that resolves otherwise the
	                            second time gains nothing; direct too: a proxy would resolve for itself */
	bool direct;             /* never through a proxy that the system names */
	bool stoppable;          /* a running exchange ends when os_stopping(), within a second or so */
};

struct http; /* one thread at a time, except http_cancel */

/* Copies *conf. Caller frees. RC_NOMEM, RC_UNAVAILABLE "http.init". */
enum rc http_new(struct http **ret, const struct http_conf *conf, struct err *reterr);
void http_free(struct http *h);

struct http_header {
	const char *name, *value;
};

struct http_req {
	const char *method; /* "GET", "HEAD", "POST", "PATCH", ... */
	const char *url;
	const struct http_header
	    *head; /* sent as they are; CR or LF in one: RC_INTERNAL "http.header" */
	size_t nhead;
	struct span body; /* sent with Content-Length when has_body, even if empty */
	bool has_body;
	size_t max_body;  /* ceiling of the answer's body, bytes */
	bool may_cut;     /* a body above it is not read on and not kept: RC_OK, with the status */
	int64_t total_ms; /* this exchange; 0 = conf's */
};

struct http_res {
	int status;
	struct buf body;   /* as it came: never decompressed here; empty when it was cut (may_cut) */
	struct buf head;   /* "name: value\n" each, for http_head */
	int64_t sent, got; /* bytes above TCP/TLS: headers and bodies, without chunk framing */
};

/*
 * Send and receive. *ret is filled on RC_OK only; free it with http_res_free.
 * A body over HTTP_EXPECT_ABOVE waits for 100 Continue, so that a refusal on the headers is read
 * and not cut off with the connection; smaller ones go at once.
 */
enum rc http_exchange(struct http *h, const struct http_req *req, struct http_res *ret,
		      struct err *reterr);
void http_res_free(struct http_res *res);

/*
 * Value of a response header (case-insensitive name) copied into out, cut never:
 * RC_NOTFOUND "http.no_header", RC_REMOTE "http.header_twice" when it stands twice,
 * RC_LIMIT when cap bytes (with NUL) are too few; {header}.
 */
enum rc http_head(const struct http_res *res, const char *name, char *retvalue, size_t cap,
		  struct err *reterr);

/* A date of HTTP (RFC 9110, 5.6.7) in unix seconds; -1 for anything else. */
int64_t http_date(const char *text);

/* The running exchange, and every later one, ends with "http.cancelled". Any thread. */
void http_cancel(struct http *h);

/* Connections opened so far: tests assert reuse. */
int64_t http_connections(const struct http *h);

/*
 * What the Host header says of a request to that URL (host, and the port where the URL has
 * one), appended: an international name in its ASCII form. RC_USAGE "http.url".
 */
enum rc http_url_host(const char *url, struct buf *out, struct err *reterr);

/* RC_OK when the URL is one http_exchange would use: https, or http to loopback; no user info. */
enum rc http_url_check(const char *url, struct err *reterr);

#endif
