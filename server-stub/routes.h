/*
 * routes: the collector's HTTP face: who asks, the route table, problem documents.
 * Clauses P2-P8, P21, P22. Endpoints are routes_sync.c, routes_enrol.c, routes_log.c,
 * routes_blob.c. Not here: judging entries (sync), storing them (ingest).
 */
#ifndef KK_COLLECTOR_ROUTES_H
#define KK_COLLECTOR_ROUTES_H

#include "lib/httpd.h"
#include "lib/lang.h"
#include "lib/op_owner.h"
#include "server-stub/collector.h"
#include "server-stub/nonces.h"
#include "server-stub/places.h"
#include "server-stub/quota.h"
#include "server-stub/tries.h"
#include "sync/httpsig.h"

struct routes_conf {
	struct collector *col;  /* with a threaded sequencer; outlives the server */
	struct op_owner *owner; /* whose mutex guards issuing; NULL: none beside us (tests) */
	const char *address;
	uint16_t port;
	const char *tls_cert_pem, *tls_key_pem; /* both or neither */
	const struct json *names; /* of the console, for browsers, besides loopback and the URL; or NULL */
};
struct routes;

/* Of all connections one address has a quarter, for a province may stand behind one; no limit on loopback (P1). */
enum { ROUTES_PER_ADDRESS = HTTPD_CONNECTIONS / 4 };

/* Listen. Errors of httpd_start. */
enum rc routes_start(struct routes **ret, const struct routes_conf *conf, struct err *reterr);
void routes_stop(struct routes *rt);             /* NULL is fine */
const char *routes_url(const struct routes *rt); /* with the bound port; borrowed */
uint16_t routes_port(const struct routes *rt);

/* ---- for the endpoints ---- */

struct routes {
	struct collector *col;
	struct op_owner *owner;
	struct httpd *httpd;
	struct httpd_route *served; /* of the table, what this process has */
	struct nonces *nonces;    /* of certified keys */
	struct nonces *strangers; /* of requests that any key may sign: made-up keys fill no other table */
	struct nonces *newcomers; /* of those that ask to be enrolled: whoever fills another keeps nobody out */
	struct tries *tries;      /* requests to be enrolled that were refused, by address */
	struct quota *quota;
	struct console *console; /* NULL: no owner, so no operations (tests) */
	struct odata_issues *issues; /* likewise */
	struct places *reading;      /* questions of spreadsheets being answered; likewise */
	struct lang *lang[2]; /* vi, en */
	struct json *leads;   /* lines that lead from the first log to this one (P21) */
};

/* Whose request it is, verified on the headers alone; lives as long as the request. */
struct routes_who {
	uint8_t key[CRYPT_PK_LEN];
	char digest[HTTPSIG_DIGEST_LEN]; /* "": no body */
	bool revoked;                    /* P7: may push, pulls nothing */
	bool ours;                       /* not let in for a fault of ours (503), whatever it asked */
	uint64_t tried;                  /* P25: number of the try it counts as (tries.h) */
};

/*
 * P2-P7, before a body is read: signature, clock, nonce (in that table) and (roles: bits 1U << role, 0:
 * any key at all) an admitted cert of such a role. On failure the request is answered: NULL; what it owns then
 * says whether that was ours.
 */
struct routes_who *routes_auth(struct routes *rt, struct httpd_req *req, unsigned roles,
			       struct nonces *nonces);
/* Whose request it is for whoever counts: a proxy's word where it may be believed (console_address). Borrowed. */
const char *routes_address(const struct routes *rt, const struct httpd_req *req);
/* The body as sent has the signed digest, and is inflated to out->max bytes at most. On failure answered: false. */
bool routes_body(struct routes *rt, struct httpd_req *req, struct buf *out);

/*
 * Answer with a problem document (P21). code NULL: the name of the error; status 0: by its
 * rc. 503 carries Retry-After.
 */
void routes_problem(struct routes *rt, struct httpd_req *req, int status, const char *code,
		    const struct err *e);
/* The same with the newest checkpoint, for code "rollback". */
void routes_problem_note(struct routes *rt, struct httpd_req *req, int status, const char *code,
			 const struct err *e, struct span checkpoint);
/* Answer 200 with bytes, zstd where the asker takes it and it is shorter. */
void routes_reply(struct httpd_req *req, const char *type, struct buf *body);

void routes_sync_early(void *ctx, struct httpd_req *req);
void routes_sync(void *ctx, struct httpd_req *req);
void routes_authority_early(void *ctx, struct httpd_req *req);
void routes_authority(void *ctx, struct httpd_req *req);
void routes_shown(void *ctx, struct httpd_req *req);
void routes_enrol_early(void *ctx, struct httpd_req *req);
void routes_enrol(void *ctx, struct httpd_req *req);
void routes_log_checkpoint(void *ctx, struct httpd_req *req);
void routes_log_head(void *ctx, struct httpd_req *req);
void routes_log_inclusion(void *ctx, struct httpd_req *req);
void routes_log_consistency(void *ctx, struct httpd_req *req);
void routes_log_leaves_early(void *ctx, struct httpd_req *req);
void routes_log_leaves(void *ctx, struct httpd_req *req);
void routes_blob_early(void *ctx, struct httpd_req *req);
void routes_blob_head(void *ctx, struct httpd_req *req);
void routes_blob_get(void *ctx, struct httpd_req *req);
void routes_blob_patch(void *ctx, struct httpd_req *req);

#endif
