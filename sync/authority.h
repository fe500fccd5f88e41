/*
 * authority: the bodies of authority entries. Clauses K1-K8, K11, K12.
 *
 * Reads the `set` of a verified entry of op cert, revoke, admit, form, erase or log
 * into a struct, and writes such a body. A body that breaks K2-K8 makes the entry
 * refused at the door: entry_open calls authority_check. Not here: whether the
 * author may say so (sync/keyring).
 */
#ifndef KK_SYNC_AUTHORITY_H
#define KK_SYNC_AUTHORITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/crypt.h"
#include "lib/err.h"
#include "sync/entry.h"
#include "sync/note.h"

enum role {
	ROLE_ROOT,
	ROLE_REGISTRAR,
	ROLE_VERIFIER,
	ROLE_PROVINCE_VERIFIER,
	ROLE_REPORTER,
	ROLE_AUDITOR,
	ROLE_CLERK,
	ROLE_DEVICE,
	ROLE_N
};
const char *authority_role_name(enum role r);
bool authority_role_parse(struct span name, enum role *ret); /* not root */

enum { AUTHORITY_SCOPES = 64, AUTHORITY_IDS = 64, AUTHORITY_NAME = 801 };

struct authority_cert {
	uint8_t key[CRYPT_PK_LEN];
	enum role role;
	char scope[AUTHORITY_SCOPES][ENTRY_SCOPE_LEN];
	size_t nscope;
	bool has_device;
	uint8_t device[CRYPT_PK_LEN];
	char name[AUTHORITY_NAME], title[AUTHORITY_NAME]; /* up to 200 characters of UTF-8 */
	bool collector_custody;
	bool has_box;
	uint8_t box[CRYPT_BOX_LEN];
};
struct authority_revoke {
	uint8_t key[CRYPT_PK_LEN];
	int64_t from;
	struct span reason; /* raw JSON string in the entry */
};
struct authority_admit {
	uint8_t id[AUTHORITY_IDS][ENTRY_ID_LEN];
	size_t n;
	struct span reason;
};
struct authority_form {
	char name[ENTRY_KIND_LEN];
	unsigned version;
	bool closed;
	uint8_t sha256[32];
	int64_t size;
};
struct authority_log {
	uint8_t key[CRYPT_PK_LEN];
	bool has_old;
	uint8_t old[CRYPT_PK_LEN];
	int64_t size;
	uint8_t root[32];
	uint8_t box[CRYPT_BOX_LEN];
	bool has_pin;
	uint8_t pin[32];
	struct note_policy policy; /* log = key, witnesses, quorum */
};
struct authority_erase {
	uint8_t id[ENTRY_ID_LEN], feed[ENTRY_FEED_LEN], prev[ENTRY_ID_LEN], entity[16];
	int64_t seq;
	char kind[ENTRY_KIND_LEN];
	unsigned kind_version;
	struct span fields, after; /* raw JSON arrays in the entry */
};

/* Body rules of the entry's op (nothing for set, open). RC_REFUSED K1..K8. Called by entry_open. */
enum rc authority_check(const struct entry *e, struct err *reterr);

/* Read a body; RC_INTERNAL when e has another op (its shape was checked at the door). */
enum rc authority_cert(const struct entry *e, struct authority_cert *ret, struct err *reterr);
enum rc authority_revoke(const struct entry *e, struct authority_revoke *ret, struct err *reterr);
enum rc authority_admit(const struct entry *e, struct authority_admit *ret, struct err *reterr);
enum rc authority_form(const struct entry *e, struct authority_form *ret, struct err *reterr);
enum rc authority_log(const struct entry *e, struct authority_log *ret, struct err *reterr);
enum rc authority_erase(const struct entry *e, struct authority_erase *ret, struct err *reterr);

/* Append a body as bytes for entry_draft.set. Reasons are plain UTF-8 texts here. */
enum rc authority_cert_write(const struct authority_cert *c, struct buf *out, struct err *reterr);
enum rc authority_revoke_write(const uint8_t key[CRYPT_PK_LEN], int64_t from, const char *reason,
                               struct buf *out, struct err *reterr);
enum rc authority_admit_write(const uint8_t (*id)[ENTRY_ID_LEN], size_t n, const char *reason,
                              struct buf *out, struct err *reterr);
enum rc authority_form_write(const char *name, unsigned version, bool closed,
                             const uint8_t sha256[32], int64_t size, struct buf *out,
                             struct err *reterr);
/* The erase of e, an entry of op set that is not a stub (K7). */
enum rc authority_erase_write(const struct entry *e, const char *reason, struct buf *out,
                              struct err *reterr);
enum rc authority_log_write(const struct authority_log *l, struct buf *out, struct err *reterr);

/* K11: "12345 67890 12345 67890". */
enum { AUTHORITY_FINGERPRINT = 24 };
void authority_fingerprint(const uint8_t pk[CRYPT_PK_LEN], char ret[AUTHORITY_FINGERPRINT]);
/* Does the fingerprint of pk begin with what was typed, at least a group of it? Spaces do not matter. */
bool authority_fingerprint_begins(const uint8_t pk[CRYPT_PK_LEN], const char *typed);

/* K12: a new code "ABCD-EFGH-JKMN"; what was typed in canonical form (false: no code); its hash. */
enum { AUTHORITY_CODE = 15 };
void authority_code_new(char ret[AUTHORITY_CODE]);
bool authority_code_read(struct span typed, char ret[AUTHORITY_CODE]);
void authority_code_hash(const char *scope, const char code[AUTHORITY_CODE], uint8_t ret[32]);

#endif
