/*
 * webhooks_part: what the parts of webhooks share. Only webhooks*.c include it.
 */
#ifndef KK_COLLECTOR_WEBHOOKS_PART_H
#define KK_COLLECTOR_WEBHOOKS_PART_H

#include "lib/http.h"
#include "lib/os.h"
#include "server-stub/collector.h"
#include "server-stub/webhook.h"
#include "server-stub/webhook_event.h"
#include "server-stub/webhooks.h"

/* Tables of documents, by name; of acts by the moment. */
#define WEBHOOKS_DOC   "webhook"
#define WEBHOOKS_STAND "webhook_stand"
#define WEBHOOKS_ACT   "webhook_act"
#define WEBHOOKS_KEY   "webhook" /* keys/webhook.key */

enum {
	WEBHOOKS_LAST = 50,   /* messages of one that are remembered */
	WEBHOOKS_BATCH = 64,  /* messages made at once */
	WEBHOOKS_ROWS = 512,  /* entries looked at for them */
	WEBHOOKS_KEEP_MS = 30000, /* at most so long a cursor is ahead of the one kept */
	WEBHOOKS_FAR = 4096   /* entries passed over without a word before that is kept */
};

/* What became of one message. */
enum webhooks_end { WEBHOOKS_GOOD, WEBHOOKS_FAILED, WEBHOOKS_IS_GONE, WEBHOOKS_KEYLESS, WEBHOOKS_ENDED };
struct webhooks_sent {
	enum webhooks_end end;
	int64_t at;          /* unix s */
	int64_t index;
	const char *event;   /* static */
	char id[WEBHOOK_ID];
	int status;          /* 0: no answer */
	int64_t retry_after; /* seconds the receiver asks for; 0: none */
	char why[ERR_KEY_LEN];
};

/* One webhook. h, s and what follows belong to `mutex` of its webhooks; http to its thread. */
struct webhooks_one {
	struct webhooks *all;
	struct os_thread *thread; /* NULL: none was started */
	struct http *http;
	struct webhook h;
	struct webhook_stand s;
	int64_t kept;     /* cursor in the archive */
	bool dirty;       /* there may be something to tell */
	bool unkept;      /* s is to be kept by keep_ms */
	bool leaving;     /* being removed: nothing of it is kept */
	bool removed, ended; /* removed: its thread ends */
	int64_t keep_ms, retry_ms; /* monotonic */
	struct webhooks_sent last[WEBHOOKS_LAST]; /* a ring: nlast in all */
	int64_t nlast, good, failed;
	struct webhooks_one *next; /* among the removed */
};

struct webhooks {
	struct collector *col;
	struct os_mutex *mutex; /* nobody who holds it waits for the sequencer */
	struct os_cond *work;
	struct crypt_secret *key; /* NULL: there is none */
	struct webhooks_one *one[WEBHOOK_MAX];
	size_t n;
	char left_out[WEBHOOK_MAX][WEBHOOK_NAME]; /* names of those that could not be read; changed by acts */
	size_t nleft_out;
	struct webhooks_one *removed; /* their threads end */
	bool running, stopping;
};

/* By name, NULL: none. mutex held. */
struct webhooks_one *webhooks_find(const struct webhooks *w, const char *name);
/* Among those that could not be read; nleft_out: it is not. mutex held, or within an act. */
size_t webhooks_find_left_out(const struct webhooks *w, const char *name);
/* The exchanges of a webhook go by it: addresses, times and trust. */
enum rc webhooks_http(const struct webhook *h, struct http **ret, struct err *reterr);
/* Sign and send one message; nothing is locked. key NULL: none. */
void webhooks_send(struct collector *col, struct crypt_secret *key, const struct webhook *h, struct http *http,
		   const struct webhook_message *m, struct webhooks_sent *ret);
/* Start the thread of one. When there is none to be had `why` says so, and webhooks_resume tries again. */
void webhooks_begin(struct webhooks_one *o);
/* Keep how far it is, now; it is tried again later when the disk is full. Nothing is locked. */
enum rc webhooks_keep(struct webhooks_one *o, struct err *reterr);

/* Made of rows [from, ...): messages for the webhook, ascending; upto: all below was looked at. */
struct webhooks_batch {
	struct webhook_message m[WEBHOOKS_BATCH];
	size_t n;
	int64_t upto;
	bool more; /* of the log */
};
enum rc webhooks_read(struct collector *col, const struct webhook *h, int64_t from, struct webhooks_batch *ret,
		      struct err *reterr);
void webhooks_batch_free(struct webhooks_batch *b);

#endif
