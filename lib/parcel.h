/*
 * parcel: a set of files in one, for backups: each with its SHA-256, closed by one over all,
 * so that a parcel cut short, changed or put together from two is refused whole.
 *
 *   kiemke-parcel 1 KIND LF
 *   + SIZE NAME LF, SIZE bytes, HEX of their hash LF        for each file
 *   . COUNT HEX LF                                          hash of everything before
 *
 * Names are relative, of letters, digits, '.', '_', '-' in parts that do not begin with a
 * dot. Files of any size pass through a small buffer. Not secret, not compressed: what it holds
 * is what was put in. Not here: which files belong together.
 *
 * Failures: RC_CORRUPT "parcel.damaged" {path}, RC_REFUSED "parcel.foreign" {path} (no parcel, or
 * of another kind), and those of lib/os.
 */
#ifndef KK_LIB_PARCEL_H
#define KK_LIB_PARCEL_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"

enum { PARCEL_NAME = 200 /* bytes of a name, with the NUL */ };

struct parcel;

/* Told how many bytes went through so far, after each piece; fn NULL: nobody. */
struct parcel_tell {
	void (*fn)(void *arg, int64_t bytes);
	void *arg;
};

/* Begin one at path (RC_EXISTS when something is there); it appears whole, with parcel_finish. */
enum rc parcel_new(struct parcel **ret, const char *path, const char *kind, struct parcel_tell tell,
		   struct err *reterr);
/* Add a file under a name. RC_NOTFOUND leaves the parcel as it was. */
enum rc parcel_add(struct parcel *p, const char *name, const char *from, struct err *reterr);
/*
 * Add the files of home/dir that belong (all when NULL), as "dir/NAME"; one that goes meanwhile is
 * left out, a folder that is not there is empty. *retn: how many.
 */
enum rc parcel_add_dir(struct parcel *p, const char *home, const char *dir,
		       bool (*belongs)(const char *dir, const char *name), int64_t *retn,
		       struct err *reterr);
/* Durable when RC_OK. */
enum rc parcel_finish(struct parcel *p, struct err *reterr);
void parcel_free(struct parcel *p); /* NULL is fine; what is not finished is removed */

struct parcel_sum {
	int64_t files, bytes;
};
/* Read all of it and compare every hash. */
enum rc parcel_check(const char *path, const char *kind, struct parcel_sum *ret,
		     struct err *reterr);
/* Check it, then write its files below dir (made; none of them may be there). Durable when RC_OK. */
enum rc parcel_extract(const char *path, const char *kind, const char *dir, struct parcel_sum *ret,
		       struct err *reterr);

/* A folder somebody works in, made of a parcel. */
struct parcel_home {
	const char *path, *kind;
	const char *home; /* made when missing; its file "lock" is held meanwhile */
	const char *
	    last; /* moved in last: with it the folder is whole. RC_EXISTS "restore.used" when there */
	/* Look at it before it is moved in; not RC_OK: nothing of it stays. */
	enum rc (*inspect)(void *arg, const char *dir, struct err *reterr);
	void *arg;
	struct parcel_tell tell;
};
enum rc parcel_settle(const struct parcel_home *h, struct parcel_sum *ret, struct err *reterr);

#endif
