/*
 * submission: what the centre can prove of one check or statement: is it whole (M13), are its
 * entries sound, who sealed it and when. Reads only. Not here: what was decided (stand).
 */
#ifndef KK_COLLECTOR_SUBMISSION_H
#define KK_COLLECTOR_SUBMISSION_H

#include "lib/json.h"
#include "lib/lang.h"
#include "server-stub/proof.h"

/*
 * Add to o, from its entries opened again (proof): "verified" and "wrong" (proof_entity's), "entries",
 * "quarantined", "children", "present", "complete"; of its header "author", "author_title", "custody",
 * "device", "fingerprint", "made" (view_when); "flags" (names, of all its entries), "findings"
 * (fit_check's). whole: its lines are looked at likewise, "lines": [{"kind","id"} …] of those here, and of
 * the header "entry" and "receipt" (proof_receipt).
 */
enum rc submission_proof(struct proof *proof, const struct archive_entity *e,
			 const struct lang *lang, bool whole, struct json *o, struct err *reterr);
/* For view_as.title with the call as ctx: the title of the record a ref names, if whoever asks may see that one. */
bool submission_title(void *ctx, const char *uuid, struct buf *out);

#endif
