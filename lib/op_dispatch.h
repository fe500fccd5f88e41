/*
 * op_dispatch: run an operation where the store is. One process owns a store:
 * nobody there: take HOME/lock, open, run, close; owned: hand the same body to
 * the owner's API named in HOME/owner.json. Opens no socket unless another process
 * holds the lock and owner.json names that very process.
 */
#ifndef KK_LIB_OP_DISPATCH_H
#define KK_LIB_OP_DISPATCH_H

#include "lib/op.h"

enum {
	OP_DISPATCH_WAIT_MS = 30000 /* default patience with another command holding the store */
};

/* owner.json, as its reader and its writer see it. */
struct op_owner_file {
	int64_t pid;
	char url[64];   /* "http://127.0.0.1:40123" */
	char token[65]; /* hex */
};
enum rc op_dispatch_owner_read(const char *home, struct op_owner_file *ret, struct err *reterr);
enum rc op_dispatch_owner_write(const char *home, const struct op_owner_file *file,
				struct err *reterr);
void op_dispatch_owner_remove(const char *home);

/* A fresh random token or nonce as 64 hex digits. */
enum rc op_dispatch_token(char ret[65], struct err *reterr);

/*
 * Proof of a listener that it knows the token: hex SHA-256 of token and the
 * client's nonce, both 64 hex digits, so their place is fixed.
 */
void op_dispatch_proof(const char *token, const char *nonce, char ret[65]);

/*
 * From the owner of HOME: a link that opens its page in a browser, once. RC_BUSY "op.busy" {pid}: it
 * does not prove itself; RC_NOTFOUND "page.none": it has no pages.
 */
enum rc op_dispatch_link(const char *home, struct buf *retlink, struct err *reterr);

/*
 * Run op with body in, its texts in the language of voice. *ret: the caller frees. An owner's answer and error come
 * back as if run here (same rc, clause, key, arguments). wait_ms: see above.
 *   RC_NOTFOUND "op.no_store" {home}    no such folder and op is not OP_CREATE
 *   RC_BUSY "op.busy" {pid}             still held by another command after wait_ms
 *   RC_BUSY "op.owned" {pid}            OP_LOCAL, and an owner runs already
 *   RC_UNAVAILABLE "op.owner_lost" {pid}  the owner ended or fell silent during a write: it may
 *                                       or may not have happened. Reads are tried again.
 * and whatever the operation, the lock, program->open answer.
 */
enum rc op_dispatch(const struct op_program *program, const struct op *op, const char *home,
		    const struct json *in, int64_t wait_ms, const struct op_voice *voice,
		    struct json **ret, struct err *reterr);

#endif
