/*
 * transport: one request of the protocol and its answer, signed and verified.
 * Clauses P1-P5, P8, P26. The HTTP one signs with the device key, compresses, pins,
 * and repeats once with the collector's time when the clock is off; tests put their
 * own behind the same struct.
 */
#ifndef KK_AGENT_TRANSPORT_H
#define KK_AGENT_TRANSPORT_H

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/crypt.h"
#include "lib/err.h"

struct transport_req {
	const char *method, *path; /* path without query; the protocol's client uses none */
	const char *type;          /* content type, NULL without a body */
	struct span body;          /* inflated */
	int64_t upload_offset;     /* -1: none */
	int64_t range_from;        /* GET: first byte wanted, -1: all */
	int64_t range_len;         /* and how many, 0: to the end */
	size_t max;                /* ceiling of the answer's inflated body */
};
struct transport_res {
	int status;
	struct buf body; /* inflated; caller frees */
	char type[64];
	int64_t upload_offset; /* -1: absent */
	bool upload_complete;
	int64_t range_from, range_size; /* Content-Range: first byte, size of the whole; -1: absent */
	int64_t retry_after_s; /* 0: absent */
	struct err
	    problem;   /* 4xx/5xx: rc RC_REMOTE or RC_REFUSED/RC_DENIED, clause and key as told */
	char code[24]; /* problem's code: "clock", "epoch", … */
};
struct transport {
	void *ctx;
	/* RC_OK when an answer came, whatever its status; else RC_UNAVAILABLE with an http.* key. */
	enum rc (*exchange)(void *ctx, const struct transport_req *req, struct transport_res *res,
			    struct err *reterr);
	void (*free)(void *ctx);
};

struct transport_conf {
	const char *url;             /* "https://host:port" */
	const char *ca_file;         /* NULL: the system's */
	const uint8_t *pin;          /* 32 bytes, or NULL */
	struct crypt_signer *device; /* borrowed */
	const struct clock *clock;
	int64_t max_bytes_s; /* bandwidth cap, 0: none */
	const char *lang;    /* "vi" or "en": of what the collector says when it refuses */
	int64_t clock_off;   /* collector's clock minus clock, as last told, s */
};
/*
 * Is it the collector's answer of this type? RC_OK for 200 with it; what the problem says (P21);
 * RC_REMOTE "P5" "sync.clock": the collector took neither of our times; RC_UNAVAILABLE "P26"
 * "sync.portal": a redirect, a page, a 511: some network in between answered.
 */
enum rc transport_answer(const struct transport_res *res, const char *type, struct err *reterr);

enum rc transport_http(struct transport *ret, const struct transport_conf *conf,
		       struct err *reterr);

#endif
