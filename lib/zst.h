/*
 * zst: zstd in one piece, with a ceiling on what comes out.
 *
 * A frame's header may lie about its size and a few bytes may inflate to
 * gigabytes: decompression writes into a buffer that stops at the cap, whatever
 * the header says. No streaming, no dictionaries.
 */
#ifndef KK_LIB_ZST_H
#define KK_LIB_ZST_H

#include <stddef.h>

#include "lib/buf.h"
#include "lib/err.h"

enum { ZST_LEVEL = 3 }; /* measured: as small as gzip -6 on entry lines, far quicker */

/* Append one frame to *out. level 1..19. RC_LIMIT/RC_NOMEM as buf_check; RC_NOMEM "zst.memory". */
enum rc zst_compress(struct span in, int level, struct buf *out, struct err *reterr);

/*
 * Append what exactly one frame inflates to. RC_LIMIT "zst.too_large" (argument
 * max) when it is more than max bytes; RC_REFUSED "zst.corrupt" for anything that is not
 * one whole frame, trailing bytes included; RC_NOMEM. *out is unchanged on failure.
 */
enum rc zst_decompress(struct span in, size_t max, struct buf *out, struct err *reterr);

#endif
