/*
 * report_keep: what a frozen issue said, kept beside the archive by the hash of its file, for the day when an erase
 * takes what it was made of. Clause R2 (docs/decisions/0037).
 */
#ifndef KK_COLLECTOR_REPORT_KEEP_H
#define KK_COLLECTOR_REPORT_KEEP_H

#include "server-stub/collector.h"
#include "server-stub/report_make.h"

/* Keep all of a finished report, before an issue names csv, the hash of its file. One transaction. */
enum rc report_keep_write(struct collector *col, const uint8_t csv[CRYPT_HASH_LEN], const struct report *r,
			  struct err *reterr);
/*
 * What is kept under that hash, of the week and size of m. RC_NOTFOUND "R2" "report.not_kept" {week, n: entries
 * erased since}: frozen by a version that kept nothing; RC_CORRUPT "report.kept". Caller frees *ret.
 */
enum rc report_keep_read(struct collector *col, const uint8_t csv[CRYPT_HASH_LEN], const struct report_make *m,
			 struct report **ret, struct err *reterr);

#endif
