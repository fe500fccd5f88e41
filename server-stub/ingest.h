/*
 * ingest: the sequencer. One thread takes everything that waits as one group: finds
 * duplicates, judges, flags, merges, gives indexes, appends leaves, signs the
 * checkpoint, commits once, and only then lets the senders answer. Clauses A1-A14,
 * L9, P12, P13, P27. Not here: HTTP, reading for replies, SQL.
 */
#ifndef KK_COLLECTOR_INGEST_H
#define KK_COLLECTOR_INGEST_H

#include "lib/clock.h"
#include "lib/crypt.h"
#include "server-stub/archive.h"
#include "sync/form.h"
#include "sync/keyring.h"
#include "sync/session.h"

struct ingest;

/* Called by the sequencer, in its thread; they must not wait for it. */
struct ingest_watch {
	void *ctx;
	/* Before a group that would append. What forbids it (as ingest_halt) is appended to *rethalt. */
	void (*before)(void *ctx, struct buf *rethalt);
	/* A group with entries is durable. */
	void (*after)(void *ctx);
};

struct ingest_conf {
	struct archive *archive;
	const struct clock *clock;
	struct crypt_signer *log; /* log key; borrowed */
	const uint8_t *root;      /* 32 bytes */
	struct ingest_watch watch; /* whoever looks over its shoulder; zeros: nobody */
	bool recovers; /* the newest checkpoint is of the log before this one (L12) */
	bool thread; /* false: ingest_submit does the work itself (single commands, tests) */
};

/*
 * Load keyring and forms from the store, check that its tree gives its last
 * checkpoint (RC_CORRUPT "ingest.tree"), start the thread.
 */
enum rc ingest_open(struct ingest **ret, const struct ingest_conf *conf, struct err *reterr);
void ingest_free(struct ingest *g); /* finishes what waits */

/*
 * Submit the lines of one request and wait until their group is durable (L9, P27).
 * verdict: n of them are filled. RC_UNAVAILABLE / RC_FULL / RC_IO: nothing of it is stored (503).
 */
enum rc ingest_submit(struct ingest *g, const struct session_line *line, size_t n,
		      struct session_verdict *verdict, struct err *reterr);
/*
 * The same for entries the collector itself sealed: all of them accepted, or nothing is
 * stored and RC_DENIED "issuer.…" says why. also (may be NULL) writes what
 * belongs to them in the same transaction. *retindex (may be NULL): of the first.
 */
enum rc ingest_own(struct ingest *g, struct entry *const *e, size_t n,
		   enum rc (*also)(void *arg, struct archive_writer *w, struct err *reterr),
		   void *arg, int64_t *retindex, struct err *reterr);
/*
 * Run fn inside the sequencer's next transaction (documents, settings): all or nothing with
 * the group. For codes, waiting enrolments, the catalogue.
 */
enum rc ingest_write(struct ingest *g,
		     enum rc (*fn)(void *arg, struct archive_writer *w, struct err *reterr),
		     void *arg, struct err *reterr);

/*
 * A checkpoint under this log's key that its tree does not extend was shown (L14, W5): nothing is
 * appended from now on, also after a restart, until the log goes on under another key. Lines and own
 * entries are then RC_UNAVAILABLE "ingest.halted". note: that checkpoint, or "EPOCH WORDS LF" where there is
 * only the word of a witness (W5).
 */
enum rc ingest_halt(struct ingest *g, struct span note, struct err *reterr);
bool ingest_halted(struct ingest *g);

/* Immutable keyring and forms of this moment; given back with ingest_snapshot_end. Thread-safe. */
struct ingest_snapshot {
	const struct keyring *keyring;
	const struct form_set *forms;
};
const struct ingest_snapshot *ingest_snapshot(struct ingest *g);
void ingest_snapshot_end(struct ingest *g, const struct ingest_snapshot *s);

struct ingest_counts {
	int64_t entries, groups; /* durable, since the start */
	int64_t commits;         /* of the archive: one fsync each */
	int64_t failed;          /* groups of which nothing was stored */
	int64_t waiting;         /* now, for the sequencer's thread */
};
struct ingest_counts ingest_counts(const struct ingest *g);
const char *ingest_epoch(const struct ingest *g);

#endif
