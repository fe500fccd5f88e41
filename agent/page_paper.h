/*
 * page_paper: what a browser saves and prints: GET /paper/NAME shows the document of an operation,
 * POST /usb-export gives the sealed file for the stick, POST /usb-import takes one in. The operations
 * are those of the command line. Not here: photos (agent/page_file), who may (lib/op_owner).
 */
#ifndef KK_AGENT_PAGE_PAPER_H
#define KK_AGENT_PAGE_PAPER_H

#include "lib/httpd.h"

/* Routes for op_owner_conf; their ctx is the owner. */
const struct httpd_route *page_paper_routes(size_t *retn);

#endif
