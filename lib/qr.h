/*
 * qr: a text as the squares of a QR code (libqrencode). Does NOT draw: lib/pdf does, or a page.
 */
#ifndef KK_LIB_QR_H
#define KK_LIB_QR_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/err.h"

enum {
	QR_SIDE_MAX = 177, /* squares a side of the largest QR code (version 40) */
	QR_QUIET = 4       /* squares of white a reader needs on every side (ISO/IEC 18004) */
};

struct qr {
	int side; /* squares a side, without the white around */
	unsigned char dark[QR_SIDE_MAX * QR_SIDE_MAX]; /* row by row from the top, 1: dark */
};

static inline bool qr_dark(const struct qr *q, int x, int y)
{
	return q->dark[y * q->side + x] != 0;
}

/*
 * Text of 1..2,000 bytes, the smallest code that holds it with a quarter of it spoilt (level M).
 * RC_LIMIT "qr.too_long", RC_NOMEM "qr.memory".
 */
enum rc qr_make(const char *text, struct qr *ret, struct err *reterr);

#endif
