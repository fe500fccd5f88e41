/*
 * backup: what a collector's backup holds, and a home made of one.
 *
 * In it: the archive, the blobs, and the keys that are sealed by a passphrase (root,
 * registrar, staff). Never in it: keys that lie in the open, as log.key and box.key. A collector made of
 * a backup has forgotten what came after it; with the log's key it would sign a second tree under
 * one name. So it goes on under a new key, in a new epoch, which the root signs; or, when the
 * old one was stopped before the backup and never ran again, with the two files copied by hand.
 * Not here: the file's form (lib/parcel), going on (L11).
 */
#ifndef KK_COLLECTOR_BACKUP_H
#define KK_COLLECTOR_BACKUP_H

#include "lib/op.h"
#include "server-stub/collector.h"

struct backup_sum {
	int64_t bytes; /* of the file, or of the files in it */
	int64_t entries, blobs, keys;
};

/* Write the backup to path beside all that goes on, read it back and compare. RC_EXISTS; RC_BUSY "backup.running". */
enum rc backup_make(const struct op_call *call, const char *path, struct backup_sum *ret,
		    struct err *reterr);
/*
 * Make call->home of a backup: checked, unpacked beside its place; the tree must give the newest checkpoint,
 * which the log's key must have signed, each blob must be what its name says; then moved in.
 * RC_EXISTS "restore.used"; RC_CORRUPT "L1" "ingest.tree", "restore.blob". Nothing is left on failure.
 */
enum rc backup_restore(const struct op_call *call, const char *path, struct backup_sum *ret,
		       struct err *reterr);

#endif
