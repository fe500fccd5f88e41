/*
 * access: tokens by which a program that cannot sign in to a form (a spreadsheet) reads the tables of the centre
 * (decision 0041). Each is an entity of kind "access" in scope "*", written by a registrar: whose account it
 * reads as, its last day, and the SHA-256 of it; the token itself is told once and kept nowhere. It gives no
 * more than its account's key does at the moment (who_read), reads only, and ends with a day, a word of the
 * registrar or that key.
 */
#ifndef KK_COLLECTOR_ACCESS_H
#define KK_COLLECTOR_ACCESS_H

#include "lib/text.h"
#include "server-stub/collector.h"
#include "server-stub/who.h"

#define ACCESS_KIND   "access"
#define ACCESS_PREFIX "kkt_" /* so that one that got lost is recognised by who finds it */

enum {
	ACCESS_RANDOM = 32, /* bytes */
	ACCESS_LEN = sizeof(ACCESS_PREFIX) - 1 + 2 * ACCESS_RANDOM + 1, /* with the NUL */
	ACCESS_HASH = 2 * CRYPT_HASH_LEN + 1
};

struct access {
	char account[WHO_ACCOUNT];
	uint8_t key[CRYPT_PK_LEN]; /* of the account */
	char hash[ACCESS_HASH];
	char ends_on[TEXT_DATE_LEN];
	bool closed;
};

void access_new(char ret[ACCESS_LEN]);
void access_hash(const char *token, char ret[ACCESS_HASH]);
void access_id(const char *hash, uint8_t ret[16]); /* E23 */
/* Of an entity's fields; false when one is missing or has another form. */
bool access_read(const struct json *fields, struct access *ret);
/*
 * Whose account a token reads as now. RC_DENIED "access.unknown" (no such one, or two values of it), "access.ended"
 * (closed, or past its last day), "who.unknown". Free *ret with who_free.
 */
enum rc access_who(struct collector *col, const char *token, struct who *ret, struct err *reterr);

#endif
