/*
 * viet_legacy: Vietnamese as offices wrote it before Unicode: TCVN3 (fonts .VnTime) and VNI (fonts
 * VNI-Times). In a file of today such text is Latin letters and signs ("NguyÔn", "Nguyeãn"): UTF-8, or
 * single bytes, which are read as Latin here.
 *
 * Recognising is a guess: whoever reads a file shows both ways of reading and asks. Does NOT know
 * fonts, so letters of .VnTimeH, which draws small ones as capitals, come out small.
 */
#ifndef KK_LIB_VIET_LEGACY_H
#define KK_LIB_VIET_LEGACY_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"
#include "lib/err.h"

enum viet_legacy {
	VIET_UNICODE,
	VIET_TCVN3,
	VIET_VNI,
	VIET_TWICE, /* UTF-8 taken for Latin and encoded again: no alphabet, never read */
	VIET_LEGACY_N
};

/* "unicode", "tcvn3", "vni", "twice". */
const char *viet_legacy_name(enum viet_legacy from);
/* VIET_LEGACY_N when it is none of the first three. */
enum viet_legacy viet_legacy_named(const char *name);

/* What a text seems to be written in; a few odd letters among Vietnamese ones are let pass. */
enum viet_legacy viet_legacy_guess(struct span text);

/* Append the text as UTF-8, read in that alphabet. RC_LIMIT, RC_NOMEM of buf_check. */
enum rc viet_legacy_read(enum viet_legacy from, struct span text, struct buf *out,
			 struct err *reterr);
/*
 * Is a text beside such ones Vietnamese in Unicode already? It has a letter only Unicode has (ạ, ơ, đ), or
 * none but letters of the alphabet ("Cái", which in TCVN3 would be "Cỏi"). Plain Latin is, too.
 */
bool viet_legacy_is_unicode(struct span text);

#endif
