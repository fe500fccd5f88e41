/*
 * qr: QR codes (see qr.h); the only file with qrencode.h.
 */
#include "lib/qr.h"

#include <errno.h>
#include <qrencode.h>
#include <string.h>

enum { TEXT_MAX = 2000 /* bytes; a version 40 code of level M holds 2,331 */ };

enum rc qr_make(const char *text, struct qr *ret, struct err *reterr)
{
	size_t len = strlen(text);
	QRcode *code;

	if (len == 0 || len > TEXT_MAX)
		return err_num(reterr, RC_LIMIT, NULL, "qr.too_long", "max", TEXT_MAX);
	code = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
	if (!code)
		return err_set(reterr, RC_NOMEM, NULL, "qr.memory", NULL);
	ret->side = code->width;
	for (int i = 0; i < code->width * code->width; i++)
		ret->dark[i] = code->data[i] & 1; /* the other bits tell what a square is for */
	QRcode_free(code);
	return RC_OK;
}
