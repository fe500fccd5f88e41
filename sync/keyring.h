/*
 * keyring: which keys exist and which entries count. Clauses A1-A13, K9, K10, K13.
 *
 * A keyring is a function of the authority entries given to it with their log
 * indexes, whatever the order. Adding one tells whose entries may now have another
 * admission, so that a store re-judges only those. Reading is safe from several
 * threads while nobody adds; keyring_copy gives a snapshot for readers.
 * Not here: merge, storage, forms.
 */
#ifndef KK_SYNC_KEYRING_H
#define KK_SYNC_KEYRING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/crypt.h"
#include "lib/err.h"
#include "sync/authority.h"
#include "sync/entry.h"

struct keyring;

enum { KEYRING_NO_INDEX = -1 }; /* not logged yet: counts as infinite (A6) */

enum rc keyring_new(const uint8_t root[CRYPT_PK_LEN], struct keyring **ret, struct err *reterr);
void keyring_free(struct keyring *k);
enum rc keyring_copy(const struct keyring *k, struct keyring **ret, struct err *reterr);
const uint8_t *keyring_root(const struct keyring *k);

/* For entry_open. The root's prefix is known from the start. Keys of every cert seen, admitted or not. */
struct entry_keys keyring_keys(const struct keyring *k);

/*
 * Whose entries must be judged anew: every entry of `key`, and the single entries `id`;
 * everything when all is set. Start with {0}: changes of several additions gather; a key
 * may stand there twice. Entries it names may be unknown to the store.
 */
struct keyring_change {
	bool all;
	uint8_t (*key)[CRYPT_PK_LEN];
	size_t n;
	uint8_t (*id)[ENTRY_ID_LEN];
	size_t nid;
};
void keyring_change_free(struct keyring_change *c); /* empty again, {0} */

/*
 * Take an authority entry (op cert revoke admit form erase log) at its log index, or
 * KEYRING_NO_INDEX; other ops do nothing. The same entry again only sets the index.
 * Add it first, then judge it. What it changes is appended to *retchange (may be NULL).
 * RC_NOMEM, RC_LIMIT: then nothing has changed.
 */
enum rc keyring_add(struct keyring *k, const struct entry *e, int64_t index,
		    struct keyring_change *retchange, struct err *reterr);

enum keyring_verdict {
	KEYRING_ADMITTED,
	KEYRING_Q_NO_CERT, /* A3: key known but no admitted cert */
	KEYRING_Q_SCOPE,   /* A4 */
	KEYRING_Q_ROLE,    /* A5, K9, K10 */
	KEYRING_Q_REVOKED  /* A6 */
};
/* Word on the wire (P12): "" "cert" "scope" "role" "revoked"; and its clause. */
const char *keyring_verdict_name(enum keyring_verdict v);
const char *keyring_verdict_clause(enum keyring_verdict v);
bool keyring_verdict_parse(struct span name, enum keyring_verdict *ret);
/* Message key of the reason in words: "keyring.why.revoked"; of ADMITTED "keyring.why.admitted". */
const char *keyring_verdict_key(enum keyring_verdict v);

/* Flags of A9: bits a store keeps beside an entry. They never change a verdict or a state. */
enum keyring_flag {
	KEYRING_FLAG_FORM = 1,
	KEYRING_FLAG_CLOCK = 2,
	KEYRING_FLAG_FORK = 4,
	KEYRING_FLAG_GAP = 8,
	KEYRING_FLAG_BLIND = 16,
	KEYRING_FLAG_SEEN = 32,
	KEYRING_FLAG_AGAIN = 64,
	KEYRING_FLAG_VERSION = 128,
	KEYRING_FLAG_DATE = 256,
	KEYRING_FLAG_JUMP = 512,
	KEYRING_FLAG_OLDER = 1024,
	KEYRING_FLAG_CLOSED = 2048,
	KEYRING_FLAG_END = 4096
};
/* Name of one flag ("form") and the key of its words ("flag.form"); "" for no single flag. */
const char *keyring_flag_name(unsigned flag);
const char *keyring_flag_key(unsigned flag);

/*
 * Judge an entry at a log index (A3-A8). An entry of unknown version (E8) is judged
 * by A4 and A6 alone. Of an authority entry that was added, its admission in the keyring.
 */
enum keyring_verdict keyring_judge(const struct keyring *k, const struct entry *e, int64_t index);

/* A cert as the keyring keeps it (K2), with the entry it came in. */
struct keyring_cert {
	uint8_t key[CRYPT_PK_LEN];
	enum role role;
	const char (*scope)[ENTRY_SCOPE_LEN];
	size_t nscope;
	bool has_device;
	uint8_t device[CRYPT_PK_LEN];
	const char *name, *title;
	bool collector_custody;
	bool has_box;
	uint8_t box[CRYPT_BOX_LEN];
	uint8_t id[ENTRY_ID_LEN]; /* of the cert's entry */
	uint8_t by[CRYPT_PK_LEN]; /* its author */
};
/* What is known of a key. Borrowed until the next keyring_add. */
struct keyring_key {
	uint8_t key[CRYPT_PK_LEN];
	enum role role; /* of cert, else of seen; of the root ROLE_ROOT */
	const struct keyring_cert
	    *cert; /* the admitted cert of the highest index; NULL: root or none */
	const struct keyring_cert
	    *seen;            /* the cert of the highest index, admitted or not; NULL: root */
	int64_t revoked_from; /* lowest over all scopes, or -1 */
	bool admitted;        /* has an admitted cert, or is the root */
};
bool keyring_find(const struct keyring *k, const uint8_t pk[CRYPT_PK_LEN], struct keyring_key *ret);
/* True when an admitted cert of pk covers scope ("*" certs cover all), whether revoked or not. */
bool keyring_covers(const struct keyring *k, const uint8_t pk[CRYPT_PK_LEN], const char *scope);
/* The same, and nothing of it is held back there by a revoke (A6). */
bool keyring_in_force(const struct keyring *k, const uint8_t pk[CRYPT_PK_LEN], const char *scope);
/*
 * Every scope that an admitted cert of pk names, each once: in the order of the certs in the log, and
 * of the scopes in a cert, so that the commune it was first certified for stands first. A
 * commune merged into another has certs of its own for the same keys (K14); whose name, title,
 * role, device and box count says the newest one (keyring_key.cert). Revoked or not: keyring_revoked
 * tells. None for the root or an unknown key. Free with keyring_scopes_free. RC_NOMEM.
 */
struct keyring_scopes {
	char (*scope)[ENTRY_SCOPE_LEN];
	size_t n;
};
enum rc keyring_scopes(const struct keyring *k, const uint8_t pk[CRYPT_PK_LEN],
		       struct keyring_scopes *ret, struct err *reterr);
void keyring_scopes_free(struct keyring_scopes *s); /* empty again, {0} */
/* From which log index on entries of pk in that scope are held back (A6), or -1. */
int64_t keyring_revoked(const struct keyring *k, const uint8_t pk[CRYPT_PK_LEN],
			const char *scope);
/* How many keys are known. */
size_t keyring_size(const struct keyring *k);
/* The i-th key in order of arrival, for lists; false past the end. */
bool keyring_at(const struct keyring *k, size_t i, struct keyring_key *ret);
/* Newest admitted log entry that is in force (L12; highest index): policy, box key, pin. False when there is none. */
bool keyring_log(const struct keyring *k, struct authority_log *ret);
/* The entry with which the log in force followed another (L12): what it keeps. False for the first log. */
bool keyring_log_base(const struct keyring *k, struct authority_log *ret);
/* Newest admitted log entry that names this log key, in force or not: the policy of receipts of that log. */
bool keyring_log_of(const struct keyring *k, const uint8_t logkey[CRYPT_PK_LEN],
		    struct authority_log *ret);
/* True for staff, registrar and root keys: the `central` of M8. */
bool keyring_central(const struct keyring *k, const uint8_t pk[CRYPT_PK_LEN]);

#endif
