/*
 * upload: what a device may read or send of blobs: that which an admitted entry of its scopes, or of
 * "*", names (P24). Over HTTP (routes_blob) and in sealed files (usb_import). Not here: bytes (archive_blob).
 */
#ifndef KK_COLLECTOR_UPLOAD_H
#define KK_COLLECTOR_UPLOAD_H

#include "server-stub/collector.h"

/* Fill *ret; sha and device are borrowed by it. RC_NOTFOUND "P24" "blob.not_named". */
enum rc upload_find(struct collector *col, const uint8_t device[CRYPT_PK_LEN],
		    const uint8_t sha[CRYPT_HASH_LEN], struct archive_upload *ret,
		    struct err *reterr);

#endif
