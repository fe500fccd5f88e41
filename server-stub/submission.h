/*
 * submission: what the centre knows of one check or statement: is it whole (M13), are its
 * entries sound, what was decided about it, does it count (M12, M17). Reads only.
 */
#ifndef KK_COLLECTOR_SUBMISSION_H
#define KK_COLLECTOR_SUBMISSION_H

#include "lib/json.h"
#include "lib/lang.h"
#include "server-stub/collector.h"

/* What reviews and corrections of some scope say, by the text of the target's id. */
struct submission_marks;

/* Read them once for a list. scope NULL: everywhere. Free with submission_marks_free. */
enum rc submission_marks(struct collector *col, const char *scope, struct submission_marks **ret,
			 struct err *reterr);
void submission_marks_free(struct submission_marks *m);
/*
 * "received", "approved", "returned", "rejected" of one that counts; "superseded" when another
 * counts in its place, "disputed" while nobody has chosen between it and other corrections.
 */
const char *submission_state(const struct submission_marks *m, const struct archive_entity *e);
/* Reason of the decision, or NULL. Borrowed. */
const char *submission_reason(const struct submission_marks *m, const uint8_t id[16]);

/*
 * Add to o, from its entries read again: "entries", "verified" (signatures checked anew),
 * "quarantined", "children", "present", "complete", "author", "made" (view_when of its header),
 * "flags" (names, of all its entries), "findings" (fit_check's), and with_lines "lines":
 * [{"kind","id"} …] of the children here.
 */
enum rc submission_proof(struct collector *col, const struct archive_entity *e,
			 const struct lang *lang, bool with_lines, struct json *o,
			 struct err *reterr);
/* For view_as.title with the collector as ctx: the title of the record a ref names. */
bool submission_title(void *ctx, const char *uuid, struct buf *out);

#endif
