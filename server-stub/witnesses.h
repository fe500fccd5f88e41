/*
 * witnesses: the collector's side of its witnesses: whom the `log` entry names (K8), where they are, how far each has
 * cosigned, and the newest checkpoint that has the quorum. Clauses W4-W6, L5.
 *
 * A thread of its own asks them after commits, one round at a time for the newest checkpoint there
 * is then; nobody waits for it. Before the first append of a process each is asked once: whoever has
 * a larger tree, or another one, has seen that this store was set back or that the log key is used
 * twice, and then nothing is appended. Not here: what a request looks like (sync/cosign), what stops
 * the sequencer (server-stub/ingest).
 */
#ifndef KK_COLLECTOR_WITNESSES_H
#define KK_COLLECTOR_WITNESSES_H

#include "lib/buf.h"
#include "lib/err.h"
#include "lib/json.h"
#include "server-stub/archive.h"

struct collector;
struct witnesses;

/* For this collector, which outlives it. Nothing is asked yet. */
enum rc witnesses_new(struct witnesses **ret, struct collector *col, struct err *reterr);
/* Ends a request that is under way. */
void witnesses_free(struct witnesses *w);
/* What was cosigned so far, from the archive. Called whenever the sequencer was opened anew. */
enum rc witnesses_load(struct witnesses *w, struct err *reterr);
/* One round now: ask whoever is due for the newest checkpoint, keep what came, stop the log if it must stop (W5). */
void witnesses_round(struct witnesses *w);
/* Begin such rounds after commits, in a thread of its own. */
enum rc witnesses_start(struct witnesses *w, struct err *reterr);

/*
 * W4: ask each once now, if that has not been done in this process. What stops the log (W5) is appended to *rethalt: a
 * checkpoint that proves it, or "EPOCH NAME SIZE" when there is only the witness's word.
 */
void witnesses_check(struct witnesses *w, struct buf *rethalt);
/* There is a newer checkpoint. Any thread. */
void witnesses_wake(struct witnesses *w);
/* The policy or an address has changed: take it over now, and ask soon. Waits for a round under way. */
enum rc witnesses_changed(struct witnesses *w, struct err *reterr);

/*
 * The newest checkpoint with the quorum of the policy in force, appended with its cosignatures;
 * *retsize 0: there is none, or no quorum is asked for. A reader taken afterwards holds its tree.
 */
void witnesses_proven(struct witnesses *w, struct buf *text, int64_t *retsize);
/* The newest checkpoint as it is shown: that with the quorum, else the newest one (W6). size 0: none. */
enum rc witnesses_shown(struct witnesses *w, struct archive_reader *r, struct buf *text,
			int64_t *retsize, int64_t *retat, struct err *reterr);

/* Where a witness is, as a document for archive_writer's doc_put: table WITNESSES_DOC, key its name. */
#define WITNESSES_DOC "witness"
/* RC_INPUT "policy.url" when it is no URL one may use; pin: as curl prints it, or NULL. */
enum rc witnesses_doc(const char *url, const char *pin, struct json **ret, struct err *reterr);

/* {quorum, witnesses: [{name, key, url, size, at, failures, why}], proven, proven_at, halted}. */
enum rc witnesses_state(struct witnesses *w, struct json **ret, struct err *reterr);

#endif
