/*
 * webhooks: the webhooks of a collector (decision 0044): what is kept of them, the acts of the administrator, and
 * while it serves one thread for each, which reads the log behind the webhook's cursor and sends. Nobody waits for
 * them. What one is and when it is tried again: server-stub/webhook; what is told: server-stub/webhook_event.
 *
 * Acts come one at a time (the owner's mutex); all else from any thread.
 */
#ifndef KK_COLLECTOR_WEBHOOKS_H
#define KK_COLLECTOR_WEBHOOKS_H

#include "lib/err.h"
#include "lib/json.h"
#include "server-stub/webhook.h"

struct collector;
struct webhooks;

/* For this collector, which outlives it. */
enum rc webhooks_new(struct webhooks **ret, struct collector *col, struct err *reterr);
void webhooks_free(struct webhooks *w); /* NULL is fine; webhooks_stop first */
/*
 * What the archive has of them. Called whenever the sequencer was opened anew; nothing runs. One that cannot be read is
 * left out (until webhooks_remove), one whose secret is not here waits as no_key (also when keys/webhook.key cannot be
 * read).
 */
enum rc webhooks_load(struct webhooks *w, struct err *reterr);
/* Name of the i-th that webhooks_load left out; NULL past the last. */
const char *webhooks_left_out(const struct webhooks *w, size_t i);
/* Begin to tell, in threads of their own; one that gets none says why in webhooks_list and waits to be resumed. */
void webhooks_start(struct webhooks *w);
/* End what is under way and keep how far each is. The sequencer still runs. */
void webhooks_stop(struct webhooks *w);
/* The log has grown. */
void webhooks_wake(struct webhooks *w);

/*
 * A new one, told from the head on. Of *h name, url, private, events, province and timeout_s are read. Its secret is
 * made, and told this once (wipe it). RC_INPUT "webhook.name", "webhook.url_long", "webhook.needs_private" (plain http
 * leads to this machine); RC_EXISTS "webhook.exists"; RC_CORRUPT "webhook.corrupt" (one that was left out is called
 * so); RC_LIMIT "webhook.many"; errors of http_url_check.
 */
enum rc webhooks_add(struct webhooks *w, const struct webhook *h, char retsecret[WEBHOOK_SECRET], struct err *reterr);
/*
 * This one and the next four: RC_NOTFOUND "webhook.none" {name}; but for this one RC_CORRUPT "webhook.corrupt" {name}:
 * it was left out.
 */
enum rc webhooks_remove(struct webhooks *w, const char *name, struct err *reterr);
/* Another secret; the one before signs too for a day, or at_once no more. */
enum rc webhooks_rotate(struct webhooks *w, const char *name, bool at_once, char retsecret[WEBHOOK_SECRET],
			struct err *reterr);
/* Go on now, whatever was; RC_CONFLICT "webhook.no_key" when only webhooks_rotate helps. */
enum rc webhooks_resume(struct webhooks *w, const char *name, struct err *reterr);
/*
 * Send it a message about nothing, now, in this thread: {delivered, id, status (0: no answer), why}. RC_CONFLICT
 * "webhook.no_key".
 */
enum rc webhooks_try(struct webhooks *w, const char *name, struct json **ret, struct err *reterr);
/*
 * Its messages since the start of this process, newest first: {deliveries: [{at, id, event, index, status, why}]}.
 */
enum rc webhooks_deliveries(struct webhooks *w, const char *name, struct json **ret, struct err *reterr);
/* {webhooks: [...], left_out: [name], acts: [...]}: docs/answers.json tells the members; no secret is among them. */
enum rc webhooks_list(struct webhooks *w, struct json **ret, struct err *reterr);

/* What metrics tell of the i-th; false past the last. */
struct webhooks_count {
	char name[WEBHOOK_NAME];
	int64_t delivered, failed; /* since the start */
	int64_t lag;               /* entries of the log it has not been told of */
	bool stopped;              /* not tried any more */
};
bool webhooks_count(struct webhooks *w, size_t i, int64_t size, struct webhooks_count *ret);

#endif
