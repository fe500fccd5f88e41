/*
 * exif: photos without what a camera writes into them about place, time and owner.
 *
 * JPEG (ITU T.81): segments APP1 (Exif, XMP), APP3-APP13, APP15 and COM go, of APP2 all but the
 * colour profile; APP0 and APP14 stay; of Exif only the orientation is written again, or the
 * picture would lie on its side. What stands behind the end of the picture goes too: phones put
 * there a smaller picture with an Exif of its own, or a film. PNG: eXIf, tEXt, zTXt, iTXt, tIME go, and
 * what follows IEND. The picture itself is copied as it is. Does NOT decode or shrink anything.
 */
#ifndef KK_LIB_EXIF_H
#define KK_LIB_EXIF_H

#include "lib/buf.h"
#include "lib/err.h"

/* Media type by the first bytes: "image/jpeg", "image/png", "application/pdf"; NULL: none of these. */
const char *exif_type(struct span file);
/*
 * Append the file without those parts. A PDF is copied whole. RC_INPUT "exif.type" for
 * another type, "exif.broken" for a picture that is cut or no such file; the buf's failure.
 */
enum rc exif_strip(struct span file, struct buf *out, struct err *reterr);

#endif
