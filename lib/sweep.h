/*
 * sweep: what a process that was killed within os_file_write or os_file_copy left in a folder: half a key, a draft
 * that somebody has erased since, a photo. Nobody finds it by its name any more. Does NOT look at what stands there by
 * a name of its own.
 */
#ifndef KK_LIB_SWEEP_H
#define KK_LIB_SWEEP_H

#include <stdint.h>

#include "lib/err.h"

/*
 * Remove the temporary files (OS_TEMP_TAIL) of `dir`, or of DIR/below; not of folders in it. A folder that is not there
 * is swept. Only for who holds the lock of the home it belongs to: nobody may be writing there. RC_IO, RC_NOMEM.
 */
enum rc sweep_dir(const char *dir, const char *below, struct err *reterr);
/* Likewise where somebody may be writing: only what nobody touched since before_s (unix s, by the disk's clock). */
enum rc sweep_old(const char *dir, const char *below, int64_t before_s, struct err *reterr);

#endif
