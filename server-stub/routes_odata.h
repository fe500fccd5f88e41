/*
 * routes_odata: GET /odata/…: the tables of the centre for spreadsheets (OData 4.0; decision 0041). Whoever has
 * a session of the console reads what that role and those communes allow; a spreadsheet, which cannot sign in to
 * a form, gives an access token (server-stub/access.h) as the password of HTTP Basic or as Bearer. Reads only.
 */
#ifndef KK_COLLECTOR_ROUTES_ODATA_H
#define KK_COLLECTOR_ROUTES_ODATA_H

#include "lib/httpd.h"

enum {
	ODATA_ROWS = 1000, /* of a page, unless Prefer: maxpagesize asks for others */
	ODATA_RUNNING = 8, /* questions answered at once; more are told to come back */
	ODATA_OF_ACCOUNT = 2 /* of one account: likewise, so nobody crowds out the others */
};

void routes_odata(void *ctx, struct httpd_req *req);

#endif
