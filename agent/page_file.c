/*
 * page_file: see page_file.h. A body is one file, at most LIMIT_ATTACH bytes: the page shrinks a
 * photo before it sends it. What the camera wrote goes before the bytes are named or kept. Does NOT
 * trust a type the browser tells: the first bytes say what a file is.
 */
#include "agent/page_file.h"

#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/attach.h"
#include "lib/codec.h"
#include "lib/exif.h"
#include "lib/limits.h"
#include "lib/op_owner.h"
#include "lib/os.h"

/* Who may not is told on the headers alone. */
static void admit(void *ctx, struct httpd_req *req)
{
	struct err e;

	if (op_owner_admit(ctx, req, &e) != RC_OK)
		httpd_problem(req, strcmp(e.key, "page.session") == 0 ? 401 : 403, &e,
			      span_str(""));
}

static void reply_json(struct httpd_req *req, struct json *o)
{
	struct buf out;
	struct err e;

	buf_init(&out, LIMIT_ERR_TEXT);
	if (json_write(o, false, &out, &e) == RC_OK)
		httpd_reply_buf(req, 200, "application/json", &out);
	else
		httpd_problem(req, 0, &e, span_str(""));
	buf_free(&out);
}

/* POST /attach?name=NAME -> the reference of the file (E18). */
static void take_file(void *ctx, struct httpd_req *req)
{
	const char *name = httpd_query(req, "name");
	struct op_owner *owner = ctx;
	const struct op_call call = op_owner_call(owner);
	struct json *ref = NULL;
	struct err e;
	enum rc rc;

	op_owner_lock(owner);
	rc = attach_bytes(call.app, httpd_body(req), name ? name : "", &ref, &e);
	op_owner_unlock(owner);
	if (rc == RC_OK)
		reply_json(req, ref);
	else
		httpd_problem(req, 0, &e, span_str(""));
	json_free(ref);
}

/*
 * POST /upload: a table or a sealed file for `import`, which takes a path. It lies in HOME/upload
 * until the next one comes: no record refers to it.
 */
static enum rc keep_upload(const char *home, struct span bytes, char **retpath, struct err *reterr)
{
	char *dir = NULL;
	enum rc rc = os_path_join(&dir, home, "upload", reterr);

	if (rc == RC_OK && os_file_exists(dir))
		rc = os_dir_remove(dir, reterr);
	if (rc == RC_OK)
		rc = os_dir_make(dir, reterr);
	if (rc == RC_OK)
		rc = os_path_join(retpath, dir, "file", reterr);
	if (rc == RC_OK)
		rc = os_file_write(*retpath, bytes, OS_REPLACE, reterr);
	free(dir);
	return rc;
}

static void take_upload(void *ctx, struct httpd_req *req)
{
	struct op_owner *owner = ctx;
	const struct op_call call = op_owner_call(owner);
	struct json *o;
	char *path = NULL;
	struct err e;
	enum rc rc;

	op_owner_lock(owner);
	rc = keep_upload(call.home, httpd_body(req), &path, &e);
	op_owner_unlock(owner);
	if (rc == RC_OK) {
		o = json_object();
		json_set_str(o, "file", path);
		reply_json(req, o);
		json_free(o);
	} else {
		httpd_problem(req, 0, &e, span_str(""));
	}
	free(path);
}

/* GET /file/HASH: only what an attachment can be; nothing else of the store is a page's. */
static void show_file(void *ctx, struct httpd_req *req)
{
	struct op_owner *owner = ctx;
	const struct op_call call = op_owner_call(owner);
	const struct agent *agent = call.app;
	const char *type = NULL;
	uint8_t sha[32];
	struct buf bytes;
	struct err e;
	enum rc rc;

	buf_init(&bytes, LIMIT_BLOB);
	if (!codec_hex_32(span_str(httpd_param(req)), sha)) {
		rc = err_set(&e, RC_NOTFOUND, NULL, "store.no_blob", NULL);
	} else {
		op_owner_lock(owner);
		rc = store_blob_get(agent->store, sha, &bytes, &e);
		op_owner_unlock(owner);
	}
	if (rc == RC_OK && !(type = exif_type(span_buf(&bytes))))
		rc = err_set(&e, RC_NOTFOUND, NULL, "store.no_blob", NULL);
	if (rc == RC_OK) {
		httpd_set(req, "Content-Disposition",
			  strncmp(type, "image/", 6) == 0 ? "inline" : "attachment");
		httpd_reply_buf(req, 200, type, &bytes);
	} else {
		httpd_problem(req, 0, &e, span_str(""));
	}
	buf_free(&bytes);
}

const struct httpd_route *page_file_routes(size_t *retn)
{
	static const struct httpd_route route[] = {
	    {.method = "POST",
	     .path = "/attach",
	     .flags = HTTPD_LENGTH,
	     .body_max = LIMIT_ATTACH,
	     .early = admit,
	     .handle = take_file},
	    {.method = "POST",
	     .path = "/upload",
	     .flags = HTTPD_LENGTH,
	     .body_max = LIMIT_INPUT_FILE,
	     .early = admit,
	     .handle = take_upload},
	    {.method = "GET", .path = "/file/{hash}", .early = admit, .handle = show_file},
	};

	*retn = sizeof(route) / sizeof(route[0]);
	return route;
}
