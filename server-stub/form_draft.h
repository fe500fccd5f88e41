/*
 * form_draft: form definitions that are being worked on, kept at the collector and nowhere else: unsigned,
 * not logged, not sent. One draft of a form at a time, named by it: {"forms":[definitions],
 * "saved_at","source"}. It need not be right yet. Not here: what is wrong with it (form_family).
 */
#ifndef KK_COLLECTOR_FORM_DRAFT_H
#define KK_COLLECTOR_FORM_DRAFT_H

#include "server-stub/collector.h"

/* RC_NOTFOUND "form.no_draft" {name}. The caller frees. */
enum rc form_draft_get(struct collector *col, const char *name, struct json **ret,
		       struct err *reterr);
/*
 * SHA-256 of its definitions as they are kept, in hex: who publishes names by it the draft that they looked at
 * (decision 0035). doc: of form_draft_get.
 */
enum { FORM_DRAFT_HASH = 2 * CRYPT_HASH_LEN + 1 };
enum rc form_draft_hash(const struct json *doc, char ret[FORM_DRAFT_HASH], struct err *reterr);
/* Keep it in place of the one before. source: the file it came from, "" for none. */
enum rc form_draft_put(struct collector *col, const char *name, const struct json *forms,
		       const char *source, struct err *reterr);
/* Drop it; fine when there is none. */
enum rc form_draft_drop(struct collector *col, const char *name, struct err *reterr);
/* All of them: object name -> document. The caller frees. */
enum rc form_draft_all(struct collector *col, struct json **ret, struct err *reterr);

#endif
