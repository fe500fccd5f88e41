/*
 * report_open: lines of an exported report opened by as many threads as there are processors, and told in their
 * order. Clause R10. Shared by report_check.c only.
 *
 * Checking signatures is what takes long, and needs a key and nothing else. So whose key it is, is asked when a
 * line comes; what may give a key (any op but set) is opened at once, before the next line comes. Not here: what is
 * done with an entry.
 */
#ifndef KK_SYNC_REPORT_OPEN_H
#define KK_SYNC_REPORT_OPEN_H

#include "lib/json.h"
#include "sync/entry.h"

struct report_opened {
	struct span line; /* of the entry; borrowed from held */
	struct json *held;
	int64_t index, n; /* in the log; in the file */
	struct entry *e;  /* NULL: refused */
	enum rc rc;
	struct err why;
};

struct report_open_to {
	void *ctx;
	/* Keys of the entries that were told to `first`. */
	struct entry_keys keys;
	/* At once: one whose op is not set. */
	enum rc (*first)(void *ctx, const struct entry *e, int64_t index, struct err *reterr);
	/* In the order of the lines; x goes after the call. */
	enum rc (*take)(void *ctx, const struct report_opened *x, struct err *reterr);
};

struct report_open;
/* *to is copied. RC_NOMEM, RC_UNAVAILABLE "os.thread". */
enum rc report_open_new(struct report_open **ret, const struct report_open_to *to, struct err *reterr);
/* held is taken over; line lies in it. What `first` and `take` return ends it. */
enum rc report_open_line(struct report_open *o, struct json *held, struct span line, int64_t index, int64_t n,
			 struct err *reterr);
/* Wait for all lines, and tell them. */
enum rc report_open_end(struct report_open *o, struct err *reterr);
void report_open_free(struct report_open *o); /* waits for the threads; NULL is fine */

#endif
