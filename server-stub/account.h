/*
 * account: names of accounts (vault keys of people) and which key each is, as documents "account"
 * NAME -> {"key"}: so that lists can say who is meant without a passphrase. What a key may do says
 * the log, never this.
 */
#ifndef KK_COLLECTOR_ACCOUNT_H
#define KK_COLLECTOR_ACCOUNT_H

#include "lib/json.h"
#include "server-stub/archive.h"

struct account {
	const char *name;
	const uint8_t *key; /* 32 bytes */
};

/* For issuer_also: arg is a struct account. */
enum rc account_write(void *arg, struct archive_writer *w, struct err *reterr);
/* {KEY: NAME …} of all, by key text (b64u). Caller frees. */
enum rc account_names(struct archive *a, struct json **ret, struct err *reterr);
/* The key of a name; RC_NOTFOUND "archive.no_doc". */
enum rc account_key(struct archive *a, const char *name, uint8_t ret[CRYPT_PK_LEN],
		    struct err *reterr);

#endif
