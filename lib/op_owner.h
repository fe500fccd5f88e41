/*
 * op_owner: the process that owns a store serves its operations to others.
 *
 * The owner (kiemke serve, kiemke-collector serve) already holds the store's lock,
 * because its own operation is OP_LOCAL. It starts this listener on loopback, and
 * HOME/owner.json (0600: pid, url, token) tells other commands of the same user
 * where it is. Routes: POST /api/NAME runs an operation; GET /api-owner proves to a
 * client that this listener is the one that wrote owner.json, before the client
 * sends it a token or a PIN; POST /api-ticket gives who has the token a link for a
 * browser, whose pages (lib/page) then use POST /api/NAME too. Does NOT know who waits for the lock (lib/op_dispatch).
 */
#ifndef KK_LIB_OP_OWNER_H
#define KK_LIB_OP_OWNER_H

#include "lib/httpd.h"
#include "lib/op.h"
#include "lib/page.h"

enum {
	OP_OWNER_TOKEN_LEN = 32, /* random bytes; 64 hex digits in owner.json and on the wire */
	OP_OWNER_TIMEOUT_S =
	    6 * 3600 /* longest operation: a first sync over a bad link, verify --all */
};

struct op_owner;

struct op_owner_conf {
	const struct op_program *program;
	const struct op_group *group;    /* whose operations it runs; NULL: those of the program's own store */
	const char *home;                /* copied */
	void *app;                       /* opened store; outlives the owner */
	uint16_t port;                   /* on 127.0.0.1; 0 = any free one */
	const struct httpd_route *route; /* further routes (pages), or NULL; not copied */
	size_t nroute;
	void *ctx;        /* op_owner_ctx for their handlers */
	const char *pages; /* embedded folder of the pages (lib/page: "agent"), or NULL: none */
	const char *lang; /* "vi" or "en": when a request asks for none; NULL: by KIEMKE_LANG */
};

/*
 * Listen, then write owner.json. The handlers of further routes get the struct
 * op_owner as ctx. Errors of httpd_start and os_file_write.
 */
enum rc op_owner_start(struct op_owner **ret, const struct op_owner_conf *conf, struct err *reterr);

/*
 * Remove owner.json, answer new requests with RC_BUSY (their senders try again),
 * let running ones finish up to grace_ms, free. NULL is fine.
 */
void op_owner_stop(struct op_owner *owner, int64_t grace_ms);

const char *op_owner_url(const struct op_owner *owner); /* "http://127.0.0.1:PORT"; borrowed */
void *op_owner_ctx(const struct op_owner *owner);

/*
 * The mutex that serialises every use of app: operations from the API hold it
 * while they run; the owner's own work (background sync) takes it in slices.
 */
void op_owner_lock(struct op_owner *owner);
void op_owner_unlock(struct op_owner *owner);
/* The same as an op_call, so that an operation may be run or shared by a background thread. */
struct op_call op_owner_call(struct op_owner *owner);

/*
 * For handlers of further routes: RC_OK when the request names this listener, comes from no
 * foreign page and has the token or the cookie of a session; else RC_DENIED, as page_session.
 */
enum rc op_owner_admit(const struct op_owner *owner, const struct httpd_req *req,
		       struct err *reterr);

/* A link that opens the page in a browser, once. RC_NOTFOUND "page.none": there is none. */
enum rc op_owner_link(struct op_owner *owner, char ret[PAGE_LINK], struct err *reterr);

#endif
