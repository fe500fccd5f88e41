/*
 * session: the sync exchange of both ends, without sockets. Clauses P9-P19, P26-P28.
 *
 * A client round is: session_client_request writes a body, somebody carries it,
 * session_client_reply takes the answer, verifies all of it and hands one result to
 * the store, which keeps it in one transaction; repeat while `more`. The server
 * splits its half so that a collector can verify in many threads and append in one:
 * session_server_parse (pure) -> the store's sequencer -> session_server_reply.
 * Bodies here are inflated NDJSON. Not here: HTTP, zstd, signatures of requests,
 * blobs, SQLite.
 */
#ifndef KK_SYNC_SESSION_H
#define KK_SYNC_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"
#include "sync/authority.h"
#include "sync/entry.h"
#include "sync/keyring.h"
#include "sync/note.h"
#include "sync/tree.h"

enum {
	SESSION_LINES = 2000,              /* entry lines of one body, each way */
	SESSION_BODY = 16 * 1024 * 1024,   /* inflated bytes of one body */
	SESSION_PUSH_LINES = 500,          /* what an agent sends at once */
	SESSION_PUSH_BYTES = 3 * 1024 * 1024, /* of them; with the header below 4 MiB even unpacked (P8) */
	SESSION_PULL_BYTES = 4 * 1024 * 1024,
	SESSION_ENROLS = 16,
	SESSION_HEADS = 256, /* feeds offered in one request */
	SESSION_HOLES = 64,  /* holes before the lines of one request that its answer names */
	SESSION_WANT_RUNS = 1024, /* runs of one feed that an answer wants (P14); SESSION_HEADS + SESSION_HOLES feeds */
	SESSION_BLOBS = 64,  /* blobs one answer asks for (P32) */
	SESSION_RUNS = 64,         /* runs of entries to be proven, of one request (W8) */
	SESSION_FRESH_S = 24 * 3600        /* P18 */
};

enum session_verdict_kind {
	SESSION_ACCEPTED,
	SESSION_DUPLICATE,
	SESSION_QUARANTINED,
	SESSION_REFUSED
};

/* One line's fate (P12). */
struct session_verdict {
	enum session_verdict_kind kind;
	int64_t index;             /* log index; -1 when refused */
	enum keyring_verdict why;  /* quarantined */
	char clause[8];            /* refused */
	char key[ERR_KEY_LEN];     /* refused: message key */
	bool other_sig;            /* duplicate whose logged signature differs */
	uint8_t sig[CRYPT_SIG_LEN];
};

/* The runs of P12 for n verdicts, and back: false unless they cover exactly n lines. */
struct json *session_verdicts_write(const struct session_verdict *v, size_t n);
bool session_verdicts_read(const struct json *runs, struct session_verdict *ret, size_t n);

/* ------------------------------------------------------------------- client */

struct session_position {
	char epoch[5];             /* "" before the first sync */
	int64_t after;             /* P17, of this (epoch, scope); lower where a skipped line can be read now (P15) */
	int64_t size;              /* last verified checkpoint of this epoch; 0 = none */
	uint8_t root[TREE_HASH];
	int64_t checked_at;        /* when that checkpoint arrived, unix s */
};
struct session_push {
	int64_t no;                /* the store's number of the entry */
	const struct entry *e;     /* borrowed until the round ends */
};
struct session_enrol {
	uint8_t key[CRYPT_PK_LEN];
	char name[AUTHORITY_NAME], title[AUTHORITY_NAME];
	struct span open;          /* line without LF, borrowed until the round ends */
};
/* A feed that is offered (P9): the highest entry of it that has no index in this epoch. */
struct session_head {
	uint8_t feed[ENTRY_FEED_LEN];
	int64_t seq;
	uint8_t id[ENTRY_ID_LEN];
};
struct session_pulled {
	struct entry *e;           /* the result's */
	int64_t index;
	bool proved;               /* in a verified range; else the index is a claim */
};
/* Own entries at consecutive indexes that are accepted and not yet proven (W8). */
struct session_run {
	int64_t start, n;
};
/* A pulled line of a key nobody here knows. */
struct session_unknown {
	int64_t index;
	uint8_t prefix[8];         /* first bytes of H(key), as its feed has them (E9) */
};
struct session_range {
	int64_t start, end;
	struct tree_proof nodes;
};
/* Everything of one verified answer, for one transaction. */
struct session_result {
	const char *scope;
	char epoch[5];
	const struct session_push *push;         /* the lines sent, npush of them */
	const struct session_verdict *verdict;   /* one each */
	size_t npush;
	struct session_pulled *pulled;
	size_t npulled;
	const struct session_head *head;         /* the feeds offered, nhead of them */
	size_t nhead;
	const struct session_unknown *unknown;   /* pulled lines that were skipped, by index (P15) */
	size_t nunknown;
	bool has_note;                           /* a new checkpoint, verified and consistent */
	struct note note;
	struct span note_text;
	const struct session_range *range;       /* verified under note, or under the position's tree */
	size_t nrange;
	bool has_proven;                         /* a checkpoint with the quorum, consistent with what is known */
	struct note proven;
	struct span proven_text;
	int64_t proven_at;                       /* when enough witnesses had signed, their clocks, unix s */
	const struct session_range *proved;      /* verified under proven */
	size_t nproved;
	int64_t from, after;                     /* cursor of the request, new cursor */
	int64_t now;                             /* collector's clock */
	int64_t next_s;                          /* P20 */
	bool more;
	const struct json *want;                 /* P14, or NULL */
	const struct json *blobs;                /* P32: hashes as text, all well formed, or NULL */
	const struct json *scopes;               /* P33: array of communes, the one asked for first */
	const struct session_position *base;     /* what the request stood on */
	bool late; /* it was written before other exchanges: the store may stand elsewhere now (B10) */
};

/* What the client needs of a store. All return enum rc; ctx first. */
struct session_client_store {
	void *ctx;
	enum rc (*position)(void *ctx, const char *scope, struct session_position *ret,
	                    struct err *reterr);
	/* Own entries of this scope without verified receipt, in feed order, at most max; entries
	   stay the store's until release. *retmore: there are further ones. */
	enum rc (*push)(void *ctx, const char *scope, struct session_push *ret, size_t max,
	                size_t *retn, bool *retmore, struct err *reterr);
	/* Clerk keys without a cert; at most SESSION_ENROLS. */
	enum rc (*enrol)(void *ctx, const char *scope, struct session_enrol *ret, size_t *retn,
	                 struct err *reterr);
	/* Feeds with entries of scope or "*" that lost their index with an epoch (L12), those of central keys
	   first; at most SESSION_HEADS. */
	enum rc (*heads)(void *ctx, const char *scope, struct session_head *ret, size_t *retn,
	                 struct err *reterr);
	void (*release)(void *ctx);
	/* Next seq expected of the feed of a root, registrar or staff key: one more than the highest
	   held with a log index, 0 for one never pulled (A13). */
	enum rc (*authority_next)(void *ctx, const uint8_t feed[ENTRY_FEED_LEN], int64_t *ret,
	                          struct err *reterr);
	/* W8: own entries accepted and not proven, as ascending runs of at most SESSION_LINES together;
	   at most max. None where the policy asks for no witnesses. */
	enum rc (*unproven)(void *ctx, struct session_run *ret, size_t max, size_t *retn,
	                    struct err *reterr);
	/* Leaf hashes of the entries held at [start, end), all of them proved. */
	enum rc (*leaves)(void *ctx, int64_t start, int64_t end, uint8_t (*ret)[TREE_HASH],
	                  struct err *reterr);
	/* The store's keyring; session_client_reply adds authority lines it pulled. If apply
	   fails or is not reached, the store restores its keyring itself. */
	struct keyring *(*keyring)(void *ctx);
	/* Changes of admission caused by the authority lines of this result are in *change. */
	enum rc (*apply)(void *ctx, const struct session_result *r,
	                 const struct keyring_change *change, struct err *reterr);
	/*
	 * L13: follow the root's `log` entry, which comes right after the `open` of its feed, into another
	 * tree, if this store has used its `old` and not its key; all or nothing. *rettook false: it says
	 * nothing new. RC_REFUSED "L12" when the root it tells is not what was checked of that size.
	 */
	enum rc (*turn)(void *ctx, const struct entry *open, const struct entry *log, bool *rettook,
	                struct err *reterr);
	/* Let every line of central keys that is offered go out, asked for or not; *retany: there are such. */
	enum rc (*insist)(void *ctx, const char *scope, bool *retany, struct err *reterr);
	/* L10: evidence of a rollback or split view; both texts are kept. */
	enum rc (*alarm)(void *ctx, const char *scope, struct span note_text, const struct err *why,
	                 struct err *reterr);
};

struct session_client; /* one round trip at a time */

enum rc session_client_new(const struct session_client_store *st, const char *scope, int64_t now_s,
                           struct session_client **ret, struct err *reterr);
void session_client_free(struct session_client *c);
/* Append the request body. *retlines: entry lines in it. */
enum rc session_client_request(struct session_client *c, struct buf *out, size_t *retlines,
                               struct err *reterr);
struct session_report {
	size_t sent, accepted, duplicate, quarantined, refused, pulled, unknown;
	size_t proven; /* entries proven by witnesses just now */
	size_t asked;  /* blobs the collector asks for (P32) */
	bool more;
	int64_t next_s, now;
};
/*
 * Take the answer to the last request. Everything is verified before anything is
 * stored (P18). RC_REFUSED P11, P12, P15-P17, A13, K8, L2-L4, L11, L10 (the store's alarm was
 * called), W8, or the clause of a pulled line that is not well formed and signed;
 * RC_REMOTE "P26" when it is no answer at all.
 */
enum rc session_client_reply(struct session_client *c, struct span body,
                             struct session_report *ret, struct err *reterr);

/* What to do after a refusal. */
enum session_next {
	SESSION_GIVE_UP, /* nothing that this end could mend */
	SESSION_AGAIN,   /* there is a new position: ask again */
	SESSION_SHOW,    /* the collector has gone back: show it the checkpoint (P29) */
	SESSION_CENTRAL  /* it has lost this PC's cert: hand in the lines of central keys (P30) */
};
/*
 * Take the body of a refusal (P21): follow the log entries it tells (L13), keep evidence of a
 * smaller tree (L10). A body that is no problem document, or tells nothing provable, is
 * SESSION_GIVE_UP. Errors of the store, and RC_REFUSED "L12".
 */
enum rc session_client_refused(struct session_client *c, struct span body, enum session_next *ret,
			       struct err *reterr);

/* ---- a request that goes by file, whose answer comes later or never (B9, B10) ---- */

/* What a request asked: enough to verify its answer whenever that comes. */
struct session_asked {
	struct session_position pos;
	const struct session_push *push;
	size_t npush;
	const struct session_run *run; /* to be proven (W8) */
	size_t nrun;
	bool more; /* there are further lines for the next request */
};
/* Of the last request, to be remembered; borrowed until the next. */
void session_client_asked(const struct session_client *c, struct session_asked *ret);
/*
 * Take up a request written earlier: the next reply answers it. The entries of push are
 * borrowed until the client is freed. RC_LIMIT "P8" for more lines or runs than a request has.
 */
enum rc session_client_resume(struct session_client *c, const struct session_asked *a,
                              struct err *reterr);
/*
 * After a reply that has `more`: stand where the request for the rest would stand, so that the next
 * reply answers that. False: the reply was complete.
 */
bool session_client_follow(struct session_client *c);

/* ------------------------------------------------------------------- server */

struct session_line {
	struct entry *e;           /* NULL: refused at the door, why tells */
	struct err why;
};
struct session_want_enrol {
	uint8_t key[CRYPT_PK_LEN];
	char name[AUTHORITY_NAME], title[AUTHORITY_NAME];
	struct entry *open;        /* verified against key: possession */
};
/* A parsed request; entries in it are verified and may be shared. */
struct session_request {
	uint8_t device[CRYPT_PK_LEN]; /* who asks: the key that signed the request */
	char scope[ENTRY_SCOPE_LEN];
	char epoch[5];
	int64_t after, size;
	bool fresh, more;
	struct session_line *line;
	size_t nline;
	struct session_want_enrol *enrol;
	size_t nenrol;
	struct session_head *head;
	size_t nhead;
	struct session_run unproven[SESSION_RUNS];
	size_t nunproven;
};
/*
 * Parse a body that came from `device`, verify every line against the keyring (one Ed25519
 * check a line). Thread-safe on an unchanging keyring. RC_REFUSED "P13" / "P9" / "P10" when
 * nothing of it can be used; a bad line only fills its session_line.why. Caller frees *ret.
 */
enum rc session_server_parse(const struct keyring *k, const uint8_t device[CRYPT_PK_LEN],
                             struct span body, struct session_request **ret, struct err *reterr);
/*
 * Open the line by which a clerk who waits for a cert proves `key` (P10, P25): it opens a feed
 * of that key in `scope`, and was made on the PC that asks. RC_REFUSED "P10" "session.enrol" /
 * "session.enrol_device", or what entry_open_key says. Caller frees *ret.
 */
enum rc session_enrol_open(struct span line, const uint8_t key[CRYPT_PK_LEN], const char *scope,
                           const uint8_t device[CRYPT_PK_LEN], struct entry **ret,
                           struct err *reterr);
void session_request_free(struct session_request *r);
/*
 * Before anything of it is stored: RC_CONFLICT "P17" "session.epoch", or "session.rollback"
 * when the agent has seen a larger tree than this collector has.
 */
enum rc session_server_position(const struct session_request *r, const char epoch[5], int64_t size,
                                struct err *reterr);

/* What the reply needs of a store; reads only, may run beside the sequencer. */
struct session_server_store {
	void *ctx;
	struct tree_reader tree;
	char epoch[5];
	int64_t size;              /* tree size of note_text; every verdict's index is below */
	struct span note_text;     /* newest checkpoint */
	int64_t proven_size;       /* of the newest with the quorum (W8), at most size; 0: none */
	struct span proven_text;   /* that, with the cosignatures */
	int64_t now;
	int64_t next_s;
	bool give;                 /* false: no pull (P7, revoked device); what is wanted is told all the same */
	/*
	 * Lines of scope or "*" with index in [from, size), ascending: call take for each with
	 * its line (without LF), index and whether it is an authority line, until it returns
	 * false or lines end.
	 */
	enum rc (*pull)(void *ctx, const char *scope, int64_t from, int64_t size,
	                bool (*take)(void *arg, struct span line, int64_t index, bool authority),
	                void *arg, struct err *reterr);
	/* Missing [first,last] seqs of the feeds of this request's lines and heads (P14) as an object, or NULL. */
	struct json *(*want)(void *ctx, const struct session_request *r);
	/* P32: at most SESSION_BLOBS hashes of what the store lacks; NULL: of none. */
	enum rc (*blobs)(void *ctx, const struct session_request *r,
	                 uint8_t (*ret)[CRYPT_HASH_LEN], size_t *retn, struct err *reterr);
	uint64_t random;           /* chooses the line proved at random (P15) */
	const char (*scope)[ENTRY_SCOPE_LEN]; /* the communes the device has (P33); told when `give` */
	size_t nscope;             /* of more than AUTHORITY_SCOPES the first are told */
	const int64_t *also;       /* further indexes not to pull: lines of requests that came with this one (B9) */
	size_t nalso;
};
/* Append the answer body. verdict: one for each line of r. */
enum rc session_server_reply(const struct session_server_store *st, const struct session_request *r,
                             const struct session_verdict *verdict, struct buf *out,
                             struct err *reterr);

#endif
