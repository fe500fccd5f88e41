/*
 * re: patterns of forms, matched within bounds.
 *
 * PCRE2 in UTF mode with limits on steps, depth and heap (LIMIT_RE_*), so that no
 * pattern and no value can hang a program. A pattern must match the whole value.
 */
#ifndef KK_LIB_RE_H
#define KK_LIB_RE_H

#include <stdbool.h>

#include "lib/buf.h"
#include "lib/err.h"

struct re; /* compiled, never changes: may be shared between threads */

/*
 * Compile a UTF-8 pattern. RC_INPUT "re.syntax" (arguments at = byte offset,
 * detail = PCRE2's own English text, for the author of a form); RC_LIMIT "re.too_long".
 */
enum rc re_compile(struct span pattern, struct re **ret, struct err *reterr);

/*
 * *ret = whether all of s matches. RC_LIMIT "re.limit" when a bound was met;
 * RC_INPUT "text.utf8" for invalid UTF-8; RC_NOMEM. *ret untouched on failure.
 */
enum rc re_match(const struct re *re, struct span s, bool *ret, struct err *reterr);

void re_free(struct re *re);

#endif
