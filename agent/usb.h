/*
 * usb: what goes to and comes from a collector, or another PC of the commune, in a sealed file.
 * Clauses B6-B10, B12. The file itself is sync/bundle, requests and answers are the session's.
 */
#ifndef KK_AGENT_USB_H
#define KK_AGENT_USB_H

#include "agent/agent.h"
#include "lib/json.h"
#include "lib/op.h"

/*
 * Seal what waits here into a file at `path` (or in that folder), with a sheet of text beside
 * it. *ret: the answer of op export. RC_NOTFOUND "usb.no_box", "usb.no_pc", RC_CONFLICT "usb.pcs",
 * RC_EXISTS "bundle.file_exists", RC_INPUT "usb.other_scope".
 */
struct usb_order {
	const char *path; /* file, or folder to put it in */
	/* NULL or "collector": for the collector; else name of another PC, or first digits of its fingerprint */
	const char *to;
	const char *scope; /* NULL: the first commune of this PC. A file for the collector has all of them */
};
enum rc usb_export(const struct op_call *call, const struct usb_order *order, struct json **ret,
		   struct err *reterr);

/*
 * Take a file in: an answer of the collector, or what another PC hands over. *ret: the answer of op
 * import. Errors of bundle_open; RC_NOTFOUND "B10" "usb.unasked"; RC_REFUSED "B8", "B9" or a
 * clause of the session; RC_INPUT "usb.direction" for a file that only a collector reads.
 */
enum rc usb_import(const struct op_call *call, const char *path, struct json **ret,
		   struct err *reterr);

/* ---- shared by the two ---- */

/* Secret half of this PC's box key, from its device key. Caller frees. */
enum rc usb_box(struct agent *agent, struct crypt_secret **ret, struct err *reterr);

#endif
