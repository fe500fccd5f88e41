/*
 * page_file: files in and out of a browser: POST /attach takes a photo or PDF under its hash, GET
 * /file/HASH shows one; POST /upload takes a table or a sealed file and says where it lies ("file"), for
 * `import`. All else of the page goes through operations. Not here: making a record of it (the answer's
 * `sha256` is what a field of a draft takes).
 */
#ifndef KK_AGENT_PAGE_FILE_H
#define KK_AGENT_PAGE_FILE_H

#include "lib/httpd.h"

/* For op_owner_conf.route; their ctx is the owner, its app a struct agent. */
const struct httpd_route *page_file_routes(size_t *retn);

#endif
