/*
 * bundle: one sealed file that carries what HTTP carries, for places without a network.
 * Clauses B1-B7.
 *
 * Outside: who can open it, a key only the receiver can unseal, a stream of chunks that shows
 * whether it was cut or changed. Inside: parts with a type and a length, and at the end a
 * signature over all of them. A reader walks the whole file once before it gives out a
 * single part, so nothing is acted on that is not whole and signed; it needs the memory of a
 * chunk, whatever the file's size. Not here: what parts mean, who may have signed.
 */
#ifndef KK_SYNC_BUNDLE_H
#define KK_SYNC_BUNDLE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/crypt.h"
#include "lib/err.h"
#include "lib/lang.h"
#include "sync/entry.h"

enum {
	BUNDLE_ID = 16,
	BUNDLE_NUMBER = 24, /* characters of "12345 67890 12345 67890", with the NUL */
	BUNDLE_NAME = 256, /* bytes of the sender's name, with the NUL */
	BUNDLE_MAGIC = 8,
	BUNDLE_CHUNK = 65536, /* bytes inside one chunk (B2) */
	BUNDLE_OUTSIDE = BUNDLE_MAGIC + CRYPT_HASH_LEN + CRYPT_STREAM_KEY + CRYPT_BOX_OVER +
			 CRYPT_STREAM_HEAD /* bytes before the first chunk (B1) */
};

/* B3. The table with their ceilings is in bundle.c. */
enum bundle_type {
	BUNDLE_HEAD = 1,
	BUNDLE_LOG = 2,      /* lines of the root: the log entries there were */
	BUNDLE_ENROL = 3,    /* body of POST /v1/enrol */
	BUNDLE_ENROLLED = 4, /* its answer */
	BUNDLE_REQUEST = 5,  /* body of POST /v1/sync */
	BUNDLE_ANSWER = 6,   /* its answer */
	BUNDLE_PROBLEM = 7,  /* the problem document that stands in for one */
	BUNDLE_BLOB = 8,     /* its SHA-256, then its bytes */
	BUNDLE_LACKS = 9,    /* hashes of blobs the sender wants */
	BUNDLE_HOLDS = 10,   /* hashes of blobs the sender holds whole */
	BUNDLE_TRUST = 11,   /* authority lines, from one PC to another */
	BUNDLE_LINES = 12,   /* entry lines, from one PC to another */
	BUNDLE_SEAL = 127
};

enum bundle_kind {
	BUNDLE_TO_COLLECTOR, /* "request": what a PC sends */
	BUNDLE_TO_PC,        /* "answer": what the collector sends back */
	BUNDLE_CARRY         /* "carry": from one PC to another */
};
const char *bundle_kind_name(enum bundle_kind k);

/* B5: the first part. */
struct bundle_head {
	enum bundle_kind kind;
	uint8_t id[BUNDLE_ID];
	bool has_re;
	uint8_t re[BUNDLE_ID];      /* of an answer: the bundle it answers */
	uint8_t from[CRYPT_PK_LEN]; /* whose signature ends the bundle */
	uint8_t to[CRYPT_BOX_LEN];  /* key of the receiver; set by bundle_begin */
	char scope[ENTRY_SCOPE_LEN];
	int64_t at;                 /* sender's clock, unix s: told, never obeyed */
	int64_t records, blobs;     /* told to people; nothing counts on them */
	char name[BUNDLE_NAME];     /* who sends it, for people */
};

/* ---- writing ---- */

struct bundle_writer;
typedef enum rc bundle_put(void *ctx, struct span bytes, struct err *reterr);

/*
 * Begin a bundle that only the owner of `box` can open; head becomes its first part. put takes
 * the file's bytes in order. RC_INPUT "bundle.name" for a name too long or not UTF-8.
 */
enum rc bundle_begin(struct bundle_writer **ret, bundle_put *put, void *ctx,
		     const uint8_t box[CRYPT_BOX_LEN], const struct bundle_head *head,
		     struct err *reterr);
/* A part of len bytes, which then come by bundle_add in any pieces. RC_LIMIT "B3". */
enum rc bundle_part(struct bundle_writer *w, enum bundle_type type, uint64_t len,
		    struct err *reterr);
enum rc bundle_add(struct bundle_writer *w, struct span bytes, struct err *reterr);
/* A whole part at once. */
enum rc bundle_add_part(struct bundle_writer *w, enum bundle_type type, struct span body,
			struct err *reterr);
/* Bytes of parts written so far, for a sender that stays below the ceiling. */
uint64_t bundle_len(const struct bundle_writer *w);
/* Sign with the key the head names, and end. rethash: of the whole file (B6). */
enum rc bundle_end(struct bundle_writer *w, struct crypt_signer *from,
		   uint8_t rethash[CRYPT_HASH_LEN], struct err *reterr);
void bundle_writer_free(struct bundle_writer *w); /* NULL is fine */

/* ---- reading ---- */

/* The file: up to len bytes from offset, *retgot < len only at its end. */
struct bundle_source {
	void *ctx;
	enum rc (*read)(void *ctx, uint64_t offset, uint8_t *p, size_t len, size_t *retgot,
			struct err *reterr);
};
struct bundle_source bundle_source_span(struct span *s); /* s lives as long as the source */

struct bundle_reader;
/*
 * Open with the receiver's secret key and walk it to the end: every chunk, every part's type and
 * length, the signature of the key its head names (whether that key may say so is the
 * caller's to judge). RC_REFUSED "B1".."B5"; RC_DENIED "B1" "bundle.not_for_us" when it is
 * sealed to another receiver; RC_LIMIT "B2". The source is read again by bundle_next.
 */
enum rc bundle_open(struct bundle_reader **ret, const struct bundle_source *src,
		    struct crypt_secret *box, struct err *reterr);
void bundle_reader_free(struct bundle_reader *r); /* NULL is fine */
const struct bundle_head *bundle_head(const struct bundle_reader *r);
uint64_t bundle_size(const struct bundle_reader *r);       /* bytes of the file */
const uint8_t *bundle_hash(const struct bundle_reader *r); /* of the file (B6) */
/* Start (again) with the part after the head. */
enum rc bundle_rewind(struct bundle_reader *r, struct err *reterr);
/*
 * The next part; *rettype BUNDLE_SEAL: there is none. What was left unread of the one before is
 * passed over. RC_CORRUPT "bundle.changed" when the file is no longer the one that was walked.
 */
enum rc bundle_next(struct bundle_reader *r, enum bundle_type *rettype, uint64_t *retlen,
		    struct err *reterr);
/* The next piece of the part, at most a chunk; len 0: the part ends. Borrowed until the next call. */
enum rc bundle_piece(struct bundle_reader *r, struct span *ret, struct err *reterr);
/* The same, but no more than max bytes. */
enum rc bundle_first(struct bundle_reader *r, size_t max, struct span *ret, struct err *reterr);
/* All that is left of the part, appended. */
enum rc bundle_body(struct bundle_reader *r, struct buf *out, struct err *reterr);

/* Does a file that begins like this claim to be a bundle? */
bool bundle_is(struct span begin);

/* ---- for the two of them ---- */

/* Length of a body: min to max, a multiple of unit. */
struct bundle_rule {
	enum bundle_type type;
	uint64_t min, max, unit;
};
/* NULL: no such type. */
const struct bundle_rule *bundle_rule(unsigned type);
extern const uint8_t bundle_magic[BUNDLE_MAGIC];
enum { BUNDLE_PART_HEAD = 9 }; /* type u8, length u64 */
enum rc bundle_head_write(const struct bundle_head *h, struct buf *out, struct err *reterr);
/* RC_REFUSED "B5". */
enum rc bundle_head_read(struct span body, struct bundle_head *ret, struct err *reterr);
/* What is signed (B4), from the hash of everything inside before the seal. */
enum { BUNDLE_SIGNED = 17 + CRYPT_HASH_LEN };
void bundle_signed(const uint8_t hash[CRYPT_HASH_LEN], uint8_t ret[BUNDLE_SIGNED]);

/* ---- the sheet of paper beside it ---- */

/*
 * What the sheet says: who, where, when, how much, and the number to compare by phone. unit: name
 * of the commune, "" when unknown.
 */
struct bundle_slip {
	const struct bundle_head *head;
	const char *unit, *file; /* name of the file, without folders */
	int64_t bytes;
	char number[BUNDLE_NUMBER]; /* B6: of the file */
};
void bundle_slip_write(const struct bundle_slip *s, const struct lang *lang, struct buf *out);
/* Four groups of five digits of a hash, as K11 makes them of a key. */
void bundle_number(const uint8_t hash[CRYPT_HASH_LEN], char ret[BUNDLE_NUMBER]);

#endif
