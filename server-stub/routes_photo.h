/*
 * routes_photo: GET /photo/{sha256}?scope=CODE for the console: the bytes of a photo or paper that an
 * admitted entry of this commune, or of "*", names, to who may ask for `show` and sees the commune
 * (decision 0045). Not here: which photos a record has (op_show), files of devices (routes_blob).
 */
#ifndef KK_COLLECTOR_ROUTES_PHOTO_H
#define KK_COLLECTOR_ROUTES_PHOTO_H

#include "server-stub/routes.h"

void routes_photo(void *ctx, struct httpd_req *req);

#endif
