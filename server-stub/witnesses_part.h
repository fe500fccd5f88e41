/*
 * witnesses_part: what the parts of witnesses share. Only witnesses*.c include it.
 */
#ifndef KK_COLLECTOR_WITNESSES_PART_H
#define KK_COLLECTOR_WITNESSES_PART_H

#include <stdatomic.h>

#include "lib/http.h"
#include "lib/os.h"
#include "server-stub/collector.h"
#include "server-stub/witnesses.h"
#include "sync/cosign.h"

#define WITNESSES_COSIGNED "cosigned" /* documents {size, at, text} by size */

/* One witness of the policy. Changed by the round under `mutex`; read by the round without. */
struct witnesses_peer {
	struct note_witness who;
	char *url, *pin; /* NULL: not told where it is; no pin */
	struct http *http;
	int64_t size;     /* what it cosigned last as far as we know, 0: nothing */
	int64_t cosigned; /* the same, if it told so in this process */
	int64_t at;       /* unix s, its clock */
	int64_t failures, next_ms;
	char why[ERR_KEY_LEN];
};

/* A checkpoint with cosignatures; size 0: none. */
struct witnesses_text {
	int64_t size, at;
	struct buf text;
};

struct witnesses {
	struct collector *col;
	struct os_thread *thread;
	struct os_mutex *ask;   /* one round at a time; peers belong to it */
	struct os_mutex *mutex; /* what follows */
	struct os_cond *work;
	bool dirty, unkept;
	atomic_bool stopping, checked;
	struct note_policy policy;
	struct witnesses_peer peer[NOTE_WITNESS_MAX];
	size_t npeer;
	struct witnesses_text last, proven;
	int64_t kept[2]; /* sizes of the documents there are; 0: none */
};

/* One checkpoint to be cosigned. */
struct witnesses_question {
	const struct collector *col;
	struct archive_reader *r;
	struct span text; /* the newest checkpoint, of this size */
	int64_t size, old;
};
/*
 * Ask one witness, a second time when it told which size it has. RC_OK: *ret is its answer to the last question.
 * An answer that shows that this log is behind or another one (W5) is RC_CONFLICT "witness.behind" /
 * "witness.other" and appends to *rethalt. Otherwise errors of http_exchange, RC_REMOTE.
 */
enum rc witnesses_ask(struct witnesses_peer *p, const struct witnesses_question *q,
		      struct cosign_reply *ret, struct buf *rethalt, struct err *reterr);

#endif
