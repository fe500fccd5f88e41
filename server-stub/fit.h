/*
 * fit: what the form an entry names has against it: the flags `form` and `closed` (A9), derived when a
 * record is read, as `date` and `jump` are. On the way to the log it would cost each record a seventh
 * of a signature check, and the merged record besides (docs/ARCHITECTURE.md).
 */
#ifndef KK_COLLECTOR_FIT_H
#define KK_COLLECTOR_FIT_H

#include "lib/json.h"
#include "lib/lang.h"
#include "sync/entry.h"
#include "sync/form.h"

/*
 * Check an entry that is a record by itself: of op set, new (`after` is empty). Others are not looked
 * at, nor is what needs the lines. now_s: when it was received, for today() in the form; index: its
 * own. KEYRING_FLAG_CLOSED is added to *flags when its version was closed before it,
 * KEYRING_FLAG_FORM, and {"field","label","text"} to the array findings, for each error, in the
 * reader's language. RC_NOMEM, RC_INTERNAL.
 */
enum rc fit_check(const struct form_set *forms, const struct entry *e, int64_t index,
		  int64_t now_s, const struct lang *lang, unsigned *flags, struct json *findings,
		  struct err *reterr);

#endif
