/*
 * webhook_event: what an entry of the log is told as: the table of events, and the body of a message. Nothing of what
 * an entry says is in it, nor who wrote it. Does NOT read the store, sign or send.
 */
#ifndef KK_COLLECTOR_WEBHOOK_EVENT_H
#define KK_COLLECTOR_WEBHOOK_EVENT_H

#include "lib/buf.h"
#include "lib/json.h"
#include "server-stub/archive.h"
#include "server-stub/webhook.h"

/*
 * An entry may be several; it is told as the first of them that is asked for. A rejudged entry (A10) is not told again:
 * the revoke or admit that did it is an event of its own.
 */
enum webhook_event {
	WEBHOOK_ENTRY_FORKED,   /* it forks its feed (A9) */
	WEBHOOK_ENTRY_HELD,     /* quarantined (A4 to A8): it does not count */
	WEBHOOK_REVIEW_MADE,    /* what follows: of entries that count */
	WEBHOOK_TASK_CHANGED,
	WEBHOOK_REPORT_FROZEN,
	WEBHOOK_SCHEDULE_CHANGED,
	WEBHOOK_CATALOGUE_CHANGED,
	WEBHOOK_ACCESS_CHANGED, /* an access token made or taken back */
	WEBHOOK_ENTRY_RECEIVED, /* any other record */
	WEBHOOK_KEY_CERTIFIED,
	WEBHOOK_KEY_REVOKED,
	WEBHOOK_ENTRY_ADMITTED,
	WEBHOOK_FORM_CHANGED,
	WEBHOOK_ENTRY_ERASED,
	WEBHOOK_LOG_CHANGED,    /* another log key, or other witnesses */
	WEBHOOK_EVENTS
};
enum { WEBHOOK_ALL_EVENTS = (1 << WEBHOOK_EVENTS) - 1 };

/* "entry.received"; NULL-terminated, in the order of the enum: the choices of an argument. */
extern const char *const webhook_event_names[WEBHOOK_EVENTS + 1];

/* One message. body is freed by the caller. */
struct webhook_message {
	int64_t index;             /* of the entry; -1: of none, a test */
	enum webhook_event event;
	char id[WEBHOOK_ID];       /* "msg_" and the entry's id: a repeat has the same */
	char scope[ENTRY_SCOPE_LEN];
	struct buf body;
};

#define WEBHOOK_TEST "webhook.test" /* the event of a message about nothing */

/* Events a row is; 0: nothing is told of it (the opening of a feed). e: its entry, or its stub; NULL: damaged. */
unsigned webhook_event_bits(const struct archive_row *row, const struct entry *e);
/*
 * The message of a row for a webhook that asks for these events; *rettold false: it is told nothing of it. origin: of
 * the log (note_origin). Of an entry that is damaged in the store what the row says is told, and that it is. RC_NOMEM.
 */
enum rc webhook_event_message(const struct archive_row *row, const char *origin, unsigned events,
			      struct webhook_message *ret, bool *rettold, struct err *reterr);
/* A message about nothing, to be tried out with, sent at now (unix s). */
enum rc webhook_event_test(const char *origin, int64_t now, struct webhook_message *ret, struct err *reterr);

#endif
