/*
 * recovery: a collector restored from a backup. Clauses L12-L14, P9, P14, P29, P30: the log
 * goes on under a new key; what agents offer is compared with what is here; who has come
 * back is counted, as documents of the archive ("recovery EPOCH" by commune and PC).
 * Not here: HTTP (routes_recovery.c), the command (op_recover.c), what agents do.
 */
#ifndef KK_COLLECTOR_RECOVERY_H
#define KK_COLLECTOR_RECOVERY_H

#include "lib/json.h"
#include "server-stub/collector.h"

/* What the log in force keeps of the one before it. */
struct recovery_base {
	bool recovered; /* false: it is the first log */
	int64_t size;   /* leaves kept */
	int64_t at;     /* when, unix s */
};
enum rc recovery_base(struct collector *col, struct recovery_base *ret, struct err *reterr);

/* P14: add to `want` what is missing of the feeds a request offers. */
enum rc recovery_want(struct archive_reader *r, const struct session_request *req,
		      struct json *want, struct err *reterr);
/*
 * Count what a PC has brought back, and whether it has nothing more to offer. Nothing is written
 * while the log is the first one, nor for a PC that is back already and offers nothing. device: its key;
 * NULL: of a key nobody certified (P30), of which only lines are counted, all in one row.
 */
enum rc recovery_count(struct collector *col, const struct session_request *req,
		       const struct session_verdict *verdict, const uint8_t *device,
		       struct err *reterr);
/*
 * How it stands: {epoch, recovered, base, at, halted, offered, accepted, duplicate,
 * quarantined, refused, bytes, communes, back, not_back:[{scope, unit, devices, back}]}.
 */
enum rc recovery_status(struct collector *col, struct json **ret, struct err *reterr);

/* The lines that lead from the first log to this one, as an array of texts (P21); empty for the first. */
enum rc recovery_lines(struct collector *col, struct json **ret, struct err *reterr);

/*
 * P29: a checkpoint is shown. Under this log's key and not extended by its tree, it halts the
 * sequencer (L14) and is kept; *rethalted: the log is halted now. RC_REFUSED "L4".
 */
enum rc recovery_shown(struct collector *col, struct span note, bool *rethalted,
		       struct err *reterr);

/*
 * L12: go on under a new key, with everything that is here, signed by the root. Every step may be
 * the last before a crash: calling it again goes on. Called again after it has ended it
 * begins another log, for an image taken right after an earlier recovery looks like one that has just ended.
 * RC_DENIED "recovery.root" for another root.
 */
enum rc recovery_run(struct collector *col, struct crypt_signer *root, struct err *reterr);

#endif
