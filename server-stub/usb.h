/*
 * usb: sealed files at the collector: what a PC hands in is taken by what takes it from HTTP, and
 * remembered so that an answer can be made at once, later or again. Clauses B7-B9, B11. Kept as
 * documents: "usb" by device key. Callers hold the owner's mutex. Not here: the file (sync/bundle).
 */
#ifndef KK_COLLECTOR_USB_H
#define KK_COLLECTOR_USB_H

#include "lib/op.h"
#include "server-stub/collector.h"

enum { USB_LISTED = 200 }; /* refused and held lines told one by one */

/*
 * Take a file in. *ret: the answer of op import, with `device` (key text). RC_REFUSED "B8"
 * "usb.not_device", RC_INPUT "usb.direction", errors of bundle_open; a request that is refused
 * as a whole, or a bad line, is told and stops no other.
 */
enum rc usb_import(struct collector *col, const struct op_call *call, const char *path,
		   struct json **ret, struct err *reterr);

/*
 * Make the answer to the last file of a device, with what has come since, into `path` (or that
 * folder), and a sheet beside it. typed: key, fingerprint or its first digits, or the PC's name.
 * *ret: the answer of op export. RC_NOTFOUND "usb.no_request", RC_CONFLICT "usb.pcs".
 */
enum rc usb_answer(struct collector *col, const struct op_call *call, const char *typed,
		   const char *path, struct json **ret, struct err *reterr);

/* A PC has its cert now: take in the file it handed in while it waited, if it is kept. */
enum rc usb_inbox(struct collector *col, const struct op_call *call, const char *device,
		  struct err *reterr);

#endif
