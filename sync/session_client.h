/*
 * session_client: what the parts of the client's half share. Only sync/session_client*.c
 * include it; users include sync/session.h.
 */
#ifndef KK_SYNC_SESSION_CLIENT_H
#define KK_SYNC_SESSION_CLIENT_H

#include "sync/session.h"

struct session_client {
	const struct session_client_store *st;
	char scope[ENTRY_SCOPE_LEN];
	int64_t now;
	struct session_position pos;                  /* of the last request */
	struct session_push push[SESSION_PUSH_LINES]; /* its lines */
	size_t npush;
	bool push_more;
	struct session_head head[SESSION_HEADS]; /* feeds it offered */
	size_t nhead;
	struct session_run run[SESSION_RUNS];         /* asked to be proven (W8) */
	size_t nrun;
	bool late;                    /* the request is one taken up again */
	struct session_position then; /* of the request for the rest of the last reply */
	bool then_more;
};

/* Next seq expected of an authority feed within this answer (A13). */
struct session_feed {
	uint8_t feed[ENTRY_FEED_LEN];
	int64_t next;
};

/* One answer while it is verified. */
struct session_reply {
	struct session_client *c;
	struct json *head;
	char epoch[5];
	int64_t now, after, next_s;
	bool more;
	struct session_verdict *verdict; /* one for each pushed line */
	bool has_note;
	struct note note;
	struct span note_text; /* into head */
	struct session_pulled *pulled;
	size_t npulled;
	struct session_unknown *skipped; /* by index */
	size_t nskipped;
	struct session_range *range;
	size_t nrange;
	struct session_feed *feed;
	size_t nfeed;
	bool has_proven;
	struct note proven;
	struct span proven_text; /* into head */
	uint64_t proven_at;
	struct session_range *proved;
	size_t nproved;
	struct keyring_change change;
};

/* Hashes in base64url; false when one is none or there are too many. NULL: no hashes. */
bool session_client_proof(const struct json *nodes, struct tree_proof *ret);
/* Take the header line off *body and read it. RC_REMOTE "P26", RC_REFUSED "P11". */
enum rc session_client_head(struct session_reply *r, struct span *body, struct err *reterr);
/* Runs of P12 spread over the lines. RC_REFUSED "P12". */
enum rc session_client_verdicts(struct session_reply *r, struct err *reterr);
/*
 * Open the pulled lines in the order of the log. RC_REFUSED "P16", "P17", "A13", or what
 * entry_open says of a line: a collector holds no line that is not well formed and signed.
 */
enum rc session_client_pulled(struct session_reply *r, struct span body, struct err *reterr);
/*
 * Verify every range and that all which must be proved is. RC_REFUSED "P15", "L3". Ranges with
 * a line of an unknown key cannot be checked; they are left out and prove nothing.
 */
enum rc session_client_ranges(struct session_reply *r, struct err *reterr);
/*
 * W8: the checkpoint with the quorum, and what it proves. RC_REFUSED "W8", "L4", "L3", "L10" (the
 * store's alarm was called). One without the quorum this PC asks for proves nothing and is passed over.
 */
enum rc session_client_proven(struct session_reply *r, struct err *reterr);
/* Keep the evidence of *why (L10) and tell it: RC_REFUSED. */
enum rc session_client_alarm(struct session_reply *r, struct span note_text, const struct err *why,
			     struct err *reterr);

#endif
