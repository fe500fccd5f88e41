/*
 * entry: one signed statement, from line to verified struct and from draft to line.
 *
 * Clauses E1-E26 of FORMAT.md. Bytes that have not been verified are only ever a
 * span; a struct entry is verified and never changes, so it may be shared between
 * threads. It owns a copy of its bytes; all spans in it point into that copy.
 * Not here: who may write what (sync/kinds, sync/keyring), what it does to an
 * entity (sync/merge), the bodies of authority entries (sync/authority).
 */
#ifndef KK_SYNC_ENTRY_H
#define KK_SYNC_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/crypt.h"
#include "lib/err.h"
#include "lib/json.h"

enum entry_op {
	ENTRY_OPEN,
	ENTRY_SET,
	ENTRY_CERT,
	ENTRY_REVOKE,
	ENTRY_ADMIT,
	ENTRY_FORM,
	ENTRY_ERASE,
	ENTRY_LOG,
	ENTRY_UNKNOWN, /* E8: another version; only the eight common members are read */
	ENTRY_OP_N
};

enum {
	ENTRY_ID_LEN = 32,
	ENTRY_FEED_LEN = 16,
	ENTRY_SIG_TEXT = 86,   /* characters of the signature in a line */
	ENTRY_LEAF_LEN = 128,  /* E22 */
	ENTRY_SCOPE_LEN = 6,   /* 5 digits or "*", with the NUL */
	ENTRY_KIND_LEN = 33    /* kind name with the NUL */
};

/* One member of `set`, in the order of the payload. */
struct entry_field {
	struct span name; /* decoded: field names hold no escapes */
	struct span raw;  /* the value's bytes; equal bytes are equal values (E4, M9) */
	enum json_type type;
};

struct entry {
	struct span line;    /* without the LF */
	struct span payload; /* the part of line that is hashed */
	uint8_t id[ENTRY_ID_LEN];
	uint8_t sig[CRYPT_SIG_LEN];
	uint8_t key[CRYPT_PK_LEN];
	uint8_t keyhash[CRYPT_HASH_LEN];
	unsigned version;    /* 1 for kk1 */
	enum entry_op op;
	uint8_t feed[ENTRY_FEED_LEN];
	int64_t seq;
	uint8_t prev[ENTRY_ID_LEN]; /* zeros when seq is 0 */
	int64_t at;                 /* unix seconds, a claim */
	int64_t seen_size;
	uint8_t seen_root[CRYPT_HASH_LEN]; /* zeros when seen_size is 0 */
	char scope[ENTRY_SCOPE_LEN];
	/* op set only; else zero, "", empty */
	uint8_t entity[16];
	char kind[ENTRY_KIND_LEN]; /* name without version */
	unsigned kind_version;
	const uint8_t (*after)[ENTRY_ID_LEN];
	size_t nafter;
	/* members of `set` for every op that has one */
	const struct entry_field *field;
	size_t nfield;
	/*
	 * E26: a stub. payload is empty, at and seen are 0, salt and values are gone (raw spans
	 * empty, JSON_NULL); everything else is as the erase tells it.
	 */
	bool erased;
};

/* Public key whose H begins with prefix; false when none is known. */
struct entry_keys {
	void *ctx;
	bool (*find)(void *ctx, const uint8_t prefix[8], uint8_t retpk[CRYPT_PK_LEN]);
};

/*
 * Parse a line (without LF) strictly, find its author's key, verify the signature. The line of
 * an erased entry (E26) gives its stub; its erase is opened and verified with it.
 * RC_REFUSED with clause E1..E26 and a message key entry.* or json.*, RC_REFUSED "A1"
 * "entry.key_unknown" / "entry.signature"; RC_NOMEM. The caller frees *ret.
 */
enum rc entry_open(struct span line, const struct entry_keys *keys, struct entry **ret,
                   struct err *reterr);
/* The same against one known key; "E9" when the feed is not of that key. */
enum rc entry_open_key(struct span line, const uint8_t pk[CRYPT_PK_LEN], struct entry **ret,
                       struct err *reterr);
/*
 * For bytes this program verified before storing them: everything but the signature check and
 * whether keys it names are points (K1, sync/authority_body.h), which entry_open saw to. Never
 * for bytes from a peer or a file.
 */
enum rc entry_load(struct span payload, const uint8_t sig[CRYPT_SIG_LEN],
                   const uint8_t pk[CRYPT_PK_LEN], struct entry **ret, struct err *reterr);
/*
 * The stub of an entry whose payload has gone: by is the line of the erase; it, sig and pk
 * were verified before they were stored.
 */
enum rc entry_load_stub(struct span by, const uint8_t sig[CRYPT_SIG_LEN],
                        const uint8_t pk[CRYPT_PK_LEN], struct entry **ret, struct err *reterr);
/* Another struct of the same entry or stub. The caller frees *ret. */
enum rc entry_copy(const struct entry *e, struct entry **ret, struct err *reterr);
/* The line of the erase in a stub's line. Borrowed. */
struct span entry_erased_by(const struct entry *stub);
/* Does the erase say of the entry what the entry says itself (K7)? */
bool entry_erase_fits(const struct entry *by, const struct entry *e);
void entry_free(struct entry *e);

/* Feed and key prefix of an unverified line, to sort or count it; false when it has no such shape. */
bool entry_peek_feed(struct span line, uint8_t retfeed[ENTRY_FEED_LEN]);

/*
 * The feed for whose key entry_open found none in keys: the line's own, or of a stub the erase's
 * or that of the entry it took. False when the line has no such shape.
 */
bool entry_unknown_feed(struct span line, const struct entry_keys *keys,
                        uint8_t retfeed[ENTRY_FEED_LEN]);

/* Member of `set`, or NULL. Borrowed. */
const struct entry_field *entry_field(const struct entry *e, const char *name);
/* `set` as a tree the caller frees, of a stub an empty one; NULL when out of memory. */
struct json *entry_fields_json(const struct entry *e);
/* Value of one field as a tree the caller frees; NULL when out of memory. */
struct json *entry_value_json(struct span raw);

void entry_leaf(const struct entry *e, uint8_t ret[ENTRY_LEAF_LEN]);      /* E22 */
void entry_leaf_hash(const struct entry *e, uint8_t ret[CRYPT_HASH_LEN]); /* L1 */
bool entry_is_scope(struct span s);                                       /* E14, "*" too */
const char *entry_op_name(enum entry_op op);
/* ENTRY_OP_N when it is none. */
enum entry_op entry_op_parse(struct span name);

/* ---- writing ---- */

struct entry_draft {
	uint8_t feed[ENTRY_FEED_LEN];
	int64_t seq;
	uint8_t prev[ENTRY_ID_LEN];
	int64_t at;
	int64_t seen_size;
	uint8_t seen_root[CRYPT_HASH_LEN];
	enum entry_op op;          /* not ENTRY_UNKNOWN */
	const char *scope;
	const uint8_t *entity;     /* 16 bytes; op set */
	const char *kind;          /* with version suffix: "asset/3"; op set */
	const uint8_t (*after)[ENTRY_ID_LEN];
	size_t nafter;
	struct span set;           /* the object's bytes (entry_set_write); empty span: none (open) */
	uint8_t salt[16];
};

/*
 * Write the payload, sign it, and read it back through the same strict parser, so
 * that nothing leaves that a peer would refuse. Errors as entry_open (a draft that
 * breaks a clause is an input error of the caller: same clause). Caller frees *ret.
 */
enum rc entry_seal(const struct entry_draft *d, struct crypt_signer *signer, struct entry **ret,
                   struct err *reterr);
/* Append an object of wire values as the bytes of a `set`, members in their order (E4, E5). */
enum rc entry_set_write(const struct json *fields, struct buf *out, struct err *reterr);
/* New feed of a key: prefix and 8 random bytes (E9). */
void entry_feed_new(const uint8_t pk[CRYPT_PK_LEN], uint8_t ret[ENTRY_FEED_LEN]);
/* E20 */
void entry_id(struct span payload, uint8_t ret[ENTRY_ID_LEN]);
/* UUIDv7 (RFC 9562) of a new entity: now_ms and random bits. */
void entry_uuid7(int64_t now_ms, uint8_t ret[16]);
/* E23: parts are the texts of the key values in form order. */
void entry_uuid_key(const char *kind, const struct span *part, size_t npart, uint8_t ret[16]);

#endif
