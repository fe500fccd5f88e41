/*
 * receipt_paper: a receipt as a sheet to hand over or keep: what was received, under which number,
 * when, who witnessed it, and a QR code with what a check needs. Not here: the proof's files
 * (op receipt), checking it (sync/note).
 */
#ifndef KK_AGENT_RECEIPT_PAPER_H
#define KK_AGENT_RECEIPT_PAPER_H

#include "agent/look.h"
#include "lib/pdf.h"
#include "sync/note.h"

struct receipt_paper {
	const struct store_entry *x;
	const struct note *note;
	const struct note_policy *policy; /* of the log; its quorum 0: the log's word alone */
	int64_t lines;                    /* sealed with it */
	bool proven;
};

/* Draw it into pdf; it has been checked before. */
enum rc receipt_paper_draw(struct look *l, const struct receipt_paper *r, struct pdf *pdf,
			   struct err *reterr);
/* What it says, as members of o: "kind_label","title","who","office","when","lines". */
enum rc receipt_paper_put(struct look *l, const struct receipt_paper *r, struct json *o,
			  struct err *reterr);

#endif
