/*
 * contact: one request of a device and its answer, as both HTTP (routes_sync) and sealed files
 * (usb_import) bring it. Clauses P7, P9-P18, P24, P27, P33, A14. Not here: who carried the bytes, and
 * whether they may be believed to be the device's.
 */
#ifndef KK_COLLECTOR_CONTACT_H
#define KK_COLLECTOR_CONTACT_H

#include "server-stub/collector.h"
#include "server-stub/quota.h"
#include "sync/session.h"

struct contact {
	struct collector *col;
	const uint8_t *device; /* 32 bytes, borrowed */
	bool give;             /* false: a revoked device, which gets no lines (P7) */
	bool central;        /* lines of central keys only, from a device nobody need know (P30) */
	struct quota *quota; /* NULL: not counted */
	const struct ingest_snapshot *snap;
	struct session_request *r;       /* after contact_take */
	struct session_verdict *verdict; /* one each of its lines */
	struct archive_reader *reader;
	struct buf line, proven; /* proven: the newest checkpoint with the quorum (W8) */
	int64_t proven_size;
	const int64_t *also; /* further indexes that are not pulled (B9) */
	size_t nalso;
};

/* give is true, central false, quota NULL: set them otherwise before contact_take. End with contact_end. */
void contact_begin(struct contact *x, struct collector *col, const uint8_t device[CRYPT_PK_LEN]);
/*
 * Store what the body brings (P13, P27). RC_DENIED "P7" "routes.scope"; RC_CONFLICT "P17"; RC_LIMIT
 * "A14"; what session_server_parse and ingest_submit say. On failure nothing is stored.
 */
enum rc contact_take(struct contact *x, struct span body, struct err *reterr);
/* What can be refused before anything of r is stored. */
enum rc contact_check(struct contact *x, struct err *reterr);
/* Append the answer to r, whose lines have those verdicts; also to one made from what is remembered (B11). */
enum rc contact_answer(struct contact *x, struct buf *out, struct err *reterr);
void contact_end(struct contact *x);

/* Status and code of a problem document for what contact_take said; 0, NULL: by the error's rc. */
int contact_status(const struct err *e, const char **retcode);

#endif
