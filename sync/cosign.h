/*
 * cosign: how a log asks a witness to cosign a checkpoint, both ends of it, without sockets.
 * Clauses W1-W3. Format: C2SP tlog-witness, add-checkpoint.
 *
 *     old SIZE LF
 *     base64(hash) LF …         consistency proof from SIZE (L2), at most 63
 *     LF
 *     the checkpoint (L4)
 *
 * Pure: what a witness remembers is handed in, and whoever keeps it writes it down. Not here: HTTP, storage, when to
 * ask. Knows notes and trees only.
 */
#ifndef KK_SYNC_COSIGN_H
#define KK_SYNC_COSIGN_H

#include "sync/note.h"
#include "sync/note_body.h"
#include "sync/tree.h"

enum {
	COSIGN_PROOF_MAX = 63,            /* hashes of a request, as C2SP says */
	COSIGN_REQUEST_MAX = 16 * 1024,   /* bytes: 63 lines of 45, a note of at most 8 KiB, and room */
	COSIGN_REPLY_MAX = NOTE_TEXT_MAX, /* bytes of an answer */
	COSIGN_LINE_MAX = 256             /* bytes of one cosignature line */
};

/* A request whose form is right; nothing of it is verified. */
struct cosign_request {
	uint64_t old;
	struct tree_proof proof;
	struct note_text note;
};
/* Append a request body. note_text: a whole checkpoint. RC_INPUT "witness.proof" for too many hashes. */
enum rc cosign_request_write(uint64_t old, const struct tree_proof *proof, struct span note_text,
			      struct buf *out, struct err *reterr);
/* RC_REFUSED "W1" "witness.old" / "witness.proof" / "witness.form", or "L4", "L5" of the checkpoint. */
enum rc cosign_request_read(struct span body, struct cosign_request *ret, struct err *reterr);

/* What a witness knows of a log it follows. */
struct cosign_log {
	uint8_t key[CRYPT_PK_LEN];
	uint64_t size; /* of the last checkpoint it cosigned; 0: none */
	uint8_t root[TREE_HASH];
};
/* What it answers, with the status of W2. */
enum cosign_verdict {
	COSIGN_GIVEN,    /* 200 */
	COSIGN_MALFORMED, /* 400: the form, or an old size larger than the checkpoint's */
	COSIGN_FORBIDDEN, /* 403: not signed by the log */
	COSIGN_UNKNOWN,   /* 404: a log it does not follow */
	COSIGN_STALE,     /* 409 with the size it has */
	COSIGN_SPLIT,     /* 409: another root at the size it has */
	COSIGN_UNPROVEN   /* 422: the new tree is not shown to extend the old one */
};
enum { COSIGN_VERDICTS = COSIGN_UNPROVEN + 1 };
#define COSIGN_SIZE_TYPE "text/x.tlog.size" /* media type of the size in COSIGN_STALE */
int cosign_status(enum cosign_verdict v);
/* Did the log sign another tree of the size that the witness cosigned (W3)? Worth keeping. */
bool cosign_is_evidence(enum cosign_verdict v, const struct cosign_request *r,
			 const struct cosign_log *log);
/*
 * What to answer (W2). log: the one of the request's origin, NULL when it is not followed. *retwhy (may be NULL): of
 * anything but COSIGN_GIVEN, for people.
 */
enum cosign_verdict cosign_judge(const struct cosign_request *r, const struct cosign_log *log,
				   struct err *retwhy);

/* What a log reads out of an answer. */
struct cosign_reply {
	enum cosign_verdict verdict;
	uint64_t size;                 /* COSIGN_STALE: what the witness has */
	uint64_t time;                 /* COSIGN_GIVEN: unix s */
	char line[COSIGN_LINE_MAX];   /* COSIGN_GIVEN: the verified line, with its LF */
};
/*
 * Read an answer about the checkpoint `note_text` of log `logkey` from that witness. type: its media type without
 * parameters. RC_REMOTE "W2" "witness.answer" when it is none: another status, no cosignature of this witness
 * that verifies, a size that is none.
 */
enum rc cosign_reply_read(int status, const char *type, struct span body, struct span note_text,
			   const uint8_t logkey[CRYPT_PK_LEN], const struct note_witness *w,
			   struct cosign_reply *ret, struct err *reterr);

#endif
