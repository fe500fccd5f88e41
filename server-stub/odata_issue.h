/*
 * odata_issue: the figures of frozen weekly reports, kept once they were made: to make one means to read the
 * whole log below its checkpoint (report_make), and a spreadsheet asks for it in many pages. What is kept are
 * counts, codes and names, no words of a record. Thread-safe; one issue is made at a time. Not here: what a
 * figure means (sync/report).
 */
#ifndef KK_COLLECTOR_ODATA_ISSUE_H
#define KK_COLLECTOR_ODATA_ISSUE_H

#include "server-stub/report_make.h"

enum { ODATA_ISSUES = 16 /* kept; some 600 KiB each; the one unused for longest gives way */ };

struct odata_issue {
	char week[TEXT_WEEK_LEN];
	uint8_t csv[CRYPT_HASH_LEN];
	bool has_previous;
	struct report_row *row; /* as report_row gives them */
	size_t nrow;
	struct report_unit *unit; /* obstacles: "" for some */
	size_t nunit;
	struct arena mem; /* of all these */
	int64_t used;
};

struct odata_issues;
enum rc odata_issues_new(struct odata_issues **ret, struct err *reterr);
void odata_issues_free(struct odata_issues *x); /* NULL is fine */

/* The weeks of all issues, ascending, each once; those frozen in two ways are left out. Caller frees *ret. */
enum rc odata_issue_weeks(struct collector *col, char (**ret)[TEXT_WEEK_LEN], size_t *retn,
			  struct err *reterr);
/*
 * Have look(arg) see the issue of a week; it is borrowed meanwhile, and nobody else looks. Made if need be, which takes
 * one of *makes; *retseen false: it is not kept and none was left, so nothing was looked at.
 * RC_BUSY "report.busy", RC_CORRUPT "report.differs" when the leaves give another file than the issue says; errors
 * of report_make, of look.
 */
enum rc odata_issue_look(struct odata_issues *x, struct collector *col, const char *week, int64_t *makes,
			 bool *retseen, enum rc (*look)(void *arg, const struct odata_issue *i, struct err *reterr),
			 void *arg, struct err *reterr);

#endif
