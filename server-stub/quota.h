/*
 * quota: how many lines, blobs and bytes of blobs one device may bring in a day (A14): a stolen key
 * must not fill a log from which nothing can be deleted, nor a disk. In memory, by UTC day; a restart
 * forgives. Thread-safe. Not here: HTTP, setting a limit (op limits).
 */
#ifndef KK_COLLECTOR_QUOTA_H
#define KK_COLLECTOR_QUOTA_H

#include <stddef.h>
#include <stdint.h>

#include "lib/crypt.h"
#include "lib/err.h"
#include "server-stub/archive.h"

struct quota_use {
	int64_t lines, files, bytes;
};
enum { QUOTA_N = 3 };
/* One limit: its setting's name, its ceiling where nothing is set, its place in quota_use. */
struct quota_kind {
	const char *setting, *key; /* key: of the refusal */
	int64_t otherwise;
	size_t at;
};
extern const struct quota_kind quota_kind[QUOTA_N];

struct quota;

enum rc quota_new(struct quota **ret, struct err *reterr);
void quota_free(struct quota *q);
/* What is allowed here: settings lines_day, files_day, bytes_day, or what is usual. */
enum rc quota_limits(struct archive_reader *r, struct quota_use *ret, struct err *reterr);
/*
 * Count what a device brings at time now (unix s). RC_LIMIT "A14" "quota.lines" / "quota.files" /
 * "quota.bytes" {max, seconds until the next day}: nothing is counted. RC_NOMEM.
 */
enum rc quota_take(struct quota *q, const uint8_t device[CRYPT_PK_LEN], const struct quota_use *use,
		   const struct quota_use *max, int64_t now, struct err *reterr);

#endif
