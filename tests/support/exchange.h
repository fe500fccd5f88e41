/*
 * exchange: both ends of a session over memory, for tests of sync/session: a collector
 * that is a list of entries with its tree and keyring, and an agent's store that writes
 * down what it is given. Nothing is persistent, nothing is sent. What goes wrong by
 * itself fails the test; what a test provokes is returned.
 */
#ifndef KK_TESTS_SUPPORT_EXCHANGE_H
#define KK_TESTS_SUPPORT_EXCHANGE_H

#include "sync/session.h"
#include "tests/support/actor.h"

enum { EXCHANGE_ROWS = 256, EXCHANGE_FEEDS = 16 };

/* ---- the collector ---- */

struct exchange_server {
	struct crypt_signer *log;
	struct keyring *keyring;
	struct entry *row[EXCHANGE_ROWS]; /* by log index; its own */
	uint8_t leaf[EXCHANGE_ROWS][TREE_HASH];
	size_t n;
	char epoch[5];
	int64_t now, next_s;
	uint64_t random;
	uint8_t device[CRYPT_PK_LEN]; /* whose requests it takes */
	bool revoked;         /* gives nothing to pull (P7) */
	int64_t hidden;       /* index left out of every pull, -1: none */
	bool forgets;         /* answers as if the agent had no checkpoint yet */
	const char *want;     /* P14 as JSON text, or NULL */
	uint8_t blob[4][CRYPT_HASH_LEN]; /* P32: what it asks for, nblob of them */
	size_t nblob;
	size_t cosigned;      /* leaves of the checkpoint witnesses signed, 0: none */
	struct crypt_signer *witness[2]; /* whose, NULL: nobody; the caller's */
	const uint8_t *other; /* 64 bytes: the signature it claims to hold of each duplicate */
};

void exchange_server_init(struct exchange_server *s, const uint8_t root[CRYPT_PK_LEN],
			  uint8_t log_seed);
void exchange_server_free(struct exchange_server *s);
const uint8_t *exchange_server_pk(const struct exchange_server *s);
/* Log an entry, which becomes the server's; its index. */
int64_t exchange_server_add(struct exchange_server *s, struct entry *e);
/* The signed checkpoint of the tree as it is. */
void exchange_server_note(const struct exchange_server *s, struct buf *out);
/* The whole half: parse, position, sequence, reply. Appends the answer. */
enum rc exchange_server_answer(struct exchange_server *s, struct span body, struct buf *out,
			       struct err *reterr);

/* ---- the agent ---- */

struct exchange_client {
	struct session_client_store st;
	struct keyring *keyring, *trial;
	struct session_position pos;
	struct entry *out[EXCHANGE_ROWS]; /* not sent yet; its own */
	size_t nout;
	struct session_enrol enrol[SESSION_ENROLS];
	size_t nenrol;
	struct session_head head[SESSION_HEADS];
	size_t nhead;
	struct session_run run[SESSION_RUNS]; /* to be proven; leaves are those of `of` (W8) */
	size_t nrun;
	const struct exchange_server *of;
	struct {
		uint8_t feed[ENTRY_FEED_LEN];
		int64_t next;
	} feed[EXCHANGE_FEEDS];
	size_t nfeed;
	struct session_unknown skipped[EXCHANGE_FEEDS]; /* lowest index of each unknown key (P15) */
	size_t nskipped;
	bool dry;           /* apply only writes down */
	void *other;        /* whatever a test with an apply of its own needs */
	size_t applied;     /* calls */
	size_t alarms;      /* calls */
	char alarm[8];      /* clause of the last */
	struct buf said;    /* what the last apply was given, but for now, next, more and want */
	size_t verdicts[4], pulled, proved, unknown, ranges, proven;
	bool had_note, more, had_want;
	bool turns, insists; /* what turn and insist answer */
	size_t turned;       /* calls of turn */
	uint8_t turn[ENTRY_ID_LEN]; /* the last entry given to it */
};

/* A PC that knows the root and, unless NULL, the log entry (as an enrolment slip gives it). */
void exchange_client_init(struct exchange_client *c, const uint8_t root[CRYPT_PK_LEN],
			  const struct entry *log);
void exchange_client_free(struct exchange_client *c);
/* The lines of a feed below `next` are held with their log indexes. */
void exchange_client_held(struct exchange_client *c, const uint8_t feed[ENTRY_FEED_LEN],
			  int64_t next);
/* An entry to send; it becomes the client's. */
void exchange_client_push(struct exchange_client *c, struct entry *e);

/* ---- both, in the middle of their work ---- */

/*
 * The same every time: a collector, and an agent that has synced once, whose next request is
 * written; since then a cert, a revoke and a colleague's line have been logged.
 */
struct exchange_stage {
	struct actor root, reg, clerk, mate;
	struct exchange_server s;
	struct exchange_client c;
	struct session_client *round;
	struct buf request;
};
void exchange_stage_init(struct exchange_stage *g);
void exchange_stage_free(struct exchange_stage *g);

#endif
