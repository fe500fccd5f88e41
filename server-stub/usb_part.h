/*
 * usb_part: what the files of usb_*.c share. Users include server-stub/usb.h.
 */
#ifndef KK_COLLECTOR_USB_PART_H
#define KK_COLLECTOR_USB_PART_H

#include "server-stub/usb.h"

/* The problem document (P21) for an error, in the caller's language. Caller frees. */
enum rc usb_problem(const struct op_call *call, const struct err *e, const char *code,
		    struct json **ret, struct err *reterr);
/* Add what an agent can check by itself: lines that lead to the log in force (L13), a smaller tree (L10). */
enum rc usb_problem_proof(struct collector *col, const char *code, struct json *problem,
			  struct err *reterr);
/* The document of a device: what its last file asked. */
enum rc usb_remember(struct collector *col, const char *device, const struct json *doc,
		     struct err *reterr);
/* Keep a file of a PC that waits, sealed as it is; a newer one of the PC takes its place. RC_FULL "usb.inbox". */
enum rc usb_inbox_keep(struct collector *col, const char *device, const char *path,
		       struct err *reterr);
/* The PC is known now, and this file of it came by itself: an older one that waited is gone. */
enum rc usb_inbox_drop(struct collector *col, const char *device, const char *path,
		       struct err *reterr);

#endif
