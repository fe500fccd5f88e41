/*
 * backup: what a PC's backup holds, and a home made of one.
 *
 * In it: the store, the blobs, drafts, and the clerks' keys, each sealed by its PIN. Never in it: the
 * device key. A home made of a backup is another PC: it makes a device key of its own, is
 * enrolled anew, and opens feeds of its own, so that two homes never write under one number
 * and nobody reads the commune's data with what was found on a stick. Entries not sent yet go
 * out from there; any enrolled PC may carry them. Not here: the file's form (lib/parcel).
 */
#ifndef KK_AGENT_BACKUP_H
#define KK_AGENT_BACKUP_H

#include "agent/agent.h"
#include "lib/op.h"

struct backup_sum {
	int64_t bytes; /* of the file, or of the files in it */
	int64_t saved, unsent, drafts, clerks, blobs;
};

/*
 * Write the backup to path, read it back and compare. The store is given free while blobs are
 * copied. RC_EXISTS when path is there; RC_BUSY "backup.running".
 */
enum rc backup_make(const struct op_call *call, const char *path, struct backup_sum *ret,
		    struct err *reterr);
/*
 * Make call->home of a backup: checked, unpacked beside its place, opened, every entity built anew and
 * compared, then moved in. RC_EXISTS "restore.used" when home has a store; RC_CORRUPT
 * "restore.differs"; what parcel and store say. Nothing is left behind on failure.
 */
enum rc backup_restore(const struct op_call *call, const char *path, struct backup_sum *ret,
		       struct err *reterr);

#endif
