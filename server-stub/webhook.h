/*
 * webhook: one webhook (decision 0044): where it leads, what it wants to be told, how far it has been told, when it is
 * tried again, and how a message is signed (Standard Webhooks, standardwebhooks.com). Rules alone, of what they are
 * given: no clock, store, socket or thread (server-stub/webhooks). What an entry of the log tells:
 * server-stub/webhook_event.
 */
#ifndef KK_COLLECTOR_WEBHOOK_H
#define KK_COLLECTOR_WEBHOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/crypt.h"
#include "lib/err.h"
#include "lib/json.h"

enum {
	WEBHOOK_MAX = 16,        /* of one collector: each has a thread */
	WEBHOOK_NAME = 33,       /* bytes, with the NUL: it is also a label of metrics */
	WEBHOOK_URL = 513,       /* bytes, with the NUL */
	WEBHOOK_PROVINCE = 8,    /* bytes, with the NUL */
	WEBHOOK_SALT = 16,       /* bytes */
	WEBHOOK_CHECK = 8,       /* bytes of what tells that a secret is the one that was told */
	WEBHOOK_ID = 64,         /* bytes of a message's id, with the NUL */
	WEBHOOK_SECRET = 51,     /* "whsec_" and 32 bytes in base64, with the NUL */
	WEBHOOK_TRIES = 10,      /* of one message; then it is failing */
	WEBHOOK_BOTH_S = 86400,  /* seconds for which old and new secret both sign */
	WEBHOOK_RETRY_S = 21600, /* the longest Retry-After that is honoured */
	WEBHOOK_TIMEOUT_S = 15   /* whole exchange at most, and unless told otherwise */
};

enum webhook_state {
	WEBHOOK_ON,
	WEBHOOK_FAILING, /* all tries of a message failed; goes on with `webhook resume` */
	WEBHOOK_GONE,    /* the receiver answered 410; likewise */
	WEBHOOK_NO_KEY   /* keys/webhook.key is not the one its secret was made of; goes on with `webhook rotate` */
};
const char *webhook_state_name(enum webhook_state s); /* "on", "failing", "gone", "no_key" */

/* A secret, without the key it is made of. */
struct webhook_salt {
	uint8_t salt[WEBHOOK_SALT], check[WEBHOOK_CHECK];
};

/* What the administrator says. */
struct webhook {
	char name[WEBHOOK_NAME]; /* a-z, 0-9, '-' */
	char url[WEBHOOK_URL];
	bool private;                    /* may lead to an address of no public network */
	unsigned events;                 /* bits, 1 << enum webhook_event */
	char province[WEBHOOK_PROVINCE]; /* its communes alone; "": everything */
	int64_t timeout_s;
	int64_t added_at; /* unix s */
	struct webhook_salt now, old;
	int64_t old_until; /* unix s until which the old secret signs, too; 0: there is none */
};

/* How far it has been told. */
struct webhook_stand {
	enum webhook_state state;
	int64_t next;     /* index of the log: all below has been told */
	int64_t failures; /* tries in a row that failed, of the message at next or behind it */
	int64_t retry_at; /* unix s of the next try; 0: at once */
	int64_t status;   /* of the last failure's answer; 0: there was none */
	char why[ERR_KEY_LEN];
};

/* As documents, and back; false when it is none of ours. */
struct json *webhook_json(const struct webhook *h);
bool webhook_read(const struct json *doc, struct webhook *ret);
struct json *webhook_stand_json(const struct webhook_stand *s);
bool webhook_stand_read(const struct json *doc, struct webhook_stand *ret);

/* May one be called that? */
bool webhook_name_ok(struct span name);

/*
 * All at or below next - 1 has been told. A new failure: why is the key of its message, status that of the answer,
 * retry_after the seconds the receiver asks for (0: none), chance any number. WEBHOOK_TRIES make it failing.
 */
void webhook_told(struct webhook_stand *s, int64_t next);
void webhook_failed(struct webhook_stand *s, const char *why, int64_t status, int64_t now, int64_t retry_after,
		    uint32_t chance);
void webhook_stopped(struct webhook_stand *s, enum webhook_state state, const char *why, int64_t status);
/* Try at once, whatever was. */
void webhook_resumed(struct webhook_stand *s);

/* Seconds that Retry-After (RFC 9110, 10.2.3: seconds or a date) asks for at now; 0 for anything else. */
int64_t webhook_retry_after(const char *value, int64_t now);

/* ---- secrets: HMAC-SHA256(key, "kiemke webhook" NUL salt); key: 32 bytes, keys/webhook.key ---- */

void webhook_salt_new(struct crypt_secret *key, struct webhook_salt *ret);
/* "whsec_" and base64: what the receiver is given. Wipe it. */
void webhook_secret(struct crypt_secret *key, const struct webhook_salt *s, char ret[WEBHOOK_SECRET]);
/* Is the key the one it was made of? */
bool webhook_salt_fits(struct crypt_secret *key, const struct webhook_salt *s);
/* The current secret becomes the old one, which signs too until now + WEBHOOK_BOTH_S; at_once: never again. */
void webhook_rotate(struct crypt_secret *key, struct webhook *h, int64_t now, bool at_once);
/* Value of webhook-signature for a message sent at now: one signature a secret, appended. */
void webhook_sign(struct crypt_secret *key, const struct webhook *h, const char *id, int64_t now, struct span body,
		  struct buf *out);

#endif
