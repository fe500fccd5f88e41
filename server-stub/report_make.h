/*
 * report_make: a weekly report (sync/report) out of the archive, and its export. Reads only; any
 * checkpoint the log has issued will do.
 */
#ifndef KK_COLLECTOR_REPORT_MAKE_H
#define KK_COLLECTOR_REPORT_MAKE_H

#include "server-stub/collector.h"
#include "sync/report.h"

/* What is asked for, made whole by report_make_find. */
struct report_make {
	int64_t size;              /* of the checkpoint */
	char week[TEXT_WEEK_LEN];
	bool frozen;               /* as an issue says */
	struct report_issue issue; /* that one */
	int64_t issue_index;       /* of its entry */
	int64_t at;                /* unix s: when the collector issued the checkpoint, its own word */
	int64_t erased; /* entries below size whose erase stands at or above it; counted by report_make */
};

/*
 * week "": that of an issue of this size, else of the checkpoint's time; size 0: that of the
 * issue of the week, else of the newest checkpoint. RC_NOTFOUND "archive.no_checkpoint" {size},
 * "routes.no_checkpoint"; RC_INPUT "text.week_form".
 */
enum rc report_make_find(struct collector *col, const char *week, int64_t size,
			 struct report_make *ret, struct err *reterr);
/* Each issue (R1), by week, with the index of the entry that is it (M21). False ends. */
enum rc report_make_issues(struct collector *col,
			   bool (*take)(void *arg, const struct report_issue *i, int64_t index,
					bool undecided),
			   void *arg, struct err *reterr);
/*
 * May an issue of the week be frozen, by the entries with an index below `below`? RC_EXISTS "R1" "report.frozen"
 * {week}: there is one; "M21" "report.taken" {week, index}: in its place stands an entry that counts and is none, and
 * whatever is written behind that changes nothing.
 */
enum rc report_make_free(struct archive_reader *r, const struct form_set *forms, const char *week,
			 int64_t below, struct err *reterr);
/* The report and its file (appended to csv). Errors of sync/report. Caller frees *ret. */
enum rc report_make(struct collector *col, struct report_make *m, struct report **ret,
		    struct buf *csv, uint8_t retsha[CRYPT_HASH_LEN], struct err *reterr);

struct report_made {
	struct report_make m;
	struct report *r;    /* as the leaves give it now */
	struct report *kept; /* as the issue was frozen, where an erase has taken what it was made of; or NULL */
	struct buf csv;
	uint8_t sha[CRYPT_HASH_LEN]; /* of csv */
};
/*
 * The report of x->m with its file. Of an issue the file it names: where the leaves give another and something was
 * erased since, what was kept of it (R2), or RC_NOTFOUND "report.not_kept"; RC_CORRUPT "R1" "report.differs" where
 * neither is so. Then report_made_free, also after a failure.
 */
enum rc report_made_make(struct collector *col, struct report_made *x, struct err *reterr);
void report_made_free(struct report_made *x);
/* The one that is shown, printed and written. */
const struct report *report_made_shown(const struct report_made *x);
/* Everything another PC needs to make it again (R10), into a file. */
enum rc report_make_export(struct collector *col, const struct report_made *x, const char *path,
			   struct err *reterr);

#endif
