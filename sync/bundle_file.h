/*
 * bundle_file: bundles and blobs as files: written beside their place and renamed when whole,
 * read in pieces. Shared by both programs, so that neither holds a file in memory. Clauses B2,
 * B6, B7.
 */
#ifndef KK_SYNC_BUNDLE_FILE_H
#define KK_SYNC_BUNDLE_FILE_H

#include "lib/os.h"
#include "sync/bundle.h"

/* ---- a bundle on its way to PATH, until then PATH.part ---- */

struct bundle_file {
	char *path, *part;
	struct os_file *f;
	int64_t len; /* bytes so far */
};
/* RC_EXISTS "bundle.file_exists" when PATH is there: a stick's files are not written over. */
enum rc bundle_file_new(struct bundle_file *ret, const char *path, struct err *reterr);
bundle_put bundle_file_put; /* ctx: the struct bundle_file */
/* Durable, under its name. */
enum rc bundle_file_keep(struct bundle_file *b, struct err *reterr);
void bundle_file_end(struct bundle_file *b); /* what is not kept is removed */

/*
 * Where a bundle goes: `typed` itself, or in a folder of that name a file named by scope and
 * time. Caller frees.
 */
enum rc bundle_file_name(const char *typed, const char *word, const char *scope, int64_t at,
			 char **ret, struct err *reterr);
/* The sheet beside it, PATH.txt. unit: name of the commune or "". */
enum rc bundle_file_slip(const struct bundle_file *b, const struct bundle_head *head,
			 const char *unit, const uint8_t hash[CRYPT_HASH_LEN],
			 const struct lang *lang, struct err *reterr);

/* ---- reading ---- */

/* Open the file PATH as a bundle for this key. Errors of bundle_open and os_file_open. */
struct bundle_opened {
	struct os_file *f;
	struct bundle_reader *r;
};
enum rc bundle_file_open(struct bundle_opened *ret, const char *path, struct crypt_secret *box,
			 struct err *reterr);
void bundle_file_close(struct bundle_opened *o);
/* Does the file begin like a bundle? False also when it cannot be read. */
bool bundle_file_is(const char *path);

/* ---- blobs ---- */

/* A part BLOB out of a file. *retskipped: its length is no longer `size`; nothing was written. */
enum rc bundle_file_add_blob(struct bundle_writer *w, const uint8_t sha[32], const char *path,
			     int64_t size, bool *retskipped, struct err *reterr);
/*
 * The rest of a part BLOB, whose hash was read, into a new file, durable. RC_REFUSED "P23" "blob.hash"
 * when the bytes are not those of the hash; then the file is removed.
 */
enum rc bundle_file_take_blob(struct bundle_reader *r, const uint8_t sha[32], const char *path,
			      struct err *reterr);
/* The hash at the beginning of a part BLOB. */
enum rc bundle_file_blob_hash(struct bundle_reader *r, uint8_t ret[32], struct err *reterr);

#endif
