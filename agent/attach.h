/*
 * attach: a file becomes the value of a record's file field: stripped of what the camera wrote
 * (lib/exif), kept under its hash, named by the record. Not here: sending it (sync_blob).
 */
#ifndef KK_AGENT_ATTACH_H
#define KK_AGENT_ATTACH_H

#include "agent/agent.h"
#include "lib/json.h"
#include "sync/form.h"

/*
 * Keep the file at path and put it into fields under the form's first file field.
 * RC_INPUT "attach.no_field" {kind}, "exif.*"; the errors of reading.
 */
enum rc attach_file(struct agent *agent, const struct form *f, const char *path,
		    struct json *fields, struct err *reterr);

/*
 * The same of bytes that came in, with the name their file had; *ret is their reference (E18),
 * the caller's. "exif.*"; the errors of the store.
 */
enum rc attach_bytes(struct agent *agent, struct span bytes, const char *name, struct json **ret,
		     struct err *reterr);
/*
 * The reference of a file kept here, named as a person or a page can write it in a field:
 * its hash (64 hex digits), then perhaps a space and a name. *ret NULL: it is not so written.
 * RC_INPUT "attach.not_here".
 */
enum rc attach_named(struct agent *agent, const char *typed, struct json **ret, struct err *reterr);

#endif
